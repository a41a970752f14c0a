//! The calculation over several people (`specs/folkeregister.md` §19.5): whose rows count, in which posts, and what they
//! come to. How the answers write it stands in `beregningssvar`.
//!
//! Parental payment and housing count all taxable income. Practical help counts ordinary income before special
//! allowances, less what is only added to dividends for the tax's sake. A long stay counts the applicant's income less
//! the applicant's tax, and less what somebody provided for lacks up to a thought survivor's pension.

use std::sync::OnceLock;

use super::faults::Feil;
use super::roller::Rolle;
use crate::formats::skattegrunnlag::{Avslag, person};
use crate::formats::skattepakker::{Rett, summert};
use crate::town::Town;
use crate::town::inntekt;
use crate::town::model::PersonId;
use crate::town::skattegrunnlag::{self, Ingen, Skattegrunnlag, Stadie};

/// What is calculated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Slag {
    /// Reduced parental payment.
    Barnehage,
    /// Practical help.
    Bistand,
    /// Long stay in an institution.
    Langtid,
    /// Housing: only the older form knows it.
    Bolig,
}

impl Slag {
    const ALLE: [Self; 4] = [Self::Barnehage, Self::Bistand, Self::Langtid, Self::Bolig];

    /// Code in bodies.
    pub(super) fn kode(self) -> &'static str {
        match self {
            Self::Barnehage => "BARNEHAGE_SFO",
            Self::Bistand => "PRAKTISK_BISTAND",
            Self::Langtid => "LANGTIDSOPPHOLD_INSTITUSJON",
            Self::Bolig => "BOLIGSOSIALE_FORMAAL",
        }
    }

    /// Last part of the newer path; none where there is none.
    fn sti(self) -> Option<&'static str> {
        match self {
            Self::Barnehage => Some("redusert-foreldrebetaling"),
            Self::Bistand => Some("praktisk-bistand"),
            Self::Langtid => Some("langtidsopphold-institusjon"),
            Self::Bolig => None,
        }
    }

    /// By its code.
    pub(super) fn of_kode(kode: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.kode() == kode)
    }

    /// By the last part of a path.
    pub(super) fn of_sti(sti: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.sti() == Some(sti))
    }

    /// The package asked with.
    fn pakke(self) -> &'static str {
        match self {
            Self::Barnehage => "kommuneforeldrebetaling",
            Self::Bistand => "kommunepersonligassistanse",
            Self::Langtid => "kommunelangtidsoppholdinstitusjon",
            Self::Bolig => "kommuneboligsosialeformaal",
        }
    }

    /// The calculation a role is for; none for a role of another register.
    pub(super) fn of_rolle(rolle: &Rolle) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.pakke() == rolle.pakke)
    }

    /// Whether somebody's income is counted, and not only what is provided for them.
    fn teller(self, spurt: &Spurt) -> bool {
        self != Self::Langtid || spurt.slag == SOEKER
    }
}

/// Whether `rolle` may ask for `slag`: a role belongs to one service area.
pub(super) fn har_rett(rolle: &Rolle, slag: Slag) -> Result<(), Feil> {
    if Slag::of_rolle(rolle) == Some(slag) { Ok(()) } else { Err(Feil::IkkeTildelt) }
}

/// The kind of person every order has one of.
pub(super) const SOEKER: &str = "SOEKER";

/// A row the order adds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ekstrapost {
    pub(super) verdi: &'static Verdi,
    /// Words of the order's own.
    pub(super) tekst: Option<String>,
    pub(super) beloep: i64,
}

/// Somebody asked about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Spurt {
    pub(super) identifikator: String,
    /// What they are in the order.
    pub(super) slag: String,
    pub(super) ekstraposter: Vec<Ekstrapost>,
}

/// A row that may be added.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Verdi {
    pub(super) navn: &'static str,
    pub(super) tekst: &'static str,
    pub(super) operasjon: &'static str,
    /// Whether the order may call it something else.
    kan_endres: bool,
    slag: Vec<&'static str>,
}

