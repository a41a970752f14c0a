//! What the derivation promises over the whole base.

use std::collections::BTreeSet;

use super::{base_feed, changes, entries};
use crate::clock::Span;
use crate::town::model::tests_town::{TestTown, dag, rolle};
use crate::town::model::{
    Ansvar, Base, BoligId, DayNo, Endringsslag, Entry, Fact, Gradering, Hendelsestype, PersonId, PersonKey,
    Personstatus, Registrering, Relasjonsrolle, Sivilstand, fold,
};

fn people(base: &Base) -> impl Iterator<Item = PersonId> {
    (0..base.person_count()).map(PersonId::at)
}

fn current(base: &Base, person: PersonId) -> Vec<Fact> {
    entries(base, person).into_iter().filter(Entry::is_gjeldende).map(|entry| entry.fact).collect()
}

fn kinds(base: &Base, person: PersonId) -> Vec<&'static str> {
    changes(base, person).iter().map(|change| change.slag.code()).collect()
}

#[test]
fn entries_are_the_fold_of_the_changes_and_ids_name_one_fact_each() {
    let base = TestTown::eksempel();
    for person in people(&base) {
        let mut folded = Vec::new();
        for change in &changes(&base, person) {
            fold(&mut folded, change);
        }
        assert_eq!(folded, entries(&base, person));
        let ids: BTreeSet<_> = folded.iter().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), folded.len(), "{person:?}");
    }
}

#[test]
fn lives_are_told_in_order_with_the_right_events() {
    let base = TestTown::eksempel();
    for (person, expected) in [
        (rolle::JONAS, &["personErOpprettet", "endringINavn"][..]),
        (rolle::NYFOEDT, &["personErOpprettet"]),
        // Created with the homes and the marriage of before the register; then children, moves, and the death.
        (
            rolle::ASTRID,
            &[
                "personErOpprettet",
                "endringIBostedsadresse",
                "endringIFamilierelasjon",
                "endringIBostedsadresse",
                "endringISivilstand",
            ],
        ),
        (
            rolle::EINAR,
            &[
                "personErOpprettet",
                "endringIBostedsadresse",
                "endringIFamilierelasjon",
                "endringIBostedsadresse",
                "personErDoed",
                "endringIKontaktopplysningerForDoedsbo",
            ],
        ),
        (
            rolle::PIOTR,
            &[
                "personErOpprettet",
                "personErBosatt",
                "endringIBostedsadresse",
                "endringIAdressebeskyttelse",
                "endringIBostedsadresse",
            ],
        ),
        (
            rolle::EMMA,
            &[
                "personErOpprettet",
                "endringIBostedsadresse",
                "endringIForeldreansvar",
                "endringIBostedsadresse",
                "endringIAdressebeskyttelse",
                "endringIKontaktinformasjon",
            ],
        ),
    ] {
        assert_eq!(kinds(&base, person), expected, "{person:?}");
    }
}

#[test]
fn the_last_row_of_each_column_is_the_current_entry() {
    let base = TestTown::eksempel();
    for person in people(&base) {
        let row = person.index();
        let facts = current(&base, person);
        let status = base.personer.status[row];
        assert!(facts.contains(&Fact::Status(status)), "{person:?}");
        let sivilstand = base.sivilstander_of(person).last().map_or(Sivilstand::Ugift, |row| row.sivilstand);
        assert!(
            facts.iter().any(|fact| matches!(fact, Fact::Sivilstand { sivilstand: s, .. } if *s == sivilstand)),
            "{person:?}"
        );
        let protection = base.beskyttelse_of(person).map(|row| row.gradering);
        let strict = protection == Some(Gradering::StrengtFortrolig);
        let homes: Vec<_> = facts.iter().filter(|fact| matches!(fact, Fact::Bostedsadresse { .. })).collect();
        assert_eq!(homes.len(), usize::from(status == Personstatus::Bosatt && !strict), "{person:?}");
        if let (Some(Fact::Bostedsadresse { bolig, gradering, .. }), Some(spell)) =
            (homes.first(), base.bosteder_of(person).last())
        {
            assert_eq!(*bolig, base.bosteder[spell.index()].bolig.some());
            assert_eq!(*gradering, protection.unwrap_or(Gradering::Ugradert));
        }
    }
}

