//! Account numbers, IBAN and payment references (KID). A value that exists has passed its check
//! (`specs/population.md` §15.3, §15.4).

use std::fmt;

use super::IdentifierFault;
use super::numbers::mod11;

/// Weights of the check digit of an account number.
const WEIGHTS: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
/// The banks accounts here are with: no bank is known to have these first four digits.
const BANKS: [u64; 2] = [9_998, 9_999];
/// Groups of ten accounts in a bank: digits five and six are never both 0.
const FIRST_GROUP: u64 = 1_000;
const GROUPS: u64 = 99_000;
/// Of ten accounts that differ in the tenth digit alone, at least nine have a check digit.
const PER_GROUP: u64 = 9;

fn digit(number: u64) -> u8 {
    u8::try_from(number % 10).expect("a digit")
}

/// A Norwegian account number of a bank that does not exist.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kontonummer(u64);

impl Kontonummer {
    /// How many accounts [`Kontonummer::nth`] can give.
    pub const MOST: u64 = BANKS.len() as u64 * GROUPS * PER_GROUP;

    /// The account whose first ten digits are `body`; `None` when its check digit would be 10.
    fn compose(body: u64) -> Option<Self> {
        let mut rest = body;
        let mut digits = [0; 10];
        for slot in digits.iter_mut().rev() {
            *slot = digit(rest);
            rest /= 10;
        }
        Some(Self(body * 10 + u64::from(mod11(&digits, &WEIGHTS)?)))
    }

    /// The account of position `index`: every position has its own. `None` from [`Kontonummer::MOST`] on.
    #[must_use]
    pub fn nth(index: u64) -> Option<Self> {
        let (group, place) = (index / PER_GROUP, index % PER_GROUP);
        let bank = *BANKS.get(usize::try_from(group / GROUPS).ok()?)?;
        let body = bank * 1_000_000 + (FIRST_GROUP + group % GROUPS) * 10;
        (body..body + 10).filter_map(Self::compose).nth(usize::try_from(place).ok()?)
    }

    /// Reads eleven digits, alone or as `1234.56.78903`.
    ///
    /// # Errors
    /// [`IdentifierFault::NotSynthetic`] for a valid number of a real bank; the others as they say.
    pub fn parse(text: &str) -> Result<Self, IdentifierFault> {
        let bytes = text.as_bytes();
        let plain = match bytes {
            [a @ .., b'.', _, _, _, _, _] if a.len() == 7 && a[4] == b'.' => text.replace('.', ""),
            _ => text.to_owned(),
        };
        if plain.len() != 11 || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(IdentifierFault::Form);
        }
        let number: u64 = plain.parse().map_err(|_| IdentifierFault::Form)?;
        let found = Self::compose(number / 10).filter(|found| found.0 == number).ok_or(IdentifierFault::CheckDigit)?;
        if BANKS.contains(&(number / 10_000_000)) { Ok(found) } else { Err(IdentifierFault::NotSynthetic) }
    }

    /// The account as IBAN: `NO`, two check digits (mod 97), the eleven digits.
    #[must_use]
    pub fn iban(self) -> String {
        // Letters count from 10 for A: N is 23, O is 24; the check digits are first 00.
        let shifted = u128::from(self.0) * 1_000_000 + 232_400;
        format!("NO{:02}{:011}", 98 - shifted % 97, self.0)
    }

    /// The number as an integer.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Kontonummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:011}", self.0)
    }
}

impl fmt::Debug for Kontonummer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// How the check sign of a payment reference is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KidKontroll {
    /// Modulus 10 (Luhn).
    Mod10,
    /// Modulus 11, with `-` for ten.
    Mod11,
}

/// A payment reference: 2 to 25 digits, the last the check sign.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Kid(String);

impl Kid {
    /// The shortest and the longest.
    const LENGTHS: std::ops::RangeInclusive<usize> = 2..=25;

    /// The reference of `length` signs for the customer data `body`, filled up with zeros in front: an agreement has one
    /// length for all its references. `None` when the body is no digits, does not fit, or the length is not allowed.
    #[must_use]
    pub fn compose(body: &str, length: usize, kontroll: KidKontroll) -> Option<Self> {
        let fits = Self::LENGTHS.contains(&length) && body.len() < length && body.bytes().all(|b| b.is_ascii_digit());
        if !fits {
            return None;
        }
        let body = format!("{body:0>width$}", width = length - 1);
        let sign = check_sign(body.as_bytes(), kontroll);
        Some(Self(format!("{body}{sign}")))
    }

