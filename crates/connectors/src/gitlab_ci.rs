//! GitLab CI: pipelines of a project, on gitlab.com or a server of one's own.
//!
//! **Reads** the pipelines of the last 45 days (builds; tests if wanted). **Acts** on nothing. Branches and commits are
//! not read here.
//!
//! **Calls a tick**: one for each project, more only if it had more than a hundred pipelines in that time (`Link`).
//! **Token**: a project or group access token with `read_api` and the role Reporter. **Limits**: by the server; it asks
//! to slow down with 429.
//!
//! **Oddities**: a pipeline that is tried again keeps its number and its time, and its state goes back to running. A
//! `manual` one waits for a person at GitLab and has not ended. `success` covers jobs that were allowed to fail.

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

/// GitLab CI: builds of release branches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of GitLab. Default: `https://gitlab.com`.
    #[serde(default = "address")]
    base_url: String,
    /// Where the token lies; it needs `read_api`.
    token: SecretFrom,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

fn address() -> String {
    "https://gitlab.com".to_owned()
}

/// The most pages of a project, a hundred pipelines each.
const PAGES: usize = 20;

pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let mut options = Options::with_token(id, &settings.base_url, &settings.token, secrets)?;
    options.advice =
        "give it read_api and the role Reporter, and see that the project's path is right";
    options.timeout = settings.timeout_ms.into();
    let web = settings.base_url.trim_end_matches('/').to_owned();
    ci::open(id, Gitlab { http: Http::new(options)?, web }, settings.apps)
}

struct Gitlab {
    http: Http,
    web: String,
}

#[async_trait]
impl BuildSystem for Gitlab {
    const KIND: &'static str = "gitlab_ci";
    const TITLE: &'static str = "GitLab CI";

    fn http(&self) -> &Http {
        &self.http
    }
    fn link(&self, pipeline: &str) -> String {
        format!("{}/{}/-/pipelines", self.web, crate::http::segments(pipeline))
    }
    async fn runs(&self, pipeline: &str, after: Moment) -> Result<Runs, SourceError> {
        let path = format!("/api/v4/projects/{}/pipelines", segment(pipeline));
        // To the day, so that the question stays the same for a day.
        let day: String = after.to_string().chars().take(10).collect();
        let from = format!("{day}T00:00:00Z");
        let query = [("updated_after", from.as_str()), ("per_page", "100")];
        let what = format!("the pipelines of {pipeline}");
        let pages =
            self.http.pages(&what, &path, &query, PAGES, |page: Vec<wire::Pipeline>| page).await?;
        let runs = pages.items.iter().map(run).collect();
        Ok(Runs { runs, complete: pages.broken.is_none() })
    }
}

fn run(pipeline: &wire::Pipeline) -> Run {
    let began_at = pipeline.created_at.as_deref().and_then(|text| {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Moment::from_millis(at.timestamp_millis()))
    });
    let given = [("id", pipeline.id), ("iid", pipeline.iid)];
    Run {
        number: pipeline.iid,
        heads: vec![(pipeline.branch.clone(), Some(Sha::new(&pipeline.sha)))],
        workflow: None,
        outcome: outcome(&pipeline.status),
        began_at,
        given: given.map(|(name, value)| (name.to_owned(), value.to_string())).into(),
        steps: Vec::new(),
        link: pipeline.web_url.clone(),
    }
}

fn outcome(status: &str) -> Outcome {
    match status {
        "success" => Outcome::Passed,
        "failed" => Outcome::Failed,
        "created"
        | "waiting_for_resource"
        | "waiting_for_callback"
        | "preparing"
        | "pending"
        | "running"
        | "manual"
        | "scheduled" => Outcome::Running,
        "canceling" | "canceled" => Outcome::Cancelled,
        "skipped" => Outcome::Skipped,
        word => unknown_word("GitLab", word),
    }
}

mod wire {
    //! GitLab's own words.

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct Pipeline {
        pub(super) id: u64,
        pub(super) iid: u64,
        pub(super) sha: String,
        #[serde(rename = "ref")]
        pub(super) branch: String,
        pub(super) status: String,
        pub(super) created_at: Option<String>,
        pub(super) web_url: Option<String>,
    }
}

#[cfg(test)]
pub(crate) mod tests;
