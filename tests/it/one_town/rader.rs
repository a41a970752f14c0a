//! Whom each kind of life event happens to, and what it makes of the feed.

use byteby::base::Foedselsnummer;
use byteby::town::Town;
use byteby::town::model::{Gradering, Sivilstand};
use byteby::town::state::Person;
use serde_json::{Value, json};

/// Somebody nothing has happened to yet.
pub(super) fn somebody(town: &Town, used: &[String], fits: impl Fn(&Person<'_>) -> bool) -> String {
    let fresh = |person: &Person<'_>| {
        let near = [Some(*person), person.partner(), person.ektefelle(), person.mor(), person.far()];
        let mut near = near.into_iter().flatten().chain(person.husstand_medlemmer());
        person.is_bosatt() && near.all(|one| !used.contains(&one.nummer().to_string()))
    };
    town.people().find(|person| fresh(person) && fits(person)).expect("somebody of 1 500 fits").nummer().to_string()
}

fn open(person: &Person<'_>) -> bool {
    person.husstand_medlemmer().iter().all(|one| one.gradering() == Gradering::Ugradert)
}

pub(super) fn grown(person: &Person<'_>) -> bool {
    person.alder() >= 30 && person.alder() < 60 && open(person) && person.husstand().is_some()
}

fn child_of_two(person: &Person<'_>) -> bool {
    let together = |parent: Option<Person<'_>>| {
        parent.is_some_and(|one| one.is_bosatt() && one.husstand() == person.husstand() && one.alder() >= 25)
    };
    (1..15).contains(&person.alder())
        && open(person)
        && together(person.mor())
        && together(person.far())
        && person.ansvarlige().len() == 2
        && person.midlertidig_navn().is_none()
}

/// What a kind needs, what it makes of the feed, each run of one type once.
pub(super) struct Rad {
    pub(super) kind: &'static str,
    pub(super) of: fn(&Town, &[String]) -> String,
    pub(super) fields: fn(&Town, &str) -> Value,
    pub(super) feed: &'static [&'static str],
}

/// The person with this number.
pub(super) fn person<'a>(town: &'a Town, fnr: &str) -> Person<'a> {
    town.person(town.find(Foedselsnummer::parse(fnr).unwrap()).unwrap())
}

fn other(town: &Town, fnr: &str, fits: impl Fn(&Person<'_>) -> bool) -> String {
    let own = person(town, fnr);
    let of = |one: &Person<'_>| {
        one.is_bosatt() && one.husstand() != own.husstand() && one.husstand().is_some() && open(one) && fits(one)
    };
    // From behind, where nobody of the table is.
    town.people().collect::<Vec<_>>().into_iter().rev().find(of).expect("somebody else").nummer().to_string()
}

const NONE: fn(&Town, &str) -> Value = |_, _| json!({});

fn single(person: &Person<'_>) -> bool {
    matches!(person.sivilstand().0, Sivilstand::Ugift) && person.partner().is_none()
}

