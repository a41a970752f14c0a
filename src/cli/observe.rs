//! What was asked, received and noticed in a running town, and why: `listen`, `requests`, `messages`, `why`.

use std::time::Duration;

use clap::{Args, ValueEnum};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::args::Global;
use super::remote::Admin;
use super::{ExitCode, Failure};
use crate::access::escape;

/// Pause between two looks at a running town.
const LOOK: Duration = Duration::from_millis(250);
/// Lines asked for at once.
const PAGE: &str = "1000";

/// Which requests.
#[derive(Args, Debug)]
pub(super) struct RequestsArgs {
    /// Only of this service
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Only of this operation
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// Only about somebody: an identity number or a selector
    #[arg(long, value_name = "SELECTOR")]
    about: Option<String>,
    /// Only from this app
    #[arg(long, value_name = "APP")]
    app: Option<String>,
    /// Only from this client
    #[arg(long = "as-client", value_name = "CLIENT")]
    as_client: Option<String>,
    /// Only with this status
    #[arg(long, value_name = "STATUS")]
    status: Option<u16>,
    /// Only those answered at or after this log item
    #[arg(long, value_name = "SEQ")]
    since: Option<u64>,
    /// At most this many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Show what came nearest to the request the other flags describe, and how it differs
    #[arg(long)]
    near_misses: bool,
}

impl RequestsArgs {
    /// The flags that describe a request, as the API calls them.
    fn wanted(&self) -> Map<String, Value> {
        let mut wanted = Map::new();
        let texts = [
            ("service", &self.service),
            ("operation", &self.operation),
            ("about", &self.about),
            ("app", &self.app),
            ("as_client", &self.as_client),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                wanted.insert(name.to_owned(), text.as_str().into());
            }
        }
        if let Some(status) = self.status {
            wanted.insert("status".to_owned(), status.into());
        }
        wanted
    }
}

/// Which letters.
#[derive(Args, Debug)]
pub(super) struct MessagesArgs {
    /// Only to the citizen with this identity number
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// Only by this channel: digitalpost, print or altinn
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Only behind this letter
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    /// At most this many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// What to listen for.
#[derive(Args, Debug)]
pub(super) struct ListenArgs {
    /// Only requests of this service
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Only findings
    #[arg(long)]
    findings: bool,
}

/// What to explain.
#[derive(Args, Debug)]
pub(super) struct WhyArgs {
    /// `#418` or `418` for a log item, an identity number, a message id, or a request id as in Byteby-Request-Id
    #[arg(value_name = "ID")]
    id: String,
    /// Form to print in
    #[arg(long, value_name = "FORM", default_value = "tree")]
    format: WhyFormat,
}

/// Forms of a chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum WhyFormat {
    /// From the effect to its root, each step under the one it led to
    Tree,
    /// One JSON document
    Json,
}

