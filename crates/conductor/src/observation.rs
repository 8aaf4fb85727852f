//! What connectors say: whole collections about an app or one of its platforms, in our words. No
//! vendor's vocabulary survives past a connector. What they mean for one track is [`crate::facts`].

use crate::app::Person;
use crate::moment::{Moment, Span};
use crate::reading::SourceId;
use crate::track::{AppId, Platform};
use crate::version::Version;
use serde::{Deserialize, Serialize};

mod named;

pub use named::{Backmerge, Named, Readiness, Value};

/// One thing that a source showed about an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The app.
    pub app: AppId,
    /// What was shown.
    pub what: Observation,
    /// The end of the data: the moment for which the source vouches.
    pub observed_at: Moment,
    /// Where a person sees the whole of it.
    pub link: Option<String>,
}

/// A list, and whether the source said that this was all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing<T> {
    /// The items that were read.
    pub items: Vec<T>,
    /// Whether the list was read to its end. A part can prove that something is, never that it is not.
    pub complete: bool,
}

impl<T> Listing<T> {
    /// A list that was read to its end.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, complete: true }
    }
}

/// The closed set of what can be observed. Each replaces the last of its [`ObservationKind`] and
/// platform from the same source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Observation {
    /// The release branches that exist.
    Branches {
        /// On this platform.
        platform: Platform,
        /// One for each version.
        list: Listing<Branch>,
    },
    /// The tests on the newest commit of each release branch.
    Tests {
        /// On this platform.
        platform: Platform,
        /// One for each commit.
        list: Listing<Tests>,
    },
    /// The builds that exist for versions in flight.
    Builds {
        /// On this platform.
        platform: Platform,
        /// Newest first where the source has an order.
        list: Listing<Build>,
    },
    /// The bugs that matter for releases: blocking, or on no train.
    Bugs {
        /// Of the whole app.
        list: Listing<Bug>,
    },
    /// Versions that are planned.
    Planned {
        /// Of the whole app.
        list: Listing<Planned>,
    },
    /// What the store has.
    Store {
        /// On this platform.
        platform: Platform,
        /// One for each version or build that the store knows.
        list: Listing<InStore>,
    },
    /// How versions behave for their users.
    Health {
        /// On this platform.
        platform: Platform,
        /// One for each version, build and audience that has any sessions.
        list: Listing<Health>,
    },
    /// Values by name that were pushed or polled.
    Named {
        /// On this platform; `None`: of the whole app.
        platform: Option<Platform>,
        /// One for each name, and version or build.
        list: Listing<Named>,
    },
    /// Answers of a metrics source to named queries.
    Metrics {
        /// On this platform; `None`: of the whole app.
        platform: Option<Platform>,
        /// One for each name, and version or build.
        list: Listing<Named>,
    },
    /// Named compliance checks: `passed`, or in what way not.
    Checks {
        /// On this platform; `None`: of the whole app.
        platform: Option<Platform>,
        /// One for each name, and version or build.
        list: Listing<Named>,
    },
    /// Feature flags and their states: `true`, `false`, or a variant.
    Flags {
        /// On this platform; `None`: of the whole app.
        platform: Option<Platform>,
        /// One for each flag.
        list: Listing<Named>,
    },
    /// What the store asks for beside the build.
    Readiness {
        /// On this platform.
        platform: Platform,
        /// One for each version that is prepared.
        list: Listing<Readiness>,
    },
    /// Which commits of release branches are not on the main branch.
    Backmerges {
        /// On this platform.
        platform: Platform,
        /// One for each release branch.
        list: Listing<Backmerge>,
    },
}

/// Which of the observations, without its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// Release branches.
    Branches,
    /// Tests.
    Tests,
    /// Builds.
    Builds,
    /// Bugs.
    Bugs,
    /// Planned versions.
    Planned,
    /// The store's state.
    Store,
    /// Crash figures.
    Health,
    /// Values by name.
    Named,
    /// Answers of metrics sources.
    Metrics,
    /// Compliance checks.
    Checks,
    /// Feature flags.
    Flags,
    /// What the store asks for beside the build.
    Readiness,
    /// What is not on the main branch.
    Backmerges,
}

impl Observation {
    /// Which of them it is.
    pub fn kind(&self) -> ObservationKind {
        match self {
            Self::Branches { .. } => ObservationKind::Branches,
            Self::Tests { .. } => ObservationKind::Tests,
            Self::Builds { .. } => ObservationKind::Builds,
            Self::Bugs { .. } => ObservationKind::Bugs,
            Self::Planned { .. } => ObservationKind::Planned,
            Self::Store { .. } => ObservationKind::Store,
            Self::Health { .. } => ObservationKind::Health,
            Self::Named { .. } => ObservationKind::Named,
            Self::Metrics { .. } => ObservationKind::Metrics,
            Self::Checks { .. } => ObservationKind::Checks,
            Self::Flags { .. } => ObservationKind::Flags,
            Self::Readiness { .. } => ObservationKind::Readiness,
            Self::Backmerges { .. } => ObservationKind::Backmerges,
        }
    }
    /// The platform it speaks of; `None` when it speaks of the whole app.
    pub fn platform(&self) -> Option<&Platform> {
        match self {
            Self::Branches { platform, .. }
            | Self::Tests { platform, .. }
            | Self::Builds { platform, .. }
            | Self::Store { platform, .. }
            | Self::Health { platform, .. }
            | Self::Readiness { platform, .. }
            | Self::Backmerges { platform, .. } => Some(platform),
            Self::Named { platform, .. }
            | Self::Metrics { platform, .. }
            | Self::Checks { platform, .. }
            | Self::Flags { platform, .. } => platform.as_ref(),
            Self::Bugs { .. } | Self::Planned { .. } => None,
        }
    }
}

