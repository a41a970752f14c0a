//! The commit thread: one for all worlds. It submits what queued while the last flush ran, flushes once, publishes in
//! order and answers the callers. No timer (`specs/core.md` §5 has the measurements).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::world::Published;
use super::{HallError, Outgoing, World};
use crate::base::OriginKey;
use crate::journal::{Journal, LogItem, Ticket};
use crate::town::Town;

/// Something a caller waits for.
pub(super) struct Job {
    pub(super) world: World,
    /// Transactions on their way into the log; none for a caller whose command changed nothing, but whose answer may rest
    /// on transactions that are still on their way.
    pub(super) entry: Option<Entry>,
    pub(super) done: oneshot::Sender<Result<(), HallError>>,
}

/// Transactions that follow one another, at least one, and the town after the last.
pub(super) struct Entry {
    pub(super) items: Vec<LogItem>,
    /// Number of the last of them.
    pub(super) last: u64,
    pub(super) batch: OriginKey,
    /// Whether it is part of setting the world up.
    pub(super) is_setup: bool,
    pub(super) town: Arc<Town>,
}

/// A job whose items are in the journal, with what will be published once they are durable.
struct Submitted {
    job: Job,
    published: Option<Published>,
}

/// Starts the commit thread over `journal`. Worlds that have something to send are told to `outgoing`.
pub(super) fn start(journal: Arc<dyn Journal>, outgoing: Outgoing) -> Sender<Job> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("commit".into());
    // Without the thread no command can ever be answered, so there is nothing to go on with.
    thread.spawn(move || run(journal.as_ref(), &receiver, &outgoing)).expect("the machine can start one thread");
    sender
}

fn run(journal: &dyn Journal, receiver: &Receiver<Job>, outgoing: &Outgoing) {
    while let Ok(first) = receiver.recv() {
        let mut jobs = vec![first];
        jobs.extend(receiver.try_iter());
        let mut last: Option<Ticket> = None;
        let mut submitted = Vec::with_capacity(jobs.len());
        let mut ledgers = BTreeMap::new();
        let mut jobs = jobs.into_iter().peekable();
        while let Some(first) = jobs.next() {
            let world = first.world.id();
            let mut group = vec![first];
            while let Some(next) = jobs.next_if(|job| job.world.id() == world) {
                group.push(next);
            }
            match submit(journal, &mut group) {
                Ok((ticket, items)) => {
                    last = last.max(ticket);
                    let ledger = ledgers.entry(world).or_insert_with(|| group[0].world.ledger());
                    submitted.extend(booked(group, &items, ledger));
                }
                Err(reason) => group.into_iter().for_each(|job| fail(job, &reason)),
            }
        }
        let flushed = last.map_or(Ok(()), |ticket| journal.durable(ticket).map_err(|fault| fault.to_string()));
        for Submitted { job, published } in submitted {
            match &flushed {
                Ok(()) if !job.world.is_stopped() => {
                    if let Some((published, entry)) = published.zip(job.entry.as_ref()) {
                        job.world.publish(entry.is_setup, published);
                        outgoing.look_at(&job.world, &entry.town);
                    }
                    let _ = job.done.send(Ok(()));
                }
                Ok(()) => fail(job, "the world has stopped"),
                Err(reason) => fail(job, reason),
            }
        }
    }
}

/// Submits what several callers of one world wait for as one batch: the items, taken out of their jobs.
fn submit(journal: &dyn Journal, group: &mut [Job]) -> Result<(Option<Ticket>, Vec<LogItem>), String> {
    if group.iter().any(|job| job.world.is_stopped()) {
        return Err("the world has stopped".to_owned());
    }
    let Some(world) = group.first().map(|job| job.world.clone()) else { return Ok((None, Vec::new())) };
    let mut entries = group.iter_mut().filter_map(|job| job.entry.as_mut());
    let Some(first) = entries.next() else { return Ok((None, Vec::new())) };
    let (batch_id, mut batch) = (first.batch, std::mem::take(&mut first.items));
    entries.for_each(|entry| batch.append(&mut entry.items));
    let Some(expected) = batch.first().map(|item| item.seq - 1) else { return Ok((None, batch)) };
    let ticket = journal.submit(world.id(), world.epoch(), expected, batch_id, &batch);
    ticket.map(|ticket| (Some(ticket), batch)).map_err(|fault| fault.to_string())
}

/// Books `items`, those of `group`, one after the other: the jobs with the town and the ledger after their last.
fn booked(group: Vec<Job>, items: &[LogItem], ledger: &mut Ledger) -> Vec<Submitted> {
    let mut items = items.iter().peekable();
    let with_ledger = |job: Job| {
        let published = job.entry.as_ref().map(|entry| {
            while let Some(item) = items.next_if(|item| item.seq <= entry.last) {
                ledger.book(item);
            }
            Published { town: entry.town.clone(), ledger: ledger.clone() }
        });
        Submitted { job, published }
    };
    group.into_iter().map(with_ledger).collect()
}

