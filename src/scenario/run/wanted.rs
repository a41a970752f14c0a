//! Requests and messages against what was wanted of them, and the nearest that were not it
//! (`specs/experience.md` §12.2).

use std::sync::Arc;

use super::{Mark, Run, names};
use crate::clock::Instant;
use crate::observe::RequestEntry;
use crate::scenario::fault::Sentence;
use crate::scenario::matching::{Difference, Match};
use crate::scenario::messages::Message;
use crate::scenario::outcome::NearMiss;
use crate::scenario::plan::{Language, Msg, Req, Sender};
use crate::scenario::template::stamp;
use crate::select::{EvalFault, Verdi};
use crate::town::model::PersonKey;

/// Near misses shown at most.
pub(super) const NEAR: usize = 3;
/// Greatest distance that still counts as near.
const FAR: u32 = 14;

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

/// The fields in which something differs, each with its weight.
#[derive(Default)]
struct Distance {
    fields: Vec<(u32, Difference)>,
}

impl Distance {
    fn differ(&mut self, weight: u32, field: &str, wanted: impl Into<String>, got: impl Into<String>) {
        let difference = Difference { field: field.to_owned(), wanted: wanted.into(), got: got.into() };
        self.fields.push((weight, difference));
    }

    fn text(&mut self, weight: u32, field: &str, wanted: Option<&str>, got: &str) {
        if let Some(wanted) = wanted
            && wanted != got
        {
            self.differ(weight, field, wanted, got);
        }
    }

    fn matches(
        &mut self,
        run: &Run<'_>,
        field: &str,
        wanted: Option<&Match>,
        got: Option<&Verdi>,
    ) -> Result<(), EvalFault> {
        let Some(wanted) = wanted else { return Ok(()) };
        for mut difference in run.scoped(None, |scope| wanted.differences(got, field, scope))? {
            // What a letter says may hold a street that must not leave the town, so only its length is shown.
            if field.ends_with("text") {
                difference.got = got.and_then(Verdi::written).map_or_else(|| "–".to_owned(), |text| length_of(&text));
            }
            self.fields.push((2, difference));
        }
        Ok(())
    }

