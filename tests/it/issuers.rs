//! Issuers inside and outside containers: whichever accepted name an app uses, discovery, log-in, tokens and userinfo
//! agree about one issuer (`specs/experience.md` §7, `specs/eid.md` §1.2).

use byteby::access::{DEMO_MACHINE_CLIENT, default_clients};
use byteby::app::{self, Config, Running};
use byteby::base::sha256;
use byteby::keys::{Algorithm, Jws, client_key, encode_url, parse_jwk_set};
use byteby::town::decide::{Cause, Command, EidCommand, KlientCommand};
use byteby::town::state::Bryter;
use serde_json::{Value, json};

use crate::wire::{Answer, ask};

const CALLBACK: &str = "http://localhost:9/callback";
const VERIFIER: &str = "0123456789-abcdefghijklmnopqrstuvwxyz_ABCDEF";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const PUBLIC: &str = "http://public.example:8080";

async fn town(public_url: Option<&str>) -> Running {
    started(public_url, true).await
}

async fn started(public_url: Option<&str>, open_clients: bool) -> Running {
    let config = Config {
        size: 1500,
        port: 0,
        eformidling_port: None,
        open_clients,
        public_url: public_url.map(str::to_owned),
        allowed_hosts: vec!["public.example".into(), "town.example".into()],
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Config::default()
    };
    let town = app::start(config).await.expect("the server starts");
    for klient in default_clients(town.main().town().base.kommune.orgnr) {
        let cause = Cause::of("test", &[klient.client_id.as_bytes()]);
        town.main().command(Command::Klient(KlientCommand::Registrer(Box::new(klient))), cause).await.unwrap();
    }
    town
}

/// An app that reaches the town under one name.
struct App<'a> {
    town: &'a Running,
    /// Name and port, as they stand in the address.
    host: String,
    /// What proxies and headers add to every request of the app.
    lines: Vec<(&'static str, String)>,
    /// `/w/<world>` or nothing.
    world: &'static str,
}

impl App<'_> {
    fn scheme(&self) -> &'static str {
        if self.lines.iter().any(|(name, value)| *name == "X-Forwarded-Proto" && value == "https") {
            "https"
        } else {
            "http"
        }
    }

    /// The address of `service`, as the app is told to use it.
    fn base(&self, service: &str) -> String {
        let own = self.host.contains(service);
        let mount = if own { String::new() } else { format!("/{service}") };
        format!("{}://{}{}{mount}", self.scheme(), self.host, self.world)
    }

    /// Sends a request to `url`, which is this very server whatever it is called.
    async fn send(&self, method: &str, url: &str, lines: &[(&str, &str)], body: &str) -> Answer {
        let rest = url.strip_prefix(&format!("{}://", self.scheme())).unwrap_or_else(|| panic!("{url}"));
        let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let mut all: Vec<(&str, &str)> = lines.to_vec();
        all.extend(self.lines.iter().map(|(name, value)| (*name, value.as_str())));
        // Behind a proxy the name stands in its header; the server itself is asked for by another.
        let proxied = self.lines.iter().any(|(name, _)| *name == "X-Forwarded-Host");
        all.push(("Host", if proxied { "127.0.0.1" } else { host }));
        ask(self.town.addr.port(), method, path, &all, body).await
    }

    /// What a browser sends: no headers of the app's own.
    async fn browse(&self, url: &str) -> Answer {
        let rest = url.split_once("://").unwrap().1;
        let (host, path) = rest.split_at(rest.find('/').unwrap());
        let mut all = vec![("Host", host)];
        if url.starts_with("https") {
            all.push(("X-Forwarded-Proto", "https"));
            all.push(("X-Forwarded-For", "203.0.113.9"));
        }
        ask(self.town.addr.port(), "GET", path, &all, "").await
    }

    async fn discovery(&self, service: &str) -> Value {
        let url = format!("{}/.well-known/openid-configuration", self.base(service));
        self.send("GET", &url, &[], "").await.json()
    }

    fn pid(&self) -> String {
        let town = self.town.main().town();
        let adult = town.people().find(|person| person.is_bosatt() && person.alder() >= 18);
        adult.expect("an adult in a town of 1500").nummer().to_string()
    }

    /// From discovery to userinfo: everything names one issuer. Gives the access token.
    async fn logs_in(&self, service: &str, acr: &str, browser: &str) -> String {
        let issuer = self.base(service);
        let document = self.discovery(service).await;
        assert_eq!(document["issuer"], issuer);
        for (name, path) in [
            ("token_endpoint", "/token"),
            ("userinfo_endpoint", "/userinfo"),
            ("jwks_uri", "/jwks.json"),
            ("pushed_authorization_request_endpoint", "/par"),
            ("introspection_endpoint", "/token/introspect"),
            ("revocation_endpoint", "/token/revoke"),
        ] {
            assert_eq!(document[name], format!("{issuer}{path}"), "{name}");
        }
        let authorize = document["authorization_endpoint"].as_str().unwrap();
        let end = document["end_session_endpoint"].as_str().unwrap();
        assert!(authorize.starts_with(browser) && authorize.ends_with("/authorize"), "{authorize}, not {browser}");
        assert_eq!(end, authorize.replace("/authorize", "/logout"));
        let challenge = encode_url(&sha256(&[VERIFIER.as_bytes()]).0);
        let query = format!(
            "client_id=min-app&redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fcallback&response_type=code&scope=openid%20profile\
             &state=s&nonce=n&code_challenge={challenge}&code_challenge_method=S256&login_hint=testid:{}_{acr}",
            self.pid()
        );
        let back = self.browse(&format!("{authorize}?{query}")).await;
        let location = back.header("location").unwrap_or_else(|| panic!("{back:?}"));
        assert!(location.starts_with(CALLBACK), "{location}");
        let part = |name: &str| {
            let found = location.split(['?', '&']).find_map(|pair| pair.strip_prefix(&format!("{name}=")));
            found.unwrap_or_else(|| panic!("no {name} in {location}")).to_owned()
        };
        assert_eq!(part("iss"), byteby::access::escape(&issuer));
        let form = format!(
            "grant_type=authorization_code&code={}&client_id=min-app&code_verifier={VERIFIER}\
             &redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fcallback",
            part("code")
        );
        let answer = self.send("POST", document["token_endpoint"].as_str().unwrap(), &[FORM], &form).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let answer = answer.json();
        let keys = self.send("GET", document["jwks_uri"].as_str().unwrap(), &[], "").await.body;
        for name in ["id_token", "access_token"] {
            let jws = Jws::parse(answer[name].as_str().unwrap()).unwrap();
            assert_eq!(jws.claims["iss"], issuer, "{name}");
            let keys = parse_jwk_set(&keys).unwrap();
            assert!(keys.iter().any(|key| jws.verify(key, &[Algorithm::Rs256]).is_ok()), "{name}");
        }
        let token = answer["access_token"].as_str().unwrap().to_owned();
        let info =
            self.send("GET", document["userinfo_endpoint"].as_str().unwrap(), &[bearer(&token).pair()], "").await;
        assert_eq!(info.status, 200, "{info:?}");
        token
    }
}

