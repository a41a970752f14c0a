//! When units were founded and registered, their capital, and the registers they stand in (`specs/population.md` §11.2).

use super::folk::Folk;
use crate::base::{Domain, Stream};
use crate::population::calendar::day_number;
use crate::population::streams::Streams;
use crate::town::model::{DayNo, Organisasjonsform, PersonId, Virksomhet, VirksomhetFlags};

/// Age in days below which each hundredth of an exponential distribution with a mean of nine years lies.
const AGES: [i32; 101] = [
    0, 33, 66, 100, 134, 169, 203, 239, 274, 310, 346, 383, 420, 458, 496, 534, 573, 612, 652, 693, 733, 775, 817, 859,
    902, 946, 990, 1034, 1080, 1126, 1172, 1220, 1268, 1316, 1366, 1416, 1467, 1519, 1571, 1625, 1679, 1734, 1791,
    1848, 1906, 1965, 2025, 2087, 2149, 2213, 2278, 2345, 2413, 2482, 2552, 2625, 2699, 2774, 2851, 2931, 3012, 3095,
    3180, 3268, 3358, 3451, 3546, 3644, 3745, 3850, 3957, 4069, 4184, 4304, 4428, 4557, 4691, 4831, 4977, 5130, 5290,
    5459, 5637, 5824, 6024, 6236, 6463, 6706, 6969, 7255, 7569, 7915, 8302, 8741, 9248, 9847, 10_580, 11_526, 12_859,
    15_137, 17_416,
];
/// Units that were there when the register began, in a million.
const FIRST_DAY: u32 = 120_000;

/// The day the central register began.
pub(super) fn register_began() -> DayNo {
    day_number(1995, 2, 19)
}

/// Founded and registered.
fn draw(today: DayNo, stream: &mut Stream) -> (DayNo, DayNo) {
    let began = register_began();
    let is_old = stream.chance_ppm(FIRST_DAY);
    let step = stream.index(AGES.len() - 1);
    let age = AGES[step] + i32::try_from(stream.uniform(400)).expect("small") * (AGES[step + 1] - AGES[step]) / 400;
    let lead = i32::try_from(stream.uniform(60)).expect("small");
    let before = i32::try_from(stream.uniform(11_000)).expect("small");
    let registered = DayNo(today.0 - 1 - age);
    if is_old || registered <= began {
        (DayNo(began.0 - 30 - before), began)
    } else {
        (DayNo(registered.0 - lead), registered)
    }
}

/// Sets the dates of all units. Proprietors are alive and of age when they begin; a sub-unit is not older than its main unit.
pub(super) fn set(rows: &mut [Virksomhet], owners: &[PersonId], folk: &Folk<'_>, streams: Streams) {
    let key = streams.key(Domain::Virksomhet, "dato");
    for (place, row) in rows.iter_mut().enumerate() {
        let (mut founded, mut registered) = draw(folk.today, &mut key.at(place as u64));
        if let Some(owner) = owners[place].some() {
            let able = folk.able(owner);
            if !able.contains(&founded) {
                let room = u64::try_from(able.end().0 - able.start().0).expect("in order") + 1;
                let later = key.at(place as u64).uniform(room);
                founded = DayNo(able.start().0 + i32::try_from(later).expect("a life"));
                registered = founded.max(register_began());
            }
        }
        (row.stiftet, row.registrert) = (founded, registered);
    }
    for place in 0..rows.len() {
        if let Some(parent) = rows[place].overordnet.some() {
            let above = rows[parent.index()];
            let row = &mut rows[place];
            row.stiftet = row.stiftet.max(above.stiftet);
            row.registrert = row.registrert.max(above.registrert).max(row.stiftet);
        }
    }
}

/// Share capital: exactly the least for 70 %.
fn capital(stream: &mut Stream) -> u32 {
    const MORE: [u32; 10] = [31_000, 50_000, 50_000, 60_000, 100_000, 100_000, 200_000, 300_000, 500_000, 1_000_000];
    if stream.uniform(100) < 70 { 30_000 } else { MORE[stream.index(MORE.len())] }
}

/// Share in per cent of VAT registration, the register of enterprises and Peppol receivers.
fn shares(row: &Virksomhet) -> [u64; 3] {
    use Organisasjonsform as F;
    match row.form {
        F::As => [70, 100, if row.ansatte > 0 { 75 } else { 40 }],
        F::Enk => [35, 25, 10],
        F::Nuf => [60, 100, 20],
        F::Ans | F::Da | F::Sa => [70, 100, 30],
        F::Brl => [5, 100, 20],
        F::Komm | F::Fylk | F::Stat | F::Kf | F::Iks => [100, u64::from(matches!(row.form, F::Kf | F::Iks)) * 100, 100],
        F::Esek => [2, 30, 10],
        F::Fli => [6, 3, 8],
        F::Sti => [15, 20, 20],
        _ => [0, 0, 0],
    }
}

/// Sets capital and registers. Sub-units have none of them; deleted ones stand in no register any more.
pub(super) fn registers(rows: &mut [Virksomhet], streams: Streams) {
    use VirksomhetFlags as Flags;
    let key = streams.key(Domain::Virksomhet, "registre");
    for (place, row) in rows.iter_mut().enumerate() {
        if matches!(row.form, Organisasjonsform::Bedr | Organisasjonsform::Aafy) {
            continue;
        }
        let mut stream = key.at(place as u64);
        let bits = [Flags::MVA, Flags::FORETAKSREGISTERET, Flags::PEPPOL];
        for (bit, share) in bits.into_iter().zip(shares(row)) {
            if stream.uniform(100) < share && row.slettet == DayNo::NONE {
                row.registre.0 |= bit;
            }
        }
        match row.form {
            Organisasjonsform::As => row.kapital = capital(&mut stream),
            Organisasjonsform::Sti => row.registre.0 |= Flags::STIFTELSESREGISTERET,
            // 12 of 26 per thousand residents are in the voluntary register, most of them in the grass-roots share.
            Organisasjonsform::Fli if stream.uniform(26) < 12 => {
                row.registre.0 |= Flags::FRIVILLIGHETSREGISTERET;
                if stream.uniform(100) < 70 {
                    row.registre.0 |= Flags::GRASROTANDEL;
                }
            }
            _ => {}
        }
    }
}
