//! Calls: names, argument counts and types of functions, and the constants in them.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue};

use super::{Walk, extent};
use crate::base::nearest;
use crate::select::builtins;
use crate::select::fault::SelectFault;
use crate::select::functions::{self, Function, fits};
use crate::select::rules;
use crate::select::types::Ty;
use crate::select::words::Kind;

/// The fields of an entry's instants (`specs/experience.md` §10.4).
const INSTANTS: [&str; 3] = ["satisfied", "delivered", "read"];

fn literal(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

/// The first name of a dotted path.
fn root(expr: &IdedExpr) -> Option<&str> {
    match &expr.expr {
        Expr::Ident(name) => Some(name),
        Expr::Select(select) => root(&select.operand),
        _ => None,
    }
}

/// A dotted path as it is written.
fn path(expr: &IdedExpr) -> String {
    match &expr.expr {
        Expr::Ident(name) => name.clone(),
        Expr::Select(select) => format!("{}.{}", path(&select.operand), select.field),
        _ => String::new(),
    }
}

impl Walk<'_> {
    /// Calls that become something else: `naar('entry')`, and a person's functions standing bare.
    pub(super) fn special(&mut self, expr: &IdedExpr, call: &CallExpr) -> Result<Option<(IdedExpr, Ty)>, SelectFault> {
        if let Some(target) = &call.target
            && root(target) == Some("rules")
            && !self.names.known.contains_key("rules")
        {
            return self.rule(expr, call, target).map(Some);
        }
        match call.func_name.as_str() {
            "naar" if call.target.is_none() => self.naar(expr, call).map(Some),
            name @ ("alder" | "inntekt") if call.target.is_none() && call.args.len() == 1 => {
                let is_household = name == "inntekt" && self.names.it == Some(Ty::Entity(Kind::Husstand));
                if self.names.it != Some(Ty::Entity(Kind::Person)) && !is_household {
                    return Err(self.fault(
                        extent::function(expr, self.source),
                        "cel.word-without-entity",
                        &[name, "mor"],
                    ));
                }
                let it = IdedExpr { id: expr.id, expr: Expr::Ident("it".to_owned()) };
                let member = CallExpr { target: Some(Box::new(it)), ..call.clone() };
                self.walk(&IdedExpr { id: expr.id, expr: Expr::Call(member) }).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// `rules.area.rule(…)`, as a call of the function behind it.
    fn rule(&mut self, expr: &IdedExpr, call: &CallExpr, target: &IdedExpr) -> Result<(IdedExpr, Ty), SelectFault> {
        let name = match path(target).strip_prefix("rules.") {
            Some(area) => format!("{area}.{}", call.func_name),
            None => call.func_name.clone(),
        };
        let Some(regel) = rules::regel(&name) else {
            let near = nearest(&name, rules::REGLER.iter().map(|regel| regel.navn)).map(ToOwned::to_owned);
            return Err(SelectFault { near, ..self.fault(self.extent(expr), "cel.unknown-rule", &[&name]) });
        };
        let wanted = regel.tar();
        if call.args.len() != wanted.len() {
            return Err(self.count(expr, &name, &wanted.len().to_string(), call.args.len()));
        }
        let mut args = Vec::with_capacity(wanted.len());
        for (arg, allowed) in call.args.iter().zip(&wanted) {
            let (rewritten, given) = self.walk(arg)?;
            if !fits(&given, allowed) {
                let parts = [name.as_str(), &allowed.join(", "), given.word()];
                return Err(self.fault(self.extent(arg), "cel.argument-type", &parts));
            }
            args.push(rewritten);
        }
        let rewritten = CallExpr { func_name: regel.funksjon.to_owned(), target: None, args };
        Ok((IdedExpr { id: expr.id, expr: Expr::Call(rewritten) }, (regel.gir)()))
    }

    fn naar(&self, expr: &IdedExpr, call: &CallExpr) -> Result<(IdedExpr, Ty), SelectFault> {
        let entries = self.names.entries.clone().unwrap_or_default();
        let (entry, field) = match call.args.as_slice() {
            [entry] => (entry, None),
            [entry, field] => (entry, Some(field)),
            other => return Err(self.count(expr, "naar", "1–2", other.len())),
        };
        let name = literal(entry).ok_or_else(|| self.fault(self.extent(entry), "cel.naar-literal", &[]))?;
        if !entries.contains(name) {
            let near = nearest(name, entries.iter().map(String::as_str)).map(ToOwned::to_owned);
            return Err(SelectFault { near, ..self.fault(self.extent(entry), "cel.unknown-entry", &[name]) });
        }
        let mut bound = format!("@naar {name}");
        if let Some(field) = field {
            let instant = literal(field).ok_or_else(|| self.fault(self.extent(field), "cel.naar-literal", &[]))?;
            if !INSTANTS.contains(&instant) {
                let all = INSTANTS.join(", ");
                let near = nearest(instant, INSTANTS).map(ToOwned::to_owned);
                return Err(SelectFault {
                    near,
                    ..self.fault(self.extent(field), "cel.not-in-list", &[instant, &all])
                });
            }
            bound.push(' ');
            bound.push_str(instant);
        }
        Ok((IdedExpr { id: expr.id, expr: Expr::Ident(bound) }, Ty::Tid))
    }

    fn count(&self, expr: &IdedExpr, name: &str, wanted: &str, got: usize) -> SelectFault {
        self.fault(extent::function(expr, self.source), "cel.argument-count", &[name, wanted, &got.to_string()])
    }

    /// The type of a call to a function of the table.
    pub(super) fn function(
        &self,
        expr: &IdedExpr,
        call: &CallExpr,
        receiver: Option<&Ty>,
        args: &[Ty],
    ) -> Result<Ty, SelectFault> {
        let name = call.func_name.as_str();
        if name == "@sortByAssociatedKeys" {
            return Ok(receiver.cloned().unwrap_or(Ty::Any));
        }
        let span = extent::function(expr, self.source);
        if matches!(name, "double" | "uint" | "bytes") {
            return Err(self.fault(span, "cel.no-float", &[name]));
        }
        let named: Vec<&Function> = functions::table().iter().filter(|function| function.name == name).collect();
        if named.is_empty() {
            let known = functions::function_names();
            let near = nearest(name, known).map(ToOwned::to_owned);
            return Err(SelectFault { near, ..self.fault(span, "cel.unknown-function", &[name]) });
        }
        if named.iter().all(|function| !function.now) {
            return Err(self.fault(span, "cel.later", &[&format!("{name}()")]));
        }
        let style: Vec<&Function> =
            named.iter().copied().filter(|function| function.receiver.is_empty() == receiver.is_none()).collect();
        let Some(found) = style.first() else {
            let example = if receiver.is_some() { format!("{name}(…)") } else { format!("x.{name}(…)") };
            return Err(self.fault(span, "cel.call-style", &[name, &example]));
        };
        if args.len() < found.required || args.len() > found.args.len() {
            let wanted = if found.required == found.args.len() {
                found.required.to_string()
            } else {
                format!("{}–{}", found.required, found.args.len())
            };
            return Err(self.count(expr, name, &wanted, args.len()));
        }
        if let Some(receiver) = receiver
            && !fits(receiver, &found.receiver)
        {
            let parts = [name, receiver.word(), &found.receiver.join(", ")];
            return Err(self.fault(span, "cel.receiver", &parts));
        }
        for ((given, allowed), arg) in args.iter().zip(&found.args).zip(&call.args) {
            if !fits(given, allowed) {
                let parts = [name, &allowed.join(", "), given.word()];
                return Err(self.fault(self.extent(arg), "cel.argument-type", &parts));
            }
        }
        self.constants(call)?;
        Ok(found.result(receiver.or_else(|| args.first())))
    }

    /// Constants inside calls are read now, so that a bad one is no surprise at run time.
    fn constants(&self, call: &CallExpr) -> Result<(), SelectFault> {
        match (call.func_name.as_str(), call.args.as_slice()) {
            (name @ ("dato" | "tid" | "spenn"), [arg]) => {
                if let Some(text) = literal(arg)
                    && builtins::constant(name, text).is_none()
                {
                    return Err(self.fault(self.extent(arg), "cel.bad-constant", &[name, text]));
                }
            }
            ("jsonpath" | "finnes", [_, path]) => {
                if let Some(text) = literal(path)
                    && !builtins::is_json_path(text)
                {
                    return Err(self.fault(self.extent(path), "cel.bad-constant", &["JSONPath", text]));
                }
            }
            ("matches", [pattern]) => {
                if let Some(text) = literal(pattern)
                    && !builtins::is_pattern(text)
                {
                    return Err(self.fault(self.extent(pattern), "cel.bad-constant", &["regex", text]));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
