//! Stand-ins for tests of the engine: a clock that a test sets, a world that sources show and an actor
//! changes, and a memory that checks what every store must check.

mod memory;

pub(crate) use memory::FakeStore;

use crate::tick::{Engine, Parts, Settings};
use async_trait::async_trait;
use conductor::intent::{Intent, IntentKey, IntentState};
use conductor::observation::{
    Audience, Branch, Bug, Build, Health, InStore, Listing, Observation, ObservationKind, Observed,
    Outcome, Ride, Sha, Share, StorePhase, Suite, Tests,
};
use conductor::process::Action;
use conductor::{
    App, AppId, LineSpec, Moment, Person, Platform, Process, SourceId, Span, StoreKind, Team,
    TrackId, Version,
};
use ports::{
    ActError, Acts, Answer, Ask, Clock, Meter, Order, Probe, Reads, SourceError, Store, Wish,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn music() -> AppId {
    AppId::new("music")
}

pub(crate) fn track(version: &str) -> TrackId {
    TrackId { app: music(), platform: Platform::Android, version: Version::parse(version).unwrap() }
}

/// A clock that a test sets.
#[derive(Default)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward(&self, span: Span) {
        self.0.fetch_add(span.as_millis(), Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// One version as the world has it.
#[derive(Clone)]
pub(crate) struct Train {
    pub(crate) phase: Option<StorePhase>,
    pub(crate) served: Option<Share>,
    pub(crate) build: String,
    pub(crate) sessions: u64,
    pub(crate) crashed: u64,
    pub(crate) tests: Outcome,
}

/// How a source behaves.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Manner {
    #[default]
    Good,
    Fails,
    TooFast,
    Slow(Duration),
    Panics,
}

/// How the actor answers.
#[derive(Clone, Default, PartialEq)]
pub(crate) enum Reply {
    /// It is done.
    #[default]
    Does,
    /// It is done later, if at all.
    Accepts,
    Refuses,
    NotNow,
    /// It is done, and the answer is lost.
    DoesInSilence,
    /// Nothing happens, and no answer comes.
    Nothing,
    /// The request never comes back.
    Hangs,
}

#[derive(Default)]
pub(crate) struct World {
    pub(crate) trains: BTreeMap<String, Train>,
    pub(crate) bugs: Vec<Bug>,
    pub(crate) manners: BTreeMap<&'static str, Manner>,
    pub(crate) reply: Reply,
    pub(crate) orders: Vec<Order>,
}

impl World {
    pub(crate) fn train(&mut self, version: &str) -> &mut Train {
        self.trains.get_mut(version).unwrap()
    }
    pub(crate) fn actions(&self) -> Vec<Action> {
        self.orders.iter().map(|it| it.action).collect()
    }
}

pub(crate) fn train(build: &str) -> Train {
    Train {
        phase: None,
        served: None,
        build: build.to_owned(),
        sessions: 50_000,
        crashed: 1,
        tests: Outcome::Passed,
    }
}

pub(crate) fn bug(key: &str, version: &str) -> Bug {
    Bug {
        key: key.to_owned(),
        title: key.to_owned(),
        rides: vec![Ride { platform: None, version: Version::parse(version).unwrap() }],
        priority: Some("Blocker".to_owned()),
        blocking: true,
        open: true,
        assignee: Some(Person::new("Mara")),
        created_at: None,
        link: None,
    }
}

struct Source {
    id: SourceId,
    name: &'static str,
    owes: Vec<(Option<Platform>, ObservationKind)>,
    world: Arc<Mutex<World>>,
    calls: AtomicU64,
}

impl Source {
    fn shows(&self, now: Moment) -> Vec<Observed> {
        let world = locked(&self.world);
        let platform = Platform::Android;
        let head = |version: &str| Sha::new(format!("{version:0<12}"));
        let of = |kind: ObservationKind| match kind {
            ObservationKind::Branches => Observation::Branches {
                platform: platform.clone(),
                list: Listing::whole(
                    world
                        .trains
                        .keys()
                        .map(|version| Branch {
                            version: Version::parse(version).unwrap(),
                            name: format!("release/{version}"),
                            head: head(version),
                            commits: vec![],
                            commits_complete: true,
                            branched_at: None,
                            link: None,
                        })
                        .collect(),
                ),
            },
            ObservationKind::Tests => Observation::Tests {
                platform: platform.clone(),
                list: Listing::whole(
                    world
                        .trains
                        .iter()
                        .map(|(version, train)| Tests {
                            commit: head(version),
                            suites: vec![Suite {
                                name: "unit".into(),
                                outcome: train.tests.clone(),
                                link: None,
                            }],
                            complete: true,
                            link: None,
                        })
                        .collect(),
                ),
            },
            ObservationKind::Builds => Observation::Builds {
                platform: platform.clone(),
                list: Listing::whole(
                    world
                        .trains
                        .iter()
                        .map(|(version, train)| Build {
                            version: Version::parse(version).ok(),
                            number: train.build.clone(),
                            commit: Some(head(version)),
                            verified: Some(true),
                            uploaded: Some(true),
                            made_at: None,
                            missing: None,
                            link: None,
                        })
                        .collect(),
                ),
            },
            ObservationKind::Store => Observation::Store {
                platform: platform.clone(),
                list: Listing::whole(
                    world
                        .trains
                        .iter()
                        .filter(|(_, train)| train.phase.is_some())
                        .map(|(version, train)| InStore {
                            version: Version::parse(version).ok(),
                            builds: vec![train.build.clone()],
                            phase: train.phase,
                            served: train.served,
                            ..InStore::absent()
                        })
                        .collect(),
                ),
            },
            ObservationKind::Health => Observation::Health {
                platform: platform.clone(),
                list: Listing::whole(
                    world
                        .trains
                        .iter()
                        .flat_map(|(version, train)| {
                            [Audience::Beta, Audience::Production].map(|audience| Health {
                                version: Version::parse(version).unwrap(),
                                build: Some(train.build.clone()),
                                audience,
                                sessions: train.sessions,
                                crashed: Some(train.crashed),
                                unresponsive: None,
                                adoption: None,
                                link: None,
                            })
                        })
                        .collect(),
                ),
            },
            ObservationKind::Bugs
            | ObservationKind::Planned
            | ObservationKind::Named
            | ObservationKind::Metrics
            | ObservationKind::Checks
            | ObservationKind::Flags
            | ObservationKind::Readiness
            | ObservationKind::Backmerges => {
                Observation::Bugs { list: Listing::whole(world.bugs.clone()) }
            }
        };
        self.owes
            .iter()
            .map(|(_, kind)| Observed {
                app: music(),
                what: of(*kind),
                observed_at: now,
                link: None,
            })
            .collect()
    }
}

#[async_trait]
impl Reads for Source {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn kind(&self) -> &'static str {
        self.name
    }
    fn title(&self) -> &'static str {
        self.name
    }
    fn owes(&self) -> Vec<(AppId, Option<Platform>, ObservationKind)> {
        self.owes.iter().map(|(platform, kind)| (music(), platform.clone(), *kind)).collect()
    }
    async fn read(&self, ask: Ask<'_>) -> Vec<Answer> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let manner = locked(&self.world).manners.get(self.name).cloned().unwrap_or_default();
        // What a slow source says is what it saw when it was asked.
        let seen = self.shows(ask.now);
        match manner {
            Manner::Good => {}
            Manner::Slow(wait) => tokio::time::sleep(wait).await,
            Manner::Panics => panic!("a fault of this connector"),
            Manner::TooFast => {
                let again = "in 60 s".to_owned();
                let error = SourceError::TooFast { id: self.id.clone(), again };
                return vec![Answer { app: music(), seen: Err(error), faults: vec![] }];
            }
            Manner::Fails => {
                let error =
                    SourceError::Unreachable { id: self.id.clone(), cause: "503".to_owned() };
                return vec![Answer { app: music(), seen: Err(error), faults: vec![] }];
            }
        }
        vec![Answer { app: music(), seen: Ok(seen), faults: vec![] }]
    }
    async fn probe(&self, _now: Moment) -> Probe {
        Probe { good: vec![], wrong: vec![] }
    }
    fn meter(&self) -> Meter {
        Meter { calls: self.calls.load(Ordering::SeqCst), ..Meter::default() }
    }
}

