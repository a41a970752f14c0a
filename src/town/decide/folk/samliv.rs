//! Marriage, separation, divorce, and couples who begin or end living together (`specs/folkeregister.md` §21).

use super::husstand::{MYNDIG, Maal, hele, med_barn, or_everybody};
use super::navneendring::{NyttNavn, skift};
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, doedsfall, resident};
use crate::clock::Dato;
use crate::town::event::Event;
use crate::town::model::{DayNo, Fact, Hendelsestype, PersonId, PersonKey, Relasjonsrolle, Sivilstand};
use crate::town::state::{Person, Town};

/// Generations of ancestors looked at when two people must not be close kin.
const GENERASJONER: usize = 3;

/// Decides a wedding; `etternavn` are new surnames of the two.
pub(super) fn vigsel(
    town: &Town,
    [one, other]: [PersonKey; 2],
    etternavn: [Option<&str>; 2],
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let couple = [resident(town, one)?, resident(town, other)?];
    may_marry(&couple)?;
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Vigsel");
    for (person, spouse, etternavn) in [(couple[0], couple[1], etternavn[0]), (couple[1], couple[0], etternavn[1])] {
        let relatert = Some(spouse.key());
        let dato = Some(utkast.dato);
        new_status(&mut utkast, &person, Fact::Sivilstand { sivilstand: Sivilstand::Gift, dato, relatert });
        let relation = Fact::Familierelasjon {
            relatert: spouse.key(),
            relatert_rolle: Relasjonsrolle::EktefelleEllerPartner,
            min_rolle: Relasjonsrolle::EktefelleEllerPartner,
        };
        let change = utkast.ny(person.key(), relation);
        utkast.registrer(person.key(), Hendelsestype::EndringIFamilierelasjon, vec![change]);
        if let Some(etternavn) = etternavn {
            let nytt = NyttNavn { etternavn: Some(etternavn.to_owned()), ..NyttNavn::default() };
            let navn = nytt.paa(&person.navn())?;
            if navn != person.navn() {
                skift(&mut utkast, &person, navn);
            }
        }
    }
    let lives_together = couple[0].husstand().is_some() && couple[0].husstand() == couple[1].husstand();
    if lives_together && couple.iter().all(|person| person.partner().is_none()) {
        utkast.par(couple[0].key(), couple[1].key());
    }
    Ok(utkast.events)
}

fn new_status(utkast: &mut Utkast<'_>, person: &Person<'_>, fact: Fact) {
    let old = gjeldende(&person.entries(), |fact| matches!(fact, Fact::Sivilstand { .. }));
    let change = utkast.erstatt(person.key(), old, fact);
    utkast.registrer(person.key(), Hendelsestype::EndringISivilstand, vec![change]);
}

fn may_marry(couple: &[Person<'_>; 2]) -> Result<(), Refusal> {
    if couple[0].id == couple[1].id {
        return Err(Refusal::new("same_person", "nobody marries themselves"));
    }
    for person in couple {
        let name = person.navn().full();
        if person.alder() < MYNDIG {
            return Err(Refusal::new("age", format!("{name} is {} years old", person.alder())));
        }
        let (sivilstand, _) = person.sivilstand();
        let bound = matches!(
            sivilstand,
            Sivilstand::Gift | Sivilstand::Separert | Sivilstand::RegistrertPartner | Sivilstand::SeparertPartner
        );
        if bound {
            return Err(Refusal::new("married", format!("{name} is {} already", sivilstand.code())));
        }
    }
    if is_close_kin(&couple[0], &couple[1]) {
        return Err(Refusal::new("kin", "close kin do not marry"));
    }
    Ok(())
}

/// Whether one descends from the other, or both have a parent in common.
pub(super) fn is_close_kin(one: &Person<'_>, other: &Person<'_>) -> bool {
    let parents = |person: &Person<'_>| -> Vec<PersonId> {
        [person.mor(), person.far()].into_iter().flatten().map(|parent| parent.id).collect()
    };
    let descends = |from: &Person<'_>, to: &Person<'_>| {
        let mut generation = vec![*from];
        (0..GENERASJONER).any(|_| {
            generation = generation.iter().flat_map(|p| [p.mor(), p.far()]).flatten().collect();
            generation.iter().any(|ancestor| ancestor.id == to.id)
        })
    };
    parents(one).iter().any(|parent| parents(other).contains(parent)) || descends(one, other) || descends(other, one)
}

/// The spouse of somebody who is `sivilstand`.
fn spouse_of<'a>(person: &Person<'a>, sivilstand: Sivilstand) -> Option<Person<'a>> {
    let (is, relatert) = person.sivilstand();
    let spouse = person.town().person_by_key(relatert.filter(|_| is == sivilstand)?)?;
    (spouse.sivilstand() == (sivilstand, Some(person.key()))).then_some(spouse)
}

/// Decides a separation; `flytter` moves out, when they live together.
pub(super) fn separasjon(town: &Town, flytter: PersonKey, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, flytter)?;
    let Some(spouse) = spouse_of(&person, Sivilstand::Gift) else {
        return Err(Refusal::new("not_married", format!("{} is not married", person.navn().full())));
    };
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Separasjon");
    for (one, other) in [(person, spouse), (spouse, person)] {
        let fact =
            Fact::Sivilstand { sivilstand: Sivilstand::Separert, dato: Some(utkast.dato), relatert: Some(other.key()) };
        new_status(&mut utkast, &one, fact);
    }
    if person.husstand().is_some() && person.husstand() == spouse.husstand() {
        move_out(&mut utkast, &person, cause)?;
    }
    super::super::oppfoelging::skilsmisse(&mut utkast.events, town, &person, &spouse, cause);
    Ok(utkast.events)
}

