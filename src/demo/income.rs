//! What the tax administration says of somebody's year: the settlement when there is one, otherwise the draft.

use serde::Deserialize;

use super::registers::read;
use super::{App, Failure};

const SKATT: &str = "Skatteetaten";
const SCOPE: &str = "skatteetaten:summertskattegrunnlag";
const PACKAGE: &str = "kommuneforeldrebetaling";

/// The parts of the document the payment is counted from.
#[derive(Deserialize)]
struct Document {
    skjermet: bool,
    #[serde(default)]
    grunnlag: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    teknisk_navn: String,
    beloep: i64,
    kategori: String,
    #[serde(default)]
    andel_skattefritt: i64,
    #[serde(default)]
    andel_overfoert_fra_barn: i64,
}

/// What is known of one adult.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Income {
    /// Kroner, and whether it is settled.
    Known(i64, bool),
    /// The register shows nothing of this person: somebody has to look at the case.
    Hidden,
    /// Nothing for that year.
    None,
}

impl Document {
    /// Taxable person and capital income: rows of income, without what is only added to dividends, what is not taxed and
    /// what was moved from a child.
    fn income(&self) -> i64 {
        let counts = |row: &&Row| row.kategori == "inntekt" && !row.teknisk_navn.starts_with("oppjustert");
        let rows = self.grunnlag.iter().filter(counts);
        rows.map(|row| row.beloep - row.andel_skattefritt - row.andel_overfoert_fra_barn).sum()
    }
}

impl App {
    /// The income of `id` in `year`.
    pub(super) async fn income(&self, id: &str, year: i16) -> Result<Income, Failure> {
        for (stage, settled) in [("oppgjoer", true), ("utkast", false)] {
            let base = &self.config.skatt_url;
            let url = format!("{base}/api/summertskattegrunnlag/v2/{stage}/{PACKAGE}/{year}/{id}");
            match self.with_token(SKATT, SCOPE, || self.http.get(&url)).await {
                Ok(answer) => {
                    let document: Document = read(SKATT, answer).await?;
                    let income =
                        if document.skjermet { Income::Hidden } else { Income::Known(document.income(), settled) };
                    return Ok(income);
                }
                Err(failure) if failure.status() == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(Income::None)
    }
}
