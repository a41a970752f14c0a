//! Virtual time: instants, the civil calendar of Norway, working days and spans.
//!
//! Nothing here asks any machine what time it is. Instants are UTC inside; the civil zone is Europe/Oslo from the
//! time-zone table in the binary, so that results are equal on all machines.

mod dag;
mod instant;
mod offset;
mod span;
mod virkedag;

pub use dag::{civil, date_of, day_number, day_of};
pub use instant::{Instant, oslo};
pub use offset::oslo_offset;
pub use span::{Span, SpanFault};
pub use virkedag::{helligdager, is_virkedag, next_virkedag, virkedager_between};

/// A civil date in Norway.
pub type Dato = jiff::civil::Date;

/// Full years from `from` to `to`: an age. Who is born on 29 February is a year older on 1 March of a common year.
#[must_use]
pub fn full_years(from: Dato, to: Dato) -> i32 {
    let before = (to.month(), to.day()) < (from.month(), from.day());
    i32::from(to.year()) - i32::from(from.year()) - i32::from(before)
}

/// The default first instant of a town: Monday 4 January 2027 08:00 in Oslo, a constant of the release (`DESIGN` §6).
pub const DEFAULT_START: Instant = Instant::from_millis(1_799_046_000_000);

/// How a world's clock moves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Moves only when told.
    Frozen,
    /// Moves to the next due item whenever the app is settled.
    Auto,
    /// Moves with real time.
    Running,
}

impl Mode {
    /// The word used on the command line and in the admin API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Frozen => "frozen",
            Self::Auto => "auto",
            Self::Running => "running",
        }
    }
}
