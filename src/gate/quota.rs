//! Limits of a world, in front of its mocks: a request above one is answered 429 before the service sees it
//! (`specs/experience.md` §9).

use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::admission::Surface;
use crate::access::{WallTime, problem};
use crate::townhall::{HallError, World};

/// Counts a request into `world`.
///
/// # Errors
/// 429 with the limit's name in the body and, as `limit-<name>`, in `Byteby-Hint`. The admin API is never refused here: it
/// is where a limit is raised.
pub(super) fn admit(world: &World, surface: Surface, method: &Method, wall: WallTime) -> Result<(), Response> {
    world.used(wall.0);
    if surface == Surface::Own {
        return Ok(());
    }
    // Which writes of a mock end in the log is for the service to know; a full world takes none.
    let reads = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
    let room = if reads { Ok(()) } else { world.has_room() };
    world.admit(wall.0).and(room).map_err(|reached| refused(&reached))
}

fn refused(reached: &HallError) -> Response {
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", &reached.to_string());
    let hint = match reached {
        HallError::Limit { name: "requests", .. } => {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
            "limit-requests: more requests in one second than this world takes; PATCH the world to raise it"
        }
        HallError::Limit { name: "memory", .. } => {
            "limit-memory: this world holds as much as it may beyond what it began with; PATCH the world to raise the \
             limit, or reset it"
        }
        _ => {
            "limit-events: this world's log is as long as it may become; PATCH the world to raise the limit, or reset it"
        }
    };
    response.headers_mut().insert("byteby-hint", HeaderValue::from_static(hint));
    response
}
