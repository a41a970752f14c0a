//! How much of a request is read (`specs/experience.md` §20).

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::access::problem;

/// Largest body accepted, bytes.
const BODY: usize = 10 << 20;

/// The whole body of a request.
///
/// # Errors
/// 413 for one above 10 MiB, 400 for one that ends too early.
pub(super) async fn body(body: Body) -> Result<Bytes, Response> {
    match Limited::new(body, BODY).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(problem(StatusCode::PAYLOAD_TOO_LARGE, "Content Too Large", "the limit is 10 MiB"))
        }
        Err(_) => Err(problem(StatusCode::BAD_REQUEST, "Bad Request", "the body was cut off")),
    }
}
