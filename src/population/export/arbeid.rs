//! Tables of work and income.

use super::{Table, Value, date, every_row, fields, int, text};

pub(super) const ARBEIDSFORHOLD: Table = Table {
    name: "arbeidsforhold",
    row: "a job",
    rows: |base| base.arbeidsforhold.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.arbeidsforhold[row].person);
        "virksomhet": Text = |shown, row| shown.orgnr(shown.base.arbeidsforhold[row].virksomhet);
        "yrke": Text = |shown, row| Value::Text(format!("{:04}", shown.base.arbeidsforhold[row].yrke).into());
        "stillingsprosent": Int = |shown, row| int(shown.base.arbeidsforhold[row].stillingsprosent);
        "maanedsloenn": Int = |shown, row| int(shown.base.arbeidsforhold[row].maanedsloenn);
        "fra": Date = |shown, row| date(shown.base.arbeidsforhold[row].fra);
        "til": Date = |shown, row| date(shown.base.arbeidsforhold[row].til);
    },
};

pub(super) const INNTEKTER: Table = Table {
    name: "inntekter",
    row: "somebody's income of one year, kroner",
    rows: |base| base.inntekter.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.inntekter[row].person);
        "aar": Int = |shown, row| int(shown.base.inntekter[row].aar);
        "oppgjoer": Text = |shown, row| text(shown.base.inntekter[row].oppgjoer.code());
        "loenn": Int = |shown, row| int(shown.base.inntekter[row].loenn);
        "naering": Int = |shown, row| int(shown.base.inntekter[row].naering);
        "pensjon": Int = |shown, row| int(shown.base.inntekter[row].pensjon);
        "ytelser": Int = |shown, row| int(shown.base.inntekter[row].ytelser);
        "kapital": Int = |shown, row| int(shown.base.inntekter[row].kapital);
        "skatt": Int = |shown, row| int(shown.base.inntekter[row].skatt);
    },
};
