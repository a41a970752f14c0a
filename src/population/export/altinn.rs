//! Test data for Altinn's local test platform (app-localtest): a `testData.json` for an app to serve, and the folder
//! `testdata` in the layout the platform keeps its own users in.
//!
//! Numbers of parties and users follow from the position of a person or organisation in the town. Where a strictly
//! confidential person lives stands nowhere: address fields are empty, as for somebody without an address.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Shown;
use crate::base::{hex, keyed_hash};
use crate::town::Town;
use crate::town::model::{DayNo, PersonId, RolleRow, Rolletype, VirksomhetId};
use crate::town::state::Person;

/// Party of the first person, organisation; user of the first person. Real ones in the platform's own data lie below.
const PERSON_PARTY: u32 = 70_000_000;
const UNIT_PARTY: u32 = 80_000_000;
const USER: u32 = 90_000_000;

/// Roles everybody has for themselves.
const OWN_ROLES: &[&str] = &[
    "PRIV", "UTINN", "LOPER", "ADMAI", "PRIUT", "REGNA", "SISKD", "UILUF", "UTOMR", "PAVAD", "KOMAB", "BOADM", "A0212",
    "A0236", "A0278", "A0282",
];
/// Roles that follow from being the one who acts for an organisation.
const HEAD_ROLES: &[&str] = &[
    "LOPER",
    "ADMAI",
    "REGNA",
    "SISKD",
    "UILUF",
    "UTINN",
    "UTOMR",
    "KLADM",
    "ATTST",
    "HVASK",
    "PAVAD",
    "SIGNE",
    "KOMAB",
    "A0212",
    "ECKEYROLE",
    "PASIG",
    "A0236",
    "A0278",
    "HADM",
];
/// Roles of the register that act for the organisation.
const HEADS: &[Rolletype] = &[Rolletype::Dagl, Rolletype::Lede, Rolletype::Innh, Rolletype::Best];

/// Files by path, in order.
pub type Files = BTreeMap<String, Value>;

/// The test data of `people` of `town`, with the organisations they have roles in: files by their path.
#[must_use]
pub fn altinn(town: &Town, people: &[PersonId]) -> Files {
    let view = Altinn { town, shown: Shown::new(&town.base, 0), roles: roles_by_person(town) };
    let mut files = Files::new();
    let (mut persons, mut units) = (Vec::new(), BTreeSet::new());
    for &id in people {
        let person = town.person(id);
        let parties = view.parties_of(id);
        parties.keys().for_each(|&unit| view.with_family(unit, &mut units));
        persons.push(view.test_person(&person, &parties));
        view.user_files(&person, &parties, &mut files);
    }
    for &unit in &units {
        files.insert(format!("testdata/Register/Org/{}.json", view.orgnr(unit)), view.org(unit));
        files.insert(format!("testdata/Register/Party/{}.json", unit_party(unit)), view.unit_party(unit, false));
    }
    let orgs: Vec<Value> = units.iter().map(|&unit| view.test_org(unit)).collect();
    let schema = "https://altinncdn.no/schemas/json/test-users/test-users.schema.v1.json";
    files.insert("testData.json".to_owned(), json!({ "$schema": schema, "persons": persons, "orgs": orgs }));
    files
}

/// Roles of people that are in force, by person.
fn roles_by_person(town: &Town) -> BTreeMap<PersonId, Vec<RolleRow>> {
    let mut roles: BTreeMap<PersonId, Vec<RolleRow>> = BTreeMap::new();
    let live = |row: &&RolleRow| town.base.virksomheter[row.virksomhet.index()].slettet == DayNo::NONE;
    for row in town.base.roller.iter().filter(live) {
        if let Some(person) = row.person.some() {
            roles.entry(person).or_default().push(*row);
        }
    }
    roles
}

fn person_party(id: PersonId) -> u32 {
    PERSON_PARTY + id.0
}

fn unit_party(id: VirksomhetId) -> u32 {
    UNIT_PARTY + id.0
}

