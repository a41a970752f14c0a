//! The checks of an authorization request, row by row of `specs/eid.md` §9.

use super::optional;
use crate::access::{KnownClient, LoginRequest, Params, PushedFault, ResponseMode};
use crate::oidc::Desk;
use crate::oidc::deliver::Target;
use crate::oidc::pages::Problem;
use crate::town::model::PersonId;
use crate::town::state::{Autentisering, Scope};

/// What becomes of an authorization request.
pub(in crate::oidc) enum Outcome {
    /// An error page: nothing the request says about where to go can be trusted.
    Page { problem: Problem, hint: String },
    /// The error goes back to the app.
    Refused { target: Box<Target>, fault: Fault },
    /// 501, with the name of the operation.
    NotModelled(&'static str),
    /// All is well.
    Checked(Box<Checked>),
}

/// An error for the app.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) struct Fault {
    pub error: &'static str,
    pub description: String,
    pub hint: String,
}

impl Fault {
    pub(in crate::oidc) fn new(error: &'static str, description: impl Into<String>) -> Self {
        Self { error, description: description.into(), hint: String::new() }
    }

    /// `invalid_request`.
    pub(in crate::oidc) fn request(description: impl Into<String>) -> Self {
        Self::new("invalid_request", description)
    }

    pub(in crate::oidc) fn hinted(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// What a check that fails after the redirect address is known gives.
pub(in crate::oidc) enum Stop {
    Fault(Fault),
    NotModelled(&'static str),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Values of `prompt`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::oidc) struct Prompt {
    pub login: bool,
    pub none: bool,
    pub consent: bool,
}

/// A headless log-in asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) struct TestLogin {
    pub person: PersonId,
    pub acr: String,
    /// Whom to represent, as the hint says it.
    pub representing: Option<String>,
}

/// A request that passed.
pub(in crate::oidc) struct Checked {
    pub target: Target,
    pub request: LoginRequest,
    pub client: KnownClient,
    pub prompt: Prompt,
    pub max_age: Option<i64>,
    pub test_login: Option<TestLogin>,
    /// What the strict policy would have refused.
    pub hint: String,
}

fn page(problem: Problem, hint: impl Into<String>) -> Outcome {
    Outcome::Page { problem, hint: hint.into() }
}

/// Checks the request, sent as it is or ahead. Rows in order: 1, 15, 2, 3, 5, 14, 4, 6, 7, 8, 10, 13, 16, 17, 18, 19.
pub(in crate::oidc) fn check(
    desk: &Desk,
    issuer: &str,
    params: &Params,
    language: Option<&str>,
    posted: bool,
) -> Outcome {
    let client = match client(desk, params) {
        Ok(client) => client,
        Err(outcome) => return outcome,
    };
    let own = |uri: &str| uri.strip_prefix(desk.provider.urn).map(str::to_owned);
    let Some(name) = params.get("request_uri").and_then(own) else {
        return check_of(desk, issuer, client, params, language, posted);
    };
    let id = &client.klient.client_id;
    let pushed = match desk.state.take_pushed(desk.clocks, desk.provider.issuer, &name, id) {
        Ok(form) => Params::parse(&form).unwrap_or_default(),
        Err(PushedFault::Unknown) => {
            return page(Problem::Stale, "no pushed request of this name: used, or older than 120 s on either clock");
        }
        Err(PushedFault::OtherClient) => return page(Problem::Stale, "another client has pushed this request"),
    };
    // What the browser carries beside the name is not looked at (RFC 9126 §4).
    check_of(desk, issuer, client, &pushed, language, posted)
}

/// Checks the request of a known client.
pub(in crate::oidc) fn check_of(
    desk: &Desk,
    issuer: &str,
    client: KnownClient,
    params: &Params,
    language: Option<&str>,
    posted: bool,
) -> Outcome {
    let redirect_uri = match redirect_uri(params, &client) {
        Ok(uri) => uri,
        Err(outcome) => return outcome,
    };
    let mode = params.get("response_mode").map_or(Some(ResponseMode::Query), ResponseMode::from_name);
    let state = params.get("state").filter(|state| params.count("state") == 1 && optional::is_plain(state));
    let target = Target {
        redirect_uri: redirect_uri.to_owned(),
        mode: mode.unwrap_or_default(),
        issuer: issuer.to_owned(),
        client_id: client.klient.client_id.clone(),
        state: state.map(str::to_owned),
        policy: client.policy(),
        after_form: posted,
    };
    match rest(desk, params, language, &client, &target, mode.is_some()) {
        Ok((request, prompt, max_age, test_login, hint)) => {
            Outcome::Checked(Box::new(Checked { target, request, client, prompt, max_age, test_login, hint }))
        }
        Err(Stop::Fault(fault)) => Outcome::Refused { target: Box::new(target), fault },
        Err(Stop::NotModelled(operation)) => Outcome::NotModelled(operation),
    }
}

/// Rows 1 and 3: who asks.
fn client(desk: &Desk, params: &Params) -> Result<KnownClient, Outcome> {
    for name in ["client_id", "redirect_uri", "request_uri"] {
        if params.count(name) > 1 {
            return Err(page(Problem::Request, format!("{name} stands there more than once")));
        }
    }
    let Some(client_id) = params.get("client_id") else {
        return Err(page(Problem::Client, "client_id is missing"));
    };
    desk.client(client_id).ok_or_else(|| {
        let hint = "no login client of this id is registered in this world; register it, or start with --open-clients";
        page(Problem::Client, hint)
    })
}

/// Row 2: where the answer goes, letter by letter as registered.
fn redirect_uri<'a>(params: &'a Params, client: &KnownClient) -> Result<&'a str, Outcome> {
    let Some(uri) = params.get("redirect_uri") else {
        return Err(page(Problem::Redirect, "redirect_uri is missing"));
    };
    if client.may_return_to(uri) {
        return Ok(uri);
    }
    let hint = if client.registered {
        format!("registered for this client: {}", client.klient.redirect_uris.join(" "))
    } else {
        "an unregistered client may only return to this machine or a private network".to_owned()
    };
    Err(page(Problem::Redirect, hint))
}

