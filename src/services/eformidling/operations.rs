//! Every operation of the API: what it is called, and whether it is modelled.

use super::{MOUNT, SERVICE};
use crate::observe::{About, Operation};

/// What is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    /// Capabilities of a receiver.
    Capabilities,
    /// Create a message.
    Create,
    /// Create, fill and send in one go.
    CreateAndSend,
    /// Add a file.
    Upload,
    /// Send.
    Send,
    /// List the out-store.
    ListOut,
    /// One message of the out-store.
    GetOut,
    /// Take one out of it.
    DeleteOut,
    /// List conversations.
    Conversations,
    /// List those still polled.
    ConversationQueue,
    /// One conversation by number.
    Conversation,
    /// One conversation by message.
    ConversationOfMessage,
    /// Delete one by number.
    DeleteConversation,
    /// Delete one by message.
    DeleteConversationOfMessage,
    /// List statuses.
    Statuses,
    /// Statuses of one message.
    StatusesOfMessage,
    /// First of the status queue.
    PeekStatus,
    /// Take one off the status queue.
    DeleteStatus,
    /// List subscriptions.
    Subscriptions,
    /// Subscribe.
    Subscribe,
    /// One subscription.
    Subscription,
    /// Change one.
    ChangeSubscription,
    /// Delete one.
    DeleteSubscription,
    /// Delete them all.
    DeleteSubscriptions,
    /// Not modelled.
    NotModelled,
}

/// An operation and what is done for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Row {
    /// The operation.
    pub(super) operation: Operation,
    /// What is done.
    pub(super) act: Act,
}

const fn op(method: &'static str, path: &'static str, name: &'static str, act: Act) -> Row {
    let operation = Operation::new(SERVICE, method, MOUNT, path, name);
    let operation = if matches!(act, Act::NotModelled) { operation.missing() } else { operation };
    Row { operation, act }
}

impl Row {
    const fn about(mut self, about: &'static [About]) -> Self {
        self.operation = self.operation.about(about);
        self
    }
}

/// The receiver in the envelope of a message, and on paper the address block names nobody by number.
const RECEIVER: &[About] = &[About::Body("standardBusinessDocumentHeader.receiver.*.identifier.value")];

/// The API of the integration point, version 4 (`specs/eformidling.md` §5–7, §9–13). Literal paths stand before those
/// with variables.
pub(super) const OPERATIONS: [Row; 43] = [
    op("GET", "/api/capabilities/{identifier}", "eformidling.kapabilitet.hent", Act::Capabilities)
        .about(&[About::Path("identifier")]),
    op("POST", "/api/messages/out", "eformidling.melding.opprett", Act::Create).about(RECEIVER),
    op("GET", "/api/messages/out", "eformidling.melding.liste", Act::ListOut),
    op("POST", "/api/messages/out/multipart", "eformidling.melding.send", Act::CreateAndSend),
    op("POST", "/api/messages/out/{messageId}", "eformidling.melding.send", Act::Send),
    op("PUT", "/api/messages/out/{messageId}", "eformidling.fil.last_opp", Act::Upload),
    op("GET", "/api/messages/out/{messageId}", "eformidling.melding.hent", Act::GetOut),
    op("DELETE", "/api/messages/out/{messageId}", "eformidling.melding.slett", Act::DeleteOut),
    op("GET", "/api/conversations", "eformidling.samtale.liste", Act::Conversations),
    op("GET", "/api/conversations/queue", "eformidling.samtale.koe", Act::ConversationQueue),
    op("GET", "/api/conversations/messageId/{messageId}", "eformidling.samtale.hent", Act::ConversationOfMessage),
    op(
        "DELETE",
        "/api/conversations/messageId/{messageId}",
        "eformidling.samtale.slett",
        Act::DeleteConversationOfMessage,
    ),
    op("GET", "/api/conversations/{id}", "eformidling.samtale.hent", Act::Conversation),
    op("DELETE", "/api/conversations/{id}", "eformidling.samtale.slett", Act::DeleteConversation),
    op("GET", "/api/statuses", "eformidling.status.liste", Act::Statuses),
    op("GET", "/api/statuses/peek", "eformidling.status.kikk", Act::PeekStatus),
    op("GET", "/api/statuses/{id}", "eformidling.status.hent", Act::StatusesOfMessage),
    op("DELETE", "/api/statuses/{id}", "eformidling.status.slett", Act::DeleteStatus),
    op("GET", "/api/messages/in", "eformidling.innboks.liste", Act::NotModelled),
    op("GET", "/api/messages/in/peek", "eformidling.innboks.kikk", Act::NotModelled),
    op("GET", "/api/messages/in/pop/{messageId}", "eformidling.innboks.hent", Act::NotModelled),
    op("DELETE", "/api/messages/in/{messageId}", "eformidling.innboks.slett", Act::NotModelled),
    op("GET", "/api/subscriptions", "eformidling.abonnement.liste", Act::Subscriptions),
    op("POST", "/api/subscriptions", "eformidling.abonnement.opprett", Act::Subscribe),
    op("DELETE", "/api/subscriptions", "eformidling.abonnement.slett_alle", Act::DeleteSubscriptions),
    op("GET", "/api/subscriptions/{id}", "eformidling.abonnement.hent", Act::Subscription),
    op("PUT", "/api/subscriptions/{id}", "eformidling.abonnement.endre", Act::ChangeSubscription),
    op("DELETE", "/api/subscriptions/{id}", "eformidling.abonnement.slett", Act::DeleteSubscription),
    op("GET", "/servicerecord/{identifier}", "eformidling.tjenestepost.hent", Act::NotModelled),
    op("GET", "/manage/health", "eformidling.drift.helse", Act::NotModelled),
    op("GET", "/manage/health/liveness", "eformidling.drift.lever", Act::NotModelled),
    op("GET", "/manage/health/readiness", "eformidling.drift.klar", Act::NotModelled),
    op("GET", "/manage/info", "eformidling.drift.info", Act::NotModelled),
    op("GET", "/manage/metrics", "eformidling.drift.maalinger", Act::NotModelled),
    op("GET", "/manage/metrics/{name}", "eformidling.drift.maaling", Act::NotModelled),
    op("GET", "/manage/prometheus", "eformidling.drift.prometheus", Act::NotModelled),
    op("GET", "/manage/logfile", "eformidling.drift.logg", Act::NotModelled),
    op("GET", "/", "eformidling.side.forside", Act::NotModelled),
    op("GET", "/conversations", "eformidling.side.samtaler", Act::NotModelled),
    op("GET", "/status", "eformidling.side.status", Act::NotModelled),
    op("GET", "/onboarding", "eformidling.side.oppstart", Act::NotModelled),
    op("GET", "/jwk", "eformidling.side.noekkel", Act::NotModelled),
    op("GET", "/error", "eformidling.side.feil", Act::NotModelled),
];

