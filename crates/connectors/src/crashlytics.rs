//! Firebase Crashlytics, by its API v1alpha.
//!
//! **Reads** the sessions of each version and build of the last days, with how many crashed, and on Android how
//! many did not respond (health). **Acts** on nothing.
//!
//! **Calls an app and platform**: one each quarter of an hour (`reports/topVersions`), on Android two; more only if
//! the answer has pages.
//!
//! **Token**: a service account's file with the role Firebase Crashlytics Viewer. **Limits**: those of the Google
//! Cloud project; it asks to slow down with 429.
//!
//! **Oddities**: the API is an alpha. A version without any event is not in its report, so a build that never
//! crashed may have no row: that is no data, never zero crashes. It does not tell testers from the public, unless
//! they use an app of their own. Counts that are zero may be left out; they count as zero only where the rate beside
//! them says so. It tells neither a share of users nor hangs on iOS.

mod translate;
mod wire;

use crate::google::{Access, Grant};
use crate::http::{Http, segment};
use crate::lines::{OnLine, owed};
use crate::paging::Cursors;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat};
use conductor::observation::{Audience, Listing, Observation, ObservationKind};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use translate::Report;

/// Firebase Crashlytics: how versions behave for their users.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the service account's JSON file lies, as Google hands it out.
    credentials: SecretFrom,
    /// The project's id or number, as in the console's addresses.
    project: String,
    /// How many days back sessions are counted, 1 to 90. Default: 7.
    #[serde(default = "a_week")]
    window_days: u32,
    /// The address of the API. Default: `https://firebasecrashlytics.googleapis.com`.
    #[serde(default = "api")]
    base_url: String,
    /// Where tokens are given out. Default: what the service account's file says.
    token_url: Option<String>,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app at Firebase.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Its platforms: `android`, `ios`, or another's name.
    platforms: BTreeMap<Platform, PlatformSettings>,
}

/// One platform of an app at Firebase.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    /// The id of its app there: `1:123456789012:android:0123456789abcdef`.
    app: String,
    /// The same of the app that only testers have, if there is one.
    beta_app: Option<String>,
}

const fn a_week() -> u32 {
    7
}
fn api() -> String {
    "https://firebasecrashlytics.googleapis.com".to_owned()
}

/// The most pages that are read of one report, each of 100 versions.
const PAGES: usize = 20;

/// Makes the source ready.
pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    if !(1..=90).contains(&settings.window_days) {
        let words = format!("{} days are too many or too few; write 1 to 90", settings.window_days);
        return Err(SettingsError::new(id, "window_days", words));
    }
    if settings.project.trim().is_empty() {
        return Err(SettingsError::new(id, "project", "is empty; write the project's id"));
    }
    let access = Access {
        credentials: &settings.credentials,
        base_url: &settings.base_url,
        token_url: settings.token_url.as_deref(),
        timeout: settings.timeout_ms,
        scope: "https://www.googleapis.com/auth/firebase",
        advice: "give the service account the role Firebase Crashlytics Viewer in the project, and see that the project and app ids are right",
    };
    let (http, grant) = access.open(id, secrets)?;
    let mut lines = Vec::new();
    for (app, it) in settings.apps {
        for (platform, it) in it.platforms {
            let key = |name: &str| format!("apps.{app}.platforms.{platform}.{name}");
            check_app(id, &key("app"), &it.app)?;
            let mut apps = vec![(Audience::Production, it.app)];
            if let Some(beta) = it.beta_app {
                check_app(id, &key("beta_app"), &beta)?;
                apps.push((Audience::Beta, beta));
            }
            lines.push(Line { app: app.clone(), platform, apps });
        }
    }
    Ok(Opened::reading(Crashlytics {
        http,
        grant,
        project: settings.project,
        window: Span::hours(24 * i64::from(settings.window_days)),
        lines,
    }))
}

fn check_app(id: &SourceId, key: &str, app: &str) -> Result<(), SettingsError> {
    let parts: Vec<&str> = app.split(':').collect();
    if parts.len() == 4 && parts.iter().all(|part| !part.is_empty()) {
        return Ok(());
    }
    let words = "this is no app id; write it as in 1:123456789012:android:0123456789abcdef (Project settings, General, Your apps)";
    Err(SettingsError::new(id, key, words))
}

/// The source.
struct Crashlytics {
    http: Http,
    grant: Arc<Grant>,
    project: String,
    window: Span,
    lines: Vec<Line>,
}

