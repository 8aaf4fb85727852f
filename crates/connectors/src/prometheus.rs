//! Prometheus, and what speaks its language: named queries.
//!
//! **Reads** what the queries of the settings answer at this moment: metrics, readings, compliance checks and
//! flags by name, and sessions with their crashes and hangs (health), told apart by the labels for version and
//! build. **Acts** on nothing.
//!
//! **Calls a tick**: one for each different query (`/api/v1/query`); apps that share a query share its call.
//!
//! **Token**: whatever stands before Prometheus asks for: a bearer's token, or a user with a password; it may
//! need none. **Limits**: its own; a query that takes too long is told as such.
//!
//! **Oddities**: no rows, NaN and infinity are no value, never zero. The time of an answer is that of the question,
//! however old the samples are: `newest` asks for theirs. An answer with warnings is not whole (one of several
//! stores did not answer) and is not believed. Counts that were extrapolated are no whole numbers.

mod translate;
mod wire;

use crate::http::{Http, Options};
use crate::named::{Gave, Tells, Told, Wanted, owed_by, wanted};
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Audience, Listing, Observation, ObservationKind};
use conductor::{AppId, Moment, Platform, SourceId};
use ports::{Answer, Ask, Probe, SourceError};
use reqwest::Url;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use translate::{Labels, Row};

/// Prometheus: what named queries answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of Prometheus: what stands before `/api/v1/query`.
    base_url: String,
    /// Where people see it. Default: `base_url`.
    web_url: Option<String>,
    /// Where the token lies, or the password of `user`; if it asks for one.
    token: Option<SecretFrom>,
    /// The user whose password the token is.
    user: Option<String>,
    /// The label that holds the version. Default: `version`.
    #[serde(default = "version")]
    version_label: String,
    /// The label that holds the build's number. Default: `build`.
    #[serde(default = "build")]
    build_label: String,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// What is asked about an app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The labels that the app's rows have: `{ app = "music" }`. Default: all rows are its own.
    #[serde(default, rename = "where")]
    labels: BTreeMap<String, String>,
    /// A query for the time of the newest sample, in seconds since 1970: `max(timestamp(app_sessions_total))`.
    newest: Option<String>,
    /// The named queries.
    #[serde(default)]
    values: BTreeMap<String, Valued>,
    /// Its platforms: `android`, `ios`, `desktop`, or another's name.
    #[serde(default)]
    platforms: BTreeMap<Platform, PlatformSettings>,
}

/// What is asked about one of its platforms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    /// The labels that its rows have, beside those of the app.
    #[serde(default, rename = "where")]
    labels: BTreeMap<String, String>,
    /// A query for the time of the newest sample. Default: the app's.
    newest: Option<String>,
    /// The named queries.
    #[serde(default)]
    values: BTreeMap<String, Valued>,
    /// The sessions of the public (`production`) and of testers (`beta`).
    #[serde(default)]
    health: BTreeMap<Audience, Counted>,
}

/// A named query.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Valued {
    /// In `PromQL`. One row for each version and build, or one for the app.
    query: String,
    /// A query for how many cases each value rests on.
    sample: Option<String>,
    /// As what it is told: `metric`, `reading`, `check` or `flag`. Default: `metric`.
    #[serde(default = "metric")]
    tells: Told,
}

impl Tells for Valued {
    fn tells(&self) -> Told {
        self.tells
    }
}

/// Queries for counts of sessions, by version and build.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counted {
    /// Sessions begun.
    sessions: String,
    /// Those that ended in a crash.
    crashed: Option<String>,
    /// Those with the app not responding.
    unresponsive: Option<String>,
}

fn metric() -> Told {
    Told::Metric
}
fn version() -> String {
    "version".to_owned()
}
fn build() -> String {
    "build".to_owned()
}

