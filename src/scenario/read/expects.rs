//! Expectations: requests, messages, states, answers and plain conditions.

use std::ops::Range;

use super::{Read, Reader};
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{Attachment, Count, Expect, ExpectBody, Language, Located, Msg, Req, Sender};
use crate::scenario::shapes;
use crate::select::{Kind, Ty, Want};

pub(super) fn is_expectation(key: &str) -> bool {
    matches!(key, "request" | "no_request" | "message" | "no_message" | "state" | "app" | "that" | "all" | "any")
}

impl Reader {
    pub(super) fn expects(&self, node: Option<&Node>) -> Read<Vec<Located<Expect>>> {
        node.map_or(&[][..], Node::items).iter().map(|item| self.expect(item)).collect()
    }

    fn expect(&self, node: &Node) -> Read<Located<Expect>> {
        self.check(node, "expect")?;
        let bodies: Vec<_> = node.pairs().iter().filter(|(key, _)| is_expectation(&key.text)).collect();
        let [(key, value)] = bodies.as_slice() else {
            return Err(self.wrong(node, "scn.one-key", &["expect"]));
        };
        let mut located = self.expect_of(&key.text, value, &key.span)?;
        let expect = &mut located.what;
        expect.id = self.slug(node, "id")?;
        expect.title = self.optional_text(node, "title")?;
        expect.within = self.span_of(node, "within")?.or(expect.within);
        expect.warn = node.get("severity").and_then(Node::text) == Some("warn");
        if let Some(count) = node.get("count") {
            let count = self.count(count)?;
            match &mut expect.body {
                ExpectBody::Request { wanted, .. } => wanted.count = Some(count),
                ExpectBody::Message { wanted, .. } => wanted.count = Some(count),
                _ => return Err(self.wrong(node, "scn.count-of-what", &[])),
            }
        }
        Ok(located)
    }

    pub(super) fn expect_of(&self, key: &str, node: &Node, span: &Range<usize>) -> Read<Located<Expect>> {
        let (body, within) = match key {
            "request" | "no_request" => {
                let wanted = self.request(node)?;
                let within = wanted.within;
                self.countless(node, key)?;
                (ExpectBody::Request { wanted, negative: key == "no_request" }, within)
            }
            "message" | "no_message" => {
                let wanted = self.message(node)?;
                let within = wanted.within;
                self.countless(node, key)?;
                (ExpectBody::Message { wanted, negative: key == "no_message" }, within)
            }
            "state" => (self.state(node)?, None),
            "app" => (self.app_call(node)?, None),
            "that" => (ExpectBody::That(self.uttrykk(node, Want::Bool)?), None),
            "all" => (ExpectBody::All(self.inner(node)?), None),
            _ => (ExpectBody::Any(self.inner(node)?), None),
        };
        Ok(Located { span: span.clone(), what: Expect { id: None, title: None, within, warn: false, body } })
    }

    /// What must not be at all has no count.
    fn countless(&self, node: &Node, key: &str) -> Read<()> {
        match node.get("count") {
            Some(count) if key.starts_with("no_") => Err(self.wrong(count, "scn.no-place", &["count", key])),
            _ => Ok(()),
        }
    }

    /// Expectations inside `all` and `any`: they share the window of the whole.
    fn inner(&self, node: &Node) -> Read<Vec<Located<Expect>>> {
        let inner = self.expects(Some(node))?;
        for (expect, item) in inner.iter().zip(node.items()) {
            if matches!(expect.what.body, ExpectBody::App { .. }) {
                return Err(self.wrong(item, "scn.inner-app", &[]));
            }
            if expect.what.within.is_some() || expect.what.warn {
                return Err(self.wrong(item, "scn.inner-window", &[]));
            }
        }
        Ok(inner)
    }

    fn state(&self, node: &Node) -> Read<ExpectBody> {
        self.check(node, "state")?;
        let (Some(of), Some(that)) = (node.get("of"), node.get("that")) else {
            return Err(self.wrong(node, "scn.missing-key", &["state", "of"]));
        };
        let of = self.uttrykk(of, Want::Ref)?;
        let kind = match of.ty() {
            Ty::Entity(kind) => *kind,
            Ty::List(element) => match **element {
                Ty::Entity(kind) => kind,
                _ => Kind::Person,
            },
            _ => Kind::Person,
        };
        let names = self.names.clone().of_entity(kind);
        Ok(ExpectBody::State { of, that: self.uttrykk_with(that, &names, Want::Bool)? })
    }