/// One app and platform.
struct Line {
    app: AppId,
    platform: Platform,
    /// Its apps at Firebase, and who uses them.
    apps: Vec<(Audience, String)>,
}

impl OnLine for Line {
    fn app(&self) -> &AppId {
        &self.app
    }
    fn platform(&self) -> &Platform {
        &self.platform
    }
}

#[async_trait]
impl Connector for Crashlytics {
    const KIND: &'static str = "crashlytics";
    const TITLE: &'static str = "Firebase Crashlytics";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http, self.grant.client()]
    }
    fn cadence(&self) -> Span {
        Span::minutes(15)
    }
    fn owes(&self) -> Owed {
        owed(&self.lines, &[ObservationKind::Health])
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let wanted: Vec<&Line> = self.lines.iter().filter(|it| apps.contains(&&it.app)).collect();
        let read = wanted.iter().map(|line| self.health(line, ask.now));
        let read = futures::future::join_all(read).await;
        let mut gathered = Gathered::default();
        for (line, read) in wanted.into_iter().zip(read) {
            match read {
                Ok((what, at)) => gathered.see(&line.app, what, at, Some(self.link())),
                Err(error) => {
                    let on = Some(line.platform.clone());
                    gathered.fault(&line.app, on, ObservationKind::Health, error);
                }
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        for line in &self.lines {
            let place = format!("{} on {}", line.app, line.platform);
            match self.health(line, now).await {
                Ok((Observation::Health { list, .. }, _)) => probe.good.push(format!(
                    "{place}: {} builds had events and sessions in the window",
                    list.items.len()
                )),
                Ok(_) => {}
                Err(error) => probe.wrong.push(format!("{place}: {error}")),
            }
        }
    }
}

impl Crashlytics {
    fn link(&self) -> String {
        format!(
            "https://console.firebase.google.com/project/{}/crashlytics",
            segment(&self.project)
        )
    }

    /// How the builds of a line behave, until the end of the window.
    async fn health(&self, line: &Line, now: Moment) -> Result<(Observation, Moment), SourceError> {
        let (mut items, mut until) = (Vec::new(), now);
        for (audience, app) in &line.apps {
            let (crashes, hangs) = futures::join!(self.report(app, "FATAL", now), async {
                // Crashlytics knows them on Android only.
                match line.platform {
                    Platform::Android => self.report(app, "ANR", now).await.map(Some),
                    _ => Ok(None),
                }
            });
            // Without hangs the crashes are still known.
            let (crashes, hangs) = (crashes?, hangs.ok().flatten());
            until = crashes.until.unwrap_or(until).min(until);
            items.extend(translate::health(*audience, &crashes, hangs.as_ref(), &self.link()));
        }
        let platform = line.platform.clone();
        Ok((Observation::Health { platform, list: Listing::whole(items) }, until))
    }

    /// The versions that had events, all pages; a page that fails fails the whole.
    async fn report(&self, app: &str, errors: &str, now: Moment) -> Result<Report, SourceError> {
        let what = format!("the versions of {app}");
        let path = format!(
            "/v1alpha/projects/{}/apps/{}/reports/topVersions",
            segment(&self.project),
            segment(app)
        );
        let minute = Moment::from_millis(now.millis().div_euclid(60_000) * 60_000);
        let (end, start) = (written(minute), written(minute - self.window));
        let mut token = String::new();
        let (mut groups, mut cursors) = (Vec::new(), Cursors::default());
        loop {
            let mut query = vec![
                ("filter.interval.startTime", start.as_str()),
                ("filter.interval.endTime", end.as_str()),
                ("filter.issue.errorTypes", errors),
                ("pageSize", "100"),
            ];
            if !token.is_empty() {
                query.push(("pageToken", token.as_str()));
            }
            let page: wire::Report = self.http.get(&what, &path, &query).await?.value;
            groups.extend(page.groups);
            let Some(next) = page.next_page_token.filter(|it| !it.is_empty()) else { break };
            cursors.step(&next, PAGES).map_err(|why| self.http.unreadable(&what, &why))?;
            token = next;
        }
        translate::report(groups).map_err(|why| self.http.unreadable(&what, &why))
    }
}

/// A moment as Google takes it.
fn written(at: Moment) -> String {
    DateTime::from_timestamp_millis(at.millis())
        .map_or_else(String::new, |it| it.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
pub(crate) mod tests;
