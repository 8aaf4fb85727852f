//! Google Play's vitals, by its Developer Reporting API v1beta1.
//!
//! **Reads** the crash rate and the ANR rate of each version code, with the number of users that they rest on, of
//! the newest day or hour that is complete (metrics); and, where the settings say so, the same as counts of users
//! (health). **Acts** on nothing.
//!
//! **Calls an app**: two an hour that ask how far the data reach, and two more when they reach further.
//!
//! **Token**: a service account's file with the right to view the app. **Limits**: those of the Google Cloud
//! project; it asks to slow down with 429.
//!
//! **Oddities**: days are Los Angeles' days and come one to two days late; the reading speaks of the end of its
//! day, whenever it was asked. Rates are called percentages and are fractions. Users are counted once a day and
//! rounded, so that days and version codes are never added. A code with few users has no row.

mod translate;
mod wire;

use crate::google::{Access, Grant, check_package};
use crate::http::{Body, Http, segment};
use crate::lines::{OnLine, owed};
use crate::paging::Cursors;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::facts::Readings;
use conductor::observation::{Listing, Named, Observation, ObservationKind};
use conductor::{AppId, Moment, Platform, SourceId, Span, Version};
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use translate::Rate;

/// Google Play's vitals: how often versions crash or hang for their users.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the service account's JSON file lies, as Google hands it out.
    credentials: SecretFrom,
    /// The address of the API. Default: `https://playdeveloperreporting.googleapis.com`.
    #[serde(default = "api")]
    base_url: String,
    /// Where tokens are given out. Default: what the service account's file says.
    token_url: Option<String>,
    /// Of which time the rates are: the newest `day`, or the newest `hour`. Default: `day`.
    #[serde(default)]
    of: Period,
    /// Whether users also count as sessions, for `quality`: only where no other source counts sessions. Default: no.
    #[serde(default)]
    health: bool,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app at Google Play.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The package name: `com.tunelark.music`.
    package: String,
    /// The platform that it is. Default: `android`.
    #[serde(default = "android")]
    platform: Platform,
}

/// Of which time rates are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Period {
    /// The newest complete day, in Los Angeles.
    #[default]
    Day,
    /// The newest complete hour.
    Hour,
}

impl Period {
    /// Google's word.
    fn word(self) -> &'static str {
        match self {
            Self::Day => "DAILY",
            Self::Hour => "HOURLY",
        }
    }
}

fn api() -> String {
    "https://playdeveloperreporting.googleapis.com".to_owned()
}
fn android() -> Platform {
    Platform::Android
}

/// The most pages that are read of one answer, each of 1000 rows.
const PAGES: usize = 20;

/// What is asked of Google: its name of the set, and of the rates with ours.
struct Set {
    name: &'static str,
    /// What it is for people.
    what: &'static str,
    rates: [(&'static str, &'static str); 2],
}

/// Crashes first.
const SETS: [Set; 2] = [
    Set {
        name: "crashRateMetricSet",
        what: "the crash rate",
        rates: [
            ("userPerceivedCrashRate", "user_perceived_crash_rate"),
            ("crashRate", "crash_rate"),
        ],
    },
    Set {
        name: "anrRateMetricSet",
        what: "the ANR rate",
        rates: [("userPerceivedAnrRate", "user_perceived_anr_rate"), ("anrRate", "anr_rate")],
    },
];

/// Makes the source ready.
pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let access = Access {
        credentials: &settings.credentials,
        base_url: &settings.base_url,
        token_url: settings.token_url.as_deref(),
        timeout: settings.timeout_ms,
        scope: "https://www.googleapis.com/auth/playdeveloperreporting",
        advice: "give the service account “View app information” in the Play Console, and switch the Google Play Developer Reporting API on in its Google Cloud project",
    };
    let (http, grant) = access.open(id, secrets)?;
    let mut lines = Vec::new();
    for (app, it) in settings.apps {
        check_package(id, &app, &it.package)?;
        let kept = Mutex::default();
        lines.push(Line { app, platform: it.platform, package: it.package, kept });
    }
    let (of, health) = (settings.of, settings.health);
    Ok(Opened::reading(PlayVitals { http, grant, of, health, lines }))
}

/// The source.
struct PlayVitals {
    http: Http,
    grant: Arc<Grant>,
    of: Period,
    health: bool,
    lines: Vec<Line>,
}

/// One app.
struct Line {
    app: AppId,
    platform: Platform,
    package: String,
    /// What was read of each set last, by its name.
    kept: Mutex<BTreeMap<&'static str, Kept>>,
}

/// The rates of a period that ends so.
#[derive(Clone)]
struct Kept {
    until: Moment,
    rates: Arc<Vec<Rate>>,
}

impl OnLine for Line {
    fn app(&self) -> &AppId {
        &self.app
    }
    fn platform(&self) -> &Platform {
        &self.platform
    }
}

impl Line {
    fn link(&self) -> String {
        format!(
            "https://play.google.com/console/developers/app/vitals/overview?package={}",
            self.package
        )
    }
}

