//! Sub-state of the registers behind the login and token services: scopes and who may have them, delegations, system
//! users, consents, and who may act for an organisation (`specs/eid.md` §4.6, §5.5 to §5.7).

mod arbeidsregel;
mod bryter;
mod scope;
mod standard;

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;

pub use arbeidsregel::{Arbeidsregel, Klientutvalg, Kontoutvalg};
pub use bryter::Bryter;
pub use scope::{Scope, Synlighet, Tokentype};
pub use standard::{ALTINN, Scopeeier, scopeeiere};

use super::{Tider, Town};
use crate::base::Orgnummer;
use crate::clock::Instant;
use crate::town::model::PersonKey;

/// An entry of a register and its times.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Oppfoering<T> {
    /// What is entered.
    pub verdi: T,
    /// When it was made and last changed.
    pub tider: Tider,
}

/// What an owner says to an organisation that wants a scope. The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Tilgang {
    /// It may have the scope.
    Approved,
    /// It may not, or not any more.
    Denied,
}

impl Tilgang {
    /// The word of the registry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "APPROVED",
            Self::Denied => "DENIED",
        }
    }

    /// The state called `word`.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        [Self::Approved, Self::Denied].into_iter().find(|one| one.name() == word)
    }
}

/// A consumer lets a supplier use a scope in its name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Delegering {
    /// Who has the access.
    pub konsument: Orgnummer,
    /// Who may use it.
    pub leverandoer: Orgnummer,
    /// Which.
    pub scope: String,
}

/// What a request names a system user by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Systembrukernoekkel {
    /// The vendor's client.
    pub client_id: String,
    /// The customer.
    pub kunde: Orgnummer,
    /// The vendor's reference; the customer's organisation number when it gave none.
    pub ekstern_ref: String,
}

/// A system user: a customer lets a vendor's system act for it (`specs/eid.md` §5.5).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Systembruker {
    /// What it is asked for by.
    pub noekkel: Systembrukernoekkel,
    /// The vendor's system.
    pub system_id: String,
    /// Its own id.
    pub systemuser_id: String,
    /// Cleared when it is taken out of use.
    pub aktiv: bool,
}

/// Who consents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Samtykkegiver {
    /// A citizen.
    Person(PersonKey),
    /// An organisation.
    Virksomhet(Orgnummer),
}

/// One thing consented to.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Samtykkerett {
    /// What may be done; `consent`.
    pub handlinger: Vec<String>,
    /// Id of the resource.
    pub ressurs: String,
    /// What the resource wants to know more, such as a year.
    pub metadata: BTreeMap<String, String>,
}

/// How a consent stands. The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Samtykketilstand {
    /// Given.
    Gitt,
    /// Taken back.
    Trukket,
}

/// A consent (`specs/eid.md` §5.6).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Samtykke {
    /// Its id, a UUID.
    pub id: String,
    /// Who consents.
    pub fra: Samtykkegiver,
    /// To whom.
    pub til: Orgnummer,
    /// To what.
    pub rettigheter: Vec<Samtykkerett>,
    /// Since when.
    pub samtykket: Instant,
    /// Until when.
    pub gyldig_til: Instant,
    /// How it stands.
    pub tilstand: Samtykketilstand,
}

impl Samtykke {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Instant) -> bool {
        self.tilstand == Samtykketilstand::Gitt && now < self.gyldig_til
    }
}

/// Somebody may act for an organisation in one thing, beside what roles give (`specs/eid.md` §4.6).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Representasjonsnoekkel {
    /// Who.
    pub person: PersonKey,
    /// For whom.
    pub orgnr: Orgnummer,
    /// In what: the id of a resource.
    pub ressurs: String,
}

/// The registers. Everything is looked up by key; a town's size has no part in it.
#[derive(Clone, Debug, Default)]
pub struct Eid {
    /// Scopes made or changed in this world.
    pub scopes: OrdMap<String, Oppfoering<Arc<Scope>>>,
    /// What owners said, by scope and organisation.
    pub tilganger: OrdMap<(String, Orgnummer), Oppfoering<Tilgang>>,
    /// Delegations that were ever made; `true` while they hold.
    pub delegeringer: OrdMap<Delegering, Oppfoering<bool>>,
    /// System users.
    pub systembrukere: OrdMap<Systembrukernoekkel, Oppfoering<Arc<Systembruker>>>,
    /// Consents by id.
    pub samtykker: OrdMap<String, Oppfoering<Arc<Samtykke>>>,
    /// Rights beside those of roles; none left means withdrawn.
    pub representasjoner: OrdMap<Representasjonsnoekkel, Oppfoering<Arc<[String]>>>,
    /// Switches that somebody has touched.
    pub brytere: OrdMap<Bryter, bool>,
    /// What employers say about accounts of their employees, by employer and name.
    pub arbeidsregler: OrdMap<(Orgnummer, String), Arc<Arbeidsregel>>,
    /// Seconds of the world's clock until a change of a client reaches the login and token services (`specs/eid.md` §6).
    pub forsinkelse: u32,
}

impl Eid {
    /// How a switch stands.
    #[must_use]
    pub fn er_paa(&self, bryter: Bryter) -> bool {
        self.brytere.get(&bryter).copied().unwrap_or_else(|| bryter.standard())
    }

