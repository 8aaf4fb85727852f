//! What a condition asks, in words: what it is called, and each of its thresholds with its unit. Exhaustive, so that a new
//! condition cannot be left out.

use conductor::condition::{Condition, Confidence, Metric, Versus, Voids};
use conductor::explain::{capital, count, grouped, lower_first, phase_words};
use conductor::observation::{Audience, Share, Value};

/// A condition in words.
pub(super) struct Words {
    /// What is asked.
    pub(super) title: String,
    /// Its thresholds: what each is called, and its value with the unit.
    pub(super) needs: Vec<(&'static str, String)>,
    /// Who usually can change it.
    pub(super) owner: &'static str,
    /// The parts that it is made of.
    pub(super) parts: Vec<Self>,
}

impl Words {
    fn new(title: impl Into<String>, owner: &'static str) -> Self {
        Self { title: title.into(), needs: Vec::new(), owner, parts: Vec::new() }
    }

    fn need(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.needs.push((name, value.into()));
        self
    }

    fn need_if(self, is_so: bool, name: &'static str, value: impl Into<String>) -> Self {
        if is_so { self.need(name, value) } else { self }
    }

    fn bound(self, name: &'static str, value: Option<&Value>) -> Self {
        match value {
            Some(value) => self.need(name, value.as_str()),
            None => self,
        }
    }

