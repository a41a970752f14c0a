//! Error bodies of the register (`specs/folkeregister.md` §4, §22). The reason key travels in `Byteby-Hint` only.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::access::Trouble;
use crate::base::{hex, keyed_hash};

/// The only code the register publishes.
const KODE: &str = "FREG-001";
/// Our own header with the reason.
const HINT: HeaderName = HeaderName::from_static("byteby-hint");

/// What is wrong with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Feil {
    pub(super) status: StatusCode,
    /// Key of the reason (`specs/folkeregister.md` §22).
    pub(super) key: &'static str,
    /// The register's own words.
    pub(super) melding: &'static str,
    /// What the person at the keyboard should know.
    pub(super) hint: &'static str,
}

macro_rules! feil {
    ($($name:ident = $status:ident, $key:literal, $melding:literal, $hint:literal;)*) => {
        $(pub(super) const $name: Feil =
            Feil { status: StatusCode::$status, key: $key, melding: $melding, hint: $hint };)*
    };
}

feil! {
    TOKEN_MISSING = UNAUTHORIZED, "token-missing", "Mangler gyldig tilgangstoken",
        "send `Authorization: Bearer <token>` with a token from Maskinporten";
    TOKEN_INVALID = UNAUTHORIZED, "token-invalid", "Tilgangstokenet er ikke gyldig",
        "the token is malformed, expired, wrongly signed or of another world";
    TOKEN_AUDIENCE = UNAUTHORIZED, "token-audience", "Tilgangstokenet er ikke gyldig",
        "ask Maskinporten for the token without `resource`: the audience must be unspecified";
    SCOPE_MISMATCH = FORBIDDEN, "scope-mismatch", "Virksomheten har ikke tilgang til ressursen",
        "the token lacks the scope of the package in the path";
    ID_FORMAT = BAD_REQUEST, "id-format", "Ugyldig personidentifikator", "an identity number has eleven digits";
    PERSON_UNKNOWN = NOT_FOUND, "person-unknown", "Fant ingen person for forespurt identifikator",
        "nobody in this world has that number";
    PERSON_UNKNOWN_REAL = NOT_FOUND, "person-unknown-real-shaped", "Fant ingen person for forespurt identifikator",
        "the number looks like a real person's; only synthetic numbers (month + 80) exist here";
    PART_UNKNOWN = BAD_REQUEST, "part-unknown", "Ugyldig verdi for part",
        "part takes names of elements, person-basis, historikk, identitetsgrunnlag-utvidet or relasjon-utvidet";
    ACCEPT = NOT_ACCEPTABLE, "accept", "Ikke støttet medietype i Accept", "ask for application/json";
    SEQ_FORMAT = BAD_REQUEST, "seq-format", "Ugyldig eller manglende sekvensnummer",
        "seq is mandatory: a whole number, 0 or more";
    SEQ_EXPIRED = NOT_ACCEPTABLE, "seq-expired", "Sekvensnummeret kan ikke være eldre enn 36 måneder",
        "load everybody again and go on from the last sequence number";
    DOC_FORMAT = BAD_REQUEST, "doc-format", "Ugyldig dokumentidentifikator", "a document id is 32 hexadecimal digits";
    DOC_UNKNOWN = NOT_FOUND, "doc-unknown", "Fant ikke dokumentet", "no event of this world has that document id";
    DOC_EXPIRED = BAD_REQUEST, "doc-expired", "Dokumentet er slettet", "documents are kept for 36 months";
    BULK_SIZE = BAD_REQUEST, "bulk-size", "Antall identifikatorer må være fra 1 til 1000",
        "send between 1 and 1000 identifiers";
    BULK_FORMAT = BAD_REQUEST, "bulk-format", "Ugyldig forespørsel", "the body must hold one list of texts";
    CONTENT_TYPE = BAD_REQUEST, "content-type", "Ugyldig forespørsel", "the body is neither JSON nor XML";
    SEARCH_MINIMUM = BAD_REQUEST, "search-minimum", "Søket mangler opplysninger som gir rett til treff",
        "give a first name and a surname, and a birth date, an identity number, an address or a postal code";
    SEARCH_NOT_UNIQUE = NOT_FOUND, "search-not-unique", "Søket ga ikke nøyaktig ett treff",
        "nobody fits, or more than one does";
    SEARCH_TOO_WIDE = BAD_REQUEST, "search-too-wide", "Søket gir for mange treff og må konkretiseres",
        "more than 10000 people fit; add criteria, or order an extract";
    SEARCH_FORMAT = BAD_REQUEST, "search-format", "Ugyldig søkeparameter",
        "a parameter is given twice or has a value it cannot have";
    DATE_FORMAT = BAD_REQUEST, "date-format", "Ugyldig datoformat", "foedselsdato is written YYYYMMDD";
    MAX_HITS = BAD_REQUEST, "max-hits", "Ugyldig verdi for maksTreff", "maksTreff is from 1 to 10000";
    ROUTE_NOT_IN_PACKAGE = NOT_FOUND, "route-not-in-package", "Ressursen finnes ikke",
        "this package does not have the operation";
    ROUTE_UNKNOWN = NOT_FOUND, "route-unknown", "Ressursen finnes ikke", "no operation has this path";
}

