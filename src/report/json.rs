//! The JSON report: one document with a version, enough to make every other report of it.

use serde_json::{Value, json as doc};

use crate::scenario::{Difference, Failure, NearMiss, Outcome, Sentence, Verdict};
use crate::select::Lang;

use super::{ExitCode, FailOn};

/// Name and version of the report's schema.
pub const SCHEMA: &str = "byteby-report/1";

fn differences(all: &[Difference]) -> Value {
    all.iter().map(|one| doc!({ "field": one.field, "expected": one.wanted, "got": one.got })).collect()
}

fn texts(all: &[Sentence], lang: Lang) -> Value {
    all.iter().map(|one| Value::String(one.say(lang))).collect()
}

fn near(miss: &NearMiss, lang: Lang) -> Value {
    doc!({ "what": miss.what.say(lang), "differences": differences(&miss.differences) })
}

fn failure(outcome: &Outcome, one: &Failure, lang: Lang) -> Value {
    let place = (one.span.end > 0).then(|| outcome.source.place(&one.span));
    doc!({
        "code": one.code,
        "key": one.what.key,
        "message": one.what.say(lang),
        "note": if one.note.key == "run.nothing" { Value::Null } else { Value::String(one.note.say(lang)) },
        "step": one.step,
        "title": one.title,
        "warning": one.warning,
        "at": one.at.map(|at| at.to_string()),
        "where": place.map(|place| doc!({
            "file": outcome.source.path.display().to_string(), "line": place.line, "column": place.column,
        })),
        "differences": differences(&one.differences),
        "near": one.near.iter().map(|miss| near(miss, lang)).collect::<Vec<_>>(),
        "cause": texts(&one.cause, lang),
        "help": texts(&one.help, lang),
    })
}

/// The report on `outcomes`.
#[must_use]
pub fn json(outcomes: &[Outcome], fail_on: &FailOn, lang: Lang) -> Value {
    let code = ExitCode::of_all(outcomes.iter().map(|outcome| ExitCode::of(outcome, fail_on)));
    let scenarios: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            doc!({
                "id": outcome.id,
                "name": outcome.name,
                "variant": outcome.variant,
                "title": outcome.title,
                "file": outcome.source.path.display().to_string(),
                "verdict": outcome.verdict.word(),
                "break": match outcome.verdict {
                    Verdict::Broken(why) => Value::String(format!("{why:?}").to_lowercase()),
                    _ => Value::Null,
                },
                "wall_ms": outcome.wall_ms,
                "virtual_ms": outcome.virtual_ms,
                "seed": outcome.seed,
                "start": outcome.start.to_string(),
                "digest": outcome.digest,
                "world": outcome.world,
                "judged": outcome.judged,
                "doubtful": outcome.is_doubtful(),
                "requests": outcome.requests,
                "messages": outcome.messages,
                "repeat": outcome.repeat,
                "failures": outcome.failures.iter().map(|one| failure(outcome, one, lang)).collect::<Vec<_>>(),
                "findings": outcome.findings.iter().map(|finding| doc!({
                    "name": finding.name, "message": finding.what.say(lang), "at": finding.at.to_string(),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    doc!({ "schema": SCHEMA, "exit_code": code.code(), "scenarios": scenarios })
}
