//! Commands and the decision over them: a pure function from town, command and cause to events or a refusal.

mod arbeidsliv;
mod eid;
mod faults;
mod foelger;
mod folk;
mod hverdag;
mod klienter;
mod kontaktregister;
mod levering;
pub mod liv;
mod oppfoelging;
mod post;
mod skjer;
#[cfg(test)]
pub(crate) mod tests_melding;
mod tid;
mod uttrekk;
mod virksomhet;

pub use arbeidsliv::{ArbeidslivCommand, NyStilling};
pub use eid::{EidCommand, MAX_FORSINKELSE, NySystembruker, NyttSamtykke};
pub use faults::{FaultCommand, FaultOrder};
pub use folk::{FolkCommand, NyttNavn, NyttVergemaal, Retting};
pub use klienter::KlientCommand;
pub use kontaktregister::{KontaktCommand, NyeKontaktdata};
pub use levering::{LeveringCommand, NyttAbonnement, Utfall, Utloggingsvarsel};
pub use post::{NyMelding, PostCommand};
pub use tid::{RATES, TidCommand};
pub use uttrekk::{NyttUttrekk, UttrekkCommand};

use self::skjer::{Skjer, Vedtak};
use super::event::Event;
use super::state::Town;
use crate::base::OriginKey;

/// What somebody wants to happen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Command {
    /// To the population register: life events.
    Folk(FolkCommand),
    /// To the contact register.
    Kontakt(KontaktCommand),
    /// To the clock.
    Tid(TidCommand),
    /// Business messages.
    Post(PostCommand),
    /// Registration of apps.
    Klient(KlientCommand),
    /// Fault rules.
    Fault(FaultCommand),
    /// Declared apps, subscriptions, and what became of deliveries.
    Levering(LeveringCommand),
    /// Scopes, accesses, delegations, system users, consents, representation.
    Eid(EidCommand),
    /// Work, enterprises and roles.
    Arbeidsliv(ArbeidslivCommand),
    /// Extracts of the population register.
    Uttrekk(UttrekkCommand),
}

/// Why a command was given: every event has exactly one cause with a stable key (`DESIGN` §2 rule 6).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Cause {
    /// Stable key: the same in every world where the same thing was done by the same line, request or item.
    pub origin: OriginKey,
    /// In words, for people: `scenario faa-barn@foedsel`, `eformidling.melding.send`.
    pub what: String,
    /// The log item that led to this one, if any.
    pub parent: Option<u64>,
}

impl Cause {
    /// A cause named by `what`, distinguished by `parts`.
    #[must_use]
    pub fn of(what: &str, parts: &[&[u8]]) -> Self {
        let mut all: Vec<&[u8]> = vec![what.as_bytes()];
        all.extend_from_slice(parts);
        Self { origin: OriginKey::of("cause", &all), what: what.to_owned(), parent: None }
    }

    /// The same cause, led to by log item `seq`.
    #[must_use]
    pub fn after(mut self, seq: u64) -> Self {
        self.parent = Some(seq);
        self
    }
}

/// The town says no: the law, the state of the town or a register's rule forbids the command.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    /// Stable key of the reason, lower snake case.
    pub code: &'static str,
    /// One sentence for people.
    pub reason: String,
}

impl Refusal {
    /// A refusal for `code` with `reason`.
    #[must_use]
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }
}

/// Decides `command` on `town`. Pure: what chance there is comes from streams keyed by the cause.
///
/// # Errors
/// A [`Refusal`] when the command may not happen.
pub fn decide(town: &Town, command: &Command, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    carry_out(&mut town.clone(), command, cause)
}

/// The same, with the events put into `town`, which stays as it was when the command is refused. The town is then what
/// `apply` makes of the events, one after the other.
///
/// # Errors
/// A [`Refusal`] when the command may not happen.
pub fn carry_out(town: &mut Town, command: &Command, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let vedtak = vedtak(town, command, cause)?;
    Ok(skje(town, vedtak))
}

/// Lets what was decided happen in `town`, with all that follows at once.
fn skje(town: &mut Town, Vedtak { events, etterpaa }: Vedtak) -> Vec<Event> {
    let before = (!town.leveringer.abonnementer.is_empty()).then(|| town.clone());
    let mut skjer = Skjer::i(town);
    skjer.skje(events);
    if let Some(etterpaa) = etterpaa {
        etterpaa.skjer(&mut skjer);
    }
    // Whoever wants to be told of what just happened is told in the same transaction.
    if let Some(before) = before {
        let told = levering::meld(&before, skjer.town, &skjer.events);
        skjer.skje(told);
    }
    skjer.events
}

fn vedtak(town: &Town, command: &Command, cause: &Cause) -> Result<Vedtak, Refusal> {
    let events = match command {
        Command::Folk(command) => {
            let mut events = folk::decide(town, command, cause)?;
            folk::flyttespor(town, command, &mut events);
            let etterpaa = Some(foelger::legg_til(town, &mut events, cause));
            return Ok(Vedtak { events, etterpaa });
        }
        Command::Tid(command) => return tid::decide(town, command, cause),
        Command::Kontakt(command) => kontaktregister::decide(town, command),
        Command::Post(command) => post::decide(town, command, cause),
        Command::Klient(command) => klienter::decide(town, command, cause),
        Command::Fault(command) => faults::decide(town, command),
        Command::Levering(command) => levering::decide(town, command),
        Command::Eid(command) => eid::decide(town, command, cause),
        Command::Arbeidsliv(command) => arbeidsliv::decide(town, command, cause),
        Command::Uttrekk(command) => uttrekk::decide(town, command),
    }?;
    Ok(events.into())
}
