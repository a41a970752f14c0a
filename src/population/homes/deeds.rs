//! Who owns which property (`specs/population.md` §10): those who live in their own house or flat, landlords, the estates of
//! dead people, people who left the country, and organisations. Written when everybody and every organisation is known.

use rayon::prelude::*;

use crate::base::{Domain, Stream};
use crate::population::calendar::day_number;
use crate::population::streams::Streams;
use crate::town::model::{
    Base, BygningId, Bygningstype, DayNo, Eieform, EiendomId, HjemmelRow, HusstandId, Organisasjonsform, PersonId,
    Personstatus, VirksomhetId,
};

/// Owners of a kind of property, per mille: residents, estates of the dead, the emigrated, companies; the municipality has
/// the rest (D).
type Mix = [u64; 4];
const LET: Mix = [660, 20, 15, 215];
const EMPTY: Mix = [600, 200, 60, 90];
const CABIN: Mix = [860, 50, 30, 50];
const LAND: Mix = [700, 30, 10, 100];
const BUSINESS: Mix = [180, 5, 5, 800];
/// Most years somebody has owned what no move tells the time of.
const YEARS: u64 = 40;
/// Plots whose deeds one thread writes at a time.
const CHUNK: usize = 4_096;
/// An estate is settled within so many days after a death.
const ESTATE_DAYS: i32 = 3 * 365;

/// An owner: a person, or an organisation.
#[derive(Clone, Copy)]
enum Owner {
    Person(PersonId),
    Unit(VirksomhetId),
}

/// What the deeds are drawn from.
struct Register<'a> {
    base: &'a Base,
    today: DayNo,
    residents: Vec<PersonId>,
    /// Dead people whose estates are not settled.
    dead: Vec<PersonId>,
    /// People who left the country, with the day they did.
    emigrated: Vec<(PersonId, DayNo)>,
    companies: Vec<VirksomhetId>,
    cooperatives: Vec<VirksomhetId>,
    /// A company in each building.
    company_in: Vec<VirksomhetId>,
    /// Household in each dwelling.
    household: Vec<HusstandId>,
    /// First dwelling in each building; one more entry than buildings.
    dwellings: Vec<u32>,
    /// An emigrant and an estate that let a home in every town, and which.
    promised: Vec<(usize, Owner)>,
}

/// The owners of all property of `base`, sorted by property; the shares of each sum to one.
pub(in crate::population) fn hjemler(base: &Base, streams: Streams) -> Vec<HjemmelRow> {
    let register = Register::of(base);
    let mut first_building = vec![BygningId::NONE; base.eiendommer.len()];
    for number in (0..base.bygninger.len()).rev() {
        first_building[base.bygninger[number].eiendom.index()] = BygningId::at(number);
    }
    let key = streams.key(Domain::Bygning, "hjemmel");
    let rows: Vec<Vec<HjemmelRow>> = first_building
        .par_chunks(CHUNK)
        .enumerate()
        .map(|(chunk, buildings)| {
            let mut rows = Vec::with_capacity(2 * CHUNK);
            for (place, building) in buildings.iter().enumerate() {
                let id = EiendomId::at(chunk * CHUNK + place);
                // Sections are written with the plot they belong to.
                if base.eiendommer[id.index()].seksjonsnummer == 0 {
                    let mut deed = Deed { register: &register, stream: key.at(u64::from(id.0)), rows: &mut rows };
                    match building.some() {
                        Some(building) => deed.built(id, building),
                        None => deed.drawn(id, &LAND),
                    }
                }
            }
            rows
        })
        .collect();
    rows.into_iter().flatten().collect()
}

/// The deeds of one plot in the making.
struct Deed<'a> {
    register: &'a Register<'a>,
    stream: Stream,
    rows: &'a mut Vec<HjemmelRow>,
}

