//! A town small enough to know by heart, for tests of what reads the columns.
//!
//! Three households and the rows they point at. `TestTown::eksempel()` is the cast; the builder makes others.

use jiff::civil::date;

use super::{
    Ansvar, AnsvarRow, Arbeidsmarked, Base, BaseHeader, BeskyttelseRow, BoligId, Boliger, BostedRow, Bruksenhetstype,
    Bygning, BygningId, Bygningstype, DayNo, DoedsfallRow, Eieform, Eiendom, EiendomId, Gate, Gradering, HusstandId,
    Husstander, Husstandstype, INGEN_GATE, Kommune, KontaktFlags, Landkode, Merke, NavnRow, PersonId, Personstatus,
    Postkasse, Poststed, Sivilstand, SivilstandRow, SpellId, Spraak, Utdanning, Virksomhet, Virksomhetsslag,
};
use crate::base::{Foedselsnummer, Kjoenn, Kommunenummer, Orgnummer, Seed, TextId, TextTable};
use crate::clock::DEFAULT_START;

/// A date as a column holds it.
pub(crate) fn dag(year: i16, month: i8, day: i8) -> DayNo {
    DayNo::of(date(year, month, day))
}

/// The cast of [`TestTown::eksempel`], by position.
pub(crate) mod rolle {
    use super::PersonId;

    /// Born 1990, married to `OLA`, mother of three.
    pub(crate) const KARI: PersonId = PersonId(0);
    /// Born 1988.
    pub(crate) const OLA: PersonId = PersonId(1);
    /// Born 2018.
    pub(crate) const NORA: PersonId = PersonId(2);
    /// Born 2026-09-10, got a name in October.
    pub(crate) const JONAS: PersonId = PersonId(3);
    /// Born 2026-12-30, without a name.
    pub(crate) const NYFOEDT: PersonId = PersonId(4);
    /// Born 1941, widow since 2026-05-12.
    pub(crate) const ASTRID: PersonId = PersonId(5);
    /// Born 1992, divorced, strictly protected since 2026-06-01.
    pub(crate) const LINE: PersonId = PersonId(6);
    /// Born 2019, child of `LINE`, protected with her.
    pub(crate) const EMMA: PersonId = PersonId(7);
    /// Born in Poland in 1985, here since 2014, confidential address since 2020.
    pub(crate) const PIOTR: PersonId = PersonId(8);
    /// Born 1939, dead since 2026-05-12.
    pub(crate) const EINAR: PersonId = PersonId(9);
    /// Born 1987, once married to `LINE`, emigrated 2026-08-15.
    pub(crate) const TOM: PersonId = PersonId(10);
    /// Born 1963, home unknown.
    pub(crate) const ROAR: PersonId = PersonId(11);
}

/// Takes the street from a dwelling: it becomes the second home on the property 43/98.
pub(crate) fn uten_gate(base: &mut Base, bolig: BoligId) {
    let (row, boliger) = (bolig.index(), &mut base.boliger);
    (boliger.gate[row], boliger.husnummer[row], boliger.husbokstav[row]) = (INGEN_GATE, 2, 0);
    boliger.bygning[row] = BygningId::at(base.bygninger.len());
    base.bygninger.push(Bygning {
        slag: Bygningstype::Vaaningshus,
        gate: INGEN_GATE,
        husnummer: 2,
        husbokstav: 0,
        eiendom: EiendomId::at(base.eiendommer.len()),
        poststed: boliger.poststed[row],
        grunnkrets: boliger.grunnkrets[row],
        skolekrets: boliger.skolekrets[row],
        stemmekrets: boliger.stemmekrets[row],
        oest: 400_000,
        nord: 7_600_000,
        byggeaar: 1_921,
    });
    base.eiendommer.push(Eiendom { gardsnummer: 43, bruksnummer: 98, festenummer: 0, seksjonsnummer: 0 });
}

/// Builds a [`Base`] row by row.
pub(crate) struct TestTown {
    base: Base,
    spells: Vec<Vec<SpellId>>,
}

