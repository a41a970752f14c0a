//! Scopes that come with every town, from `population/scopes.tsv`. They are the same in all towns, so nothing of them
//! stands in a log, and they are read when a scope is first asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::scope::{Scope, Synlighet, Tokentype};
use crate::base::Orgnummer;
use crate::town::state::Integrasjonstype;

const SCOPES: &str = include_str!("../../../../population/scopes.tsv");
const OWNERS: &str = include_str!("../../../../population/scope_owners.tsv");

/// Where access to a scope is delegated in the test environment (`specs/eid.md` §5.4).
pub const ALTINN: &str = "https://tt02.altinn.no/";

/// A scope that comes with the town.
#[derive(Debug)]
pub(super) struct Standardscope {
    pub scope: Arc<Scope>,
    /// The town's own municipality has access.
    pub for_kommunen: bool,
}

/// An organisation outside the town that owns scopes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scopeeier {
    /// Its number, made up.
    pub orgnr: Orgnummer,
    /// Its name.
    pub navn: &'static str,
}

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).skip(1).map(|line| line.split('\t').collect())
}

/// The national organisations that own scopes, by a short name.
///
/// # Panics
/// Never: a test reads the table.
pub fn scopeeiere() -> &'static BTreeMap<&'static str, Scopeeier> {
    static TABLE: OnceLock<BTreeMap<&str, Scopeeier>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let owner = |row: Vec<&'static str>| {
            let orgnr = Orgnummer::parse(row[1]).expect("the table has synthetic organisation numbers");
            (row[0], Scopeeier { orgnr, navn: row[2] })
        };
        rows(OWNERS).map(owner).collect()
    })
}

/// The scopes by name.
pub(super) fn standardscopes() -> &'static BTreeMap<&'static str, Standardscope> {
    static TABLE: OnceLock<BTreeMap<&str, Standardscope>> = OnceLock::new();
    TABLE.get_or_init(|| rows(SCOPES).map(|row| (row[0], standardscope(&row))).collect())
}

fn standardscope(row: &[&str]) -> Standardscope {
    let [navn, eier, tilgang, typer, token, at_max, synlighet, delegering, flagg, beskrivelse] = row else {
        panic!("the table of scopes has ten columns, not {}", row.len());
    };
    let has = |flag: &str| flagg.split(',').any(|one| one == flag);
    let typer = typer.split(',').map(|word| Integrasjonstype::from_name(word).expect("a kind of integration"));
    let scope = Scope {
        beskrivelse: (*beskrivelse).into(),
        synlighet: Synlighet::from_name(synlighet).expect("a visibility"),
        tokentype: if *token == "opaque" { Tokentype::Opaque } else { Tokentype::SelfContained },
        at_max_alder: at_max.parse().unwrap_or(0),
        krever_samtykke: has("consent"),
        krever_autentisering: has("user"),
        krever_pseudonym: has("pseudonym"),
        aapen_for_alle: *tilgang == "all",
        delegeringskilde: (*delegering == "yes").then(|| ALTINN.into()),
        integrasjonstyper: typer.collect(),
        ..Scope::new(navn, scopeeiere()[eier].orgnr)
    };
    Standardscope { scope: Arc::new(scope), for_kommunen: *tilgang == "municipality" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_whole() {
        let names: Vec<_> = rows(SCOPES).map(|row| row[0]).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
        assert_eq!(standardscopes().len(), names.len());
        for row in rows(SCOPES) {
            assert!(["all", "municipality", "-"].contains(&row[2]), "{row:?}");
            assert!(["jwt", "opaque"].contains(&row[4]) && ["yes", "no"].contains(&row[7]), "{row:?}");
            assert!(row[5] == "-" || row[5].parse::<u32>().is_ok(), "{row:?}");
            assert!(row[8].split(',').all(|flag| ["-", "user", "consent", "pseudonym"].contains(&flag)), "{row:?}");
        }
        // The generator begins at 31 000 000.
        assert!(scopeeiere().values().all(|eier| (30_100_000..30_200_000).contains(&(eier.orgnr.value() / 10))));
    }
}
