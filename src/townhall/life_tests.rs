//! Towns that live: what happens in a year, that nothing breaks in ten, and that worlds differ only where something did.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{Kjoenn, OriginKey, Seed};
use crate::clock::Instant;
use crate::population::{Spec, digest, generate, violations, violations_of_lived};
use crate::town::decide::{Cause, Command, FolkCommand, liv};
use crate::town::derive::ventet;
use crate::town::event::{FolkEvent, TidEvent};
use crate::town::model::{
    Entry, Fact, Gradering, Hendelsestype, Landkode, Livsslag, PersonKey, Registrering, Sivilstand,
};
use crate::town::state::{Due, DueKey, FolkDue, Person};
use crate::town::{Event, Town, apply, columns_of, decide};

const DAG_MS: i64 = 86_400_000;

/// What happened: when taken up, by which cause.
pub(super) struct Log(pub(super) Vec<(OriginKey, u16, Vec<Event>)>);

impl Log {
    fn changes(&self) -> impl Iterator<Item = &Registrering> {
        self.0.iter().flat_map(|(_, _, events)| events).filter_map(|event| match event {
            Event::Folk(FolkEvent::Registrert(change)) => Some(change.as_ref()),
            _ => None,
        })
    }
}

pub(super) fn town(seed: u64, size: u32) -> Town {
    let spec = Spec { seed: Seed(seed), size, ..Spec::default() };
    let mut town = Town::new(Arc::new(generate(&spec).expect("a town")));
    apply(&mut town, &Event::Tid(TidEvent::Liv(true)));
    town
}

pub(super) fn after(town: &Town, days: i64) -> Instant {
    town.now().plus_millis(days * DAG_MS)
}

/// Lets `town` live until `until`, as a world does but without a log on disk.
pub(super) fn live(town: &mut Town, until: Instant) -> Log {
    let mut log = Log(Vec::new());
    let cause =
        |key: &DueKey| Cause { origin: key.origin.child("due", key.ordinal), what: "due".to_owned(), parent: None };
    loop {
        town.les_paa_livet();
        let Some((key, events)) = liv::carry_out_next(town, until, cause).expect("nothing is refused") else { break };
        log.0.push((key.origin, key.kind, events));
    }
    apply(town, &Event::Tid(TidEvent::Naadd(until)));
    log
}

pub(super) fn happen(town: &mut Town, command: FolkCommand) {
    let cause = Cause::of("test", &[format!("{command:?}").as_bytes()]);
    for event in decide(town, &Command::Folk(command), &cause).expect("the town accepts") {
        apply(town, &event);
    }
}

/// Items of each kind.
fn tall(log: &Log) -> String {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    log.0.iter().for_each(|(_, kind, _)| *counts.entry(*kind).or_default() += 1);
    let name = |kind: u16| Livsslag::of_kind(kind).map_or_else(|| kind.to_string(), |slag| format!("{slag:?}"));
    counts.into_iter().map(|(kind, count)| format!("{}: {count}", name(kind))).collect::<Vec<_>>().join(", ")
}

