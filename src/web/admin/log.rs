//! The event log in plain words.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Shared;
use super::body::{Fields, Named, Query};
use super::problem::Problem;
use crate::journal::LogItem;
use crate::town::apply::{FaultEvent, HverdagEvent, KlientEvent, LeveringEvent, PostEvent, VirksomhetEvent};
use crate::town::event::{FolkEvent, KontaktEvent, TidEvent};
use crate::town::model::{Identitetsflom, PersonKey};
use crate::town::{Event, Town};
use crate::townhall::World;

/// Routes of this file.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(read))
}

/// Items in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most items in an answer.
const MAX_LIMIT: usize = 1000;

/// Which part of the log.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// Items behind this one.
    since: Option<u64>,
    /// At most so many.
    limit: Option<usize>,
}

impl Fields for Part {
    const LATER: &'static [&'static str] = &["kind", "about"];
}

/// A part of the log and where it ends.
#[derive(Serialize, ToSchema)]
pub(super) struct Log {
    items: Vec<Item>,
    /// What to ask for next: the last item of this answer.
    next: u64,
    head: Head,
}

/// Where the log ends.
#[derive(Serialize, ToSchema)]
pub(super) struct Head {
    /// Sequence number of the last item.
    pub(super) seq: u64,
    /// Its hash: the digest of the whole log.
    pub(super) digest: String,
    /// Digest that does not see how independent requests interleaved.
    pub(super) canonical: String,
}

impl Head {
    /// The head of `world`.
    pub(super) fn of(world: &World) -> Self {
        let ledger = world.ledger();
        let head = ledger.head();
        Self { seq: head.seq, digest: head.hash.to_string(), canonical: ledger.canonical().to_string() }
    }
}

/// One transaction.
#[derive(Serialize, ToSchema)]
pub(super) struct Item {
    seq: u64,
    /// Virtual time after it.
    at: String,
    cause: Cause,
    events: Vec<Line>,
}

/// Why it happened.
#[derive(Serialize, ToSchema)]
struct Cause {
    what: String,
    /// Stable key of the cause.
    origin: String,
    /// The item that led to this one.
    parent: Option<u64>,
}

/// One event, without its content: no address stands here.
#[derive(Serialize, ToSchema)]
#[schema(as = Event)]
struct Line {
    /// Which register changed.
    register: &'static str,
    /// What happened.
    kind: &'static str,
    /// Identity numbers of the people it is about.
    about: Vec<String>,
}

impl Item {
    pub(super) fn of(town: &Town, item: LogItem) -> Self {
        Self {
            seq: item.seq,
            at: item.at.to_string(),
            events: item.events.iter().map(|event| line(town, event)).collect(),
            cause: Cause {
                what: item.cause.what,
                origin: format!("{:032x}", item.cause.origin.0),
                parent: item.cause.parent,
            },
        }
    }
}

/// Register, kind and people of an event.
pub(super) fn told(town: &Town, event: &Event) -> (&'static str, &'static str, Vec<PersonKey>) {
    match event {
        Event::Folk(FolkEvent::PersonKom { origin, .. }) => ("by", "person_kom", vec![PersonKey::World(*origin)]),
        Event::Folk(FolkEvent::Registrert(change)) => ("folkeregisteret", change.slag.code(), vec![change.person]),
        Event::Folk(FolkEvent::Barnehageplass { barn, .. }) => ("by", "barnehageplass", vec![*barn]),
        Event::Folk(FolkEvent::Holdt { person, .. }) => ("by", "holdt", vec![*person]),
        Event::Folk(FolkEvent::Hjem { person, .. }) => ("by", "hjem", vec![*person]),
        Event::Folk(FolkEvent::NyHusstand { medlemmer }) => ("by", "ny_husstand", medlemmer.clone()),
        Event::Folk(FolkEvent::TilHusstand { person, .. }) => ("by", "til_husstand", vec![*person]),
        Event::Folk(FolkEvent::UtAvHusstand { person }) => ("by", "ut_av_husstand", vec![*person]),
        Event::Folk(FolkEvent::Partner { person, .. }) => ("by", "partner", vec![*person]),
        // About very many people: none is named.
        Event::Folk(FolkEvent::Identitetsgrunnlag(_)) => ("folkeregisteret", Identitetsflom::SLAG.code(), vec![]),
        Event::Folk(FolkEvent::Livshendelse(spor)) => ("by", "livshendelse", vec![spor.person]),
        Event::Folk(FolkEvent::Flyttespor(spor)) => ("by", "livshendelse", vec![spor.person]),
        Event::Folk(FolkEvent::Annullert { person, .. }) => ("by", "annullert", vec![*person]),
        Event::Kontakt(KontaktEvent::Endret { person, .. } | KontaktEvent::Foert { person, .. }) => {
            ("krr", "kontakt_endret", vec![*person])
        }
        Event::Kontakt(KontaktEvent::Regler(_)) => ("krr", "regler", vec![]),
        Event::Tid(TidEvent::Naadd(_)) => ("tid", "klokka_naadde", vec![]),
        Event::Tid(TidEvent::Modus(_)) => ("tid", "modus", vec![]),
        Event::Tid(TidEvent::Planlagt(..)) => ("tid", "planlagt", vec![]),
        Event::Tid(TidEvent::TattOpp(_)) => ("tid", "tatt_opp", vec![]),
        Event::Tid(TidEvent::Takt(_)) => ("tid", "takt", vec![]),
        Event::Tid(TidEvent::Liv(_)) => ("tid", "liv", vec![]),
        Event::Post(event) => post(town, event),
        Event::Klient(KlientEvent::Registrert(_) | KlientEvent::Registrert2 { .. }) => {
            ("klienter", "klient_registrert", vec![])
        }
        Event::Klient(KlientEvent::Avviklet { .. }) => ("klienter", "klient_avviklet", vec![]),
        Event::Klient(KlientEvent::UtstederFestet { .. }) => ("klienter", "utsteder_festet", vec![]),
        Event::Fault(FaultEvent::Set(rule) | FaultEvent::SetFor { rule, .. }) => {
            ("faults", "fault_set", rule.about.into_iter().collect())
        }
        Event::Fault(FaultEvent::Healed(_)) => ("faults", "fault_healed", vec![]),
        Event::Levering(event) => ("leveringer", levering(event), vec![]),
        Event::Eid(event) => ("eid", event.kind(), event.person().into_iter().collect()),
        Event::Hverdag(event) => ("by", hverdag(event), event.person().into_iter().collect()),
        Event::Virksomhet(event) => ("enhetsregisteret", virksomhet(event), event.personer()),
        // About very many people: none is named.
        Event::Uttrekk(event) => ("folkeregisteret", event.kind(), vec![]),
    }
}

