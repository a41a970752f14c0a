//! A birth: the children are created, each parent gets relation and responsibility (`specs/folkeregister.md` §21,
//! `specs/life-events.md` §1).

use std::sync::Arc;

use super::numre::{self, Tildeling};
use super::{Cause, Refusal, resident};
use crate::base::{Domain, Foedselsnummer, Kjoenn, OriginKey, Purpose, StreamKey};
use crate::town::event::{Event, FolkEvent};
use crate::town::model::{
    Ansvar, DayNo, Endring, Endringsslag, Fact, FactId, Gradering, Hendelsestype, HusstandId, Landkode, Navn, NyFact,
    PersonKey, Personstatus, Registrering, Relasjonsrolle, Sivilstand,
};
use crate::town::state::{Person, Town};

/// Boys per million live births (`specs/population.md` §4.1).
const BOYS_PPM: u32 = 514_000;
/// Fewest days between two deliveries of one mother (`specs/population.md` §16.2, 19).
const SPACING_DAYS: i32 = 270;
/// Ages at which a woman can give birth (`specs/population.md` §16.2, 13).
const MOTHER_AGES: std::ops::RangeInclusive<i32> = 13..=55;

const KILDE: &str = "folkeregistermyndigheten";
const AARSAK: &str = "Fødsel";

/// Decides a birth; `drawn` when background life brings it.
pub(super) fn decide(
    town: &Town,
    mor: PersonKey,
    medforelder: Option<PersonKey>,
    barn: &[Option<Kjoenn>],
    drawn: bool,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let mother = may_give_birth(town, mor)?;
    let other = medforelder.map(|key| other_parent(town, mor, key)).transpose()?;
    if barn.is_empty() || barn.len() > 6 {
        return Err(Refusal::new("children", "a birth has between one and six children"));
    }
    let birth = Birth { town, mother, other, dato: DayNo::of(town.now().dato()), drawn, cause };
    let earlier = mother.barn().len();
    let mut taken = Vec::new();
    let mut events = Vec::new();
    let mut families = Vec::new();
    for (order, wanted) in barn.iter().enumerate() {
        let ordinal = u32::try_from(earlier + order).expect("a mother has few children");
        let child = birth.newborn(ordinal, *wanted, &taken)?;
        taken.push(child.nummer);
        // A household of the base has the same number in every world; one formed since is named by who is in it.
        let of_base = |husstand: &HusstandId| husstand.index() < town.base.husstander.slag.len();
        let husstand = mother.husstand().filter(of_base);
        events.push(Event::Folk(FolkEvent::PersonKom { origin: child.origin, husstand }));
        if husstand.is_none() && mother.husstand().is_some() {
            events.push(Event::Folk(FolkEvent::TilHusstand { person: child.key, hos: mor }));
        }
        events.push(Event::Folk(FolkEvent::Registrert(Arc::new(birth.created(&child, order, barn.len())))));
        families.extend(
            birth.parents(&child).into_iter().map(|change| Event::Folk(FolkEvent::Registrert(Arc::new(change)))),
        );
    }
    events.extend(families);
    Ok(events)
}

fn may_give_birth(town: &Town, mor: PersonKey) -> Result<Person<'_>, Refusal> {
    let mother = resident(town, mor)?;
    let name = mother.navn().full();
    if mother.kjoenn() != Kjoenn::Kvinne {
        return Err(Refusal::new("not_a_woman", format!("{name} is a man")));
    }
    if !MOTHER_AGES.contains(&mother.alder()) {
        return Err(Refusal::new("age", format!("{name} is {} years old", mother.alder())));
    }
    let today = DayNo::of(town.now().dato());
    let latest = mother.barn().iter().map(|child| DayNo::of(child.foedselsdato())).max();
    match latest {
        Some(last) if today.0 - last.0 > 1 && today.0 - last.0 < SPACING_DAYS => {
            Err(Refusal::new("spacing", format!("{name} gave birth {} days ago", today.0 - last.0)))
        }
        _ => Ok(mother),
    }
}

fn other_parent(town: &Town, mor: PersonKey, key: PersonKey) -> Result<Person<'_>, Refusal> {
    let other =
        town.person_by_key(key).ok_or_else(|| Refusal::new("unknown_person", "there is no such second parent"))?;
    if key == mor {
        return Err(Refusal::new("same_person", "the mother cannot be the second parent"));
    }
    Ok(other)
}

struct Birth<'a> {
    town: &'a Town,
    mother: Person<'a>,
    other: Option<Person<'a>>,
    dato: DayNo,
    drawn: bool,
    cause: &'a Cause,
}

struct Newborn {
    origin: OriginKey,
    key: PersonKey,
    nummer: Foedselsnummer,
    kjoenn: Kjoenn,
}

