//! How much of a request is read, and for how long (`specs/experience.md` §20).

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::admission::{Arrival, Surface};
use super::refusal::refuse;
use crate::access::{problem, with_hint};
use crate::web::Code;

/// Largest head accepted, bytes: address, names and values.
const HEAD: usize = 64 << 10;
/// Largest body accepted, bytes.
pub(super) const BODY: usize = 10 << 20;
/// Largest snapshot accepted, bytes. Larger ones are loaded where the data is: `up --from`, `snapshot load --data`.
const UPLOAD: usize = 64 << 20;
/// Bytes of a body that is too large read and thrown away, so that its sender gets to read the answer.
const THROWN_AWAY: usize = 32 << 20;
/// How long throwing away may take: an answer is worth that much waiting, and no more.
const LINGER: Duration = Duration::from_secs(2);
/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_mins(1);

/// Checks the size of a request's head.
///
/// # Errors
/// 431 for one above 64 KiB. Above the parser's own buffer the connection answers 431 without a body.
pub(super) fn head(parts: &Parts) -> Result<(), Response> {
    let address = parts.uri.path_and_query().map_or(0, |text| text.as_str().len());
    let lines: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if address + lines <= HEAD {
        return Ok(());
    }
    let detail = format!("the head of the request has {} bytes, the limit is 64 KiB", address + lines);
    Err(refuse(parts, Code::HeadTooLarge, &detail, "send what is long in the body"))
}

/// Largest body accepted of this request, bytes.
fn most(arrival: &Arrival, parts: &Parts) -> usize {
    let own = arrival.surface == Surface::Own && parts.method == Method::PUT;
    if own && arrival.path.starts_with("/_byteby/v1/snapshots/") { UPLOAD } else { BODY }
}

/// The whole body of a request.
///
/// # Errors
/// 413 for one above 10 MiB (64 MiB for a snapshot), 408 for one that takes longer than a minute, 400 for one that ends too early.
pub(super) async fn body(body: Body, arrival: &Arrival, parts: &Parts) -> Result<Bytes, Response> {
    body_within(ARRIVAL, body, arrival, parts).await
}

async fn body_within(limit: Duration, mut body: Body, arrival: &Arrival, parts: &Parts) -> Result<Bytes, Response> {
    let length = parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let most = most(arrival, parts);
    if length.is_some_and(|length| length > most as u64) {
        // Who asks first has not sent anything yet.
        if !parts.headers.contains_key(header::EXPECT) {
            let _ = tokio::time::timeout(LINGER, throw_away(&mut body)).await;
        }
        return Err(too_large(arrival, parts));
    }
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    match tokio::time::timeout(limit, Limited::new(&mut body, most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let _ = tokio::time::timeout(LINGER, throw_away(&mut body)).await;
            Err(too_large(arrival, parts))
        }
        Ok(Err(_)) => Err(problem(StatusCode::BAD_REQUEST, "Bad Request", "the body was cut off")),
        Err(_) => {
            let detail = "the body did not arrive within 60 seconds";
            Err(refuse(parts, Code::BodyTimeout, detail, "send the body at once"))
        }
    }
}

async fn throw_away(body: &mut Body) {
    let _ = Limited::new(body, THROWN_AWAY).collect().await;
}

fn too_large(arrival: &Arrival, parts: &Parts) -> Response {
    match arrival.surface {
        Surface::Own => {
            let detail = format!("the body is larger than the limit of {} MiB", most(arrival, parts) >> 20);
            refuse(parts, Code::TooLarge, &detail, "send it in several requests")
        }
        Surface::Mock => {
            let answer = problem(StatusCode::PAYLOAD_TOO_LARGE, "Content Too Large", "the limit is 10 MiB");
            with_hint(answer, "this server reads bodies up to 10 MiB")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use super::*;
    use crate::gate::forwarded::Caller;

    /// A body that never comes.
    struct Silent;

    impl axum::body::HttpBody for Silent {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
            Poll::Pending
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_408() {
        let parts = axum::http::Request::post("/krr").body(()).unwrap().into_parts().0;
        let arrival = Arrival {
            origin: "http://localhost".into(),
            world_in_path: None,
            world_in_host: None,
            path: "/krr".into(),
            surface: Surface::Mock,
            caller: Caller::default(),
        };
        let answer = body_within(Duration::from_millis(1), Body::new(Silent), &arrival, &parts).await.unwrap_err();
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT);
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        assert!(String::from_utf8_lossy(&text).contains(Code::BodyTimeout.text()));
        assert_eq!(Code::BodyTimeout.text(), "BB1106");
    }
}
