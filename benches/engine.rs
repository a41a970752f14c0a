//! The engine alone: forks, first writes, commands through the town hall, reads. Each figure stands beside its bar,
//! where there is one, and beside a reference measured in the same run, so that two machines can be compared.
//!
//! ```text
//! cargo bench --bench engine [-- --size N]
//! ```

#![allow(clippy::cast_precision_loss, reason = "figures are printed for people")]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use byteby::journal::{Journal, MemoryJournal, SledJournal};
use byteby::population::Spec;
use byteby::select::{Kind, Pick, Selector};
use byteby::town::decide::{Command, KontaktCommand};
use byteby::town::model::PersonKey;
use byteby::town::{Cause, Town, apply, decide};
use byteby::townhall::{Blobs, MAIN, TownHall, World, WorldSpec};

/// Commands in one measurement of throughput.
const COMMANDS: usize = 4_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = arguments.iter().position(|argument| argument == "--size").and_then(|at| arguments.get(at + 1));
    let size = size.map_or(100_000, |text| text.parse().expect("a number of people"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("threads");
    println!("{size} people; medians of 9 runs unless said");
    println!("{:<44} {:>14} {:>10}   reference in the same run", "what", "measured", "bar");
    let hall = hall(Arc::new(MemoryJournal::new()), size);
    forks(&hall);
    reads(&hall.world(MAIN).expect("main").town());
    selectors(&hall.world(MAIN).expect("main").town());
    for clients in [1, 16] {
        let rate = runtime.block_on(throughput(&hall, clients));
        let arc = 1e9 / arc_str_clone();
        report(
            &format!("commands/s, memory, {clients} client(s)"),
            &format!("{rate:.0}/s"),
            "",
            &format!("{:.6} of an Arc<str> clone's rate", rate / arc),
        );
    }
    drop(hall);
    let place = tempfile::tempdir().expect("a directory");
    let hall = self::hall(Arc::new(SledJournal::open(place.path()).expect("an empty journal")), size);
    let synced = synced_appends(place.path());
    for clients in [1, 16, 64] {
        let rate = runtime.block_on(throughput(&hall, clients));
        let beside = format!("{:.2} x a plain file with one sync per 300 bytes ({synced:.0}/s)", rate / synced);
        report(&format!("commands/s, on disk, {clients} client(s)"), &format!("{rate:.0}/s"), "", &beside);
    }
}

fn report(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<44} {measured:>14} {bar:>10}   {reference}");
}

fn hall(journal: Arc<dyn Journal>, size: u32) -> TownHall {
    let hall = TownHall::open(journal, Blobs::default()).expect("an empty hall opens");
    let base = Spec { size, ..Spec::default() };
    hall.create(&WorldSpec { name: MAIN.into(), base }).expect("a town");
    hall
}

