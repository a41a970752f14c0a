//! Sub-state of registered apps: the client records of the login and token services (`specs/eid.md` §3.2).

use std::fmt;
use std::sync::Arc;

use imbl::OrdMap;

use super::klienttillegg::{Integrasjonstype, Klienttillegg, Tildeling};
use crate::base::{Digest, Orgnummer, keyed_hash};
use crate::clock::Instant;

/// The service a client is registered with; it cannot be changed later. The order is part of the log encoding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Tjeneste {
    /// Citizens' log-in.
    Idporten,
    /// Machine to machine.
    Maskinporten,
    /// Log-in as an employee.
    Ansattporten,
}

impl Tjeneste {
    /// The service id, as in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Idporten => "idporten",
            Self::Maskinporten => "maskinporten",
            Self::Ansattporten => "ansattporten",
        }
    }
}

/// What kind of program a login client is (`application_type`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Applikasjonstype {
    /// A server that can keep a secret.
    Web,
    /// A program in the browser.
    Browser,
    /// A program on a phone or a desktop.
    Native,
}

/// How a client proves who it is (`token_endpoint_auth_method`). Exactly one is registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Autentisering {
    /// Id and secret in the `Authorization` header.
    ClientSecretBasic,
    /// Id and secret in the form.
    ClientSecretPost,
    /// An assertion signed with a registered key.
    PrivateKeyJwt,
    /// Nothing but the id; a public client.
    Ingen,
}

impl Autentisering {
    /// The word of the registries, also `client_amr` in tokens.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::Ingen => "none",
        }
    }

    /// Whether the method needs a secret.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        matches!(self, Self::ClientSecretBasic | Self::ClientSecretPost)
    }
}

/// A client secret as it is kept: a salted hash, never the secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Hemmelighet {
    /// Salt, different for each client.
    pub salt: [u8; 16],
    /// Hash of salt and secret.
    pub hash: Digest,
    /// When it was registered; it is good for 360 days.
    pub registrert: Instant,
}

impl Hemmelighet {
    /// The hash of `secret` for `client_id`. The instant is set when the registration is decided.
    #[must_use]
    pub fn of(client_id: &str, secret: &str) -> Self {
        let salt = keyed_hash("klient/salt", &[client_id.as_bytes()]).origin().0.to_be_bytes();
        Self { salt, hash: Self::hash(&salt, secret), registrert: Instant::from_millis(0) }
    }

    fn hash(salt: &[u8; 16], secret: &str) -> Digest {
        keyed_hash("klient/hemmelighet", &[salt, secret.as_bytes()])
    }

    /// Whether `secret` is the one.
    #[must_use]
    pub fn fits(&self, secret: &str) -> bool {
        Self::hash(&self.salt, secret) == self.hash
    }
}

/// A public key of a client.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Klientnoekkel {
    /// Its name in the client's own headers.
    pub kid: String,
    /// The key as the text of a JSON Web Key without private members.
    pub jwk: String,
    /// When it was registered; it is good for a year.
    pub registrert: Instant,
}

/// One registered client.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "each is a field of the registry's record")]
pub struct Klient {
    /// Service.
    pub tjeneste: Tjeneste,
    /// Client id.
    pub client_id: String,
    /// Name shown on the login page (`client_name`).
    pub navn: String,
    /// The organisation that owns the client (`client_orgno`).
    pub orgnr: Orgnummer,
    /// Kind of program.
    pub applikasjonstype: Applikasjonstype,
    /// How it proves who it is.
    pub autentisering: Autentisering,
    /// Its secret, when the method needs one.
    pub hemmelighet: Option<Hemmelighet>,
    /// Its public keys, at most five.
    pub noekler: Vec<Klientnoekkel>,
    /// Where log-ins may return to; compared letter by letter. A native client may write `*` for the port of a loopback
    /// address.
    pub redirect_uris: Vec<String>,
    /// Where log-outs may return to.
    pub post_logout_redirect_uris: Vec<String>,
    /// Scopes it may ask for.
    pub scopes: Vec<String>,
    /// Whether a code challenge is demanded (`code_challenge_method` = `S256`).
    pub pkce: bool,
    /// Seconds an access token lives.
    pub access_token_levetid: u32,
    /// Seconds a refresh token lives without use.
    pub refresh_token_levetid: u32,
    /// Seconds a whole grant lives.
    pub autorisasjon_levetid: u32,
    /// Isolated SSO session (`sso_disabled`).
    pub sso_deaktivert: bool,
    /// Token times follow the world's clock instead of real time (`specs/eid.md` §2.6).
    pub virtuell_klokke: bool,
    /// Its secret and keys grow old. Not for clients that come with a town, an app or a scenario: a test that spans
    /// years of virtual time is not about renewing them.
    pub eldes: bool,
    /// Cleared when the client is taken out of use; nothing is ever deleted (`specs/eid.md` §6).
    pub aktiv: bool,
    /// The rest of the record. Not part of this encoding, which logs of the first format have: an event carries it beside.
    #[serde(skip)]
    pub tillegg: Box<Klienttillegg>,
}

