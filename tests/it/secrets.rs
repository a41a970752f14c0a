//! Where strictly confidential people live stands in nothing that leaves the town: exports, lists, searches, documents of
//! every kind, pages, errors, the record of requests, what snapshots say about themselves, the log of the program; also not
//! through family, roles, property, former homes, and after events that touch such a person (`specs/population.md` §16
//! number 35).
//!
//! Their homes get marks that occur nowhere else: a street and a postal place of their own, a plot, coordinates, a basic
//! unit and a number of the home. An open family gets other marks, which must be found: else the search were blind.

#![allow(clippy::disallowed_methods, reason = "the program under test is waited for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Duration;

use byteby::journal::{MemoryJournal, Snapshot, decode_columns, encode_columns, write_snapshot};
use byteby::population::export::{Shown, TABLES, Value as Cell, altinn, tenor};
use byteby::population::{Spec, digest, generate};
use byteby::town::Town;
use byteby::town::model::{
    Base, BoligId, Bygning, BygningId, DayNo, Eiendom, EiendomId, Gate, Gradering, HjemmelRow, HusstandId, INGEN_GATE,
    PersonId, Personstatus, Poststed, Rolletype, VirksomhetId,
};
use byteby::townhall::{Blobs, MAIN, TownHall, WorldSpec};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::registers::{FOLKEREGISTER, KONTAKT, machine_token, register_machine};

/// Words and numbers of the hidden homes.
const HIDDEN: Marks = Marks {
    street: "Hemmeligstien",
    place: "DULGTVIKA",
    numbers: ["7779", "64893", "52341", "64207", "98712341", "76543219", "47113"],
    home: "H7703",
};
/// Those of an open home.
const OPEN: Marks = Marks {
    street: "Aapenlystien",
    place: "LYSVIKA",
    numbers: ["7778", "61874", "52342", "64208", "98712342", "76543218", "47114"],
    home: "H7704",
};

/// What stands about a home and nowhere else.
#[derive(Clone, Copy)]
struct Marks {
    street: &'static str,
    place: &'static str,
    /// Postal code, number of the plot in two parts, basic unit, coordinates, code of the street.
    numbers: [&'static str; 7],
    home: &'static str,
}

impl Marks {
    /// The marks that stand in `text`. Numbers count when they stand alone, not inside of others.
    fn in_text(&self, text: &str) -> Vec<&'static str> {
        let lower = text.to_lowercase();
        let words =
            [self.street, self.place, self.home].into_iter().filter(|word| lower.contains(&word.to_lowercase()));
        let alone = |number: &&str| {
            text.match_indices(*number).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let after = text[at + number.len()..].chars().next();
                // A decimal point before or after is a part of another number.
                let joins = |letter: Option<char>| {
                    letter.is_some_and(|letter| letter.is_alphanumeric() || ".-_".contains(letter))
                };
                !joins(before) && !joins(after)
            })
        };
        words.chain(self.numbers.into_iter().filter(alone)).collect()
    }

    fn number(&self, place: usize) -> u32 {
        self.numbers[place].parse().unwrap()
    }
}