/// Flows of a year, counted in what the register heard and who lives here.
#[derive(Default, Debug)]
struct Flows(BTreeMap<&'static str, u64>);

impl Flows {
    fn count(&mut self, log: &Log) {
        let mut add = |what, count: u64| *self.0.entry(what).or_default() += count;
        for change in log.changes() {
            let new = |wanted: fn(&Fact) -> bool| {
                change.endringer.iter().filter_map(|endring| endring.ny.as_ref()).any(|ny| wanted(&ny.fact))
            };
            let born = new(|fact| matches!(fact, Fact::FoedselINorge(_)));
            match change.slag {
                Hendelsestype::PersonErOpprettet if born => add("births", 1),
                Hendelsestype::PersonErDoed => add("deaths", 1),
                Hendelsestype::PersonErUtflyttet => add("emigration", 1),
                Hendelsestype::EndringIInnflytting => add("immigration", 1),
                Hendelsestype::EndringISivilstand => {
                    let half =
                        |status: Sivilstand| {
                            change.endringer.iter().filter_map(|endring| endring.ny.as_ref()).any(
                                |ny| matches!(ny.fact, Fact::Sivilstand { sivilstand, .. } if sivilstand == status),
                            )
                        };
                    add("married people", u64::from(half(Sivilstand::Gift)));
                    add("divorced people", u64::from(half(Sivilstand::Skilt)));
                    add("separated people", u64::from(half(Sivilstand::Separert)));
                }
                _ => {}
            }
        }
        for (_, kind, events) in &log.0 {
            let homes = |wanted: fn(&FolkEvent) -> bool| {
                events.iter().filter(|event| matches!(event, Event::Folk(event) if wanted(event))).count() as u64
            };
            match Livsslag::of_kind(*kind) {
                Some(Livsslag::Flytting) => {
                    add("moves", homes(|e| matches!(e, FolkEvent::Hjem { bolig: Some(_), .. })));
                }
                Some(Livsslag::Fraflytting) => add("out", homes(|e| matches!(e, FolkEvent::Hjem { bolig: None, .. }))),
                Some(Livsslag::Tilflytting) => add("in", homes(|e| matches!(e, FolkEvent::PersonKom { .. }))),
                Some(Livsslag::Samliv) => add("couples", 1),
                Some(Livsslag::Samlivsbrudd) => add("partings", 1),
                _ => {}
            }
        }
    }
}

/// `specs/population.md` §4.3 per 1 000 residents and year, in tenths; two people to a couple. Births and deaths follow
/// the ages of the town and stand beside what the tables give for them.
const YEAR: [(&str, u64); 7] = [
    ("married people", 72),
    ("divorced people", 30),
    ("moves", 840),
    ("in", 440),
    ("out", 440),
    ("immigration", 100),
    ("emigration", 55),
];

#[test]
fn a_year_has_the_flows_of_the_contract() {
    let (mut flows, mut people, mut own) = (Flows::default(), 0, [0, 0]);
    for seed in 1..=8 {
        let mut town = town(seed, 5_000);
        // The second year: divorces follow a year after separations.
        let (first, second) = (after(&town, 380), after(&town, 745));
        live(&mut town, first);
        let expected = ventet(&columns_of(&town));
        own = [own[0] + expected[0], own[1] + expected[1]];
        flows.count(&live(&mut town, second));
        people += 5_000_u64;
    }
    let by_contract = YEAR.iter().map(|(what, tenths)| (*what, people * tenths / 10_000));
    let mut wrong = Vec::new();
    for (what, expected) in by_contract.chain([("births", own[0]), ("deaths", own[1])]) {
        let counted = flows.0.get(what).copied().unwrap_or(0);
        // Who marries, parts or moves does so with others: people are counted, couples and families drawn.
        let drawn_together = if ["births", "deaths"].contains(&what) { 1 } else { 2 };
        let limit = 3 * (expected * drawn_together).isqrt();
        println!("{what}: {counted} of {expected} ± {limit}");
        if counted.abs_diff(expected) > limit {
            wrong.push(what);
        }
    }
    println!("{flows:?}");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_town_is_what_its_log_makes_of_it() {
    let mut lived = town(5, 1_500);
    let mut folded = lived.clone();
    let until = after(&lived, 200);
    let log = live(&mut lived, until);
    assert!(log.0.len() > 200, "{}", tall(&log));
    log.0.iter().flat_map(|(_, _, events)| events).for_each(|event| apply(&mut folded, event));
    let all = |town: &Town| {
        let queue = format!("{:?} {:?}", town.tid.queue, town.tid.sist);
        [
            ("folk", format!("{:?}", town.folk)),
            ("hverdag", format!("{:?}", town.hverdag)),
            ("virksomheter", format!("{:?}", town.virksomheter)),
            ("kontakt", format!("{:?}", town.kontakt)),
            ("tid", queue),
        ]
    };
    for ((name, lived), (_, folded)) in all(&lived).iter().zip(&all(&folded)) {
        assert!(lived == folded, "{name} differs");
        assert!(lived.len() > 200, "{name} is empty");
    }
}

#[test]
fn ten_years_break_no_invariant() {
    for (seed, size) in [(7, 1_500), (8, 1_500), (9, 3_000)] {
        let mut town = town(seed, size);
        let base = town.base.clone();
        let until = crate::clock::Span::parse("P10Y").expect("ten years").after(town.now());
        let log = live(&mut town, until);
        let columns = columns_of(&town);
        let residents = town.people().filter(Person::is_bosatt).count();
        println!("{size}: {} items, {residents} residents", log.0.len());
        println!("{}", tall(&log));
        let broken = violations_of_lived(&columns);
        assert!(broken.is_empty(), "{} broken: {:?}", broken.len(), &broken[..broken.len().min(12)]);
        // Replaying the log from the first day gives exactly this town.
        let mut again = Town::new(base);
        apply(&mut again, &Event::Tid(TidEvent::Liv(true)));
        log.0.iter().flat_map(|(_, _, events)| events).for_each(|event| apply(&mut again, event));
        apply(&mut again, &Event::Tid(TidEvent::Naadd(until)));
        assert_eq!(digest(&columns_of(&again)), digest(&columns));
        assert!(residents * 10 > size as usize * 9 && residents * 10 < size as usize * 13, "{residents}");
    }
}

#[test]
fn home_and_citizenship_by_the_short_way_are_those_of_the_whole_history() {
    let of_history = |person: &Person<'_>| {
        let current = person.entries().into_iter().filter(Entry::is_gjeldende);
        let (home, rest): (Vec<Entry>, Vec<Entry>) = current.partition(|entry| entry.fact.is_hjem());
        let land = |entry: &Entry| match entry.fact {
            Fact::Statsborgerskap(land) => Some(land),
            _ => None,
        };
        (home, rest.iter().filter_map(land).collect::<Vec<_>>())
    };
    for seed in 1..=3 {
        let mut town = town(seed, 1500);
        let becomes_norwegian = |person: Person<'_>| {
            let person = person.key();
            let command = FolkCommand::Statsborgerskap { person, land: Landkode::NOR, beholder: false };
            decide(&town, &Command::Folk(command.clone()), &Cause::of("test", &[])).is_ok().then_some(command)
        };
        let norwegian = town.people().find_map(becomes_norwegian).expect("somebody is not");
        for years in 0..=3 {
            if years == 1 {
                happen(&mut town, norwegian.clone());
            }
            let mut homes = 0;
            for person in town.people() {
                let home = person.hjem_i_registeret();
                homes += usize::from(home.is_some());
                let short = (home.into_iter().collect(), person.statsborgerskap());
                assert_eq!(short, of_history(&person), "seed {seed}, {person:?} after {years} years");
            }
            assert!(homes > 1000, "{homes} homes");
            let until = after(&town, 365);
            live(&mut town, until);
        }
    }
}

