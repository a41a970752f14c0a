//! The register changes of one life event in the making: one register time, one source and reason, ids by cause.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Cause;
use crate::base::OriginKey;
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    DayNo, Endring, Endringsslag, Entry, Fact, FactId, Hendelsestype, NyFact, PersonKey, Registrering,
};
use crate::town::state::{Person, Town};

/// Events of one life event, in order.
pub(super) struct Utkast<'a> {
    pub(super) town: &'a Town,
    pub(super) origin: OriginKey,
    /// The day it is valid from.
    pub(super) dato: DayNo,
    kilde: Arc<str>,
    aarsak: Arc<str>,
    /// How many facts each person has got so far: keeps their ids apart.
    ordinals: BTreeMap<PersonKey, u32>,
    pub(super) events: Vec<Event>,
}

/// The newest current entry of `entries` for which `wanted` holds.
pub(super) fn gjeldende(entries: &[Entry], wanted: impl Fn(&Fact) -> bool) -> Option<Entry> {
    entries.iter().rev().find(|entry| entry.is_gjeldende() && wanted(&entry.fact)).cloned()
}

/// Whether somebody may have several current values of the element.
fn kan_vaere_flere(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Foreldreansvar { .. }
            | Fact::Familierelasjon { .. }
            | Fact::RelasjonUtenNummer { .. }
            | Fact::Statsborgerskap(_)
            | Fact::Vergemaal(_)
    )
}

impl<'a> Utkast<'a> {
    /// Nothing yet, of something that happens today.
    pub(super) fn new(town: &'a Town, cause: &Cause, kilde: &str, aarsak: &str) -> Self {
        Self {
            town,
            origin: cause.origin,
            dato: DayNo::of(town.now().dato()),
            kilde: kilde.into(),
            aarsak: aarsak.into(),
            ordinals: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    /// From here on the changes have this reason.
    pub(super) fn av(&mut self, aarsak: &str) {
        self.aarsak = aarsak.into();
    }

    /// The same thing asked for twice at one instant has one cause, and its facts ids of their own all the same.
    fn ny_fact(&mut self, person: PersonKey, fact: Fact, gyldig_fra: Option<DayNo>) -> NyFact {
        let known = self.town.id_of(person).and_then(|id| self.town.folk.people.get(id.index()));
        let taken = |id: FactId| known.is_some_and(|known| known.entries.iter().any(|entry| entry.id == id));
        let ordinal = self.ordinals.entry(person).or_default();
        let id = loop {
            let id = FactId::of_world(self.origin, person, *ordinal);
            *ordinal += 1;
            if !taken(id) {
                break id;
            }
        };
        NyFact { id, fact, gyldig_fra }
    }

    /// A value where there was none, valid from today.
    pub(super) fn ny(&mut self, person: PersonKey, fact: Fact) -> Endring {
        let dato = Some(self.dato);
        self.ny_fra(person, fact, dato)
    }

    /// A value where there was none.
    pub(super) fn ny_fra(&mut self, person: PersonKey, fact: Fact, gyldig_fra: Option<DayNo>) -> Endring {
        let ny = self.ny_fact(person, fact, gyldig_fra);
        Endring { slag: Endringsslag::RegistrereNy, ny: Some(ny), gammel: None }
    }

    /// A value in the place of another, from today; a first value when there is no other.
    pub(super) fn erstatt(&mut self, person: PersonKey, old: Option<Entry>, fact: Fact) -> Endring {
        let dato = self.dato;
        let gammel = old.map(|old| Box::new(Entry { gyldig_til: Some(dato), ..old }));
        let ny = self.ny_fact(person, fact, Some(dato));
        Endring { slag: Endringsslag::RegistrereNy, ny: Some(ny), gammel }
    }

    /// The end of a value, today.
    pub(super) fn avslutt(&self, old: Entry) -> Endring {
        let gammel = Some(Box::new(Entry { gyldig_til: Some(self.dato), ..old }));
        Endring { slag: Endringsslag::Opphoere, ny: None, gammel }
    }

    /// The removal of a value that keeps no history.
    pub(super) fn annuller(&self, old: Entry) -> Endring {
        Endring { slag: Endringsslag::Annullere, ny: None, gammel: Some(Box::new(old)) }
    }

    /// `fact` instead of the wrong `old`, or nothing. Of what there may be several of, the feed has to say which: there the
    /// wrong value ends, elsewhere it is removed without history.
    pub(super) fn rett(&mut self, person: PersonKey, old: Entry, fact: Option<(Fact, Option<DayNo>)>) -> Vec<Endring> {
        match (kan_vaere_flere(&old.fact), fact) {
            (false, None) => vec![self.annuller(old)],
            (false, Some((fact, fra))) => {
                let ny = self.ny_fact(person, fact, fra);
                vec![Endring { slag: Endringsslag::Korrigere, ny: Some(ny), gammel: Some(Box::new(old)) }]
            }
            (true, fact) => {
                let mut changes = vec![self.avslutt(old)];
                changes.extend(fact.map(|(fact, fra)| self.ny_fra(person, fact, fra)));
                changes
            }
        }
    }

    /// A value in the place of a wrong one, valid since the same day; no history.
    pub(super) fn korriger(&mut self, person: PersonKey, old: Entry, fact: Fact) -> Endring {
        let ny = self.ny_fact(person, fact, old.gyldig_fra);
        Endring { slag: Endringsslag::Korrigere, ny: Some(ny), gammel: Some(Box::new(old)) }
    }

    /// One entry of the feed, unless nothing changes.
    pub(super) fn registrer(&mut self, person: PersonKey, slag: Hendelsestype, endringer: Vec<Endring>) {
        if endringer.is_empty() {
            return;
        }
        let (kilde, aarsak) = (self.kilde.clone(), self.aarsak.clone());
        let registrert = self.town.now();
        let change = Registrering { person, slag, registrert, kilde, aarsak, endringer };
        self.hendelse(FolkEvent::Registrert(Arc::new(change)));
    }

    /// The newest value this life event itself has given `person`, as an entry.
    pub(super) fn nylig(&self, person: PersonKey, wanted: impl Fn(&Fact) -> bool) -> Option<Entry> {
        let changes = self.events.iter().rev().filter_map(|event| match event {
            Event::Folk(FolkEvent::Registrert(change)) if change.person == person => Some(change.as_ref()),
            _ => None,
        });
        let given = |change: &Registrering| {
            change
                .endringer
                .iter()
                .filter_map(|endring| endring.ny.as_ref())
                .map(|ny| ny.entry(change))
                .collect::<Vec<_>>()
        };
        changes.flat_map(given).find(|entry| wanted(&entry.fact))
    }

    /// Something the town knows and the register does not tell.
    pub(super) fn hendelse(&mut self, event: FolkEvent) {
        self.events.push(Event::Folk(event));
    }

    /// The couple is one no more, in the household: both sides, when there is one.
    pub(super) fn skill_par(&mut self, person: &Person<'_>) {
        if let Some(partner) = person.partner() {
            for key in [person.key(), partner.key()] {
                self.hendelse(FolkEvent::Partner { person: key, partner: None });
            }
        }
    }

    /// Two people are a couple in one household.
    pub(super) fn par(&mut self, one: PersonKey, other: PersonKey) {
        for (person, partner) in [(one, other), (other, one)] {
            self.hendelse(FolkEvent::Partner { person, partner: Some(partner) });
        }
    }
}
