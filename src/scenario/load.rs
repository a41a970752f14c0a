//! Loading: a file in, a plan for each of its variants out, or one clear sentence.

use std::path::Path;
use std::sync::Arc;

use super::fault::LoadFault;
use super::grammar::{check, wrong_at};
use super::node::{self, Node, Source, Value};
use super::overlay;
use super::plan::Plan;
use super::read::{self, Row};

/// Loads the scenario file at `path`: one plan for the base and one for each variant, for each row of its matrix.
///
/// # Errors
/// The first thing that is wrong with it. Nothing has run then.
pub fn load(path: &Path) -> Result<Vec<Plan>, LoadFault> {
    let source =
        node::open(path).map_err(|error| LoadFault::Unreadable { path: path.to_owned(), why: error.to_string() })?;
    load_source(&source)
}

/// Loads the scenario in `text` as if it stood in a file at `path`.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn load_text(path: &Path, text: &str) -> Result<Vec<Plan>, LoadFault> {
    load_source(&Arc::new(Source { path: path.to_owned(), text: text.to_owned() }))
}

fn load_source(source: &Arc<Source>) -> Result<Vec<Plan>, LoadFault> {
    let root = node::read(source).map_err(|fault| {
        let key = if fault.duplicate { "scn.duplicate-key" } else { "scn.no-yaml" };
        wrong_at(source, &fault.span, key, &[&fault.message])
    })?;
    check(source, &root, "scenario")?;
    if let Some(matrix) = root.get("matrix") {
        check(source, matrix, "matrix")?;
        if let Some(combine) = matrix.get("combine")
            && combine.text() != Some("full")
        {
            return Err(super::grammar::wrong(source, combine, "scn.value-later", &["pairwise"]));
        }
    }
    let mut trees: Vec<(Option<String>, bool, Node)> = vec![(None, false, root.clone())];
    for (key, variant) in root.get("variants").map_or(&[][..], Node::pairs) {
        let patched = overlay::apply(source, &root, variant)?;
        let fails = variant.get("expect_fail").is_some_and(|fails| fails.value == Value::Bool(true));
        trees.push((Some(key.text.clone()), fails, patched));
    }
    let mut plans = Vec::new();
    for (variant, expect_fail, tree) in &trees {
        for matrix in read::rows(tree) {
            let row = Row { variant: variant.clone(), matrix, expect_fail: *expect_fail };
            plans.push(read::plan(source, tree, row)?);
        }
    }
    Ok(plans)
}
