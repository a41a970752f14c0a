//! Which certificates an app may show: those this machine trusts, and those the settings add.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Where operating systems keep what they trust; the first that is there counts.
const SYSTEM: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Trusted certificates, read when the first secure delivery goes out.
#[derive(Debug)]
pub(super) struct Roots {
    further: Vec<PathBuf>,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Roots {
    pub(super) fn new(further: Vec<PathBuf>) -> Self {
        Self { further, config: OnceLock::new() }
    }

    /// How a secure connection is made.
    pub(super) fn config(&self) -> Arc<ClientConfig> {
        self.config.get_or_init(|| Arc::new(self.read())).clone()
    }

    fn read(&self) -> ClientConfig {
        let mut store = RootCertStore::empty();
        let system = SYSTEM.iter().map(Path::new).find(|path| path.is_file());
        for path in system.into_iter().chain(self.further.iter().map(PathBuf::as_path)) {
            match CertificateDer::pem_file_iter(path) {
                // Bundles hold certificates of forms no reader takes; the others are good all the same.
                Ok(certificates) => certificates.flatten().for_each(|certificate| {
                    let _ = store.add(certificate);
                }),
                Err(error) => tracing::warn!(path = %path.display(), %error, "certificates cannot be read"),
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has the versions this program is built with")
            .with_root_certificates(store)
            .with_no_client_auth()
    }
}
