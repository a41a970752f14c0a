//! Enterprise certificates and e-seals of a test town: who may sign as which organisation (`specs/eid.md` §5.2).
//!
//! One authority signs them, whose key is published like the rest of the ring (`ring/README.md`). Left out: revocation
//! lists, other authorities, keys that are not RSA.

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::der::{self, BIT_STRING, GENERALIZED_TIME, NULL, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME, UTF8};
use super::jwk::PublicKey;
use super::pem;
use super::x509::{Certificate, EXTENSIONS, POLICIES};
use crate::base::{Orgnummer, keyed_hash};

/// Key and certificate of the authority.
pub const ENTERPRISE_CA_PEM: &str = include_str!("ring/test-enterprise-ca.pem");
/// Certificates in a chain.
const MAX_CHAIN: usize = 5;
/// `serialNumber`, 2.5.4.5: nine digits in an enterprise certificate.
const SERIAL_NUMBER: [u8; 3] = [0x55, 0x04, 0x05];
/// `organizationIdentifier`, 2.5.4.97: `NTRNO-` and nine digits in an e-seal (ETSI EN 319 412-1 §5.1.4).
const ORGANIZATION_IDENTIFIER: [u8; 3] = [0x55, 0x04, 0x61];
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
/// `sha256WithRSAEncryption`, 1.2.840.113549.1.1.11.
const SHA256_WITH_RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
/// Policies of qualified e-seals, 0.4.0.194112.1: `qcp-legal` is 1 below it, `qcp-legal-qscd` 3 (EN 319 411-2 §5.3).
const QUALIFIED: [u8; 7] = [0x04, 0x00, 0x8b, 0xec, 0x40, 0x01, 0x01];
const QUALIFIED_DEVICE: [u8; 7] = [0x04, 0x00, 0x8b, 0xec, 0x40, 0x01, 0x03];
/// Policies of other e-seals, 0.4.0.2042.1: `ncp`, `ncp+` and `lcp` are below it (EN 319 411-1 §5.3).
const NORMALISED: [u8; 5] = [0x04, 0x00, 0x8f, 0x7a, 0x01];

/// What a certificate of an organisation is, as `client_amr` says it (`specs/eid.md` §5.4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sertifikatslag {
    /// The old kind, with the number in `serialNumber`.
    Virksomhetssertifikat,
    /// A qualified e-seal.
    QcForEseal,
    /// Another e-seal.
    CForEseal,
}

impl Sertifikatslag {
    /// All of them.
    pub const ALLE: [Self; 3] = [Self::Virksomhetssertifikat, Self::QcForEseal, Self::CForEseal];

    /// The word in `client_amr`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Virksomhetssertifikat => "virksomhetssertifikat",
            Self::QcForEseal => "QCForESeal",
            Self::CForEseal => "CForESeal",
        }
    }

    /// By the policies of a certificate.
    fn of(policies: &[&[u8]]) -> Self {
        let has = |wanted: &dyn Fn(&[u8]) -> bool| policies.iter().any(|policy| wanted(policy));
        if has(&|policy| policy == QUALIFIED || policy == QUALIFIED_DEVICE) {
            Self::QcForEseal
        } else if has(&|policy| policy.starts_with(&NORMALISED)) {
            Self::CForEseal
        } else {
            Self::Virksomhetssertifikat
        }
    }

    fn policy(self) -> Option<Vec<u8>> {
        match self {
            Self::Virksomhetssertifikat => None,
            Self::QcForEseal => Some(QUALIFIED.to_vec()),
            Self::CForEseal => Some([NORMALISED.as_slice(), &[1]].concat()),
        }
    }
}

/// An organisation's certificate whose chain ends in the authority.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Virksomhetssertifikat {
    /// Whose it is; `None` when its subject names no synthetic organisation number.
    pub orgnr: Option<Orgnummer>,
    /// What it is.
    pub slag: Sertifikatslag,
    /// Its key.
    pub key: PublicKey,
    /// First second every certificate of the chain is good.
    pub not_before: i64,
    /// Last second every certificate of the chain is good.
    pub not_after: i64,
}

impl Virksomhetssertifikat {
    /// Whether the chain is good at `seconds` since 1970.
    #[must_use]
    pub fn holds(&self, seconds: i64) -> bool {
        (self.not_before..=self.not_after).contains(&seconds)
    }

