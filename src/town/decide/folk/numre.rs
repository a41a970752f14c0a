//! Identity numbers of people who come later: among those of their date and sex that are still free
//! (`specs/core.md` §3).

use super::Refusal;
use crate::base::{Foedselsnummer, Kjoenn, OriginKey, keyed_hash};
use crate::town::model::DayNo;
use crate::town::state::Town;

/// First and last individual number of people born before 1940, and from then on (`specs/folkeregister.md` §16.4).
const BANDS: [(u16, u16); 2] = [(400, 499), (900, 999)];
/// First year of birth the bands serve.
const FIRST_YEAR: i16 = 1900;
/// Last year of birth the bands serve; later years need the series of §16.3.
const LAST_YEAR: i16 = 2039;
/// Numbers of a date and sex that are left to scripts, from the bottom, until all others are taken.
const FOR_SCRIPTS: usize = 8;

/// How a number is chosen among the free ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::town::decide) enum Tildeling {
    /// The lowest: people a script, a program or a person asked for.
    Nedenfra,
    /// The one the key says, and the next free after it: people background life brings. Taking one of them out does not
    /// move the others.
    Etter(OriginKey),
}

/// A free number for somebody of `kjoenn` born on `dato`; `taken` are those given in the same transaction.
///
/// # Errors
/// A refusal that names the date, when no number is left or no series serves it.
pub(in crate::town::decide) fn ledig(
    town: &Town,
    dato: DayNo,
    kjoenn: Kjoenn,
    tildeling: Tildeling,
    taken: &[Foedselsnummer],
) -> Result<Foedselsnummer, Refusal> {
    let dato = dato.dato();
    if !(FIRST_YEAR..=LAST_YEAR).contains(&dato.year()) {
        let detail = format!("no series of identity numbers for births in {}", dato.year());
        return Err(Refusal::new("no_series", detail));
    }
    let (day, month) = (dato.day().unsigned_abs(), dato.month().unsigned_abs());
    let year = u8::try_from(dato.year().rem_euclid(100)).unwrap_or(0);
    let (from, to) = BANDS[usize::from(dato.year() >= 1940)];
    let mut usable: Vec<Foedselsnummer> = Vec::with_capacity(usize::from(to - from) / 2 + 1);
    let of_sex = (from..=to).filter(|iii| (iii % 2 == 1) == (kjoenn == Kjoenn::Mann));
    usable.extend(of_sex.filter_map(|iii| Foedselsnummer::compose(day, month, year, iii, false)));
    let free = |number: &&Foedselsnummer| !taken.contains(number) && town.find(**number).is_none();
    let found = match tildeling {
        Tildeling::Nedenfra => usable.iter().find(free),
        Tildeling::Etter(origin) => {
            let (scripts, drawn) = usable.split_at(FOR_SCRIPTS.min(usable.len()));
            let slot = keyed_hash("nummer/plass", &[&origin.0.to_be_bytes()]).word();
            let first = usize::try_from(slot % drawn.len().max(1) as u64).unwrap_or(0);
            let (before, after) = drawn.split_at(first);
            after.iter().chain(before).chain(scripts).find(free)
        }
    };
    found.copied().ok_or_else(|| {
        Refusal::new("date_full", format!("no identity number is left for a {} born {dato}", kjoenn.code()))
    })
}
