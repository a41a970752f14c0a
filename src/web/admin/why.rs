//! Why something is as it is: from an effect, link by link, to the line or call that set it in motion
//! (`specs/experience.md` §14).
//!
//! Message ← delivery of it ← app call ← register update ← life event ← scenario line. What wrote a log item is in the
//! item itself; which request wrote it is in the record; what led an app to its call is what it could have learnt about
//! the same person just before, when the call does not say so itself.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Named, Path};
use super::log::told;
use super::problem::{Code, Problem};
use super::requests::entry_by;
use crate::access::Inbound;
use crate::base::Foedselsnummer;
use crate::journal::LogItem;
use crate::observe::{Direction, RequestEntry};
use crate::town::apply::PostEvent;
use crate::town::event::TidEvent;
use crate::town::model::PersonKey;
use crate::town::state::{Brev, MeldingsId};
use crate::town::{Event, Town};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(why))
}

/// Links of a chain at most.
const LONGEST: usize = 40;
/// Log items read at once while looking back.
const AT_ONCE: u64 = 512;

/// A chain of causes.
#[derive(Serialize, ToSchema)]
struct Chain {
    /// From the effect to its root.
    steps: Vec<Step>,
    /// Whether the last step is the root. A chain also ends where the record no longer holds a request.
    complete: bool,
}

/// One link.
#[derive(Serialize, ToSchema)]
struct Step {
    /// `message`, `item`, `request` or `delivery`.
    kind: &'static str,
    /// `#n` for a log item, otherwise the id of the message, request or delivery.
    id: String,
    at: String,
    /// What it is, in plain words.
    what: String,
    /// Identity numbers of the people it is about.
    about: Vec<String>,
    /// How the next step led to this one; nothing for the last.
    because: Option<&'static str>,
}

/// Something that has a cause.
enum Link {
    Letter(Arc<Brev>),
    Item(LogItem),
    Request(Arc<RequestEntry>),
}

/// Looks back from one place.
struct Walk<'a> {
    inbound: &'a Inbound,
    world: &'a World,
    town: Arc<Town>,
}

