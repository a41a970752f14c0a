//! The calendar of the tax year: drafts in March, settlement between March and December of the year after, a few later
//! (`specs/folkeregister.md` §21, last paragraph).

use jiff::civil::date;

use crate::base::{Domain, Purpose, Stream, StreamKey};
use crate::town::model::{Base, DayNo, PersonId, Skatteoppgjoer};

/// Settlements of a year come in waves: how many of a thousand, and days after 1 January of the year after.
const WAVES: [(u64, i32, i32); 5] = [(280, 74, 119), (540, 120, 180), (130, 181, 272), (43, 273, 344), (7, 372, 480)];

/// The days on which a person's draft and settlement of one year come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Skattekalender {
    /// The draft.
    pub utkast: DayNo,
    /// The settlement.
    pub oppgjoer: DayNo,
}

impl Skattekalender {
    /// How far the assessment is on `dag`.
    #[must_use]
    pub fn paa(self, dag: DayNo) -> Skatteoppgjoer {
        match () {
            () if dag >= self.oppgjoer => Skatteoppgjoer::Fastsatt,
            () if dag >= self.utkast => Skatteoppgjoer::Utkast,
            () => Skatteoppgjoer::IngenData,
        }
    }
}

/// The key of the draws of `aar`; one stream of it per person.
#[must_use]
pub fn skattenoekkel(base: &Base) -> StreamKey {
    StreamKey::new(base.header.seed, base.header.schema, Domain::Person, Purpose("skatteoppgjoer"))
}

/// What the draws say for a person, before the rows of the base are looked at.
#[must_use]
pub fn trukket(noekkel: &StreamKey, person: PersonId, aar: i16) -> Skattekalender {
    let year = u64::from(aar.unsigned_abs());
    kalender(noekkel.at((year << 32) | u64::from(person.0)), aar)
}

/// What the draws of `stream` say for `aar`.
#[must_use]
pub fn kalender(mut stream: Stream, aar: i16) -> Skattekalender {
    let new_year = DayNo::of(date(aar + 1, 1, 1)).0;
    let mut wave = stream.uniform(1_000);
    let (mut from, mut to) = (0, 0);
    for (share, first, last) in WAVES {
        (from, to) = (first, last);
        if wave < share {
            break;
        }
        wave -= share;
    }
    let within = |stream: &mut Stream, days: i32| {
        i32::try_from(stream.uniform(u64::from(days.unsigned_abs()))).expect("days of a year")
    };
    // Drafts from 10 March on; a settlement in March comes days after the draft.
    let utkast = new_year + 68 + within(&mut stream, 6).min(from - 69);
    let oppgjoer = new_year + from + within(&mut stream, to - from + 1);
    Skattekalender { utkast: DayNo(utkast), oppgjoer: DayNo(oppgjoer) }
}

/// The days of a base person's draft and settlement for `aar`. Where the base holds only a draft of somebody whose draw
/// lies before the town's first day, the settlement comes in the half year after it; where it holds a settlement that
/// the draw puts later, it came with the first.
#[must_use]
pub fn skattekalender(base: &Base, person: PersonId, aar: i16) -> Skattekalender {
    let drawn = trukket(&skattenoekkel(base), person, aar);
    let today = DayNo::of(base.header.start.dato());
    let row = base.inntekter_of(person).iter().find(|row| i32::from(row.aar) == i32::from(aar));
    match row.map(|row| row.oppgjoer) {
        Some(Skatteoppgjoer::Utkast) if drawn.oppgjoer <= today => {
            Skattekalender { oppgjoer: DayNo(today.0 + 30 + (today.0 - drawn.oppgjoer.0) % 150), ..drawn }
        }
        Some(Skatteoppgjoer::Fastsatt) if drawn.oppgjoer > today => {
            let (_, first, last) = WAVES[0];
            let new_year = DayNo::of(date(aar + 1, 1, 1)).0;
            let oppgjoer = DayNo((new_year + first + drawn.oppgjoer.0 % (last - first)).min(today.0));
            Skattekalender { utkast: drawn.utkast.min(DayNo(oppgjoer.0 - 1)), oppgjoer }
        }
        _ => drawn,
    }
}