/// The slot that an observation fills: a later one in the same slot replaces it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot {
    /// Who says so.
    pub source: SourceId,
    /// About which app.
    pub app: AppId,
    /// About which platform, or the whole app.
    pub platform: Option<Platform>,
    /// What.
    pub kind: ObservationKind,
}

/// A commit's name in git, in lower-case hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sha(String);

impl Sha {
    /// Takes a commit's name.
    pub fn new(sha: impl AsRef<str>) -> Self {
        Self(sha.as_ref().to_ascii_lowercase())
    }
    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The first seven characters, for people.
    pub fn short(&self) -> &str {
        self.0.get(..7).unwrap_or(&self.0)
    }
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its name.
    pub sha: Sha,
    /// The first line of its message, as written outside: hostile text.
    pub title: String,
    /// Who wrote it.
    pub author: Option<Person>,
    /// When it was committed.
    pub at: Option<Moment>,
    /// Where to see it.
    pub link: Option<String>,
}

/// A release branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// The version in its name.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Its newest commit.
    pub head: Sha,
    /// Commits since it left the main branch, newest first; empty where they were not read.
    pub commits: Vec<Commit>,
    /// Whether those are all of them.
    pub commits_complete: bool,
    /// The time of the first commit of its own, or of the one it left from: not earlier than the branch.
    pub branched_at: Option<Moment>,
    /// Where to see it.
    pub link: Option<String>,
}

/// The tests of one commit; the last attempt of each counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// The commit.
    pub commit: Sha,
    /// One for each name, ordered by name.
    pub suites: Vec<Suite>,
    /// Whether all were read.
    pub complete: bool,
    /// Where to see them.
    pub link: Option<String>,
}

/// One named check of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What came out.
    pub outcome: Outcome,
    /// Where to see it.
    pub link: Option<String>,
}

/// What came out of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// It has not come to an end.
    Running,
    /// It did not run, which is no pass.
    Skipped,
    /// It was called off, or superseded by another run.
    Cancelled,
    /// A word that we do not know.
    Other(String),
}

/// A build of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The version, where the source tells it.
    pub version: Option<Version>,
    /// Its number, as text: Play's version code, Apple's build number.
    pub number: String,
    /// The commit that it was made from.
    pub commit: Option<Sha>,
    /// Whether the build system says that it is good. `None`: this source does not tell.
    pub verified: Option<bool>,
    /// Whether the store or the distribution has it. `None`: this source does not tell.
    pub uploaded: Option<bool>,
    /// When it was made.
    pub made_at: Option<Moment>,
    /// What the branch's newest commit has that this build lacks. `None`: git was not asked.
    pub missing: Option<Missing>,
    /// Where to see it.
    pub link: Option<String>,
}

/// The commits between a build and the head of its branch, as git tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// The head that it was compared with.
    pub head: Sha,
    /// How many commits the build lacks.
    pub commits: u32,
    /// Whether the build's commit is still on the branch; `false` after a force-push.
    pub on_branch: bool,
    /// The areas (top folders) that those commits touch; `None` when the list of files was cut.
    pub areas: Option<Vec<String>>,
}

/// A bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bug {
    /// Its key, such as `MUS-4471`.
    pub key: String,
    /// Its title, as written outside: hostile text.
    pub title: String,
    /// The trains that it rides on: the versions that it must be fixed in, per platform or on all.
    pub rides: Vec<Ride>,
    /// Its priority in the tracker's words; `None` if it has none.
    pub priority: Option<String>,
    /// Whether it blocks, by the app's own definition.
    pub blocking: bool,
    /// Whether it is still open.
    pub open: bool,
    /// Who has it.
    pub assignee: Option<Person>,
    /// When it was filed.
    pub created_at: Option<Moment>,
    /// Where to see it.
    pub link: Option<String>,
}

/// A version that a bug must be fixed in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ride {
    /// On this platform; `None` on all.
    pub platform: Option<Platform>,
    /// In this version.
    pub version: Version,
}

/// A version that somebody planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// On this platform; `None` on all.
    pub platform: Option<Platform>,
    /// The version.
    pub version: Version,
    /// The planned day of its branch or release, at noon UTC.
    pub planned_at: Option<Moment>,
    /// Whether the planner says that it is out.
    pub released: bool,
    /// Where to see it.
    pub link: Option<String>,
}

