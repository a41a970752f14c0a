//! The bytes of one value of a column. They are part of the digest and of the file of columns: a changed row is a new
//! column with a new name.

use super::{
    AksjeRow, AnnullertDoedsfallRow, Ansvar, AnsvarRow, ArbeidsforholdRow, Arbeidsmarked, BeskyttelseRow, BoligId,
    BostedRow, Bruksenhetstype, Bygning, BygningId, Bygningstype, DayNo, DeltBostedRow, DnummerRow, DoedfoedtRow,
    DoedsfallRow, Eieform, Eiendom, EiendomId, Fastlegeliste, ForelderUtenNummerRow, FosterhjemRow, Gate, Gradering,
    HjemmelRow, HusstandId, Husstandstype, InnflyttingRow, InntektRow, KontaktFlags, Landkode, NavnRow, NummerRow,
    Nummerskifte, Organisasjonsform, PersonId, Personstatus, PlassRow, Postkasse, Poststed, RolleRow, Rolletype,
    Sivilstand, SivilstandRow, Skatteoppgjoer, SpellId, Spraak, StatsborgerskapRow, Utdanning, UtflyttingRow,
    VergemaalRow, Vergemaalsslag, Virksomhet, VirksomhetFlags, VirksomhetId, Virksomhetsslag,
};
use crate::base::{Foedselsnummer, Kjoenn, Kommunenummer, Orgnummer, TextId};

/// A value of a column, of fixed width.
pub(super) trait Fixed: Sized {
    /// Bytes it takes.
    const WIDTH: usize;

    /// Appends its bytes.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads it from the front of `bytes`; `None` when they are none of this kind.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// The first `N` bytes, taken off the front.
fn front<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (front, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*front)
}

macro_rules! integers {
    ($($kind:ty),*) => { $(impl Fixed for $kind {
        const WIDTH: usize = size_of::<$kind>();
        fn put(&self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_be_bytes()); }
        fn take(bytes: &mut &[u8]) -> Option<Self> { front(bytes).map(<$kind>::from_be_bytes) }
    })* };
}
integers!(u8, u16, u32, u64, i32);

macro_rules! wrapped {
    ($($kind:ident($inner:ty)),*) => { $(impl Fixed for $kind {
        const WIDTH: usize = <$inner>::WIDTH;
        fn put(&self, out: &mut Vec<u8>) { self.0.put(out); }
        fn take(bytes: &mut &[u8]) -> Option<Self> { <$inner>::take(bytes).map($kind) }
    })* };
}
wrapped!(
    TextId(u32),
    PersonId(u32),
    HusstandId(u32),
    BoligId(u32),
    SpellId(u32),
    BygningId(u32),
    EiendomId(u32),
    VirksomhetId(u32),
    VirksomhetFlags(u16),
    DayNo(i32),
    KontaktFlags(u8),
    Kommunenummer(u16),
    Landkode([u8; 3])
);

/// Words by their place in the register's list.
macro_rules! words {
    ($($kind:ident),*) => { $(impl Fixed for $kind {
        const WIDTH: usize = 1;
        fn put(&self, out: &mut Vec<u8>) { out.push(*self as u8); }
        fn take(bytes: &mut &[u8]) -> Option<Self> { Self::ALL.get(usize::from(u8::take(bytes)?)).copied() }
    })* };
}
words!(
    Personstatus,
    Sivilstand,
    Gradering,
    Ansvar,
    Bruksenhetstype,
    Husstandstype,
    Spraak,
    Postkasse,
    Utdanning,
    Arbeidsmarked,
    Skatteoppgjoer,
    Eieform,
    Bygningstype,
    Organisasjonsform,
    Rolletype,
    Nummerskifte,
    Vergemaalsslag,
    Virksomhetsslag
);

macro_rules! listed {
    ($($kind:ident { $($word:ident = $byte:literal),* }),*) => { $(impl Fixed for $kind {
        const WIDTH: usize = 1;
        fn put(&self, out: &mut Vec<u8>) { out.push(match self { $($kind::$word => $byte),* }); }
        fn take(bytes: &mut &[u8]) -> Option<Self> {
            match u8::take(bytes)? { $($byte => Some($kind::$word),)* _ => None }
        }
    })* };
}
listed!(
    Kjoenn { Kvinne = 0, Mann = 1 }
);

impl<const N: usize> Fixed for [u8; N] {
    const WIDTH: usize = N;
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        front(bytes)
    }
}

