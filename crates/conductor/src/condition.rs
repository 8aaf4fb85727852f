//! The closed set of conditions, and one exhaustive `judge`. Each answer carries its words, so that the
//! ledger which people read is the evaluation itself and not a copy.

mod bugs;
mod builds;
mod flaws;
mod judged;
mod named;
mod people;
mod quality;
mod ready;
mod rollout;
mod sign_offs;
mod window;

use crate::app::App;
use crate::decide::Resumed;
use crate::facts::Facts;
use crate::moment::{Moment, Span};
use crate::observation::{Audience, Build, Health, Share, StorePhase, Value};
use crate::people::Interventions;
use crate::reading::Reading;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

pub(crate) use judged::Judged;
use judged::{combine, negate};
pub(crate) use sign_offs::asks_sign_offs;
pub use sign_offs::{Voids, Vote, votes};

/// A predicate over facts. A closed, typed set, so that forms, explanations and tests can be exhaustive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "kind"))]
pub enum Condition {
    /// The tests passed on the branch's newest commit.
    TestsPassed {
        /// Their names; all that ran, if empty.
        #[serde(default)]
        suites: Vec<String>,
    },
    /// The build holds the branch's newest commit.
    BuildContainsLatest {
        /// Areas whose commits may be missing: a version bump, notes, translations.
        #[serde(default)]
        let_through: Vec<String>,
    },
    /// The build system says that the build is good.
    BuildVerified,
    /// The store, or the distribution, has the build.
    BuildUploaded,
    /// At most so many open bugs that block, as the app defines it.
    BlockingBugs {
        /// How many are allowed.
        #[serde(default)]
        at_most: u32,
    },
    /// Every team signed the candidate off.
    SignedOff {
        /// Which teams, by id; all of the app, if empty.
        #[serde(default)]
        teams: Vec<String>,
        /// Which teams may opt out, by id; all if it is not given, nobody if it is empty.
        #[serde(default)]
        may_opt_out: Option<Vec<String>>,
        /// How many people of each team it takes.
        #[serde(default = "one")]
        quorum: u32,
        /// What makes a sign-off void.
        #[serde(default)]
        voided_by: Voids,
    },
    /// A rate holds against a threshold or against the version before, judged with its uncertainty.
    Quality {
        /// Which rate.
        metric: Metric,
        /// Whose sessions.
        audience: Audience,
        /// The rate must be at least this, in parts per million: 99.8 % is 998 000. Not asked if it is 0.
        #[serde(default)]
        at_least_ppm: u32,
        /// The rate must not be worse than that of the version before.
        #[serde(default)]
        versus_previous: Option<Versus>,
        /// Fewer sessions tell nothing.
        minimum_sample: u64,
        /// How it is judged.
        #[serde(default)]
        confidence: Confidence,
    },
    /// So many hours at this stage, or at a share, pauses not counted.
    Soaked {
        /// How many.
        hours: u32,
        /// At this share at least, in parts per million, instead of the stage: 1 % is 10 000.
        #[serde(default)]
        at_ppm: Option<Share>,
    },
    /// The store has it in one of these phases, or prepared in these ways.
    Store {
        /// Which; any, if empty.
        #[serde(default)]
        is: Vec<StorePhase>,
        /// Whether it must wait for our request after its approval.
        #[serde(default)]
        by_hand: bool,
        /// Whether a staged growth must stand ready for its release.
        #[serde(default)]
        phased: bool,
    },
    /// A release window is open, and no freeze is on.
    Window {
        /// The window's name in settings.
        name: String,
    },
    /// No other track of this line is in the way.
    LineClear {
        /// Whether it supersedes an older version in rollout instead of waiting for it.
        #[serde(default)]
        supersedes: bool,
    },
    /// Compliance checks have passed.
    Compliance {
        /// Their names; all that are told, if empty.
        #[serde(default)]
        checks: Vec<String>,
    },
    /// People ticked each item.
    Checklist {
        /// The items.
        items: Vec<String>,
        /// Whether a tick counts only for the build that it was given for.
        #[serde(default)]
        each_build: bool,
    },
    /// People in a role said yes.
    Approved {
        /// The role, as the app's settings name it.
        role: String,
        /// How many of them.
        #[serde(default = "one")]
        at_least: u32,
        /// Whether a yes counts only for the build that it was given for.
        #[serde(default)]
        each_build: bool,
    },
    /// The answer of a metrics source to a named query lies within bounds.
    Metric {
        /// The query's name.
        name: String,
        /// At least this.
        #[serde(default)]
        at_least: Option<Value>,
        /// At most this.
        #[serde(default)]
        at_most: Option<Value>,
        /// Fewer cases tell nothing; 0: the source need not tell how many there were.
        #[serde(default)]
        minimum_sample: u64,
    },
    /// What was pushed or polled under a name lies within bounds, or says what it must.
    Reading {
        /// Its name.
        name: String,
        /// A number of at least this.
        #[serde(default)]
        at_least: Option<Value>,
        /// A number of at most this.
        #[serde(default)]
        at_most: Option<Value>,
        /// A truth or a text that is this.
        #[serde(default)]
        is: Option<Value>,
    },
    /// A feature flag stands as it must.
    Flag {
        /// Its name.
        name: String,
        /// On, off, or a variant.
        #[serde(default = "on")]
        is: Value,
    },
    /// The store has what it asks for beside the build.
    StoreReady {
        /// The languages that need release notes; those that it is offered in, if empty.
        #[serde(default)]
        locales: Vec<String>,
        /// Whether its declarations must be given.
        #[serde(default = "yes")]
        declarations: bool,
        /// Whether the reviewer must be able to sign in.
        #[serde(default = "yes")]
        reviewer_access: bool,
    },
    /// The fixes on the release branch are on the main branch.
    Backmerged {
        /// How many commits may be missing there.
        #[serde(default)]
        at_most: u32,
    },
    /// All parts hold.
    All {
        /// The parts.
        of: Vec<Condition>,
    },
    /// At least one part holds.
    Any {
        /// The parts.
        of: Vec<Condition>,
    },
    /// The part does not hold.
    Not {
        /// The part.
        of: Box<Condition>,
    },
}

