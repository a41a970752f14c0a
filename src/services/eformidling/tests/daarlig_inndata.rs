//! Bad input: rows of `specs/eformidling.md` §21 for what is modelled.

use std::fmt::Write;

use axum::body::Body;
use serde_json::{Value, json};

use super::{Verden, digital, print, sbd, uuid};
use crate::town::model::tests_town::rolle::{KARI, OLA};

const HEADER: &str = "standardBusinessDocumentHeader";

/// `change` made to a good document.
fn with(mut document: Value, change: impl Fn(&mut Value)) -> Value {
    change(&mut document);
    document
}

fn field(path: &str) -> String {
    format!("{HEADER}.{path}")
}

#[tokio::test]
async fn bodies_that_are_no_document() {
    let verden = Verden::new();
    for (media, body, status, exception) in [
        (Some("application/json"), "", 400, "HttpMessageNotReadableException"),
        (Some("application/json"), "nope", 400, "HttpMessageNotReadableException"),
        (Some("application/json"), "[]", 400, "HttpMessageNotReadableException"),
        (Some("text/xml"), "<a/>", 415, "HttpMediaTypeNotSupportedException"),
        (None, "{}", 415, "HttpMediaTypeNotSupportedException"),
        (Some("application/json;charset=UTF-8"), "{}", 400, "ConstraintViolationException"),
    ] {
        let headers: Vec<(&str, &str)> = media.iter().map(|media| ("content-type", *media)).collect();
        let answer = verden.call("POST", "/api/messages/out", &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.exception()), (status, exception.to_owned()), "{media:?} {body}");
        assert_eq!(answer.json()["path"], "/api/messages/out");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table")]
async fn documents_that_break_one_rule() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    let good = || digital(&kari, 1);
    let header = |path: &'static str, value: Value| {
        with(good(), move |sbd| {
            let target = sbd[HEADER].pointer_mut(path).unwrap();
            *target = value.clone();
        })
    };
    let business = |name: &'static str, value: Value| with(good(), move |sbd| sbd["digital"][name] = value.clone());
    let cases: Vec<(&str, Value, u16, &str, &str)> = vec![
        ("3 headerVersion", header("/headerVersion", json!("")), 400, "ConstraintViolation", "headerVersion"),
        (
            "3 standard",
            header("/documentIdentification/standard", Value::Null),
            400,
            "ConstraintViolation",
            "documentIdentification.standard",
        ),
        (
            "3 typeVersion",
            header("/documentIdentification/typeVersion", json!("")),
            400,
            "ConstraintViolation",
            "documentIdentification.typeVersion",
        ),
        (
            "3 type",
            header("/documentIdentification/type", Value::Null),
            400,
            "ConstraintViolation",
            "documentIdentification.type",
        ),
        (
            "4 message id",
            header("/documentIdentification/instanceIdentifier", json!("abc")),
            400,
            "ConstraintViolation",
            "documentIdentification.instanceIdentifier",
        ),
        (
            "4 conversation id",
            header("/businessScope/scope/0/instanceIdentifier", json!("abc")),
            400,
            "ConstraintViolation",
            "businessScope.scope[0].instanceIdentifier",
        ),
        ("6 feil", header("/documentIdentification/type", json!("feil")), 400, "UnknownMessageType", ""),
        (
            "7 standard of another type",
            header("/documentIdentification/standard", json!("urn:no:difi:arkivmelding:xsd::arkivmelding")),
            400,
            "MessageTypeDoesNotFitDocumentType",
            "",
        ),
        (
            "8 two receivers",
            with(good(), |sbd| {
                let one = sbd[HEADER]["receiver"][0].clone();
                sbd[HEADER]["receiver"].as_array_mut().unwrap().push(one);
            }),
            400,
            "ConstraintViolation",
            "receiver",
        ),
        (
            "9 unknown receiver",
            header("/receiver/0/identifier/value", json!("22909195636")),
            400,
            "ReceiverDoesNotAcceptProcess",
            "",
        ),
        (
            "10 other process",
            header("/businessScope/scope/0/identifier", json!("urn:x")),
            400,
            "ReceiverDoesNotAcceptProcess",
            "",
        ),
        (
            "11 wrong control digit",
            header("/receiver/0/identifier/value", json!("22909195637")),
            400,
            "ConstraintViolation",
            "receiver[0].identifier.value",
        ),
        ("12 no ConversationId", header("/businessScope/scope/0/type", json!("SenderRef")), 500, "IllegalState", ""),
        ("12 no process", header("/businessScope/scope/0/identifier", Value::Null), 500, "IllegalState", ""),
        (
            "13 scope Foo",
            with(good(), |sbd| {
                let scopes = sbd[HEADER]["businessScope"]["scope"].as_array_mut().unwrap();
                scopes.push(json!({ "type": "Foo", "instanceIdentifier": "x" }));
            }),
            400,
            "ConstraintViolation",
            "businessScope.scope[1].type",
        ),
        (
            "14 time to live in the past",
            header(
                "/businessScope/scope/0",
                json!({
                    "type": "ConversationId", "identifier": super::urn("info"),
                    "scopeInformation": [{ "expectedResponseDateTime": "2027-01-04T07:59:59+01:00" }],
                }),
            ),
            400,
            "ConstraintViolation",
            "businessScope.scope[0].scopeInformation[0].expectedResponseDateTime",
        ),
        (
            "15 other member",
            with(good(), |sbd| {
                let message = sbd.as_object_mut().unwrap().remove("digital").unwrap();
                sbd["print"] = message;
            }),
            500,
            "IllegalState",
            "",
        ),
        ("15 three members", with(good(), |sbd| sbd["annet"] = json!({})), 500, "IllegalState", ""),
        (
            "no business message",
            with(good(), |sbd| {
                sbd.as_object_mut().unwrap().remove("digital");
            }),
            400,
            "ConstraintViolation",
            "-digital",
        ),
        ("no header", json!({ "digital": {} }), 400, "ConstraintViolation", "-standardBusinessDocumentHeader"),
        ("object for array", header("/receiver", json!({})), 400, "HttpMessageNotReadable", ""),
        ("no receiver", header("/receiver", json!([])), 400, "ConstraintViolation", "receiver"),
        ("16 no title", business("tittel", Value::Null), 400, "ConstraintViolation", "-digital.tittel"),
        ("16 empty language", business("spraak", json!("")), 400, "ConstraintViolation", "-digital.spraak"),
        (
            "16 no main document",
            business("hoveddokument", Value::Null),
            400,
            "ConstraintViolation",
            "-digital.hoveddokument",
        ),
        (
            "16 no info",
            business("digitalPostInfo", Value::Null),
            400,
            "ConstraintViolation",
            "-digital.digitalPostInfo",
        ),
        ("17 level 2", business("sikkerhetsnivaa", json!(2)), 400, "ConstraintViolation", "-digital.sikkerhetsnivaa"),
        ("17 level 5", business("sikkerhetsnivaa", json!("5")), 400, "ConstraintViolation", "-digital.sikkerhetsnivaa"),
        ("level is text", business("sikkerhetsnivaa", json!("tre")), 400, "HttpMessageNotReadable", ""),
        (
            "date",
            business("digitalPostInfo", json!({ "virkningsdato": "1.2.2027" })),
            400,
            "HttpMessageNotReadable",
            "",
        ),
    ];
    for (row, document, status, exception, wrong) in cases {
        let answer = verden.create(&document).await;
        let (text, body) = (String::from_utf8_lossy(&answer.body).into_owned(), answer.json());
        assert_eq!(answer.status.as_u16(), status, "{row}: {text}");
        assert_eq!(answer.exception(), format!("{exception}Exception"), "{row}: {text}");
        if !wrong.is_empty() {
            let path = wrong.strip_prefix('-').map_or_else(|| field(wrong), str::to_owned);
            assert_eq!(body["errors"][0]["field"], path, "{row}: {text}");
            assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{row}: {text}");
        }
    }
    assert_eq!(verden.town().post.antall_meldinger, 0, "nothing was created");
}

