//! Subscriptions (`specs/eformidling.md` §12): who is told of statuses.
//!
//! As version 4 does: a ping that fails is logged and refuses nothing, and an event is sent once. Whether anything leaves
//! the machine is the courier's to judge; what keeps it back stands in the delivery log, never in an answer here.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::faults::{Fault, Violation};
use super::paging::PageRequest;
use super::{Answer, Call, Nei, json_in};
use crate::town::Command;
use crate::town::decide::{Cause, LeveringCommand, NyttAbonnement};
use crate::town::state::{
    Abonnement, Adressefeil, Appadresse, Gjentak, Leveringskilde, Meldingsfilter, Status, Utvalg,
};
use crate::townhall::HallError;

/// Properties a list of subscriptions can be sorted by.
const PROPERTIES: [&str; 6] = ["id", "name", "pushEndpoint", "resource", "event", "filter"];
/// Longest texts of a subscription, bytes.
const LONGEST: usize = 255;

/// The filter as a client sent it: not at all, which a change leaves as it is, or so, where null takes it away.
enum Filter {
    Left,
    Set(Option<String>),
}

/// The members of a subscription a client may send.
struct Given {
    name: Option<String>,
    push_endpoint: Option<String>,
    resource: Option<String>,
    event: Option<String>,
    filter: Filter,
    has_id: bool,
}

impl Given {
    fn read(call: &Call) -> Result<Self, Fault> {
        let media = call.header(header::CONTENT_TYPE);
        let plain = media.as_deref().map(|media| media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase());
        if !plain.as_deref().is_some_and(|media| media == "application/json" || media.ends_with("+json")) {
            return Err(Fault::media_type(media.as_deref()));
        }
        let object = json_in::read_object(&call.body)?;
        Ok(Self {
            name: json_in::text(&object, "name")?,
            push_endpoint: json_in::text(&object, "pushEndpoint")?,
            resource: json_in::text(&object, "resource")?,
            event: json_in::text(&object, "event")?,
            filter: match object.get("filter") {
                None => Filter::Left,
                Some(_) => Filter::Set(json_in::text(&object, "filter")?),
            },
            has_id: !object["id"].is_null(),
        })
    }

    /// The members a change does not send stay as they are.
    fn over(self, before: &Abonnement) -> Self {
        let was = fields(before);
        Self {
            name: self.name.or_else(|| Some(before.navn.to_string())),
            push_endpoint: self.push_endpoint.or_else(|| Some(before.adresse.to_string())),
            resource: self.resource.or_else(|| Some(was.resource.to_owned())),
            event: self.event.or_else(|| Some(was.event.to_owned())),
            filter: match self.filter {
                Filter::Left => Filter::Set(was.filter.map(str::to_owned)),
                set @ Filter::Set(_) => set,
            },
            has_id: false,
        }
    }

    /// Every rule at once, as the original's validation reports them.
    fn checked(&self) -> Result<NyttAbonnement, Fault> {
        let mut broken = Vec::new();
        if self.has_id {
            broken.push(Violation::rule("id", "Null", "must be null", Value::Null));
        }
        let name = required("name", self.name.as_deref(), &mut broken);
        let endpoint = required("pushEndpoint", self.push_endpoint.as_deref(), &mut broken);
        let adresse = match endpoint.map(Appadresse::parse) {
            None => None,
            Some(Ok(adresse)) => Some(adresse),
            Some(Err(fault)) => {
                broken.push(Violation::rule("pushEndpoint", "URL", wording(fault), json!(endpoint)));
                None
            }
        };
        let resource = word("resource", self.resource.as_deref(), ["all", "messages"], &mut broken);
        let event = word("event", self.event.as_deref(), ["all", "status"], &mut broken);
        let given = match &self.filter {
            Filter::Set(given) => given.as_deref(),
            Filter::Left => None,
        };
        let filter = filter(given).unwrap_or_else(|| {
            let text = "Must be a valid filter definition.";
            broken.push(Violation::rule("filter", "WebhookFilter", text, json!(given)));
            Meldingsfilter::default()
        });
        match (name, adresse) {
            (Some(navn), Some(adresse)) if broken.is_empty() => Ok(NyttAbonnement {
                kilde: Leveringskilde::Eformidling,
                navn: navn.to_owned(),
                adresse,
                utvalg: Utvalg::Meldinger {
                    bare_meldinger: resource == Some("messages"),
                    bare_status: event == Some("status"),
                    filter,
                },
                gjentak: Gjentak::Aldri,
            }),
            _ => Err(Fault::constraints(broken)),
        }
    }
}

