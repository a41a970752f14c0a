//! Tokens as they may be shown: header and claims, never the signature (`specs/experience.md` §20).

use std::ops::Range;

use serde_json::{Value, json};

use crate::keys::{decode_url, encode_url};

/// How every token begins: the base64 of `{"`.
const BEGINNING: &[u8] = b"eyJ";

/// The letters of base64url, as a table: tokens are long, and every request shows one.
const LETTERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        byte += 1;
    }
    table
};

fn is_letter(byte: u8) -> bool {
    LETTERS[usize::from(byte)]
}

/// The tokens in `bytes`: three parts of base64url with points between, the first of which begins an object.
pub(super) fn each(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(bytes.get(from..).unwrap_or_default(), BEGINNING).map(|at| from + at) {
        from = at + BEGINNING.len();
        if at > 0 && is_letter(bytes[at - 1]) {
            continue;
        }
        let part = |start: usize| start + bytes[start..].iter().take_while(|byte| is_letter(**byte)).count();
        let header = part(at);
        if bytes.get(header) != Some(&b'.') {
            continue;
        }
        let claims = part(header + 1);
        if bytes.get(claims) != Some(&b'.') || claims == header + 1 {
            continue;
        }
        let end = part(claims + 1);
        found.push(at..end);
        from = end;
    }
    found
}

/// The decoded claims of a token; empty when they cannot be decoded.
pub(super) fn claims(token: &[u8]) -> Vec<u8> {
    let part = token.split(|byte| *byte == b'.').nth(1).and_then(|part| std::str::from_utf8(part).ok());
    part.and_then(decode_url).unwrap_or_default()
}

/// `bytes` with every token cut behind its claims, which `hide` may change; `None` when there is no token.
pub(super) fn shown(bytes: &[u8], hide: impl Fn(&[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let tokens = each(bytes);
    if tokens.is_empty() {
        return None;
    }
    let (mut out, mut copied) = (Vec::with_capacity(bytes.len()), 0);
    for token in tokens {
        out.extend_from_slice(&bytes[copied..token.start]);
        let mut parts = bytes[token.clone()].split(|byte| *byte == b'.');
        let (header, written) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        out.extend_from_slice(header);
        out.push(b'.');
        match hide(&claims(&bytes[token.clone()])) {
            Some(hidden) => out.extend_from_slice(encode_url(&hidden).as_bytes()),
            None => out.extend_from_slice(written),
        }
        out.push(b'.');
        copied = token.end;
    }
    out.extend_from_slice(&bytes[copied..]);
    Some(out)
}

/// Header and claims of the bearer or DPoP token in an `Authorization` value, as they stand there and without the
/// signature; `None` for anything else.
#[must_use]
pub fn token_of(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("dpop") {
        return None;
    }
    let token = token.trim();
    let found = each(token.as_bytes()).into_iter().next().filter(|found| found.start == 0)?;
    // The last point stays, so that what is kept is still seen to be a token and its claims are looked through.
    token[..found.end].rfind('.').map(|at| &token[..=at])
}

/// Header and claims of a kept token as a document; parts that are no JSON are null.
#[must_use]
pub fn read_token(token: &str) -> Value {
    let mut parts = token.split('.');
    let mut read = || {
        let bytes = decode_url(parts.next().unwrap_or_default()).unwrap_or_default();
        serde_json::from_slice::<Value>(&bytes).unwrap_or(Value::Null)
    };
    let (header, claims) = (read(), read());
    json!({ "header": header, "claims": claims })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_header_and_claims_and_credentials_are_nothing() {
        let part = |text: &str| encode_url(text.as_bytes());
        let token =
            format!("{}.{}.{}", part(r#"{"kid":"k"}"#), part(r#"{"client_id":"app"}"#), part("secret signature"));
        let authorization = format!("Bearer {token}");
        let shown = token_of(&authorization).unwrap();
        assert!(token.starts_with(shown) && !shown.contains(&part("secret signature")), "{shown}");
        assert_eq!(read_token(shown), json!({"header": {"kid": "k"}, "claims": {"client_id": "app"}}));
        for other in ["Basic YTpi", "Bearer opaque", "Bearer a.b.c", "", "Bearer"] {
            assert_eq!(token_of(other), None, "{other}");
        }
    }

    #[test]
    fn tokens_are_found_between_other_text_and_half_tokens_are_none() {
        let found = |text: &str| each(text.as_bytes()).into_iter().map(|at| text[at].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("a=eyJ9.eyJx.sig&b=eyJ1.eyJy."), ["eyJ9.eyJx.sig", "eyJ1.eyJy."]);
        assert_eq!(found("eyJ9.eyJx"), Vec::<String>::new());
        assert_eq!(found("keyJ9.eyJx.sig"), Vec::<String>::new());
        assert_eq!(found("eyJ9..sig eyJ"), Vec::<String>::new());
    }
}
