//! Speaking HTTP byte by byte, for what no client would send.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// One answer, as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    /// The value of a header, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The `code` of a problem document.
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A connection to a server's port on loopback.
pub async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.expect("the server listens")
}

/// Sends `bytes` on a fresh connection and reads until the other side closes.
pub async fn raw(port: u16, bytes: &[u8]) -> String {
    let mut stream = connect(port).await;
    // A server that refuses early closes its end while we still write.
    let _ = stream.write_all(bytes).await;
    read_all(&mut stream).await
}

/// Everything up to the end of the stream.
pub async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut out = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            break;
        }
        out.extend_from_slice(&buffer[..count]);
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// One request with `lines` as further headers and a connection of its own.
pub async fn ask(port: u16, method: &str, path: &str, lines: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = connect(port).await;
    exchange(&mut stream, port, method, path, lines, body).await
}

/// [`ask`] on a stream that is there already.
pub async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    port: u16,
    method: &str,
    path: &str,
    lines: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !lines.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: localhost:{port}\r\n"));
    }
    if !body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in lines {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes()).await;
    parse(&read_all(stream).await)
}

/// The first answer of `text`.
pub fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunked(body) } else { body.to_owned() };
    Answer { status, head: head.to_owned(), body }
}

fn unchunked(mut rest: &str) -> String {
    let mut out = String::new();
    while let Some((length, behind)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap_or(0);
        if length == 0 || behind.len() < length {
            break;
        }
        out.push_str(&behind[..length]);
        rest = behind[length..].trim_start_matches("\r\n");
    }
    out
}