/// The original's word for every address that is none.
fn wording(_fault: Adressefeil) -> &'static str {
    "must be a valid URL"
}

fn required<'a>(field: &'static str, given: Option<&'a str>, broken: &mut Vec<Violation>) -> Option<&'a str> {
    let good = given.filter(|text| !text.trim().is_empty() && !text.chars().any(char::is_control));
    if good.is_none() {
        broken.push(match given {
            None => Violation::not_null(field),
            Some(text) => Violation::not_empty(field, Some(text)),
        });
        return None;
    }
    if field == "name" && good.is_some_and(|text| text.len() > LONGEST) {
        let text = format!("size must be between 0 and {LONGEST}");
        broken.push(Violation::rule(field, "Size", text, json!(given)));
        return None;
    }
    good
}

fn word(
    field: &'static str,
    given: Option<&str>,
    words: [&'static str; 2],
    broken: &mut Vec<Violation>,
) -> Option<&'static str> {
    let Some(given) = given.filter(|given| !given.is_empty()) else {
        broken.push(Violation::not_null(field));
        return None;
    };
    let found = words.into_iter().find(|word| *word == given);
    if found.is_none() {
        let text = format!("Must be one of: {}.", words.join(", "));
        broken.push(Violation::rule(field, "OneOf", text, json!(given)));
    }
    found
}

/// Reads conditions joined by `&`, each `key=value[,value…]`.
pub(super) fn filter(text: Option<&str>) -> Option<Meldingsfilter> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Some(Meldingsfilter::default()) };
    let mut filter = Meldingsfilter { tekst: Some(text.into()), ..Meldingsfilter::default() };
    for condition in text.split('&') {
        let (key, values) = condition.split_once('=')?;
        let good =
            |value: &str| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !values.split(',').all(good) {
            return None;
        }
        let list = match key {
            "status" => &mut filter.statuser,
            "serviceIdentifier" => &mut filter.tjenester,
            "direction" => &mut filter.retninger,
            _ => return None,
        };
        list.extend(values.split(',').map(|value| Arc::from(value.to_ascii_uppercase())));
    }
    Some(filter)
}

/// The words of a subscription that stand on the wire.
struct Fields<'a> {
    resource: &'static str,
    event: &'static str,
    filter: Option<&'a str>,
}

fn fields(abonnement: &Abonnement) -> Fields<'_> {
    match &abonnement.utvalg {
        Utvalg::Meldinger { bare_meldinger, bare_status, filter } => Fields {
            resource: if *bare_meldinger { "messages" } else { "all" },
            event: if *bare_status { "status" } else { "all" },
            filter: filter.tekst.as_deref(),
        },
        Utvalg::Registerendringer | Utvalg::Utlogginger => Fields { resource: "all", event: "all", filter: None },
    }
}

fn shown(abonnement: &Abonnement) -> Value {
    let fields = fields(abonnement);
    let mut item = json!({
        "id": abonnement.nummer,
        "name": &*abonnement.navn,
        "pushEndpoint": abonnement.adresse.to_string(),
        "resource": fields.resource,
        "event": fields.event,
    });
    if let Some(filter) = fields.filter {
        item["filter"] = json!(filter);
    }
    item
}

/// The subscription in the path.
fn found(call: &Call) -> Result<Arc<Abonnement>, Fault> {
    let given = call.variable();
    let number: i64 = given.parse().map_err(|_| Fault::type_mismatch("id", given, "java.lang.Long"))?;
    let found = u64::try_from(number)
        .ok()
        .and_then(|number| call.town.leveringer.nummerert(Leveringskilde::Eformidling, number));
    found.cloned().ok_or_else(|| Fault::subscription_not_found(number))
}

