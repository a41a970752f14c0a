//! One exchange with an app: name to addresses, addresses checked, a connection to exactly a checked one, the peer of the
//! connected socket checked, one request, one answer within bounds, the connection closed.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::roots::Roots;
use super::target::{AddressClass, class_of, is_metadata_name};
use super::{CourierSettings, may_be_private};
use crate::town::state::{Appadresse, Feilgrunn};

/// Addresses of a host.
pub type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Turns names into addresses. Asked once for each attempt; what it answers is what is checked and connected to.
pub trait Resolver: Send + Sync {
    /// The addresses of `host`, which is no number.
    fn resolve(&self, host: &str) -> Resolved;
}

/// The resolver of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> Resolved {
        let host = host.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// What an app answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// The body, as far as it was read.
    pub(super) body: Bytes,
}

/// What is sent: method, headers beside host and length, body.
pub(super) struct Parcel {
    pub(super) method: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Bytes,
}

/// How and where to.
pub(super) struct Way<'a> {
    pub(super) settings: &'a CourierSettings,
    pub(super) resolver: &'a dyn Resolver,
    pub(super) roots: &'a Roots,
    /// The app's declaration allows a private address behind any name.
    pub(super) private: bool,
}

impl Way<'_> {
    /// Sends `parcel` to `to` and gives the answer, whatever its status.
    pub(super) async fn send(&self, to: &Appadresse, parcel: Parcel) -> Result<Answer, Feilgrunn> {
        let request = request(to, parcel)?;
        let stream = timeout(self.settings.connect, self.connect(to)).await.map_err(|_| Feilgrunn::Tidsavbrudd)??;
        if !to.is_secure() {
            return timeout(self.settings.answer, self.exchange(stream, request)).await.unwrap_or(LATE);
        }
        let name = ServerName::try_from(to.host()).map_err(|_| Feilgrunn::Tls)?;
        let connector = tokio_rustls::TlsConnector::from(self.roots.config());
        let secured = timeout(self.settings.connect, connector.connect(name, stream)).await;
        let stream = secured.map_err(|_| Feilgrunn::Tidsavbrudd)?.map_err(|error| tls_fault(&error))?;
        timeout(self.settings.answer, self.exchange(stream, request)).await.unwrap_or(LATE)
    }

    /// The addresses `to` leads to, every one of them allowed.
    async fn addresses(&self, to: &Appadresse) -> Result<Vec<IpAddr>, Feilgrunn> {
        let host = to.host();
        if is_metadata_name(&host) {
            return Err(Feilgrunn::ForbudtAdresse);
        }
        let found = match to.ip() {
            Some(number) => vec![number],
            None => self.resolver.resolve(&host).await.map_err(|_| Feilgrunn::UkjentVert)?,
        };
        if found.is_empty() {
            return Err(Feilgrunn::UkjentVert);
        }
        for address in &found {
            self.allowed(&host, *address)?;
        }
        Ok(found)
    }

    fn allowed(&self, host: &str, address: IpAddr) -> Result<(), Feilgrunn> {
        match class_of(address) {
            AddressClass::Public => Ok(()),
            AddressClass::Forbidden(_) => Err(Feilgrunn::ForbudtAdresse),
            AddressClass::Private if self.settings.hosted => Err(Feilgrunn::PrivatAdresse),
            AddressClass::Private if self.private || may_be_private(host) => Ok(()),
            AddressClass::Private => Err(Feilgrunn::PrivatAdresse),
        }
    }

    async fn connect(&self, to: &Appadresse) -> Result<TcpStream, Feilgrunn> {
        for address in self.addresses(to).await? {
            let Ok(stream) = TcpStream::connect(SocketAddr::new(address, to.port())).await else { continue };
            // What counts is where the socket is, not where it was meant to be.
            let peer = stream.peer_addr().map_err(|_| Feilgrunn::Brutt)?;
            self.allowed(&to.host(), peer.ip())?;
            return Ok(stream);
        }
        Err(Feilgrunn::IkkeTilkoblet)
    }

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Feilgrunn>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let made = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = made.map_err(|error| http_fault(&error))?;
        let _closed_with_this = Connection(tokio::spawn(async move {
            let _ = connection.await;
        }));
        let answer = sender.send_request(request).await.map_err(|error| http_fault(&error))?;
        let status = answer.status().as_u16();
        let body = self.beginning(answer.into_body()).await?;
        Ok(Answer { status, body })
    }

    /// The beginning of a body. What is longer is left unread: an app cannot fill this machine's memory.
    async fn beginning(&self, mut body: Incoming) -> Result<Bytes, Feilgrunn> {
        let mut kept = BytesMut::new();
        while kept.len() < self.settings.answer_bytes {
            let Some(frame) = body.frame().await else { break };
            let frame = frame.map_err(|error| http_fault(&error))?;
            if let Some(data) = frame.data_ref() {
                kept.extend_from_slice(&data[..data.len().min(self.settings.answer_bytes - kept.len())]);
            }
        }
        Ok(kept.freeze())
    }
}

const LATE: Result<Answer, Feilgrunn> = Err(Feilgrunn::Tidsavbrudd);

/// Closes its connection when dropped.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn request(to: &Appadresse, parcel: Parcel) -> Result<Request<Full<Bytes>>, Feilgrunn> {
    let mut request = Request::builder().method(parcel.method).uri(to.path()).header("host", to.authority());
    for (name, value) in parcel.headers {
        request = request.header(name, value);
    }
    request.body(Full::new(parcel.body)).map_err(|_| Feilgrunn::IkkeModellert)
}

fn http_fault(error: &hyper::Error) -> Feilgrunn {
    if error.is_parse() { Feilgrunn::IkkeHttp } else { Feilgrunn::Brutt }
}

/// A handshake that failed by itself, or a connection that was closed under it.
fn tls_fault(error: &io::Error) -> Feilgrunn {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(_) => Feilgrunn::Tls,
        None if error.kind() == io::ErrorKind::InvalidData => Feilgrunn::Tls,
        None => Feilgrunn::Brutt,
    }
}

/// A resolver is shared by all attempts.
impl<R: Resolver + ?Sized> Resolver for Arc<R> {
    fn resolve(&self, host: &str) -> Resolved {
        (**self).resolve(host)
    }
}
