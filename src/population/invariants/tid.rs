//! Time: §16.8. Numbers 54 and 55 are of the event log and stand with the feed's and the journal's tests.

use super::{Town, Violation, require};
use crate::town::model::DayNo;

/// No row says something happened later than today.
pub(super) fn nothing_after_today(town: &Town<'_>, found: &mut Vec<Violation>) {
    let base = town.base;
    let mut check = |table: &str, days: &mut dyn Iterator<Item = DayNo>| {
        let late = days.filter(|day| *day != DayNo::NONE).enumerate().find(|(_, day)| *day > town.today);
        require(found, 53, late.is_none(), || format!("`{table}`: {late:?} is later than today"));
    };
    check("foedselsdato", &mut base.personer.foedselsdato.iter().copied());
    check("sivilstander", &mut base.sivilstander.iter().map(|row| row.dato));
    check("bosteder", &mut base.bosteder.iter().map(|row| row.fra));
    check("tidligere_navn", &mut base.tidligere_navn.iter().map(|row| row.til));
    check("ansvar", &mut base.ansvar.iter().map(|row| row.fra));
    check("beskyttelser", &mut base.beskyttelser.iter().map(|row| row.fra));
    check("doedsfall", &mut base.doedsfall.iter().map(|row| row.dato));
    check("annullerte_doedsfall", &mut base.annullerte_doedsfall.iter().map(|row| row.annullert));
    check("plasser", &mut base.plasser.iter().map(|row| row.fra));
    check("statsborgerskap", &mut base.statsborgerskap.iter().flat_map(|row| [row.fra, row.til]));
    check("innflyttinger", &mut base.innflyttinger.iter().map(|row| row.dato));
    check("utflyttinger", &mut base.utflyttinger.iter().map(|row| row.dato));
    check("tidligere_nummer", &mut base.tidligere_nummer.iter().map(|row| row.til));
    check("dnummer", &mut base.dnummer.iter().map(|row| row.fra));
    check("vergemaal", &mut base.vergemaal.iter().map(|row| row.fra));
    check("delt_bosted", &mut base.delt_bosted.iter().map(|row| row.fra));
    check("fosterhjem", &mut base.fosterhjem.iter().map(|row| row.fra));
    check("doedfoedte", &mut base.doedfoedte.iter().map(|row| row.dato));
    check("hjemler", &mut base.hjemler.iter().map(|row| row.fra));
    check("roller", &mut base.roller.iter().map(|row| row.fra));
    check("arbeidsforhold", &mut base.arbeidsforhold.iter().flat_map(|row| [row.fra, row.til]));
    let units = |day: fn(&crate::town::model::Virksomhet) -> DayNo| base.virksomheter.iter().map(day);
    check("virksomheter.stiftet", &mut units(|unit| unit.stiftet));
    check("virksomheter.registrert", &mut units(|unit| unit.registrert));
    check("virksomheter.slettet", &mut units(|unit| unit.slettet));
    check("virksomheter.konkurs", &mut units(|unit| unit.konkurs));
    let (year, ..) = crate::population::calendar::civil(town.today);
    let built = base.bygninger.iter().position(|building| i32::from(building.byggeaar) > year);
    require(found, 53, built.is_none(), || format!("building {built:?} is not built yet"));
}