    /// Reads a chain, leaf first. The authority's own certificate may be left out. `None` when it is not made of
    /// certificates, each signed by the next, that end in the authority; dates are the caller's to judge.
    #[must_use]
    pub fn read(chain: &[Vec<u8>]) -> Option<Self> {
        if chain.is_empty() || chain.len() > MAX_CHAIN {
            return None;
        }
        let root_der = &authority().certificate;
        let mut certificates = Vec::with_capacity(chain.len() + 1);
        for der in chain {
            certificates.push(Certificate::parse(der)?);
        }
        if chain.last() != Some(root_der) {
            certificates.push(Certificate::parse(root_der)?);
        }
        let signed = certificates.windows(2).all(|pair| pair[1].is_authority && pair[0].is_signed_by(&pair[1]));
        let [leaf, ..] = certificates.as_slice() else { return None };
        if !signed || leaf.is_authority {
            return None;
        }
        Some(Self {
            orgnr: organisation(leaf),
            slag: Sertifikatslag::of(&leaf.policies),
            key: leaf.key.clone(),
            not_before: certificates.iter().map(|one| one.not_before).max()?,
            not_after: certificates.iter().map(|one| one.not_after).min()?,
        })
    }
}

/// The organisation in the subject: an e-seal's identifier, or the serial number of the old kind.
fn organisation(leaf: &Certificate<'_>) -> Option<Orgnummer> {
    let text = match leaf.subject_text(&ORGANIZATION_IDENTIFIER) {
        Some(identifier) => identifier.strip_prefix("NTRNO-")?,
        None => leaf.subject_text(&SERIAL_NUMBER)?,
    };
    Orgnummer::parse(text).ok()
}

struct Authority {
    pair: RsaKeyPair,
    certificate: Vec<u8>,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let der = pem::block(ENTERPRISE_CA_PEM, "PRIVATE KEY").expect("the file has a private key");
        Authority {
            pair: RsaKeyPair::from_pkcs8(&der).expect("the file has an RSA key of 2048 bits"),
            certificate: pem::block(ENTERPRISE_CA_PEM, "CERTIFICATE").expect("the file has a certificate"),
        }
    })
}

/// What a certificate is to say.
#[derive(Clone, Debug)]
pub struct Sertifikatbestilling<'a> {
    /// Whose.
    pub orgnr: Orgnummer,
    /// Its name.
    pub navn: &'a str,
    /// What kind.
    pub slag: Sertifikatslag,
    /// First second it is good.
    pub not_before: i64,
    /// Last second it is good.
    pub not_after: i64,
}

impl Sertifikatbestilling<'_> {
    /// Makes the certificate for `key`, and gives the chain as it stands in `x5c`: leaf first, the authority behind it.
    /// Equal orders give equal bytes.
    ///
    /// # Panics
    /// Never: the authority's key signs a digest.
    #[must_use]
    pub fn issue(&self, key: &PublicKey) -> Option<Vec<Vec<u8>>> {
        let authority = authority();
        let root = Certificate::parse(&authority.certificate)?;
        let leaf = self.signed(key, &authority.pair, root.subject())?;
        Some(vec![leaf, authority.certificate.clone()])
    }

    /// The certificate for `key`, signed with `pair` in the name of `issuer`.
    fn signed(&self, key: &PublicKey, pair: &RsaKeyPair, issuer: &[u8]) -> Option<Vec<u8>> {
        let algorithm = der::write(SEQUENCE, &[&der::write(OID, &[&SHA256_WITH_RSA]), &der::write(NULL, &[])]);
        let spki = key.to_spki()?;
        let number = self.orgnr.to_string();
        let (name, text) = match self.slag {
            Sertifikatslag::Virksomhetssertifikat => (SERIAL_NUMBER, number),
            _ => (ORGANIZATION_IDENTIFIER, format!("NTRNO-{number}")),
        };
        let subject = der::write(SEQUENCE, &[&attribute(&COMMON_NAME, self.navn), &attribute(&name, &text)]);
        let validity = der::write(SEQUENCE, &[&time(self.not_before)?, &time(self.not_after)?]);
        let serial = keyed_hash("keys/virksomhet", &[&spki, &subject, &validity, self.slag.name().as_bytes()]);
        let extensions = self.slag.policy().map(|policy| {
            let information = der::write(SEQUENCE, &[&der::write(OID, &[&policy])]);
            let list = der::write(OCTET_STRING, &[&der::write(SEQUENCE, &[&information])]);
            let extension = der::write(SEQUENCE, &[&der::write(OID, &[&POLICIES]), &list]);
            der::write(EXTENSIONS, &[&der::write(SEQUENCE, &[&extension])])
        });
        let version = der::write(0xa0, &[&der::unsigned(&[2])]);
        let body = der::write(
            SEQUENCE,
            &[
                &version,
                &der::unsigned(&serial.0[..16]),
                &algorithm,
                issuer,
                &validity,
                &subject,
                &spki,
                extensions.as_deref().unwrap_or_default(),
            ],
        );
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &body, &mut signature)
            .expect("an RSA key of 2048 bits signs a SHA-256 digest");
        Some(der::write(SEQUENCE, &[&body, &algorithm, &der::write(BIT_STRING, &[&[0], &signature])]))
    }
}

fn attribute(id: &[u8], text: &str) -> Vec<u8> {
    let pair = der::write(SEQUENCE, &[&der::write(OID, &[id]), &der::write(UTF8, &[text.as_bytes()])]);
    der::write(SET, &[&pair])
}

