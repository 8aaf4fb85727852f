//! Conditions on tests and builds. Whether a commit is in a build is asked of git, never of version order.

use super::{Case, Judged};
use crate::explain::{count, list};
use crate::finding::{Cause, Owner, Verdict};
use crate::observation::{Build, Outcome};
use crate::reading::{Fact, Why};

/// The last attempt of each suite on the newest commit counts; skipped is not passed.
pub(super) fn tests_passed(case: &Case<'_>, suites: &[String]) -> Judged {
    const TITLE: &str = "Tests passed on the latest commit";
    let threshold =
        if suites.is_empty() { "all".to_owned() } else { format!("{} named", suites.len()) };
    let last = |fact: &Fact<_>| fact.last().map(|it| passed_words(&it.value));
    // Which commit is the latest is the branch's word: without it, green tests may be those of an older one.
    if let Err(why) = case.facts.branch.fresh(case.max_age, case.now) {
        let told = last(&case.facts.tests);
        return Judged::unknown(TITLE, &threshold, why, &case.facts.branch, told);
    }
    let tests = match case.facts.tests.fresh(case.max_age, case.now) {
        Ok(tests) => tests,
        Err(why) => {
            return Judged::unknown(
                TITLE,
                &threshold,
                why,
                &case.facts.tests,
                last(&case.facts.tests),
            );
        }
    };
    let asked = |name: &str| suites.is_empty() || suites.iter().any(|it| it == name);
    let ran: Vec<_> = tests.value.suites.iter().filter(|suite| asked(&suite.name)).collect();
    let absent: Vec<_> =
        suites.iter().filter(|name| !ran.iter().any(|suite| suite.name == **name)).collect();
    let named = |outcome: fn(&Outcome) -> bool| -> Vec<String> {
        ran.iter().filter(|suite| outcome(&suite.outcome)).map(|suite| suite.name.clone()).collect()
    };
    let failed = named(|it| matches!(it, Outcome::Failed));
    let running = named(|it| matches!(it, Outcome::Running));
    let not_run = named(|it| matches!(it, Outcome::Skipped | Outcome::Cancelled));
    let strange = named(|it| matches!(it, Outcome::Other(_)));
    let passed = ran.iter().filter(|suite| suite.outcome == Outcome::Passed).count();
    let commit = tests.value.commit.short();
    let (verdict, why, waits, next_step) = if !failed.is_empty() {
        let waits = format!("Tests failed on {commit}: {}", list(&failed, 3));
        (Verdict::Unmet, None, waits, "mend them, or run them again".to_owned())
    } else if !running.is_empty() {
        let waits = format!("Tests still run on {commit}: {}", list(&running, 3));
        (Verdict::Unmet, None, waits, "they come to an end by themselves".to_owned())
    } else if !not_run.is_empty() {
        let waits = format!("Tests did not run on {commit}: {}", list(&not_run, 3));
        (Verdict::Unmet, None, waits, "run them: skipped and cancelled are not passed".to_owned())
    } else if !strange.is_empty() {
        let message = format!("an outcome that we do not know: {}", list(&strange, 3));
        let waits = format!("Cannot tell whether tests passed on {commit}: {message}");
        (
            Verdict::Unknown,
            Some(Why::Contradiction { message }),
            waits,
            "look at them, and report the word".to_owned(),
        )
    } else if !absent.is_empty() || ran.is_empty() {
        let absent: Vec<String> = absent.into_iter().cloned().collect();
        let what =
            if absent.is_empty() { "none has reported".to_owned() } else { list(&absent, 3) };
        let waits = format!("No test result on {commit} yet: {what}");
        (Verdict::Unknown, Some(Why::NoData), waits, "it is read as soon as it is there".to_owned())
    } else if !tests.value.complete {
        let waits = format!("The list of tests on {commit} was not read to its end");
        (
            Verdict::Unknown,
            Some(Why::Partial),
            waits,
            "it is read again with the next tick".to_owned(),
        )
    } else {
        (Verdict::Met, None, String::new(), String::new())
    };
    let of = ran.len()
        + suites.iter().filter(|name| !ran.iter().any(|suite| suite.name == **name)).count();
    let mut judged = Judged::new(verdict, TITLE, format!("{passed} of {of}"), threshold)
        .from_reading(tests)
        .link(tests.value.link.clone().or_else(|| tests.link.clone()))
        .owner(Owner::named(tests.source.as_str()))
        .waits(waits, next_step);
    judged.why = why;
    judged.sample = Some(of as u64);
    judged
}

fn passed_words(tests: &crate::observation::Tests) -> String {
    let passed = tests.suites.iter().filter(|suite| suite.outcome == Outcome::Passed).count();
    format!("{passed} of {} passed", tests.suites.len())
}

