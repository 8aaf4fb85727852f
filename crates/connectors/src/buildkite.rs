//! Buildkite.
//!
//! **Reads** the builds of a pipeline of the last 45 days with the states of their jobs (builds; uploads by a job's
//! name; tests if wanted). **Acts** on nothing.
//!
//! **Calls a tick**: one for each pipeline, more only if it has more than a hundred builds in that time (`Link`).
//! **Token**: an API access token with `read_builds`. **Limits**: 200 requests a minute and organization; it asks to
//! slow down with 429.
//!
//! **Oddities**: a build is `failing` as soon as one job has failed, while others run: that is failed already. A
//! `blocked` build waits for a person in Buildkite and has not ended. A job that is tried again stays in the list:
//! its last try counts.

use crate::ci::{self, AppSettings, BuildSystem, Run, Runs, unknown_word};
use crate::http::{Http, Options, segment};
use crate::secret::{SecretFrom, Secrets};
use crate::source::Within;
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use chrono::DateTime;
use conductor::observation::{Outcome, Sha};
use conductor::{AppId, Moment, SourceId};
use ports::SourceError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Buildkite: builds of release branches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the API. Default: `https://api.buildkite.com`.
    #[serde(default = "api")]
    base_url: String,
    /// The organization's slug.
    organization: String,
    /// Where the token lies; it needs `read_builds`.
    token: SecretFrom,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

fn api() -> String {
    "https://api.buildkite.com".to_owned()
}

/// The most pages of a pipeline, a hundred builds each.
const PAGES: usize = 10;

pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let mut options = Options::with_token(id, &settings.base_url, &settings.token, secrets)?;
    options.advice = "give it read_builds, and see that organization and pipeline are right";
    options.timeout = settings.timeout_ms.into();
    let system = Buildkite { http: Http::new(options)?, organization: settings.organization };
    ci::open(id, system, settings.apps)
}

struct Buildkite {
    http: Http,
    organization: String,
}

#[async_trait]
impl BuildSystem for Buildkite {
    const KIND: &'static str = "buildkite";
    const TITLE: &'static str = "Buildkite";
    const STEPS: bool = true;

    fn http(&self) -> &Http {
        &self.http
    }
    fn link(&self, pipeline: &str) -> String {
        let (organization, pipeline) = (segment(&self.organization), segment(pipeline));
        format!("https://buildkite.com/{organization}/{pipeline}/builds")
    }
    async fn runs(&self, pipeline: &str, after: Moment) -> Result<Runs, SourceError> {
        let path = format!(
            "/v2/organizations/{}/pipelines/{}/builds",
            segment(&self.organization),
            segment(pipeline)
        );
        // To the day, so that the question stays the same for a day.
        let from: String = after.to_string().chars().take(10).collect();
        let query = [("created_from", from.as_str()), ("per_page", "100")];
        let what = format!("the builds of {pipeline}");
        let pages =
            self.http.pages(&what, &path, &query, PAGES, |page: Vec<wire::Build>| page).await?;
        let runs = pages.items.iter().map(run).collect();
        Ok(Runs { runs, complete: pages.broken.is_none() })
    }
}

fn run(build: &wire::Build) -> Run {
    let moment = |text: &Option<String>| {
        let at = DateTime::parse_from_rfc3339(text.as_deref()?).ok()?;
        Some(Moment::from_millis(at.timestamp_millis()))
    };
    let mut given = build.env.clone().unwrap_or_default();
    given.extend(build.meta_data.clone().unwrap_or_default());
    let given = given.into_iter().filter_map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some((name, value)).filter(|it| it.1 != "null")
    });
    // HEAD until Buildkite has asked the repository: no commit yet.
    let sha = Some(&build.commit).filter(|it| is_sha(it)).map(Sha::new);
    Run {
        number: build.number,
        heads: vec![(build.branch.clone(), sha)],
        workflow: None,
        outcome: outcome(&build.state),
        began_at: moment(&build.created_at),
        given: given.collect(),
        steps: build
            .jobs
            .iter()
            .filter_map(|job| Some((job.name.clone()?, job_outcome(job))))
            .collect(),
        link: build.web_url.clone(),
    }
}

fn is_sha(text: &str) -> bool {
    text.len() >= 40 && text.chars().all(|it| it.is_ascii_hexdigit())
}

fn outcome(state: &str) -> Outcome {
    match state {
        "passed" => Outcome::Passed,
        "failed" | "failing" => Outcome::Failed,
        "creating" | "scheduled" | "running" | "waiting" | "blocked" => Outcome::Running,
        "canceling" | "canceled" => Outcome::Cancelled,
        "skipped" | "not_run" => Outcome::Skipped,
        word => unknown_word("Buildkite", word),
    }
}

fn job_outcome(job: &wire::Job) -> Outcome {
    match job.state.as_deref().unwrap_or_default() {
        "passed" | "finished" if job.soft_failed => Outcome::Failed,
        "passed" => Outcome::Passed,
        "failed" | "timed_out" | "timing_out" | "broken" | "expired" => Outcome::Failed,
        "canceling" | "canceled" => Outcome::Cancelled,
        "skipped" => Outcome::Skipped,
        "pending" | "waiting" | "waiting_failed" | "blocked" | "blocked_failed" | "unblocked"
        | "unblocked_failed" | "limiting" | "limited" | "scheduled" | "assigned" | "accepted"
        | "running" | "platform_limiting" | "platform_limited" => Outcome::Running,
        word => unknown_word("Buildkite", word),
    }
}

mod wire {
    //! Buildkite's own words.

    use serde::Deserialize;
    use serde_json::Value;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    pub(super) struct Build {
        pub(super) number: u64,
        pub(super) state: String,
        pub(super) branch: String,
        pub(super) commit: String,
        pub(super) web_url: Option<String>,
        pub(super) created_at: Option<String>,
        pub(super) env: Option<BTreeMap<String, Value>>,
        pub(super) meta_data: Option<BTreeMap<String, Value>>,
        #[serde(default)]
        pub(super) jobs: Vec<Job>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Job {
        pub(super) name: Option<String>,
        pub(super) state: Option<String>,
        #[serde(default)]
        pub(super) soft_failed: bool,
    }
}

#[cfg(test)]
pub(crate) mod tests;
