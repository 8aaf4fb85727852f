//! Telling people, outside of Signalbox, what needs them: chat, pagers.

use async_trait::async_trait;
use conductor::{AppId, Moment, SourceId, Span, TrackId};
use std::collections::BTreeSet;
use std::fmt;

/// A place where people are told. Level-triggered: it is told how things are, as often as one likes, and
/// makes that show once.
#[async_trait]
pub trait Notifies: Send + Sync {
    /// The name that settings gave it.
    fn id(&self) -> &SourceId;

    /// The apps that its settings name.
    fn apps(&self) -> BTreeSet<AppId>;

    /// Whether notices of this kind about this app belong here.
    fn wants(&self, app: &AppId, kind: NoticeKind) -> bool;

    /// How long one call may take at most, all its requests together.
    fn gives_up_after(&self) -> Span;

    /// Makes this notice show, whatever showed under its key before. Told again it does nothing; told in
    /// other words it changes what shows. After an error it may or may not show; telling it again is safe.
    async fn tell(&self, notice: &Notice, now: Moment) -> Result<(), NotifyError>;

    /// Makes what shows under this key show as over. Nothing under it is no error.
    async fn over(&self, key: &NoticeKey, now: Moment) -> Result<(), NotifyError>;

    /// The notices of this process, or of one before it, that show and are not over. Asked once, at the start.
    async fn standing(&self, now: Moment) -> Result<BTreeSet<NoticeKey>, NotifyError>;
}

/// What people are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// A guard fell: the rollout is being paused, or stands paused by it, or should be.
    Guard,
    /// The rollout is paused for another reason.
    Paused,
    /// The store refused the version.
    Rejected,
    /// A person's yes, or deed, is all that is missing.
    Waits,
    /// The store refused an action.
    Failed,
    /// Nobody knows whether an action happened.
    Uncertain,
    /// The track reached another stage.
    Moved,
}

impl NoticeKind {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 7] = [
        Self::Guard,
        Self::Failed,
        Self::Uncertain,
        Self::Rejected,
        Self::Paused,
        Self::Waits,
        Self::Moved,
    ];
    /// Its word in settings and keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guard => "guard",
            Self::Paused => "paused",
            Self::Rejected => "rejected",
            Self::Waits => "waits",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Moved => "moved",
        }
    }
}

/// One track in one state: `music/android/9.1.24 paused since-1773144000000`. The same in each process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeKey {
    /// The track.
    pub track: TrackId,
    /// What kind of state.
    pub kind: NoticeKind,
    /// What tells it from the same kind of state at another time: letters, digits and `-` only.
    pub episode: String,
}

impl fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.track, self.kind.as_str(), self.episode)
    }
}

impl NoticeKey {
    /// Reads what `Display` wrote; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.rsplitn(3, ' ');
        let (episode, kind, track) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            track: TrackId::parse(track)?,
            kind: NoticeKind::ALL.into_iter().find(|it| it.as_str() == kind)?,
            episode: episode.to_owned(),
        })
    }
}

/// What people are told of one track in one state. Texts hold what was written outside: each place escapes
/// them by its own rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub key: NoticeKey,
    /// `Music Android 9.1.24`.
    pub title: String,
    /// What a person needs to know: the headline.
    pub text: String,
    /// What happens then, or what to do; may be empty.
    pub detail: String,
    /// Whose move it is; may be empty.
    pub who: String,
    /// Since when.
    pub since: Option<Moment>,
}

/// Why a notice may not show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{id} did not take a notice: {words}")]
pub struct NotifyError {
    /// The place.
    pub id: SourceId,
    /// What broke and what to do. Never a secret, never the body of an answer.
    pub words: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for kind in NoticeKind::ALL {
            let track = TrackId::parse("music/android/9.1.24").unwrap();
            let key = NoticeKey { track, kind, episode: "complete-rollout-4127-1".into() };
            assert_eq!(NoticeKey::parse(&key.to_string()), Some(key));
        }
        for wrong in ["", "guard 1", "music/android/9.1.24 guards 1", "music guard 1"] {
            assert_eq!(NoticeKey::parse(wrong), None, "{wrong}");
        }
    }
}
