//! Tracks drawn from a seed, good and bad, sensible and absurd.
use super::super::super::*;
use super::super::world::*;
use crate::app::StoreKind;
use crate::condition::{Condition, Confidence, Metric, Versus, Voids};
use crate::facts::{Bugs, Neighbour, Opening, Previous};
use crate::observation::{
    Audience, Backmerge, InStore, Missing, Named, Outcome, Readiness, Sha, Share, Value,
};
use crate::people::{Answer, Approval, Tick};
use crate::reading::{Fact, SourceId, Why};

pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11
    }
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
    /// Once in so many.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
    pub(super) fn of<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
    pub(super) fn moment(&mut self) -> Moment {
        match self.below(8) {
            0 => Moment::from_millis(i64::MIN),
            1 => Moment::from_millis(i64::MAX),
            2 => now() + Span::minutes(self.below(10) as i64),
            _ => ago(self.below(20_000) as i64),
        }
    }
    pub(super) fn verdict(&mut self) -> Verdict {
        self.of(&[Verdict::Met, Verdict::Unmet, Verdict::Unknown])
    }
    pub(super) fn count(&mut self) -> u64 {
        match self.below(10) {
            0 => u64::MAX,
            1 => 0,
            2 => self.next(),
            _ => self.below(100_000),
        }
    }
}

const PHASES: [StorePhase; 11] = [
    StorePhase::Absent,
    StorePhase::Draft,
    StorePhase::NeedsPerson,
    StorePhase::WaitingForReview,
    StorePhase::InReview,
    StorePhase::Approved,
    StorePhase::Rejected,
    StorePhase::RollingOut,
    StorePhase::Halted,
    StorePhase::Complete,
    StorePhase::Replaced,
];

/// Spoils a fact, or leaves it.
fn spoil<T>(dice: &mut Dice, fact: &mut Fact<T>) {
    let Fact::Known(reading) = fact else { return };
    match dice.below(14) {
        0 => reading.observed_at = ago(61 + dice.below(5_000) as i64),
        1 => reading.observed_at = ago(21),
        2 => reading.observed_at = now() + Span::minutes(3),
        3 => *fact = fault("jira"),
        4 => *fact = Fact::default(),
        5 => {
            let why = dice.of(&[Why::NotReadYet, Why::NoData, Why::Partial, Why::Expired]);
            *fact = Fact::unknown(why, Some(SourceId::new("somewhere")));
        }
        6 => reading.observed_at = dice.moment(),
        _ => {}
    }
}