/// Makes the source ready.
pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let (user, token) = (settings.user.as_deref(), settings.token.as_ref());
    let mut options = Options::with_login(id, &settings.base_url, user, token, secrets)?;
    options.advice = "see that the settings of this source name the user or token that it asks for";
    options.timeout = settings.timeout_ms.into();
    let (mut named, mut lines) = (Vec::new(), Vec::new());
    for (app, it) in settings.apps {
        let of_app = Asked { labels: it.labels, newest: it.newest };
        named.extend(wanted(&app, None, it.values, |query| (of_app.clone(), query)));
        for (platform, it) in it.platforms {
            let mut labels = of_app.labels.clone();
            labels.extend(it.labels);
            let asked = Asked { labels, newest: it.newest.or_else(|| of_app.newest.clone()) };
            named.extend(wanted(&app, Some(&platform), it.values, |query| (asked.clone(), query)));
            if !it.health.is_empty() {
                lines.push(Line { app: app.clone(), platform, asked, health: it.health });
            }
        }
    }
    let nothing = |text: &str| text.trim().is_empty();
    if let Some(empty) = named.iter().find(|it| nothing(&it.ask.1.query)) {
        let words = "nothing is asked; write a query such as sum(up)";
        return Err(SettingsError::new(id, format!("{}.query", empty.key()), words));
    }
    let web = settings.web_url.as_ref().unwrap_or(&settings.base_url);
    Ok(Opened::reading(Prometheus {
        http: Http::new(options)?,
        web: web.trim_end_matches('/').to_owned(),
        version: settings.version_label,
        build: settings.build_label,
        named,
        lines,
    }))
}

/// The source.
struct Prometheus {
    http: Http,
    /// Its address in the browser.
    web: String,
    version: String,
    build: String,
    named: Vec<Wanted<(Asked, Valued)>>,
    lines: Vec<Line>,
}

/// Which rows are meant, and whose time counts.
#[derive(Clone)]
struct Asked {
    labels: BTreeMap<String, String>,
    newest: Option<String>,
}

/// The sessions of one platform of an app.
struct Line {
    app: AppId,
    platform: Platform,
    asked: Asked,
    health: BTreeMap<Audience, Counted>,
}

/// What each query answered.
type Answers<'a> = BTreeMap<&'a str, Result<Vec<Row>, SourceError>>;

#[async_trait]
impl Connector for Prometheus {
    const KIND: &'static str = "prometheus";
    const TITLE: &'static str = "Prometheus";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        let health =
            |it: &Line| (it.app.clone(), Some(it.platform.clone()), ObservationKind::Health);
        let mut owed = owed_by(&self.named);
        owed.extend(self.lines.iter().map(health));
        owed
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let answers = self.asked(|app| apps.contains(&app)).await;
        let mut gathered = Gathered::default();
        let named = self.named.iter().filter(|it| apps.contains(&&it.app));
        gathered.named(named.map(|it| (it, self.gave(it, &answers, ask.now))));
        for line in self.lines.iter().filter(|it| apps.contains(&&it.app)) {
            let platform = line.platform.clone();
            match self.health(line, &answers, ask.now) {
                Ok((what, at)) => {
                    let link = line.health.values().next().map(|it| self.link(&it.sessions));
                    gathered.see(&line.app, what, at, link);
                }
                Err(error) => {
                    gathered.fault(&line.app, Some(platform), ObservationKind::Health, error);
                }
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        let answers = self.asked(|_| true).await;
        for it in &self.named {
            let place = it.key();
            match self.gave(it, &answers, now) {
                Ok(gave) if gave.items.is_empty() => probe.wrong.push(format!(
                    "{place}: the query has no value now; try it at {}",
                    self.link(&it.ask.1.query)
                )),
                Ok(gave) => probe.good.push(format!("{place}: {} values", gave.items.len())),
                Err(error) => probe.wrong.push(format!("{place}: {error}")),
            }
        }
        for line in &self.lines {
            let place = format!("apps.{}.platforms.{}.health", line.app, line.platform);
            match self.health(line, &answers, now) {
                Ok((Observation::Health { list, .. }, _)) if list.items.is_empty() => {
                    probe.wrong.push(format!(
                        "{place}: no row has sessions and the label `{}`; sum by it, or set version_label",
                        self.version
                    ));
                }
                Ok((Observation::Health { list, .. }, _)) => {
                    probe.good.push(format!("{place}: {} rows with sessions", list.items.len()));
                }
                Ok(_) => {}
                Err(error) => probe.wrong.push(format!("{place}: {error}")),
            }
        }
    }
}

impl Prometheus {
    /// Asks each query of these apps once, side by side.
    async fn asked(&self, counts: impl Fn(&AppId) -> bool) -> Answers<'_> {
        let mut queries: BTreeSet<&str> = BTreeSet::new();
        for it in self.named.iter().filter(|it| counts(&it.app)) {
            let (asked, query) = &it.ask;
            queries.insert(&query.query);
            queries.extend(query.sample.as_deref());
            queries.extend(asked.newest.as_deref());
        }
        for it in self.lines.iter().filter(|it| counts(&it.app)) {
            queries.extend(it.asked.newest.as_deref());
            for sessions in it.health.values() {
                queries.insert(&sessions.sessions);
                queries.extend(sessions.crashed.as_deref());
                queries.extend(sessions.unresponsive.as_deref());
            }
        }
        let each = queries.into_iter().map(|query| async move { (query, self.ask(query).await) });
        futures::future::join_all(each).await.into_iter().collect()
    }