    fn total(&self) -> u32 {
        self.fields.iter().map(|(weight, _)| weight).sum()
    }
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
        let mut distance = Distance::default();
        distance.text(8, "service", wanted.service.as_deref(), entry.note.service);
        // Operations of one service are nearer to each other than to those of another.
        if let Some(operation) = &wanted.operation
            && *operation != entry.note.operation
        {
            let service = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
            let weight = if service(operation) == service(entry.note.operation) { 6 } else { 12 };
            distance.differ(weight, "operation", operation.as_str(), entry.note.operation);
        }
        if !wanted.about.is_empty() && !people.about.iter().any(|key| entry.note.about.contains(key)) {
            distance.differ(4, "about", self.names_of(&people.about), self.names_of(&entry.note.about));
        }
        // With one app everything comes from it; with several, a request must say which.
        if self.apps.len() > 1 {
            distance.text(2, "app", wanted.app.as_deref(), entry.app.as_deref().unwrap_or("–"));
        }
        distance.text(2, "as_client", wanted.as_client.as_deref(), entry.note.client.as_deref().unwrap_or("–"));
        if let Some(saw) = &wanted.saw {
            let number = self.feed_numbers.get(saw).map(|(_, last)| *last);
            let covers =
                entry.note.feed_read.zip(number).is_some_and(|((from, to), number)| from <= number && number <= to);
            if !covers {
                let got = entry.note.feed_read.map_or_else(|| "–".to_owned(), |(from, to)| format!("{from}–{to}"));
                distance.differ(3, "saw", number.map_or_else(|| "–".to_owned(), |number| number.to_string()), got);
            }
        }
        let item = names::request(&self.town, entry);
        let field = |key: &str| if let Verdi::Kart(kart) = &item { kart.get(key).cloned() } else { None };
        distance.matches(self, "query", wanted.query.as_ref(), field("query").as_ref())?;
        distance.matches(self, "body", wanted.body.as_ref(), field("body").as_ref())?;
        distance.matches(self, "status", wanted.status.as_ref(), field("status").as_ref())?;
        for (limit, after) in [(&wanted.after, true), (&wanted.before, false)] {
            let Some(limit) = limit else { continue };
            let at = self.instants.get(limit).and_then(|instants| instants.happened);
            if at.is_none_or(|at| if after { entry.at < at } else { entry.at > at }) {
                let when = at.map_or_else(|| "–".to_owned(), stamp);
                distance.differ(3, if after { "after" } else { "before" }, when, stamp(entry.at));
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
                && self.request_distance(wanted, &people, entry)?.fields.is_empty()
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
        nearest(near)
    }

    fn time(&self, distance: &mut Distance, window: &Window, at: Instant, before: bool) {
        if at > window.deadline {
            distance.differ(3, "at", format!("≤ {}", stamp(window.deadline)), stamp(at));
        } else if before || at < window.from {
            distance.differ(3, "at", format!("≥ {}", stamp(window.from)), stamp(at));
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
            distance.differ(2, "channel", wanted.channel.join(", "), message.channel);
        }
        if !wanted.to.is_empty() && !people.to.contains(&message.to) {
            distance.differ(6, "to", self.names_of(&people.to), self.name_of(message.to));
        }
        if let Some(from) = &wanted.from {
            let orgnr = match from {
                Sender::Kommunen => self.town.base.kommune.orgnr.to_string(),
                Sender::Ref(uttrykk) => match self.scoped(None, |scope| uttrykk.eval(scope))? {
                    Verdi::Virksomhet(place) => self.town.base.virksomheter[place as usize].orgnr.to_string(),
                    other => other.type_word().to_owned(),
                },
            };
            distance.text(2, "from", Some(&orgnr), &message.from);
        }
        let text = |text: &str| Some(Verdi::text(text));
        distance.matches(self, "kind", wanted.kind.as_ref(), text(message.kind).as_ref())?;
        distance.matches(self, "subject", wanted.subject.as_ref(), text(&message.subject).as_ref())?;
        distance.matches(self, "text", wanted.text.as_ref(), message.text.as_deref().map(Verdi::text).as_ref())?;
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
            distance.text(2, "language", preferred.as_deref(), message.language.unwrap_or("–"));
        }
        for (field, wanted, got) in
            [("delivered", wanted.delivered, message.delivered), ("read", wanted.read, message.read)]
        {
            if let Some(wanted) = wanted
                && wanted != got
            {
                distance.differ(2, field, wanted.to_string(), got.to_string());
            }
        }
        if !wanted.about.is_empty() && !people.about.iter().any(|key| message.about.contains(key)) {
            distance.differ(4, "about", self.names_of(&people.about), self.names_of(&message.about));
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
            own.matches(self, "attachment.name", wanted.name.as_ref(), Some(&Verdi::text(name)))?;
            own.matches(self, "attachment.type", wanted.mime.as_ref(), Some(&Verdi::text(mime)))?;
            own.matches(self, "attachment.text", wanted.text.as_ref(), text.as_ref())?;
            if least.as_ref().is_none_or(|least| own.total() < least.total()) {
                least = Some(own);
            }
        }
        match least {
            Some(own) => distance.fields.extend(own.fields),
            None => distance.differ(3, "attachment", "1", "0"),
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
                && self.message_distance(wanted, &people, message)?.fields.is_empty()
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
        nearest(near)
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

/// The [`NEAR`] nearest, those that are too far apart left out. Exact ones are no near misses.
fn nearest(mut all: Vec<(Distance, Sentence)>) -> Vec<NearMiss> {
    all.retain(|(distance, _)| !distance.fields.is_empty() && distance.total() <= FAR);
    all.sort_by_key(|(distance, _)| distance.total());
    all.truncate(NEAR);
    all.into_iter()
        .map(|(distance, what)| NearMiss {
            what,
            differences: distance.fields.into_iter().map(|(_, difference)| difference).collect(),
        })
        .collect()
}
