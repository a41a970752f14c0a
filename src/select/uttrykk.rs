//! A compiled expression and its evaluation.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cel::common::ast::{CallExpr, Expr, IdedExpr, SourceInfo, operators};
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use cel::{Context, Value};

use super::boks::{unwrap, wrap};
use super::builtins::env;
use super::check::{self, Names};
use super::enheter;
use super::fault::{EvalFault, SelectFault};
use super::types::Ty;
use super::verdi::Verdi;
use super::words::{self, Kind};
use super::work::is_readable;
use crate::town::model::{HusstandId, PersonId};
use crate::town::state::Town;

/// What the place of an expression can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// Anything.
    Anything,
    /// True or false.
    Bool,
    /// A person, household or organisation, or a list of them.
    Ref,
    /// A number, text or time that can be ordered.
    Ordered,
}

/// An expression, checked and ready to run.
#[derive(Debug)]
pub struct Uttrykk {
    text: String,
    pub(super) tree: IdedExpr,
    pub(super) source: SourceInfo,
    ty: Ty,
}

/// How much of the town an expression sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum View {
    /// Everything: scripts and expectations run inside the town.
    #[default]
    Whole,
    /// What may leave the town: hidden homes are nothing, so that no question can be put that gives one away by its
    /// answer (`DESIGN` §9).
    Outside,
}

/// What an expression is evaluated with.
pub struct Scope<'a> {
    /// The town as it stands.
    pub town: &'a Arc<Town>,
    /// What `it` is, and whose words stand bare.
    pub it: Option<Verdi>,
    /// How much of the town it sees.
    pub view: View,
    /// Every other name. Names of instants are asked for as `@naar entry` and `@naar entry field`.
    pub lookup: &'a (dyn Fn(&str) -> Option<Verdi> + Sync),
}

impl<'a> Scope<'a> {
    /// A scope with nothing but the town.
    #[must_use]
    pub fn of(town: &'a Arc<Town>) -> Self {
        Self { town, it: None, view: View::Whole, lookup: &|_| None }
    }

    /// The same for somebody outside: hidden homes are nothing.
    #[must_use]
    pub fn outside(town: &'a Arc<Town>) -> Self {
        Self { view: View::Outside, ..Self::of(town) }
    }
}

/// What answers names while an expression runs. The candidate is a number that can be changed between runs, so that a
/// selector walks a whole town with one context.
pub(super) struct Answers<'a> {
    pub(super) scope: &'a Scope<'a>,
    pub(super) candidate: Option<(Kind, AtomicU32)>,
}

impl Answers<'_> {
    fn it(&self) -> Option<Verdi> {
        match &self.candidate {
            Some((kind, index)) => Some(entity(*kind, index.load(Ordering::Relaxed))),
            None => self.scope.it.clone(),
        }
    }

    fn answer(&self, name: &str) -> Option<Verdi> {
        // Names the check has rewritten are asked for too: dotted paths and types come by here and find nothing.
        if name.contains('.') {
            return None;
        }
        if let Some((kind, index)) = &self.candidate {
            let index = index.load(Ordering::Relaxed);
            let (town, view) = (self.scope.town, self.scope.view);
            let word = match kind {
                Kind::Person => words::of_person(town, view, PersonId(index), name),
                Kind::Husstand => words::of_husstand(town, view, HusstandId(index), name),
                Kind::Virksomhet => enheter::of_virksomhet(town, view, index, name),
            };
            if word.is_some() {
                return word;
            }
        } else if let Some(it) = &self.scope.it {
            let word = match it {
                Verdi::Kart(kart) => kart.get(name).cloned(),
                entity => words::answer(self.scope.town, self.scope.view, entity, name),
            };
            if word.is_some() {
                return word;
            }
        }
        if name == "it" { self.it() } else { (self.scope.lookup)(name) }
    }
}

/// The entity of `kind` at position `index`.
pub(super) fn entity(kind: Kind, index: u32) -> Verdi {
    match kind {
        Kind::Person => Verdi::Person(PersonId(index)),
        Kind::Husstand => Verdi::Husstand(HusstandId(index)),
        Kind::Virksomhet => Verdi::Virksomhet(index),
    }
}

impl VariableResolver for Answers<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        self.answer(name).map(|verdi| CowVal::Owned(wrap(Some((self.scope.town, self.scope.view)), verdi)))
    }
}

