//! Worlds: what a fork costs in time and memory, by API too, and how long any past instant of a year takes. Each figure
//! stands beside its bar (`DESIGN` §11) and beside a reference measured in the same run.
//!
//! ```text
//! cargo bench --bench worlds [-- --size N]
//! ```

#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "figures for people; a bench that fails has failed"
)]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use byteby::app::{Config, start};
use byteby::clock::Span;
use byteby::journal::MemoryJournal;
use byteby::population::Spec;
use byteby::town::decide::{Command, FolkCommand, KontaktCommand};
use byteby::town::model::PersonKey;
use byteby::town::{Cause, Town};
use byteby::townhall::{Blobs, MAIN, TownHall, World, WorldSpec};

/// Forks held at once.
const FORKS: usize = 1_000;
/// Citizens changed in each.
const CHANGED: usize = 10;
/// Items of a year in a town of 100 000 (`specs/core.md` §1).
const YEAR: usize = 40_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = arguments.iter().position(|argument| argument == "--size").and_then(|at| arguments.get(at + 1));
    let size: u32 = size.map_or(100_000, |text| text.parse().expect("a number of people"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{size} people");
    println!("{:<46} {:>18} {:>10}   reference in the same run", "what", "measured", "bar");
    let hall = TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).unwrap();
    let base = Spec { size, ..Spec::default() };
    hall.create(&WorldSpec { name: MAIN.into(), base }).expect("a town");
    runtime.block_on(memory(&hall));
    runtime.block_on(past(&hall));
    drop(hall);
    runtime.block_on(by_api(size));
}

fn report(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<46} {measured:>18} {bar:>10}   {reference}");
}

/// Median and the place `share` of the way up.
fn quantiles(mut times: Vec<Duration>, share: f64) -> (Duration, Duration) {
    times.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let place = ((times.len() - 1) as f64 * share) as usize;
    (times[times.len() / 2], times[place])
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Memory of this process in use, bytes.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells about processes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
    line.trim().trim_end_matches(" kB").trim().parse::<i64>().expect("a number") * 1024
}

fn adults(town: &Town) -> Vec<PersonKey> {
    let stands = |person: &byteby::town::state::Person<'_>| person.is_bosatt() && person.alder() >= 20;
    town.people().filter(stands).map(|person| person.key()).collect()
}

async fn toggle(world: &World, person: PersonKey, turn: usize) {
    let reservert = world.town().person_by_key(person).is_some_and(|person| person.kontakt().reservert);
    let command = Command::Kontakt(KontaktCommand::Reservasjon { person, reservert: !reservert });
    world.command(command, Cause::of("bench", &[&person.bytes(), &turn.to_be_bytes()])).await.expect("a change");
}

async fn memory(hall: &TownHall) {
    let people = adults(&hall.world(MAIN).unwrap().town());
    // The allocator's own growth is paid before anything is measured.
    let warm: Vec<World> = (0..FORKS).map(|_| hall.fork(MAIN, None).unwrap()).collect();
    warm.iter().for_each(|world| drop(hall.drop_world(world.name()).unwrap()));
    drop(warm);
    let before = resident();
    let mut times = Vec::with_capacity(FORKS);
    let forks: Vec<World> = (0..FORKS)
        .map(|_| {
            let began = Instant::now();
            let fork = hall.fork(MAIN, None).unwrap();
            times.push(began.elapsed());
            fork
        })
        .collect();
    let bare = (resident() - before) / i64::try_from(FORKS).unwrap();
    let town = hall.world(MAIN).unwrap().town();
    let clone = {
        let began = Instant::now();
        (0..1_000_000).for_each(|_| drop(black_box(town.clone())));
        began.elapsed().as_secs_f64() * 1e9 / 1e6
    };
    let (p50, p99) = quantiles(times, 0.99);
    report("fork in the engine (the pointer)", &format!("{clone:.0} ns"), "1000 ns", "");
    report(
        "fork through the town hall, p50 / p99",
        &format!("{:.1} / {:.1} us", millis(p50) * 1e3, millis(p99) * 1e3),
        "",
        &format!("{:.0} x the pointer", millis(p50) * 1e6 / clone),
    );
    report("1000 forks, each, nothing changed", &format!("{:.1} kB", bare as f64 / 1e3), "32 kB", "of resident memory");
    for (place, fork) in forks.iter().enumerate() {
        for turn in 0..CHANGED {
            toggle(fork, people[(place * 7 + turn * 9_973) % people.len()], turn).await;
        }
    }
    let changed = (resident() - before) / i64::try_from(FORKS).unwrap();
    report(
        &format!("1000 forks, each, {CHANGED} citizens changed"),
        &format!("{:.1} kB", changed as f64 / 1e3),
        "1000 kB",
        "of resident memory, log included",
    );
    let estimated = forks.iter().map(World::memory).sum::<u64>() / forks.len() as u64;
    report("what the limit `memory` takes each for", &format!("{:.1} kB", estimated as f64 / 1e3), "", "");
    for fork in &forks {
        hall.drop_world(fork.name()).unwrap();
    }
}

