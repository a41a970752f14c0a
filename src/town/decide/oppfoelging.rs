//! What follows later from a life event: the contact register forgets the dead, separated couples divorce, parents choose
//! a name. Each stands in the queue until its time and reads the town again then.

use super::folk::{self, FolkCommand};
use super::hverdag::{arbeid, kontakt};
use super::virksomhet::slutt;
use super::{Cause, kontaktregister};
use crate::base::{Domain, Orgnummer, OriginKey, Purpose, StreamKey};
use crate::town::event::{Event, TidEvent};
use crate::town::model::{PersonKey, Personstatus};
use crate::town::state::{Due, DueClass, DueKey, FolkDue, Person, Town};

/// Milliseconds of a day.
const DAG_MS: i64 = 86_400_000;
/// Separations that end in a divorce, per million, and the most days beyond the year they must wait
/// (`specs/population.md` §3.3: 8 500 divorces to 9 200 separations).
const SKILLES_PPM: u32 = 924_000;
const SKILLES_INNEN: u64 = 150;
/// Days until parents have chosen a name (`specs/life-events.md` §1.1), and parents in a million who never do.
const NAVN_DAGER: (u64, u64) = (14, 160);
const UTEN_NAVN_PPM: u32 = 2_000;

fn planned(events: &mut Vec<Event>, town: &Town, days: i64, origin: OriginKey, due: FolkDue) {
    let at = town.now().plus_millis(days * DAG_MS);
    let key = DueKey { at, class: DueClass::Drawn, kind: due.kind(), origin, ordinal: 0 };
    events.push(Event::Tid(TidEvent::Planlagt(key, Due::Folk(due))));
}

/// The contact register takes out those of `people` who stand in it: at once, or after the delay this world asks for
/// (`specs/folkeregister.md` §21, `DESIGN` §6).
pub(super) fn slett_kontakt(events: &mut Vec<Event>, town: &Town, people: &[Person<'_>], cause: &Cause) {
    let days = i64::from(town.kontakt.regler.slettes_etter_dager);
    for person in people.iter().filter(|person| person.kontaktoppfoering().kontakt.registrert) {
        if days == 0 {
            events.extend(kontaktregister::slett(person));
            continue;
        }
        let origin = OriginKey::of("kontakt/slettes", &[&cause.origin.0.to_be_bytes(), &person.key().bytes()]);
        planned(events, town, days, origin, FolkDue::KontaktSlettes { person: person.key() });
    }
}

/// A separated couple divorces when its year is over, mostly. Only where background life goes on.
pub(super) fn skilsmisse(
    events: &mut Vec<Event>,
    town: &Town,
    person: &Person<'_>,
    spouse: &Person<'_>,
    cause: &Cause,
) {
    if !town.tid.is_levende() {
        return;
    }
    let header = &town.base.header;
    let origin = cause.origin.child("skilsmisse", 0);
    let mut stream =
        StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose("skilsmisse")).of_origin(origin);
    if stream.chance_ppm(SKILLES_PPM) {
        let days = 367 + i64::try_from(stream.uniform(SKILLES_INNEN)).expect("below a year");
        let due = FolkDue::Skilsmisse { person: person.key(), ektefelle: spouse.key() };
        planned(events, town, days, origin, due);
    }
}

/// Parents of a child that background life brought choose its name.
pub(super) fn navnevalg(events: &mut Vec<Event>, town: &Town, barn: OriginKey) {
    let header = &town.base.header;
    let mut stream = StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose("navnevalg")).of_origin(barn);
    if !stream.chance_ppm(UTEN_NAVN_PPM) {
        let days = NAVN_DAGER.0 + stream.uniform(NAVN_DAGER.1 - NAVN_DAGER.0);
        let due = FolkDue::Navnevalg { barn: PersonKey::World(barn) };
        planned(events, town, i64::try_from(days).expect("below a year"), barn.child("navnevalg", 0), due);
    }
}

/// Somebody without work finds some.
pub(super) fn ny_jobb(events: &mut Vec<Event>, town: &Town, person: PersonKey, days: u64, origin: OriginKey) {
    let days = i64::try_from(days).expect("a year or two");
    planned(events, town, days, origin, FolkDue::NyJobb { person });
}

/// Somebody who came logs in for the first time.
pub(super) fn innlogging(events: &mut Vec<Event>, town: &Town, person: PersonKey, days: u64, origin: OriginKey) {
    let days = i64::try_from(days).expect("a year or two");
    planned(events, town, days, origin, FolkDue::Innlogging { person });
}

/// A bankrupt company is deleted.
pub(super) fn slett_virksomhet(events: &mut Vec<Event>, town: &Town, orgnr: Orgnummer, days: u64, origin: OriginKey) {
    let days = i64::try_from(days).expect("a year or two");
    planned(events, town, days, origin, FolkDue::VirksomhetSlettes { virksomhet: orgnr });
}

/// What a follow-up does when its time has come; nothing when the town has changed so that it makes no sense any more.
pub(super) fn decide_due(town: &Town, due: FolkDue, cause: &Cause) -> Vec<Event> {
    match due {
        FolkDue::KontaktSlettes { person } => forgotten(town, person),
        FolkDue::Skilsmisse { person, ektefelle } => {
            let both = [person, ektefelle].map(|key| town.person_by_key(key));
            let fits = |one: &Option<Person<'_>>| one.is_some_and(|one| !one.is_holdt());
            let still = both[0].is_some_and(|one| one.sivilstand().1 == Some(ektefelle));
            if !town.tid.is_levende() || !still || !both.iter().all(fits) {
                return Vec::new();
            }
            folk::decide(town, &FolkCommand::Skilsmisse { person }, cause).unwrap_or_default()
        }
        FolkDue::Navnevalg { barn } => {
            let Some(child) = town.person_by_key(barn).filter(|child| !child.is_holdt()) else { return Vec::new() };
            let fornavn = folk::fornavn(town, child.kjoenn(), cause.origin);
            let command = FolkCommand::Navnevalg { barn, fornavn, mellomnavn: None, etternavn: None };
            folk::decide(town, &command, cause).unwrap_or_default()
        }
        FolkDue::NyJobb { person } => arbeid::finner(town, person, cause),
        FolkDue::Innlogging { person } => kontakt::logger_inn(town, person, cause.origin),
        FolkDue::VirksomhetSlettes { virksomhet } => slutt::bo_avsluttet(town, virksomhet),
    }
}

/// Out of the contact register. Who is back stays.
fn forgotten(town: &Town, key: PersonKey) -> Vec<Event> {
    let gone = town.person_by_key(key).filter(|person| !matches!(person.status(), Personstatus::Bosatt));
    gone.and_then(|person| kontaktregister::slett(&person)).into_iter().collect()
}
