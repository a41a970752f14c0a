//! Letters as scenarios see them: with the kind and the people they are about, which no field on the wire says.

use std::sync::OnceLock;

use crate::clock::Instant;
use crate::select::{Kart, Verdi};
use crate::town::Town;
use crate::town::model::{PersonId, PersonKey};
use crate::town::state::{Brev, Prosess};

const KINDS: &str = include_str!("kinds.tsv");

struct KindRow {
    process: &'static str,
    words: Vec<&'static str>,
    kind: &'static str,
}

fn kinds() -> &'static [KindRow] {
    static ROWS: OnceLock<Vec<KindRow>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let row = |line: &'static str| {
            let mut cells = line.split('\t');
            let (process, words, kind) = (cells.next()?, cells.next()?, cells.next()?);
            let words = if words == "-" { Vec::new() } else { words.split(',').collect() };
            Some(KindRow { process, words, kind })
        };
        KINDS.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
    })
}

/// The kind of a letter by its process and title.
fn kind_of(prosess: Prosess, title: &str) -> &'static str {
    let title = title.to_lowercase();
    let process = if prosess == Prosess::Vedtak { "vedtak" } else { "info" };
    let fits = |row: &&KindRow| {
        (row.process == "-" || row.process == process)
            && (row.words.is_empty() || row.words.iter().any(|word| title.contains(word)))
    };
    kinds().iter().find(fits).map_or("melding", |row| row.kind)
}

/// A letter in a citizen's hands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Number of the letter in its world.
    pub id: u64,
    /// When received.
    pub at: Instant,
    /// `digitalpost`, `print` or `altinn`.
    pub channel: &'static str,
    /// Receiver.
    pub to: PersonKey,
    /// Organisation number of the sender.
    pub from: String,
    /// Kind, by the table.
    pub kind: &'static str,
    /// Title.
    pub subject: String,
    /// Text, when it could be read.
    pub text: Option<String>,
    /// What stands on the envelope of paper.
    pub envelope: String,
    /// Name, media type and text of each file beside the letter.
    pub attachments: Vec<(String, String, Option<String>)>,
    /// Language as the sender says.
    pub language: Option<&'static str>,
    /// Has reached the citizen: paper takes days, and may come back.
    pub delivered: bool,
    /// Whether it was opened.
    pub read: bool,
    /// Whom it is about: the receiver's kin that it names, else the receiver.
    pub about: Vec<PersonKey>,
}

/// The receiver's next of kin and everybody in the household.
fn kin(town: &Town, receiver: PersonId) -> Vec<PersonId> {
    let person = town.person(receiver);
    let mut all: Vec<PersonId> =
        person.partner().into_iter().chain(person.mor()).chain(person.far()).map(|it| it.id).collect();
    all.extend(person.barn().into_iter().map(|it| it.id));
    all.extend(person.husstand_medlemmer().into_iter().map(|it| it.id));
    all.retain(|id| *id != receiver);
    all.sort_unstable();
    all.dedup();
    all
}

/// The people `text` names, by number or full name, among the kin of `receiver`; the receiver when it names nobody.
fn about(town: &Town, receiver: PersonKey, text: &str) -> Vec<PersonKey> {
    let Some(id) = town.id_of(receiver) else { return vec![receiver] };
    let named: Vec<PersonKey> = kin(town, id)
        .into_iter()
        .filter(|relative| {
            let person = town.person(*relative);
            text.contains(&person.nummer().to_string()) || text.contains(&person.navn().full())
        })
        .map(|relative| town.key_of(relative))
        .collect();
    if named.is_empty() { vec![receiver] } else { named }
}

