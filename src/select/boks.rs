//! How the interpreter sees our values: one wrapper for everything CEL has no type for.
//!
//! Entities hold the town they are read from and answer their words when they are asked, so that nothing is computed
//! for a word no expression mentions.

use std::any::Any;
use std::cmp::Ordering;
use std::sync::Arc;

use cel::ExecutionError;
use cel::common::traits::{Adder, Comparer, Container, Indexer, Sizer, Subtractor};
use cel::common::types::{CelBool, CelInt, CelList, CelNull, CelString, Type};
use cel::common::value::{CowVal, StaticVal, Val};

use super::uttrykk::View;
use super::verdi::Verdi;
use super::words;
use crate::clock::Span;
use crate::town::state::Town;

pub(super) static PERSON: Type = Type::new_unspecified_type("person");
pub(super) static HUSSTAND: Type = Type::new_unspecified_type("husstand");
static VIRKSOMHET: Type = Type::new_unspecified_type("virksomhet");
static DATO: Type = Type::new_unspecified_type("dato");
static TID: Type = Type::new_unspecified_type("tid");
static SPENN: Type = Type::new_unspecified_type("spenn");

/// A value of ours in the interpreter.
#[derive(Clone, Debug)]
pub(super) struct Boks {
    /// Where entities are read; values of time need none.
    town: Option<(Arc<Town>, View)>,
    pub(super) verdi: Verdi,
}

impl StaticVal for Boks {}

/// `verdi` as the interpreter takes it.
pub(super) fn wrap(town: Option<(&Arc<Town>, View)>, verdi: Verdi) -> Box<dyn Val> {
    match verdi {
        Verdi::Null => Box::new(CelNull),
        Verdi::Bool(value) => Box::new(CelBool::from(value)),
        Verdi::Int(value) => Box::new(CelInt::from(value)),
        Verdi::Text(text) => Box::new(CelString::from(text.to_string())),
        Verdi::List(items) => {
            let items: Vec<Box<dyn Val>> = items.iter().map(|item| wrap(town, item.clone())).collect();
            Box::new(CelList::from(items))
        }
        verdi => {
            let entity = matches!(verdi, Verdi::Person(_) | Verdi::Husstand(_) | Verdi::Virksomhet(_) | Verdi::Kart(_));
            Box::new(Boks { town: town.filter(|_| entity).map(|(town, view)| (town.clone(), view)), verdi })
        }
    }
}

/// The value behind what the interpreter gave; `None` for CEL values we have no use for (bytes, types, optionals).
pub(super) fn unwrap(val: &dyn Val) -> Option<Verdi> {
    if let Some(boks) = val.downcast_ref::<Boks>() {
        return Some(boks.verdi.clone());
    }
    if val.downcast_ref::<CelNull>().is_some() {
        return Some(Verdi::Null);
    }
    if let Some(value) = val.downcast_ref::<CelBool>() {
        return Some(Verdi::Bool(*value.inner()));
    }
    if let Some(value) = val.downcast_ref::<CelInt>() {
        return Some(Verdi::Int(*value.inner()));
    }
    if let Some(text) = val.downcast_ref::<CelString>() {
        return Some(Verdi::text(text.inner()));
    }
    if let Some(list) = val.downcast_ref::<CelList>() {
        return list.inner().iter().map(|item| unwrap(item.as_ref())).collect::<Option<_>>().map(Verdi::List);
    }
    let map = val.downcast_ref::<cel::common::types::CelMap>()?;
    // A map literal: the interpreter keeps it unordered, so keys are put in order here.
    let mut pairs: Vec<(String, Verdi)> = map
        .inner()
        .iter()
        .map(|(key, value)| Some((unwrap(key.inner())?.written()?, unwrap(value.as_ref())?)))
        .collect::<Option<_>>()?;
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    Some(super::verdi::Kart::of(pairs))
}

/// The types of time values, with an id for the overloads that take them.
pub(super) fn time_types() -> [(&'static str, &'static Type); 3] {
    [("string_dato", &DATO), ("string_tid", &TID), ("string_spenn", &SPENN)]
}

impl Boks {
    /// The person, read in the town it came from.
    pub(super) fn person(&self) -> Option<crate::town::state::Person<'_>> {
        match (&self.verdi, &self.town) {
            (Verdi::Person(id), Some((town, _))) => Some(town.person(*id)),
            _ => None,
        }
    }

    /// The household, with the town it came from.
    pub(super) fn husstand(&self) -> Option<(&Town, crate::town::model::HusstandId)> {
        match (&self.verdi, &self.town) {
            (Verdi::Husstand(id), Some((town, _))) => Some((&**town, *id)),
            _ => None,
        }
    }

    /// Taxable income, kroner, of the person, or of all in the household, in `aar`; `None` for a year without data.
    pub(super) fn inntekt(&self, aar: i64) -> Option<i64> {
        let (town, _) = self.town.as_ref()?;
        let people = match &self.verdi {
            Verdi::Person(id) => vec![*id],
            Verdi::Husstand(id) => town.medlemmer_of(*id).into_iter().map(|member| member.id).collect(),
            _ => return None,
        };
        words::inntekt(town, &people, aar)
    }

    fn kind(&self) -> &'static Type {
        match self.verdi {
            Verdi::Person(_) => &PERSON,
            Verdi::Husstand(_) => &HUSSTAND,
            Verdi::Virksomhet(_) => &VIRKSOMHET,
            Verdi::Dato(_) => &DATO,
            Verdi::Tid(_) => &TID,
            Verdi::Spenn(_) => &SPENN,
            _ => &cel::common::types::MAP_TYPE,
        }
    }

    fn is_time(&self) -> bool {
        matches!(self.verdi, Verdi::Dato(_) | Verdi::Tid(_))
    }

    fn at(&self, key: &str) -> Option<Verdi> {
        match &self.verdi {
            Verdi::Kart(kart) => kart.get(key).cloned(),
            entity => {
                let (town, view) = self.town.as_ref()?;
                words::answer(town, *view, entity, key)
            }
        }
    }
}

