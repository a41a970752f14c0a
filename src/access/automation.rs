//! Log-ins planned ahead, and names for people: what lets a test drive an app through the login services without a
//! browser (`specs/eid.md` §10.1, §10.2).
//!
//! Protocol state like sessions: beside the town, bounded, and a fork starts without it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::state::WorldState;
use crate::base::Orgnummer;
use crate::keys::Issuer;
use crate::town::model::PersonKey;

/// Log-ins planned at once.
pub const MAX_PLANNED: usize = 1_000;
/// Names given to people.
const MAX_ALIASES: usize = 1_000;

/// What becomes of a planned log-in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlannedOutcome {
    /// The person logs in.
    Login,
    /// The person cancels: `access_denied`.
    Cancel,
    /// The service answers with this error of OAuth.
    Error(String),
}

impl PlannedOutcome {
    /// The word of the admin API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Cancel => "cancel",
            Self::Error(_) => "error",
        }
    }
}

/// A log-in planned ahead: it answers an authorization request instead of the login page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PlannedLogin {
    /// Its number, for showing and withdrawing it; given by the world.
    pub id: u64,
    /// At which service.
    pub issuer: Issuer,
    /// For which client only; any when `None`.
    pub client_id: Option<String>,
    /// Who logs in; `None` when nobody does.
    pub person: Option<PersonKey>,
    /// Level reached; the lowest that will do when `None`.
    pub acr: Option<String>,
    /// Methods used; those of the level when empty.
    pub amr: Vec<String>,
    /// Language; the request's when `None`.
    pub locale: Option<String>,
    /// Organisation chosen where one is to be chosen.
    pub orgnr: Option<Orgnummer>,
    /// What becomes of it.
    pub outcome: PlannedOutcome,
    /// How many times it still answers.
    pub times: u32,
}

/// What has been planned in one world.
#[derive(Debug, Default)]
pub(super) struct Automation(Mutex<Plans>);

#[derive(Debug, Default)]
struct Plans {
    last_id: u64,
    logins: Vec<PlannedLogin>,
    aliases: BTreeMap<String, PersonKey>,
}

impl Automation {
    fn held(&self) -> MutexGuard<'_, Plans> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl WorldState {
    /// Plans `login` and gives it its number; `None` when as many are planned as a world may have.
    #[must_use]
    pub fn plan_login(&self, login: PlannedLogin) -> Option<PlannedLogin> {
        let mut plans = self.automation().held();
        if plans.logins.len() >= MAX_PLANNED {
            return None;
        }
        plans.last_id += 1;
        let planned = PlannedLogin { id: plans.last_id, ..login };
        plans.logins.push(planned.clone());
        Some(planned)
    }

    /// The log-in that is planned next for `client_id` at `issuer`, looked at only. One planned for this very client comes
    /// before one for any client; otherwise they come in the order they were planned.
    #[must_use]
    pub fn next_login(&self, issuer: Issuer, client_id: &str) -> Option<PlannedLogin> {
        let plans = self.automation().held();
        next(&plans.logins, issuer, client_id).map(|place| plans.logins[place].clone())
    }

    /// Takes the log-in that is planned next for `client_id` at `issuer`, when it `fits`; it counts as one of its times. Of
    /// several calls each gets one of its own.
    ///
    /// # Errors
    /// What `fits` says against it; then it stays planned.
    pub fn take_login<E>(
        &self,
        issuer: Issuer,
        client_id: &str,
        fits: impl FnOnce(&PlannedLogin) -> Result<(), E>,
    ) -> Result<Option<PlannedLogin>, E> {
        let mut plans = self.automation().held();
        let Some(place) = next(&plans.logins, issuer, client_id) else { return Ok(None) };
        let planned = plans.logins[place].clone();
        fits(&planned)?;
        if planned.times > 1 {
            plans.logins[place].times -= 1;
        } else {
            plans.logins.remove(place);
        }
        Ok(Some(planned))
    }

    /// What is planned at `issuer`, in order.
    #[must_use]
    pub fn planned_logins(&self, issuer: Issuer) -> Vec<PlannedLogin> {
        self.automation().held().logins.iter().filter(|planned| planned.issuer == issuer).cloned().collect()
    }

    /// Withdraws what is planned at `issuer`, all of it or what is for `client_id` only.
    pub fn withdraw_logins(&self, issuer: Issuer, client_id: Option<&str>) {
        let gone = |planned: &PlannedLogin| {
            planned.issuer == issuer && client_id.is_none_or(|client| planned.client_id.as_deref() == Some(client))
        };
        self.automation().held().logins.retain(|planned| !gone(planned));
    }