#[tokio::test]
async fn types_that_are_known_but_not_modelled_are_named() {
    let verden = Verden::new();
    for kind in ["arkivmelding", "avtalt", "innsynskrav", "publisering", "dialogmelding", "arkivmelding_kvittering"] {
        let answer = verden.create(&sbd(kind, "info", &verden.own(), 1, json!({}))).await;
        assert_eq!(answer.status, 501, "{kind}");
        assert!(answer.json()["detail"].as_str().unwrap().contains("eformidling.melding.opprett"));
    }
    let mut nobody = print(&verden.nummer(OLA), 1);
    nobody[HEADER].as_object_mut().unwrap().remove("receiver");
    assert_eq!(verden.create(&nobody).await.status, 501, "paper to nobody in particular");
}

#[tokio::test]
async fn all_broken_rules_are_told_at_once() {
    let verden = Verden::new();
    let document = with(digital(&verden.nummer(KARI), 1), |sbd| {
        sbd[HEADER]["headerVersion"] = Value::Null;
        sbd["digital"]["tittel"] = Value::Null;
    });
    let body = verden.create(&document).await.json();
    let fields: Vec<&str> = body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["standardBusinessDocumentHeader.headerVersion", "digital.tittel"]);
    assert_eq!(body["exception"], "jakarta.validation.ConstraintViolationException");
}

