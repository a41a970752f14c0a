//! World, parameters, apps and cast.

use super::names::cast_type;
use super::{Read, Reader};
use crate::base::Seed;
use crate::clock::{Instant, Span};
use crate::population::Spec;
use crate::scenario::fault::of_expression;
use crate::scenario::grammar::with_near;
use crate::scenario::node::{Key, Node, Value};
use crate::scenario::plan::{App, AppKind, Cast, Ready};
use crate::scenario::shapes;
use crate::scenario::when::duration;
use crate::select::{Kind, Names, Pick, Selector, Ty, Verdi, Want};
use crate::town::state::Leveringskilde;

/// Largest world a scenario may ask for: the largest that is served.
const MAX_SIZE: i64 = 1_000_000;

impl Reader {
    pub(super) fn world(&self, root: &Node) -> Read<Spec> {
        let Some(node) = root.get("world") else {
            return Err(self.wrong(root, "scn.missing-key", &["scenario", "world"]));
        };
        self.check(node, "world")?;
        let mut spec = Spec::default();
        if let Some(size) = node.get("size") {
            let number = self.int(size, "size")?;
            if !(1..=MAX_SIZE).contains(&number) {
                return Err(self.wrong(size, "scn.out-of-range", &["size", "1", &MAX_SIZE.to_string()]));
            }
            spec.size = u32::try_from(number).unwrap_or(spec.size);
        }
        if let Some(seed) = node.get("seed") {
            spec.seed = Seed::parse(&self.text(seed, "seed")?);
        }
        if let Some(date) = node.get("date") {
            let text = self.text(date, "date")?;
            spec.start = Instant::parse(&text).ok_or_else(|| self.wrong(date, "scn.not-when", &[&text]))?;
        }
        if let Some(profile) = self.optional_text(node, "municipality")? {
            spec.profile = profile;
        }
        if let Some(pack) = node.get("pack") {
            let text = self.text(pack, "pack")?;
            if text != crate::population::PACK {
                return Err(self.wrong(pack, "scn.other-pack", &[&text, crate::population::PACK]));
            }
        }
        Ok(spec)
    }

    /// One of the two words `key` of the world may have; whether it is the second. The first is the default.
    pub(super) fn world_switch(&self, root: &Node, key: &str, words: [&str; 2]) -> Read<bool> {
        let Some(node) = root.get("world").and_then(|world| world.get(key)) else { return Ok(false) };
        match node.text() {
            Some(word) if word == words[0] => Ok(false),
            Some(word) if word == words[1] => Ok(true),
            word => Err(self.wrong(node, "scn.not-in-list", &[word.unwrap_or_default(), key, &words.join(", ")])),
        }
    }

    pub(super) fn params(&self, root: &Node) -> Read<Vec<(String, Verdi)>> {
        let mut params = Vec::new();
        for (key, node) in root.get("params").map_or(&[][..], Node::pairs) {
            self.name_free(key)?;
            self.check(node, "param")?;
            let Some(default) = node.get("default") else {
                return Err(self.wrong(node, "scn.param-without-value", &[&key.text]));
            };
            let ty = node.get("type").and_then(Node::written).unwrap_or_default();
            let value = self.param(default, &ty)?;
            let allowed = node.get("values").map_or(&[][..], Node::items);
            if !allowed.is_empty() && !allowed.iter().any(|one| one.written() == default.written()) {
                let all: Vec<String> = allowed.iter().filter_map(Node::written).collect();
                let written = default.written().unwrap_or_default();
                return Err(self.wrong(default, "scn.not-in-list", &[&written, &key.text, &all.join(", ")]));
            }
            params.push((key.text.clone(), value));
        }
        Ok(params)
    }

    fn param(&self, node: &Node, ty: &str) -> Read<Verdi> {
        let written = node.written().unwrap_or_default();
        let value = match (ty, &node.value) {
            ("int", Value::Int(number)) => Some(Verdi::Int(*number)),
            ("bool", Value::Bool(value)) => Some(Verdi::Bool(*value)),
            ("decimal", Value::Int(_) | Value::Decimal(_)) => Some(Verdi::text(&written)),
            ("text" | "enum", Value::Text(text)) => Some(Verdi::text(text)),
            ("date", Value::Text(text)) => text.parse().ok().map(Verdi::Dato),
            ("span", Value::Text(text)) => Span::parse(text).ok().map(Verdi::Spenn),
            _ => None,
        };
        value.ok_or_else(|| self.wrong(node, "scn.param-type", &[&written, ty]))
    }

