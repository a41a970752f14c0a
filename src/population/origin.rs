//! Where people come from: country of background and of birth, when they came, and whether they became Norwegian citizens
//! (`specs/population.md` §6).
//!
//! How many immigrants there are, and from which country, is counted first; which households they are is drawn, the
//! likelier ages first, until every country has exactly its people. Who came when decides which children were born here.

use rayon::prelude::*;

use super::apportion::{interpolate, split};
use super::calendar::{civil, day_number, plus_years};
use super::roster::{Rolle, Roster};
use super::streams::Given;
use super::tables::{Tables, decimal, rows, running, tables};
use crate::base::{Domain, Kjoenn, Stream, StreamKey};
use crate::town::model::{Base, DayNo, Husstandstype, Landkode, Personstatus};

/// Immigrants among reference persons of a household from these ages on, per mille of the country (D): the order in which
/// households are asked.
const BY_AGE: [(i32, u64); 7] = [(18, 130), (25, 255), (35, 250), (45, 180), (55, 100), (65, 50), (75, 30)];
/// Immigrants by size, per mille of residents (§6).
const BY_SIZE: ([u32; 7], [u64; 7]) =
    ([1_500, 3_000, 7_000, 14_000, 30_000, 90_000, 300_000], [110, 120, 120, 130, 140, 150, 200]);
/// Who came outside the main years of the country, per mille.
const OTHER_YEARS: u64 = 150;
/// Partners who came together, per mille; the others follow within five years.
const TOGETHER: u64 = 500;
/// Citizenship takes six to eight years, by the reason of the stay, with the decision.
const YEARS_TO_CITIZENSHIP: i32 = 6;
/// What the share of citizens after eight years is taken times, per cent: so 44 % of all immigrants are (§6).
const NATURALISED: u64 = 140;
/// Days between a move to Norway and its registration at most.
const REGISTERED_WITHIN_DAYS: i32 = 10;
/// Kinds of households in the table of countries.
const KINDS: usize = 7;

/// No immigrant background.
const NORWEGIAN: u8 = u8::MAX;
/// Sámi background: Norwegian in every column, with names of its own.
const SAMI: u8 = u8::MAX - 1;

/// A country people immigrated from.
#[derive(Clone, Debug)]
pub(super) struct Country {
    pub code: Landkode,
    pub persons: u64,
    /// Group of names.
    pub names: &'static str,
    /// First and last of the years most came in.
    pub years: (i32, i32),
    /// Weight among people with a D-number.
    pub commuters: u64,
    /// Couples with a partner without immigrant background, per mille, and women among those who came into them, per
    /// cent.
    pub mixed: (u64, u64),
    /// Citizens after eight years, per mille.
    pub naturalised: u64,
    /// Persons by kind of household, per cent.
    pub kinds: [u64; KINDS],
}

/// The table of countries.
pub(super) fn parse_countries(text: &'static str) -> Vec<Country> {
    rows(text)
        .map(|row| {
            let number = |column: usize| decimal(row[column], 0);
            let year = |column: usize| i32::try_from(number(column)).expect("a year");
            Country {
                code: Landkode(row[0].as_bytes().try_into().expect("three letters")),
                persons: number(1),
                names: row[2],
                years: (year(3), year(4)),
                commuters: number(5),
                mixed: (number(6), number(7)),
                naturalised: number(8),
                kinds: std::array::from_fn(|kind| number(9 + kind)),
            }
        })
        .collect()
}

/// The column of a household type in the table of countries.
fn kind_of(slag: Husstandstype) -> usize {
    match slag {
        Husstandstype::Alene => 0,
        Husstandstype::ParUtenBarn => 1,
        Husstandstype::ParMedSmaabarn | Husstandstype::ParMedStoreBarn => 2,
        Husstandstype::EnsligMedSmaabarn | Husstandstype::EnsligMedStoreBarn => 3,
        Husstandstype::VoksneBarn => 4,
        Husstandstype::FlereFamilierMedBarn => 5,
        Husstandstype::FlereFamilierUtenBarn => 6,
    }
}

/// What is decided for one person.
#[derive(Clone, Copy, Debug)]
struct Origin {
    background: u8,
    foedeland: Landkode,
    /// The first move to Norway; none for those born here.
    ankomst: DayNo,
    /// Became a Norwegian citizen; none for those who are none, and for those who always were.
    borger: DayNo,
    norsk: bool,
}

