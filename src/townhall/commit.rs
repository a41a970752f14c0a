//! The commit thread: one for all worlds. It submits what queued while the last flush ran, flushes once, publishes in
//! order and answers the callers. No timer (`specs/core.md` §5 has the measurements).

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::ledger::Ledger;
use super::world::Published;
use super::{HallError, World};
use crate::base::OriginKey;
use crate::journal::{Journal, LogItem, Ticket};
use crate::town::Town;

/// One transaction on its way into the log.
pub(super) struct Job {
    pub(super) world: World,
    pub(super) item: LogItem,
    pub(super) batch: OriginKey,
    pub(super) town: Arc<Town>,
    pub(super) ledger: Ledger,
    pub(super) done: oneshot::Sender<Result<(), HallError>>,
}

/// Starts the commit thread over `journal`.
pub(super) fn start(journal: Arc<dyn Journal>) -> Sender<Job> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("commit".into());
    // Without the thread no command can ever be answered, so there is nothing to go on with.
    thread.spawn(move || run(journal.as_ref(), &receiver)).expect("the machine can start one thread");
    sender
}

fn run(journal: &dyn Journal, receiver: &Receiver<Job>) {
    while let Ok(first) = receiver.recv() {
        let mut jobs = vec![first];
        jobs.extend(receiver.try_iter());
        let mut last: Option<Ticket> = None;
        let mut submitted = Vec::with_capacity(jobs.len());
        for job in jobs {
            match submit(journal, &job) {
                Ok(ticket) => {
                    last = Some(last.map_or(ticket, |before| before.max(ticket)));
                    submitted.push(job);
                }
                Err(reason) => fail(job, reason),
            }
        }
        let flushed = last.map_or(Ok(()), |ticket| journal.durable(ticket).map_err(|fault| fault.to_string()));
        for job in submitted {
            match &flushed {
                Ok(()) if !job.world.is_stopped() => {
                    job.world.publish(Published { town: job.town, ledger: job.ledger });
                    let _ = job.done.send(Ok(()));
                }
                Ok(()) => fail(job, "the world has stopped".to_owned()),
                Err(reason) => fail(job, reason.clone()),
            }
        }
    }
}

fn submit(journal: &dyn Journal, job: &Job) -> Result<Ticket, String> {
    if job.world.is_stopped() {
        return Err("the world has stopped".to_owned());
    }
    let expected = job.item.seq - 1;
    journal
        .submit(job.world.id(), job.world.epoch(), expected, job.batch, std::slice::from_ref(&job.item))
        .map_err(|fault| fault.to_string())
}

/// Nothing that built on a failed item may be answered: the world stops.
fn fail(job: Job, reason: String) {
    job.world.stop();
    let _ = job.done.send(Err(HallError::Stopped { world: job.world.name().to_owned(), reason }));
}
