//! What a guardianship is about: the columns say who acts for whom since when, here stands how the decision reads
//! (`specs/folkeregister.md` §6.2, §7).

use super::identitet::{aar_etter, stream};
use crate::base::Stream;
use crate::town::model::{
    Base, DayNo, Fact, Landkode, Navn, PersonId, PersonKey, PersonUtenNummer, Verge, Vergemaal, VergemaalRow,
    Vergemaalsomfang, Vergemaalsslag,
};

/// The office that decides in this part of the country.
const EMBETE: &str = "statsforvalterenINordland";
/// Since this day decisions list services instead of a scope: 1 November 2023.
const TJENESTER_SIDEN: DayNo = DayNo(19_662);
/// Since this day they say whether personal matters are within them: 1 January 2021.
const PERSONLIG_SIDEN: DayNo = DayNo(18_628);
/// Adults under guardianship whose legal capacity was taken away, one of so many.
const FRATATT: u64 = 12;

/// Services and tasks, and whether the task is a personal one. Only pairs of the published list.
const TJENESTER: [(&str, &str, bool); 22] = [
    ("bank", "representasjonDagligbank", false),
    ("bank", "taOppLaanKreditter", false),
    ("forsikringsselskap", "forvalteForsikringsavtaler", false),
    ("helfo", "fastlege", true),
    ("helfo", "refusjonForPrivatpersoner", false),
    ("husbanken", "bostoette", false),
    ("husbanken", "startlaan", false),
    ("inkassoselskap", "forhandleOgInngaaInkassoavtaler", false),
    ("kartverket", "kjoepAvEiendom", false),
    ("kartverket", "salgAvFastEiendomBorettslagsandel", false),
    ("kommune", "helseOgOmsorg", true),
    ("kommune", "sosialeTjenester", true),
    ("kommune", "skattOgAvgift", false),
    ("kredittvurderingsselskap", "kredittsperre", false),
    ("namsmannen", "gjeldsordning", false),
    ("nav", "hjelpemidler", true),
    ("nav", "pensjon", false),
    ("nav", "sosialeTjenester", false),
    ("oevrige", "inngaaelseAvHusleiekontrakter", false),
    ("pasientreiser", "refusjonAvPasientreiser", true),
    ("skatteetaten", "meldeFlytting", true),
    ("skatteetaten", "skatt", false),
];

/// The guardianship of `row`, and what it takes from the person's own capacity.
pub(super) fn facts(base: &Base, row: &VergemaalRow) -> Vec<Fact> {
    let key = u64::from(row.person.0) << 24 | u64::from((row.fra.0 + (1 << 23)).cast_unsigned() & 0x00ff_ffff);
    let mut stream = stream(base, "vergemaal", key);
    let listed = row.fra >= TJENESTER_SIDEN;
    let scope = scope(row.slag, &mut stream);
    let personal = scope != Vergemaalsomfang::Oekonomiske;
    let tjenester = if listed { services(personal, &mut stream) } else { Vec::new() };
    let verge = match row.verge.some() {
        Some(verge) => Verge::Person(PersonKey::Base(verge.0)),
        None => Verge::UtenNummer(outsider(base, row.fra, &mut stream)),
    };
    let mut facts = vec![Fact::Vergemaal(Box::new(Vergemaal {
        slag: row.slag,
        embete: EMBETE.into(),
        verge,
        omfang: (!listed).then_some(scope),
        personlig: (row.fra >= PERSONLIG_SIDEN).then_some(personal),
        tjenester,
    }))];
    if row.slag == Vergemaalsslag::Voksen && stream.uniform(FRATATT) == 0 {
        facts.push(Fact::RettsligHandleevne(scope));
    }
    facts
}

fn scope(slag: Vergemaalsslag, stream: &mut Stream) -> Vergemaalsomfang {
    match slag {
        Vergemaalsslag::EnsligMindreaarigAsylsoeker | Vergemaalsslag::EnsligMindreaarigFlyktning => {
            Vergemaalsomfang::Utlendingssaker
        }
        Vergemaalsslag::Mindreaarig | Vergemaalsslag::MidlertidigForMindreaarig => {
            Vergemaalsomfang::PersonligeOgOekonomiske
        }
        _ => match stream.uniform(20) {
            0..12 => Vergemaalsomfang::PersonligeOgOekonomiske,
            12..19 => Vergemaalsomfang::Oekonomiske,
            _ => Vergemaalsomfang::Personlige,
        },
    }
}

/// Some of the services, in the order of the list; never none.
fn services(personal: bool, stream: &mut Stream) -> Vec<(std::sync::Arc<str>, std::sync::Arc<str>)> {
    let fits = |row: &&(&str, &str, bool)| personal || !row.2;
    let mut chosen: Vec<_> = TJENESTER.iter().filter(fits).filter(|_| stream.uniform(3) != 0).collect();
    if chosen.is_empty() {
        chosen.push(&TJENESTER[0]);
    }
    chosen.into_iter().map(|(service, task, _)| ((*service).into(), (*task).into())).collect()
}

/// A guardian who is not in the register: named as people here are.
fn outsider(base: &Base, fra: DayNo, stream: &mut Stream) -> PersonUtenNummer {
    let people = &base.personer;
    let count = base.header.size.max(1) as usize;
    let mut row = || PersonId::at(stream.index(count.min(base.person_count()))).index();
    let (first, last) = (row(), row());
    // A temporary name is the mother's with a mark.
    let fornavn = base.tekst.get(people.fornavn[first]).split('*').next().unwrap_or_default();
    let years = 30 + i32::try_from(stream.uniform(30)).unwrap_or(0);
    PersonUtenNummer {
        navn: Navn {
            fornavn: fornavn.into(),
            mellomnavn: None,
            etternavn: base.tekst.get(people.etternavn[last]).into(),
        },
        foedselsdato: Some(DayNo(aar_etter(fra, -years).0 - i32::try_from(stream.uniform(365)).unwrap_or(0))),
        kjoenn: Some(people.kjoenn[first]),
        statsborgerskap: Some(Landkode::NOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::model::tests_town::{TestTown, dag, rolle};

    #[test]
    fn the_form_of_a_decision_follows_its_date() {
        assert_eq!((TJENESTER_SIDEN, PERSONLIG_SIDEN), (dag(2023, 11, 1), dag(2021, 1, 1)));
        let base = TestTown::eksempel();
        let of = |fra, verge, slag| facts(&base, &VergemaalRow { person: rolle::ASTRID, verge, slag, fra });
        for (fra, listed, says) in
            [(dag(2019, 5, 1), false, false), (dag(2022, 5, 1), false, true), (dag(2024, 5, 1), true, true)]
        {
            let made = of(fra, rolle::KARI, Vergemaalsslag::Mindreaarig);
            let [Fact::Vergemaal(one)] = &made[..] else { panic!("{made:?}") };
            assert_eq!(
                (!one.tjenester.is_empty(), one.omfang.is_none(), one.personlig.is_some()),
                (listed, listed, says)
            );
            assert_eq!(one.verge, Verge::Person(PersonKey::Base(rolle::KARI.0)));
        }
        let made = of(dag(2024, 5, 1), PersonId::NONE, Vergemaalsslag::MidlertidigForVoksen);
        let [Fact::Vergemaal(one)] = &made[..] else { panic!("{made:?}") };
        assert!(matches!(&one.verge, Verge::UtenNummer(other) if !other.navn.fornavn.contains('*')));
    }
}
