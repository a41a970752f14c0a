//! Decisions on extracts of the population register (`specs/folkeregister.md` §14).

use std::sync::Arc;

use super::Refusal;
use crate::base::{Digest, Orgnummer, keyed_hash};
use crate::town::apply::UttrekkEvent;
use crate::town::event::Event;
use crate::town::state::{JobbId, MEST_UTTREKK, Town, Uttrekk, Uttrekksslag};

/// An extract as it is ordered, with its result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NyttUttrekk {
    /// For whom.
    pub eier: Orgnummer,
    /// Under which package of rights.
    pub pakke: Arc<str>,
    /// What it holds.
    pub slag: Uttrekksslag,
    /// What was asked for, as a digest.
    pub bestilling: Digest,
    /// The blob with the result.
    pub resultat: Digest,
    /// How many identifiers it holds.
    pub antall: u32,
}

/// What a consumer does with extracts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UttrekkCommand {
    /// Order one.
    Bestill(Box<NyttUttrekk>),
    /// Its end has been told.
    Avslutt {
        /// Of which.
        jobb: JobbId,
    },
}

/// Decides a command on extracts.
pub(super) fn decide(town: &Town, command: &UttrekkCommand) -> Result<Vec<Event>, Refusal> {
    let now = town.now();
    match command {
        UttrekkCommand::Bestill(nytt) => {
            if town.uttrekk.loepende(nytt.eier, now) >= MEST_UTTREKK {
                let most = format!("at most {MEST_UTTREKK} extracts of one organisation run at once");
                return Err(Refusal::new("extract_limit", most));
            }
            let uttrekk = Uttrekk {
                eier: nytt.eier,
                pakke: nytt.pakke.clone(),
                slag: nytt.slag,
                resultat: nytt.resultat,
                antall: nytt.antall,
                bestilt: now,
            };
            let jobb = id(town, nytt);
            Ok(vec![Event::Uttrekk(UttrekkEvent::Bestilt { jobb, uttrekk: Arc::new(uttrekk) })])
        }
        UttrekkCommand::Avslutt { jobb } => {
            let runs = town.uttrekk.finn(*jobb, now).is_some() && !town.uttrekk.er_avsluttet(*jobb);
            Ok(runs.then_some(Event::Uttrekk(UttrekkEvent::Avsluttet { jobb: *jobb })).into_iter().collect())
        }
    }
}

/// The id of an extract follows from what was ordered, by whom and when, and from how often at that instant.
fn id(town: &Town, nytt: &NyttUttrekk) -> JobbId {
    let (seed, now) = (town.base.header.seed.0.to_be_bytes(), town.now());
    let of = |again: u32| {
        let parts: [&[u8]; 6] = [
            &seed,
            &nytt.eier.value().to_be_bytes(),
            nytt.pakke.as_bytes(),
            &nytt.bestilling.0,
            &now.millis().to_be_bytes(),
            &again.to_be_bytes(),
        ];
        JobbId::of_digest(&keyed_hash("uttrekk/jobb", &parts))
    };
    let free = |jobb: &JobbId| town.uttrekk.finn(*jobb, now).is_none();
    (0..).map(of).find(free).expect("far fewer extracts than numbers")
}
