//! Ticks over a small world: sources that are slow, dead or broken, and a database that goes away.
use crate::fakes::{Bench, Manner, bug, track};
use conductor::finding::Verdict;
use conductor::process::{Action, Process};
use conductor::{Finding, Span};
use std::sync::Arc;
use std::time::Duration;

fn as_shipped(_: &mut Process) {}

fn finding(bench: &Bench, id: &str) -> Finding {
    let published = bench.engine.published().borrow().clone();
    let decision = &published.tracks[&track("9.1.24")].decision;
    decision.findings.iter().find(|it| it.id == id).unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn a_train_goes_from_its_branch_to_the_end_of_its_watch() {
    use conductor::observation::{Share, StorePhase};
    let bench = Bench::new(as_shipped).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        bench.tick().await;
        seen.push(bench.stands("9.1.24"));
    }
    // It marked its candidate, and waits for the team.
    assert_eq!(seen, ["branched running", "candidate running", "candidate running"]);
    assert_eq!(bench.headline("9.1.24"), "Waiting for 1 sign-off: Ads");
    bench.sign_off("9.1.24").await;
    bench.tick().await;
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "review running");
    {
        let mut world = bench.world();
        let train = world.train("9.1.24");
        (train.phase, train.served) = (Some(StorePhase::RollingOut), Some(Share(10_000)));
    }
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "rollout running");
    bench.later(Span::hours(23)).await;
    assert_eq!(bench.world().actions(), [Action::SubmitForReview]);
    bench.later(Span::hours(2)).await;
    assert_eq!(bench.world().actions(), [Action::SubmitForReview, Action::CompleteRollout]);
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "complete running");
    bench.later(Span::hours(169)).await;
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "complete finished");
    let memory = bench.store.memory();
    assert_eq!(
        memory
            .intents
            .iter()
            .map(|it| format!("{} {}", it.key.action.as_str(), it.state.as_str()))
            .collect::<Vec<_>>(),
        ["mark_candidate done", "submit_for_review done", "complete_rollout done", "finish done"]
    );
    assert_eq!(conductor::journal::verify(&memory.entries, 1, conductor::journal::GENESIS), Ok(()));
    // Every move is told with the findings that allowed it.
    let done: Vec<_> = memory
        .entries
        .iter()
        .filter(|it| it.draft.data["state"] == "done")
        .map(|it| it.draft.data["findings"].as_array().map_or(0, Vec::len))
        .collect();
    assert_eq!(done.len(), 4);
    assert!(done.iter().all(|n| *n > 0), "{done:?}");
    // So a second opinion finds nothing to say against any of them, and nothing that could not be told.
    let report = conductor::audit::audit(&memory.entries);
    assert_eq!((report.violations, report.untold), (vec![], vec![]));
    assert_eq!(report.moves, 4);
}

