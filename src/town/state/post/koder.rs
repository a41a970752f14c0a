//! Names and closed words of business messages.

use std::fmt;

use crate::base::{Digest, Orgnummer, OriginKey};

/// Id of a message or a conversation: a UUID.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct MeldingsId(pub u128);

impl MeldingsId {
    /// Reads the canonical form (8-4-4-4-12 hex digits) in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value = 0u128;
        for (place, byte) in bytes.iter().enumerate() {
            if matches!(place, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
            } else {
                value = value << 4 | u128::from(char::from(*byte).to_digit(16)?);
            }
        }
        Some(Self(value))
    }

    /// The id whose free bits are the first of `digest`, marked as version 4.
    #[must_use]
    pub fn of_digest(digest: &Digest) -> Self {
        let bits = digest.origin().0;
        Self(bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62)
    }
}

impl fmt::Display for MeldingsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, group) = (self.0, |shift: u32| self.0 >> shift & 0xffff);
        write!(f, "{:08x}-{:04x}-{:04x}-", n >> 96, group(80), group(64))?;
        write!(f, "{:04x}-{:012x}", group(48), n & 0xffff_ffff_ffff)
    }
}

impl fmt::Debug for MeldingsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Names a message: ids are unique per organisation whose out-store it lies in.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Meldingsnoekkel {
    /// Whose out-store.
    pub eier: Orgnummer,
    /// The message id.
    pub id: MeldingsId,
}

impl Meldingsnoekkel {
    /// The key as a cause: seeds delays and receipts, and orders what is due (`specs/eformidling.md` §22.6).
    #[must_use]
    pub fn origin(self) -> OriginKey {
        OriginKey::of("post/melding", &[self.eier.to_string().as_bytes(), &self.id.0.to_be_bytes()])
    }
}

/// The transport service a message goes by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Meldingstjeneste {
    /// Digital post to citizens, and paper through the same service.
    Dpi,
    /// Altinn correspondence.
    Dpv,
}

impl Meldingstjeneste {
    /// The service identifier.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Dpi => "DPI",
            Self::Dpv => "DPV",
        }
    }

    /// Largest sum of attachments in bytes (`specs/eformidling.md` §16).
    #[must_use]
    pub fn stoerste_sum(self) -> u64 {
        match self {
            Self::Dpi => 50 << 20,
            Self::Dpv => 250 << 20,
        }
    }
}

/// The way a letter reached a citizen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Kanal {
    /// The citizen's digital mailbox.
    Digitalpost,
    /// Paper in the letterbox.
    Print,
    /// The citizen's inbox in Altinn.
    Altinn,
}

impl Kanal {
    /// The word scenarios and pages use.
    #[must_use]
    pub fn ord(self) -> &'static str {
        match self {
            Self::Digitalpost => "digitalpost",
            Self::Print => "print",
            Self::Altinn => "altinn",
        }
    }
}

/// Process of a message to a citizen (`specs/eformidling.md` §4.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Prosess {
    /// Information.
    Info,
    /// A formal decision.
    Vedtak,
}

impl Prosess {
    /// Both, in the order the registry lists them.
    pub const ALL: [Self; 2] = [Self::Info, Self::Vedtak];

    /// The process id.
    #[must_use]
    pub fn urn(self) -> &'static str {
        match self {
            Self::Info => "urn:no:difi:profile:digitalpost:info:ver1.0",
            Self::Vedtak => "urn:no:difi:profile:digitalpost:vedtak:ver1.0",
        }
    }

    /// The process with id `urn`.
    #[must_use]
    pub fn from_urn(urn: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prosess| prosess.urn() == urn)
    }
}

/// Document type of a message to a citizen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Dokumenttype {
    /// To the digital mailbox.
    Digital,
    /// On paper.
    Print,
    /// To the inbox in Altinn.
    DigitalDpv,
}

impl Dokumenttype {
    /// The type, which is also the name of the business message's member.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Digital => "digital",
            Self::Print => "print",
            Self::DigitalDpv => "digital_dpv",
        }
    }

    /// The standard that goes with the type (`specs/eformidling.md` §4.2).
    #[must_use]
    pub fn standard(self) -> &'static str {
        match self {
            Self::Digital => "urn:no:difi:digitalpost:xsd:digital::digital",
            Self::Print => "urn:no:difi:digitalpost:xsd:fysisk::print",
            Self::DigitalDpv => "urn:no:difi:digitalpost:xsd:digital::digital_dpv",
        }
    }

    /// The service that carries it.
    #[must_use]
    pub fn tjeneste(self) -> Meldingstjeneste {
        match self {
            Self::Digital | Self::Print => Meldingstjeneste::Dpi,
            Self::DigitalDpv => Meldingstjeneste::Dpv,
        }
    }
}

/// Status of a conversation. Written in upper case on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Status {
    /// Created.
    Opprettet,
    /// Handed to the transport.
    Sendt,
    /// The receiver's operator has it.
    Mottatt,
    /// Delivered.
    Levert,
    /// Read.
    Lest,
    /// Failed.
    Feil,
    /// Something else.
    Annet,
    /// Incoming message arrived.
    InnkommendeMottatt,
    /// Incoming message taken by the case system.
    InnkommendeLevert,
    /// Time to live has passed.
    LevetidUtlopt,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 10] = [
        Self::Opprettet,
        Self::Sendt,
        Self::Mottatt,
        Self::Levert,
        Self::Lest,
        Self::Feil,
        Self::Annet,
        Self::InnkommendeMottatt,
        Self::InnkommendeLevert,
        Self::LevetidUtlopt,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn kode(self) -> &'static str {
        match self {
            Self::Opprettet => "OPPRETTET",
            Self::Sendt => "SENDT",
            Self::Mottatt => "MOTTATT",
            Self::Levert => "LEVERT",
            Self::Lest => "LEST",
            Self::Feil => "FEIL",
            Self::Annet => "ANNET",
            Self::InnkommendeMottatt => "INNKOMMENDE_MOTTATT",
            Self::InnkommendeLevert => "INNKOMMENDE_LEVERT",
            Self::LevetidUtlopt => "LEVETID_UTLOPT",
        }
    }

    /// Whether a conversation with this status is finished (`specs/eformidling.md` §10).
    #[must_use]
    pub fn is_ferdig(self) -> bool {
        matches!(self, Self::Levert | Self::Lest | Self::Feil | Self::LevetidUtlopt | Self::InnkommendeLevert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sha256;

    #[test]
    fn ids_are_read_in_either_case_and_written_in_lower() {
        let id = MeldingsId::parse("6B2E7A34-8f0c-4d0b-9a3c-3f2d5f7a1c11").unwrap();
        assert_eq!(id.to_string(), "6b2e7a34-8f0c-4d0b-9a3c-3f2d5f7a1c11");
        for text in ["", "abc", "6b2e7a348f0c4d0b9a3c3f2d5f7a1c11", "6b2e7a34-8f0c-4d0b-9a3c-3f2d5f7a1c1g"] {
            assert_eq!(MeldingsId::parse(text), None, "{text}");
        }
        assert_eq!(MeldingsId::parse("6b2e7a3498f0c-4d0b-9a3c-3f2d5f7a1c111"), None);
    }

    #[test]
    fn ids_of_digests_are_of_version_four() {
        for n in 0..50u8 {
            let text = MeldingsId::of_digest(&sha256(&[&[n]])).to_string();
            assert_eq!(&text[14..15], "4", "{text}");
            assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
        }
    }
}
