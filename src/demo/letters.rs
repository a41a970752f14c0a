//! What the letters say. Every letter names the child as the register spells it at that moment, and none ever holds an
//! identity number or an address.

/// The citizen's language for written contact, from KRR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Nb,
    Nn,
    En,
}

impl Language {
    /// Northern Sámi and citizens without a choice get Bokmål: the municipality has no more translations than these.
    pub(super) fn from_code(code: Option<&str>) -> Self {
        match code {
            Some("nn") => Self::Nn,
            Some("en") => Self::En,
            _ => Self::Nb,
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
        }
    }
}

/// A letter ready to be sent.
pub(super) struct Letter {
    /// What makes it this letter and no other; no identity number. Sending twice with one key sends once.
    pub(super) key: String,
    /// Shown outside the letter too, so never anything sensitive.
    pub(super) title: String,
    pub(super) text: String,
    /// Whether it is a formal decision.
    pub(super) decision: bool,
    /// A PDF beside the letter: file name and bytes.
    pub(super) attachment: Option<(&'static str, Vec<u8>)>,
}

/// The offer of a home visit: title and text. The English and Nynorsk letters also give the Bokmål word, which is the
/// one to search for on the municipality's pages.
pub(super) fn home_visit(language: Language, child: &str, born: &str, sender: &str) -> (String, String) {
    match language {
        Language::Nb => (
            "Tilbud om hjemmebesøk fra helsestasjonen".to_owned(),
            format!(
                "Gjelder {child}, født {born}.\n\n\
                 Gratulerer med barnet! Helsestasjonen tilbyr hjemmebesøk av helsesykepleier de første ti dagene etter \
                 at dere er kommet hjem. Besøket er gratis og frivillig.\n\n\
                 Ring helsestasjonen for å avtale tid, eller for å si nei takk.\n\n\
                 Vennlig hilsen\n{sender}, helsestasjonen\n"
            ),
        ),
        Language::Nn => (
            "Tilbod om heimebesøk frå helsestasjonen".to_owned(),
            format!(
                "Gjeld {child}, fødd {born}.\n\n\
                 Gratulerer med barnet! Helsestasjonen tilbyr heimebesøk av helsesjukepleiar dei første ti dagane \
                 etter at de er komne heim. Besøket er gratis og frivillig.\n\n\
                 Ring helsestasjonen for å avtale tid, eller for å seie nei takk. Søk etter «hjemmebesøk» på \
                 nettsidene våre for å lese meir.\n\n\
                 Vennleg helsing\n{sender}, helsestasjonen\n"
            ),
        ),
        Language::En => (
            "Offer of a home visit from the child health centre".to_owned(),
            format!(
                "Concerning {child}, born {born}.\n\n\
                 Congratulations on your child! The child health centre offers a home visit (hjemmebesøk) by a public \
                 health nurse within ten days of your return home. The visit is free and voluntary.\n\n\
                 Please call the health centre to agree on a time, or to decline.\n\n\
                 Kind regards\n{sender}, child health centre\n"
            ),
        ),
    }
}

/// The receipt for an application: title and text.
pub(super) fn receipt(language: Language, number: &str, child: &str, start: &str, sender: &str) -> (String, String) {
    match language {
        Language::Nb => (
            "Kvittering for søknad om barnehageplass".to_owned(),
            format!(
                "Gjelder {child}.\n\nVi har mottatt søknad {number} om barnehageplass fra {start}.\n\n\
                 Du får et nytt brev når søknaden er behandlet.\n\nVennlig hilsen\n{sender}\n"
            ),
        ),
        Language::Nn => (
            "Kvittering for søknad om barnehageplass".to_owned(),
            format!(
                "Gjeld {child}.\n\nVi har fått søknad {number} om barnehageplass frå {start}.\n\n\
                 Du får eit nytt brev når søknaden er handsama.\n\nVennleg helsing\n{sender}\n"
            ),
        ),
        Language::En => (
            "Receipt for your application for kindergarten (kvittering)".to_owned(),
            format!(
                "Concerning {child}.\n\nWe have received application {number} for a kindergarten place from {start}.\n\n\
                 You will get another letter when it has been decided.\n\nKind regards\n{sender}\n"
            ),
        ),
    }
}

/// The decision on an application: title and text. `granted` says whether there is a place or a spot on the waiting list.
pub(super) fn decision(
    language: Language,
    granted: bool,
    number: &str,
    child: &str,
    start: &str,
    sender: &str,
) -> (String, String) {
    match language {
        Language::Nb => (
            "Vedtak om barnehageplass".to_owned(),
            format!(
                "Søknad {number} for {child}.\n\n{}\n\n\
                 Du kan klage på vedtaket innen tre uker fra du fikk dette brevet.\n\nVennlig hilsen\n{sender}\n",
                if granted {
                    format!("{child} får tilbud om barnehageplass fra {start}. Svar ja eller nei innen 14 dager.")
                } else {
                    format!("{child} får ikke plass fra {start}, men står på venteliste.")
                }
            ),
        ),
        Language::Nn => (
            "Vedtak om barnehageplass".to_owned(),
            format!(
                "Søknad {number} for {child}.\n\n{}\n\n\
                 Du kan klage på vedtaket innan tre veker frå du fekk dette brevet.\n\nVennleg helsing\n{sender}\n",
                if granted {
                    format!("{child} får tilbod om barnehageplass frå {start}. Svar ja eller nei innan 14 dagar.")
                } else {
                    format!("{child} får ikkje plass frå {start}, men står på venteliste.")
                }
            ),
        ),
        Language::En => (
            "Decision on kindergarten place (vedtak om barnehageplass)".to_owned(),
            format!(
                "Application {number} for {child}.\n\n{}\n\n\
                 You may appeal this decision within three weeks of receiving this letter.\n\nKind regards\n{sender}\n",
                if granted {
                    format!(
                        "{child} is offered a kindergarten place from {start}. Please accept or decline within 14 days."
                    )
                } else {
                    format!("{child} has no place from {start}, but is on the waiting list.")
                }
            ),
        ),
    }
}

/// The decision on reduced payment: title and text. Only the household's sum stands in it, never one adult's.
pub(super) fn payment_decision(
    language: Language,
    number: &str,
    amount: i64,
    income: i64,
    year: i16,
    until: &str,
    sender: &str,
) -> (String, String) {
    match language {
        Language::Nb => (
            "Vedtak om redusert foreldrebetaling".to_owned(),
            format!(
                "Sak {number}.\n\nHusholdningen betaler {amount} kroner i måneden til og med {until}. Beløpet er regnet ut \
                 fra samlet inntekt på {income} kroner i {year}.\n\n\
                 Fristen for å klage (klagefrist) er tre uker fra du fikk dette brevet.\n\nVennlig hilsen\n{sender}\n"
            ),
        ),
        Language::Nn => (
            "Vedtak om redusert foreldrebetaling".to_owned(),
            format!(
                "Sak {number}.\n\nHushaldet betaler {amount} kroner i månaden til og med {until}. Beløpet er rekna ut frå \
                 samla inntekt på {income} kroner i {year}.\n\n\
                 Fristen for å klage (klagefrist) er tre veker frå du fekk dette brevet.\n\nVennleg helsing\n{sender}\n"
            ),
        ),
        Language::En => (
            "Decision on reduced payment (vedtak om redusert foreldrebetaling)".to_owned(),
            format!(
                "Case {number}.\n\nThe household pays {amount} kroner a month up to and including {until}, worked out from \
                 a total income of {income} kroner in {year}.\n\n\
                 You may appeal within three weeks of receiving this letter (klagefrist).\n\nKind regards\n{sender}\n"
            ),
        ),
    }
}
