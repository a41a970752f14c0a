//! What each operation answers, given a town and an authorised request. No network, no tokens: tests call these.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::dokument;
use super::elementer::Utvalg;
use super::faults::{self, Feil, JSON, json, with_headers};
use super::media::{Form, Tilbud, body_form, wanted};
use super::wire::{Bulkbestilling, Bulksvar, Dokumentbestilling, Feedinnslag, Feilmelding, Oppslag};
use crate::access::{Answers, Question, not_modelled};
use crate::base::{Foedselsnummer, IdentifierFault, hex, keyed_hash, looks_real};
use crate::clock::Span;
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::{DocumentId, Entry, PersonId};
use crate::town::state::FeedRow;

/// Service id.
pub(super) const TJENESTE: &str = "folkeregisteret";
/// Entries of a feed page.
const SIDE: usize = 1000;
/// Most identifiers of a bulk look-up.
const MAKS_BULK: usize = 1000;
/// How long events and documents are kept.
const OPPBEVARING: Span = Span::Calendar { months: 36, days: 0, millis: 0 };
/// The package this slice serves, in the digest of an `ETag`.
const PAKKE: &str = "offentlig-med-hjemmel";

/// Operation names (`specs/names.md` §1).
pub(super) mod operasjon {
    pub(in crate::services::folkeregisteret) const PERSON: &str = "folkeregisteret.person.hent";
    pub(in crate::services::folkeregisteret) const BULK: &str = "folkeregisteret.person.bulkoppslag";
    pub(in crate::services::folkeregisteret) const ARKIV: &str = "folkeregisteret.person.arkiv";
    pub(in crate::services::folkeregisteret) const ARKIVBULK: &str = "folkeregisteret.person.arkivbulk";
    pub(in crate::services::folkeregisteret) const FEED: &str = "folkeregisteret.hendelser.les";
    pub(in crate::services::folkeregisteret) const SISTE: &str = "folkeregisteret.hendelser.siste";
    pub(in crate::services::folkeregisteret) const HENDELSE: &str = "folkeregisteret.hendelse.hent";
    pub(in crate::services::folkeregisteret) const HENDELSEBULK: &str = "folkeregisteret.hendelse.bulkoppslag";
}

/// Query parameters in order.
pub(super) type Query = Vec<(String, String)>;

/// An answer and what the record should know of it.
pub(super) type Svar = Result<(Response, Note), Avslag>;

/// An answer that is not what was asked for.
pub(super) enum Avslag {
    /// The register's own refusal.
    Feil(Feil),
    /// A representation or operation this town does not model.
    IkkeModellert(&'static str),
}

impl From<Feil> for Avslag {
    fn from(feil: Feil) -> Self {
        Self::Feil(feil)
    }
}

impl Avslag {
    pub(super) fn into_response(self, operation: &'static str) -> Response {
        match self {
            Self::IkkeModellert(operation) => not_modelled(TJENESTE, operation),
            Self::Feil(feil) => {
                let mut response = feil.into_response();
                response.extensions_mut().insert(Note { service: TJENESTE, operation, ..Note::default() });
                response
            }
        }
    }
}

fn note(operation: &'static str) -> Note {
    Note { service: TJENESTE, operation, ..Note::default() }
}

/// Refuses what is not JSON: XML names itself as not modelled, the rest is not acceptable.
fn only_json(headers: &HeaderMap, tilbud: Tilbud) -> Result<(), Avslag> {
    match wanted(headers, tilbud) {
        Some(Form::Json) => Ok(()),
        Some(Form::Xml | Form::Atom) => Err(Avslag::IkkeModellert("folkeregisteret.xml")),
        Some(Form::Tekst) | None => Err(faults::ACCEPT.into()),
    }
}

fn utvalg(query: &Query) -> Result<Utvalg, Feil> {
    let parts = query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("part")).map(|(_, value)| value.as_str());
    Utvalg::parse(parts).map_err(|_| faults::PART_UNKNOWN)
}

