//! People who come to the municipality: from another country, or from another municipality. Everything about them is in
//! the event; their origin key names them in every fork (`specs/core.md` §3, `specs/folkeregister.md` §21).
//!
//! The register of this town holds the people of this town, so somebody from another municipality is created in it with
//! the home they leave, and moves in the same transaction.

use super::husstand::{Maal, stream};
use super::numre::{self, Tildeling};
use super::utkast::Utkast;
use super::{Cause, Refusal, flytting, resident};
use crate::base::{Foedselsnummer, Kjoenn, OriginKey, Stream};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    Ansvar, DayNo, Endring, Fact, Gradering, Hendelsestype, Landkode, Navn, PersonId, PersonKey, Personstatus,
    Relasjonsrolle, Sivilstand,
};
use crate::town::state::Town;

/// People of the base looked at for a name before the next best is taken.
const NAVNESOEK: usize = 400;
/// First names of children are those of children up to this age.
const BARNENAVN_DAGER: i32 = 10 * 365;

/// One of a family that comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::town::decide) struct Ny {
    /// Sex.
    pub(in crate::town::decide) kjoenn: Kjoenn,
    /// Date of birth.
    pub(in crate::town::decide) foedt: DayNo,
}

/// A family that comes: adults first, one or two, then their children.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::town::decide) struct Familie {
    /// Everybody.
    pub(in crate::town::decide) medlemmer: Vec<Ny>,
    /// How many of them are the adults.
    pub(in crate::town::decide) voksne: usize,
    /// Whether two adults are married.
    pub(in crate::town::decide) gift: bool,
    /// The country they come from; another municipality when `None`.
    pub(in crate::town::decide) land: Option<Landkode>,
}

/// What a script says of somebody who comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Oensket {
    pub(super) hos: PersonKey,
    pub(super) kjoenn: Option<Kjoenn>,
    pub(super) alder: Option<u32>,
    pub(super) land: Option<Landkode>,
    pub(super) egen_bolig: bool,
}

/// Decides that somebody comes, as a script asked for: one person, to somebody who lives here or to a home of their own.
pub(super) fn scripted(town: &Town, wanted: &Oensket, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let host = resident(town, wanted.hos)?;
    if wanted.land == Some(Landkode::NOR) {
        return Err(Refusal::new(
            "country",
            "somebody who comes from NOR comes from another municipality: leave `land` out",
        ));
    }
    let mut stream = stream(town, cause.origin, "innflytting");
    let drawn = if stream.chance_ppm(500_000) { Kjoenn::Kvinne } else { Kjoenn::Mann };
    let age = wanted.alder.unwrap_or_else(|| 20 + u32::try_from(stream.uniform(20)).expect("below twenty"));
    let foedt = born(&mut stream, town, age);
    let ny = Ny { kjoenn: wanted.kjoenn.unwrap_or(drawn), foedt };
    let family = Familie { medlemmer: vec![ny], voksne: 1, gift: false, land: wanted.land };
    let maal = if wanted.egen_bolig { Maal::ledig(town, cause)? } else { Maal::hos(host, &[host])? };
    come(town, &family, &maal, Tildeling::Nedenfra, cause)
}

/// A date of birth of somebody who is `age` today.
pub(in crate::town::decide) fn born(stream: &mut Stream, town: &Town, age: u32) -> DayNo {
    use jiff::ToSpan;
    let today = town.now().dato();
    let birthday = today.checked_sub(i64::from(age).years()).unwrap_or(today);
    DayNo(DayNo::of(birthday).0 - i32::try_from(stream.uniform(364)).expect("below a year"))
}

/// Decides that `family`, drawn, comes and takes a free dwelling.
pub(in crate::town::decide) fn drawn(town: &Town, family: &Familie, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let maal = Maal::ledig(town, cause)?;
    come(town, family, &maal, Tildeling::Etter(cause.origin), cause)
}

/// Somebody on the way in.
struct Kommer {
    origin: OriginKey,
    key: PersonKey,
    nummer: Foedselsnummer,
    ny: Ny,
    navn: Navn,
}

fn come(
    town: &Town,
    family: &Familie,
    maal: &Maal<'_>,
    tildeling: Tildeling,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let people = newcomers(town, family, tildeling, cause)?;
    let (kilde, aarsak) = match family.land {
        Some(_) => ("folkeregistermyndigheten", "Innflytting"),
        None => ("skatteetaten", "Flytting innenlands"),
    };
    let mut utkast = Utkast::new(town, cause, kilde, aarsak);
    for one in &people {
        utkast.hendelse(FolkEvent::PersonKom { origin: one.origin, husstand: None });
    }
    for (place, one) in people.iter().enumerate() {
        created(&mut utkast, family, &people, place);
        arrived(&mut utkast, family, one, maal);
    }
    for one in &people {
        utkast.hendelse(FolkEvent::Hjem { person: one.key, bolig: maal.bolig() });
    }
    match maal {
        Maal::Egen(_) => {
            utkast.hendelse(FolkEvent::NyHusstand { medlemmer: people.iter().map(|one| one.key).collect() });
        }
        Maal::Hos(host) => {
            for one in &people {
                utkast.hendelse(FolkEvent::TilHusstand { person: one.key, hos: host.key() });
            }
        }
    }
    if family.voksne == 2 {
        utkast.par(people[0].key, people[1].key);
    }
    Ok(utkast.events)
}

