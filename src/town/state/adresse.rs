//! How an address is written on an envelope, and which address a register may hand out.

use std::sync::Arc;

use super::{Adresseblokk, Person, Town};
use crate::town::model::{Base, BeskyttelseRow, BoligId, BygningId, DayNo, Eiendom, Fact, Gradering, INGEN_GATE};

/// An address as people write it, with its postal place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gateadresse {
    /// Street, house number and letter, as `Fjordgata 3B`; the number of the property where there is no street, as `43/98`,
    /// or `43/98/0/1` with the number of the lease and of the home (`specs/neighbours.md` §6.1).
    pub gate: String,
    /// Four digits.
    pub postnummer: String,
    /// Upper case.
    pub poststed: String,
}

/// The property whose number is the address of a dwelling without a street, and the number of the home on it, 0 for the only
/// one. `None` for a home in a street.
#[must_use]
pub fn matrikkelnummer(base: &Base, bolig: BoligId) -> Option<(Eiendom, u16)> {
    let row = bolig.some()?.index();
    if *base.boliger.gate.get(row)? != INGEN_GATE {
        return None;
    }
    let bygning = base.bygninger.get(base.boliger.bygning[row].some()?.index())?;
    let eiendom = base.eiendommer.get(bygning.eiendom.some()?.index())?;
    Some((*eiendom, base.boliger.husnummer[row]))
}

/// The address of a dwelling. Who may see it is the caller's question.
#[must_use]
pub fn gateadresse(base: &Base, bolig: BoligId) -> Option<Gateadresse> {
    let row = bolig.some()?.index();
    let boliger = &base.boliger;
    let poststed = base.poststeder.get(usize::from(*boliger.poststed.get(row)?))?;
    let gate = if let Some((eiendom, undernummer)) = matrikkelnummer(base, bolig) {
        let Eiendom { gardsnummer, bruksnummer, festenummer, .. } = eiendom;
        match (festenummer, undernummer) {
            (0, 0) => format!("{gardsnummer}/{bruksnummer}"),
            (_, 0) => format!("{gardsnummer}/{bruksnummer}/{festenummer}"),
            _ => format!("{gardsnummer}/{bruksnummer}/{festenummer}/{undernummer}"),
        }
    } else {
        let gate = base.gater.get(boliger.gate[row] as usize)?;
        let bokstav = match boliger.husbokstav[row] {
            0 => String::new(),
            letter => char::from(letter).to_string(),
        };
        format!("{} {}{bokstav}", base.tekst.get(gate.navn), boliger.husnummer[row])
    };
    Some(Gateadresse {
        gate,
        postnummer: format!("{:04}", poststed.nummer),
        poststed: base.tekst.get(poststed.navn).to_owned(),
    })
}

impl Town {
    /// The dwellings where somebody lives today whom the base protects strictly, with the day they moved in. From that
    /// day on nobody is said to live or to have lived there.
    pub fn secret_homes(&self) -> impl Iterator<Item = (BoligId, DayNo)> + '_ {
        let strict = |row: &&BeskyttelseRow| row.gradering == Gradering::StrengtFortrolig;
        self.base.beskyttelser.iter().filter(strict).filter_map(|row| {
            let person = self.person(row.person);
            Some((person.bolig()?, person.bosatt_fra()?))
        })
    }

    /// Whether somebody strictly protected lives in `bygning` today: then nothing is said to be there.
    #[must_use]
    pub fn is_secret_building(&self, bygning: BygningId) -> bool {
        let is_there = |home: BoligId| self.base.boliger.bygning[home.index()] == bygning;
        bygning.some().is_some() && self.secret_homes().any(|(home, _)| is_there(home))
    }
}

impl Person<'_> {
    /// The day somebody of the base moved into the home of today.
    fn bosatt_fra(&self) -> Option<DayNo> {
        let moved = self.town().folk.people.get(self.id.index()).and_then(|changes| changes.flyttinger.last().copied());
        moved.map(|(day, _)| day).or_else(|| {
            let spell = self.town().base.bosteder_of(self.id).last()?;
            Some(self.town().base.bosteder[spell.index()].fra)
        })
    }

    /// Whether the home must not leave the town: somebody who lives there is strictly protected (`DESIGN` §9).
    #[must_use]
    pub fn is_home_hidden(&self) -> bool {
        let strict = |one: &Person<'_>| one.gradering() == Gradering::StrengtFortrolig;
        strict(self) || self.husstand_medlemmer().iter().any(strict)
    }

    /// The envelope the registers can offer a sender who has none: the open post address of those who have one, the home
    /// of everybody else. `None` for the dead, for people who live elsewhere or nowhere known, for protected people without
    /// an open post address, and for those who live with somebody strictly protected: no home that is protected is ever offered (`specs/eformidling.md` §5.3,
    /// `specs/folkeregister.md` §8).
    #[must_use]
    pub fn adresseblokk(&self) -> Option<Adresseblokk> {
        if !self.is_bosatt() {
            return None;
        }
        let (mut postboks, mut aapen) = (None, self.gradering() == Gradering::Ugradert && !self.is_home_hidden());
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
    // The stroke tells 4/39 from 43/9.
    let plain = |text: &str| {
        text.chars()
            .filter(|letter| letter.is_alphanumeric() || *letter == '/')
            .flat_map(char::to_lowercase)
            .collect::<String>()
    };
    let gate = plain(&hjem.gate);
    let fits = |linje: &Arc<str>| plain(linje) == gate;
    blokk.linjer.iter().any(fits) && blokk.postnummer.as_deref().is_some_and(|given| given.trim() == hjem.postnummer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::Town;
    use crate::town::model::tests_town::{TestTown, rolle, uten_gate};

    #[test]
    fn a_home_without_a_street_is_written_as_its_property_and_paper_finds_it() {
        let mut base = TestTown::eksempel();
        let home = base.bosteder[base.bosteder_of(rolle::KARI).last().unwrap().index()].bolig;
        assert_eq!(gateadresse(&base, home).unwrap().gate, "Lia 7");
        assert_eq!(matrikkelnummer(&base, home), None);
        uten_gate(&mut base, home);
        let lines = |base: &Base| gateadresse(base, home).unwrap().gate;
        assert_eq!(lines(&base), "43/98/0/2");
        base.boliger.husnummer[home.index()] = 0;
        assert_eq!(lines(&base), "43/98");
        base.eiendommer[0].festenummer = 5;
        assert_eq!(lines(&base), "43/98/5");
        let town = Town::new(Arc::new(base));
        let kari = town.person(rolle::KARI);
        let mut block = kari.adresseblokk().unwrap();
        assert_eq!(*block.linjer[0], *"43/98/5");
        assert!(kari.mottar_papir_paa(&block));
        assert!(is_same(&block, &gateadresse(&town.base, home).unwrap()));
        block.linjer = vec!["4/398/5".into()];
        assert!(!is_same(&block, &gateadresse(&town.base, home).unwrap()), "another farm with the same digits");
    }
}
