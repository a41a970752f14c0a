//! The words of the entities (`specs/names.md` §4) and what the town answers to them.
//!
//! A word reads the town's truth at its virtual instant, not what a register would show a client. Every word of an
//! entity exists: what is missing is `null` or an empty list. A word the town cannot answer yet is refused when the
//! expression is loaded, never answered with something made up.

use std::sync::Arc;

use super::enheter::{FORRETNINGSADRESSE, ROLLE, of_virksomhet};
use super::types::{Kodeverk, Shape, Ty};
use super::uttrykk::View;
use super::verdi::{Kart, Verdi};
use crate::base::Orgnummer;
use crate::town::inntekt;
use crate::town::model::{BoligId, Fact, HusstandId, PersonId, Postkasse};
use crate::town::state::{Person, Town, matrikkelnummer};

/// The three kinds of entity a selector can ask for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// A person.
    Person,
    /// A household.
    Husstand,
    /// An organisation.
    Virksomhet,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Person, Self::Husstand, Self::Virksomhet];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Husstand => "husstand",
            Self::Virksomhet => "virksomhet",
        }
    }

    /// The kind called `word`.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A word of an entity.
pub(super) struct Word {
    pub(super) name: &'static str,
    /// What it gives; `None` for a word this version cannot answer.
    pub(super) ty: Option<fn() -> Ty>,
}

const fn word(name: &'static str, ty: fn() -> Ty) -> Word {
    Word { name, ty: Some(ty) }
}

const fn later(name: &'static str) -> Word {
    Word { name, ty: None }
}

fn people() -> Ty {
    Ty::list(Ty::Entity(Kind::Person))
}

const PERSON: &[Word] = &[
    word("id", || Ty::Text),
    word("fornavn", || Ty::Text),
    word("etternavn", || Ty::Text),
    word("navn", || Ty::Text),
    word("alder", || Ty::Int),
    word("foedselsdato", || Ty::Dato),
    word("kjoenn", || Ty::Kode(Kodeverk::Kjoenn)),
    word("bosatt", || Ty::Bool),
    word("doed", || Ty::Bool),
    word("sivilstand", || Ty::Kode(Kodeverk::Sivilstand)),
    word("ektefelle", || Ty::Entity(Kind::Person)),
    word("samboer", || Ty::Entity(Kind::Person)),
    word("partner", || Ty::Entity(Kind::Person)),
    word("barn", people),
    word("foreldre", people),
    word("soesken", people),
    word("forsoerger", people),
    later("verge"),
    word("husstand", || Ty::Entity(Kind::Husstand)),
    word("adresse", || Ty::Map(&ADRESSE)),
    word("adressebeskyttelse", || Ty::Kode(Kodeverk::Gradering)),
    word("statsborgerskap", || Ty::list(Ty::Text)),
    word("spraak", || Ty::Kode(Kodeverk::Spraak)),
    word("reservert", || Ty::Bool),
    word("digitalpostkasse", || Ty::Kode(Kodeverk::Postkasse)),
    word("eid_nivaa", || Ty::Text),
    word("barnehage", || Ty::Entity(Kind::Virksomhet)),
    later("skole"),
    word("arbeidsgiver", || Ty::Entity(Kind::Virksomhet)),
    later("tjenester"),
    word("merker", || Ty::list(Ty::Kode(Kodeverk::Merke))),
];

const HUSSTAND: &[Word] = &[
    word("id", || Ty::Text),
    word("medlemmer", people),
    word("voksne", people),
    word("barn", people),
    word("adresse", || Ty::Map(&ADRESSE)),
    word("bolig", || Ty::Map(&BOLIG)),
    word("delt_bosted", || Ty::Bool),
];

const VIRKSOMHET: &[Word] = &[
    word("orgnr", || Ty::Text),
    word("navn", || Ty::Text),
    word("organisasjonsform", || Ty::Kode(Kodeverk::Organisasjonsform)),
    word("naeringskode", || Ty::Text),
    word("ansatte", || Ty::Int),
    word("roller", || Ty::list(Ty::Map(&ROLLE))),
    word("adresse", || Ty::Map(&FORRETNINGSADRESSE)),
    word("slettet", || Ty::Bool),
    word("konkurs", || Ty::Bool),
    word("merker", || Ty::list(Ty::Kode(Kodeverk::Virksomhetsmerke))),
];

