//! What a search asks for, read from its parameters (`specs/folkeregister.md` §12). Parameters without a value ask for
//! nothing; names of parameters are read in any letter case, and those a package does not have are passed over.

use super::super::elementer::Element;
use super::super::faults::{self, Feil};
use super::super::pakker::Pakke;
use super::super::rules::Query;
use super::navn::{foldet, lyd, ord};
use crate::base::Kjoenn;
use crate::town::model::{DayNo, Landkode};

/// Shortest beginning of a street that can be asked for.
const KORTESTE_GATE: usize = 3;
/// Most words of a name that are compared.
pub(super) const MEST_ORD: usize = 32;
/// Most hits of a list.
pub(super) const MEST_TREFF: usize = 10_000;

/// Words of a name, as they are compared.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Navnekrav {
    pub(super) ord: Vec<String>,
    /// By sound.
    pub(super) fonetisk: bool,
    /// The first word must be of the first name and the last of the surname.
    pub(super) entydig: bool,
}

/// What is asked of an address; all of one and the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Adressekrav {
    /// Beginning of the street, folded.
    pub(super) gate: Option<String>,
    /// Number and letter of the house.
    pub(super) husnummer: Option<(u16, Option<u8>)>,
    /// A house number asked for without a letter means the house without one.
    pub(super) eksakt: bool,
    /// Without a house number asked for, only an address that has none is meant.
    pub(super) uten_husnummer: bool,
    pub(super) postnummer: Option<u16>,
    pub(super) kommune: Option<u16>,
    pub(super) fylke: Option<u16>,
    /// Stays count as homes do.
    pub(super) opphold: bool,
}

impl Adressekrav {
    /// Whether anything is asked.
    pub(super) fn noe(&self) -> bool {
        self.gate.is_some() || self.husnummer.is_some() || self.postnummer.is_some() || self.er_omraade()
    }

    fn er_omraade(&self) -> bool {
        self.kommune.is_some() || self.fylke.is_some()
    }

    /// Whether only the municipality is asked about.
    pub(super) fn bare_omraade(&self) -> bool {
        self.er_omraade() && self.gate.is_none() && self.husnummer.is_none() && self.postnummer.is_none()
    }
}

/// A number given by others, or of a paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Papir {
    /// An identity number of another country.
    UtenlandskId(Landkode, String),
    /// A passport or identity card.
    Legitimasjon(Landkode, String),
    /// The number of the immigration authorities.
    Utlendingsnummer(String),
}

/// What is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Kriterier {
    pub(super) navn: Navnekrav,
    pub(super) kjoenn: Option<Kjoenn>,
    /// First and last day of birth.
    pub(super) foedt: Option<(DayNo, DayNo)>,
    pub(super) adresse: Adressekrav,
    /// Former names and addresses count too.
    pub(super) historisk: bool,
    pub(super) doede: bool,
    /// Identity number as written.
    pub(super) nummer: Option<String>,
    pub(super) papirer: Vec<Papir>,
}

/// The parameters of a request.
struct Parametre<'a>(&'a Query);

impl<'a> Parametre<'a> {
    /// The value of the parameter called `name`, unless it is empty.
    fn text(&self, name: &str) -> Result<Option<&'a str>, Feil> {
        let mut values = self.0.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim());
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(faults::SEARCH_FORMAT),
            (value, None) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    fn read<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Feil> {
        self.text(name)?.map(|text| read(text).ok_or(faults::SEARCH_FORMAT)).transpose()
    }

    fn yes(&self, name: &str) -> Result<bool, Feil> {
        let word = |text: &str| text.to_ascii_lowercase().parse().ok();
        Ok(self.read(name, word)?.unwrap_or(false))
    }

    fn number(&self, name: &str, count: usize) -> Result<Option<u16>, Feil> {
        self.read(name, |text| digits(text, count))
    }

    fn navn(&self, fonetisk: bool, entydig: bool) -> Result<Navnekrav, Feil> {
        let mut words = ord(self.text("navn")?.unwrap_or(""));
        if self.text("navn")?.is_some() && words.is_empty() || words.len() > MEST_ORD {
            return Err(faults::SEARCH_FORMAT);
        }
        if fonetisk {
            words = words.iter().map(|word| lyd(word)).collect();
        }
        Ok(Navnekrav { ord: words, fonetisk, entydig })
    }

    fn historisk(&self) -> Result<bool, Feil> {
        let word = |text: &str| ["gjeldende", "historisk"].iter().position(|word| word.eq_ignore_ascii_case(text));
        Ok(self.read("opplysningsgrunnlag", word)? == Some(1))
    }

    fn foedselsdato(&self) -> Result<Option<DayNo>, Feil> {
        self.text("foedselsdato")?.map(|text| date(text).ok_or(faults::DATE_FORMAT)).transpose()
    }

    fn adresse(&self) -> Result<Adressekrav, Feil> {
        let street = |text: &str| {
            let folded = foldet(text);
            (folded.chars().count() >= KORTESTE_GATE).then_some(folded)
        };
        Ok(Adressekrav {
            gate: self.read("adressenavn", street)?,
            husnummer: self.read("husnummer", house)?,
            postnummer: self.number("postnummer", 4)?,
            ..Adressekrav::default()
        })
    }

    fn paper(&self, name: &str, paper: fn(Landkode, String) -> Papir) -> Result<Option<Papir>, Feil> {
        self.read(name, |text| {
            let (land, number) = text.split_once('-')?;
            let land: [u8; 3] = land.to_ascii_uppercase().into_bytes().try_into().ok()?;
            let named = land.iter().all(u8::is_ascii_uppercase) && !number.is_empty();
            named.then(|| paper(Landkode(land), number.to_owned()))
        })
    }
}