impl Message {
    /// The letter `brev` as it stands in `town` when it is first seen.
    #[must_use]
    pub fn of(town: &Town, brev: &Brev) -> Self {
        let text = brev.tekst.as_deref().map(str::to_owned);
        let files = brev.hoveddokument.iter().chain(&brev.vedlegg);
        let attachments: Vec<_> = files
            .map(|file| (file.navn.to_string(), file.mime.to_string(), file.tekst.as_deref().map(str::to_owned)))
            .collect();
        let mut all = format!("{}\n{}", brev.tittel, text.as_deref().unwrap_or_default());
        attachments.iter().filter_map(|(_, _, text)| text.as_deref()).for_each(|text| all.push_str(text));
        Self {
            id: brev.id,
            at: brev.at,
            channel: brev.kanal.ord(),
            to: brev.til,
            from: brev.fra.to_string(),
            kind: kind_of(brev.prosess, &brev.tittel),
            subject: brev.tittel.to_string(),
            text,
            envelope: brev.adresseblokk.as_ref().map(crate::town::state::Adresseblokk::tekst).unwrap_or_default(),
            attachments,
            language: brev.spraakkode().map(crate::town::model::Spraak::code),
            delivered: brev.ankommet.is_some(),
            read: brev.lest.is_some(),
            about: about(town, brev.til, &all),
        }
    }

    /// The letter as expressions see it.
    pub(super) fn verdi(&self, town: &Town) -> Verdi {
        let person = |key: PersonKey| town.id_of(key).map_or(Verdi::Null, Verdi::Person);
        let text = |text: Option<&str>| text.map_or(Verdi::Null, Verdi::text);
        let attachments = self.attachments.iter().map(|(name, mime, content)| {
            Kart::of([("name", Verdi::text(name)), ("type", Verdi::text(mime)), ("text", text(content.as_deref()))])
        });
        Kart::of([
            ("id", Verdi::Int(i64::try_from(self.id).unwrap_or(i64::MAX))),
            ("at", Verdi::Tid(self.at)),
            ("channel", Verdi::text(self.channel)),
            ("to", person(self.to)),
            ("from", Verdi::text(&self.from)),
            ("kind", Verdi::text(self.kind)),
            ("subject", Verdi::text(&self.subject)),
            ("text", text(self.text.as_deref())),
            ("envelope", Verdi::text(&self.envelope)),
            ("attachments", Verdi::List(attachments.collect())),
            ("language", text(self.language)),
            ("delivered", Verdi::Bool(self.delivered)),
            ("read", Verdi::Bool(self.read)),
            ("about", Verdi::List(self.about.iter().map(|key| person(*key)).collect())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::select::village::village;

    #[test]
    fn the_kind_follows_from_process_and_title() {
        for (prosess, title, kind) in [
            (Prosess::Info, "Tilbud om hjemmebesøk fra helsestasjonen", "tilbud"),
            (Prosess::Info, "Kvittering for søknad om barnehageplass", "kvittering"),
            (Prosess::Vedtak, "Tilbud om plass i barnehage", "vedtak"),
            (Prosess::Vedtak, "Barnehageplass", "vedtak"),
            (Prosess::Info, "Foreløpig svar på søknaden din", "foreløpig svar"),
            (Prosess::Info, "Nytt fra kommunen", "melding"),
        ] {
            assert_eq!(kind_of(prosess, title), kind, "{title}");
        }
        assert!(
            kinds().last().is_some_and(|row| row.words.is_empty() && row.process == "-"),
            "the last row takes the rest"
        );
    }

    #[test]
    fn a_letter_is_about_the_kin_it_names_and_else_about_its_receiver() {
        let town = village();
        let key = |id: u32| PersonKey::Base(id);
        let number = town.person(PersonId(5)).nummer().to_string();
        for (text, expected) in [
            ("Gjelder Eli Vik, født 05.05.2015.", vec![key(4)]),
            (format!("Gjelder {number}").as_str(), vec![key(5)]),
            ("Kjære Cis", vec![key(2)]),
            // A neighbour's name does not make the letter about the neighbour.
            ("Hilsen Ada Strand", vec![key(2)]),
        ] {
            assert_eq!(about(&town, key(2), text), expected, "{text}");
        }
    }
}
