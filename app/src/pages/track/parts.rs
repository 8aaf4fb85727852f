//! The parts of a track's page above its ledger.

use conductor::Decision;
use conductor::board::TrackPage as Page;
use conductor::facts::Window;
use conductor::lamp::Signal;
use conductor::moment::Moment;
use conductor::process::Mode;
use conductor::track::Kind;
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use crate::components::bulb::{bulb, icon, platform_icon};
use crate::components::people::owner;
use crate::components::release::{builds_signal, rollout_signal};
use crate::components::time::{Age, Form, When};
use crate::components::track::fresh;
use crate::erased::{Erase, Erased};
use crate::format::{plain, short};

pub(super) fn crumbs(page: &Page) -> Erased {
    view! {
        <p class="crumbs">
            <a href="/">"Board"</a>
            " / "
            <a href=format!("/apps/{}", page.view.id.app)>
                <bdi>{plain(&page.inputs.app.name, 80)}</bdi>
            </a>
        </p>
    }.erase()
}

pub(super) fn name(page: &Page) -> Erased {
    view! {
        {platform_icon(&page.view.id.platform)}
        <bdi>{plain(&page.view.title, 120)}</bdi>
    }.erase()
}

/// Build, commit, who moves it, and which rules it follows.
pub(super) fn chips(page: &Page) -> Erased {
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
    view! {
        <p class="row chips">
            {hotfix.then(|| view! { <span class="chip is-wait">"Hotfix"</span> })}
            {build.map(|build| view! { <span class="chip">{build}</span> })}
            {commit.map(|sha| view! { <span class="chip"><code>{sha}</code></span> })}
            {mode.map(mode_chip)}
            <span class="chip">{plain(&page.inputs.process.title, 60)}</span>
        </p>
    }.erase()
}

fn mode_chip(mode: Mode) -> Erased {
    let title = match mode {
        Mode::Off => "People move it",
        Mode::Shadow => "The conductor says what it would do",
        Mode::Ask => "The conductor asks a person before it moves it",
        Mode::Auto => "The conductor moves it",
    };
    view! {
        <span class="chip" title=title>
            {icon("#conductor")}
            {mode.title()}
        </span>
    }.erase()
}

/// What it waits for, in one line, with how fresh that is.
pub(super) fn verdict(page: &Page, decision: &Decision) -> Erased {
    let track = &page.view;
    let headline = &decision.headline;
    // At rest there is no signal ahead; the release lamp tells how it stands.
    let signal = if track.signal == Signal::None { decision.lamps.release.signal } else { track.signal };
    let since = headline.since.map(|since| view! { <Age since after=" so far"/> });
    let more = (!headline.more.is_empty()).then(|| format!(". {}", plain(&headline.more, 120)));
    view! {
        <div class="verdict" data-signal=signal.as_str()>
            {bulb(signal)}
            <h2 data-notice>
                <span class="sr">{format!("{}: ", signal.spoken())}</span>
                <bdi>{short(&headline.text)}</bdi>
            </h2>
            {fresh(track)}
            <p>
                {since}
                {more}
            </p>
        </div>
    }.erase()
}

/// Whose move it is, what comes then, since when, and what can hurt it.
pub(super) fn facts(page: &Page, decision: &Decision) -> Erased {
    let headline = &decision.headline;
    let since = match decision.stage_since {
        Some(at) => Either::Left(view! {
            <When at form=Form::DayTime/>
            " "
            <span class="muted">
                <Age since=at before="at this stage for "/>
            </span>
        }),
        None => Either::Right("Not branched yet"),
    };
    let harm = harm(page);
    view! {
        <dl class="facts">
            <div>
                <dt>"Next move"</dt>
                <dd class="row">{owner(&headline.who)}</dd>
            </div>
            <div>
                <dt>"Then"</dt>
                <dd>
                    <bdi>{short(&headline.then)}</bdi>
                </dd>
            </div>
            <div>
                <dt>"Since"</dt>
                <dd>{since}</dd>
            </div>
            {harm}
        </dl>
    }.erase()
}

/// The next freeze, or the closing of the window. Nothing where no calendar is known.
fn harm(page: &Page) -> Option<Erased> {
    let now = page.at;
    let windows = || page.inputs.facts.windows.values();
    let freeze = windows()
        .flat_map(|window| &window.freezes)
        .filter(|freeze| freeze.span.until > now)
        .min_by_key(|freeze| freeze.span.from);
    let text = if let Some(freeze) = freeze {
        let name = format!("Freeze “{}” ", plain(&freeze.name, 60));
        let (word, at) =
            if freeze.span.from <= now { ("until ", freeze.span.until) } else { ("from ", freeze.span.from) };
        EitherOf3::A(view! { <bdi>{name}</bdi> {word} <When at form=Form::DayTime/> })
    } else {
        let (word, at, title) = windows().find_map(|window| next_change(window, now))?;
        EitherOf3::B(view! { {word} <When at form=Form::DayTime/> " " <span class="muted"><bdi>{title}</bdi></span> })
    };
    let text: EitherOf3<_, _, ()> = text;
    let cell = view! {
        <div>
            <dt>"Can hurt it"</dt>
            <dd>{text}</dd>
        </div>
    };
    Some(cell.erase())
}

fn next_change(window: &Window, now: Moment) -> Option<(&'static str, Moment, String)> {
    let title = plain(&window.title, 100);
    if let Some(open) = window.open.iter().find(|it| it.contains(now)) {
        return Some(("Window closes ", open.until, title));
    }
    window.open.iter().find(|it| it.from > now).map(|it| ("Window opens ", it.from, title))
}

/// The parts of the page, each with its lamp.
pub(super) fn tabs(page: &Page) -> Erased {
    let track = &page.view;
    let lamps = &track.lamps;
    let facts = &page.inputs.facts;
    let blocking = facts.bugs.last().map_or(0, |it| it.value.blocking().count());
    let tab = |href: &'static str, signal: Signal, name: &'static str, figure: Option<String>| {
        let figure = figure.map(|figure| view! { <span class="muted">{figure}</span> });
        view! {
            <a href=href data-signal=signal.as_str()>
                {bulb(signal)}
                {name}
                <span class="sr">{format!(", {}", signal.spoken())}</span>
                {figure}
            </a>
        }
    };
    let why = if lamps.release.signal == Signal::Go { "Why it moves" } else { "Why it waits" };
    view! {
        <nav class="tabs" aria-label="On this page">
            {tab("#why", track.signal, why, None)}
            {tab("#sign-offs", lamps.sign_offs.signal, "Sign-offs", Some(plain(&lamps.sign_offs.text, 40)))}
            {tab("#bugs", lamps.bugs.signal, "Bugs", Some(format!("{blocking} blocking")))}
            {tab("#builds", builds_signal(facts), "Builds and tests", None)}
            {tab("#quality", lamps.quality.signal, "Quality", Some(plain(&lamps.quality.text, 40)))}
            {tab("#rollout", rollout_signal(facts), "Rollout", None)}
            <a href="#timeline">{icon("#clock")} "Timeline"</a>
        </nav>
    }.erase()
}
