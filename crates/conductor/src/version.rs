//! Versions, ordered by their numbers: 9.10 comes after 9.9. The order says nothing about what a
//! version contains; that is asked of git.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A version such as `9.1.24` or `2026.3-beta2`, kept as it was written.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    numbers: Vec<u64>,
    suffix: String,
}

/// The text is no version.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "`{0}` is no version; it must start with a number, as in 9.1.24, have at most 64 characters, and no spaces or slashes"
)]
pub struct NoVersion(pub String);

const LONGEST: usize = 64;

impl Version {
    /// Reads a version. Fails if it does not start with a digit, holds white space, a slash or control
    /// characters, a number beyond 64 bits, or is longer than 64 characters.
    pub fn parse(text: &str) -> Result<Self, NoVersion> {
        let no = || NoVersion(text.chars().take(80).collect());
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        if text.len() > LONGEST
            || !text.starts_with(|c: char| c.is_ascii_digit())
            || !text.chars().all(plain)
        {
            return Err(no());
        }
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (numeric, suffix) = text.split_at(end);
        let mut numbers = Vec::new();
        for part in numeric.split('.').filter(|part| !part.is_empty()) {
            numbers.push(part.parse::<u64>().map_err(|_| no())?);
        }
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop(); // 9.1 and 9.1.0 stand at the same place in the order.
        }
        let suffix = suffix.trim_start_matches(['-', '_', '.']).to_owned();
        Ok(Self { text: text.to_owned(), numbers, suffix })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The numbers without trailing zeros: `[9, 1, 24]`.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers
    }

    /// Whether both name the same place in the order: 9.1 and 9.1.0 do.
    pub fn same_place(&self, other: &Self) -> bool {
        self.numbers == other.numbers && self.suffix == other.suffix
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Version {}
impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        // A suffix marks something before the plain version: 9.1-beta, then 9.1.
        let suffixes = || match (self.suffix.is_empty(), other.suffix.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => natural(&self.suffix, &other.suffix),
        };
        self.numbers
            .cmp(&other.numbers)
            .then_with(suffixes)
            .then_with(|| self.text.cmp(&other.text))
    }
}

/// Compares text so that digits inside count as numbers: beta2 before beta10.
fn natural(a: &str, b: &str) -> Ordering {
    let split = |text: &str| {
        let mut parts: Vec<(u64, String)> = Vec::new();
        let mut word = String::new();
        let mut digits = String::new();
        for c in text.chars().chain(std::iter::once('.')) {
            if c.is_ascii_digit() {
                digits.push(c);
                continue;
            }
            if !digits.is_empty() {
                parts.push((digits.parse().unwrap_or(u64::MAX), std::mem::take(&mut word)));
                digits.clear();
            }
            word.push(c);
        }
        parts.push((0, word));
        parts.into_iter().map(|(number, word)| (word, number)).collect::<Vec<_>>()
    };
    split(a).cmp(&split(b))
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl Serialize for Version {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}
impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
