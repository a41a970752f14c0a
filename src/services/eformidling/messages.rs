//! The out-store: what a receiver can take, creating, sending, listing and deleting messages (`specs/eformidling.md` §5, §6).

use axum::http::{StatusCode, header};
use serde_json::Value;

use super::faults::{Fault, Violation};
use super::identifikator::{Identifikator, bar};
use super::json_in;
use super::paging::PageRequest;
use super::ruting::{returadresse, ruter};
use super::sbd::{Forretningsmelding, Sbd};
use super::{Answer, Call, Nei, sbd_out, wire};
use crate::base::Orgnummer;
use crate::town::apply::PostEvent;
use crate::town::decide::{NyMelding, PostCommand};
use crate::town::event::Event;
use crate::town::state::{
    Adresseblokk, Dokumenttype, Fil, Forsendelse, Innhold, Meldingsnoekkel, Person, Prosess, Status,
};

/// Values of the service filter.
pub(super) const SERVICES: [&str; 9] = ["DPO", "DPV", "DPI", "DPF", "DPE", "DPH", "DPFIO", "DPE_INNSYN", "UNKNOWN"];

/// `GET capabilities/{receiver}`.
pub(super) fn capabilities(call: &mut Call) -> Result<Answer, Nei> {
    call.known_params(&["process", "securityLevel"]);
    let given = call.variable().to_owned();
    let level = match call.param("securityLevel").filter(|level| !level.is_empty()) {
        None => None,
        Some(level) => {
            let number: Result<i32, _> = level.parse();
            Some(number.map_err(|_| Fault::type_mismatch("securityLevel", level, "java.lang.Integer"))?)
        }
    };
    let process = call.param("process").filter(|process| !process.is_empty()).map(str::to_owned);
    let unknown = || Fault::identifier_not_found(&parameters(&given, process.as_deref(), level.map(i64::from), None));
    let town = call.town.clone();
    let read = Identifikator::parse_iso(&given);
    hint_at_real_shape(call, read.as_ref());
    let person = match read {
        Some(Identifikator::Person(nummer)) => town.find(nummer).map(|id| town.person(id)),
        Some(Identifikator::Organisasjon { nummer, .. }) if is_known(call, &nummer) => return Err(Nei::IkkeModellert),
        _ => None,
    };
    let person = person.ok_or_else(unknown)?;
    call.about(person.key());
    let mut ruter = ruter(&person);
    if let Some(process) = &process {
        let prosess = Prosess::from_urn(process).ok_or_else(unknown)?;
        ruter.retain(|rute| rute.prosess == prosess);
    }
    Ok(Answer::Json(wire::capabilities(&person, &ruter)))
}

fn is_known(call: &Call, orgnr: &str) -> bool {
    call.own().to_string() == orgnr || Orgnummer::parse(orgnr).is_ok_and(|orgnr| call.town.enhet_med(orgnr).is_some())
}

/// A number of a real person's shape is an unknown person here, and the caller should know why.
fn hint_at_real_shape(call: &mut Call, read: Option<&Identifikator>) {
    if read == Some(&Identifikator::UkjentPerson) {
        call.hint = Some("person-unknown-real-shaped: the number looks like a real person's and is unknown here");
    }
}

/// How the registry's client writes what it asked for.
fn parameters(identifier: &str, process: Option<&str>, level: Option<i64>, conversation: Option<&str>) -> String {
    let or_null = |value: Option<&str>| value.unwrap_or("null").to_owned();
    format!(
        "SRParameter(identifier={identifier}, process={}, securityLevel={}, print=null, infoOnly=false, \
         conversationId={})",
        or_null(process),
        or_null(level.map(|level| level.to_string()).as_deref()),
        or_null(conversation)
    )
}

/// `POST messages/out`.
pub(super) async fn create(call: &mut Call) -> Result<Answer, Nei> {
    let media = call.header(header::CONTENT_TYPE);
    let plain = media.as_deref().map(|media| media.split(';').next().unwrap_or(media).trim().to_ascii_lowercase());
    if !plain.as_deref().is_some_and(|media| media == "application/json" || media.ends_with("+json")) {
        return Err(Fault::media_type(media.as_deref()).into());
    }
    let document = json_in::read_object(&call.body)?;
    let forsendelse = opprett(call, document, Vec::new()).await?;
    Ok(Answer::Json(sbd_out::sbd(&forsendelse.melding)))
}

