//! World, cast and apps.

use std::any::Any;
use std::time::Duration;

use super::{DemoWish, LiveApp, Run, Step, Stop, Surroundings};
use crate::access;
use crate::base::OriginKey;
use crate::scenario::fault::Sentence;
use crate::scenario::outcome::{Break, Failure};
use crate::scenario::plan::{App, AppKind, Cast, Plan};
use crate::select::{Pick, Scope, Verdi};
use crate::town::decide::{FolkCommand, KlientCommand, LeveringCommand, NyttAbonnement};
use crate::town::state::{Appadresse, DeliveryTarget, Klient};
use crate::town::{Cause, Command};
use crate::townhall::{HallError, World, WorldSpec};

/// The name under which everything without a sign of its own is attached while an app has the town to itself.
pub(super) const EVERYBODY: &str = "*";
/// Where the sample app says that it is ready, idle, and is asked to work.
const DEMO_READY: &str = "/helse";
const DEMO_POKE: &str = "/poke";
const DEMO_IDLE: &str = "/idle";
/// How long an app may take to become ready, when it does not say.
const READY: Duration = Duration::from_secs(30);
/// Pause between two looks at an app that is not ready yet.
const LOOK: Duration = Duration::from_millis(20);

/// A fork of the town `plan` asks for. The town itself is made once per set of inputs and shared.
pub(super) async fn world(plan: &Plan, around: &Surroundings) -> Result<World, String> {
    let inputs = format!("{:?}", plan.world.header());
    let name = format!("b-{:08x}", OriginKey::of("scenario/base", &[inputs.as_bytes()]).0 >> 96);
    let (hall, spec) = (around.hall.clone(), WorldSpec { name: name.clone(), base: plan.world.clone() });
    // Making a town is pure computation for milliseconds to a second.
    let made = tokio::task::spawn_blocking(move || match hall.world(&spec.name) {
        Some(_) => Ok(()),
        None => match hall.create(&spec) {
            Err(HallError::Name(..)) if hall.world(&spec.name).is_some() => Ok(()),
            made => made.map(|_| ()),
        },
    });
    made.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    around.hall.fork(&name, None).map_err(|error| error.to_string())
}

/// Registers the apps' clients in `world`. They come from another world of the server, so their owner is the municipality
/// of this one when it does not know the other: a seed of its own has a municipality of its own, and access to scopes is
/// given to that.
pub(super) async fn register(world: &World, clients: &[Klient], virtual_tokens: bool) {
    let town = world.town();
    for klient in clients {
        let orgnr = town.enhet_med(klient.orgnr).map_or(town.base.kommune.orgnr, |_| klient.orgnr);
        let virtuell_klokke = klient.virtuell_klokke || virtual_tokens;
        let klient = Klient { orgnr, virtuell_klokke, ..klient.clone() };
        let cause = Cause::of("scenario client", &[klient.client_id.as_bytes()]);
        let command = Command::Klient(KlientCommand::Registrer(Box::new(klient.clone().ageless())));
        if let Err(error) = world.command(command, cause).await {
            tracing::warn!(client = klient.client_id, %error, "a client was not registered");
        }
    }
}

