//! The ground everything stands on: numbers with check digits, random streams, digests, text tables and the one
//! map type that may hash.
//!
//! Nothing here knows a person, a clock or the network. Values of the number types are valid by construction.

mod chacha;
mod digest;
mod konto;
mod lookup;
mod nearest;
mod numbers;
mod stream;
mod text;
mod words;

pub use digest::{Digest, OriginKey, Sum256, hex, keyed_hash, parse_hex, sha256};
pub use konto::{Kid, KidKontroll, Kontonummer};
pub use lookup::Lookup;
pub use nearest::nearest;
pub use numbers::{Foedselsnummer, IdentifierFault, Kjoenn, Kommunenummer, Orgnummer, looks_real, mod11};
pub use stream::{Domain, Purpose, Seed, Stream, StreamKey};
pub use text::{TextId, TextTable, norwegian_key, slug};
pub use words::{Words, words};
