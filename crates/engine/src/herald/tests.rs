//! What people are told while a train runs, by a place that notes all and may be gone.

use super::Herald;
use crate::fakes::{Bench, Reply, track};
use async_trait::async_trait;
use conductor::observation::StorePhase;
use conductor::process::{Action, Mode, Process};
use conductor::{AppId, Moment, SourceId, Span};
use ports::{Clock, Notice, NoticeKey, NoticeKind, Notifies, NotifyError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// A place that shows what it was told, like any: by key.
#[derive(Default)]
struct Wall {
    state: Mutex<State>,
    id: Option<SourceId>,
}

#[derive(Default)]
struct State {
    shows: BTreeMap<NoticeKey, Notice>,
    /// What was posted, changed and ended, in order.
    said: Vec<String>,
    /// How it answers: not at all, or with an error.
    hangs: bool,
    fails: bool,
}

impl Wall {
    fn new() -> Arc<Self> {
        Arc::new(Self { id: Some(SourceId::new("wall")), ..Self::default() })
    }
    fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().said)
    }
    fn set(&self, hangs: bool, fails: bool) {
        let mut state = self.state.lock().unwrap();
        (state.hangs, state.fails) = (hangs, fails);
    }
    async fn mood(&self) -> Result<(), NotifyError> {
        let (hangs, fails) = {
            let state = self.state.lock().unwrap();
            (state.hangs, state.fails)
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        if fails {
            let words = "it is down".to_owned();
            return Err(NotifyError { id: Notifies::id(self).clone(), words });
        }
        Ok(())
    }
}

#[async_trait]
impl Notifies for Wall {
    fn id(&self) -> &SourceId {
        self.id.as_ref().unwrap()
    }
    fn apps(&self) -> BTreeSet<AppId> {
        BTreeSet::from([crate::fakes::music()])
    }
    fn wants(&self, _: &AppId, _: NoticeKind) -> bool {
        true
    }
    fn gives_up_after(&self) -> Span {
        Span::seconds(10)
    }
    async fn tell(&self, notice: &Notice, _: Moment) -> Result<(), NotifyError> {
        self.mood().await?;
        let mut state = self.state.lock().unwrap();
        let before = state.shows.insert(notice.key.clone(), notice.clone());
        let what = match before {
            None => "posts",
            Some(before) if before != *notice => "changes",
            Some(_) => return Ok(()),
        };
        state.said.push(format!("{what} {}: {}", notice.key.kind.as_str(), notice.text));
        Ok(())
    }
    async fn over(&self, key: &NoticeKey, _: Moment) -> Result<(), NotifyError> {
        self.mood().await?;
        let mut state = self.state.lock().unwrap();
        if state.shows.remove(key).is_some() {
            state.said.push(format!("ends {}", key.kind.as_str()));
        }
        Ok(())
    }
    async fn standing(&self, _: Moment) -> Result<BTreeSet<NoticeKey>, NotifyError> {
        self.mood().await?;
        Ok(self.state.lock().unwrap().shows.keys().cloned().collect())
    }
}

fn as_shipped(_: &mut Process) {}

fn asking(process: &mut Process) {
    for leave in process.stages.iter_mut().filter_map(|it| it.leave.as_mut()) {
        leave.mode = Mode::Ask;
    }
}

/// A herald over a bench, telling one wall.
fn herald(bench: &Bench, wall: &Arc<Wall>) -> tokio::task::JoinHandle<()> {
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let places = vec![Arc::clone(wall) as Arc<dyn Notifies>];
    tokio::spawn(Herald::new(bench.engine.published(), clock).run(places))
}

/// Lets the herald do its part.
async fn after(bench: &Bench) {
    bench.tick().await;
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_fallen_guard_is_told_once_changed_when_it_stands_and_ended_when_it_runs_again() {
    let bench = Bench::new(as_shipped).await;
    let wall = Wall::new();
    let _herald = herald(&bench, &wall);
    bench.roll_out().await;
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let said = wall.said();
    assert!(said.iter().all(|it| it.starts_with("posts moved: Reached")), "{said:?}");
    assert_eq!(said.len(), 3, "candidate, review, rollout: {said:?}");
    bench.world().train("9.1.24").crashed = 5_000;
    let began = bench.clock.now();
    after(&bench).await;
    let said = wall.said();
    assert!(said[0].starts_with("posts guard: "), "{said:?}");
    assert!(bench.clock.now() - began <= Span::minutes(5), "by the tick that saw it");
    after(&bench).await;
    after(&bench).await;
    assert_eq!(bench.stands("9.1.24"), "rollout paused");
    let said = wall.said();
    assert!(said.iter().all(|it| it.starts_with("changes guard: ")), "{said:?}");
    assert_eq!(
        wall.state.lock().unwrap().shows.keys().filter(|it| it.kind == NoticeKind::Guard).count(),
        1
    );
    // Another process over the same memory finds what shows, and says nothing new.
    let other = bench.again("b", as_shipped).await;
    let _second = herald(&other, &wall);
    after(&bench).await;
    assert_eq!(wall.said(), Vec::<String>::new());
    bench.world().train("9.1.24").phase = Some(StorePhase::RollingOut);
    after(&bench).await;
    // Only what came after the resume proves that it is over.
    assert!(!wall.said().contains(&"ends guard".to_owned()));
    bench.world().train("9.1.24").sessions += 20_000;
    after(&bench).await;
    after(&bench).await;
    let said = wall.said();
    assert!(said.contains(&"ends guard".to_owned()), "{said:?}");
    assert!(!said.iter().any(|it| it.starts_with("posts")), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_down_or_hangs_delays_no_tick_and_is_told_once_it_is_back() {
    let bench = Bench::new(asking).await;
    let (dead, hangs, well) = (Wall::new(), Wall::new(), Wall::new());
    dead.set(false, true);
    hangs.set(true, false);
    let clock = Arc::clone(&bench.clock) as Arc<dyn Clock>;
    let places = [&dead, &hangs, &well].map(|it| Arc::clone(it) as Arc<dyn Notifies>).to_vec();
    tokio::spawn(Herald::new(bench.engine.published(), clock).run(places));
    let began = tokio::time::Instant::now();
    bench.engine.tick().await;
    bench.engine.settle().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(1));
    after(&bench).await;
    let waits = |wall: &Wall| wall.said().iter().filter(|it| it.starts_with("posts waits")).count();
    assert_eq!((waits(&dead), waits(&hangs), waits(&well)), (0, 0, 1));
    dead.set(false, false);
    hangs.set(false, false);
    tokio::time::sleep(std::time::Duration::from_secs(90)).await;
    assert_eq!((waits(&dead), waits(&hangs), waits(&well)), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_store_is_told_with_its_words_and_no_news_is_made_of_what_was_there_before()
 {
    let bench = Bench::new(as_shipped).await;
    let wall = Wall::new();
    bench.world().reply = Reply::Refuses;
    let _herald = herald(&bench, &wall);
    after(&bench).await;
    let said = wall.said();
    assert!(!said.iter().any(|it| it.contains("Reached Release branched")), "{said:?}");
    bench.sign_off("9.1.24").await;
    for _ in 0..3 {
        after(&bench).await;
    }
    let said = wall.said();
    let refused: Vec<_> = said.iter().filter(|it| it.contains("failed")).collect();
    assert_eq!(refused.len(), 1, "{said:?}");
    assert_eq!(*refused[0], "posts failed: The store refused to submit for review: no notes in sv");
    assert_eq!(bench.world().actions(), [Action::SubmitForReview]);
    assert!(bench.engine.published().borrow().tracks.contains_key(&track("9.1.24")));
}
