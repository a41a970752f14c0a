//! What a service knows about its operations, as data it declares itself (`specs/core.md` §9).

use std::fmt::Write;

use serde_json::Value;

/// Where a request names the people it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// A variable of the path.
    Path(&'static str),
    /// A parameter of the query, or of a form in the body.
    Field(&'static str),
    /// A place in a JSON body: keys with points between, `*` for every item of a list.
    Body(&'static str),
    /// A claim of the token the caller shows.
    Token(&'static str),
}

/// One operation of a mocked service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operation {
    /// Service id (`specs/names.md` §1).
    pub service: &'static str,
    /// HTTP method; `*` for any.
    pub method: &'static str,
    /// Where the service is mounted.
    pub base: &'static str,
    /// Path behind the base; `{name}` stands for one segment, `{*name}` for the rest.
    pub path: &'static str,
    /// Its name, `service.ressurs.handling`.
    pub name: &'static str,
    /// Whether this town models it; otherwise it answers 501.
    pub modelled: bool,
    /// Where it names people.
    pub about: &'static [About],
}

impl Operation {
    /// An operation that is modelled and names nobody.
    #[must_use]
    pub const fn new(
        service: &'static str,
        method: &'static str,
        base: &'static str,
        path: &'static str,
        name: &'static str,
    ) -> Self {
        Self { service, method, base, path, name, modelled: true, about: &[] }
    }

    /// The same, naming people at `about`.
    #[must_use]
    pub const fn about(mut self, about: &'static [About]) -> Self {
        self.about = about;
        self
    }

    /// The same, not modelled.
    #[must_use]
    pub const fn missing(mut self) -> Self {
        self.modelled = false;
        self
    }

    /// The whole path, with its variables.
    #[must_use]
    pub fn template(&self) -> String {
        format!("{}{}", self.base, self.path)
    }

    /// The variables of `path`, when it is one of this operation's. A slash at the end does not matter.
    #[must_use]
    pub fn variables<'a>(&self, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
        fn trimmed(path: &str) -> &str {
            path.strip_suffix('/').unwrap_or(path)
        }
        let rest = path.strip_prefix(self.base)?;
        let mut given = trimmed(rest).split('/');
        let mut variables = Vec::new();
        for wanted in trimmed(self.path).split('/') {
            if wanted.starts_with("{*") {
                return given.next().filter(|segment| !segment.is_empty()).map(|_| variables);
            }
            let segment = given.next()?;
            match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !segment.is_empty() => variables.push((name, segment)),
                None if wanted == segment => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(variables)
    }

    /// Whether it answers this method; `HEAD` asks what `GET` answers.
    #[must_use]
    pub fn takes(&self, method: &str) -> bool {
        self.method == "*" || self.method == method || (self.method == "GET" && method == "HEAD")
    }
}

/// What a method and a path stand for.
#[derive(Clone, PartialEq, Debug)]
pub enum Found<'a> {
    /// An operation and the variables of its path.
    Operation(&'static Operation, Vec<(&'static str, &'a str)>),
    /// The path exists with other methods.
    OtherMethods(Vec<&'static Operation>),
    /// No such path.
    Nothing,
}

/// All operations of all services.
#[derive(Clone, Debug)]
pub struct Operations(Vec<&'static Operation>);

/// Operations a hint names at most.
const HINTED: usize = 3;

impl Operations {
    /// A table of `all`, in the order in which literal paths come before those with variables.
    #[must_use]
    pub fn of(all: impl IntoIterator<Item = &'static Operation>) -> Self {
        Self(all.into_iter().collect())
    }

    /// Every operation.
    pub fn iter(&self) -> impl Iterator<Item = &'static Operation> {
        self.0.iter().copied()
    }

    /// What `method` on `path` (without world prefix and query) stands for.
    #[must_use]
    pub fn find<'a>(&self, method: &str, path: &'a str) -> Found<'a> {
        let mut others = Vec::new();
        for operation in self.iter() {
            let Some(variables) = operation.variables(path) else { continue };
            if operation.takes(method) {
                return Found::Operation(operation, variables);
            }
            others.push(operation);
        }
        if others.is_empty() { Found::Nothing } else { Found::OtherMethods(others) }
    }

    /// The service that answers below the first segment of `path`; empty for none.
    #[must_use]
    pub fn service_of(&self, path: &str) -> &'static str {
        let first = |operation: &Operation| {
            let whole = if operation.base.is_empty() { operation.path } else { operation.base };
            whole.split('/').nth(1)
        };
        let wanted = path.split('/').nth(1);
        self.iter().find(|operation| first(operation) == wanted).map_or("", |operation| operation.service)
    }

    /// A sentence for `Byteby-Hint` about a request that fits no operation: what there is instead.
    #[must_use]
    pub fn hint(&self, method: &str, path: &str) -> Option<String> {
        let listed = |operations: &[&Operation]| {
            let mut out = String::new();
            for operation in operations.iter().take(HINTED) {
                let comma = if out.is_empty() { "" } else { ", " };
                let _ = write!(out, "{comma}{} {}", operation.method, operation.template());
            }
            out
        };
        match self.find(method, path) {
            Found::Operation(..) => None,
            Found::OtherMethods(others) => {
                let verb = if others.len() == 1 { "is" } else { "are" };
                Some(format!("{method} is not offered; {} {verb}", listed(&others)))
            }
            Found::Nothing => {
                let mut near: Vec<(usize, &Operation)> =
                    self.iter().filter_map(|one| segments_apart(&one.template(), path).map(|far| (far, one))).collect();
                near.sort_by_key(|(far, one)| (*far, !one.takes(method)));
                let near: Vec<&Operation> = near.into_iter().map(|(_, one)| one).collect();
                (!near.is_empty()).then(|| format!("no operation has this path; nearest: {}", listed(&near)))
            }
        }
    }
}

