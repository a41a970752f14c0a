//! Selectors and expressions over the town: CEL with the words of the town (`specs/experience.md` §10.5).
//!
//! The language is the Common Expression Language as the crate `cel` reads and evaluates it. What is ours: the words of
//! the entities, the functions CEL lacks, no floating point, and a walk over the compiled tree **before anything runs**,
//! so that a wrong name is a sentence with a place and the nearest right word and never a silently empty answer.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `words`, `enheter` | the words of person, household and organisation, and what the town answers |
//! | `types` | what an expression can be, as far as it is known before it runs |
//! | `functions` | which functions there are, with their types, and which come later |
//! | `check` | the walk over the tree |
//! | `verdi`, `boks` | values, and how the interpreter sees them |
//! | `builtins` | what our functions do |
//! | `rules` | the functions over dated rates |
//! | `uttrykk` | a compiled expression and its evaluation |
//! | `work` | how much work an expression may be |
//! | `selector`, `diagnose` | finding people, and saying why nobody was found |
//! | `say` | the table of sentences in both languages, also used by `scenario` and `report` |

mod boks;
mod builtins;
mod check;
mod diagnose;
mod enheter;
mod fault;
mod functions;
mod navn;
mod rules;
mod say;
mod selector;
#[cfg(test)]
mod tests;
mod types;
mod uttrykk;
mod verdi;
#[cfg(test)]
pub(crate) mod village;
mod words;
mod work;

pub use crate::base::nearest;
pub use check::Names;
pub use diagnose::{Diagnosis, Relaxation};
pub use fault::{EvalFault, SelectFault};
pub use functions::function_names;
pub use navn::{Navnesoek, begins};
pub use say::{Lang, say};
pub use selector::{Pick, Selector};
pub use types::{Kodeverk, Shape, Ty};
pub use uttrykk::{Scope, Uttrykk, View, Want};
pub use verdi::{Kart, Verdi};
pub use words::{Kind, is_word, words_of};
pub use work::TOO_MUCH;
