//! Extracts of the population register, ordered and fetched to the end.

use std::sync::Arc;

use crate::base::{Digest, OriginKey};
use crate::town::state::{JobbId, Town, Uttrekk};

/// What happens to an extract.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum UttrekkEvent {
    /// It was ordered, and its result found.
    Bestilt {
        /// Its id.
        jobb: JobbId,
        /// What it is.
        uttrekk: Arc<Uttrekk>,
    },
    /// Its end was told.
    Avsluttet {
        /// Its id.
        jobb: JobbId,
    },
}

impl UttrekkEvent {
    /// The entities it touches.
    pub(in crate::town) fn entities(&self) -> Vec<OriginKey> {
        let (Self::Bestilt { jobb, .. } | Self::Avsluttet { jobb }) = self;
        vec![OriginKey::of("entity/uttrekk", &[&jobb.0.to_be_bytes()])]
    }

    /// The blob with the result.
    pub(in crate::town) fn blobs(&self) -> Vec<Digest> {
        match self {
            Self::Bestilt { uttrekk, .. } => vec![uttrekk.resultat],
            Self::Avsluttet { .. } => Vec::new(),
        }
    }

    /// Bytes of the result.
    pub(in crate::town) fn bytes(&self) -> u64 {
        match self {
            Self::Bestilt { uttrekk, .. } => u64::from(uttrekk.antall) * uttrekk.slag.bytes() as u64,
            Self::Avsluttet { .. } => 0,
        }
    }

    /// Its kind, for people.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bestilt { .. } => "uttrekk_bestilt",
            Self::Avsluttet { .. } => "uttrekk_avsluttet",
        }
    }
}

pub(super) fn apply(town: &mut Town, event: &UttrekkEvent) {
    let jobber = &mut Arc::make_mut(&mut town.uttrekk).jobber;
    match event {
        UttrekkEvent::Bestilt { jobb, uttrekk } => {
            // Who is out of date is answered as unknown; nothing need be kept of them.
            let over = jobber.iter().filter(|(_, (older, _))| older.er_utloept(uttrekk.bestilt));
            for older in over.map(|(jobb, _)| *jobb).collect::<Vec<_>>() {
                jobber.remove(&older);
            }
            jobber.insert(*jobb, (uttrekk.clone(), false));
        }
        UttrekkEvent::Avsluttet { jobb } => {
            if let Some((_, ended)) = jobber.get_mut(jobb) {
                *ended = true;
            }
        }
    }
}