impl Val for Boks {
    fn get_type(&self) -> &Type {
        self.kind()
    }

    fn cel_type() -> &'static Type {
        &cel::common::types::DYN_TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        (!self.is_time() && !matches!(self.verdi, Verdi::Spenn(_))).then_some(self)
    }

    fn as_comparer(&self) -> Option<&dyn Comparer> {
        self.is_time().then_some(self)
    }

    fn as_adder<'b, 'v>(&'b self) -> Option<&'b (dyn Adder + 'v)>
    where
        Self: 'v,
    {
        self.is_time().then_some(self)
    }

    fn as_subtractor<'b, 'v>(&'b self) -> Option<&'b (dyn Subtractor + 'v)>
    where
        Self: 'v,
    {
        self.is_time().then_some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        matches!(self.verdi, Verdi::Kart(_)).then_some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        matches!(self.verdi, Verdi::Kart(_)).then_some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        let Some(other) = other.downcast_ref::<Self>() else { return false };
        match (self.verdi.instant(), other.verdi.instant()) {
            (Some(a), Some(b)) => a == b,
            _ => self.verdi == other.verdi,
        }
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl Indexer for Boks {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let Some(key) = key.downcast_ref::<CelString>() else {
            return Err(ExecutionError::UnexpectedType {
                got: key.get_type().name().to_owned(),
                want: "string".to_owned(),
            });
        };
        let value = self.at(key.inner()).ok_or_else(|| ExecutionError::no_such_key(key.inner()))?;
        Ok(CowVal::Owned(wrap(self.town.as_ref().map(|(town, view)| (town, *view)), value)))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Container for Boks {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(value.downcast_ref::<CelString>().is_some_and(|key| self.at(key.inner()).is_some()))
    }
}

impl Sizer for Boks {
    fn size(&self) -> CelInt {
        match &self.verdi {
            Verdi::Kart(kart) => CelInt::from(i64::try_from(kart.len()).unwrap_or(i64::MAX)),
            _ => CelInt::from(0),
        }
    }
}

impl Comparer for Boks {
    fn compare(&self, other: &dyn Val) -> Result<Ordering, ExecutionError> {
        let other = other.downcast_ref::<Self>().and_then(|other| other.verdi.instant());
        match (self.verdi.instant(), other) {
            (Some(a), Some(b)) => Ok(a.cmp(&b)),
            _ => Err(ExecutionError::ValuesNotComparable(cel::Value::Null, cel::Value::Null)),
        }
    }
}

impl Boks {
    /// `self` moved by `by`. A date moved by whole days stays a date.
    fn moved(
        &self,
        operator: &'static str,
        by: &dyn Val,
        shift: fn(Span, crate::clock::Instant) -> crate::clock::Instant,
    ) -> Result<Self, ExecutionError> {
        let span = match by.downcast_ref::<Self>().map(|by| &by.verdi) {
            Some(Verdi::Spenn(span)) => *span,
            _ => {
                return Err(ExecutionError::UnsupportedBinaryOperator(operator, cel::Value::Null, cel::Value::Null));
            }
        };
        let Some(start) = self.verdi.instant() else {
            return Err(ExecutionError::UnsupportedBinaryOperator(operator, cel::Value::Null, cel::Value::Null));
        };
        let end = shift(span, start);
        let whole_days = matches!(span, Span::Virkedager(_) | Span::Calendar { millis: 0, .. });
        let verdi = match self.verdi {
            Verdi::Dato(_) if whole_days => Verdi::Dato(end.dato()),
            _ => Verdi::Tid(end),
        };
        Ok(Self { town: None, verdi })
    }
}

impl Adder for Boks {
    fn add<'b, 'v>(&'b self, rhs: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        by_static(rhs).and_then(|span| self.moved("add", &span, Span::after)).map(CowVal::owned)
    }
}

impl Subtractor for Boks {
    fn sub<'b, 'v>(&'b self, rhs: &(dyn Val + 'v)) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        by_static(rhs).and_then(|span| self.moved("sub", &span, Span::before)).map(CowVal::owned)
    }
}

/// The right-hand side as a value of ours, whatever it borrows.
fn by_static(rhs: &dyn Val) -> Result<Boks, ExecutionError> {
    rhs.downcast_ref::<Boks>().cloned().ok_or_else(|| {
        ExecutionError::no_such_overload("+ -", vec!["dato/tid".to_owned(), rhs.get_type().name().to_owned()])
    })
}
