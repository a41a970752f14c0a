//! The ground a town stands on: squares of 400 metres along a curve that fills the plane, so that what is near in a list is
//! near on the map. Where places lie is made up: open sea west of the coast, inside EUREF89 UTM zone 33.

/// Side of a square, metres.
pub(super) const SIDE: i32 = 400;
/// West edge of every town, metres east.
const WEST: i32 = 390_000;
/// South edge of the southernmost town, metres north, and how far the next begins.
const SOUTH: i32 = 7_560_000;
const APART: i32 = 25_000;
/// How far the parts of a country lie from each other, and how many side by side.
const PART_APART: i32 = 26_000;
const PARTS_ABREAST: u32 = 7;

/// The squares of a town.
#[derive(Clone, Copy)]
pub(super) struct Ground {
    /// Squares on a side of the whole plane, a power of two.
    side: u32,
    west: i32,
    south: i32,
}

impl Ground {
    /// Ground with room for `squares` in the municipality with number `kommune`, of a country its part number `part`.
    pub fn new(squares: usize, kommune: u16, part: u32) -> Self {
        let mut side = 1u32;
        while (side as usize).pow(2) < squares {
            side *= 2;
        }
        let step = |parts: u32| i32::try_from(parts).expect("few parts") * PART_APART;
        let south = SOUTH + i32::from(kommune % 10) * APART + step(part / PARTS_ABREAST);
        Self { side, west: WEST + step(part % PARTS_ABREAST), south }
    }

    /// South-west corner of square `number` along the curve, metres east and north.
    pub fn corner(self, number: usize) -> (i32, i32) {
        let (mut x, mut y, mut rest) = (0u32, 0u32, u32::try_from(number).expect("a square"));
        let mut step = 1;
        while step < self.side {
            let right = 1 & (rest / 2);
            let up = 1 & (rest ^ right);
            if up == 0 {
                if right == 1 {
                    (x, y) = (step - 1 - x, step - 1 - y);
                }
                (x, y) = (y, x);
            }
            x += step * right;
            y += step * up;
            rest /= 4;
            step *= 2;
        }
        let metres = |squares: u32| i32::try_from(squares).expect("few squares") * SIDE;
        (self.west + metres(x), self.south + metres(y))
    }
}

/// Places of some kind, to find the nearest.
pub(in crate::population) struct Nearest {
    /// East, north and number, sorted.
    places: Vec<(i32, i32, usize)>,
}

impl Nearest {
    /// Of `places`, each east and north.
    pub fn of(places: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut places: Vec<(i32, i32, usize)> =
            places.enumerate().map(|(number, (oest, nord))| (oest, nord, number)).collect();
        places.sort_unstable();
        Self { places }
    }

    /// The number of the place nearest to a point; of two equally near the first.
    pub fn to(&self, oest: i32, nord: i32) -> Option<usize> {
        let square = |metres: i32| i64::from(metres) * i64::from(metres);
        let middle = self.places.partition_point(|place| place.0 < oest);
        let mut best: Option<(i64, usize)> = None;
        let is_too_far = |best: Option<(i64, usize)>, east: i32| best.is_some_and(|best| square(east - oest) > best.0);
        let look = |best: &mut Option<(i64, usize)>, place: &(i32, i32, usize)| {
            let found = (square(place.0 - oest) + square(place.1 - nord), place.2);
            *best = Some(best.map_or(found, |known| known.min(found)));
        };
        for place in &self.places[middle..] {
            if is_too_far(best, place.0) {
                break;
            }
            look(&mut best, place);
        }
        for place in self.places[..middle].iter().rev() {
            if is_too_far(best, place.0) {
                break;
            }
            look(&mut best, place);
        }
        best.map(|best| best.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_each_used_once_and_neighbours_touch() {
        let ground = Ground::new(1_000, 9_902, 0);
        let mut corners: Vec<(i32, i32)> = (0..1_000).map(|number| ground.corner(number)).collect();
        for pair in corners.windows(2) {
            let (east, north) = (pair[0].0.abs_diff(pair[1].0), pair[0].1.abs_diff(pair[1].1));
            assert_eq!(east + north, SIDE.unsigned_abs(), "{pair:?}");
        }
        corners.sort_unstable();
        corners.dedup();
        assert_eq!(corners.len(), 1_000);
    }

    #[test]
    fn the_nearest_place_is_the_nearest() {
        let places: Vec<(i32, i32)> = (0..40).map(|n| (n * 7_919 % 1_000, n * 104_729 % 1_000)).collect();
        let nearest = Nearest::of(places.iter().copied());
        for n in 0..500i32 {
            let (oest, nord) = (n * 31 % 1_100, n * 57 % 1_100);
            let far = |place: &(i32, i32)| (place.0 - oest).pow(2) + (place.1 - nord).pow(2);
            let wanted = (0..40).min_by_key(|&number| far(&places[number]));
            assert_eq!(nearest.to(oest, nord), wanted);
        }
        assert_eq!(Nearest::of(std::iter::empty()).to(1, 1), None);
    }
}
