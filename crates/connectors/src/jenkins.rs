//! Jenkins: jobs and multibranch pipelines.
//!
//! **Reads** the runs of a job, or of all branches of a multibranch pipeline, of the last 45 days (builds; tests if
//! wanted). **Acts** on nothing.
//!
//! **Calls a tick**: one for each job (`job/…/api/json?tree=…`), more only if a job has more than a hundred runs in
//! that time. **Token**: a user's API token; the user needs *Job/Read*. **Limits**: none of its own.
//!
//! **Oddities**: the pointers `lastSuccessfulBuild` and their like are never read: "successful" includes UNSTABLE, a
//! run whose tests failed. While a run is under way its result is null; without `building` null is unknown. A run
//! has a revision for each repository that it checked out, libraries too: the one whose branch is named like a
//! release branch counts. Times are milliseconds that fit no 32 bits.

use crate::ci::{self, AppSettings, BuildSystem, Run, Runs, unknown_word};
use crate::http::{Auth, Http, Options, segment};
use crate::secret::{SecretFrom, Secrets};
use crate::source::Within;
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Outcome, Sha};
use conductor::{AppId, Moment, SourceId};
use ports::SourceError;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Jenkins: builds of release branches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of Jenkins, such as `https://jenkins.example.com`.
    base_url: String,
    /// The user whose token it is.
    user: String,
    /// Where the user's API token lies.
    token: SecretFrom,
    /// Whether UNSTABLE runs, whose tests failed, made good builds all the same. Default: false.
    #[serde(default)]
    unstable_is_good: bool,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// The most runs of a page.
const PAGE: usize = 100;
/// The most pages of a job.
const PAGES: usize = 10;
/// What is asked of a run.
const RUN: &str = "[number,url,building,result,timestamp,actions[lastBuiltRevision[SHA1,branch[name]],parameters[name,value]]]";

pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(id, "token", secrets)?;
    let mut options =
        Options::new(id.clone(), &settings.base_url, Auth::Basic(settings.user, token));
    options.token_from = settings.token.to_string();
    options.advice =
        "give its user Job/Read on the job, and see that the job's folders are named, too";
    options.timeout = settings.timeout_ms.into();
    let system = Jenkins {
        http: Http::new(options)?,
        web: settings.base_url.trim_end_matches('/').to_owned(),
        unstable: if settings.unstable_is_good { Outcome::Passed } else { Outcome::Failed },
    };
    ci::open(id, system, settings.apps)
}

struct Jenkins {
    http: Http,
    web: String,
    /// What UNSTABLE means.
    unstable: Outcome,
}

/// A job's path: `mobile/music` is `/job/mobile/job/music`.
fn path(job: &str) -> String {
    let parts = job.split('/').filter(|it| !it.is_empty());
    parts.fold(String::new(), |path, part| path + "/job/" + &segment(part))
}

#[async_trait]
impl BuildSystem for Jenkins {
    const KIND: &'static str = "jenkins";
    const TITLE: &'static str = "Jenkins";

    fn http(&self) -> &Http {
        &self.http
    }
    fn link(&self, pipeline: &str) -> String {
        format!("{}{}/", self.web, path(pipeline))
    }
    async fn runs(&self, pipeline: &str, after: Moment) -> Result<Runs, SourceError> {
        let what = format!("the runs of {pipeline}");
        let address = format!("{}/api/json", path(pipeline));
        let (mut runs, mut complete) = (Vec::new(), true);
        for page in 0..PAGES {
            let (from, to) = (page * PAGE, (page + 1) * PAGE);
            // A multibranch pipeline has a job for each branch, and no runs of its own.
            let branches = if page == 0 {
                format!("jobs[name,builds{RUN}{{0,{PAGE}}}]{{0,500}},")
            } else {
                String::new()
            };
            let tree = format!("_class,{branches}allBuilds{RUN}{{{from},{to}}}");
            let job: wire::Job = match self.http.get(&what, &address, &[("tree", &tree)]).await {
                Ok(got) => got.value,
                Err(error) if page == 0 => return Err(error),
                Err(_) => return Ok(Runs { runs, complete: false }),
            };
            if job.jobs.is_none() && job.all_builds.is_none() {
                return Err(self.http.unreadable(&what, "it has neither runs nor branches"));
            }
            for branch in job.jobs.iter().flatten() {
                let builds = branch.builds.as_deref().unwrap_or_default();
                let cut = builds.len() >= PAGE
                    && builds.last().is_some_and(|it| it.began_at() > Some(after));
                complete &= !cut;
                runs.extend(builds.iter().map(|it| self.run(it, Some(&branch.name))));
            }
            let builds = job.all_builds.unwrap_or_default();
            runs.extend(builds.iter().map(|it| self.run(it, None)));
            let is_last =
                builds.len() < PAGE || builds.last().is_none_or(|it| it.began_at() <= Some(after));
            if is_last {
                runs.retain(|it| it.began_at.is_none_or(|at| at > after));
                return Ok(Runs { runs, complete });
            }
        }
        Ok(Runs { runs, complete: false })
    }
}

