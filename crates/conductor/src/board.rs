//! Everything that the dashboard shows, as plain values: computed once per refresh, with a revision. Server
//! and browser share these types; a page's HTML depends on them and its address alone.

use crate::app::{App, Person};
use crate::decide::{Decision, Inputs, Next};
use crate::explain::{Headline, day, grouped, percent};
use crate::facts::{Facts, Readings};
use crate::finding::{Cause, Verdict};
use crate::lamp::{Lamp, Lamps, Signal};
use crate::line;
use crate::moment::{Moment, Span};
use crate::observation::{Audience, Bug, StorePhase};
use crate::process::{Action, Mode, StageId};
use crate::reading::SourceId;
use crate::track::{AppId, Kind, Platform, Standing, TrackId};
use crate::version::Version;
use serde::{Deserialize, Serialize};

pub mod patch;

pub use patch::Patch;

/// The whole board at one revision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// Rises with every change.
    pub revision: u64,
    /// When it was computed.
    pub at: Moment,
    /// How many seconds pass here in one real second: 1 but for demonstrations.
    pub pace: u32,
    /// When the next tick is due.
    pub next_tick_at: Moment,
    /// Who needs what, in numbers.
    pub summary: Summary,
    /// What needs a person now, worst first.
    pub calls: Vec<Call>,
    /// Apps in the order of the settings.
    pub apps: Vec<AppView>,
    /// Bugs on no train.
    pub strays: Vec<Stray>,
    /// The newest moves, newest first.
    pub moves: Vec<Move>,
    /// Sources, those with faults first.
    pub sources: Vec<SourceView>,
    /// What everybody should know: history is not being written, the conductor stands down.
    pub notices: Vec<String>,
    /// Whether the conductor acts.
    pub conductor: ConductorView,
}

/// Tracks in flight, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Need a person.
    pub need_you: u32,
    /// Wait on somebody else.
    pub waiting: u32,
    /// Held by a person.
    pub held: u32,
    /// Move on their own.
    pub moving: u32,
}

/// One thing that needs a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// The track.
    pub track: TrackId,
    /// `Podcasts Android 5.4.1`.
    pub title: String,
    /// How bad.
    pub signal: Signal,
    /// What is the matter.
    pub text: String,
    /// What to do.
    pub detail: String,
    /// Since when.
    pub since: Option<Moment>,
}

/// An app with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppView {
    /// Its short name.
    pub id: AppId,
    /// Its name for people.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<Person>,
    /// The processes that its lines follow: `Default process`.
    pub process: String,
    /// Its platforms.
    pub lines: Vec<LineView>,
}

/// One platform of an app: what is live, what is in flight, what comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineView {
    /// The platform.
    pub platform: Platform,
    /// The live version, still watched.
    pub production: Option<LiveView>,
    /// In flight, oldest version first.
    pub current: Vec<TrackView>,
    /// The next version.
    pub upcoming: Option<SoonView>,
}

/// The version that everybody has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveView {
    /// The track.
    pub track: TrackId,
    /// Crash-free sessions: `99.91 %`, or a dash where nobody tells.
    pub crash_free: String,
    /// Sessions in which the app stopped responding.
    pub unresponsive: String,
    /// Share of users who have it.
    pub adopted: String,
    /// Whether the figures are fresh and fine.
    pub signal: Signal,
}

/// The version that comes next; what does not apply yet is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoonView {
    /// The track.
    pub track: TrackId,
    /// The planned day, in words, or that there is none.
    pub planned: String,
    /// Open blocking bugs that ride on it.
    pub bugs: Lamp,
}

