//! What is done to good requests: method, path, query, headers, tokens, bodies, codings and lengths.

use byteby::base::Stream;
use serde_json::Value;

use super::Shot;
use super::corpus::{Corpus, WORLD};

const METHODS: [&str; 11] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X-Y"];

/// Texts that have broken something somewhere.
const HOSTILE: [&str; 40] = [
    "",
    "0",
    "-1",
    "1.5",
    "9999999999999999999999",
    "-9223372036854775809",
    "4294967296",
    "1e309",
    "NaN",
    "true",
    "null",
    "[]",
    "{}",
    "..",
    ".",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "%00",
    "%ff%fe",
    "%",
    "%zz",
    "%25",
    "%c3%a6",
    "%F0%9F%98%80",
    "+",
    "'",
    "\"",
    "%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "%0d%0aLocation:%20https://evil.example",
    "https://evil.example/",
    "//evil.example",
    "http://169.254.169.254/latest",
    "22909195636",
    "00000000000",
    "999999999",
    "2027-02-30",
    "P9999999Y",
    "9999-12-31T23:59:59",
    "bosatt%20%26%26%20(",
    "main",
    "a.b.c",
];

const HEADERS: [(&str, &str); 28] = [
    ("accept", "text/html"),
    ("accept", "application/xml;q=x"),
    ("accept", "*/*;q=0"),
    ("accept-language", "xx-\u{7f}"),
    ("accept-encoding", "gzip;q=2"),
    ("content-type", "text/xml"),
    ("content-type", "application/json; charset=utf-16"),
    ("content-type", "multipart/form-data"),
    ("content-type", "multipart/form-data; boundary=\""),
    ("content-type", ";;;"),
    ("content-encoding", "gzip"),
    ("content-disposition", "attachment; filename*=UTF-8''%ff"),
    ("range", "bytes=0-0,-1"),
    ("if-none-match", "\"x\", W/"),
    ("cookie", "=;=;a"),
    ("cookie", "byteby=1; byteby=2"),
    ("authorization", "Bearer"),
    ("authorization", "Basic !!!"),
    ("authorization", "Basic Og=="),
    ("baggage", "byteby-world=,,=;"),
    ("byteby-world", "finnes-ikke"),
    ("byteby-world", "../main"),
    ("byteby-fault", "kind=error;status=99"),
    ("idempotency-key", " "),
    ("idempotency-key", "k"),
    ("traceparent", "00--"),
    ("x-forwarded-host", "evil.example"),
    ("forwarded", "host=evil.example;proto=x"),
];

/// What is put behind or into an address that is good, so that a careless comparison still takes it for that one.
const NEARLY: [&str; 12] = [
    ".evil.example",
    "@evil.example",
    "%40evil.example%2f",
    "%2f..%2f..%2fx",
    "%3fx%3d1",
    "%23x",
    "%5c%5cevil.example",
    "%0d%0aset-cookie:%20a=b",
    "%00",
    "%2F",
    "%20https://evil.example",
    "&redirect_uri=https%3A%2F%2Fevil.example",
];

/// A good request, and the same with one to three things wrong.
pub(super) fn mutated<'c>(corpus: &'c Corpus, stream: &mut Stream) -> (&'c Shot, Shot) {
    let good = &corpus.shots[corpus.aimed[stream.index(corpus.aimed.len())]];
    let mut shot = good.clone();
    for _ in 0..=stream.uniform(3) {
        match stream.uniform(10) {
            0 => METHODS[stream.index(METHODS.len())].clone_into(&mut shot.method),
            1 | 2 => path(&mut shot, stream),
            3 => query(&mut shot, stream),
            4 | 5 => header(&mut shot, stream),
            6 => token(&mut shot, stream),
            7 | 8 => body(&mut shot, stream),
            _ => length(&mut shot, stream),
        }
    }
    // What the admin API is told stays in the world that is for it: the good requests are answered from the other.
    shot.target = shot.target.replace("/worlds/main", &format!("/worlds/{WORLD}"));
    (good, shot)
}

fn hostile(stream: &mut Stream) -> String {
    match stream.uniform(12) {
        0 => "a".repeat(stream.index(20_000)),
        1 => "%C3%B8".repeat(stream.index(600)),
        _ => HOSTILE[stream.index(HOSTILE.len())].to_owned(),
    }
}