    fn app_call(&self, node: &Node) -> Read<ExpectBody> {
        self.check(node, "appcall")?;
        let names = self.names.clone().with_it(Ty::Map(&shapes::ANSWER));
        let that = node.get("that").map(|that| self.uttrykk_with(that, &names, Want::Bool)).transpose()?;
        Ok(ExpectBody::App { call: self.call(node)?, that })
    }

    fn count(&self, node: &Node) -> Read<Count> {
        let text = self.text(node, "count")?;
        Count::parse(&text).ok_or_else(|| self.wrong(node, "scn.not-count", &[&text]))
    }

    /// `"@entry"`, as `saw`, `after` and `before` take it.
    fn entry_ref(&self, node: &Node, key: &str) -> Read<Option<String>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        let Some(id) = text.strip_prefix('@') else { return Err(self.wrong(value, "scn.not-entry", &[key, &text])) };
        self.entry_known(value, id)?;
        Ok(Some(id.to_owned()))
    }

    pub(super) fn request(&self, node: &Node) -> Read<Req> {
        self.check(node, "request")?;
        let matches = |key: &str| node.get(key).map(|value| self.matches(value)).transpose();
        if let Some(operation) = node.get("operation") {
            let text = self.text(operation, "operation")?;
            if text.split('.').count() < 2 {
                return Err(self.wrong(operation, "scn.not-operation", &[&text]));
            }
        }
        Ok(Req {
            service: self.optional_text(node, "service")?,
            operation: self.optional_text(node, "operation")?,
            app: self.app_of(node)?,
            about: self.refs(node.get("about"))?,
            saw: self.entry_ref(node, "saw")?,
            as_client: self.optional_text(node, "as_client")?,
            query: matches("query")?,
            body: matches("body")?,
            status: matches("status")?,
            after: self.entry_ref(node, "after")?,
            before: self.entry_ref(node, "before")?,
            count: node.get("count").map(|count| self.count(count)).transpose()?,
            within: self.span_of(node, "within")?,
        })
    }

    pub(super) fn message(&self, node: &Node) -> Read<Msg> {
        self.check(node, "message")?;
        let matches = |key: &str| node.get(key).map(|value| self.matches(value)).transpose();
        let flag = |key: &str| node.get(key).map(|value| self.bool(value, key)).transpose();
        let from = match node.get("from") {
            None => None,
            Some(value) if value.text() == Some("kommunen") => Some(Sender::Kommunen),
            Some(value) => Some(Sender::Ref(self.uttrykk(value, Want::Ref)?)),
        };
        Ok(Msg {
            channel: node
                .get("channel")
                .map_or_else(Vec::new, |one| one.items().iter().filter_map(Node::written).collect()),
            to: self.refs(node.get("to"))?,
            from,
            kind: matches("kind")?,
            subject: matches("subject")?,
            text: matches("text")?,
            attachment: node.get("attachment").map(|value| self.attachment(value)).transpose()?,
            language: node.get("language").and_then(Node::text).map(|word| match word {
                "preferred" => Language::Preferred,
                code => Language::Code(code.to_owned()),
            }),
            delivered: flag("delivered")?,
            read: flag("read")?,
            about: self.refs(node.get("about"))?,
            count: node.get("count").map(|count| self.count(count)).transpose()?,
            within: self.span_of(node, "within")?,
        })
    }

    fn attachment(&self, node: &Node) -> Read<Attachment> {
        self.check(node, "attachment")?;
        let matches = |key: &str| -> Read<Option<_>> {
            match node.get(key) {
                // Here `type` is a field of the attachment, so a text is a value and no operator.
                Some(value) if !matches!(value.value, Value::Null) => self.matches(value).map(Some),
                _ => Ok(None),
            }
        };
        Ok(Attachment { name: matches("name")?, mime: matches("type")?, text: matches("text")? })
    }
}
