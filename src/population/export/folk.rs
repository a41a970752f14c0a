//! Tables of people.

use super::{Shown, Table, Value, date, every_row, fields, int, text};
use crate::town::model::Landkode;
use crate::town::model::{Base, Gradering, KontaktFlags, Merke, PersonId, Sivilstand};

fn current_status(shown: &Shown<'_>, row: usize) -> (Sivilstand, PersonId) {
    let rows = shown.base.sivilstander_of(PersonId::at(row));
    rows.last().map_or((Sivilstand::Ugift, PersonId::NONE), |last| (last.sivilstand, last.relatert))
}

fn land(code: &Landkode) -> Value<'_> {
    text(code.as_str())
}

fn flag(shown: &Shown<'_>, row: usize, flag: u8) -> Value<'static> {
    Value::Bool(shown.base.personer.kontakt[row].has(flag))
}

fn tags(base: &Base, row: usize) -> String {
    let tags = base.personer.merker[row];
    let set = Merke::ALL.iter().filter(|merke| tags & (1 << (**merke as u8)) != 0);
    set.map(|merke| merke.code()).collect::<Vec<_>>().join(" ")
}

/// Value of the dwelling where a person lives, unless nobody may know it.
macro_rules! at_home {
    ($shown:ident, $home:ident => $value:expr) => {
        |$shown, row| {
            $shown.home(PersonId::at(row)).map_or(Value::None, |bolig| {
                let $home = bolig.index();
                $value
            })
        }
    };
}

pub(super) const PERSONER: Table = Table {
    name: "personer",
    row: "everybody there is a number for: residents, and the dead, emigrated and D-number people that something points at",
    rows: Base::person_count,
    keep: every_row,
    fields: fields! {
        "foedselsnummer": Text = |shown, row| shown.nummer(PersonId::at(row));
        "foedselsdato": Date = |shown, row| date(shown.base.personer.foedselsdato[row]);
        "kjoenn": Text = |shown, row| text(shown.base.personer.kjoenn[row].code());
        "personstatus": Text = |shown, row| text(shown.base.personer.status[row].code());
        "doedsdato": Date = |shown, row| shown.base.doedsfall_of(PersonId::at(row)).map_or(Value::None, date);
        "fornavn": Text = |shown, row| shown.tekst(shown.base.personer.fornavn[row]);
        "mellomnavn": Text = |shown, row| shown.tekst(shown.base.personer.mellomnavn[row]);
        "etternavn": Text = |shown, row| shown.tekst(shown.base.personer.etternavn[row]);
        "foedeland": Text = |shown, row| land(&shown.base.personer.foedeland[row]);
        "statsborgerskap": Text = |shown, row| land(&shown.base.personer.statsborgerskap[row]);
        "rekkefoelge": Int = |shown, row| int(shown.base.personer.rekkefoelge[row]);
        "mor": Text = |shown, row| shown.nummer(shown.base.personer.mor[row]);
        "far": Text = |shown, row| shown.nummer(shown.base.personer.far[row]);
        "sivilstand": Text = |shown, row| text(current_status(shown, row).0.code());
        "ektefelle": Text = |shown, row| match current_status(shown, row) {
            (Sivilstand::Gift | Sivilstand::RegistrertPartner | Sivilstand::Separert, other) => shown.nummer(other),
            _ => Value::None,
        };
        "samboer_eller_ektefelle_hjemme": Text = |shown, row| shown.nummer(shown.base.personer.partner[row]);
        "husstand": Int = |shown, row| shown.husstand(shown.base.personer.husstand[row]);
        "adressebeskyttelse": Text = |shown, row| {
            let row = shown.base.beskyttelse_of(PersonId::at(row));
            text(row.map_or(Gradering::Ugradert, |row| row.gradering).code())
        };
        "bolig": Int = |shown, row| shown.home(PersonId::at(row)).map_or(Value::None, |bolig| shown.bolig(bolig));
        "kommunenummer": Text = |shown, row| shown.home(PersonId::at(row)).map_or(Value::None, |_| {
            Value::Text(shown.base.kommune.nummer.to_string().into())
        });
        "adressenavn": Text = at_home!(shown, home => shown.street(shown.base.boliger.gate[home]));
        "husnummer": Text = at_home!(shown, home => {
            let homes = &shown.base.boliger;
            Shown::house(homes.gate[home], homes.husnummer[home], homes.husbokstav[home])
        });
        "postnummer": Text = at_home!(shown, home => {
            let post = shown.base.poststeder[usize::from(shown.base.boliger.poststed[home])];
            Value::Text(format!("{:04}", post.nummer).into())
        });
        "poststed": Text = at_home!(shown, home => {
            shown.tekst(shown.base.poststeder[usize::from(shown.base.boliger.poststed[home])].navn)
        });
        "grunnkrets": Int = at_home!(shown, home => int(shown.base.boliger.grunnkrets[home]));
        "krr_registrert": Bool = |shown, row| flag(shown, row, KontaktFlags::REGISTRERT);
        "krr_reservert": Bool = |shown, row| flag(shown, row, KontaktFlags::RESERVERT);
        "krr_utloept": Bool = |shown, row| flag(shown, row, KontaktFlags::UTLOEPT);
        "digital_postkasse": Text = |shown, row| text(shown.base.personer.postkasse[row].code());
        "spraak": Text = |shown, row| text(shown.base.personer.spraak[row].code());
        "utdanning": Text = |shown, row| text(shown.base.personer.utdanning[row].code());
        "arbeidsmarked": Text = |shown, row| text(shown.base.personer.arbeidsmarked[row].code());
        "fastlegeliste": Int = |shown, row| match shown.base.personer.fastlege[row] {
            u16::MAX => Value::None,
            // The nearest doctor says where somebody lives.
            _ if shown.is_strict(PersonId::at(row)) => Value::None,
            list => shown.row_id(usize::from(list)),
        };
        "merker": Text = |shown, row| Value::Text(tags(shown.base, row).into());
    },
};

pub(super) const SIVILSTANDER: Table = Table {
    name: "sivilstander",
    row: "a civil status somebody has or had",
    rows: |base| base.sivilstander.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.sivilstander[row].person);
        "sivilstand": Text = |shown, row| text(shown.base.sivilstander[row].sivilstand.code());
        "dato": Date = |shown, row| date(shown.base.sivilstander[row].dato);
        "relatert": Text = |shown, row| shown.nummer(shown.base.sivilstander[row].relatert);
    },
};

