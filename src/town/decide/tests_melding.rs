//! A message for tests of the folders above, so that each says only what matters to it.

use super::NyMelding;
use crate::town::model::PersonId;
use crate::town::state::{Innhold, MeldingsId, Prosess, Town};

/// Message number `id` from the municipality to `til`, without documents.
pub(crate) fn melding(town: &Town, til: PersonId, id: u128) -> NyMelding {
    let eier = town.base.kommune.orgnr;
    NyMelding {
        eier,
        id: Some(MeldingsId(id)),
        samtale: Some(MeldingsId(id)),
        avsender: format!("0192:{eier}").into(),
        fra: eier,
        mottaker: town.person(til).nummer().to_string().into(),
        til: town.key_of(til),
        prosess: Prosess::Info,
        sbd: "{}".into(),
        innhold: Innhold::DigitalDpv { tittel: "T".into(), sammendrag: "S".into(), innhold: "I".into() },
        hoveddokument: None,
        spraak: None,
        utloeper: None,
        filer: Vec::new(),
    }
}