/// As derived, without the rest of the record where there is none.
impl fmt::Debug for Klient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Klient");
        out.field("tjeneste", &self.tjeneste).field("client_id", &self.client_id).field("navn", &self.navn);
        out.field("orgnr", &self.orgnr).field("applikasjonstype", &self.applikasjonstype);
        out.field("autentisering", &self.autentisering).field("hemmelighet", &self.hemmelighet);
        out.field("noekler", &self.noekler).field("redirect_uris", &self.redirect_uris);
        out.field("post_logout_redirect_uris", &self.post_logout_redirect_uris).field("scopes", &self.scopes);
        out.field("pkce", &self.pkce).field("access_token_levetid", &self.access_token_levetid);
        out.field("refresh_token_levetid", &self.refresh_token_levetid);
        out.field("autorisasjon_levetid", &self.autorisasjon_levetid).field("sso_deaktivert", &self.sso_deaktivert);
        out.field("virtuell_klokke", &self.virtuell_klokke).field("eldes", &self.eldes).field("aktiv", &self.aktiv);
        if *self.tillegg != Klienttillegg::default() {
            out.field("tillegg", &self.tillegg);
        }
        out.finish()
    }
}

impl Klient {
    /// A login client with the defaults of the registry: `openid profile`, PKCE, no keys, no secret.
    #[must_use]
    pub fn idporten(client_id: &str, navn: &str, orgnr: Orgnummer, redirect_uris: &[&str]) -> Self {
        Self {
            tjeneste: Tjeneste::Idporten,
            client_id: client_id.into(),
            navn: navn.into(),
            orgnr,
            applikasjonstype: Applikasjonstype::Web,
            autentisering: Autentisering::Ingen,
            hemmelighet: None,
            noekler: Vec::new(),
            redirect_uris: redirect_uris.iter().map(|&uri| uri.into()).collect(),
            post_logout_redirect_uris: Vec::new(),
            scopes: vec!["openid".into(), "profile".into()],
            pkce: true,
            access_token_levetid: 120,
            refresh_token_levetid: 600,
            autorisasjon_levetid: 7200,
            sso_deaktivert: false,
            virtuell_klokke: false,
            eldes: true,
            aktiv: true,
            tillegg: Box::default(),
        }
    }

    /// A machine client that signs with the key `jwk` called `kid`.
    #[must_use]
    pub fn maskinporten(client_id: &str, navn: &str, orgnr: Orgnummer, kid: &str, jwk: &str, scopes: &[&str]) -> Self {
        Self {
            tjeneste: Tjeneste::Maskinporten,
            autentisering: Autentisering::PrivateKeyJwt,
            noekler: vec![Klientnoekkel { kid: kid.into(), jwk: jwk.into(), registrert: Instant::from_millis(0) }],
            scopes: scopes.iter().map(|&scope| scope.into()).collect(),
            ..Self::idporten(client_id, navn, orgnr, &[])
        }
    }

