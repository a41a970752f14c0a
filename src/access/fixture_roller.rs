//! A town small enough to know by heart in which people have roles, wards, children and jobs: what representation is
//! read from.

use crate::base::Orgnummer;
use crate::town::model::tests_town::{TestTown, dag, rolle};
use crate::town::model::{
    ArbeidsforholdRow, Base, DayNo, Organisasjonsform, PersonId, RolleRow, Rolletype, VergemaalRow, Vergemaalsslag,
    Virksomhet, VirksomhetId, Virksomhetsslag,
};

/// The municipality. `ASTRID` is its contact person.
pub(crate) const KOMMUNE: VirksomhetId = VirksomhetId(0);
/// `KARI` is its general manager, `LINE` its chair, `OLA` on its board; the dead `EINAR` is still in the register.
pub(crate) const BYGG: VirksomhetId = VirksomhetId(1);
/// Sub-unit of `BYGG`.
pub(crate) const BYGG_AVD: VirksomhetId = VirksomhetId(2);
/// Part of the municipality.
pub(crate) const OPPVEKST: VirksomhetId = VirksomhetId(3);
/// Sub-unit of `OPPVEKST`; `OLA` works there.
pub(crate) const BARNEHAGE: VirksomhetId = VirksomhetId(4);
/// `KARI` is its proprietor.
pub(crate) const ENK: VirksomhetId = VirksomhetId(5);
/// Deleted; `KARI` was its chair.
pub(crate) const SLETTET: VirksomhetId = VirksomhetId(6);
/// `KARI` takes over as chair in a month.
pub(crate) const SAMEIE: VirksomhetId = VirksomhetId(7);

/// The organisation number of a unit.
pub(crate) fn orgnr(unit: VirksomhetId) -> Orgnummer {
    let mut numbers = (30_000_100..).filter_map(Orgnummer::compose);
    numbers.nth(unit.index()).expect("one in eleven is not issued")
}

/// The town of [`TestTown::eksempel`] with organisations.
pub(crate) fn base() -> Base {
    use Organisasjonsform as F;
    use Rolletype as R;
    use rolle::{ASTRID, EINAR, EMMA, KARI, LINE, OLA, PIOTR, ROAR, TOM};

    let mut base = TestTown::eksempel();
    base.virksomheter[0].form = F::Komm;
    for (unit, navn, form, over) in [
        (BYGG, "FJORD BYGG AS", F::As, VirksomhetId::NONE),
        (BYGG_AVD, "FJORD BYGG AVD NORDVIK", F::Bedr, BYGG),
        (OPPVEKST, "NORDVIK KOMMUNE OPPVEKST", F::Orgl, KOMMUNE),
        (BARNEHAGE, "LIA BARNEHAGE", F::Bedr, OPPVEKST),
        (ENK, "ADA NORDÅS", F::Enk, VirksomhetId::NONE),
        (SLETTET, "BORTE AS", F::As, VirksomhetId::NONE),
        (SAMEIE, "LIA SAMEIE", F::Sam, VirksomhetId::NONE),
    ] {
        let navn = base.tekst.push(navn);
        let row = Virksomhet::ny(orgnr(unit), navn, Virksomhetsslag::Annet);
        assert_eq!(base.virksomheter.len(), unit.index());
        base.virksomheter.push(Virksomhet { form, overordnet: over, ..row });
    }
    base.virksomheter[SLETTET.index()].slettet = dag(2026, 1, 1);
    base.roller = [
        (KOMMUNE, R::Kont, ASTRID, dag(2020, 1, 1)),
        (BYGG, R::Dagl, KARI, dag(2020, 1, 1)),
        (BYGG, R::Lede, LINE, dag(2020, 1, 1)),
        (BYGG, R::Lede, EINAR, dag(2020, 1, 1)),
        (BYGG, R::Medl, OLA, dag(2020, 1, 1)),
        (BYGG, R::Kont, PIOTR, dag(2020, 1, 1)),
        (ENK, R::Innh, KARI, dag(2021, 1, 1)),
        (SLETTET, R::Lede, KARI, dag(2010, 1, 1)),
        (SAMEIE, R::Lede, KARI, dag(2027, 2, 4)),
    ]
    .into_iter()
    .map(|(virksomhet, rolle, person, fra)| RolleRow { virksomhet, rolle, person, enhet: VirksomhetId::NONE, fra })
    .collect();
    base.vergemaal = [
        (ASTRID, KARI, Vergemaalsslag::Voksen, dag(2024, 5, 1)),
        (EMMA, PIOTR, Vergemaalsslag::Mindreaarig, dag(2026, 3, 1)),
        (EINAR, KARI, Vergemaalsslag::StadfestetFremtidsfullmakt, dag(2024, 5, 1)),
        (ROAR, KARI, Vergemaalsslag::MidlertidigForVoksen, dag(2027, 3, 1)),
        (TOM, PersonId::NONE, Vergemaalsslag::Voksen, dag(2024, 5, 1)),
    ]
    .into_iter()
    .map(|(person, verge, slag, fra)| VergemaalRow { person, verge, slag, fra })
    .collect();
    base.vergemaal.sort_by_key(|row| row.person);
    let ended = dag(2026, 6, 1);
    base.arbeidsforhold = [
        (KARI, BYGG_AVD, 50, dag(2015, 1, 1), ended),
        (OLA, BYGG_AVD, 20, dag(2015, 1, 1), DayNo::NONE),
        (OLA, BARNEHAGE, 80, dag(2016, 1, 1), DayNo::NONE),
    ]
    .into_iter()
    .map(|(person, virksomhet, stillingsprosent, fra, til)| ArbeidsforholdRow {
        person,
        virksomhet,
        yrke: 2342,
        stillingsprosent,
        maanedsloenn: 45_000,
        fra,
        til,
    })
    .collect();
    base
}
