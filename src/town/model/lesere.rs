//! Circles of readers of the event feed: each has numbers of its own for what it may know of
//! (`specs/folkeregister.md` §9, §9.1).

use super::Hendelsestype;

/// Readers with the same rights to the feed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lesere {
    /// With legal basis: everything.
    Hjemmel,
    /// Finance.
    Finans,
    /// Public bodies without legal basis.
    OffentligUtenHjemmel,
    /// Issuers of electronic identities.
    Eid,
    /// Everybody else.
    Andre,
}

/// Circles that do not see everything.
pub const AVGRENSEDE: [Lesere; 4] = [Lesere::Finans, Lesere::OffentligUtenHjemmel, Lesere::Eid, Lesere::Andre];

impl Lesere {
    /// Place in `AVGRENSEDE`; `None` for those who see everything.
    #[must_use]
    pub fn plass(self) -> Option<usize> {
        AVGRENSEDE.iter().position(|one| *one == self)
    }

    /// Whether events of this type reach them.
    #[must_use]
    pub fn ser(self, slag: Hendelsestype) -> bool {
        match slag {
            Hendelsestype::EndringIOpphold
            | Hendelsestype::EndringIOppholdPaaSvalbard
            | Hendelsestype::EndringIBrukAvSamiskSpraak
            | Hendelsestype::EndringISametingetsValgmanntall
            | Hendelsestype::EndringIUtlendingsmyndighetenesIdentifikasjonsnummer => self == Self::Hjemmel,
            Hendelsestype::EndringIFamilierelasjon | Hendelsestype::EndringIForeldreansvar => {
                matches!(self, Self::Hjemmel | Self::Finans)
            }
            Hendelsestype::EndringIUtenlandskPersonidentifikasjon | Hendelsestype::EndringILegitimasjonsdokument => {
                matches!(self, Self::Hjemmel | Self::Eid)
            }
            Hendelsestype::EndringIFalskIdentitet => {
                matches!(self, Self::Hjemmel | Self::Finans | Self::OffentligUtenHjemmel)
            }
            _ => true,
        }
    }

    /// Counts of what each circle of `AVGRENSEDE` has seen, `before` and then one event of type `slag`.
    #[must_use]
    pub fn tell(before: [u32; 4], slag: Hendelsestype) -> [u32; 4] {
        let mut counts = before;
        for (count, circle) in counts.iter_mut().zip(AVGRENSEDE) {
            *count += u32::from(circle.ser(slag));
        }
        counts
    }
}