impl Walk<'_> {
    /// The last item at or before `seq` for which `wanted` holds.
    fn back(&self, seq: u64, wanted: impl Fn(&LogItem) -> bool) -> Result<Option<LogItem>, Problem> {
        let mut end = seq.min(self.world.ledger().head().seq);
        while end > 0 {
            let from = end.saturating_sub(AT_ONCE - 1).max(1);
            let limit = usize::try_from(end - from + 1).unwrap_or(1);
            let mut items = self.inbound.hall.log(self.world, from, limit)?;
            items.retain(|item| item.seq <= end);
            if let Some(found) = items.into_iter().rev().find(|item| wanted(item)) {
                return Ok(Some(found));
            }
            end = from - 1;
        }
        Ok(None)
    }

    fn item(&self, seq: u64) -> Result<Option<LogItem>, Problem> {
        Ok(self.inbound.hall.log(self.world, seq.max(1), 1)?.into_iter().find(|item| item.seq == seq))
    }

    /// The newest exchange with an id below `before` for which `wanted` holds.
    fn exchange(&self, before: u64, wanted: impl Fn(&RequestEntry) -> bool) -> Option<Arc<RequestEntry>> {
        let fits = |entry: &RequestEntry| entry.id < before && wanted(entry);
        self.inbound.observe.search(0, Some(self.world.incarnation()), usize::MAX, fits).pop()
    }

    /// What led to `link`, and how.
    fn cause(&self, link: &Link) -> Result<Option<(Link, &'static str)>, Problem> {
        match link {
            Link::Letter(brev) => {
                let sent = self.back(u64::MAX, |item| item.events.iter().any(|event| is_letter(event, brev)))?;
                Ok(sent.map(|item| (Link::Item(item), "sent out by")))
            }
            Link::Item(item) => self.cause_of_item(item),
            Link::Request(entry) => self.cause_of_request(entry),
        }
    }

    fn cause_of_item(&self, item: &LogItem) -> Result<Option<(Link, &'static str)>, Problem> {
        if let Some(parent) = item.cause.parent
            && let Some(found) = self.item(parent)?
        {
            return Ok(Some((Link::Item(found), "led to by")));
        }
        let due = item.events.iter().find_map(|event| match event {
            Event::Tid(TidEvent::TattOpp(key)) => Some(*key),
            _ => None,
        });
        if let Some(due) = due {
            let planned = |event: &Event| matches!(event, Event::Tid(TidEvent::Planlagt(key, _)) if *key == due);
            let found = self.back(item.seq - 1, |earlier| earlier.events.iter().any(planned))?;
            if let Some(found) = found {
                return Ok(Some((Link::Item(found), "due because of")));
            }
        }
        Ok(self
            .exchange(u64::MAX, |entry| entry.wrote.contains(&item.seq))
            .map(|entry| (Link::Request(entry), "written by")))
    }

    fn cause_of_request(&self, entry: &Arc<RequestEntry>) -> Result<Option<(Link, &'static str)>, Problem> {
        if let Some(said) = entry.cause
            && let Some(found) = self.item(said)?
        {
            return Ok(Some((Link::Item(found), "as the caller says, after")));
        }
        let about = |other: &RequestEntry| other.note.about.iter().any(|key| entry.note.about.contains(key));
        if entry.direction == Direction::In
            && let Some(delivery) = self.exchange(entry.id, |other| {
                other.direction == Direction::Out
                    && (entry.trace.is_some() && other.trace == entry.trace || about(other))
            })
        {
            return Ok(Some((Link::Request(delivery), "after the delivery of")));
        }
        let before = entry.wrote.first().map_or(entry.seq, |first| first - 1);
        if let Some(message) = entry.note.message.as_deref().and_then(MeldingsId::parse)
            && let Some(created) =
                self.back(before, |item| item.events.iter().any(|event| is_creation(event, message)))?
        {
            return Ok(Some((Link::Item(created), "about the message of")));
        }
        if entry.note.about.is_empty() {
            return Ok(None);
        }
        let told = |item: &LogItem| item.events.iter().any(|event| is_news(&self.town, event, &entry.note.about));
        Ok(self.back(before, told)?.map(|item| (Link::Item(item), "after")))
    }

    fn step(&self, link: &Link, because: Option<&'static str>) -> Step {
        let number = |key: &PersonKey| self.town.person_by_key(*key).map(|person| person.nummer().to_string());
        match link {
            Link::Letter(brev) => Step {
                kind: "message",
                id: brev.message_id.to_string(),
                at: brev.at.to_string(),
                what: format!("{} by {}", brev.tittel, brev.kanal.ord()),
                about: number(&brev.til).into_iter().collect(),
                because,
            },
            Link::Item(item) => {
                let told: Vec<_> = item.events.iter().map(|event| told(&self.town, event)).collect();
                let kinds: Vec<&str> =
                    told.iter().map(|(_, kind, _)| *kind).collect::<BTreeSet<_>>().into_iter().collect();
                let about: BTreeSet<String> =
                    told.iter().flat_map(|(_, _, people)| people.iter().filter_map(number)).collect();
                Step {
                    kind: "item",
                    id: format!("#{}", item.seq),
                    at: item.at.to_string(),
                    what: format!("{}: {}", item.cause.what, kinds.join(", ")),
                    about: about.into_iter().collect(),
                    because,
                }
            }
            Link::Request(entry) => Step {
                kind: if entry.direction == Direction::Out { "delivery" } else { "request" },
                id: entry.request_id.clone(),
                at: entry.at.to_string(),
                what: format!(
                    "{} ({} {}) → {}{}",
                    if entry.note.operation.is_empty() { "no operation" } else { entry.note.operation },
                    entry.method,
                    entry.path,
                    entry.status,
                    entry.app.as_ref().map_or_else(String::new, |app| format!(", from {app}")),
                ),
                about: entry.note.about.iter().filter_map(number).collect(),
                because,
            },
        }
    }
}

