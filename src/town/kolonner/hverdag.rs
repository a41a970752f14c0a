//! Homes, schools, doctors, work, property and organisations, with the people at their new rows.

use super::Writer;
use crate::town::model::{
    AksjeRow, ArbeidsforholdRow, Base, DayNo, DeltBostedRow, Eieform, Fastlegeliste, ForelderUtenNummerRow,
    FosterhjemRow, HjemmelRow, InntektRow, PersonId, PlassRow, RolleRow, VergemaalRow, Vergemaalsslag, VirksomhetId,
    Virksomhetsslag,
};
use crate::town::state::Person;

/// Ages in a kindergarten, and at school (`specs/population.md` §16.6).
const BARNEHAGE: std::ops::RangeInclusive<i32> = 0..=5;
const SKOLE: std::ops::RangeInclusive<i32> = 6..=15;
/// Oldest age with a job.
const SISTE_ARBEIDSAAR: i64 = 75;

impl Writer<'_> {
    /// Dwellings, and who lives in them.
    pub(super) fn homes(&self, base: &mut Base) {
        let old = &self.town.base;
        base.boliger = old.boliger.clone();
        for (row, form) in base.boliger.eieform.iter_mut().enumerate() {
            let lived_in = self.town.beboere(crate::town::model::BoligId::at(row)) > 0;
            *form = match (lived_in, *form) {
                (true, Eieform::Ubebodd) => Eieform::Leie,
                (false, _) => Eieform::Ubebodd,
                (true, form) => form,
            };
        }
        base.gater.clone_from(&old.gater);
        base.poststeder.clone_from(&old.poststeder);
        base.bygninger.clone_from(&old.bygninger);
        base.eiendommer.clone_from(&old.eiendommer);
        base.virksomheter.clone_from(&old.virksomheter);
    }

    /// Everything else that names people.
    pub(super) fn everyday(&self, base: &mut Base) {
        let old = &self.town.base;
        let row = |person: PersonId| self.order.row(person);
        self.places(base);
        base.hjemler = old.hjemler.iter().map(|one| HjemmelRow { person: row(one.person), ..*one }).collect();
        base.roller = old.roller.iter().map(|one| RolleRow { person: row(one.person), ..*one }).collect();
        base.aksjer = old.aksjer.iter().map(|one| AksjeRow { person: row(one.person), ..*one }).collect();
        let here = |person: PersonId| person.some().is_some_and(|id| self.town.person(id).is_bosatt());
        let doctor = |list: &Fastlegeliste| if here(list.lege) { row(list.lege) } else { PersonId::NONE };
        base.fastlegelister =
            old.fastlegelister.iter().map(|list| Fastlegeliste { lege: doctor(list), ..*list }).collect();
        base.arbeidsforhold = old.arbeidsforhold.iter().map(|one| self.job(one)).collect();
        base.arbeidsforhold.sort_by_key(|one| (one.person, one.fra));
        base.inntekter = old.inntekter.iter().map(|one| InntektRow { person: row(one.person), ..*one }).collect();
        base.inntekter.sort_by_key(|one| (one.person, one.aar));
        self.care(base);
    }

    /// A job; over when its holder has left, or is too old for it.
    fn job(&self, job: &ArbeidsforholdRow) -> ArbeidsforholdRow {
        let person = self.town.person(job.person);
        let mut til = job.til;
        if til == DayNo::NONE {
            let left = self.town.folk.people.get(job.person.index()).and_then(|changes| changes.flyttinger.last());
            let left = left.filter(|(_, bolig)| bolig.is_none()).map(|(day, _)| *day);
            let birthday = |years: i64| {
                use jiff::ToSpan;
                let born = person.foedselsdato();
                DayNo::of(born.checked_add(years.years()).unwrap_or(born))
            };
            let is_too_old = left.unwrap_or(self.today) >= birthday(SISTE_ARBEIDSAAR + 1);
            let retired = || birthday(70).max(DayNo(job.fra.0 + 1));
            til = if is_too_old { retired() } else { left.unwrap_or(til) };
        }
        ArbeidsforholdRow { person: self.order.row(job.person), til, ..*job }
    }

    /// Kindergarten as the town knows it; school by the district of the home, for children the base had in none.
    fn places(&self, base: &mut Base) {
        let old = &self.town.base;
        let unit_of = |orgnr| old.virksomheter.iter().position(|unit| unit.orgnr == orgnr).map(VirksomhetId::at);
        let schools: Vec<VirksomhetId> = (0..old.virksomheter.len())
            .map(VirksomhetId::at)
            .filter(|unit| old.virksomheter[unit.index()].slag == Virksomhetsslag::Skole)
            .collect();
        let mut taken = vec![0u32; old.virksomheter.len()];
        let mut waiting = Vec::new();
        for (row, person) in self.everybody().take(self.order.residents).enumerate() {
            let (age, row) = (person.alder(), PersonId::at(row));
            let before = self.base_row(&person).and_then(|at| old.plass_of(PersonId::at(at)).copied());
            let slag = before.map(|place| old.virksomheter[place.virksomhet.index()].slag);
            if BARNEHAGE.contains(&age) {
                if let Some(unit) = person.barnehage().and_then(unit_of) {
                    let born = DayNo::of(person.foedselsdato());
                    let fra = before.map_or(born, |place| place.fra);
                    taken[unit.index()] += 1;
                    base.plasser.push(PlassRow { person: row, virksomhet: unit, fra });
                }
            } else if SKOLE.contains(&age) {
                match before.filter(|_| slag == Some(Virksomhetsslag::Skole)) {
                    Some(place) => {
                        taken[place.virksomhet.index()] += 1;
                        base.plasser.push(PlassRow { person: row, ..place });
                    }
                    None => waiting.push((row, person)),
                }
            }
        }
        for (row, person) in waiting {
            let district = person.bolig().map_or(0, |bolig| usize::from(old.boliger.skolekrets[bolig.index()]));
            let free = |unit: &&VirksomhetId| taken[unit.index()] < u32::from(old.virksomheter[unit.index()].kapasitet);
            let near = schools.iter().cycle().skip(district.saturating_sub(1)).take(schools.len()).find(free);
            let Some(&virksomhet) = near else { continue };
            taken[virksomhet.index()] += 1;
            base.plasser.push(PlassRow { person: row, virksomhet, fra: school_since(&person, self.today) });
        }
        base.plasser.sort_by_key(|place| place.person);
    }

    /// Guardians, second homes and foster homes that still make sense.
    fn care(&self, base: &mut Base) {
        let old = &self.town.base;
        let town = self.town;
        for one in &old.vergemaal {
            let of_adult = matches!(
                one.slag,
                Vergemaalsslag::Voksen
                    | Vergemaalsslag::MidlertidigForVoksen
                    | Vergemaalsslag::StadfestetFremtidsfullmakt
            );
            if (town.person(one.person).alder() >= 18) == of_adult {
                let (person, verge) = (self.order.row(one.person), self.order.row(one.verge));
                base.vergemaal.push(VergemaalRow { person, verge, ..*one });
            }
        }
        base.vergemaal.sort_by_key(|one| one.person);
        for one in &old.delt_bosted {
            let child = town.person(one.barn);
            let homes = [child.mor(), child.far()].map(|parent| parent.filter(Person::is_bosatt)?.bolig());
            let shared =
                child.ansvarlige().iter().filter(|(_, how)| *how == crate::town::model::Ansvar::Felles).count();
            if let ([Some(mor), Some(far)], Some(own)) = (homes, child.bolig())
                && mor != far
                && (own == mor || own == far)
                && child.alder() < 18
                && child.is_bosatt()
                && shared == 2
            {
                let bolig = if own == mor { far } else { mor };
                base.delt_bosted.push(DeltBostedRow { barn: self.order.row(one.barn), bolig, ..*one });
            }
        }
        base.delt_bosted.sort_by_key(|one| one.barn);
        for one in &old.fosterhjem {
            let child = town.person(one.barn);
            if child.is_bosatt() && child.alder() < 18 && child.husstand() == Some(one.husstand) {
                let husstand = self.order.household(child.husstand());
                base.fosterhjem.push(FosterhjemRow { barn: self.order.row(one.barn), husstand, ..*one });
            }
        }
        base.fosterhjem.sort_by_key(|one| one.barn);
        let parents = old.foreldre_uten_nummer.iter();
        base.foreldre_uten_nummer =
            parents.map(|one| ForelderUtenNummerRow { barn: self.order.row(one.barn), ..*one }).collect();
        base.foreldre_uten_nummer.sort_by_key(|one| one.barn);
    }
}

/// The first day at school: in August of the year somebody turns six, or the day they came.
fn school_since(person: &Person<'_>, today: DayNo) -> DayNo {
    let august = jiff::civil::date(person.foedselsdato().year() + 6, 8, 18);
    let came = person.entries().into_iter().filter_map(|entry| match entry.fact {
        crate::town::model::Fact::Bostedsadresse { flyttedato, .. } => Some(flyttedato),
        _ => None,
    });
    DayNo::of(august).max(came.min().unwrap_or(today)).min(today)
}