fn newcomers(town: &Town, family: &Familie, tildeling: Tildeling, cause: &Cause) -> Result<Vec<Kommer>, Refusal> {
    let mut taken = Vec::new();
    let mut people: Vec<Kommer> = Vec::new();
    for (place, ny) in (0u32..).zip(&family.medlemmer) {
        let origin = cause.origin.child("innflytter", place);
        let tildeling = match tildeling {
            Tildeling::Nedenfra => Tildeling::Nedenfra,
            Tildeling::Etter(_) => Tildeling::Etter(origin),
        };
        let nummer = numre::ledig(town, ny.foedt, ny.kjoenn, tildeling, &taken)?;
        taken.push(nummer);
        let first = fornavn_fra(town, *ny, family.land, origin);
        let own = (place as usize) < family.voksne && !(family.gift && place == 1);
        let etternavn =
            if own { etternavn_fra(town, family.land, origin) } else { people[0].navn.etternavn.to_string() };
        let navn = Navn { fornavn: first.into(), mellomnavn: None, etternavn: etternavn.into() };
        people.push(Kommer { origin, key: PersonKey::World(origin), nummer, ny: *ny, navn });
    }
    Ok(people)
}

/// The creation in the register, in the order of `specs/folkeregister.md` §21.
fn created(utkast: &mut Utkast<'_>, family: &Familie, people: &[Kommer], place: usize) {
    let one = &people[place];
    let town = utkast.town;
    let land = family.land.unwrap_or(Landkode::NOR);
    let (born, today) = (Some(one.ny.foedt), Some(utkast.dato));
    let mut facts = vec![
        (Fact::Identifikasjonsnummer(one.nummer), today),
        (Fact::Status(Personstatus::Bosatt), today),
        (Fact::Kjoenn(one.ny.kjoenn), born),
        (Fact::Foedsel { dato: one.ny.foedt, her: false, land }, None),
    ];
    facts.extend(relations(family, people, place).into_iter().map(|fact| (fact, born)));
    facts.push((Fact::Navn { navn: one.navn.clone(), midlertidig: false }, born));
    if family.land.is_none() {
        let kommune = flytting::annen_kommune(town, utkast.origin);
        let flyttedato = one.ny.foedt;
        let home = Fact::BostedAnnenKommune { kommune, gradering: Gradering::Ugradert, flyttedato };
        facts.push((home, born));
    }
    facts.push((Fact::Statsborgerskap(land), born));
    facts.extend(responsibilities(family, people, place).into_iter().map(|fact| (fact, born)));
    let spouse = (family.gift && place < 2).then(|| people[1 - place].key);
    let dato = spouse.map(|_| wedding(people));
    let sivilstand = if spouse.is_some() { Sivilstand::Gift } else { Sivilstand::Ugift };
    facts.push((Fact::Sivilstand { sivilstand, dato, relatert: spouse }, dato.or(born)));
    if family.land.is_some() {
        let papers = crate::town::derive::identitet_fra(land, utkast.dato, &mut stream(town, one.origin, "identitet"));
        facts.extend(papers.into_iter().map(|fact| (fact, today)));
    }
    let changes: Vec<Endring> = facts.into_iter().map(|(fact, fra)| utkast.ny_fra(one.key, fact, fra)).collect();
    utkast.registrer(one.key, Hendelsestype::PersonErOpprettet, changes);
}

/// Wed the year both were of age.
fn wedding(people: &[Kommer]) -> DayNo {
    let youngest = people[0].ny.foedt.max(people[1].ny.foedt);
    DayNo(youngest.0 + 19 * 366)
}

/// The role of the adult at `place` to the children.
fn parent_role(family: &Familie, place: usize) -> Relasjonsrolle {
    match family.medlemmer[place].kjoenn {
        Kjoenn::Mann => Relasjonsrolle::Far,
        Kjoenn::Kvinne if place == 1 && family.medlemmer[0].kjoenn == Kjoenn::Kvinne => Relasjonsrolle::Medmor,
        Kjoenn::Kvinne => Relasjonsrolle::Mor,
    }
}

fn relations(family: &Familie, people: &[Kommer], place: usize) -> Vec<Fact> {
    let relation = |relatert, relatert_rolle, min_rolle| Fact::Familierelasjon { relatert, relatert_rolle, min_rolle };
    let mut facts = Vec::new();
    if place < family.voksne {
        let mine = parent_role(family, place);
        let children = people[family.voksne..].iter();
        facts.extend(children.map(|child| relation(child.key, Relasjonsrolle::Barn, mine)));
        if family.gift {
            let spouse = Relasjonsrolle::EktefelleEllerPartner;
            facts.push(relation(people[1 - place].key, spouse, spouse));
        }
    } else {
        let parents = people[..family.voksne].iter().enumerate();
        facts.extend(parents.map(|(at, adult)| relation(adult.key, parent_role(family, at), Relasjonsrolle::Barn)));
    }
    facts
}

