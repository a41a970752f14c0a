//! `authorization_details` as an app may ask for it: what stands in an element of each type, and what contradicts
//! (`specs/eid.md` §3.9, §4.2 to §4.5, §9 row 16).

use serde_json::{Map, Value};

/// Elements of one request at most.
const MAX_ELEMENTS: usize = 20;
/// Letters of a resource or a task at most.
const MAX_TEXT: usize = 200;
/// In front of every resource.
const RESOURCE: &str = "urn:altinn:resource:";

/// The four types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::oidc) enum Kind {
    /// Another person.
    Fullmakt,
    /// A resource of Altinn.
    Resource,
    /// A service of the older Altinn: `code:edition`.
    Service,
    /// The employer behind a work account.
    Orgno,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Fullmakt, Self::Resource, Self::Service, Self::Orgno];

    /// The word in `type`.
    pub(in crate::oidc) fn name(self) -> &'static str {
        match self {
            Self::Fullmakt => "idporten:fullmakt",
            Self::Resource => "ansattporten:altinn:resource",
            Self::Service => "ansattporten:altinn:service",
            Self::Orgno => "ansattporten:orgno",
        }
    }

    /// Fields an element of this type may have beside `type`, those it must have first; and how many it must have.
    fn fields(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Fullmakt => (&["permission_roles"], 1),
            Self::Resource => {
                (&["resource", "organizationform", "allow_multiple_organizations", "representation_is_required"], 1)
            }
            Self::Service => (
                &[
                    "resource",
                    "organizationform",
                    "allow_multiple_organizations",
                    "representation_is_required",
                    "allow_deleted_organizations",
                ],
                1,
            ),
            Self::Orgno => (&["organizationform", "allow_multiple_organizations", "representation_is_required"], 0),
        }
    }
}

/// Which units an app wants to see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::oidc) enum Form {
    /// Main units only.
    Enterprise,
    /// Sub-units only.
    Business,
}

/// One element.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::oidc) struct Element {
    /// The resource without what stands in front of all of them: `byggesak-innsending`, `2480:40`. Empty where the type has
    /// none.
    pub resource: String,
    /// Tasks, any of which will do.
    pub permission_roles: Vec<String>,
}

/// What a request asks for. The switches of one element are those of all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::oidc) struct Details {
    /// The type of every element.
    pub kind: Kind,
    /// The elements, at least one.
    pub elements: Vec<Element>,
    /// Main units or sub-units only.
    pub form: Option<Form>,
    /// Several organisations may be chosen.
    pub several: bool,
    /// A log-in on nobody's behalf is refused.
    pub required: bool,
    /// Organisations that are deleted may be chosen.
    pub deleted: bool,
}

impl Details {
    /// One element of `kind`, with every switch off.
    pub(super) fn of(kind: Kind, element: Element) -> Self {
        Self { kind, elements: vec![element], form: None, several: false, required: false, deleted: false }
    }
}

/// Reads the parameter; `types` are those of the service. `None` for an array without elements.
///
/// # Errors
/// What is wrong, for the hint. Fields that no type knows are refused, as are unknown types (RFC 9396 §5).
pub(in crate::oidc) fn parse(text: &str, types: &[&str]) -> Result<Option<Details>, String> {
    let Ok(Value::Array(values)) = serde_json::from_str::<Value>(text) else {
        return Err("authorization_details is a JSON array".into());
    };
    if values.len() > MAX_ELEMENTS {
        return Err(format!("at most {MAX_ELEMENTS} elements"));
    }
    let mut found: Option<Details> = None;
    for value in &values {
        let Value::Object(fields) = value else { return Err("each element is an object".into()) };
        let kind = kind(fields, types)?;
        let details =
            found.get_or_insert_with(|| Details { elements: Vec::new(), ..Details::of(kind, Element::default()) });
        if details.kind != kind {
            return Err(format!(
                "all elements have one type; here are `{}` and `{}`",
                details.kind.name(),
                kind.name()
            ));
        }
        read(details, fields)?;
    }
    Ok(found)
}

fn kind(fields: &Map<String, Value>, types: &[&str]) -> Result<Kind, String> {
    let name = fields.get("type").and_then(Value::as_str);
    let known = Kind::ALL.into_iter().find(|kind| name == Some(kind.name()) && types.contains(&kind.name()));
    known.ok_or_else(|| format!("types of this service: {}", types.join(" ")))
}