/// Adds a dwelling with `marks`; `in_street` or with the number of its property only.
fn add_home(base: &mut Base, marks: &Marks, in_street: bool) -> BoligId {
    let small = |number: u32| u16::try_from(number).unwrap();
    let navn = base.tekst.push(marks.street);
    let gate = if in_street {
        base.gater.push(Gate { navn, kode: small(marks.number(6)) });
        u32::try_from(base.gater.len() - 1).unwrap()
    } else {
        INGEN_GATE
    };
    let sted = base.tekst.push(marks.place);
    base.poststeder.push(Poststed { nummer: small(marks.number(0)), navn: sted, bare_postboks: false });
    let poststed = u16::try_from(base.poststeder.len() - 1).unwrap();
    let eiendom = EiendomId::at(base.eiendommer.len());
    let (gardsnummer, bruksnummer) = (small(marks.number(1)), small(marks.number(2)));
    base.eiendommer.push(Eiendom { gardsnummer, bruksnummer, festenummer: 0, seksjonsnummer: 0 });
    let grunnkrets = small(marks.number(3));
    let bygning = BygningId::at(base.bygninger.len());
    base.bygninger.push(Bygning {
        gate,
        husnummer: 8,
        eiendom,
        poststed,
        grunnkrets,
        oest: marks.number(4).cast_signed(),
        nord: marks.number(5).cast_signed(),
        ..base.bygninger[0]
    });
    let homes = &mut base.boliger;
    homes.gate.push(gate);
    homes.husnummer.push(8);
    homes.husbokstav.push(b'Q');
    homes.bruksenhet.push(marks.home.as_bytes().try_into().unwrap());
    homes.bruksenhetstype.push(homes.bruksenhetstype[0]);
    homes.poststed.push(poststed);
    homes.grunnkrets.push(grunnkrets);
    homes.skolekrets.push(homes.skolekrets[0]);
    homes.stemmekrets.push(homes.stemmekrets[0]);
    homes.bygning.push(bygning);
    homes.eieform.push(homes.eieform[0]);
    BoligId::at(homes.gate.len() - 1)
}

/// Moves household `husstand` into new homes with `marks`: today's, and another for the years before as far as only this
/// household lived there. Its first member owns the place and leads an association that has its address there.
fn settle(base: &mut Base, husstand: HusstandId, marks: &Marks, in_street: bool, role: VirksomhetId) {
    let members: BTreeSet<PersonId> = base.medlemmer_of(husstand).iter().copied().collect();
    let (home, before) = (add_home(base, marks, in_street), add_home(base, marks, true));
    let others: BTreeSet<u32> = (0..base.person_count())
        .map(PersonId::at)
        .filter(|person| !members.contains(person))
        .flat_map(|person| base.bosteder_of(person).iter().map(|spell| spell.0).collect::<Vec<_>>())
        .collect();
    for &member in &members {
        let spells = base.bosteder_of(member).to_vec();
        for spell in spells {
            let row = &mut base.bosteder[spell.index()];
            if row.til == DayNo::NONE {
                row.bolig = home;
            } else if !others.contains(&spell.0) {
                row.bolig = before;
            }
        }
    }
    let owner = *members.first().unwrap();
    let bygning = base.boliger.bygning[home.index()];
    let eiendom = base.bygninger[bygning.index()].eiendom;
    let fra = base.bosteder[base.husstander.bosted[husstand.index()].index()].fra;
    let deed = HjemmelRow { eiendom, person: owner, virksomhet: VirksomhetId::NONE, teller: 1, nevner: 1, fra };
    base.hjemler.push(deed);
    base.hjemler.sort_by_key(|row| row.eiendom);
    base.roller.iter_mut().find(|row| row.virksomhet == role).unwrap().person = owner;
    base.virksomheter[role.index()].bygning = bygning;
}

/// A town with marks, the numbers of everybody in a hidden household, and of an open family that can be found.
struct Marked {
    base: Base,
    hidden: Vec<String>,
    mothers: Vec<String>,
    open: Vec<String>,
}

