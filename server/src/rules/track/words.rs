//! How moments and shares are written by hand: `2026-03-12T09:00:00Z` or `3 h ago`, and `1 %`.

use conductor::observation::Share;
use conductor::{Moment, Span};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A moment as it is written: itself, or so long before now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    At(Moment),
    Ago(Span),
}

impl When {
    pub(super) fn at(self, now: Moment) -> Moment {
        match self {
            Self::At(at) => at,
            Self::Ago(span) => now - span,
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no moment; write it as 2026-03-12T09:00:00Z, or as `90 m ago`, `3 h ago`, `2 d ago`"
            )
        };
        let Some(span) = text.strip_suffix(" ago") else {
            return Moment::parse(text).map(Self::At).map_err(|_| wrong());
        };
        span_of(span).map(Self::Ago).ok_or_else(wrong)
    }
}

/// `90 m`, `3 h`, `2 d`.
fn span_of(text: &str) -> Option<Span> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|it| (0..=100_000).contains(it))?;
    match unit.trim() {
        "m" => Some(Span::minutes(number)),
        "h" => Some(Span::hours(number)),
        "d" => Some(Span::hours(24 * number)),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = When;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment, as 2026-03-12T09:00:00Z or `3 h ago`")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<When, E> {
                When::parse(text).map_err(E::custom)
            }
            // TOML has moments of its own, which come as a map.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<When, A::Error> {
                let at = toml::value::Datetime::deserialize(MapAccessDeserializer::new(map))?;
                When::parse(&at.to_string()).map_err(A::Error::custom)
            }
        }
        from.deserialize_any(Written)
    }
}

/// A share as it is written: `1 %`, `0.5 %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Percent(pub(super) Share);

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        percent(&text).map(Self).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is no share of the users; write it as \"1 %\""))
        })
    }
}

fn percent(text: &str) -> Option<Share> {
    let number = text.strip_suffix('%')?.trim_end();
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    let digits = |it: &str| it.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(rest) || rest.len() > 4 {
        return None;
    }
    let rest: u32 = format!("{rest:0<4}").parse().ok()?;
    let parts = whole.parse::<u32>().ok()?.checked_mul(10_000)?.checked_add(rest)?;
    Some(Share(parts)).filter(|share| *share <= Share::ALL)
}

/// A moment that is not told from another one.
pub(crate) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Moment, D::Error> {
    match When::deserialize(from)? {
        When::At(at) => Ok(at),
        When::Ago(_) => Err(D::Error::custom(
            "this is what `ago` counts from; write it as 2026-03-12T09:00:00Z",
        )),
    }
}
