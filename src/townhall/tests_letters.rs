//! Letters on their way, for tests of what falls due: each is a handful of items over a few days.

use super::World;
use crate::base::sha256;
use crate::town::decide::{NyMelding, PostCommand};
use crate::town::model::PersonId;
use crate::town::state::{Fil, Innhold, MeldingsId, Meldingsnoekkel, Prosess};
use crate::town::{Cause, Command};

/// Sends letter number `id` to `til`.
pub(crate) async fn letter(world: &World, til: PersonId, id: u128) {
    let town = world.town();
    let eier = town.base.kommune.orgnr;
    let ny = NyMelding {
        eier,
        id: Some(MeldingsId(id)),
        samtale: Some(MeldingsId(id)),
        avsender: format!("0192:{eier}").into(),
        fra: eier,
        mottaker: town.person(til).nummer().to_string().into(),
        til: town.key_of(til),
        prosess: Prosess::Info,
        sbd: "{}".into(),
        innhold: Innhold::Digital {
            tittel: "Tilbud".into(),
            virkningsdato: None,
            aapningskvittering: true,
            metadatafiler: Vec::new(),
        },
        hoveddokument: Some("brev.txt".into()),
        spraak: Some("nb".into()),
        utloeper: None,
        filer: vec![Fil {
            navn: "brev.txt".into(),
            tittel: None,
            mime: "text/plain".into(),
            sha256: sha256(&[b"brev"]),
            size: 4,
            tekst: Some("Hei".into()),
        }],
    };
    let melding = Meldingsnoekkel { eier, id: MeldingsId(id) };
    let cause = |what: &str| Cause::of(what, &[&id.to_be_bytes()]);
    for (what, command) in
        [("letter", PostCommand::OpprettMelding(Box::new(ny))), ("letter sent", PostCommand::SendMelding { melding })]
    {
        world.command(Command::Post(command), cause(what)).await.expect("a letter that can be sent");
    }
}