/// One of a couple moves to a free dwelling; children who have a parent there stay.
fn move_out(utkast: &mut Utkast<'_>, person: &Person<'_>, cause: &Cause) -> Result<(), Refusal> {
    let group = med_barn(std::slice::from_ref(person));
    let maal = Maal::ledig(utkast.town, cause)?;
    utkast.av("Flytting innenlands");
    utkast.flytt(&group, &maal);
    Ok(())
}

/// The first day on which somebody separated since `dato` can be divorced: a year later (Marriage Act § 21).
pub(super) fn skilsmisse_fra(dato: DayNo) -> Dato {
    use jiff::ToSpan;
    dato.dato().checked_add(1.year()).unwrap_or(Dato::MAX)
}

/// Decides a divorce.
pub(super) fn skilsmisse(town: &Town, person: PersonKey, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, person)?;
    let name = person.navn().full();
    let Some(spouse) = spouse_of(&person, Sivilstand::Separert) else {
        return Err(Refusal::new("not_separated", format!("{name} is not separated")));
    };
    let entry = gjeldende(&person.entries(), |fact| matches!(fact, Fact::Sivilstand { .. }));
    if let Some(Fact::Sivilstand { dato: Some(dato), .. }) = entry.map(|entry| entry.fact)
        && town.now().dato() < skilsmisse_fra(dato)
    {
        let detail = format!("{name} is separated since {}; a divorce can come a year later", dato.dato());
        return Err(Refusal::new("too_early", detail));
    }
    let mut utkast = Utkast::new(town, cause, "folkeregistermyndigheten", "Skilsmisse");
    for (one, other) in [(person, spouse), (spouse, person)] {
        let fact =
            Fact::Sivilstand { sivilstand: Sivilstand::Skilt, dato: Some(utkast.dato), relatert: Some(other.key()) };
        new_status(&mut utkast, &one, fact);
        let ended = doedsfall::marriage(&one.entries()).map(|old| utkast.avslutt(old));
        utkast.registrer(one.key(), Hendelsestype::EndringIFamilierelasjon, ended.into_iter().collect());
    }
    Ok(utkast.events)
}

/// Decides that a couple parts: `person` moves out to a free dwelling, a married one without a separation.
pub(super) fn samlivsslutt(town: &Town, person: PersonKey, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let person = resident(town, person)?;
    if person.partner().is_none() {
        return Err(Refusal::new("no_partner", format!("{} lives with no partner", person.navn().full())));
    }
    let mut utkast = Utkast::new(town, cause, "skatteetaten", "Flytting innenlands");
    move_out(&mut utkast, &person, cause)?;
    Ok(utkast.events)
}

/// Decides that two people begin living together as a couple: the smaller of their families moves to the other, or both
/// to a free dwelling when neither has one of their own.
pub(super) fn flytter_sammen(
    town: &Town,
    one: PersonKey,
    other: PersonKey,
    cause: &Cause,
) -> Result<Vec<Event>, Refusal> {
    let pair = [resident(town, one)?, resident(town, other)?];
    if pair[0].id == pair[1].id || pair[0].husstand().is_some() && pair[0].husstand() == pair[1].husstand() {
        return Err(Refusal::new("same_home", "they live in the same household already"));
    }
    if let Some(taken) = pair.iter().find(|person| person.partner().is_some()) {
        return Err(Refusal::new("has_partner", format!("{} lives with somebody", taken.navn().full())));
    }
    let groups = pair.map(|person| med_barn(&[person]));
    let is_head = |person: &Person<'_>| {
        let members = person.husstand_medlemmer();
        members.iter().find(|member| member.alder() >= MYNDIG).is_some_and(|head| head.id == person.id)
    };
    let mut utkast = Utkast::new(town, cause, "skatteetaten", "Flytting innenlands");
    match (is_head(&pair[0]), is_head(&pair[1])) {
        (false, false) => {
            let maal = Maal::ledig(town, cause)?;
            utkast.flytt(&groups[0], &maal);
            for person in &groups[1] {
                // The household is formed by the first group; the second joins it.
                utkast.flytt_til_ny(person, &maal, pair[0].key());
            }
        }
        (true, false) => utkast.flytt(&groups[1], &Maal::hos(pair[0], &groups[1])?),
        (false, true) => utkast.flytt(&groups[0], &Maal::hos(pair[1], &groups[0])?),
        (true, true) => {
            let sizes = [hele(&pair[0]).len(), hele(&pair[1]).len()];
            let (stays, moves) = if sizes[0] >= sizes[1] { (0, 1) } else { (1, 0) };
            let group = or_everybody(groups[moves].clone(), hele(&pair[moves]));
            utkast.flytt(&group, &Maal::hos(pair[stays], &group)?);
        }
    }
    utkast.par(pair[0].key(), pair[1].key());
    Ok(utkast.events)
}
