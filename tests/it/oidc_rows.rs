//! The rows of `specs/eid.md` §9 that only the wire shows: methods and forms (23), limits (43), broken text (44), and a
//! whole log-in with everything the login services offer, in a world of its own.

use byteby::app::{Config, Running, start};
use serde_json::{Value, json};

use crate::wire::{Answer, ask, parse, raw};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const CALLBACK: &str = "http://localhost:9/callback";
const CHALLENGE: &str = "code_challenge=N1T29-CopBKE2NdrUWO0usWNDgGq1Es2IMFtvZRcJww&code_challenge_method=S256";

/// What programs post to.
const POSTED: [&str; 6] = ["/token", "/par", "/token/introspect", "/tokeninfo", "/token/revoke", "/revoke"];

async fn town() -> Running {
    start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts")
}

async fn post(port: u16, path: &str, body: &str) -> Answer {
    ask(port, "POST", path, &[FORM], body).await
}

#[tokio::test]
async fn row_23_only_forms_are_posted_and_nothing_else_is_sent() {
    let town = town().await;
    let port = town.addr.port();
    for service in ["idporten", "ansattporten"] {
        for path in POSTED.map(|path| format!("/{service}{path}")) {
            for method in ["GET", "PUT", "DELETE", "PATCH"] {
                let answer = ask(port, method, &path, &[], "").await;
                assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method} {path}");
            }
            for kind in ["application/json", "text/plain", "multipart/form-data; boundary=x", "application/x-www-form"]
            {
                let answer = ask(port, "POST", &path, &[("Content-Type", kind)], "token=x&client_id=y").await;
                assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")), "{kind} {path}");
            }
            let answer = ask(port, "POST", &path, &[], "token=x").await;
            assert_eq!((answer.status, &answer.json()["error"]), (400, &json!("invalid_request")), "{path}");
            let charset = [("Content-Type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")];
            let answer = ask(port, "POST", &path, &charset, "grant_type=authorization_code&token=x&client_id=y").await;
            assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json;charset=UTF-8"), "{path}");
            assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
        }
        let answer = ask(port, "PUT", &format!("/{service}/authorize"), &[], "").await;
        assert_eq!(answer.status, 405);
        let allowed = answer.header("allow").unwrap();
        assert!(allowed.contains("GET") && allowed.contains("POST"), "{allowed}");
    }
    town.stop().await;
}

/// Row 43: each limit met exactly, and passed by one.
#[tokio::test]
async fn row_43_bodies_headers_and_addresses_have_limits() {
    let town = town().await;
    let port = town.addr.port();
    let form = |length: usize| format!("grant_type=x&a={}", "b".repeat(length - "grant_type=x&a=".len()));
    for path in POSTED.map(|path| format!("/idporten{path}")) {
        assert_eq!(post(port, &path, &form(64 << 10)).await.status / 100, 4);
        assert_ne!(post(port, &path, &form(64 << 10)).await.status, 413, "{path}");
        assert_eq!(post(port, &path, &form((64 << 10) + 1)).await.status, 413, "{path}");
    }
    let discovery = "/idporten/.well-known/openid-configuration";
    // Names and values of all header lines together, whether one of them is long or there are many.
    let lines = |length: usize, many: bool| {
        let own = "Host".len() + "localhost".len() + "Connection".len() + "close".len();
        let rest = length - own;
        let each = if many { 200 } else { rest };
        let mut left = rest;
        let mut head = String::new();
        while left > 0 {
            // What is left over goes into the last line.
            let size = if left < 2 * each { left } else { each };
            head.push_str(&format!("X-F: {}\r\n", "x".repeat(size - "X-F".len())));
            left -= size;
        }
        head
    };
    for path in [discovery, "/maskinporten/jwk", "/ansattporten/jwks.json"] {
        for many in [false, true] {
            for (length, status) in [(32 << 10, 200), ((32 << 10) + 1, 431)] {
                let request = format!(
                    "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n",
                    lines(length, many)
                );
                let answer = parse(&raw(port, request.as_bytes()).await);
                assert_eq!(answer.status, status, "{path} {length} {many}");
            }
        }
    }
    let address = |length: usize| format!("{discovery}?x={}", "y".repeat(length - discovery.len() - 3));
    assert_eq!(ask(port, "GET", &address(16 << 10), &[], "").await.status, 200);
    assert_eq!(ask(port, "GET", &address((16 << 10) + 1), &[], "").await.status, 414);
    town.stop().await;
}

