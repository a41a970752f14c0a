//! Whether a client may have the scopes it asks for, and in whose name (`specs/eid.md` §5.7).

use super::claims::{Asked, For};
use super::faults::Fault;
use crate::access::{ActsFor, KnownClient, Visit};
use crate::base::{Orgnummer, nearest};
use crate::town::state::{Klient, Scope};

/// Decides about every scope in the documented order; gives whom the client acts for. An unregistered client, which the
/// open policy lets in, is asked nothing.
pub(super) fn decide(visit: &Visit, client: &KnownClient, asked: &Asked) -> Result<Option<ActsFor>, Fault> {
    let klient = &client.klient;
    let under = match &asked.acts_for {
        For::Underklient(id) => Some(underklient(client, id)?),
        For::Seg | For::Konsument(_) => None,
    };
    let mut kilde = None;
    for navn in &asked.scopes {
        if !client.registered {
            continue;
        }
        let scope = visit.town.scope(navn).filter(|scope| scope.aktiv);
        let Some(scope) = scope else {
            return Err(not_registered(navn).hinted(unknown_hint(visit, klient, navn)));
        };
        let source = for_one(visit, klient, &scope, &asked.acts_for)?;
        kilde = kilde.or(source);
    }
    Ok(match asked.acts_for {
        For::Seg => None,
        For::Konsument(konsument) => Some(ActsFor { konsument, kilde }),
        For::Underklient(_) => under.map(|konsument| ActsFor { konsument, kilde: None }),
    })
}

/// Decides about one scope; gives where access to it was delegated.
fn for_one(visit: &Visit, klient: &Klient, scope: &Scope, acts_for: &For) -> Result<Option<String>, Fault> {
    let town = &visit.town;
    let navn = &scope.navn;
    let delegated = match acts_for {
        For::Konsument(konsument) => {
            scope.delegeringskilde.is_some() && town.eid.har_delegert(*konsument, klient.orgnr, navn)
        }
        For::Seg | For::Underklient(_) => false,
    };
    if !delegated && !klient.scopes.contains(navn) {
        let hint = format!("scopes registered on this client: {}", klient.scopes.join(" "));
        return Err(not_registered(navn).hinted(hint));
    }
    let slag = klient.integrasjonstype();
    if !scope.tillater(slag) {
        let description = format!("Invalid scope. Scope not allowed for Maskinporten clients: {}", shown(navn));
        let types: Vec<&str> = scope.integrasjonstyper.iter().map(|one| one.name()).collect();
        let hint = format!("the scope is for integrations of type {}; this one is {}", types.join(", "), slag.name());
        return Err(Fault::new("invalid_scope", Some("MP-201"), description).hinted(hint));
    }
    // A sub-client's calls are its supplier's, which is whom owners know.
    let konsument = if let For::Konsument(konsument) = acts_for { *konsument } else { klient.orgnr };
    if !town.har_tilgang(scope, konsument) {
        let description = format!("Consumer {konsument} has not been granted access to the scope {}", shown(navn));
        let hint = format!("organisation {} owns the scope and has to give {konsument} access", scope.eier);
        return Err(Fault::new("forbidden", Some("MP-250"), description).hinted(hint));
    }
    match acts_for {
        For::Konsument(konsument) if !delegated => Err(not_delegated(klient.orgnr, *konsument, scope)),
        _ => Ok(scope.delegeringskilde.clone().filter(|_| delegated)),
    }
}

/// The organisation of the sub-client `id`.
fn underklient(client: &KnownClient, id: &str) -> Result<Orgnummer, Fault> {
    let under = client.klient.tillegg.underklient(id);
    under.map(|under| under.orgnr).ok_or_else(|| {
        let known: Vec<&str> = client.klient.tillegg.onbehalfof.iter().map(|one| one.id.as_str()).collect();
        let fault = Fault::malformed("Invalid assertion. Unknown iss_onbehalfof");
        fault.hinted(format!("sub-clients registered on this client: {}", known.join(", ")))
    })
}

fn shown(scope: &str) -> String {
    scope.chars().take(200).collect()
}

fn not_registered(scope: &str) -> Fault {
    let description = format!("Invalid scope. The client does not have the scope: {}", shown(scope));
    Fault::new("invalid_scope", Some("MP-200"), description)
}

fn not_delegated(supplier: Orgnummer, consumer: Orgnummer, scope: &Scope) -> Fault {
    let description = format!("Consumer {consumer} has not delegated access to the scope to supplier {supplier}");
    let hint = match &scope.delegeringskilde {
        Some(_) => format!("delegate `{}` from {consumer} to {supplier} first", scope.navn),
        None => format!("the scope `{}` has no delegation source: access to it cannot be delegated", scope.navn),
    };
    Fault::new("forbidden", Some("MP-251"), description).hinted(hint)
}

/// What to say of a scope that is not in use: that it was, or what is near.
fn unknown_hint(visit: &Visit, klient: &Klient, navn: &str) -> String {
    let navn = shown(navn);
    if visit.town.scope(&navn).is_some() {
        return format!("the scope `{navn}` has been taken out of use");
    }
    let all = visit.town.scopes();
    let near =
        nearest(&navn, all.iter().map(|scope| scope.navn.as_str()).chain(klient.scopes.iter().map(|one| &**one)));
    match near.filter(|near| *near != navn) {
        Some(near) => format!("there is no scope `{navn}` in this world; did you mean `{near}`?"),
        None => format!("there is no scope `{navn}` in this world: its owner has to make it first"),
    }
}
