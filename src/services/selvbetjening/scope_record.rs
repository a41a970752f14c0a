//! A scope as it is sent and read, here and by whoever sets up a town (`specs/eid.md` §5.7).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::base::Orgnummer;
use crate::town::Town;
use crate::town::state::{Integrasjonstype, Scope, Synlighet, Tokentype};

/// Fields of a scope that a caller may send. Those only the registry sets are taken and left alone, so that a scope can
/// be read, changed and sent back.
pub(super) const FIELDS: &[&str] = &[
    "name",
    "prefix",
    "subscope",
    "description",
    "long_description",
    "visibility",
    "token_type",
    "at_max_age",
    "authorization_max_age",
    "requires_user_consent",
    "requires_user_authentication",
    "requires_pseudonymous_tokens",
    "accessible_for_all",
    "delegation_source",
    "allowed_integration_types",
    "enforced_aud_for_introspection",
    "owner_orgno",
    "active",
    "created",
    "last_updated",
];

/// A scope as it is sent. What is left out is as the registry has it by default.
#[derive(Clone, Default, Deserialize, ToSchema)]
pub struct ScopeRecord {
    /// The part of the name before the colon, which belongs to one organisation.
    pub prefix: Option<String>,
    /// The part of the name behind the colon.
    pub subscope: Option<String>,
    /// In a few words.
    pub description: Option<String>,
    /// In more words.
    pub long_description: Option<String>,
    /// `PUBLIC`, `PRIVATE` or `INTERNAL`.
    pub visibility: Option<String>,
    /// `SELF_CONTAINED` or `OPAQUE`.
    pub token_type: Option<String>,
    /// Seconds its access tokens live at most; 0 for no limit.
    pub at_max_age: Option<u32>,
    /// Seconds its grants live at most; 0 for no limit.
    pub authorization_max_age: Option<u32>,
    /// Whether the user is asked for consent.
    pub requires_user_consent: Option<bool>,
    /// Whether the user logs in afresh.
    pub requires_user_authentication: Option<bool>,
    /// Whether its tokens do not say who the user is.
    pub requires_pseudonymous_tokens: Option<bool>,
    /// Whether every organisation may ask for it.
    pub accessible_for_all: Option<bool>,
    /// Where access to it can be delegated.
    pub delegation_source: Option<String>,
    /// Kinds of integration that may have it; all when empty.
    pub allowed_integration_types: Option<Vec<String>>,
    /// Client that alone may ask what its tokens mean.
    pub enforced_aud_for_introspection: Option<String>,
    /// Whose it is.
    pub owner_orgno: Option<String>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Set by the registry.
    pub name: Option<String>,
    /// Set by the registry.
    pub created: Option<String>,
    /// Set by the registry.
    pub last_updated: Option<String>,
}

/// A field that cannot be read, and why.
type FieldFault = (&'static str, String);

fn word<T>(field: &'static str, text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, FieldFault> {
    let Some(text) = text else { return Ok(None) };
    let shown: String = text.chars().take(60).collect();
    read(text).map(Some).ok_or_else(|| (field, format!("Invalid {field}: {shown}")))
}

impl ScopeRecord {
    /// The scope it describes, called `name`, of `owner`, in use.
    ///
    /// # Errors
    /// The field that is missing or cannot be read, and a sentence about it.
    pub fn scope(self, name: &str, owner: Orgnummer) -> Result<Scope, (&'static str, String)> {
        let missing = || ("description", "Missing field: description".to_owned());
        let kinds = self.allowed_integration_types.unwrap_or_default();
        let kind = |text: &String| word("allowed_integration_types", Some(text), Integrasjonstype::from_name);
        let kinds = kinds.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        Ok(Scope {
            beskrivelse: self.description.ok_or_else(missing)?,
            lang_beskrivelse: self.long_description.unwrap_or_default(),
            synlighet: word("visibility", self.visibility.as_deref(), Synlighet::from_name)?.unwrap_or_default(),
            tokentype: word("token_type", self.token_type.as_deref(), Tokentype::from_name)?.unwrap_or_default(),
            at_max_alder: self.at_max_age.unwrap_or(0),
            autorisasjon_max_alder: self.authorization_max_age.unwrap_or(0),
            krever_samtykke: self.requires_user_consent.unwrap_or(false),
            krever_autentisering: self.requires_user_authentication.unwrap_or(false),
            krever_pseudonym: self.requires_pseudonymous_tokens.unwrap_or(false),
            aapen_for_alle: self.accessible_for_all.unwrap_or(false),
            delegeringskilde: self.delegation_source,
            integrasjonstyper: kinds.into_iter().flatten().collect(),
            innsyn_for: self.enforced_aud_for_introspection,
            ..Scope::new(name, owner)
        })
    }
}

/// A scope as it is read.
#[derive(Clone, Serialize, ToSchema)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of the registry's record")]
#[schema(as = EidScope)]
pub struct ScopeView {
    name: String,
    prefix: String,
    subscope: String,
    description: String,
    long_description: String,
    visibility: &'static str,
    token_type: &'static str,
    at_max_age: u32,
    authorization_max_age: u32,
    requires_user_consent: bool,
    requires_user_authentication: bool,
    requires_pseudonymous_tokens: bool,
    accessible_for_all: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation_source: Option<String>,
    allowed_integration_types: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enforced_aud_for_introspection: Option<String>,
    owner_orgno: String,
    active: bool,
    created: String,
    last_updated: String,
}

impl ScopeView {
    /// `scope` of `town` as it is read.
    #[must_use]
    pub fn of(town: &Town, scope: &Scope) -> Self {
        let tider = town.scope_tider(&scope.navn);
        Self {
            name: scope.navn.clone(),
            prefix: scope.prefiks().to_owned(),
            subscope: scope.delnavn().to_owned(),
            description: scope.beskrivelse.clone(),
            long_description: scope.lang_beskrivelse.clone(),
            visibility: scope.synlighet.name(),
            token_type: scope.tokentype.name(),
            at_max_age: scope.at_max_alder,
            authorization_max_age: scope.autorisasjon_max_alder,
            requires_user_consent: scope.krever_samtykke,
            requires_user_authentication: scope.krever_autentisering,
            requires_pseudonymous_tokens: scope.krever_pseudonym,
            accessible_for_all: scope.aapen_for_alle,
            delegation_source: scope.delegeringskilde.clone(),
            allowed_integration_types: scope.integrasjonstyper.iter().map(|kind| kind.name()).collect(),
            enforced_aud_for_introspection: scope.innsyn_for.clone(),
            owner_orgno: scope.eier.to_string(),
            active: scope.aktiv,
            created: tider.opprettet.utc(),
            last_updated: tider.endret.utc(),
        }
    }
}
