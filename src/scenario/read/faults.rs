//! Faults and their end.

use std::collections::BTreeMap;

use super::{Read, Reader};
use crate::access::{PlaceFault, Skin};
use crate::scenario::grammar::with_near;
use crate::scenario::node::Node;
use crate::scenario::plan::FaultAction;
use crate::select::Want;
use crate::services::SKINS;
use crate::town::decide::FaultOrder;
use crate::town::faults::{self, FaultFault, FaultField, KINDS, share};
use crate::town::state::{ALWAYS, Fault};

/// Keys every kind has.
const GENERAL: [&str; 7] = ["name", "on", "kind", "p", "for", "count", "about"];

impl Reader {
    /// Names of all faults, before anything heals one.
    pub(super) fn collect_faults(&mut self, root: &Node) -> Read<()> {
        let given = root.get("given").map_or(&[][..], Node::items).iter();
        let entries = root.get("timeline").map_or(&[][..], Node::items);
        let done = entries.iter().flat_map(|entry| entry.get("do").map_or(&[][..], Node::items));
        for node in given.chain(done).chain(entries).filter_map(|node| node.get("fault")) {
            let name = self.order(node)?.name();
            self.faults.insert(name);
        }
        Ok(())
    }

    pub(super) fn fault(&self, node: &Node) -> Read<FaultAction> {
        let order = self.order(node)?;
        let about = node.get("about").map(|about| self.uttrykk(about, Want::Ref)).transpose()?;
        Ok(FaultAction { order, about })
    }

    /// The rule itself; whom it is about is known when it is set.
    fn order(&self, node: &Node) -> Read<FaultOrder> {
        self.check(node, "fault")?;
        let place = self.optional_text(node, "on")?.unwrap_or_default();
        let fault = self.fault_kind(node)?;
        let on = node.get("on").unwrap_or(node);
        Skin::check_place(SKINS, &place, fault).map_err(|wrong| match wrong {
            PlaceFault::Unknown { .. } => {
                with_near(self.wrong(on, "scn.unknown-place", &[&place]), &place, Skin::names(SKINS))
            }
            PlaceFault::NoToken(service) => self.wrong(on, "scn.no-token", &[service]),
            PlaceFault::NoIssuer(service) => self.wrong(on, "scn.no-issuer", &[service]),
            PlaceFault::OtherOperation(_) => self.wrong(on, "scn.other-operation", &[&place]),
        })?;
        let p = match node.get("p") {
            None => ALWAYS,
            Some(value) => {
                let text = value.written().unwrap_or_else(|| value.form().to_owned());
                share(&text).ok_or_else(|| self.wrong(value, "scn.not-share", &["p", &text]))?
            }
        };
        let count = match node.get("count") {
            None => None,
            Some(value) => {
                let count = u32::try_from(self.int(value, "count")?).ok().filter(|count| *count > 0);
                Some(
                    count
                        .ok_or_else(|| self.wrong(value, "scn.out-of-range", &["count", "1", &u32::MAX.to_string()]))?,
                )
            }
        };
        let (name, lasts) = (self.slug(node, "name")?, self.span_of(node, "for")?);
        Ok(FaultOrder { name, on: place, fault, p, lasts, count, about: None, client_id: None })
    }

    /// The fault of a kind with its fields, in the words of the file.
    fn fault_kind(&self, node: &Node) -> Read<Fault> {
        let kind = self.optional_text(node, "kind")?.unwrap_or_default();
        let mut fields = BTreeMap::new();
        for (key, value) in node.pairs().iter().filter(|(key, _)| !GENERAL.contains(&key.text.as_str())) {
            fields.insert(key.text.clone(), self.text(value, &key.text)?.into());
        }
        let at = |key: &str| node.get(key).unwrap_or(node);
        faults::read(&kind, &fields).map_err(|fault| match fault {
            FaultFault::UnknownKind { .. } => {
                let kinds: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
                let wrong = self.wrong(at("kind"), "scn.not-in-list", &[&kind, "kind", &kinds.join(", ")]);
                with_near(wrong, &kind, kinds)
            }
            FaultFault::Later(kind) => self.wrong(at("kind"), "scn.fault-later", &[kind]),
            FaultFault::UnknownField { kind, field, .. } => {
                let key = node.pairs().iter().find(|(key, _)| key.text == field);
                let span = key.map_or(&node.span, |(key, _)| &key.span);
                self.wrong_at(span, "scn.unknown-key", &[&field, kind])
            }
            FaultFault::Missing { kind, field, .. } => self.wrong(node, "scn.missing-key", &[kind, field]),
            FaultFault::Value { field, takes } => {
                let text = at(field).written().unwrap_or_default();
                match takes {
                    FaultField::Duration => self.wrong(at(field), "scn.not-duration", &[field, &text]),
                    FaultField::Count { from, to } => {
                        self.wrong(at(field), "scn.out-of-range", &[field, &from.to_string(), &to.to_string()])
                    }
                    FaultField::Word(words) => {
                        self.wrong(at(field), "scn.not-in-list", &[&text, field, &words.join(", ")])
                    }
                }
            }
        })
    }

    /// The name of the fault that is healed: one the file sets.
    pub(super) fn heal(&self, node: &Node) -> Read<String> {
        let name = self.text(node, "heal")?;
        if self.faults.contains(&name) {
            return Ok(name);
        }
        let fault = self.wrong(node, "scn.unknown-fault", &[&name]);
        Err(with_near(fault, &name, self.faults.iter().map(String::as_str)))
    }
}
