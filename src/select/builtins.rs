//! What the functions do that CEL lacks, and the environment that holds them.

use std::cmp::Ordering;
use std::sync::{Arc, OnceLock};

use cel::common::functions::Function;
use cel::common::types::{DYN_TYPE, LIST_TYPE, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{Env, ExecutionError, extensions};
use jsonpath_rust::JsonPath;

use super::boks::{self, Boks, unwrap, wrap};
use super::rules;
use super::verdi::Verdi;
use crate::base::{Foedselsnummer, Orgnummer};
use crate::clock::{Instant, Span, virkedager_between};

pub(super) type Answer<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;
pub(super) type Args<'b, 'v> = Vec<CowVal<'b, 'v>>;

/// The environment of all expressions: CEL's standard library without optionals, its string and list extensions, and
/// our functions.
pub(super) fn env() -> &'static Arc<Env> {
    static ENV: OnceLock<Arc<Env>> = OnceLock::new();
    ENV.get_or_init(|| Arc::new(build().expect("the names of our functions are free: a test evaluates each")))
}

fn build() -> Result<Env, cel::DeclarationError> {
    let mut env = Env::stdlib().with_optional_support(false);
    env.add_extension(extensions::strings)?;
    env.add_extension(extensions::lists)?;
    let any = || DYN_TYPE;
    env.add_member_overload("alder", "person_alder", boks::PERSON.to_owned(), vec![any()], alder)?;
    for (id, entity) in [("person_inntekt", &boks::PERSON), ("husstand_inntekt", &boks::HUSSTAND)] {
        env.add_member_overload("inntekt", id, entity.to_owned(), vec![any()], inntekt)?;
    }
    let globals: [(&str, Vec<cel::common::types::Type>, Function); 13] = [
        ("dato", vec![STRING_TYPE], dato),
        ("tid", vec![STRING_TYPE], tid),
        ("spenn", vec![STRING_TYPE], spenn),
        ("dager_mellom", vec![any(), any()], dager_mellom),
        ("virkedager", vec![any(), any()], virkedager),
        ("sum", vec![LIST_TYPE], sum),
        ("minst", vec![LIST_TYPE], minst),
        ("stoerst", vec![LIST_TYPE], stoerst),
        ("runde", vec![any(), any()], runde),
        ("oere", vec![any()], oere),
        ("jsonpath", vec![any(), STRING_TYPE], jsonpath),
        ("finnes", vec![any(), STRING_TYPE], finnes),
        ("er_syntetisk", vec![STRING_TYPE], er_syntetisk),
    ];
    for (name, args, function) in globals {
        env.add_overload(name, &format!("byteby_{name}"), args, function)?;
    }
    for regel in &rules::REGLER {
        env.add_overload(regel.funksjon, regel.funksjon, regel.tar().iter().map(|_| any()).collect(), regel.regn)?;
    }
    for (id, ty) in boks::time_types() {
        env.add_overload("string", id, vec![ty.to_owned()], written)?;
    }
    Ok(env)
}

pub(super) fn give<'b, 'v>(verdi: Verdi) -> Answer<'b, 'v> {
    Ok(CowVal::Owned(wrap(None, verdi)))
}

pub(super) fn no(function: &str, why: &str) -> ExecutionError {
    ExecutionError::function_error(function, why)
}

/// The value of argument `at`.
fn arg(function: &str, args: &Args<'_, '_>, at: usize) -> Result<Verdi, ExecutionError> {
    args.get(at)
        .and_then(|value| unwrap(value.as_ref()))
        .ok_or_else(|| no(function, "an argument that is neither a value nor an entity"))
}

fn text_arg(function: &str, args: &Args<'_, '_>, at: usize) -> Result<Arc<str>, ExecutionError> {
    match arg(function, args, at)? {
        Verdi::Text(text) => Ok(text),
        other => Err(no(function, &format!("string, not {}", other.type_word()))),
    }
}

pub(super) fn time_arg(function: &str, args: &Args<'_, '_>, at: usize) -> Result<Verdi, ExecutionError> {
    let value = arg(function, args, at)?;
    if value.instant().is_some() {
        Ok(value)
    } else {
        Err(no(function, &format!("dato/tid, not {}", value.type_word())))
    }
}

fn int_arg(function: &str, args: &Args<'_, '_>, at: usize) -> Result<i64, ExecutionError> {
    match arg(function, args, at)? {
        Verdi::Int(number) => Ok(number),
        other => Err(no(function, &format!("int, not {}", other.type_word()))),
    }
}

fn alder<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let person = args.first().and_then(|it| it.downcast_ref::<Boks>()).and_then(Boks::person);
    let at = time_arg("alder", &args, 1)?;
    let at = at.instant().ok_or_else(|| no("alder", "dato/tid"))?;
    let years = person.map(|person| person.alder_at(at)).ok_or_else(|| no("alder", "person"))?;
    give(Verdi::Int(years.into()))
}

fn inntekt<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let aar = int_arg("inntekt", &args, 1)?;
    let entity = args.first().and_then(|it| it.downcast_ref::<Boks>());
    let sum = entity.and_then(|entity| entity.inntekt(aar)).ok_or_else(|| no("inntekt", &aar.to_string()))?;
    give(Verdi::Int(sum * 100))
}

/// Reads a constant of time as the function `name` does; the check uses it before anything runs.
pub(super) fn constant(name: &str, text: &str) -> Option<Verdi> {
    match name {
        "dato" if text.len() == 10 => text.parse().ok().map(Verdi::Dato),
        "tid" => Instant::parse(text).map(Verdi::Tid),
        "spenn" => Span::parse(text).ok().map(Verdi::Spenn),
        _ => None,
    }
}

