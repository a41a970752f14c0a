//! `byteby clock`: reading and moving the clock of a running town. An `advance` that is interrupted ends at its next
//! item; what has happened stays.

use reqwest::Method;
use serde_json::{Value, json};

use super::args::{ClockArgs, ClockSub, Global};
use super::remote::Admin;
use super::{ExitCode, Failure};

pub(super) async fn run(global: &Global, args: ClockArgs) -> Result<ExitCode, Failure> {
    let (method, path, body) = request(args.command)?;
    let answer = Admin::of(global).send(method, path, body.as_ref()).await?;
    println!("{answer:#}");
    Ok(ExitCode::Good)
}

fn request(command: ClockSub) -> Result<(Method, &'static str, Option<Value>), Failure> {
    let advance = |body: Value| (Method::POST, "/clock/advance", Some(body));
    let set = |body: Value| (Method::PUT, "/clock", Some(body));
    Ok(match command {
        ClockSub::Get => (Method::GET, "/clock", None),
        ClockSub::Cancel => (Method::DELETE, "/clock/advance", None),
        ClockSub::Set { to } => advance(json!({ "to": to })),
        ClockSub::Advance { by, to, settle, no_settle } => {
            let settle = settle || !no_settle;
            match to.as_deref() {
                Some("next-event") => advance(json!({ "until": "next-event", "settle": settle })),
                Some(to) => advance(json!({ "to": to, "settle": settle })),
                None => advance(json!({ "by": by, "settle": settle })),
            }
        }
        ClockSub::Freeze => set(json!({ "mode": "frozen" })),
        ClockSub::Auto => set(json!({ "mode": "auto" })),
        ClockSub::Run { rate: None } => set(json!({ "mode": "running" })),
        ClockSub::Run { rate: Some(rate) } => {
            let wrong = |_| Failure::usage(format!("`{rate}` is not a rate: write 1, 60 or 0.5"));
            let factor: serde_json::Number = serde_json::from_str(&rate).map_err(wrong)?;
            set(json!({ "mode": "running", "rate": factor }))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_become_requests() {
        let advance = |to: Option<&str>, settle, no_settle| ClockSub::Advance {
            by: to.is_none().then(|| "P1D".to_owned()),
            to: to.map(str::to_owned),
            settle,
            no_settle,
        };
        for (command, expected) in [
            (advance(None, false, false), json!({"by": "P1D", "settle": true})),
            (advance(None, false, true), json!({"by": "P1D", "settle": false})),
            (advance(Some("next-event"), true, false), json!({"until": "next-event", "settle": true})),
            (advance(Some("2027-02-01"), false, true), json!({"to": "2027-02-01", "settle": false})),
            (ClockSub::Run { rate: None }, json!({"mode": "running"})),
            (ClockSub::Run { rate: Some("0.5".into()) }, json!({"mode": "running", "rate": 0.5})),
            (ClockSub::Auto, json!({"mode": "auto"})),
        ] {
            assert_eq!(request(command).unwrap().2, Some(expected));
        }
        assert!(request(ClockSub::Run { rate: Some("fast".into()) }).is_err());
    }
}
