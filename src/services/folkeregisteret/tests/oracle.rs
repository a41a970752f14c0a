//! The oracle (`DESIGN` §2 rule 4): a folder over JSON that knows only the contract, nothing of `model::fold`, applies
//! event documents one by one; after each the archived person document must say the same, and after the last the live
//! one (`specs/core.md` §2.13).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::dokument::{self, Spoersmaal};
use super::super::elementer::Utvalg;
use super::super::media::Form;
use super::super::pakker::OMH;
use super::super::rules::right_after;
use crate::base::OriginKey;
use crate::town::decide::{FolkCommand, NyttNavn, NyttVergemaal, Retting};
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{
    Ansvar, DocumentId, Entry, Gradering, Hendelsesart, PersonId, PersonKey, Registrering, Sivilstand, Vergemaalsslag,
    fold,
};
use crate::town::state::{FeedRow, Person};
use crate::town::{Cause, Command, Town, apply, decide, derive};

/// Elements that have one current value at most (`specs/folkeregister.md` §6.1).
const EN_GJELDENDE: [&str; 17] = [
    "identifikasjonsnummer",
    "identitetsgrunnlag",
    "kontaktinformasjonForDoedsbo",
    "oppholdsadresse",
    "postadresseIUtlandet",
    "innflytting",
    "utflytting",
    "status",
    "kjoenn",
    "foedsel",
    "foedselINorge",
    "navn",
    "sivilstand",
    "bostedsadresse",
    "postadresse",
    "adressebeskyttelse",
    "doedsfall",
];
/// Elements whose replaced value shows when it ended.
const VISER_OPPHOER: [&str; 5] = ["bostedsadresse", "postadresse", "identitetsgrunnlag", "innflytting", "utflytting"];

/// A person put together from event documents alone.
#[derive(Default)]
struct Kopi(BTreeMap<String, Vec<Map<String, Value>>>);

impl Kopi {
    fn take(&mut self, document: &Value) {
        let none = Vec::new();
        for change in
            document["hendelse"].get("egenskapshendelse").map_or(&none, |list| list.as_array().expect("a list"))
        {
            let entitet = change["entitet"].as_str().expect("an entity");
            let element = match entitet {
                "kontaktadresse" => "postadresse",
                "kontaktadresseIUtlandet" => "postadresseIUtlandet",
                same => same,
            };
            let mut content = change.get(element).and_then(Value::as_object).cloned();
            // Event documents have this value under two names.
            content.as_mut().map(|content| content.shift_remove("legitimasjonskontroll"));
            let entries = self.0.entry(element.to_owned()).or_default();
            match (change["entitetsendring"].as_str().expect("a word"), content) {
                ("annullere", None) => remove_newest(entries),
                ("korrigere", Some(new)) => {
                    remove_current(entries);
                    entries.push(with_current(new, true));
                }
                ("registrereNy", Some(ended)) if ended.contains_key("opphoerstidspunkt") => end(entries, &ended),
                ("registrereNy", Some(new)) => {
                    if EN_GJELDENDE.contains(&element) {
                        replace(entries, &new, VISER_OPPHOER.contains(&element));
                    }
                    entries.push(with_current(new, true));
                }
                (word, content) => panic!("{word} with {content:?}"),
            }
        }
        self.0.retain(|_, entries| !entries.is_empty());
    }

    /// The document in one form for comparison: single objects as lists, entries and keys sorted.
    fn canonical(&self) -> BTreeMap<String, Vec<String>> {
        self.0.iter().map(|(element, entries)| (element.clone(), sorted(entries.iter()))).collect()
    }
}

fn sorted<'a>(entries: impl Iterator<Item = &'a Map<String, Value>>) -> Vec<String> {
    let mut texts: Vec<String> = entries
        .map(|entry| {
            let keys: BTreeMap<&String, &Value> = entry.iter().collect();
            serde_json::to_string(&keys).expect("JSON")
        })
        .collect();
    texts.sort();
    texts
}

fn with_current(mut entry: Map<String, Value>, current: bool) -> Map<String, Value> {
    entry.insert("erGjeldende".to_owned(), Value::Bool(current));
    entry
}

fn is_current(entry: &Map<String, Value>) -> bool {
    entry["erGjeldende"] == Value::Bool(true)
}

fn remove_current(entries: &mut Vec<Map<String, Value>>) {
    let place = entries.iter().position(is_current).expect("something to correct");
    entries.remove(place);
}

