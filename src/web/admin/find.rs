//! Selectors as somebody outside the town may put them: a hidden home is nothing to them.

use std::sync::Arc;

use super::problem::{Code, Problem};
use crate::base::Foedselsnummer;
use crate::select::{EvalFault, Kind, Lang, Pick, Scope, Selector, TOO_MUCH, Verdi};
use crate::town::Town;
use crate::town::model::PersonKey;

/// The one person that `text` names: by identity number, or the first that a selector finds in the population's own
/// order.
pub(super) async fn one_by(town: &Arc<Town>, text: &str, place: &str) -> Result<PersonKey, Problem> {
    if is_number(text) {
        return by_number(town, text).map_err(|problem| Problem { code: Code::Nobody, ..problem }.at(place));
    }
    let found = entities(town, text, Kind::Person, place, Pick::First).await?;
    let person = found.first().and_then(|value| match value {
        Verdi::Person(id) => Some(town.key_of(*id)),
        _ => None,
    });
    person.ok_or_else(|| Problem::new(Code::Nobody, "the selector finds nobody").at(place))
}

/// Everybody that `text` names: one by identity number, or all that a selector finds.
pub(super) async fn all_by(town: &Arc<Town>, text: &str, place: &str) -> Result<Vec<PersonKey>, Problem> {
    if is_number(text) {
        return by_number(town, text).map(|key| vec![key]).map_err(|problem| problem.at(place));
    }
    let found = entities(town, text, Kind::Person, place, Pick::All(None)).await?;
    let key = |value: &Verdi| match value {
        Verdi::Person(id) => Some(town.key_of(*id)),
        _ => None,
    };
    Ok(found.iter().filter_map(key).collect())
}

/// Whether `text` could be an identity number.
pub(super) fn is_number(text: &str) -> bool {
    text.len() == 11 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Those of `kind` that the selector `text` finds; a problem with the reason when there are none.
pub(super) async fn entities(
    town: &Arc<Town>,
    text: &str,
    kind: Kind,
    place: &str,
    pick: Pick,
) -> Result<Vec<Verdi>, Problem> {
    let (town, owned, at) = (town.clone(), text.to_owned(), place.to_owned());
    // A selector over a large town is a tenth of a second of computation.
    let found = tokio::task::spawn_blocking(move || {
        let selector = Selector::compile(&owned, kind).map_err(|fault| {
            let column = owned.get(..fault.span.start).map_or(0, |before| before.chars().count()) + 1;
            let near = fault.near.clone();
            Problem::new(Code::Selector, format!("{} (column {column})", fault.message(Lang::En)))
                .near(near.as_deref())
                .at(at.clone())
        })?;
        let run = |fault: EvalFault| {
            let code = if fault.key == TOO_MUCH { Code::SelectorWork } else { Code::SelectorRun };
            Problem::new(code, fault.message(Lang::En)).at(at.clone())
        };
        let found = selector.find_in(&Scope::outside(&town), &pick).map_err(run)?;
        if found.is_empty() {
            return Err(nobody(&selector, &town, &owned).at(at.clone()));
        }
        Ok(found)
    });
    found.await.map_err(|panic| Problem::new(Code::Internal, panic.to_string()))?
}

/// Places in their list of those of `kind` that the selector finds, in order. A list of nobody is an answer.
pub(super) async fn places(town: &Arc<Town>, text: &str, kind: Kind) -> Result<Vec<u32>, Problem> {
    let found = match entities(town, text, kind, "?where", Pick::All(None)).await {
        Err(problem) if problem.code == Code::Nobody => Vec::new(),
        found => found?,
    };
    let place = |value: &Verdi| match value {
        Verdi::Person(id) => Some(id.0),
        Verdi::Husstand(id) => Some(id.0),
        Verdi::Virksomhet(place) => Some(*place),
        _ => None,
    };
    Ok(found.iter().filter_map(place).collect())
}

/// Why `selector` finds nobody: the clause that removed the last candidates, and the nearest one that would not.
fn nobody(selector: &Selector, town: &Arc<Town>, text: &str) -> Problem {
    let problem = Problem::new(Code::Nobody, "the selector finds nobody");
    let Ok(Some(diagnosis)) = selector.diagnose(&Scope::outside(town)) else { return problem };
    let clause = text.get(diagnosis.clause.clone()).unwrap_or("");
    let detail = format!("the selector finds nobody: `{clause}` removed the last {}", diagnosis.removed);
    let problem = Problem { detail, ..problem };
    match diagnosis.relaxed {
        Some(relaxed) => problem
            .hint(format!("`{}` would let {} through", relaxed.clause, relaxed.passes))
            .near(Some(&relaxed.selector)),
        None => problem,
    }
}

/// The person with number `text`. The number is not repeated in the answer: it may be a real person's.
pub(super) fn by_number(town: &Town, text: &str) -> Result<PersonKey, Problem> {
    let found = Foedselsnummer::parse(text).ok().and_then(|nummer| town.find(nummer));
    found.map(|id| town.key_of(id)).ok_or_else(|| {
        Problem::new(Code::UnknownPerson, "nobody in this world has that identity number")
            .hint("only synthetic numbers live here: the month is shown with 80 added")
    })
}
