//! Participant identifiers on the wire (`specs/eformidling.md` §2.2).

use crate::base::{Foedselsnummer, IdentifierFault, Orgnummer};

/// Authority of organisations and people.
pub(super) const ISO6523: &str = "iso6523-actorid-upis";
/// Identifier of the organisation register among the ISO 6523 codes.
const ORG_ICD: &str = "0192";

/// Who is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Identifikator {
    /// An organisation, perhaps acting for a part.
    Organisasjon {
        /// Nine digits.
        nummer: String,
        /// The part it acts for.
        part: Option<String>,
    },
    /// A person of the synthetic series.
    Person(Foedselsnummer),
    /// A well-formed identity number that no town can hold: an unknown person.
    UkjentPerson,
    /// Something else that is well-formed: another country's code, a Fiks IO account, a health address.
    Annet,
}

impl Identifikator {
    /// Reads `value` of `authority`; `None` when it is not well-formed.
    pub(super) fn parse(authority: &str, value: &str) -> Option<Self> {
        match authority {
            ISO6523 => Self::parse_iso(value),
            "nhn-actorid" => {
                (value.starts_with("her-id:") || value.starts_with("fastlege-for:")).then_some(Self::Annet)
            }
            _ => None,
        }
    }

    /// Reads an identifier as it stands in paths: with or without the ISO 6523 code.
    pub(super) fn parse_iso(value: &str) -> Option<Self> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits(value, 9) {
            return Some(Self::Organisasjon { nummer: value.to_owned(), part: None });
        }
        if digits(value, 11) {
            return match Foedselsnummer::parse(value) {
                Ok(nummer) => Some(Self::Person(nummer)),
                Err(IdentifierFault::NotSynthetic) => Some(Self::UkjentPerson),
                Err(_) => None,
            };
        }
        if crate::town::state::MeldingsId::parse(value).is_some() {
            return Some(Self::Annet);
        }
        let mut parts = value.split(':');
        let (icd, nummer, part) = (parts.next()?, parts.next()?, parts.next());
        match (icd, part) {
            (ORG_ICD, None) if digits(nummer, 11) => Self::parse_iso(nummer),
            (ORG_ICD, _) if digits(nummer, 9) && part.is_none_or(|part| !part.is_empty()) => {
                Some(Self::Organisasjon { nummer: nummer.to_owned(), part: part.map(str::to_owned) })
            }
            (ORG_ICD, _) => None,
            // Codes of other registers have four digits too.
            (other, None) if digits(other, 4) && !nummer.is_empty() => Some(Self::Annet),
            _ => None,
        }
    }

    /// The organisation the receiver sees: the part when one is named.
    pub(super) fn vist_organisasjon(&self) -> Option<Orgnummer> {
        match self {
            Self::Organisasjon { nummer, part } => {
                let part = part.as_deref().and_then(|part| Orgnummer::parse(part).ok());
                part.or_else(|| Orgnummer::parse(nummer).ok())
            }
            _ => None,
        }
    }
}

/// The bare form: what the query parameters ending in `Identifier` compare.
pub(super) fn bar(value: &str) -> &str {
    match value.split_once(':') {
        Some((ORG_ICD, rest)) => rest.rsplit(':').next().unwrap_or(rest),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_the_contract_are_read() {
        let org = |nummer: &str, part: Option<&str>| {
            Some(Identifikator::Organisasjon { nummer: nummer.to_owned(), part: part.map(str::to_owned) })
        };
        let person = Foedselsnummer::parse("22909195636").unwrap();
        for (value, read) in [
            ("0192:312012340", org("312012340", None)),
            ("312012340", org("312012340", None)),
            ("0192:312012340:312012359", org("312012340", Some("312012359"))),
            ("0192:312012340:enhet:kilde", org("312012340", Some("enhet"))),
            ("22909195636", Some(Identifikator::Person(person))),
            ("0192:22909195636", Some(Identifikator::Person(person))),
            ("9908:312012340", Some(Identifikator::Annet)),
            ("6b2e7a34-8f0c-4d0b-9a3c-3f2d5f7a1c11", Some(Identifikator::Annet)),
            ("22909195637", None),
            ("0192:", None),
            ("0192:31201234", None),
            ("tekst", None),
            ("", None),
        ] {
            assert_eq!(Identifikator::parse_iso(value), read, "{value}");
        }
        assert_eq!(Identifikator::parse("nhn-actorid", "her-id:123"), Some(Identifikator::Annet));
        assert_eq!(Identifikator::parse("ukjent", "312012340"), None);
    }

    #[test]
    fn the_bare_form_is_the_last_organisation_or_the_person() {
        assert_eq!(bar("0192:312012340"), "312012340");
        assert_eq!(bar("0192:312012340:312012359"), "312012359");
        assert_eq!(bar("22909195636"), "22909195636");
    }

    #[test]
    fn a_part_is_the_organisation_people_see() {
        let read = Identifikator::parse_iso("0192:312012340:312012359").unwrap();
        assert_eq!(read.vist_organisasjon().map(|nummer| nummer.to_string()).as_deref(), Some("312012359"));
    }
}