fn responsibilities(family: &Familie, people: &[Kommer], place: usize) -> Vec<Fact> {
    let ansvar = match (family.voksne, parent_role(family, 0)) {
        (2, _) => Ansvar::Felles,
        (_, Relasjonsrolle::Far) => Ansvar::Far,
        _ => Ansvar::Mor,
    };
    let fact = |ansvarlig, ansvarssubjekt| Fact::Foreldreansvar { ansvar, ansvarlig, ansvarssubjekt };
    if place < family.voksne {
        people[family.voksne..].iter().map(|child| fact(None, Some(child.key))).collect()
    } else {
        people[..family.voksne].iter().map(|adult| fact(Some(adult.key), None)).collect()
    }
}

/// The home here, and where they came from.
fn arrived(utkast: &mut Utkast<'_>, family: &Familie, one: &Kommer, maal: &Maal<'_>) {
    let flyttedato = utkast.dato;
    let home = Fact::Bostedsadresse { bolig: maal.bolig(), gradering: Gradering::Ugradert, flyttedato };
    match family.land {
        Some(land) => {
            let change = utkast.ny(one.key, home);
            utkast.registrer(one.key, Hendelsestype::PersonErBosatt, vec![change]);
            let change = utkast.ny(one.key, Fact::Innflytting(land));
            utkast.registrer(one.key, Hendelsestype::EndringIInnflytting, vec![change]);
        }
        None => {
            let old = utkast.nylig(one.key, Fact::is_hjem);
            let change = utkast.erstatt(one.key, old, home);
            utkast.registrer(one.key, Hendelsestype::EndringIBostedsadresse, vec![change]);
        }
    }
}

/// A row of the base for which `fits` holds, in an order `stream` gives; the last looked at when none of many does.
fn donor(town: &Town, stream: &mut Stream, fits: impl Fn(usize) -> bool) -> usize {
    let people = town.base.person_count();
    let mut row = 0;
    for _ in 0..NAVNESOEK {
        row = stream.index(people);
        if fits(row) {
            break;
        }
    }
    row
}

/// A first name as people of this sex, origin and about this age have it.
fn fornavn_fra(town: &Town, ny: Ny, land: Option<Landkode>, origin: OriginKey) -> String {
    const GENERASJON: i32 = 10 * 365;
    let people = &town.base.personer;
    let land = land.unwrap_or(Landkode::NOR);
    let mut stream = stream(town, origin, "fornavn");
    let near = |row: usize| land != Landkode::NOR || (people.foedselsdato[row].0 - ny.foedt.0).abs() < GENERASJON;
    let fits = |row: usize| people.kjoenn[row] == ny.kjoenn && people.foedeland[row] == land && near(row);
    let row = donor(town, &mut stream, fits);
    let row = if people.kjoenn[row] == ny.kjoenn { row } else { same_sex(town, &mut stream, ny.kjoenn) };
    plain(town.base.tekst.get(people.fornavn[row]))
}

fn same_sex(town: &Town, stream: &mut Stream, kjoenn: Kjoenn) -> usize {
    donor(town, stream, |row| town.base.personer.kjoenn[row] == kjoenn)
}

fn etternavn_fra(town: &Town, land: Option<Landkode>, origin: OriginKey) -> String {
    let people = &town.base.personer;
    let land = land.unwrap_or(Landkode::NOR);
    let row = donor(town, &mut stream(town, origin, "etternavn"), |row| people.foedeland[row] == land);
    town.base.tekst.get(people.etternavn[row]).to_owned()
}

/// Without the mark of a name not chosen yet.
fn plain(name: &str) -> String {
    match name.split_once('*') {
        Some((before, _)) => {
            let mut letters = before.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
            first + &letters.as_str().to_lowercase()
        }
        None => name.to_owned(),
    }
}

/// The first name parents choose: one that small children of this sex have here.
pub(in crate::town::decide) fn barnenavn(town: &Town, kjoenn: Kjoenn, origin: OriginKey) -> String {
    let people = &town.base.personer;
    let since = DayNo::of(town.base.header.start.dato()).0 - BARNENAVN_DAGER;
    let mut stream = stream(town, origin, "navnevalg");
    let chosen = |row: usize| !town.base.tekst.get(people.fornavn[row]).contains('*');
    let row = donor(town, &mut stream, |row| {
        people.kjoenn[row] == kjoenn && people.foedselsdato[row].0 >= since && chosen(row)
    });
    let row = if people.kjoenn[row] == kjoenn { row } else { same_sex(town, &mut stream, kjoenn) };
    plain(town.base.tekst.get(people.fornavn[PersonId::at(row).index()]))
}
