//! Scopes: what a token may be for, whose it is, and who may ask (`specs/eid.md` §5.7).

use crate::base::Orgnummer;
use crate::town::state::Integrasjonstype;

/// Who sees a scope in the catalogue. The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Synlighet {
    /// Everybody.
    #[default]
    Public,
    /// Its owner and those with access.
    Private,
    /// The services themselves.
    Internal,
}

impl Synlighet {
    /// All of them.
    pub const ALLE: [Self; 3] = [Self::Public, Self::Private, Self::Internal];

    /// The word of the registry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Public => "PUBLIC",
            Self::Private => "PRIVATE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The visibility called `word`.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.name() == word)
    }
}

/// What a token with a scope looks like. The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub enum Tokentype {
    /// A signed token that says everything.
    #[default]
    SelfContained,
    /// A name without meaning, to be asked about.
    Opaque,
}

impl Tokentype {
    /// The word of the registry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SelfContained => "SELF_CONTAINED",
            Self::Opaque => "OPAQUE",
        }
    }

    /// The type called `word`.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        [Self::SelfContained, Self::Opaque].into_iter().find(|one| one.name() == word)
    }
}

/// One scope.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of the registry's record")]
pub struct Scope {
    /// Its name, `prefix:subscope`.
    pub navn: String,
    /// In a few words.
    pub beskrivelse: String,
    /// In more words.
    pub lang_beskrivelse: String,
    /// Who sees it.
    pub synlighet: Synlighet,
    /// What its tokens look like.
    pub tokentype: Tokentype,
    /// Seconds its access tokens live at most (`at_max_age`); 0 for no limit.
    pub at_max_alder: u32,
    /// Seconds its grants live at most (`authorization_max_age`); 0 for no limit.
    pub autorisasjon_max_alder: u32,
    /// The user is asked for consent (`requires_user_consent`).
    pub krever_samtykke: bool,
    /// The user logs in afresh (`requires_user_authentication`).
    pub krever_autentisering: bool,
    /// Its tokens do not say who the user is (`requires_pseudonymous_tokens`).
    pub krever_pseudonym: bool,
    /// Every organisation may ask for it (`accessible_for_all`).
    pub aapen_for_alle: bool,
    /// Where access to it can be delegated (`delegation_source`).
    pub delegeringskilde: Option<String>,
    /// Kinds of integration that may have it (`allowed_integration_types`); all when empty.
    pub integrasjonstyper: Vec<Integrasjonstype>,
    /// Client that alone may ask what its tokens mean (`enforced_aud_for_introspection`).
    pub innsyn_for: Option<String>,
    /// Whose it is (`owner_orgno`).
    pub eier: Orgnummer,
    /// Cleared when it is taken out of use.
    pub aktiv: bool,
}

impl Scope {
    /// The scope `navn` of `eier` with the defaults of the registry.
    #[must_use]
    pub fn new(navn: &str, eier: Orgnummer) -> Self {
        Self {
            navn: navn.into(),
            beskrivelse: navn.into(),
            lang_beskrivelse: String::new(),
            synlighet: Synlighet::Public,
            tokentype: Tokentype::SelfContained,
            at_max_alder: 0,
            autorisasjon_max_alder: 0,
            krever_samtykke: false,
            krever_autentisering: false,
            krever_pseudonym: false,
            aapen_for_alle: false,
            delegeringskilde: None,
            integrasjonstyper: Vec::new(),
            innsyn_for: None,
            eier,
            aktiv: true,
        }
    }

    /// The part of the name before the colon, which belongs to one owner. Some old scopes have none.
    #[must_use]
    pub fn prefiks(&self) -> &str {
        self.navn.split_once(':').map_or("", |(prefiks, _)| prefiks)
    }

    /// The part of the name behind the colon.
    #[must_use]
    pub fn delnavn(&self) -> &str {
        self.navn.split_once(':').map_or(&self.navn, |(_, rest)| rest)
    }

    /// Whether clients of kind `slag` may have it.
    #[must_use]
    pub fn tillater(&self, slag: Integrasjonstype) -> bool {
        self.integrasjonstyper.is_empty() || self.integrasjonstyper.contains(&slag)
    }
}
