//! What each operation answers, given a town, a package of rights and an authorised request. No network, no tokens:
//! tests call these.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use serde::Serialize;

use super::atom;
use super::bestilling;
use super::dokument::{self, Spoersmaal};
use super::elementer::Utvalg;
use super::faults::{self, ATOM, Feil, JSON, XML, json, with_headers};
use super::media::{Form, Tilbud, body_form, wanted};
use super::pakker::{OMH, Pakke};
use super::wire::{Bulksvar, Feedinnslag, Feilmelding, Oppslag};
use crate::access::{Answers, Question};
use crate::base::{Foedselsnummer, IdentifierFault, hex, keyed_hash, looks_real};
use crate::clock::Span;
use crate::formats::xml;
use crate::observe::Note;
use crate::town::Town;
use crate::town::model::{DocumentId, Entry, PersonId};
use crate::town::state::FeedRow;

/// Service id.
pub(super) const TJENESTE: &str = "folkeregisteret";
/// Entries of a feed page.
const SIDE: usize = 1000;
/// Most identifiers of a bulk look-up.
pub(super) const MAKS_BULK: usize = 1000;
/// How long events and documents are kept.
const OPPBEVARING: Span = Span::Calendar { months: 36, days: 0, millis: 0 };
/// Namespace of person documents.
pub(super) const PERSON_NS: &str = "folkeregisteret:tilgjengeliggjoering:person:v1";
/// Namespace of event documents and of what the feed tells of events.
pub(super) const HENDELSE_NS: &str = "folkeregisteret:tilgjengeliggjoering:hendelse:v1";

/// Operation names (`specs/names.md` §1).
pub(super) mod operasjon {
    pub(in crate::services::folkeregisteret) const PERSON: &str = "folkeregisteret.person.hent";
    pub(in crate::services::folkeregisteret) const BULK: &str = "folkeregisteret.person.bulkoppslag";
    pub(in crate::services::folkeregisteret) const ARKIV: &str = "folkeregisteret.person.arkiv";
    pub(in crate::services::folkeregisteret) const ARKIVBULK: &str = "folkeregisteret.person.arkivbulk";
    pub(in crate::services::folkeregisteret) const FEED: &str = "folkeregisteret.hendelser.les";
    pub(in crate::services::folkeregisteret) const SISTE: &str = "folkeregisteret.hendelser.siste";
    pub(in crate::services::folkeregisteret) const HENDELSE: &str = "folkeregisteret.hendelse.hent";
    pub(in crate::services::folkeregisteret) const PERSONXSD: &str = "folkeregisteret.person.xsd";
    pub(in crate::services::folkeregisteret) const HENDELSEXSD: &str = "folkeregisteret.hendelser.xsd";
    pub(in crate::services::folkeregisteret) const FEEDXSD: &str = "folkeregisteret.hendelser.feedxsd";
    pub(in crate::services::folkeregisteret) const SOEK: &str = "folkeregisteret.person.soek";
    pub(in crate::services::folkeregisteret) const ENTYDIGSOEK: &str = "folkeregisteret.person.entydigsoek";
    pub(in crate::services::folkeregisteret) const HENDELSEBULK: &str = "folkeregisteret.hendelse.bulkoppslag";
}

/// Query parameters in order.
pub(super) type Query = Vec<(String, String)>;

/// An answer and what the record should know of it.
pub(super) type Svar = Result<(Response, Note), Feil>;

/// A refusal of an operation.
pub(super) fn refused(feil: Feil, operation: &'static str) -> Response {
    let mut response = feil.into_response();
    response.extensions_mut().insert(note(operation));
    response
}

pub(super) fn note(operation: &'static str) -> Note {
    Note { service: TJENESTE, operation, ..Note::default() }
}

/// JSON or XML, whichever the caller asks for.
pub(super) fn form(headers: &HeaderMap, tilbud: Tilbud) -> Result<Form, Feil> {
    match wanted(headers, tilbud) {
        Some(form @ (Form::Json | Form::Xml)) => Ok(form),
        Some(Form::Tekst | Form::Atom) | None => Err(faults::ACCEPT),
    }
}

/// `value` in the form asked for; in XML as the element `root`.
pub(super) fn written(form: Form, root: &str, namespace: &str, value: &impl Serialize) -> Response {
    match form {
        Form::Json => json(StatusCode::OK, value),
        _ => with_headers(StatusCode::OK, XML, xml_of(root, namespace, value)),
    }
}

fn xml_of(root: &str, namespace: &str, value: &impl Serialize) -> String {
    xml::document(root, namespace, value).expect("every key of a document is a name")
}