/// The person behind a number as a client wrote it.
fn find(town: &Town, text: &str) -> Result<PersonId, Feil> {
    if looks_real(text) {
        return Err(faults::PERSON_UNKNOWN_REAL);
    }
    match Foedselsnummer::parse(text) {
        Ok(number) => town.find(number).ok_or(faults::PERSON_UNKNOWN),
        Err(IdentifierFault::Form) => Err(faults::ID_FORMAT),
        Err(_) => Err(faults::PERSON_UNKNOWN),
    }
}

/// `GET v1/personer/{id}`. A document that stands in `answers` is not written again.
pub(super) fn person(town: &Arc<Town>, answers: &Answers, id: &str, query: &Query, headers: &HeaderMap) -> Svar {
    only_json(headers, Tilbud::Dokument)?;
    let utvalg = utvalg(query)?;
    let id = find(town, id)?;
    let question = Question { operation: operasjon::PERSON, subject: u64::from(id.0), selection: utvalg.kode() };
    let body = answers.of(town, question, |town| {
        let document = dokument::person(town, id, utvalg, town.now());
        serde_json::to_vec(&document).expect("a document in memory can always be written").into()
    });
    let note = Note { about: vec![town.key_of(id)], ..note(operasjon::PERSON) };
    Ok((with_headers(StatusCode::OK, JSON, body), note))
}

/// `POST v1/personer/bulkoppslag`.
pub(super) fn bulk(town: &Town, query: &Query, headers: &HeaderMap, body: &[u8]) -> Svar {
    let order: Bulkbestilling = read_body(headers, body)?;
    let utvalg = utvalg(query)?;
    let numbers = order.foedsels_eller_d_nummer;
    bulk_size(numbers.len())?;
    let as_ordered =
        query.iter().any(|(name, value)| name.eq_ignore_ascii_case("somBestilt") && value.eq_ignore_ascii_case("true"));
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        match find(town, &number) {
            Ok(id) => found.push((number, Some(id))),
            Err(faults::ID_FORMAT) => return Err(faults::ID_FORMAT.into()),
            Err(_) => found.push((number, None)),
        }
    }
    if !as_ordered {
        let mut seen = BTreeSet::new();
        found.retain(|(number, id)| id.is_some() && seen.insert(number.clone()));
        found.sort_by_key(|(number, _)| keyed_hash("folkeregisteret/bulk", &[number.as_bytes()]));
    }
    let about = found.iter().filter_map(|(_, id)| id.map(|id| town.key_of(id))).collect();
    let oppslag = found
        .into_iter()
        .map(|(number, id)| Oppslag {
            foedsels_eller_d_nummer: number,
            folkeregisterperson: id.map(|id| dokument::person(town, id, utvalg, town.now())),
            feilmelding: id.is_none().then(|| Feilmelding { feilmelding: faults::PERSON_UNKNOWN.melding.to_owned() }),
        })
        .collect();
    Ok((json(StatusCode::OK, &Bulksvar { oppslag }), Note { about, ..note(operasjon::BULK) }))
}

/// `GET v1/personer/arkiv/{persondokument}`.
pub(super) fn archive(town: &Town, id: &str, query: &Query, headers: &HeaderMap) -> Svar {
    only_json(headers, Tilbud::Dokument)?;
    let utvalg = utvalg(query)?;
    let row = person_document(town, id)?;
    let about = vec![row.registrering.person];
    let body = right_after(town, &row, utvalg).ok_or(faults::DOC_UNKNOWN)?;
    Ok((json(StatusCode::OK, &body), Note { about, ..note(operasjon::ARKIV) }))
}

