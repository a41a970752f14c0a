//! The mocked public APIs: one folder each, none knows another.

pub mod eformidling;
