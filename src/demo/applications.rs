//! Applying for a kindergarten place: the application, its receipt, the decision, the answer, and the places.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::json;

use super::letters::{Letter, decision, receipt};
use super::post::Receiver;
use super::{App, Failure, in_norway, pdf, written};

/// One application and how far it has come.
pub(super) struct Application {
    child: String,
    applicant: String,
    pub(super) start: Date,
    in_time: bool,
    received: Timestamp,
    receipt_sent: bool,
    stage: Stage,
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Received,
    Offered,
    Waiting,
    Accepted,
    Declined,
    /// Fell away, for instance because the child died.
    Closed,
}

impl Stage {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Received => "mottatt",
            Self::Offered => "tilbud",
            Self::Waiting => "venteliste",
            Self::Accepted => "takket_ja",
            Self::Declined => "takket_nei",
            Self::Closed => "bortfalt",
        }
    }
}

/// The body of `POST /api/soeknader`.
#[derive(Deserialize)]
pub(super) struct Apply {
    barn: String,
    oensket_start: Date,
}

/// The body of `POST /api/soeknader/{id}/svar`.
#[derive(Deserialize)]
pub(super) struct Answer {
    svar: YesNo,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum YesNo {
    Ja,
    Nei,
}

/// The query of `GET /api/plasser`.
#[derive(Deserialize)]
pub(super) struct OfChild {
    barn: String,
}

/// The last day of the main intake for a start on `start`: 1 March before the kindergarten year, which begins in August.
fn main_intake_deadline(start: Date) -> Date {
    date(start.year() - i16::from(start.month() < 8), 3, 1)
}

/// Whether the child has a right to a place from `start`: it applied in time and is a year old by the end of November.
fn has_right(born: Date, start: Date, in_time: bool) -> bool {
    let year = start.year() - i16::from(start.month() < 8);
    in_time && born.saturating_add(1.year()) <= date(year, 11, 30)
}

/// `POST /api/soeknader`.
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Json<Apply>, JsonRejection>,
) -> Response {
    let Some(pid) = app.logged_in(&headers) else { return unauthorized() };
    let Ok(Json(apply)) = body else {
        return problem(StatusCode::BAD_REQUEST, "Søknaden må ha barn og oensket_start (ÅÅÅÅ-MM-DD).");
    };
    if apply.barn.len() != 11 || !apply.barn.bytes().all(|b| b.is_ascii_digit()) {
        return problem(StatusCode::BAD_REQUEST, "barn må være et fødselsnummer med elleve siffer.");
    }
    let _working = app.working();
    let _turn = app.turn.lock().await;
    match app.receive(&pid, &apply).await {
        Ok(answer) => answer,
        Err(failure) => {
            tracing::warn!(%failure, "søknad kunne ikke tas imot nå");
            problem(StatusCode::SERVICE_UNAVAILABLE, "Vi når ikke folkeregisteret nå. Prøv igjen om litt.")
        }
    }
}

/// `POST /api/soeknader/{id}/svar`.
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Result<Json<Answer>, JsonRejection>,
) -> Response {
    let Some(pid) = app.logged_in(&headers) else { return unauthorized() };
    let Ok(Json(Answer { svar })) = body else {
        return problem(StatusCode::BAD_REQUEST, "svar må være ja eller nei.");
    };
    let mut book = app.book();
    // An application that is somebody else's is as unknown as one that does not exist.
    let Some(application) = book.applications.get_mut(&id).filter(|application| application.applicant == pid) else {
        return problem(StatusCode::NOT_FOUND, "Søknaden finnes ikke.");
    };
    let wanted = if svar == YesNo::Ja { Stage::Accepted } else { Stage::Declined };
    if application.stage == Stage::Offered {
        application.stage = wanted;
    }
    if application.stage != wanted {
        return problem(StatusCode::CONFLICT, "Det er ikke noe tilbud å svare på.");
    }
    Json(json!({ "id": id, "status": wanted.name() })).into_response()
}

/// `GET /api/plasser?barn=…`: the places of a child, for the kindergarten's own screens.
pub(super) async fn places(State(app): State<Arc<App>>, Query(of): Query<OfChild>) -> Response {
    let _working = app.working();
    // Whether a place has begun is a question of today's date, which the register knows.
    if let Err(failure) = app.last_sequence().await {
        tracing::warn!(%failure, "datoen kunne ikke hentes");
        return problem(StatusCode::SERVICE_UNAVAILABLE, "Vi når ikke folkeregisteret nå. Prøv igjen om litt.");
    }
    let today = app.now().map(|now| now.date());
    let book = app.book();
    let places: Vec<_> = book
        .applications
        .iter()
        .filter(|(_, application)| application.child == of.barn && application.stage == Stage::Accepted)
        .map(|(id, application)| {
            let begun = today.is_some_and(|today| application.start <= today);
            let status = if begun { "aktiv" } else { "kommende" };
            json!({ "soeknad": id, "status": status, "start": application.start })
        })
        .collect();
    Json(json!({ "plasser": places })).into_response()
}

