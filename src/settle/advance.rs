//! Moving a clock and settling once per virtual instant.

use super::{LOOK, Settled, Settler, people_of};
use crate::clock::Instant;
use crate::observe::Mark;
use crate::town::state::DueClass;
use crate::townhall::{HallError, Slice, Turn};

/// How far a clock came, and what was known on the way.
#[derive(Clone, Debug)]
pub struct Advanced {
    /// The clock afterwards.
    pub now: Instant,
    /// Due items run.
    pub items: u64,
    /// Items still waiting.
    pub pending: usize,
    /// Whether it was called off before it came to its end.
    pub cancelled: bool,
    /// How often was settled.
    pub settles: u64,
    /// How often the wait was given up.
    pub unsettled: u64,
    /// The weakest of those that were not given up.
    pub mark: Option<Mark>,
}

/// Moves the clock of `turn` to `to`, running every due item in order. With `settler`, apps are waited for once per
/// virtual instant at which something happened that they can notice, and at the end.
///
/// Dropping the future is calling it off: what has been run stays, and nothing stops inside an item.
///
/// # Errors
/// As [`Turn::advance`].
pub async fn advance(turn: &Turn, to: Instant, settler: Option<&Settler<'_>>) -> Result<Advanced, HallError> {
    let mut went = Advanced { now: to, items: 0, pending: 0, cancelled: false, settles: 0, unsettled: 0, mark: None };
    match settler.filter(|settler| !settler.apps.is_empty()) {
        None => {
            let done = turn.advance(to).await?;
            (went.items, went.cancelled) = (done.items, done.cancelled);
        }
        Some(settler) => by_instants(turn, to, settler, &mut went).await?,
    }
    let standing = turn.standing(went.items, went.cancelled);
    (went.now, went.pending) = (standing.now, standing.pending);
    Ok(went)
}

async fn by_instants(turn: &Turn, to: Instant, settler: &Settler<'_>, went: &mut Advanced) -> Result<(), HallError> {
    turn.check(to)?;
    let world = turn.world();
    let began = world.town().now();
    while let Some(key) = world.next_due(to) {
        settler.note_late();
        let noticed = run_instant(turn, key.at, settler, went).await?;
        if turn.is_cancelled() || noticed && !settle(turn, settler, went).await {
            went.cancelled = true;
            return Ok(());
        }
    }
    if turn.is_cancelled() {
        went.cancelled = true;
        return Ok(());
    }
    let stood = world.town().now();
    turn.reach(to).await?;
    // At an instant with an item has been settled already.
    let moved = world.town().now() > stood || to == began && went.items == 0;
    if moved && !settle(turn, settler, went).await {
        went.cancelled = true;
    }
    Ok(())
}

/// Runs everything due at one instant. Whether an app can notice any of it.
async fn run_instant(turn: &Turn, at: Instant, settler: &Settler<'_>, went: &mut Advanced) -> Result<bool, HallError> {
    let mut noticed = false;
    loop {
        let slice = turn.slice(at).await?;
        went.items += slice.items.len() as u64;
        noticed |= can_notice(settler, &slice);
        if slice.done || turn.is_cancelled() {
            return Ok(noticed);
        }
    }
}

/// Whether an app can notice what `slice` did: it was set in motion by somebody, or is about one it has asked about
/// (`DESIGN` §6).
pub(super) fn can_notice(settler: &Settler<'_>, slice: &Slice) -> bool {
    let incarnation = settler.world.incarnation();
    let people = people_of(&settler.world.town(), &slice.events);
    let noticed = slice.items.iter().any(|key| key.class == DueClass::Scripted)
        || settler.observe.settle.is_watched(incarnation, &people);
    settler.observe.settle.touched(incarnation, people);
    noticed
}

/// Settles unless it is called off meanwhile.
async fn settle(turn: &Turn, settler: &Settler<'_>, went: &mut Advanced) -> bool {
    let called_off = async {
        while !turn.is_cancelled() {
            tokio::time::sleep(LOOK).await;
        }
    };
    let number = settler.world.town().feed_len();
    let settled: Settled = tokio::select! {
        settled = settler.settle(number) => settled,
        () = called_off => return false,
    };
    went.settles += 1;
    match settled.mark {
        Some(mark) => went.mark = went.mark.max(Some(mark)),
        None => went.unsettled += 1,
    }
    true
}
