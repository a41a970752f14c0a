//! Who speaks for an estate: the surviving spouse or a grown-up child who lives here openly, else a lawyer or the
//! municipality (`specs/folkeregister.md` §6.2).

use super::identitet::{aar_etter, stream};
use crate::town::model::{
    Base, BoligId, DayNo, Doedsbo, Doedsbokontakt, Fact, Navn, PersonId, PersonKey, Personstatus, Skifteform,
};

/// Days from a death to the certificate, fewest and span.
const ATTEST: (i32, u64) = (21, 60);

/// The certificate of the estate of `person`, who died on `doed`: when it is given, if that is before the first day.
pub(super) fn attest(base: &Base, person: PersonId, doed: DayNo) -> Option<DayNo> {
    let (fewest, span) = ATTEST;
    let days = i32::try_from(stream(base, "attest", u64::from(person.0)).uniform(span)).unwrap_or(0);
    let day = DayNo(doed.0 + fewest + days);
    (day < DayNo::of(base.header.start.dato())).then_some(day)
}

/// The contact of the estate, by the certificate of `attest`.
pub(super) fn fact(base: &Base, person: PersonId, attest: DayNo) -> Fact {
    let heir = heirs(base, person).find_map(|heir| Some((heir, home(base, heir, attest)?)));
    let doedsbo = match heir {
        Some((heir, bolig)) => Doedsbo {
            kontakt: Doedsbokontakt::Person(PersonKey::Base(heir.0), bolig),
            skifteform: Skifteform::Annet,
            attest,
            adresse: None,
        },
        None => stranger(base, person, attest),
    };
    Fact::Doedsbo(Box::new(doedsbo))
}

/// Spouse first, then children, the eldest first.
fn heirs(base: &Base, person: PersonId) -> impl Iterator<Item = PersonId> + '_ {
    let spouse = base.sivilstander_of(person).last().and_then(|row| row.relatert.some());
    spouse.into_iter().chain(base.barn_of(person).iter().copied())
}

/// The home of somebody grown-up who lived here on `day`, unprotected.
fn home(base: &Base, person: PersonId, day: DayNo) -> Option<BoligId> {
    let row = person.index();
    let of_age = aar_etter(base.personer.foedselsdato[row], 18) <= day;
    let open = base.personer.status[row] == Personstatus::Bosatt && base.beskyttelse_of(person).is_none();
    let mut spells = base.bosteder_of(person).iter().map(|spell| base.bosteder[spell.index()]);
    spells.find(|spell| of_age && open && spell.fra <= day && day < spell.til).and_then(|spell| spell.bolig.some())
}

fn stranger(base: &Base, person: PersonId, attest: DayNo) -> Doedsbo {
    let mut stream = stream(base, "doedsbo", u64::from(person.0));
    let poststed = base.poststeder.first();
    let boks = format!("Postboks {}", 20 + stream.uniform(80));
    let adresse = poststed.map(|sted| (boks.into(), sted.nummer, base.tekst.get(sted.navn).into()));
    let kontakt = if stream.uniform(2) == 0 {
        let mut row = || stream.index(base.person_count());
        let (first, last) = (row(), row());
        let fornavn = base.tekst.get(base.personer.fornavn[first]).split('*').next().unwrap_or_default();
        let etternavn = base.tekst.get(base.personer.etternavn[last]);
        Doedsbokontakt::Advokat {
            navn: Navn { fornavn: fornavn.into(), mellomnavn: None, etternavn: etternavn.into() },
            firma: format!("Advokatfirmaet {etternavn}").into(),
        }
    } else {
        let navn = format!("{} kommune", base.kommune.navn);
        Doedsbokontakt::Organisasjon { navn: navn.into(), orgnr: base.kommune.orgnr }
    };
    Doedsbo { kontakt, skifteform: Skifteform::Offentlig, attest, adresse }
}
