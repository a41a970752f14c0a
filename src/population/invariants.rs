//! What must hold in every town, checked over the columns. Numbers are those of `specs/population.md` §16.

use super::calendar::{age, civil, plus_years};
use crate::base::{Foedselsnummer, Kjoenn, Lookup, Orgnummer};
use crate::town::model::{
    Base, BoligId, DayNo, HusstandId, INGEN_GATE, KontaktFlags, PersonId, Personstatus, Postkasse, Sivilstand,
    Virksomhetsslag,
};

/// An invariant that does not hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// Its number in `specs/population.md` §16.
    pub number: u8,
    /// What is wrong, with row numbers.
    pub what: String,
}

/// The checker of a group of invariants.
type Check = fn(&Town<'_>, &mut Vec<Violation>);

const CHECKS: &[Check] = &[
    counts,
    numbers,
    names,
    deaths,
    parents,
    ancestors_and_siblings,
    responsibility,
    spouses,
    former_unions,
    partners,
    households,
    addresses,
    buildings,
    spells,
    protection,
    contact,
    places,
    organisations,
];

/// Everything that does not hold in `base`; empty for a sound town.
#[must_use]
pub fn violations(base: &Base) -> Vec<Violation> {
    let town = Town { base, today: DayNo::of(base.header.start.dato()), rows: base.person_count() };
    let mut found = Vec::new();
    for check in CHECKS {
        check(&town, &mut found);
    }
    found
}

struct Town<'a> {
    base: &'a Base,
    today: DayNo,
    rows: usize,
}

impl Town<'_> {
    fn is_resident(&self, row: usize) -> bool {
        self.base.personer.status[row] == Personstatus::Bosatt
    }

    fn born(&self, row: usize) -> DayNo {
        self.base.personer.foedselsdato[row]
    }

    fn age(&self, row: usize) -> i32 {
        age(self.born(row), self.today)
    }

    fn residents(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.rows).filter(|&row| self.is_resident(row))
    }

    /// Current civil status and spouse.
    fn sivilstand(&self, row: usize) -> (Sivilstand, Option<PersonId>) {
        let rows = self.base.sivilstander_of(PersonId::at(row));
        rows.last().map_or((Sivilstand::Ugift, None), |last| (last.sivilstand, last.relatert.some()))
    }

    fn home(&self, row: usize) -> Option<BoligId> {
        let spell = self.base.bosteder_of(PersonId::at(row)).last()?;
        self.base.bosteder[spell.index()].bolig.some()
    }
}

/// Adds a violation unless `holds`.
fn require(found: &mut Vec<Violation>, number: u8, holds: bool, what: impl FnOnce() -> String) {
    if !holds {
        found.push(Violation { number, what: what() });
    }
}

fn counts(town: &Town<'_>, found: &mut Vec<Violation>) {
    let residents = town.residents().count();
    require(found, 1, residents == town.base.header.size as usize, || format!("{residents} residents"));
    let centenarians = town.residents().filter(|&row| town.age(row) >= 100).count();
    let most = (residents * 3 / 10_000).max(1);
    require(found, 4, centenarians <= most, || format!("{centenarians} aged 100 or more"));
    for row in town.residents() {
        let holds = town.born(row) <= town.today && town.age(row) <= 115;
        require(found, 4, holds, || format!("row {row} born {:?}", town.born(row).dato()));
    }
}

fn numbers(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let sorted: Vec<Foedselsnummer> = town.base.by_nummer.iter().map(|id| people.nummer[id.index()]).collect();
    let unique = sorted.len() == town.rows && sorted.windows(2).all(|pair| pair[0] < pair[1]);
    require(found, 2, unique, || "numbers are not unique or not sorted".to_owned());
    for row in 0..town.rows {
        let number = people.nummer[row];
        let text = number.to_string();
        require(found, 3, Foedselsnummer::parse(&text) == Ok(number), || format!("row {row}: {text}"));
        require(found, 5, number.kjoenn() == people.kjoenn[row], || format!("row {row}: sex of {text}"));
        let (year, month, day) = civil(town.born(row));
        let shown = format!("{day:02}{:02}{:02}", month + 80, year.rem_euclid(100));
        require(found, 6, text.starts_with(&shown), || format!("row {row}: date of {text}"));
    }
}

