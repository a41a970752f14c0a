//! The town in numbers: age and sex, households by type, the contact register.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::Kjoenn;
use crate::clock::Dato;
use crate::town::Town;
use crate::town::model::{HusstandId, Husstandstype, KontaktFlags, PersonId, Postkasse};
use crate::town::state::{Folk, KontaktRegister, Person};
use crate::townhall::World;

/// Years in an age group of the pyramid.
const GROUP: i32 = 5;
/// Age groups: 0–4 to 95–99, and 100 and over.
pub(super) const GROUPS: usize = 21;
/// Youngest age in the contact register (`specs/population.md` §16.5).
const MIN_CONTACT_AGE: i32 = 15;
/// Below this age a child is of kindergarten age in the household types.
const SMALL: i32 = 6;
/// Below this age somebody is a child in the household types.
const ADULT: i32 = 18;

/// What the front page counts.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Numbers {
    /// Residents.
    pub(super) bosatte: usize,
    /// Women and men in each age group.
    pub(super) alder: [[usize; 2]; GROUPS],
    /// Households by type, in the order of the list; types that do not occur have 0.
    pub(super) husstander: Vec<(Husstandstype, usize)>,
    /// Residents of 15 and over.
    pub(super) voksne_i_register: usize,
    /// In the contact register.
    pub(super) registrert: usize,
    /// Of those, reserved against digital communication.
    pub(super) reservert: usize,
    /// Of those, with a digital mailbox.
    pub(super) postkasse: usize,
}

/// The group of `alder`, and its first year.
fn group(alder: i32) -> usize {
    usize::try_from(alder / GROUP).unwrap_or(0).min(GROUPS - 1)
}

/// `0–4`, `5–9` … `100+`.
pub(super) fn group_name(group: usize) -> String {
    let years = GROUP.unsigned_abs() as usize;
    if group + 1 == GROUPS {
        return format!("{}+", group * years);
    }
    format!("{}–{}", group * years, group * years + years - 1)
}

impl Numbers {
    /// Counts `town`.
    pub(super) fn of(town: &Town) -> Self {
        let mut numbers = Self::default();
        for person in town.people().filter(Person::is_bosatt) {
            let alder = person.alder();
            numbers.bosatte += 1;
            numbers.alder[group(alder)][usize::from(person.kjoenn() == Kjoenn::Mann)] += 1;
            if alder >= MIN_CONTACT_AGE {
                numbers.count_contact(town, person.id);
            }
        }
        let mut types: BTreeMap<Husstandstype, usize> = Husstandstype::ALL.iter().map(|slag| (*slag, 0)).collect();
        for place in 0..town.base.husstander.slag.len() {
            if let Some(slag) = husstandstype(town, HusstandId::at(place)) {
                *types.entry(slag).or_default() += 1;
            }
        }
        numbers.husstander = types.into_iter().collect();
        numbers
    }

    fn count_contact(&mut self, town: &Town, id: PersonId) {
        // Three facts straight from the columns: spelling out a whole entry for everybody would cost ten times as much.
        let (registrert, reservert, postkasse) = match town.kontakt.endret(id).map(|changed| &changed.kontakt) {
            Some(kontakt) => (kontakt.registrert, kontakt.reservert, kontakt.postkasse),
            None => {
                let flags = town.base.personer.kontakt.get(id.index()).copied().unwrap_or_default();
                let postkasse = town.base.personer.postkasse.get(id.index()).copied().unwrap_or(Postkasse::Ingen);
                (flags.has(KontaktFlags::REGISTRERT), flags.has(KontaktFlags::RESERVERT), postkasse)
            }
        };
        self.voksne_i_register += 1;
        self.registrert += usize::from(registrert);
        self.reservert += usize::from(registrert && reservert);
        self.postkasse += usize::from(registrert && postkasse != Postkasse::Ingen);
    }

    /// How many households there are.
    pub(super) fn antall_husstander(&self) -> usize {
        self.husstander.iter().map(|(_, count)| count).sum()
    }

    /// The largest group of one sex: the length of the longest bar.
    pub(super) fn longest(&self) -> usize {
        self.alder.iter().flatten().copied().max().unwrap_or(0)
    }
}

