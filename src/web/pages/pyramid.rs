//! The population pyramid as a drawing of our own. The same numbers stand in a table beside it.

use super::numbers::{GROUPS, Numbers, group_name};

/// Size of the drawing in its own units, chosen so that text is readable when it is 320 pixels wide.
const WIDTH: usize = 340;
/// Height of a bar with the gap below it.
const ROW: usize = 15;
/// Height of a bar.
const BAR: usize = 12;
/// Space above for the two headings.
const TOP: usize = 22;
/// Half the width of the column of age groups in the middle.
const MIDDLE: usize = 25;
/// Longest bar.
const LONGEST: usize = WIDTH / 2 - MIDDLE - 1;

/// One row of the drawing: the oldest on top.
pub(super) struct Row {
    pub(super) name: String,
    /// Upper edge of the bars.
    pub(super) y: usize,
    /// Base line of the text.
    pub(super) text_y: usize,
    pub(super) women: usize,
    pub(super) men: usize,
    pub(super) women_width: usize,
    pub(super) men_width: usize,
    /// Left edge of the men's bar, which grows to the left.
    pub(super) men_x: usize,
}

/// The drawing.
pub(super) struct Pyramid {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) middle: usize,
    /// Left edge of the women's bars.
    pub(super) women_x: usize,
    pub(super) bar: usize,
    pub(super) rows: Vec<Row>,
}

impl Pyramid {
    /// The drawing of `numbers`: men to the left, women to the right, as statistical offices draw it.
    pub(super) fn of(numbers: &Numbers) -> Self {
        let longest = numbers.longest().max(1);
        // Rounded up, so that a single person is still seen.
        let width = |count: usize| (count * LONGEST).div_ceil(longest);
        let rows = (0..GROUPS).rev().enumerate().map(|(place, group)| {
            let [women, men] = numbers.alder[group];
            let y = TOP + place * ROW;
            Row {
                name: group_name(group),
                y,
                text_y: y + BAR - 2,
                women,
                men,
                women_width: width(women),
                men_width: width(men),
                men_x: WIDTH / 2 - MIDDLE - width(men),
            }
        });
        Self {
            rows: rows.collect(),
            width: WIDTH,
            height: TOP + GROUPS * ROW,
            middle: WIDTH / 2,
            women_x: WIDTH / 2 + MIDDLE,
            bar: BAR,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stay_inside_the_drawing_and_nobody_disappears() {
        let mut numbers = Numbers::default();
        numbers.alder[0] = [7000, 6999];
        numbers.alder[20] = [1, 0];
        let pyramid = Pyramid::of(&numbers);
        let (oldest, youngest) = (&pyramid.rows[0], &pyramid.rows[20]);
        assert_eq!((oldest.women_width, oldest.men_width), (1, 0));
        assert_eq!(youngest.women_width, LONGEST);
        assert!(youngest.men_x >= 1 && pyramid.women_x + youngest.women_width < WIDTH);
        assert!(youngest.y + BAR <= pyramid.height);
    }
}
