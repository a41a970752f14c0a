//! The walk over a compiled expression before anything runs: every name, word, function, argument count and closed
//! code is checked, and types are followed as far as they are known.
//!
//! The tree that comes out is the one that runs: `alder(t)` standing bare has become `it.alder(t)`, and `naar('e')` the
//! name under which the runner keeps that instant.

mod calls;
mod extent;
mod operators;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use cel::common::ast::{
    ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, ListExpr, LiteralValue, MapEntryExpr, MapExpr,
    SelectExpr, SourceInfo,
};

use super::fault::SelectFault;
use super::functions;
use super::types::Ty;
use super::words::{self, Kind};
use crate::base::nearest;

/// The names an expression may use where it stands.
#[derive(Clone, Default, Debug)]
pub struct Names {
    it: Option<Ty>,
    known: BTreeMap<String, Ty>,
    entries: Option<BTreeSet<String>>,
}

impl Names {
    /// No names at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The words of an entity of `kind` bare, and the entity as `it`.
    #[must_use]
    pub fn of_entity(mut self, kind: Kind) -> Self {
        self.it = Some(Ty::Entity(kind));
        self
    }

    /// A value of type `ty` as `it`; the keys of a document may then stand bare.
    #[must_use]
    pub fn with_it(mut self, ty: Ty) -> Self {
        self.it = Some(ty);
        self
    }

    /// The name `name` for values of type `ty`.
    #[must_use]
    pub fn with(mut self, name: &str, ty: Ty) -> Self {
        self.known.insert(name.to_owned(), ty);
        self
    }

    /// The entries `naar()` may name; without them it may name none.
    #[must_use]
    pub fn with_entries(mut self, entries: BTreeSet<String>) -> Self {
        self.entries = Some(entries);
        self
    }

    /// The type of a declared name.
    #[must_use]
    pub fn ty(&self, name: &str) -> Option<&Ty> {
        self.known.get(name)
    }

    /// The nearest name that may stand here.
    pub(super) fn suggestion(&self, wrong: &str) -> Option<String> {
        let bare: Vec<&str> = match &self.it {
            Some(Ty::Entity(kind)) => words::words_of(*kind).collect(),
            Some(Ty::Map(shape)) => shape.keys.iter().map(|(key, _)| *key).collect(),
            _ => Vec::new(),
        };
        nearest(wrong, bare.into_iter().chain(self.known.keys().map(String::as_str))).map(ToOwned::to_owned)
    }

    /// Why `name` may not be declared: it is a word of an entity, a function, a macro or kept by CEL.
    #[must_use]
    pub fn is_taken(name: &str) -> bool {
        name == "it"
            || words::is_word(name)
            || functions::RESERVED.contains(&name)
            || functions::MACROS.contains(&name)
            || functions::table().iter().any(|function| function.name == name)
    }
}

type Walked = Result<(IdedExpr, Ty), SelectFault>;

/// Walks `expr` with `names`; gives the tree to run and what it gives.
pub(super) fn check(expr: &IdedExpr, source: &SourceInfo, names: &Names) -> Walked {
    Walk { source, names, local: Vec::new() }.walk(expr)
}

/// Where all of `expr` stands in its text.
pub(super) fn extent_of(expr: &IdedExpr, source: &SourceInfo) -> Range<usize> {
    extent::of(expr, source)
}

struct Walk<'a> {
    source: &'a SourceInfo,
    names: &'a Names,
    /// Variables of the macros around, innermost last.
    local: Vec<(String, Ty)>,
}

