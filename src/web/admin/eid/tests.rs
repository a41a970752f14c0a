//! The registers behind the login and token services as a program sets them up, and log-ins planned ahead.

use serde_json::{Value, json};

use crate::keys::Issuer;
use crate::town::model::tests_town::rolle;
use crate::townhall::MAIN;
use crate::web::tests_hall::Hall;

const NONE: Value = Value::Null;

/// Organisation numbers of the synthetic series that pass their check.
fn orgnumbers() -> [String; 2] {
    let mut found = (31_000_001..).filter_map(crate::base::Orgnummer::compose).map(|orgnr| orgnr.to_string());
    [found.next().unwrap(), found.next().unwrap()]
}

#[tokio::test]
async fn a_scope_is_made_changed_and_taken_out_of_use() {
    let hall = Hall::new();
    let path = "/worlds/main/eid/scopes/testetat:plan%2Fles";
    let [owner, _] = orgnumbers();
    let made = hall.admin("PUT", path, &json!({"description": "Planer", "owner_orgno": owner})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["name"], "testetat:plan/les");
    let body = json!({"description": "Planer", "token_type": "OPAQUE", "allowed_integration_types": ["maskinporten"],
        "delegation_source": "https://tt02.altinn.no/"});
    for _ in 0..2 {
        let changed = hall.admin("PUT", path, &body).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        let changed = changed.json();
        assert_eq!((&changed["token_type"], &changed["owner_orgno"]), (&json!("OPAQUE"), &json!(owner)));
    }
    // What was read can be sent back as it is.
    let shown = hall.admin("GET", path, &NONE).await.json();
    let again = hall.admin("PUT", path, &shown).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, shown));
    assert_eq!(hall.admin("DELETE", path, &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", path, &NONE).await.json()["active"], false);
    let listed = hall.admin("GET", "/worlds/main/eid/scopes?limit=1000", &NONE).await.json();
    let names: Vec<&str> =
        listed["scopes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"testetat:plan/les") && names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    for (method, path, body, verdict) in [
        ("GET", "/worlds/main/eid/scopes/testetat:plan", NONE, (409, "BB1011")),
        ("DELETE", "/worlds/main/eid/scopes/testetat:plan", NONE, (409, "BB1011")),
        ("PUT", "/worlds/main/eid/scopes/testetat:x", json!({"visibility": "HIDDEN"}), (400, "BB1002")),
        ("PUT", "/worlds/main/eid/scopes/testetat:x", json!({"prefix": "annen"}), (400, "BB1002")),
        ("PUT", "/worlds/main/eid/scopes/testetat:x", json!({"descripton": "x"}), (400, "BB1001")),
        ("PUT", "/worlds/main/eid/scopes/testetat:x", json!({"owner_orgno": "123"}), (400, "BB1002")),
        ("PUT", "/worlds/main/eid/scopes/uten-kolon", json!({}), (409, "BB1011")),
    ] {
        let answer = hall.admin(method, path, &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{method} {path} {body} {}", answer.body);
    }
}

#[tokio::test]
async fn accesses_and_delegations_are_given_and_taken_as_often_as_one_likes() {
    let hall = Hall::new();
    let [owner, other] = orgnumbers();
    let scope = json!({"owner_orgno": owner, "delegation_source": "https://tt02.altinn.no/"});
    hall.admin("PUT", "/worlds/main/eid/scopes/testetat:plan", &scope).await;
    let access = json!({"scope": "testetat:plan", "consumer_orgno": other});
    for _ in 0..2 {
        let given = hall.admin("PUT", "/worlds/main/eid/access", &access).await;
        assert_eq!((given.status.as_u16(), given.json()["state"].clone()), (200, json!("APPROVED")), "{}", given.body);
    }
    let query = format!("scope=testetat:plan&consumer_orgno={other}");
    assert_eq!(hall.admin("DELETE", &format!("/worlds/main/eid/access?{query}"), &NONE).await.status, 204);
    let listed = hall.admin("GET", "/worlds/main/eid/access?scope=testetat:plan", &NONE).await.json();
    assert_eq!((&listed["access"][0]["state"], &listed["access"][0]["owner_orgno"]), (&json!("DENIED"), &json!(owner)));
    let delegation = json!({"scope": "testetat:plan", "consumer_orgno": other, "supplier_orgno": owner});
    for _ in 0..2 {
        let made = hall.admin("PUT", "/worlds/main/eid/delegations", &delegation).await;
        assert_eq!((made.status.as_u16(), made.json()["active"].clone()), (200, json!(true)), "{}", made.body);
    }
    let query = format!("{query}&supplier_orgno={owner}");
    assert_eq!(hall.admin("DELETE", &format!("/worlds/main/eid/delegations?{query}"), &NONE).await.status, 204);
    let listed = hall.admin("GET", "/worlds/main/eid/delegations", &NONE).await.json();
    assert_eq!(listed["delegations"][0]["active"], false);
    for (method, path, body, verdict) in [
        ("PUT", "access", json!({"scope": "nei:nei", "consumer_orgno": other}), (409, "BB1011")),
        ("PUT", "access", json!({"scope": "testetat:plan", "consumer_orgno": "1"}), (400, "BB1002")),
        (
            "PUT",
            "access",
            json!({"scope": "testetat:plan", "consumer_orgno": other, "state": "MAYBE"}),
            (400, "BB1002"),
        ),
        ("GET", "access", NONE, (400, "BB1008")),
        (
            "PUT",
            "delegations",
            json!({"scope": "testetat:plan", "consumer_orgno": other, "supplier_orgno": other}),
            (409, "BB1011"),
        ),
    ] {
        let answer = hall.admin(method, &format!("/worlds/main/eid/{path}"), &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{method} {path} {body} {}", answer.body);
    }
}

#[tokio::test]
async fn system_users_consents_and_representation_are_set_shown_and_ended() {
    let hall = Hall::new();
    let [vendor, customer] = orgnumbers();
    let kari = hall.nummer(rolle::KARI);
    let user = json!({"client_id": "leverandoer", "system_id": "sys", "customer_orgno": customer});
    let first = hall.admin("PUT", "/worlds/main/eid/systemusers", &user).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["externalRef"], customer.as_str(), "the customer's number is the default");
    assert_eq!(hall.admin("PUT", "/worlds/main/eid/systemusers", &user).await.json(), first.json(), "the same again");
    let query = format!("client_id=leverandoer&customer_orgno={customer}");
    assert_eq!(hall.admin("DELETE", &format!("/worlds/main/eid/systemusers?{query}"), &NONE).await.status, 204);
    let listed = hall.admin("GET", "/worlds/main/eid/systemusers", &NONE).await.json();
    assert_eq!(listed["systemusers"][0]["active"], false);

    let id = "0d4b1c2e-0000-4000-8000-000000000001";
    let consent = json!({"id": id, "from": format!("urn:altinn:person:identifier-no:{kari}"), "to": vendor,
        "consentRights": [{"resource": "inntekt", "metadata": {"aar": "2026"}}], "validTo": "2027-06-01"});
    let given = hall.admin("PUT", "/worlds/main/eid/consents", &consent).await;
    assert_eq!(given.status, 200, "{}", given.body);
    let given = given.json();
    assert_eq!(given["to"], json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{vendor}")}));
    assert_eq!(given["consentRights"][0]["action"], json!(["consent"]));
    assert_eq!((&given["active"], &given["from"]), (&json!(true), &consent["from"]));
    let unnamed = json!({"from": customer, "to": vendor, "consentRights": [{"resource": "x"}]});
    let other = hall.admin("PUT", "/worlds/main/eid/consents", &unnamed).await.json();
    assert!(other["from"].as_str().unwrap().contains("organization") && other["id"] != given["id"]);
    assert_eq!(hall.admin("DELETE", &format!("/worlds/main/eid/consents/{id}"), &NONE).await.status, 204);
    let listed = hall.admin("GET", "/worlds/main/eid/consents", &NONE).await.json();
    let mine = listed["consents"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    assert_eq!(mine["active"], false);

    let grant = json!({"person": kari, "orgno": vendor, "resource": "byggesak", "rights": ["Read"]});
    for _ in 0..2 {
        let made = hall.admin("PUT", "/worlds/main/eid/representation-grants", &grant).await;
        assert_eq!((made.status.as_u16(), made.json()), (200, grant.clone()), "{}", made.body);
    }
    let query = format!("person={kari}&orgno={vendor}&resource=byggesak");
    let ended = hall.admin("DELETE", &format!("/worlds/main/eid/representation-grants?{query}"), &NONE).await;
    assert_eq!(ended.status, 204, "{}", ended.body);
    let listed = hall.admin("GET", "/worlds/main/eid/representation-grants", &NONE).await.json();
    assert_eq!(listed["representation-grants"], json!([]));
    for (path, body, verdict) in [
        ("systemusers", json!({"client_id": "x", "system_id": "", "customer_orgno": customer}), (409, "BB1011")),
        ("consents", json!({"from": "12345678901", "to": vendor, "consentRights": []}), (422, "BB1301")),
        ("consents", json!({"from": kari, "to": vendor, "consentRights": []}), (409, "BB1011")),
        ("consents", json!({"from": kari, "to": vendor, "consentRights": [{"resource": 3}]}), (400, "BB1002")),
        (
            "consents",
            json!({"from": kari, "to": vendor, "validTo": "snart", "consentRights": [{"resource": "x"}]}),
            (400, "BB1701"),
        ),
        ("representation-grants", json!({"person": kari, "orgno": "1", "resource": "x"}), (400, "BB1002")),
    ] {
        let answer = hall.admin("PUT", &format!("/worlds/main/eid/{path}"), &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{path} {body} {}", answer.body);
    }
}

#[tokio::test]
async fn switches_are_set_by_name() {
    let hall = Hall::new();
    let settings = "/worlds/main/eid/settings";
    assert_eq!(hall.admin("GET", settings, &NONE).await.json()["strict_refresh"], false);
    let set = hall.admin("PUT", settings, &json!({"strict_refresh": true, "admin_auth": false})).await;
    assert_eq!((set.status.as_u16(), &set.json()["strict_refresh"]), (200, &json!(true)), "{}", set.body);
    assert_eq!(hall.admin("GET", settings, &NONE).await.json()["admin_auth"], false);
    let wrong = hall.admin("PUT", settings, &json!({"strict_refesh": true})).await;
    assert_eq!((wrong.verdict(), &wrong.json()["near"][0]), ((400, "BB1001".into()), &json!("strict_refresh")));
    let wrong = hall.admin("PUT", settings, &json!({"admin_auth": true, "strict_refresh": "yes"})).await;
    assert_eq!(wrong.verdict(), (400, "BB1002".into()));
    assert_eq!(hall.admin("GET", settings, &NONE).await.json()["admin_auth"], false, "all or nothing");
}

#[tokio::test]
async fn a_change_of_a_client_takes_as_long_as_the_setting_says() {
    let hall = Hall::new();
    let settings = "/worlds/main/eid/settings";
    assert_eq!(hall.admin("GET", settings, &NONE).await.json()["propagation_delay"], 0);
    for wrong in [json!(-1), json!("120"), json!(3601), json!(true), json!(1.5)] {
        let answer = hall.admin("PUT", settings, &json!({"propagation_delay": wrong})).await;
        assert_eq!(answer.verdict(), (400, "BB1002".into()), "{wrong}");
    }
    let client = |name: &str| json!({"integration_type": "idporten", "client_name": name, "redirect_uris": ["https://a.example/cb"]});
    let address = "/worlds/main/clients/treg";
    let world = || hall.hall.world(MAIN).unwrap();
    let seen = |seconds: i64| {
        let town = world().town();
        let then = town.now().plus_millis(seconds * 1000);
        let found = town.klienter.synlig(crate::town::state::Tjeneste::Idporten, "treg", then);
        found.map(|klient| (klient.navn.clone(), klient.aktiv))
    };
    assert_eq!(hall.admin("PUT", address, &client("A")).await.status, 201);
    assert_eq!(seen(0), Some(("A".into(), true)), "at once by default");
    let set = hall.admin("PUT", settings, &json!({"propagation_delay": 120})).await;
    assert_eq!((set.status.as_u16(), &set.json()["propagation_delay"]), (200, &json!(120)), "{}", set.body);
    hall.admin("PUT", address, &client("B")).await;
    assert_eq!([seen(119), seen(120)], [Some(("A".into(), true)), Some(("B".into(), true))]);
    // A second change before the first has arrived: each comes in its own time.
    hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "PT1M"})).await;
    hall.admin("PUT", address, &client("C")).await;
    let names = [59, 60, 119, 120].map(|seconds| seen(seconds).unwrap().0);
    assert_eq!(names, ["A", "B", "B", "C"].map(str::to_owned));
    hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "PT2M"})).await;
    assert_eq!(hall.admin("DELETE", address, &NONE).await.status, 204);
    assert_eq!([seen(119).unwrap().1, seen(120).unwrap().1], [true, false]);
    let new = hall.admin("PUT", "/worlds/main/clients/treg-2", &client("D")).await;
    assert_eq!(new.status, 201);
    let place = crate::town::state::Tjeneste::Idporten;
    let town = world().town();
    assert!(town.klienter.synlig(place, "treg-2", town.now()).is_none(), "a new one is not there yet");
}