/// A path with parameters.
fn with_query(path: &str, parameters: &[(String, String)]) -> String {
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

fn parameters<const N: usize>(all: [(&str, Option<String>); N]) -> Vec<(String, String)> {
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(super) async fn requests(global: &Global, args: RequestsArgs) -> Result<ExitCode, Failure> {
    let admin = Admin::of(global);
    let wanted = args.wanted();
    if args.near_misses {
        let answer = admin.send(Method::POST, "/requests/near-misses", Some(&Value::Object(wanted))).await?;
        if global.json {
            println!("{answer:#}");
        } else {
            items(&answer, "near").iter().for_each(|near| println!("{}", near_miss(near)));
        }
        return Ok(ExitCode::Good);
    }
    let mut query: Vec<(String, String)> = wanted
        .into_iter()
        .map(|(name, value)| (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    query.extend(parameters([
        ("since", args.since.map(|since| since.to_string())),
        ("limit", args.limit.map(|limit| limit.to_string())),
    ]));
    let answer = admin.send(Method::GET, &with_query("/requests", &query), None).await?;
    if global.json {
        println!("{answer:#}");
    } else {
        items(&answer, "requests").iter().for_each(|line| println!("{}", request_line(line)));
        let dropped = answer.get("dropped").and_then(Value::as_u64).unwrap_or(0);
        if dropped > 0 {
            eprintln!("{dropped} older entries have left the record");
        }
    }
    Ok(ExitCode::Good)
}

pub(super) async fn messages(global: &Global, args: MessagesArgs) -> Result<ExitCode, Failure> {
    let query = parameters([
        ("to", args.to),
        ("channel", args.channel),
        ("after", args.after.map(|after| after.to_string())),
        ("limit", args.limit.map(|limit| limit.to_string())),
    ]);
    let answer = Admin::of(global).send(Method::GET, &with_query("/messages", &query), None).await?;
    if global.json {
        println!("{answer:#}");
    } else {
        items(&answer, "messages").iter().for_each(|line| println!("{}", message_line(line)));
    }
    Ok(ExitCode::Good)
}

pub(super) async fn why(global: &Global, args: WhyArgs) -> Result<ExitCode, Failure> {
    let answer = Admin::of(global).send(Method::GET, &format!("/why/{}", escape(&args.id)), None).await?;
    if global.json || args.format == WhyFormat::Json {
        println!("{answer:#}");
    } else {
        print!("{}", tree(&answer));
    }
    Ok(ExitCode::Good)
}

/// A tail of one list of the API.
struct Tail {
    /// Address and name of the list.
    list: &'static str,
    query: Vec<(String, String)>,
    after: u64,
    line: fn(&Value) -> String,
}

impl Tail {
    fn new(list: &'static str, query: Vec<(String, String)>, line: fn(&Value) -> String) -> Self {
        Self { list, query, after: 0, line }
    }

    /// What is new.
    async fn look(&mut self, admin: &Admin) -> Result<Vec<Value>, Failure> {
        let mut query = vec![("after".to_owned(), self.after.to_string()), ("limit".to_owned(), PAGE.to_owned())];
        query.extend(self.query.iter().cloned());
        let answer = admin.send(Method::GET, &with_query(&format!("/{}", self.list), &query), None).await?;
        self.after = answer.get("next").and_then(Value::as_u64).unwrap_or(self.after);
        Ok(items(&answer, self.list).to_vec())
    }

    /// Passes what is there already.
    async fn pass(&mut self, admin: &Admin) -> Result<(), Failure> {
        while !self.look(admin).await?.is_empty() {}
        Ok(())
    }
}

pub(super) async fn listen(global: &Global, args: ListenArgs) -> Result<ExitCode, Failure> {
    let admin = Admin::of(global);
    let mut tails = vec![Tail::new("findings", Vec::new(), finding_line)];
    if !args.findings {
        tails.push(Tail::new("requests", parameters([("service", args.service)]), request_line));
        tails.push(Tail::new("messages", Vec::new(), message_line));
    }
    for tail in &mut tails {
        tail.pass(&admin).await?;
    }
    eprintln!("listening to {}; stop with Ctrl-C", global.world);
    loop {
        for tail in &mut tails {
            for item in tail.look(&admin).await? {
                if global.json {
                    println!("{}", json!({ "list": tail.list, "item": item }));
                } else {
                    println!("{}", (tail.line)(&item));
                }
            }
        }
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::Good),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn request_line(line: &Value) -> String {
    let arrow = if text(line, "direction") == "out" { "⇐" } else { "→" };
    let mut out = format!(
        "{}  {arrow} {}  {} {}  {}",
        text(line, "at"),
        if text(line, "operation").is_empty() { text(line, "verdict") } else { text(line, "operation") },
        text(line, "method"),
        text(line, "path"),
        line.get("status").and_then(Value::as_u64).unwrap_or(0),
    );
    for (name, key) in [("about", "about"), ("wrote", "wrote"), ("findings", "findings")] {
        let all: Vec<String> =
            items(line, key).iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
        if !all.is_empty() {
            out.push_str(&format!("  {name} {}", all.join(" ")));
        }
    }
    for (name, key) in [("app", "app"), ("hint", "hint"), ("id", "request_id")] {
        if !text(line, key).is_empty() {
            out.push_str(&format!("  {name} {}", text(line, key)));
        }
    }
    out
}

fn message_line(line: &Value) -> String {
    let state = match (text(line, "read"), text(line, "delivered")) {
        ("", "") => "on its way",
        ("", _) => "delivered",
        _ => "read",
    };
    format!(
        "{}  ✉ {}  to {}  \"{}\"  {state}  id {}",
        text(line, "at"),
        text(line, "channel"),
        text(line, "to"),
        text(line, "subject"),
        text(line, "message_id"),
    )
}

fn finding_line(line: &Value) -> String {
    format!("{}  ! {}  {}", text(line, "at"), text(line, "kind"), text(line, "detail"))
}

fn near_miss(near: &Value) -> String {
    let mut out = request_line(&near["request"]);
    for field in items(near, "differences") {
        let (name, wanted, got) = (text(field, "felt"), text(field, "forventet"), text(field, "fikk"));
        out.push_str(&format!("\n    {name}: wanted {wanted}, got {got}"));
    }
    out
}

/// The chain with each step under the one it led to.
fn tree(chain: &Value) -> String {
    let (mut out, mut because) = (String::new(), String::new());
    for (depth, step) in items(chain, "steps").iter().enumerate() {
        if depth > 0 {
            out.push_str(&format!("{}└─ {because} ", "   ".repeat(depth - 1)));
        }
        let about: Vec<&str> = items(step, "about").iter().filter_map(Value::as_str).collect();
        let about = if about.is_empty() { String::new() } else { format!("  about {}", about.join(" ")) };
        let (kind, id) = (text(step, "kind"), text(step, "id"));
        out.push_str(&format!("{kind} {id}  {}  {}{about}\n", text(step, "at"), text(step, "what")));
        text(step, "because").clone_into(&mut because);
    }
    if chain.get("complete") == Some(&Value::Bool(false)) {
        out.push_str("… the chain goes no further: what led here is not in the record any more\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_drawn_from_the_effect_to_its_root() {
        let step = |kind: &str, id: &str, because: Option<&str>| json!({"kind": kind, "id": id, "at": "2027-01-04", "what": "w", "about": [], "because": because});
        let chain = json!({"complete": true, "steps": [
            step("message", "m", Some("sent out by")), step("item", "#7", Some("written by")), step("request", "1-2", None)
        ]});
        assert_eq!(
            tree(&chain),
            "message m  2027-01-04  w\n└─ sent out by item #7  2027-01-04  w\n   └─ written by request 1-2  2027-01-04  w\n"
        );
    }

    #[test]
    fn queries_are_written_with_their_signs_escaped() {
        let query = parameters([("about", Some("alder > 3 && bosatt".to_owned())), ("limit", None)]);
        assert_eq!(with_query("/requests", &query), "/requests?about=alder%20%3E%203%20%26%26%20bosatt");
        assert_eq!(with_query("/requests", &[]), "/requests");
    }
}
