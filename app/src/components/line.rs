//! The line: stations, the train where it stands, and the signal before the next station.

use conductor::board::{Station, TrackView};
use conductor::lamp::Signal;
use conductor::moment::Moment;
use conductor::track::Standing;
use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use super::bulb::{bulb, icon};
use super::time::{Age, Form, When};
use crate::erased::{Erase, Erased};
use crate::format::plain;

/// Where on the line things are, in stations from the first.
struct Places {
    at: usize,
    /// How far the train is on the way to the next station, of a thousand.
    along: u16,
    stations: usize,
}

impl Places {
    fn of(track: &TrackView) -> Self {
        let stations = track.stations.len().max(1);
        Self { at: usize::from(track.at).min(stations - 1), along: track.along.min(850), stations }
    }

    fn is_last(&self) -> bool {
        self.at + 1 >= self.stations
    }

    /// `--n:5;--at:3.580`
    fn line_style(&self) -> String {
        let along = if self.is_last() { 0 } else { self.along };
        format!("--n:{};--at:{}.{along:03}", self.stations, self.at)
    }

    fn train_style(&self) -> String {
        let along = if self.is_last() { 0 } else { self.along };
        format!("--along:0.{along:03}")
    }

    /// Between the train and the next station.
    fn signal_style(&self) -> String {
        let place = if self.along == 0 { 550 } else { u16::midpoint(self.along, 1_000) };
        format!("--sig:0.{place:03}")
    }
}

/// The line of a row of the board: short names, and how long the train has been where it is.
pub(crate) fn line(track: &TrackView) -> Erased {
    let places = Places::of(track);
    let since = track.stage_since;
    let stations = stations(track, &places, false, move |station, place| {
        match (place, station.entered_at) {
            (Place::Here, at) if station.note.is_empty() => EitherOf3::A(since.or(at).map(|at| view! { <Age since=at/> })),
            (Place::Here, _) => EitherOf3::B(plain(&station.note, 40)),
            (Place::Behind, at) => EitherOf3::C(at.map(|at| view! { <When at form=Form::Day/> })),
            (Place::Ahead, _) => EitherOf3::C(None),
        }
    });
    view! {
        <ol class="line" style=places.line_style() aria-label="Stages">
            {stations}
        </ol>
    }.erase()
}

/// The line of a track's page: whole names, when each station was entered, and what is to be known there.
pub(crate) fn big_line(track: &TrackView) -> Erased {
    let places = Places::of(track);
    let since = track.stage_since;
    let build = track.build.clone();
    let next: Vec<Option<Moment>> =
        track.stations.iter().skip(1).map(|it| it.entered_at).chain([None]).collect();
    let mut next = next.into_iter();
    let stations = stations(track, &places, true, move |station, place| {
        let left = next.next().flatten();
        let entered = station.entered_at.or(if place == Place::Here { since } else { None });
        let note = match place {
            Place::Here if station.note.is_empty() => {
                let build = build.as_deref().map(|build| format!("build {}", plain(build, 24)));
                Either::Left(build.unwrap_or_default())
            }
            Place::Here => Either::Left(plain(&station.note, 60)),
            Place::Behind => Either::Left(match (station.entered_at, left) {
                (Some(from), Some(until)) => (until - from).to_string(),
                _ => String::new(),
            }),
            Place::Ahead => Either::Right(()),
        };
        view! {
            {entered.map(|at| view! { <When at form=Form::DayTime/> })}
            <small>{note}</small>
        }
    });
    view! {
        <ol class="line is-big" style=places.line_style() aria-label="Stages">
            {stations}
        </ol>
    }.erase()
}

/// A line without a train, for what is not branched yet.
pub(crate) fn ghost_line(stations: usize) -> Erased {
    let stations = stations.max(1);
    let items = (0..stations).map(|_| view! { <li class="station"></li> }).collect_view();
    view! {
        <ol class="line is-ghost" style=format!("--n:{stations}") aria-hidden="true">
            {items}
        </ol>
    }.erase()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Behind,
    Here,
    Ahead,
}

fn stations<V: IntoView + 'static, F: FnMut(&Station, Place) -> V>(
    track: &TrackView,
    places: &Places,
    is_big: bool,
    mut under: F,
) -> Erased {
    let (met, all) = track.met;
    track
        .stations
        .iter()
        .enumerate()
        .map(|(index, station)| {
            let place = match index.cmp(&places.at) {
                std::cmp::Ordering::Less => Place::Behind,
                std::cmp::Ordering::Equal => Place::Here,
                std::cmp::Ordering::Greater => Place::Ahead,
            };
            let is_here = place == Place::Here;
            let name = plain(if is_big { &station.title } else { &station.short }, 60);
            let train = is_here.then(|| train(track.standing, track.along, places.train_style()));
            let shows_signal = is_here
                && !places.is_last()
                && track.signal != Signal::None
                && (places.along == 0 || track.signal != Signal::Go);
            let count = (is_big && all > 0).then(|| view! { <span>{format!("{met} of {all}")}</span> });
            let signal = shows_signal.then(|| {
                view! {
                    <span class="signal" data-signal=track.signal.as_str() style=places.signal_style() aria-hidden="true">
                        {bulb(track.signal)}
                        {count}
                    </span>
                }
            });
            view! {
                <li class="station" class:is-here=is_here aria-current=is_here.then_some("step")>
                    <span class="station-name">{name}</span>
                    " "
                    <span class="station-time">{under(station, place)}</span>
                    {train}
                    {signal}
                </li>
            }
        })
        .collect_view().erase()
}

fn train(standing: Standing, along: u16, style: String) -> Erased {
    let mark = match standing {
        Standing::Paused => Some("#pause"),
        Standing::Held => Some("#hold"),
        Standing::Rejected | Standing::Cancelled => Some("#cross"),
        Standing::Finished => Some("#check"),
        Standing::Running => (along > 0).then_some("#go"),
    };
    view! {
        <span class="train" style=style aria-hidden="true">
            {mark.map(icon)}
        </span>
    }.erase()
}
