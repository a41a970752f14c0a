//! A guardianship, or a power of attorney given for the future that comes into force (`specs/folkeregister.md` §6.2,
//! §21).

use super::husstand::MYNDIG;
use super::utkast::{Utkast, gjeldende};
use super::{Cause, Refusal, resident, somebody};
use crate::town::event::Event;
use crate::town::model::{Fact, Hendelsestype, PersonKey, Verge, Vergemaal, Vergemaalsslag};
use crate::town::state::Town;

/// The office that decides in this part of the country.
const EMBETE: &str = "statsforvalterenINordland";

/// What is decided about a ward.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NyttVergemaal {
    /// Kind; by the ward's age when not given.
    pub slag: Option<Vergemaalsslag>,
    /// Who acts; nobody ends what there is.
    pub verge: Option<PersonKey>,
    /// Services and tasks, of the register's published pairs.
    pub tjenester: Vec<(String, String)>,
}

/// Decides about the guardian of `key`.
pub(super) fn decide(town: &Town, key: PersonKey, nytt: &NyttVergemaal, cause: &Cause) -> Result<Vec<Event>, Refusal> {
    let ward = somebody(town, key)?;
    let name = ward.navn().full();
    if ward.is_doed() {
        return Err(Refusal::new("dead", format!("{name} is dead")));
    }
    let fullmakt = nytt.slag == Some(Vergemaalsslag::StadfestetFremtidsfullmakt);
    let is_same = |fact: &Fact| {
        matches!(fact, Fact::Vergemaal(one)
            if (one.slag == Vergemaalsslag::StadfestetFremtidsfullmakt) == fullmakt)
    };
    let current = gjeldende(&ward.entries(), is_same);
    let mut utkast = Utkast::new(town, cause, "statsforvalteren", "Vergemål");
    let changes = match nytt.verge {
        None => {
            let none = || Refusal::new("no_guardian", format!("nobody acts for {name} in this way"));
            vec![utkast.avslutt(current.ok_or_else(none)?)]
        }
        Some(verge) => {
            let slag = slag_for(ward.alder(), nytt.slag)?;
            let guardian = resident(town, verge)?;
            if guardian.id == ward.id || guardian.alder() < MYNDIG {
                return Err(Refusal::new("unfit", "a guardian is of age and somebody else"));
            }
            let tjenester = nytt.tjenester.iter().map(|(one, other)| (one.as_str().into(), other.as_str().into()));
            let mut tjenester: Vec<_> = tjenester.collect();
            if tjenester.is_empty() {
                tjenester.push(("bank".into(), "representasjonDagligbank".into()));
            }
            let made = Vergemaal {
                slag,
                embete: EMBETE.into(),
                verge: Verge::Person(verge),
                personlig: Some(tjenester.iter().any(|(one, _): &(std::sync::Arc<str>, _)| &**one == "helfo")),
                tjenester,
                omfang: None,
            };
            if current.as_ref().is_some_and(|old| old.fact == Fact::Vergemaal(Box::new(made.clone()))) {
                return Err(Refusal::new("same_guardian", format!("the guardian of {name} is so already")));
            }
            let mut changes: Vec<_> = current.map(|old| utkast.avslutt(old)).into_iter().collect();
            changes.push(utkast.ny(key, Fact::Vergemaal(Box::new(made))));
            changes
        }
    };
    utkast.registrer(key, Hendelsestype::EndringIVergemaal, changes);
    Ok(utkast.events)
}

/// The kind for a ward of this age.
fn slag_for(alder: i32, wanted: Option<Vergemaalsslag>) -> Result<Vergemaalsslag, Refusal> {
    use Vergemaalsslag::{MidlertidigForVoksen, StadfestetFremtidsfullmakt, Voksen};
    let minor = alder < MYNDIG;
    let slag = wanted.unwrap_or(if minor { Vergemaalsslag::Mindreaarig } else { Voksen });
    let for_adults = matches!(slag, Voksen | MidlertidigForVoksen | StadfestetFremtidsfullmakt);
    if for_adults == minor {
        let detail = format!("`{}` does not fit somebody of {alder}", slag.code());
        return Err(Refusal::new("age", detail));
    }
    Ok(slag)
}
