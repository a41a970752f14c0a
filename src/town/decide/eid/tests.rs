//! The registers on a town small enough to know by heart; every event takes the way through the log.

use std::sync::Arc;

use super::*;
use crate::town::model::PersonKey;
use crate::town::model::tests_town::TestTown;
use crate::town::state::{ALTINN, Integrasjonstype, scopeeiere};
use crate::town::{Command, apply, decide};

const ANDRES: &str = "folkeregister:deling/offentligmedhjemmel";

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

fn orgnr(place: u32) -> Orgnummer {
    (39_000_000 + place * 100..).find_map(Orgnummer::compose).unwrap()
}

/// Codes of refusals; `changed` and `same` otherwise.
fn act(town: &mut Town, command: EidCommand) -> &'static str {
    let events = match decide(town, &Command::Eid(command), &Cause::of("test", &[])) {
        Ok(events) => events,
        Err(refusal) => return refusal.code,
    };
    for event in &events {
        let read: Event = postcard::from_bytes(&postcard::to_allocvec(event).unwrap()).unwrap();
        assert_eq!(read, *event);
        assert!(!event.entities().is_empty());
        apply(town, &read);
    }
    if events.is_empty() { "same" } else { "changed" }
}

fn scope(change: impl FnOnce(&mut Scope)) -> EidCommand {
    let mut scope = Scope::new("byen:plan.read", orgnr(1));
    change(&mut scope);
    EidCommand::Scope(Box::new(scope))
}

#[test]
fn scopes_come_with_the_town_and_can_be_made_changed_and_taken_out_of_use() {
    let mut town = town();
    let kommune = town.base.kommune.orgnr;
    let came = town.scope(ANDRES).unwrap();
    assert_eq!(came.eier, scopeeiere()["skatteetaten"].orgnr);
    assert!(came.tillater(Integrasjonstype::Maskinporten) && !came.tillater(Integrasjonstype::Idporten));
    assert!(town.har_tilgang(&came, kommune) && !town.har_tilgang(&came, orgnr(1)));
    assert_eq!(act(&mut town, scope(|_| ())), "changed");
    assert_eq!(act(&mut town, scope(|_| ())), "same", "the same again is no change");
    assert_eq!(act(&mut town, scope(|scope| scope.at_max_alder = 30)), "changed");
    assert_eq!(town.scope("byen:plan.read").unwrap().at_max_alder, 30);
    assert_eq!(act(&mut town, EidCommand::AvvikleScope("byen:plan.read".into())), "changed");
    assert_eq!(act(&mut town, EidCommand::AvvikleScope("byen:plan.read".into())), "same");
    assert!(!town.scope("byen:plan.read").unwrap().aktiv, "nothing is deleted");
    assert_eq!(town.scopes().iter().filter(|scope| scope.prefiks() == "byen").count(), 1);
    assert_eq!(act(&mut town, EidCommand::AvvikleScope(ANDRES.into())), "changed", "also one that came with the town");
    assert!(!town.scope(ANDRES).unwrap().aktiv);
    assert_eq!(town.scope_tider(ANDRES).opprettet, town.base.header.start);
}

