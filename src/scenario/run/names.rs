//! What names mean while a scenario runs.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Run;
use crate::observe::RequestEntry;
use crate::scenario::when::Moment;
use crate::select::{EvalFault, Kart, Scope, Uttrykk, Verdi};
use crate::town::Town;
use crate::town::model::{PersonId, PersonKey};

/// The parameters of a query string as a document.
fn query(text: &str) -> Verdi {
    Kart::of(form_pairs(text).into_iter().map(|(key, value)| (key, Verdi::text(&value))))
}

/// Names and values of a form or query, percent signs read.
pub(super) fn form_pairs(text: &str) -> Vec<(String, String)> {
    let read = |part: &str| {
        let mut bytes = Vec::new();
        let raw = part.as_bytes();
        let mut at = 0;
        while at < raw.len() {
            let pair = raw.get(at + 1..at + 3).filter(|_| raw[at] == b'%');
            let byte =
                pair.and_then(|pair| std::str::from_utf8(pair).ok()).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            match byte {
                Some(byte) => {
                    bytes.push(byte);
                    at += 3;
                }
                None => {
                    bytes.push(if raw[at] == b'+' { b' ' } else { raw[at] });
                    at += 1;
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (read(key), read(value))
        })
        .collect()
}

/// The body of a request: a document when it is JSON, else its text.
fn body(text: &str) -> Verdi {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) => Verdi::from_json(&json),
        Err(_) if text.is_empty() => Verdi::Null,
        Err(_) => Verdi::text(text),
    }
}

/// A request as expressions see it.
pub(super) fn request(town: &Town, entry: &RequestEntry) -> Verdi {
    let about = entry.note.about.iter().filter_map(|key| town.id_of(*key)).map(Verdi::Person);
    let text = |text: Option<&str>| text.map_or(Verdi::Null, Verdi::text);
    Kart::of([
        ("id", Verdi::Int(i64::try_from(entry.id).unwrap_or(i64::MAX))),
        ("at", Verdi::Tid(entry.at)),
        ("service", Verdi::text(entry.note.service)),
        ("operation", Verdi::text(entry.note.operation)),
        ("app", text(entry.app.as_deref())),
        ("as_client", text(entry.note.client.as_deref())),
        ("about", Verdi::List(about.collect())),
        ("method", Verdi::text(&entry.method)),
        ("path", Verdi::text(&entry.path)),
        ("query", query(&entry.query)),
        ("status", Verdi::Int(entry.status.into())),
        ("body", body(&entry.request_body.text())),
    ])
}

fn shown(limit: &AtomicUsize) -> usize {
    limit.load(Ordering::Relaxed)
}

impl Run<'_> {
    fn lookup(&self, name: &str) -> Option<Verdi> {
        if let Some(instant) = name.strip_prefix("@naar ") {
            let (entry, moment) = instant.split_once(' ').unwrap_or((instant, ""));
            let moment = Moment::ALL.iter().find(|(word, _)| *word == moment).map(|(_, moment)| *moment);
            let at = self.instants.get(entry).and_then(|instants| instants.get(moment));
            return Some(at.map_or(Verdi::Null, Verdi::Tid));
        }
        Some(match name {
            "world" => self.world_value(),
            "clock" => Kart::of([("now", Verdi::Tid(self.now())), ("date", Verdi::Dato(self.now().dato()))]),
            "app" => self.app_value(),
            "env" => Kart::of(self.around.env.iter().map(|(key, value)| (key.as_str(), Verdi::text(value)))),
            "messages" => Verdi::List(
                self.messages
                    .iter()
                    .take(shown(&self.shown_messages))
                    .map(|message| message.verdi(&self.town))
                    .collect(),
            ),
            "requests" => Verdi::List(
                self.requests
                    .iter()
                    .take(shown(&self.shown_requests))
                    .map(|entry| request(&self.town, entry))
                    .collect(),
            ),
            // Our own rewritten names and the interpreter's are not declared names.
            _ if name.starts_with(['@', '#']) => return None,
            // A name that some step sets is null until that step has run.
            _ => self.values.get(name).cloned().unwrap_or(Verdi::Null),
        })
    }

    fn world_value(&self) -> Verdi {
        let header = &self.town.base.header;
        Kart::of([
            ("seed", Verdi::text(&header.seed.0.to_string())),
            ("size", Verdi::Int(header.size.into())),
            ("date", Verdi::Tid(header.start)),
            ("municipality", Verdi::text(&header.profile)),
            ("name", Verdi::text(self.world.name())),
        ])
    }

    fn app_value(&self) -> Verdi {
        let url = |live: &super::LiveApp| Kart::of([("url", Verdi::text(&live.app.url))]);
        match (self.apps.values().next(), self.apps.len()) {
            (Some(app), 1) => url(app),
            _ => Kart::of(self.apps.iter().map(|(name, app)| (name.as_str(), url(app)))),
        }
    }

    /// Does something with a scope in which `it` is bound.
    pub(super) fn scoped<T>(&self, it: Option<Verdi>, with: impl FnOnce(&Scope<'_>) -> T) -> T {
        let lookup = |name: &str| self.lookup(name);
        with(&Scope { town: &self.town, it, view: crate::select::View::Whole, lookup: &lookup })
    }

    /// The people an expression gives; households are their members.
    pub(super) fn people(&self, uttrykk: &Uttrykk) -> Result<Vec<PersonKey>, EvalFault> {
        let value = self.scoped(None, |scope| uttrykk.eval(scope))?;
        let members =
            |husstand| self.town.medlemmer_of(husstand).into_iter().map(|member| member.id).collect::<Vec<PersonId>>();
        Ok(value.people(&members).into_iter().map(|id| self.town.key_of(id)).collect())
    }

    /// The people several expressions give.
    pub(super) fn all_people(&self, all: &[Uttrykk]) -> Result<Vec<PersonKey>, EvalFault> {
        let mut people = Vec::new();
        for one in all {
            people.extend(self.people(one)?);
        }
        Ok(people)
    }

    /// What a person is called in sentences: the name, with the file's own word for them where it has one (new-born
    /// twins share a name); never where they live.
    pub(super) fn name_of(&self, key: PersonKey) -> String {
        let Some(person) = self.town.person_by_key(key) else { return "?".to_owned() };
        let name = person.navn().full();
        let word = self.values.iter().find(|(_, value)| **value == Verdi::Person(person.id)).map(|(word, _)| word);
        word.map_or_else(|| name.clone(), |word| format!("{name} ({word})"))
    }

    /// Names of several people.
    pub(super) fn names_of(&self, keys: &[PersonKey]) -> String {
        keys.iter().map(|key| self.name_of(*key)).collect::<Vec<_>>().join(", ")
    }
}
