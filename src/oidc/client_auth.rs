//! Client authentication: at the token endpoint and wherever else programs call (`specs/eid.md` §3.6, §9 rows 25–28).

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

use super::form::Fault;
use super::{Desk, assertion};
use crate::access::{KnownClient, Params};
use crate::keys::decode_std;
use crate::town::state::Autentisering;

/// Type of a client assertion.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that has proved who it is, and how.
#[derive(Clone, Debug)]
pub(super) struct Proven {
    pub client: KnownClient,
    pub method: Autentisering,
    /// The same as tokens have it: `client_amr`.
    pub client_amr: &'static str,
}

/// What a request offers as proof.
enum Offer {
    Basic(String, String),
    Post(String, String),
    Assertion(String, String),
    Nothing(String),
}

/// Authenticates the client of a form request.
pub(super) fn authenticate(desk: &Desk, headers: &HeaderMap, params: &Params) -> Result<Proven, Fault> {
    let basic = headers.get(header::AUTHORIZATION);
    let proven = offer(basic, params).and_then(|offer| prove(desk, offer));
    proven.map_err(|fault| {
        let unauthorized = fault.status == StatusCode::UNAUTHORIZED;
        Fault { basic: unauthorized && basic.is_some(), ..fault }
    })
}

fn offer(basic: Option<&HeaderValue>, params: &Params) -> Result<Offer, Fault> {
    let secret = params.get("client_secret");
    let assertion = params.get("client_assertion");
    if usize::from(basic.is_some()) + usize::from(secret.is_some()) + usize::from(assertion.is_some()) > 1 {
        return Err(Fault::bad("invalid_request", "More than one client authentication method"));
    }
    let id = params.get("client_id").map(str::to_owned);
    if let Some(value) = basic {
        let (user, password) = credentials(value).ok_or_else(|| Fault::client("malformed Basic credentials"))?;
        if id.is_some_and(|id| id != user) {
            return Err(Fault::bad("invalid_request", "Mismatching client_id"));
        }
        return Ok(Offer::Basic(user, password));
    }
    if let Some(assertion) = assertion {
        if params.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Fault::client(format!("client_assertion_type must be {ASSERTION_TYPE}")));
        }
        let id = id.ok_or_else(|| {
            let fault = Fault::bad("invalid_request", "Missing client_id parameter");
            fault.hinted("client_id must stand in the body beside the assertion")
        })?;
        return Ok(Offer::Assertion(id, assertion.to_owned()));
    }
    let id = id.ok_or_else(|| Fault::client("the request names no client"))?;
    Ok(match secret {
        Some(secret) => Offer::Post(id, secret.to_owned()),
        None => Offer::Nothing(id),
    })
}

/// Id and secret of Basic credentials, each form-encoded before base64 (RFC 6749 §2.3.1).
fn credentials(value: &HeaderValue) -> Option<(String, String)> {
    let (scheme, text) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(decode_std(text.trim())?).ok()?;
    let (user, password) = text.split_once(':')?;
    // Read as a form of one value each; a client that does not encode a plain id or secret is understood as well.
    let decode = |text: &str| Params::parse(format!("v={text}").as_bytes()).ok()?.get("v").map(str::to_owned);
    Some((decode(user)?, decode(password)?))
}

fn prove(desk: &Desk, offer: Offer) -> Result<Proven, Fault> {
    let (id, method) = match &offer {
        Offer::Basic(id, _) => (id, Autentisering::ClientSecretBasic),
        Offer::Post(id, _) => (id, Autentisering::ClientSecretPost),
        Offer::Assertion(id, _) => (id, Autentisering::PrivateKeyJwt),
        Offer::Nothing(id) => (id, Autentisering::Ingen),
    };
    let client = desk.client(id).ok_or_else(|| {
        Fault::client(
            "no login client of this id is registered in this world; register it, or start with --open-clients",
        )
    })?;
    if !client.registered {
        return Ok(Proven { client, method, client_amr: method.name() });
    }
    let registered = client.klient.autentisering;
    if method != registered {
        let hint = format!("registered method: {}; used: {}", registered.name(), method.name());
        return Err(Fault::client(hint));
    }
    let client_amr = match &offer {
        Offer::Nothing(_) => method.name(),
        Offer::Basic(_, secret) | Offer::Post(_, secret) => {
            check_secret(desk, &client, secret)?;
            method.name()
        }
        Offer::Assertion(_, text) => assertion::check(desk, &client, text)?,
    };
    Ok(Proven { client, method, client_amr })
}

fn check_secret(desk: &Desk, client: &KnownClient, secret: &str) -> Result<(), Fault> {
    let Some(kept) = &client.klient.hemmelighet else { return Err(Fault::client("the client has no secret")) };
    if !kept.fits(secret) {
        return Err(Fault::client("wrong secret"));
    }
    if client.is_secret_expired(kept.registrert, desk.clocks.world) {
        return Err(Fault::client("secrets live 360 days of the world's clock; register the client again"));
    }
    Ok(())
}
