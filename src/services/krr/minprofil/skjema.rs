//! What the forms of the page change. Everything goes through the town's own commands, so that look-ups, the log of changes
//! and the mailbox agree at the same instant.

use super::ENDRE;
use super::besoek::Besoek;
use crate::access::Params;
use crate::town::decide::{KontaktCommand, NyeKontaktdata, Refusal};
use crate::town::model::{PersonKey, Spraak};
use crate::town::{Cause, Command};
use crate::townhall::{HallError, World};

/// Why a form changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Avslag {
    /// Not a form of the page.
    Skjema,
    /// The citizen can do something about it.
    Felt(Fault),
    /// The world takes no more writes.
    Stanset,
}

/// What is wrong with what was typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    Epost,
    Mobil,
    /// There is nothing to save or confirm.
    Tomt,
    /// The citizen cannot stand in the register.
    IkkeIRegisteret,
}

impl Fault {
    /// The key of its text.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Epost => "feil.epost",
            Self::Mobil => "feil.mobil",
            Self::Tomt => "feil.tomt",
            Self::IkkeIRegisteret => "feil.ikke_i_registeret",
        }
    }
}

impl From<Refusal> for Avslag {
    fn from(refusal: Refusal) -> Self {
        match refusal.code {
            "email" => Self::Felt(Fault::Epost),
            "mobile" => Self::Felt(Fault::Mobil),
            "nothing_to_confirm" => Self::Felt(Fault::Tomt),
            "not_in_register" => Self::Felt(Fault::IkkeIRegisteret),
            _ => Self::Stanset,
        }
    }
}

/// Makes the change that the form `params` asks for, and gives the word of what was done (`profil::MELDINGER`).
pub(super) async fn change(
    besoek: &Besoek,
    world: &World,
    person: PersonKey,
    params: &Params,
) -> Result<&'static str, Avslag> {
    let (command, done) = match params.get("handling") {
        Some("lagre") => saved(besoek, person, params)?,
        Some("bekreft") => (KontaktCommand::Bekreftelse { person }, "bekreftet"),
        Some("reserver") => (KontaktCommand::Reservasjon { person, reservert: true }, "reservert"),
        Some("angre") => (KontaktCommand::Reservasjon { person, reservert: false }, "angret"),
        Some("spraak") => {
            let spraak = params.get("spraak").and_then(Spraak::from_code).ok_or(Avslag::Skjema)?;
            let ny = NyeKontaktdata { spraak: Some(spraak), ..NyeKontaktdata::default() };
            (KontaktCommand::Kontaktendring { person, ny }, "spraak")
        }
        _ => return Err(Avslag::Skjema),
    };
    let now = besoek.visit.town.now().millis().to_be_bytes();
    let cause = Cause::of(ENDRE, &[&person.bytes(), format!("{command:?}").as_bytes(), &now]);
    match world.command(Command::Kontakt(command), cause).await {
        Ok(_) => Ok(done),
        Err(HallError::Refused(refusal)) => Err(refusal.into()),
        Err(_) => Err(Avslag::Stanset),
    }
}

/// The two fields: what differs from the entry is changed, an empty field takes a channel out, and nothing new at all says
/// that the old still holds.
fn saved(besoek: &Besoek, person: PersonKey, params: &Params) -> Result<(KontaktCommand, &'static str), Avslag> {
    if params.count("epost") != 1 || params.count("mobil") != 1 {
        return Err(Avslag::Skjema);
    }
    let entry = besoek.visit.town.person_by_key(person).ok_or(Avslag::Skjema)?.kontakt();
    let typed = |name: &str| params.get(name).map(str::trim).filter(|text| !text.is_empty());
    let (epost, mobil) = (typed("epost").map(str::to_owned), typed("mobil").map(mobilnummer));
    let ny = NyeKontaktdata {
        epost: (epost != entry.epost).then_some(epost),
        mobil: (mobil != entry.mobil).then_some(mobil),
        ..NyeKontaktdata::default()
    };
    if ny == NyeKontaktdata::default() {
        return Ok((KontaktCommand::Bekreftelse { person }, "bekreftet"));
    }
    Ok((KontaktCommand::Kontaktendring { person, ny }, "lagret"))
}

/// A mobile number as people write it, with its country code: `490 12 345` is `+4749012345`.
fn mobilnummer(text: &str) -> String {
    let plain: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
    match plain.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None if plain.len() == 8 && plain.bytes().all(|byte| byte.is_ascii_digit()) => format!("+47{plain}"),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::mobilnummer;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, number) in [
            ("490 12 345", "+4749012345"),
            ("+47 490 12 345", "+4749012345"),
            ("0047 49012345", "+4749012345"),
            ("490-12-345", "+4749012345"),
            ("4901234", "4901234"),
            ("ring meg", "ringmeg"),
        ] {
            assert_eq!(mobilnummer(text), number, "{text}");
        }
    }
}
