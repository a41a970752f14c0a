//! Who is told that a session has ended, and with what (`specs/eid.md` §3.12).

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::access::{Patience, Rendered, SsoSession, TokenPolicy, Writing, escape, with_query};
use crate::keys::Issuer;
use crate::oidc::Desk;
use crate::town::decide::Utloggingsvarsel;
use crate::town::state::{Appadresse, Bryter, Emne, Klient, Leveringskilde, Tjeneste};

/// Seconds a logout token is good for.
const LOGOUT_TOKEN_LEVETID: i64 = 300;
/// The event a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long the real service waits for a client.
const PATIENCE: Patience = Patience { connect: Duration::from_secs(2), answer: Duration::from_secs(5) };

/// Who is told of the end of one session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) struct Told {
    /// The session.
    pub sid: String,
    /// The service that tells.
    pub kilde: Leveringskilde,
    /// Clients and addresses for hidden frames.
    pub frames: Vec<(String, String)>,
    /// Clients told from server to server.
    pub varsler: Vec<Utloggingsvarsel>,
}

impl Told {
    /// Who took part in `session` and is registered to be told.
    pub(in crate::oidc) fn of(desk: &Desk, session: &SsoSession) -> Self {
        let kilde = match desk.provider.tjeneste {
            Tjeneste::Ansattporten => Leveringskilde::Ansattporten,
            Tjeneste::Idporten | Tjeneste::Maskinporten => Leveringskilde::Idporten,
        };
        let mut told = Self { sid: session.sid.clone(), kilde, frames: Vec::new(), varsler: Vec::new() };
        for (client_id, issuer) in &session.clients {
            let Some(known) = desk.client(client_id) else { continue };
            let klient = &known.klient;
            told.frames.extend(frame(desk, klient, issuer, &session.sid).map(|frame| (client_id.clone(), frame)));
            told.varsler.extend(varsel(desk, klient, issuer, session));
        }
        told
    }
}

/// The address for a hidden frame, with issuer and session for a client that asked for them.
fn frame(desk: &Desk, klient: &Klient, issuer: &str, sid: &str) -> Option<String> {
    let uri = klient.tillegg.frontchannel_logout_uri.as_deref()?;
    if !klient.tillegg.frontchannel_logout_session_required {
        return Some(uri.to_owned());
    }
    let slash = if desk.town.eid.er_paa(Bryter::FrontchannelIssSlash) { "/" } else { "" };
    Some(with_query(uri, &[("iss", &format!("{issuer}{slash}")), ("sid", sid)]))
}

/// What the client is told from server to server.
fn varsel(desk: &Desk, klient: &Klient, issuer: &str, session: &SsoSession) -> Option<Utloggingsvarsel> {
    let adresse = Appadresse::parse(klient.tillegg.backchannel_logout_uri.as_deref()?).ok()?;
    let who = &session.authentication;
    let pid = who.pid.clone().filter(|_| desk.town.eid.er_paa(Bryter::LogoutTokenSubPid));
    let pairwise = || desk.state.pairwise(desk.provider.issuer, &klient.client_id, who.subject());
    let emne = Emne::Utlogging {
        client_id: klient.client_id.as_str().into(),
        utsteder: issuer.into(),
        sub: pid.unwrap_or_else(pairwise).into(),
        sid: session.sid.as_str().into(),
        person: who.person,
    };
    Some(Utloggingsvarsel { client_id: klient.client_id.clone(), adresse, emne })
}

/// Writes the call that tells a client: a form with a logout token, signed now.
#[must_use]
pub fn logout_token(writing: &Writing<'_>) -> Option<Rendered> {
    let Emne::Utlogging { client_id, utsteder, sub, sid, .. } = &writing.levering.emne else { return None };
    let kilde = writing.town.leveringer.abonnementer.get(&writing.levering.abonnement)?.kilde;
    let (issuer, tjeneste, operation) = match kilde {
        Leveringskilde::Ansattporten => {
            (Issuer::Ansattporten, Tjeneste::Ansattporten, "ansattporten.levering.utlogging")
        }
        _ => (Issuer::Idporten, Tjeneste::Idporten, "idporten.levering.utlogging"),
    };
    let klient = writing.town.klienter.find(tjeneste, client_id);
    let virtual_clock = klient.is_some_and(|klient| klient.virtuell_klokke);
    let now = writing.clocks.seconds(if virtual_clock { TokenPolicy::Virtual } else { TokenPolicy::Wall });
    let id = writing.levering.id.to_string();
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    put("iss", json!(&**utsteder));
    put("aud", json!(&**client_id));
    put("iat", json!(now));
    put("exp", json!(now + LOGOUT_TOKEN_LEVETID));
    put("jti", json!(writing.state.bound_id("logout-token", &[id.as_bytes()])));
    put("sub", json!(&**sub));
    put("sid", json!(&**sid));
    put("events", json!({ EVENT: {} }));
    let token = writing.state.signing_key(issuer).sign_chained("logout+jwt", &claims);
    Some(Rendered {
        method: "POST",
        headers: vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        body: Bytes::from(format!("logout_token={}", escape(&token))),
        operation,
        message: None,
        patience: Some(PATIENCE),
    })
}