pub(super) const TIDLIGERE_NAVN: Table = Table {
    name: "tidligere_navn",
    row: "a name somebody had before",
    rows: |base| base.tidligere_navn.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.tidligere_navn[row].person);
        "til": Date = |shown, row| date(shown.base.tidligere_navn[row].til);
        "fornavn": Text = |shown, row| shown.tekst(shown.base.tidligere_navn[row].fornavn);
        "mellomnavn": Text = |shown, row| shown.tekst(shown.base.tidligere_navn[row].mellomnavn);
        "etternavn": Text = |shown, row| shown.tekst(shown.base.tidligere_navn[row].etternavn);
        "midlertidig": Bool = |shown, row| Value::Bool(shown.base.tidligere_navn[row].midlertidig);
    },
};

pub(super) const TIDLIGERE_NUMMER: Table = Table {
    name: "tidligere_nummer",
    row: "an identity number somebody had before",
    rows: |base| base.tidligere_nummer.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.tidligere_nummer[row].person);
        "tidligere": Text = |shown, row| Value::Text(shown.base.tidligere_nummer[row].nummer.to_string().into());
        "grunn": Text = |shown, row| text(shown.base.tidligere_nummer[row].grunn.code());
        "til": Date = |shown, row| date(shown.base.tidligere_nummer[row].til);
    },
};

pub(super) const ANNULLERTE_DOEDSFALL: Table = Table {
    name: "annullerte_doedsfall",
    row: "a death registered by mistake and annulled",
    rows: |base| base.annullerte_doedsfall.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.annullerte_doedsfall[row].person);
        "doedsdato": Date = |shown, row| date(shown.base.annullerte_doedsfall[row].dato);
        "annullert": Date = |shown, row| date(shown.base.annullerte_doedsfall[row].annullert);
    },
};

