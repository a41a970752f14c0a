//! Text with expressions in it: `${…}`, and trees of such texts.

use crate::clock::Instant;
use crate::select::{EvalFault, Kart, Names, Scope, SelectFault, Uttrykk, Verdi, Want};

/// Text that may hold expressions.
#[derive(Debug)]
pub(super) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Uttrykk(Uttrykk),
}

/// The end of the expression that begins behind `${`: the brace that closes it, quotes and inner braces apart.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote) = (0usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(mark), letter) if letter == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(at),
            (None, '}') => depth -= 1,
            _ => {}
        }
    }
    None
}

impl Template {
    /// Reads `text` with `names`. A fault's span counts from the beginning of `text`.
    pub(super) fn compile(text: &str, names: &Names) -> Result<Self, SelectFault> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find("${") {
            let open = at + found;
            if text[..open].ends_with('$') {
                plain.push_str(&text[at..open - 1]);
                plain.push_str("${");
                at = open + 2;
                continue;
            }
            plain.push_str(&text[at..open]);
            let inner = open + 2;
            let Some(len) = closing(&text[inner..]) else {
                return Err(SelectFault {
                    span: open..text.len(),
                    code: "BB1203",
                    key: "scn.open-brace",
                    parts: Vec::new(),
                    near: None,
                });
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let uttrykk = Uttrykk::compile(&text[inner..inner + len], names, Want::Anything).map_err(|mut fault| {
                fault.span = fault.span.start + inner..fault.span.end + inner;
                fault
            })?;
            parts.push(Part::Uttrykk(uttrykk));
            at = inner + len + 1;
        }
        plain.push_str(&text[at..]);
        if !plain.is_empty() || parts.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// The value: of the type of its one expression, or text.
    pub(super) fn value(&self, scope: &Scope<'_>) -> Result<Verdi, EvalFault> {
        if let [Part::Uttrykk(uttrykk)] = self.parts.as_slice() {
            return uttrykk.eval(scope);
        }
        self.text(scope).map(|text| Verdi::text(&text))
    }

    /// The text. Null and entities have none and are faults.
    pub(super) fn text(&self, scope: &Scope<'_>) -> Result<String, EvalFault> {
        let mut out = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Uttrykk(uttrykk) => {
                    let value = uttrykk.eval(scope)?;
                    let written = value.written();
                    out.push_str(
                        &written
                            .ok_or_else(|| EvalFault::new("scn.no-text-form", &[uttrykk.text(), value.type_word()]))?,
                    );
                }
            }
        }
        Ok(out)
    }
}

/// A value of the file with templates for its texts.
#[derive(Debug)]
pub(super) enum Tree {
    Const(Verdi),
    Template(Template),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The value now.
    pub(super) fn value(&self, scope: &Scope<'_>) -> Result<Verdi, EvalFault> {
        Ok(match self {
            Self::Const(verdi) => verdi.clone(),
            Self::Template(template) => template.value(scope)?,
            Self::List(items) => Verdi::List(items.iter().map(|item| item.value(scope)).collect::<Result<_, _>>()?),
            Self::Map(pairs) => {
                let pairs: Result<Vec<_>, EvalFault> =
                    pairs.iter().map(|(key, tree)| Ok((key.as_str(), tree.value(scope)?))).collect();
                Kart::of(pairs?)
            }
        })
    }
}

/// An instant in Bokmål or English words is the report's affair; in failures it stands as ISO without seconds.
pub(super) fn stamp(at: Instant) -> String {
    at.local().strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::{Kind, Ty};
    use crate::town::model::PersonId;

    #[test]
    fn expressions_alone_keep_their_type_and_others_become_text() {
        let town = crate::select::village::village();
        let names = Names::new().with("mor", Ty::Entity(Kind::Person)).with("n", Ty::Int);
        let lookup = |name: &str| match name {
            "mor" => Some(Verdi::Person(PersonId(2))),
            "n" => Some(Verdi::Int(3)),
            _ => None,
        };
        let scope = Scope { town: &town, it: None, view: crate::select::View::Whole, lookup: &lookup };
        for (text, expected) in [
            ("${n}", Verdi::Int(3)),
            ("/api/${n}/x", Verdi::text("/api/3/x")),
            ("${mor.fornavn}: ${{'a': '}'}['a']}", Verdi::text("Cis: }")),
            ("$${n} koster $5", Verdi::text("${n} koster $5")),
            ("", Verdi::text("")),
            ("${mor}", Verdi::Person(PersonId(2))),
        ] {
            assert_eq!(Template::compile(text, &names).unwrap().value(&scope), Ok(expected), "{text}");
        }
        assert!(Template::compile("til ${mor}", &names).unwrap().value(&scope).is_err(), "a person has no text form");
        let fault = Template::compile("a ${n + } b", &names).unwrap_err();
        assert_eq!(fault.span, 8..8);
        assert_eq!(Template::compile("a ${n", &names).unwrap_err().key, "scn.open-brace");
    }
}
