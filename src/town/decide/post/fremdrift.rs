//! What becomes of a message that was sent: the transport, the receiver's operator, the printer, the postman and the
//! citizen, step by step on the virtual clock (`specs/eformidling.md` §11.3–11.5).
//!
//! ```text
//! digital      Overgi ─SENDT→ Mottatt ─MOTTATT→ Levert ─LEVERT, letter→ Aapnes → Aapningskvittering ─LEST
//!                                                  └ no mailbox any more: FEIL
//! print        Overgi ─SENDT→ Levert ─LEVERT, letter→ Ankomst
//!                                                └ moved away: Retur ─FEIL
//! digital_dpv  Overgi ─SENDT→ Levert ─LEVERT, letter→ Aapnes ─LEST
//! ```
//!
//! Delays are drawn around the medians of the contract, from streams keyed by seed, message and step: never by the order
//! of calls.

use std::sync::Arc;

use jiff::ToSpan;

use super::{levetid_uten_betydning, planlagt};
use crate::base::{Domain, Purpose, Stream, StreamKey};
use crate::clock::{Instant, next_virkedag};
use crate::town::apply::PostEvent;
use crate::town::decide::Cause;
use crate::town::event::Event;
use crate::town::model::Postkasse;
use crate::town::state::{
    Dokumenttype, Forsendelse, Innhold, Kanal, Meldingsnoekkel, Person, PostDue, Poststeg, Status, Town,
};

const SEKUND: i64 = 1_000;
const MINUTT: i64 = 60 * SEKUND;
const TIME: i64 = 60 * MINUTT;
const DAG: i64 = 24 * TIME;

/// When citizens open digital post: share of all, in parts per million, that has opened it after so long. Nobody
/// publishes this; shape of [M]: a quarter within the hour, half by the evening, three in a hundred never.
const LESER_POSTKASSE: [(u64, i64); 6] =
    [(0, 2 * MINUTT), (250_000, TIME), (500_000, 8 * TIME), (750_000, DAG), (900_000, 3 * DAG), (970_000, 8 * DAG)];
/// The same for the inbox in Altinn: 60 % at all (`specs/eformidling.md` §11.3).
const LESER_ALTINN: [(u64, i64); 4] = [(0, 5 * MINUTT), (300_000, 6 * TIME), (500_000, 30 * TIME), (600_000, 5 * DAG)];

/// Texts of the receipts (`specs/eformidling.md` §11.4–11.5).
const HJOERNE_3: &str = "Hjørne 3 har mottatt meldingen";
const TILGJENGELIG: &str =
    "Kvittering på at digital post er tilgjengeliggjort eller at fysisk post er klargjort for utskrift";
const AAPNET: &str = "Kvittering fra Innbygger for at digital post er åpnet";
const GENERELL_FEIL: &str = "Generell melding om at det har skjedd en feil";
const TIL_PRINT: &str = "Kvittering fra utskrift og forsendelsestjenesten om at melding er mottatt og lagt til print";
const RETUR: &str = "Kvittering fra utskrift og forsendelsestjenesten om at posten ikke har blitt levert til Mottaker.";