#[tokio::test]
async fn addresses_of_paper_have_to_be_complete() {
    let verden = Verden::new();
    let ola = verden.nummer(OLA);
    let full = json!({ "navn": "Ola", "adresselinje1": "Vei 1", "postnummer": "9992", "poststed": "NORDVIK" });
    let foreign = json!({ "navn": "Ola", "adresselinje1": "Road 1", "land": "Sweden" });
    for (n, place, change, missing) in [
        (1, "mottaker", json!({ "postnummer": null }), Some("mottaker.postnummer")),
        (2, "mottaker", json!({ "poststed": " " }), Some("mottaker.poststed")),
        (3, "mottaker", json!({ "adresselinje1": "" }), Some("mottaker.adresselinje1")),
        (4, "mottaker", json!({ "postnummer": null, "land": "NORGE" }), Some("mottaker.postnummer")),
        (5, "mottaker", json!({ "postnummer": null, "land": "Sverige" }), None),
        (6, "retur", json!({ "poststed": null }), Some("retur.poststed")),
    ] {
        let mut block = full.clone();
        for (name, value) in change.as_object().unwrap() {
            block[name] = value.clone();
        }
        let mut document = print(&ola, n);
        document["print"]["mottaker"] = full.clone();
        if place == "mottaker" {
            document["print"]["mottaker"] = block;
        } else {
            document["print"]["retur"] = json!({ "mottaker": block });
        }
        let answer = verden.create(&document).await;
        match missing {
            None => assert_eq!(answer.status, 200, "{n}"),
            Some(missing) => {
                assert_eq!(answer.exception(), "MissingAddressInformationException", "{n}");
                let text = answer.json()["message"].as_str().unwrap().to_owned();
                assert!(
                    text.starts_with("--no.difi.meldingsutveksling.exceptions.")
                        && text.ends_with(&format!("[{missing}]"))
                );
            }
        }
    }
    let mut abroad = print(&ola, 7);
    abroad["print"]["mottaker"] = foreign;
    assert_eq!(verden.create(&abroad).await.status, 200);
    let mut filled = print(&ola, 8);
    filled["print"]["mottaker"] = json!({ "navn": "Herr Nordås" });
    let filled = verden.create(&filled).await.json();
    assert_eq!(
        filled["print"]["mottaker"],
        json!({ "navn": "Herr Nordås", "adresselinje1": "Lia 7",
        "postnummer": "9992", "poststed": "NORDVIK", "land": "Norway" })
    );
    assert_eq!(filled["print"]["posttype"], "B_OEKONOMI");
    assert_eq!(filled["print"]["utskriftsfarge"], "SORT_HVIT");
    assert_eq!(filled["print"]["retur"]["returhaandtering"], "DIREKTE_RETUR");
}

