//! Background life: the plan of a year, a virtual year and ten of a whole town through the town hall, no app attached.
//! Each figure stands beside its bar, where there is one, and beside a reference measured in the same run.
//!
//! ```text
//! cargo bench --bench life [-- --size N] [--years N]
//! ```

#![allow(clippy::cast_precision_loss, reason = "figures are printed for people")]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use byteby::base::sha256;
use byteby::clock::Span;
use byteby::journal::MemoryJournal;
use byteby::population::Spec;
use byteby::townhall::{Blobs, MAIN, TownHall, World, WorldSpec};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, default: u32| {
        let text = arguments.iter().position(|argument| argument == name).and_then(|at| arguments.get(at + 1));
        text.map_or(default, |text| text.parse().expect("a number"))
    };
    let (size, years) = (number("--size", 100_000), number("--years", 3));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("threads");
    println!("{size} people, life on, no app");
    println!("{:<36} {:>12} {:>10}   reference in the same run", "what", "measured", "bar");
    let hall = TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).expect("an empty hall opens");
    let base = Spec { size, ..Spec::default() };
    let world = hall.create(&WorldSpec { name: MAIN.into(), base }).expect("a town");
    runtime.block_on(world.set_life(true)).expect("life goes on");
    let began = Instant::now();
    let first = world.next_due(byteby::clock::Instant::from_millis(i64::MAX));
    let plan = began.elapsed().as_secs_f64() * 1e3;
    assert!(first.is_some(), "something happens");
    report(
        "levels and the plan of a year",
        &format!("{plan:.0} ms"),
        "30 ms",
        &format!("{:.0} ms to hash 100 MB", hashing()),
    );
    for year in 1..=years {
        let before = world.ledger().head().seq;
        let took = runtime.block_on(a_year(&world));
        let items = world.ledger().head().seq - before;
        let beside = format!("{:.1} us an item; {:.0} ms to hash 100 MB", took * 1e6 / items as f64, hashing());
        let bar = if year == 1 { "1.0 s" } else { "" };
        report(&format!("virtual year {year}, {items} items"), &format!("{took:.2} s"), bar, &beside);
    }
    let town = world.town();
    println!("residents {}, newcomers {}", town.bosatte(), town.folk.newcomers);
}

async fn a_year(world: &World) -> f64 {
    let to = Span::parse("P1Y").expect("a year").after(world.town().now());
    let began = Instant::now();
    world.advance(to).await.expect("a year passes");
    began.elapsed().as_secs_f64()
}

/// Milliseconds to hash a hundred million bytes.
fn hashing() -> f64 {
    let bytes = vec![7u8; 1_000_000];
    let began = Instant::now();
    for _ in 0..100 {
        black_box(sha256(&[&bytes]));
    }
    began.elapsed().as_secs_f64() * 1e3
}

fn report(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<36} {measured:>12} {bar:>10}   {reference}");
}
