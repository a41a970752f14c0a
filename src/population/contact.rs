//! The contact register: who stands in it, who is reserved, whose data has expired, who has a mailbox, and the language
//! (`specs/population.md` §13). Shares are met exactly within each age group; only who gets which is drawn.

use super::apportion::split;
use super::origin::Origins;
use super::roster::{Rolle, Roster};
use super::streams::{Given, Streams};
use super::tables::Tables;
use crate::base::{Domain, Kjoenn, Stream};
use crate::town::model::{KontaktFlags, Postkasse, Spraak};

/// Notice by e-mail only, by mobile only and by both, per mille (§13), and what the entry then holds.
const CHANNELS: [u64; 3] = [30, 90, 880];
const CHANNEL_FLAGS: [u8; 3] = [KontaktFlags::EPOST, KontaktFlags::MOBIL, KontaktFlags::EPOST | KontaktFlags::MOBIL];
/// The first supplier's share of mailboxes, per cent (§13).
const FIRST_SUPPLIER: u64 = 88;
/// Couples who share an e-mail address, and a mobile number, per thousand (§13).
const SHARED_EPOST: u64 = 40;
const SHARED_MOBIL: u64 = 20;
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
    let by_channel = streams.key(Domain::Kommune, "kontaktkanal");
    let by_supplier = streams.key(Domain::Kommune, "postkasse");
    for (row, mut people) in groups.into_iter().enumerate() {
        let shares = &tables.contact[row].value;
        shuffle.at(row as u64).shuffle(&mut people);
        let kinds = [shares.reserved, shares.expired, shares.notified, shares.not_registered];
        let counts = split(people.len() as u64, &kinds);
        let mailboxes = split(people.len() as u64, &[shares.mailbox, 1_000 - shares.mailbox])[0];
        reserve_a_mother_to_be(roster, &open, &mut people, counts[0]);
        let registered = counts[0] + counts[1] + counts[2];
        let channels = deal(registered, &CHANNELS, &mut by_channel.at(row as u64));
        let suppliers = deal(mailboxes, &[FIRST_SUPPLIER, 100 - FIRST_SUPPLIER], &mut by_supplier.at(row as u64));
        for (place, &person) in people.iter().enumerate().take(channels.len()) {
            let mut flags = KontaktFlags::REGISTRERT | CHANNEL_FLAGS[channels[place]];
            let at = place as u64;
            let (reserved, expired) = (at < counts[0], at >= counts[0] && at < counts[0] + counts[1]);
            if reserved {
                flags |= KontaktFlags::RESERVERT;
            }
            if expired {
                flags |= KontaktFlags::UTLOEPT;
            }
            contacts.flags[person] = KontaktFlags(flags);
            // Those who can be notified come after the expired: the first of them have the mailboxes.
            if let Some(supplier) =
                at.checked_sub(counts[0] + counts[1]).and_then(|first| suppliers.get(usize::try_from(first).ok()?))
            {
                contacts.postkasse[person] = [Postkasse::Digipost, Postkasse::EBoks][*supplier];
            }
        }
    }
    share(roster, streams, &mut contacts.flags);
    languages(roster, origins, given, &mut contacts.spraak);
    contacts
}

/// `count` places of kinds in proportion to `shares`, in an order drawn.
fn deal(count: u64, shares: &[u64], stream: &mut Stream) -> Vec<usize> {
    let counts = split(count, shares);
    let mut kinds: Vec<usize> =
        counts.iter().enumerate().flat_map(|(kind, &count)| (0..count).map(move |_| kind)).collect();
    stream.shuffle(&mut kinds);
    kinds
}

/// One of some couples uses the other's e-mail address, one of some the other's mobile number.
fn share(roster: &Roster, streams: Streams, flags: &mut [KontaktFlags]) {
    for (channel, shared, per_mille, purpose) in [
        (KontaktFlags::EPOST, KontaktFlags::DELT_EPOST, SHARED_EPOST, "delt_epost"),
        (KontaktFlags::MOBIL, KontaktFlags::DELT_MOBIL, SHARED_MOBIL, "delt_mobil"),
    ] {
        let mut couples: Vec<(usize, usize)> = (0..roster.residents)
            .filter_map(|one| Some((one, roster.partner[one].some()?.index())))
            .filter(|&(one, other)| one < other && flags[one].has(channel) && flags[other].has(channel))
            .collect();
        streams.kommune(purpose).shuffle(&mut couples);
        let wanted = (couples.len() as u64 * per_mille).div_ceil(1_000);
        for &(_, other) in couples.iter().take(usize::try_from(wanted).expect("couples")) {
            flags[other].0 |= shared;
        }
    }
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

#[cfg(test)]
mod tests {
    use super::super::tests::town;
    use super::*;
    use crate::town::derive::kontakt;
    use crate::town::model::PersonId;

    #[test]
    fn channels_suppliers_and_shared_addresses_have_their_shares() {
        let base = town(20_000, 8);
        let flags = &base.personer.kontakt;
        let count = |holds: &dyn Fn(&KontaktFlags) -> bool| flags.iter().filter(|flags| holds(flags)).count();
        let registered = count(&|flags| flags.has(KontaktFlags::REGISTRERT));
        let near = |count: usize, per_mille: usize| {
            assert!((count * 1_000).abs_diff(registered * per_mille) <= registered * 2, "{count} of {registered}");
        };
        near(count(&|flags| flags.has(KontaktFlags::EPOST) && !flags.has(KontaktFlags::MOBIL)), 30);
        near(count(&|flags| flags.has(KontaktFlags::MOBIL) && !flags.has(KontaktFlags::EPOST)), 90);
        let suppliers = |wanted: Postkasse| base.personer.postkasse.iter().filter(|&&one| one == wanted).count();
        let (first, second) = (suppliers(Postkasse::Digipost), suppliers(Postkasse::EBoks));
        assert!((first * 100).abs_diff((first + second) * 88) < first + second, "{first} {second}");
        let (mut couples, mut epost, mut mobil) = (0, 0, 0);
        for one in 0..base.person_count() {
            let Some(other) = base.personer.partner[one].some().filter(|other| other.index() > one) else { continue };
            let (mine, theirs) = (kontakt(&base, PersonId::at(one)), kontakt(&base, other));
            couples += 1;
            epost += usize::from(mine.epost.is_some() && mine.epost == theirs.epost);
            mobil += usize::from(mine.mobil.is_some() && mine.mobil == theirs.mobil);
        }
        assert!((25..=45).contains(&(epost * 1_000 / couples)), "{epost} of {couples}");
        assert!((12..=25).contains(&(mobil * 1_000 / couples)), "{mobil} of {couples}");
    }
}
