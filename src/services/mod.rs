//! The mocked national services: skins over the town, one folder each, none knowing another.

pub mod eformidling;
pub mod maskinporten;
