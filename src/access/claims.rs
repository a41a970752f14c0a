//! What stands in the tokens of citizens (`specs/eid.md` §3.8, §3.10, §4).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::authentication::{Authentication, Identity};
use super::clients::KnownClient;
use super::codes::CodeGrant;
use super::grants::Issued;
use super::tokens::{Claims, audience, organisasjon};
use super::visit::Visit;
use crate::keys::Issuer;
use crate::town::model::Navn;
use crate::town::state::{Bryter, Scope, Tokentype};

/// Seconds an ID token lives (`specs/eid.md` §3.8).
const ID_TOKEN_LEVETID: i64 = 120;

/// What tokens are to be made for.
#[derive(Clone, Debug)]
pub struct Wish<'a> {
    /// The client.
    pub client: &'a KnownClient,
    /// How it proved who it is, as `client_amr` has it.
    pub client_amr: &'a str,
    /// What it was granted.
    pub grant: &'a CodeGrant,
    /// Scopes of the access token, some or all of those granted.
    pub scope: &'a [String],
    /// Id of the access token.
    pub access_token_id: String,
    /// Id of the ID token; none is made without, or without the scope `openid`.
    pub id_token_id: Option<String>,
    /// Whether the ID token repeats the nonce: only the first one of a log-in does (OpenID Connect Core §12.2).
    pub nonce: bool,
    /// Thumbprint of the key the access token is bound to (RFC 9449 §6).
    pub jkt: Option<String>,
}

impl<'a> Wish<'a> {
    /// The tokens that `code` is exchanged for.
    #[must_use]
    pub fn of_code(
        visit: &Visit,
        client: &'a KnownClient,
        client_amr: &'a str,
        grant: &'a CodeGrant,
        code: &str,
    ) -> Self {
        Self {
            client,
            client_amr,
            grant,
            scope: &grant.request.scope,
            access_token_id: visit.state.access_token_id(code),
            id_token_id: Some(visit.state.id_token_id(code)),
            nonce: true,
            jkt: None,
        }
    }
}

/// What a code is exchanged for, before signing.
#[derive(Clone, Debug)]
pub struct CitizenClaims {
    /// Claims of the access token.
    pub access: Map<String, Value>,
    /// Claims of the ID token, with scope `openid`.
    pub id: Option<Map<String, Value>>,
    /// Seconds the access token lives.
    pub expires_in: i64,
    /// Whether the access token says nothing by itself: its id is all of it.
    pub opaque: bool,
}

/// Tokens for the client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// Access token.
    pub access_token: String,
    /// ID token.
    pub id_token: Option<String>,
    /// Seconds the access token lives.
    pub expires_in: i64,
}

