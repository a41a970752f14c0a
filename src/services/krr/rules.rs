//! What the register shows of an entry, by what the caller's token opens (`specs/folkeregister.md` §18.1).

use super::sertifikat;
use super::wire::{DigitalPost, JA, Kontaktinformasjon, Person, Tid};
use crate::access::MachineToken;
use crate::town::Town;
use crate::town::model::{Kanaldatoer, Kontakt, KontaktFlags, Kontaktoppfoering, PersonId};

/// Service id.
pub(super) const TJENESTE: &str = "krr";
/// The look-up (`specs/names.md` §1).
pub(super) const PERSON: &str = "krr.person.hent";
/// The logged-in citizen's own entry.
pub(super) const INNBYGGER: &str = "krr.innbygger.hent";
/// The logged-in citizen's language.
pub(super) const SPRAAK: &str = "krr.innbygger.endre";
/// The log of changes.
pub(super) const ENDRINGER: &str = "krr.endringer.hent";

/// Scopes for contact data: own, and on behalf of another.
pub(super) const KONTAKT_SCOPES: [&str; 2] = ["krr:global/kontaktinformasjon.read", "krr:global/kontaktinfo.read"];
/// Scopes for mailboxes: own, and on behalf of another.
pub(super) const POST_SCOPES: [&str; 2] = ["krr:global/digitalpost.read", "krr:global/postkasse.read"];

/// What a token lets its holder see. Reservation and status are always shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Innsyn {
    /// E-mail, mobile, whether notices may be sent, language.
    pub(super) kontaktinformasjon: bool,
    /// Mailbox and its certificate.
    pub(super) digitalpost: bool,
}

impl Innsyn {
    /// By the scopes of a machine's token: those for suppliers count where the token is in another's name. `None` when
    /// none opens anything.
    pub(super) fn of_machine(token: &MachineToken) -> Option<Self> {
        let has = |[own, delegated]: [&str; 2]| {
            let given = |name: &str| token.scopes.iter().any(|scope| scope == name);
            given(own) || token.supplier.is_some() && given(delegated)
        };
        Self::any(has(KONTAKT_SCOPES), has(POST_SCOPES))
    }

    /// By the scopes of a citizen's token.
    pub(super) fn of_citizen(scopes: &[String]) -> Option<Self> {
        let has = |name: &str| scopes.iter().any(|scope| scope == name);
        Self::any(has("krr:user/kontaktinformasjon.read"), has("krr:user/digitalpost.read"))
    }

    fn any(kontaktinformasjon: bool, digitalpost: bool) -> Option<Self> {
        (kontaktinformasjon || digitalpost).then_some(Self { kontaktinformasjon, digitalpost })
    }
}

/// Somebody who does not stand in the register, or is not known at all: no difference to the caller.
pub(super) fn unregistered(number: String, innsyn: Innsyn) -> Person {
    Person {
        personidentifikator: number,
        reservasjon: "NEI",
        status: "IKKE_REGISTRERT",
        varslingsstatus: innsyn.kontaktinformasjon.then_some("KAN_IKKE_VARSLES"),
        ..Person::default()
    }
}

