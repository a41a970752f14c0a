//! Lists, look-ups, deletions, and the edges of the API.

use axum::body::Body;
use serde_json::json;

use super::{Verden, digital, print, uuid};
use crate::town::model::tests_town::rolle::{KARI, OLA};

#[tokio::test]
async fn the_out_store_lists_and_filters_by_creation() {
    let verden = Verden::new();
    let (kari, ola) = (verden.nummer(KARI), verden.nummer(OLA));
    for n in 1..=3 {
        verden.create(&digital(&kari, n)).await;
    }
    verden.create(&print(&ola, 4)).await;
    let ids = |page: &serde_json::Value| -> Vec<String> {
        let id = |item: &serde_json::Value| {
            let header = &item["standardBusinessDocumentHeader"];
            header["documentIdentification"]["instanceIdentifier"].as_str().unwrap().to_owned()
        };
        page["content"].as_array().unwrap().iter().map(id).collect()
    };
    for (query, expected) in [
        (String::new(), vec![1, 2, 3, 4]),
        (format!("?receiverIdentifier={ola}"), vec![4]),
        (format!("?messageId={}", uuid(2)), vec![2]),
        (format!("?conversationId={}", uuid(3)), vec![3]),
        ("?serviceIdentifier=DPI&size=2&page=1".into(), vec![3, 4]),
        ("?serviceIdentifier=DPV".into(), vec![]),
        (format!("?senderIdentifier={}", verden.own()), vec![1, 2, 3, 4]),
        (format!("?processIdentifier={}", super::urn("vedtak")), vec![4]),
    ] {
        let page = verden.get(&format!("/api/messages/out{query}")).await.json();
        let expected: Vec<String> = expected.into_iter().map(uuid).collect();
        assert_eq!(ids(&page), expected, "{query}");
        assert_eq!(page["sort"], json!({ "sorted": false, "unsorted": true, "empty": true }));
    }
    let wrong = verden.get("/api/messages/out?messageID=x").await;
    assert_eq!(wrong.json()["totalElements"], 4, "a misspelt filter filters nothing");
    assert_eq!(wrong.headers["byteby-hint"], "unknown-query-parameter");
    assert_eq!(verden.get("/api/messages/out?serviceIdentifier=XXX").await.status, 500);
}

#[tokio::test]
async fn a_message_id_stays_taken_as_long_as_its_conversation_lives() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    verden.create(&digital(&kari, 1)).await;
    let delete = |path: String| {
        let verden = &verden;
        async move { verden.call("DELETE", &path, &[], Body::empty()).await.status.as_u16() }
    };
    let taken = verden.create(&digital(&kari, 1)).await;
    assert_eq!(taken.json()["message"], format!("Message with messageId = {} already exists", uuid(1)));
    assert_eq!(delete(format!("/api/messages/out/{}", uuid(1))).await, 200);
    assert_eq!(delete(format!("/api/messages/out/{}", uuid(1))).await, 200, "200 always");
    assert_eq!(delete("/api/messages/out/tull".into()).await, 200);
    assert_eq!(verden.get(&format!("/api/messages/out/{}", uuid(1))).await.status, 404);
    assert_eq!(verden.create(&digital(&kari, 1)).await.exception(), "MessageAlreadyExistsException");
    assert_eq!(delete(format!("/api/conversations/messageId/{}", uuid(1))).await, 200);
    assert_eq!(delete(format!("/api/conversations/messageId/{}", uuid(1))).await, 404);
    assert_eq!(delete("/api/conversations/1".into()).await, 404);
    assert_eq!(verden.statuses(&uuid(1)).await.len(), 0);
    assert!(verden.town().tid.queue.is_empty(), "its expiry is of no interest any more");
    assert_eq!(verden.create(&digital(&kari, 1)).await.status, 200);
}

#[tokio::test]
async fn a_message_deleted_after_send_is_never_handed_over() {
    let verden = Verden::new();
    verden.letter(&digital(&verden.nummer(KARI), 1)).await;
    verden.call("DELETE", &format!("/api/messages/out/{}", uuid(1)), &[], Body::empty()).await;
    verden.advance("PT1H").await;
    assert_eq!(verden.statuses(&uuid(1)).await, ["OPPRETTET"]);
    assert!(verden.brev(KARI).is_empty());
}

