//! Who gets in: hosts, the admin API, pages of other origins, proxies, and services by host.

use byteby::app::{self, AdminMode, Config, Running};
use byteby::gate::Cors;

use crate::wire::{Answer, ask};

async fn town(config: Config) -> Running {
    app::start(Config { size: 1500, port: 0, eformidling_port: None, ..config }).await.expect("the server starts")
}

const LIVE: &str = "/_byteby/v1/health/live";
const WORLDS: &str = "/_byteby/v1/worlds";
const DISCOVERY: &str = "/idporten/.well-known/openid-configuration";
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[tokio::test]
async fn a_name_that_is_not_ours_is_421_with_the_fix() {
    let town = town(Config { allowed_hosts: vec!["town.example".into()], ..Config::default() }).await;
    let port = town.addr.port();
    for path in ["/", DISCOVERY, WORLDS, "/ui/people"] {
        let answer = ask(port, "GET", path, &[("Host", "evil.example:80")], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (421, "BB1101"), "{path}");
        assert!(answer.body.contains("--allowed-hosts evil.example"), "{}", answer.body);
    }
    assert_eq!(ask(port, "GET", LIVE, &[("Host", "Town.Example:99")], "").await.status, 200);
    // Ten digits and one that make a real number: it is not said again.
    let answer = ask(port, "GET", DISCOVERY, &[("Host", "01010112377.example")], "").await;
    assert_eq!(answer.status, 421);
    assert!(!answer.body.contains("01010112377"), "{}", answer.body);
    town.stop().await;
}

#[tokio::test]
async fn services_have_hosts_of_their_own() {
    let town = town(Config::default()).await;
    let port = town.addr.port();
    let at = async |host: &str, path: &str| ask(port, "GET", path, &[("Host", host)], "").await;
    let well_known = "/.well-known/openid-configuration";
    for (host, issuer) in [
        (format!("idporten.localhost:{port}"), format!("http://idporten.localhost:{port}")),
        (format!("idporten.main.localhost:{port}"), format!("http://idporten.main.localhost:{port}")),
        ("test.idporten.no".to_owned(), "http://test.idporten.no".to_owned()),
        (format!("localhost:{port}"), format!("http://localhost:{port}/idporten")),
    ] {
        let path = if host.starts_with("localhost") { DISCOVERY } else { well_known };
        let document = at(&host, path).await.json();
        assert_eq!(document["issuer"], issuer, "{host}");
        assert_eq!(document["token_endpoint"], format!("{issuer}/token"), "{host}");
    }
    let machine = at("test.maskinporten.no", "/.well-known/oauth-authorization-server").await.json();
    assert_eq!(machine["issuer"], "http://test.maskinporten.no/");
    assert_eq!(at("krr.nowhere.localhost", "/rest/v2/personer").await.status, 404);
    let wrong = at("kr.main.localhost", "/rest/v2/personer").await;
    assert_eq!((wrong.status, wrong.code().as_str()), (404, "BB1103"));
    assert!(wrong.body.contains("`krr`"), "{}", wrong.body);
    // A host of one service has no pages and no admin API.
    assert_eq!(at("krr.localhost", WORLDS).await.status, 404);
    let two = ask(port, "GET", "/w/main/rest", &[("Host", "krr.other.localhost")], "").await;
    assert_eq!(two.status, 409);
    town.stop().await;
}

#[tokio::test]
async fn a_token_opens_the_admin_api_and_the_pages() {
    let town = town(Config { admin_token: Some("a-token-of-this-test".into()), ..Config::default() }).await;
    let port = town.addr.port();
    let none = ask(port, "GET", WORLDS, &[], "").await;
    assert_eq!((none.status, none.code().as_str(), none.header("www-authenticate")), (401, "BB1105", Some("Bearer")));
    assert!(none.body.contains("BYTEBY_ADMIN_TOKEN"), "{}", none.body);
    for wrong in ["Bearer a-token-of-this-tes", "Bearer ", "Basic a-token-of-this-test"] {
        assert_eq!(ask(port, "GET", WORLDS, &[("Authorization", wrong)], "").await.status, 401, "{wrong}");
    }
    let right = ("Authorization", "Bearer a-token-of-this-test");
    assert_eq!(ask(port, "GET", WORLDS, &[right], "").await.status, 200);
    for open in [LIVE, "/_byteby/v1/ca.pem", DISCOVERY, "/ui/byteby.css"] {
        assert_eq!(ask(port, "GET", open, &[], "").await.status, 200, "{open}");
    }
    let page = ask(port, "GET", "/ui/people?lang=en", &[("Accept-Language", "en")], "").await;
    assert_eq!(page.status, 401);
    assert!(page.body.contains("action=\"/ui/token\"") && page.body.contains("/ui/people?lang=en"), "{}", page.body);
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let wrong = ask(port, "POST", "/ui/token", &[form], "token=no&next=%2Fui%2Fpeople").await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("role=\"alert\""));
    let entered = ask(port, "POST", "/ui/token", &[form], "token=a-token-of-this-test&next=%2Fui%2Fpeople").await;
    assert_eq!((entered.status, entered.header("location")), (303, Some("/ui/people")));
    let cookie = entered.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert!(!cookie.contains("a-token-of-this-test"), "the token itself is not in the cookie");
    let cookie = ("Cookie", cookie.split(';').next().unwrap());
    assert_eq!(ask(port, "GET", "/ui/people", &[cookie], "").await.status, 200);
    assert_eq!(ask(port, "GET", WORLDS, &[cookie], "").await.status, 200);
    let away = ask(port, "POST", "/ui/token", &[form], "token=a-token-of-this-test&next=%2F%2Fevil.example").await;
    assert_eq!(away.header("location"), Some("/ui"));
    town.stop().await;
}

