//! `byteby fault`: what goes wrong with the services of a running town.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::args::Global;
use super::remote::Admin;
use super::{ExitCode, Failure};
use crate::town::faults::KINDS;

#[derive(Args, Debug)]
pub(super) struct FaultArgs {
    #[command(subcommand)]
    command: FaultSub,
}

#[derive(Subcommand, Debug)]
enum FaultSub {
    /// Set a fault; one of the same name is replaced
    Set(SetArgs),
    /// List the faults that hold
    Ls,
    /// Heal one fault, or all
    Clear {
        /// Name of the fault
        name: Option<String>,
    },
    /// List the kinds with their fields
    Kinds,
}

#[derive(Args, Debug)]
struct SetArgs {
    /// Service or operation, for example `krr` or `folkeregisteret.person.hent`
    #[arg(value_name = "ON")]
    on: String,
    /// Kind of fault, for example `latency`
    #[arg(value_name = "KIND")]
    kind: String,
    /// Its name [default: made of kind and place]
    #[arg(long, value_name = "SLUG")]
    name: Option<String>,
    /// Share of the requests it strikes, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    p: Option<String>,
    /// How long, a span of the world's clock, for example `PT4H`
    #[arg(long = "for", value_name = "SPAN")]
    lasts: Option<String>,
    /// How many times at most
    #[arg(long, value_name = "N")]
    count: Option<u32>,
    /// Only requests that name this citizen: an identity number or a CEL selector
    #[arg(long, value_name = "SELECTOR")]
    about: Option<String>,
    /// Only requests that name this client
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Field of the kind, repeatable, for example `status=503` or `delay=800ms`
    #[arg(long = "field", value_name = "K=V")]
    fields: Vec<String>,
}

impl SetArgs {
    fn body(self) -> Result<Value, Failure> {
        let mut body = Map::new();
        let texts = [
            ("on", Some(self.on)),
            ("kind", Some(self.kind)),
            ("name", self.name),
            ("p", self.p),
            ("for", self.lasts),
            ("about", self.about),
            ("client_id", self.client),
        ];
        for (key, text) in texts {
            if let Some(text) = text {
                body.insert(key.into(), text.into());
            }
        }
        if let Some(count) = self.count {
            body.insert("count".into(), count.into());
        }
        for field in &self.fields {
            let (key, value) = field
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("`{field}` is not a field: write key=value")))?;
            body.insert(key.into(), value.into());
        }
        Ok(Value::Object(body))
    }
}

pub(super) async fn run(global: &Global, args: FaultArgs) -> Result<ExitCode, Failure> {
    use reqwest::Method;
    let admin = Admin::of(global);
    let answer = match args.command {
        FaultSub::Kinds => {
            print!("{}", kinds());
            return Ok(ExitCode::Good);
        }
        FaultSub::Set(set) => admin.send(Method::POST, "/faults", Some(&set.body()?)).await?,
        FaultSub::Ls => admin.send(Method::GET, "/faults", None).await?,
        FaultSub::Clear { name: Some(name) } => {
            let slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if !name.bytes().all(slug) {
                return Err(Failure::usage(format!("`{name}` is not the name of a fault")));
            }
            admin.send(Method::DELETE, &format!("/faults/{name}"), None).await?
        }
        FaultSub::Clear { name: None } => admin.send(Method::DELETE, "/faults", None).await?,
    };
    if !answer.is_null() {
        println!("{answer:#}");
    }
    Ok(ExitCode::Good)
}

/// The table of kinds as text.
fn kinds() -> String {
    let mut out = String::new();
    for kind in KINDS {
        let later = if kind.offered { "" } else { "  (not in this version)" };
        out.push_str(&format!("{}{later}\n    {}\n", kind.name, kind.about));
        for field in kind.fields {
            let need = if field.required { "required" } else { "optional" };
            out.push_str(&format!("    --field {}=…  {need}: {} ({})\n", field.name, field.about, field.slag.words()));
        }
    }
    out
}