fn digits(text: &str, count: usize) -> Option<u16> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `YYYYMMDD`.
fn date(text: &str) -> Option<DayNo> {
    let part = |from: usize, to: usize| digits(text.get(from..to)?, to - from);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let small = |number: u16| i8::try_from(number).ok();
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    (text.len() == 8).then(|| DayNo::of(date))
}

/// The first or last day of a year.
fn day_of_year(year: u16, last: bool) -> DayNo {
    let (month, day) = if last { (12, 31) } else { (1, 1) };
    let year = i16::try_from(year).unwrap_or(i16::MAX).clamp(1, 9_998);
    jiff::civil::Date::new(year, month, day).map_or(DayNo(0), DayNo::of)
}

/// A house number with or without its letter, as `14`, `14B` or `14 b`.
fn house(text: &str) -> Option<(u16, Option<u8>)> {
    let end = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
    let number = digits(&text[..end], end).filter(|_| (1..=4).contains(&end))?;
    match text[end..].trim().as_bytes() {
        [] => Some((number, None)),
        [letter] if letter.is_ascii_alphabetic() => Some((number, Some(letter.to_ascii_uppercase()))),
        _ => None,
    }
}

/// The criteria of a list and how many hits are wanted (§12.1).
pub(super) fn av_liste(query: &Query) -> Result<(Kriterier, usize), Feil> {
    let given = Parametre(query);
    let most = match given.text("maksTreff")? {
        None => MEST_TREFF,
        Some(text) => text.parse().ok().filter(|most| (1..=MEST_TREFF).contains(most)).ok_or(faults::MAX_HITS)?,
    };
    let kjoenn =
        |text: &str| [Kjoenn::Kvinne, Kjoenn::Mann].into_iter().find(|kjoenn| kjoenn.code().eq_ignore_ascii_case(text));
    let (from, to) = (given.number("foedselsaarFraOgMed", 4)?, given.number("foedselsaarTilOgMed", 4)?);
    let years = from.is_some() || to.is_some();
    let mut foedt = years.then(|| (day_of_year(from.unwrap_or(1), false), day_of_year(to.unwrap_or(9_998), true)));
    if let Some(day) = given.foedselsdato()? {
        let (from, to) = foedt.unwrap_or((day, day));
        foedt = Some((from.max(day), to.min(day)));
    }
    let krav = Kriterier {
        navn: given.navn(given.yes("soekFonetisk")?, false)?,
        kjoenn: given.read("kjoenn", kjoenn)?,
        foedt,
        adresse: Adressekrav {
            kommune: given.number("kommunenummer", 4)?,
            fylke: given.number("fylkesnummer", 2)?,
            opphold: given.yes("inkluderOppholdsadresse")?,
            ..given.adresse()?
        },
        historisk: given.historisk()?,
        doede: given.yes("inkluderDoede")?,
        ..Kriterier::default()
    };
    Ok((krav, most))
}

/// The criteria of a search for one person, when they give a right to a hit (§12.2).
pub(super) fn av_entydig(pakke: &Pakke, query: &Query) -> Result<Kriterier, Feil> {
    let given = Parametre(query);
    let day = given.foedselsdato()?;
    let (abroad, here) = (pakke.elementer.har(Element::UTENLANDSK_ID), pakke.elementer.har(Element::UTLENDINGSNUMMER));
    let mut papirer = Vec::new();
    if abroad {
        papirer.extend(given.paper("utenlandskpersonidentifikasjon", Papir::UtenlandskId)?);
        papirer.extend(given.paper("legitimasjonsdokument", Papir::Legitimasjon)?);
    }
    if here {
        let number = given.text("utlendingsmyndighetenesIdentifikasjonsnummer")?;
        papirer.extend(number.map(|number| Papir::Utlendingsnummer(number.to_owned())));
    }
    let mut krav = Kriterier {
        navn: given.navn(given.yes("soekFonetisk")?, true)?,
        foedt: day.map(|day| (day, day)),
        adresse: Adressekrav { eksakt: true, ..given.adresse()? },
        historisk: given.historisk()?,
        doede: true,
        nummer: given.text("identifikasjonsnummer")?.map(str::to_owned),
        papirer,
        ..Kriterier::default()
    };
    let names = given.text("navn")?.unwrap_or("").split_whitespace().count();
    let adresse = &mut krav.adresse;
    let other = krav.nummer.is_some() || day.is_some() || adresse.postnummer.is_some() || !krav.papirer.is_empty();
    let by_street = adresse.gate.is_some() && (adresse.husnummer.is_some() || pakke.gate_alene);
    if names < 2 || !other && !by_street {
        return Err(faults::SEARCH_MINIMUM);
    }
    adresse.uten_husnummer = !other && adresse.husnummer.is_none();
    Ok(krav)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn house_numbers_and_dates_are_read_as_people_write_them() {
        assert_eq!(house("14"), Some((14, None)));
        for text in ["14B", "14b", "14 B"] {
            assert_eq!(house(text), Some((14, Some(b'B'))));
        }
        for text in ["", "B", "14BB", "12345", "14-16", "-1"] {
            assert_eq!(house(text), None, "{text}");
        }
        assert_eq!(date("20240229"), Some(DayNo::of(jiff::civil::date(2024, 2, 29))));
        for text in ["20230229", "2024-02-29", "202402290", "2024022", "abcdefgh", "２０２４０２２９"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
