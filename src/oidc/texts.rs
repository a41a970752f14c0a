//! The words of the pages, one table: Bokmål, Nynorsk, English. Northern Sámi pages are shown in Bokmål.

use super::citizens::{Historie, Stengt};
use super::pages::Problem;
use crate::town::model::Merke;

/// One language.
pub(super) struct Texts {
    /// `lang` of the page.
    pub lang: &'static str,
    pub title: &'static str,
    pub mock: &'static str,
    pub mock_more: &'static str,
    pub open: &'static str,
    pub client: &'static str,
    pub level: &'static str,
    pub choose: &'static str,
    pub number: &'static str,
    pub number_help: &'static str,
    pub log_in: &'static str,
    pub cancel: &'static str,
    pub method: &'static str,
    pub suggestions: &'static str,
    pub search: &'static str,
    pub search_help: &'static str,
    pub search_button: &'static str,
    pub hits: &'static str,
    pub no_hits: &'static str,
    pub years: &'static str,
    pub language: &'static str,
    pub unknown: &'static str,
    pub bad_level: &'static str,
    pub problem: &'static str,
    pub problem_more: &'static str,
    pub logged_out: &'static str,
    pub logged_out_more: &'static str,
    pub continue_button: &'static str,
    words: [&'static str; 23],
}

const NB: Texts = Texts {
    lang: "nb",
    title: "Velg innbygger",
    mock: "Dette er en testinnlogging.",
    mock_more: "Alle personer, numre og virksomheter her er oppdiktet. Skriv aldri inn et ekte fødselsnummer.",
    open: "Byen slipper inn alle klienter. Slå det av for å få de samme kravene som den ekte tjenesten.",
    client: "Du logger inn hos",
    level: "Sikkerhetsnivå",
    choose: "Hvem vil du være?",
    number: "Fødselsnummer",
    number_help: "Elleve sifre, syntetisk (måned + 80).",
    log_in: "Logg inn",
    cancel: "Avbryt",
    method: "Innloggingsmåte",
    suggestions: "Forslag",
    search: "Søk etter innbygger",
    search_help: "Navn, eller begynnelsen på nummeret.",
    search_button: "Søk",
    hits: "Treff",
    no_hits: "Ingen innbygger passer.",
    years: "år",
    language: "Språk",
    unknown: "Det bor ingen med dette nummeret i byen.",
    bad_level: "Den innloggingsmåten når ikke nivået.",
    problem: "Innloggingen stoppet",
    problem_more: "Tjenesten du kom fra, sendte en forespørsel som ikke kan besvares.",
    logged_out: "Du er logget ut",
    logged_out_more: "Du kan lukke dette vinduet.",
    continue_button: "Fortsett",
    words: [
        "Ukjent klient.",
        "Ugyldig returadresse (redirect_uri).",
        "Forespørselen er ugyldig.",
        "Innloggingen er for gammel eller allerede brukt. Gå tilbake til tjenesten og prøv igjen.",
        "Adressen finnes ikke.",
        "Det finnes ingen økt å logge ut fra.",
        "id_token_hint er ugyldig.",
        "Innbyggeren er registrert død og kan ikke logge inn.",
        "Identitetsnummeret er sperret.",
        "Innbyggeren er under 13 år og kan ikke logge inn.",
        "har nettopp fått barn",
        "har barn",
        "voksen innbygger",
        "registrert død – viser hva som skjer da",
        "enslig forsørger",
        "en av to mødre",
        "reservert mot digital post",
        "strengt fortrolig adresse",
        "fortrolig adresse",
        "ikke i kontaktregisteret",
        "spesialtegn i navnet",
        "over hundre år",
        "Innlogging er ikke mulig akkurat nå. Prøv igjen senere.",
    ],
};

const NN: Texts = Texts {
    lang: "nn",
    title: "Vel innbyggjar",
    mock: "Dette er ei testinnlogging.",
    mock_more: "Alle personar, nummer og verksemder her er oppdikta. Skriv aldri inn eit ekte fødselsnummer.",
    open: "Byen slepp inn alle klientar. Slå det av for å få dei same krava som den ekte tenesta.",
    client: "Du loggar inn hos",
    level: "Tryggleiksnivå",
    choose: "Kven vil du vere?",
    number: "Fødselsnummer",
    number_help: "Elleve siffer, syntetisk (månad + 80).",
    log_in: "Logg inn",
    cancel: "Avbryt",
    method: "Innloggingsmåte",
    suggestions: "Framlegg",
    search: "Søk etter innbyggjar",
    search_help: "Namn, eller starten på nummeret.",
    search_button: "Søk",
    hits: "Treff",
    no_hits: "Ingen innbyggjar passar.",
    years: "år",
    language: "Språk",
    unknown: "Det bur ingen med dette nummeret i byen.",
    bad_level: "Den innloggingsmåten når ikkje nivået.",
    problem: "Innlogginga stoppa",
    problem_more: "Tenesta du kom frå, sende ein førespurnad som ikkje kan svarast på.",
    logged_out: "Du er logga ut",
    logged_out_more: "Du kan lukke dette vindauget.",
    continue_button: "Hald fram",
    words: [
        "Ukjend klient.",
        "Ugyldig returadresse (redirect_uri).",
        "Førespurnaden er ugyldig.",
        "Innlogginga er for gammal eller alt brukt. Gå tilbake til tenesta og prøv igjen.",
        "Adressa finst ikkje.",
        "Det finst inga økt å logge ut frå.",
        "id_token_hint er ugyldig.",
        "Innbyggjaren er registrert død og kan ikkje logge inn.",
        "Identitetsnummeret er sperra.",
        "Innbyggjaren er under 13 år og kan ikkje logge inn.",
        "har nett fått barn",
        "har barn",
        "vaksen innbyggjar",
        "registrert død – viser kva som skjer då",
        "einsleg forsørgjar",
        "ei av to mødrer",
        "reservert mot digital post",
        "strengt fortruleg adresse",
        "fortruleg adresse",
        "ikkje i kontaktregisteret",
        "spesialteikn i namnet",
        "over hundre år",
        "Innlogging er ikkje mogleg akkurat no. Prøv igjen seinare.",
    ],
};

const EN: Texts = Texts {
    lang: "en",
    title: "Choose a citizen",
    mock: "This is a test login.",
    mock_more: "Every person, number and organisation here is made up. Never type a real identity number.",
    open: "This town lets every client in. Turn that off to meet the same demands as the real service.",
    client: "You are logging in to",
    level: "Level of assurance",
    choose: "Who do you want to be?",
    number: "Identity number",
    number_help: "Eleven digits, synthetic (month + 80).",
    log_in: "Log in",
    cancel: "Cancel",
    method: "Way of logging in",
    suggestions: "Suggestions",
    search: "Search for a citizen",
    search_help: "A name, or the beginning of the number.",
    search_button: "Search",
    hits: "Found",
    no_hits: "No citizen fits.",
    years: "years",
    language: "Language",
    unknown: "Nobody with this number lives in the town.",
    bad_level: "That way of logging in does not reach the level.",
    problem: "The login stopped",
    problem_more: "The service you came from sent a request that cannot be answered.",
    logged_out: "You are logged out",
    logged_out_more: "You can close this window.",
    continue_button: "Continue",
    words: [
        "Unknown client.",
        "Invalid return address (redirect_uri).",
        "The request is invalid.",
        "The login is too old or has been used already. Go back to the service and try again.",
        "There is no such address.",
        "There is no session to log out of.",
        "id_token_hint is invalid.",
        "The citizen is registered dead and cannot log in.",
        "The identity number is blocked.",
        "The citizen is under 13 and cannot log in.",
        "has just become a parent",
        "has children",
        "an adult citizen",
        "registered dead: shows what happens then",
        "lone parent",
        "one of two mothers",
        "reserved against digital mail",
        "strictly confidential address",
        "confidential address",
        "not in the contact register",
        "special letters in the name",
        "over a hundred years old",
        "Logging in is not possible right now. Try again later.",
    ],
};

impl Texts {
    /// The words of `locale`.
    pub(super) fn of(locale: &str) -> &'static Self {
        match locale {
            "nn" => &NN,
            "en" => &EN,
            _ => &NB,
        }
    }

