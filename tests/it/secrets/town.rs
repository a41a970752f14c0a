//! The town with marks, and what of it is written down without a server: its exports.

use std::collections::BTreeSet;
use std::sync::Arc;

use byteby::journal::{decode_columns, encode_columns};
use byteby::population::export::{Shown, TABLES, Value as Cell, altinn, tenor};
use byteby::population::{Spec, digest, generate};
use byteby::town::Town;
use byteby::town::model::{
    Base, BoligId, Bygning, BygningId, DayNo, Eiendom, EiendomId, Gate, Gradering, HjemmelRow, HusstandId, INGEN_GATE,
    PersonId, Personstatus, Poststed, Rolletype, VirksomhetId,
};

/// Words and numbers of the hidden homes.
pub(super) const HIDDEN: Marks = Marks {
    street: "Hemmeligstien",
    place: "DULGTVIKA",
    numbers: ["7779", "64893", "52341", "64207", "98712341", "76543219", "47113"],
    home: "H7703",
};
/// Those of an open home.
pub(super) const OPEN: Marks = Marks {
    street: "Aapenlystien",
    place: "LYSVIKA",
    numbers: ["7778", "61874", "52342", "64208", "98712342", "76543218", "47114"],
    home: "H7704",
};

/// What stands about a home and nowhere else.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    street: &'static str,
    place: &'static str,
    /// Postal code, number of the plot in two parts, basic unit, coordinates, code of the street.
    numbers: [&'static str; 7],
    home: &'static str,
}

impl Marks {
    /// The marks that stand in `text`. Numbers count when they stand alone, not inside of others.
    pub(super) fn in_text(&self, text: &str) -> Vec<&'static str> {
        let lower = text.to_lowercase();
        let words =
            [self.street, self.place, self.home].into_iter().filter(|word| lower.contains(&word.to_lowercase()));
        let alone = |number: &&str| {
            text.match_indices(*number).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + number.len()..].chars().next();
                // A decimal point before or after is a part of another number.
                let joins = |letter: Option<char>| {
                    letter.is_some_and(|letter| letter.is_alphanumeric() || ".-_".contains(letter))
                };
                !joins(before) && !joins(after)
            })
        };
        words.chain(self.numbers.into_iter().filter(alone)).collect()
    }

    fn number(&self, place: usize) -> u32 {
        self.numbers[place].parse().unwrap()
    }
}

/// Adds a dwelling with `marks`; `in_street` or with the number of its property only.
fn add_home(base: &mut Base, marks: &Marks, in_street: bool) -> BoligId {
    let small = |number: u32| u16::try_from(number).unwrap();
    let navn = base.tekst.push(marks.street);
    let gate = if in_street {
        base.gater.push(Gate { navn, kode: small(marks.number(6)) });
        u32::try_from(base.gater.len() - 1).unwrap()
    } else {
        INGEN_GATE
    };
    let sted = base.tekst.push(marks.place);
    base.poststeder.push(Poststed { nummer: small(marks.number(0)), navn: sted, bare_postboks: false });
    let poststed = u16::try_from(base.poststeder.len() - 1).unwrap();
    let eiendom = EiendomId::at(base.eiendommer.len());
    let (gardsnummer, bruksnummer) = (small(marks.number(1)), small(marks.number(2)));
    base.eiendommer.push(Eiendom { gardsnummer, bruksnummer, festenummer: 0, seksjonsnummer: 0 });
    let grunnkrets = small(marks.number(3));
    let bygning = BygningId::at(base.bygninger.len());
    base.bygninger.push(Bygning {
        gate,
        husnummer: 8,
        eiendom,
        poststed,
        grunnkrets,
        oest: marks.number(4).cast_signed(),
        nord: marks.number(5).cast_signed(),
        ..base.bygninger[0]
    });
    let homes = &mut base.boliger;
    homes.gate.push(gate);
    homes.husnummer.push(8);
    homes.husbokstav.push(b'Q');
    homes.bruksenhet.push(marks.home.as_bytes().try_into().unwrap());
    homes.bruksenhetstype.push(homes.bruksenhetstype[0]);
    homes.poststed.push(poststed);
    homes.grunnkrets.push(grunnkrets);
    homes.skolekrets.push(homes.skolekrets[0]);
    homes.stemmekrets.push(homes.stemmekrets[0]);
    homes.bygning.push(bygning);
    homes.eieform.push(homes.eieform[0]);
    BoligId::at(homes.gate.len() - 1)
}

