//! Where an app runs.

use serde::{Deserialize, Serialize};

/// One of the three platforms that the simulator plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Google Play.
    Android,
    /// The App Store.
    Ios,
    /// No store: a published release on GitHub ships it.
    Desktop,
}

impl Platform {
    /// All of them, in the order of boards and lists.
    pub const ALL: [Self; 3] = [Self::Android, Self::Ios, Self::Desktop];

    /// As in branch names and tags: `android`, `ios`, `desktop`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Desktop => "desktop",
        }
    }

    /// As people write it, and as Jira versions begin: `Android`, `iOS`, `Desktop`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Android => "Android",
            Self::Ios => "iOS",
            Self::Desktop => "Desktop",
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(self.key())
    }
}

impl std::str::FromStr for Platform {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|platform| platform.key() == text).ok_or(())
    }
}
