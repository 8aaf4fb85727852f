//! The filters of an address, read: what is sought, or what is wrong with which of them.

use super::Pairs;
use app::still::journal::{Asked, FILTERS};
use axum::extract::Query;
use chrono::{Days, NaiveDate, NaiveTime};
use conductor::journal::{EntryKind, Sought, Who};
use conductor::{AppId, Moment, Platform, Version};

/// No name, version or day is longer.
const LONGEST: usize = 100;

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    /// As it was written, with what is wrong.
    pub(super) asked: Asked,
    /// What it means, as far as it is right.
    pub(super) sought: Sought,
}

/// Reads the names and values of an address. Empty values say nothing, as a form sends them.
pub(super) fn read(pairs: Pairs) -> Read {
    let mut read = Read { asked: Asked::default(), sought: Sought::default() };
    let pairs = match pairs {
        Ok(Query(pairs)) => pairs,
        Err(error) => {
            read.asked.wrong.insert("address".to_owned(), error.body_text());
            return read;
        }
    };
    for (name, value) in pairs {
        if let Err(words) = read.take(&name, value.trim()) {
            read.asked.wrong.insert(name, words);
        }
    }
    if let (Some(from), Some(until)) = (read.sought.from, read.sought.until)
        && until <= from
    {
        let words = "this ends before it begins; take an earlier “from”, or a later “until”";
        read.asked.wrong.insert("until".to_owned(), words.to_owned());
    }
    read
}

impl Read {
    fn take(&mut self, name: &str, value: &str) -> Result<(), String> {
        if value.is_empty() {
            return Ok(());
        }
        if name == "before" {
            let number = value.parse().ok().filter(|it| *it > 0);
            let number: i64 = number.ok_or("this has to be the number of an entry, as in 4127")?;
            self.sought.before = Some(number);
            self.asked.before = Some(number);
            return Ok(());
        }
        let Some(filter) = FILTERS.into_iter().find(|it| *it == name) else {
            return Err(format!("is no filter; there are {} and before", FILTERS.join(", ")));
        };
        if self.asked.filters.insert(filter, value.chars().take(LONGEST).collect()).is_some() {
            return Err("is said twice; say it once".to_owned());
        }
        if value.chars().count() > LONGEST {
            return Err(format!("has more than {LONGEST} characters"));
        }
        let sought = &mut self.sought;
        match filter {
            "app" => sought.app = Some(AppId::new(value)),
            "platform" => sought.platform = Some(Platform::from(value.to_owned())),
            "version" => {
                sought.version = Some(Version::parse(value).map_err(|error| error.to_string())?);
            }
            "kind" => sought.kind = Some(kind(value)?),
            "who" => sought.who = Some(Who::parse(value)),
            "from" => sought.from = Some(moment(value, 0)?),
            _ => sought.until = Some(moment(value, 1)?),
        }
        Ok(())
    }
}

fn kind(word: &str) -> Result<EntryKind, String> {
    EntryKind::ALL.into_iter().find(|it| it.as_str() == word).ok_or_else(|| {
        let words = EntryKind::ALL.map(EntryKind::as_str).join(", ");
        format!("`{word}` is no kind of entry; there are {words}")
    })
}

/// A moment as it is written, or the beginning of a day in UTC, or so many days after it.
fn moment(text: &str, days: u64) -> Result<Moment, String> {
    if let Ok(at) = Moment::parse(text) {
        return Ok(at);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.checked_add_days(Days::new(days)))
        .map(|day| Moment::from_millis(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()))
        .ok_or_else(|| {
            format!("`{text}` is no day and no time; write 2026-03-12 or 2026-03-12T09:00:00Z")
        })
}
