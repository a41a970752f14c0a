//! Decisions on scopes, accesses, delegations, system users, consents and representation (`specs/eid.md` §4.6, §5.5 to
//! §5.7, §6). Every command can be given again: what already is so gives no event.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Cause, Refusal};
use crate::base::{Orgnummer, keyed_hash};
use crate::clock::Instant;
use crate::town::apply::EidEvent;
use crate::town::event::Event;
use crate::town::state::{
    Arbeidsregel, Bryter, Delegering, Klientutvalg, Kontoutvalg, Representasjonsnoekkel, Samtykke, Samtykkegiver,
    Samtykkerett, Samtykketilstand, Scope, Systembruker, Systembrukernoekkel, Tilgang, Town,
};

/// Texts of an entry: an upper bound so that nobody fills a town with one command.
const MAX_TEKST: usize = 2_000;
/// Names and ids.
const MAX_NAVN: usize = 255;
/// Rights of one consent or one representation.
const MAX_RETTIGHETER: usize = 50;
/// Seconds a change of a client may take: an hour.
pub const MAX_FORSINKELSE: u32 = 3_600;
/// How long a consent lasts when nothing else is said: a year.
const SAMTYKKE_MS: i64 = 365 * 86_400_000;

/// A system user somebody wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NySystembruker {
    /// The vendor's client.
    pub client_id: String,
    /// The customer.
    pub kunde: Orgnummer,
    /// The vendor's reference; the customer's organisation number when `None`.
    pub ekstern_ref: Option<String>,
    /// The vendor's system.
    pub system_id: String,
    /// Its own id; one is made when `None`.
    pub systemuser_id: Option<String>,
}

/// A consent somebody wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NyttSamtykke {
    /// Its id, a UUID; one is made from the cause when `None`.
    pub id: Option<String>,
    /// Who consents.
    pub fra: Samtykkegiver,
    /// To whom.
    pub til: Orgnummer,
    /// To what.
    pub rettigheter: Vec<Samtykkerett>,
    /// Since when; now when `None`.
    pub samtykket: Option<Instant>,
    /// Until when; a year from then when `None`.
    pub gyldig_til: Option<Instant>,
}

/// What can be done in the registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EidCommand {
    /// Makes a scope, or replaces its whole record, also one taken out of use.
    Scope(Box<Scope>),
    /// Takes a scope out of use.
    AvvikleScope(String),
    /// Says yes or no to an organisation that wants a scope.
    Tilgang {
        /// Which.
        scope: String,
        /// Who wants it.
        konsument: Orgnummer,
        /// The answer.
        tilstand: Tilgang,
    },
    /// Delegates access to a scope.
    Deleger(Delegering),
    /// Takes a delegation back.
    TrekkDelegering(Delegering),
    /// Makes a system user, or replaces the one asked for by the same key.
    Systembruker(Box<NySystembruker>),
    /// Takes a system user out of use.
    AvvikleSystembruker(Systembrukernoekkel),
    /// Gives a consent, or replaces that of the same id.
    Samtykke(Box<NyttSamtykke>),
    /// Takes a consent back.
    TrekkSamtykke(String),
    /// Lets somebody act for an organisation; with no rights, not any more.
    Representasjon {
        /// Who, for whom, in what.
        noekkel: Representasjonsnoekkel,
        /// What may be done: `Read`, `Write` …
        rettigheter: Vec<String>,
    },
    /// Sets a switch.
    Bryter {
        /// Which.
        bryter: Bryter,
        /// How it is to stand.
        paa: bool,
    },
    /// Makes an employer's rule about accounts of its employees, or replaces the one of that name.
    Arbeidsregel {
        /// The employer.
        arbeidsgiver: Orgnummer,
        /// The rule.
        regel: Box<Arbeidsregel>,
    },
    /// Takes an employer's rule away.
    FjernArbeidsregel {
        /// The employer.
        arbeidsgiver: Orgnummer,
        /// Its name.
        id: String,
    },
    /// Says how many seconds changes of clients take from now on; none by default.
    Forsinkelse(u32),
}