#[test]
fn families_are_two_sided() {
    let base = TestTown::eksempel();
    let relations = |person: PersonId| {
        current(&base, person).into_iter().filter_map(move |fact| match fact {
            Fact::Familierelasjon { relatert: PersonKey::Base(other), relatert_rolle, min_rolle } => {
                Some((person, PersonId(other), min_rolle, relatert_rolle))
            }
            _ => None,
        })
    };
    let all: BTreeSet<_> = people(&base).flat_map(relations).collect();
    for &(me, other, mine, theirs) in &all {
        assert!(all.contains(&(other, me, theirs, mine)), "{me:?} and {other:?}");
    }
    // Four children with two parents each, Kari's own parents, and one marriage that lasts: both ways.
    assert_eq!(all.len(), 2 * (4 * 2 + 2 + 1));
    assert!(all.contains(&(rolle::JONAS, rolle::KARI, Relasjonsrolle::Barn, Relasjonsrolle::Mor)));
    assert!(!all.iter().any(|row| row.0 == rolle::ASTRID && row.2 == Relasjonsrolle::EktefelleEllerPartner));
}

#[test]
fn both_sides_of_a_fact_are_registered_at_once() {
    let base = TestTown::eksempel();
    let when = |person, slag: Hendelsestype, wanted: fn(&Fact) -> bool| {
        changes(&base, person)
            .into_iter()
            .find(|change| {
                change.slag == slag && change.endringer.iter().any(|e| e.ny.as_ref().is_some_and(|ny| wanted(&ny.fact)))
            })
            .map(|change| change.registrert)
    };
    let born = when(rolle::JONAS, Hendelsestype::PersonErOpprettet, |_| true);
    let is_jonas = |fact: &Fact| matches!(fact, Fact::Familierelasjon { relatert: PersonKey::Base(id), .. } if *id == rolle::JONAS.0);
    for parent in [rolle::KARI, rolle::OLA] {
        assert_eq!(when(parent, Hendelsestype::EndringIFamilierelasjon, is_jonas), born, "{parent:?}");
    }
    let wedding = |fact: &Fact| matches!(fact, Fact::Sivilstand { sivilstand: Sivilstand::Gift, .. });
    assert!(when(rolle::KARI, Hendelsestype::EndringISivilstand, wedding).is_some());
    assert_eq!(
        when(rolle::KARI, Hendelsestype::EndringISivilstand, wedding),
        when(rolle::OLA, Hendelsestype::EndringISivilstand, wedding)
    );
    let widowed = when(rolle::ASTRID, Hendelsestype::EndringISivilstand, |_| true);
    assert!(widowed.is_some());
    assert_eq!(widowed, when(rolle::EINAR, Hendelsestype::PersonErDoed, |_| true));
}

#[test]
fn strict_protection_takes_every_home_out_and_gives_an_open_address() {
    let base = TestTown::eksempel();
    for person in [rolle::LINE, rolle::EMMA] {
        let standing: Vec<Entry> = entries(&base, person).into_iter().filter(|entry| entry.fjernet.is_none()).collect();
        assert!(!standing.iter().any(|entry| matches!(entry.fact, Fact::Bostedsadresse { .. })), "{person:?}");
        assert!(standing.iter().any(|entry| matches!(entry.fact, Fact::Postadresse { .. })), "{person:?}");
        let protection = changes(&base, person);
        let protection = protection.iter().find(|change| change.slag == Hendelsestype::EndringIAdressebeskyttelse);
        let annulled = protection.unwrap().endringer.iter().filter(|e| e.slag == Endringsslag::Annullere).count();
        assert_eq!(annulled, 3, "{person:?}: all three homes");
    }
}

