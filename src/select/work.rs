//! How much work an expression may be (`specs/experience.md` §20): a question is answered or refused, it never hangs.
//!
//! The work is estimated before anything runs. What stands in the text has its own size; lists the town answers with
//! are taken to be as long as such lists are at most, nearly. The estimate depends on the expression and the number of
//! candidates alone, so a refusal is the same on every machine and costs nothing while an expression runs.

use std::collections::BTreeMap;

use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, operators};

use super::fault::EvalFault;

/// Key of the fault of an expression that is too much work.
pub const TOO_MUCH: &str = "cel.work";
/// Deepest nesting of brackets. The parser, the check and the interpreter all walk down into them.
const DEEPEST: usize = 24;
/// Most operators and dots. A chain of them is as deep as it is long.
const OPERATORS: usize = 256;
/// Longest expression, bytes.
const LONGEST: usize = 16 << 10;
/// Steps every walk may take, however few it walks over.
const FREE: u64 = 20_000_000;
/// Further steps for each candidate.
const EACH: u64 = 10_000;
/// Largest value a text can be computed to, as counted here: letters and elements.
const LARGEST: u64 = 1 << 20;
/// Size assumed of what is not in the text: a name, a list of children, a field of a document.
const ASSUMED: u64 = 8;
/// Lists of the town that are longer in some places: households of an institution, workers of a business.
const LONG: [(&str, u64); 3] = [("medlemmer", 64), ("voksne", 64), ("roller", 64)];

/// Steps a walk over `candidates` may take in all.
fn allowed(candidates: u64) -> u64 {
    FREE.saturating_add(candidates.saturating_mul(EACH))
}

/// Refuses an expression whose own loops are too much for `candidates`.
///
/// # Errors
/// `cel.work` with both numbers.
pub(super) fn check(expr: &IdedExpr, candidates: u64) -> Result<(), EvalFault> {
    let estimate = estimate(expr, &BTreeMap::new());
    let (work, allowed) = (estimate.work.saturating_mul(candidates), allowed(candidates));
    if work > allowed || estimate.size > LARGEST {
        return Err(EvalFault::new(TOO_MUCH, &[&work.to_string(), &allowed.to_string()]));
    }
    Ok(())
}

/// Whether `text` is short and flat enough to be read at all: everybody who walks over an expression does so by recursion.
pub(super) fn is_readable(text: &str) -> bool {
    let (mut depth, mut deepest, mut operators, mut quote, mut escaped) = (0_usize, 0, 0, None, false);
    for letter in text.chars() {
        if let Some(mark) = quote {
            if letter == mark && !escaped {
                quote = None;
            }
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '\'' | '"' => quote = Some(letter),
            '(' | '[' | '{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '?' | '.' | '&' | '|' | '<' | '>' | '=' => operators += 1,
            _ => {}
        }
    }
    text.len() <= LONGEST && deepest <= DEEPEST && operators <= OPERATORS
}

/// What evaluating a part costs at most as far as the text says, and how large its value can be.
#[derive(Clone, Copy)]
struct Estimate {
    work: u64,
    size: u64,
}

fn estimate(expr: &IdedExpr, sizes: &BTreeMap<&str, u64>) -> Estimate {
    let of = |part: &IdedExpr| estimate(part, sizes);
    let sum = |parts: &[Estimate]| Estimate {
        work: parts.iter().fold(1, |sum: u64, part| sum.saturating_add(part.work)),
        size: parts.iter().fold(0, |sum: u64, part| sum.saturating_add(part.size)),
    };
    match &expr.expr {
        Expr::Unspecified => Estimate { work: 1, size: 1 },
        Expr::Literal(LiteralValue::String(text)) => {
            Estimate { work: 1, size: u64::try_from(text.inner().len()).unwrap_or(u64::MAX).max(1) }
        }
        Expr::Literal(_) => Estimate { work: 1, size: 1 },
        Expr::Ident(name) => {
            Estimate { work: 1, size: sizes.get(name.as_str()).copied().unwrap_or_else(|| of_word(name)) }
        }
        Expr::Select(select) => {
            Estimate { work: of(&select.operand).work.saturating_add(1), size: of_word(&select.field) }
        }
        Expr::List(list) => sum(&list.elements.iter().map(of).collect::<Vec<_>>()),
        Expr::Map(map) => sum(&map.entries.iter().flat_map(|entry| of_entry(&entry.expr, sizes)).collect::<Vec<_>>()),
        Expr::Struct(object) => {
            sum(&object.entries.iter().flat_map(|entry| of_entry(&entry.expr, sizes)).collect::<Vec<_>>())
        }
        Expr::Call(call) => {
            let parts: Vec<Estimate> =
                call.target.iter().map(|target| of(target)).chain(call.args.iter().map(of)).collect();
            let all = sum(&parts);
            let (first, rest) = (parts.first().map_or(1, |part| part.size), parts.iter().skip(1));
            let size = match call.func_name.as_str() {
                operators::ADD => all.size,
                // Each letter, or each element, may become as long as the other arguments.
                "replace" | "join" => rest.fold(first, |size, part| size.saturating_mul(part.size.saturating_add(1))),
                operators::CONDITIONAL => all.size,
                _ => first,
            };
            // What a function does grows with what it is given; an operator looks at little of it.
            let is_operator = call.func_name.starts_with(['_', '!', '-']) && call.func_name != operators::ADD;
            Estimate { work: if is_operator { all.work } else { all.work.saturating_add(all.size) }, size }
        }
        Expr::Comprehension(comprehension) => of_loop(comprehension, sizes),
    }
}

