//! A stock OpenID Connect library against a started town: nothing is known but issuer, client id and return address.
#![allow(clippy::unwrap_used, reason = "test code")]

use std::pin::Pin;

use byteby::access::{DEMO_MACHINE_CLIENT, DEMO_SCOPES, default_clients};
use byteby::app::{Config, Running, start};
use byteby::keys::client_key;
use byteby::town::decide::{Cause, Command, KlientCommand};
use byteby::townhall::World;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClientId, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse,
};
use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

const CALLBACK: &str = "http://localhost:9/callback";

async fn town(config: Config) -> Running {
    start(Config { size: 1500, ..config }).await.expect("a town on a free port")
}

fn open() -> Config {
    Config { open_clients: true, ..Config::on_free_port() }
}

fn http() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

type Fetched = Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send>>;

fn fetcher(http: &Client) -> impl Fn(HttpRequest) -> Fetched + use<> {
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

/// The identity number of an adult resident.
fn citizen(world: &World) -> String {
    let town = world.town();
    let found = town.people().find(|person| person.is_bosatt() && person.alder() >= 18).map(|person| person.nummer());
    found.expect("an adult in a town of 1500").to_string()
}

/// The query of the address a response leads to.
fn returned(response: &Response) -> Vec<(String, String)> {
    assert!(response.status().is_redirection(), "{}", response.status());
    let location = response.headers()[LOCATION].to_str().unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    reqwest::Url::parse(location).unwrap().query_pairs().into_owned().collect()
}

fn one<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

/// The whole flow below `base`, from discovery to userinfo. `visit` takes the browser from the authorization address to
/// the return address. Gives the access token.
async fn flow(base: &str, pid: &str, visit: impl AsyncFn(&Client, reqwest::Url) -> Response) -> String {
    let http = http();
    let fetch = fetcher(&http);
    let issuer = IssuerUrl::new(format!("{base}/idporten")).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer.clone(), &fetch).await.expect("discovery");
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("min-app".into()), None)
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = CoreAuthenticationFlow::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("profile".into()))
        .set_pkce_challenge(challenge)
        .url();
    let pairs = returned(&visit(&http, url).await);
    assert_eq!((one(&pairs, "state"), one(&pairs, "iss")), (state.secret().as_str(), issuer.as_str()));
    let code = AuthorizationCode::new(one(&pairs, "code").to_owned());
    let tokens = client.exchange_code(code).unwrap().set_pkce_verifier(verifier).request_async(&fetch).await;
    let tokens = tokens.expect("tokens for the code");
    let id_token = tokens.id_token().expect("an ID token");
    let verifier = client.id_token_verifier();
    let claims = id_token.claims(&verifier, &nonce).expect("issuer, audience, signature, times and nonce are right");
    assert_eq!(claims.issuer().as_str(), issuer.as_str());
    // The real service sends no `at_hash`; what the library makes of the algorithm must still work.
    AccessTokenHash::from_token(
        tokens.access_token(),
        id_token.signing_alg().unwrap(),
        id_token.signing_key(&verifier).unwrap(),
    )
    .expect("the algorithm is one the library knows");
    let info: CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&fetch)
        .await
        .expect("userinfo of the same subject");
    assert_eq!(info.subject(), claims.subject());
    let payload = id_token.to_string();
    let payload = byteby::keys::decode_url(payload.split('.').nth(1).unwrap()).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["pid"], pid);
    tokens.access_token().secret().clone()
}

/// Logs in without a page.
async fn headless(http: &Client, mut url: reqwest::Url, pid: &str) -> Response {
    url.query_pairs_mut().append_pair("login_hint", &format!("testid:{pid}_idporten-loa-high"));
    http.get(url).send().await.unwrap()
}

#[tokio::test]
async fn a_stock_library_logs_in_with_issuer_client_id_and_return_address() {
    let town = town(open()).await;
    let pid = citizen(&town.main());
    flow(&town.base_url(), &pid, async |http, url| headless(http, url, &pid).await).await;
    town.stop().await;
}

#[tokio::test]
async fn in_a_forked_world_the_same_flow_never_touches_main() {
    let town = town(open()).await;
    let fork = town.hall.fork("main", Some("gren")).unwrap();
    let before = town.main().ledger().head();
    let pid = citizen(&fork);
    let base = format!("{}/w/gren", town.base_url());
    let token = flow(&base, &pid, async |http, url| {
        assert!(url.as_str().starts_with(&format!("{base}/idporten/authorize")), "{url}");
        headless(http, url, &pid).await
    })
    .await;
    let (main, gren) = (town.main().incarnation(), fork.incarnation());
    assert!(town.observe.since(0, Some(main)).is_empty(), "no request reached main");
    let seen = town.observe.since(0, Some(gren));
    let operations: Vec<&str> = seen.iter().map(|entry| entry.note.operation).collect();
    let expected = ["discovery", "jwks", "innlogging", "token", "userinfo"].map(|part| format!("idporten.{part}"));
    assert_eq!(operations, expected);
    assert_eq!(town.main().ledger().head(), before);

    let http = http();
    let ask =
        async |base: &str| http.get(format!("{base}/idporten/userinfo")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(ask(&base).await.status(), StatusCode::OK);
    let refused = ask(&town.base_url()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "a citizen's token is good in its own world only");
    assert!(refused.headers()["byteby-hint"].to_str().unwrap().contains("another world"));
    town.stop().await;
}

/// The value of a hidden field on the login page.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    let from = page.find(&start).unwrap_or_else(|| panic!("no field {name} in {page}")) + start.len();
    page[from..].split('"').next().unwrap()
}