/// An annulment names no value: the current one goes first, then the history, newest first.
fn remove_newest(entries: &mut Vec<Map<String, Value>>) {
    let place = entries.iter().position(is_current).or_else(|| entries.len().checked_sub(1));
    place.map(|place| entries.remove(place));
}

fn replace(entries: &mut [Map<String, Value>], new: &Map<String, Value>, shows_end: bool) {
    for old in entries.iter_mut().filter(|entry| is_current(entry)) {
        old.insert("erGjeldende".to_owned(), Value::Bool(false));
        // A number that gave way to another is withdrawn.
        if old.contains_key("identifikatortype") {
            old.insert("status".to_owned(), "opphoert".into());
        }
        if shows_end {
            old.insert("opphoerstidspunkt".to_owned(), new["gyldighetstidspunkt"].clone());
        }
    }
}

fn end(entries: &mut [Map<String, Value>], ended: &Map<String, Value>) {
    let mut before = with_current(ended.clone(), true);
    before.shift_remove("opphoerstidspunkt");
    let entry = entries.iter_mut().find(|entry| **entry == before).expect("the value that ends");
    *entry = with_current(ended.clone(), false);
}

fn document(person: &impl serde::Serialize) -> BTreeMap<String, Vec<String>> {
    let value = serde_json::to_value(person).expect("JSON");
    value
        .as_object()
        .expect("an object")
        .iter()
        .map(|(element, entries)| {
            let list = match entries {
                Value::Array(list) => list.clone(),
                single => vec![single.clone()],
            };
            (element.clone(), sorted(list.iter().map(|entry| entry.as_object().expect("an entry"))))
        })
        .collect()
}

/// A row of a feed that began when the person did, for changes older than the real feed.
fn row(change: &Registrering) -> FeedRow {
    FeedRow {
        sekvensnummer: 0,
        registrering: Arc::new(change.clone()),
        hendelsesdokument: DocumentId([0; 16]),
        persondokument: DocumentId([1; 16]),
    }
}

fn event(town: &Town, change: &Registrering) -> Value {
    serde_json::to_value(dokument::hendelse(town, &OMH, &row(change))).expect("JSON")
}

/// All that is known, as the package with legal basis has it.
const ALT: fn() -> Spoersmaal<'static> = || Spoersmaal { pakke: &OMH, utvalg: Utvalg::alt(), form: Form::Json };

/// Checks one base person change by change; gives the copy for what a world adds.
fn check_base_person(town: &Town, id: PersonId) -> Kopi {
    let mut copy = Kopi::default();
    let mut entries: Vec<Entry> = Vec::new();
    for change in derive::changes(&town.base, id) {
        copy.take(&event(town, &change));
        fold(&mut entries, &change);
        let then = dokument::of_entries(town, id, entries.clone(), ALT(), change.registrert);
        assert_eq!(copy.canonical(), document(&then), "{id:?} after {:?} {}", change.slag, change.registrert);
    }
    let live = dokument::person(town, id, ALT(), town.now());
    assert_eq!(copy.canonical(), document(&live), "{id:?} live");
    copy
}

fn town() -> Town {
    Town::new(Arc::new(TestTown::eksempel()))
}

fn people(town: &Town) -> impl Iterator<Item = PersonId> {
    (0..town.base.person_count()).map(PersonId::at)
}

#[test]
fn the_fold_of_event_documents_is_the_live_document_of_everybody_in_the_base() {
    let town = town();
    for id in people(&town) {
        check_base_person(&town, id);
    }
}

#[test]
fn the_folder_notices_when_an_event_is_missing() {
    let town = town();
    let mut copy = Kopi::default();
    for change in derive::changes(&town.base, rolle::KARI).iter().filter(|change| change.slag.code() != "endringINavn")
    {
        copy.take(&event(&town, change));
    }
    let live = dokument::person(&town, rolle::KARI, ALT(), town.now());
    assert_ne!(copy.canonical(), document(&live));
}