/// Decides what happens in the registers.
pub(super) fn decide(town: &Town, command: &EidCommand, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        EidCommand::Scope(scope) => scope_changed(town, scope)?,
        EidCommand::AvvikleScope(navn) => match known_scope(town, navn)? {
            scope if scope.aktiv => Some(EidEvent::Scope(Box::new(Scope { aktiv: false, ..scope }))),
            _ => None,
        },
        EidCommand::Tilgang { scope, konsument, tilstand } => {
            known_scope(town, scope)?;
            let is_so = town.tilgang(scope, *konsument).is_some_and(|before| before.verdi == *tilstand);
            let event = || EidEvent::Tilgang { scope: scope.clone(), konsument: *konsument, tilstand: *tilstand };
            (!is_so).then(event)
        }
        EidCommand::Deleger(delegering) => delegated(town, delegering)?,
        EidCommand::TrekkDelegering(delegering) => match town.eid.delegeringer.get(delegering) {
            None => return Err(Refusal::new("unknown_delegation", "nothing of the kind was ever delegated")),
            Some(before) => before.verdi.then(|| EidEvent::Delegert { delegering: delegering.clone(), gjelder: false }),
        },
        EidCommand::Systembruker(ny) => system_user(town, ny)?,
        EidCommand::AvvikleSystembruker(noekkel) => match town.eid.systembrukere.get(noekkel) {
            None => return Err(Refusal::new("unknown_system_user", "no system user is asked for by these")),
            Some(before) => before.verdi.aktiv.then(|| {
                EidEvent::Systembruker(Box::new(Systembruker { aktiv: false, ..before.verdi.as_ref().clone() }))
            }),
        },
        EidCommand::Samtykke(nytt) => consent(town, nytt, cause)?,
        EidCommand::TrekkSamtykke(id) => match town.eid.samtykker.get(id) {
            None => return Err(Refusal::new("unknown_consent", format!("there is no consent `{id}`"))),
            Some(before) => (before.verdi.tilstand == Samtykketilstand::Gitt).then(|| {
                let trukket = Samtykketilstand::Trukket;
                EidEvent::Samtykke(Box::new(Samtykke { tilstand: trukket, ..before.verdi.as_ref().clone() }))
            }),
        },
        EidCommand::Representasjon { noekkel, rettigheter } => representation(town, noekkel, rettigheter)?,
        EidCommand::Bryter { bryter, paa } => {
            (town.eid.er_paa(*bryter) != *paa).then_some(EidEvent::Bryter { bryter: *bryter, paa: *paa })
        }
        EidCommand::Arbeidsregel { arbeidsgiver, regel } => employer_rule(town, *arbeidsgiver, regel)?,
        EidCommand::FjernArbeidsregel { arbeidsgiver, id } => {
            if !town.eid.arbeidsregler.contains_key(&(*arbeidsgiver, id.clone())) {
                return Err(Refusal::new("unknown_employer_rule", format!("{arbeidsgiver} has no rule `{id}`")));
            }
            Some(EidEvent::ArbeidsregelFjernet { arbeidsgiver: *arbeidsgiver, id: id.clone() })
        }
        EidCommand::Forsinkelse(sekunder) => {
            if *sekunder > MAX_FORSINKELSE {
                return refuse("bad_delay", format!("a change takes {MAX_FORSINKELSE} seconds at most"));
            }
            (town.eid.forsinkelse != *sekunder).then_some(EidEvent::Forsinkelse(*sekunder))
        }
    };
    Ok(event.map(Event::Eid).into_iter().collect())
}

fn refuse<T>(code: &'static str, reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code, reason))
}

fn known_scope(town: &Town, navn: &str) -> Result<Scope, Refusal> {
    let unknown = || Refusal::new("unknown_scope", format!("there is no scope `{navn}`"));
    town.scope(navn).map(|scope| (*scope).clone()).ok_or_else(unknown)
}

/// A name the registry gives out: prefix, colon, the rest (`specs/eid.md` §5.7).
fn is_scope_name(navn: &str) -> bool {
    let Some((prefiks, rest)) = navn.split_once(':') else { return false };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    // RFC 6749 §3.3 for the rest: printable, without space, quotation mark and backslash.
    navn.len() <= MAX_NAVN
        && prefiks.bytes().next().is_some_and(plain)
        && prefiks.bytes().all(|byte| plain(byte) || b"-_".contains(&byte))
        && !rest.is_empty()
        && rest.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
}