    /// The same client with secret `secret`, sent in the `Authorization` header.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.autentisering = Autentisering::ClientSecretBasic;
        self.hemmelighet = Some(Hemmelighet::of(&self.client_id, secret));
        self
    }

    /// The kind of integration: as registered, or what follows from service and scopes.
    #[must_use]
    pub fn integrasjonstype(&self) -> Integrasjonstype {
        let follows = || match self.tjeneste.name() {
            "maskinporten" => Integrasjonstype::Maskinporten,
            "ansattporten" => Integrasjonstype::Ansattporten,
            _ if self.scopes.iter().all(|scope| matches!(scope.as_str(), "openid" | "profile")) => {
                Integrasjonstype::Idporten
            }
            _ => Integrasjonstype::ApiKlient,
        };
        self.tillegg.integrasjonstype.unwrap_or_else(follows)
    }

    /// Ways this client may get tokens: as registered, or the one of its service.
    #[must_use]
    pub fn tildelinger(&self) -> &[Tildeling] {
        match (self.tillegg.tildelinger.as_slice(), self.tjeneste) {
            ([], Tjeneste::Maskinporten) => &[Tildeling::JwtBearer],
            ([], _) => &[Tildeling::AuthorizationCode],
            (given, _) => given,
        }
    }

    /// The same client, whose secret and keys do not grow old.
    #[must_use]
    pub fn ageless(mut self) -> Self {
        self.eldes = false;
        self
    }

    /// The same registration as made at `at`: its secret and keys begin to age then.
    #[must_use]
    pub fn registered_at(mut self, at: Instant) -> Self {
        if let Some(hemmelighet) = &mut self.hemmelighet {
            hemmelighet.registrert = at;
        }
        for noekkel in &mut self.noekler {
            noekkel.registrert = at;
        }
        self
    }
}

/// When an entry of a registry was made and last changed (`created`, `last_updated`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tider {
    /// Made.
    pub opprettet: Instant,
    /// Last changed.
    pub endret: Instant,
}

impl Tider {
    /// The times of an entry changed `at`, whose times were `before`.
    #[must_use]
    pub fn changed(before: Option<Self>, at: Instant) -> Self {
        Self { opprettet: before.map_or(at, |tider| tider.opprettet), endret: at }
    }
}

/// Clients of the login and token services, by service and client id.
#[derive(Clone, Debug, Default)]
pub struct Klienter {
    /// All that were ever registered, taken out of use or not.
    pub alle: OrdMap<(Tjeneste, String), Arc<Klient>>,
    /// When each was registered and last changed.
    pub tider: OrdMap<(Tjeneste, String), Tider>,
    /// What changed while changes take time: until when the login and token services still see each registration as it was,
    /// the oldest first. `None` where there was no registration.
    pub underveis: OrdMap<(Tjeneste, String), Vec<(Instant, Option<Arc<Klient>>)>>,
}

impl Klienter {
    /// The registration of `client_id` at `tjeneste` as the login and token services see it at `now`, in use or not
    /// (`specs/eid.md` §6: a change reaches them after a while).
    #[must_use]
    pub fn synlig(&self, tjeneste: Tjeneste, client_id: &str, now: Instant) -> Option<&Arc<Klient>> {
        let place = (tjeneste, client_id.to_owned());
        let before = self.underveis.get(&place).and_then(|all| all.iter().find(|(until, _)| now < *until));
        match before {
            Some((_, before)) => before.as_ref(),
            None => self.alle.get(&place),
        }
    }

    /// Keeps the registration at `place` as it is for those who see it until `until`.
    pub(in crate::town) fn behold(&mut self, place: &(Tjeneste, String), now: Instant, until: Instant) {
        let before = self.alle.get(place).cloned();
        let mut all = self.underveis.get(place).cloned().unwrap_or_default();
        all.retain(|(end, _)| now < *end);
        all.push((until, before));
        self.underveis.insert(place.clone(), all);
    }

    /// The client `client_id` of `tjeneste`, while it is in use.
    #[must_use]
    pub fn find(&self, tjeneste: Tjeneste, client_id: &str) -> Option<&Arc<Klient>> {
        // An `OrdMap` of pairs can only be asked with an owned pair; ids are short.
        self.alle.get(&(tjeneste, client_id.to_owned())).filter(|klient| klient.aktiv)
    }
}
