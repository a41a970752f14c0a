//! Packages of rights: which stages each may ask for and which rows it is given (`specs/folkeregister.md` §19.1, §19.3).
//!
//! The packages of municipalities and that of civil law are granted to everybody who has the scope; others are known by
//! name and granted to nobody here.

use crate::town::skattegrunnlag::{Kategori, Rad, Stadie};

/// A package of Summert skattegrunnlag.
#[derive(Clone, Copy, Debug)]
pub struct Pakke {
    /// Name in lower case; the interfaces do not mind case.
    pub navn: &'static str,
    /// Stages it may ask for.
    pub stadier: &'static [Stadie],
    /// Kinds of rows it is given; others are taken out whole.
    innsyn: &'static [Kategori],
    /// Single rows it is given besides, by technical name.
    rader: &'static [&'static str],
}

impl Pakke {
    /// Whether it is given `rad`.
    #[must_use]
    pub fn slipper(&self, rad: &Rad) -> bool {
        self.innsyn.contains(&rad.kategori) || self.rader.contains(&rad.teknisk_navn)
    }
}

const ALT: &[Kategori] = &[
    Kategori::Inntekt,
    Kategori::Inntektsfradrag,
    Kategori::Formue,
    Kategori::Formuesfradrag,
    Kategori::OppjusteringAvEierinntekter,
    Kategori::VerdsettingsrabattSomGirGjeldsreduksjon,
    Kategori::Sum,
];
const INNTEKT: &[Kategori] = &[Kategori::Inntekt, Kategori::OppjusteringAvEierinntekter];
const INNTEKT_OG_FRADRAG: &[Kategori] =
    &[Kategori::Inntekt, Kategori::OppjusteringAvEierinntekter, Kategori::Inntektsfradrag];

const fn pakke(navn: &'static str, stadier: &'static [Stadie], innsyn: &'static [Kategori]) -> Pakke {
    Pakke { navn, stadier, innsyn, rader: &[] }
}

/// Payment for practical help counts from ordinary income before special allowances.
const BISTAND: Pakke = Pakke {
    rader: &["alminneligInntektFoerSaerfradrag"],
    ..pakke("kommunepersonligassistanse", &[Stadie::Oppgjoer], INNTEKT_OG_FRADRAG)
};

/// The packages that are granted.
const PAKKER: [Pakke; 5] = [
    pakke("kommuneforeldrebetaling", &[Stadie::Oppgjoer, Stadie::Utkast], INNTEKT),
    pakke("kommuneboligsosialeformaal", &[Stadie::Oppgjoer], ALT),
    pakke("kommunelangtidsoppholdinstitusjon", &[Stadie::Oppgjoer], ALT),
    BISTAND,
    pakke("sivilrett", &[Stadie::Oppgjoer, Stadie::Utkast, Stadie::Fastsatt], ALT),
];

/// The package that needs the consent of the citizen.
pub const SAMTYKKE: &str = "sbl";
/// Packages of Inntekt that are granted, in lower case.
const INNTEKTSPAKKER: [&str; 2] = ["digisos", "kommuneboligsosialeformaal"];

/// What asking for a package comes to.
#[derive(Clone, Copy, Debug)]
pub enum Rett<T> {
    /// It is granted.
    Gitt(T),
    /// It needs consent.
    Samtykke,
    /// It is not granted, or does not exist.
    Ingen,
}

/// The package of Summert skattegrunnlag called `navn`.
#[must_use]
pub fn summert(navn: &str) -> Rett<&'static Pakke> {
    let navn = navn.to_ascii_lowercase();
    match PAKKER.iter().find(|pakke| pakke.navn == navn) {
        Some(pakke) => Rett::Gitt(pakke),
        None if navn == SAMTYKKE => Rett::Samtykke,
        None => Rett::Ingen,
    }
}

/// The package of Inntekt called `navn`.
#[must_use]
pub fn inntekt(navn: &str) -> Rett<()> {
    let navn = navn.to_ascii_lowercase();
    match () {
        () if INNTEKTSPAKKER.contains(&navn.as_str()) => Rett::Gitt(()),
        () if navn == SAMTYKKE => Rett::Samtykke,
        () => Rett::Ingen,
    }
}