fn celler(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

/// Every row that may be added to a calculation of `slag`.
pub(super) fn verdier(slag: Slag) -> impl Iterator<Item = &'static Verdi> {
    static TABLE: OnceLock<Vec<Verdi>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let of = |row: Vec<&'static str>| Verdi {
            navn: row[0],
            tekst: row[1],
            operasjon: row[2],
            kan_endres: row[3] == "ja",
            slag: row[4].split(',').collect(),
        };
        celler(include_str!("ekstraposter.tsv")).map(of).collect()
    });
    table.iter().filter(move |verdi| verdi.slag.contains(&slag.kode()))
}

/// How the answers speak of a row of the tax administration.
#[derive(Clone, Copy, Debug)]
pub(super) struct Omtale {
    pub(super) navn: &'static str,
    pub(super) tekst: &'static str,
    /// Under which heading it is shown.
    pub(super) kategori: &'static str,
    /// The post of income it counts in.
    post: Option<&'static str>,
}

/// The rows, in the order they are shown.
pub(super) fn omtaler() -> &'static [Omtale] {
    static TABLE: OnceLock<Vec<Omtale>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let of = |row: Vec<&'static str>| Omtale {
            navn: row[0],
            tekst: row[1],
            kategori: row[2],
            post: Some(row[3]).filter(|post| *post != "-"),
        };
        celler(include_str!("poster.tsv")).map(of).collect()
    })
}

/// The posts of income, in the order they are shown.
const POSTER: [(&str, &str); 5] = [
    ("arbeidsinntekt", "Arbeidsinntekt"),
    ("naeringsinntekt", "Næringsinntekt"),
    ("pensjon", "Pensjon og trygd"),
    ("renteinntekt", "Renteinntekt"),
    ("avkastningFormue", "Avkastning av formue"),
];
const ALMINNELIG: &str = "alminneligInntektFoerSaerfradrag";
const OPPJUSTERT: &str = "oppjustertTilleggTilUtbytteFraAksje";
const SKATT: &str = "/beregnetSkattFastland/informasjonTilSkattelister/beregnetSkatt";
const TENKT_PENSJON: &str = "kommune.tenktEtterlattePensjon";
const ADDERE: &str = "ADDERE";
const SUBTRAHERE: &str = "SUBTRAHERE";

/// Somebody with what was found.
pub(super) struct Funnet<'a> {
    pub(super) spurt: &'a Spurt,
    pub(super) person: PersonId,
    /// The number in force, whatever number was asked with.
    pub(super) nummer: String,
    pub(super) grunnlag: Skattegrunnlag,
    /// Rows the package lets through, in the order they are shown, and the tax of a long stay.
    pub(super) rader: Vec<(Omtale, i64)>,
}

/// Somebody of whom nothing was found, and why.
pub(super) type Savnet<'a> = (&'a Spurt, Avslag);

/// Looks somebody up: the settlement, for parental payment otherwise the draft.
fn finn<'a>(town: &Town, slag: Slag, aar: i16, spurt: &'a Spurt) -> Result<Funnet<'a>, Avslag> {
    let id = person(town, &spurt.identifikator)?;
    let it = town.person(id);
    let grunnlag = skattegrunnlag::av(&it, aar, Stadie::Oppgjoer).or_else(|none| match slag {
        Slag::Barnehage => skattegrunnlag::av(&it, aar, Stadie::Utkast),
        _ => Err(none),
    });
    let grunnlag = grunnlag.map_err(|none| match none {
        Ingen::Grunnlag => Avslag::Ingen,
        Ingen::Erstattet => Avslag::Borte,
    })?;
    let Rett::Gitt(pakke) = summert(slag.pakke()) else { return Err(Avslag::Rett) };
    let amount = |omtale: &Omtale| {
        let row = grunnlag.rader.iter().find(|rad| rad.teknisk_navn == omtale.navn && pakke.slipper(rad));
        let tax = || {
            let counts = slag == Slag::Langtid && slag.teller(spurt) && !grunnlag.skjermet && omtale.navn == SKATT;
            inntekt::av(&it, aar).filter(|row| counts && row.skatt > 0).map(|row| i64::from(row.skatt))
        };
        row.map(|rad| rad.beloep).or_else(tax)
    };
    let rader = omtaler().iter().filter_map(|omtale| amount(omtale).map(|beloep| (*omtale, beloep))).collect();
    Ok(Funnet { spurt, person: id, nummer: it.nummer().to_string(), grunnlag, rader })
}

