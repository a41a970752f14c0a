//! Nothing a route does not know is taken in silence: a query on an address that has none, fields in the body of a call
//! that has none. What there is, the document says (`specs/experience.md` §16).

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde_json::Value;

use super::BASE;
use super::body::unknown;
use super::document::operation;
use super::problem::{Code, Problem};

/// Refuses what the operation at hand has not declared. Operations with a query or a body of their own read it strictly
/// themselves.
pub(super) async fn refuse(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().and_then(|path| path.as_str().strip_prefix(BASE));
    let Some(operation) = route.and_then(|route| operation(request.method(), route)) else {
        return next.run(request).await;
    };
    if let Some(problem) = query(operation, &request) {
        return problem.into_response();
    }
    if !operation["requestBody"]["x-nothing"].as_bool().unwrap_or_default() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Problem::new(Code::BadValue, "the body was cut off").into_response();
    };
    if let Some(problem) = body_of_nothing(&bytes) {
        return problem.into_response();
    }
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

fn query(operation: &Value, request: &Request) -> Option<Problem> {
    let mut parameters = operation["parameters"].as_array().into_iter().flatten();
    if parameters.any(|one| one["in"] == "query") {
        return None;
    }
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(request.uri()).ok()?.0;
    let (key, _) = pairs.first()?;
    Some(unknown(key, std::iter::empty()).hint("this address takes no query").at(format!("?{key}")))
}

fn body_of_nothing(bytes: &[u8]) -> Option<Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => {
            let key = object.keys().next()?;
            Some(unknown(key, std::iter::empty()).hint("this call takes no fields: send `{}` or nothing"))
        }
        Ok(_) => Some(Problem::new(Code::BadValue, "the body must be a JSON object")),
        Err(fault) => Some(Problem::new(Code::BadValue, format!("the body is not JSON: {fault}"))),
    }
}
