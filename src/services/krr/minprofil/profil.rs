//! What the page shows: the entry as look-ups have it, and a form for each thing that can be changed. Complete without
//! scripts.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::besoek::Besoek;
use super::skjema::Fault;
use super::texts::{LANGUAGES, Texts};
use super::tilbake;
use crate::access::with_hint;
use crate::clock::Instant;
use crate::oidc;
use crate::town::model::{Kanaldatoer, Kontaktoppfoering, PersonKey, Postkasse, Spraak};
use crate::town::state::Person;

/// Words the page can be asked to say: what was done.
pub(super) const MELDINGER: [&str; 5] = ["lagret", "bekreftet", "reservert", "angret", "spraak"];
/// Languages of the register, each called as its speakers do.
const SPRAAK: [(Spraak, &str); 4] =
    [(Spraak::Nb, "Bokmål"), (Spraak::Nn, "Nynorsk"), (Spraak::En, "English"), (Spraak::Se, "Davvisámegiella")];

/// A moment for programs and for people.
struct Tid {
    maskin: String,
    vist: String,
}

impl Tid {
    fn of(at: Instant) -> Self {
        let local = at.local();
        let vist = format!(
            "{:02}.{:02}.{} {:02}:{:02}",
            local.day(),
            local.month(),
            local.year(),
            local.hour(),
            local.minute()
        );
        Self { maskin: at.to_string(), vist }
    }
}

/// The e-mail address or the mobile number.
struct Kanal {
    /// Name of the field, and the start of its texts.
    navn: &'static str,
    slag: &'static str,
    ledetekst: &'static str,
    hjelp: &'static str,
    /// `autocomplete` of the field (WCAG 2.2, 1.3.5).
    fyll: &'static str,
    /// What stands in the register.
    verdi: Option<String>,
    /// What stands in the field.
    felt: String,
    oppdatert: Tid,
    verifisert: Tid,
    /// Neither changed nor confirmed within eighteen months.
    utloept: bool,
    feil: Option<&'static str>,
}

/// An entry.
struct Oppfoering {
    kanaler: [Kanal; 2],
    /// Whether there is anything to confirm.
    kan_bekreftes: bool,
    kan_varsles: bool,
    reservert: bool,
    reservasjon: Tid,
    /// Supplier and address of the mailbox.
    postkasse: Option<(&'static str, String)>,
    /// Code, name, and whether it is the one chosen.
    spraak: [(&'static str, &'static str, bool); 4],
    spraak_oppdatert: Tid,
}

#[derive(Template)]
#[template(path = "services/krr/minprofil/profil.html")]
struct Profil<'a> {
    t: &'static Texts,
    navn: String,
    pid: String,
    /// Where the forms go.
    action: String,
    utlogging: String,
    kode: String,
    /// Language chosen on the page; empty when it follows the entry.
    lang: &'a str,
    /// The way back as it came, for the forms.
    goto_url: &'a str,
    /// The way back, when it is approved.
    tilbake: Option<&'a str>,
    /// Whether a way back was given that is not.
    avvist: bool,
    /// Links to the same page: code, name, address, and whether it is this one.
    sider: Vec<(&'static str, &'static str, String, bool)>,
    melding: Option<&'static str>,
    feil: Option<&'static str>,
    /// None of somebody who cannot stand in the register, and then why.
    oppfoering: Option<Oppfoering>,
    hvorfor_ikke: &'static str,
}

/// The page of `person`. `melding` says what was done, `feil` what was wrong and what stood in the two fields.
pub(super) fn page(
    besoek: &Besoek,
    person: PersonKey,
    melding: Option<&str>,
    feil: Option<(Fault, (&str, &str))>,
) -> Response {
    let t = besoek.texts(Some(person));
    let Some(one) = besoek.visit.town.person_by_key(person) else {
        return beskjed(&Beskjed { texts: t, status: StatusCode::FORBIDDEN, ..Beskjed::of("beskjed.ukjent") });
    };
    let approved = besoek.tilbake.as_deref().filter(|uri| tilbake::is_approved(&besoek.visit, uri));
    let sider =
        LANGUAGES.iter().map(|one| (one.lang, one.navn, besoek.link(&[("lang", one.lang)]), one.lang == t.lang));
    let melding = melding.and_then(|word| MELDINGER.iter().find(|known| **known == word));
    let kode = besoek.oekt.as_deref().map(|cookie| besoek.visit.state.minprofil_form(cookie));
    let mut response = oidc::page(&Profil {
        t,
        navn: one.navn().full(),
        pid: one.nummer().to_string(),
        action: besoek.path(""),
        utlogging: besoek.path("/utlogging"),
        kode: kode.unwrap_or_default(),
        lang: besoek.lang.unwrap_or_default(),
        goto_url: besoek.tilbake.as_deref().unwrap_or_default(),
        tilbake: approved,
        avvist: besoek.tilbake.is_some() && approved.is_none(),
        sider: sider.collect(),
        melding: melding.map(|word| t.t(&format!("melding.{word}"))),
        feil: feil.map(|(fault, _)| t.t(fault.key())),
        oppfoering: one.kan_staa_i_kontaktregisteret().then(|| oppfoering(t, &one, feil)),
        hvorfor_ikke: if one.is_bosatt() { t.t("profil.ung") } else { t.t("profil.ikke_bosatt") },
    });
    if feil.is_some() {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    match &besoek.tilbake {
        Some(_) if approved.is_none() => {
            let hint = "goto-not-approved: gotoUrl is at the origin of no ID-porten client of this world (redirect_uris, \
                        post_logout_redirect_uris)";
            with_hint(response, hint)
        }
        Some(uri) if uri.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            with_hint(response, "goto-case: the real page wants gotoUrl in lower case")
        }
        _ => response,
    }
}