/// Creates a message, with files when they come along: the checks of §6.1 in their order.
pub(super) async fn opprett(
    call: &mut Call,
    document: Value,
    filer: Vec<Fil>,
) -> Result<std::sync::Arc<Forsendelse>, Nei> {
    let mut sbd = Sbd::read(document)?;
    let dokumenttype = sbd.dokumenttype().ok_or(Nei::IkkeModellert)?;
    hint_at_real_shape(call, sbd.mottaker.as_ref().and_then(|(_, read)| read.as_ref()));
    let til = mottaker(call, &sbd, dokumenttype)?;
    let town = call.town.clone();
    let person = town.person(til);
    call.about(person.key());
    let prosess = rute(&sbd, &person, dokumenttype)?;
    let header = sbd.header_rules(town.now())?;
    let own = call.own();
    call.note.message = sbd.message_id()?;
    if let Some(id) = header.id.filter(|id| town.post.is_brukt(Meldingsnoekkel { eier: own, id: *id })) {
        return Err(Fault::message_exists(id).into());
    }
    let (avsender, read) = sbd.avsender(&own.to_string())?;
    let mut innhold = sbd.melding_rules(dokumenttype)?;
    sbd.verdict()?;
    adresser(&person, &mut innhold)?;
    passer(&sbd, dokumenttype)?;
    let mottaker = sbd.mottaker.as_ref().map(|(value, _)| value.as_str()).unwrap_or_default();
    let ny = NyMelding {
        eier: own,
        id: header.id,
        samtale: header.samtale,
        avsender: avsender.into(),
        fra: read.and_then(|read| read.vist_organisasjon()).unwrap_or(own),
        mottaker: mottaker.into(),
        til: person.key(),
        prosess,
        sbd: sbd.json.to_string().into(),
        innhold: innhold.innhold,
        hoveddokument: innhold.hoveddokument.map(Into::into),
        spraak: innhold.spraak.map(Into::into),
        utloeper: header.utloeper,
        filer,
    };
    let ordinal = town.post.serverlagde.get(&(own, ny.mottaker.clone())).copied().unwrap_or(0);
    let (receiver, ordinal) = (ny.mottaker.clone(), ordinal.to_be_bytes());
    let given = header.id.map(|id| id.0.to_be_bytes());
    let key: &[&[u8]] = match &given {
        Some(id) => &[id],
        None => &[receiver.as_bytes(), &ordinal],
    };
    let command = PostCommand::OpprettMelding(Box::new(ny));
    let committed = call.command(command, "eformidling.melding.opprett", key).await?;
    let created = committed.events.iter().find_map(|event| match event {
        Event::Post(PostEvent::MeldingOpprettet(melding)) => committed.town.post.forsendelser.get(&melding.noekkel),
        _ => None,
    });
    let created = created.cloned().ok_or_else(|| Fault::illegal_state("the message was not created"))?;
    call.note.message = Some(created.melding.noekkel.id.to_string());
    Ok(created)
}

/// The citizen a document is for.
fn mottaker(call: &Call, sbd: &Sbd, dokumenttype: Dokumenttype) -> Result<crate::town::model::PersonId, Nei> {
    let Some((value, read)) = &sbd.mottaker else {
        if dokumenttype == Dokumenttype::Print {
            // The original prints without knowing whom the letter is for; a town has no letterbox for it.
            return Err(Nei::IkkeModellert);
        }
        let field = "standardBusinessDocumentHeader.receiver";
        return Err(Fault::constraints(vec![Violation::not_empty(field, None)]).into());
    };
    match read {
        Some(Identifikator::Person(nummer)) => {
            call.town.find(*nummer).ok_or_else(|| not_accepted(sbd, value, "Entity not found").into())
        }
        Some(Identifikator::Organisasjon { nummer, .. })
            if dokumenttype == Dokumenttype::DigitalDpv && is_known(call, nummer) =>
        {
            Err(Nei::IkkeModellert)
        }
        _ => Err(not_accepted(sbd, value, "Entity not found").into()),
    }
}

fn not_accepted(sbd: &Sbd, receiver: &str, why: &str) -> Fault {
    let level = json_in::integer(sbd.melding(), "sikkerhetsnivaa").unwrap_or_default();
    let asked = parameters(bar(receiver), Some(&sbd.prosess), level, None);
    let standard = sbd.standard.as_deref().unwrap_or("null");
    let text =
        format!("{why}. Error looking up service record with document type '{standard}' and parameters: {asked}");
    Fault::process_not_accepted(&sbd.prosess, text)
}

