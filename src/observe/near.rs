//! Near misses: what was nearly wanted, by how far it is from it (`specs/experience.md` §12.2).
//!
//! One engine for scenarios, for `near-misses` of the admin API and for the command line. Weights say what matters:
//! service, operation, person, time window, then the fields a match names.

use crate::clock::Instant;
use crate::town::model::PersonKey;

use super::RequestEntry;

/// Near misses shown at most.
pub const NEAR: usize = 3;
/// Greatest distance that still counts as near.
const FAR: u32 = 14;

/// Weights of what can differ.
pub mod weight {
    /// Another service.
    pub const SERVICE: u32 = 8;
    /// Another operation of the same service: nearer than one of another.
    pub const OPERATION: u32 = 6;
    /// An operation of another service.
    pub const OTHER_OPERATION: u32 = 12;
    /// Somebody else.
    pub const PERSON: u32 = 4;
    /// Another time, or a feed read that does not reach.
    pub const TIME: u32 = 3;
    /// Any other field.
    pub const FIELD: u32 = 2;
}

/// One field that is not as wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// Path of the field; empty for the value itself.
    pub field: String,
    /// What was wanted.
    pub wanted: String,
    /// What was there.
    pub got: String,
}

/// The fields in which something differs, each with its weight.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Distance {
    fields: Vec<(u32, Difference)>,
}

impl Distance {
    /// Adds a field that differs.
    pub fn differ(&mut self, weight: u32, field: &str, wanted: impl Into<String>, got: impl Into<String>) {
        let difference = Difference { field: field.to_owned(), wanted: wanted.into(), got: got.into() };
        self.fields.push((weight, difference));
    }

    /// Adds `field` when a text is wanted and another is there.
    pub fn text(&mut self, weight: u32, field: &str, wanted: Option<&str>, got: &str) {
        if let Some(wanted) = wanted
            && wanted != got
        {
            self.differ(weight, field, wanted, got);
        }
    }

    /// Adds the differences of a match.
    pub fn all(&mut self, differences: impl IntoIterator<Item = Difference>) {
        self.fields.extend(differences.into_iter().map(|difference| (weight::FIELD, difference)));
    }

    /// Adds what another distance holds.
    pub fn add(&mut self, other: Self) {
        self.fields.extend(other.fields);
    }

    /// Adds `at` when it lies outside the window from `from` to `to`, both included.
    pub fn window(&mut self, from: Instant, to: Instant, at: Instant, stamp: impl Fn(Instant) -> String) {
        if at > to {
            self.differ(weight::TIME, "at", format!("≤ {}", stamp(to)), stamp(at));
        } else if at < from {
            self.differ(weight::TIME, "at", format!("≥ {}", stamp(from)), stamp(at));
        }
    }

    /// The sum of the weights.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.fields.iter().map(|(weight, _)| weight).sum()
    }

    /// Nothing differs.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields, in the order they were added.
    #[must_use]
    pub fn into_differences(self) -> Vec<Difference> {
        self.fields.into_iter().map(|(_, difference)| difference).collect()
    }
}

/// The parts of a wanted request that are plain words: values of fields are matched by whoever knows their language.
#[derive(Clone, Debug, Default)]
pub struct WantedRequest<'a> {
    /// Service id.
    pub service: Option<&'a str>,
    /// Operation.
    pub operation: Option<&'a str>,
    /// One of these people.
    pub about: &'a [PersonKey],
    /// App.
    pub app: Option<&'a str>,
    /// Client id.
    pub as_client: Option<&'a str>,
}

impl WantedRequest<'_> {
    /// How far `entry` is from it; `names` says what people are called.
    #[must_use]
    pub fn distance(&self, entry: &RequestEntry, names: impl Fn(&[PersonKey]) -> String) -> Distance {
        let mut distance = Distance::default();
        distance.text(weight::SERVICE, "service", self.service, entry.note.service);
        if let Some(operation) = self.operation
            && operation != entry.note.operation
        {
            let service = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
            let same = service(operation) == service(entry.note.operation);
            let weight = if same { weight::OPERATION } else { weight::OTHER_OPERATION };
            distance.differ(weight, "operation", operation, entry.note.operation);
        }
        if !self.about.is_empty() && !self.about.iter().any(|key| entry.note.about.contains(key)) {
            distance.differ(weight::PERSON, "about", names(self.about), names(&entry.note.about));
        }
        distance.text(weight::FIELD, "app", self.app, entry.app.as_deref().unwrap_or("–"));
        distance.text(weight::FIELD, "as_client", self.as_client, entry.note.client.as_deref().unwrap_or("–"));
        distance
    }
}

/// The [`NEAR`] nearest of `all`, nearest first; what is too far away is left out, and what is exact is no near miss.
#[must_use]
pub fn nearest<T>(all: impl IntoIterator<Item = (Distance, T)>) -> Vec<(T, Vec<Difference>)> {
    let mut near: Vec<(Distance, T)> =
        all.into_iter().filter(|(distance, _)| !distance.is_exact() && distance.total() <= FAR).collect();
    near.sort_by_key(|(distance, _)| distance.total());
    near.truncate(NEAR);
    near.into_iter().map(|(distance, what)| (what, distance.into_differences())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Note;

    fn asked(service: &'static str, operation: &'static str, person: u32) -> RequestEntry {
        let note = Note { service, operation, about: vec![PersonKey::Base(person)], ..Note::default() };
        RequestEntry { note, ..RequestEntry::default() }
    }

    #[test]
    fn service_weighs_more_than_operation_operation_more_than_person_and_three_are_shown() {
        let people = [PersonKey::Base(1)];
        let wanted = WantedRequest {
            service: Some("krr"),
            operation: Some("krr.person.hent"),
            about: &people,
            ..WantedRequest::default()
        };
        let all = [
            ("another person", asked("krr", "krr.person.hent", 2)),
            ("exact", asked("krr", "krr.person.hent", 1)),
            ("another operation", asked("krr", "krr.endringer.hent", 1)),
            ("operation and person", asked("krr", "krr.endringer.hent", 2)),
            ("another service", asked("folkeregisteret", "folkeregisteret.person.hent", 1)),
        ];
        let names = |people: &[PersonKey]| format!("{people:?}");
        let near = nearest(all.iter().map(|(what, entry)| (wanted.distance(entry, names), *what)));
        let order: Vec<&str> = near.iter().map(|(what, _)| *what).collect();
        assert_eq!(order, ["another person", "another operation", "operation and person"]);
        let fields: Vec<&str> = near[2].1.iter().map(|difference| difference.field.as_str()).collect();
        assert_eq!(fields, ["operation", "about"], "the differing fields only");
        assert_eq!(near[0].1[0].wanted, "[Base(1)]");
    }

    #[test]
    fn what_came_outside_its_window_is_near() {
        let at = Instant::from_millis;
        let mut late = Distance::default();
        late.window(at(10), at(20), at(25), |at| at.millis().to_string());
        let mut early = Distance::default();
        early.window(at(10), at(20), at(5), |at| at.millis().to_string());
        let mut right = Distance::default();
        right.window(at(10), at(20), at(20), |at| at.millis().to_string());
        assert!(right.is_exact());
        let near = nearest([(late, "late"), (early, "early"), (right, "right")]);
        assert_eq!(near.len(), 2);
        assert_eq!((near[0].1[0].wanted.as_str(), near[0].1[0].got.as_str()), ("≤ 20", "25"));
        assert_eq!(near[1].1[0].wanted, "≥ 10");
    }
}
