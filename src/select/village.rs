//! A village of nine people made by hand, for tests that need a town but no generator.

use std::sync::Arc;

use crate::base::{Foedselsnummer, Kjoenn, Kommunenummer, Orgnummer, Seed, TextId, TextTable};
use crate::clock::DEFAULT_START;
use crate::town::Town;
use crate::town::model::{
    ArbeidsforholdRow, Arbeidsmarked, Base, BaseHeader, BeskyttelseRow, BoligId, Boliger, BostedRow, Bruksenhetstype,
    Bygning, BygningId, Bygningstype, DayNo, DoedsfallRow, Eieform, EiendomId, Gate, Gradering, HusstandId, Husstander,
    Husstandstype, InntektRow, Kommune, KontaktFlags, Landkode, Organisasjonsform, PersonId, Personer, Personstatus,
    Postkasse, Poststed, RolleRow, Rolletype, Sivilstand, SivilstandRow, Skatteoppgjoer, SpellId, Spraak, Utdanning,
    Virksomhet, VirksomhetId, Virksomhetsslag,
};

/// First name, surname, sex, born, household (or none), partner, mother, father, contact flags.
type Row = (&'static str, &'static str, Kjoenn, (i16, i8, i8), Option<u32>, Option<u32>, Option<u32>, Option<u32>, u8);

const REGISTRERT: u8 = KontaktFlags::REGISTRERT | KontaktFlags::EPOST;
const RESERVERT: u8 = REGISTRERT | KontaktFlags::RESERVERT;

/// Who lives in the village. Ada and Bo are married without children; Cis is reserved and lives with Dag and their two
/// children; Gro is protected; Hans is dead; Ida lives alone.
const PEOPLE: [Row; 9] = [
    ("Ada", "Strand", Kjoenn::Kvinne, (1997, 3, 1), Some(0), Some(1), None, None, REGISTRERT),
    ("Bo", "Strand", Kjoenn::Mann, (1995, 7, 9), Some(0), Some(0), None, None, REGISTRERT),
    ("Cis", "Vik", Kjoenn::Kvinne, (1990, 1, 5), Some(1), Some(3), None, None, RESERVERT),
    ("Dag", "Nes", Kjoenn::Mann, (1988, 2, 29), Some(1), Some(2), None, None, REGISTRERT),
    ("Eli", "Vik", Kjoenn::Kvinne, (2015, 5, 5), Some(1), None, Some(2), Some(3), 0),
    ("Finn", "Vik", Kjoenn::Mann, (2018, 6, 6), Some(1), None, Some(2), Some(3), 0),
    ("Gro", "Lund", Kjoenn::Kvinne, (2001, 10, 10), Some(2), None, None, None, REGISTRERT),
    ("Hans", "Lund", Kjoenn::Mann, (1940, 1, 1), None, None, None, None, 0),
    ("Ida", "Moe", Kjoenn::Kvinne, (1930, 12, 31), Some(3), None, None, None, 0),
];

fn day((year, month, day): (i16, i8, i8)) -> DayNo {
    DayNo::of(jiff::civil::date(year, month, day))
}

fn number(row: usize, kjoenn: Kjoenn, (year, month, day): (i16, i8, i8)) -> Foedselsnummer {
    let part = |number: i16| u8::try_from(number).unwrap();
    (0..400u16)
        .map(|step| 700 + 2 * step + 40 * u16::try_from(row).unwrap() % 200 + u16::from(kjoenn == Kjoenn::Mann))
        .find_map(|iii| {
            let number =
                Foedselsnummer::compose(part(day.into()), part(month.into()), part(year % 100), iii % 1000, false)?;
            Some(number)
        })
        .expect("some number of the day has check digits")
}