/// The same operations as others know them: without what is done.
pub(super) const DECLARED: [Operation; OPERATIONS.len()] = {
    let mut declared = [OPERATIONS[0].operation; OPERATIONS.len()];
    let mut at = 0;
    while at < OPERATIONS.len() {
        declared[at] = OPERATIONS[at].operation;
        at += 1;
    }
    declared
};

/// What a method and path stand for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// An operation, with the variables of its path.
    Operation(Row, Vec<String>),
    /// The path exists with these methods.
    OtherMethods(Vec<&'static str>),
    /// No such path.
    Nothing,
}

/// Finds the operation for `method` on `path` (below the mount with a leading slash, percent signs already read, no slash
/// at the end).
pub(super) fn find(method: &str, path: &str) -> Found {
    let method = if method == "HEAD" { "GET" } else { method };
    let path = format!("{MOUNT}{path}");
    let mut methods = Vec::new();
    for row in &OPERATIONS {
        let Some(variables) = row.operation.variables(&path) else { continue };
        if row.operation.method == method {
            return Found::Operation(*row, variables.into_iter().map(|(_, value)| value.to_owned()).collect());
        }
        if !methods.contains(&row.operation.method) {
            methods.push(row.operation.method);
        }
    }
    if methods.is_empty() { Found::Nothing } else { Found::OtherMethods(methods) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_find_their_operation() {
        for (method, path, name) in [
            ("GET", "/api/capabilities/312012359", "eformidling.kapabilitet.hent"),
            ("POST", "/api/messages/out/multipart", "eformidling.melding.send"),
            ("GET", "/api/messages/out/multipart", "eformidling.melding.hent"),
            ("HEAD", "/api/statuses", "eformidling.status.liste"),
            ("GET", "/api/statuses/peek", "eformidling.status.kikk"),
            ("GET", "/api/conversations/queue", "eformidling.samtale.koe"),
            ("DELETE", "/api/conversations/messageId/x", "eformidling.samtale.slett"),
            ("GET", "/api/messages/in/peek", "eformidling.innboks.kikk"),
            ("GET", "/", "eformidling.side.forside"),
        ] {
            let Found::Operation(found, _) = find(method, path) else { panic!("{method} {path}") };
            assert_eq!(found.operation.name, name, "{method} {path}");
        }
    }

    #[test]
    fn other_methods_and_other_paths_are_told_apart() {
        assert_eq!(find("PATCH", "/api/messages/out"), Found::OtherMethods(vec!["POST", "GET"]));
        assert_eq!(find("POST", "/api/statuses/x"), Found::OtherMethods(vec!["GET", "DELETE"]));
        for path in ["/api/partnere", "/noarkExchange", "/api", "/API/statuses", "/api/messages/out/a/b"] {
            assert_eq!(find("GET", path), Found::Nothing, "{path}");
        }
    }
}
