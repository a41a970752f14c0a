//! What no answer may be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use byteby::app::Running;

use super::{Answer, Shot};

/// 500s that the integration point is documented to answer with (`specs/eformidling.md` §15): how their message begins.
const DOCUMENTED: [&str; 3] = [
    "SBD missing process",
    "Expected to find field named",
    "No enum constant no.difi.meldingsutveksling.ServiceIdentifier.",
];

/// What of ours may stand in a mocked body: names of published test keys, and the names of the forms of a log-in.
const OURS: [&str; 4] = ["\"kid\":\"byteby-", "byteby-login", "byteby-consent", "byteby-representation"];

pub(super) struct Judge {
    /// Where answers may lead: this server, and addresses registered for clients.
    ways: Vec<String>,
    statuses: Mutex<BTreeMap<u16, usize>>,
    /// Answers that send a browser somewhere, by header or by form.
    sent_on: AtomicUsize,
    /// Requests and the real time they took, by method and address of the good request they were made of.
    spent: Mutex<BTreeMap<String, (usize, Duration)>>,
}

impl Judge {
    pub(super) fn new(running: &Running) -> Self {
        let mut ways = BTreeSet::from([running.base_url(), "http://localhost/".to_owned()]);
        for info in running.hall.worlds() {
            let world = running.hall.world(&info.name).expect("a world of the list");
            for klient in world.town().klienter.alle.values() {
                ways.extend(klient.redirect_uris.iter().chain(&klient.post_logout_redirect_uris).cloned());
            }
        }
        // The client that a good request of the corpus registers.
        ways.insert("http://localhost:2984/callback".to_owned());
        Self {
            ways: ways.into_iter().collect(),
            statuses: Mutex::default(),
            sent_on: AtomicUsize::new(0),
            spent: Mutex::default(),
        }
    }

    /// What is wrong with `answer`, when something is.
    pub(super) fn wrong(&self, shot: &Shot, answer: &Result<Answer, String>) -> Option<String> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(why) => return Some(why.clone()),
        };
        *self.statuses.lock().unwrap_or_else(PoisonError::into_inner).entry(answer.status).or_insert(0) += 1;
        if answer.status == 0 {
            return (!shot.unframed).then(|| "no answer".to_owned());
        }
        let text = String::from_utf8_lossy(&answer.body);
        if answer.status >= 500 && answer.status != 501 && !is_documented(shot, answer, &text) {
            return Some(format!("answered {}", answer.status));
        }
        if let Some(location) = answer.header("location") {
            self.sent_on.fetch_add(1, Ordering::Relaxed);
            if !self.is_a_way(location) {
                return Some(format!("leads to {location}"));
            }
        }
        let action = text.split("action=\"").nth(1).and_then(|rest| rest.split('"').next());
        if answer.status == 200
            && let Some(action) = action
        {
            self.sent_on.fetch_add(1, Ordering::Relaxed);
            if !self.is_a_way(&action.replace("&#38;", "&")) {
                return Some(format!("a form leads to {action}"));
            }
        }
        let ours = OURS.iter().fold(text.to_ascii_lowercase(), |text, allowed| text.replace(allowed, ""));
        if !is_own(shot) && ours.contains("byteby") && !shot.target.to_ascii_lowercase().contains("byteby") {
            return Some("a mocked body speaks of us".to_owned());
        }
        None
    }

    fn is_a_way(&self, to: &str) -> bool {
        let here = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\") || to.starts_with('?');
        here || self.ways.iter().any(|way| {
            to.strip_prefix(way.as_str())
                .is_some_and(|rest| way.ends_with('/') || rest.is_empty() || rest.starts_with(['/', '?', '#']))
        })
    }

    /// Books what a request made of `good` took.
    pub(super) fn book(&self, good: &Shot, took: Duration) {
        let path = good.target.split('?').next().unwrap_or_default();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, sum) = spent.entry(format!("{} {path}", good.method)).or_default();
        *count += 1;
        *sum += took;
    }

    /// Where the time went: the good requests whose mutants took the longest together.
    pub(super) fn spent(&self) -> String {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = spent.iter().collect();
        all.sort_by_key(|(_, (_, sum))| std::cmp::Reverse(*sum));
        let line = |(name, (count, sum)): &(&String, &(usize, Duration))| format!("  {sum:>10.1?} {count:>6}  {name}");
        all.iter().take(12).map(line).collect::<Vec<_>>().join("\n")
    }

    /// How often each status came, and how many answers sent a browser on. Every one of them led to a place it may lead to,
    /// and every 5xx was a documented one, when nothing was found wrong.
    pub(super) fn summary(&self) -> String {
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = statuses.values().sum();
        let lines: Vec<String> = statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let sent_on = self.sent_on.load(Ordering::Relaxed);
        format!("{all} answers, {}; {sent_on} sent a browser on", lines.join(", "))
    }

    /// Whether some were answered well, some refused, and some found unknown.
    pub(super) fn kinds_met(&self) -> (bool, bool, bool) {
        let statuses = self.statuses.lock().unwrap_or_else(PoisonError::into_inner);
        (statuses.contains_key(&200), statuses.contains_key(&400), statuses.contains_key(&404))
    }
}

fn is_documented(shot: &Shot, answer: &Answer, text: &str) -> bool {
    if shot.headers.iter().any(|(name, _)| name == "byteby-fault") && answer.header("byteby-fault").is_some() {
        return true;
    }
    // A fault that another mutated request set.
    if answer.status == 503 && answer.header("byteby-fault").is_some() {
        return true;
    }
    let body: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    answer.status == 500
        && body["message"].as_str().is_some_and(|said| DOCUMENTED.iter().any(|known| said.starts_with(known)))
}

/// Whether the request is for our own surface: pages and admin API, not a mock.
fn is_own(shot: &Shot) -> bool {
    let path = shot.target.split('?').next().unwrap_or_default();
    let inside = path.strip_prefix("/w/").and_then(|rest| rest.find('/').map(|end| &rest[end..]));
    let path = inside.unwrap_or(path);
    path == "/"
        || path == "/favicon.ico"
        || path.starts_with("/ui")
        || path.starts_with("/_byteby")
        || path.starts_with("/w/")
}

/// Everything to send it again by hand.
pub(super) fn told(number: usize, what: &str, shot: &Shot, answer: &Result<Answer, String>) -> String {
    let bytes = shot.bytes();
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]).into_owned();
    let answer = match answer {
        Ok(answer) => {
            let body = String::from_utf8_lossy(&answer.body[..answer.body.len().min(600)]).into_owned();
            format!("{}\n{body}", answer.head)
        }
        Err(why) => why.clone(),
    };
    format!("#{number}: {what}\n>>> {shown}\n<<< {answer}")
}
