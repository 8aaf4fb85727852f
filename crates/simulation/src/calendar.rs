//! The release window of the simulated app: how the engine is told of it, and, apart from that, when it is open.

use chrono::{DateTime, Datelike, NaiveTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use conductor::Moment;
use engine::WindowSpec;

const ZONE: Tz = chrono_tz::Europe::Berlin;
const FROM: u32 = 8;
const UNTIL: u32 = 18;

/// Monday to Thursday, by day, in Berlin.
pub(crate) fn window() -> WindowSpec {
    let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    WindowSpec {
        days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu],
        from: at(FROM),
        until: at(UNTIL),
        zone: ZONE,
        binds: vec![conductor::Kind::Regular, conductor::Kind::Hotfix],
        freezes: Vec::new(),
    }
}

/// Whether that is now.
pub(crate) fn is_open(at: Moment) -> bool {
    let Some(utc) = DateTime::<Utc>::from_timestamp_millis(at.millis()) else { return false };
    let local = utc.with_timezone(&ZONE);
    local.weekday().num_days_from_monday() < 4 && (FROM..UNTIL).contains(&local.hour())
}
