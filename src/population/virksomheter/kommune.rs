//! The municipality: its main unit, levels, facilities and offices (`specs/population.md` §12), and the kindergartens,
//! schools and doctors that others run.

use super::celler::Bedrift;
use super::verk::Verk;
use crate::base::Domain;
use crate::population::apportion::split;
use crate::population::facilities::{Facility, facility};
use crate::population::filler;
use crate::population::places::Enhet;
use crate::town::model::{Bygningstype, Organisasjonsform, Virksomhetsslag};

/// Residents per doctor's office: four doctors with eleven hundred patients each.
const PER_OFFICE: u32 = 4_400;

/// The levels of the municipality's organisation.
const LEVELS: [&str; 5] =
    ["KOMMUNEDIREKTØR OG STAB", "OPPVEKST", "HELSE OG VELFERD", "TEKNIKK OG PLAN", "KULTUR OG NÆRING"];

/// A service under construction: its weight in the municipality's jobs and the level above it.
struct Tjeneste {
    slag: Virksomhetsslag,
    code: u32,
    level: usize,
    jobs: u64,
    name: String,
    bygning: Bygningstype,
}

/// Founds the municipality with all it runs, and the private kindergartens, schools and doctors' offices beside it; the
/// latter are given back, for they need somebody who owns them.
pub(super) fn found(verk: &mut Verk<'_>, places: &[Enhet]) -> Vec<Bedrift> {
    let sted = verk.navn.sted.clone();
    let name = format!("{sted} KOMMUNE");
    verk.add(Organisasjonsform::Komm, Virksomhetsslag::Kommune, 84_110, &name, true);
    verk.in_building(0, Bygningstype::Raadhus, 0);
    let mut private = kindergartens_and_schools(verk, places);
    let mut services = Vec::new();
    let count = |column| facility(verk.given.size, verk.given.tables, column).max(1);
    let health = count(Facility::HealthStations);
    for number in 0..health {
        services.push(numbered(Virksomhetsslag::Helsestasjon, 86_903, format!("{sted} HELSESTASJON"), number));
    }
    let offices = usize::try_from(verk.given.size.div_ceil(PER_OFFICE)).expect("a count");
    let key = verk.given.streams.key(Domain::Kommune, "anlegg");
    for (column, slag, code, word) in [
        (Facility::NursingHomes, Virksomhetsslag::Sykehjem, 87_102, "SYKEHJEM"),
        (Facility::HomeCareZones, Virksomhetsslag::Hjemmetjeneste, 86_901, "HJEMMETJENESTE SONE"),
        (Facility::Libraries, Virksomhetsslag::Tjeneste, 91_011, "FOLKEBIBLIOTEK"),
        (Facility::FireStations, Virksomhetsslag::Tjeneste, 84_250, "BRANNSTASJON"),
    ] {
        let mut stream = key.at(column as u64);
        for number in 0..count(column) {
            services.push(match column {
                Facility::HomeCareZones => numbered(slag, code, format!("{sted} {word} {}", number + 1), 0),
                Facility::NursingHomes => numbered(slag, code, format!("{} {word}", verk.navn.gard(&mut stream)), 0),
                _ => numbered(slag, code, format!("{sted} {word}"), number),
            });
        }
    }
    let wanted = facility(verk.given.size, verk.given.tables, Facility::Subunits);
    let municipal = places.iter().filter(|place| !place.privat).count();
    services.extend(offices_of(verk, wanted.saturating_sub(services.len() + municipal)));
    private.extend(found_services(verk, places, services, health, offices));
    owned(verk);
    private
}

/// Enterprises the municipality owns, alone or with its neighbours, and the parish: form, industry, jobs, the size they
/// begin at.
const OWNED: [(&str, Organisasjonsform, u32, u16, u32); 6] = [
    ("INTERKOMMUNALT ARKIV {sted} IKS", Organisasjonsform::Iks, 91_013, 4, 0),
    ("{sted} LEGEVAKT IKS", Organisasjonsform::Iks, 86_211, 12, 0),
    ("{sted} RENOVASJON AS", Organisasjonsform::As, 38_110, 14, 3_000),
    ("{sted} ENERGI AS", Organisasjonsform::As, 35_130, 20, 4_000),
    ("{sted} EIENDOM KF", Organisasjonsform::Kf, 68_320, 18, 12_000),
    ("{sted} KIRKELIGE FELLESRÅD", Organisasjonsform::Kirk, 94_910, 6, 0),
];

fn owned(verk: &mut Verk<'_>) {
    for (number, (name, form, code, jobs, from)) in OWNED.into_iter().enumerate() {
        if verk.given.size < from {
            continue;
        }
        let name = name.replace("{sted}", &verk.navn.sted);
        let unit = verk.add(form, Virksomhetsslag::Annet, code, &name, true);
        let navn = verk.rows[unit.index()].navn;
        let place = verk.add_named(Organisasjonsform::Bedr, Virksomhetsslag::Tjeneste, code, navn, true);
        verk.in_building(place.index(), Bygningstype::Kontorbygning, number);
        verk.rows[unit.index()].bygning = verk.rows[place.index()].bygning;
        verk.place_under(place.index(), unit.index(), jobs);
    }
}

/// A service whose second and later ones carry a number.
fn numbered(slag: Virksomhetsslag, code: u32, name: String, number: usize) -> Tjeneste {
    let name = if number == 0 { name } else { format!("{name} {}", number + 1) };
    let (level, jobs, bygning) = match code {
        86_903 => (2, 20, Bygningstype::Helsesenter),
        87_102 => (2, 90, Bygningstype::Sykehjem),
        86_901 => (2, 70, Bygningstype::Helsesenter),
        91_011 => (4, 8, Bygningstype::Forsamlingshus),
        _ => (3, 20, Bygningstype::Brannstasjon),
    };
    Tjeneste { slag, code, level, jobs, name, bygning }
}

