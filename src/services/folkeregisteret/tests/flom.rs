//! Long feeds: a flood in the middle of other changes, and clients that page through it in their own ways
//! (`specs/folkeregister.md` §9).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::super::pakker::{OMH, OUH, PAKKER, Pakke};
use super::super::rules;
use super::calls::{FEED, finish, headers, json_of, person, query, text_of};
use super::oracle::{check_feed, happen};
use crate::formats::skjema::Skjema;
use crate::town::decide::FolkCommand;
use crate::town::model::tests_town::{TestTown, rolle};
use crate::town::model::{DayNo, PersonKey, UNIK_FRA};
use crate::town::{Cause, Command, Event, Town, apply, decide, derive, event::TidEvent};

fn naa(town: &mut Town, day: DayNo) {
    let days = i64::from(day.0 - DayNo::of(town.now().dato()).0);
    let later = town.now().plus_millis(days * 86_400_000);
    apply(town, &Event::Tid(TidEvent::Naadd(later)));
}

fn kontroll(antall: Option<u32>) -> FolkCommand {
    FolkCommand::Identitetskontroll { antall }
}

/// Somebody here with a home that a birth is registered at.
fn mother(town: &Town, skip: usize) -> PersonKey {
    let fits = |person: &crate::town::state::Person<'_>| {
        let woman = person.is_bosatt() && person.kjoenn() == crate::base::Kjoenn::Kvinne;
        woman && (20..40).contains(&person.alder()) && person.barn().is_empty()
    };
    town.people().filter(fits).nth(skip).expect("a mother").key()
}

/// A town whose feed has some pages: changes, a flood, a change, another flood and changes after it.
fn flooded() -> Town {
    let spec = crate::population::Spec { size: 1_500, ..Default::default() };
    let mut town = Town::new(Arc::new(crate::population::generate(&spec).expect("a town")));
    let mothers = [1, 2, 3].map(|skip| mother(&town, skip));
    let birth = |mor| FolkCommand::Foedsel { mor, medforelder: None, barn: vec![None] };
    happen(&mut town, birth(mothers[0]), "first");
    happen(&mut town, kontroll(Some(700)), "half");
    happen(&mut town, birth(mothers[1]), "second");
    naa(&mut town, UNIK_FRA);
    happen(&mut town, kontroll(None), "all");
    happen(&mut town, birth(mothers[2]), "third");
    town
}

/// A page: numbers with what stands behind each.
fn page(town: &Town, pakke: &Pakke, seq: u64) -> Vec<(u64, String)> {
    let page = rules::feed(town, pakke, &query(&format!("seq={seq}")), &HeaderMap::new(), FEED);
    let page = json_of(finish(page));
    let rows = page.as_array().expect("a page").iter();
    rows.map(|row| (row["sekvensnummer"].as_u64().expect("a number"), row["hendelse"].to_string())).collect()
}

fn last(town: &Town, pakke: &Pakke) -> u64 {
    text_of(finish(rules::last_number(town, pakke, &HeaderMap::new()))).parse().expect("a number")
}

/// Asks for the number behind the last one of each page until a page is empty.
fn by_last_number(town: &Town, pakke: &Pakke, read: u64) -> Vec<(u64, String)> {
    let (mut all, mut next) = (Vec::new(), read + 1);
    loop {
        let page = page(town, pakke, next);
        let Some((last, _)) = page.last() else { return all };
        next = last + 1;
        all.extend(page);
    }
}

/// Counts the pages from the last number and asks for them in steps of a thousand.
fn by_steps(town: &Town, pakke: &Pakke, read: u64) -> Vec<(u64, String)> {
    let pages = last(town, pakke).saturating_sub(read).div_ceil(1_000);
    (0..pages).flat_map(|step| page(town, pakke, read + 1 + step * 1_000)).collect()
}