    pub(super) fn apps(&mut self, root: &Node) -> Read<Vec<(String, App)>> {
        let mut apps = Vec::new();
        if let Some(node) = root.get("app") {
            let name = node.get("demo").and_then(Node::text).unwrap_or("app").to_owned();
            apps.push((name, node));
        }
        for (key, node) in root.get("apps").map_or(&[][..], Node::pairs) {
            if root.get("app").is_some() {
                return Err(self.wrong_at(&key.span, "scn.app-and-apps", &[]));
            }
            apps.push((key.text.clone(), node));
        }
        self.apps = apps.iter().map(|(name, _)| name.clone()).collect();
        apps.into_iter().map(|(name, node)| Ok((name, self.app(node)?))).collect()
    }

    fn app(&self, node: &Node) -> Read<App> {
        self.check(node, "app")?;
        let kind = match (node.get("demo"), node.get("url")) {
            (Some(_), None) => {
                let extra = node.pairs().iter().find(|(key, _)| key.text != "demo");
                if let Some((key, _)) = extra {
                    return Err(self.wrong_at(&key.span, "scn.demo-extra", &[&key.text]));
                }
                AppKind::Demo
            }
            (None, Some(url)) => {
                let text = self.text(url, "url")?;
                if !text.starts_with("http://") && !text.starts_with("https://") {
                    return Err(self.wrong(url, "scn.not-url", &[&text]));
                }
                AppKind::Url(text.trim_end_matches('/').to_owned())
            }
            _ => return Err(self.wrong(node, "scn.app-kind", &[])),
        };
        let ready = match node.get("ready") {
            None => None,
            Some(ready) => {
                self.check(ready, "ready")?;
                Some(Ready {
                    path: self.optional_text(ready, "get")?.unwrap_or_default(),
                    status: ready.get("status").map(|status| self.matches(status)).transpose()?,
                    timeout_ms: self.wall(ready, "timeout")?,
                })
            }
        };
        let idle = match node.get("idle") {
            None => None,
            Some(idle) => {
                self.check(idle, "idle")?;
                let names = Names::new().with_it(Ty::Map(&shapes::ANSWER));
                let that = idle.get("that").map(|that| self.uttrykk_with(that, &names, Want::Bool)).transpose()?;
                Some(self.optional_text(idle, "get")?.unwrap_or_default()).zip(that)
            }
        };
        if let Some(exclusive) = node.get("exclusive")
            && !self.bool(exclusive, "exclusive")?
        {
            return Err(self.wrong(exclusive, "scn.value-later", &["exclusive: false"]));
        }
        let settle = node.get("settle");
        if let Some(settle) = settle {
            self.check(settle, "settle")?;
        }
        Ok(App {
            kind,
            ready,
            idle,
            poke: self.optional_text(node, "poke")?,
            feeds: node
                .get("feeds")
                .map_or_else(Vec::new, |feeds| feeds.items().iter().filter_map(Node::written).collect()),
            deliveries: self.deliveries(node)?,
            quiet_ms: settle.map(|settle| self.wall(settle, "quiet")).transpose()?.flatten(),
            settle_max_ms: settle.map(|settle| self.wall(settle, "max")).transpose()?.flatten(),
            span: node.span.clone(),
        })
    }

    fn deliveries(&self, node: &Node) -> Read<Vec<(Leveringskilde, String)>> {
        let Some(deliveries) = node.get("deliveries") else { return Ok(Vec::new()) };
        if !matches!(deliveries.value, Value::Map(_)) {
            return Err(self.wrong(deliveries, "scn.not-a-map", &["deliveries", deliveries.form()]));
        }
        let one = |(key, value): &(Key, Node)| {
            let kilde = Leveringskilde::AAPNE.into_iter().find(|kilde| kilde.name() == key.text).ok_or_else(|| {
                let known = Leveringskilde::AAPNE.map(Leveringskilde::name);
                let fault = self.wrong_at(&key.span, "scn.not-in-list", &[&key.text, "deliveries", &known.join(", ")]);
                with_near(fault, &key.text, known)
            })?;
            let path = self.text(value, &key.text)?;
            if !path.starts_with('/') {
                return Err(self.wrong(value, "scn.not-path", &[&path]));
            }
            Ok((kilde, path))
        };
        deliveries.pairs().iter().map(one).collect()
    }

