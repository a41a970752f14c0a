//! `byteby eid`: keys, planned log-ins and switches of the login and token services of a running town.

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::args::Global;
use super::remote::Admin;
use super::{ExitCode, Failure};

#[derive(Args, Debug)]
pub(super) struct EidArgs {
    #[command(subcommand)]
    command: EidSub,
}

#[derive(Subcommand, Debug)]
enum EidSub {
    /// Show the keys an issuer publishes, or rotate them
    Keys {
        /// `idporten`, `ansattporten` or `maskinporten`
        issuer: String,
        /// `announce`, `activate`, `retire`, `emergency`, `same-kid` or `certificate-expiring`
        action: Option<String>,
        /// With `certificate-expiring`: days until its end
        #[arg(long, allow_hyphen_values = true)]
        days: Option<i32>,
    },
    /// Answer the next log-in without a page
    NextLogin(NextLoginArgs),
    /// Show the switches, or set some: `strict_refresh=true`, `propagation_delay=120`
    Settings {
        /// Switch and value
        #[arg(value_name = "NAME=VALUE")]
        set: Vec<String>,
    },
}

#[derive(Args, Debug)]
struct NextLoginArgs {
    /// `idporten` or `ansattporten`
    issuer: String,
    /// Who logs in: an identity number or a CEL selector
    #[arg(long, value_name = "SELECTOR")]
    pid: Option<String>,
    /// Who logs in: a name given to somebody
    #[arg(long)]
    alias: Option<String>,
    /// For this client only
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// Level reached
    #[arg(long)]
    acr: Option<String>,
    /// `login`, `cancel` or `error`
    #[arg(long)]
    result: Option<String>,
    /// With `error`: which one
    #[arg(long)]
    error: Option<String>,
    /// How many log-ins it answers
    #[arg(long, value_name = "N")]
    times: Option<u32>,
}

impl NextLoginArgs {
    fn body(&self) -> Value {
        let texts = [
            ("pid", &self.pid),
            ("alias", &self.alias),
            ("client_id", &self.client),
            ("acr", &self.acr),
            ("result", &self.result),
            ("error", &self.error),
        ];
        let given = texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        let times = self.times.map(|times| ("times".to_owned(), times.into()));
        Value::Object(given.chain(times).collect())
    }
}

/// The name of an issuer, as it stands in an address.
fn segment(issuer: &str) -> Result<&str, Failure> {
    if !issuer.is_empty() && issuer.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Ok(issuer);
    }
    Err(Failure::usage(format!("`{issuer}` is not the name of an issuer")))
}

/// `name=true` or `name=120` as a field.
fn switch(text: &str) -> Result<(String, Value), Failure> {
    let read = |value: &str| {
        let number = || Some(value.parse::<u32>().ok()?.into());
        value.parse::<bool>().ok().map(Value::from).or_else(number)
    };
    let field = text.split_once('=').and_then(|(name, value)| Some((name.to_owned(), read(value)?)));
    field.ok_or_else(|| Failure::usage(format!("`{text}` is not a setting: write name=true, name=false or name=120")))
}

pub(super) async fn run(global: &Global, args: EidArgs) -> Result<ExitCode, Failure> {
    use reqwest::Method;
    let admin = Admin::of(global);
    let answer = match args.command {
        EidSub::Keys { issuer, action, days } => {
            let path = format!("/eid/{}/keys", segment(&issuer)?);
            match action {
                None => admin.send(Method::GET, &path, None).await?,
                Some(action) => {
                    let mut body = Map::from_iter([("action".to_owned(), Value::from(action))]);
                    body.extend(days.map(|days| ("days".to_owned(), days.into())));
                    admin.send(Method::POST, &path, Some(&Value::Object(body))).await?
                }
            }
        }
        EidSub::NextLogin(plan) => {
            let path = format!("/eid/{}/next-login", segment(&plan.issuer)?);
            admin.send(Method::POST, &path, Some(&plan.body())).await?
        }
        EidSub::Settings { set } if set.is_empty() => admin.send(Method::GET, "/eid/settings", None).await?,
        EidSub::Settings { set } => {
            let body = set.iter().map(|text| switch(text)).collect::<Result<Map<_, _>, _>>()?;
            admin.send(Method::PUT, "/eid/settings", Some(&Value::Object(body))).await?
        }
    };
    println!("{answer:#}");
    Ok(ExitCode::Good)
}
