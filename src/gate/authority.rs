//! The certificate authority of this machine (`specs/experience.md` §20).
//!
//! It is made on first use, for this machine only: its key is readable by its user alone, never published, and its
//! certificate is constrained to loopback, `localhost` and below, `byteby`, and the names its user allowed. A key that
//! leaked could not be used for anything else.

use std::io::{ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};

use crate::access::WallTime;
use crate::base::sha256;

/// How long the authority is good, seconds: one year.
const YEAR: i64 = 365 * 24 * 3600;
/// How long a server certificate is good at most, seconds.
const LEAF: i64 = 30 * 24 * 3600;
/// How far back a certificate begins, seconds: clocks of containers lag.
const BEFORE: i64 = 3600;
/// The file of key and certificate within the authority's folder.
const FILE: &str = "authority.json";
/// The certificate alone, for tools that want a file.
const PUBLIC: &str = "ca.pem";
/// Names every authority may speak for; a name covers what stands below it.
const NAMES: [&str; 2] = ["localhost", "byteby"];

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityFault {
    /// Its folder cannot be read or written.
    #[error("cannot use `{}`: {source}", path.display())]
    Folder {
        /// File or folder.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// Its file is not what we wrote.
    #[error("`{}` is not a certificate authority: {detail}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// Others can read its key.
    #[error("other users can read the key in `{}`", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A name no certificate can carry.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

/// The file: everything needed to go on signing.
#[derive(Serialize, Deserialize)]
struct Stored {
    common_name: String,
    names: Vec<String>,
    not_before: i64,
    not_after: i64,
    certificate: String,
    key: String,
}

/// A certificate authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    common_name: String,
    names: Vec<String>,
    until: i64,
}

impl std::fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority")
            .field("common_name", &self.common_name)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// The authority of `folder`; made when there is none, or when the one there has ended. `allowed` are names beside
    /// loopback, `localhost` and `byteby`; they count only when it is made.
    ///
    /// # Errors
    /// When the folder cannot be used, its file is damaged or readable by others, or a name cannot stand in a certificate.
    pub fn open(folder: &Path, allowed: &[String], wall: WallTime) -> Result<Self, AuthorityFault> {
        if let Some(found) = Self::existing(folder)?
            && found.until > wall.seconds()
        {
            return Ok(found);
        }
        Self::renew(folder, allowed, wall)
    }

    /// The authority of `folder` as it stands, ended or not; `None` when none was made yet.
    ///
    /// # Errors
    /// As [`Authority::open`].
    pub fn existing(folder: &Path) -> Result<Option<Self>, AuthorityFault> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(AuthorityFault::Folder { path, source }),
        };
        if is_exposed(&path) {
            return Err(AuthorityFault::Exposed { path });
        }
        let damaged = |detail: String| AuthorityFault::Damaged { path: path.clone(), detail };
        let stored: Stored = serde_json::from_str(&text).map_err(|fault| damaged(fault.to_string()))?;
        let key = KeyPair::from_pem(&stored.key).map_err(|fault| damaged(fault.to_string()))?;
        Ok(Some(Self::of(stored, key)))
    }

    /// A new authority in `folder`, in place of the one that may be there. When another process was faster, theirs.
    ///
    /// # Errors
    /// As [`Authority::open`].
    pub fn renew(folder: &Path, allowed: &[String], wall: WallTime) -> Result<Self, AuthorityFault> {
        let (stored, key) = make(allowed, wall)?;
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |source| AuthorityFault::Folder { path, source }
        };
        make_folder(folder).map_err(fault(folder))?;
        let draft = folder.join(format!("{FILE}.{}", stored.common_name.rsplit(' ').next().unwrap_or("new")));
        let text = serde_json::to_string_pretty(&stored).unwrap_or_default();
        write_private(&draft, &text).map_err(fault(&draft))?;
        let path = folder.join(FILE);
        // Two processes may be here at once: renaming is atomic, and both then read what stands there.
        std::fs::rename(&draft, &path).map_err(fault(&path))?;
        let public = folder.join(PUBLIC);
        std::fs::write(&public, &stored.certificate).map_err(fault(&public))?;
        Ok(Self::existing(folder)?.unwrap_or_else(|| Self::of(stored, key)))
    }

    /// An authority nobody keeps: for a machine without a place to keep one.
    ///
    /// # Errors
    /// When a name cannot stand in a certificate.
    pub fn for_this_run(allowed: &[String], wall: WallTime) -> Result<Self, AuthorityFault> {
        let (stored, key) = make(allowed, wall)?;
        Ok(Self::of(stored, key))
    }

    fn of(stored: Stored, key: KeyPair) -> Self {
        let params = authority_params(&stored);
        Self {
            issuer: Issuer::new(params, key),
            pem: stored.certificate,
            common_name: stored.common_name,
            names: stored.names,
            until: stored.not_after,
        }
    }

    /// Its certificate, PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Its name, as stores of certificates list it.
    #[must_use]
    pub fn common_name(&self) -> &str {
        &self.common_name
    }

    /// Its last second, from 1970.
    #[must_use]
    pub fn until(&self) -> i64 {
        self.until
    }

    /// Whether it may speak for `name`: a host name or an address.
    #[must_use]
    pub fn covers(&self, name: &str) -> bool {
        if let Ok(address) = name.parse::<IpAddr>() {
            return address.is_loopback() || self.names.iter().any(|other| other.parse() == Ok(address));
        }
        let below = |parent: &String| name.strip_suffix(parent.as_str()).is_some_and(|rest| rest.ends_with('.'));
        self.names.iter().any(|other| name.eq_ignore_ascii_case(other) || below(&other.to_ascii_lowercase()))
    }

    /// A server certificate for `name` with the public half of `key`, and its last second; for the loopback addresses
    /// when no name is given.
    ///
    /// # Errors
    /// When the name cannot stand in a certificate.
    pub fn certify(
        &self,
        name: Option<&str>,
        key: &KeyPair,
        wall: WallTime,
    ) -> Result<(CertificateDer<'static>, i64), AuthorityFault> {
        let until = self.until.min(wall.seconds() + LEAF);
        let mut params = CertificateParams::default();
        params.distinguished_name = called(name.unwrap_or("localhost"));
        params.subject_alt_names = match name {
            Some(name) => vec![SanType::DnsName(name.try_into()?)],
            None => self.addresses()?,
        };
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        valid(&mut params, wall.seconds() - BEFORE, until);
        Ok((params.signed_by(key, &self.issuer)?.der().clone(), until))
    }

    /// What a client that names no host may have meant: it asked for an address.
    fn addresses(&self) -> Result<Vec<SanType>, AuthorityFault> {
        let allowed = self.names.iter().filter_map(|name| name.parse().ok());
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        let mut names = vec![SanType::DnsName("localhost".try_into()?)];
        names.extend(loopback.into_iter().chain(allowed).map(SanType::IpAddress));
        Ok(names)
    }
}

