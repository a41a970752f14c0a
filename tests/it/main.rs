//! The one integration binary. A new topic is a module here, not a new file beside this one: each of those is
//! another link of a large program.

mod architecture;
mod cli;
mod contract_journal;
mod oidc_client;
mod stock_app;
mod worlds;
