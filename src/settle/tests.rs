//! The engine with an app made for it: a server on a free port that answers as the test says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};

use super::*;
use crate::access::{Access, Idle};
use crate::clock::{DEFAULT_START, Instant, Mode, Span};
use crate::journal::MemoryJournal;
use crate::observe::Note;
use crate::town::model::tests_town::TestTown;
use crate::town::model::tests_town::rolle::{ASTRID, KARI, OLA};
use crate::townhall::tests_letters::{draft, letter};
use crate::townhall::{Blobs, MAIN};

const FEED: &str = "folkeregisteret.hendelser.les";
/// For waits that are to be given up.
const SHORT_MS: u64 = 60;
/// For waits that are to end by themselves.
const LONG_MS: u64 = 60_000;

/// What the app answers and how often it was asked.
#[derive(Default)]
struct Said {
    idle: AtomicBool,
    asked: AtomicUsize,
    poked: AtomicUsize,
}

struct Scene {
    hall: TownHall,
    main: World,
    observe: Observe,
    access: Access,
    client: reqwest::Client,
    said: Arc<Said>,
    url: String,
}

impl Scene {
    async fn new() -> Self {
        let hall = TownHall::open(Arc::new(MemoryJournal::default()), Blobs::default()).unwrap();
        let main = hall.create_on(TestTown::eksempel(), MAIN);
        let said = Arc::new(Said::default());
        let (idle, poke) = (said.clone(), said.clone());
        let router = Router::new()
            .route(
                "/idle",
                get(move || async move {
                    idle.asked.fetch_add(1, Ordering::SeqCst);
                    axum::Json(serde_json::json!({ "idle": idle.idle.load(Ordering::SeqCst) }))
                }),
            )
            .route(
                "/poke",
                post(move || async move {
                    poke.poked.fetch_add(1, Ordering::SeqCst);
                }),
            );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let (observe, access, client) = (Observe::default(), Access::default(), client().unwrap());
        Self { hall, main, observe, access, client, said, url }
    }

    fn app(&self) -> App {
        let (name, url) = ("a".to_owned(), self.url.clone());
        App { name, url, settle_max_ms: Some(LONG_MS), quiet_ms: Some(1), ..App::default() }
    }

    fn probed(&self) -> App {
        App { idle: Some(Idle { path: "/idle".into(), that: None }), quiet_ms: None, ..self.app() }
    }

    fn poller(&self) -> App {
        App { feeds: vec![FEED.to_owned()], ..self.app() }
    }

    async fn settle(&self, apps: &[App], number: u64) -> Settled {
        let town = self.main.town();
        let judge = |app: &App, answer: &Answer| says_idle(app, answer, &town);
        self.settler(apps, &judge, &|| 0).settle(number).await
    }

    fn settler<'a>(
        &'a self,
        apps: &'a [App],
        judge: &'a (dyn Fn(&App, &Answer) -> bool + Send + Sync),
        wall: &'a (dyn Fn() -> i64 + Send + Sync),
    ) -> Settler<'a> {
        let (hall, world, observe, client) = (&self.hall, &self.main, &self.observe, &self.client);
        Settler { hall, world, observe, client, wall, apps, judge }
    }

    fn record(&self, note: Note) {
        self.observe.record(RequestEntry {
            world: MAIN.into(),
            incarnation: self.main.incarnation(),
            at: DEFAULT_START,
            note,
            method: "GET".into(),
            path: "/x".into(),
            status: 200,
            ..RequestEntry::default()
        });
    }

    fn look_up(&self, person: PersonKey) {
        self.record(Note { operation: "krr.person.hent", about: vec![person], ..Note::default() });
    }

    fn read_feed(&self, from: u64) {
        self.record(Note { operation: FEED, feed_read: Some((from, from - 1)), ..Note::default() });
    }

    fn findings(&self) -> Vec<(&'static str, String)> {
        let found = self.observe.findings.since(0, Some(self.main.incarnation()));
        found.iter().map(|finding| (finding.kind, finding.detail.clone())).collect()
    }

    fn month(&self) -> Instant {
        Span::parse("P1M").unwrap().after(self.main.town().now())
    }
}

