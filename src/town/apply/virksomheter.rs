//! Events of the register of organisations.

use std::sync::Arc;

use crate::base::{Orgnummer, OriginKey, TextId};
use crate::town::model::{
    AksjeRow, BygningId, DayNo, Organisasjonsform, PersonId, PersonKey, RolleRow, Rolletype, Virksomhet,
    VirksomhetFlags, VirksomhetId, Virksomhetsslag,
};
use crate::town::state::{Town, VirksomhetChanges};

/// Who holds a role or shares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Innehaver {
    /// A person.
    Person(PersonKey),
    /// An organisation.
    Enhet(Orgnummer),
}

/// An organisation that is founded.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct NyVirksomhet {
    /// Organisation number.
    pub orgnr: Orgnummer,
    /// Name, upper case.
    pub navn: String,
    /// Legal form.
    pub form: Organisasjonsform,
    /// Industry, five digits.
    pub naeringskode: u32,
    /// The unit above, of a sub-unit.
    pub overordnet: Option<Orgnummer>,
    /// Where it is.
    pub bygning: Option<BygningId>,
    /// Founded and registered.
    pub stiftet: DayNo,
    /// Share capital in kroner, 0 without one.
    pub kapital: u32,
    /// Registers it stands in: bits of [`VirksomhetFlags`].
    pub registre: u16,
    /// Jobs it is to fill.
    pub plasser: u16,
}

/// What happened in the register of organisations. Units are named by number, equal across forks.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum VirksomhetEvent {
    /// A unit is registered.
    Registrert(NyVirksomhet),
    /// A unit is deleted; its roles end.
    Slettet {
        /// Which.
        virksomhet: Orgnummer,
        /// The day.
        dato: DayNo,
    },
    /// A bankruptcy is opened.
    Konkurs {
        /// Of which unit.
        virksomhet: Orgnummer,
        /// The day.
        dato: DayNo,
    },
    /// Somebody takes on a role.
    Rolle {
        /// In which unit.
        virksomhet: Orgnummer,
        /// What.
        rolle: Rolletype,
        /// Who.
        innehaver: Innehaver,
        /// Since.
        fra: DayNo,
    },
    /// A role ends.
    Rolleslutt {
        /// In which unit.
        virksomhet: Orgnummer,
        /// What.
        rolle: Rolletype,
        /// Whose.
        innehaver: Innehaver,
        /// The day.
        dato: DayNo,
    },
    /// The shareholders are now these, with how many shares each.
    Aksjer {
        /// Of which company.
        virksomhet: Orgnummer,
        /// Owners.
        eiere: Vec<(Innehaver, u32)>,
    },
    /// A unit has another address, or none in this municipality.
    Flyttet {
        /// Which.
        virksomhet: Orgnummer,
        /// Where it is.
        bygning: Option<BygningId>,
    },
    /// A kindergarten or school has room for so many.
    Kapasitet {
        /// Which.
        virksomhet: Orgnummer,
        /// Places.
        kapasitet: u16,
    },
}

impl VirksomhetEvent {
    /// The unit it is about.
    #[must_use]
    pub fn virksomhet(&self) -> Orgnummer {
        match self {
            Self::Registrert(ny) => ny.orgnr,
            Self::Slettet { virksomhet, .. }
            | Self::Konkurs { virksomhet, .. }
            | Self::Rolle { virksomhet, .. }
            | Self::Rolleslutt { virksomhet, .. }
            | Self::Aksjer { virksomhet, .. }
            | Self::Flyttet { virksomhet, .. }
            | Self::Kapasitet { virksomhet, .. } => *virksomhet,
        }
    }

