//! Everybody but the municipality: main units of each legal form, the establishments that belong to them, and units
//! without business (`specs/population.md` §11.2, §11.3).

use super::celler::Bedrift;
use super::tabeller::{FORM_SIZES, section_of};
use super::verk::Verk;
use crate::base::Domain;
use crate::population::apportion::{interpolate, split};
use crate::town::model::{BygningId, Bygningstype, Organisasjonsform, PersonId, VirksomhetId, Virksomhetsslag};

/// One establishment in so many of a company in trade, transport, food, banking or services is a branch of another.
const BRANCH_EVERY: usize = 9;
/// Industries of companies without establishments and their shares: holding, letting, advice.
const IDLE: [(u32, u64); 3] = [(64_990, 40), (68_209, 35), (70_220, 25)];

/// Founds the owners of `bedrifter` and then the establishments themselves.
pub(super) fn found(verk: &mut Verk<'_>, bedrifter: &[Bedrift]) {
    let mut owner = vec![VirksomhetId::NONE; bedrifter.len()];
    let of = |form: Organisasjonsform| -> Vec<usize> {
        (0..bedrifter.len()).filter(|&place| bedrifter[place].form == form).collect()
    };
    associations(verk, bedrifter, &of(Organisasjonsform::Fli), &mut owner);
    companies(verk, bedrifter, &of(Organisasjonsform::As), &mut owner);
    sole_traders(verk, bedrifter, &of(Organisasjonsform::Enk), &mut owner);
    for form in [
        Organisasjonsform::Nuf,
        Organisasjonsform::Sti,
        Organisasjonsform::Ans,
        Organisasjonsform::Da,
        Organisasjonsform::Sa,
    ] {
        let own = of(form);
        let idle = stock(verk, form).saturating_sub(own.len());
        for place in own {
            owner[place] = firm(verk, form, bedrifter[place].industry);
        }
        let holding = verk.industry(68_209);
        (0..idle).for_each(|_| {
            firm(verk, form, holding);
        });
    }
    for (form, code) in [
        (Organisasjonsform::Esek, 68_320),
        (Organisasjonsform::Brl, 68_201),
        (Organisasjonsform::Sam, 68_320),
        (Organisasjonsform::Ktrf, 82_990),
    ] {
        for _ in 0..stock(verk, form) {
            let mut stream = verk.key("navn").at(verk.rows.len() as u64);
            let name = verk.navn.fellesskap(form, &mut stream);
            verk.add(form, Virksomhetsslag::Annet, code, &name, false);
        }
    }
    let mains = verk.rows.len();
    public_bodies(verk, bedrifter, &mut owner);
    establishments(verk, bedrifter, &owner);
    sub_units_outside_business(verk, mains, &owner);
}

/// How many units of `form` the register has.
fn stock(verk: &Verk<'_>, form: Organisasjonsform) -> usize {
    let size = verk.given.size;
    let (_, rate, tilt) = verk.tables.stock.iter().find(|row| row.0 == form).expect("a form of the table");
    let count = (u64::from(size) * rate * interpolate(size, &FORM_SIZES, tilt) + 5_000_000) / 10_000_000;
    usize::try_from(count).expect("a count")
}

/// A main unit of `form` in the industry at `industry`.
fn firm(verk: &mut Verk<'_>, form: Organisasjonsform, industry: usize) -> VirksomhetId {
    let mut stream = verk.key("navn").at(verk.rows.len() as u64);
    let industry = &verk.tables.industries[industry];
    let name = verk.navn.firm(form, industry, &mut stream);
    verk.add(form, Virksomhetsslag::Annet, industry.code, &name, false)
}

/// Associations by kind; those with an establishment are the first of a shuffled list.
fn associations(verk: &mut Verk<'_>, bedrifter: &[Bedrift], own: &[usize], owner: &mut [VirksomhetId]) {
    let count = stock(verk, Organisasjonsform::Fli).max(own.len() + 4);
    let shares: Vec<u64> = verk.tables.associations.iter().map(|kind| kind.share).collect();
    let mut kinds: Vec<usize> = split(count as u64, &shares)
        .into_iter()
        .enumerate()
        .flat_map(|(kind, count)| std::iter::repeat_n(kind, usize::try_from(count).expect("a count")))
        .collect();
    verk.given.streams.kommune("foreninger").shuffle(&mut kinds);
    let first = verk.rows.len();
    for kind in kinds {
        let mut stream = verk.key("navn").at(verk.rows.len() as u64);
        let kind = &verk.tables.associations[kind];
        let pattern = kind.names[stream.index(kind.names.len())];
        let name = verk.navn.filled(pattern, &mut stream);
        verk.add(Organisasjonsform::Fli, Virksomhetsslag::Forening, kind.code, &name, false);
    }
    for (nth, &place) in own.iter().enumerate() {
        owner[place] = VirksomhetId::at(first + nth);
        // What the association does, its establishment does.
        let code = verk.tables.industries[bedrifter[place].industry].code;
        if section_of(code) == section_of(verk.rows[first + nth].naeringskode) {
            verk.rows[first + nth].slag = Virksomhetsslag::Forening;
        }
    }
}

