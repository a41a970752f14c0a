//! Organisations of the base, the roles in them, and who has a place there.

use super::{BygningId, DayNo, PersonId, VirksomhetId};
use crate::base::{Orgnummer, TextId};

code_list!(
    /// Legal forms of the central register (`specs/neighbours.md` §1, `specs/population.md` §11.2).
    Organisasjonsform {
        /// Private company.
        As = "AS",
        /// Public company.
        Asa = "ASA",
        /// Sole proprietorship.
        Enk = "ENK",
        /// Association.
        Fli = "FLI",
        /// Foreign company.
        Nuf = "NUF",
        /// Municipality.
        Komm = "KOMM",
        /// Part of a public body.
        Orgl = "ORGL",
        /// Sub-unit of a main unit with employees or business.
        Bedr = "BEDR",
        /// Sub-unit outside business.
        Aafy = "AAFY",
        /// Foundation.
        Sti = "STI",
        /// Partnership with joint liability.
        Ans = "ANS",
        /// Partnership with shared liability.
        Da = "DA",
        /// Co-operative.
        Sa = "SA",
        /// Section ownership.
        Esek = "ESEK",
        /// Housing co-operative.
        Brl = "BRL",
        /// Joint ownership.
        Sam = "SAM",
        /// Municipal enterprise.
        Kf = "KF",
        /// Inter-municipal company.
        Iks = "IKS",
        /// Office community.
        Ktrf = "KTRF",
        /// County.
        Fylk = "FYLK",
        /// State.
        Stat = "STAT",
        /// Bankrupt estate.
        Kbo = "KBO",
        /// Religious community outside the church.
        Tros = "TROS",
        /// Parish.
        Kirk = "KIRK",
    }
);

impl Organisasjonsform {
    /// Whether units of this form are sub-units.
    #[must_use]
    pub fn is_underenhet(self) -> bool {
        matches!(self, Self::Bedr | Self::Aafy)
    }
}

code_list!(
    /// Roles in an organisation (`specs/neighbours.md` §1.6).
    Rolletype {
        /// General manager.
        Dagl = "DAGL",
        /// Chair.
        Lede = "LEDE",
        /// Deputy chair.
        Nest = "NEST",
        /// Board member.
        Medl = "MEDL",
        /// Deputy member.
        Vara = "VARA",
        /// Observer.
        Obs = "OBS",
        /// Proprietor.
        Innh = "INNH",
        /// Participant with joint liability.
        Dtso = "DTSO",
        /// Participant with shared liability.
        Dtpr = "DTPR",
        /// General partner.
        Komp = "KOMP",
        /// Auditor.
        Revi = "REVI",
        /// Accountant.
        Regn = "REGN",
        /// Contact person.
        Kont = "KONT",
        /// Trustee in bankruptcy.
        Bobe = "BOBE",
        /// Owner municipality.
        Eikm = "EIKM",
        /// Manager of a body.
        Best = "BEST",
        /// Norwegian representative of a foreign company.
        Repr = "REPR",
    }
);

code_list!(
    /// What kind of organisation a row is.
    Virksomhetsslag {
        /// The municipality itself.
        Kommune = "kommune",
        /// A kindergarten.
        Barnehage = "barnehage",
        /// A school.
        Skole = "skole",
        /// A health station.
        Helsestasjon = "helsestasjon",
        /// Another business or association.
        Annet = "annet",
        /// A level of the municipality's organisation without a service of its own.
        Etat = "etat",
        /// A nursing home.
        Sykehjem = "sykehjem",
        /// Home care.
        Hjemmetjeneste = "hjemmetjeneste",
        /// A GP's office.
        Legekontor = "legekontor",
        /// Another service of the municipality.
        Tjeneste = "tjeneste",
        /// An association of the voluntary sector.
        Forening = "forening",
    }
);

