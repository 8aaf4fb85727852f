//! Releases that are over, as insights look back on them: which stages a track went through and when, its candidates,
//! and what is odd about it. What is odd is kept and marked, and a time that it spoils is left open.
//!
//! Where it was told (a history file, git, our own memory) is for others; what it adds up to is [`crate::insights`]'s.

use crate::moment::{Moment, Span};
use crate::track::{Kind, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Marks that spoil a time. Any other mark is kept and shown.
pub mod mark {
    /// A stray candidate precedes the branch: nothing that begins at the branch can be told.
    pub const STRAY: &str = "branched-after-candidate";
    /// The release has no time of its own.
    pub const END_UNKNOWN: &str = "release-time-unknown";
    /// A candidate is later than the release.
    pub const LATE_CANDIDATE: &str = "candidate-after-release";
    /// It was released before its branch.
    pub const BACKWARDS: &str = "released-before-branch";
    /// It had candidates and was never released.
    pub const NEVER: &str = "no-final-tag";
}

/// A moment with what clocks showed where the people were: weekdays, nights and months are theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalMoment {
    /// The moment.
    pub at: Moment,
    /// How far their clocks were ahead of UTC.
    pub offset: Span,
}

/// A build that was offered for release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastCandidate {
    /// Its name, as it was written.
    pub name: String,
    /// When.
    pub at: LocalMoment,
}

/// A stage that was gone through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastStage {
    /// Its name for people.
    pub title: String,
    /// When it was entered.
    pub entered: LocalMoment,
    /// When it was left; `None` where that cannot be told, or the time in between means nothing.
    pub left: Option<LocalMoment>,
}

/// One version that was released, given up, or was under way when last heard of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastRelease {
    /// App, platform and version.
    pub track: TrackId,
    /// Regular, or a hotfix.
    pub kind: Kind,
    /// Since when its branch existed.
    pub branched: LocalMoment,
    /// In the order of time.
    pub candidates: Vec<PastCandidate>,
    /// When it was released, whatever its source calls so.
    pub released: Option<LocalMoment>,
    /// Whether it was under way when its source was read.
    pub in_flight: bool,
    /// In the order of time.
    pub stages: Vec<PastStage>,
    /// What is odd about it, in words like those of [`mark`].
    pub oddities: BTreeSet<String>,
}

/// What git tells of one release.
#[derive(Clone, Debug)]
pub struct FromGit {
    /// App, platform and version.
    pub track: TrackId,
    /// Regular, or a hotfix.
    pub kind: Kind,
    /// Since when its branch existed.
    pub branched: LocalMoment,
    /// Tags of candidates, in any order.
    pub candidates: Vec<PastCandidate>,
    /// The final tag.
    pub released: Option<LocalMoment>,
    /// Whether it was under way.
    pub in_flight: bool,
    /// What was found odd already.
    pub oddities: BTreeSet<String>,
}

/// The stages that git tells apart: the branch without a candidate, candidate after candidate, and the last one
/// until it was released.
pub const GIT_STAGES: [&str; 3] = ["Release branched", "Candidates", "Final release candidate"];

impl LocalMoment {
    /// Days since the first of 1970 on their calendar.
    pub fn day(self) -> i64 {
        self.local_millis().div_euclid(86_400_000)
    }
    /// The hour that their clocks showed, from 0 to 23.
    pub fn hour(self) -> i64 {
        self.local_millis().rem_euclid(86_400_000) / 3_600_000
    }
    /// Whether it was a Saturday or Sunday there.
    pub fn is_weekend(self) -> bool {
        is_weekend(self.day())
    }
    /// The moment at which clocks in UTC show what theirs showed, for calendars that know no offset.
    pub fn as_shown(self) -> Moment {
        Moment::from_millis(self.local_millis())
    }
    fn local_millis(self) -> i64 {
        self.at.millis().saturating_add(self.offset.as_millis())
    }
}

/// Whether a day since the first of 1970, which was a Thursday, is a Saturday or Sunday.
pub(crate) fn is_weekend(day: i64) -> bool {
    (day + 3).rem_euclid(7) > 4
}

impl PastRelease {
    /// A release as git tells it. What it marks itself is what spoils a time, where nobody marked it before.
    pub fn from_git(git: FromGit) -> Self {
        let FromGit { track, kind, branched, mut candidates, released, in_flight, mut oddities } =
            git;
        candidates.sort_by_key(|it| it.at.at);
        let first = candidates.first().map(|it| it.at);
        let last = candidates.last().map(|it| it.at);
        let mut put = |word: &str, is_so: bool| {
            if is_so {
                oddities.insert(word.to_owned());
            }
        };
        put(mark::STRAY, first.is_some_and(|it| it.at < branched.at));
        put(mark::BACKWARDS, released.is_some_and(|it| it.at < branched.at));
        put(mark::NEVER, released.is_none() && !in_flight);
        put(
            mark::LATE_CANDIDATE,
            last.zip(released).is_some_and(|(last, released)| last.at > released.at),
        );
        let stages = git_stages(branched, &candidates, released, &oddities);
        Self { track, kind, branched, candidates, released, in_flight, stages, oddities }
    }

    /// From branch to release, where that can be told.
    pub fn took(&self) -> Option<Span> {
        if self.has(mark::STRAY) || self.has(mark::BACKWARDS) {
            return None;
        }
        self.released.map(|it| it.at - self.branched.at)
    }

    /// Whether it carries this mark.
    pub fn has(&self, mark: &str) -> bool {
        self.oddities.contains(mark)
    }
}

fn git_stages(
    branched: LocalMoment,
    candidates: &[PastCandidate],
    released: Option<LocalMoment>,
    oddities: &BTreeSet<String>,
) -> Vec<PastStage> {
    let is = |mark: &str| oddities.contains(mark);
    let (Some(first), Some(last)) = (candidates.first(), candidates.last()) else {
        return Vec::new(); // Without a candidate nothing tells one stage from the next.
    };
    let [on_branch, trying, waiting] = GIT_STAGES;
    let stage = |title: &str, entered, left: Option<LocalMoment>| PastStage {
        title: title.to_owned(),
        entered,
        left,
    };
    let sound = !is(mark::STRAY);
    let mut stages = vec![stage(on_branch, branched, sound.then_some(first.at))];
    if let Some(released) = released {
        let ends = !is(mark::END_UNKNOWN) && !is(mark::LATE_CANDIDATE);
        stages.push(stage(trying, first.at, sound.then_some(last.at)));
        stages.push(stage(waiting, last.at, ends.then_some(released)));
    }
    stages
}

#[cfg(test)]
mod tests;