/// A UUID that belongs to a party: version 8, made from its number.
fn uuid(party: u32) -> String {
    let mut bytes: Vec<u8> = keyed_hash("altinn/party", &[&party.to_be_bytes()]).0[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

fn roles(codes: impl IntoIterator<Item = &'static str>) -> Value {
    codes.into_iter().map(|code| json!({ "type": "altinn", "value": code })).collect()
}

/// Codes of the roles of a person in one organisation.
type Codes = Vec<&'static str>;

struct Altinn<'a> {
    town: &'a Town,
    shown: Shown<'a>,
    roles: BTreeMap<PersonId, Vec<RolleRow>>,
}

/// Where something is, in the fields both people and organisations have.
#[derive(Default)]
struct Place {
    street: Option<String>,
    number: Option<String>,
    letter: Option<String>,
    code: Option<String>,
    city: Option<String>,
}

impl Place {
    fn line(&self) -> Option<String> {
        let street = self.street.as_ref()?;
        let number = self.number.as_deref().unwrap_or_default();
        Some(format!("{street} {number}{}", self.letter.as_deref().unwrap_or_default()))
    }
}

impl Altinn<'_> {
    fn place(&self, gate: u32, number: u16, letter: u8, poststed: u16) -> Place {
        let base = &self.town.base;
        let post = base.poststeder.get(usize::from(poststed));
        let street = base.gater.get(gate as usize).map(|gate| base.tekst.get(gate.navn).to_owned());
        Place {
            number: street.is_some().then(|| number.to_string()),
            letter: (letter != 0 && street.is_some()).then(|| char::from(letter).to_string()),
            street,
            code: post.map(|post| format!("{:04}", post.nummer)),
            city: post.map(|post| base.tekst.get(post.navn).to_owned()),
        }
    }

    fn home(&self, id: PersonId) -> Place {
        let homes = &self.town.base.boliger;
        self.shown.home(id).map_or_else(Place::default, |bolig| {
            let home = bolig.index();
            self.place(homes.gate[home], homes.husnummer[home], homes.husbokstav[home], homes.poststed[home])
        })
    }

    fn seat(&self, unit: VirksomhetId) -> Place {
        self.shown.place(unit).some().map_or_else(Place::default, |bygning| {
            let building = &self.town.base.bygninger[bygning.index()];
            self.place(building.gate, building.husnummer, building.husbokstav, building.poststed)
        })
    }

    fn orgnr(&self, unit: VirksomhetId) -> String {
        self.town.base.virksomheter[unit.index()].orgnr.to_string()
    }

    fn name(&self, unit: VirksomhetId) -> &str {
        self.town.base.tekst.get(self.town.base.virksomheter[unit.index()].navn)
    }

    fn form(&self, unit: VirksomhetId) -> &'static str {
        self.town.base.virksomheter[unit.index()].form.code()
    }

    fn children(&self, unit: VirksomhetId) -> Vec<VirksomhetId> {
        let units = self.town.base.virksomheter.iter().enumerate();
        let live = units.filter(|(_, row)| row.overordnet == unit && row.slettet == DayNo::NONE);
        live.map(|(place, _)| VirksomhetId::at(place)).collect()
    }

    /// Puts `unit` and the units below it among `units`.
    fn with_family(&self, unit: VirksomhetId, units: &mut BTreeSet<VirksomhetId>) {
        if units.insert(unit) {
            self.children(unit).into_iter().for_each(|child| self.with_family(child, units));
        }
    }

    /// The organisations somebody has roles in, with the codes of the roles.
    fn parties_of(&self, id: PersonId) -> BTreeMap<VirksomhetId, Codes> {
        let mut parties: BTreeMap<VirksomhetId, Codes> = BTreeMap::new();
        for row in self.roles.get(&id).into_iter().flatten() {
            let codes = parties.entry(row.virksomhet).or_default();
            let more = if HEADS.contains(&row.rolle) { HEAD_ROLES } else { &[] };
            for code in std::iter::once(row.rolle.code()).chain(more.iter().copied()) {
                if !codes.contains(&code) {
                    codes.push(code);
                }
            }
        }
        parties
    }

    /// An entry of `persons` in `testData.json`.
    fn test_person(&self, person: &Person<'_>, parties: &BTreeMap<VirksomhetId, Codes>) -> Value {
        let (navn, home, kontakt) = (person.navn(), self.home(person.id), person.kontakt());
        let mut own = serde_json::Map::new();
        own.insert(person_party(person.id).to_string(), roles(OWN_ROLES.iter().copied()));
        for (&unit, codes) in parties {
            own.insert(unit_party(unit).to_string(), roles(codes.iter().copied()));
        }
        json!({
            "partyId": person_party(person.id),
            "partyUuid": uuid(person_party(person.id)),
            "ssn": person.nummer().to_string(),
            "firstName": *navn.fornavn,
            "middleName": navn.mellomnavn.as_deref().unwrap_or_default(),
            "lastName": *navn.etternavn,
            "customClaims": [],
            "partyRoles": own,
            "addressStreetName": home.street,
            "addressHouseNumber": home.number,
            "addressHouseLetter": home.letter,
            "addressPostalCode": home.code,
            "addressCity": home.city,
            "addressMunicipalNumber": home.code.as_ref().map(|_| self.town.base.kommune.nummer.to_string()),
            "addressMunicipalName": home.code.as_ref().map(|_| &self.town.base.kommune.navn),
            "mailingAddress": home.line(),
            "mailingPostalCode": home.code,
            "mailingPostalCity": home.city,
            "mobileNumber": kontakt.mobil,
            "email": kontakt.epost,
            "userId": USER + person.id.0,
            "userName": format!("byteby{}", person.id.0),
            "language": kontakt.spraak.code(),
        })
    }

    /// An entry of `orgs` in `testData.json`.
    fn test_org(&self, unit: VirksomhetId) -> Value {
        let seat = self.seat(unit);
        let above = self.town.base.virksomheter[unit.index()].overordnet.some();
        json!({
            "partyId": unit_party(unit),
            "partyUuid": uuid(unit_party(unit)),
            "orgNumber": self.orgnr(unit),
            "parentPartyId": above.map(unit_party),
            "name": self.name(unit),
            "businessAddress": seat.line(),
            "businessPostalCity": seat.city,
            "businessPostalCode": seat.code,
            "unitStatus": "N",
            "unitType": self.form(unit),
        })
    }

    /// The files of one user below `testdata`.
    fn user_files(&self, person: &Person<'_>, parties: &BTreeMap<VirksomhetId, Codes>, files: &mut Files) {
        let (user, party) = (USER + person.id.0, person_party(person.id));
        let (navn, home, kontakt) = (person.navn(), self.home(person.id), person.kontakt());
        let mut put = |path: String, file: Value| files.insert(format!("testdata/{path}"), file);
        put(
            format!("Profile/User/{user}.json"),
            json!({
                "UserId": user, "UserName": format!("byteby{}", person.id.0), "PhoneNumber": kontakt.mobil,
                "Email": kontakt.epost, "PartyId": party, "Party": {}, "UserType": 1,
                "ProfileSettingPreference": { "Language": kontakt.spraak.code() },
            }),
        );
        put(format!("Register/Party/{party}.json"), self.person_party(person));
        put(
            format!("Register/Person/{}.json", person.nummer()),
            json!({
                "SSN": person.nummer().to_string(),
                "Name": navn.full(),
                "FirstName": *navn.fornavn,
                "MiddleName": navn.mellomnavn.as_deref().unwrap_or_default(),
                "LastName": *navn.etternavn,
                "MobileNumber": kontakt.mobil,
                "MailingAddress": home.line(),
                "MailingPostalCode": home.code,
                "MailingPostalCity": home.city,
                "AddressMunicipalNumber": home.code.as_ref().map(|_| self.town.base.kommune.nummer.to_string()),
                "AddressMunicipalName": home.code.as_ref().map(|_| &self.town.base.kommune.navn),
                "AddressStreetName": home.street,
                "AddressHouseNumber": home.number,
                "AddressHouseLetter": home.letter,
                "AddressPostalCode": home.code,
                "AddressCity": home.city,
            }),
        );
        let with_units = parties.keys().map(|&unit| self.unit_party(unit, true));
        let list: Vec<Value> = std::iter::once(self.person_party(person)).chain(with_units).collect();
        put(format!("authorization/partylist/{user}.json"), json!(list));
        let role_file = |party: u32| format!("authorization/roles/User_{user}/party_{party}/roles.json");
        put(role_file(party), roles(OWN_ROLES.iter().copied()));
        for (&unit, codes) in parties {
            put(role_file(unit_party(unit)), roles(codes.iter().copied()));
        }
    }

    fn org(&self, unit: VirksomhetId) -> Value {
        let seat = self.seat(unit);
        json!({
            "OrgNumber": self.orgnr(unit), "Name": self.name(unit), "UnitType": self.form(unit), "UnitStatus": "N",
            "MailingAddress": seat.line(), "MailingPostalCode": seat.code, "MailingPostalCity": seat.city,
            "BusinessAddress": seat.line(), "BusinessPostalCode": seat.code, "BusinessPostalCity": seat.city,
        })
    }

    fn person_party(&self, person: &Person<'_>) -> Value {
        let party = person_party(person.id);
        json!({
            "partyId": party.to_string(), "partyUuid": uuid(party), "partyTypeName": 1, "orgNumber": null,
            "ssn": person.nummer().to_string(), "unitType": null, "name": person.navn().full(), "isDeleted": false,
            "onlyHierarchyElementWithNoAccess": false, "person": null, "organisation": null, "childParties": null,
        })
    }

    fn unit_party(&self, unit: VirksomhetId, with_children: bool) -> Value {
        let children = if with_children { self.children(unit) } else { Vec::new() };
        let children: Vec<Value> = children.into_iter().map(|child| self.unit_party(child, true)).collect();
        json!({
            "partyId": unit_party(unit).to_string(), "partyUuid": uuid(unit_party(unit)), "partyTypeName": 2,
            "orgNumber": self.orgnr(unit), "ssn": null, "unitType": self.form(unit), "name": self.name(unit),
            "isDeleted": false, "onlyHierarchyElementWithNoAccess": false, "person": null, "organisation": null,
            "childParties": (!children.is_empty()).then_some(children),
        })
    }
}