type Rest = (LoginRequest, Prompt, Option<i64>, Option<TestLogin>, String);

/// Everything whose errors go back to the app.
fn rest(
    desk: &Desk,
    params: &Params,
    language: Option<&str>,
    client: &KnownClient,
    target: &Target,
    mode_known: bool,
) -> Result<Rest, Stop> {
    let mut hints: Vec<String> = Vec::new();
    if !client.registered {
        hints.push(format!("client `{}` is not registered: the strict policy shows an error page", target.client_id));
    }
    if let Some(name) = params.doubled(&["resource"]) {
        let name: String = name.chars().take(40).collect();
        return Err(Fault::request(format!("Parameter given more than once: {name}")).into());
    }
    if !mode_known {
        return Err(Fault::request("Unsupported response_mode")
            .hinted("query, form_post, query.jwt or form_post.jwt")
            .into());
    }
    if params.get("request").is_some() {
        return Err(Fault::new("request_not_supported", "Request parameter not supported").into());
    }
    if params.get("request_uri").is_some() {
        return Err(Fault::new("request_uri_not_supported", "Request URI parameter not supported").into());
    }
    match params.get("response_type") {
        None => return Err(Fault::request("Missing response_type parameter").into()),
        Some("code") => {}
        Some(_) => return Err(Fault::new("unsupported_response_type", "Unsupported response type").into()),
    }
    let scope = scope(desk, params, client)?;
    let code_challenge = code_challenge(desk, params, client, &mut hints)?;
    let nonce = state_and_nonce(desk, params, client, &mut hints)?;
    let prompt = optional::prompt(params.get("prompt"))?;
    let max_age = optional::max_age(params.get("max_age"))?;
    let acr_values = optional::acr_values(desk, params.get("acr_values"))?;
    let authorization_details = optional::authorization_details(desk, params.get("authorization_details"))?;
    let resource = optional::resource(params)?;
    let onbehalfof = optional::onbehalfof(params.get("onbehalfof"), client)?;
    let test_login = optional::test_login(desk, params.get("login_hint"), &acr_values)?;
    if test_login.is_none() && !desk.levels().is_offered(&acr_values) {
        return Err(Stop::NotModelled("authorize.acr_values=entraid"));
    }
    let request = LoginRequest {
        redirect_uri: target.redirect_uri.clone(),
        response_mode: target.mode,
        scope,
        state: target.state.clone(),
        nonce,
        code_challenge,
        acr_values,
        locale: optional::locale(language, params.get("ui_locales")).to_owned(),
        resource,
        onbehalfof,
        authorization_details,
        dpop_jkt: optional::dpop_jkt(params.get("dpop_jkt"))?,
        policy: target.policy,
        ..LoginRequest::of(desk.provider.issuer, &target.issuer, &target.client_id)
    };
    Ok((request, prompt, max_age, test_login, hints.join("; ")))
}

