//! Events of business messages, and how they change the town.

use std::sync::Arc;

use crate::base::OriginKey;
use crate::clock::Instant;
use crate::town::model::PersonKey;
use crate::town::state::{
    Brev, Fase, Fil, Forsendelse, Innhold, Kanal, Melding, Meldingsnoekkel, Post, Samtale, Status, Statuslinje, Town,
    Vedlegg,
};

/// What happened to a business message. The order of variants is part of the log encoding: append only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum PostEvent {
    /// Created; the conversation begins with `OPPRETTET`.
    MeldingOpprettet(Box<Melding>),
    /// A file was added.
    FilLastetOpp {
        /// To which message.
        melding: Meldingsnoekkel,
        /// The file.
        fil: Box<Fil>,
    },
    /// The sender asked for it to be sent.
    SendingBestilt {
        /// Which message.
        melding: Meldingsnoekkel,
    },
    /// With the transport; no longer in the out-store.
    MeldingOvergitt {
        /// Which message.
        melding: Meldingsnoekkel,
    },
    /// Taken out of the out-store by the sender, or done.
    MeldingFjernet {
        /// Which message.
        melding: Meldingsnoekkel,
    },
    /// A status of the conversation.
    StatusRegistrert {
        /// Of which message.
        melding: Meldingsnoekkel,
        /// The status.
        status: Status,
        /// When.
        tid: Instant,
        /// Text with it.
        beskrivelse: Option<Arc<str>>,
        /// The receipt it came with.
        kvittering: Option<Arc<str>>,
    },
    /// The operator is not asked for more receipts.
    SpoerresIkkeMer {
        /// About which message.
        melding: Meldingsnoekkel,
    },
    /// The sender deleted the conversation.
    SamtaleSlettet {
        /// Of which message.
        melding: Meldingsnoekkel,
    },
    /// A citizen received the message.
    BrevMottatt {
        /// Which message.
        melding: Meldingsnoekkel,
        /// Who.
        til: PersonKey,
        /// How.
        kanal: Kanal,
        /// When.
        tid: Instant,
    },
    /// The citizen opened it.
    BrevAapnet {
        /// Which message.
        melding: Meldingsnoekkel,
        /// When.
        tid: Instant,
    },
    /// A letter on paper is on its way to a citizen.
    BrevUnderveis {
        /// Which message.
        melding: Meldingsnoekkel,
        /// To whom.
        til: PersonKey,
        /// When the printer took it on.
        tid: Instant,
    },
}

impl PostEvent {
    /// The message this event is about.
    #[must_use]
    pub fn melding(&self) -> Meldingsnoekkel {
        match self {
            Self::MeldingOpprettet(melding) => melding.noekkel,
            Self::FilLastetOpp { melding, .. }
            | Self::SendingBestilt { melding }
            | Self::MeldingOvergitt { melding }
            | Self::MeldingFjernet { melding }
            | Self::StatusRegistrert { melding, .. }
            | Self::SpoerresIkkeMer { melding }
            | Self::SamtaleSlettet { melding }
            | Self::BrevMottatt { melding, .. }
            | Self::BrevAapnet { melding, .. }
            | Self::BrevUnderveis { melding, .. } => *melding,
        }
    }

    /// The entities touched.
    #[must_use]
    pub fn entities(&self) -> Vec<OriginKey> {
        let mut entities = vec![self.melding().origin()];
        if let Self::BrevMottatt { til, .. } | Self::BrevUnderveis { til, .. } = self {
            // Letters of one citizen stand in order of receipt.
            entities.push(OriginKey::of("entity/person", &[&til.bytes()]));
        }
        entities
    }
}