/// A fresh key with its certificate.
fn make(allowed: &[String], wall: WallTime) -> Result<(Stored, KeyPair), AuthorityFault> {
    let key = KeyPair::generate()?;
    // A few digits of the key tell several authorities of one machine apart.
    let mark = &sha256(&[key.public_key_raw()]).to_string()[..8];
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    names.extend(allowed.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()));
    names.dedup();
    let mut stored = Stored {
        common_name: format!("Byteby on this machine {mark}"),
        names,
        not_before: wall.seconds() - BEFORE,
        not_after: wall.seconds() + YEAR,
        certificate: String::new(),
        key: key.serialize_pem(),
    };
    stored.certificate = authority_params(&stored).self_signed(&key)?.pem();
    Ok((stored, key))
}

fn authority_params(stored: &Stored) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = called(&stored.common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted(&stored.names), excluded_subtrees: Vec::new() });
    valid(&mut params, stored.not_before, stored.not_after);
    params
}

/// Loopback addresses and `names`, as constraints.
fn permitted(names: &[String]) -> Vec<GeneralSubtree> {
    let mut subtrees = vec![
        GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
        GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(Ipv6Addr::LOCALHOST.octets(), 128)),
    ];
    subtrees.extend(names.iter().map(|name| match name.parse::<IpAddr>() {
        Ok(address) => {
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, if address.is_ipv4() { 32 } else { 128 }))
        }
        Err(_) => GeneralSubtree::DnsName(name.clone()),
    }));
    subtrees
}

fn called(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// Makes a certificate good from one second to another, both from 1970.
fn valid(params: &mut CertificateParams, from: i64, to: i64) {
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(from.unsigned_abs());
    params.not_after = epoch + Duration::from_secs(to.unsigned_abs());
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// A new file only its user can read, before anything is in it.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_exposed(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &Path) -> bool {
    // A user's own folder is closed to others by its access list.
    false
}