#[test]
fn a_confidential_home_is_graded_in_place_and_later_ones_are_born_graded() {
    let base = TestTown::eksempel();
    let homes: Vec<Entry> = entries(&base, rolle::PIOTR)
        .into_iter()
        .filter(|entry| entry.fjernet.is_none() && matches!(entry.fact, Fact::Bostedsadresse { .. }))
        .collect();
    let graded =
        homes.iter().map(|home| matches!(home.fact, Fact::Bostedsadresse { gradering: Gradering::Fortrolig, .. }));
    assert_eq!(graded.collect::<Vec<_>>(), [false, true, true], "history is graded by who shows it");
}

#[test]
fn responsibility_stands_on_the_child_per_adult_and_on_each_adult() {
    let base = TestTown::eksempel();
    let of = |person| {
        current(&base, person)
            .into_iter()
            .filter_map(|fact| match fact {
                Fact::Foreldreansvar { ansvar, ansvarlig, ansvarssubjekt } => Some((ansvar, ansvarlig, ansvarssubjekt)),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let key = |person: PersonId| Some(PersonKey::Base(person.0));
    assert_eq!(of(rolle::NORA), [(Ansvar::Felles, key(rolle::KARI), None), (Ansvar::Felles, key(rolle::OLA), None)]);
    assert_eq!(of(rolle::OLA).len(), 3);
    assert_eq!(of(rolle::LINE), [(Ansvar::Mor, None, key(rolle::EMMA))]);
    assert_eq!(of(rolle::TOM), []);
}

#[test]
fn the_feed_holds_everybodys_last_year_in_order() {
    let base = TestTown::eksempel();
    no_change_is_missed(&base);
    let feed = base_feed(&base);
    let birth: Vec<_> = feed
        .iter()
        .skip_while(|change| change.person != PersonKey::Base(rolle::JONAS.0))
        .take(5)
        .map(|change| (change.person, change.slag.code()))
        .collect();
    let (kari, ola) = (PersonKey::Base(rolle::KARI.0), PersonKey::Base(rolle::OLA.0));
    assert_eq!(
        birth,
        [
            (PersonKey::Base(rolle::JONAS.0), "personErOpprettet"),
            (kari, "endringIFamilierelasjon"),
            (ola, "endringIFamilierelasjon"),
            (kari, "endringIForeldreansvar"),
            (ola, "endringIForeldreansvar"),
        ]
    );
}

fn generated(size: u32) -> Base {
    crate::population::generate(&crate::population::Spec { size, ..Default::default() }).expect("a town")
}

#[test]
fn the_feed_of_a_generated_town_misses_nobodys_change() {
    no_change_is_missed(&generated(1_500));
}

/// The columns of a generated town and the entries derived from them say the same of everybody.
#[test]
fn everybodys_entries_end_where_the_columns_are() {
    let base = generated(3_000);
    for person in people(&base) {
        let row = person.index();
        let facts = current(&base, person);
        let has = |fact: &Fact| facts.contains(fact);
        assert!(has(&Fact::Identifikasjonsnummer(base.personer.nummer[row])), "{person:?}");
        assert!(has(&Fact::Status(base.personer.status[row])), "{person:?} is {:?}", base.personer.status[row]);
        assert!(has(&Fact::Kjoenn(base.personer.kjoenn[row])), "{person:?}");
        assert!(has(&Fact::Statsborgerskap(base.personer.statsborgerskap[row])), "{person:?} {facts:?}");
        let lands = facts.iter().filter(|fact| matches!(fact, Fact::Statsborgerskap(_))).count();
        let open = base.statsborgerskap_of(person).iter().filter(|row| row.til == DayNo::NONE).count();
        assert_eq!(lands, 1 + open, "{person:?}");
        let moves = |wanted: fn(&Fact) -> bool| facts.iter().filter(|fact| wanted(fact)).count();
        let came = base.innflyttinger_of(person).last();
        assert_eq!(moves(|fact| matches!(fact, Fact::Innflytting(_))), usize::from(came.is_some()), "{person:?}");
        assert!(came.is_none_or(|row| has(&Fact::Innflytting(row.land))), "{person:?}");
        let left = base.utflyttinger_of(person).last();
        assert!(left.is_none_or(|row| has(&Fact::Utflytting { land: row.land, dato: row.dato })), "{person:?}");
        let guardians = moves(|fact| matches!(fact, Fact::Vergemaal(_)));
        assert_eq!(guardians, base.vergemaal_of(person).len(), "{person:?}");
        let second = moves(|fact| matches!(fact, Fact::DeltBosted { .. }));
        assert_eq!(second, base.delt_bosted_of(person).len(), "{person:?}");
        // A home is current for those who live here, unless it is secret or in another part of the country.
        let last = base.bosteder_of(person).last().map(|spell| base.bosteder[spell.index()]);
        let lives_here = base.personer.status[row] == Personstatus::Bosatt
            && base.beskyttelse_of(person).is_none_or(|row| row.gradering != Gradering::StrengtFortrolig);
        if let Some(spell) = last.filter(|spell| lives_here && spell.til == DayNo::NONE) {
            let home = |fact: &Fact| matches!(fact, Fact::Bostedsadresse { bolig, .. } if *bolig == spell.bolig.some());
            assert!(facts.iter().any(home), "{person:?}: {spell:?} in {facts:?}");
        }
    }
    let numbers = |base: &Base| base.tidligere_nummer.len();
    assert!(numbers(&base) > 10 && !base.utflyttinger.is_empty() && !base.doedfoedte.is_empty());
}

fn no_change_is_missed(base: &Base) {
    let from = Span::Calendar { months: 12, days: 0, millis: 0 }.before(base.header.start);
    let feed = base_feed(base);
    let mut expected: Vec<Registrering> =
        people(base).flat_map(|person| changes(base, person)).filter(|change| change.registrert >= from).collect();
    assert!(feed.iter().all(|change| change.registrert < base.header.start));
    assert!(feed.is_sorted_by_key(|change| change.registrert));
    let key = |change: &Registrering| format!("{change:?}");
    let mut got = feed.to_vec();
    got.sort_by_key(key);
    expected.sort_by_key(key);
    let missed = expected.iter().find(|change| !got.contains(change));
    assert_eq!(missed, None, "nobody's change is missed by the cheap look");
    assert_eq!(got, expected);
}

#[test]
fn no_source_or_reason_names_the_mock() {
    let base = TestTown::eksempel();
    for change in people(&base).flat_map(|person| changes(&base, person)) {
        assert!(!change.kilde.to_lowercase().contains("byteby") && !change.kilde.is_empty());
        assert!(!change.aarsak.is_empty());
    }
}

#[test]
fn a_move_reported_after_a_later_one_is_left_out() {
    let mut town = TestTown::tom_by();
    let person = town.person("Siv", "Dal", crate::base::Kjoenn::Kvinne, (1980, 1, 1));
    let mut to = dag(2010, 1, 1);
    town.bosted(BoligId(0), dag(1980, 1, 1), to, &[person]);
    // Forty homes of two days each: some are heard of in the wrong order.
    for step in 0..40u32 {
        let from = to;
        to.0 += 2;
        town.bosted(BoligId(step % 4), from, to, &[person]);
    }
    town.bosted(BoligId(2), to, DayNo::NONE, &[person]);
    let base = town.ferdig();
    let moves = kinds(&base, person).iter().filter(|kind| **kind == "endringIBostedsadresse").count();
    assert!(moves < 41, "some of 41 moves are overtaken, all {moves} were kept");
    let homes: Vec<Entry> =
        entries(&base, person).into_iter().filter(|e| matches!(e.fact, Fact::Bostedsadresse { .. })).collect();
    for pair in homes.windows(2) {
        assert_eq!(pair[0].gyldig_til, pair[1].gyldig_fra, "no gap and no overlap");
    }
    let last = homes.iter().filter(|entry| entry.is_gjeldende()).collect::<Vec<_>>();
    assert!(matches!(last[..], [Entry { fact: Fact::Bostedsadresse { bolig: Some(BoligId(2)), .. }, .. }]));
}
