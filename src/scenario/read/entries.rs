//! The time line and the rules.

use super::{Read, Reader};
use crate::scenario::grammar;
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{Entry, Rule, RuleBody};
use crate::select::Want;

impl Reader {
    /// Ids of all entries, before anything refers to one.
    pub(super) fn collect_entries(&mut self, root: &Node) -> Read<()> {
        for node in root.get("timeline").map_or(&[][..], Node::items) {
            if let Some(id) = self.slug(node, "id")?
                && !self.entries.insert(id.clone())
            {
                return Err(self.wrong(node.get("id").unwrap_or(node), "scn.name-twice", &[&id]));
            }
        }
        Ok(())
    }

    pub(super) fn timeline(&self, root: &Node, variant: Option<&str>) -> Read<Vec<Entry>> {
        let Some(node) = root.get("timeline") else { return Ok(Vec::new()) };
        let Value::List(items) = &node.value else {
            return Err(self.wrong(node, "scn.not-a-list", &["timeline", node.form()]));
        };
        let variants: Vec<&str> =
            root.get("variants").map_or(&[][..], Node::pairs).iter().map(|(key, _)| key.text.as_str()).collect();
        let mut entries = Vec::new();
        for item in items {
            self.check(item, "entry")?;
            let mut only = Vec::new();
            for named in item.get("variants").map_or(&[][..], Node::items) {
                let name = self.text(named, "variants")?;
                if !variants.contains(&name.as_str()) {
                    let fault = self.wrong(named, "scn.unknown-variant", &[&name]);
                    return Err(grammar::with_near(fault, &name, variants.iter().copied()));
                }
                only.push(name);
            }
            let entry = self.entry(item)?;
            if only.is_empty() || variant.is_some_and(|variant| only.iter().any(|one| one == variant)) {
                entries.push(entry);
            }
        }
        Ok(entries)
    }

    fn entry(&self, node: &Node) -> Read<Entry> {
        let at = self.when(node, "at")?.ok_or_else(|| self.wrong(node, "scn.missing-key", &["entry", "at"]))?;
        let mut actions = self.actions(node.get("do"))?;
        let mut expects = self.expects(node.get("expect"))?;
        // An entry may carry exactly one action or expectation directly.
        let direct: Vec<_> = node
            .pairs()
            .iter()
            .filter(|(key, _)| super::actions::is_action(&key.text) || super::expects::is_expectation(&key.text))
            .collect();
        if direct.len() > 1 {
            return Err(self.wrong_at(&direct[1].0.span, "scn.one-direct", &[&direct[0].0.text, &direct[1].0.text]));
        }
        if let Some((key, value)) = direct.first() {
            if super::actions::is_action(&key.text) {
                actions.push(self.action(&key.text, value, &key.span)?);
            } else {
                expects.push(self.expect_of(&key.text, value, &key.span)?);
            }
        }
        Ok(Entry {
            id: self.slug(node, "id")?,
            title: self.optional_text(node, "title")?,
            at,
            guard: node.get("when").map(|when| Ok(self.located(when, self.uttrykk(when, Want::Bool)?))).transpose()?,
            actions,
            expects,
            within: self.span_of(node, "within")?,
            span: node.span.clone(),
        })
    }

    pub(super) fn rules(&self, root: &Node) -> Read<Vec<Rule>> {
        let mut rules = Vec::new();
        for (list, context) in [("always", "always"), ("never", "never")] {
            for node in root.get(list).map_or(&[][..], Node::items) {
                self.check(node, context)?;
                rules.push(self.rule(node, context)?);
            }
        }
        Ok(rules)
    }

    fn rule(&self, node: &Node, context: &str) -> Read<Rule> {
        let bodies: Vec<_> = node
            .pairs()
            .iter()
            .filter(|(key, _)| {
                matches!(key.text.as_str(), "that" | "no_request" | "no_message" | "request" | "message")
            })
            .collect();
        let [(key, value)] = bodies.as_slice() else {
            return Err(self.wrong(node, "scn.one-key", &[context]));
        };
        for extra in ["within", "count"] {
            if let Some(found) = value.get(extra) {
                return Err(self.wrong(found, "scn.no-place", &[extra, context]));
            }
        }
        let body = match (context, key.text.as_str()) {
            ("always", "that") => RuleBody::Always(self.uttrykk(value, Want::Bool)?),
            (_, "that") => RuleBody::Never(self.uttrykk(value, Want::Bool)?),
            (_, "no_request" | "request") => RuleBody::NoRequest(self.request(value)?),
            _ => RuleBody::NoMessage(self.message(value)?),
        };
        Ok(Rule {
            id: self.slug(node, "id")?,
            title: self.optional_text(node, "title")?,
            from: self.when(node, "from")?,
            to: self.when(node, "to")?,
            span: value.span.clone(),
            body,
        })
    }
}