/// Puts a message event into the town.
pub(super) fn apply(town: &mut Town, event: &PostEvent) {
    let post = Arc::make_mut(&mut town.post);
    match event {
        PostEvent::MeldingOpprettet(melding) => opprettet(post, melding),
        PostEvent::FilLastetOpp { melding, fil } => {
            endre(post, *melding, |forsendelse| forsendelse.filer.push(Arc::new(Fil::clone(fil))));
        }
        PostEvent::SendingBestilt { melding } => {
            endre(post, *melding, |forsendelse| forsendelse.fase = Fase::IKoe);
            endre_samtale(post, *melding, |samtale| {
                if let Innhold::Digital { tittel, .. } | Innhold::DigitalDpv { tittel, .. } = &samtale.melding.innhold {
                    samtale.tittel = Some(tittel.clone());
                }
            });
        }
        PostEvent::MeldingOvergitt { melding } => {
            ut_av_utboksen(post, *melding);
            endre(post, *melding, |forsendelse| forsendelse.fase = Fase::Overgitt);
            endre_samtale(post, *melding, |samtale| samtale.spoerres = true);
        }
        PostEvent::MeldingFjernet { melding } => {
            ut_av_utboksen(post, *melding);
            post.forsendelser.remove(melding);
        }
        PostEvent::StatusRegistrert { melding, status, tid, beskrivelse, kvittering } => {
            let linje = Statuslinje {
                id: 0,
                status: *status,
                tid: *tid,
                beskrivelse: beskrivelse.clone(),
                kvittering: kvittering.clone(),
            };
            status_registrert(post, *melding, linje);
        }
        PostEvent::SpoerresIkkeMer { melding } => endre_samtale(post, *melding, |samtale| samtale.spoerres = false),
        PostEvent::SamtaleSlettet { melding } => {
            if let Some(samtale) = post.samtale_av.remove(melding).and_then(|nummer| post.samtaler.remove(&nummer)) {
                for linje in &samtale.statuser {
                    post.status_av.remove(&linje.id);
                }
            }
        }
        PostEvent::BrevMottatt { melding, til, kanal, tid } => {
            if !post.brev_av.contains_key(melding) {
                legg_ut_brev(post, *melding, *til, *kanal, *tid);
            }
            let id = post.brev_av.get(melding).copied();
            if let Some(brev) = id.and_then(|id| post.brev_etter_id.get_mut(&id)) {
                Arc::make_mut(brev).ankommet = Some(*tid);
            }
        }
        PostEvent::BrevUnderveis { melding, til, tid } => legg_ut_brev(post, *melding, *til, Kanal::Print, *tid),
        PostEvent::BrevAapnet { melding, tid } => {
            let brev = post.brev_av.get(melding).and_then(|id| post.brev_etter_id.get_mut(id));
            if let Some(brev) = brev {
                Arc::make_mut(brev).lest.get_or_insert(*tid);
            }
        }
    }
}

fn opprettet(post: &mut Post, melding: &Melding) {
    let (noekkel, melding) = (melding.noekkel, Arc::new(melding.clone()));
    post.antall_meldinger += 1;
    let nummer = post.antall_meldinger;
    if melding.serverlagde_id > 0 {
        let key = (noekkel.eier, melding.mottaker.clone());
        let made = post.serverlagde.get(&key).copied().unwrap_or(0);
        post.serverlagde.insert(key, made + u32::from(melding.serverlagde_id));
    }
    let samtale = Samtale {
        nummer,
        referanse: melding.samtale.to_string().into(),
        tittel: None,
        sist_oppdatert: melding.opprettet,
        ferdig: false,
        spoerres: false,
        statuser: Vec::new(),
        melding: melding.clone(),
    };
    post.samtaler.insert(nummer, Arc::new(samtale));
    post.samtale_av.insert(noekkel, nummer);
    // An id whose conversation was deleted may come again: then as a new letter.
    post.brev_av.remove(&noekkel);
    post.utboks.insert(nummer, noekkel);
    let tid = melding.opprettet;
    post.forsendelser.insert(noekkel, Arc::new(Forsendelse { nummer, melding, filer: Vec::new(), fase: Fase::Utkast }));
    let linje = Statuslinje { id: 0, status: Status::Opprettet, tid, beskrivelse: None, kvittering: None };
    status_registrert(post, noekkel, linje);
}

