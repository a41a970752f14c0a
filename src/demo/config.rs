//! What the app is told when it starts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::payments::PaymentRate;

/// What can be wrong before the app has called anybody.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A needed environment variable is not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// A variable is set to something that cannot be read.
    #[error("{name} is not {wanted}")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A private key is neither PKCS #8 nor PKCS #1 PEM with an RSA key in it.
    #[error("the key {kid} of the {which} is not an RSA private key in PEM")]
    Key {
        /// Whose key.
        which: &'static str,
        /// Its key id.
        kid: String,
    },
    /// The HTTP client or server failed.
    #[error("HTTP: {0}")]
    Http(String),
}

/// An RSA private key and the name it is registered under.
#[derive(Clone)]
pub struct SigningKey {
    /// PEM, `PRIVATE KEY` (PKCS #8) or `RSA PRIVATE KEY` (PKCS #1).
    pub pem: String,
    /// `kid` of the public half as registered on the client.
    pub kid: String,
}

/// How the login client proves who it is at ID-porten's token endpoint. It must be the method the client is registered with.
#[derive(Clone)]
pub enum LoginAuth {
    /// `client_secret_basic`.
    Secret(String),
    /// `private_key_jwt`.
    Key(SigningKey),
    /// `none`: a public client, protected by PKCE alone.
    Public,
}

/// The municipality as sender of letters; the address is where undeliverable paper goes back to.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Organisation number, nine digits.
    pub orgnr: String,
    /// Name in letters.
    pub navn: String,
    /// Street address.
    pub adresselinje1: String,
    /// Four digits.
    pub postnummer: String,
    /// Post town.
    pub poststed: String,
}

/// A bug on purpose, so that a test can show that a scenario catches it. Each is one that real systems have had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sabotage {
    /// The app does what it should.
    #[default]
    None,
    /// The feed has no event id besides its sequence number, so somebody once "removed duplicates" by the time the
    /// register recorded the event. Twins are recorded in one transaction, with one time: the second child is taken
    /// for a repetition and never looked up.
    ForgetTwin,
    /// The app trusts the look-up of capabilities and never asks KRR about reservation. For process `info` that look-up
    /// does not consider reservation, so a reserved citizen gets digital post.
    DigitalToReserved,
    /// The app keeps an address book of its own from an old extract ([`DemoConfig::stale_addresses`]) and writes the
    /// address above the text of every letter. Nobody takes a person out of it when the register gives them
    /// protection, so a strictly confidential street ends up in a letter though the register never shows it.
    PrintStreet,
    /// Reduced payment is counted from the applicant's income alone: the other parent is never asked about.
    OneIncome,
}

/// Where everything is, and who the app is there.
#[derive(Clone)]
pub struct DemoConfig {
    /// ID-porten's issuer.
    pub idporten_issuer: String,
    /// Maskinporten's issuer, with the slash at its end: an assertion's audience must be equal to it, byte for byte.
    pub maskinporten_issuer: String,
    /// In front of `/folkeregisteret/…`.
    pub folkeregisteret_url: String,
    /// In front of `/rest/v2/personer`.
    pub krr_url: String,
    /// In front of `/api/summertskattegrunnlag/v2`.
    pub skatt_url: String,
    /// In front of `/api/messages/out`.
    pub eformidling_url: String,
    /// The login client's id.
    pub login_client_id: String,
    /// How the login client authenticates.
    pub login_auth: LoginAuth,
    /// The login client's redirect URI: this app's own `/callback`, as the browser sees it.
    pub redirect_uri: String,
    /// The Maskinporten client's id.
    pub machine_client_id: String,
    /// The Maskinporten client's key.
    pub machine_key: SigningKey,
    /// Who sends the letters.
    pub sender: Sender,
    /// Pause between polls, in real time. `None`: only when poked.
    pub poll_every: Option<Duration>,
    /// How long after an application the decision is made, in hours of the registers' time.
    pub decide_after_hours: i64,
    /// What a kindergarten place costs, by date.
    pub payment_rates: Vec<PaymentRate>,
    /// A bug on purpose.
    pub sabotage: Sabotage,
    /// Identity number → street with house number, the app's outdated address book. Only read under
    /// [`Sabotage::PrintStreet`].
    pub stale_addresses: BTreeMap<String, String>,
}