impl Wish<'_> {
    /// Makes the tokens, and remembers what they do not carry. Both signatures are made off the async workers.
    ///
    /// # Panics
    /// Only while the program is being taken down.
    pub async fn give(&self, visit: &Visit) -> Given {
        let claims = self.claims(visit);
        self.remember(visit, &claims);
        let CitizenClaims { access, id, expires_in, opaque } = claims;
        let key = visit.token_key(self.grant.request.provider);
        let own = opaque.then(|| self.access_token_id.clone());
        let sign = move || {
            let access_token = own.unwrap_or_else(|| key.sign(None, &access));
            Given { access_token, id_token: id.map(|id| key.sign(None, &id)), expires_in }
        };
        tokio::task::spawn_blocking(sign).await.expect("signing cannot fail")
    }

    /// Remembers what the access token of `claims` does not carry, while it lives.
    pub fn remember(&self, visit: &Visit, claims: &CitizenClaims) {
        let (request, who) = (&self.grant.request, &self.grant.authentication);
        let issued = Issued {
            provider: request.provider,
            locale: request.locale.clone(),
            person: who.person,
            pid: who.pid.clone(),
            claims: claims.opaque.then(|| claims.access.clone()),
        };
        let (policy, lives) = (request.policy, claims.expires_in);
        visit.state.remember_issued(visit.clocks, policy, lives, &self.access_token_id, issued);
    }

    fn has(&self, scope: &str) -> bool {
        self.scope.iter().any(|granted| granted == scope)
    }

    /// What stands in the tokens.
    #[must_use]
    pub fn claims(&self, visit: &Visit) -> CitizenClaims {
        let klient = &self.client.klient;
        let scopes: Vec<Arc<Scope>> = self.scope.iter().filter_map(|name| visit.town.scope(name)).collect();
        let limits = scopes.iter().map(|scope| scope.at_max_alder).filter(|&limit| limit > 0);
        let expires_in = limits.fold(klient.access_token_levetid, u32::min);
        let now = visit.seconds(self.grant.request.policy);
        // One scope that wants a pseudonym is enough.
        let pseudonym = scopes.iter().any(|scope| scope.krever_pseudonym);
        let names = (self.has("profile") && !pseudonym).then(|| supplied_names(visit, self.grant)).flatten();
        let who = &self.grant.authentication;
        let facts = Facts {
            sub: visit.state.pairwise(self.grant.request.provider, &klient.client_id, who.subject()),
            names,
            full_name: full_name(visit, self.grant).filter(|_| !pseudonym),
            pid: who.pid.as_deref().filter(|_| !pseudonym),
            delegation: scopes.iter().find_map(|scope| scope.delegeringskilde.clone()),
            now,
        };
        let wanted = self.id_token_id.as_deref().filter(|_| self.has("openid"));
        CitizenClaims {
            access: self.access(visit, &facts, i64::from(expires_in)),
            id: wanted.map(|id| self.id(visit, &facts, id)),
            expires_in: i64::from(expires_in),
            opaque: klient.tillegg.opake_tokens || scopes.iter().any(|scope| scope.tokentype == Tokentype::Opaque),
        }
    }

    fn access(&self, visit: &Visit, facts: &Facts<'_>, lifetime: i64) -> Map<String, Value> {
        let (request, who, klient) = (&self.grant.request, &self.grant.authentication, &self.client.klient);
        let switch = |bryter| visit.town.eid.er_paa(bryter);
        let nobody = || switch(Bryter::LegacyAud).then(|| json!("unspecified"));
        let mut access = Claims(Map::new());
        access.put("sub", facts.sub.as_str()).put("iss", request.issuer.as_str()).put("client_amr", self.client_amr);
        access.maybe("pid", facts.pid).put("client_id", klient.client_id.as_str());
        access.maybe("aud", audience(&request.resource).or_else(nobody)).put("acr", who.acr.as_str());
        access.put("scope", self.scope.join(" ")).put("exp", facts.now + lifetime).put("iat", facts.now);
        access.maybe("clm", facts.names.is_some().then(|| json!(["given_name", "family_name"])));
        access.maybe("client_orgno", switch(Bryter::EmitClientOrgno).then(|| klient.orgnr.to_string()));
        access.put("jti", self.access_token_id.as_str()).put("consumer", organisasjon(klient.orgnr));
        if let Some(supplier) = klient.tillegg.leverandoer {
            access.put("supplier", organisasjon(supplier)).maybe("delegation_source", facts.delegation.as_deref());
        }
        access.maybe("authorization_details", self.grant.details.clone());
        access.maybe("cnf", self.jkt.as_ref().map(|jkt| json!({ "jkt": jkt })));
        access.0
    }

    fn id(&self, visit: &Visit, facts: &Facts<'_>, jti: &str) -> Map<String, Value> {
        let (request, who) = (&self.grant.request, &self.grant.authentication);
        let mut id = Claims(Map::new());
        id.put("sub", facts.sub.as_str()).put("amr", json!(who.amr)).put("iss", request.issuer.as_str());
        id.maybe("pid", facts.pid).maybe("locale", self.has("profile").then(|| request.locale.as_str()));
        if let Some((given, family)) = &facts.names {
            id.put("given_name", given.as_str()).put("family_name", family.as_str());
        }
        without_number(&mut id, who);
        id.maybe("sid", self.grant.sid.as_deref()).maybe("authorization_details", self.grant.details.clone());
        if let Some(sub_client) = &request.onbehalfof {
            id.put("client_onbehalfof", sub_client.as_str());
            // The documentation's text and its example disagree about the name.
            let both = visit.town.eid.er_paa(Bryter::OnbehalfofBothNames);
            id.maybe("aud_onbehalfof", both.then_some(sub_client.as_str()));
        }
        id.maybe("nonce", request.nonce.as_deref().filter(|_| self.nonce));
        id.put("aud", self.client.klient.client_id.as_str());
        id.put("acr", who.acr.as_str()).put("auth_time", who.auth_time).put("iat", facts.now);
        id.maybe("name", facts.full_name.as_deref());
        id.put("exp", facts.now + ID_TOKEN_LEVETID).put("jti", jti);
        id.0
    }
}

/// What both tokens need.
struct Facts<'a> {
    sub: String,
    names: Option<(String, String)>,
    full_name: Option<String>,
    pid: Option<&'a str>,
    delegation: Option<String>,
    now: i64,
}

/// What an ID token says of somebody without a Norwegian number (`specs/eid.md` §3.8).
fn without_number(id: &mut Claims, who: &Authentication) {
    match who.other.as_deref() {
        Some(Identity::European { identifier, given_name, family_name, birthdate }) => {
            id.put("eidas_person_identifier", identifier.as_str()).put("birthdate", birthdate.as_str());
            id.put("given_name", given_name.as_str()).put("family_name", family_name.as_str());
        }
        Some(Identity::Email(address)) => {
            id.put("email", address.as_str());
        }
        Some(Identity::WorkAccount { email, groups, .. }) => {
            id.put("email", email.as_str()).put("groups", json!(groups));
        }
        None => {}
    }
}

/// The full name in capitals, which Ansattporten's ID tokens carry (`specs/eid.md` §4 no. 5).
fn full_name(visit: &Visit, grant: &CodeGrant) -> Option<String> {
    let wanted = grant.request.provider == Issuer::Ansattporten && visit.town.eid.er_paa(Bryter::EmitName);
    let person = visit.town.person_by_key(grant.authentication.person?)?;
    wanted.then(|| person.navn().full().to_uppercase())
}

/// Given and family name, when the eID used supplies them: BankID, Buypass and Commfides do, MinID and TestID do not.
fn supplied_names(visit: &Visit, grant: &CodeGrant) -> Option<(String, String)> {
    let who = &grant.authentication;
    if let Some(Identity::WorkAccount { given_name, family_name, .. }) = who.other.as_deref() {
        return Some((given_name.clone(), family_name.clone()));
    }
    let supplies = who.amr.iter().any(|method| match method.as_str() {
        "BankID" | "BankID Mobil" | "Buypass" | "Commfides" => true,
        "TestID" => visit.town.eid.er_paa(Bryter::NamesForTestid),
        _ => false,
    });
    let navn = supplies.then(|| who.person.and_then(|key| visit.town.person_by_key(key))).flatten()?.navn();
    Some((given_name(&navn), navn.etternavn.to_string()))
}

/// First and middle name as the `given_name` claim has them.
#[must_use]
pub fn given_name(navn: &Navn) -> String {
    navn.mellomnavn.as_ref().map_or_else(|| navn.fornavn.to_string(), |middle| format!("{} {middle}", navn.fornavn))
}
