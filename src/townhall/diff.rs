//! How two worlds of one base differ, in the words of the domain: people, messages, clients and the clock.
//!
//! The logs since the last item both share say whom to look at; the two towns say what differs. What is the same in both
//! in the end is no difference, however it came about. A home is shown only when it is open in both worlds.

use std::collections::BTreeSet;

use super::{HallError, TownHall, World};
use crate::clock::{Dato, Instant, Mode};
use crate::journal::LogItem;
use crate::town::apply::KlientEvent;
use crate::town::event::{FolkEvent, KontaktEvent};
use crate::town::model::{Entry, Fact, Gradering, PersonKey, Sivilstand};
use crate::town::state::{Meldingsnoekkel, Person, Status, Tjeneste};
use crate::town::{Event, Town};

/// Log items compared at once.
const READ_AT_ONCE: usize = 1_024;

/// One thing in the first world and in the second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair<T> {
    /// In the first.
    pub a: T,
    /// In the second.
    pub b: T,
}

impl<T> Pair<T> {
    fn of<S>(towns: &Pair<S>, read: impl Fn(&S) -> T) -> Self {
        Self { a: read(&towns.a), b: read(&towns.b) }
    }

    /// The pair as `map` sees it.
    pub fn map<S>(self, mut map: impl FnMut(T) -> S) -> Pair<S> {
        Pair { a: map(self.a), b: map(self.b) }
    }

    fn differs(self) -> Option<Self>
    where
        T: PartialEq,
    {
        (self.a != self.b).then_some(self)
    }
}

/// Which of the two worlds has something the other has not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

/// A citizen, as a difference names one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Borger {
    /// Identity number.
    pub nummer: String,
    /// Full name.
    pub navn: String,
}

