//! Decisions on business messages: creating, adding files, sending, deleting; what the receiver's side does is in
//! `fremdrift`.

mod fremdrift;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(super) use fremdrift::decide_due;

use super::{Cause, Refusal};
use crate::base::{Orgnummer, keyed_hash};
use crate::clock::Instant;
use crate::town::apply::PostEvent;
use crate::town::event::{Event, TidEvent};
use crate::town::model::PersonKey;
use crate::town::state::{
    Due, DueClass, DueKey, Fase, Fil, Forsendelse, Innhold, Kanal, Melding, MeldingsId, Meldingsnoekkel, PostDue,
    Poststeg, Prosess, Samtale, Status, Town,
};

/// How long a message is worth sending when the sender does not say: 24 hours (`difi.move.nextmove.default-ttl-hours`).
const LEVETID_MS: i64 = 24 * 3_600_000;
/// Expired messages are looked for this often (`difi.move.nextmove.ttlPollingrate`).
const LEVETID_LETES_MS: i64 = 30_000;

/// A message as the sender wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NyMelding {
    /// In whose out-store.
    pub eier: Orgnummer,
    /// The sender's own id; the server makes one otherwise.
    pub id: Option<MeldingsId>,
    /// The sender's conversation; the server makes one otherwise.
    pub samtale: Option<MeldingsId>,
    /// Sender on the wire.
    pub avsender: Arc<str>,
    /// The organisation the citizen sees.
    pub fra: Orgnummer,
    /// Receiver on the wire.
    pub mottaker: Arc<str>,
    /// The citizen.
    pub til: PersonKey,
    /// Process.
    pub prosess: Prosess,
    /// The document as given.
    pub sbd: Arc<str>,
    /// The business message.
    pub innhold: Innhold,
    /// Name of the main document.
    pub hoveddokument: Option<Arc<str>>,
    /// Language as given.
    pub spraak: Option<Arc<str>>,
    /// When it is no longer worth sending; a day from now otherwise.
    pub utloeper: Option<Instant>,
    /// Files that come with it, when created and filled in one go.
    pub filer: Vec<Fil>,
}

/// What senders and citizens do with business messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PostCommand {
    /// Create a message.
    OpprettMelding(Box<NyMelding>),
    /// Add a file.
    LastOppFil {
        /// To which message.
        melding: Meldingsnoekkel,
        /// The file.
        fil: Box<Fil>,
    },
    /// Ask for it to be sent.
    SendMelding {
        /// Which message.
        melding: Meldingsnoekkel,
    },
    /// Take it out of the out-store. Nothing happens when it is not there.
    SlettMelding {
        /// Which message.
        melding: Meldingsnoekkel,
    },
    /// Delete the conversation.
    SlettSamtale {
        /// Of which message.
        melding: Meldingsnoekkel,
    },
    /// The citizen opens a letter now.
    AapneBrev {
        /// Number of the letter.
        brev: u64,
    },
}

/// Decides a command on messages.
pub(super) fn decide(town: &Town, command: &PostCommand, _cause: &Cause) -> Result<Vec<Event>, Refusal> {
    match command {
        PostCommand::OpprettMelding(ny) => opprett(town, ny),
        PostCommand::LastOppFil { melding, fil } => {
            let forsendelse = utkast(town, *melding)?;
            er_plass(forsendelse, fil)?;
            Ok(vec![Event::Post(PostEvent::FilLastetOpp { melding: *melding, fil: fil.clone() })])
        }
        PostCommand::SendMelding { melding } => send(town, *melding),
        PostCommand::SlettMelding { melding } => {
            let there = town.post.i_utboksen(*melding).is_some();
            Ok(there.then_some(Event::Post(PostEvent::MeldingFjernet { melding: *melding })).into_iter().collect())
        }
        PostCommand::SlettSamtale { melding } => {
            let samtale = town.post.samtale(*melding);
            let samtale = samtale.ok_or_else(|| Refusal::new("unknown_conversation", "no such conversation"))?;
            let mut events = levetid_uten_betydning(town, samtale);
            events.push(Event::Post(PostEvent::SamtaleSlettet { melding: *melding }));
            Ok(events)
        }
        PostCommand::AapneBrev { brev } => {
            let brev =
                town.post.brev_etter_id.get(brev).ok_or_else(|| Refusal::new("unknown_letter", "no such letter"))?;
            if brev.kanal == Kanal::Print {
                return Err(Refusal::new("paper_letter", "nobody learns when a paper letter is opened"));
            }
            let eier = town.post.brev_av.iter().find(|(_, id)| **id == brev.id).map(|(noekkel, _)| *noekkel);
            Ok(eier.map_or_else(Vec::new, |noekkel| fremdrift::aapnes(town, noekkel)))
        }
    }
}

fn utkast(town: &Town, noekkel: Meldingsnoekkel) -> Result<&Arc<Forsendelse>, Refusal> {
    // A file added after the sender asked for sending could miss the letter, so the out-store is closed from then on.
    town.post.i_utboksen(noekkel).filter(|forsendelse| forsendelse.fase == Fase::Utkast).ok_or_else(unknown)
}

fn unknown() -> Refusal {
    Refusal::new("unknown_message", "no such message in the out-store")
}