    /// People it is about.
    #[must_use]
    pub fn personer(&self) -> Vec<PersonKey> {
        match self {
            Self::Rolle { innehaver: Innehaver::Person(person), .. }
            | Self::Rolleslutt { innehaver: Innehaver::Person(person), .. } => vec![*person],
            Self::Aksjer { eiere, .. } => eiere
                .iter()
                .filter_map(|(owner, _)| match owner {
                    Innehaver::Person(person) => Some(*person),
                    Innehaver::Enhet(_) => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The entities it touches.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let unit = OriginKey::of("entity/virksomhet", &[&self.virksomhet().value().to_be_bytes()]);
        let people = self.personer();
        std::iter::once(unit).chain(people.iter().map(|key| OriginKey::of("entity/person", &[&key.bytes()]))).collect()
    }
}

/// Puts an event of the register of organisations into the town.
pub(super) fn apply(town: &mut Town, event: &VirksomhetEvent) {
    if let VirksomhetEvent::Registrert(ny) = event {
        return registered(town, ny);
    }
    let Some(id) = town.enhet_med(event.virksomhet()) else { return };
    match event {
        VirksomhetEvent::Registrert(_) => {}
        VirksomhetEvent::Slettet { virksomhet, dato } => {
            // Nobody works there any more, nor those who live elsewhere and have no job row here.
            let left = i32::from(town.virksomhet(id).ansatte);
            count_employees(town, id, -left);
            edit(town, id, |changes| {
                changes.rad.slettet = *dato;
                changes.rad.registre = VirksomhetFlags(changes.rad.registre.0 & VirksomhetFlags::OMDANNET);
                changes.roller = Some(Vec::new());
                changes.plasser = 0;
            });
            Arc::make_mut(&mut town.virksomheter).med_plass.remove(virksomhet);
        }
        VirksomhetEvent::Konkurs { dato, .. } => edit(town, id, |changes| changes.rad.konkurs = *dato),
        VirksomhetEvent::Rolle { rolle, innehaver, fra, .. } => {
            let (person, enhet) = holder(town, *innehaver);
            let row = RolleRow { virksomhet: id, rolle: *rolle, person, enhet, fra: *fra };
            roles(town, id, |roles| {
                roles.push(row);
                roles.sort_by_key(|row| row.rolle);
            });
            if person != PersonId::NONE {
                let held = &mut Arc::make_mut(&mut town.virksomheter).roller_til;
                let mut units = held.get(&person).cloned().unwrap_or_default();
                if !units.contains(&id) {
                    units.push(id);
                    held.insert(person, units);
                }
            }
        }
        VirksomhetEvent::Rolleslutt { rolle, innehaver, .. } => {
            let (person, enhet) = holder(town, *innehaver);
            roles(town, id, |roles| {
                roles.retain(|row| !(row.rolle == *rolle && row.person == person && row.enhet == enhet));
            });
        }
        VirksomhetEvent::Aksjer { eiere, .. } => {
            let row = |(owner, antall): &(Innehaver, u32)| {
                let (person, eier) = holder(town, *owner);
                AksjeRow { virksomhet: id, person, eier, antall: *antall }
            };
            let shares = eiere.iter().map(row).collect();
            edit(town, id, |changes| changes.aksjer = Some(shares));
        }
        VirksomhetEvent::Flyttet { bygning, .. } => {
            edit(town, id, |changes| changes.rad.bygning = bygning.unwrap_or(BygningId::NONE));
        }
        VirksomhetEvent::Kapasitet { kapasitet, .. } => edit(town, id, |changes| changes.rad.kapasitet = *kapasitet),
    }
}

fn holder(town: &Town, innehaver: Innehaver) -> (PersonId, VirksomhetId) {
    match innehaver {
        Innehaver::Person(key) => (town.id_of(key).unwrap_or(PersonId::NONE), VirksomhetId::NONE),
        Innehaver::Enhet(orgnr) => (PersonId::NONE, town.enhet_med(orgnr).unwrap_or(VirksomhetId::NONE)),
    }
}

fn registered(town: &mut Town, ny: &NyVirksomhet) {
    let id = VirksomhetId::at(town.virksomhet_count());
    let above = ny.overordnet.and_then(|orgnr| town.enhet_med(orgnr));
    let row = Virksomhet {
        form: ny.form,
        naeringskode: ny.naeringskode,
        overordnet: above.unwrap_or(VirksomhetId::NONE),
        bygning: ny.bygning.unwrap_or(BygningId::NONE),
        stiftet: ny.stiftet,
        registrert: ny.stiftet,
        kapital: ny.kapital,
        registre: VirksomhetFlags(ny.registre),
        ..Virksomhet::ny(ny.orgnr, TextId(u32::MAX), Virksomhetsslag::Annet)
    };
    let changes = VirksomhetChanges {
        rad: row,
        navn: Some(ny.navn.as_str().into()),
        roller: Some(Vec::new()),
        aksjer: Some(Vec::new()),
        underenheter: Vec::new(),
        plasser: ny.plasser,
    };
    let register = Arc::make_mut(&mut town.virksomheter);
    register.endret.set(id.index(), Arc::new(changes));
    register.nye += 1;
    register.by_orgnr.insert(ny.orgnr, id);
    if ny.plasser > 0 {
        register.med_plass.insert(ny.orgnr, id);
    }
    if let Some(above) = above {
        edit(town, above, |changes| changes.underenheter.push(id));
    }
}

/// Changes the row of `id`, beginning it with what the base says.
fn edit(town: &mut Town, id: VirksomhetId, change: impl FnOnce(&mut VirksomhetChanges)) {
    let base = &town.base;
    let row = Arc::make_mut(&mut town.virksomheter).endret.edit(id.index(), || {
        Arc::new(VirksomhetChanges {
            rad: base.virksomheter[id.index()],
            navn: None,
            roller: None,
            aksjer: None,
            underenheter: Vec::new(),
            plasser: 0,
        })
    });
    change(Arc::make_mut(row));
}

fn roles(town: &mut Town, id: VirksomhetId, change: impl FnOnce(&mut Vec<RolleRow>)) {
    let mut roles = town.roller_i(id).to_vec();
    change(&mut roles);
    edit(town, id, |changes| changes.roller = Some(roles));
}

/// Keeps the number of employees of `unit` and of what it belongs to, and whether a new unit still looks for people.
pub(super) fn count_employees(town: &mut Town, unit: VirksomhetId, step: i32) {
    // Of a unit without employees nobody can leave, and so nobody leaves what is above it.
    let step = step.max(-i32::from(town.virksomhet(unit).ansatte));
    let mut at = unit;
    for _ in 0..8 {
        edit(town, at, |changes| {
            let count = (i32::from(changes.rad.ansatte) + step).clamp(0, i32::from(u16::MAX));
            changes.rad.ansatte = u16::try_from(count).expect("clamped");
        });
        match town.virksomhet(at).overordnet.some() {
            Some(above) => at = above,
            None => break,
        }
    }
    let Some(changes) = town.virksomheter.endret.get(unit.index()).filter(|changes| changes.plasser > 0) else {
        return;
    };
    let (orgnr, open) = (changes.rad.orgnr, changes.rad.ansatte < changes.plasser);
    if open == town.virksomheter.med_plass.contains_key(&orgnr) {
        return;
    }
    let register = Arc::make_mut(&mut town.virksomheter);
    if open {
        register.med_plass.insert(orgnr, unit);
    } else {
        register.med_plass.remove(&orgnr);
    }
}
