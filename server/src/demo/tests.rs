//! What the sources are asked in a tick, counted in the demo's own world: with its configuration, its people and
//! a clock that is moved by hand, so that each tick is five minutes after the one before.

use super::configuration::{self, DemoSecrets};
use super::people;
use crate::{config, wire};
use conductor::facts::Readings;
use conductor::people::{Answer, SignOff};
use conductor::{AppId, Moment, Person};
use engine::Engine;
use ports::{Ask, Clock, Wish};
use simulator::vendors::Running;
use simulator::{Simulator, Spec};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use store::SqliteStore;

/// As fast as the bench plays it: a tick is five minutes.
const PACE: u32 = 600;
const TICK_MS: i64 = 5 * 60 * 1_000;
const APPS: u16 = 10;

/// A clock that only moves when it is told to.
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::Relaxed))
    }
    fn pace(&self) -> u32 {
        PACE
    }
}

struct Demo {
    apps: Vec<AppId>,
    world: Running,
    engine: Arc<Engine>,
    clock: Arc<HandClock>,
}

impl Demo {
    async fn start(change: impl Fn(String) -> String) -> Self {
        let start = Moment::parse("2026-03-09T06:00:00Z").unwrap();
        let clock = Arc::new(HandClock(AtomicI64::new(start.millis())));
        let spec = Spec::many(usize::from(APPS), 1, start.millis()).unwrap();
        let theirs = Arc::clone(&clock);
        let time = Arc::new(move || theirs.now().millis());
        let world = Simulator::start(spec.clone(), time, "127.0.0.1:0").await.unwrap();
        let text = change(configuration::toml(&spec, &world, "127.0.0.1:0", PACE));
        let secrets = DemoSecrets::of(&world);
        let config = config::read(&text, Path::new("demo.toml"), &secrets).unwrap();
        let store = Arc::new(SqliteStore::open_in_memory().await.unwrap());
        let apps = config.apps.iter().map(|it| it.id.clone()).collect();
        let engine = wire::engine(&config, store, clock.clone()).await.unwrap();
        Self { apps, world, engine, clock }
    }

    /// So many ticks. Returns how many calls the sources had of it, by source.
    async fn ticks(&self, count: u32) -> Vec<(String, u64)> {
        let before = self.calls();
        for _ in 0..count {
            self.clock.0.fetch_add(TICK_MS, Ordering::Relaxed);
            self.engine.tick().await;
            self.engine.settle().await;
            self.people().await;
        }
        let after = self.calls().into_iter().zip(before);
        after.map(|((source, after), (_, before))| (source, after - before)).collect()
    }

    async fn people(&self) {
        let now = self.engine.published().borrow().clone();
        for word in people::ready(&self.world, &now) {
            let Some(decided) = now.tracks.get(&word.track) else { continue };
            let Some(candidate) = decided.inputs.people.candidate() else { continue };
            let by = Person::new(word.by);
            let wish = Wish::SignOff(SignOff {
                team: word.team,
                answer: if word.refused { Answer::Refused } else { Answer::Given },
                build: candidate.build.clone(),
                by: by.clone(),
                at: self.clock.now(),
                comment: word.comment,
            });
            let said = engine::Said { wish, text: "says".to_owned(), why: String::new() };
            self.engine.wish(&word.track, vec![said], &by).await.unwrap();
        }
    }

    /// All that GitHub tells now, each address of the simulator taken out: it has another port each time.
    async fn github(&self) -> String {
        let now = self.clock.now();
        let source = self.engine.sources().iter().find(|it| it.kind() == "github").unwrap();
        let known = Readings::default();
        let answers =
            source.read(Ask { apps: &self.apps, known: &known, now, afresh: false }).await;
        format!("{answers:#?}").replace(&self.world.addr.to_string(), "HOST")
    }

    fn calls(&self) -> Vec<(String, u64)> {
        let sources = self.engine.sources().iter();
        sources.map(|it| (it.id().to_string(), it.meter().calls)).collect()
    }
}

fn an_app_and_tick(calls: &[(String, u64)], ticks: u32) -> f64 {
    let calls: u64 = calls.iter().map(|it| it.1).sum();
    calls as f64 / f64::from(ticks) / f64::from(APPS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tick_asks_for_each_app_four_times_at_most_however_many_people_look() {
    const TICKS: u32 = 36;
    let demo = Demo::start(|it| it).await;
    demo.ticks(6).await; // The first ones read everything.
    let alone = demo.ticks(TICKS).await;
    let looked = Arc::new(AtomicU64::new(0));
    for _ in 0..200 {
        let (mut published, looked) = (demo.engine.published(), Arc::clone(&looked));
        tokio::spawn(async move {
            while published.changed().await.is_ok() {
                let seen = published.borrow_and_update().clone();
                looked.fetch_add(u64::from(seen.ready), Ordering::Relaxed);
            }
        });
    }
    let watched = demo.ticks(TICKS).await;
    assert!(looked.load(Ordering::Relaxed) > u64::from(TICKS) * 100, "the viewers did not look");
    let figures = (an_app_and_tick(&alone, TICKS), an_app_and_tick(&watched, TICKS));
    println!("{figures:.2?} calls an app and tick: alone {alone:?}, watched {watched:?}");
    assert!(figures.0 <= 4.0, "{figures:.2?}: {alone:?}");
    assert!(figures.1 <= 4.0, "{figures:.2?} with 200 viewers: {watched:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn github_tells_the_same_whether_it_is_asked_at_once_or_one_by_one() {
    let at_once = Demo::start(|it| it).await;
    let one_by_one =
        Demo::start(|it| it.replace("[sources.github]\n", "[sources.github]\ngraphql = false\n"))
            .await;
    let mut seen = String::new();
    for tick in 0..15 {
        let (a, b) = (at_once.github().await, one_by_one.github().await);
        assert_eq!(a, b, "at step {tick}");
        seen.push_str(&a);
        for demo in [&at_once, &one_by_one] {
            demo.clock.0.fetch_add(TICK_MS * 4, Ordering::Relaxed);
        }
    }
    for word in ["Passed", "Running", "branched_at"] {
        assert!(seen.contains(word), "nothing to compare: no {word}");
    }
    let calls = |demo: &Demo| demo.calls().iter().find(|it| it.0 == "github").unwrap().1;
    assert!(calls(&at_once) * 2 < calls(&one_by_one));
}