    /// Lets `alias` name `person` from now on; `false` when as many names are given as a world may have.
    #[must_use]
    pub fn name_person(&self, alias: &str, person: PersonKey) -> bool {
        let mut plans = self.automation().held();
        if plans.aliases.len() >= MAX_ALIASES && !plans.aliases.contains_key(alias) {
            return false;
        }
        plans.aliases.insert(alias.to_owned(), person);
        true
    }

    /// The person that `alias` names.
    #[must_use]
    pub fn person_named(&self, alias: &str) -> Option<PersonKey> {
        self.automation().held().aliases.get(alias).copied()
    }

    /// Every name given to a person, in order.
    #[must_use]
    pub fn aliases(&self) -> Vec<(String, PersonKey)> {
        self.automation().held().aliases.iter().map(|(alias, person)| (alias.clone(), *person)).collect()
    }
}

fn next(logins: &[PlannedLogin], issuer: Issuer, client_id: &str) -> Option<usize> {
    let own = |planned: &PlannedLogin| planned.issuer == issuer && planned.client_id.as_deref() == Some(client_id);
    let any = |planned: &PlannedLogin| planned.issuer == issuer && planned.client_id.is_none();
    logins.iter().position(own).or_else(|| logins.iter().position(any))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::access::Access;
    use crate::base::Seed;

    const ISSUER: Issuer = Issuer::Idporten;

    fn state() -> Arc<WorldState> {
        Access::new().of_world(1, Seed(7))
    }

    fn planned(client: Option<&str>, times: u32) -> PlannedLogin {
        PlannedLogin {
            id: 0,
            issuer: ISSUER,
            client_id: client.map(str::to_owned),
            person: Some(PersonKey::Base(0)),
            acr: None,
            amr: Vec::new(),
            locale: None,
            orgnr: None,
            outcome: PlannedOutcome::Login,
            times,
        }
    }

    fn taken(state: &WorldState, issuer: Issuer, client: &str) -> Option<u64> {
        let taken = state.take_login(issuer, client, |_| Ok::<(), ()>(()));
        taken.unwrap().map(|planned| planned.id)
    }

    #[test]
    fn a_client_s_own_plan_comes_first_and_another_client_takes_none_of_it() {
        let state = state();
        for plan in [planned(None, 1), planned(Some("a"), 1), planned(Some("b"), 1)] {
            let _ = state.plan_login(plan);
        }
        let take = |client: &str| taken(&state, ISSUER, client);
        let wrong = state.take_login(ISSUER, "a", |_| Err("no"));
        assert_eq!(wrong, Err("no"), "and it stays planned");
        assert_eq!(state.next_login(ISSUER, "a").map(|planned| planned.id), Some(2));
        assert_eq!([take("a"), take("a"), take("a")], [Some(2), Some(1), None]);
        assert_eq!(taken(&state, Issuer::Ansattporten, "b"), None, "planned at another service");
        assert_eq!([take("b"), take("b")], [Some(3), None]);
    }

    #[test]
    fn a_plan_answers_as_often_as_it_says_however_many_ask_at_once() {
        let state = state();
        let _ = state.plan_login(planned(None, 20));
        let took = || usize::from(taken(&state, ISSUER, "a").is_some());
        let all: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| (0..5).map(|_| took()).sum::<usize>())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(all, 20);
    }

    #[test]
    fn plans_are_bounded_and_withdrawn_by_client_or_all() {
        let state = state();
        for _ in 0..MAX_PLANNED {
            assert!(state.plan_login(planned(Some("a"), 1)).is_some());
        }
        assert!(state.plan_login(planned(None, 1)).is_none());
        state.withdraw_logins(ISSUER, Some("b"));
        assert_eq!(state.planned_logins(ISSUER).len(), MAX_PLANNED);
        state.withdraw_logins(ISSUER, Some("a"));
        assert_eq!(state.planned_logins(ISSUER), []);
    }

    #[test]
    fn a_name_given_again_is_another_person_s() {
        let state = state();
        assert!(state.name_person("mor", PersonKey::Base(1)) && state.name_person("mor", PersonKey::Base(2)));
        assert_eq!((state.person_named("mor"), state.person_named("far")), (Some(PersonKey::Base(2)), None));
        assert_eq!(state.aliases().len(), 1);
    }
}