    /// Reads a reference.
    ///
    /// # Errors
    /// [`IdentifierFault::Form`] for a wrong length or sign, [`IdentifierFault::CheckDigit`] for a wrong check sign.
    pub fn parse(text: &str, kontroll: KidKontroll) -> Result<Self, IdentifierFault> {
        let Some((body, sign)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
            return Err(IdentifierFault::Form);
        };
        let is_sign = sign.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' && kontroll == KidKontroll::Mod11);
        if !Self::LENGTHS.contains(&text.len()) || !body.bytes().all(|byte| byte.is_ascii_digit()) || !is_sign {
            return Err(IdentifierFault::Form);
        }
        let wanted = check_sign(body.as_bytes(), kontroll);
        if sign.starts_with(wanted) { Ok(Self(text.to_owned())) } else { Err(IdentifierFault::CheckDigit) }
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_sign(body: &[u8], kontroll: KidKontroll) -> char {
    let digits = body.iter().rev().map(|byte| u32::from(byte - b'0'));
    match kontroll {
        KidKontroll::Mod10 => {
            let doubled =
                |(place, digit): (usize, u32)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit };
            let sum: u32 = digits.enumerate().map(doubled).sum();
            char::from(digit_sign((10 - sum % 10) % 10))
        }
        KidKontroll::Mod11 => {
            let sum: u32 = digits.zip((2..=7).cycle()).map(|(digit, weight)| digit * weight).sum();
            match (11 - sum % 11) % 11 {
                10 => '-',
                check => char::from(digit_sign(check)),
            }
        }
    }
}

fn digit_sign(check: u32) -> u8 {
    b'0' + u8::try_from(check).expect("below ten")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_valid_distinct_and_of_no_real_bank() {
        let mut before = None;
        for index in (0..2_000).chain((0..Kontonummer::MOST).step_by(9_973)).chain([Kontonummer::MOST - 1]) {
            let account = Kontonummer::nth(index).unwrap();
            assert_eq!(Kontonummer::parse(&account.to_string()), Ok(account), "{index}");
            let text = account.to_string();
            assert!(text.starts_with("9998") || text.starts_with("9999"), "{text}");
            assert_ne!(&text[4..6], "00", "{text}");
            assert!(index == 0 || before != Some(account), "{index}");
            before = Some(account);
        }
        let mut first: Vec<Kontonummer> = (0..5_000).filter_map(Kontonummer::nth).collect();
        first.dedup();
        assert_eq!(first.len(), 5_000);
        assert!(first.is_sorted());
        assert_eq!(Kontonummer::nth(Kontonummer::MOST), None);
    }

    #[test]
    fn the_check_digit_is_that_of_the_banks() {
        // Worked by hand: 9·5 + 9·4 + 9·3 + 8·2 + 1·7 + 2·6 + 3·5 + 4·4 + 5·3 + 6·2 = 201 = 18·11 + 3, so the last digit is 8.
        assert_eq!(Kontonummer::compose(9_998_123_456).unwrap().to_string(), "99981234568");
        assert_eq!(Kontonummer::parse("9998.12.34568").unwrap().value(), 99_981_234_568);
        for (text, fault) in [
            ("99981234567", IdentifierFault::CheckDigit),
            ("9998123456", IdentifierFault::Form),
            ("9998.1234.568", IdentifierFault::Form),
            ("9998123456x", IdentifierFault::Form),
            ("12345678903", IdentifierFault::NotSynthetic),
        ] {
            assert_eq!(Kontonummer::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn an_iban_is_one_modulo_97() {
        for index in [0, 77, 123_456, 1_000_000] {
            let iban = Kontonummer::nth(index).unwrap().iban();
            assert_eq!(iban.len(), 15);
            let number: u128 = format!("{}2324{}", &iban[4..], &iban[2..4]).parse().unwrap();
            assert_eq!(number % 97, 1, "{iban}");
        }
    }

    #[test]
    fn payment_references_carry_their_check_sign() {
        // The textbook number of the Luhn rule: 7992739871 has the check digit 3.
        let kid = Kid::compose("7992739871", 11, KidKontroll::Mod10).unwrap();
        assert_eq!(kid.to_string(), "79927398713");
        assert_eq!(Kid::parse("79927398713", KidKontroll::Mod10), Ok(kid));
        assert_eq!(Kid::parse("79927398710", KidKontroll::Mod10), Err(IdentifierFault::CheckDigit));
        // 1·4 + 2·3 + 3·2 = 16 = 11 + 5, so the sign is 6; 6·2 = 12 leaves 1, so it is a hyphen.
        assert_eq!(Kid::compose("123", 4, KidKontroll::Mod11).unwrap().to_string(), "1236");
        assert_eq!(Kid::compose("6", 2, KidKontroll::Mod11).unwrap().to_string(), "6-");
        assert_eq!(Kid::parse("6-", KidKontroll::Mod10), Err(IdentifierFault::Form));
        assert_eq!(Kid::compose("12", 8, KidKontroll::Mod10).unwrap().to_string(), "00000125");
        for (body, length) in [("123", 3), ("12a", 8), ("1", 26), ("1", 1)] {
            assert_eq!(Kid::compose(body, length, KidKontroll::Mod10), None, "{body} in {length}");
        }
        assert_eq!(Kid::parse("", KidKontroll::Mod10), Err(IdentifierFault::Form));
        assert_eq!(Kid::parse("7", KidKontroll::Mod10), Err(IdentifierFault::Form));
        assert_eq!(Kid::parse("7å", KidKontroll::Mod10), Err(IdentifierFault::Form));
    }
}
