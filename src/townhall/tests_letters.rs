//! Letters on their way, for tests of what falls due: each is a handful of items over a few days.

use super::World;
use crate::base::sha256;
use crate::town::decide::tests_melding::melding;
use crate::town::decide::{NyMelding, PostCommand};
use crate::town::model::PersonId;
use crate::town::state::{Fil, Innhold, MeldingsId, Meldingsnoekkel};
use crate::town::{Cause, Command};

/// Sends letter number `id` to `til`.
pub(crate) async fn letter(world: &World, til: PersonId, id: u128) {
    draft(world, til, id).await;
    let melding = Meldingsnoekkel { eier: world.town().base.kommune.orgnr, id: MeldingsId(id) };
    act(world, PostCommand::SendMelding { melding }, id).await;
}

async fn act(world: &World, command: PostCommand, id: u128) {
    let cause = Cause::of(&format!("{command:?}"), &[&id.to_be_bytes()]);
    world.command(Command::Post(command), cause).await.expect("a letter that can be sent");
}

/// Makes letter number `id` to `til` and does not send it. Those made at one instant expire at one instant.
pub(crate) async fn draft(world: &World, til: PersonId, id: u128) {
    let town = world.town();
    let ny = NyMelding {
        innhold: Innhold::Digital {
            tittel: "Tilbud".into(),
            virkningsdato: None,
            aapningskvittering: true,
            metadatafiler: Vec::new(),
        },
        hoveddokument: Some("brev.txt".into()),
        spraak: Some("nb".into()),
        filer: vec![Fil {
            navn: "brev.txt".into(),
            tittel: None,
            mime: "text/plain".into(),
            sha256: sha256(&[b"brev"]),
            size: 4,
            tekst: Some("Hei".into()),
        }],
        ..melding(&town, til, id)
    };
    act(world, PostCommand::OpprettMelding(Box::new(ny)), id).await;
}