/// A syntax fault of the parser as a sentence and a place.
fn syntax(text: &str, errors: &cel::ParseErrors, names: &Names) -> SelectFault {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let line_start: usize = text.split_inclusive('\n').take(usize::try_from(line - 1).unwrap_or(0)).map(str::len).sum();
    // The parser counts letters, not bytes.
    let letters = text[line_start..].char_indices().map(|(at, _)| line_start + at);
    let at = letters.chain([text.len()]).nth(usize::try_from(column - 1).unwrap_or(0)).unwrap_or(text.len());
    let message = first.map_or("", |error| error.msg.as_str());
    let rest = &text[at..];
    let fault = |span: std::ops::Range<usize>, key, parts, near| SelectFault { span, code: "BB1302", key, parts, near };
    let Some(letter) = rest.trim_start().chars().next().filter(|_| !message.contains("<EOF>' expecting")) else {
        return fault(at..at, "cel.unfinished", Vec::new(), None);
    };
    if letter.is_alphabetic() && !letter.is_ascii() {
        let in_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let start = text[..at].rfind(|letter| !in_word(letter)).map_or(0, |place| place + 1);
        let end = at + rest.find(|letter| !in_word(letter)).unwrap_or(rest.len());
        let word = text[start..end].to_owned();
        let near = names.suggestion(&word);
        return fault(start..end, "cel.norwegian-letter", vec![word], near);
    }
    let end = rest.find(char::is_whitespace).filter(|end| *end > 0).unwrap_or(rest.len());
    if rest.starts_with('=') && !rest.starts_with("==") {
        return fault(at..at + 1, "cel.single-equals", Vec::new(), None);
    }
    fault(at..at + end, "cel.syntax", vec![rest[..end].to_owned()], None)
}

fn suits(ty: &Ty, want: Want) -> bool {
    match want {
        Want::Anything => true,
        Want::Bool => matches!(ty, Ty::Any | Ty::Bool),
        Want::Ref => match ty {
            Ty::Any | Ty::Null | Ty::Entity(_) => true,
            Ty::List(element) => matches!(**element, Ty::Any | Ty::Entity(_)),
            _ => false,
        },
        Want::Ordered => matches!(ty, Ty::Any | Ty::Int | Ty::Text | Ty::Kode(_) | Ty::Dato | Ty::Tid),
    }
}

impl Uttrykk {
    /// Compiles `text` with the names in `names` for a place that wants `want`.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with its place in the text.
    pub fn compile(text: &str, names: &Names, want: Want) -> Result<Self, SelectFault> {
        let fault = |key, parts: &[&str]| SelectFault {
            span: 0..text.len(),
            code: "BB1302",
            key,
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            near: None,
        };
        if text.trim().is_empty() {
            return Err(fault("cel.empty", &[]));
        }
        if !is_readable(text) {
            return Err(fault("cel.long", &[]));
        }
        let (tree, source) =
            env().parser().parse_with_source_info(text).map_err(|errors| syntax(text, &errors, names))?;
        let (tree, ty) = check::check(&tree, &source, names)?;
        if !suits(&ty, want) {
            let key = match want {
                Want::Ref => "cel.want-ref",
                Want::Ordered => "cel.want-ordered",
                Want::Bool | Want::Anything => "cel.want-bool",
            };
            return Err(fault(key, &[ty.word()]));
        }
        Ok(Self { text: text.to_owned(), tree, source, ty })
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it gives, as far as is known.
    #[must_use]
    pub fn ty(&self) -> &Ty {
        &self.ty
    }

    /// Evaluates it.
    ///
    /// # Errors
    /// When something in it cannot be computed; that is never the same as false.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Verdi, EvalFault> {
        super::work::check(&self.tree, 1)?;
        let answers = Answers { scope, candidate: None };
        let mut context = Context::with_env(Arc::clone(env()));
        context.set_variable_resolver(&answers);
        run(&self.tree, &context)
    }

    /// Evaluates it to true or false.
    ///
    /// # Errors
    /// As [`Uttrykk::eval`], and when it gives something else.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvalFault> {
        truth(self.eval(scope)?)
    }

    /// The text of the first part joined by `&&` that does not hold, for sentences; `None` when all hold.
    #[must_use]
    pub fn first_false(&self, scope: &Scope<'_>) -> Option<&str> {
        let answers = Answers { scope, candidate: None };
        let mut context = Context::with_env(Arc::clone(env()));
        context.set_variable_resolver(&answers);
        let fails = |clause: &&&IdedExpr| run(clause, &context).and_then(truth) != Ok(true);
        let clause = self.clauses();
        let clause = clause.iter().find(fails)?;
        self.text.get(check::extent_of(clause, &self.source))
    }

    /// The parts joined by `&&` at the top, in order, as trees of their own with their place in the text.
    pub(super) fn clauses(&self) -> Vec<&IdedExpr> {
        let mut clauses = Vec::new();
        let mut left = vec![&self.tree];
        while let Some(expr) = left.pop() {
            match &expr.expr {
                Expr::Call(CallExpr { func_name, args, .. }) if func_name == operators::LOGICAL_AND => {
                    left.extend(args.iter().rev());
                }
                _ => clauses.push(expr),
            }
        }
        clauses
    }
}

/// Evaluates `tree` in `context`.
pub(super) fn run<'e>(tree: &'e IdedExpr, context: &'e Context<'_, '_>) -> Result<Verdi, EvalFault> {
    let value = Value::resolve_val(tree, context)?;
    unwrap(value.as_ref()).ok_or_else(|| EvalFault::new("cel.run-type", &[value.get_type().name()]))
}

/// A verdict from `value`.
pub(super) fn truth(value: Verdi) -> Result<bool, EvalFault> {
    match value {
        Verdi::Bool(value) => Ok(value),
        other => Err(EvalFault::new("cel.run-not-bool", &[other.type_word()])),
    }
}
