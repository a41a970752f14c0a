use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::super::tests::{CB, basic, exchange, redirected, request};
use super::super::{Desk, authorize, token};
use super::*;
use crate::access::Visit;
use crate::access::fixture::{after, body, orgnr as kommune, visit_in};
use crate::access::fixture_roller::{BYGG, BYGG_AVD, ENK, KOMMUNE, SLETTET, base, orgnr};
use crate::keys::Jws;
use crate::observe::Note;
use crate::population::{Spec, generate};
use crate::town::decide::{ArbeidslivCommand, EidCommand};
use crate::town::model::tests_town::rolle::{ASTRID, KARI, LINE, OLA, PIOTR};
use crate::town::model::{PersonId, Rolletype, VirksomhetId};
use crate::town::state::{Klient, Klienttillegg, Representasjonsnoekkel, Scope, Tildeling, Tjeneste};
use crate::town::{Cause, Command, apply, decide};

pub(super) const RESOURCE: &str = "ansattporten:altinn:resource";
const SERVICE: &str = "ansattporten:altinn:service";

fn klienter() -> Vec<Klient> {
    let ansatt = |id: &str| {
        let klient = Klient::idporten(id, id, kommune(), &[CB]).with_secret("hemmelig");
        Klient { tjeneste: Tjeneste::Ansattporten, ..klient }
    };
    let mut sjef = ansatt("sjef");
    sjef.scopes.push(SJEF.into());
    let mut fornyer = ansatt("fornyer");
    fornyer.scopes.push("innsyn:les".into());
    let tildelinger = vec![Tildeling::AuthorizationCode, Tildeling::RefreshToken];
    fornyer.tillegg = Klienttillegg { tildelinger, ..Klienttillegg::default() }.into();
    let mut innsyn = ansatt("innsyn");
    innsyn.scopes.push("idporten:token.introspection".into());
    vec![
        ansatt("fagsystem"),
        sjef,
        fornyer,
        innsyn,
        Klient::idporten("innbygger", "I", kommune(), &[CB]).with_secret("hemmelig"),
    ]
}

pub(in crate::oidc) fn town() -> Visit {
    let scope = Scope { innsyn_for: Some("innsyn".into()), ..Scope::new("innsyn:les", kommune()) };
    after(&visit_in(base(), &klienter()), &Command::Eid(EidCommand::Scope(Box::new(scope))))
}

pub(in crate::oidc) fn pid(visit: &Visit, person: PersonId) -> String {
    visit.town.person(person).nummer().to_string()
}

pub(in crate::oidc) fn ansattporten(visit: &Visit) -> Desk {
    Desk::at(&crate::services::ansattporten::PROVIDER, visit.clone())
}

pub(in crate::oidc) fn idporten(visit: &Visit) -> Desk {
    Desk::at(&crate::services::idporten::PROVIDER, visit.clone())
}

/// One element of `kind` for each of `resources`, with `more` in each.
pub(in crate::oidc) fn details(kind: &str, resources: &[&str], more: &Value) -> String {
    let element = |resource: &&str| {
        let mut fields = json!({ "type": kind });
        if !resource.is_empty() {
            fields["resource"] = json!(format!("urn:altinn:resource:{resource}"));
        }
        for (name, value) in more.as_object().into_iter().flatten() {
            fields[name] = value.clone();
        }
        fields
    };
    Value::Array(resources.iter().map(element).collect()).to_string()
}