impl<'a> Register<'a> {
    fn of(base: &'a Base) -> Self {
        let today = DayNo::of(base.header.start.dato());
        let adult = DayNo(today.0 - 25 * 366);
        let people = &base.personer;
        let rows = || (0..base.person_count()).map(PersonId::at);
        let is = |id: &PersonId, status| people.status[id.index()] == status;
        let residents =
            rows().filter(|id| is(id, Personstatus::Bosatt) && people.foedselsdato[id.index()] <= adult).collect();
        let dead: Vec<PersonId> = base
            .doedsfall
            .iter()
            .filter(|row| row.dato.0 + ESTATE_DAYS >= today.0 && people.foedselsdato[row.person.index()] <= adult)
            .map(|row| row.person)
            .collect();
        let emigrated: Vec<(PersonId, DayNo)> = rows()
            .filter(|id| is(id, Personstatus::Utflyttet) && people.foedselsdato[id.index()] <= adult)
            .filter_map(|id| Some((id, base.utflyttinger_of(id).last()?.dato)))
            .collect();
        let live = |form: Organisasjonsform| {
            let units = base.virksomheter.iter().enumerate();
            let fit = move |unit: &(usize, &crate::town::model::Virksomhet)| {
                unit.1.form == form && unit.1.slettet == DayNo::NONE && unit.1.konkurs == DayNo::NONE
            };
            units.filter(fit).map(|unit| VirksomhetId::at(unit.0)).collect::<Vec<_>>()
        };
        let mut company_in = vec![VirksomhetId::NONE; base.bygninger.len()];
        for (number, unit) in base.virksomheter.iter().enumerate().rev() {
            if let Some(building) = unit.bygning.some() {
                let main = unit.overordnet.some().unwrap_or(VirksomhetId::at(number));
                company_in[building.index()] = main;
            }
        }
        let mut household = vec![HusstandId::NONE; base.boliger.gate.len()];
        for (number, spell) in base.husstander.bosted.iter().enumerate() {
            if let Some(bolig) = base.bosteder[spell.index()].bolig.some() {
                household[bolig.index()] = HusstandId::at(number);
            }
        }
        let mut dwellings = vec![0u32; base.bygninger.len() + 1];
        for bygning in &base.boliger.bygning {
            dwellings[bygning.index() + 1] += 1;
        }
        for number in 1..dwellings.len() {
            dwellings[number] += dwellings[number - 1];
        }
        let owners = emigrated.iter().map(|one| one.0).take(1).chain(dead.iter().copied().take(1));
        let slag = |bolig: usize| base.bygninger[base.boliger.bygning[bolig].index()].slag;
        let homes = (0..household.len())
            .filter(|&bolig| base.boliger.eieform[bolig] == Eieform::Leie && slag(bolig) != Bygningstype::Sykehjem);
        let promised = homes.zip(owners.map(Owner::Person)).collect();
        Self {
            base,
            today,
            residents,
            promised,
            dead,
            emigrated,
            companies: live(Organisasjonsform::As),
            cooperatives: live(Organisasjonsform::Brl),
            company_in,
            household,
            dwellings,
        }
    }

    /// The last day somebody could acquire something.
    fn last_day(&self, person: PersonId) -> DayNo {
        let left = self.emigrated.binary_search_by_key(&person, |one| one.0).ok().map(|place| self.emigrated[place].1);
        self.base.doedsfall_of(person).or(left).unwrap_or(self.today)
    }

    fn founded(&self, unit: VirksomhetId) -> DayNo {
        let stiftet = self.base.virksomheter[unit.index()].stiftet;
        if stiftet == DayNo::NONE { DayNo(0) } else { stiftet }
    }

    fn since_built(&self, building: BygningId) -> DayNo {
        let year = i32::from(self.base.bygninger[building.index()].byggeaar);
        DayNo(day_number(year, 7, 1).0.min(self.today.0 - 1))
    }
}

