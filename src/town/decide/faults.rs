//! Decisions on fault rules.

use super::Refusal;
use crate::clock::Span;
use crate::town::apply::FaultEvent;
use crate::town::event::Event;
use crate::town::model::PersonKey;
use crate::town::state::{ALWAYS, Fault, FaultRule, Town};

/// Rules a world may hold at once.
const MAX_RULES: usize = 200;
/// Longest name of a rule.
const MAX_NAME: usize = 80;

/// A rule somebody wants.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FaultOrder {
    /// Its name, a slug; made of kind and place when `None`.
    pub name: Option<String>,
    /// A service id or the name of an operation. Whether there is such a one is for the caller to know: the town has no
    /// list of services.
    pub on: String,
    /// What goes wrong.
    pub fault: Fault,
    /// How often, in parts per million.
    pub p: u32,
    /// How long, from now on; until healed when `None`.
    pub lasts: Option<Span>,
    /// How many times at most.
    pub count: Option<u32>,
    /// Only requests that name this person.
    pub about: Option<PersonKey>,
    /// Only requests that name this client. Whether there is such a one is not asked: an app may come later.
    pub client_id: Option<String>,
}

impl FaultOrder {
    /// The name the rule gets.
    #[must_use]
    pub fn name(&self) -> String {
        let made = || format!("{}-{}", self.fault.kind(), self.on).replace(['.', '_'], "-");
        self.name.clone().unwrap_or_else(made)
    }
}

/// What can be done about faults.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FaultCommand {
    /// Sets a rule; one of the same name is replaced.
    Set(Box<FaultOrder>),
    /// Takes a rule away by name.
    Heal(String),
    /// Takes all rules away.
    HealAll,
}

/// Decides about fault rules.
pub(super) fn decide(town: &Town, command: &FaultCommand) -> Result<Vec<Event>, Refusal> {
    match command {
        FaultCommand::Set(order) => set(town, order),
        FaultCommand::Heal(name) if town.faults.rules.contains_key(name) => {
            Ok(vec![Event::Fault(FaultEvent::Healed(name.clone()))])
        }
        FaultCommand::Heal(name) => Err(Refusal::new("unknown_fault", format!("no fault is called `{name}`"))),
        FaultCommand::HealAll => {
            Ok(town.faults.rules.keys().map(|name| Event::Fault(FaultEvent::Healed(name.clone()))).collect())
        }
    }
}

fn set(town: &Town, order: &FaultOrder) -> Result<Vec<Event>, Refusal> {
    let refuse = |code, reason: String| Err(Refusal::new(code, reason));
    let name = order.name();
    let slug = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(slug) {
        return refuse("bad_fault_name", format!("a fault's name is 1 to {MAX_NAME} letters a-z, digits and hyphens"));
    }
    if order.p > ALWAYS {
        return refuse("bad_share", "a fault strikes with a share from 0 to 1".into());
    }
    if order.client_id.as_ref().is_some_and(|id| id.is_empty() || id.len() > 255) {
        return refuse("bad_client_id", "a client id has 1 to 255 bytes".into());
    }
    if order.count == Some(0) {
        return refuse("bad_count", "a fault strikes once or more".into());
    }
    let now = town.now();
    let until = order.lasts.map(|span| span.after(now));
    if until.is_some_and(|until| until <= now) {
        return refuse("bad_span", "a fault lasts longer than no time at all".into());
    }
    let others = town.faults.holding(now).filter(|set| set.rule.name != name).count();
    if others >= MAX_RULES {
        return refuse("too_many_faults", format!("limit `faults` reached: {MAX_RULES} rules hold in this world"));
    }
    let rule = FaultRule {
        name,
        on: order.on.clone(),
        fault: order.fault,
        p: order.p,
        from: now,
        until,
        count: order.count,
        about: order.about,
        client_id: order.client_id.clone(),
    };
    Ok(vec![Event::Fault(FaultEvent::set(rule))])
}
