//! Entries and register changes of the town as the register's documents.
//!
//! Protection as it is *now* decides what is shown of addresses at any time: a strictly protected person's homes stand
//! in no document, current, historic or archived, nor in the documents of earlier events (`specs/folkeregister.md` §8).

use super::elementer::{Element, Utvalg};
use super::tidspunkt::{Dag, Midnatt, Tidspunkt};
use super::wire::{
    Adressenummer, Bostedsadresse, Egenskapshendelse, Feedhendelse, Feedinnslag, Foedsel, Foreldreansvar, Hendelse,
    Hendelsesdokument, Innhold, Innslag, Matrikkeladresse, Matrikkelnummer, Navn, Person, Postadresse, Postboksadresse,
    Poststed, Sivilstand, Sted, Vegadresse,
};
use crate::base::Kommunenummer;
use crate::clock::Instant;
use crate::town::Town;
use crate::town::model::{
    Base, BoligId, DayNo, Eiendom, Endring, Endringsslag, Entry, Fact, FactId, Gradering, NyFact, PersonId, PersonKey,
};
use crate::town::state::{FeedRow, matrikkelnummer};

/// Version of the event document's schema.
const SKJEMAVERSJON: &str = "1.0";

/// What the documents of one person are made with.
struct Leser<'a> {
    town: &'a Town,
    id: Option<PersonId>,
    vern: Gradering,
}

/// The document of `id` with the entries that stand at `at`.
pub(super) fn person(town: &Town, id: PersonId, utvalg: Utvalg, at: Instant) -> Person {
    of_entries(town, id, town.person(id).entries(), utvalg, at)
}

/// The document of `id` made of `entries`; what is shown of them follows from the protection of today.
pub(super) fn of_entries(town: &Town, id: PersonId, mut entries: Vec<Entry>, utvalg: Utvalg, at: Instant) -> Person {
    let reader = Leser { town, id: Some(id), vern: town.person(id).gradering() };
    entries.retain(|entry| if utvalg.historikk { entry.stands_at(at) } else { entry.is_gjeldende_at(at) });
    // Entries a world has touched come last; in a document they stand where they were registered.
    entries.sort_by_key(|entry| (entry.registrert, entry.gyldig_fra, entry.id));
    let mut elements: Vec<(Element, Vec<Innslag>)> = Vec::new();
    for entry in entries {
        let element = element_of(&entry.fact);
        if !utvalg.has(element) {
            continue;
        }
        let gjeldende = entry.is_gjeldende_at(at);
        let Some(innslag) = reader.innslag(&entry, element, Some(gjeldende)) else { continue };
        match elements.iter_mut().find(|(known, _)| *known == element) {
            Some((_, list)) => list.push(innslag),
            None => elements.push((element, vec![innslag])),
        }
    }
    elements.sort_by_key(|(element, _)| *element);
    Person(elements)
}

/// The entry of the feed behind `row`.
pub(super) fn feedinnslag(town: &Town, row: &FeedRow) -> Feedinnslag {
    Feedinnslag {
        sekvensnummer: row.sekvensnummer,
        hendelse: Feedhendelse {
            folkeregisteridentifikator: nummer(town, row.registrering.person).unwrap_or_default(),
            hendelsetype: row.registrering.slag.code(),
            hendelsesdokument: row.hendelsesdokument.to_string(),
            persondokument: row.persondokument.to_string(),
            ajourholdstidspunkt: Tidspunkt(row.registrering.registrert),
        },
    }
}

/// The event document behind `row`.
pub(super) fn hendelse(town: &Town, row: &FeedRow) -> Hendelsesdokument {
    let change = &row.registrering;
    let id = town.id_of(change.person);
    let vern = id.map_or(Gradering::Ugradert, |id| town.person(id).gradering());
    let reader = Leser { town, id, vern };
    Hendelsesdokument {
        dokumentidentifikator: row.hendelsesdokument.to_string(),
        skjemaversjon: SKJEMAVERSJON,
        hendelse: Hendelse {
            folkeregisteridentifikator: nummer(town, change.person).unwrap_or_default(),
            hendelsestype: change.slag.code(),
            ajourholdstidspunkt: Tidspunkt(change.registrert),
            egenskapshendelse: change
                .endringer
                .iter()
                .filter_map(|endring| reader.egenskapshendelse(endring, |ny| ny.entry(change)))
                .collect(),
        },
    }
}