fn names(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let parts = [people.fornavn[row], people.etternavn[row]].map(|id| town.base.tekst.get(id));
        let holds = parts.iter().all(|part| (1..=200).contains(&part.chars().count()));
        require(found, 8, holds, || format!("row {row}: {parts:?}"));
    }
}

fn deaths(town: &Town<'_>, found: &mut Vec<Violation>) {
    for row in 0..town.rows {
        let died = town.base.doedsfall_of(PersonId::at(row));
        let is_dead = town.base.personer.status[row] == Personstatus::Doed;
        require(found, 10, died.is_some() == is_dead, || format!("row {row} dead without a date, or the reverse"));
        let Some(died) = died else { continue };
        let acts = town.base.sivilstander_of(PersonId::at(row)).iter().all(|status| status.dato <= died);
        let holds = town.born(row) <= died && died <= town.today && acts;
        require(found, 10, holds, || format!("row {row} died {:?}", died.dato()));
    }
}

fn parents(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for child in 0..town.rows {
        let (mor, far) = (people.mor[child].some(), people.far[child].some());
        if let Some(mor) = mor {
            let years = age(town.born(mor.index()), town.born(child));
            require(found, 13, (13..=55).contains(&years), || format!("row {child}: mother {years} at birth"));
            let is_woman = people.kjoenn[mor.index()] == Kjoenn::Kvinne;
            require(found, 14, is_woman, || format!("row {child}: mother is a man"));
            let died = town.base.doedsfall_of(mor);
            require(found, 10, died.is_none_or(|died| died >= town.born(child)), || {
                format!("row {child}: mother died before the birth")
            });
        }
        if let Some(far) = far {
            let is_man = people.kjoenn[far.index()] == Kjoenn::Mann;
            require(found, 14, is_man || mor.is_some(), || format!("row {child}: second mother without a mother"));
            let years = age(town.born(far.index()), town.born(child));
            require(found, 13, !is_man || (14..=80).contains(&years), || {
                format!("row {child}: father {years} at birth")
            });
        }
        for parent in [mor, far].into_iter().flatten() {
            let listed = town.base.barn_of(parent).contains(&PersonId::at(child));
            require(found, 15, listed, || format!("row {child} is not among the children of {}", parent.0));
        }
    }
    for parent in 0..town.rows {
        for child in town.base.barn_of(PersonId::at(parent)) {
            let at = child.index();
            let named = [people.mor[at], people.far[at]].contains(&PersonId::at(parent));
            require(found, 15, named, || format!("row {parent} lists {at} as a child"));
        }
    }
}

fn ancestors_and_siblings(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for child in 0..town.rows {
        for parent in [people.mor[child], people.far[child]].into_iter().filter_map(PersonId::some) {
            // Parents are older than their children, so nobody is their own ancestor.
            let older = town.born(parent.index()) < town.born(child);
            require(found, 16, older, || format!("row {child} is older than parent {}", parent.0));
        }
    }
    for mother in (0..town.rows).filter(|&row| people.kjoenn[row] == Kjoenn::Kvinne) {
        let own = |child: &&PersonId| people.mor[child.index()] == PersonId::at(mother);
        let children: Vec<usize> =
            town.base.barn_of(PersonId::at(mother)).iter().filter(own).map(|child| child.index()).collect();
        for pair in children.windows(2) {
            let apart = town.born(pair[1]).0 - town.born(pair[0]).0;
            let codes = (people.rekkefoelge[pair[0]], people.rekkefoelge[pair[1]]);
            let holds = if apart == 0 { codes == (21, 22) } else { apart >= 270 };
            require(found, 19, holds, || format!("rows {pair:?}: {apart} days apart, codes {codes:?}"));
        }
        let codes: Vec<u8> = children.iter().map(|&child| people.rekkefoelge[child]).collect();
        let twins = codes.iter().filter(|&&code| code > 11).count();
        require(found, 19, twins.is_multiple_of(2), || format!("row {mother}: order codes {codes:?}"));
    }
}

fn responsibility(town: &Town<'_>, found: &mut Vec<Violation>) {
    for child in town.residents().filter(|&row| town.age(row) < 18) {
        let rows = town.base.ansvar_for(PersonId::at(child));
        require(found, 17, !rows.is_empty(), || format!("row {child} under 18: nobody is responsible"));
        for row in rows {
            let adult = row.ansvarlig.index();
            let holds = town.is_resident(adult) && town.age(adult) >= 18 && row.fra >= town.born(child);
            require(found, 17, holds, || format!("row {child}: responsible {adult}"));
        }
        let at_home = rows
            .iter()
            .any(|row| town.base.personer.husstand[row.ansvarlig.index()] == town.base.personer.husstand[child]);
        require(found, 20, at_home || town.age(child) >= 15, || format!("row {child} lives with nobody responsible"));
    }
}