    /// Whether `konsument` has delegated `scope` to `leverandoer`.
    #[must_use]
    pub fn har_delegert(&self, konsument: Orgnummer, leverandoer: Orgnummer, scope: &str) -> bool {
        let noekkel = Delegering { konsument, leverandoer, scope: scope.into() };
        self.delegeringer.get(&noekkel).is_some_and(|oppfoering| oppfoering.verdi)
    }

    /// Rights that somebody was given for `orgnr` in `ressurs`, beside those of roles.
    #[must_use]
    pub fn rettigheter(&self, person: PersonKey, orgnr: Orgnummer, ressurs: &str) -> &[String] {
        let noekkel = Representasjonsnoekkel { person, orgnr, ressurs: ressurs.into() };
        self.representasjoner.get(&noekkel).map_or(&[], |oppfoering| &oppfoering.verdi)
    }

    /// Everything somebody was given: organisation, resource and rights.
    pub fn representerer(&self, person: PersonKey) -> impl Iterator<Item = (Orgnummer, &str, &[String])> {
        let first = Representasjonsnoekkel { person, orgnr: Orgnummer::FIRST, ressurs: String::new() };
        let theirs = self.representasjoner.range(first..).take_while(move |(noekkel, _)| noekkel.person == person);
        let told = theirs.map(|(noekkel, rett)| (noekkel.orgnr, noekkel.ressurs.as_str(), &*rett.verdi));
        told.filter(|(.., rettigheter)| !rettigheter.is_empty())
    }
}

impl Town {
    /// The scope `navn`, in use or not: as changed in this world, or as it came with the town.
    #[must_use]
    pub fn scope(&self, navn: &str) -> Option<Arc<Scope>> {
        let changed = self.eid.scopes.get(navn).map(|oppfoering| &oppfoering.verdi);
        changed.or_else(|| standard::standardscopes().get(navn).map(|standard| &standard.scope)).cloned()
    }

    /// When the scope `navn` was made and last changed: with the town, or later.
    #[must_use]
    pub fn scope_tider(&self, navn: &str) -> Tider {
        self.eid.scopes.get(navn).map_or_else(|| self.tider_ved_start(), |oppfoering| oppfoering.tider)
    }

    fn tider_ved_start(&self) -> Tider {
        let start = self.base.header.start;
        Tider { opprettet: start, endret: start }
    }

    /// All scopes by name, in use or not.
    #[must_use]
    pub fn scopes(&self) -> Vec<Arc<Scope>> {
        let mut all: BTreeMap<&str, &Arc<Scope>> =
            standard::standardscopes().iter().map(|(navn, standard)| (*navn, &standard.scope)).collect();
        all.extend(self.eid.scopes.iter().map(|(navn, oppfoering)| (navn.as_str(), &oppfoering.verdi)));
        all.into_values().cloned().collect()
    }

    /// The scopes whose prefix is `prefiks`, in use or not. All have one owner.
    #[must_use]
    pub fn scope_med_prefiks(&self, prefiks: &str) -> Option<Arc<Scope>> {
        let from = format!("{prefiks}:");
        let made = self.eid.scopes.range(from.clone()..).next().map(|(_, oppfoering)| &oppfoering.verdi);
        let came = || standard::standardscopes().range(from.as_str()..).next().map(|(_, standard)| &standard.scope);
        let fits = |scope: &&Arc<Scope>| scope.navn.starts_with(&from);
        made.filter(fits).or_else(|| came().filter(fits)).cloned()
    }

    /// What the owner of the scope `navn` has said to `konsument`, and when.
    #[must_use]
    pub fn tilgang(&self, navn: &str, konsument: Orgnummer) -> Option<Oppfoering<Tilgang>> {
        // An `OrdMap` of pairs can only be asked with an owned pair; names are short.
        self.eid.tilganger.get(&(navn.to_owned(), konsument)).cloned().or_else(|| {
            let standard = standard::standardscopes().get(navn)?;
            let granted = standard.for_kommunen && konsument == self.base.kommune.orgnr;
            granted.then(|| Oppfoering { verdi: Tilgang::Approved, tider: self.tider_ved_start() })
        })
    }

    /// What the owner of the scope `navn` has said to anybody, by organisation.
    #[must_use]
    pub fn tilganger(&self, navn: &str) -> BTreeMap<Orgnummer, Oppfoering<Tilgang>> {
        let kommune = self.base.kommune.orgnr;
        let first = self.tilgang(navn, kommune).map(|oppfoering| (kommune, oppfoering));
        let from = (navn.to_owned(), Orgnummer::FIRST);
        let said = self.eid.tilganger.range(from..).take_while(|((scope, _), _)| scope == navn);
        first.into_iter().chain(said.map(|((_, orgnr), oppfoering)| (*orgnr, oppfoering.clone()))).collect()
    }

    /// Whether `konsument` may have tokens with `scope`: its owner, everybody, or somebody the owner said yes to
    /// (`specs/eid.md` §5.7).
    #[must_use]
    pub fn har_tilgang(&self, scope: &Scope, konsument: Orgnummer) -> bool {
        scope.eier == konsument
            || scope.aapen_for_alle
            || self.tilgang(&scope.navn, konsument).is_some_and(|oppfoering| oppfoering.verdi == Tilgang::Approved)
    }
}
