//! Who holds which role (`specs/population.md` §11.2, §11.3; role words of `specs/neighbours.md` §1.6).

use super::folk::{Folk, Koe};
use crate::base::{Domain, Stream};
use crate::population::apportion::split;
use crate::population::streams::Streams;
use crate::town::model::{
    DayNo, Organisasjonsform, PersonId, RolleRow, Rolletype, Virksomhet, VirksomhetFlags, VirksomhetId,
};

/// Company boards of one, two, three and four or more, per cent.
const BOARDS: [u64; 4] = [48, 22, 20, 10];
/// Board seats held by people outside the town, and by people with a D-number, per hundred.
const OUTSIDE: usize = 13;
const D_NUMBER: usize = 2;
/// Companies with an auditor and with an accountant, per hundred.
const AUDITED: usize = 12;
const ACCOUNTED: usize = 58;
/// Boards of associations whose chair has died or moved away, per hundred.
const STALE: usize = 30;
/// Roles at most that somebody outside the town, or dead, still holds.
const OUTSIDERS_SEATS: usize = 2;
const AUDITORS: u32 = 69_202;
const ACCOUNTANTS: u32 = 69_201;

/// Roles being dealt.
pub(super) struct Styrer<'a> {
    pub rows: Vec<RolleRow>,
    folk: &'a Folk<'a>,
    streams: Streams,
    /// Chairs of company boards that hold nothing else there: by position of the company, or none.
    pub chairs: Vec<PersonId>,
}

impl<'a> Styrer<'a> {
    pub fn new(folk: &'a Folk<'a>, streams: Streams, units: usize) -> Self {
        Self { rows: Vec::new(), folk, streams, chairs: vec![PersonId::NONE; units] }
    }

    /// Live units that `fits`, in an order drawn for `purpose`.
    fn shuffled(
        &self,
        units: &[Virksomhet],
        purpose: &'static str,
        fits: impl Fn(&Virksomhet) -> bool,
    ) -> Vec<VirksomhetId> {
        let live = |unit: &Virksomhet| unit.slettet == DayNo::NONE && fits(unit);
        let mut found: Vec<VirksomhetId> =
            (0..units.len()).filter(|&place| live(&units[place])).map(VirksomhetId::at).collect();
        self.streams.kommune(purpose).shuffle(&mut found);
        found
    }

    /// `person` in the role from some day on since the unit began and the person may.
    fn elect(
        &mut self,
        unit: &mut Virksomhet,
        id: VirksomhetId,
        rolle: Rolletype,
        person: PersonId,
        stream: &mut Stream,
    ) {
        let able = self.folk.able(person);
        if unit.stiftet > *able.end() {
            // Somebody who is dead now was there from the beginning.
            unit.stiftet = DayNo(able.end().0 - 400).max(*able.start());
            unit.registrert = unit.stiftet.max(super::datoer::register_began());
        }
        let first = unit.stiftet.max(*able.start());
        let room = u64::try_from(able.end().0 - first.0).unwrap_or(0) + 1;
        let later = if stream.uniform(10) < 4 { 0 } else { stream.uniform(room) };
        let fra = DayNo(first.0 + i32::try_from(later).expect("a life"));
        self.rows.push(RolleRow { virksomhet: id, rolle, person, enhet: VirksomhetId::NONE, fra });
    }

    fn appoint(&mut self, unit: VirksomhetId, rolle: Rolletype, enhet: VirksomhetId, fra: DayNo) {
        self.rows.push(RolleRow { virksomhet: unit, rolle, person: PersonId::NONE, enhet, fra });
    }

    /// Proprietors.
    pub fn proprietors(&mut self, units: &[Virksomhet], owners: &[PersonId]) {
        for (place, unit) in units.iter().enumerate() {
            if let Some(person) = owners[place].some()
                && unit.slettet == DayNo::NONE
            {
                let virksomhet = VirksomhetId::at(place);
                let rolle = Rolletype::Innh;
                self.rows.push(RolleRow { virksomhet, rolle, person, enhet: VirksomhetId::NONE, fra: unit.stiftet });
            }
        }
    }

