//! Byteby: a virtual Norwegian municipality in one binary.
//!
//! From a seed and a size it makes citizens, households, homes, the municipality and its units, lets life events
//! happen to them on a virtual clock, and answers as the national systems would: an app is re-pointed by changing base
//! addresses alone.
//!
//! ```text
//!   cli · admin API · pages · scenarios · mocked national APIs            shell: async, HTTP, files
//!         │ commands                         ▲ immutable snapshots Arc<Town>
//!         ▼                                  │
//!   townhall: one lock per world, one commit thread ──► journal: one ordered, hash-chained log per world
//!         │ decide(town, command, cause) → events
//!         ▼ apply(town, event)
//!   town = base columns (immutable, shared) + changes (copy-on-write pages)   core: pure
//! ```
//!
//! # Where things are
//!
//! A folder uses those above it in this table, never those below; services never use each other. The test
//! `architecture` reads the sources and fails on any other edge.
//!
//! | folder | holds |
//! | --- | --- |
//! | [`base`] | numbers with check digits, random streams, digests, text tables |
//! | [`clock`] | virtual time, Norwegian working days and holidays, spans |
//! | [`town`] | columns, entries, commands, events, `decide` and `apply`: everything that is true |
//! | [`population`] | the generator that fills the columns from `population/` |
//! | [`keys`] | published test keys, JWK and JWS |
//! | [`select`] | selectors and expressions over the town (CEL) |
//! | [`journal`] | the event log behind one trait: memory and sled |
//! | [`observe`] | the bounded record of requests, and expectations armed on it |
//! | [`townhall`] | worlds, forks, the write path, blobs, attachment of apps |
//! | [`access`] | what a handler is given; clients, tokens and sessions |
//! | [`oidc`] | the OpenID provider behind ID-porten and Ansattporten |
//! | [`services`] | the mocked national services, one folder each |
//! | [`courier`] | deliveries out: the only door |
//! | [`scenario`] | the scenario language and its runner |
//! | [`report`] | console, JUnit, JSON; the only place that knows polars |
//! | [`web`] | pages for people, and the admin API |
//! | [`gate`] | the one door: host, world, body limits, record, headers |
//! | [`demo`] | the sample municipal app: knows nothing of the rest, speaks HTTP |
//! | [`app`] | wiring: a configuration in, a running town out |
//! | [`cli`] | the command line |
//!
//! # Invariants
//!
//! - **Pure core.** `town` has no clock, input, output or randomness of its own; `apply` cannot fail, draws nothing,
//!   derives nothing.
//! - **Base outside the log.** A world's header makes its base again; its digest is checked when a world is opened.
//! - **Bitemporal entries.** A person is a list of [`town::model::Entry`]; current, past and "as registered at" are
//!   filters on it. One [`town::model::fold`] makes entries of register changes, for the base's past and for worlds.
//! - **One source of feed and documents.** [`town::derive::changes`] reads the columns; the feed draws nothing.
//! - **Fork is a pointer.** Sub-states behind `Arc`s behind one `Arc`.
//! - **One cause per event.** Nothing in an event depends on the order in which requests arrived.
//! - **Published never ahead of durable.** A failed flush stops the world.
//! - **Protocol state is not fact.** Codes, sessions, tokens and the record lie beside the town; a fork has none.
//! - **A mock answers like the real API.** Our help travels in `Byteby-*` headers; what is not modelled is 501.
//! - **Synthetic only.** Identity numbers have month + 80, organisation numbers begin with 3, e-mail is `.example`,
//!   telephone numbers are of an unassigned series. A strictly confidential home never leaves the town.
//!
//! # Glossary
//!
//! | word | meaning | from |
//! | --- | --- | --- |
//! | world | one municipality at one virtual instant, with its log | |
//! | base | the immutable generated population a world starts from | |
//! | foedselsnummer, D-nummer | identity number of eleven digits; for people without residence, day + 40 | Folkeregisteret |
//! | ajourholdstidspunkt, gyldighetstidspunkt | when the register learnt it; from when it is valid | Folkeregisteret |
//! | adressebeskyttelse, gradering | protection of a person; grading of an address | Folkeregisteret |
//! | foreldreansvar | parental responsibility | Folkeregisteret |
//! | sivilstand | civil status | Folkeregisteret |
//! | husstand, bolig | household, dwelling | |
//! | bosted | residence spell: who moved together shares one | |
//! | KRR, reservert | contact and reservation register; reserved against digital communication | Digdir |
//! | digitalpostkasse | the citizen's digital mailbox | Digdir |
//! | SBD, forretningsmelding | envelope and content of a business message | eFormidling |
//! | DPI | digital and printed post to citizens | eFormidling |
//! | brev | a letter a citizen received, digitally or on paper | |
//! | merke | tag of the minimum cast, by which a scenario finds edge people | |

pub mod access;
pub mod app;
pub mod base;
pub mod cli;
pub mod clock;
pub mod courier;
pub mod demo;
pub mod formats;
pub mod gate;
pub mod journal;
pub mod keys;
pub mod observe;
pub mod oidc;
pub mod population;
pub mod report;
pub mod scenario;
pub mod select;
pub mod services;
pub mod settle;
pub mod town;
pub mod townhall;
pub mod web;
