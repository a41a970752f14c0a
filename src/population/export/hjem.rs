//! Tables of households, homes and property.

use super::{Shown, Table, Value, date, every_row, fields, int, text};
use crate::town::model::{BygningId, HusstandId, PersonId};

pub(super) const HUSSTANDER: Table = Table {
    name: "husstander",
    row: "a household",
    rows: |base| base.husstander.slag.len(),
    keep: every_row,
    fields: fields! {
        "husstand": Int = |shown, row| shown.row_id(row);
        "husstandstype": Text = |shown, row| text(shown.base.husstander.slag[row].code());
        "medlemmer": Int = |shown, row| {
            int(u32::try_from(shown.base.medlemmer_of(HusstandId::at(row)).len()).unwrap_or(u32::MAX))
        };
        "bolig": Int = |shown, row| {
            let first = shown.base.medlemmer_of(HusstandId::at(row)).first().and_then(|first| shown.home(*first));
            first.map_or(Value::None, |bolig| shown.bolig(bolig))
        };
    },
};

/// The person whose residence stands at `row` of all people's residences.
fn resident(shown: &Shown<'_>, row: usize) -> PersonId {
    let starts = &shown.base.person_bosted_start;
    PersonId::at(starts.partition_point(|start| *start as usize <= row) - 1)
}

pub(super) const BOSTEDER: Table = Table {
    name: "bosteder",
    row: "a time somebody lived in a dwelling",
    rows: |base| base.person_bosteder.len(),
    keep: |shown, row| {
        let spell = shown.base.person_bosteder[row].index();
        !shown.is_strict(resident(shown, row)) && !shown.is_secret(shown.base.bosteder[spell].bolig)
    },
    fields: fields! {
        "person": Text = |shown, row| shown.nummer(resident(shown, row));
        "bolig": Int = |shown, row| shown.bolig(shown.base.bosteder[shown.base.person_bosteder[row].index()].bolig);
        "fra": Date = |shown, row| date(shown.base.bosteder[shown.base.person_bosteder[row].index()].fra);
        "til": Date = |shown, row| date(shown.base.bosteder[shown.base.person_bosteder[row].index()].til);
    },
};

pub(super) const DELT_BOSTED: Table = Table {
    name: "delt_bosted",
    row: "a child's second home",
    rows: |base| base.delt_bosted.len(),
    keep: |shown, row| {
        let home = shown.base.delt_bosted[row];
        let people = &shown.base.personer;
        let family = [home.barn, people.mor[home.barn.index()], people.far[home.barn.index()]];
        !shown.is_secret(home.bolig) && !family.into_iter().any(|person| shown.is_strict(person))
    },
    fields: fields! {
        "barn": Text = |shown, row| shown.nummer(shown.base.delt_bosted[row].barn);
        "bolig": Int = |shown, row| shown.bolig(shown.base.delt_bosted[row].bolig);
        "fra": Date = |shown, row| date(shown.base.delt_bosted[row].fra);
    },
};

pub(super) const BOLIGER: Table = Table {
    name: "boliger",
    row: "a dwelling",
    rows: |base| base.boliger.gate.len(),
    keep: every_row,
    fields: fields! {
        "bolig": Int = |shown, row| shown.row_id(row);
        "bygning": Int = |shown, row| shown.bygning(shown.base.boliger.bygning[row]);
        "adressenavn": Text = |shown, row| shown.street(shown.base.boliger.gate[row]);
        "husnummer": Text = |shown, row| {
            let homes = &shown.base.boliger;
            Shown::house(homes.gate[row], homes.husnummer[row], homes.husbokstav[row])
        };
        "bruksenhetsnummer": Text = |shown, row| {
            Value::Text(String::from_utf8_lossy(&shown.base.boliger.bruksenhet[row]))
        };
        "bruksenhetstype": Text = |shown, row| text(shown.base.boliger.bruksenhetstype[row].code());
        "postnummer": Text = |shown, row| {
            let post = shown.base.poststeder[usize::from(shown.base.boliger.poststed[row])];
            Value::Text(format!("{:04}", post.nummer).into())
        };
        "grunnkrets": Int = |shown, row| int(shown.base.boliger.grunnkrets[row]);
        "skolekrets": Int = |shown, row| int(shown.base.boliger.skolekrets[row]);
        "stemmekrets": Int = |shown, row| int(shown.base.boliger.stemmekrets[row]);
    },
};

pub(super) const BYGNINGER: Table = Table {
    name: "bygninger",
    row: "a building",
    rows: |base| base.bygninger.len(),
    keep: every_row,
    fields: fields! {
        "bygning": Int = |shown, row| shown.bygning(BygningId::at(row));
        "bygningstype": Text = |shown, row| text(shown.base.bygninger[row].slag.code());
        "eiendom": Int = |shown, row| shown.eiendom(shown.base.bygninger[row].eiendom);
        "adressenavn": Text = |shown, row| shown.street(shown.base.bygninger[row].gate);
        "husnummer": Text = |shown, row| {
            let building = &shown.base.bygninger[row];
            Shown::house(building.gate, building.husnummer, building.husbokstav)
        };
        "oest": Int = |shown, row| int(shown.base.bygninger[row].oest);
        "nord": Int = |shown, row| int(shown.base.bygninger[row].nord);
        "byggeaar": Int = |shown, row| int(shown.base.bygninger[row].byggeaar);
    },
};

pub(super) const EIENDOMMER: Table = Table {
    name: "eiendommer",
    row: "a property of the land register",
    rows: |base| base.eiendommer.len(),
    keep: every_row,
    fields: fields! {
        "eiendom": Int = |shown, row| shown.row_id(row);
        "gardsnummer": Int = |shown, row| int(shown.base.eiendommer[row].gardsnummer);
        "bruksnummer": Int = |shown, row| int(shown.base.eiendommer[row].bruksnummer);
        "festenummer": Int = |shown, row| int(shown.base.eiendommer[row].festenummer);
        "seksjonsnummer": Int = |shown, row| int(shown.base.eiendommer[row].seksjonsnummer);
    },
};

pub(super) const HJEMLER: Table = Table {
    name: "hjemler",
    row: "an owner of a property",
    rows: |base| base.hjemler.len(),
    // Also not the one who owns the other half: a couple owns the home it lives in.
    keep: |shown, row| {
        let rows = &shown.base.hjemler;
        let plot = rows[row].eiendom;
        let from = rows.partition_point(|other| other.eiendom < plot);
        !rows[from..].iter().take_while(|other| other.eiendom == plot).any(|other| shown.is_strict(other.person))
    },
    fields: fields! {
        "eiendom": Int = |shown, row| shown.eiendom(shown.base.hjemler[row].eiendom);
        "person": Text = |shown, row| shown.nummer(shown.base.hjemler[row].person);
        "virksomhet": Text = |shown, row| shown.orgnr(shown.base.hjemler[row].virksomhet);
        "teller": Int = |shown, row| int(shown.base.hjemler[row].teller);
        "nevner": Int = |shown, row| int(shown.base.hjemler[row].nevner);
        "fra": Date = |shown, row| date(shown.base.hjemler[row].fra);
    },
};
