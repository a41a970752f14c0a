//! Variants: patches on the tree of the file (`specs/experience.md` §10.3).

use std::sync::Arc;

use super::fault::LoadFault;
use super::grammar::{self, with_near, wrong};
use super::node::{Key, Node, Source, Value};

/// The tree of `root` with the patches of `overlay`.
pub(super) fn apply(source: &Arc<Source>, root: &Node, overlay: &Node) -> Result<Node, LoadFault> {
    grammar::check(source, overlay, "overlay")?;
    let mut patched = root.clone();
    for patch in overlay.get("patch").map_or(&[][..], Node::items) {
        if let Some(path) = patch.get("path") {
            at_path(source, &mut patched, patch, path)?;
        } else if patch.get("entry").is_some() {
            entry(source, &mut patched, patch)?;
        } else if patch.get("after").is_some() {
            insert(source, &mut patched, patch)?;
        } else {
            return Err(wrong(source, patch, "scn.patch-kind", &[]));
        }
    }
    Ok(patched)
}

fn only(source: &Arc<Source>, patch: &Node, allowed: &[&str]) -> Result<(), LoadFault> {
    match patch.pairs().iter().find(|(key, _)| !allowed.contains(&key.text.as_str())) {
        None => Ok(()),
        Some((key, _)) => {
            let fault = grammar::wrong_at(source, &key.span, "scn.unknown-key", &[&key.text, "patch"]);
            Err(with_near(fault, &key.text, allowed.iter().copied()))
        }
    }
}

fn at_path(source: &Arc<Source>, root: &mut Node, patch: &Node, path: &Node) -> Result<(), LoadFault> {
    only(source, patch, &["path", "value", "remove"])?;
    let text = path.text().unwrap_or_default();
    let Some(pointer) = text.strip_prefix('/') else { return Err(wrong(source, path, "scn.bad-pointer", &[text])) };
    let steps: Vec<String> = pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
    let value = match (patch.get("value"), patch.get("remove")) {
        (Some(value), None) => Some(value.clone()),
        (None, Some(remove)) if remove.value == Value::Bool(true) => None,
        _ => return Err(wrong(source, patch, "scn.patch-kind", &[])),
    };
    let Some((last, parents)) = steps.split_last() else { return Err(wrong(source, path, "scn.bad-pointer", &[text])) };
    let mut node = root;
    for step in parents {
        node = child(node, step).ok_or_else(|| wrong(source, path, "scn.no-such-path", &[text]))?;
    }
    put(node, last, value).ok_or_else(|| wrong(source, path, "scn.no-such-path", &[text]))
}

fn child<'a>(node: &'a mut Node, step: &str) -> Option<&'a mut Node> {
    match &mut node.value {
        Value::Map(pairs) => pairs.iter_mut().find(|(key, _)| key.text == step).map(|(_, value)| value),
        Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Puts `value` at `step` of `node`, or takes away what is there. `None` when there is no such place.
fn put(node: &mut Node, step: &str, value: Option<Node>) -> Option<()> {
    match (&mut node.value, value) {
        (Value::Map(pairs), Some(value)) => match pairs.iter_mut().find(|(key, _)| key.text == step) {
            Some((_, old)) => *old = value,
            None => pairs.push((Key { span: value.span.clone(), text: step.to_owned() }, value)),
        },
        (Value::Map(pairs), None) => {
            let place = pairs.iter().position(|(key, _)| key.text == step)?;
            pairs.remove(place);
        }
        (Value::List(items), Some(value)) if step == "-" => items.push(value),
        (Value::List(items), Some(value)) => *items.get_mut(step.parse::<usize>().ok()?)? = value,
        (Value::List(items), None) => {
            let place = step.parse::<usize>().ok().filter(|place| *place < items.len())?;
            items.remove(place);
        }
        _ => return None,
    }
    Some(())
}

/// The entries of the time line, and the place of the one called by `name`.
fn entries<'a>(source: &Arc<Source>, root: &'a mut Node, name: &Node) -> Result<(&'a mut Vec<Node>, usize), LoadFault> {
    let id = name.text().unwrap_or_default();
    let timeline = child(root, "timeline").map(|timeline| &mut timeline.value);
    let Some(Value::List(items)) = timeline else { return Err(wrong(source, name, "cel.unknown-entry", &[id])) };
    let place = items.iter().position(|item| item.get("id").and_then(Node::text) == Some(id));
    match place {
        Some(place) => Ok((items, place)),
        None => {
            let ids: Vec<&str> = items.iter().filter_map(|item| item.get("id")?.text()).collect();
            Err(with_near(wrong(source, name, "cel.unknown-entry", &[id]), id, ids))
        }
    }
}

/// `{ entry: slug, …Entry }`: the keys given take the place of the entry's own.
fn entry(source: &Arc<Source>, root: &mut Node, patch: &Node) -> Result<(), LoadFault> {
    let mut allowed = grammar::keys("entry");
    allowed.push("entry");
    only(source, patch, &allowed)?;
    let Some(name) = patch.get("entry") else { return Ok(()) };
    let (items, place) = entries(source, root, name)?;
    for (key, value) in patch.pairs().iter().filter(|(key, _)| key.text != "entry") {
        if let Value::Map(pairs) = &mut items[place].value {
            match pairs.iter_mut().find(|(old, _)| old.text == key.text) {
                Some(old) => *old = (key.clone(), value.clone()),
                None => pairs.push((key.clone(), value.clone())),
            }
        }
    }
    Ok(())
}

/// `{ after: slug, insert: [Entry] }`.
fn insert(source: &Arc<Source>, root: &mut Node, patch: &Node) -> Result<(), LoadFault> {
    only(source, patch, &["after", "insert"])?;
    let (Some(name), Some(new)) = (patch.get("after"), patch.get("insert")) else {
        return Err(wrong(source, patch, "scn.patch-kind", &[]));
    };
    let (items, place) = entries(source, root, name)?;
    for (offset, entry) in new.items().iter().enumerate() {
        items.insert(place + 1 + offset, entry.clone());
    }
    Ok(())
}
