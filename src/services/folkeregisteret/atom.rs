//! The feed as Atom (RFC 4287, `specs/folkeregister.md` §15).

use std::fmt::Write;

use super::pakker::Pakke;
use super::rules::HENDELSE_NS;
use super::tidspunkt::Tidspunkt;
use super::wire::{Feedhendelse, Feedinnslag};
use crate::clock::Instant;
use crate::formats::xml;
use crate::town::model::DayNo;

/// Namespace of Atom.
const ATOM_NS: &str = "http://www.w3.org/2005/Atom";

/// A page of the feed.
pub(super) struct Side<'a> {
    /// Address of the feed without the query.
    pub(super) address: &'a str,
    /// First number asked for.
    pub(super) from: u64,
    /// Last number of the feed.
    pub(super) last_number: u64,
    /// Entries of a full page.
    pub(super) size: usize,
    pub(super) now: Instant,
}

/// What an entry of the feed is about.
#[derive(serde::Serialize)]
struct LagretHendelse<'a> {
    sekvensnummer: u64,
    hendelse: &'a Feedhendelse,
}

impl Side<'_> {
    /// The page with `entries`. The last page has no `next`.
    pub(super) fn document(&self, pakke: &Pakke, entries: &[Feedinnslag]) -> String {
        let address = escaped(self.address);
        let title = if pakke.hjemmel { "Offentlig hendelsesliste" } else { "Hendelsesliste" };
        let updated = entries.last().map_or(self.now, |entry| entry.hendelse.ajourholdstidspunkt.0);
        let mut out = String::with_capacity(600 + entries.len() * 700);
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = write!(
            out,
            "<feed xmlns=\"{ATOM_NS}\"><id>{address}</id><title>{title}</title><author><name>Skatteetaten</name></author>\
             <link rel=\"self\" href=\"{address}?seq={}\"/><link rel=\"first\" href=\"{address}?seq=0\"/>",
            self.from
        );
        let next = self.from + self.size as u64;
        if self.last_number >= next {
            let _ = write!(out, "<link rel=\"next\" href=\"{address}?seq={next}\"/>");
        }
        let _ = write!(out, "<updated>{}</updated>", Tidspunkt(updated));
        for entry in entries {
            self.entry(&mut out, entry);
        }
        out.push_str("</feed>");
        out
    }

    fn entry(&self, out: &mut String, entry: &Feedinnslag) {
        let registered = entry.hendelse.ajourholdstidspunkt.0;
        let stored = LagretHendelse { sekvensnummer: entry.sekvensnummer, hendelse: &entry.hendelse };
        let content = xml::element("lagretHendelse", &stored).expect("every key of an entry is a name");
        let content = content.replacen("<lagretHendelse>", &format!("<lagretHendelse xmlns=\"{HENDELSE_NS}\">"), 1);
        let _ = write!(
            out,
            "<entry><title>Hendelse</title><id>tag:skatteetaten.no,{}:{HENDELSE_NS}:{}</id><updated>{}</updated>\
             <content type=\"application/xml\">{content}</content></entry>",
            DayNo::of(registered.dato()).dato(),
            entry.sekvensnummer,
            Tidspunkt(registered),
        );
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    xml::escape(&mut out, text);
    out
}