/// Checks everything this world registered: after each number the archive, at the end everybody's live document.
pub(super) fn check_feed(town: &Town) -> usize {
    let mut copies: BTreeMap<PersonKey, Kopi> = people(town)
        .map(|id| {
            let mut copy = Kopi::default();
            for change in &derive::changes(&town.base, id) {
                copy.take(&event(town, change));
            }
            (PersonKey::Base(id.0), copy)
        })
        .collect();
    let first = derive::base_feed(&town.base).len() as u64 + 1;
    let mut seen = 0;
    for row in town.feed(first, usize::MAX) {
        let key = row.registrering.person;
        let copy = copies.entry(key).or_default();
        copy.take(&serde_json::to_value(dokument::hendelse(town, &OMH, &row)).expect("JSON"));
        let archived = right_after(town, &row, ALT()).expect("the person of a row");
        assert_eq!(copy.canonical(), document(&archived), "{key:?} after number {}", row.sekvensnummer);
        seen += 1;
    }
    for (key, copy) in copies {
        let id = town.id_of(key).expect("somebody of this town");
        assert_eq!(copy.canonical(), document(&dokument::person(town, id, ALT(), town.now())), "{key:?}");
    }
    seen
}

pub(super) fn happen(town: &mut Town, command: FolkCommand, what: &str) {
    let cause = Cause { origin: OriginKey::of("test", &[what.as_bytes()]), what: what.to_owned(), parent: None };
    for event in decide(town, &Command::Folk(command), &cause).expect("the register accepts") {
        apply(town, &event);
    }
}

#[test]
fn the_fold_holds_at_every_number_of_a_world_where_things_happen() {
    let mut town = town();
    let line = PersonKey::Base(rolle::LINE.0);
    let nyfoedt = PersonKey::Base(rolle::NYFOEDT.0);
    happen(
        &mut town,
        FolkCommand::Navnevalg { barn: nyfoedt, fornavn: "Oskar".into(), mellomnavn: None, etternavn: None },
        "navn",
    );
    happen(&mut town, FolkCommand::Foedsel { mor: line, medforelder: None, barn: vec![None, None] }, "tvillinger");
    let before = town.base.person_count();
    let seen = check_feed(&town);
    // One choice of name; two births with a child and two changes of the mother each.
    assert_eq!((seen, town.person_count() - before), (1 + 2 * 3, 2));
    assert_eq!(town.person(rolle::LINE).gradering(), Gradering::StrengtFortrolig);
}

#[test]
fn the_fold_holds_for_everybody_of_a_generated_town() {
    let spec = crate::population::Spec { size: 1500, ..Default::default() };
    let town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let mut strict = 0;
    for id in people(&town) {
        check_base_person(&town, id);
        if town.person(id).gradering() == Gradering::StrengtFortrolig {
            let shown = serde_json::to_string(&dokument::person(&town, id, ALT(), town.now())).expect("JSON");
            let kommune = town.base.kommune.nummer.to_string();
            assert!(!shown.contains("bostedsadresse") && !shown.contains(&format!("\"{kommune}\"")), "{id:?}");
            strict += 1;
        }
    }
    assert!(strict > 0, "every town has strictly protected people");
    assert!(town.feed_len() > 100, "{} changes in a year", town.feed_len());
}

#[test]
fn who_was_dead_by_mistake_lives_again_in_the_same_home() {
    let spec = crate::population::Spec { size: 1500, ..Default::default() };
    let town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let row = town.base.annullerte_doedsfall[0];
    let changes = derive::changes(&town.base, row.person);
    let kinds: Vec<&str> = changes.iter().map(|change| change.slag.code()).collect();
    assert_eq!(kinds[kinds.len() - 2..], ["personErDoed", "personErReaktivert"]);
    let [died, back] = changes.last_chunk().expect("both");
    assert!(died.registrert < back.registrert && back.registrert < town.now());
    let then = |entries: usize| {
        let mut all = Vec::new();
        changes[..entries].iter().for_each(|change| fold(&mut all, change));
        let at = changes[entries - 1].registrert;
        serde_json::to_value(dokument::of_entries(&town, row.person, all, ALT(), at)).expect("JSON")
    };
    let current = |document: &Value, element: &str| -> Vec<Value> {
        let list = document[element].as_array().cloned().unwrap_or_default();
        list.into_iter().filter(|entry| entry["erGjeldende"] == true).collect()
    };
    let [before, dead, alive] = [2, 1, 0].map(|back| then(changes.len() - back));
    assert_eq!(current(&dead, "status")[0]["status"], "doed");
    assert!(dead["doedsfall"].is_object() || !current(&dead, "doedsfall").is_empty(), "{}", dead["doedsfall"]);
    assert!(current(&dead, "bostedsadresse").is_empty());
    assert_eq!(alive.get("doedsfall"), None, "an annulled death leaves no history");
    for element in ["status", "bostedsadresse"] {
        let [was, is] = [&before, &alive].map(|document| current(document, element));
        assert_eq!((was.len(), is.len()), (1, 1), "{element}");
    }
    assert_eq!(current(&alive, "status")[0]["status"], "bosatt");
    let [was, is] = [&before, &alive].map(|document| current(document, "bostedsadresse")[0]["vegadresse"].clone());
    assert_eq!(was, is);
}

