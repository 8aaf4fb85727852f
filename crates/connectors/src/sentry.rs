//! Sentry, by its release health.
//!
//! **Reads** the sessions of each release, by environment, with how many crashed or hung (health), and what
//! share of the last day's sessions each release had. **Acts** on nothing.
//!
//! **Calls a tick**: two over all apps together (`organizations/{org}/sessions/`), more only if the answer
//! has pages; one more when the answer was cut. Once at the start one for the projects' numbers, if the
//! settings name projects by their slugs.
//!
//! **Token**: an internal integration's, with `org:read` and `project:read`. **Limits**: by Sentry's plan;
//! it asks to slow down with 429.
//!
//! **Oddities**: an answer ends at 10 000 data points without saying so; then the builds that are known are
//! asked for by name, and what is cut even so is not believed. A count that is null is no data, not zero. A
//! release is found by its whole name, package, version and build; look-alikes never count. The window is
//! rounded to its interval, so its end may lie ahead.

mod translate;
mod wire;

use crate::http::{Got, Http, Options, segment};
use crate::lines::{OnLine, owed};
use crate::pattern::Pattern;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::facts::Readings;
use conductor::observation::{Audience, Observation, ObservationKind, Observed};
use conductor::{AppId, LineId, Moment, Platform, SourceId, Span};
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// Sentry: how versions behave for their users.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of Sentry. Default: `https://sentry.io`.
    #[serde(default = "api")]
    base_url: String,
    /// The slug of the organization, as in its addresses.
    organization: String,
    /// Where the token lies: of an internal integration, with `org:read` and `project:read`.
    token: SecretFrom,
    /// How many days back sessions are counted, 1 to 90. Default: 14.
    #[serde(default = "two_weeks")]
    window_days: u32,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app in Sentry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Its platforms: `android`, `ios`, `desktop`, or another's name.
    platforms: BTreeMap<Platform, PlatformSettings>,
}

/// One platform of an app in Sentry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    /// The project, by its number or slug.
    project: Project,
    /// How releases are named: `com.tunelark.music@{version}+{build}`. `{version}` is required; without
    /// `{build}` builds are not told apart.
    release: Pattern,
    /// The environment of the public. Default: `production`.
    #[serde(default = "production")]
    production: String,
    /// The environment of testers, if they have one.
    beta: Option<String>,
}

/// A project's number or slug.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(untagged)]
enum Project {
    Number(u64),
    Slug(String),
}

fn api() -> String {
    "https://sentry.io".to_owned()
}
const fn two_weeks() -> u32 {
    14
}
fn production() -> String {
    "production".to_owned()
}

/// The most pages that are read; each has at least a hundred groups.
const PAGES: usize = 30;
/// The most names that are asked for when an answer was cut.
const NAMES: usize = 60;

/// Makes the source ready.
pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    if !(1..=90).contains(&settings.window_days) {
        let words = format!("{} days are too many or too few; write 1 to 90", settings.window_days);
        return Err(SettingsError::new(&id, "window_days", words));
    }
    let mut lines = Vec::new();
    for (app, it) in settings.apps {
        for (platform, it) in it.platforms {
            let mut audiences = BTreeMap::from([(it.production.clone(), Audience::Production)]);
            if let Some(beta) = it.beta
                && audiences.insert(beta, Audience::Beta).is_some()
            {
                let key = format!("apps.{app}.platforms.{platform}.beta");
                let words = "production and beta cannot be the same environment";
                return Err(SettingsError::new(&id, key, words));
            }
            let line = LineId { app: app.clone(), platform };
            lines.push(Line { of: line, project: it.project, release: it.release, audiences });
        }
    }
    let mut options = Options::with_token(&id, &settings.base_url, &settings.token, secrets)?;
    options.advice = "give it org:read and project:read";
    options.timeout = settings.timeout_ms.into();
    Ok(Opened::reading(Sentry {
        http: Http::new(options)?,
        id,
        place: format!(
            "{}/organizations/{}",
            settings.base_url.trim_end_matches('/'),
            segment(&settings.organization)
        ),
        organization: settings.organization,
        window_days: settings.window_days,
        lines,
        numbers: Mutex::default(),
    }))
}

