//! Life events that change what the register says of somebody, by their kinds and fields, on a town known by heart.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::livshendelser_tests::{LEDIG, key, town};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::tests_town::rolle;
use crate::town::model::{Ansvar, BoligId, Entry, Fact, Gradering, Hendelsestype, PersonId, Sivilstand};
use crate::town::state::{Grunnlag, Person};
use crate::town::{Cause, Refusal, Town, apply, decide, livshendelser};

/// Makes the life event happen, with the fields of a request.
fn happens(town: &mut Town, kind: &str, of: PersonId, fields: Value) -> Result<Vec<Event>, Refusal> {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    let fields: BTreeMap<String, Value> = fields.into_iter().collect();
    let command = livshendelser::command(kind, key(of), &fields, town).unwrap_or_else(|fault| panic!("{fault}"));
    // Every event has a cause of its own.
    let cause = Cause::of("test", &[kind.as_bytes(), &of.0.to_be_bytes(), &town.folk.feed_len.to_be_bytes()]);
    let events = decide(town, &command, &cause)?;
    events.iter().for_each(|event| apply(town, event));
    Ok(events)
}

fn must(town: &mut Town, kind: &str, of: PersonId, fields: Value) -> Vec<(Hendelsestype, PersonId)> {
    let events = happens(town, kind, of, fields).unwrap_or_else(|refusal| panic!("{kind}: {refusal:?}"));
    let changes = events.iter().filter_map(|event| match event {
        Event::Folk(FolkEvent::Registrert(change)) => Some((change.slag, town.id_of(change.person).unwrap())),
        _ => None,
    });
    changes.collect()
}

fn refused(town: &mut Town, kind: &str, of: PersonId, fields: Value) -> &'static str {
    happens(town, kind, of, fields).expect_err(kind).code
}

fn number(town: &Town, id: PersonId) -> String {
    town.person(id).nummer().to_string()
}

fn facts(person: &Person<'_>) -> BTreeSet<String> {
    person.entries().iter().filter(|entry| entry.is_gjeldende()).map(|entry| format!("{:?}", entry.fact)).collect()
}

/// All that is current in the town: facts, homes, households, couples, contact entries.
fn standing(town: &Town) -> Vec<String> {
    let one = |person: Person<'_>| {
        let mut with: Vec<PersonId> = person.husstand_medlemmer().iter().map(|one| one.id).collect();
        with.sort_unstable();
        let kontakt = crate::town::model::Kontakt { oppdatert: town.now(), ..person.kontakt() };
        let partner = person.partner().map(|one| one.id);
        format!("{:?} {:?} {:?} {with:?} {partner:?} {kontakt:?}", person.id, facts(&person), person.bolig())
    };
    let homes = (0..town.base.boliger.gate.len()).map(|bolig| town.beboere(BoligId::at(bolig)).to_string());
    town.people().map(one).chain(homes).collect()
}

