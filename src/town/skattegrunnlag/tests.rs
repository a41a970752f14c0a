use std::sync::Arc;

use super::*;
use crate::town::derive::aarsloenn;
use crate::town::model::tests_town::{TestTown, dag, rolle};
use crate::town::model::{ArbeidsforholdRow, Base, PersonId, Skatteoppgjoer};
use crate::town::state::Town;

fn job(person: PersonId, maanedsloenn: u32, fra: DayNo, til: DayNo) -> ArbeidsforholdRow {
    ArbeidsforholdRow { person, virksomhet: VirksomhetId(0), yrke: 2310, stillingsprosent: 100, maanedsloenn, fra, til }
}

/// The town of examples with incomes of 2024 and 2025: Kari employed, Ola in business with a loan, Astrid retired, Line
/// (protected) on benefits, Roar with shares alone.
pub(crate) fn base() -> Base {
    let mut base = TestTown::eksempel();
    base.arbeidsforhold = vec![job(rolle::KARI, 40_000, dag(2020, 1, 1), DayNo::NONE)];
    let none = InntektRow {
        person: rolle::KARI,
        aar: 2024,
        oppgjoer: Skatteoppgjoer::Fastsatt,
        loenn: 0,
        naering: 0,
        pensjon: 0,
        ytelser: 0,
        kapital: 0,
        skatt: 0,
    };
    let mut rows = Vec::new();
    for aar in [2024_u16, 2025] {
        let loenn = aarsloenn(&base, rolle::KARI, aar.cast_signed());
        rows.push(InntektRow { aar, loenn, kapital: 2_000, ..none });
        rows.push(InntektRow { person: rolle::OLA, aar, naering: 300_000, kapital: -40_000, ..none });
        rows.push(InntektRow { person: rolle::ASTRID, aar, pensjon: 280_000, ..none });
        rows.push(InntektRow { person: rolle::LINE, aar, ytelser: 250_000, ..none });
        rows.push(InntektRow { person: rolle::ROAR, aar, kapital: 125_000, ..none });
    }
    rows.sort_by_key(|row| (row.person, row.aar));
    for row in rows.iter_mut().filter(|row| row.person == rolle::OLA && row.aar == 2025) {
        row.oppgjoer = Skatteoppgjoer::Utkast;
    }
    base.inntekter = rows;
    base
}

pub(crate) fn town() -> Town {
    Town::new(Arc::new(base()))
}

/// The same town at `at`.
pub(crate) fn later(town: &Town, at: Instant) -> Town {
    let mut town = town.clone();
    Arc::make_mut(&mut town.tid).now = at;
    town
}

fn amount(rows: &[Rad], name: &str) -> Option<i64> {
    rows.iter().find(|row| row.teknisk_navn == name).map(|row| row.beloep)
}

fn of(town: &Town, person: PersonId, aar: i16) -> Vec<Rad> {
    let person = town.person(person);
    rader(&person, &inntekt::av(&person, aar).unwrap())
}

#[test]
fn rows_say_what_somebody_lives_on_and_from_whom() {
    let town = town();
    let kari = of(&town, rolle::KARI, 2025);
    let wage = &kari[0];
    assert_eq!(wage.teknisk_navn, "samletLoennsinntektMedTrygdeavgiftspliktOgMedTrekkplikt");
    assert_eq!(wage.spesifisering, [Spesifisering::Loenn { arbeidsgiver: Some(VirksomhetId(0)), beloep: wage.beloep }]);
    assert_eq!(amount(&kari, "innskudd"), Some(80_000), "interest of 2 000 at 2.5 per cent");
    let ola = of(&town, rolle::OLA, 2025);
    assert_eq!(amount(&ola, "samletOverskuddAvEnkeltpersonforetakInnenAnnenNaering"), Some(300_000));
    assert_eq!(amount(&ola, "samledePaaloepteRenterPaaGjeldIInnenlandskeBanker"), Some(40_000));
    assert_eq!(amount(&ola, "gjeldIInnenlandskeBanker"), Some(800_000));
    assert_eq!(amount(&ola, "nettoformue"), Some(-800_000));
    assert_eq!(amount(&of(&town, rolle::ASTRID, 2025), "alderspensjonFraFolketrygden"), Some(280_000));
    assert_eq!(amount(&of(&town, rolle::LINE, 2025), "arbeidsavklaringspenger"), Some(250_000));
    let roar = of(&town, rolle::ROAR, 2025);
    assert_eq!(amount(&roar, "utbytteFraAksje"), Some(100_000));
    assert_eq!(amount(&roar, "oppjustertTilleggTilUtbytteFraAksje"), Some(72_000));
    assert_eq!(amount(&roar, "verdiFoerVerdsettingsrabattForAksje"), Some(2_500_000));
    assert_eq!(amount(&roar, "bruttoformue"), Some(1_000_000 + 2_000_000));
    assert_eq!(amount(&roar, "samletGjeld"), None, "nothing is no row");
}

