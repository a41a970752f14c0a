//! JSON as the API's reader takes it (`specs/eformidling.md` §1): control characters inside strings, explicit nulls,
//! unknown members and numbers for texts are fine; an object for an array is not.

use serde_json::Value;

use super::faults::Fault;

/// Reads a body that must be a JSON object.
pub(super) fn read_object(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::not_readable("Required request body is missing"));
    }
    let value: Value = serde_json::from_slice(&with_escaped_controls(bytes))
        .map_err(|error| Fault::not_readable(format!("JSON parse error: {error}")))?;
    if value.is_object() { Ok(value) } else { Err(shape("an object")) }
}

fn shape(wanted: &str) -> Fault {
    Fault::not_readable(format!("JSON parse error: Cannot deserialize value, expected {wanted}"))
}

/// Raw control characters inside strings as escapes, which is the only form our parser reads.
fn with_escaped_controls(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut quoted, mut escaped) = (Vec::with_capacity(bytes.len()), false, false);
    for &byte in bytes {
        if quoted && byte < 0x20 {
            out.extend(format!("\\u{byte:04x}").bytes());
            escaped = false;
            continue;
        }
        if byte == b'"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && byte == b'\\' && !escaped;
        out.push(byte);
    }
    out
}

/// The member `name` as text. Numbers and booleans count as their text.
pub(super) fn text(object: &Value, name: &str) -> Result<Option<String>, Fault> {
    match &object[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(truth) => Ok(Some(truth.to_string())),
        Value::Array(_) | Value::Object(_) => Err(shape(&format!("a text for `{name}`"))),
    }
}

/// The member `name` as a whole number; a text of digits counts.
pub(super) fn integer(object: &Value, name: &str) -> Result<Option<i64>, Fault> {
    let wrong = || shape(&format!("a whole number for `{name}`"));
    match &object[name] {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().map(Some).ok_or_else(wrong),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        Value::String(text) => text.trim().parse().map(Some).map_err(|_| wrong()),
        _ => Err(wrong()),
    }
}

/// The member `name` as a truth; the texts `true` and `false` count.
pub(super) fn boolean(object: &Value, name: &str) -> Result<Option<bool>, Fault> {
    match &object[name] {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(*truth)),
        Value::String(text) if matches!(text.as_str(), "true" | "True" | "TRUE") => Ok(Some(true)),
        Value::String(text) if matches!(text.as_str(), "false" | "False" | "FALSE") => Ok(Some(false)),
        _ => Err(shape(&format!("a boolean for `{name}`"))),
    }
}

/// The member `name` as an object, if it is there.
pub(super) fn object<'a>(parent: &'a Value, name: &str) -> Result<Option<&'a Value>, Fault> {
    match &parent[name] {
        Value::Null => Ok(None),
        found @ Value::Object(_) => Ok(Some(found)),
        _ => Err(shape(&format!("an object for `{name}`"))),
    }
}

/// The member `name` as an array of objects; empty when it is not there.
pub(super) fn objects<'a>(parent: &'a Value, name: &str) -> Result<Vec<&'a Value>, Fault> {
    match &parent[name] {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) if items.iter().all(Value::is_object) => Ok(items.iter().collect()),
        _ => Err(shape(&format!("an array of objects for `{name}`"))),
    }
}

/// The member `name` as one of `words`.
pub(super) fn one_of<'a>(parent: &Value, name: &str, words: &[&'a str]) -> Result<Option<&'a str>, Fault> {
    let Some(given) = text(parent, name)? else { return Ok(None) };
    words
        .iter()
        .find(|word| **word == given)
        .copied()
        .map(Some)
        .ok_or_else(|| shape(&format!("one of {} for `{name}`, not `{given}`", words.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn raw_control_characters_inside_strings_are_read_and_nothing_else_changes() {
        let read = read_object(b"{\n\t\"a\": \"one\ntwo\\n\\\"three\tfour\\\\\"\n}").unwrap();
        assert_eq!(read, json!({ "a": "one\ntwo\n\"three\tfour\\" }));
    }

    #[test]
    fn what_is_no_object_is_not_readable() {
        for body in [&b""[..], b"  \n", b"not json", b"{\"a\":", b"[]", b"\"text\"", b"null", b"{} {}"] {
            let fault = read_object(body).unwrap_err();
            assert_eq!(fault.status, 400, "{}", String::from_utf8_lossy(body));
            assert!(fault.exception.ends_with("HttpMessageNotReadableException"));
        }
    }

    #[test]
    fn texts_numbers_and_truths_are_taken_leniently_and_shapes_strictly() {
        let o = json!({ "n": 3, "t": "3", "b": "true", "x": null, "o": {}, "a": [{}], "e": "" });
        assert_eq!(text(&o, "n").unwrap().as_deref(), Some("3"));
        assert_eq!(integer(&o, "t").unwrap(), Some(3));
        assert_eq!(integer(&o, "e").unwrap(), None);
        assert_eq!(boolean(&o, "b").unwrap(), Some(true));
        assert_eq!(text(&o, "x").unwrap(), None);
        assert_eq!(objects(&o, "missing").unwrap().len(), 0);
        assert!(text(&o, "o").is_err() && integer(&o, "b").is_err() && boolean(&o, "n").is_err());
        assert!(objects(&o, "o").is_err(), "an object is not an array");
        assert!(object(&o, "a").is_err());
        assert!(one_of(&o, "t", &["4"]).is_err());
    }
}
