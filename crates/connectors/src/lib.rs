//! Reading and acting in the vendors' own dialects. Everything above this crate speaks our words only.
//! A new connector is one file, one folder of fixtures, and its lines in the three lists below.

mod app_store;
mod bitrise;
mod breaker;
mod buildkite;
mod ci;
mod crashlytics;
mod github;
mod gitlab_ci;
mod google;
mod google_play;
mod http;
mod http_json;
mod jenkins;
mod jira;
mod linear;
mod lines;
mod named;
mod pagerduty;
mod paging;
mod pattern;
mod play_vitals;
mod prometheus;
mod pushed;
mod secret;
mod sentry;
mod slack;
mod source;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod stub;

use conductor::SourceId;
use ports::{Acts, Notifies, Reads};
use serde::de::{Deserialize, Deserializer, Error as _};
use std::sync::Arc;

pub use app_store::Settings as AppStoreSettings;
pub use bitrise::Settings as BitriseSettings;
pub use buildkite::Settings as BuildkiteSettings;
pub use crashlytics::Settings as CrashlyticsSettings;
pub use github::Settings as GithubSettings;
pub use gitlab_ci::Settings as GitlabCiSettings;
pub use google_play::Settings as GooglePlaySettings;
pub use http_json::Settings as HttpJsonSettings;
pub use jenkins::Settings as JenkinsSettings;
pub use jira::Settings as JiraSettings;
pub use linear::Settings as LinearSettings;
pub use pagerduty::Settings as PagerDutySettings;
pub use play_vitals::Settings as PlayVitalsSettings;
pub use prometheus::Settings as PrometheusSettings;
pub use pushed::{Inbox, NotTaken, Push, Settings as PushedSettings};
pub use secret::{Secret, SecretFrom, Secrets, Surroundings};
pub use sentry::Settings as SentrySettings;
pub use slack::Settings as SlackSettings;

/// Settings of one source, told apart by their `kind`.
#[derive(Clone, Debug)]
pub enum SourceSettings {
    /// GitHub.
    Github(github::Settings),
    /// Jira Cloud.
    Jira(jira::Settings),
    /// Google Play.
    GooglePlay(google_play::Settings),
    /// App Store Connect.
    AppStore(app_store::Settings),
    /// Firebase Crashlytics.
    Crashlytics(crashlytics::Settings),
    /// Anything that answers with JSON.
    HttpJson(http_json::Settings),
    /// Google Play's vitals.
    PlayVitals(play_vitals::Settings),
    /// Prometheus.
    Prometheus(prometheus::Settings),
    /// What CI and scripts push.
    Pushed(pushed::Settings),
    /// Sentry.
    Sentry(sentry::Settings),
    /// Bitrise.
    Bitrise(bitrise::Settings),
    /// Buildkite.
    Buildkite(buildkite::Settings),
    /// Jenkins.
    Jenkins(jenkins::Settings),
    /// GitLab CI.
    GitlabCi(gitlab_ci::Settings),
    /// Linear.
    Linear(linear::Settings),
    /// PagerDuty.
    PagerDuty(pagerduty::Settings),
    /// Slack.
    Slack(slack::Settings),
}

impl SourceSettings {
    /// The kinds that there are, as `kind` names them.
    pub const KINDS: &[&str] = &[
        "app_store",
        "bitrise",
        "buildkite",
        "crashlytics",
        "github",
        "gitlab_ci",
        "google_play",
        "http_json",
        "jenkins",
        "jira",
        "linear",
        "pagerduty",
        "play_vitals",
        "prometheus",
        "pushed",
        "sentry",
        "slack",
    ];