/// Whether the event is the letter's sending out.
fn is_letter(event: &Event, brev: &Brev) -> bool {
    matches!(
        event,
        Event::Post(PostEvent::BrevMottatt { melding, .. } | PostEvent::BrevUnderveis { melding, .. })
            if melding.id == brev.message_id
    )
}

fn is_creation(event: &Event, message: MeldingsId) -> bool {
    matches!(event, Event::Post(PostEvent::MeldingOpprettet(melding)) if melding.noekkel.id == message)
}

/// Whether a register tells something about one of `people` by this event.
fn is_news(town: &Town, event: &Event, people: &[PersonKey]) -> bool {
    matches!(event, Event::Folk(_) | Event::Kontakt(_)) && told(town, event).2.iter().any(|key| people.contains(key))
}

/// Where a chain begins: `#418` or `418` a log item, an identity number that person's last register change, the id of a
/// request as in `Byteby-Request-Id`, the id of a message or of a delivery.
fn start(walk: &Walk<'_>, id: &str) -> Result<Option<Link>, Problem> {
    if let Ok(number) = Foedselsnummer::parse(id) {
        let Some(person) = walk.town.find(number).map(|id| walk.town.key_of(id)) else { return Ok(None) };
        let changed = |item: &LogItem| item.events.iter().any(|event| is_news(&walk.town, event, &[person]));
        return Ok(walk.back(u64::MAX, changed)?.map(Link::Item));
    }
    if let Ok(seq) = id.strip_prefix('#').unwrap_or(id).parse() {
        return Ok(walk.item(seq)?.map(Link::Item));
    }
    if let Some(entry) = entry_by(walk.inbound, walk.world.incarnation(), id) {
        return Ok(Some(Link::Request(entry)));
    }
    let delivered =
        |entry: &RequestEntry| entry.direction == Direction::Out && entry.note.message.as_deref() == Some(id);
    if let Some(delivery) = walk.exchange(u64::MAX, delivered) {
        return Ok(Some(Link::Request(delivery)));
    }
    let Some(message) = MeldingsId::parse(id) else { return Ok(None) };
    if let Some(brev) = walk.town.post.brev().find(|brev| brev.message_id == message) {
        return Ok(Some(Link::Letter(brev.clone())));
    }
    let of_message = |event: &Event| matches!(event, Event::Post(event) if event.melding().id == message);
    Ok(walk.back(u64::MAX, |item| item.events.iter().any(of_message))?.map(Link::Item))
}

/// What to explain, in the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct Which {
    id: String,
}

/// Why something happened: the chain from an effect to its root.
#[utoipa::path(get, path = "/worlds/{world}/why/{id}", tag = "log", responses((status = 200, body = Chain)))]
async fn why(Named { world, inbound }: Named, Path(which): Path<Which>) -> Result<Json<Chain>, Problem> {
    let walk = Walk { inbound: &inbound, world: &world, town: world.town() };
    let mut link = start(&walk, &which.id)?.ok_or_else(|| {
        Problem::new(Code::UnknownAddress, "nothing in this world has that id")
            .hint("write #n for a log item, an identity number, a message id, or a request id as in Byteby-Request-Id")
    })?;
    let mut steps = Vec::new();
    while steps.len() < LONGEST {
        let Some((next, because)) = walk.cause(&link)? else {
            steps.push(walk.step(&link, None));
            break;
        };
        steps.push(walk.step(&link, Some(because)));
        link = next;
    }
    let complete = steps.len() < LONGEST && matches!(&link, Link::Item(item) if !is_by_request(&item.cause.what));
    Ok(Json(Chain { steps, complete }))
}

/// Whether a cause is a call into a service: then its root lies behind a request.
fn is_by_request(what: &str) -> bool {
    crate::services::operations().iter().any(|operation| operation.name == what)
}
