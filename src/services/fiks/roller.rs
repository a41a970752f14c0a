//! Roles and integrations of the town's municipality, and the check that every form begins with
//! (`specs/folkeregister.md` §17).
//!
//! They are made in Fiks' own configuration, which this town does not model: every town has the same ones, with ids that
//! follow from the seed and the municipality, so that all worlds of a seed know them and no log does.

use axum::http::HeaderMap;

use super::faults::Feil;
use crate::access::{AudienceRule, BearerFault, Inbound, bearer};
use crate::base::{Orgnummer, hex, keyed_hash};
use crate::town::Town;

/// Scope of every call.
const SCOPE: &str = "ks:fiks";
/// Header with the id of the integration.
const INTEGRASJON_ID: &str = "integrasjonid";
/// Header with its password.
const INTEGRASJON_PASSORD: &str = "integrasjonpassord";

/// What a role opens.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Omraade {
    /// The population register.
    Folkeregister,
    /// The contact and reservation register.
    Krr,
    /// Tax and income.
    Skatt,
}

impl Omraade {
    /// Its word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Folkeregister => "folkeregister",
            Self::Krr => "krr",
            Self::Skatt => "skatt",
        }
    }
}

/// A role of the municipality.
#[derive(PartialEq, Eq, Debug)]
pub struct Rolle {
    /// What the municipality calls it.
    pub navn: &'static str,
    /// What it opens.
    pub omraade: Omraade,
    /// Access package behind it (`specs/folkeregister.md` §1, §19.1), lower case; empty where there are none.
    pub pakke: &'static str,
    /// Elements and collections it may show (`specs/folkeregister.md` §5); all of the package's when empty.
    pub deler: &'static [&'static str],
}

/// An integration: a program of the municipality.
#[derive(PartialEq, Eq, Debug)]
pub struct Integrasjon {
    /// What the municipality calls it.
    pub navn: &'static str,
    /// Roles it has been granted.
    pub roller: &'static [&'static str],
}

const fn rolle(navn: &'static str, omraade: Omraade, pakke: &'static str, deler: &'static [&'static str]) -> Rolle {
    Rolle { navn, omraade, pakke, deler }
}

/// What a kindergarten system needs of the population register.
const BARNEHAGE: &[&str] = &["person-basis", "relasjon-utvidet"];

const ROLLER: &[Rolle] = &[
    rolle("folkeregister-med-hjemmel", Omraade::Folkeregister, "offentlig-med-hjemmel", &[]),
    rolle("folkeregister-barnehage", Omraade::Folkeregister, "offentlig-med-hjemmel", BARNEHAGE),
    rolle("folkeregister-uten-hjemmel", Omraade::Folkeregister, "offentligutenhjemmel", &[]),
    rolle("krr", Omraade::Krr, "", &[]),
    rolle("skatt-foreldrebetaling", Omraade::Skatt, "kommuneforeldrebetaling", &[]),
    rolle("skatt-praktisk-bistand", Omraade::Skatt, "kommunepersonligassistanse", &[]),
    rolle("skatt-langtidsopphold", Omraade::Skatt, "kommunelangtidsoppholdinstitusjon", &[]),
    rolle("skatt-boligsosiale-formaal", Omraade::Skatt, "kommuneboligsosialeformaal", &[]),
];

const INTEGRASJONER: &[Integrasjon] = &[
    Integrasjon {
        navn: "fagsystem",
        roller: &[
            "folkeregister-med-hjemmel",
            "folkeregister-barnehage",
            "folkeregister-uten-hjemmel",
            "krr",
            "skatt-foreldrebetaling",
            "skatt-praktisk-bistand",
            "skatt-langtidsopphold",
            "skatt-boligsosiale-formaal",
        ],
    },
    Integrasjon { navn: "barnehagesystem", roller: &["folkeregister-barnehage", "skatt-foreldrebetaling"] },
];

/// A UUID that follows from the town and `navn`, in the form of a random one (RFC 9562 §5.4).
fn uuid(town: &Town, what: &str, navn: &str) -> String {
    let header = &town.base.header;
    let orgnr = town.base.kommune.orgnr.value().to_be_bytes();
    let mut bytes = keyed_hash(what, &[&header.seed.0.to_be_bytes(), &orgnr, navn.as_bytes()]).0;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes[..16]);
    [&text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..]].join("-")
}

impl Rolle {
    /// Its id in `town`.
    #[must_use]
    pub fn id(&self, town: &Town) -> String {
        uuid(town, "fiks/rolle", self.navn)
    }
}

impl Integrasjon {
    /// Its id in `town`.
    #[must_use]
    pub fn id(&self, town: &Town) -> String {
        uuid(town, "fiks/integrasjon", self.navn)
    }

    /// Its password in `town`.
    #[must_use]
    pub fn passord(&self, town: &Town) -> String {
        uuid(town, "fiks/passord", self.navn)
    }
}

/// Every role of the municipality.
#[must_use]
pub fn roller() -> &'static [Rolle] {
    ROLLER
}

/// Every integration of the municipality.
#[must_use]
pub fn integrasjoner() -> &'static [Integrasjon] {
    INTEGRASJONER
}

/// A caller who may use a role.
#[derive(Clone, Debug)]
pub(super) struct Adgang {
    /// The client that calls.
    pub(super) client_id: String,
    /// The role it calls under.
    pub(super) rolle: &'static Rolle,
}

/// Whether the caller may use the role called `rolle_id` for `omraade`: token, integration and its password, role, grant,
/// organisation, in this order.
///
/// # Errors
/// [`Feil`]: 401 for token and integration, 404 for an unknown role, 403 for the rest.
pub(super) fn admit(inbound: &Inbound, headers: &HeaderMap, rolle_id: &str, omraade: Omraade) -> Result<Adgang, Feil> {
    let token = bearer(inbound, headers, &[SCOPE], AudienceRule::Unchecked).map_err(|fault| match fault {
        BearerFault::WrongScope => Feil::Scope,
        fault => Feil::Token(fault),
    })?;
    let town = inbound.town();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, passord) = (text(INTEGRASJON_ID), text(INTEGRASJON_PASSORD));
    let integrasjon =
        integrasjoner().iter().find(|one| one.id(&town) == id).filter(|one| one.passord(&town) == passord);
    let integrasjon = integrasjon.ok_or(Feil::Integrasjon)?;
    let rolle = roller().iter().find(|one| one.id(&town) == rolle_id).ok_or(Feil::UkjentRolle)?;
    let organisation: Orgnummer = town.base.kommune.orgnr;
    if rolle.omraade != omraade || !integrasjon.roller.contains(&rolle.navn) || token.consumer != organisation {
        return Err(Feil::IkkeTildelt);
    }
    Ok(Adgang { client_id: token.client_id.clone(), rolle })
}