impl Deed<'_> {
    fn push(&mut self, eiendom: EiendomId, owner: Owner, share: (u16, u16), fra: DayNo) {
        let (person, virksomhet) = match owner {
            Owner::Person(person) => (person, VirksomhetId::NONE),
            Owner::Unit(unit) => (PersonId::NONE, unit),
        };
        self.rows.push(HjemmelRow { eiendom, person, virksomhet, teller: share.0, nevner: share.1, fra });
    }

    /// The deeds of a plot with `building` on it, and of its sections.
    fn built(&mut self, id: EiendomId, building: BygningId) {
        let (register, base) = (self.register, self.register.base);
        let next = id.index() + 1;
        let slag = base.bygninger[building.index()].slag;
        // A second house of a farm stands on the same plot.
        let last = (building.index()..base.bygninger.len()).take_while(|&one| base.bygninger[one].eiendom == id).last();
        let end = register.dwellings[last.unwrap_or(building.index()) + 1];
        let homes: Vec<usize> = (register.dwellings[building.index()]..end).map(|bolig| bolig as usize).collect();
        let municipality = Owner::Unit(VirksomhetId::at(0));
        if homes.is_empty() {
            return match slag {
                Bygningstype::Fritidsbolig => self.drawn(id, &CABIN),
                _ => self.of_business(id, building),
            };
        }
        if homes.iter().any(|&bolig| base.boliger.eieform[bolig] == Eieform::Borettslag) {
            let all = &register.cooperatives;
            let owner = all.get(building.index() % all.len().max(1)).map_or(municipality, |&unit| Owner::Unit(unit));
            return self.push(id, owner, (1, 1), register.since_built(building));
        }
        if slag == Bygningstype::Sykehjem {
            return self.push(id, municipality, (1, 1), register.since_built(building));
        }
        let owners: Vec<Vec<(Owner, DayNo)>> = homes.iter().map(|&bolig| self.of_home(bolig)).collect();
        let parts = u16::try_from(2 * homes.len()).expect("homes of a building");
        for (owner, fra, part) in owners.iter().flat_map(|one| parts_of(one, 2)) {
            self.push(id, owner, simple(part, parts), fra);
        }
        // Those who own the sections own the plot together, each section an equal part.
        let is_section = base.eiendommer.get(next).is_some_and(|one| one.seksjonsnummer > 0);
        for (place, owners) in owners.iter().enumerate().filter(|_| is_section) {
            for (owner, fra, part) in parts_of(owners, 2) {
                self.push(EiendomId::at(next + place), owner, simple(part, 2), fra);
            }
        }
    }

    /// Who owns a dwelling: those who live there, or a landlord.
    fn of_home(&mut self, bolig: usize) -> Vec<(Owner, DayNo)> {
        let (register, base) = (self.register, self.register.base);
        match (base.boliger.eieform[bolig], register.household[bolig].some()) {
            (Eieform::Selveier, Some(household)) => {
                let fra = base.bosteder[base.husstander.bosted[household.index()].index()].fra;
                let first = base.medlemmer_of(household)[0];
                let partner = base.personer.partner[first.index()].some();
                [Some(first), partner].into_iter().flatten().map(|person| (Owner::Person(person), fra)).collect()
            }
            (form, _) => {
                let owner = match register.promised.iter().find(|one| one.0 == bolig) {
                    Some(&(_, promised)) => promised,
                    None => self.draw(if form == Eieform::Leie { &LET } else { &EMPTY }),
                };
                vec![(owner, self.since(owner))]
            }
        }
    }

    /// A shop, an office, a school: whoever is in it, the municipality where nobody is.
    fn of_business(&mut self, id: EiendomId, building: BygningId) {
        let register = self.register;
        let slag = register.base.bygninger[building.index()].slag;
        let is_public = !matches!(
            slag,
            Bygningstype::Kontorbygning
                | Bygningstype::Forretningsbygning
                | Bygningstype::Industribygning
                | Bygningstype::Lagerbygning
        );
        let fra = register.since_built(building);
        match register.company_in[building.index()].some() {
            Some(unit) if is_public || self.stream.uniform(100) < 60 => self.push(id, Owner::Unit(unit), (1, 1), fra),
            None if is_public => self.push(id, Owner::Unit(VirksomhetId::at(0)), (1, 1), fra),
            _ => self.drawn(id, &BUSINESS),
        }
    }

    fn drawn(&mut self, id: EiendomId, mix: &Mix) {
        let owner = self.draw(mix);
        let fra = self.since(owner);
        self.push(id, owner, (1, 1), fra);
    }

    /// An owner of the mix.
    fn draw(&mut self, mix: &Mix) -> Owner {
        let (register, stream) = (self.register, &mut self.stream);
        let mut ticket = stream.uniform(1_000);
        let mut kind = mix.len();
        for (place, &part) in mix.iter().enumerate() {
            if ticket < part {
                kind = place;
                break;
            }
            ticket -= part;
        }
        let mut one_of = |count: usize| (count > 0).then(|| stream.index(count));
        let owner = match kind {
            0 => one_of(register.residents.len()).map(|one| Owner::Person(register.residents[one])),
            1 => one_of(register.dead.len()).map(|one| Owner::Person(register.dead[one])),
            2 => one_of(register.emigrated.len()).map(|one| Owner::Person(register.emigrated[one].0)),
            3 => one_of(register.companies.len()).map(|one| Owner::Unit(register.companies[one])),
            _ => None,
        };
        owner.unwrap_or(Owner::Unit(VirksomhetId::at(0)))
    }

    /// Since when somebody owns what no move tells the time of: never since after a death or a move abroad, nor from
    /// childhood on.
    fn since(&mut self, owner: Owner) -> DayNo {
        let register = self.register;
        let ago = i32::try_from(self.stream.uniform(YEARS * 365)).expect("days of some years");
        let (earliest, latest) = match owner {
            Owner::Person(person) => {
                let born = register.base.personer.foedselsdato[person.index()];
                (born.0 + 18 * 366, register.last_day(person).0 - 1)
            }
            Owner::Unit(unit) => (register.founded(unit).0, register.today.0 - 1),
        };
        DayNo((latest - ago).max(earliest).min(latest))
    }
}

/// Each owner of one whole with the parts of `whole` that are theirs: all for one, half for each of two.
fn parts_of(owners: &[(Owner, DayNo)], whole: u16) -> impl Iterator<Item = (Owner, DayNo, u16)> + '_ {
    let count = u16::try_from(owners.len().max(1)).expect("a couple");
    owners.iter().map(move |&(owner, fra)| (owner, fra, whole / count))
}

/// `2/2` is written `1/1`.
fn simple(part: u16, whole: u16) -> (u16, u16) {
    if part == whole { (1, 1) } else { (part, whole) }
}
