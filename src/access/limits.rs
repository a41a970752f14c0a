//! How much the login and token services read (`specs/eid.md` §9 row 43).

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};

/// Longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;
/// Longest header section, names and values together.
const MAX_HEADERS: usize = 32 * 1024;
/// Longest path and query.
const MAX_URL: usize = 16 * 1024;

/// `routes` behind the limits: 414 for a long address, 431 for long headers, 413 for a long body.
pub fn limited(routes: Router<()>) -> Router<()> {
    routes.layer(DefaultBodyLimit::max(MAX_BODY)).layer(from_fn(check))
}

async fn check(request: Request, next: Next) -> Response {
    let url = request.uri().path_and_query().map_or(0, |text| text.as_str().len());
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if url > MAX_URL {
        StatusCode::URI_TOO_LONG.into_response()
    } else if headers > MAX_HEADERS {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response()
    } else {
        next.run(request).await
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use axum::http::header;
    use axum::routing::post;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn each_limit_is_met_exactly() {
        let ask = async |url: usize, headers: usize, body: usize| {
            let routes =
                limited(Router::new().route("/{*rest}", post(|body: Bytes| async move { body.len().to_string() })));
            let request = Request::post(format!("/{}", "u".repeat(url - 1)))
                .header(header::COOKIE, "c".repeat(headers - "cookie".len()))
                .body(Body::from("b".repeat(body)));
            routes.oneshot(request.unwrap()).await.unwrap().status().as_u16()
        };
        assert_eq!(ask(MAX_URL, MAX_HEADERS, MAX_BODY).await, 200);
        assert_eq!(ask(MAX_URL + 1, MAX_HEADERS, MAX_BODY).await, 414);
        assert_eq!(ask(MAX_URL, MAX_HEADERS + 1, MAX_BODY).await, 431);
        assert_eq!(ask(MAX_URL, MAX_HEADERS, MAX_BODY + 1).await, 413);
    }
}