/// The build that is asked about, or why it cannot be told which.
fn subject<'a>(case: &Case<'a>, title: &str, threshold: &str) -> Result<&'a Build, Box<Judged>> {
    let builds = &case.facts.builds;
    if let Err(why) = builds.fresh(case.max_age, case.now) {
        let last = case.build.map(|build| format!("build {}", build.number));
        return Err(Box::new(Judged::unknown(title, threshold, why, builds, last)));
    }
    case.build.ok_or_else(|| {
        let mut judged = Judged::new(Verdict::Unmet, title, "no build", threshold)
            .owner(Owner::named(builds.source().map_or("the build system", |it| it.as_str())))
            .waits("No build of this version yet", "the build system makes one from the branch");
        if let Some(reading) = builds.known() {
            judged = judged.from_reading(reading);
        }
        Box::new(judged)
    })
}

fn about(case: &Case<'_>, build: &Build, judged: Judged) -> Judged {
    let judged = match case.facts.builds.known() {
        Some(reading) => judged.from_reading(reading),
        None => judged,
    };
    let source = judged.source.as_ref().map_or("the build system", |it| it.as_str()).to_owned();
    judged.link(build.link.clone()).owner(Owner::named(source))
}

pub(super) fn contains_latest(case: &Case<'_>, let_through: &[String]) -> Judged {
    const TITLE: &str = "Build contains the latest commit";
    let head = case.facts.branch.value().and_then(|it| it.as_ref()).map(|it| it.head.clone());
    let threshold = head
        .as_ref()
        .map_or("the newest commit".to_owned(), |head| format!("contains {}", head.short()));
    if let Err(why) = case.facts.branch.fresh(case.max_age, case.now) {
        return Judged::unknown(TITLE, &threshold, why, &case.facts.branch, None);
    }
    let build = match subject(case, TITLE, &threshold) {
        Ok(build) => build,
        Err(judged) => return *judged,
    };
    let number = &build.number;
    let at_head = build.commit.is_some() && build.commit == head;
    let missing = build.missing.as_ref().filter(|it| Some(&it.head) == head.as_ref());
    let judged = match missing {
        _ if at_head => Judged::new(Verdict::Met, TITLE, format!("build {number}"), threshold),
        None => {
            let waits =
                format!("Cannot tell yet whether build {number} contains the latest commit");
            Judged::new(Verdict::Unknown, TITLE, format!("build {number}"), threshold)
                .why(Why::NoData)
                .waits(waits, "git is asked with the next tick")
        }
        Some(missing) if !missing.on_branch => {
            let waits = format!("The commit of build {number} is no longer on the branch");
            Judged::new(
                Verdict::Unmet,
                TITLE,
                format!("build {number} is off the branch"),
                threshold,
            )
            .cause(Cause::Rewritten)
            .detail("The branch was rewritten after the build was made")
            .waits(waits, "make a new build from the branch, or restore the branch")
        }
        Some(missing) if missing.commits == 0 => {
            Judged::new(Verdict::Met, TITLE, format!("build {number}"), threshold)
        }
        Some(missing) => {
            let commits = count(u64::from(missing.commits), "commit");
            let value = format!("build {number} misses {commits}");
            match &missing.areas {
                Some(areas)
                    if !areas.is_empty() && areas.iter().all(|area| let_through.contains(area)) =>
                {
                    Judged::new(Verdict::Met, TITLE, value, threshold)
                        .detail(format!("Let through: they touch only {}", list(areas, 4)))
                }
                areas => {
                    let detail = match areas {
                        Some(areas) => format!("They touch {}", list(areas, 4)),
                        None => "Which areas they touch is not known: the list of files was cut"
                            .to_owned(),
                    };
                    let waits = format!("Build {number} misses {commits}");
                    Judged::new(Verdict::Unmet, TITLE, value, threshold)
                        .detail(detail)
                        .waits(waits, "the next build of the branch contains them")
                }
            }
        }
    };
    about(case, build, judged)
}

pub(super) fn verified(case: &Case<'_>) -> Judged {
    told(
        case,
        "Build is verified",
        "good",
        |build| build.verified,
        ("verified", "the build failed"),
    )
}

pub(super) fn uploaded(case: &Case<'_>) -> Judged {
    told(
        case,
        "Build is uploaded",
        "in the store",
        |build| build.uploaded,
        ("uploaded", "not uploaded"),
    )
}

fn told(
    case: &Case<'_>,
    title: &str,
    threshold: &str,
    tell: impl Fn(&Build) -> Option<bool>,
    (yes, no): (&str, &str),
) -> Judged {
    let build = match subject(case, title, threshold) {
        Ok(build) => build,
        Err(judged) => return *judged,
    };
    let number = &build.number;
    let judged = match tell(build) {
        Some(true) => Judged::new(Verdict::Met, title, format!("build {number} {yes}"), threshold),
        Some(false) => {
            Judged::new(Verdict::Unmet, title, format!("build {number}: {no}"), threshold)
                .waits(format!("Build {number}: {no}"), "make it good, or make another build")
        }
        None => {
            Judged::new(Verdict::Unknown, title, format!("build {number}: no answer"), threshold)
                .why(Why::NoData)
                .waits(
                    format!("Not told yet whether build {number} is {yes}"),
                    "it is read as soon as the store or the build system shows it",
                )
        }
    };
    about(case, build, judged)
}
