//! A town of five for the tests of the login and token services: small enough to know by heart, made without the
//! generator so that these tests fail for reasons of their own only.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::access::{Access, Authentication, Clocks, Inbound, LoginRequest, TokenPolicy, Visit, WallTime, WorldState};
use crate::base::{Foedselsnummer, Kjoenn, Kommunenummer, Orgnummer, Seed, TextId, TextTable};
use crate::clock::{DEFAULT_START, Instant};
use crate::keys::{Issuer, client_key};
use crate::observe::Observe;
use crate::town::decide::{EidCommand, KlientCommand};
use crate::town::model::{
    Arbeidsmarked, Base, BaseHeader, DayNo, DoedsfallRow, HusstandId, Husstander, Kommune, KontaktFlags, Landkode,
    PersonId, PersonKey, Personer, Personstatus, Postkasse, Spraak, Utdanning,
};
use crate::town::state::{Klient, Scope};
use crate::town::{Command, Town, apply, decide};
use crate::townhall::{TownHall, World};

/// Real time in these tests.
pub(crate) const WALL: i64 = 1_790_000_000;
/// A woman of 46, alive.
pub(crate) const KARI: usize = 0;
/// A man of 50, alive.
pub(crate) const OLA: usize = 1;
/// A child of 12, a day short of 13.
pub(crate) const BARN: usize = 2;
/// A child of 13 today.
pub(crate) const TENAARING: usize = 3;
/// Dead.
pub(crate) const DOED: usize = 4;

fn nummer(day: u8, month: u8, year: u8, from: u16) -> Foedselsnummer {
    (from..from + 40).find_map(|iii| Foedselsnummer::compose(day, month, year, iii, false)).unwrap()
}

/// A request that reaches `world` at the default address, before anything is read of it.
pub(crate) fn inbound(hall: TownHall, world: World) -> Inbound {
    Inbound {
        hall,
        world,
        access: Access::default(),
        observe: Observe::default(),
        base_url: "http://localhost:2983".into(),
        public_url: "http://localhost:2983".into(),
        wall: WallTime(0),
        request_id: "1-1".into(),
        open_clients: false,
    }
}

/// Registers the machine client `maskin` of the municipality in `world`. It has no scopes of its own and signs with the
/// published key.
pub(crate) async fn machine(world: &World) {
    machine_of(world, "maskin", world.town().base.kommune.orgnr).await;
}

/// The same with another name and owner.
pub(crate) async fn machine_of(world: &World, client_id: &str, orgnr: Orgnummer) {
    let (kid, jwk) = (client_key().kid(), client_key().public().to_jwk().to_string());
    let klient = Klient::maskinporten(client_id, client_id, orgnr, kid, &jwk, &[]);
    let command = Command::Klient(KlientCommand::Registrer(Box::new(klient)));
    world.command(command, crate::town::Cause::of("test", &[])).await.unwrap();
}

/// The municipality's organisation number.
pub(crate) fn orgnr() -> Orgnummer {
    (30_000_001..).find_map(Orgnummer::compose).unwrap()
}