fn nummer(town: &Town, key: PersonKey) -> Option<String> {
    town.person_by_key(key).map(|person| person.nummer().to_string())
}

fn element_of(fact: &Fact) -> Element {
    match fact {
        Fact::Identifikasjonsnummer(_) => Element::IDENTIFIKASJONSNUMMER,
        Fact::Status(_) => Element::STATUS,
        Fact::Kjoenn(_) => Element::KJOENN,
        Fact::Foedsel { .. } => Element::FOEDSEL,
        Fact::FoedselINorge(_) => Element::FOEDSEL_I_NORGE,
        Fact::Navn { .. } => Element::NAVN,
        Fact::Sivilstand { .. } => Element::SIVILSTAND,
        Fact::Familierelasjon { .. } => Element::FAMILIERELASJON,
        Fact::Foreldreansvar { .. } => Element::FORELDREANSVAR,
        Fact::Statsborgerskap(_) => Element::STATSBORGERSKAP,
        Fact::Bostedsadresse { .. } | Fact::BostedAnnenKommune { .. } => Element::BOSTEDSADRESSE,
        Fact::Postadresse { .. } => Element::POSTADRESSE,
        Fact::Adressebeskyttelse(_) => Element::ADRESSEBESKYTTELSE,
        Fact::Doedsfall(_) => Element::DOEDSFALL,
        Fact::Innflytting(_) => Element::INNFLYTTING,
        Fact::Utflytting { .. } => Element::UTFLYTTING,
    }
}

