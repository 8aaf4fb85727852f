//! What each team said about the candidate, and the bugs that ride on the train.

use conductor::board::TrackPage;
use conductor::condition::{Vote, votes};
use conductor::lamp::Signal;
use conductor::observation::Bug;
use conductor::people::SignOff;
use leptos::either::Either;
use leptos::prelude::*;

use super::missing;
use crate::components::bulb::bulb;
use crate::components::people::face;
use crate::components::time::{Form, When};
use crate::erased::{Erase, Erased};
use crate::format::{link, plain, short};

/// A team's vote on each line.
pub(crate) fn sign_offs(page: &TrackPage) -> Erased {
    let lamp = &page.view.lamps.sign_offs;
    let all = votes(&page.inputs.app, &page.inputs.people, &[]);
    let body = if all.is_empty() {
        Either::Left(view! { <p class="none muted">"No teams are asked for this app"</p> })
    } else {
        let mut all = all;
        all.sort_by_key(|(_, vote)| order(vote));
        Either::Right(view! {
            <ul class="list">
                {all.iter().map(|(team, vote)| line(&team.name, vote)).collect_view()}
            </ul>
        })
    };
    view! {
        <section class="panel" id="sign-offs" aria-labelledby="h-so">
            <header class="panel-head">
                <h2 id="h-so">"Sign-offs"</h2>
                <span class="muted push" data-notice>{plain(&lamp.text, 40)}</span>
            </header>
            {body}
        </section>
    }.erase()
}

/// What needs somebody comes first.
fn order(vote: &Vote<'_>) -> u8 {
    match vote {
        Vote::Refused(_) => 0,
        Vote::AskedAgain(_) => 1,
        Vote::Missing => 2,
        Vote::Given(_) => 3,
        Vote::OptedOut(_) => 4,
    }
}

fn line(team: &str, vote: &Vote<'_>) -> Erased {
    let (signal, word, said) = match vote {
        Vote::Given(said) => (Signal::Go, "signed off", Some(*said)),
        Vote::Refused(said) => (Signal::Stop, "refused", Some(*said)),
        Vote::OptedOut(said) => (Signal::Waived, "opted out", Some(*said)),
        Vote::AskedAgain(said) => (Signal::Wait, "asked again: new commits came", Some(*said)),
        Vote::Missing => (Signal::Wait, "asked", None),
    };
    let comment = said.filter(|it| !it.comment.is_empty()).map(|it| format!(" · {}", short(&it.comment)));
    view! {
        <li data-signal=signal.as_str()>
            {bulb(signal)}
            <span>
                <bdi>{plain(team, 80)}</bdi>
                <p class="muted">
                    {word}
                    {comment}
                </p>
            </span>
            {said.map(by)}
        </li>
    }.erase()
}

fn by(said: &SignOff) -> Erased {
    view! {
        <span class="who muted">
            <When at=said.at form=Form::DayTime/>
            {face(&said.by)}
            <span class="sr">{plain(&said.by.name, 60)}</span>
        </span>
    }.erase()
}

/// The bugs that ride on the train, those that block first.
pub(crate) fn bugs(page: &TrackPage) -> Erased {
    let fact = &page.inputs.facts.bugs;
    let bugs = fact.last().map(|it| &it.value);
    let blocking = bugs.map_or(0, |it| it.blocking().count());
    let fixed = bugs.map_or(0, |it| it.list.iter().filter(|bug| !bug.open).count());
    let summary = match (bugs, missing(fact)) {
        (_, Some(why)) => why,
        (Some(bugs), None) if !bugs.complete => format!("{blocking} blocking so far: the list was cut"),
        _ => format!("{blocking} blocking, {fixed} fixed"),
    };
    let list = bugs.filter(|it| !it.list.is_empty()).map(|it| {
        let rows = it.list.iter().map(bug).collect_view();
        view! { <ul class="list">{rows}</ul> }
    });
    let none = list.is_none().then(|| view! { <p class="none muted">"No bug rides on it"</p> });
    view! {
        <section class="panel" id="bugs" aria-labelledby="h-bugs">
            <header class="panel-head">
                <h2 id="h-bugs">"Bugs"</h2>
                <span class="muted push" data-notice>{summary}</span>
            </header>
            {list}
            {none}
        </section>
    }.erase()
}

fn bug(bug: &Bug) -> Erased {
    let (signal, word) = match (bug.open, bug.blocking) {
        (true, true) => (Signal::Stop, "open, blocks"),
        (true, false) => (Signal::None, "open, does not block"),
        (false, _) => (Signal::Go, "fixed"),
    };
    let title = plain(&bug.title, 200);
    let name = match link(bug.link.as_deref()) {
        Some(href) => Either::Left(view! { <a href=href rel="noreferrer"><bdi>{title}</bdi></a> }),
        None => Either::Right(view! { <bdi>{title}</bdi> }),
    };
    let priority = bug.priority.as_deref().map(|it| format!(" · {}", plain(it, 40)));
    view! {
        <li data-signal=signal.as_str()>
            {bulb(signal)}
            <span class="wraps">
                {name}
                <p class="muted">{plain(&bug.key, 40)} " · " {word} {priority}</p>
            </span>
            {bug.assignee.as_ref().map(face)}
        </li>
    }.erase()
}
