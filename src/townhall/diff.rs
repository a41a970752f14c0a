//! How two worlds of one base differ, in the words of the domain: people, messages, clients and the clock.
//!
//! The logs since the last item both share say whom to look at; the two towns (`towns`) say what differs. What is the same
//! in both in the end is no difference, however it came about.

mod difference;
mod towns;

use std::collections::BTreeSet;

use super::{HallError, TownHall, World};
use crate::journal::LogItem;
use crate::town::Event;
use crate::town::event::{FolkEvent, KontaktEvent};
use crate::town::model::PersonKey;
use crate::town::state::{Meldingsnoekkel, Tjeneste};
pub use difference::{Borger, Difference, Pair, Side};
use towns::differences;

/// Log items compared at once.
const READ_AT_ONCE: usize = 1_024;

/// How two worlds differ.
#[derive(Clone, Debug)]
pub struct Diff {
    /// The last item both logs share; 0 for none.
    pub common: u64,
    /// Items behind it in each.
    pub items: Pair<u64>,
    /// Whether the canonical digests agree: the same things happened, in whatever order.
    pub same: bool,
    /// The differences: clock, people, messages, clients.
    pub differences: Vec<Difference>,
}

/// Whom and what the logs touch behind the last common item.
#[derive(Default)]
struct Touched {
    people: BTreeSet<PersonKey>,
    messages: BTreeSet<Meldingsnoekkel>,
    clients: BTreeSet<(Tjeneste, String)>,
}

impl Touched {
    fn by(&mut self, event: &Event) {
        match event {
            Event::Folk(FolkEvent::PersonKom { origin, .. }) => {
                self.people.insert(PersonKey::World(*origin));
            }
            Event::Folk(FolkEvent::Registrert(change)) => {
                self.people.insert(change.person);
            }
            Event::Folk(FolkEvent::NyHusstand { medlemmer }) => self.people.extend(medlemmer),
            Event::Folk(FolkEvent::Livshendelse(spor)) => {
                self.people.insert(spor.person);
            }
            Event::Folk(FolkEvent::Flyttespor(spor)) => {
                self.people.insert(spor.person);
            }
            Event::Folk(FolkEvent::Identitetsgrunnlag(flom)) => self.people.extend(flom.personer()),
            Event::Folk(
                FolkEvent::Barnehageplass { barn: person, .. }
                | FolkEvent::Holdt { person, .. }
                | FolkEvent::Hjem { person, .. }
                | FolkEvent::TilHusstand { person, .. }
                | FolkEvent::UtAvHusstand { person }
                | FolkEvent::Partner { person, .. }
                | FolkEvent::Annullert { person, .. },
            )
            | Event::Kontakt(KontaktEvent::Endret { person, .. } | KontaktEvent::Foert { person, .. }) => {
                self.people.insert(*person);
            }
            Event::Hverdag(event) => self.people.extend(event.person()),
            Event::Virksomhet(event) => self.people.extend(event.personer()),
            Event::Post(event) => {
                self.messages.insert(event.melding());
            }
            Event::Klient(event) => {
                let (tjeneste, client_id) = event.klient();
                self.clients.insert((tjeneste, client_id.to_owned()));
            }
            // None is about anybody: the clock is compared as it stands; faults, deliveries, scopes, extracts and the like are between
            // town and app.
            Event::Kontakt(KontaktEvent::Regler(_))
            | Event::Tid(_)
            | Event::Fault(_)
            | Event::Levering(_)
            | Event::Eid(_)
            | Event::Uttrekk(_) => {}
        }
    }
}

impl TownHall {
    /// How `a` and `b` differ; `None` when they have different bases and nothing can be compared.
    ///
    /// # Errors
    /// When the store cannot read a log.
    pub fn diff(&self, a: &World, b: &World) -> Result<Option<Diff>, HallError> {
        let worlds = Pair { a, b };
        if Pair::of(&worlds, |world| world.header().base_digest).differs().is_some() {
            return Ok(None);
        }
        let moments = Pair::of(&worlds, |world| world.moment());
        let heads = Pair::of(&moments, |moment| moment.seq());
        let common = self.common(&worlds, &heads)?;
        let mut touched = Touched::default();
        for (world, head) in [(a, heads.a), (b, heads.b)] {
            self.each_item_between(world, common, head, |item| item.events.iter().for_each(|event| touched.by(event)))?;
        }
        let towns = Pair::of(&moments, |moment| moment.town.as_ref().clone());
        let same = moments.a.ledger.canonical() == moments.b.ledger.canonical();
        let differences = differences(&towns, &touched);
        Ok(Some(Diff { common, items: heads.map(|head| head - common), same, differences }))
    }

    /// The last item both logs share. What headers say about forking is where to begin; from there the items themselves
    /// are compared, so that two worlds that did the same apart are found out.
    fn common(&self, worlds: &Pair<&World>, heads: &Pair<u64>) -> Result<u64, HallError> {
        let forked = Pair::of(worlds, |world| world.header().parent.map(|(id, at)| (id.0, at)));
        let from = match (forked.a, forked.b) {
            (Some((id, at)), _) if id == worlds.b.incarnation() => at,
            (_, Some((id, at))) if id == worlds.a.incarnation() => at,
            (Some((one, at)), Some((other, also))) if one == other => at.min(also),
            _ => 0,
        };
        let shortest = heads.a.min(heads.b);
        let mut common = from.min(shortest);
        while common < shortest {
            let limit = usize::try_from(shortest - common).unwrap_or(READ_AT_ONCE).min(READ_AT_ONCE);
            let a = self.0.journal.read(worlds.a.id(), common + 1, limit)?;
            let b = self.0.journal.read(worlds.b.id(), common + 1, limit)?;
            let equal = a.iter().zip(&b).take_while(|(one, other)| one == other).count();
            common += equal as u64;
            if equal < limit {
                break;
            }
        }
        Ok(common)
    }

    /// Calls `see` with the items of `world` behind `from` up to `until`.
    fn each_item_between(
        &self,
        world: &World,
        from: u64,
        until: u64,
        mut see: impl FnMut(&LogItem),
    ) -> Result<(), HallError> {
        let mut at = from;
        while at < until {
            let limit = usize::try_from(until - at).unwrap_or(READ_AT_ONCE).min(READ_AT_ONCE);
            let items = self.0.journal.read(world.id(), at + 1, limit)?;
            items.iter().for_each(&mut see);
            let Some(last) = items.last() else { break };
            at = last.seq;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