fn scope_changed(town: &Town, scope: &Scope) -> Result<Option<EidEvent>, Refusal> {
    let before = town.scope(&scope.navn);
    // Some scopes that come with the town are older than the rule of the colon.
    if before.is_none() && !is_scope_name(&scope.navn) {
        return refuse("bad_scope", "a scope is called `prefix:subscope`, without spaces");
    }
    let texts = [&scope.beskrivelse, &scope.lang_beskrivelse];
    if texts.iter().any(|text| text.len() > MAX_TEKST) {
        return refuse("bad_text", format!("descriptions have at most {MAX_TEKST} bytes"));
    }
    if scope.beskrivelse.is_empty() {
        return refuse("bad_text", "a scope has a description");
    }
    if scope.delegeringskilde.as_ref().is_some_and(|kilde| !kilde.starts_with("https://")) {
        return refuse(
            "bad_delegation_source",
            "a delegation source is the address of an Altinn, such as https://tt02.altinn.no/",
        );
    }
    let owner = before.clone().or_else(|| town.scope_med_prefiks(scope.prefiks()));
    if owner.is_some_and(|other| other.eier != scope.eier) {
        let reason = format!("the prefix `{}` belongs to another organisation", scope.prefiks());
        return refuse("prefix_taken", reason);
    }
    let is_so = before.is_some_and(|before| *before == *scope);
    Ok((!is_so).then(|| EidEvent::Scope(Box::new(scope.clone()))))
}

fn delegated(town: &Town, delegering: &Delegering) -> Result<Option<EidEvent>, Refusal> {
    let scope = known_scope(town, &delegering.scope)?;
    if scope.delegeringskilde.is_none() {
        return refuse("not_delegable", format!("access to `{}` cannot be delegated", scope.navn));
    }
    if delegering.konsument == delegering.leverandoer {
        return refuse("own_delegation", "an organisation does not delegate to itself");
    }
    let is_so = town.eid.har_delegert(delegering.konsument, delegering.leverandoer, &delegering.scope);
    Ok((!is_so).then(|| EidEvent::Delegert { delegering: delegering.clone(), gjelder: true }))
}

fn is_name(text: &str) -> bool {
    (1..=MAX_NAVN).contains(&text.len()) && !text.chars().any(char::is_control)
}

fn system_user(town: &Town, ny: &NySystembruker) -> Result<Option<EidEvent>, Refusal> {
    let ekstern_ref = ny.ekstern_ref.clone().unwrap_or_else(|| ny.kunde.to_string());
    let noekkel = Systembrukernoekkel { client_id: ny.client_id.clone(), kunde: ny.kunde, ekstern_ref };
    let before = town.eid.systembrukere.get(&noekkel).map(|oppfoering| &oppfoering.verdi);
    let own = || {
        let parts: [&[u8]; 3] =
            [noekkel.client_id.as_bytes(), &noekkel.kunde.value().to_be_bytes(), noekkel.ekstern_ref.as_bytes()];
        before.map_or_else(|| uuid("eid/systembruker", &parts), |before| before.systemuser_id.clone())
    };
    let systemuser_id = ny.systemuser_id.clone().unwrap_or_else(own);
    let texts = [&noekkel.client_id, &noekkel.ekstern_ref, &ny.system_id, &systemuser_id];
    if !texts.into_iter().all(|text| is_name(text)) {
        return refuse("bad_text", format!("ids and references have 1 to {MAX_NAVN} bytes and no control characters"));
    }
    let bruker = Systembruker { noekkel: noekkel.clone(), system_id: ny.system_id.clone(), systemuser_id, aktiv: true };
    let is_so = before.is_some_and(|before| **before == bruker);
    Ok((!is_so).then(|| EidEvent::Systembruker(Box::new(bruker))))
}