/// `POST v1/personer/bulkoppslag/arkiv`: documents in the order asked for, unknown ones left out.
pub(super) fn archive_bulk(town: &Town, query: &Query, headers: &HeaderMap, body: &[u8]) -> Svar {
    let utvalg = utvalg(query)?;
    let rows = documents(headers, body, |id| person_document(town, id))?;
    let about = rows.iter().map(|row| row.registrering.person).collect();
    let people: Vec<_> = rows.iter().filter_map(|row| right_after(town, row, utvalg)).collect();
    Ok((json(StatusCode::OK, &people), Note { about, ..note(operasjon::ARKIVBULK) }))
}

/// `GET v1/hendelser/{hendelsesdokument}`.
pub(super) fn event(town: &Town, id: &str, headers: &HeaderMap) -> Svar {
    only_json(headers, Tilbud::Dokument)?;
    let row = event_document(town, id)?;
    let about = vec![row.registrering.person];
    Ok((json(StatusCode::OK, &dokument::hendelse(town, &row)), Note { about, ..note(operasjon::HENDELSE) }))
}

/// `POST v1/hendelser/bulkoppslag`: documents in the order asked for, unknown ones left out.
pub(super) fn event_bulk(town: &Town, headers: &HeaderMap, body: &[u8]) -> Svar {
    let rows = documents(headers, body, |id| event_document(town, id))?;
    let about = rows.iter().map(|row| row.registrering.person).collect();
    let events: Vec<_> = rows.iter().map(|row| dokument::hendelse(town, row)).collect();
    Ok((json(StatusCode::OK, &events), Note { about, ..note(operasjon::HENDELSEBULK) }))
}

/// `GET` and `HEAD v1/hendelser/feed`.
pub(super) fn feed(town: &Town, query: &Query, headers: &HeaderMap) -> Svar {
    only_json(headers, Tilbud::Feed)?;
    let from = seq(query)?.max(1);
    if town.feed_row(from).is_some_and(|row| is_expired(town, &row)) {
        return Err(faults::SEQ_EXPIRED.into());
    }
    let rows = town.feed(from, SIDE);
    let last = rows.last().map_or(from - 1, |row| row.sekvensnummer);
    let etag = etag(from, rows.len(), last);
    let note = Note { feed_read: Some((from, last)), feed_end: Some(town.feed_len()), ..note(operasjon::FEED) };
    let mut response = if has_etag(headers, &etag) {
        with_headers(StatusCode::NOT_MODIFIED, JSON, Vec::new())
    } else {
        let body: Vec<Feedinnslag> = rows.iter().map(|row| dokument::feedinnslag(town, row)).collect();
        json(StatusCode::OK, &body)
    };
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok((response, note))
}

/// `GET v1/hendelser/siste/sekvensnummer`.
pub(super) fn last_number(town: &Town, headers: &HeaderMap) -> Svar {
    let body = town.feed_len().to_string().into_bytes();
    let media = match wanted(headers, Tilbud::Nummer) {
        Some(Form::Json) => JSON,
        Some(Form::Tekst) => "text/plain",
        Some(Form::Xml | Form::Atom) => return Err(Avslag::IkkeModellert("folkeregisteret.xml")),
        None => return Err(faults::ACCEPT.into()),
    };
    Ok((with_headers(StatusCode::OK, media, body), note(operasjon::SISTE)))
}

fn seq(query: &Query) -> Result<u64, Feil> {
    let mut values = query.iter().filter(|(name, _)| name == "seq").map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(faults::SEQ_FORMAT) };
    value.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok()).ok_or(faults::SEQ_FORMAT)
}

/// Quoted digest over package, first number, count and last number (`specs/folkeregister.md` §9).
fn etag(from: u64, count: usize, last: u64) -> String {
    let parts = [from.to_be_bytes(), (count as u64).to_be_bytes(), last.to_be_bytes()];
    let digest = keyed_hash("folkeregisteret/etag", &[PAKKE.as_bytes(), &parts[0], &parts[1], &parts[2]]);
    format!("\"{}\"", hex(&digest.0[..16]))
}

