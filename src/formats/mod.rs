//! Wire formats without HTTP.

pub mod dokumenttekst;