struct Bearer(String);

fn bearer(token: &str) -> Bearer {
    Bearer(format!("Bearer {token}"))
}

impl Bearer {
    fn pair(&self) -> (&str, &str) {
        ("Authorization", &self.0)
    }
}

const SERVICES: [(&str, &str); 2] = [("idporten", "idporten-loa-high"), ("ansattporten", "high")];

#[tokio::test]
async fn every_name_an_app_may_use_is_an_issuer_of_its_own() {
    let town = town(Some(PUBLIC)).await;
    let port = town.addr.port();
    let elsewhere = App { town: &town, host: format!("127.0.0.1:{port}"), lines: Vec::new(), world: "" };
    for (host, world) in [
        (format!("localhost:{port}"), ""),
        (format!("127.0.0.1:{port}"), ""),
        (format!("[::1]:{port}"), ""),
        ("byteby:2983".to_owned(), ""),
        (format!("host.docker.internal:{port}"), ""),
        ("host.containers.internal".to_owned(), ""),
        ("public.example:8080".to_owned(), ""),
        (format!("localhost:{port}"), "/w/main"),
        ("byteby:2983".to_owned(), "/w/main"),
    ] {
        for (service, acr) in SERVICES {
            let app = App { town: &town, host: host.clone(), lines: Vec::new(), world };
            let browser = if host.starts_with("public") {
                format!("{PUBLIC}/{service}/authorize")
            } else {
                format!("{PUBLIC}{world}/{service}/~")
            };
            let token = app.logs_in(service, acr, &browser).await;
            // A token fetched under one name is good at the API under another.
            let info = format!("http://127.0.0.1:{port}/{service}/userinfo");
            assert_eq!(elsewhere.send("GET", &info, &[bearer(&token).pair()], "").await.status, 200, "{host}");
        }
    }
    // An alias nobody has read discovery under leads nowhere.
    let lost = elsewhere.browse(&format!("{PUBLIC}/idporten/~nothing/authorize?client_id=x")).await;
    assert_eq!(lost.status, 400);
    assert!(lost.header("byteby-hint").unwrap().contains("alias"), "{lost:?}");
    town.stop().await;
}