#[tokio::test]
async fn sending_twice_sends_once_and_then_the_message_is_gone() {
    let verden = Verden::new();
    verden.letter(&digital(&verden.nummer(KARI), 1)).await;
    assert_eq!(verden.send(&uuid(1)).await.status, 200, "still in the out-store");
    assert_eq!(verden.upload(&uuid(1), "sent.txt", "text/plain", "x").await.status, 404, "closed for files");
    verden.advance("PT2M").await;
    assert_eq!(verden.send(&uuid(1)).await.exception(), "MessageNotFoundException");
    assert_eq!(verden.brev(KARI).len(), 1);
}

#[tokio::test]
async fn conversations_are_found_by_every_filter() {
    let verden = Verden::new();
    let (kari, ola) = (verden.nummer(KARI), verden.nummer(OLA));
    verden.letter(&digital(&kari, 1)).await;
    verden.advance("PT10S").await;
    verden.letter(&print(&ola, 2)).await;
    verden.create(&digital(&kari, 3)).await;
    verden.advance("PT3M").await;
    for (query, expected) in [
        ("", vec![1, 2, 3]),
        ("?finished=true", vec![1]),
        ("?finished=false", vec![2, 3]),
        ("?pollable=true", vec![1, 2]),
        ("?direction=OUTGOING", vec![1, 2, 3]),
        ("?direction=INCOMING", vec![]),
        ("?serviceIdentifier=DPI", vec![1, 2, 3]),
        ("?lastUpdateFrom=2027-01-04&lastUpdateTo=2027-01-04", vec![1, 2, 3]),
        ("?lastUpdateFrom=2027-01-05", vec![]),
        ("?messageTitle=Tilbud%20om%20hjemmebes%C3%B8k", vec![1]),
        (&format!("?receiver={ola}"), vec![2]),
        (&format!("?receiverIdentifier={kari}"), vec![1, 3]),
        (&format!("?sender=0192:{}", verden.own()), vec![1, 2, 3]),
        (&format!("?messageReference={}", uuid(3)), vec![3]),
    ] {
        let page = verden.get(&format!("/api/conversations{query}")).await.json();
        let mut ids: Vec<u64> = page["content"].as_array().unwrap().iter().map(|c| c["id"].as_u64().unwrap()).collect();
        ids.sort_unstable();
        assert_eq!(ids, expected, "{query}");
    }
    let first = verden.get("/api/conversations?size=1").await.json();
    assert_eq!(first["content"][0]["id"], 1, "the last change was the delivery of the first");
    let sorted = verden.get("/api/conversations?sort=id,desc&size=1").await.json();
    assert_eq!(sorted["content"][0]["id"], 3);
    assert_eq!(verden.get("/api/conversations/queue").await.json()["totalElements"], 2);
    for (path, exception) in [
        ("/api/conversations/99", "ConversationNotFoundException"),
        ("/api/conversations/abc", "MethodArgumentTypeMismatchException"),
        ("/api/conversations?finished=ja", "MethodArgumentTypeMismatchException"),
        ("/api/conversations?sort=farge", "PropertyReferenceException"),
        ("/api/conversations?direction=UPWARDS", "MethodArgumentTypeMismatchException"),
        ("/api/conversations/messageId/abc", "MessageNotFoundException"),
    ] {
        let answer = verden.get(path).await;
        assert_eq!(answer.exception(), exception, "{path}");
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{path}: {}", answer.status);
    }
    let far = verden.get("/api/conversations/1234").await.json();
    assert_eq!(far["message"], "Conversation with id = 1,234 was not found");
}