#[tokio::test]
async fn employers_rules_are_made_listed_and_taken_away() {
    let hall = Hall::new();
    let orgno = hall.hall.world(MAIN).unwrap().town().base.virksomheter[0].orgnr.to_string();
    let path = |rule: &str| format!("/worlds/main/eid/employer-rules/{orgno}/{rule}");
    for (rule, body, verdict) in [
        ("alle", json!({"domain": "a.example"}), (200, "")),
        ("noen", json!({"group": "g", "only_clients": ["app"], "rights": ["Write"]}), (200, "")),
        ("en", json!({"address": "a@a.example", "except_clients": ["app"]}), (200, "")),
        ("feil", json!({}), (400, "BB1008")),
        ("feil", json!({"domain": "a.example", "group": "g"}), (400, "BB1002")),
        ("feil", json!({"domain": "a.example", "only_clients": [], "except_clients": []}), (400, "BB1002")),
        ("feil", json!({"domain": ""}), (409, "BB1011")),
        ("Feil", json!({"domain": "a.example"}), (409, "BB1011")),
        ("feil", json!({"domain": "a.example", "rights": [""]}), (409, "BB1011")),
    ] {
        let answer = hall.admin("PUT", &path(rule), &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{rule} {body} {}", answer.body);
    }
    let unknown =
        hall.admin("PUT", "/worlds/main/eid/employer-rules/310000019/x", &json!({"domain": "a.example"})).await;
    assert_ne!(unknown.status, 200, "{}", unknown.body);
    let listed = hall.admin("GET", "/worlds/main/eid/employer-rules", &NONE).await.json();
    let rules: Vec<_> = listed["rules"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["alle", "en", "noen"]);
    assert_eq!(
        listed["rules"][2],
        json!({"employer_orgno": orgno, "rule": "noen", "domain": null, "group": "g", "address": null,
            "only_clients": ["app"], "except_clients": null, "rights": ["Write"]})
    );
    assert_eq!(hall.admin("DELETE", &path("noen"), &NONE).await.status, 204);
    assert_eq!(hall.admin("DELETE", &path("noen"), &NONE).await.verdict().0, 409);
}

#[tokio::test]
async fn log_ins_are_planned_shown_and_withdrawn() {
    let hall = Hall::new();
    let kari = hall.nummer(rolle::KARI);
    let path = "/worlds/main/eid/idporten/next-login";
    let world = hall.hall.world(MAIN).unwrap();
    let state = hall.access.of_world(world.incarnation(), world.town().base.header.seed);
    let key = world.town().find(crate::base::Foedselsnummer::parse(&kari).unwrap()).unwrap();
    assert!(state.name_person("mor", world.town().key_of(key)));
    for body in [
        json!({"pid": kari, "client_id": "a", "acr": "idporten-loa-high", "times": 2}),
        json!({"alias": "mor", "locale": "nn", "amr": ["BankID"]}),
        json!({"client_id": "b", "result": "cancel"}),
        json!({"result": "error", "error": "server_error"}),
    ] {
        let planned = hall.admin("POST", path, &body).await;
        assert_eq!(planned.status, 201, "{body} {}", planned.body);
    }
    let listed = hall.admin("GET", path, &NONE).await.json();
    let logins = listed["logins"].as_array().unwrap();
    let shown: Vec<_> = logins.iter().map(|one| (one["pid"].as_str(), one["result"].as_str().unwrap())).collect();
    let kari = kari.as_str();
    assert_eq!(shown, [(Some(kari), "login"), (Some(kari), "login"), (None, "cancel"), (None, "error")]);
    assert_eq!(state.next_login(Issuer::Idporten, "a").unwrap().times, 2);
    assert_eq!(hall.admin("DELETE", &format!("{path}?client_id=a"), &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", path, &NONE).await.json()["logins"].as_array().unwrap().len(), 3);
    assert_eq!(hall.admin("DELETE", path, &NONE).await.status, 204);
    assert_eq!(hall.admin("GET", path, &NONE).await.json()["logins"], json!([]));
    for (issuer, body, verdict) in [
        ("idporten", json!({}), (400, "BB1008")),
        ("idporten", json!({"pid": kari, "alias": "mor"}), (400, "BB1002")),
        ("idporten", json!({"alias": "morr"}), (422, "BB1301")),
        ("idporten", json!({"pid": "12345678901"}), (422, "BB1301")),
        ("idporten", json!({"pid": kari, "acr": "high"}), (400, "BB1002")),
        ("ansattporten", json!({"pid": kari, "acr": "high"}), (201, "")),
        ("idporten", json!({"pid": kari, "result": "cancell"}), (400, "BB1002")),
        ("idporten", json!({"pid": kari, "result": "error"}), (400, "BB1008")),
        ("idporten", json!({"pid": kari, "error": "server_error"}), (400, "BB1002")),
        ("idporten", json!({"result": "error", "error": "nope"}), (400, "BB1002")),
        ("idporten", json!({"pid": kari, "times": 0}), (400, "BB1002")),
        ("idporten", json!({"pid": kari, "locale": "de"}), (400, "BB1002")),
        ("idporten", json!({"pid": kari, "orgno": "1"}), (400, "BB1002")),
        ("maskinporten", json!({"pid": kari}), (400, "BB1002")),
    ] {
        let answer = hall.admin("POST", &format!("/worlds/main/eid/{issuer}/next-login"), &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{issuer} {body} {}", answer.body);
    }
}

#[tokio::test]
async fn sessions_are_begun_listed_and_ended_without_a_browser() {
    let hall = Hall::new();
    let kari = hall.nummer(rolle::KARI);
    let cast = json!({"cast": {"hun": {"where": "fornavn == 'Kari'"}}});
    assert_eq!(hall.admin("POST", "/worlds/main/cast", &cast).await.status, 200);
    let path = "/worlds/main/sessions";
    let begun = hall.admin("POST", path, &json!({"issuer": "idporten", "alias": "hun"})).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let begun = begun.json();
    assert_eq!(
        (&begun["pid"], &begun["acr"], &begun["shared"]),
        (&json!(kari), &json!("idporten-loa-high"), &json!(true))
    );
    assert_eq!(begun["sid"].as_str().unwrap().len(), 43);
    assert_eq!(
        (&begun["cookie"]["name"], &begun["cookie"]["path"]),
        (&json!("byteby_2983_main_idporten"), &json!("/idporten"))
    );
    let own = json!({"issuer": "ansattporten", "pid": kari, "client_id": "a", "acr": "substantial"});
    let own = hall.admin("POST", path, &own).await.json();
    assert_eq!((&own["shared"], &own["clients"]), (&json!(false), &json!(["a"])));
    let listed = hall.admin("GET", path, &NONE).await.json();
    assert_eq!(listed["sessions"], json!([begun, own]));
    let one = format!("{path}/{}", begun["sid"].as_str().unwrap());
    assert_eq!(hall.admin("DELETE", &one, &NONE).await.status, 204);
    assert_eq!(hall.admin("DELETE", &one, &NONE).await.verdict(), (409, "BB1011".into()));
    // The world's clock ends the other.
    hall.admin("POST", "/worlds/main/clock/advance", &json!({"by": "PT30M"})).await;
    assert_eq!(hall.admin("GET", path, &NONE).await.json()["sessions"], json!([]));
    for (body, verdict) in [
        (json!({"issuer": "maskinporten", "pid": kari}), (400, "BB1002")),
        (json!({"issuer": "idporten"}), (400, "BB1008")),
        (json!({"issuer": "idporten", "pid": kari, "acr": "high"}), (400, "BB1002")),
        (json!({"issuer": "ansattporten", "pid": kari}), (400, "BB1008")),
        (json!({"issuer": "idporten", "alias": "han"}), (422, "BB1301")),
    ] {
        let answer = hall.admin("POST", path, &body).await;
        assert_eq!(answer.verdict(), (verdict.0, verdict.1.into()), "{body} {}", answer.body);
    }
}
