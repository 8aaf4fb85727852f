//! The closed set of conditions, and one exhaustive `judge`. Each answer carries its words, so that the
//! ledger which people read is the evaluation itself and not a copy.

mod bugs;
mod builds;
mod quality;
mod rollout;
mod sign_offs;

use crate::app::App;
use crate::facts::Facts;
use crate::finding::{Cause, Gauge, Owner, Verdict};
use crate::moment::{Moment, Span};
use crate::observation::{Audience, Build, StorePhase};
use crate::people::Interventions;
use crate::reading::{Fact, Reading, SourceId, Why};
use serde::{Deserialize, Serialize};

pub use sign_offs::{Vote, votes};

/// A predicate over facts. A closed, typed set, so that forms, explanations and tests can be exhaustive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
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
        /// Which teams may opt out, by id; all, if empty.
        #[serde(default)]
        may_opt_out: Vec<String>,
    },
    /// A rate holds against a threshold, judged with its uncertainty.
    Quality {
        /// Which rate.
        metric: Metric,
        /// Whose sessions.
        audience: Audience,
        /// The rate must be at least this, in parts per million: 99.8 % is 998 000.
        at_least_ppm: u32,
        /// Fewer sessions tell nothing.
        minimum_sample: u64,
        /// How it is judged.
        #[serde(default)]
        confidence: Confidence,
    },
    /// So many hours at this stage, pauses not counted.
    Soaked {
        /// How many.
        hours: u32,
    },
    /// The store has it in one of these phases.
    Store {
        /// Which.
        is: Vec<StorePhase>,
    },
    /// A release window is open, and no freeze is on.
    Window {
        /// The window's name in settings.
        name: String,
    },
    /// No other track of this line is in the way.
    LineClear,
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
    /// How long the track has been at its stage, pauses not counted, and what share is served there.
    pub(crate) soaked: Span,
    pub(crate) max_age: Span,
    pub(crate) now: Moment,
}

/// A condition's answer with its words, before since-when and waivers are laid over it.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
    pub(crate) why: Option<Why>,
    pub(crate) title: String,
    pub(crate) value: String,
    pub(crate) threshold: String,
    pub(crate) detail: String,
    pub(crate) sample: Option<u64>,
    pub(crate) gauge: Option<Gauge>,
    pub(crate) source: Option<SourceId>,
    pub(crate) observed_at: Option<Moment>,
    pub(crate) link: Option<String>,
    pub(crate) owner: Owner,
    /// The headline while it is not met: `Waiting for 2 sign-offs: Playback, Ads`.
    pub(crate) waits: String,
    pub(crate) next_step: String,
    pub(crate) cause: Option<Cause>,
}

impl Judged {
    pub(crate) fn new(
        verdict: Verdict,
        title: &str,
        value: impl Into<String>,
        threshold: impl Into<String>,
    ) -> Self {
        Self {
            verdict,
            why: None,
            title: title.to_owned(),
            value: value.into(),
            threshold: threshold.into(),
            detail: String::new(),
            sample: None,
            gauge: None,
            source: None,
            observed_at: None,
            link: None,
            owner: Owner::default(),
            waits: String::new(),
            next_step: String::new(),
            cause: None,
        }
    }

    /// An answer that nobody can give now: says what is missing, on which source, and what helps.
    pub(crate) fn unknown<T>(
        title: &str,
        threshold: &str,
        why: Why,
        fact: &Fact<T>,
        last: Option<String>,
    ) -> Self {
        let source = fact.source().cloned();
        let name = source.as_ref().map_or("a source", SourceId::as_str).to_owned();
        let (waits, next_step) = missing_words(&why, title, &name);
        Self {
            why: Some(why),
            value: last
                .map_or_else(|| "no answer".to_owned(), |last| format!("unknown, last {last}")),
            observed_at: fact.last().map(|reading| reading.observed_at),
            link: fact.last().and_then(|reading| reading.link.clone()),
            owner: Owner::named(name),
            source,
            waits,
            next_step,
            ..Self::new(Verdict::Unknown, title, "", threshold)
        }
    }

    pub(crate) fn from_reading<T>(mut self, reading: &Reading<T>) -> Self {
        self.source = Some(reading.source.clone());
        self.observed_at = Some(reading.observed_at);
        if self.link.is_none() {
            self.link.clone_from(&reading.link);
        }
        self
    }
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
    pub(crate) fn link(mut self, link: Option<String>) -> Self {
        self.link = link;
        self
    }
    pub(crate) fn owner(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }
    pub(crate) fn waits(mut self, waits: impl Into<String>, next_step: impl Into<String>) -> Self {
        self.waits = waits.into();
        self.next_step = next_step.into();
        self
    }
    pub(crate) fn why(mut self, why: Why) -> Self {
        self.why = Some(why);
        self
    }
    pub(crate) fn cause(mut self, cause: Cause) -> Self {
        self.cause = Some(cause);
        self
    }
}