fn spouses(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let (mut married, mut together) = (0usize, 0usize);
    for row in town.residents() {
        let (status, spouse) = town.sivilstand(row);
        require(found, 24, status == Sivilstand::Ugift || town.age(row) >= 18, || {
            format!("row {row}: a child {status:?}")
        });
        if status != Sivilstand::Gift {
            continue;
        }
        married += 1;
        let Some(spouse) = spouse else {
            require(found, 23, false, || format!("row {row} is married to nobody"));
            continue;
        };
        let back = town.sivilstand(spouse.index()) == (Sivilstand::Gift, Some(PersonId::at(row)));
        let alive = town.is_resident(spouse.index());
        require(found, 23, back && alive, || format!("rows {row} and {}: marriage is not two-sided", spouse.0));
        together += usize::from(people.husstand[row] == people.husstand[spouse.index()]);
        let parents_of = |row: usize| [people.mor[row], people.far[row]];
        let kin = parents_of(row).contains(&spouse)
            || parents_of(row)
                .iter()
                .any(|parent| parent.some().is_some() && parents_of(spouse.index()).contains(parent));
        require(found, 24, !kin, || format!("rows {row} and {} are family and married", spouse.0));
    }
    require(found, 26, together * 100 >= married * 96, || format!("{together} of {married} married live together"));
}

fn former_unions(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    let sorted =
        town.base.sivilstander.windows(2).all(|pair| (pair[0].person, pair[0].dato) <= (pair[1].person, pair[1].dato));
    require(found, 25, sorted, || "civil statuses are not sorted".to_owned());
    let (mut separated, mut apart) = (0usize, 0usize);
    for row in &town.base.sivilstander {
        let adult = plus_years(town.born(row.person.index()), 18);
        let other_adult = row.relatert.some().map_or(adult, |other| plus_years(town.born(other.index()), 18));
        let holds = row.dato >= adult && row.dato >= other_adult && row.dato <= town.today;
        require(found, 25, holds, || format!("row {}: {:?} on {:?}", row.person.0, row.sivilstand, row.dato.dato()));
        if row.sivilstand == Sivilstand::EnkeEllerEnkemann {
            let died = row.relatert.some().and_then(|spouse| town.base.doedsfall_of(spouse));
            require(found, 25, died.is_some_and(|died| died <= row.dato), || {
                format!("row {} is widowed without a dead spouse", row.person.0)
            });
        }
        if town.sivilstand(row.person.index()) == (Sivilstand::Separert, row.relatert.some())
            && let Some(other) = row.relatert.some()
        {
            separated += 1;
            apart += usize::from(people.husstand[row.person.index()] != people.husstand[other.index()]);
        }
    }
    require(found, 26, apart * 100 >= separated * 95, || format!("{apart} of {separated} separated live apart"));
}

fn partners(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let Some(partner) = people.partner[row].some() else { continue };
        let at = partner.index();
        let back = people.partner[at] == PersonId::at(row) && people.husstand[at] == people.husstand[row];
        let adults = town.age(row) >= 18 && town.age(at) >= 18;
        require(found, 27, back && adults, || format!("rows {row} and {at}: not a couple at home"));
        let (status, spouse) = town.sivilstand(row);
        let holds = status != Sivilstand::Gift || spouse == Some(partner);
        require(found, 27, holds, || format!("row {row} lives with {at} and is married to somebody else"));
    }
}

