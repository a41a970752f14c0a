//! The names a file declares. They share one namespace, and none may be a word, a function or a name of ours.

use super::{Read, Reader, type_of};
use crate::scenario::node::{Key, Node};
use crate::scenario::shapes;
use crate::select::{Kind, Names, Ty, Verdi};

/// Names bound in every expression.
const OURS: [&str; 7] = ["world", "clock", "app", "env", "messages", "requests", "rules"];

impl Reader {
    /// Names of every expression: ours, parameters and matrix axes.
    fn ground(&self, params: &[(String, Verdi)], matrix: &[(String, Verdi)]) -> Names {
        let app = if self.apps.len() == 1 { Ty::Map(&shapes::APP) } else { Ty::Any };
        let names = Names::new()
            .with("world", Ty::Map(&shapes::WORLD))
            .with("clock", Ty::Map(&shapes::CLOCK))
            .with("app", app)
            .with("env", Ty::Any)
            .with("messages", Ty::list(Ty::Map(&shapes::MESSAGE)))
            .with("requests", Ty::list(Ty::Map(&shapes::REQUEST)))
            .with_entries(self.entries.clone());
        params.iter().chain(matrix).fold(names, |names, (name, value)| names.with(name, type_of(value)))
    }

    /// Names the cast may use before anybody is cast.
    pub(super) fn cast_ground(&self, params: &[(String, Verdi)], matrix: &[(String, Verdi)]) -> Names {
        params.iter().chain(matrix).fold(
            Names::new()
                .with("world", Ty::Map(&shapes::WORLD))
                .with("clock", Ty::Map(&shapes::CLOCK))
                .with("env", Ty::Any),
            |names, (name, value)| names.with(name, type_of(value)),
        )
    }

    /// A declared name must be well formed and free.
    pub(super) fn name_free(&self, key: &Key) -> Read<()> {
        self.name_text_free(&key.text, &key.span)
    }

    fn name_text_free(&self, name: &str, span: &std::ops::Range<usize>) -> Read<()> {
        let mut letters = name.chars();
        let first = letters.next().is_some_and(|letter| letter.is_ascii_lowercase());
        if !first || !letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_') {
            return Err(self.wrong_at(span, "scn.not-name", &[name]));
        }
        if Names::is_taken(name) || OURS.contains(&name) {
            return Err(self.wrong_at(span, "scn.name-taken", &[name]));
        }
        Ok(())
    }

    /// All names of the file.
    pub(super) fn declare(
        &mut self,
        root: &Node,
        params: &[(String, Verdi)],
        matrix: &[(String, Verdi)],
    ) -> Read<Names> {
        let mut names = self.ground(params, matrix);
        for (key, member) in root.get("cast").map_or(&[][..], Node::pairs) {
            self.name_free(key)?;
            if names.ty(&key.text).is_some() {
                return Err(self.wrong_at(&key.span, "scn.name-twice", &[&key.text]));
            }
            names = names.with(&key.text, cast_type(member));
            for (inner, _) in member.get("with").map_or(&[][..], Node::pairs) {
                self.name_free(inner)?;
                names = names.with(&inner.text, Ty::Any);
            }
        }
        let entries = root.get("timeline").map_or(&[][..], Node::items);
        let given = root.get("given").map_or(&[][..], Node::items);
        for node in given.iter().chain(entries) {
            names = self.declare_in(node, names)?;
            for action in node.get("do").map_or(&[][..], Node::items) {
                names = self.declare_in(action, names)?;
            }
            for expect in node.get("expect").map_or(&[][..], Node::items) {
                names = self.declare_in(expect, names)?;
            }
        }
        Ok(names)
    }

    /// Names an action or expectation binds when it happens.
    fn declare_in(&mut self, node: &Node, mut names: Names) -> Read<Names> {
        if let Some(event) = node.get("event") {
            let units = event.get("kind").and_then(Node::text).is_some_and(super::actions::names_units);
            let kind = if units { Kind::Virksomhet } else { Kind::Person };
            for child in event.get("as").map_or(&[][..], Node::items) {
                let name = self.text(child, "as")?;
                self.name_text_free(&name, &child.span)?;
                names = names.with(&name, Ty::Entity(kind));
            }
        }
        for (key, _) in node.get("let").map_or(&[][..], Node::pairs) {
            self.name_free(key)?;
            names = names.with(&key.text, Ty::Any);
        }
        if let Some(save) = node.get("login").and_then(|login| login.get("save")) {
            let name = self.text(save, "save")?;
            self.name_text_free(&name, &save.span)?;
            self.sessions.insert(name);
        }
        for call in ["call", "app"] {
            let Some(save) = node.get(call).and_then(|call| call.get("save")) else { continue };
            if let Some(name) = save.text() {
                self.name_text_free(name, &save.span)?;
                names = names.with(name, Ty::Map(&shapes::ANSWER));
            }
            for (key, _) in save.pairs() {
                self.name_free(key)?;
                names = names.with(&key.text, Ty::Any);
            }
        }
        Ok(names)
    }
}

/// What a cast member is: an entity, or a list when all are taken.
pub(super) fn cast_type(member: &Node) -> Ty {
    let kind = member.get("is").and_then(Node::text).and_then(Kind::parse).unwrap_or(Kind::Person);
    let all = member.get("pick").is_some_and(|pick| pick.text() == Some("all") || pick.get("all").is_some());
    if all { Ty::list(Ty::Entity(kind)) } else { Ty::Entity(kind) }
}
