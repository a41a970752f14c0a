//! What is known of few: guardians, second homes, relatives without a number, estates, stays elsewhere, Sámi.

use super::super::plan::{Plan, Steg, UtenNummer};
use super::super::{doedsbo, identitet, vergemaal};
use super::{Skriver, Utkast, rang};
use crate::base::Kjoenn;
use crate::town::model::{
    Base, DoedfoedtRow, Fact, ForelderUtenNummerRow, Gradering, Hendelsestype, Landkode, Navn, OppholdAnnetSted,
    Oppholdsvarighet, PersonId, PersonUtenNummer, Personstatus, Relasjonsrolle, Samiskspraak, Svalbardopphold,
    Valgmanntallsforhold,
};

/// The facts `plan` adds, whatever the person has already.
pub(super) fn facts(base: &Base, person: PersonId, plan: &Plan) -> Vec<Fact> {
    match plan.steg {
        Steg::UtenNummer(UtenNummer::Forelder(row)) => vec![parent(base, &row)],
        Steg::UtenNummer(UtenNummer::Doedfoedt(row)) => vec![stillborn(base, person, &row)],
        Steg::DeltBosted(row) => {
            vec![Fact::DeltBosted { bolig: row.bolig, gradering: Gradering::Ugradert, fra: row.fra }]
        }
        Steg::Verge(row) => vergemaal::facts(base, &row),
        Steg::Doedsbo => vec![doedsbo::fact(base, person, plan.dato)],
        Steg::AnnetSted(reason) => {
            let mut facts = vec![identitet::opphold_annet_sted(plan.dato, reason)];
            if reason == OppholdAnnetSted::PaaSvalbard {
                let varighet = Oppholdsvarighet::OverTolvMaaneder;
                facts.push(Fact::OppholdPaaSvalbard(Svalbardopphold { varighet, fra: plan.dato, til: None }));
            }
            facts
        }
        Steg::Samisk => {
            // Two of three who are entitled to it stand in the roll.
            let forhold = if plan.dato.0.rem_euclid(3) == 0 {
                Valgmanntallsforhold::AldriInnmeldt
            } else {
                Valgmanntallsforhold::Innmeldt
            };
            let used = Fact::BrukAvSamiskSpraak(vec![Samiskspraak::Nordsamisk]);
            vec![used, Fact::Valgmanntall { forhold, dato: plan.dato }]
        }
        _ => Vec::new(),
    }
}

fn parent(base: &Base, row: &ForelderUtenNummerRow) -> Fact {
    let relatert_rolle = if row.kjoenn == Kjoenn::Mann { Relasjonsrolle::Far } else { Relasjonsrolle::Medmor };
    let navn = Navn {
        fornavn: base.tekst.get(row.fornavn).into(),
        mellomnavn: None,
        etternavn: base.tekst.get(row.etternavn).into(),
    };
    let relatert = PersonUtenNummer {
        navn,
        foedselsdato: Some(row.foedselsdato),
        kjoenn: Some(row.kjoenn),
        statsborgerskap: Some(row.land),
    };
    Fact::RelasjonUtenNummer { relatert: Box::new(relatert), relatert_rolle, min_rolle: Relasjonsrolle::Barn }
}

/// A stillborn child has the name the register gives before one is chosen.
fn stillborn(base: &Base, person: PersonId, row: &DoedfoedtRow) -> Fact {
    let people = &base.personer;
    let mother = base.tekst.get(people.fornavn[row.mor.index()]).to_uppercase();
    let mark = if row.kjoenn == Kjoenn::Kvinne { "*PIKE" } else { "*GUTT" };
    let navn = Navn {
        fornavn: format!("{mother}{mark}").into(),
        mellomnavn: None,
        etternavn: base.tekst.get(people.etternavn[row.mor.index()]).into(),
    };
    let min_rolle = match people.kjoenn[person.index()] {
        _ if person == row.mor => Relasjonsrolle::Mor,
        Kjoenn::Mann => Relasjonsrolle::Far,
        Kjoenn::Kvinne => Relasjonsrolle::Medmor,
    };
    let relatert = PersonUtenNummer {
        navn,
        foedselsdato: Some(row.dato),
        kjoenn: Some(row.kjoenn),
        statsborgerskap: Some(Landkode::NOR),
    };
    Fact::RelasjonUtenNummer { relatert: Box::new(relatert), relatert_rolle: Relasjonsrolle::DoedfoedtBarn, min_rolle }
}

impl Skriver<'_> {
    /// Adds what `plan` is about, unless the person is dead; an estate is the dead's own.
    pub(super) fn add_known(&mut self, draft: &Utkast, plan: &Plan) {
        if let Steg::Opphold(number, came) = plan.steg {
            return self.permit(draft, identitet::tillatelse(came, number));
        }
        let dead = self.status() == Some(Personstatus::Doed);
        let slag = match plan.steg {
            Steg::Doedsbo if dead => Hendelsestype::EndringIKontaktopplysningerForDoedsbo,
            Steg::UtenNummer(_) if !dead => Hendelsestype::EndringIFamilierelasjon,
            Steg::DeltBosted(_) if !dead => Hendelsestype::EndringIDeltBosted,
            Steg::Verge(_) if !dead => Hendelsestype::EndringIVergemaal,
            Steg::AnnetSted(_) if !dead => Hendelsestype::EndringIOppholdsadresse,
            Steg::Samisk if !dead => Hendelsestype::EndringISametingetsValgmanntall,
            _ => return,
        };
        let facts = facts(self.base, self.person, plan);
        let changes = facts.into_iter().map(|fact| self.new_value(fact, Some(draft.dato))).collect();
        let rang = if matches!(plan.steg, Steg::UtenNummer(_)) { rang::RELASJON } else { rang::HOVED };
        self.register(draft, rang, slag, changes);
    }
}
