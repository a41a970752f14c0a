//! Elements of the person document and the selection of them (`part`, `specs/folkeregister.md` §5, §6).

use std::fmt;

use super::pakker::{Nummerregel, Pakke};

/// An element of the person document, by its place in [`NAVN`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Element(u8);

macro_rules! elementer {
    ($($konstant:ident = $navn:literal,)*) => {
        /// All elements in the order of the JSON document (`specs/folkeregister.md` §6).
        const NAVN: &[&str] = &[$($navn),*];

        impl Element {
            $(pub(super) const $konstant: Self = Self(place(NAVN, $navn));)*
        }
    };
}

/// The place of `navn`; a name that is not there does not compile.
const fn place(names: &[&str], navn: &str) -> u8 {
    const fn is_same(one: &str, other: &str) -> bool {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        let mut at = 0;
        while at < one.len() && at < other.len() && one[at] == other[at] {
            at += 1;
        }
        at == one.len() && at == other.len()
    }
    let mut at = 0u8;
    while !is_same(names[at as usize], navn) {
        at += 1;
    }
    at
}

elementer! {
    FALSK_IDENTITET = "falskIdentitet",
    IDENTIFIKASJONSNUMMER = "identifikasjonsnummer",
    IDENTITETSGRUNNLAG = "identitetsgrunnlag",
    DOEDSBO = "kontaktinformasjonForDoedsbo",
    LEGITIMASJONSDOKUMENT = "legitimasjonsdokument",
    STATUS = "status",
    UTLENDINGSNUMMER = "utlendingsmyndighetenesIdentifikasjonsnummer",
    UTENLANDSK_ID = "utenlandskPersonidentifikasjon",
    DELT_BOSTED = "deltBosted",
    KJOENN = "kjoenn",
    FOEDSEL = "foedsel",
    FOEDSEL_I_NORGE = "foedselINorge",
    FAMILIERELASJON = "familierelasjon",
    SIVILSTAND = "sivilstand",
    DOEDSFALL = "doedsfall",
    NAVN = "navn",
    ADRESSEBESKYTTELSE = "adressebeskyttelse",
    BOSTEDSADRESSE = "bostedsadresse",
    OPPHOLDSADRESSE = "oppholdsadresse",
    INNFLYTTING = "innflytting",
    UTFLYTTING = "utflytting",
    BRUK_AV_SAMISK_SPRAAK = "brukAvSamiskSpraak",
    VALGMANNTALL = "forholdTilSametingetsValgmanntall",
    POSTADRESSE = "postadresse",
    POSTADRESSE_I_UTLANDET = "postadresseIUtlandet",
    FORELDREANSVAR = "foreldreansvar",
    STATSBORGERSKAP = "statsborgerskap",
    BIBEHOLD = "bibehold",
    OPPHOLD = "opphold",
    OPPHOLD_PAA_SVALBARD = "oppholdPaaSvalbard",
    VERGEMAAL = "vergemaalEllerFremtidsfullmakt",
    RETTSLIG_HANDLEEVNE = "rettsligHandleevne",
}

/// The order of the XML document (`specs/folkeregister.md` §15).
const XML_REKKEFOELGE: [Element; 32] = [
    Element::FALSK_IDENTITET,
    Element::IDENTIFIKASJONSNUMMER,
    Element::IDENTITETSGRUNNLAG,
    Element::DOEDSBO,
    Element::LEGITIMASJONSDOKUMENT,
    Element::STATUS,
    Element::UTLENDINGSNUMMER,
    Element::UTENLANDSK_ID,
    Element::DOEDSFALL,
    Element::SIVILSTAND,
    Element::FAMILIERELASJON,
    Element::BOSTEDSADRESSE,
    Element::DELT_BOSTED,
    Element::OPPHOLDSADRESSE,
    Element::POSTADRESSE,
    Element::POSTADRESSE_I_UTLANDET,
    Element::ADRESSEBESKYTTELSE,
    Element::INNFLYTTING,
    Element::UTFLYTTING,
    Element::VALGMANNTALL,
    Element::KJOENN,
    Element::STATSBORGERSKAP,
    Element::FORELDREANSVAR,
    Element::FOEDSEL,
    Element::NAVN,
    Element::FOEDSEL_I_NORGE,
    Element::VERGEMAAL,
    Element::OPPHOLD,
    Element::BIBEHOLD,
    Element::BRUK_AV_SAMISK_SPRAAK,
    Element::RETTSLIG_HANDLEEVNE,
    Element::OPPHOLD_PAA_SVALBARD,
];

/// A set of elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Mengde(u32);

impl Mengde {
    pub(super) const ALLE: Self = Self(u32::MAX);
    pub(super) const INGEN: Self = Self(0);

    /// These elements.
    pub(super) const fn av(elements: &[Element]) -> Self {
        let (mut set, mut at) = (0, 0);
        while at < elements.len() {
            set |= 1 << elements[at].0;
            at += 1;
        }
        Self(set)
    }

