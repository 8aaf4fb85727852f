//! The lanes of one app: Production, Current and Upcoming of each platform.

use conductor::Platform;
use conductor::board::{AppView, LineView, LiveView};
use conductor::lamp::Signal;
use leptos::prelude::*;

use super::bulb::{bulb, platform_icon, warning_bulb};
use super::line::ghost_line;
use super::people::face;
use super::track::Row;
use crate::erased::Erase;
use crate::format::plain;
use crate::live::{AppRow, LiveBoard};
use crate::plain::{El, el};

/// The names of the lanes, above all apps.
#[component]
pub fn LaneHeads() -> impl IntoView {
    el("div")
        .class("board-head lanes")
        .attr("aria-hidden", "true")
        .add(el("span").class("lane-head").add(el("b").add("Production")).add("live now"))
        .add(
            el("span")
                .class("now lane-head")
                .add(el("b").add("Current"))
                .add(el("span").add("in flight"))
                .add(
                    el("span")
                        .class("lamps")
                        .add(el("span").add("Release"))
                        .add(el("span").add("Bugs"))
                        .add(el("span").add("Sign-offs"))
                        .add(el("span").add("Quality")),
                ),
        )
        .add(el("span").class("lane-head").add(el("b").add("Upcoming")).add("next"))
}

/// One app: its name, who answers for it, and its lines.
#[component]
pub fn AppPanel(
    /// The app.
    app: AppRow,
    /// The board, for the rows of its tracks.
    board: LiveBoard,
) -> impl IntoView {
    let id = format!("app-{}", app.id);
    let heading = format!("h-{}", app.id);
    let href = format!("/apps/{}", app.id);
    let view = app.view;
    let head = {
        let view = view.clone();
        move || {
            let (name, process, owner) =
                view.with(|app| (plain(&app.name, 80), plain(&app.process, 80), app.owner.clone()));
            let owner = owner.map(|owner| {
                el("span")
                    .class("row owner")
                    .add(face(&owner))
                    .add(el("bdi").add(plain(&owner.name, 60)))
            });
            let name = el("h2")
                .attr("id", heading.clone())
                .add(el("a").attr("href", href.clone()).add(el("bdi").add(name)));
            el("header")
                .class("app-head")
                .add(name)
                .add(el("span").class("muted push").add(process))
                .add(owner)
        }
    };
    let platforms = {
        let view = view.clone();
        move || {
            view.with(|app| app.lines.iter().map(|line| line.platform.clone()).collect::<Vec<_>>())
        }
    };
    let labelled = format!("h-{}", app.id);
    view! {
        <section class="app panel" id=id aria-labelledby=labelled>
            {head}
            <For
                each=platforms
                key=|platform| platform.as_str().to_owned()
                children=move |platform| view! { <Lanes platform app=view.clone() board=board.clone()/> }
            />
        </section>
    }
    .erase()
}

/// One platform of an app.
#[component]
fn Lanes(platform: Platform, app: ArcRwSignal<AppView>, board: LiveBoard) -> impl IntoView {
    let (keys, live, soon, none) = (app.clone(), app.clone(), app.clone(), app);
    let (of_keys, of_live, of_soon, of_none) =
        (platform.clone(), platform.clone(), platform.clone(), platform);
    view! {
        <div class="track lanes">
            {move || live.with(|app| production(&of_live, line(app, &of_live)))}
            <div class="trains">
                <For
                    each=move || keys.with(|app| keys_of(line(app, &of_keys)))
                    key=Clone::clone
                    children=move |key| board.row(&key).map(|track| view! { <Row track/> })
                />
                {move || none.with(|app| keys_of(line(app, &of_none)).is_empty()).then(|| empty(&of_none))}
            </div>
            {move || soon.with(|app| upcoming(line(app, &of_soon)))}
        </div>
    }
    .erase()
}

fn line<'a>(app: &'a AppView, platform: &Platform) -> Option<&'a LineView> {
    app.lines.iter().find(|line| line.platform == *platform)
}

fn keys_of(line: Option<&LineView>) -> Vec<String> {
    line.into_iter().flat_map(|line| &line.current).map(|it| it.key.clone()).collect()
}

fn empty(platform: &Platform) -> El {
    el("div").class("now is-empty").add(
        el("p")
            .class("muted")
            .add(
                el("span")
                    .class("narrow")
                    .add(platform_icon(platform))
                    .add(plain(platform.title(), 40)),
            )
            .add("No train in flight"),
    )
}

fn production(platform: &Platform, line: Option<&LineView>) -> El {
    let live = line.and_then(|line| line.production.as_ref());
    let version = live.map_or_else(
        || el("span").class("muted").add("nothing live"),
        |live| {
            el("a")
                .class("muted")
                .attr("href", live.track.path())
                .add(live.track.version.to_string())
        },
    );
    let stopped = if *platform == Platform::Android { "ANR" } else { "hangs" };
    let head = el("p")
        .class("plat")
        .add(platform_icon(platform))
        .add(el("span").class("wide").add(plain(platform.title(), 40)))
        .add(el("span").class("narrow").add("Live"))
        .add(" ")
        .add(version);
    el("div").class("live").add(head).add(live.map(|live| vitals(live, stopped)))
}

fn vitals(live: &LiveView, stopped: &'static str) -> El {
    let signal = live.signal;
    // Green says nothing: only what is not fine, or not fresh, gets a lamp.
    let lamp = (signal != Signal::Go && signal != Signal::None)
        .then(|| (bulb(signal), el("span").class("sr").add(format!("{}: ", signal.spoken()))));
    el("dl")
        .class("vitals")
        .attr("data-notice", "")
        .add(el("div").add(el("dt").add("crash-free")).add(
            el("dd").attr("data-signal", signal.as_str()).add(lamp).add(live.crash_free.clone()),
        ))
        .add(
            el("div")
                .add(
                    el("dt")
                        .attr("title", "Sessions in which the app stopped responding")
                        .add(stopped),
                )
                .add(el("dd").add(live.unresponsive.clone())),
        )
        .add(el("div").add(el("dt").add("adopted")).add(el("dd").add(live.adopted.clone())))
}

fn upcoming(line: Option<&LineView>) -> El {
    let lane = el("div").class("soon");
    let Some(soon) = line.and_then(|line| line.upcoming.as_ref()) else {
        return lane.add(el("p").class("muted none").add("Nothing planned"));
    };
    let stations = stations_of(line);
    let bugs = &soon.bugs;
    // Bugs of what is not branched yet warn; they hold up nothing.
    let warns = matches!(bugs.signal, Signal::Stop | Signal::Wait);
    let signal = if warns { Signal::Wait } else { bugs.signal };
    let version = el("a")
        .class("version")
        .attr("href", soon.track.path())
        .add(soon.track.version.to_string());
    let planned = el("p")
        .add(el("span").class("narrow").add("Next"))
        .add(" ")
        .add(version)
        .add(" ")
        .add(el("span").add(plain(&soon.planned, 40)));
    let note = el("p")
        .class("note")
        .attr("data-signal", signal.as_str())
        .attr("title", plain(&bugs.why, 200))
        .add(if warns { warning_bulb() } else { bulb(signal) })
        .add(format!("Bugs: {}", plain(&bugs.text, 40)));
    lane.add(planned)
        .add(ghost_line(stations))
        .add(note)
        .add(el("p").class("later").add("Sign-offs, quality: not yet"))
}

/// As many stations as the trains of the line have; five where there is none.
fn stations_of(line: Option<&LineView>) -> usize {
    line.into_iter().flat_map(|line| &line.current).map(|it| it.stations.len()).max().unwrap_or(5)
}