/// The process, when the receiver takes this document under it.
fn rute(sbd: &Sbd, person: &Person<'_>, dokumenttype: Dokumenttype) -> Result<Prosess, Fault> {
    let receiver = person.nummer().to_string();
    let refused = |why: &str| not_accepted(sbd, &receiver, why);
    let prosess = Prosess::from_urn(&sbd.prosess).ok_or_else(|| refused("Process not found for receiver"))?;
    // An address the sender gives stands in for one the registry lacks.
    let egen_adresse = json_in::object(sbd.melding(), "mottaker")?.is_some_and(|given| {
        json_in::text(given, "adresselinje1").ok().flatten().is_some_and(|linje| !linje.trim().is_empty())
    });
    let rute = ruter(person).into_iter().find(|rute| rute.prosess == prosess && rute.dokumenttype == dokumenttype);
    match rute {
        Some(rute) if rute.tilbys || egen_adresse => Ok(prosess),
        Some(_) => Err(refused("The receiver has no known postal address")),
        None => Err(refused("The receiver does not take this document type for the process")),
    }
}

/// The standard has to be the type's own.
fn passer(sbd: &Sbd, dokumenttype: Dokumenttype) -> Result<(), Fault> {
    let standard = sbd.standard.as_deref().unwrap_or_default();
    if !standard.ends_with(&format!("::{}", dokumenttype.kode())) {
        return Err(Fault::type_and_standard(dokumenttype.kode(), standard));
    }
    if standard != dokumenttype.standard() {
        let receiver = sbd.mottaker.as_ref().map(|(value, _)| value.as_str()).unwrap_or_default();
        return Err(not_accepted(sbd, receiver, "Document type not found for receiver"));
    }
    Ok(())
}

/// Fills the envelope of a paper letter and checks that it can be delivered (`specs/eformidling.md` §3.5).
fn adresser(person: &Person<'_>, melding: &mut Forretningsmelding) -> Result<(), Fault> {
    let Innhold::Print { mottaker, retur, .. } = &mut melding.innhold else { return Ok(()) };
    let without_address =
        |blokk: &Adresseblokk| blokk.linjer.is_empty() && blokk.postnummer.is_none() && blokk.poststed.is_none();
    let filled = |given: Option<Adresseblokk>, register: Option<Adresseblokk>| match given {
        // A name alone is a way to write the name; the address is still the register's.
        Some(given) if without_address(&given) => {
            let register = register.unwrap_or_default();
            Adresseblokk { navn: given.navn.or(register.navn.clone()), ..register }
        }
        Some(given) => given,
        None => register.unwrap_or_default(),
    };
    *mottaker = filled(melding.mottaker.take(), person.adresseblokk());
    if mottaker.navn.is_none() {
        mottaker.navn = Some(person.navn().full().to_uppercase().into());
    }
    *retur = filled(melding.retur.take(), Some(returadresse(person.town())));
    if retur.navn.is_none() {
        retur.navn = returadresse(person.town()).navn;
    }
    complete("mottaker", mottaker)?;
    complete("retur", retur)
}

fn complete(name: &str, blokk: &Adresseblokk) -> Result<(), Fault> {
    let norsk = blokk.land.as_deref().is_none_or(|land| {
        let land = land.trim().to_lowercase();
        land == "norge" || land == "norway"
    });
    let missing = |field: &str| Err(Fault::missing_address(&format!("{name}.{field}")));
    if norsk && blokk.postnummer.is_none() {
        return missing("postnummer");
    }
    if norsk && blokk.poststed.is_none() {
        return missing("poststed");
    }
    if blokk.linjer.is_empty() {
        return missing("adresselinje1");
    }
    Ok(())
}

/// `POST messages/out/{id}`.
pub(super) async fn send(call: &mut Call) -> Result<Answer, Nei> {
    let noekkel = call.noekkel()?;
    send_message(call, noekkel).await?;
    Ok(Answer::Empty(StatusCode::OK))
}

/// Sends a message: the checks of §6.3 in their order.
pub(super) async fn send_message(call: &mut Call, noekkel: Meldingsnoekkel) -> Result<(), Nei> {
    let forsendelse = in_outbox(call, noekkel)?;
    let melding = &forsendelse.melding;
    if forsendelse.filer.is_empty() && melding.dokumenttype() != Dokumenttype::DigitalDpv {
        return Err(Fault::missing_file().into());
    }
    if call.town.now() <= melding.utloeper {
        files_in_place(&forsendelse)?;
    }
    let key = noekkel.id.0.to_be_bytes();
    let committed =
        call.command(PostCommand::SendMelding { melding: noekkel }, "eformidling.melding.send", &[&key]).await?;
    let expired = committed
        .events
        .iter()
        .any(|event| matches!(event, Event::Post(PostEvent::StatusRegistrert { status: Status::LevetidUtlopt, .. })));
    // Expired before: the status stands already.
    if expired || call.town.now() > melding.utloeper {
        return Err(Fault::expired(&wire::stamp(melding.utloeper)).into());
    }
    Ok(())
}

