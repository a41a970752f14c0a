//! Background life when its time has come: the same draw against the rate of the day. What does not happen is no event
//! (`specs/core.md` §4).

mod familie;
pub(super) mod soek;

use super::folk::{self, FolkCommand};
use super::hverdag::{arbeid, kontakt, plasser};
use super::skjer::Vedtak;
use super::virksomhet::{nye, roller, slutt};
use super::{Cause, Refusal, foelger, oppfoelging, tid};
use crate::base::Kjoenn;
use crate::clock::Instant;
use crate::town::derive::liv::arbeid::{aarssats, enhetssats};
use crate::town::derive::liv::tabeller::{ALDRE, tabeller};
use crate::town::derive::liv::{Forhold, nivaa, sats, under as is_under};
use crate::town::event::Event;
use crate::town::model::{
    Arbeidsmarked, Gradering, Landkode, Livsslag, PersonKey, Sivilstand, Utdanning, VirksomhetId,
};
use crate::town::state::{DueClass, DueKey, Hvem, Lodd, Person, Town};

/// Why taking up a candidate of which nothing came is refused.
pub const LAPSED: &str = "lapsed";
/// Age of majority.
const MYNDIG: i32 = 18;

/// The candidate under `key` that has not been passed.
pub(super) fn under(town: &Town, key: &DueKey) -> Option<Lodd> {
    let is_ahead = key.at >= town.now() && town.tid.sist.is_none_or(|sist| sist < *key);
    if key.class != DueClass::Drawn || !is_ahead {
        return None;
    }
    Livsslag::of_kind(key.kind)?;
    town.lodd_under(key)
}

/// The next item due at or before `until`: of the queue, or a candidate whose draw is below the rate of the day, behind
/// `lapsed` when given. Of such a candidate nothing may come all the same, when nobody or nowhere is found for it.
fn next_likely(town: &Town, lapsed: Option<DueKey>, until: Instant) -> Option<(DueKey, Option<Lodd>)> {
    let queued = town.tid.next().map(|(key, _)| *key).filter(|key| key.at <= until);
    for lodd in town.lodd(lapsed) {
        if lodd.at > until || queued.is_some_and(|queued| queued.at < lodd.at) {
            break;
        }
        if queued.is_some_and(|queued| queued.at == lodd.at && queued < lodd.key()) {
            break;
        }
        if is_likely(town, &lodd) {
            return Some((lodd.key(), Some(lodd)));
        }
    }
    queued.map(|key| (key, None))
}

/// The next item due at or before `until` that has an effect. `cause` gives the cause an item will have.
#[must_use]
pub fn next(town: &Town, until: Instant, cause: impl Fn(&DueKey) -> Cause) -> Option<DueKey> {
    let mut lapsed = None;
    loop {
        let (key, lodd) = next_likely(town, lapsed, until)?;
        match lodd.map(|lodd| tid::take_up(town, &key, Some(lodd), &cause(&key))) {
            Some(Err(refusal)) if refusal.code == LAPSED => lapsed = Some(key),
            _ => return Some(key),
        }
    }
}

/// Lets that item happen in `town`, and says which it was and what happened.
///
/// # Errors
/// A [`Refusal`] when it may not happen.
pub fn carry_out_next(
    town: &mut Town,
    until: Instant,
    cause: impl Fn(&DueKey) -> Cause,
) -> Result<Option<(DueKey, Vec<Event>)>, Refusal> {
    let mut lapsed = None;
    loop {
        let Some((key, lodd)) = next_likely(town, lapsed, until) else { return Ok(None) };
        match tid::take_up(town, &key, lodd, &cause(&key)) {
            // Nobody to marry, nowhere to move: the next in line.
            Err(refusal) if refusal.code == LAPSED => lapsed = Some(key),
            decided => return Ok(Some((key, super::skje(town, decided?)))),
        }
    }
}

