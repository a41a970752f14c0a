//! The dependency order of the folders under `src/`, read from the sources.
//!
//! A folder uses those before it, never one beside or behind it; services never use each other; the sample app uses
//! nothing of the town. The table is the design; a new edge is a decision, so change it in a commit that says why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folders in order of dependency. Folders of one line stand beside each other and do not see each other.
const ORDER: &[&[&str]] = &[
    &["base"],
    &["clock"],
    &["town::model"],
    &["town::derive"],
    &["town"],
    &["population", "keys", "formats", "select"],
    &["journal"],
    &["observe"],
    &["townhall"],
    &["access"],
    &["oidc"],
    &["services"],
    &["courier"],
    &["settle"],
    &["scenario"],
    &["report"],
    &["web"],
    &["gate"],
    &["demo"],
    &["app"],
    &["cli"],
];

fn source_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("src is readable").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Module path of a file below `src`: `town/state/mod.rs` is `[town, state]`.
fn module_of(root: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root).expect("below src").with_extension("");
    let mut parts: Vec<String> =
        relative.iter().map(|part| part.to_str().expect("sources have plain names").to_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib" || last == "main") {
        parts.pop();
    }
    parts
}

/// Modules that exist in tests only, as `parent::name`.
fn test_modules(files: &BTreeMap<Vec<String>, String>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (module, text) in files {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.trim() != "#[cfg(test)]" {
                continue;
            }
            let Some(next) = lines.peek().map(|next| next.trim()) else { continue };
            if let Some(name) = next.strip_suffix(';').and_then(|next| next.rsplit("mod ").next()) {
                let mut path = module.clone();
                path.push(name.to_owned());
                found.push(path);
            }
        }
    }
    found
}

/// What a program is built from: the text without tests at the end and without comments.
fn shipped(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Paths from the root of the crate that `text` of `module` names.
fn paths_of(module: &[String], text: &str) -> Vec<Vec<String>> {
    let word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(word) || text[..at].ends_with('$') {
            continue;
        }
        let path: String = text[at + "crate::".len()..].chars().take_while(|letter| word(*letter)).collect();
        found.push(path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
    }
    for (at, _) in text.match_indices("super::") {
        if text[..at].ends_with(word) {
            continue;
        }
        let path: String = text[at..].chars().take_while(|letter| word(*letter)).collect();
        let supers = path.split("::").take_while(|part| *part == "super").count();
        let mut absolute = module[..module.len().saturating_sub(supers)].to_vec();
        absolute.extend(path.split("::").skip(supers).filter(|part| !part.is_empty()).map(str::to_owned));
        found.push(absolute);
    }
    found
}

/// Place of a module in the order, and its name there.
fn place(module: &[String]) -> Option<(usize, &'static str)> {
    let joined = module.join("::");
    let fits = |folder: &str| joined == folder || joined.starts_with(&format!("{folder}::"));
    let named = |folder: &&&str| fits(folder);
    // The longest name wins: `town::model` is a place of its own within `town`.
    ORDER
        .iter()
        .enumerate()
        .flat_map(|(rank, line)| line.iter().filter(named).map(move |folder| (rank, *folder)))
        .max_by_key(|(_, folder)| folder.len())
}

fn forbidden(from: &[String], to: &[String]) -> Option<String> {
    let (from_rank, from_folder) = place(from)?;
    let (to_rank, to_folder) = place(to)?;
    let edge = format!("{} uses {}", from.join("::"), to.join("::"));
    if from_folder == to_folder {
        let service = |module: &[String]| (module.len() > 1).then(|| module[1].clone());
        let crosses = from_folder == "services" && service(from).is_some() && service(from) != service(to);
        return crosses.then_some(edge);
    }
    if from_folder == "demo" || to_folder == "demo" && !matches!(from_folder, "app" | "cli") {
        return Some(edge);
    }
    (to_rank >= from_rank).then_some(edge)
}

fn sources() -> BTreeMap<Vec<String>, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    source_files(&root, &mut files);
    files
        .iter()
        .map(|file| (module_of(&root, file), std::fs::read_to_string(file).expect("a source is text")))
        .collect()
}

#[test]
fn folders_use_only_those_before_them() {
    let files = sources();
    let tests = test_modules(&files);
    let is_test = |module: &Vec<String>| tests.iter().any(|test| module.starts_with(test));
    let mut broken = Vec::new();
    for (module, text) in files.iter().filter(|(module, _)| !module.is_empty() && !is_test(module)) {
        for path in paths_of(module, &shipped(text)) {
            broken.extend(forbidden(module, &path));
        }
    }
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "edges against the order:\n{}", broken.join("\n"));
}

#[test]
fn every_folder_has_its_place() {
    let unplaced: Vec<String> = sources()
        .keys()
        .filter(|module| !module.is_empty() && place(module).is_none())
        .map(|module| module.join("::"))
        .collect();
    assert!(unplaced.is_empty(), "not in the order: {unplaced:?}");
}

#[test]
fn the_check_sees_the_edges_it_forbids() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    for (from, to) in [
        ("town::decide", "townhall"),
        ("services::krr::handlers", "services::idporten"),
        ("demo", "base"),
        ("population", "keys"),
        ("town::model", "town::state"),
        ("services::krr", "demo"),
    ] {
        assert!(forbidden(&module(from), &module(to)).is_some(), "{from} -> {to}");
    }
    for (from, to) in
        [("town::state", "town::derive"), ("services::krr::wire", "services::krr::faults"), ("cli", "demo")]
    {
        assert!(forbidden(&module(from), &module(to)).is_none(), "{from} -> {to}");
    }
    let found = paths_of(&module("services::krr"), "use super::idporten::wire;\nlet x = crate::web::routes();");
    assert_eq!(found, [module("web::routes"), module("services::idporten::wire")]);
}

/// Nothing leaves a running town but through `courier`. Who else speaks HTTP asks an app whether it is ready or idle and
/// plays a citizen's browser (`scenario`, `settle` and who hands them their client), or is a program of its own (`demo`,
/// `cli`). Connections and names are the courier's alone.
#[test]
fn one_door_out() {
    let asks_apps = ["scenario", "settle", "demo", "cli", "web/admin/settle"];
    let only_courier = ["courier"];
    for (word, allowed) in [
        ("reqwest", &asks_apps[..]),
        ("TcpStream::connect", &only_courier[..]),
        ("lookup_host", &only_courier[..]),
        ("hyper::client", &only_courier[..]),
        ("client::legacy", &[][..]),
    ] {
        for (module, text) in sources() {
            let path = module.join("/");
            let inside = allowed.iter().any(|folder| path == *folder || path.starts_with(&format!("{folder}/")));
            assert!(inside || !shipped(&text).contains(word), "`{word}` in {path}: only in {allowed:?}");
        }
    }
}

#[test]
fn one_file_each_for_the_crates_that_stay_in_their_place() {
    for (crate_name, allowed) in [("use polars", "report/frames"), ("sled::", "journal/"), ("use fake", "population/")]
    {
        for (module, text) in sources() {
            let path = module.join("/");
            assert!(!shipped(&text).contains(crate_name) || path.starts_with(allowed), "`{crate_name}` in {path}");
        }
    }
}
