use std::sync::Arc;

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::town::model::tests_town::{TestTown, dag, rolle};
use crate::town::model::{
    BeskyttelseRow, BoligId, DayNo, InntektRow, PlassRow, Skatteoppgjoer, SpellId, VirksomhetId, Virksomhetsslag,
};
use crate::town::satser::satser;

/// Highest price, and the lowest income with which it is paid: the rows of the published table.
const TABELL: [(i64, i64); 7] = [
    (2_655, 486_750),
    (2_910, 533_500),
    (3_135, 574_750),
    (3_050, 559_167),
    (3_000, 550_000),
    (2_000, 366_667),
    (1_200, 220_000),
];

#[test]
fn the_published_limits_are_where_the_whole_price_begins() {
    for (price, limit) in TABELL {
        assert_eq!(inntektsgrense(price), limit, "{price}");
        for (income, expected) in [(limit - 1, price - 1), (limit, price), (limit + 1, price), (limit * 3, price)] {
            assert_eq!(maanedspris(income, price), expected, "{income} at most {price}");
        }
    }
    // Every limit of the file is that of its price, to the krone that one municipality rounded down.
    for row in satser().iter().filter(|row| row.navn == "inntektsgrense") {
        let limit = tall("inntektsgrense", row.fra).unwrap();
        let computed = inntektsgrense(tall("makspris", row.fra).unwrap());
        assert!(computed == limit || computed == limit + 1, "{row:?}: {computed}");
    }
}

#[test]
fn amounts_are_six_per_cent_over_eleven_months_rounded_down() {
    for (income, expected) in [(0, 0), (-50_000, 0), (183, 0), (184, 1), (100_000, 545), (219_999, 1_199)] {
        assert_eq!(maanedspris(income, 1_200), expected, "{income}");
    }
    let rates = Satser::paa(date(2027, 1, 4)).unwrap();
    assert_eq!((rates.makspris, rates.soesken), (1_200, [700, 0]));
    for (children, expected) in [(0, 0), (1, 1_200), (2, 2_040), (3, 2_040), (4, 2_040)] {
        assert_eq!(for_barn(900_000, children, &rates), expected, "{children}");
    }
    assert_eq!(for_barn(100_000, 2, &rates), 545 + 381);
    assert_eq!(Satser::paa(date(2015, 12, 31)), None, "no rates, no amount");
    for (income, age, free) in [(692_464, 2, true), (692_465, 2, false), (0, 1, false), (0, 5, true)] {
        assert_eq!(gratis_kjernetid(income, age, &rates), free, "{income} {age}");
    }
}

proptest! {
    #[test]
    fn the_price_never_falls_with_income_and_never_passes_the_highest(income in -100_000_i64..3_000_000, price in 1_i64..5_000) {
        let here = maanedspris(income, price);
        prop_assert!((0..=price).contains(&here));
        prop_assert!(maanedspris(income + 1, price) >= here);
        prop_assert_eq!(here == price, income >= inntektsgrense(price));
    }
}

fn row(person: PersonId, aar: u16, loenn: u32, oppgjoer: Skatteoppgjoer) -> InntektRow {
    InntektRow { person, aar, oppgjoer, loenn, naering: 0, pensjon: 0, ytelser: 0, kapital: 0, skatt: 0 }
}

/// The town of examples, with `NORA`, `JONAS` and `EMMA` in kindergarten and incomes of 2025.
fn base() -> crate::town::model::Base {
    let mut base = TestTown::eksempel();
    let mut unit = base.virksomheter[0];
    unit.slag = Virksomhetsslag::Barnehage;
    base.virksomheter.push(unit);
    let place = |person| PlassRow { person, virksomhet: VirksomhetId(1), fra: dag(2026, 8, 15) };
    base.plasser = vec![place(rolle::NORA), place(rolle::JONAS), place(rolle::EMMA)];
    base.plasser.sort_by_key(|row| row.person);
    let settled = Skatteoppgjoer::Fastsatt;
    base.inntekter = vec![row(rolle::KARI, 2025, 90_000, settled), row(rolle::OLA, 2025, 60_000, settled)];
    base
}

fn husstand(town: &Town, person: PersonId) -> HusstandId {
    town.person(person).husstand().unwrap()
}