#[async_trait]
impl Connector for PlayVitals {
    const KIND: &'static str = "play_vitals";
    const TITLE: &'static str = "Google Play vitals";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http, self.grant.client()]
    }
    fn cadence(&self) -> Span {
        Span::hours(1)
    }
    fn owes(&self) -> Owed {
        owed(&self.lines, self.kinds())
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let wanted: Vec<&Line> = self.lines.iter().filter(|it| apps.contains(&&it.app)).collect();
        let read = futures::future::join_all(wanted.iter().map(|line| self.sets(line))).await;
        let mut gathered = Gathered::default();
        for (line, read) in wanted.into_iter().zip(read) {
            match read {
                Ok((crashes, hangs)) => self.tell(line, &crashes, &hangs, ask, &mut gathered),
                Err(error) => {
                    for (_, on, kind) in owed(std::slice::from_ref(line), self.kinds()) {
                        gathered.fault(&line.app, on, kind, error.clone());
                    }
                }
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        for line in &self.lines {
            match self.sets(line).await {
                Ok((crashes, hangs)) => {
                    for (set, read) in SETS.iter().zip([crashes, hangs]) {
                        let count = read.rates.len();
                        probe.good.push(format!(
                            "{}: {} of {count} version codes, until {}",
                            line.package, set.what, read.until
                        ));
                    }
                }
                Err(error) => probe.wrong.push(error.to_string()),
            }
        }
    }
}

impl PlayVitals {
    fn kinds(&self) -> &'static [ObservationKind] {
        if self.health {
            &[ObservationKind::Metrics, ObservationKind::Health]
        } else {
            &[ObservationKind::Metrics]
        }
    }

    /// The crashes and the hangs. One without the other is not told: what is missing would look well.
    async fn sets(&self, line: &Line) -> Result<(Kept, Kept), SourceError> {
        let [crashes, hangs] = &SETS;
        futures::try_join!(self.set(line, crashes), self.set(line, hangs))
    }

    /// A set's rates of the newest complete period; those of before if there is no newer one.
    async fn set(&self, line: &Line, set: &Set) -> Result<Kept, SourceError> {
        let what = format!("{} of {}", set.what, line.package);
        let path = format!("/v1beta1/apps/{}/{}", segment(&line.package), set.name);
        let about: wire::MetricSet = self.http.get(&what, &path, &[]).await?.value;
        let Some(end) = about.until(self.of.word()) else {
            let why = format!("it does not say until when its {} data reach", self.of.word());
            return Err(self.http.unreadable(&what, &why));
        };
        let unknown = || self.http.unreadable(&what, "the end of its data is no time that we know");
        let until = translate::moment(end, self.of).ok_or_else(unknown)?;
        let lock = || line.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().get(set.name).filter(|it| it.until == until) {
            return Ok(kept.clone());
        }
        let start = translate::before(end, self.of).ok_or_else(unknown)?;
        let mut metrics: Vec<&str> = set.rates.iter().map(|it| it.0).collect();
        metrics.push("distinctUsers");
        let mut body = json!({
            "timelineSpec": { "aggregationPeriod": self.of.word(), "startTime": start, "endTime": end },
            "dimensions": ["versionCode"],
            "metrics": metrics,
            "userCohort": "OS_PUBLIC",
            "pageSize": 1000,
        });
        let (mut rows, mut cursors) = (Vec::new(), Cursors::default());
        loop {
            let query = format!("{path}:query");
            let page: wire::Rows = self.http.ask(&what, &query, Body::Json(&body)).await?.value;
            rows.extend(page.rows);
            let Some(next) = page.next_page_token.filter(|it| !it.is_empty()) else { break };
            // A part would hide the code that crashes.
            cursors.step(&next, PAGES).map_err(|why| self.http.unreadable(&what, &why))?;
            if let Some(body) = body.as_object_mut() {
                body.insert("pageToken".to_owned(), json!(next));
            }
        }
        let rates = translate::rates(&rows, &set.rates, self.of, until)
            .map_err(|why| self.http.unreadable(&what, &why))?;
        let kept = Kept { until, rates: Arc::new(rates) };
        lock().insert(set.name, kept.clone());
        Ok(kept)
    }

    fn tell(
        &self,
        line: &Line,
        crashes: &Kept,
        hangs: &Kept,
        ask: Ask<'_>,
        gathered: &mut Gathered,
    ) {
        let link = line.link();
        let named = |kept: &Kept| -> Vec<Named> {
            kept.rates.iter().flat_map(|rate| rate.named(kept.until, &link)).collect()
        };
        let items = [named(crashes), named(hangs)].concat();
        let platform = Some(line.platform.clone());
        let what = Observation::Metrics { platform, list: Listing::whole(items) };
        gathered.see(&line.app, what, crashes.until.min(hangs.until), Some(link.clone()));
        if self.health {
            // Hangs of another day are not those of these users.
            let hangs = (hangs.until == crashes.until).then_some(hangs.rates.as_slice());
            let version = |code: &str| version_of(ask.known, line, code);
            let items = translate::health(&crashes.rates, hangs, version, &link);
            let platform = line.platform.clone();
            let what = Observation::Health { platform, list: Listing::whole(items) };
            gathered.see(&line.app, what, crashes.until, Some(link));
        }
    }
}

/// The version that a code is a build of, as any source knows it: vitals know codes only.
fn version_of(known: &Readings, line: &Line, code: &str) -> Option<Version> {
    let slots = known
        .slots
        .iter()
        .filter(|(slot, _)| slot.app == line.app && slot.platform.as_ref() == Some(&line.platform));
    slots
        .filter_map(|(_, reading)| match &reading.value {
            Observation::Builds { list, .. } => Some(&list.items),
            _ => None,
        })
        .flatten()
        .find(|it| it.number == code && it.version.is_some())
        .and_then(|it| it.version.clone())
}

#[cfg(test)]
pub(crate) mod tests;
