//! Whether columns hold together: every position they name is there, every list has its order. What reads a town relies on
//! it without looking; columns from a file are looked at once, here.

use crate::base::TextId;
use crate::town::model::{
    Base, BoligId, BygningId, EiendomId, HusstandId, INGEN_GATE, PersonId, SpellId, VirksomhetId,
};

/// First and last year a town can begin in: with room around what the generator makes.
const YEARS: std::ops::RangeInclusive<i16> = 1950..=2150;
/// Milliseconds within which an instant has a date.
const MILLIS: std::ops::RangeInclusive<i64> = -1_000_000_000_000..=6_000_000_000_000;

/// What is wrong, in a clause.
type Check = Result<(), String>;

fn ensure(fits: bool, what: &str) -> Check {
    if fits { Ok(()) } else { Err(what.to_owned()) }
}

/// Every column of one table has as many rows as the first.
fn same_length(table: &str, lengths: &[usize]) -> Check {
    ensure(lengths.windows(2).all(|pair| pair[0] == pair[1]), &format!("the columns of {table} differ in length"))
}

/// `start` cuts `whole` rows into `parts` stretches.
fn cuts(name: &str, start: &[u32], parts: usize, whole: usize) -> Check {
    let fits = start.len() == parts + 1
        && start.first() == Some(&0)
        && start.windows(2).all(|pair| pair[0] <= pair[1])
        && start.last().is_some_and(|last| *last as usize == whole);
    ensure(fits, &format!("`{name}` does not cut its rows"))
}

/// Rows stand in the order of their person.
fn in_order<T>(name: &str, rows: &[T], person: impl Fn(&T) -> PersonId) -> Check {
    ensure(rows.windows(2).all(|pair| person(&pair[0]) <= person(&pair[1])), &format!("`{name}` is not in order"))
}

/// How many there are of everything that is named by position.
struct Reach {
    texts: usize,
    people: usize,
    households: usize,
    homes: usize,
    spells: usize,
    buildings: usize,
    plots: usize,
    units: usize,
}

impl Reach {
    fn text(&self, id: TextId) -> bool {
        (id.0 as usize) < self.texts
    }
    fn text_or_none(&self, id: TextId) -> bool {
        id.0 == u32::MAX || self.text(id)
    }
    fn person(&self, id: PersonId) -> bool {
        id.index() < self.people
    }
    fn person_or_none(&self, id: PersonId) -> bool {
        id.some().is_none_or(|id| self.person(id))
    }
    fn household_or_none(&self, id: HusstandId) -> bool {
        id.some().is_none_or(|id| id.index() < self.households)
    }
    fn home_or_none(&self, id: BoligId) -> bool {
        id.some().is_none_or(|id| id.index() < self.homes)
    }
    fn building_or_none(&self, id: BygningId) -> bool {
        id.some().is_none_or(|id| id.index() < self.buildings)
    }
    fn plot_or_none(&self, id: EiendomId) -> bool {
        id.some().is_none_or(|id| id.index() < self.plots)
    }
    fn unit(&self, id: VirksomhetId) -> bool {
        id.index() < self.units
    }
    fn unit_or_none(&self, id: VirksomhetId) -> bool {
        id.some().is_none_or(|id| self.unit(id))
    }
    fn spell(&self, id: SpellId) -> bool {
        id.index() < self.spells
    }
}

/// Whether a town can stand on `base`, apart from what is made from its columns afterwards.
pub(super) fn check(base: &Base) -> Check {
    let start = base.header.start;
    ensure(MILLIS.contains(&start.millis()) && YEARS.contains(&start.dato().year()), "the town begins in no year")?;
    let reach = Reach {
        texts: base.tekst.len(),
        people: base.person_count(),
        households: base.husstander.slag.len(),
        homes: base.boliger.gate.len(),
        spells: base.bosteder.len(),
        buildings: base.bygninger.len(),
        plots: base.eiendommer.len(),
        units: base.virksomheter.len(),
    };
    people(base, &reach)?;
    histories(base, &reach)?;
    registers(base, &reach)?;
    work(base, &reach)?;
    places(base, &reach)
}

