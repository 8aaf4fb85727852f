//! GitHub: release branches and their commits, tests on their heads, builds and download releases.
//!
//! Reads: the branches each tick; the tests of live heads (each tick while something runs, every 15 minutes
//! after), both by GraphQL for many apps in one call, and by REST where a server has none; releases of an app
//! every 10 minutes, conditional. Commits and what a build lacks are asked only when a head or a build moved.
//! Acts: publishes the GitHub release of a line that is shipped by download.
//! Token: contents, checks and commit statuses to read; contents to write if it shall publish.
//! Limits: 5,000 requests an hour; a 403 may mean "too fast". A comparison lists 250 commits a page and
//! 300 files in all. Oddities: docs/connectors/github.md.

mod acts;
mod fetch;
mod graphql;
mod memory;
mod tick;
mod translate;
mod wire;

use crate::http::{Auth, Got, Http, Options, segments};
use crate::pattern::Pattern;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::ObservationKind;
use conductor::{AppId, Moment, Platform, SourceId};
use futures::future::join_all;
use graphql::Graphql;
use memory::Memory;
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tick::Round;
use tokio::sync::Mutex;

/// Settings of GitHub, or of a GitHub Enterprise server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the REST API; for an Enterprise server `https://HOST/api/v3`.
    #[serde(default = "public")]
    pub base_url: String,
    /// Where people see repositories; made from `base_url` for github.com and Enterprise servers.
    pub web_url: Option<String>,
    /// Where the token lies.
    pub token: SecretFrom,
    /// Read commit statuses besides check runs. Off for servers that lack them.
    #[serde(default = "yes")]
    pub statuses: bool,
    /// Ask for many things at once by GraphQL. A server that has none is noticed; off, it is never tried.
    #[serde(default = "yes")]
    pub graphql: bool,
    /// How long one request may take, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub timeout_ms: u32,
    /// Where each app lives.
    pub apps: BTreeMap<AppId, AppSettings>,
}

/// Where an app lives.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// The repository, as `owner/name`.
    pub repository: String,
    /// The branch that release branches leave from.
    #[serde(default = "main")]
    pub main: String,
    /// What is where for each platform.
    pub platforms: BTreeMap<Platform, PlatformSettings>,
}

/// What is where for a platform.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformSettings {
    /// How its release branches are named; `{version}` must be in it.
    pub branch: Pattern,
    /// How releases and pre-releases are tagged that are builds; must have `{version}` and `{build}`.
    /// Without it this source knows no builds.
    pub build_tag: Option<Pattern>,
    /// How the release is tagged whose publication ships it, for lines whose store is `download`. Without
    /// it this source is no store.
    pub release_tag: Option<Pattern>,
    /// The names of the checks that count; all if empty.
    #[serde(default)]
    pub tests: Vec<String>,
}

fn public() -> String {
    "https://api.github.com".to_owned()
}
fn yes() -> bool {
    true
}
fn main() -> String {
    "main".to_owned()
}
fn ten_seconds() -> u32 {
    10_000
}

/// GitHub as a source.
pub(crate) struct Github {
    http: Http,
    graphql: Option<Graphql>,
    web: Option<String>,
    statuses: bool,
    apps: BTreeMap<AppId, AppSettings>,
    memory: BTreeMap<AppId, Mutex<Memory>>,
}

pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(&id, "token", secrets)?;
    for (app, it) in &settings.apps {
        let key = |rest: &str| format!("apps.{app}.{rest}");
        let parts: Vec<&str> = it.repository.split('/').collect();
        if parts.len() != 2 || parts.iter().any(|part| part.is_empty()) {
            let words = format!("`{}` is no repository; write owner/name", it.repository);
            return Err(SettingsError::new(&id, key("repository"), words));
        }
        for (platform, line) in &it.platforms {
            if let Some(tag) = line.build_tag.as_ref().filter(|it| !it.has_build()) {
                let words = format!("`{tag}` has no {{build}}; builds are told apart by it");
                return Err(SettingsError::new(
                    &id,
                    key(&format!("platforms.{platform}.build_tag")),
                    words,
                ));
            }
        }
    }
    let web = settings.web_url.clone().or_else(|| web_of(&settings.base_url));
    let from = settings.token.to_string();
    let timeout = Duration::from_millis(u64::from(settings.timeout_ms));
    let client = move |url: &str| {
        let mut options = Options::new(id.clone(), url, Auth::Bearer(token.clone()));
        options.token_from.clone_from(&from);
        options.advice = "give it read access to contents, checks and commit statuses of the repository, or renew it";
        options.timeout = timeout;
        options.headers = vec![
            ("accept", "application/vnd.github+json".to_owned()),
            ("x-github-api-version", "2022-11-28".to_owned()),
        ];
        Http::new(options)
    };
    let graphql = settings.graphql.then(|| client(&graphql::address(&settings.base_url)));
    let github = Github {
        http: client(&settings.base_url)?,
        graphql: graphql.transpose()?.map(Graphql::new),
        web,
        statuses: settings.statuses,
        memory: settings.apps.keys().map(|app| (app.clone(), Mutex::default())).collect(),
        apps: settings.apps,
    };
    let publishes = github
        .apps
        .values()
        .any(|app| app.platforms.values().any(|line| line.release_tag.is_some()));
    Ok(if publishes { Opened::acting(github) } else { Opened::reading(github) })
}