/// Decides an item about messages whose time has come. The town is read again: what was true when the item was planned
/// need not be any more.
pub(in crate::town::decide) fn decide_due(town: &Town, due: &PostDue, _cause: &Cause) -> Vec<Event> {
    let noekkel = due.melding;
    if due.steg == Poststeg::Levetid {
        let unfinished = town.post.samtale(noekkel).is_some_and(|samtale| !samtale.ferdig);
        return if unfinished { status(town, noekkel, Status::LevetidUtlopt, None, None) } else { Vec::new() };
    }
    // Deleted by the sender before it was handed over: there is nothing to do.
    let Some(forsendelse) = town.post.forsendelser.get(&noekkel) else { return Vec::new() };
    match due.steg {
        Poststeg::Overgi => overgi(town, forsendelse),
        Poststeg::Mottatt => {
            let mut events = status(town, noekkel, Status::Mottatt, Some(HJOERNE_3), None);
            events.push(planlagt(noekkel, Poststeg::Levert, levering(town, forsendelse)));
            events
        }
        Poststeg::Levert => levert(town, forsendelse),
        Poststeg::Ankomst => ankomst(town, forsendelse),
        Poststeg::Retur => {
            let receipt = kvittering(town, "returpostkvittering");
            let mut events = status(town, noekkel, Status::Feil, Some(RETUR), Some(receipt));
            events.extend(slutt(noekkel));
            events
        }
        Poststeg::Aapnes => aapnes(town, noekkel),
        Poststeg::Aapningskvittering => {
            let receipt = kvittering(town, "aapningskvittering");
            let mut events = status(town, noekkel, Status::Lest, Some(AAPNET), Some(receipt));
            events.extend(slutt(noekkel));
            events
        }
        Poststeg::Levetid => Vec::new(),
    }
}

/// The events that record a status: none when it is recorded already, or when the operator is no longer asked because the
/// message failed or expired. Paper that comes back fails after it was delivered.
pub(super) fn status(
    town: &Town,
    noekkel: Meldingsnoekkel,
    status: Status,
    beskrivelse: Option<&str>,
    kvittering: Option<Arc<str>>,
) -> Vec<Event> {
    let Some(samtale) = town.post.samtale(noekkel) else { return Vec::new() };
    if samtale.has(status) || samtale.has(Status::Feil) || samtale.has(Status::LevetidUtlopt) {
        return Vec::new();
    }
    let mut events = vec![Event::Post(PostEvent::StatusRegistrert {
        melding: noekkel,
        status,
        tid: town.now(),
        beskrivelse: beskrivelse.map(Into::into),
        kvittering,
    })];
    if status.is_ferdig() {
        events.extend(levetid_uten_betydning(town, samtale));
    }
    events
}

/// Milliseconds until the integration point hands the message over.
pub(super) fn til_overgivelse(town: &Town, forsendelse: &Forsendelse) -> i64 {
    let median = match forsendelse.melding.dokumenttype() {
        Dokumenttype::Digital | Dokumenttype::Print => SEKUND,
        Dokumenttype::DigitalDpv => 8 * SEKUND,
    };
    rundt(town, forsendelse.melding.noekkel, "overgi", median)
}

fn stream(town: &Town, noekkel: Meldingsnoekkel, purpose: &'static str) -> Stream {
    let header = &town.base.header;
    StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose(purpose)).of_origin(noekkel.origin())
}

/// A delay with this median: anything from half of it to one and a half.
fn rundt(town: &Town, noekkel: Meldingsnoekkel, purpose: &'static str, median: i64) -> i64 {
    let spread = stream(town, noekkel, purpose).uniform(median.unsigned_abs() + 1);
    median / 2 + i64::try_from(spread).unwrap_or(0)
}

/// How long the citizen leaves it unopened; `None` for those who never open it.
fn lesetid(town: &Town, noekkel: Meldingsnoekkel, table: &[(u64, i64)]) -> Option<i64> {
    let drawn = stream(town, noekkel, "lesetid").uniform(1_000_000);
    let place = table.windows(2).find(|pair| drawn < pair[1].0)?;
    let ((from, low), (to, high)) = (place[0], place[1]);
    let share = i64::try_from(drawn - from).ok()?;
    let width = i64::try_from(to - from).ok()?;
    Some(low + (high - low) / 1_000 * share / width * 1_000)
}