impl Run<'_> {
    pub(super) async fn fill_cast(&mut self) -> Step<()> {
        let plan = self.plan;
        for member in &plan.cast {
            let found = self.scoped(None, |scope| member.selector.find_in(scope, &member.pick));
            let found =
                found.map_err(|fault| self.cast_broken(member, Sentence { key: fault.key, parts: fault.parts }))?;
            if found.is_empty() {
                return Err(self.nobody(member));
            }
            let value = match member.pick {
                Pick::All(_) => Verdi::List(found.into()),
                _ => found.into_iter().next().unwrap_or(Verdi::Null),
            };
            if let Verdi::Person(id) = &value {
                // Whoever plays the app in a browser logs in by the name the script has for somebody.
                let state = self.around.access.of_world(self.world.incarnation(), self.town.base.header.seed);
                let _ = state.name_person(&member.name, self.town.key_of(*id));
            }
            self.values.insert(member.name.clone(), value);
            for (name, uttrykk) in &member.with {
                let value = self.scoped(None, |scope| uttrykk.what.eval(scope)).map_err(|fault| {
                    let what = Sentence { key: fault.key, parts: fault.parts };
                    Stop(Break::Setup, Box::new(Failure::new("BB1304", uttrykk.span.clone(), what)))
                })?;
                self.values.insert(name.clone(), value);
            }
        }
        self.hold_cast().await
    }

    /// The cast is kept from chance, so that nobody dies by chance before the script (`specs/core.md` §4).
    async fn hold_cast(&mut self) -> Step<()> {
        let mut personer = Vec::new();
        for value in self.values.values() {
            let members = |husstand| self.town.medlemmer_of(husstand).into_iter().map(|member| member.id).collect();
            personer.extend(value.people(&members).into_iter().map(|id| self.town.key_of(id)));
        }
        personer.sort_unstable();
        personer.dedup();
        if personer.is_empty() {
            return Ok(());
        }
        let cause = Cause::of("scenario cast", &[self.plan.id.as_bytes()]);
        let held = self.world.command(Command::Folk(FolkCommand::Hold { personer, holdt: true }), cause).await;
        held.map(|_| self.look()).map_err(|error| {
            let what = Sentence::new("run.refused", &[&error.to_string()]);
            Stop(Break::Setup, Box::new(Failure::new("BB1011", 0..0, what)))
        })
    }

    fn cast_broken(&self, member: &Cast, why: Sentence) -> Stop {
        let mut failure = Failure::new("BB1304", member.span.clone(), why);
        failure.step = Some(member.name.clone());
        Stop(Break::Setup, Box::new(failure))
    }

    fn nobody(&self, member: &Cast) -> Stop {
        let what = Sentence::new("run.nobody", &[member.kind.word(), &member.name]);
        let mut failure = Failure::new("BB1301", member.span.clone(), what);
        failure.step = Some(member.name.clone());
        let diagnosis = self.scoped(None, |scope: &Scope<'_>| member.selector.diagnose(scope));
        if let Ok(Some(found)) = diagnosis {
            failure.span = member.text_node.inside(&self.plan.source, &found.clause);
            failure.note = Sentence::new("run.clause-removed", &[&found.removed.to_string()]);
            if let Some(relaxed) = found.relaxed {
                let parts = [relaxed.clause.as_str(), &relaxed.passes.to_string(), &relaxed.fulfils.to_string()];
                failure.help.push(Sentence::new("run.relaxed", &parts));
                let selector = relaxed.selector.split_whitespace().collect::<Vec<_>>().join(" ");
                failure.help.push(Sentence::new("run.try-people", &[&selector]));
            }
        }
        Stop(Break::Cast, Box::new(failure))
    }

    pub(super) async fn start_apps(&mut self, guards: &mut Vec<Box<dyn Any + Send>>) -> Step<()> {
        let plan = self.plan;
        for (place, (name, app)) in plan.apps.iter().enumerate() {
            let live = match (&app.kind, self.around.apps.get(name)) {
                (AppKind::Demo, None) => self.start_demo(name, app, guards).await?,
                (AppKind::Demo, Some(url)) => self.attach(app, place, url)?,
                (AppKind::Url(url), other) => self.attach(app, place, other.unwrap_or(url))?,
            };
            self.ready(app, &live).await?;
            self.subscribe(app, &live).await?;
            self.apps.insert(name.clone(), live);
        }
        Ok(())
    }

    async fn start_demo(&self, name: &str, app: &App, guards: &mut Vec<Box<dyn Any + Send>>) -> Step<LiveApp> {
        let base_url = format!("{}/w/{}", self.around.base_url, self.world.name());
        let wish = DemoWish { world: self.world.clone(), base_url };
        let started = (self.around.demo)(wish).await;
        let demo = started.map_err(|why| self.app_broken(app, Sentence::new("run.app-not-started", &[&why])))?;
        guards.push(demo.guard);
        let app = access::App {
            name: name.to_owned(),
            url: demo.url,
            idle: Some(access::Idle { path: DEMO_IDLE.to_owned(), that: None }),
            poke: Some(DEMO_POKE.to_owned()),
            settle_max_ms: Some(millis(self.around.settle_max)),
            ..access::App::default()
        };
        Ok(LiveApp { app, declared: None })
    }

    /// An app that runs already has the town to itself while the scenario runs.
    fn attach(&self, app: &App, place: usize, url: &str) -> Step<LiveApp> {
        let attached = self.around.hall.attach(EVERYBODY, self.world.name());
        attached.map_err(|error| self.app_broken(app, Sentence::new("run.refused", &[&error.to_string()])))?;
        let idle = app.idle.as_ref().map(|(path, _)| access::Idle { path: path.clone(), that: None });
        let live = access::App {
            name: self.plan.apps[place].0.clone(),
            url: url.trim_end_matches('/').to_owned(),
            feeds: app.feeds.clone(),
            idle,
            poke: app.poke.clone(),
            quiet_ms: app.quiet_ms,
            settle_max_ms: Some(app.settle_max_ms.unwrap_or_else(|| millis(self.around.settle_max))),
            ..access::App::default()
        };
        Ok(LiveApp { app: live, declared: Some(place) })
    }

    /// Declares the app in this world and subscribes it to what the file asks for. It is ready by now, so that it hears
    /// the ping.
    async fn subscribe(&self, app: &App, live: &LiveApp) -> Step<()> {
        if app.deliveries.is_empty() {
            return Ok(());
        }
        let broken = |why: &str| self.app_broken(app, Sentence::new("run.refused", &[why]));
        let address = |text: &str| Appadresse::parse(text).map_err(|fault| broken(&fault.to_string()));
        let name = live.app.name.as_str();
        let declared = DeliveryTarget { navn: name.into(), url: address(&live.app.url)?, privat: false };
        let mut commands = vec![(LeveringCommand::ErklaerApp(declared), "app")];
        for (kilde, path) in &app.deliveries {
            let nytt = NyttAbonnement::standard(*kilde, name, address(&format!("{}{path}", live.app.url))?);
            commands.push((LeveringCommand::Abonner(Box::new(nytt)), kilde.name()));
        }
        for (command, what) in commands {
            let cause = Cause::of("scenario delivery", &[name.as_bytes(), what.as_bytes()]);
            let done = self.world.command(Command::Levering(command), cause).await;
            done.map_err(|error| broken(&error.to_string()))?;
        }
        Ok(())
    }

    fn app_broken(&self, app: &App, what: Sentence) -> Stop {
        Stop(Break::App, Box::new(Failure::new("BB1901", app.span.clone(), what)))
    }

    /// Waits until the app says that it is ready.
    async fn ready(&self, app: &App, live: &LiveApp) -> Step<()> {
        let (path, status, limit) = match (&app.kind, &app.ready) {
            (AppKind::Demo, _) => (DEMO_READY, None, READY),
            (AppKind::Url(_), Some(ready)) => {
                let limit = ready.timeout_ms.map_or(READY, Duration::from_millis);
                (ready.path.as_str(), ready.status.as_ref(), limit)
            }
            (AppKind::Url(_), None) => return Ok(()),
        };
        let address = format!("{}{path}", live.app.url);
        let looks = (limit.as_millis() / LOOK.as_millis()).max(1);
        let mut last = String::new();
        for _ in 0..looks {
            match self.client.get(&address).send().await {
                Ok(answer) => {
                    let code = answer.status().as_u16();
                    let good = match status {
                        None => (200..300).contains(&code),
                        Some(wanted) => self
                            .scoped(None, |scope| wanted.holds(Some(&Verdi::Int(code.into())), scope))
                            .unwrap_or(false),
                    };
                    if good {
                        return Ok(());
                    }
                    last = code.to_string();
                }
                Err(error) => last = reason(&error),
            }
            tokio::time::sleep(LOOK).await;
        }
        let seconds = limit.as_secs().to_string();
        Err(self.app_broken(app, Sentence::new("run.app-not-ready", &[&address, &seconds, &last])))
    }
}

/// Whole milliseconds.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why a request got no answer, without the address (it may hold an identity number).
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timeout".to_owned();
    }
    if error.is_connect() {
        return "connection refused".to_owned();
    }
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    let mut last = "no answer".to_owned();
    while let Some(inner) = source {
        last = inner.to_string();
        source = inner.source();
    }
    last
}
