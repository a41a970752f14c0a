//! Sub-state of the contact and reservation register: entries that differ from the base.

use imbl::OrdMap;
use std::sync::Arc;

use crate::town::model::{Kontakt, PersonId};

/// Entries changed in this world, by person. Sparse: most people never change theirs.
#[derive(Clone, Debug, Default)]
pub struct KontaktRegister {
    /// Changed entries.
    pub endret: OrdMap<PersonId, Arc<Kontakt>>,
}
