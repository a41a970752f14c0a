//! Making one life event happen.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Named, Object};
use super::find::one_by;
use super::log::Head;
use super::once;
use super::problem::{Code, Problem};
use crate::access::Inbound;
use crate::base::{Digest, OriginKey, sha256};
use crate::town::livshendelser::{self, new_units, newcomers};
use crate::town::model::PersonKey;
use crate::town::{Cause, Event, Town};
use crate::townhall::{HallError, World};

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(make))
}

/// How causes of this route begin, in words.
const WHAT: &str = "admin event";

/// Which idempotency keys have made which log items. The log is the truth: this is an index over it, read as far as
/// needed, and it holds nothing for worlds in which no key was ever used.
#[derive(Clone, Default)]
pub(super) struct Index(Arc<Mutex<BTreeMap<u64, Arc<tokio::sync::Mutex<Known>>>>>);

/// The keys of one world.
#[derive(Default)]
struct Known {
    /// The log has been read up to this item.
    read_to: u64,
    /// Item of each cause of this route, with its words.
    items: BTreeMap<OriginKey, (u64, String)>,
    /// Digests of the bodies seen with each cause.
    bodies: BTreeMap<OriginKey, Digest>,
}

impl Index {
    fn of(&self, incarnation: u64) -> Arc<tokio::sync::Mutex<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(incarnation).or_default().clone()
    }

    /// Forgets a world that is gone.
    pub(super) fn forget(&self, incarnation: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&incarnation);
    }
}

impl Known {
    fn catch_up(&mut self, inbound: &Inbound, world: &World) -> Result<(), Problem> {
        if world.ledger().head().seq > self.read_to {
            for item in inbound.hall.log(world, self.read_to + 1, usize::MAX)? {
                self.read_to = item.seq;
                if item.cause.what.starts_with(WHAT) {
                    self.items.insert(item.cause.origin, (item.seq, item.cause.what));
                }
            }
        }
        Ok(())
    }
}

/// A life event that happened.
#[derive(Serialize, ToSchema)]
pub(super) struct Made {
    /// The log item; the head's number when nothing changed.
    seq: u64,
    /// Whether anything changed.
    changed: bool,
    /// Whether this key had made the event before.
    replayed: bool,
    /// People who came with it, with their numbers.
    people: Vec<Newcomer>,
    /// Organisations that came with it, the main unit first.
    businesses: Vec<NewUnit>,
    /// Where the log ends now.
    #[serde(flatten)]
    digests: Digests,
}

/// Digests of the log's head when the answer was made.
#[derive(Serialize, ToSchema)]
struct Digests {
    digest: String,
    canonical: String,
}

/// Somebody new.
#[derive(Serialize, ToSchema)]
struct Newcomer {
    id: String,
    navn: String,
    kjoenn: &'static str,
    foedselsdato: String,
}

/// An organisation that is new.
#[derive(Serialize, ToSchema)]
struct NewUnit {
    orgnr: String,
    navn: String,
}

impl Made {
    fn of(world: &World, town: &Town, seq: u64, events: &[Event], replayed: bool) -> Self {
        let head = Head::of(world);
        let newcomer = |key: PersonKey| {
            town.person_by_key(key).map(|person| Newcomer {
                id: person.nummer().to_string(),
                navn: person.navn().full(),
                kjoenn: person.kjoenn().code(),
                foedselsdato: person.foedselsdato().to_string(),
            })
        };
        Self {
            seq,
            changed: !events.is_empty(),
            replayed,
            people: newcomers(events).into_iter().filter_map(newcomer).collect(),
            businesses: new_units(events)
                .into_iter()
                .filter_map(|orgnr| {
                    let unit = town.enhet_med(orgnr)?;
                    Some(NewUnit { orgnr: orgnr.to_string(), navn: town.enhetsnavn(unit).to_owned() })
                })
                .collect(),
            digests: Digests { digest: head.digest, canonical: head.canonical },
        }
    }
}

/// A life event to make: its kind, whom it happens to, and the fields of its kind.
pub(super) struct NewEvent {
    kind: String,
    of: String,
    fields: BTreeMap<String, Value>,
    /// Digest of the whole request.
    body: Digest,
}

impl utoipa::PartialSchema for NewEvent {
    fn schema() -> RefOr<Schema> {
        let text = |about: &str| ObjectBuilder::new().schema_type(Type::String).description(Some(about));
        ObjectBuilder::new()
            .description(Some("A life event to make. Further fields are those of its kind."))
            .property("kind", text("Kind of the life event."))
            .required("kind")
            .property("of", text("Whom it happens to: an identity number or a selector; of a correction or an annulment also the earlier event, `#` and its number in the log."))
            .required("of")
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .into()
    }
}

impl ToSchema for NewEvent {}

