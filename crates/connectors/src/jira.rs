//! Jira Cloud: the bugs that block, the bugs on no train, the planned versions.
//!
//! Reads: one search a tick for all apps whose definition of blocking is the same; every third tick one for
//! bugs without a version; the versions of a project every sixth, or every third while it has no such bugs.
//! Acts: nothing.
//! Token: an API token with its account's email; the account may browse the projects, nothing more. Limits:
//! 100 issues a page, a token for the next page and no total. Oddities: docs/connectors/jira.md.

mod search;
mod translate;
mod wire;

use crate::http::{Auth, Http, Options, segment};
use crate::pattern::Pattern;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Bug, Listing, Observation, ObservationKind, Observed, Planned};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use futures::future::join_all;
use ports::{Answer, Ask, Probe, SourceError};
use search::Found;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Mutex;

/// Settings of Jira Cloud.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the site, `https://NAME.atlassian.net`; for a token with scopes
    /// `https://api.atlassian.com/ex/jira/CLOUD-ID`.
    pub base_url: String,
    /// Where people see issues; `base_url` if it is not given.
    pub web_url: Option<String>,
    /// The email of the account whose token it is.
    pub email: String,
    /// Where the API token lies.
    pub token: SecretFrom,
    /// How long a new issue may be missing from the search, in seconds. A fresh zero must outlast it.
    #[serde(default = "a_minute")]
    pub index_lag_seconds: u32,
    /// How long one request may take, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub timeout_ms: u32,
    /// Where each app's bugs are.
    pub apps: BTreeMap<AppId, AppSettings>,
}

/// Where an app's bugs are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSettings {
    /// The key of the project: `MUS`.
    pub project: String,
    /// JQL that tells what blocks a release: `priority = Blocker`, `labels = release-blocker`. Without
    /// ORDER BY. That the issue is of this project and not done is added.
    pub blocking: String,
    /// JQL that tells what a bug is, for those that ride on no train. Empty: they are not read.
    #[serde(default = "bugs")]
    pub bugs: String,
    /// How versions are named in Jira: one pattern for all platforms, or one for each.
    #[serde(default)]
    pub versions: Versions,
}

/// How versions are named in Jira.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Versions {
    /// A version is for all platforms: `"{version}"`.
    All(Pattern),
    /// Each platform has its own: `{ android = "Android {version}", ios = "iOS {version}" }`.
    Each(BTreeMap<Platform, Pattern>),
}

impl Default for Versions {
    fn default() -> Self {
        Self::All(Pattern::version())
    }
}

fn a_minute() -> u32 {
    60
}
fn ten_seconds() -> u32 {
    10_000
}
fn bugs() -> String {
    "issuetype = Bug".to_owned()
}

/// Every third tick of 5 minutes, a little less since ticks jitter.
const THIRD_TICK: Span = Span::minutes(13);
/// Planned versions rarely change, and where bugs are found the project can be seen. Six ticks, less a little.
const SIXTH_TICK: Span = Span::minutes(28);
/// How long a login that was seen to be good is believed.
const LOGIN: Span = Span::minutes(30);

/// Jira as a source.
pub(crate) struct Jira {
    http: Http,
    web: String,
    index_lag: Span,
    apps: BTreeMap<AppId, AppSettings>,
    memory: Mutex<Memory>,
}

/// What is remembered between two reads.
#[derive(Default)]
struct Memory {
    login_at: Option<Moment>,
    apps: BTreeMap<AppId, Seen>,
}

#[derive(Default)]
struct Seen {
    /// Whether the last search found anything.
    had_bugs: bool,
    strays: Vec<Bug>,
    strays_at: Option<Moment>,
    planned: Option<Result<Vec<Planned>, SourceError>>,
    planned_at: Option<Moment>,
}

pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(&id, "token", secrets)?;
    for (app, it) in &settings.apps {
        let bad = |key: &str, words: String| {
            Err(SettingsError::new(&id, format!("apps.{app}.{key}"), words))
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if it.project.is_empty() || !it.project.chars().all(plain) {
            return bad("project", format!("`{}` is no project key, such as MUS", it.project));
        }
        if it.blocking.trim().is_empty() {
            return bad(
                "blocking",
                "nothing is told; write JQL such as priority = Blocker".to_owned(),
            );
        }
        for (key, jql) in [("blocking", &it.blocking), ("bugs", &it.bugs)] {
            if search::words(jql).windows(2).any(|two| two == ["order", "by"]) {
                return bad(key, "ORDER BY cannot be part of it; leave it out".to_owned());
            }
        }
    }
    let web = settings.web_url.as_ref().unwrap_or(&settings.base_url);
    let web = web.trim_end_matches('/').to_owned();
    let mut options = Options::new(id, &settings.base_url, Auth::Basic(settings.email, token));
    options.token_from = settings.token.to_string();
    options.advice = "make a new API token for its account, or let the account browse the project";
    options.timeout = Duration::from_millis(u64::from(settings.timeout_ms));
    Ok(Opened::reading(Jira {
        http: Http::new(options)?,
        web,
        index_lag: Span::seconds(i64::from(settings.index_lag_seconds)),
        apps: settings.apps,
        memory: Mutex::default(),
    }))
}

