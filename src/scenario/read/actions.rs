//! Actions: life events, calls, log-ins, the clock and names.

use std::ops::Range;
use std::sync::OnceLock;

use super::{Read, Reader};
use crate::base::Kjoenn;
use crate::clock::Span;
use crate::scenario::grammar::with_near;
use crate::scenario::node::{Node, Value};
use crate::scenario::plan::{
    Action, Av, Call, CallBody, Change, Felt, LifeEvent, Located, Login, Response, ResponsePart, Save,
};
use crate::scenario::shapes;
use crate::scenario::when::When;
use crate::select::{Ty, Uttrykk, Want};
use crate::town::livshendelser;
use crate::town::model::{Postkasse, Spraak};

const EVENTS: &str = include_str!("../events.tsv");
const METHODS: [(&str, &str); 6] =
    [("get", "GET"), ("post", "POST"), ("put", "PUT"), ("patch", "PATCH"), ("delete", "DELETE"), ("head", "HEAD")];

/// A row of the table of life events: kind, field, type, needed. `field` is `later` for a kind that comes later.
struct EventRow {
    kind: &'static str,
    field: &'static str,
    slag: &'static str,
    needed: bool,
}

fn event_rows() -> &'static [EventRow] {
    static ROWS: OnceLock<Vec<EventRow>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &'static str| {
            let mut cells = line.split('\t');
            let (kind, field) = (cells.next()?, cells.next()?);
            let (slag, needed) = (cells.next().unwrap_or(""), cells.next() == Some("needed"));
            Some(EventRow { kind, field, slag, needed })
        };
        EVENTS.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
    })
}

/// Whether the names an event of `kind` gives are those of organisations, not people.
pub(super) fn names_units(kind: &str) -> bool {
    event_rows().iter().any(|row| row.kind == kind && row.slag == "unit_names")
}

pub(super) fn is_action(key: &str) -> bool {
    matches!(key, "event" | "call" | "login" | "advance" | "fault" | "heal" | "let" | "note")
}

impl Reader {
    pub(super) fn actions(&self, node: Option<&Node>) -> Read<Vec<Located<Action>>> {
        let mut actions = Vec::new();
        for item in node.map_or(&[][..], Node::items) {
            self.check(item, "action")?;
            match item.pairs() {
                [(key, value)] => actions.push(self.action(&key.text, value, &key.span)?),
                _ => return Err(self.wrong(item, "scn.one-key", &["action"])),
            }
        }
        Ok(actions)
    }

    pub(super) fn action(&self, key: &str, node: &Node, span: &Range<usize>) -> Read<Located<Action>> {
        let what = match key {
            "event" => Action::Event(Box::new(self.event(node)?)),
            "call" => {
                self.check(node, "call")?;
                Action::Call(Box::new(self.call(node)?))
            }
            "login" => Action::Login(Box::new(self.login(node)?)),
            "advance" => self.advance(node)?,
            "fault" => Action::Fault(Box::new(self.fault(node)?)),
            "heal" => Action::Heal(self.heal(node)?),
            "let" => Action::Let(self.each(Some(node), |value| self.uttrykk(value, Want::Anything))?),
            _ => Action::Note,
        };
        Ok(Located { span: span.clone(), what })
    }

    fn advance(&self, node: &Node) -> Read<Action> {
        let text = self.text(node, "advance")?;
        if text == "next" {
            return Ok(Action::AdvanceNext);
        }
        if let Ok(span) = Span::parse(&text) {
            return Ok(Action::AdvanceBy(span));
        }
        let when = When::parse(&text).ok_or_else(|| self.wrong(node, "scn.not-when", &[&text]))?;
        if let Some(entry) = when.entry() {
            self.entry_known(node, entry)?;
        }
        Ok(Action::AdvanceTo(when))
    }

    fn event(&self, node: &Node) -> Read<LifeEvent> {
        let Value::Map(pairs) = &node.value else {
            return Err(self.wrong(node, "scn.not-a-map", &["event", node.form()]));
        };
        let Some(kind_node) = node.get("kind") else {
            return Err(self.wrong(node, "scn.missing-key", &["event", "kind"]));
        };
        let kind = self.text(kind_node, "kind")?;
        let rows: Vec<&EventRow> = event_rows().iter().filter(|row| row.kind == kind).collect();
        let Some(first) = rows.first() else {
            let fault = self.wrong(kind_node, "scn.unknown-event", &[&kind]);
            return Err(with_near(fault, &kind, event_rows().iter().map(|row| row.kind)));
        };
        if first.field == "later" {
            return Err(self.wrong(kind_node, "scn.event-later", &[&kind]));
        }
        for (key, _) in pairs {
            if key.text != "kind" && !rows.iter().any(|row| row.field == key.text) {
                let fault = self.wrong_at(&key.span, "scn.unknown-key", &[&key.text, &kind]);
                return Err(with_near(fault, &key.text, rows.iter().map(|row| row.field)));
            }
        }
        let earlier = self.earlier(first.kind, node)?;
        // An earlier event says itself of which kind it was.
        let told = |field: &str| earlier.is_some() && field == "hendelse";
        if let Some(missing) = rows.iter().find(|row| row.needed && !told(row.field) && node.get(row.field).is_none()) {
            return Err(self.wrong(node, "scn.missing-key", &[&kind, missing.field]));
        }
        let of = match earlier {
            Some(entry) => Av::Hendelse(entry),
            None => Av::Hvem(
                self.reference(node, "of")?.ok_or_else(|| self.wrong(node, "scn.missing-key", &[&kind, "of"]))?,
            ),
        };
        Ok(LifeEvent { kind: first.kind, of, change: self.change(first.kind, node)? })
    }

