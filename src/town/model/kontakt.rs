//! What the contact register holds about one person.

use super::{Postkasse, Spraak};
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