impl TestTown {
    /// A municipality with two streets, four dwellings and nobody.
    pub(crate) fn tom_by() -> Self {
        let mut tekst = TextTable::default();
        let (kaivegen, lia) = (tekst.push("Kaivegen"), tekst.push("Lia"));
        let (sted, kommunenavn) = (tekst.push("NORDVIK"), tekst.push("NORDVIK KOMMUNE"));
        let orgnr = (30_000_100..).find_map(Orgnummer::compose).expect("one in eleven is not issued");
        let boliger = Boliger {
            gate: vec![0, 0, 1, 1],
            husnummer: vec![14, 3, 7, 8],
            husbokstav: vec![b'B', 0, 0, 0],
            bruksenhet: vec![*b"H0101", *b"H0201", *b"H0101", *b"U0101"],
            bruksenhetstype: vec![Bruksenhetstype::Bolig; 4],
            poststed: vec![0; 4],
            grunnkrets: vec![101, 101, 102, 102],
            skolekrets: vec![2, 2, 1, 1],
            stemmekrets: vec![1; 4],
            bygning: vec![BygningId::NONE; 4],
            eieform: vec![Eieform::Selveier; 4],
        };
        let header = BaseHeader {
            pack: "test".to_owned(),
            schema: 1,
            seed: Seed(42),
            size: 0,
            start: DEFAULT_START,
            profile: "test".to_owned(),
        };
        let kommune = Kommune { nummer: Kommunenummer(9901), navn: "Nordvik".to_owned(), orgnr };
        let base = Base {
            husstander: Husstander { start: vec![0], ..Husstander::default() },
            boliger,
            gater: vec![Gate { navn: kaivegen, kode: 1040 }, Gate { navn: lia, kode: 1050 }],
            poststeder: vec![Poststed { nummer: 9992, navn: sted, bare_postboks: false }],
            virksomheter: vec![Virksomhet::ny(orgnr, kommunenavn, Virksomhetsslag::Kommune)],
            ..Base::empty(header, kommune, tekst)
        };
        Self { base, spells: Vec::new() }
    }

    /// Adds somebody; everything else is set on the columns afterwards.
    pub(crate) fn person(&mut self, fornavn: &str, etternavn: &str, kjoenn: Kjoenn, foedt: (i16, i8, i8)) -> PersonId {
        let personer = &mut self.base.personer;
        let id = PersonId::at(personer.nummer.len());
        let iii = if foedt.0 < 1940 { 400..=499 } else { 900..=999 };
        let short = |part: i8| u8::try_from(part).expect("a day or month");
        let year = u8::try_from(foedt.0 % 100).expect("two digits");
        let nummer = iii
            .rev()
            .filter_map(|iii| Foedselsnummer::compose(short(foedt.2), short(foedt.1), year, iii, false))
            .find(|nummer| nummer.kjoenn() == kjoenn && !personer.nummer.contains(nummer))
            .expect("a free number");
        let text = &mut self.base.tekst;
        personer.nummer.push(nummer);
        personer.foedselsdato.push(dag(foedt.0, foedt.1, foedt.2));
        personer.kjoenn.push(kjoenn);
        personer.status.push(Personstatus::Bosatt);
        personer.fornavn.push(text.push(fornavn));
        personer.mellomnavn.push(TextId(u32::MAX));
        personer.etternavn.push(text.push(etternavn));
        personer.rekkefoelge.push(11);
        personer.foedeland.push(Landkode::NOR);
        personer.statsborgerskap.push(Landkode::NOR);
        personer.mor.push(PersonId::NONE);
        personer.far.push(PersonId::NONE);
        personer.husstand.push(HusstandId::NONE);
        personer.partner.push(PersonId::NONE);
        personer.kontakt.push(KontaktFlags(KontaktFlags::REGISTRERT | KontaktFlags::EPOST | KontaktFlags::MOBIL));
        personer.postkasse.push(Postkasse::Ingen);
        personer.spraak.push(Spraak::Nb);
        personer.merker.push(0);
        personer.utdanning.push(Utdanning::Uoppgitt);
        personer.arbeidsmarked.push(Arbeidsmarked::Utenfor);
        personer.fastlege.push(u16::MAX);
        self.spells.push(Vec::new());
        id
    }

    /// A household with its first member as reference person.
    pub(crate) fn husstand(&mut self, slag: Husstandstype, medlemmer: &[PersonId]) -> HusstandId {
        let id = HusstandId::at(self.base.husstander.slag.len());
        self.base.husstander.slag.push(slag);
        self.base.husstander.medlemmer.extend_from_slice(medlemmer);
        self.base.husstander.start.push(u32::try_from(self.base.husstander.medlemmer.len()).expect("few"));
        for person in medlemmer {
            self.base.personer.husstand[person.index()] = id;
        }
        let bosted = *self.spells[medlemmer[0].index()].last().unwrap_or(&SpellId::NONE);
        self.base.husstander.bosted.push(bosted);
        id
    }

    /// A residence spell shared by `personer`.
    pub(crate) fn bosted(&mut self, bolig: BoligId, fra: DayNo, til: DayNo, personer: &[PersonId]) -> SpellId {
        let id = SpellId::at(self.base.bosteder.len());
        self.base.bosteder.push(BostedRow { bolig, fra, til });
        for person in personer {
            self.spells[person.index()].push(id);
        }
        id
    }

    /// Makes `barn` the child of `mor` and `far`, with joint responsibility since birth when a minor.
    pub(crate) fn forelder(&mut self, barn: PersonId, mor: PersonId, far: PersonId) {
        self.base.personer.mor[barn.index()] = mor;
        self.base.personer.far[barn.index()] = far;
    }