    /// The entry whose life event this one is of, written `@entry`, for the kinds that take one.
    fn earlier(&self, kind: &str, node: &Node) -> Read<Option<String>> {
        let Some(of) = node.get("of").filter(|_| livshendelser::tar_hendelse(kind)) else { return Ok(None) };
        let Some(entry) = of.text().and_then(|text| text.strip_prefix('@')) else { return Ok(None) };
        self.entry_known(of, entry)?;
        Ok(Some(entry.to_owned()))
    }

    fn reference(&self, node: &Node, key: &str) -> Read<Option<Uttrykk>> {
        node.get(key).map(|value| self.uttrykk(value, Want::Ref)).transpose()
    }

    fn change(&self, kind: &str, node: &Node) -> Read<Change> {
        let template = |key: &str| node.get(key).map(|value| self.template(value, key)).transpose();
        Ok(match kind {
            "foedsel" => self.foedsel(node)?,
            "navnevalg" => Change::Navnevalg {
                fornavn: template("fornavn")?.ok_or_else(|| self.wrong(node, "scn.missing-key", &[kind, "fornavn"]))?,
                mellomnavn: template("mellomnavn")?,
                etternavn: template("etternavn")?,
            },
            "barnehagestart" => Change::Barnehagestart { barnehage: self.reference(node, "barnehage")? },
            "reservasjon" => Change::Reservasjon {
                reservert: node.get("reservert").map_or(Ok(true), |value| self.bool(value, "reservert"))?,
            },
            "kontaktendring" => {
                self.code(node, "spraak", Spraak::from_code, Spraak::ALL.iter().map(|code| code.code()))?;
                let suppliers = Postkasse::ALL.iter().map(|code| code.code());
                self.code(node, "postkasse", Postkasse::from_code, suppliers)?;
                self.felter(kind, node)?
            }
            _ => self.felter(kind, node)?,
        })
    }

    /// Fields of a kind as the table of life events has them; their values are looked at by the town.
    fn felter(&self, kind: &str, node: &Node) -> Read<Change> {
        let mut felt = Vec::new();
        let named: Read<Vec<String>> =
            node.get("as").map_or(&[][..], Node::items).iter().map(|name| self.text(name, "as")).collect();
        for row in event_rows().iter().filter(|row| row.kind == kind && !matches!(row.field, "of" | "as")) {
            let Some(value) = node.get(row.field) else { continue };
            let verdi = match row.slag {
                "ref" => Felt::Ref(self.uttrykk(value, Want::Ref)?),
                "bool" => Felt::Bool(self.bool(value, row.field)?),
                "int" => Felt::Int(self.int(value, row.field)?),
                _ => Felt::Text(self.template(value, row.field)?),
            };
            felt.push((row.field, verdi));
        }
        Ok(Change::Felter { felt, named: named? })
    }

    fn foedsel(&self, node: &Node) -> Read<Change> {
        let named: Read<Vec<String>> =
            node.get("as").map_or(&[][..], Node::items).iter().map(|name| self.text(name, "as")).collect();
        let named = named?;
        let antall = node.get("antall").map(|value| self.int(value, "antall")).transpose()?;
        if let Some(count) = antall
            && (!(1..=5).contains(&count) || !named.is_empty() && usize::try_from(count) != Ok(named.len()))
        {
            let parts = ["antall", "1", "5"];
            return Err(self.wrong(node.get("antall").unwrap_or(node), "scn.out-of-range", &parts));
        }
        let mut kjoenn = Vec::new();
        for one in node.get("kjoenn").map_or(&[][..], Node::items) {
            let code = self.text(one, "kjoenn")?;
            kjoenn.push(match code.as_str() {
                "kvinne" => Kjoenn::Kvinne,
                "mann" => Kjoenn::Mann,
                _ => {
                    return Err(with_near(
                        self.wrong(one, "scn.not-in-list", &[&code, "kjoenn", "kvinne, mann"]),
                        &code,
                        ["kvinne", "mann"],
                    ));
                }
            });
        }
        Ok(Change::Foedsel { medforelder: self.reference(node, "medforelder")?, named, antall, kjoenn })
    }

