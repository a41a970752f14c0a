//! What the register answers about each person asked for.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;

use super::faults::{Feil, json};
use super::wire::{Bestilling, DigitalPost, Kontaktinformasjon, Person, Svar, Tid};
use crate::access::with_hint;
use crate::base::{Foedselsnummer, looks_real};
use crate::clock::Instant;
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::{Kontakt, PersonId, Personstatus};

/// Service id.
pub(super) const TJENESTE: &str = "krr";
/// Operation name (`specs/names.md` §1).
pub(super) const PERSON: &str = "krr.person.hent";
/// Most people of one look-up.
const MAKS: usize = 1000;
/// Days between confirmations of a citizen who keeps the entry fresh.
const BEKREFTER_MS: i64 = 180 * 86_400_000;

/// What a token lets its holder see. Reservation and status are always shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Innsyn {
    /// E-mail, mobile, whether notices may be sent, language.
    pub(super) kontaktinformasjon: bool,
    /// Mailbox.
    pub(super) digitalpost: bool,
}

impl Innsyn {
    /// By the scopes of a token (`specs/folkeregister.md` §18.1).
    pub(super) fn of(scopes: &[String]) -> Self {
        let has = |names: [&str; 2]| scopes.iter().any(|scope| names.contains(&scope.as_str()));
        Self { kontaktinformasjon: has(KONTAKT_SCOPES), digitalpost: has(POST_SCOPES) }
    }
}

/// Scopes for contact data: own, and on behalf of another.
pub(super) const KONTAKT_SCOPES: [&str; 2] = ["krr:global/kontaktinformasjon.read", "krr:global/kontaktinfo.read"];
/// Scopes for mailboxes: own, and on behalf of another.
pub(super) const POST_SCOPES: [&str; 2] = ["krr:global/digitalpost.read", "krr:global/postkasse.read"];

/// Version of the look-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Versjon {
    /// An entry for everybody asked for.
    V1,
    /// Only the registered, unless asked for all.
    V2,
}

/// `POST rest/v1/personer` and `rest/v2/personer`: one entry a person, in the order asked for.
pub(super) fn look_up(town: &Town, versjon: Versjon, innsyn: Innsyn, body: &[u8]) -> Result<(Response, Note), Feil> {
    let order: Bestilling = serde_json::from_slice(body).map_err(|_| Feil::Format)?;
    let mut numbers = order.personidentifikatorer;
    if !(1..=MAKS).contains(&numbers.len()) {
        return Err(Feil::Antall);
    }
    let mut seen = BTreeSet::new();
    numbers.retain(|number| seen.insert(number.clone()));
    let all = versjon == Versjon::V1 || order.inkluder_ikke_registrerte;
    let mut about = Vec::new();
    let mut real = false;
    let mut personer = Vec::with_capacity(numbers.len());
    for number in numbers {
        real |= looks_real(&number);
        let id = Foedselsnummer::parse(&number).ok().and_then(|parsed| town.find(parsed));
        about.extend(id.map(|id| town.key_of(id)));
        let kontakt = id.map(|id| (id, town.person(id).kontakt())).filter(|(_, kontakt)| kontakt.registrert);
        match kontakt {
            Some((id, kontakt)) => personer.push(registered(town, id, number, &kontakt, innsyn)),
            None if all => personer.push(unregistered(number, innsyn)),
            None => {}
        }
    }
    let response = json(StatusCode::OK, &Svar { personer });
    let hint =
        if real { "person-unknown-real-shaped: a number looks like a real person's and is unknown here" } else { "" };
    Ok((with_hint(response, hint), Note { service: TJENESTE, operation: PERSON, about, ..Note::default() }))
}

fn unregistered(number: String, innsyn: Innsyn) -> Person {
    Person {
        personidentifikator: number,
        reservasjon: "NEI",
        status: "IKKE_REGISTRERT",
        varslingsstatus: innsyn.kontaktinformasjon.then_some("KAN_IKKE_VARSLES"),
        ..Person::default()
    }
}

/// The entry of somebody who stands in the register. Death and emigration take everything but the reservation out.
fn registered(town: &Town, id: PersonId, number: String, kontakt: &Kontakt, innsyn: Innsyn) -> Person {
    let person = town.person(id);
    // The register is national: who has moved to another municipality keeps the entry.
    let active = person.status() == Personstatus::Bosatt;
    let changed = Some(Tid(kontakt.oppdatert));
    let status = if active && kontakt.kan_varsles() { "KAN_VARSLES" } else { "KAN_IKKE_VARSLES" };
    let contact = active && innsyn.kontaktinformasjon;
    let mailbox = kontakt.postkasse.leverandoer().filter(|_| active && innsyn.digitalpost);
    Person {
        personidentifikator: number,
        reservasjon: if kontakt.reservert { "JA" } else { "NEI" },
        reservasjonstidspunkt: changed.filter(|_| kontakt.reservert),
        reservasjon_oppdatert: changed,
        status: if active { "AKTIV" } else { "SLETTET" },
        varslingsstatus: innsyn.kontaktinformasjon.then_some(status),
        kontaktinformasjon: contact.then(|| contact_data(kontakt, town.now())).flatten(),
        digital_post: mailbox.and_then(|supplier| {
            let address = kontakt.postkasseadresse(&person.navn(), person.key())?;
            Some(DigitalPost { postkasseadresse: address, postkasseleverandoeradresse: supplier })
        }),
        spraak: contact.then(|| kontakt.spraak.code()),
        spraak_oppdatert: changed.filter(|_| contact),
    }
}

fn contact_data(kontakt: &Kontakt, now: Instant) -> Option<Kontaktinformasjon> {
    let changed = Tid(kontakt.oppdatert);
    let verified = Tid(last_verified(kontakt, now));
    let (epost, mobil) = (kontakt.epost.is_some(), kontakt.mobil.is_some());
    (epost || mobil).then(|| Kontaktinformasjon {
        epostadresse: kontakt.epost.clone(),
        epostadresse_oppdatert: epost.then_some(changed),
        epostadresse_sist_verifisert: epost.then_some(verified),
        mobiltelefonnummer: kontakt.mobil.clone(),
        mobiltelefonnummer_oppdatert: mobil.then_some(changed),
        mobiltelefonnummer_sist_verifisert: mobil.then_some(verified),
    })
}

/// Citizens whose data has not expired confirm it twice a year when they log in somewhere; the others never again.
fn last_verified(kontakt: &Kontakt, now: Instant) -> Instant {
    let age = now.millis() - kontakt.oppdatert.millis();
    if kontakt.utloept || age < 0 {
        return kontakt.oppdatert;
    }
    kontakt.oppdatert.plus_millis(age / BEKREFTER_MS * BEKREFTER_MS)
}
