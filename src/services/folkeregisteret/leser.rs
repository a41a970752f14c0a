//! One fact as the fields of an entry, as far as it may leave the town and the package may see it.

use std::cell::OnceCell;

use super::adresser::{abroad, abroad_in_lines, home, place, unknown};
use super::elementer::Element;
use super::innhold::{
    DeltBosted, Doedsbo, Doedsboadresse, Doedsbokontakt, FalskIdentitet, Foedsel, Foreldreansvar, Innhold, Navn,
    Oppholdsadresse, PersonUtenNummer, Personopplysninger, Postadresse, Postboksadresse, Poststed, RettIdentitet,
    Sivilstand, Sted, Tjenesteomraade, Verge, Vergemaal,
};
use super::pakker::{Nummerregel, Pakke};
use super::tidspunkt::Dag;
use crate::town::model::{
    BoligId, DayNo, Fact, FactId, Gradering, Landkode, Oppholdssted, PersonId, PersonKey, Personstatus, Relasjonsrolle,
};
use crate::town::state::{Person, gateadresse};
use crate::town::{Town, derive, model};

/// Longest form of a name that machines print.
const FORKORTET: usize = 40;

/// What the documents of one person are made with.
pub(super) struct Leser<'a> {
    pub(super) town: &'a Town,
    /// Whose documents.
    pub(super) person: PersonId,
    /// Protection now, which decides what is shown of any time.
    pub(super) vern: Gradering,
    pub(super) pakke: &'a Pakke,
    /// Homes of the strictly protected, looked up with the first address.
    hemmelige: OnceCell<Vec<(BoligId, DayNo)>>,
}

/// The element a fact belongs to.
pub(super) fn element_of(fact: &Fact) -> Element {
    match fact {
        Fact::Identifikasjonsnummer(_) => Element::IDENTIFIKASJONSNUMMER,
        Fact::Status(_) => Element::STATUS,
        Fact::Kjoenn(_) => Element::KJOENN,
        Fact::Foedsel { .. } => Element::FOEDSEL,
        Fact::FoedselINorge(_) => Element::FOEDSEL_I_NORGE,
        Fact::Navn { .. } => Element::NAVN,
        Fact::Sivilstand { .. } => Element::SIVILSTAND,
        Fact::Familierelasjon { .. } | Fact::RelasjonUtenNummer { .. } => Element::FAMILIERELASJON,
        Fact::Foreldreansvar { .. } => Element::FORELDREANSVAR,
        Fact::Statsborgerskap(_) => Element::STATSBORGERSKAP,
        Fact::Bostedsadresse { .. } | Fact::BostedAnnenKommune { .. } => Element::BOSTEDSADRESSE,
        Fact::Postadresse { .. } => Element::POSTADRESSE,
        Fact::Adressebeskyttelse(_) => Element::ADRESSEBESKYTTELSE,
        Fact::Doedsfall(_) => Element::DOEDSFALL,
        Fact::Innflytting(_) => Element::INNFLYTTING,
        Fact::Utflytting { .. } => Element::UTFLYTTING,
        Fact::DeltBosted { .. } => Element::DELT_BOSTED,
        Fact::Oppholdsadresse(_) => Element::OPPHOLDSADRESSE,
        Fact::PostadresseIUtlandet(_) => Element::POSTADRESSE_I_UTLANDET,
        Fact::Identitetsgrunnlag(_) => Element::IDENTITETSGRUNNLAG,
        Fact::UtenlandskPersonidentifikasjon { .. } => Element::UTENLANDSK_ID,
        Fact::Utlendingsnummer(_) => Element::UTLENDINGSNUMMER,
        Fact::Legitimasjonsdokument(_) => Element::LEGITIMASJONSDOKUMENT,
        Fact::FalskIdentitet(_) => Element::FALSK_IDENTITET,
        Fact::Opphold { .. } => Element::OPPHOLD,
        Fact::OppholdPaaSvalbard(_) => Element::OPPHOLD_PAA_SVALBARD,
        Fact::Bibehold { .. } => Element::BIBEHOLD,
        Fact::BrukAvSamiskSpraak(_) => Element::BRUK_AV_SAMISK_SPRAAK,
        Fact::Valgmanntall { .. } => Element::VALGMANNTALL,
        Fact::Vergemaal(_) => Element::VERGEMAAL,
        Fact::RettsligHandleevne(_) => Element::RETTSLIG_HANDLEEVNE,
        Fact::Doedsbo(_) => Element::DOEDSBO,
    }
}

