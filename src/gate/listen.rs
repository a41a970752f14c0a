//! Taking connections: plain and TLS on one port, HTTP/1.1 and HTTP/2 on both, within limits
//! (`specs/experience.md` §6, §20).

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::familiar::Familiar;
use super::resettable::{Reset, Resettable};
use super::tls::Tls;

/// How many connections there may be, and for how long they may say nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// Connections at once, over all ports of a server. Further ones wait in the queue of the system.
    pub connections: usize,
    /// How long a connection may be without a request, and how long the head of a request may take to arrive.
    pub idle: Duration,
}

impl Default for Bounds {
    /// As `specs/experience.md` §20 has them.
    fn default() -> Self {
        Self { connections: 1024, idle: Duration::from_mins(1) }
    }
}

/// How long a TLS handshake may take.
const GREETING: Duration = Duration::from_secs(10);
/// Pause after the system refused a connection, most likely for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);
/// Largest head the parser reads, bytes. Above our own limit of 64 KiB, so that most refusals can say why.
const HEAD_BUFFER: usize = 128 << 10;
/// Header lines the parser reads.
const HEADER_LINES: usize = 256;
/// Requests at once on one HTTP/2 connection.
const STREAMS: u32 = 128;
/// First byte of a TLS handshake record (RFC 8446 §5.1). No HTTP method begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// The connection a request came by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Peer {
    /// Its other end. An IPv4 address in IPv6 form is given as IPv4.
    pub addr: SocketAddr,
    /// Whether it is encrypted.
    pub tls: bool,
}

/// How a server takes connections.
#[derive(Clone, Debug)]
pub struct Listen {
    tls: Tls,
    places: Arc<Semaphore>,
    idle: Duration,
    stopped: watch::Receiver<bool>,
}

impl Listen {
    /// Takes connections until `stopped` says so, within `bounds` over all clones.
    #[must_use]
    pub fn new(tls: Tls, bounds: Bounds, stopped: watch::Receiver<bool>) -> Self {
        Self { tls, places: Arc::new(Semaphore::new(bounds.connections)), idle: bounds.idle, stopped }
    }

    /// Serves `router` on `listener`. At the end open requests may finish; dropping the future cuts them off.
    pub async fn serve(mut self, listener: TcpListener, router: Router) {
        let mut connections = JoinSet::new();
        loop {
            let place = tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stop| *stop) => break,
                place = self.places.clone().acquire_owned() => place,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                biased;
                _ = self.stopped.wait_for(|stop| *stop) => break,
                accepted = listener.accept() => accepted,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, addr)) => {
                    let (listen, router) = (self.clone(), router.clone());
                    connections.spawn(async move {
                        listen.connection(stream, addr, router).await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    /// One connection from its first byte to its end.
    async fn connection(self, stream: TcpStream, addr: SocketAddr, router: Router) {
        let _ = stream.set_nodelay(true);
        let addr = SocketAddr::new(addr.ip().to_canonical(), addr.port());
        let mut stopped = self.stopped.clone();
        let first = tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => return,
            first = tokio::time::timeout(self.idle, first_byte(&stream)) => first,
        };
        let (stream, reset) = Resettable::of(stream);
        match first {
            Ok(Some(TLS_HANDSHAKE)) => {
                let tls = self.tls.clone();
                // The first of them reads or makes the authority, which touches files.
                let acceptor = match tokio::task::spawn_blocking(move || tls.acceptor()).await {
                    Ok(Ok(acceptor)) => acceptor,
                    Ok(Err(fault)) => {
                        tracing::warn!(%fault, "no TLS");
                        return;
                    }
                    Err(_) => return,
                };
                match tokio::time::timeout(GREETING, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => self.talk(stream, Peer { addr, tls: true }, reset, router).await,
                    Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            }
            Ok(Some(_)) => self.talk(stream, Peer { addr, tls: false }, reset, router).await,
            // Gone before it said anything, or silent.
            Ok(None) | Err(_) => {}
        }
    }

    /// Requests and answers on one connection.
    async fn talk<S>(mut self, stream: S, peer: Peer, reset: Reset, router: Router)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let begun = Arc::new(AtomicU64::new(0));
        let open = Arc::new(AtomicU64::new(0));
        let familiar = Familiar::default();
        let service = service_fn(|request: Request<Incoming>| {
            begun.fetch_add(1, Ordering::Relaxed);
            let (router, under_way) = (router.clone(), UnderWay::begin(&open));
            let (reset, familiar) = (reset.clone(), familiar.clone());
            async move {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(peer);
                request.extensions_mut().insert(reset);
                request.extensions_mut().insert(familiar);
                let answer = router.oneshot(request).await;
                drop(under_way);
                Ok::<_, Infallible>(answer.unwrap_or_else(|never| match never {}))
            }
        });
        let builder = protocol(self.idle);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let mut seen = 0;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    }
                    return;
                }
                _ = self.stopped.wait_for(|stop| *stop) => break,
                () = tokio::time::sleep(self.idle) => {
                    let now = begun.load(Ordering::Relaxed);
                    if now == seen && open.load(Ordering::Relaxed) == 0 {
                        break;
                    }
                    seen = now;
                }
            }
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// Counts a request as under way until it is answered or cut off.
struct UnderWay(Arc<AtomicU64>);

impl UnderWay {
    fn begin(open: &Arc<AtomicU64>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(open.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Both versions of HTTP, within limits.
fn protocol(idle: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(HEAD_BUFFER)
        .max_headers(HEADER_LINES);
    let list = u32::try_from(HEAD_BUFFER).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(idle))
        .max_header_list_size(list)
        .max_concurrent_streams(STREAMS);
    builder
}

/// The first byte of a connection, left where it is; `None` when it ended before.
async fn first_byte(stream: &TcpStream) -> Option<u8> {
    let mut byte = [0];
    match stream.peek(&mut byte).await {
        Ok(1) => Some(byte[0]),
        _ => None,
    }
}
