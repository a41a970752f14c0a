//! The tripwire for real people's numbers: sent through every mock and every route of the admin API, in every shape, and
//! then looked for wherever Byteby keeps or shows anything. The number is composed here, so that none stands in a source.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use byteby::base::looks_real;
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// Most real time for one request; streams are cut off there.
const PATIENCE: Duration = Duration::from_secs(5);

fn number(first: &str) -> String {
    (0..100_000_u32).map(|tail| format!("{first}{tail:05}")).find(|text| looks_real(text)).expect("one of them fits")
}

struct Server {
    child: Child,
    base: String,
    http: Client,
}

impl Server {
    async fn start(data: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_byteby"));
        command.args(["up", "--json", "--size", "1500", "--port", "0", "--ca-dir"]).arg(data.join("ca"));
        command.arg("--data").arg(data.join("town")).args(arguments).env("BYTEBY_LOG", "trace");
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(std::fs::File::create(data.join("stderr")).expect("a file"));
        let mut child = command.spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let first = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            out.read_line(&mut line).map(|_| line)
        });
        let line = tokio::time::timeout(Duration::from_mins(1), first).await.expect("it says where it listens");
        let said: Value = serde_json::from_str(&line.unwrap().unwrap()).expect("one JSON document");
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap();
        Self { child, base: format!("http://127.0.0.1:{}", said["port"]), http }
    }

    /// Text of an answer, headers and all; what was cut off is what came until then.
    async fn ask(&self, method: &str, path: &str) -> String {
        let method: Method = method.parse().unwrap();
        let Ok(mut answer) = self.http.request(method, format!("{}{path}", self.base)).send().await else {
            return String::new();
        };
        let mut text = format!("{:?}\n", answer.headers());
        while let Ok(Some(part)) = answer.chunk().await {
            text.push_str(&String::from_utf8_lossy(&part));
        }
        text
    }

    /// One request that carries the number in its query, its headers, its token and its body.
    async fn send(&self, method: &str, path: &str, number: &str, kind: &str, body: Vec<u8>) -> String {
        let token = |claims: Value| {
            let part = |text: String| URL_SAFE_NO_PAD.encode(text);
            format!(
                "{}.{}.{}",
                part(json!({"alg": "RS256"}).to_string()),
                part(claims.to_string()),
                part("x".repeat(40))
            )
        };
        let sign = if path.contains('?') { '&' } else { '?' };
        let request = self
            .http
            .request(method.parse().unwrap(), format!("{}{path}{sign}fnr={number}&state={number}", self.base))
            .header(
                "authorization",
                format!("Bearer {}", token(json!({"client_id": number, "pid": number, "iss": number}))),
            )
            .header("content-type", kind)
            .header("user-agent", format!("app/{number}"))
            .header("baggage", format!("byteby-app={number}"))
            .header("idempotency-key", number)
            .header("cookie", format!("fnr={number}"))
            .header("x-request-id", number)
            .body(body);
        match request.send().await {
            Ok(answer) => {
                let headers: Vec<String> = answer
                    .headers()
                    .iter()
                    .filter(|(name, _)| name.as_str().starts_with("byteby-"))
                    .map(|(name, value)| format!("{name}: {value:?}"))
                    .collect();
                headers.join("\n")
            }
            Err(_) => String::new(),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bodies in which the number hides.
fn bodies(number: &str) -> Vec<(&'static str, Vec<u8>)> {
    let escaped: String = number.chars().map(|digit| format!("\\u003{digit}")).collect();
    let entities: String = number.chars().map(|digit| format!("&#{};", u32::from(digit))).collect();
    let document = json!({
        "personidentifikatorer": [number], "foedselsEllerDNummer": [number], "kind": "foedsel", "of": number,
        "name": number, "to": number, "at": number, "about": number, "operation": number, "mode": number, "by": number,
        "client_id": number, "url": format!("http://localhost/{number}"), "text": format!("brev til {number}"),
        "standardBusinessDocumentHeader": {"receiver": [{"identifier": {"authority": "iso6523-actorid-upis", "value": number}}]},
    });
    vec![
        ("application/json", document.to_string().into_bytes()),
        ("application/json", format!("{{\"fnr\":\"{escaped}\"}}").into_bytes()),
        ("application/json", format!("{{\"name\":\"{number}\"}}").into_bytes()),
        (
            "application/x-www-form-urlencoded",
            format!("pid={number}&login_hint={number}&client_id={number}").into_bytes(),
        ),
        ("application/xml", format!("<a><fnr>{entities}</fnr><b>{number}</b></a>").into_bytes()),
        ("text/plain", format!("{} {} og {number}", &number[..6], &number[6..]).into_bytes()),
    ]
}

/// Every path of a template with the number, or a name that exists, in its places.
fn filled(template: &str, number: &str, world: &str) -> String {
    let parts: Vec<&str> = template
        .split('/')
        .map(|part| match part {
            "{world}" => world,
            part if part.starts_with('{') => number,
            part => part,
        })
        .collect();
    parts.join("/")
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn holds(bytes: &[u8], wanted: &str) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted.as_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::too_many_lines, reason = "one number on its way through everything")]
async fn a_real_persons_number_goes_in_everywhere_and_is_found_nowhere() {
    let place = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(place.path(), &[]).await;
    let number = number("010190");
    let encoded = [STANDARD.encode(&number), URL_SAFE_NO_PAD.encode(&number)];
    let mut sent = 0;
    for operation in byteby::services::operations().iter() {
        let path = format!("{}{}", operation.base, filled(operation.path, &number, "main"));
        let method = if operation.method == "*" { "POST" } else { operation.method };
        for (kind, body) in bodies(&number) {
            let headers = server.send(method, &path, &number, kind, body).await;
            assert!(!headers.contains(&number), "{method} {path}: {headers}");
            sent += 1;
        }
    }
    let api: Value =
        server.http.get(format!("{}/_byteby/v1/openapi.json", server.base)).send().await.unwrap().json().await.unwrap();
    let paths = api["paths"].as_object().expect("routes");
    for (template, item) in paths {
        for method in item.as_object().expect("methods").keys() {
            let method = method.to_uppercase();
            // Shutting down would end the test, and a reset would begin the world's findings anew.
            if template.contains("shutdown") || template.ends_with("/reset") || method == "PARAMETERS" {
                continue;
            }
            let tries = if template.contains("stream") { 1 } else { 3 };
            for world in ["main", number.as_str()] {
                for (kind, body) in bodies(&number).into_iter().take(tries) {
                    let path = format!("/_byteby/v1{}", filled(template, &number, world));
                    server.send(&method, &path, &number, kind, body).await;
                    sent += 1;
                }
            }
        }
    }
    for page in ["/ui", "/ui/people", "/ui/people?q=", "/ui/messages", "/ui/api", "/w/main/ui/people"] {
        server.send("GET", page, &number, "text/plain", Vec::new()).await;
    }
    for (method, path) in
        [("GET", format!("/{number}")), ("GET", format!("/w/{number}/krr")), ("OPTIONS", format!("/krr/{number}"))]
    {
        server.send(method, &path, &number, "text/plain", Vec::new()).await;
    }
    let found: Value = server
        .http
        .get(format!("{}/_byteby/v1/worlds/main/findings?kind=real-data-suspected&limit=1000", server.base))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let suspected =
        found["findings"].as_array().unwrap().iter().filter(|one| one["kind"] == "real-data-suspected").count();
    assert!(suspected > 500 && sent > 700, "{suspected} findings for {sent} requests");

    // Everything that can be read, read.
    let mut read = 0;
    for (template, item) in paths {
        if item.get("get").is_none() || template.contains("stream") {
            continue;
        }
        let path = format!("/_byteby/v1{}", filled(template, "1", "main"));
        for path in [path.clone(), format!("{path}?limit=1000")] {
            let text = server.ask("GET", &path).await;
            assert!(!text.contains(&number) && !encoded.iter().any(|form| text.contains(form)), "{path}: {text}");
            read += 1;
        }
    }
    assert!(read > 40, "{read}");
    let mut after = 0;
    loop {
        let page: Value = server
            .http
            .get(format!("{}/_byteby/v1/worlds/main/requests?after={after}&limit=1000", server.base))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let lines = page["requests"].as_array().unwrap();
        for id in lines.iter().map(|line| line["id"].as_u64().unwrap()) {
            let text = server.ask("GET", &format!("/_byteby/v1/worlds/main/requests/{id}")).await;
            assert!(!text.contains(&number), "request {id}: {text}");
        }
        if lines.is_empty() {
            break;
        }
        after = page["next"].as_u64().unwrap();
    }
    assert!(after > 300, "the record was read: {after}");

    let _ = server.child.kill();
    let _ = server.child.wait();
    let mut kept = Vec::new();
    files(place.path(), &mut kept);
    let mut bytes = 0;
    for file in &kept {
        let mut content = Vec::new();
        std::fs::File::open(file).expect("a file").read_to_end(&mut content).expect("its bytes");
        bytes += content.len();
        for form in encoded.iter().chain([&number]) {
            assert!(!holds(&content, form), "{} holds the number", file.display());
        }
    }
    assert!(kept.len() >= 3 && bytes > 10_000, "{} files, {bytes} bytes", kept.len());
}

#[tokio::test]
async fn a_mock_answers_the_callers_own_number_as_an_unknown_persons() {
    let place = tempfile::tempdir().expect("a directory");
    let server = Server::start(place.path(), &[]).await;
    let number = number("020291");
    let answer =
        server.http.get(format!("{}/eformidling/api/capabilities/{number}", server.base)).send().await.unwrap();
    let (status, hint) = (answer.status(), answer.headers()["byteby-hint"].to_str().unwrap().to_owned());
    let body = answer.text().await.unwrap();
    assert_eq!(status, 404, "{body}");
    assert!(body.contains(&number), "the original repeats what it was asked for: {body}");
    assert!(hint.contains("real-data-suspected") && !hint.contains(&number), "{hint}");
}

#[tokio::test]
async fn deny_ends_the_run() {
    let place = tempfile::tempdir().expect("a directory");
    let mut server = Server::start(place.path(), &["--real-data", "deny"]).await;
    server.ask("GET", "/krr/rest/v2/personer").await;
    assert!(server.child.try_wait().unwrap().is_none(), "an innocent request ends nothing");
    server.ask("GET", &format!("/krr/{}", number("030392"))).await;
    let ended = async {
        loop {
            if let Some(status) = server.child.try_wait().unwrap() {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let status = tokio::time::timeout(Duration::from_mins(1), ended).await.expect("the town ends");
    assert_eq!(status.code(), Some(6), "a finding that fails the run");
}
