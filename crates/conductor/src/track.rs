//! Identity: what moves. A track is one app on one platform in one version.

use crate::version::Version;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The short name of an app in addresses and settings: lower-case letters, digits and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppId(String);

impl AppId {
    /// Takes a name as it is; settings check its letters before.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an app runs. Platforms release independently of each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Platform {
    /// Android, usually shipped through Google Play.
    Android,
    /// iOS and iPadOS, shipped through the App Store.
    Ios,
    /// Computers.
    Desktop,
    /// Any other, by its name in lower case.
    Other(String),
}

impl Platform {
    /// The name in addresses and settings: `android`, `ios`, `desktop`, or the other's own.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Android => "android",
            Self::Ios => "ios",
            Self::Desktop => "desktop",
            Self::Other(name) => name,
        }
    }
    /// The name as people write it.
    pub fn title(&self) -> &str {
        match self {
            Self::Android => "Android",
            Self::Ios => "iOS",
            Self::Desktop => "Desktop",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for Platform {
    fn from(name: String) -> Self {
        match name.as_str() {
            "android" => Self::Android,
            "ios" => Self::Ios,
            "desktop" => Self::Desktop,
            _ => Self::Other(name),
        }
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.as_str().to_owned()
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One app and platform: its tracks are decided together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineId {
    /// The app.
    pub app: AppId,
    /// The platform.
    pub platform: Platform,
}

/// One app, platform and version: the thing that moves. As text `app/platform/version`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TrackId {
    /// The app.
    pub app: AppId,
    /// The platform.
    pub platform: Platform,
    /// The version.
    pub version: Version,
}

impl TrackId {
    /// The line that this track runs on.
    pub fn line(&self) -> LineId {
        LineId { app: self.app.clone(), platform: self.platform.clone() }
    }
    /// The address of its page, from the root: `/apps/music/android/9.1.24`.
    pub fn path(&self) -> String {
        format!("/apps/{self}")
    }
    /// Reads `app/platform/version`; `None` if a part is missing or the version is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let (app, platform, version) = (parts.next()?, parts.next()?, parts.next()?);
        if app.is_empty() || platform.is_empty() {
            return None;
        }
        Some(Self {
            app: AppId::new(app),
            platform: Platform::from(platform.to_owned()),
            version: Version::parse(version).ok()?,
        })
    }
}

impl fmt::Display for TrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.app, self.platform, self.version)
    }
}

/// Regular, or a hotfix: a lighter process that pre-empts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the usual trains.
    #[default]
    Regular,
    /// Repairs a released version.
    Hotfix,
}

/// How a track stands in its stage.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Moves on when its conditions hold.
    #[default]
    Running,
    /// A person stopped it.
    Held,
    /// Its rollout is paused.
    Paused,
    /// The store refused it.
    Rejected,
    /// It will not ship: withdrawn, or another version took its place.
    Cancelled,
    /// It has arrived and its watch is over.
    Finished,
}

impl Standing {
    /// The word for pages, styles and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Held => "held",
            Self::Paused => "paused",
            Self::Rejected => "rejected",
            Self::Cancelled => "cancelled",
            Self::Finished => "finished",
        }
    }
}
