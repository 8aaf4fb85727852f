//! The commits of the branch with the builds made from them, and the checks on its newest commit.

use conductor::board::TrackPage;
use conductor::facts::Facts;
use conductor::lamp::Signal;
use conductor::observation::{Branch, Build, Commit, Outcome, Suite};

use super::{missing, told};
use crate::components::acts::mark;
use crate::components::bulb::bulb;
use crate::components::people::{face, linked};
use crate::components::time::{Form, when};
use crate::format::{outcome, plain};
use crate::plain::{El, el};

/// The most commits shown; the rest is one click away at the branch.
const MOST_COMMITS: usize = 12;

/// One lamp for both: the worst of what is known.
pub(crate) fn builds_signal(facts: &Facts) -> Signal {
    let suites = facts.tests.known().map(|it| it.value.suites.as_slice());
    let tests = match suites {
        None => Signal::Unknown,
        Some(suites) => {
            suites.iter().map(|it| outcome(&it.outcome).0).max().unwrap_or(Signal::Unknown)
        }
    };
    let built = match (facts.builds.known().and_then(|it| it.value.first()), head_is_built(facts)) {
        (None, _) => Signal::Unknown,
        (Some(build), _) if build.verified == Some(false) => Signal::Stop,
        (Some(_), Some(true)) => Signal::Go,
        (Some(_), Some(false)) => Signal::Wait,
        (Some(_), None) => Signal::Unknown,
    };
    tests.max(built)
}

/// Whether a build was made from the branch's newest commit; `None` if that cannot be told.
fn head_is_built(facts: &Facts) -> Option<bool> {
    let head = &facts.branch.value()?.as_ref()?.head;
    let builds = facts.builds.value()?;
    Some(builds.iter().any(|it| it.commit.as_ref() == Some(head)))
}

/// The section.
pub(crate) fn builds(page: &TrackPage) -> El {
    let facts = &page.inputs.facts;
    let no_builds: Vec<Build> = Vec::new();
    let builds = facts.builds.last().map_or(&no_builds, |it| &it.value);
    let branch = facts.branch.last().and_then(|it| it.value.as_ref());
    let (signal, word) = match (head_is_built(facts), builds.first()) {
        (Some(true), Some(build)) => {
            (Signal::Go, format!("Build {} contains the latest commit", plain(&build.number, 24)))
        }
        (Some(false), Some(build)) => {
            (Signal::Wait, format!("Build {} lacks the latest commit", plain(&build.number, 24)))
        }
        (_, None) => {
            (Signal::None, missing(&facts.builds).unwrap_or_else(|| "No build yet".to_owned()))
        }
        (None, _) => (Signal::Unknown, missing(&facts.branch).unwrap_or_default()),
    };
    el("section")
        .class("panel")
        .attr("id", "builds")
        .attr("aria-labelledby", "h-builds")
        .add(
            el("header")
                .class("panel-head")
                .add(el("h2").attr("id", "h-builds").add("Builds and tests"))
                .add(
                    el("span")
                        .class("muted push")
                        .attr("data-signal", signal.as_str())
                        .attr("data-notice", "")
                        .add(word),
                )
                .add(mark(page)),
        )
        .add(
            el("div")
                .class("pair is-flush")
                .add(commits(branch, builds, missing(&facts.branch)))
                .add(checks(facts)),
        )
}

fn commits(branch: Option<&Branch>, builds: &[Build], why_not: Option<String>) -> El {
    let Some(branch) = branch else {
        let text = why_not.unwrap_or_else(|| "There is no release branch".to_owned());
        return el("p").class("none muted").add(text);
    };
    let rows =
        branch.commits.iter().take(MOST_COMMITS).map(|it| commit(it, builds)).collect::<Vec<_>>();
    let more = branch.commits.len().saturating_sub(MOST_COMMITS);
    let name = plain(&branch.name, 80);
    let rest = match (more, branch.commits_complete) {
        (0, true) => format!("All commits of {name}"),
        (0, false) => format!("The newest commits of {name}"),
        (more, _) => format!("{more} more on {name}"),
    };
    let rest = linked(rest, branch.link.as_deref());
    el("div")
        .add(el("ol").class("list commits").add(rows))
        .add(el("p").class("none muted").add(rest))
}

fn commit(commit: &Commit, builds: &[Build]) -> El {
    let build = builds.iter().find(|it| it.commit.as_ref() == Some(&commit.sha));
    let title = plain(&commit.title, 160);
    let hint = title.clone();
    let sha = plain(commit.sha.short(), 12);
    let sha = linked(sha, commit.link.as_deref());
    el("li")
        .add(el("span").class("node").attr("aria-hidden", "true"))
        .add(el("code").add(sha))
        .add(el("span").attr("title", hint).add(el("bdi").add(title)))
        .add(el("span").add(build.map(chip)))
        .add(el("span").add(commit.author.as_ref().map(face)))
        .add(el("span").class("muted num").add(commit.at.map(|at| when(at, Form::DayTime))))
}

fn chip(build: &Build) -> El {
    let class = if build.verified == Some(false) { "chip is-stop" } else { "chip" };
    let state = match (build.verified, build.uploaded) {
        (Some(false), _) => "did not pass its build",
        (_, Some(true)) => "uploaded",
        (Some(true), _) => "good, not uploaded yet",
        (None, _) => "not verified yet",
    };
    el("span")
        .attr("class", class)
        .attr("title", state)
        .add(format!("Build {}", plain(&build.number, 24)))
}

fn checks(facts: &Facts) -> El {
    let newest = facts.builds.last().and_then(|it| it.value.first());
    let state = newest.map(|build| {
        let number = plain(&build.number, 24);
        [
            (told(build.verified), format!("Build {number} verified"), answer(build.verified)),
            (told(build.uploaded), format!("Build {number} uploaded"), answer(build.uploaded)),
        ]
        .map(|(signal, name, word)| check(signal, name, word.to_owned(), None))
        .into_iter()
        .collect::<Vec<_>>()
    });
    let suites = facts.tests.last().map(|it| it.value.suites.iter().map(suite).collect::<Vec<_>>());
    let why_not = missing(&facts.tests).map(|text| el("p").class("none muted").add(text));
    el("div").add(el("ul").class("list").add(suites).add(state)).add(why_not)
}

fn answer(is_so: Option<bool>) -> &'static str {
    match is_so {
        Some(true) => "yes",
        Some(false) => "no",
        None => "nobody tells",
    }
}

fn suite(suite: &Suite) -> El {
    let (signal, word) = outcome(&suite.outcome);
    let signal = if suite.outcome == Outcome::Running { Signal::Wait } else { signal };
    check(signal, plain(&suite.name, 100), word, suite.link.as_deref())
}

fn check(signal: Signal, name: String, word: String, href: Option<&str>) -> El {
    let name = linked(name, href);
    el("li")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(el("span").class("wraps").add(name))
        .add(el("span").class("muted").add(word))
}
