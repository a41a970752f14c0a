//! TLS on the port of everything else: certificates made when a client asks for a name, signed by the authority of this
//! machine, which is opened when the first client speaks TLS.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rcgen::KeyPair;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use tokio_rustls::TlsAcceptor;

use super::authority::{Authority, AuthorityFault};
use super::wall;

/// Certificates kept. `*.localhost` is endless; one more is made in a fraction of a millisecond.
const KEPT: usize = 256;
/// A certificate with less time left than this is made anew, seconds.
const TOO_SHORT: i64 = 24 * 3600;

/// TLS of one server; cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Where the authority is kept; this run only without.
    folder: Option<PathBuf>,
    allowed: Vec<String>,
    authority: OnceLock<Arc<Authority>>,
    acceptor: OnceLock<TlsAcceptorBox>,
}

/// [`TlsAcceptor`] with something to print.
struct TlsAcceptorBox(TlsAcceptor);

impl std::fmt::Debug for TlsAcceptorBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsAcceptor")
    }
}

impl Tls {
    /// TLS with the authority in `folder`, or one for this run only. Nothing is read or made yet.
    #[must_use]
    pub fn new(folder: Option<PathBuf>, allowed: Vec<String>) -> Self {
        Self(Arc::new(Shared { folder, allowed, authority: OnceLock::new(), acceptor: OnceLock::new() }))
    }

    /// The authority, made when there is none. Reads files.
    ///
    /// # Errors
    /// When its folder cannot be used or what lies there is damaged.
    pub fn authority(&self) -> Result<Arc<Authority>, AuthorityFault> {
        if let Some(authority) = self.0.authority.get() {
            return Ok(authority.clone());
        }
        let made = match &self.0.folder {
            Some(folder) => Authority::open(folder, &self.0.allowed, wall::now())?,
            None => Authority::for_this_run(&self.0.allowed, wall::now())?,
        };
        Ok(self.0.authority.get_or_init(|| Arc::new(made)).clone())
    }

    /// What takes a connection that speaks TLS.
    ///
    /// # Errors
    /// As [`Tls::authority`].
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, AuthorityFault> {
        if let Some(acceptor) = self.0.acceptor.get() {
            return Ok(acceptor.0.clone());
        }
        let resolver = Resolver::new(self.authority()?)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider knows the suites of TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let made = TlsAcceptorBox(TlsAcceptor::from(Arc::new(config)));
        Ok(self.0.acceptor.get_or_init(|| made).0.clone())
    }
}

/// Finds or makes the certificate for the name a client asks for.
struct Resolver {
    authority: Arc<Authority>,
    /// One key for all server certificates of this process; it never leaves it.
    key: KeyPair,
    signer: Arc<dyn SigningKey>,
    /// Certificates by name, with their last second.
    made: Mutex<BTreeMap<String, (i64, Arc<CertifiedKey>)>>,
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl Resolver {
    fn new(authority: Arc<Authority>) -> Result<Self, AuthorityFault> {
        let key = KeyPair::generate()?;
        let der = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let signer = aws_lc_rs::sign::any_supported_type(&der).expect("the provider reads the keys it makes");
        Ok(Self { authority, key, signer, made: Mutex::default() })
    }

    fn certificate(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let name = name.map(|name| name.trim_end_matches('.').to_ascii_lowercase());
        if name.as_deref().is_some_and(|name| !self.authority.covers(name)) {
            // The handshake ends with `unrecognized_name`: a certificate nobody would accept helps nobody.
            return None;
        }
        let wall = wall::now();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let place = name.clone().unwrap_or_default();
        if let Some((until, found)) = made.get(&place)
            && until - wall.seconds() > TOO_SHORT
        {
            return Some(found.clone());
        }
        let (certificate, until) = self.authority.certify(name.as_deref(), &self.key, wall).ok()?;
        let certified = Arc::new(CertifiedKey::new(vec![certificate], self.signer.clone()));
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(place, (until, certified.clone()));
        Some(certified)
    }
}

impl ResolvesServerCert for Resolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate(hello.server_name())
    }
}