/// A track as the board shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackView {
    /// `music/android/9.1.24`: the key of its row, and its address.
    pub key: String,
    /// The track.
    pub id: TrackId,
    /// `Music Android 9.1.24`.
    pub title: String,
    /// Regular or hotfix.
    pub kind: Kind,
    /// The build that it is about.
    pub build: Option<String>,
    /// The line with its stations.
    pub stations: Vec<Station>,
    /// The station where it stands.
    pub at: u16,
    /// How far it is on the way to the next station, of a thousand: a soak's progress.
    pub along: u16,
    /// How it stands.
    pub standing: Standing,
    /// The signal before the next station.
    pub signal: Signal,
    /// Conditions that hold or are waived, of all.
    pub met: (u16, u16),
    /// The four lamps.
    pub lamps: Lamps,
    /// What it waits for.
    pub headline: Headline,
    /// Since when it is at its stage.
    pub stage_since: Option<Moment>,
    /// The action ahead and who does it.
    pub ahead: Option<(Action, Mode)>,
    /// The oldest reading that its conditions rest on.
    pub observed_at: Option<Moment>,
    /// A source that gives no fresh answer: `jira`.
    pub stale: Option<SourceId>,
}

/// A station on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// The stage.
    pub id: StageId,
    /// Its name.
    pub title: String,
    /// Its name where room is scarce.
    pub short: String,
    /// When it was entered.
    pub entered_at: Option<Moment>,
    /// A note under it: `14 h of 24 h`.
    pub note: String,
}

/// A bug that rides on no train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stray {
    /// The app.
    pub app: AppId,
    /// The app's name.
    pub app_name: String,
    /// The bug.
    pub bug: Bug,
    /// What it lacks: `version`, `priority`, `assignee`.
    pub lacks: String,
}

/// Something that moved, as the journal tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// Its number in the journal.
    pub number: i64,
    /// When.
    pub at: Moment,
    /// Who: `Conductor`, a person's name, or a source.
    pub who: String,
    /// Whether it was the conductor.
    pub by_conductor: bool,
    /// What.
    pub text: String,
    /// Why, or the reason given.
    pub why: String,
    /// The track.
    pub track: Option<TrackId>,
    /// `Podcasts Android 5.4.1`.
    pub title: String,
}

/// A source's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceView {
    /// Its name.
    pub id: SourceId,
    /// What people call it.
    pub title: String,
    /// Green: answers; unknown: does not.
    pub signal: Signal,
    /// When it last gave a good answer.
    pub good_at: Option<Moment>,
    /// What is wrong, with what to do.
    pub fault: String,
    /// Requests since the start.
    pub calls: u64,
    /// Requests in its last read.
    pub calls_last_read: u64,
}

/// Whether the conductor acts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConductorView {
    /// `On duty`, or why not.
    pub state: String,
    /// Whether it acts.
    pub on_duty: bool,
    /// Transitions that it moves by itself.
    pub auto: u32,
    /// Transitions that it asks before.
    pub ask: u32,
}

/// All that a track page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackPage {
    /// The board's revision that it belongs to.
    pub revision: u64,
    /// When it was computed.
    pub at: Moment,
    /// How many seconds pass here in one real second.
    pub pace: u32,
    /// The track as on the board.
    pub view: TrackView,
    /// The decision as the server took it.
    pub decision: Decision,
    /// All that it depends on, so that the browser can decide for itself.
    pub inputs: Inputs,
    /// Its newest journal entries, newest first.
    pub timeline: Vec<Move>,
    /// The names of the sources.
    pub sources: Vec<SourceView>,
    /// What everybody should know.
    pub notices: Vec<String>,
}

/// A span's larger unit alone: `9 h 09 m` as `9 h`. Under a station there is no room for both.
fn coarse(span: &str) -> &str {
    span.match_indices(' ').nth(1).and_then(|(end, _)| span.get(..end)).unwrap_or(span)
}

