//! When something may be released: windows and freezes, as spans of time.

use crate::moment::Moment;
use crate::track::Kind;
use serde::{Deserialize, Serialize};

/// When something may be released, expanded from local times outside: this crate knows no zones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// How the window reads in settings: `Mon–Thu 09:00–16:00 Europe/Stockholm`.
    pub title: String,
    /// When it is open: start and end, sorted, for some weeks from now on.
    pub open: Vec<Opening>,
    /// When nothing may be released whatever the window says.
    pub freezes: Vec<Freeze>,
    /// Which classes of trains it binds; empty: all but an emergency, which none binds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Kind>,
}

/// A span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// From this moment.
    pub from: Moment,
    /// Until just before this one.
    pub until: Moment,
}

/// A named span in which nothing is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Freeze {
    /// Its name.
    pub name: String,
    /// From when until when.
    #[serde(flatten)]
    pub span: Opening,
}

/// A freeze as it is written, read without keeping anything until all of it is known.
#[derive(Deserialize)]
struct Written {
    name: String,
    from: Moment,
    until: Moment,
}

impl From<Written> for Freeze {
    fn from(it: Written) -> Self {
        Self { name: it.name, span: Opening { from: it.from, until: it.until } }
    }
}

impl Opening {
    /// Whether a moment lies in it.
    pub fn contains(&self, at: Moment) -> bool {
        self.from <= at && at < self.until
    }
}
