//! Moments and ages. The server writes UTC and ages as of the board; in the browser ages run, and moments move to the
//! viewer's zone once the page has hydrated.

use conductor::explain::{clock, day, day_time};
use conductor::moment::{Moment, Span};
use leptos::prelude::*;

use crate::erased::Erase;

use crate::live::Clock;

/// Whether moments are shown in the viewer's zone. False until a page has hydrated.
#[derive(Clone, Copy)]
pub(crate) struct Zone(RwSignal<bool>);

impl Zone {
    /// UTC, until the browser has hydrated.
    pub(crate) fn provide() -> Self {
        let zone = Self(RwSignal::new(false));
        provide_context(zone);
        Effect::new(move || zone.0.set(true));
        zone
    }

    /// Whether moments are shown in the viewer's zone.
    pub(crate) fn is_local(self) -> bool {
        self.0.get()
    }
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `6 Mar`.
    Day,
    /// `09:14`.
    Clock,
    /// `Fri 6 Mar 09:14`.
    DayTime,
}

impl Form {
    fn write(self, at: Moment) -> String {
        match self {
            Self::Day => day(at),
            Self::Clock => clock(at),
            Self::DayTime => {
                let text = day_time(at);
                text.strip_suffix(" UTC").map_or(text.clone(), str::to_owned)
            }
        }
    }
}

/// A moment, exact on demand.
#[component]
pub fn When(
    /// The moment.
    at: Moment,
    /// How it is written.
    form: Form,
) -> impl IntoView {
    let zone = use_context::<Zone>();
    let text = move || match zone {
        Some(zone) if zone.is_local() => form.write(local(at)),
        _ => form.write(at),
    };
    view! {
        <time datetime=at.to_string() title=day_time(at)>
            {text}
        </time>
    }.erase()
}

/// How long something has lasted, or how long ago it was: `3 h 10 m`, and `before` and `after` around it.
#[component]
pub fn Age(
    /// From when it is counted.
    since: Moment,
    /// What stands before it.
    #[prop(optional)]
    before: &'static str,
    /// What stands after it.
    #[prop(optional)]
    after: &'static str,
) -> impl IntoView {
    let clock = use_context::<Clock>();
    let text = move || {
        let age = clock.as_ref().map_or(Span::default(), |clock| clock.since(since));
        format!("{before}{age}{after}")
    };
    view! {
        <time datetime=since.to_string() title=day_time(since)>
            {text}
        </time>
    }.erase()
}

/// How long it is until something: `2 m`, or `now`.
#[component]
pub fn Until(
    /// The moment that is waited for.
    at: ArcRwSignal<Moment>,
) -> impl IntoView {
    let clock = use_context::<Clock>();
    let text = move || {
        let left = clock.as_ref().map_or(Span::default(), |clock| at.get() - clock.now());
        if left.as_millis() < 1_000 { "now".to_owned() } else { format!("in {left}") }
    };
    view! { <span>{text}</span> }.erase()
}

/// The moment moved so that, written as if in UTC, it reads as in the viewer's zone.
fn local(at: Moment) -> Moment {
    #[cfg(feature = "hydrate")]
    {
        let date = js_sys::Date::new(&(at.millis() as f64).into());
        let offset = date.get_timezone_offset();
        if offset.is_finite() { at - Span::minutes(offset as i64) } else { at }
    }
    #[cfg(not(feature = "hydrate"))]
    at
}

/// The day that a moment lies on for whoever looks, as a number, for grouping.
pub(crate) fn day_number(at: Moment, is_local: bool) -> i64 {
    let at = if is_local { local(at) } else { at };
    at.millis().div_euclid(86_400_000)
}

/// `Today`, `Yesterday`, or `Fri 6 Mar`.
pub(crate) fn day_words(at: Moment, now: Moment, is_local: bool) -> String {
    match day_number(now, is_local) - day_number(at, is_local) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => {
            let text = Form::DayTime.write(if is_local { local(at) } else { at });
            text.rsplit_once(' ').map_or(text.clone(), |(day, _)| day.to_owned())
        }
    }
}
