//! What the interfaces answer, from the town alone.

use serde_json::{Map, Value, json};

use super::faults::Feil;
use crate::clock::{Dato, Instant};
use crate::formats::skattegrunnlag::{self, Avslag, Oensket, Versjon, utc};
use crate::formats::skattepakker::{self, Rett};
use crate::town::Town;
use crate::town::maanedsinntekt::{self, Maaned, Oppgave};
use crate::town::model::{Gradering, PersonId};
use crate::town::skattegrunnlag::siste_oppgjoer;
use crate::town::skattehendelser::{self, Liste};
use crate::town::state::Person;

/// Service id.
pub(super) const TJENESTE: &str = "skatt";

/// Operation names (`specs/names.md` §1).
pub(super) mod operasjon {
    /// Summert skattegrunnlag.
    pub(in crate::services::skatt) const SUMMERT: &str = "skatt.inntekt.hent";
    /// Siste tilgjengelige skatteoppgjør.
    pub(in crate::services::skatt) const SISTE: &str = "skatt.oppgjoer.siste";
    /// Inntekt month by month.
    pub(in crate::services::skatt) const MAANED: &str = "skatt.maanedsinntekt.hent";
    /// A page of a change list.
    pub(in crate::services::skatt) const HENDELSER: &str = "skatt.hendelser.les";
    /// The number a change list begins with from a day on.
    pub(in crate::services::skatt) const START: &str = "skatt.hendelser.start";
}

/// First month employers reported so.
const A_ORDNINGEN: Maaned = Maaned { aar: 2015, maaned: 1 };
/// Longest period of Inntekt, months.
const LENGST: i32 = 60;
/// Items of a page when it does not say how many, and at most.
const ANTALL: usize = 1_000;

/// An answer: the document, and whom it is about.
pub(super) type Svar = Result<(Value, Vec<PersonId>), Feil>;

/// The refusal of a look-up as this service's.
fn feil(avslag: Avslag) -> Feil {
    match avslag {
        Avslag::Input(what) => Feil::Input(what),
        Avslag::Rett => Feil::Rett,
        Avslag::Samtykke => Feil::Samtykke,
        Avslag::Person { ekte: true } => Feil::EktePerson,
        Avslag::Person { ekte: false } => Feil::Person,
        Avslag::Ingen => Feil::Ingen,
        Avslag::Borte => Feil::Borte,
    }
}

fn person<'a>(town: &'a Town, text: &str) -> Result<Person<'a>, Feil> {
    skattegrunnlag::person(town, text).map(|id| town.person(id)).map_err(feil)
}

/// Summert skattegrunnlag.
pub(super) fn summert(town: &Town, oensket: &Oensket<'_>, versjon: Versjon) -> Svar {
    let (value, id) = skattegrunnlag::oppslag(town, oensket, versjon).map_err(feil)?;
    Ok((value, vec![id]))
}

/// Siste tilgjengelige skatteoppgjør.
pub(super) fn siste(town: &Town, pid: &str) -> Svar {
    let person = person(town, pid)?;
    let aar = siste_oppgjoer(&person).ok_or(Feil::Ingen)?;
    let answer = json!({
        "personidentifikator": person.nummer().to_string(),
        "ressursId": "skattegrunnlag",
        "sisteTilgjengeligePeriode": aar.to_string(),
    });
    Ok((answer, vec![person.id]))
}