/// Waits until `holds`; a test that waits for ever is ended by its runner.
async fn until(holds: impl Fn() -> bool) {
    while !holds() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn without_apps_nobody_is_waited_for() {
    let scene = Scene::new().await;
    scene.observe.begin(scene.main.incarnation());
    let settled = scene.settle(&[], 5).await;
    assert_eq!((settled.mark, settled.still), (None, vec![]));
    assert_eq!(scene.findings(), []);
}

#[tokio::test]
async fn a_probe_is_asked_until_it_says_idle() {
    let scene = Scene::new().await;
    let apps = [scene.probed()];
    let (settled, ()) = tokio::join!(scene.settle(&apps, 0), async {
        until(|| scene.said.asked.load(Ordering::SeqCst) >= 3).await;
        scene.said.idle.store(true, Ordering::SeqCst);
    });
    assert_eq!(settled.mark, Some(Mark::Probe));
    assert!(scene.said.asked.load(Ordering::SeqCst) > 3);
    assert_eq!(scene.findings(), []);
    let last = scene.observe.settle.last(scene.main.incarnation()).unwrap();
    assert_eq!((last.mark, last.at), (Some(Mark::Probe), scene.main.town().now()));
}

#[tokio::test]
async fn a_condition_of_its_own_may_say_idle() {
    let scene = Scene::new().await;
    let idle = |that: &str| Some(Idle { path: "/idle".into(), that: Some(that.into()) });
    let busy = App { idle: idle("it.json.idle"), settle_max_ms: Some(SHORT_MS), ..scene.app() };
    assert_eq!(scene.settle(&[busy], 0).await.mark, None);
    let other = App { idle: idle("it.status == 200 && !it.json.idle"), ..scene.app() };
    assert_eq!(scene.settle(&[other], 0).await.mark, Some(Mark::Probe));
}

#[tokio::test]
async fn what_never_settles_is_a_finding_that_says_what_was_moving_and_goes_on() {
    let scene = Scene::new().await;
    let short = |app: App| App { settle_max_ms: Some(SHORT_MS), ..app };
    let world = scene.main.incarnation();
    for (what, apps, still) in [
        ("a busy app", [short(scene.probed())], Still::Busy("a".into())),
        (
            "a feed nobody reads",
            [short(scene.poller())],
            Still::Feed { app: "a".into(), operation: FEED.into(), number: 7 },
        ),
    ] {
        let settled = scene.settle(&apps, 7).await;
        assert_eq!((settled.mark, settled.still), (None, vec![still.clone()]), "{what}");
        let (kind, detail) = scene.findings().pop().unwrap();
        assert!(kind == "never-settled" && detail.contains(&still.to_string()), "{what}: {detail}");
    }
    scene.observe.begin(world);
    let settled = scene.settle(&[short(scene.app())], 0).await;
    assert_eq!(settled.still, [Still::Requests(1)]);
    assert_eq!(scene.findings().len(), 3);
    assert_eq!(scene.observe.settle.last(world).unwrap().mark, None);
}

#[tokio::test]
async fn a_poke_is_sent_once_and_its_answer_counts_as_the_apps_word() {
    let scene = Scene::new().await;
    // The feed is not waited for: the app has read it in its round.
    let app = App { poke: Some("/poke".into()), ..scene.poller() };
    let settled = scene.settle(&[app], 7).await;
    assert_eq!((settled.mark, scene.said.poked.load(Ordering::SeqCst)), (Some(Mark::Probe), 1));
    let unheard = App { poke: Some("/nowhere".into()), ..scene.app() };
    assert_eq!(scene.settle(&[unheard], 7).await.mark, Some(Mark::Quiet));
}

#[tokio::test]
async fn a_poller_has_settled_when_it_has_asked_above_and_the_weakest_app_counts() {
    let scene = Scene::new().await;
    scene.read_feed(7);
    let apps = [scene.poller()];
    let done = AtomicBool::new(false);
    let (settled, ()) = tokio::join!(
        async {
            let settled = scene.settle(&apps, 7).await;
            done.store(true, Ordering::SeqCst);
            settled
        },
        async {
            for _ in 0..5 {
                tokio::time::sleep(LOOK).await;
            }
            assert!(!done.load(Ordering::SeqCst), "it has been sent item 7, and has not asked above it");
            scene.read_feed(8);
        }
    );
    assert_eq!((settled.mark, settled.unread), (Some(Mark::Ack), vec![]));
    let quiet = App { name: "b".into(), ..scene.app() };
    assert_eq!(scene.settle(&[scene.poller(), quiet], 7).await.mark, Some(Mark::Quiet));
}

#[tokio::test]
async fn a_feed_left_alone_for_two_intervals_is_a_finding_and_waited_for_no_longer() {
    let scene = Scene::new().await;
    scene.read_feed(7);
    scene.read_feed(7);
    // Real time runs away: every look is ten seconds later.
    let now = AtomicI64::new(0);
    let wall = || now.fetch_add(10_000, Ordering::SeqCst);
    let apps = [scene.poller()];
    let settled = scene.settler(&apps, &|_, _| true, &wall).settle(7).await;
    let unread = Unread { app: "a".into(), operation: FEED.into(), number: 7 };
    assert_eq!((settled.mark, settled.unread), (Some(Mark::Quiet), vec![unread]));
    assert_eq!(scene.findings()[0].0, "feed-not-read");
}

#[tokio::test]
async fn a_request_under_way_is_waited_for() {
    let scene = Scene::new().await;
    let (world, apps) = (scene.main.incarnation(), [scene.app()]);
    scene.observe.begin(world);
    let ended = AtomicBool::new(false);
    let (after_end, ()) = tokio::join!(
        async {
            scene.settle(&apps, 0).await;
            ended.load(Ordering::SeqCst)
        },
        async {
            for _ in 0..5 {
                tokio::time::sleep(LOOK).await;
            }
            ended.store(true, Ordering::SeqCst);
            scene.observe.end(world);
        }
    );
    assert!(after_end);
}

#[tokio::test]
async fn conditions_hold_together_and_noise_disturbs_nobody() {
    let scene = Scene::new().await;
    let someone = scene.main.town().key_of(KARI);
    let apps = [scene.probed()];
    let left = AtomicUsize::new(4);
    let asked = || scene.said.asked.swap(0, Ordering::SeqCst);
    // While the app says that it is idle, something comes from it: then it was not.
    let restless = |_: &App, _: &Answer| {
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            scene.look_up(someone);
        }
        true
    };
    let settled = scene.settler(&apps, &restless, &|| 0).settle(0).await;
    assert_eq!((settled.mark, asked()), (Some(Mark::Probe), 5));
    let noisy = |_: &App, _: &Answer| {
        scene.read_feed(8);
        true
    };
    let settled = scene.settler(&apps, &noisy, &|| 0).settle(0).await;
    assert_eq!((settled.mark, asked()), (Some(Mark::Probe), 1));
}