/// Whether the draw is below the rate of the day, and the person is somebody it can happen to.
fn is_likely(town: &Town, lodd: &Lodd) -> bool {
    let key = match lodd.hvem {
        Hvem::Person(key) => key,
        Hvem::Plass(_) => return true,
        Hvem::Enhet(orgnr) => {
            let unit = town.enhet_med(orgnr).filter(|unit| town.is_i_drift(*unit));
            return unit.is_some_and(|unit| is_under(lodd.u, enhetssats(lodd.slag, town.virksomhet(unit).form)));
        }
    };
    // A third of all candidates, and hardly ever an entry that has expired.
    let needless = |id| lodd.slag == Livsslag::Kontaktbekreftelse && !town.foelger_kontakten(id, true);
    let Some(id) = town.id_of(key).filter(|id| !needless(*id)) else { return false };
    let person = town.person(id);
    if !person.is_bosatt() || person.is_holdt() {
        return false;
    }
    if lodd.slag == Livsslag::Skilsmisse {
        return person.sivilstand().0 == Sivilstand::Separert;
    }
    let Ok(age) = usize::try_from(person.alder_at(lodd.at)) else { return false };
    let partner = person.partner();
    let forhold = Forhold {
        kjoenn: person.kjoenn(),
        norskfoedt: lodd.slag != Livsslag::Utvandring || person.foedeland() == Landkode::NOR,
        partner: partner.is_some(),
        utdanning: if lodd.slag == Livsslag::Utdanning { person.utdanning() } else { Utdanning::Uoppgitt },
    };
    let rate = aarssats(lodd.slag, plasser::fyller_i(&person, lodd.at))
        .unwrap_or_else(|| sats(nivaa(&town.base), lodd.slag, forhold, age));
    is_under(lodd.u, rate) && fits(lodd, rate, &person, partner)
}

/// Whether somebody is in the position the `rate` of the candidate is for.
fn fits(lodd: &Lodd, rate: u64, person: &Person<'_>, partner: Option<Person<'_>>) -> bool {
    let is_wife = || person.sivilstand().0 == Sivilstand::Gift;
    // Of two women one is asked.
    let is_asked = |partner: Person<'_>| partner.kjoenn() == Kjoenn::Mann || person.key() < partner.key();
    // Who lives in the household of others moves less often.
    let moves = |all: bool| all || is_under(lodd.u, rate * hos_andre(person, lodd.at) / 1000);
    match lodd.slag {
        Livsslag::Flytting => decides_for(person, partner).is_some_and(moves),
        Livsslag::Fraflytting | Livsslag::Utvandring => {
            decides_for(person, partner).is_some_and(|all| moves(all) && !leaves_spouse(person, all))
        }
        Livsslag::Vigsel => {
            partner.is_some_and(is_asked) && !is_bound(person) && !partner.is_some_and(|p| is_bound(&p))
        }
        Livsslag::Separasjon => is_wife(),
        Livsslag::Samlivsbrudd => partner.is_some_and(is_asked) && !is_wife(),
        Livsslag::Arbeidsstart => person.arbeidsmarked() == Arbeidsmarked::Utenfor,
        Livsslag::Arbeidsslutt => {
            matches!(person.arbeidsmarked(), Arbeidsmarked::Sysselsatt | Arbeidsmarked::Arbeidsledig)
        }
        Livsslag::Jobbytte | Livsslag::Jobbtap => person.arbeidsmarked() == Arbeidsmarked::Sysselsatt,
        Livsslag::Kontaktregistrering => !person.er_registrert(),
        Livsslag::Kontaktutloep => person.town().foelger_kontakten(person.id, false),
        Livsslag::Kontaktbekreftelse => person.town().foelger_kontakten(person.id, true),
        Livsslag::Reservasjon => person.er_registrert() && !person.is_reservert(),
        Livsslag::Barnehagestart => person.barnehage().is_none(),
        Livsslag::Skolestart => person.skole().is_none(),
        Livsslag::Skoleslutt => person.skole().is_some(),
        Livsslag::Samliv => partner.is_none() && !is_wife() && person.gradering() == Gradering::Ugradert,
        _ => true,
    }
}

/// How likely somebody who lives in the household of others is to move, per 1 000.
fn hos_andre(person: &Person<'_>, at: Instant) -> u64 {
    let age = usize::try_from(person.alder_at(at)).unwrap_or(0);
    tabeller().hos_andre[age.min(ALDRE - 1)]
}

