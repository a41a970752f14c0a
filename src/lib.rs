//! Byteby: a virtual Norwegian municipality in one binary.

pub mod access;
pub mod app;
pub mod base;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod gate;
pub mod journal;
pub mod keys;
pub mod observe;
pub mod population;
pub mod select;
pub mod services;
pub mod town;
pub mod townhall;
pub mod web;