fn er_plass(forsendelse: &Forsendelse, fil: &Fil) -> Result<(), Refusal> {
    if forsendelse.filer.iter().any(|other| other.navn == fil.navn) {
        return Err(Refusal::new("duplicate_filename", format!("`{}` is there already", fil.navn)));
    }
    let sum = forsendelse.filer.iter().map(|fil| fil.size).sum::<u64>() + fil.size;
    if sum > forsendelse.melding.tjeneste().stoerste_sum() {
        return Err(Refusal::new("files_too_large", format!("{sum} bytes are more than the service takes")));
    }
    Ok(())
}

fn opprett(town: &Town, ny: &NyMelding) -> Result<Vec<Event>, Refusal> {
    if town.person_by_key(ny.til).is_none() {
        return Err(Refusal::new("unknown_person", "there is no such person"));
    }
    let made = town.post.serverlagde.get(&(ny.eier, ny.mottaker.clone())).copied().unwrap_or(0);
    let mut made = made..;
    let mut server_id = |what: &str| loop {
        let ordinal = made.next().unwrap_or_default();
        let id = server_id(town, ny, what, ordinal);
        if !town.post.is_brukt(Meldingsnoekkel { eier: ny.eier, id }) {
            break id;
        }
    };
    let id = ny.id.unwrap_or_else(|| server_id("melding"));
    let noekkel = Meldingsnoekkel { eier: ny.eier, id };
    if town.post.is_brukt(noekkel) {
        return Err(Refusal::new("message_exists", format!("message {id} exists already")));
    }
    let samtale = ny.samtale.unwrap_or_else(|| server_id("samtale"));
    let now = town.now();
    let melding = Melding {
        noekkel,
        samtale,
        serverlagde_id: u8::from(ny.id.is_none()) + u8::from(ny.samtale.is_none()),
        avsender: ny.avsender.clone(),
        fra: ny.fra,
        mottaker: ny.mottaker.clone(),
        til: ny.til,
        prosess: ny.prosess,
        sbd: ny.sbd.clone(),
        innhold: ny.innhold.clone(),
        hoveddokument: ny.hoveddokument.clone(),
        spraak: ny.spraak.clone(),
        opprettet: now,
        utloeper: ny.utloeper.unwrap_or(now.plus_millis(LEVETID_MS)),
    };
    let levetid = planlagt(noekkel, Poststeg::Levetid, levetid_letes(melding.utloeper));
    let forsendelse = Arc::new(melding.clone());
    let mut events = vec![Event::Post(PostEvent::MeldingOpprettet(Box::new(melding))), levetid];
    let mut so_far = Forsendelse { nummer: 0, melding: forsendelse, filer: Vec::new(), fase: Fase::Utkast };
    for fil in &ny.filer {
        er_plass(&so_far, fil)?;
        so_far.filer.push(Arc::new(fil.clone()));
        events.push(Event::Post(PostEvent::FilLastetOpp { melding: noekkel, fil: Box::new(fil.clone()) }));
    }
    Ok(events)
}

/// An id of the server's own: by seed, organisation, what it names, receiver and how many came before for that receiver
/// (`specs/core.md` §3). Never from the content, where apps put random values.
fn server_id(town: &Town, ny: &NyMelding, what: &str, ordinal: u32) -> MeldingsId {
    let (seed, eier) = (town.base.header.seed.0.to_be_bytes(), ny.eier.to_string());
    MeldingsId::of_digest(&keyed_hash(
        "post/id",
        &[&seed, eier.as_bytes(), what.as_bytes(), ny.mottaker.as_bytes(), &ordinal.to_be_bytes()],
    ))
}

fn send(town: &Town, noekkel: Meldingsnoekkel) -> Result<Vec<Event>, Refusal> {
    let forsendelse = town.post.i_utboksen(noekkel).ok_or_else(unknown)?;
    if forsendelse.fase == Fase::IKoe {
        // Asked for already; it goes once.
        return Ok(Vec::new());
    }
    if town.now() > forsendelse.melding.utloeper {
        return Ok(fremdrift::status(town, noekkel, Status::LevetidUtlopt, None, None));
    }
    Ok(vec![
        Event::Post(PostEvent::SendingBestilt { melding: noekkel }),
        planlagt(noekkel, Poststeg::Overgi, town.now().plus_millis(fremdrift::til_overgivelse(town, forsendelse))),
    ])
}

/// The instant at which a message that expires at `utloeper` is found expired.
fn levetid_letes(utloeper: Instant) -> Instant {
    let past = utloeper.millis().rem_euclid(LEVETID_LETES_MS);
    utloeper.plus_millis(LEVETID_LETES_MS - past)
}

fn due_key(noekkel: Meldingsnoekkel, steg: Poststeg, at: Instant) -> DueKey {
    DueKey { at, class: DueClass::Scripted, kind: steg.kind(), origin: noekkel.origin(), ordinal: 0 }
}

fn planlagt(noekkel: Meldingsnoekkel, steg: Poststeg, at: Instant) -> Event {
    let due = Due::Post(PostDue { melding: noekkel, steg });
    Event::Tid(TidEvent::Planlagt(due_key(noekkel, steg, at), due))
}

/// Takes the look for expiry out of the queue, when it stands there: a finished message cannot expire.
fn levetid_uten_betydning(town: &Town, samtale: &Samtale) -> Vec<Event> {
    let key = due_key(samtale.melding.noekkel, Poststeg::Levetid, levetid_letes(samtale.melding.utloeper));
    town.tid.queue.contains_key(&key).then_some(Event::Tid(TidEvent::TattOpp(key))).into_iter().collect()
}
