//! Sub-state of registered apps.

/// Clients of the login and token services, by service and client id.
#[derive(Clone, Debug, Default)]
pub struct Klienter {}
