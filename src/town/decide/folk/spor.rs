//! What is remembered of a life event so that it can be annulled: which register changes it made, and how people lived
//! before a death or a move.

use super::FolkCommand;
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    ArbeidsforholdRow, Flyttespor, HaddeJobb, Hendelsesart, Hendelsesspor, LevdeSlik, PersonKey, Vergemaalsslag,
};
use crate::town::state::Town;

/// Whom a command is of, and what it is, for those that can be annulled.
fn art(command: &FolkCommand) -> Option<(PersonKey, Hendelsesart)> {
    Some(match command {
        FolkCommand::Doedsfall { person } => (*person, Hendelsesart::Doedsfall),
        FolkCommand::Vigsel { person, .. } => (*person, Hendelsesart::Vigsel),
        FolkCommand::Navnevalg { barn, .. } => (*barn, Hendelsesart::Navnevalg),
        FolkCommand::Navneendring { person, .. } => (*person, Hendelsesart::Navneendring),
        FolkCommand::Foreldreansvar { barn, .. } => (*barn, Hendelsesart::Foreldreansvar),
        FolkCommand::DeltBosted { barn, .. } => (*barn, Hendelsesart::DeltBosted),
        FolkCommand::Adressebeskyttelse { person, .. } => (*person, Hendelsesart::Adressebeskyttelse),
        FolkCommand::Statsborgerskap { person, .. } => (*person, Hendelsesart::Statsborgerskap),
        FolkCommand::Vergemaal { person, nytt } => {
            let fullmakt = nytt.slag == Some(Vergemaalsslag::StadfestetFremtidsfullmakt);
            (*person, if fullmakt { Hendelsesart::Fullmakt } else { Hendelsesart::Vergemaal })
        }
        FolkCommand::Skilsmisse { person } => (*person, Hendelsesart::Skilsmisse),
        _ => return None,
    })
}

/// Adds the trace of `command` behind its events.
pub(super) fn legg_ved(town: &Town, command: &FolkCommand, events: &mut Vec<Event>) {
    let Some((person, art)) = art(command) else { return };
    let Some(rader) = rader(events) else { return };
    let foer = (art == Hendelsesart::Doedsfall).then(|| lived(town, person)).flatten();
    events.push(Event::Folk(FolkEvent::Livshendelse(Box::new(Hendelsesspor { person, art, rader, foer }))));
}

/// How many register changes there are; none when there are none.
fn rader(events: &[Event]) -> Option<u16> {
    let rader = events.iter().filter(|event| matches!(event, Event::Folk(FolkEvent::Registrert(_)))).count();
    u16::try_from(rader).ok().filter(|rader| *rader > 0)
}

/// Adds the trace of a move that somebody asked for behind its events. Moves of background life leave none: there are
/// very many, and nobody annuls them.
pub(in crate::town::decide) fn legg_ved_flytting(town: &Town, command: &FolkCommand, events: &mut Vec<Event>) {
    let (person, art) = match command {
        FolkCommand::Flytting { person, .. } => (*person, Hendelsesart::Flytting),
        FolkCommand::Utflytting { person, .. } => (*person, Hendelsesart::Utflytting),
        FolkCommand::Innflytting { hos, .. } => (*hos, Hendelsesart::Innflytting),
        _ => return,
    };
    let Some(rader) = rader(events) else { return };
    let moved = events.iter().filter_map(|event| match event {
        Event::Folk(FolkEvent::Hjem { person, .. }) => Some(*person),
        _ => None,
    });
    let foer = moved.filter_map(|key| lived(town, key).map(|lived| (key, lived))).collect();
    events.push(Event::Folk(FolkEvent::Flyttespor(Box::new(Flyttespor { person, art, rader, foer }))));
}

fn lived(town: &Town, person: PersonKey) -> Option<LevdeSlik> {
    let person = town.person_by_key(person)?;
    let others = person.husstand_medlemmer().into_iter().filter(|one| one.id != person.id);
    Some(LevdeSlik {
        bolig: person.bolig(),
        med: others.map(|one| one.key()).collect(),
        partner: person.partner().map(|one| one.key()),
        barnehage: person.barnehage(),
        skole: person.skole().map(|(skole, _)| skole),
        fastlege: person.fastlege(),
        jobber: person.uavsluttede_jobber().into_iter().map(|job| had(town, &job)).collect(),
        roller: person.roller().iter().map(|role| (town.virksomhet(role.virksomhet).orgnr, role.rolle)).collect(),
    })
}

fn had(town: &Town, job: &ArbeidsforholdRow) -> HaddeJobb {
    let ArbeidsforholdRow { virksomhet, yrke, stillingsprosent, maanedsloenn, .. } = *job;
    HaddeJobb { virksomhet: town.virksomhet(virksomhet).orgnr, yrke, stillingsprosent, maanedsloenn }
}
