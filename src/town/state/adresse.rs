//! How an address is written on an envelope, and which address a register may hand out.

use std::sync::Arc;

use super::{Adresseblokk, Person};
use crate::town::model::{Base, BoligId, Fact, Gradering};

/// A street address with its postal place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateadresse {
    /// Street, house number and letter, as `Fjordgata 3B`.
    pub gate: String,
    /// Four digits.
    pub postnummer: String,
    /// Upper case.
    pub poststed: String,
}

/// The street address of a dwelling. Who may see it is the caller's question.
#[must_use]
pub fn gateadresse(base: &Base, bolig: BoligId) -> Option<Gateadresse> {
    let row = bolig.some()?.index();
    let boliger = &base.boliger;
    let gate = base.gater.get(*boliger.gate.get(row)? as usize)?;
    let poststed = base.poststeder.get(usize::from(boliger.poststed[row]))?;
    let bokstav = match boliger.husbokstav[row] {
        0 => String::new(),
        letter => char::from(letter).to_string(),
    };
    Some(Gateadresse {
        gate: format!("{} {}{bokstav}", base.tekst.get(gate.navn), boliger.husnummer[row]),
        postnummer: format!("{:04}", poststed.nummer),
        poststed: base.tekst.get(poststed.navn).to_owned(),
    })
}

impl Person<'_> {
    /// Whether the home must not leave the town: somebody who lives there is strictly protected (`DESIGN` §9).
    #[must_use]
    pub fn is_home_hidden(&self) -> bool {
        let strict = |one: &Person<'_>| one.gradering() == Gradering::StrengtFortrolig;
        strict(self) || self.husstand_medlemmer().iter().any(strict)
    }

    /// The envelope the registers can offer a sender who has none: the open post address of those who have one, the home
    /// of everybody else. `None` for the dead, for people who live elsewhere or nowhere known, and for protected people
    /// without an open post address: no home that is protected is ever offered (`specs/eformidling.md` §5.3,
    /// `specs/folkeregister.md` §8).
    #[must_use]
    pub fn adresseblokk(&self) -> Option<Adresseblokk> {
        if !self.is_bosatt() {
            return None;
        }
        let (mut postboks, mut aapen) = (None, self.gradering() == Gradering::Ugradert);
        for entry in self.entries().iter().filter(|entry| entry.is_gjeldende()) {
            match &entry.fact {
                Fact::Postadresse { postboks: boks, postnummer, poststed } => {
                    // The register writes the number and the place of the boxes; on an envelope the word stands in front.
                    let linje = if boks.to_lowercase().starts_with("postboks") {
                        boks.to_string()
                    } else {
                        format!("Postboks {boks}")
                    };
                    postboks = Some((linje, format!("{postnummer:04}"), poststed.to_string()));
                }
                Fact::Bostedsadresse { gradering, .. } => aapen &= *gradering == Gradering::Ugradert,
                _ => {}
            }
        }
        let hjem = || {
            let hjem = gateadresse(&self.town().base, self.bolig()?)?;
            Some((hjem.gate, hjem.postnummer, hjem.poststed))
        };
        let (linje, postnummer, poststed) = postboks.or_else(|| aapen.then(hjem).flatten())?;
        Some(Adresseblokk {
            navn: Some(self.navn().full().to_uppercase().into()),
            linjer: vec![linje.into()],
            postnummer: Some(postnummer.into()),
            poststed: Some(poststed.into()),
            land: Some("Norway".into()),
        })
    }

    /// Whether paper to `blokk` reaches this person: not when the block is a home moved away from, and yes for any other,
    /// because senders also write care-of addresses and institutions no register knows.
    #[must_use]
    pub fn mottar_papir_paa(&self, blokk: &Adresseblokk) -> bool {
        let base = &self.town().base;
        let is_on_block = |bolig: BoligId| gateadresse(base, bolig).is_some_and(|hjem| is_same(blokk, &hjem));
        if self.bolig().is_some_and(is_on_block) {
            return true;
        }
        let former = self.entries().into_iter().any(|entry| match entry.fact {
            Fact::Bostedsadresse { bolig: Some(bolig), .. } => entry.fjernet.is_none() && is_on_block(bolig),
            _ => false,
        });
        !former
    }
}

fn is_same(blokk: &Adresseblokk, hjem: &Gateadresse) -> bool {
    let plain = |text: &str| {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    let gate = plain(&hjem.gate);
    let fits = |linje: &Arc<str>| plain(linje) == gate;
    blokk.linjer.iter().any(fits) && blokk.postnummer.as_deref().is_some_and(|given| given.trim() == hjem.postnummer)
}
