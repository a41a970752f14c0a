//! Random streams keyed by what is decided for whom, and samplers that are ours so that no library update moves a draw.
//!
//! key = SHA-256("byteby/1", seed, schema, domain, purpose); `ChaCha8` with that key; the entity's index is the stream
//! number (`specs/engineering.md` §7). A stream is never passed on to code that decides something else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::chacha::{self, WORDS};
use super::{OriginKey, keyed_hash};

/// The seed of a town.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    /// A decimal number is itself, any other text its hash (`DESIGN` §4).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let digits_only = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match text.parse::<u64>() {
            Ok(number) if digits_only => Self(number),
            _ => Self(keyed_hash("byteby/seed", &[text.as_bytes()]).word()),
        }
    }
}

impl std::fmt::Display for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What kind of entity a stream decides for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Domain {
    /// The municipality as a whole: one stream, index 0.
    Kommune,
    /// A person, by index in the base.
    Person,
    /// A household, by index in the base.
    Husstand,
    /// A dwelling, by index in the base.
    Bolig,
    /// A street, by index in the base.
    Gate,
    /// A building, by index in the base.
    Bygning,
    /// An organisation, by index in the base.
    Virksomhet,
    /// Something that happens in a world, by origin key.
    Hendelse,
    /// A fact, by fact id: decoration that several people may show.
    Faktum,
    /// Protocol state of a service: codes, tokens, ids.
    Tjeneste,
}

impl Domain {
    fn name(self) -> &'static str {
        match self {
            Self::Kommune => "kommune",
            Self::Person => "person",
            Self::Husstand => "husstand",
            Self::Bolig => "bolig",
            Self::Gate => "gate",
            Self::Bygning => "bygning",
            Self::Virksomhet => "virksomhet",
            Self::Hendelse => "hendelse",
            Self::Faktum => "faktum",
            Self::Tjeneste => "tjeneste",
        }
    }
}

/// What is decided. A new purpose is a new constant; it changes nothing that existed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Purpose(pub &'static str);

/// The key of one (domain, purpose) within a seed and schema. Cheap to copy; opening a stream from it is O(1).
#[derive(Clone, Copy, Debug)]
pub struct StreamKey([u8; 32]);

impl StreamKey {
    /// The key for `purpose` in `domain`.
    #[must_use]
    pub fn new(seed: Seed, schema: u32, domain: Domain, purpose: Purpose) -> Self {
        Self(
            keyed_hash(
                "byteby/1",
                &[&seed.0.to_be_bytes(), &schema.to_be_bytes(), domain.name().as_bytes(), purpose.0.as_bytes()],
            )
            .0,
        )
    }

    /// The stream of the entity with number `index`, at its beginning.
    #[must_use]
    pub fn at(&self, index: u64) -> Stream {
        Stream { key: self.0, index, state: State::Closed }
    }

    /// The stream of something named by its cause.
    #[must_use]
    pub fn of_origin(&self, origin: OriginKey) -> Stream {
        let folded = keyed_hash("byteby/origin-stream", &[&self.0, &origin.0.to_be_bytes()]);
        Stream { key: folded.0, index: 0, state: State::Closed }
    }
}

/// An open random stream. All samplers use integer arithmetic on raw 64-bit words.
#[derive(Clone, Debug)]
pub struct Stream {
    key: [u8; 32],
    index: u64,
    state: State,
}

/// How far a stream has come. Most give a number or two: they never need the generator, which makes 256 bytes at a time.
#[derive(Clone, Debug)]
enum State {
    /// Nothing was drawn.
    Closed,
    /// Within the first block: its words, and the place of the next.
    First([u32; WORDS], usize),
    /// Behind it, or no longer in step with words of 64 bits.
    On(Box<ChaCha8Rng>),
}

impl Stream {
    /// The next raw word.
    pub fn word(&mut self) -> u64 {
        if let State::Closed = self.state {
            self.state = State::First(chacha::first_block(&self.key, self.index), 0);
        }
        match &mut self.state {
            State::First(words, place) if *place < WORDS => {
                let word = u64::from(words[*place]) | u64::from(words[*place + 1]) << 32;
                *place += 2;
                word
            }
            _ => self.rng().next_u64(),
        }
    }

