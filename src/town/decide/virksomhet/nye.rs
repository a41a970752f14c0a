//! Enterprises that are founded: like one of the same form the town had on its first day, with founders, board, owners
//! and jobs to fill (`specs/population.md` §11.2).

use super::super::Cause;
use super::super::hverdag::{age, stream, today};
use super::super::liv::soek;
use super::{foretak, hjemme};
use crate::base::{Kjoenn, Orgnummer, OriginKey, Stream};
use crate::town::apply::{Innehaver, NyVirksomhet, VirksomhetEvent};
use crate::town::derive::liv::arbeid::arbeidstabeller;
use crate::town::event::Event;
use crate::town::model::{Gradering, Organisasjonsform, PersonId, Rolletype, VirksomhetFlags, VirksomhetId};
use crate::town::state::{Person, Town};

/// First number body of organisations that are not public, and how many there are (`specs/population.md` §15.2).
const FRA: u32 = 32_000_000;
const ANTALL: u32 = 8_000_000;
/// From one number body to the next that is tried.
const STEG: u32 = 4_943_203;
/// Ages of founders and board members.
pub(super) const ALDRE: std::ops::RangeInclusive<usize> = 18..=79;
/// Sole proprietorships somebody may have at most (invariant 48).
const FLEST: usize = 3;
/// Jobs a new firm has to fill at most.
const FLEST_PLASSER: u16 = 25;
/// Company boards of one, two, three and four or more, per cent; companies a couple owns together.
const STYRER: [u64; 4] = [48, 70, 90, 100];
const FAMILIE: u64 = 20;
/// Kroner of share capital per share, and the least capital of a company.
const PAR: u32 = 100;
const KAPITAL: u32 = 30_000;

/// A free organisation number: the one the key says, or the next free after it. Taking one out moves no other.
fn nummer(town: &Town, origin: OriginKey, taken: &[Orgnummer]) -> Orgnummer {
    let mut stream = stream(town, origin, "liv/orgnr");
    let mut body = u32::try_from(stream.uniform(u64::from(ANTALL))).expect("below eight million");
    loop {
        if let Some(number) = Orgnummer::compose(FRA + body)
            && town.enhet_med(number).is_none()
            && !taken.contains(&number)
        {
            return number;
        }
        body = (body + STEG) % ANTALL;
    }
}

/// How likely somebody runs something, of thirty: by age and sex.
fn weight(person: &Person<'_>) -> u64 {
    let by_age = match age(person) {
        ..25 => 2,
        25..35 => 6,
        35..60 => 10,
        60..70 => 6,
        _ => 2,
    };
    by_age * if person.kjoenn() == Kjoenn::Mann { 3 } else { 2 }
}

/// Somebody who starts something or sits on a board. A role is public: people whose address must not be known have none.
pub(super) fn noen<'a>(town: &'a Town, origin: OriginKey, ikke: &[PersonId]) -> Option<Person<'a>> {
    let mut stream = stream(town, origin, "liv/tillit");
    let mut order = stream.clone();
    let fits = |one: &Person<'_>| {
        stream.uniform(30) < weight(one)
            && one.is_bosatt()
            && ALDRE.contains(&age(one))
            && one.gradering() == Gradering::Ugradert
            && !ikke.contains(&one.id)
    };
    soek::first(town, &mut order, fits)
}

struct Ny<'a> {
    town: &'a Town,
    origin: OriginKey,
    stream: Stream,
    numbers: Vec<Orgnummer>,
    events: Vec<Event>,
}

impl Ny<'_> {
    fn registered(&mut self, unit: NyVirksomhet) -> Orgnummer {
        let orgnr = unit.orgnr;
        self.numbers.push(orgnr);
        self.events.push(Event::Virksomhet(VirksomhetEvent::Registrert(unit)));
        orgnr
    }

    fn number(&self, place: u32) -> Orgnummer {
        nummer(self.town, self.origin.child("orgnr", place), &self.numbers)
    }

    fn role(&mut self, virksomhet: Orgnummer, rolle: Rolletype, person: &Person<'_>) {
        let (innehaver, fra) = (Innehaver::Person(person.key()), today(self.town));
        self.events.push(Event::Virksomhet(VirksomhetEvent::Rolle { virksomhet, rolle, innehaver, fra }));
    }

    fn flags(&mut self, always: u16, shares: [u64; 3]) -> u16 {
        let bits = [VirksomhetFlags::MVA, VirksomhetFlags::FORETAKSREGISTERET, VirksomhetFlags::PEPPOL];
        bits.into_iter().zip(shares).fold(
            always,
            |flags, (bit, share)| {
                if self.stream.uniform(100) < share { flags | bit } else { flags }
            },
        )
    }

    fn word(&mut self, naeringskode: u32) -> &'static str {
        let words = arbeidstabeller().ord(naeringskode);
        if words.is_empty() { "drift" } else { words[self.stream.index(words.len())] }
    }

    fn made_up(&mut self) -> String {
        let (first, last) = arbeidstabeller().orddeler();
        format!("{}{}", first[self.stream.index(first.len())], last[self.stream.index(last.len())])
    }
}

