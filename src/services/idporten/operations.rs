//! Every operation of the service (`specs/eid.md` §1.1).

use super::provider::NAMES;
use super::{MOUNT, SERVICE};
use crate::observe::Operation;
use crate::oidc;

/// The operations.
pub(super) const OPERATIONS: [Operation; oidc::OPERATION_COUNT] = oidc::operations(SERVICE, MOUNT, &NAMES);
