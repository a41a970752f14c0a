//! Where nothing is ever sent (`specs/experience.md` §20).

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use super::super::transport::{Resolved, Resolver};
use super::super::{CourierSettings, Standing};
use super::receiver::Receiver;
use super::world::Verden;
use crate::town::state::{Adressefeil, Appadresse, Gjentak};
use crate::townhall::MAIN;

/// Answers each question with the next of its answers, the last one again and again, and counts.
struct Changing(Mutex<(Vec<Vec<IpAddr>>, usize)>);

impl Changing {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let read = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new((answers.iter().map(read).collect(), 0))))
    }

    fn asked(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl Resolver for Changing {
    fn resolve(&self, _host: &str) -> Resolved {
        let mut inside = self.0.lock().unwrap();
        let place = inside.1.min(inside.0.len().saturating_sub(1));
        inside.1 += 1;
        let found = inside.0.get(place).cloned().ok_or_else(|| io::Error::other("no such name"));
        Box::pin(async move { found })
    }
}

const FORBIDDEN: &str = "link-local, metadata, multicast and unspecified addresses are never sent to";
const PRIVATE: &str = "the address is private: a public name that leads there is refused unless the app is declared \
                       `private`, and on a hosted server always";

#[tokio::test]
async fn declared_or_not_some_places_are_never_sent_to() {
    let verden = Verden::new();
    for (place, url) in [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/hook",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://0.0.0.0:9/",
        "http://[::]:9/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://METADATA.google.internal./computeMetadata/v1/",
        "http://metadata/",
    ]
    .into_iter()
    .enumerate()
    {
        verden.declare_private(MAIN, &format!("app {place}"), url, true).await;
        let id = verden.subscribe(MAIN, &format!("hook {place}"), url, Gjentak::Standard).await;
        verden.until(MAIN, id, Standing::GivenUp).await;
        assert_eq!(verden.line(MAIN, id).reason, FORBIDDEN, "{url}");
        assert_eq!(verden.observe.findings.since(0, None).len(), place + 1, "each is a finding");
    }
    let finding = verden.observe.findings.since(0, None)[0].clone();
    assert_eq!(finding.kind, "delivery-refused");
    assert_eq!(
        finding.detail,
        format!("subscription `hook 0` to http://169.254.169.254/latest/meta-data: {FORBIDDEN}")
    );
}

#[test]
fn addresses_with_another_scheme_or_somebody_s_password_cannot_even_be_declared() {
    for (url, fault) in [
        ("file:///etc/passwd", Adressefeil::Scheme),
        ("ftp://app.example/", Adressefeil::Scheme),
        ("unix:/run/docker.sock", Adressefeil::Scheme),
        ("http://user:pw@app.example/", Adressefeil::Credentials),
        ("http://app.example@169.254.169.254/", Adressefeil::Credentials),
    ] {
        assert_eq!(Appadresse::parse(url), Err(fault), "{url}");
    }
}

#[tokio::test]
async fn another_origin_than_a_declared_one_is_held_until_it_is_declared() {
    let (verden, app, other) = (Verden::new(), Receiver::start().await, Receiver::start().await);
    verden.declare(MAIN, "app", &app.url).await;
    let as_number = other.url.replace("localhost", "127.0.0.1");
    for url in [&other.url, &as_number] {
        let id = verden.subscribe(MAIN, url, &format!("{url}/hook"), Gjentak::Standard).await;
        verden.quiet().await;
        let line = verden.line(MAIN, id);
        let words = format!("no app is declared at {url}; declare it with PUT /worlds/main/apps/NAME");
        assert_eq!((line.standing, line.reason), (Standing::Held, words));
        let findings = verden.observe.findings.since(0, None);
        assert!(findings.last().unwrap().detail.contains("no app is declared at"), "{findings:?}");
    }
    let noted = verden.observe.findings.since(0, None).len();
    verden.told(&[MAIN], 1).await;
    verden.quiet().await;
    assert_eq!(verden.observe.findings.since(0, None).len(), noted, "once for each subscription");
    assert!(other.said().is_empty(), "sent to an origin nobody declared");
    verden.declare(MAIN, "other", &other.url).await;
    other.until_said(2).await;
    assert!(other.said().iter().all(|said| said.header("host") == other.authority()), "only the declared name of it");
}

#[tokio::test]
async fn a_name_is_asked_once_for_each_attempt_and_what_it_answers_is_what_is_checked_and_connected_to() {
    let app = Receiver::start().await;
    let port = app.authority().rsplit(':').next().unwrap().to_owned();
    // Good, then rebound: inside the town's machine, to metadata, to both at once.
    let resolver = Changing::new(&[
        &["127.0.0.1"],
        &["169.254.169.254"],
        &["127.0.0.1", "169.254.169.254"],
        &["::ffff:10.0.0.1", "fe80::1"],
    ]);
    let verden = Verden::resolving(CourierSettings::default(), resolver.clone());
    let url = format!("http://app.localhost:{port}");
    verden.declare(MAIN, "app", &url).await;
    let good = verden.subscribe(MAIN, "first", &url, Gjentak::Aldri).await;
    verden.until(MAIN, good, Standing::Delivered).await;
    assert_eq!(resolver.asked(), 1, "asked again between check and connection");
    for name in ["second", "third", "fourth"] {
        let rebound = verden.subscribe(MAIN, name, &url, Gjentak::Standard).await;
        verden.until(MAIN, rebound, Standing::GivenUp).await;
        assert_eq!(verden.line(MAIN, rebound).reason, FORBIDDEN);
    }
    assert_eq!((resolver.asked(), app.said().len()), (4, 1));
}

#[tokio::test]
async fn a_public_name_that_leads_inside_is_refused_unless_declared_private_and_hosted_always() {
    let app = Receiver::start().await;
    let port = app.authority().rsplit(':').next().unwrap().to_owned();
    let public = format!("http://app.kommune.no:{port}");
    for (hosted, url, private, expected) in [
        (false, public.clone(), false, Some(PRIVATE)),
        (false, public.clone(), true, None),
        (false, format!("http://app:{port}"), false, None),
        (false, format!("http://127.0.0.1:{port}"), false, None),
        (true, public, true, Some(PRIVATE)),
        (true, format!("http://app:{port}"), false, Some(PRIVATE)),
        (true, format!("http://127.0.0.1:{port}"), true, Some(PRIVATE)),
    ] {
        let settings = CourierSettings { hosted, ..CourierSettings::default() };
        let verden = Verden::resolving(settings, Changing::new(&[&["127.0.0.1"]]));
        verden.declare_private(MAIN, "app", &url, private).await;
        let id = verden.subscribe(MAIN, "hook", &url, Gjentak::Aldri).await;
        let standing = if expected.is_some() { Standing::GivenUp } else { Standing::Delivered };
        verden.until(MAIN, id, standing).await;
        if let Some(words) = expected {
            assert_eq!(verden.line(MAIN, id).reason, words, "{url} {hosted}");
        }
    }
    assert_eq!(app.said().len(), 3);
}

#[tokio::test]
async fn a_name_nobody_knows_is_tried_again() {
    let verden = Verden::resolving(CourierSettings::default(), Changing::new(&[]));
    verden.declare(MAIN, "app", "http://app.example").await;
    let id = verden.subscribe(MAIN, "hook", "http://app.example/", Gjentak::Dokumentert).await;
    verden.until(MAIN, id, Standing::Failed).await;
    assert!(verden.line(MAIN, id).reason.starts_with("the name of the host is not known; the next attempt is due at"));
}

#[tokio::test]
async fn no_answer_in_time_is_a_reason() {
    let app = Receiver::start().await;
    let answer = std::time::Duration::from_millis(50);
    let settings = CourierSettings { answer, ..CourierSettings::default() };
    let verden = Verden::resolving(settings, Changing::new(&[&["127.0.0.1"]]));
    app.answers(super::receiver::Said::wait());
    verden.declare(MAIN, "app", &app.url).await;
    let id = verden.subscribe(MAIN, "late", &app.url, Gjentak::Aldri).await;
    verden.until(MAIN, id, Standing::GivenUp).await;
    assert_eq!(verden.line(MAIN, id).reason, "there was no answer in time; this subscription is tried once");
}

/// An app behind TLS: its address, and its certificate in PEM.
async fn secure_app() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = made.cert.pem();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut some = [0; 1024];
                let _ = stream.read(&mut some).await;
                let _ = stream.write_all(b"HTTP/1.1 204 OK\r\n\r\n").await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (url, pem)
}

#[tokio::test]
async fn a_secure_app_is_sent_to_when_its_certificate_is_trusted_and_not_otherwise() {
    let (url, pem) = secure_app().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.pem");
    std::fs::write(&file, pem).unwrap();
    for (trusted, expected, words) in [
        (
            vec![],
            Standing::GivenUp,
            "the app's certificate or handshake was not accepted; this subscription is tried once",
        ),
        (vec![file], Standing::Delivered, "the app answered 204"),
    ] {
        let settings = CourierSettings { trusted, ..CourierSettings::default() };
        let verden = Verden::resolving(settings, Changing::new(&[&["127.0.0.1"]]));
        verden.declare(MAIN, "app", &url).await;
        let id = verden.subscribe(MAIN, "hook", &url, Gjentak::Aldri).await;
        verden.until(MAIN, id, expected).await;
        assert_eq!(verden.line(MAIN, id).reason, words);
    }
}
