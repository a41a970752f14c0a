//! What differs between the login services, as data (`specs/eid.md` §3, §4).

use super::levels::Levels;
use crate::keys::Issuer;
use crate::town::state::Tjeneste;

/// Names of the operations of one service, `service.handling`; made by `names!`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Names {
    /// Discovery document.
    pub discovery: &'static str,
    /// Key set.
    pub jwks: &'static str,
    /// Authorization request, and the choice on the login page.
    pub innlogging: &'static str,
    /// The login page.
    pub innloggingsside: &'static str,
    /// Pushed authorization request.
    pub par: &'static str,
    /// Codes and refresh tokens into tokens.
    pub token: &'static str,
    /// Claims about the citizen.
    pub userinfo: &'static str,
    /// Is this token good?
    pub introspeksjon: &'static str,
    /// Taking a token back.
    pub tilbaketrekking: &'static str,
    /// Log-out.
    pub utlogging: &'static str,
}

/// [`Names`] of the service with this id.
macro_rules! names {
    ($service:literal) => {
        $crate::oidc::Names {
            discovery: concat!($service, ".discovery"),
            jwks: concat!($service, ".jwks"),
            innlogging: concat!($service, ".innlogging"),
            innloggingsside: concat!($service, ".innloggingsside"),
            par: concat!($service, ".par"),
            token: concat!($service, ".token"),
            userinfo: concat!($service, ".userinfo"),
            introspeksjon: concat!($service, ".introspeksjon"),
            tilbaketrekking: concat!($service, ".tilbaketrekking"),
            utlogging: concat!($service, ".utlogging"),
        }
    };
}
pub(crate) use names;

/// One login service.
#[derive(Clone, Copy, Debug)]
pub struct Provider {
    /// Service id (`specs/names.md` §1).
    pub service: &'static str,
    /// Where its paths begin, without a slash at the end.
    pub mount: &'static str,
    /// Whose keys sign, and whose codes and sessions these are.
    pub issuer: Issuer,
    /// Which register its clients stand in.
    pub tjeneste: Tjeneste,
    /// What the names of pushed requests begin with (`specs/eid.md` §2.5).
    pub urn: &'static str,
    /// Levels of assurance.
    pub levels: Levels,
    /// Whether clients share a session. Otherwise each has single sign-on with itself only (`specs/eid.md` §4 no. 3).
    pub sso: bool,
    /// Whether every client has to send `state`, `nonce` and a code challenge (`specs/eid.md` §4 no. 2).
    pub demands_all: bool,
    /// The cookie that remembers a language chosen on the login page.
    pub language_cookie: &'static str,
    /// Types of `authorization_details` (`specs/eid.md` §3.9, §4.2).
    pub details_types: &'static [&'static str],
    /// Whether the ID token carries the full name in capitals as `name` (`specs/eid.md` §4 no. 5).
    pub full_name: bool,
    /// Names of its operations.
    pub names: Names,
}