impl App {
    /// Takes in one application. Only somebody with parental responsibility for the child may apply.
    async fn receive(&self, pid: &str, apply: &Apply) -> Result<Response, Failure> {
        let child = match self.person(&apply.barn, &["person-basis", "relasjon-utvidet"]).await {
            Ok(child) if !child.is_dead() && child.responsible().iter().any(|adult| adult == pid) => child,
            Err(failure) if !failure.is_final() => return Err(failure),
            // The same answer for a stranger's child and for no child at all.
            _ => return Ok(problem(StatusCode::FORBIDDEN, "Bare den som har foreldreansvar, kan søke for barnet.")),
        };
        let Some(received) = self.book().register_time else {
            return Err(Failure::Content { service: "Folkeregisteret", why: "uten dato" });
        };
        let today = in_norway(received).date();
        let in_time = today <= main_intake_deadline(apply.oensket_start);
        let moment = received.to_string();
        let digest = self.machine.own_digest(&["soeknad", &apply.barn, pid, &moment]);
        let number = u128::from_be_bytes(digest) % 10_000_000_000;
        let id = format!("BHG-{}-{number:010}", today.year());
        // The same application twice in one instant is a double click.
        let new = !self.book().applications.contains_key(&id);
        if new {
            let application = Application {
                child: apply.barn.clone(),
                applicant: pid.to_owned(),
                start: apply.oensket_start,
                in_time,
                received,
                receipt_sent: false,
                stage: Stage::Received,
            };
            self.book().applications.insert(id.clone(), application);
            let name = child.full_name().unwrap_or_default();
            if let Err(failure) = self.send_receipt(&id, &name).await {
                tracing::warn!(%failure, "kvitteringen sendes ved neste runde");
            }
        }
        let body = json!({ "id": id, "status": "mottatt", "frist_overholdt": in_time });
        Ok((StatusCode::CREATED, Json(body)).into_response())
    }

    /// Receipts that did not get away at once, and decisions whose time has come.
    pub(super) async fn work_off_applications(&self) -> Result<(), Failure> {
        let Some(now) = self.book().register_time else { return Ok(()) };
        let decide_before = now.checked_sub(self.config.decide_after_hours.hours()).unwrap_or(Timestamp::MIN);
        let due: Vec<(String, String)> = {
            let book = self.book();
            let open = book.applications.iter().filter(|(_, application)| application.stage == Stage::Received);
            let due =
                open.filter(|(_, application)| !application.receipt_sent || application.received <= decide_before);
            due.map(|(id, application)| (id.clone(), application.child.clone())).collect()
        };
        for (id, child) in due {
            let child = self.person(&child, &["person-basis", "relasjon-utvidet"]).await?;
            if child.is_dead() {
                // No automatic letter about a child that is dead.
                self.advance(&id, |application| application.stage = Stage::Closed);
                continue;
            }
            let name = child.full_name().unwrap_or_default();
            self.send_receipt(&id, &name).await?;
            self.decide(&id, &name, child.born(), decide_before).await?;
        }
        Ok(())
    }

    fn advance(&self, id: &str, change: impl FnOnce(&mut Application)) {
        if let Some(application) = self.book().applications.get_mut(id) {
            change(application);
        }
    }

    async fn send_receipt(&self, id: &str, child: &str) -> Result<(), Failure> {
        let waiting =
            self.book().applications.get(id).filter(|a| !a.receipt_sent).map(|a| (a.applicant.clone(), a.start));
        let Some((applicant, start)) = waiting else { return Ok(()) };
        let contact = self.contact(&applicant).await?;
        let (title, text) = receipt(contact.language, id, child, &written(start), &self.config.sender.navn);
        let letter = Letter { key: format!("kvittering/{id}"), title, text, decision: false, attachment: None };
        self.deliver_or_note(&applicant, contact, &letter).await?;
        self.advance(id, |application| application.receipt_sent = true);
        Ok(())
    }

    async fn decide(&self, id: &str, child: &str, born: Option<Date>, before: Timestamp) -> Result<(), Failure> {
        let due = {
            let book = self.book();
            let due = book.applications.get(id).filter(|a| a.received <= before);
            due.map(|a| (a.applicant.clone(), a.start, a.in_time))
        };
        let Some((applicant, start, in_time)) = due else { return Ok(()) };
        let granted = born.is_some_and(|born| has_right(born, start, in_time));
        let contact = self.contact(&applicant).await?;
        let (title, text) = decision(contact.language, granted, id, child, &written(start), &self.config.sender.navn);
        let document = pdf::write(&title, &format!("{title}\n\n{text}"));
        let letter = Letter {
            key: format!("vedtak/{id}"),
            title,
            text,
            decision: true,
            attachment: Some(("vedtak.pdf", document)),
        };
        self.deliver_or_note(&applicant, contact, &letter).await?;
        self.advance(id, |a| a.stage = if granted { Stage::Offered } else { Stage::Waiting });
        Ok(())
    }

    /// Sends, and leaves a note when somebody must post the letter by hand instead.
    pub(super) async fn deliver_or_note(
        &self,
        id: &str,
        contact: super::registers::Contact,
        letter: &Letter,
    ) -> Result<(), Failure> {
        match self.deliver(&Receiver { id, contact }, letter).await {
            Ok(true) => Ok(()),
            Err(failure) if !failure.is_final() => Err(failure),
            _ => {
                tracing::warn!(brev = letter.key, "må sendes for hånd");
                Ok(())
            }
        }
    }

    /// Number and state of a citizen's applications, for the start page.
    pub(super) fn applications_of(&self, pid: &str) -> Vec<(String, Stage, Date)> {
        let book = self.book();
        let own = book.applications.iter().filter(|(_, application)| application.applicant == pid);
        own.map(|(id, application)| (id.clone(), application.stage, application.start)).collect()
    }
}

pub(super) fn problem(status: StatusCode, why: &str) -> Response {
    (status, Json(json!({ "feil": why }))).into_response()
}

pub(super) fn unauthorized() -> Response {
    problem(StatusCode::UNAUTHORIZED, "Logg inn først.")
}