impl NewEvent {
    fn read(mut object: Map<String, Value>) -> Result<Self, Problem> {
        object.sort_keys();
        let body = sha256(&[Value::Object(object.clone()).to_string().as_bytes()]);
        let mut text = |name: &str, about: &str| match object.remove(name) {
            Some(Value::String(text)) => Ok(text),
            None | Some(Value::Null) => {
                Err(Problem::new(Code::MissingField, format!("`{name}` is missing: {about}")).at(format!("/{name}")))
            }
            Some(_) => Err(Problem::value(&format!("/{name}"), format!("`{name}` is a text: {about}"))),
        };
        let kind = text("kind", "the kind of the life event")?;
        let of = text("of", "whom it happens to, an identity number or a selector; an earlier event as `#42`")?;
        Ok(Self { kind, of, fields: object.into_iter().collect(), body })
    }
}

/// A cause named by the client's key, or by what is asked for and when.
fn cause(wanted: &NewEvent, key: Option<&str>, of: PersonKey, world: &World) -> Cause {
    let what = format!("{WHAT} {}", wanted.kind);
    let origin = match key {
        Some(key) => OriginKey::of("admin/event/key", &[key.as_bytes()]),
        None => {
            let now = world.town().now().millis().to_be_bytes();
            OriginKey::of("admin/event", &[&of.bytes(), &wanted.body.0, &now])
        }
    };
    Cause { origin, what, parent: None }
}

/// Makes a life event happen now.
#[utoipa::path(post, path = "/worlds/{world}/events", tag = "log", request_body = NewEvent, responses((status = 200, description = "this key had made it before", body = Made), (status = 201, body = Made)))]
pub(super) async fn make(
    State(index): State<Index>,
    Named { world, inbound }: Named,
    headers: HeaderMap,
    Object(object): Object,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let key = once::key(&headers)?;
    let wanted = NewEvent::read(object)?;
    let Some(key) = key else {
        let committed = happen(&inbound, &world, &wanted, None).await?;
        let made = Made::of(&world, &committed.town, committed.seq, &committed.events, false);
        return Ok((StatusCode::CREATED, Json(made)));
    };
    // Held until the item is in the log, so that two requests with one key become one item.
    let known = index.of(world.incarnation());
    let mut known = known.lock().await;
    known.catch_up(&inbound, &world)?;
    let origin = OriginKey::of("admin/event/key", &[key.as_bytes()]);
    if let Some(item) = known.items.get(&origin) {
        let same_kind = item.1 == format!("{WHAT} {}", wanted.kind);
        if !same_kind || known.bodies.get(&origin).is_some_and(|body| *body != wanted.body) {
            let detail = "this idempotency key has made another event in this world";
            return Err(Problem::new(Code::IdempotencyKey, detail).hint("use a new key for a new event"));
        }
        let items = inbound.hall.log(&world, item.0, 1)?;
        let events = items.first().map(|item| item.events.clone()).unwrap_or_default();
        return Ok((StatusCode::OK, Json(Made::of(&world, &world.town(), item.0, &events, true))));
    }
    let committed = happen(&inbound, &world, &wanted, Some(&key)).await?;
    known.bodies.insert(origin, wanted.body);
    let made = Made::of(&world, &committed.town, committed.seq, &committed.events, false);
    Ok((StatusCode::CREATED, Json(made)))
}

async fn happen(
    inbound: &Inbound,
    world: &World,
    wanted: &NewEvent,
    key: Option<&str>,
) -> Result<crate::townhall::Committed, Problem> {
    let town = world.town();
    // The kind first: a wrong kind is a better answer than a wrong person.
    livshendelser::check_kind(&wanted.kind)?;
    let (of, fields) =
        match livshendelser::logg_nummer(&wanted.of).filter(|_| livshendelser::tar_hendelse(&wanted.kind)) {
            Some(number) => earlier(inbound, world, wanted, number)?,
            None => (one_by(&town, &wanted.of, "/of").await?, wanted.fields.clone()),
        };
    let command = livshendelser::command(&wanted.kind, of, &fields, &town)?;
    Ok(world.command(command, cause(wanted, key, of, world)).await?)
}

/// Whom the life event of log item `number` was of, and the fields with its kind among them.
fn earlier(
    inbound: &Inbound,
    world: &World,
    wanted: &NewEvent,
    number: u64,
) -> Result<(PersonKey, BTreeMap<String, Value>), Problem> {
    let item = inbound.hall.log(world, number, 1)?.into_iter().find(|item| item.seq == number);
    let item = item.ok_or_else(|| Problem::new(Code::NoSuchItem, format!("the log has no item {number}")).at("/of"))?;
    let found = livshendelser::tidligere(&world.town(), &item.events);
    let (person, art) = found.map_err(|refusal| Problem::from(HallError::Refused(refusal)).at("/of"))?;
    let mut fields = wanted.fields.clone();
    match fields.insert("hendelse".to_owned(), art.code().into()) {
        Some(named) if named.as_str().is_some_and(|named| named != art.code()) => {
            Err(Problem::value("/hendelse", format!("log item {number} is of the kind `{}`", art.code())))
        }
        _ => Ok((person, fields)),
    }
}
