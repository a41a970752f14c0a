use super::*;
use crate::town::model::tests_town::rolle;
use crate::town::skattegrunnlag::tests::{later, town};

fn read(town: &Town, liste: Liste) -> Vec<Hendelse> {
    les(town, liste, 0, 1_000)
}

#[test]
fn numbers_rise_with_gaps_and_every_page_size_reads_the_same_list() {
    let town = town();
    for liste in [Liste::Utkast, Liste::Oppgjoer, Liste::Inntekt] {
        let all = read(&town, liste);
        assert!(!all.is_empty(), "{liste:?}");
        assert!(all.is_sorted_by(|a, b| a.sekvensnummer + 1 < b.sekvensnummer && a.registrert <= b.registrert));
        for size in [1, 2, 3] {
            let (mut from, mut read) = (0, Vec::new());
            loop {
                let page = les(&town, liste, from, size);
                let Some(last) = page.last() else { break };
                from = last.sekvensnummer + 1;
                read.extend(page);
            }
            assert_eq!(read, all, "{liste:?} in pages of {size}");
        }
    }
}

#[test]
fn a_list_grows_at_its_end_and_keeps_its_numbers() {
    let town = town();
    let times = Tidspunkter::av(&town.person(rolle::OLA), 2025);
    for liste in [Liste::Utkast, Liste::Oppgjoer, Liste::Inntekt] {
        let before = read(&town, liste);
        let after = read(&later(&town, times.oppgjoer), liste);
        assert_eq!(after[..before.len()], before[..], "{liste:?}");
        assert!(liste == Liste::Utkast || after.len() > before.len(), "{liste:?}");
    }
    let now = later(&town, times.oppgjoer);
    let last = *read(&now, Liste::Oppgjoer).last().unwrap();
    assert_eq!((last.person, last.aar, last.registrert), (rolle::OLA, 2025, times.oppgjoer));
    assert_eq!(start(&now, Liste::Oppgjoer, times.oppgjoer), Some(last.sekvensnummer));
    assert_eq!(start(&now, Liste::Oppgjoer, times.oppgjoer.plus_millis(1)), None);
    assert_eq!(
        start(&now, Liste::Oppgjoer, Instant::from_millis(0)),
        Some(read(&now, Liste::Oppgjoer)[0].sekvensnummer)
    );
}
