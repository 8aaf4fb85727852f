//! What goes over the wire, and the lanes of a board.
use super::super::{Board, Lane, LineView, LiveView, Station, lanes};
use super::*;
use crate::decide::{Decision, Next};
use crate::explain::Headline;
use crate::facts::Facts;
use crate::finding::Owner;
use crate::lamp::{Lamp, Lamps, Signal};
use crate::observation::{InStore, StorePhase};
use crate::process::{Action, Mode, StageId};
use crate::reading::{Fact, Reading, SourceId};
use crate::track::{AppId, Kind, Platform, Standing, TrackId};
use crate::version::Version;
use crate::{App, StoreKind};

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 20) % n
    }
}

fn track(app: &str, version: &str) -> TrackId {
    TrackId {
        app: AppId::new(app),
        platform: Platform::Android,
        version: Version::parse(version).unwrap(),
    }
}

fn lamp(dice: &mut Dice) -> Lamp {
    let signal = if dice.below(2) == 0 { Signal::Go } else { Signal::Wait };
    Lamp::new(signal, format!("{} open", dice.below(3)), "because")
}

fn row(dice: &mut Dice, id: TrackId) -> TrackView {
    TrackView {
        key: id.to_string(),
        title: id.to_string(),
        id,
        kind: Kind::Regular,
        build: (dice.below(2) == 0).then(|| "4127".to_owned()),
        stations: vec![Station {
            id: StageId::new("branched"),
            title: "Branched".into(),
            short: "B".into(),
            entered_at: None,
            note: String::new(),
        }],
        at: dice.below(3) as u16,
        along: 0,
        standing: Standing::Running,
        signal: Signal::Go,
        met: (dice.below(3) as u16, 3),
        lamps: Lamps {
            release: lamp(dice),
            bugs: lamp(dice),
            sign_offs: lamp(dice),
            quality: lamp(dice),
        },
        headline: Headline {
            text: format!("Waiting for {}", dice.below(3)),
            more: String::new(),
            who: Owner::named("nobody"),
            since: None,
            then: "It goes on".into(),
        },
        stage_since: None,
        ahead: Some((Action::Finish, Mode::Auto)),
        observed_at: None,
        stale: None,
    }
}

/// Some board: apps come, go and change places; so do their tracks.
fn board(dice: &mut Dice, revision: u64) -> Board {
    let mut names = vec!["music", "podcasts", "notes"];
    if dice.below(4) == 0 {
        names.reverse();
    }
    names.retain(|_| dice.below(5) != 0);
    let apps = names
        .into_iter()
        .map(|name| AppView {
            id: AppId::new(name),
            name: name.to_owned(),
            owner: None,
            process: "Default process".into(),
            lines: vec![LineView {
                platform: Platform::Android,
                production: (dice.below(3) == 0).then(|| LiveView {
                    track: track(name, "1.0"),
                    crash_free: "99.91 %".into(),
                    unresponsive: "–".into(),
                    adopted: format!("{} %", dice.below(3)),
                    signal: Signal::Go,
                }),
                current: ["1.1", "1.2"]
                    .into_iter()
                    .filter(|_| dice.below(4) != 0)
                    .map(|version| track(name, version))
                    .collect::<Vec<_>>()
                    .into_iter()
                    .map(|id| row(dice, id))
                    .collect(),
                upcoming: None,
            }],
        })
        .collect();
    Board {
        revision,
        at: Moment::from_millis(revision as i64),
        pace: 1 + dice.below(2) as u32,
        next_tick_at: Moment::from_millis(revision as i64 + 9),
        summary: Summary { need_you: dice.below(2) as u32, ..Summary::default() },
        apps,
        notices: vec!["x".to_owned(); dice.below(2) as usize],
        ..Board::default()
    }
}

#[test]
fn a_patch_makes_the_newer_board_of_the_older_exactly() {
    let mut small = 0;
    for seed in 1..2_000 {
        let mut dice = Dice(seed * 7_919);
        let old = board(&mut dice, seed);
        let mut new = if seed % 3 == 0 { old.clone() } else { board(&mut dice, seed + 1) };
        new.revision = seed + 1;
        if seed % 3 == 0
            && let Some(row) = new.apps.first_mut().and_then(|app| app.lines[0].current.first_mut())
        {
            row.headline.text.push('!');
            let patch = Patch::between(&old, &new);
            assert!(patch.apps.is_empty() && patch.tracks.len() == 1 && !patch.is_empty());
            small += 1;
        }
        let patch = Patch::between(&old, &new);
        let text = serde_json::to_string(&patch).unwrap();
        let back: Patch = serde_json::from_str(&text).unwrap();
        assert_eq!(back, patch);
        let mut applied = old;
        back.apply(&mut applied).unwrap();
        assert_eq!(applied, new, "seed {seed}");
    }
    assert!(small > 300);
}