fn path(shot: &mut Shot, stream: &mut Stream) {
    let (path, query) = shot.target.split_once('?').map_or((shot.target.as_str(), None), |(p, q)| (p, Some(q)));
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    let at = stream.index(parts.len());
    match stream.uniform(8) {
        0 if parts.len() > 2 => drop(parts.remove(at.max(1))),
        1 => parts.insert(at.max(1), parts[at].clone()),
        2 => parts.push(String::new()),
        3 => parts.insert(1, "w/".to_owned() + &hostile(stream)),
        4 => parts[at] = parts[at].to_uppercase(),
        5 => parts[at] = parts[at].bytes().map(|byte| format!("%{byte:02x}")).collect(),
        _ if at > 0 => parts[at] = hostile(stream),
        _ => parts.push(hostile(stream)),
    }
    let path = parts.join("/");
    let path = if path.starts_with('/') { path } else { format!("/{path}") };
    shot.target = sendable(&query.map_or(path.clone(), |query| format!("{path}?{query}")));
}

/// Without what would end the request line itself.
fn sendable(target: &str) -> String {
    target.chars().filter(char::is_ascii_graphic).collect()
}

fn query(shot: &mut Shot, stream: &mut Stream) {
    let (path, query) = shot.target.split_once('?').unwrap_or((shot.target.as_str(), ""));
    shot.target = sendable(&format!("{path}?{}", parameters(query, stream)));
}

/// `text`, pairs of names and values, with one of them changed, doubled or gone, or another among them.
fn parameters(text: &str, stream: &mut Stream) -> String {
    let mut pairs: Vec<String> = text.split('&').map(str::to_owned).collect();
    let at = stream.index(pairs.len());
    match stream.uniform(7) {
        0 => drop(pairs.remove(at)),
        1 => pairs.push(pairs[at].clone()),
        2 => {
            let name = ["part", "seq", "where", "limit", "after", "sort", "wait", "trace", "state", "id", "x"];
            pairs.push(format!("{}={}", name[stream.index(name.len())], hostile(stream)));
        }
        3 | 4 => pairs[at].push_str(NEARLY[stream.index(NEARLY.len())]),
        _ => {
            let name = pairs[at].split('=').next().unwrap_or_default().to_owned();
            pairs[at] = format!("{name}={}", hostile(stream));
        }
    }
    pairs.join("&")
}

fn header(shot: &mut Shot, stream: &mut Stream) {
    let at = stream.index(shot.headers.len().max(1));
    match stream.uniform(4) {
        0 if !shot.headers.is_empty() => drop(shot.headers.remove(at)),
        1 if !shot.headers.is_empty() => shot.headers.push(shot.headers[at].clone()),
        2 if !shot.headers.is_empty() => flip(&mut shot.headers[at].1, stream),
        _ => {
            let (name, value) = HEADERS[stream.index(HEADERS.len())];
            shot.headers.retain(|(found, _)| found != name);
            shot.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        }
    }
    shot.headers.iter_mut().for_each(|(_, value)| value.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0)));
}

/// Changes, takes away or adds a few bytes.
fn flip(bytes: &mut Vec<u8>, stream: &mut Stream) {
    for _ in 0..=stream.uniform(4) {
        let at = stream.index(bytes.len().max(1));
        let new = (stream.word() & 0xff) as u8;
        match stream.uniform(3) {
            0 if !bytes.is_empty() => bytes[at] = new,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => bytes.insert(at.min(bytes.len()), new),
        }
    }
}

