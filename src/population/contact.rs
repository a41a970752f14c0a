//! The contact register: who stands in it, who is reserved, whose data has expired, who has a mailbox, and the language
//! (`specs/population.md` §13). Shares are met exactly within each age group; only who gets which is drawn.

use super::apportion::split;
use super::origin::Origins;
use super::roster::{Rolle, Roster};
use super::streams::Given;
use super::tables::Tables;
use crate::base::{Domain, Kjoenn};
use crate::town::model::{KontaktFlags, Postkasse, Spraak};

/// Notice by e-mail only and by mobile only, per mille (§13).
const ONLY_EPOST: u64 = 30;
const ONLY_MOBIL: u64 = 90;
/// The first supplier's share of mailboxes, per cent (§13).
const FIRST_SUPPLIER: u64 = 88;
/// People of immigrant background who want English, per mille: with their share of residents this gives 6.5 % of all.
const ENGLISH: u64 = 430;
/// Contact entries in Northern Sámi among Sámi households, per mille (own estimate, D).
const SAMI: u64 = 160;

/// Contact columns of all rows.
pub(super) struct Contacts {
    pub flags: Vec<KontaktFlags>,
    pub postkasse: Vec<Postkasse>,
    pub spraak: Vec<Spraak>,
}

/// Fills the contact columns; `open` says whose address is not protected.
pub(super) fn contacts(roster: &Roster, origins: &Origins, open: impl Fn(usize) -> bool, given: Given<'_>) -> Contacts {
    let Given { tables, streams, .. } = given;
    let rows = roster.len();
    let mut contacts = Contacts {
        flags: vec![KontaktFlags::default(); rows],
        postkasse: vec![Postkasse::Ingen; rows],
        spraak: vec![Spraak::Nb; rows],
    };
    let groups = by_group(roster, tables);
    let shuffle = streams.key(Domain::Kommune, "kontaktregister");
    let key = streams.key(Domain::Person, "kontakt");
    for (row, mut people) in groups.into_iter().enumerate() {
        let shares = &tables.contact[row].value;
        shuffle.at(row as u64).shuffle(&mut people);
        let kinds = [shares.reserved, shares.expired, shares.notified, shares.not_registered];
        let counts = split(people.len() as u64, &kinds);
        let mailboxes = split(people.len() as u64, &[shares.mailbox, 1_000 - shares.mailbox])[0];
        reserve_a_mother_to_be(roster, &open, &mut people, counts[0]);
        for (place, &person) in people.iter().enumerate() {
            let place = place as u64;
            let (reserved, expired) = (place < counts[0], place >= counts[0] && place < counts[0] + counts[1]);
            if place >= counts[0] + counts[1] + counts[2] {
                continue;
            }
            let mut stream = key.at(person as u64);
            let channels = match stream.uniform(1_000) {
                0..ONLY_EPOST => KontaktFlags::EPOST,
                draw if draw < ONLY_EPOST + ONLY_MOBIL => KontaktFlags::MOBIL,
                _ => KontaktFlags::EPOST | KontaktFlags::MOBIL,
            };
            let mut flags = KontaktFlags::REGISTRERT | channels;
            if reserved {
                flags |= KontaktFlags::RESERVERT;
            }
            if expired {
                flags |= KontaktFlags::UTLOEPT;
            }
            contacts.flags[person] = KontaktFlags(flags);
            // Those who can be notified come after the expired: the first of them have the mailboxes.
            if !reserved && !expired && place < counts[0] + counts[1] + mailboxes {
                let first = stream.uniform(100) < FIRST_SUPPLIER;
                contacts.postkasse[person] = if first { Postkasse::Digipost } else { Postkasse::EBoks };
            }
        }
    }
    languages(roster, origins, given, &mut contacts.spraak);
    contacts
}

/// Residents by row of the table; only those of fifteen and over can have an entry.
fn by_group(roster: &Roster, tables: &Tables) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); tables.contact.len()];
    for person in 0..roster.residents {
        let alder = u32::try_from(roster.alder(person)).unwrap_or(0);
        let row = tables.contact.iter().position(|row| (row.from..=row.to).contains(&alder));
        if let Some(row) = row.filter(|_| alder >= 15) {
            groups[row].push(person);
        }
    }
    groups
}

/// Every town has a woman of 26 to 36 with a partner at home who is reserved and whose address is open: scenarios ask
/// for her (`specs/experience.md` §11.1). She takes the first place among the reserved of her group, and is thirty if
/// she can be, which is another of the minimum cast (§16.9); else somebody of thirty takes the second place.
fn reserve_a_mother_to_be(roster: &Roster, open: &impl Fn(usize) -> bool, people: &mut [usize], reserved: u64) {
    let is_fit = |person: usize| {
        roster.kjoenn[person] == Kjoenn::Kvinne
            && (30..=33).contains(&roster.alder(person))
            && roster.partner[person].some().is_some_and(|partner| roster.kjoenn[partner.index()] == Kjoenn::Mann)
            // She can give birth on the first day: nothing stands in the way of a scenario's child.
            && !roster.children(roster.husstand[person].index()).any(|child| roster.alder(child) < 1)
            && open(person)
    };
    let youngest = (0..people.len())
        .filter(|&place| is_fit(people[place]))
        .min_by_key(|&place| (roster.alder(people[place]), place));
    if reserved > 0
        && let Some(place) = youngest
    {
        people.swap(0, place);
        let is_thirty = |person: usize| roster.alder(person) == 30;
        let thirty = people.iter().position(|&person| is_thirty(person));
        if reserved > 1
            && !is_thirty(people[0])
            && let Some(place) = thirty
        {
            people.swap(1, place);
        }
    }
}

fn languages(roster: &Roster, origins: &Origins, given: Given<'_>, spraak: &mut [Spraak]) {
    let Given { profile, tables, streams, .. } = given;
    let key = streams.key(Domain::Husstand, "maalform");
    for household in 0..roster.household_count() {
        let mut stream = key.at(household as u64);
        let nynorsk = stream.uniform(1_000) < profile.nynorsk;
        for person in roster.members(household) {
            let (draw, is_child) = (stream.uniform(1_000), roster.rolle[person] == Rolle::Barn);
            spraak[person] = match origins.names(person, tables) {
                Some("samisk") if draw < SAMI => Spraak::Se,
                Some(group) if group != "samisk" && group != "nordisk" && !is_child && draw < ENGLISH => Spraak::En,
                _ if nynorsk => Spraak::Nn,
                _ => Spraak::Nb,
            };
        }
    }
}