/// The five, before anything is registered.
pub(crate) fn base() -> Base {
    // The default first day is 4 January 2027.
    let people = [
        ("Kari", "Fjord", nummer(5, 6, 80, 400), (1980, 6, 5), Kjoenn::Kvinne, Personstatus::Bosatt),
        ("Ola", "Fjord", nummer(7, 3, 76, 401), (1976, 3, 7), Kjoenn::Mann, Personstatus::Bosatt),
        ("Liv", "Fjord", nummer(5, 1, 14, 500), (2014, 1, 5), Kjoenn::Kvinne, Personstatus::Bosatt),
        ("Per", "Fjord", nummer(4, 1, 14, 501), (2014, 1, 4), Kjoenn::Mann, Personstatus::Bosatt),
        ("Gunnhild", "Berg", nummer(1, 2, 40, 402), (1940, 2, 1), Kjoenn::Kvinne, Personstatus::Doed),
    ];
    let mut tekst = TextTable::default();
    let none = TextId(u32::MAX);
    let count = people.len();
    let mut personer = Personer {
        mellomnavn: vec![none; count],
        rekkefoelge: vec![11; count],
        foedeland: vec![Landkode::NOR; count],
        statsborgerskap: vec![Landkode::NOR; count],
        mor: vec![PersonId::NONE; count],
        far: vec![PersonId::NONE; count],
        husstand: vec![HusstandId::NONE; count],
        partner: vec![PersonId::NONE; count],
        kontakt: vec![KontaktFlags::default(); count],
        postkasse: vec![Postkasse::Ingen; count],
        spraak: vec![Spraak::Nb; count],
        merker: vec![0; count],
        utdanning: vec![Utdanning::Uoppgitt; count],
        arbeidsmarked: vec![Arbeidsmarked::Utenfor; count],
        fastlege: vec![u16::MAX; count],
        ..Personer::default()
    };
    for (fornavn, etternavn, nummer, (year, month, day), kjoenn, status) in people {
        personer.nummer.push(nummer);
        personer.foedselsdato.push(DayNo::of(jiff::civil::date(year, month, day)));
        personer.kjoenn.push(kjoenn);
        personer.status.push(status);
        personer.fornavn.push(tekst.push(fornavn));
        personer.etternavn.push(tekst.push(etternavn));
    }
    let mut by_nummer: Vec<PersonId> = (0..count).map(PersonId::at).collect();
    by_nummer.sort_by_key(|person| personer.nummer[person.index()]);
    let header = BaseHeader {
        pack: "test".into(),
        schema: 0,
        seed: Seed(7),
        size: 5,
        start: DEFAULT_START,
        profile: "test".into(),
    };
    let kommune = Kommune { nummer: Kommunenummer(9901), navn: "Testvik".into(), orgnr: orgnr() };
    Base {
        personer,
        person_bosted_start: vec![0; count + 1],
        doedsfall: vec![DoedsfallRow { person: PersonId::at(DOED), dato: DayNo(18_000) }],
        husstander: Husstander { start: vec![0], ..Husstander::default() },
        barn_start: vec![0; count + 1],
        by_nummer,
        ..Base::empty(header, kommune, tekst)
    }
}

/// A visit to the town of five with `klienter` registered, under the strict policy. The municipality has a scope `a:b`.
pub(crate) fn visit(klienter: &[Klient]) -> Visit {
    visit_in(base(), klienter)
}

/// A visit to the town of `base`, whose municipality has a scope `a:b`.
pub(crate) fn visit_in(base: Base, klienter: &[Klient]) -> Visit {
    let mut town = Town::new(Arc::new(base));
    change(&mut town, &Command::Eid(EidCommand::Scope(Box::new(Scope::new("a:b", orgnr())))));
    for klient in klienter {
        change(&mut town, &Command::Klient(KlientCommand::Registrer(Box::new(klient.clone()))));
    }
    let clocks = Clocks { wall_ms: WALL * 1000, world: town.now() };
    Visit {
        town: Arc::new(town),
        world: "main".into(),
        state: Access::new().of_world(1, Seed(7)),
        clocks,
        base_url: "http://localhost:2983".into(),
        public_url: "http://localhost:2983".into(),
        open_clients: false,
        request_id: "1".into(),
    }
}

/// Does `command` in `town`, where it has to change something.
fn change(town: &mut Town, command: &Command) {
    let events = decide(town, command, &crate::town::Cause::of("test", &[])).unwrap();
    assert!(!events.is_empty(), "done twice: {command:?}");
    for event in &events {
        apply(town, event);
    }
}

/// The same visit after `command`.
pub(crate) fn after(visit: &Visit, command: &Command) -> Visit {
    let mut town = (*visit.town).clone();
    change(&mut town, command);
    Visit { town: Arc::new(town), ..visit.clone() }
}

/// The same visit `seconds` of real time later.
pub(crate) fn later(visit: &Visit, seconds: i64) -> Visit {
    let clocks = Clocks { wall_ms: visit.clocks.wall_ms + seconds * 1000, ..visit.clocks };
    Visit { clocks, ..visit.clone() }
}