#[test]
fn a_scope_that_breaks_a_rule_is_refused_with_its_reason() {
    let mut town = town();
    let refused: [(&str, fn(&mut Scope)); 13] = [
        ("bad_scope", |scope| scope.navn = String::new()),
        ("bad_scope", |scope| scope.navn = "uten-kolon".into()),
        ("bad_scope", |scope| scope.navn = ":x".into()),
        ("bad_scope", |scope| scope.navn = "byen:".into()),
        ("bad_scope", |scope| scope.navn = "Byen:x".into()),
        ("bad_scope", |scope| scope.navn = "byen:x y".into()),
        ("bad_scope", |scope| scope.navn = "byen:\"".into()),
        ("bad_scope", |scope| scope.navn = format!("byen:{}", "x".repeat(251))),
        ("bad_text", |scope| scope.beskrivelse = String::new()),
        ("bad_text", |scope| scope.lang_beskrivelse = "x".repeat(2001)),
        ("bad_delegation_source", |scope| scope.delegeringskilde = Some("tt02".into())),
        ("prefix_taken", |scope| scope.navn = "folkeregister:mer".into()),
        ("prefix_taken", |scope| scope.navn = ANDRES.into()),
    ];
    for (code, change) in refused {
        assert_eq!(act(&mut town, scope(change)), code);
    }
    let good: [fn(&mut Scope); 3] = [
        |scope| scope.navn = "byen:a/b.c-d_E".into(),
        |scope| scope.navn = format!("byen:{}", "x".repeat(250)),
        |scope| scope.delegeringskilde = Some(ALTINN.into()),
    ];
    for change in good {
        assert_eq!(act(&mut town, scope(change)), "changed");
    }
    assert_eq!(act(&mut town, scope(|scope| scope.eier = orgnr(2))), "prefix_taken", "a prefix has one owner");
    assert_eq!(act(&mut town, scope(|scope| (scope.navn, scope.eier) = ("byen2:x".into(), orgnr(2)))), "changed");
    assert_eq!(act(&mut town, EidCommand::AvvikleScope("ingen:x".into())), "unknown_scope");
}

#[test]
fn access_is_given_and_taken_and_the_owner_always_has_it() {
    let mut town = town();
    act(&mut town, scope(|_| ()));
    let record = town.scope("byen:plan.read").unwrap();
    let may = |town: &Town, who: u32| town.har_tilgang(&record, orgnr(who));
    assert_eq!((may(&town, 1), may(&town, 2)), (true, false));
    let say = |tilstand, navn: &str| EidCommand::Tilgang { scope: navn.into(), konsument: orgnr(2), tilstand };
    assert_eq!(act(&mut town, say(Tilgang::Approved, "byen:plan.read")), "changed");
    assert_eq!(act(&mut town, say(Tilgang::Approved, "byen:plan.read")), "same");
    assert!(may(&town, 2));
    assert_eq!(town.tilganger("byen:plan.read").len(), 1);
    assert_eq!(act(&mut town, say(Tilgang::Denied, "byen:plan.read")), "changed");
    assert!(!may(&town, 2));
    assert_eq!(act(&mut town, say(Tilgang::Approved, "byen:annet")), "unknown_scope");
    act(&mut town, scope(|scope| scope.aapen_for_alle = true));
    assert!(town.har_tilgang(&town.scope("byen:plan.read").unwrap(), orgnr(3)), "open for all");
    // What comes with the town can be taken away in a world.
    let kommune = town.base.kommune.orgnr;
    assert_eq!(town.tilganger(ANDRES).keys().collect::<Vec<_>>(), [&kommune]);
    let no = EidCommand::Tilgang { scope: ANDRES.into(), konsument: kommune, tilstand: Tilgang::Denied };
    assert_eq!(act(&mut town, no), "changed");
    assert!(!town.har_tilgang(&town.scope(ANDRES).unwrap(), kommune));
}

#[test]
fn only_a_delegable_scope_is_delegated_and_only_to_another() {
    let mut town = town();
    act(&mut town, scope(|_| ()));
    let delegation =
        |from, to, navn: &str| Delegering { konsument: orgnr(from), leverandoer: orgnr(to), scope: navn.into() };
    assert_eq!(act(&mut town, EidCommand::Deleger(delegation(1, 2, "byen:plan.read"))), "not_delegable");
    assert_eq!(act(&mut town, EidCommand::Deleger(delegation(1, 2, "byen:x"))), "unknown_scope");
    assert_eq!(act(&mut town, EidCommand::Deleger(delegation(1, 1, ANDRES))), "own_delegation");
    assert_eq!(act(&mut town, EidCommand::TrekkDelegering(delegation(1, 2, ANDRES))), "unknown_delegation");
    assert_eq!(act(&mut town, EidCommand::Deleger(delegation(1, 2, ANDRES))), "changed");
    assert_eq!(act(&mut town, EidCommand::Deleger(delegation(1, 2, ANDRES))), "same");
    let holds = |town: &Town, from, to| town.eid.har_delegert(orgnr(from), orgnr(to), ANDRES);
    assert_eq!((holds(&town, 1, 2), holds(&town, 2, 1)), (true, false));
    assert_eq!(act(&mut town, EidCommand::TrekkDelegering(delegation(1, 2, ANDRES))), "changed");
    assert_eq!(act(&mut town, EidCommand::TrekkDelegering(delegation(1, 2, ANDRES))), "same");
    assert!(!holds(&town, 1, 2));
}