/// The source.
#[derive(Debug)]
struct Sentry {
    id: SourceId,
    http: Http,
    /// The organization's address in the browser.
    place: String,
    organization: String,
    window_days: u32,
    lines: Vec<Line>,
    /// Projects' numbers by slug; they never change.
    numbers: Mutex<BTreeMap<String, u64>>,
}

/// One app and platform.
#[derive(Debug)]
struct Line {
    of: LineId,
    project: Project,
    release: Pattern,
    /// Whose sessions an environment holds.
    audiences: BTreeMap<String, Audience>,
}

impl OnLine for Line {
    fn app(&self) -> &AppId {
        &self.of.app
    }
    fn platform(&self) -> &Platform {
        &self.of.platform
    }
}

impl Line {
    fn environments(&self, wanted: Audience) -> impl Iterator<Item = &str> {
        self.audiences.iter().filter(move |it| *it.1 == wanted).map(|it| it.0.as_str())
    }
}

#[async_trait]
impl Connector for Sentry {
    const KIND: &'static str = "sentry";
    const TITLE: &'static str = "Sentry";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        owed(&self.lines, &[ObservationKind::Health])
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let seen = match self.numbers().await {
            // Both questions at once; without the second one only the adoption is missing.
            Ok(numbers) => {
                let (window, day) =
                    futures::join!(self.window(&numbers, ask.known), self.day(&numbers));
                window.map(|window| (numbers, window, day.ok()))
            }
            Err(error) => Err(error),
        };
        let answer = |app: &AppId| Answer {
            app: app.clone(),
            seen: match &seen {
                Ok((numbers, window, day)) => {
                    Ok(self.observed(app, numbers, window, day.as_ref(), ask.now))
                }
                Err(error) => Err(error.clone()),
            },
            faults: self.unknown_projects(app, seen.as_ref().ok().map(|it| &it.0)),
        };
        apps.iter().copied().map(answer).collect()
    }
    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        let numbers = match self.numbers().await {
            Ok(numbers) => numbers,
            Err(error) => return probe.wrong.push(error.to_string()),
        };
        let apps: BTreeSet<&AppId> = self.lines.iter().map(|it| &it.of.app).collect();
        for app in apps {
            let faults = self.unknown_projects(app, Some(&numbers));
            probe.wrong.extend(faults.into_iter().map(|it| it.2.to_string()));
        }
        match self.window(&numbers, &Readings::default()).await {
            Ok(window) => {
                for line in &self.lines {
                    self.tell_names(line, &numbers, &window, probe);
                }
            }
            Err(error) => probe.wrong.push(error.to_string()),
        }
    }
}