    /// The columns, for what has no method.
    pub(crate) fn base_mut(&mut self) -> &mut Base {
        &mut self.base
    }

    /// Sorts and indexes everything.
    pub(crate) fn ferdig(self) -> Base {
        let Self { mut base, spells } = self;
        let count = base.person_count();
        base.header.size = u32::try_from(count).expect("few");
        base.person_bosted_start.push(0);
        for own in spells {
            base.person_bosteder.extend(own);
            base.person_bosted_start.push(u32::try_from(base.person_bosteder.len()).expect("few"));
        }
        base.barn_start.push(0);
        for parent in 0..count {
            let mut children: Vec<PersonId> = (0..count)
                .map(PersonId::at)
                .filter(|child| {
                    let parent = PersonId::at(parent);
                    base.personer.mor[child.index()] == parent || base.personer.far[child.index()] == parent
                })
                .collect();
            children.sort_by_key(|child| base.personer.foedselsdato[child.index()]);
            base.barn.extend(children);
            base.barn_start.push(u32::try_from(base.barn.len()).expect("few"));
        }
        base.sivilstander.sort_by_key(|row| (row.person, row.dato));
        base.tidligere_navn.sort_by_key(|row| (row.person, row.til));
        base.ansvar.sort_by_key(|row| (row.barn, row.ansvarlig));
        base.beskyttelser.sort_by_key(|row| row.person);
        base.doedsfall.sort_by_key(|row| row.person);
        base.by_nummer = (0..count).map(PersonId::at).collect();
        base.by_nummer.sort_by_key(|person| base.personer.nummer[person.index()]);
        base
    }

