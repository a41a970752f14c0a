//! Who goes with whom, and where to: households, groups that move, free dwellings.

use super::utkast::Utkast;
use super::{Cause, Refusal};
use crate::base::{Domain, OriginKey, Purpose, Stream, StreamKey};
use crate::town::event::FolkEvent;
use crate::town::model::{BoligId, Fact, Gradering, Hendelsestype, PersonKey};
use crate::town::state::{Person, Town};

/// Age of majority.
pub(super) const MYNDIG: i32 = 18;
/// Most people in one dwelling (`specs/population.md` §16.4, 31).
const MAX_BEBOERE: usize = 14;

/// The stream of `origin` for `purpose`.
pub(super) fn stream(town: &Town, origin: OriginKey, purpose: &'static str) -> Stream {
    let header = &town.base.header;
    StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose(purpose)).of_origin(origin)
}

/// Everybody in the household of `person`, the person first.
pub(super) fn hele<'a>(person: &Person<'a>) -> Vec<Person<'a>> {
    let mut group = vec![*person];
    group.extend(person.husstand_medlemmer().into_iter().filter(|member| member.id != person.id));
    group
}

/// `adults` of one household and the children of it who are theirs alone to care for: those nobody who stays is a
/// parent of. Everybody, when nobody grown up would stay.
pub(super) fn med_barn<'a>(adults: &[Person<'a>]) -> Vec<Person<'a>> {
    let Some(first) = adults.first() else { return Vec::new() };
    let household = hele(first);
    let goes = |person: &Person<'_>| adults.iter().any(|adult| adult.id == person.id);
    let carers = |child: &Person<'a>| -> Vec<Person<'a>> {
        let responsible = child.ansvarlige().into_iter().map(|(adult, _)| adult);
        [child.mor(), child.far()].into_iter().flatten().chain(responsible).collect()
    };
    let parent_stays = |child: &Person<'a>| {
        let at_home = |carer: &Person<'_>| household.iter().any(|member| member.id == carer.id);
        carers(child).iter().any(|carer| at_home(carer) && !goes(carer))
    };
    let parent_goes = |child: &Person<'a>| carers(child).iter().any(&goes);
    let mut group = adults.to_vec();
    let children = household.iter().filter(|member| !goes(member) && member.alder() < MYNDIG);
    group.extend(children.filter(|child| parent_goes(child) && !parent_stays(child)));
    or_everybody(group, household)
}

/// `group`, or the whole household when only children would stay.
pub(super) fn or_everybody<'a>(group: Vec<Person<'a>>, household: Vec<Person<'a>>) -> Vec<Person<'a>> {
    let stays = |member: &&Person<'_>| group.iter().all(|one| one.id != member.id);
    let left: Vec<&Person<'_>> = household.iter().filter(stays).collect();
    if left.is_empty() || left.iter().any(|member| member.alder() >= MYNDIG) { group } else { household }
}

/// A free dwelling: the next behind a place that the cause gives, so that another who moved before makes a difference only
/// where both wanted the same one, or it was left since.
pub(super) fn ledig_bolig(town: &Town, origin: OriginKey) -> Option<BoligId> {
    let count = u64::try_from(town.base.boliger.gate.len()).ok().filter(|count| *count > 0)?;
    let place = u32::try_from(stream(town, origin, "bolig").uniform(count)).expect("below the number of dwellings");
    let free = town.ledige();
    let next = free.get_next(&place).map(|(_, bolig)| *bolig);
    next.or_else(|| free.get_min().map(|(_, bolig)| *bolig))
}

/// Where a group moves to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Maal<'a> {
    /// A dwelling where nobody lives.
    Egen(BoligId),
    /// To the household of somebody.
    Hos(Person<'a>),
}