#[test]
fn both_parents_pay_for_all_children_and_the_second_child_costs_less() {
    let town = Town::new(Arc::new(base()));
    let today = date(2027, 1, 4);
    let found = beregn(&town, husstand(&town, rolle::KARI), today).unwrap();
    assert_eq!(found.betalere, [rolle::KARI, rolle::OLA]);
    assert_eq!(found.barn, [rolle::NORA, rolle::JONAS], "eldest first");
    // 150 000 × 0.06 / 11 = 818; the second child 70 per cent of it.
    assert_eq!((found.inntektsaar, found.inntekt, found.maanedsbeloep), (2025, 150_000, 818 + 572));
    assert_eq!(found.gratis_kjernetid, [rolle::NORA], "Jonas is not two yet");
}

#[test]
fn there_is_no_amount_without_children_rates_data_or_for_the_protected() {
    let town = Town::new(Arc::new(base()));
    let today = date(2027, 1, 4);
    let none = |person, day| beregn(&town, husstand(&town, person), day).unwrap_err();
    assert_eq!(none(rolle::ASTRID, today), Ingen::Barn);
    assert_eq!(none(rolle::LINE, today), Ingen::Skjermet);
    assert_eq!(none(rolle::KARI, date(2015, 5, 5)), Ingen::Sats);
    assert_eq!(none(rolle::KARI, date(2026, 3, 16)), Ingen::Inntekt, "nothing of 2024");
    let mut without = base();
    without.inntekter.clear();
    let town = Town::new(Arc::new(without));
    assert_eq!(beregn(&town, husstand(&town, rolle::KARI), today).unwrap_err(), Ingen::Inntekt);
    let mut hidden = base();
    hidden.beskyttelser.push(BeskyttelseRow {
        person: rolle::OLA,
        gradering: Gradering::Fortrolig,
        fra: dag(2026, 1, 1),
    });
    hidden.beskyttelser.sort_by_key(|row| row.person);
    let town = Town::new(Arc::new(hidden));
    assert_eq!(beregn(&town, husstand(&town, rolle::KARI), today).unwrap_err(), Ingen::Skjermet);
}

/// `LINE` with `ROAR` in her home since `fra`.
fn with_cohabitant(fra: DayNo) -> Town {
    let mut base = base();
    base.beskyttelser.clear();
    let home = HusstandId(base.personer.husstand[rolle::LINE.index()].0);
    // The household's members are one run of a column: Roar is put behind Emma.
    let at = base.husstander.start[home.index() + 1] as usize;
    base.husstander.medlemmer.insert(at, rolle::ROAR);
    base.husstander.start.iter_mut().skip(home.index() + 1).for_each(|start| *start += 1);
    base.personer.husstand[rolle::ROAR.index()] = home;
    base.personer.partner[rolle::LINE.index()] = rolle::ROAR;
    base.personer.partner[rolle::ROAR.index()] = rolle::LINE;
    let spell = SpellId::at(base.bosteder.len());
    base.bosteder.push(crate::town::model::BostedRow { bolig: BoligId(0), fra, til: DayNo::NONE });
    let (from, to) = {
        let starts = &base.person_bosted_start;
        (starts[rolle::ROAR.index()] as usize, starts[rolle::ROAR.index() + 1] as usize)
    };
    base.person_bosteder.splice(from..to, [spell]);
    let less = (to - from).cast_signed() - 1;
    for start in base.person_bosted_start.iter_mut().skip(rolle::ROAR.index() + 1) {
        *start = u32::try_from(i64::from(*start) - i64::try_from(less).unwrap()).unwrap();
    }
    base.inntekter = vec![
        row(rolle::LINE, 2025, 100_000, Skatteoppgjoer::Fastsatt),
        row(rolle::ROAR, 2025, 100_000, Skatteoppgjoer::Fastsatt),
    ];
    Town::new(Arc::new(base))
}

#[test]
fn a_partner_who_moved_in_lately_does_not_pay() {
    let today = date(2027, 1, 4);
    // Line moved to the home in May 2026 herself: nobody can have lived there with her for twelve months.
    let town = with_cohabitant(dag(2026, 6, 1));
    assert_eq!(betalere_for(&town.person(rolle::EMMA), today), [rolle::LINE]);
    let found = beregn(&town, husstand(&town, rolle::LINE), today).unwrap();
    assert_eq!((found.inntekt, found.maanedsbeloep), (100_000, 545));
    assert_eq!(
        betalere_for(&town.person(rolle::EMMA), date(2027, 6, 2)),
        [rolle::LINE, rolle::ROAR],
        "a year later he does"
    );
}

#[test]
fn the_income_year_turns_when_all_drafts_are_out() {
    for (day, aar) in [((2027, 3, 16), 2025), ((2027, 3, 17), 2026), ((2027, 12, 31), 2026), ((2028, 1, 1), 2026)] {
        assert_eq!(inntektsaar_paa(date(day.0, day.1, day.2)), aar);
    }
}