fn people(text: &mut TextTable) -> Personer {
    let mut all = Personer::default();
    for (row, (fornavn, etternavn, kjoenn, born, husstand, partner, mor, far, flags)) in PEOPLE.into_iter().enumerate()
    {
        let person = |id: Option<u32>| id.map_or(PersonId::NONE, PersonId);
        all.nummer.push(number(row, kjoenn, born));
        all.foedselsdato.push(day(born));
        all.kjoenn.push(kjoenn);
        all.status.push(if row == 7 { Personstatus::Doed } else { Personstatus::Bosatt });
        all.fornavn.push(text.push(fornavn));
        all.mellomnavn.push(TextId(u32::MAX));
        all.etternavn.push(text.push(etternavn));
        all.rekkefoelge.push(11);
        all.foedeland.push(Landkode::NOR);
        all.statsborgerskap.push(Landkode::NOR);
        all.mor.push(person(mor));
        all.far.push(person(far));
        all.husstand.push(husstand.map_or(HusstandId::NONE, HusstandId));
        all.partner.push(person(partner));
        all.kontakt.push(KontaktFlags(flags));
        all.postkasse.push(if flags == REGISTRERT { Postkasse::Digipost } else { Postkasse::Ingen });
        all.spraak.push(Spraak::Nb);
        all.merker.push(0);
        all.utdanning.push(Utdanning::Uoppgitt);
        all.arbeidsmarked.push(Arbeidsmarked::Utenfor);
        all.fastlege.push(u16::MAX);
    }
    all
}

fn homes() -> Boliger {
    let mut homes = Boliger::default();
    for row in 0..4u16 {
        homes.gate.push(u32::from(row == 2));
        homes.husnummer.push(row + 1);
        homes.husbokstav.push(0);
        homes.bruksenhet.push(*b"H0101");
        homes.bruksenhetstype.push(Bruksenhetstype::Bolig);
        homes.poststed.push(0);
        homes.grunnkrets.push(100 + row);
        homes.skolekrets.push(1);
        homes.stemmekrets.push(1);
        homes.bygning.push(BygningId::NONE);
        homes.eieform.push(Eieform::Selveier);
    }
    homes
}

/// Ada works in the kindergarten, which the municipality runs; Bo left it.
fn jobs() -> Vec<ArbeidsforholdRow> {
    let job = |person: u32, til: DayNo| ArbeidsforholdRow {
        person: PersonId(person),
        virksomhet: VirksomhetId(1),
        yrke: 2342,
        stillingsprosent: 100,
        maanedsloenn: 45_000,
        fra: day((2020, 8, 1)),
        til,
    };
    vec![job(0, DayNo::NONE), job(1, day((2026, 5, 1)))]
}

/// What the two earned in 2025.
fn incomes() -> Vec<InntektRow> {
    let row = |person: u32, loenn: u32, kapital: i32| InntektRow {
        person: PersonId(person),
        aar: 2025,
        oppgjoer: Skatteoppgjoer::Fastsatt,
        loenn,
        naering: 0,
        pensjon: 0,
        ytelser: 0,
        kapital,
        skatt: 100_000,
    };
    vec![row(0, 520_000, -40_000), row(1, 510_000, 1_000)]
}