impl Birth<'_> {
    /// The origin key is (mother, birth ordinal): the same child in every fork (`specs/core.md` §3).
    fn newborn(&self, ordinal: u32, wanted: Option<Kjoenn>, taken: &[Foedselsnummer]) -> Result<Newborn, Refusal> {
        let origin = OriginKey::of("foedsel", &[&self.mother.key().bytes(), &ordinal.to_be_bytes()]);
        let header = &self.town.base.header;
        let streams = StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose("foedsel"));
        let mut stream = streams.of_origin(origin);
        let drawn = if stream.chance_ppm(BOYS_PPM) { Kjoenn::Mann } else { Kjoenn::Kvinne };
        let kjoenn = wanted.unwrap_or(drawn);
        let tildeling = if self.drawn { Tildeling::Etter(origin) } else { Tildeling::Nedenfra };
        let nummer = numre::ledig(self.town, self.dato, kjoenn, tildeling, taken)?;
        Ok(Newborn { origin, key: PersonKey::World(origin), nummer, kjoenn })
    }

    fn change(&self, person: PersonKey, slag: Hendelsestype, facts: Vec<Fact>) -> Registrering {
        let endringer = (0u32..)
            .zip(facts)
            .map(|(ordinal, fact)| {
                // Ordinals of one person's changes within a transaction must differ between the kinds of change.
                let ordinal = ordinal + 100 * u32::from(slag as u8);
                Endring {
                    slag: Endringsslag::RegistrereNy,
                    ny: Some(NyFact {
                        id: FactId::of_world(self.cause.origin, person, ordinal),
                        fact,
                        gyldig_fra: Some(self.dato),
                    }),
                    gammel: None,
                }
            })
            .collect();
        Registrering {
            person,
            slag,
            registrert: self.town.now(),
            kilde: KILDE.into(),
            aarsak: AARSAK.into(),
            endringer,
        }
    }

    fn other_role(&self) -> Relasjonsrolle {
        match self.other.map(|other| other.kjoenn()) {
            Some(Kjoenn::Kvinne) => Relasjonsrolle::Medmor,
            _ => Relasjonsrolle::Far,
        }
    }

    /// Responsibility is joint when the parents are married or live together, by default also otherwise since 2020
    /// (`specs/population.md` §16.2, 18).
    fn ansvar(&self) -> Ansvar {
        if self.other.is_some() { Ansvar::Felles } else { Ansvar::Mor }
    }

    fn adults(&self) -> Vec<(Person<'_>, Relasjonsrolle)> {
        let mut adults = vec![(self.mother, Relasjonsrolle::Mor)];
        adults.extend(self.other.map(|other| (other, self.other_role())));
        adults
    }

    fn created(&self, child: &Newborn, order: usize, count: usize) -> Registrering {
        let mother_name = self.mother.navn();
        let suffix = if child.kjoenn == Kjoenn::Kvinne { "*PIKE" } else { "*GUTT" };
        let first = mother_name.fornavn.to_uppercase();
        let code = u8::try_from(count * 10 + order + 1).unwrap_or(11);
        let land = self.citizenship();
        let mut facts = vec![
            Fact::Identifikasjonsnummer(child.nummer),
            Fact::Status(Personstatus::Bosatt),
            Fact::Kjoenn(child.kjoenn),
            Fact::Foedsel { dato: self.dato, her: true, land: Landkode::NOR },
            Fact::FoedselINorge(code),
            Fact::Navn {
                navn: Navn {
                    fornavn: format!("{first}{suffix}").into(),
                    mellomnavn: None,
                    etternavn: Arc::clone(&mother_name.etternavn),
                },
                midlertidig: true,
            },
            Fact::Sivilstand { sivilstand: Sivilstand::Ugift, dato: None, relatert: None },
            Fact::Statsborgerskap(land),
        ];
        for (adult, rolle) in self.adults() {
            facts.push(Fact::Familierelasjon {
                relatert: adult.key(),
                relatert_rolle: rolle,
                min_rolle: Relasjonsrolle::Barn,
            });
            facts.push(Fact::Foreldreansvar {
                ansvar: self.ansvar(),
                ansvarlig: Some(adult.key()),
                ansvarssubjekt: None,
            });
        }
        facts.extend(self.home());
        self.change(child.key, Hendelsestype::PersonErOpprettet, facts)
    }

    /// Norwegian when either parent is, else the mother's.
    fn citizenship(&self) -> Landkode {
        let parents: Vec<Landkode> = self.adults().iter().flat_map(|(adult, _)| adult.statsborgerskap()).collect();
        if parents.contains(&Landkode::NOR) {
            return Landkode::NOR;
        }
        parents.first().copied().unwrap_or(Landkode::NOR)
    }

    /// The mother's address, with her protection in the same transaction (`specs/life-events.md` §1.2, 1k).
    fn home(&self) -> Vec<Fact> {
        let gradering = self.mother.gradering();
        let mut facts = Vec::new();
        // A client's address is graded by itself; the person is not protected.
        if matches!(gradering, Gradering::Fortrolig | Gradering::StrengtFortrolig) {
            facts.push(Fact::Adressebeskyttelse(gradering));
            facts.extend(self.mother.postadresse());
        }
        facts.push(Fact::Bostedsadresse { bolig: self.mother.bolig(), gradering, flyttedato: self.dato });
        facts
    }

    /// Relation, then responsibility, for each parent.
    fn parents(&self, child: &Newborn) -> Vec<Registrering> {
        let mut changes = Vec::new();
        for (adult, rolle) in self.adults() {
            let relation =
                Fact::Familierelasjon { relatert: child.key, relatert_rolle: Relasjonsrolle::Barn, min_rolle: rolle };
            let responsibility =
                Fact::Foreldreansvar { ansvar: self.ansvar(), ansvarlig: None, ansvarssubjekt: Some(child.key) };
            let ordinal_base = child.nummer;
            for (slag, fact) in [
                (Hendelsestype::EndringIFamilierelasjon, relation),
                (Hendelsestype::EndringIForeldreansvar, responsibility),
            ] {
                let mut change = self.change(adult.key(), slag, vec![fact]);
                // Twins give the same parent two facts of each kind: the child's number keeps their ids apart.
                if let Some(ny) = change.endringer[0].ny.as_mut() {
                    let origin = self.cause.origin.child(&ordinal_base.to_string(), u32::from(slag as u8));
                    ny.id = FactId::of_world(origin, adult.key(), 0);
                }
                changes.push(change);
            }
        }
        changes
    }
}