#[test]
fn a_child_born_at_a_clients_address_is_one_of_the_household() {
    let (mut town, mother) = (1..40)
        .find_map(|seed| {
            let town = town(seed, 1_500);
            let mother = town.people().find(|person| {
                let fits = person.kjoenn() == Kjoenn::Kvinne && (18..45).contains(&person.alder());
                fits && person.is_bosatt() && person.gradering() == Gradering::Klientadresse
            });
            mother.map(|mother| mother.key()).map(|mother| (town, mother))
        })
        .expect("a woman at a client's address");
    happen(&mut town, FolkCommand::Foedsel { mor: mother, medforelder: None, barn: vec![None] });
    let home = town.person_by_key(mother).expect("she is there").husstand_medlemmer();
    let child = home.iter().find(|member| member.alder() == 0 && matches!(member.key(), PersonKey::World(_)));
    assert_eq!(child.expect("her child").gradering(), Gradering::Klientadresse);
    let broken = violations_of_lived(&columns_of(&town));
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn an_unlived_town_is_its_own_columns() {
    let mut town = town(3, 1_500);
    apply(&mut town, &Event::Tid(TidEvent::Liv(false)));
    let columns = columns_of(&town);
    assert_eq!(columns.personer.nummer, town.base.personer.nummer);
    assert_eq!(columns.personer.etternavn, town.base.personer.etternavn);
    assert_eq!(columns.sivilstander, town.base.sivilstander);
    assert_eq!(columns.ansvar, town.base.ansvar);
    assert_eq!(columns.personer.kontakt, town.base.personer.kontakt);
    assert_eq!(columns.personer.utdanning, town.base.personer.utdanning);
    assert_eq!(columns.personer.arbeidsmarked, town.base.personer.arbeidsmarked);
    assert_eq!(columns.personer.fastlege, town.base.personer.fastlege);
    assert_eq!(columns.plasser, town.base.plasser);
    assert_eq!(columns.arbeidsforhold, town.base.arbeidsforhold);
    assert_eq!(columns.inntekter, town.base.inntekter);
    assert_eq!(columns.virksomheter, town.base.virksomheter);
    assert_eq!(columns.roller, town.base.roller);
    assert_eq!(columns.aksjer, town.base.aksjer);
    assert_eq!(violations(&columns).into_iter().filter(|one| one.number != 56).count(), 0);
}

#[test]
fn forks_differ_only_where_something_did() {
    let mut one = town(5, 1_500);
    let mut other = one.clone();
    // Somebody moves in one of them, by hand.
    let mover = one.people().find(|p| p.is_bosatt() && p.alder() == 45 && p.partner().is_none()).expect("somebody");
    let (mover, household) = (mover.key(), mover.husstand_medlemmer().iter().map(Person::key).collect::<BTreeSet<_>>());
    happen(&mut other, FolkCommand::Flytting { person: mover, hos: None, hele_husstanden: true });
    let until = after(&one, 365);
    let (first, second) = (live(&mut one, until), live(&mut other, until));
    let origins = |log: &Log| log.0.iter().map(|(origin, ..)| *origin).collect::<BTreeSet<_>>();
    let differing: Vec<_> = origins(&first).symmetric_difference(&origins(&second)).copied().collect();
    println!("{} items, {} differ", first.0.len(), differing.len());
    assert!(first.0.len() > 150);
    assert!(differing.len() * 100 <= first.0.len(), "{} of {}", differing.len(), first.0.len());
    // Whoever was born or came in both is the same person with the same number.
    let came = |town: &Town| -> BTreeMap<PersonKey, String> {
        let newcomers = town.people().filter(|person| matches!(person.key(), PersonKey::World(_)));
        newcomers.map(|person| (person.key(), person.nummer().to_string() + &person.navn().full())).collect()
    };
    let (mine, theirs) = (came(&one), came(&other));
    let both: Vec<_> = mine.iter().filter_map(|(key, who)| Some((who, theirs.get(key)?))).collect();
    assert!(both.len() > 30);
    assert!(both.iter().all(|(who, same)| who == same));
    assert!(household.iter().all(|key| one.person_by_key(*key).is_some()));
}

#[test]
fn who_is_held_is_kept_from_chance_and_nobody_else() {
    let free = town(6, 1_500);
    let until = after(&free, 365);
    let mut lived = free.clone();
    let log = live(&mut lived, until);
    let dead: Vec<PersonKey> =
        log.changes().filter(|change| change.slag == Hendelsestype::PersonErDoed).map(|change| change.person).collect();
    assert!(dead.len() > 3);
    let mut held = free.clone();
    happen(&mut held, FolkCommand::Hold { personer: vec![dead[0]], holdt: true });
    let log = live(&mut held, until);
    let others: Vec<PersonKey> =
        log.changes().filter(|change| change.slag == Hendelsestype::PersonErDoed).map(|change| change.person).collect();
    assert!(held.person_by_key(dead[0]).is_some_and(|person| person.is_bosatt()));
    assert!(dead[1..].iter().all(|one| others.contains(one)), "others die as they would have");
    // A script that finds its person gone is told what happened.
    let refused = decide(&lived, &Command::Folk(FolkCommand::Doedsfall { person: dead[0] }), &Cause::of("test", &[]));
    let refusal = refused.expect_err("dead already");
    assert!(refusal.reason.contains("died on 2027-"), "{refusal}");
}

#[test]
fn life_that_stands_still_brings_nothing_and_goes_on_from_today() {
    let mut town = town(4, 1_500);
    apply(&mut town, &Event::Tid(TidEvent::Liv(false)));
    let until = after(&town, 200);
    assert!(live(&mut town, until).0.is_empty());
    apply(&mut town, &Event::Tid(TidEvent::Liv(true)));
    let until = after(&town, 60);
    let log = live(&mut town, until);
    let first = log.changes().map(|change| change.registrert).min().expect("something happens in two months");
    assert!(first >= until.plus_millis(-60 * DAG_MS));
}

#[test]
fn children_get_names_and_the_contact_register_forgets_the_dead() {
    let mut town = town(11, 1_500);
    let until = after(&town, 330);
    let log = live(&mut town, until);
    let named = log.changes().filter(|change| change.slag == Hendelsestype::EndringINavn).count();
    assert!(named > 3, "{named}");
    let dead = log.changes().filter(|change| change.slag == Hendelsestype::PersonErDoed);
    let waiting = |key: PersonKey| {
        town.tid
            .queue
            .values()
            .any(|due| matches!(due, Due::Folk(FolkDue::KontaktSlettes { person }) if *person == key))
    };
    let left = dead
        .filter(|change| {
            let kontakt = town.person_by_key(change.person).expect("known").kontakt();
            kontakt.registrert && !kontakt.reservert && !waiting(change.person)
        })
        .count();
    assert_eq!(left, 0);
}

/// Municipality-years of the two estimates below; the contract's own figure is 1 000 (`specs/population.md` §17).
fn years() -> u32 {
    std::env::var("BYTEBY_LIFE_YEARS").ok().and_then(|years| years.parse().ok()).unwrap_or(6)
}

#[test]
fn people_live_as_long_and_mothers_are_as_old_as_the_tables_say() {
    const SIZE: u32 = 5_000;
    let (mut lived, mut died) = ([[0u64; 106]; 2], [[0u64; 106]; 2]);
    let (mut births, mut ages) = (0u64, 0u64);
    for seed in 0..years() {
        let mut town = town(u64::from(seed) + 100, SIZE);
        let (from, until) = (town.now(), after(&town, 365));
        let log = live(&mut town, until);
        let dead: BTreeSet<PersonKey> = log
            .changes()
            .filter(|change| change.slag == Hendelsestype::PersonErDoed)
            .map(|change| change.person)
            .collect();
        let half = from.plus_millis(182 * DAG_MS);
        for person in town.people().filter(|person| matches!(person.key(), PersonKey::Base(_))) {
            let row = person.id.index();
            if town.base.personer.status[row] != crate::town::model::Personstatus::Bosatt {
                continue;
            }
            let age = usize::try_from(person.alder_at(half)).unwrap_or(0).min(105);
            let sex = usize::from(person.kjoenn() == Kjoenn::Mann);
            if dead.contains(&person.key()) {
                died[sex][age] += 1;
                lived[sex][age] += 1;
            } else if person.is_bosatt() {
                lived[sex][age] += 2;
            } else {
                lived[sex][age] += 1;
            }
        }
        for change in log.changes().filter(|change| change.slag == Hendelsestype::PersonErOpprettet) {
            let child = town.person_by_key(change.person).expect("somebody");
            let is_born = change
                .endringer
                .iter()
                .any(|one| one.ny.as_ref().is_some_and(|ny| matches!(ny.fact, Fact::FoedselINorge(_))));
            if let Some(mother) = child.mor().filter(|_| is_born) {
                let months = (change.registrert.millis() - Instant::midnight(mother.foedselsdato()).millis()) / DAG_MS;
                ages += months.unsigned_abs();
                births += 1;
            }
        }
    }
    // Half years lived make rates; a rate of five years at a time keeps the noise of single ages out.
    for (sex, expected, name) in [(0, 84_760_i64, "women"), (1, 81_590, "men")] {
        let (mut alive, mut total) = (1_000_000_000_i64, 0_i64);
        for age in 0..105 {
            let group = age / 5 * 5..(age / 5 * 5 + 5).min(106);
            let (dead, years): (u64, u64) = group.fold((0, 0), |(d, l), at| (d + died[sex][at], l + lived[sex][at]));
            let gone = alive * i64::try_from(dead * 2).unwrap() / i64::try_from(years.max(1)).unwrap();
            let gone = gone.min(alive);
            total += alive - gone / 2;
            alive -= gone;
        }
        let thousandths = total / 1_000_000;
        // 0.3 years at a thousand municipality-years of five thousand.
        let limit = 300 * i64::from((1_000 / years().max(1)).isqrt()).max(1) * 3 / 2;
        println!("{name}: {thousandths} of {expected} ± {limit}");
        assert!((thousandths - expected).abs() <= limit, "{name}: {thousandths} of {expected} ± {limit}");
    }
    let mean = ages * 1000 / births.max(1) / 365;
    let limit = 150 * (50_000 / births.max(1)).isqrt().max(1);
    println!("mothers: {mean} over {births} births ± {limit}");
    assert!(mean.abs_diff(31_600) <= limit, "{mean} over {births} births");
}

#[tokio::test]
async fn a_world_lives_by_its_clock_and_can_be_read_back() {
    use super::{Blobs, MAIN, TownHall, WorldSpec};
    let journal = Arc::new(crate::journal::MemoryJournal::new());
    let hall = TownHall::open(journal, Blobs::default()).expect("a hall");
    let base = Spec { size: 1_500, ..Spec::default() };
    let world = hall.create(&WorldSpec { name: MAIN.into(), base }).expect("a town");
    let month = after(&world.town(), 30);
    assert_eq!(world.advance(month).await.expect("a month").items, 0, "life is off");
    world.set_life(true).await.expect("life goes on");
    let (before, feed) = (world.ledger().head().seq, world.town().feed_len());
    let next = world.next_due(after(&world.town(), 60)).expect("something within two months");
    let quarter = after(&world.town(), 90);
    let went = world.advance(quarter).await.expect("three months");
    assert!(went.items > 20, "{went:?}");
    // One log item for each, and one for having arrived.
    assert_eq!(world.ledger().head().seq, before + went.items + 1);
    assert!(world.town().feed_len() > feed + 20);
    let items = hall.log(&world, before + 1, 1).expect("a log");
    assert_eq!(items[0].at, next.at);
    let fold = hall.log(&world, 1, usize::MAX).expect("a log");
    let mut again = Town::new(world.town().base.clone());
    fold.iter().flat_map(|item| &item.events).for_each(|event| apply(&mut again, event));
    assert_eq!(digest(&columns_of(&again)), digest(&columns_of(&world.town())));
    world.set_life(false).await.expect("life stands still");
    assert!(world.next_due(after(&world.town(), 60)).is_none_or(|key| key.kind < 500));
}