/// The board's row of a decided track.
pub fn track_view(
    inputs: &Inputs,
    decision: &Decision,
    entered: &std::collections::BTreeMap<String, Moment>,
) -> TrackView {
    let process = &inputs.process;
    let at = decision.stage.as_ref().and_then(|id| process.position(id)).unwrap_or(0);
    let all = || decision.findings.iter().chain(&decision.guards);
    let stale = all().find(|it| {
        it.verdict == Verdict::Unknown
            && !matches!(
                it.why,
                Some(crate::reading::Why::UnderSampled | crate::reading::Why::NoData) | None
            )
    });
    let soak = decision.findings.iter().find(|it| it.cause == Some(Cause::Time));
    TrackView {
        key: decision.track.to_string(),
        id: decision.track.clone(),
        title: title(&inputs.app, &decision.track),
        kind: decision.kind,
        build: decision.build.clone(),
        stations: process
            .stages
            .iter()
            .enumerate()
            .map(|(index, stage)| Station {
                id: stage.id.clone(),
                title: stage.title.clone(),
                short: stage.short.clone(),
                entered_at: (index <= at)
                    .then(|| entered.get(stage.id.as_str()).copied())
                    .flatten(),
                note: match soak {
                    Some(soak) if index == at => format!(
                        "{} of {}",
                        coarse(&soak.value),
                        soak.threshold.trim_start_matches("needs ")
                    ),
                    _ => String::new(),
                },
            })
            .collect(),
        at: u16::try_from(at).unwrap_or(u16::MAX),
        along: soak.and_then(|it| it.gauge).map_or(0, |gauge| gauge.value.min(850)),
        standing: decision.standing,
        signal: signal(decision),
        met: (
            u16::try_from(decision.findings.iter().filter(|it| it.lets_pass()).count())
                .unwrap_or(u16::MAX),
            u16::try_from(decision.findings.len()).unwrap_or(u16::MAX),
        ),
        lamps: decision.lamps.clone(),
        headline: decision.headline.clone(),
        stage_since: decision.stage_since,
        ahead: decision.ahead,
        observed_at: all().filter_map(|it| it.observed_at).min(),
        stale: stale.and_then(|it| it.source.clone()),
    }
}

/// `Music Android 9.1.24`.
pub fn title(app: &App, track: &TrackId) -> String {
    format!("{} {} {}", app.name, track.platform.title(), track.version)
}

/// The signal that stands before the next station.
fn signal(decision: &Decision) -> Signal {
    match decision.standing {
        Standing::Paused | Standing::Rejected => return Signal::Stop,
        Standing::Held => return Signal::Wait,
        Standing::Finished | Standing::Cancelled => return Signal::None,
        Standing::Running => {}
    }
    let all = || decision.findings.iter().chain(&decision.guards).filter(|it| !it.lets_pass());
    if decision.lamps.release.signal == Signal::Stop {
        Signal::Stop
    } else if all().any(|it| it.verdict == Verdict::Unmet) {
        Signal::Wait
    } else if all().any(|it| it.verdict == Verdict::Unknown) {
        Signal::Unknown
    } else {
        Signal::Go
    }
}

/// In which lane a decided track stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Live for everybody.
    Production,
    /// In flight.
    Current,
    /// Not branched yet.
    Upcoming,
    /// Over: an older version, or one that will not ship.
    Past,
}

/// The lane of each track of a line. The live version is the store's word, not the order's; older than it
/// and not in the store's hands is past.
pub fn lanes(decided: &[(&Facts, &Decision)]) -> Vec<Lane> {
    let phase = |facts: &Facts| facts.store.last().and_then(|it| it.value.phase);
    let live = line::live(decided.iter().map(|(facts, _)| *facts)).map(|it| &it.track.version);
    let older = |version: &Version| live.is_some_and(|live| version < live);
    decided
        .iter()
        .map(|(facts, decision)| {
            let version = &facts.track.version;
            if live == Some(version) {
                return if decision.standing == Standing::Finished || decision.ahead.is_none() {
                    Lane::Production
                } else {
                    Lane::Current
                };
            }
            match (phase(facts), decision.standing) {
                (_, Standing::Cancelled) => Lane::Past,
                (Some(StorePhase::Complete | StorePhase::Replaced), _) => Lane::Past,
                (
                    Some(
                        StorePhase::RollingOut
                        | StorePhase::Halted
                        | StorePhase::InReview
                        | StorePhase::WaitingForReview
                        | StorePhase::Approved
                        | StorePhase::Rejected
                        | StorePhase::NeedsPerson,
                    ),
                    _,
                ) => Lane::Current,
                // In preparation at the store: a lower number than the live one is no reason to hide it.
                (Some(StorePhase::Draft), _) if decision.stage.is_some() => Lane::Current,
                _ if older(version) => Lane::Past,
                _ if decision.stage.is_some() => Lane::Current,
                _ => Lane::Upcoming,
            }
        })
        .collect()
}