#[tokio::test]
async fn a_host_of_the_service_s_own_has_the_real_paths_and_the_real_login_host() {
    let town = town(None).await;
    let port = town.addr.port();
    for (service, acr) in SERVICES {
        for (host, browser) in [
            (format!("{service}.localhost:{port}"), format!("http://{service}.localhost:{port}/authorize")),
            (format!("{service}.main.localhost:{port}"), format!("http://{service}.main.localhost:{port}/authorize")),
            (format!("test.{service}.no"), format!("http://login.test.{service}.no/authorize")),
        ] {
            let app = App { town: &town, host, lines: Vec::new(), world: "" };
            app.logs_in(service, acr, &browser).await;
        }
        // On the real names each host has its own endpoints and no others.
        let app = App { town: &town, host: format!("test.{service}.no"), lines: Vec::new(), world: "" };
        for (host, path, served) in [
            ("test", "/authorize", false),
            ("login.test", "/authorize", true),
            ("test", "/logout", false),
            ("login.test", "/logout", true),
            ("test", "/jwks.json", true),
            ("login.test", "/jwks.json", false),
            ("test", "/.well-known/openid-configuration", true),
            ("login.test", "/.well-known/openid-configuration", false),
            ("login.test", "/userinfo", false),
        ] {
            let answer = app.browse(&format!("http://{host}.{service}.no{path}")).await;
            assert_eq!(answer.status != 404, served, "{host} {path}: {}", answer.status);
            assert!(served || answer.header("byteby-hint").unwrap().contains("two hosts"), "{answer:?}");
        }
    }
    // The strings of the real test environment, over TLS behind somebody's proxy.
    let lines = vec![("X-Forwarded-Proto", "https".to_owned()), ("X-Forwarded-For", "203.0.113.9".to_owned())];
    let app = App { town: &town, host: "test.idporten.no".into(), lines, world: "" };
    let document = app.discovery("idporten").await;
    assert_eq!(document["issuer"], "https://test.idporten.no");
    assert_eq!(document["authorization_endpoint"], "https://login.test.idporten.no/authorize");
    assert_eq!(document["end_session_endpoint"], "https://login.test.idporten.no/logout");
    assert_eq!(document["token_endpoint"], "https://test.idporten.no/token");
    town.stop().await;
}