#[tokio::test]
async fn who_is_near_is_judged_by_the_connection_and_by_what_a_proxy_admits() {
    let local = town(Config::default()).await;
    let port = local.addr.port();
    assert_eq!(ask(port, "GET", WORLDS, &[], "").await.status, 200);
    for (name, value, near) in [
        ("X-Forwarded-For", "203.0.113.9", false),
        ("X-Forwarded-For", "10.0.0.9", false),
        ("X-Forwarded-For", "127.0.0.1", true),
        ("Forwarded", "for=\"[2001:db8::1]\"", false),
        ("Forwarded", "for=unknown", false),
    ] {
        let answer = ask(port, "GET", WORLDS, &[(name, value)], "").await;
        assert_eq!(answer.status, if near { 200 } else { 403 }, "{name}: {value}");
        assert!(near || answer.code() == "BB1104", "{}", answer.body);
        assert_eq!(ask(port, "GET", "/ui", &[(name, value)], "").await.status, if near { 200 } else { 403 });
        assert_eq!(ask(port, "GET", DISCOVERY, &[(name, value)], "").await.status, 200, "mocks are for everybody");
    }
    local.stop().await;
    let peers = town(Config { admin: Some(AdminMode::Peers), ..Config::default() }).await;
    let status =
        async |address| ask(peers.addr.port(), "GET", WORLDS, &[("X-Forwarded-For", address)], "").await.status;
    assert_eq!([status("10.0.0.9").await, status("fd00::9").await, status("203.0.113.9").await], [200, 200, 403]);
    peers.stop().await;
}

#[test]
fn the_default_is_by_the_address_bound() {
    let access = |config: Config| config.admin_access();
    let anywhere = Config { host: "0.0.0.0".parse().unwrap(), ..Config::default() };
    assert_eq!(access(Config::default()).word(), "local");
    assert_eq!(access(anywhere.clone()).word(), "token");
    assert_ne!(access(anywhere.clone()), access(anywhere.clone()), "a token is made anew each time");
    assert_eq!(access(Config { admin: Some(AdminMode::Peers), ..anywhere.clone() }).word(), "peers");
    let given = Config { admin: Some(AdminMode::Local), admin_token: Some("given".into()), ..Config::default() };
    assert_eq!(access(given).word(), "token");
    assert!(!format!("{:?}", access(anywhere)).contains('"'), "a token is not printed by accident");
}

#[tokio::test]
async fn a_trusted_proxy_gives_scheme_and_host() {
    let forwarded =
        [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "byteby")];
    let issuer =
        async |town: &Running| ask(town.addr.port(), "GET", DISCOVERY, &forwarded, "").await.json()["issuer"].clone();
    let trusting = town(Config { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..Config::default() }).await;
    assert_eq!(issuer(&trusting).await, "https://byteby/idporten");
    let evil = ask(trusting.addr.port(), "GET", DISCOVERY, &[("X-Forwarded-Host", "evil.example")], "").await;
    assert_eq!(evil.status, 421, "also a proxy names only hosts of ours");
    trusting.stop().await;
    let plain = town(Config::default()).await;
    assert_eq!(issuer(&plain).await, format!("http://localhost:{}/idporten", plain.addr.port()));
    plain.stop().await;
}

fn cors(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

#[tokio::test]
async fn permissive_lets_pages_on_this_machine_and_of_declared_apps_read() {
    let town = town(Config { allowed_hosts: vec!["town.example".into()], ..Config::default() }).await;
    let port = town.addr.port();
    let krr = "/krr/rest/v2/personer";
    for near in [
        "http://localhost:5173",
        "https://app.localhost",
        "http://127.0.0.1:8080",
        "http://[::1]:1",
        "https://town.example",
    ] {
        let answer = ask(port, "POST", krr, &[("Origin", near), JSON], "{}").await;
        assert_eq!(cors(&answer), (Some(near), Some("true")), "{near}");
        assert!(answer.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("origin")), "{near}");
        assert!(answer.header("access-control-expose-headers").unwrap_or("").contains("byteby-request-id"), "{near}");
        let wanted = [
            ("Origin", near),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "authorization, x-a"),
        ];
        let before = ask(port, "OPTIONS", krr, &wanted, "").await;
        assert_eq!(before.status, 204, "{near}");
        assert_eq!(before.header("access-control-allow-headers"), Some("authorization, x-a"));
        assert_eq!(before.header("access-control-allow-methods"), Some("PUT"));
        assert_eq!(cors(&before), (Some(near), Some("true")));
    }
    for far in ["https://evil.example", "null", "http://localhost.evil.example", "http://app.example"] {
        let answer = ask(port, "POST", krr, &[("Origin", far), JSON], "{}").await;
        assert_eq!(cors(&answer), (None, None), "{far}");
        let before = ask(port, "OPTIONS", krr, &[("Origin", far), ("Access-Control-Request-Method", "PUT")], "").await;
        assert_eq!(before.status, 403, "{far}");
    }
    let client = serde_json::json!({ "integration_type": "idporten", "client_id": "nettleser", "redirect_uris": ["http://app.example/callback"] });
    let made = ask(port, "POST", "/_byteby/v1/worlds/main/clients", &[JSON], &client.to_string()).await;
    assert!(made.status < 300, "{made:?}");
    let answer = ask(port, "POST", krr, &[("Origin", "http://app.example"), JSON], "{}").await;
    assert_eq!(cors(&answer), (Some("http://app.example"), Some("true")));
    town.stop().await;
}

