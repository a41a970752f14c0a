//! Finding people, households and organisations.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cel::{Context, Value};

use super::boks::unwrap;
use super::builtins::env;
use super::check::Names;
use super::fault::{EvalFault, SelectFault};
use super::uttrykk::{Answers, Scope, Uttrykk, Want, entity, truth};
use super::verdi::Verdi;
use super::words::Kind;
use crate::base::keyed_hash;
use crate::town::state::Town;

/// Which of those found are taken (`specs/experience.md` §10.3).
#[derive(Debug)]
pub enum Pick {
    /// The first in the population's own order.
    First,
    /// The last.
    Last,
    /// One chosen by the town's seed and the selector's text: the same on every machine.
    Any,
    /// The one at this place, from 0.
    Nth(usize),
    /// The first so many, or as many as there are.
    UpTo(usize),
    /// All, or exactly the first so many.
    All(Option<usize>),
    /// The one with the smallest value; the first of equals.
    Min(Uttrykk),
    /// The one with the largest value; the first of equals.
    Max(Uttrykk),
}

/// A compiled selector.
#[derive(Debug)]
pub struct Selector {
    /// Whom it finds.
    pub kind: Kind,
    /// The condition.
    pub condition: Uttrykk,
}

/// How many of `kind` there are.
pub(super) fn count(town: &Town, kind: Kind) -> u32 {
    let count = match kind {
        Kind::Person => town.person_count(),
        Kind::Husstand => town.base.husstander.slag.len(),
        Kind::Virksomhet => town.virksomhet_count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Walks those of `kind` at the places `among`, evaluating `expr` for each; `each` says whether to go on.
pub(super) fn walk(
    expr: &cel::IdedExpr,
    kind: Kind,
    scope: &Scope<'_>,
    among: impl IntoIterator<Item = u32>,
    mut each: impl FnMut(u32, Verdi) -> Result<bool, EvalFault>,
) -> Result<(), EvalFault> {
    super::work::check(expr, count(scope.town, kind).into())?;
    let answers = Answers { scope, candidate: Some((kind, AtomicU32::new(0))) };
    let mut context = Context::with_env(Arc::clone(env()));
    context.set_variable_resolver(&answers);
    for index in among {
        if let Some((_, candidate)) = &answers.candidate {
            candidate.store(index, Ordering::Relaxed);
        }
        let value = Value::resolve_val(expr, &context)
            .map_err(|error| at_citizen(EvalFault::from(error), scope, kind, index))?;
        let value = unwrap(value.as_ref()).unwrap_or(Verdi::Null);
        if !each(index, value).map_err(|fault| at_citizen(fault, scope, kind, index))? {
            break;
        }
    }
    Ok(())
}

/// `fault` with the citizen it happened at, by number: a name alone would not say which.
fn at_citizen(fault: EvalFault, scope: &Scope<'_>, kind: Kind, index: u32) -> EvalFault {
    let who = super::words::answer(
        scope.town,
        scope.view,
        &entity(kind, index),
        if kind == Kind::Virksomhet { "orgnr" } else { "id" },
    );
    let who = who.and_then(|who| who.written()).unwrap_or_default();
    EvalFault::new("cel.run-at", &[kind.word(), &who, &fault.message(super::say::Lang::Nb)])
}

impl Selector {
    /// Compiles a selector for entities of `kind`, with no names but their words.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(text: &str, kind: Kind) -> Result<Self, SelectFault> {
        Self::compile_with(text, kind, &Names::new())
    }

    /// Compiles a selector for entities of `kind` with `names` beside their words.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile_with(text: &str, kind: Kind, names: &Names) -> Result<Self, SelectFault> {
        Uttrykk::compile(text, &names.clone().of_entity(kind), Want::Bool).map(|condition| Self { kind, condition })
    }

    /// Those `pick` takes, in the population's own order, newcomers last. Empty when nobody fits, or too few for a
    /// count that was asked for.
    ///
    /// # Errors
    /// When the condition cannot be computed for somebody; the fault names them.
    pub fn find(&self, town: &Arc<Town>, pick: &Pick) -> Result<Vec<Verdi>, EvalFault> {
        self.find_in(&Scope::of(town), pick)
    }

    /// As [`Selector::find`], with the names of `scope`.
    ///
    /// # Errors
    /// When the condition cannot be computed for somebody; the fault names them.
    pub fn find_in(&self, scope: &Scope<'_>, pick: &Pick) -> Result<Vec<Verdi>, EvalFault> {
        let enough = match pick {
            Pick::First => Some(1),
            Pick::Nth(place) => Some(place + 1),
            Pick::UpTo(limit) => Some(*limit),
            Pick::All(limit) => *limit,
            _ => None,
        };
        let mut found = Vec::new();
        walk(&self.condition.tree, self.kind, scope, 0..count(scope.town, self.kind), |index, value| {
            if truth(value)? {
                found.push(index);
            }
            Ok(enough.is_none_or(|enough| found.len() < enough))
        })?;
        let chosen: Vec<u32> = match pick {
            Pick::First | Pick::UpTo(_) | Pick::All(None) => found,
            Pick::All(Some(count)) => {
                if found.len() == *count {
                    found
                } else {
                    Vec::new()
                }
            }
            Pick::Nth(place) => found.get(*place).copied().into_iter().collect(),
            Pick::Last => found.last().copied().into_iter().collect(),
            Pick::Any => self.any(scope.town, &found).into_iter().collect(),
            Pick::Min(value) => {
                extreme(self.kind, &found, value, scope, std::cmp::Ordering::Less)?.into_iter().collect()
            }
            Pick::Max(value) => {
                extreme(self.kind, &found, value, scope, std::cmp::Ordering::Greater)?.into_iter().collect()
            }
        };
        Ok(chosen.into_iter().map(|index| entity(self.kind, index)).collect())
    }

    fn any(&self, town: &Town, found: &[u32]) -> Option<u32> {
        let seed = town.base.header.seed.0.to_be_bytes();
        let word = keyed_hash("select/any", &[&seed, self.condition.text().as_bytes()]).word();
        let place = usize::try_from(word % u64::try_from(found.len().max(1)).unwrap_or(1)).unwrap_or(0);
        found.get(place).copied()
    }
}

fn extreme(
    kind: Kind,
    found: &[u32],
    value: &Uttrykk,
    scope: &Scope<'_>,
    wanted: std::cmp::Ordering,
) -> Result<Option<u32>, EvalFault> {
    let mut best: Option<(u32, Verdi)> = None;
    for &index in found {
        let inner = Scope { town: scope.town, it: Some(entity(kind, index)), view: scope.view, lookup: scope.lookup };
        let value = value.eval(&inner)?;
        let better = match &best {
            None => true,
            Some((_, so_far)) => order(&value, so_far)? == wanted,
        };
        if better {
            best = Some((index, value));
        }
    }
    Ok(best.map(|(index, _)| index))
}

fn order(a: &Verdi, b: &Verdi) -> Result<std::cmp::Ordering, EvalFault> {
    match (a, b) {
        (Verdi::Int(a), Verdi::Int(b)) => Ok(a.cmp(b)),
        (Verdi::Text(a), Verdi::Text(b)) => Ok(a.cmp(b)),
        _ => match (a.instant(), b.instant()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => Err(EvalFault::new("cel.run-no-overload", &["<", &format!("{}, {}", a.type_word(), b.type_word())])),
        },
    }
}