fn land(code: Landkode) -> String {
    code.as_str().to_owned()
}

/// A name in capitals. The register demands two names: who has one word has it in both places.
fn name(navn: &model::Navn) -> Navn {
    let [fornavn, etternavn] = match (&*navn.fornavn, &*navn.etternavn) {
        ("", only) | (only, "") => [only, only],
        both => [both.0, both.1],
    };
    let mellomnavn = navn.mellomnavn.as_ref().map(|name| name.to_uppercase());
    Navn { fornavn: fornavn.to_uppercase(), mellomnavn, etternavn: etternavn.to_uppercase(), forkortet_navn: None }
}

/// A person's own name, with a short form when it is long.
fn own_name(navn: &model::Navn) -> Navn {
    let mut name = name(navn);
    let middle = name.mellomnavn.as_deref().map_or(0, |middle| middle.chars().count() + 1);
    let long = name.fornavn.chars().count() + middle + 1 + name.etternavn.chars().count() > FORKORTET;
    name.forkortet_navn = long.then(|| {
        let whole = format!("{} {}", name.etternavn, name.fornavn);
        whole.chars().take(FORKORTET).collect::<String>().trim_end().to_owned()
    });
    name
}

fn without_number(other: &model::PersonUtenNummer) -> PersonUtenNummer {
    PersonUtenNummer {
        navn: name(&other.navn),
        foedselsdato: other.foedselsdato.map(Dag),
        statsborgerskap: other.statsborgerskap.map(land),
        kjoenn: other.kjoenn.map(|kjoenn| kjoenn.code()),
    }
}

fn known_as(other: &model::PersonUtenNummer) -> Personopplysninger {
    Personopplysninger {
        personnavn: name(&other.navn),
        foedselsdato: other.foedselsdato.map(Dag),
        statsborgerskap: other.statsborgerskap.map(land).into_iter().collect(),
        kjoenn: other.kjoenn.map(|kjoenn| kjoenn.code()),
    }
}

/// Statuses every package sees; the others it knows as one (`specs/folkeregister.md` §7).
fn open_status(status: Personstatus) -> &'static str {
    match status {
        Personstatus::Forsvunnet
        | Personstatus::Foedselsregistrert
        | Personstatus::Midlertidig
        | Personstatus::IkkeBosatt => "aktiv",
        open => open.code(),
    }
}

impl<'a> Leser<'a> {
    /// For the documents of `person` as `pakke` sees them.
    pub(super) fn new(town: &'a Town, person: PersonId, pakke: &'a Pakke) -> Self {
        Self { town, person, vern: town.person(person).gradering(), pakke, hemmelige: OnceCell::new() }
    }
}

