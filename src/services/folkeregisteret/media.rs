//! Which representation a caller wants (`specs/folkeregister.md` §4).

use axum::http::{HeaderMap, header};

/// A representation of the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Json,
    Xml,
    Atom,
    Tekst,
}

/// What an operation can be asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tilbud {
    /// Documents and look-ups.
    Dokument,
    /// The feed.
    Feed,
    /// The last sequence number.
    Nummer,
}

/// The form the `Accept` headers ask for; `None` when they name none that is offered. Highest quality wins, then order.
pub(super) fn wanted(headers: &HeaderMap, tilbud: Tilbud) -> Option<Form> {
    let mut best: Option<(u16, Form)> = None;
    let mut asked = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or("").split(',').map(str::trim).filter(|range| !range.is_empty()) {
            asked = true;
            let mut parts = range.split(';').map(str::trim);
            let Some(form) = form_of(parts.next().unwrap_or(""), tilbud) else { continue };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1000, permille);
            if quality > 0 && best.is_none_or(|(known, _)| quality > known) {
                best = Some((quality, form));
            }
        }
    }
    if asked { best.map(|(_, form)| form) } else { Some(Form::Json) }
}

/// A quality value such as `0.85` as thousandths.
fn permille(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u16>().unwrap_or(0).min(1) * 1000 + if whole == "0" { digits.parse().unwrap_or(0) } else { 0 }
}

fn form_of(range: &str, tilbud: Tilbud) -> Option<Form> {
    match (range.to_ascii_lowercase().as_str(), tilbud) {
        ("application/json" | "application/*" | "*/*", _) => Some(Form::Json),
        ("application/xml", _) => Some(Form::Xml),
        ("application/atom+xml", Tilbud::Feed) => Some(Form::Atom),
        ("text/plain" | "text/*", Tilbud::Nummer) => Some(Form::Tekst),
        _ => None,
    }
}

/// Whether a request body is JSON: by its type, or by its first character when the type says nothing. `None` when it is
/// neither JSON nor XML.
pub(super) fn body_form(headers: &HeaderMap, body: &[u8]) -> Option<Form> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    if media.contains("json") {
        return Some(Form::Json);
    }
    if media.contains("xml") {
        return Some(Form::Xml);
    }
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Some(Form::Json),
        Some(b'<') => Some(Form::Xml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn accept(values: &[&'static str], tilbud: Tilbud) -> Option<Form> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, HeaderValue::from_static(value));
        }
        wanted(&headers, tilbud)
    }

    #[test]
    fn accept_headers_as_clients_send_them() {
        for (values, tilbud, form) in [
            (&[][..], Tilbud::Dokument, Some(Form::Json)),
            (&["*/*"], Tilbud::Dokument, Some(Form::Json)),
            (&["application/json, text/plain, */*"], Tilbud::Nummer, Some(Form::Json)),
            (&["text/plain"], Tilbud::Nummer, Some(Form::Tekst)),
            (&["text/plain"], Tilbud::Dokument, None),
            (&["text/html"], Tilbud::Dokument, None),
            (&["application/xml"], Tilbud::Dokument, Some(Form::Xml)),
            (&["application/xml;q=0.4", "application/json;q=0.5"], Tilbud::Dokument, Some(Form::Json)),
            (&["application/xml, */*;q=0.8"], Tilbud::Dokument, Some(Form::Xml)),
            (&["application/atom+xml"], Tilbud::Feed, Some(Form::Atom)),
            (&["application/atom+xml"], Tilbud::Dokument, None),
            (&["application/json;q=0"], Tilbud::Dokument, None),
            (&["application/json; charset=utf-8"], Tilbud::Dokument, Some(Form::Json)),
        ] {
            assert_eq!(accept(values, tilbud), form, "{values:?} {tilbud:?}");
        }
    }
}
