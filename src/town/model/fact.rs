//! Facts about people as bitemporal entries, the register changes that make them, and the one fold that puts changes
//! into a list of entries.
//!
//! A person *is* a list of [`Entry`]. Current, past and "as registered at" are filters on that list
//! (`DESIGN` §2 rule 3). The base's own past is a list of [`Registrering`] too, so documents, event feed and archive
//! come from the same rows.

use std::sync::Arc;

use super::{
    Ansvar, Bibeholdstatus, BoligId, DayNo, Doedsbo, Gradering, Hendelsestype, Identitetsgrunnlagstatus, Idnummertype,
    Legitimasjonsdokument, Oppholdsadresse, Oppholdstillatelse, PersonKey, PersonUtenNummer, Personstatus,
    Relasjonsrolle, RettIdentitet, Samiskspraak, Sivilstand, Svalbardopphold, Utenlandsadresse, Valgmanntallsforhold,
    Vergemaal, Vergemaalsomfang,
};
use crate::base::{Foedselsnummer, Kjoenn, Kommunenummer, OriginKey};
use crate::clock::Instant;

/// Names one fact of one person. Base facts are built from the person's position, world facts from their cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct FactId(pub u64);

impl FactId {
    const WORLD: u64 = 1 << 63;

    /// Whether the fact came about in a world.
    #[must_use]
    pub fn is_of_world(self) -> bool {
        self.0 & Self::WORLD != 0
    }

    /// The id of the `ordinal`-th fact of `element` of base person number `person`.
    #[must_use]
    pub fn of_base(person: u32, element: u8, ordinal: u16) -> Self {
        Self(u64::from(person) << 24 | u64::from(element) << 16 | u64::from(ordinal))
    }

    /// The id of a fact that came about in a world: the `ordinal`-th of `person` by the cause `origin`.
    #[must_use]
    pub fn of_world(origin: OriginKey, person: PersonKey, ordinal: u32) -> Self {
        let hash =
            crate::base::keyed_hash("fact/world", &[&origin.0.to_be_bytes(), &person.bytes(), &ordinal.to_be_bytes()]);
        Self(hash.word() | Self::WORLD)
    }
}

/// A person's name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub struct Navn {
    /// First name or names.
    pub fornavn: Arc<str>,
    /// Middle name.
    pub mellomnavn: Option<Arc<str>>,
    /// Surname.
    pub etternavn: Arc<str>,
}

impl Navn {
    /// First, middle and last name with spaces between.
    #[must_use]
    pub fn full(&self) -> String {
        match &self.mellomnavn {
            Some(mellomnavn) => format!("{} {mellomnavn} {}", self.fornavn, self.etternavn),
            None => format!("{} {}", self.fornavn, self.etternavn),
        }
    }
}

/// An alpha-3 country code, upper case (`specs/folkeregister.md` §6.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Landkode(pub [u8; 3]);

impl Landkode {
    /// Norway.
    pub const NOR: Self = Self(*b"NOR");
    /// Of no country: the code of those without citizenship (`specs/folkeregister.md` §7).
    pub const STATSLOES: Self = Self(*b"XXX");

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XUK")
    }
}

