//! Wire formats without HTTP.

pub mod dokumenttekst;
#[cfg(test)]
pub(crate) mod skjema;
pub mod skattegrunnlag;
pub mod skattepakker;
pub mod xml;
