//! A town that has lived, turned back into columns: everybody who lives here now in household order, then everybody else.
//! Checks, figures and exports read it as they read a generated town.
//!
//! What this version does not let live (property) stands as it did.

mod folk;
mod hverdag;

use std::collections::BTreeMap;

use super::model::{Base, BaseHeader, DayNo, HusstandId, Husstander, Husstandstype, PersonId, Personer, SpellId};
use super::state::{Person, Town};

/// The columns of `town` as it stands: the header's size is the number of residents, its start the virtual instant. Texts
/// of newcomers stand behind the base's. The digest is not made.
#[must_use]
pub fn columns_of(town: &Town) -> Base {
    let order = Order::of(town);
    let header = BaseHeader {
        size: u32::try_from(order.residents).unwrap_or(u32::MAX),
        start: town.now(),
        ..town.base.header.clone()
    };
    let mut base = Base::empty(header, town.base.kommune.clone(), town.base.tekst.clone());
    base.loennsaar = town.base.loennsaar;
    let writer = Writer { town, order: &order, today: DayNo::of(town.now().dato()) };
    writer.homes(&mut base);
    base.personer = writer.people(&mut base.tekst);
    writer.households(&mut base);
    writer.histories(&mut base);
    writer.everyday(&mut base);
    base.complete();
    base
}

/// Who stands where.
struct Order {
    /// The people of the town by their new row.
    rows: Vec<PersonId>,
    /// The new row of each position.
    row_of: Vec<PersonId>,
    /// Households with somebody in them, by their new number.
    households: Vec<HusstandId>,
    /// Where each household's members begin, and one more.
    start: Vec<u32>,
    residents: usize,
}

impl Order {
    fn of(town: &Town) -> Self {
        let mut order =
            Self { rows: Vec::new(), row_of: Vec::new(), households: Vec::new(), start: vec![0], residents: 0 };
        let mut placed = vec![false; town.person_count()];
        for household in (0..town.husstand_count()).map(HusstandId::at) {
            let members: Vec<Person<'_>> = town.medlemmer_of(household).into_iter().filter(Person::is_bosatt).collect();
            if members.is_empty() {
                continue;
            }
            order.households.push(household);
            for member in members {
                placed[member.id.index()] = true;
                order.rows.push(member.id);
            }
            order.start.push(u32::try_from(order.rows.len()).unwrap_or(u32::MAX));
        }
        order.residents = order.rows.len();
        order.rows.extend((0..placed.len()).filter(|&place| !placed[place]).map(PersonId::at));
        order.row_of = vec![PersonId::NONE; placed.len()];
        for (row, id) in order.rows.iter().enumerate() {
            order.row_of[id.index()] = PersonId::at(row);
        }
        order
    }

    /// The new row of `person`, or none for none.
    fn row(&self, person: PersonId) -> PersonId {
        person.some().map_or(PersonId::NONE, |person| self.row_of[person.index()])
    }

    fn household(&self, household: Option<HusstandId>) -> HusstandId {
        let place = household.and_then(|household| self.households.binary_search(&household).ok());
        place.map_or(HusstandId::NONE, HusstandId::at)
    }
}

/// Writes the columns of one town.
struct Writer<'a> {
    town: &'a Town,
    order: &'a Order,
    today: DayNo,
}

impl<'a> Writer<'a> {
    /// Everybody, by new row.
    fn everybody(&self) -> impl Iterator<Item = Person<'a>> + '_ {
        self.order.rows.iter().map(|id| self.town.person(*id))
    }

    /// The row of somebody in the base's columns.
    fn base_row(&self, person: &Person<'_>) -> Option<usize> {
        (person.id.index() < self.town.base.person_count()).then_some(person.id.index())
    }

    /// Households with their type, their spell and their members; everybody's spells.
    fn households(&self, base: &mut Base) {
        let order = self.order;
        let members: Vec<PersonId> = (0..order.residents).map(PersonId::at).collect();
        let slag = order
            .start
            .windows(2)
            .map(|pair| household_type(&base.personer, &members[pair[0] as usize..pair[1] as usize], self.today))
            .collect();
        self.spells(base);
        let bosted = order
            .start
            .windows(2)
            .map(|pair| {
                let own = base.bosteder_of(PersonId::at(pair[0] as usize));
                own.last().copied().unwrap_or(SpellId::NONE)
            })
            .collect();
        base.husstander = Husstander { slag, bosted, start: order.start.clone(), medlemmer: members };
    }