/// A town in which families have changed.
pub(super) struct Endrede {
    pub(super) town: Town,
    /// Widowed.
    enke: PersonKey,
    /// Divorced.
    skilt: PersonKey,
    /// Moved to `strengt`, who is strictly protected.
    skjult: PersonKey,
    /// Did the same, and moved on.
    aapen: PersonKey,
    strengt: PersonKey,
}

/// A town in which one event of every kind it carries out has happened.
pub(super) fn families_changed() -> Endrede {
    let spec = crate::population::Spec { size: 1500, ..Default::default() };
    let mut town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let adult = |person: &Person<'_>| person.is_bosatt() && (25..60).contains(&person.alder());
    let married = |person: &Person<'_>| {
        adult(person) && person.ektefelle().is_some_and(|spouse| spouse.husstand() == person.husstand())
    };
    let parent = |person: &Person<'_>| person.barn().iter().any(|child| child.alder() < 15 && child.is_bosatt());
    let couples: Vec<PersonKey> =
        town.people().filter(|person| married(person) && parent(person)).step_by(9).map(|p| p.key()).collect();
    let single = |person: &&Person<'_>| {
        adult(person) && person.sivilstand().0 == Sivilstand::Ugift && person.partner().is_none() && !parent(person)
    };
    let singles: Vec<PersonKey> = town.people().filter(|person| single(&person)).map(|p| p.key()).collect();
    let cohabitant = town
        .people()
        .find(|person| adult(person) && person.sivilstand().0 == Sivilstand::Ugift && person.partner().is_some())
        .map(|person| person.key())
        .expect("a couple");
    let strict = town
        .people()
        .find(|person| adult(person) && person.gradering() == Gradering::StrengtFortrolig)
        .map(|person| person.key())
        .expect("somebody strictly protected");
    let land = Some(crate::town::model::Landkode(*b"SWE"));
    let commands = [
        FolkCommand::Doedsfall { person: couples[0] },
        FolkCommand::Separasjon { person: couples[1] },
        FolkCommand::Flytting { person: couples[2], hos: None, hele_husstanden: true },
        FolkCommand::Utflytting { person: couples[3], land, hele_husstanden: true },
        FolkCommand::Utflytting { person: couples[4], land: None, hele_husstanden: true },
        FolkCommand::Samlivsslutt { person: cohabitant },
        FolkCommand::FlytterSammen { person: singles[0], med: singles[7] },
        FolkCommand::Vigsel { person: singles[0], med: singles[7], etternavn: None, etternavn_med: None },
        FolkCommand::Innflytting { hos: singles[3], kjoenn: None, alder: Some(30), land, egen_bolig: false },
        FolkCommand::Innflytting { hos: singles[3], kjoenn: None, alder: Some(41), land: None, egen_bolig: true },
        FolkCommand::Doedsfall { person: singles[0] },
        // Who moves to somebody strictly protected has no home in the register either; who leaves again has one.
        FolkCommand::Flytting { person: singles[11], hos: Some(strict), hele_husstanden: false },
        FolkCommand::Innflytting { hos: strict, kjoenn: None, alder: Some(52), land, egen_bolig: false },
        FolkCommand::Flytting { person: singles[12], hos: Some(strict), hele_husstanden: false },
        FolkCommand::Flytting { person: singles[12], hos: Some(singles[13]), hele_husstanden: false },
    ];
    for command in commands {
        happen(&mut town, command.clone(), &format!("{command:?}"));
    }
    for command in registered_by_hand(&town, &couples, &singles) {
        happen(&mut town, command.clone(), &format!("{command:?}"));
    }
    let later = town.now().plus_millis(400 * 86_400_000);
    apply(&mut town, &crate::town::Event::Tid(crate::town::event::TidEvent::Naadd(later)));
    happen(&mut town, FolkCommand::Skilsmisse { person: couples[1] }, "skilsmisse");
    Endrede { town, enke: singles[7], skilt: couples[1], skjult: singles[11], aapen: singles[12], strengt: strict }
}