fn people(base: &Base, reach: &Reach) -> Check {
    let people = &base.personer;
    same_length(
        "people",
        &[
            people.nummer.len(),
            people.foedselsdato.len(),
            people.kjoenn.len(),
            people.status.len(),
            people.fornavn.len(),
            people.mellomnavn.len(),
            people.etternavn.len(),
            people.rekkefoelge.len(),
            people.foedeland.len(),
            people.statsborgerskap.len(),
            people.mor.len(),
            people.far.len(),
            people.husstand.len(),
            people.partner.len(),
            people.kontakt.len(),
            people.postkasse.len(),
            people.spraak.len(),
            people.merker.len(),
            people.utdanning.len(),
            people.arbeidsmarked.len(),
            people.fastlege.len(),
        ],
    )?;
    let names = people.fornavn.iter().chain(&people.etternavn).all(|id| reach.text(*id));
    ensure(names && people.mellomnavn.iter().all(|id| reach.text_or_none(*id)), "somebody's name is not there")?;
    let mut kin = people.mor.iter().chain(&people.far).chain(&people.partner);
    ensure(kin.all(|id| reach.person_or_none(*id)), "somebody's kin is not there")?;
    ensure(people.husstand.iter().all(|id| reach.household_or_none(*id)), "somebody's household is not there")?;
    let homes = &base.husstander;
    same_length("households", &[homes.slag.len(), homes.bosted.len()])?;
    cuts("husstander.start", &homes.start, homes.slag.len(), homes.medlemmer.len())?;
    ensure(homes.medlemmer.iter().all(|id| reach.person(*id)), "a member of a household is not there")?;
    let spells = homes.bosted.iter().all(|id| id.some().is_none_or(|id| reach.spell(id)));
    ensure(spells, "a household's residence is not there")
}

fn histories(base: &Base, reach: &Reach) -> Check {
    cuts("person_bosted_start", &base.person_bosted_start, base.person_count(), base.person_bosteder.len())?;
    ensure(base.person_bosteder.iter().all(|id| reach.spell(*id)), "somebody's residence is not there")?;
    ensure(base.bosteder.iter().all(|row| reach.home_or_none(row.bolig)), "a residence has no dwelling")?;
    in_order("sivilstander", &base.sivilstander, |row| row.person)?;
    let civil = base.sivilstander.iter().all(|row| reach.person(row.person) && reach.person_or_none(row.relatert));
    ensure(civil, "a civil status is nobody's")?;
    in_order("tidligere_navn", &base.tidligere_navn, |row| row.person)?;
    let names = base.tidligere_navn.iter().all(|row| {
        let all = reach.text(row.fornavn) && reach.text(row.etternavn) && reach.text_or_none(row.mellomnavn);
        all && reach.person(row.person)
    });
    ensure(names, "a former name is nobody's")?;
    in_order("ansvar", &base.ansvar, |row| row.barn)?;
    let care = base.ansvar.iter().all(|row| reach.person(row.barn) && reach.person_or_none(row.ansvarlig));
    ensure(care, "a responsibility is nobody's")?;
    in_order("beskyttelser", &base.beskyttelser, |row| row.person)?;
    ensure(base.beskyttelser.iter().all(|row| reach.person(row.person)), "a protection is nobody's")?;
    in_order("doedsfall", &base.doedsfall, |row| row.person)?;
    ensure(base.doedsfall.iter().all(|row| reach.person(row.person)), "a death is nobody's")?;
    in_order("plasser", &base.plasser, |row| row.person)?;
    let units = base.virksomheter.len();
    let places = base.plasser.iter().all(|row| reach.person(row.person) && row.virksomhet.index() < units);
    ensure(places, "a place in a kindergarten is nobody's")
}

/// Rows of people in registers beside the plain ones.
fn registers(base: &Base, reach: &Reach) -> Check {
    macro_rules! of_people {
        ($($table:ident by $owner:ident),*) => { $(
            in_order(stringify!($table), &base.$table, |row| row.$owner)?;
            let fits = base.$table.iter().all(|row| reach.person(row.$owner));
            ensure(fits, concat!("a row of `", stringify!($table), "` is nobody's"))?;
        )* };
    }
    of_people!(
        statsborgerskap by person, innflyttinger by person, utflyttinger by person, tidligere_nummer by person,
        dnummer by person, vergemaal by person, delt_bosted by barn, fosterhjem by barn, doedfoedte by mor,
        foreldre_uten_nummer by barn,
        arbeidsforhold by person, inntekter by person, annullerte_doedsfall by person
    );
    let guardians = base.vergemaal.iter().all(|row| reach.person_or_none(row.verge));
    ensure(guardians, "a guardian is not there")?;
    ensure(base.doedfoedte.iter().all(|row| reach.person_or_none(row.far)), "a stillborn child's father is not there")?;
    ensure(base.delt_bosted.iter().all(|row| reach.home_or_none(row.bolig)), "a child's second home is not there")?;
    let named = base.foreldre_uten_nummer.iter().all(|row| reach.text(row.fornavn) && reach.text(row.etternavn));
    ensure(named, "a parent without a number has no name")?;
    let foster = base.fosterhjem.iter().all(|row| reach.household_or_none(row.husstand));
    ensure(foster, "a foster home is not there")
}

