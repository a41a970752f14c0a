//! Which log items a request wrote: noted beside the log, because a request is protocol state and no fact.

use std::future::Future;
use std::sync::{Mutex, PoisonError};

tokio::task_local! {
    static TRAIL: Mutex<Vec<u64>>;
}

/// Runs `work`; gives what it gives, and the sequence numbers of the log items that commands in it wrote.
pub async fn traced<T>(work: impl Future<Output = T>) -> (T, Vec<u64>) {
    TRAIL
        .scope(Mutex::default(), async {
            let out = work.await;
            let wrote = TRAIL.with(|trail| std::mem::take(&mut *trail.lock().unwrap_or_else(PoisonError::into_inner)));
            (out, wrote)
        })
        .await
}

/// Notes an item, when somebody wants to know.
pub(super) fn note(seq: u64) {
    let _ = TRAIL.try_with(|trail| trail.lock().unwrap_or_else(PoisonError::into_inner).push(seq));
}