/// A share of all users in parts per million: 1 % is 10 000. Whole numbers, so that stored values have
/// no floating-point surprises, and 99.99 % is not 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(pub u32);

impl Share {
    /// Everybody.
    pub const ALL: Self = Self(1_000_000);
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// From a fraction between 0 and 1; never rounds up to everybody.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        if !(0.0..=1.0).contains(&fraction) {
            return None;
        }
        let parts = (fraction * 1_000_000.0).round() as u32;
        Some(if fraction < 1.0 { Self(parts.min(999_999)) } else { Self::ALL })
    }
    /// As the fraction that stores take.
    pub fn fraction(self) -> f64 {
        f64::from(self.0) / 1_000_000.0
    }
}

/// In per cent, with no more digits than it has: `1 %`, `0.5 %`, `99.99 %`.
impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        let digits = format!("{rest:04}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{whole} %"),
            digits => write!(f, "{whole}.{digits} %"),
        }
    }
}

/// Where a version is at the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorePhase {
    /// The store does not have it.
    Absent,
    /// It is being prepared and has not been submitted.
    Draft,
    /// It waits for a person to press Send or to answer a question in the console.
    NeedsPerson,
    /// Submitted; the review has not begun.
    WaitingForReview,
    /// Under review.
    InReview,
    /// Approved; not released.
    Approved,
    /// The store refused it.
    Rejected,
    /// Served to a share of the users.
    RollingOut,
    /// Its rollout stands still.
    Halted,
    /// Served to everybody.
    Complete,
    /// Another version took its place, or it was withdrawn for good.
    Replaced,
}

/// What a store has of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InStore {
    /// The version, where the store tells it.
    pub version: Option<Version>,
    /// The build numbers that it consists of.
    pub builds: Vec<String>,
    /// Its name at the store, for people.
    pub name: String,
    /// Where it is. `None`: the store used a word that we do not know, see `note`.
    pub phase: Option<StorePhase>,
    /// The share that was asked for.
    pub asked: Option<Share>,
    /// The share that is served; `None` if that is not known.
    pub served: Option<Share>,
    /// Since when it is in this phase, where the store tells.
    pub since: Option<Moment>,
    /// The store's own staged growth, if it has one.
    pub phased: Option<Phased>,
    /// Whether it waits for our request once it is approved. `false`: the store releases it by itself. `None`:
    /// the store does not tell, or knows no such thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_hand: Option<bool>,
    /// Whether a staged growth stands ready for its release. `false`: a release would reach everybody. `None`: the
    /// store does not tell, or knows no such thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phased_ready: Option<bool>,
    /// What a person should know: the store's own word, a rejection, a question to answer.
    pub note: Option<String>,
    /// Where to see it.
    pub link: Option<String>,
}

/// A release that the store grows by itself each day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phased {
    /// Day 1 to 7; 0 before it starts.
    pub day: u8,
    /// Whether it grows, stands, has ended, or has not begun.
    pub state: PhasedState,
    /// When it began.
    pub started_at: Option<Moment>,
    /// Days of pause used, of 30.
    pub paused_days: u32,
}

impl Phased {
    /// The shares that it serves on its days, from the first to the seventh.
    pub const SHARES: [Share; 7] = [
        Share(10_000),
        Share(20_000),
        Share(50_000),
        Share(100_000),
        Share(200_000),
        Share(500_000),
        Share::ALL,
    ];
    /// Days that it may be paused, all pauses together.
    pub const PAUSE_DAYS: u32 = 30;

    /// How many days of pause are left.
    pub fn pause_left(&self) -> u32 {
        Self::PAUSE_DAYS.saturating_sub(self.paused_days)
    }

    /// When it grows by itself, and to which share. `None` while it does not grow, or if the store did not tell
    /// when it began. Days of pause are told in whole days, so this may be up to a day early, never late.
    pub fn next_step(&self) -> Option<(Moment, Share)> {
        let share = *Self::SHARES.get(usize::from(self.day))?;
        let days = i64::from(self.day) + i64::from(self.paused_days);
        let at = self.started_at? + Span::hours(24 * days);
        (self.state == PhasedState::Active && self.day > 0).then_some((at, share))
    }
}

/// Whether a phased release grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhasedState {
    /// Set up, not begun.
    Inactive,
    /// Grows every 24 hours.
    Active,
    /// The next step is stopped.
    Paused,
    /// Served to everybody.
    Complete,
}

/// Who used a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Testers and beta users.
    Beta,
    /// The public.
    Production,
}

/// How a version behaves, as counts: rates are made of them where they are judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The version.
    pub version: Version,
    /// The build, if the source tells builds apart.
    pub build: Option<String>,
    /// Whose sessions.
    pub audience: Audience,
    /// Sessions begun.
    pub sessions: u64,
    /// Of those, ended by a crash. `None`: this source does not tell.
    pub crashed: Option<u64>,
    /// Of those, with the app not responding. `None`: this source does not tell.
    pub unresponsive: Option<u64>,
    /// Share of all users of the app who have it.
    pub adoption: Option<Share>,
    /// Where to see it.
    pub link: Option<String>,
}
