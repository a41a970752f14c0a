//! Logging in, by the library's book.

use std::collections::BTreeMap;
use std::pin::Pin;

use anyhow::{Context, Result, bail, ensure};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields,
    IssuerUrl, Nonce, PkceCodeChallenge, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{App, Stock, said};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Pid {
    pid: String,
}
impl AdditionalClaims for Pid {}

type Tokens = StandardTokenResponse<
    IdTokenFields<
        Pid,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Oidc = openidconnect::Client<
    Pid,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

impl Stock {
    async fn oidc(&self) -> Result<Oidc> {
        let issuer = IssuerUrl::new(self.settings.idporten_issuer.clone())?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &fetcher(&self.http)).await?;
        let secret = Some(ClientSecret::new(self.settings.login_secret.clone()));
        let client = Oidc::from_provider_metadata(metadata, ClientId::new(self.settings.login_client.clone()), secret);
        Ok(client.set_redirect_uri(RedirectUrl::new(self.settings.redirect_uri.clone())?))
    }

    async fn logged_in_as(&self, back: &BTreeMap<String, String>) -> Result<String> {
        let state = back.get("state").context("no state")?;
        let login = self.memory.lock().unwrap().logins.remove(state);
        let (verifier, nonce) = login.context("unknown state")?;
        ensure!(back.get("iss") == Some(&self.settings.idporten_issuer), "another issuer");
        let client = self.oidc().await?;
        let code = AuthorizationCode::new(back.get("code").context("no code")?.clone());
        let fetch = fetcher(&self.http);
        let tokens = client.exchange_code(code)?.set_pkce_verifier(verifier).request_async(&fetch).await?;
        let id_token = tokens.id_token().context("no id token")?;
        let claims = id_token.claims(&client.id_token_verifier(), &nonce)?;
        let level = claims.auth_context_ref().map_or("", |acr| acr.as_str());
        if !["idporten-loa-substantial", "idporten-loa-high"].contains(&level) {
            bail!("level {level}");
        }
        Ok(claims.additional_claims().pid.clone())
    }
}

type Fetched = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send>>;

/// Our HTTP client as the library wants one.
fn fetcher(http: &reqwest::Client) -> impl Fn(HttpRequest) -> Fetched + use<> {
    let http = http.clone();
    move |request| {
        let http = http.clone();
        Box::pin(async move {
            let answer = http.execute(request.try_into()?).await?;
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await?.to_vec();
            Ok(response)
        })
    }
}

pub(super) async fn login(State(app): State<App>) -> Response {
    let Ok(client) = app.oidc().await else { return said(503, json!({})) };
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .add_auth_context_value(AuthenticationContextClass::new("idporten-loa-substantial".into()))
        .set_pkce_challenge(challenge)
        .url();
    app.memory.lock().unwrap().logins.insert(state.into_secret(), (verifier, nonce));
    Redirect::to(url.as_str()).into_response()
}

pub(super) async fn callback(State(app): State<App>, Query(back): Query<BTreeMap<String, String>>) -> Response {
    match app.logged_in_as(&back).await {
        Ok(pid) => {
            let id = CsrfToken::new_random().into_secret();
            let cookie = format!("stock={id}; Path=/; HttpOnly");
            app.memory.lock().unwrap().sessions.insert(id, pid);
            ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(error) => {
            tracing::debug!(%error, "login refused");
            said(401, json!({}))
        }
    }
}
