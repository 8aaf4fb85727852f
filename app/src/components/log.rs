//! Moves as the journal tells them.

use conductor::Person;
use conductor::board::Move;
use leptos::prelude::*;

use super::bulb::icon;
use super::people::face;
use super::time::{Form, Zone, day_number, day_words, when};
use crate::format::{plain, short};
use crate::live::Clock;
use crate::plain::{El, el};

/// Moves grouped by day, newest first, each group with its heading. `with_track`: says of which train.
#[component]
pub fn Log<M: Fn() -> Vec<Move> + Send + 'static>(
    /// Newest first.
    moves: M,
    /// Whether to say of which train, or else why.
    with_track: bool,
) -> impl IntoView {
    let zone = use_context::<Zone>();
    let clock = use_context::<Clock>();
    // Quarters of an hour are enough to tell days apart in any zone, and the list is not written anew each second.
    let quarter = Memo::new(move |_| {
        clock.as_ref().map(Clock::now).unwrap_or_default().millis().div_euclid(QUARTER_MS)
    });
    move || {
        let is_local = zone.is_some_and(Zone::is_local);
        let now = conductor::Moment::from_millis(quarter.get() * QUARTER_MS);
        let moves = moves();
        let days = moves
            .chunk_by(|a, b| day_number(a.at, is_local) == day_number(b.at, is_local))
            .map(|of_day| {
                let heading = of_day.first().map(|it| day_words(it.at, now, is_local));
                let entries = of_day.iter().map(|it| entry(it, with_track)).collect::<Vec<_>>();
                (el("h3").add(heading), el("ol").class("log").add(entries))
            })
            .collect::<Vec<_>>();
        let none =
            moves.is_empty().then(|| el("p").class("none muted").add("Nothing has moved yet"));
        el("div").add(days).add(none)
    }
}

const QUARTER_MS: i64 = 15 * 60 * 1_000;

fn entry(it: &Move, with_track: bool) -> El {
    let who = if it.by_conductor { icon("#conductor") } else { face(&Person::new(it.who.clone())) };
    let under = match (with_track, &it.track) {
        (true, Some(track)) => {
            el("a").attr("href", track.path()).add(el("bdi").add(plain(&it.title, 100)))
        }
        (true, None) => el("bdi").add(plain(&it.title, 100)),
        (false, _) => el("bdi").add(short(&it.why)),
    };
    el("li")
        .attr("title", short(&it.why))
        .add(who)
        .add(
            el("span")
                .add(el("span").class("sr").add(format!("{}: ", plain(&it.who, 60))))
                .add(el("bdi").add(short(&it.text)))
                .add(el("br"))
                .add(el("span").class("muted").add(under)),
        )
        .add(el("span").class("muted").add(when(it.at, Form::Clock)))
}