/// An organisation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Virksomhet {
    /// Organisation number.
    pub orgnr: Orgnummer,
    /// Name, upper case.
    pub navn: TextId,
    /// What it is.
    pub slag: Virksomhetsslag,
    /// Places, for kindergartens and schools; otherwise 0.
    pub kapasitet: u16,
    /// Legal form.
    pub form: Organisasjonsform,
    /// Industry as five digits without the dot: `84110` is 84.110.
    pub naeringskode: u32,
    /// The unit above: of a sub-unit its main unit, of a level of a public body the level above it.
    pub overordnet: VirksomhetId,
    /// Where it is; none for a unit without an address.
    pub bygning: BygningId,
    /// Founded.
    pub stiftet: DayNo,
    /// Registered in the central register.
    pub registrert: DayNo,
    /// Deleted, or none.
    pub slettet: DayNo,
    /// Bankruptcy opened, or none.
    pub konkurs: DayNo,
    /// Employees on the first day, of a main unit with its sub-units'.
    pub ansatte: u16,
    /// Share capital in kroner, 0 without one.
    pub kapital: u32,
    /// Registers it stands in.
    pub registre: VirksomhetFlags,
}

impl Virksomhet {
    /// A unit of which nothing but its number, name and kind is known: an association without an address.
    #[must_use]
    pub fn ny(orgnr: Orgnummer, navn: TextId, slag: Virksomhetsslag) -> Self {
        Self {
            orgnr,
            navn,
            slag,
            kapasitet: 0,
            form: Organisasjonsform::Fli,
            naeringskode: 0,
            overordnet: VirksomhetId::NONE,
            bygning: BygningId::NONE,
            stiftet: DayNo::NONE,
            registrert: DayNo::NONE,
            slettet: DayNo::NONE,
            konkurs: DayNo::NONE,
            ansatte: 0,
            kapital: 0,
            registre: VirksomhetFlags(0),
        }
    }
}

impl Virksomhet {
    /// The industry as the register writes it, `84.110`; `None` without one.
    #[must_use]
    pub fn naeringskode_tekst(&self) -> Option<String> {
        let code = self.naeringskode;
        (code != 0).then(|| format!("{:02}.{:03}", code / 1_000, code % 1_000))
    }
}

/// Bits of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VirksomhetFlags(pub u16);

impl VirksomhetFlags {
    /// Registered for value added tax.
    pub const MVA: u16 = 1;
    /// In the register of business enterprises.
    pub const FORETAKSREGISTERET: u16 = 2;
    /// In the register of voluntary organisations.
    pub const FRIVILLIGHETSREGISTERET: u16 = 4;
    /// Takes part in the grass-roots share of the national lottery; has an account number then.
    pub const GRASROTANDEL: u16 = 8;
    /// Receives Peppol invoices.
    pub const PEPPOL: u16 = 16;
    /// In the register of foundations.
    pub const STIFTELSESREGISTERET: u16 = 32;
    /// Went over into a unit of another form, or came out of one.
    pub const OMDANNET: u16 = 64;

    /// Whether the bits `wanted` are all set.
    #[must_use]
    pub fn has(self, wanted: u16) -> bool {
        self.0 & wanted == wanted
    }
}

/// A role in an organisation. Rows are sorted by unit, then kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RolleRow {
    /// The organisation.
    pub virksomhet: VirksomhetId,
    /// What.
    pub rolle: Rolletype,
    /// Who, when a person.
    pub person: PersonId,
    /// Who, when an organisation (auditor, accountant).
    pub enhet: VirksomhetId,
    /// Since.
    pub fra: DayNo,
}

/// Shares in a company. Rows are sorted by company.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AksjeRow {
    /// The company.
    pub virksomhet: VirksomhetId,
    /// The owner, when a person.
    pub person: PersonId,
    /// The owner, when an organisation.
    pub eier: VirksomhetId,
    /// How many of the company's shares.
    pub antall: u32,
}

/// A general practitioner's list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fastlegeliste {
    /// The doctor, when a person of the town; none for a list without a permanent doctor.
    pub lege: PersonId,
    /// The office.
    pub kontor: VirksomhetId,
    /// Most patients.
    pub tak: u16,
}

/// A child's place in a kindergarten or school. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlassRow {
    /// The child.
    pub person: PersonId,
    /// The kindergarten or school.
    pub virksomhet: VirksomhetId,
    /// First day.
    pub fra: DayNo,
}
