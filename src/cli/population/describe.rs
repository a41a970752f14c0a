//! `byteby population describe`: a population in numbers, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use clap::Args;

use super::super::args::{Global, TownArgs};
use super::super::{ExitCode, Failure};
use super::progress::Progress;
use super::{parts, unmade};
use crate::population::{PACK, Parts, Summary, kommune, sources_by_doubt};

#[derive(Args, Debug)]
pub(crate) struct DescribeArgs {
    #[command(flatten)]
    pub(super) town: TownArgs,
}

pub(super) fn run(global: &Global, args: &DescribeArgs) -> Result<ExitCode, Failure> {
    let parts = parts(global, &args.town)?;
    let mut progress = Progress::on_stderr("parts");
    let summary = Summary::of(&parts, |done, of| progress.show(done, of));
    progress.end();
    let summary = summary.map_err(unmade)?;
    if global.json {
        println!("{:#}", summary.json(&parts));
    } else {
        print!("{}", text(&summary, &parts));
    }
    Ok(ExitCode::Good)
}

fn text(summary: &Summary, parts: &Parts) -> String {
    let spec = parts.spec();
    let (nummer, navn) = kommune(spec).unwrap_or_default();
    let mut out = format!(
        "{navn} ({nummer}), {}: {} residents on {}\nseed {}, pack {PACK}, schema {}, made in {} part{}\n\
         Everybody is made up; no number belongs to anybody.\n",
        spec.profile,
        number(summary.residents()),
        spec.start.dato(),
        spec.seed,
        spec.schema,
        parts.count(),
        if parts.count() == 1 { "" } else { "s" },
    );
    out.push_str("\nage         women        men\n");
    for (group, people) in summary.ages.iter().enumerate() {
        let years = if group == 10 { "100+".to_owned() } else { format!("{}-{}", group * 10, group * 10 + 9) };
        let _ = writeln!(out, "{years:<7}{:>10} {:>10}", number(people.women), number(people.men));
    }
    section(&mut out, "people by status", &summary.status);
    section(&mut out, "households", &summary.households);
    line(&mut out, "people in the largest", summary.largest_household);
    section(&mut out, "dwellings by building", &summary.homes);
    line(&mut out, "empty", summary.empty_homes);
    section(&mut out, "organisations by form", &summary.organisations);
    line(&mut out, "roles", summary.roles);
    section(&mut out, "residents and work", &summary.labour);
    line(&mut out, "jobs", summary.jobs);
    line(&mut out, "places in kindergarten and school", summary.places);
    line(&mut out, "in the contact register", summary.contact[0]);
    line(&mut out, "reserved there", summary.contact[1]);
    section(&mut out, "protected addresses", &summary.protected);
    section(&mut out, "cast", &summary.cast.iter().copied().collect());
    out.push_str("\nwhat the figures rest on (A official table, B computed, C secondary, D estimate)\n");
    for source in sources_by_doubt() {
        let grades: String = source.grades().into_iter().collect();
        let _ = writeln!(out, "  {grades:<4}{:<28}{}", source.name, source.year);
    }
    out
}

fn section(out: &mut String, title: &str, counts: &BTreeMap<&'static str, u64>) {
    let _ = writeln!(out, "\n{title}");
    counts.iter().for_each(|(code, count)| line(out, code, *count));
}

fn line(out: &mut String, what: &str, count: u64) {
    let _ = writeln!(out, "  {what:<36}{:>12}", number(count));
}

/// A number with spaces between thousands.
fn number(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, tail) = digits.split_at(first);
    let groups = tail.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [0, 7, 100, 1_000, 54_321, 5_600_000].map(super::number),
            ["0", "7", "100", "1 000", "54 321", "5 600 000"]
        );
    }
}