fn condition(dice: &mut Dice, depth: u8) -> Condition {
    let parts = |dice: &mut Dice| -> Vec<Condition> {
        (0..dice.below(4)).map(|_| condition(dice, depth + 1)).collect()
    };
    let bound = |dice: &mut Dice| dice.of(&[None, Some(Value::new("5")), Some(Value::new("much"))]);
    match dice.below(if depth > 2 { 19 } else { 22 }) {
        0 => Condition::TestsPassed { suites: dice.of(&[vec![], vec!["unit".to_owned()]]) },
        1 => Condition::BuildContainsLatest { let_through: vec!["(root)".to_owned()] },
        2 => Condition::BuildVerified,
        3 => Condition::BuildUploaded,
        4 => Condition::BlockingBugs { at_most: dice.below(3) as u32 },
        5 => Condition::SignedOff {
            teams: vec![],
            may_opt_out: dice.of(&[None, Some(vec![]), Some(vec!["ads".to_owned()])]),
            quorum: dice.of(&[1, 1, 2, 0]),
            voided_by: dice.of(&[Voids::Areas, Voids::AnyCommit, Voids::Nothing]),
        },
        6 => Condition::Quality {
            metric: dice.of(&[Metric::CrashFree, Metric::Responsive]),
            audience: dice.of(&[Audience::Beta, Audience::Production]),
            at_least_ppm: dice.of(&[0, 1, 989_100, 997_000, 1_000_000, u32::MAX]),
            versus_previous: dice.of(&[
                None,
                Some(Versus { tolerance_ppm: 1_000, at_same_age: false }),
                Some(Versus { tolerance_ppm: u32::MAX, at_same_age: true }),
            ]),
            minimum_sample: dice.count(),
            confidence: dice.of(&[Confidence::Sequence, Confidence::Point]),
        },
        7 => Condition::Soaked {
            hours: dice.of(&[0, 1, 24, u32::MAX]),
            at_ppm: dice.of(&[None, Some(Share(10_000)), Some(Share(u32::MAX))]),
        },
        8 => Condition::Store {
            is: dice.of(&[vec![], vec![StorePhase::Approved], vec![StorePhase::Complete]]),
            by_hand: dice.one_in(3),
            phased: dice.one_in(3),
        },
        9 => Condition::Window { name: dice.of(&["release", "other"]).to_owned() },
        10 => Condition::LineClear { supersedes: dice.one_in(2) },
        11 => Condition::Compliance { checks: dice.of(&[vec![], vec!["licences".to_owned()]]) },
        12 => Condition::Checklist {
            items: dice.of(&[vec![], vec!["notes".to_owned(), "shots".to_owned()]]),
            each_build: dice.one_in(2),
        },
        13 => Condition::Approved {
            role: dice.of(&["lead", "gone"]).to_owned(),
            at_least: dice.below(3) as u32,
            each_build: dice.one_in(2),
        },
        14 => Condition::Metric {
            name: "errors".to_owned(),
            at_least: bound(dice),
            at_most: bound(dice),
            minimum_sample: dice.of(&[0, 10, u64::MAX]),
        },
        15 => Condition::Reading {
            name: dice.of(&["errors", "state"]).to_owned(),
            at_least: bound(dice),
            at_most: bound(dice),
            is: dice.of(&[None, Some(Value::new("green"))]),
        },
        16 => Condition::Flag { name: "player".to_owned(), is: Value::new("on") },
        17 => Condition::StoreReady {
            locales: dice.of(&[vec![], vec!["sv".to_owned()]]),
            declarations: dice.one_in(2),
            reviewer_access: dice.one_in(2),
        },
        18 => Condition::Backmerged { at_most: dice.below(2) as u32 },
        19 => Condition::All { of: parts(dice) },
        20 => Condition::Any { of: parts(dice) },
        _ => Condition::Not { of: Box::new(condition(dice, depth + 1)) },
    }
}

fn process_of(dice: &mut Dice) -> Process {
    let mut process = if dice.one_in(5) { download_process() } else { default_process() };
    let modes = [Mode::Auto, Mode::Auto, Mode::Ask, Mode::Shadow, Mode::Off];
    for stage in &mut process.stages {
        for guard in &mut stage.guards {
            guard.mode = dice.of(&modes);
            guard.of_last = dice.of(&[1, 1, 3, 0, 255]);
            guard.unmet = dice.of(&[1, 1, 2, 0]);
        }
        let Some(leave) = &mut stage.leave else { continue };
        leave.mode = dice.of(&modes);
        for rule in &mut leave.conditions {
            if dice.one_in(12) {
                rule.condition = condition(dice, 0);
            }
            if dice.one_in(12) {
                rule.only_at = vec![StoreKind::AppStore];
            }
        }
        if dice.one_in(25) {
            leave.conditions.clear();
        }
    }
    if dice.one_in(40) {
        process.stages.truncate(dice.below(5) as usize);
    }
    process
}

