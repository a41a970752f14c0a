//! Where in the text a node of the tree stands. The parser gives one token per node: the operator, the dot, the
//! parenthesis; sentences want the whole of it underlined.

use std::ops::Range;

use cel::common::ast::{Expr, IdedExpr, SelectExpr, SourceInfo};

fn token(expr: &IdedExpr, source: &SourceInfo) -> Option<Range<usize>> {
    let (start, stop) = source.offset_for(expr.id)?;
    let end = (stop as usize + 1).min(source.source.len());
    Some((start as usize).min(end)..end)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The end of the parenthesis, bracket or brace that opens at `open`.
fn closing(text: &str, open: usize) -> usize {
    let (mut depth, mut quote) = (0usize, None);
    for (at, letter) in text[open..].char_indices() {
        match (quote, letter) {
            (Some(mark), letter) if letter == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return open + at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// Where the word that ends at `end` begins, spaces between them allowed.
fn word_before(text: &str, end: usize) -> Range<usize> {
    let end = text[..end].trim_end().len();
    let start = text[..end]
        .rfind(|letter: char| !is_word(letter))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    start..end
}

/// The name of the function called at `expr`: the word before the parenthesis.
pub(super) fn function(expr: &IdedExpr, source: &SourceInfo) -> Range<usize> {
    token(expr, source).map_or(0..source.source.len(), |token| word_before(&source.source, token.start))
}

/// The field of `select`: the word after the dot, or inside `has(…)`.
pub(super) fn field(expr: &IdedExpr, select: &SelectExpr, source: &SourceInfo) -> Range<usize> {
    let text = &source.source;
    let Some(token) = token(expr, source) else { return 0..text.len() };
    let from = if select.test { of(&select.operand, source).end } else { token.start };
    text[from..].find(&select.field).map_or(token, |at| from + at..from + at + select.field.len())
}

/// The variable `name` of the macro at `expr`: the first word inside its parenthesis.
pub(super) fn variable(expr: &IdedExpr, name: &str, source: &SourceInfo) -> Range<usize> {
    let text = &source.source;
    let Some(token) = token(expr, source) else { return 0..text.len() };
    text[token.start..].find(name).map_or(token.clone(), |at| token.start + at..token.start + at + name.len())
}

/// All of `expr`, from its first letter to its last.
pub(super) fn of(expr: &IdedExpr, source: &SourceInfo) -> Range<usize> {
    let text = &source.source;
    let Some(own) = token(expr, source) else { return 0..text.len() };
    let cover = |range: Range<usize>, part: &IdedExpr| {
        let part = of(part, source);
        range.start.min(part.start)..range.end.max(part.end)
    };
    match &expr.expr {
        Expr::Select(select) => {
            let name = field(expr, select, source);
            let end = if select.test { closing(text, own.start) } else { name.end };
            let start =
                if select.test { word_before(text, own.start).start } else { of(&select.operand, source).start };
            start..end
        }
        Expr::Call(call) if text[own.clone()].starts_with('(') => {
            let start = call.target.as_ref().map_or_else(|| function(expr, source).start, |it| of(it, source).start);
            start..closing(text, own.start)
        }
        Expr::Call(call) => {
            let whole = call.args.iter().fold(own.clone(), cover);
            if text[own.clone()].starts_with('[') { whole.start..closing(text, own.start) } else { whole }
        }
        Expr::Comprehension(loop_) => {
            // `sortBy` keeps its list as the accumulator's start.
            let list =
                if matches!(loop_.iter_range.expr, Expr::List(_)) { &loop_.accu_init } else { &loop_.iter_range };
            of(list, source).start..closing(text, own.start)
        }
        Expr::List(_) | Expr::Map(_) => own.start..closing(text, own.start),
        _ => own,
    }
}