    /// What went wrong, in a sentence.
    pub(super) fn problem_text(&self, problem: Problem) -> &'static str {
        self.words[match problem {
            Problem::Client => 0,
            Problem::Redirect => 1,
            Problem::Request => 2,
            Problem::Stale => 3,
            Problem::Address => 4,
            Problem::NoSession => 5,
            Problem::IdTokenHint => 6,
        }]
    }

    /// That nobody can log in now.
    pub(super) fn down(&self) -> &'static str {
        self.words[22]
    }

    /// Why a citizen cannot log in.
    pub(super) fn stengt(&self, stengt: Stengt) -> &'static str {
        self.words[match stengt {
            Stengt::Doed => 7,
            Stengt::Sperret => 8,
            Stengt::Barn => 9,
        }]
    }

    /// The story of a suggested citizen.
    pub(super) fn historie(&self, historie: Historie) -> &'static str {
        self.words[match historie {
            Historie::NybaktForelder => 10,
            Historie::Forelder => 11,
            Historie::Doed => 13,
            Historie::Merke(Merke::EnsligForsoerger) => 14,
            Historie::Merke(Merke::ToMoedre) => 15,
            Historie::Merke(Merke::ReservertMedPartner) => 16,
            Historie::Merke(Merke::StrengtFortrolig) => 17,
            Historie::Merke(Merke::Fortrolig) => 18,
            Historie::Merke(Merke::UregistrertVoksen) => 19,
            Historie::Merke(Merke::SpesialtegnINavn) => 20,
            Historie::Merke(Merke::Hundreaaring) => 21,
            Historie::Voksen | Historie::Merke(_) => 12,
        }]
    }
}
