//! What happens in the world by itself: branches, commits, tests, builds, bugs, reviews, sessions, faults.

use super::{AREAS, Change, Made, Train, Trouble, World, shows::is_let_through};
use crate::faults::{Fates, Manner};
use conductor::observation::{Outcome, Share, StorePhase};
use conductor::process::Action;
use conductor::{Moment, Span, StoreKind, Version};

/// Something that happens at its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A release branch is cut.
    Branches {
        /// On which line.
        line: usize,
        /// The second number of the version.
        minor: u32,
    },
    /// Somebody commits to a branch.
    Commits {
        /// On which line.
        line: usize,
        /// To which version.
        version: Version,
        /// Whether the commit mends what crashes.
        mends: bool,
    },
    /// The tests of a commit end.
    TestsEnd {
        /// On which line.
        line: usize,
        /// Of which version.
        version: Version,
        /// The commit.
        sha: String,
    },
    /// A build of a commit is made.
    Built {
        /// On which line.
        line: usize,
        /// Of which version.
        version: Version,
        /// The commit.
        sha: String,
    },
    /// The branch is rewritten.
    Rewritten {
        /// On which line.
        line: usize,
        /// Which version.
        version: Version,
    },
    /// A blocking bug is filed.
    BugFiled {
        /// On which line.
        line: usize,
        /// Against which version.
        version: Version,
    },
    /// A bug is closed.
    BugClosed(usize),
    /// A review ends.
    ReviewEnds {
        /// On which line.
        line: usize,
        /// Of which version.
        version: Version,
        /// What its stand was when this was planned.
        nth: usize,
    },
    /// The App Store grows a rollout.
    Grows {
        /// On which line.
        line: usize,
        /// Of which version.
        version: Version,
        /// What its stand was when this was planned.
        nth: usize,
    },
    /// Sessions of the last hours are counted.
    Figures,
    /// A branch is deleted.
    Deleted {
        /// On which line.
        line: usize,
        /// Of which version.
        version: Version,
    },
    /// Somebody does something in a store's console.
    Console {
        /// On which line.
        line: usize,
        /// To which version.
        version: Version,
        /// What; `None`: withdraws it from review.
        action: Option<Action>,
    },
    /// A source begins to answer badly, and some time after another does.
    SourceFails,
    /// A source answers well again.
    SourceMends(&'static str),
    /// A store's list begins to lag.
    ShowsLate(usize),
    /// A store's list catches up.
    ShowsAgain(usize),
    /// People look at the board and do their part.
    PeopleLook,
    /// A person holds a train.
    Hold {
        /// On which line.
        line: usize,
        /// Which version.
        version: Version,
    },
    /// The store answers questions from a copy that falls behind.
    CopyLags,
    /// The copy catches up.
    CopyCatchesUp,
    /// A process starts in a place.
    Starts(usize),
    /// The clock of the process in a place leaps.
    Leaps(usize),
    /// All faults end.
    Heals,
    /// A request has landed.
    Landed,
    /// Some hours have passed; the conductors look, even if nothing happened.
    Hours,
}

/// Between two counts of sessions.
const COUNTED_EVERY: Span = Span::hours(6);
/// Sessions of testers in that time.
const BETA_SESSIONS: i64 = 1_000;
/// Sessions of all users in that time.
const SESSIONS: i64 = 500_000;