/// A year of life by script: births, reservations, and the clock once a day.
async fn year(hall: &TownHall) -> World {
    let world = hall.fork(MAIN, Some("aaret")).unwrap();
    let town = world.town();
    let people = adults(&town);
    let mothers = town.people().filter(|person| {
        person.is_bosatt()
            && person.kjoenn() == byteby::base::Kjoenn::Kvinne
            && (20..=40).contains(&person.alder())
            && person.barn().is_empty()
    });
    let mothers: Vec<PersonKey> = mothers.map(|person| person.key()).collect();
    let day = Span::parse("P1D").unwrap();
    for turn in 0..YEAR {
        if turn % (YEAR / 365) == 0 {
            let next = day.after(world.town().now());
            world.advance(next).await.expect("the next day");
        }
        match mothers.get(turn / 40).filter(|_| turn % 40 == 0) {
            Some(mother) => {
                let command = Command::Folk(FolkCommand::Foedsel { mor: *mother, medforelder: None, barn: vec![None] });
                // A date has a bounded number of identity numbers; a birth too many on one is no loss here.
                let _ = world.command(command, Cause::of("bench birth", &[&mother.bytes()])).await;
            }
            None => toggle(&world, people[turn * 7_919 % people.len()], turn).await,
        }
    }
    world
}

async fn past(hall: &TownHall) {
    let world = year(hall).await;
    let head = world.ledger().head().seq;
    let read = {
        let began = Instant::now();
        let mut from = 1;
        while from <= head {
            from += black_box(hall.log(&world, from, 1_024).unwrap()).len() as u64;
        }
        millis(began.elapsed())
    };
    let mut times = Vec::new();
    let mut worst = (Duration::ZERO, 0);
    // Evenly spread, and right before every place where a checkpoint may stand.
    let places =
        (0..200).map(|place| head * place / 200).chain((1..).map(|k| k * 512 - 1).take_while(|seq| *seq < head));
    for seq in places {
        let began = Instant::now();
        let (town, ledger) = hall.past(&world, seq).unwrap();
        let time = began.elapsed();
        assert_eq!(ledger.head().seq, seq);
        black_box(town);
        times.push(time);
        worst = worst.max((time, seq));
    }
    let (p50, _) = quantiles(times, 1.0);
    report(
        &format!("any instant of a year ({head} items), p50 / max"),
        &format!("{:.1} / {:.1} ms", millis(p50), millis(worst.0)),
        "50 ms",
        &format!(
            "{:.2} x reading the whole log ({read:.1} ms); the slowest is item {}",
            millis(worst.0) / read,
            worst.1
        ),
    );
}

async fn by_api(size: u32) {
    let town = start(Config { size, ..Config::on_free_port() }).await.expect("a server");
    let http = reqwest::Client::new();
    let base = format!("{}/_byteby/v1", town.base_url());
    let (mut forks, mut plain) = (Vec::new(), Vec::new());
    for turn in 0..2_000 {
        let began = Instant::now();
        let answer = http.get(format!("{base}/version")).send().await.unwrap().bytes().await.unwrap();
        plain.push(began.elapsed());
        black_box(answer);
        let began = Instant::now();
        let request = http.post(format!("{base}/worlds/main/fork")).json(&serde_json::json!({}));
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let answer: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        // The first requests open the connection and warm the caches of everybody.
        if turn >= 200 {
            forks.push(began.elapsed());
        }
        let name = answer["name"].as_str().unwrap();
        http.delete(format!("{base}/worlds/{name}")).send().await.unwrap();
    }
    let (p50, p99) = quantiles(forks, 0.99);
    let (reference, reference_p99) = quantiles(plain, 0.99);
    report(
        "fork by API, p50 / p99",
        &format!("{:.2} / {:.2} ms", millis(p50), millis(p99)),
        "1 ms",
        &format!("GET /version {:.2} / {:.2} ms", millis(reference), millis(reference_p99)),
    );
    town.stop().await;
}
