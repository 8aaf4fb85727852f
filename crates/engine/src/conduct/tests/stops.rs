//! Stops: how soon a red line in a source is a pause that was sent, what a person's resume is worth, and a conductor that
//! wakes beside another.
use super::{as_shipped, signed_off, states};
use crate::fakes::{Bench, Manner};
use conductor::Span;
use conductor::observation::StorePhase;
use conductor::process::Action;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A second passes on both clocks, while the engine ticks by itself.
async fn second(bench: &Bench) {
    tokio::time::sleep(Duration::from_secs(1)).await;
    bench.clock.forward(Span::seconds(1));
}

#[tokio::test(start_paused = true)]
async fn a_red_line_in_a_source_is_a_pause_sent_within_a_tick_and_thirty_seconds() {
    // Whenever in a tick it comes, and though other sources are slow, silent or down.
    for seconds_into_tick in [1, 150, 299] {
        let bench = Bench::new(as_shipped).await;
        bench.roll_out().await;
        let runs = tokio::spawn(Arc::clone(&bench.engine).run());
        for _ in 0..300 + seconds_into_tick {
            second(&bench).await;
        }
        assert_eq!(bench.world().actions(), []);
        bench.world().manners.insert("git", Manner::Slow(Duration::from_mins(2)));
        bench.world().manners.insert("jira", Manner::Fails);
        bench.world().train("9.1.24").crashed = 5_000;
        let red = Instant::now();
        while bench.world().orders.is_empty() {
            second(&bench).await;
            assert!(red.elapsed() <= Duration::from_secs(330), "not paused in time");
        }
        assert_eq!(bench.world().actions(), [Action::PauseRollout]);
        let sent = Instant::now();
        while bench.engine.published().borrow().board.calls.is_empty() {
            second(&bench).await;
            assert!(sent.elapsed() <= Duration::from_mins(1), "nobody is called in time");
        }
        runs.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_persons_resume_stands_until_there_is_truly_new_bad_data() {
    let bench = Bench::new(as_shipped).await;
    bench.roll_out().await;
    bench.world().train("9.1.24").crashed = 5_000;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "rollout paused");
    // In the store's console, and with the crashes of the time before still counted.
    bench.world().train("9.1.24").phase = Some(StorePhase::RollingOut);
    for _ in 0..24 {
        bench.tick().await;
        bench.world().train("9.1.24").sessions += 10;
    }
    assert_eq!(bench.stands("9.1.24"), "rollout running");
    assert_eq!(bench.world().actions(), [Action::PauseRollout]);
    // Who takes over knows of it.
    bench.store.memory().lease = None;
    let next = bench.again("b", as_shipped).await;
    next.tick().await;
    next.tick().await;
    assert_eq!(next.world().actions(), [Action::PauseRollout]);
    {
        let mut world = next.world();
        let train = world.train("9.1.24");
        train.sessions += 2_000;
        train.crashed += 200;
    }
    next.tick().await;
    assert_eq!(next.world().actions(), [Action::PauseRollout, Action::PauseRollout]);
    next.tick().await;
    assert_eq!(next.stands("9.1.24"), "rollout paused");
    assert_eq!(states(&next, Action::PauseRollout), ["done", "done"]);
}

#[tokio::test(start_paused = true)]
async fn case_45_an_old_leader_that_wakes_beside_the_new_one_sends_nothing() {
    let old = signed_off(as_shipped).await;
    let new = old.again("b", as_shipped).await;
    new.tick().await;
    assert!(!new.engine.published().borrow().board.conductor.on_duty);
    // The old one stands still with its claim in hand; the other takes the lease over meanwhile.
    old.store.memory().before_claim = Some(Box::new(|memory| {
        let lease = memory.lease.as_mut().unwrap();
        lease.fencing += 1;
        lease.holder = "b".to_owned();
    }));
    old.tick().await;
    assert_eq!(old.world().actions(), []);
    assert_eq!(states(&old, Action::SubmitForReview), ["claimed"]);
    new.later(Span::seconds(90)).await;
    assert_eq!(new.world().actions(), [Action::SubmitForReview]);
    old.tick().await;
    new.tick().await;
    old.tick().await;
    assert_eq!(new.world().orders.len(), 1);
    assert_eq!(states(&new, Action::SubmitForReview), ["done"]);
    let memory = new.store.memory();
    let done = memory.texts().iter().filter(|it| *it == "submitted for review").count();
    assert_eq!(done, 1, "{:?}", memory.texts());
    assert_eq!(conductor::audit::audit(&memory.entries).violations, []);
}
