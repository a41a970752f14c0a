//! The rules a request of a log-in is checked against, and which of them a refusal is about (`specs/eid.md` §9, §10.7).

use std::sync::OnceLock;

use crate::web::Lang;

const TABLE: &str = include_str!("rules.tsv");

/// One rule.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Rule {
    /// Its number in the contract.
    pub(in crate::web) number: u8,
    operations: &'static str,
    words: &'static str,
    texts: [&'static str; 3],
}

/// What a refusal says.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Refusal<'a> {
    /// `error`, or `page` for an error page, or the status when a body says nothing.
    pub(in crate::web) error: &'a str,
    /// Description and hint.
    pub(in crate::web) text: &'a str,
}

/// Every rule, in the order refusals are recognised by.
pub(in crate::web) fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let rule = |line: &'static str| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_default();
            let number = cell().parse().unwrap_or_default();
            let (operations, words) = (cell(), cell());
            Rule { number, operations, words, texts: [cell(), cell(), cell()] }
        };
        lines.map(rule).collect()
    })
}

/// The rules that requests of `operation` are checked against, by number.
pub(in crate::web) fn of_operation(operation: &str) -> Vec<&'static Rule> {
    let part = operation.rsplit('.').next().unwrap_or_default();
    let mut found: Vec<&Rule> = rules().iter().filter(|rule| rule.is_of(part)).collect();
    found.sort_by_key(|rule| rule.number);
    found
}

/// The rule that a refusal of `operation` is about.
pub(in crate::web) fn broken(operation: &str, refusal: Refusal<'_>) -> Option<&'static Rule> {
    let part = operation.rsplit('.').next().unwrap_or_default();
    rules().iter().find(|rule| rule.is_of(part) && rule.says(refusal))
}

impl Rule {
    fn is_of(&self, part: &str) -> bool {
        self.operations.split(',').any(|one| one == part)
    }

    fn says(&self, refusal: Refusal<'_>) -> bool {
        let text = refusal.text.to_ascii_lowercase();
        self.words.split('|').any(|word| match word.split_once(':') {
            Some((error, rest)) => error == refusal.error && text.contains(rest),
            // An error page is recognised by nothing else than words for pages.
            None => refusal.error != "page" && (word == refusal.error || text.contains(word)),
        })
    }

    /// The rule in words.
    pub(in crate::web) fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Nb => self.texts[0],
            Lang::Nn => self.texts[1],
            Lang::En => self.texts[2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_whole_and_stands_once_for_an_operation() {
        for rule in rules() {
            assert!((1..=47).contains(&rule.number) && !rule.operations.is_empty() && !rule.words.is_empty());
            assert!(rule.texts.iter().all(|text| text.len() > 5), "{rule:?}");
        }
        for operation in ["innlogging", "par", "token", "userinfo", "introspeksjon", "tilbaketrekking", "utlogging"] {
            let numbers: Vec<u8> =
                of_operation(&format!("idporten.{operation}")).iter().map(|rule| rule.number).collect();
            assert!(!numbers.is_empty(), "{operation}");
            assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{operation}: {numbers:?}");
        }
    }

    #[test]
    fn a_refusal_is_recognised_by_what_it_says() {
        for (operation, error, text, number) in [
            ("innlogging", "page", "client_id is missing", Some(1)),
            ("innlogging", "page", "registered for this client: https://x", Some(2)),
            ("innlogging", "invalid_request", "Missing code_challenge parameter PKCE with S256 is required", Some(7)),
            ("innlogging", "invalid_request", "Missing state parameter a public client must send state here", Some(9)),
            ("innlogging", "unsupported_response_type", "", Some(4)),
            ("innlogging", "login_required", "Login required", Some(11)),
            ("innlogging", "something_else", "", None),
            ("token", "invalid_client", "no secret", Some(25)),
            ("token", "invalid_client", "unknown kid; registered keys: a", Some(27)),
            ("token", "invalid_grant", "the code has been used before", Some(30)),
            ("token", "invalid_grant", "code_verifier does not fit", Some(29)),
            ("userinfo", "401", "", Some(34)),
            ("userinfo", "invalid_token", "", Some(35)),
        ] {
            let found = broken(&format!("idporten.{operation}"), Refusal { error, text }).map(|rule| rule.number);
            assert_eq!(found, number, "{operation} {error} {text}");
        }
    }
}
