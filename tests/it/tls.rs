//! TLS on the port of everything else, with an authority made for this machine.

use std::path::Path;
use std::sync::Arc;

use byteby::app::{self, Config, Running};
use byteby::gate::authority::{Authority, AuthorityFault};
use byteby::gate::wall;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::wire::{ask, connect, exchange};

async fn town(folder: &Path, allowed: &[&str]) -> Running {
    let allowed_hosts = allowed.iter().map(|name| (*name).to_owned()).collect();
    let config = Config { size: 1500, ca_dir: Some(folder.to_owned()), allowed_hosts, ..Config::on_free_port() };
    app::start(config).await.expect("the server starts")
}

/// A client that trusts `pem` and nothing else, and offers `protocols`.
fn connector(pem: &str, protocols: &[&[u8]]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

async fn shake(town: &Running, pem: &str, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = connect(town.addr.port()).await;
    connector(pem, &[b"http/1.1"]).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

#[tokio::test]
async fn one_port_speaks_plain_and_tls_and_the_scheme_follows() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path(), &[]).await;
    let port = town.addr.port();
    let pem = ask(port, "GET", "/_byteby/v1/ca.pem", &[], "").await;
    assert_eq!((pem.status, pem.header("content-type")), (200, Some("application/x-pem-file")), "{pem:?}");
    assert!(!pem.body.contains("PRIVATE"), "the key must not leave");
    let path = "/idporten/.well-known/openid-configuration";
    let plain = ask(port, "GET", path, &[], "").await.json();
    assert_eq!(plain["issuer"], format!("http://localhost:{port}/idporten"));
    for name in ["localhost", "krr.localhost", "deep.er.localhost", "byteby"] {
        let mut stream = shake(&town, &pem.body, name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = exchange(&mut stream, port, "GET", path, &[], "").await;
        assert_eq!(answer.json()["issuer"], format!("https://localhost:{port}/idporten"), "{name}");
    }
    // A client that asks for an address names no host.
    let mut stream = shake(&town, &pem.body, "127.0.0.1").await.unwrap();
    assert_eq!(exchange(&mut stream, port, "GET", "/_byteby/v1/health/live", &[], "").await.status, 200);
    town.stop().await;
}

#[tokio::test]
async fn both_versions_of_http_are_spoken_on_both() {
    let folder = tempfile::tempdir().unwrap();
    let town = town(folder.path(), &[]).await;
    let pem = ask(town.addr.port(), "GET", "/_byteby/v1/ca.pem", &[], "").await.body;
    let stream = connect(town.addr.port()).await;
    let tls = connector(&pem, &[b"h2", b"http/1.1"]).connect("localhost".try_into().unwrap(), stream).await.unwrap();
    assert_eq!(tls.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let port = town.addr.port();
    let issuer = two(tls, &format!("https://localhost:{port}/idporten/.well-known/openid-configuration")).await;
    assert_eq!(issuer, format!("https://localhost:{port}/idporten"));
    let plain = connect(port).await;
    let issuer = two(plain, &format!("http://localhost:{port}/idporten/.well-known/openid-configuration")).await;
    assert_eq!(issuer, format!("http://localhost:{port}/idporten"));
    town.stop().await;
}

/// The issuer in the discovery document at `address`, by HTTP/2 on `stream`.
async fn two<S>(stream: S, address: &str) -> String
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    use http_body_util::{BodyExt, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::get(address).body(Empty::<bytes::Bytes>::new()).unwrap();
    let body = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    document["issuer"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_authority_outlives_the_server_and_speaks_for_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let first = town(folder.path(), &["town.example"]).await;
    let pem = ask(first.addr.port(), "GET", "/_byteby/v1/ca.pem", &[], "").await.body;
    assert!(shake(&first, &pem, "town.example").await.is_ok());
    assert!(shake(&first, &pem, "other.example").await.is_err(), "no certificate for a name that is not ours");
    first.stop().await;
    let second = town(folder.path(), &[]).await;
    assert_eq!(ask(second.addr.port(), "GET", "/_byteby/v1/ca.pem", &[], "").await.body, pem);
    second.stop().await;
    let stranger = Authority::for_this_run(&[], wall::now()).unwrap();
    let third = town(folder.path(), &[]).await;
    assert!(shake(&third, stranger.pem(), "localhost").await.is_err(), "another machine's authority");
    third.stop().await;
}

#[test]
fn a_certificate_beyond_the_constraints_is_refused_by_clients() {
    let now = wall::now();
    let authority = Authority::for_this_run(&["town.example".to_owned()], now).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let judge = |name: &str| {
        let (certificate, _) = authority.certify(Some(name), &key, now).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier =
            rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let seconds = u64::try_from(now.seconds()).unwrap();
        let at = rustls::pki_types::UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let name = ServerName::try_from(name.to_owned()).unwrap();
        rustls::client::danger::ServerCertVerifier::verify_server_cert(&*verifier, &certificate, &[], &name, &[], at)
    };
    for name in ["localhost", "a.localhost", "byteby", "town.example"] {
        assert!(judge(name).is_ok(), "{name}: {:?}", judge(name));
        assert!(authority.covers(name), "{name}");
    }
    // Even whoever has the key cannot speak for these.
    for name in ["bank.example", "localhost.example", "example"] {
        assert!(judge(name).is_err(), "{name}");
        assert!(!authority.covers(name), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn the_key_is_for_its_user_alone_and_a_damaged_file_is_said() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("deep/er");
    let made = Authority::open(&place, &[], wall::now()).unwrap();
    let file = place.join("authority.json");
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_to_string(place.join("ca.pem")).unwrap(), made.pem());
    assert_eq!(Authority::open(&place, &[], wall::now()).unwrap().pem(), made.pem());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Authority::open(&place, &[], wall::now()), Err(AuthorityFault::Exposed { .. })));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "{}").unwrap();
    assert!(matches!(Authority::open(&place, &[], wall::now()), Err(AuthorityFault::Damaged { .. })));
    // One that has ended is replaced.
    std::fs::remove_file(&file).unwrap();
    let old = byteby::access::WallTime(wall::now().0 - 2 * 365 * 86_400_000);
    let ended = Authority::open(&place, &[], old).unwrap();
    assert!(ended.until() < wall::now().seconds());
    assert_ne!(Authority::open(&place, &[], wall::now()).unwrap().common_name(), ended.common_name());
}

#[tokio::test]
async fn a_damaged_authority_is_said_and_everything_else_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    Authority::open(folder.path(), &[], wall::now()).unwrap();
    let file = folder.path().join("authority.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &kept[..kept.len() / 2]).unwrap();
    let town = town(folder.path(), &[]).await;
    let port = town.addr.port();
    let answer = ask(port, "GET", "/_byteby/v1/ca.pem", &[], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "BB1108"), "{answer:?}");
    assert!(answer.body.contains("byteby doctor") && !answer.body.contains("PRIVATE"), "{}", answer.body);
    let stranger = Authority::for_this_run(&[], wall::now()).unwrap();
    assert!(shake(&town, stranger.pem(), "localhost").await.is_err());
    assert_eq!(ask(port, "GET", "/_byteby/v1/health/live", &[], "").await.status, 200);
    town.stop().await;
}
