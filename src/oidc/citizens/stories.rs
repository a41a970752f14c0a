//! Citizens by what there is to tell about them (`specs/eid.md` §10.1).
//!
//! Every story is a walk over columns that stops as soon as enough are found, so that the page is as quick in a town of
//! 100 000 as in one of 1 500.

use super::check;
use crate::town::Town;
use crate::town::model::{DayNo, Gradering, Hendelsestype, Merke, PersonId, Personstatus, Rolletype, VirksomhetId};
use crate::town::state::Person;

/// Entries of the world's register looked back at.
const TILBAKE: usize = 200;
/// Days a child counts as new.
const NYFOEDT_DAGER: i32 = 365;

/// A story.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::oidc) enum Historie {
    /// Something was registered about them in this world, newest first.
    Hendelse,
    /// Parent of a child born within a year, newest first.
    NybaktForelder,
    /// Two children, reserved against digital mail.
    ToBarnReservert,
    /// Parent of somebody under age.
    Forelder,
    /// Lone parent.
    EnsligForsoerger,
    /// One of two mothers.
    ToMoedre,
    /// Guardian or attorney of somebody.
    Verge,
    /// General manager.
    DagligLeder,
    /// Chair of a board.
    Styreleder,
    /// Proprietor.
    Innehaver,
    /// Reserved against digital mail.
    Reservert,
    /// Adult outside the contact register.
    UtenKontakt,
    /// Confidential address.
    Fortrolig,
    /// Strictly confidential address.
    StrengtFortrolig,
    /// Odd letters in the name.
    Spesialtegn,
    /// A very long name.
    LangtNavn,
    /// Over a hundred.
    Hundreaaring,
    /// Thirteen to seventeen.
    Ungdom,
    /// Has no eID above MinID.
    BareMinid,
    /// Has a Buypass.
    Buypass,
    /// Has a Commfides.
    Commfides,
    /// Nothing in particular.
    Voksen,
    /// Too young to log in.
    Barn,
    /// Registered dead.
    Doed,
    /// The number is withdrawn.
    Sperret,
}

use Historie as H;

/// Somebody with a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) struct Treff {
    /// Who.
    pub person: PersonId,
    /// What there is to tell; nothing when found by name.
    pub historie: Option<Historie>,
    /// About whom or what.
    pub om: Om,
}

/// What a story is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) enum Om {
    /// Nothing beside the citizen.
    Seg,
    /// A name.
    Navn(String),
    /// A kind of register event.
    Hendelse(Hendelsestype),
}

type Funn<'a> = Box<dyn Iterator<Item = (PersonId, Om)> + 'a>;

impl Historie {
    /// All of them, in the order of the page.
    pub(in crate::oidc) const ALLE: [Self; 25] = [
        H::Hendelse,
        H::NybaktForelder,
        H::ToBarnReservert,
        H::Forelder,
        H::EnsligForsoerger,
        H::ToMoedre,
        H::Verge,
        H::DagligLeder,
        H::Styreleder,
        H::Innehaver,
        H::Reservert,
        H::UtenKontakt,
        H::Fortrolig,
        H::StrengtFortrolig,
        H::Spesialtegn,
        H::LangtNavn,
        H::Hundreaaring,
        H::Ungdom,
        H::BareMinid,
        H::Buypass,
        H::Commfides,
        H::Voksen,
        H::Barn,
        H::Doed,
        H::Sperret,
    ];