    /// A whole number in `0..bound`, without bias (Lemire's multiply-and-reject).
    ///
    /// # Panics
    /// When `bound` is 0.
    pub fn uniform(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "a choice among nothing");
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u128::from(self.word()) * u128::from(bound);
            #[expect(clippy::cast_possible_truncation, reason = "the low and the high half are wanted")]
            let (low, high) = (product as u64, (product >> 64) as u64);
            if low >= threshold {
                return high;
            }
        }
    }

    /// `uniform` for indexes.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.uniform(len as u64)).expect("below a usize")
    }

    /// True `parts` times in a million.
    pub fn chance_ppm(&mut self, parts: u32) -> bool {
        self.uniform(1_000_000) < u64::from(parts)
    }

    /// Index of an entry of `cumulative`, a non-decreasing table of running totals of whole-number weights.
    ///
    /// # Panics
    /// When the table is empty or its total is 0.
    pub fn weighted(&mut self, cumulative: &[u64]) -> usize {
        let total = *cumulative.last().expect("a table with at least one weight");
        let hit = self.uniform(total);
        cumulative.partition_point(|&edge| edge <= hit)
    }

    /// Shuffles `items` in place (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.index(end + 1));
        }
    }

    /// Fills `bytes` from the stream.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.rng().fill_bytes(bytes);
    }

    /// The generator itself where the stream has come to; outside this file for the `fake` crate only.
    pub fn rng(&mut self) -> &mut ChaCha8Rng {
        let place = match &self.state {
            State::Closed => Some(0),
            State::First(_, place) => Some(*place),
            State::On(_) => None,
        };
        if let Some(place) = place {
            let mut rng = ChaCha8Rng::from_seed(self.key);
            rng.set_stream(self.index);
            if place > 0 {
                rng.set_word_pos(place as u128);
            }
            self.state = State::On(Box::new(rng));
        }
        match &mut self.state {
            State::On(rng) => rng,
            State::Closed | State::First(..) => unreachable!("the generator was made above"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> StreamKey {
        StreamKey::new(Seed(1814), 1, Domain::Person, Purpose("fornavn"))
    }

    #[test]
    fn captured_vectors_do_not_move() {
        let mut stream = key().at(7);
        let words: Vec<u64> = (0..3).map(|_| stream.word()).collect();
        let mut stream = key().at(7);
        let dice: Vec<u64> = (0..8).map(|_| stream.uniform(6)).collect();
        let mut stream = key().at(7);
        let mut cards: Vec<u8> = (0..8).collect();
        stream.shuffle(&mut cards);
        assert_eq!((words, dice, cards), (CAPTURED_WORDS.to_vec(), CAPTURED_DICE.to_vec(), CAPTURED_CARDS.to_vec()));
    }

    const CAPTURED_WORDS: [u64; 3] =
        [4_092_847_912_883_881_612, 13_087_813_090_583_752_549, 10_508_923_511_477_935_734];
    const CAPTURED_DICE: [u64; 8] = [1, 4, 3, 2, 5, 4, 3, 2];
    const CAPTURED_CARDS: [u8; 8] = [0, 6, 2, 5, 7, 3, 4, 1];

    #[test]
    fn a_stream_gives_the_bytes_of_the_generator_whatever_is_asked_of_it() {
        for index in [0, 1, 7, u64::from(u32::MAX), 1 << 32, u64::MAX] {
            for taken in 0..20 {
                for asked in [0, 1, 4, 8, 60, 300] {
                    let mut rng = ChaCha8Rng::from_seed(key().0);
                    rng.set_stream(index);
                    let mut stream = key().at(index);
                    for _ in 0..taken {
                        assert_eq!(stream.word(), rng.next_u64(), "{taken} words of {index}");
                    }
                    let (mut ours, mut theirs) = (vec![0; asked], vec![0; asked]);
                    stream.fill(&mut ours);
                    rng.fill_bytes(&mut theirs);
                    assert_eq!((ours, stream.word()), (theirs, rng.next_u64()), "{asked} bytes behind {taken} words");
                }
            }
        }
    }

    #[test]
    fn streams_of_different_entities_and_purposes_differ() {
        let other = StreamKey::new(Seed(1814), 1, Domain::Person, Purpose("etternavn"));
        assert_ne!(key().at(1).word(), key().at(2).word());
        assert_ne!(key().at(1).word(), other.at(1).word());
    }

    #[test]
    fn weighted_hits_each_entry_in_proportion() {
        let cumulative = [10, 10, 40, 100];
        let mut stream = key().at(0);
        let mut hits = [0u32; 4];
        for _ in 0..100_000 {
            hits[stream.weighted(&cumulative)] += 1;
        }
        assert_eq!(hits[1], 0);
        assert!((9_000..11_000).contains(&hits[0]), "{hits:?}");
        assert!((29_000..31_000).contains(&hits[2]), "{hits:?}");
    }

    #[test]
    fn a_number_is_itself_and_text_its_hash() {
        assert_eq!(Seed::parse("4201"), Seed(4201));
        assert_eq!(Seed::parse("18446744073709551615"), Seed(u64::MAX));
        assert_ne!(Seed::parse("betaling-2027"), Seed::parse("betaling-2028"));
        assert_ne!(Seed::parse("+7"), Seed(7));
    }
}
