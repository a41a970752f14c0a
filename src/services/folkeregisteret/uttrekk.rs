//! Extracts: ordered, fetched batch by batch, and then looked up in bulk (`specs/folkeregister.md` §14).
//!
//! What an extract holds is found when it is ordered. The order is an event of the world, so that forks and snapshots have
//! it; how often somebody has asked for a batch that is not ready is not.

use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::faults::{self, Feil};
use super::kaller::{Adgang, Kaller};
use super::media::{Form, Tilbud, body_form};
use super::rules::{self, OPPBEVARING, PERSON_NS, Query, operasjon};
use super::soek;
use crate::access::{TokenPolicy, Visit};
use crate::base::{Digest, sha256};
use crate::observe::Note;
use crate::town::decide::{NyttUttrekk, UttrekkCommand};
use crate::town::state::{JobbId, MEST_UTTREKK, Uttrekk, Uttrekksslag};
use crate::town::{Cause, Command};
use crate::townhall::HallError;

/// Identifiers of a batch.
const fn batch_size(slag: Uttrekksslag) -> usize {
    match slag {
        Uttrekksslag::Tilpasset => 5_000,
        Uttrekksslag::Komplett => 100_000,
    }
}

/// How often a batch is not ready before it is, and the end before it is told.
const VENT_PAA_BATCH: u8 = 2;
const VENT_PAA_SLUTT: u8 = 1;
/// How long that is remembered: as long as an extract can be fetched, in seconds.
const HUSKES: i64 = 24 * 3_600;

/// An answer and what the record should know of it, or a refusal.
pub(super) type Uttrekksvar = Result<(Response, Note), Response>;

/// The receipt of an order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kvittering {
    jobb_id: String,
}

/// A batch; nothing at all is the end.
#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Batch {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foedsels_eller_d_nummer: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dokumentidentifikator: Vec<String>,
}

/// An order by criteria, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Bestilling {
    pub(super) personstatustyper: Vec<String>,
    pub(super) kommunenummer: Option<Kommunevalg>,
    pub(super) foedselsaar_fra_og_med: Option<String>,
    pub(super) foedselsaar_til_og_med: Option<String>,
    pub(super) doedsaar_fra_og_med: Option<String>,
    pub(super) doedsaar_til_og_med: Option<String>,
    pub(super) kjoenn: Option<String>,
    pub(super) statsborgerskap: Option<String>,
    pub(super) sivilstandstype: Option<String>,
}

/// Where somebody lives, or stays: one of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kommunevalg {
    pub(super) bostedskommunenummer: Option<String>,
    pub(super) oppholdskommunenummer: Option<String>,
}

/// What is ordered, with its result.
struct Ordre {
    slag: Uttrekksslag,
    /// The order as it is told apart from others.
    bestilling: Digest,
    identifikatorer: Vec<u8>,
}

/// `POST v1/uttrekk/tilpasset`. Reads JSON only.
pub(super) async fn tilpasset(kaller: &Kaller, adgang: &Adgang, body: &[u8]) -> Uttrekksvar {
    let Kaller { inbound, headers, pakke, .. } = kaller;
    let form = rules::form(headers, Tilbud::Dokument).map_err(IntoResponse::into_response)?;
    if body_form(headers, body) != Some(Form::Json) {
        return Err(faults::CONTENT_TYPE.of_extract(None));
    }
    let bad = |()| faults::EXTRACT_FORMAT.of_extract(None);
    let order: Bestilling = serde_json::from_slice(body).map_err(|_| ()).map_err(bad)?;
    let town = inbound.town();
    let identifikatorer = soek::uttrekk(&town, pakke, &order).ok_or(()).map_err(bad)?;
    let ordre = Ordre { slag: Uttrekksslag::Tilpasset, bestilling: sha256(&[body]), identifikatorer };
    ordered(kaller, adgang, ordre, form, operasjon::TILPASSET).await
}

/// `GET v1/uttrekk/komplett`: everybody's document as it was right after the entry of the feed with that number.
pub(super) async fn komplett(kaller: &Kaller, adgang: &Adgang, query: &Query) -> Uttrekksvar {
    let Kaller { inbound, headers, .. } = kaller;
    let form = rules::form(headers, Tilbud::Dokument).map_err(IntoResponse::into_response)?;
    let mut values =
        query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("feedsekvensnr")).map(|(_, value)| value);
    let number = match (values.next(), values.next()) {
        (Some(value), None) => value.parse::<u64>().ok(),
        _ => None,
    };
    let town = inbound.town();
    let Some(number) = number.filter(|number| *number <= town.feed_len()) else {
        return Err(faults::SEQ_FORMAT.of_extract(None));
    };
    let at = town.feed_row(number).map_or(town.foer_feeden(), |row| row.registrering.registrert);
    if at < OPPBEVARING.before(town.now()) {
        return Err(faults::SEQ_EXPIRED.of_extract(None));
    }
    let identifikatorer = town.persondokumenter_ved(number).into_iter().flat_map(|id| id.0).collect();
    let bestilling = sha256(&[&number.to_be_bytes()]);
    let ordre = Ordre { slag: Uttrekksslag::Komplett, bestilling, identifikatorer };
    ordered(kaller, adgang, ordre, form, operasjon::KOMPLETT).await
}