impl World {
    /// It happens. Whether it was the world's own, and not something for processes or for people in Signalbox.
    pub(crate) fn happens(&mut self, what: &Happening) -> bool {
        match what {
            Happening::Branches { line, minor } => self.branches(*line, *minor),
            Happening::Commits { line, version, mends } => self.commits(*line, version, *mends),
            Happening::TestsEnd { line, version, sha } => self.tests_end(*line, version, sha),
            Happening::Built { line, version, sha } => self.built(*line, version, sha),
            Happening::Rewritten { line, version } => self.rewritten(*line, version),
            Happening::BugFiled { line, version } => self.bug_filed(*line, version),
            Happening::BugClosed(number) => {
                let now = self.now();
                if let Some(bug) = self.bugs.iter_mut().find(|it| it.number == *number) {
                    bug.closed_at = Some(now);
                }
            }
            Happening::ReviewEnds { line, version, nth } => self.review_ends(*line, version, *nth),
            Happening::Grows { line, version, nth } => {
                if self.nth(*line, version) == *nth
                    && let Some(train) = self.train(*line, version)
                    && let Some(build) = train.stand().map(|it| it.build)
                {
                    let day = train.day + 1;
                    self.serve(*line, version, day, build);
                }
            }
            Happening::Figures => self.figures(),
            Happening::Deleted { line, version } => {
                if let Some(train) = self.train_mut(*line, version) {
                    train.branched = false;
                }
            }
            Happening::Console { line, version, action } => self.console(*line, version, *action),
            Happening::SourceFails => self.source_fails(),
            Happening::SourceMends(name) => {
                let now = self.now();
                if self.manners.remove(name).is_some() {
                    self.lied_until.insert(name, now);
                }
            }
            Happening::ShowsLate(line) => {
                let lag = self.dice.hours(0, 30);
                let again = self.dice.hours(1, 40);
                if let Some(line) = self.lines.get_mut(*line) {
                    line.lag = lag;
                }
                self.count("store list lagged");
                self.later(again, Happening::ShowsAgain(*line));
            }
            Happening::ShowsAgain(line) => {
                let now = self.now();
                if let Some(line) = self.lines.get_mut(*line) {
                    line.lag = Span::default();
                }
                self.lied_until.insert(crate::checks::shop(*line), now);
            }
            Happening::Landed | Happening::Hours => {}
            Happening::PeopleLook
            | Happening::Hold { .. }
            | Happening::CopyLags
            | Happening::CopyCatchesUp
            | Happening::Starts(_)
            | Happening::Leaps(_)
            | Happening::Heals => return false,
        }
        true
    }

    fn sha(&mut self) -> String {
        format!("{:016x}{:016x}", self.dice.bits(), self.dice.bits())
    }

    fn branches(&mut self, line: usize, minor: u32) {
        let Ok(version) = Version::parse(&format!("1.{minor}.0")) else { return };
        if self.now() > self.branches_until {
            return;
        }
        let next = self.dice.hours(4 * 24, 9 * 24);
        self.later(next, Happening::Branches { line, minor: minor + 1 });
        self.cut(line, &version);
    }

    /// Cuts a branch, and plans what will come over it.
    pub(crate) fn cut(&mut self, line: usize, version: &Version) {
        let now = self.now();
        let sha = self.sha();
        let mut train = Train::cut(now, sha);
        match self.dice.between(0, 9) {
            // It crashes for the public alone, or for everybody.
            0 => train.crash_ppm = (800, self.dice.between(20_000, 60_000).unsigned_abs()),
            1 => train.crash_ppm = (30_000, 30_000),
            _ => {}
        }
        let head = train.head().to_owned();
        if let Some(line) = self.lines.get_mut(line) {
            line.trains.insert(version.clone(), train);
        }
        self.try_commit(line, version, head);
        let commits = self.dice.between(0, 4);
        for _ in 0..commits {
            let (after, version) = (self.dice.hours(0, 72), version.clone());
            self.later(after, Happening::Commits { line, version, mends: false });
        }
        for (per_mille, hours) in [(500, 60), (300, 200), (100, 300)] {
            if self.dice.chance(per_mille) {
                let (after, version) = (self.dice.hours(0, hours), version.clone());
                self.later(after, Happening::BugFiled { line, version });
            }
        }
        if self.dice.chance(100) {
            let (after, version) = (self.dice.hours(1, 72), version.clone());
            self.later(after, Happening::Rewritten { line, version });
        }
        let Fates::Chance(kinds) = self.fates.clone() else { return };
        if kinds.consoles {
            for per_mille in [500, 300] {
                if self.dice.chance(per_mille) {
                    let (after, version) = (self.dice.hours(6, 240), version.clone());
                    let action = self.dice.pick(&CONSOLE).flatten();
                    self.later(after, Happening::Console { line, version, action });
                }
            }
        }
        if self.dice.chance(250) {
            let (after, version) = (self.dice.hours(1, 150), version.clone());
            self.later(after, Happening::Hold { line, version });
        }
    }