/// The type of a household today: children grow up and are born, so it is read from its members. `None` when nobody
/// lives there any more.
fn husstandstype(town: &Town, id: HusstandId) -> Option<Husstandstype> {
    let members: Vec<Person<'_>> = town.medlemmer_of(id).into_iter().filter(Person::is_bosatt).collect();
    let first = members.first()?;
    let minor = members.iter().map(Person::alder).filter(|alder| *alder < ADULT).min();
    let before = town.base.husstander.slag.get(id.index()).copied();
    let several = matches!(before, Some(Husstandstype::FlereFamilierMedBarn | Husstandstype::FlereFamilierUtenBarn));
    if members.len() > 1 && (several || has_grandchild(town, &members)) {
        let with = minor.is_some();
        return Some(if with { Husstandstype::FlereFamilierMedBarn } else { Husstandstype::FlereFamilierUtenBarn });
    }
    let couple = first.partner().is_some_and(|partner| members.iter().any(|one| one.id == partner.id));
    Some(match (members.len(), couple, minor) {
        (1, _, _) => Husstandstype::Alene,
        (_, true, Some(alder)) if alder < SMALL => Husstandstype::ParMedSmaabarn,
        (_, true, Some(_)) => Husstandstype::ParMedStoreBarn,
        (2, true, None) => Husstandstype::ParUtenBarn,
        (_, false, Some(alder)) if alder < SMALL => Husstandstype::EnsligMedSmaabarn,
        (_, false, Some(_)) => Husstandstype::EnsligMedStoreBarn,
        (_, _, None) => Husstandstype::VoksneBarn,
    })
}

/// Whether somebody born since the base lives with parents who themselves live with a parent.
fn has_grandchild(town: &Town, members: &[Person<'_>]) -> bool {
    let lives_here = |person: &Person<'_>| members.iter().any(|one| one.id == person.id);
    let newborn = |one: &&Person<'_>| one.id.index() >= town.base.person_count();
    members.iter().filter(newborn).filter_map(Person::mor).any(|mor| {
        let mut grandparents = [mor.mor(), mor.far()].into_iter().flatten();
        lives_here(&mor) && grandparents.any(|one| lives_here(&one))
    })
}

/// Worlds whose numbers are kept.
const KEPT: usize = 32;

/// What numbers were counted from. The clock moves many times a day and people only grow older by days, so the same
/// registers on the same day give the same numbers.
struct Counted {
    folk: Arc<Folk>,
    kontakt: Arc<KontaktRegister>,
    dato: Dato,
    numbers: Arc<Numbers>,
}

impl Counted {
    fn fits(&self, town: &Town) -> bool {
        Arc::ptr_eq(&self.folk, &town.folk)
            && Arc::ptr_eq(&self.kontakt, &town.kontakt)
            && self.dato == town.now().dato()
    }
}

/// Numbers of worlds by incarnation.
#[derive(Clone, Default)]
pub(super) struct Cache(Arc<Mutex<BTreeMap<u64, Counted>>>);

impl Cache {
    /// The numbers of `world`, counted again when its registers or its day have changed.
    pub(super) fn of(&self, world: &World) -> Arc<Numbers> {
        let town = world.town();
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = held().get(&world.incarnation()).filter(|counted| counted.fits(&town)) {
            return counted.numbers.clone();
        }
        let numbers = Arc::new(Numbers::of(&town));
        let (folk, kontakt, dato) = (town.folk.clone(), town.kontakt.clone(), town.now().dato());
        let mut held = held();
        if held.len() >= KEPT {
            held.pop_first();
        }
        held.insert(world.incarnation(), Counted { folk, kontakt, dato, numbers: numbers.clone() });
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::{Spec, generate};

    #[test]
    fn the_types_read_from_the_members_are_the_generators_own_on_the_first_day() {
        let base = Arc::new(generate(&Spec { size: 5000, ..Spec::default() }).unwrap());
        let town = Town::new(base);
        for (place, slag) in town.base.husstander.slag.iter().enumerate() {
            let members: Vec<String> = town
                .medlemmer_of(HusstandId::at(place))
                .iter()
                .map(|one| format!("{} {}", one.alder(), one.status().code()))
                .collect();
            assert_eq!(husstandstype(&town, HusstandId::at(place)), Some(*slag), "household {place}: {members:?}");
        }
    }

    #[test]
    fn everybody_is_counted_once() {
        let base = Arc::new(generate(&Spec { size: 1500, ..Spec::default() }).unwrap());
        let numbers = Numbers::of(&Town::new(base));
        assert_eq!(numbers.bosatte, 1500);
        assert_eq!(numbers.alder.iter().flatten().sum::<usize>(), 1500);
        assert!(numbers.registrert <= numbers.voksne_i_register && numbers.registrert > 0);
        assert!(numbers.reservert <= numbers.registrert);
    }

    #[test]
    fn age_groups_have_their_names() {
        assert_eq!(group_name(0), "0–4");
        assert_eq!(group_name(20), "100+");
        assert_eq!((group(4), group(5), group(99), group(100), group(117)), (0, 1, 19, 20, 20));
    }
}
