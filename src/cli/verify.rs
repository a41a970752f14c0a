//! `byteby population verify`: a town against the rules and the shares it is calibrated to.

use serde_json::json;

use super::args::{Global, VerifyArgs};
use super::test::language;
use super::{ExitCode, Failure, settings};
use crate::base::Seed;
use crate::population::{self, Measure, UNLIMITED, Violation};
use crate::report;
use crate::town::model::Base;

/// Violations printed by name.
const SHOWN: usize = 20;

/// What one town showed.
struct Verdict {
    seed: Seed,
    base: Base,
    measures: Vec<Measure>,
    violations: Vec<Violation>,
}

pub(super) fn run(global: &Global, args: &VerifyArgs) -> Result<ExitCode, Failure> {
    let spec = settings::town(global, &args.town)?.spec();
    let seeds: Vec<Seed> = match args.seeds {
        Some(count) => (1..=count).map(Seed).collect(),
        None => vec![spec.seed],
    };
    let mut worst: Option<Verdict> = None;
    let (mut sound, mut measures) = (true, Vec::<Measure>::new());
    for seed in seeds {
        let spec = population::Spec { seed, ..spec.clone() };
        let base = population::generate(&spec).map_err(|error| Failure::usage(error.to_string()))?;
        let town =
            Verdict { seed, measures: population::fidelity(&base), violations: population::violations(&base), base };
        sound &= town.violations.is_empty();
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
        println!("{:#}", as_json(&worst, &measures));
    } else {
        print_text(&worst, &measures);
    }
    let within = measures.iter().all(|measure| measure.is_within(size));
    Ok(if sound && within { ExitCode::Good } else { ExitCode::Failed })
}

fn decimal(millionths: u64) -> String {
    if millionths == UNLIMITED {
        return "-".to_owned();
    }
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

fn print_text(worst: &Verdict, measures: &[Measure]) {
    let size = worst.base.header.size;
    println!("{:<36} {:>9} {:>9}  verdict", "table", "distance", "limit");
    for measure in measures {
        let verdict = if measure.is_within(size) { "within" } else { "ABOVE" };
        println!(
            "{:<36} {:>9} {:>9}  {verdict}",
            measure.table,
            decimal(measure.distance),
            decimal(measure.limit(size))
        );
    }
    if worst.violations.is_empty() {
        println!("every invariant holds");
    } else {
        println!("{} violations of invariants with seed {}:", worst.violations.len(), worst.seed.0);
        worst
            .violations
            .iter()
            .take(SHOWN)
            .for_each(|violation| println!("  {:>2} {}", violation.number, violation.what));
    }
}

fn as_json(worst: &Verdict, measures: &[Measure]) -> serde_json::Value {
    let size = worst.base.header.size;
    let table = |measure: &Measure| {
        json!({
            "table": measure.table,
            "distance": decimal(measure.distance),
            "limit": decimal(measure.limit(size)),
            "within": measure.is_within(size),
        })
    };
    let broken = |violation: &Violation| json!({ "number": violation.number, "what": violation.what });
    json!({
        "size": size,
        "profile": worst.base.header.profile,
        "seed": worst.seed.0,
        "tables": measures.iter().map(table).collect::<Vec<_>>(),
        "violations": worst.violations.iter().map(broken).collect::<Vec<_>>(),
    })
}
