//! Deals people to rooms: each to the nearest, as long as there is room, and none left nearly empty.

use rayon::prelude::*;

use crate::population::homes::Nearest;

/// Somewhere people are dealt to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// East and north.
    pub at: (i32, i32),
    /// Fewest and most it takes.
    pub least: usize,
    pub most: usize,
}

fn square(one: (i32, i32), other: (i32, i32)) -> i64 {
    let apart = |one: i32, other: i32| i64::from(one - other) * i64::from(one - other);
    apart(one.0, other.0) + apart(one.1, other.1)
}

/// The number of the room of each person at `at`. Where rooms hold fewer than there are people, the nearest takes the rest.
pub(super) fn deal(at: &[(i32, i32)], rooms: &[Room]) -> Vec<usize> {
    let nearest = Nearest::of(rooms.iter().map(|room| room.at));
    let mut dealt: Vec<usize> = at.par_iter().map(|&(oest, nord)| nearest.to(oest, nord).unwrap_or(0)).collect();
    let mut loads = vec![0; rooms.len()];
    dealt.iter().for_each(|&room| loads[room] += 1);
    relieve(at, rooms, &mut dealt, &mut loads);
    fill_up(at, rooms, &mut dealt, &mut loads);
    dealt
}

/// Who lives farthest from a room that is too full goes to the next nearest that is not.
fn relieve(at: &[(i32, i32)], rooms: &[Room], dealt: &mut [usize], loads: &mut [usize]) {
    for (number, room) in rooms.iter().enumerate() {
        if loads[number] <= room.most {
            continue;
        }
        let far = |person: &usize| (std::cmp::Reverse(square(at[*person], room.at)), *person);
        let mut here: Vec<usize> = (0..at.len()).filter(|&person| dealt[person] == number).collect();
        here.sort_unstable_by_key(far);
        for person in here.into_iter().take(loads[number] - room.most) {
            let free = (0..rooms.len()).filter(|&other| loads[other] < rooms[other].most);
            let Some(other) = free.min_by_key(|&other| (square(at[person], rooms[other].at), other)) else { return };
            loads[number] -= 1;
            loads[other] += 1;
            dealt[person] = other;
        }
    }
}

/// A room with too few gets the nearest from rooms that can spare them.
fn fill_up(at: &[(i32, i32)], rooms: &[Room], dealt: &mut [usize], loads: &mut [usize]) {
    for (number, room) in rooms.iter().enumerate() {
        if loads[number] >= room.least {
            continue;
        }
        let mut others: Vec<usize> = (0..at.len()).filter(|&person| dealt[person] != number).collect();
        others.sort_unstable_by_key(|&person| (square(at[person], room.at), person));
        for person in others {
            let from = dealt[person];
            if loads[number] >= room.least {
                break;
            }
            if loads[from] > rooms[from].least {
                loads[from] -= 1;
                loads[number] += 1;
                dealt[person] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(oest: i32, least: usize, most: usize) -> Room {
        Room { at: (oest, 0), least, most }
    }

    #[test]
    fn people_go_to_the_nearest_until_it_is_full_and_no_room_stays_empty() {
        let line: Vec<(i32, i32)> = (0..10).map(|metre| (metre, 0)).collect();
        assert_eq!(deal(&line, &[room(0, 0, 10), room(9, 0, 10)]), [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(deal(&line, &[room(0, 0, 3), room(9, 0, 10)]), [0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(deal(&line, &[room(0, 0, 10), room(100, 2, 10)]), [0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
        let full = deal(&line, &[room(0, 0, 2), room(9, 0, 3)]);
        assert_eq!(full.len(), 10, "nobody is left out even where there is no room");
    }
}
