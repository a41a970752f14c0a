//! Scopes, who may have them, and where access can be delegated (`specs/eid.md` §5.7, §6). The name of a scope is a
//! parameter of the query, because it may hold a slash.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::Path;
use axum::response::Response;
use serde_json::{Value, json};

use super::call::{Answer, Asked, Call, Needs};
use super::faults::Feil;
use super::operations::{
    ACCESSES, ALL_SCOPES, CHANGED_SCOPE, GRANT, NEW_SCOPE, RETIRED_SCOPE, SCOPES, SOURCES, WITHDRAWAL,
};
use super::record::orgnr;
use super::scope_record::{FIELDS, ScopeRecord, ScopeView};
use super::subclients::AGAIN;
use crate::base::Orgnummer;
use crate::town::decide::EidCommand;
use crate::town::state::{ALTINN, Oppfoering, Scope, Synlighet, Tilgang};
use crate::town::{Command, Town};

fn view(town: &Town, scope: &Scope) -> Value {
    serde_json::to_value(ScopeView::of(town, scope)).unwrap_or_default()
}

/// The scope of the caller that the query names. What belongs to another is as unknown as what does not exist.
fn named(call: &Call) -> Result<Arc<Scope>, Feil> {
    let name = call.params.get("scope").ok_or_else(|| Feil::bad("Missing parameter: scope"))?;
    let own = call.town().scope(name).filter(|scope| scope.eier == call.consumer);
    own.ok_or_else(|| Feil::bad(format!("Unknown scope: {}", name.chars().take(200).collect::<String>())))
}

/// `GET /scopes/all`: what everybody may see.
pub(super) async fn catalogue(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let all = call.town().scopes();
        let seen = all.iter().filter(|scope| scope.aktiv && scope.synlighet == Synlighet::Public);
        Ok(Answer::ok(seen.map(|scope| view(call.town(), scope)).collect()))
    };
    asked.answer(ALL_SCOPES, Needs::Nothing, work).await
}

/// `GET /scopes`: the caller's own, or the one the query names.
pub(super) async fn list(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        if call.params.get("scope").is_some() {
            return Ok(Answer::ok(view(call.town(), named(call)?.as_ref())));
        }
        let all = call.town().scopes();
        let seen = all.iter().filter(|scope| scope.eier == call.consumer && (scope.aktiv || call.with_inactive()));
        Ok(Answer::ok(seen.map(|scope| view(call.town(), scope)).collect()))
    };
    asked.answer(SCOPES, Needs::ReadScopes, work).await
}

/// `POST /scopes`.
pub(super) async fn create(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let record: ScopeRecord = call.read(FIELDS)?;
        let part = |name: &str, value: &Option<String>| {
            value.clone().filter(|text| !text.is_empty()).ok_or_else(|| Feil::bad(format!("Missing field: {name}")))
        };
        let (prefix, subscope) = (part("prefix", &record.prefix)?, part("subscope", &record.subscope)?);
        let name = format!("{prefix}:{subscope}");
        if let Some(before) = call.town().scope(&name) {
            let state = if before.aktiv { "exists" } else { "exists and is out of use" };
            return Err(Feil::conflict(format!("The scope {state}")).hinted(AGAIN));
        }
        let scope = record.scope(&name, call.consumer).map_err(|(_, fault)| Feil::bad(fault))?;
        change(call, scope, "selvbetjening nytt scope").await.map(Answer::created)
    };
    asked.answer(NEW_SCOPE, Needs::ChangeScopes, work).await
}

async fn change(call: &mut Call, scope: Scope, what: &str) -> Result<Value, Feil> {
    let name = scope.navn.clone();
    call.command(Command::Eid(EidCommand::Scope(Box::new(scope))), what, &[&name]).await?;
    Ok(call.town().scope(&name).map(|scope| view(call.town(), &scope)).unwrap_or_default())
}

