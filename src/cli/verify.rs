//! `byteby population verify`: a town against the rules and the shares it is calibrated to.

use std::sync::Arc;

use serde_json::json;

use super::args::{Global, VerifyArgs};
use super::test::language;
use super::{ExitCode, Failure, settings};
use crate::base::Seed;
use crate::clock::{Instant, Span, full_years};
use crate::journal::MemoryJournal;
use crate::population::{self, Measure, UNLIMITED, Violation};
use crate::report;
use crate::town::columns_of;
use crate::town::model::Base;
use crate::townhall::{Blobs, Limits, MAIN, Terms, TownHall, WorldSpec};

/// Violations printed by name.
const SHOWN: usize = 20;

/// What one town showed.
struct Verdict {
    seed: Seed,
    base: Base,
    measures: Vec<Measure>,
    violations: Vec<Violation>,
}

pub(super) async fn run(global: &Global, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let spec = settings::town(global, &args.town)?.spec();
    let seeds: Vec<Seed> = match args.seeds {
        Some(count) => (0..count).map(|number| Seed(args.first.saturating_add(number))).collect(),
        None => vec![spec.seed],
    };
    let after = args.after.as_deref().map(duration).transpose()?;
    let mut worst: Option<Verdict> = None;
    let (mut broken, mut measures) = (Vec::<u64>::new(), Vec::<Measure>::new());
    let checked = seeds.len();
    for seed in seeds {
        let spec = population::Spec { seed, ..spec.clone() };
        let start = spec.start;
        let base = match &after {
            Some(after) => lived(spec, after).await?,
            None => population::generate(&spec).map_err(|error| Failure::usage(error.to_string()))?,
        };
        let violations =
            if after.is_some() { population::violations_of_lived(&base) } else { population::violations(&base) };
        let measured = match &after {
            _ if args.rules_only => Vec::new(),
            Some(_) => population::fidelity_of_lived(&base, years_since(start, &base)),
            None => population::fidelity(&base),
        };
        let town = Verdict { seed, measures: measured, violations, base };
        broken.extend((!town.violations.is_empty()).then_some(seed.0));
        if measures.is_empty() {
            measures.clone_from(&town.measures);
        }
        for (kept, measure) in measures.iter_mut().zip(&town.measures) {
            if measure.distance > kept.distance {
                kept.clone_from(measure);
            }
        }
        let furthest = |town: &Verdict| {
            let size = town.base.header.size;
            let most = town.measures.iter().map(|measure| measure.distance * 1_000 / measure.limit(size).max(1)).max();
            (town.violations.len(), most)
        };
        if worst.as_ref().is_none_or(|before| furthest(before) < furthest(&town)) {
            worst = Some(town);
        }
    }
    let Some(worst) = worst else { return Err(Failure::usage("--seeds must be at least 1")) };
    if let Some(path) = &args.html {
        let page = report::likhet(&worst.base, &measures, &worst.violations, language(global.lang));
        std::fs::write(path, page)
            .map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))?;
    }
    let size = worst.base.header.size;
    if global.json {
        println!("{:#}", as_json(&worst, &measures, checked, &broken));
    } else {
        print_text(&worst, &measures, checked, &broken);
    }
    let within = measures.iter().all(|measure| measure.is_within(size));
    Ok(if broken.is_empty() && within { ExitCode::Good } else { ExitCode::Failed })
}

fn duration(text: &str) -> Result<Span, Failure> {
    Span::parse(text).map_err(|fault| Failure::usage(fault.to_string()))
}

/// The columns of a town that has lived for `after`, with nobody but chance at work.
async fn lived(spec: population::Spec, after: &Span) -> Result<Base, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let hall = TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).map_err(|error| failed(&error))?;
    let world = hall.create(&WorldSpec { name: MAIN.into(), base: spec }).map_err(|error| failed(&error))?;
    // The machine's memory is the limit here, not what one world of many may weigh.
    let limits = Limits { events: u64::MAX, memory: u64::MAX, ..Limits::default() };
    hall.set_terms(&world, Terms { limits, ..world.terms() }).map_err(|error| failed(&error))?;
    world.set_life(true).await.map_err(|error| failed(&error))?;
    let until = after.after(world.town().now());
    world.advance(until).await.map_err(|error| failed(&error))?;
    Ok(columns_of(&world.town()))
}

/// Full years from `start` to the instant `base` stands at.
fn years_since(start: Instant, base: &Base) -> u64 {
    u64::try_from(full_years(start.dato(), base.header.start.dato())).unwrap_or(0)
}

fn decimal(millionths: u64) -> String {
    if millionths == UNLIMITED {
        return "-".to_owned();
    }
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn print_text(worst: &Verdict, measures: &[Measure], checked: usize, broken: &[u64]) {
    let size = worst.base.header.size;
    if !measures.is_empty() {
        println!("{:<36} {:>9} {:>9}  verdict", "table", "distance", "limit");
    }
    for measure in measures {
        let verdict = if measure.is_within(size) { "within" } else { "ABOVE" };
        println!(
            "{:<36} {:>9} {:>9}  {verdict}",
            measure.table,
            decimal(measure.distance),
            decimal(measure.limit(size))
        );
    }
    if broken.is_empty() {
        let of = if checked == 1 { "the town".to_owned() } else { format!("all {checked} towns") };
        println!("every invariant holds in {of}");
    } else {
        let first: Vec<String> = broken.iter().take(SHOWN).map(u64::to_string).collect();
        println!("invariants break in {} of {checked} towns, with seeds {} …", broken.len(), first.join(", "));
        println!("{} violations with seed {}:", worst.violations.len(), worst.seed.0);
        worst
            .violations
            .iter()
            .take(SHOWN)
            .for_each(|violation| println!("  {:>2} {}", violation.number, violation.what));
    }
}

fn as_json(worst: &Verdict, measures: &[Measure], checked: usize, broken: &[u64]) -> serde_json::Value {
    let size = worst.base.header.size;
    let table = |measure: &Measure| {
        json!({
            "table": measure.table,
            "distance": decimal(measure.distance),
            "limit": decimal(measure.limit(size)),
            "within": measure.is_within(size),
            "here": measure.here,
            "target": measure.target,
        })
    };
    let named = |violation: &Violation| json!({ "number": violation.number, "what": violation.what });
    json!({
        "size": size,
        "profile": worst.base.header.profile,
        "seed": worst.seed.0,
        "checked": checked,
        "broken_seeds": broken,
        "tables": measures.iter().map(table).collect::<Vec<_>>(),
        "violations": worst.violations.iter().map(named).collect::<Vec<_>>(),
    })
}
