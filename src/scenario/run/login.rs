//! Logging in through the app's own login: the browser's way, with the headless answer of the mock eID in place of a
//! citizen who types (`specs/eid.md` §7.2).

use reqwest::Method;

use super::Run;
use super::http::{CallFault, Jar, REDIRECTS, has_parameter, next_of};
use crate::scenario::fault::Sentence;
use crate::scenario::plan::Login;
use crate::select::{EvalFault, Verdi};

/// Where apps begin a login when the file does not say.
const START: &str = "/login";

impl Run<'_> {
    pub(super) async fn log_in(&mut self, login: &Login) -> Result<(), CallFault> {
        let who = self.scoped(None, |scope| login.who.eval(scope))?;
        let Verdi::Person(citizen) = who else {
            return Err(CallFault::Eval(EvalFault::new("run.login-who", &[who.type_word()])));
        };
        let pid = self.town.person(citizen).nummer().to_string();
        let hint = format!("testid:{pid}_{}", login.level);
        let app = self.app_url(login.app.as_deref());
        let start = format!("{app}{}", login.start.as_deref().unwrap_or(START));
        let start = reqwest::Url::parse(&start)
            .map_err(|_| CallFault::NoAnswer(Sentence::new("run.bad-address", &[&app, START])))?;
        let home = start.origin();
        let mut jar = Jar::default();
        let mut hinted = false;
        let mut answer = self.exchange(Method::GET, start, &[], None, &mut jar).await?;
        for _ in 0..REDIRECTS {
            let Some(mut next) = next_of(&answer) else { break };
            // The redirect to the eID is the first that leaves the app for an authorize address.
            if next.origin() != home && next.path().ends_with("/authorize") && !has_parameter(&next, "login_hint") {
                next.query_pairs_mut().append_pair("login_hint", &hint);
                hinted = true;
            }
            answer = self.exchange(Method::GET, next, &[], None, &mut jar).await?;
        }
        let name = self.name_of(self.town.key_of(citizen));
        let refused = |why: &str| Err(CallFault::NoAnswer(Sentence::new("run.login-failed", &[&name, why])));
        if !hinted {
            return refused(&format!("{} {}", answer.status, answer.url.path()));
        }
        if next_of(&answer).is_some() || answer.status >= 400 || answer.url.origin() != home {
            return refused(&format!("{} {}", answer.status, answer.url.path()));
        }
        self.sessions.insert(login.save.clone(), jar);
        Ok(())
    }
}