/// The offices every municipality has, and others until there are `wanted`.
fn offices_of(verk: &Verk<'_>, wanted: usize) -> Vec<Tjeneste> {
    let table = &verk.tables.kontorer;
    let always = table.iter().filter(|office| !office.repeats);
    let more: Vec<_> = table.iter().filter(|office| office.repeats).collect();
    let rest = wanted.saturating_sub(always.clone().count());
    let key = verk.given.streams.key(Domain::Kommune, "kontorer");
    always
        .chain(more.into_iter().cycle().take(rest))
        .enumerate()
        .map(|(number, office)| {
            let bygning = match office.code {
                87_203 | 86_909 => Bygningstype::Helsesenter,
                93_110 => Bygningstype::Idrettshall,
                _ => Bygningstype::Raadhus,
            };
            let name = verk.navn.filled(office.name, &mut key.at(number as u64));
            let slag = Virksomhetsslag::Tjeneste;
            Tjeneste { slag, code: office.code, level: office.level, jobs: office.jobs, name, bygning }
        })
        .collect()
}

/// One unit per kindergarten and school, in the order children were dealt to them.
fn kindergartens_and_schools(verk: &mut Verk<'_>, places: &[Enhet]) -> Vec<Bedrift> {
    let mut private = Vec::new();
    let (mut names, farms) =
        (verk.given.streams.kommune("barnehagenavn"), verk.given.streams.key(Domain::Kommune, "skolenavn"));
    let mut taken = std::collections::BTreeMap::new();
    for (number, place) in places.iter().enumerate() {
        let is_kindergarten = place.slag == Virksomhetsslag::Barnehage;
        let name = if is_kindergarten {
            format!("{} barnehage", filler::word(&mut names)).to_uppercase()
        } else {
            format!("{} SKOLE", verk.navn.gard(&mut farms.at(number as u64)))
        };
        let repeat = taken.entry(name.clone()).or_insert(0u32);
        *repeat += 1;
        let name = if *repeat == 1 { name } else { format!("{name} {repeat}") };
        let code = if is_kindergarten { 88_911 } else { 85_201 };
        let unit = verk.add(Organisasjonsform::Bedr, place.slag, code, &name, !place.privat);
        verk.rows[unit.index()].kapasitet = place.kapasitet;
        verk.rows[unit.index()].bygning = place.bygning;
        // Kindergartens have an adult for four places, schools one for eight.
        let jobs = u32::from(place.kapasitet) / if is_kindergarten { 4 } else { 8 };
        if place.privat {
            // Two kindergartens in three are companies; schools are foundations.
            let form = match (is_kindergarten, number % 3) {
                (true, 0) => Organisasjonsform::Sa,
                (true, _) => Organisasjonsform::As,
                (false, _) => Organisasjonsform::Sti,
            };
            private.push(Bedrift { industry: verk.industry(code), jobs: jobs.max(3), form, unit });
        }
    }
    private
}

/// The units of `services` with their jobs and levels; doctors' offices come after the health stations.
fn found_services(
    verk: &mut Verk<'_>,
    places: &[Enhet],
    services: Vec<Tjeneste>,
    health: usize,
    offices: usize,
) -> Vec<Bedrift> {
    let first_level = verk.rows.len() + services.len() + offices;
    let weight =
        |place: &Enhet| u64::from(place.kapasitet) * if place.slag == Virksomhetsslag::Barnehage { 25 } else { 13 };
    let weights: Vec<u64> = places
        .iter()
        .map(|place| if place.privat { 0 } else { weight(place) })
        .chain(services.iter().map(|service| service.jobs * 100))
        .collect();
    let employees = facility(verk.given.size, verk.given.tables, Facility::Employees) as u64;
    let jobs: Vec<u16> =
        split(employees, &weights).into_iter().map(|jobs| u16::try_from(jobs).unwrap_or(u16::MAX)).collect();
    for (number, place) in places.iter().enumerate().filter(|(_, place)| !place.privat) {
        verk.place_under(1 + number, first_level + 1, jobs[number].max(u16::from(place.kapasitet > 0)));
    }
    let key = verk.given.streams.key(Domain::Kommune, "legekontor");
    let mut private = Vec::new();
    for (number, service) in services.into_iter().enumerate() {
        if number == health {
            for office in 0..offices {
                let mut stream = key.at(office as u64);
                let name = format!("{} LEGEKONTOR", verk.navn.gard(&mut stream));
                let unit = verk.add(Organisasjonsform::Bedr, Virksomhetsslag::Legekontor, 86_211, &name, false);
                verk.in_building(unit.index(), Bygningstype::Helsesenter, office);
                let jobs = 4 + u32::try_from(stream.uniform(8)).expect("small");
                private.push(Bedrift { industry: verk.industry(86_211), jobs, form: Organisasjonsform::As, unit });
            }
        }
        let unit = verk.add(Organisasjonsform::Bedr, service.slag, service.code, &service.name, true);
        verk.in_building(unit.index(), service.bygning, number);
        verk.place_under(unit.index(), first_level + service.level, jobs[places.len() + number].max(1));
    }
    for name in LEVELS {
        let name = format!("{} KOMMUNE {name}", verk.navn.sted);
        let unit = verk.add(Organisasjonsform::Orgl, Virksomhetsslag::Etat, 84_110, &name, true);
        verk.place_under(unit.index(), 0, 0);
        verk.rows[unit.index()].bygning = verk.rows[0].bygning;
    }
    debug_assert_eq!(verk.rows.len(), first_level + LEVELS.len());
    private
}
