//! Which client a request comes from, as far as it says so itself. Used to follow an attachment, never to trust.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::familiar::Credentials;

/// The client id in a bearer token, an assertion, Basic credentials, a form or the query, an ID
/// token that hints at one; `None` when none is named. `known` is what the `Authorization` header says, when it has been
/// read.
#[must_use]
pub(super) fn client_of(
    headers: &HeaderMap,
    known: Option<&Credentials>,
    query: Option<&str>,
    body: &[u8],
) -> Option<String> {
    let named = match known {
        Some(known) => known.named().map(|named| named.map(str::to_owned)),
        None => of_credentials(headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or("")),
    };
    if let Some(named) = named {
        return named;
    }
    let fields = fields(headers, query, body)?;
    field(fields, "client_id").or_else(|| {
        let assertion = field(fields, "client_assertion").or_else(|| field(fields, "assertion"));
        let hint = || field(fields, "id_token_hint");
        match assertion {
            Some(assertion) => claim(&assertion, "iss"),
            None => claim(&hint()?, "aud"),
        }
    })
}

/// The client named by a bearer token or Basic credentials, which may be none; the outer `None` for anything else.
#[expect(clippy::option_option, reason = "no credentials, credentials that name nobody, and a name are three answers")]
pub(super) fn of_credentials(authorization: &str) -> Option<Option<String>> {
    if let Some(token) = strip_scheme(authorization, "bearer").or_else(|| strip_scheme(authorization, "dpop")) {
        return Some(claim(token, "client_id"));
    }
    strip_scheme(authorization, "basic")?;
    let decoded = credentials(authorization).and_then(|decoded| String::from_utf8(decoded).ok());
    let user = decoded.as_deref().and_then(|decoded| decoded.split(':').next()).map(decode);
    Some(user.filter(|user| !user.is_empty()))
}

/// The decoded credentials of Basic authentication.
pub(super) fn credentials(authorization: &str) -> Option<Vec<u8>> {
    STANDARD.decode(strip_scheme(authorization, "basic")?).ok()
}

/// What a log-in under way calls itself in the request: the id of its page, or the code it gave.
#[must_use]
pub(super) fn flow_of(headers: &HeaderMap, query: Option<&str>, body: &[u8]) -> Option<String> {
    let fields = fields(headers, query, body)?;
    // A pushed request is named by a URN whose last part says where it was sent.
    let pushed = || field(fields, "request_uri")?.rsplit(':').next().map(str::to_owned);
    field(fields, "code").or_else(|| field(fields, "innlogging")).or_else(pushed)
}

/// The form of a request that posts one, else its query.
fn fields<'a>(headers: &HeaderMap, query: Option<&'a str>, body: &'a [u8]) -> Option<&'a str> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if form { std::str::from_utf8(body).ok() } else { query }
}

fn field(fields: &str, name: &str) -> Option<String> {
    fields.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(decode)
}

fn strip_scheme<'a>(value: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, rest) = value.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// A text claim of a signed token, unverified.
fn claim(token: &str, name: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&payload).ok()?;
    claims.get(name)?.as_str().map(str::to_owned)
}

/// A form value with its percent signs and plus signs read.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let escaped =
            escaped.and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (bytes[at], escaped) {
            (_, Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', None) => out.push(b' '),
            (byte, None) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_client_is_found_wherever_it_stands() {
        let form = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let token = |claims: &str| format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims));
        let bearer = format!("Bearer {}", token(r#"{"client_id":"abc"}"#));
        let bound = bearer.replace("Bearer", "DPoP");
        let assertion = format!("grant_type=x&assertion={}", token(r#"{"iss":"machine"}"#));
        let basic = format!("Basic {}", STANDARD.encode("web%2Dapp:secret"));
        let none: Option<&str> = None;
        for (pairs, query, body, expected) in [
            (vec![(header::AUTHORIZATION, bearer.as_str())], none, "", Some("abc")),
            (vec![(header::AUTHORIZATION, bound.as_str())], none, "", Some("abc")),
            (vec![(header::AUTHORIZATION, basic.as_str())], none, "", Some("web-app")),
            (vec![form.clone()], none, assertion.as_str(), Some("machine")),
            (vec![form], none, "client_id=a+b%20c&x=y", Some("a b c")),
            (vec![], Some("response_type=code&client_id=web"), "", Some("web")),
            (vec![], none, "client_id=not-a-form", None),
            (vec![(header::AUTHORIZATION, "Bearer nonsense")], none, "", None),
        ] {
            assert_eq!(client_of(&headers(&pairs), None, query, body.as_bytes()).as_deref(), expected);
        }
    }
}
