//! What the contact register holds about one person.

use super::{Navn, PersonKey, Postkasse, Spraak};
use crate::base::{keyed_hash, slug};
use crate::clock::Instant;

/// One person's entry in the contact and reservation register, or the lack of one.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kontakt {
    /// Stands in the register.
    pub registrert: bool,
    /// Reserved against digital communication with the public sector.
    pub reservert: bool,
    /// E-mail address, always of a reserved domain.
    pub epost: Option<String>,
    /// Mobile number with country code, always of an unassigned series.
    pub mobil: Option<String>,
    /// Digital mailbox.
    pub postkasse: Postkasse,
    /// Language for letters.
    pub spraak: Spraak,
    /// The contact data is older than eighteen months and may not be used for notices.
    pub utloept: bool,
    /// When the entry last changed.
    pub oppdatert: Instant,
}

impl Kontakt {
    /// Whether notices may be sent: registered, not reserved, and with contact data that is fresh
    /// (`specs/folkeregister.md` §18.1).
    #[must_use]
    pub fn kan_varsles(&self) -> bool {
        self.registrert && !self.reservert && !self.utloept && (self.epost.is_some() || self.mobil.is_some())
    }

    /// Address of the digital mailbox of the person called `key`, in the suppliers' form `fornavn.etternavn#9XYZ`; none
    /// without a mailbox.
    #[must_use]
    pub fn postkasseadresse(&self, navn: &Navn, key: PersonKey) -> Option<String> {
        /// Letters and digits that are not mistaken for each other.
        const TEGN: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        self.postkasse.leverandoer()?;
        let hash = keyed_hash("kontakt/postkasseadresse", &[&key.bytes()]);
        let suffix: String = hash.0[..3].iter().map(|byte| char::from(TEGN[usize::from(byte % 32)])).collect();
        Some(format!("{}.{}#9{suffix}", slug(&navn.fornavn), slug(&navn.etternavn)))
    }
}