#[test]
fn strict_protection_takes_every_address_out_and_the_town_still_knows_the_home() {
    use Hendelsestype::{EndringIAdressebeskyttelse as BESKYTTELSE, EndringIKontaktinformasjon as KONTAKT};
    let mut town = town();
    let before = facts(&town.person(rolle::ASTRID));
    let home = town.person(rolle::ASTRID).bolig();
    let strict = json!({"gradering": "strengtFortrolig"});
    let made = must(&mut town, "adressebeskyttelse", rolle::ASTRID, strict.clone());
    assert_eq!(made, [(BESKYTTELSE, rolle::ASTRID), (KONTAKT, rolle::ASTRID)]);
    let astrid = town.person(rolle::ASTRID);
    assert_eq!((astrid.gradering(), astrid.bolig()), (Gradering::StrengtFortrolig, home));
    let is_home = |entry: &Entry| matches!(entry.fact, Fact::Bostedsadresse { .. }) && entry.fjernet.is_none();
    assert!(!astrid.entries().iter().any(is_home), "not even a historic one");
    assert!(astrid.adresseblokk().unwrap().linjer[0].starts_with("Postboks"));
    assert_eq!(town.beboere(home.unwrap()), 1);
    assert_eq!(refused(&mut town, "adressebeskyttelse", rolle::ASTRID, strict), "same_protection");
    let lifted = must(&mut town, "adressebeskyttelse", rolle::ASTRID, json!({"gradering": "ugradert"}));
    assert_eq!(lifted, [(BESKYTTELSE, rolle::ASTRID), (KONTAKT, rolle::ASTRID)]);
    assert_eq!(facts(&town.person(rolle::ASTRID)), before, "the home stands in the register again");
    assert_eq!(town.beboere(home.unwrap()), 1);
    let made =
        must(&mut town, "adressebeskyttelse", rolle::KARI, json!({"gradering": "fortrolig", "hele_husstanden": true}));
    assert_eq!(made.len(), 5);
    for id in [rolle::KARI, rolle::NYFOEDT] {
        let person = town.person(id);
        let graded = |fact: &Fact| matches!(fact, Fact::Bostedsadresse { gradering: Gradering::Fortrolig, .. });
        assert!(
            person.gradering() == Gradering::Fortrolig
                && person.entries().iter().any(|one| one.is_gjeldende() && graded(&one.fact))
        );
    }
}

#[test]
fn a_name_changes_once_in_ten_years_and_at_a_wedding() {
    let mut town = town();
    let made = must(&mut town, "navneendring", rolle::ASTRID, json!({"etternavn": "Strand", "mellomnavn": "Øye"}));
    assert_eq!(made, [(Hendelsestype::EndringINavn, rolle::ASTRID)]);
    assert_eq!(town.person(rolle::ASTRID).navn().full(), "Astrid Øye Strand");
    assert_eq!(refused(&mut town, "navneendring", rolle::ASTRID, json!({"fornavn": "Anna"})), "too_soon");
    assert_eq!(refused(&mut town, "navneendring", rolle::KARI, json!({"fornavn": "Kari"})), "same_name");
    assert_eq!(refused(&mut town, "navneendring", rolle::NYFOEDT, json!({"fornavn": "Per"})), "no_name");
    assert_eq!(refused(&mut town, "navneendring", rolle::EINAR, json!({"fornavn": "Per"})), "dead");
    assert_eq!(refused(&mut town, "navneendring", rolle::KARI, json!({"fornavn": "K4ri"})), "name");
    let piotr = number(&town, rolle::PIOTR);
    let wedding = json!({"med": piotr, "etternavn": "Żak", "etternavn_med": "Żak"});
    let made = must(&mut town, "vigsel", rolle::ROAR, wedding);
    use Hendelsestype::{EndringIFamilierelasjon as RELASJON, EndringINavn as NAVN, EndringISivilstand as SIVILSTAND};
    let (roar, piotr) = (rolle::ROAR, rolle::PIOTR);
    assert_eq!(made, [(SIVILSTAND, roar), (RELASJON, roar), (NAVN, roar), (SIVILSTAND, piotr), (RELASJON, piotr)]);
    assert_eq!(town.person(roar).navn().full(), "Roar Żak");
    must(&mut town, "navneendring", roar, json!({"etternavn": "Vik"}));
}

