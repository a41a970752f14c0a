//! The one integration binary. A new topic is a module here, not a new file beside this one: each of those is
//! another link of a large program.

#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed; helpers are not marked as tests")]

mod answers;
mod apps_on_mocks;
mod architecture;
mod cli;
mod clock;
mod contract_journal;
mod damage;
mod deliveries;
mod determinism;
mod eid_control;
mod error_codes;
mod faults;
mod first_login;
mod foreldrebetaling;
mod gate_access;
mod golden;
mod golden_journal;
mod hostile;
mod isolation;
mod issuers;
mod kill;
mod logout;
mod minprofil;
mod mutated;
mod observe;
mod oidc_client;
mod oidc_rows;
mod one_town;
mod population;
mod real_data;
mod registers;
mod scenario_annullering;
mod scenario_faa_barn;
mod scenario_redusert;
mod scenario_url_app;
mod scenario_working_life;
mod secrets;
mod selection;
mod skatt;
mod skatt_fiks;
mod skjema;
mod snapshots;
mod stock_app;
mod surroundings;
mod tls;
mod wire;
mod worlds;
