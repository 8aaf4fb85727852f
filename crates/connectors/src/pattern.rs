//! Names with a version inside: `release/android/{version}`, `android/{version}+{build}`. Settings write
//! them; connectors read names by them and make names of them.

use conductor::Version;
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A name with places for a version and a build's number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(String),
    Version,
    Build,
}

/// What a name says by its pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The version.
    pub version: Version,
    /// The build's number, if the pattern has one.
    pub build: Option<String>,
}

impl Pattern {
    /// Reads a pattern. `{version}` must be in it once, `{build}` may be, once; both with something between.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (plain, from) = rest.split_at(open);
            if !plain.is_empty() {
                parts.push(Part::Plain(plain.to_owned()));
            }
            let Some(end) = from.find('}') else {
                return Err(format!("`{text}` has a {{ without a }}"));
            };
            let (name, after) = from.split_at(end + 1);
            parts.push(match name {
                "{version}" => Part::Version,
                "{build}" => Part::Build,
                other => {
                    return Err(format!(
                        "`{text}`: {other} is unknown; there are {{version}} and {{build}}"
                    ));
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.to_owned()));
        }
        let count = |want: &Part| parts.iter().filter(|it| *it == want).count();
        if count(&Part::Version) != 1 || count(&Part::Build) > 1 {
            return Err(format!("`{text}` must have {{version}} once, and {{build}} at most once"));
        }
        let touching =
            parts.windows(2).any(|two| !two.iter().any(|it| matches!(it, Part::Plain(_))));
        if touching {
            return Err(format!(
                "`{text}`: something must stand between {{version}} and {{build}}"
            ));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The version and nothing else.
    pub(crate) fn version() -> Self {
        Self { text: "{version}".to_owned(), parts: vec![Part::Version] }
    }

    /// Whether it has a place for a build's number.
    pub(crate) fn has_build(&self) -> bool {
        self.parts.contains(&Part::Build)
    }

    /// What stands before the first place.
    pub(crate) fn prefix(&self) -> &str {
        match self.parts.first() {
            Some(Part::Plain(plain)) => plain,
            _ => "",
        }
    }

    /// What a name says; `None` if it does not fit. If it can be read in two ways, the longer version counts.
    pub(crate) fn find(&self, name: &str) -> Option<Found> {
        let (version, build) = fit(&self.parts, name, self.has_build())?;
        Some(Found { version: version?, build })
    }

    /// The name for a version and a build. An empty build where none is known.
    pub(crate) fn name(&self, version: &Version, build: &str) -> String {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Plain(plain) => plain,
                Part::Version => version.as_str(),
                Part::Build => build,
            })
            .collect()
    }
}

type Places = (Option<Version>, Option<String>);

fn fit(parts: &[Part], name: &str, has_build: bool) -> Option<Places> {
    let Some((first, rest)) = parts.split_first() else {
        return name.is_empty().then_some((None, None));
    };
    if let Part::Plain(plain) = first {
        return fit(rest, name.strip_prefix(plain.as_str())?, has_build);
    }
    // A place ends where its following text begins; the last such place is tried first.
    let ends: Vec<usize> = match rest.first() {
        Some(Part::Plain(plain)) => name.rmatch_indices(plain.as_str()).map(|it| it.0).collect(),
        _ => vec![name.len()],
    };
    ends.into_iter().find_map(|end| {
        let (value, after) = name.split_at_checked(end)?;
        let places = fit(rest, after, has_build)?;
        match first {
            Part::Version => {
                // Beside a build's place, `+` parts the two.
                if has_build && value.contains('+') {
                    return None;
                }
                Some((Some(Version::parse(value).ok()?), places.1))
            }
            Part::Build | Part::Plain(_) => {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                let good = !value.is_empty() && value.len() <= 64 && value.chars().all(plain);
                good.then(|| (places.0, Some(value.to_owned())))
            }
        }
    })
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