#[async_trait]
impl Connector for Jira {
    const KIND: &'static str = "jira";
    const TITLE: &'static str = "Jira";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }

    fn owes(&self) -> Owed {
        let kinds = [ObservationKind::Bugs, ObservationKind::Planned];
        self.apps.keys().flat_map(|app| kinds.map(|kind| (app.clone(), None, kind))).collect()
    }

    fn index_lag(&self) -> Span {
        self.index_lag
    }

    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let apps: BTreeMap<&AppId, &AppSettings> =
            apps.iter().filter_map(|app| self.apps.get_key_value(*app)).collect();
        let mut memory = self.memory.lock().await;
        let due = |memory: &Memory, app: &AppId, wait: Span, at: fn(&Seen) -> Option<Moment>| {
            let at = memory.apps.get(app).and_then(at);
            at.is_none_or(|at| at > ask.now || ask.now - at >= wait)
        };
        let planned: BTreeMap<_, _> = apps
            .iter()
            .filter(|(app, _)| {
                let had_bugs = memory.apps.get(*app).is_some_and(|it| it.had_bugs);
                let wait = if had_bugs { SIXTH_TICK } else { THIRD_TICK };
                due(&memory, app, wait, |it| it.planned_at)
            })
            .map(|(app, it)| (*app, *it))
            .collect();
        let strays: BTreeMap<_, _> = apps
            .iter()
            .filter(|(app, it)| {
                !it.bugs.trim().is_empty() && due(&memory, app, THIRD_TICK, |it| it.strays_at)
            })
            .map(|(app, it)| (*app, *it))
            .collect();
        let (blocking, strays, mut versions) = futures::join!(
            self.search_each(&apps, search::blocking),
            self.search_each(&strays, search::strays),
            self.planned(&planned)
        );
        // A project that is no longer shown to us has no bugs either: an empty list counts only beside a good
        // answer about the project.
        let emptied: BTreeMap<_, _> = blocking
            .iter()
            .filter(|(app, found)| found.issues.is_empty() && !planned.contains_key(app))
            .filter(|(app, _)| ask.afresh || memory.apps.get(*app).is_some_and(|it| it.had_bugs))
            .filter_map(|(app, _)| apps.get_key_value(app).map(|(app, it)| (*app, *it)))
            .collect();
        versions.extend(self.planned(&emptied).await);

        let login = self.login(&mut memory, &blocking, ask).await;
        for (app, found) in strays {
            let seen = memory.apps.entry(app.clone()).or_default();
            match (found.broken.as_ref(), login.as_ref()) {
                (None, Ok(&())) => {
                    seen.strays = translate::bugs(&found.issues, self.context(app), false);
                    seen.strays_at = Some(ask.now);
                }
                // What rides on no train moves nothing: the last list is good enough for a while.
                (Some(error), _) | (None, Err(error)) => {
                    tracing::warn!(source = %self.http.id(), %app, %error, "bugs on no train are not known");
                }
            }
        }
        for (app, answer) in versions {
            let seen = memory.apps.entry(app.clone()).or_default();
            if answer.is_ok() {
                seen.planned_at = Some(ask.now);
            }
            seen.planned = Some(answer);
        }
        blocking
            .into_iter()
            .map(|(app, found)| match &login {
                Ok(()) => self.answer(app, found, memory.apps.entry(app.clone()).or_default(), ask),
                Err(error) => Answer::failed(app, error.clone()),
            })
            .collect()
    }

    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        let Probe { good, wrong } = probe;
        match self.myself().await {
            Ok(me) => good.push(format!(
                "Jira knows us as {}, account {}",
                me.display_name.as_deref().unwrap_or("an account without a name"),
                me.account_id.as_deref().unwrap_or("unknown")
            )),
            Err(error) => return wrong.push(error.to_string()),
        }
        let apps: BTreeMap<&AppId, &AppSettings> = self.apps.iter().collect();
        for (app, answer) in self.planned(&apps).await {
            match answer {
                Ok(planned) if planned.is_empty() => wrong.push(format!(
                    "apps.{app}.versions: no version of the project is named as the settings say; correct the pattern, or make the version"
                )),
                Ok(planned) => good.push(format!("{app}: {} versions are named as the settings say", planned.len())),
                Err(error) => wrong.push(format!("{app}: {error}")),
            }
        }
        for (app, settings) in apps {
            let one = BTreeMap::from([(app, settings)]);
            for (key, make) in
                [("blocking", search::blocking as search::Make), ("bugs", search::strays)]
            {
                if key == "bugs" && settings.bugs.trim().is_empty() {
                    continue;
                }
                for (_, found) in self.search_each(&one, make).await {
                    match found.broken {
                        None => good.push(format!(
                            "{app}: `{key}` finds {} open issues",
                            found.issues.len()
                        )),
                        Some(error) => wrong.push(format!("apps.{app}.{key}: {error}")),
                    }
                }
            }
        }
    }
}