fn hverdag(event: &HverdagEvent) -> &'static str {
    match event {
        HverdagEvent::Jobb { .. } => "jobb_begynte",
        HverdagEvent::Jobbslutt { .. } => "jobb_sluttet",
        HverdagEvent::Arbeidsmarked { .. } => "arbeidsmarked",
        HverdagEvent::Utdanning { .. } => "utdanning",
        HverdagEvent::Skoleplass { .. } => "skoleplass",
        HverdagEvent::Fastlege { .. } => "fastlege",
        HverdagEvent::Fastlegeliste { .. } => "fastlegeliste",
    }
}

fn virksomhet(event: &VirksomhetEvent) -> &'static str {
    match event {
        VirksomhetEvent::Registrert(_) => "enhet_registrert",
        VirksomhetEvent::Slettet { .. } => "enhet_slettet",
        VirksomhetEvent::Konkurs { .. } => "konkurs",
        VirksomhetEvent::Rolle { .. } => "rolle_begynte",
        VirksomhetEvent::Rolleslutt { .. } => "rolle_sluttet",
        VirksomhetEvent::Aksjer { .. } => "aksjer",
        VirksomhetEvent::Flyttet { .. } => "enhet_flyttet",
        VirksomhetEvent::Kapasitet { .. } => "kapasitet",
    }
}

fn line(town: &Town, event: &Event) -> Line {
    let (register, kind, about) = told(town, event);
    let number = |key: PersonKey| town.person_by_key(key).map(|person| person.nummer().to_string());
    Line { register, kind, about: about.into_iter().filter_map(number).collect() }
}

fn levering(event: &LeveringEvent) -> &'static str {
    match event {
        LeveringEvent::AppErklaert(_) => "app_erklaert",
        LeveringEvent::AppFjernet { .. } => "app_fjernet",
        LeveringEvent::AbonnementOpprettet(_) => "abonnement_opprettet",
        LeveringEvent::AbonnementEndret(_) => "abonnement_endret",
        LeveringEvent::AbonnementSlettet { .. } => "abonnement_slettet",
        LeveringEvent::Opprettet { .. } => "levering_opprettet",
        LeveringEvent::Levert { .. } => "levering_levert",
        LeveringEvent::Feilet { .. } => "levering_feilet",
        LeveringEvent::Oppgitt { .. } => "levering_oppgitt",
        LeveringEvent::Klar { .. } => "levering_klar",
        LeveringEvent::Gjentas { .. } => "levering_gjentas",
    }
}

/// Register, kind and people of an event about a message.
fn post(town: &Town, event: &PostEvent) -> (&'static str, &'static str, Vec<PersonKey>) {
    let kind = match event {
        PostEvent::MeldingOpprettet(_) => "melding_opprettet",
        PostEvent::FilLastetOpp { .. } => "fil_lastet_opp",
        PostEvent::SendingBestilt { .. } => "sending_bestilt",
        PostEvent::MeldingOvergitt { .. } => "melding_overgitt",
        PostEvent::MeldingFjernet { .. } => "melding_fjernet",
        PostEvent::StatusRegistrert { .. } => "status_registrert",
        PostEvent::SpoerresIkkeMer { .. } => "spoerres_ikke_mer",
        PostEvent::SamtaleSlettet { .. } => "samtale_slettet",
        PostEvent::BrevMottatt { .. } => "brev_mottatt",
        PostEvent::BrevUnderveis { .. } => "brev_underveis",
        PostEvent::BrevAapnet { .. } => "brev_aapnet",
    };
    let to = match event {
        PostEvent::MeldingOpprettet(melding) => Some(melding.til),
        PostEvent::BrevMottatt { til, .. } | PostEvent::BrevUnderveis { til, .. } => Some(*til),
        other => town.post.samtale(other.melding()).map(|samtale| samtale.melding.til),
    };
    ("eformidling", kind, to.into_iter().collect())
}

/// The event log.
#[utoipa::path(get, path = "/worlds/{world}/events", params(Part), tag = "log", responses((status = 200, body = Log)))]
pub(super) async fn read(Named { world, inbound }: Named, Query(part): Query<Part>) -> Result<Json<Log>, Problem> {
    let since = part.since.unwrap_or(0);
    let limit = part.limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let head = Head::of(&world);
    let town = world.town();
    let items = if since >= head.seq { Vec::new() } else { inbound.hall.log(&world, since + 1, limit)? };
    let items: Vec<Item> = items.into_iter().map(|item| Item::of(&town, item)).collect();
    let next = items.last().map_or(since, |item| item.seq);
    Ok(Json(Log { items, next, head }))
}