#[test]
fn responsibility_moves_on_the_child_and_on_every_adult() {
    let mut town = town();
    let made = must(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "mor"}));
    let ansvar = Hendelsestype::EndringIForeldreansvar;
    assert_eq!(made, [(ansvar, rolle::NORA), (ansvar, rolle::KARI), (ansvar, rolle::OLA)]);
    let holders = |town: &Town| {
        let all = town.person(rolle::NORA).ansvarlige();
        all.iter().map(|(one, how)| (one.id, *how)).collect::<Vec<_>>()
    };
    assert_eq!(holders(&town), [(rolle::KARI, Ansvar::Mor)]);
    assert!(!town.person(rolle::OLA).fullmakter().iter().any(|one| one.giver.id == rolle::NORA));
    assert_eq!(refused(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "mor"})), "same_responsibility");
    assert_eq!(refused(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "medmor"})), "no_parent");
    assert_eq!(refused(&mut town, "foreldreansvar", rolle::KARI, json!({"ansvar": "felles"})), "of_age");
    assert_eq!(refused(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "andre"})), "nobody");
    let astrid = number(&town, rolle::ASTRID);
    must(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "andre", "hvem": astrid}));
    assert_eq!(holders(&town), [(rolle::ASTRID, Ansvar::Andre)]);
    let own = number(&town, rolle::KARI);
    assert_eq!(refused(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "andre", "hvem": own})), "unfit");
    must(&mut town, "foreldreansvar", rolle::NORA, json!({"ansvar": "felles"}));
    assert_eq!(holders(&town).len(), 2);
}

#[test]
fn a_second_home_needs_parents_apart_who_are_both_responsible() {
    let mut town = town();
    assert_eq!(refused(&mut town, "delt_bosted", rolle::NORA, json!({})), "no_other_home");
    must(&mut town, "flytting", rolle::OLA, json!({"hele_husstanden": false}));
    assert_eq!(town.person(rolle::OLA).bolig(), Some(LEDIG));
    assert_eq!(refused(&mut town, "delt_bosted", rolle::NORA, json!({"slutt": true})), "one_home");
    let made = must(&mut town, "delt_bosted", rolle::NORA, json!({}));
    assert_eq!(made, [(Hendelsestype::EndringIDeltBosted, rolle::NORA)]);
    let second = |town: &Town| {
        town.person(rolle::NORA)
            .entries()
            .iter()
            .any(|one| one.is_gjeldende() && matches!(one.fact, Fact::DeltBosted { bolig, .. } if bolig == LEDIG))
    };
    assert!(second(&town));
    assert_eq!(refused(&mut town, "delt_bosted", rolle::NORA, json!({})), "two_homes");
    must(&mut town, "delt_bosted", rolle::NORA, json!({"slutt": true}));
    assert!(!second(&town));
    assert_eq!(refused(&mut town, "delt_bosted", rolle::EMMA, json!({})), "protected");
    must(&mut town, "foreldreansvar", rolle::JONAS, json!({"ansvar": "mor"}));
    assert_eq!(refused(&mut town, "delt_bosted", rolle::JONAS, json!({})), "not_joint");
}

