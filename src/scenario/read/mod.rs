//! From the tree of a file to a plan: every key known, every name declared, every expression compiled.

mod actions;
mod entries;
mod expects;
mod faults;
mod matches;
mod names;
mod setup;

pub(in crate::scenario) use setup::rows;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use super::fault::{LoadFault, of_expression};
use super::grammar::{wrong, wrong_at};
use super::node::{Node, Source, Value};
use super::plan::{Located, Plan};
use super::template::{Template, Tree};
use super::when::When;
use crate::clock::Span;
use crate::select::{Names, Ty, Uttrykk, Verdi, Want};

pub(super) type Read<T> = Result<T, LoadFault>;

/// What is known about the file while its parts are read.
pub(super) struct Reader {
    pub(super) source: Arc<Source>,
    /// Every declared name: what expressions outside the cast may use.
    pub(super) names: Names,
    pub(super) apps: Vec<String>,
    pub(super) entries: BTreeSet<String>,
    pub(super) sessions: BTreeSet<String>,
    /// Names of the faults the file sets.
    pub(super) faults: BTreeSet<String>,
}

/// What a plan is made for: a variant and a row of the matrix.
pub(super) struct Row {
    pub(super) variant: Option<String>,
    pub(super) matrix: Vec<(String, Verdi)>,
    pub(super) expect_fail: bool,
}

/// Reads the tree `root` of `source` into a plan.
pub(super) fn plan(source: &Arc<Source>, root: &Node, row: Row) -> Read<Plan> {
    super::grammar::check(source, root, "scenario")?;
    let mut reader = Reader {
        source: source.clone(),
        names: Names::new(),
        apps: Vec::new(),
        entries: BTreeSet::new(),
        sessions: BTreeSet::new(),
        faults: BTreeSet::new(),
    };
    if let Some(report) = root.get("report") {
        reader.check(report, "report")?;
    }
    let apps = reader.apps(root)?;
    reader.collect_entries(root)?;
    reader.collect_faults(root)?;
    let params = reader.params(root)?;
    let declared = reader.declare(root, &params, &row.matrix)?;
    let world = reader.world(root)?;
    let auto = reader.world_switch(root, "clock", ["frozen", "auto"])?;
    let life = reader.world_switch(root, "life", ["off", "on"])?;
    let virtual_tokens = reader.world_switch(root, "tokens", ["wall", "virtual"])?;
    if let (true, Some(node)) = (virtual_tokens, root.get("app").and_then(|app| app.get("demo"))) {
        // The sample app looks at its own clock, which is real time.
        return Err(reader.wrong(node, "scn.value-later", &["tokens: virtual, demo"]));
    }
    let cast = reader.cast(root, &params, &row.matrix)?;
    reader.names = declared;
    let given = reader.actions(root.get("given"))?;
    let timeline = reader.timeline(root, row.variant.as_deref())?;
    let rules = reader.rules(root)?;
    let text = |key: &str| root.get(key).and_then(Node::written);
    let file = source.file_name();
    Ok(Plan {
        source: source.clone(),
        id: text("id").unwrap_or_else(|| file.strip_suffix(".byteby.yaml").unwrap_or(&file).to_owned()),
        name: text("name").unwrap_or_default(),
        variant: row.variant,
        matrix: row.matrix,
        tags: root.get("tags").map_or_else(Vec::new, |tags| tags.items().iter().filter_map(Node::written).collect()),
        expect_fail: row.expect_fail,
        world,
        auto,
        life,
        virtual_tokens,
        apps,
        params,
        cast,
        given,
        timeline,
        rules,
    })
}

/// Reads a wanted request that stands alone: its app may be called anything, and there is no time line.
pub(super) fn request_of(source: &Arc<Source>, node: &Node) -> Read<super::plan::Req> {
    let app = node.get("app").and_then(Node::written);
    let reader = Reader {
        source: source.clone(),
        names: Names::new(),
        apps: app.into_iter().collect(),
        entries: BTreeSet::new(),
        sessions: BTreeSet::new(),
        faults: BTreeSet::new(),
    };
    reader.request(node)
}

impl Reader {
    pub(super) fn wrong(&self, node: &Node, key: &'static str, parts: &[&str]) -> LoadFault {
        wrong(&self.source, node, key, parts)
    }

    pub(super) fn wrong_at(&self, span: &Range<usize>, key: &'static str, parts: &[&str]) -> LoadFault {
        wrong_at(&self.source, span, key, parts)
    }

    pub(super) fn check(&self, node: &Node, context: &str) -> Read<()> {
        super::grammar::check(&self.source, node, context)
    }

    /// The text of a scalar.
    pub(super) fn text(&self, node: &Node, what: &str) -> Read<String> {
        node.written().ok_or_else(|| self.wrong(node, "scn.not-text", &[what, node.form()]))
    }

    pub(super) fn optional_text(&self, node: &Node, key: &str) -> Read<Option<String>> {
        node.get(key).map(|value| self.text(value, key)).transpose()
    }

    pub(super) fn int(&self, node: &Node, what: &str) -> Read<i64> {
        match node.value {
            Value::Int(number) => Ok(number),
            _ => Err(self.wrong(node, "scn.not-int", &[what, node.form()])),
        }
    }

    pub(super) fn bool(&self, node: &Node, what: &str) -> Read<bool> {
        match node.value {
            Value::Bool(value) => Ok(value),
            _ => Err(self.wrong(node, "scn.not-bool", &[what, node.form()])),
        }
    }

