//! A checked authorization request (`specs/eid.md` §3.3).

use super::clocks::TokenPolicy;
use crate::keys::Issuer;

/// How an authorization response travels back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResponseMode {
    /// In the query of the redirect.
    #[default]
    Query,
    /// In a form that the browser posts.
    FormPost,
    /// As one signed parameter in the query.
    QueryJwt,
    /// As one signed parameter in a posted form.
    FormPostJwt,
}

impl ResponseMode {
    /// The mode called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            "query.jwt" => Some(Self::QueryJwt),
            "form_post.jwt" => Some(Self::FormPostJwt),
            _ => None,
        }
    }
}

/// A checked authorization request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoginRequest {
    /// The service it was sent to.
    pub provider: Issuer,
    /// The issuer as the app knows it; it stands in the response and in the tokens.
    pub issuer: String,
    /// Client.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// How it goes there.
    pub response_mode: ResponseMode,
    /// Scopes granted, in the order asked for.
    pub scope: Vec<String>,
    /// State to give back.
    pub state: Option<String>,
    /// Nonce for the ID token.
    pub nonce: Option<String>,
    /// Code challenge.
    pub code_challenge: Option<String>,
    /// Levels that would do, empty for the default.
    pub acr_values: Vec<String>,
    /// Language of the pages and of the `locale` claim.
    pub locale: String,
    /// Audience of the access token.
    pub resource: Vec<String>,
    /// The sub-client it is for (`specs/eid.md` §3.10).
    pub onbehalfof: Option<String>,
    /// Whom to act for, as asked and checked (`specs/eid.md` §3.9, §4.2).
    pub authorization_details: Option<String>,
    /// Thumbprint of the key the code is bound to (RFC 9449 §10).
    pub dpop_jkt: Option<String>,
    /// Which clock the tokens follow.
    pub policy: TokenPolicy,
}

impl LoginRequest {
    /// A request of `client_id` to `provider`, known to the client as `issuer`, that asks for nothing yet.
    #[must_use]
    pub fn of(provider: Issuer, issuer: &str, client_id: &str) -> Self {
        Self {
            provider,
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            redirect_uri: String::new(),
            response_mode: ResponseMode::Query,
            scope: Vec::new(),
            state: None,
            nonce: None,
            code_challenge: None,
            acr_values: Vec::new(),
            locale: "nb".to_owned(),
            resource: Vec::new(),
            onbehalfof: None,
            authorization_details: None,
            dpop_jkt: None,
            policy: TokenPolicy::Wall,
        }
    }
}