/// A home address with the register's own field names (`specs/folkeregister.md` §6.3).
static ADRESSE: Shape = Shape {
    name: "adresse",
    keys: &[
        ("kommunenummer", || Ty::Text),
        ("bruksenhetsnummer", || Ty::Text),
        ("bruksenhetstype", || Ty::Text),
        ("adressenavn", || Ty::Text),
        ("adressekode", || Ty::Text),
        ("adressenummer", || Ty::Map(&ADRESSENUMMER)),
        ("poststed", || Ty::Map(&POSTSTED)),
        ("matrikkelnummer", || Ty::Map(&MATRIKKELNUMMER)),
        ("undernummer", || Ty::Int),
    ],
};
static MATRIKKELNUMMER: Shape = Shape {
    name: "matrikkelnummer",
    keys: &[
        ("kommunenummer", || Ty::Text),
        ("gaardsnummer", || Ty::Int),
        ("bruksnummer", || Ty::Int),
        ("festenummer", || Ty::Int),
    ],
};
static ADRESSENUMMER: Shape =
    Shape { name: "adressenummer", keys: &[("husnummer", || Ty::Text), ("husbokstav", || Ty::Text)] };
static POSTSTED: Shape =
    Shape { name: "poststed", keys: &[("poststedsnavn", || Ty::Text), ("postnummer", || Ty::Text)] };
static BOLIG: Shape = Shape {
    name: "bolig",
    keys: &[
        ("bruksenhetsnummer", || Ty::Text),
        ("bruksenhetstype", || Ty::Text),
        ("grunnkrets", || Ty::Text),
        ("skolekrets", || Ty::Int),
        ("stemmekrets", || Ty::Int),
        ("bygningstype", || Ty::Text),
        ("eieform", || Ty::Text),
        ("byggeaar", || Ty::Int),
    ],
};

pub(super) fn table(kind: Kind) -> &'static [Word] {
    match kind {
        Kind::Person => PERSON,
        Kind::Husstand => HUSSTAND,
        Kind::Virksomhet => VIRKSOMHET,
    }
}

/// The words of `kind` that this version answers.
pub fn words_of(kind: Kind) -> impl Iterator<Item = &'static str> {
    table(kind).iter().filter(|word| word.ty.is_some()).map(|word| word.name)
}

/// Whether `name` is a word of any entity, answered or not: no declared name may be one.
#[must_use]
pub fn is_word(name: &str) -> bool {
    Kind::ALL.into_iter().flat_map(table).any(|word| word.name == name)
}

pub(super) fn text(value: &str) -> Verdi {
    Verdi::Text(value.into())
}

fn person(person: Option<Person<'_>>) -> Verdi {
    person.map_or(Verdi::Null, |person| Verdi::Person(person.id))
}

fn persons<'a>(people: impl IntoIterator<Item = Person<'a>>) -> Verdi {
    Verdi::List(people.into_iter().map(|person| Verdi::Person(person.id)).collect())
}

/// What the person `id` answers to `word`; `None` for a word it does not have.
pub(super) fn of_person(town: &Town, view: View, id: PersonId, word: &str) -> Option<Verdi> {
    let it = town.person(id);
    Some(match word {
        "id" => text(&it.nummer().to_string()),
        "fornavn" => text(&it.navn().fornavn),
        "etternavn" => text(&it.navn().etternavn),
        "navn" => text(&it.navn().full()),
        "alder" => Verdi::Int(it.alder().into()),
        "foedselsdato" => Verdi::Dato(it.foedselsdato()),
        "kjoenn" => text(it.kjoenn().code()),
        "bosatt" => Verdi::Bool(it.is_bosatt()),
        "doed" => Verdi::Bool(it.is_doed()),
        "sivilstand" => text(it.sivilstand().0.code()),
        "ektefelle" => person(it.ektefelle()),
        "samboer" => person(it.partner().filter(|partner| it.ektefelle().is_none_or(|spouse| spouse.id != partner.id))),
        "partner" => person(it.partner()),
        "barn" => persons(it.barn()),
        "foreldre" => persons([it.mor(), it.far()].into_iter().flatten()),
        "soesken" => soesken(&it),
        "forsoerger" => persons(it.ansvarlige().into_iter().map(|(adult, _)| adult)),
        "husstand" => it.husstand().map_or(Verdi::Null, Verdi::Husstand),
        "adresse" if view == View::Outside && it.is_home_hidden() => hidden(&ADRESSE),
        "adresse" => it.bolig().map_or(Verdi::Null, |bolig| adresse(town, bolig)),
        "adressebeskyttelse" => text(it.gradering().code()),
        "statsborgerskap" => statsborgerskap(&it),
        "spraak" => text(it.kontakt().spraak.code()),
        "reservert" => Verdi::Bool(it.is_reservert()),
        "digitalpostkasse" => match it.kontakt().postkasse {
            Postkasse::Ingen => Verdi::Null,
            postkasse => text(postkasse.code()),
        },
        "eid_nivaa" => it.eider().nivaa().map_or(Verdi::Null, text),
        "barnehage" => it.barnehage().map_or(Verdi::Null, |orgnr| virksomhet(town, orgnr)),
        // Where somebody in hiding works says where to look for them.
        "arbeidsgiver" if view == View::Outside && it.is_home_hidden() => Verdi::Null,
        "arbeidsgiver" => arbeidsgiver(town, &it),
        "merker" => Verdi::List(it.merker().into_iter().map(|merke| text(merke.code())).collect()),
        _ => return None,
    })
}

