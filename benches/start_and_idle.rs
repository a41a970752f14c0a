//! How fast the program starts and how little it needs when nothing happens, beside the bars it has to reach and a
//! reference measured in the same run.
//!
//! ```text
//! cargo bench --bench start_and_idle [-- --quick] [-- --idle-seconds N]
//! ```
//!
//! *Start* is the time from the start of the process to the first answer 200 of a mocked service, asked for again and
//! again over fresh connections; warm page cache, in memory, median. References: `/bin/true` (what starting any process
//! costs here) and the smallest axum server that answers 200, which is this very file started with `--reference`.
//! *Idle* is the resident memory some seconds after that answer, all of it: what the process wrote itself, and the pages
//! of the program and its libraries that are mapped, which the machine holds once for all and gives up when it must.

#![expect(clippy::disallowed_methods, reason = "a measurement of real time reads the real clock")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is asked for until it answers 200.
const PATH: &str = "/idporten/.well-known/openid-configuration";
/// Longest wait for a start.
const LIMIT: Duration = Duration::from_mins(2);

/// What to measure.
struct Plan {
    starts_small: usize,
    starts_large: usize,
    idle: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).and_then(|text| text.parse::<u64>().ok())
    };
    if let Some(port) = after("--reference") {
        return reference_server(u16::try_from(port).expect("a port"));
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let idle = after("--idle-seconds").unwrap_or(if quick { 1 } else { 10 });
    let plan = Plan {
        starts_small: if quick { 5 } else { 20 },
        starts_large: if quick { 3 } else { 5 },
        idle: Duration::from_secs(idle),
    };
    run(&plan);
}

fn run(plan: &Plan) {
    println!("method: from exec to the first 200 of {PATH}, warm page cache, in memory, median; {} CPUs", cpus());
    let process = median((0..plan.starts_small).map(|_| process_alone()).collect());
    let (least, least_memory) = measured(plan.starts_small, plan.idle, &|port| {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.args(["--reference", &port.to_string()]);
        command
    });
    println!("{:<34} {:>10} {:>10} {:>22} {:>12}", "what", "measured", "bar", "least axum server", "ratio");
    line(
        "start of a process (/bin/true)",
        ms(process),
        "",
        ms(least),
        ratio(process.as_secs_f64(), least.as_secs_f64()),
    );
    for (size, starts, bar_ms, bar_mb) in
        [(5_000, plan.starts_small, 50.0, 30.0), (100_000, plan.starts_large, 1_000.0, 120.0)]
    {
        let (start, memory) = measured(starts, plan.idle, &|port| byteby(size, port));
        let of_start = ratio(start.as_secs_f64(), least.as_secs_f64());
        line(&format!("start, {size} people"), ms(start), &format!("{bar_ms:.0} ms"), ms(least), of_start);
        let of_memory = ratio(memory.all, least_memory.all);
        let bar = format!("{bar_mb:.0} MB");
        line(&format!("idle memory, {size} people"), mb(memory.all), &bar, mb(least_memory.all), of_memory);
        let parts = [("its own", memory.own, least_memory.own), ("of files", memory.files, least_memory.files)];
        for (what, ours, theirs) in parts {
            line(&format!("  {what}"), mb(ours), "", mb(theirs), ratio(ours, theirs));
        }
        verdict("start", start.as_secs_f64() * 1e3 <= bar_ms);
        verdict("idle memory", memory.all / 1e3 <= bar_mb);
    }
}

fn line(what: &str, measured: String, bar: &str, reference: String, ratio: String) {
    println!("{what:<34} {measured:>10} {bar:>10} {reference:>22} {ratio:>12}");
}

fn verdict(what: &str, reached: bool) {
    println!("{:<34} {:>10}", "", if reached { format!("{what}: reached") } else { format!("{what}: MISSED") });
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn mb(kilobytes: f64) -> String {
    format!("{:.1} MB", kilobytes / 1e3)
}

fn ratio(measured: f64, reference: f64) -> String {
    format!("{:.2} x", measured / reference)
}

fn cpus() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Time of a process that does nothing.
fn process_alone() -> Duration {
    let began = Instant::now();
    Command::new("/bin/true").status().expect("/bin/true runs");
    began.elapsed()
}

fn byteby(size: u32, port: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byteby"));
    command.args(["up", "--size", &size.to_string(), "--port", &port.to_string()]);
    command
}

/// A running child; killed when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory in thousands of bytes: all of it, and its parts.
#[derive(Clone, Copy)]
struct Memory {
    all: f64,
    own: f64,
    files: f64,
}

impl Memory {
    fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux tells memory");
        let part = |name: &str| -> f64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a process has memory");
            let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number of kB");
            // The kernel counts in 1024 bytes, the bars in 1000.
            kilobytes * 1.024
        };
        Self { all: part("VmRSS:"), own: part("RssAnon:"), files: part("RssFile:") }
    }
}

/// Median start of what `command` makes for a port, and the memory of the last one when idle.
fn measured(starts: usize, idle: Duration, command: &dyn Fn(u16) -> Command) -> (Duration, Memory) {
    // Once without counting: the page cache is warm afterwards.
    drop(started(command));
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..starts {
        drop(last.take());
        let (time, running) = started(command);
        times.push(time);
        last = Some(running);
    }
    std::thread::sleep(idle);
    let running = last.expect("at least one start");
    (median(times), Memory::of(running.0.id()))
}

fn started(command: &dyn Fn(u16) -> Command) -> (Duration, Running) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut command = command(port);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let began = Instant::now();
    let running = Running(command.spawn().expect("the program starts"));
    while !answers(port) {
        assert!(began.elapsed() < LIMIT, "no answer on port {port} after {LIMIT:?}");
        // The process on trial needs the processor more than this one.
        std::thread::sleep(Duration::from_micros(200));
    }
    (began.elapsed(), running)
}

/// Whether the server answers 200 on a fresh connection.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        write!(stream, "GET {PATH} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}

/// The smallest server that can be compared: one route, a few hundred bytes.
fn reference_server(port: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async move {
        let answer = || async { axum::Json(serde_json::json!({ "issuer": "x".repeat(500) })) };
        let router = axum::Router::new().route(PATH, axum::routing::get(answer));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a free port");
        axum::serve(listener, router).await.expect("it serves");
    });
}
