//! Four lamps a track: release state, blocking bugs, sign-offs, quality. Each with a word and a reason, so
//! that colour is never the only carrier of meaning.

use serde::{Deserialize, Serialize};

/// What a lamp shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Does not apply yet.
    None,
    /// Green: ready for the next stage, or on course.
    Go,
    /// Excused by a person.
    Waived,
    /// Unknown: no fresh data.
    Unknown,
    /// Yellow: waiting, or a warning.
    Wait,
    /// Red: an error that may need a person.
    Stop,
}

impl Signal {
    /// The value of `data-signal`, which style, tests and screen readers share.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Go => "go",
            Self::Waived => "waived",
            Self::Unknown => "unknown",
            Self::Wait => "wait",
            Self::Stop => "stop",
        }
    }
    /// What a screen reader says.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::None => "not yet",
            Self::Go => "green",
            Self::Waived => "waived",
            Self::Unknown => "unknown",
            Self::Wait => "yellow",
            Self::Stop => "red",
        }
    }
}

/// One lamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lamp {
    /// What it shows.
    pub signal: Signal,
    /// A word or a figure under it: `5 of 7`.
    pub text: String,
    /// Why, in a sentence.
    pub why: String,
}

impl Lamp {
    /// A lamp.
    pub fn new(signal: Signal, text: impl Into<String>, why: impl Into<String>) -> Self {
        Self { signal, text: text.into(), why: why.into() }
    }
}

/// The four lamps of a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lamps {
    /// Release state.
    pub release: Lamp,
    /// Blocking bugs.
    pub bugs: Lamp,
    /// Sign-offs.
    pub sign_offs: Lamp,
    /// Quality.
    pub quality: Lamp,
}

impl Lamps {
    /// In the order in which they are shown, each with its name.
    pub fn named(&self) -> [(&'static str, &Lamp); 4] {
        [
            ("Release", &self.release),
            ("Bugs", &self.bugs),
            ("Sign-offs", &self.sign_offs),
            ("Quality", &self.quality),
        ]
    }
    /// The worst of the four.
    pub fn worst(&self) -> Signal {
        self.named().into_iter().map(|(_, lamp)| lamp.signal).max().unwrap_or(Signal::None)
    }
}
