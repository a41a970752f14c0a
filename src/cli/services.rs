//! `byteby services` and `byteby ops`: what is mocked, at which fidelity.

use serde_json::json;

use super::args::{Global, ListFormat, OpsArgs, ServicesArgs};
use super::lists::listing;
use super::{ExitCode, Failure};
use crate::base::nearest;
use crate::web::{Card, SERVICES, cards};

pub(super) fn services(global: &Global, args: &ServicesArgs) -> ExitCode {
    if global.json {
        println!("{:#}", json!({ "schema": "byteby-services/1", "services": cards() }));
        return ExitCode::Good;
    }
    let base = |card: &Card| SERVICES.iter().find(|service| service.id == card.service).map_or("", |one| one.base);
    let row = |card: &Card| {
        let share = format!("{}/{}", card.offered(), card.operations.len());
        vec![
            json!(card.service),
            json!(format!("http://localhost:2983{}", base(card))),
            json!(share),
            json!(card.contract),
            json!(card.version),
        ]
    };
    let columns = ["service", "address", "operations", "contract", "version"];
    print!("{}", listing(&columns, cards().iter().map(row).collect(), ListFormat::Table));
    if args.coverage {
        cards().iter().for_each(|card| print!("{}", described(card)));
    }
    ExitCode::Good
}

fn described(card: &Card) -> String {
    let mut out =
        format!("\n{} ({} of {} operations, read {})\n", card.name, card.offered(), card.operations.len(), card.date);
    let mut part = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.push_str(&format!("  {title}\n"));
            lines.iter().for_each(|line| out.push_str(&format!("    {line}\n")));
        }
    };
    part("modelled", card.modelled.clone());
    part("differs", card.differences.clone());
    let missing = card.operations.iter().filter(|operation| !operation.offered);
    part("answers 501", missing.map(|operation| operation.name.clone()).collect());
    out
}

pub(super) fn ops(global: &Global, args: &OpsArgs) -> Result<ExitCode, Failure> {
    let wanted = args.service.as_deref();
    if let Some(service) = wanted.filter(|service| !cards().iter().any(|card| card.service == *service)) {
        let failure = Failure::usage(format!("there is no service `{service}`"));
        return Err(match nearest(service, cards().iter().map(|card| card.service.as_str())) {
            Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
            None => failure.with_hint("`byteby services` lists them"),
        });
    }
    let chosen = cards().iter().filter(|card| wanted.is_none_or(|service| card.service == service));
    let rows = chosen.flat_map(|card| {
        card.operations.iter().map(|operation| {
            let state = if operation.offered { "offered" } else { "501" };
            vec![json!(operation.name), json!(state), json!(operation.calls)]
        })
    });
    let format = if global.json { ListFormat::Json } else { ListFormat::Table };
    print!("{}", listing(&["operation", "state", "calls"], rows.collect(), format));
    Ok(ExitCode::Good)
}