/// Row 6: scopes, each once: known to the town and in use, registered on the client, open to its kind and to its owner
/// (`specs/eid.md` §5.7).
fn scope(desk: &Desk, params: &Params, client: &KnownClient) -> Result<Vec<String>, Fault> {
    let mut scopes: Vec<String> = Vec::new();
    for word in params.get("scope").unwrap_or_default().split_ascii_whitespace() {
        let known = desk.town.scope(word).filter(|scope| scope.aktiv);
        if client.registered {
            may_have(desk, client, word, known.as_deref())?;
        }
        if !scopes.iter().any(|known| known == word) {
            scopes.push(word.to_owned());
        }
    }
    if scopes.is_empty() { Err(Fault::new("invalid_scope", "Missing scope parameter")) } else { Ok(scopes) }
}

/// Whether a registered client may ask for the scope `word`.
fn may_have(desk: &Desk, client: &KnownClient, word: &str, known: Option<&Scope>) -> Result<(), Fault> {
    let klient = &client.klient;
    let fault = |description: &str, hint: String| Err(Fault::new("invalid_scope", description).hinted(hint));
    let Some(scope) = known else {
        return fault("Unknown scope", "no scope of this name is in use in this world".into());
    };
    if !klient.scopes.iter().any(|registered| registered == word) {
        let registered = klient.scopes.join(" ");
        return fault("Scope not registered on the client", format!("scopes registered on this client: {registered}"));
    }
    if !scope.tillater(klient.integrasjonstype()) {
        let kind = klient.integrasjonstype().name();
        return fault("Scope not allowed for the client", format!("{word} is not for clients of the kind {kind}"));
    }
    if !desk.town.har_tilgang(scope, klient.orgnr) {
        let hint = format!("the owner of {word} has not given {} access", klient.orgnr);
        return fault("Scope not allowed for the client", hint);
    }
    Ok(())
}

/// Row 7: PKCE with S256.
fn code_challenge(
    desk: &Desk,
    params: &Params,
    client: &KnownClient,
    hints: &mut Vec<String>,
) -> Result<Option<String>, Fault> {
    let Some(challenge) = params.get("code_challenge") else {
        if client.klient.pkce || desk.provider.demands_all && client.registered {
            return Err(Fault::request("Missing code_challenge parameter").hinted("PKCE with S256 is required"));
        }
        if !client.registered {
            hints.push("no code_challenge: the strict policy refuses it (invalid_request)".into());
        }
        return Ok(None);
    };
    if params.get("code_challenge_method") != Some("S256") {
        return Err(
            Fault::request("Invalid code_challenge_method").hinted("the only method is S256, and it must be named")
        );
    }
    if challenge.len() != 43 || !challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        let hint = "the base64url of a SHA-256 has 43 characters and no padding";
        return Err(Fault::request("Invalid code_challenge").hinted(hint));
    }
    Ok(Some(challenge.to_owned()))
}

/// Rows 8 and 9: state and nonce. Gives the nonce; the state stands in the target.
fn state_and_nonce(
    desk: &Desk,
    params: &Params,
    client: &KnownClient,
    hints: &mut Vec<String>,
) -> Result<Option<String>, Fault> {
    for name in ["state", "nonce"] {
        if params.get(name).is_some_and(|value| !optional::is_plain(value)) {
            return Err(Fault::request(format!("Illegal character in {name}")).hinted("0x20 to 0x7E only"));
        }
    }
    let all = desk.provider.demands_all;
    let public = client.klient.autentisering == Autentisering::Ingen;
    for (name, demanded, who) in
        [("state", all || public, if all { "every" } else { "a public" }), ("nonce", all, "every")]
    {
        if params.get(name).is_some() || !demanded {
            continue;
        }
        if client.registered {
            let fault = Fault::request(format!("Missing {name} parameter"));
            return Err(fault.hinted(format!("{who} client must send {name} here")));
        }
        hints.push(format!("no {name}: the strict policy refuses it for {who} client (invalid_request)"));
    }
    Ok(params.get("nonce").map(str::to_owned))
}