#[tokio::test]
async fn behind_a_reverse_proxy_the_names_of_the_outside_count() {
    let town = town(None).await;
    let outside = |more: &[(&'static str, &str)]| {
        let mut lines = vec![
            ("X-Forwarded-Proto", "https".to_owned()),
            ("X-Forwarded-Host", "town.example".to_owned()),
            ("X-Forwarded-For", "203.0.113.9".to_owned()),
        ];
        lines.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        lines
    };
    let app = App { town: &town, host: "town.example".into(), lines: outside(&[]), world: "" };
    for (service, acr) in SERVICES {
        app.logs_in(service, acr, &format!("https://town.example/{service}/authorize")).await;
    }
    let url = "https://town.example/idporten/.well-known/openid-configuration";
    let app =
        App { town: &town, host: "town.example".into(), lines: outside(&[("X-Forwarded-Port", "8443")]), world: "" };
    assert_eq!(app.send("GET", url, &[], "").await.json()["issuer"], "https://town.example:8443/idporten");
    let standard = ("Forwarded", "for=203.0.113.9;proto=https;host=town.example".to_owned());
    let app = App { town: &town, host: "town.example".into(), lines: vec![standard], world: "" };
    let url = url.replace("https", "http");
    assert_eq!(app.send("GET", &url, &[], "").await.json()["issuer"], "https://town.example/idporten");
    // A name that is not ours is not ours because a proxy says it.
    let port = town.addr.port();
    let path = "/idporten/.well-known/openid-configuration";
    let lines = [("X-Forwarded-Host", "evil.example"), ("X-Forwarded-For", "203.0.113.9")];
    assert_eq!(ask(port, "GET", path, &lines, "").await.status, 421);
    town.stop().await;
}

#[tokio::test]
async fn a_world_named_in_a_header_or_a_host_is_the_browser_s_world_too() {
    let town = town(Some(PUBLIC)).await;
    town.hall.fork("main", Some("gren")).unwrap();
    let port = town.addr.port();
    let app = |host: String, lines: Vec<(&'static str, String)>| App { town: &town, host, lines, world: "" };
    for (service, acr) in SERVICES {
        let browser = format!("{PUBLIC}/w/gren/{service}/~");
        for lines in [("Byteby-World", "gren".to_owned()), ("baggage", "a=1,byteby-world=gren".to_owned())] {
            app(format!("localhost:{port}"), vec![lines]).logs_in(service, acr, &browser).await;
        }
        app(format!("{service}.gren.localhost:{port}"), Vec::new()).logs_in(service, acr, &browser).await;
    }
    let main = town.main().incarnation();
    assert!(town.observe.since(0, Some(main)).is_empty(), "no request reached main");
    town.stop().await;
}

#[tokio::test]
async fn the_login_pages_move_to_a_second_origin_when_the_world_says_so() {
    let town = town(None).await;
    let port = town.addr.port();
    let set = async |paa: bool| {
        let command = Command::Eid(EidCommand::Bryter { bryter: Bryter::SplitLoginHost, paa });
        town.main().command(command, Cause::of("test", &[&[u8::from(paa)]])).await.unwrap();
    };
    set(true).await;
    let app = App { town: &town, host: format!("localhost:{port}"), lines: Vec::new(), world: "" };
    for (service, acr) in SERVICES {
        let browser = format!("http://login.localhost:{port}/{service}/~");
        app.logs_in(service, acr, &browser).await;
        let hard_coded = app.browse(&format!("http://localhost:{port}/{service}/authorize?client_id=x")).await;
        assert_eq!(hard_coded.status, 404);
        let other = app.browse(&format!("http://login.localhost:{port}/{service}/jwks.json")).await;
        assert_eq!(other.status, 404);
    }
    set(false).await;
    app.logs_in("idporten", "idporten-loa-high", &format!("http://localhost:{port}/idporten/authorize")).await;
    town.stop().await;
}

#[allow(clippy::disallowed_methods, reason = "an app's assertions follow the machine's clock")]
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn machine_tokens_are_issued_under_the_name_they_were_asked_for_and_good_under_any() {
    let town = town(None).await;
    let port = town.addr.port();
    let own = |host: String| App { town: &town, host, lines: Vec::new(), world: "" };
    let local = own(format!("localhost:{port}"));
    let ask_for = async |app: &App<'_>, aud: &str, jti: &str| {
        let claims = json!({
            "aud": aud, "iss": DEMO_MACHINE_CLIENT, "scope": "krr:global/kontaktinformasjon.read",
            "iat": now(), "exp": now() + 60, "jti": jti,
        });
        let assertion = client_key().sign(None, claims.as_object().unwrap());
        let form = format!("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}");
        let url = format!("{}/token", app.base("maskinporten"));
        app.send("POST", &url, &[FORM], &form).await
    };
    let hosts = [
        format!("localhost:{port}"),
        "byteby:2983".to_owned(),
        format!("host.docker.internal:{port}"),
        format!("maskinporten.localhost:{port}"),
        "test.maskinporten.no".to_owned(),
    ];
    // Before anybody has read metadata under a name, only the name that is called by is accepted.
    let stranger = ask_for(&local, "http://byteby:2983/maskinporten/", "0").await;
    assert_eq!(stranger.status, 400);
    let hint = stranger.header("byteby-hint").unwrap().to_owned();
    assert!(
        hint.contains(&format!("http://localhost:{port}/maskinporten/")) && !hint.contains("byteby:2983"),
        "{hint}"
    );
    for host in &hosts {
        let app = own(host.clone());
        let issuer = format!("{}/", app.base("maskinporten"));
        let url = format!("{issuer}.well-known/oauth-authorization-server");
        assert_eq!(app.send("GET", &url, &[], "").await.json()["issuer"], issuer);
        let answer = ask_for(&app, &issuer, host).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        assert_eq!(Jws::parse(&token).unwrap().claims["iss"], issuer);
        // The API is called under another name.
        let body = json!({ "personidentifikatorer": [local.pid()] }).to_string();
        let bearer = bearer(&token);
        let lines = [("Content-Type", "application/json"), bearer.pair()];
        let url = format!("http://127.0.0.1:{port}/krr/rest/v2/personer");
        assert_eq!(local.send("POST", &url, &lines, &body).await.status, 200, "{host}");
        // By now an assertion made for this name is good under the other, and a wrong one is told all of them.
        assert_eq!(ask_for(&local, &issuer, &format!("again {host}")).await.status, 200, "{host}");
    }
    let wrong = ask_for(&local, "https://maskinporten.no/", "wrong").await;
    let hint = wrong.header("byteby-hint").unwrap();
    assert_eq!(wrong.json()["error"], "invalid_grant");
    assert!(hosts.iter().all(|host| hint.contains(host.as_str())), "{hint}");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_walks_a_log_in_from_every_address_and_says_where_it_stops() {
    let town = started(None, false).await;
    let (base, port) = (town.base_url(), town.addr.port());
    let doctor = async |args: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteby"));
        command.args(["doctor", "issuer", "--json", "--server", &base]).args(args).env_clear();
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text} {errors}"));
        (output.status.code(), value["checks"].as_array().cloned().unwrap_or_default())
    };
    let other = format!("http://127.0.0.1:{port}");
    let (code, checks) = doctor(&["--at", &base, "--at", &other]).await;
    let says: Vec<&str> = checks.iter().filter_map(|check| check["says"].as_str()).collect();
    assert_eq!((code, checks.len()), (Some(0), 2 * (6 + 6 + 2)), "{says:?}");
    assert!(
        says.iter().any(|text| text.contains(&format!("{other}/idporten/userinfo takes the access token"))),
        "{says:?}"
    );
    assert!(says.iter().any(|text| text.contains(&format!("{base}/maskinporten/token says the same"))), "{says:?}");
    let (code, checks) = doctor(&["--client", "nobody"]).await;
    let bad: Vec<&Value> = checks.iter().filter(|check| check["state"] == "problem").collect();
    assert_eq!((code, bad.len()), (Some(4), 1), "{checks:?}");
    assert!(bad[0]["says"].as_str().unwrap().contains("no login client of this id") && bad[0]["fix"].is_string());
    let (code, checks) = doctor(&["--at", "http://127.0.0.1:1"]).await;
    assert_eq!((code, checks.len()), (Some(4), 3), "{checks:?}");
    town.stop().await;
}

