//! Wire formats without HTTP.

pub mod dokumenttekst;
pub mod xml;
