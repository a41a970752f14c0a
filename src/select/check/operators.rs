//! Operators: what may stand on either side, and closed codes in comparisons.

use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators as op};

use super::{Walk, Walked};
use crate::base::nearest;
use crate::select::fault::SelectFault;
use crate::select::functions::fits;
use crate::select::types::{Kodeverk, Ty};

/// The operator as it is written.
fn sign(name: &str) -> &str {
    match name {
        op::IN => "in",
        op::CONDITIONAL => "? :",
        op::INDEX => "[ ]",
        other => other.trim_matches('_'),
    }
}

impl Walk<'_> {
    /// The type of operator `call` with `args` already walked; `None` when it is no operator.
    pub(super) fn operator(&self, expr: &IdedExpr, call: &CallExpr, types: &[Ty]) -> Result<Option<Ty>, SelectFault> {
        let given = match (call.func_name.as_str(), types) {
            (op::NOT_STRICTLY_FALSE, _) => Ty::Bool,
            (op::LOGICAL_AND | op::LOGICAL_OR | op::LOGICAL_NOT, types) => {
                for (arg, ty) in call.args.iter().zip(types) {
                    self.truth(arg, ty)?;
                }
                Ty::Bool
            }
            (op::CONDITIONAL, [condition, then, otherwise]) => {
                self.truth(&call.args[0], condition)?;
                then.clone().join(otherwise.clone())
            }
            (op::EQUALS | op::NOT_EQUALS, [left, right]) => {
                self.closed(left, &call.args[1])?;
                self.closed(right, &call.args[0])?;
                if !left.comparable(right) {
                    return Err(self.never_fits(expr, call, left, right));
                }
                Ty::Bool
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [left, right]) => {
                let ordered =
                    |ty: &Ty| matches!(ty, Ty::Any | Ty::Int | Ty::Text | Ty::Kode(_) | Ty::Dato | Ty::Tid | Ty::Bool);
                if !left.comparable(right) || !ordered(left) || !ordered(right) {
                    return Err(self.never_fits(expr, call, left, right));
                }
                Ty::Bool
            }
            (op::IN, [left, right]) => self.membership(expr, call, left, right)?,
            (op::ADD | op::SUBSTRACT, [left, right]) => {
                self.sum(call, left, right).ok_or_else(|| self.never_fits(expr, call, left, right))?
            }
            (op::MULTIPLY | op::DIVIDE | op::MODULO, [left, right]) => {
                if !fits(left, &["int"]) || !fits(right, &["int"]) {
                    return Err(self.never_fits(expr, call, left, right));
                }
                Ty::Int
            }
            (op::NEGATE, [ty]) => {
                if !fits(ty, &["int"]) {
                    return Err(self.fault(self.extent(expr), "cel.operator-one", &["-", ty.word()]));
                }
                Ty::Int
            }
            (op::INDEX, [left, right]) => self.index(expr, call, left, right)?,
            (op::OPT_INDEX | op::OPT_SELECT, _) => return Err(self.fault(self.extent(expr), "cel.no-optional", &[])),
            _ => return Ok(None),
        };
        Ok(Some(given))
    }

    fn never_fits(&self, expr: &IdedExpr, call: &CallExpr, left: &Ty, right: &Ty) -> SelectFault {
        let parts = [sign(&call.func_name), left.word(), right.word()];
        self.fault(self.extent(expr), "cel.operator-two", &parts)
    }

    /// `expr` must be able to be true or false.
    fn truth(&self, expr: &IdedExpr, ty: &Ty) -> Result<(), SelectFault> {
        if fits(ty, &["bool"]) {
            return Ok(());
        }
        Err(self.fault(self.extent(expr), "cel.not-bool", &[ty.word()]))
    }

    /// A literal held against a closed code must stand in its list.
    fn closed(&self, ty: &Ty, other: &IdedExpr) -> Result<(), SelectFault> {
        match (ty, &other.expr) {
            (Ty::Kode(list), Expr::Literal(LiteralValue::String(text))) => self.code(*list, text.inner(), other),
            (Ty::Kode(_), Expr::List(literals)) => {
                literals.elements.iter().try_for_each(|element| self.closed(ty, element))
            }
            (Ty::List(element), _) => match &other.expr {
                Expr::List(literals) => literals.elements.iter().try_for_each(|it| self.closed(element, it)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn code(&self, list: Kodeverk, code: &str, at: &IdedExpr) -> Result<(), SelectFault> {
        let codes = list.codes();
        if codes.contains(&code) {
            return Ok(());
        }
        let near = nearest(code, codes.iter().copied()).map(ToOwned::to_owned);
        let all = codes.join(", ");
        Err(SelectFault { near, ..self.fault(self.extent(at), "cel.not-in-list", &[code, &all]) })
    }

    fn membership(&self, expr: &IdedExpr, call: &CallExpr, left: &Ty, right: &Ty) -> Result<Ty, SelectFault> {
        match right {
            Ty::List(element) => {
                self.closed(left, &call.args[1])?;
                self.closed(element, &call.args[0])?;
                if left.comparable(element) {
                    return Ok(Ty::Bool);
                }
            }
            Ty::Any => return Ok(Ty::Bool),
            Ty::Map(_) if fits(left, &["string"]) => return Ok(Ty::Bool),
            _ => {}
        }
        Err(self.never_fits(expr, call, left, right))
    }

    fn sum(&self, call: &CallExpr, left: &Ty, right: &Ty) -> Option<Ty> {
        let adding = call.func_name == op::ADD;
        match (left, right) {
            (Ty::Any, _) => Some(Ty::Any),
            (Ty::Int, Ty::Int | Ty::Any) => Some(Ty::Int),
            (Ty::Text | Ty::Kode(_), Ty::Text | Ty::Kode(_) | Ty::Any) if adding => Some(Ty::Text),
            (Ty::List(_), Ty::List(_)) if adding => Some(left.clone().join(right.clone())),
            (Ty::List(_), Ty::Any) if adding => Some(left.clone()),
            (Ty::Dato | Ty::Tid, Ty::Spenn | Ty::Any) => Some(left.clone()),
            _ => None,
        }
    }

    fn index(&self, expr: &IdedExpr, call: &CallExpr, left: &Ty, right: &Ty) -> Result<Ty, SelectFault> {
        match left {
            Ty::Any | Ty::Null => Ok(Ty::Any),
            Ty::List(element) if fits(right, &["int"]) => Ok((**element).clone()),
            Ty::Map(_) | Ty::Entity(_) if fits(right, &["string"]) => match &call.args[1].expr {
                Expr::Literal(LiteralValue::String(key)) => self.field(left, key.inner(), self.extent(&call.args[1])),
                _ => Ok(Ty::Any),
            },
            _ => Err(self.never_fits(expr, call, left, right)),
        }
    }

    /// Walks the arguments of `call`, then the call itself.
    pub(super) fn call(&mut self, expr: &IdedExpr, call: &CallExpr) -> Walked {
        if let Some(rewritten) = self.special(expr, call)? {
            return Ok(rewritten);
        }
        let mut args = Vec::with_capacity(call.args.len());
        let mut types = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let (arg, ty) = self.walk(arg)?;
            args.push(arg);
            types.push(ty);
        }
        let target = call.target.as_ref().map(|target| self.walk(target)).transpose()?;
        let given = match self.operator(expr, call, &types)? {
            Some(ty) => ty,
            None => self.function(expr, call, target.as_ref().map(|(_, ty)| ty), &types)?,
        };
        let rewritten =
            CallExpr { func_name: call.func_name.clone(), target: target.map(|(it, _)| Box::new(it)), args };
        Ok((IdedExpr { id: expr.id, expr: Expr::Call(rewritten) }, given))
    }
}
