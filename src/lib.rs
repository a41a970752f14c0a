//! Byteby: a virtual Norwegian municipality in one binary.

pub mod base;
pub mod clock;
pub mod keys;
pub mod town;
