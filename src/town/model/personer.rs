//! People of the base: one row each, and the rows of what they have had.

use super::{
    Ansvar, Arbeidsmarked, BoligId, DayNo, Gradering, HusstandId, KontaktFlags, Landkode, PersonId, Personstatus,
    Postkasse, Sivilstand, Spraak, Utdanning,
};
use crate::base::{Foedselsnummer, Kjoenn, TextId};

code_list!(
    /// Why an identity number was given up.
    Nummerskifte {
        /// A birth number replaced the D-number.
        Oppgradert = "oppgradert",
        /// Legal sex changed.
        Kjoennsendring = "kjoennsendring",
        /// The same person had two numbers.
        Dublett = "dublett",
    }
);

code_list!(
    /// Kind of guardianship (`specs/folkeregister.md` §7).
    Vergemaalsslag {
        /// Adult.
        Voksen = "voksen",
        /// Adult, for a time.
        MidlertidigForVoksen = "midlertidigForVoksen",
        /// Minor.
        Mindreaarig = "mindreaarig",
        /// Minor, for a time.
        MidlertidigForMindreaarig = "midlertidigForMindreaarig",
        /// Unaccompanied minor seeking asylum.
        EnsligMindreaarigAsylsoeker = "ensligMindreaarigAsylsoeker",
        /// Unaccompanied minor with a residence permit.
        EnsligMindreaarigFlyktning = "ensligMindreaarigFlyktning",
        /// Power of attorney given for the future and in force.
        StadfestetFremtidsfullmakt = "stadfestetFremtidsfullmakt",
    }
);

/// People: residents first in household order, then everybody else residents or units point at: the dead, the emigrated,
/// people with a D-number.
#[derive(Clone, Debug, Default)]
pub struct Personer {
    /// Identity number.
    pub nummer: Vec<Foedselsnummer>,
    /// Date of birth.
    pub foedselsdato: Vec<DayNo>,
    /// Sex.
    pub kjoenn: Vec<Kjoenn>,
    /// Status on the first day.
    pub status: Vec<Personstatus>,
    /// Current first name, as people write it (`Kari`); a temporary one is `KARI*PIKE`. The register shows capitals.
    pub fornavn: Vec<TextId>,
    /// Current middle name; `TextId(u32::MAX)` for none.
    pub mellomnavn: Vec<TextId>,
    /// Current surname, as people write it.
    pub etternavn: Vec<TextId>,
    /// Order code within the delivery (11, 21, 22 …).
    pub rekkefoelge: Vec<u8>,
    /// Country of birth.
    pub foedeland: Vec<Landkode>,
    /// Citizenship.
    pub statsborgerskap: Vec<Landkode>,
    /// Mother's row, or none.
    pub mor: Vec<PersonId>,
    /// Row of the father or second mother, or none. A woman here is `medmor`.
    pub far: Vec<PersonId>,
    /// Household, or none.
    pub husstand: Vec<HusstandId>,
    /// Partner living in the same household (spouse or cohabitant), or none.
    pub partner: Vec<PersonId>,
    /// Contact register flags.
    pub kontakt: Vec<KontaktFlags>,
    /// Supplier of the digital mailbox.
    pub postkasse: Vec<Postkasse>,
    /// Language for letters.
    pub spraak: Vec<Spraak>,
    /// Bits of [`Merke`](super::Merke) by position in its list.
    pub merker: Vec<u64>,
    /// Highest completed education.
    pub utdanning: Vec<Utdanning>,
    /// What the person does in the labour market.
    pub arbeidsmarked: Vec<Arbeidsmarked>,
    /// Position of the GP's list in [`Base::fastlegelister`](super::Base::fastlegelister); [`u16::MAX`] without one.
    pub fastlege: Vec<u16>,
}

/// A civil status a person has had. Rows are sorted by person, then date; the last is current. People without a row
/// are `ugift`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SivilstandRow {
    /// Whose.
    pub person: PersonId,
    /// The status.
    pub sivilstand: Sivilstand,
    /// Since.
    pub dato: DayNo,
    /// The spouse's row, or none when outside the town.
    pub relatert: PersonId,
}

/// A residence spell: who moved together shares one row. `til` is open for the current one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BostedRow {
    /// The dwelling; none for unknown residence.
    pub bolig: BoligId,
    /// First day.
    pub fra: DayNo,
    /// Last day + 1, or none while it lasts.
    pub til: DayNo,
}

/// A name somebody had before. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NavnRow {
    /// Whose.
    pub person: PersonId,
    /// The day the *next* name took over.
    pub til: DayNo,
    /// First name before.
    pub fornavn: TextId,
    /// Middle name before, `TextId(u32::MAX)` for none.
    pub mellomnavn: TextId,
    /// Surname before.
    pub etternavn: TextId,
    /// The temporary name of a new-born: annulled at the first choice, not kept as history.
    pub midlertidig: bool,
}

/// Parental responsibility of one adult for one child under 18. Rows are sorted by child, then adult.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnsvarRow {
    /// The child.
    pub barn: PersonId,
    /// The adult.
    pub ansvarlig: PersonId,
    /// Kind.
    pub ansvar: Ansvar,
    /// Since.
    pub fra: DayNo,
}