#[test]
fn a_system_user_has_the_customer_s_number_for_a_reference_unless_given_one() {
    let mut town = town();
    let ny = |ekstern_ref: Option<&str>, system: &str| {
        EidCommand::Systembruker(Box::new(NySystembruker {
            client_id: "leverandoer".into(),
            kunde: orgnr(5),
            ekstern_ref: ekstern_ref.map(str::to_owned),
            system_id: system.into(),
            systemuser_id: None,
        }))
    };
    assert_eq!(act(&mut town, ny(None, "310000019_loenn")), "changed");
    assert_eq!(act(&mut town, ny(None, "310000019_loenn")), "same");
    let key = |reference: &str| Systembrukernoekkel {
        client_id: "leverandoer".into(),
        kunde: orgnr(5),
        ekstern_ref: reference.into(),
    };
    let own = key(&orgnr(5).to_string());
    let made = town.eid.systembrukere[&own].verdi.systemuser_id.clone();
    assert!(is_uuid(&made), "{made}");
    assert_eq!(act(&mut town, ny(None, "annet")), "changed");
    assert_eq!(town.eid.systembrukere[&own].verdi.systemuser_id, made, "the id stays");
    assert_eq!(act(&mut town, ny(Some("avtale-7"), "annet")), "changed");
    assert_ne!(town.eid.systembrukere[&key("avtale-7")].verdi.systemuser_id, made);
    assert_eq!(act(&mut town, ny(Some(""), "annet")), "bad_text");
    assert_eq!(act(&mut town, ny(None, "")), "bad_text");
    assert_eq!(act(&mut town, EidCommand::AvvikleSystembruker(key("avtale-8"))), "unknown_system_user");
    assert_eq!(act(&mut town, EidCommand::AvvikleSystembruker(own.clone())), "changed");
    assert_eq!(act(&mut town, EidCommand::AvvikleSystembruker(own.clone())), "same");
    assert!(!town.eid.systembrukere[&own].verdi.aktiv);
}

fn samtykke(change: impl FnOnce(&mut NyttSamtykke)) -> EidCommand {
    let rett =
        Samtykkerett { handlinger: vec!["consent".into()], ressurs: "inntekt".into(), metadata: BTreeMap::new() };
    let mut nytt = NyttSamtykke {
        id: Some("11111111-2222-8333-8444-555555555555".into()),
        fra: Samtykkegiver::Person(PersonKey::Base(0)),
        til: orgnr(1),
        rettigheter: vec![rett],
        samtykket: None,
        gyldig_til: None,
    };
    change(&mut nytt);
    EidCommand::Samtykke(Box::new(nytt))
}

