//! What each team said about the candidate, and the bugs that ride on the train.

use conductor::board::TrackPage;
use conductor::condition::{Vote, votes};
use conductor::lamp::Signal;
use conductor::observation::Bug;
use conductor::people::SignOff;

use super::missing;
use crate::components::acts::sign;
use crate::components::bulb::bulb;
use crate::components::people::{face, linked};
use crate::components::time::{Form, when};
use crate::format::{plain, short};
use crate::plain::{El, el};

/// A team's vote on each line.
pub(crate) fn sign_offs(page: &TrackPage) -> El {
    let lamp = &page.view.lamps.sign_offs;
    let all = votes(&page.inputs);
    let rows = (0..=4)
        .flat_map(|place| all.iter().filter(move |(_, vote)| order(vote) == place))
        .map(|(team, vote)| line(&team.name, vote, page.inputs.people.candidate().is_some()))
        .collect::<Vec<_>>();
    let body = if all.is_empty() {
        el("p").class("none muted").add("No teams are asked for this app")
    } else {
        el("ul").class("list").add(rows)
    };
    el("section")
        .class("panel")
        .attr("id", "sign-offs")
        .attr("aria-labelledby", "h-so")
        .add(
            el("header")
                .class("panel-head")
                .add(el("h2").attr("id", "h-so").add("Sign-offs"))
                .add(
                    el("span")
                        .class("muted push")
                        .attr("data-notice", "")
                        .add(plain(&lamp.text, 40)),
                )
                .add(sign(page)),
        )
        .add(body)
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

fn line(team: &str, vote: &Vote<'_>, is_asked: bool) -> El {
    let (signal, word, said) = match vote {
        Vote::Given(said) => (Signal::Go, "signed off", Some(*said)),
        Vote::Refused(said) => (Signal::Stop, "refused", Some(*said)),
        Vote::OptedOut(said) => (Signal::Waived, "opted out", Some(*said)),
        Vote::AskedAgain(said) => (Signal::Wait, "asked again: new commits came", Some(*said)),
        Vote::Missing if is_asked => (Signal::Wait, "asked", None),
        Vote::Missing => (Signal::None, "not asked: there is no candidate", None),
    };
    let comment =
        said.filter(|it| !it.comment.is_empty()).map(|it| format!(" · {}", short(&it.comment)));
    el("li")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(
            el("span")
                .add(el("bdi").add(plain(team, 80)))
                .add(el("p").class("muted").add(word).add(comment)),
        )
        .add(said.map(by))
}

fn by(said: &SignOff) -> El {
    el("span")
        .class("who muted")
        .add(when(said.at, Form::DayTime))
        .add(face(&said.by))
        .add(el("span").class("sr").add(plain(&said.by.name, 60)))
}

/// The bugs that ride on the train, those that block first.
pub(crate) fn bugs(page: &TrackPage) -> El {
    let fact = &page.inputs.facts.bugs;
    let bugs = fact.last().map(|it| &it.value);
    let blocking = bugs.map_or(0, |it| it.blocking().count());
    let fixed = bugs.map_or(0, |it| it.list.iter().filter(|bug| !bug.open).count());
    let summary = match (bugs, missing(fact)) {
        (_, Some(why)) => why,
        (Some(bugs), None) if !bugs.complete => {
            format!("{blocking} blocking so far: the list was cut")
        }
        _ => format!("{blocking} blocking, {fixed} fixed"),
    };
    let list = bugs.filter(|it| !it.list.is_empty()).map(|it| {
        let rows = it.list.iter().map(bug).collect::<Vec<_>>();
        el("ul").class("list").add(rows)
    });
    let none = list.is_none().then(|| el("p").class("none muted").add("No bug rides on it"));
    el("section")
        .class("panel")
        .attr("id", "bugs")
        .attr("aria-labelledby", "h-bugs")
        .add(
            el("header")
                .class("panel-head")
                .add(el("h2").attr("id", "h-bugs").add("Bugs"))
                .add(el("span").class("muted push").attr("data-notice", "").add(summary)),
        )
        .add(list)
        .add(none)
}

fn bug(bug: &Bug) -> El {
    let (signal, word) = match (bug.open, bug.blocking) {
        (true, true) => (Signal::Stop, "open, blocks"),
        (true, false) => (Signal::None, "open, does not block"),
        (false, _) => (Signal::Go, "fixed"),
    };
    let title = plain(&bug.title, 200);
    let name = linked(title, bug.link.as_deref());
    let priority = bug.priority.as_deref().map(|it| format!(" · {}", plain(it, 40)));
    el("li")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(el("span").class("wraps").add(name).add(
            el("p").class("muted").add(plain(&bug.key, 40)).add(" · ").add(word).add(priority),
        ))
        .add(bug.assignee.as_ref().map(face))
}