fn households(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut taken = Lookup::<u32, usize>::new();
    for number in 0..base.husstander.slag.len() {
        let members = base.medlemmer_of(HusstandId::at(number));
        let homes: Vec<Option<BoligId>> = members.iter().map(|member| town.home(member.index())).collect();
        require(found, 29, homes.windows(2).all(|pair| pair[0] == pair[1]), || {
            format!("household {number}: {homes:?}")
        });
        let own = base.bosteder[base.husstander.bosted[number].index()].bolig.some();
        require(found, 29, homes.first() == Some(&own), || format!("household {number} lives elsewhere"));
        if let Some(bolig) = own {
            let other = taken.insert(bolig.0, number);
            require(found, 28, other.is_none(), || format!("households {number} and {other:?} share a dwelling"));
        }
        let adult = members.iter().any(|member| town.age(member.index()) >= 16);
        require(found, 30, adult, || format!("household {number} has children only"));
        require(found, 31, (1..=14).contains(&members.len()), || format!("household {number}: {}", members.len()));
        let listed = members.iter().all(|member| base.personer.husstand[member.index()] == HusstandId::at(number));
        require(found, 7, listed, || format!("household {number} lists somebody of another"));
    }
}

fn addresses(town: &Town<'_>, found: &mut Vec<Violation>) {
    let (base, homes) = (town.base, &town.base.boliger);
    let mut seen = Lookup::<(u32, u32, u16, u8, [u8; 5]), usize>::new();
    for bolig in 0..homes.gate.len() {
        let post = base.poststeder.get(usize::from(homes.poststed[bolig]));
        let building = homes.bygning[bolig].some().map(|id| base.bygninger[id.index()]);
        let plot = building.and_then(|building| building.eiendom.some());
        // A home without a street has the number of its property.
        let (has_street, is_farm) =
            (base.gater.len() > homes.gate[bolig] as usize, homes.gate[bolig] == INGEN_GATE && plot.is_some());
        let resolves = (has_street || is_farm)
            && post.is_some_and(|post| !post.bare_postboks)
            && (homes.husnummer[bolig] > 0 || is_farm)
            && homes.grunnkrets[bolig] > 0
            && homes.skolekrets[bolig] > 0;
        require(found, 32, resolves, || format!("dwelling {bolig} has no address"));
        let same = building.is_some_and(|building| {
            (building.gate, building.husnummer, building.husbokstav, building.grunnkrets, building.skolekrets)
                == (
                    homes.gate[bolig],
                    homes.husnummer[bolig],
                    homes.husbokstav[bolig],
                    homes.grunnkrets[bolig],
                    homes.skolekrets[bolig],
                )
        });
        require(found, 32, same, || format!("dwelling {bolig} and its building have different addresses"));
        let plot = plot.filter(|_| is_farm).map_or(0, |plot| plot.0 + 1);
        let (number, letter) = (homes.husnummer[bolig], homes.husbokstav[bolig]);
        let other = seen.insert((homes.gate[bolig], plot, number, letter, homes.bruksenhet[bolig]), bolig);
        require(found, 32, other.is_none(), || format!("dwellings {bolig} and {other:?} share an address"));
    }
}

fn buildings(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut places: Vec<(i32, i32)> = base.bygninger.iter().map(|building| (building.oest, building.nord)).collect();
    places.sort_unstable();
    let unique = places.windows(2).all(|pair| pair[0] != pair[1]);
    require(found, 34, unique, || "two buildings stand on one spot".to_owned());
    let numbers = base.eiendommer.windows(2).all(|pair| pair[0] < pair[1]);
    require(found, 34, numbers, || "property numbers are not unique or not sorted".to_owned());
    let year = u16::try_from(civil(town.today).0).unwrap_or(0);
    for (number, building) in base.bygninger.iter().enumerate() {
        let plot = building.eiendom.some().filter(|plot| plot.index() < base.eiendommer.len());
        require(found, 34, plot.is_some(), || format!("building {number} stands on no plot"));
        let inside = (166_000..834_000).contains(&building.oest) && (0..9_330_000).contains(&building.nord);
        require(found, 34, inside, || format!("building {number} lies outside the zone"));
        let holds = (1_500..=year).contains(&building.byggeaar);
        require(found, 53, holds, || format!("building {number} was built in {}", building.byggeaar));
    }
}