    /// Without `other`.
    pub(super) const fn uten(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// With `other`.
    pub(super) const fn og(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn felles(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(super) const fn har(self, element: Element) -> bool {
        self.0 >> element.0 & 1 == 1
    }
}

/// Collections a client may ask for instead of single elements.
const SAMLINGER: [(&str, &[&str]); 3] = [
    (
        PERSON_BASIS,
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

/// What is meant when nothing is asked for.
const PERSON_BASIS: &str = "person-basis";
/// Adds historic entries to whatever is returned.
const HISTORIKK: &str = "historikk";

impl Element {
    /// The element called `navn`, in any letter case: documentation and clients differ.
    pub(super) fn named(navn: &str) -> Option<Self> {
        let place = NAVN.iter().position(|name| name.eq_ignore_ascii_case(navn))?;
        u8::try_from(place).ok().map(Self)
    }

    /// All elements in the order of the document.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0u8..).take(NAVN.len()).map(Self)
    }

    /// The place in the XML document.
    pub(super) fn xml_rang(self) -> usize {
        XML_REKKEFOELGE.iter().position(|element| *element == self).unwrap_or(XML_REKKEFOELGE.len())
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

/// What a request wants to see, within what its package may.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Utvalg {
    elementer: Mengde,
    /// Elements shown with historic entries too.
    historikk: Mengde,
}

impl fmt::Debug for Utvalg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(Element::all().filter(|&e| self.has(e)).map(Element::navn)).finish()?;
        f.write_str(if self.historikk == Mengde::INGEN { "" } else { " med historikk" })
    }
}

/// A `part` that names neither an element nor a collection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct UkjentPart(pub(super) String);

impl Utvalg {
    /// Everything there is.
    #[cfg(test)]
    pub(super) fn alt() -> Self {
        Self { elementer: Mengde::ALLE, historikk: Mengde::ALLE }
    }

    /// Reads the values of all `part` parameters of a request to `pakke`. None, or only empty ones, mean `person-basis`;
    /// where the package always gives the identity number it is there.
    pub(super) fn parse<'a>(pakke: &Pakke, parts: impl IntoIterator<Item = &'a str>) -> Result<Self, UkjentPart> {
        let mut utvalg = Self { elementer: Mengde::INGEN, historikk: Mengde::INGEN };
        let mut asked = false;
        let values = parts.into_iter().flat_map(|part| part.split(',')).map(str::trim).filter(|part| !part.is_empty());
        for value in values {
            asked |= utvalg.add(pakke, value)?;
        }
        if !asked {
            utvalg.add(pakke, PERSON_BASIS)?;
        }
        if pakke.nummer == Nummerregel::Alltid {
            utvalg.include(Element::IDENTIFIKASJONSNUMMER);
        }
        utvalg.elementer = utvalg.elementer.felles(pakke.elementer);
        Ok(utvalg)
    }

    /// Adds one value; says whether it named elements (`historikk` names none).
    fn add(&mut self, pakke: &Pakke, value: &str) -> Result<bool, UkjentPart> {
        if value.eq_ignore_ascii_case(HISTORIKK) {
            self.historikk = pakke.historikk;
            return Ok(false);
        }
        if let Some((navn, elements)) = SAMLINGER.iter().find(|(name, _)| name.eq_ignore_ascii_case(value)) {
            elements.iter().filter_map(|name| Element::named(name)).for_each(|element| self.include(element));
            if *navn == PERSON_BASIS {
                self.elementer = self.elementer.og(pakke.basis);
                if pakke.nummer != Nummerregel::Alltid {
                    self.elementer = self.elementer.uten(Mengde::av(&[Element::IDENTIFIKASJONSNUMMER]));
                }
            }
            return Ok(true);
        }
        let element = Element::named(value).ok_or_else(|| UkjentPart(value.to_owned()))?;
        self.include(element);
        Ok(true)
    }

    fn include(&mut self, element: Element) {
        self.elementer = self.elementer.og(Mengde::av(&[element]));
    }

    /// Elements that are wanted.
    pub(super) fn elementer(self) -> Mengde {
        self.elementer
    }

    /// Elements whose historic entries are wanted.
    pub(super) fn historikk(self) -> Mengde {
        self.historikk
    }

    /// A number for each selection.
    pub(super) fn kode(self) -> u64 {
        u64::from(self.elementer.0) << 32 | u64::from(self.historikk.0)
    }

    /// Whether `element` is wanted.
    pub(super) fn has(self, element: Element) -> bool {
        self.elementer.har(element)
    }

    /// Whether historic entries of `element` are wanted.
    pub(super) fn with_history(self, element: Element) -> bool {
        self.historikk.har(element)
    }
}

#[cfg(test)]
mod tests {
    use super::super::pakker::OMH;
    use super::*;

    fn names(parts: &[&str]) -> Vec<&'static str> {
        let utvalg = Utvalg::parse(&OMH, parts.iter().copied()).unwrap();
        Element::all().filter(|&element| utvalg.has(element)).map(Element::navn).collect()
    }

    #[test]
    fn both_orders_hold_every_element_once() {
        let mut xml: Vec<usize> = Element::all().map(Element::xml_rang).collect();
        xml.sort_unstable();
        assert_eq!(xml, (0..NAVN.len()).collect::<Vec<_>>());
        assert_eq!(Element::named("RETTSLIGHANDLEEVNE"), Some(Element::RETTSLIG_HANDLEEVNE));
        assert_eq!(Element::NAVN.navn(), "navn");
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
        assert!(Utvalg::parse(&OMH, ["historikk"]).unwrap().with_history(Element::NAVN));
        assert!(!Utvalg::parse(&OMH, ["navn"]).unwrap().with_history(Element::NAVN));
    }

    #[test]
    fn what_is_no_element_is_named_back() {
        for part in ["foo", "navn-historikk", "preferertKontaktadresse"] {
            assert_eq!(Utvalg::parse(&OMH, ["navn", part]), Err(UkjentPart(part.to_owned())));
        }
    }
}
