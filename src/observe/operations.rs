//! What a service offers, by method and path: data that the service declares, so that whoever stands before or beside it
//! knows the operation without asking it.

/// An operation of a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operation {
    /// HTTP method; empty for any.
    pub method: &'static str,
    /// Path below the service's mount: `{}` stands for one segment, `{*}` at the end for the rest.
    pub path: &'static str,
    /// Its name, `service.ressurs.handling` (`specs/names.md` §1).
    pub name: &'static str,
}

impl Operation {
    /// An operation.
    #[must_use]
    pub const fn new(method: &'static str, path: &'static str, name: &'static str) -> Self {
        Self { method, path, name }
    }

    /// Whether it has this path, with or without a slash at the end.
    #[must_use]
    pub fn has_path(&self, path: &str) -> bool {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        let (mut wanted, mut given) = (self.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) | (Some("{*}"), Some(_)) => return true,
                (Some("{}"), Some(segment)) if !segment.is_empty() => {}
                (Some(wanted), Some(segment)) if wanted == segment => {}
                _ => return false,
            }
        }
    }

    /// The first of `table` for `method` and `path`; `HEAD` asks what `GET` answers.
    #[must_use]
    pub fn find<'a>(table: &'a [Self], method: &str, path: &str) -> Option<&'a Self> {
        let method = if method == "HEAD" { "GET" } else { method };
        let fits = |operation: &&Self| operation.method.is_empty() || operation.method == method;
        table.iter().filter(fits).find(|operation| operation.has_path(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: [Operation; 4] = [
        Operation::new("POST", "/personer/bulkoppslag", "bulk"),
        Operation::new("GET", "/personer/{}", "person"),
        Operation::new("", "/uttrekk/{*}", "uttrekk"),
        Operation::new("GET", "/", "forside"),
    ];

    #[test]
    fn method_and_path_find_the_operation() {
        for (method, path, name) in [
            ("POST", "/personer/bulkoppslag", Some("bulk")),
            ("GET", "/personer/bulkoppslag", Some("person")),
            ("HEAD", "/personer/1/", Some("person")),
            ("DELETE", "/uttrekk/a/b", Some("uttrekk")),
            ("GET", "/", Some("forside")),
            ("GET", "", None),
            ("GET", "/personer/", None),
            ("GET", "/personer/1/2", None),
            ("PUT", "/personer/1", None),
            ("GET", "/uttrekk", None),
        ] {
            assert_eq!(Operation::find(&TABLE, method, path).map(|found| found.name), name, "{method} {path}");
        }
    }
}
