//! A train in flight as the board shows it: its line, four lamps, what it waits for, and on whom.

use conductor::board::TrackView;
use conductor::lamp::{self, Lamp, Lamps};
use conductor::process::Mode;
use conductor::track::Kind;
use leptos::prelude::*;

use super::bulb::{bulb, drawing, icon, platform_icon};
use super::line::line;
use super::people::owner;
use super::time::Age;
use crate::erased::{Erase, Erased};
use crate::format::{plain, short};

/// A row of the board. It alone reads its track's signal: a patch of another row leaves it alone.
#[component]
pub fn Row(
    /// The track.
    track: ArcRwSignal<TrackView>,
) -> impl IntoView {
    move || track.with(row)
}

fn row(track: &TrackView) -> Erased {
    let hotfix = (track.kind == Kind::Hotfix).then(|| view! { <span class="chip">"Hotfix"</span> });
    let build = track.build.as_deref().map(|build| format!("Build {}", plain(build, 24)));
    view! {
        <article class="now" data-standing=track.standing.as_str() aria-label=plain(&track.title, 100)>
            <p class="ident">
                <span class="narrow">
                    {platform_icon(&track.id.platform)}
                    {plain(track.id.platform.title(), 40)}
                </span>
                " "
                <a class="version" href=track.id.path()>
                    {track.id.version.to_string()}
                </a>
                " "
                <span class="muted">{hotfix} {build}</span>
            </p>
            {line(track)}
            {lamps(&track.lamps)}
            {why(track)}
            {next(track)}
        </article>
    }.erase()
}

/// The four lamps, each with its name, its word, and its reason on demand.
pub(crate) fn lamps(lamps: &Lamps) -> Erased {
    let items = lamps.named().map(|(name, lamp)| named_lamp(name, lamp)).into_iter().collect_view();
    view! { <ul class="lamps">{items}</ul> }.erase()
}

fn named_lamp(name: &'static str, lamp: &Lamp) -> Erased {
    view! {
        <li class="lamp" data-signal=lamp.signal.as_str() title=plain(&lamp.why, 200)>
            {bulb(lamp.signal)}
            <span class="lamp-name">{name}</span>
            <span class="sr">{format!(" {}: ", lamp.signal.spoken())}</span>
            <span class="lamp-text" data-notice>
                {plain(&lamp.text, 40)}
            </span>
        </li>
    }.erase()
}

fn why(track: &TrackView) -> Erased {
    let headline = &track.headline;
    let since = headline.since.map(|since| view! { <Age since before="· "/> });
    let more = (!headline.more.is_empty()).then(|| format!(" · {}", plain(&headline.more, 80)));
    let text = short(&headline.text);
    let title = text.clone();
    view! {
        <p class="why">
            <span class="why-text" title=title data-notice>
                <bdi>{text}</bdi>
            </span>
            " "
            <span class="muted">{since} {more}</span>
            {fresh(track)}
        </p>
    }.erase()
}

/// How old the oldest reading is that the conditions rest on, or which source gives no fresh answer.
pub(crate) fn fresh(track: &TrackView) -> Erased {
    let age = track.observed_at;
    match &track.stale {
        Some(source) => {
            let source = plain(source.as_str(), 40);
            let title = format!("{source} gives no fresh answer");
            view! {
                <span class="fresh is-stale" data-signal=lamp::Signal::Unknown.as_str() title=title>
                    {bulb(lamp::Signal::Unknown)}
                    <span class="sr">"no fresh answer from "</span>
                    {source}
                    {age.map(|since| view! { <Age since before=" "/> })}
                </span>
            }
            .erase()
        }
        None => view! { <span class="fresh">{age.map(|since| view! { <Age since after=" ago"/> })}</span> }.erase(),
    }.erase()
}

/// Whether the conductor makes the next move by itself.
fn by_conductor(track: &TrackView) -> bool {
    matches!(track.ahead, Some((_, Mode::Auto | Mode::Ask)))
}

fn next(track: &TrackView) -> Erased {
    let headline = &track.headline;
    let conductor = by_conductor(track).then(|| icon("#conductor"));
    view! {
        <p class="next">
            <span class="sr">"Next move: "</span>
            {owner(&headline.who)}
            {drawing("i arrow", "#go")}
            <span class="sr">", then "</span>
            {conductor}
            <span class="then">{short(&headline.then)}</span>
        </p>
    }.erase()
}