    /// Boards, managers, auditors and accountants of companies.
    pub fn companies(&mut self, units: &mut [Virksomhet]) {
        let companies = self.shuffled(units, "styrer", |unit| unit.form == Organisasjonsform::As);
        let classes = split(companies.len() as u64, &BOARDS);
        let sizes: Vec<usize> = (1..)
            .zip(classes)
            .flat_map(|(size, count)| std::iter::repeat_n(size, usize::try_from(count).expect("a count")))
            .collect();
        let seats = sizes.iter().sum::<usize>() * 103 / 100;
        let resident = seats * (100 - OUTSIDE - D_NUMBER) / 100;
        // A fifth more seats than people: one in seven sits twice, four in a hundred three times and more.
        let people = (resident * 5 / 6).min(self.folk.tillitsvalgte.len());
        let folk = self.folk;
        let mut koe = Koe::new(&folk.tillitsvalgte, &[people, people * 14 / 100, people * 4 / 100]);
        let (mut outside, mut issued) =
            (Koe::new(&folk.utenbys, &[usize::MAX]), Koe::new(&folk.dnummer, &[usize::MAX]));
        let mut room = [folk.utenbys.len() * OUTSIDERS_SEATS, folk.dnummer.len() * OUTSIDERS_SEATS];
        let key = self.streams.key(Domain::Virksomhet, "styre");
        let mut seat = 0;
        // The order is drawn, so the sizes go through it from the small to the large; the order of dealing is another.
        let mut order: Vec<usize> = (0..companies.len()).collect();
        self.streams.kommune("styrevalg").shuffle(&mut order);
        for place in order {
            let (id, size) = (companies[place], sizes[place]);
            let mut stream = key.at(u64::from(id.0));
            let size = if size == 4 { 4 + stream.index(3) } else { size };
            let mut board: Vec<PersonId> = Vec::with_capacity(size);
            for _ in 0..size {
                seat += 1;
                let mut share = |kind: usize, of: usize, koe: &mut Koe<'_>| {
                    let due = seat * of / 100 > (seat - 1) * of / 100 && room[kind] > 0;
                    room[kind] -= usize::from(due);
                    if due { koe.take(&board) } else { None }
                };
                let outsider = share(0, OUTSIDE, &mut outside).or_else(|| share(1, D_NUMBER, &mut issued));
                board.extend(outsider.or_else(|| koe.take(&board)));
            }
            self.board(&mut units[id.index()], id, &board, &mut stream);
            self.chairs[id.index()] = board.first().copied().unwrap_or(PersonId::NONE);
        }
        self.auditors(units, &companies);
    }

    fn board(&mut self, unit: &mut Virksomhet, id: VirksomhetId, board: &[PersonId], stream: &mut Stream) {
        for (seat, &person) in board.iter().enumerate() {
            let rolle = match seat {
                0 => Rolletype::Lede,
                1 if board.len() > 3 => Rolletype::Nest,
                _ => Rolletype::Medl,
            };
            self.elect(unit, id, rolle, person, stream);
        }
        if unit.ansatte > 0 && stream.uniform(100) < 70 {
            let manager = board.get(stream.index(2)).or(board.first());
            if let Some(&manager) = manager {
                self.elect(unit, id, Rolletype::Dagl, manager, stream);
            }
        }
        if unit.konkurs != DayNo::NONE {
            let besides = board.to_vec();
            let trustee = self.folk.gruendere.iter().find(|person| !besides.contains(person));
            if let Some(&person) = trustee {
                let fra = unit.konkurs;
                self.rows.push(RolleRow {
                    virksomhet: id,
                    rolle: Rolletype::Bobe,
                    person,
                    enhet: VirksomhetId::NONE,
                    fra,
                });
            }
        }
    }

    fn auditors(&mut self, units: &[Virksomhet], companies: &[VirksomhetId]) {
        let offices = |code| -> Vec<VirksomhetId> {
            let fits = |unit: &Virksomhet| {
                unit.naeringskode == code
                    && unit.slettet == DayNo::NONE
                    && unit.konkurs == DayNo::NONE
                    && matches!(unit.form, Organisasjonsform::As | Organisasjonsform::Enk)
            };
            (0..units.len()).filter(|&place| fits(&units[place])).map(VirksomhetId::at).collect()
        };
        let key = self.streams.key(Domain::Virksomhet, "regnskap");
        for (rolle, code, share) in [(Rolletype::Revi, AUDITORS, AUDITED), (Rolletype::Regn, ACCOUNTANTS, ACCOUNTED)] {
            let offices = offices(code);
            let mut clients = companies.to_vec();
            self.streams.key(Domain::Kommune, "regnskap").at(u64::from(code)).shuffle(&mut clients);
            clients.truncate(companies.len() * share / 100);
            for client in clients {
                let mut stream = key.at(u64::from(client.0));
                let others = offices.len().saturating_sub(usize::from(offices.contains(&client)));
                if others == 0 {
                    continue;
                }
                let office = offices[stream.index(offices.len())];
                let office = if office == client {
                    offices.iter().copied().find(|&other| other != client)
                } else {
                    Some(office)
                };
                if let Some(office) = office {
                    let begin = units[client.index()].stiftet.max(units[office.index()].stiftet);
                    self.appoint(client, rolle, office, begin);
                }
            }
        }
    }

    /// Boards of associations; some have none, and some a chair who has died or moved away.
    pub fn associations(&mut self, units: &mut [Virksomhet]) {
        let all = self.shuffled(units, "foreningsstyrer", |unit| unit.form == Organisasjonsform::Fli);
        let folk = self.folk;
        let seats = all.len() * 5;
        let people = (seats * 9 / 10).min(folk.foreningsfolk.len());
        let mut koe = Koe::new(&folk.foreningsfolk, &[people, people / 8, people / 30]);
        let began = super::datoer::register_began();
        let gone: Vec<PersonId> = folk
            .doede
            .iter()
            .filter(|(day, _)| day.0 > began.0 + 800)
            .map(|&(_, person)| person)
            .zip(folk.utenbys.iter().copied().map(Some).chain(std::iter::repeat(None)))
            .flat_map(|(dead, moved)| [Some(dead), moved].into_iter().flatten())
            .collect();
        let stale = (all.len() * STALE / 100).min(gone.len() * OUTSIDERS_SEATS);
        let key = self.streams.key(Domain::Virksomhet, "foreningsstyre");
        // The first of the order has no board at all: nobody was elected after the last one resigned.
        let none = (1 + all.len() / 400).min(all.len());
        for id in &all[..none] {
            let flags = VirksomhetFlags::FRIVILLIGHETSREGISTERET | VirksomhetFlags::GRASROTANDEL;
            units[id.index()].registre.0 &= !flags;
        }
        for (place, &id) in all.iter().enumerate().skip(none) {
            let mut stream = key.at(u64::from(id.0));
            let mut board: Vec<PersonId> = Vec::new();
            if place < none + stale {
                board.push(gone[(place - none) % gone.len()]);
            }
            for _ in board.len()..3 + stream.index(5) {
                board.extend(koe.take(&board));
            }
            for (seat, &person) in board.iter().enumerate() {
                let rolle = match seat {
                    0 => Rolletype::Lede,
                    1 => Rolletype::Nest,
                    _ if seat + 1 == board.len() && seat > 3 => Rolletype::Vara,
                    _ => Rolletype::Medl,
                };
                self.elect(&mut units[id.index()], id, rolle, person, &mut stream);
            }
        }
    }

    /// Roles of everything else: participants, representatives, contact persons, small boards.
    pub fn others(&mut self, units: &mut [Virksomhet]) {
        use Organisasjonsform as F;
        use Rolletype as R;
        let folk = self.folk;
        let mut koe = Koe::new(&folk.gruendere, &[usize::MAX]);
        // Founders take their turn from the front; those who represent others come from the middle of the queue.
        for _ in 0..folk.gruendere.len() / 3 {
            koe.take(&[]);
        }
        let key = self.streams.key(Domain::Virksomhet, "roller");
        for (place, unit) in units.iter_mut().enumerate() {
            if unit.slettet != DayNo::NONE {
                continue;
            }
            let roles: &[R] = match unit.form {
                F::Komm => &[R::Kont, R::Dagl],
                F::Orgl | F::Fylk | F::Stat | F::Ktrf => &[R::Kont],
                F::Kf | F::Iks => &[R::Lede, R::Medl, R::Dagl],
                F::Kirk => &[R::Lede, R::Dagl],
                F::Esek | F::Brl | F::Sam | F::Sti | F::Sa => &[R::Lede, R::Medl, R::Medl],
                F::Ans => &[R::Dtso, R::Dtso],
                F::Da => &[R::Dtpr, R::Dtpr],
                F::Nuf => &[R::Repr],
                _ => continue,
            };
            let id = VirksomhetId::at(place);
            let mut stream = key.at(place as u64);
            let mut holders: Vec<PersonId> = Vec::with_capacity(roles.len());
            for &rolle in roles {
                if let Some(person) = koe.take(&holders) {
                    holders.push(person);
                    self.elect(unit, id, rolle, person, &mut stream);
                }
            }
            if matches!(unit.form, F::Kf | F::Iks) {
                self.appoint(id, R::Eikm, VirksomhetId(0), unit.stiftet);
            }
        }
    }

    /// All rows in the order of the base.
    pub fn sorted(mut self) -> Vec<RolleRow> {
        self.rows.sort_by_key(|row| (row.virksomhet, row.rolle));
        self.rows
    }
}

impl Styrer<'_> {
    /// Lets `person` chair the board instead of whoever does.
    pub fn replace_chair(&mut self, unit: &mut Virksomhet, id: VirksomhetId, person: PersonId) {
        let before = self.chairs[id.index()];
        self.rows.retain(|row| !(row.virksomhet == id && (row.rolle == Rolletype::Lede || row.person == before)));
        let mut stream = self.streams.key(Domain::Virksomhet, "leder").at(u64::from(id.0));
        self.elect(unit, id, Rolletype::Lede, person, &mut stream);
    }
}
