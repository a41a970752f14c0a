//! Populations: how long a town takes, how many flat rows of people a second come out beside the crate `fake`, and what
//! the least that can be made costs (`DESIGN` §11).
//!
//! ```text
//! cargo bench --bench population [-- --quick]
//! ```

#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "figures for people; a bench that fails has failed"
)]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use byteby::population::export::{Shown, TABLES, Table, Value};
use byteby::population::{Parts, Spec, generate};
use fake::Fake;
use fake::faker::address::en::{BuildingNumber, CityName, StreetName, ZipCode};
use fake::faker::name::en::{FirstName, LastName};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The eight flat fields of a person.
const FIELDS: [&str; 8] =
    ["foedselsnummer", "fornavn", "etternavn", "foedselsdato", "adressenavn", "husnummer", "postnummer", "poststed"];
/// Rows of the reference.
const ROWS: usize = 200_000;

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let rounds = if quick { 3 } else { 9 };
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{cpus} CPUs, median of {rounds}");
    println!("{:<52} {:>16} {:>16}   reference in the same run", "what", "measured", "bar");
    for size in [5_000, 100_000] {
        let time = median(rounds, || drop(black_box(generate(&Spec { size, ..Spec::default() }).unwrap())));
        let each = time.as_secs_f64() * 1e6 / f64::from(size);
        line(&format!("a town of {size}, every table"), &millis(time), "", &format!("{each:.1} µs a resident"));
    }
    rows(rounds);
    one_person(rounds);
}

fn line(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<52} {measured:>16} {bar:>16}   {reference}");
}

fn verdict(holds: bool) -> &'static str {
    if holds { "bar held" } else { "BAR MISSED" }
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

fn median(rounds: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let began = Instant::now();
            run();
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Rows of eight flat fields as text. Ours are the rows of a whole town that is made on the way, with families, homes,
/// jobs and everything else; the reference draws eight values that have nothing to do with each other.
fn rows(rounds: usize) {
    let size = 100_000;
    let people: &Table = &TABLES[0];
    let fields: Vec<_> = FIELDS.map(|name| people.fields.iter().find(|field| field.name == name).unwrap()).to_vec();
    let mut count = 0;
    let mut ours = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let time = median(rounds, || {
            let base = pool.install(|| generate(&Spec { size, ..Spec::default() }).unwrap());
            let shown = Shown::new(&base, 0);
            let mut out = String::new();
            count = base.person_count();
            for row in 0..count {
                for field in &fields {
                    match (field.value)(&shown, row) {
                        Value::Text(text) => out.push_str(&text),
                        Value::Date(day) => write!(out, "{}", day.0).unwrap(),
                        Value::Int(number) => write!(out, "{number}").unwrap(),
                        Value::Bool(_) | Value::None => {}
                    }
                    out.push(',');
                }
                out.push('\n');
            }
            drop(black_box(out));
        });
        count as f64 / time.as_secs_f64()
    };
    let (one, all) = (ours(1), ours(0));
    let theirs = ROWS as f64 / median(rounds, || drop(black_box(fake_rows()))).as_secs_f64();
    let said = |rate: f64| {
        format!("crate fake {theirs:.0}/s on one thread: {:.2} ×, {}", rate / theirs, verdict(rate >= theirs))
    };
    line("rows of eight fields, town made on one thread", &format!("{one:.0}/s"), "≥ 1 × fake", &said(one));
    line("rows of eight fields, town made on all threads", &format!("{all:.0}/s"), "≥ 1 × fake", &said(all));
}

fn fake_rows() -> String {
    let mut random = ChaCha8Rng::seed_from_u64(1814);
    let mut out = String::new();
    for _ in 0..ROWS {
        let first: String = FirstName().fake_with_rng(&mut random);
        let last: String = LastName().fake_with_rng(&mut random);
        let street: String = StreetName().fake_with_rng(&mut random);
        let house: String = BuildingNumber().fake_with_rng(&mut random);
        let code: String = ZipCode().fake_with_rng(&mut random);
        let city: String = CityName().fake_with_rng(&mut random);
        let number: u64 = (10_000_000_000..99_999_999_999_u64).fake_with_rng(&mut random);
        let born: i32 = (-20_000..20_000).fake_with_rng(&mut random);
        writeln!(out, "{number},{first},{last},{born},{street},{house},{code},{city},").unwrap();
    }
    out
}

/// What it takes to know one person. People are made in families and towns, so the least that can be made is a town, or a
/// part of a country; there is no way past it, and the figure says so.
fn one_person(rounds: usize) {
    let bar = Duration::from_micros(50);
    let small = median(rounds, || drop(black_box(generate(&Spec { size: 1_500, ..Spec::default() }).unwrap())));
    let said = format!("{}: the smallest town must be made whole", verdict(small <= bar));
    line("person k of the smallest town, 1500", &millis(small), "50 µs", &said);
    let country = Spec { size: 5_600_000, ..Spec::default() };
    let began = Instant::now();
    let parts = Parts::plan(&country).unwrap();
    line("the plan of 5 600 000 people, once", &millis(began.elapsed()), "", &format!("{} parts", parts.count()));
    let part = median(rounds.min(3), || drop(black_box(parts.make(parts.count() / 2).unwrap())));
    let people = 5_600_000 / parts.count();
    let each = part.as_secs_f64() * 1e6 / people as f64;
    let said = format!("{}: a part of {people} must be made whole, {each:.1} µs for each in it", verdict(part <= bar));
    line("person k of 5 600 000", &millis(part), "50 µs", &said);
}