impl<'a> Maal<'a> {
    /// A free dwelling.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn ledig(town: &Town, cause: &Cause) -> Result<Self, Refusal> {
        let none = || Refusal::new("no_dwelling", "no dwelling of this municipality is free");
        ledig_bolig(town, cause.origin).map(Self::Egen).ok_or_else(none)
    }

    /// The household of `host`, when it has room for `group`.
    ///
    /// # Errors
    /// When the host has no home here, or there is no room.
    pub(super) fn hos(host: Person<'a>, group: &[Person<'_>]) -> Result<Self, Refusal> {
        let members = host.husstand_medlemmer();
        if host.husstand().is_none() || host.bolig().is_none() {
            return Err(Refusal::new("no_home", format!("{} has no dwelling to move to", host.navn().full())));
        }
        if members.len() + group.len() > MAX_BEBOERE {
            let detail = format!("{} people live there, and {} more are too many", members.len(), group.len());
            return Err(Refusal::new("no_room", detail));
        }
        Ok(Self::Hos(host))
    }

    /// The dwelling.
    pub(super) fn bolig(&self) -> Option<BoligId> {
        match self {
            Self::Egen(bolig) => Some(*bolig),
            Self::Hos(host) => host.bolig(),
        }
    }
}

impl Utkast<'_> {
    /// `group`, all of one household, moves to `maal`: addresses, dwellings, households, couples.
    pub(super) fn flytt(&mut self, group: &[Person<'_>], maal: &Maal<'_>) {
        let bolig = maal.bolig();
        for person in group {
            self.ny_adresse(person, bolig);
            self.hendelse(FolkEvent::Hjem { person: person.key(), bolig });
        }
        self.end_couples(group);
        let whole = group.first().is_some_and(|first| first.husstand_medlemmer().len() == group.len());
        match maal {
            Maal::Hos(host) => {
                for person in group {
                    self.hendelse(FolkEvent::TilHusstand { person: person.key(), hos: host.key() });
                }
            }
            Maal::Egen(_) if whole => {}
            Maal::Egen(_) => {
                self.hendelse(FolkEvent::NyHusstand { medlemmer: group.iter().map(Person::key).collect() });
            }
        }
    }

    /// `person` moves to the dwelling `maal` that `hos` is moving to in the same event.
    pub(super) fn flytt_til_ny(&mut self, person: &Person<'_>, maal: &Maal<'_>, hos: PersonKey) {
        let bolig = maal.bolig();
        self.ny_adresse(person, bolig);
        self.hendelse(FolkEvent::Hjem { person: person.key(), bolig });
        self.hendelse(FolkEvent::TilHusstand { person: person.key(), hos });
    }

    /// Couples of which only one is in `group` are couples no more.
    fn end_couples(&mut self, group: &[Person<'_>]) {
        let goes = |key: PersonKey| group.iter().any(|person| person.key() == key);
        for person in group {
            if person.partner().is_some_and(|partner| !goes(partner.key())) {
                self.skill_par(person);
            }
        }
    }

    /// The address in the register. It has none of a strictly protected person, and hears of no move
    /// (`specs/folkeregister.md` §8).
    fn ny_adresse(&mut self, person: &Person<'_>, bolig: Option<BoligId>) {
        let gradering = person.gradering();
        if gradering == Gradering::StrengtFortrolig {
            return;
        }
        let old = person.hjem_i_registeret();
        let flyttedato = self.dato;
        let change = self.erstatt(person.key(), old, Fact::Bostedsadresse { bolig, gradering, flyttedato });
        self.registrer(person.key(), Hendelsestype::EndringIBostedsadresse, vec![change]);
    }

    /// `group`, all of one household, leaves the municipality: dwellings, households and couples, not the register.
    pub(super) fn forlat(&mut self, group: &[Person<'_>]) {
        self.end_couples(group);
        for person in group {
            self.hendelse(FolkEvent::Hjem { person: person.key(), bolig: None });
            if person.husstand().is_some() {
                self.hendelse(FolkEvent::UtAvHusstand { person: person.key() });
            }
            if person.barnehage().is_some() {
                let (barn, fra) = (person.key(), self.dato);
                self.hendelse(FolkEvent::Barnehageplass { barn, barnehage: None, fra });
            }
        }
    }
}
