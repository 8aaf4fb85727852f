//! What is told by name (readings, answers of metrics sources, checks, flags), and what a version needs beside its
//! build. Values are kept as the text that a source gave, so that nothing is rounded, and no NaN is a number.

use super::{Commit, Sha};
use crate::moment::Moment;
use crate::version::Version;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A number, a truth or a text, as written. Read from any of the three; written as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Value(String);

/// A whole in millionths.
const MILLION: i64 = 1_000_000;

impl Value {
    /// Takes a text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
    /// From a number; `None` if it is none (NaN, infinite) or too large to be kept in millionths.
    pub fn from_number(number: f64) -> Option<Self> {
        let scaled = (number * 1_000_000.0).round();
        (scaled.abs() < 9.0e15).then(|| Self::from_millionths(scaled as i64))
    }
    /// From a whole number of millionths.
    pub fn from_millionths(millionths: i64) -> Self {
        let (whole, rest) =
            (millionths.unsigned_abs() / 1_000_000, millionths.unsigned_abs() % 1_000_000);
        let sign = if millionths < 0 { "-" } else { "" };
        let digits = format!("{rest:06}");
        match digits.trim_end_matches('0') {
            "" => Self(format!("{sign}{whole}")),
            digits => Self(format!("{sign}{whole}.{digits}")),
        }
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The number in millionths, cut after the sixth digit; `None` if the text is no plain decimal number.
    pub fn millionths(&self) -> Option<i64> {
        let text = self.0.strip_prefix('-').unwrap_or(&self.0);
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
        if !digits(whole) || !digits(rest) {
            return None;
        }
        let sixth: i64 = format!("{rest:0<6}").get(..6)?.parse().ok()?;
        let all = whole.parse::<i64>().ok()?.checked_mul(MILLION)?.checked_add(sixth)?;
        Some(if self.0.starts_with('-') { -all } else { all })
    }
    /// Whether both say the same: as numbers where both are, else as text without regard to case.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self.millionths(), other.millionths()) {
            (Some(a), Some(b)) => a == b,
            _ => self.word().eq_ignore_ascii_case(other.word()),
        }
    }
    /// The text, with one word for on and off.
    fn word(&self) -> &str {
        if self.0.eq_ignore_ascii_case("on") {
            "true"
        } else if self.0.eq_ignore_ascii_case("off") {
            "false"
        } else {
            &self.0
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, true, false or a text")
            }
            fn visit_bool<E: Error>(self, it: bool) -> Result<Value, E> {
                Ok(Value::new(if it { "true" } else { "false" }))
            }
            fn visit_i64<E: Error>(self, it: i64) -> Result<Value, E> {
                Ok(Value(it.to_string()))
            }
            fn visit_u64<E: Error>(self, it: u64) -> Result<Value, E> {
                Ok(Value(it.to_string()))
            }
            fn visit_f64<E: Error>(self, it: f64) -> Result<Value, E> {
                Value::from_number(it).ok_or_else(|| E::custom("the number is none, or too large"))
            }
            fn visit_str<E: Error>(self, it: &str) -> Result<Value, E> {
                Ok(Value::new(it))
            }
        }
        from.deserialize_any(Scalar)
    }
}

/// A value under a name, about the app or about one of its versions or builds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name by which conditions ask for it.
    pub name: String,
    /// What it is.
    pub value: Value,
    /// About this version only; `None`: about the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// About this build only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<String>,
    /// How many cases the value rests on, where the source tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<u64>,
    /// The end of its own data, where that is not the whole list's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// More about it, as written outside: hostile text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Named {
    /// A value about the app as a whole.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: Value::new(value),
            version: None,
            build: None,
            sample: None,
            at: None,
            note: None,
            link: None,
        }
    }
}

/// What the store asks for beside the build of one version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// The version.
    pub version: Version,
    /// The languages that it has release notes in. `None`: this source does not tell.
    pub notes_in: Option<Vec<String>>,
    /// The languages that it is offered in. `None`: this source does not tell.
    pub offered_in: Option<Vec<String>>,
    /// Declarations that are still owed, in the store's words. `None`: this source does not tell.
    pub declarations_owed: Option<Vec<String>>,
    /// Whether the reviewer has what it takes to sign in. `None`: this source does not tell.
    pub reviewer_access: Option<bool>,
    /// Where to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What a release branch has and the main branch lacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backmerge {
    /// The version of the release branch.
    pub version: Version,
    /// Its newest commit when the two were compared.
    pub head: Sha,
    /// How many of its commits are not on the main branch, by what they change.
    pub missing: u32,
    /// Some of them.
    pub commits: Vec<Commit>,
    /// Where to see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}
