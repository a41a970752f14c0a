//! Scopes, accesses, delegations, system users and consents: the town's registers behind a token (`specs/eid.md` §5.4 to
//! §5.7).

use super::rows::check;
use super::*;
use crate::access::fixture::OLA;
use crate::base::Orgnummer;
use crate::clock::Instant;
use crate::town::decide::{NySystembruker, NyttSamtykke};
use crate::town::model::{PersonId, PersonKey};
use crate::town::state::{
    ALTINN, Delegering, Integrasjonstype, Samtykkegiver, Samtykkerett, Scope, Systembrukernoekkel, Tilgang, Underklient,
};

pub(super) const EGEN: &str = "byen:plan.read";
const LEVERANDOER: &str = "leverandoer";

fn other(place: u32) -> Orgnummer {
    (38_000_000 + place * 100..).find_map(Orgnummer::compose).unwrap()
}

/// A client of a supplier: another organisation than the municipality.
fn supplier() -> Klient {
    Klient { client_id: LEVERANDOER.into(), orgnr: other(1), ..klient() }
}

fn scope(change: impl FnOnce(&mut Scope)) -> EidCommand {
    let mut scope = Scope::new(EGEN, orgnr());
    change(&mut scope);
    EidCommand::Scope(Box::new(scope))
}

fn access(to: Orgnummer, tilstand: Tilgang) -> EidCommand {
    EidCommand::Tilgang { scope: EGEN.into(), konsument: to, tilstand }
}

fn delegation(from: Orgnummer, scope: &str) -> Delegering {
    Delegering { konsument: from, leverandoer: other(1), scope: scope.into() }
}

async fn ask_as(visit: &Visit, changes: &Value) -> (StatusCode, Value) {
    let mut claims = with(changes);
    claims.entry("scope").and_modify(|_| ()).or_insert(json!(EGEN));
    ask_claims(&fresh(visit), &claims).await
}

#[tokio::test]
async fn a_scope_is_decided_on_in_the_documented_order() {
    let mine = Klient { scopes: vec![EGEN.into(), "openid".into(), KRR.into()], ..klient() };
    let theirs = Klient { orgnr: other(1), ..mine.clone() };
    let all = |change: fn(&mut Scope)| vec![scope(change)];
    let unregistered = Some((400, "invalid_scope", "MP-200"));
    let wrong_type = Some((400, "invalid_scope", "MP-201"));
    let no_access = Some((403, "forbidden", "MP-250"));
    let retired = vec![scope(|_| ()), EidCommand::AvvikleScope(EGEN.into())];
    let login_only: fn(&mut Scope) = |scope| scope.integrasjonstyper = vec![Integrasjonstype::ApiKlient];
    let granted = |tilstand| vec![scope(|_| ()), access(other(1), tilstand)];
    let taken_back = vec![scope(|_| ()), access(other(1), Tilgang::Approved), access(other(1), Tilgang::Denied)];
    let open_and_denied = vec![scope(|scope| scope.aapen_for_alle = true), access(other(1), Tilgang::Denied)];
    for (what, client, commands, asked, expected) in [
        ("the owner", &mine, all(|_| ()), EGEN, None),
        ("never made", &mine, vec![], EGEN, unregistered),
        ("taken out of use", &mine, retired, EGEN, unregistered),
        ("not registered", &klient(), all(|_| ()), EGEN, unregistered),
        ("not registered, of another type", &klient(), vec![], "openid", unregistered),
        ("registered, of another type", &mine, vec![], "openid", wrong_type),
        ("for log-in only", &mine, all(login_only), EGEN, wrong_type),
        ("for log-in only, and no access", &theirs, all(login_only), EGEN, wrong_type),
        ("no access", &theirs, all(|_| ()), EGEN, no_access),
        ("denied", &theirs, granted(Tilgang::Denied), EGEN, no_access),
        ("granted", &theirs, granted(Tilgang::Approved), EGEN, None),
        ("taken back", &theirs, taken_back, EGEN, no_access),
        ("open for all", &theirs, all(|scope| scope.aapen_for_alle = true), EGEN, None),
        ("open for all is open for all", &theirs, open_and_denied, EGEN, None),
        ("one of two refused", &theirs, granted(Tilgang::Approved), &format!("{EGEN} {KRR}"), no_access),
    ] {
        let visit = given(&visit(std::slice::from_ref(client)), commands);
        check(ask_as(&visit, &json!({"scope": asked})).await, expected, what);
    }
}