    fn try_commit(&mut self, line: usize, version: &Version, sha: String) {
        let tests = self.dice.minutes(10, 60);
        let build = self.dice.minutes(20, 90);
        let version = version.clone();
        self.later(tests, Happening::TestsEnd { line, version: version.clone(), sha: sha.clone() });
        self.later(build, Happening::Built { line, version, sha });
    }

    fn commits(&mut self, line: usize, version: &Version, mends: bool) {
        let now = self.now();
        let sha = self.sha();
        let area = self.dice.pick(&AREAS).unwrap_or("player");
        let area = if mends { "player" } else { area };
        let Some(train) = self.train_mut(line, version) else { return };
        if !train.branched || train.is_out() {
            return;
        }
        train.commits.push(Change { sha: sha.clone(), area });
        train.tests = Outcome::Running;
        train.untested_since.get_or_insert(now);
        if mends {
            train.crash_ppm = (800, 800);
        }
        if !is_let_through(area) {
            for made in &mut train.builds {
                made.stale_since.get_or_insert(now);
            }
        }
        self.try_commit(line, version, sha);
    }

    fn tests_end(&mut self, line: usize, version: &Version, sha: &str) {
        let failed = self.dice.chance(120);
        let Some(train) = self.train_mut(line, version) else { return };
        if train.head() != sha {
            return;
        }
        if failed {
            train.tests = Outcome::Failed;
            // Somebody runs them again.
            let after = self.dice.minutes(20, 300);
            let (version, sha) = (version.clone(), sha.to_owned());
            self.later(after, Happening::TestsEnd { line, version, sha });
        } else {
            train.tests = Outcome::Passed;
            train.untested_since = None;
        }
    }

    fn built(&mut self, line: usize, version: &Version, sha: &str) {
        let now = self.now();
        let verified = !self.dice.chance(50);
        let Some(number) = self.lines.get_mut(line).map(|line| {
            line.next_build += 1;
            line.next_build
        }) else {
            return;
        };
        let Some(train) = self.train_mut(line, version) else { return };
        let Some(at) = train.commits.iter().position(|it| it.sha == sha) else { return };
        let lacks = train.commits.iter().skip(at + 1).any(|it| !is_let_through(it.area));
        train.builds.push(Made {
            number,
            sha: sha.to_owned(),
            verified,
            at: now,
            stale_since: lacks.then_some(now),
            beta: (0, 0),
            public: (0, 0),
        });
        if !verified {
            let (after, version, sha) =
                (self.dice.minutes(30, 200), version.clone(), sha.to_owned());
            self.later(after, Happening::Built { line, version, sha });
        }
    }

    fn rewritten(&mut self, line: usize, version: &Version) {
        let now = self.now();
        let sha = self.sha();
        let Some(train) = self.train_mut(line, version) else { return };
        if !train.branched || train.is_out() {
            return;
        }
        train.commits = vec![Change { sha: sha.clone(), area: "player" }];
        train.tests = Outcome::Running;
        train.untested_since.get_or_insert(now);
        for made in &mut train.builds {
            made.stale_since.get_or_insert(now);
        }
        self.count("branch rewritten");
        self.try_commit(line, version, sha);
    }

    fn bug_filed(&mut self, line: usize, version: &Version) {
        let number = self.bugs.len() + 1;
        let filed_at = self.now();
        let bug = Trouble { number, version: version.clone(), line, filed_at, closed_at: None };
        self.bugs.push(bug);
        let after = self.dice.hours(1, 60);
        self.later(after, Happening::BugClosed(number));
    }

