//! Identity numbers, organisation numbers and municipality numbers. A value that exists has passed its check.
//!
//! Only synthetic numbers can be made: month + 80 for people, first digit 3 for organisations
//! (`specs/folkeregister.md` §16, `specs/neighbours.md` §0.5).

use std::fmt;

/// Sex as the register spells it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub enum Kjoenn {
    /// Woman.
    Kvinne,
    /// Man.
    Mann,
}

impl Kjoenn {
    /// The register's code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Kvinne => "kvinne",
            Self::Mann => "mann",
        }
    }
}

/// Why a text is not a number this town can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IdentifierFault {
    /// Wrong length or something else than digits.
    #[error("not the right count of digits")]
    Form,
    /// Day or month outside every series.
    #[error("no such date in any series")]
    Date,
    /// A check digit is wrong.
    #[error("check digit does not fit")]
    CheckDigit,
    /// Valid, but of a series that belongs to real people or units.
    #[error("not of a synthetic series")]
    NotSynthetic,
}

/// Weights of the first check digit of an identity number (`specs/folkeregister.md` §16.1).
const K1: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
/// Weights of the second check digit.
const K2: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/// Weights of the check digit of an organisation number.
const ORG: [u32; 8] = [3, 2, 7, 6, 5, 4, 3, 2];

/// The modulus-11 check digit of `digits` under `weights`; `None` when it would be 10 and the number is not issued.
#[must_use]
pub fn mod11(digits: &[u8], weights: &[u32]) -> Option<u8> {
    let sum: u32 = digits.iter().zip(weights).map(|(&digit, &weight)| u32::from(digit) * weight).sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        digit => u8::try_from(digit).ok(),
    }
}

fn digits_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != N || !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut out = [0; N];
    for (slot, byte) in out.iter_mut().zip(bytes) {
        *slot = byte - b'0';
    }
    Some(out)
}

/// A synthetic birth number or D-number: eleven digits, month + 80, both check digits right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Foedselsnummer(u64);

impl Foedselsnummer {
    /// The number with `day`, `month` (1–12, shown + 80), two-digit `year` and individual number `iii`; `None` when a
    /// check digit would be 10. `d_number` adds 40 to the day.
    #[must_use]
    pub fn compose(day: u8, month: u8, year: u8, iii: u16, d_number: bool) -> Option<Self> {
        let day = if d_number { day + 40 } else { day };
        let month = month + 80;
        let mut digits = [0u8; 11];
        let parts = [day / 10, day % 10, month / 10, month % 10, year / 10, year % 10];
        digits[..6].copy_from_slice(&parts);
        digits[6] = u8::try_from(iii / 100 % 10).ok()?;
        digits[7] = u8::try_from(iii / 10 % 10).ok()?;
        digits[8] = u8::try_from(iii % 10).ok()?;
        digits[9] = mod11(&digits[..9], &K1)?;
        digits[10] = mod11(&digits[..10], &K2)?;
        Some(Self(digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))))
    }

    /// Reads eleven digits.
    ///
    /// # Errors
    /// [`IdentifierFault::NotSynthetic`] for a valid number outside the + 80 series; the others as they say.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let digits = digits_of::<11>(text).ok_or(IdentifierFault::Form)?;
        let day = digits[0] * 10 + digits[1];
        let month = digits[2] * 10 + digits[3];
        let calendar_day = if day > 40 { day - 40 } else { day };
        let calendar_month = month % 20;
        if !(1..=31).contains(&calendar_day) || !(1..=12).contains(&calendar_month) && !(41..=52).contains(&month) {
            return Err(IdentifierFault::Date);
        }
        if mod11(&digits[..9], &K1) != Some(digits[9]) || mod11(&digits[..10], &K2) != Some(digits[10]) {
            return Err(IdentifierFault::CheckDigit);
        }
        if !(81..=92).contains(&month) {
            return Err(IdentifierFault::NotSynthetic);
        }
        Ok(Self(digits.iter().fold(0, |number, &digit| number * 10 + u64::from(digit))))
    }

    /// Whether this is a D-number (day + 40).
    #[must_use]
    pub fn is_d_number(self) -> bool {
        self.0 / 1_000_000_000 > 31
    }

    /// Sex by the ninth digit, as numbers issued before 2032 carry it.
    #[must_use]
    pub fn kjoenn(self) -> Kjoenn {
        if (self.0 / 100) % 2 == 1 { Kjoenn::Mann } else { Kjoenn::Kvinne }
    }

    /// The number as an integer, for columns and sorting.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Foedselsnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:011}", self.0)
    }
}