#[tokio::test]
async fn statuses_are_listed_over_all_messages_in_order_and_filtered() {
    let verden = Verden::new();
    let kari = verden.nummer(KARI);
    verden.letter(&digital(&kari, 1)).await;
    verden.letter(&digital(&kari, 2)).await;
    verden.advance("PT2M").await;
    for (query, count) in [
        ("", 8),
        ("?status=SENDT", 2),
        ("?id=1", 1),
        ("?fromDateTime=2027-01-04T08:00:00%2B01:00", 8),
        ("?fromDateTime=2027-01-04T08:00:00%2B01:00&toDateTime=2027-01-04T08:00:00%2B01:00", 2),
        (&format!("?messageId={}", uuid(2)), 4),
        (&format!("?conversationId={}", uuid(1)), 4),
        (&format!("?messageId={}", uuid(7)), 0),
        ("?messageId=tull", 0),
    ] {
        let page = verden.get(&format!("/api/statuses{query}")).await.json();
        assert_eq!(page["totalElements"], count, "{query}");
        let ids: Vec<u64> = page["content"].as_array().unwrap().iter().map(|s| s["id"].as_u64().unwrap()).collect();
        assert!(ids.is_sorted(), "{query}");
    }
    let asked = verden.get(&format!("/api/statuses?messageId={}", uuid(2))).await;
    assert_eq!(asked.note.about, [verden.town().key_of(KARI)]);
    let unknown = verden.get(&format!("/api/statuses/{}", uuid(7))).await;
    assert_eq!((unknown.status.as_u16(), unknown.json()["empty"].clone()), (200, json!(true)));
    let peek = verden.get("/api/statuses/peek").await;
    assert_eq!((peek.status.as_u16(), peek.body.len()), (204, 0));
    let gone = verden.call("DELETE", "/api/statuses/1", &[], Body::empty()).await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (404, 0));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_modelled() {
    let verden = Verden::new();
    for (method, path, status, operation) in [
        ("GET", "/api/messages/in", 501, "eformidling.innboks.liste"),
        ("GET", "/api/messages/in/peek", 501, "eformidling.innboks.kikk"),
        ("DELETE", "/api/messages/in/x", 501, "eformidling.innboks.slett"),
        ("GET", "/manage/health", 501, "eformidling.drift.helse"),
        ("GET", "/servicerecord/1", 501, "eformidling.tjenestepost.hent"),
        ("GET", "/", 501, "eformidling.side.forside"),
        ("GET", "", 501, "eformidling.side.forside"),
        ("GET", "/api/partnere", 404, "eformidling.ukjent"),
        ("GET", "/noarkExchange", 404, "eformidling.ukjent"),
        ("PATCH", "/api/messages/out", 405, "eformidling.ukjent"),
        ("POST", "/api/statuses", 405, "eformidling.ukjent"),
    ] {
        let answer = verden.call(method, path, &[], Body::empty()).await;
        assert_eq!((answer.status.as_u16(), answer.note.operation), (status, operation), "{method} {path}");
        let body = answer.json();
        if status == 501 {
            assert!(body["detail"].as_str().unwrap().contains(operation), "{body}");
        } else {
            assert_eq!((&body["path"], &body["status"]), (&json!(path), &json!(status)));
            assert!(!String::from_utf8_lossy(&answer.body).to_lowercase().contains("byteby"));
        }
    }
    assert!(verden.get("/noarkExchange").await.headers.contains_key("byteby-hint"));
    let options = verden.call("OPTIONS", "/api/messages/out", &[], Body::empty()).await;
    assert_eq!((options.status.as_u16(), options.headers["allow"].to_str().unwrap()), (200, "POST,GET,HEAD,OPTIONS"));
}

#[tokio::test]
async fn a_slash_at_the_end_is_accepted_and_hinted_at() {
    let verden = Verden::new();
    let answer = verden.get("/api/messages/out/?serviceIdentifier=DPI").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["byteby-hint"], "trailing-slash");
    assert!(!verden.get("/api/messages/out").await.headers.contains_key("byteby-hint"));
}

#[tokio::test]
async fn answers_carry_the_security_headers_and_bearer_tokens_are_ignored() {
    let verden = Verden::new();
    let headers = [("authorization", "Bearer nonsense"), ("ocp-apim-subscription-key", "x")];
    let answer = verden.call("GET", "/api/statuses", &headers, Body::empty()).await;
    assert_eq!(answer.status, 200);
    for (name, value) in super::super::HEADERS {
        assert_eq!(answer.headers[name], value);
    }
}