/// Gives the town a command and hints at what keeps deliveries back.
async fn command(call: &mut Call, command: LeveringCommand, what: &'static str, parts: &[&[u8]]) -> Result<(), Nei> {
    let committed = call.inbound.world.command(Command::Levering(command.clone()), Cause::of(what, parts)).await;
    match (committed, command) {
        (Ok(committed), _) => {
            call.town = committed.town;
            Ok(())
        }
        (
            Err(HallError::Refused(refusal)),
            LeveringCommand::Abonner(nytt) | LeveringCommand::EndreAbonnement { nytt, .. },
        ) if refusal.code == "subscription_exists" => {
            Err(Fault::subscription_exists(&nytt.navn, &nytt.adresse.to_string()).into())
        }
        (Err(error), _) => Err(Fault::illegal_state(error.to_string()).into()),
    }
}

fn hint_at_held(call: &mut Call, abonnement: &Abonnement) {
    if call.inbound.hall.holds(&call.inbound.world, &call.town, abonnement).is_some() {
        call.hint.get_or_insert("deliveries-held");
    }
    let Utvalg::Meldinger { filter, .. } = &abonnement.utvalg else { return };
    let known = |word: &Arc<str>| Status::ALL.iter().any(|status| status.kode() == &**word);
    if !filter.statuser.iter().all(known) {
        call.hint.get_or_insert("unknown-status-in-filter");
    }
}

/// `GET subscriptions`.
pub(super) fn list(call: &mut Call) -> Result<Answer, Nei> {
    call.known_params(&["page", "size", "sort"]);
    let town = call.town.clone();
    let all: Vec<&Arc<Abonnement>> = town.leveringer.av(Leveringskilde::Eformidling).collect();
    let page = PageRequest::read(&call.query).page(all, false, "Subscription", &PROPERTIES, |one| shown(one))?;
    Ok(Answer::Json(page))
}

/// `GET subscriptions/{id}`.
pub(super) fn one(call: &mut Call) -> Result<Answer, Nei> {
    Ok(Answer::Json(shown(&*found(call)?)))
}

/// `POST subscriptions`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, Nei> {
    let nytt = Given::read(call)?.checked()?;
    let (navn, adresse) = (nytt.navn.clone(), nytt.adresse.clone());
    let asked = LeveringCommand::Abonner(Box::new(nytt));
    let canonical = adresse.canonical().to_string();
    command(call, asked, "eformidling.abonnement.opprett", &[navn.as_bytes(), canonical.as_bytes()]).await?;
    let town = call.town.clone();
    let made = town.leveringer.av(Leveringskilde::Eformidling).find(|one| *one.navn == *navn && one.adresse == adresse);
    let made = made.ok_or_else(|| Fault::illegal_state("the subscription is not there after all"))?;
    hint_at_held(call, made);
    Ok(Answer::Json(shown(made)))
}

/// `PUT subscriptions/{id}`.
pub(super) async fn change(call: &mut Call) -> Result<Answer, Nei> {
    let before = found(call)?;
    let given = Given::read(call)?;
    // A body may carry its own id, as a client that sends back what it got does.
    let nytt = Given { has_id: false, ..given }.over(&before).checked()?;
    let nytt = NyttAbonnement { gjentak: before.gjentak, ..nytt };
    let noekkel = before.noekkel;
    let asked = LeveringCommand::EndreAbonnement { noekkel, nytt: Box::new(nytt) };
    command(call, asked, "eformidling.abonnement.endre", &[&noekkel.0.0.to_be_bytes()]).await?;
    if let Some(after) = call.town.leveringer.abonnementer.get(&noekkel).cloned() {
        hint_at_held(call, &after);
    }
    Ok(Answer::Empty(StatusCode::OK))
}

/// `DELETE subscriptions/{id}`.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, Nei> {
    let noekkel = found(call)?.noekkel;
    let asked = LeveringCommand::SlettAbonnement { noekkel };
    command(call, asked, "eformidling.abonnement.slett", &[&noekkel.0.0.to_be_bytes()]).await?;
    Ok(Answer::Empty(StatusCode::OK))
}

/// `DELETE subscriptions`.
pub(super) async fn delete_all(call: &mut Call) -> Result<Answer, Nei> {
    let asked = LeveringCommand::SlettAlle { kilde: Leveringskilde::Eformidling };
    command(call, asked, "eformidling.abonnement.slett_alle", &[]).await?;
    Ok(Answer::Empty(StatusCode::OK))
}