/// Adds one element to `details`.
fn read(details: &mut Details, fields: &Map<String, Value>) -> Result<(), String> {
    let name = details.kind.name();
    let (allowed, required) = details.kind.fields();
    if let Some(field) = fields.keys().find(|field| *field != "type" && !allowed.contains(&field.as_str())) {
        let field: String = field.chars().take(40).collect();
        return Err(format!("`{name}` has no field `{field}`; it has: {}", allowed.join(" ")));
    }
    if let Some(field) = allowed[..required].iter().find(|field| !fields.contains_key(**field)) {
        return Err(format!("`{name}` must have the field `{field}`"));
    }
    let mut element = Element::default();
    if let Some(value) = fields.get("resource") {
        element.resource = resource(details.kind, value)?;
    }
    if let Some(value) = fields.get("permission_roles") {
        element.permission_roles = roles(value)?;
    }
    if let Some(value) = fields.get("organizationform") {
        let form = match value.as_str() {
            Some("enterprise") => Form::Enterprise,
            Some("business") => Form::Business,
            _ => return Err("organizationform is `enterprise` or `business`".into()),
        };
        if *details.form.get_or_insert(form) != form {
            return Err("organizationform must be the same in every element that has it".into());
        }
    }
    details.several |= flag(fields, "allow_multiple_organizations")?;
    details.required |= flag(fields, "representation_is_required")?;
    details.deleted |= flag(fields, "allow_deleted_organizations")?;
    details.elements.push(element);
    Ok(())
}

fn resource(kind: Kind, value: &Value) -> Result<String, String> {
    let id = value.as_str().and_then(|text| text.strip_prefix(RESOURCE)).filter(|id| id.len() <= MAX_TEXT);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match kind {
        Kind::Service => id
            .filter(|id| id.split_once(':').is_some_and(|(code, edition)| digits(code) && digits(edition)))
            .ok_or_else(|| format!("resource is `{RESOURCE}<service code>:<edition>`, both of them numbers")),
        _ => id.filter(|id| word(id)).ok_or_else(|| format!("resource is `{RESOURCE}<resource id>`")),
    }
    .map(str::to_owned)
}

fn roles(value: &Value) -> Result<Vec<String>, String> {
    let hint = || "permission_roles is a list of texts and not empty".to_owned();
    let list = value.as_array().filter(|list| (1..=MAX_ELEMENTS).contains(&list.len())).ok_or_else(hint)?;
    let text = |one: &Value| one.as_str().filter(|text| (1..=MAX_TEXT).contains(&text.len())).map(str::to_owned);
    list.iter().map(text).collect::<Option<_>>().ok_or_else(hint)
}