#[test]
fn citizenships_and_guardians_begin_and_end() {
    let mut town = town();
    let lands = |town: &Town| {
        let all = town.person(rolle::PIOTR).entries();
        all.iter()
            .filter(|one| one.is_gjeldende())
            .filter_map(|one| match one.fact {
                Fact::Statsborgerskap(land) => Some(land.as_str().to_owned()),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    must(&mut town, "statsborgerskap", rolle::PIOTR, json!({"land": "NOR"}));
    assert_eq!(lands(&town), ["POL", "NOR"]);
    must(&mut town, "statsborgerskap", rolle::PIOTR, json!({"land": "SWE", "beholder": false}));
    assert_eq!(lands(&town), ["SWE"]);
    assert_eq!(refused(&mut town, "statsborgerskap", rolle::PIOTR, json!({"land": "SWE"})), "same_citizenship");
    assert_eq!(refused(&mut town, "statsborgerskap", rolle::PIOTR, json!({"land": "QQQ"})), "country");
    let kari = number(&town, rolle::KARI);
    let wards = |town: &Town| {
        let all = town.person(rolle::KARI).fullmakter();
        let wards = all.iter().filter(|one| matches!(one.grunnlag, Grunnlag::Vergemaal(_)));
        wards.map(|one| one.giver.id).collect::<Vec<_>>()
    };
    let made = must(&mut town, "vergemaal", rolle::ASTRID, json!({"verge": kari}));
    assert_eq!((made, wards(&town)), (vec![(Hendelsestype::EndringIVergemaal, rolle::ASTRID)], vec![rolle::ASTRID]));
    assert_eq!(refused(&mut town, "vergemaal", rolle::ASTRID, json!({"verge": kari})), "same_guardian");
    assert_eq!(refused(&mut town, "vergemaal", rolle::KARI, json!({"verge": kari})), "unfit");
    assert_eq!(refused(&mut town, "vergemaal", rolle::NORA, json!({"verge": kari, "slag": "voksen"})), "age");
    must(&mut town, "fullmakt", rolle::ASTRID, json!({"fullmektig": kari}));
    must(&mut town, "vergemaal", rolle::ASTRID, json!({"slutt": true}));
    must(&mut town, "fullmakt", rolle::ASTRID, json!({"slutt": true}));
    assert!(wards(&town).is_empty());
    assert_eq!(refused(&mut town, "vergemaal", rolle::ASTRID, json!({"slutt": true})), "no_guardian");
}

#[test]
fn an_adopted_child_has_other_parents_and_the_old_ones_no_child() {
    use Hendelsestype::{
        EndringIBostedsadresse as BOSTED, EndringIFamilierelasjon as RELASJON, EndringIForeldreansvar as ANSVAR,
        EndringINavn as NAVN,
    };
    let mut town = town();
    let (nora, kari, ola, astrid) = (rolle::NORA, rolle::KARI, rolle::OLA, rolle::ASTRID);
    let number_of = |town: &Town, id| json!(number(town, id));
    let own = json!({"av": number_of(&town, kari)});
    assert_eq!(refused(&mut town, "adopsjon", nora, own), "is_parent");
    let stranger = json!({"av": number_of(&town, astrid), "med": number_of(&town, rolle::PIOTR)});
    assert_eq!(refused(&mut town, "adopsjon", nora, stranger), "not_couple");
    let grandmother = json!({"av": number(&town, astrid), "etternavn": "Øye"});
    let made = must(&mut town, "adopsjon", nora, grandmother);
    let order = [
        (RELASJON, nora),
        (RELASJON, kari),
        (RELASJON, ola),
        (RELASJON, astrid),
        (ANSVAR, nora),
        (ANSVAR, astrid),
        (ANSVAR, kari),
        (ANSVAR, ola),
        (NAVN, nora),
        (BOSTED, nora),
    ];
    assert_eq!(made, order);
    let child = town.person(nora);
    assert_eq!((child.mor().map(|one| one.id), child.far().is_none()), (Some(astrid), true));
    assert_eq!((child.navn().full(), child.husstand()), ("Nora Øye".into(), town.person(astrid).husstand()));
    assert!(!town.person(kari).barn().iter().any(|one| one.id == nora));
    assert!(town.person(astrid).barn().iter().any(|one| one.id == nora));
    assert_eq!(town.person(kari).barn().len(), 2);
    // A stepchild keeps the parent who is there.
    let ola_and_kari = json!({"av": number(&town, ola), "med": number(&town, kari)});
    must(&mut town, "adopsjon", nora, ola_and_kari);
    assert_eq!(town.person(nora).mor().map(|one| one.id), Some(kari));
    assert_eq!(town.person(nora).far().map(|one| one.id), Some(ola));
}

#[test]
fn an_annulled_death_leaves_the_town_as_if_there_had_been_none() {
    for (dead, reason) in
        [(rolle::KARI, "a mother of three"), (rolle::ASTRID, "somebody alone"), (rolle::OLA, "reserved")]
    {
        let mut town = town();
        let before = standing(&town);
        must(&mut town, "doedsfall", dead, json!({}));
        assert_ne!(standing(&town), before);
        let made = must(&mut town, "annullering", dead, json!({"hendelse": "doedsfall"}));
        assert_eq!(made[0], (Hendelsestype::PersonErReaktivert, dead));
        for (now, then) in standing(&town).iter().zip(&before) {
            assert_eq!(now, then, "{reason}");
        }
        assert_eq!(refused(&mut town, "annullering", dead, json!({"hendelse": "doedsfall"})), "no_such_event");
    }
}

#[test]
fn children_who_moved_come_back_when_the_death_was_wrong() {
    let mut town = town();
    must(&mut town, "doedsfall", rolle::OLA, json!({}));
    let before = standing(&town);
    must(&mut town, "doedsfall", rolle::KARI, json!({}));
    assert_eq!(town.person(rolle::NORA).bolig(), Some(BoligId(3)), "with the grandmother");
    must(&mut town, "annullering", rolle::KARI, json!({"hendelse": "doedsfall"}));
    for (now, then) in standing(&town).iter().zip(&before) {
        assert_eq!(now, then);
    }
}

#[test]
fn other_events_are_taken_back_unless_something_newer_stands() {
    for (kind, of, fields) in [
        ("navneendring", rolle::KARI, json!({"fornavn": "Karin"})),
        ("navnevalg", rolle::NYFOEDT, json!({"fornavn": "Per"})),
        ("foreldreansvar", rolle::NORA, json!({"ansvar": "far"})),
        ("statsborgerskap", rolle::KARI, json!({"land": "SWE"})),
        ("adressebeskyttelse", rolle::ROAR, json!({"gradering": "fortrolig"})),
        ("adressebeskyttelse", rolle::ASTRID, json!({"gradering": "strengtFortrolig"})),
    ] {
        let mut town = town();
        let before = standing(&town);
        must(&mut town, kind, of, fields.clone());
        assert_ne!(standing(&town), before, "{kind}");
        must(&mut town, "annullering", of, json!({"hendelse": kind}));
        for (now, then) in standing(&town).iter().zip(&before) {
            assert_eq!(now, then, "{kind} {fields}");
        }
    }
    let mut town = town();
    let roar = number(&town, rolle::ROAR);
    must(&mut town, "vigsel", rolle::PIOTR, json!({"med": roar}));
    must(&mut town, "annullering", rolle::PIOTR, json!({"hendelse": "vigsel"}));
    assert_eq!(town.person(rolle::ROAR).sivilstand().0, Sivilstand::Ugift);
    must(&mut town, "navneendring", rolle::KARI, json!({"fornavn": "Karin"}));
    must(&mut town, "korreksjon", rolle::KARI, json!({"hendelse": "navneendring", "fornavn": "Karina"}));
    assert_eq!(refused(&mut town, "annullering", rolle::KARI, json!({"hendelse": "navneendring"})), "changed_since");
}

/// What a move touches besides: kindergarten, school, doctor, work and roles.
fn everyday(town: &Town) -> Vec<String> {
    let one = |person: Person<'_>| {
        let jobs: BTreeSet<String> = person
            .uavsluttede_jobber()
            .iter()
            .map(|job| format!("{:?} {}", job.virksomhet, job.stillingsprosent))
            .collect();
        let school = person.skole().map(|(skole, _)| skole);
        format!("{:?} {:?} {school:?} {:?} {jobs:?}", person.id, person.barnehage(), person.fastlege())
    };
    town.people().map(one).collect()
}

#[test]
fn an_annulled_move_leaves_the_town_as_if_nobody_had_moved() {
    use Hendelsestype::{EndringIBostedsadresse as BOSTED, PersonErBosatt, PersonErUtflyttet};
    let with_astrid = |town: &Town| json!({"hos": number(town, rolle::ASTRID), "hele_husstanden": false});
    let with_kari = |town: &Town| json!({"hos": number(town, rolle::KARI)});
    for (kind, of, fields, told) in [
        ("flytting", rolle::KARI, (|_| json!({})) as fn(&Town) -> Value, (BOSTED, BOSTED)),
        ("flytting", rolle::KARI, |_| json!({"hele_husstanden": false}), (BOSTED, BOSTED)),
        ("flytting", rolle::OLA, with_astrid, (BOSTED, BOSTED)),
        ("flytting", rolle::ASTRID, with_kari, (BOSTED, BOSTED)),
        ("utflytting", rolle::KARI, |_| json!({"land": "SWE"}), (PersonErUtflyttet, PersonErBosatt)),
        (
            "utflytting",
            rolle::OLA,
            |_| json!({"land": "POL", "hele_husstanden": false}),
            (PersonErUtflyttet, PersonErBosatt),
        ),
        ("utflytting", rolle::KARI, |_| json!({}), (BOSTED, BOSTED)),
    ] {
        let mut town = town();
        let (before, everyday_before) = (standing(&town), everyday(&town));
        let fields = fields(&town);
        let made = must(&mut town, kind, of, fields.clone());
        assert!(made.iter().all(|(slag, _)| *slag == told.0), "{kind} {fields} {made:?}");
        assert_ne!(standing(&town), before, "{kind} {fields}");
        let undone = must(&mut town, "annullering", of, json!({"hendelse": kind}));
        let expected: Vec<_> = made.iter().map(|(_, person)| (told.1, *person)).collect();
        assert_eq!(undone, expected, "{kind} {fields}");
        for (now, then) in standing(&town).iter().zip(&before).chain(everyday(&town).iter().zip(&everyday_before)) {
            assert_eq!(now, then, "{kind} {fields}");
        }
        assert_eq!(refused(&mut town, "annullering", of, json!({"hendelse": kind})), "no_such_event");
    }
}

#[test]
fn a_move_with_something_newer_on_it_stands() {
    let mut town = town();
    must(&mut town, "flytting", rolle::KARI, json!({"hele_husstanden": true}));
    let after = json!({"hendelse": "flytting"});
    // Somebody else lives in the home they left.
    let mut other = town.clone();
    let left = self::town().person(rolle::KARI).bolig();
    apply(&mut other, &Event::Folk(FolkEvent::Hjem { person: key(rolle::ROAR), bolig: left }));
    assert_eq!(refused(&mut other, "annullering", rolle::KARI, after.clone()), "home_taken");
    // They have moved on, which the register knows.
    must(&mut town, "utflytting", rolle::KARI, json!({"land": "SWE"}));
    assert_eq!(refused(&mut town, "annullering", rolle::KARI, after), "changed_since");
}

#[test]
fn who_came_by_mistake_is_withdrawn_or_lives_where_they_came_from() {
    use Hendelsestype::{EndringIBostedsadresse, EndringIInnflytting, PersonErOpphoert};
    for (land, told) in [
        (Some("POL"), vec![PersonErOpphoert, EndringIBostedsadresse, EndringIInnflytting]),
        (None, vec![EndringIBostedsadresse]),
    ] {
        let mut town = town();
        let before = standing(&town);
        must(&mut town, "innflytting", rolle::KARI, json!({"alder": 30, "land": land}));
        let who = PersonId::at(town.person_count() - 1);
        assert!(town.person(who).is_bosatt() && town.person(who).husstand() == town.person(rolle::KARI).husstand());
        let undone = must(&mut town, "annullering", rolle::KARI, json!({"hendelse": "innflytting"}));
        assert_eq!(undone, told.iter().map(|slag| (*slag, who)).collect::<Vec<_>>());
        let person = town.person(who);
        assert!(!person.is_bosatt() && person.bolig().is_none() && person.husstand().is_none());
        let status = if land.is_some() { "opphoert" } else { "bosatt" };
        assert_eq!(person.status().code(), status);
        let now: Vec<String> =
            standing(&town).into_iter().filter(|line| !line.starts_with(&format!("{who:?} "))).collect();
        assert_eq!(now, before);
    }
    let mut town = town();
    must(&mut town, "innflytting", rolle::KARI, json!({"alder": 30, "land": "POL"}));
    let who = PersonId::at(town.person_count() - 1);
    let named = livshendelser::command(
        "navneendring",
        town.key_of(who),
        &BTreeMap::from([("fornavn".to_owned(), json!("Ny"))]),
        &town,
    );
    let events = decide(&town, &named.unwrap(), &Cause::of("test", &[b"name"])).unwrap();
    events.iter().for_each(|event| apply(&mut town, event));
    assert_eq!(refused(&mut town, "annullering", rolle::KARI, json!({"hendelse": "innflytting"})), "changed_since");
}

#[test]
fn an_event_is_named_by_what_stands_in_the_log() {
    let mut town = town();
    let first = happens(&mut town, "statsborgerskap", rolle::KARI, json!({"land": "SWE"})).unwrap();
    let found = livshendelser::tidligere(&town, &first).unwrap();
    assert_eq!((found.0, found.1.code()), (key(rolle::KARI), "statsborgerskap"));
    let moved = happens(&mut town, "flytting", rolle::OLA, json!({})).unwrap();
    assert_eq!(livshendelser::tidligere(&town, &moved).unwrap().1.code(), "flytting");
    let refused = |town: &Town, events: &[Event]| livshendelser::tidligere(town, events).unwrap_err().code;
    assert_eq!(refused(&town, &[]), "no_such_event");
    let both: Vec<Event> = first.iter().chain(&moved).cloned().collect();
    assert_eq!(refused(&town, &both), "several_events");
    let second = happens(&mut town, "statsborgerskap", rolle::KARI, json!({"land": "FIN"})).unwrap();
    assert_eq!(refused(&town, &first), "changed_since");
    must(&mut town, "annullering", rolle::KARI, json!({"hendelse": "statsborgerskap"}));
    assert_eq!(refused(&town, &second), "no_such_event");
    assert_eq!(livshendelser::logg_nummer("#42"), Some(42));
    for text in ["42", "#", "#4 2", "#-1", "bosatt", "#99999999999999999999"] {
        assert_eq!(livshendelser::logg_nummer(text), None, "{text}");
    }
}

#[test]
fn corrections_leave_no_history() {
    let mut town = town();
    let made = must(&mut town, "korreksjon", rolle::KARI, json!({"hendelse": "navneendring", "fornavn": "Kåri"}));
    assert_eq!(made, [(Hendelsestype::EndringINavn, rolle::KARI)]);
    let names = town.person(rolle::KARI).entries();
    let wrong =
        |one: &&Entry| matches!(&one.fact, Fact::Navn { navn, .. } if &*navn.fornavn == "Kari" && one.is_gjeldende());
    assert!(!names.iter().any(|one| wrong(&one)) && town.person(rolle::KARI).navn().fornavn.as_ref() == "Kåri");
    let moved = json!({"hendelse": "flytting", "dato": "2026-03-20"});
    let made = must(&mut town, "korreksjon", rolle::KARI, moved.clone());
    assert_eq!(made, [(Hendelsestype::EndringIBostedsadresseUtenFlytting, rolle::KARI)]);
    assert_eq!(refused(&mut town, "korreksjon", rolle::KARI, moved), "no_correction");
    let ahead = json!({"hendelse": "flytting", "dato": "2027-02-01"});
    assert_eq!(refused(&mut town, "korreksjon", rolle::KARI, ahead), "date");
    must(&mut town, "korreksjon", rolle::KARI, json!({"hendelse": "statsborgerskap", "land": "FIN"}));
    let alive = json!({"hendelse": "doedsfall", "dato": "2027-01-01"});
    assert_eq!(refused(&mut town, "korreksjon", rolle::KARI, alive.clone()), "not_dead");
    must(&mut town, "doedsfall", rolle::KARI, json!({}));
    use Hendelsestype::{EndringISivilstand, PersonErDoed, PersonErReaktivert};
    let made = must(&mut town, "korreksjon", rolle::KARI, alive);
    assert_eq!(
        made,
        [(PersonErReaktivert, rolle::KARI), (PersonErDoed, rolle::KARI), (EndringISivilstand, rolle::OLA)]
    );
    assert!(town.person(rolle::KARI).is_doed());
    let died = |fact: &Fact| matches!(fact, Fact::Doedsfall(dag) if dag.dato().to_string() == "2027-01-01");
    assert!(town.person(rolle::KARI).entries().iter().any(|one| one.is_gjeldende() && died(&one.fact)));
}