impl Sentry {
    /// Projects' numbers, asked for once if settings name any by slug. Answers speak of numbers only.
    async fn numbers(&self) -> Result<BTreeMap<String, u64>, SourceError> {
        let known = self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let lacks = self.lines.iter().any(|line| match &line.project {
            Project::Slug(slug) => !known.contains_key(slug),
            Project::Number(_) => false,
        });
        if !lacks {
            return Ok(known);
        }
        let path = format!("/api/0/organizations/{}/projects/", segment(&self.organization));
        let mut got: Got<Vec<wire::Project>> =
            self.http.get("the projects", &path, &[("per_page", "100")]).await?;
        let mut all = BTreeMap::new();
        for _ in 0..PAGES {
            let next = got.next();
            for project in got.value {
                if let Ok(number) = project.id.parse() {
                    all.insert(project.slug, number);
                }
            }
            let Some(next) = next else { break };
            got = self.http.next_page("the projects", &next).await?;
        }
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&all);
        Ok(all)
    }

    fn number(line: &Line, numbers: &BTreeMap<String, u64>) -> Option<u64> {
        match &line.project {
            Project::Number(number) => Some(*number),
            Project::Slug(slug) => numbers.get(slug).copied(),
        }
    }

    fn unknown_projects(
        &self,
        app: &AppId,
        numbers: Option<&BTreeMap<String, u64>>,
    ) -> Vec<(Option<Platform>, ObservationKind, SourceError)> {
        let Some(numbers) = numbers else { return Vec::new() };
        let lines = self.lines.iter().filter(|it| it.of.app == *app);
        lines
            .filter_map(|line| match &line.project {
                Project::Slug(slug) if !numbers.contains_key(slug) => {
                    let error = SourceError::Forbidden {
                        id: self.id.clone(),
                        what: format!("the project {slug}"),
                        status: 404,
                        advice: "correct its slug, or give the token access to it".to_owned(),
                    };
                    Some((Some(line.of.platform.clone()), ObservationKind::Health, error))
                }
                _ => None,
            })
            .collect()
    }

    /// All sessions of the window. An answer that was cut is not believed: known builds are then asked for
    /// by name, and if that is cut too, there is no answer.
    async fn window(
        &self,
        numbers: &BTreeMap<String, u64>,
        known: &Readings,
    ) -> Result<Window, SourceError> {
        let period = format!("{}d", self.window_days);
        let audiences = [Audience::Production, Audience::Beta];
        let mut query = self.common(numbers, &audiences);
        query.extend([("statsPeriod", period), ("interval", "1d".to_owned())]);
        query.push(("groupBy", "session.status".to_owned()));
        let what = "the sessions of all releases";
        let answer = self.sessions(what, &query).await?;
        if !translate::was_cut(&answer) {
            return Ok(Window { answer, complete: true });
        }
        let names = self.names(known);
        if !names.is_empty() {
            query.push(("query", format!("release:[{}]", names.join(","))));
            let answer = self.sessions(what, &query).await?;
            if !translate::was_cut(&answer) {
                return Ok(Window { answer, complete: false });
            }
        }
        let cause = "it was cut at 10 000 data points; make window_days smaller";
        Err(self.http.unreadable(what, cause))
    }

    /// The last day's sessions of each release, for its share of users.
    async fn day(&self, numbers: &BTreeMap<String, u64>) -> Result<wire::Sessions, SourceError> {
        let mut query = self.common(numbers, &[Audience::Production]);
        query.extend([("statsPeriod", "24h".to_owned()), ("interval", "1h".to_owned())]);
        let what = "the sessions of the last day";
        let answer = self.sessions(what, &query).await?;
        if translate::was_cut(&answer) {
            return Err(self.http.unreadable(what, "it was cut at 10 000 data points"));
        }
        Ok(answer)
    }

    fn common(
        &self,
        numbers: &BTreeMap<String, u64>,
        audiences: &[Audience],
    ) -> Vec<(&'static str, String)> {
        let mut query = vec![("field", "sum(session)".to_owned())];
        query.extend(["project", "release", "environment"].map(|by| ("groupBy", by.to_owned())));
        query.push(("includeSeries", "0".to_owned()));
        let projects: BTreeSet<u64> =
            self.lines.iter().filter_map(|line| Self::number(line, numbers)).collect();
        query.extend(projects.into_iter().map(|number| ("project", number.to_string())));
        let environments: BTreeSet<&str> = self
            .lines
            .iter()
            .flat_map(|line| audiences.iter().flat_map(|it| line.environments(*it)))
            .collect();
        query.extend(environments.into_iter().map(|name| ("environment", name.to_owned())));
        query
    }

    /// One question, read to its last page. A page that fails or comes twice fails the whole: a part would
    /// miss crashes and look well.
    async fn sessions(
        &self,
        what: &str,
        query: &[(&str, String)],
    ) -> Result<wire::Sessions, SourceError> {
        let path = format!("/api/0/organizations/{}/sessions/", segment(&self.organization));
        let query: Vec<(&str, &str)> =
            query.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let mut got: Got<wire::Sessions> = self.http.get(what, &path, &query).await?;
        let mut next = got.next();
        let mut all = got.value;
        let mut been = BTreeSet::new();
        while let Some(address) = next {
            if been.len() == PAGES || !been.insert(address.clone()) {
                return Err(self.http.unreadable(what, "its pages come to no end"));
            }
            got = self.http.next_page(what, &address).await?;
            next = got.next();
            all.groups.append(&mut got.value.groups);
        }
        Ok(all)
    }

    /// The names of the builds that are known, newest first, as they would be in Sentry.
    fn names(&self, known: &Readings) -> Vec<String> {
        let mut names = Vec::new();
        for line in &self.lines {
            let builds = known.slots.iter().filter(|(slot, _)| {
                slot.app == line.of.app && slot.platform.as_ref() == Some(&line.of.platform)
            });
            let builds = builds.flat_map(|(_, reading)| match &reading.value {
                Observation::Builds { list, .. } => list.items.as_slice(),
                _ => &[],
            });
            let mut named: Vec<_> = builds
                .filter_map(|it| it.version.as_ref().map(|version| (version, &it.number)))
                .collect();
            named.sort_by(|a, b| b.cmp(a));
            named.dedup();
            let most = NAMES / self.lines.len().max(1);
            names.extend(
                named
                    .into_iter()
                    .take(most.max(1))
                    .map(|(version, build)| format!("\"{}\"", line.release.name(version, build))),
            );
        }
        names.sort();
        names.dedup();
        names
    }

    fn observed(
        &self,
        app: &AppId,
        numbers: &BTreeMap<String, u64>,
        window: &Window,
        day: Option<&wire::Sessions>,
        now: Moment,
    ) -> Vec<Observed> {
        let lines = self.lines.iter().filter(|it| it.of.app == *app);
        lines
            .filter_map(|line| {
                let number = Self::number(line, numbers)?;
                let list = translate::health(
                    &translate::Line {
                        project: number,
                        release: &line.release,
                        audiences: &line.audiences,
                        place: &self.place,
                    },
                    &window.answer,
                    day,
                    window.complete,
                );
                let platform = line.of.platform.clone();
                Some(Observed {
                    app: app.clone(),
                    what: Observation::Health { platform, list },
                    // What Sentry rounds up to lies ahead; nobody vouches for that.
                    observed_at: Moment::parse(&window.answer.end).map_or(now, |end| end.min(now)),
                    link: Some(format!("{}/releases/?project={number}", self.place)),
                })
            })
            .collect()
    }

    /// Which names fit, and which look like ours and do not.
    fn tell_names(
        &self,
        line: &Line,
        numbers: &BTreeMap<String, u64>,
        window: &Window,
        probe: &mut Probe,
    ) {
        let Some(number) = Self::number(line, numbers) else { return };
        let (fit, unfit) = translate::names(number, &line.release, &window.answer);
        let place = format!("{} on {}", line.of.app, line.of.platform);
        let days = Span::hours(i64::from(self.window_days) * 24);
        if fit == 0 && !unfit.is_empty() {
            let unfit = unfit.into_iter().take(3).collect::<Vec<_>>().join("`, `");
            probe.wrong.push(format!(
                "{place}: no release with sessions is named like `{}`; there are `{unfit}`: correct `release`",
                line.release
            ));
        } else {
            let strange = match unfit.len() {
                0 => String::new(),
                count => format!("; {count} others do not fit and are not counted"),
            };
            probe.good.push(format!("{place}: {fit} releases had sessions within {days}{strange}"));
        }
    }
}

/// What was answered, and whether a release that is not in it had no sessions.
struct Window {
    answer: wire::Sessions,
    complete: bool,
}

#[cfg(test)]
pub(crate) mod tests;
