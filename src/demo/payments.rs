//! Reduced parental payment: who pays for a child, what they live on, and the decision.
//!
//! The household is the one where the child is registered: the parents who live there, and the applicant's spouse. The
//! newest year whose drafts are all out counts, settlement before draft. While the tax administration is down the
//! application waits; nobody is refused for that. Where the register shows nothing, or nothing is known of anybody, a
//! case-worker takes over. The decision keeps what it was made from.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde::Deserialize;
use serde_json::{Value, json};

use super::applications::{problem, unauthorized};
use super::income::Income;
use super::letters::{Letter, payment_decision};
use super::registers::Person;
use super::{App, Failure, Sabotage, in_norway, pdf};

/// Per cent of the income, and payments of a year.
const SHARE: i64 = 6;
const PAYMENTS: i64 = 11;

/// What a place costs from a day on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaymentRate {
    /// First day.
    pub from: Date,
    /// Highest price of a full-time place, kroner a month.
    pub price: i64,
    /// Share of it for the second and for each further child of a household, per mille.
    pub siblings: [i64; 2],
}

/// An application for reduced payment.
#[derive(Clone)]
pub(super) struct PaymentCase {
    applicant: String,
    children: Vec<String>,
    received: Timestamp,
    stage: PaymentStage,
    letter_sent: bool,
}

/// How far it has come.
#[derive(Clone, PartialEq, Debug)]
enum PaymentStage {
    Received,
    /// A case-worker has to look at it.
    Manual,
    Decided(Decision),
}

/// A decision with what it was made from.
#[derive(Clone, PartialEq, Debug)]
struct Decision {
    /// Kroner a month for all children.
    amount: i64,
    /// Kroner of the whole household.
    income: i64,
    year: i16,
    settled: bool,
    rate: PaymentRate,
    payers: usize,
    until: Date,
}

impl PaymentStage {
    fn name(&self) -> &'static str {
        match self {
            Self::Received => "mottatt",
            Self::Manual => "manuell_behandling",
            Self::Decided(_) => "vedtatt",
        }
    }
}

/// The body of `POST /soeknad/redusert-betaling`.
#[derive(Deserialize)]
pub(super) struct Apply {
    samtykke: bool,
    barn: Vec<String>,
}

/// What `children` children cost a month with `income` a year.
fn amount(income: i64, children: usize, rate: &PaymentRate) -> i64 {
    let first = (income.max(0) * SHARE / (100 * PAYMENTS)).min(rate.price);
    let share = |place: usize| match place {
        0 => 1_000,
        1 => rate.siblings[0],
        _ => rate.siblings[1],
    };
    (0..children).map(|place| first * share(place) / 1_000).sum()
}

/// The newest year whose drafts are all out: drafts come in the middle of March.
fn income_year(today: Date) -> i16 {
    if today >= date(today.year(), 3, 17) { today.year() - 1 } else { today.year() - 2 }
}

/// The last day of the kindergarten year.
fn year_end(today: Date) -> Date {
    date(today.year() + i16::from(today.month() >= 8), 7, 31)
}

/// `POST /soeknad/redusert-betaling`.
pub(super) async fn apply(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Json<Apply>, JsonRejection>,
) -> Response {
    let Some(pid) = app.logged_in(&headers) else { return unauthorized() };
    let Ok(Json(apply)) = body else {
        return problem(StatusCode::BAD_REQUEST, "Søknaden må ha samtykke og barn.");
    };
    if !apply.samtykke || apply.barn.is_empty() || apply.barn.len() > 10 {
        return problem(StatusCode::BAD_REQUEST, "Du må samtykke til at vi henter inntekten, og oppgi barna.");
    }
    let _working = app.working();
    let _turn = app.turn.lock().await;
    match app.receive_payment(&pid, &apply).await {
        Ok(answer) => answer,
        Err(failure) => {
            tracing::warn!(%failure, "søknad om redusert betaling kunne ikke tas imot nå");
            problem(StatusCode::SERVICE_UNAVAILABLE, "Vi når ikke folkeregisteret nå. Prøv igjen om litt.")
        }
    }
}

