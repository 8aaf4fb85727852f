//! The shapes of GitHub's REST answers, cut to the fields that are used.

use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Ref {
    /// `refs/heads/release/9.1.24`.
    #[serde(rename = "ref")]
    pub name: String,
    pub object: Object,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Object {
    pub sha: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comparison {
    /// `ahead`, `behind`, `diverged`, `identical`.
    pub status: String,
    pub ahead_by: u32,
    pub total_commits: Option<usize>,
    /// Oldest first.
    #[serde(default)]
    pub commits: Vec<CommitRow>,
    /// On the first page only, and 300 at most.
    pub files: Option<Vec<File>>,
    pub merge_base_commit: Option<CommitRow>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitRow {
    pub sha: String,
    pub commit: Option<CommitText>,
    pub html_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CommitText {
    #[serde(default)]
    pub message: String,
    pub author: Option<Signature>,
    pub committer: Option<Signature>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Signature {
    pub name: Option<String>,
    pub date: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct File {
    pub filename: String,
    pub previous_filename: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CheckRuns {
    pub total_count: usize,
    pub check_runs: Vec<CheckRun>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CheckRun {
    pub id: u64,
    pub name: String,
    pub status: String,
    pub conclusion: Option<String>,
    pub started_at: Option<String>,
    pub html_url: Option<String>,
    pub app: Option<Id>,
    pub check_suite: Option<Id>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Id {
    pub id: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct CombinedStatus {
    pub total_count: usize,
    pub statuses: Vec<Status>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Status {
    pub context: String,
    pub state: String,
    pub target_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Release {
    pub id: u64,
    pub tag_name: String,
    pub name: Option<String>,
    /// A branch's name or a commit; meaningless if the tag was there before.
    #[serde(default)]
    pub target_commitish: String,
    pub draft: bool,
    pub prerelease: bool,
    pub created_at: Option<String>,
    pub published_at: Option<String>,
    pub html_url: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct OneCommit {
    pub sha: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Repository {
    pub full_name: String,
    pub permissions: Option<Permissions>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Permissions {
    #[serde(default)]
    pub push: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct RateLimit {
    pub rate: Rate,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Rate {
    pub limit: u64,
    pub remaining: u64,
}
