//! Bitrise.
//!
//! **Reads** the builds of an app of the last 45 days, if wanted of one workflow (builds; tests if wanted). **Acts** on
//! nothing.
//!
//! **Calls a tick**: one for each app at Bitrise, more only if it has more than fifty builds in that time.
//! **Token**: a personal or workspace API token of somebody who sees the app. **Limits**: it asks to slow down with 429.
//!
//! **Oddities**: a state is a number: 0 has not ended, 3 and 4 were called off, of which 4 calls itself a success and
//! is none. The next page begins at a build's slug, that page's first.

use crate::ci::{self, AppSettings, BuildSystem, Run, Runs, unknown_word};
use crate::http::{Auth, Http, Options, segment};
use crate::paging::Cursors;
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

/// Bitrise: builds of release branches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the API. Default: `https://api.bitrise.io`.
    #[serde(default = "api")]
    base_url: String,
    /// Where the token lies.
    token: SecretFrom,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

fn api() -> String {
    "https://api.bitrise.io".to_owned()
}

/// The most pages of an app, fifty builds each.
const PAGES: usize = 20;

pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(id, "token", secrets)?;
    let mut options = Options::new(id.clone(), &settings.base_url, Auth::Plain("", token));
    options.token_from = settings.token.to_string();
    options.advice =
        "give it a token of somebody who sees the app, and see that the app's slug is right";
    options.timeout = settings.timeout_ms.into();
    ci::open(id, Bitrise { http: Http::new(options)? }, settings.apps)
}

struct Bitrise {
    http: Http,
}

#[async_trait]
impl BuildSystem for Bitrise {
    const KIND: &'static str = "bitrise";
    const TITLE: &'static str = "Bitrise";
    const WORKFLOWS: bool = true;

    fn http(&self) -> &Http {
        &self.http
    }
    fn link(&self, pipeline: &str) -> String {
        format!("https://app.bitrise.io/app/{}", segment(pipeline))
    }
    async fn runs(&self, pipeline: &str, after: Moment) -> Result<Runs, SourceError> {
        let path = format!("/v0.1/apps/{}/builds", segment(pipeline));
        let what = format!("the builds of {pipeline}");
        let after = (after.millis() / 1000).max(0).to_string();
        let (mut runs, mut next, mut cursors) = (Vec::new(), None::<String>, Cursors::default());
        loop {
            let mut query =
                vec![("after", after.as_str()), ("limit", "50"), ("sort_by", "created_at")];
            query.extend(next.as_deref().map(|next| ("next", next)));
            let page: wire::Page = match self.http.get(&what, &path, &query).await {
                Ok(got) => got.value,
                Err(error) if next.is_none() => return Err(error),
                Err(_) => return Ok(Runs { runs, complete: false }),
            };
            runs.extend(page.data.iter().map(run));
            let Some(cursor) = page.paging.next.filter(|it| !it.is_empty()) else {
                return Ok(Runs { runs, complete: true });
            };
            if cursors.step(&cursor, PAGES).is_err() {
                return Ok(Runs { runs, complete: false });
            }
            next = Some(cursor);
        }
    }
}

fn run(build: &wire::Build) -> Run {
    let moment = |text: &Option<String>| {
        let at = DateTime::parse_from_rfc3339(text.as_deref()?).ok()?;
        Some(Moment::from_millis(at.timestamp_millis()))
    };
    let given = build.original_build_params.iter().flat_map(|it| it.environments.iter().flatten());
    let given = given.filter_map(|it| Some((it.mapped_to.clone()?, it.value.clone()?)));
    let sha = build.commit_hash.as_ref().filter(|it| !it.is_empty()).map(Sha::new);
    Run {
        number: build.number,
        heads: build.branch.iter().map(|branch| (branch.clone(), sha.clone())).collect(),
        workflow: build.triggered_workflow.clone(),
        outcome: outcome(build.status),
        began_at: moment(&build.triggered_at),
        given: given.collect(),
        steps: Vec::new(),
        link: Some(format!("https://app.bitrise.io/build/{}", segment(&build.slug))),
    }
}

fn outcome(status: i64) -> Outcome {
    match status {
        0 => Outcome::Running,
        1 => Outcome::Passed,
        2 => Outcome::Failed,
        3 | 4 => Outcome::Cancelled,
        word => unknown_word("Bitrise", &word.to_string()),
    }
}

mod wire {
    //! Bitrise's own words.

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct Page {
        pub(super) data: Vec<Build>,
        pub(super) paging: Paging,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Paging {
        pub(super) next: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Build {
        pub(super) slug: String,
        #[serde(rename = "build_number")]
        pub(super) number: u64,
        pub(super) status: i64,
        pub(super) branch: Option<String>,
        pub(super) commit_hash: Option<String>,
        pub(super) triggered_workflow: Option<String>,
        pub(super) triggered_at: Option<String>,
        pub(super) original_build_params: Option<Given>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Given {
        pub(super) environments: Option<Vec<Variable>>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Variable {
        pub(super) mapped_to: Option<String>,
        pub(super) value: Option<String>,
    }
}

#[cfg(test)]
pub(crate) mod tests;
