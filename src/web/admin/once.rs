//! `Idempotency-Key` on every write: the same key with the same request gives the first answer again, byte for byte.
//!
//! What is kept lies beside the town: bounded, forgotten with the process, and a fork starts without it. Life events
//! go further, their keys stand in the log (see `events`). Answers of 500 and above are not kept, for the next attempt
//! may succeed. Two requests with one key at the same time wait for each other, so that one of them does the work.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use super::problem::{Code, Problem};
use crate::base::{Digest, sha256};

/// Longest key, bytes.
const MAX_KEY: usize = 255;
/// Keys remembered for each world; the oldest go first.
const KEYS: usize = 1_000;
/// Worlds with keys; the oldest go first.
const WORLDS: usize = 256;
/// Longest answer that is kept, bytes. A longer one is made again.
const LONGEST: usize = 256 << 10;

/// An answer as it was given.
#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// What a key has done. Empty until its first request has been answered.
type Slot = Arc<tokio::sync::Mutex<Option<(Digest, Answer)>>>;

/// Keys of one world, oldest first.
#[derive(Default)]
struct Keys {
    slots: BTreeMap<String, Slot>,
    order: VecDeque<String>,
}

#[derive(Default)]
struct Worlds {
    keys: BTreeMap<u64, Keys>,
    order: VecDeque<u64>,
}

/// The keys of all worlds, by incarnation; 0 is the server itself.
#[derive(Clone, Default)]
pub(super) struct Once(Arc<Mutex<Worlds>>);

/// The key of a request.
pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let fault =
        || Problem::value("Idempotency-Key", format!("an idempotency key has 1 to {MAX_KEY} printable letters"));
    let text = value.to_str().map_err(|_| fault())?;
    if text.is_empty() || text.len() > MAX_KEY {
        return Err(fault());
    }
    Ok(Some(text.to_owned()))
}

impl Once {
    fn slot(&self, incarnation: u64, key: &str) -> Slot {
        let mut worlds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !worlds.keys.contains_key(&incarnation) {
            if worlds.order.len() >= WORLDS
                && let Some(oldest) = worlds.order.pop_front()
            {
                worlds.keys.remove(&oldest);
            }
            worlds.order.push_back(incarnation);
        }
        let keys = worlds.keys.entry(incarnation).or_default();
        if let Some(slot) = keys.slots.get(key) {
            return slot.clone();
        }
        if keys.order.len() >= KEYS
            && let Some(oldest) = keys.order.pop_front()
        {
            keys.slots.remove(&oldest);
        }
        keys.order.push_back(key.to_owned());
        keys.slots.entry(key.to_owned()).or_default().clone()
    }

    /// Answers `request` by `work`, or as its `key` was answered before in the world with `incarnation`.
    pub(super) async fn answer<F: Future<Output = Response>>(
        &self,
        incarnation: u64,
        key: &str,
        request: Request,
        work: impl FnOnce(Request) -> F,
    ) -> Response {
        let (parts, body) = request.into_parts();
        // The gate has bounded and read the body already.
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return Problem::new(Code::BadValue, "the body was cut off").into_response();
        };
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let digest = sha256(&[parts.method.as_str().as_bytes(), &[0], target.as_bytes(), &[0], &body]);
        let slot = self.slot(incarnation, key);
        let mut slot = slot.lock().await;
        match &*slot {
            Some((before, answer)) if *before == digest => return answer.again(),
            Some(_) => {
                let detail = "this idempotency key came with another request before";
                return Problem::new(Code::IdempotencyKey, detail).at("Idempotency-Key").into_response();
            }
            None => {}
        }
        let (parts, body) = work(Request::from_parts(parts, Body::from(body))).await.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        if !parts.status.is_server_error() && body.len() <= LONGEST {
            let answer = Answer { status: parts.status, headers: parts.headers.clone(), body: body.clone() };
            *slot = Some((digest, answer));
        }
        Response::from_parts(parts, Body::from(body))
    }
}

impl Answer {
    /// The answer again; a header says that nothing was done this time.
    fn again(&self) -> Response {
        let mut response = (self.status, Body::from(self.body.clone())).into_response();
        *response.headers_mut() = self.headers.clone();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        response.headers_mut().insert("byteby-replayed", HeaderValue::from_static("true"));
        response
    }
}
