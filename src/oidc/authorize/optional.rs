//! The optional parameters of an authorization request, one function each (`specs/eid.md` §3.3, §9 rows 10–19).

use super::check::{Fault, Prompt, TestLogin};
use crate::access::{KnownClient, Params};
use crate::oidc::representation::details;
use crate::oidc::work::ENTRAID;
use crate::oidc::{Desk, citizens};

/// Languages of the pages and of the `locale` claim.
const LOCALES: &[&str] = &["nb", "nn", "en", "se"];

/// Whether `text` has only the letters allowed in `state` and `nonce`.
pub(in crate::oidc) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// The first supported language of the list; a language chosen on the login page before overrides.
pub(in crate::oidc) fn locale(chosen: Option<&str>, ui_locales: Option<&str>) -> &'static str {
    let supported = |wanted: &str| LOCALES.iter().find(|locale| **locale == wanted).copied();
    let listed = || ui_locales.and_then(|list| list.split_ascii_whitespace().find_map(supported));
    chosen.and_then(supported).or_else(listed).unwrap_or("nb")
}

/// Row 10: `prompt`.
pub(in crate::oidc) fn prompt(value: Option<&str>) -> Result<Prompt, Fault> {
    let mut prompt = Prompt::default();
    for word in value.unwrap_or_default().split_ascii_whitespace() {
        match word {
            "login" => prompt.login = true,
            "none" => prompt.none = true,
            "consent" => prompt.consent = true,
            _ => return Err(Fault::request("Invalid prompt").hinted("login, consent or none")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(Fault::request("Invalid prompt").hinted("none stands alone"));
    }
    Ok(prompt)
}

/// Row 10: `max_age`, in seconds.
pub(in crate::oidc) fn max_age(value: Option<&str>) -> Result<Option<i64>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let age = Some(value).filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()));
    match age.and_then(|value| value.parse().ok()) {
        Some(age) => Ok(Some(age)),
        None => Err(Fault::request("Invalid max_age").hinted("a whole number of seconds, not negative")),
    }
}

/// Row 13: the levels asked for that are supported; none of them supported is an error.
pub(in crate::oidc) fn acr_values(desk: &Desk, value: Option<&str>) -> Result<Vec<String>, Fault> {
    let wanted: Vec<&str> = value.unwrap_or_default().split_ascii_whitespace().collect();
    let supported = desk.levels().acr;
    let known: Vec<String> = wanted.iter().filter(|acr| supported.contains(acr)).map(|&acr| acr.to_owned()).collect();
    if known.is_empty() && !wanted.is_empty() {
        let hint = format!("supported: {}", supported.join(" "));
        return Err(Fault::request("Unsupported acr_values").hinted(hint));
    }
    Ok(known)
}

/// Row 16: representation. Gives the parameter back when it asks for anything.
pub(in crate::oidc) fn authorization_details(desk: &Desk, value: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(text) = value else { return Ok(None) };
    match details::parse(text, desk.provider.details_types) {
        Ok(details) => Ok(details.map(|_| text.to_owned())),
        Err(hint) => Err(Fault::new("invalid_authorization_details", "Invalid authorization_details").hinted(hint)),
    }
}

/// Row 17: `resource`, absolute addresses without fragment.
pub(in crate::oidc) fn resource(params: &Params) -> Result<Vec<String>, Fault> {
    let absolute = |uri: &&str| {
        let scheme = uri.split_once(':').map(|(scheme, rest)| !rest.is_empty() && is_scheme(scheme));
        scheme == Some(true) && !uri.contains('#') && uri.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let uris: Vec<&str> = params.all("resource").filter(|uri| !uri.is_empty()).collect();
    match uris.iter().find(|uri| !absolute(uri)) {
        Some(_) => Err(Fault::new("invalid_target", "Invalid resource").hinted("an absolute address without fragment")),
        None => Ok(uris.into_iter().map(str::to_owned).collect()),
    }
}

/// Row 18: `onbehalfof`, a sub-client registered on the client.
pub(in crate::oidc) fn onbehalfof(value: Option<&str>, client: &KnownClient) -> Result<Option<String>, Fault> {
    let Some(id) = value else { return Ok(None) };
    if client.registered && client.klient.tillegg.underklient(id).is_none() {
        let known: Vec<&str> =
            client.klient.tillegg.onbehalfof.iter().filter(|one| one.aktiv).map(|one| one.id.as_str()).collect();
        let hint = format!("sub-clients registered on this client: {}", known.join(" "));
        return Err(Fault::request("Unknown onbehalfof").hinted(hint));
    }
    Ok(Some(id.to_owned()))
}

/// `dpop_jkt` (RFC 9449 §10): the thumbprint of the key the code is to be bound to.
pub(in crate::oidc) fn dpop_jkt(value: Option<&str>) -> Result<Option<String>, Fault> {
    let thumbprint = |text: &&str| crate::keys::decode_url(text).is_some_and(|bytes| bytes.len() == 32);
    match value {
        Some(text) if !thumbprint(&text) => {
            Err(Fault::request("Invalid dpop_jkt").hinted("a thumbprint has 43 characters of base64url"))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The level of work accounts, where the service has them.
fn work_level(desk: &Desk) -> Option<&'static str> {
    desk.levels().acr.iter().copied().find(|acr| *acr == ENTRAID)
}

/// Row 19: `login_hint=testid:{pid}_{acr}`, and behind it whom to represent: `_{number}` (`specs/eid.md` §7.2). Other
/// hints are ignored.
pub(in crate::oidc) fn test_login(
    desk: &Desk,
    hint: Option<&str>,
    acr_values: &[String],
) -> Result<Option<TestLogin>, Fault> {
    let Some(login) = hint.and_then(|hint| hint.strip_prefix("testid:")) else { return Ok(None) };
    let fault = |hint: &str| Err(Fault::request("Invalid login_hint").hinted(hint));
    let reachable: Vec<&str> = desk.levels().reachable.iter().copied().chain(work_level(desk)).collect();
    let Some((pid, acr)) = login.split_once('_') else {
        let example = desk.levels().reachable.last().copied().unwrap_or_default();
        return fault(&format!("testid:{{identity number}}_{{acr}}, for example testid:<pid>_{example}"));
    };
    // No level has this sign in its name.
    let (acr, representing) = acr.split_once('_').map_or((acr, None), |(acr, rest)| (acr, Some(rest.to_owned())));
    if !reachable.contains(&acr) {
        return fault(&format!("the level is {}", reachable.join(" or ")));
    }
    if !desk.levels().satisfies(acr, acr_values) {
        return fault("the level of the hint is below acr_values");
    }
    match citizens::find(&desk.town, pid) {
        Some(person) if acr == ENTRAID && person.arbeidskonto().is_none() => {
            fault("this citizen has no job, and so no account at work")
        }
        Some(person) => Ok(Some(TestLogin { person: person.id, acr: acr.to_owned(), representing })),
        None => fault("not the number of a citizen of this world; numbers are synthetic (month + 80)"),
    }
}
