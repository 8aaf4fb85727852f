//! Release windows and freezes from local time to UTC. The conductor knows no zones: it gets spans, so that
//! server and browser agree. Local time is kept over a change of summer time; where an hour is missing or
//! doubled, a window takes the smaller reading and a freeze the longer.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
    Weekday,
};
use chrono_tz::Tz;
use conductor::Moment;
use conductor::facts::{Freeze, Opening, Window};

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
    /// When nothing is released whatever the window says.
    pub freezes: Vec<FreezeSpec>,
}

/// A freeze as an admin writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreezeSpec {
    /// Its name.
    pub name: String,
    /// From this local time in the window's zone.
    pub from: NaiveDateTime,
    /// Until this local time.
    pub until: NaiveDateTime,
}

/// How far ahead a window is expanded: the next opening is told even over a long holiday.
const AHEAD_DAYS: u64 = 28;

#[derive(Clone, Copy)]
enum Edge {
    Earlier,
    Later,
}

/// A local time as a moment. A doubled time is read as the earlier or later one; a missing one as the
/// moment just before or just after the gap.
fn moment(zone: Tz, local: NaiveDateTime, edge: Edge) -> Moment {
    let found = zone.from_local_datetime(&local);
    let at: DateTime<Tz> = match (edge, found.earliest(), found.latest()) {
        (Edge::Earlier, Some(at), _) | (Edge::Later, _, Some(at)) => at,
        _ => {
            // In the gap, which no zone makes longer than a day: both ends have the same moment in UTC.
            let step = TimeDelta::minutes(1);
            let after =
                (1..=1_440).find_map(|n| zone.from_local_datetime(&(local + step * n)).earliest());
            match after {
                Some(at) => at,
                None => Utc.from_utc_datetime(&local).with_timezone(&zone),
            }
        }
    };
    Moment::from_millis(at.timestamp_millis())
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
        let freezes = self
            .freezes
            .iter()
            .map(|it| Freeze {
                name: it.name.clone(),
                span: Opening {
                    from: moment(self.zone, it.from, Edge::Earlier),
                    until: moment(self.zone, it.until, Edge::Later),
                },
            })
            .collect();
        Window { title: self.to_string(), open, freezes }
    }

    fn opening(&self, day: NaiveDate) -> Option<Opening> {
        let last = if self.until <= self.from { day.checked_add_days(Days::new(1))? } else { day };
        let from = moment(self.zone, day.and_time(self.from), Edge::Later);
        let until = moment(self.zone, last.and_time(self.until), Edge::Earlier);
        (from < until).then_some(Opening { from, until })
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
