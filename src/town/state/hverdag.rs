//! Sub-state of everyday life: what has changed since the base about who works where, is educated, goes to school and has
//! which doctor.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{PageTable, Person, Town};
use crate::base::Orgnummer;
use crate::town::model::{
    ArbeidsforholdRow, Arbeidsmarked, DayNo, Fastlegeliste, PersonId, Utdanning, VirksomhetId, Virksomhetsslag,
};

/// What a world knows about somebody's everyday life beyond the base.
#[derive(Clone, Debug, Default)]
pub struct HverdagChanges {
    /// Jobs of the base that ended here: unit, first day, last day + 1.
    pub avsluttet: Vec<(VirksomhetId, DayNo, DayNo)>,
    /// Jobs begun here, in order.
    pub jobber: Vec<ArbeidsforholdRow>,
    /// What the person has done in the labour market since when, in order.
    pub arbeidsmarked: Vec<(DayNo, Arbeidsmarked)>,
    /// Highest completed education, when it changed here.
    pub utdanning: Option<Utdanning>,
    /// School attended with the first day, when that changed here: `Some(None)` for none any more.
    pub skole: Option<Option<(Orgnummer, DayNo)>>,
    /// First day in the kindergarten, when it was begun here.
    pub barnehage_fra: Option<DayNo>,
    /// List of a general practitioner, when that changed here: `Some(None)` for none any more.
    pub fastlege: Option<Option<u16>>,
}

/// Sub-state of everyday life.
#[derive(Clone, Debug, Default)]
pub struct Hverdag {
    /// Changes by position of the person.
    pub folk: PageTable<Arc<HverdagChanges>>,
    /// Pupils of each school beyond those of the base; negative when more have left.
    pub skoleplasser: OrdMap<Orgnummer, i64>,
    /// People on each list beyond those of the base.
    pub pasienter: OrdMap<u16, i64>,
    /// Who began here in which unit and works there still.
    pub ansatt: OrdSet<(VirksomhetId, PersonId)>,
    /// Lists as they are now, where a doctor came or went or the list was opened here.
    pub fastlegelister: OrdMap<u16, Fastlegeliste>,
}

/// Youngest with a completed education of their own.
const GRUNNSKOLE: i32 = 16;
/// Nobody has a job from this age on (`specs/population.md` §16.6, 39).
const ELDST: i32 = 76;
/// Age from which everybody who does not work has a pension.
const PENSJONSALDER: i32 = 67;

impl<'a> Person<'a> {
    fn hverdag(&self) -> Option<&'a HverdagChanges> {
        self.town().hverdag.folk.get(self.id.index()).map(AsRef::as_ref)
    }

    fn is_of_base(&self) -> bool {
        self.id.index() < self.town().base.person_count()
    }

    /// Jobs, past and present, in order of their first day.
    #[must_use]
    pub fn arbeidsforhold(&self) -> Vec<ArbeidsforholdRow> {
        let mut jobs = self.registrerte_arbeidsforhold();
        if let Some(last) = self.siste_arbeidsdag() {
            jobs.iter_mut().filter(|job| job.til > last).for_each(|job| job.til = last);
        }
        jobs.retain(|job| job.fra < job.til);
        jobs
    }

    /// Jobs no event has ended.
    pub(crate) fn uavsluttede_jobber(&self) -> Vec<ArbeidsforholdRow> {
        let mut jobs = self.registrerte_arbeidsforhold();
        jobs.retain(|job| job.til == DayNo::NONE);
        jobs
    }

    /// Jobs as events have left them.
    fn registrerte_arbeidsforhold(&self) -> Vec<ArbeidsforholdRow> {
        let mut jobs =
            if self.is_of_base() { self.town().base.arbeidsforhold_of(self.id).to_vec() } else { Vec::new() };
        if let Some(changes) = self.hverdag() {
            for (unit, fra, til) in &changes.avsluttet {
                let same = |job: &&mut ArbeidsforholdRow| job.virksomhet == *unit && job.fra == *fra;
                if let Some(job) = jobs.iter_mut().filter(|job| job.til == DayNo::NONE).find(same) {
                    job.til = *til;
                }
            }
            jobs.extend(&changes.jobber);
        }
        jobs
    }

    /// The day after which nobody of that age works, when it has come: for who lives elsewhere that of the pension, because
    /// no life event reaches them.
    fn siste_arbeidsdag(&self) -> Option<DayNo> {
        use jiff::ToSpan;
        let (born, years) = (self.foedselsdato(), if self.is_bosatt() { ELDST } else { PENSJONSALDER });
        let day = born.checked_add(years.years()).unwrap_or(born);
        (day <= self.town().now().dato()).then(|| DayNo::of(day))
    }

    /// The jobs held today.
    #[must_use]
    pub fn jobber(&self) -> Vec<ArbeidsforholdRow> {
        let today = DayNo::of(self.town().now().dato());
        let mut jobs = self.arbeidsforhold();
        jobs.retain(|job| job.fra <= today && today < job.til);
        jobs
    }

    /// What the person does in the labour market. From 67 on, who does not work has a pension.
    #[must_use]
    pub fn arbeidsmarked(&self) -> Arbeidsmarked {
        let changed = self.hverdag().and_then(|changes| changes.arbeidsmarked.last()).map(|(_, status)| *status);
        let of_base = || self.is_of_base().then(|| self.town().base.personer.arbeidsmarked[self.id.index()]);
        match changed.or_else(of_base).unwrap_or(Arbeidsmarked::Utenfor) {
            Arbeidsmarked::Sysselsatt => Arbeidsmarked::Sysselsatt,
            _ if self.is_bosatt() && self.alder() >= PENSJONSALDER => Arbeidsmarked::Alderspensjonist,
            status => status,
        }
    }

    /// What the person did in the labour market, and since when, as far as this world changed it.
    #[must_use]
    pub fn arbeidsmarked_siden(&self) -> &'a [(DayNo, Arbeidsmarked)] {
        self.hverdag().map_or(&[], |changes| &changes.arbeidsmarked)
    }

    /// Highest completed education; from sixteen on at least that everybody has.
    #[must_use]
    pub fn utdanning(&self) -> Utdanning {
        let of_base = || self.is_of_base().then(|| self.town().base.personer.utdanning[self.id.index()]);
        match self.hverdag().and_then(|changes| changes.utdanning).or_else(of_base).unwrap_or(Utdanning::Uoppgitt) {
            Utdanning::Uoppgitt if self.is_bosatt() && self.alder() >= GRUNNSKOLE => Utdanning::Grunnskole,
            known => known,
        }
    }

    /// The school attended, with the first day there.
    #[must_use]
    pub fn skole(&self) -> Option<(Orgnummer, DayNo)> {
        self.hverdag().and_then(|changes| changes.skole).unwrap_or_else(|| {
            let town = self.town();
            let place = self.is_of_base().then(|| town.base.plass_of(self.id))??;
            let unit = &town.base.virksomheter[place.virksomhet.index()];
            (unit.slag == Virksomhetsslag::Skole).then_some((unit.orgnr, place.fra))
        })
    }

    /// First day in the kindergarten attended.
    #[must_use]
    pub fn barnehage_fra(&self) -> Option<DayNo> {
        self.barnehage()?;
        let of_base = || self.is_of_base().then(|| self.town().base.plass_of(self.id).map(|place| place.fra))?;
        self.hverdag().and_then(|changes| changes.barnehage_fra).or_else(of_base)
    }

    /// The general practitioner's list the person is on.
    #[must_use]
    pub fn fastlege(&self) -> Option<u16> {
        let of_base = || {
            let list = self.is_of_base().then(|| self.town().base.personer.fastlege[self.id.index()])?;
            (list != u16::MAX).then_some(list)
        };
        self.hverdag().and_then(|changes| changes.fastlege).unwrap_or_else(of_base)
    }
}

