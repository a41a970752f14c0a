//! Kinds that change what the population register says of somebody, and kinds that take such a change back.

use super::{Given, LivshendelseFault};
use crate::town::decide::{Command, FolkCommand, NyttNavn, NyttVergemaal, Retting};
use crate::town::model::{Ansvar, Gradering, Hendelsesart, PersonKey, Vergemaalsslag};

/// The command of the kind `name`; `None` for a kind of another file.
pub(super) fn command(name: &str, of: PersonKey, given: &Given<'_>) -> Option<Result<Command, LivshendelseFault>> {
    let made = match name {
        "navneendring" => navneendring(of, given),
        "foreldreansvar" => foreldreansvar(of, given),
        "delt_bosted" => delt_bosted(of, given),
        "adressebeskyttelse" => adressebeskyttelse(of, given),
        "statsborgerskap" => statsborgerskap(of, given),
        "vergemaal" => vergemaal(of, given, false),
        "fullmakt" => vergemaal(of, given, true),
        "adopsjon" => adopsjon(of, given),
        "korreksjon" => korreksjon(of, given),
        "annullering" => annullering(of, given),
        _ => return None,
    };
    Some(made.map(Command::Folk))
}

type Made = Result<FolkCommand, LivshendelseFault>;

/// Parts of a name that can be given.
const NAVN: [&str; 3] = ["fornavn", "mellomnavn", "etternavn"];

fn nytt_navn(given: &Given<'_>) -> Result<NyttNavn, LivshendelseFault> {
    let [fornavn, mellomnavn, etternavn] = NAVN.map(|part| given.text(part));
    let nytt = NyttNavn { fornavn: fornavn?, mellomnavn: mellomnavn?, etternavn: etternavn? };
    if nytt == NyttNavn::default() { Err(given.nothing(&NAVN)) } else { Ok(nytt) }
}

fn navneendring(person: PersonKey, given: &Given<'_>) -> Made {
    Ok(FolkCommand::Navneendring { person, nytt: nytt_navn(given)? })
}

fn foreldreansvar(barn: PersonKey, given: &Given<'_>) -> Made {
    let ansvar = given.read("ansvar", |value| Ansvar::from_code(value.as_str()?))?.unwrap_or(Ansvar::Felles);
    Ok(FolkCommand::Foreldreansvar { barn, ansvar, hvem: given.person("hvem")? })
}

fn delt_bosted(barn: PersonKey, given: &Given<'_>) -> Made {
    let slutt = given.bool("slutt")?.unwrap_or(false);
    Ok(FolkCommand::DeltBosted { barn, hos: given.person("hos")?, slutt })
}

fn adressebeskyttelse(person: PersonKey, given: &Given<'_>) -> Made {
    let gradering = given.read("gradering", |value| Gradering::from_code(value.as_str()?))?;
    Ok(FolkCommand::Adressebeskyttelse {
        person,
        gradering: gradering.unwrap_or(Gradering::StrengtFortrolig),
        hele_husstanden: given.bool("hele_husstanden")?.unwrap_or(false),
    })
}

fn statsborgerskap(person: PersonKey, given: &Given<'_>) -> Made {
    let land = given.land("land")?.unwrap_or(crate::town::model::Landkode::NOR);
    Ok(FolkCommand::Statsborgerskap { person, land, beholder: given.bool("beholder")?.unwrap_or(true) })
}

fn vergemaal(person: PersonKey, given: &Given<'_>, fullmakt: bool) -> Made {
    let slag = given.read("slag", |value| Vergemaalsslag::from_code(value.as_str()?))?;
    let slag = if fullmakt { Some(Vergemaalsslag::StadfestetFremtidsfullmakt) } else { slag };
    let verge = given.person(if fullmakt { "fullmektig" } else { "verge" })?;
    if verge.is_none() && !given.bool("slutt")?.unwrap_or(false) {
        return Err(given.nothing(&[if fullmakt { "fullmektig" } else { "verge" }, "slutt"]));
    }
    let verge = verge.filter(|_| given.bool("slutt").ok().flatten() != Some(true));
    Ok(FolkCommand::Vergemaal { person, nytt: NyttVergemaal { slag, verge, tjenester: Vec::new() } })
}

fn adopsjon(barn: PersonKey, given: &Given<'_>) -> Made {
    let av = given.person("av")?.unwrap_or(barn);
    Ok(FolkCommand::Adopsjon { barn, av, med: given.person("med")?, etternavn: given.text("etternavn")? })
}

fn korreksjon(person: PersonKey, given: &Given<'_>) -> Made {
    let hendelse = given.text("hendelse")?.unwrap_or_default();
    let dato = || given.dato("dato")?.ok_or_else(|| given.nothing(&["dato"]));
    let retting = match hendelse.as_str() {
        "doedsfall" => Retting::Doedsfall(dato()?),
        "flytting" => Retting::Flytting(dato()?),
        "statsborgerskap" => Retting::Statsborgerskap(given.land("land")?.ok_or_else(|| given.nothing(&["land"]))?),
        "navneendring" => Retting::Navn(nytt_navn(given)?),
        _ => {
            given.read("hendelse", |_| None::<()>)?;
            return Err(given.nothing(&["hendelse"]));
        }
    };
    Ok(FolkCommand::Korreksjon { person, retting })
}

fn annullering(person: PersonKey, given: &Given<'_>) -> Made {
    let art = given.read("hendelse", |value| Hendelsesart::from_code(value.as_str()?))?;
    let art = art.ok_or_else(|| given.nothing(&["hendelse"]))?;
    Ok(FolkCommand::Annullering { person, art })
}
