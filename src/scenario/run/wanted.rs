//! Requests and messages against what was wanted of them, and the nearest that were not it
//! (`specs/experience.md` §12.2).

use std::sync::Arc;

use super::{Mark, Run, names};
use crate::clock::Instant;
use crate::observe::near::{WantedRequest, nearest, weight};
use crate::observe::{Difference, Distance, RequestEntry};
use crate::scenario::fault::Sentence;
use crate::scenario::matching::Match;
use crate::scenario::messages::Message;
use crate::scenario::outcome::NearMiss;
use crate::scenario::plan::{Language, Msg, Req, Sender};
use crate::scenario::template::stamp;
use crate::select::{EvalFault, Scope, Verdi};
use crate::town::Town;
use crate::town::model::{PersonKey, VirksomhetId};

/// When and from where on an expectation looks.
pub(super) struct Window {
    pub(super) mark: Mark,
    pub(super) from: Instant,
    pub(super) deadline: Instant,
}

impl Window {
    /// The window of everything.
    pub(super) fn open() -> Self {
        let (first, last) = (Instant::from_millis(i64::MIN), Instant::from_millis(i64::MAX));
        Self { mark: Mark::default(), from: first, deadline: last }
    }
}

/// What differs between a match and a field.
fn field_differences(
    wanted: Option<&Match>,
    got: Option<&Verdi>,
    field: &str,
    scope: &Scope<'_>,
) -> Result<Vec<Difference>, EvalFault> {
    let Some(wanted) = wanted else { return Ok(Vec::new()) };
    let mut differences = wanted.differences(got, field, scope)?;
    for difference in &mut differences {
        // What a letter says may hold a street that must not leave the town, so only its length is shown.
        if difference.field.ends_with("text") {
            difference.got = got.and_then(Verdi::written).map_or_else(|| "–".to_owned(), |text| length_of(&text));
        }
    }
    Ok(differences)
}

/// What differs between the matches of a wanted request and an entry: its query, its body and its status.
pub(in crate::scenario) fn value_distance(
    wanted: &Req,
    town: &Town,
    entry: &RequestEntry,
    scope: &Scope<'_>,
) -> Result<Distance, EvalFault> {
    let mut distance = Distance::default();
    let fields = [("query", &wanted.query), ("body", &wanted.body), ("status", &wanted.status)];
    if fields.iter().all(|(_, wanted)| wanted.is_none()) {
        return Ok(distance);
    }
    let item = names::request(town, entry);
    for (field, wanted) in fields {
        let got = if let Verdi::Kart(kart) = &item { kart.get(field) } else { None };
        distance.all(field_differences(wanted.as_ref(), got, field, scope)?);
    }
    Ok(distance)
}

/// How long a text is, in place of the text.
fn length_of(text: &str) -> String {
    format!("… ({})", text.chars().count())
}

/// The people of a wanted item, computed once.
#[derive(Default)]
struct People {
    about: Vec<PersonKey>,
    to: Vec<PersonKey>,
}