fn overgi(town: &Town, forsendelse: &Forsendelse) -> Vec<Event> {
    let noekkel = forsendelse.melding.noekkel;
    let mut events = status(town, noekkel, Status::Sendt, None, None);
    events.push(Event::Post(PostEvent::MeldingOvergitt { melding: noekkel }));
    let (steg, delay) = match forsendelse.melding.dokumenttype() {
        Dokumenttype::Digital => (Poststeg::Mottatt, rundt(town, noekkel, "mottatt", 20 * SEKUND)),
        Dokumenttype::Print => (Poststeg::Levert, rundt(town, noekkel, "levert", TIME)),
        Dokumenttype::DigitalDpv => (Poststeg::Levert, rundt(town, noekkel, "levert", 43 * SEKUND)),
    };
    events.push(planlagt(noekkel, steg, town.now().plus_millis(delay)));
    events
}

/// When digital post is there to be read: soon, but not before the day it takes effect.
fn levering(town: &Town, forsendelse: &Forsendelse) -> Instant {
    let soon = town.now().plus_millis(rundt(town, forsendelse.melding.noekkel, "levert", 30 * SEKUND));
    match &forsendelse.melding.innhold {
        Innhold::Digital { virkningsdato: Some(dag), .. } => soon.max(Instant::midnight(dag.dato())),
        _ => soon,
    }
}

fn levert(town: &Town, forsendelse: &Forsendelse) -> Vec<Event> {
    let (melding, noekkel) = (&forsendelse.melding, forsendelse.melding.noekkel);
    let citizen = town.person_by_key(melding.til);
    match melding.dokumenttype() {
        Dokumenttype::Digital if !citizen.as_ref().is_some_and(har_postkasse) => {
            let receipt = kvittering(town, "feil");
            let mut events = status(town, noekkel, Status::Feil, Some(GENERELL_FEIL), Some(receipt));
            events.extend(slutt(noekkel));
            events
        }
        Dokumenttype::Digital => {
            let receipt = kvittering(town, "leveringskvittering");
            let mut events = status(town, noekkel, Status::Levert, Some(TILGJENGELIG), Some(receipt));
            events.extend(hos_mottaker(town, forsendelse, Kanal::Digitalpost, &LESER_POSTKASSE));
            events
        }
        Dokumenttype::Print => {
            let receipt = kvittering(town, "mottakskvittering");
            let mut events = status(town, noekkel, Status::Levert, Some(TIL_PRINT), Some(receipt));
            let (til, tid) = (melding.til, town.now());
            events.push(Event::Post(PostEvent::BrevUnderveis { melding: noekkel, til, tid }));
            events.push(planlagt(noekkel, Poststeg::Ankomst, postgang(town, forsendelse)));
            events
        }
        Dokumenttype::DigitalDpv => {
            let mut events = status(town, noekkel, Status::Levert, None, None);
            events.extend(hos_mottaker(town, forsendelse, Kanal::Altinn, &LESER_ALTINN));
            events
        }
    }
}

/// Whether digital post can be delivered: alive, and with a mailbox.
fn har_postkasse(person: &Person<'_>) -> bool {
    !person.is_doed() && person.kontakt().postkasse != Postkasse::Ingen
}

/// The letter is with the citizen, who opens it some time or never.
fn hos_mottaker(town: &Town, forsendelse: &Forsendelse, kanal: Kanal, lesing: &[(u64, i64)]) -> Vec<Event> {
    let (melding, noekkel) = (&forsendelse.melding, forsendelse.melding.noekkel);
    let mut events =
        vec![Event::Post(PostEvent::BrevMottatt { melding: noekkel, til: melding.til, kanal, tid: town.now() })];
    let alive = town.person_by_key(melding.til).is_some_and(|person| !person.is_doed());
    match lesetid(town, noekkel, lesing).filter(|_| alive) {
        Some(delay) => events.push(planlagt(noekkel, Poststeg::Aapnes, town.now().plus_millis(delay))),
        // Somebody who asked keeps on asking: the citizen may yet be made to open it.
        None if alive && vil_vite(&melding.innhold) => {}
        None => events.extend(slutt(noekkel)),
    }
    events
}