#[tokio::test]
async fn the_kind_of_a_machine_integration_narrows_its_scopes() {
    let kind = |integrasjonstype| {
        let mut client = klient();
        client.tillegg.integrasjonstype = Some(integrasjonstype);
        visit(&[client])
    };
    let wrong = Some((400, "invalid_scope", "MP-201"));
    for (visit, krr, freg) in [
        (kind(Integrasjonstype::Maskinporten), None, None),
        (kind(Integrasjonstype::Krr), None, wrong),
        (kind(Integrasjonstype::Eformidling), wrong, wrong),
    ] {
        check(ask_as(&visit, &json!({"scope": KRR})).await, krr, "krr");
        check(ask_as(&visit, &json!({"scope": SCOPE})).await, freg, "folkeregister");
    }
}

#[tokio::test]
async fn a_supplier_acts_for_whoever_delegated_to_it() {
    let visit = visit(&[supplier()]);
    let ask = async |visit: &Visit, scope: &str, consumer: Orgnummer| {
        ask_as(visit, &json!({"iss": LEVERANDOER, "scope": scope, "consumer_org": consumer.to_string()})).await
    };
    let forbidden = |code| Some((403, "forbidden", code));
    // The municipality has access and has not delegated it; the third organisation has no access itself.
    check(ask(&visit, SCOPE, orgnr()).await, forbidden("MP-251"), "nothing delegated");
    check(ask(&visit, SCOPE, other(2)).await, forbidden("MP-250"), "no access to delegate");
    let delegated = given(&visit, [EidCommand::Deleger(delegation(orgnr(), SCOPE))]);
    let (status, answer) = ask(&delegated, SCOPE, orgnr()).await;
    check((status, answer.clone()), None, "delegated");
    let claims = token(&answer);
    let names: Vec<_> = claims.keys().map(String::as_str).collect();
    let expected = [
        "iss",
        "client_amr",
        "token_type",
        "client_id",
        "scope",
        "consumer",
        "supplier",
        "delegation_source",
        "iat",
        "exp",
        "jti",
    ];
    assert_eq!(names, expected);
    assert_eq!(claims["consumer"], json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{}", orgnr())}));
    assert_eq!(claims["supplier"]["ID"], format!("0192:{}", other(1)));
    assert_eq!(claims["delegation_source"], "https://tt02.altinn.no/");
    let text = answer["access_token"].as_str().unwrap();
    let checked = machine_token(&delegated, text, &[SCOPE], AudienceRule::Unchecked).unwrap();
    assert_eq!((checked.consumer, checked.supplier), (orgnr(), Some(other(1))), "resource services see whom it is for");
    // Each scope by itself, and only in this direction.
    check(ask(&delegated, KRR, orgnr()).await, forbidden("MP-251"), "another scope");
    check(ask(&delegated, &format!("{SCOPE} {KRR}"), orgnr()).await, forbidden("MP-251"), "one of two");
    let back = given(&delegated, [EidCommand::TrekkDelegering(delegation(orgnr(), SCOPE))]);
    check(ask(&back, SCOPE, orgnr()).await, forbidden("MP-251"), "taken back");
    // Without `consumer_org` the supplier is its own consumer, who has no access.
    let own = ask_as(&delegated, &json!({"iss": LEVERANDOER, "scope": SCOPE})).await;
    check(own, forbidden("MP-250"), "in its own name");
}

#[tokio::test]
async fn a_delegated_scope_is_reached_without_being_registered_on_the_client() {
    let bare = Klient { scopes: Vec::new(), ..supplier() };
    let visit = visit(&[bare]);
    let asked = json!({"iss": LEVERANDOER, "scope": SCOPE, "consumer_org": orgnr().to_string()});
    check(ask_as(&visit, &asked).await, Some((400, "invalid_scope", "MP-200")), "neither registered nor delegated");
    let delegated = given(&visit, [EidCommand::Deleger(delegation(orgnr(), SCOPE))]);
    check(ask_as(&delegated, &asked).await, None, "delegated");
}

#[tokio::test]
async fn a_scope_that_lost_its_delegation_source_is_delegated_no_more() {
    let client = Klient { scopes: vec![EGEN.into()], ..supplier() };
    let source = |kilde: Option<&str>| scope(|scope| scope.delegeringskilde = kilde.map(str::to_owned));
    let visit = visit(&[client]);
    let asked = json!({"iss": LEVERANDOER, "scope": EGEN, "consumer_org": orgnr().to_string()});
    let delegated = given(&visit, [source(Some(ALTINN)), EidCommand::Deleger(delegation(orgnr(), EGEN))]);
    check(ask_as(&delegated, &asked).await, None, "delegable");
    let elsewhere = given(&delegated, [source(Some("https://altinn.example/"))]);
    assert_eq!(token(&ask_as(&elsewhere, &asked).await.1)["delegation_source"], "https://altinn.example/");
    let closed = given(&delegated, [source(None)]);
    check(ask_as(&closed, &asked).await, Some((403, "forbidden", "MP-251")), "no longer delegable");
}

#[tokio::test]
async fn a_registered_sub_client_is_the_consumer() {
    let under = |aktiv| Underklient {
        id: "nabo".into(),
        navn: "Nabokommunen".into(),
        orgnr: other(3),
        beskrivelse: String::new(),
        aktiv,
    };
    let with_under = |aktiv| {
        let mut client = klient();
        client.tillegg.onbehalfof = vec![under(aktiv)];
        visit(&[client])
    };
    let malformed = Some((400, "invalid_request", "MP-011"));
    let (status, answer) = ask_as(&with_under(true), &json!({"iss_onbehalfof": "nabo"})).await;
    check((status, answer.clone()), None, "registered");
    let claims = token(&answer);
    assert_eq!(claims["consumer"]["ID"], format!("0192:{}", other(3)));
    assert_eq!(claims["supplier"]["ID"], format!("0192:{}", orgnr()));
    assert!(!claims.contains_key("delegation_source"));
    check(ask_as(&with_under(true), &json!({"iss_onbehalfof": "annen"})).await, malformed, "unregistered");
    check(ask_as(&with_under(false), &json!({"iss_onbehalfof": "nabo"})).await, malformed, "out of use");
}

#[tokio::test]
async fn a_system_user_is_found_by_client_customer_and_reference() {
    let made = |reference: Option<&str>| {
        EidCommand::Systembruker(Box::new(NySystembruker {
            client_id: "maskin".into(),
            kunde: other(2),
            ekstern_ref: reference.map(str::to_owned),
            system_id: "310000019_loenn".into(),
            systemuser_id: Some(format!("id-{}", reference.unwrap_or("uten"))),
        }))
    };
    let element = |customer: Orgnummer, reference: Option<&str>| {
        let org = json!({"authority": "iso6523-actorid-upis", "ID": format!("0192:{customer}")});
        let mut element = json!({"type": "urn:altinn:systemuser", "systemuser_org": org});
        if let Some(reference) = reference {
            element["externalRef"] = json!(reference);
        }
        json!({ "authorization_details": [element] })
    };
    let missing = Some((400, "invalid_altinn_customer_configuration", "MP-303"));
    let plain = given(&visit(&[klient(), supplier()]), [made(None)]);
    let (status, answer) = ask_as(&plain, &element(other(2), None)).await;
    check((status, answer.clone()), None, "no reference");
    let claims = token(&answer);
    let expected = json!([{
        "type": "urn:altinn:systemuser",
        "systemuser_org": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{}", other(2))},
        "systemuser_id": ["id-uten"],
        "system_id": "310000019_loenn",
    }]);
    assert_eq!(claims["authorization_details"], expected);
    assert_eq!(claims["consumer"]["ID"], format!("0192:{}", orgnr()), "the vendor, not the customer");
    assert!(!claims.contains_key("supplier"));
    // Made without a reference, it answers to the customer's number.
    check(ask_as(&plain, &element(other(2), Some(&other(2).to_string()))).await, None, "the default, spelled out");
    check(ask_as(&plain, &element(other(2), Some("a"))).await, missing, "another reference");
    check(ask_as(&plain, &element(other(3), None)).await, missing, "another customer");
    let mut others = element(other(2), None);
    others["iss"] = json!(LEVERANDOER);
    let theirs =
        given(&plain, [EidCommand::Tilgang { scope: SCOPE.into(), konsument: other(1), tilstand: Tilgang::Approved }]);
    check(ask_as(&theirs, &others).await, missing, "another client");
    let referred = given(&plain, [made(Some("avtale-7"))]);
    let (_, answer) = ask_as(&referred, &element(other(2), Some("avtale-7"))).await;
    let found = token(&answer)["authorization_details"][0].clone();
    assert_eq!((&found["systemuser_id"], &found["externalRef"]), (&json!(["id-avtale-7"]), &json!("avtale-7")));
    let noekkel =
        Systembrukernoekkel { client_id: "maskin".into(), kunde: other(2), ekstern_ref: other(2).to_string() };
    let gone = given(&plain, [EidCommand::AvvikleSystembruker(noekkel)]);
    check(ask_as(&gone, &element(other(2), None)).await, missing, "taken out of use");
}

const SAMTYKKE: &str = "11111111-2222-8333-8444-555555555555";

fn consent(to: Orgnummer, until: Instant) -> EidCommand {
    consent_of(Samtykkegiver::Person(PersonKey::Base(PersonId::at(KARI).0)), to, until)
}

fn consent_of(fra: Samtykkegiver, to: Orgnummer, until: Instant) -> EidCommand {
    let metadata = [("inntektsaar".to_owned(), "2026".to_owned())].into();
    let rett = Samtykkerett { handlinger: vec!["consent".into()], ressurs: "samtykke-inntekt".into(), metadata };
    EidCommand::Samtykke(Box::new(NyttSamtykke {
        id: Some(SAMTYKKE.into()),
        fra,
        til: to,
        rettigheter: vec![rett],
        samtykket: None,
        gyldig_til: Some(until),
    }))
}

#[tokio::test]
async fn a_consent_is_for_its_giver_its_receiver_and_its_time() {
    let bare = visit(&[klient()]);
    let start = bare.town.now();
    let visit = given(&bare, [consent(orgnr(), start.plus_millis(3_600_000))]);
    let asked = |person: usize| {
        let from = format!("urn:altinn:person:identifier-no:{}", pid(&visit, person));
        json!({"authorization_details": [{"type": "urn:altinn:consent", "id": SAMTYKKE, "from": from}]})
    };
    let missing = Some((400, "invalid_altinn_customer_configuration", "MP-303"));
    let (status, answer) = ask_as(&visit, &asked(KARI)).await;
    check((status, answer.clone()), None, "given");
    let claims = token(&answer);
    let expected = json!([{
        "type": "urn:altinn:consent",
        "id": SAMTYKKE,
        "from": format!("urn:altinn:person:identifier-no:{}", pid(&visit, KARI)),
        "to": {"authority": "iso6523-actorid-upis", "ID": format!("0192:{}", orgnr())},
        "consented": "2027-01-04T08:00:00+01:00",
        "validTo": "2027-01-04T09:00:00+01:00",
        "consentRights": [{
            "action": ["consent"],
            "resource": [{"type": "urn:altinn:resource", "value": "samtykke-inntekt"}],
            "metadata": {"inntektsaar": "2026"},
        }],
    }]);
    assert_eq!(claims["authorization_details"], expected);
    assert_eq!(claims["authorization_details"][0]["to"], claims["consumer"]);
    check(ask_as(&world_later(&visit, 3599), &asked(KARI)).await, None, "the last second");
    check(ask_as(&world_later(&visit, 3600), &asked(KARI)).await, missing, "ended");
    check(ask_as(&visit, &asked(OLA)).await, missing, "somebody else's");
    let from = json!({"type": "urn:altinn:consent", "id": SAMTYKKE,
        "from": format!("urn:altinn:organization:identifier-no:{}", orgnr())});
    check(ask_as(&visit, &json!({"authorization_details": [from]})).await, missing, "an organisation did not");
    let elsewhere = given(&bare, [consent(other(1), start.plus_millis(3_600_000))]);
    check(ask_as(&elsewhere, &asked(KARI)).await, missing, "given to another");
    let taken = given(&visit, [EidCommand::TrekkSamtykke(SAMTYKKE.into())]);
    check(ask_as(&taken, &asked(KARI)).await, missing, "taken back");
}

#[tokio::test]
async fn an_organisation_s_consent_is_its_own() {
    let bare = visit(&[klient()]);
    let until = bare.town.now().plus_millis(3_600_000);
    let visit = given(&bare, [consent_of(Samtykkegiver::Virksomhet(other(3)), orgnr(), until)]);
    let asked =
        |from: String| json!({"authorization_details": [{"type": "urn:altinn:consent", "id": SAMTYKKE, "from": from}]});
    let missing = Some((400, "invalid_altinn_customer_configuration", "MP-303"));
    for (from, expected) in [
        (format!("urn:altinn:organization:identifier-no:{}", other(3)), None),
        (format!("urn:altinn:organization:identifier-no:{}", other(4)), missing),
        (format!("urn:altinn:organization:identifier-no:{}", orgnr()), missing),
        (format!("urn:altinn:person:identifier-no:{}", pid(&visit, KARI)), missing),
    ] {
        check(ask_as(&visit, &asked(from.clone())).await, expected, &from);
    }
}

#[tokio::test]
async fn the_registers_of_a_fork_are_its_own() {
    let main = given(&visit(&[supplier()]), [EidCommand::Deleger(delegation(orgnr(), SCOPE))]);
    let fork = given(&main, [EidCommand::TrekkDelegering(delegation(orgnr(), SCOPE))]);
    let asked = json!({"iss": LEVERANDOER, "scope": SCOPE, "consumer_org": orgnr().to_string()});
    check(ask_as(&fork, &asked).await, Some((403, "forbidden", "MP-251")), "taken back in the fork");
    check(ask_as(&main, &asked).await, None, "and only there");
}