/// Companies: first those without an establishment, which may own others, then one per establishment but the branches.
fn companies(verk: &mut Verk<'_>, bedrifter: &[Bedrift], own: &[usize], owner: &mut [VirksomhetId]) {
    /// Sections with branches: G, H, I, K, M, N.
    const BRANCHES: [usize; 6] = [6, 7, 8, 10, 12, 13];
    let mut is_branch = vec![false; own.len()];
    let mut seen = 0;
    for (nth, &place) in own.iter().enumerate() {
        let code = verk.tables.industries[bedrifter[place].industry].code;
        if bedrifter[place].jobs > 0 && BRANCHES.contains(&section_of(code)) {
            seen += 1;
            is_branch[nth] = seen % BRANCH_EVERY == 0;
        }
    }
    let mains = is_branch.iter().filter(|branch| !**branch).count();
    let idle = stock(verk, Organisasjonsform::As).saturating_sub(mains);
    for ((code, _), count) in IDLE.into_iter().zip(split(idle as u64, &IDLE.map(|idle| idle.1))) {
        let industry = verk.industry(code);
        (0..count).for_each(|_| {
            firm(verk, Organisasjonsform::As, industry);
        });
    }
    let mut last = VirksomhetId::NONE;
    for (nth, &place) in own.iter().enumerate() {
        if !is_branch[nth] || last == VirksomhetId::NONE {
            last = firm(verk, Organisasjonsform::As, bedrifter[place].industry);
        }
        owner[place] = last;
    }
}

/// Sole traders, each with the owner's name.
fn sole_traders(verk: &mut Verk<'_>, bedrifter: &[Bedrift], own: &[usize], owner: &mut [VirksomhetId]) {
    let idle = stock(verk, Organisasjonsform::Enk).saturating_sub(own.len());
    let fallback = verk.industry(96_090);
    let industries: Vec<usize> = own.iter().map(|&place| bedrifter[place].industry).collect();
    for nth in 0..own.len() + idle {
        let industry = if industries.is_empty() { fallback } else { industries[nth % industries.len()] };
        let Some(person) = verk.starters.take(&[]) else { return };
        let unit = sole_trader(verk, person, industry);
        if let Some(&place) = own.get(nth) {
            owner[place] = unit;
        }
    }
}

/// A sole trader owned by `person`, at home.
pub(super) fn sole_trader(verk: &mut Verk<'_>, person: PersonId, industry: usize) -> VirksomhetId {
    let mut stream = verk.key("navn").at(verk.rows.len() as u64);
    let industry = &verk.tables.industries[industry];
    let name = verk.navn.enk(person, industry, &mut stream);
    let unit = verk.add(Organisasjonsform::Enk, Virksomhetsslag::Annet, industry.code, &name, false);
    verk.owners[unit.index()] = person;
    verk.rows[unit.index()].bygning = verk.home_of(person);
    unit
}

/// State, county, church and what the municipality owns with others.
fn public_bodies(verk: &mut Verk<'_>, bedrifter: &[Bedrift], owner: &mut [VirksomhetId]) {
    let sted = verk.navn.sted.clone();
    let annet = Virksomhetsslag::Annet;
    let stat = verk.add(Organisasjonsform::Stat, annet, 84_110, "STATLIG FORVALTNING", true);
    let fylk = format!("{sted} FYLKESKOMMUNE");
    let fylk = verk.add(Organisasjonsform::Fylk, annet, 84_110, &fylk, true);
    let mut agencies = std::collections::BTreeMap::new();
    for (place, bedrift) in bedrifter.iter().enumerate() {
        let industry = &verk.tables.industries[bedrift.industry];
        owner[place] = match bedrift.form {
            Organisasjonsform::Fylk => fylk,
            Organisasjonsform::Stat => *agencies.entry(industry.code).or_insert_with(|| {
                let name = format!("STATENS {} {sted}", industry.words[0]);
                let unit = verk.add(Organisasjonsform::Orgl, annet, industry.code, &name, true);
                verk.place_under(unit.index(), stat.index(), 0);
                unit
            }),
            _ => continue,
        };
    }
}