#[tokio::test]
async fn uploads_that_are_refused() {
    let verden = Verden::new();
    verden.create(&digital(&verden.nummer(KARI), 1)).await;
    let put = |id: String, headers: Vec<(&'static str, &'static str)>, body: Body| {
        let verden = &verden;
        async move {
            let answer = verden.call("PUT", &format!("/api/messages/out/{id}"), &headers, body).await;
            (answer.status.as_u16(), answer.exception())
        }
    };
    let (text, named) = (("content-type", "text/plain"), ("content-disposition", "attachment; filename=\"a.txt\""));
    let path = ("content-disposition", "attachment; filename=\"../../etc/a.txt\"");
    for (row, id, headers, expected) in [
        ("20 no disposition", uuid(1), vec![text], (400, "MissingRequestHeaderException")),
        ("20 no type", uuid(1), vec![named], (400, "MissingRequestHeaderException")),
        ("21 unknown", uuid(9), vec![text, named], (404, "MessageNotFoundException")),
        ("21 no UUID", "abc".into(), vec![text, named], (404, "MessageNotFoundException")),
        ("44 path", uuid(1), vec![text, path], (400, "ConstraintViolationException")),
        ("no name", uuid(1), vec![text, ("content-disposition", "attachment")], (400, "ConstraintViolationException")),
    ] {
        let (status, exception) = put(id, headers, Body::from("x")).await;
        assert_eq!((status, exception.as_str()), expected, "{row}");
    }
    let big = vec![b'x'; (50 << 20) + 1];
    assert_eq!(put(uuid(1), vec![text, named], Body::from(big)).await, (400, "MaxFileSizeExceededException".into()));
    assert_eq!(verden.upload(&uuid(1), "brev.txt", "text/plain", "Hei").await.status, 200);
    let rest = vec![b'x'; (50 << 20) - 2];
    assert_eq!(put(uuid(1), vec![text, named], Body::from(rest)).await.0, 400, "the sum counts");
}

#[tokio::test]
async fn sending_checks_files_in_order() {
    let verden = Verden::new();
    let mut document = digital(&verden.nummer(KARI), 1);
    document["digital"]["metadataFiler"] = json!({ "brev.txt": "meta.xml" });
    verden.create(&document).await;
    assert_eq!(verden.send(&uuid(1)).await.exception(), "MissingFileException");
    verden.upload(&uuid(1), "annet.txt", "text/plain", "x").await;
    let missing = verden.send(&uuid(1)).await;
    assert_eq!((missing.status.as_u16(), missing.exception()), (404, "FileNotFoundException".into()));
    assert_eq!(missing.json()["message"], "File(s) named brev.txt,meta.xml was not found");
    verden.create(&digital(&verden.nummer(KARI), 2)).await;
    verden.upload(&uuid(2), "annet.txt", "text/plain", "x").await;
    assert_eq!(verden.send(&uuid(2)).await.exception(), "MissingPrimaryDocumentException");
    assert_eq!(verden.send(&uuid(3)).await.status, 404);
    verden.advance("PT1M").await;
    assert_eq!(verden.statuses(&uuid(2)).await, ["OPPRETTET"], "nothing was sent");
}

/// A multipart body of parts (name, file name, type, content).
fn multipart(parts: &[(&str, Option<&str>, Option<&str>, &str)]) -> String {
    let mut body = String::new();
    for (name, filename, media, content) in parts {
        body.push_str("--grense\r\nContent-Disposition: form-data; name=\"");
        body.push_str(name);
        body.push('"');
        if let Some(filename) = filename {
            let _ = write!(body, "; filename=\"{filename}\"");
        }
        body.push_str("\r\n");
        if let Some(media) = media {
            let _ = write!(body, "Content-Type: {media}\r\n");
        }
        body.push_str("\r\n");
        body.push_str(content);
        body.push_str("\r\n");
    }
    body + "--grense--\r\n"
}

