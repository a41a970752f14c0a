//! Who owns companies (`specs/population.md` §11.2): one person, a family, or another company. A company is owned by one
//! that stands before it in the register, so that no circle can arise (invariant 51).

use super::folk::Folk;
use crate::base::Domain;
use crate::population::apportion::split;
use crate::population::streams::Streams;
use crate::town::model::{AksjeRow, DayNo, Organisasjonsform, PersonId, Virksomhet, VirksomhetId, Virksomhetsslag};

/// Kroner of share capital per share.
pub(super) const PAR: u32 = 100;
/// Companies owned by one person, by a family and by another company, per cent.
const OWNERS: [u64; 3] = [62, 20, 18];

/// The shareholders of all live companies whose chairs are `chairs`.
pub(super) fn rows(units: &[Virksomhet], chairs: &[PersonId], folk: &Folk<'_>, streams: Streams) -> Vec<AksjeRow> {
    let is_live = |unit: &Virksomhet| unit.form == Organisasjonsform::As && unit.slettet == DayNo::NONE;
    let live: Vec<usize> = (0..units.len()).filter(|&place| is_live(&units[place])).collect();
    let public = |place: usize| units[place + 1..].first().is_some_and(|next| next.slag == Virksomhetsslag::Tjeneste);
    let mut private: Vec<usize> = live.iter().copied().filter(|&place| !public(place)).collect();
    let candidates = private.clone();
    streams.kommune("eiere").shuffle(&mut private);
    let counts = split(private.len() as u64, &OWNERS);
    let partner =
        |place: usize| chairs[place].some().and_then(|chair| folk.base.personer.partner[chair.index()].some());
    let mut rows: Vec<AksjeRow> = Vec::with_capacity(live.len() * 5 / 4);
    let share = |place: usize, person: PersonId, eier: VirksomhetId, antall: u32| AksjeRow {
        virksomhet: VirksomhetId::at(place),
        person,
        eier,
        antall,
    };
    let key = streams.key(Domain::Virksomhet, "eiere");
    let [_, mut families, mut owned] = [counts[0], counts[1], counts[2]];
    for place in private {
        let all = units[place].kapital / PAR;
        let mut stream = key.at(place as u64);
        let chair = chairs[place];
        let before = candidates.partition_point(|&other| other < place);
        if let Some(partner) = partner(place).filter(|&partner| families > 0 && folk.is_adult(partner)) {
            families -= 1;
            let part = all / 10 * u32::try_from(1 + stream.uniform(5)).expect("small");
            rows.push(share(place, chair, VirksomhetId::NONE, all - part));
            rows.push(share(place, partner, VirksomhetId::NONE, part));
        } else if owned > 0 && before > 0 {
            owned -= 1;
            // Companies without an establishment stand first and own most of the others.
            let nearest = stream.index(before).min(stream.index(before));
            rows.push(share(place, PersonId::NONE, VirksomhetId::at(candidates[nearest]), all));
        } else {
            rows.push(share(place, chair, VirksomhetId::NONE, all));
        }
    }
    for place in live.into_iter().filter(|&place| public(place)) {
        rows.push(share(place, PersonId::NONE, VirksomhetId(0), units[place].kapital / PAR));
    }
    rows.sort_by_key(|row| row.virksomhet);
    rows
}
