//! Work, enterprises and roles by hand, in towns that live and in towns that stand still.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::life_tests::{Log, after, live, town};
use super::life_work_tests::broken;
use crate::base::{Orgnummer, OriginKey};
use crate::town::event::TidEvent;
use crate::town::livshendelser::{self, new_units};
use crate::town::model::{
    Arbeidsmarked, DayNo, Organisasjonsform, PersonKey, RolleRow, Rolletype, VirksomhetId, Virksomhetsslag,
};
use crate::town::state::Person;
use crate::town::{Cause, Event, Refusal, Town, apply, columns_of, decide, inntekt};

/// A life event as the admin API makes it.
fn ordered(town: &Town, kind: &str, of: PersonKey, fields: &Value) -> Result<Vec<Event>, Refusal> {
    let fields: BTreeMap<String, Value> = fields.as_object().expect("fields").clone().into_iter().collect();
    let command = livshendelser::command(kind, of, &fields, town).expect("the fields fit the kind");
    decide(town, &command, &Cause::of("test", &[format!("{kind} {of:?} {fields:?}").as_bytes()]))
}

fn made(town: &mut Town, kind: &str, of: PersonKey, fields: &Value) -> Vec<Event> {
    let events = ordered(town, kind, of, fields).unwrap_or_else(|refusal| panic!("{kind}: {refusal}"));
    events.iter().for_each(|event| apply(town, event));
    events
}

fn refused(town: &Town, kind: &str, of: PersonKey, fields: &Value) -> &'static str {
    ordered(town, kind, of, fields).expect_err("the town says no").code
}

fn still(seed: u64) -> Town {
    let mut town = town(seed, 1_500);
    apply(&mut town, &Event::Tid(TidEvent::Liv(false)));
    town
}

fn who(town: &Town, key: PersonKey) -> Person<'_> {
    town.person_by_key(key).expect("known")
}