/// Where people look, by where machines do. `None` for servers of unknown make.
fn web_of(base: &str) -> Option<String> {
    let base = base.trim_end_matches('/');
    if base == "https://api.github.com" {
        return Some("https://github.com".to_owned());
    }
    base.strip_suffix("/api/v3").map(str::to_owned)
}

#[async_trait]
impl Connector for Github {
    const KIND: &'static str = "github";
    const TITLE: &'static str = "GitHub";

    fn clients(&self) -> Vec<&Http> {
        std::iter::once(&self.http).chain(self.graphql.as_ref().map(Graphql::client)).collect()
    }

    fn owes(&self) -> Owed {
        let mut owed = Vec::new();
        for (app, settings) in &self.apps {
            for (platform, line) in &settings.platforms {
                let mut owe = |kind| owed.push((app.clone(), Some(platform.clone()), kind));
                owe(ObservationKind::Branches);
                owe(ObservationKind::Tests);
                if line.build_tag.is_some() {
                    owe(ObservationKind::Builds);
                }
                if line.release_tag.is_some() {
                    owe(ObservationKind::Store);
                }
            }
        }
        owed
    }

    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let mut rounds = Vec::new();
        for app in apps.iter().copied() {
            let (Some(settings), Some(memory)) = (self.apps.get(app), self.memory.get(app)) else {
                continue;
            };
            rounds.push(Round::new(app, settings, memory.lock().await));
        }
        let branches = self.branches_at_once(&rounds, ask.now).await;
        join_all(rounds.iter_mut().map(|round| self.look(round, &branches, ask))).await;
        self.learn_tests(&mut rounds, ask).await;
        join_all(rounds.into_iter().map(|round| self.conclude(round, ask))).await
    }

    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        let Probe { good, wrong } = probe;
        match self.http.get::<wire::RateLimit>("the rate limit", "/rate_limit", &[]).await {
            Ok(answer) => good.push(rights(&answer)),
            Err(error) => wrong.push(error.to_string()),
        }
        let apps = join_all(self.apps.iter().map(|(app, it)| self.probe_app(app, it))).await;
        for (fine, bad) in apps {
            good.extend(fine);
            wrong.extend(bad);
        }
    }
}

fn rights(answer: &Got<wire::RateLimit>) -> String {
    let rate = answer.value.rate;
    // Only classic tokens tell their scopes.
    let scopes = match answer.header("x-oauth-scopes") {
        Some(scopes) if !scopes.is_empty() => format!("with the scopes {scopes}"),
        _ => "with a token that does not tell its scopes".to_owned(),
    };
    format!(
        "GitHub answers {scopes}; {} of {} requests an hour are left",
        rate.remaining, rate.limit
    )
}

impl Github {
    async fn probe_app(&self, app: &AppId, settings: &AppSettings) -> (Vec<String>, Vec<String>) {
        let (mut good, mut wrong) = (Vec::new(), Vec::new());
        let repo = &settings.repository;
        let what = format!("the repository {repo}");
        let path = format!("/repos/{}", segments(repo));
        let publishes = settings.platforms.values().any(|it| it.release_tag.is_some());
        match self.http.get::<wire::Repository>(&what, &path, &[]).await {
            Ok(answer) => {
                if !answer.value.full_name.eq_ignore_ascii_case(repo) {
                    wrong.push(format!(
                        "apps.{app}.repository: {repo} is now called {}; write that",
                        answer.value.full_name
                    ));
                }
                let may_write = answer.value.permissions.is_some_and(|it| it.push);
                good.push(format!("{app}: {repo} can be read"));
                if publishes && !may_write {
                    wrong.push(format!("{app}: the token may not write to {repo}; give it contents: write, or releases cannot be published"));
                }
            }
            Err(error) => {
                wrong.push(format!("{app}: {error}"));
                return (good, wrong);
            }
        }
        match self.refs(repo, &settings.main).await {
            Ok(refs) if refs.iter().any(|it| it.name == format!("refs/heads/{}", settings.main)) => {}
            Ok(_) => wrong.push(format!(
                "apps.{app}.main: {repo} has no branch {}; name the one that release branches leave from",
                settings.main
            )),
            Err(error) => wrong.push(format!("{app}: {error}")),
        }
        for (platform, line) in &settings.platforms {
            match self.refs(repo, line.branch.prefix()).await {
                Ok(refs) => match translate::heads(&refs, &line.branch).last() {
                    Some(head) => good.push(format!(
                        "{app} {platform}: release branches are found, the newest is {}",
                        head.name
                    )),
                    None => wrong.push(format!(
                        "apps.{app}.platforms.{platform}.branch: no branch of {repo} is named like {}; correct it, or make the first release branch",
                        line.branch
                    )),
                },
                Err(error) => wrong.push(format!("{app} {platform}: {error}")),
            }
        }
        (good, wrong)
    }

    /// All branches whose names begin so. Fails if any page does: a part would hide branches.
    async fn refs(&self, repo: &str, prefix: &str) -> Result<Vec<wire::Ref>, SourceError> {
        let what = format!("the branches {prefix}… of {repo}");
        let path =
            format!("/repos/{}/git/matching-refs/heads/{}", segments(repo), segments(prefix));
        let pages = self
            .http
            .pages(&what, &path, &[("per_page", "100")], 50, |page: Vec<wire::Ref>| page)
            .await?;
        pages.broken.map_or(Ok(pages.items), Err)
    }
}

#[cfg(test)]
pub(crate) mod tests;