impl fmt::Debug for Foedselsnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Whether `text` is a real person's kind of number: eleven digits, an unshifted month and right check digits.
/// Such a value is answered as an unknown person and never stored or logged (`DESIGN` §10).
#[must_use]
pub fn looks_real(text: &str) -> bool {
    let Some(digits) = digits_of::<11>(text) else { return false };
    let month = digits[2] * 10 + digits[3];
    (1..=12).contains(&month)
        && mod11(&digits[..9], &K1) == Some(digits[9])
        && mod11(&digits[..10], &K2) == Some(digits[10])
}

/// A synthetic organisation number: nine digits, the first a 3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Orgnummer(u32);

impl Orgnummer {
    /// Where a walk over numbers begins: no number is less.
    pub const FIRST: Self = Self(300_000_000);

    /// The number with the eight-digit `body` 30 000 000..=39 999 999; `None` when its check digit would be 10.
    #[must_use]
    pub fn compose(body: u32) -> Option<Self> {
        if !(30_000_000..=39_999_999).contains(&body) {
            return None;
        }
        let text = format!("{body:08}");
        let digits = digits_of::<8>(&text)?;
        Some(Self(body * 10 + u32::from(mod11(&digits, &ORG)?)))
    }

    /// Reads nine digits.
    ///
    /// # Errors
    /// [`IdentifierFault::NotSynthetic`] for a valid number of another series; the others as they say.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let digits = digits_of::<9>(text).ok_or(IdentifierFault::Form)?;
        if mod11(&digits[..8], &ORG) != Some(digits[8]) {
            return Err(IdentifierFault::CheckDigit);
        }
        if digits[0] != 3 {
            return Err(IdentifierFault::NotSynthetic);
        }
        Ok(Self(digits.iter().fold(0, |number, &digit| number * 10 + u32::from(digit))))
    }

    /// Whether it is of the public bands of those outside the town: from the ninetieth of a hundred municipalities on
    /// (`specs/population.md` §15.2).
    #[must_use]
    pub fn is_utenbys(self) -> bool {
        (31_900_000..32_000_000).contains(&(self.value() / 10))
    }

    /// The number as an integer, for columns.
    #[must_use]
    pub fn value(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Orgnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:09}", self.0)
    }
}

impl fmt::Debug for Orgnummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A municipality number, shown with four digits. Fictional ones begin with 99 (`specs/population.md` §10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Kommunenummer(pub u16);

impl fmt::Display for Kommunenummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl fmt::Debug for Kommunenummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_number_of_the_contract_is_made_and_read() {
        let number = Foedselsnummer::compose(22, 10, 91, 956, false).unwrap();
        assert_eq!(number.to_string(), "22909195636");
        assert_eq!(Foedselsnummer::parse("22909195636"), Ok(number));
        assert_eq!(number.kjoenn(), Kjoenn::Kvinne);
    }

    #[test]
    fn a_synthetic_d_number_carries_both_additions() {
        let number = Foedselsnummer::parse("45927993140").unwrap();
        assert!(number.is_d_number());
        assert!(!Foedselsnummer::parse("22909195636").unwrap().is_d_number());
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        for (text, fault) in [
            ("2290919563", IdentifierFault::Form),
            ("2290919563x", IdentifierFault::Form),
            ("22909195637", IdentifierFault::CheckDigit),
            ("00909195636", IdentifierFault::Date),
        ] {
            assert_eq!(Foedselsnummer::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn an_unshifted_month_is_refused_and_recognised() {
        // Composed from digits so that no such number stands in the source.
        let mut digits = [2u8, 2, 1, 0, 9, 1, 0, 0, 0, 0, 0];
        for iii in 0..1000u16 {
            for (place, divisor) in [(6, 100), (7, 10), (8, 1)] {
                digits[place] = u8::try_from(iii / divisor % 10).unwrap();
            }
            let Some(k1) = mod11(&digits[..9], &K1) else { continue };
            digits[9] = k1;
            let Some(k2) = mod11(&digits[..10], &K2) else { continue };
            digits[10] = k2;
            let text: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
            assert_eq!(Foedselsnummer::parse(&text), Err(IdentifierFault::NotSynthetic));
            assert!(looks_real(&text));
        }
        assert!(!looks_real("22909195636"));
    }

    #[test]
    fn an_organisation_number_begins_with_three() {
        let number = (30_000_001..).find_map(Orgnummer::compose).unwrap();
        assert_eq!(Orgnummer::parse(&number.to_string()), Ok(number));
        assert!(number.to_string().starts_with('3'));
        assert_eq!(Orgnummer::parse("974760673"), Err(IdentifierFault::NotSynthetic));
    }
}
