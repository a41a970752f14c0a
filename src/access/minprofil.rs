//! MinProfil as an app of ID-porten's: the page on which citizens see to their own entry in the contact register
//! (`specs/folkeregister.md` §18). It comes with every world and stands in no log; here are its registration and its
//! sessions.

use super::addresses::{LOGIN_HOST, beside};
use super::clocks::{Clocks, TokenPolicy};
use super::codes::CodeFault;
use super::state::WorldState;
use super::visit::Visit;
use crate::keys::{Issuer, encode_url};
use crate::town::model::PersonKey;
use crate::town::state::{Applikasjonstype, Klient};

/// Its client id at ID-porten.
pub const MINPROFIL_CLIENT: &str = "minprofil";
/// Where the page stands on a host shared by all services. Log-ins return to `/callback` below it.
pub const MINPROFIL: &str = "/krr/minprofil";

/// Seconds a session lives: as long as one of ID-porten's that rests (`specs/eid.md` §3.11).
const OEKT_LEVETID: i64 = 30 * 60;

/// A session of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Oekt {
    person: PersonKey,
    /// Id of the access token the log-in led to. When the citizen logs out at ID-porten it is taken back, and this session is
    /// over.
    jti: String,
}

/// Why nobody is logged in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MinprofilFault {
    /// The code is not one this browser was waiting for, or its time is over.
    Code(CodeFault),
    /// Whoever logged in is not in the population register.
    Nobody,
}

/// Its registration: public, with PKCE, returning to the page wherever this world can be reached.
pub(super) fn klient(visit: &Visit) -> Klient {
    let mut bases = vec![visit.base_url.clone(), visit.public_url.clone()];
    // The pages of ID-porten may stand on a host of their own beside the one everything else stands on.
    let login = format!("://{LOGIN_HOST}");
    bases.extend([&visit.base_url, &visit.public_url].map(|base| base.replacen(&login, "://", 1)));
    let world = format!("/w/{}", visit.world);
    for scheme in ["http", "https"] {
        for host in ["localhost", "127.0.0.1", "[::1]", "krr.localhost"] {
            bases.extend(["", &world].map(|world| format!("{scheme}://{host}:*{world}")));
        }
        bases.push(format!("{scheme}://krr.{}.localhost:*", visit.world));
    }
    let addresses: Vec<String> = bases.iter().map(|base| format!("{}/callback", beside(base, MINPROFIL))).collect();
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let orgnr = visit.town.base.kommune.orgnr;
    let klient = Klient::idporten(MINPROFIL_CLIENT, "MinProfil", orgnr, &addresses).ageless();
    Klient { applikasjonstype: Applikasjonstype::Native, ..klient }
}

impl WorldState {
    /// A name for a log-in under way, for the browser that begins it.
    #[must_use]
    pub fn minprofil_login(&self) -> String {
        self.draw_text(Issuer::Idporten, "minprofil-login", MINPROFIL_CLIENT, "")
    }

    /// The code challenge of the log-in called `login`. No verifier fits it: the code is exchanged here and nowhere else.
    #[must_use]
    pub fn minprofil_challenge(&self, login: &str) -> String {
        encode_url(&self.mac("minprofil-challenge", &[login.as_bytes()]))
    }

    /// Exchanges the `code` that the log-in called `login` led to, and gives the citizen and the value of the session's cookie.
    ///
    /// # Errors
    /// [`MinprofilFault`].
    pub fn begin_minprofil(
        &self,
        clocks: Clocks,
        login: &str,
        code: &str,
    ) -> Result<(PersonKey, String), MinprofilFault> {
        let challenge = self.minprofil_challenge(login);
        let redeemed = self.redeem_code(clocks, Issuer::Idporten, code, |grant| {
            let own = grant.request.client_id == MINPROFIL_CLIENT;
            if own && grant.request.code_challenge.as_deref() == Some(&challenge) {
                Ok(clocks.deadline(TokenPolicy::Wall, OEKT_LEVETID))
            } else {
                Err("the code was given to another client or another browser")
            }
        });
        let grant = redeemed.map_err(MinprofilFault::Code)?;
        let person = grant.authentication.person.ok_or(MinprofilFault::Nobody)?;
        let cookie = encode_url(&self.mac("minprofil-session", &[code.as_bytes()]));
        let until = clocks.deadline(TokenPolicy::Wall, OEKT_LEVETID);
        let oekt = Oekt { person, jti: self.access_token_id(code) };
        self.protocol().minprofil.put(clocks, cookie.clone(), oekt, until);
        Ok((person, cookie))
    }

