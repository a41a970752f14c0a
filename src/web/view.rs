//! What leaves the town about a person on our own surface. The only place in `web` that reads a dwelling.

use serde::Serialize;
use utoipa::ToSchema;

use crate::base::Kjoenn;
use crate::town::Town;
use crate::town::model::{Gradering, Merke, PersonKey, Personstatus, Postkasse, Sivilstand, Spraak};
use crate::town::state::{Person, gateadresse};

/// A person as pages and admin API show one.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = Person)]
pub(super) struct PersonView {
    /// Identity number.
    pub(super) id: String,
    pub(super) navn: String,
    pub(super) fornavn: String,
    pub(super) mellomnavn: Option<String>,
    pub(super) etternavn: String,
    pub(super) foedselsdato: String,
    pub(super) alder: i32,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) kjoenn: Kjoenn,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) personstatus: Personstatus,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) sivilstand: Sivilstand,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) adressebeskyttelse: Gradering,
    /// The home; none when it is unknown or must not be shown.
    pub(super) adresse: Option<Adresse>,
    /// The open postal address that protected people have.
    pub(super) postadresse: Option<Adresse>,
    pub(super) ektefelle: Option<Relative>,
    pub(super) foreldre: Vec<Relative>,
    pub(super) barn: Vec<Relative>,
    /// Others in the same household.
    pub(super) husstand: Vec<Relative>,
    pub(super) kontakt: KontaktView,
    /// Organisation number of the kindergarten.
    pub(super) barnehage: Option<String>,
    pub(super) merker: Vec<&'static str>,
}

/// An address in two lines.
#[derive(Serialize, Debug, ToSchema)]
pub(super) struct Adresse {
    pub(super) linje: String,
    pub(super) postnummer: String,
    pub(super) poststed: String,
}

/// Somebody near.
#[derive(Serialize, Debug, ToSchema)]
pub(super) struct Relative {
    pub(super) id: String,
    pub(super) navn: String,
    pub(super) alder: i32,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) personstatus: Personstatus,
}

/// The entry in the contact register.
#[derive(Serialize, Debug, ToSchema)]
#[schema(as = Kontakt)]
pub(super) struct KontaktView {
    pub(super) registrert: bool,
    pub(super) reservert: bool,
    pub(super) epost: Option<String>,
    pub(super) mobil: Option<String>,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) postkasse: Postkasse,
    #[serde(serialize_with = "code")]
    #[schema(value_type = String)]
    pub(super) spraak: Spraak,
    pub(super) utloept: bool,
}

/// A word of a register with its code.
pub(super) trait Coded {
    /// The register's code.
    fn word(&self) -> &'static str;
}

macro_rules! coded {
    ($($name:ty),*) => { $(impl Coded for $name { fn word(&self) -> &'static str { self.code() } })* };
}
coded!(Kjoenn, Personstatus, Sivilstand, Gradering, Postkasse, Spraak);

fn code<T: Coded, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.word())
}

fn home(person: &Person<'_>) -> Option<Adresse> {
    if !person.is_bosatt() || person.is_home_hidden() {
        return None;
    }
    let home = gateadresse(&person.town().base, person.bolig()?)?;
    Some(Adresse { linje: home.gate, postnummer: home.postnummer, poststed: home.poststed })
}

fn postadresse(person: &Person<'_>) -> Option<Adresse> {
    match person.postadresse()? {
        crate::town::model::Fact::Postadresse { postboks, postnummer, poststed } => Some(Adresse {
            linje: postboks.to_string(),
            postnummer: format!("{postnummer:04}"),
            poststed: poststed.to_string(),
        }),
        _ => None,
    }
}

impl Relative {
    pub(super) fn of(person: &Person<'_>) -> Self {
        Self {
            id: person.nummer().to_string(),
            navn: person.navn().full(),
            alder: person.alder(),
            personstatus: person.status(),
        }
    }
}

impl PersonView {
    /// The person called `key`.
    pub(super) fn of(town: &Town, key: PersonKey) -> Option<Self> {
        let person = town.person_by_key(key)?;
        let (navn, kontakt) = (person.navn(), person.kontakt());
        let relatives = |people: Vec<Person<'_>>| people.iter().map(Relative::of).collect::<Vec<_>>();
        Some(Self {
            id: person.nummer().to_string(),
            navn: navn.full(),
            fornavn: navn.fornavn.to_string(),
            mellomnavn: navn.mellomnavn.as_deref().map(str::to_owned),
            etternavn: navn.etternavn.to_string(),
            foedselsdato: person.foedselsdato().to_string(),
            alder: person.alder(),
            kjoenn: person.kjoenn(),
            personstatus: person.status(),
            sivilstand: person.sivilstand().0,
            adressebeskyttelse: person.gradering(),
            adresse: home(&person),
            postadresse: postadresse(&person),
            ektefelle: person.ektefelle().as_ref().map(Relative::of),
            foreldre: relatives([person.mor(), person.far()].into_iter().flatten().collect()),
            barn: relatives(person.barn()),
            husstand: relatives(person.husstand_medlemmer().into_iter().filter(|one| one.id != person.id).collect()),
            kontakt: KontaktView {
                registrert: kontakt.registrert,
                reservert: kontakt.reservert,
                epost: kontakt.epost,
                mobil: kontakt.mobil,
                postkasse: kontakt.postkasse,
                spraak: kontakt.spraak,
                utloept: kontakt.utloept,
            },
            barnehage: person.barnehage().map(|orgnr| orgnr.to_string()),
            merker: person.merker().into_iter().map(Merke::code).collect(),
        })
    }
}