    pub(super) fn slug(&self, node: &Node, key: &str) -> Read<Option<String>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        let good = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if text.is_empty() || !text.chars().all(good) {
            return Err(self.wrong(value, "scn.not-slug", &[key, &text]));
        }
        Ok(Some(text))
    }

    pub(super) fn span_of(&self, node: &Node, key: &str) -> Read<Option<Span>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        Span::parse(&text).map(Some).map_err(|_| self.wrong(value, "scn.not-span", &[key, &text]))
    }

    pub(super) fn when(&self, node: &Node, key: &str) -> Read<Option<When>> {
        let Some(value) = node.get(key) else { return Ok(None) };
        let text = self.text(value, key)?;
        let when = When::parse(&text).ok_or_else(|| self.wrong(value, "scn.not-when", &[&text]))?;
        if let Some(entry) = when.entry() {
            self.entry_known(value, entry)?;
        }
        Ok(Some(when))
    }

    /// `entry` must be an entry of the time line.
    pub(super) fn entry_known(&self, node: &Node, entry: &str) -> Read<()> {
        if self.entries.contains(entry) {
            return Ok(());
        }
        let fault = self.wrong(node, "cel.unknown-entry", &[entry]);
        Err(super::grammar::with_near(fault, entry, self.entries.iter().map(String::as_str)))
    }

    pub(super) fn uttrykk_with(&self, node: &Node, names: &Names, want: Want) -> Read<Uttrykk> {
        let text = match &node.value {
            Value::Text(text) => text.clone(),
            Value::Bool(value) => value.to_string(),
            _ => return Err(self.wrong(node, "scn.not-expression", &[node.form()])),
        };
        Uttrykk::compile(&text, names, want).map_err(|fault| of_expression(&self.source, node, &fault))
    }

    pub(super) fn uttrykk(&self, node: &Node, want: Want) -> Read<Uttrykk> {
        self.uttrykk_with(node, &self.names, want)
    }

    pub(super) fn refs(&self, node: Option<&Node>) -> Read<Vec<Uttrykk>> {
        node.map_or(&[][..], Node::items).iter().map(|item| self.uttrykk(item, Want::Ref)).collect()
    }

    pub(super) fn template(&self, node: &Node, what: &str) -> Read<Template> {
        let text = self.text(node, what)?;
        Template::compile(&text, &self.names).map_err(|fault| of_expression(&self.source, node, &fault))
    }

    pub(super) fn tree(&self, node: &Node) -> Read<Tree> {
        Ok(match &node.value {
            Value::Null => Tree::Const(Verdi::Null),
            Value::Bool(value) => Tree::Const(Verdi::Bool(*value)),
            Value::Int(number) => Tree::Const(Verdi::Int(*number)),
            Value::Decimal(digits) => Tree::Const(Verdi::text(digits)),
            Value::Text(_) => Tree::Template(self.template(node, "")?),
            Value::List(items) => Tree::List(items.iter().map(|item| self.tree(item)).collect::<Read<_>>()?),
            Value::Map(pairs) => Tree::Map(
                pairs.iter().map(|(key, value)| Ok((key.text.clone(), self.tree(value)?))).collect::<Read<_>>()?,
            ),
        })
    }

    /// Keys of a mapping with something read from each.
    pub(super) fn each<T>(&self, node: Option<&Node>, read: impl Fn(&Node) -> Read<T>) -> Read<Vec<(String, T)>> {
        let Some(node) = node else { return Ok(Vec::new()) };
        if !matches!(node.value, Value::Map(_)) {
            return Err(self.wrong(node, "scn.not-a-map", &["", node.form()]));
        }
        node.pairs().iter().map(|(key, value)| Ok((key.text.clone(), read(value)?))).collect()
    }

    pub(super) fn located<T>(&self, node: &Node, what: T) -> Located<T> {
        Located { span: node.span.clone(), what }
    }

    /// A named app must be declared; without a name there must be exactly one.
    pub(super) fn app_of(&self, node: &Node) -> Read<Option<String>> {
        match node.get("app") {
            Some(named) => {
                let name = self.text(named, "app")?;
                if self.apps.contains(&name) {
                    return Ok(Some(name));
                }
                let fault = self.wrong(named, "scn.unknown-app", &[&name]);
                Err(super::grammar::with_near(fault, &name, self.apps.iter().map(String::as_str)))
            }
            None => Ok(None),
        }
    }

    /// The app a call goes to, when it names none: the only one.
    pub(super) fn call_app(&self, node: &Node) -> Read<Option<String>> {
        let named = self.app_of(node)?;
        match (&named, self.apps.len()) {
            (Some(_), _) | (None, 1) => Ok(named),
            (None, 0) => Err(self.wrong(node, "scn.no-app", &[])),
            (None, _) => Err(self.wrong(node, "scn.which-app", &[&self.apps.join(", ")])),
        }
    }
}

/// The type of a value known before the run.
pub(super) fn type_of(value: &Verdi) -> Ty {
    match value {
        Verdi::Bool(_) => Ty::Bool,
        Verdi::Int(_) => Ty::Int,
        Verdi::Text(_) => Ty::Text,
        Verdi::Dato(_) => Ty::Dato,
        Verdi::Tid(_) => Ty::Tid,
        Verdi::Spenn(_) => Ty::Spenn,
        _ => Ty::Any,
    }
}
