//! Who fits the criteria. One pass over the columns decides about almost everybody; whom the world has changed, who is
//! protected and whose past counts is decided by the entries of the document, read as the package reads them.
//!
//! An address that the document of a person does not show to the package finds nobody (`specs/folkeregister.md` §8).

use super::super::leser::{Leser, element_of};
use super::super::pakker::Pakke;
use super::kriterier::{Adressekrav, Kriterier, MEST_ORD, Navnekrav, Papir};
use super::navn::{foldet, lyd, ord};
use crate::base::{Kjoenn, Kommunenummer, TextId};
use crate::town::Town;
use crate::town::model::{Base, BoligId, DayNo, Entry, Fact, INGEN_GATE, Navn, Oppholdssted, PersonId, Personstatus};
use crate::town::state::PersonChanges;

/// What the columns say about somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Utfall {
    Ja,
    Nei,
    /// The entries must be asked.
    Usikkert,
}

/// The words of a search that a text has, as bits; all of these are the words asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Treff(u32);

/// Which texts of the columns have which words, found out once each.
struct Ordminne<'a> {
    krav: &'a Navnekrav,
    base: &'a Base,
    kjente: Vec<u32>,
}

/// Marks a text nobody has looked at: more words than can be asked for.
const UKJENT: u32 = u32::MAX;
const INGEN_TEKST: TextId = TextId(u32::MAX);

impl Navnekrav {
    fn words_in(&self, text: &str) -> Treff {
        let words = ord(text);
        let fits = |word: &String| {
            if self.fonetisk { words.iter().any(|own| lyd(own) == *word) } else { words.contains(word) }
        };
        let bits = self.ord.iter().enumerate().filter(|(_, word)| fits(word));
        Treff(bits.fold(0, |all, (place, _)| all | 1 << place))
    }

    /// Whether first name, middle name and surname with these words are such a name. Who has one name has it in both
    /// places, as in the document.
    fn fits(&self, fornavn: Treff, mellomnavn: Treff, etternavn: Treff) -> bool {
        let all = fornavn.0 | mellomnavn.0 | etternavn.0;
        let wanted = u32::try_from((1u64 << self.ord.len()) - 1).unwrap_or(UKJENT);
        let last = self.ord.len().saturating_sub(1);
        all == wanted && (!self.entydig || fornavn.0 & 1 == 1 && etternavn.0 >> last & 1 == 1)
    }

    fn is_name(&self, navn: &Navn) -> bool {
        let fornavn = if navn.fornavn.is_empty() { &navn.etternavn } else { &navn.fornavn };
        let etternavn = if navn.etternavn.is_empty() { &navn.fornavn } else { &navn.etternavn };
        let mellomnavn = navn.mellomnavn.as_deref().unwrap_or("");
        self.fits(self.words_in(fornavn), self.words_in(mellomnavn), self.words_in(etternavn))
    }
}

impl<'a> Ordminne<'a> {
    fn new(krav: &'a Navnekrav, base: &'a Base) -> Self {
        let size = if krav.ord.is_empty() { 0 } else { base.tekst.len() };
        debug_assert!(krav.ord.len() <= MEST_ORD, "each word has a bit");
        Self { krav, base, kjente: vec![UKJENT; size] }
    }

    fn words_of(&mut self, text: TextId) -> Treff {
        if text == INGEN_TEKST {
            return Treff(0);
        }
        let known = &mut self.kjente[text.0 as usize];
        if *known == UKJENT {
            *known = self.krav.words_in(self.base.tekst.get(text)).0;
        }
        Treff(*known)
    }

    fn is_name(&mut self, fornavn: TextId, mellomnavn: TextId, etternavn: TextId) -> bool {
        let empty = |text: TextId| self.base.tekst.get(text).is_empty();
        let (first, last) = match (empty(fornavn), empty(etternavn)) {
            (true, false) => (etternavn, etternavn),
            (false, true) => (fornavn, fornavn),
            _ => (fornavn, etternavn),
        };
        let (first, middle, last) = (self.words_of(first), self.words_of(mellomnavn), self.words_of(last));
        self.krav.fits(first, middle, last)
    }
}

/// A search under way.
pub(super) struct Leting<'a> {
    town: &'a Town,
    pakke: &'a Pakke,
    krav: &'a Kriterier,
    ord: Ordminne<'a>,
    /// Streets that begin as asked, by position.
    gater: Vec<bool>,
    /// Dwellings of the strictly protected.
    hemmelige: Vec<BoligId>,
}

/// Who fits, in order of position; no more than `most`.
pub(super) fn finn(town: &Town, pakke: &Pakke, krav: &Kriterier, most: usize) -> Vec<PersonId> {
    let mut leting = Leting::new(town, pakke, krav);
    let changed = town.folk.people.rows();
    let mut changed = changed.into_iter().peekable();
    let mut found = Vec::new();
    for row in 0..town.person_count() {
        if found.len() == most {
            break;
        }
        let changes = changed.next_if(|(place, _)| *place == row).map(|(_, changes)| &**changes);
        let id = PersonId::at(row);
        let fits = match leting.from_columns(id, changes) {
            Utfall::Ja => true,
            Utfall::Nei => false,
            Utfall::Usikkert => leting.from_entries(id),
        };
        if fits {
            found.push(id);
        }
    }
    found
}

