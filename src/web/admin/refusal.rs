//! Refusals in the form of the admin API that are made before a request reaches it.

use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::problem::{Code, Problem};
use crate::base::looks_real;
use crate::web::Lang;

/// A problem document with `code`: `detail` says what happened, `hint` the one thing to do. `headers` are those of the
/// request, whose language counts; `path` is its address.
#[must_use]
pub fn refusal(code: Code, detail: &str, hint: &str, headers: &HeaderMap, path: &str) -> Response {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let problem = Problem::new(code, masked(detail)).hint(masked(hint));
    problem.document(Lang::accepted(accepted), &masked(path), "")
}

/// `text` without what looks like a real person's number: a refusal repeats hosts and paths, and must not repeat that
/// (`DESIGN` §10).
fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[start..start + digits];
        out.push_str(&rest[..start]);
        out.push_str(if digits == 11 && looks_real(number) { "[real-data-suspected]" } else { number });
        rest = &rest[start + digits..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_number_is_not_repeated() {
        assert_eq!(masked("`01010112377.example` and 2983, 12"), "`[real-data-suspected].example` and 2983, 12");
        assert_eq!(masked("nothing"), "nothing");
        // Synthetic numbers are what people here have.
        assert_eq!(masked("/p/08886399902/x"), "/p/08886399902/x");
    }
}
