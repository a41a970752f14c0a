//! Switches of the eID services: where documentation and real answers disagree, a world may choose
//! (`specs/eid.md` §3 to §6, §11).

/// A switch. The order is part of the log encoding: append only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, serde::Deserialize)]
pub enum Bryter {
    /// Access tokens without `resource` have `aud` = `unspecified` (§3.8, §5.4).
    LegacyAud,
    /// Maskinporten takes `resource` as a single text too (§5.2).
    LenientResource,
    /// Maskinporten overlooks unknown claims of an assertion instead of refusing it (`unknown_grant_claims=ignore`, §5.2).
    IgnoreUnknownGrantClaims,
    /// Maskinporten's tokens have `client_orgno` (§5.4).
    EmitClientOrgnoMaskinporten,
    /// ID-porten's and Ansattporten's tokens have `client_orgno` (§3.8).
    EmitClientOrgno,
    /// Token headers carry `x5c` (§2.1).
    X5cInHeader,
    /// Ansattporten's ID tokens have `name` (§4).
    EmitName,
    /// TestID supplies names (§3.8).
    NamesForTestid,
    /// A refresh with scope `openid` gives a new ID token (§3.7).
    RefreshReturnsIdToken,
    /// A refresh token dies when it is used; using it again revokes the grant (§3.7).
    StrictRefresh,
    /// Public clients get no refresh tokens (§3.7, §11).
    DenyPublicRefresh,
    /// `aud_onbehalfof` stands beside `client_onbehalfof` (§3.10).
    OnbehalfofBothNames,
    /// `sub` of a logout token is the identity number (`logout_token_sub=pid`, §3.12).
    LogoutTokenSubPid,
    /// The issuer told to front-channel addresses ends in a slash (§3.12, §11).
    FrontchannelIssSlash,
    /// The self-service API asks for a token (`admin_auth`, §6).
    AdminAuth,
    /// The login pages stand on an origin of their own (§1.2).
    SplitLoginHost,
}

/// Switch, name, and how it stands when nobody has touched it.
const BRYTERE: [(Bryter, &str, bool); 16] = [
    (Bryter::LegacyAud, "legacy_aud", false),
    (Bryter::LenientResource, "lenient_resource", false),
    (Bryter::IgnoreUnknownGrantClaims, "ignore_unknown_grant_claims", false),
    (Bryter::EmitClientOrgnoMaskinporten, "emit_client_orgno_maskinporten", false),
    (Bryter::EmitClientOrgno, "emit_client_orgno", true),
    (Bryter::X5cInHeader, "x5c_in_header", false),
    (Bryter::EmitName, "emit_name", true),
    (Bryter::NamesForTestid, "names_for_testid", false),
    (Bryter::RefreshReturnsIdToken, "refresh_returns_id_token", false),
    (Bryter::StrictRefresh, "strict_refresh", false),
    (Bryter::DenyPublicRefresh, "deny_public_refresh", false),
    (Bryter::OnbehalfofBothNames, "onbehalfof_both_names", false),
    (Bryter::LogoutTokenSubPid, "logout_token_sub_pid", false),
    (Bryter::FrontchannelIssSlash, "frontchannel_iss_slash", false),
    (Bryter::AdminAuth, "admin_auth", true),
    (Bryter::SplitLoginHost, "split_login_host", false),
];

impl Bryter {
    /// All of them.
    pub fn alle() -> impl Iterator<Item = Self> {
        BRYTERE.into_iter().map(|(bryter, ..)| bryter)
    }

    /// Its name, as in settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        BRYTERE[self as usize].1
    }

    /// How it stands when nobody has touched it.
    #[must_use]
    pub fn standard(self) -> bool {
        BRYTERE[self as usize].2
    }

    /// The switch called `word`.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        Self::alle().find(|bryter| bryter.name() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_switches_and_names_each_once() {
        for (place, bryter) in Bryter::alle().enumerate() {
            assert_eq!(bryter as usize, place);
            assert_eq!(Bryter::from_name(bryter.name()), Some(bryter));
        }
        assert_eq!(Bryter::from_name("nothing"), None);
    }
}