#[tokio::test]
async fn an_app_that_follows_the_clock_is_waited_for() {
    let scene = Scene::new().await;
    let (world, apps) = (scene.main.incarnation(), [App { settle_max_ms: Some(SHORT_MS), ..scene.app() }]);
    assert_eq!(scene.settle(&apps, 0).await.mark, Some(Mark::Quiet));
    scene.observe.settle.ack_clock(world, "a", clock_number(&scene.main));
    scene.observe.settle.ack_clock(world, "somebody else", 0);
    scene.main.advance(scene.month()).await.unwrap();
    let number = clock_number(&scene.main);
    let settled = scene.settle(&apps, 0).await;
    assert_eq!(settled.still, [Still::Clock { app: "a".into(), at: 0, number }]);
    scene.observe.settle.ack_clock(world, "a", number);
    assert_eq!(scene.settle(&apps, 0).await.mark, Some(Mark::Quiet));
}

#[tokio::test]
async fn an_app_may_say_by_itself_that_it_is_idle() {
    let scene = Scene::new().await;
    let (world, seq) = (scene.main.incarnation(), scene.main.ledger().head().seq);
    scene.observe.settle.say_idle(world, Some("a"), seq);
    // Its probe would never say so.
    assert_eq!(scene.settle(&[scene.probed()], 0).await.mark, Some(Mark::Probe));
    assert_eq!(scene.settle(&[scene.app()], 0).await.mark, Some(Mark::Probe));
}

#[tokio::test]
async fn a_request_after_the_settle_is_late_when_it_belongs_to_what_was() {
    let scene = Scene::new().await;
    let [kari, ola] = [KARI, OLA].map(|person| scene.main.town().key_of(person));
    let world = scene.main.incarnation();
    scene.observe.settle.touched(world, [kari]);
    scene.settle(&[scene.app()], 0).await;
    scene.look_up(ola);
    let (apps, last) = ([], scene.observe.settle.closed(world));
    let settler = scene.settler(&apps, &|_, _| true, &|| 0);
    assert!(settler.late(last).is_empty(), "about somebody to whom nothing had happened");
    scene.look_up(kari);
    assert_eq!(settler.late(last).len(), 1);
    settler.note_late();
    let (kind, detail) = scene.findings().pop().unwrap();
    assert!(kind == "late-after-settle" && detail.contains("krr.person.hent") && detail.contains("person"), "{detail}");
    // After the next settle both are past and late no more.
    assert!(scene.settle(&[scene.app()], 0).await.late.is_empty());
    assert!(settler.late(scene.observe.settle.closed(world)).is_empty());
}

