//! Ids of entities: dense positions for the engine, keys for everything that is written down.

use crate::base::OriginKey;
use crate::clock::{self, Dato};

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// Marks an empty slot in a column.
            pub const NONE: Self = Self(u32::MAX);

            /// The id, unless it is the empty mark.
            #[must_use]
            pub fn some(self) -> Option<Self> {
                (self != Self::NONE).then_some(self)
            }

            /// The id of position `index`.
            ///
            /// # Panics
            /// When a town has 2^32 − 1 of these.
            #[must_use]
            pub fn at(index: usize) -> Self {
                let id = Self(u32::try_from(index).expect("fewer than 2^32 of each kind"));
                assert!(id != Self::NONE, "fewer than 2^32 - 1 of each kind");
                id
            }

            /// The position in a column.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

dense_id!(
    /// Position of a person: base people first, then newcomers in the order this world met them. Never leaves the
    /// engine and never seeds a draw (`specs/core.md` §3).
    PersonId
);
dense_id!(
    /// Position of a household.
    HusstandId
);
dense_id!(
    /// Position of a dwelling. Events name dwellings by this id: the base is the same in every world of a header.
    BoligId
);
dense_id!(
    /// Position of a residence spell of the base.
    SpellId
);
dense_id!(
    /// Position of a building.
    BygningId
);
dense_id!(
    /// Position of a property.
    EiendomId
);
dense_id!(
    /// Position of an organisation.
    VirksomhetId
);

/// What events and logs call a person: base people by position, newcomers by origin key. Equal across forks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub enum PersonKey {
    /// A person of the base.
    Base(u32),
    /// Someone who came later: newborn or immigrant.
    World(OriginKey),
}

impl PersonKey {
    /// The key as bytes, for hashing.
    #[must_use]
    pub fn bytes(self) -> [u8; 17] {
        let mut out = [0; 17];
        match self {
            Self::Base(index) => out[13..].copy_from_slice(&index.to_be_bytes()),
            Self::World(origin) => {
                out[0] = 1;
                out[1..].copy_from_slice(&origin.0.to_be_bytes());
            }
        }
        out
    }
}

/// Name of an event document or person document: 32 hex digits on the wire (`specs/folkeregister.md` §9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// Reads 32 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        crate::base::parse_hex(text)?.try_into().ok().map(Self)
    }
}

impl std::fmt::Display for DocumentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::base::hex(&self.0))
    }
}

/// A date as days since 1970-01-01: four bytes in a column.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct DayNo(pub i32);

impl DayNo {
    /// Marks "no date" in a column.
    pub const NONE: Self = Self(i32::MAX);

    /// The day number of `dato`.
    #[must_use]
    pub fn of(dato: Dato) -> Self {
        Self(clock::day_of(dato))
    }

    /// The civil date.
    #[must_use]
    pub fn dato(self) -> Dato {
        clock::date_of(i64::from(self.0))
    }

    /// The day number, unless it is the empty mark.
    #[must_use]
    pub fn some(self) -> Option<Self> {
        (self != Self::NONE).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_numbers_and_dates_agree() {
        for (dato, day) in
            [((1970, 1, 1), 0), ((2027, 1, 4), 20_822), ((1899, 12, 31), -25_568), ((2000, 2, 29), 11_016)]
        {
            let dato = jiff::civil::date(dato.0, dato.1, dato.2);
            assert_eq!(DayNo::of(dato), DayNo(day));
            assert_eq!(DayNo(day).dato(), dato);
        }
    }
}