/// The entry of `id`, asked for as `number`. One that was taken out shows nothing but the reservation.
pub(super) fn entry(town: &Town, id: PersonId, number: String, innsyn: Innsyn) -> Person {
    let person = town.person(id);
    let oppfoering = person.kontaktoppfoering();
    let Kontaktoppfoering { kontakt, datoer } = &oppfoering;
    if !kontakt.registrert {
        return unregistered(number, innsyn);
    }
    let now = town.now();
    let active = datoer.slettet.is_none();
    let notice = if oppfoering.kan_varsles(now) { "KAN_VARSLES" } else { "KAN_IKKE_VARSLES" };
    let contact = active && innsyn.kontaktinformasjon;
    let mailbox = kontakt.postkasse.leverandoer().filter(|_| active && innsyn.digitalpost);
    let reserved = Some(Tid(datoer.reservasjon));
    Person {
        personidentifikator: number,
        reservasjon: if kontakt.reservert { JA } else { "NEI" },
        reservasjonstidspunkt: reserved.filter(|_| kontakt.reservert),
        reservasjon_oppdatert: reserved,
        status: oppfoering.status(),
        varslingsstatus: innsyn.kontaktinformasjon.then_some(notice),
        kontaktinformasjon: contact.then(|| contact_data(town, id, &oppfoering)).flatten(),
        digital_post: mailbox.and_then(|supplier| {
            let address = kontakt.postkasseadresse(&person.navn(), person.key())?;
            Some(DigitalPost { postkasseadresse: address, postkasseleverandoeradresse: supplier })
        }),
        sertifikat: mailbox.and_then(sertifikat::of),
        spraak: contact.then(|| kontakt.spraak.code()),
        spraak_oppdatert: contact.then_some(Tid(datoer.spraak)),
    }
}

fn contact_data(town: &Town, id: PersonId, oppfoering: &Kontaktoppfoering) -> Option<Kontaktinformasjon> {
    let Kontaktoppfoering { kontakt, datoer } = oppfoering;
    let now = town.now();
    let hides = town.kontakt.regler.skjul_utloept;
    let shown = |dates: &Kanaldatoer| !hides || dates.is_fersk(now);
    let epost = kontakt.epost.clone().filter(|_| shown(&datoer.epost));
    let mobil = kontakt.mobil.clone().filter(|_| shown(&datoer.mobil));
    let same = |value: Option<&String>, pick: fn(&Kontakt) -> Option<&String>| {
        value.filter(|value| shares(town, id, |other| pick(other) == Some(value))).map(|_| JA)
    };
    let dates = |there: bool, of: &Kanaldatoer| {
        (there.then_some(Tid(of.oppdatert)), there.then_some(Tid(of.sist_verifisert(now))))
    };
    let (epost_dates, mobil_dates) = (dates(epost.is_some(), &datoer.epost), dates(mobil.is_some(), &datoer.mobil));
    (epost.is_some() || mobil.is_some()).then(|| Kontaktinformasjon {
        epostadresse_duplisert: same(epost.as_ref(), |other| other.epost.as_ref()),
        mobiltelefonnummer_duplisert: same(mobil.as_ref(), |other| other.mobil.as_ref()),
        epostadresse: epost,
        epostadresse_oppdatert: epost_dates.0,
        epostadresse_sist_verifisert: epost_dates.1,
        mobiltelefonnummer: mobil,
        mobiltelefonnummer_oppdatert: mobil_dates.0,
        mobiltelefonnummer_sist_verifisert: mobil_dates.1,
    })
}

/// Whether `same` holds of the entry of somebody `id` shares an address or a number with: in the base couples do, and in a
/// world whoever of a household says so.
fn shares(town: &Town, id: PersonId, same: impl Fn(&Kontakt) -> bool) -> bool {
    let columns = &town.base.personer;
    let flags = |one: PersonId| columns.kontakt.get(one.index()).copied().unwrap_or_default();
    let is_shared =
        |one: PersonId| flags(one).has(KontaktFlags::DELT_EPOST) || flags(one).has(KontaktFlags::DELT_MOBIL);
    let changed = |one: PersonId| town.kontakt.endret(one).is_some();
    let holds = |one: PersonId| same(&town.person(one).kontakt());
    let partner = columns.partner.get(id.index()).and_then(|partner| partner.some());
    if partner.is_some_and(|other| (is_shared(id) || is_shared(other) || changed(id) || changed(other)) && holds(other))
    {
        return true;
    }
    let members = if town.kontakt.antall == 0 { Vec::new() } else { town.person(id).husstand_medlemmer() };
    members.iter().any(|one| one.id != id && (changed(id) || changed(one.id)) && holds(one.id))
}
