//! Addresses in other countries: a large town of each, a street no map has (`population/abroad.csv`).

use std::sync::LazyLock;

use crate::base::Stream;
use crate::town::model::{Landkode, Utenlandsadresse};

const TABELL: &str = include_str!("../../../population/abroad.csv");

struct Rad {
    land: Landkode,
    by: &'static str,
    postkode: &'static str,
    gate: &'static str,
}

static RADER: LazyLock<Vec<Rad>> = LazyLock::new(|| {
    let lines = TABELL.lines().filter(|line| !line.starts_with('#')).skip(1);
    lines
        .filter_map(|line| {
            let mut fields = line.split(',');
            let land = Landkode(fields.next()?.as_bytes().try_into().ok()?);
            Some(Rad { land, by: fields.next()?, postkode: fields.next()?, gate: fields.next()? })
        })
        .collect()
});

/// Somebody's address in `land`; in Sweden when that is no country people go to.
pub fn adresse(land: Landkode, stream: &mut Stream) -> Utenlandsadresse {
    let rows = &*RADER;
    let row = rows.iter().find(|row| row.land == land).unwrap_or_else(|| nearest(rows));
    let number = 1 + stream.uniform(140);
    let postkode: String = row
        .postkode
        .chars()
        .map(|sign| match sign {
            '#' => char::from(b'0' + u8::try_from(stream.uniform(10)).unwrap_or(0)),
            other => other,
        })
        .collect();
    Utenlandsadresse {
        linje: format!("{} {number}", row.gate).into(),
        postkode: (!postkode.is_empty()).then(|| postkode.into()),
        by: row.by.into(),
        land: row.land,
    }
}

fn nearest(rows: &[Rad]) -> &Rad {
    rows.iter().find(|row| row.land == Landkode(*b"SWE")).expect("the table has the neighbour")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Domain, Purpose, Seed, StreamKey};

    #[test]
    fn every_country_people_come_from_or_go_to_has_a_town() {
        let column = |table: &'static str| {
            table.lines().filter(|line| !line.starts_with('#')).skip(1).filter_map(|line| line.split(',').next())
        };
        let come = column(include_str!("../../../population/countries.csv"));
        let go = column(include_str!("../../../population/emigration.csv"));
        for code in come.chain(go) {
            assert!(RADER.iter().any(|row| row.land.as_str() == code), "{code}");
        }
        assert!(RADER.iter().all(|row| row.land.alpha2() != "YY" && !row.gate.is_empty()));
    }

    #[test]
    fn an_address_is_written_as_the_country_does() {
        let mut stream = StreamKey::new(Seed(1), 1, Domain::Person, Purpose("test")).at(1);
        let there = adresse(Landkode(*b"POL"), &mut stream);
        assert!(there.linje.starts_with("ulica Mewia ") && &*there.by == "GDANSK", "{there:?}");
        let code = there.postkode.expect("a postal code");
        assert!(code.len() == 6 && code.starts_with("80-") && !code.contains('#'), "{code}");
        assert_eq!(adresse(Landkode(*b"XUK"), &mut stream).land, Landkode(*b"SWE"));
    }
}