impl Origin {
    const fn norwegian(background: u8) -> Self {
        Self { background, foedeland: Landkode::NOR, ankomst: DayNo::NONE, borger: DayNo::NONE, norsk: true }
    }
}

/// Backgrounds of all rows.
pub(super) struct Origins {
    /// Position in the table of countries, or one of the marks.
    background: Vec<u8>,
    pub foedeland: Vec<Landkode>,
    pub statsborgerskap: Vec<Landkode>,
    /// The first move to Norway; none for those born here.
    pub ankomst: Vec<DayNo>,
    /// When an immigrant became a Norwegian citizen.
    pub borger: Vec<DayNo>,
}

impl Origins {
    /// Draws the backgrounds of residents, household by household.
    pub fn draw(roster: &Roster, given: Given<'_>) -> Self {
        let Given { profile, tables, streams, .. } = given;
        let sami = streams.key(Domain::Husstand, "samisk");
        let immigrants = Immigrants::place(roster, given);
        let country_of = immigrants.country;
        let key = immigrants.key;
        let drawn: Vec<Vec<Origin>> = (0..roster.household_count())
            .into_par_iter()
            .map(|household| match country_of[household] {
                NORWEGIAN => {
                    let mut stream = sami.at(household as u64);
                    let is_sami = profile.sami > 0 && stream.chance_ppm(profile.sami * 1_000);
                    let mark = if is_sami { SAMI } else { NORWEGIAN };
                    vec![Origin::norwegian(mark); roster.members(household).len()]
                }
                country => members(roster, household, country, tables, &mut open(&key, household)),
            })
            .collect();
        let rows = roster.len();
        let mut origins = Self {
            background: Vec::with_capacity(rows + rows / 4),
            foedeland: Vec::with_capacity(rows + rows / 4),
            statsborgerskap: Vec::with_capacity(rows + rows / 4),
            ankomst: Vec::with_capacity(rows + rows / 4),
            borger: Vec::with_capacity(rows + rows / 4),
        };
        for origin in drawn.into_iter().flatten() {
            let country = tables.countries.get(usize::from(origin.background));
            let land = country.filter(|_| !origin.norsk).map_or(Landkode::NOR, |country| country.code);
            origins.push(origin.background, origin.foedeland, land, origin.ankomst, origin.borger);
        }
        origins.one_refugee_of_this_year(roster, given);
        origins
    }

    fn push(&mut self, background: u8, foedeland: Landkode, borgerskap: Landkode, ankomst: DayNo, borger: DayNo) {
        self.background.push(background);
        self.foedeland.push(foedeland);
        self.statsborgerskap.push(borgerskap);
        self.ankomst.push(ankomst);
        self.borger.push(borger);
    }

    /// A child born here whose background is that of `parent`, or Norwegian without one: the household's is not its own.
    pub fn follow_parent(&mut self, child: usize, parent: Option<usize>) {
        self.background[child] = parent.map_or(NORWEGIAN, |parent| self.background[parent]);
        self.foedeland[child] = Landkode::NOR;
        self.statsborgerskap[child] = parent.map_or(Landkode::NOR, |parent| self.statsborgerskap[parent]);
        (self.ankomst[child], self.borger[child]) = (DayNo::NONE, DayNo::NONE);
    }

    /// A child who came on `ankomst` from `country` of the table, without the household it lives in.
    pub fn came_alone(&mut self, child: usize, country: usize, tables: &Tables, ankomst: DayNo) {
        let land = tables.countries[country].code;
        self.background[child] = u8::try_from(country).expect("some countries");
        (self.foedeland[child], self.statsborgerskap[child]) = (land, land);
        (self.ankomst[child], self.borger[child]) = (ankomst, DayNo::NONE);
    }

    /// Gives the dead, whose rows come after the residents', the background of the resident they belong to.
    pub fn extend_to_dead(&mut self, roster: &Roster) {
        for (place, &like) in roster.doed_som.iter().enumerate().skip(self.background.len() - roster.residents) {
            let like = like as usize;
            // Whoever came later than the death came at another time than the resident.
            let died = roster.doedsdato[place];
            let born = roster.dato[roster.residents + place];
            let came = self.ankomst[like].some().map_or(DayNo::NONE, |came| {
                if came > born && came < died { came } else { DayNo(died.0 - (died.0 - born.0) / 3) }
            });
            let borger = self.borger[like].some().filter(|&day| day < died).unwrap_or(DayNo::NONE);
            let is_citizen =
                self.statsborgerskap[like] == Landkode::NOR && (came == DayNo::NONE || borger.some().is_some());
            let country = if is_citizen { Landkode::NOR } else { self.foedeland[like] };
            self.push(self.background[like], self.foedeland[like], country, came, borger);
        }
    }

