//! What stands on Google Play, in which states, and which bodies are refused: plain values.

use serde_json::{Map, Value};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not served.
    Draft,
    /// To be served to a fraction.
    InProgress,
    /// Served no more.
    Halted,
    /// To be served to all.
    Completed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Draft, Self::InProgress, Self::Halted, Self::Completed];

    /// Google's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InProgress => "inProgress",
            Self::Halted => "halted",
            Self::Completed => "completed",
        }
    }
}

/// What is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// A draft.
    Draft,
    /// A person has to press Send.
    NotSent,
    /// Google looks at it.
    InReview,
    /// Google refused it.
    NotApproved,
    /// Out, to a part or to all, or halted.
    Published,
}

impl Lifecycle {
    /// Google's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "RELEASE_LIFECYCLE_STATE_DRAFT",
            Self::NotSent => "RELEASE_LIFECYCLE_STATE_NOT_SENT_FOR_REVIEW",
            Self::InReview => "RELEASE_LIFECYCLE_STATE_IN_REVIEW",
            Self::NotApproved => "RELEASE_LIFECYCLE_STATE_NOT_APPROVED",
            Self::Published => "RELEASE_LIFECYCLE_STATE_PUBLISHED",
        }
    }
}

/// One release of a track.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayRelease {
    /// Shown in the console; not unique.
    pub name: String,
    /// What it serves.
    pub codes: Vec<u32>,
    /// Asked for.
    pub status: Status,
    /// Asked for; with `InProgress`, and perhaps with `Halted`.
    pub fraction: Option<f64>,
    /// What is.
    pub lifecycle: Lifecycle,
    /// The part of users that has been reached.
    pub reached: f64,
    /// The review it is in, or was in last.
    pub(crate) review: u64,
    /// How often it was sent.
    pub(crate) sent: u32,
    /// Fields that mean nothing here and come back as they were sent, such as release notes.
    rest: Map<String, Value>,
}

impl PlayRelease {
    pub(crate) fn published(name: &str, code: u32, status: Status, fraction: Option<f64>) -> Self {
        Self {
            name: name.to_owned(),
            codes: vec![code],
            status,
            fraction,
            lifecycle: Lifecycle::Published,
            reached: fraction.unwrap_or(1.0),
            review: 0,
            sent: 1,
            rest: Map::new(),
        }
    }

    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        self.codes == other.codes && self.status == other.status && self.fraction == other.fraction
    }

    /// As `edits.tracks` has it.
    pub fn wire(&self) -> Value {
        let mut wire = self.rest.clone();
        wire.insert("name".into(), self.name.clone().into());
        wire.insert(
            "versionCodes".into(),
            self.codes.iter().map(u32::to_string).collect::<Vec<_>>().into(),
        );
        wire.insert("status".into(), self.status.word().into());
        if let Some(fraction) = self.fraction {
            wire.insert("userFraction".into(), fraction.into());
        }
        Value::Object(wire)
    }
}

/// Why Google refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// No such package.
    #[error("Package not found: {0}.")]
    NoPackage(String),
    /// No such track.
    #[error("Track not found: {0}.")]
    NoTrack(String),
    /// No such edit was ever opened.
    #[error("Edit not found.")]
    NoEdit,
    /// Another edit, or a change by somebody else, took its place.
    #[error("This Edit has been deleted.")]
    EditDeleted,
    /// It did its work.
    #[error("This edit has already been successfully committed. Please create a new Edit.")]
    EditCommitted,
    /// Nobody used it for an hour.
    #[error("This Edit has expired. Please create a new Edit.")]
    EditExpired,
    /// A body that Google does not take.
    #[error("{0}")]
    Invalid(String),
    /// A lower code than the live one.
    #[error(
        "You cannot rollout this release because it does not allow any existing users to upgrade to the newly added APKs."
    )]
    NoUpgrade,
    /// Something is in review, and the caller asked not to disturb it.
    #[error("Changes are currently in review. The edit was not committed and remains valid.")]
    InReview,
}

/// What a commit asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommitOptions {
    /// `changesInReviewBehavior=ERROR_IF_IN_REVIEW`.
    pub error_if_in_review: bool,
    /// `changesNotSentForReview=true`.
    pub not_sent_for_review: bool,
}

/// Reads one release of a body and refuses what Google refuses.
pub(crate) fn parse(release: &Value) -> Result<PlayRelease, PlayError> {
    let invalid = |text: &str| PlayError::Invalid(text.to_owned());
    let mut rest =
        release.as_object().cloned().ok_or_else(|| invalid("Invalid JSON payload received."))?;
    let status = rest.remove("status").unwrap_or_default();
    let status = Status::ALL
        .into_iter()
        .find(|known| Some(known.word()) == status.as_str())
        .ok_or_else(|| invalid("Release status must be specified."))?;
    let codes = rest.remove("versionCodes").unwrap_or_default();
    let codes: Vec<u32> = codes
        .as_array()
        .into_iter()
        .flatten()
        .map(|code| {
            code.as_str()
                .and_then(|text| text.parse().ok())
                .or_else(|| code.as_u64().and_then(|n| u32::try_from(n).ok()))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| invalid("Invalid version code."))?;
    if codes.is_empty() && status != Status::Draft {
        return Err(invalid("A release must have at least one version code."));
    }
    let fraction = rest.remove("userFraction").filter(|value| !value.is_null());
    let fraction = match fraction {
        None => None,
        Some(value) => {
            Some(value.as_f64().ok_or_else(|| invalid("Invalid value at 'user_fraction'."))?)
        }
    };
    let is_part = fraction.is_some_and(|part| part > 0.0 && part < 1.0);
    match status {
        Status::InProgress if !is_part => {
            return Err(invalid(
                "User fraction must be greater than 0 and less than 1 for in progress releases.",
            ));
        }
        Status::Completed | Status::Draft if fraction.is_some() => {
            return Err(invalid("User fraction must not be set for completed or draft releases."));
        }
        Status::Halted if fraction.is_some() && !is_part => {
            return Err(invalid("Invalid user fraction."));
        }
        Status::Draft | Status::InProgress | Status::Halted | Status::Completed => {}
    }
    let name = rest.remove("name").and_then(|name| name.as_str().map(str::to_owned));
    let name = name.unwrap_or_else(|| codes.first().map_or_else(String::new, u32::to_string));
    Ok(PlayRelease {
        name,
        codes,
        status,
        fraction,
        lifecycle: Lifecycle::Draft,
        reached: 0.0,
        review: 0,
        sent: 0,
        rest,
    })
}
