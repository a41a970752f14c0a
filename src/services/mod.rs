//! The mocked national services: skins over the town, one folder each, none knowing another.

pub mod eformidling;
pub mod folkeregisteret;
pub mod idporten;
pub mod krr;
pub mod maskinporten;