    /// Gives the next row, of somebody elsewhere, a country of the table, or none for a Norwegian background.
    pub fn push_elsewhere(&mut self, country: Option<usize>, tables: &Tables, ankomst: DayNo) {
        match country {
            Some(country) => {
                let code = tables.countries[country].code;
                self.push(u8::try_from(country).expect("some countries"), code, code, ankomst, DayNo::NONE);
            }
            None => self.push(NORWEGIAN, Landkode::NOR, Landkode::NOR, DayNo::NONE, DayNo::NONE),
        }
    }

    /// Whether a row has no immigrant background.
    pub fn is_norwegian(&self, person: usize) -> bool {
        self.background[person] >= SAMI
    }

    /// Whether a row's name comes from the Norwegian lists.
    pub fn has_norwegian_name(&self, person: usize) -> bool {
        self.background[person] == NORWEGIAN
    }

    /// Position of the row's country in the table; none without immigrant background.
    pub fn country(&self, person: usize) -> Option<usize> {
        (self.background[person] < SAMI).then(|| usize::from(self.background[person]))
    }

    /// The group of names the row's names come from; none for Norwegian names.
    pub fn names<'a>(&self, person: usize, tables: &'a Tables) -> Option<&'a str> {
        match self.background[person] {
            NORWEGIAN => None,
            SAMI => Some("samisk"),
            country => Some(tables.countries[usize::from(country)].names),
        }
    }

    /// Whether two rows share their background.
    pub fn same(&self, one: usize, other: usize) -> bool {
        self.background[one] == self.background[other]
    }

    /// The first day somebody is in Norway: birth, or the first move here.
    pub fn begins(&self, roster: &Roster, person: usize) -> DayNo {
        self.ankomst[person].some().unwrap_or(roster.dato[person])
    }

    /// Somebody from a country of refugees came in the last twelve months, however small the town (§16.9): a household in
    /// which nobody was born here moves its arrival.
    fn one_refugee_of_this_year(&mut self, roster: &Roster, given: Given<'_>) {
        let since = plus_years(roster.today, -1);
        let is_refugee = |person: usize, origins: &Self| {
            let code = origins.country(person).map(|country| given.tables.countries[country].code);
            origins.ankomst[person].some().is_some() && code.is_some_and(is_refugee_country)
        };
        if (0..roster.residents).any(|person| is_refugee(person, self) && self.ankomst[person] >= since) {
            return;
        }
        let mut stream = given.streams.kommune("flyktning_i_aar");
        let day = DayNo(roster.today.0 - 30 - i32::try_from(stream.uniform(300)).expect("days"));
        let fits = |household: &usize, refugees_only: bool| {
            roster.members(*household).all(|person| {
                let immigrant = self.ankomst[person].some().is_some();
                immigrant && (!refugees_only || is_refugee(person, self)) && roster.dato[person] < day
            })
        };
        let refugees = (0..roster.household_count()).filter(|household| fits(household, true));
        let latest = refugees.max_by_key(|&household| self.ankomst[roster.members(household).start]);
        // A town without any household of refugees only makes one of somebody who lives alone.
        let other = || (0..roster.household_count()).find(|household| fits(household, false));
        let Some(household) = latest.or_else(other) else { return };
        let syria = given.tables.countries.iter().position(|country| country.code == Landkode(*b"SYR"));
        for person in roster.members(household) {
            if !is_refugee(person, self)
                && let Some(syria) = syria
            {
                self.background[person] = u8::try_from(syria).expect("some countries");
                self.foedeland[person] = Landkode(*b"SYR");
            }
            self.ankomst[person] = day;
            self.borger[person] = DayNo::NONE;
            self.statsborgerskap[person] = self.foedeland[person];
        }
    }
}

/// Countries most immigrants fled from.
pub(super) fn is_refugee_country(code: Landkode) -> bool {
    const COUNTRIES: [&[u8; 3]; 10] = [b"UKR", b"SYR", b"SOM", b"ERI", b"AFG", b"IRQ", b"SDN", b"COD", b"ETH", b"MMR"];
    COUNTRIES.contains(&&code.0)
}

