//! App Store Connect, by its API.
//!
//! **Reads** an app's versions with their state, build and phased release, joined with the open review
//! submissions (store), and the builds that were uploaded. **Acts**: submits for review, asks for the
//! release, and pauses, resumes and completes a phased release.
//!
//! **Calls**: one a tick over all apps for the open submissions; one an app (`appStoreVersions`) each tick while
//! a version waits for its release or grows, whenever the app's submissions changed, and else about every quarter
//! of an hour; as often one over all apps for the builds; once at the start one for the apps' numbers.
//!
//! **Token**: a team key (issuer, key id, `.p8`) with the role App Manager; Developer can read, but neither
//! submit nor release. Signed here for each quarter of an hour. **Limits**: a rolling hour for each key
//! (header `x-rate-limit`), 3 600 calls as a rule.
//!
//! **Oddities**: two vocabularies for a version's state, of which the older is deprecated. Lists have no
//! order and filters have failed, so platform and version are looked at on each row. A relation that was
//! not sent is not "none". After a rejection the submission stays open and blocks the next one. ACCEPTED is
//! not approved: it waits for the other items of its submission. A phased release grows by itself each day,
//! and 30 days of pause are all there is. An unsigned agreement gives 403 for everything. Apple's reasons
//! for a rejection are not in the API.

mod acts;
mod key;
mod states;
mod translate;
mod wire;

use crate::http::{Auth, Body, Http, Options, SendError, segment};
use crate::lines::{OnLine, owed};
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Observation, ObservationKind, Observed};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use key::Key;
use ports::{Answer, Ask, Probe, SourceError};
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use translate::{Open, Record};

/// App Store Connect: an app's versions, and acting on them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The issuer id of the team's keys (App Store Connect, Users and Access, Integrations).
    issuer: String,
    /// The id of the key: ten letters and digits.
    key_id: String,
    /// Where the key itself lies: the `.p8` file that Apple lets you download once.
    key: SecretFrom,
    /// The address of the API. Default: `https://api.appstoreconnect.apple.com`.
    #[serde(default = "api")]
    base_url: String,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app at the App Store.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The bundle id: `com.tunelark.music`.
    bundle_id: String,
    /// The platform that it is. Default: `ios`.
    #[serde(default = "ios")]
    platform: Platform,
    /// Apple's name for it: `IOS`, `MAC_OS`, `TV_OS`, `VISION_OS`. Default: `IOS`, or `MAC_OS` for `desktop`.
    store_platform: Option<String>,
}

fn api() -> String {
    "https://api.appstoreconnect.apple.com".to_owned()
}
fn ios() -> Platform {
    Platform::Ios
}

/// Apple's platforms.
const PLATFORMS: [&str; 4] = ["IOS", "MAC_OS", "TV_OS", "VISION_OS"];
/// How old the list of builds may get: three ticks of five minutes, less a little.
const BUILDS_LAST: Span = Span::minutes(14);
/// How old an app's versions may get while none of them moves by itself: the same.
const VERSIONS_LAST: Span = Span::minutes(14);
/// The most pages of 200 versions that are read.
const PAGES: usize = 5;
/// The states of a submission that is open, so of all but COMPLETE.
const OPEN: &str =
    "READY_FOR_REVIEW,WAITING_FOR_REVIEW,IN_REVIEW,UNRESOLVED_ISSUES,CANCELING,COMPLETING";
/// The fields of a version that are used.
const VERSION_FIELDS: &str = "platform,versionString,appStoreState,appVersionState,releaseType,\
                              createdDate,build,appStoreVersionPhasedRelease";
/// What to do about an agreement.
const AGREEMENT: &str = "the account holder must accept Apple's new agreement at \
                         https://appstoreconnect.apple.com/agreements; the key is fine";

