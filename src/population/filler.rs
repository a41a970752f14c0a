//! The one place that uses the `fake` crate: words nothing is asserted on, in a Norwegian locale of our own, drawn from
//! our streams.

use fake::Fake;
use fake::faker::lorem::raw::Word;
use fake::locales::Data;

use crate::base::Stream;

/// Norwegian filler words.
#[derive(Clone, Copy)]
struct NbNo;

impl Data for NbNo {
    /// Words for kindergartens.
    const LOREM_WORD: &'static [&'static str] = &[
        "Solstråle",
        "Eventyr",
        "Trollstien",
        "Regnbuen",
        "Skogstjerna",
        "Blåklokka",
        "Tusenbein",
        "Maurstua",
        "Vårsol",
        "Kongla",
        "Bekkefaret",
        "Lillebo",
        "Furuholtet",
        "Spirea",
        "Hakkebakken",
        "Fjæra",
        "Tyttebærtoppen",
        "Bjørkelunden",
        "Sommerfuglen",
        "Fjelltrollet",
        "Havdur",
        "Kråkereiret",
        "Løvetanna",
        "Svalene",
        "Ekornet",
        "Stjerneskudd",
        "Blåveisen",
        "Lerkesangen",
        "Humla",
        "Granstubben",
        "Solsikken",
        "Bamsebo",
        "Rognebæret",
        "Veslefrikk",
        "Smørblomsten",
        "Kløverenga",
        "Askeladden",
        "Markblomsten",
        "Revehiet",
    ];
}

/// A friendly word.
pub(super) fn word(stream: &mut Stream) -> String {
    Word(NbNo).fake_with_rng(stream.rng())
}

#[cfg(test)]
mod tests {
    use super::super::streams::Streams;
    use super::*;
    use crate::base::Seed;

    #[test]
    fn filler_is_norwegian_and_repeatable() {
        let draw = || {
            let mut stream = Streams { seed: Seed(3), schema: 1 }.kommune("filler");
            (word(&mut stream), word(&mut stream))
        };
        assert_eq!(draw(), draw());
        assert!(NbNo::LOREM_WORD.contains(&draw().0.as_str()));
        assert!(NbNo::LOREM_WORD.contains(&draw().1.as_str()));
    }
}