/// The same visit `seconds` of the world's clock later.
pub(crate) fn world_later(visit: &Visit, seconds: i64) -> Visit {
    let mut town = (*visit.town).clone();
    let now = town.now().plus_millis(seconds * 1000);
    apply(&mut town, &crate::town::Event::Tid(crate::town::event::TidEvent::Naadd(now)));
    Visit { clocks: Clocks { world: now, ..visit.clocks }, town: Arc::new(town), ..visit.clone() }
}

/// The identity number of a citizen.
pub(crate) fn pid(visit: &Visit, person: usize) -> String {
    visit.town.person(PersonId::at(person)).nummer().to_string()
}

/// A JSON body.
pub(crate) async fn body(response: axum::response::Response) -> serde_json::Value {
    serde_json::from_str(&text(response).await).unwrap()
}

/// A body as text.
pub(crate) async fn text(response: axum::response::Response) -> String {
    let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Real time `seconds` after the beginning, and the world's clock at it.
pub(crate) fn at(seconds: i64) -> Clocks {
    Clocks { wall_ms: seconds * 1000, world: Instant::from_millis(0) }
}

/// The world's clock `seconds` after the beginning, and real time at it.
pub(crate) fn world_at(seconds: i64) -> Clocks {
    Clocks { wall_ms: 0, world: Instant::from_millis(seconds * 1000) }
}

/// The state of a world in which nothing has happened.
pub(crate) fn state() -> Arc<WorldState> {
    Access::new().of_world(1, Seed(7))
}

/// The state of the world with `incarnation` and nothing else of its process.
pub(crate) fn state_of(incarnation: u64, seed: Seed) -> Arc<WorldState> {
    Access::new().of_world(incarnation, seed)
}

/// Whether an assertion of two minutes, made at the beginning, is new to `state` after `now` seconds.
pub(crate) fn used_once(state: &WorldState, now: i64, client: &str, jti: &str) -> bool {
    let until = at(0).deadline_on(TokenPolicy::Wall, 120);
    state.use_once(at(now), until, (Issuer::Maskinporten, client), jti)
}

/// The service of log-ins that [`request`] asks.
pub(crate) const IDP: Issuer = Issuer::Idporten;

/// A log-in at `client` that asks for nothing but `openid`.
pub(crate) fn request(client: &str) -> LoginRequest {
    let scope = vec!["openid".into()];
    LoginRequest { scope, ..LoginRequest::of(IDP, "http://localhost/idporten", client) }
}

/// The log-in of a citizen.
pub(crate) fn citizen(pid: &str) -> Authentication {
    Authentication::of_citizen(PersonKey::Base(0), pid, "idporten-loa-high", &["TestID"], 0)
}

/// Checks a table of texts in three languages, `table`, with the words that stand between quotes where it is `used`, and the
/// keys that are `built`: every cell is filled, every key is used and every word that looks like a key has a text.
pub(crate) fn check_texts(table: &str, used: &BTreeSet<String>, built: &BTreeSet<String>) {
    let mut seen = BTreeSet::new();
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), 4, "{line}");
        assert!(cells.iter().all(|cell| !cell.trim().is_empty()), "an empty cell in {line}");
        assert!(seen.insert(cells[0]), "`{}` stands twice", cells[0]);
        assert!(used.contains(cells[0]) || built.contains(cells[0]), "`{}` is not used", cells[0]);
        let parts = cells[1].contains("{0}");
        assert!(cells[2].contains("{0}") == parts && cells[3].contains("{0}") == parts, "{line}");
    }
    for key in built {
        assert!(seen.contains(key.as_str()), "`{key}` is missing");
    }
    let starts: BTreeSet<&str> = seen.iter().filter_map(|key| key.split_once('.')).map(|(start, _)| start).collect();
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"._".contains(&byte);
    for word in used {
        let is_key =
            |(start, rest): (&str, &str)| starts.contains(start) && !rest.is_empty() && rest.bytes().all(of_key);
        let a_file = ["rs", "html", "tsv"].iter().any(|end| word.ends_with(end));
        assert!(
            a_file || !word.split_once('.').is_some_and(is_key) || seen.contains(word.as_str()),
            "`{word}` has no text"
        );
    }
}
