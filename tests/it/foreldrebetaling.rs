//! Households at the limits of the reduced kindergarten payment exist in every town (`specs/folkeregister.md` §20, the
//! test matrix), and can be asked for.

use std::sync::Arc;

use byteby::base::Seed;
use byteby::population::{Spec, generate};
use byteby::select::{Kind, Pick, Scope, Selector};
use byteby::town::Town;

/// What the matrix asks for and a town of any seed has (protected parents, and children with a second home, go to
/// kindergarten in most towns only), and how a scenario finds it. `LIMIT` and `CORE` are the two limits on the first day.
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

fn missing(town: &Arc<Town>) -> Vec<&'static str> {
    let day = "dato('2027-01-04')";
    let texts = |text: &str| {
        text.replace("LIMIT", &format!("rules.barnehage.inntektsgrense({day})"))
            .replace("CORE", &format!("rules.barnehage.kjernetidsgrense({day})"))
            .replace("BELOEP", &format!("rules.barnehage.foreldrebetaling(it, {day})"))
            .replace("PRIS", &format!("rules.barnehage.makspris({day})"))
    };
    let mut none = Vec::new();
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
    let mut lacking = Vec::new();
    for (size, seeds) in [(1_500, 1..=20), (5_000, 1..=20)] {
        for seed in seeds {
            let base = generate(&Spec { size, seed: Seed(seed), ..Spec::default() }).unwrap();
            let none = missing(&Arc::new(Town::new(Arc::new(base))));
            if !none.is_empty() {
                lacking.push((size, seed, none));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}
