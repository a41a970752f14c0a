//! How like its targets a town is, as a page: distances beside their limits, the age pyramid and the worst tables as
//! drawings (`specs/population.md` §17). One file, no script, nothing from elsewhere.

use std::fmt::Write;

use crate::population::{Measure, UNLIMITED, Violation, whole_years};
use crate::select::Lang;
use crate::town::model::{Base, Personstatus};

/// Five-year groups of the pyramid; the last is open.
const GROUPS: usize = 21;
/// Tables drawn.
const DRAWN: usize = 3;
/// Half the width of the pyramid, and the height of one of its steps.
const HALF: u64 = 260;
const STEP: u64 = 14;

/// Words of the page.
struct Words {
    lang: &'static str,
    title: &'static str,
    synthetic: &'static str,
    table: &'static str,
    distance: &'static str,
    limit: &'static str,
    verdict: &'static str,
    within: &'static str,
    above: &'static str,
    pyramid: &'static str,
    women: &'static str,
    men: &'static str,
    worst: &'static str,
    here: &'static str,
    target: &'static str,
    violations: &'static str,
    none: &'static str,
}

const NB: Words = Words {
    lang: "nb",
    title: "Likhet med målene",
    synthetic: "Alle her er oppdiktet.",
    table: "Tabell",
    distance: "Avstand",
    limit: "Grense",
    verdict: "Dom",
    within: "innenfor",
    above: "over grensen",
    pyramid: "Alder og kjønn",
    women: "Kvinner",
    men: "Menn",
    worst: "Tabellene nærmest grensen",
    here: "her",
    target: "mål",
    violations: "Brudd på reglene",
    none: "Ingen.",
};

const EN: Words = Words {
    lang: "en",
    title: "Likeness to the targets",
    synthetic: "Nobody here exists.",
    table: "Table",
    distance: "Distance",
    limit: "Limit",
    verdict: "Verdict",
    within: "within",
    above: "above the limit",
    pyramid: "Age and sex",
    women: "Women",
    men: "Men",
    worst: "The tables closest to their limit",
    here: "here",
    target: "target",
    violations: "Rules broken",
    none: "None.",
};

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;\
background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid \
#767676}td.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}.a{fill:#0b5d8a}.b{fill:#8a4b0b}\
text{fill:#1b1b1b;font:12px system-ui,sans-serif}@media(prefers-color-scheme:dark){body{color:#f2f2f2;background:#161616}\
.a{fill:#7cc4ec}.b{fill:#e8a86a}text{fill:#f2f2f2}}";

/// Millionths as a decimal number; a dash where there is no limit.
fn decimal(millionths: u64) -> String {
    if millionths == UNLIMITED {
        return "-".to_owned();
    }
    format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000)
}

/// The page about `base` with what was measured and what is wrong.
#[must_use]
pub fn likhet(base: &Base, measures: &[Measure], violations: &[Violation], lang: Lang) -> String {
    let words = if lang == Lang::En { &EN } else { &NB };
    let header = &base.header;
    let mut page = format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1><p>{} · {} · seed {} · schema {}. {}</p>",
        words.lang,
        header.profile,
        header.size,
        header.seed.0,
        header.schema,
        words.synthetic,
        title = words.title,
    );
    table(&mut page, words, measures, header.size);
    let _ = write!(page, "<h2>{}</h2>", words.pyramid);
    pyramid(&mut page, words, base);
    let _ = write!(page, "<h2>{}</h2>", words.worst);
    let mut worst: Vec<&Measure> = measures.iter().collect();
    worst.sort_by_key(|measure| std::cmp::Reverse(measure.distance * 1_000 / measure.limit(header.size).max(1)));
    worst.iter().take(DRAWN).for_each(|measure| bars(&mut page, words, measure));
    let _ = write!(page, "<h2>{}</h2>", words.violations);
    if violations.is_empty() {
        let _ = write!(page, "<p>{}</p>", words.none);
    } else {
        page.push_str("<ul>");
        for violation in violations.iter().take(100) {
            let what = violation.what.replace('&', "&amp;").replace('<', "&lt;");
            let _ = write!(page, "<li>{}: {what}</li>", violation.number);
        }
        page.push_str("</ul>");
    }
    page.push_str("</main></html>\n");
    page
}

fn table(page: &mut String, words: &Words, measures: &[Measure], size: u32) {
    let _ = write!(
        page,
        "<table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th \
         scope=\"col\">{}</th></tr></thead><tbody>",
        words.table, words.distance, words.limit, words.verdict
    );
    for measure in measures {
        let verdict = if measure.is_within(size) { words.within } else { words.above };
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{verdict}</td></tr>",
            measure.table,
            decimal(measure.distance),
            decimal(measure.limit(size)),
        );
    }
    page.push_str("</tbody></table>");
}