struct Actor {
    id: SourceId,
    world: Arc<Mutex<World>>,
}

#[async_trait]
impl Acts for Actor {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn lines(&self) -> Vec<(AppId, Platform)> {
        vec![(music(), Platform::Android)]
    }
    fn actions(&self) -> &'static [Action] {
        &[
            Action::SubmitForReview,
            Action::CompleteRollout,
            Action::PauseRollout,
            Action::ResumeRollout,
        ]
    }
    fn gives_up_after(&self) -> Span {
        Span::seconds(60)
    }
    async fn act(&self, order: &Order, _now: Moment) -> Result<(), ActError> {
        let reply = {
            let mut world = locked(&self.world);
            world.orders.push(order.clone());
            let reply = world.reply.clone();
            if matches!(reply, Reply::Does | Reply::DoesInSilence) {
                let train = world.train(order.track.version.as_str());
                (train.phase, train.served) = match order.action {
                    Action::SubmitForReview => (Some(StorePhase::InReview), None),
                    Action::CompleteRollout => (Some(StorePhase::Complete), Some(Share::ALL)),
                    Action::PauseRollout => (Some(StorePhase::Halted), train.served),
                    Action::ResumeRollout => (Some(StorePhase::RollingOut), train.served),
                    _ => (train.phase, train.served),
                };
            }
            reply
        };
        let id = self.id.clone();
        match reply {
            Reply::Does | Reply::Accepts => Ok(()),
            Reply::Refuses => Err(ActError::Refused { id, words: "no notes in sv".into() }),
            Reply::NotNow => Err(ActError::NotNow { id, words: "another edit is open".into() }),
            Reply::DoesInSilence | Reply::Nothing => {
                Err(ActError::NoAnswer { id, cause: "no answer within 60 s".into() })
            }
            Reply::Hangs => std::future::pending().await,
        }
    }
}

