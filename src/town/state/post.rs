//! Sub-state of business messages and mailboxes.

/// Business messages, conversations, statuses and the letters citizens received.
#[derive(Clone, Debug, Default)]
pub struct Post {}

/// Work on messages that waits for the clock.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum PostDue {}
