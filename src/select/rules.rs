//! `rules.<area>.<rule>(…, t)`: functions over the dated tables of `town::satser` (`specs/experience.md` §10.5). The last
//! argument is the day; a day before the first row is an error. Amounts are øre.

use cel::ExecutionError;
use cel::common::functions::Function;

use super::boks::Boks;
use super::builtins::{Answer, Args, give, no, time_arg};
use super::types::Ty;
use super::verdi::Verdi;
use super::words::Kind;
use crate::clock::Dato;
use crate::town::{foreldrebetaling, satser};

/// A rule expressions can call.
pub(super) struct Regel {
    /// Area and name behind `rules.`.
    pub(super) navn: &'static str,
    /// What the interpreter knows it as.
    pub(super) funksjon: &'static str,
    /// Whether it takes a household before the day.
    pub(super) husstand: bool,
    /// What it gives.
    pub(super) gir: fn() -> Ty,
    pub(super) regn: Function,
}

/// The name of a rule and what the interpreter knows it as.
macro_rules! regel {
    ($area:literal, $rule:literal, $husstand:literal, $gir:expr, $regn:expr) => {
        Regel {
            navn: concat!($area, ".", $rule),
            funksjon: concat!("rules_", $area, "_", $rule),
            husstand: $husstand,
            gir: $gir,
            regn: $regn,
        }
    };
}

/// Every rule.
pub(super) static REGLER: [Regel; 8] = [
    regel!("barnehage", "makspris", false, || Ty::Int, |args| kroner("barnehage.makspris", "makspris", args)),
    regel!("barnehage", "inntektsgrense", false, || Ty::Int, |args| {
        kroner("barnehage.inntektsgrense", "inntektsgrense", args)
    }),
    regel!("barnehage", "kjernetidsgrense", false, || Ty::Int, |args| {
        kroner("barnehage.kjernetidsgrense", "kjernetidsgrense", args)
    }),
    regel!("barnehage", "foreldrebetaling", true, || Ty::Int, betaling),
    regel!("folketrygd", "grunnbeloep", false, || Ty::Int, |args| {
        kroner("folketrygd.grunnbeloep", "grunnbeloep", args)
    }),
    regel!("forvaltning", "svarfrist", false, || Ty::Spenn, |args| spenn("forvaltning.svarfrist", "svarfrist", args)),
    regel!("forvaltning", "klagefrist", false, || Ty::Spenn, |args| {
        spenn("forvaltning.klagefrist", "klagefrist", args)
    }),
    regel!("skifte", "meldefrist", false, || Ty::Spenn, |args| spenn("skifte.meldefrist", "meldefrist", args)),
];

/// The rule called `navn`.
pub(super) fn regel(navn: &str) -> Option<&'static Regel> {
    REGLER.iter().find(|regel| regel.navn == navn)
}

fn dag(rule: &str, args: &Args<'_, '_>, at: usize) -> Result<Dato, ExecutionError> {
    time_arg(rule, args, at)?.dato().ok_or_else(|| no(rule, "dato/tid"))
}

/// The row of `rate` on the day, as øre.
fn kroner<'b, 'v>(rule: &'static str, rate: &str, args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let dato = dag(rule, &args, 0)?;
    let kroner = satser::tall(rate, dato).ok_or_else(|| no(rule, &dato.to_string()))?;
    give(Verdi::Int(kroner * 100))
}

/// The row of `rate` on the day, as a span.
fn spenn<'b, 'v>(rule: &'static str, rate: &str, args: Args<'b, 'v>) -> Answer<'b, 'v> {
    let dato = dag(rule, &args, 0)?;
    match satser::sats(rate, dato).map(|row| &row.verdi) {
        Some(satser::Verdi::Spenn(span)) => give(Verdi::Spenn(*span)),
        _ => Err(no(rule, &dato.to_string())),
    }
}

/// What a household pays for all its children, øre a month; null where no amount can be counted.
fn betaling<'b, 'v>(args: Args<'b, 'v>) -> Answer<'b, 'v> {
    const RULE: &str = "barnehage.foreldrebetaling";
    let dato = dag(RULE, &args, 1)?;
    let home = args.first().and_then(|it| it.downcast_ref::<Boks>()).and_then(Boks::husstand);
    let (town, husstand) = home.ok_or_else(|| no(RULE, "husstand"))?;
    match foreldrebetaling::beregn(town, husstand, dato) {
        Ok(found) => give(Verdi::Int(found.maanedsbeloep * 100)),
        Err(foreldrebetaling::Ingen::Sats) => Err(no(RULE, &dato.to_string())),
        Err(_) => give(Verdi::Null),
    }
}

impl Regel {
    /// Types of its arguments, alternatives for each.
    pub(super) fn tar(&self) -> Vec<Vec<&'static str>> {
        let day = vec!["dato", "tid"];
        if self.husstand { vec![vec![Kind::Husstand.word()], day] } else { vec![day] }
    }
}
