//! What becomes of a world in which something was broken off in the middle.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::held;
use crate::clock::Span;
use crate::journal::MemoryJournal;
use crate::town::event::TidEvent;
use crate::town::model::tests_town::TestTown;
use crate::town::{Event, apply};
use crate::townhall::{Blobs, MAIN, TownHall};

#[tokio::test]
async fn what_a_panic_left_half_done_has_never_happened() {
    let journal = Arc::new(MemoryJournal::default());
    let hall = TownHall::open(journal.clone(), Blobs::default()).unwrap();
    let world = hall.create_on(TestTown::eksempel(), MAIN);
    world.set_rate(2_000).await.unwrap();
    let (before, rate) = (world.town().now(), world.town().tid.takt);
    let later = Span::parse("P1Y").unwrap().after(before);
    let broken = catch_unwind(AssertUnwindSafe(|| {
        held(&world.0.working).happens(|town| {
            apply(town, &Event::Tid(TidEvent::Naadd(later)));
            assert!(town.now() < later, "in the middle of it");
        });
    }));
    assert!(broken.is_err());
    let head = world.ledger().head();
    assert_eq!(world.set_rate(3_000).await.unwrap().seq, head.seq + 1);
    assert_eq!((world.town().now(), rate), (before, 2_000));
    assert_eq!(world.town().tid.takt, 3_000);
    let log = hall.log(&world, 1, usize::MAX).unwrap();
    assert_eq!(log.len() as u64, head.seq + 1, "nothing of it is in the log");
}