fn marked() -> Marked {
    let mut base = generate(&Spec { size: 1500, ..Spec::default() }).unwrap();
    let strict: BTreeSet<HusstandId> = base
        .beskyttelser
        .iter()
        .filter(|row| row.gradering == Gradering::StrengtFortrolig)
        .map(|row| base.personer.husstand[row.person.index()])
        .collect();
    // Associations whose leader can be somebody else.
    let mut led: Vec<VirksomhetId> = base
        .roller
        .iter()
        .filter(|row| row.rolle == Rolletype::Lede && row.person != PersonId::NONE)
        .map(|row| row.virksomhet)
        .collect();
    led.dedup();
    let numbers = |base: &Base, husstand: HusstandId| -> Vec<String> {
        base.medlemmer_of(husstand).iter().map(|member| base.personer.nummer[member.index()].to_string()).collect()
    };
    let (mut hidden, mut mothers) = (Vec::new(), Vec::new());
    for (place, &husstand) in strict.iter().enumerate() {
        // Every second one in a home without a street.
        settle(&mut base, husstand, &HIDDEN, place % 2 == 0, led[place]);
        let members = base.medlemmer_of(husstand);
        if members.len() > 1 {
            mothers.push(base.personer.nummer[members[0].index()].to_string());
        }
        hidden.extend(numbers(&base, husstand));
    }
    assert!(strict.len() >= 2 && !mothers.is_empty());
    let protected = |person: PersonId| base.beskyttelse_of(person).is_some();
    let family = (0..base.husstander.slag.len()).map(HusstandId::at).find(|&husstand| {
        let members = base.medlemmer_of(husstand);
        members.len() == 4 && !strict.contains(&husstand) && !members.iter().any(|&member| protected(member))
    });
    let family = family.unwrap();
    settle(&mut base, family, &OPEN, true, led[strict.len()]);
    let open = numbers(&base, family);
    base.digest = digest(&base);
    Marked { base, hidden, mothers, open }
}

/// The file of a world on `base` that has the client `maskin`.
async fn snapshot_of(base: &Base) -> Vec<u8> {
    let hall = || TownHall::open(Arc::new(MemoryJournal::new()), Blobs::default()).unwrap();
    let first = hall();
    let plain = first.create(&WorldSpec { name: MAIN.into(), base: Spec { size: 1500, ..Spec::default() } }).unwrap();
    let file = first.save(&plain).unwrap();
    let mut header = Snapshot::open(&file).unwrap().header;
    header.base_digest = base.digest.to_string();
    let none = std::iter::empty::<Result<byteby::journal::LogItem, std::convert::Infallible>>();
    let file = write_snapshot(&header, &encode_columns(base), none, &[] as &[Vec<u8>]).unwrap();
    let second = hall();
    let world = second.load(&file, MAIN).unwrap();
    register_machine(&world).await;
    second.save(&world).unwrap()
}

/// The program in a process of its own, with all it says.
struct Server {
    child: Child,
    base: String,
    /// What it prints and what it logs, in full.
    says: [PathBuf; 2],
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(dir: &Path, file: &Path) -> Self {
        let (said, log) = (dir.join("said"), dir.join("log"));
        let to = |path: &Path| std::fs::File::create(path).unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_byteby"))
            .args(["up", "--port", "0", "--clock", "frozen", "--life", "off", "--open-clients", "--from"])
            .arg(file)
            .current_dir(dir)
            .env("NO_COLOR", "1")
            .env("BYTEBY_LOG", "trace")
            .stdout(to(&said))
            .stderr(to(&log))
            .spawn()
            .expect("the program runs");
        let port = |text: String| {
            let rest = &text[text.find("http://localhost:")? + "http://localhost:".len()..];
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            rest.contains('\n').then_some(port)
        };
        let limit = std::time::Instant::now() + Duration::from_mins(2);
        let base = loop {
            if let Some(port) = port(std::fs::read_to_string(&said).unwrap()) {
                break format!("http://localhost:{port}");
            }
            assert!(std::time::Instant::now() < limit, "it never says where it listens");
            std::thread::sleep(Duration::from_millis(20));
        };
        Self { child, base, says: [said, log] }
    }
}

/// Asks, and looks through every answer.
struct Sweep {
    http: Client,
    base: String,
    tokens: BTreeMap<&'static str, String>,
    /// What was asked, with the marks of hidden homes that stood in the answer.
    leaks: Vec<String>,
    /// Paths whose answers showed the open home.
    open: BTreeSet<String>,
    asked: usize,
}

const ADMIN: &str = "/_byteby/v1";
const WORLD: &str = "/_byteby/v1/worlds/main";
const OMH: &str = "/folkeregisteret/offentlig-med-hjemmel/api/v1";