/// A container engine that is none: it writes down what it was asked, calls this machine by its own name, and runs the
/// program that the container would have found.
const ENGINE: &str = r#"#!/bin/sh
echo "$@" > "$0.asked"
case "$*" in *no-such-image*) echo "Unable to find image" >&2; exit 125;; esac
while [ "$1" != "image:1" ]; do
    case "$1" in *:/byteby:ro) own="${1%:/byteby:ro}";; esac
    shift
done
shift
for word do
    shift
    set -- "$@" "$(echo "$word" | sed 's/host.docker.internal/127.0.0.1/')"
done
exec "$own" "$@"
"#;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_walks_inside_a_container_with_the_engine_that_is_there() {
    use std::os::unix::fs::PermissionsExt;

    let town = started(None, false).await;
    let (base, port) = (town.base_url(), town.addr.port());
    let folder = tempfile::tempdir().unwrap();
    let engine = folder.path().join("podman");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let doctor = async |image: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteby"));
        command.args(["doctor", "issuer", "--json", "--server", &base, "--from-container", image]);
        command.args(["--network", "my-net"]).env_clear().env("PATH", &path);
        let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text} {:?}", output.stderr));
        (output.status.code(), value["checks"].as_array().cloned().unwrap_or_default())
    };
    let words =
        |check: &Value| (check["state"].as_str().unwrap().to_owned(), check["says"].as_str().unwrap().to_owned());
    let has_engine = ["docker", "podman"].iter().any(|name| std::path::Path::new("/usr/bin").join(name).exists());
    if !has_engine {
        let (code, checks) = doctor("image:1").await;
        assert_eq!((code, words(&checks[0]).0), (Some(4), "problem".into()));
        assert!(words(&checks[0]).1.contains("neither docker nor podman"), "{checks:?}");
    }
    std::fs::write(&engine, ENGINE).unwrap();
    // Of the two names the first that is there is taken.
    std::fs::copy(&engine, folder.path().join("docker")).unwrap();
    for name in ["podman", "docker"] {
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path().join(name), mode).unwrap();
    }
    let (code, checks) = doctor("image:1").await;
    assert_eq!((code, checks.len()), (Some(0), 1 + 6 + 6 + 2), "{checks:?}");
    let all: Vec<String> = checks.iter().map(|check| words(check).1).collect();
    let token = format!("inside image:1: the token of http://127.0.0.1:{port}/maskinporten/token");
    assert!(all.iter().any(|says| says.starts_with(&token)), "{all:?}");
    let asked = std::fs::read_to_string(folder.path().join("docker.asked")).unwrap();
    for part in [
        "run --rm --add-host host.docker.internal:host-gateway",
        "--network my-net image:1 doctor issuer",
        &format!("--at http://host.docker.internal:{port}"),
    ] {
        assert!(asked.contains(part), "{asked}");
    }
    let (code, checks) = doctor("no-such-image").await;
    assert_eq!((code, checks.len()), (Some(4), 1));
    assert!(words(&checks[0]).1.contains("Unable to find image"), "{checks:?}");
    town.stop().await;
}