fn soesken(it: &Person<'_>) -> Verdi {
    let mut ids: Vec<PersonId> = Vec::new();
    for parent in [it.mor(), it.far()].into_iter().flatten() {
        for child in parent.barn() {
            if child.id != it.id && !ids.contains(&child.id) {
                ids.push(child.id);
            }
        }
    }
    Verdi::List(ids.into_iter().map(Verdi::Person).collect())
}

fn statsborgerskap(it: &Person<'_>) -> Verdi {
    let current = it.entries().into_iter().filter(crate::town::model::Entry::is_gjeldende);
    Verdi::List(
        current
            .filter_map(|entry| match entry.fact {
                Fact::Statsborgerskap(land) => Some(text(land.as_str())),
                _ => None,
            })
            .collect(),
    )
}

/// The employer of the largest job of today: the unit above the one the job sits at, as contracts name it.
fn arbeidsgiver(town: &Town, it: &Person<'_>) -> Verdi {
    let jobs = if it.is_doed() { Vec::new() } else { it.jobber() };
    let Some(job) = jobs.iter().max_by_key(|job| (job.stillingsprosent, std::cmp::Reverse(job.fra))) else {
        return Verdi::Null;
    };
    let above = town.virksomhet(job.virksomhet).overordnet;
    Verdi::Virksomhet(above.some().unwrap_or(job.virksomhet).0)
}

/// Taxable person and capital income in `aar` ([`InntektRow::grunnlag`]); 0 without any. `None` for a year the town has no
/// incomes of: before its first three, or not over yet.
///
/// [`InntektRow::grunnlag`]: crate::town::model::InntektRow::grunnlag
pub(super) fn inntekt(town: &Town, people: &[PersonId], aar: i64) -> Option<i64> {
    let aar = i16::try_from(aar).ok().filter(|aar| inntekt::aar(town).contains(aar))?;
    let of = |person: &PersonId| {
        let rows = inntekt::av(&town.person(*person), aar).into_iter();
        rows.map(|row| row.grunnlag()).sum::<i64>()
    };
    Some(people.iter().map(of).sum())
}

fn virksomhet(town: &Town, orgnr: Orgnummer) -> Verdi {
    town.enhet_med(orgnr).map_or(Verdi::Null, |unit| Verdi::Virksomhet(unit.0))
}

/// The address of a dwelling. Only expressions see it: a strictly confidential home is known to the town and must not
/// leave it, so no failure text may print what this gives.
fn adresse(town: &Town, bolig: BoligId) -> Verdi {
    let (base, row) = (&town.base, bolig.index());
    let homes = &base.boliger;
    let poststed = base.poststeder[usize::from(homes.poststed[row])];
    let kommunenummer = || text(&base.kommune.nummer.to_string());
    // Of the two forms of an address the other is blank, so that no question about it fails.
    let (navn, kode, nummer, matrikkel, undernummer) = match matrikkelnummer(base, bolig) {
        Some((eiendom, undernummer)) => {
            let number = |number: u16| Verdi::Int(number.into());
            let numbers = Kart::of([
                ("kommunenummer", kommunenummer()),
                ("gaardsnummer", number(eiendom.gardsnummer)),
                ("bruksnummer", number(eiendom.bruksnummer)),
                ("festenummer", number(eiendom.festenummer)),
            ]);
            (text(""), text(""), hidden(&ADRESSENUMMER), numbers, number(undernummer))
        }
        None => {
            let gate = base.gater[homes.gate[row] as usize];
            let husbokstav = match homes.husbokstav[row] {
                0 => Verdi::Null,
                letter => text(&char::from(letter).to_string()),
            };
            let nummer = [("husnummer", text(&homes.husnummer[row].to_string())), ("husbokstav", husbokstav)];
            let (navn, kode) = (text(base.tekst.get(gate.navn)), text(&gate.kode.to_string()));
            (navn, kode, Kart::of(nummer), hidden(&MATRIKKELNUMMER), Verdi::Int(0))
        }
    };
    Kart::of([
        ("kommunenummer", kommunenummer()),
        ("bruksenhetsnummer", text(&String::from_utf8_lossy(&homes.bruksenhet[row]))),
        ("bruksenhetstype", text(homes.bruksenhetstype[row].code())),
        ("adressenavn", navn),
        ("adressekode", kode),
        ("adressenummer", nummer),
        (
            "poststed",
            Kart::of([
                ("poststedsnavn", text(base.tekst.get(poststed.navn))),
                ("postnummer", text(&format!("{:04}", poststed.nummer))),
            ]),
        ),
        ("matrikkelnummer", matrikkel),
        ("undernummer", undernummer),
    ])
}

