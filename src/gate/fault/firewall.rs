//! The firewall in front of a service: it refuses addresses with script-like or illegal characters with a page of its own,
//! which names a number to ask support about (`specs/folkeregister.md` §4, §22).

use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::access::{Params, with_hint};
use crate::base::keyed_hash;

/// Characters that no address of the mocked services needs.
const ILLEGAL: &[char] = &['<', '>', '"', '\\', '`', '{', '}', '|', '^'];
/// Words that begin a script.
const SCRIPTS: &[&str] = &["javascript:", "vbscript:", "data:text/html"];

/// Whether the firewall takes a request for `uri` for an attack. Escapes are looked through, and broken ones refused.
pub(super) fn refuses(uri: &Uri) -> bool {
    let text = uri.path_and_query().map_or("", |text| text.as_str());
    // Read as one name of a form, the text comes back without its escapes.
    let whole: String = text.chars().map(|letter| if matches!(letter, '&' | '=') { ' ' } else { letter }).collect();
    let Ok(read) = Params::parse(whole.as_bytes()) else { return true };
    let lower: String = read.pairs().map(|(name, _)| name.to_lowercase()).collect();
    lower.chars().any(|letter| letter.is_control() || ILLEGAL.contains(&letter))
        || SCRIPTS.iter().any(|word| lower.contains(word))
}

/// The page it answers with, for the request with this id.
pub(super) fn refusal(id: &str) -> Response {
    let hash = keyed_hash("gate/firewall", &[id.as_bytes()]).0;
    let number = hash[..8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let page = format!(
        "<!doctype html><html lang=\"nb\"><head><title>Avvist</title></head><body><h1>Foresp\u{f8}rselen ble \
         avvist</h1><p>St\u{f8}ttenummer: {number:020}</p></body></html>"
    );
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    let response = (StatusCode::FORBIDDEN, kind, page).into_response();
    with_hint(response, "gateway: the fault `gateway` is on, and the address has characters a firewall refuses")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_refused_and_names_are_not() {
        for (text, refused) in [
            ("/personer/soek?navn=%3Cscript%3Ealert(1)%3C/script%3E", true),
            ("/personer/soek?navn=kari%22", true),
            ("/personer/soek?navn=a%00b", true),
            ("/personer/soek?navn=a%0d%0ab", true),
            ("/personer/soek?navn=JavaScript%3Aalert(1)", true),
            ("/personer/%5C%5Cfil", true),
            ("/personer/soek?navn=100%", true),
            ("/personer/soek?navn=%ff", true),
            ("/personer/soek?navn=kari+nord%C3%A5s&foedselsdato=19900517", false),
            ("/personer/soek?navn=O'Brien%20d%27Arc&adressenavn=St.%20Olavs%20gate%20(nord)", false),
            ("/personer/22909195636?part=navn&part=person-basis", false),
            ("/hendelser/feed/?seq=1", false),
        ] {
            assert_eq!(refuses(&text.parse().unwrap()), refused, "{text}");
        }
    }
}
