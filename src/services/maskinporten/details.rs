//! `authorization_details`: system users and consents (`specs/eid.md` §5.5, §5.6).

use serde_json::{Map, Value, json};

use super::faults::Fault;
use crate::access::{Visit, organisasjon};
use crate::base::{Foedselsnummer, Orgnummer};
use crate::town::state::{Samtykke, Samtykkegiver, Samtykkerett, Systembrukernoekkel};

/// Type of a system user's authorization details.
pub(super) const SYSTEMBRUKER: &str = "urn:altinn:systemuser";
/// Type of a consent's authorization details.
pub(super) const SAMTYKKE: &str = "urn:altinn:consent";
/// What a person who consents is named by.
const PERSON: &str = "urn:altinn:person:identifier-no:";
/// What an organisation that consents is named by.
const VIRKSOMHET: &str = "urn:altinn:organization:identifier-no:";

/// What is asked for.
#[derive(Clone, Debug)]
pub(super) enum Details {
    /// To act as a customer's system user.
    Systembruker {
        /// The customer.
        kunde: Orgnummer,
        /// The vendor's reference.
        ekstern_ref: Option<String>,
        /// The element as it was sent.
        element: Map<String, Value>,
    },
    /// To use a consent.
    Samtykke {
        /// Its id.
        id: String,
        /// Who gave it.
        fra: Giver,
        /// The element as it was sent.
        element: Map<String, Value>,
    },
}

/// Who consents, as named in a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Giver {
    Person(Foedselsnummer),
    Virksomhet(Orgnummer),
}

fn bad(code: &'static str, description: impl Into<String>) -> Fault {
    Fault::new("invalid_authorization_details", Some(code), description)
}

fn bad_value(field: &str, hint: &str) -> Fault {
    bad("MP-303", format!("Missing or malformed value in authorization_details: {field}")).hinted(hint)
}

/// Reads the claim: a list of one element of a known type, with known fields of the right shape.
pub(super) fn read(claim: &Value) -> Result<Details, Fault> {
    let Some([Value::Object(element)]) = claim.as_array().map(Vec::as_slice) else {
        return Err(bad("MP-303", "authorization_details must be a list with one element"));
    };
    let fields: &[&str] = match element.get("type").and_then(Value::as_str) {
        Some(SYSTEMBRUKER) => &["type", "systemuser_org", "externalRef"],
        Some(SAMTYKKE) => &["type", "id", "from"],
        _ => {
            let fault = bad("MP-301", "Unknown type in authorization_details");
            return Err(fault.hinted(format!("the types are {SYSTEMBRUKER} and {SAMTYKKE}")));
        }
    };
    if let Some(unknown) = element.keys().find(|name| !fields.contains(&name.as_str())) {
        let unknown: String = unknown.chars().take(40).collect();
        let fault = bad("MP-302", format!("Unknown field in authorization_details: {unknown}"));
        return Err(fault.hinted(format!("the fields of this type are {}", fields.join(", "))));
    }
    if fields[1] == "id" { read_consent(element) } else { read_system_user(element) }
}

fn read_system_user(element: &Map<String, Value>) -> Result<Details, Fault> {
    let org = element.get("systemuser_org").and_then(Value::as_object).filter(|org| org.len() == 2);
    let kunde = org.and_then(|org| {
        let authority = org.get("authority").and_then(Value::as_str);
        let number = org.get("ID")?.as_str()?.strip_prefix("0192:")?;
        Orgnummer::parse(number).ok().filter(|_| authority == Some("iso6523-actorid-upis"))
    });
    let shape = r#"{"authority": "iso6523-actorid-upis", "ID": "0192:" and a synthetic organisation number}"#;
    let kunde = kunde.ok_or_else(|| bad_value("systemuser_org", shape))?;
    let ekstern_ref = match element.get("externalRef") {
        None => None,
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(_) => return Err(bad_value("externalRef", "a text, the one the system user was made with")),
    };
    Ok(Details::Systembruker { kunde, ekstern_ref, element: element.clone() })
}

