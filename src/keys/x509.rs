//! Certificates taken apart (RFC 5280): only what a chain of enterprise certificates is judged by.

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};

use super::der::{self, BIT_STRING, BOOLEAN, GENERALIZED_TIME, OCTET_STRING, OID, SEQUENCE, SET, UTC_TIME, Value};
use super::jwk::{Material, PublicKey};

/// `sha256WithRSAEncryption` and its two sisters, 1.2.840.113549.1.1.11 to 13.
const RSA_SIGNATURE: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
/// `basicConstraints`, 2.5.29.19.
pub(super) const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 0x13];
/// `certificatePolicies`, 2.5.29.32.
pub(super) const POLICIES: [u8; 3] = [0x55, 0x1d, 0x20];
/// Tag of the version.
const VERSION: u8 = 0xa0;
/// Tag of the extensions.
pub(super) const EXTENSIONS: u8 = 0xa3;

/// A certificate.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    signed: &'a [u8],
    /// Encoded name of who signed it.
    issuer: &'a [u8],
    /// Encoded name of whose it is.
    subject: &'a [u8],
    /// First second it is good.
    pub not_before: i64,
    /// Last second it is good.
    pub not_after: i64,
    /// Its RSA key.
    pub key: PublicKey,
    parameters: &'static RsaParameters,
    signature: &'a [u8],
    /// Whether it may sign others.
    pub is_authority: bool,
    /// Encoded identifiers of its policies.
    pub policies: Vec<&'a [u8]>,
}

impl<'a> Certificate<'a> {
    /// Takes `der` apart; `None` for anything but a whole certificate with an RSA key, signed with RSA and SHA-2.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let (whole, rest) = der::read(der)?;
        let [body, algorithm, signature] = whole.within(SEQUENCE)?.try_into().ok().filter(|_| rest.is_empty())?;
        let mut fields = body.within(SEQUENCE)?.into_iter().peekable();
        fields.next_if(|field| field.tag == VERSION);
        let (_serial, own_algorithm) = (fields.next()?, fields.next()?);
        let (issuer, validity, subject, key) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let [not_before, not_after] = validity.within(SEQUENCE)?.try_into().ok()?;
        let extensions = extensions(fields.find(|field| field.tag == EXTENSIONS))?;
        let found = |wanted: &[u8]| extensions.iter().find(|(id, _)| *id == wanted).map(|(_, content)| *content);
        let is_authority = match found(&BASIC_CONSTRAINTS) {
            Some(content) => {
                let inner = der::read(content)?.0.within(SEQUENCE)?;
                inner.first().and_then(|first| first.of(BOOLEAN)).is_some_and(|flag| flag == [0xff])
            }
            None => false,
        };
        let policies = match found(&POLICIES) {
            Some(content) => {
                let list = der::read(content)?.0.within(SEQUENCE)?;
                let id = |policy: &Value<'a>| policy.within(SEQUENCE)?.first()?.of(OID);
                list.iter().map(id).collect::<Option<Vec<_>>>()?
            }
            None => Vec::new(),
        };
        let parameters = parameters(&algorithm).filter(|_| own_algorithm.whole == algorithm.whole)?;
        Some(Self {
            signed: body.whole,
            issuer: issuer.whole,
            subject: subject.whole,
            not_before: seconds(&not_before)?,
            not_after: seconds(&not_after)?,
            key: PublicKey::rsa_from_der(key.whole).ok()?,
            parameters,
            signature: signature.of(BIT_STRING)?.strip_prefix(&[0])?,
            is_authority,
            policies,
        })
    }

    /// Encoded name of whose it is.
    pub(super) fn subject(&self) -> &'a [u8] {
        self.subject
    }

    /// Whether `other` says it signed this one, and did.
    pub(super) fn is_signed_by(&self, other: &Certificate<'_>) -> bool {
        let Material::Rsa { n, e, .. } = &other.key.material else { return false };
        self.issuer == other.subject
            && RsaPublicKeyComponents { n, e }.verify(self.parameters, self.signed, self.signature).is_ok()
    }

    /// The first attribute `id` of the subject, as text.
    pub(super) fn subject_text(&self, id: &[u8]) -> Option<&'a str> {
        let names = der::read(self.subject)?.0.within(SEQUENCE)?;
        names.iter().filter_map(|name| name.within(SET)).flatten().find_map(|pair| {
            let [name, text] = pair.within(SEQUENCE)?.try_into().ok()?;
            if name.of(OID)? == id { std::str::from_utf8(text.content).ok() } else { None }
        })
    }
}

/// Identifiers and contents of the extensions.
fn extensions(field: Option<Value<'_>>) -> Option<Vec<(&[u8], &[u8])>> {
    let Some(field) = field else { return Some(Vec::new()) };
    let list = der::read(field.content)?.0.within(SEQUENCE)?;
    let mut found = Vec::with_capacity(list.len());
    for extension in list {
        let parts = extension.within(SEQUENCE)?;
        found.push((parts.first()?.of(OID)?, parts.last()?.of(OCTET_STRING)?));
    }
    Some(found)
}

fn parameters(algorithm: &Value<'_>) -> Option<&'static RsaParameters> {
    let (last, family) = algorithm.within(SEQUENCE)?.first()?.of(OID)?.split_last()?;
    match last {
        _ if family != RSA_SIGNATURE => None,
        11 => Some(&RSA_PKCS1_2048_8192_SHA256),
        12 => Some(&RSA_PKCS1_2048_8192_SHA384),
        13 => Some(&RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// A time of a certificate in seconds since 1970 (RFC 5280 §4.1.2.5).
fn seconds(time: &Value<'_>) -> Option<i64> {
    let text = std::str::from_utf8(time.content).ok()?;
    let full = match time.tag {
        // Two digits of a year: 50 to 99 are of the last century.
        UTC_TIME => format!("{}{text}", if text.get(..2)? >= "50" { "19" } else { "20" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let parsed = jiff::civil::DateTime::strptime("%Y%m%d%H%M%SZ", &full).ok()?;
    Some(parsed.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second())
}