/// Everybody of an order, those found and those not.
pub(super) fn finn_alle<'a>(
    town: &Town,
    slag: Slag,
    aar: i16,
    spurte: &'a [Spurt],
) -> (Vec<Funnet<'a>>, Vec<Savnet<'a>>) {
    let (mut funnet, mut savnet) = (Vec::new(), Vec::new());
    for spurt in spurte {
        match finn(town, slag, aar, spurt) {
            Ok(one) => funnet.push(one),
            Err(avslag) => savnet.push((spurt, avslag)),
        }
    }
    (funnet, savnet)
}

/// How far the assessments of all are; none when nothing was found.
pub(super) fn stadie(funnet: &[Funnet<'_>]) -> Option<&'static str> {
    let drafts = funnet.iter().any(|one| one.grunnlag.stadie == Stadie::Utkast);
    match () {
        () if funnet.is_empty() => None,
        () if drafts => Some("UTKAST"),
        () => Some("OPPGJOER"),
    }
}

/// A row of a calculation.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) navn: &'static str,
    pub(super) tekst: String,
    pub(super) operasjon: &'static str,
    pub(super) beloep: i64,
    /// Whether the order added it, and if so whether it may call it something else.
    pub(super) egen: Option<bool>,
    pub(super) hvem: String,
}

/// A part of a calculation, with what it comes to.
#[derive(Clone, Debug)]
pub(super) struct Ledd {
    pub(super) navn: &'static str,
    pub(super) tekst: String,
    pub(super) beloep: i64,
    /// Its number in the older form, where that has one.
    pub(super) nummer: Option<&'static str>,
    /// Name and words of the one basis the rows stand in; otherwise the rows are its own.
    pub(super) grunnlag: Option<(&'static str, String)>,
    pub(super) poster: Vec<Post>,
}

/// What is added, and what is taken off.
#[derive(Clone, Debug, Default)]
pub(super) struct Beregning {
    pub(super) inntekt: Vec<Ledd>,
    pub(super) fradrag: Vec<Ledd>,
}

impl Beregning {
    /// Sums of what is added and of what is taken off.
    pub(super) fn summer(&self) -> (i64, i64) {
        let sum = |all: &[Ledd]| all.iter().map(|ledd| ledd.beloep).sum();
        (sum(&self.inntekt), sum(&self.fradrag))
    }
}

fn fra_skatt(one: &Funnet<'_>, omtale: &Omtale, beloep: i64, operasjon: &'static str) -> Post {
    let hvem = one.nummer.clone();
    Post { navn: omtale.navn, tekst: omtale.tekst.to_owned(), operasjon, beloep, egen: None, hvem }
}

fn fra_bestilling(spurt: &Spurt, extra: &Ekstrapost) -> Post {
    let verdi = extra.verdi;
    Post {
        navn: verdi.navn,
        tekst: extra.tekst.clone().filter(|_| verdi.kan_endres).unwrap_or_else(|| verdi.tekst.to_owned()),
        operasjon: ADDERE,
        beloep: extra.beloep,
        egen: Some(verdi.kan_endres),
        hvem: spurt.identifikator.clone(),
    }
}

/// A part that adds up its rows; none without rows.
fn ledd(navn: &'static str, tekst: &str, nummer: Option<&'static str>, poster: Vec<Post>) -> Option<Ledd> {
    let beloep = poster.iter().map(|post| post.beloep).sum();
    let tekst = tekst.to_owned();
    (!poster.is_empty()).then_some(Ledd { navn, tekst, beloep, nummer, grunnlag: None, poster })
}

/// The rows of everybody who counts that `fits` chooses.
fn rader(slag: Slag, funnet: &[Funnet<'_>], fits: impl Fn(&Omtale) -> bool) -> Vec<Post> {
    let counted = funnet.iter().filter(|one| slag.teller(one.spurt));
    let rows = counted.flat_map(|one| one.rader.iter().map(move |(omtale, beloep)| (one, omtale, *beloep)));
    rows.filter(|(_, omtale, _)| fits(omtale))
        .map(|(one, omtale, beloep)| fra_skatt(one, omtale, beloep, ADDERE))
        .collect()
}

/// The calculation over `funnet`; rows of the order's own count also for those of whom nothing was found.
pub(super) fn beregn(town: &Town, slag: Slag, funnet: &[Funnet<'_>], spurte: &[&Spurt]) -> Beregning {
    let mut out = Beregning::default();
    let named = |name: &'static str| rader(slag, funnet, |omtale| omtale.navn == name);
    if slag == Slag::Bistand {
        out.inntekt.extend(ledd(
            "alminneligInntekt",
            "Alminnelig inntekt før særfradrag",
            Some("1"),
            named(ALMINNELIG),
        ));
        let words = "Summerte poster oppjustering av utbytte";
        out.fradrag.extend(ledd("oppjusteringUtbytte", words, Some("7"), named(OPPJUSTERT)));
    } else {
        for (navn, tekst) in POSTER {
            out.inntekt.extend(ledd(navn, tekst, None, rader(slag, funnet, |omtale| omtale.post == Some(navn))));
        }
    }
    if let Some(skatt) = ledd("skatt", "Skatt", None, named(SKATT)) {
        out.fradrag.push(Ledd { grunnlag: Some(("beregnetSkatt", "Beregnet skatt".to_owned())), ..skatt });
    }
    if slag == Slag::Langtid {
        out.fradrag.extend(funnet.iter().filter(|one| !slag.teller(one.spurt)).map(|one| forsoerget(town, one)));
    }
    for verdi in verdier(slag).filter(|verdi| verdi.navn != TENKT_PENSJON) {
        let mut own = Vec::new();
        for spurt in spurte {
            let rows = spurt.ekstraposter.iter().filter(|extra| extra.verdi.navn == verdi.navn);
            own.extend(rows.map(|extra| fra_bestilling(spurt, extra)));
        }
        let side = if verdi.operasjon == SUBTRAHERE { &mut out.fradrag } else { &mut out.inntekt };
        side.extend(ledd(verdi.navn, verdi.tekst, None, own));
    }
    out
}

/// What somebody who is provided for lacks up to a thought survivor's pension: their own income from work and pensions
/// is taken off it, never below nothing.
fn forsoerget(town: &Town, one: &Funnet<'_>) -> Ledd {
    let pensions = one.spurt.ekstraposter.iter().filter(|extra| extra.verdi.navn == TENKT_PENSJON);
    let mut poster: Vec<Post> = pensions.map(|extra| fra_bestilling(one.spurt, extra)).collect();
    let earned = |omtale: &Omtale| matches!(omtale.post, Some("arbeidsinntekt" | "naeringsinntekt" | "pensjon"));
    let own = one.rader.iter().filter(|(omtale, _)| earned(omtale));
    poster.extend(own.map(|(omtale, beloep)| fra_skatt(one, omtale, *beloep, SUBTRAHERE)));
    let signed = |post: &Post| if post.operasjon == ADDERE { post.beloep } else { -post.beloep };
    let navn = town.person(one.person).navn();
    Ledd {
        navn: "forsorgerfradrag",
        tekst: "Forsørgerfradrag".to_owned(),
        beloep: poster.iter().map(signed).sum::<i64>().max(0),
        nummer: None,
        grunnlag: Some((
            "mellomregningPaarorende",
            format!("Forsørgerfradrag {} {} ({})", navn.fornavn, navn.etternavn, one.spurt.slag),
        )),
        poster,
    }
}