    fn wall(&self, node: &Node, key: &str) -> Read<Option<u64>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        duration(&text).map(Some).ok_or_else(|| self.wrong(value, "scn.not-duration", &[key, &text]))
    }

    pub(super) fn cast(&self, root: &Node, params: &[(String, Verdi)], matrix: &[(String, Verdi)]) -> Read<Vec<Cast>> {
        let mut names = self.cast_ground(params, matrix);
        let mut cast = Vec::new();
        for (key, node) in root.get("cast").map_or(&[][..], Node::pairs) {
            let member = self.member(&key.text, node, &names)?;
            names = names.with(&key.text, cast_type(node));
            let mut with = Vec::new();
            for (inner, node) in node.get("with").map_or(&[][..], Node::pairs) {
                let uttrykk = self.uttrykk_with(node, &names, Want::Anything)?;
                names = names.with(&inner.text, uttrykk.ty().clone());
                with.push((inner.text.clone(), self.located(node, uttrykk)));
            }
            cast.push(Cast { with, ..member });
        }
        Ok(cast)
    }

    fn member(&self, name: &str, node: &Node, names: &Names) -> Read<Cast> {
        // A selector alone is a person.
        let (kind, text) = if node.text().is_some() {
            (Kind::Person, node)
        } else {
            self.check(node, "cast")?;
            let kind = node.get("is").and_then(Node::text).and_then(Kind::parse).unwrap_or(Kind::Person);
            (kind, node.get("where").ok_or_else(|| self.wrong(node, "scn.missing-key", &["cast", "where"]))?)
        };
        let condition = text.text().ok_or_else(|| self.wrong(text, "scn.not-expression", &[text.form()]))?;
        let selector = Selector::compile_with(condition, kind, names)
            .map_err(|fault| of_expression(&self.source, text, &fault))?;
        Ok(Cast {
            name: name.to_owned(),
            kind,
            selector,
            pick: self.pick(node.get("pick"), kind, names)?,
            with: Vec::new(),
            span: text.span.clone(),
            text_node: text.clone(),
        })
    }

    fn pick(&self, node: Option<&Node>, kind: Kind, names: &Names) -> Read<Pick> {
        let Some(node) = node else { return Ok(Pick::First) };
        if let Some(word) = node.text() {
            return match word {
                "first" => Ok(Pick::First),
                "last" => Ok(Pick::Last),
                "any" => Ok(Pick::Any),
                "all" => Ok(Pick::All(None)),
                _ => Err(self.wrong(node, "scn.not-in-list", &[word, "pick", "first, last, any, all"])),
            };
        }
        self.check(node, "pick")?;
        let of_entity = names.clone().of_entity(kind);
        let place =
            |number: i64| usize::try_from(number).map_err(|_| self.wrong(node, "scn.out-of-range", &["nth", "0", "…"]));
        match node.pairs() {
            [(key, value)] => match key.text.as_str() {
                "nth" => place(self.int(value, "nth")?).map(Pick::Nth),
                "all" if value.value == Value::Null => Ok(Pick::All(None)),
                "all" => place(self.int(value, "all")?).map(|count| Pick::All(Some(count))),
                "min" => self.uttrykk_with(value, &of_entity, Want::Ordered).map(Pick::Min),
                _ => self.uttrykk_with(value, &of_entity, Want::Ordered).map(Pick::Max),
            },
            _ => Err(self.wrong(node, "scn.one-key", &["pick"])),
        }
    }
}

/// The values of the matrix axes, each row once; one empty row without a matrix.
pub(in crate::scenario) fn rows(reader_root: &Node) -> Vec<Vec<(String, Verdi)>> {
    let mut rows: Vec<Vec<(String, Verdi)>> = vec![Vec::new()];
    let Some(axes) = reader_root.get("matrix").and_then(|matrix| matrix.get("axes")) else { return rows };
    for (axis, values) in axes.pairs() {
        rows = rows
            .into_iter()
            .flat_map(|row| {
                values.items().iter().map(move |value| {
                    let mut row = row.clone();
                    row.push((axis.text.clone(), constant(value)));
                    row
                })
            })
            .collect();
    }
    rows
}

fn constant(node: &Node) -> Verdi {
    match &node.value {
        Value::Int(number) => Verdi::Int(*number),
        Value::Bool(value) => Verdi::Bool(*value),
        _ => node.written().map_or(Verdi::Null, |text| Verdi::text(&text)),
    }
}
