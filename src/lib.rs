//! Byteby: a virtual Norwegian municipality in one binary.

pub mod base;
pub mod clock;
pub mod population;
pub mod town;
