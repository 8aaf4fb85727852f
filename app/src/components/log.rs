//! Moves as the journal tells them.

use conductor::Person;
use conductor::board::Move;
use leptos::either::Either;
use leptos::prelude::*;

use super::bulb::icon;
use super::people::face;
use super::time::{Form, When, Zone, day_number, day_words};
use crate::erased::{Erase, Erased};
use crate::format::{plain, short};
use crate::live::Clock;

/// Moves grouped by day, newest first, each group with its heading. `with_track`: says of which train.
#[component]
pub fn Log(
    /// Newest first.
    moves: Memo<Vec<Move>>,
    /// Whether to say of which train, or else why.
    with_track: bool,
) -> impl IntoView {
    let zone = use_context::<Zone>();
    let clock = use_context::<Clock>();
    // Quarters of an hour are enough to tell days apart in any zone, and the list is not written anew each second.
    let quarter = Memo::new(move |_| clock.as_ref().map(Clock::now).unwrap_or_default().millis().div_euclid(900_000));
    move || {
        let is_local = zone.is_some_and(Zone::is_local);
        let now = conductor::Moment::from_millis(quarter.get() * 900_000);
        moves.with(|moves| {
            if moves.is_empty() {
                return view! { <p class="none muted">"Nothing has moved yet"</p> }.erase();
            }
            moves
                .chunk_by(|a, b| day_number(a.at, is_local) == day_number(b.at, is_local))
                .map(|of_day| {
                    let heading = of_day.first().map(|it| day_words(it.at, now, is_local));
                    view! {
                        <h3>{heading}</h3>
                        <ol class="log">{of_day.iter().map(|it| entry(it, with_track)).collect_view()}</ol>
                    }
                })
                .collect_view()
                .erase()
        })
    }.erase()
}

fn entry(it: &Move, with_track: bool) -> Erased {
    let who = if it.by_conductor {
        Either::Left(icon("#conductor"))
    } else {
        Either::Right(face(&Person::new(it.who.clone())))
    };
    let under = match (with_track, &it.track) {
        (true, Some(track)) => {
            view! { <a href=track.path()><bdi>{plain(&it.title, 100)}</bdi></a> }.erase()
        }
        (true, None) => view! { <bdi>{plain(&it.title, 100)}</bdi> }.erase(),
        (false, _) => view! { <bdi>{short(&it.why)}</bdi> }.erase(),
    };
    view! {
        <li title=short(&it.why)>
            {who}
            <span>
                <span class="sr">{format!("{}: ", plain(&it.who, 60))}</span>
                <bdi>{short(&it.text)}</bdi>
                <br/>
                <span class="muted">{under}</span>
            </span>
            <span class="muted">
                <When at=it.at form=Form::Clock/>
            </span>
        </li>
    }.erase()
}
