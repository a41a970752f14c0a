//! Work accounts: what an employer's directory says of somebody who has a job there (`specs/eid.md` §4.1).
//!
//! Nothing is remembered: address and groups follow from the job that is held, and are gone with it.

use super::{Person, Town};
use crate::base::{hex, keyed_hash, slug};
use crate::town::model::VirksomhetId;

/// Groups of one account at most (`specs/eid.md` §4.1).
const MAX_GRUPPER: usize = 20;

/// A work account.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arbeidskonto {
    /// The main unit worked for.
    pub arbeidsgiver: VirksomhetId,
    /// Address: `kari.nordas@nordvik-kommune.example`.
    pub epost: String,
    /// Ids of the groups it is in: everybody's, then one for each level down to the place of work.
    pub grupper: Vec<String>,
}

impl Town {
    /// `enhet` and the units above it, the outermost first.
    fn nivaaer(&self, enhet: VirksomhetId) -> Vec<VirksomhetId> {
        let mut levels = vec![enhet];
        // Levels of a unit are few; the bound only guards against a ring.
        while levels.len() < 8
            && let Some(above) = levels.last().and_then(|unit| self.virksomhet(*unit).overordnet.some())
        {
            levels.push(above);
        }
        levels.reverse();
        levels
    }

    /// Who employs those that work in `enhet`: the unit that is under nothing.
    #[must_use]
    pub fn arbeidsgiver(&self, enhet: VirksomhetId) -> VirksomhetId {
        self.nivaaer(enhet).first().copied().unwrap_or(enhet)
    }

    /// The domain of `arbeidsgiver`'s addresses: its name, with the number behind it when another has the same.
    #[must_use]
    pub fn epostdomene(&self, arbeidsgiver: VirksomhetId) -> String {
        let own = slug(self.enhetsnavn(arbeidsgiver));
        let others = (0..self.virksomhet_count()).map(VirksomhetId::at);
        let mains = others.filter(|unit| !self.virksomhet(*unit).form.is_underenhet());
        if mains.filter(|unit| slug(self.enhetsnavn(*unit)) == own).count() > 1 {
            return format!("{own}-{}.example", self.virksomhet(arbeidsgiver).orgnr);
        }
        format!("{own}.example")
    }
}

impl Person<'_> {
    /// Where the largest job held today is; `None` without a job, and for the dead.
    fn arbeidssted(&self) -> Option<VirksomhetId> {
        let jobs = if self.is_doed() { Vec::new() } else { self.jobber() };
        jobs.iter()
            .max_by_key(|job| (job.stillingsprosent, std::cmp::Reverse(job.fra), job.virksomhet))
            .map(|job| job.virksomhet)
    }

    /// The employer of the largest job held today.
    #[must_use]
    pub fn arbeidsgiver(&self) -> Option<VirksomhetId> {
        self.arbeidssted().map(|enhet| self.town().arbeidsgiver(enhet))
    }

    /// The account at the employer of the largest job held today; `None` without a job, and for the dead.
    #[must_use]
    pub fn arbeidskonto(&self) -> Option<Arbeidskonto> {
        let town = self.town();
        let levels = town.nivaaer(self.arbeidssted()?);
        let arbeidsgiver = *levels.first()?;
        let navn = self.navn();
        let epost = format!("{}.{}@{}", slug(&navn.fornavn), slug(&navn.etternavn), town.epostdomene(arbeidsgiver));
        let number = |unit: VirksomhetId| town.virksomhet(unit).orgnr.value();
        let grupper = levels.iter().take(MAX_GRUPPER).map(|unit| gruppe(number(*unit))).collect();
        Some(Arbeidskonto { arbeidsgiver, epost, grupper })
    }
}

/// The id of the group of everybody in the unit with number `orgnr`: a UUID of version 8 that follows from it.
fn gruppe(orgnr: u32) -> String {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&keyed_hash("arbeidskonto/gruppe", &[&orgnr.to_be_bytes()]).0[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