/// Makes the source ready.
pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let secret = settings.key.take_for(&id, "key", secrets)?;
    let from = settings.key.to_string();
    let key = Key::new(&id, &settings.issuer, &settings.key_id, &secret, &from)?;
    let mut options = Options::new(id.clone(), settings.base_url, Auth::Minted(Arc::new(key)));
    options.token_from = from;
    options.advice = "give the key the role App Manager (Users and Access, Integrations) and see that the clock is right";
    options.timeout = settings.timeout_ms.into();
    let http = Http::new(options)?;
    let mut lines = Vec::new();
    for (app, it) in settings.apps {
        let wrong =
            |key: &str, words: String| SettingsError::new(&id, format!("apps.{app}.{key}"), words);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if it.bundle_id.is_empty() || !it.bundle_id.chars().all(plain) {
            let words = "this is no bundle id; write it as in com.tunelark.music";
            return Err(wrong("bundle_id", words.to_owned()));
        }
        let by_default = if it.platform == Platform::Desktop { "MAC_OS" } else { "IOS" };
        let named = it.store_platform.as_deref().unwrap_or(by_default);
        let Some(store_platform) = PLATFORMS.into_iter().find(|it| *it == named) else {
            let words = format!("`{named}` is unknown; there are {}", PLATFORMS.join(", "));
            return Err(wrong("store_platform", words));
        };
        lines.push(Line { app, platform: it.platform, bundle_id: it.bundle_id, store_platform });
    }
    Ok(Opened::acting(AppStore { id, http, lines, seen: Mutex::default() }))
}

/// The source.
#[derive(Debug)]
struct AppStore {
    id: SourceId,
    http: Http,
    lines: Vec<Line>,
    seen: Mutex<Seen>,
}

/// One app.
#[derive(Debug)]
struct Line {
    app: AppId,
    platform: Platform,
    bundle_id: String,
    store_platform: &'static str,
}

impl OnLine for Line {
    fn app(&self) -> &AppId {
        &self.app
    }
    fn platform(&self) -> &Platform {
        &self.platform
    }
}

/// What was read and is still good.
#[derive(Debug, Default)]
struct Seen {
    /// Apple's number of each app, by bundle id. It never changes.
    numbers: BTreeMap<String, String>,
    builds: Option<(Moment, Arc<wire::Page<wire::Build>>)>,
    /// Each line's versions, as they were read last.
    versions: BTreeMap<(AppId, Platform), Versions>,
}

/// A line's versions.
#[derive(Clone, Debug)]
struct Versions {
    read_at: Moment,
    /// The open submissions beside which they were read: others make them stale.
    beside: Vec<(String, String)>,
    pages: Arc<Vec<wire::Page<wire::Version>>>,
    complete: bool,
}

#[async_trait]
impl Connector for AppStore {
    const KIND: &'static str = "app_store";
    const TITLE: &'static str = "App Store Connect";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        owed(&self.lines, &[ObservationKind::Store, ObservationKind::Builds])
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let wanted: Vec<&Line> = self.lines.iter().filter(|it| apps.contains(&&it.app)).collect();
        // Both may show that the account is refused as a whole: then nothing else is asked.
        let numbers = match self.numbers().await {
            Ok(numbers) => numbers,
            Err(error) => return all(&wanted, &self.explained(error).await),
        };
        let open = match self.open_submissions(&numbers).await {
            Ok(open) => Some(open),
            // A lesser key may not see submissions; an agreement stops everything.
            Err(error @ SourceError::Forbidden { status: 403, .. }) => {
                match self.explained(error).await {
                    error if is_agreement(&error) => return all(&wanted, &error),
                    _ => None,
                }
            }
            Err(error @ SourceError::Refused { .. }) => return all(&wanted, &error),
            Err(_) => None,
        };
        let builds = self.builds(&numbers, ask.now, ask.afresh).await;
        let answers = wanted
            .into_iter()
            .map(|line| self.read_line(line, &numbers, open.as_ref(), &builds, ask));
        futures::future::join_all(answers).await
    }
    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        let numbers = match self.numbers().await {
            Ok(numbers) => numbers,
            Err(error) => return probe.wrong.push(self.explained(error).await.to_string()),
        };
        let lacks = self.lines.iter().filter(|line| !numbers.contains_key(&line.bundle_id));
        probe.wrong.extend(lacks.map(|line| self.no_app(line).to_string()));
        for line in self.lines.iter().filter(|line| numbers.contains_key(&line.bundle_id)) {
            match self.versions(line, &numbers).await {
                Ok((pages, _)) => {
                    let rows = pages.iter().flat_map(|page| &page.data);
                    let count =
                        rows.filter(|it| it.attributes.platform == line.store_platform).count();
                    probe.good.push(format!(
                        "{}: {count} versions on {}",
                        line.bundle_id, line.store_platform
                    ));
                }
                Err(error) => probe.wrong.push(self.explained(error).await.to_string()),
            }
        }
        match self.open_submissions(&numbers).await {
            Ok(open) => {
                probe
                    .good
                    .push(format!("review submissions can be read; {} open", open.data.len()));
            }
            Err(error) => probe.wrong.push(self.explained(error).await.to_string()),
        }
    }
}