#[test]
fn a_consent_holds_until_its_end_or_until_it_is_taken_back() {
    let mut town = town();
    let id = "11111111-2222-8333-8444-555555555555";
    assert_eq!(act(&mut town, samtykke(|_| ())), "changed");
    assert_eq!(act(&mut town, samtykke(|_| ())), "same");
    let given = town.eid.samtykker[id].verdi.clone();
    assert_eq!(given.samtykket, town.now());
    let end = town.now().plus_millis(SAMTYKKE_MS);
    assert!(given.holds(end.plus_millis(-1)) && !given.holds(end));
    assert_eq!(act(&mut town, EidCommand::TrekkSamtykke(id.into())), "changed");
    assert_eq!(act(&mut town, EidCommand::TrekkSamtykke(id.into())), "same");
    assert!(!town.eid.samtykker[id].verdi.holds(town.now()));
    assert_eq!(act(&mut town, EidCommand::TrekkSamtykke("x".into())), "unknown_consent");
    assert_eq!(act(&mut town, samtykke(|nytt| nytt.id = None)), "changed", "an id is made");
    assert_eq!(town.eid.samtykker.len(), 2);
    let now = town.now();
    let refused: [(&str, Box<dyn FnOnce(&mut NyttSamtykke)>); 6] = [
        ("bad_consent_id", Box::new(|nytt| nytt.id = Some("11111111-2222-8333-8444-55555555555G".into()))),
        ("unknown_person", Box::new(|nytt| nytt.fra = Samtykkegiver::Person(PersonKey::Base(99_999)))),
        ("bad_rights", Box::new(|nytt| nytt.rettigheter.clear())),
        ("bad_rights", Box::new(|nytt| nytt.rettigheter[0].handlinger.clear())),
        ("bad_rights", Box::new(|nytt| nytt.rettigheter[0].ressurs.clear())),
        ("bad_span", Box::new(move |nytt| nytt.gyldig_til = Some(now))),
    ];
    for (code, change) in refused {
        assert_eq!(act(&mut town, samtykke(change)), code);
    }
}

#[test]
fn rights_to_act_for_an_organisation_are_given_listed_and_taken() {
    let mut town = town();
    let key = |person, org, ressurs: &str| Representasjonsnoekkel {
        person: PersonKey::Base(person),
        orgnr: orgnr(org),
        ressurs: ressurs.into(),
    };
    let give = |noekkel, rights: &[&str]| EidCommand::Representasjon {
        noekkel,
        rettigheter: rights.iter().map(|one| (*one).to_owned()).collect(),
    };
    assert_eq!(act(&mut town, give(key(0, 1, "byggesak"), &["Read", "Write"])), "changed");
    assert_eq!(act(&mut town, give(key(0, 1, "byggesak"), &["Read", "Write"])), "same");
    assert_eq!(act(&mut town, give(key(0, 2, "barnehage"), &["Read"])), "changed");
    assert_eq!(act(&mut town, give(key(1, 1, "byggesak"), &["Read"])), "changed");
    let of = |town: &Town, person| {
        let told = town.eid.representerer(PersonKey::Base(person));
        told.map(|(orgnr, ressurs, rights)| format!("{orgnr} {ressurs} {}", rights.join("+"))).collect::<Vec<_>>()
    };
    let expected = [format!("{} byggesak Read+Write", orgnr(1)), format!("{} barnehage Read", orgnr(2))];
    assert_eq!(of(&town, 0), expected);
    assert_eq!(act(&mut town, give(key(0, 1, "byggesak"), &[])), "changed");
    assert_eq!(act(&mut town, give(key(0, 1, "byggesak"), &[])), "same");
    assert_eq!((of(&town, 0).len(), of(&town, 1).len(), of(&town, 2).len()), (1, 1, 0));
    assert_eq!(act(&mut town, give(key(99_999, 1, "byggesak"), &["Read"])), "unknown_person");
    assert_eq!(act(&mut town, give(key(0, 1, ""), &["Read"])), "bad_text");
    assert_eq!(act(&mut town, give(key(0, 1, "byggesak"), &[""])), "bad_rights");
}

#[test]
fn a_switch_stands_as_documented_until_somebody_touches_it() {
    let mut town = town();
    let set = |paa| EidCommand::Bryter { bryter: Bryter::LegacyAud, paa };
    assert!(!town.eid.er_paa(Bryter::LegacyAud) && town.eid.er_paa(Bryter::EmitClientOrgno));
    assert_eq!(act(&mut town, set(false)), "same");
    assert_eq!(act(&mut town, set(true)), "changed");
    assert!(town.eid.er_paa(Bryter::LegacyAud));
    assert_eq!(act(&mut town, set(false)), "changed");
}
