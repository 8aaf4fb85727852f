//! A push as it comes in, and what is refused of it: each refusal says where, what and what to do.

use super::Kept;
use crate::named::Told;
use conductor::observation::{Named, Value};
use conductor::{AppId, CLOCK_SLACK, Moment, Platform, Span, Version};
use serde::Deserialize;

/// The most values of one push.
const VALUES: usize = 200;
/// The most values that are kept about an app or one of its platforms, of each kind.
const KEPT: usize = 2_000;
/// How long a value is kept after the moment that it speaks of: longer than any train takes.
const LASTS: Span = Span::hours(24 * 90);
/// The longest name, value, build and note, in characters.
const NAME: usize = 100;
const TEXT: usize = 300;

/// Values about an app, or one of its platforms, versions and builds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    app: AppId,
    platform: Option<Platform>,
    version: Option<String>,
    build: Option<String>,
    readings: Vec<Pushed>,
}

/// One value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pushed {
    name: String,
    value: Value,
    #[serde(default = "reading")]
    tells: Told,
    sample: Option<u64>,
    at: Option<String>,
    note: Option<String>,
    link: Option<String>,
}

fn reading() -> Told {
    Told::Reading
}

/// Why nothing of a push was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Something in it cannot be.
    #[error("{0}")]
    Wrong(String),
    /// Its token is not good for that.
    #[error("{0}")]
    OutOfScope(String),
}

/// The same, checked.
pub(super) struct Checked {
    pub(super) app: AppId,
    pub(super) platform: Option<Platform>,
    pub(super) items: Vec<(Told, Named)>,
}

impl Push {
    pub(super) fn checked(self, now: Moment) -> Result<Checked, NotTaken> {
        let wrong = |words: String| Err(NotTaken::Wrong(words));
        if self.readings.is_empty() || self.readings.len() > VALUES {
            let count = self.readings.len();
            return wrong(format!("readings: there are {count}; push 1 to {VALUES} at once"));
        }
        let version = match self.version.as_deref().map(Version::parse).transpose() {
            Ok(version) => version,
            Err(error) => return wrong(format!("version: {error}")),
        };
        if (self.version.is_some() || self.build.is_some()) && self.platform.is_none() {
            return wrong(
                "platform: it is missing; a version or build is one of a platform".to_owned(),
            );
        }
        if self.build.as_ref().is_some_and(|it| it.is_empty() || it.chars().count() > NAME) {
            return wrong(format!("build: it is empty, or longer than {NAME} characters"));
        }
        let mut items = Vec::new();
        for (nth, it) in self.readings.into_iter().enumerate() {
            let told = it.tells;
            let mut item = it.checked(now).map_err(|(key, words)| {
                NotTaken::Wrong(format!("readings[{nth}].{key}: {words}"))
            })?;
            (item.version, item.build) = (version.clone(), self.build.clone());
            items.push((told, item));
        }
        Ok(Checked { app: self.app, platform: self.platform, items })
    }
}

impl Pushed {
    fn checked(self, now: Moment) -> Result<Named, (&'static str, String)> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        if self.name.is_empty() || self.name.len() > NAME || !self.name.chars().all(plain) {
            let words = format!("a name has 1 to {NAME} letters, digits and - _ . / only");
            return Err(("name", words));
        }
        let long = |text: &str| text.chars().count() > TEXT;
        if long(self.value.as_str()) || self.value.as_str().is_empty() {
            return Err(("value", format!("it is empty, or longer than {TEXT} characters")));
        }
        let value = self.tells.value(self.value).ok_or_else(|| {
            (
                "value",
                "a check is true or false, `passed`, or in a word what it is instead".to_owned(),
            )
        })?;
        if self.note.as_deref().is_some_and(long) {
            return Err(("note", format!("it is longer than {TEXT} characters")));
        }
        let address = |it: &str| it.starts_with("https://") || it.starts_with("http://");
        if self.link.as_deref().is_some_and(|it| !address(it) || long(it)) {
            let words = format!("it is no http address of at most {TEXT} characters");
            return Err(("link", words));
        }
        let at = match self.at.as_deref().map(Moment::parse).transpose() {
            Ok(at) => at.unwrap_or(now),
            Err(error) => return Err(("at", error.to_string())),
        };
        if at - now > CLOCK_SLACK {
            let words =
                format!("{at} lies ahead of {now}, which it is here; see which clock is wrong");
            return Err(("at", words));
        }
        if now - at >= LASTS {
            return Err((
                "at",
                format!("{at} lies more than 90 days back; so old a value is not kept"),
            ));
        }
        Ok(Named {
            sample: self.sample,
            at: Some(at),
            note: self.note,
            link: self.link,
            ..Named::new(self.name, value.as_str())
        })
    }
}

impl Kept {
    /// Refuses a value for which there is no room.
    pub(super) fn has_room_for(&self, item: &Named) -> Result<(), NotTaken> {
        if self.items.len() < KEPT || self.items.iter().any(|it| it.name == item.name) {
            return Ok(());
        }
        let words = format!("{KEPT} values are kept here already; push fewer names");
        Err(NotTaken::Wrong(words))
    }

    /// Drops what is about nothing that moves any more; of too many, the oldest.
    pub(super) fn forget(&mut self, now: Moment) {
        self.items.retain(|it| it.at.is_none_or(|at| now - at < LASTS));
        while self.items.len() > KEPT {
            let oldest = self.items.iter().enumerate().min_by_key(|(_, it)| it.at);
            let Some(at) = oldest.map(|(at, _)| at) else { break };
            self.items.remove(at);
        }
    }
}