fn endre(post: &mut Post, noekkel: Meldingsnoekkel, change: impl FnOnce(&mut Forsendelse)) {
    if let Some(forsendelse) = post.forsendelser.get_mut(&noekkel) {
        change(Arc::make_mut(forsendelse));
    }
}

fn endre_samtale(post: &mut Post, noekkel: Meldingsnoekkel, change: impl FnOnce(&mut Samtale)) {
    if let Some(samtale) = post.samtale_av.get(&noekkel).and_then(|nummer| post.samtaler.get_mut(nummer)) {
        change(Arc::make_mut(samtale));
    }
}

fn ut_av_utboksen(post: &mut Post, noekkel: Meldingsnoekkel) {
    if let Some(forsendelse) = post.forsendelser.get(&noekkel) {
        post.utboks.remove(&forsendelse.nummer);
    }
}

/// Each status is recorded once per conversation; a repetition changes nothing (`specs/eformidling.md` §10).
fn status_registrert(post: &mut Post, noekkel: Meldingsnoekkel, linje: Statuslinje) {
    let Some(nummer) = post.samtale_av.get(&noekkel).copied() else { return };
    let Some(samtale) = post.samtaler.get_mut(&nummer) else { return };
    if samtale.has(linje.status) {
        return;
    }
    post.antall_statuser += 1;
    let samtale = Arc::make_mut(samtale);
    samtale.sist_oppdatert = linje.tid;
    samtale.ferdig |= linje.status.is_ferdig();
    samtale.statuser.push(Statuslinje { id: post.antall_statuser, ..linje });
    post.status_av.insert(post.antall_statuser, nummer);
}

fn legg_ut_brev(post: &mut Post, noekkel: Meldingsnoekkel, til: PersonKey, kanal: Kanal, tid: Instant) {
    let Some(forsendelse) = post.forsendelser.get(&noekkel) else { return };
    let melding = &forsendelse.melding;
    let vedlegg = |fil: &Arc<Fil>| Vedlegg {
        navn: fil.navn.clone(),
        tittel: fil.tittel.clone(),
        mime: fil.mime.clone(),
        sha256: fil.sha256,
        size: fil.size,
        tekst: fil.tekst.clone(),
    };
    let hoved = forsendelse.hoveddokument();
    let (tittel, tekst) = match &melding.innhold {
        Innhold::Digital { tittel, .. } => (tittel.clone(), hoved.and_then(|fil| fil.tekst.clone())),
        Innhold::Print { .. } => {
            let tittel = hoved.map(|fil| fil.tittel.clone().unwrap_or_else(|| fil.navn.clone()));
            (tittel.unwrap_or_else(|| "".into()), hoved.and_then(|fil| fil.tekst.clone()))
        }
        Innhold::DigitalDpv { tittel, sammendrag, innhold } => {
            (tittel.clone(), Some(format!("{sammendrag}\n\n{innhold}").into()))
        }
    };
    let id = post.brev_etter_id.get_max().map_or(1, |(last, _)| last + 1);
    let brev = Brev {
        id,
        at: tid,
        ankommet: None,
        til,
        fra: melding.fra,
        kanal,
        tittel,
        tekst,
        hoveddokument: hoved.map(vedlegg),
        vedlegg: forsendelse.filer.iter().filter(|fil| Some(*fil) != hoved).map(vedlegg).collect(),
        spraak: melding.spraak.clone(),
        adresseblokk: match &melding.innhold {
            Innhold::Print { mottaker, .. } => Some(mottaker.clone()),
            _ => None,
        },
        message_id: noekkel.id,
        conversation: melding.samtale,
        prosess: melding.prosess,
        lest: None,
    };
    post.brev_etter_id.insert(id, Arc::new(brev));
    post.brev_etter_person.insert((til, id), ());
    post.brev_av.insert(noekkel, id);
}
