//! A fault for one request: `Byteby-Fault: kind=error;status=503` (`specs/experience.md` §16).

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use serde_json::Value;

use super::HEADER;
use crate::town::faults;
use crate::town::state::Fault;

/// The fault the request asks for itself.
///
/// # Errors
/// A sentence about what cannot be read.
pub(super) fn asked(headers: &HeaderMap) -> Result<Option<Fault>, String> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("one fault at a time".into());
    }
    let text = value.to_str().map_err(|_| "write `kind=error;status=503`".to_owned())?;
    let mut fields = BTreeMap::new();
    for pair in text.split(';') {
        let (name, value) = pair.split_once('=').ok_or("write `kind=error;status=503`")?;
        if fields.insert(name.trim().to_owned(), Value::from(value.trim())).is_some() {
            return Err(format!("`{}` stands twice", name.trim()));
        }
    }
    let kind = fields.remove("kind").ok_or("`kind` is missing: write `kind=error;status=503`")?;
    faults::read(kind.as_str().unwrap_or_default(), &fields).map(Some).map_err(|fault| fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Result<Option<Fault>, String> {
        let mut headers = HeaderMap::new();
        values.iter().for_each(|value| {
            headers.append(HEADER, value.parse().unwrap());
        });
        asked(&headers)
    }

    #[test]
    fn one_fault_is_read_strictly() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["kind=error;status=503"]), Ok(Some(Fault::Error { status: 503 })));
        assert_eq!(read(&[" kind = latency ; delay = 20ms "]), Ok(Some(Fault::Latency { delay_ms: 20 })));
        for (values, said) in [
            (vec!["kind=reset", "kind=reset"], "one fault at a time"),
            (vec!["reset"], "write `kind=error;status=503`"),
            (vec![""], "write `kind=error;status=503`"),
            (vec!["status=503"], "`kind` is missing: write `kind=error;status=503`"),
            (vec!["kind=error;kind=reset"], "`kind` stands twice"),
            (vec!["kind=reset;p=0.5"], "a fault of kind `reset` has no field `p`"),
            (vec!["kind=reset;"], "write `kind=error;status=503`"),
            (vec!["kind=rset"], "there is no fault of kind `rset`; did you mean `reset`?"),
        ] {
            assert_eq!(read(&values), Err(said.to_owned()), "{values:?}");
        }
    }
}