impl Jira {
    fn context(&self, app: &AppId) -> translate::Context<'_> {
        translate::Context { web: &self.web, versions: self.apps.get(app).map(|it| &it.versions) }
    }

    fn answer(&self, app: &AppId, found: Found, seen: &mut Seen, ask: Ask<'_>) -> Answer {
        let mut observed = Vec::new();
        let mut faults = Vec::new();
        let bugs = translate::bugs(&found.issues, self.context(app), true);
        // A part can prove that something blocks, never that nothing does; and a project that may not be
        // seen has no bugs for us, which says nothing.
        let hidden = match &seen.planned {
            Some(Err(error @ SourceError::Forbidden { .. })) => Some(error.clone()),
            _ => None,
        };
        let proves = bugs.iter().any(|it| it.open && it.blocking);
        match found.broken.or(hidden) {
            Some(error) if !proves => faults.push((None, ObservationKind::Bugs, error)),
            broken => {
                seen.had_bugs = !bugs.is_empty();
                let items = translate::joined(bugs, &seen.strays);
                observed.push(Observed {
                    app: app.clone(),
                    what: Observation::Bugs { list: Listing { items, complete: broken.is_none() } },
                    observed_at: ask.now,
                    link: self.issues_link(app),
                });
            }
        }
        match &seen.planned {
            Some(Ok(planned)) => observed.push(Observed {
                app: app.clone(),
                what: Observation::Planned { list: Listing::whole(planned.clone()) },
                observed_at: seen.planned_at.unwrap_or(ask.now),
                link: self.apps.get(app).map(|it| format!("{}/projects/{}?selectedItem=com.atlassian.jira.jira-projects-plugin%3Arelease-page", self.web, it.project)),
            }),
            Some(Err(error)) => faults.push((None, ObservationKind::Planned, error.clone())),
            None => {}
        }
        Answer::of(app, observed, faults)
    }

    /// The same search, for a person.
    fn issues_link(&self, app: &AppId) -> Option<String> {
        let settings = self.apps.get(app)?;
        let jql = search::blocking(settings, &format!("= \"{}\"", settings.project));
        Some(format!("{}/issues/?jql={}", self.web, segment(&jql)))
    }

    /// Whether Jira knows us. Asked now and then, and when a list turned empty: to an account that it does
    /// not know it answers every search with nothing.
    async fn login(
        &self,
        memory: &mut Memory,
        found: &[(&AppId, Found)],
        ask: Ask<'_>,
    ) -> Result<(), SourceError> {
        let turned_empty = found.iter().any(|(app, it)| {
            it.issues.is_empty() && memory.apps.get(*app).is_none_or(|seen| seen.had_bugs)
        });
        let empty = found.iter().any(|(_, it)| it.issues.is_empty());
        let believed = memory.login_at.is_some_and(|at| at <= ask.now && ask.now - at < LOGIN);
        if believed && !turned_empty && !(ask.afresh && empty) {
            return Ok(());
        }
        memory.login_at = None;
        self.myself().await?;
        memory.login_at = Some(ask.now);
        Ok(())
    }

    async fn myself(&self) -> Result<wire::Myself, SourceError> {
        let answer = self.http.get::<wire::Myself>("who we are", "/rest/api/3/myself", &[]).await?;
        self.signed_in(&answer)?;
        Ok(answer.value)
    }

    async fn planned<'a>(
        &self,
        apps: &BTreeMap<&'a AppId, &'a AppSettings>,
    ) -> Vec<(&'a AppId, Result<Vec<Planned>, SourceError>)> {
        join_all(apps.iter().map(|(app, settings)| async {
            let path = format!("/rest/api/3/project/{}/versions", segment(&settings.project));
            let what = format!("the versions of {}", settings.project);
            let answer = match self.http.get::<Vec<wire::Version>>(&what, &path, &[]).await {
                Ok(answer) => self.signed_in(&answer).map(|()| answer.value),
                Err(error) => Err(error),
            };
            let planned =
                answer.map(|rows| translate::planned(&rows, &settings.project, self.context(app)));
            (*app, planned)
        }))
        .await
    }
}

#[cfg(test)]
pub(crate) mod tests;