#[test]
fn both_ways_of_paging_read_every_number_once() {
    let town = flooded();
    for pakke in PAKKER {
        let last = last(&town, pakke);
        assert!(last > 2_000, "{}: {last}", pakke.id);
        let whole = by_last_number(&town, pakke, 0);
        assert_eq!(whole.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
        let starts = match pakke.id {
            "offentlig-med-hjemmel" | "offentligutenhjemmel" => {
                vec![0, 1, 999, 1_000, 1_001, 1_999, 2_000, last - 1_000, last - 1, last, last + 1]
            }
            _ => vec![0, last - 1],
        };
        for read in starts {
            let rest = &whole[usize::try_from(read.min(last)).expect("a number of this feed")..];
            for (how, got) in [("last", by_last_number(&town, pakke, read)), ("steps", by_steps(&town, pakke, read))] {
                let same = got == rest;
                assert!(same, "{} after {read} by {how}: {} of {}", pakke.id, got.len(), rest.len());
            }
        }
    }
}

#[test]
fn pages_end_at_a_thousand_and_the_last_is_short() {
    let mut town = flooded();
    for pakke in [&OMH, &OUH] {
        let last = last(&town, pakke);
        let (full, short) = (1_000, usize::try_from(last % 1_000).expect("fewer than a page"));
        for (seq, first, count) in [
            (0, 1, full),
            (1, 1, full),
            (1_000, 1_000, full),
            (1_001, 1_001, full),
            (last - last % 1_000 + 1, last - last % 1_000 + 1, short),
            (last - 1, last - 1, 2),
            (last, last, 1),
            (last + 1, 0, 0),
            (last + 1_000_000, 0, 0),
        ] {
            let page = page(&town, pakke, seq);
            assert_eq!((page.len(), page.first().map_or(0, |row| row.0)), (count, first), "{} {seq}", pakke.id);
        }
    }
    // Who has read all gets what happens next, and nothing twice.
    let before = last(&town, &OMH);
    assert_eq!(by_last_number(&town, &OMH, before), []);
    let mor = mother(&town, 4);
    happen(&mut town, FolkCommand::Foedsel { mor, medforelder: None, barn: vec![None] }, "fourth");
    let news = by_last_number(&town, &OMH, before);
    assert_eq!((news.len() as u64, news[0].0), (last(&town, &OMH) - before, before + 1));
    assert_eq!(news, by_steps(&town, &OMH, before));
}

#[test]
fn a_flood_is_one_event_and_an_entry_for_everybody() {
    let mut town = Town::new(Arc::new(TestTown::eksempel()));
    let cause = |what: &str| Cause::of(what, &[]);
    let command = |antall| Command::Folk(kontroll(antall));
    let none = decide(&town, &command(Some(0)), &cause("none")).expect_err("nobody");
    assert_eq!(none.code, "nobody_to_check");
    let resident = town.people().filter(|one| one.status().code() == "bosatt").count();
    for (day, status) in [(None, "kontrollert"), (Some(UNIK_FRA), "unik")] {
        day.into_iter().for_each(|day| naa(&mut town, day));
        let before = town.feed_len();
        let events = decide(&town, &command(None), &cause(status)).expect("a flood");
        assert_eq!(events.len(), 1);
        events.iter().for_each(|event| apply(&mut town, event));
        let rows = town.feed(before + 1, usize::MAX);
        assert!(rows.len() <= resident && rows.len() > resident / 2, "{} of {resident}", rows.len());
        assert_eq!(town.feed_len(), before + rows.len() as u64);
        let kari = person(&town, rolle::KARI, "part=identitetsgrunnlag,historikk");
        let newest = kari["identitetsgrunnlag"].as_array().and_then(|list| list.last()).expect("an entry");
        assert_eq!((&newest["identitetsgrunnlagstatus"], &newest["erGjeldende"]), (&json!(status), &json!(true)));
        let again = decide(&town, &command(None), &cause("again")).expect_err("all have it");
        assert_eq!(again.code, "nobody_to_check");
    }
    let both = person(&town, rolle::KARI, "part=identitetsgrunnlag,historikk");
    let [old, new] = both["identitetsgrunnlag"].as_array().expect("a list").as_slice() else { panic!("{both}") };
    assert_eq!((&old["erGjeldende"], &old["identitetsgrunnlagstatus"]), (&json!(false), &json!("kontrollert")));
    assert_eq!(old["opphoerstidspunkt"], new["gyldighetstidspunkt"]);
    let bytes = postcard::to_allocvec(&decide(&flooded_anew(), &command(None), &cause("size")).expect("a flood"));
    assert!(bytes.expect("bytes").len() < 20_000, "the log has the people as runs");
}

/// A town of many with nothing checked.
fn flooded_anew() -> Town {
    let spec = crate::population::Spec { size: 5_000, ..Default::default() };
    Town::new(Arc::new(crate::population::generate(&spec).expect("a town")))
}

/// Floods among births of people with and without a basis of identity: the archive after each number is the fold of
/// the event documents so far.
#[test]
fn the_fold_holds_at_every_number_of_a_flood() {
    let mut town = Town::new(Arc::new(TestTown::eksempel()));
    let line = PersonKey::Base(rolle::LINE.0);
    let kari = PersonKey::Base(rolle::KARI.0);
    let twins = |mor| FolkCommand::Foedsel { mor, medforelder: None, barn: vec![None, None] };
    let land = Some(crate::town::model::Landkode(*b"SWE"));
    let comes =
        |alder, land| FolkCommand::Innflytting { hos: kari, kjoenn: None, alder: Some(alder), land, egen_bolig: false };
    happen(&mut town, twins(line), "twins");
    happen(&mut town, comes(30, land), "from abroad");
    happen(&mut town, kontroll(Some(3)), "three");
    happen(&mut town, kontroll(None), "the others");
    // Whose identity nobody has checked, unlike that of who comes from abroad.
    happen(&mut town, comes(41, None), "another");
    happen(&mut town, kontroll(None), "the newcomers");
    naa(&mut town, UNIK_FRA);
    happen(&mut town, kontroll(None), "unique");
    happen(&mut town, FolkCommand::Doedsfall { person: kari }, "death");
    let first = derive::base_feed(&town.base).len() as u64 + 1;
    assert_eq!(check_feed(&town), town.feed(first, usize::MAX).len());
    assert_eq!(check_feed(&town) as u64, town.feed_len() + 1 - first);
}

#[test]
fn documents_of_a_flood_are_found_by_id_one_by_one_and_a_thousand_at_a_time() {
    let town = flooded();
    let rows = town.feed(1, usize::MAX);
    let ids: BTreeSet<_> = rows.iter().flat_map(|row| [row.hendelsesdokument, row.persondokument]).collect();
    assert_eq!(ids.len(), 2 * rows.len());
    let of_flood: Vec<_> =
        rows.iter().filter(|row| row.registrering.slag.code() == "endringIIdentitetsgrunnlag").collect();
    assert!(of_flood.len() > 1_800, "{}", of_flood.len());
    let schema = Skjema::named("folkeregister/hendelse");
    for row in of_flood.iter().step_by(97) {
        let document = rules::event(&town, &OMH, &row.hendelsesdokument.to_string(), &HeaderMap::new());
        let document = json_of(finish(document));
        assert_eq!(schema.fault(&document), None, "{document}");
        assert_eq!(document["hendelse"]["egenskapshendelse"][0]["entitet"], "identitetsgrunnlag");
        // A person document is no event document, and the other way round.
        for wrong in [
            rules::event(&town, &OMH, &row.persondokument.to_string(), &HeaderMap::new()),
            rules::archive(&town, &OMH, &row.hendelsesdokument.to_string(), &query(""), &HeaderMap::new()),
        ] {
            assert_eq!(finish(wrong).status(), 404);
        }
    }
    let asked: Vec<String> = rows.iter().rev().take(1_000).map(|row| row.persondokument.to_string()).collect();
    let body = json!({ "dokumentidentifikator": asked }).to_string();
    let parts = query("part=person-basis&part=historikk");
    let people = rules::archive_bulk(&town, &OMH, &parts, &HeaderMap::new(), body.as_bytes());
    let people = json_of(finish(people));
    let people = people.as_array().expect("a list");
    assert_eq!(people.len(), 1_000);
    let schema = Skjema::named("folkeregister/person-offentlig-med-hjemmel");
    // The newest document of everybody is the live one; the first one asked for is the newest of its person.
    let mut newest: BTreeMap<PersonKey, &Value> = BTreeMap::new();
    for (row, person) in rows.iter().rev().zip(people) {
        assert_eq!(schema.fault(person), None, "{person}");
        newest.entry(row.registrering.person).or_insert(person);
    }
    for (key, archived) in newest {
        let id = town.id_of(key).expect("somebody of this town");
        assert_eq!(*archived, person(&town, id, "part=person-basis&part=historikk"), "{key:?}");
    }
    // One page of Atom has the same entries.
    let xml = headers(&[("accept", "application/atom+xml")]);
    let atom = text_of(finish(rules::feed(&town, &OMH, &query("seq=1001"), &xml, FEED)));
    assert_eq!(atom.matches("<entry>").count(), 1_000);
    assert!(atom.contains("feed?seq=2001\""), "{}", &atom[..600]);
}

/// The past of the feed: twelve months before the first day and no more, in order, and every event of it a document.
#[test]
fn the_feed_begins_twelve_months_before_the_first_day() {
    let town = flooded_anew();
    let (start, rows) = (town.base.header.start, town.feed(1, usize::MAX));
    let year = crate::clock::Span::Calendar { months: 12, days: 0, millis: 0 }.before(start);
    assert!(rows.len() > 1_000, "{}", rows.len());
    assert!(rows.iter().all(|row| (year..start).contains(&row.registrering.registrert)));
    assert!(rows.is_sorted_by_key(|row| row.registrering.registrert));
    let month = 31 * 86_400_000;
    assert!(rows[0].registrering.registrert < year.plus_millis(month), "the past goes all the way back");
    assert!(rows[rows.len() - 1].registrering.registrert.plus_millis(month) > start, "and up to now");
    let mut per_person: BTreeMap<PersonKey, Vec<String>> = BTreeMap::new();
    for row in &rows {
        let told = per_person.entry(row.registrering.person).or_default();
        told.push(format!("{:?}", row.registrering));
    }
    for (key, told) in per_person {
        let id = town.id_of(key).expect("somebody of this town");
        let changes = derive::changes(&town.base, id);
        let recent: Vec<String> =
            changes.iter().filter(|change| change.registrert >= year).map(|change| format!("{change:?}")).collect();
        assert_eq!(told, recent, "{key:?}: the feed and the documents come of the same changes");
    }
}
