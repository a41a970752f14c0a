//! Elements of the person document and the selection of them (`part`, `specs/folkeregister.md` §5, §6).

use std::fmt;

/// An element of the person document, by its place in [`NAVN`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Element(u8);

/// All elements in the order of the document (`specs/folkeregister.md` §6).
const NAVN: [&str; 32] = [
    "falskIdentitet",
    "identifikasjonsnummer",
    "identitetsgrunnlag",
    "kontaktinformasjonForDoedsbo",
    "legitimasjonsdokument",
    "status",
    "utlendingsmyndighetenesIdentifikasjonsnummer",
    "utenlandskPersonidentifikasjon",
    "deltBosted",
    "kjoenn",
    "foedsel",
    "foedselINorge",
    "familierelasjon",
    "sivilstand",
    "doedsfall",
    "navn",
    "adressebeskyttelse",
    "bostedsadresse",
    "oppholdsadresse",
    "innflytting",
    "utflytting",
    "brukAvSamiskSpraak",
    "forholdTilSametingetsValgmanntall",
    "postadresse",
    "postadresseIUtlandet",
    "foreldreansvar",
    "statsborgerskap",
    "bibehold",
    "opphold",
    "oppholdPaaSvalbard",
    "vergemaalEllerFremtidsfullmakt",
    "rettsligHandleevne",
];

/// Collections a client may ask for instead of single elements.
const SAMLINGER: [(&str, &[&str]); 3] = [
    (
        "person-basis",
        &[
            "identifikasjonsnummer",
            "identitetsgrunnlag",
            "status",
            "doedsfall",
            "sivilstand",
            "foedsel",
            "statsborgerskap",
            "kjoenn",
            "navn",
            "bostedsadresse",
            "oppholdsadresse",
            "deltBosted",
            "postadresse",
            "postadresseIUtlandet",
            "adressebeskyttelse",
            "kontaktinformasjonForDoedsbo",
        ],
    ),
    ("identitetsgrunnlag-utvidet", &["falskIdentitet", "legitimasjonsdokument", "utenlandskPersonidentifikasjon"]),
    ("relasjon-utvidet", &["familierelasjon", "foreldreansvar", "vergemaalEllerFremtidsfullmakt"]),
];

/// Adds historic entries to whatever is returned.
const HISTORIKK: &str = "historikk";

impl Element {
    pub(super) const FALSK_IDENTITET: Self = Self(0);
    pub(super) const IDENTIFIKASJONSNUMMER: Self = Self(1);
    pub(super) const STATUS: Self = Self(5);
    pub(super) const KJOENN: Self = Self(9);
    pub(super) const FOEDSEL: Self = Self(10);
    pub(super) const FOEDSEL_I_NORGE: Self = Self(11);
    pub(super) const FAMILIERELASJON: Self = Self(12);
    pub(super) const SIVILSTAND: Self = Self(13);
    pub(super) const DOEDSFALL: Self = Self(14);
    pub(super) const NAVN: Self = Self(15);
    pub(super) const ADRESSEBESKYTTELSE: Self = Self(16);
    pub(super) const BOSTEDSADRESSE: Self = Self(17);
    pub(super) const INNFLYTTING: Self = Self(19);
    pub(super) const UTFLYTTING: Self = Self(20);
    pub(super) const POSTADRESSE: Self = Self(23);
    pub(super) const POSTADRESSE_I_UTLANDET: Self = Self(24);
    pub(super) const FORELDREANSVAR: Self = Self(25);
    pub(super) const STATSBORGERSKAP: Self = Self(26);

    /// The element called `navn`, in any letter case: documentation and clients differ.
    pub(super) fn named(navn: &str) -> Option<Self> {
        let place = NAVN.iter().position(|name| name.eq_ignore_ascii_case(navn))?;
        u8::try_from(place).ok().map(Self)
    }

    /// All elements in the order of the document.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0u8..).take(NAVN.len()).map(Self)
    }

    /// The name as the register spells it.
    pub(super) fn navn(self) -> &'static str {
        NAVN[usize::from(self.0)]
    }

    /// The name in `entitet` of an event document, which differs for postal addresses (`specs/folkeregister.md` §10).
    pub(super) fn entitet(self) -> &'static str {
        match self {
            Self::POSTADRESSE => "kontaktadresse",
            Self::POSTADRESSE_I_UTLANDET => "kontaktadresseIUtlandet",
            _ => self.navn(),
        }
    }

    /// Elements that are one object instead of a list.
    pub(super) fn is_single_object(self) -> bool {
        matches!(self, Self::DOEDSFALL | Self::FALSK_IDENTITET)
    }

    /// Whether a replaced or ended entry shows when it ended. The others show an end only by what followed
    /// (`specs/folkeregister.md` §6.1, `opphoerstidspunkt`).
    pub(super) fn shows_end(self) -> bool {
        !matches!(self, Self::IDENTIFIKASJONSNUMMER | Self::STATUS | Self::KJOENN | Self::NAVN | Self::SIVILSTAND)
    }
}

/// What a request wants to see.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Utvalg {
    elementer: u32,
    /// Historic entries too.
    pub(super) historikk: bool,
}

impl fmt::Debug for Utvalg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Element::all().filter(|&e| self.has(e)).map(Element::navn)).finish()?;
        f.write_str(if self.historikk { " med historikk" } else { "" })
    }
}

