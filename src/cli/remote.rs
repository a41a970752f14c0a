//! Commands that speak to a running town through its admin API.

use serde_json::{Map, Value};

use super::args::{EventArgs, Global, Lang};
use super::{ExitCode, Failure};
use crate::town::livshendelser::{KINDS, Kind, value_of_text};

/// A client of one world's admin API.
pub(super) struct Admin {
    base: String,
    lang: &'static str,
    /// A setting that keeps it from being made is said when it is used.
    client: Result<reqwest::Client, Failure>,
}

impl Admin {
    /// The API of the world the command line names.
    pub(super) fn of(global: &Global) -> Self {
        let server = Self::of_server(global);
        Self { base: format!("{}/worlds/{}", server.base, global.world), ..server }
    }

    /// The API of the whole server.
    pub(super) fn of_server(global: &Global) -> Self {
        let server = global.server.as_deref().unwrap_or("http://localhost:2983").trim_end_matches('/');
        let lang = match global.lang {
            Lang::Nb => "nb",
            Lang::En => "en",
        };
        Self { base: format!("{server}/_byteby/v1"), lang, client: super::client::http(global) }
    }

    /// Sends one request and reads its answer; a refusal is a failure with the exit code it stands for.
    pub(super) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let request = self.client.clone()?.request(method, format!("{}{path}", self.base));
        let mut request = request.header("accept-language", self.lang);
        if let Some(body) = body {
            request = request.json(body);
        }
        Ok(self.answered(request).await?.json().await.unwrap_or(Value::Null))
    }

    /// The bytes of a file.
    pub(super) async fn download(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let request = self.client.clone()?.get(format!("{}{path}", self.base));
        let bytes = self.answered(request).await?.bytes().await;
        let cut = |_| Failure::new(ExitCode::App, "the town went away in the middle of the file");
        bytes.map(|bytes| bytes.to_vec()).map_err(cut)
    }

    /// Sends a file.
    pub(super) async fn upload(&self, path: &str, file: Vec<u8>) -> Result<Value, Failure> {
        let request = self.client.clone()?.put(format!("{}{path}", self.base));
        let request = request.header("content-type", "application/octet-stream").body(file);
        Ok(self.answered(request).await?.json().await.unwrap_or(Value::Null))
    }

    /// The answer to `request`, when it is a good one.
    async fn answered(&self, request: reqwest::RequestBuilder) -> Result<reqwest::Response, Failure> {
        let answer = request.send().await.map_err(|_| {
            Failure::new(ExitCode::App, format!("no town answers at {}", self.base))
                .with_hint("start one with `byteby up`, or name another with --server")
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let value: Value = answer.json().await.unwrap_or(Value::Null);
        let said = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let message = said("detail").or_else(|| said("title")).unwrap_or_else(|| format!("the town answered {status}"));
        let code = said("code").map_or_else(String::new, |code| format!("{code}: "));
        let exit = match said("code") {
            Some(code) if status.as_u16() == 422 && code.starts_with("BB13") => ExitCode::Nobody,
            Some(code) if code == "BB1822" => ExitCode::Data,
            _ => ExitCode::Usage,
        };
        let failure = Failure::new(exit, format!("{code}{message}"));
        Err(match said("hint") {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        })
    }
}

pub(super) async fn event(global: &Global, args: EventArgs) -> Result<ExitCode, Failure> {
    let (false, Some(kind), Some(of)) = (args.list, args.kind, args.of) else {
        KINDS.iter().for_each(|kind| println!("{}", listed(kind)));
        return Ok(ExitCode::Good);
    };
    let mut body = Map::new();
    body.insert("kind".into(), kind.as_str().into());
    body.insert("of".into(), of.into());
    for field in &args.fields {
        let (key, value) = field
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("`{field}` is not a field: write key=value")))?;
        body.insert(key.into(), value_of_text(&kind, key, value));
    }
    let answer = Admin::of(global).send(reqwest::Method::POST, "/events", Some(&Value::Object(body))).await?;
    println!("{answer:#}");
    Ok(ExitCode::Good)
}

fn listed(kind: &Kind) -> String {
    let mut out =
        format!("{}{}\n    {}\n", kind.name, if kind.offered { "" } else { "  (not in this version)" }, kind.about);
    for field in kind.fields {
        let need = if field.required { "required" } else { "optional" };
        out.push_str(&format!("    --field {}=…  {need}: {} ({})\n", field.name, field.about, field.slag.words()));
    }
    out.push_str(&format!("    registers: {}\n", kind.effects));
    out
}