    /// Residence spells: the base's, cut where somebody moved here, and those since. Who lived in one place over the same
    /// days shares a row.
    fn spells(&self, base: &mut Base) {
        let mut shared: BTreeMap<(u32, DayNo, DayNo), SpellId> = BTreeMap::new();
        base.person_bosted_start.push(0);
        for person in self.everybody() {
            for (bolig, fra, til) in self.spells_of(&person) {
                let spell = *shared.entry((bolig, fra, til)).or_insert_with(|| {
                    base.bosteder.push(super::model::BostedRow { bolig: super::model::BoligId(bolig), fra, til });
                    SpellId::at(base.bosteder.len() - 1)
                });
                base.person_bosteder.push(spell);
            }
            base.person_bosted_start.push(u32::try_from(base.person_bosteder.len()).unwrap_or(u32::MAX));
        }
    }

    fn spells_of(&self, person: &Person<'_>) -> Vec<(u32, DayNo, DayNo)> {
        let of_base = self.base_row(person).map_or(&[][..], |_| self.town.base.bosteder_of(person.id));
        let mut spells: Vec<(u32, DayNo, DayNo)> = of_base
            .iter()
            .map(|spell| {
                let row = self.town.base.bosteder[spell.index()];
                (row.bolig.0, row.fra, row.til)
            })
            .collect();
        let changes = self.town.folk.people.get(person.id.index());
        let moves = changes.map_or(&[][..], |changes| &changes.flyttinger);
        if spells.is_empty()
            && let Some(bolig) = self.first_home(person)
        {
            // Born into a home.
            spells.push((bolig, DayNo::of(person.foedselsdato()), DayNo::NONE));
        }
        for (day, bolig) in moves {
            if let Some(last) = spells.last_mut().filter(|last| last.2 == DayNo::NONE) {
                last.2 = *day;
            }
            if let Some(bolig) = bolig {
                spells.push((bolig.0, *day, DayNo::NONE));
            }
        }
        // Two moves on one day are one.
        spells.retain(|(_, fra, til)| fra < til);
        spells
    }

    /// The home somebody who came by birth was born into.
    fn first_home(&self, person: &Person<'_>) -> Option<u32> {
        let changes = self.town.folk.people.get(person.id.index())?;
        let born = super::model::DayNo::of(person.foedselsdato());
        self.base_row(person).is_none().then_some(())?;
        changes.entries.iter().find_map(|entry| match entry.fact {
            super::model::Fact::Bostedsadresse { bolig: Some(bolig), flyttedato, .. } if flyttedato == born => {
                Some(bolig.0)
            }
            _ => None,
        })
    }
}

/// The type of a household by who is in it (`specs/population.md` §3.1).
fn household_type(people: &Personer, members: &[PersonId], today: DayNo) -> Husstandstype {
    let age = |id: &PersonId| (today.0 - people.foedselsdato[id.index()].0) * 4 / 1461;
    let youngest = members.iter().map(age).min().unwrap_or(0);
    let Some(head) = members.first() else { return Husstandstype::Alene };
    let partner = people.partner[head.index()].some();
    let is_parent = |child: &PersonId| {
        let parents = [people.mor[child.index()], people.far[child.index()]];
        parents.contains(head) || partner.is_some_and(|partner| parents.contains(&partner))
    };
    let others: Vec<&PersonId> = members.iter().filter(|one| *one != head && Some(**one) != partner).collect();
    let children = others.iter().filter(|one| age(one) < 18).count();
    let family = others.iter().all(|one| is_parent(one));
    match (others.is_empty(), family, children > 0, partner.is_some()) {
        (true, _, _, false) => Husstandstype::Alene,
        (true, _, _, true) => Husstandstype::ParUtenBarn,
        (_, true, true, true) if youngest < 6 => Husstandstype::ParMedSmaabarn,
        (_, true, true, true) => Husstandstype::ParMedStoreBarn,
        (_, true, true, false) if youngest < 6 => Husstandstype::EnsligMedSmaabarn,
        (_, true, true, false) => Husstandstype::EnsligMedStoreBarn,
        (_, true, false, _) => Husstandstype::VoksneBarn,
        (_, false, true, _) => Husstandstype::FlereFamilierMedBarn,
        (_, false, false, _) => Husstandstype::FlereFamilierUtenBarn,
    }
}