#[test]
fn nothing_changed_is_an_empty_patch_that_still_moves_the_revision() {
    let old = board(&mut Dice(5), 7);
    let mut new = old.clone();
    (new.revision, new.at) = (8, Moment::from_millis(99));
    let patch = Patch::between(&old, &new);
    assert!(patch.is_empty());
    let mut applied = old;
    patch.apply(&mut applied).unwrap();
    assert_eq!(applied, new);
}

#[test]
fn a_patch_of_another_revision_changes_nothing() {
    let (old, new) = (board(&mut Dice(5), 7), board(&mut Dice(6), 8));
    let patch = Patch::between(&old, &new);
    let mut late = new.clone();
    assert_eq!(patch.apply(&mut late), Err(OutOfStep { from: 7, at: 8 }));
    assert_eq!(late, new);
}

/// A version of a line: where the store has it, since which minute, how it stands, and whether it has a stage.
fn of_line(
    version: &str,
    phase: StorePhase,
    since: i64,
    standing: Standing,
    staged: bool,
) -> (Facts, Decision) {
    let track = track("music", version);
    let facts = Facts {
        store: Fact::Known(Reading {
            value: InStore {
                phase: Some(phase),
                since: Some(Moment::from_millis(since * 60_000)),
                ..InStore::absent()
            },
            source: SourceId::new("play"),
            observed_at: Moment::default(),
            fetched_at: Moment::default(),
            link: None,
        }),
        ..Facts::new(track.clone(), Kind::Regular, StoreKind::GooglePlay)
    };
    let inputs = crate::Inputs {
        app: App {
            id: AppId::new("music"),
            name: "Music".into(),
            owner: None,
            teams: vec![],
            roles: std::collections::BTreeMap::new(),
            lines: vec![],
        },
        process: toml::from_str(include_str!("../../../processes/default.toml")).unwrap(),
        facts: facts.clone(),
        people: crate::Interventions::default(),
        before: crate::Before::default(),
        now: Moment::default(),
    };
    let decision = Decision {
        standing,
        stage: staged.then(|| StageId::new("branched")),
        next: Next::Wait,
        ..crate::decide(&inputs)
    };
    (facts, decision)
}

#[track_caller]
fn stands(line: Vec<(Facts, Decision)>, expected: &[Lane]) {
    let (facts, decisions): (Vec<Facts>, Vec<Decision>) = line.into_iter().unzip();
    let pairs: Vec<_> = facts.iter().zip(&decisions).collect();
    assert_eq!(lanes(&pairs), expected);
}

#[test]
fn every_version_stands_in_its_lane() {
    use Standing::{Cancelled, Finished, Paused, Rejected, Running};
    use StorePhase as P;
    stands(
        vec![
            of_line("9.1.22", P::Complete, 1, Finished, true),
            of_line("9.1.23", P::Complete, 9, Finished, true),
            of_line("9.1.23.1", P::RollingOut, 20, Running, true),
            of_line("9.1.24", P::InReview, 0, Running, true),
            of_line("9.1.25", P::Absent, 0, Running, true),
            of_line("9.1.26", P::Absent, 0, Running, false),
        ],
        // Two versions and a hotfix in flight at once.
        &[
            Lane::Past,
            Lane::Production,
            Lane::Current,
            Lane::Current,
            Lane::Current,
            Lane::Upcoming,
        ],
    );
    // Live for everybody and still watched: in flight too; the board shows it in both lanes.
    stands(vec![of_line("9.1.24", P::Complete, 1, Running, true)], &[Lane::Current]);
    stands(
        vec![
            of_line("9.1.20", P::Absent, 0, Running, true), // An old branch that nobody deleted.
            of_line("9.1.21", P::Replaced, 0, Cancelled, true),
            of_line("9.1.22", P::Absent, 0, Cancelled, true),
            of_line("9.1.23", P::Complete, 1, Finished, true),
            of_line("9.1.24", P::Halted, 0, Paused, true),
            of_line("9.1.25", P::Rejected, 0, Rejected, true),
        ],
        &[Lane::Past, Lane::Past, Lane::Past, Lane::Production, Lane::Current, Lane::Current],
    );
}

#[test]
fn case_02_what_is_in_flight_is_shown_whatever_its_number() {
    use StorePhase as P;
    stands(
        vec![
            of_line("3.0.0", P::Draft, 0, Standing::Running, true),
            of_line("20250113.0", P::Complete, 1, Standing::Finished, true),
        ],
        &[Lane::Current, Lane::Production],
    );
    stands(
        vec![
            of_line("3.0.0", P::Complete, 9, Standing::Running, true),
            of_line("3.1.0", P::InReview, 0, Standing::Running, true),
            of_line("20250113.0", P::Complete, 1, Standing::Finished, true),
        ],
        &[Lane::Current, Lane::Current, Lane::Past],
    );
}