/// A switch: JSON's own, or the word in a text.
fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, String> {
    match fields.get(name) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(Value::String(word)) if word == "true" => Ok(true),
        Some(Value::String(word)) if word == "false" => Ok(false),
        Some(_) => Err(format!("{name} is true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDP: &[&str] = &["idporten:fullmakt"];
    const ANP: &[&str] = &["ansattporten:altinn:resource", "ansattporten:altinn:service", "ansattporten:orgno"];

    fn hint(text: &str, types: &[&str]) -> String {
        parse(text, types).map_or_else(|hint| hint, |_| String::new())
    }

    /// One element of the resource type with `more` behind its required fields.
    fn with(more: &str) -> String {
        format!(r#"{{"type":"ansattporten:altinn:resource","resource":"urn:altinn:resource:a"{more}}}"#)
    }

    #[test]
    fn row_16_what_is_malformed_is_refused_and_what_is_near_it_is_not() {
        let service =
            |id: &str| format!(r#"[{{"type":"ansattporten:altinn:service","resource":"urn:altinn:resource:{id}"}}]"#);
        let resource = |id: &str| format!(r#"[{{"type":"ansattporten:altinn:resource","resource":"{id}"}}]"#);
        let twenty = format!("[{}]", vec![r#"{"type":"ansattporten:orgno"}"#; 20].join(","));
        for (text, types, words) in [
            // Shape.
            ("", ANP, "JSON array"),
            ("x", ANP, "JSON array"),
            ("{}", ANP, "JSON array"),
            ("null", ANP, "JSON array"),
            ("[", ANP, "JSON array"),
            ("[]", ANP, ""),
            ("[1]", ANP, "an object"),
            ("[[]]", ANP, "an object"),
            (&twenty, ANP, ""),
            (&twenty.replacen('[', r#"[{"type":"ansattporten:orgno"},"#, 1), ANP, "at most 20"),
            // Type.
            ("[{}]", ANP, "types of this service"),
            (r#"[{"type":1}]"#, ANP, "types of this service"),
            (r#"[{"type":"ansattporten:orgnr"}]"#, ANP, "types of this service"),
            (r#"[{"type":"ansattporten:orgno"}]"#, ANP, ""),
            (r#"[{"type":"Ansattporten:orgno"}]"#, ANP, "types of this service"),
            (r#"[{"type":"ansattporten:orgno"}]"#, IDP, "types of this service: idporten:fullmakt"),
            (r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#, IDP, ""),
            (r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid"]}]"#, ANP, "types of this service"),
            (r#"[{"type":"ansattporten:orgno"},{"type":"ansattporten:orgno"}]"#, ANP, ""),
            (&format!(r#"[{{"type":"ansattporten:orgno"}},{}]"#, with("")), ANP, "one type"),
            // Required fields.
            (r#"[{"type":"idporten:fullmakt"}]"#, IDP, "must have the field `permission_roles`"),
            (r#"[{"type":"idporten:fullmakt","permission_roles":[]}]"#, IDP, "not empty"),
            (r#"[{"type":"idporten:fullmakt","permission_roles":"arbeid"}]"#, IDP, "list of texts"),
            (r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid",1]}]"#, IDP, "list of texts"),
            (r#"[{"type":"idporten:fullmakt","permission_roles":[""]}]"#, IDP, "list of texts"),
            (r#"[{"type":"ansattporten:altinn:resource"}]"#, ANP, "must have the field `resource`"),
            (r#"[{"type":"ansattporten:altinn:service"}]"#, ANP, "must have the field `resource`"),
            // Resources.
            (&resource("urn:altinn:resource:byggesak-innsending"), ANP, ""),
            (&resource("byggesak-innsending"), ANP, "urn:altinn:resource:"),
            (&resource("urn:altinn:resource:"), ANP, "urn:altinn:resource:"),
            (&resource("urn:altinn:resource:a b"), ANP, "urn:altinn:resource:"),
            (&resource("urn:altinn:resource:2480:40"), ANP, "urn:altinn:resource:"),
            (&resource(&format!("urn:altinn:resource:{}", "a".repeat(200))), ANP, ""),
            (&resource(&format!("urn:altinn:resource:{}", "a".repeat(201))), ANP, "urn:altinn:resource:"),
            (&service("2480:40"), ANP, ""),
            (&service("2480"), ANP, "edition"),
            (&service("2480:"), ANP, "edition"),
            (&service("2480:40:1"), ANP, "edition"),
            (&service("a:40"), ANP, "edition"),
            // Unknown fields.
            (r#"[{"type":"ansattporten:orgno","resource":"urn:altinn:resource:a"}]"#, ANP, "no field `resource`"),
            (&format!("[{}]", with(r#","allow_deleted_organizations":true"#)), ANP, "no field `allow_deleted"),
            (&service(r#"1:1","allow_deleted_organizations":"true"#), ANP, ""),
            // Switches and forms.
            (&format!("[{}]", with(r#","organizationform":"enterprise""#)), ANP, ""),
            (&format!("[{}]", with(r#","organizationform":"Enterprise""#)), ANP, "`enterprise` or `business`"),
            (&format!("[{}]", with(r#","organizationform":null"#)), ANP, "`enterprise` or `business`"),
            (&format!("[{}]", with(r#","allow_multiple_organizations":"false""#)), ANP, ""),
            (&format!("[{}]", with(r#","allow_multiple_organizations":"yes""#)), ANP, "true or false"),
            (&format!("[{}]", with(r#","allow_multiple_organizations":1"#)), ANP, "true or false"),
            (&format!("[{}]", with(r#","representation_is_required":"True""#)), ANP, "true or false"),
            (&format!("[{}]", with(r#","representation_is_required":true"#)), ANP, ""),
        ] {
            let found = hint(text, types);
            assert!(found.contains(words) && found.is_empty() == words.is_empty(), "{text}: `{found}`, not `{words}`");
        }
    }

    #[test]
    fn row_16_organizationform_must_not_contradict_itself() {
        let (main, sub) = (r#","organizationform":"enterprise""#, r#","organizationform":"business""#);
        for (first, second, form) in [
            ("", "", Ok(None)),
            (main, "", Ok(Some(Form::Enterprise))),
            ("", sub, Ok(Some(Form::Business))),
            (main, main, Ok(Some(Form::Enterprise))),
            (main, sub, Err(())),
            (sub, main, Err(())),
        ] {
            let text = format!("[{},{}]", with(first), with(second));
            let found = parse(&text, ANP).map(|details| details.unwrap().form).map_err(|_| ());
            assert_eq!(found, form, "{text}");
        }
    }

    #[test]
    fn a_switch_of_one_element_is_that_of_all() {
        for (first, second, on) in [
            ("", "", false),
            (r#","allow_multiple_organizations":false"#, r#","allow_multiple_organizations":"false""#, false),
            (r#","allow_multiple_organizations":false"#, r#","allow_multiple_organizations":"true""#, true),
            (r#","allow_multiple_organizations":true"#, "", true),
        ] {
            let details = parse(&format!("[{},{}]", with(first), with(second)), ANP).unwrap().unwrap();
            assert_eq!((details.several, details.elements.len()), (on, 2), "{first} {second}");
        }
        let details = parse(r#"[{"type":"ansattporten:orgno","representation_is_required":"true"}]"#, ANP);
        assert!(details.unwrap().unwrap().required);
    }
}
