//! What the contact register holds about one person.

use super::{Navn, PersonKey, Postkasse, Spraak};
use crate::base::{keyed_hash, slug};
use crate::clock::{Instant, Span};

/// One person's entry in the contact and reservation register, or the lack of one.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kontakt {
    /// Stands in the register.
    pub registrert: bool,
    /// Reserved against digital communication with the public sector.
    pub reservert: bool,
    /// E-mail address, always of a reserved domain.
    pub epost: Option<String>,
    /// Mobile number with country code, always of an unassigned series.
    pub mobil: Option<String>,
    /// Digital mailbox.
    pub postkasse: Postkasse,
    /// Language for letters.
    pub spraak: Spraak,
    /// The contact data is older than eighteen months and may not be used for notices.
    pub utloept: bool,
    /// When the entry last changed.
    pub oppdatert: Instant,
}

impl Kontakt {
    /// No entry, of somebody the register has never heard of; `oppdatert` is without meaning then.
    #[must_use]
    pub fn ingen(oppdatert: Instant) -> Self {
        Self {
            registrert: false,
            reservert: false,
            epost: None,
            mobil: None,
            postkasse: Postkasse::Ingen,
            spraak: Spraak::Nb,
            utloept: false,
            oppdatert,
        }
    }

    /// Whether notices may be sent: registered, not reserved, and with contact data that is fresh
    /// (`specs/folkeregister.md` §18.1).
    #[must_use]
    pub fn kan_varsles(&self) -> bool {
        self.registrert && !self.reservert && !self.utloept && (self.epost.is_some() || self.mobil.is_some())
    }

    /// Address of the digital mailbox of the person called `key`, in the suppliers' form `fornavn.etternavn#9XYZ`; none
    /// without a mailbox.
    #[must_use]
    pub fn postkasseadresse(&self, navn: &Navn, key: PersonKey) -> Option<String> {
        /// Letters and digits that are not mistaken for each other.
        const TEGN: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
        self.postkasse.leverandoer()?;
        let hash = keyed_hash("kontakt/postkasseadresse", &[&key.bytes()]);
        let suffix: String = hash.0[..3].iter().map(|byte| char::from(TEGN[usize::from(byte % 32)])).collect();
        Some(format!("{}.{}#9{suffix}", slug(&navn.fornavn), slug(&navn.etternavn)))
    }
}

/// Months after which contact data that was neither changed nor confirmed may not be used for notices
/// (`specs/folkeregister.md` §18.1).
pub const FERSK_MAANEDER: i32 = 18;
/// Days between confirmations by somebody who keeps the contact data fresh.
const BEKREFTES_DAGER: i64 = 180;
/// Milliseconds of a day.
const DAG_MS: i64 = 86_400_000;

/// When an e-mail address or a mobile number was last changed and confirmed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kanaldatoer {
    /// Last change.
    pub oppdatert: Instant,
    /// A confirmation; the last one when none follows.
    pub verifisert: Instant,
    /// Whether confirmations follow twice a year, as of who logs in somewhere now and then.
    pub holdes_fersk: bool,
}

impl Kanaldatoer {
    /// Changed at `at`, and confirmed from then on.
    #[must_use]
    pub fn fersk(at: Instant) -> Self {
        Self { oppdatert: at, verifisert: at, holdes_fersk: true }
    }

    /// The last confirmation before `now`.
    #[must_use]
    pub fn sist_verifisert(&self, now: Instant) -> Instant {
        let age = now.millis() - self.verifisert.millis();
        if !self.holdes_fersk || age < 0 {
            return self.verifisert;
        }
        let step = BEKREFTES_DAGER * DAG_MS;
        self.verifisert.plus_millis(age / step * step)
    }

    /// Whether it may be used for notices at `now`: changed or confirmed within eighteen months.
    #[must_use]
    pub fn is_fersk(&self, now: Instant) -> bool {
        let limit = Span::Calendar { months: FERSK_MAANEDER, days: 0, millis: 0 }.before(now);
        self.oppdatert.max(self.sist_verifisert(now)) >= limit
    }
}

/// When the parts of an entry last changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kontaktdatoer {
    /// The reservation, made or taken back.
    pub reservasjon: Instant,
    /// The e-mail address.
    pub epost: Kanaldatoer,
    /// The mobile number.
    pub mobil: Kanaldatoer,
    /// The language.
    pub spraak: Instant,
    /// When the register took the entry out, after a death or an emigration.
    pub slettet: Option<Instant>,
}

impl Kontaktdatoer {
    /// All parts changed at `at`; confirmed from then on when `holdes_fersk`.
    #[must_use]
    pub fn alle(at: Instant, holdes_fersk: bool) -> Self {
        let kanal = Kanaldatoer { holdes_fersk, ..Kanaldatoer::fersk(at) };
        Self { reservasjon: at, epost: kanal, mobil: kanal, spraak: at, slettet: None }
    }
}

/// What the register holds about somebody, also what it shows no more.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kontaktoppfoering {
    /// The entry.
    pub kontakt: Kontakt,
    /// Its dates.
    pub datoer: Kontaktdatoer,
}

impl Kontaktoppfoering {
    /// The register's word for how the entry stands.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match (self.kontakt.registrert, self.datoer.slettet) {
            (false, _) => "IKKE_REGISTRERT",
            (true, None) => "AKTIV",
            (true, Some(_)) => "SLETTET",
        }
    }

    /// Whether notices may be sent at `now`: the entry stands, nobody has reserved, and a channel is fresh.
    #[must_use]
    pub fn kan_varsles(&self, now: Instant) -> bool {
        let Kontakt { registrert, reservert, epost, mobil, .. } = &self.kontakt;
        let usable = |there: bool, dates: &Kanaldatoer| there && dates.is_fersk(now);
        let channel = usable(epost.is_some(), &self.datoer.epost) || usable(mobil.is_some(), &self.datoer.mobil);
        *registrert && self.datoer.slettet.is_none() && !reservert && channel
    }

    /// What others in the town see of it: nothing but the reservation once it is taken out.
    #[must_use]
    pub fn synlig(self) -> Kontakt {
        let Self { kontakt, datoer } = self;
        match datoer.slettet {
            None => kontakt,
            Some(_) => Kontakt {
                registrert: kontakt.reservert,
                epost: None,
                mobil: None,
                postkasse: Postkasse::Ingen,
                ..kontakt
            },
        }
    }
}

/// How the register of a world goes about things the real one leaves open (`specs/folkeregister.md` §18.1, §21).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct Kontaktregler {
    /// Days from a death or an emigration until the entry is taken out.
    pub slettes_etter_dager: u32,
    /// Contact data that has expired is left out of answers.
    pub skjul_utloept: bool,
}