/// Inntekt month by month. Of somebody with a protected address nothing is found: where they work says where to look.
pub(super) fn maaneder(town: &Town, pakke: &str, pid: &str, fra: Option<&str>, til: Option<&str>) -> Svar {
    let month = |text: &str| Maaned::parse(text).ok_or(Feil::Input("Perioden skal skrives ÅÅÅÅ-MM"));
    let fra = month(fra.ok_or(Feil::Input("fraOgMed mangler"))?)?;
    let til = til.map(month).transpose()?.unwrap_or_else(|| Maaned::of(town.now()));
    if til < fra || til.nummer() - fra.nummer() >= LENGST {
        return Err(Feil::Input("Perioden er for lang eller slutter før den begynner"));
    }
    match skattepakker::inntekt(pakke) {
        Rett::Gitt(()) => {}
        Rett::Samtykke => return Err(Feil::Samtykke),
        Rett::Ingen => return Err(Feil::Rett),
    }
    let person = person(town, pid)?;
    let is_open = person.gradering() == Gradering::Ugradert;
    let all = if is_open { maanedsinntekt::av(&person, fra.max(A_ORDNINGEN), til) } else { Vec::new() };
    if all.is_empty() {
        return Err(Feil::Ingen);
    }
    let number = person.nummer().to_string();
    let oppgaver: Vec<Value> = all.iter().map(|one| oppgave(town, &number, one)).collect();
    Ok((json!({ "oppgaveInntektsmottaker": oppgaver }), vec![person.id]))
}

fn oppgave(town: &Town, pid: &str, one: &Oppgave) -> Value {
    let orgnr = |unit| town.virksomhet(unit).orgnr.to_string();
    let mut loennsinntekt = Map::new();
    let beskrivelse = if one.timer.is_some() { "timeloenn" } else { "fastloenn" };
    loennsinntekt.insert("beskrivelse".into(), beskrivelse.into());
    if let Some(timer) = one.timer {
        loennsinntekt.insert("antall".into(), timer.into());
    }
    json!({
        "opplysningspliktigId": orgnr(one.opplysningspliktig),
        "virksomhetId": orgnr(one.virksomhet),
        "kalendermaaned": one.maaned.to_string(),
        "inntektsmottaker": { "personidentifikator": pid },
        "inntekt": [{
            "fordel": "kontantytelse",
            "utloeserArbeidsgiveravgift": true,
            "inngaarIGrunnlagForTrekk": true,
            "beloep": one.beloep,
            "loennsinntekt": loennsinntekt,
        }],
    })
}

/// A page of a change list.
pub(super) fn hendelser(town: &Town, liste: Liste, fra: Option<&str>, antall: Option<&str>) -> Svar {
    let number = |text: &str| text.parse::<u64>().map_err(|_| Feil::Input("Sekvensnummer og antall er hele tall"));
    let fra = number(fra.ok_or(Feil::Input("fraSekvensnummer mangler"))?)?;
    let antall = match antall.map(number).transpose()? {
        None => ANTALL,
        Some(antall) => usize::try_from(antall)
            .ok()
            .filter(|antall| (1..=ANTALL).contains(antall))
            .ok_or(Feil::Input("antall må være fra 1 til 1000"))?,
    };
    let page = skattehendelser::les(town, liste, fra, antall);
    if page.is_empty() {
        return Err(Feil::Ingen);
    }
    let rows: Vec<Value> = page
        .iter()
        .map(|one| {
            let mut out = Map::new();
            out.insert("sekvensnummer".into(), one.sekvensnummer.into());
            out.insert("identifikator".into(), town.person(one.person).nummer().to_string().into());
            out.insert("gjelderPeriode".into(), one.aar.to_string().into());
            if liste != Liste::Inntekt {
                out.insert("registreringstidspunkt".into(), utc(one.registrert).into());
                out.insert("hendelsetype".into(), "NY".into());
            }
            Value::Object(out)
        })
        .collect();
    Ok((json!({ "hendelser": rows }), page.iter().map(|one| one.person).collect()))
}

/// The number of the first item at or after midnight of a day.
pub(super) fn start(town: &Town, liste: Liste, dato: Option<&str>) -> Svar {
    let dato: Option<Dato> = dato
        .map(|text| text.parse().ok().filter(|_| text.len() == 10).ok_or(Feil::Input("dato skal skrives ÅÅÅÅ-MM-DD")))
        .transpose()?;
    let from = dato.map_or(Instant::from_millis(i64::MIN), Instant::midnight);
    let number = skattehendelser::start(town, liste, from).ok_or(Feil::Ingen)?;
    Ok((json!({ "sekvensnummer": number }), Vec::new()))
}