fn pyramid(page: &mut String, words: &Words, base: &Base) {
    let mut counts = [[0u64; GROUPS]; 2];
    for row in (0..base.person_count()).filter(|&row| base.personer.status[row] == Personstatus::Bosatt) {
        let group = usize::try_from(whole_years(base, row) / 5).unwrap_or(0).min(GROUPS - 1);
        counts[base.personer.kjoenn[row] as usize][group] += 1;
    }
    let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
    let (width, height) = (2 * HALF + 60, GROUPS as u64 * STEP + 24);
    let _ = write!(
        page,
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\"><text x=\"0\" y=\"12\">{}</text><text \
         x=\"{width}\" y=\"12\" text-anchor=\"end\">{}</text>",
        words.pyramid, words.men, words.women
    );
    let [women, men] = counts;
    for (group, (women, men)) in women.into_iter().zip(men).enumerate() {
        let y = 20 + (GROUPS - 1 - group) as u64 * STEP;
        let men = men * HALF / most;
        let _ = write!(
            page,
            "<rect class=\"b\" x=\"{}\" y=\"{y}\" width=\"{men}\" height=\"{}\"/><rect class=\"a\" x=\"{}\" y=\"{y}\" \
             width=\"{}\" height=\"{}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            HALF - men,
            STEP - 2,
            HALF + 60,
            women * HALF / most,
            STEP - 2,
            HALF + 30,
            y + STEP - 3,
            group * 5
        );
    }
    page.push_str("</svg>");
}

/// Each cell of a table twice: what is here, and what should be.
fn bars(page: &mut String, words: &Words, measure: &Measure) {
    const HEIGHT: u64 = 120;
    let sums = (measure.here.iter().sum::<u64>().max(1), measure.target.iter().sum::<u64>().max(1));
    let part = |count: u64, sum: u64| u64::try_from(u128::from(count) * 1_000_000 / u128::from(sum)).unwrap_or(0);
    let pairs: Vec<(u64, u64)> = measure
        .here
        .iter()
        .zip(&measure.target)
        .map(|(&one, &other)| (part(one, sums.0), part(other, sums.1)))
        .collect();
    let most = pairs.iter().flat_map(|pair| [pair.0, pair.1]).max().unwrap_or(1).max(1);
    let width = 600 / pairs.len().max(1) as u64;
    let width = width.clamp(2, 40);
    let whole = width * pairs.len() as u64;
    let _ = write!(
        page,
        "<figure><figcaption>{} (<span>{}</span> / <span>{}</span>): {}</figcaption><svg viewBox=\"0 0 {whole} {HEIGHT}\" \
         role=\"img\" aria-label=\"{}\">",
        measure.table,
        words.here,
        words.target,
        decimal(measure.distance),
        measure.table,
    );
    for (cell, (here, target)) in pairs.into_iter().enumerate() {
        let x = cell as u64 * width;
        let bar = width / 2;
        for (class, x, value) in [("a", x, here), ("b", x + bar, target)] {
            let high = value * HEIGHT / most;
            let _ = write!(
                page,
                "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{}\" height=\"{high}\"/>",
                HEIGHT - high,
                bar.max(1)
            );
        }
    }
    page.push_str("</svg></figure>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Seed;
    use crate::population::{Spec, fidelity, generate};

    #[test]
    fn the_page_shows_every_table_its_verdict_and_the_worst_as_drawings() {
        let base = generate(&Spec { size: 1_500, seed: Seed(3), ..Spec::default() }).unwrap();
        let mut measures = fidelity(&base);
        measures[1].distance = measures[1].limit(1_500) * 40;
        let broken = Violation { number: 13, what: "row 7 <& 8".to_owned() };
        let page = likhet(&base, &measures, &[broken], Lang::En);
        for measure in &measures {
            assert!(page.contains(&format!("<th scope=\"row\">{}</th>", measure.table)), "{}", measure.table);
        }
        assert_eq!(page.matches("above the limit").count(), 1);
        assert_eq!(page.matches("<figcaption>").count(), DRAWN);
        assert!(page.split("<figcaption>").nth(1).unwrap().starts_with(measures[1].table), "the worst comes first");
        assert!(page.contains("row 7 &lt;&amp; 8") && !page.contains("<script"));
        let norsk = likhet(&base, &measures, &[], Lang::Nb);
        assert!(norsk.contains("Ingen.") && norsk.contains("lang=\"nb\""));
    }
}