impl Run<'_> {
    fn request_distance(&self, wanted: &Req, people: &People, entry: &RequestEntry) -> Result<Distance, EvalFault> {
        // With one app everything comes from it; with several, a request must say which.
        let app = wanted.app.as_deref().filter(|_| self.apps.len() > 1);
        let words = WantedRequest {
            service: wanted.service.as_deref(),
            operation: wanted.operation.as_deref(),
            about: &people.about,
            app,
            as_client: wanted.as_client.as_deref(),
        };
        let mut distance = words.distance(entry, |people| self.names_of(people));
        if let Some(saw) = &wanted.saw {
            let number = self.feed_numbers.get(saw).map(|(_, last)| *last);
            let covers =
                entry.note.feed_read.zip(number).is_some_and(|((from, to), number)| from <= number && number <= to);
            if !covers {
                let got = entry.note.feed_read.map_or_else(|| "–".to_owned(), |(from, to)| format!("{from}–{to}"));
                distance.differ(
                    weight::TIME,
                    "saw",
                    number.map_or_else(|| "–".to_owned(), |number| number.to_string()),
                    got,
                );
            }
        }
        distance.add(self.scoped(None, |scope| value_distance(wanted, &self.town, entry, scope))?);
        for (limit, after) in [(&wanted.after, true), (&wanted.before, false)] {
            let Some(limit) = limit else { continue };
            let at = self.instants.get(limit).and_then(|instants| instants.happened);
            if at.is_none_or(|at| if after { entry.at < at } else { entry.at > at }) {
                let when = at.map_or_else(|| "–".to_owned(), stamp);
                distance.differ(weight::TIME, if after { "after" } else { "before" }, when, stamp(entry.at));
            }
        }
        Ok(distance)
    }

    fn request_people(&self, wanted: &Req) -> Result<People, EvalFault> {
        Ok(People { about: self.all_people(&wanted.about)?, to: Vec::new() })
    }

    /// The requests in `window` that are as wanted.
    pub(super) fn find_requests(&self, wanted: &Req, window: &Window) -> Result<Vec<Arc<RequestEntry>>, EvalFault> {
        let people = self.request_people(wanted)?;
        let mut found = Vec::new();
        for entry in self.requests.iter().skip(window.mark.requests) {
            if entry.at >= window.from
                && entry.at <= window.deadline
                && self.request_distance(wanted, &people, entry)?.is_exact()
            {
                found.push(entry.clone());
            }
        }
        Ok(found)
    }

    /// The nearest requests that are not as wanted, or not in time.
    pub(super) fn near_requests(&self, wanted: &Req, window: &Window) -> Vec<NearMiss> {
        let Ok(people) = self.request_people(wanted) else { return Vec::new() };
        let mut near = Vec::new();
        for (place, entry) in self.requests.iter().enumerate() {
            let Ok(mut distance) = self.request_distance(wanted, &people, entry) else { continue };
            self.time(&mut distance, window, entry.at, place < window.mark.requests);
            near.push((distance, self.request_line(entry)));
        }
        near_misses(near)
    }

    fn time(&self, distance: &mut Distance, window: &Window, at: Instant, before: bool) {
        if before && at >= window.from {
            // Of the same instant, but seen before the window was opened.
            distance.differ(weight::TIME, "at", format!("≥ {}", stamp(window.from)), stamp(at));
        } else {
            distance.window(window.from, window.deadline, at, stamp);
        }
    }

    /// A request in one line.
    pub(super) fn request_line(&self, entry: &RequestEntry) -> Sentence {
        let about = if entry.note.about.is_empty() { "–".to_owned() } else { self.names_of(&entry.note.about) };
        let operation = if entry.note.operation.is_empty() { entry.path.as_str() } else { entry.note.operation };
        let parts = [&entry.id.to_string(), operation, &about, &stamp(entry.at), &entry.status.to_string()];
        Sentence::new("run.request-line", &parts)
    }

    fn message_people(&self, wanted: &Msg) -> Result<People, EvalFault> {
        Ok(People { about: self.all_people(&wanted.about)?, to: self.all_people(&wanted.to)? })
    }

    fn message_distance(&self, wanted: &Msg, people: &People, message: &Message) -> Result<Distance, EvalFault> {
        let mut distance = Distance::default();
        if !wanted.channel.is_empty() && !wanted.channel.iter().any(|channel| channel == message.channel) {
            distance.differ(weight::FIELD, "channel", wanted.channel.join(", "), message.channel);
        }
        if !wanted.to.is_empty() && !people.to.contains(&message.to) {
            distance.differ(weight::OPERATION, "to", self.names_of(&people.to), self.name_of(message.to));
        }
        if let Some(from) = &wanted.from {
            let orgnr = match from {
                Sender::Kommunen => self.town.base.kommune.orgnr.to_string(),
                Sender::Ref(uttrykk) => match self.scoped(None, |scope| uttrykk.eval(scope))? {
                    Verdi::Virksomhet(place) => self.town.virksomhet(VirksomhetId(place)).orgnr.to_string(),
                    other => other.type_word().to_owned(),
                },
            };
            distance.text(weight::FIELD, "from", Some(&orgnr), &message.from);
        }
        let text = |text: &str| Some(Verdi::text(text));
        for (field, wanted, got) in [
            ("kind", &wanted.kind, text(message.kind)),
            ("subject", &wanted.subject, text(&message.subject)),
            ("text", &wanted.text, message.text.as_deref().map(Verdi::text)),
        ] {
            distance.all(self.scoped(None, |scope| field_differences(wanted.as_ref(), got.as_ref(), field, scope))?);
        }
        if wanted.attachment.is_some() {
            self.attachment_distance(&mut distance, wanted, message)?;
        }
        if let Some(language) = &wanted.language {
            let preferred = match language {
                Language::Code(code) => Some(code.clone()),
                Language::Preferred => {
                    self.town.person_by_key(message.to).map(|person| person.kontakt().spraak.code().to_owned())
                }
            };
            distance.text(weight::FIELD, "language", preferred.as_deref(), message.language.unwrap_or("–"));
        }
        for (field, wanted, got) in
            [("delivered", wanted.delivered, message.delivered), ("read", wanted.read, message.read)]
        {
            if let Some(wanted) = wanted
                && wanted != got
            {
                distance.differ(weight::FIELD, field, wanted.to_string(), got.to_string());
            }
        }
        if !wanted.about.is_empty() && !people.about.iter().any(|key| message.about.contains(key)) {
            distance.differ(weight::PERSON, "about", self.names_of(&people.about), self.names_of(&message.about));
        }
        Ok(distance)
    }

    /// One of the attachments must be as wanted; the first one's differences are shown when none is.
    fn attachment_distance(&self, distance: &mut Distance, wanted: &Msg, message: &Message) -> Result<(), EvalFault> {
        let Some(wanted) = &wanted.attachment else { return Ok(()) };
        let mut least: Option<Distance> = None;
        for (name, mime, text) in &message.attachments {
            let mut own = Distance::default();
            let text = text.as_deref().map(Verdi::text);
            for (field, wanted, got) in [
                ("attachment.name", &wanted.name, Some(Verdi::text(name))),
                ("attachment.type", &wanted.mime, Some(Verdi::text(mime))),
                ("attachment.text", &wanted.text, text),
            ] {
                own.all(self.scoped(None, |scope| field_differences(wanted.as_ref(), got.as_ref(), field, scope))?);
            }
            if least.as_ref().is_none_or(|least| own.total() < least.total()) {
                least = Some(own);
            }
        }
        match least {
            Some(own) => distance.add(own),
            None => distance.differ(weight::TIME, "attachment", "1", "0"),
        }
        Ok(())
    }

    /// The messages in `window` that are as wanted.
    pub(super) fn find_messages(&self, wanted: &Msg, window: &Window) -> Result<Vec<Message>, EvalFault> {
        let people = self.message_people(wanted)?;
        let mut found = Vec::new();
        for message in self.messages.iter().skip(window.mark.messages) {
            if message.at >= window.from
                && message.at <= window.deadline
                && self.message_distance(wanted, &people, message)?.is_exact()
            {
                found.push(message.clone());
            }
        }
        Ok(found)
    }

    /// The nearest messages that are not as wanted, or not in time.
    pub(super) fn near_messages(&self, wanted: &Msg, window: &Window) -> Vec<NearMiss> {
        let Ok(people) = self.message_people(wanted) else { return Vec::new() };
        let mut near = Vec::new();
        for (place, message) in self.messages.iter().enumerate() {
            let Ok(mut distance) = self.message_distance(wanted, &people, message) else { continue };
            self.time(&mut distance, window, message.at, place < window.mark.messages);
            near.push((distance, self.message_line(message)));
        }
        near_misses(near)
    }

    /// A message in one line: never its text, which may hold what must not be shown.
    pub(super) fn message_line(&self, message: &Message) -> Sentence {
        let parts =
            [&message.id.to_string(), message.channel, &self.name_of(message.to), &stamp(message.at), &message.subject];
        Sentence::new("run.message-line", &parts)
    }

    /// What a wanted request is called.
    pub(super) fn wanted_request(&self, wanted: &Req) -> (String, String) {
        let name = wanted.operation.clone().or_else(|| wanted.service.clone()).unwrap_or_else(|| "–".to_owned());
        let people = self.all_people(&wanted.about).unwrap_or_default();
        (name, self.names_of(&people))
    }

    /// What a wanted message is called: its kind or channel, and to whom.
    pub(super) fn wanted_message(&self, wanted: &Msg) -> (String, String) {
        let kind = match &wanted.kind {
            Some(kind) => self.scoped(None, |scope| kind.differences(None, "kind", scope)).ok(),
            None => None,
        };
        let kind = kind.and_then(|all| all.first().map(|one| one.wanted.clone())).unwrap_or_default();
        let people = self.all_people(&wanted.to).unwrap_or_default();
        (kind, self.names_of(&people))
    }
}

/// The nearest as the report shows them.
fn near_misses(all: Vec<(Distance, Sentence)>) -> Vec<NearMiss> {
    nearest(all).into_iter().map(|(what, differences)| NearMiss { what, differences }).collect()
}