#[tokio::test]
async fn row_44_broken_text_is_a_page_or_an_invalid_request() {
    let town = town().await;
    let port = town.addr.port();
    for broken in ["client_id=%", "client_id=%4", "client_id=%zz", "client_id=%FF", "client_id=%C3%28", "%FF=x"] {
        for service in ["idporten", "ansattporten"] {
            for method in ["GET", "POST"] {
                let base = format!("/{service}/authorize");
                let answer = match method {
                    "GET" => ask(port, method, &format!("{base}?{broken}"), &[], "").await,
                    _ => post(port, &base, broken).await,
                };
                let page = answer.header("content-type").unwrap_or_default().starts_with("text/html");
                assert_eq!((answer.status, page, answer.header("location")), (400, true, None), "{method} {broken}");
            }
            for path in POSTED.map(|path| format!("/{service}{path}")) {
                let answer = post(port, &path, broken).await;
                assert_eq!(
                    (answer.status, &answer.json()["error"]),
                    (400, &json!("invalid_request")),
                    "{path} {broken}"
                );
            }
        }
    }
    // Bytes that are no text at all, on the line and in the body.
    for request in [
        &b"GET /idporten/authorize?client_id=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"[..],
        b"POST /idporten/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\ngrant_type=\xff",
    ] {
        let answer = parse(&raw(port, request).await);
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    town.stop().await;
}

/// The value of `name` in the query of the address an answer leads to.
fn led(answer: &Answer, name: &str) -> String {
    assert!(matches!(answer.status, 302 | 303), "{answer:?}");
    let location = answer.header("location").unwrap();
    assert!(location.starts_with(CALLBACK), "{location}");
    let start = format!("{name}=");
    let found = location.split(['?', '&']).find_map(|pair| pair.strip_prefix(start.as_str()));
    found.unwrap_or_else(|| panic!("no {name} in {location}")).to_owned()
}

/// Pushed, logged in, exchanged, refreshed, asked about and given back, in a fork and nowhere else. The world is named
/// where the app is told to go, and the pushed request, the code and the tokens know it themselves.
#[tokio::test]
async fn a_log_in_with_everything_stays_in_its_world() {
    let town = town().await;
    let port = town.addr.port();
    let json_of = [("Content-Type", "application/json")];
    let client = json!({
        "integration_type": "idporten", "client_id": "alt", "client_name": "Alt", "redirect_uris": [CALLBACK],
        "client_secret": "hemmelig", "scopes": ["openid", "profile"],
        "token_endpoint_auth_method": "client_secret_post", "grant_types": ["authorization_code", "refresh_token"],
    });
    let answer = ask(port, "PUT", "/_byteby/v1/worlds/main/clients/alt", &json_of, &client.to_string()).await;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    town.hall.fork("main", Some("gren")).unwrap();
    let people = town.hall.world("gren").unwrap().town();
    let adult = people.people().find(|person| person.is_bosatt() && person.alder() >= 18).unwrap();
    let pid = adult.nummer().to_string();
    let proof = "client_id=alt&client_secret=hemmelig";
    let request = format!(
        "{proof}&response_type=code&scope=openid%20profile&redirect_uri={CALLBACK}&state=x&{CHALLENGE}\
         &login_hint=testid:{pid}_idporten-loa-high"
    );
    let pushed = post(port, "/w/gren/idporten/par", &request).await;
    assert_eq!((pushed.status, &pushed.json()["expires_in"]), (201, &json!(120)), "{pushed:?}");
    let uri = pushed.json()["request_uri"].as_str().unwrap().replace(':', "%3A");
    // The browser comes without the world in its address.
    let back = ask(port, "GET", &format!("/idporten/authorize?client_id=alt&request_uri={uri}"), &[], "").await;
    let code = led(&back, "code");
    let verifier = "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDEF";
    let exchange =
        format!("{proof}&grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={verifier}");
    let tokens = post(port, "/w/gren/idporten/token", &exchange).await;
    assert_eq!(tokens.status, 200, "{tokens:?}");
    let text = |answer: &Answer, name: &str| answer.json()[name].as_str().unwrap_or_default().to_owned();
    let refresh = format!("{proof}&grant_type=refresh_token&refresh_token={}", text(&tokens, "refresh_token"));
    assert_eq!(post(port, "/idporten/token", &refresh).await.json()["error"], "invalid_grant", "not of main");
    let again = post(port, "/w/gren/idporten/token", &refresh).await;
    assert_eq!(again.status, 200, "{again:?}");
    let info = async |token: &str| {
        let bearer = format!("Bearer {token}");
        ask(port, "GET", "/w/gren/idporten/userinfo", &[("Authorization", &bearer)], "").await
    };
    assert_eq!(info(&text(&again, "access_token")).await.json()["pid"], json!(pid));
    let give_back = format!("{proof}&token={}", text(&again, "refresh_token"));
    let gone = post(port, "/w/gren/idporten/revoke", &give_back).await;
    assert_eq!((gone.status, gone.body.as_str()), (200, ""));
    for answer in [&tokens, &again] {
        assert_eq!(info(&text(answer, "access_token")).await.status, 401);
    }
    let asked = post(port, "/w/gren/idporten/tokeninfo", &format!("{proof}&token=x")).await;
    assert_eq!((asked.status, asked.json()["error"].clone()), (403, Value::from("insufficient_scope")));
    town.stop().await;
}