fn is_bound(person: &Person<'_>) -> bool {
    matches!(person.sivilstand().0, Sivilstand::Gift | Sivilstand::Separert)
}

/// Whom the candidate of `person` moves: the household of its reference person (`true`), or a grown-up in the household
/// of others alone (`false`). Partners and children decide nothing.
fn decides_for(person: &Person<'_>, partner: Option<Person<'_>>) -> Option<bool> {
    let members = person.husstand_medlemmer();
    match members.iter().find(|member| member.alder() >= MYNDIG) {
        Some(head) if head.id == person.id => Some(true),
        None => Some(true),
        Some(_) if partner.is_none() && person.alder() >= MYNDIG => Some(false),
        Some(_) => None,
    }
}

/// Whether somebody who would leave is married to somebody who would not: couples leave together or separate first.
fn leaves_spouse(person: &Person<'_>, hele_husstanden: bool) -> bool {
    let group = if hele_husstanden { person.husstand_medlemmer() } else { vec![*person] };
    group.iter().any(|member| member.ektefelle().is_some_and(|spouse| group.iter().all(|other| other.id != spouse.id)))
}

/// What comes of a candidate now that its time has come; nothing when the town is not as it would have to be.
pub(super) fn happens(town: &Town, lodd: &Lodd, cause: &Cause) -> Vedtak {
    let mut events = match lodd.hvem {
        _ if !is_likely(town, lodd) => Vec::new(),
        Hvem::Enhet(orgnr) => town.enhet_med(orgnr).map_or_else(Vec::new, |unit| of_unit(town, lodd.slag, unit, cause)),
        Hvem::Plass(_) => into_slot(town, lodd.slag, cause),
        Hvem::Person(person) => town.person_by_key(person).map_or_else(Vec::new, |person| {
            everyday(lodd.slag, &person, cause).unwrap_or_else(|| in_the_family(lodd.slag, &person, cause))
        }),
    };
    let etterpaa = Some(foelger::legg_til(town, &mut events, cause));
    Vedtak { events, etterpaa }
}

/// Who comes, and what is founded.
fn into_slot(town: &Town, slag: Livsslag, cause: &Cause) -> Vec<Event> {
    match slag {
        Livsslag::NyttEnk => nye::enk(town, cause),
        Livsslag::NyttAs => nye::selskap(town, cause),
        _ => {
            let family = familie::drawn(town, slag == Livsslag::Innvandring, cause.origin);
            folk::innflytting::drawn(town, &family, cause).unwrap_or_default()
        }
    }
}

/// Birth and death, moves, and who lives with whom. Nothing that would touch somebody a scenario holds.
fn in_the_family(slag: Livsslag, view: &Person<'_>, cause: &Cause) -> Vec<Event> {
    let (town, person) = (view.town(), view.key());
    let hele_husstanden = decides_for(view, view.partner()).unwrap_or(false);
    let events = match slag {
        Livsslag::Doed => decided(town, &FolkCommand::Doedsfall { person }, cause),
        Livsslag::Foedsel => birth(town, view, cause),
        Livsslag::Flytting => moves(town, view, hele_husstanden, cause),
        Livsslag::Fraflytting => decided(town, &FolkCommand::Utflytting { person, land: None, hele_husstanden }, cause),
        Livsslag::Utvandring => {
            let land = Some(familie::destination(view, cause.origin));
            decided(town, &FolkCommand::Utflytting { person, land, hele_husstanden }, cause)
        }
        Livsslag::Vigsel => view.partner().map_or_else(Vec::new, |partner| {
            decided(
                town,
                &FolkCommand::Vigsel { person, med: partner.key(), etternavn: None, etternavn_med: None },
                cause,
            )
        }),
        Livsslag::Separasjon => familie::who_leaves(view, view.ektefelle(), cause.origin)
            .map_or_else(Vec::new, |person| decided(town, &FolkCommand::Separasjon { person }, cause)),
        Livsslag::Samlivsbrudd => familie::who_leaves(view, view.partner(), cause.origin)
            .map_or_else(Vec::new, |person| decided(town, &FolkCommand::Samlivsslutt { person }, cause)),
        Livsslag::Samliv => soek::partner(town, view, cause.origin).map_or_else(Vec::new, |other| {
            decided(town, &FolkCommand::FlytterSammen { person, med: other.key() }, cause)
        }),
        Livsslag::Skilsmisse => decided(town, &FolkCommand::Skilsmisse { person }, cause),
        _ => Vec::new(),
    };
    if touches_held(town, &events) { Vec::new() } else { events }
}

