//! People on behalf of people: `idporten:fullmakt` (`specs/eid.md` §3.9).

use axum::http::StatusCode;
use serde_json::json;

use super::tests::{headless, idporten, pid, tokens, town};
use crate::access::fixture::world_later;
use crate::town::model::PersonId;
use crate::town::model::tests_town::rolle::{ASTRID, EINAR, EMMA, KARI, LINE, PIOTR};

const DAY: i64 = 86_400;

#[tokio::test]
async fn fullmakt_names_who_gave_it_who_has_it_and_for_what() {
    let visit = town();
    let desk = idporten(&visit);
    let wanted = r#"[{"type":"idporten:fullmakt","permission_roles":["arbeid","sosialeTjenester"]}]"#;
    let asked = [("authorization_details", wanted)];
    let hint = |person: PersonId, chosen: &str| format!("testid:{}_idporten-loa-high{chosen}", pid(&visit, person));
    let chosen = format!("_{}", pid(&visit, ASTRID));
    let [answer, id, access] = tokens(&desk, "innbygger", &hint(KARI, &chosen), &asked).await;
    let expected = json!([{
        "type": "idporten:fullmakt",
        "authorizer": { "name": "ASTRID ØYE", "pid": pid(&visit, ASTRID) },
        "authorized_representative": { "name": "KARI NORDÅS", "pid": pid(&visit, KARI) },
        "permissions": [
            { "owner": "kommune", "role": "sosialeTjenester" },
            { "owner": "nav", "role": "arbeid" },
            { "owner": "nav", "role": "sosialeTjenester" },
        ],
    }]);
    assert_eq!(answer["authorization_details"].to_string(), expected.to_string());
    assert_eq!((&id["authorization_details"], &access["authorization_details"]), (&expected, &expected));
    let pids = (&id["pid"], &access["pid"]);
    assert_eq!(pids, (&json!(pid(&visit, KARI)), &json!(pid(&visit, KARI))), "who logged in is who logged in");
    // Oneself is nobody else.
    let own = format!("_{}", pid(&visit, KARI));
    let [answer, ..] = tokens(&desk, "innbygger", &hint(KARI, &own), &asked).await;
    assert_eq!(answer["authorization_details"], json!([]));
    // Piotr has one ward, a guardian's; Line one child, a mother's: the same one.
    for person in [PIOTR, LINE] {
        let [answer, ..] = tokens(&desk, "innbygger", &hint(person, ""), &asked).await;
        let authorizer = &answer["authorization_details"][0]["authorizer"];
        assert_eq!(authorizer["pid"], json!(pid(&visit, EMMA)));
    }
    // Kari has four, so one must be named; the dead are none of them.
    let error = async |person, chosen: &str| {
        let params = headless(&desk, "innbygger", &hint(person, chosen), &asked).await.expect("a redirect");
        params.get("error").unwrap_or_default().to_owned()
    };
    assert_eq!(error(KARI, "").await, "interaction_required");
    assert_eq!(error(KARI, &format!("_{}", pid(&visit, EINAR))).await, "invalid_request");
    // No relation at all: a page, and nothing goes back.
    let alone = headless(&desk, "innbygger", &hint(ASTRID, ""), &asked).await;
    assert_eq!(alone.err(), Some(StatusCode::BAD_REQUEST));
    // A relation, but no such task.
    let other = r#"[{"type":"idporten:fullmakt","permission_roles":["seiling"]}]"#;
    let answer = headless(&desk, "innbygger", &hint(KARI, ""), &[("authorization_details", other)]).await;
    assert_eq!(answer.err(), Some(StatusCode::BAD_REQUEST));
}

#[tokio::test]
async fn a_child_is_represented_until_it_comes_of_age() {
    let visit = town();
    let wanted = r#"[{"type":"idporten:fullmakt","permission_roles":["skoleOgUtdanning"]}]"#;
    // Emma was born on 20 January 2019.
    for (days, is_minor) in [(0, true), (3_668, true), (3_669, false)] {
        let then = world_later(&visit, days * DAY);
        let hint = format!("testid:{}_idporten-loa-high", pid(&visit, LINE));
        let answer = headless(&idporten(&then), "innbygger", &hint, &[("authorization_details", wanted)]).await;
        assert_eq!(answer.is_ok(), is_minor, "{days} days on");
    }
}
