//! The commits of the branch with the builds made from them, and the checks on its newest commit.

use conductor::board::TrackPage;
use conductor::facts::Facts;
use conductor::lamp::Signal;
use conductor::observation::{Branch, Build, Commit, Outcome, Suite};
use leptos::either::Either;
use leptos::prelude::*;

use super::{missing, told};
use crate::components::bulb::bulb;
use crate::components::people::face;
use crate::components::time::{Form, When};
use crate::erased::{Erase, Erased};
use crate::format::{link, outcome, plain};

/// The most commits shown; the rest is one click away at the branch.
const MOST_COMMITS: usize = 12;

/// One lamp for both: the worst of what is known.
pub(crate) fn builds_signal(facts: &Facts) -> Signal {
    let suites = facts.tests.known().map(|it| it.value.suites.as_slice());
    let tests = match suites {
        None => Signal::Unknown,
        Some(suites) => suites.iter().map(|it| outcome(&it.outcome).0).max().unwrap_or(Signal::Unknown),
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
pub(crate) fn builds(page: &TrackPage) -> Erased {
    let facts = &page.inputs.facts;
    let no_builds: Vec<Build> = Vec::new();
    let builds = facts.builds.last().map_or(&no_builds, |it| &it.value);
    let branch = facts.branch.last().and_then(|it| it.value.as_ref());
    let (signal, word) = match (head_is_built(facts), builds.first()) {
        (Some(true), Some(build)) => (Signal::Go, format!("Build {} contains the latest commit", plain(&build.number, 24))),
        (Some(false), Some(build)) => (Signal::Wait, format!("Build {} lacks the latest commit", plain(&build.number, 24))),
        (_, None) => (Signal::None, missing(&facts.builds).unwrap_or_else(|| "No build yet".to_owned())),
        (None, _) => (Signal::Unknown, missing(&facts.branch).unwrap_or_default()),
    };
    view! {
        <section class="panel" id="builds" aria-labelledby="h-builds">
            <header class="panel-head">
                <h2 id="h-builds">"Builds and tests"</h2>
                <span class="muted push" data-signal=signal.as_str() data-notice>{word}</span>
            </header>
            <div class="pair is-flush">
                {commits(branch, builds, missing(&facts.branch))}
                {checks(facts)}
            </div>
        </section>
    }.erase()
}

fn commits(branch: Option<&Branch>, builds: &[Build], why_not: Option<String>) -> Erased {
    let Some(branch) = branch else {
        let text = why_not.unwrap_or_else(|| "There is no release branch".to_owned());
        return view! { <p class="none muted">{text}</p> }.erase();
    };
    let rows = branch.commits.iter().take(MOST_COMMITS).map(|it| commit(it, builds)).collect_view();
    let more = branch.commits.len().saturating_sub(MOST_COMMITS);
    let name = plain(&branch.name, 80);
    let rest = match (more, branch.commits_complete) {
        (0, true) => format!("All commits of {name}"),
        (0, false) => format!("The newest commits of {name}"),
        (more, _) => format!("{more} more on {name}"),
    };
    let rest = match link(branch.link.as_deref()) {
        Some(href) => Either::Left(view! { <a class="link" href=href rel="noreferrer">{rest}</a> }),
        None => Either::Right(rest),
    };
    view! {
        <div>
            <ol class="list commits">{rows}</ol>
            <p class="none muted">{rest}</p>
        </div>
    }
    .erase()
}

fn commit(commit: &Commit, builds: &[Build]) -> Erased {
    let build = builds.iter().find(|it| it.commit.as_ref() == Some(&commit.sha));
    let title = plain(&commit.title, 160);
    let hint = title.clone();
    let sha = plain(commit.sha.short(), 12);
    let sha = match link(commit.link.as_deref()) {
        Some(href) => Either::Left(view! { <a href=href rel="noreferrer">{sha}</a> }),
        None => Either::Right(sha),
    };
    view! {
        <li>
            <span class="node" aria-hidden="true"></span>
            <code>{sha}</code>
            <span title=hint>
                <bdi>{title}</bdi>
            </span>
            <span>{build.map(chip)}</span>
            <span>{commit.author.as_ref().map(face)}</span>
            <span class="muted num">{commit.at.map(|at| view! { <When at form=Form::DayTime/> })}</span>
        </li>
    }.erase()
}

fn chip(build: &Build) -> Erased {
    let class = if build.verified == Some(false) { "chip is-stop" } else { "chip" };
    let state = match (build.verified, build.uploaded) {
        (Some(false), _) => "did not pass its build",
        (_, Some(true)) => "uploaded",
        (Some(true), _) => "good, not uploaded yet",
        (None, _) => "not verified yet",
    };
    view! { <span class=class title=state>{format!("Build {}", plain(&build.number, 24))}</span> }.erase()
}

fn checks(facts: &Facts) -> Erased {
    let newest = facts.builds.last().and_then(|it| it.value.first());
    let state = newest.map(|build| {
        let number = plain(&build.number, 24);
        [
            (told(build.verified), format!("Build {number} verified"), answer(build.verified)),
            (told(build.uploaded), format!("Build {number} uploaded"), answer(build.uploaded)),
        ]
        .map(|(signal, name, word)| check(signal, name, word.to_owned(), None))
        .into_iter()
        .collect_view()
    });
    let suites = facts.tests.last().map(|it| it.value.suites.iter().map(suite).collect_view());
    let why_not = missing(&facts.tests).map(|text| view! { <p class="none muted">{text}</p> });
    view! {
        <div>
            <ul class="list">
                {suites}
                {state}
            </ul>
            {why_not}
        </div>
    }.erase()
}

fn answer(is_so: Option<bool>) -> &'static str {
    match is_so {
        Some(true) => "yes",
        Some(false) => "no",
        None => "nobody tells",
    }
}

fn suite(suite: &Suite) -> Erased {
    let (signal, word) = outcome(&suite.outcome);
    let signal = if suite.outcome == Outcome::Running { Signal::Wait } else { signal };
    check(signal, plain(&suite.name, 100), word, link(suite.link.as_deref()))
}

fn check(signal: Signal, name: String, word: String, href: Option<String>) -> Erased {
    let name = match href {
        Some(href) => Either::Left(view! { <a href=href rel="noreferrer"><bdi>{name}</bdi></a> }),
        None => Either::Right(view! { <bdi>{name}</bdi> }),
    };
    view! {
        <li data-signal=signal.as_str()>
            {bulb(signal)}
            <span class="wraps">{name}</span>
            <span class="muted">{word}</span>
        </li>
    }.erase()
}
