//! A body that comes slowly, breaks off, or fails at once.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::time::Sleep;

/// Pieces a slow body comes in.
const PIECES: u32 = 10;
/// What is written stays in a buffer until the body is waited for: so long, before it breaks off.
const FLUSH: Duration = Duration::from_millis(20);

/// What comes next.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing for a while.
    Wait(Duration),
    /// Some bytes.
    Give(Bytes),
    /// The connection breaks off.
    Fail,
}

/// A body made of steps.
#[derive(Debug)]
pub(super) struct Pieces {
    steps: VecDeque<Step>,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Bytes the head of the answer promises and that have not come yet.
    left: u64,
}

/// The body broke off on purpose.
#[derive(Debug, thiserror::Error)]
#[error("broken off by a fault")]
pub(super) struct BrokenOff;

impl Pieces {
    /// `steps`, with `promised` bytes in the head.
    pub(super) fn of(steps: Vec<Step>, promised: u64) -> Self {
        Self { steps: steps.into(), waiting: None, left: promised }
    }

    /// `bytes` over `span`.
    pub(super) fn slow(bytes: Bytes, span: Duration) -> Self {
        let promised = bytes.len() as u64;
        let size = bytes.len().div_ceil(PIECES as usize).max(1);
        let mut steps = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let piece = rest.split_to(size.min(rest.len()));
            steps.extend([Step::Wait(span / PIECES), Step::Give(piece)]);
        }
        Self::of(steps, promised)
    }

    /// The first `percent` per cent of `bytes`, then nothing more.
    pub(super) fn cut(bytes: Bytes, percent: u8) -> Self {
        let promised = bytes.len() as u64;
        let kept = bytes.slice(..bytes.len() * usize::from(percent) / 100);
        let give = (!kept.is_empty()).then_some(Step::Give(kept));
        Self::of(give.into_iter().chain([Step::Wait(FLUSH), Step::Fail]).collect(), promised)
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(context));
                self.waiting = None;
            }
            match self.steps.pop_front() {
                Some(Step::Wait(span)) => self.waiting = Some(Box::pin(tokio::time::sleep(span))),
                Some(Step::Give(bytes)) => {
                    self.left = self.left.saturating_sub(bytes.len() as u64);
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Some(Step::Fail) => return Poll::Ready(Some(Err(BrokenOff))),
                None => return Poll::Ready(None),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.waiting.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