impl Walk<'_> {
    fn fault(&self, span: Range<usize>, key: &'static str, parts: &[&str]) -> SelectFault {
        SelectFault {
            span,
            code: "BB1302",
            key,
            parts: parts.iter().map(|part| (*part).to_owned()).collect(),
            near: None,
        }
    }

    fn text(&self) -> &str {
        &self.source.source
    }

    fn extent(&self, expr: &IdedExpr) -> Range<usize> {
        extent::of(expr, self.source)
    }

    fn walk(&mut self, expr: &IdedExpr) -> Walked {
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Ident(name) => self.ident(expr, name),
            Expr::Select(select) => self.select(expr, select),
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => self.list(expr, list),
            Expr::Map(map) => self.map(expr, map),
            Expr::Comprehension(loop_) => self.comprehension(expr, loop_),
            Expr::Struct(message) => Err(self.fault(self.extent(expr), "cel.unknown-function", &[&message.type_name])),
            Expr::Unspecified => Err(self.fault(self.extent(expr), "cel.empty", &[])),
        }
    }

    fn literal(&self, expr: &IdedExpr, literal: &LiteralValue) -> Walked {
        let ty = match literal {
            LiteralValue::Boolean(_) => Ty::Bool,
            LiteralValue::Int(_) => Ty::Int,
            LiteralValue::Null => Ty::Null,
            LiteralValue::String(_) => Ty::Text,
            LiteralValue::Double(_) | LiteralValue::UInt(_) => {
                return Err(self.fault(self.extent(expr), "cel.no-float", &[&self.text()[self.extent(expr)]]));
            }
            LiteralValue::Bytes(_) => {
                return Err(self.fault(self.extent(expr), "cel.no-bytes", &[]));
            }
        };
        Ok((expr.clone(), ty))
    }

    fn ident(&self, expr: &IdedExpr, name: &str) -> Walked {
        if let Some((_, ty)) = self.local.iter().rev().find(|(local, _)| local == name) {
            return Ok((expr.clone(), ty.clone()));
        }
        if name == "it"
            && let Some(ty) = &self.names.it
        {
            return Ok((expr.clone(), ty.clone()));
        }
        let span = self.extent(expr);
        match &self.names.it {
            Some(Ty::Entity(kind)) => {
                if let Some(ty) = self.word(*kind, name, &span)? {
                    return Ok((expr.clone(), ty));
                }
            }
            Some(Ty::Map(shape)) => {
                if let Some((_, ty)) = shape.keys.iter().find(|(key, _)| *key == name) {
                    return Ok((expr.clone(), ty()));
                }
            }
            _ => {}
        }
        match self.names.known.get(name) {
            Some(ty) => Ok((expr.clone(), ty.clone())),
            None => Err(self.unknown_name(span, name)),
        }
    }

    fn unknown_name(&self, span: Range<usize>, name: &str) -> SelectFault {
        if name == "rules" {
            let near = Some("rules.barnehage.makspris(…)".to_owned());
            return SelectFault { near, ..self.fault(span, "cel.unknown-rule", &["rules"]) };
        }
        if functions::table().iter().any(|function| function.name == name) {
            return self.fault(span, "cel.function-without-call", &[name]);
        }
        if !matches!(self.names.it, Some(Ty::Entity(_))) && words::is_word(name) {
            let owner = self.names.known.iter().find(|(_, ty)| matches!(ty, Ty::Entity(Kind::Person)));
            let owner = owner.map_or("mor", |(name, _)| name.as_str());
            return self.fault(span, "cel.word-without-entity", &[name, owner]);
        }
        let local = self.local.iter().map(|(name, _)| name.as_str()).filter(|name| !name.starts_with(['@', '#']));
        let near = nearest(name, local).map(ToOwned::to_owned).or_else(|| self.names.suggestion(name));
        SelectFault { near, ..self.fault(span, "cel.unknown-name", &[name]) }
    }

    /// The type of the word `name` of `kind`; `None` when it has no such word.
    fn word(&self, kind: Kind, name: &str, span: &Range<usize>) -> Result<Option<Ty>, SelectFault> {
        match words::table(kind).iter().find(|word| word.name == name) {
            Some(word) => match word.ty {
                Some(ty) => Ok(Some(ty())),
                None => Err(self.fault(span.clone(), "cel.word-later", &[name, kind.word()])),
            },
            None => Ok(None),
        }
    }

    /// The type of `field` on a value of type `ty`.
    fn field(&self, ty: &Ty, field: &str, span: Range<usize>) -> Result<Ty, SelectFault> {
        match ty {
            Ty::Any | Ty::Null => Ok(Ty::Any),
            Ty::Entity(kind) => match self.word(*kind, field, &span)? {
                Some(ty) => Ok(ty),
                None => {
                    let near = nearest(field, words::words_of(*kind)).map(ToOwned::to_owned);
                    Err(SelectFault { near, ..self.fault(span, "cel.unknown-word", &[kind.word(), field]) })
                }
            },
            Ty::Map(shape) => match shape.keys.iter().find(|(key, _)| *key == field) {
                Some((_, ty)) => Ok(ty()),
                None => {
                    let near = nearest(field, shape.keys.iter().map(|(key, _)| *key)).map(ToOwned::to_owned);
                    Err(SelectFault { near, ..self.fault(span, "cel.unknown-word", &[shape.name, field]) })
                }
            },
            Ty::List(_) => Err(self.fault(span, "cel.word-of-list", &[field])),
            other => Err(self.fault(span, "cel.word-of-value", &[other.word(), field])),
        }
    }

    fn select(&mut self, expr: &IdedExpr, select: &SelectExpr) -> Walked {
        let (operand, ty) = self.walk(&select.operand)?;
        let span = extent::field(expr, select, self.source);
        let given = self.field(&ty, &select.field, span)?;
        let rewritten = SelectExpr { operand: Box::new(operand), field: select.field.clone(), test: select.test };
        let given = if select.test { Ty::Bool } else { given };
        Ok((IdedExpr { id: expr.id, expr: Expr::Select(rewritten) }, given))
    }

    fn list(&mut self, expr: &IdedExpr, list: &ListExpr) -> Walked {
        let mut elements = Vec::with_capacity(list.elements.len());
        let mut ty = Ty::Any;
        for element in &list.elements {
            let (element, element_ty) = self.walk(element)?;
            elements.push(element);
            ty = ty.join(element_ty);
        }
        let list = ListExpr { elements, optional_indices: list.optional_indices.clone() };
        Ok((IdedExpr { id: expr.id, expr: Expr::List(list) }, Ty::list(ty)))
    }

    fn map(&mut self, expr: &IdedExpr, map: &MapExpr) -> Walked {
        let mut entries = Vec::with_capacity(map.entries.len());
        for entry in &map.entries {
            let EntryExpr::MapEntry(pair) = &entry.expr else {
                return Err(self.fault(self.extent(expr), "cel.empty", &[]));
            };
            let (key, key_ty) = self.walk(&pair.key)?;
            if !functions::fits(&key_ty, &["string"]) {
                return Err(self.fault(self.extent(&pair.key), "cel.map-key", &[key_ty.word()]));
            }
            let (value, _) = self.walk(&pair.value)?;
            let pair = MapEntryExpr { key, value, optional: pair.optional };
            entries.push(IdedEntryExpr { id: entry.id, expr: EntryExpr::MapEntry(pair) });
        }
        Ok((IdedExpr { id: expr.id, expr: Expr::Map(MapExpr { entries }) }, Ty::Any))
    }

    fn comprehension(&mut self, expr: &IdedExpr, loop_: &ComprehensionExpr) -> Walked {
        let (iter_range, range_ty) = self.walk(&loop_.iter_range)?;
        let own = !loop_.iter_var.starts_with(['@', '#']);
        let element = match &range_ty {
            Ty::List(element) => (**element).clone(),
            Ty::Any if matches!(loop_.iter_range.expr, Expr::Map(_)) => {
                return Err(self.fault(self.extent(&loop_.iter_range), "cel.map-order", &[]));
            }
            Ty::Any | Ty::Null => Ty::Any,
            other => {
                return Err(self.fault(self.extent(&loop_.iter_range), "cel.not-a-list", &[other.word()]));
            }
        };
        if own && (Names::is_taken(&loop_.iter_var) || self.names.known.contains_key(&loop_.iter_var)) {
            let span = extent::variable(expr, &loop_.iter_var, self.source);
            return Err(self.fault(span, "cel.shadow", &[&loop_.iter_var]));
        }
        let (accu_init, init_ty) = self.walk(&loop_.accu_init)?;
        let depth = self.local.len();
        self.local.push((loop_.accu_var.clone(), init_ty.clone()));
        self.local.push((loop_.iter_var.clone(), element));
        let (loop_cond, _) = self.walk(&loop_.loop_cond)?;
        let (loop_step, step_ty) = self.walk(&loop_.loop_step)?;
        self.local.truncate(depth);
        self.local.push((loop_.accu_var.clone(), init_ty.join(step_ty)));
        let (result, ty) = self.walk(&loop_.result)?;
        self.local.truncate(depth);
        let rewritten = ComprehensionExpr {
            iter_range,
            iter_var: loop_.iter_var.clone(),
            iter_var2: loop_.iter_var2.clone(),
            accu_var: loop_.accu_var.clone(),
            accu_init,
            loop_cond,
            loop_step,
            result,
        };
        Ok((IdedExpr { id: expr.id, expr: Expr::Comprehension(Box::new(rewritten)) }, ty))
    }
}