/// Every kind that changes a register, a row each. The last one needs a year.
#[allow(clippy::too_many_lines, reason = "one table, a row for each kind")]
pub(super) fn rows() -> Vec<Rad> {
    let married: fn(&Town, &[String]) -> String = |town, used| {
        somebody(town, used, |one| {
            grown(one) && one.ektefelle().is_some_and(|spouse| spouse.husstand() == one.husstand())
        })
    };
    let adult: fn(&Town, &[String]) -> String = |town, used| somebody(town, used, grown);
    let lone: fn(&Town, &[String]) -> String =
        |town, used| somebody(town, used, |one| grown(one) && single(one) && one.husstand_medlemmer().len() == 1);
    let child: fn(&Town, &[String]) -> String = |town, used| somebody(town, used, child_of_two);
    let listed: fn(&Town, &[String]) -> String =
        |town, used| somebody(town, used, |one| grown(one) && one.kontakt().registrert && !one.kontakt().reservert);
    vec![
        Rad {
            kind: "foedsel",
            of: |town, used| {
                let young = |one: &Person<'_>| one.barn().iter().any(|child| child.alder() < 3);
                somebody(town, used, |one| {
                    (22..40).contains(&one.alder()) && open(one) && one.kjoenn().code() == "kvinne" && !young(one)
                })
            },
            fields: NONE,
            feed: &["personErOpprettet", "endringIFamilierelasjon", "endringIForeldreansvar"],
        },
        Rad {
            kind: "navnevalg",
            of: |town, used| somebody(town, used, |one| one.midlertidig_navn().is_some()),
            fields: |_, _| json!({"fornavn": "Solveig", "etternavn": "Havn"}),
            feed: &["endringINavn"],
        },
        Rad { kind: "navneendring", of: adult, fields: |_, _| json!({"etternavn": "Nesset"}), feed: &["endringINavn"] },
        Rad {
            kind: "adopsjon",
            of: child,
            fields: |town, fnr| json!({"av": other(town, fnr, |one| grown(one) && single(one)), "etternavn": "Adopsjonsen"}),
            feed: &["endringIFamilierelasjon", "endringIForeldreansvar", "endringINavn", "endringIBostedsadresse"],
        },
        Rad {
            kind: "foreldreansvar",
            of: child,
            fields: |_, _| json!({"ansvar": "mor"}),
            feed: &["endringIForeldreansvar"],
        },
        Rad {
            kind: "delt_bosted",
            of: |town, used| {
                somebody(town, used, |one| {
                    let apart = |parent: &Person<'_>| {
                        parent.is_bosatt()
                            && open(parent)
                            && parent.husstand().is_some()
                            && parent.husstand() != one.husstand()
                    };
                    one.alder() < 18
                        && open(one)
                        && one.ansvarlige().len() == 2
                        && one.ansvarlige().iter().any(|(parent, _)| apart(parent))
                        && !one.merker().iter().any(|merke| merke.code() == "delt_bosted")
                })
            },
            fields: NONE,
            feed: &["endringIDeltBosted"],
        },
        Rad {
            kind: "vigsel",
            of: lone,
            fields: |town, fnr| json!({"med": other(town, fnr, |one| grown(one) && single(one)), "etternavn": "Vigselsen"}),
            feed: &[
                "endringISivilstand",
                "endringIFamilierelasjon",
                "endringINavn",
                "endringISivilstand",
                "endringIFamilierelasjon",
            ],
        },
        Rad { kind: "separasjon", of: married, fields: NONE, feed: &["endringISivilstand", "endringIBostedsadresse"] },
        Rad {
            kind: "samlivsslutt",
            of: |town, used| {
                somebody(town, used, |one| grown(one) && one.partner().is_some() && one.ektefelle().is_none())
            },
            fields: NONE,
            feed: &["endringIBostedsadresse"],
        },
        Rad { kind: "flytting", of: adult, fields: NONE, feed: &["endringIBostedsadresse"] },
        Rad {
            kind: "innflytting",
            of: lone,
            fields: |_, _| json!({"alder": 30, "land": "SWE"}),
            feed: &["personErOpprettet", "personErBosatt", "endringIInnflytting"],
        },
        Rad {
            kind: "utflytting",
            of: |town, used| {
                somebody(town, used, |one| {
                    grown(one) && one.husstand_medlemmer().len() == 1 && one.kontakt().registrert
                })
            },
            fields: |_, _| json!({"land": "SWE"}),
            feed: &["personErUtflyttet"],
        },
        Rad {
            kind: "adressebeskyttelse",
            of: listed,
            fields: |_, _| json!({"gradering": "strengtFortrolig"}),
            feed: &["endringIAdressebeskyttelse", "endringIKontaktinformasjon"],
        },
        Rad {
            kind: "statsborgerskap",
            of: adult,
            fields: |_, _| json!({"land": "ISL"}),
            feed: &["endringIStatsborgerskap"],
        },
        Rad {
            kind: "vergemaal",
            of: adult,
            fields: |town, fnr| json!({"verge": other(town, fnr, grown)}),
            feed: &["endringIVergemaal"],
        },
        Rad {
            kind: "fullmakt",
            of: adult,
            fields: |town, fnr| json!({"fullmektig": other(town, fnr, grown)}),
            feed: &["endringIVergemaal"],
        },
        Rad {
            kind: "doedsfall",
            of: |town, used| {
                somebody(town, used, |one| {
                    let spouse = one.ektefelle().is_some_and(|spouse| spouse.husstand() == one.husstand());
                    grown(one) && spouse && one.barn().is_empty() && one.kontakt().registrert
                })
            },
            fields: NONE,
            feed: &["personErDoed", "endringISivilstand"],
        },
        Rad {
            kind: "barnehagestart",
            of: |town, used| somebody(town, used, |one| (1..5).contains(&one.alder()) && one.barnehage().is_none()),
            fields: NONE,
            feed: &[],
        },
        Rad { kind: "reservasjon", of: listed, fields: NONE, feed: &[] },
        Rad { kind: "kontaktendring", of: listed, fields: |_, _| json!({"epost": "ny@innbygger.example"}), feed: &[] },
        Rad {
            kind: "korreksjon",
            of: adult,
            fields: |_, _| json!({"hendelse": "navneendring", "etternavn": "Rettvik"}),
            feed: &["endringINavn"],
        },
        Rad {
            kind: "skilsmisse",
            of: married,
            fields: NONE,
            feed: &["endringISivilstand", "endringIFamilierelasjon", "endringISivilstand", "endringIFamilierelasjon"],
        },
    ]
}