#[tokio::test]
async fn the_page_works_through_forms_and_its_session_answers_the_next_request() {
    let town = town(open()).await;
    town.hall.fork("main", Some("gren")).unwrap();
    let origin = town.base_url();
    let base = format!("{origin}/w/gren");
    let pid = citizen(&town.main());
    let cookie = std::sync::Mutex::new(String::new());
    let by_page = async |http: &Client, url: reqwest::Url| {
        let response = http.get(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let page = response.text().await.unwrap();
        let action = page.split("method=\"post\" action=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(action, "/w/gren/idporten/login", "the page stays in its world");
        let form = [
            ("innlogging", hidden(&page, "innlogging")),
            ("client_id", hidden(&page, "client_id")),
            ("pid", &pid),
            ("action", "login"),
        ];
        let response = http.post(format!("{origin}{action}")).form(&form).send().await.unwrap();
        let set = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        assert!(set.contains("_gren_idporten=") && set.contains("Path=/w/gren/idporten;"), "{set}");
        *cookie.lock().unwrap() = set.split(';').next().unwrap().to_owned();
        response
    };
    flow(&base, &pid, by_page).await;
    let session = cookie.lock().unwrap().clone();
    let by_session =
        async |http: &Client, url: reqwest::Url| http.get(url).header(COOKIE, &session).send().await.unwrap();
    flow(&base, &pid, by_session).await;
    town.stop().await;
}

#[tokio::test]
async fn an_app_that_reaches_the_town_under_another_name_keeps_its_own_issuer() {
    let town = town(Config { public_url: Some("http://by.localhost:1".into()), ..open() }).await;
    let pid = citizen(&town.main());
    let base = town.base_url();
    flow(&base, &pid, async |http, url| {
        let address = url.as_str();
        assert!(address.starts_with("http://by.localhost:1/idporten/~"), "the browser's own address: {address}");
        // What the browser reaches under that name is this very server.
        let here = address.replace("http://by.localhost:1", &base);
        headless(http, here.parse().unwrap(), &pid).await
    })
    .await;
    town.stop().await;
}

async fn register_defaults(town: &Running) {
    for klient in default_clients(town.main().town().base.kommune.orgnr) {
        let cause = Cause::of("test", &[klient.client_id.as_bytes()]);
        town.main().command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await.unwrap();
    }
}

#[allow(clippy::disallowed_methods, reason = "an app's assertions follow the machine's clock")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

async fn machine_token(http: &Client, base: &str, jti: &str) -> Response {
    let metadata: Value = http
        .get(format!("{base}/maskinporten/.well-known/oauth-authorization-server"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let claims = json!({
        "aud": metadata["issuer"], "iss": DEMO_MACHINE_CLIENT, "scope": DEMO_SCOPES[0],
        "iat": now(), "exp": now() + 60, "jti": jti,
    });
    let assertion = client_key().sign(None, claims.as_object().unwrap());
    let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", &assertion)];
    http.post(metadata["token_endpoint"].as_str().unwrap()).form(&form).send().await.unwrap()
}

#[tokio::test]
async fn a_town_is_strict_by_default_and_its_own_clients_work_at_once() {
    let town = town(Config::on_free_port()).await;
    register_defaults(&town).await;
    let (http, base) = (http(), town.base_url());
    let response = machine_token(&http, &base, "1").await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["scope"], DEMO_SCOPES[0]);
    let again: Value = machine_token(&http, &base, "1").await.json().await.unwrap();
    assert_eq!(again["error"], "invalid_grant");
    // A fork inherits the client and begins without the memory of its assertions.
    town.hall.fork("main", Some("gren")).unwrap();
    assert_eq!(machine_token(&http, &format!("{base}/w/gren"), "1").await.status(), StatusCode::OK);

    let query = [("client_id", "min-app"), ("redirect_uri", CALLBACK), ("response_type", "code"), ("scope", "openid")];
    let response = http.get(format!("{base}/idporten/authorize")).query(&query).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "an unregistered client ends on a page");
    assert!(response.headers()["byteby-hint"].to_str().unwrap().contains("--open-clients"));
    town.stop().await;
}

#[tokio::test]
async fn methods_paths_and_who_must_say_who_asks() {
    let town = town(open()).await;
    let (http, base) = (http(), town.base_url());
    let get = async |path: &str| http.get(format!("{base}{path}")).send().await.unwrap();
    for path in ["/idporten/token", "/maskinporten/token"] {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(response.headers()["allow"], "POST", "{path}");
    }
    for path in ["/idporten/nothing", "/maskinporten/tokeninfo", "/maskinporten/"] {
        assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/idporten/par", "/idporten/token/introspect", "/idporten/tokeninfo", "/idporten/token/revoke"] {
        let response = http.post(format!("{base}{path}")).form(&[("token", "x")]).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}: nobody says who asks");
        let fault: Value = response.json().await.unwrap();
        assert_eq!(fault["error"], "invalid_client", "{path}: {fault}");
    }
    let documents = [
        "/idporten/.well-known/openid-configuration",
        "/idporten/.well-known/oauth-authorization-server",
        "/idporten/jwks.json",
        "/maskinporten/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/maskinporten",
        "/.well-known/oauth-authorization-server/maskinporten/",
        "/maskinporten/.well-known/oauth-authorization-server/",
        "/maskinporten//.well-known/oauth-authorization-server",
        "/w/main/maskinporten/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/w/main/maskinporten",
        "/.well-known/oauth-authorization-server/w/main/maskinporten/",
        "/maskinporten/jwk",
    ];
    for path in documents {
        let response = get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], "*", "{path}");
        assert_eq!(response.headers()["cache-control"], "max-age=3600", "{path}");
    }
    town.stop().await;
}
