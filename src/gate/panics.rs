//! The last line: a panic in one request is a 500 for that request, and the town goes on. The panic itself stands on
//! stderr; nothing of it leaves in the answer.

use std::any::Any;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use tower_http::catch_panic::CatchPanicLayer;

use crate::access::problem;

/// `router`, answering 500 where it would panic.
pub(super) fn caught(router: Router) -> Router {
    router.layer(CatchPanicLayer::custom(answer))
}

fn answer(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked and was answered 500");
    problem(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error", "the request could not be handled")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[expect(clippy::panic, reason = "a handler that panics is what is tested")]
    async fn broken() -> StatusCode {
        panic!("on purpose")
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_tells_nothing() {
        let router = caught(Router::new().route("/", get(broken)));
        let answer = router.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(answer.into_body(), 1 << 16).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("purpose"));
    }
}