fn some_build(dice: &mut Dice) -> Build {
    let number = dice.of(&["4120", "4127", "4131", "alpha"]);
    let commit = dice.of(&[HEAD, HEAD, "b2", "c3"]);
    let tells = [Some(true), Some(true), Some(false), None];
    let areas =
        dice.of(&[None, Some(vec![]), Some(vec!["(root)".into()]), Some(vec!["ads".into()])]);
    Build {
        verified: dice.of(&tells),
        uploaded: dice.of(&tells),
        commit: (!dice.one_in(9)).then(|| Sha::new(commit)),
        missing: (!dice.one_in(3)).then(|| Missing {
            head: Sha::new(dice.of(&[HEAD, HEAD, "d4"])),
            commits: dice.below(3) as u32,
            on_branch: !dice.one_in(6),
            areas,
        }),
        ..build(number, HEAD)
    }
}

fn people_of(dice: &mut Dice, people: &mut Interventions) {
    let answers = [Answer::Given, Answer::Refused, Answer::OptedOut, Answer::Withdrawn];
    let builds = ["4120", "4127", "4131"];
    for _ in 0..dice.below(3) {
        let said =
            sign_off(dice.of(&["playback", "ads", "gone"]), dice.of(&answers), dice.of(&builds));
        people.sign_offs.push(said);
    }
    if dice.one_in(6) {
        let changed = dice.of(&[None, Some(&["player"][..]), Some(&[][..])]);
        people.candidates.push(mark(dice.of(&builds), changed));
    }
    if dice.one_in(15) {
        people.holds.push(hold());
    }
    if dice.one_in(20) {
        people.cancelled = Some(hold());
    }
    if dice.one_in(15) {
        people.finished_at = Some(dice.moment());
    }
    for _ in 0..dice.below(3) {
        let rule =
            dice.of(&["bugs", "tests", "candidate-bugs", "candidate-build", "rollout-red-line"]);
        people.waivers.push(waiver(rule, dice.of(&[None, Some("4127"), Some("4120")])));
    }
    let actions = [
        Action::MarkCandidate,
        Action::SubmitForReview,
        Action::CompleteRollout,
        Action::PauseRollout,
    ];
    let gives_up_at = dice.moment();
    let open = [
        IntentState::Proposed,
        IntentState::Claimed,
        IntentState::Sent { gives_up_at },
        IntentState::Uncertain { why: "503".into() },
    ];
    if dice.one_in(8) {
        people.open_intent = Some(intent(dice.of(&actions), dice.of(&open)));
    }
    if dice.one_in(12) {
        let failed = IntentState::Failed { words: "no".into() };
        people.failed_intent = Some(intent(dice.of(&actions), failed));
    }
    if dice.one_in(8) {
        let state = dice.of(&["done", "lapsed", "failed", "refused", "claimed", "strange"]);
        people.attempts.push(attempt(dice.of(&actions), dice.of(&builds), state));
    }
}