fn read_constant<'b, 'v>(name: &'static str, args: &Args<'b, 'v>) -> Answer<'b, 'v> {
    let text = text_arg(name, args, 0)?;
    constant(name, &text).ok_or_else(|| no(name, &text)).and_then(give)
}

fn dato<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    read_constant("dato", &args)
}

fn tid<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    read_constant("tid", &args)
}

fn spenn<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    read_constant("spenn", &args)
}

fn written<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let text = arg("string", &args, 0)?.written().ok_or_else(|| no("string", "no text form"))?;
    give(Verdi::text(&text))
}

fn dager_mellom<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let day = |at| -> Result<i64, ExecutionError> {
        let dato = time_arg("dager_mellom", &args, at)?.dato().ok_or_else(|| no("dager_mellom", "dato"))?;
        Ok(crate::town::model::DayNo::of(dato).0.into())
    };
    give(Verdi::Int(day(1)? - day(0)?))
}

fn virkedager<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let day = |at| time_arg("virkedager", &args, at)?.dato().ok_or_else(|| no("virkedager", "dato"));
    give(Verdi::Int(virkedager_between(day(0)?, day(1)?).into()))
}

fn list_arg(function: &str, args: &Args<'_, '_>) -> Result<Arc<[Verdi]>, ExecutionError> {
    match arg(function, args, 0)? {
        Verdi::List(items) => Ok(items),
        other => Err(no(function, &format!("list, not {}", other.type_word()))),
    }
}

fn sum<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let mut total: i64 = 0;
    for item in list_arg("sum", &args)?.iter() {
        let Verdi::Int(number) = item else { return Err(no("sum", &format!("int, not {}", item.type_word()))) };
        total = total.checked_add(*number).ok_or_else(|| no("sum", "overflow"))?;
    }
    give(Verdi::Int(total))
}

fn order(function: &str, a: &Verdi, b: &Verdi) -> Result<Ordering, ExecutionError> {
    match (a, b) {
        (Verdi::Int(a), Verdi::Int(b)) => Ok(a.cmp(b)),
        (Verdi::Text(a), Verdi::Text(b)) => Ok(a.cmp(b)),
        _ => match (a.instant(), b.instant()) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => Err(no(function, &format!("{} < {}", a.type_word(), b.type_word()))),
        },
    }
}

fn extreme<'b, 'v>(function: &'static str, args: &Args<'b, 'v>, wanted: Ordering) -> Answer<'b, 'v> {
    let items = list_arg(function, args)?;
    let mut best = items.first().ok_or_else(|| no(function, "[]"))?;
    for item in items.iter().skip(1) {
        if order(function, item, best)? == wanted {
            best = item;
        }
    }
    give(best.clone())
}

fn minst<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    extreme("minst", &args, Ordering::Less)
}

fn stoerst<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    extreme("stoerst", &args, Ordering::Greater)
}

fn runde<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let (x, step) = (i128::from(int_arg("runde", &args, 0)?), i128::from(int_arg("runde", &args, 1)?));
    if step <= 0 {
        return Err(no("runde", "n > 0"));
    }
    let rounded = (x.abs() * 2 + step) / (2 * step) * step * x.signum();
    i64::try_from(rounded).map_err(|_| no("runde", "overflow")).and_then(|number| give(Verdi::Int(number)))
}

/// Whole kroner, or a decimal text with at most two decimals, as øre.
fn in_oere(value: &Verdi) -> Option<i64> {
    let text = match value {
        Verdi::Int(kroner) => return kroner.checked_mul(100),
        Verdi::Text(text) => text,
        _ => return None,
    };
    let (negative, digits) = text.strip_prefix('-').map_or((false, &**text), |rest| (true, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let oere = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(format!("{part:0<2}").parse().ok()?)?;
    Some(if negative { -oere } else { oere })
}

fn oere<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let value = arg("oere", &args, 0)?;
    let oere = in_oere(&value).ok_or_else(|| no("oere", &format!("{value:?}")))?;
    give(Verdi::Int(oere))
}

/// Whether a path names at most one node: no wildcard, descent, slice, list or filter outside quotes.
fn is_singular(path: &str) -> bool {
    let outside: String = path.split(['\'', '"']).step_by(2).collect();
    !outside.contains("..") && !outside.contains(['*', '?', ':', ','])
}

fn nodes(function: &str, args: &Args<'_, '_>) -> Result<(Vec<Verdi>, Arc<str>), ExecutionError> {
    let document = arg(function, args, 0)?.to_json().ok_or_else(|| no(function, "a document"))?;
    let path = text_arg(function, args, 1)?;
    let found = document.query(&path).map_err(|_| no(function, &path))?;
    Ok((found.into_iter().map(Verdi::from_json).collect(), path))
}

fn jsonpath<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let (mut found, path) = nodes("jsonpath", &args)?;
    if is_singular(&path) {
        return if found.is_empty() { Err(ExecutionError::no_such_key(&path)) } else { give(found.swap_remove(0)) };
    }
    give(Verdi::List(found.into()))
}

fn finnes<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let (found, _) = nodes("finnes", &args)?;
    give(Verdi::Bool(!found.is_empty()))
}

fn er_syntetisk<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let text = text_arg("er_syntetisk", &args, 0)?;
    give(Verdi::Bool(Foedselsnummer::parse(&text).is_ok() || Orgnummer::parse(&text).is_ok()))
}

/// Whether `path` is a JSON path at all.
pub(super) fn is_json_path(path: &str) -> bool {
    jsonpath_rust::parser::parse_json_path(path).is_ok()
}

/// Whether `pattern` is a regular expression at all.
pub(super) fn is_pattern(pattern: &str) -> bool {
    regex::Regex::new(pattern).is_ok()
}