/// Protection of a person. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BeskyttelseRow {
    /// Whose.
    pub person: PersonId,
    /// How strict.
    pub gradering: Gradering,
    /// Since.
    pub fra: DayNo,
}

/// Date of death of a dead person. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DoedsfallRow {
    /// Who.
    pub person: PersonId,
    /// When.
    pub dato: DayNo,
}

/// A death registered by mistake. Rows are sorted by person; the person is alive in all other columns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnnullertDoedsfallRow {
    /// Who is not dead.
    pub person: PersonId,
    /// The day of death that was registered.
    pub dato: DayNo,
    /// The day the mistake was put right.
    pub annullert: DayNo,
}

/// A citizenship beside or before the one in [`Personer::statsborgerskap`]. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatsborgerskapRow {
    /// Whose.
    pub person: PersonId,
    /// Which country.
    pub land: Landkode,
    /// Since.
    pub fra: DayNo,
    /// Until, or none while it lasts.
    pub til: DayNo,
}

/// A move to Norway. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InnflyttingRow {
    /// Who.
    pub person: PersonId,
    /// From which country.
    pub land: Landkode,
    /// When.
    pub dato: DayNo,
}

/// A move out of Norway. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UtflyttingRow {
    /// Who.
    pub person: PersonId,
    /// To which country.
    pub land: Landkode,
    /// When.
    pub dato: DayNo,
}

/// An identity number that was in use before [`Personer::nummer`]. Rows are sorted by person, then date.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NummerRow {
    /// Whose.
    pub person: PersonId,
    /// The former number.
    pub nummer: Foedselsnummer,
    /// Why it was given up.
    pub grunn: Nummerskifte,
    /// The day the next number took over.
    pub til: DayNo,
}

/// A person who has or had a D-number: when it was issued. Rows are sorted by person. Who has a birth number by now has
/// the D-number among [`NummerRow`]s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DnummerRow {
    /// Whose.
    pub person: PersonId,
    /// Day of issue.
    pub fra: DayNo,
}

/// Guardianship or a power of attorney in force. Rows are sorted by person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VergemaalRow {
    /// Who has a guardian.
    pub person: PersonId,
    /// The guardian or attorney; none when outside the town.
    pub verge: PersonId,
    /// Kind.
    pub slag: Vergemaalsslag,
    /// Since.
    pub fra: DayNo,
}

/// A child's second home by agreement of its parents. Rows are sorted by child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DeltBostedRow {
    /// The child.
    pub barn: PersonId,
    /// The dwelling where the child is not registered as living.
    pub bolig: BoligId,
    /// Since.
    pub fra: DayNo,
}

/// A child in a foster home. Rows are sorted by child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FosterhjemRow {
    /// The child.
    pub barn: PersonId,
    /// The household it lives in.
    pub husstand: HusstandId,
    /// Since.
    pub fra: DayNo,
}

/// A stillborn child: it has no number and stands on its parents. Rows are sorted by mother.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DoedfoedtRow {
    /// Mother.
    pub mor: PersonId,
    /// Father or second mother, or none.
    pub far: PersonId,
    /// Sex.
    pub kjoenn: Kjoenn,
    /// Date of birth.
    pub dato: DayNo,
}

/// A child's parent who never had an identity number: the register knows the name only. Rows are sorted by child.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ForelderUtenNummerRow {
    /// The child.
    pub barn: PersonId,
    /// First name, as people write it.
    pub fornavn: TextId,
    /// Surname, as people write it.
    pub etternavn: TextId,
    /// Date of birth.
    pub foedselsdato: DayNo,
    /// Sex: a man is the father, a woman the second mother.
    pub kjoenn: Kjoenn,
    /// Citizenship.
    pub land: Landkode,
}

impl Personer {
    /// Positions of people sorted by identity number.
    pub(super) fn by_nummer(&self) -> Vec<PersonId> {
        let mut sorted: Vec<PersonId> = (0..self.nummer.len()).map(PersonId::at).collect();
        sorted.sort_unstable_by_key(|person| self.nummer[person.index()]);
        sorted
    }

    /// Where the children of each person begin, and the children of all, the eldest first.
    pub(super) fn children(&self) -> (Vec<u32>, Vec<PersonId>) {
        let people = self.nummer.len();
        let mut counts = vec![0u32; people + 1];
        let parents = |child: usize| [self.mor[child], self.far[child]].into_iter().filter_map(PersonId::some);
        for child in 0..people {
            parents(child).for_each(|parent| counts[parent.index() + 1] += 1);
        }
        for row in 1..counts.len() {
            counts[row] += counts[row - 1];
        }
        let mut next = counts.clone();
        let mut children = vec![PersonId(0); *counts.last().unwrap_or(&0) as usize];
        for child in 0..people {
            for parent in parents(child) {
                children[next[parent.index()] as usize] = PersonId::at(child);
                next[parent.index()] += 1;
            }
        }
        for row in 0..people {
            let range = counts[row] as usize..counts[row + 1] as usize;
            let age = |child: &PersonId| (self.foedselsdato[child.index()], self.rekkefoelge[child.index()], *child);
            children[range].sort_by_key(age);
        }
        (counts, children)
    }
}