/// One sub-unit per establishment that has no row yet; all of them get their owner and their jobs.
fn establishments(verk: &mut Verk<'_>, bedrifter: &[Bedrift], owner: &[VirksomhetId]) {
    let mut branches = vec![0u16; verk.rows.len()];
    let key = verk.given.streams.key(Domain::Virksomhet, "bygning");
    for (bedrift, &parent) in bedrifter.iter().zip(owner) {
        let main = verk.rows[parent.index()];
        let industry = &verk.tables.industries[bedrift.industry];
        let code = if main.form == Organisasjonsform::Fli { main.naeringskode } else { industry.code };
        let unit = bedrift.unit.some().unwrap_or_else(|| {
            let branch = branches[parent.index()];
            branches[parent.index()] = branch.saturating_add(1);
            let slag = if main.slag == Virksomhetsslag::Forening { main.slag } else { Virksomhetsslag::Annet };
            if branch == 0 {
                verk.add_named(Organisasjonsform::Bedr, slag, code, main.navn, main.form == Organisasjonsform::Orgl)
            } else {
                let mut stream = verk.key("navn").at(verk.rows.len() as u64);
                let place = verk.navn.gard(&mut stream);
                let name = verk.navn.text(main.navn);
                let name = format!("{} AVD {place}", name.trim_end_matches(" AS"));
                let public = verk.public[parent.index()];
                verk.add(Organisasjonsform::Bedr, slag, code, &name, public)
            }
        });
        if bedrift.unit == VirksomhetId::NONE {
            if bedrift.jobs == 0 {
                verk.rows[unit.index()].bygning = main.bygning;
            } else {
                let nth = key.at(u64::from(unit.0)).index(1 << 20);
                verk.in_building(unit.index(), building_of(code), nth);
            }
        } else if verk.rows[unit.index()].bygning != BygningId::NONE {
            verk.rows[parent.index()].bygning = verk.rows[unit.index()].bygning;
        }
        if verk.rows[parent.index()].bygning == BygningId::NONE {
            verk.rows[parent.index()].bygning = verk.rows[unit.index()].bygning;
        }
        let jobs = u16::try_from(bedrift.jobs).unwrap_or(u16::MAX);
        verk.place_under(unit.index(), parent.index(), jobs);
    }
}

/// What kind of building an industry with employees works in.
fn building_of(code: u32) -> Bygningstype {
    match code / 1_000 {
        1..=3 => Bygningstype::Landbruksbygning,
        5..=43 => Bygningstype::Industribygning,
        46 | 49..=53 => Bygningstype::Lagerbygning,
        45 | 47 | 55 | 56 | 95 | 96 => Bygningstype::Forretningsbygning,
        85 => Bygningstype::Skole,
        86..=88 => Bygningstype::Helsesenter,
        90 | 91 | 94 => Bygningstype::Forsamlingshus,
        93 => Bygningstype::Idrettshall,
        _ => Bygningstype::Kontorbygning,
    }
}

/// Sub-units of associations, housing and foundations outside business.
fn sub_units_outside_business(verk: &mut Verk<'_>, mains: usize, owner: &[VirksomhetId]) {
    let mut is_owner = vec![false; mains];
    owner.iter().filter(|unit| unit.index() < mains).for_each(|unit| is_owner[unit.index()] = true);
    let fits = |form| {
        matches!(
            form,
            Organisasjonsform::Fli
                | Organisasjonsform::Esek
                | Organisasjonsform::Brl
                | Organisasjonsform::Sam
                | Organisasjonsform::Sti
        )
    };
    let mut parents: Vec<usize> = (0..mains).filter(|&unit| fits(verk.rows[unit].form) && !is_owner[unit]).collect();
    verk.given.streams.kommune("aafy").shuffle(&mut parents);
    parents.truncate(stock(verk, Organisasjonsform::Aafy));
    parents.sort_unstable();
    for parent in parents {
        let main = verk.rows[parent];
        let unit = verk.add_named(Organisasjonsform::Aafy, main.slag, main.naeringskode, main.navn, false);
        verk.place_under(unit.index(), parent, 0);
    }
}