/// Moves household `husstand` into new homes with `marks`: today's, and another for the years before as far as only this
/// household lived there. Its first member owns the place and leads an association that has its address there.
fn settle(base: &mut Base, husstand: HusstandId, marks: &Marks, in_street: bool, role: VirksomhetId) {
    let members: BTreeSet<PersonId> = base.medlemmer_of(husstand).iter().copied().collect();
    let (home, before) = (add_home(base, marks, in_street), add_home(base, marks, true));
    let others: BTreeSet<u32> = (0..base.person_count())
        .map(PersonId::at)
        .filter(|person| !members.contains(person))
        .flat_map(|person| base.bosteder_of(person).iter().map(|spell| spell.0).collect::<Vec<_>>())
        .collect();
    for &member in &members {
        let spells = base.bosteder_of(member).to_vec();
        for spell in spells {
            let row = &mut base.bosteder[spell.index()];
            if row.til == DayNo::NONE {
                row.bolig = home;
            } else if !others.contains(&spell.0) {
                row.bolig = before;
            }
        }
    }
    let owner = *members.first().unwrap();
    let bygning = base.boliger.bygning[home.index()];
    let eiendom = base.bygninger[bygning.index()].eiendom;
    let fra = base.bosteder[base.husstander.bosted[husstand.index()].index()].fra;
    let deed = HjemmelRow { eiendom, person: owner, virksomhet: VirksomhetId::NONE, teller: 1, nevner: 1, fra };
    base.hjemler.push(deed);
    base.hjemler.sort_by_key(|row| row.eiendom);
    base.roller.iter_mut().find(|row| row.virksomhet == role).unwrap().person = owner;
    base.virksomheter[role.index()].bygning = bygning;
}

/// A town with marks, the numbers of everybody in a hidden household, and of an open family that can be found.
pub(super) struct Marked {
    pub(super) base: Base,
    pub(super) hidden: Vec<String>,
    pub(super) mothers: Vec<String>,
    pub(super) open: Vec<String>,
}

pub(super) fn marked() -> Marked {
    let mut base = generate(&Spec { size: 1500, ..Spec::default() }).unwrap();
    let strict: BTreeSet<HusstandId> = base
        .beskyttelser
        .iter()
        .filter(|row| row.gradering == Gradering::StrengtFortrolig)
        .map(|row| base.personer.husstand[row.person.index()])
        .collect();
    // Associations whose leader can be somebody else.
    let mut led: Vec<VirksomhetId> = base
        .roller
        .iter()
        .filter(|row| row.rolle == Rolletype::Lede && row.person != PersonId::NONE)
        .map(|row| row.virksomhet)
        .collect();
    led.dedup();
    let numbers = |base: &Base, husstand: HusstandId| -> Vec<String> {
        base.medlemmer_of(husstand).iter().map(|member| base.personer.nummer[member.index()].to_string()).collect()
    };
    let (mut hidden, mut mothers) = (Vec::new(), Vec::new());
    for (place, &husstand) in strict.iter().enumerate() {
        // Every second one in a home without a street.
        settle(&mut base, husstand, &HIDDEN, place % 2 == 0, led[place]);
        let members = base.medlemmer_of(husstand);
        if members.len() > 1 {
            mothers.push(base.personer.nummer[members[0].index()].to_string());
        }
        hidden.extend(numbers(&base, husstand));
    }
    assert!(strict.len() >= 2 && !mothers.is_empty());
    let protected = |person: PersonId| base.beskyttelse_of(person).is_some();
    let family = (0..base.husstander.slag.len()).map(HusstandId::at).find(|&husstand| {
        let members = base.medlemmer_of(husstand);
        members.len() == 4 && !strict.contains(&husstand) && !members.iter().any(|&member| protected(member))
    });
    let family = family.unwrap();
    settle(&mut base, family, &OPEN, true, led[strict.len()]);
    let open = numbers(&base, family);
    base.digest = digest(&base);
    Marked { base, hidden, mothers, open }
}

/// Every table, and the forms of the neighbours.
pub(super) fn exports(base: &Base) -> Vec<(String, String)> {
    let shown = Shown::new(base, 0);
    let mut texts = Vec::new();
    for table in TABLES {
        let mut text = String::new();
        for row in (0..(table.rows)(base)).filter(|&row| (table.keep)(&shown, row)) {
            for field in table.fields {
                match (field.value)(&shown, row) {
                    Cell::None => {}
                    Cell::Int(number) => text.push_str(&format!("{number};")),
                    Cell::Text(written) => text.push_str(&format!("{written};")),
                    Cell::Date(day) => text.push_str(&format!("{};", day.dato())),
                    Cell::Bool(is) => text.push_str(&format!("{is};")),
                }
            }
            text.push('\n');
        }
        texts.push((format!("table {}", table.name), text));
    }
    let town = Town::new(Arc::new(decode_columns(&encode_columns(base)).unwrap()));
    let people: Vec<PersonId> = (0..base.person_count())
        .map(PersonId::at)
        .filter(|row| base.personer.status[row.index()] == Personstatus::Bosatt)
        .collect();
    texts.extend(
        altinn(&town, &people).into_iter().map(|(path, content)| (format!("altinn {path}"), content.to_string())),
    );
    texts.push(("tenor".to_owned(), tenor(&town, &people).to_string()));
    texts
}
