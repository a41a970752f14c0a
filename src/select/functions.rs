//! Which functions expressions may call. The table is data; what ours do is in `builtins`, the others are CEL's.

use std::sync::OnceLock;

use super::types::Ty;

const TABLE: &str = include_str!("functions.tsv");

/// The macros of CEL: the parser has turned them into loops before we see them.
pub(super) const MACROS: [&str; 7] = ["has", "exists", "all", "exists_one", "filter", "map", "sortBy"];

/// Words CEL keeps for itself; no declared name may be one.
pub(super) const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// One way to call a function.
pub(super) struct Function {
    pub(super) name: &'static str,
    /// Types of what stands before the dot; empty for a call without.
    pub(super) receiver: Vec<&'static str>,
    /// Alternatives for each argument.
    pub(super) args: Vec<Vec<&'static str>>,
    /// How many of them must be there.
    pub(super) required: usize,
    result: &'static str,
    /// Whether this version has it.
    pub(super) now: bool,
}

pub(super) fn table() -> &'static [Function] {
    static ROWS: OnceLock<Vec<Function>> = OnceLock::new();
    ROWS.get_or_init(|| TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect())
}

fn row(line: &'static str) -> Option<Function> {
    let mut cells = line.split('\t');
    let (name, receiver, args, result, status) =
        (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let words = |text: &'static str| if text == "-" { Vec::new() } else { text.split(',').collect() };
    let args: Vec<&str> = if args == "-" { Vec::new() } else { args.split(' ').collect() };
    Some(Function {
        name,
        receiver: words(receiver),
        required: args.iter().filter(|arg| !arg.ends_with('?')).count(),
        args: args.iter().map(|arg| words(arg.trim_end_matches('?'))).collect(),
        result,
        now: status == "now",
    })
}

impl Function {
    /// The type of a call whose receiver, or else first argument, is `first`.
    pub(super) fn result(&self, first: Option<&Ty>) -> Ty {
        match self.result {
            "int" => Ty::Int,
            "bool" => Ty::Bool,
            "string" => Ty::Text,
            "dato" => Ty::Dato,
            "tid" => Ty::Tid,
            "spenn" => Ty::Spenn,
            "list" => Ty::list(Ty::Any),
            "same" => first.cloned().unwrap_or(Ty::Any),
            "element" => match first {
                Some(Ty::List(element)) => (**element).clone(),
                _ => Ty::Any,
            },
            _ => Ty::Any,
        }
    }
}

/// Whether a value of type `ty` may stand where one of `allowed` is wanted, as far as is known before it runs.
pub(super) fn fits(ty: &Ty, allowed: &[&str]) -> bool {
    let word = match ty {
        Ty::Map(_) => "map",
        ty => ty.word(),
    };
    matches!(ty, Ty::Any) || allowed.contains(&"any") || allowed.contains(&word)
}

/// Names of all functions and macros that can be called now.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    table().iter().filter(|function| function.now).map(|function| function.name).chain(MACROS)
}