/// Whether the person at `id` fits.
pub(super) fn passer(town: &Town, pakke: &Pakke, krav: &Kriterier, id: PersonId) -> bool {
    let leting = Leting::new(town, pakke, krav);
    let person = town.person(id);
    leting.is_such(person.status(), person.kjoenn(), DayNo::of(person.foedselsdato())) && leting.from_entries(id)
}

impl<'a> Leting<'a> {
    fn new(town: &'a Town, pakke: &'a Pakke, krav: &'a Kriterier) -> Self {
        let base = &*town.base;
        let begins = |prefix: &String| {
            base.gater.iter().map(|street| foldet(base.tekst.get(street.navn)).starts_with(prefix)).collect()
        };
        let gater = krav.adresse.gate.as_ref().map_or_else(Vec::new, begins);
        let mut hemmelige = Vec::new();
        if krav.adresse.noe() {
            hemmelige.extend(town.secret_homes().map(|(home, _)| home));
            hemmelige.sort_unstable();
        }
        Self { town, pakke, krav, ord: Ordminne::new(&krav.navn, base), gater, hemmelige }
    }

    fn is_such(&self, status: Personstatus, kjoenn: Kjoenn, foedselsdato: DayNo) -> bool {
        (self.krav.doede || status != Personstatus::Doed)
            && self.krav.kjoenn.is_none_or(|wanted| wanted == kjoenn)
            && self.krav.foedt.is_none_or(|(from, to)| from <= foedselsdato && foedselsdato <= to)
    }

    fn from_columns(&mut self, id: PersonId, changes: Option<&PersonChanges>) -> Utfall {
        let (town, row) = (self.town, id.index());
        let people = &town.base.personer;
        let of_base = row < town.base.person_count();
        let such = match changes {
            None => self.is_such(people.status[row], people.kjoenn[row], people.foedselsdato[row]),
            Some(_) => {
                let person = town.person(id);
                self.is_such(person.status(), person.kjoenn(), DayNo::of(person.foedselsdato()))
            }
        };
        if !such {
            return Utfall::Nei;
        }
        let moved = changes.is_some_and(|changes| changes.entries.iter().any(tells_of_search));
        let (mut name, mut address) = (Utfall::Nei, Utfall::Nei);
        if of_base {
            (name, address) = (self.name_of_base(id), self.address_of_base(id));
        }
        if let Some(changes) = changes.filter(|_| moved || !of_base) {
            // Anything that could fit, of the base or of the world, is looked at as the document has it.
            name = or_of_world(name, self.krav.navn.ord.is_empty(), || {
                facts(changes).any(|fact| matches!(fact, Fact::Navn { navn, .. } if self.krav.navn.is_name(navn)))
            });
            address =
                or_of_world(address, !self.krav.adresse.noe(), || facts(changes).any(|fact| self.is_address(fact)));
        }
        match (name, address) {
            (Utfall::Nei, _) | (_, Utfall::Nei) => Utfall::Nei,
            (Utfall::Ja, Utfall::Ja) if self.krav.papirer.is_empty() => Utfall::Ja,
            _ => Utfall::Usikkert,
        }
    }

    fn name_of_base(&mut self, id: PersonId) -> Utfall {
        if self.krav.navn.ord.is_empty() {
            return Utfall::Ja;
        }
        let (base, row) = (&*self.town.base, id.index());
        let people = &base.personer;
        if self.ord.is_name(people.fornavn[row], people.mellomnavn[row], people.etternavn[row]) {
            return Utfall::Ja;
        }
        let former = if self.krav.historisk { base.tidligere_navn_of(id) } else { &[] };
        let was = former.iter().any(|name| self.ord.is_name(name.fornavn, name.mellomnavn, name.etternavn));
        if was { Utfall::Usikkert } else { Utfall::Nei }
    }

    fn address_of_base(&self, id: PersonId) -> Utfall {
        let (base, asked) = (&*self.town.base, &self.krav.adresse);
        if !asked.noe() {
            return Utfall::Ja;
        }
        let spells = base.bosteder_of(id).iter().map(|spell| base.bosteder[spell.index()]);
        let (mut now, mut before) = (None, false);
        for spell in spells {
            if self.is_home(spell.bolig.some()) {
                if spell.til == DayNo::NONE { now = Some(spell.bolig) } else { before = true }
            }
        }
        let stays = asked.opphold && base.dnummer_of(id).is_some();
        match now {
            Some(home) if base.beskyttelse_of(id).is_none() && self.hemmelige.binary_search(&home).is_err() => {
                Utfall::Ja
            }
            Some(_) => Utfall::Usikkert,
            None if self.krav.historisk && before || stays => Utfall::Usikkert,
            None => Utfall::Nei,
        }
    }