fn token(shot: &mut Shot, stream: &mut Stream) {
    let Some((_, value)) = shot.headers.iter_mut().find(|(name, _)| name == "authorization") else {
        shot.headers.push(("authorization".into(), b"Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_vec()));
        return;
    };
    let text = String::from_utf8_lossy(value).into_owned();
    let parts: Vec<&str> = text.split('.').collect();
    *value = match (stream.uniform(6), parts.as_slice()) {
        (0, [_, claims, sign]) => format!("Bearer eyJhbGciOiJub25lIn0.{claims}.{sign}"),
        (1, [head, claims, _]) => format!("{head}.{claims}."),
        (2, [head, _, sign]) => format!("{head}.e30.{sign}"),
        (3, _) => text.replace("Bearer", "bearer  "),
        (4, _) => String::from_utf8_lossy(&text.as_bytes()[..stream.index(text.len().max(1))]).into_owned(),
        _ => {
            let mut bytes = text.into_bytes();
            let at = stream.index(bytes.len().max(1));
            // An earlier change may have left nothing.
            if let Some(byte) = bytes.get_mut(at) {
                *byte = b'A' + (*byte % 26);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
    .into_bytes();
}

fn body(shot: &mut Shot, stream: &mut Stream) {
    if let Ok(mut json) = serde_json::from_slice::<Value>(&shot.body)
        && stream.uniform(3) > 0
    {
        let nodes = count(&json);
        let at = stream.index(nodes);
        change(&mut json, &mut { at }, stream);
        shot.body = json.to_string().into_bytes();
        return;
    }
    let is_form = shot.headers.iter().any(|(_, value)| value == b"application/x-www-form-urlencoded");
    if is_form && stream.uniform(3) > 0 {
        shot.body = parameters(&String::from_utf8_lossy(&shot.body), stream).into_bytes();
        return;
    }
    match stream.uniform(6) {
        0 => shot.body.truncate(stream.index(shot.body.len() + 1)),
        1 => shot.body = [shot.body.as_slice(), shot.body.as_slice()].concat(),
        2 => shot.body = b"[".repeat(stream.index(5_000)),
        3 => shot.body = b"<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\"><!ENTITY c \"&b;&b;&b;\">]><a>&c;</a>".to_vec(),
        4 => shot.body = (0..stream.index(2_000)).map(|_| (stream.word() & 0xff) as u8).collect(),
        _ => flip(&mut shot.body, stream),
    }
}

fn count(json: &Value) -> usize {
    1 + match json {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Puts something else where the node numbered `at` stands.
fn change(json: &mut Value, at: &mut usize, stream: &mut Stream) {
    if *at == 0 {
        *json = other(json, stream);
    }
    *at = at.wrapping_sub(1);
    match json {
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, at, stream)),
        Value::Object(fields) => fields.values_mut().for_each(|value| change(value, at, stream)),
        _ => {}
    }
}

fn other(json: &Value, stream: &mut Stream) -> Value {
    match (stream.uniform(9), json) {
        (0, _) => Value::Null,
        (1, _) => Value::from(-1),
        (2, _) => Value::from(u64::MAX),
        (3, _) => Value::from(true),
        (4, _) => Value::Array(vec![json.clone(), json.clone()]),
        (5, Value::Object(fields)) => {
            let mut fields = fields.clone();
            if let Some(name) = fields.keys().nth(stream.index(fields.len().max(1))).cloned() {
                fields.remove(&name);
            }
            Value::Object(fields)
        }
        (6, Value::Object(fields)) => {
            let mut fields = fields.clone();
            fields.insert(hostile(stream), Value::from("x"));
            Value::Object(fields)
        }
        (6, Value::Number(number)) => Value::from(format!("{number}")),
        (7, _) => (0..60).fold(json.clone(), |inner, _| Value::Array(vec![inner])),
        _ => Value::from(hostile(stream)),
    }
}

fn length(shot: &mut Shot, stream: &mut Stream) {
    shot.unframed = true;
    let len = shot.body.len();
    let (name, value) = match stream.uniform(8) {
        0 => ("content-length", (len + 1 + stream.index(100)).to_string()),
        1 => ("content-length", (len / 2).to_string()),
        2 => ("content-length", "-1".to_owned()),
        3 => ("content-length", "18446744073709551616".to_owned()),
        4 => ("content-length", "99999999".to_owned()),
        5 => ("transfer-encoding", "chunked".to_owned()),
        6 => {
            let mut chunked = format!("{len:x}\r\n").into_bytes();
            chunked.extend_from_slice(&shot.body);
            chunked.extend_from_slice(b"\r\n0\r\n\r\n");
            if stream.uniform(2) == 0 {
                flip(&mut chunked, stream);
            }
            shot.body = chunked;
            ("transfer-encoding", "chunked".to_owned())
        }
        _ => ("transfer-encoding", "gzip, identity".to_owned()),
    };
    shot.headers.push((name.to_owned(), value.into_bytes()));
}