fn one() -> u32 {
    1
}
fn yes() -> bool {
    true
}
fn on() -> Value {
    Value::new("true")
}

/// How a rate is held against that of the version before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Versus {
    /// How much worse it may be, in parts per million: 0.1 % is 1 000.
    pub tolerance_ppm: u32,
    /// Whether it is held against the version before as that was at the same age of its rollout, instead of in the
    /// same hours. The other of the two is told beside.
    #[serde(default)]
    pub at_same_age: bool,
}

/// A rate of good sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Sessions that did not end in a crash.
    CrashFree,
    /// Sessions in which the app went on responding (no ANR, no hang).
    Responsive,
}

/// How a rate is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// By a confidence sequence at α = 5 %: it may be looked at as often as one likes.
    #[default]
    Sequence,
    /// By the plain rate.
    Point,
}

/// All that a condition may look at.
pub(crate) struct Case<'a> {
    pub(crate) app: &'a App,
    pub(crate) facts: &'a Facts,
    pub(crate) people: &'a Interventions,
    /// The build that is asked about: the candidate, or the newest before there is one.
    pub(crate) build: Option<&'a Build>,
    /// How long the track has been at its stage, pauses not counted.
    pub(crate) soaked: Span,
    /// How long each share has been served, pauses not counted.
    pub(crate) at_share: &'a BTreeMap<Share, Span>,
    /// When it was first served to the users that it is judged by; `None` if that is not asked at its stage.
    pub(crate) served_since: Option<Moment>,
    /// A person's resume, where only what came after it is asked about: of guards.
    pub(crate) resumed: Option<&'a Resumed>,
    pub(crate) max_age: Span,
    pub(crate) now: Moment,
}

impl Case<'_> {
    /// The sessions of a reading that are asked about.
    pub(crate) fn asked<'b>(&self, reading: &'b Reading<Vec<Health>>) -> Cow<'b, [Health]> {
        match self.resumed {
            Some(resumed) => Cow::Owned(resumed.news(reading)),
            None => Cow::Borrowed(&reading.value),
        }
    }
}

