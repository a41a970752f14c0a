//! Query strings and forms, read strictly: broken escapes and bytes that are not UTF-8 are refused rather than
//! repaired (`specs/eid.md` §9 row 44), and a parameter given twice is seen (row 3).

/// Why a query string or form cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParamsFault {
    /// `%` without two hex digits behind it.
    #[error("broken percent-encoding")]
    Escape,
    /// Bytes that are not UTF-8.
    #[error("invalid UTF-8")]
    Utf8,
}

/// The parameters of one request, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` text.
    ///
    /// # Errors
    /// [`ParamsFault`].
    pub fn parse(text: &[u8]) -> Result<Self, ParamsFault> {
        text.split(|&byte| byte == b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let cut = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
                let value = pair.get(cut + 1..).unwrap_or_default();
                Ok((decode(&pair[..cut])?, decode(value)?))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The first value of `name`; an empty value counts as none (RFC 6749 §3.1).
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The first name that stands there more than once, `allowed` ones apart.
    #[must_use]
    pub fn doubled(&self, allowed: &[&str]) -> Option<&str> {
        self.0
            .iter()
            .enumerate()
            .find(|(place, (name, _))| {
                !allowed.contains(&name.as_str()) && self.0[..*place].iter().any(|(other, _)| other == name)
            })
            .map(|(_, (name, _))| name.as_str())
    }

    /// How often `name` stands there.
    #[must_use]
    pub fn count(&self, name: &str) -> usize {
        self.0.iter().filter(|(key, _)| key == name).count()
    }

    /// Every parameter, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn decode(text: &[u8]) -> Result<String, ParamsFault> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = after.get(..2).ok_or(ParamsFault::Escape)?;
                let digits = std::str::from_utf8(digits).map_err(|_| ParamsFault::Escape)?;
                let value = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let value = value.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.push(value.ok_or(ParamsFault::Escape)?);
                rest = &after[2..];
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).map_err(|_| ParamsFault::Utf8)
}

/// `text` as one part of a query string: everything but RFC 3986's unreserved letters is escaped.
#[must_use]
pub fn escape(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

/// `uri` with `pairs` added to its query.
#[must_use]
pub fn with_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = uri.to_owned();
    for (place, (name, value)) in pairs.iter().enumerate() {
        out.push(if place == 0 && !uri.contains('?') { '?' } else { '&' });
        out.push_str(&escape(name));
        out.push('=');
        out.push_str(&escape(value));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_doubles_are_seen() {
        let params = Params::parse(b"a=1&b=%C3%A6+x&c=&d&a=2&resource=x&resource=y&&").unwrap();
        assert_eq!(
            (params.get("a"), params.get("b"), params.get("c"), params.get("d")),
            (Some("1"), Some("æ x"), None, None)
        );
        assert_eq!(params.doubled(&["resource"]), Some("a"));
        assert_eq!(params.doubled(&["resource", "a"]), None);
        assert_eq!(params.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(params.count("a"), 2);
    }

    #[test]
    fn broken_input_is_refused() {
        for (text, fault) in [
            (b"a=%".as_slice(), ParamsFault::Escape),
            (b"a=%4", ParamsFault::Escape),
            (b"a=%zz", ParamsFault::Escape),
            (b"a=%+1", ParamsFault::Escape),
            (b"a=%FF", ParamsFault::Utf8),
            (b"a=\xff", ParamsFault::Utf8),
            (b"%FF=a", ParamsFault::Utf8),
        ] {
            assert_eq!(Params::parse(text), Err(fault), "{text:?}");
        }
    }

    #[test]
    fn what_is_escaped_comes_back_the_same() {
        for text in ["", "a b&c=d", "{\"x\": \"ø\"}", "100%", "~-._"] {
            let query = with_query("https://a.example/cb", &[("state", text)]);
            let (_, query) = query.split_once('?').unwrap();
            let params = Params::parse(query.as_bytes()).unwrap();
            assert_eq!(params.all("state").collect::<Vec<_>>(), [text]);
        }
        assert_eq!(with_query("https://a.example/?x=1", &[("code", "a b")]), "https://a.example/?x=1&code=a%20b");
    }
}