    async fn ask(&self, query: &str) -> Result<Vec<Row>, SourceError> {
        let short: String = query.chars().take(60).collect();
        let what = format!("`{short}`");
        let query = [("query", query)];
        let answer = self.http.get(&what, "/api/v1/query", &query).await?.value;
        translate::rows(answer).map_err(|why| self.http.unreadable(&what, &why))
    }

    fn all_rows<'a>(answers: &'a Answers<'_>, query: &str) -> Result<&'a [Row], SourceError> {
        match answers.get(query) {
            Some(Ok(rows)) => Ok(rows),
            Some(Err(error)) => Err(error.clone()),
            None => Ok(&[]),
        }
    }

    /// The rows of a query that have the labels which are asked for.
    fn rows<'a>(
        answers: &'a Answers<'_>,
        query: &str,
        asked: &Asked,
    ) -> Result<Vec<&'a Row>, SourceError> {
        let rows = Self::all_rows(answers, query)?.iter();
        Ok(rows.filter(|it| it.has(&asked.labels)).collect())
    }

    fn labels(&self) -> Labels<'_> {
        Labels { version: &self.version, build: &self.build }
    }

    /// Until when the samples reach: as the query for the newest one says, else as the answers say.
    fn until(
        &self,
        asked: &Asked,
        answers: &Answers<'_>,
        told: Option<Moment>,
        now: Moment,
    ) -> Result<Moment, SourceError> {
        let Some(newest) = &asked.newest else { return Ok(told.unwrap_or(now)) };
        let no = |why: &str| self.http.unreadable("the time of the newest sample", why);
        // It may have the app's labels, or none.
        let rows = Self::all_rows(answers, newest)?;
        let own = rows.iter().filter(|it| it.has(&asked.labels));
        let own = own.filter_map(Row::as_moment).max();
        let any = rows.iter().filter(|it| it.has_no_labels());
        let any = any.filter_map(Row::as_moment).max();
        own.or(any).ok_or_else(|| {
            no("no sample is as new as Prometheus looks back; see whether it still scrapes")
        })
    }

    fn gave(
        &self,
        wanted: &Wanted<(Asked, Valued)>,
        answers: &Answers<'_>,
        now: Moment,
    ) -> Result<Gave, SourceError> {
        let (asked, query) = &wanted.ask;
        let rows = Self::rows(answers, &query.query, asked)?;
        let sample = query.sample.as_ref().map(|it| Self::rows(answers, it, asked)).transpose()?;
        let items = translate::named(wanted, &rows, sample.as_deref(), self.labels())
            .map_err(|why| self.http.unreadable(&format!("`{}`", wanted.name), &why))?;
        let told = rows.iter().map(|it| it.at).min();
        let observed_at = self.until(asked, answers, told, now)?;
        Ok(Gave { items, observed_at, link: Some(self.link(&query.query)) })
    }

    fn health(
        &self,
        line: &Line,
        answers: &Answers<'_>,
        now: Moment,
    ) -> Result<(Observation, Moment), SourceError> {
        let (mut items, mut told) = (Vec::new(), None);
        for (audience, queries) in &line.health {
            let counts = |query: &str| -> Result<_, SourceError> {
                let rows = Self::rows(answers, query, &line.asked)?;
                translate::counts(&rows, self.labels()).map_err(|why| {
                    self.http.unreadable(&format!("the sessions of {}", line.app), &why)
                })
            };
            let of = |query: &Option<String>| query.as_deref().map(counts).transpose();
            let sessions = counts(&queries.sessions)?;
            told = Self::rows(answers, &queries.sessions, &line.asked)?
                .into_iter()
                .map(|it| it.at)
                .chain(told)
                .min();
            items.extend(translate::health(
                *audience,
                &sessions,
                of(&queries.crashed)?.as_ref(),
                of(&queries.unresponsive)?.as_ref(),
                &self.link(&queries.sessions),
            ));
        }
        let at = self.until(&line.asked, answers, told, now)?;
        let platform = line.platform.clone();
        Ok((Observation::Health { platform, list: Listing::whole(items) }, at))
    }

    /// The query, for a person.
    fn link(&self, query: &str) -> String {
        let query = [("g0.expr", query), ("g0.tab", "1")];
        let address = format!("{}/graph", self.web);
        Url::parse_with_params(&address, query).map_or(address, String::from)
    }
}

#[cfg(test)]
pub(crate) mod tests;