    /// Reads the settings of a source of this kind; `from` is the table without `kind`. An unknown kind is
    /// an error that lists those that there are.
    pub fn read<'de, D: Deserializer<'de>>(kind: &str, from: D) -> Result<Self, D::Error> {
        match kind {
            "app_store" => Deserialize::deserialize(from).map(Self::AppStore),
            "github" => Deserialize::deserialize(from).map(Self::Github),
            "google_play" => Deserialize::deserialize(from).map(Self::GooglePlay),
            "jira" => Deserialize::deserialize(from).map(Self::Jira),
            "crashlytics" => Deserialize::deserialize(from).map(Self::Crashlytics),
            "http_json" => Deserialize::deserialize(from).map(Self::HttpJson),
            "play_vitals" => Deserialize::deserialize(from).map(Self::PlayVitals),
            "prometheus" => Deserialize::deserialize(from).map(Self::Prometheus),
            "pushed" => Deserialize::deserialize(from).map(Self::Pushed),
            "sentry" => Deserialize::deserialize(from).map(Self::Sentry),
            "bitrise" => Deserialize::deserialize(from).map(Self::Bitrise),
            "buildkite" => Deserialize::deserialize(from).map(Self::Buildkite),
            "jenkins" => Deserialize::deserialize(from).map(Self::Jenkins),
            "gitlab_ci" => Deserialize::deserialize(from).map(Self::GitlabCi),
            "linear" => Deserialize::deserialize(from).map(Self::Linear),
            "pagerduty" => Deserialize::deserialize(from).map(Self::PagerDuty),
            "slack" => Deserialize::deserialize(from).map(Self::Slack),
            other => Err(D::Error::custom(format!(
                "`{other}` is not a kind of source; there are {}",
                Self::KINDS.join(", ")
            ))),
        }
    }
}

/// A source that is ready.
#[derive(Clone)]
pub struct Opened {
    /// Reads from it.
    pub reads: Arc<dyn Reads>,
    /// Acts on it, if it can and its settings say where.
    pub acts: Option<Arc<dyn Acts>>,
    /// Tells people there, if it can.
    pub tells: Option<Arc<dyn Notifies>>,
    /// Where values are pushed into it, if it takes any.
    pub inbox: Option<Arc<Inbox>>,
}

/// Makes a source ready: takes its secrets and checks what can be checked without calling it.
pub fn open(
    id: SourceId,
    settings: SourceSettings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    match settings {
        SourceSettings::Github(settings) => github::open(id, settings, secrets),
        SourceSettings::Jira(settings) => jira::open(id, settings, secrets),
        SourceSettings::GooglePlay(settings) => google_play::open(id, settings, secrets),
        SourceSettings::AppStore(settings) => app_store::open(id, settings, secrets),
        SourceSettings::Crashlytics(settings) => crashlytics::open(&id, settings, secrets),
        SourceSettings::HttpJson(settings) => http_json::open(&id, settings, secrets),
        SourceSettings::PlayVitals(settings) => play_vitals::open(&id, settings, secrets),
        SourceSettings::Prometheus(settings) => prometheus::open(&id, settings, secrets),
        SourceSettings::Pushed(settings) => pushed::open(id, &settings, secrets),
        SourceSettings::Sentry(settings) => sentry::open(id, settings, secrets),
        SourceSettings::Bitrise(settings) => bitrise::open(&id, settings, secrets),
        SourceSettings::Buildkite(settings) => buildkite::open(&id, settings, secrets),
        SourceSettings::Jenkins(settings) => jenkins::open(&id, settings, secrets),
        SourceSettings::GitlabCi(settings) => gitlab_ci::open(&id, settings, secrets),
        SourceSettings::Linear(settings) => linear::open(&id, settings, secrets),
        SourceSettings::PagerDuty(settings) => pagerduty::open(id, settings, secrets),
        SourceSettings::Slack(settings) => slack::open(id, settings, secrets),
    }
}

/// What is wrong with a source's settings. Names the key, never a secret's value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sources.{id}.{key}: {words}")]
pub struct SettingsError {
    /// The source.
    pub id: SourceId,
    /// The key below it: `token`, `apps.music.platforms.android.branch`.
    pub key: String,
    /// What was found, what is allowed, what to do.
    pub words: String,
}

impl SettingsError {
    /// Something is wrong with a key.
    pub(crate) fn new(id: &SourceId, key: impl Into<String>, words: impl Into<String>) -> Self {
        Self { id: id.clone(), key: key.into(), words: words.into() }
    }
}