/// Which households are immigrants', and of which country.
struct Immigrants {
    /// Country of each household, or [`NORWEGIAN`].
    country: Vec<u8>,
    key: StreamKey,
}

/// The stream of a household after its place in the order.
fn open(key: &StreamKey, household: usize) -> Stream {
    let mut stream = key.at(household as u64);
    stream.word();
    stream
}

impl Immigrants {
    /// Fills the countries' people by kind of household; what does not fit goes to those who live alone.
    fn place(roster: &Roster, given: Given<'_>) -> Self {
        let Given { size, profile, tables, streams, .. } = given;
        let key = streams.key(Domain::Husstand, "landbakgrunn");
        let per_mille = profile.immigrants.unwrap_or_else(|| interpolate(size, &BY_SIZE.0, &BY_SIZE.1));
        let total = u64::from(size) * per_mille / 1_000;
        let weights: Vec<u64> =
            tables.countries.iter().map(|country| country.persons * profile.weight(country.code)).collect();
        let mut left = split(total, &weights);
        let mut order: [Vec<(u64, u32)>; KINDS] = Default::default();
        let places: Vec<(usize, u64)> = (0..roster.household_count())
            .into_par_iter()
            .map(|household| {
                let alder = roster.alder(roster.members(household).start);
                let weight = BY_AGE.iter().rev().find(|row| alder >= row.0).map_or(1, |row| row.1);
                (kind_of(roster.slag[household]), key.at(household as u64).word() / weight)
            })
            .collect();
        for (household, (kind, place)) in places.into_iter().enumerate() {
            order[kind].push((place, u32::try_from(household).expect("a household")));
        }
        order.par_iter_mut().for_each(|kind| kind.sort_unstable());
        let mut immigrants = Self { country: vec![NORWEGIAN; roster.household_count()], key };
        let cells: Vec<Vec<u64>> =
            left.iter().zip(&tables.countries).map(|(&count, country)| split(count, &country.kinds)).collect();
        let choose = streams.key(Domain::Kommune, "landbakgrunn");
        // The larger kinds first: those who live alone fill every gap at the end.
        for kind in (0..KINDS).rev() {
            let mut open: Vec<u64> = cells.iter().zip(&left).map(|(cell, &left)| cell[kind].min(left)).collect();
            immigrants.fill(roster, given, &order[kind], &mut open, &mut left, &mut choose.at(kind as u64));
        }
        let mut open = left.clone();
        immigrants.fill(roster, given, &order[0], &mut open, &mut left, &mut choose.at(KINDS as u64));
        immigrants
    }

    fn fill(
        &mut self,
        roster: &Roster,
        given: Given<'_>,
        order: &[(u64, u32)],
        open_cells: &mut [u64],
        left: &mut [u64],
        choose: &mut Stream,
    ) {
        for &(_, household) in order {
            let household = household as usize;
            if self.country[household] != NORWEGIAN {
                continue;
            }
            let totals = running(open_cells.iter().copied());
            if totals.last().is_none_or(|&total| total == 0) {
                return;
            }
            let country = choose.weighted(&totals);
            let code = u8::try_from(country).expect("some countries");
            let people = members(roster, household, code, given.tables, &mut open(&self.key, household));
            let came = people.iter().filter(|person| person.ankomst.some().is_some()).count() as u64;
            if came > 0 && came <= left[country] && came <= open_cells[country] + 1 {
                self.country[household] = code;
                open_cells[country] = open_cells[country].saturating_sub(came);
                left[country] -= came;
            }
        }
    }
}