    fn code<T>(
        &self,
        node: &Node,
        key: &str,
        read: fn(&str) -> Option<T>,
        codes: impl Iterator<Item = &'static str>,
    ) -> Read<Option<T>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        let codes: Vec<&str> = codes.collect();
        read(&text).map(Some).ok_or_else(|| {
            let fault = self.wrong(value, "scn.not-in-list", &[&text, key, &codes.join(", ")]);
            with_near(fault, &text, codes.iter().copied())
        })
    }

    /// A call whose keys have been checked.
    pub(super) fn call(&self, node: &Node) -> Read<Call> {
        let methods: Vec<_> = METHODS.iter().filter_map(|(key, method)| Some((*method, node.get(key)?))).collect();
        let [(method, path)] = methods.as_slice() else {
            return Err(self.wrong(node, "scn.one-method", &[]));
        };
        if path.text().is_some_and(|path| !path.starts_with('/') && !path.starts_with("${")) {
            return Err(self.wrong(path, "scn.not-path", &[path.text().unwrap_or_default()]));
        }
        let session = self.optional_text(node, "session")?;
        if let (Some(name), Some(value)) = (&session, node.get("session"))
            && !self.sessions.contains(name)
        {
            let fault = self.wrong(value, "scn.unknown-session", &[name]);
            return Err(with_near(fault, name, self.sessions.iter().map(String::as_str)));
        }
        let bodies: Vec<&str> = ["json", "form", "text"].into_iter().filter(|key| node.get(key).is_some()).collect();
        let body = match bodies.as_slice() {
            [] => CallBody::None,
            ["json"] => CallBody::Json(self.tree(node.get("json").unwrap_or(node))?),
            ["form"] => CallBody::Form(self.each(node.get("form"), |value| self.tree(value))?),
            ["text"] => CallBody::Text(self.template(node.get("text").unwrap_or(node), "text")?),
            _ => return Err(self.wrong(node, "scn.one-body", &[&bodies.join(", ")])),
        };
        Ok(Call {
            app: self.call_app(node)?,
            method,
            path: self.template(path, "path")?,
            session,
            query: self.each(node.get("query"), |value| self.tree(value))?,
            headers: self.each(node.get("headers"), |value| self.template(value, "headers"))?,
            body,
            follow: node.get("follow").map_or(Ok(false), |value| self.bool(value, "follow"))?,
            save: self.save(node.get("save"))?,
            expect: node.get("expect").map(|expect| self.response(expect)).transpose()?,
        })
    }

    fn save(&self, node: Option<&Node>) -> Read<Save> {
        let Some(node) = node else { return Ok(Save::Nothing) };
        if let Some(name) = node.text() {
            return Ok(Save::Whole(name.to_owned()));
        }
        let names = self.names.clone().with_it(Ty::Map(&shapes::ANSWER));
        let parts =
            self.each(Some(node), |value| Ok(self.located(value, self.uttrykk_with(value, &names, Want::Anything)?)))?;
        Ok(Save::Parts(parts))
    }

    fn response(&self, node: &Node) -> Read<Response> {
        self.check(node, "response")?;
        let mut parts = Vec::new();
        for (key, value) in node.pairs() {
            if key.text == "headers" {
                for (header, wanted) in value.pairs() {
                    let part = ResponsePart::Header(header.text.to_lowercase(), self.matches(wanted)?);
                    parts.push(Located { span: header.span.clone(), what: part });
                }
                continue;
            }
            let wanted = self.matches(value)?;
            let part = match key.text.as_str() {
                "status" => ResponsePart::Status(wanted),
                "json" => ResponsePart::Json(wanted),
                _ => ResponsePart::Text(wanted),
            };
            parts.push(Located { span: key.span.start..value.span.end, what: part });
        }
        Ok(Response { parts })
    }

    fn login(&self, node: &Node) -> Read<Login> {
        self.check(node, "login")?;
        let who = self.reference(node, "as")?.ok_or_else(|| self.wrong(node, "scn.missing-key", &["login", "as"]))?;
        for (key, only) in [("via", "idporten"), ("outcome", "ok")] {
            if let Some(value) = node.get(key)
                && value.text() != Some(only)
            {
                return Err(self.wrong(value, "scn.value-later", &[value.text().unwrap_or_default()]));
            }
        }
        let level = match node.get("level").and_then(Node::text) {
            Some("low") => "idporten-loa-low",
            Some("high") => "idporten-loa-high",
            _ => "idporten-loa-substantial",
        };
        Ok(Login {
            who,
            level,
            app: self.call_app(node)?,
            start: self.optional_text(node, "start")?,
            save: self.optional_text(node, "save")?.unwrap_or_default(),
        })
    }
}