#[tokio::test]
async fn advancing_settles_once_per_instant_and_at_the_end() {
    let scene = Scene::new().await;
    for (id, to) in [(1, KARI), (2, OLA)] {
        letter(&scene.main, to, id).await;
    }
    for (id, to) in [(3, KARI), (4, OLA), (5, ASTRID)] {
        draft(&scene.main, to, id).await;
    }
    let fork = scene.hall.fork(MAIN, None).unwrap();
    let to = scene.month();
    fork.advance(to).await.unwrap();
    let seq = scene.main.ledger().head().seq;
    let app = App { poke: Some("/poke".into()), ..scene.app() };
    let apps = [app];
    let settler = scene.settler(&apps, &|_, _| true, &|| 0);
    let turn = scene.main.take_clock().await.unwrap();
    let went = advance(&turn, to, Some(&settler)).await.unwrap();
    let log = scene.hall.log(&scene.main, seq + 1, usize::MAX).unwrap();
    let instants: BTreeSet<Instant> = log.iter().map(|item| item.at).collect();
    assert!(went.items + 1 == log.len() as u64 && log.len() > instants.len(), "several items share an instant");
    assert_eq!(went.settles, instants.len() as u64);
    assert_eq!(scene.said.poked.load(Ordering::SeqCst), instants.len());
    assert_eq!((went.mark, went.unsettled, went.cancelled, went.now), (Some(Mark::Probe), 0, false, to));
    assert_eq!(scene.main.ledger().canonical(), fork.ledger().canonical(), "settling leaves no trace in the log");
}

#[tokio::test]
async fn a_wait_is_called_off_with_its_movement() {
    let scene = Scene::new().await;
    letter(&scene.main, KARI, 1).await;
    let apps = [scene.probed()];
    let settler = scene.settler(&apps, &|_, _| false, &|| 0);
    let turn = scene.main.take_clock().await.unwrap();
    let to = scene.month();
    let (went, ()) = tokio::join!(advance(&turn, to, Some(&settler)), async {
        until(|| scene.said.asked.load(Ordering::SeqCst) > 0).await;
        assert!(scene.main.cancel_advance());
    });
    let went = went.unwrap();
    assert!(went.cancelled && went.items > 0 && went.now < to && went.pending > 0, "{went:?}");
}

#[tokio::test]
async fn only_what_was_set_in_motion_or_asked_about_is_noticed() {
    use crate::town::decide::KontaktCommand;
    use crate::town::state::{DueClass, DueKey};
    use crate::townhall::Slice;
    let scene = Scene::new().await;
    let kari = scene.main.town().key_of(KARI);
    let settler = scene.settler(&[], &|_, _| true, &|| 0);
    let key = |class| DueKey {
        at: scene.main.town().now(),
        class,
        kind: 0,
        origin: crate::base::OriginKey::of("test", &[]),
        ordinal: 0,
    };
    let command = crate::town::Command::Kontakt(KontaktCommand::Reservasjon { person: kari, reservert: true });
    let events = scene.main.command(command, crate::town::Cause::of("test", &[])).await.unwrap().events;
    assert_eq!(people_of(&scene.main.town(), &events), [kari]);
    let slice = |class| Slice { items: vec![key(class)], events: events.clone(), done: true };
    assert!(super::advance::can_notice(&settler, &slice(DueClass::Scripted)));
    assert!(!super::advance::can_notice(&settler, &slice(DueClass::Drawn)));
    scene.look_up(kari);
    scene.settle(&[scene.app()], 0).await;
    assert!(super::advance::can_notice(&settler, &slice(DueClass::Drawn)), "the app has asked about her");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_automatic_clock_goes_where_a_hand_would_take_it_and_stands_while_held() {
    let scene = Scene::new().await;
    for (id, to) in [(1, KARI), (2, OLA)] {
        letter(&scene.main, to, id).await;
    }
    let by_hand = scene.hall.fork(MAIN, Some("hand")).unwrap();
    while let Some(at) = by_hand.town().tid.next_scripted().map(|key| key.at) {
        by_hand.advance(at).await.unwrap();
    }
    scene.said.idle.store(true, Ordering::SeqCst);
    scene.access.apps.declare([scene.probed()]);
    let (hall, observe, access) = (scene.hall.clone(), scene.observe.clone(), scene.access.clone());
    let mut auto = Auto::new(hall, observe, access, scene.client.clone(), || 0);
    scene.main.set_mode(Mode::Auto).await.unwrap();
    let seq = scene.main.ledger().head().seq;
    let hold = scene.main.hold();
    auto.look(&scene.main);
    assert!(!auto.is_moving() && scene.main.ledger().head().seq == seq, "somebody holds it");
    drop(hold);
    while scene.main.town().tid.next_scripted().is_some() {
        auto.look(&scene.main);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    until(|| scene.main.try_clock().is_some()).await;
    assert!(scene.said.asked.load(Ordering::SeqCst) > 1, "the app was asked before every step");
    assert_eq!(scene.main.town().now(), by_hand.town().now());
    assert_eq!(scene.main.ledger().canonical(), by_hand.ledger().canonical());
}