pub(super) fn utvalg(pakke: &Pakke, query: &Query) -> Result<Utvalg, Feil> {
    let parts = query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("part")).map(|(_, value)| value.as_str());
    Utvalg::parse(pakke, parts).map_err(|_| Feil { status: pakke.ukjent_part, ..faults::PART_UNKNOWN })
}

/// The person behind a number as a client wrote it.
pub(super) fn find(town: &Town, text: &str) -> Result<PersonId, Feil> {
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
pub(super) fn person(
    town: &Arc<Town>,
    answers: &Answers,
    pakke: &Pakke,
    id: &str,
    query: &Query,
    headers: &HeaderMap,
) -> Svar {
    let form = form(headers, Tilbud::Dokument)?;
    let utvalg = utvalg(pakke, query)?;
    let id = find(town, id)?;
    let subject = u64::from(id.0) | pakke.plass() << 40 | u64::from(form == Form::Xml) << 48;
    let question = Question { operation: operasjon::PERSON, subject, selection: utvalg.kode() };
    let body = answers.of(town, question, |town| {
        let document = dokument::person(town, id, Spoersmaal { pakke, utvalg, form }, town.now());
        match form {
            Form::Json => serde_json::to_vec(&document).expect("a document in memory can always be written").into(),
            _ => xml_of("folkeregisterperson", PERSON_NS, &document).into(),
        }
    });
    let note = Note { about: vec![town.key_of(id)], ..note(operasjon::PERSON) };
    Ok((with_headers(StatusCode::OK, media_of(form), body), note))
}

/// `POST v1/personer/bulkoppslag`.
pub(super) fn bulk(town: &Town, pakke: &Pakke, query: &Query, headers: &HeaderMap, body: &[u8]) -> Svar {
    let (numbers, form) = read_body(headers, body, "foedselsEllerDNummer")?;
    let utvalg = utvalg(pakke, query)?;
    let spoersmaal = Spoersmaal { pakke, utvalg, form };
    let as_ordered =
        query.iter().any(|(name, value)| name.eq_ignore_ascii_case("somBestilt") && value.eq_ignore_ascii_case("true"));
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        match find(town, &number) {
            Ok(id) => found.push(Funn::of(town, number, id)),
            Err(faults::ID_FORMAT) => return Err(faults::ID_FORMAT),
            Err(_) => found.push(Funn { nummer: number, id: None, utgaatt: false }),
        }
    }
    if !as_ordered {
        // An expired number is answered under the one in force; nobody twice, the unknown not at all.
        found.retain(|funn| funn.id.is_some());
        for funn in &mut found {
            if let Some(id) = funn.id.filter(|_| funn.utgaatt) {
                *funn = Funn { nummer: town.person(id).nummer().to_string(), id: Some(id), utgaatt: false };
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|funn| seen.insert(funn.nummer.clone()));
        found.sort_by_key(|funn| keyed_hash("folkeregisteret/bulk", &[funn.nummer.as_bytes()]));
    }
    let about = found.iter().filter_map(|funn| funn.id.map(|id| town.key_of(id))).collect();
    let oppslag = found.into_iter().map(|funn| funn.oppslag(town, spoersmaal)).collect();
    let response = written(form, "bulkoppslag", PERSON_NS, &Bulksvar { oppslag });
    Ok((response, Note { about, ..note(operasjon::BULK) }))
}

/// A number of a bulk look-up and who has it.
struct Funn {
    nummer: String,
    id: Option<PersonId>,
    /// The person has another number now.
    utgaatt: bool,
}

impl Funn {
    fn of(town: &Town, nummer: String, id: PersonId) -> Self {
        let utgaatt = town.person(id).nummer().to_string() != nummer;
        Self { nummer, id: Some(id), utgaatt }
    }

    fn oppslag(self, town: &Town, spoersmaal: Spoersmaal<'_>) -> Oppslag {
        let id = self.id.filter(|_| !self.utgaatt);
        Oppslag {
            foedsels_eller_d_nummer: self.nummer,
            folkeregisterperson: id.map(|id| dokument::person(town, id, spoersmaal, town.now())),
            feilmelding: id.is_none().then(|| Feilmelding { feilmelding: faults::PERSON_UNKNOWN.melding.to_owned() }),
        }
    }
}

/// `GET v1/personer/arkiv/{persondokument}`.
pub(super) fn archive(town: &Town, id: &str, query: &Query, headers: &HeaderMap) -> Svar {
    let form = form(headers, Tilbud::Dokument)?;
    let utvalg = utvalg(&OMH, query)?;
    let row = person_document(town, id)?;
    let about = vec![row.registrering.person];
    let body = right_after(town, &row, Spoersmaal { pakke: &OMH, utvalg, form }).ok_or(faults::DOC_UNKNOWN)?;
    let response = written(form, "folkeregisterperson", PERSON_NS, &body);
    Ok((response, Note { about, ..note(operasjon::ARKIV) }))
}

/// `POST v1/personer/bulkoppslag/arkiv`: documents in the order asked for, unknown ones left out.
pub(super) fn archive_bulk(town: &Town, query: &Query, headers: &HeaderMap, body: &[u8]) -> Svar {
    let utvalg = utvalg(&OMH, query)?;
    let (rows, form) = documents(headers, body, |id| person_document(town, id))?;
    let about = rows.iter().map(|row| row.registrering.person).collect();
    let spoersmaal = Spoersmaal { pakke: &OMH, utvalg, form };
    let people: Vec<_> = rows.iter().filter_map(|row| right_after(town, row, spoersmaal)).collect();
    let response = match form {
        Form::Json => json(StatusCode::OK, &people),
        _ => written(form, "folkeregisterpersoner", PERSON_NS, &Personer { folkeregisterperson: &people }),
    };
    Ok((response, Note { about, ..note(operasjon::ARKIVBULK) }))
}

/// Several documents in one of XML, which has one root.
#[derive(Serialize)]
struct Personer<'a> {
    folkeregisterperson: &'a [super::wire::Person],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Hendelser<'a> {
    dokument_for_hendelse: &'a [super::wire::Hendelsesdokument],
}

/// `GET v1/hendelser/{hendelsesdokument}`.
pub(super) fn event(town: &Town, id: &str, headers: &HeaderMap) -> Svar {
    let form = form(headers, Tilbud::Dokument)?;
    let row = event_document(town, id)?;
    let about = vec![row.registrering.person];
    let response = written(form, "dokumentForHendelse", HENDELSE_NS, &dokument::hendelse(town, &row));
    Ok((response, Note { about, ..note(operasjon::HENDELSE) }))
}

/// `POST v1/hendelser/bulkoppslag`: documents in the order asked for, unknown ones left out.
pub(super) fn event_bulk(town: &Town, headers: &HeaderMap, body: &[u8]) -> Svar {
    let (rows, form) = documents(headers, body, |id| event_document(town, id))?;
    let about = rows.iter().map(|row| row.registrering.person).collect();
    let events: Vec<_> = rows.iter().map(|row| dokument::hendelse(town, row)).collect();
    let response = match form {
        Form::Json => json(StatusCode::OK, &events),
        _ => written(form, "dokumenterForHendelse", HENDELSE_NS, &Hendelser { dokument_for_hendelse: &events }),
    };
    Ok((response, Note { about, ..note(operasjon::HENDELSEBULK) }))
}

/// `GET` and `HEAD v1/hendelser/feed`.
pub(super) fn feed(town: &Town, pakke: &Pakke, query: &Query, headers: &HeaderMap, address: &str) -> Svar {
    let form = wanted(headers, Tilbud::Feed).filter(|form| *form != Form::Tekst).ok_or(faults::ACCEPT)?;
    let from = seq(query)?.max(1);
    let rows = town.feed_for(pakke.lesere, from, SIDE);
    if rows.first().is_some_and(|row| is_expired(town, row)) {
        return Err(faults::SEQ_EXPIRED);
    }
    let last = rows.last().map_or(from - 1, |row| row.sekvensnummer);
    let etag = etag(pakke, from, rows.len(), last);
    let note = Note {
        feed_read: Some((from, last)),
        feed_end: Some(town.feed_len_for(pakke.lesere)),
        ..note(operasjon::FEED)
    };
    let mut response = if has_etag(headers, &etag) {
        with_headers(StatusCode::NOT_MODIFIED, media_of(form), Vec::new())
    } else {
        let body: Vec<Feedinnslag> = rows.iter().map(|row| dokument::feedinnslag(town, row, pakke)).collect();
        match form {
            Form::Json => json(StatusCode::OK, &body),
            _ => {
                let page = atom::Side {
                    address,
                    from,
                    last_number: town.feed_len_for(pakke.lesere),
                    size: SIDE,
                    now: town.now(),
                };
                with_headers(StatusCode::OK, media_of(form), page.document(pakke, &body))
            }
        }
    };
    if let Ok(value) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    Ok((response, note))
}

/// `GET v1/hendelser/siste/sekvensnummer`.
pub(super) fn last_number(town: &Town, pakke: &Pakke, headers: &HeaderMap) -> Svar {
    let last = town.feed_len_for(pakke.lesere);
    let form = wanted(headers, Tilbud::Nummer).ok_or(faults::ACCEPT)?;
    let body = match form {
        Form::Xml | Form::Atom => xml_of("sisteSekvensnummer", HENDELSE_NS, &Siste { sekvensnummer: last }),
        Form::Json | Form::Tekst => last.to_string(),
    };
    Ok((with_headers(StatusCode::OK, media_of(form), body), note(operasjon::SISTE)))
}

/// The schemas of what this register writes in XML, by operation.
pub(super) fn xsd(operation: &'static str) -> Svar {
    let text = match operation {
        operasjon::PERSONXSD => include_str!("xsd/person.xsd"),
        operasjon::HENDELSEXSD => include_str!("xsd/hendelse.xsd"),
        _ => include_str!("xsd/feed.xsd"),
    };
    Ok((with_headers(StatusCode::OK, XML, text), note(operation)))
}

/// The last number in XML; in JSON it is a bare number.
#[derive(Serialize)]
struct Siste {
    sekvensnummer: u64,
}

/// Media type of an answer.
fn media_of(form: Form) -> &'static str {
    match form {
        Form::Json => JSON,
        Form::Xml => XML,
        Form::Atom => ATOM,
        Form::Tekst => "text/plain",
    }
}