/// An engine with all that is around it.
pub(crate) struct Bench {
    pub(crate) engine: Arc<Engine>,
    pub(crate) world: Arc<Mutex<World>>,
    pub(crate) store: Arc<FakeStore>,
    pub(crate) clock: Arc<Hand>,
    sources: Vec<Arc<Source>>,
}

/// What a test changes in the process before it begins.
pub(crate) type Rules = fn(&mut Process);

impl Bench {
    /// One train, 9.1.24, just branched.
    pub(crate) async fn new(rules: Rules) -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        locked(&world).trains.insert("9.1.24".to_owned(), train("4127"));
        let clock = Arc::new(Hand::default());
        clock.forward(Span::millis(1_773_144_000_000));
        Self::beside(world, Arc::new(FakeStore::default()), clock, "a", rules).await
    }

    /// Another process over the same world and memory.
    pub(crate) async fn again(&self, holder: &str, rules: Rules) -> Self {
        let (world, store, clock) = (&self.world, &self.store, &self.clock);
        Self::beside(Arc::clone(world), Arc::clone(store), Arc::clone(clock), holder, rules).await
    }

    async fn beside(
        world: Arc<Mutex<World>>,
        store: Arc<FakeStore>,
        clock: Arc<Hand>,
        holder: &str,
        rules: Rules,
    ) -> Self {
        use ObservationKind::{Branches, Bugs, Builds, Health as Sessions, Store as Shop, Tests};
        let android = || Some(Platform::Android);
        let source = |name: &'static str, owes: Vec<_>| {
            let (world, calls) = (Arc::clone(&world), AtomicU64::new(0));
            Arc::new(Source { id: SourceId::new(name), name, owes, world, calls })
        };
        let sources = vec![
            source("git", vec![(android(), Branches), (android(), Tests), (android(), Builds)]),
            source("jira", vec![(None, Bugs)]),
            source("play", vec![(android(), Shop)]),
            source("sentry", vec![(android(), Sessions)]),
        ];
        let mut process: Process =
            toml::from_str(include_str!("../../conductor/processes/default.toml")).unwrap();
        rules(&mut process);
        let hotfix: Process =
            toml::from_str(include_str!("../../conductor/processes/hotfix.toml")).unwrap();
        let settings = Settings {
            apps: vec![App {
                id: music(),
                name: "Music".into(),
                owner: Some(Person::new("Olga")),
                teams: vec![Team {
                    id: "ads".into(),
                    name: "Ads".into(),
                    people: vec![],
                    areas: vec![],
                }],
                roles: BTreeMap::new(),
                lines: vec![LineSpec {
                    platform: Platform::Android,
                    process: "default".into(),
                    hotfix_process: Some("hotfix".into()),
                    store: StoreKind::GooglePlay,
                }],
            }],
            processes: [("default".to_owned(), process), ("hotfix".to_owned(), hotfix)].into(),
            windows: BTreeMap::new(),
            tick: Span::minutes(5),
            read_deadline: Duration::from_secs(10),
            first_share: Share(10_000),
            holder: holder.to_owned(),
            acts: true,
            first_revision: 0,
        };
        let reads = sources.iter().map(|it| Arc::clone(it) as Arc<dyn Reads>).collect();
        let actor = Actor { id: SourceId::new("play"), world: Arc::clone(&world) };
        let parts = Parts {
            reads,
            acts: vec![Arc::new(actor)],
            store: Arc::clone(&store) as Arc<dyn Store>,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
        };
        let engine = Engine::new(settings, parts).await.unwrap();
        Self { engine, world, store, clock, sources }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        locked(&self.world)
    }

    /// Five minutes later: a tick, and all that it sets going.
    pub(crate) async fn tick(&self) {
        self.later(Span::minutes(5)).await;
    }

    pub(crate) async fn later(&self, span: Span) {
        // Both clocks go on: one that goes on alone has leapt.
        let millis = u64::try_from(span.as_millis()).unwrap();
        tokio::time::advance(Duration::from_millis(millis)).await;
        self.clock.forward(span);
        self.engine.tick().await;
        self.engine.settle().await;
    }

    /// How a version stands, in one line.
    pub(crate) fn stands(&self, version: &str) -> String {
        let published = self.engine.published().borrow().clone();
        let decision = &published.tracks[&track(version)].decision;
        let stage = decision.stage.as_ref().map_or("none", |it| it.as_str());
        format!("{stage} {}", decision.standing.as_str())
    }

    pub(crate) fn headline(&self, version: &str) -> String {
        let published = self.engine.published().borrow().clone();
        published.tracks[&track(version)].decision.headline.text.clone()
    }

    pub(crate) fn calls(&self, source: &str) -> u64 {
        let it = self.sources.iter().find(|it| it.name == source).unwrap();
        it.calls.load(Ordering::SeqCst)
    }

    /// The ads team signs a build off.
    pub(crate) async fn sign_off(&self, version: &str) {
        let said = conductor::people::SignOff {
            team: "ads".into(),
            answer: conductor::people::Answer::Given,
            build: self.world().train(version).build.clone(),
            by: Person::new("Ada"),
            at: self.clock.now(),
            comment: String::new(),
        };
        self.wish(version, Wish::SignOff(said)).await;
    }

    pub(crate) async fn wish(&self, version: &str, wish: Wish) {
        let by = Person::new("Ada");
        let said = crate::Said { wish, text: "wished".into(), why: String::new() };
        self.engine.wish(&track(version), vec![said], &by).await.unwrap();
    }

    /// A person orders an action.
    pub(crate) async fn order(&self, version: &str, action: Action, attempt: u32) {
        let now = self.clock.now();
        let key = IntentKey {
            track: track(version),
            action,
            build: self.world().train(version).build.clone(),
            attempt,
        };
        let by = Some(Person::new("Ada"));
        let (state, reason) = (IntentState::Confirmed, "she says so".to_owned());
        let order = Intent { key, state, by, reason, created_at: now, changed_at: now };
        self.wish(version, Wish::Order(order)).await;
    }

    /// Brings 9.1.24 to the rollout at 1 %, soaked.
    pub(crate) async fn roll_out(&self) {
        self.tick().await;
        self.sign_off("9.1.24").await;
        self.tick().await;
        self.tick().await;
        {
            let mut world = self.world();
            let train = world.train("9.1.24");
            (train.phase, train.served) = (Some(StorePhase::RollingOut), Some(Share(10_000)));
            world.orders.clear();
        }
        self.tick().await;
        assert_eq!(self.stands("9.1.24"), "rollout running");
    }
}