fn files_in_place(forsendelse: &Forsendelse) -> Result<(), Fault> {
    let there = |name: &str| forsendelse.filer.iter().any(|fil| &*fil.navn == name);
    if let Innhold::Digital { metadatafiler, .. } = &forsendelse.melding.innhold {
        let named = metadatafiler.iter().flat_map(|(document, metadata)| [document, metadata]);
        let missing: Vec<&str> = named.map(AsRef::as_ref).filter(|name| !there(name)).collect();
        if !missing.is_empty() {
            return Err(Fault::file_not_found(&missing.join(",")));
        }
    }
    let paper_or_digital = forsendelse.melding.dokumenttype() != Dokumenttype::DigitalDpv;
    if paper_or_digital && forsendelse.hoveddokument().is_none() {
        return Err(Fault::missing_primary_document());
    }
    Ok(())
}

/// The message under `noekkel` in the out-store.
pub(super) fn in_outbox(call: &mut Call, noekkel: Meldingsnoekkel) -> Result<std::sync::Arc<Forsendelse>, Fault> {
    let found = call.town.post.i_utboksen(noekkel).cloned();
    let found = found.ok_or_else(|| Fault::message_not_found(&noekkel.id.to_string()))?;
    call.about(found.melding.til);
    Ok(found)
}

/// `GET messages/out/{id}`.
pub(super) fn get(call: &mut Call) -> Result<Answer, Nei> {
    let noekkel = call.noekkel()?;
    let forsendelse = in_outbox(call, noekkel)?;
    Ok(Answer::Json(sbd_out::sbd(&forsendelse.melding)))
}

/// `DELETE messages/out/{id}`: 200 whether it was there or not.
pub(super) async fn delete(call: &mut Call) -> Result<Answer, Nei> {
    if let Ok(noekkel) = call.noekkel() {
        if let Some(forsendelse) = call.town.post.forsendelser.get(&noekkel).cloned() {
            call.about(forsendelse.melding.til);
        }
        let key = noekkel.id.0.to_be_bytes();
        call.command(PostCommand::SlettMelding { melding: noekkel }, "eformidling.melding.slett", &[&key]).await?;
    }
    Ok(Answer::Empty(StatusCode::OK))
}

/// `GET messages/out`.
pub(super) fn list(call: &mut Call) -> Result<Answer, Nei> {
    call.known_params(&[
        "conversationId",
        "messageId",
        "processIdentifier",
        "receiverIdentifier",
        "senderIdentifier",
        "serviceIdentifier",
        "page",
        "size",
        "sort",
    ]);
    service_filter(call)?;
    let (town, own) = (call.town.clone(), call.own());
    let wanted = |name: &str, value: &str| call.param(name).is_none_or(|given| given.is_empty() || given == value);
    let found: Vec<_> = town
        .post
        .utboks
        .values()
        .filter(|noekkel| noekkel.eier == own)
        .filter_map(|noekkel| town.post.i_utboksen(*noekkel))
        .filter(|forsendelse| {
            let melding = &forsendelse.melding;
            wanted("conversationId", &melding.samtale.to_string())
                && wanted("messageId", &melding.noekkel.id.to_string())
                && wanted("processIdentifier", melding.prosess.urn())
                && wanted("receiverIdentifier", bar(&melding.mottaker))
                && wanted("senderIdentifier", bar(&melding.avsender))
                && wanted("serviceIdentifier", melding.tjeneste().kode())
        })
        .collect();
    let page = PageRequest::read(&call.query)
        .page(found, false, "NextMoveOutMessage", &[], |forsendelse| sbd_out::sbd(&forsendelse.melding))?;
    Ok(Answer::Json(page))
}

/// A service filter has to be one of the enumeration; the original fails on others.
pub(super) fn service_filter(call: &Call) -> Result<(), Fault> {
    match call.param("serviceIdentifier").filter(|given| !given.is_empty()) {
        Some(given) if !SERVICES.contains(&given) => Err(Fault::unknown_service(given)),
        _ => Ok(()),
    }
}
