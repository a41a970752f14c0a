//! Certificates with which letters to a mailbox are encrypted: one a supplier, for the published test key, so that a test
//! can open what an app encrypts (`src/keys/ring/README.md`).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::base::Orgnummer;
use crate::keys::{Sertifikatbestilling, Sertifikatslag, client_key, encode_std};
use crate::town::model::Postkasse;

/// First and last second of their life: 1 January 2020 and 31 December 2049, so that they hold on every town's clock.
const GJELDER: (i64, i64) = (1_577_836_800, 2_524_607_999);

/// The certificate of the supplier called `orgnr`: base64 of its DER form, as the register writes it.
pub(super) fn of(orgnr: &str) -> Option<&'static str> {
    static ALL: OnceLock<BTreeMap<&'static str, String>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let one = |supplier: &Postkasse| {
            let orgnr = supplier.leverandoer()?;
            let order = Sertifikatbestilling {
                orgnr: Orgnummer::parse(orgnr).ok()?,
                navn: "DIGITAL POSTKASSE TEST",
                slag: Sertifikatslag::Virksomhetssertifikat,
                not_before: GJELDER.0,
                not_after: GJELDER.1,
            };
            Some((orgnr, encode_std(order.issue(client_key().public())?.first()?)))
        };
        Postkasse::ALL.iter().filter_map(one).collect()
    });
    all.get(orgnr).map(String::as_str)
}