/// Keeps the result, registers the order and answers its id.
async fn ordered(kaller: &Kaller, adgang: &Adgang, ordre: Ordre, form: Form, operation: &'static str) -> Uttrekksvar {
    let Kaller { inbound, pakke, .. } = kaller;
    let Ordre { slag, bestilling, identifikatorer } = ordre;
    let broken = || faults::TEKNISK.into_response();
    let antall = u32::try_from(identifikatorer.len() / slag.bytes()).map_err(|_| broken())?;
    let resultat = inbound.hall.blobs().put(&Bytes::from(identifikatorer)).map_err(|_| broken())?;
    let now = inbound.town().now().millis().to_be_bytes();
    let nytt = NyttUttrekk { eier: adgang.consumer, pakke: pakke.id.into(), slag, bestilling, resultat, antall };
    let cause = Cause::of(operation, &[&bestilling.0, &adgang.consumer.value().to_be_bytes(), &now]);
    let command = Command::Uttrekk(UttrekkCommand::Bestill(Box::new(nytt)));
    let committed = match inbound.world.command(command, cause).await {
        Ok(committed) => committed,
        Err(HallError::Refused(refusal)) if refusal.code == "extract_limit" => {
            return Err(faults::EXTRACT_LIMIT
                .of_extract(Some(format!("Det kjører allerede {MEST_UTTREKK} uttrekk for virksomheten"))));
        }
        Err(_) => return Err(broken()),
    };
    let jobb = committed.events.iter().find_map(|event| match event {
        crate::town::Event::Uttrekk(crate::town::apply::UttrekkEvent::Bestilt { jobb, .. }) => Some(*jobb),
        _ => None,
    });
    let kvittering = Kvittering { jobb_id: jobb.ok_or_else(broken)?.to_string() };
    Ok((rules::written(form, "uttrekksjobb", PERSON_NS, &kvittering), rules::note(operation)))
}

/// `GET v1/uttrekk/{jobbid}/batch/{batchnr}`.
pub(super) async fn batch(kaller: &Kaller, adgang: &Adgang, jobb: &str, number: &str) -> Uttrekksvar {
    let Kaller { inbound, headers, pakke, .. } = kaller;
    let form = rules::form(headers, Tilbud::Dokument).map_err(IntoResponse::into_response)?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(faults::BATCH_FORMAT.of_extract(None));
    }
    let visit = Visit::of(inbound);
    let town = &visit.town;
    let unknown = || faults::JOB_UNKNOWN.of_extract(None);
    let jobb = JobbId::parse(jobb).ok_or_else(unknown)?;
    let own = |uttrekk: &&Uttrekk| uttrekk.eier == adgang.consumer && *uttrekk.pakke == *pakke.id;
    let uttrekk = town.uttrekk.finn(jobb, town.now()).filter(own).ok_or_else(unknown)?;
    let (size, count) = (batch_size(uttrekk.slag), uttrekk.antall as usize);
    let end = count.div_ceil(size);
    let number = number.parse::<usize>().ok().filter(|number| *number <= end).ok_or_else(unknown)?;
    let times = if number == end { VENT_PAA_SLUTT } else { VENT_PAA_BATCH };
    let until = visit.clocks.deadline(TokenPolicy::Virtual, HUSKES);
    if visit.state.is_awaited(visit.clocks, until, &format!("{jobb}/{number}"), times) {
        let pending = format!("Batch {number} i jobb {jobb} er ikke klar");
        return Err(faults::BATCH_PENDING.of_extract(Some(pending)));
    }
    let batch = if number == end {
        if !town.uttrekk.er_avsluttet(jobb) {
            let command = Command::Uttrekk(UttrekkCommand::Avslutt { jobb });
            let cause = Cause::of(operasjon::BATCH, &[&jobb.0.to_be_bytes()]);
            inbound.world.command(command, cause).await.map_err(|_| faults::TEKNISK.into_response())?;
        }
        Batch::default()
    } else {
        let kept = inbound.hall.blobs().get(&uttrekk.resultat).ok_or_else(|| faults::TEKNISK.into_response())?;
        let (width, from) = (uttrekk.slag.bytes(), number * size);
        let identifiers = kept.chunks_exact(width).skip(from).take(size);
        match uttrekk.slag {
            Uttrekksslag::Tilpasset => Batch {
                foedsels_eller_d_nummer: identifiers.map(|id| String::from_utf8_lossy(id).into_owned()).collect(),
                ..Batch::default()
            },
            Uttrekksslag::Komplett => {
                Batch { dokumentidentifikator: identifiers.map(crate::base::hex).collect(), ..Batch::default() }
            }
        }
    };
    Ok((rules::written(form, "uttrekksbatch", PERSON_NS, &batch), rules::note(operasjon::BATCH)))
}

impl Feil {
    /// A refusal in the shape of extracts; with `melding` instead of the register's usual words.
    fn of_extract(self, melding: Option<String>) -> Response {
        faults::extract(self, melding)
    }
}