impl Town {
    /// How many lists general practitioners have.
    #[must_use]
    pub fn fastlegeliste_count(&self) -> u16 {
        let base = u16::try_from(self.base.fastlegelister.len()).unwrap_or(u16::MAX);
        self.hverdag.fastlegelister.get_max().map_or(base, |(last, _)| base.max(last + 1))
    }

    /// The list with number `liste`.
    #[must_use]
    pub fn fastlegeliste(&self, liste: u16) -> Option<Fastlegeliste> {
        let changed = self.hverdag.fastlegelister.get(&liste).copied();
        changed.or_else(|| self.base.fastlegelister.get(usize::from(liste)).copied())
    }

    /// Patients on the list `liste`.
    #[must_use]
    pub fn pasienter(&self, liste: u16) -> i64 {
        let base = self.base.oppslag().pasienter(liste);
        i64::from(base) + self.hverdag.pasienter.get(&liste).copied().unwrap_or(0)
    }

    /// Children in the kindergarten or school `virksomhet`.
    #[must_use]
    pub fn barn_i(&self, virksomhet: VirksomhetId) -> i64 {
        let base = i64::from(self.base.oppslag().barn_i(virksomhet));
        let unit = self.virksomhet(virksomhet);
        let more = match unit.slag {
            Virksomhetsslag::Skole => self.hverdag.skoleplasser.get(&unit.orgnr),
            _ => self.folk.barnehageplasser.get(&unit.orgnr),
        };
        base + more.copied().unwrap_or(0)
    }

    /// Who works in the sub-unit `virksomhet`; somebody with two jobs there twice.
    #[must_use]
    pub fn ansatte_i(&self, virksomhet: VirksomhetId) -> Vec<PersonId> {
        let ended = |row: usize| {
            let job = self.base.arbeidsforhold[row];
            let changes = self.hverdag.folk.get(job.person.index());
            let same = |(unit, fra, _): &(VirksomhetId, DayNo, DayNo)| *unit == virksomhet && *fra == job.fra;
            changes.is_some_and(|changes| changes.avsluttet.iter().any(same))
        };
        let before = self.base.oppslag().jobber_i(virksomhet).filter(|row| !ended(*row));
        let mut people: Vec<PersonId> = before.map(|row| self.base.arbeidsforhold[row].person).collect();
        let since = self.hverdag.ansatt.range((virksomhet, PersonId(0))..=(virksomhet, PersonId::NONE));
        people.extend(since.map(|(_, person)| *person));
        people
    }
}