/// Events nobody but a person, a script or a program makes, one of each kind, and what takes them back.
fn registered_by_hand(town: &Town, couples: &[PersonKey], singles: &[PersonKey]) -> Vec<FolkCommand> {
    let child = |of: PersonKey| {
        let parent = town.person_by_key(of).expect("somebody of this town");
        let mut minors = parent.barn().into_iter();
        minors.find(|child| child.alder() < 15 && child.is_bosatt()).expect("a child").key()
    };
    let navn = |etternavn: &str| NyttNavn { etternavn: Some(etternavn.into()), ..NyttNavn::default() };
    let protect = |person, gradering| FolkCommand::Adressebeskyttelse { person, gradering, hele_husstanden: true };
    let iceland = crate::town::model::Landkode(*b"ISL");
    let guardian = |slag, verge| NyttVergemaal { slag, verge, tjenester: Vec::new() };
    let attorney = Some(Vergemaalsslag::StadfestetFremtidsfullmakt);
    let annul = |person, art| FolkCommand::Annullering { person, art };
    let earlier = crate::town::model::DayNo(crate::town::model::DayNo::of(town.now().dato()).0 - 3);
    vec![
        FolkCommand::Navneendring { person: singles[14], nytt: navn("Nesset") },
        protect(singles[15], Gradering::StrengtFortrolig),
        protect(singles[15], Gradering::Ugradert),
        protect(couples[5], Gradering::Fortrolig),
        protect(couples[5], Gradering::StrengtFortrolig),
        protect(couples[5], Gradering::Fortrolig),
        FolkCommand::Statsborgerskap { person: singles[16], land: iceland, beholder: true },
        FolkCommand::Vergemaal { person: singles[17], nytt: guardian(None, Some(singles[18])) },
        FolkCommand::Vergemaal { person: singles[17], nytt: guardian(attorney, Some(singles[18])) },
        FolkCommand::Vergemaal { person: singles[17], nytt: guardian(None, None) },
        FolkCommand::DeltBosted { barn: child(couples[1]), hos: None, slutt: false },
        FolkCommand::DeltBosted { barn: child(couples[1]), hos: None, slutt: true },
        FolkCommand::Foreldreansvar { barn: child(couples[6]), ansvar: Ansvar::Mor, hvem: None },
        FolkCommand::Adopsjon { barn: child(couples[7]), av: singles[19], med: None, etternavn: Some("Vik".into()) },
        FolkCommand::Doedsfall { person: couples[8] },
        annul(couples[8], Hendelsesart::Doedsfall),
        FolkCommand::Korreksjon { person: singles[20], retting: Retting::Navn(navn("Rettvik")) },
        FolkCommand::Korreksjon {
            person: singles[16],
            retting: Retting::Statsborgerskap(crate::town::model::Landkode(*b"FIN")),
        },
        FolkCommand::Doedsfall { person: singles[21] },
        FolkCommand::Korreksjon { person: singles[21], retting: Retting::Doedsfall(earlier) },
        annul(singles[14], Hendelsesart::Navneendring),
        annul(child(couples[6]), Hendelsesart::Foreldreansvar),
    ]
}

/// Families change; after each event the documents still fold to the live ones.
#[test]
fn the_fold_holds_when_families_change() {
    let Endrede { town, enke, skilt, skjult, aapen, strengt } = families_changed();
    assert!(check_feed(&town) > 30);
    let home = |key: PersonKey| {
        let id = town.id_of(key).expect("somebody of this town");
        let shown = serde_json::to_value(dokument::person(&town, id, ALT(), town.now())).expect("JSON");
        shown.get("bostedsadresse").cloned().unwrap_or_default()
    };
    let lives = |key: PersonKey| town.person_by_key(key).and_then(|person| person.bolig());
    assert_eq!(lives(skjult), lives(strengt));
    let current = |homes: Value| homes.as_array().is_some_and(|list| list.iter().any(|one| one["erGjeldende"] == true));
    assert!(!current(home(skjult)) && current(home(aapen)));
    assert_eq!(town.person_by_key(enke).map(|one| one.sivilstand().0), Some(Sivilstand::EnkeEllerEnkemann));
    assert_eq!(town.person_by_key(skilt).map(|one| one.sivilstand().0), Some(Sivilstand::Skilt));
}