/// The Production lane's figures of a version.
pub fn live_view(facts: &Facts, decision: &Decision, now: Moment) -> LiveView {
    const MAX_AGE: Span = Span::hours(3);
    let fresh = facts.health.fresh(MAX_AGE, now).is_ok();
    let rows = facts.health.last().map_or(&[][..], |it| it.value.as_slice());
    let rows: Vec<_> = rows.iter().filter(|row| row.audience == Audience::Production).collect();
    let all = rows.iter().fold(0_u64, |so_far, row| so_far.saturating_add(row.sessions));
    let sum = |pick: fn(&crate::observation::Health) -> Option<u64>| {
        rows.iter()
            .try_fold(0_u64, |so_far, row| so_far.checked_add(pick(row)?))
            .filter(|bad| all > 0 && *bad <= all)
    };
    let parts =
        |n: u64| u32::try_from(u128::from(n) * 1_000_000 / u128::from(all.max(1))).unwrap_or(0);
    let dash = || "–".to_owned();
    let adopted: Option<u32> =
        rows.iter().try_fold(0_u32, |so_far, row| Some(so_far.saturating_add(row.adoption?.0)));
    LiveView {
        track: facts.track.clone(),
        crash_free: sum(|row| row.crashed).map_or_else(dash, |bad| percent(1_000_000 - parts(bad))),
        unresponsive: sum(|row| row.unresponsive).map_or_else(dash, |bad| percent(parts(bad))),
        adopted: adopted.filter(|_| !rows.is_empty()).map_or_else(dash, |ppm| {
            format!("{} %", grouped(u64::from(ppm.min(1_000_000) / 10_000)))
        }),
        signal: match (rows.is_empty(), fresh) {
            (true, _) | (_, false) => Signal::Unknown,
            (false, true) if decision.lamps.quality.signal == Signal::Stop => Signal::Stop,
            (false, true) => Signal::Go,
        },
    }
}

/// The Upcoming lane's entry of a version.
pub fn soon_view(facts: &Facts, decision: &Decision, readings: &Readings) -> SoonView {
    let planned = readings.planned(&facts.track).and_then(|it| it.planned_at);
    SoonView {
        track: facts.track.clone(),
        planned: planned.map_or_else(|| "No date yet".to_owned(), day),
        bugs: decision.lamps.bugs.clone(),
    }
}

/// What needs a person about a track, if anything does.
pub fn call(view: &TrackView, decision: &Decision) -> Option<Call> {
    let asks =
        decision.asks.is_some() || matches!(decision.next, Next::Fire { mode: Mode::Off, .. });
    let signal = match (decision.standing, decision.lamps.release.signal) {
        (Standing::Cancelled | Standing::Finished | Standing::Held, _) => return None,
        (_, Signal::Stop) => Signal::Stop,
        _ if asks => Signal::Go,
        _ => return None,
    };
    Some(Call {
        track: view.id.clone(),
        title: view.title.clone(),
        signal,
        text: decision.headline.text.clone(),
        detail: decision.headline.then.clone(),
        since: decision.headline.since,
    })
}

/// Counts the tracks in flight by whose move it is.
pub fn summary<'a>(current: impl IntoIterator<Item = &'a TrackView>, calls: &[Call]) -> Summary {
    let mut summary =
        Summary { need_you: u32::try_from(calls.len()).unwrap_or(u32::MAX), ..Summary::default() };
    for view in current {
        if calls.iter().any(|call| call.track == view.id) {
            continue;
        }
        match (view.standing, view.lamps.release.signal) {
            (Standing::Held, _) => summary.held += 1,
            (_, Signal::Go) => summary.moving += 1,
            _ => summary.waiting += 1,
        }
    }
    summary
}

/// What a bug on no train lacks; `None` if it is not blocking and merely has no version.
pub fn lacks(bug: &Bug) -> Option<&'static str> {
    match (bug.rides.is_empty(), &bug.priority, &bug.assignee) {
        (true, _, _) if bug.blocking => Some("version"),
        (_, None, _) => Some("priority"),
        (_, _, None) if bug.blocking => Some("assignee"),
        _ => None,
    }
}
