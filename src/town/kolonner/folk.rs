//! People and what they have had.

use super::Writer;
use crate::base::{TextId, TextTable};
use crate::town::model::{
    AnnullertDoedsfallRow, AnsvarRow, Arbeidsmarked, Base, BeskyttelseRow, DayNo, DoedsfallRow, Entry, Fact, Gradering,
    InnflyttingRow, Kontakt, KontaktFlags, NavnRow, PersonId, PersonKey, Personer, Personstatus, Postkasse, Sivilstand,
    SivilstandRow, UtflyttingRow,
};
use crate::town::state::Person;

/// No middle name.
const NONE: TextId = TextId(u32::MAX);

impl Writer<'_> {
    /// The entries this world made about `person`, in the order it made them.
    fn made_here(&self, person: &Person<'_>) -> &[Entry] {
        self.town.folk.people.get(person.id.index()).map_or(&[][..], |changes| &changes.entries)
    }

    fn key_row(&self, key: PersonKey) -> PersonId {
        self.town.id_of(key).map_or(PersonId::NONE, |id| self.order.row(id))
    }

    /// Everybody's columns; new texts go to `tekst`.
    pub(super) fn people(&self, tekst: &mut TextTable) -> Personer {
        let mut people = Personer::default();
        let base = &self.town.base.personer;
        for person in self.everybody() {
            let row = self.base_row(&person);
            let renamed = self.made_here(&person).iter().any(|entry| matches!(entry.fact, Fact::Navn { .. }));
            let (fornavn, mellomnavn, etternavn) = match row.filter(|_| !renamed) {
                Some(row) => (base.fornavn[row], base.mellomnavn[row], base.etternavn[row]),
                None => {
                    let navn = person.navn();
                    let mellomnavn = navn.mellomnavn.as_deref().map_or(NONE, |name| tekst.push(name));
                    (tekst.push(&navn.fornavn), mellomnavn, tekst.push(&navn.etternavn))
                }
            };
            people.nummer.push(person.nummer());
            people.foedselsdato.push(DayNo::of(person.foedselsdato()));
            people.kjoenn.push(person.kjoenn());
            people.status.push(self.status(&person));
            people.fornavn.push(fornavn);
            people.mellomnavn.push(mellomnavn);
            people.etternavn.push(etternavn);
            people.rekkefoelge.push(row.map_or_else(|| self.order_code(&person), |row| base.rekkefoelge[row]));
            people.foedeland.push(person.foedeland());
            people.statsborgerskap.push(self.citizenship(&person));
            people.mor.push(person.mor().map_or(PersonId::NONE, |mor| self.order.row(mor.id)));
            people.far.push(person.far().map_or(PersonId::NONE, |far| self.order.row(far.id)));
            people.husstand.push(self.order.household(person.husstand().filter(|_| person.is_bosatt())));
            let partner = person.partner().filter(|partner| partner.is_bosatt() && person.is_bosatt());
            people.partner.push(partner.map_or(PersonId::NONE, |partner| self.order.row(partner.id)));
            let (flags, postkasse) = self.contact(&person);
            people.kontakt.push(flags);
            people.postkasse.push(postkasse);
            people.spraak.push(person.kontakt().spraak);
            people.merker.push(row.map_or(0, |row| base.merker[row]));
            let here = person.is_bosatt();
            people.utdanning.push(person.utdanning());
            let stays = here || row.is_some() && !person.is_fraflyttet() && !person.is_doed();
            people.arbeidsmarked.push(if stays { person.arbeidsmarked() } else { Arbeidsmarked::Utenfor });
            people.fastlege.push(person.fastlege().filter(|_| here).unwrap_or(u16::MAX));
        }
        people
    }

    /// The status here: who lives in another municipality is no resident of this one.
    fn status(&self, person: &Person<'_>) -> Personstatus {
        match person.status() {
            Personstatus::Bosatt if !person.is_bosatt() => Personstatus::IkkeBosatt,
            status => status,
        }
    }

    fn order_code(&self, person: &Person<'_>) -> u8 {
        let code = |entry: &Entry| match entry.fact {
            Fact::FoedselINorge(code) => Some(code),
            _ => None,
        };
        self.made_here(person).iter().find_map(code).unwrap_or(0)
    }

    fn citizenship(&self, person: &Person<'_>) -> crate::town::model::Landkode {
        let made = self.made_here(person).iter().rev().find_map(|entry| match entry.fact {
            Fact::Statsborgerskap(land) if entry.is_gjeldende() => Some(land),
            _ => None,
        });
        let of_base = || self.base_row(person).map(|row| self.town.base.personer.statsborgerskap[row]);
        made.or_else(of_base).unwrap_or(crate::town::model::Landkode::NOR)
    }

    fn contact(&self, person: &Person<'_>) -> (KontaktFlags, Postkasse) {
        let Kontakt { registrert, reservert, epost, mobil, postkasse, utloept, .. } = person.kontakt();
        let stands = person.is_bosatt() || person.status() == Personstatus::Midlertidig;
        let unchanged = self.base_row(person).filter(|_| self.town.kontakt.endret(person.id).is_none());
        if let Some(row) = unchanged.filter(|_| stands) {
            let base = &self.town.base.personer;
            return (base.kontakt[row], base.postkasse[row]);
        }
        if !stands || !registrert {
            return (KontaktFlags(0), Postkasse::Ingen);
        }
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let flags = KontaktFlags::REGISTRERT
            | flag(reservert, KontaktFlags::RESERVERT)
            | flag(epost.is_some(), KontaktFlags::EPOST)
            | flag(mobil.is_some(), KontaktFlags::MOBIL)
            | flag(utloept, KontaktFlags::UTLOEPT);
        (KontaktFlags(flags), if reservert { Postkasse::Ingen } else { postkasse })
    }

    /// Civil statuses, names, responsibility, protection, deaths, migration.
    pub(super) fn histories(&self, base: &mut Base) {
        for (row, person) in self.everybody().enumerate() {
            let row = PersonId::at(row);
            self.civil(base, row, &person);
            self.names(base, row, &person);
            self.responsibility(base, row, &person);
            self.migration(base, row, &person);
        }
        let old = &self.town.base;
        let row = |person: PersonId| self.order.row(person);
        let here = |one: &&BeskyttelseRow| self.town.person(one.person).is_bosatt();
        let protected = old.beskyttelser.iter().filter(here);
        base.beskyttelser = protected.map(|one| BeskyttelseRow { person: row(one.person), ..*one }).collect();
        // Who was born here under protection has it from the register.
        for (at, person) in self.everybody().enumerate().take(self.order.residents) {
            let given = self.made_here(&person).iter().find_map(|entry| match entry.fact {
                Fact::Adressebeskyttelse(gradering) if entry.is_gjeldende() => Some((gradering, entry.gyldig_fra)),
                Fact::Bostedsadresse { gradering: Gradering::Klientadresse, .. } if entry.is_gjeldende() => {
                    Some((Gradering::Klientadresse, entry.gyldig_fra))
                }
                _ => None,
            });
            if let (Some((gradering, Some(fra))), None) = (given, self.base_row(&person)) {
                base.beskyttelser.push(BeskyttelseRow { person: PersonId::at(at), gradering, fra });
            }
        }
        base.statsborgerskap.extend(
            old.statsborgerskap
                .iter()
                .map(|one| crate::town::model::StatsborgerskapRow { person: row(one.person), ..*one }),
        );
        base.tidligere_nummer = old
            .tidligere_nummer
            .iter()
            .map(|one| crate::town::model::NummerRow { person: row(one.person), ..*one })
            .collect();
        base.dnummer =
            old.dnummer.iter().map(|one| crate::town::model::DnummerRow { person: row(one.person), ..*one }).collect();
        base.doedfoedte = old
            .doedfoedte
            .iter()
            .map(|one| crate::town::model::DoedfoedtRow { mor: row(one.mor), far: row(one.far), ..*one })
            .collect();
        let wrong = old.annullerte_doedsfall.iter();
        base.annullerte_doedsfall =
            wrong.map(|one| AnnullertDoedsfallRow { person: row(one.person), ..*one }).collect();
        base.annullerte_doedsfall.sort_by_key(|row| row.person);
        base.sivilstander.sort_by_key(|row| (row.person, row.dato));
        base.tidligere_navn.sort_by_key(|row| (row.person, row.til));
        base.ansvar.sort_by_key(|row| (row.barn, row.ansvarlig));
        base.beskyttelser.sort_by_key(|row| row.person);
        base.statsborgerskap.sort_by_key(|row| (row.person, row.fra));
        base.tidligere_nummer.sort_by_key(|row| (row.person, row.til));
        base.dnummer.sort_by_key(|row| row.person);
        base.doedfoedte.sort_by_key(|row| row.mor);
    }

    fn civil(&self, base: &mut Base, row: PersonId, person: &Person<'_>) {
        if let Some(at) = self.base_row(person) {
            let before = self.town.base.sivilstander_of(PersonId::at(at)).iter();
            base.sivilstander.extend(before.map(|one| SivilstandRow {
                person: row,
                relatert: self.order.row(one.relatert),
                ..*one
            }));
        }
        for entry in self.made_here(person).iter().filter(|entry| entry.id.is_of_world() && entry.fjernet.is_none()) {
            if let Fact::Sivilstand { sivilstand, dato: Some(dato), relatert } = entry.fact
                && sivilstand != Sivilstand::Ugift
            {
                let relatert = relatert.map_or(PersonId::NONE, |key| self.key_row(key));
                base.sivilstander.push(SivilstandRow { person: row, sivilstand, dato, relatert });
            }
        }
    }

    fn names(&self, base: &mut Base, row: PersonId, person: &Person<'_>) {
        let at = self.base_row(person);
        if let Some(at) = at {
            let before = self.town.base.tidligere_navn_of(PersonId::at(at)).iter();
            base.tidligere_navn.extend(before.map(|one| NavnRow { person: row, ..*one }));
        }
        // A name that was replaced, with the day the next took over.
        let entries = self.made_here(person);
        let names = || entries.iter().filter(|entry| matches!(entry.fact, Fact::Navn { .. }));
        for (old, new) in names().zip(names().skip(1)) {
            let (Fact::Navn { navn, midlertidig }, Some(til)) = (&old.fact, new.gyldig_fra) else { continue };
            let mellomnavn = navn.mellomnavn.as_deref().map_or(NONE, |name| base.tekst.push(name));
            let (fornavn, etternavn) = (base.tekst.push(&navn.fornavn), base.tekst.push(&navn.etternavn));
            base.tidligere_navn.push(NavnRow {
                person: row,
                til,
                fornavn,
                mellomnavn,
                etternavn,
                midlertidig: *midlertidig,
            });
        }
    }

    fn responsibility(&self, base: &mut Base, row: PersonId, child: &Person<'_>) {
        if child.alder() >= 18 {
            return;
        }
        let made = self.made_here(child);
        let touched = made.iter().any(|entry| matches!(entry.fact, Fact::Foreldreansvar { .. }));
        if let Some(at) = self.base_row(child).filter(|_| !touched) {
            let rows = self.town.base.ansvar_for(PersonId::at(at)).iter();
            base.ansvar.extend(rows.map(|one| AnsvarRow {
                barn: row,
                ansvarlig: self.order.row(one.ansvarlig),
                ..*one
            }));
            return;
        }
        for entry in child.entries().iter().filter(|entry| entry.is_gjeldende()) {
            if let Fact::Foreldreansvar { ansvar, ansvarlig: Some(adult), .. } = entry.fact {
                let fra = entry.gyldig_fra.unwrap_or(DayNo::of(child.foedselsdato()));
                base.ansvar.push(AnsvarRow { barn: row, ansvarlig: self.key_row(adult), ansvar, fra });
            }
        }
    }

    fn migration(&self, base: &mut Base, row: PersonId, person: &Person<'_>) {
        if let Some(at) = self.base_row(person) {
            let (old, id) = (&self.town.base, PersonId::at(at));
            base.doedsfall.extend(old.doedsfall_of(id).map(|dato| DoedsfallRow { person: row, dato }));
            let came = old.innflyttinger_of(id).iter();
            base.innflyttinger.extend(came.map(|one| InnflyttingRow { person: row, ..*one }));
            let left = old.utflyttinger_of(id).iter();
            base.utflyttinger.extend(left.map(|one| UtflyttingRow { person: row, ..*one }));
        }
        for entry in self.made_here(person).iter().filter(|entry| entry.id.is_of_world() && entry.fjernet.is_none()) {
            match (&entry.fact, entry.gyldig_fra) {
                (Fact::Doedsfall(dato), _) => base.doedsfall.push(DoedsfallRow { person: row, dato: *dato }),
                (Fact::Innflytting(land), Some(dato)) => {
                    base.innflyttinger.push(InnflyttingRow { person: row, land: *land, dato });
                }
                (Fact::Utflytting { land, dato }, _) => {
                    base.utflyttinger.push(UtflyttingRow { person: row, land: *land, dato: *dato });
                }
                _ => {}
            }
        }
    }
}