impl AppStore {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Apple's numbers of all apps in the settings, by bundle id; asked for once.
    async fn numbers(&self) -> Result<BTreeMap<String, String>, SourceError> {
        let known = self.seen().numbers.clone();
        if self.lines.iter().all(|line| known.contains_key(&line.bundle_id)) {
            return Ok(known);
        }
        let mut ids: Vec<&str> = self.lines.iter().map(|line| line.bundle_id.as_str()).collect();
        ids.dedup();
        let ids = ids.join(",");
        let query =
            [("filter[bundleId]", ids.as_str()), ("fields[apps]", "bundleId"), ("limit", "200")];
        let page: wire::Page<wire::App> =
            self.http.get("the apps", "/v1/apps", &query).await?.value;
        let mut seen = self.seen();
        for app in page.data {
            // Only exact ones: the filter is not trusted.
            if self.lines.iter().any(|line| line.bundle_id == app.attributes.bundle_id) {
                seen.numbers.insert(app.attributes.bundle_id, app.id);
            }
        }
        Ok(seen.numbers.clone())
    }

    /// The open submissions of all apps and platforms in one list.
    async fn open_submissions(
        &self,
        numbers: &BTreeMap<String, String>,
    ) -> Result<wire::Page<wire::Submission>, SourceError> {
        let apps = joined(numbers);
        let query = [
            ("filter[app]", apps.as_str()),
            ("filter[state]", OPEN),
            ("include", "app,items,appStoreVersionForReview"),
            ("fields[apps]", "bundleId"),
            ("fields[appStoreVersions]", "platform,versionString"),
            ("fields[reviewSubmissionItems]", "state"),
            ("limit[items]", "50"),
            ("limit", "200"),
        ];
        let what = "the review submissions";
        let page: wire::Page<wire::Submission> =
            self.http.get(what, "/v1/reviewSubmissions", &query).await?.value;
        // One is open an app and platform: more than 200 of them is something else.
        if page.links.next.is_some() {
            return Err(self.http.unreadable(what, "there are more than 200 open ones"));
        }
        Ok(page)
    }

    /// The newest builds of all apps, read about every quarter of an hour.
    async fn builds(
        &self,
        numbers: &BTreeMap<String, String>,
        now: Moment,
        afresh: bool,
    ) -> Result<(Moment, Arc<wire::Page<wire::Build>>), SourceError> {
        let kept = self.seen().builds.clone();
        let good =
            kept.filter(|it| !afresh && (Span::default()..BUILDS_LAST).contains(&(now - it.0)));
        if let Some(kept) = good {
            return Ok(kept);
        }
        let apps = joined(numbers);
        let query = [
            ("filter[app]", apps.as_str()),
            ("sort", "-uploadedDate"),
            ("include", "preReleaseVersion,app"),
            ("fields[apps]", "bundleId"),
            (
                "fields[builds]",
                "version,uploadedDate,expired,processingState,app,preReleaseVersion",
            ),
            ("fields[preReleaseVersions]", "version,platform"),
            ("limit", "200"),
        ];
        let page = self.http.get("the builds", "/v1/builds", &query).await?.value;
        let read = (now, Arc::new(page));
        self.seen().builds = Some(read.clone());
        Ok(read)
    }

    /// An app's versions on its platform, and whether these are all.
    async fn versions(
        &self,
        line: &Line,
        numbers: &BTreeMap<String, String>,
    ) -> Result<(Vec<wire::Page<wire::Version>>, bool), SourceError> {
        let number = numbers.get(&line.bundle_id).ok_or_else(|| self.no_app(line))?;
        let what = format!("the versions of {}", line.bundle_id);
        let path = format!("/v1/apps/{}/appStoreVersions", segment(number));
        let query = [
            ("filter[platform]", line.store_platform),
            ("include", "build,appStoreVersionPhasedRelease"),
            ("fields[appStoreVersions]", VERSION_FIELDS),
            ("fields[builds]", "version,processingState"),
            ("limit", "200"),
        ];
        let first: wire::Page<wire::Version> = self.http.get(&what, &path, &query).await?.value;
        let mut pages = vec![first];
        while let Some(next) = pages.last().and_then(|page| page.links.next.clone()) {
            if pages.len() == PAGES {
                return Ok((pages, false));
            }
            pages.push(self.http.next_page(&what, &next).await?.value);
        }
        Ok((pages, true))
    }