/// Whether the sender is told when the letter is opened.
fn vil_vite(innhold: &Innhold) -> bool {
    matches!(innhold, Innhold::Digital { aapningskvittering: true, .. } | Innhold::DigitalDpv { .. })
}

/// The citizen opens the letter; the sender learns of it if the channel and the sender's wish allow.
pub(super) fn aapnes(town: &Town, noekkel: Meldingsnoekkel) -> Vec<Event> {
    let brev = town.post.brev_av.get(&noekkel).and_then(|id| town.post.brev_etter_id.get(id));
    let (Some(brev), citizen) = (brev, brev.and_then(|brev| town.person_by_key(brev.til))) else { return Vec::new() };
    if brev.lest.is_some() || citizen.is_some_and(|person| person.is_doed()) {
        return Vec::new();
    }
    let mut events = vec![Event::Post(PostEvent::BrevAapnet { melding: noekkel, tid: town.now() })];
    let innhold = town.post.forsendelser.get(&noekkel).map(|forsendelse| &forsendelse.melding.innhold);
    match innhold {
        Some(Innhold::Digital { aapningskvittering: true, .. }) => {
            let at = town.now().plus_millis(rundt(town, noekkel, "aapningskvittering", 20 * MINUTT));
            events.push(planlagt(noekkel, Poststeg::Aapningskvittering, at));
        }
        Some(Innhold::DigitalDpv { .. }) => {
            events.extend(status(town, noekkel, Status::Lest, None, None));
            events.extend(slutt(noekkel));
        }
        Some(_) => events.extend(slutt(noekkel)),
        None => {}
    }
    events
}

/// When the postman comes: two to four working days after the printer took it, one or two for faster postage, between
/// ten and three o'clock. Shape of [M]: letters are carried every second working day.
fn postgang(town: &Town, forsendelse: &Forsendelse) -> Instant {
    let mut stream = stream(town, forsendelse.melding.noekkel, "postgang");
    let days = match forsendelse.melding.innhold {
        Innhold::Print { a_prioritert: true, .. } => 1 + stream.uniform(2),
        _ => 2 + stream.uniform(3),
    };
    let mut day = town.now().dato();
    for _ in 0..days {
        day = next_virkedag(day.checked_add(1.day()).unwrap_or(day));
    }
    let minutes = i64::try_from(stream.uniform(300)).unwrap_or(0);
    Instant::from_local(day.at(10, 0, 0, 0)).plus_millis(minutes * MINUTT)
}

fn ankomst(town: &Town, forsendelse: &Forsendelse) -> Vec<Event> {
    let (melding, noekkel) = (&forsendelse.melding, forsendelse.melding.noekkel);
    let Innhold::Print { mottaker, .. } = &melding.innhold else { return Vec::new() };
    let arrives =
        town.person_by_key(melding.til).is_some_and(|person| person.is_doed() || person.mottar_papir_paa(mottaker));
    if arrives {
        let mut events = vec![Event::Post(PostEvent::BrevMottatt {
            melding: noekkel,
            til: melding.til,
            kanal: Kanal::Print,
            tid: town.now(),
        })];
        events.extend(slutt(noekkel));
        return events;
    }
    let back = rundt(town, noekkel, "retur", 4 * DAG);
    vec![planlagt(noekkel, Poststeg::Retur, town.now().plus_millis(back))]
}

/// Nothing more happens to this message.
fn slutt(noekkel: Meldingsnoekkel) -> [Event; 2] {
    [
        Event::Post(PostEvent::SpoerresIkkeMer { melding: noekkel }),
        Event::Post(PostEvent::MeldingFjernet { melding: noekkel }),
    ]
}

/// A receipt as the operator sends it: the kind and its time. Signatures and fingerprints are left out.
fn kvittering(town: &Town, slag: &str) -> Arc<str> {
    format!("{{\"{slag}\":{{\"tidspunkt\":\"{}\"}}}}", town.now()).into()
}