    /// Whether a dwelling here, or an unknown home in this municipality, is at such an address.
    fn is_home(&self, bolig: Option<BoligId>) -> bool {
        let (base, asked) = (&*self.town.base, &self.krav.adresse);
        if !self.is_municipality(base.kommune.nummer) {
            return false;
        }
        let Some(bolig) = bolig else { return asked.bare_omraade() };
        let (row, homes) = (bolig.index(), &base.boliger);
        let street = homes.gate[row];
        let in_street = street != INGEN_GATE;
        let postal = base.poststeder[usize::from(homes.poststed[row])].nummer;
        let (number, letter) = (homes.husnummer[row], Some(homes.husbokstav[row]).filter(|letter| *letter != 0));
        asked.postnummer.is_none_or(|wanted| wanted == postal)
            && (asked.gate.is_none() || in_street && self.gater[street as usize] && !asked.uten_husnummer)
            && asked.husnummer.is_none_or(|(wanted, wanted_letter)| {
                let same = if asked.eksakt {
                    wanted_letter == letter
                } else {
                    wanted_letter.is_none_or(|one| Some(one) == letter)
                };
                in_street && wanted == number && same
            })
    }

    fn is_municipality(&self, kommune: Kommunenummer) -> bool {
        let Adressekrav { kommune: wanted, fylke, .. } = self.krav.adresse;
        wanted.is_none_or(|wanted| wanted == kommune.0) && fylke.is_none_or(|fylke| fylke == kommune.0 / 100)
    }

    /// Whether `fact` is such an address.
    fn is_address(&self, fact: &Fact) -> bool {
        let asked = &self.krav.adresse;
        match fact {
            Fact::Bostedsadresse { bolig, .. } => self.is_home(*bolig),
            Fact::BostedAnnenKommune { kommune, .. } => asked.bare_omraade() && self.is_municipality(*kommune),
            Fact::Oppholdsadresse(stay) if asked.opphold => match &stay.sted {
                Oppholdssted::Bolig(bolig) => self.is_home(Some(*bolig)),
                Oppholdssted::Utland(there) => {
                    let begins = |street: &String| foldet(&there.linje).starts_with(street);
                    let only_street = Adressekrav { gate: None, eksakt: false, opphold: false, ..asked.clone() };
                    only_street == Adressekrav::default() && asked.gate.as_ref().is_some_and(begins)
                }
                Oppholdssted::Ukjent => false,
            },
            _ => false,
        }
    }

    /// Whether the entries the package sees fit in name, address and papers.
    fn from_entries(&self, id: PersonId) -> bool {
        let (town, krav) = (self.town, self.krav);
        let (reader, now) = (Leser::new(town, id, self.pakke), town.now());
        let (mut name, mut address) = (krav.navn.ord.is_empty(), !krav.adresse.noe());
        let mut papers = vec![false; krav.papirer.len()];
        for entry in town.person(id).entries().iter().filter(|entry| entry.stands_at(now)) {
            let current = entry.is_gjeldende_at(now);
            let element = element_of(&entry.fact);
            if !current && !(krav.historisk && self.pakke.historikk.har(element)) {
                continue;
            }
            match &entry.fact {
                Fact::Navn { navn, .. } => name |= krav.navn.is_name(navn),
                fact if self.is_address(fact) => address |= !reader.is_hidden(fact, entry.id, Some(current)),
                fact => papers.iter_mut().zip(&krav.papirer).for_each(|(has, wanted)| *has |= wanted.is(fact)),
            }
        }
        name && address && papers.into_iter().all(|has| has)
    }
}

impl Papir {
    fn is(&self, fact: &Fact) -> bool {
        match (self, fact) {
            (Self::UtenlandskId(from, wanted), Fact::UtenlandskPersonidentifikasjon { nummer, land, .. }) => {
                from == land && wanted.eq_ignore_ascii_case(nummer)
            }
            (Self::Legitimasjon(from, wanted), Fact::Legitimasjonsdokument(paper)) => {
                *from == paper.land && wanted.eq_ignore_ascii_case(&paper.nummer)
            }
            (Self::Utlendingsnummer(wanted), Fact::Utlendingsnummer(number)) => **wanted == **number,
            _ => false,
        }
    }
}

/// Whether an entry is of what a search looks at beside the columns of status, sex and birth.
fn tells_of_search(entry: &Entry) -> bool {
    matches!(
        entry.fact,
        Fact::Navn { .. }
            | Fact::Bostedsadresse { .. }
            | Fact::BostedAnnenKommune { .. }
            | Fact::Oppholdsadresse(_)
            | Fact::Adressebeskyttelse(_)
    )
}

fn facts(changes: &PersonChanges) -> impl Iterator<Item = &Fact> {
    changes.entries.iter().map(|entry| &entry.fact)
}

/// What the columns say of somebody about whom the world has said more: nothing for certain, but where nothing is asked.
fn or_of_world(columns: Utfall, nothing_asked: bool, world: impl FnOnce() -> bool) -> Utfall {
    match columns {
        _ if nothing_asked => Utfall::Ja,
        Utfall::Nei if !world() => Utfall::Nei,
        _ => Utfall::Usikkert,
    }
}