/// Median over nine runs of the time of one `act`, in nanoseconds.
fn each(times: u32, mut act: impl FnMut()) -> f64 {
    let mut runs: Vec<f64> = (0..9)
        .map(|_| {
            let began = Instant::now();
            (0..times).for_each(|_| act());
            began.elapsed().as_secs_f64() * 1e9 / f64::from(times)
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// Whole towns walked by a selector, beside the same question asked in Rust.
fn selectors(town: &Arc<Town>) {
    let by_hand = each(1, || {
        let fits = |person: &byteby::town::state::Person<'_>| {
            person.is_bosatt()
                && person.kjoenn().code() == "kvinne"
                && (26..=36).contains(&person.alder())
                && person.barn().is_empty()
        };
        black_box(town.people().filter(fits).count());
    });
    for text in [
        "bosatt && kjoenn == 'kvinne' && alder >= 26 && alder <= 36 && barn.size() == 0",
        "bosatt && alder >= 20 && partner != null && partner.bosatt && !reservert",
    ] {
        let selector = Selector::compile(text, Kind::Person).expect("a right selector");
        let time = each(1, || drop(black_box(selector.find(town, &Pick::All(None)).expect("an answer"))));
        report(
            &format!("selector, {} && clauses", text.matches("&&").count() + 1),
            &format!("{:.0} ms", time / 1e6),
            "",
            &format!("{:.1} x the first by hand ({:.1} ms)", time / by_hand, by_hand / 1e6),
        );
    }
}

fn arc_str_clone() -> f64 {
    let text: Arc<str> = Arc::from("a town");
    each(1_000_000, || drop(black_box(text.clone())))
}

fn adults(town: &Town) -> Vec<PersonKey> {
    town.people().filter(|person| person.is_bosatt() && person.alder() >= 20).map(|person| person.key()).collect()
}

fn reservation(person: PersonKey, reservert: bool) -> (Command, Cause) {
    let command = Command::Kontakt(KontaktCommand::Reservasjon { person, reservert });
    (command, Cause::of("bench", &[&person.bytes(), &[u8::from(reservert)]]))
}

fn forks(hall: &TownHall) {
    let world = hall.world(MAIN).expect("main");
    let (published, arc) = (world.town(), arc_str_clone());
    let fork = each(1_000_000, || drop(black_box(published.clone())));
    report(
        "fork in the engine, a clone of Arc<Town>",
        &format!("{fork:.0} ns"),
        "1000 ns",
        &format!("{:.1} x a clone of Arc<str> ({arc:.0} ns)", fork / arc),
    );
    let town = Town::clone(&published);
    let deep = each(100_000, || drop(black_box(town.clone())));
    report(
        "the town itself, a clone of its registers",
        &format!("{deep:.0} ns"),
        "1000 ns",
        &format!("{:.1} x a clone of Arc<str>", deep / arc),
    );

    let someone = adults(&town)[0];
    let reservert = town.person_by_key(someone).is_some_and(|person| person.kontakt().reservert);
    let (command, cause) = reservation(someone, !reservert);
    let events = decide(&town, &command, &cause).expect("a reservation is possible");
    assert!(!events.is_empty(), "the reservation changes something");
    let first = each(20_000, || {
        let mut fork = town.clone();
        events.iter().for_each(|event| apply(&mut fork, event));
        drop(black_box(fork));
    }) - deep;
    report(
        "first write after a fork",
        &format!("{:.2} us", first / 1e3),
        "",
        &format!("{:.0} x a clone of Arc<str>", first / arc),
    );

    let mut times: Vec<Duration> = (0..1_000)
        .map(|_| {
            let began = Instant::now();
            let fork = hall.fork(MAIN, None).expect("a fork");
            let time = began.elapsed();
            hall.drop_world(fork.name()).expect("the fork is there");
            time
        })
        .collect();
    times.sort_unstable();
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    report(
        "fork through the town hall, p50 / p99",
        &format!("{:.1} / {:.1} us", micros(p50), micros(p99)),
        "1000 us",
        &format!("{:.0} x a clone of Arc<str>", micros(p50) * 1e3 / arc),
    );
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// A row of the size a person's columns have, looked up at a place that no cache foresees.
fn reads(town: &Town) {
    let keys = adults(town);
    let rows = vec![[1u8; 64]; keys.len()];
    let mut place = 0;
    let mut next = move || {
        // A step without a common divisor with most sizes: all places, in no order the processor guesses.
        place = (place + 7_368_787) % keys.len();
        (place, keys[place])
    };
    let row = each(200_000, || {
        black_box(rows[next().0][7]);
    });
    let status = each(200_000, || {
        black_box(town.person_by_key(next().1).map(|person| person.status()));
    });
    let view = each(50_000, || {
        let person = town.person_by_key(next().1).expect("an adult of this town");
        black_box((person.navn(), person.status(), person.gradering(), person.sivilstand(), person.alder()));
    });
    let family = each(50_000, || {
        let person = town.person_by_key(next().1).expect("an adult of this town");
        black_box((person.barn().len(), person.husstand_medlemmer().len(), person.kontakt()));
    });
    for (what, time) in [
        ("read: one fact of a person", status),
        ("read: name, status, protection, marriage, age", view),
        ("read: children, household, contact", family),
    ] {
        report(
            what,
            &format!("{time:.0} ns"),
            "",
            &format!("{:.1} x a 64-byte row of a Vec at random ({row:.0} ns)", time / row),
        );
    }
}

/// Commands per second when `clients` wait for each answer before they ask again. Every command changes something.
async fn throughput(hall: &TownHall, clients: usize) -> f64 {
    let world: World = hall.fork(MAIN, None).expect("a fork");
    let keys = adults(&world.town());
    let each = COMMANDS / clients;
    let began = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (world, keys) = (world.clone(), keys.clone());
            tokio::spawn(async move {
                for turn in 0..each {
                    let person = keys[(client * each + turn) % keys.len()];
                    let reservert = world.town().person_by_key(person).is_some_and(|person| person.kontakt().reservert);
                    let (command, cause) = reservation(person, !reservert);
                    world.command(command, cause).await.expect("a reservation is possible");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no client fails");
    }
    let rate = (each * clients) as f64 / began.elapsed().as_secs_f64();
    hall.drop_world(world.name()).expect("the fork is there");
    rate
}

/// Appends per second to a plain file, 300 bytes each, every one synced: what the disk can do for one writer.
fn synced_appends(place: &Path) -> f64 {
    let mut file = File::create(place.join("reference")).expect("a file");
    let record = [7u8; 300];
    let time = each(200, || {
        file.write_all(&record).expect("a write");
        file.sync_data().expect("a sync");
    });
    1e9 / time
}