#[tokio::test]
async fn faithful_allows_what_the_real_api_allows() {
    let town = town(Config { cors: Cors::Faithful, ..Config::default() }).await;
    let port = town.addr.port();
    let near = ("Origin", "http://localhost:5173");
    for (method, path, allowed) in [
        ("GET", DISCOVERY, Some("*")),
        ("GET", "/idporten/jwks.json", Some("*")),
        ("GET", "/maskinporten/jwk", Some("*")),
        ("GET", "/maskinporten/.well-known/oauth-authorization-server", Some("*")),
        ("POST", "/idporten/token", None),
        ("POST", "/maskinporten/token", None),
        ("POST", "/krr/rest/v2/personer", None),
        ("GET", "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/1", None),
        ("GET", "/eformidling/api/conversations", None),
    ] {
        let answer = ask(port, method, path, &[near], "").await;
        assert_eq!(cors(&answer), (allowed, None), "{path}: {answer:?}");
        let before = ask(port, "OPTIONS", path, &[near, ("Access-Control-Request-Method", method)], "").await;
        assert_eq!(before.status, if allowed.is_some() { 204 } else { 403 }, "{path}");
    }
    town.stop().await;
}

#[tokio::test]
async fn the_admin_api_lets_no_page_of_another_origin_in_unless_named() {
    let town = town(Config { admin_origins: vec!["https://tool.example".into()], ..Config::default() }).await;
    let port = town.addr.port();
    let wanted = ("Access-Control-Request-Method", "POST");
    for far in ["http://localhost:5173", "https://evil.example", "null"] {
        assert_eq!(cors(&ask(port, "GET", WORLDS, &[("Origin", far)], "").await), (None, None), "{far}");
        let before = ask(port, "OPTIONS", WORLDS, &[("Origin", far), wanted], "").await;
        assert_eq!((before.status, before.code().as_str()), (403, "BB1006"), "{far}");
        let site = [("Origin", far), ("Sec-Fetch-Site", "cross-site"), JSON];
        let write = ask(port, "POST", WORLDS, &site, "{\"name\":\"stolen\"}").await;
        assert_eq!((write.status, write.code().as_str()), (403, "BB1006"), "{far}");
    }
    let tool = "https://tool.example";
    let site = [("Origin", tool), ("Sec-Fetch-Site", "cross-site"), JSON];
    let write = ask(port, "POST", WORLDS, &site, "{\"name\":\"made\",\"size\":1500}").await;
    assert_eq!((write.status, cors(&write)), (201, (Some(tool), Some("true"))), "{write:?}");
    assert_eq!(ask(port, "OPTIONS", WORLDS, &[("Origin", tool), wanted], "").await.status, 204);
    assert!(town.hall.world("stolen").is_none() && town.hall.world("made").is_some());
    town.stop().await;
}

#[tokio::test]
async fn headers_off_leaves_nothing_of_ours_and_the_public_url_can_be_told_later() {
    let town = town(Config { headers: false, ..Config::default() }).await;
    let port = town.addr.port();
    for (method, path) in [("GET", DISCOVERY), ("POST", "/krr/rest/v2/personer"), ("GET", "/nowhere")] {
        let answer = ask(port, method, path, &[], "").await;
        assert!(!answer.head.to_ascii_lowercase().contains("byteby"), "{}", answer.head);
    }
    let set = async |url: &str| {
        let body = serde_json::json!({ "url": url }).to_string();
        ask(port, "PUT", "/_byteby/v1/server/public-url", &[JSON], &body).await
    };
    assert_eq!(set("localhost:49153").await.code(), "BB1002");
    assert_eq!(set("http://localhost:49153/").await.status, 204);
    let document = ask(port, "GET", DISCOVERY, &[], "").await.json();
    let authorize = document["authorization_endpoint"].as_str().unwrap();
    assert!(authorize.starts_with("http://localhost:49153/idporten/~"), "{authorize}");
    assert_eq!(document["issuer"], format!("http://localhost:{port}/idporten"));
    town.stop().await;
}