/// The people of a household of immigrants from `code`.
fn members(roster: &Roster, household: usize, code: u8, tables: &Tables, stream: &mut Stream) -> Vec<Origin> {
    let country = &tables.countries[usize::from(code)];
    let all = roster.members(household);
    let partner = all.clone().find(|&person| roster.rolle[person] == Rolle::Partner);
    let is_mixed = partner.is_some() && stream.uniform(1_000) < country.mixed.0;
    let woman_came = stream.uniform(100) < country.mixed.1;
    let stays_norwegian = |person: usize| {
        let is_woman = roster.kjoenn[person] == Kjoenn::Kvinne;
        let same_sex = partner.is_some_and(|partner| roster.kjoenn[partner] == roster.kjoenn[all.start]);
        is_mixed && if same_sex { Some(person) == partner } else { is_woman != woman_came }
    };
    let reference = arrival(roster, all.start, country, stream);
    let together = stream.uniform(1_000) < TOGETHER;
    let mut first = DayNo(i32::MAX);
    let mut any_citizen = is_mixed;
    let mut people = Vec::with_capacity(all.len());
    for person in all.clone() {
        let own = arrival(roster, person, country, stream);
        let chance = stream.uniform(1_000);
        let wait = YEARS_TO_CITIZENSHIP * 365 + i32::try_from(stream.uniform(2 * 365)).expect("days");
        let (born, rolle) = (roster.dato[person], roster.rolle[person]);
        if matches!(rolle, Rolle::Referanse | Rolle::Partner) && stays_norwegian(person) {
            people.push(Origin::norwegian(NORWEGIAN));
            continue;
        }
        let came = match rolle {
            Rolle::Referanse => reference,
            Rolle::Partner if together => DayNo(reference.0.max(born.0 + 1)),
            Rolle::Partner => {
                let later = DayNo((reference.0 + (own.0 - reference.0).rem_euclid(5 * 365)).max(born.0 + 1));
                DayNo(later.0.min(roster.today.0 - REGISTERED_WITHIN_DAYS).max(born.0))
            }
            // A child came with the first of the parents, unless it was born here.
            Rolle::Barn => first,
            Rolle::Annen => own,
        };
        if matches!(rolle, Rolle::Referanse | Rolle::Partner) {
            first = first.min(came);
        }
        let mut origin = Origin { background: code, ..Origin::norwegian(code) };
        if rolle == Rolle::Barn && born >= first {
            origin.norsk = any_citizen || chance < country.naturalised / 3;
        } else {
            let citizen = DayNo(came.0 + wait);
            origin.norsk = chance < country.naturalised * NATURALISED / 100 && citizen.0 < roster.today.0 - 30;
            origin.foedeland = country.code;
            origin.ankomst = came;
            origin.borger = if origin.norsk { citizen } else { DayNo::NONE };
        }
        any_citizen |= origin.norsk && rolle != Rolle::Annen;
        people.push(origin);
    }
    people
}

/// When somebody came: in the main years of the country, as an adult if that can be, never before birth.
fn arrival(roster: &Roster, person: usize, country: &Country, stream: &mut Stream) -> DayNo {
    let born = roster.dato[person];
    let latest = roster.today.0 - REGISTERED_WITHIN_DAYS;
    let from = day_number(country.years.0, 1, 1).0;
    let until = if stream.uniform(1_000) < OTHER_YEARS { latest } else { day_number(country.years.1, 12, 31).0 };
    let until = until.min(latest);
    let adult = plus_years(born, 18).0;
    let from = if adult < until { from.max(adult) } else { from.max(born.0 + 1) };
    if from >= until {
        // Too young to have come with the others: some years after birth.
        let span = u64::try_from((latest - born.0) / 2).unwrap_or(0).max(1);
        return DayNo((born.0 + 1 + i32::try_from(stream.uniform(span)).expect("days")).min(latest.max(born.0)));
    }
    DayNo(from + i32::try_from(stream.uniform(u64::try_from(until - from).expect("positive"))).expect("days"))
}

/// Countries whose immigrants are counted by country (§6); those of all others are one cell.
const COUNTED: usize = 22;

/// Residents born abroad by country, and the weight each country should have (§6).
pub(super) fn cells(base: &Base) -> (Vec<u64>, Vec<u64>) {
    let countries = &tables().countries;
    let mut here = vec![0; COUNTED + 1];
    let residents = (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt);
    for land in residents.map(|row| base.personer.foedeland[row]).filter(|land| *land != Landkode::NOR) {
        let place = countries.iter().position(|country| country.code == land).unwrap_or(COUNTED);
        here[place.min(COUNTED)] += 1;
    }
    let profile = tables().profiles.iter().find(|profile| profile.id == base.header.profile);
    let mut target = vec![0; COUNTED + 1];
    for (place, country) in countries.iter().enumerate() {
        target[place.min(COUNTED)] += country.persons * profile.map_or(1, |profile| profile.weight(country.code));
    }
    (here, target)
}

/// The year of a day.
pub(super) fn year(day: DayNo) -> i32 {
    civil(day).0
}
