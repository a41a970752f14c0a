//! Entries and register changes of the town as the register's documents.
//!
//! Protection as it is *now* decides what is shown of addresses at any time: a strictly protected person's homes stand
//! in no document, current, historic or archived, nor in the documents of earlier events (`specs/folkeregister.md` §8).

use super::elementer::{Element, Utvalg};
use super::innhold::Innhold;
use super::leser::{Leser, element_of};
use super::media::Form;
use super::pakker::{Nummerregel, Pakke};
use super::tidspunkt::{Dag, Midnatt, Tidspunkt};
use super::wire::{Egenskapshendelse, Feedhendelse, Feedinnslag, Hendelse, Hendelsesdokument, Innslag, Person};
use crate::clock::Instant;
use crate::town::Town;
use crate::town::model::{
    Endring, Endringsslag, Entry, Fact, Hendelsestype, NyFact, PersonId, PersonKey, Registrering,
};
use crate::town::state::FeedRow;

/// Version of the event document's schema.
const SKJEMAVERSJON: &str = "1.0";
/// What the register took over from the one before it has this source.
const GAMMELT_REGISTER: &str = "KILDE_DSF";

/// What is asked of a person, by whom, and how it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoersmaal<'a> {
    pub(super) pakke: &'a Pakke,
    pub(super) utvalg: Utvalg,
    pub(super) form: Form,
}

/// The document of `id` with the entries that stand at `at`.
pub(super) fn person(town: &Town, id: PersonId, spoersmaal: Spoersmaal<'_>, at: Instant) -> Person {
    of_entries(town, id, town.person(id).entries(), spoersmaal, at)
}

/// The document of `id` made of `entries`.
pub(super) fn of_entries(
    town: &Town,
    id: PersonId,
    mut entries: Vec<Entry>,
    spoersmaal: Spoersmaal<'_>,
    at: Instant,
) -> Person {
    let Spoersmaal { pakke, utvalg, form } = spoersmaal;
    let reader = Leser::new(town, id, pakke);
    entries.retain(|entry| entry.stands_at(at));
    // Entries a world has touched come last; in a document they stand where they were registered.
    entries.sort_by_key(|entry| (entry.registrert, entry.gyldig_fra, entry.id));
    let mut elements: Vec<(Element, Vec<Innslag>)> = Vec::new();
    for entry in entries {
        let element = element_of(&entry.fact);
        let gjeldende = entry.is_gjeldende_at(at);
        if !utvalg.has(element) || !gjeldende && !utvalg.with_history(element) {
            continue;
        }
        let Some(innslag) = innslag(&reader, &entry, element, Some(gjeldende)) else { continue };
        match elements.iter_mut().find(|(known, _)| *known == element) {
            Some((_, list)) => list.push(innslag),
            None => elements.push((element, vec![innslag])),
        }
    }
    if form == Form::Json {
        elements.sort_by_key(|(element, _)| *element);
    } else {
        elements.sort_by_key(|(element, _)| element.xml_rang());
    }
    Person(elements)
}

/// The entry of the feed behind `row`.
pub(super) fn feedinnslag(town: &Town, row: &FeedRow, pakke: &Pakke) -> Feedinnslag {
    let change = &row.registrering;
    let documented = pakke.hjemmel;
    let has_event_document = documented && change.slag != Hendelsestype::PersonErOppdatert;
    let has_person_document = documented && change.slag != Hendelsestype::PersonErOpphoertSomDublett;
    Feedinnslag {
        sekvensnummer: row.sekvensnummer,
        hendelse: Feedhendelse {
            folkeregisteridentifikator: number_at(town, change).filter(|_| pakke.nummer != Nummerregel::Aldri),
            hendelsetype: pakke.hendelsetype.unwrap_or(change.slag).code(),
            hendelsesdokument: has_event_document.then(|| row.hendelsesdokument.to_string()),
            persondokument: has_person_document.then(|| row.persondokument.to_string()),
            ajourholdstidspunkt: Tidspunkt(change.registrert),
        },
    }
}

/// The event document behind `row`.
pub(super) fn hendelse(town: &Town, pakke: &Pakke, row: &FeedRow) -> Hendelsesdokument {
    let change = &row.registrering;
    let reader = town.id_of(change.person).map(|person| Leser::new(town, person, pakke));
    let egenskapshendelse = reader.map_or_else(Vec::new, |reader| {
        let told = |endring| egenskapshendelse(&reader, endring, |ny| ny.entry(change));
        let seen = |told: &Egenskapshendelse| pakke.elementer.har(told.element);
        change.endringer.iter().filter_map(told).filter(seen).collect()
    });
    Hendelsesdokument {
        dokumentidentifikator: row.hendelsesdokument.to_string(),
        skjemaversjon: SKJEMAVERSJON,
        hendelse: Hendelse {
            folkeregisteridentifikator: number_at(town, change).unwrap_or_default(),
            hendelsestype: change.slag.code(),
            ajourholdstidspunkt: Tidspunkt(change.registrert),
            egenskapshendelse,
        },
    }
}

