//! Scenarios.
mod node;
