//! Why a selector found nobody: the clause that removed the last candidate, and how far it was from somebody
//! (`specs/experience.md` §21).

use std::ops::Range;

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators};

use super::check;
use super::fault::EvalFault;
use super::selector::{Selector, walk};
use super::uttrykk::{Scope, truth};
use super::verdi::Verdi;

/// What is known about an empty result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    /// Place in the selector's text of the clause that removed the last candidates.
    pub clause: Range<usize>,
    /// How many it removed.
    pub removed: usize,
    /// The nearest way to let somebody through.
    pub relaxed: Option<Relaxation>,
}

/// A clause with another number in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Relaxation {
    /// The clause as it could read.
    pub clause: String,
    /// How many candidates it would let through.
    pub passes: usize,
    /// How many of them fulfil the rest.
    pub fulfils: usize,
    /// The whole selector with it.
    pub selector: String,
}

/// `word < number` and its like: the left side, the operator, the number.
fn threshold(clause: &IdedExpr) -> Option<(&IdedExpr, &str, i64)> {
    let Expr::Call(CallExpr { func_name, args, .. }) = &clause.expr else { return None };
    let [left, right] = args.as_slice() else { return None };
    let Expr::Literal(LiteralValue::Int(number)) = &right.expr else { return None };
    let operator = match func_name.as_str() {
        operators::LESS => "<",
        operators::LESS_EQUALS => "<=",
        operators::GREATER => ">",
        operators::GREATER_EQUALS => ">=",
        operators::EQUALS => "==",
        _ => return None,
    };
    Some((left, operator, *number.inner()))
}

/// The operator and number that just let `value` through where `operator number` did not.
fn relax(operator: &str, number: i64, value: i64) -> Option<(&'static str, i64)> {
    match operator {
        ">" | ">=" if value < number || value == number && operator == ">" => Some((">=", value)),
        "<" | "<=" if value > number || value == number && operator == "<" => Some(("<=", value)),
        "==" => Some(if value > number { ("<=", value) } else { (">=", value) }),
        _ => None,
    }
}

impl Selector {
    /// Says why nobody was found in `scope`; `None` when the condition is no conjunction that removes people one by
    /// one, or when somebody was found after all.
    ///
    /// # Errors
    /// When a clause cannot be computed for somebody.
    pub fn diagnose(&self, scope: &Scope<'_>) -> Result<Option<Diagnosis>, EvalFault> {
        let clauses = self.condition.clauses();
        let everybody: Vec<u32> = (0..super::selector::count(scope.town, self.kind)).collect();
        let mut left = everybody;
        for (place, clause) in clauses.iter().enumerate() {
            let after = self.passing(clause, scope, &left)?;
            if !after.is_empty() {
                left = after;
                continue;
            }
            let relaxed = self.relaxed(&clauses, place, scope, &left)?;
            let clause = check::extent_of(clause, &self.condition.source);
            return Ok(Some(Diagnosis { clause, removed: left.len(), relaxed }));
        }
        Ok(None)
    }

    /// Those of `among` for whom `clause` holds. A clause that cannot be computed for somebody whom an earlier clause
    /// would have removed must not end the search, so only `among` is asked.
    fn passing(&self, clause: &IdedExpr, scope: &Scope<'_>, among: &[u32]) -> Result<Vec<u32>, EvalFault> {
        let values = self.values(clause, scope, among)?;
        let mut passing = Vec::new();
        for (index, value) in values {
            if truth(value)? {
                passing.push(index);
            }
        }
        Ok(passing)
    }

    fn values(&self, expr: &IdedExpr, scope: &Scope<'_>, among: &[u32]) -> Result<Vec<(u32, Verdi)>, EvalFault> {
        let mut values = Vec::with_capacity(among.len());
        walk(expr, self.kind, scope, among.iter().copied(), |index, value| {
            values.push((index, value));
            Ok(true)
        })?;
        Ok(values)
    }

    fn relaxed(
        &self,
        clauses: &[&IdedExpr],
        place: usize,
        scope: &Scope<'_>,
        among: &[u32],
    ) -> Result<Option<Relaxation>, EvalFault> {
        let Some((word, operator, number)) = threshold(clauses[place]) else { return Ok(None) };
        let values: Vec<(u32, i64)> = self
            .values(word, scope, among)?
            .into_iter()
            .filter_map(|(index, value)| if let Verdi::Int(value) = value { Some((index, value)) } else { None })
            .collect();
        let Some(nearest) = values.iter().map(|&(_, value)| value).min_by_key(|value| value.abs_diff(number)) else {
            return Ok(None);
        };
        let Some((operator, number)) = relax(operator, number, nearest) else { return Ok(None) };
        let through = |value: i64| if operator == ">=" { value >= number } else { value <= number };
        let passes: Vec<u32> =
            values.into_iter().filter(|&(_, value)| through(value)).map(|(index, _)| index).collect();
        let mut fulfils = passes.clone();
        for clause in &clauses[place + 1..] {
            fulfils = self.passing(clause, scope, &fulfils)?;
        }
        let text = self.condition.text();
        let span = check::extent_of(clauses[place], &self.condition.source);
        let word = &text[check::extent_of(word, &self.condition.source)];
        let clause = format!("{word} {operator} {number}");
        let selector = format!("{}{clause}{}", &text[..span.start], &text[span.end..]);
        Ok(Some(Relaxation { clause, passes: passes.len(), fulfils: fulfils.len(), selector }))
    }
}
