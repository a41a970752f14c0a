//! Addresses of this server: the origin browsers use, and the certificate that lets them use TLS.

use std::sync::{Arc, PoisonError, RwLock};

use axum::Extension;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Body, Fields};
use super::problem::{Code, Problem};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(ca_pem)).routes(routes!(set_public_url))
}

/// The certificate of this machine's authority as PEM, or why there is none. The gate puts it into a request for it.
#[derive(Clone, Debug)]
pub struct CaCertificate(pub Result<String, String>);

/// The origin a browser uses, when it is not the caller's own: test containers learn their port only after the start
/// (`specs/experience.md` §7). The gate puts it into every request; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct PublicUrl(Arc<RwLock<Option<String>>>);

impl PublicUrl {
    /// The origin, or nothing yet.
    #[must_use]
    pub fn new(origin: Option<String>) -> Self {
        Self(Arc::new(RwLock::new(origin)))
    }

    /// The origin, without a slash at the end.
    #[must_use]
    pub fn get(&self) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, origin: String) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(origin);
    }
}

/// `text` as an origin without a slash at the end; `None` when it is none: another scheme, no host, a path, credentials.
#[must_use]
pub fn origin_of(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
    let plain = matches!(scheme, "http" | "https") && !authority.contains('@') && !authority.is_empty();
    (plain && uri.path() == "/" && uri.query().is_none()).then(|| format!("{scheme}://{authority}"))
}

/// The certificate that signs those of this server. Give it to what should trust them.
#[utoipa::path(get, path = "/ca.pem", tag = "server", responses(
    (status = 200, description = "a certificate", content_type = "application/x-pem-file", body = String),
    (status = 503, description = "there is no certificate authority")
))]
pub(super) async fn ca_pem(certificate: Option<Extension<CaCertificate>>) -> Result<Response, Problem> {
    match certificate.map(|Extension(certificate)| certificate.0) {
        Some(Ok(pem)) => Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response()),
        Some(Err(fault)) => Err(Problem::new(Code::NoAuthority, fault).hint("`byteby doctor` says what to do")),
        None => Err(Problem::new(Code::NoAuthority, "this server has no certificate authority")),
    }
}

/// The origin a browser uses.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct PublicUrlBody {
    /// Scheme, host and port: `http://localhost:49153`.
    url: String,
}

impl Fields for PublicUrlBody {}

/// Tells the server under which origin browsers reach it.
#[utoipa::path(put, path = "/server/public-url", tag = "server", request_body = PublicUrlBody, responses(
    (status = 204, description = "known from the next request on"),
    (status = 400, description = "not an origin")
))]
pub(super) async fn set_public_url(
    public: Option<Extension<PublicUrl>>,
    Body(body): Body<PublicUrlBody>,
) -> Result<StatusCode, Problem> {
    let origin = origin_of(&body.url).ok_or_else(|| {
        Problem::value("/url", format!("`{}` is not an origin", body.url))
            .hint("write scheme, host and port and nothing else: `http://localhost:49153`")
    })?;
    if let Some(Extension(public)) = public {
        public.set(origin);
    }
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (text, origin) in [
            ("http://localhost:49153", Some("http://localhost:49153")),
            ("https://town.example/", Some("https://town.example")),
            ("http://localhost/path", None),
            ("http://localhost?x", None),
            ("http://user@localhost", None),
            ("ftp://localhost", None),
            ("localhost:1", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(origin_of(text).as_deref(), origin, "{text}");
        }
    }
}