/// What is told by name, and what else most tracks have no source for.
fn named_of(dice: &mut Dice, inputs: &mut Inputs) {
    let facts = &mut inputs.facts;
    for (names, values) in [
        (&mut facts.named, ["5", "NaN", "green", ""]),
        (&mut facts.metrics, ["4.5", "-1", "0", "1e9"]),
        (&mut facts.checks, ["passed", "failed", "passed", "true"]),
        (&mut facts.flags, ["true", "false", "on", "blue"]),
    ] {
        for name in ["errors", "state", "player", "licences"] {
            if dice.one_in(3) {
                continue;
            }
            let told = Named {
                sample: dice.of(&[None, Some(0), Some(500)]),
                build: dice.of(&[None, None, Some("4127".to_owned()), Some("4120".to_owned())]),
                ..Named::new(name, dice.of(&values))
            };
            let mut fact = read("pushed", 1, told);
            spoil(dice, &mut fact);
            names.told.entry(name.to_owned()).or_default().push(fact);
        }
        if dice.one_in(4) {
            names.rest = Some((Why::NotReadYet, Some(SourceId::new("pushed"))));
        }
    }
    let tells = |dice: &mut Dice| dice.of(&[None, Some(vec![]), Some(vec!["sv".to_owned()])]);
    let readiness = Readiness {
        version: version("9.1.24"),
        notes_in: tells(dice),
        offered_in: tells(dice),
        declarations_owed: tells(dice),
        reviewer_access: dice.of(&[None, Some(true), Some(false)]),
        link: None,
    };
    facts.readiness = read("play", 1, readiness);
    spoil(dice, &mut facts.readiness);
    facts.backmerge = read(
        "github",
        1,
        Backmerge {
            version: version("9.1.24"),
            head: Sha::new(dice.of(&[HEAD, HEAD, "c3"])),
            missing: dice.below(3) as u32,
            commits: vec![],
            link: None,
        },
    );
    spoil(dice, &mut facts.backmerge);
    if !dice.one_in(3) {
        let mut health =
            read("sentry", 1, vec![sessions(Audience::Production, 300_000, dice.below(900))]);
        spoil(dice, &mut health);
        facts.previous = Some(Previous {
            version: version("9.1.23"),
            health,
            at_same_age: vec![sessions(Audience::Beta, dice.count(), 3)],
        });
    }
    inputs.app.roles = [("lead".to_owned(), vec![crate::app::Person::new("Noor")])].into();
    for _ in 0..dice.below(3) {
        let by = crate::app::Person::new(dice.of(&["Noor", "noor ", "Ada"]));
        let build = dice.of(&[None, Some("4127".to_owned())]);
        let (item, comment) = (dice.of(&["notes", "shots"]).to_owned(), String::new());
        inputs.people.ticks.push(Tick {
            item,
            done: !dice.one_in(4),
            build: build.clone(),
            by: by.clone(),
            at: ago(9),
            comment: comment.clone(),
        });
        let given = !dice.one_in(4);
        inputs.people.approvals.push(Approval {
            role: "lead".into(),
            given,
            build,
            by,
            at: ago(9),
            comment,
        });
    }
    if dice.one_in(20) {
        inputs.people.emergency = Some(hold());
    }
}

fn before_of(dice: &mut Dice, inputs: &mut Inputs) {
    let before = &mut inputs.before;
    if dice.one_in(6) {
        before.stage = None;
    }
    if dice.one_in(6) {
        before.stage =
            Some((StageId::new(dice.of(&["branched", "rollout", "gone"])), dice.moment()));
    }
    if dice.one_in(5) {
        before.at = Some(dice.moment());
        before.paused = Span::millis(dice.of(&[0, 3_600_000, i64::MAX, i64::MIN]));
        before.standing = Some((dice.of(&[Standing::Paused, Standing::Held]), dice.moment()));
    }
    for rule in ["bugs", "candidate-bugs", "rollout-red-line", "watch"] {
        if dice.one_in(3) {
            before.findings.insert(rule.to_owned(), (dice.verdict(), dice.moment()));
            before
                .recent
                .insert(rule.to_owned(), (0..dice.below(4)).map(|_| dice.verdict()).collect());
        }
    }
}