    fn figures(&mut self) {
        self.later(COUNTED_EVERY, Happening::Figures);
        let Self { lines, dice, .. } = self;
        for line in lines.iter_mut().filter(|it| it.store != StoreKind::Download) {
            for train in line.trains.values_mut() {
                let (phase, stand) = (train.phase(), train.stands.last().cloned());
                let share = match phase {
                    // Who has it keeps it.
                    StorePhase::RollingOut | StorePhase::Halted | StorePhase::Complete => {
                        stand.as_ref().and_then(|it| it.served).unwrap_or(Share::NONE)
                    }
                    _ => Share::NONE,
                };
                let (beta_ppm, public_ppm) = train.crash_ppm;
                let in_beta = train.branched && share == Share::NONE;
                let mut tested = 0;
                for made in train.builds.iter_mut().rev() {
                    if in_beta && made.verified && tested < 3 {
                        tested += 1;
                        add(&mut made.beta, BETA_SESSIONS, beta_ppm, dice);
                    }
                    if stand.as_ref().is_some_and(|it| it.build == made.number) {
                        let sessions = SESSIONS * i64::from(share.0) / i64::from(Share::ALL.0);
                        add(&mut made.public, sessions, public_ppm, dice);
                    }
                }
            }
        }
    }

    fn console(&mut self, line: usize, version: &Version, action: Option<Action>) {
        let build = self.train(line, version).and_then(Train::good_build);
        let came = match action {
            Some(action) => self.carry_out(line, version, action, build) == super::Came::Changed,
            None => {
                let Some(train) = self.train(line, version) else { return };
                let build = train.stand().map_or(0, |it| it.build);
                let in_review =
                    matches!(train.phase(), StorePhase::InReview | StorePhase::Approved);
                if in_review {
                    self.stand(line, version, StorePhase::Draft, None, build);
                }
                in_review
            }
        };
        if came {
            self.count("person acted in a console");
        }
    }

    fn source_fails(&mut self) {
        let next = self.dice.hours(1, 40);
        self.later(next, Happening::SourceFails);
        let sources = ["git", "tracker", "crashes", "shop-0", "shop-1"];
        let Some(name) = self.dice.pick(&sources) else { return };
        let slow = Span::millis(self.dice.between(500, 40_000));
        let manner = self.dice.pick(&[
            Manner::Down,
            Manner::Down,
            Manner::Slow(slow),
            Manner::Slow(slow),
            Manner::Wrong,
            Manner::Stale,
            Manner::Stale,
            Manner::Ahead,
            Manner::Behind,
            Manner::Partial,
        ]);
        let long =
            if self.dice.chance(200) { self.dice.hours(1, 30) } else { self.dice.minutes(5, 180) };
        self.count(match manner {
            Some(Manner::Down) | None => "source was down",
            Some(Manner::Slow(_)) => "source was slow",
            Some(Manner::Wrong) => "source was wrong",
            Some(Manner::Stale) => "source was stale",
            Some(Manner::Ahead | Manner::Behind) => "source lied about time",
            Some(Manner::Partial) => "source gave a part",
            Some(Manner::Good) => "source was good",
        });
        if self.manners.insert(name, manner.unwrap_or(Manner::Down)).is_some() {
            // One fault took the place of another: what it said until now may have been a lie.
            self.lied_until.insert(name, self.now());
        }
        self.later(long, Happening::SourceMends(name));
    }

    /// The blocking bugs of a train that have been to be seen since before a moment.
    pub(crate) fn known_bugs(&self, line: usize, version: &Version, before: Moment) -> usize {
        let ours = self.bugs.iter().filter(|it| it.line == line && it.version == *version);
        ours.filter(|it| it.closed_at.is_none() && it.filed_at + super::INDEX_LAG < before).count()
    }
}

/// What people do in consoles without being asked. `None` withdraws.
const CONSOLE: [Option<Action>; 6] = [
    Some(Action::SubmitForReview),
    Some(Action::StartRollout),
    Some(Action::CompleteRollout),
    Some(Action::PauseRollout),
    Some(Action::PauseRollout),
    None,
];

/// Adds sessions and their crashes, with a little chance in the latter.
fn add(to: &mut (u64, u64), sessions: i64, ppm: u64, dice: &mut crate::dice::Dice) {
    let sessions = sessions.unsigned_abs();
    let mean = sessions * ppm / 1_000_000;
    let spread = i64::try_from(mean.isqrt()).unwrap_or(0);
    let crashed = mean.saturating_add_signed(dice.between(-spread, spread));
    to.0 += sessions;
    to.1 += crashed.min(sessions);
}