/// The number in force at a change: where one number takes over from another, the old one for the change of numbers
/// itself, and for the withdrawal of a second number that number (`specs/folkeregister.md` §9, §21).
fn number_at(town: &Town, change: &Registrering) -> Option<String> {
    let person = town.person_by_key(change.person)?;
    let former = match change.person {
        PersonKey::Base(_) => !town.base.tidligere_nummer_of(person.id).is_empty(),
        PersonKey::World(_) => false,
    };
    let gave_way = |endring: &Endring| match endring.gammel.as_ref().map(|old| &old.fact) {
        Some(Fact::Identifikasjonsnummer(old)) if change.slag == Hendelsestype::EndringIIdentifikasjonsnummer => {
            Some(*old)
        }
        _ => None,
    };
    if let Some(old) = change.endringer.iter().find_map(gave_way) {
        return Some(old.to_string());
    }
    if !former {
        return Some(person.nummer().to_string());
    }
    let withdrawn = change.slag == Hendelsestype::PersonErOpphoertSomDublett;
    let then = |entry: &Entry| match entry.fact {
        Fact::Identifikasjonsnummer(number) if withdrawn && entry.historisk_fra == Some(change.registrert) => {
            Some(number)
        }
        Fact::Identifikasjonsnummer(number) if !withdrawn && entry.is_gjeldende_at(change.registrert) => Some(number),
        _ => None,
    };
    let number = person.entries().iter().find_map(then).unwrap_or_else(|| person.nummer());
    Some(number.to_string())
}

fn innslag(reader: &Leser<'_>, entry: &Entry, element: Element, er_gjeldende: Option<bool>) -> Option<Innslag> {
    if reader.is_hidden(&entry.fact, entry.id, er_gjeldende) {
        return None;
    }
    let pakke = reader.pakke;
    let mut innhold = reader.innhold(&entry.fact, er_gjeldende)?;
    match &mut innhold {
        Innhold::Statsborgerskap { ervervsdato, .. } if !pakke.knapp => *ervervsdato = entry.gyldig_fra.map(Dag),
        Innhold::Identitetsgrunnlag { identitetsgrunnlagstatus, legitimasjonskontroll } if er_gjeldende.is_none() => {
            *legitimasjonskontroll = Some(identitetsgrunnlagstatus);
        }
        _ => {}
    }
    // Packages without legal basis see of these the value alone, and of a number the old register gave no date.
    let bare = pakke.knapp && matches!(element, Element::SIVILSTAND | Element::STATSBORGERSKAP | Element::KJOENN);
    let undated = bare || pakke.knapp && element == Element::IDENTIFIKASJONSNUMMER && *entry.kilde == *GAMMELT_REGISTER;
    Some(Innslag {
        ajourholdstidspunkt: (!bare).then_some(Tidspunkt(entry.registrert)),
        er_gjeldende,
        kilde: pakke.hjemmel.then(|| entry.kilde.clone()),
        aarsak: pakke.hjemmel.then(|| entry.aarsak.clone()),
        gyldighetstidspunkt: entry.gyldig_fra.filter(|_| !undated).map(Midnatt),
        opphoerstidspunkt: entry
            .gyldig_til
            .filter(|_| element.shows_end() && er_gjeldende != Some(true) && !bare)
            .map(Midnatt),
        innhold,
    })
}

/// A change as the event document tells it. Three words are all there are: an end is the ended value registered
/// with its end, and a home that becomes secret is annulled.
fn egenskapshendelse(
    reader: &Leser<'_>,
    endring: &Endring,
    entry: impl Fn(&NyFact) -> Entry,
) -> Option<Egenskapshendelse> {
    let fact = endring.ny.as_ref().map(|ny| &ny.fact).or_else(|| endring.gammel.as_ref().map(|old| &old.fact))?;
    let element = element_of(fact);
    let annulled = Egenskapshendelse { element, entitetsendring: "annullere", innslag: None };
    let is_hidden = endring.ny.as_ref().is_some_and(|ny| reader.is_hidden(&ny.fact, ny.id, None));
    match endring.slag {
        Endringsslag::Annullere => Some(annulled),
        Endringsslag::Korrigere if is_hidden => Some(annulled),
        // Of a move into a secret home only the end of the one before is told.
        Endringsslag::RegistrereNy if is_hidden => {
            let innslag = innslag(reader, endring.gammel.as_ref()?, element, None)?;
            Some(Egenskapshendelse { element, entitetsendring: "registrereNy", innslag: Some(innslag) })
        }
        Endringsslag::Korrigere | Endringsslag::RegistrereNy => {
            let innslag = innslag(reader, &entry(endring.ny.as_ref()?), element, None)?;
            let word = if endring.slag == Endringsslag::Korrigere { "korrigere" } else { "registrereNy" };
            Some(Egenskapshendelse { element, entitetsendring: word, innslag: Some(innslag) })
        }
        Endringsslag::Opphoere => {
            let innslag = innslag(reader, endring.gammel.as_ref()?, element, None)?;
            Some(Egenskapshendelse { element, entitetsendring: "registrereNy", innslag: Some(innslag) })
        }
    }
}
