//! What recording costs, and that memory stays flat over a million requests. Each figure stands beside a reference of the
//! same run: `cargo bench --bench observe [-- --requests N]`.

#![allow(
    missing_docs,
    clippy::cast_precision_loss,
    reason = "figures for people; a bench has no readers of its documentation"
)]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::hint::black_box;
use std::time::Instant;

use byteby::clock::DEFAULT_START;
use byteby::observe::{Body, Bounds, Note, Observe, RequestEntry, Swapped, Tripwire};
use bytes::Bytes;

/// Worlds that take turns.
const WORLDS: u64 = 8;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.iter().position(|argument| argument == "--requests").and_then(|at| arguments.get(at + 1));
    let requests: u64 = wanted.map_or(1_000_000, |text| text.parse().expect("a number of requests"));
    println!("{:<52} {:>14} {:>12}   reference in the same run", "what", "measured", "bar");
    let copy = nanos(200_000, |_| {
        black_box(vec![7_u8; 3_400]);
    });
    cost(copy);
    memory(requests);
}

fn report(what: &str, measured: &str, bar: &str, reference: &str) {
    println!("{what:<52} {measured:>14} {bar:>12}   {reference}");
}

/// Median over five runs of one `act`, nanoseconds.
fn nanos(times: u64, mut act: impl FnMut(u64)) -> f64 {
    let mut runs: Vec<f64> = (0..5)
        .map(|_| {
            let began = Instant::now();
            (0..times).for_each(&mut act);
            began.elapsed().as_secs_f64() * 1e9 / times as f64
        })
        .collect();
    runs.sort_unstable_by(f64::total_cmp);
    runs[2]
}

/// A person's document of about the usual size: every tenth is longer, bodies of one length would hide fragmentation.
fn exchange(number: u64) -> RequestEntry {
    let size = 2_500 + (number * 37 % 1_500) as usize + if number.is_multiple_of(10) { 9_000 } else { 0 };
    RequestEntry {
        request_id: format!("1-{number:x}"),
        world: "main".into(),
        incarnation: 1 + number % WORLDS,
        at: DEFAULT_START,
        note: Note { service: "folkeregisteret", operation: "folkeregisteret.person.hent", ..Note::default() },
        method: "GET".into(),
        path: format!("/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/{:011}", number % 100_000),
        headers: vec![("accept".into(), "application/json".into()), ("user-agent".into(), "app/1".into())],
        status: 200,
        response_body: Body::bounded(&Bytes::from(document(size)), 256 << 10),
        ..RequestEntry::default()
    }
}

fn document(size: usize) -> Vec<u8> {
    let part = br#"{"navn":{"fornavn":"EKSEMPEL","etternavn":"TESTESEN"},"id":"22909195636","gyldighetstidspunkt":"2019-05-07"},"#;
    part.iter().copied().cycle().take(size).collect()
}

fn cost(copy: f64) {
    let observe = Observe::default();
    let make = nanos(100_000, |number| {
        black_box(exchange(number));
    });
    let whole = nanos(100_000, |number| {
        observe.record(exchange(number));
    });
    let record = whole - make;
    let beside = format!("{:.1} x an allocation of 3.4 kB ({copy:.0} ns)", record / copy);
    report("recording one exchange of about 4 kB", &format!("{record:.0} ns"), "10000 ns", &beside);
    let armed = Observe::default();
    (0..100).for_each(|_| {
        armed.arm(1, |entry| entry.status == 500).expect("room for a hundred");
    });
    let watched = nanos(100_000, |number| {
        armed.record(exchange(number));
    }) - make;
    report("the same with 100 expectations in one world of 8", &format!("{watched:.0} ns"), "10000 ns", &beside);
    let (body, tripwire) = (document(3_000), Tripwire::default());
    let scan = nanos(100_000, |_| {
        black_box(tripwire.swap(&body, &mut Swapped::default()));
    });
    report("looking for real numbers in 3 kB", &format!("{scan:.0} ns"), "", &format!("{:.1} x the same", scan / copy));
    let operations = byteby::services::operations();
    let path = "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/22909195636";
    let find = nanos(100_000, |_| {
        black_box(operations.find("GET", path));
    });
    report("finding an operation", &format!("{find:.0} ns"), "", &format!("{:.1} x the same", find / copy));
}

/// Resident memory of this process, MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn memory(requests: u64) {
    let observe = Observe::new(Bounds::default(), Tripwire::default());
    let empty = resident();
    let mut full = 0.0;
    let mut most: f64 = 0.0;
    for number in 0..requests {
        observe.record(exchange(number));
        if full == 0.0 && observe.dropped() > 0 {
            full = resident();
        }
        if full > 0.0 && number.is_multiple_of(10_000) {
            most = most.max(resident());
        }
    }
    let (held, bytes) = observe.usage();
    let bound = format!("bound {} MB, {:.0} MB set aside", observe.bounds().memory >> 20, bytes as f64 / 1e6);
    report("entries held, dropped", &format!("{held}, {}", observe.dropped()), "", &bound);
    let what = format!("memory over {requests} requests after the ring is full");
    report(&what, &format!("{:+.1} MB", most - full), "10 MB", &format!("{full:.0} MB full, {empty:.0} MB empty"));
}