/// A UUID of version 8 that follows from `parts` alone.
fn uuid(purpose: &str, parts: &[&[u8]]) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&keyed_hash(purpose, parts).0[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::base::hex(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn consent(town: &Town, nytt: &NyttSamtykke, cause: &Cause) -> Result<Option<EidEvent>, Refusal> {
    let id = nytt.id.clone().unwrap_or_else(|| uuid("eid/samtykke", &[&cause.origin.0.to_be_bytes()]));
    if !is_uuid(&id) {
        return refuse("bad_consent_id", "the id of a consent is a UUID in lower case");
    }
    if let Samtykkegiver::Person(giver) = nytt.fra
        && town.person_by_key(giver).is_none()
    {
        return refuse("unknown_person", "nobody of the town consents here");
    }
    if nytt.rettigheter.is_empty() || nytt.rettigheter.len() > MAX_RETTIGHETER {
        return refuse("bad_rights", format!("a consent is to 1 to {MAX_RETTIGHETER} things"));
    }
    let whole = |rett: &Samtykkerett| {
        let more = |metadata: &BTreeMap<String, String>| {
            metadata.len() <= MAX_RETTIGHETER
                && metadata.iter().all(|(name, value)| is_name(name) && value.len() <= MAX_TEKST)
        };
        is_name(&rett.ressurs)
            && (1..=MAX_RETTIGHETER).contains(&rett.handlinger.len())
            && rett.handlinger.iter().all(|one| is_name(one))
            && more(&rett.metadata)
    };
    if !nytt.rettigheter.iter().all(whole) {
        return refuse("bad_rights", "each thing consented to has a resource and at least one action");
    }
    let before = town.eid.samtykker.get(&id).map(|oppfoering| &oppfoering.verdi);
    let samtykket = nytt.samtykket.or(before.map(|before| before.samtykket)).unwrap_or(town.now());
    let gyldig_til = nytt.gyldig_til.unwrap_or(samtykket.plus_millis(SAMTYKKE_MS));
    if gyldig_til <= samtykket {
        return refuse("bad_span", "a consent ends after it began");
    }
    let samtykke = Samtykke {
        id,
        fra: nytt.fra,
        til: nytt.til,
        rettigheter: nytt.rettigheter.clone(),
        samtykket,
        gyldig_til,
        tilstand: Samtykketilstand::Gitt,
    };
    let is_so = before.is_some_and(|before| **before == samtykke);
    Ok((!is_so).then(|| EidEvent::Samtykke(Box::new(samtykke))))
}

fn representation(
    town: &Town,
    noekkel: &Representasjonsnoekkel,
    rettigheter: &[String],
) -> Result<Option<EidEvent>, Refusal> {
    if town.person_by_key(noekkel.person).is_none() {
        return refuse("unknown_person", "there is nobody who could act");
    }
    if !is_name(&noekkel.ressurs) {
        return refuse("bad_text", format!("a resource has 1 to {MAX_NAVN} bytes and no control characters"));
    }
    if rettigheter.len() > MAX_RETTIGHETER || !rettigheter.iter().all(|one| is_name(one)) {
        return refuse("bad_rights", format!("rights are at most {MAX_RETTIGHETER} words"));
    }
    let is_so = town.eid.rettigheter(noekkel.person, noekkel.orgnr, &noekkel.ressurs) == rettigheter;
    let event = || EidEvent::Representasjon { noekkel: noekkel.clone(), rettigheter: rettigheter.to_vec() };
    Ok((!is_so).then(event))
}

fn employer_rule(town: &Town, arbeidsgiver: Orgnummer, regel: &Arbeidsregel) -> Result<Option<EidEvent>, Refusal> {
    if town.enhet_med(arbeidsgiver).is_none() {
        return refuse("unknown_unit", format!("no organisation of the town has the number {arbeidsgiver}"));
    }
    let slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=80).contains(&regel.id.len()) || !regel.id.bytes().all(slug) {
        return refuse("bad_rule_name", "a rule's name is 1 to 80 letters a-z, digits and hyphens");
    }
    let (Kontoutvalg::Domene(konto) | Kontoutvalg::Gruppe(konto) | Kontoutvalg::Adresse(konto)) = &regel.konto;
    let klienter: &[String] = match &regel.klienter {
        Klientutvalg::Alle => &[],
        Klientutvalg::Bare(list) | Klientutvalg::Unntatt(list) => list,
    };
    if !is_name(konto) || !klienter.iter().all(|one| is_name(one)) {
        return refuse("bad_text", format!("names and ids have 1 to {MAX_NAVN} bytes and no control characters"));
    }
    if regel.rettigheter.len().max(klienter.len()) > MAX_RETTIGHETER
        || !regel.rettigheter.iter().all(|one| is_name(one))
    {
        return refuse("bad_rights", format!("a rule has at most {MAX_RETTIGHETER} clients and rights"));
    }
    let is_so = town.eid.arbeidsregler.get(&(arbeidsgiver, regel.id.clone())).is_some_and(|before| **before == *regel);
    Ok((!is_so).then(|| EidEvent::Arbeidsregel { arbeidsgiver, regel: Box::new(regel.clone()) }))
}
