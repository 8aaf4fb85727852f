//! The line: stations, the train where it stands, and the signal before the next station.

use super::bulb::{bulb, icon};
use super::time::{Form, age, when};
use crate::format::plain;
use crate::plain::{Children, El, el};
use conductor::board::{Station, TrackView};
use conductor::lamp::Signal;
use conductor::moment::Moment;
use conductor::track::Standing;

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
        // Before the next station there is room for the signal: a train that may not leave stands short of it.
        let along = u16::try_from(u32::from(track.along.min(850)) * 65 / 100).unwrap_or_default();
        Self { at: usize::from(track.at).min(stations - 1), along, stations }
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
        let place = if self.along == 0 { 550 } else { 850 };
        format!("--sig:0.{place}")
    }
}

/// The line of a row of the board: short names, and how long the train has been where it is.
pub(crate) fn line(track: &TrackView) -> El {
    let places = Places::of(track);
    let since = track.stage_since;
    let stations =
        stations(track, &places, false, move |station, place| match (place, station.entered_at) {
            (Place::Here, at) if station.note.is_empty() => (since.or(at).map(age), String::new()),
            (Place::Here, _) => (None, plain(&station.note, 40)),
            (Place::Behind, at) => (at.map(|at| when(at, Form::Day)), String::new()),
            (Place::Ahead, _) => (None, String::new()),
        });
    el("ol")
        .class("line")
        .attr("style", places.line_style())
        .attr("aria-label", "Stages")
        .add(stations)
}

/// The line of a track's page: whole names, when each station was entered, and what is to be known there.
pub(crate) fn big_line(track: &TrackView) -> El {
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
                build.unwrap_or_default()
            }
            Place::Here => plain(&station.note, 60),
            Place::Behind => match (station.entered_at, left) {
                (Some(from), Some(until)) => (until - from).to_string(),
                _ => String::new(),
            },
            Place::Ahead => String::new(),
        };
        (entered.map(|at| when(at, Form::DayTime)), el("small").add(note))
    });
    el("ol")
        .class("line is-big")
        .attr("style", places.line_style())
        .attr("aria-label", "Stages")
        .add(stations)
}

/// A line without a train, for what is not branched yet.
pub(crate) fn ghost_line(stations: usize) -> El {
    let stations = stations.max(1);
    let items = (0..stations).map(|_| el("li").class("station")).collect::<Vec<_>>();
    el("ol")
        .class("line is-ghost")
        .attr("style", format!("--n:{stations}"))
        .attr("aria-hidden", "true")
        .add(items)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Behind,
    Here,
    Ahead,
}

fn stations<V: Children>(
    track: &TrackView,
    places: &Places,
    is_big: bool,
    mut under: impl FnMut(&Station, Place) -> V,
) -> Vec<El> {
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
            // Close to the next station its name stands where the count would.
            let has_room = is_big && all > 0 && places.along == 0;
            let count = has_room.then(|| el("span").add(format!("{met} of {all}")));
            let signal = shows_signal.then(|| {
                el("span")
                    .class("signal")
                    .attr("data-signal", track.signal.as_str())
                    .attr("style", places.signal_style())
                    .attr("aria-hidden", "true")
                    .add(bulb(track.signal))
                    .add(count)
            });
            el("li")
                .class("station")
                .class_if("is-here", is_here)
                .attr_if("aria-current", is_here.then_some("step"))
                .add(el("span").class("station-name").add(name))
                .add(" ")
                .add(el("span").class("station-time").add(under(station, place)))
                .add(train)
                .add(signal)
        })
        .collect::<Vec<_>>()
}

fn train(standing: Standing, along: u16, style: String) -> El {
    let mark = match standing {
        Standing::Paused => Some("#pause"),
        Standing::Held => Some("#hold"),
        Standing::Rejected | Standing::Cancelled => Some("#cross"),
        Standing::Finished => Some("#check"),
        Standing::Running => (along > 0).then_some("#go"),
    };
    el("span").class("train").attr("style", style).attr("aria-hidden", "true").add(mark.map(icon))
}