fn spells(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    for row in 0..town.rows {
        let spells: Vec<_> =
            base.bosteder_of(PersonId::at(row)).iter().map(|spell| base.bosteder[spell.index()]).collect();
        let open = spells.iter().filter(|spell| spell.til == DayNo::NONE).count();
        let wanted = usize::from(town.is_resident(row));
        require(found, 7, open == wanted, || format!("row {row} has {open} current homes"));
        let holds = spells.windows(2).all(|pair| pair[0].til == pair[1].fra)
            && spells
                .iter()
                .all(|spell| town.born(row) <= spell.fra && spell.fra <= town.today && spell.fra < spell.til);
        require(found, 33, holds, || format!("row {row}: {spells:?}"));
    }
    // Two households never live in one dwelling at the same time, now or before.
    let mut stays: Vec<(u32, DayNo, DayNo, u32)> = Vec::new();
    for row in town.residents() {
        for spell in base.bosteder_of(PersonId::at(row)) {
            let spell = base.bosteder[spell.index()];
            if spell.bolig.some().is_some() {
                stays.push((spell.bolig.0, spell.fra, spell.til, base.personer.husstand[row].0));
            }
        }
    }
    stays.sort_unstable();
    let mut latest: Option<(u32, DayNo, u32)> = None;
    for (bolig, fra, til, household) in stays {
        if let Some((before, end, other)) = latest.filter(|last| last.0 == bolig) {
            let holds = household == other || end <= fra;
            require(found, 28, holds, || format!("households {household} and {other} in dwelling {before} at once"));
        }
        latest = match latest {
            Some(last) if last.0 == bolig && last.1 > til => Some(last),
            _ => Some((bolig, til, household)),
        };
    }
}

fn protection(town: &Town<'_>, found: &mut Vec<Violation>) {
    for row in &town.base.beskyttelser {
        let household = town.base.personer.husstand[row.person.index()];
        let holds = town
            .base
            .medlemmer_of(household)
            .iter()
            .all(|member| town.base.beskyttelse_of(*member).is_some_and(|other| other.gradering == row.gradering));
        require(found, 36, holds, || format!("household of row {} is not protected as a whole", row.person.0));
        let holds = row.fra <= town.today && row.fra >= town.born(row.person.index());
        require(found, 53, holds, || format!("row {} protected since {:?}", row.person.0, row.fra.dato()));
    }
}

fn contact(town: &Town<'_>, found: &mut Vec<Violation>) {
    let people = &town.base.personer;
    for row in 0..town.rows {
        let flags = people.kontakt[row];
        let may = town.is_resident(row) && town.age(row) >= 15;
        require(found, 37, flags.0 == 0 || may, || format!("row {row} stands in the contact register"));
        let registered = flags.has(KontaktFlags::REGISTRERT);
        require(found, 37, registered || flags.0 == 0, || format!("row {row}: flags without an entry"));
        let mailbox = people.postkasse[row] != Postkasse::Ingen;
        let holds = !mailbox || registered && !flags.has(KontaktFlags::RESERVERT);
        require(found, 38, holds, || format!("row {row} has a mailbox"));
    }
}

fn places(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut used = vec![0u32; base.virksomheter.len()];
    let sorted = base.plasser.windows(2).all(|pair| pair[0].person < pair[1].person);
    require(found, 40, sorted, || "somebody has two places, or places are not sorted".to_owned());
    for row in &base.plasser {
        let unit = row.virksomhet.index();
        used[unit] += 1;
        let years = town.age(row.person.index());
        let holds = match base.virksomheter[unit].slag {
            Virksomhetsslag::Barnehage => (0..=6).contains(&years),
            Virksomhetsslag::Skole => (5..=16).contains(&years),
            _ => false,
        };
        require(found, 40, holds && row.fra <= town.today, || {
            format!("row {} in unit {unit} at {years}", row.person.0)
        });
    }
    for (unit, &count) in used.iter().enumerate() {
        let holds = count <= u32::from(base.virksomheter[unit].kapasitet);
        require(found, 40, holds, || format!("unit {unit} holds {count}"));
    }
    for row in town.residents().filter(|&row| (7..=14).contains(&town.age(row))) {
        require(found, 41, base.plass_of(PersonId::at(row)).is_some(), || format!("row {row} goes to no school"));
    }
}

fn organisations(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut numbers: Vec<Orgnummer> = base.virksomheter.iter().map(|unit| unit.orgnr).collect();
    numbers.sort_unstable();
    let unique = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let valid = numbers.iter().all(|number| Orgnummer::parse(&number.to_string()) == Ok(*number));
    require(found, 44, unique && valid, || "organisation numbers are not unique or not valid".to_owned());
    let main = base.virksomheter.first().map(|unit| (unit.slag, unit.orgnr));
    let holds = main == Some((Virksomhetsslag::Kommune, base.kommune.orgnr));
    require(found, 52, holds, || "the first organisation is not the municipality".to_owned());
}