impl Leser<'_> {
    fn other(&self, key: PersonKey) -> Option<Person<'_>> {
        self.town.person_by_key(key)
    }

    /// The number of somebody else, unless the package sees none.
    fn number(&self, key: PersonKey) -> Option<String> {
        let shown = self.pakke.nummer != Nummerregel::Aldri;
        self.other(key).filter(|_| shown).map(|other| other.nummer().to_string())
    }

    /// The grading of an address; nothing else has one. A second home is as secret as the parent who lives there.
    fn grading_of(&self, fact: &Fact) -> Option<Gradering> {
        let own = if self.vern == Gradering::Klientadresse { Gradering::Ugradert } else { self.vern };
        match fact {
            Fact::Bostedsadresse { gradering, .. } | Fact::BostedAnnenKommune { gradering, .. } => {
                Some(own.max(*gradering))
            }
            Fact::DeltBosted { gradering, bolig, .. } => {
                let child = self.town.person(self.person);
                let lives_there = |parent: &Person<'_>| parent.bolig() == Some(*bolig);
                let parents = [child.mor(), child.far()].into_iter().flatten().filter(lives_there);
                Some(parents.map(|parent| parent.gradering()).fold(own.max(*gradering), Gradering::max))
            }
            Fact::Oppholdsadresse(_) | Fact::PostadresseIUtlandet(_) => Some(own),
            // The postal address of a strictly protected person is the open one.
            Fact::Postadresse { .. } if self.vern == Gradering::StrengtFortrolig => Some(Gradering::Ugradert),
            Fact::Postadresse { .. } => Some(own),
            Fact::Doedsbo(estate) => match &estate.kontakt {
                // The address is that of the heir's home, whose protection it follows: it is shown openly or not at all.
                model::Doedsbokontakt::Person(heir, _) => {
                    let hidden = self.other(*heir).is_none_or(|heir| heir.gradering() > Gradering::Ugradert);
                    Some(if hidden { Gradering::StrengtFortrolig } else { Gradering::Ugradert })
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether the fact `id` stays in the town, or out of the package.
    pub(super) fn is_hidden(&self, fact: &Fact, id: FactId, er_gjeldende: Option<bool>) -> bool {
        let now = er_gjeldende.unwrap_or(true);
        let Some(grading) = self.grading_of(fact) else { return false };
        !self.pakke.adresser.viser(grading, self.vern, now) || self.is_secret_home(fact, id)
    }

    /// Whether the fact names a home of somebody strictly protected, also where it is or was somebody else's at the same
    /// time.
    fn is_secret_home(&self, fact: &Fact, id: FactId) -> bool {
        let bolig = match fact {
            Fact::Bostedsadresse { bolig, .. } => *bolig,
            Fact::DeltBosted { bolig, .. } => Some(*bolig),
            Fact::Oppholdsadresse(stay) => match stay.sted {
                Oppholdssted::Bolig(bolig) => Some(bolig),
                _ => None,
            },
            Fact::Doedsbo(estate) => match estate.kontakt {
                model::Doedsbokontakt::Person(_, bolig) => Some(bolig),
                _ => None,
            },
            _ => None,
        };
        let Some(bolig) = bolig else { return false };
        let hemmelige = self.hemmelige.get_or_init(|| self.town.secret_homes().collect());
        let since = hemmelige.iter().filter(|(home, _)| *home == bolig).map(|(_, since)| *since).min();
        since.is_some_and(|since| self.until(id) > since)
    }

    /// The day the entry `id` has ended by now, whatever the document knows of it; [`DayNo::NONE`] while it lasts.
    fn until(&self, id: FactId) -> DayNo {
        let entries = self.town.person(self.person).entries();
        entries.iter().find(|entry| entry.id == id).and_then(|entry| entry.gyldig_til).unwrap_or(DayNo::NONE)
    }

    /// The fields of an entry; `None` when somebody it names is not there.
    pub(super) fn innhold(&self, fact: &Fact, er_gjeldende: Option<bool>) -> Option<Innhold> {
        Some(match fact {
            Fact::Identifikasjonsnummer(nummer) => Innhold::Identifikasjonsnummer {
                status: if er_gjeldende == Some(false) { "opphoert" } else { "iBruk" },
                foedsels_eller_d_nummer: nummer.to_string(),
                identifikatortype: if nummer.is_d_number() { "dNummer" } else { "foedselsnummer" },
            },
            Fact::Status(status) => {
                let shown = if self.pakke.hjemmel { status.code() } else { open_status(*status) };
                Innhold::Status { status: shown }
            }
            Fact::Kjoenn(kjoenn) => Innhold::Kjoenn { kjoenn: kjoenn.code() },
            Fact::Foedsel { dato, her, land } => Innhold::Foedsel(self.foedsel(*dato, *her, land.as_str())),
            Fact::FoedselINorge(nummer) => Innhold::FoedselINorge { rekkefoelgenummer: *nummer },
            Fact::Navn { navn, .. } => Innhold::Navn(own_name(navn)),
            Fact::Sivilstand { sivilstand, dato, relatert } => {
                Innhold::Sivilstand(self.civil_status(*sivilstand, *dato, *relatert))
            }
            Fact::Familierelasjon { relatert, relatert_rolle, min_rolle } => {
                relation(Some(self.number(*relatert)?), None, *relatert_rolle, *min_rolle)
            }
            Fact::RelasjonUtenNummer { relatert, relatert_rolle, min_rolle } => {
                relation(None, Some(without_number(relatert)), *relatert_rolle, *min_rolle)
            }
            Fact::Foreldreansvar { ansvar, ansvarlig, ansvarssubjekt } => Innhold::Foreldreansvar(Foreldreansvar {
                ansvar: ansvar.code(),
                ansvarlig: ansvarlig.and_then(|key| self.number(key)),
                ansvarssubjekt: ansvarssubjekt.and_then(|key| self.number(key)),
            }),
            Fact::Innflytting(from) => Innhold::Innflytting { fraflyttingsland: land(*from) },
            Fact::Utflytting { land: to, dato } => {
                Innhold::Utflytting { tilflyttingsland: land(*to), utflyttingsdato: Dag(*dato) }
            }
            Fact::Adressebeskyttelse(gradering) => Innhold::Adressebeskyttelse { graderingsnivaa: gradering.code() },
            Fact::Doedsfall(dato) => Innhold::Doedsfall { doedsdato: Dag(*dato) },
            Fact::Doedsbo(estate) => self.estate(estate)?,
            Fact::Vergemaal(vergemaal) => Innhold::Vergemaal(Box::new(self.guardianship(vergemaal)?)),
            Fact::RettsligHandleevne(omfang) => {
                Innhold::RettsligHandleevne { rettslig_handleevneomfang: omfang.code() }
            }
            _ => return self.address(fact).or_else(|| identity(fact)),
        })
    }

    /// The fields of an address.
    fn address(&self, fact: &Fact) -> Option<Innhold> {
        let base = &self.town.base;
        let grading = self.grading_of(fact)?;
        Some(match fact {
            Fact::Bostedsadresse { bolig, flyttedato, .. } => {
                Innhold::Bostedsadresse(Box::new(home(base, *bolig, grading, *flyttedato)))
            }
            Fact::BostedAnnenKommune { kommune, flyttedato, .. } => {
                Innhold::Bostedsadresse(Box::new(unknown(*kommune, grading, *flyttedato)))
            }
            Fact::DeltBosted { bolig, fra, .. } => {
                let (sted, address_id) = place(base, *bolig);
                Innhold::DeltBosted(Box::new(DeltBosted {
                    sted,
                    startdato_for_kontrakt: Dag(*fra),
                    adresse_identifikator_fra_matrikkelen: address_id,
                    adressegradering: grading.code(),
                }))
            }
            Fact::Oppholdsadresse(stay) => {
                let (sted, address_id) = match &stay.sted {
                    Oppholdssted::Bolig(bolig) => {
                        let (sted, id) = place(base, *bolig);
                        (sted, Some(id))
                    }
                    Oppholdssted::Utland(there) => (Sted::UtenlandskAdresse(abroad(there)), None),
                    Oppholdssted::Ukjent => (Sted::AdressenErUkjent(true), None),
                };
                Innhold::Oppholdsadresse(Box::new(Oppholdsadresse {
                    sted,
                    adresse_identifikator_fra_matrikkelen: address_id,
                    adressegradering: grading.code(),
                    oppholdsadressedato: stay.fra.map(Dag),
                    opphold_annet_sted: stay.annet_sted.map(|reason| reason.code()),
                }))
            }
            Fact::Postadresse { postboks, postnummer, poststed } => Innhold::Postadresse(Postadresse {
                postboksadresse: Postboksadresse {
                    postboks: postboks.to_string(),
                    poststed: Poststed { poststedsnavn: poststed.to_string(), postnummer: format!("{postnummer:04}") },
                },
                adressegradering: grading.code(),
            }),
            Fact::PostadresseIUtlandet(there) => {
                Innhold::PostadresseIUtlandet { adresse: abroad_in_lines(there), adressegradering: grading.code() }
            }
            _ => return None,
        })
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

    /// A civil status; where a wedding was goes with the homes as the place of birth does.
    fn civil_status(&self, status: model::Sivilstand, dato: Option<DayNo>, spouse: Option<PersonKey>) -> Sivilstand {
        if self.pakke.knapp {
            return Sivilstand { sivilstand: status.code(), ..Sivilstand::default() };
        }
        let base = &self.town.base;
        let of_base = |key: PersonKey| match key {
            PersonKey::Base(row) => Some(PersonId(row)),
            PersonKey::World(_) => None,
        };
        let both_of_base = self.person.index() < base.person_count() && spouse.is_none_or(|key| of_base(key).is_some());
        let place = match dato {
            Some(dato) if both_of_base => {
                derive::vigselssted(base, self.person, spouse.and_then(of_base), dato, status)
            }
            _ => derive::Vigselssted::default(),
        };
        let her = place.her && self.vern != Gradering::StrengtFortrolig;
        Sivilstand {
            sivilstand: status.code(),
            sivilstandsdato: dato.map(Dag),
            myndighet: place.myndighet,
            kommune: her.then(|| base.kommune.nummer.to_string()),
            utland: place.utland.map(land),
            relatert_ved_sivilstand: spouse.and_then(|key| self.number(key)),
        }
    }

    fn estate(&self, estate: &model::Doedsbo) -> Option<Innhold> {
        let (kontakt, adresse) = match &estate.kontakt {
            model::Doedsbokontakt::Person(heir, bolig) => {
                let heir = self.other(*heir)?;
                let number = self.number(heir.key());
                let named = number.is_none();
                let kontakt = Doedsbokontakt::Person {
                    foedsels_eller_d_nummer: number,
                    foedselsdato: named.then(|| Dag(DayNo::of(heir.foedselsdato()))),
                    personnavn: named.then(|| name(&heir.navn())),
                };
                let home = gateadresse(&self.town.base, *bolig)?;
                (kontakt, (home.gate, home.postnummer, home.poststed))
            }
            model::Doedsbokontakt::Advokat { navn, firma } => {
                let personnavn = name(navn);
                (Doedsbokontakt::Advokat { personnavn, organisasjonsnavn: firma.to_uppercase() }, lines(estate)?)
            }
            model::Doedsbokontakt::Organisasjon { navn, orgnr } => {
                let (organisasjonsnavn, organisasjonsnummer) = (navn.to_uppercase(), orgnr.to_string());
                (Doedsbokontakt::Organisasjon { organisasjonsnavn, organisasjonsnummer }, lines(estate)?)
            }
        };
        let (linje, postnummer, poststedsnavn) = adresse;
        Some(Innhold::KontaktinformasjonForDoedsbo(Box::new(Doedsbo {
            kontakt,
            skifteform: estate.skifteform.code(),
            attestutstedelsesdato: Dag(estate.attest),
            adresse: Doedsboadresse { adresselinje: [linje], poststedsnavn, postnummer },
        })))
    }

    fn guardianship(&self, vergemaal: &model::Vergemaal) -> Option<Vergemaal> {
        let (number, by_name, navn) = match &vergemaal.verge {
            model::Verge::Person(verge) => {
                let verge = self.other(*verge)?;
                let number = self.number(verge.key());
                let by_name = number.is_none().then(|| Personopplysninger {
                    personnavn: name(&verge.navn()),
                    foedselsdato: Some(Dag(DayNo::of(verge.foedselsdato()))),
                    statsborgerskap: Vec::new(),
                    kjoenn: Some(verge.kjoenn().code()),
                });
                (number, by_name, name(&verge.navn()))
            }
            model::Verge::UtenNummer(other) => (None, Some(known_as(other)), name(&other.navn)),
        };
        let service = |(service, task): &(std::sync::Arc<str>, std::sync::Arc<str>)| Tjenesteomraade {
            verge_tjenestevirksomhet: service.to_string(),
            verge_tjenesteoppgave: task.to_string(),
        };
        Some(Vergemaal {
            vergemaaltype: vergemaal.slag.code(),
            embete: vergemaal.embete.to_string(),
            verge: Verge {
                foedsels_eller_d_nummer: number,
                navn_foedselsdato: by_name,
                navn,
                tjenesteomraade: vergemaal.tjenester.iter().map(service).collect(),
                omfang: vergemaal.omfang.map(|omfang| omfang.code()),
                omfanget_er_innen_personlig_omraade: vergemaal.personlig,
            },
        })
    }
}

fn relation(
    relatert_person: Option<String>,
    uten_nummer: Option<PersonUtenNummer>,
    rolle: Relasjonsrolle,
    min_rolle: Relasjonsrolle,
) -> Innhold {
    Innhold::Familierelasjon {
        relatert_person,
        relatert_person_uten_folkeregisteridentifikator: uten_nummer,
        relatert_persons_rolle: rolle.code(),
        min_rolle_for_person: min_rolle.code(),
    }
}

fn lines(estate: &model::Doedsbo) -> Option<(String, String, String)> {
    let (linje, postnummer, poststed) = estate.adresse.as_ref()?;
    Some((linje.to_string(), format!("{postnummer:04}"), poststed.to_string()))
}

/// The fields of what is known of somebody's identity and standing.
fn identity(fact: &Fact) -> Option<Innhold> {
    Some(match fact {
        Fact::Identitetsgrunnlag(status) => {
            Innhold::Identitetsgrunnlag { identitetsgrunnlagstatus: status.code(), legitimasjonskontroll: None }
        }
        Fact::Statsborgerskap(country) => {
            Innhold::Statsborgerskap { statsborgerskap: land(*country), ervervsdato: None }
        }
        Fact::UtenlandskPersonidentifikasjon { nummer, slag, land: country } => Innhold::NummerFraAndre {
            identifikasjonsnummer: nummer.to_string(),
            identifikasjonsnummertype: slag.code(),
            utstederland: land(*country),
        },
        Fact::Utlendingsnummer(nummer) => Innhold::NummerFraAndre {
            identifikasjonsnummer: nummer.to_string(),
            identifikasjonsnummertype: model::Idnummertype::UtlendingsmyndighetenesIdentifikasjonsnummer.code(),
            utstederland: land(Landkode::NOR),
        },
        Fact::Legitimasjonsdokument(document) => Innhold::Legitimasjonsdokument {
            identifikasjonsdokumentnummer: document.nummer.to_string(),
            identifikasjonsdokumenttype: document.slag.to_string(),
            utstederland: land(document.land),
            gyldig_fra: Dag(document.fra),
            gyldig_til: Dag(document.til),
        },
        Fact::FalskIdentitet(rett) => Innhold::FalskIdentitet(Box::new(FalskIdentitet {
            er_falsk: true,
            rett: match &**rett {
                model::RettIdentitet::Ukjent => RettIdentitet::Ukjent(true),
                model::RettIdentitet::Nummer(nummer) => RettIdentitet::Nummer(nummer.to_string()),
                model::RettIdentitet::Opplysninger(other) => RettIdentitet::Opplysninger(known_as(other)),
            },
        })),
        Fact::Opphold { tillatelse, fra, til } => Innhold::Opphold {
            oppholdstillatelse: tillatelse.code(),
            opphold_fra: fra.map(Dag),
            opphold_til: til.map(Dag),
        },
        Fact::OppholdPaaSvalbard(stay) => Innhold::OppholdPaaSvalbard {
            antatt_oppholdsvarighet: stay.varighet.code(),
            startdato: Dag(stay.fra),
            sluttdato: stay.til.map(Dag),
            fraflyttingskommunenummer: None,
        },
        Fact::Bibehold { status, dato } => {
            Innhold::Bibehold { bibeholdstatus: status.code(), dato_for_bibehold: dato.map(Dag) }
        }
        Fact::BrukAvSamiskSpraak(languages) => {
            Innhold::BrukAvSamiskSpraak { spraak: languages.iter().map(|language| language.code()).collect() }
        }
        Fact::Valgmanntall { forhold, dato } => {
            Innhold::Valgmanntall { forhold: forhold.code(), vedtaksdato: Dag(*dato) }
        }
        _ => return None,
    })
}