/// The village.
#[expect(clippy::too_many_lines, reason = "one town, written out as a table")]
pub(crate) fn village() -> Arc<Town> {
    let mut tekst = TextTable::default();
    let personer = people(&mut tekst);
    let mut by_nummer: Vec<PersonId> = (0..PEOPLE.len()).map(PersonId::at).collect();
    by_nummer.sort_by_key(|id| personer.nummer[id.index()]);
    let members: [&[u32]; 4] = [&[0, 1], &[2, 3, 4, 5], &[6], &[8]];
    let mut husstander = Husstander { start: vec![0], ..Husstander::default() };
    for (row, people) in members.iter().enumerate() {
        husstander.slag.push(Husstandstype::Alene);
        husstander.bosted.push(SpellId::at(row));
        husstander.medlemmer.extend(people.iter().map(|&id| PersonId(id)));
        husstander.start.push(u32::try_from(husstander.medlemmer.len()).unwrap());
    }
    let (mut person_bosted_start, mut person_bosteder) = (vec![0], Vec::new());
    let (mut barn_start, mut barn) = (vec![0], Vec::new());
    for (row, person) in PEOPLE.iter().enumerate() {
        person_bosteder.extend(person.4.map(SpellId));
        person_bosted_start.push(u32::try_from(person_bosteder.len()).unwrap());
        let own = |parent: Option<u32>| parent.is_some_and(|parent| parent as usize == row);
        barn.extend((0..PEOPLE.len()).filter(|&child| own(PEOPLE[child].6) || own(PEOPLE[child].7)).map(PersonId::at));
        barn_start.push(u32::try_from(barn.len()).unwrap());
    }
    let married = |person: u32, spouse: u32| SivilstandRow {
        person: PersonId(person),
        sivilstand: Sivilstand::Gift,
        dato: day((2020, 6, 6)),
        relatert: PersonId(spouse),
    };
    let gater =
        vec![Gate { navn: tekst.push("Kaivegen"), kode: 1040 }, Gate { navn: tekst.push("Dulgt vei"), kode: 1050 }];
    let poststeder = vec![Poststed { nummer: 9999, navn: tekst.push("BYTEBY"), bare_postboks: false }];
    let orgnr = |body: u32| (body..).find_map(Orgnummer::compose).unwrap();
    let virksomheter = vec![
        Virksomhet {
            form: Organisasjonsform::Komm,
            naeringskode: 84_110,
            ansatte: 7,
            ..Virksomhet::ny(orgnr(31_000_000), tekst.push("BYTEBY KOMMUNE"), Virksomhetsslag::Kommune)
        },
        Virksomhet {
            kapasitet: 40,
            form: Organisasjonsform::Bedr,
            naeringskode: 88_911,
            ansatte: 7,
            overordnet: VirksomhetId(0),
            bygning: BygningId(0),
            ..Virksomhet::ny(orgnr(31_000_100), tekst.push("TROLLSKOGEN BARNEHAGE"), Virksomhetsslag::Barnehage)
        },
        Virksomhet {
            form: Organisasjonsform::Enk,
            naeringskode: 1_451,
            bygning: BygningId(1),
            ..Virksomhet::ny(orgnr(32_000_000), tekst.push("LUND GARD"), Virksomhetsslag::Annet)
        },
    ];
    let building = |gate, husnummer| Bygning {
        slag: Bygningstype::Enebolig,
        gate,
        husnummer,
        husbokstav: b'B',
        eiendom: EiendomId::NONE,
        poststed: 0,
        grunnkrets: 100,
        skolekrets: 1,
        stemmekrets: 1,
        oest: 0,
        nord: 0,
        byggeaar: 1990,
    };
    let role = |unit, rolle, person| RolleRow {
        virksomhet: VirksomhetId(unit),
        rolle,
        person: PersonId(person),
        enhet: VirksomhetId::NONE,
        fra: day((2024, 1, 1)),
    };
    let header = BaseHeader {
        pack: "test".into(),
        schema: 1,
        seed: Seed(1),
        size: 8,
        start: DEFAULT_START,
        profile: "test".into(),
    };
    let kommune = Kommune { nummer: Kommunenummer(9901), navn: "Byteby".into(), orgnr: virksomheter[0].orgnr };
    Arc::new(Town::new(Arc::new(Base {
        personer,
        sivilstander: vec![married(0, 1), married(1, 0)],
        bosteder: (0..4)
            .map(|row| BostedRow { bolig: BoligId(row), fra: day((2020, 1, 1)), til: DayNo::NONE })
            .collect(),
        person_bosted_start,
        person_bosteder,
        beskyttelser: vec![BeskyttelseRow {
            person: PersonId(6),
            gradering: Gradering::StrengtFortrolig,
            fra: day((2026, 1, 1)),
        }],
        doedsfall: vec![DoedsfallRow { person: PersonId(7), dato: day((2025, 1, 1)) }],
        husstander,
        boliger: homes(),
        gater,
        poststeder,
        virksomheter,
        arbeidsforhold: jobs(),
        inntekter: incomes(),
        bygninger: vec![building(0, 5), building(1, 3)],
        roller: vec![role(0, Rolletype::Kont, 0), role(2, Rolletype::Innh, 6)],
        barn_start,
        barn,
        by_nummer,
        ..Base::empty(header, kommune, tekst)
    })))
}