/// A document of `shape` in which nothing stands: comparisons with it are false, and none fails.
pub(super) fn hidden(shape: &Shape) -> Verdi {
    let blank = |ty: Ty| match ty {
        Ty::Map(inner) => hidden(inner),
        Ty::Int => Verdi::Int(0),
        Ty::List(_) => Verdi::List([].into()),
        _ => text(""),
    };
    Kart::of(shape.keys.iter().map(|(key, ty)| (*key, blank(ty()))))
}

/// What the household `id` answers to `word`.
pub(super) fn of_husstand(town: &Town, view: View, id: HusstandId, word: &str) -> Option<Verdi> {
    let members = town.medlemmer_of(id);
    let adult = |it: &Person<'_>| it.alder() >= 18;
    let concealed = || view == View::Outside && members.iter().any(Person::is_home_hidden);
    let home = || members.iter().find_map(Person::bolig).map(|bolig| (bolig, concealed()));
    Some(match word {
        "id" => text(&format!("h{}", id.0)),
        "medlemmer" => persons(members),
        "voksne" => persons(members.into_iter().filter(adult)),
        "barn" => persons(members.into_iter().filter(|it| !adult(it))),
        "adresse" => match home() {
            None => Verdi::Null,
            Some((_, true)) => hidden(&ADRESSE),
            Some((bolig, false)) => adresse(town, bolig),
        },
        "bolig" => match home() {
            None => Verdi::Null,
            Some((_, true)) => hidden(&BOLIG),
            Some((bolig, false)) => bolig_of(town, bolig),
        },
        "delt_bosted" => Verdi::Bool(members.iter().any(has_second_home)),
        _ => return None,
    })
}

/// Whether a child lives in another home too.
fn has_second_home(it: &Person<'_>) -> bool {
    let base = &it.town().base;
    it.alder() < 18 && it.id.index() < base.person_count() && !base.delt_bosted_of(it.id).is_empty()
}

fn bolig_of(town: &Town, bolig: BoligId) -> Verdi {
    let (homes, row) = (&town.base.boliger, bolig.index());
    let building = homes.bygning[row].some().and_then(|id| town.base.bygninger.get(id.index()));
    Kart::of([
        ("bruksenhetsnummer", text(&String::from_utf8_lossy(&homes.bruksenhet[row]))),
        ("bruksenhetstype", text(homes.bruksenhetstype[row].code())),
        ("grunnkrets", text(&format!("{:04}", homes.grunnkrets[row]))),
        ("skolekrets", Verdi::Int(homes.skolekrets[row].into())),
        ("stemmekrets", Verdi::Int(homes.stemmekrets[row].into())),
        ("bygningstype", text(building.map_or("", |building| building.slag.code()))),
        ("eieform", text(homes.eieform[row].code())),
        ("byggeaar", Verdi::Int(building.map_or(0, |building| building.byggeaar.into()))),
    ])
}

/// What `entity` answers to `word`: `None` when it is no entity or has no such word.
#[must_use]
pub(super) fn answer(town: &Arc<Town>, view: View, entity: &Verdi, word: &str) -> Option<Verdi> {
    match entity {
        Verdi::Person(id) => of_person(town, view, *id, word),
        Verdi::Husstand(id) => of_husstand(town, view, *id, word),
        Verdi::Virksomhet(index) => of_virksomhet(town, view, *index, word),
        _ => None,
    }
}
