//! What a subscription wants to hear of.

use std::sync::Arc;

use super::Emne;

/// Which way a message goes. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Retning {
    /// From the organisation.
    Utgaaende,
    /// To the organisation.
    Inngaaende,
}

impl Retning {
    /// The word of the API.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Utgaaende => "OUTGOING",
            Self::Inngaaende => "INCOMING",
        }
    }
}

/// Conditions on statuses of messages (`specs/eformidling.md` §12). An empty list lets everything through; words are in
/// capitals.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Meldingsfilter {
    /// The filter as it was written.
    pub tekst: Option<Arc<str>>,
    /// Statuses.
    pub statuser: Vec<Arc<str>>,
    /// Services.
    pub tjenester: Vec<Arc<str>>,
    /// Directions.
    pub retninger: Vec<Arc<str>>,
}

impl Meldingsfilter {
    /// Whether a status with these words passes.
    #[must_use]
    pub fn passerer(&self, status: &str, tjeneste: &str, retning: Retning) -> bool {
        let fits = |wanted: &[Arc<str>], word: &str| wanted.is_empty() || wanted.iter().any(|one| **one == *word);
        fits(&self.statuser, status) && fits(&self.tjenester, tjeneste) && fits(&self.retninger, retning.kode())
    }
}

/// What a subscription wants to hear of. The order is part of the log encoding: append only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Utvalg {
    /// Statuses of messages, and the ping of the address.
    Meldinger {
        /// `resource` is `messages`, not `all`.
        bare_meldinger: bool,
        /// `event` is `status`, not `all`.
        bare_status: bool,
        /// Conditions.
        filter: Meldingsfilter,
    },
    /// Changes of the population register.
    Registerendringer,
    /// Log-outs of the client whose it is. Nobody else's, so no event asks for it.
    Utlogginger,
}

impl Utvalg {
    /// Whether `emne` is wanted.
    #[must_use]
    pub fn vil_ha(&self, emne: &Emne) -> bool {
        match (self, emne) {
            (Self::Meldinger { filter, .. }, Emne::Meldingsstatus { status, tjeneste, .. }) => {
                // Messages to the organisation are not modelled, so every status is of one that goes out.
                filter.passerer(status.kode(), tjeneste.kode(), Retning::Utgaaende)
            }
            (Self::Meldinger { .. }, Emne::Ping) | (Self::Registerendringer, Emne::Registerendring { .. }) => true,
            _ => false,
        }
    }
}
