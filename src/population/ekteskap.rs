//! How many of the couples of each combination of ages are married (`specs/population.md` §3.2).
//!
//! The shares of married are given for women by their age and for men by theirs. Couples are counted by both ages, and
//! the number of married in each cell is fitted to both margins in turns; then only who of a cell is married is drawn.

use super::apportion::{split, split_capped};
use super::roster::{Rolle, Roster};
use super::tables::Tables;
use crate::base::{Kjoenn, StreamKey};

/// Couples with children at home go first among those of their ages who are married: 65 of 100 are (§3.1).
const CHILDREN_FIRST: u64 = 250;
/// Rounds of fitting to both margins.
const ROUNDS: usize = 12;

/// Couples of the same combination of ages.
pub(super) struct Couples {
    /// Rank, reference person and partner; the married are those of the lowest ranks.
    pub couples: Vec<(u64, usize, usize)>,
    /// How many are married.
    pub married: usize,
}

/// All couples at home with how many of them are married.
pub(super) fn candidates(roster: &Roster, tables: &Tables, key: StreamKey) -> Vec<Couples> {
    let groups = tables.unions.len();
    let group_of = |person: usize| {
        let alder = u32::try_from(roster.alder(person)).unwrap_or(0);
        tables.unions.iter().position(|row| (row.from..=row.to).contains(&alder))
    };
    // Couples of a woman and a man by her group and his, then those of two women, of two men by the elder's group.
    let mut mixed: Vec<Vec<(u64, usize, usize)>> = vec![Vec::new(); groups * groups];
    let mut same: Vec<Vec<(u64, usize, usize)>> = vec![Vec::new(); 2 * groups];
    for one in 0..roster.residents {
        let Some(other) = roster.partner[one].some().filter(|_| roster.rolle[one] == Rolle::Referanse) else {
            continue;
        };
        let other = other.index();
        let (Some(mine), Some(theirs)) = (group_of(one), group_of(other)) else { continue };
        let bonus = if roster.children(roster.husstand[one].index()).is_empty() { 0 } else { CHILDREN_FIRST };
        let couple = (key.at(one as u64).uniform(1_000) + CHILDREN_FIRST - bonus, one, other);
        match (roster.kjoenn[one], roster.kjoenn[other]) {
            (Kjoenn::Kvinne, Kjoenn::Mann) => mixed[mine * groups + theirs].push(couple),
            (Kjoenn::Mann, Kjoenn::Kvinne) => mixed[theirs * groups + mine].push(couple),
            (kjoenn, _) => same[kjoenn as usize * groups + mine.max(theirs)].push(couple),
        }
    }
    let share = |kjoenn: Kjoenn, group: usize, couples: u64| {
        let row = &tables.unions[group].value;
        split(couples, &[row.married[kjoenn as usize], row.cohabiting[kjoenn as usize]])[0]
    };
    let counts: Vec<Vec<u64>> =
        mixed.chunks(groups).map(|row| row.iter().map(|couples| couples.len() as u64).collect()).collect();
    let women: Vec<u64> = (0..groups).map(|at| share(Kjoenn::Kvinne, at, counts[at].iter().sum())).collect();
    let men: Vec<u64> = (0..groups).map(|at| share(Kjoenn::Mann, at, counts.iter().map(|row| row[at]).sum())).collect();
    let married = fit(&counts, &women, &men);
    let of_same = (0..2 * groups).map(|at| {
        let kjoenn = if at < groups { Kjoenn::Kvinne } else { Kjoenn::Mann };
        share(kjoenn, at % groups, same[at].len() as u64)
    });
    let married: Vec<u64> = married.into_iter().flatten().chain(of_same).collect();
    let count = |married: u64| usize::try_from(married).expect("couples");
    mixed
        .into_iter()
        .chain(same)
        .zip(married)
        .map(|(couples, married)| Couples { couples, married: count(married) })
        .collect()
}

/// Whole numbers between 0 and `counts` whose rows sum to `rows` and whose columns sum about to `columns`; where the two
/// ask for different totals, for the number in the middle.
fn fit(counts: &[Vec<u64>], rows: &[u64], columns: &[u64]) -> Vec<Vec<u64>> {
    let total = u64::midpoint(rows.iter().sum(), columns.iter().sum());
    let row_caps: Vec<u64> = counts.iter().map(|row| row.iter().sum()).collect();
    let column = |cells: &[Vec<u64>], at: usize| -> Vec<u64> { cells.iter().map(|row| row[at]).collect() };
    let column_caps: Vec<u64> = (0..columns.len()).map(|at| column(counts, at).iter().sum()).collect();
    let rows = split_capped(total, rows, &row_caps);
    let columns = split_capped(total, columns, &column_caps);
    let mut cells = counts.to_vec();
    for _ in 0..ROUNDS {
        for at in 0..columns.len() {
            let fitted = split_capped(columns[at], &column(&cells, at), &column(counts, at));
            cells.iter_mut().zip(fitted).for_each(|(row, cell)| row[at] = cell);
        }
        for at in 0..rows.len() {
            cells[at] = split_capped(rows[at], &cells[at], &counts[at]);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn married_couples_are_fitted_to_the_shares_of_both_sexes() {
        let counts = vec![vec![40, 20, 0], vec![10, 60, 20], vec![0, 10, 90]];
        let (rows, columns) = ([15, 50, 80], [10, 47, 88]);
        let cells = fit(&counts, &rows, &columns);
        for (at, row) in cells.iter().enumerate() {
            assert_eq!(row.iter().sum::<u64>(), rows[at], "{cells:?}");
            assert!(row.iter().zip(&counts[at]).all(|(cell, count)| cell <= count), "{cells:?}");
        }
        for (at, wanted) in columns.iter().enumerate() {
            let sum: u64 = cells.iter().map(|row| row[at]).sum();
            assert!(sum.abs_diff(*wanted) <= 2, "{cells:?}");
        }
    }
}
