//! Release windows and freezes from local time to UTC. The conductor knows no zones: it gets spans, so that
//! server and browser agree. Local time is kept over a change of summer time; where an hour is missing or
//! doubled, a window takes the smaller reading and a freeze the longer.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;
use conductor::facts::{Freeze, Opening, Window};
use conductor::{Kind, Moment};

/// A release window as an admin writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowSpec {
    /// The days on which it opens.
    pub days: Vec<Weekday>,
    /// When it opens, in local time.
    pub from: NaiveTime,
    /// When it closes, in local time; at or before `from`: on the next day.
    pub until: NaiveTime,
    /// The zone of these times.
    pub zone: Tz,
    /// Which classes of trains it binds; an emergency is bound by none.
    pub binds: Vec<Kind>,
    /// When nothing is released whatever the window says.
    pub freezes: Vec<FreezeSpec>,
}

/// A freeze as an admin writes it: local words and a zone's name, never an offset or a converted weekday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeSpec {
    /// Its name.
    pub name: String,
    /// When.
    pub when: When,
    /// The zone of these times.
    pub zone: Tz,
}

/// When a freeze is on, in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// From this local time until that one.
    Once {
        /// From.
        from: NaiveDateTime,
        /// Until.
        until: NaiveDateTime,
    },
    /// Every week, from this day and time until that one.
    Weekly {
        /// From.
        from: (Weekday, NaiveTime),
        /// Until; the next such moment after `from`.
        until: (Weekday, NaiveTime),
    },
}

/// How far ahead a window is expanded: the next opening is told even over a long holiday.
const AHEAD_DAYS: u64 = 28;

#[derive(Clone, Copy)]
enum Edge {
    Earlier,
    Later,
}

/// A local time as a moment. A doubled time is read as its earlier or its later moment. A missing one is read by the
/// clock before the change (later) or by the clock after it (earlier), so that both readings of it are on the safe side.
fn moment(zone: Tz, local: NaiveDateTime, edge: Edge) -> Moment {
    let found = zone.from_local_datetime(&local);
    let at: DateTime<Tz> = match (edge, found.earliest(), found.latest()) {
        (Edge::Earlier, Some(at), _) | (Edge::Later, _, Some(at)) => at,
        _ => in_the_gap(zone, local, edge)
            .unwrap_or_else(|| Utc.from_utc_datetime(&local).with_timezone(&zone)),
    };
    Moment::from_millis(at.timestamp_millis())
}

/// A local time that does not exist, by the clock on either side of its gap. No zone has a gap of more than a day.
fn in_the_gap(zone: Tz, local: NaiveDateTime, edge: Edge) -> Option<DateTime<Tz>> {
    let away = |n: i64| match edge {
        Edge::Later => zone.from_local_datetime(&(local - TimeDelta::minutes(n))).latest(),
        Edge::Earlier => zone.from_local_datetime(&(local + TimeDelta::minutes(n))).earliest(),
    };
    let (n, near) = (1..=1_440).find_map(|n| Some((n, away(n)?)))?;
    Some(match edge {
        Edge::Later => near + TimeDelta::minutes(n),
        Edge::Earlier => near - TimeDelta::minutes(n),
    })
}

impl WindowSpec {
    /// The window around a moment: openings from the day before until four weeks ahead, sorted.
    pub fn around(&self, now: Moment) -> Window {
        let today = DateTime::<Utc>::from_timestamp_millis(now.millis())
            .map_or(NaiveDate::default(), |at| at.with_timezone(&self.zone).date_naive());
        let first = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        let open = (0..AHEAD_DAYS)
            .filter_map(|n| first.checked_add_days(Days::new(n)))
            .filter(|day| self.days.contains(&day.weekday()))
            .filter_map(|day| self.opening(day))
            .collect();
        let mut freezes: Vec<Freeze> =
            self.freezes.iter().flat_map(|it| it.around(today)).collect();
        freezes.sort_by_key(|it| it.span.from);
        Window { title: self.to_string(), open, freezes, binds: self.binds.clone() }
    }

    fn opening(&self, day: NaiveDate) -> Option<Opening> {
        let last = if self.until <= self.from { day.checked_add_days(Days::new(1))? } else { day };
        let from = moment(self.zone, day.and_time(self.from), Edge::Later);
        let until = moment(self.zone, last.and_time(self.until), Edge::Earlier);
        (from < until).then_some(Opening { from, until })
    }
}

impl FreezeSpec {
    /// Its spans around a day.
    fn around(&self, today: NaiveDate) -> Vec<Freeze> {
        let freeze = |from, until| Freeze {
            name: self.name.clone(),
            span: Opening {
                from: moment(self.zone, from, Edge::Earlier),
                until: moment(self.zone, until, Edge::Later),
            },
        };
        match self.when {
            When::Once { from, until } => vec![freeze(from, until)],
            When::Weekly { from, until } => {
                // One that began a week ago may last until now.
                let Some(first) = today.checked_sub_days(Days::new(9)) else { return Vec::new() };
                let starts = (0..AHEAD_DAYS + 9)
                    .filter_map(|n| first.checked_add_days(Days::new(n)))
                    .filter(|day| day.weekday() == from.0);
                starts
                    .filter_map(|day| {
                        let starts = day.and_time(from.1);
                        let ends = (0..=7)
                            .filter_map(|n| {
                                Some(day.checked_add_days(Days::new(n))?.and_time(until.1))
                            })
                            .find(|end| end.weekday() == until.0 && *end > starts)?;
                        Some(freeze(starts, ends))
                    })
                    .collect()
            }
        }
    }
}

/// `Mon–Thu 09:00–16:00 Europe/Stockholm`.
impl std::fmt::Display for WindowSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut days: Vec<Weekday> = self.days.clone();
        days.sort_by_key(Weekday::num_days_from_monday);
        days.dedup();
        let row = days.windows(2).all(|pair| matches!(pair, [a, b] if a.succ() == *b));
        match (days.as_slice(), row) {
            ([first, _, .., last], true) => write!(f, "{first}–{last}")?,
            (all, _) => {
                let names: Vec<String> = all.iter().map(ToString::to_string).collect();
                f.write_str(&names.join(", "))?;
            }
        }
        write!(f, " {}–{} {}", self.from.format("%H:%M"), self.until.format("%H:%M"), self.zone)
    }
}

#[cfg(test)]
mod tests;
