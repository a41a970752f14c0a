use super::*;
use crate::town::model::tests_town::rolle;
use crate::town::skattegrunnlag::tests::{later, town};

fn month(text: &str) -> Maaned {
    Maaned::parse(text).unwrap()
}

#[test]
fn months_are_written_as_year_and_month() {
    for wrong in ["2026", "2026-7", "26-07", "2026-13", "2026-00", "2026-07-01", "+026-07", "2026-0a"] {
        assert_eq!(Maaned::parse(wrong), None, "{wrong}");
    }
    assert_eq!(month("2026-12").neste().to_string(), "2027-01");
    assert_eq!(month("2027-01").nummer() - month("2026-12").nummer(), 1);
}

#[test]
fn a_month_is_known_when_it_is_reported_by_the_tenth_of_the_next_at_the_latest() {
    let town = town();
    let employer = VirksomhetId(0);
    let mut on_time = 0;
    let mut maaned = month("2017-01");
    for _ in 0..240 {
        let at = rapportert(&town, employer, maaned);
        let neste = maaned.neste();
        let dato = at.dato();
        assert_eq!((dato.year(), dato.month()), (neste.aar, neste.maaned), "{maaned}");
        assert!((1..=10).contains(&dato.day()), "{maaned}: {dato}");
        on_time += usize::from(dato.day() <= 5);
        maaned = neste;
    }
    assert!((200..240).contains(&on_time), "{on_time} of 240 by the fifth");
    let december = month("2026-12");
    let at = rapportert(&town, employer, december);
    let before = later(&town, at.plus_millis(-1));
    assert!(av(&before.person(rolle::KARI), december, december).is_empty());
    let after = later(&town, at);
    let known = av(&after.person(rolle::KARI), december, december);
    assert_eq!(known.len(), 1);
    assert_eq!((known[0].rapportert, known[0].timer, known[0].virksomhet), (at, None, employer));
}

#[test]
fn the_months_of_a_year_add_up_to_the_wages_of_the_assessment() {
    let town = town();
    let kari = town.person(rolle::KARI);
    let sum: u32 = av(&kari, month("2025-01"), month("2025-12")).iter().map(|one| one.beloep).sum();
    assert_eq!(sum, crate::town::inntekt::av(&kari, 2025).unwrap().loenn);
    assert!(av(&kari, month("2019-01"), month("2019-12")).is_empty(), "before the job");
    assert!(av(&town.person(rolle::OLA), month("2025-01"), month("2025-12")).is_empty(), "no job");
    assert!(av(&kari, month("2027-01"), month("2030-12")).is_empty(), "nothing of the future");
}
