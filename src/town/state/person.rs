//! A view of one person: the questions services, selectors and commands ask.
//!
//! For people nothing has happened to, answers come straight from the columns; for others from their entries. Both
//! give the same where both apply: a test compares them.

use super::Town;
use crate::base::{Foedselsnummer, Kjoenn, Orgnummer};
use crate::clock::{Dato, Instant, full_years};
use crate::town::derive;
use crate::town::model::{
    Ansvar, BoligId, DayNo, Entry, Fact, FactId, Gradering, HusstandId, Kontakt, KontaktFlags, Kontaktdatoer,
    Kontaktoppfoering, Landkode, Merke, Navn, PersonId, PersonKey, Personstatus, Relasjonsrolle, Sivilstand,
    Virksomhetsslag,
};

/// One person of a town.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    town: &'a Town,
    /// What this world knows of them beyond the base.
    changes: Option<&'a super::PersonChanges>,
    /// Position.
    pub id: PersonId,
}

impl std::fmt::Debug for Person<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({:?})", self.id)
    }
}

impl<'a> Person<'a> {
    pub(super) fn new(town: &'a Town, id: PersonId) -> Self {
        let changes = town.folk.people.get(id.index()).map(AsRef::as_ref);
        Self { town, changes, id }
    }

    /// The town this person belongs to.
    #[must_use]
    pub fn town(&self) -> &'a Town {
        self.town
    }

    /// What events call this person.
    #[must_use]
    pub fn key(&self) -> PersonKey {
        self.town.key_of(self.id)
    }

    fn base_row(&self) -> Option<usize> {
        (self.id.index() < self.town.base.person_count()).then_some(self.id.index())
    }

    pub(super) fn changes(&self) -> Option<&'a super::PersonChanges> {
        self.changes
    }

    /// All entries, current, historic and removed: base entries that the world has not touched, then the world's.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.entries_foer(usize::MAX)
    }

    /// The current entry of the home, here or in another municipality, without the rest of the history.
    #[must_use]
    pub fn hjem_i_registeret(&self) -> Option<Entry> {
        let is_current = |entry: &Entry| entry.is_gjeldende() && entry.fact.is_hjem();
        let here: &[Entry] = self.changes().map_or(&[], |changes| &changes.entries);
        if let Some(home) = here.iter().rev().find(|entry| is_current(entry)) {
            return Some(home.clone());
        }
        self.base_row()?;
        if here.iter().any(|entry| entry.fact.is_hjem()) {
            // Some of the base's were touched here; which, only all of them tell.
            return self.entries().into_iter().rev().find(is_current);
        }
        derive::hjem(&self.town.base, self.id)
    }

    /// [`Self::entries`] without the floods from row `flom` of the world's feed on.
    pub(super) fn entries_foer(&self, flom: usize) -> Vec<Entry> {
        let mut entries = self.base_row().map_or_else(Vec::new, |_| derive::entries(&self.town.base, self.id));
        if let Some(changes) = self.changes() {
            let touched = |id: FactId| changes.entries.iter().any(|entry| entry.id == id);
            entries.retain(|entry| !touched(entry.id));
            entries.extend(changes.entries.iter().cloned());
        }
        if !self.town.folk.flommer.is_empty() {
            self.med_flommer(&mut entries, flom);
        }
        entries
    }

    /// Current facts that this world changed or made, newest last, for which `pick` gives something.
    fn changed<T>(&self, pick: impl Fn(&'a Entry) -> Option<T>) -> Option<T> {
        let changes = self.changes()?;
        changes.entries.iter().rev().filter(|entry| entry.is_gjeldende()).find_map(pick)
    }

    /// Whether this world has ended or removed a base entry of `element` without a new value.
    fn is_ended(&self, element: u8) -> bool {
        self.changes().is_some_and(|changes| {
            let of_element = || changes.entries.iter().filter(|entry| entry.fact.element() == element);
            of_element().next().is_some() && !of_element().any(Entry::is_gjeldende)
        })
    }

    /// The identity number in use.
    ///
    /// # Panics
    /// Never: everybody is made with a number.
    #[must_use]
    pub fn nummer(&self) -> Foedselsnummer {
        self.changed(|entry| match entry.fact {
            Fact::Identifikasjonsnummer(nummer) => Some(nummer),
            _ => None,
        })
        .or_else(|| self.base_row().map(|row| self.town.base.personer.nummer[row]))
        .expect("everybody is made with a number")
    }

    /// Sex.
    #[must_use]
    pub fn kjoenn(&self) -> Kjoenn {
        self.changed(|entry| match entry.fact {
            Fact::Kjoenn(kjoenn) => Some(kjoenn),
            _ => None,
        })
        .or_else(|| self.base_row().map(|row| self.town.base.personer.kjoenn[row]))
        .unwrap_or(Kjoenn::Kvinne)
    }

    /// Country of birth.
    #[must_use]
    pub fn foedeland(&self) -> Landkode {
        self.changed(|entry| match entry.fact {
            Fact::Foedsel { land, .. } => Some(land),
            _ => None,
        })
        .or_else(|| self.base_row().map(|row| self.town.base.personer.foedeland[row]))
        .unwrap_or(Landkode::NOR)
    }

    /// Citizenships held now, in the order of the entries.
    #[must_use]
    pub fn statsborgerskap(&self) -> Vec<Landkode> {
        let is_one = |entry: &Entry| matches!(entry.fact, Fact::Statsborgerskap(_));
        let is_touched = self.changes().is_some_and(|changes| changes.entries.iter().any(is_one));
        if let Some(row) = self.base_row().filter(|_| !is_touched)
            && self.town.base.statsborgerskap_of(self.id).is_empty()
        {
            return vec![self.town.base.personer.statsborgerskap[row]];
        }
        let current = self.entries().into_iter().filter(Entry::is_gjeldende);
        let land = |entry: Entry| match entry.fact {
            Fact::Statsborgerskap(land) => Some(land),
            _ => None,
        };
        current.filter_map(land).collect()
    }

    /// Date of birth.
    #[must_use]
    pub fn foedselsdato(&self) -> Dato {
        self.changed(|entry| match entry.fact {
            Fact::Foedsel { dato, .. } => Some(dato),
            _ => None,
        })
        .or_else(|| self.base_row().map(|row| self.town.base.personer.foedselsdato[row]))
        .unwrap_or(DayNo(0))
        .dato()
    }

    /// Full years at `at`.
    #[must_use]
    pub fn alder_at(&self, at: Instant) -> i32 {
        full_years(self.foedselsdato(), at.dato())
    }

    /// Full years now.
    #[must_use]
    pub fn alder(&self) -> i32 {
        self.alder_at(self.town.now())
    }

    /// The name in use.
    #[must_use]
    pub fn navn(&self) -> Navn {
        self.changed(|entry| match &entry.fact {
            Fact::Navn { navn, .. } => Some(navn.clone()),
            _ => None,
        })
        .or_else(|| {
            let row = self.base_row()?;
            let (people, text) = (&self.town.base.personer, &self.town.base.tekst);
            let mellomnavn = people.mellomnavn[row];
            Some(Navn {
                fornavn: text.get(people.fornavn[row]).into(),
                mellomnavn: (mellomnavn.0 != u32::MAX).then(|| text.get(mellomnavn).into()),
                etternavn: text.get(people.etternavn[row]).into(),
            })
        })
        .unwrap_or_else(|| Navn { fornavn: "".into(), mellomnavn: None, etternavn: "".into() })
    }

    /// The temporary name entry of a child whose name is not chosen.
    #[must_use]
    pub fn midlertidig_navn(&self) -> Option<Entry> {
        self.entries()
            .into_iter()
            .find(|entry| entry.is_gjeldende() && matches!(entry.fact, Fact::Navn { midlertidig: true, .. }))
    }

    /// Status.
    #[must_use]
    pub fn status(&self) -> Personstatus {
        self.changed(|entry| match entry.fact {
            Fact::Status(status) => Some(status),
            _ => None,
        })
        .or_else(|| self.base_row().map(|row| self.town.base.personer.status[row]))
        .unwrap_or(Personstatus::Opphoert)
    }

    /// Whether the person is dead.
    #[must_use]
    pub fn is_doed(&self) -> bool {
        self.status() == Personstatus::Doed
    }

    /// Whether the person is resident in the municipality.
    #[must_use]
    pub fn is_bosatt(&self) -> bool {
        self.status() == Personstatus::Bosatt && !self.is_fraflyttet()
    }

    /// Whether the person has left the municipality, or died, since the base was made.
    #[must_use]
    pub fn is_fraflyttet(&self) -> bool {
        self.changes().is_some_and(|changes| changes.hjem() == Some(None))
    }

    /// Whether a scenario keeps this person from chance (`specs/core.md` §4).
    #[must_use]
    pub fn is_holdt(&self) -> bool {
        self.changes().is_some_and(|changes| changes.holdt)
    }

    /// Protection of the person.
    #[must_use]
    pub fn gradering(&self) -> Gradering {
        let own = self
            .changed(|entry| match entry.fact {
                Fact::Adressebeskyttelse(gradering) => Some(gradering),
                _ => None,
            })
            .or_else(|| {
                let row = self.base_row().filter(|_| !self.is_ended(13));
                row.and_then(|_| self.town.base.beskyttelse_of(self.id)).map(|row| row.gradering)
            })
            .unwrap_or(Gradering::Ugradert);
        // The grade of a client's address stands with the address, of a child born there too.
        let at_clients = own == Gradering::Ugradert
            && self.changed(|entry| match entry.fact {
                Fact::Bostedsadresse { gradering, .. } => Some(gradering),
                _ => None,
            }) == Some(Gradering::Klientadresse);
        if at_clients { Gradering::Klientadresse } else { own }
    }

    /// Civil status and spouse.
    #[must_use]
    pub fn sivilstand(&self) -> (Sivilstand, Option<PersonKey>) {
        self.changed(|entry| match entry.fact {
            Fact::Sivilstand { sivilstand, relatert, .. } => Some((sivilstand, relatert)),
            _ => None,
        })
        .or_else(|| {
            self.base_row()?;
            let row = self.town.base.sivilstander_of(self.id).last()?;
            Some((row.sivilstand, row.relatert.some().map(|id| PersonKey::Base(id.0))))
        })
        .unwrap_or((Sivilstand::Ugift, None))
    }

    /// The spouse while married or separated.
    #[must_use]
    pub fn ektefelle(&self) -> Option<Person<'a>> {
        let (sivilstand, relatert) = self.sivilstand();
        let married = matches!(sivilstand, Sivilstand::Gift | Sivilstand::RegistrertPartner);
        relatert.filter(|_| married).and_then(|key| self.town.person_by_key(key))
    }

    /// Spouse or cohabitant in the same household.
    #[must_use]
    pub fn partner(&self) -> Option<Person<'a>> {
        if let Some(partner) = self.changes().and_then(|changes| changes.partner) {
            return partner.and_then(|key| self.town.person_by_key(key));
        }
        let row = self.base_row()?;
        let partner = self.town.base.personer.partner[row].some()?;
        Some(self.town.person(partner)).filter(|partner| !partner.is_doed())
    }

    fn foreldre_with(&self, wanted: fn(Relasjonsrolle) -> bool) -> Option<Person<'a>> {
        self.changed(|entry| match entry.fact {
            Fact::Familierelasjon { relatert, relatert_rolle, min_rolle: Relasjonsrolle::Barn }
                if wanted(relatert_rolle) =>
            {
                self.town.person_by_key(relatert)
            }
            _ => None,
        })
    }

    /// Whether this world has decided about a guardian of this person.
    #[must_use]
    pub fn has_changed_guardian(&self) -> bool {
        self.changes()
            .is_some_and(|changes| changes.entries.iter().any(|entry| matches!(entry.fact, Fact::Vergemaal(_))))
    }

    /// Whether the base's relation to `other`, a parent or child, has not ended in this world by an adoption.
    fn is_slekt(&self, other: PersonId) -> bool {
        let key = PersonKey::Base(other.0);
        let of_other = |entry: &&Entry| {
            matches!(entry.fact, Fact::Familierelasjon { relatert, relatert_rolle, min_rolle }
                if relatert == key
                    && (relatert_rolle == Relasjonsrolle::Barn || min_rolle == Relasjonsrolle::Barn))
        };
        self.changes().is_none_or(|changes| {
            let mut ended = changes.entries.iter().filter(of_other).peekable();
            ended.peek().is_none() || ended.any(Entry::is_gjeldende)
        })
    }

    /// The mother.
    #[must_use]
    pub fn mor(&self) -> Option<Person<'a>> {
        self.foreldre_with(|rolle| rolle == Relasjonsrolle::Mor).or_else(|| {
            let row = self.base_row()?;
            self.town.base.personer.mor[row].some().filter(|id| self.is_slekt(*id)).map(|id| self.town.person(id))
        })
    }

    /// The father or second mother.
    #[must_use]
    pub fn far(&self) -> Option<Person<'a>> {
        self.foreldre_with(|rolle| matches!(rolle, Relasjonsrolle::Far | Relasjonsrolle::Medmor)).or_else(|| {
            let row = self.base_row()?;
            self.town.base.personer.far[row].some().filter(|id| self.is_slekt(*id)).map(|id| self.town.person(id))
        })
    }

    /// Children, eldest first.
    #[must_use]
    pub fn barn(&self) -> Vec<Person<'a>> {
        let mut children: Vec<PersonId> =
            self.base_row().map_or_else(Vec::new, |_| self.town.base.barn_of(self.id).to_vec());
        children.retain(|child| self.is_slekt(*child));
        if let Some(changes) = self.changes() {
            children.extend(changes.entries.iter().filter(|entry| entry.is_gjeldende()).filter_map(|entry| {
                match entry.fact {
                    Fact::Familierelasjon { relatert, relatert_rolle: Relasjonsrolle::Barn, .. } => {
                        self.town.id_of(relatert)
                    }
                    _ => None,
                }
            }));
        }
        let mut seen = std::collections::BTreeSet::new();
        children.retain(|child| seen.insert(*child));
        children.into_iter().map(|child| self.town.person(child)).collect()
    }

    /// Adults with parental responsibility for this child, with the kind.
    #[must_use]
    pub fn ansvarlige(&self) -> Vec<(Person<'a>, Ansvar)> {
        self.entries()
            .into_iter()
            .filter(Entry::is_gjeldende)
            .filter_map(|entry| match entry.fact {
                Fact::Foreldreansvar { ansvar, ansvarlig: Some(adult), .. } => {
                    self.town.person_by_key(adult).map(|adult| (adult, ansvar))
                }
                _ => None,
            })
            .collect()
    }

    /// The household.
    #[must_use]
    pub fn husstand(&self) -> Option<HusstandId> {
        match self.changes().and_then(|changes| changes.husstand) {
            Some(husstand) => husstand.some(),
            None => self.town.base.personer.husstand[self.base_row()?].some(),
        }
    }

    /// Everybody in the same household, this person included.
    #[must_use]
    pub fn husstand_medlemmer(&self) -> Vec<Person<'a>> {
        self.husstand().map_or_else(Vec::new, |husstand| self.town.medlemmer_of(husstand))
    }

    /// The dwelling lived in.
    #[must_use]
    pub fn bolig(&self) -> Option<BoligId> {
        if let Some(hjem) = self.changes().and_then(super::PersonChanges::hjem) {
            return hjem;
        }
        self.changed(|entry| match entry.fact {
            Fact::Bostedsadresse { bolig, .. } => Some(bolig),
            _ => None,
        })
        .unwrap_or_else(|| {
            self.base_row().filter(|_| !self.is_ended(11))?;
            let spell = self.town.base.bosteder_of(self.id).last()?;
            let row = self.town.base.bosteder[spell.index()];
            row.til.some().is_none().then_some(row.bolig).and_then(BoligId::some)
        })
    }

    /// The open postal address of a protected person, as the fact of it.
    #[must_use]
    pub fn postadresse(&self) -> Option<Fact> {
        self.entries()
            .into_iter()
            .find(|entry| entry.is_gjeldende() && matches!(entry.fact, Fact::Postadresse { .. }))
            .map(|entry| entry.fact)
    }

    /// The entry in the contact register.
    #[must_use]
    pub fn kontakt(&self) -> Kontakt {
        if let Some(oppfoering) = self.town.kontakt.endret(self.id) {
            return oppfoering.clone().synlig();
        }
        match self.base_row() {
            Some(_) => derive::kontakt(&self.town.base, self.id),
            None => Kontakt::ingen(self.town.base.header.start),
        }
    }

    /// The same with its dates, and with what the register shows no more.
    #[must_use]
    pub fn kontaktoppfoering(&self) -> Kontaktoppfoering {
        self.town.kontakt.endret(self.id).cloned().unwrap_or_else(|| {
            let kontakt = self.kontakt();
            let datoer = match self.base_row() {
                Some(_) => derive::kontaktdatoer(&self.town.base, self.id, &kontakt),
                None => Kontaktdatoer::alle(kontakt.oppdatert, false),
            };
            Kontaktoppfoering { kontakt, datoer }
        })
    }

    /// Whether the contact register has this person as reserved: the flag alone, a tenth of the cost of the whole entry.
    #[must_use]
    pub fn is_reservert(&self) -> bool {
        if let Some(changed) = self.town.kontakt.endret(self.id) {
            return changed.kontakt.reservert;
        }
        let flags = self.town.base.personer.kontakt.get(self.id.index());
        flags.is_some_and(|flags| flags.has(KontaktFlags::RESERVERT))
    }

    /// Whether the person stands in the contact register: the flag alone, without spelling out the entry.
    #[must_use]
    pub fn er_registrert(&self) -> bool {
        if let Some(changed) = self.town.kontakt.endret(self.id) {
            return changed.kontakt.registrert;
        }
        self.base_row().is_some_and(|row| self.town.base.personer.kontakt[row].has(KontaktFlags::REGISTRERT))
    }

    /// Whether the person was born today, here.
    #[must_use]
    pub fn is_newborn(&self) -> bool {
        self.foedselsdato() == self.town.now().dato() && self.mor().is_some()
    }

    /// The kindergarten attended.
    #[must_use]
    pub fn barnehage(&self) -> Option<Orgnummer> {
        self.changes().and_then(|changes| changes.barnehage).unwrap_or_else(|| {
            self.base_row()?;
            let unit = &self.town.base.virksomheter[self.town.base.plass_of(self.id)?.virksomhet.index()];
            (unit.slag == Virksomhetsslag::Barnehage).then_some(unit.orgnr)
        })
    }

    /// Tags of the minimum cast.
    #[must_use]
    pub fn merker(&self) -> Vec<Merke> {
        let bits = self.base_row().map_or(0, |row| self.town.base.personer.merker[row]);
        Merke::ALL.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, merke)| *merke).collect()
    }
}