/// `PUT /scopes?scope=`: the whole object.
pub(super) async fn replace(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let before = named(call)?;
        let record: ScopeRecord = call.read(FIELDS)?;
        if !before.aktiv && record.active != Some(true) {
            return Err(Feil::conflict("The scope is out of use").hinted(AGAIN));
        }
        let others = [(&record.prefix, before.prefiks()), (&record.subscope, before.delnavn())];
        if others.iter().any(|(given, own)| given.as_deref().is_some_and(|given| given != *own)) {
            return Err(Feil::bad("The name of a scope cannot be changed"));
        }
        let scope = record.scope(&before.navn, before.eier).map_err(|(_, fault)| Feil::bad(fault))?;
        change(call, scope, "selvbetjening endret scope").await.map(Answer::ok)
    };
    asked.answer(CHANGED_SCOPE, Needs::ChangeScopes, work).await
}

/// `DELETE /scopes?scope=`.
pub(super) async fn retire(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let scope = named(call)?;
        let command = Command::Eid(EidCommand::AvvikleScope(scope.navn.clone()));
        call.command(command, "selvbetjening scope avviklet", &[&scope.navn]).await?;
        Ok(Answer::done())
    };
    asked.answer(RETIRED_SCOPE, Needs::ChangeScopes, work).await
}

fn access_view(scope: &Scope, consumer: Orgnummer, entry: &Oppfoering<Tilgang>) -> Value {
    json!({
        "scope": scope.navn,
        "state": entry.verdi.name(),
        "created": entry.tider.opprettet.utc(),
        "last_updated": entry.tider.endret.utc(),
        "consumer_orgno": consumer.to_string(),
        "owner_orgno": scope.eier.to_string(),
    })
}

/// `GET /scopes/access?scope=`.
pub(super) async fn accesses(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let scope = named(call)?;
        let all = call.town().tilganger(&scope.navn);
        let seen = all.iter().filter(|(_, entry)| entry.verdi == Tilgang::Approved || call.with_inactive());
        Ok(Answer::ok(seen.map(|(consumer, entry)| access_view(&scope, *consumer, entry)).collect()))
    };
    asked.answer(ACCESSES, Needs::ChangeScopes, work).await
}

/// `PUT /scopes/access/{orgno}?scope=`.
pub(super) async fn grant(Path(consumer): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| say(call, &consumer, Tilgang::Approved).await.map(Answer::ok);
    asked.answer(GRANT, Needs::ChangeScopes, work).await
}

/// `DELETE /scopes/access/{orgno}?scope=`.
pub(super) async fn withdraw(Path(consumer): Path<String>, asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let (scope, orgnr) = (named(call)?, orgnr("orgno", &consumer)?);
        if call.town().tilgang(&scope.navn, orgnr).is_none_or(|entry| entry.verdi != Tilgang::Approved) {
            return Err(Feil::unknown("The organisation has no access to the scope"));
        }
        say(call, &consumer, Tilgang::Denied).await?;
        Ok(Answer::done())
    };
    asked.answer(WITHDRAWAL, Needs::ChangeScopes, work).await
}

async fn say(call: &mut Call, consumer: &str, state: Tilgang) -> Result<Value, Feil> {
    let (scope, konsument) = (named(call)?, orgnr("orgno", consumer)?);
    if !scope.aktiv {
        return Err(Feil::bad("The scope is out of use"));
    }
    let command = EidCommand::Tilgang { scope: scope.navn.clone(), konsument, tilstand: state };
    call.command(Command::Eid(command), "selvbetjening tilgang", &[&scope.navn, consumer]).await?;
    let entry = call.town().tilgang(&scope.navn, konsument);
    Ok(entry.map(|entry| access_view(&scope, konsument, &entry)).unwrap_or_default())
}

/// `GET /delegationsources`.
pub(super) async fn delegation_sources(asked: Asked) -> Response {
    let work = async |call: &mut Call| {
        let mut sources: BTreeSet<String> = BTreeSet::from([ALTINN.to_owned()]);
        sources.extend(call.town().scopes().iter().filter_map(|scope| scope.delegeringskilde.clone()));
        let name =
            |issuer: &String| json!({ "issuer": issuer, "name": if issuer == ALTINN { "Altinn" } else { issuer } });
        Ok(Answer::ok(sources.iter().map(name).collect()))
    };
    asked.answer(SOURCES, Needs::ReadScopes, work).await
}
