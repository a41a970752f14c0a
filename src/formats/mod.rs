//! Wire formats without HTTP.

pub mod dokumenttekst;
pub mod skattegrunnlag;
pub mod skattepakker;
pub mod xml;
