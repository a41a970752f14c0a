//! Requests nobody would send by accident: each gets the documented answer, and the server still answers afterwards.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use byteby::app::{self, Config, Running};
use byteby::gate::{Bounds, Listen, Tls};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::wire::{ask, connect, parse, raw, read_all};

/// How long we wait for what must happen. Nothing here measures time.
const PATIENCE: Duration = Duration::from_mins(1);

async fn town() -> Running {
    app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts")
}

/// The server answers a mock and the admin API as if nothing had happened.
async fn still_answers(town: &Running) {
    let port = town.addr.port();
    for path in ["/idporten/.well-known/openid-configuration", "/_byteby/v1/worlds"] {
        let answer = timeout(PATIENCE, ask(port, "GET", path, &[], "")).await.expect("an answer");
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let town = town().await;
    let port = town.addr.port();
    let long = "x".repeat(70 << 10);
    for path in ["/krr/rest/v2/personer", "/_byteby/v1/worlds"] {
        let answer = ask(port, "GET", path, &[("X-Long", &long)], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (431, "BB1102"), "{path}");
    }
    let address = format!("/krr/{}", "y".repeat(66_000));
    assert!([414, 431].contains(&ask(port, "GET", &address, &[], "").await.status));
    // A hundred megabytes of one line: taking them would be the mistake.
    let mut stream = connect(port).await;
    let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ").await;
    let (mut reader, mut writer) = stream.into_split();
    let flood = tokio::spawn(async move {
        let block = vec![b'z'; 1 << 16];
        let mut sent = 0_usize;
        while sent < 100 << 20 {
            if writer.write_all(&block).await.is_err() {
                break;
            }
            sent += block.len();
        }
        sent
    });
    let said = timeout(PATIENCE, read_all(&mut reader)).await.expect("the connection ends");
    let sent = timeout(PATIENCE, flood).await.expect("the flood ends").unwrap();
    assert!(sent < 100 << 20, "the server read {sent} bytes of a head");
    // The refusal can be lost with the connection; nothing else may stand there.
    assert!(said.is_empty() || parse(&said).status == 431, "{said}");
    let many: String = (0..5_000).map(|line| format!("X-{line}: 1\r\n")).collect();
    let said = raw(port, format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n").as_bytes()).await;
    assert!(said.is_empty() || parse(&said).status == 431, "{said}");
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_413() {
    let town = town().await;
    let port = town.addr.port();
    let block = "b".repeat(11 << 20);
    let json = ("Content-Type", "application/json");
    for path in ["/krr/rest/v2/personer", "/eformidling/api/messages/out", "/_byteby/v1/worlds"] {
        let answer = ask(port, "POST", path, &[json], &block).await;
        assert_eq!(answer.status, 413, "{path}: {}", answer.head);
        let chunks = format!("{:x}\r\n{block}\r\n0\r\n\r\n", block.len());
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let request = format!("{head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let said = raw(port, request.as_bytes()).await;
        assert_eq!(parse(&said).status, 413, "{path}");
        // Announced only, and asked for.
        let said =
            raw(port, format!("{head}Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n").as_bytes()).await;
        assert_eq!(parse(&said).status, 413, "{path}: {said}");
    }
    let limit = serde_json::json!({ "personidentifikatorer": ["x".repeat(2 << 20)] }).to_string();
    let within = ask(port, "POST", "/krr/rest/v2/personer", &[json], &limit).await;
    assert_ne!(within.status, 413);
    assert_eq!(ask(port, "POST", "/_byteby/v1/worlds", &[json], &block).await.code(), "BB1012");
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn two_ways_to_read_a_request_are_none() {
    let town = town().await;
    let port = town.addr.port();
    let hidden = "GET /_byteby/v1/version HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let head = "POST /krr/rest/v2/personer HTTP/1.1\r\nHost: localhost\r\n";
    for (what, request) in [
        (
            "CL.TE",
            format!(
                "{head}Content-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
                5 + hidden.len()
            ),
        ),
        ("TE.CL", format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}")),
        ("TE.TE", format!("{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}")),
        ("unknown TE", format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{hidden}")),
        ("two lengths", format!("{head}Content-Length: 0\r\nContent-Length: 60\r\n\r\n{hidden}")),
        ("a signed length", format!("{head}Content-Length: +0\r\n\r\n{hidden}")),
        ("a length of letters", format!("{head}Content-Length: 0x0\r\n\r\n{hidden}")),
        ("a space before the colon", format!("{head}Content-Length : 0\r\n\r\n{hidden}")),
        ("a folded line", format!("{head}X-A: b\r\n Content-Length: 60\r\n\r\n{hidden}")),
        ("an enormous chunk", format!("{head}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{hidden}")),
        (
            "TE in 1.0",
            format!("POST /krr HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"),
        ),
    ] {
        let said = timeout(PATIENCE, raw(port, request.as_bytes())).await.unwrap_or_else(|_| panic!("{what} hangs"));
        assert!(!said.contains("\"log_format\""), "{what}: the hidden request was answered: {said}");
        assert!(said.matches("HTTP/1.").count() <= 1, "{what}: {said}");
        assert!(said.is_empty() || (400..500).contains(&parse(&said).status), "{what}: {said}");
    }
    let two =
        raw(port, b"GET /krr HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!((parse(&two).status, parse(&two).code().as_str()), (400, "BB1107"));
    let differ =
        raw(port, b"GET http://evil.example/krr HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert_eq!(parse(&differ).code(), "BB1107");
    let proxied =
        raw(port, b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!(parse(&proxied).code(), "BB1101");
    let tunnel =
        raw(port, b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n").await;
    assert_eq!(parse(&tunnel).code(), "BB1101");
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn strange_bytes_in_paths_and_headers_are_the_callers_fault() {
    let town = town().await;
    let port = town.addr.port();
    let places = [
        "/idporten/",
        "/maskinporten/",
        "/krr/rest/v2/",
        "/eformidling/api/messages/out/",
        "/w/",
        "/w/main/krr/",
        "/folkeregisteret/offentlig-med-hjemmel/api/v1/personer/",
        "/_byteby/v1/worlds/",
        "/_byteby/v1/worlds/main/people/",
        "/_byteby/v1/worlds/main/requests/",
        "/ui/",
        "/ui/people/",
        "/",
    ];
    let strange = [
        "%00",
        "%ff%fe",
        "%C0%AF",
        "..%2f..%2fetc%2fpasswd",
        "../../etc/passwd",
        "%2e%2e/",
        "%",
        "%zz",
        "%u0041",
        "a%0d%0aX-A:%20b",
        "//",
        "/./",
        ";x=y",
        "%F0%9F%98%80",
        "%ED%A0%80",
        "{world}",
        "*",
        "\\",
        "|",
    ];
    for place in places {
        for segment in strange {
            let answer = ask(port, "GET", &format!("{place}{segment}"), &[], "").await;
            assert!(
                (300..500).contains(&answer.status) || answer.status == 501 || answer.status == 200,
                "{place}{segment}: {answer:?}"
            );
            assert!(answer.status != 200 || place.starts_with("/ui") || place == "/", "{place}{segment}: {answer:?}");
            assert!(answer.header("x-a").is_none(), "{place}{segment} wrote a header");
        }
        let null =
            raw(port, format!("GET {place}\0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
                .await;
        assert!(null.is_empty() || parse(&null).status == 400, "{place}: {null}");
        let bytes = [
            b"GET ".as_slice(),
            place.as_bytes(),
            b"\xff\xc0 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        ]
        .concat();
        let status = parse(&raw(port, &bytes).await).status;
        assert!(status == 0 || (400..500).contains(&status), "{place}: {status}");
    }
    for name in [
        "Host",
        "Byteby-World",
        "Byteby-Fault",
        "Baggage",
        "Authorization",
        "Cookie",
        "Origin",
        "Accept",
        "Accept-Language",
        "Content-Type",
        "Traceparent",
        "Forwarded",
        "X-Forwarded-For",
        "Idempotency-Key",
        "DPoP",
    ] {
        for value in
            [b"\xff\xfe\x80".as_slice(), b"\"", b"", b",,,;;;===", b"Bearer ", b"Basic !!!", b"%00", "åæø😀".as_bytes()]
        {
            for path in ["/krr/rest/v2/personer", "/_byteby/v1/worlds", "/ui"] {
                let host: &[u8] = if name == "Host" { b"" } else { b"Host: localhost\r\n" };
                let head = format!("POST {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n");
                let request = [head.as_bytes(), host, name.as_bytes(), b": ", value, b"\r\n\r\n"].concat();
                let status = parse(&raw(port, &request).await).status;
                assert!((200..500).contains(&status) || status == 501, "{name}: {value:?} {path}: {status}");
            }
        }
    }
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn bodies_that_unfold_are_refused() {
    let town = town().await;
    let port = town.addr.port();
    let json = ("Content-Type", "application/json");
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let nested = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for body in [&deep, &nested] {
        for path in [
            "/krr/rest/v2/personer",
            "/eformidling/api/messages/out",
            "/_byteby/v1/worlds",
            "/_byteby/v1/worlds/main/clients",
        ] {
            let answer = ask(port, "POST", path, &[json], body).await;
            assert!((400..500).contains(&answer.status), "{path}: {}", answer.head);
        }
    }
    // No XML is read here; a bomb is a body like any other that is no JSON.
    let entities = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;&x;&x;&x;&x;&x;\">]><a>&y;</a>";
    for path in ["/eformidling/api/messages/out", "/krr/rest/v2/personer"] {
        let answer = ask(port, "POST", path, &[("Content-Type", "application/xml")], entities).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    let part = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n\r\n";
    let parts = format!("{}--b--\r\n", part.repeat(100_000));
    let form = ("Content-Type", "multipart/form-data; boundary=b");
    let answer = ask(port, "POST", "/eformidling/api/messages/out/multipart", &[form], &parts).await;
    assert_eq!(
        (answer.status / 100, answer.header("byteby-hint")),
        (4, Some("more-than-1000-parts")),
        "{}",
        answer.head
    );
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn a_question_that_would_take_forever_is_refused() {
    let town = town().await;
    let port = town.addr.port();
    let list = format!("[{}]", vec!["1"; 30].join(","));
    let loops = (0..6).fold("true".to_owned(), |inner, level| format!("{list}.all(x{level}, {inner})"));
    let kin = "husstand.medlemmer.all(a,a.husstand.medlemmer.all(b,b.husstand.medlemmer.all(c,c.doed)))";
    let deep = format!("{}true{}", "(".repeat(2_000), ")".repeat(2_000));
    let long = format!("alder=={}", "1+".repeat(10_000));
    let slow = "navn.matches('(a+)+(a+)+(a+)+$')";
    for (selector, status, code) in [
        (loops.as_str(), 422, "BB1305"),
        (kin, 422, "BB1305"),
        (deep.as_str(), 400, "BB1302"),
        (long.as_str(), 400, "BB1302"),
        (slow, 200, ""),
    ] {
        let query: String = selector.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let path = format!("/_byteby/v1/worlds/main/people?where={query}");
        let answer = timeout(PATIENCE, ask(port, "GET", &path, &[], "")).await.expect("an answer or a refusal");
        assert_eq!(answer.status, status, "{}: {}", &selector[..30], answer.head);
        assert!(code.is_empty() || answer.code() == code, "{}", answer.body);
    }
    still_answers(&town).await;
    town.stop().await;
}

#[tokio::test]
async fn what_only_begins_like_tls_ends_without_harm() {
    let town = town().await;
    let port = town.addr.port();
    for junk in [
        b"\x16".as_slice(),
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05hello",
        b"\x00\x01\x02",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    ] {
        let mut stream = connect(port).await;
        let _ = stream.write_all(junk).await;
        let _ = stream.shutdown().await;
        timeout(PATIENCE, read_all(&mut stream)).await.unwrap_or_else(|_| panic!("{junk:?} hangs"));
    }
    still_answers(&town).await;
    town.stop().await;
}

/// A bare server with narrow bounds, and its port.
async fn narrow(bounds: Bounds) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = watch::channel(false);
    let router = Router::new().route("/", get(|| async { "here" }));
    tokio::spawn(Listen::new(Tls::new(None, Vec::new()), bounds, stopped).serve(listener, router));
    (port, stop)
}

#[tokio::test]
async fn half_a_request_does_not_hold_a_place_forever() {
    let (port, stop) = narrow(Bounds { connections: 3, idle: Duration::from_millis(200) }).await;
    for beginning in [b"".as_slice(), b"G", b"GET / HTTP/1.1\r\nHost: loc", b"PRI * HTTP/2.0\r\n", b"\x16\x03"] {
        let mut streams = Vec::new();
        for _ in 0..3 {
            let mut stream = connect(port).await;
            stream.write_all(beginning).await.unwrap();
            streams.push(stream);
        }
        // All places are taken; the next one waits until the others are put out.
        let answer = timeout(PATIENCE, ask(port, "GET", "/", &[], "")).await.expect("a place becomes free");
        assert_eq!((answer.status, answer.body.as_str()), (200, "here"), "{beginning:?}");
        for mut stream in streams {
            timeout(PATIENCE, read_all(&mut stream)).await.expect("the silent are put out");
        }
    }
    // One that is served is not put out while it asks again.
    let mut stream = connect(port).await;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    assert!(read_some(&mut stream).await.ends_with("here"));
    let rest = timeout(PATIENCE, read_all(&mut stream)).await.expect("an idle connection ends");
    assert!(rest.is_empty(), "{rest}");
    let _ = stop.send(true);
}

async fn read_some(stream: &mut TcpStream) -> String {
    let mut out = String::new();
    let mut buffer = [0; 1024];
    while !out.ends_with("here") {
        let count = timeout(PATIENCE, stream.read(&mut buffer)).await.expect("an answer").unwrap();
        assert_ne!(count, 0, "{out}");
        out.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    out
}

#[tokio::test]
async fn many_connections_at_once_are_all_served() {
    let town = town().await;
    let port = town.addr.port();
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(connect(port).await);
    }
    let asked = (0..100).map(|_| tokio::spawn(ask(port, "GET", "/_byteby/v1/health/live", &[], "")));
    for answer in asked.collect::<Vec<_>>() {
        assert_eq!(timeout(PATIENCE, answer).await.expect("an answer").unwrap().status, 200);
    }
    drop(idle);
    still_answers(&town).await;
    town.stop().await;
}