/// The headline and the next step for what is not known.
fn missing_words(why: &Why, title: &str, source: &str) -> (String, String) {
    let what = crate::explain::lower_first(title);
    match why {
        Why::NotConfigured => (
            format!("No source tells: {what}"),
            "configure a source for it, or take the condition out of the process".to_owned(),
        ),
        Why::NotReadYet => {
            (format!("Not read yet from {source}: {what}"), "it is read within one tick".to_owned())
        }
        Why::Fault { message } => (format!("{source} gives no answer: {what}"), message.clone()),
        Why::NoData => (
            format!("{source} has no data yet: {what}"),
            format!("it is read from {source} as soon as it is there"),
        ),
        Why::Partial => (
            format!("{source} gave only a part of its list: {what}"),
            "it is read again with the next tick".to_owned(),
        ),
        Why::Expired => (
            format!("What {source} said is too old: {what}"),
            format!("see why {source} has nothing newer"),
        ),
        Why::FromTheFuture => (
            format!("The clock of {source} is ahead: {what}"),
            format!("set the clock of {source}, or ours"),
        ),
        Why::UnderSampled => {
            (format!("Too few sessions to judge: {what}"), "wait for more sessions".to_owned())
        }
        Why::Contradiction { message } => {
            (format!("Sources contradict each other: {what}"), message.clone())
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
            Self::SignedOff { teams, may_opt_out } => {
                sign_offs::signed_off(case, teams, may_opt_out)
            }
            Self::Quality { metric, audience, at_least_ppm, minimum_sample, confidence } => {
                quality::judge(
                    case,
                    &quality::Ask {
                        metric: *metric,
                        audience: *audience,
                        at_least_ppm: *at_least_ppm,
                        minimum_sample: *minimum_sample,
                        confidence: *confidence,
                    },
                )
            }
            Self::Soaked { hours } => rollout::soaked(case, *hours),
            Self::Store { is } => rollout::store(case, is),
            Self::Window { name } => rollout::window(case, name),
            Self::LineClear => rollout::line_clear(case),
            Self::All { of } => combine(of.iter().map(|part| part.judge(case)).collect(), true),
            Self::Any { of } => combine(of.iter().map(|part| part.judge(case)).collect(), false),
            Self::Not { of } => negate(of.judge(case)),
        }
    }

    /// What is wrong with its numbers and parts, in words.
    pub(crate) fn flaws(&self) -> Vec<String> {
        match self {
            Self::Quality { at_least_ppm, minimum_sample, .. } => {
                let mut flaws = Vec::new();
                if *at_least_ppm == 0 || *at_least_ppm >= 1_000_000 {
                    flaws.push(format!(
                        "at_least_ppm is {at_least_ppm}; give a rate between 1 and 999999 parts per million (99.8 % is 998000)"
                    ));
                } else if *at_least_ppm < 500_000 {
                    flaws.push(format!(
                        "at_least_ppm is {at_least_ppm}, less than half: it is the share of good sessions, not of crashes (99.8 % is 998000)"
                    ));
                }
                if *minimum_sample == 0 {
                    flaws.push(
                        "minimum_sample is 0; a rate of no sessions tells nothing, give at least 1"
                            .into(),
                    );
                }
                flaws
            }
            Self::Soaked { hours: 0 } => {
                vec!["hours is 0; take the condition out, or give at least 1".into()]
            }
            Self::Store { is } if is.is_empty() => {
                vec!["`is` is empty, so it can never be met; name at least one phase".into()]
            }
            Self::Window { name } if name.is_empty() => vec!["the window has no name".into()],
            Self::All { of } | Self::Any { of } if of.is_empty() => {
                vec!["`of` is empty; put at least one condition in".into()]
            }
            Self::All { of } | Self::Any { of } => of.iter().flat_map(Self::flaws).collect(),
            Self::Not { of } => of.flaws(),
            Self::TestsPassed { .. }
            | Self::BuildContainsLatest { .. }
            | Self::BuildVerified
            | Self::BuildUploaded
            | Self::BlockingBugs { .. }
            | Self::SignedOff { .. }
            | Self::Soaked { .. }
            | Self::Store { .. }
            | Self::Window { .. }
            | Self::LineClear => Vec::new(),
        }
    }

    /// Collects the release windows that it names.
    pub fn window_names(&self, names: &mut std::collections::BTreeSet<String>) {
        match self {
            Self::Window { name } => drop(names.insert(name.clone())),
            Self::All { of } | Self::Any { of } => {
                for part in of {
                    part.window_names(names);
                }
            }
            Self::Not { of } => of.window_names(names),
            _ => {}
        }
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

/// Joins parts: the part that decides gives the words.
fn combine(mut parts: Vec<Judged>, all: bool) -> Judged {
    let verdicts = parts.iter().map(|part| part.verdict);
    let verdict = if all { Verdict::all(verdicts) } else { Verdict::any(verdicts) };
    let word = if all { " and " } else { " or " };
    let title = parts.iter().map(|part| part.title.clone()).collect::<Vec<_>>().join(word);
    let met = parts.iter().filter(|part| part.verdict == Verdict::Met).count();
    let (value, threshold) = (
        format!("{met} of {} met", parts.len()),
        if all { "needs all" } else { "needs one" }.to_owned(),
    );
    match parts.iter().position(|part| part.verdict == verdict) {
        Some(index) => {
            let decides = parts.swap_remove(index);
            let detail = format!("{}: {}", decides.title, decides.value);
            Judged {
                verdict,
                title,
                value,
                threshold,
                detail,
                sample: None,
                gauge: None,
                ..decides
            }
        }
        None => Judged::new(verdict, "nothing asked", value, threshold)
            .waits("A condition has no parts", "take it out of the process, or give it parts")
            .owner(Owner::named("an admin")),
    }
}

fn negate(part: Judged) -> Judged {
    let title = format!("Not: {}", crate::explain::lower_first(&part.title));
    Judged {
        verdict: part.verdict.not(),
        threshold: format!("must not be: {}", part.threshold),
        waits: if part.waits.is_empty() {
            format!("Waits while it holds: {}", part.title)
        } else {
            part.waits
        },
        next_step: if part.next_step.is_empty() {
            "it must stop holding".to_owned()
        } else {
            part.next_step
        },
        owner: if part.owner.name.is_empty() { Owner::named("an admin") } else { part.owner },
        title,
        ..part
    }
}