impl Condition {
    /// Judges the condition. Total and pure.
    pub(crate) fn judge(&self, case: &Case<'_>) -> Judged {
        match self {
            Self::TestsPassed { suites } => builds::tests_passed(case, suites),
            Self::BuildContainsLatest { let_through } => builds::contains_latest(case, let_through),
            Self::BuildVerified => builds::verified(case),
            Self::BuildUploaded => builds::uploaded(case),
            Self::BlockingBugs { at_most } => bugs::blocking(case, *at_most),
            Self::SignedOff { teams, may_opt_out, quorum, voided_by } => sign_offs::signed_off(
                case,
                &sign_offs::Asked { teams, quorum: *quorum, voided_by: *voided_by },
                may_opt_out.as_deref(),
            ),
            Self::Quality {
                metric,
                audience,
                at_least_ppm,
                versus_previous,
                minimum_sample,
                confidence,
            } => quality::judge(
                case,
                &quality::Ask {
                    metric: *metric,
                    audience: *audience,
                    at_least_ppm: *at_least_ppm,
                    versus: *versus_previous,
                    minimum_sample: *minimum_sample,
                    confidence: *confidence,
                },
            ),
            Self::Soaked { hours, at_ppm } => rollout::soaked(case, *hours, *at_ppm),
            Self::Store { is, by_hand, phased } => rollout::store(case, is, *by_hand, *phased),
            Self::Window { name } => window::judge(case, name),
            Self::LineClear { supersedes } => rollout::line_clear(case, *supersedes),
            Self::Compliance { checks } => named::compliance(case, checks),
            Self::Checklist { items, each_build } => people::checklist(case, items, *each_build),
            Self::Approved { role, at_least, each_build } => {
                people::approved(case, role, *at_least, *each_build)
            }
            Self::Metric { name, at_least, at_most, minimum_sample } => named::judge(
                case,
                &case.facts.metrics,
                name,
                &named::Ask {
                    at_least: at_least.as_ref(),
                    at_most: at_most.as_ref(),
                    is: None,
                    minimum_sample: *minimum_sample,
                },
            ),
            Self::Reading { name, at_least, at_most, is } => named::judge(
                case,
                &case.facts.named,
                name,
                &named::Ask {
                    at_least: at_least.as_ref(),
                    at_most: at_most.as_ref(),
                    is: is.as_ref(),
                    minimum_sample: 0,
                },
            ),
            Self::Flag { name, is } => named::flag(case, name, is),
            Self::StoreReady { locales, declarations, reviewer_access } => {
                ready::store_ready(case, locales, *declarations, *reviewer_access)
            }
            Self::Backmerged { at_most } => ready::backmerged(case, *at_most),
            Self::All { of } => combine(of.iter().map(|part| part.judge(case)).collect(), true),
            Self::Any { of } => combine(of.iter().map(|part| part.judge(case)).collect(), false),
            Self::Not { of } => negate(of.judge(case)),
        }
    }

    /// It, and the parts that it is made of, with where each stands in it: `of.1`.
    pub fn parts(&self) -> Vec<(String, &Self)> {
        let mut all = vec![(String::new(), self)];
        let mut add = |at: String, part| {
            all.extend(Self::parts(part).into_iter().map(|(path, it)| (format!("{at}{path}"), it)));
        };
        match self {
            Self::All { of } | Self::Any { of } => {
                for (index, part) in of.iter().enumerate() {
                    add(format!(".of.{index}"), part);
                }
            }
            Self::Not { of } => add(".of".to_owned(), of),
            _ => {}
        }
        all
    }

    /// Whether it is about quality, for the quality lamp.
    pub fn is_quality(&self) -> bool {
        match self {
            Self::Quality { .. } => true,
            Self::All { of } | Self::Any { of } => of.iter().any(Self::is_quality),
            Self::Not { of } => of.is_quality(),
            _ => false,
        }
    }
}
