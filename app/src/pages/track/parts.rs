//! The parts of a track's page above its ledger.

use conductor::Decision;
use conductor::board::TrackPage as Page;
use conductor::facts::Window;
use conductor::lamp::Signal;
use conductor::moment::Moment;
use conductor::process::Mode;
use conductor::track::Kind;

use super::Judged;
use crate::components::bulb::{bulb, icon, platform_icon};
use crate::components::findings::ledger;
use crate::components::line::big_line;
use crate::components::people::owner;
use crate::components::release::{builds_signal, rollout_signal};
use crate::components::time::{Form, age_after, age_before, when};
use crate::components::track::fresh;
use crate::format::{plain, short, tally, to_leave};
use crate::plain::{El, el};

pub(super) fn crumbs(page: &Page) -> El {
    el("p").class("crumbs").add(el("a").attr("href", "/").add("Board")).add(" / ").add(
        el("a")
            .attr("href", format!("/apps/{}", page.view.id.app))
            .add(el("bdi").add(plain(&page.inputs.app.name, 80))),
    )
}

pub(super) fn name(page: &Page) -> El {
    el("span")
        .add(platform_icon(&page.view.id.platform))
        .add(el("bdi").add(plain(&page.view.title, 120)))
}

/// Build, commit, who moves it, and which rules it follows.
pub(super) fn chips(page: &Page) -> El {
    let track = &page.view;
    let build = track.build.as_deref().map(|it| format!("Build {}", plain(it, 24)));
    let facts = &page.inputs.facts;
    let number = track.build.as_deref();
    let of_build = facts
        .builds
        .last()
        .and_then(|it| it.value.iter().find(|build| Some(build.number.as_str()) == number))
        .and_then(|build| build.commit.as_ref());
    let marked = page.inputs.people.candidate().map(|it| &it.commit);
    let commit = of_build.or(marked).map(|sha| plain(sha.short(), 12));
    let mode = track.ahead.map(|(_, mode)| mode);
    let hotfix = track.kind == Kind::Hotfix;
    el("p")
        .class("row chips")
        .add(hotfix.then(|| el("span").class("chip is-wait").add("Hotfix")))
        .add(build.map(|build| el("span").class("chip").add(build)))
        .add(commit.map(|sha| el("span").class("chip").add(el("code").add(sha))))
        .add(mode.map(mode_chip))
        .add(el("span").class("chip").add(plain(&page.inputs.process.title, 60)))
}

fn mode_chip(mode: Mode) -> El {
    let title = match mode {
        Mode::Off => "People move it",
        Mode::Shadow => "The conductor says what it would do",
        Mode::Ask => "The conductor asks a person before it moves it",
        Mode::Auto => "The conductor moves it",
    };
    el("span").class("chip").attr("title", title).add(icon("#conductor")).add(mode.title())
}

/// The panel that says where it stands: what it waits for, the line, and whose move it is.
pub(super) fn standing(page: &Page, judged: &Judged) -> El {
    el("section")
        .class("panel")
        .attr("aria-label", "Where it stands")
        .add(verdict(page, &judged.decision))
        .add(big_line(&page.view))
        .add(facts(page, &judged.decision))
}

/// The ledger, the guards below it, and whether this browser agrees with the server.
pub(super) fn why(page: &Page, judged: &Judged) -> El {
    let decision = &judged.decision;
    let stage = decision.stage.as_ref().and_then(|id| page.inputs.process.stage(id));
    let heading = to_leave(stage.map(|it| it.title.as_str()));
    let heading = el("h2").attr("id", "h-why").add(el("bdi").add(heading));
    let tally =
        el("span").class("muted push").attr("data-notice", "").add(tally(&decision.findings));
    let guards = (!decision.guards.is_empty()).then(|| {
        let heading = el("h3").class("sub-head").add("Guards: one that falls pauses the rollout");
        (heading, ledger(&decision.guards, page))
    });
    el("section")
        .class("panel")
        .attr("id", "why")
        .attr("aria-labelledby", "h-why")
        .attr_if("data-agrees", judged.agrees.map(|it| if it { "true" } else { "false" }))
        .add(el("header").class("panel-head").add(heading).add(tally))
        .add(ledger(&decision.findings, page))
        .add(guards)
        .add(judged.agrees.map(agreement))
}

fn agreement(agrees: bool) -> El {
    if agrees {
        el("p").class("none muted").add("Checked in this browser: same decision")
    } else {
        el("p").class("banner").attr("role", "alert").add(
            "This browser comes to another decision than the server. Shown is the browser's; reload, and report it if it stays.",
        )
    }
}

