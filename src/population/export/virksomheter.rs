//! Tables of organisations and who is in them.

use super::{Shown, Table, Value, date, every_row, fields, int, text};
use crate::town::model::{VirksomhetFlags, VirksomhetId};

fn register(shown: &Shown<'_>, row: usize, register: u16) -> Value<'static> {
    Value::Bool(shown.base.virksomheter[row].registre.has(register))
}

pub(super) const VIRKSOMHETER: Table = Table {
    name: "virksomheter",
    row: "an organisation: main unit, sub-unit or level of a public body",
    rows: |base| base.virksomheter.len(),
    keep: every_row,
    fields: fields! {
        "organisasjonsnummer": Text = |shown, row| shown.orgnr(VirksomhetId::at(row));
        "navn": Text = |shown, row| shown.tekst(shown.base.virksomheter[row].navn);
        "slag": Text = |shown, row| text(shown.base.virksomheter[row].slag.code());
        "organisasjonsform": Text = |shown, row| text(shown.base.virksomheter[row].form.code());
        "naeringskode": Text = |shown, row| match shown.base.virksomheter[row].naeringskode {
            0 => Value::None,
            code => Value::Text(format!("{:02}.{:03}", code / 1_000, code % 1_000).into()),
        };
        "overordnet_enhet": Text = |shown, row| shown.orgnr(shown.base.virksomheter[row].overordnet);
        "bygning": Int = |shown, row| shown.bygning(shown.place(VirksomhetId::at(row)));
        "stiftelsesdato": Date = |shown, row| date(shown.base.virksomheter[row].stiftet);
        "registreringsdato": Date = |shown, row| date(shown.base.virksomheter[row].registrert);
        "slettedato": Date = |shown, row| date(shown.base.virksomheter[row].slettet);
        "konkursdato": Date = |shown, row| date(shown.base.virksomheter[row].konkurs);
        "antall_ansatte": Int = |shown, row| int(shown.base.virksomheter[row].ansatte);
        "kapital": Int = |shown, row| int(shown.base.virksomheter[row].kapital);
        "kapasitet": Int = |shown, row| int(shown.base.virksomheter[row].kapasitet);
        "mva": Bool = |shown, row| register(shown, row, VirksomhetFlags::MVA);
        "foretaksregisteret": Bool = |shown, row| register(shown, row, VirksomhetFlags::FORETAKSREGISTERET);
        "frivillighetsregisteret": Bool = |shown, row| register(shown, row, VirksomhetFlags::FRIVILLIGHETSREGISTERET);
        "stiftelsesregisteret": Bool = |shown, row| register(shown, row, VirksomhetFlags::STIFTELSESREGISTERET);
        "grasrotandel": Bool = |shown, row| register(shown, row, VirksomhetFlags::GRASROTANDEL);
        "peppol": Bool = |shown, row| register(shown, row, VirksomhetFlags::PEPPOL);
    },
};

pub(super) const ROLLER: Table = Table {
    name: "roller",
    row: "a role in an organisation",
    rows: |base| base.roller.len(),
    keep: every_row,
    fields: fields! {
        "virksomhet": Text = |shown, row| shown.orgnr(shown.base.roller[row].virksomhet);
        "rolle": Text = |shown, row| text(shown.base.roller[row].rolle.code());
        "person": Text = |shown, row| shown.nummer(shown.base.roller[row].person);
        "enhet": Text = |shown, row| shown.orgnr(shown.base.roller[row].enhet);
        "fra": Date = |shown, row| date(shown.base.roller[row].fra);
    },
};

pub(super) const AKSJER: Table = Table {
    name: "aksjer",
    row: "shares in a company",
    rows: |base| base.aksjer.len(),
    keep: every_row,
    fields: fields! {
        "virksomhet": Text = |shown, row| shown.orgnr(shown.base.aksjer[row].virksomhet);
        "person": Text = |shown, row| shown.nummer(shown.base.aksjer[row].person);
        "eier": Text = |shown, row| shown.orgnr(shown.base.aksjer[row].eier);
        "antall": Int = |shown, row| int(shown.base.aksjer[row].antall);
    },
};

pub(super) const PLASSER: Table = Table {
    name: "plasser",
    row: "a child's place in a kindergarten or school",
    rows: |base| base.plasser.len(),
    // The nearest school says where somebody lives.
    keep: |shown, row| !shown.is_strict(shown.base.plasser[row].person),
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.plasser[row].person);
        "virksomhet": Text = |shown, row| shown.orgnr(shown.base.plasser[row].virksomhet);
        "fra": Date = |shown, row| date(shown.base.plasser[row].fra);
    },
};

pub(super) const FASTLEGELISTER: Table = Table {
    name: "fastlegelister",
    row: "a general practitioner's list",
    rows: |base| base.fastlegelister.len(),
    keep: every_row,
    fields: fields! {
        "fastlegeliste": Int = |shown, row| shown.row_id(row);
        "lege": Text = |shown, row| shown.nummer(shown.base.fastlegelister[row].lege);
        "kontor": Text = |shown, row| shown.orgnr(shown.base.fastlegelister[row].kontor);
        "tak": Int = |shown, row| int(shown.base.fastlegelister[row].tak);
    },
};