/// The unit a new one is like, with its first sub-unit.
fn forbilde(town: &Town, models: &[VirksomhetId], stream: &mut Stream) -> Option<(VirksomhetId, Option<VirksomhetId>)> {
    let model = (!models.is_empty()).then(|| models[stream.index(models.len())])?;
    Some((model, town.base.oppslag().underenheter(model).next()))
}

fn begin<'a>(town: &'a Town, cause: &Cause) -> Ny<'a> {
    let stream = stream(town, cause.origin, "liv/foretak");
    Ny { town, origin: cause.origin, stream, numbers: Vec::new(), events: Vec::new() }
}

/// What somebody wants of an enterprise; the rest is as in another.
#[derive(Clone, Debug, Default)]
pub(in crate::town::decide) struct Oenske {
    /// Name, upper case.
    pub(in crate::town::decide) navn: Option<String>,
    /// Industry, five digits.
    pub(in crate::town::decide) naeringskode: Option<u32>,
}

/// Somebody chance finds a founder in.
fn gruender<'a>(town: &'a Town, cause: &Cause) -> Option<Person<'a>> {
    noen(town, cause.origin.child("gründer", 0), &[]).filter(|one| !one.is_holdt())
}

/// Whether `person` has as many sole proprietorships as one may have.
pub(in crate::town::decide) fn har_fullt(person: &Person<'_>) -> bool {
    foretak(person).len() >= FLEST
}

/// A sole proprietorship is founded; nothing when nobody is found.
pub(in crate::town::decide) fn enk(town: &Town, cause: &Cause) -> Vec<Event> {
    let founder = gruender(town, cause).filter(|one| !har_fullt(one));
    founder.and_then(|founder| enk_av(town, &founder, &Oenske::default(), cause)).unwrap_or_default()
}

/// `founder` founds a sole proprietorship; `None` when no other shows its industry and it is not said.
pub(in crate::town::decide) fn enk_av(
    town: &Town,
    founder: &Person<'_>,
    wanted: &Oenske,
    cause: &Cause,
) -> Option<Vec<Event>> {
    let mut ny = begin(town, cause);
    let model = forbilde(town, town.base.oppslag().enk(), &mut ny.stream);
    let like = |model: VirksomhetId| town.base.virksomheter[model.index()].naeringskode;
    let (kode, sub) = match (model, wanted.naeringskode) {
        (Some((model, sub)), kode) => (kode.unwrap_or_else(|| like(model)), sub),
        (None, kode) => (kode?, None),
    };
    let (first, surname, word) = (founder.navn().fornavn, founder.navn().etternavn, ny.word(kode));
    let first = first.split(' ').next().unwrap_or_default().to_owned();
    let navn = match ny.stream.uniform(10) {
        0..4 => format!("{first} {surname}"),
        4..7 => format!("{surname} {word}"),
        7..9 => format!("{word} {first} {surname}"),
        _ => format!("{surname} {} {word}", ny.made_up()),
    };
    let registre = ny.flags(0, [35, 25, 10]);
    let (bygning, stiftet) = (hjemme(founder), today(town));
    let main = NyVirksomhet {
        orgnr: ny.number(0),
        navn: wanted.navn.clone().unwrap_or_else(|| navn.to_uppercase()),
        form: Organisasjonsform::Enk,
        naeringskode: kode,
        overordnet: None,
        bygning,
        stiftet,
        kapital: 0,
        registre,
        plasser: 0,
    };
    let below = sub.is_some().then(|| main.clone());
    let orgnr = ny.registered(main);
    ny.role(orgnr, Rolletype::Innh, founder);
    if let Some(main) = below {
        let number = ny.number(1);
        let form = Organisasjonsform::Bedr;
        ny.registered(NyVirksomhet { orgnr: number, form, overordnet: Some(orgnr), registre: 0, ..main });
    }
    Some(ny.events)
}

