//! The generator of base towns.

use crate::base::Seed;
use crate::clock::{DEFAULT_START, Instant};
use crate::town::model::{Base, BaseHeader};

/// Version of the data under `population/`.
pub const PACK: &str = "2027.1";
/// Version of the generator.
pub const SCHEMA: u32 = 1;

/// Inputs of a base town.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spec {
    /// The seed.
    pub seed: Seed,
    /// Residents.
    pub size: u32,
    /// First instant.
    pub start: Instant,
    /// Municipality profile.
    pub profile: String,
    /// Generator version.
    pub schema: u32,
}

impl Default for Spec {
    fn default() -> Self {
        Self { seed: Seed(1814), size: 5000, start: DEFAULT_START, profile: "fjordkommune".into(), schema: SCHEMA }
    }
}

impl Spec {
    /// The header of the base these inputs make.
    #[must_use]
    pub fn header(&self) -> BaseHeader {
        BaseHeader {
            pack: PACK.into(),
            schema: self.schema,
            seed: self.seed,
            size: self.size,
            start: self.start,
            profile: self.profile.clone(),
        }
    }

    /// The inputs behind `header`.
    #[must_use]
    pub fn of_header(header: &BaseHeader) -> Self {
        Self {
            seed: header.seed,
            size: header.size,
            start: header.start,
            profile: header.profile.clone(),
            schema: header.schema,
        }
    }
}

/// Why a base cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PopulationError {
    /// No profile of that name.
    #[error("there is no municipality profile `{0}`")]
    UnknownProfile(String),
}

/// Makes the base town of `spec`.
///
/// # Errors
/// When the inputs are not possible.
pub fn generate(spec: &Spec) -> Result<Base, PopulationError> {
    Err(PopulationError::UnknownProfile(spec.profile.clone()))
}

/// A data file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// File.
    pub file: String,
    /// Source.
    pub source: String,
    /// Year.
    pub year: String,
    /// Confidence.
    pub confidence: String,
}

/// Data files.
#[must_use]
pub fn sources() -> Vec<Source> {
    Vec::new()
}

/// Digests of tables.
#[must_use]
pub fn table_digests(_base: &Base) -> Vec<(&'static str, crate::base::Digest)> {
    Vec::new()
}