pub(super) fn grant(visit: &mut Visit, person: PersonId, unit: VirksomhetId, ressurs: &str, rettigheter: &[&str]) {
    let mut town = (*visit.town).clone();
    let noekkel = Representasjonsnoekkel { person: town.key_of(person), orgnr: orgnr(unit), ressurs: ressurs.into() };
    let rettigheter = rettigheter.iter().map(|&right| right.to_owned()).collect();
    let command = Command::Eid(EidCommand::Representasjon { noekkel, rettigheter });
    for event in decide(&town, &command, &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    visit.town = town.into();
}

/// Where a headless authorization request of `client` leads: the parameters, or the status of a page.
pub(super) async fn headless(
    desk: &Desk,
    client: &str,
    hint: &str,
    changes: &[(&str, &str)],
) -> Result<Params, StatusCode> {
    let mut all = vec![("login_hint", hint)];
    all.extend_from_slice(changes);
    let path = format!("{}/authorize", desk.provider.mount);
    let query = request(client, &all);
    let headers = HeaderMap::new();
    let response = authorize::answer(desk, &path, &headers, query.as_bytes(), false, &mut Note::default()).await;
    if response.status().is_redirection() { Ok(redirected(&response, CB)) } else { Err(response.status()) }
}

/// The token response of a headless log-in, the claims of its ID token and those of its access token.
pub(super) async fn tokens(desk: &Desk, client: &str, hint: &str, changes: &[(&str, &str)]) -> [Value; 3] {
    let params = headless(desk, client, hint, changes).await.expect("a redirect");
    let code = params.get("code").unwrap_or_else(|| panic!("{params:?}"));
    let form = exchange(code, &[]);
    let response = token::answer(desk, &basic(client, "hemmelig"), form.as_bytes(), &mut Note::default()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let answer = body(response).await;
    let claims = |name: &str| Value::Object(Jws::parse(answer[name].as_str().unwrap()).unwrap().claims.clone());
    let (id, access) = (claims("id_token"), claims("access_token"));
    [answer, id, access]
}

/// `authorization_details` of a headless log-in, which is the same in all three places.
async fn represented(visit: &Visit, person: PersonId, chosen: &str, wanted: &str) -> Value {
    let hint = format!("testid:{}_high{chosen}", pid(visit, person));
    let all = tokens(&ansattporten(visit), "fagsystem", &hint, &[("authorization_details", wanted)]).await;
    let [answer, id, access] = all.map(|one| one["authorization_details"].clone());
    assert_eq!((&answer, &answer), (&id, &access));
    answer
}

/// The error of a headless log-in.
async fn refused(visit: &Visit, person: PersonId, chosen: &str, wanted: &str) -> String {
    let hint = format!("testid:{}_high{chosen}", pid(visit, person));
    let answer = headless(&ansattporten(visit), "fagsystem", &hint, &[("authorization_details", wanted)]).await;
    answer.expect("a redirect").get("error").unwrap_or_default().to_owned()
}

fn party(unit: VirksomhetId, resource: &str, name: &str, form: &str) -> Value {
    let id = format!("0192:{}", orgnr(unit));
    let orgno = json!({ "authority": "iso6523-actorid-upis", "ID": id });
    json!({ "orgno": orgno, "resource": resource, "name": name, "unit_type": form })
}

#[tokio::test]
async fn a_resource_is_answered_with_the_organisation_chosen() {
    let visit = town();
    let wanted = details(RESOURCE, &["byggesak-innsending"], &json!({}));
    let expected = json!([{
        "type": RESOURCE,
        "resource": "urn:altinn:resource:byggesak-innsending",
        "resource_name": "Byggesak innsending",
        "authorized_parties": [party(ENK, "byggesak-innsending", "ADA NORDÅS", "ENK")],
    }]);
    let found = represented(&visit, KARI, &format!("_{}", orgnr(ENK)), &wanted).await;
    assert_eq!(found.to_string(), expected.to_string(), "the order of the keys too");
    // The only one there is is chosen by itself: Astrid has the municipality.
    let found = represented(&visit, ASTRID, "", &wanted).await;
    assert_eq!(
        found[0]["authorized_parties"],
        json!([party(KOMMUNE, "byggesak-innsending", "NORDVIK KOMMUNE", "KOMM")])
    );
    // Who may represent nobody, or declines, is logged in with the type alone.
    for (person, chosen) in [(PIOTR, ""), (KARI, "_ingen"), (PIOTR, "_ingen")] {
        assert_eq!(represented(&visit, person, chosen, &wanted).await, json!([{ "type": RESOURCE }]), "{chosen}");
    }
}

#[tokio::test]
async fn every_resource_with_rights_is_an_element_of_its_own() {
    let mut visit = town();
    grant(&mut visit, PIOTR, BYGG, "tinglysing", &["Read"]);
    let wanted = details(RESOURCE, &["byggesak-innsending", "tinglysing"], &json!({}));
    let all = represented(&visit, KARI, &format!("_{}", orgnr(BYGG)), &wanted).await;
    assert_eq!(all.as_array().unwrap().len(), 2, "a key role has rights in everything");
    // The grant is for one resource, and reaches the sub-unit.
    for unit in [BYGG, BYGG_AVD] {
        let found = represented(&visit, PIOTR, &format!("_{}", orgnr(unit)), &wanted).await;
        let names: Vec<&str> = found.as_array().unwrap().iter().map(|one| one["resource"].as_str().unwrap()).collect();
        assert_eq!(names, ["urn:altinn:resource:tinglysing"]);
    }
    // With nobody chosen every element is there, with its type alone.
    let declined = represented(&visit, PIOTR, "_ingen", &wanted).await;
    assert_eq!(declined, json!([{ "type": RESOURCE }, { "type": RESOURCE }]));
    grant(&mut visit, PIOTR, BYGG, "tinglysing", &[]);
    assert_eq!(represented(&visit, PIOTR, "", &wanted).await, declined, "the grant was taken back");
}

#[tokio::test]
async fn the_older_altinn_writes_capitals_and_no_orgno_object() {
    let mut visit = town();
    grant(&mut visit, PIOTR, BYGG, "2480:40", &["Read", "ArchiveRead", "ArchiveDelete"]);
    let wanted = details(SERVICE, &["2480:40"], &json!({}));
    let number = orgnr(BYGG);
    let found = represented(&visit, PIOTR, &format!("_{number}"), &wanted).await;
    let expected = json!([{
        "type": SERVICE,
        "resource": "urn:altinn:resource:2480:40",
        "resource_name": "Nøkkelroller",
        "reportees": [{
            "Authority": "iso6523-actorid-upis",
            "ID": format!("0192:{number}"),
            "Name": "FJORD BYGG AS",
            "Rights": ["Read", "ArchiveRead", "ArchiveDelete"],
        }],
    }]);
    assert_eq!(found.to_string(), expected.to_string());
    let key_role = represented(&visit, ASTRID, "", &wanted).await;
    assert_eq!(key_role[0]["reportees"][0]["Rights"], json!(["Read", "Write"]));
}

#[tokio::test]
async fn the_switches_say_which_organisations_and_how_many() {
    let visit = town();
    let listed = |person: PersonId, kind: &str, more: Value| {
        let text = details(kind, &["1:1"], &more);
        let text = if kind == RESOURCE { text.replace("1:1", "a") } else { text };
        let desk = ansattporten(&visit);
        let asked = LoginRequest {
            authorization_details: Some(text),
            ..LoginRequest::of(desk.provider.issuer, "i", "fagsystem")
        };
        let who = Authentication::of_citizen(visit.town.key_of(person), &pid(&visit, person), "high", &["TestID"], 0);
        let offer = offer(&desk, &asked, &who).unwrap();
        (offer.rows.iter().map(|row| row.value.clone()).collect::<Vec<_>>(), offer.several, offer.nobody)
    };
    let numbers = |units: &[VirksomhetId]| units.iter().map(|unit| orgnr(*unit).to_string()).collect::<Vec<_>>();
    // By the name of the main unit, its sub-units behind it.
    assert_eq!(listed(KARI, RESOURCE, json!({})), (numbers(&[ENK, BYGG, BYGG_AVD]), false, true));
    let form = |form: &str| listed(KARI, RESOURCE, json!({ "organizationform": form })).0;
    assert_eq!(form("enterprise"), numbers(&[ENK, BYGG]));
    assert_eq!(form("business"), numbers(&[BYGG_AVD]));
    let more = json!({ "allow_deleted_organizations": "true", "representation_is_required": true });
    assert_eq!(listed(KARI, SERVICE, more), (numbers(&[ENK, SLETTET, BYGG, BYGG_AVD]), false, false));
    assert!(listed(KARI, RESOURCE, json!({ "allow_multiple_organizations": "true" })).1);

    let several = format!("_{},{}", orgnr(BYGG), orgnr(BYGG_AVD));
    let one = details(RESOURCE, &["a"], &json!({}));
    let many = details(RESOURCE, &["a"], &json!({ "allow_multiple_organizations": true }));
    assert_eq!(refused(&visit, KARI, &several, &one).await, "invalid_request");
    let found = represented(&visit, KARI, &several, &many).await;
    assert_eq!(found[0]["authorized_parties"].as_array().unwrap().len(), 2);
    // Several could be meant, and nobody sees a page.
    assert_eq!(refused(&visit, KARI, "", &one).await, "interaction_required");
    // Not theirs, not a number, deleted.
    for other in [orgnr(KOMMUNE).to_string(), "1".into(), orgnr(SLETTET).to_string(), String::new()] {
        assert_eq!(refused(&visit, KARI, &format!("_{other}"), &one).await, "invalid_request", "{other}");
    }
    let required = details(RESOURCE, &["a"], &json!({ "representation_is_required": "true" }));
    for (person, chosen) in [(PIOTR, ""), (PIOTR, "_ingen"), (KARI, "_ingen")] {
        assert_eq!(refused(&visit, person, chosen, &required).await, "access_denied", "{chosen}");
    }
    assert_eq!(refused(&visit, ASTRID, "", &required).await, "", "there is one to represent");
}

#[tokio::test]
async fn a_role_that_ends_is_gone_from_the_next_choice() {
    let visit = town();
    let wanted = details(RESOURCE, &["a"], &json!({}));
    let hint = format!("_{}", orgnr(BYGG));
    assert_eq!(refused(&visit, LINE, &hint, &wanted).await, "");
    let mut town = (*visit.town).clone();
    let base = std::sync::Arc::get_mut(&mut town.base);
    assert!(base.is_none(), "worlds share the columns");
    let death = Command::Folk(crate::town::decide::FolkCommand::Doedsfall { person: town.key_of(LINE) });
    for event in decide(&town, &death, &Cause::of("test", &[])).unwrap() {
        apply(&mut town, &event);
    }
    let after = Visit { town: town.into(), ..visit.clone() };
    let who = Authentication::of_citizen(after.town.key_of(LINE), &pid(&after, LINE), "high", &["TestID"], 0);
    let desk = ansattporten(&after);
    let asked = LoginRequest {
        authorization_details: Some(wanted.clone()),
        ..LoginRequest::of(desk.provider.issuer, "i", "fagsystem")
    };
    let passed = Passed::by(who.clone(), None);
    assert_eq!(next(&desk, &asked, &passed), Next::Chosen(json!([{ "type": RESOURCE }])));
    // A choice made on a page that was shown before.
    let form = Params::parse(format!("representerer={}", orgnr(BYGG)).as_bytes()).unwrap();
    assert_eq!(choose(&desk, &asked, &who, &form), Choice::Again("representation.gone"));
    let before = choose(&ansattporten(&visit), &asked, &who, &form);
    assert!(matches!(before, Choice::Chosen(_)), "{before:?}");
}

#[tokio::test]
async fn roles_that_change_hands_change_who_may_represent_at_the_same_instant() {
    let visit = town();
    let wanted = details(RESOURCE, &["a"], &json!({}));
    let chosen = format!("_{}", orgnr(BYGG));
    let role = |visit: &Visit, person: PersonId, rolle: Rolletype, slutter: bool| {
        let person = visit.town.key_of(person);
        let virksomhet = orgnr(BYGG);
        let etterfoelger = None;
        let change = ArbeidslivCommand::Rolleendring { person, virksomhet, rolle, slutter, etterfoelger };
        after(visit, &Command::Arbeidsliv(change))
    };
    // Line's chair is not the only one in the register: the dead Einar is there still.
    assert_eq!(refused(&visit, LINE, &chosen, &wanted).await, "");
    let ended = role(&visit, LINE, Rolletype::Lede, true);
    assert_eq!(ended.town.now(), visit.town.now());
    assert_eq!(refused(&ended, LINE, &chosen, &wanted).await, "invalid_request");
    assert_eq!(represented(&ended, LINE, "", &wanted).await, json!([{ "type": RESOURCE }]));
    // A board member acts for nobody; who becomes manager does at once, and whom they follow does no more.
    assert_eq!(refused(&visit, OLA, &chosen, &wanted).await, "invalid_request");
    let promoted = role(&ended, OLA, Rolletype::Dagl, false);
    assert_eq!(refused(&promoted, OLA, &chosen, &wanted).await, "");
    assert_eq!(refused(&promoted, KARI, &chosen, &wanted).await, "invalid_request");
    let own = format!("_{}", orgnr(ENK));
    assert_eq!(refused(&promoted, KARI, &own, &wanted).await, "", "what else she runs is hers");
    // Of a bankrupt company the trustee alone decides.
    let (person, virksomhet) = (promoted.town.key_of(OLA), Some(orgnr(BYGG)));
    let bankrupt = after(&promoted, &Command::Arbeidsliv(ArbeidslivCommand::Konkurs { person, virksomhet }));
    assert_eq!(refused(&bankrupt, OLA, &chosen, &wanted).await, "invalid_request");
    let trustee = bankrupt.town.roller_i(BYGG).iter().find(|role| role.rolle == Rolletype::Bobe);
    let trustee = trustee.expect("a trustee").person;
    assert_eq!(refused(&bankrupt, trustee, &chosen, &wanted).await, "");
    // A work account goes with the job: Ola worked most in the kindergarten.
    let accounts = |visit: &Visit| visit.town.person(OLA).arbeidskonto().map(|konto| konto.arbeidsgiver);
    assert_eq!(accounts(&bankrupt), Some(KOMMUNE));
    let out_of_work = ArbeidslivCommand::Arbeidsledig { person };
    assert_eq!(accounts(&after(&bankrupt, &Command::Arbeidsliv(out_of_work))), None);
}

#[test]
fn the_page_takes_what_can_be_chosen_and_says_why_it_takes_nothing_else() {
    let visit = town();
    let desk = ansattporten(&visit);
    let who = Authentication::of_citizen(visit.town.key_of(KARI), &pid(&visit, KARI), "high", &["TestID"], 0);
    let (bygg, avd, kommune) = (orgnr(BYGG), orgnr(BYGG_AVD), orgnr(KOMMUNE));
    for (more, form, expected) in [
        (json!({}), format!("representerer={bygg}"), "chosen"),
        (json!({}), String::new(), "representation.none"),
        (json!({}), "representerer=".into(), "representation.gone"),
        (json!({}), format!("representerer={bygg}&representerer={avd}"), "representation.one"),
        (
            json!({ "allow_multiple_organizations": true }),
            format!("representerer={bygg}&representerer={avd}"),
            "chosen",
        ),
        (json!({}), format!("representerer={kommune}"), "representation.gone"),
        (json!({}), format!("representerer={bygg}&action=ingen"), "chosen"),
        (json!({ "representation_is_required": true }), "action=ingen".into(), "access_denied"),
    ] {
        let asked = LoginRequest {
            authorization_details: Some(details(RESOURCE, &["a"], &more)),
            ..LoginRequest::of(desk.provider.issuer, "i", "fagsystem")
        };
        let found = match choose(&desk, &asked, &who, &Params::parse(form.as_bytes()).unwrap()) {
            Choice::Chosen(_) => "chosen",
            Choice::Again(key) | Choice::Refused(key) => key,
        };
        assert_eq!(found, expected, "{more} {form}");
    }
}

#[test]
fn what_a_hint_names_is_never_repeated_when_it_looks_real() {
    let visit = town();
    let desk = ansattporten(&visit);
    let asked = LoginRequest {
        authorization_details: Some(details(RESOURCE, &["a"], &json!({}))),
        ..LoginRequest::of(desk.provider.issuer, "i", "fagsystem")
    };
    let who = Authentication::of_citizen(visit.town.key_of(KARI), &pid(&visit, KARI), "high", &["TestID"], 0);
    let passed = Passed { headless: true, representing: Some("01010112377".into()), ..Passed::by(who, None) };
    let Next::Refused { hint, .. } = next(&desk, &asked, &passed) else { panic!("refused") };
    assert!(!hint.contains("01010112377") && hint.contains(&orgnr(BYGG).to_string()), "{hint}");
}

#[test]
fn generated_towns_have_people_to_represent_and_accounts_at_work() {
    let base = generate(&Spec { size: 1_500, ..Spec::default() }).unwrap();
    let visit = visit_in(base, &klienter());
    let town = &visit.town;
    let mut found = [0usize; 4];
    let mut addresses = std::collections::BTreeSet::new();
    for person in town.people().filter(|person| person.is_bosatt()) {
        found[0] += usize::from(!person.representerer().is_empty());
        found[1] += usize::from(!person.leder().is_empty());
        let wards = person.fullmakter();
        found[2] += usize::from(wards.len() > 1);
        found[3] += usize::from(wards.iter().any(|one| one.grunnlag != crate::town::state::Grunnlag::Foreldreansvar));
        if found[0] < 40
            && let Some(account) = person.arbeidskonto()
        {
            assert!(account.epost.is_ascii() && account.epost.ends_with(".example"), "{}", account.epost);
            addresses.insert(account.epost);
        }
    }
    assert!(found.iter().all(|count| *count > 0) && addresses.len() > 10, "{found:?} {}", addresses.len());
    let heads = town.people().filter(|person| person.representerer().contains(&KOMMUNE)).count();
    assert!(heads >= 1, "somebody acts for the municipality");
}