impl DemoConfig {
    /// Reads the settings from environment variables, through `lookup` so that a test needs no process environment.
    ///
    /// Needed: `IDPORTEN_ISSUER`, `IDPORTEN_CLIENT_ID`, `IDPORTEN_REDIRECT_URI`, `MASKINPORTEN_ISSUER`,
    /// `MASKINPORTEN_CLIENT_ID`, `MASKINPORTEN_CLIENT_KEY` (PEM), `MASKINPORTEN_CLIENT_KID`, `FOLKEREGISTERET_URL`,
    /// `KRR_URL`, `SKATT_URL`, `EFORMIDLING_URL`, `AVSENDER_ORGNR`. Optional: `IDPORTEN_CLIENT_SECRET`, or `IDPORTEN_CLIENT_KEY` (PEM)
    /// with `IDPORTEN_CLIENT_KID`; with neither the login client is a public one. Further `AVSENDER_NAVN`, `AVSENDER_ADRESSE`, `AVSENDER_POSTNUMMER`, `AVSENDER_POSTSTED`,
    /// `POLL_MS` (default 1000; 0 means only when poked), `BARNEHAGEPRISER` (`2026-08-01:1200:700:0`, with commas between), `SAKSBEHANDLING_TIMER` (default 48).
    ///
    /// # Errors
    /// Names the first variable that is missing or unreadable.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let need = |name: &'static str| lookup(name).filter(|v| !v.is_empty()).ok_or(ConfigError::Missing(name));
        let or = |name: &str, default: &str| lookup(name).unwrap_or_else(|| default.to_owned());
        let number = |name: &'static str, default: u32| match lookup(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| ConfigError::Unreadable { name, wanted: "a whole number" }),
        };
        let base = |name| need(name).map(|url| url.trim_end_matches('/').to_owned());
        let poll_ms = number("POLL_MS", 1000)?;
        Ok(Self {
            idporten_issuer: need("IDPORTEN_ISSUER")?,
            maskinporten_issuer: need("MASKINPORTEN_ISSUER")?,
            folkeregisteret_url: base("FOLKEREGISTERET_URL")?,
            krr_url: base("KRR_URL")?,
            skatt_url: base("SKATT_URL")?,
            eformidling_url: base("EFORMIDLING_URL")?,
            login_client_id: need("IDPORTEN_CLIENT_ID")?,
            login_auth: match (lookup("IDPORTEN_CLIENT_KEY"), lookup("IDPORTEN_CLIENT_SECRET")) {
                (Some(pem), _) => LoginAuth::Key(SigningKey { pem, kid: need("IDPORTEN_CLIENT_KID")? }),
                (None, Some(secret)) => LoginAuth::Secret(secret),
                (None, None) => LoginAuth::Public,
            },
            redirect_uri: need("IDPORTEN_REDIRECT_URI")?,
            machine_client_id: need("MASKINPORTEN_CLIENT_ID")?,
            machine_key: SigningKey { pem: need("MASKINPORTEN_CLIENT_KEY")?, kid: need("MASKINPORTEN_CLIENT_KID")? },
            sender: Sender {
                orgnr: need("AVSENDER_ORGNR")?,
                navn: or("AVSENDER_NAVN", "Kommunen"),
                adresselinje1: or("AVSENDER_ADRESSE", "Rådhuset"),
                postnummer: or("AVSENDER_POSTNUMMER", "9999"),
                poststed: or("AVSENDER_POSTSTED", "BYTEBY"),
            },
            poll_every: (poll_ms > 0).then(|| Duration::from_millis(poll_ms.into())),
            decide_after_hours: number("SAKSBEHANDLING_TIMER", 48)?.into(),
            payment_rates: rates(&or("BARNEHAGEPRISER", ""))?,
            sabotage: Sabotage::None,
            stale_addresses: BTreeMap::new(),
        })
    }
}

/// Reads prices: day, highest price, shares of the second and of further children, with colons between.
fn rates(text: &str) -> Result<Vec<PaymentRate>, ConfigError> {
    let fault = || ConfigError::Unreadable { name: "BARNEHAGEPRISER", wanted: "a list such as 2026-08-01:1200:700:0" };
    let one = |row: &str| {
        let [from, price, second, third] = <[&str; 4]>::try_from(row.split(':').collect::<Vec<_>>()).ok()?;
        let siblings = [second.parse().ok()?, third.parse().ok()?];
        Some(PaymentRate { from: from.trim().parse().ok()?, price: price.parse().ok()?, siblings })
    };
    text.split(',').filter(|row| !row.trim().is_empty()).map(|row| one(row).ok_or_else(fault)).collect()
}