/// Size assumed of what a word of the town gives.
fn of_word(word: &str) -> u64 {
    LONG.iter().find(|(long, _)| *long == word).map_or(ASSUMED, |(_, size)| *size)
}

fn of_entry(entry: &EntryExpr, sizes: &BTreeMap<&str, u64>) -> Vec<Estimate> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![estimate(&entry.key, sizes), estimate(&entry.value, sizes)],
        EntryExpr::StructField(field) => vec![estimate(&field.value, sizes)],
    }
}

fn of_loop(comprehension: &ComprehensionExpr, sizes: &BTreeMap<&str, u64>) -> Estimate {
    let range = estimate(&comprehension.iter_range, sizes);
    let start = estimate(&comprehension.accu_init, sizes);
    let mut inner = sizes.clone();
    inner.insert(comprehension.iter_var.as_str(), range.size.max(1));
    inner.insert(comprehension.accu_var.as_str(), start.size.max(1));
    let (step, condition) = (estimate(&comprehension.loop_step, &inner), estimate(&comprehension.loop_cond, &inner));
    let once = step.work.saturating_add(condition.work).saturating_add(1);
    let result = estimate(&comprehension.result, &inner);
    Estimate {
        work: range
            .work
            .saturating_add(start.work)
            .saturating_add(range.size.saturating_mul(once))
            .saturating_add(result.work),
        size: range.size.saturating_mul(step.size.max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::builtins::env;

    fn verdict(text: &str, candidates: u64) -> bool {
        let (tree, _) = env().parser().parse_with_source_info(text).unwrap();
        check(&tree, candidates).is_ok()
    }

    #[test]
    fn what_people_ask_is_allowed_in_a_town_of_any_size() {
        for text in [
            "bosatt && kjoenn == 'kvinne' && alder >= 26 && alder <= 36 && barn.size() == 0",
            "barn.exists(b, b.alder < 6 && b.barnehage == null)",
            "husstand.medlemmer.all(m, m.alder >= 18)",
            "foreldre.exists(f, f.barn.exists(b, b.doed))",
            "husstand.medlemmer.exists(m, m.barn.exists(b, b.alder < 1))",
            "adresse.postnummer in ['0001', '0002', '0003', '0004', '0005', '0006', '0007', '0008', '0009', '0010']",
            "navn.matches('^(Kari|Ola) .*sen$') && etternavn.replace('sen', 'datter').size() > 3",
        ] {
            assert!(verdict(text, 6_000_000), "{text}");
        }
    }

    /// What `cli::main` gives the threads of a server.
    const STACK: usize = 16 << 20;

    #[test]
    fn the_deepest_expression_that_is_read_fits_on_a_stack() {
        use crate::select::{Kind, Pick, Scope, Selector, village::village};
        let chains = [
            format!("alder == 1{}", "+1".repeat(254)),
            format!("{}bosatt", "!".repeat(256)),
            format!("alder == {}1", "-".repeat(250)),
            format!("{}bosatt{}", "(".repeat(24), ")".repeat(24)),
            format!("{}bosatt", "bosatt ? bosatt : ".repeat(200)),
            format!("bosatt{}", " && bosatt".repeat(128)),
            format!("alder == {}1{}", "[".repeat(24), "]".repeat(24)),
            format!("'a'{} == ''", ".trim()".repeat(250)),
        ];
        for text in chains {
            assert!(is_readable(&text), "{text}");
            let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
                let town = village();
                if let Ok(selector) = Selector::compile(&text, Kind::Person) {
                    let _ = selector.find(&town, &Pick::All(None));
                    let _ = selector.diagnose(&Scope::of(&town));
                }
            });
            thread.unwrap().join().unwrap();
        }
        for text in [
            format!("{}bosatt{}", "(".repeat(25), ")".repeat(25)),
            format!("alder == 1{}", "+1".repeat(256)),
            format!("'{}' == navn", "a".repeat(LONGEST)),
        ] {
            assert!(!is_readable(&text) && Selector::compile(&text, Kind::Person).is_err());
        }
        assert!(is_readable("navn.matches('((((((((((((((((((((((((((((((a++++))))))))))))))))))))))))))))))')"));
    }

    #[test]
    fn what_would_hang_is_refused() {
        let list = format!("[{}]", vec!["1"; 40].join(","));
        let nested =
            |depth: usize| (0..depth).fold("true".to_owned(), |inner, level| format!("{list}.all(x{level}, {inner})"));
        let kin = |depth: usize| {
            let start = "true".to_owned();
            (0..depth).fold(start, |inner, level| format!("y{}.barn.all(y{level}, {inner})", level + 1))
        };
        let letters = "a".repeat(1500);
        for text in [
            nested(3),
            nested(5),
            kin(6).replace("y6.", ""),
            "husstand.medlemmer.all(a, a.husstand.medlemmer.all(b, b.husstand.medlemmer.all(c, c.doed)))".to_owned(),
            format!("'{letters}'.replace('a', '{letters}').size() > 1"),
            format!("{list}.map(x, '{letters}').map(y, '{letters}').size() > 1"),
        ] {
            assert!(!verdict(&text, 5_000), "{}", &text[..80]);
        }
        assert!(verdict(&nested(1), 6_000_000), "one list is nothing");
    }
}