/// What happens to one person alone, in work, education, school and the contact register; `None` for other kinds.
fn everyday(slag: Livsslag, person: &Person<'_>, cause: &Cause) -> Option<Vec<Event>> {
    Some(match slag {
        Livsslag::Arbeidsstart => arbeid::begynner(person, cause.origin),
        Livsslag::Arbeidsslutt => arbeid::gaar_av(person, cause.origin),
        Livsslag::Jobbytte => arbeid::bytter(person, cause.origin),
        Livsslag::Jobbtap => arbeid::mister(person, cause.origin),
        Livsslag::Utdanning => arbeid::fullfoerer(person),
        Livsslag::Kontaktregistrering => kontakt::registrerer(person, cause.origin),
        Livsslag::Kontaktutloep => kontakt::bekreftes(person, false),
        Livsslag::Kontaktbekreftelse => kontakt::bekreftes(person, true),
        Livsslag::Reservasjon => kontakt::reserverer(person),
        Livsslag::Barnehagestart => plasser::i_barnehage(person),
        Livsslag::Skolestart => plasser::paa_skole(person),
        Livsslag::Skoleslutt => plasser::ut_av_skolen(person),
        _ => return None,
    })
}

/// A move within the municipality: to a parent or other singles now and then, to a free dwelling otherwise.
fn moves(town: &Town, person: &Person<'_>, hele_husstanden: bool, cause: &Cause) -> Vec<Event> {
    let command = |hos| FolkCommand::Flytting { person: person.key(), hos, hele_husstanden };
    let shared = soek::shares_home(town, person, hele_husstanden, cause.origin);
    let shared = shared.map_or_else(Vec::new, |host| decided(town, &command(Some(host.key())), cause));
    if shared.is_empty() { decided(town, &command(None), cause) } else { shared }
}

fn of_unit(town: &Town, slag: Livsslag, unit: VirksomhetId, cause: &Cause) -> Vec<Event> {
    match slag {
        Livsslag::Nedleggelse => slutt::legges_ned(town, unit, cause),
        Livsslag::Konkurs => slutt::gaar_konkurs(town, unit, cause),
        Livsslag::Rolleskifte => roller::skifte(town, unit, cause.origin),
        _ => Vec::new(),
    }
}

fn decided(town: &Town, command: &FolkCommand, cause: &Cause) -> Vec<Event> {
    folk::decide(town, command, cause).unwrap_or_default()
}

/// Whether anybody a scenario keeps from chance would move, part or die by it. New relations to them are no harm.
fn touches_held(town: &Town, events: &[Event]) -> bool {
    use crate::town::event::FolkEvent;
    let moved = |event: &Event| match event {
        Event::Folk(
            FolkEvent::Hjem { person, .. } | FolkEvent::Partner { person, .. } | FolkEvent::TilHusstand { person, .. },
        ) => Some(*person),
        _ => None,
    };
    let held = |key: PersonKey| town.person_by_key(key).is_some_and(|person| person.is_holdt());
    events.iter().filter_map(moved).any(held)
}

/// A birth: the number of children, their father, and the choice of their names later on.
fn birth(town: &Town, mother: &Person<'_>, cause: &Cause) -> Vec<Event> {
    let count = familie::children_of_delivery(town, cause.origin);
    let medforelder = match mother.partner() {
        Some(partner) => Some(partner),
        None => soek::father(town, mother, cause.origin),
    };
    let medforelder = medforelder.filter(|other| soek::can_be_parent(mother, other)).map(|other| other.key());
    let barn = vec![None; count];
    let mut events = folk::birth(town, mother.key(), medforelder, &barn, cause).unwrap_or_default();
    let children: Vec<PersonKey> = crate::town::livshendelser::newcomers(&events);
    for child in children {
        if let PersonKey::World(origin) = child {
            oppfoelging::navnevalg(&mut events, town, origin);
        }
    }
    events
}
