//! Homes, schools, doctors, work, property and organisations, with the people at their new rows.

use super::Writer;
use crate::town::derive::inntektsaar;
use crate::town::inntekt::Inntektsleser;
use crate::town::model::{
    AksjeRow, ArbeidsforholdRow, Base, DeltBostedRow, Eieform, Fastlegeliste, ForelderUtenNummerRow, FosterhjemRow,
    HjemmelRow, InntektRow, PersonId, PlassRow, RolleRow, VergemaalRow, Vergemaalsslag, VirksomhetId,
};
use crate::town::state::Person;

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
        self.units(base);
    }

    /// Everything else that names people.
    pub(super) fn everyday(&self, base: &mut Base) {
        let old = &self.town.base;
        let row = |person: PersonId| self.order.row(person);
        self.places(base);
        base.hjemler = old.hjemler.iter().map(|one| HjemmelRow { person: row(one.person), ..*one }).collect();
        let lists = (0..self.town.fastlegeliste_count()).filter_map(|list| self.town.fastlegeliste(list));
        base.fastlegelister = lists.map(|list| Fastlegeliste { lege: row(list.lege), ..list }).collect();
        base.arbeidsforhold = self.jobs();
        base.inntekter = self.incomes(base);
        self.care(base);
    }

    /// Everybody's jobs, in the order of the base.
    fn jobs(&self) -> Vec<ArbeidsforholdRow> {
        let mut jobs = Vec::new();
        for (row, person) in self.everybody().enumerate() {
            let from = jobs.len();
            let own = person.arbeidsforhold().into_iter();
            jobs.extend(own.map(|job| ArbeidsforholdRow { person: PersonId::at(row), ..job }));
            jobs[from..].sort_by_key(|job: &ArbeidsforholdRow| (job.fra, job.til));
        }
        jobs
    }

    /// Everybody's incomes of the years a town has incomes of.
    fn incomes(&self, base: &Base) -> Vec<InntektRow> {
        let reader = Inntektsleser::ny(self.town, inntektsaar(base));
        let rows = self.everybody().enumerate().flat_map(|(row, person)| {
            let own = reader.rader(&person).into_iter();
            own.map(move |one| InntektRow { person: PersonId::at(row), ..one }).collect::<Vec<_>>()
        });
        rows.collect()
    }

    /// Organisations as they stand; names of new ones behind the base's texts.
    fn units(&self, base: &mut Base) {
        for unit in (0..self.town.virksomhet_count()).map(VirksomhetId::at) {
            let mut row = self.town.virksomhet(unit);
            if row.navn.0 == u32::MAX {
                row.navn = base.tekst.push(self.town.enhetsnavn(unit));
            }
            base.virksomheter.push(row);
            let row = |person: PersonId| self.order.row(person);
            base.roller.extend(self.town.roller_i(unit).iter().map(|one| RolleRow { person: row(one.person), ..*one }));
            base.aksjer.extend(self.town.aksjer_i(unit).iter().map(|one| AksjeRow { person: row(one.person), ..*one }));
        }
    }

    /// Kindergarten and school.
    fn places(&self, base: &mut Base) {
        for (row, person) in self.everybody().take(self.order.residents).enumerate() {
            let school = person.skole();
            let kindergarten = || Some((person.barnehage()?, person.barnehage_fra()?));
            let Some((orgnr, fra)) = school.or_else(kindergarten) else { continue };
            if let Some(virksomhet) = self.town.enhet_med(orgnr) {
                base.plasser.push(PlassRow { person: PersonId::at(row), virksomhet, fra });
            }
        }
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