/// A company is founded; nothing when nobody is found.
pub(in crate::town::decide) fn selskap(town: &Town, cause: &Cause) -> Vec<Event> {
    let founder = gruender(town, cause);
    founder.and_then(|founder| selskap_av(town, &founder, &Oenske::default(), cause)).unwrap_or_default()
}

/// `founder` founds a company; `None` when no other shows what it is to be like.
pub(in crate::town::decide) fn selskap_av(
    town: &Town,
    founder: &Person<'_>,
    wanted: &Oenske,
    cause: &Cause,
) -> Option<Vec<Event>> {
    let mut ny = begin(town, cause);
    let (model, sub) = forbilde(town, town.base.oppslag().selskaper(), &mut ny.stream)?;
    let rows = &town.base.virksomheter;
    let (main, sub) = (rows[model.index()], sub.map(|sub| rows[sub.index()]));
    let kode = wanted.naeringskode.unwrap_or(main.naeringskode);
    let word = ny.word(kode);
    let navn = if ny.stream.uniform(10) < 4 {
        format!("{} {word} AS", founder.navn().etternavn)
    } else {
        format!("{} {word} AS", ny.made_up())
    };
    let plasser = sub.map_or(0, |sub| sub.ansatte.min(FLEST_PLASSER));
    let shares = [70, 100, if plasser > 0 { 75 } else { 40 }];
    let registre = ny.flags(0, shares);
    let kapital = if ny.stream.uniform(100) < 70 {
        KAPITAL
    } else {
        KAPITAL + PAR * u32::try_from(ny.stream.uniform(1_700)).expect("small")
    };
    let unit = NyVirksomhet {
        orgnr: ny.number(0),
        navn: wanted.navn.clone().unwrap_or_else(|| navn.to_uppercase()),
        form: Organisasjonsform::As,
        naeringskode: kode,
        overordnet: None,
        bygning: sub.unwrap_or(main).bygning.some(),
        stiftet: today(town),
        kapital,
        registre,
        plasser: 0,
    };
    let below = sub.map(|sub| NyVirksomhet {
        form: Organisasjonsform::Bedr,
        naeringskode: wanted.naeringskode.unwrap_or(sub.naeringskode),
        kapital: 0,
        registre: 0,
        plasser,
        ..unit.clone()
    });
    let orgnr = ny.registered(unit);
    board(&mut ny, orgnr, founder, plasser);
    owners(&mut ny, orgnr, founder, kapital / PAR);
    if let Some(below) = below {
        let number = ny.number(1);
        ny.registered(NyVirksomhet { orgnr: number, overordnet: Some(orgnr), ..below });
    }
    Some(ny.events)
}

/// The founder chairs the board and mostly manages a firm with employees.
fn board(ny: &mut Ny<'_>, orgnr: Orgnummer, founder: &Person<'_>, plasser: u16) {
    let draw = ny.stream.uniform(100);
    let size = 1 + STYRER.iter().position(|share| draw < *share).unwrap_or(0);
    ny.role(orgnr, Rolletype::Lede, founder);
    let mut seated = vec![founder.id];
    for seat in 1..size {
        let origin = ny.origin.child("styre", u32::try_from(seat).expect("a small board"));
        let Some(member) = noen(ny.town, origin, &seated) else { continue };
        let rolle = if seat == 1 && size > 3 { Rolletype::Nest } else { Rolletype::Medl };
        ny.role(orgnr, rolle, &member);
        seated.push(member.id);
    }
    if plasser > 0 && ny.stream.uniform(100) < 70 {
        ny.role(orgnr, Rolletype::Dagl, founder);
    }
}

fn owners(ny: &mut Ny<'_>, orgnr: Orgnummer, founder: &Person<'_>, all: u32) {
    let partner = founder.partner().filter(|one| one.alder() >= 18 && one.gradering() == Gradering::Ugradert);
    let shared = ny.stream.uniform(80) < FAMILIE;
    let tenths = u32::try_from(1 + ny.stream.uniform(5)).expect("small");
    let eiere = match partner.filter(|_| shared) {
        Some(partner) => {
            let part = all / 10 * tenths;
            vec![(Innehaver::Person(founder.key()), all - part), (Innehaver::Person(partner.key()), part)]
        }
        None => vec![(Innehaver::Person(founder.key()), all)],
    };
    ny.events.push(Event::Virksomhet(VirksomhetEvent::Aksjer { virksomhet: orgnr, eiere }));
}