pub(super) const FORELDREANSVAR: Table = Table {
    name: "foreldreansvar",
    row: "responsibility of one adult for one child",
    rows: |base| base.ansvar.len(),
    keep: every_row,
    fields: fields! {
        "barn": Text = |shown, row| shown.nummer(shown.base.ansvar[row].barn);
        "ansvarlig": Text = |shown, row| shown.nummer(shown.base.ansvar[row].ansvarlig);
        "ansvar": Text = |shown, row| text(shown.base.ansvar[row].ansvar.code());
        "fra": Date = |shown, row| date(shown.base.ansvar[row].fra);
    },
};

pub(super) const STATSBORGERSKAP: Table = Table {
    name: "statsborgerskap",
    row: "a citizenship beside or before the one in personer",
    rows: |base| base.statsborgerskap.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.statsborgerskap[row].person);
        "land": Text = |shown, row| land(&shown.base.statsborgerskap[row].land);
        "fra": Date = |shown, row| date(shown.base.statsborgerskap[row].fra);
        "til": Date = |shown, row| date(shown.base.statsborgerskap[row].til);
    },
};

pub(super) const INNFLYTTINGER: Table = Table {
    name: "innflyttinger",
    row: "a move to Norway",
    rows: |base| base.innflyttinger.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.innflyttinger[row].person);
        "fraflyttingsland": Text = |shown, row| land(&shown.base.innflyttinger[row].land);
        "dato": Date = |shown, row| date(shown.base.innflyttinger[row].dato);
    },
};

pub(super) const UTFLYTTINGER: Table = Table {
    name: "utflyttinger",
    row: "a move out of Norway",
    rows: |base| base.utflyttinger.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.utflyttinger[row].person);
        "tilflyttingsland": Text = |shown, row| land(&shown.base.utflyttinger[row].land);
        "dato": Date = |shown, row| date(shown.base.utflyttinger[row].dato);
    },
};

pub(super) const VERGEMAAL: Table = Table {
    name: "vergemaal",
    row: "a guardianship or power of attorney in force",
    rows: |base| base.vergemaal.len(),
    keep: every_row,
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(shown.base.vergemaal[row].person);
        "verge": Text = |shown, row| shown.nummer(shown.base.vergemaal[row].verge);
        "slag": Text = |shown, row| text(shown.base.vergemaal[row].slag.code());
        "fra": Date = |shown, row| date(shown.base.vergemaal[row].fra);
    },
};

pub(super) const FOSTERHJEM: Table = Table {
    name: "fosterhjem",
    row: "a child in a foster home",
    rows: |base| base.fosterhjem.len(),
    keep: every_row,
    fields: fields! {
        "barn": Text = |shown, row| shown.nummer(shown.base.fosterhjem[row].barn);
        "husstand": Int = |shown, row| shown.husstand(shown.base.fosterhjem[row].husstand);
        "fra": Date = |shown, row| date(shown.base.fosterhjem[row].fra);
    },
};

pub(super) const DOEDFOEDTE: Table = Table {
    name: "doedfoedte",
    row: "a stillborn child",
    rows: |base| base.doedfoedte.len(),
    keep: every_row,
    fields: fields! {
        "mor": Text = |shown, row| shown.nummer(shown.base.doedfoedte[row].mor);
        "far": Text = |shown, row| shown.nummer(shown.base.doedfoedte[row].far);
        "kjoenn": Text = |shown, row| text(shown.base.doedfoedte[row].kjoenn.code());
        "dato": Date = |shown, row| date(shown.base.doedfoedte[row].dato);
    },
};

pub(super) const FORELDRE_UTEN_NUMMER: Table = Table {
    name: "foreldre_uten_nummer",
    row: "a child's parent who never had an identity number",
    rows: |base| base.foreldre_uten_nummer.len(),
    keep: every_row,
    fields: fields! {
        "barn": Text = |shown, row| shown.nummer(shown.base.foreldre_uten_nummer[row].barn);
        "fornavn": Text = |shown, row| shown.tekst(shown.base.foreldre_uten_nummer[row].fornavn);
        "etternavn": Text = |shown, row| shown.tekst(shown.base.foreldre_uten_nummer[row].etternavn);
        "foedselsdato": Date = |shown, row| date(shown.base.foreldre_uten_nummer[row].foedselsdato);
        "kjoenn": Text = |shown, row| text(shown.base.foreldre_uten_nummer[row].kjoenn.code());
        "statsborgerskap": Text = |shown, row| land(&shown.base.foreldre_uten_nummer[row].land);
    },
};