impl Jenkins {
    fn run(&self, run: &wire::Run, branch: Option<&str>) -> Run {
        let revisions: Vec<&wire::Revision> =
            run.actions.iter().flatten().filter_map(|it| it.revision.as_ref()).collect();
        let named = |it: &wire::Revision| -> Vec<(String, Option<Sha>)> {
            let sha = it.sha.as_ref().map(Sha::new);
            it.branch.iter().map(|b| (plain(&b.name).to_owned(), sha.clone())).collect()
        };
        let mut heads: Vec<(String, Option<Sha>)> =
            revisions.iter().flat_map(|it| named(it)).collect();
        if let Some(branch) = branch {
            // The job of a branch is named like it, with its slashes escaped.
            let branch = unescaped(branch);
            heads.retain(|(name, _)| *name == branch);
            if heads.is_empty() {
                let sha = match revisions.as_slice() {
                    [only] => only.sha.as_ref().map(Sha::new),
                    _ => None,
                };
                heads.push((branch, sha));
            }
        }
        let given = run.actions.iter().flatten().flat_map(|it| it.parameters.iter().flatten());
        Run {
            number: run.number,
            heads,
            workflow: None,
            outcome: self.outcome(run),
            began_at: run.began_at(),
            given: given
                .filter_map(|it| Some((it.name.clone(), text(it.value.as_ref()?)?)))
                .collect(),
            steps: Vec::new(),
            link: run.url.clone(),
        }
    }

    fn outcome(&self, run: &wire::Run) -> Outcome {
        match (run.result.as_deref(), run.building) {
            (_, true) => Outcome::Running,
            (Some("SUCCESS"), false) => Outcome::Passed,
            (Some("UNSTABLE"), false) => self.unstable.clone(),
            (Some("FAILURE"), false) => Outcome::Failed,
            (Some("NOT_BUILT"), false) => Outcome::Skipped,
            (Some("ABORTED"), false) => Outcome::Cancelled,
            (Some(word), false) => unknown_word("Jenkins", word),
            (None, false) => {
                Outcome::Other("Jenkins gives no result, and it does not run".to_owned())
            }
        }
    }
}

/// A branch's name without the remote's.
fn plain(name: &str) -> &str {
    let name = name.strip_prefix("refs/remotes/").unwrap_or(name);
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    name.strip_prefix("origin/").unwrap_or(name)
}

fn text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// A name with its escapes taken back: `release%2Fandroid%2F9.1.24`.
fn unescaped(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        let ahead = rest.clone().take(2).map(char::from).collect::<String>();
        match (byte, u8::from_str_radix(&ahead, 16)) {
            (b'%', Ok(plain)) if ahead.len() == 2 => {
                bytes.push(plain);
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

mod wire {
    //! Jenkins' own words.

    use conductor::Moment;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct Job {
        pub(super) jobs: Option<Vec<Branch>>,
        #[serde(rename = "allBuilds")]
        pub(super) all_builds: Option<Vec<Run>>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Branch {
        pub(super) name: String,
        pub(super) builds: Option<Vec<Run>>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Run {
        pub(super) number: u64,
        pub(super) url: Option<String>,
        #[serde(default)]
        pub(super) building: bool,
        pub(super) result: Option<String>,
        timestamp: Option<i64>,
        pub(super) actions: Option<Vec<Action>>,
    }

    impl Run {
        pub(super) fn began_at(&self) -> Option<Moment> {
            self.timestamp.map(Moment::from_millis)
        }
    }

    #[derive(Debug, Default, Deserialize)]
    pub(super) struct Action {
        #[serde(rename = "lastBuiltRevision")]
        pub(super) revision: Option<Revision>,
        pub(super) parameters: Option<Vec<Parameter>>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Revision {
        #[serde(rename = "SHA1")]
        pub(super) sha: Option<String>,
        #[serde(default)]
        pub(super) branch: Vec<Named>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Named {
        pub(super) name: String,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Parameter {
        pub(super) name: String,
        pub(super) value: Option<serde_json::Value>,
    }
}

#[cfg(test)]
pub(crate) mod tests;
