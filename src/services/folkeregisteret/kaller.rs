//! Who asks, and under which package: admitted by a token of Maskinporten, or by another service that holds the door.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::OnceLock;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

use super::faults::{self, Feil};
use super::handlers;
use super::pakker::{BASER, PAKKER, Pakke};
use crate::access::{AudienceRule, BearerFault, Gjest, Inbound, bearer};
use crate::base::Orgnummer;

/// Who has been admitted.
#[derive(Clone, Debug)]
pub(super) struct Adgang {
    pub(super) client_id: String,
    pub(super) consumer: Orgnummer,
}

/// A request with who asks.
pub(super) struct Kaller {
    pub(super) inbound: Inbound,
    pub(super) headers: HeaderMap,
    /// The package, or as much of it as a role may see.
    pub(super) pakke: Cow<'static, Pakke>,
    /// Where the caller finds the package.
    pub(super) base: String,
    pub(super) adgang: Result<Adgang, Feil>,
}

/// The machine token of the request, or the register's refusal.
fn admit(inbound: &Inbound, pakke: &Pakke, headers: &HeaderMap) -> Result<Adgang, Feil> {
    let scopes: Vec<&str> = [pakke.scope].into_iter().chain(pakke.segment).collect();
    let token = bearer(inbound, headers, &scopes, AudienceRule::IfPresent(&["unspecified"]));
    let token = token.map_err(|fault| match fault {
        BearerFault::Missing => faults::TOKEN_MISSING,
        BearerFault::WrongAudience => faults::TOKEN_AUDIENCE,
        BearerFault::WrongScope => faults::SCOPE_MISMATCH,
        _ => faults::TOKEN_INVALID,
    })?;
    Ok(Adgang { client_id: token.client_id.clone(), consumer: token.consumer })
}

impl<S: Sync> FromRequestParts<S> for Kaller {
    type Rejection = (StatusCode, &'static str);

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let inbound = Inbound::from_request_parts(parts, state).await?;
        let headers = parts.headers.clone();
        // Only a router without the layers of `handlers` can lack it.
        let pakke: &'static Pakke =
            parts.extensions.get().copied().ok_or((StatusCode::INTERNAL_SERVER_ERROR, "no package for this path"))?;
        Ok(match parts.extensions.remove::<Gjest>() {
            Some(Gjest { client_id, consumer, deler, base, .. }) => {
                let adgang = Ok(Adgang { client_id, consumer });
                Self { inbound, headers, pakke: pakke.avgrenset(deler), base, adgang }
            }
            None => {
                let adgang = admit(&inbound, pakke, &headers);
                let base = format!("{}{}", inbound.base_url, pakke.base);
                Self { inbound, headers, pakke: Cow::Borrowed(pakke), base, adgang }
            }
        })
    }
}

/// The register for guests of another service (`specs/folkeregister.md` §17): the same operations under `/v1`, for whom
/// that service has admitted.
pub fn doer(request: Request, gjest: Gjest) -> Pin<Box<dyn Future<Output = Response> + Send>> {
    static PAKKENES: OnceLock<Vec<Router>> = OnceLock::new();
    let routers = PAKKENES.get_or_init(|| {
        let of = |(pakke, (_, tjenester))| {
            handlers::of_package("/v1", pakke, tjenester).fallback(|| async { faults::ROUTE_UNKNOWN })
        };
        PAKKER.into_iter().zip(BASER).map(of).collect()
    });
    let router = PAKKER.iter().position(|pakke| pakke.id == gjest.pakke).map(|place| routers[place].clone());
    Box::pin(async move {
        let Some(router) = router else { return faults::ROUTE_UNKNOWN.into_response() };
        // Of what other routers have left with the request only the world is wanted: their paths are not ours.
        let (mut parts, body) = request.into_parts();
        let inbound = parts.extensions.remove::<Inbound>();
        parts.extensions.clear();
        inbound.map(|inbound| parts.extensions.insert(inbound));
        parts.extensions.insert(gjest);
        let request = Request::from_parts(parts, body);
        match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    })
}
