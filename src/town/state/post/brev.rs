//! Letters as citizens receive them.

use std::sync::Arc;

use super::{Adresseblokk, Kanal, MeldingsId, Prosess};
use crate::base::{Digest, Orgnummer};
use crate::clock::Instant;
use crate::town::model::{PersonKey, Spraak};

/// A file a citizen received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vedlegg {
    /// File name.
    pub navn: Arc<str>,
    /// Title, if given.
    pub tittel: Option<Arc<str>>,
    /// Media type.
    pub mime: Arc<str>,
    /// Name of the content.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// The text in it, when it could be read.
    pub tekst: Option<Arc<str>>,
}

/// A letter to a citizen, whatever the channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brev {
    /// Number of the letter in this world, in the order they were sent out.
    pub id: u64,
    /// When it was laid in the mailbox, or taken on by the printer.
    pub at: Instant,
    /// When it reached the citizen; `None` for paper on its way, and for paper that comes back.
    pub ankommet: Option<Instant>,
    /// Whom it is to.
    pub til: PersonKey,
    /// Who sent it.
    pub fra: Orgnummer,
    /// How it came.
    pub kanal: Kanal,
    /// Title.
    pub tittel: Arc<str>,
    /// Text of the letter itself; `None` when its format could not be read.
    pub tekst: Option<Arc<str>>,
    /// The main document; an Altinn message may have none.
    pub hoveddokument: Option<Vedlegg>,
    /// The other files.
    pub vedlegg: Vec<Vedlegg>,
    /// Language as the sender gave it.
    pub spraak: Option<Arc<str>>,
    /// What stood on the envelope, for paper.
    pub adresseblokk: Option<Adresseblokk>,
    /// The message it came as.
    pub message_id: MeldingsId,
    /// The conversation it belongs to.
    pub conversation: MeldingsId,
    /// Process it was sent under.
    pub prosess: Prosess,
    /// When it was opened; paper never says.
    pub lest: Option<Instant>,
}

impl Brev {
    /// The language as a code: `nb`, `nn`, `en`, `se`; senders also write `NO` and `nb-NO`. Never guessed from the text.
    #[must_use]
    pub fn spraakkode(&self) -> Option<Spraak> {
        let given = self.spraak.as_deref()?.to_ascii_lowercase();
        match given.split(['-', '_']).next()? {
            "nb" | "no" => Some(Spraak::Nb),
            "nn" => Some(Spraak::Nn),
            "en" => Some(Spraak::En),
            "se" => Some(Spraak::Se),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_understood_as_senders_write_them() {
        let brev = |spraak: Option<&str>| Brev {
            id: 1,
            at: Instant::from_millis(0),
            ankommet: None,
            til: PersonKey::Base(0),
            fra: Orgnummer::parse("312012340").unwrap(),
            kanal: Kanal::Digitalpost,
            tittel: "".into(),
            tekst: None,
            hoveddokument: None,
            vedlegg: Vec::new(),
            spraak: spraak.map(Into::into),
            adresseblokk: None,
            message_id: MeldingsId(1),
            conversation: MeldingsId(1),
            prosess: Prosess::Info,
            lest: None,
        };
        for (given, code) in [
            (Some("NO"), Some("nb")),
            (Some("nb-NO"), Some("nb")),
            (Some("nn"), Some("nn")),
            (Some("EN"), Some("en")),
            (Some("se"), Some("se")),
            (Some("klingon"), None),
            (None, None),
        ] {
            assert_eq!(brev(given).spraakkode().map(Spraak::code), code, "{given:?}");
        }
    }
}
