//! *Få barn* against an app that only knows addresses: it keeps its machine token, polls the feed once a second and has
//! neither a probe nor a poke.

use std::path::Path;
use std::time::Duration;

use byteby::access::DEMO_SCOPES;
use byteby::app::{self, Config};
use byteby::keys::{CLIENT_KEY_PEM, client_key};
use byteby::report::console;
use byteby::scenario::{self, Surroundings, Verdict};
use byteby::select::Lang;
use byteby::town::state::Klient;

use crate::stock_app::{self, Settings};
use crate::surroundings::without_app;

const SECRET: &str = "hemmelig-nok-for-en-test";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stock_app_reached_by_url_passes() {
    let running = app::start(Config { size: 1500, ..Config::on_free_port() }).await.expect("the server starts");
    let base = running.base_url();
    let orgnr = running.main().town().base.kommune.orgnr;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
    let redirect = format!("{url}/callback");
    let key = client_key();
    let login = Klient::idporten("innlogging", "Barnehage", orgnr, &[&redirect]).with_secret(SECRET);
    let jwk = key.public().to_jwk().to_string();
    let machine = Klient::maskinporten("maskin", "Barnehage", orgnr, key.kid(), &jwk, DEMO_SCOPES);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/faa-barn.byteby.yaml"));
    let text = text.expect("the scenario is there");
    let by_url = format!(
        "app: {{ url: \"{url}\", ready: {{ get: /helse, status: 200 }}, feeds: [folkeregisteret.hendelser.les] }}"
    );
    assert!(text.contains("app: { demo: barnehage }"));
    let text = text.replace("app: { demo: barnehage }", &by_url);
    let plans = scenario::load_text(Path::new("faa-barn.byteby.yaml"), &text).unwrap_or_else(|fault| panic!("{fault}"));
    let plan = plans.iter().find(|plan| plan.variant.is_none()).expect("the base");
    assert!(plan.is_exclusive());
    stock_app::start(
        listener,
        Settings {
            idporten_issuer: format!("{base}/idporten"),
            maskinporten_issuer: format!("{base}/maskinporten/"),
            folkeregisteret_url: base.clone(),
            krr_url: format!("{base}/krr"),
            eformidling_url: format!("{base}/eformidling"),
            login_client: "innlogging".into(),
            login_secret: SECRET.into(),
            redirect_uri: redirect,
            machine_client: "maskin".into(),
            machine_key: CLIENT_KEY_PEM[CLIENT_KEY_PEM.find("-----BEGIN PRIVATE").expect("a key")..].into(),
            machine_kid: key.kid().into(),
            orgnr: orgnr.to_string(),
            every: Duration::from_secs(1),
        },
    );
    let around = Surroundings { base_url: base, clients: vec![login, machine], ..without_app(&running) };
    let outcome = scenario::run(plan, &around).await;
    assert_eq!(outcome.verdict, Verdict::Passed, "{}", console(&outcome, Lang::Nb, false));
    assert!(outcome.judged > 10 && outcome.messages >= 3, "it judged something: {outcome:?}");
}
