//! Project file and user file: `byteby.toml` above the working directory, and the one in the user's own configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Failure;
use super::args::Global;
use super::registers::{self, Entry};
use crate::access::App;
use crate::base::nearest;

/// The section of apps, one table each.
const APPS: &str = "apps";
/// Name of the file.
const FILE: &str = "byteby.toml";

/// Every setting a file may hold: section and name. The same name is a flag and, behind `BYTEBY_`, a variable.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("world", "size"),
    ("world", "seed"),
    ("world", "date"),
    ("world", "municipality"),
    ("server", "host"),
    ("server", "port"),
    ("server", "eformidling_port"),
    ("server", "data"),
    ("server", "clock"),
    ("server", "life"),
    ("server", "open_clients"),
    ("server", "public_url"),
    ("server", "allowed_hosts"),
    ("server", "trusted_proxies"),
    ("server", "admin"),
    ("server", "admin_token"),
    ("server", "admin_token_file"),
    ("server", "admin_origins"),
    ("server", "cors"),
    ("server", "headers"),
    ("server", "ca_dir"),
    ("server", "real_data"),
    ("server", "watch"),
    ("requests", "memory"),
    ("requests", "bodies"),
    ("test", "timeout"),
    ("test", "settle_max"),
    ("test", "fail_on"),
    ("cli", "world"),
    ("cli", "server"),
    ("cli", "lang"),
];

type Table = BTreeMap<String, toml::Value>;

/// One file that was read.
#[derive(Debug)]
struct Layer {
    path: PathBuf,
    sections: BTreeMap<String, Table>,
    /// Apps, when the file declares any.
    apps: Option<Vec<App>>,
    /// What it registers in the town.
    entries: Vec<Entry>,
}

/// The files that count, the nearest first.
#[derive(Debug, Default)]
pub(super) struct Project {
    layers: Vec<Layer>,
}

impl Project {
    /// The project file named by flag, or the nearest one above the working directory; and the user's own below it.
    ///
    /// # Errors
    /// For a file that cannot be read, is no TOML, or holds a setting we do not have.
    pub(super) fn find(global: &Global) -> Result<Self, Failure> {
        let project = global.config.clone().or_else(upward);
        let user = user_file().filter(|path| path.is_file());
        let layers = project.into_iter().chain(user).map(|path| Layer::read(&path)).collect::<Result<_, _>>()?;
        Ok(Self { layers })
    }

    /// A setting as the text a flag would have.
    ///
    /// # Errors
    /// For a list where one value is wanted.
    pub(super) fn text(&self, section: &str, key: &str) -> Result<Option<String>, Failure> {
        let Some((path, value)) = self.value(section, key) else { return Ok(None) };
        one(value).map(Some).ok_or_else(|| {
            Failure::usage(format!(
                "`{section}.{key}` in `{}` must be one value, not a list or a table",
                path.display()
            ))
        })
    }

    /// A setting that is a list; a single value is a list of one.
    pub(super) fn list(&self, section: &str, key: &str) -> Option<Vec<String>> {
        match self.value(section, key)?.1 {
            toml::Value::Array(values) => Some(values.iter().filter_map(one).collect()),
            value => Some(one(value).into_iter().collect()),
        }
    }

    /// The apps of the nearest file that declares any.
    pub(super) fn apps(&self) -> Vec<App> {
        self.layers.iter().find_map(|layer| layer.apps.clone()).unwrap_or_default()
    }

    /// What the nearest file that registers anything registers in the town.
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.layers.iter().map(|layer| &layer.entries).find(|entries| !entries.is_empty()).cloned().unwrap_or_default()
    }

    /// The files that count.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.layers.iter().map(|layer| layer.path.clone()).collect()
    }

    /// Whether all settings, beside apps and what is registered, are those of `other`.
    pub(super) fn has_settings_of(&self, other: &Self) -> bool {
        SETTINGS.iter().all(|(section, key)| {
            let of = |project: &Self| project.value(section, key).map(|(_, value)| value.clone());
            of(self) == of(other)
        })
    }

    /// The file a setting comes from.
    pub(super) fn origin(&self, section: &str, key: &str) -> Option<&Path> {
        self.value(section, key).map(|(path, _)| path)
    }

    fn value(&self, section: &str, key: &str) -> Option<(&Path, &toml::Value)> {
        self.layers.iter().find_map(|layer| Some((layer.path.as_path(), layer.sections.get(section)?.get(key)?)))
    }
}

impl Layer {
    fn read(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let text =
            std::fs::read_to_string(path).map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
        let read: Table = toml::from_str(&text)
            .map_err(|error| Failure::usage(format!("`{shown}` is not TOML: {}", error.message())))?;
        let (mut sections, mut apps, mut entries) = (BTreeMap::new(), None, Vec::new());
        for (name, value) in read {
            if name == APPS {
                apps = Some(super::apps::declared(&shown.to_string(), value)?);
                continue;
            }
            if registers::SECTIONS.contains(&name.as_str()) {
                entries.extend(registers::declared(&shown.to_string(), &name, value)?);
                continue;
            }
            let known: Vec<&str> =
                SETTINGS.iter().filter(|(section, _)| *section == name).map(|(_, key)| *key).collect();
            if known.is_empty() {
                let sections: Vec<&str> =
                    SETTINGS.iter().map(|(section, _)| *section).chain([APPS]).chain(registers::SECTIONS).collect();
                return Err(unknown(&shown.to_string(), &name, &sections));
            }
            let toml::Value::Table(table) = value else {
                return Err(Failure::usage(format!("`{name}` in `{shown}` must be a table")));
            };
            if let Some((key, _)) = table.iter().find(|(key, _)| !known.contains(&key.as_str())) {
                return Err(unknown(&shown.to_string(), &format!("{name}.{key}"), &known));
            }
            sections.insert(name, table.into_iter().collect());
        }
        Ok(Self { path: path.to_owned(), sections, apps, entries })
    }
}

fn upward() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file())
}

/// `$XDG_CONFIG_HOME/byteby/byteby.toml`, by default below `~/.config`.
fn user_file() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    Some(folder.or_else(|| Some(home()?.join(".config")))?.join("byteby").join(FILE))
}

/// The user's own folder.
pub(super) fn home() -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    std::env::var_os(name).filter(|home| !home.is_empty()).map(PathBuf::from)
}

/// Where a user's programs keep their own files: `$XDG_DATA_HOME/byteby`, by default below `~/.local/share`; on other
/// systems the place they have for it.
pub(super) fn data_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let place = if cfg!(windows) {
        named("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        named("XDG_DATA_HOME").or_else(|| Some(home()?.join("Library/Application Support")))
    } else {
        named("XDG_DATA_HOME").or_else(|| Some(home()?.join(".local/share")))
    };
    Some(place?.join("byteby"))
}

/// A key `file` may not have, with the nearest of those it may.
pub(super) fn unknown(file: &str, key: &str, known: &[&str]) -> Failure {
    let mut known = known.to_vec();
    known.dedup();
    let last = key.rsplit('.').next().unwrap_or(key);
    let failure = Failure::usage(format!("`{file}` has no setting `{key}`"));
    match nearest(last, known.iter().copied()) {
        Some(near) => failure.with_hint(format!("did you mean `{near}`?")),
        None => failure.with_hint(format!("known here: {}", known.join(", "))),
    }
}

/// One value as text; `None` for lists and tables.
fn one(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Datetime(instant) => Some(instant.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Array(_) | toml::Value::Table(_) => None,
    }
}
