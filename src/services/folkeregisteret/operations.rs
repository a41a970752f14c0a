//! Every operation of the register, once for each package that has it (`specs/folkeregister.md` §1, §3, §8–§12).

use super::pakker::{BASER, Tjenester};
use super::rules::{TJENESTE, operasjon};
use crate::observe::{About, Operation};

const EN: &[About] = &[About::Path("id")];
const NUMRE: &[About] = &[About::Body("foedselsEllerDNummer.*")];

/// An operation below the path of a package.
pub(super) struct Mal {
    method: &'static str,
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    pub(super) tjenester: Tjenester,
    pub(super) modelled: bool,
    about: &'static [About],
}

const fn op(method: &'static str, path: &'static str, name: &'static str, tjenester: Tjenester) -> Mal {
    Mal { method, path, name, tjenester, modelled: true, about: &[] }
}

impl Mal {
    const fn about(mut self, about: &'static [About]) -> Self {
        self.about = about;
        self
    }

    const fn missing(mut self) -> Self {
        self.modelled = false;
        self
    }
}

/// The operations, literal paths before those with variables, with which packages have them: those that have at least
/// as much.
pub(super) const MALER: [Mal; 15] = [
    op("POST", "/personer/bulkoppslag", operasjon::BULK, Tjenester::Oppslag).about(NUMRE),
    op("POST", "/personer/bulkoppslag/arkiv", operasjon::ARKIVBULK, Tjenester::Alle),
    op("GET", "/personer/arkiv/{id}", operasjon::ARKIV, Tjenester::Alle).about(EN),
    op("GET", "/personer/soek", operasjon::SOEK, Tjenester::Oppslag),
    op("GET", "/personer/entydigsoek", operasjon::ENTYDIGSOEK, Tjenester::Ingen),
    op("GET", "/personer/xsd", operasjon::PERSONXSD, Tjenester::Ingen),
    op("GET", "/personer/{id}", operasjon::PERSON, Tjenester::Oppslag).about(EN),
    op("GET", "/hendelser/feed", operasjon::FEED, Tjenester::Ingen),
    op("GET", "/hendelser/siste/sekvensnummer", operasjon::SISTE, Tjenester::Ingen),
    op("POST", "/hendelser/bulkoppslag", operasjon::HENDELSEBULK, Tjenester::Alle),
    op("GET", "/hendelser/xsd", operasjon::HENDELSEXSD, Tjenester::Ingen),
    op("GET", "/hendelser/feedxsd", operasjon::FEEDXSD, Tjenester::Ingen),
    op("GET", "/hendelser/{id}", operasjon::HENDELSE, Tjenester::Alle),
    op("*", "/uttrekk/komplett", "folkeregisteret.uttrekk.komplett", Tjenester::Alle).missing(),
    op("*", "/uttrekk/{*rest}", "folkeregisteret.uttrekk", Tjenester::Oppslag).missing(),
];

const fn count() -> usize {
    let (mut sum, mut package) = (0, 0);
    while package < BASER.len() {
        let mut at = 0;
        while at < MALER.len() {
            sum += BASER[package].1.har(MALER[at].tjenester) as usize;
            at += 1;
        }
        package += 1;
    }
    sum
}

/// All operations of all packages.
pub(super) static OPERATIONS: [Operation; count()] = {
    let mut all = [Operation::new(TJENESTE, "GET", "", "", ""); count()];
    let (mut sum, mut package) = (0, 0);
    while package < BASER.len() {
        let (base, tjenester) = BASER[package];
        let mut at = 0;
        while at < MALER.len() {
            let mal = &MALER[at];
            if tjenester.har(mal.tjenester) {
                let operation = Operation::new(TJENESTE, mal.method, base, mal.path, mal.name).about(mal.about);
                all[sum] = if mal.modelled { operation } else { operation.missing() };
                sum += 1;
            }
            at += 1;
        }
        package += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_package_has_the_operations_of_the_table() {
        let of = |base: &str| OPERATIONS.iter().filter(|operation| operation.base == base).count();
        let counts: Vec<usize> = BASER.iter().map(|(base, _)| of(base)).collect();
        assert_eq!(counts, [15, 10, 10, 6, 6, 10, 6, 6, 10]);
    }
}