impl Leser<'_> {
    /// Whether the fact `id` stays in the town: a home of somebody strictly protected, also where it is or was somebody
    /// else's at the same time.
    fn is_secret(&self, fact: &Fact, id: FactId) -> bool {
        let (gradering, bolig) = match fact {
            Fact::Bostedsadresse { gradering, bolig, .. } => (gradering, *bolig),
            Fact::BostedAnnenKommune { gradering, .. } => (gradering, None),
            _ => return false,
        };
        self.vern == Gradering::StrengtFortrolig
            || *gradering == Gradering::StrengtFortrolig
            || bolig.and_then(|bolig| self.town.secret_home_since(bolig)).is_some_and(|since| self.until(id) > since)
    }

    /// The day the entry `id` has ended by now, whatever the document knows of it; [`DayNo::NONE`] while it lasts.
    fn until(&self, id: FactId) -> DayNo {
        let entries = self.id.map(|person| self.town.person(person).entries()).unwrap_or_default();
        entries.iter().find(|entry| entry.id == id).and_then(|entry| entry.gyldig_til).unwrap_or(DayNo::NONE)
    }

    fn innslag(&self, entry: &Entry, element: Element, er_gjeldende: Option<bool>) -> Option<Innslag> {
        if self.is_secret(&entry.fact, entry.id) {
            return None;
        }
        Some(Innslag {
            ajourholdstidspunkt: Tidspunkt(entry.registrert),
            er_gjeldende,
            kilde: entry.kilde.clone(),
            aarsak: entry.aarsak.clone(),
            gyldighetstidspunkt: entry.gyldig_fra.map(Midnatt),
            opphoerstidspunkt: entry
                .gyldig_til
                .filter(|_| element.shows_end() && er_gjeldende != Some(true))
                .map(Midnatt),
            innhold: self.innhold(&entry.fact),
        })
    }

    /// A change as the event document tells it. Three words are all there are: an end is the ended value registered
    /// with its end, and a home that becomes secret is annulled.
    fn egenskapshendelse(&self, endring: &Endring, entry: impl Fn(&NyFact) -> Entry) -> Option<Egenskapshendelse> {
        let fact = endring.ny.as_ref().map(|ny| &ny.fact).or_else(|| endring.gammel.as_ref().map(|old| &old.fact))?;
        let element = element_of(fact);
        let annulled = Egenskapshendelse { element, entitetsendring: "annullere", innslag: None };
        let is_secret = endring.ny.as_ref().is_some_and(|ny| self.is_secret(&ny.fact, ny.id));
        match endring.slag {
            Endringsslag::Annullere => Some(annulled),
            Endringsslag::Korrigere if is_secret => Some(annulled),
            // Of a move into a secret home only the end of the one before is told.
            Endringsslag::RegistrereNy if is_secret => {
                let innslag = self.innslag(endring.gammel.as_ref()?, element, None)?;
                Some(Egenskapshendelse { element, entitetsendring: "registrereNy", innslag: Some(innslag) })
            }
            Endringsslag::Korrigere | Endringsslag::RegistrereNy => {
                let innslag = self.innslag(&entry(endring.ny.as_ref()?), element, None)?;
                let word = if endring.slag == Endringsslag::Korrigere { "korrigere" } else { "registrereNy" };
                Some(Egenskapshendelse { element, entitetsendring: word, innslag: Some(innslag) })
            }
            Endringsslag::Opphoere => {
                let innslag = self.innslag(endring.gammel.as_ref()?, element, None)?;
                Some(Egenskapshendelse { element, entitetsendring: "registrereNy", innslag: Some(innslag) })
            }
        }
    }

    fn innhold(&self, fact: &Fact) -> Innhold {
        let base: &Base = &self.town.base;
        let number = |key: PersonKey| nummer(self.town, key);
        match fact {
            Fact::Identifikasjonsnummer(nummer) => Innhold::Identifikasjonsnummer {
                status: "iBruk",
                foedsels_eller_d_nummer: nummer.to_string(),
                identifikatortype: if nummer.is_d_number() { "dNummer" } else { "foedselsnummer" },
            },
            Fact::Status(status) => Innhold::Status { status: status.code() },
            Fact::Kjoenn(kjoenn) => Innhold::Kjoenn { kjoenn: kjoenn.code() },
            Fact::Foedsel { dato, her, land } => Innhold::Foedsel(self.foedsel(*dato, *her, land.as_str())),
            Fact::FoedselINorge(nummer) => Innhold::FoedselINorge { rekkefoelgenummer: *nummer },
            Fact::Navn { navn, .. } => Innhold::Navn(Navn {
                fornavn: navn.fornavn.to_uppercase(),
                mellomnavn: navn.mellomnavn.as_ref().map(|name| name.to_uppercase()),
                etternavn: navn.etternavn.to_uppercase(),
            }),
            Fact::Sivilstand { sivilstand, dato, relatert } => Innhold::Sivilstand(Sivilstand {
                sivilstand: sivilstand.code(),
                sivilstandsdato: dato.map(Dag),
                relatert_ved_sivilstand: relatert.and_then(number),
            }),
            Fact::Familierelasjon { relatert, relatert_rolle, min_rolle } => Innhold::Familierelasjon {
                relatert_person: number(*relatert).unwrap_or_default(),
                relatert_persons_rolle: relatert_rolle.code(),
                min_rolle_for_person: min_rolle.code(),
            },
            Fact::Foreldreansvar { ansvar, ansvarlig, ansvarssubjekt } => Innhold::Foreldreansvar(Foreldreansvar {
                ansvar: ansvar.code(),
                ansvarlig: ansvarlig.and_then(number),
                ansvarssubjekt: ansvarssubjekt.and_then(number),
            }),
            Fact::Statsborgerskap(land) => Innhold::Statsborgerskap { statsborgerskap: land.as_str().to_owned() },
            Fact::Bostedsadresse { bolig, gradering, flyttedato } => {
                Innhold::Bostedsadresse(Box::new(home(base, *bolig, self.graded(*gradering), *flyttedato)))
            }
            Fact::BostedAnnenKommune { kommune, gradering, flyttedato } => {
                Innhold::Bostedsadresse(Box::new(unknown(*kommune, self.graded(*gradering), *flyttedato)))
            }
            Fact::Innflytting(land) => Innhold::Innflytting { fraflyttingsland: land.as_str().to_owned() },
            Fact::Utflytting { land, dato } => {
                Innhold::Utflytting { tilflyttingsland: land.as_str().to_owned(), utflyttingsdato: Dag(*dato) }
            }
            Fact::Postadresse { postboks, postnummer, poststed } => Innhold::Postadresse(Postadresse {
                postboksadresse: Postboksadresse {
                    postboks: postboks.to_string(),
                    poststed: Poststed { poststedsnavn: poststed.to_string(), postnummer: format!("{postnummer:04}") },
                },
                // The postal address of a strictly protected person is the open one.
                adressegradering: match self.vern {
                    Gradering::Fortrolig => Gradering::Fortrolig.code(),
                    _ => Gradering::Ugradert.code(),
                },
            }),
            Fact::Adressebeskyttelse(gradering) => Innhold::Adressebeskyttelse { graderingsnivaa: gradering.code() },
            Fact::Doedsfall(dato) => Innhold::Doedsfall { doedsdato: Dag(*dato) },
        }
    }

    /// Every address of a protected person shows the protection, whenever it was registered.
    fn graded(&self, gradering: Gradering) -> Gradering {
        if self.vern == Gradering::Fortrolig { Gradering::Fortrolig } else { gradering }
    }

    /// The municipality of birth goes with the homes: it would name the one a strictly protected child lives in.
    fn foedsel(&self, dato: DayNo, her: bool, land: &str) -> Foedsel {
        let shown = her && self.vern != Gradering::StrengtFortrolig;
        Foedsel {
            foedselsaar: format!("{:04}", dato.dato().year()),
            foedselsdato: Dag(dato),
            foedekommune_i_norge: shown.then(|| self.town.base.kommune.nummer.to_string()),
            foedeland: land.to_owned(),
        }
    }
}

