//! The mocked national services: skins over the town, one folder each, none knowing another.

pub mod eformidling;
pub mod folkeregisteret;
pub mod idporten;
pub mod krr;
pub mod maskinporten;

use crate::access::Skin;

/// All services of this version.
pub const SKINS: &[Skin] = &[eformidling::SKIN, folkeregisteret::SKIN, idporten::SKIN, krr::SKIN, maskinporten::SKIN];
