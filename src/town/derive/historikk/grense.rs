//! Numbers, moves across the border and citizenships, as changes of the entries.

use super::super::identitet;
use super::{Skriver, Utkast, annul, element, end, rang};
use crate::town::model::{
    Endring, Endringsslag, Fact, Gradering, Hendelsestype, Identitetsgrunnlagstatus, Landkode, Nummerskifte,
    Personstatus, SpellId,
};

impl Skriver<'_> {
    /// The number with this place among the person's numbers, the first being 0.
    fn number(&self, place: u8) -> Fact {
        let former = self.base.tidligere_nummer_of(self.person).get(usize::from(place));
        Fact::Identifikasjonsnummer(former.map_or(self.base.personer.nummer[self.person.index()], |row| row.nummer))
    }

    fn next_number(&mut self, draft: &Utkast, place: u8) -> Vec<Endring> {
        let fact = self.number(place);
        self.current(element::IDENTIFIKASJONSNUMMER)
            .map(|old| self.replacement(old, fact, draft.dato))
            .into_iter()
            .collect()
    }

    /// Another number for another reason than a move to Norway. Of two numbers of one person one goes on, and the other
    /// is told to be withdrawn.
    pub(super) fn renumber(&mut self, draft: &Utkast, place: u8, grunn: Nummerskifte) {
        let changes = self.next_number(draft, place);
        match grunn {
            Nummerskifte::Kjoennsendring => {
                let fact = Fact::Kjoenn(self.base.personer.kjoenn[self.person.index()]);
                let kjoenn = self.current(element::KJOENN).map(|old| self.replacement(old, fact, draft.dato));
                self.register(draft, rang::HOVED, Hendelsestype::EndringIKjoenn, kjoenn.into_iter().collect());
                self.register(draft, rang::BOSATT, Hendelsestype::EndringIIdentifikasjonsnummer, changes);
            }
            Nummerskifte::Dublett => {
                let goes_on = Hendelsestype::PersonErViderefoertSomGjeldendeVedSammenslaaing;
                self.register(draft, rang::HOVED, goes_on, changes);
                self.announce(draft, rang::BOSATT, Hendelsestype::PersonErOpphoertSomDublett);
            }
            Nummerskifte::Oppgradert => {
                self.register(draft, rang::HOVED, Hendelsestype::EndringIIdentifikasjonsnummer, changes);
                self.become_resident(draft, None);
            }
        }
    }

    /// A move to Norway of somebody the register knows: with a D-number, or from before.
    pub(super) fn arrive(
        &mut self,
        draft: &Utkast,
        land: Option<Landkode>,
        spell: Option<SpellId>,
        nummer: Option<u8>,
    ) {
        if let Some(place) = nummer {
            let changes = self.next_number(draft, place);
            self.register(draft, rang::HOVED, Hendelsestype::EndringIIdentifikasjonsnummer, changes);
        }
        self.become_resident(draft, spell);
        if let Some(land) = land {
            let fact = Fact::Innflytting(land);
            let change = match self.current(element::INNFLYTTING) {
                Some(old) => self.replacement(old, fact, draft.dato),
                None => self.new_value(fact, Some(draft.dato)),
            };
            self.register(draft, rang::INNFLYTTING, Hendelsestype::EndringIInnflytting, vec![change]);
        }
    }

    fn become_resident(&mut self, draft: &Utkast, spell: Option<SpellId>) {
        let had_d_number = self.status() == Some(Personstatus::Midlertidig);
        let mut changes = Vec::new();
        if self.status() != Some(Personstatus::Bosatt) {
            changes.extend(self.new_status(draft, Personstatus::Bosatt));
        }
        let gradering = self.gradering();
        if let Some(spell) = spell.filter(|_| gradering != Gradering::StrengtFortrolig) {
            let (fact, fra) = self.address(spell, draft.dato, gradering);
            let home = match self.current(element::BOSTEDSADRESSE) {
                Some(old) => self.replacement(old, fact, draft.dato),
                None => self.new_value(fact, fra),
            };
            changes.push(home);
        }
        changes.extend(self.end_of(element::POSTADRESSE_I_UTLANDET, draft.dato));
        if had_d_number {
            changes.extend(self.end_of(element::OPPHOLDSADRESSE, draft.dato));
            changes.extend(self.checked(draft));
            changes.extend(self.first_permit(draft));
        }
        self.register(draft, rang::BOSATT, Hendelsestype::PersonErBosatt, changes);
    }

    /// Nobody becomes resident without having been seen in person.
    fn checked(&mut self, draft: &Utkast) -> Option<Endring> {
        let fact = Fact::Identitetsgrunnlag(Identitetsgrunnlagstatus::Kontrollert);
        let old = self.current(element::IDENTITETSGRUNNLAG).filter(|old| old.fact != fact)?;
        Some(self.replacement(old, fact, draft.dato))
    }

    fn first_permit(&mut self, draft: &Utkast) -> Vec<Endring> {
        let of_free_country =
            |fact: &Fact| matches!(fact, Fact::Statsborgerskap(land) if !identitet::trenger_tillatelse(*land));
        let needs = !self.entries.iter().any(|entry| entry.is_gjeldende() && of_free_country(&entry.fact));
        let facts = if needs {
            vec![identitet::utlendingsnummer(self.base, self.person), identitet::tillatelse(draft.dato, 0)]
        } else {
            Vec::new()
        };
        facts.into_iter().map(|fact| self.new_value(fact, Some(draft.dato))).collect()
    }

    /// A later permit takes the place of the one before.
    pub(super) fn permit(&mut self, draft: &Utkast, fact: Fact) {
        let Some(old) = self.current(element::OPPHOLD) else { return };
        let ny = self.new_fact(fact, Some(draft.dato));
        let change = Endring { slag: Endringsslag::Korrigere, ny: Some(ny), gammel: Some(Box::new(old)) };
        self.register(draft, rang::HOVED, Hendelsestype::EndringIOpphold, vec![change]);
    }

    /// Emigration: a new status, no home any more, and where to write when the country is known.
    pub(super) fn emigrate(&mut self, draft: &Utkast, land: Option<Landkode>) {
        let mut changes = Vec::new();
        changes.extend(self.new_status(draft, Personstatus::Utflyttet));
        changes.extend(self.end_of(element::BOSTEDSADRESSE, draft.dato));
        changes.extend(self.end_of(element::OPPHOLDSADRESSE, draft.dato));
        changes.extend(self.current(element::OPPHOLD).map(annul));
        if let Some(land) = land {
            let fact = Fact::Utflytting { land, dato: draft.dato };
            changes.push(match self.current(element::UTFLYTTING) {
                Some(old) => self.replacement(old, fact, draft.dato),
                None => self.new_value(fact, Some(draft.dato)),
            });
            if self.gradering() == Gradering::Ugradert {
                let there = identitet::adresse_etter_utflytting(self.base, self.person, land, draft.dato);
                changes.push(self.new_value(Fact::PostadresseIUtlandet(Box::new(there)), Some(draft.dato)));
            }
        }
        self.register(draft, rang::HOVED, Hendelsestype::PersonErUtflyttet, changes);
    }

    /// Five years after it was issued a D-number is set inactive.
    pub(super) fn inactivate(&mut self, draft: &Utkast) {
        let change = self.new_status(draft, Personstatus::Inaktiv);
        self.register(draft, rang::HOVED, Hendelsestype::EndringIStatus, change.into_iter().collect());
    }

    /// A citizenship given up, another gained; a Norwegian citizen needs no permit.
    pub(super) fn citizenship(&mut self, draft: &Utkast, ny: Option<Landkode>, slutt: Option<Landkode>) {
        let given_up = slutt.and_then(|land| {
            let is_it =
                |entry: &&crate::town::model::Entry| entry.is_gjeldende() && entry.fact == Fact::Statsborgerskap(land);
            self.entries.iter().find(is_it).cloned()
        });
        let mut changes: Vec<Endring> = given_up.map(|old| end(old, draft.dato)).into_iter().collect();
        if let Some(land) = ny {
            changes.push(self.new_value(Fact::Statsborgerskap(land), Some(draft.dato)));
            if land == Landkode::NOR {
                changes.extend(self.current(element::OPPHOLD).map(annul));
            }
        }
        self.register(draft, rang::HOVED, Hendelsestype::EndringIStatsborgerskap, changes);
    }
}
