//! Moments and ages. The server writes UTC and ages as of the board; in the browser ages run, and moments move to the
//! viewer's zone once the page has hydrated.

use conductor::explain::{clock, day, day_time};
use conductor::moment::{Moment, Span};
use leptos::prelude::*;

use crate::live::Clock;
use crate::plain::{El, el};

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
pub(crate) fn when(at: Moment, form: Form) -> El {
    let zone = use_context::<Zone>();
    el("time").attr("datetime", at.to_string()).attr("title", day_time(at)).live(move || match zone
    {
        Some(zone) if zone.is_local() => form.write(local(at)),
        _ => form.write(at),
    })
}

/// How long something has lasted: `3 h 10 m`.
pub(crate) fn age(since: Moment) -> El {
    age_between("", since, "")
}

/// How long ago something was: `3 h 10 m ago`.
pub(crate) fn age_after(since: Moment, after: &'static str) -> El {
    age_between("", since, after)
}

/// The same with words before it.
pub(crate) fn age_before(before: &'static str, since: Moment) -> El {
    age_between(before, since, "")
}

fn age_between(before: &'static str, since: Moment, after: &'static str) -> El {
    let clock = use_context::<Clock>();
    el("time").attr("datetime", since.to_string()).attr("title", day_time(since)).live(move || {
        let age = clock.as_ref().map_or(Span::default(), |clock| clock.since(since));
        format!("{before}{age}{after}")
    })
}

/// How long it is until something: `in 2 m`, or `now`.
pub(crate) fn until(at: ArcRwSignal<Moment>) -> El {
    let clock = use_context::<Clock>();
    el("span").live(move || {
        let left = clock.as_ref().map_or(Span::default(), |clock| at.get() - clock.now());
        if left.as_millis() < 1_000 { "now".to_owned() } else { format!("in {left}") }
    })
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