/// Nothing that built on a failed item may be answered: the world stops.
fn fail(job: Job, reason: &str) {
    job.world.stop();
    let _ = job.done.send(Err(job.world.stopped(reason)));
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::super::tests_journal::{Batches, Slow};
    use super::super::{Blobs, HallError, MAIN, TownHall, WorldSpec};
    use crate::journal::JournalFault;
    use crate::population::Spec;
    use crate::town::decide::KontaktCommand;
    use crate::town::model::PersonKey;
    use crate::town::{Cause, Command};

    fn hall() -> (TownHall, Sender<Result<(), JournalFault>>) {
        let (hall, flush, _) = hall_with_batches();
        (hall, flush)
    }

    fn hall_with_batches() -> (TownHall, Sender<Result<(), JournalFault>>, Batches) {
        let (flush, flushes) = channel();
        let batches = Batches::default();
        let journal = Slow { flushes: Some(Mutex::new(flushes)), batches: batches.clone(), ..Slow::default() };
        let hall = TownHall::open(std::sync::Arc::new(journal), Blobs::default()).unwrap();
        let base = Spec { size: 1500, ..Spec::default() };
        hall.create(&WorldSpec { name: MAIN.into(), base }).unwrap();
        (hall, flush, batches)
    }

    #[tokio::test]
    async fn what_queued_while_a_flush_ran_is_one_batch() {
        let (hall, flush, batches) = hall_with_batches();
        let world = hall.world(MAIN).unwrap();
        let town = world.town();
        let open = town.people().filter(|person| {
            person.is_bosatt() && person.alder() >= 20 && person.kontakt().registrert && !person.kontakt().reservert
        });
        let people: Vec<PersonKey> = open.take(6).map(|person| person.key()).collect();
        let mut asked = Vec::new();
        for (count, person) in (1..).zip(people) {
            let world = world.clone();
            let (command, cause) = reserve(person);
            let mut answer = Box::pin(async move { world.command(command, cause).await });
            // Handed over, and waiting for a flush that does not end yet.
            let early = tokio::time::timeout(Duration::from_millis(1), &mut answer).await;
            assert!(early.is_err(), "answered before the flush");
            asked.push(answer);
            while count == 1 && batches.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        }
        for _ in 0..2 {
            flush.send(Ok(())).unwrap();
        }
        for answer in asked {
            assert_eq!(answer.await.unwrap().events.len(), 1);
        }
        assert_eq!(*batches.lock().unwrap(), [1, 5]);
        assert_eq!(hall.log(&world, 1, 99).unwrap().len(), 6);
    }

    /// Somebody who is not reserved.
    fn someone(hall: &TownHall) -> PersonKey {
        let town = hall.world(MAIN).unwrap().town();
        let open = town.people().find(|person| {
            person.is_bosatt() && person.alder() >= 20 && person.kontakt().registrert && !person.kontakt().reservert
        });
        open.unwrap().key()
    }

    fn reserve(person: PersonKey) -> (Command, Cause) {
        (Command::Kontakt(KontaktCommand::Reservasjon { person, reservert: true }), Cause::of("test", &[]))
    }

    #[tokio::test]
    async fn so_already_is_not_said_before_it_is_durable() {
        let (hall, flush) = hall();
        let (world, person) = (hall.world(MAIN).unwrap(), someone(&hall));
        let ask = || {
            let world = world.clone();
            tokio::spawn(async move {
                let (command, cause) = reserve(person);
                world.command(command, cause).await
            })
        };
        let (mut first, mut second) = (ask(), ask());
        for answer in [&mut first, &mut second] {
            let early = tokio::time::timeout(Duration::from_millis(50), answer).await;
            assert!(early.is_err(), "answered before the flush: {early:?}");
        }
        assert!(!world.town().person_by_key(person).unwrap().kontakt().reservert, "published before the flush");
        for _ in 0..2 {
            // The second may have come after the first was handed over to the flush.
            let _ = flush.send(Ok(()));
        }
        let mut changes = [first.await.unwrap().unwrap(), second.await.unwrap().unwrap()].map(|done| done.events.len());
        changes.sort_unstable();
        assert_eq!(changes, [0, 1]);
        assert!(world.town().person_by_key(person).unwrap().kontakt().reservert);
    }

    #[tokio::test]
    async fn a_failed_flush_stops_the_world_and_takes_every_answer_that_built_on_it() {
        let (hall, flush) = hall();
        let (world, person) = (hall.world(MAIN).unwrap(), someone(&hall));
        let (command, cause) = reserve(person);
        let both = tokio::join!(
            world.command(command.clone(), cause.clone()),
            world.command(command.clone(), cause.clone()),
            async { flush.send(Err(JournalFault::Store("the disk is full".into()))).unwrap() }
        );
        for answer in [both.0, both.1] {
            assert!(matches!(answer, Err(HallError::Stopped { .. })), "{answer:?}");
        }
        assert!(matches!(world.command(command, cause).await, Err(HallError::Stopped { .. })));
        assert!(!world.town().person_by_key(person).unwrap().kontakt().reservert);
    }
}
