//! The words of the domain and the base columns of a generated town.

#[macro_use]
mod codes;
mod arbeid;
mod base;
mod boliger;
mod columns;
mod columns_values;
mod fact;
mod flom;
mod hendelse;
mod ids;
mod kontakt;
mod land;
mod lesere;
mod livsplan;
mod merker;
mod opplysninger;
mod oppslag;
mod personer;
#[cfg(test)]
pub(crate) mod tests_town;
mod virksomheter;

pub use arbeid::{ArbeidsforholdRow, Arbeidsmarked, InntektRow, Skatteoppgjoer, Utdanning};
pub use base::{Base, BaseHeader, Kommune};
pub use boliger::{
    Boliger, Bygning, Bygningstype, Eieform, Eiendom, Gate, HjemmelRow, Husstander, INGEN_GATE, Poststed,
};
pub use codes::{
    Ansvar, Bruksenhetstype, Gradering, Hendelsestype, Husstandstype, KontaktFlags, Merke, Personstatus, Postkasse,
    Relasjonsrolle, Sivilstand, Spraak,
};
pub use columns::{COLUMNS, Column};
pub use fact::{Endring, Endringsslag, Entry, Fact, FactId, Landkode, Navn, NyFact, Registrering, fold};
pub use flom::{Identitetsflom, UNIK_FRA};
pub use hendelse::{Flyttespor, HaddeJobb, Hendelsesart, Hendelsesspor, LevdeSlik};
pub use ids::{
    BoligId, BygningId, DayNo, DocumentId, EiendomId, HusstandId, PersonId, PersonKey, SpellId, VirksomhetId,
};
pub use kontakt::{Kanaldatoer, Kontakt, Kontaktdatoer, Kontaktoppfoering, Kontaktregler};
pub use lesere::Lesere;
pub use livsplan::{Kandidat, Livsslag, Nivaa, Planer};
pub use merker::Virksomhetsmerke;
pub use opplysninger::{
    Bibeholdstatus, Doedsbo, Doedsbokontakt, Identitetsgrunnlagstatus, Idnummertype, Legitimasjonsdokument,
    OppholdAnnetSted, Oppholdsadresse, Oppholdssted, Oppholdstillatelse, Oppholdsvarighet, PersonUtenNummer,
    RettIdentitet, Samiskspraak, Skifteform, Svalbardopphold, Utenlandsadresse, Valgmanntallsforhold, Verge, Vergemaal,
    Vergemaalsomfang,
};
pub use oppslag::{Oppslag, er_bolig, leterekke};
pub use personer::{
    AnnullertDoedsfallRow, AnsvarRow, BeskyttelseRow, BostedRow, DeltBostedRow, DnummerRow, DoedfoedtRow, DoedsfallRow,
    ForelderUtenNummerRow, FosterhjemRow, InnflyttingRow, NavnRow, NummerRow, Nummerskifte, Personer, SivilstandRow,
    StatsborgerskapRow, UtflyttingRow, VergemaalRow, Vergemaalsslag,
};
pub use virksomheter::{
    AksjeRow, Fastlegeliste, Organisasjonsform, PlassRow, RolleRow, Rolletype, Virksomhet, VirksomhetFlags,
    Virksomhetsslag,
};
