//! What is drawn when a life event happens: families that come, where emigrants go, who leaves, how many are born. Each
//! from a stream of the event's own cause.

use crate::base::{Domain, Kjoenn, OriginKey, Purpose, Stream, StreamKey};
use crate::town::decide::folk::innflytting::{Familie, Ny, born};
use crate::town::derive::liv::tabeller::tabeller;
use crate::town::model::{Landkode, PersonKey};
use crate::town::state::{Person, Town};

/// Years a mother is older than a child that comes with her, at least and at most.
const MORSALDER: (u32, u32) = (20, 38);
/// Mean of the years a man is older than his wife, with what is added for the spread (`specs/population.md` §3.3).
const ALDERSFORSKJELL: u64 = 3;
/// Times in 1 000 that the woman of a couple that parts stays with the children, or is the one who stays.
const KVINNEN_BLIR: u64 = 650;

/// The stream of `origin` for `purpose`.
pub(super) fn stream(town: &Town, origin: OriginKey, purpose: &'static str) -> Stream {
    let header = &town.base.header;
    StreamKey::new(header.seed, header.schema, Domain::Hendelse, Purpose(purpose)).of_origin(origin)
}

fn below(stream: &mut Stream, bound: u32) -> u32 {
    u32::try_from(stream.uniform(u64::from(bound.max(1)))).expect("below the bound")
}

/// The family of a slot: from abroad, or from another municipality.
pub(super) fn drawn(town: &Town, abroad: bool, origin: OriginKey) -> Familie {
    let tables = tabeller();
    let mut stream = stream(town, origin, "liv/familie");
    let ankomst = tables.ankomster[stream.weighted(&tables.ankomstvekter)];
    let land = abroad.then(|| Landkode(tables.land[stream.weighted(&tables.landvekter)]));
    let head = u32::try_from(stream.weighted(&tables.aldersvekter)).expect("an age");
    let age = if abroad { 18 + below(&mut stream, 30) } else { head };
    // Parents of small children are neither old nor just grown up.
    let age = if ankomst.barn > 0 { 24 + age % 20 } else { age };
    let woman = Ny { kjoenn: Kjoenn::Kvinne, foedt: born(&mut stream, town, age) };
    let apart = below(&mut stream, 9) + u32::try_from(ALDERSFORSKJELL).expect("small");
    let man = Ny { kjoenn: Kjoenn::Mann, foedt: born(&mut stream, town, (age + apart).saturating_sub(4).max(18)) };
    let mut medlemmer = match ankomst.voksne {
        2 => vec![woman, man],
        _ if ankomst.barn > 0 && !stream.chance_ppm(150_000) => vec![woman],
        _ if stream.chance_ppm(if abroad { 420_000 } else { 500_000 }) => vec![woman],
        _ => vec![Ny { kjoenn: Kjoenn::Mann, foedt: woman.foedt }],
    };
    let most = age.saturating_sub(MORSALDER.0).min(17);
    let mut youngest = age.saturating_sub(MORSALDER.1);
    for _ in 0..ankomst.barn {
        // Two years or more between two children.
        if youngest > most {
            break;
        }
        let years = (youngest + below(&mut stream, 4)).min(most);
        let kjoenn = if stream.chance_ppm(514_000) { Kjoenn::Mann } else { Kjoenn::Kvinne };
        medlemmer.push(Ny { kjoenn, foedt: born(&mut stream, town, years) });
        youngest = years + 3;
    }
    let gift = ankomst.voksne == 2 && age >= 22 && stream.uniform(1000) < u64::from(ankomst.gifte);
    Familie { medlemmer, voksne: ankomst.voksne, gift, land }
}

/// Where somebody emigrates to: home, or where people from here go.
pub(super) fn destination(person: &Person<'_>, origin: OriginKey) -> Landkode {
    let home = person.foedeland();
    if home != Landkode::NOR {
        return home;
    }
    let mut stream = stream(person.town(), origin, "liv/utland");
    let tables = tabeller();
    Landkode(tables.utland[stream.weighted(&tables.utlandvekter)])
}

/// Who of a couple moves out.
pub(super) fn who_leaves(woman: &Person<'_>, other: Option<Person<'_>>, origin: OriginKey) -> Option<PersonKey> {
    let other = other?;
    let woman_stays = stream(woman.town(), origin, "liv/flytter ut").uniform(1000) < KVINNEN_BLIR;
    let leaves = if woman_stays { other } else { *woman };
    leaves.is_bosatt().then(|| leaves.key())
}

/// How many children a delivery has (`specs/population.md` §4.1).
pub(super) fn children_of_delivery(town: &Town, origin: OriginKey) -> usize {
    let levels = &tabeller().nivaaer;
    let mut stream = stream(town, origin, "liv/flerlinger");
    match stream.uniform(1000) < u64::from(levels.twins) {
        false => 1,
        true if stream.uniform(1000) < u64::from(levels.triplets) => 3,
        true => 2,
    }
}