/// What it waits for, in one line, with how fresh that is.
fn verdict(page: &Page, decision: &Decision) -> El {
    let track = &page.view;
    let headline = &decision.headline;
    // At rest there is no signal ahead; the release lamp tells how it stands.
    let signal =
        if track.signal == Signal::None { decision.lamps.release.signal } else { track.signal };
    let since = headline.since.map(|since| age_after(since, " so far"));
    let more = (!headline.more.is_empty()).then(|| format!(". {}", plain(&headline.more, 120)));
    el("div")
        .class("verdict")
        .attr("data-signal", signal.as_str())
        .add(bulb(signal))
        .add(
            el("h2")
                .attr("data-notice", "")
                .add(el("span").class("sr").add(format!("{}: ", signal.spoken())))
                .add(el("bdi").add(short(&headline.text))),
        )
        .add(fresh(track))
        .add(el("p").add(since).add(more))
}

/// Whose move it is, what comes then, since when, and what can hurt it.
fn facts(page: &Page, decision: &Decision) -> El {
    let headline = &decision.headline;
    let since = match decision.stage_since {
        Some(at) => {
            let lasted = el("span").class("muted").add(age_before("at this stage for ", at));
            el("dd").add(when(at, Form::DayTime)).add(" ").add(lasted)
        }
        None => el("dd").add("Not branched yet"),
    };
    let harm = harm(page);
    el("dl")
        .class("facts")
        .add(
            el("div")
                .add(el("dt").add("Next move"))
                .add(el("dd").class("row").add(owner(&headline.who))),
        )
        .add(
            el("div")
                .add(el("dt").add("Then"))
                .add(el("dd").add(el("bdi").add(short(&headline.then)))),
        )
        .add(el("div").add(el("dt").add("Since")).add(since))
        .add(harm)
}

/// The next freeze, or the closing of the window. Nothing where no calendar is known.
fn harm(page: &Page) -> Option<El> {
    let now = page.at;
    let windows = || page.inputs.facts.windows.values();
    let freeze = windows()
        .flat_map(|window| &window.freezes)
        .filter(|freeze| freeze.span.until > now)
        .min_by_key(|freeze| freeze.span.from);
    let text = if let Some(freeze) = freeze {
        let name = format!("Freeze “{}” ", plain(&freeze.name, 60));
        let (word, at) = if freeze.span.from <= now {
            ("until ", freeze.span.until)
        } else {
            ("from ", freeze.span.from)
        };
        el("dd").add(el("bdi").add(name)).add(word).add(when(at, Form::DayTime))
    } else {
        let (word, at, title) = windows().find_map(|window| next_change(window, now))?;
        let title = el("span").class("muted").add(el("bdi").add(title));
        el("dd").add(word).add(when(at, Form::DayTime)).add(" ").add(title)
    };
    Some(el("div").add(el("dt").add("Can hurt it")).add(text))
}

fn next_change(window: &Window, now: Moment) -> Option<(&'static str, Moment, String)> {
    let title = plain(&window.title, 100);
    if let Some(open) = window.open.iter().find(|it| it.contains(now)) {
        return Some(("Window closes ", open.until, title));
    }
    window.open.iter().find(|it| it.from > now).map(|it| ("Window opens ", it.from, title))
}

/// The parts of the page, each with its lamp.
pub(super) fn tabs(page: &Page) -> El {
    let track = &page.view;
    let lamps = &track.lamps;
    let facts = &page.inputs.facts;
    let blocking = facts.bugs.last().map_or(0, |it| it.value.blocking().count());
    let tab = |href: &'static str, signal: Signal, name: &'static str, figure: Option<String>| {
        let figure = figure.map(|figure| el("span").class("muted").add(figure));
        el("a")
            .attr("href", href)
            .attr("data-signal", signal.as_str())
            .add(bulb(signal))
            .add(name)
            .add(el("span").class("sr").add(format!(", {}", signal.spoken())))
            .add(figure)
    };
    let why = if lamps.release.signal == Signal::Go { "Why it moves" } else { "Why it waits" };
    el("nav")
        .class("tabs")
        .attr("aria-label", "On this page")
        .add(tab("#why", track.signal, why, None))
        .add(tab(
            "#sign-offs",
            lamps.sign_offs.signal,
            "Sign-offs",
            Some(plain(&lamps.sign_offs.text, 40)),
        ))
        .add(tab("#bugs", lamps.bugs.signal, "Bugs", Some(format!("{blocking} blocking"))))
        .add(tab("#builds", builds_signal(facts), "Builds and tests", None))
        .add(tab("#quality", lamps.quality.signal, "Quality", Some(plain(&lamps.quality.text, 40))))
        .add(tab("#rollout", rollout_signal(facts), "Rollout", None))
        .add(el("a").attr("href", "#timeline").add(icon("#clock")).add("Timeline"))
}