#[derive(Serialize)]
struct Standard {
    kode: &'static str,
    melding: &'static str,
}

/// The shape of every 401 and 403, and of 406 for an unknown `part`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tilgang {
    alvorlighetsgrad: &'static str,
    feilkode: &'static str,
    feilmelding: &'static str,
    http_status: u16,
}

/// The shape of a 404 where a feed was asked for.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Feedfeil {
    code: &'static str,
    message: &'static str,
    http_status: u16,
    feilreferanse: String,
}

impl Feil {
    /// The refusal of a feed at `path` that is none (`specs/folkeregister.md` §4).
    pub(super) fn of_feed(self, path: &str) -> Response {
        let feilreferanse = hex(&keyed_hash("folkeregisteret/feilreferanse", &[path.as_bytes()]).0[..8]);
        let http_status = self.status.as_u16();
        let body = Feedfeil { code: KODE, message: self.melding, http_status, feilreferanse };
        self.hinted(json(self.status, &body))
    }

    /// `response` with the reason in our own header.
    fn hinted(self, mut response: Response) -> Response {
        if let Ok(hint) = HeaderValue::from_str(&format!("{}: {}", self.key, self.hint)) {
            response.headers_mut().insert(HINT, hint);
        }
        response
    }
}

impl IntoResponse for Feil {
    fn into_response(self) -> Response {
        let access = matches!(self.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            || self.status == StatusCode::NOT_ACCEPTABLE && self.key == PART_UNKNOWN.key;
        let response = if access {
            json(
                self.status,
                &Tilgang {
                    alvorlighetsgrad: "ERROR",
                    feilkode: KODE,
                    feilmelding: self.melding,
                    http_status: self.status.as_u16(),
                },
            )
        } else {
            json(self.status, &Standard { kode: KODE, melding: self.melding })
        };
        self.hinted(response)
    }
}

/// Media type of JSON, without a charset.
pub(super) const JSON: &str = "application/json";
/// Media type of XML.
pub(super) const XML: &str = "application/xml";
/// Media type of the feed in XML.
pub(super) const ATOM: &str = "application/atom+xml";

/// `body` as JSON with the register's headers: no charset, never cached.
pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => with_headers(status, JSON, bytes),
        Err(_) => with_headers(
            StatusCode::INTERNAL_SERVER_ERROR,
            JSON,
            format!(r#"{{"kode":"{KODE}","melding":"Teknisk feil, prøv igjen senere"}}"#).into_bytes(),
        ),
    }
}

/// `body` under `media` with the register's headers (`specs/folkeregister.md` §4).
pub(super) fn with_headers(status: StatusCode, media: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers: &mut HeaderMap = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    response
}

/// Shortest wait the register asks for, in milliseconds: a client that reads the number as seconds merely waits too long
/// (`specs/folkeregister.md` §4).
const KORTESTE_VENTING_MS: u32 = 1_000;

/// The register's answer when it cannot serve a request. With 429 it says the wait in milliseconds, unlike the standard;
/// with other statuses in seconds.
pub(super) fn trouble(trouble: &Trouble<'_>) -> Response {
    let status = trouble.status;
    let melding = match status {
        StatusCode::UNAUTHORIZED => TOKEN_INVALID.melding,
        StatusCode::FORBIDDEN => SCOPE_MISMATCH.melding,
        StatusCode::NOT_FOUND => ROUTE_UNKNOWN.melding,
        StatusCode::TOO_MANY_REQUESTS => "For mange forespørsler, prøv igjen senere",
        StatusCode::SERVICE_UNAVAILABLE => "Tjenesten er midlertidig utilgjengelig, prøv igjen senere",
        status if status.is_server_error() => "Teknisk feil, prøv igjen senere",
        _ => "Ugyldig forespørsel",
    };
    let feil = Feil { status, key: "injected", melding, hint: "" };
    let mut response = feil.into_response();
    response.headers_mut().remove(HINT);
    let wait = match status {
        StatusCode::TOO_MANY_REQUESTS => Some(trouble.retry_after_ms.unwrap_or(0).max(KORTESTE_VENTING_MS)),
        _ => trouble.retry_after_ms.map(|_| trouble.retry_after_seconds(0)),
    };
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}