/// A home of which only the municipality is known.
fn unknown(kommune: Kommunenummer, gradering: Gradering, flyttedato: DayNo) -> Bostedsadresse {
    Bostedsadresse {
        sted: Sted::UkjentBosted { bostedskommune: kommune.to_string() },
        adresse_identifikator_fra_matrikkelen: None,
        adressegradering: gradering.code(),
        flyttedato: Dag(flyttedato),
        grunnkrets: None,
        stemmekrets: None,
        skolekrets: None,
    }
}

fn home(base: &Base, bolig: Option<BoligId>, gradering: Gradering, flyttedato: DayNo) -> Bostedsadresse {
    let Some(bolig) = bolig else { return unknown(base.kommune.nummer, gradering, flyttedato) };
    let (row, homes) = (bolig.index(), &base.boliger);
    let (sted, address_id) = place(base, bolig);
    Bostedsadresse {
        sted,
        adresse_identifikator_fra_matrikkelen: Some(address_id),
        adressegradering: gradering.code(),
        flyttedato: Dag(flyttedato),
        grunnkrets: Some(homes.grunnkrets[row]),
        stemmekrets: Some(homes.stemmekrets[row]),
        skolekrets: Some(homes.skolekrets[row]),
    }
}

/// Where a dwelling is: in a street, or on a property; and the cadastre's number of that address.
fn place(base: &Base, bolig: BoligId) -> (Sted, String) {
    let (row, homes) = (bolig.index(), &base.boliger);
    let postal = base.poststeder[usize::from(homes.poststed[row])];
    let kommunenummer = base.kommune.nummer.to_string();
    let bruksenhetsnummer = String::from_utf8_lossy(&homes.bruksenhet[row]).into_owned();
    let bruksenhetstype = homes.bruksenhetstype[row].code();
    let poststed =
        Poststed { poststedsnavn: base.tekst.get(postal.navn).to_owned(), postnummer: format!("{:04}", postal.nummer) };
    if let Some((eiendom, undernummer)) = matrikkelnummer(base, bolig) {
        let Eiendom { gardsnummer: gaardsnummer, bruksnummer, festenummer, .. } = eiendom;
        let sted = Sted::Matrikkeladresse(Matrikkeladresse {
            bruksenhetsnummer,
            bruksenhetstype,
            matrikkelnummer: Matrikkelnummer { kommunenummer, gaardsnummer, bruksnummer, festenummer },
            undernummer: (undernummer != 0).then_some(undernummer),
            poststed,
        });
        return (sted, format!("8{gaardsnummer:05}{bruksnummer:05}{festenummer:03}{undernummer:02}"));
    }
    let street = base.gater[homes.gate[row] as usize];
    let (number, letter) = (homes.husnummer[row], homes.husbokstav[row]);
    let sted = Sted::Vegadresse(Vegadresse {
        kommunenummer,
        bruksenhetsnummer,
        bruksenhetstype,
        adressenavn: base.tekst.get(street.navn).to_owned(),
        adressenummer: Adressenummer {
            husnummer: number.to_string(),
            husbokstav: (letter != 0).then(|| char::from(letter).to_string()),
        },
        adressekode: street.kode.to_string(),
        poststed,
    });
    (sted, address_id(street.kode, number, letter))
}

/// The cadastre's number of an address: one for all units behind the same door number.
fn address_id(street: u16, number: u16, letter: u8) -> String {
    let letter = if letter == 0 { 0 } else { letter - b'A' + 1 };
    format!("9{street:05}{number:04}{letter:02}")
}