fn has_etag(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|value| value.trim_start_matches("W/") == etag)
}

fn is_expired(town: &Town, row: &FeedRow) -> bool {
    row.registrering.registrert < OPPBEVARING.before(town.now())
}

fn document(town: &Town, text: &str, is_it: impl Fn(&FeedRow, DocumentId) -> bool) -> Result<FeedRow, Feil> {
    let id = DocumentId::parse(text).ok_or(faults::DOC_FORMAT)?;
    let row = town.feed_row_by_document(id).filter(|row| is_it(row, id)).ok_or(faults::DOC_UNKNOWN)?;
    if is_expired(town, &row) { Err(faults::DOC_EXPIRED) } else { Ok(row) }
}

fn event_document(town: &Town, id: &str) -> Result<FeedRow, Feil> {
    document(town, id, |row, id| row.hendelsesdokument == id)
}

fn person_document(town: &Town, id: &str) -> Result<FeedRow, Feil> {
    document(town, id, |row, id| row.persondokument == id)
}

fn bulk_size(count: usize) -> Result<(), Feil> {
    if (1..=MAKS_BULK).contains(&count) { Ok(()) } else { Err(faults::BULK_SIZE) }
}

/// A JSON body; on a `POST` without `Accept` the answer has the form of the request.
fn read_body<T: serde::de::DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Avslag> {
    match body_form(headers, body) {
        Some(Form::Json) => {}
        Some(_) => return Err(Avslag::IkkeModellert("folkeregisteret.xml")),
        None => return Err(faults::CONTENT_TYPE.into()),
    }
    only_json(headers, Tilbud::Dokument)?;
    serde_json::from_slice(body).map_err(|_| faults::BULK_FORMAT.into())
}

/// Rows behind the ids of a bulk look-up of documents.
fn documents(
    headers: &HeaderMap,
    body: &[u8],
    row: impl Fn(&str) -> Result<FeedRow, Feil>,
) -> Result<Vec<FeedRow>, Avslag> {
    let order: Dokumentbestilling = read_body(headers, body)?;
    bulk_size(order.dokumentidentifikator.len())?;
    let mut rows = Vec::with_capacity(order.dokumentidentifikator.len());
    for id in &order.dokumentidentifikator {
        match row(id) {
            Ok(row) => rows.push(row),
            Err(faults::DOC_UNKNOWN) => {}
            Err(feil) => return Err(feil.into()),
        }
    }
    Ok(rows)
}

/// The person as it was right after the change in `row`: the entries that stood at that instant, without what later
/// entries of the feed did at the same instant (`specs/folkeregister.md` §11).
pub(super) fn right_after(town: &Town, row: &FeedRow, utvalg: Utvalg) -> Option<super::wire::Person> {
    let person = town.person_by_key(row.registrering.person)?;
    let at = row.registrering.registrert;
    let mut entries = person.entries();
    let mut later: Vec<FeedRow> = Vec::new();
    let mut number = row.sekvensnummer + 1;
    while let Some(next) = town.feed_row(number).filter(|next| next.registrering.registrert == at) {
        number += 1;
        later.push(next);
    }
    for next in later.iter().rev().filter(|next| next.registrering.person == row.registrering.person) {
        undo(&mut entries, next);
    }
    Some(dokument::of_entries(town, person.id, entries, utvalg, at))
}

fn undo(entries: &mut Vec<Entry>, row: &FeedRow) {
    for endring in row.registrering.endringer.iter().rev() {
        if let Some(ny) = &endring.ny {
            entries.retain(|entry| entry.id != ny.id);
        }
        if let Some(old) = &endring.gammel
            && let Some(entry) = entries.iter_mut().find(|entry| entry.id == old.id)
        {
            entry.historisk_fra = None;
            entry.fjernet = None;
            entry.gyldig_til = None;
        }
    }
}