    /// An app's versions: those of a while ago while nothing shows that they changed and none of them moves by
    /// itself.
    async fn known_versions(
        &self,
        line: &Line,
        numbers: &BTreeMap<String, String>,
        record: Record<'_>,
        open: Open<'_>,
        ask: Ask<'_>,
    ) -> Result<Versions, SourceError> {
        let place = (line.app.clone(), line.platform.clone());
        let beside = translate::submissions(record, open);
        let kept = self.seen().versions.get(&place).cloned();
        let good = kept.filter(|it| {
            let age = ask.now - it.read_at;
            !ask.afresh
                && (Span::default()..VERSIONS_LAST).contains(&age)
                && beside.as_ref() == Some(&it.beside)
                && translate::is_at_rest(&translate::store(record, &it.pages, open, it.complete))
        });
        if let Some(good) = good {
            return Ok(good);
        }
        self.seen().versions.remove(&place);
        let (pages, complete) = self.versions(line, numbers).await?;
        let read = Versions {
            read_at: ask.now,
            beside: beside.clone().unwrap_or_default(),
            pages: Arc::new(pages),
            complete,
        };
        if beside.is_some() {
            self.seen().versions.insert(place, read.clone());
        }
        Ok(read)
    }

    async fn read_line(
        &self,
        line: &Line,
        numbers: &BTreeMap<String, String>,
        open: Option<&wire::Page<wire::Submission>>,
        builds: &Result<(Moment, Arc<wire::Page<wire::Build>>), SourceError>,
        ask: Ask<'_>,
    ) -> Answer {
        let Some(number) = numbers.get(&line.bundle_id) else {
            return Answer::failed(&line.app, self.no_app(line));
        };
        let mut faults = Vec::new();
        let record = Record { app: number, platform: line.store_platform };
        let mut seen = Vec::new();
        let mut keep = |what, observed_at| {
            let link = Some(translate::link(number));
            seen.push(Observed { app: line.app.clone(), what, observed_at, link });
        };
        let open = open.map_or(Open::NotRead, Open::Read);
        match self.known_versions(line, numbers, record, open, ask).await {
            Ok(known) => {
                let list = translate::store(record, &known.pages, open, known.complete);
                let platform = line.platform.clone();
                keep(Observation::Store { platform, list }, known.read_at);
            }
            Err(error) => {
                let error = self.explained(error).await;
                faults.push((Some(line.platform.clone()), ObservationKind::Store, error));
            }
        }
        match builds {
            Ok((at, page)) => {
                let list = translate::builds(record, page, numbers.len() == 1);
                keep(Observation::Builds { platform: line.platform.clone(), list }, *at);
            }
            Err(error) => {
                let error = error.clone();
                faults.push((Some(line.platform.clone()), ObservationKind::Builds, error));
            }
        }
        Answer { app: line.app.clone(), seen: Ok(seen), faults }
    }

    /// 403 is said for a lesser role and for an unsigned agreement alike. One cheap call tells which.
    async fn explained(&self, error: SourceError) -> SourceError {
        let SourceError::Forbidden { status: 403, .. } = &error else { return error };
        let asked = self.http.send(Method::GET, "/v1/apps", &[("limit", "1")], Body::None).await;
        match asked {
            Err(SendError::Refused { code, words, .. }) if agreement(code.as_deref(), &words) => {
                SourceError::Forbidden {
                    id: self.id.clone(),
                    what: "anything of the account".to_owned(),
                    status: 403,
                    advice: AGREEMENT.to_owned(),
                }
            }
            _ => error,
        }
    }

    fn no_app(&self, line: &Line) -> SourceError {
        SourceError::Forbidden {
            id: self.id.clone(),
            what: format!("the app {}", line.bundle_id),
            status: 404,
            advice: "correct the bundle id, or give the key access to the app".to_owned(),
        }
    }
}

fn joined(numbers: &BTreeMap<String, String>) -> String {
    numbers.values().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// The same fault for all: a cause of the account is told once, not sought for in each app.
fn all(lines: &[&Line], error: &SourceError) -> Vec<Answer> {
    lines.iter().map(|line| Answer::failed(&line.app, error.clone())).collect()
}

fn is_agreement(error: &SourceError) -> bool {
    matches!(error, SourceError::Forbidden { advice, .. } if advice == AGREEMENT)
}

/// Whether a refusal speaks of a missing agreement: `FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED`.
fn agreement(code: Option<&str>, words: &str) -> bool {
    code.is_some_and(|it| it.contains("AGREEMENT")) || words.to_lowercase().contains("agreement")
}

#[cfg(test)]
pub(crate) mod tests;
