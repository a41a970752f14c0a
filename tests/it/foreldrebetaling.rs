//! Households at the limits of the reduced kindergarten payment exist in every town (`specs/folkeregister.md` §20, the
//! test matrix), and can be asked for.

use std::sync::Arc;

use byteby::base::Seed;
use byteby::population::{Spec, generate};
use byteby::select::{Kind, Pick, Scope, Selector};
use byteby::town::Town;
use byteby::town::foreldrebetaling::betalere_for;
use byteby::town::model::{DayNo, Fact, Gradering, InntektRow, Merke};
use byteby::town::state::Person;

/// What the matrix asks for and a town of any seed has, and how a scenario finds it. `LIMIT` and `CORE` are the two limits on the first day.
const MATRISE: [(&str, &str); 14] = [
    ("at the limit", "it.inntekt(2025) == LIMIT"),
    ("a krone under the limit", "it.inntekt(2025) == LIMIT - 100"),
    ("a krone over the limit", "it.inntekt(2025) == LIMIT + 100"),
    ("clearly under", "it.inntekt(2025) > 0 && it.inntekt(2025) * 10 < LIMIT * 8"),
    ("clearly over", "it.inntekt(2025) > LIMIT * 2"),
    ("at the limit of core time", "it.inntekt(2025) == CORE"),
    ("a krone under that limit", "it.inntekt(2025) == CORE - 100"),
    ("a krone over that limit", "it.inntekt(2025) == CORE + 100"),
    ("a draft only", "voksne.exists(v, 'bare_skatteutkast' in v.merker)"),
    ("no data", "voksne.exists(v, 'uten_inntektsdata' in v.merker)"),
    ("one earner", "voksne.size() == 2 && voksne.exists_one(v, v.inntekt(2025) > 10000000)"),
    ("two earners", "voksne.size() == 2 && voksne.all(v, v.inntekt(2025) > 10000000)"),
    ("lone parent", "voksne.size() == 1"),
    ("an amount below the highest", "BELOEP < PRIS"),
];

/// What no word of an expression asks for, seen in the town itself: the town, who pays for a child in kindergarten, and
/// the child.
const SETT: [(&str, fn(&Town, &[Person<'_>], &Person<'_>) -> bool); 5] = [
    ("self-employed", |_, payers, _| payers.iter().any(|one| income(one, |row| row.naering > 100_000))),
    ("wealth only", |_, payers, _| {
        let rows: Vec<InntektRow> = payers.iter().filter_map(|one| byteby::town::inntekt::av(one, 2025)).collect();
        let wealth: i64 = rows.iter().map(|row| i64::from(row.kapital)).sum();
        wealth > 100_000 && wealth == rows.iter().map(InntektRow::grunnlag).sum::<i64>()
    }),
    ("a partner who moved in this year", |town, _, child| {
        let since = |one: &Person<'_>| {
            one.entries().iter().find_map(|entry| match entry.fact {
                Fact::Bostedsadresse { flyttedato, .. } if entry.is_gjeldende() => Some(flyttedato),
                _ => None,
            })
        };
        let year = DayNo(DayNo::of(town.now().dato()).0 - 365);
        let parents = [child.mor(), child.far()].into_iter().flatten();
        parents.filter(|one| one.husstand() == child.husstand()).any(|parent| {
            let other = parent.partner().filter(|other| other.husstand() == child.husstand());
            other.is_some_and(|other| since(&other).is_some_and(|day| day >= year) && since(&other) > since(&parent))
        })
    }),
    ("a second home", |_, _, child| child.merker().contains(&Merke::DeltBosted)),
    ("protected parents", |_, payers, _| payers.iter().any(|one| one.gradering() != Gradering::Ugradert)),
];

fn income(person: &Person<'_>, fits: impl Fn(&InntektRow) -> bool) -> bool {
    byteby::town::inntekt::av(person, 2025).is_some_and(|row| fits(&row))
}

fn unseen(town: &Town) -> Vec<&'static str> {
    let children = || town.people().filter(|one| one.barnehage().is_some());
    let holds = |fits: fn(&Town, &[Person<'_>], &Person<'_>) -> bool| {
        children().any(|child| {
            let payers: Vec<Person<'_>> =
                betalere_for(&child, town.now().dato()).into_iter().map(|id| town.person(id)).collect();
            !payers.is_empty() && fits(town, &payers, &child)
        })
    };
    SETT.into_iter().filter(|(_, fits)| !holds(*fits)).map(|(what, _)| what).collect()
}

fn missing(town: &Arc<Town>) -> Vec<&'static str> {
    let day = "dato('2027-01-04')";
    let texts = |text: &str| {
        text.replace("LIMIT", &format!("rules.barnehage.inntektsgrense({day})"))
            .replace("CORE", &format!("rules.barnehage.kjernetidsgrense({day})"))
            .replace("BELOEP", &format!("rules.barnehage.foreldrebetaling(it, {day})"))
            .replace("PRIS", &format!("rules.barnehage.makspris({day})"))
    };
    let mut none = unseen(town);
    for (what, text) in MATRISE {
        let amount = format!("rules.barnehage.foreldrebetaling(it, {day}) != null && ");
        let guard = if text.contains("BELOEP") { amount.as_str() } else { "" };
        let whole = format!(
            "barn.exists(b, b.barnehage != null && b.foreldre.exists(f, f.husstand == it)) && {guard}{}",
            texts(text)
        );
        let selector = Selector::compile(&whole, Kind::Husstand).unwrap_or_else(|fault| panic!("{whole}: {fault}"));
        let found = selector.find_in(&Scope::of(town), &Pick::First).unwrap_or_else(|fault| panic!("{whole}: {fault}"));
        if found.is_empty() {
            none.push(what);
        }
    }
    none
}

#[test]
fn every_town_has_every_household_of_the_matrix() {
    let (mut lacking, mut rare) = (Vec::new(), 0);
    for (size, seeds) in [(1_500, 1..=20), (5_000, 1..=20)] {
        for seed in seeds {
            let base = generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap();
            let mut none = missing(&Arc::new(Town::new(Arc::new(base))));
            // Parents who live apart, both in town and both responsible, with a child that small: not in every small town.
            let all = none.len();
            none.retain(|what| *what != "a second home");
            rare += all - none.len();
            if !none.is_empty() {
                lacking.push((size, seed, none));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
    assert!(rare <= 2, "{rare} of 40 towns have no child in kindergarten with a second home");
}
