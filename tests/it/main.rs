//! Integration tests: one binary, a module for each subject.

mod stock_app;