/// The entry of `person`. What was typed and refused stands in its field again.
fn oppfoering(t: &Texts, person: &Person<'_>, feil: Option<(Fault, (&str, &str))>) -> Oppfoering {
    let now = person.town().now();
    let entry = person.kontaktoppfoering();
    let kan_varsles = entry.kan_varsles(now);
    // One that was taken out shows nothing, as in a look-up.
    let stands = entry.kontakt.registrert && entry.datoer.slettet.is_none();
    let Kontaktoppfoering { kontakt, datoer } = entry;
    let (epost, mobil) = (kontakt.epost.clone().filter(|_| stands), kontakt.mobil.clone().filter(|_| stands));
    let wrong = |fault: Fault| feil.filter(|(found, _)| *found == fault).map(|_| t.t(fault.key()));
    let kanal = |navn, verdi: Option<String>, dates: &Kanaldatoer, typed: Option<&str>, fault| Kanal {
        navn,
        slag: if navn == "epost" { "email" } else { "tel" },
        ledetekst: t.t(if navn == "epost" { "profil.epost" } else { "profil.mobil" }),
        hjelp: t.t(if navn == "epost" { "profil.epost_hjelp" } else { "profil.mobil_hjelp" }),
        fyll: if navn == "epost" { "email" } else { "tel" },
        felt: typed.map_or_else(|| verdi.clone().unwrap_or_default(), |text| text.chars().take(300).collect()),
        verdi,
        oppdatert: Tid::of(dates.oppdatert),
        verifisert: Tid::of(dates.sist_verifisert(now)),
        utloept: !dates.is_fersk(now),
        feil: wrong(fault),
    };
    let typed = feil.map(|(_, typed)| typed);
    let leverandoer = match kontakt.postkasse {
        Postkasse::Ingen => None,
        Postkasse::Digipost => Some("Digipost"),
        Postkasse::EBoks => Some("e-Boks"),
    };
    let address = || kontakt.postkasseadresse(&person.navn(), person.key());
    Oppfoering {
        kan_bekreftes: epost.is_some() || mobil.is_some(),
        postkasse: leverandoer.filter(|_| stands).zip(address()),
        kanaler: [
            kanal("epost", epost, &datoer.epost, typed.map(|(epost, _)| epost), Fault::Epost),
            kanal("mobil", mobil, &datoer.mobil, typed.map(|(_, mobil)| mobil), Fault::Mobil),
        ],
        kan_varsles,
        reservert: kontakt.reservert,
        reservasjon: Tid::of(datoer.reservasjon),
        spraak: SPRAAK.map(|(spraak, navn)| (spraak.code(), navn, spraak == kontakt.spraak)),
        spraak_oppdatert: Tid::of(datoer.spraak),
    }
}

/// A page of one sentence.
pub(super) struct Beskjed {
    pub(super) texts: &'static Texts,
    pub(super) status: StatusCode,
    /// Key of the sentence.
    pub(super) tekst: &'static str,
    /// Where to try again; empty for nowhere.
    pub(super) igjen: String,
}

impl Beskjed {
    /// The sentence `tekst` in Bokmål, with success.
    pub(super) fn of(tekst: &'static str) -> Self {
        Self { texts: Texts::of("nb"), status: StatusCode::OK, tekst, igjen: String::new() }
    }
}

#[derive(Template)]
#[template(path = "services/krr/minprofil/beskjed.html")]
struct Side<'a> {
    t: &'static Texts,
    tekst: &'static str,
    igjen: &'a str,
}

/// The page that says `beskjed`.
pub(super) fn beskjed(beskjed: &Beskjed) -> Response {
    let t = beskjed.texts;
    let mut response = oidc::page(&Side { t, tekst: t.t(beskjed.tekst), igjen: &beskjed.igjen });
    *response.status_mut() = beskjed.status;
    response
}