    /// The word of addresses and of the table of texts.
    pub(in crate::oidc) fn name(self) -> &'static str {
        match self {
            H::Hendelse => "hendelse",
            H::NybaktForelder => "nybakt_forelder",
            H::ToBarnReservert => "to_barn_reservert",
            H::Forelder => "forelder",
            H::EnsligForsoerger => "enslig_forsoerger",
            H::ToMoedre => "to_moedre",
            H::Verge => "verge",
            H::DagligLeder => "daglig_leder",
            H::Styreleder => "styreleder",
            H::Innehaver => "innehaver",
            H::Reservert => "reservert",
            H::UtenKontakt => "uten_kontakt",
            H::Fortrolig => "fortrolig",
            H::StrengtFortrolig => "strengt_fortrolig",
            H::Spesialtegn => "spesialtegn",
            H::LangtNavn => "langt_navn",
            H::Hundreaaring => "hundreaaring",
            H::Ungdom => "ungdom",
            H::BareMinid => "bare_minid",
            H::Buypass => "buypass",
            H::Commfides => "commfides",
            H::Voksen => "voksen",
            H::Barn => "barn",
            H::Doed => "doed",
            H::Sperret => "sperret",
        }
    }

    /// The key of the sentence that says about whom or what, for stories that are about somebody else.
    pub(in crate::oidc) fn om_key(self) -> Option<&'static str> {
        Some(match self {
            H::NybaktForelder => "om.nybakt_forelder",
            H::Verge => "om.verge",
            H::DagligLeder => "om.daglig_leder",
            H::Styreleder => "om.styreleder",
            H::Innehaver => "om.innehaver",
            _ => return None,
        })
    }

    /// The story called `name`.
    pub(in crate::oidc) fn from_name(name: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.name() == name)
    }

    /// Whether it is about people who cannot log in: they show what an app is told then.
    fn is_closed(self) -> bool {
        matches!(self, H::Barn | H::Doed | H::Sperret)
    }

    /// Whether it is about protected people; no other story offers them.
    fn is_protected(self) -> bool {
        matches!(self, H::Fortrolig | H::StrengtFortrolig)
    }

    /// Citizens of `town` with the story, somebody perhaps twice.
    fn alle(self, town: &Town) -> Funn<'_> {
        match self {
            H::Hendelse => hendelser(town),
            H::NybaktForelder => nybakte(town),
            H::Verge => Box::new(town.base.vergemaal.iter().filter_map(|row| {
                let ward = town.person(row.person);
                Some((row.verge.some()?, Om::Navn(ward.navn().full()))).filter(|_| check(&ward).is_ok())
            })),
            H::DagligLeder => roller(town, Rolletype::Dagl),
            H::Styreleder => roller(town, Rolletype::Lede),
            H::Innehaver => roller(town, Rolletype::Innh),
            H::EnsligForsoerger => merket(town, Merke::EnsligForsoerger),
            H::ToMoedre => merket(town, Merke::ToMoedre),
            H::UtenKontakt => merket(town, Merke::UregistrertVoksen),
            H::Fortrolig => merket(town, Merke::Fortrolig),
            H::StrengtFortrolig => merket(town, Merke::StrengtFortrolig),
            H::Spesialtegn => merket(town, Merke::SpesialtegnINavn),
            H::LangtNavn => merket(town, Merke::LangtNavn),
            H::Hundreaaring => merket(town, Merke::Hundreaaring),
            H::Doed => doede(town),
            _ => Box::new(town.people().filter(move |person| self.fits(person)).map(|person| (person.id, Om::Seg))),
        }
    }

    /// Whether `person` has one of the stories that can be told of a citizen alone.
    fn fits(self, person: &Person<'_>) -> bool {
        let voksen = || person.is_bosatt() && person.alder() >= 18;
        match self {
            H::ToBarnReservert => voksen() && person.is_reservert() && person.barn().len() == 2,
            H::Forelder => voksen() && person.barn().iter().any(|child| child.alder() < 18 && !child.is_doed()),
            H::Reservert => person.is_reservert() && voksen(),
            H::Ungdom => person.is_bosatt() && (13..18).contains(&person.alder()),
            H::BareMinid => voksen() && person.eider().nivaa() == Some("substantial"),
            H::Buypass => voksen() && person.eider().buypass,
            H::Commfides => voksen() && person.eider().commfides,
            H::Voksen => voksen(),
            H::Barn => person.is_bosatt() && person.alder() < 13,
            H::Sperret => person.status() == Personstatus::Opphoert,
            _ => false,
        }
    }

    /// Citizens with the story, each once, at most `limit`, none of them in `but`.
    pub(in crate::oidc) fn first(self, town: &Town, limit: usize, but: &[Treff]) -> Vec<Treff> {
        let mut found: Vec<Treff> = Vec::new();
        for (person, om) in self.alle(town) {
            if found.len() == limit {
                break;
            }
            let known = |list: &[Treff]| list.iter().any(|other| other.person == person);
            let who = town.person(person);
            let open = check(&who).is_ok();
            let protected = || who.gradering() != Gradering::Ugradert;
            if open == self.is_closed() || known(but) || known(&found) || !self.is_protected() && protected() {
                continue;
            }
            found.push(Treff { person, historie: Some(self), om });
        }
        found
    }
}

/// Who was registered as something in this world, newest first.
fn hendelser(town: &Town) -> Funn<'_> {
    let newest = (0..town.folk.feed_len).rev().take(TILBAKE);
    Box::new(newest.filter_map(|place| {
        let change = town.folk.feed.get(place)?;
        Some((town.id_of(change.person)?, Om::Hendelse(change.slag)))
    }))
}

/// Parents of children born in this world, then of the base's youngest.
fn nybakte(town: &Town) -> Funn<'_> {
    let base = town.base.person_count();
    let today = DayNo::of(town.now().local().date()).0;
    let new = move |person: &Person<'_>| {
        (0..NYFOEDT_DAGER).contains(&(today - DayNo::of(person.foedselsdato()).0)) && !person.is_doed()
    };
    let born_here = (base..town.person_count()).rev();
    let children = born_here.chain(0..base).map(|index| town.person(PersonId::at(index))).filter(move |p| new(p));
    Box::new(children.filter_map(|child| {
        let parent = child.mor().or_else(|| child.far())?;
        Some((parent.id, Om::Navn(child.navn().full())))
    }))
}

fn merket(town: &Town, merke: Merke) -> Funn<'_> {
    let bit = 1u64 << Merke::ALL.iter().position(|known| *known == merke).unwrap_or_default();
    let rows = town.base.personer.merker.iter().enumerate().filter(move |(_, merker)| **merker & bit != 0);
    Box::new(rows.map(|(row, _)| (PersonId::at(row), Om::Seg)))
}

fn roller(town: &Town, rolle: Rolletype) -> Funn<'_> {
    let all = (0..town.virksomhet_count()).map(VirksomhetId::at).flat_map(move |unit| town.roller_i(unit));
    Box::new(all.filter(move |row| row.rolle == rolle).filter_map(move |row| {
        let live = town.virksomhet(row.virksomhet).slettet == DayNo::NONE;
        Some((row.person.some()?, Om::Navn(town.enhetsnavn(row.virksomhet).to_owned()))).filter(|_| live)
    }))
}

/// Who died in this world, newest first, then the base's.
fn doede(town: &Town) -> Funn<'_> {
    let here = hendelser(town).filter(|(_, om)| *om == Om::Hendelse(Hendelsestype::PersonErDoed));
    let before = town.base.doedsfall.iter().map(|row| row.person);
    Box::new(here.map(|(person, _)| person).chain(before).map(|person| (person, Om::Seg)))
}