#[test]
fn rows_of_income_add_up_to_what_the_payment_is_counted_from() {
    let town = town();
    for person in [rolle::KARI, rolle::OLA, rolle::ASTRID, rolle::LINE, rolle::ROAR] {
        for aar in [2024, 2025] {
            let rows = of(&town, person, aar);
            let income: i64 = rows.iter().filter(|row| row.kategori == Kategori::Inntekt).map(|row| row.beloep).sum();
            assert_eq!(income, inntekt::av(&town.person(person), aar).unwrap().grunnlag(), "{person:?} {aar}");
        }
    }
}

#[test]
fn stages_come_one_after_the_other_and_the_settlement_takes_the_drafts_place() {
    let town = town();
    let kari = town.person(rolle::KARI);
    // The base says that hers is settled, whatever the draw; Ola's comes after the town's first day.
    assert_eq!(av(&kari, 2025, Stadie::Oppgjoer).unwrap().stadie, Stadie::Oppgjoer);
    assert_eq!(av(&kari, 2025, Stadie::Utkast), Err(Ingen::Erstattet));
    assert!(av(&kari, 2025, Stadie::Fastsatt).is_ok());
    assert_eq!(av(&kari, 2023, Stadie::Oppgjoer), Err(Ingen::Grunnlag), "before the town's years");
    assert_eq!(av(&kari, 2026, Stadie::Utkast), Err(Ingen::Grunnlag), "no draft in January");
    let ola = town.person(rolle::OLA);
    let draft = av(&ola, 2025, Stadie::Utkast).unwrap();
    assert_eq!((draft.oppgjoersdato, draft.skjermet), (None, false));
    assert_eq!(av(&ola, 2025, Stadie::Oppgjoer), Err(Ingen::Grunnlag));
    assert_eq!(siste_oppgjoer(&ola), Some(2024));
    let times = Tidspunkter::av(&ola, 2025);
    assert!(times.utkast < times.fastsatt && times.fastsatt < times.oppgjoer, "{times:?}");
    let before = later(&town, times.oppgjoer.plus_millis(-1));
    assert_eq!(av(&before.person(rolle::OLA), 2025, Stadie::Oppgjoer), Err(Ingen::Grunnlag));
    let after = later(&town, times.oppgjoer);
    let settled = av(&after.person(rolle::OLA), 2025, Stadie::Oppgjoer).unwrap();
    assert_eq!(settled.oppgjoersdato, Some(times.oppgjoer.dato()));
    assert_eq!(settled.ajourholdt, times.oppgjoer);
    assert_eq!(settled.rader, draft.rader, "nothing was changed on the return");
    assert_eq!(av(&after.person(rolle::OLA), 2025, Stadie::Utkast), Err(Ingen::Erstattet));
    assert_eq!(siste_oppgjoer(&after.person(rolle::OLA)), Some(2025));
}

#[test]
fn nothing_is_shown_of_the_protected() {
    let town = town();
    let line = av(&town.person(rolle::LINE), 2024, Stadie::Oppgjoer).unwrap();
    assert!(line.skjermet && line.rader.is_empty() && line.oppgjoersdato.is_some());
}