fn seq(query: &Query) -> Result<u64, Feil> {
    let mut values = query.iter().filter(|(name, _)| name == "seq").map(|(_, value)| value);
    let (Some(value), None) = (values.next(), values.next()) else { return Err(faults::SEQ_FORMAT) };
    value.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok()).ok_or(faults::SEQ_FORMAT)
}

/// Quoted digest over package, first number, count and last number (`specs/folkeregister.md` §9).
fn etag(pakke: &Pakke, from: u64, count: usize, last: u64) -> String {
    let parts = [from.to_be_bytes(), (count as u64).to_be_bytes(), last.to_be_bytes()];
    let digest = keyed_hash("folkeregisteret/etag", &[pakke.id.as_bytes(), &parts[0], &parts[1], &parts[2]]);
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

/// The texts called `key` of a body in JSON or XML, and the form of the answer: without `Accept` that of the request.
fn read_body(headers: &HeaderMap, body: &[u8], key: &str) -> Result<(Vec<String>, Form), Feil> {
    let given = body_form(headers, body).ok_or(faults::CONTENT_TYPE)?;
    let texts = match given {
        Form::Json => bestilling::of_json(body, key),
        _ => bestilling::of_xml(body, key),
    };
    let texts = texts.ok_or(faults::BULK_FORMAT)?;
    let answer = if headers.contains_key(header::ACCEPT) { form(headers, Tilbud::Dokument)? } else { given };
    bulk_size(texts.len())?;
    Ok((texts, answer))
}

/// Rows behind the ids of a bulk look-up of documents.
fn documents(
    headers: &HeaderMap,
    body: &[u8],
    row: impl Fn(&str) -> Result<FeedRow, Feil>,
) -> Result<(Vec<FeedRow>, Form), Feil> {
    let (ids, form) = read_body(headers, body, "dokumentidentifikator")?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in &ids {
        match row(id) {
            Ok(row) => rows.push(row),
            Err(faults::DOC_UNKNOWN) => {}
            Err(feil) => return Err(feil),
        }
    }
    Ok((rows, form))
}

/// The person as it was right after the change in `row`: the entries that stood at that instant, without what later
/// entries of the feed did at the same instant (`specs/folkeregister.md` §11).
pub(super) fn right_after(town: &Town, row: &FeedRow, asked: Spoersmaal<'_>) -> Option<super::wire::Person> {
    let person = town.person_by_key(row.registrering.person)?;
    let at = row.registrering.registrert;
    let mut entries = person.entries();
    for next in town.feed_samtidig_etter(row).iter().rev() {
        undo(&mut entries, next);
    }
    Some(dokument::of_entries(town, person.id, entries, asked, at))
}

fn undo(entries: &mut Vec<Entry>, row: &FeedRow) {
    for endring in row.registrering.endringer.iter().rev() {
        if let Some(ny) = &endring.ny {
            entries.retain(|entry| entry.id != ny.id);
        }
        if let Some(old) = &endring.gammel
            && let Some(entry) = entries.iter_mut().find(|entry| entry.id == old.id)
        {
            // A value that was history before it was removed is history again.
            entry.historisk_fra = old.historisk_fra;
            entry.fjernet = None;
            entry.gyldig_til = old.gyldig_til.filter(|_| old.historisk_fra.is_some());
        }
    }
}