impl std::fmt::Debug for Landkode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one entry says: one variant per element of the person document (`specs/folkeregister.md` §6.2).
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Fact {
    /// The identity number in use.
    Identifikasjonsnummer(Foedselsnummer),
    /// Person status.
    Status(Personstatus),
    /// Sex.
    Kjoenn(Kjoenn),
    /// Birth: date, and whether in this municipality or in another country.
    Foedsel {
        /// Date of birth.
        dato: DayNo,
        /// Born in this municipality.
        her: bool,
        /// Country of birth.
        land: Landkode,
    },
    /// Order among the children of one delivery: 11 single, 21 and 22 twins, 31 … triplets.
    FoedselINorge(u8),
    /// Name; `midlertidig` until the first choice of name.
    Navn {
        /// The name.
        navn: Navn,
        /// Given by the register until the parents choose.
        midlertidig: bool,
    },
    /// Civil status.
    Sivilstand {
        /// The status.
        sivilstand: Sivilstand,
        /// Since when.
        dato: Option<DayNo>,
        /// The spouse.
        relatert: Option<PersonKey>,
    },
    /// A relation to another person.
    Familierelasjon {
        /// The other person.
        relatert: PersonKey,
        /// What the other person is.
        relatert_rolle: Relasjonsrolle,
        /// What this person is to the other.
        min_rolle: Relasjonsrolle,
    },
    /// Parental responsibility, on the child (`ansvarlig` set) or on the adult (`ansvarssubjekt` set).
    Foreldreansvar {
        /// Kind of responsibility.
        ansvar: Ansvar,
        /// The responsible adult, on a child's entry.
        ansvarlig: Option<PersonKey>,
        /// The child, on an adult's entry.
        ansvarssubjekt: Option<PersonKey>,
    },
    /// Citizenship.
    Statsborgerskap(Landkode),
    /// Home address. The dwelling is known to the town; what leaves it follows the grading.
    Bostedsadresse {
        /// The dwelling; `None` for unknown residence in the municipality.
        bolig: Option<BoligId>,
        /// Grading of this address.
        gradering: Gradering,
        /// Date of the move.
        flyttedato: DayNo,
    },
    /// Open post-office-box address, as strictly protected people have.
    Postadresse {
        /// Box number.
        postboks: Arc<str>,
        /// Postal code.
        postnummer: u16,
        /// Postal place, upper case.
        poststed: Arc<str>,
    },
    /// Protection of the person.
    Adressebeskyttelse(Gradering),
    /// Death.
    Doedsfall(DayNo),
    /// Home in another municipality: the town knows which, and no more.
    BostedAnnenKommune {
        /// The municipality.
        kommune: Kommunenummer,
        /// Grading of this address.
        gradering: Gradering,
        /// Date of the move.
        flyttedato: DayNo,
    },
    /// Immigration: from which country.
    Innflytting(Landkode),
    /// Emigration.
    Utflytting {
        /// To which country.
        land: Landkode,
        /// When.
        dato: DayNo,
    },
    /// A relation to somebody without an identity number.
    RelasjonUtenNummer {
        /// The other person.
        relatert: Box<PersonUtenNummer>,
        /// What the other person is.
        relatert_rolle: Relasjonsrolle,
        /// What this person is to the other.
        min_rolle: Relasjonsrolle,
    },
    /// Second home of a child, by agreement of the parents; what leaves the town follows the grading.
    DeltBosted {
        /// The dwelling.
        bolig: BoligId,
        /// Grading of this address.
        gradering: Gradering,
        /// First day of the agreement.
        fra: DayNo,
    },
    /// Where somebody stays without living there.
    Oppholdsadresse(Box<Oppholdsadresse>),
    /// Postal address in another country.
    PostadresseIUtlandet(Box<Utenlandsadresse>),
    /// How well the identity is known.
    Identitetsgrunnlag(Identitetsgrunnlagstatus),
    /// An identity number of another country.
    UtenlandskPersonidentifikasjon {
        /// The number.
        nummer: Arc<str>,
        /// Its kind.
        slag: Idnummertype,
        /// The country.
        land: Landkode,
    },
    /// The number of the immigration authorities.
    Utlendingsnummer(Arc<str>),
    /// A passport or identity card.
    Legitimasjonsdokument(Box<Legitimasjonsdokument>),
    /// The identity is false.
    FalskIdentitet(Box<RettIdentitet>),
    /// A residence permit.
    Opphold {
        /// Kind.
        tillatelse: Oppholdstillatelse,
        /// From.
        fra: Option<DayNo>,
        /// To.
        til: Option<DayNo>,
    },
    /// A stay in Svalbard.
    OppholdPaaSvalbard(Svalbardopphold),
    /// Whether Norwegian citizenship is kept.
    Bibehold {
        /// Standing.
        status: Bibeholdstatus,
        /// Since.
        dato: Option<DayNo>,
    },
    /// Sámi languages used.
    BrukAvSamiskSpraak(Vec<Samiskspraak>),
    /// Standing in the electoral roll of the Sámi parliament.
    Valgmanntall {
        /// Standing.
        forhold: Valgmanntallsforhold,
        /// Decided on.
        dato: DayNo,
    },
    /// A guardianship or a power of attorney in force.
    Vergemaal(Box<Vergemaal>),
    /// Legal capacity that was taken away.
    RettsligHandleevne(Vergemaalsomfang),
    /// Contact of the estate.
    Doedsbo(Box<Doedsbo>),
}

impl Fact {
    /// How many numbers [`Self::element`] gives, counting 0, which is none's.
    pub const ELEMENTS: usize = 33;

    /// Whether it is where somebody lives, here or in another municipality.
    #[must_use]
    pub fn is_hjem(&self) -> bool {
        matches!(self, Self::Bostedsadresse { .. } | Self::BostedAnnenKommune { .. })
    }

    /// Number of the element; part of base fact ids, so never renumbered.
    #[must_use]
    pub fn element(&self) -> u8 {
        match self {
            Self::Identifikasjonsnummer(_) => 1,
            Self::Status(_) => 2,
            Self::Kjoenn(_) => 3,
            Self::Foedsel { .. } => 4,
            Self::FoedselINorge(_) => 5,
            Self::Navn { .. } => 6,
            Self::Sivilstand { .. } => 7,
            Self::Familierelasjon { .. } | Self::RelasjonUtenNummer { .. } => 8,
            Self::Foreldreansvar { .. } => 9,
            Self::Statsborgerskap(_) => 10,
            // The same element of the document, with another place in it.
            Self::Bostedsadresse { .. } | Self::BostedAnnenKommune { .. } => 11,
            Self::Postadresse { .. } => 12,
            Self::Adressebeskyttelse(_) => 13,
            Self::Doedsfall(_) => 14,
            Self::Innflytting(_) => 15,
            Self::Utflytting { .. } => 16,
            Self::DeltBosted { .. } => 17,
            Self::Oppholdsadresse(_) => 18,
            Self::PostadresseIUtlandet(_) => 19,
            Self::Identitetsgrunnlag(_) => 20,
            Self::UtenlandskPersonidentifikasjon { .. } => 21,
            Self::Utlendingsnummer(_) => 22,
            Self::Legitimasjonsdokument(_) => 23,
            Self::FalskIdentitet(_) => 24,
            Self::Opphold { .. } => 25,
            Self::OppholdPaaSvalbard(_) => 26,
            Self::Bibehold { .. } => 27,
            Self::BrukAvSamiskSpraak(_) => 28,
            Self::Valgmanntall { .. } => 29,
            Self::Vergemaal(_) => 30,
            Self::RettsligHandleevne(_) => 31,
            Self::Doedsbo(_) => 32,
        }
    }
}

