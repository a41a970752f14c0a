//! The error bodies of the self-service API. Only its statuses are documented (`specs/eid.md` §6, §9 row 47); the body
//! is the one of the services it administers (§2.7).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::json;

use crate::access::{BearerFault, Trouble, json_no_store, with_hint};
use crate::townhall::HallError;

/// A refusal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Feil {
    pub status: StatusCode,
    pub error: &'static str,
    pub description: String,
    /// Help for the developer, for the header beside the body.
    pub hint: String,
}

impl Feil {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self { status, error, description: description.into(), hint: String::new() }
    }

    /// 400: something about the request is wrong.
    pub(super) fn bad(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 404: nothing of the kind, or nothing of the caller's.
    pub(super) fn unknown(description: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", description)
    }

    /// 409: it exists, or existed (`specs/eid.md` §6).
    pub(super) fn conflict(description: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", description)
    }

    /// 403: it exists and is somebody else's.
    pub(super) fn forbidden(description: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "access_denied", description)
    }

    pub(super) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(super) fn response(&self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = json_no_store(self.status, &body);
        if self.status == StatusCode::UNAUTHORIZED {
            let value = if self.error == "invalid_token" { "Bearer error=\"invalid_token\"" } else { "Bearer" };
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        with_hint(response, &self.hint)
    }
}

impl From<BearerFault> for Feil {
    fn from(fault: BearerFault) -> Self {
        let (status, error) = match fault {
            BearerFault::Missing => (StatusCode::UNAUTHORIZED, "unauthorized"),
            BearerFault::WrongScope => (StatusCode::FORBIDDEN, "insufficient_scope"),
            _ => (StatusCode::UNAUTHORIZED, "invalid_token"),
        };
        Self::new(status, error, fault.to_string()).hinted(fault.hint())
    }
}

impl From<HallError> for Feil {
    fn from(error: HallError) -> Self {
        match error {
            HallError::Refused(refusal) => Self::bad(refusal.reason).hinted(refusal.code),
            other => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", other.to_string()),
        }
    }
}

/// The service's answer when it cannot serve a request.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let (error, description) = match trouble.status {
        StatusCode::UNAUTHORIZED => ("invalid_token", "The access token is not valid"),
        StatusCode::FORBIDDEN => ("access_denied", "Access denied"),
        StatusCode::TOO_MANY_REQUESTS => ("temporarily_unavailable", "Too many requests"),
        StatusCode::SERVICE_UNAVAILABLE => ("temporarily_unavailable", "Service temporarily unavailable"),
        status if status.is_server_error() => ("server_error", "Internal error"),
        _ => ("invalid_request", "Invalid request"),
    };
    let mut response = Feil::new(trouble.status, error, description).response();
    if trouble.status == StatusCode::TOO_MANY_REQUESTS || trouble.retry_after_ms.is_some() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(trouble.retry_after_seconds(1)));
    }
    response
}
