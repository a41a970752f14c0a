//! Byteby: a virtual Norwegian municipality in one binary.

pub mod access;
pub mod base;
pub mod clock;
pub mod journal;
pub mod observe;
pub mod population;
pub mod select;
pub mod town;
pub mod townhall;
