//! The console's look (`specs/experience.md` §4.4): one line per scenario, and under a failing one the line with a caret,
//! the nearest misses with their differing fields, the cause, and how to run exactly this again. Colour only repeats
//! what signs already say.

use std::fmt::Write;

use crate::scenario::{Difference, Failure, LoadFault, NearMiss, Outcome, Verdict};
use crate::select::{Lang, say};

/// Width of a heading before its times.
const HEADING: usize = 74;
const DAY_MS: i64 = 86_400_000;

struct Paint {
    on: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.on { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

fn sign(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome.verdict {
        Verdict::Passed if outcome.is_doubtful() => ("?", "33"),
        Verdict::Passed => ("✓", "32"),
        Verdict::Failed | Verdict::UnexpectedPass => ("✗", "31"),
        Verdict::Broken(_) => ("!", "33"),
        Verdict::Skipped | Verdict::ExpectedFail => ("–", "2"),
    }
}

/// Virtual time passed: days when there are any, else hours.
fn virtual_time(millis: i64) -> String {
    match millis / DAY_MS {
        0 => format!("T+{} h", millis / 3_600_000),
        days => format!("T+{days} d"),
    }
}

fn seconds(millis: i64) -> String {
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// The text for `outcome` in `lang`, with colour when asked for.
#[must_use]
pub fn console(outcome: &Outcome, lang: Lang, colour: bool) -> String {
    let paint = Paint { on: colour };
    let (mark, code) = sign(outcome);
    let mut out = String::new();
    let pad = " ".repeat(HEADING.saturating_sub(outcome.title.chars().count() + 2));
    let times = format!("{:>7}   {}", seconds(outcome.wall_ms), virtual_time(outcome.virtual_ms));
    let _ = writeln!(out, "{} {}{pad}{times}", paint.with(code, mark), paint.with("1", &outcome.title));
    if matches!(outcome.verdict, Verdict::UnexpectedPass) {
        let _ = writeln!(out, "  {}", say(lang, "rep.unexpected-pass", &[]));
    }
    for failure in &outcome.failures {
        out.push_str(&one_failure(outcome, failure, lang, &paint));
    }
    for finding in &outcome.findings {
        let _ = writeln!(out, "  {} {}: {}", say(lang, "rep.finding", &[]), finding.name, finding.what.say(lang));
    }
    if !outcome.verdict.is_good() {
        let _ = writeln!(out, "  {:<10} {}", say(lang, "rep.repeat", &[]), outcome.repeat);
        if !outcome.world.is_empty() {
            let _ = writeln!(out, "  {:<10} {}", say(lang, "rep.world", &[]), outcome.world);
        }
    }
    out
}

fn one_failure(outcome: &Outcome, failure: &Failure, lang: Lang, paint: &Paint) -> String {
    let mut out = String::new();
    let colour = if failure.warning { "33" } else { "31" };
    let warning = if failure.warning { say(lang, "rep.warning", &[]) } else { String::new() };
    let _ = writeln!(out, "  {warning}{}", paint.with(colour, &failure.what.say(lang)));
    let named = [failure.step.as_deref(), failure.title.as_deref()];
    let named: Vec<&str> = named.into_iter().flatten().collect();
    if !named.is_empty() {
        let _ = writeln!(out, "  {}", named.join(": "));
    }
    if failure.span.end > 0 {
        let place = outcome.source.place(&failure.span);
        let number = place.line.to_string();
        let _ = writeln!(out, "  {}:{}:{}", outcome.source.path.display(), place.line, place.column);
        let _ = writeln!(out, "   {number} | {}", place.text);
        let gap = " ".repeat(place.column - 1);
        let note = if failure.note.key == "run.nothing" { String::new() } else { failure.note.say(lang) };
        let marks = paint.with(colour, &"^".repeat(place.width));
        let _ = writeln!(out, "   {:width$} | {gap}{marks} {note}", "", width = number.len());
    }
    fields(&mut out, &failure.differences, lang);
    for near in &failure.near {
        near_miss(&mut out, near, lang);
    }
    if !failure.cause.is_empty() {
        let chain: Vec<String> = failure.cause.iter().map(|step| step.say(lang)).collect();
        let label = say(lang, "rep.cause", &[]);
        let _ = writeln!(out, "  {label:<10} {}", chain.join("\n             → "));
    }
    for help in &failure.help {
        let _ = writeln!(out, "  {}", help.say(lang));
    }
    out
}

fn near_miss(out: &mut String, near: &NearMiss, lang: Lang) {
    let key = if near.differences.is_empty() { "rep.this" } else { "rep.nearest" };
    let _ = writeln!(out, "  {:<10} {}", say(lang, key, &[]), near.what.say(lang));
    fields(out, &near.differences, lang);
}

/// Field, wanted and got, one line each.
fn fields(out: &mut String, differences: &[Difference], lang: Lang) {
    for difference in differences {
        let line = say(lang, "rep.field", &[&difference.field, &difference.wanted, &difference.got]);
        let _ = writeln!(out, "             {line}");
    }
}

/// The text for a file that did not load.
#[must_use]
pub fn load_fault(fault: &LoadFault, lang: Lang) -> String {
    fault.show(lang)
}

/// The last line of a run: how many passed and how many did not.
#[must_use]
pub fn summary(outcomes: &[Outcome], lang: Lang) -> String {
    let count = |test: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| test(outcome)).count().to_string();
    let passed = count(|outcome| outcome.verdict.is_good());
    let failed = count(|outcome| matches!(outcome.verdict, Verdict::Failed | Verdict::UnexpectedPass));
    let broken = count(|outcome| matches!(outcome.verdict, Verdict::Broken(_)));
    say(lang, "rep.summary", &[&passed, &failed, &broken])
}
