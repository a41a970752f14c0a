//! `[apps.NAME]` of `byteby.toml`: the apps a server waits for and may send to (`specs/experience.md` §5, §10.3).

use super::Failure;
use super::project::unknown;
use crate::access::{App, Idle};
use crate::settle::check_idle;
use crate::town::state::Appadresse;

/// What an app's table may say.
const KEYS: [&str; 7] = ["url", "private", "ready", "feeds", "idle", "poke", "settle"];
/// What its `idle` may say, when it is a table.
const IDLE_KEYS: [&str; 2] = ["get", "that"];
/// What its `settle` may say.
const SETTLE_KEYS: [&str; 2] = ["quiet", "max"];

type Table = toml::map::Map<String, toml::Value>;

/// Reads the section `apps` of `file`.
pub(super) fn declared(file: &str, section: toml::Value) -> Result<Vec<App>, Failure> {
    let apps = table(file, "apps", section)?;
    apps.into_iter().map(|(name, value)| one(file, &name, value)).collect()
}

fn table(file: &str, key: &str, value: toml::Value) -> Result<Table, Failure> {
    match value {
        toml::Value::Table(table) => Ok(table),
        _ => Err(Failure::usage(format!("`{key}` in `{file}` must be a table"))),
    }
}

fn known(file: &str, key: &str, table: &Table, keys: &[&str]) -> Result<(), Failure> {
    match table.keys().find(|inner| !keys.contains(&inner.as_str())) {
        Some(inner) => Err(unknown(file, &format!("{key}.{inner}"), keys)),
        None => Ok(()),
    }
}

fn one(file: &str, name: &str, value: toml::Value) -> Result<App, Failure> {
    let key = format!("apps.{name}");
    let mut app = table(file, &key, value)?;
    known(file, &key, &app, &KEYS)?;
    let wrong = |inner: &str, wanted: &str| Failure::usage(format!("`{key}.{inner}` in `{file}`: {wanted}"));
    let text = |app: &mut Table, inner: &str| match app.remove(inner) {
        None => Ok(None),
        Some(toml::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(wrong(inner, "a text is wanted")),
    };
    let path = |app: &mut Table, inner: &str| match text(app, inner)? {
        Some(path) if !path.starts_with('/') => Err(wrong(inner, "a path begins with a slash")),
        path => Ok(path),
    };
    let url = text(&mut app, "url")?.ok_or_else(|| wrong("url", "an app has an address"))?;
    if Appadresse::parse(&url).is_err() {
        return Err(wrong("url", "write `http://localhost:8080`"));
    }
    let private = match app.remove("private") {
        None => false,
        Some(toml::Value::Boolean(private)) => private,
        Some(_) => return Err(wrong("private", "true or false")),
    };
    let feeds = match app.remove("feeds") {
        None => Vec::new(),
        Some(toml::Value::Array(feeds)) => {
            let feeds: Option<Vec<String>> = feeds.into_iter().map(|feed| feed.as_str().map(str::to_owned)).collect();
            feeds.ok_or_else(|| wrong("feeds", "a list of operations is wanted"))?
        }
        Some(_) => return Err(wrong("feeds", "a list of operations is wanted")),
    };
    let idle = match app.remove("idle") {
        None => None,
        Some(toml::Value::String(path)) => Some(Idle { path, that: None }),
        Some(value) => {
            let key = format!("{key}.idle");
            let mut idle = table(file, &key, value)?;
            known(file, &key, &idle, &IDLE_KEYS)?;
            let path = path(&mut idle, "get")?.ok_or_else(|| wrong("idle", "`get` says which address is asked"))?;
            Some(Idle { path, that: text(&mut idle, "that")? })
        }
    };
    if let Some(Idle { path, that }) = &idle {
        if !path.starts_with('/') {
            return Err(wrong("idle", "a path begins with a slash"));
        }
        that.as_deref().map_or(Ok(()), check_idle).map_err(|fault| wrong("idle", &fault))?;
    }
    let (quiet_ms, settle_max_ms) = match app.remove("settle") {
        None => (None, None),
        Some(value) => {
            let key = format!("{key}.settle");
            let settle = table(file, &key, value)?;
            known(file, &key, &settle, &SETTLE_KEYS)?;
            let wall = |inner: &str| match settle.get(inner) {
                None => Ok(None),
                Some(value) => {
                    let millis = value.as_str().and_then(crate::scenario::duration);
                    millis.map(Some).ok_or_else(|| wrong("settle", "write real time as `150ms` or `10s`"))
                }
            };
            (wall("quiet")?, wall("max")?)
        }
    };
    Ok(App {
        name: name.to_owned(),
        url: url.trim_end_matches('/').to_owned(),
        private,
        ready: path(&mut app, "ready")?,
        feeds,
        idle,
        poke: path(&mut app, "poke")?,
        quiet_ms,
        settle_max_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<App>, String> {
        let value: Table = toml::from_str(text).unwrap();
        declared("byteby.toml", value["apps"].clone()).map_err(|failure| failure.to_string())
    }

    #[test]
    fn an_app_is_read_whole() {
        let text = "[apps.barnehage]\nurl = \"http://localhost:8080/\"\nready = \"/helse\"\npoke = \"/poke\"\n\
                    feeds = [\"folkeregisteret.hendelser.les\"]\n\
                    idle = { get = \"/idle\", that = \"it.status == 200\" }\n\
                    settle = { quiet = \"0ms\", max = \"3s\" }\n\
                    [apps.enkel]\nurl = \"https://app.example\"\nidle = \"/ledig\"";
        let apps = read(text).unwrap();
        let expected = App {
            name: "barnehage".into(),
            url: "http://localhost:8080".into(),
            private: false,
            ready: Some("/helse".into()),
            feeds: vec!["folkeregisteret.hendelser.les".into()],
            idle: Some(Idle { path: "/idle".into(), that: Some("it.status == 200".into()) }),
            poke: Some("/poke".into()),
            quiet_ms: Some(0),
            settle_max_ms: Some(3000),
        };
        assert_eq!(apps[0], expected);
        assert_eq!(apps[1].idle, Some(Idle { path: "/ledig".into(), that: None }));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, said) in [
            ("[apps.a]\nready = \"/x\"", "apps.a.url"),
            ("[apps.a]\nurl = \"localhost:8080\"", "http://localhost:8080"),
            ("[apps.a]\nurl = \"http://a.example\"\nidel = \"/x\"", "idle"),
            ("[apps.a]\nurl = \"http://a.example\"\nidle = \"x\"", "slash"),
            ("[apps.a]\nurl = \"http://a.example\"\nidle = { get = \"/x\", that = \"it.statsu\" }", "status"),
            ("[apps.a]\nurl = \"http://a.example\"\nsettle = { max = \"P1D\" }", "150ms"),
            ("[apps.a]\nurl = \"http://a.example\"\nfeeds = \"x\"", "list"),
            ("apps = 3", "table"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.contains(said), "{text}: {fault}");
        }
    }
}