/// A `part` that names neither an element nor a collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct UkjentPart(pub(super) String);

impl Utvalg {
    /// Everything there is.
    #[cfg(test)]
    pub(super) fn alt() -> Self {
        Self { elementer: u32::MAX, historikk: true }
    }

    /// Reads the values of all `part` parameters of a request. None, or only empty ones, mean `person-basis`; the
    /// identity number is always there.
    pub(super) fn parse<'a>(parts: impl IntoIterator<Item = &'a str>) -> Result<Self, UkjentPart> {
        let mut utvalg = Self { elementer: 0, historikk: false };
        let mut asked = false;
        let values = parts.into_iter().flat_map(|part| part.split(',')).map(str::trim).filter(|part| !part.is_empty());
        for value in values {
            asked |= utvalg.add(value)?;
        }
        if !asked {
            utvalg.add(SAMLINGER[0].0)?;
        }
        utvalg.include(Element::IDENTIFIKASJONSNUMMER);
        Ok(utvalg)
    }

    /// Adds one value; says whether it named elements (`historikk` names none).
    fn add(&mut self, value: &str) -> Result<bool, UkjentPart> {
        if value.eq_ignore_ascii_case(HISTORIKK) {
            self.historikk = true;
            return Ok(false);
        }
        if let Some((_, elements)) = SAMLINGER.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)) {
            elements.iter().filter_map(|name| Element::named(name)).for_each(|element| self.include(element));
            return Ok(true);
        }
        let element = Element::named(value).ok_or_else(|| UkjentPart(value.to_owned()))?;
        self.include(element);
        Ok(true)
    }

    fn include(&mut self, element: Element) {
        self.elementer |= 1 << element.0;
    }

    /// A number for each selection.
    pub(super) fn kode(self) -> u64 {
        u64::from(self.elementer) << 1 | u64::from(self.historikk)
    }

    /// Whether `element` is wanted.
    pub(super) fn has(self, element: Element) -> bool {
        self.elementer >> element.0 & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(parts: &[&str]) -> Vec<&'static str> {
        let utvalg = Utvalg::parse(parts.iter().copied()).unwrap();
        Element::all().filter(|&element| utvalg.has(element)).map(Element::navn).collect()
    }

    #[test]
    fn elements_used_by_name_are_at_their_places() {
        for (element, navn) in [
            (Element::FALSK_IDENTITET, "falskIdentitet"),
            (Element::IDENTIFIKASJONSNUMMER, "identifikasjonsnummer"),
            (Element::STATUS, "status"),
            (Element::KJOENN, "kjoenn"),
            (Element::FOEDSEL, "foedsel"),
            (Element::FOEDSEL_I_NORGE, "foedselINorge"),
            (Element::FAMILIERELASJON, "familierelasjon"),
            (Element::SIVILSTAND, "sivilstand"),
            (Element::DOEDSFALL, "doedsfall"),
            (Element::NAVN, "navn"),
            (Element::ADRESSEBESKYTTELSE, "adressebeskyttelse"),
            (Element::BOSTEDSADRESSE, "bostedsadresse"),
            (Element::INNFLYTTING, "innflytting"),
            (Element::UTFLYTTING, "utflytting"),
            (Element::POSTADRESSE, "postadresse"),
            (Element::POSTADRESSE_I_UTLANDET, "postadresseIUtlandet"),
            (Element::FORELDREANSVAR, "foreldreansvar"),
            (Element::STATSBORGERSKAP, "statsborgerskap"),
        ] {
            assert_eq!((element.navn(), Element::named(navn)), (navn, Some(element)));
        }
        let listed = SAMLINGER.iter().flat_map(|(_, elements)| elements.iter());
        assert!(listed.copied().all(|navn| Element::named(navn).is_some()));
    }

    #[test]
    fn every_spelling_of_part_is_read() {
        for (parts, expected) in [
            (&["navn", "status"][..], &["identifikasjonsnummer", "status", "navn"][..]),
            (&["navn,status"], &["identifikasjonsnummer", "status", "navn"]),
            (&["RettsligHandleevne"], &["identifikasjonsnummer", "rettsligHandleevne"]),
            (&["NAVN"], &["identifikasjonsnummer", "navn"]),
            (
                &["relasjon-utvidet"],
                &["identifikasjonsnummer", "familierelasjon", "foreldreansvar", "vergemaalEllerFremtidsfullmakt"],
            ),
        ] {
            assert_eq!(names(parts), expected, "{parts:?}");
        }
    }

    #[test]
    fn nothing_and_only_history_mean_the_basis() {
        let basis = names(&["person-basis"]);
        assert_eq!(basis.len(), 16);
        assert_eq!(names(&[]), basis);
        assert_eq!(names(&[""]), basis);
        assert_eq!(names(&["historikk"]), basis);
        assert!(Utvalg::parse(["historikk"]).unwrap().historikk);
        assert!(!Utvalg::parse(["navn"]).unwrap().historikk);
    }

    #[test]
    fn what_is_no_element_is_named_back() {
        for part in ["foo", "navn-historikk", "preferertKontaktadresse"] {
            assert_eq!(Utvalg::parse(["navn", part]), Err(UkjentPart(part.to_owned())));
        }
    }
}