/// How many segments of `path` must be changed, added or taken away to fit `template`; `None` when less than half fit.
/// Variables fit anything; a mistyped segment counts half as much as a wrong one.
fn segments_apart(template: &str, path: &str) -> Option<usize> {
    let wanted: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
    let given: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let cost = |wanted: &str, given: &str| {
        if wanted == given {
            0
        } else if wanted.starts_with('{') {
            1
        } else if crate::base::nearest(given, [wanted]).is_some() {
            2
        } else {
            4
        }
    };
    let width = given.len() + 1;
    let mut row: Vec<usize> = (0..width).map(|at| at * 4).collect();
    for (i, part) in wanted.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * 4;
        for j in 1..width {
            let best = (diagonal + cost(part, given[j - 1])).min(row[j] + 4).min(row[j - 1] + 4);
            diagonal = row[j];
            row[j] = best;
        }
    }
    let far = row[given.len()];
    (far <= 2 * wanted.len().max(given.len())).then_some(far)
}

/// The texts at `place` of a JSON document (see [`About::Body`]).
fn at<'a>(value: &'a Value, place: &str, found: &mut Vec<&'a str>) {
    let Some((key, rest)) = (!place.is_empty()).then(|| place.split_once('.').unwrap_or((place, ""))) else {
        found.extend(value.as_str());
        return;
    };
    match (key, value) {
        ("*", Value::Array(items)) => items.iter().for_each(|item| at(item, rest, found)),
        (key, Value::Object(fields)) => fields.get(key).into_iter().for_each(|inner| at(inner, rest, found)),
        _ => {}
    }
}

/// The parts of a request in which people are named.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// Variables of the path.
    pub variables: &'a [(&'static str, &'a str)],
    /// The query, or a form in the body.
    pub fields: &'a [(String, String)],
    /// The body.
    pub body: &'a [u8],
    /// Claims of the token.
    pub claims: Option<&'a Value>,
}

