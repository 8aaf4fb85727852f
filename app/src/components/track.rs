//! A train in flight as the board shows it: its line, four lamps, what it waits for, and on whom.

use conductor::board::TrackView;
use conductor::lamp::{self, Lamp, Lamps};
use conductor::process::Mode;
use conductor::track::Kind;
use leptos::prelude::*;

use super::bulb::{bulb, drawing, icon, platform_icon};
use super::line::line;
use super::people::owner;
use super::time::{age_after, age_before};
use crate::format::{plain, short};
use crate::plain::{El, el};

/// A row of the board. It alone reads its track's signal: a patch of another row leaves it alone.
#[component]
pub fn Row(
    /// The track.
    track: ArcRwSignal<TrackView>,
) -> impl IntoView {
    move || track.with(row)
}

fn row(track: &TrackView) -> El {
    let hotfix = (track.kind == Kind::Hotfix).then(|| el("span").class("chip").add("Hotfix"));
    let build = track.build.as_deref().map(|build| format!("Build {}", plain(build, 24)));
    el("article")
        .class("now")
        .attr("data-standing", track.standing.as_str())
        .attr("aria-label", plain(&track.title, 100))
        .add(
            el("p")
                .class("ident")
                .add(
                    el("span")
                        .class("narrow")
                        .add(platform_icon(&track.id.platform))
                        .add(plain(track.id.platform.title(), 40)),
                )
                .add(" ")
                .add(
                    el("a")
                        .class("version")
                        .attr("href", track.id.path())
                        .add(track.id.version.to_string()),
                )
                .add(" ")
                .add(el("span").class("muted").add(hotfix).add(build)),
        )
        .add(line(track))
        .add(lamps(&track.lamps))
        .add(why(track))
        .add(next(track))
}

/// The four lamps, each with its name, its word, and its reason on demand.
pub(crate) fn lamps(lamps: &Lamps) -> El {
    let items =
        lamps.named().map(|(name, lamp)| named_lamp(name, lamp)).into_iter().collect::<Vec<_>>();
    el("ul").class("lamps").add(items)
}

fn named_lamp(name: &'static str, lamp: &Lamp) -> El {
    el("li")
        .class("lamp")
        .attr("data-signal", lamp.signal.as_str())
        .attr("title", plain(&lamp.why, 200))
        .add(bulb(lamp.signal))
        .add(el("span").class("lamp-name").add(name))
        .add(el("span").class("sr").add(format!(" {}: ", lamp.signal.spoken())))
        .add(el("span").class("lamp-text").attr("data-notice", "").add(plain(&lamp.text, 40)))
}

fn why(track: &TrackView) -> El {
    let headline = &track.headline;
    let since = headline.since.map(|since| age_before("· ", since));
    let more = (!headline.more.is_empty()).then(|| format!(" · {}", plain(&headline.more, 80)));
    let text = short(&headline.text);
    let title = text.clone();
    el("p")
        .class("why")
        .add(
            el("span")
                .class("why-text")
                .attr("title", title)
                .attr("data-notice", "")
                .add(el("bdi").add(text)),
        )
        .add(" ")
        .add(el("span").class("muted").add(since).add(more))
        .add(fresh(track))
}

/// How old the oldest reading is that the conditions rest on, or which source gives no fresh answer.
pub(crate) fn fresh(track: &TrackView) -> El {
    let age = track.observed_at;
    match &track.stale {
        Some(source) => {
            let source = plain(source.as_str(), 40);
            let title = format!("{source} gives no fresh answer");
            el("span")
                .class("fresh is-stale")
                .attr("data-signal", lamp::Signal::Unknown.as_str())
                .attr("title", title)
                .add(bulb(lamp::Signal::Unknown))
                .add(el("span").class("sr").add("no fresh answer from "))
                .add(source)
                .add(age.map(|since| age_before(" ", since)))
        }
        None => el("span").class("fresh").add(age.map(|since| age_after(since, " ago"))),
    }
}

/// Whether the conductor makes the next move by itself.
fn by_conductor(track: &TrackView) -> bool {
    matches!(track.ahead, Some((_, Mode::Auto | Mode::Ask)))
}

fn next(track: &TrackView) -> El {
    let headline = &track.headline;
    let conductor = by_conductor(track).then(|| icon("#conductor"));
    el("p")
        .class("next")
        .add(el("span").class("sr").add("Next move: "))
        .add(owner(&headline.who))
        .add(drawing("i arrow", "#go"))
        .add(el("span").class("sr").add(", then "))
        .add(conductor)
        .add(el("span").class("then").add(short(&headline.then)))
}