fn somebody(town: &Town, is: impl Fn(&Person<'_>) -> bool) -> PersonKey {
    town.people().filter(Person::is_bosatt).find(is).expect("somebody").key()
}

fn nummer(town: &Town, key: PersonKey) -> String {
    who(town, key).nummer().to_string()
}

/// A company of this town that can go bankrupt, with its chair, a manager and people who work there.
fn firm(town: &Town) -> (VirksomhetId, Orgnummer, PersonKey) {
    let all = (0..town.virksomhet_count()).map(VirksomhetId::at);
    let fits = |unit: &VirksomhetId| {
        let roles = town.roller_i(*unit);
        let has = |rolle| roles.iter().any(|role| role.rolle == rolle && role.person.some().is_some());
        town.virksomhet(*unit).form == Organisasjonsform::As
            && town.is_i_drift(*unit)
            && !town.base.oppslag().baerer_andre(*unit)
            && has(Rolletype::Lede)
            && has(Rolletype::Medl)
            && town.underenheter_av(*unit).iter().all(|sub| town.virksomhet(*sub).slag == Virksomhetsslag::Annet)
            && town.aksjer_i(*unit).iter().all(|share| share.eier != VirksomhetId(0))
            && town.underenheter_av(*unit).iter().map(|sub| town.ansatte_i(*sub).len()).sum::<usize>() > 2
    };
    let unit = all.into_iter().find(fits).expect("a company");
    let chair = town.roller_i(unit).iter().find(|role| role.rolle == Rolletype::Lede).expect("a chair").person;
    (unit, town.virksomhet(unit).orgnr, town.key_of(chair))
}

#[test]
fn a_job_is_lost_and_another_taken() {
    let mut town = still(71);
    let worker = somebody(&town, |p| p.jobber().len() == 1 && (30..55).contains(&p.alder()));
    let old = who(&town, worker).jobber()[0];
    let before = town.virksomhet(old.virksomhet).ansatte;
    made(&mut town, "arbeidsledig", worker, &json!({}));
    assert_eq!(who(&town, worker).arbeidsmarked(), Arbeidsmarked::Arbeidsledig);
    assert!(who(&town, worker).jobber().is_empty());
    assert_eq!(town.virksomhet(old.virksomhet).ansatte, before - 1);
    assert_eq!(refused(&town, "arbeidsledig", worker, &json!({})), "no_job");
    // Where life stands still nobody finds work by themselves.
    let half_a_year = after(&town, 182);
    assert!(live(&mut town, half_a_year).0.is_empty());
    let (unit, orgnr, _) = firm(&town);
    let sub = town.underenheter_av(unit)[0];
    let fields = json!({"virksomhet": orgnr.to_string(), "yrke": 2519, "stillingsprosent": 50, "maanedsloenn": 31_000});
    made(&mut town, "ny_jobb", worker, &fields);
    let job = who(&town, worker).jobber()[0];
    let said = (job.virksomhet, job.yrke, job.stillingsprosent, job.maanedsloenn, job.fra);
    assert_eq!(said, (sub, 2_519, 50, 31_000, DayNo::of(town.now().dato())));
    assert_eq!(who(&town, worker).arbeidsmarked(), Arbeidsmarked::Sysselsatt);
    assert_eq!(refused(&town, "ny_jobb", worker, &fields), "has_job");
    // A second job beside the first, drawn like others'; then one instead of both.
    made(&mut town, "ny_jobb", worker, &json!({"i_tillegg": true}));
    assert_eq!(who(&town, worker).jobber().len(), 2);
    made(&mut town, "ny_jobb", worker, &json!({}));
    assert_eq!(who(&town, worker).jobber().len(), 1);
    // What was earned that year: half a year out of work, then half a post.
    let next_year = after(&town, 366);
    live(&mut town, next_year);
    let row = inntekt::av(&who(&town, worker), 2027).expect("an income");
    let usual = inntekt::av(&who(&town, worker), 2026).expect("an income");
    assert!(row.ytelser > 0 && row.loenn > 0 && row.loenn < usual.loenn, "{row:?} after {usual:?}");
    let child = somebody(&town, |p| p.alder() == 9);
    assert_eq!(refused(&town, "ny_jobb", child, &json!({})), "age");
    // A year passed without life: nobody began or left school.
    let wrong = broken(&columns_of(&town));
    assert!(wrong.iter().all(|what| what.starts_with("40") || what.starts_with("41")), "{wrong:?}");
}

#[test]
fn a_role_ends_at_once_and_a_company_keeps_a_chair() {
    let mut town = still(72);
    let (unit, orgnr, chair) = firm(&town);
    let other = somebody(&town, |p| p.roller().is_empty() && (30..60).contains(&p.alder()));
    let child = somebody(&town, |p| p.alder() == 15);
    assert!(who(&town, chair).representerer().contains(&unit));
    let role = |more: Value| {
        let mut fields = json!({"virksomhet": orgnr.to_string(), "rolle": "LEDE"});
        fields.as_object_mut().expect("fields").extend(more.as_object().expect("more").clone());
        fields
    };
    assert_eq!(refused(&town, "rolleendring", other, &role(json!({"slutter": true}))), "no_role");
    assert_eq!(refused(&town, "rolleendring", chair, &role(json!({"slutter": true}))), "no_board");
    assert_eq!(refused(&town, "rolleendring", chair, &role(json!({}))), "has_role");
    assert_eq!(refused(&town, "rolleendring", child, &role(json!({}))), "age");
    let sub = town.virksomhet(town.underenheter_av(unit)[0]).orgnr.to_string();
    assert_eq!(refused(&town, "rolleendring", other, &json!({"virksomhet": sub, "rolle": "LEDE"})), "sub_unit");
    let free = (39_000_000..).filter_map(Orgnummer::compose).find(|number| town.enhet_med(*number).is_none());
    let nobody = json!({"virksomhet": free.expect("a free number").to_string(), "rolle": "LEDE"});
    assert_eq!(refused(&town, "rolleendring", other, &nobody), "unknown_unit");
    let follows = role(json!({"slutter": true, "etterfoelger": nummer(&town, other)}));
    made(&mut town, "rolleendring", chair, &follows);
    assert!(who(&town, other).representerer().contains(&unit));
    let manages = |role: &RolleRow| role.virksomhet == unit && role.rolle == Rolletype::Dagl;
    let manages = who(&town, chair).roller().iter().any(manages);
    assert_eq!(who(&town, chair).representerer().contains(&unit), manages, "another role of theirs gives it still");
    // A unit has one chair: who begins follows whom it had.
    made(&mut town, "rolleendring", chair, &role(json!({})));
    let chairs = town.roller_i(unit).iter().filter(|role| role.rolle == Rolletype::Lede).count();
    assert_eq!((chairs, who(&town, other).representerer().contains(&unit)), (1, false));
    assert!(broken(&columns_of(&town)).is_empty(), "{:?}", broken(&columns_of(&town)));
}

#[test]
fn an_enterprise_is_founded_goes_bankrupt_and_is_deleted() {
    let mut town = still(73);
    let founder = somebody(&town, |p| p.roller().is_empty() && (25..60).contains(&p.alder()));
    for (fields, code) in [
        (json!({"navn": "Fjellbekk"}), "name"),
        (json!({"navn": "Fjellbekk", "organisasjonsform": "AS"}), "name"),
        (json!({"navn": " "}), "name"),
    ] {
        assert_eq!(refused(&town, "nytt_foretak", founder, &fields), code, "{fields}");
    }
    let surname = who(&town, founder).navn().etternavn;
    let own = made(&mut town, "nytt_foretak", founder, &json!({"navn": format!("{surname} snekkeri")}));
    let own = town.enhet_med(new_units(&own)[0]).expect("registered");
    assert_eq!(town.enhetsnavn(own), format!("{surname} snekkeri").to_uppercase());
    assert_eq!(town.virksomhet(own).form, Organisasjonsform::Enk);
    let fields = json!({"organisasjonsform": "AS", "navn": "Fjellbekk Analyse AS", "naeringskode": 62_010});
    let events = made(&mut town, "nytt_foretak", founder, &fields);
    let orgnr = new_units(&events)[0];
    let company = town.enhet_med(orgnr).expect("registered");
    let row = town.virksomhet(company);
    assert_eq!((row.form, row.naeringskode), (Organisasjonsform::As, 62_010));
    let leads: BTreeSet<VirksomhetId> = who(&town, founder).leder().into_iter().collect();
    assert_eq!(leads, BTreeSet::from([own, company]));
    // Two to choose between; then the company, by number.
    assert_eq!(refused(&town, "konkurs", founder, &json!({})), "several_firms");
    let (other, number, chair) = firm(&town);
    assert_eq!(refused(&town, "konkurs", founder, &json!({"virksomhet": number.to_string()})), "not_head");
    made(&mut town, "konkurs", founder, &json!({"virksomhet": orgnr.to_string()}));
    assert!(!town.is_i_drift(company));
    // Who chaired it acts for it no more; the trustee alone does.
    assert!(!who(&town, founder).representerer().contains(&company));
    let trustee = town.roller_i(company).iter().find(|role| role.rolle == Rolletype::Bobe).expect("a trustee").person;
    assert_eq!(town.person(trustee).leder(), [company]);
    assert_eq!(refused(&town, "konkurs", founder, &json!({"virksomhet": orgnr.to_string()})), "not_in_business");
    // A company people work in: they lose their work on the day.
    let workers: Vec<PersonKey> =
        town.underenheter_av(other).iter().flat_map(|sub| town.ansatte_i(*sub)).map(|id| town.key_of(id)).collect();
    made(&mut town, "konkurs", chair, &json!({"virksomhet": number.to_string()}));
    assert_eq!(town.virksomhet(other).ansatte, 0);
    for worker in workers {
        let person = who(&town, worker);
        assert!(person.jobber().iter().all(|job| town.is_i_drift(job.virksomhet)));
        let lost =
            !person.is_bosatt() || !person.jobber().is_empty() || person.arbeidsmarked() != Arbeidsmarked::Sysselsatt;
        assert!(lost, "{:?}", person.arbeidsmarked());
    }
    let wrong: Vec<String> = broken(&columns_of(&town));
    assert!(wrong.is_empty(), "{wrong:?}");
    // The estates are closed in their time, also where nothing else happens.
    let later = after(&town, 500);
    assert_eq!(live(&mut town, later).0.len(), 2);
    assert!([company, other].iter().all(|unit| town.virksomhet(*unit).slettet != DayNo::NONE));
    assert!(town.roller_i(company).is_empty());
    // Nor does a service of the municipality go bankrupt, nor the dead found anything.
    let dead = town.people().find(Person::is_doed).expect("somebody dead").key();
    assert_eq!(refused(&town, "nytt_foretak", dead, &json!({})), "dead");
}

/// Items by cause, with what came of them.
fn by_origin(log: &Log) -> BTreeMap<OriginKey, &[Event]> {
    log.0.iter().map(|(origin, _, events)| (*origin, events.as_slice())).collect()
}

/// The shared plan (`DESIGN` §2 rule 7): a town in which somebody loses a job, another changes firm, one is founded and
/// one goes bankrupt differs from its fork in nothing but what touches these people and units, or what such an
/// item touched after them. Nobody else is born, dies, moves, begins or leaves another day or elsewhere.
#[test]
fn events_by_hand_shift_no_drawn_one() {
    let one = town(74, 3_000);
    let mut other = one.clone();
    let (unit, orgnr, chair) = firm(&one);
    let worker = somebody(&one, |p| p.jobber().len() == 1 && (30..50).contains(&p.alder()));
    let founder = somebody(&one, |p| p.roller().is_empty() && (30..50).contains(&p.alder()) && p.key() != worker);
    let mut by_hand = Vec::new();
    by_hand.extend(made(&mut other, "konkurs", chair, &json!({"virksomhet": orgnr.to_string()})));
    by_hand.extend(made(&mut other, "arbeidsledig", worker, &json!({})));
    by_hand.extend(made(&mut other, "nytt_foretak", founder, &json!({"organisasjonsform": "AS"})));
    assert!(!other.is_i_drift(unit));
    let mut touched: BTreeSet<OriginKey> = by_hand.iter().flat_map(Event::entities).collect();
    let until = after(&one, 365);
    let (mut one, mut other) = (one, other);
    let (first, second) = (live(&mut one, until), live(&mut other, until));
    let (mine, theirs) = (by_origin(&first), by_origin(&second));
    let all: BTreeSet<OriginKey> = mine.keys().chain(theirs.keys()).copied().collect();
    let pair = |origin: &OriginKey| [mine.get(origin), theirs.get(origin)];
    let mut differ: Vec<OriginKey> = all.iter().copied().filter(|one| pair(one)[0] != pair(one)[1]).collect();
    let (same, differing) = (all.len() - differ.len(), differ.len());
    // What differs touches what was touched, directly or through another item that does.
    loop {
        let before = differ.len();
        differ.retain(|origin| {
            let events = pair(origin).into_iter().flatten().flat_map(|events| events.iter());
            let entities: BTreeSet<OriginKey> = events.flat_map(Event::entities).collect();
            let explained = !entities.is_disjoint(&touched);
            if explained {
                touched.extend(entities);
            }
            !explained
        });
        if differ.len() == before {
            break;
        }
    }
    println!("{same} same, {differing} differ, {} touched", touched.len());
    assert!(same > 900 && differing > 0, "{same} {differing}");
    let odd = differ.first().map(|origin| pair(origin).map(|events| format!("{events:?}")));
    assert!(differ.is_empty(), "{} of {differing} for no reason: {odd:?}", differ.len());
    assert!(differing * 20 <= same, "{differing} of {same}");
}
