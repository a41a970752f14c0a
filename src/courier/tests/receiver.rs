//! An app that receives: it remembers what it was told and answers as the test says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use axum::http::StatusCode;

use crate::town::state::LeveringsId;

/// Longest wait for anything: only so that a test ends.
pub(super) const LIMIT: Duration = Duration::from_mins(1);

/// A request as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Heard {
    pub(super) path: String,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Heard {
    pub(super) fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or_else(|| panic!("no {name} in {:?}", self.headers), |(_, value)| value.clone())
    }

    pub(super) fn id(&self) -> LeveringsId {
        LeveringsId::parse(&self.header("byteby-delivery")).unwrap()
    }

    /// The same to the byte.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

/// How the app answers from now on.
#[derive(Clone)]
pub(super) struct Said {
    bytes: Vec<u8>,
    waits: bool,
}

impl Said {
    fn text(text: String) -> Self {
        Self { bytes: text.into_bytes(), waits: false }
    }

    pub(super) fn ok() -> Self {
        Self::text("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntakk".into())
    }

    pub(super) fn status(status: StatusCode) -> Self {
        Self::text(format!("HTTP/1.1 {} X\r\ncontent-length: 0\r\n\r\n", status.as_u16()))
    }

    pub(super) fn redirect(status: StatusCode, to: &str) -> Self {
        Self::text(format!("HTTP/1.1 {} X\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n", status.as_u16()))
    }

    pub(super) fn nonsense() -> Self {
        Self::text("220 post.example ESMTP\r\n".into())
    }

    pub(super) fn hang_up() -> Self {
        Self::text(String::new())
    }

    pub(super) fn long(bytes: usize) -> Self {
        Self::text(format!("HTTP/1.1 200 OK\r\ncontent-length: {bytes}\r\n\r\n{}", "x".repeat(bytes)))
    }

    /// Not before the test lets go.
    pub(super) fn wait() -> Self {
        Self { waits: true, ..Self::ok() }
    }
}

struct Inner {
    heard: watch::Sender<Vec<Heard>>,
    answer: Mutex<Said>,
    let_go: Notify,
}

/// A receiving app.
pub(super) struct Receiver {
    pub(super) url: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let (heard, _) = watch::channel(Vec::new());
        let inner = Arc::new(Inner { heard, answer: Mutex::new(Said::ok()), let_go: Notify::new() });
        let shared = inner.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        Self { url, inner, task }
    }

    /// What it was told so far.
    pub(super) fn said(&self) -> Vec<Heard> {
        self.inner.heard.borrow().clone()
    }

    pub(super) fn authority(&self) -> String {
        self.url.trim_start_matches("http://").to_owned()
    }

    pub(super) fn origin(&self) -> String {
        self.url.clone()
    }

    pub(super) fn answers(&self, said: Said) {
        *self.inner.answer.lock().unwrap() = said;
    }

    pub(super) fn let_go(&self) {
        self.inner.let_go.notify_waiters();
    }

    pub(super) async fn until_said(&self, count: usize) {
        let mut heard = self.inner.heard.subscribe();
        let enough = heard.wait_for(|heard| heard.len() >= count);
        let waited = tokio::time::timeout(LIMIT, enough).await.is_ok();
        assert!(waited, "it was told {} of {count} things", self.said().len());
    }

    /// Stops listening; gives the address where nobody is now.
    pub(super) async fn stop(mut self) -> String {
        self.task.abort();
        let _ = (&mut self.task).await;
        self.url.clone()
    }
}

async fn serve(mut stream: TcpStream, inner: Arc<Inner>) {
    let mut bytes = Vec::new();
    let heard = loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ => return,
        }
        if let Some(heard) = read(&bytes) {
            break heard;
        }
    };
    let said = inner.answer.lock().unwrap().clone();
    let let_go = inner.let_go.notified();
    inner.heard.send_modify(|all| all.push(heard));
    if said.waits {
        let_go.await;
    }
    let _ = stream.write_all(&said.bytes).await;
    let _ = stream.shutdown().await;
}

/// A whole request, once it is there.
fn read(bytes: &[u8]) -> Option<Heard> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    (body.len() == length).then(|| Heard { path, headers, body: body.to_owned() })
}