impl Borger {
    fn of(person: &Person<'_>) -> Self {
        Self { nummer: person.nummer().to_string(), navn: person.navn().full() }
    }
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Difference {
    /// The clocks.
    Klokke(Pair<Instant>),
    /// How the clocks move.
    Modus(Pair<Mode>),
    /// Somebody had a child in one world only.
    FikkBarn {
        /// Where.
        side: Side,
        /// The mother.
        forelder: Borger,
        /// The child.
        barn: Borger,
        /// Its date of birth.
        foedselsdato: Dato,
    },
    /// Somebody else came in one world only.
    Kom {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Somebody is dead in one world only.
    Doedsfall {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Two names.
    Navn {
        /// Whose, as the first world has it.
        person: Borger,
        /// The full names.
        navn: Pair<String>,
    },
    /// Two civil statuses.
    Sivilstand {
        /// Whose.
        person: Borger,
        /// Status and spouse.
        sivilstand: Pair<(Sivilstand, Option<String>)>,
    },
    /// Two homes.
    Flyttet {
        /// Whose.
        person: Borger,
        /// The addresses; none when the home may not be shown.
        adresse: Option<Pair<String>>,
    },
    /// Two gradings.
    Gradering {
        /// Whose.
        person: Borger,
        /// The gradings.
        gradering: Pair<Gradering>,
    },
    /// Reserved against digital communication in one world only.
    Reservert {
        /// Where.
        side: Side,
        /// Who.
        person: Borger,
    },
    /// Other contact data differ.
    Kontaktdata {
        /// Whose.
        person: Borger,
    },
    /// Two kindergartens, by organisation number.
    Barnehage {
        /// The child.
        person: Borger,
        /// Where it has a place.
        barnehage: Pair<Option<String>>,
    },
    /// Other facts of the population register differ.
    Folkeregister {
        /// Whose.
        person: Borger,
    },
    /// A message that is in one world only.
    NyMelding {
        /// Where.
        side: Side,
        /// To whom.
        til: Option<Borger>,
        /// Its subject, when it has one.
        tittel: Option<String>,
    },
    /// A message that has come to another point.
    Melding {
        /// To whom.
        til: Option<Borger>,
        /// Its subject, when it has one.
        tittel: Option<String>,
        /// The last statuses.
        status: Pair<Option<Status>>,
        /// Whether the citizen opened it.
        lest: Pair<bool>,
    },
    /// A client that is registered in one world only.
    NyKlient {
        /// Where.
        side: Side,
        /// Its service.
        tjeneste: Tjeneste,
        /// Its id.
        client_id: String,
    },
    /// A client that is registered differently.
    Klient {
        /// Its service.
        tjeneste: Tjeneste,
        /// Its id.
        client_id: String,
    },
}

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
            Event::Folk(FolkEvent::Barnehageplass { barn: person, .. } | FolkEvent::Holdt { person, .. })
            | Event::Kontakt(KontaktEvent::Endret { person, .. }) => {
                self.people.insert(*person);
            }
            Event::Post(event) => {
                self.messages.insert(event.melding());
            }
            Event::Klient(KlientEvent::Registrert(klient)) => {
                self.clients.insert((klient.tjeneste, klient.client_id.clone()));
            }
            Event::Klient(KlientEvent::Avviklet { tjeneste, client_id }) => {
                self.clients.insert((*tjeneste, client_id.clone()));
            }
            // None is about anybody: the clock is compared as it stands; faults and deliveries are between town and app.
            Event::Tid(_) | Event::Fault(_) | Event::Levering(_) => {}
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

fn differences(towns: &Pair<Town>, touched: &Touched) -> Vec<Difference> {
    let mut out = Vec::new();
    out.extend(Pair::of(towns, Town::now).differs().map(Difference::Klokke));
    out.extend(Pair::of(towns, |town| town.tid.mode).differs().map(Difference::Modus));
    for key in &touched.people {
        match (towns.a.person_by_key(*key), towns.b.person_by_key(*key)) {
            (Some(a), Some(b)) => person(&Pair { a, b }, towns, &mut out),
            (Some(one), None) => out.push(newcomer(Side::A, &one)),
            (None, Some(one)) => out.push(newcomer(Side::B, &one)),
            (None, None) => {}
        }
    }
    out.extend(touched.messages.iter().filter_map(|key| message(towns, *key)));
    out.extend(touched.clients.iter().filter_map(|(tjeneste, id)| client(towns, *tjeneste, id)));
    out
}

fn newcomer(side: Side, person: &Person<'_>) -> Difference {
    match person.mor() {
        Some(mor) => Difference::FikkBarn {
            side,
            forelder: Borger::of(&mor),
            barn: Borger::of(person),
            foedselsdato: person.foedselsdato(),
        },
        None => Difference::Kom { side, person: Borger::of(person) },
    }
}

/// The side on which `is` holds, when it holds on one only.
fn one_side(is: Pair<bool>) -> Option<Side> {
    match (is.a, is.b) {
        (true, false) => Some(Side::A),
        (false, true) => Some(Side::B),
        _ => None,
    }
}

fn person(both: &Pair<Person<'_>>, towns: &Pair<Town>, out: &mut Vec<Difference>) {
    let who = || Borger::of(&both.a);
    let person = who();
    if let Some(side) = one_side(Pair::of(both, |one| one.is_doed())) {
        out.push(Difference::Doedsfall { side, person });
    }
    if let Some(navn) = Pair::of(both, |one| one.navn().full()).differs() {
        out.push(Difference::Navn { person: who(), navn });
    }
    let sivilstand = Pair::of(both, |one| {
        let (status, spouse) = one.sivilstand();
        let spouse = spouse.and_then(|key| one.town().person_by_key(key)).map(|spouse| spouse.navn().full());
        (status, spouse)
    });
    if let Some(sivilstand) = sivilstand.differs() {
        out.push(Difference::Sivilstand { person: who(), sivilstand });
    }
    if Pair::of(both, |one| one.bolig()).differs().is_some() {
        out.push(Difference::Flyttet { person: who(), adresse: homes(both) });
    }
    if let Some(gradering) = Pair::of(both, |one| one.gradering()).differs() {
        out.push(Difference::Gradering { person: who(), gradering });
    }
    if let Some(kontakt) = Pair::of(both, |one| one.kontakt()).differs() {
        match one_side(Pair::of(&kontakt, |kontakt| kontakt.reservert)) {
            Some(side) => out.push(Difference::Reservert { side, person: who() }),
            None => out.push(Difference::Kontaktdata { person: who() }),
        }
    }
    let barnehage = Pair::of(both, |one| one.barnehage().map(|orgnr| orgnr.to_string()));
    if let Some(barnehage) = barnehage.differs() {
        out.push(Difference::Barnehage { person: who(), barnehage });
    }
    if Pair::of(both, |one| other_facts(one, towns)).differs().is_some() {
        out.push(Difference::Folkeregister { person: who() });
    }
}

/// Both homes, when both may be shown.
fn homes(both: &Pair<Person<'_>>) -> Option<Pair<String>> {
    let home = |person: &Person<'_>| {
        let open = person.gradering() == Gradering::Ugradert;
        let block = person.adresseblokk().filter(|_| open)?;
        Some(format!("{}, {} {}", block.linjer.join(", "), block.postnummer?, block.poststed?))
    };
    Some(Pair { a: home(&both.a)?, b: home(&both.b)? })
}

/// Current facts that no other sentence is about. Relations to people who are in one world only are told with them.
fn other_facts(person: &Person<'_>, towns: &Pair<Town>) -> Vec<Fact> {
    let in_both = |key: &PersonKey| towns.a.id_of(*key).is_some() && towns.b.id_of(*key).is_some();
    let is_other = |fact: &Fact| match fact {
        Fact::Identifikasjonsnummer(_)
        | Fact::Kjoenn(_)
        | Fact::Foedsel { .. }
        | Fact::FoedselINorge(_)
        | Fact::Statsborgerskap(_)
        | Fact::Postadresse { .. } => true,
        Fact::Familierelasjon { relatert, .. } => in_both(relatert),
        Fact::Foreldreansvar { ansvarlig, ansvarssubjekt, .. } => {
            ansvarlig.as_ref().is_none_or(in_both) && ansvarssubjekt.as_ref().is_none_or(in_both)
        }
        Fact::Status(_)
        | Fact::Navn { .. }
        | Fact::Sivilstand { .. }
        | Fact::Bostedsadresse { .. }
        | Fact::Adressebeskyttelse(_)
        | Fact::Doedsfall(_) => false,
    };
    let entries = person.entries().into_iter().filter(Entry::is_gjeldende);
    entries.map(|entry| entry.fact).filter(is_other).collect()
}

fn message(towns: &Pair<Town>, key: Meldingsnoekkel) -> Option<Difference> {
    let there = Pair::of(towns, |town| town.post.samtale(key).is_some() || town.post.i_utboksen(key).is_some());
    let any = if there.a { &towns.a } else { &towns.b };
    let to = |town: &Town| town.post.samtale(key).map(|samtale| samtale.melding.til);
    let til = to(any).and_then(|key| any.person_by_key(key)).map(|person| Borger::of(&person));
    let tittel = any.post.samtale(key).and_then(|samtale| samtale.tittel.as_deref().map(str::to_owned));
    if let Some(side) = one_side(there) {
        return Some(Difference::NyMelding { side, til, tittel });
    }
    let status = Pair::of(towns, |town| town.post.samtale(key)?.statuser.last().map(|linje| linje.status));
    let lest = Pair::of(towns, |town| {
        let brev = town.post.brev_av.get(&key).and_then(|id| town.post.brev_etter_id.get(id));
        brev.is_some_and(|brev| brev.lest.is_some())
    });
    let differs = status.a != status.b || lest.a != lest.b;
    differs.then_some(Difference::Melding { til, tittel, status, lest })
}

fn client(towns: &Pair<Town>, tjeneste: Tjeneste, client_id: &str) -> Option<Difference> {
    let both = Pair::of(towns, |town| town.klienter.find(tjeneste, client_id).cloned());
    let client_id = client_id.to_owned();
    match one_side(Pair::of(&both, Option::is_some)) {
        Some(side) => Some(Difference::NyKlient { side, tjeneste, client_id }),
        None => both.differs().map(|_| Difference::Klient { tjeneste, client_id }),
    }
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