fn read_consent(element: &Map<String, Value>) -> Result<Details, Fault> {
    let text = |name: &str| element.get(name).and_then(Value::as_str);
    let id = text("id").filter(|id| is_uuid(id)).ok_or_else(|| bad_value("id", "the UUID of the consent"))?;
    let fra = text("from").and_then(|from| match (from.strip_prefix(PERSON), from.strip_prefix(VIRKSOMHET)) {
        (Some(pid), _) => Foedselsnummer::parse(pid).ok().map(Giver::Person),
        (_, Some(orgnr)) => Orgnummer::parse(orgnr).ok().map(Giver::Virksomhet),
        (None, None) => None,
    });
    let names = "urn:altinn:person:identifier-no: or urn:altinn:organization:identifier-no: and a synthetic number";
    let fra = fra.ok_or_else(|| bad_value("from", names))?;
    Ok(Details::Samtykke { id: id.to_ascii_lowercase(), fra, element: element.clone() })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn not_found(what: &str, hint: String) -> Fault {
    let description = format!("{what} not found");
    Fault::new("invalid_altinn_customer_configuration", Some("MP-303"), description).hinted(hint)
}

/// Finds what was asked for, and gives the claim of the token.
pub(super) fn found(visit: &Visit, client_id: &str, consumer: Orgnummer, asked: &Details) -> Result<Value, Fault> {
    match asked {
        Details::Systembruker { kunde, ekstern_ref, element } => {
            let ekstern_ref = ekstern_ref.clone().unwrap_or_else(|| kunde.to_string());
            let noekkel = Systembrukernoekkel { client_id: client_id.to_owned(), kunde: *kunde, ekstern_ref };
            let entry = visit.town.eid.systembrukere.get(&noekkel).filter(|entry| entry.verdi.aktiv);
            let bruker = entry.ok_or_else(|| {
                let reference = &noekkel.ekstern_ref;
                not_found(
                    "System user",
                    format!("{kunde} has no system user for this client and externalRef `{reference}`"),
                )
            })?;
            let mut element = element.clone();
            element.insert("systemuser_id".into(), json!([bruker.verdi.systemuser_id]));
            element.insert("system_id".into(), json!(bruker.verdi.system_id));
            Ok(json!([element]))
        }
        Details::Samtykke { id, fra, element } => {
            let missing = |why: &str| not_found("Consent", why.to_owned());
            let entry = visit.town.eid.samtykker.get(id).ok_or_else(|| missing("there is no consent of this id"))?;
            let samtykke = &entry.verdi;
            if !is_giver(visit, *fra, samtykke.fra) {
                return Err(missing("the consent was given by somebody else than `from`"));
            }
            if samtykke.til != consumer {
                return Err(missing("the consent was given to another organisation than the consumer of this token"));
            }
            if !samtykke.holds(visit.town.now()) {
                return Err(missing("the consent has ended on the world's clock, or was taken back"));
            }
            Ok(json!([with_consent(element, samtykke)]))
        }
    }
}

/// Whether the one named in the request is who consented. A person answers to every number the town knows them by.
fn is_giver(visit: &Visit, named: Giver, giver: Samtykkegiver) -> bool {
    match (named, giver) {
        (Giver::Person(pid), Samtykkegiver::Person(key)) => {
            visit.town.find(pid).is_some_and(|person| visit.town.key_of(person) == key)
        }
        (Giver::Virksomhet(orgnr), Samtykkegiver::Virksomhet(other)) => orgnr == other,
        _ => false,
    }
}

fn with_consent(element: &Map<String, Value>, samtykke: &Samtykke) -> Map<String, Value> {
    let right = |rett: &Samtykkerett| {
        let resource = json!([{ "type": "urn:altinn:resource", "value": rett.ressurs }]);
        json!({ "action": rett.handlinger, "resource": resource, "metadata": rett.metadata })
    };
    let mut element = element.clone();
    element.insert("to".into(), organisasjon(samtykke.til));
    element.insert("consented".into(), json!(samtykke.samtykket.to_string()));
    element.insert("validTo".into(), json!(samtykke.gyldig_til.to_string()));
    element.insert("consentRights".into(), samtykke.rettigheter.iter().map(right).collect());
    element
}
