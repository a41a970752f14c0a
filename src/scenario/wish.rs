//! Wanted requests outside a file: the same words and matches as in a scenario, for the admin API (`specs/experience.md`
//! §10.3 Req, §16).

use std::path::PathBuf;
use std::sync::Arc;

use super::fault::LoadFault;
use super::node::{self, Source};
use super::plan::{Count, Req};
use super::read::request_of;
use super::run::value_distance;
use super::template::stamp;
use crate::clock::Instant;
use crate::observe::near::WantedRequest;
use crate::observe::{Distance, RequestEntry};
use crate::select::Scope;
use crate::town::Town;
use crate::town::model::PersonKey;

/// A wanted request. What it is about is given beside it, because a selector is asked of a town.
#[derive(Debug)]
pub struct Wish(Req);

impl Wish {
    /// Reads the document `text` (JSON, as every JSON is YAML). Words that point into a time line (`saw`, `after`,
    /// `before`) are refused: there is none here.
    ///
    /// # Errors
    /// A fault with its place in `text`.
    pub fn read(text: &str) -> Result<Self, LoadFault> {
        let source = Arc::new(Source { path: PathBuf::from("request"), text: text.to_owned() });
        let root = node::read(&source)
            .map_err(|fault| super::grammar::wrong_at(&source, &fault.span, "scn.no-yaml", &[&fault.message]))?;
        request_of(&source, &root).map(Self)
    }

    /// Whether `count` requests are as many as wanted; without a count at least one is.
    #[must_use]
    pub fn is_enough(&self, count: u64) -> bool {
        let wanted = self.0.count.unwrap_or(Count::ONE_OR_MORE);
        count >= wanted.least && wanted.most.is_none_or(|most| count <= most)
    }

    /// How far `entry` is from it in `town`, for a request about one of `about`. What cannot be evaluated differs.
    #[must_use]
    pub fn distance(&self, town: &Arc<Town>, about: &[PersonKey], entry: &RequestEntry) -> Distance {
        let words = WantedRequest {
            service: self.0.service.as_deref(),
            operation: self.0.operation.as_deref(),
            about,
            app: self.0.app.as_deref(),
            as_client: self.0.as_client.as_deref(),
        };
        let names = |people: &[PersonKey]| {
            let name = |key: &PersonKey| town.person_by_key(*key).map(|person| person.navn().full());
            people.iter().filter_map(name).collect::<Vec<_>>().join(", ")
        };
        let mut distance = words.distance(entry, names);
        match value_distance(&self.0, town, entry, &Scope::outside(town)) {
            Ok(values) => distance.add(values),
            Err(fault) => distance.differ(crate::observe::near::weight::FIELD, "", "", fault.key),
        }
        distance
    }

    /// The same for a window of virtual time.
    #[must_use]
    pub fn distance_within(
        &self,
        town: &Arc<Town>,
        about: &[PersonKey],
        window: (Instant, Instant),
        entry: &RequestEntry,
    ) -> Distance {
        let mut distance = self.distance(town, about, entry);
        distance.window(window.0, window.1, entry.at, stamp);
        distance
    }
}