impl Sweep {
    async fn set(base: &str) -> Self {
        let mut tokens = BTreeMap::new();
        for scope in [FOLKEREGISTER, KONTAKT] {
            tokens.insert(scope, machine_token(base, scope, None).await);
        }
        let http = Client::builder().redirect(reqwest::redirect::Policy::limited(5)).build().unwrap();
        Self { http, base: base.to_owned(), tokens, leaks: Vec::new(), open: BTreeSet::new(), asked: 0 }
    }

    fn look(&mut self, what: &str, text: &str) {
        let found = HIDDEN.in_text(text);
        if !found.is_empty() {
            let at = text.to_lowercase().find(&found[0].to_lowercase()).unwrap_or(0);
            let from = (0..=at.saturating_sub(120)).rev().find(|&from| text.is_char_boundary(from)).unwrap_or(0);
            let around: String = text[from..].chars().take(280).collect();
            self.leaks.push(format!("{what}: {found:?} in …{around}…"));
        }
        if !OPEN.in_text(text).is_empty() {
            self.open.insert(what.split('?').next().unwrap().to_owned());
        }
    }

    async fn ask(&mut self, method: Method, path: &str, body: Option<Value>, accept: &str) -> (u16, Vec<u8>) {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).header("accept", accept);
        if path.starts_with("/folkeregisteret") {
            request = request.bearer_auth(&self.tokens[FOLKEREGISTER]);
        } else if path.starts_with("/krr") {
            request = request.bearer_auth(&self.tokens[KONTAKT]);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        let bytes = answer.bytes().await.unwrap().to_vec();
        self.asked += 1;
        let label = format!("{method} {path}");
        self.look(&label, &format!("{headers}\n{}", String::from_utf8_lossy(&bytes)));
        (status, bytes)
    }

    async fn get(&mut self, path: &str) -> Value {
        let (status, bytes) = self.ask(Method::GET, path, None, "application/json").await;
        assert!(status < 500 || status == 501, "{path}: {status}");
        serde_json::from_slice(&bytes).unwrap_or(Value::Null)
    }

