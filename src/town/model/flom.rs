//! A flood: one change of the same kind for very many people, as one event. It holds whom it is about and nothing that
//! the register can tell from that (`specs/folkeregister.md` §9, volumes).

use std::sync::Arc;

use super::{DayNo, FactId, Hendelsestype, Identitetsgrunnlagstatus, PersonKey};
use crate::base::{OriginKey, keyed_hash};
use crate::clock::Instant;

/// The first day on which the register has the status `unik`: 1 February 2027 (`specs/folkeregister.md` §6.2).
pub const UNIK_FRA: DayNo = DayNo(20_850);

/// The basis of the identity of many people, found anew: one entry of the event feed for each, in this order.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Identitetsflom {
    /// The key of the cause, from which facts and documents have their ids.
    pub origin: OriginKey,
    /// Register time of all.
    pub registrert: Instant,
    /// Valid from.
    pub gyldig_fra: DayNo,
    /// Source of the changes.
    pub kilde: Arc<str>,
    /// Reason of the changes.
    pub aarsak: Arc<str>,
    /// What everybody has from now on.
    pub status: Identitetsgrunnlagstatus,
    /// People of the base, ascending, as runs: the first and how many from there on.
    pub base: Vec<(u32, u32)>,
    /// People who came later, ascending.
    pub verden: Vec<OriginKey>,
}

impl Identitetsflom {
    /// The type of every change of it.
    pub const SLAG: Hendelsestype = Hendelsestype::EndringIIdentitetsgrunnlag;

    /// How many people it is about.
    #[must_use]
    pub fn antall(&self) -> usize {
        self.base.iter().map(|(_, count)| *count as usize).sum::<usize>() + self.verden.len()
    }

    /// Whom it is about, in order.
    pub fn personer(&self) -> impl Iterator<Item = PersonKey> + '_ {
        let base =
            self.base.iter().flat_map(|(first, count)| (*first..first.saturating_add(*count)).map(PersonKey::Base));
        base.chain(self.verden.iter().copied().map(PersonKey::World))
    }

    /// The fact that `person` gets.
    #[must_use]
    pub fn fact_id(&self, person: PersonKey) -> FactId {
        FactId::of_world(self.origin, person, 0)
    }

    /// A secret of the flood for ids of one kind of document.
    #[must_use]
    pub fn noekkel(&self, seed: u64, what: &str) -> u64 {
        keyed_hash(what, &[&seed.to_be_bytes(), &self.origin.0.to_be_bytes()]).word()
    }
}