/// Identity numbers that `rules` find in a request: at most a thousand, as texts of any shape.
#[must_use]
pub fn people_named(rules: &[About], request: &Named<'_>) -> Vec<String> {
    const MOST: usize = 1_000;
    let mut found: Vec<String> = Vec::new();
    let document: Option<Value> = rules
        .iter()
        .any(|rule| matches!(rule, About::Body(_)))
        .then(|| serde_json::from_slice(request.body).ok())
        .flatten();
    for rule in rules {
        match rule {
            About::Path(name) => {
                let named = request.variables.iter().filter(|(variable, _)| variable == name);
                found.extend(named.map(|(_, value)| (*value).to_owned()));
            }
            About::Field(name) => {
                found.extend(request.fields.iter().filter(|(field, _)| field == name).map(|(_, value)| value.clone()));
            }
            About::Body(place) => {
                let mut texts = Vec::new();
                document.iter().for_each(|document| at(document, place, &mut texts));
                found.extend(texts.into_iter().map(str::to_owned));
            }
            About::Token(claim) => {
                let claim = request.claims.and_then(|claims| claims.get(claim)).and_then(Value::as_str);
                found.extend(claim.map(str::to_owned));
            }
        }
    }
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Operation; 4] = [
        Operation::new("krr", "POST", "/krr", "/rest/v2/personer", "krr.person.hent")
            .about(&[About::Body("personidentifikatorer.*")]),
        Operation::new("krr", "GET", "/krr", "/rest/v2/logg/siste", "krr.logg.siste"),
        Operation::new("krr", "GET", "/krr", "/rest/v2/logg/{id}", "krr.logg.hent").about(&[About::Path("id")]),
        Operation::new("skatt", "*", "/skatt", "/{*rest}", "skatt.alt").missing(),
    ];

    #[test]
    fn paths_find_their_operation_literal_ones_first() {
        let table = Operations::of(&TABLE);
        let name = |method: &str, path: &str| match table.find(method, path) {
            Found::Operation(operation, _) => operation.name,
            Found::OtherMethods(_) => "other",
            Found::Nothing => "nothing",
        };
        for (method, path, expected) in [
            ("POST", "/krr/rest/v2/personer", "krr.person.hent"),
            ("POST", "/krr/rest/v2/personer/", "krr.person.hent"),
            ("PUT", "/krr/rest/v2/personer", "other"),
            ("GET", "/krr/rest/v2/logg/siste", "krr.logg.siste"),
            ("HEAD", "/krr/rest/v2/logg/7", "krr.logg.hent"),
            ("GET", "/krr/rest/v2/logg/7/8", "nothing"),
            ("GET", "/krr/rest/v2/logg/", "nothing"),
            ("DELETE", "/skatt/a/b", "skatt.alt"),
            ("GET", "/skatt", "nothing"),
            ("GET", "/krrx/rest", "nothing"),
        ] {
            assert_eq!(name(method, path), expected, "{method} {path}");
        }
        assert_eq!(TABLE[2].variables("/krr/rest/v2/logg/7"), Some(vec![("id", "7")]));
        assert_eq!([table.service_of("/krr/x"), table.service_of("/krrx/x")], ["krr", ""]);
    }

    #[test]
    fn what_is_not_offered_is_told_with_what_is() {
        let table = Operations::of(&TABLE);
        assert_eq!(
            table.hint("PUT", "/krr/rest/v2/personer").unwrap(),
            "PUT is not offered; POST /krr/rest/v2/personer is"
        );
        let near = table.hint("POST", "/krr/rest/v2/person").unwrap();
        assert!(near.starts_with("no operation has this path; nearest: POST /krr/rest/v2/personer"), "{near}");
        assert_eq!(table.hint("GET", "/enhetsregisteret/x/y/z"), None);
        assert_eq!(table.hint("POST", "/krr/rest/v2/personer"), None);
    }

    #[test]
    fn people_are_found_where_the_operation_says() {
        let body = br#"{"personidentifikatorer":["1","2"],"other":["3"]}"#;
        let claims = serde_json::json!({"pid": "4"});
        let fields = [("pid".to_owned(), "5".to_owned()), ("x".to_owned(), "6".to_owned())];
        let named = Named { variables: &[("id", "7")], fields: &fields, body, claims: Some(&claims) };
        for (rule, expected) in [
            (About::Body("personidentifikatorer.*"), vec!["1", "2"]),
            (About::Body("personidentifikatorer"), vec![]),
            (About::Token("pid"), vec!["4"]),
            (About::Field("pid"), vec!["5"]),
            (About::Path("id"), vec!["7"]),
            (About::Path("nr"), vec![]),
        ] {
            assert_eq!(people_named(&[rule], &named), expected, "{rule:?}");
        }
    }
}