/// `seconds` as certificates write it: two digits of a year until 2049, four from then (RFC 5280 §4.1.2.5).
fn time(seconds: i64) -> Option<Vec<u8>> {
    let stamp = jiff::Timestamp::from_second(seconds).ok()?;
    let year: i32 = stamp.strftime("%Y").to_string().parse().ok()?;
    Some(match year {
        1950..=2049 => der::write(UTC_TIME, &[stamp.strftime("%y%m%d%H%M%SZ").to_string().as_bytes()]),
        0..=9999 => der::write(GENERALIZED_TIME, &[stamp.strftime("%Y%m%d%H%M%SZ").to_string().as_bytes()]),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::client_key;

    const YEAR: i64 = 365 * 86_400;

    fn orgnr() -> Orgnummer {
        (30_000_001..).find_map(Orgnummer::compose).unwrap()
    }

    fn order(slag: Sertifikatslag) -> Sertifikatbestilling<'static> {
        Sertifikatbestilling { orgnr: orgnr(), navn: "ÅS KOMMUNE", slag, not_before: 0, not_after: 100 * YEAR }
    }

    fn chain(slag: Sertifikatslag) -> Vec<Vec<u8>> {
        order(slag).issue(client_key().public()).unwrap()
    }

    #[test]
    fn a_certificate_is_read_as_it_was_ordered() {
        for slag in Sertifikatslag::ALLE {
            let chain = chain(slag);
            let read = Virksomhetssertifikat::read(&chain).unwrap();
            assert_eq!((read.orgnr, read.slag), (Some(orgnr()), slag));
            assert_eq!(read.key.thumbprint(), client_key().public().thumbprint());
            // The authority ends in 2049, the leaf later.
            assert_eq!((read.not_before, read.not_after), (0, 2_524_607_999));
            assert!(read.holds(0) && read.holds(read.not_after) && !read.holds(-1) && !read.holds(read.not_after + 1));
            assert_eq!(Virksomhetssertifikat::read(&chain[..1]), Some(read), "the authority itself may be left out");
            assert_eq!(order(slag).issue(client_key().public()).unwrap(), chain, "equal orders, equal bytes");
        }
    }

    #[test]
    fn a_chain_that_does_not_end_in_the_authority_is_no_good() {
        let good = chain(Sertifikatslag::QcForEseal);
        let (leaf, root) = (good[0].clone(), good[1].clone());
        let broken = |at: usize| {
            let mut leaf = leaf.clone();
            leaf[at] ^= 1;
            leaf
        };
        let own = crate::keys::decode_std(
            crate::keys::KeyRing::for_seed(crate::base::Seed(7)).key(crate::keys::Issuer::Idporten).jwk()["x5c"][0]
                .as_str()
                .unwrap(),
        );
        let own = own.unwrap();
        for (chain, what) in [
            (vec![], "nothing"),
            (vec![root.clone()], "the authority alone"),
            (vec![root.clone(), leaf.clone()], "the wrong way round"),
            (vec![own.clone()], "a certificate that signs itself"),
            (vec![leaf.clone(), own], "a chain that ends elsewhere"),
            (vec![leaf.clone(), leaf.clone(), root.clone()], "signed by one that may not"),
            (vec![broken(leaf.len() - 1)], "another signature"),
            (vec![broken(200)], "another content"),
            (vec![leaf[..leaf.len() - 1].to_vec()], "cut off"),
            (vec![[leaf.as_slice(), &[0]].concat()], "with something behind"),
            (vec![b"not a certificate".to_vec()], "no certificate"),
            (vec![leaf.clone(); 6], "too long"),
        ] {
            assert_eq!(Virksomhetssertifikat::read(&chain), None, "{what}");
        }
        assert!(Virksomhetssertifikat::read(&good).is_some());
    }

    #[test]
    fn an_organisation_s_certificate_makes_no_other() {
        let order = order(Sertifikatslag::QcForEseal);
        let own = order.issue(client_key().public()).unwrap();
        let name = Certificate::parse(&own[0]).unwrap().subject().to_vec();
        let below = order.signed(client_key().public(), client_key().pair(), &name).unwrap();
        let (leaf, above) = (Certificate::parse(&below).unwrap(), Certificate::parse(&own[0]).unwrap());
        assert!(leaf.is_signed_by(&above) && !above.is_authority, "well signed, by one that may not");
        assert_eq!(Virksomhetssertifikat::read(&[below, own[0].clone(), own[1].clone()]), None);
    }

    #[test]
    fn times_before_and_after_the_middle_of_the_century_are_told_apart() {
        for (seconds, tag) in [(0, UTC_TIME), (2_524_607_999, UTC_TIME), (2_524_608_000, GENERALIZED_TIME)] {
            assert_eq!(time(seconds).unwrap()[0], tag);
        }
    }
}