#[tokio::test]
async fn multipart_creates_fills_and_sends() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    let post = |body: String| {
        let verden = &verden;
        let headers = [("content-type", "multipart/form-data; boundary=grense")];
        async move { verden.call("POST", "/api/messages/out/multipart", &headers, body).await }
    };
    let document = digital(&kari, 1).to_string();
    let letter = ("Brevet", Some("brev.txt"), Some("text/plain"), "Hei");
    let sent = post(multipart(&[("sbd", None, None, &document), letter])).await;
    assert_eq!(sent.status, 200, "{}", String::from_utf8_lossy(&sent.body));
    assert_eq!(sent.note.operation, "eformidling.melding.send");
    verden.advance("PT2M").await;
    assert_eq!(verden.brev(KARI)[0].hoveddokument.as_ref().unwrap().tittel.as_deref(), Some("Brevet"));

    let again = post(multipart(&[("sbd", None, None, &document), letter])).await;
    assert_eq!(again.exception(), "MessageAlreadyExistsException");
    assert_eq!(post(multipart(&[letter])).await.exception(), "MissingServletRequestParameterException");
    assert_eq!(post("nonsense".into()).await.exception(), "MultipartException");
    let other = digital(&kari, 2).to_string();
    let part = ("sbd", Some("sbd.json"), Some("application/json"), other.as_str());
    assert_eq!(post(multipart(&[part, letter, letter])).await.exception(), "DuplicateFilenameException");
    let large = "x".repeat(5_242_881);
    let large = post(multipart(&[part, ("Brevet", Some("brev.txt"), None, &large)])).await;
    assert_eq!(large.exception(), "MultipartFileToLargeException");
    assert_eq!(verden.get(&format!("/api/messages/out/{}", uuid(2))).await.status, 404, "rolled back together");
    let unnamed = post(multipart(&[part, ("Annet", Some("annet.txt"), None, "x")])).await;
    assert_eq!(unnamed.exception(), "MissingPrimaryDocumentException");
    assert_eq!(unnamed.headers["byteby-hint"], "sbd-part-has-a-file-name");
    assert_eq!(verden.get(&format!("/api/messages/out/{}", uuid(2))).await.status, 200, "the message stays behind");
}

#[tokio::test]
async fn checks_come_in_the_order_of_the_contract() {
    let verden = Verden::new();
    let (kari, ola) = (verden.nummer(KARI), verden.nummer(OLA));
    verden.create(&digital(&kari, 1)).await;
    let no_version = |sbd: &mut Value| sbd[HEADER]["headerVersion"] = Value::Null;
    let other_standard = |sbd: &mut Value| sbd[HEADER]["documentIdentification"]["standard"] = json!("urn:x::annet");
    let no_address = |sbd: &mut Value| sbd["print"]["mottaker"] = json!({ "adresselinje1": "Vei 1" });
    for (row, document, exception) in [
        ("receiver before id", with(digital("22909195636", 1), no_version), "ReceiverDoesNotAcceptProcess"),
        ("id before fields", with(digital(&kari, 1), no_version), "MessageAlreadyExists"),
        ("fields before standard", with(with(digital(&kari, 2), no_version), other_standard), "ConstraintViolation"),
        ("fields before address", with(with(print(&ola, 2), no_version), no_address), "ConstraintViolation"),
        (
            "address before standard",
            with(with(print(&ola, 2), no_address), other_standard),
            "MissingAddressInformation",
        ),
        ("standard last", with(digital(&kari, 2), other_standard), "MessageTypeDoesNotFitDocumentType"),
    ] {
        assert_eq!(verden.create(&document).await.exception(), format!("{exception}Exception"), "{row}");
    }
}