    /// The cast of [`rolle`].
    #[expect(clippy::too_many_lines, reason = "one town, told from beginning to end")]
    pub(crate) fn eksempel() -> Base {
        use Kjoenn::{Kvinne, Mann};
        use rolle::{ASTRID, EINAR, EMMA, JONAS, KARI, LINE, NORA, NYFOEDT, OLA, PIOTR, ROAR, TOM};

        let mut town = Self::tom_by();
        for (fornavn, etternavn, kjoenn, foedt) in [
            ("Kari", "Nordås", Kvinne, (1990, 5, 17)),
            ("Ola", "Nordås", Mann, (1988, 2, 3)),
            ("Nora", "Nordås", Kvinne, (2018, 7, 1)),
            ("Jonas", "Nordås", Mann, (2026, 9, 10)),
            ("Kari*GUTT", "Nordås", Mann, (2026, 12, 30)),
            ("Astrid", "Øye", Kvinne, (1941, 3, 3)),
            ("Line", "Skog", Kvinne, (1992, 11, 11)),
            ("Emma", "Skog", Kvinne, (2019, 1, 20)),
            ("Piotr", "Żak", Mann, (1985, 6, 6)),
            ("Einar", "Øye", Mann, (1939, 1, 9)),
            ("Tom", "Berg", Mann, (1987, 4, 4)),
            ("Roar", "Vik", Mann, (1963, 8, 8)),
        ] {
            town.person(fornavn, etternavn, kjoenn, foedt);
        }
        for barn in [NORA, JONAS, NYFOEDT] {
            town.forelder(barn, KARI, OLA);
        }
        town.forelder(EMMA, LINE, TOM);
        town.forelder(KARI, ASTRID, EINAR);
        let aapen = DayNo::NONE;
        town.bosted(BoligId(0), dag(1974, 4, 1), dag(1996, 1, 1), &[ASTRID, EINAR, KARI]);
        town.bosted(BoligId(3), dag(1996, 1, 1), aapen, &[ASTRID, EINAR]);
        town.bosted(BoligId(1), dag(2014, 6, 1), dag(2026, 3, 15), &[KARI, OLA, NORA]);
        town.bosted(BoligId(2), dag(2026, 3, 15), aapen, &[KARI, OLA, NORA, JONAS, NYFOEDT]);
        town.bosted(BoligId(0), dag(2016, 1, 1), dag(2024, 2, 2), &[LINE, EMMA, TOM]);
        town.bosted(BoligId(3), dag(2024, 2, 2), dag(2026, 5, 20), &[LINE, EMMA]);
        town.bosted(BoligId(0), dag(2026, 5, 20), aapen, &[LINE, EMMA]);
        town.bosted(BoligId(1), dag(2024, 2, 2), dag(2026, 8, 15), &[TOM]);
        town.bosted(BoligId(3), dag(2014, 9, 1), dag(2017, 2, 1), &[PIOTR]);
        town.bosted(BoligId(2), dag(2017, 2, 1), dag(2021, 9, 1), &[PIOTR]);
        town.bosted(BoligId(1), dag(2021, 9, 1), aapen, &[PIOTR]);
        town.bosted(BoligId::NONE, dag(1999, 1, 1), aapen, &[ROAR]);
        town.husstand(Husstandstype::ParMedSmaabarn, &[KARI, OLA, NORA, JONAS, NYFOEDT]);
        town.husstand(Husstandstype::EnsligMedStoreBarn, &[LINE, EMMA]);
        town.husstand(Husstandstype::Alene, &[ASTRID]);
        town.husstand(Husstandstype::Alene, &[PIOTR]);
        town.husstand(Husstandstype::Alene, &[ROAR]);

        let base = town.base_mut();
        for (person, sivilstand, dato, relatert) in [
            (KARI, Sivilstand::Gift, dag(2015, 6, 20), OLA),
            (OLA, Sivilstand::Gift, dag(2015, 6, 20), KARI),
            (ASTRID, Sivilstand::Gift, dag(1963, 5, 4), EINAR),
            (EINAR, Sivilstand::Gift, dag(1963, 5, 4), ASTRID),
            (ASTRID, Sivilstand::EnkeEllerEnkemann, dag(2026, 5, 12), EINAR),
            (LINE, Sivilstand::Gift, dag(2017, 5, 6), TOM),
            (TOM, Sivilstand::Gift, dag(2017, 5, 6), LINE),
            (LINE, Sivilstand::Separert, dag(2024, 2, 2), TOM),
            (TOM, Sivilstand::Separert, dag(2024, 2, 2), LINE),
            (LINE, Sivilstand::Skilt, dag(2025, 3, 1), TOM),
            (TOM, Sivilstand::Skilt, dag(2025, 3, 1), LINE),
        ] {
            base.sivilstander.push(SivilstandRow { person, sivilstand, dato, relatert });
        }
        for (barn, ansvarlig, ansvar, fra) in [
            (NORA, KARI, Ansvar::Felles, dag(2018, 7, 1)),
            (NORA, OLA, Ansvar::Felles, dag(2018, 7, 1)),
            (JONAS, KARI, Ansvar::Felles, dag(2026, 9, 10)),
            (JONAS, OLA, Ansvar::Felles, dag(2026, 9, 10)),
            (NYFOEDT, KARI, Ansvar::Felles, dag(2026, 12, 30)),
            (NYFOEDT, OLA, Ansvar::Felles, dag(2026, 12, 30)),
            (EMMA, LINE, Ansvar::Mor, dag(2026, 2, 10)),
        ] {
            base.ansvar.push(AnsvarRow { barn, ansvarlig, ansvar, fra });
        }
        for (person, gradering, fra) in [
            (LINE, Gradering::StrengtFortrolig, dag(2026, 6, 1)),
            (EMMA, Gradering::StrengtFortrolig, dag(2026, 6, 1)),
            (PIOTR, Gradering::Fortrolig, dag(2020, 3, 3)),
        ] {
            base.beskyttelser.push(BeskyttelseRow { person, gradering, fra });
        }
        base.doedsfall.push(DoedsfallRow { person: EINAR, dato: dag(2026, 5, 12) });
        base.personer.status[EINAR.index()] = Personstatus::Doed;
        base.personer.status[TOM.index()] = Personstatus::Utflyttet;
        base.personer.foedeland[PIOTR.index()] = Landkode(*b"POL");
        base.personer.statsborgerskap[PIOTR.index()] = Landkode(*b"POL");
        base.personer.merker[NYFOEDT.index()] = 1 << (Merke::NyfoedtUtenNavn as u64);
        base.personer.partner[KARI.index()] = OLA;
        base.personer.partner[OLA.index()] = KARI;
        base.personer.postkasse[KARI.index()] = Postkasse::Digipost;
        base.personer.kontakt[OLA.index()].0 |= KontaktFlags::RESERVERT;
        base.personer.kontakt[PIOTR.index()].0 |= KontaktFlags::UTLOEPT;
        for barn in [NORA, JONAS, NYFOEDT, EMMA, EINAR, TOM] {
            base.personer.kontakt[barn.index()] = KontaktFlags(0);
        }
        let fornavn = |person: PersonId| base.personer.fornavn[person.index()];
        let etternavn = |person: PersonId| base.personer.etternavn[person.index()];
        let (kari, uten_navn) = (fornavn(KARI), fornavn(NYFOEDT));
        let (nordaas, oeye) = (etternavn(KARI), etternavn(ASTRID));
        let none = TextId(u32::MAX);
        for (person, til, fornavn, etternavn, midlertidig) in
            [(KARI, dag(2015, 7, 1), kari, oeye, false), (JONAS, dag(2026, 10, 12), uten_navn, nordaas, true)]
        {
            base.tidligere_navn.push(NavnRow { person, til, fornavn, mellomnavn: none, etternavn, midlertidig });
        }
        town.ferdig()
    }
}