#[tokio::test(start_paused = true)]
async fn a_slow_source_delays_no_board_and_its_answer_comes_later() {
    let bench = Bench::new(as_shipped).await;
    bench.world().manners.insert("jira", Manner::Slow(Duration::from_secs(45)));
    let began = tokio::time::Instant::now();
    bench.tick().await;
    assert!(began.elapsed() <= Duration::from_secs(311), "{:?}", began.elapsed());
    assert_eq!(finding(&bench, "bugs").verdict, Verdict::Unknown);
    assert_eq!(finding(&bench, "tests").verdict, Verdict::Met);
    // It is still being asked, so it is not asked again; what it says then is taken.
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(bench.calls("jira"), 1);
    bench.later(Span::minutes(1)).await;
    assert_eq!(finding(&bench, "bugs").verdict, Verdict::Met);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_changes_only_what_needs_it() {
    let bench = Bench::new(as_shipped).await;
    bench.world().bugs.push(bug("MUS-1", "9.1.24"));
    bench.tick().await;
    let before = ["tests", "build", "build-verified", "build-uploaded"]
        .map(|id| finding(&bench, id).verdict);
    assert_eq!(finding(&bench, "bugs").value, "1 open");
    bench.world().manners.insert("jira", Manner::Fails);
    bench.tick().await;
    let bugs = finding(&bench, "bugs");
    assert_eq!((bugs.verdict, bugs.value.as_str()), (Verdict::Unknown, "unknown, last 1 open"));
    assert!(bugs.next_step.contains("503"), "{}", bugs.next_step);
    let after = ["tests", "build", "build-verified", "build-uploaded"]
        .map(|id| finding(&bench, id).verdict);
    assert_eq!(before, after);
    // Its fault and its return are journalled once each.
    bench.tick().await;
    bench.world().manners.clear();
    bench.tick().await;
    let texts = bench.store.memory().texts();
    let told = |text: &str| texts.iter().filter(|it| *it == text).count();
    assert_eq!(told("gives no answer for music"), 1);
    assert_eq!(told("answers again for music"), 1);
}

#[tokio::test(start_paused = true)]
async fn case_08_while_a_source_asks_to_slow_down_its_last_readings_stand_until_they_are_too_old() {
    let bench = Bench::new(as_shipped).await;
    bench.world().bugs.push(bug("MUS-1", "9.1.24"));
    bench.tick().await;
    bench.world().manners.insert("jira", Manner::TooFast);
    bench.tick().await;
    let bugs = finding(&bench, "bugs");
    assert_eq!((bugs.verdict, bugs.value.as_str()), (Verdict::Unmet, "1 open"));
    let fault = || {
        let board = Arc::clone(&bench.engine.published().borrow().board);
        board.sources.iter().find(|it| it.id.as_str() == "jira").unwrap().fault.clone()
    };
    assert!(fault().contains("asks us to slow down; it is asked again in 60 s"), "{}", fault());
    for _ in 0..4 {
        bench.tick().await;
    }
    assert_eq!(finding(&bench, "bugs").verdict, Verdict::Unknown, "older than twenty minutes");
    bench.world().manners.clear();
    bench.tick().await;
    assert_eq!((finding(&bench, "bugs").verdict, fault()), (Verdict::Unmet, String::new()));
    let texts = bench.store.memory().texts();
    let told = |text: &str| texts.iter().filter(|it| *it == text).count();
    assert_eq!(told("gives no answer for music"), 1);
    assert_eq!(told("answers again for music"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_asked_to_slow_down_before_it_ever_answered_is_the_reason() {
    let bench = Bench::new(as_shipped).await;
    bench.world().manners.insert("jira", Manner::TooFast);
    bench.tick().await;
    let bugs = finding(&bench, "bugs");
    assert_eq!(bugs.verdict, Verdict::Unknown);
    assert!(bugs.next_step.contains("slow down"), "{}", bugs.next_step);
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_panics_is_a_source_that_fails_and_comes_back() {
    let bench = Bench::new(as_shipped).await;
    bench.world().manners.insert("jira", Manner::Panics);
    bench.tick().await;
    let bugs = finding(&bench, "bugs");
    assert_eq!(bugs.verdict, Verdict::Unknown);
    assert!(bugs.next_step.contains("Signalbox itself failed"), "{}", bugs.next_step);
    bench.world().manners.clear();
    bench.tick().await;
    assert_eq!(finding(&bench, "bugs").verdict, Verdict::Met);
}

#[tokio::test(start_paused = true)]
async fn without_its_database_the_board_goes_on_and_nothing_moves() {
    let bench = Bench::new(as_shipped).await;
    bench.world().bugs.push(bug("MUS-1", "9.1.24"));
    bench.tick().await;
    bench.store.memory().down = true;
    bench.world().bugs.clear();
    bench.tick().await;
    bench.world().manners.insert("sentry", Manner::Fails);
    bench.tick().await;
    // All is good for the candidate, and the board says so; but nothing is done.
    assert_eq!(finding(&bench, "bugs").verdict, Verdict::Met);
    let board = bench.engine.published().borrow().board.clone();
    assert!(board.notices[0].contains("disk full"), "{:?}", board.notices);
    assert!(!board.conductor.on_duty);
    bench.store.memory().down = false;
    assert_eq!(bench.store.memory().intents, []);
    assert!(!bench.store.memory().texts().contains(&"gives no answer for music".to_owned()));
    bench.tick().await;
    // What was seen meanwhile is written, and it goes on.
    assert!(bench.store.memory().texts().contains(&"gives no answer for music".to_owned()));
    bench.tick().await;
    assert_eq!(bench.stands("9.1.24"), "candidate running");
    let board = bench.engine.published().borrow().board.clone();
    assert!(board.notices.is_empty() && board.conductor.on_duty);
}

#[tokio::test(start_paused = true)]
async fn a_second_process_watches_and_writes_nothing_twice() {
    let first = Bench::new(as_shipped).await;
    first.tick().await;
    let second = first.again("b", as_shipped).await;
    second.tick().await;
    first.tick().await;
    let board = second.engine.published().borrow().board.clone();
    assert_eq!(board.conductor.state, "Another conductor is on duty");
    assert!(board.notices.is_empty());
    // The first is gone; the second takes over and tells nothing that was told.
    let told = first.store.memory().texts();
    second.later(Span::minutes(11)).await;
    let board = second.engine.published().borrow().board.clone();
    assert!(board.conductor.on_duty);
    let texts = first.store.memory().texts();
    assert_eq!(texts, told);
    // And the first, should it come back, cannot write.
    first.world().bugs.push(bug("MUS-1", "9.1.24"));
    first.engine.tick().await;
    let board = first.engine.published().borrow().board.clone();
    assert!(!board.conductor.on_duty);
}

#[tokio::test(start_paused = true)]
async fn a_hint_has_the_sources_read_but_not_faster_than_they_bear() {
    let bench = Bench::new(as_shipped).await;
    bench.tick().await;
    bench.tick().await;
    let calls = bench.calls("jira");
    // Signalbox's own news read no source.
    bench.sign_off("9.1.24").await;
    bench.later(Span::seconds(1)).await;
    let submitted = bench.calls("jira"); // The look before the action.
    assert_eq!(submitted, calls + 1);
    bench.engine.hint();
    bench.later(Span::seconds(30)).await;
    assert_eq!(bench.calls("jira"), submitted + 1);
    for _ in 0..5 {
        bench.engine.hint();
        bench.later(Span::seconds(1)).await;
    }
    assert_eq!(bench.calls("jira"), submitted + 1);
}

#[tokio::test(start_paused = true)]
async fn a_hotfix_follows_its_own_process_and_pre_empts() {
    use conductor::observation::{Share, StorePhase};
    let bench = Bench::new(as_shipped).await;
    {
        let mut world = bench.world();
        let train = world.train("9.1.24");
        (train.phase, train.served) = (Some(StorePhase::RollingOut), Some(Share(10_000)));
        world.trains.insert("9.1.24.1".into(), crate::fakes::train("4130"));
    }
    bench.tick().await;
    let published = bench.engine.published().borrow().clone();
    let process = |version: &str| published.tracks[&track(version)].decision.process.clone();
    assert_eq!((process("9.1.24"), process("9.1.24.1")), ("default".into(), "hotfix".into()));
    for _ in 0..4 {
        bench.tick().await;
    }
    // Nobody signed off, and 9.1.24 is still in rollout: it was submitted all the same.
    assert_eq!(bench.stands("9.1.24.1"), "review running");
    assert_eq!(bench.world().orders[0].share, Share(10_000));
}

#[tokio::test(start_paused = true)]
async fn a_process_without_a_rollout_asks_for_everybody_at_once() {
    use conductor::observation::Share;
    fn light(process: &mut Process) {
        let text = include_str!("../../../conductor/processes/light.toml");
        *process = toml::from_str(text).unwrap();
        process.name = "default".to_owned();
    }
    let bench = Bench::new(light).await;
    for _ in 0..3 {
        bench.tick().await;
    }
    assert_eq!(bench.stands("9.1.24"), "review running");
    let orders = bench.world().orders.clone();
    assert_eq!((orders[0].action, orders[0].share), (Action::SubmitForReview, Share::ALL));
}

#[tokio::test(start_paused = true)]
async fn what_people_tick_approve_and_say_is_laid_over_the_track() {
    use conductor::Person;
    use conductor::people::{Approval, Hold, Tick};
    use ports::Wish;
    let bench = Bench::new(as_shipped).await;
    bench.tick().await;
    let (by, at) = (Person::new("Ada"), conductor::Moment::default());
    let comment = String::new;
    let tick = Tick {
        item: "notes".into(),
        done: true,
        build: None,
        by: by.clone(),
        at,
        comment: comment(),
    };
    let yes = Approval {
        role: "lead".into(),
        given: true,
        build: None,
        by: by.clone(),
        at,
        comment: comment(),
    };
    bench.wish("9.1.24", Wish::Tick(tick.clone())).await;
    bench.wish("9.1.24", Wish::Approve(yes.clone())).await;
    let said = Hold { by, at, reason: "payments broken".into() };
    bench.wish("9.1.24", Wish::Emergency(Some(said.clone()))).await;
    bench.tick().await;
    let people =
        || bench.engine.published().borrow().tracks[&track("9.1.24")].inputs.people.clone();
    assert_eq!((people().ticks, people().approvals), (vec![tick], vec![yes]));
    assert_eq!(people().emergency, Some(said));
    bench.wish("9.1.24", Wish::Emergency(None)).await;
    bench.tick().await;
    assert_eq!(people().emergency, None);
    // Each is journalled.
    assert_eq!(bench.store.memory().texts().iter().filter(|it| *it == "wished").count(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_older_version_in_rollout_stays_in_sight_where_no_version_is_live() {
    use conductor::observation::{Share, StorePhase};
    let bench = Bench::new(as_shipped).await;
    {
        let mut world = bench.world();
        let of = |phase, served| {
            let mut train = crate::fakes::train("1");
            (train.phase, train.served) = (Some(phase), served);
            train
        };
        // Versions that came after it were taken back, and are no longer served.
        let old = of(StorePhase::RollingOut, Some(Share(10_000)));
        world.trains.insert("9.1.10".into(), old);
        for patch in 14..24 {
            world.trains.insert(format!("9.1.{patch}"), of(StorePhase::Replaced, None));
        }
    }
    bench.tick().await;
    let published = bench.engine.published().borrow().clone();
    let seen = &published.tracks[&track("9.1.24")].inputs.facts.line;
    assert!(seen.iter().any(|it| it.version.to_string() == "9.1.10"), "{seen:?}");
    assert!(seen.iter().all(|it| it.version.to_string() != "9.1.14"), "{seen:?}");
}