impl Fixed for bool {
    const WIDTH: usize = 1;
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match u8::take(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

/// A number that stands in a column was checked when it was made, and is checked again when it is read: only synthetic
/// numbers come in.
impl Fixed for Foedselsnummer {
    const WIDTH: usize = 8;
    fn put(&self, out: &mut Vec<u8>) {
        self.value().put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Self::parse(&format!("{:011}", u64::take(bytes)?)).ok()
    }
}

impl Fixed for Orgnummer {
    const WIDTH: usize = 4;
    fn put(&self, out: &mut Vec<u8>) {
        self.value().put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Self::parse(&format!("{:09}", u32::take(bytes)?)).ok()
    }
}

macro_rules! rows {
    ($($row:ident { $($field:ident: $kind:ty),* })*) => { $(impl Fixed for $row {
        const WIDTH: usize = 0 $(+ <$kind>::WIDTH)*;
        fn put(&self, out: &mut Vec<u8>) { $(self.$field.put(out);)* }
        fn take(bytes: &mut &[u8]) -> Option<Self> { Some(Self { $($field: <$kind>::take(bytes)?),* }) }
    })* };
}
rows! {
    SivilstandRow { person: PersonId, sivilstand: Sivilstand, dato: DayNo, relatert: PersonId }
    BostedRow { bolig: BoligId, fra: DayNo, til: DayNo }
    NavnRow { person: PersonId, til: DayNo, fornavn: TextId, mellomnavn: TextId, etternavn: TextId, midlertidig: bool }
    AnsvarRow { barn: PersonId, ansvarlig: PersonId, ansvar: Ansvar, fra: DayNo }
    BeskyttelseRow { person: PersonId, gradering: Gradering, fra: DayNo }
    DoedsfallRow { person: PersonId, dato: DayNo }
    AnnullertDoedsfallRow { person: PersonId, dato: DayNo, annullert: DayNo }
    Gate { navn: TextId, kode: u16 }
    Poststed { nummer: u16, navn: TextId, bare_postboks: bool }
    Virksomhet { orgnr: Orgnummer, navn: TextId, slag: Virksomhetsslag, kapasitet: u16, form: Organisasjonsform,
        naeringskode: u32, overordnet: VirksomhetId, bygning: BygningId, stiftet: DayNo, registrert: DayNo, slettet: DayNo,
        konkurs: DayNo, ansatte: u16, kapital: u32, registre: VirksomhetFlags }
    PlassRow { person: PersonId, virksomhet: VirksomhetId, fra: DayNo }
    StatsborgerskapRow { person: PersonId, land: Landkode, fra: DayNo, til: DayNo }
    InnflyttingRow { person: PersonId, land: Landkode, dato: DayNo }
    UtflyttingRow { person: PersonId, land: Landkode, dato: DayNo }
    NummerRow { person: PersonId, nummer: Foedselsnummer, grunn: Nummerskifte, til: DayNo }
    DnummerRow { person: PersonId, fra: DayNo }
    VergemaalRow { person: PersonId, verge: PersonId, slag: Vergemaalsslag, fra: DayNo }
    DeltBostedRow { barn: PersonId, bolig: BoligId, fra: DayNo }
    FosterhjemRow { barn: PersonId, husstand: HusstandId, fra: DayNo }
    DoedfoedtRow { mor: PersonId, far: PersonId, kjoenn: Kjoenn, dato: DayNo }
    ForelderUtenNummerRow { barn: PersonId, fornavn: TextId, etternavn: TextId, foedselsdato: DayNo, kjoenn: Kjoenn,
        land: Landkode }
    Bygning { slag: Bygningstype, gate: u32, husnummer: u16, husbokstav: u8, eiendom: EiendomId, poststed: u16,
        grunnkrets: u16, skolekrets: u8, stemmekrets: u8, oest: i32, nord: i32, byggeaar: u16 }
    Eiendom { gardsnummer: u16, bruksnummer: u16, festenummer: u16, seksjonsnummer: u16 }
    HjemmelRow { eiendom: EiendomId, person: PersonId, virksomhet: VirksomhetId, teller: u16, nevner: u16, fra: DayNo }
    RolleRow { virksomhet: VirksomhetId, rolle: Rolletype, person: PersonId, enhet: VirksomhetId, fra: DayNo }
    AksjeRow { virksomhet: VirksomhetId, person: PersonId, eier: VirksomhetId, antall: u32 }
    Fastlegeliste { lege: PersonId, kontor: VirksomhetId, tak: u16 }
    ArbeidsforholdRow { person: PersonId, virksomhet: VirksomhetId, yrke: u16, stillingsprosent: u8, maanedsloenn: u32,
        fra: DayNo, til: DayNo }
    InntektRow { person: PersonId, aar: u16, oppgjoer: Skatteoppgjoer, loenn: u32, naering: u32, pensjon: u32,
        ytelser: u32, kapital: i32, skatt: u32 }
}