/// Some track: mostly near one for which all goes well, so that much of it fires.
pub(super) fn some(dice: &mut Dice) -> Inputs {
    let mut inputs = at_stage(dice.of(&["branched", "candidate", "review", "rollout", "complete"]));
    inputs.process = process_of(dice);
    inputs.facts.store_kind =
        dice.of(&[StoreKind::GooglePlay, StoreKind::AppStore, StoreKind::Download]);
    inputs.facts.kind = dice.of(&[Kind::Regular, Kind::Hotfix]);
    if dice.one_in(4) {
        let list = (0..dice.below(4)).map(|n| {
            let mut one = bug(&format!("MUS-{n}"));
            (one.open, one.blocking) = (!dice.one_in(2), !dice.one_in(2));
            one
        });
        let list = bugs(list.collect());
        let zero_since = dice.one_in(2).then(|| dice.moment());
        inputs.facts.bugs = read("jira", 1, Bugs { complete: !dice.one_in(3), zero_since, ..list });
    }
    if dice.one_in(4) {
        let outcomes = [
            Outcome::Passed,
            Outcome::Failed,
            Outcome::Running,
            Outcome::Skipped,
            Outcome::Other("?".into()),
        ];
        let suites = (0..dice.below(4)).map(|n| suite(&format!("s{n}"), dice.of(&outcomes)));
        inputs.facts.tests = read("github", 1, tests(suites.collect()));
    }
    if dice.one_in(3) {
        let list = (0..dice.below(4)).map(|_| some_build(dice)).collect();
        inputs.facts.builds = read("github", 1, list);
    }
    if dice.one_in(3) {
        let rows = (0..dice.below(4)).map(|_| crate::observation::Health {
            build: dice.of(&[None, Some("4127".to_owned()), Some("4120".to_owned())]),
            crashed: (!dice.one_in(6)).then(|| dice.count()),
            unresponsive: (!dice.one_in(6)).then(|| dice.count()),
            ..sessions(dice.of(&[Audience::Beta, Audience::Production]), dice.count(), 0)
        });
        inputs.facts.health = read("sentry", 1, rows.collect());
    }
    if dice.one_in(4) {
        let phase = (!dice.one_in(8)).then(|| dice.of(&PHASES));
        let served = dice.of(&[None, Some(Share(10_000)), Some(Share(999_999)), Some(Share::ALL)]);
        inputs.facts.store = read(
            "play",
            1,
            InStore {
                phase,
                builds: dice.of(&[
                    vec![],
                    vec!["4127".to_owned()],
                    vec!["9".to_owned(), "10".to_owned()],
                ]),
                since: dice.one_in(2).then(|| dice.moment()),
                ..in_store(StorePhase::Draft, served)
            },
        );
    }
    if dice.one_in(10) {
        inputs.facts.branch = read("github", 1, None);
    }
    for n in 0..dice.below(3) {
        let phase = dice.of(&PHASES);
        inputs.facts.line.push(Neighbour {
            version: version(&format!("9.{n}.{}", dice.below(40))),
            kind: dice.of(&[Kind::Regular, Kind::Hotfix]),
            phase: dice.of(&[None, Some(phase), Some(StorePhase::Absent)]),
            branched: dice.one_in(2),
            over: dice.one_in(2),
            served: dice.of(&[None, Some(Share(10_000)), Some(Share::ALL)]),
            under_way: dice.of(&[None, None, Some(Action::SubmitForReview)]),
            goes_first: dice.one_in(12),
            link: None,
        });
    }
    if dice.one_in(8) {
        let open = vec![Opening { from: dice.moment(), until: dice.moment() }];
        inputs.facts.windows.get_mut("release").unwrap().open = open;
    }
    if dice.one_in(20) {
        inputs.facts.windows.clear();
    }
    match dice.below(12) {
        0 | 1 => {
            let rows = vec![sessions(Audience::Production, 20_000, 100 + dice.below(900))];
            inputs.facts.health = read("sentry", 1, rows);
        }
        2 => {
            let stale = Build { missing: Some(missing(1, Some(&["ads"]))), ..build("4127", "b2") };
            inputs.facts.builds = read("github", 1, vec![build("4131", HEAD), stale]);
        }
        _ => {}
    }
    named_of(dice, &mut inputs);
    spoil(dice, &mut inputs.facts.branch);
    spoil(dice, &mut inputs.facts.tests);
    spoil(dice, &mut inputs.facts.builds);
    spoil(dice, &mut inputs.facts.bugs);
    spoil(dice, &mut inputs.facts.store);
    spoil(dice, &mut inputs.facts.health);
    people_of(dice, &mut inputs.people);
    before_of(dice, &mut inputs);
    if dice.one_in(50) {
        inputs.now = dice.moment();
    }
    inputs
}