/// Organisations, what people are and have in them.
fn work(base: &Base, reach: &Reach) -> Check {
    let units = base
        .virksomheter
        .iter()
        .all(|unit| reach.unit_or_none(unit.overordnet) && reach.building_or_none(unit.bygning));
    ensure(units, "an organisation's parent or building is not there")?;
    ensure(base.roller.is_sorted_by_key(|row| row.virksomhet), "`roller` is not in order")?;
    let holders = |person, unit| reach.person_or_none(person) && reach.unit_or_none(unit);
    let roles = base.roller.iter().all(|row| reach.unit(row.virksomhet) && holders(row.person, row.enhet));
    ensure(roles, "a role is nobody's")?;
    let shares = base.aksjer.iter().all(|row| reach.unit(row.virksomhet) && holders(row.person, row.eier));
    ensure(shares, "a share is nobody's")?;
    let jobs = base.arbeidsforhold.iter().all(|row| reach.unit(row.virksomhet));
    ensure(jobs, "a job is nowhere")?;
    let lists =
        base.fastlegelister.iter().all(|list| reach.person_or_none(list.lege) && reach.unit_or_none(list.kontor));
    ensure(lists, "a doctor's list is nowhere")?;
    let patients =
        base.personer.fastlege.iter().all(|&list| list == u16::MAX || usize::from(list) < base.fastlegelister.len());
    ensure(patients, "somebody's doctor is not there")?;
    let buildings = base.bygninger.iter().all(|building| {
        let street = building.gate == INGEN_GATE || (building.gate as usize) < base.gater.len();
        street && reach.plot_or_none(building.eiendom) && usize::from(building.poststed) < base.poststeder.len()
    });
    ensure(buildings, "a building is nowhere")?;
    let deeds = base.hjemler.iter().all(|row| {
        row.eiendom.index() < reach.plots
            && holders(row.person, row.virksomhet)
            && row.teller <= row.nevner
            && row.nevner > 0
    });
    ensure(deeds, "a property is nobody's")?;
    let dwellings = base.boliger.bygning.iter().all(|id| reach.building_or_none(*id));
    ensure(dwellings, "a dwelling's building is not there")
}

fn places(base: &Base, reach: &Reach) -> Check {
    let homes = &base.boliger;
    same_length(
        "dwellings",
        &[
            homes.gate.len(),
            homes.husnummer.len(),
            homes.husbokstav.len(),
            homes.bruksenhet.len(),
            homes.bruksenhetstype.len(),
            homes.poststed.len(),
            homes.grunnkrets.len(),
            homes.skolekrets.len(),
            homes.stemmekrets.len(),
            homes.bygning.len(),
            homes.eieform.len(),
        ],
    )?;
    ensure(
        homes.gate.iter().all(|street| *street == INGEN_GATE || (*street as usize) < base.gater.len()),
        "a dwelling's street is not there",
    )?;
    let posts = homes.poststed.iter().all(|place| usize::from(*place) < base.poststeder.len());
    ensure(posts, "a dwelling's postal place is not there")?;
    let letters = homes.husbokstav.iter().chain(homes.bruksenhet.iter().flatten()).all(u8::is_ascii);
    ensure(letters, "a dwelling has a letter that is none")?;
    ensure(base.gater.iter().all(|street| reach.text(street.navn)), "a street has no name")?;
    ensure(base.poststeder.iter().all(|place| reach.text(place.navn)), "a postal place has no name")?;
    ensure(!base.virksomheter.is_empty(), "there is no municipality")?;
    ensure(base.virksomheter.iter().all(|unit| reach.text(unit.navn)), "an organisation has no name")
}
