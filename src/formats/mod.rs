//! Wire formats without HTTP.

pub mod dokumenttekst;
pub mod skattegrunnlag;
pub mod skattepakker;
#[cfg(test)]
pub(crate) mod skjema;
pub mod xml;