/// One entry of a person: a fact with its two times.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// Which fact.
    pub id: FactId,
    /// What it says.
    pub fact: Fact,
    /// Valid from (`gyldighetstidspunkt`).
    pub gyldig_fra: Option<DayNo>,
    /// Valid to (`opphoerstidspunkt`), when ended.
    pub gyldig_til: Option<DayNo>,
    /// When the register learnt it (`ajourholdstidspunkt`).
    pub registrert: Instant,
    /// When a newer value or an end made it historic; `None` while it is current.
    pub historisk_fra: Option<Instant>,
    /// When a correction or annulment removed it; it then shows in no view from that time on.
    pub fjernet: Option<Instant>,
    /// Where the register has it from (`kilde`).
    pub kilde: Arc<str>,
    /// Why it was registered (`aarsak`).
    pub aarsak: Arc<str>,
}

impl Entry {
    /// Whether the entry stands in the register at `at`, current or historic.
    #[must_use]
    pub fn stands_at(&self, at: Instant) -> bool {
        self.registrert <= at && self.fjernet.is_none_or(|gone| gone > at)
    }

    /// Whether the entry is the current value at `at` (`erGjeldende`).
    #[must_use]
    pub fn is_gjeldende_at(&self, at: Instant) -> bool {
        self.stands_at(at) && self.historisk_fra.is_none_or(|since| since > at)
    }

    /// Whether the entry is the current value after all that has been registered.
    #[must_use]
    pub fn is_gjeldende(&self) -> bool {
        self.fjernet.is_none() && self.historisk_fra.is_none()
    }
}

/// One change of one element within a register change.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Endring {
    /// What is done.
    pub slag: Endringsslag,
    /// The new fact; absent for an annulment and an end.
    pub ny: Option<NyFact>,
    /// The entry that is replaced, corrected, annulled or ended, with its content: a world's first event on a base
    /// entry must not need the base to be understood.
    pub gammel: Option<Box<Entry>>,
}

/// A fact that enters the register.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct NyFact {
    /// Its id.
    pub id: FactId,
    /// What it says.
    pub fact: Fact,
    /// Valid from.
    pub gyldig_fra: Option<DayNo>,
}

impl NyFact {
    /// The entry this fact becomes by `change`: current, with the change's register time, source and reason.
    #[must_use]
    pub fn entry(&self, change: &Registrering) -> Entry {
        Entry {
            id: self.id,
            fact: self.fact.clone(),
            gyldig_fra: self.gyldig_fra,
            gyldig_til: None,
            registrert: change.registrert,
            historisk_fra: None,
            fjernet: None,
            kilde: change.kilde.clone(),
            aarsak: change.aarsak.clone(),
        }
    }
}

/// Kinds of change (`entitetsendring`, `specs/folkeregister.md` §10).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Endringsslag {
    /// A new value; the old one, if any, becomes history.
    RegistrereNy,
    /// A new value instead of a wrong one; no history.
    Korrigere,
    /// The value is removed; no history.
    Annullere,
    /// The value ends without a new one.
    Opphoere,
}

/// One register change of one person: exactly one entry of the event feed.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Registrering {
    /// Whom it concerns.
    pub person: PersonKey,
    /// Type of the event.
    pub slag: Hendelsestype,
    /// Register time; one per transaction.
    pub registrert: Instant,
    /// Source of the change.
    pub kilde: Arc<str>,
    /// Reason of the change.
    pub aarsak: Arc<str>,
    /// What changes.
    pub endringer: Vec<Endring>,
}

/// Puts `change` into `entries`: the only way entries come to be, for the base's past and for worlds alike.
///
/// An old entry that `change` names and `entries` lacks is taken in with the content the change carries.
pub fn fold(entries: &mut Vec<Entry>, change: &Registrering) {
    for endring in &change.endringer {
        if let Some(gammel) = &endring.gammel {
            let place = entries.iter().position(|entry| entry.id == gammel.id).unwrap_or_else(|| {
                entries.push((**gammel).clone());
                entries.len() - 1
            });
            let old = &mut entries[place];
            match endring.slag {
                Endringsslag::Korrigere | Endringsslag::Annullere => old.fjernet = Some(change.registrert),
                Endringsslag::RegistrereNy | Endringsslag::Opphoere => {
                    old.historisk_fra = Some(change.registrert);
                    old.gyldig_til = gammel.gyldig_til;
                }
            }
        }
        if let Some(ny) = &endring.ny {
            entries.push(ny.entry(change));
        }
    }
}