/// `GET /api/saker/{id}/vedtak`: the decision, for the applicant alone.
pub(super) async fn decision(State(app): State<Arc<App>>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let Some(pid) = app.logged_in(&headers) else { return unauthorized() };
    let case = app.book().payments.get(&id).filter(|case| case.applicant == pid).cloned();
    match case.map(|case| case.stage) {
        Some(PaymentStage::Decided(decision)) => Json(told(&id, &decision)).into_response(),
        Some(stage) => {
            (StatusCode::NOT_FOUND, Json(json!({ "saksnummer": id, "status": stage.name() }))).into_response()
        }
        None => problem(StatusCode::NOT_FOUND, "Saken finnes ikke."),
    }
}

fn told(id: &str, decision: &Decision) -> Value {
    json!({
        "saksnummer": id,
        "status": "vedtatt",
        "maanedsbeloep": decision.amount,
        "inntekt": decision.income,
        "inntektsaar": decision.year,
        "kilde": if decision.settled { "oppgjoer" } else { "utkast" },
        "makspris": decision.rate.price,
        "sats_fra": decision.rate.from,
        "betalere": decision.payers,
        "til_og_med": decision.until,
    })
}

impl App {
    /// Takes in one application, and decides it at once when all is there.
    async fn receive_payment(&self, pid: &str, apply: &Apply) -> Result<Response, Failure> {
        let mut children = apply.barn.clone();
        children.sort();
        children.dedup();
        for child in &children {
            let is_number = child.len() == 11 && child.bytes().all(|byte| byte.is_ascii_digit());
            let found = if is_number { self.citizen(child).await? } else { None };
            if !found.is_some_and(|child| !child.is_dead() && child.responsible().iter().any(|adult| adult == pid)) {
                return Ok(problem(StatusCode::FORBIDDEN, "Bare den som har foreldreansvar, kan søke for barnet."));
            }
        }
        let Some(received) = self.book().register_time else {
            return Err(Failure::Content { service: "Folkeregisteret", why: "uten dato" });
        };
        let today = in_norway(received).date();
        if self.rate(today).is_none() {
            // Without a rate nothing can be counted, and zero would be wrong.
            return Ok(problem(StatusCode::CONFLICT, "Vi har ingen satser for denne datoen."));
        }
        let moment = received.to_string();
        let mut parts = vec!["redusert", pid, moment.as_str()];
        parts.extend(children.iter().map(String::as_str));
        let number = u128::from_be_bytes(self.machine.own_digest(&parts)) % 10_000_000_000;
        let id = format!("RED-{}-{number:010}", today.year());
        self.book().payments.entry(id.clone()).or_insert_with(|| PaymentCase {
            applicant: pid.to_owned(),
            children,
            received,
            stage: PaymentStage::Received,
            letter_sent: false,
        });
        if let Err(failure) = self.work_off_payment(&id).await {
            tracing::warn!(%failure, "søknaden venter");
        }
        let stage = self.book().payments.get(&id).map_or("mottatt", |case| case.stage.name());
        Ok((StatusCode::CREATED, Json(json!({ "saksnummer": id, "status": stage }))).into_response())
    }

    /// What there is to do for all applications.
    pub(super) async fn work_off_payments(&self) -> Result<(), Failure> {
        let open: Vec<String> = {
            let book = self.book();
            let waits = |case: &PaymentCase| !case.letter_sent && case.stage != PaymentStage::Manual;
            book.payments.iter().filter(|(_, case)| waits(case)).map(|(id, _)| id.clone()).collect()
        };
        for id in open {
            self.work_off_payment(&id).await?;
        }
        Ok(())
    }

