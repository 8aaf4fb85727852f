//! The week and the year's end. Days are local and counted from 1970, as floating numbers.
//!
//! Many trains run by the weekday: a past trip is taken to end at the same time of the week, whatever day the new one
//! begins on. And trains rest over the year's end: of 780 regular releases of 14 apps not one came between 23 December
//! and 1 January, while what was due then came some days earlier or a fortnight later. So two weeks there count as no time
//! at all, and each app's own past says how likely the earlier way out is.

use chrono::{Datelike, Days, NaiveDate};

/// Shorter trips are hours of work on any day, not a matter of the calendar.
pub(super) const BY_THE_WEEK: f64 = 1.5;

/// The rest begins on 20 December …
const REST_FROM: (u32, u32) = (12, 20);
/// … lasts for two weeks, so that the weekday stays …
const REST_DAYS: f64 = 14.0;
/// … and what comes early comes within its first three days.
const STILL_WORKING: f64 = 3.0;

const WEEK: f64 = 7.0;

/// How far a trip that began at `then` has to be moved to end at the same time of the week if it begins at `now`: at most
/// half a week either way.
pub(super) fn week_shift(then: f64, now: f64) -> f64 {
    (then - now + WEEK / 2.0).rem_euclid(WEEK) - WEEK / 2.0
}

/// When the first rest begins that ends after `day`.
fn rest_after(day: f64) -> f64 {
    let start = |year: i32| {
        let (month, day) = REST_FROM;
        let date = NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        f64::from(date.num_days_from_ce() - NaiveDate::default().num_days_from_ce())
    };
    let whole = day.floor().max(0.0) as u64;
    let year = NaiveDate::default().checked_add_days(Days::new(whole)).map_or(1970, |it| it.year());
    let before = start(year - 1);
    if before + REST_DAYS > day { before } else { start(year) }
}

/// How much of the time between two days was rest.
fn rested(from: f64, until: f64) -> f64 {
    let (mut total, mut rest) = (0.0, rest_after(from));
    while rest < until {
        total += until.min(rest + REST_DAYS) - from.max(rest);
        rest = rest_after(rest + REST_DAYS);
    }
    total
}

/// The length of a trip without the rest in it.
pub(super) fn working(from: f64, until: f64) -> f64 {
    until - from - rested(from, until)
}

/// How long a trip takes that begins at `from` and needs `working` days without rest. At most some years.
fn with_rest(from: f64, working: f64) -> f64 {
    let mut until = from + working;
    let mut rest = rest_after(from);
    while rest < until && until - from < 4_000.0 {
        until += rest + REST_DAYS - from.max(rest);
        rest = rest_after(rest + REST_DAYS);
    }
    until - from
}

/// The ways in which a trip of so many working days may go that begins at `from`, each with its share, of which
/// `early` came out before the rest in the past.
pub(super) fn ways(from: f64, working: f64, early: f64) -> [(f64, f64); 2] {
    let late = with_rest(from, working);
    let rest = rest_after(from);
    if late - working < 1e-9 || (rest <= from && working <= BY_THE_WEEK) {
        // Nothing rests where somebody has just begun something short.
        return [(working, 1.0), (late, 0.0)];
    }
    let due_within = rest > from && from + working < rest + REST_DAYS;
    let soon = if due_within { working.min(rest + STILL_WORKING - from) } else { working };
    [(soon, early), (late, 1.0 - early)]
}

/// Which share of the trips that were due in a rest, or beyond it, ended before it. `typical` is the usual number of
/// working days. Begins at one of three, which is what other apps did, and learns.
pub(super) fn early(trips: impl Iterator<Item = (f64, f64)>, typical: f64) -> f64 {
    let (mut early, mut all) = (1.0, 3.0);
    for (from, until) in trips {
        let rest = rest_after(from);
        if rest > from && rest < from + typical {
            all += 1.0;
            if until < rest + STILL_WORKING {
                early += 1.0;
            }
        }
    }
    early / all
}
