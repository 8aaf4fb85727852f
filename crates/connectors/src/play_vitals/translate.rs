//! Rows of vitals into named rates and health. Pure: each oddity is a test.

use super::Period;
use super::wire::{Civil, Row, Zone};
use chrono::{
    Datelike as _, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _,
    Timelike as _,
};
use chrono_tz::Tz;
use conductor::observation::{Audience, Health, Named, Value};
use conductor::{Moment, Version};

/// The rates of one version code.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rate {
    pub(super) code: String,
    /// By our name, in the order of the set: what users notice first.
    rates: Vec<(&'static str, Value)>,
    /// Users, rounded by Google.
    users: u64,
}

/// A civil time as a moment. Without a zone: Los Angeles for days, UTC for hours.
pub(super) fn moment(at: &Civil, of: Period) -> Option<Moment> {
    let local = local(at)?;
    let millis = match (&at.time_zone, &at.utc_offset) {
        (Some(Zone { id }), _) => {
            id.parse::<Tz>().ok()?.from_local_datetime(&local).earliest()?.timestamp_millis()
        }
        (None, Some(offset)) => {
            let seconds = offset.strip_suffix('s')?.parse().ok()?;
            FixedOffset::east_opt(seconds)?
                .from_local_datetime(&local)
                .earliest()?
                .timestamp_millis()
        }
        (None, None) => match of {
            Period::Day => {
                Tz::America__Los_Angeles.from_local_datetime(&local).earliest()?.timestamp_millis()
            }
            Period::Hour => local.and_utc().timestamp_millis(),
        },
    };
    Some(Moment::from_millis(millis))
}

fn local(at: &Civil) -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(at.year, at.month, at.day)?.and_hms_opt(at.hours, 0, 0)
}

/// A period earlier, in the same zone.
pub(super) fn before(at: &Civil, of: Period) -> Option<Civil> {
    let end = local(at)?;
    let start = match of {
        Period::Day => end.checked_sub_days(Days::new(1))?,
        Period::Hour => end.checked_sub_signed(TimeDelta::hours(1))?,
    };
    Some(Civil {
        year: start.year(),
        month: start.month(),
        day: start.day(),
        hours: start.hour(),
        ..at.clone()
    })
}

/// The rates of those rows that are of the period which ends so. A rate above one means that the unit is another.
pub(super) fn rates(
    rows: &[Row],
    wanted: &[(&'static str, &'static str)],
    of: Period,
    until: Moment,
) -> Result<Vec<Rate>, String> {
    let mut all = Vec::new();
    for row in rows {
        let starts = row.start_time.as_ref().map(|it| before_end(it, of));
        let other_period =
            !row.aggregation_period.is_empty() && row.aggregation_period != of.word();
        if other_period || starts.is_some_and(|ends| ends != Some(until)) {
            continue;
        }
        let code = row.code().ok_or("a row has no version code")?;
        // Without users a rate says nothing.
        let users = row.metric("distinctUsers").and_then(decimal).and_then(|it| it.millionths());
        let Some(users) = users.filter(|it| *it > 0) else { continue };
        let mut rates = Vec::new();
        for (name, ours) in wanted {
            let Some(value) = row.metric(name).and_then(decimal) else { continue };
            match value.millionths() {
                Some(0..=1_000_000) => rates.push((*ours, value)),
                _ => {
                    return Err(format!(
                        "{name} is no fraction; the unit of Play vitals is not what we know"
                    ));
                }
            }
        }
        all.push(Rate { code: code.to_owned(), rates, users: users.unsigned_abs() / 1_000_000 });
    }
    Ok(all)
}

/// The end of the period that starts so.
fn before_end(start: &Civil, of: Period) -> Option<Moment> {
    let at = local(start)?;
    let end = match of {
        Period::Day => at.checked_add_days(Days::new(1))?,
        Period::Hour => at.checked_add_signed(TimeDelta::hours(1))?,
    };
    moment(
        &Civil {
            year: end.year(),
            month: end.month(),
            day: end.day(),
            hours: end.hour(),
            ..start.clone()
        },
        of,
    )
}

/// A decimal of Google's as the text that we keep: `1.5E-3` is `0.0015`. An empty one is zero, as they say.
pub(super) fn decimal(text: &str) -> Option<Value> {
    if text.is_empty() {
        return Some(Value::new("0"));
    }
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.trim_start_matches('+').parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (sign, number) = match number.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{rest}");
    if digits.is_empty()
        || !digits.bytes().all(|it| it.is_ascii_digit())
        || exponent.abs() > 30
        || digits.len() > 60
    {
        return None;
    }
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let (whole, rest) = match usize::try_from(point) {
        Ok(at) if at < digits.len() => {
            let (whole, rest) = digits.split_at(at);
            (whole.to_owned(), rest.to_owned())
        }
        Ok(at) => (format!("{digits:0<at$}"), String::new()),
        Err(_) => (String::new(), format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize))),
    };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let rest = rest.trim_end_matches('0');
    let value =
        if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") };
    Some(Value::new(value))
}

impl Rate {
    /// Each rate under its name, about this code only.
    pub(super) fn named(&self, until: Moment, link: &str) -> impl Iterator<Item = Named> {
        let (code, users, link) = (self.code.clone(), self.users, link.to_owned());
        self.rates.clone().into_iter().map(move |(name, value)| Named {
            build: Some(code.clone()),
            sample: Some(users),
            at: Some(until),
            note: Some(format!("of about {users} users, as Google rounds them")),
            link: Some(link.clone()),
            ..Named::new(name, value.as_str())
        })
    }

    fn first_ppm(&self) -> Option<u64> {
        let (_, value) = self.rates.first()?;
        u64::try_from(value.millionths()?).ok()
    }

    /// The least number of users that is rounded to this one.
    fn least_users(&self) -> u64 {
        let steps = [1_000_000, 1_000, 100, 10];
        let step = steps.into_iter().find(|it| self.users.is_multiple_of(*it)).unwrap_or(1);
        self.users.saturating_sub(step / 2)
    }
}

/// Users as sessions: how many there were at least, and how many of them had a crash or a hang at most.
pub(super) fn health(
    crashes: &[Rate],
    hangs: Option<&[Rate]>,
    version: impl Fn(&str) -> Option<Version>,
    link: &str,
) -> Vec<Health> {
    let mut items = Vec::new();
    for rate in crashes {
        // A code of no version that is known is nobody's.
        let Some(version) = version(&rate.code) else { continue };
        let users = rate.least_users();
        if users == 0 {
            continue;
        }
        let of = |ppm: u64| (u128::from(users) * u128::from(ppm)).div_ceil(1_000_000);
        let bad = |rate: &Rate| rate.first_ppm().and_then(|ppm| u64::try_from(of(ppm)).ok());
        let hang = hangs.and_then(|all| all.iter().find(|it| it.code == rate.code));
        items.push(Health {
            version,
            build: Some(rate.code.clone()),
            audience: Audience::Production,
            sessions: users,
            crashed: bad(rate),
            unresponsive: hang.and_then(bad),
            adoption: None,
            link: Some(link.to_owned()),
        });
    }
    items
}