    /// Whose session is behind `cookie`, while it lasts: half an hour on either clock, and not beyond a log-out at ID-porten.
    #[must_use]
    pub fn minprofil(&self, clocks: Clocks, cookie: &str) -> Option<PersonKey> {
        let oekt = self.protocol().minprofil.get(clocks, &cookie.to_owned()).cloned()?;
        (!self.is_revoked(clocks, &oekt.jti)).then_some(oekt.person)
    }

    /// Ends the session behind `cookie`.
    pub fn end_minprofil(&self, clocks: Clocks, cookie: &str) {
        self.protocol().minprofil.take(clocks, &cookie.to_owned());
    }

    /// What a form of the page in the session behind `cookie` has to carry, so that no other site can send it.
    #[must_use]
    pub fn minprofil_form(&self, cookie: &str) -> String {
        encode_url(&self.mac("minprofil-form", &[cookie.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::fixture::{self, at, citizen, request, state, world_at};
    use crate::access::{CodeGrant, LoginRequest, find_client};
    use crate::town::state::Tjeneste;

    fn code(state: &WorldState, client: &str, login: &str) -> String {
        let code_challenge = Some(state.minprofil_challenge(login));
        state.issue_code(at(0), CodeGrant::of(LoginRequest { code_challenge, ..request(client) }, citizen("1")))
    }

    #[test]
    fn a_session_lasts_half_an_hour_on_either_clock_and_not_beyond_the_log_out() {
        let state = state();
        let login = state.minprofil_login();
        let code = code(&state, MINPROFIL_CLIENT, &login);
        let (person, cookie) = state.begin_minprofil(at(0), &login, &code).unwrap();
        let seen = |clocks| state.minprofil(clocks, &cookie);
        assert_eq!((seen(at(1799)), seen(at(1800))), (Some(person), None));
        assert_eq!((seen(world_at(1799)), seen(world_at(1800))), (Some(person), None));
        assert_eq!(state.minprofil(at(0), "another"), None);
        state.revoke_code(at(0), TokenPolicy::Wall, &code);
        assert_eq!(seen(at(1)), None, "logged out at ID-porten");
    }

    #[test]
    fn a_code_is_good_for_the_browser_that_asked_and_once() {
        let state = state();
        let (login, other) = (state.minprofil_login(), state.minprofil_login());
        assert_ne!(login, other);
        let own = code(&state, MINPROFIL_CLIENT, &login);
        let app = code(&state, "app", &login);
        let misfit = |fault| matches!(fault, MinprofilFault::Code(CodeFault::Mismatch(_)));
        assert!(misfit(state.begin_minprofil(at(0), &other, &own).unwrap_err()));
        assert!(misfit(state.begin_minprofil(at(0), &login, &app).unwrap_err()));
        let (_, cookie) = state.begin_minprofil(at(0), &login, &own).unwrap();
        let again = state.begin_minprofil(at(0), &login, &own).unwrap_err();
        assert_eq!(again, MinprofilFault::Code(CodeFault::Spent));
        assert_eq!(state.minprofil(at(0), &cookie), None, "a code that comes again ends what it began");
    }

    #[test]
    fn it_is_known_in_every_world_and_returns_to_its_page_only() {
        let visit = fixture::visit(&[]);
        let found = |base: &str, uri: &str| {
            let visit = Visit { base_url: base.into(), public_url: base.into(), ..visit.clone() };
            let client = find_client(&visit, Tjeneste::Idporten, MINPROFIL_CLIENT).unwrap();
            assert!(client.registered && client.klient.pkce);
            client.may_return_to(uri)
        };
        let here = "http://localhost:2983";
        for (base, uri) in [
            (here, "http://localhost:2983/krr/minprofil/callback"),
            (here, "http://127.0.0.1:2983/w/main/krr/minprofil/callback"),
            (here, "http://krr.localhost:2983/minprofil/callback"),
            (here, "http://krr.main.localhost:2983/minprofil/callback"),
            ("http://login.byteby:2983", "http://byteby:2983/krr/minprofil/callback"),
            ("https://town.example/w/main", "https://town.example/w/main/krr/minprofil/callback"),
            ("https://login.test.idporten.no", "https://minprofil.test.kontaktregisteret.no/callback"),
        ] {
            assert!(found(base, uri), "{base} {uri}");
        }
        for uri in [
            "http://localhost:2983/callback",
            "http://localhost:2983/krr/minprofil",
            "http://localhost:2983/w/other/krr/minprofil/callback",
            "http://app.example/krr/minprofil/callback",
            "http://localhost:2983@app.example/krr/minprofil/callback",
        ] {
            assert!(!found(here, uri), "{uri}");
        }
        assert!(find_client(&visit, Tjeneste::Ansattporten, MINPROFIL_CLIENT).is_none());
    }
}
