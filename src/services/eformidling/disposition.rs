//! `Content-Disposition` of an upload, and the media type of a file (`specs/eformidling.md` §6.2, §16).

/// What an upload's header says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Disposition {
    /// Title, when the query has none.
    pub(super) name: Option<String>,
    /// File name; `filename*` before `filename`.
    pub(super) filename: Option<String>,
}

impl Disposition {
    /// Reads a header value. Values may be quoted, with backslash escapes, or bare with spaces, as some clients send them.
    pub(super) fn parse(header: &str) -> Self {
        let (mut name, mut plain, mut extended) = (None, None, None);
        for parameter in split(header).into_iter().skip(1) {
            let Some((key, value)) = parameter.split_once('=') else { continue };
            let value = unquoted(value.trim());
            match key.trim().to_ascii_lowercase().as_str() {
                "name" => name = Some(value),
                "filename" => plain = Some(value),
                "filename*" => extended = extended_value(&value),
                _ => {}
            }
        }
        Self { name, filename: extended.or(plain).filter(|filename| !filename.is_empty()) }
    }
}

/// The parts between semicolons that stand outside quotes.
fn split(header: &str) -> Vec<String> {
    let (mut parts, mut quoted, mut escaped) = (vec![String::new()], false, false);
    for letter in header.chars() {
        if letter == ';' && !quoted {
            parts.push(String::new());
            continue;
        }
        if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        if letter == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return value.to_owned() };
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        out.push(if letter == '\\' { letters.next().unwrap_or('\\') } else { letter });
    }
    out
}

/// RFC 5987: `charset'language'percent-encoded`, in UTF-8 or ISO-8859-1.
fn extended_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    let bytes = percent_decoded(encoded)?;
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" => String::from_utf8(bytes).ok(),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

/// The bytes behind percent signs; `None` when one is not followed by two hex digits.
pub(super) fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

/// Media types by extension, for clients that send octets or nothing.
const TYPES: [(&str, &str); 20] = [
    ("pdf", "application/pdf"),
    ("html", "text/html"),
    ("txt", "text/plain"),
    ("xml", "text/xml"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xltx", "application/vnd.openxmlformats-officedocument.spreadsheetml.template"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("odf", "application/vnd.oasis.opendocument.formula"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("fods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("fodp", "application/vnd.oasis.opendocument.presentation"),
    ("fodg", "application/vnd.oasis.opendocument.graphics"),
    ("gif", "image/gif"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("zip", "application/octet-stream"),
];

/// The media type of a file: what the client says, unless that says nothing. An extension nobody lists is a PDF, and
/// `jpg` is not listed.
pub(super) fn media_type(given: Option<&str>, filename: &str) -> String {
    let given = given.map(str::trim).filter(|given| !given.is_empty());
    if let Some(given) = given.filter(|given| !given.to_ascii_lowercase().starts_with("application/octet-stream")) {
        return given.to_owned();
    }
    let extension = filename.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
    let listed = TYPES.iter().find(|(listed, _)| *listed == extension);
    listed.map_or("application/pdf", |(_, media)| media).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_clients_write_them() {
        for (header, name, filename) in [
            ("attachment; filename=\"brev.pdf\"", None, Some("brev.pdf")),
            ("attachment; name=\"Vedlegg 1\"; filename=\"vedlegg.pdf\"", Some("Vedlegg 1"), Some("vedlegg.pdf")),
            ("attachment; filename=\"v.pdf\"; filename*=UTF-8''s%C3%B8knad%20%231.pdf", None, Some("søknad #1.pdf")),
            ("attachment; filename*=iso-8859-1'no's%F8knad.pdf; filename=x", None, Some("søknad.pdf")),
            ("attachment; name=Et vedlegg; filename=min fil.pdf", Some("Et vedlegg"), Some("min fil.pdf")),
            ("attachment; filename=\"a;b\\\"c.pdf\"", None, Some("a;b\"c.pdf")),
            ("attachment; filename=\"=?utf-8?B?w6Y=?=\"", None, Some("=?utf-8?B?w6Y=?=")),
            ("attachment; filename*=UTF-8''bad%ZZ; filename=ok.pdf", None, Some("ok.pdf")),
            ("attachment", None, None),
            ("attachment; filename=\"\"", None, None),
            ("", None, None),
        ] {
            let read = Disposition::parse(header);
            assert_eq!((read.name.as_deref(), read.filename.as_deref()), (name, filename), "{header}");
        }
    }

    #[test]
    fn the_extension_speaks_when_the_client_says_nothing() {
        for (given, filename, media) in [
            (Some("text/xml"), "x.pdf", "text/xml"),
            (Some("application/octet-stream"), "brev.TXT", "text/plain"),
            (None, "bilde.jpeg", "image/jpeg"),
            (None, "bilde.jpg", "application/pdf"),
            (Some(" "), "uten", "application/pdf"),
            (None, "arkiv.zip", "application/octet-stream"),
        ] {
            assert_eq!(media_type(given, filename), media, "{filename}");
        }
    }
}
