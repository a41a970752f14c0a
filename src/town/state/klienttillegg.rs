//! What a client record has beside what every log-in needs (`specs/eid.md` §3.2, §6).

use crate::base::Orgnummer;

/// What kind of integration a client is (`integration_type`); it cannot be changed later. The order is part of the log
/// encoding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Integrasjonstype {
    /// Log-in of citizens, with the scopes `openid profile` and no other.
    Idporten,
    /// Log-in of citizens with scopes of APIs.
    ApiKlient,
    /// Log-in of employees.
    Ansattporten,
    /// Machine to machine.
    Maskinporten,
    /// Machine to machine, to the contact register.
    Krr,
    /// Machine to machine, to eFormidling.
    Eformidling,
}

impl Integrasjonstype {
    /// All of them.
    pub const ALLE: [Self; 6] =
        [Self::Idporten, Self::ApiKlient, Self::Ansattporten, Self::Maskinporten, Self::Krr, Self::Eformidling];

    /// The word of the self-service API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idporten => "idporten",
            Self::ApiKlient => "api_klient",
            Self::Ansattporten => "ansattporten",
            Self::Maskinporten => "maskinporten",
            Self::Krr => "krr",
            Self::Eformidling => "eformidling",
        }
    }

    /// The type called `word`.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        Self::ALLE.into_iter().find(|one| one.name() == word)
    }

    /// Id of the service its clients call.
    #[must_use]
    pub fn service(self) -> &'static str {
        match self {
            Self::Idporten | Self::ApiKlient => "idporten",
            Self::Ansattporten => "ansattporten",
            Self::Maskinporten | Self::Krr | Self::Eformidling => "maskinporten",
        }
    }
}

/// A way to get tokens (`grant_types`). The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Tildeling {
    /// A code from the login page.
    AuthorizationCode,
    /// A refresh token: only clients with it get one.
    RefreshToken,
    /// A signed assertion.
    JwtBearer,
}

impl Tildeling {
    /// All of them.
    pub const ALLE: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::JwtBearer];

    /// The word of the registries.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }

    /// The grant called `word`; the self-service API also takes `jwt_bearer_token` (`specs/eid.md` §6).
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        let short = (word == "jwt_bearer_token").then_some(Self::JwtBearer);
        short.or_else(|| Self::ALLE.into_iter().find(|one| one.name() == word))
    }
}

/// Somebody a client acts for: an `onbehalfof` entry.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Underklient {
    /// Its id, the value of the parameter `onbehalfof`.
    pub id: String,
    /// Its name, shown on the login page.
    pub navn: String,
    /// Its organisation.
    pub orgnr: Orgnummer,
    /// In words.
    pub beskrivelse: String,
    /// Cleared when it is taken out of use.
    pub aktiv: bool,
}

/// The rest of a client record. All empty is what most clients have.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Klienttillegg {
    /// Kind of integration; follows from service and scopes when not given, see [`super::Klient::integrasjonstype`].
    pub integrasjonstype: Option<Integrasjonstype>,
    /// In words (`description`).
    pub beskrivelse: String,
    /// Name on the login page when it is another than `client_name` (`display_name`).
    pub visningsnavn: Option<String>,
    /// Address or data of a picture (`logo`).
    pub logo: Option<String>,
    /// The organisation that runs the client for its owner (`supplier_orgno`).
    pub leverandoer: Option<Orgnummer>,
    /// Ways to get tokens; those of the service when empty, see [`super::Klient::tildelinger`].
    pub tildelinger: Vec<Tildeling>,
    /// Address in a hidden frame at log-out.
    pub frontchannel_logout_uri: Option<String>,
    /// Whether that address is told issuer and session.
    pub frontchannel_logout_session_required: bool,
    /// Address called from server to server at log-out. Having one means that the session is named.
    pub backchannel_logout_uri: Option<String>,
    /// Those it acts for.
    pub onbehalfof: Vec<Underklient>,
    /// The client wants access tokens that say nothing by themselves.
    pub opake_tokens: bool,
    /// The issuer that a machine's tokens name whatever address they were fetched at (`specs/experience.md` §7). Not part of
    /// this encoding, which older logs have: an event of its own carries it.
    #[serde(skip)]
    pub utsteder: Option<String>,
}

impl Klienttillegg {
    /// Whether log-out has to name the session (`sid`) to this client.
    #[must_use]
    pub fn needs_sid(&self) -> bool {
        self.backchannel_logout_uri.is_some()
            || self.frontchannel_logout_uri.is_some() && self.frontchannel_logout_session_required
    }

    /// The sub-client `id`, while it is in use.
    #[must_use]
    pub fn underklient(&self, id: &str) -> Option<&Underklient> {
        self.onbehalfof.iter().find(|one| one.aktiv && one.id == id)
    }
}
