//! What stands in the App Store, and in which states: plain values.

/// `appVersionState`, as far as this world knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// May be edited.
    PrepareForSubmission,
    /// In a submission that was not sent yet.
    ReadyForReview,
    /// Sent.
    WaitingForReview,
    /// Apple looks.
    InReview,
    /// Apple refused.
    Rejected,
    /// Withdrawn by hand.
    DeveloperRejected,
    /// Approved; waits for our request.
    PendingDeveloperRelease,
    /// Asked for; spreads through the store.
    ProcessingForDistribution,
    /// On sale.
    ReadyForDistribution,
    /// A newer version took its place.
    Replaced,
}

impl VersionState {
    /// Apple's word, and the older word of `appStoreState`.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PrepareForSubmission => ("PREPARE_FOR_SUBMISSION", "PREPARE_FOR_SUBMISSION"),
            Self::ReadyForReview => ("READY_FOR_REVIEW", "READY_FOR_REVIEW"),
            Self::WaitingForReview => ("WAITING_FOR_REVIEW", "WAITING_FOR_REVIEW"),
            Self::InReview => ("IN_REVIEW", "IN_REVIEW"),
            Self::Rejected => ("REJECTED", "REJECTED"),
            Self::DeveloperRejected => ("DEVELOPER_REJECTED", "DEVELOPER_REJECTED"),
            Self::PendingDeveloperRelease => {
                ("PENDING_DEVELOPER_RELEASE", "PENDING_DEVELOPER_RELEASE")
            }
            Self::ProcessingForDistribution => {
                ("PROCESSING_FOR_DISTRIBUTION", "PROCESSING_FOR_APP_STORE")
            }
            Self::ReadyForDistribution => ("READY_FOR_DISTRIBUTION", "READY_FOR_SALE"),
            Self::Replaced => ("REPLACED_WITH_NEW_VERSION", "REPLACED_WITH_NEW_VERSION"),
        }
    }

    pub(crate) fn is_editable(self) -> bool {
        matches!(
            self,
            Self::PrepareForSubmission
                | Self::ReadyForReview
                | Self::Rejected
                | Self::DeveloperRejected
        )
    }
}

/// State of a review submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubmissionState {
    /// Being put together.
    ReadyForReview,
    /// Sent.
    WaitingForReview,
    /// Apple looks.
    InReview,
    /// Apple refused something.
    UnresolvedIssues,
    /// A cancellation is under way.
    Canceling,
    /// Over.
    Complete,
}

impl SubmissionState {
    /// Apple's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::ReadyForReview => "READY_FOR_REVIEW",
            Self::WaitingForReview => "WAITING_FOR_REVIEW",
            Self::InReview => "IN_REVIEW",
            Self::UnresolvedIssues => "UNRESOLVED_ISSUES",
            Self::Canceling => "CANCELING",
            Self::Complete => "COMPLETE",
        }
    }
}

/// State of a phased release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhasedState {
    /// Stands ready.
    Inactive,
    /// Grows each day.
    Active,
    /// Does not take the next step.
    Paused,
    /// Everybody.
    Complete,
}

impl PhasedState {
    /// Apple's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Inactive => "INACTIVE",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Complete => "COMPLETE",
        }
    }
}

/// A phased release.
#[derive(Clone, Debug, PartialEq)]
pub struct Phased {
    /// Apple's id.
    pub id: String,
    /// How it stands.
    pub state: PhasedState,
    /// When its first day began.
    pub started_at: Option<i64>,
    /// 1 to 7; 0 before the first.
    pub day: u32,
    /// All its pauses that are over, in milliseconds.
    pub paused_ms: i64,
    /// Since when it has been paused.
    pub paused_at: Option<i64>,
    /// When the next day begins if nothing happens.
    pub(crate) next_at: i64,
    /// Counts pauses and resumes, so that a step planned before one of them does nothing.
    pub(crate) turn: u32,
}

impl Phased {
    pub(crate) fn inactive(id: String) -> Self {
        Self {
            id,
            state: PhasedState::Inactive,
            started_at: None,
            day: 0,
            paused_ms: 0,
            paused_at: None,
            next_at: 0,
            turn: 0,
        }
    }

    /// The part of users with automatic updates that it reaches.
    pub fn part(&self) -> f64 {
        const PARTS: [f64; 8] = [0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
        match self.state {
            PhasedState::Complete => 1.0,
            PhasedState::Inactive | PhasedState::Active | PhasedState::Paused => {
                PARTS.get(self.day as usize).copied().unwrap_or(1.0)
            }
        }
    }
}

/// A version of an app.
#[derive(Clone, Debug, PartialEq)]
pub struct AppleVersion {
    /// Apple's id.
    pub id: String,
    /// `7.72`.
    pub version: String,
    /// How it stands.
    pub state: VersionState,
    /// MANUAL, AFTER_APPROVAL or SCHEDULED.
    pub release_type: String,
    /// Attached build, by number.
    pub build: Option<u32>,
    /// When it was created.
    pub created_at: i64,
    /// Its phased release; `None` means that a release reaches everybody at once.
    pub phased: Option<Phased>,
}

/// One item of a submission: a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionItem {
    /// Apple's id.
    pub id: String,
    /// The version's id.
    pub version: String,
    /// READY_FOR_REVIEW, APPROVED, REJECTED or REMOVED.
    pub state: &'static str,
}

/// A review submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// Apple's id.
    pub id: String,
    /// How it stands.
    pub state: SubmissionState,
    /// When it was sent last.
    pub submitted_at: Option<i64>,
    /// What is in it.
    pub items: Vec<SubmissionItem>,
    pub(crate) turn: u32,
}

/// Why Apple refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppleError {
    /// There is nothing of that type and id.
    #[error("There is no resource of type '{0}' with id '{1}'")]
    NotFound(&'static str, String),
    /// The state of things forbids it.
    #[error("{0}")]
    Conflict(String),
    /// A body that Apple does not take.
    #[error("{0}")]
    Invalid(String),
}

/// What somebody wants of a version.
#[derive(Clone, Debug, Default)]
pub struct VersionWish {
    /// `releaseType`.
    pub release_type: Option<String>,
    /// `versionString`.
    pub version: Option<String>,
}