    async fn work_off_payment(&self, id: &str) -> Result<(), Failure> {
        let Some(mut case) = self.book().payments.get(id).cloned() else { return Ok(()) };
        if case.stage == PaymentStage::Received {
            case.stage = self.decide_payment(&case).await?;
            self.keep(id, &case);
        }
        if let (PaymentStage::Decided(decision), false) = (&case.stage, case.letter_sent) {
            let contact = self.contact(&case.applicant).await?;
            let (title, text) = payment_decision(
                contact.language,
                id,
                decision.amount,
                decision.income,
                decision.year,
                &super::written(decision.until),
                &self.config.sender.navn,
            );
            let document = pdf::write(&title, &format!("{title}\n\n{text}"));
            let attachment = Some(("vedtak.pdf", document));
            let letter = Letter { key: format!("redusert/{id}"), title, text, decision: true, attachment };
            self.deliver_or_note(&case.applicant, contact, &letter).await?;
            case.letter_sent = true;
            self.keep(id, &case);
        }
        Ok(())
    }

    fn keep(&self, id: &str, case: &PaymentCase) {
        self.book().payments.insert(id.to_owned(), case.clone());
    }

    /// The rate in force on `today`.
    fn rate(&self, today: Date) -> Option<PaymentRate> {
        self.config.payment_rates.iter().filter(|rate| rate.from <= today).max_by_key(|rate| rate.from).copied()
    }

    async fn decide_payment(&self, case: &PaymentCase) -> Result<PaymentStage, Failure> {
        let today = in_norway(case.received).date();
        let Some(rate) = self.rate(today) else { return Ok(PaymentStage::Manual) };
        let Some(payers) = self.payers(case).await? else { return Ok(PaymentStage::Manual) };
        let year = income_year(today);
        let (mut income, mut settled, mut known) = (0, true, false);
        for payer in &payers {
            match self.income(payer, year).await? {
                Income::Known(kroner, is_settled) => {
                    income += kroner;
                    settled &= is_settled;
                    known = true;
                }
                Income::Hidden => return Ok(PaymentStage::Manual),
                Income::None => {}
            }
        }
        if !known {
            return Ok(PaymentStage::Manual);
        }
        let amount = amount(income, case.children.len(), &rate);
        let payers = payers.len();
        Ok(PaymentStage::Decided(Decision { amount, income, year, settled, rate, payers, until: year_end(today) }))
    }

    /// Who pays: of each child's parents those who live where the child does, and the applicant's spouse there. `None` when
    /// the applicant does not live with the children, or nobody's home is shown.
    async fn payers(&self, case: &PaymentCase) -> Result<Option<Vec<String>>, Failure> {
        let mut payers: Vec<String> = Vec::new();
        for child in &case.children {
            let Some(document) = self.citizen(child).await? else { return Ok(None) };
            let Some(home) = document.home().cloned() else { return Ok(None) };
            let mut candidates = vec![case.applicant.clone()];
            if self.config.sabotage != Sabotage::OneIncome {
                candidates.extend(document.parents());
            }
            if let Some(applicant) = self.citizen(&case.applicant).await? {
                if applicant.home() != Some(&home) {
                    return Ok(None);
                }
                if self.config.sabotage != Sabotage::OneIncome {
                    candidates.extend(applicant.spouse());
                }
            }
            for candidate in candidates {
                if payers.contains(&candidate) {
                    continue;
                }
                let adult = self.citizen(&candidate).await?;
                if adult.is_some_and(|adult| !adult.is_dead() && adult.home() == Some(&home)) {
                    payers.push(candidate);
                }
            }
        }
        Ok(Some(payers))
    }

    /// A person document; `None` for somebody the register does not know.
    async fn citizen(&self, id: &str) -> Result<Option<Person>, Failure> {
        match self.person(id, &["person-basis", "relasjon-utvidet"]).await {
            Ok(person) => Ok(Some(person)),
            Err(failure) if failure.is_final() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_years_and_ends() {
        let rate = PaymentRate { from: date(2026, 8, 1), price: 1_200, siblings: [700, 0] };
        for (income, children, expected) in
            [(220_000, 1, 1_200), (219_999, 1, 1_199), (0, 2, 0), (-5, 1, 0), (900_000, 3, 2_040)]
        {
            assert_eq!(amount(income, children, &rate), expected);
        }
        assert_eq!([income_year(date(2027, 3, 16)), income_year(date(2027, 3, 17))], [2025, 2026]);
        assert_eq!([year_end(date(2027, 7, 31)), year_end(date(2027, 8, 1))], [date(2027, 7, 31), date(2028, 7, 31)]);
    }
}