    fn parts(title: &'static str, of: &[Condition]) -> Self {
        Self { parts: of.iter().map(words).collect(), ..Self::new(title, "whoever owns the parts") }
    }
}

/// What a condition asks.
pub(super) fn words(condition: &Condition) -> Words {
    match condition {
        Condition::TestsPassed { suites } => {
            Words::new("Tests passed on the latest commit", "the source of the tests")
                .need("Suites", all_or(suites, "all that ran"))
        }
        Condition::BuildContainsLatest { let_through } => {
            Words::new("Build contains the latest commit", "the build system")
                .need("May be missing: commits that touch only", all_or(let_through, "nothing"))
        }
        Condition::BuildVerified => Words::new("The build is verified", "the build system"),
        Condition::BuildUploaded => Words::new("The store has the build", "the build system"),
        Condition::BlockingBugs { at_most } => {
            Words::new("Open blocking bugs", "the source of the bugs")
                .need("At most", count(u64::from(*at_most), "bug"))
        }
        Condition::SignedOff { teams, may_opt_out, quorum, voided_by } => {
            Words::new("Signed off by teams", "the teams")
                .need("Teams", all_or(teams, "every team of the app"))
                .need(
                    "Of each team",
                    count(u64::from(*quorum), "person").replace("persons", "people"),
                )
                .need(
                    "May opt out",
                    match may_opt_out {
                        None => "every team".to_owned(),
                        Some(teams) => all_or(teams, "nobody"),
                    },
                )
                .need(
                    "Made void by",
                    match voided_by {
                        Voids::Areas => "a commit in the team’s areas",
                        Voids::AnyCommit => "any new candidate",
                        Voids::Nothing => "nothing",
                    },
                )
        }
        Condition::Quality {
            metric,
            audience,
            at_least_ppm,
            versus_previous,
            minimum_sample,
            confidence,
        } => {
            let title = format!("{}, {}", rate(*metric), whose(*audience));
            let words = Words::new(title, "the app’s owner").need_if(
                *at_least_ppm > 0,
                "At least",
                Share(*at_least_ppm).to_string(),
            );
            versus(words, *versus_previous)
                .need("From at least", format!("{} sessions", grouped(*minimum_sample)))
                .need(
                    "Judged by",
                    match confidence {
                        Confidence::Sequence => "a confidence sequence at 5 %",
                        Confidence::Point => "the plain rate",
                    },
                )
        }
        Condition::Soaked { hours, at_ppm } => {
            let title = match at_ppm {
                Some(share) => format!("Soaked at {share}"),
                None => "Soaked at this stage".to_owned(),
            };
            Words::new(title, "time").need("For", format!("{hours} h, pauses not counted"))
        }
        Condition::Store { is, by_hand, phased } => {
            let phases: Vec<String> = is.iter().map(|it| phase_words(*it).to_owned()).collect();
            Words::new("State at the store", "the store")
                .need_if(!is.is_empty(), "Is", phases.join(" or "))
                .need_if(*by_hand, "After approval", "it waits for our request")
                .need_if(*phased, "Rollout", "a staged one stands ready")
        }
        Condition::Window { name } => {
            Words::new("Inside the release window", "the calendar").need("Window", name.clone())
        }
        Condition::LineClear { supersedes } => {
            Words::new("No other version is in the way", "the version ahead").need(
                "An older version in rollout",
                if *supersedes { "is replaced" } else { "is waited for" },
            )
        }
        Condition::Compliance { checks } => {
            Words::new("Compliance checks passed", "the release team")
                .need("Checks", all_or(checks, "all that are told"))
        }
        Condition::Checklist { items, each_build } => {
            Words::new("Checklist ticked", "the release team")
                .need("Items", items.join(", "))
                .need("A tick counts", for_build(*each_build))
        }
        Condition::Approved { role, at_least, each_build } => {
            Words::new(format!("Approved by {role}"), "who has the role")
                .need("At least", count(u64::from(*at_least), "approval"))
                .need("A yes counts", for_build(*each_build))
        }
        Condition::Metric { name, at_least, at_most, minimum_sample } => {
            Words::new(format!("Metric {name}"), "the source of the metric")
                .bound("At least", at_least.as_ref())
                .bound("At most", at_most.as_ref())
                .need_if(
                    *minimum_sample > 0,
                    "From at least",
                    format!("{} cases", grouped(*minimum_sample)),
                )
        }
        Condition::Reading { name, at_least, at_most, is } => {
            Words::new(format!("Reading {name}"), "who sends it")
                .bound("At least", at_least.as_ref())
                .bound("At most", at_most.as_ref())
                .bound("Is", is.as_ref())
        }
        Condition::Flag { name, is } => {
            Words::new(format!("Feature flag {name}"), "who keeps the flags").need(
                "Is",
                match is.as_str() {
                    "true" => "on",
                    "false" => "off",
                    other => other,
                },
            )
        }
        Condition::StoreReady { locales, declarations, reviewer_access } => {
            Words::new("The store has what it asks for", "the release team")
                .need("Release notes in", all_or(locales, "each language that it is offered in"))
                .need_if(*declarations, "Declarations", "given")
                .need_if(*reviewer_access, "The reviewer", "can sign in")
        }
        Condition::Backmerged { at_most } => {
            Words::new("Fixes are on the main branch", "who made the fixes")
                .need("May be missing: at most", count(u64::from(*at_most), "commit"))
        }
        Condition::All { of } => Words::parts("All of these", of),
        Condition::Any { of } => Words::parts("At least one of these", of),
        Condition::Not { of } => Words {
            parts: vec![words(of)],
            ..Words::new("This must not hold", "whoever owns the part")
        },
    }
}

/// A title and its thresholds as one text: `Open blocking bugs: at most 0 bugs`.
pub(super) fn in_short(words: &Words) -> String {
    let needs: Vec<String> =
        words.needs.iter().map(|(name, value)| format!("{} {value}", lower_first(name))).collect();
    if needs.is_empty() {
        words.title.clone()
    } else {
        format!("{}: {}", words.title, needs.join(", "))
    }
}

fn versus(words: Words, versus: Option<Versus>) -> Words {
    let Some(Versus { tolerance_ppm, at_same_age }) = versus else { return words };
    let when = if at_same_age { "at the same age of its rollout" } else { "in the same hours" };
    words.need(
        "Against the version before",
        format!("worse by at most {}, {when}", Share(tolerance_ppm)),
    )
}

fn rate(metric: Metric) -> &'static str {
    match metric {
        Metric::CrashFree => "Crash-free sessions",
        Metric::Responsive => "Responsive sessions",
    }
}

fn whose(audience: Audience) -> &'static str {
    match audience {
        Audience::Beta => "beta",
        Audience::Production => "production",
    }
}

fn for_build(each: bool) -> &'static str {
    if each { "for the build that it was given for" } else { "for every build" }
}

fn all_or(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

/// How old facts may be: `20 min`, `1 h`, `1 d`.
pub(super) fn age(minutes: u32) -> String {
    match minutes {
        0 => "0 min".to_owned(),
        whole if whole.is_multiple_of(1_440) => format!("{} d", whole / 1_440),
        whole if whole.is_multiple_of(60) => format!("{} h", whole / 60),
        other => format!("{other} min"),
    }
}

/// An action that is not the conductor's own word: `Submits for review`.
pub(super) fn action(action: conductor::Action) -> String {
    capital(action.verb())
}
