//! The lanes of one app: Production, Current and Upcoming of each platform.

use conductor::Platform;
use conductor::board::{LineView, LiveView, SoonView};
use conductor::lamp::Signal;
use leptos::prelude::*;

use super::bulb::{bulb, platform_icon, warning_bulb};
use super::line::ghost_line;
use super::people::face;
use super::track::Row;
use crate::erased::{Erase, Erased};
use crate::format::plain;
use crate::live::{AppRow, LiveBoard};

/// The names of the lanes, above all apps.
#[component]
pub fn LaneHeads() -> impl IntoView {
    view! {
        <div class="board-head lanes" aria-hidden="true">
            <span class="lane-head">
                <b>"Production"</b>
                "live now"
            </span>
            <span class="now lane-head">
                <b>"Current"</b>
                <span>"in flight"</span>
                <span class="lamps">
                    <span>"Release"</span>
                    <span>"Bugs"</span>
                    <span>"Sign-offs"</span>
                    <span>"Quality"</span>
                </span>
            </span>
            <span class="lane-head">
                <b>"Upcoming"</b>
                "next"
            </span>
        </div>
    }.erase()
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
                view! {
                    <span class="row owner">
                        {face(&owner)}
                        <bdi>{plain(&owner.name, 60)}</bdi>
                    </span>
                }
            });
            view! {
                <h2 id=heading.clone()>
                    <a href=href.clone()>
                        <bdi>{name}</bdi>
                    </a>
                </h2>
                <span class="muted push">{process}</span>
                {owner}
            }
        }
    };
    let platforms = {
        let view = view.clone();
        move || view.with(|app| app.lines.iter().map(|line| line.platform.clone()).collect::<Vec<_>>())
    };
    let labelled = format!("h-{}", app.id);
    view! {
        <section class="app panel" id=id aria-labelledby=labelled>
            <header class="app-head">{head}</header>
            <For
                each=platforms
                key=|platform| platform.as_str().to_owned()
                children=move |platform| {
                    let view = view.clone();
                    let of = platform.clone();
                    let line = Memo::new(move |_| {
                        view.with(|app| app.lines.iter().find(|line| line.platform == of).cloned())
                    });
                    view! { <Lanes platform line board=board.clone()/> }
                }
            />
        </section>
    }.erase()
}

/// One platform of an app.
#[component]
fn Lanes(platform: Platform, line: Memo<Option<LineView>>, board: LiveBoard) -> Erased {
    let keys = Memo::new(move |_| {
        line.with(|line| {
            line.iter().flat_map(|line| &line.current).map(|it| it.key.clone()).collect::<Vec<_>>()
        })
    });
    let live = Memo::new(move |_| line.with(|line| line.as_ref().and_then(|it| it.production.clone())));
    let soon = Memo::new(move |_| line.with(|line| line.as_ref().and_then(|it| it.upcoming.clone())));
    let stations = Memo::new(move |_| {
        line.with(|line| line.iter().flat_map(|it| &it.current).map(|it| it.stations.len()).max().unwrap_or(5))
    });
    let of = platform.clone();
    view! {
        <div class="track lanes">
            <div class="live">{move || production(&of, live.get())}</div>
            <div class="trains">
                <For
                    each=move || keys.get()
                    key=Clone::clone
                    children=move |key| board.row(&key).map(|track| view! { <Row track/> })
                />
                {move || keys.with(Vec::is_empty).then(|| empty(&platform))}
            </div>
            <div class="soon">{move || upcoming(soon.get(), stations.get())}</div>
        </div>
    }.erase()
}

fn empty(platform: &Platform) -> Erased {
    view! {
        <div class="now is-empty">
            <p class="muted">
                <span class="narrow">{platform_icon(platform)} {plain(platform.title(), 40)}</span>
                "No train in flight"
            </p>
        </div>
    }.erase()
}

fn production(platform: &Platform, live: Option<LiveView>) -> Erased {
    let version = live.as_ref().map_or_else(
        || view! { <span class="muted">"nothing live"</span> }.erase(),
        |live| {
            view! { <a class="muted" href=live.track.path()>{live.track.version.to_string()}</a> }.erase()
        },
    );
    let stopped = if *platform == Platform::Android { "ANR" } else { "hangs" };
    view! {
        <p class="plat">
            {platform_icon(platform)}
            <span class="wide">{plain(platform.title(), 40)}</span>
            <span class="narrow">"Live"</span>
            " "
            {version}
        </p>
        {live.map(|live| vitals(&live, stopped))}
    }.erase()
}

fn vitals(live: &LiveView, stopped: &'static str) -> Erased {
    let signal = live.signal;
    // Green says nothing: only what is not fine, or not fresh, gets a lamp.
    let lamp = (signal != Signal::Go && signal != Signal::None).then(|| {
        view! {
            {bulb(signal)}
            <span class="sr">{format!("{}: ", signal.spoken())}</span>
        }
    });
    view! {
        <dl class="vitals" data-notice>
            <div>
                <dt>"crash-free"</dt>
                <dd data-signal=signal.as_str()>
                    {lamp}
                    {live.crash_free.clone()}
                </dd>
            </div>
            <div>
                <dt title="Sessions in which the app stopped responding">{stopped}</dt>
                <dd>{live.unresponsive.clone()}</dd>
            </div>
            <div>
                <dt>"adopted"</dt>
                <dd>{live.adopted.clone()}</dd>
            </div>
        </dl>
    }.erase()
}

fn upcoming(soon: Option<SoonView>, stations: usize) -> Erased {
    soon.map_or_else(
        || view! { <p class="muted none">"Nothing planned"</p> }.erase(),
        |soon| {
            let bugs = soon.bugs;
            // Bugs of what is not branched yet warn; they hold up nothing.
            let warns = matches!(bugs.signal, Signal::Stop | Signal::Wait);
            let signal = if warns { Signal::Wait } else { bugs.signal };
            let lamp = if warns { warning_bulb().erase() } else { bulb(signal).erase() };
            view! {
                <p>
                    <span class="narrow">"Next"</span>
                    " "
                    <a class="version" href=soon.track.path()>
                        {soon.track.version.to_string()}
                    </a>
                    " "
                    <span>{plain(&soon.planned, 40)}</span>
                </p>
                {ghost_line(stations)}
                <p class="note" data-signal=signal.as_str() title=plain(&bugs.why, 200)>
                    {lamp}
                    {format!("Bugs: {}", plain(&bugs.text, 40))}
                </p>
                <p class="later">"Sign-offs, quality: not yet"</p>
            }
            .erase()
        },
    ).erase()
}
