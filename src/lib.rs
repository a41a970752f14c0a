//! Byteby: a virtual Norwegian municipality in one binary.

pub mod base;