    async fn post(&mut self, path: &str, body: Value) -> (u16, Value) {
        let (status, bytes) = self.ask(Method::POST, path, Some(body), "application/json").await;
        assert!(status < 500 || status == 501, "{path}: {status}");
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Everything the town answers about `people` and about everybody.
    async fn round(&mut self, people: &[String]) {
        for form in ["application/json", "text/csv", "application/x-ndjson"] {
            for list in ["people", "households", "businesses"] {
                self.ask(Method::GET, &format!("{WORLD}/{list}?limit=10000"), None, form).await;
            }
        }
        let mut about: BTreeSet<String> = people.iter().cloned().collect();
        for number in people {
            let one = self.get(&format!("{WORLD}/people/{number}")).await;
            // Their family too.
            let text = one.to_string();
            about.extend(
                text.split(|letter: char| !letter.is_ascii_digit()).filter(|word| word.len() == 11).map(str::to_owned),
            );
        }
        for number in &about {
            self.get(&format!("{WORLD}/people/{number}")).await;
            self.ask(Method::GET, &format!("/ui/people/{number}"), None, "text/html").await;
            for part in
                ["", "?part=historikk", "?part=bostedsadresse&part=historikk", "?part=postadresse", "?part=foedsel"]
            {
                self.get(&format!("{OMH}/personer/{number}{part}")).await;
            }
            for process in ["urn:no:difi:profile:arkivmelding:administrasjon:ver1.0", ""] {
                self.get(&format!("/eformidling/api/capabilities/{number}?process={process}")).await;
            }
        }
        for page in ["/ui", "/ui/people", "/ui/messages", "/ui/people?q=hemmeligsti", "/ui/people?q=dulgtvik"] {
            self.ask(Method::GET, page, None, "text/html").await;
        }
        self.registers().await;
        self.questions(&people[0]).await;
        self.searches(people).await;
        self.records().await;
    }

    /// The registers, everybody at once and every document of the feed.
    async fn registers(&mut self) {
        let everybody = self.get(&format!("{WORLD}/people?limit=10000&fields=id")).await;
        let numbers: Vec<String> =
            everybody["people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        assert!(numbers.len() >= 1_490, "{}", numbers.len());
        for some in numbers.chunks(1_000) {
            for part in ["", "?part=historikk"] {
                self.post(&format!("{OMH}/personer/bulkoppslag{part}"), json!({"foedselsEllerDNummer": some})).await;
            }
            self.post("/krr/rest/v2/personer", json!({"personidentifikatorer": some})).await;
        }
        let mut next = 1;
        loop {
            let rows = self.get(&format!("{OMH}/hendelser/feed?seq={next}")).await;
            let rows = rows.as_array().unwrap();
            let Some(last) = rows.last() else { break };
            next = last["sekvensnummer"].as_u64().unwrap() + 1;
            let ids = |name: &str| -> Vec<String> {
                let of = |row: &Value| row["hendelse"][name].as_str().or(row[name].as_str()).map(str::to_owned);
                rows.iter().filter_map(of).collect()
            };
            let (events, persons) = (ids("hendelsesdokument"), ids("persondokument"));
            // A duplicate that was merged into another number has no document of its own.
            let stands = |row: &&Value| !row.to_string().contains("\"personErOpphoertSomDublett\"");
            let with_document = rows.iter().filter(stands).count();
            assert_eq!((events.len(), persons.len()), (rows.len(), with_document), "{}", rows[0]);
            for (path, ids) in [("hendelser/bulkoppslag", events), ("personer/bulkoppslag/arkiv", persons)] {
                for some in ids.chunks(1_000) {
                    let (status, _) = self.post(&format!("{OMH}/{path}"), json!({"dokumentidentifikator": some})).await;
                    assert_eq!(status, 200, "{path}");
                }
            }
        }
        assert!(next > 100, "the feed has rows");
    }

    /// Questions that try to make a fault or a hit say where somebody lives. A question of the caller's own that stands in
    /// the answer gives nothing away, so it names the street only in parts.
    async fn questions(&mut self, number: &str) {
        let questions = [
            format!("id == '{number}' && int(adresse.adressenavn) == 3"),
            format!("id == '{number}' && adresse.adressenavn.bokstav == 3"),
            format!("id == '{number}' && adresse.adressenavn + 1 == 2"),
            "bosatt && adresse != null && adresse.adressenavn == 'Hemmelig' + 'stien'".to_owned(),
            "bosatt && husstand.adresse.adressenavn == 'Hemmelig' + 'stien'".to_owned(),
            "bosatt && husstand.bolig.grunnkrets == '642' + '07'".to_owned(),
            "bosatt && husstand.bolig.bruksenhetsnummer == 'H77' + '03'".to_owned(),
            "bosatt && adresse.matrikkelnummer.gaardsnummer == 61870 + 3".to_owned(),
            "adresse.nothing == 1".to_owned(),
            "adresse != null && adresse.adresse.exists(line, line.startsWith('Hemmelig' + 'stien'))".to_owned(),
            "adresse != null && adresse.poststed == 'DULGT' + 'VIKA'".to_owned(),
        ];
        for question in questions {
            let asked: String = question.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for list in ["people", "households", "businesses"] {
                let found = self.get(&format!("{WORLD}/{list}?fields=id&where={asked}")).await;
                let some = found[list].as_array().is_some_and(|found| !found.is_empty());
                assert!(!some || question.starts_with("id"), "{list} where {question}: {found}");
            }
            self.post(&format!("{WORLD}/cast"), json!({"cast": {"hen": {"where": question}}})).await;
            self.post(&format!("{WORLD}/events"), json!({"kind": "kontaktendring", "of": question})).await;
            let call = json!({"service": "folkeregisteret", "about": number, "body": question});
            self.post(&format!("{WORLD}/expectations/verify"), call.clone()).await;
            self.post(&format!("{WORLD}/requests/near-misses"), call).await;
        }
    }

    /// Searches of the register for the hidden street: nobody lives there, by any package's way of asking, though they are
    /// found by name and birth. The open street is found.
    async fn searches(&mut self, people: &[String]) {
        for past in ["gjeldende", "historisk"] {
            let all = format!("opplysningsgrunnlag={past}&inkluderDoede=true&inkluderOppholdsadresse=true");
            for (street, found) in [("hemmelig", false), ("aapenlyst", true)] {
                for house in ["", "&husnummer=8", "&husnummer=8Q"] {
                    let path = format!("{OMH}/personer/soek?adressenavn={street}{house}&{all}");
                    let answer = self.get(&path).await;
                    let numbers = answer["foedselsEllerDNummer"].as_array().unwrap();
                    assert_eq!(!numbers.is_empty(), found, "{path}: {answer}");
                }
            }
        }
        for number in people {
            let person = self.get(&format!("{OMH}/personer/{number}?part=navn&part=foedsel")).await;
            let (name, birth) = (&person["navn"][0], &person["foedsel"][0]["foedselsdato"]);
            let (Some(first), Some(last)) = (name["fornavn"].as_str(), name["etternavn"].as_str()) else { continue };
            let birth = birth.as_str().unwrap().replace('-', "");
            let found =
                self.get(&format!("{OMH}/personer/soek?navn={last}&foedselsdato={birth}&inkluderDoede=true")).await;
            assert!(found.to_string().contains(number.as_str()), "{number}: {found}");
            for more in
                ["", "&adressenavn=hemmelig", "&adressenavn=hemmelig&husnummer=8Q&opplysningsgrunnlag=historisk"]
            {
                let path = format!("{OMH}/personer/entydigsoek?navn={first} {last}&foedselsdato={birth}{more}");
                let (status, _) = self.ask(Method::GET, &path, None, "application/json").await;
                assert!(status == 404 || more.is_empty() && status == 200, "{path}: {status}");
            }
        }
    }

    /// Logs and records, each entry by itself too.
    async fn records(&mut self) {
        for path in
            ["findings", "messages", "clients", "deliveries", "subscriptions", "apps", "faults", "clock", "settle"]
        {
            self.get(&format!("{WORLD}/{path}")).await;
        }
        let log = self.get(&format!("{WORLD}/events?limit=1000")).await;
        for item in log["items"].as_array().unwrap() {
            self.get(&format!("{WORLD}/why/{}", item["seq"])).await;
        }
        let mut after = 0;
        loop {
            let page = self.get(&format!("{WORLD}/requests?after={after}&limit=1000")).await;
            let Some(last) = page["requests"].as_array().and_then(|rows| rows.last()) else { break };
            let newest = last["id"].as_u64().unwrap_or(after);
            for id in after + 1..=newest.min(after + 60) {
                self.get(&format!("{WORLD}/requests/{id}")).await;
            }
            if newest <= after {
                break;
            }
            after = newest;
        }
    }

    /// Every address of the admin API that can be read, from its own document: what comes later is looked at too. Where a
    /// path wants a name, a likely one is given; that nothing is there is an answer as well.
    async fn everything_else(&mut self, number: &str) {
        let document = self.get(&format!("{ADMIN}/openapi.json")).await;
        let paths = document["paths"].as_object().unwrap().clone();
        let mut read = 0;
        for (template, _) in paths.iter().filter(|(_, path)| path.get("get").is_some()) {
            let template = template.strip_prefix(ADMIN).unwrap_or(template);
            if NOT_READ.iter().any(|(exempt, _)| *exempt == template) {
                continue;
            }
            let word = |part: &str| match part {
                "{world}" => "main".to_owned(),
                "{issuer}" => "idporten".to_owned(),
                "{service}" => "folkeregisteret".to_owned(),
                "{client_id}" => "maskin".to_owned(),
                "{code}" => "BB1801".to_owned(),
                "{id}" if template.contains("people") => number.to_owned(),
                part if part.starts_with('{') => "1".to_owned(),
                part => part.to_owned(),
            };
            let path = template.split('/').map(word).collect::<Vec<_>>().join("/");
            self.get(&format!("{ADMIN}{path}")).await;
            read += 1;
        }
        assert!(read > 40, "{read}");
    }

    async fn event(&mut self, kind: &str, of: &str, more: Value) -> Value {
        let mut body = json!({"kind": kind, "of": of});
        for (name, value) in more.as_object().into_iter().flatten() {
            body[name.as_str()] = value.clone();
        }
        let (status, made) = self.post(&format!("{WORLD}/events"), body.clone()).await;
        assert_eq!(status, 201, "{body}: {made}");
        made
    }
}

/// What the admin API offers to read and the test does not, and why.
const NOT_READ: &[(&str, &str)] = &[
    ("/ca.pem", "a certificate"),
    ("/worlds/{world}/properties", "the land register: says where there are homes, not who lives there; asked apart"),
    ("/snapshots/{id}", "a file, looked into below"),
    ("/worlds/{world}/clock/stream", "the events of the log, which are read one by one"),
    ("/worlds/{world}/events/stream", "the events of the log, which are read one by one"),
];

/// Every table, and the forms of the neighbours.
fn exports(base: &Base) -> Vec<(String, String)> {
    let shown = Shown::new(base, 0);
    let mut texts = Vec::new();
    for table in TABLES {
        let mut text = String::new();
        for row in (0..(table.rows)(base)).filter(|&row| (table.keep)(&shown, row)) {
            for field in table.fields {
                match (field.value)(&shown, row) {
                    Cell::None => {}
                    Cell::Int(number) => text.push_str(&format!("{number};")),
                    Cell::Text(written) => text.push_str(&format!("{written};")),
                    Cell::Date(day) => text.push_str(&format!("{};", day.dato())),
                    Cell::Bool(is) => text.push_str(&format!("{is};")),
                }
            }
            text.push('\n');
        }
        texts.push((format!("table {}", table.name), text));
    }
    let town = Town::new(Arc::new(decode_columns(&encode_columns(base)).unwrap()));
    let people: Vec<PersonId> = (0..base.person_count())
        .map(PersonId::at)
        .filter(|row| base.personer.status[row.index()] == Personstatus::Bosatt)
        .collect();
    texts.extend(
        altinn(&town, &people).into_iter().map(|(path, content)| (format!("altinn {path}"), content.to_string())),
    );
    texts.push(("tenor".to_owned(), tenor(&town, &people).to_string()));
    texts
}

/// The land register itself says where there are homes, not who lives there.
const LAND: [&str; 4] = ["table boliger", "table bygninger", "table eiendommer", "table gater"];

#[test]
fn no_export_says_where_the_hidden_live() {
    let town = marked();
    let mut open = BTreeSet::new();
    let texts = exports(&town.base);
    for (name, text) in &texts {
        let found = HIDDEN.in_text(text);
        if LAND.contains(&name.as_str()) {
            assert!(!found.is_empty(), "{name} knows its own");
            assert!(town.hidden.iter().all(|number| !text.contains(number.as_str())), "{name} names somebody");
            continue;
        }
        assert!(found.is_empty(), "{name} shows {found:?}");
        open.extend((!OPEN.in_text(text).is_empty()).then(|| name.split(' ').next().unwrap()));
    }
    assert_eq!(open.into_iter().collect::<Vec<_>>(), ["altinn", "table", "tenor"], "the search would find one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_record_or_log_says_where_the_hidden_live() {
    let town = marked();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("marked.bby");
    std::fs::write(&file, snapshot_of(&town.base).await).unwrap();
    let server = Server::start(dir.path(), &file);
    let mut sweep = Sweep::set(&server.base).await;
    let mut people: Vec<String> = town.hidden.iter().chain(&town.open).cloned().collect();
    sweep.round(&people).await;
    assert!(sweep.open.len() > 8, "the search would find one: {:?}", sweep.open);
    sweep.post(&format!("{WORLD}/fork"), json!({"name": "gren"})).await;
    // Events at and around them: a birth, a guest who moves in, newcomers, children who move, a death, an emigration.
    let mother = town.mothers[0].clone();
    let born = sweep.event("foedsel", &mother, json!({})).await;
    people.extend(born["people"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
    sweep.event("kontaktendring", &mother, json!({"spraak": "nn"})).await;
    sweep.event("reservasjon", &mother, json!({})).await;
    let guest = town.open.last().unwrap();
    let guest_moves = json!({"hos": mother, "hele_husstanden": false});
    let (status, told) = sweep
        .post(&format!("{WORLD}/events"), {
            let mut body = guest_moves.clone();
            body["kind"] = json!("flytting");
            body["of"] = json!(town.open[0]);
            body
        })
        .await;
    assert_eq!(status, 201, "{guest}: {told}");
    let came = sweep.event("innflytting", &mother, json!({"land": "SWE", "alder": 30})).await;
    people.extend(
        came["people"].as_array().into_iter().flatten().filter_map(|one| one["id"].as_str().map(str::to_owned)),
    );
    sweep.round(&people).await;
    let (status, _) = sweep.post(&format!("{WORLD}/clock/advance"), json!({"by": "P30D"})).await;
    assert_eq!(status, 200);
    let other =
        people.iter().find(|number| town.hidden.contains(number) && !town.mothers.contains(number)).unwrap().clone();
    sweep
        .event(
            "utflytting",
            came["people"][0]["id"].as_str().unwrap(),
            json!({"land": "SWE", "hele_husstanden": false}),
        )
        .await;
    sweep.event("doedsfall", &mother, json!({})).await;
    sweep.get(&format!("{WORLD}/people/{other}")).await;
    sweep.round(&people).await;
    // Worlds beside each other, and snapshots with what can be read in them.
    for path in
        [format!("{ADMIN}/worlds"), format!("{WORLD}/diff?with=gren"), format!("{ADMIN}/worlds/gren/diff?with=main")]
    {
        sweep.get(&path).await;
    }
    let (status, line) = sweep.post(&format!("{WORLD}/snapshots"), json!({"id": "etter"})).await;
    assert_eq!(status, 201, "{line}");
    sweep.get(&format!("{ADMIN}/snapshots")).await;
    let kept = sweep.http.get(format!("{}{ADMIN}/snapshots/etter", sweep.base)).send().await.unwrap();
    let kept = kept.bytes().await.unwrap();
    let snapshot = Snapshot::open(&kept).unwrap();
    sweep.look("header of a snapshot", &serde_json::to_string(&snapshot.header).unwrap());
    for item in snapshot.items() {
        sweep.look("log of a snapshot", &format!("{:?}", item.unwrap()));
    }
    let authorize = "/idporten/authorize?client_id=hvem&response_type=code&scope=openid&state=state1234&nonce=nonce1234\
                     &redirect_uri=http%3A%2F%2Flocalhost%3A4000%2Fcb&code_challenge_method=S256\
                     &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    sweep.ask(Method::GET, authorize, None, "text/html").await;
    // The land register names nobody.
    let land = sweep.http.get(format!("{}{WORLD}/properties?limit=10000", sweep.base)).send().await.unwrap();
    let land = land.text().await.unwrap();
    assert!(!HIDDEN.in_text(&land).is_empty() && people.iter().all(|number| !land.contains(number.as_str())));
    sweep.everything_else(&mother).await;
    let asked = sweep.asked;
    let says = server.says.clone();
    drop(server);
    for path in says {
        sweep.look(&path.to_string_lossy(), &std::fs::read_to_string(&path).unwrap());
    }
    let leaks: Vec<&String> = sweep.leaks.iter().take(8).collect();
    assert!(leaks.is_empty(), "{} of {asked} answers give a hidden home away: {leaks:#?}", sweep.leaks.len());
    assert!(asked > 400, "{asked}");
}
