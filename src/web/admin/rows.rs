//! Long lists: one page of them, with the members asked for, as JSON, comma-separated values or one object a line.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use super::body::unknown;
use super::problem::{Code, Problem};

/// Rows in an answer when nothing else is asked for.
const DEFAULT_LIMIT: usize = 100;
/// Most rows in an answer.
const MAX_LIMIT: usize = 10_000;

/// A column of comma-separated values: its name, the member it is of, and where in the row it stands.
pub(super) struct Column(pub(super) &'static str, pub(super) &'static str);

impl Column {
    /// The member a reader names to get this column.
    fn member(&self) -> &'static str {
        self.1.split('/').nth(1).unwrap_or_default()
    }
}

/// The form an answer takes, by `Accept`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Format {
    /// `application/json`.
    Json,
    /// `text/csv`.
    Csv,
    /// `application/x-ndjson`.
    Ndjson,
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let accepted = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        for kind in accepted.split(',').map(|kind| kind.split(';').next().unwrap_or_default().trim()) {
            match kind.to_ascii_lowercase().as_str() {
                "application/json" | "*/*" | "application/*" => return Ok(Self::Json),
                "text/csv" => return Ok(Self::Csv),
                "application/x-ndjson" | "application/ndjson" | "application/jsonl" => return Ok(Self::Ndjson),
                "application/vnd.apache.parquet" => {
                    let problem = Problem::not_in_version("a list as Parquet by request");
                    return Err(problem.hint("`byteby people --format parquet` writes it in builds with `analyse`"));
                }
                _ => {}
            }
        }
        Ok(Self::Json)
    }
}

/// Which of `candidates`, in ascending order, stand on the page behind `after`, and whether there are more.
pub(super) fn page(
    candidates: impl Iterator<Item = u32>,
    after: Option<u32>,
    limit: Option<usize>,
) -> (Vec<u32>, bool) {
    let limit = limit.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let mut found: Vec<u32> =
        candidates.filter(|one| after.is_none_or(|after| *one > after)).take(limit.saturating_add(1)).collect();
    let more = found.len() > limit;
    found.truncate(limit);
    (found, more)
}

/// The members named with commas between; all of `columns` without.
pub(super) fn fields<'a>(wanted: Option<&'a str>, columns: &'static [Column]) -> Result<Option<Vec<&'a str>>, Problem> {
    let Some(wanted) = wanted else { return Ok(None) };
    let wanted: Vec<&str> = wanted.split(',').map(str::trim).collect();
    let known = |name: &str| columns.iter().any(|column| column.member() == name);
    if let Some(wrong) = wanted.iter().find(|name| !known(name)) {
        let mut names: Vec<&str> = columns.iter().map(Column::member).collect();
        names.dedup();
        return Err(unknown(wrong, names.into_iter()).at("?fields"));
    }
    Ok(Some(wanted))
}

/// `view` as a row with the members in `fields`, all without.
pub(super) fn row(view: &impl Serialize, fields: Option<&[&str]>) -> Result<Map<String, Value>, Problem> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(view) else {
        return Err(Problem::new(Code::Internal, "a row could not be written"));
    };
    let Some(fields) = fields else { return Ok(all) };
    Ok(fields.iter().filter_map(|field| Some(((*field).to_owned(), all.remove(*field)?))).collect())
}

/// A page of a list.
pub(super) struct Rows {
    /// Member of the JSON answer that holds the rows.
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
    pub(super) rows: Vec<Map<String, Value>>,
    /// What to give as `after` for the next page; none when this is the last.
    pub(super) next: Option<String>,
}

impl Rows {
    /// The answer in `form`. Beyond JSON, a header tells where the next page begins.
    pub(super) fn answer(self, form: Format, fields: Option<&[&str]>) -> Response {
        let (kind, body) = match form {
            Format::Json => {
                let mut body = Map::new();
                body.insert("more".into(), Value::Bool(self.next.is_some()));
                body.insert("next".into(), self.next.clone().map_or(Value::Null, Value::String));
                body.insert(self.name.into(), self.rows.into_iter().map(Value::Object).collect());
                ("application/json", Value::Object(body).to_string())
            }
            Format::Ndjson => {
                let lines = self.rows.into_iter().map(|row| Value::Object(row).to_string() + "\n");
                ("application/x-ndjson", lines.collect())
            }
            Format::Csv => ("text/csv; charset=utf-8", csv(self.columns, &self.rows, fields)),
        };
        let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, kind)], body).into_response();
        if let Some(next) = self.next.as_deref().and_then(|next| HeaderValue::from_str(next).ok()) {
            response.headers_mut().insert("byteby-next", next);
        }
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
        response
    }
}

/// Comma-separated values (RFC 4180) with a first line of names.
fn csv(columns: &[Column], rows: &[Map<String, Value>], fields: Option<&[&str]>) -> String {
    let columns: Vec<&Column> =
        columns.iter().filter(|column| fields.is_none_or(|fields| fields.contains(&column.member()))).collect();
    let mut out = columns.iter().map(|column| column.0).collect::<Vec<_>>().join(",") + "\r\n";
    for row in rows {
        let cells = columns.iter().map(|column| {
            let mut parts = column.1.split('/').skip(1);
            let member = parts.next().and_then(|member| row.get(member)).unwrap_or(&Value::Null);
            quoted(&cell(parts.fold(member, |value, key| &value[key])))
        });
        out.push_str(&cells.collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
    }
    out
}

/// A value in one cell: lists with spaces between, of people their numbers.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(" "),
        Value::Object(object) => object.get("id").map(cell).unwrap_or_default(),
        other => other.to_string(),
    }
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
