//! Google Play, by its Publishing API v3.
//!
//! **Reads** the releases of the production track with their life cycle (store), and which version codes
//! the tracks have (builds). **Acts**: submits for review, completes, halts and resumes a rollout. It starts
//! none: the share travels with the submission, and approval makes it live.
//!
//! **Calls an app**: one a tick while a release is on its way in production, else one each second tick
//! (`applications.tracks.releases.list`, which needs no edit); three to read the shares by an edit (open, read
//! all tracks, delete) when something changed, about every quarter of an hour while a rollout is under way,
//! once an hour otherwise, and before an action. The edit shows the builds of the other tracks too; else each
//! of these costs one every twenty minutes.
//!
//! **Token**: a service account's file with the right to view the app, and to manage releases if it shall
//! act. **Limits**: 200 000 calls a day.
//!
//! **Oddities**: a track's status is what was asked for; only the life cycle tells what is. An account has
//! one live edit an app, so reading and acting take turns here, and an edit that is lost means that
//! somebody works in the console: look again. A commit sends everything that waits, so it is always refused
//! while something is in review, and not sent while something else waits. Why a release was refused, and
//! whether managed publishing is on, is not in the API. A list of releases ends at 20.

mod acts;
mod change;
mod translate;
mod wire;

use crate::google::{Access, Grant, check_package};
use crate::http::{Body, Http, SendError, segment};
use crate::lines::{OnLine, owed};
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Build, Listing, Observation, ObservationKind, Observed, StorePhase};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{Answer, Ask, Probe, SourceError};
use reqwest::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Google Play: what is on an app's tracks, and acting on production.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where the service account's JSON file lies, as Google hands it out.
    credentials: SecretFrom,
    /// The address of the API. Default: `https://androidpublisher.googleapis.com`.
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

/// One app at Google Play.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The package name: `com.tunelark.music`.
    package: String,
    /// The platform that it is. Default: `android`.
    #[serde(default = "android")]
    platform: Platform,
    /// Which tracks beside production are looked through for builds. Default: `["beta", "internal"]`.
    #[serde(default = "test_tracks")]
    tracks: Vec<String>,
}

fn api() -> String {
    "https://androidpublisher.googleapis.com".to_owned()
}
fn android() -> Platform {
    Platform::Android
}
fn test_tracks() -> Vec<String> {
    vec!["beta".to_owned(), "internal".to_owned()]
}

/// The track that users get.
const PRODUCTION: &str = "production";
/// How old the list of the other tracks' builds may get: four ticks of five minutes, less a little, and within the
/// twenty minutes for which a rule believes a reading.
const BUILDS_LAST: Span = Span::minutes(19);
/// How old a share may get while a rollout is under way: three ticks, less a little.
const SHARES_LAST: Span = Span::minutes(14);
/// How old it may get while none is.
const REST_LASTS: Span = Span::minutes(59);
/// How old the list of production may get while nothing there is on its way: two ticks, less a little.
const AT_REST_LASTS: Span = Span::minutes(9);
/// How long a read waits for an action on the same app.
const TURN: Duration = Duration::from_secs(10);

/// Takes the service account apart and makes the source ready.
pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let access = Access {
        credentials: &settings.credentials,
        base_url: &settings.base_url,
        token_url: settings.token_url.as_deref(),
        timeout: settings.timeout_ms,
        scope: "https://www.googleapis.com/auth/androidpublisher",
        advice: "give the service account access to the app in the Play Console (Users and permissions)",
    };
    let (http, grant) = access.open(&id, secrets)?;
    let mut lines = Vec::new();
    for (app, it) in settings.apps {
        check_package(&id, &app, &it.package)?;
        lines.push(Line {
            app,
            platform: it.platform,
            package: it.package,
            tracks: it.tracks.into_iter().filter(|track| track != PRODUCTION).collect(),
            turn: tokio::sync::Mutex::new(()),
            seen: Mutex::default(),
        });
    }
    Ok(Opened::acting(GooglePlay { id, http, grant, lines }))
}

/// The source. Reading and acting share it, since an app has one edit at a time.
#[derive(Debug)]
struct GooglePlay {
    id: SourceId,
    http: Http,
    grant: Arc<Grant>,
    lines: Vec<Line>,
}

/// One app.
#[derive(Debug)]
struct Line {
    app: AppId,
    platform: Platform,
    package: String,
    tracks: Vec<String>,
    /// Whoever has it may have the app's one edit.
    turn: tokio::sync::Mutex<()>,
    seen: Mutex<Seen>,
}

/// What was read and is still good.
#[derive(Debug, Default)]
struct Seen {
    production: Option<(Moment, wire::Summaries)>,
    shares: Option<Shares>,
    builds: Option<(Moment, Listing<Build>)>,
}

/// The production track as an edit showed it.
#[derive(Clone, Debug)]
struct Shares {
    read_at: Moment,
    /// What the list of releases said then: another list makes it stale.
    of: Vec<(Vec<String>, String)>,
    track: wire::Track,
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
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// An action may have changed what is in production.
    fn forget_production(&self) {
        let mut seen = self.seen();
        (seen.production, seen.shares) = (None, None);
    }
    fn link(&self) -> String {
        format!("https://play.google.com/store/apps/details?id={}", self.package)
    }
    fn edits(&self) -> String {
        format!("/androidpublisher/v3/applications/{}/edits", segment(&self.package))
    }
    fn edit(&self, edit: &str) -> String {
        format!("{}/{}", self.edits(), segment(edit))
    }
    fn track(&self, edit: &str, track: &str) -> String {
        format!("{}/tracks/{}", self.edit(edit), segment(track))
    }
}

#[async_trait]
impl Connector for GooglePlay {
    const KIND: &'static str = "google_play";
    const TITLE: &'static str = "Google Play";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http, self.grant.client()]
    }
    fn owes(&self) -> Owed {
        owed(&self.lines, &[ObservationKind::Store, ObservationKind::Builds])
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let wanted = self.lines.iter().filter(|line| apps.contains(&&line.app));
        futures::future::join_all(wanted.map(|line| self.read_line(line, ask.now, ask.afresh)))
            .await
    }
    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        for line in &self.lines {
            self.probe_line(line, probe).await;
        }
    }
}

impl GooglePlay {
    async fn read_line(&self, line: &Line, now: Moment, afresh: bool) -> Answer {
        if afresh {
            // What this very read brings counts as fresh, nothing before it does.
            *line.seen() = Seen::default();
        }
        let (production_at, production) = match self.production(line, now).await {
            Ok(production) => production,
            Err(error) => return Answer::failed(&line.app, error),
        };
        let (mut seen, mut faults) = (Vec::new(), Vec::new());
        let mut keep = |what, observed_at| {
            seen.push(Observed {
                app: line.app.clone(),
                what,
                observed_at,
                link: Some(line.link()),
            });
        };
        let platform = line.platform.clone();
        match self.store(line, &production, now).await {
            Ok((list, at)) => {
                keep(Observation::Store { platform, list }, at.min(production_at));
            }
            Err(error) => {
                faults.push((Some(platform), ObservationKind::Store, error));
            }
        }
        let platform = line.platform.clone();
        match self.other_builds(line, now).await {
            Ok((at, others)) => {
                let here = translate::builds(&production, &line.link());
                let list = translate::merged([here, others]);
                keep(Observation::Builds { platform, list }, at.min(production_at));
            }
            Err(error) => {
                faults.push((Some(platform), ObservationKind::Builds, error));
            }
        }
        Answer { app: line.app.clone(), seen: Ok(seen), faults }
    }

    /// What production has, and when that was read. It is read each tick while a release is on its way there.
    async fn production(
        &self,
        line: &Line,
        now: Moment,
    ) -> Result<(Moment, wire::Summaries), SourceError> {
        let kept = {
            let seen = line.seen();
            seen.production.clone().filter(|(at, list)| {
                let track = seen.shares.as_ref().map(|it| &it.track);
                (Span::default()..AT_REST_LASTS).contains(&(now - *at))
                    && translate::is_at_rest(list, track)
            })
        };
        if let Some(kept) = kept {
            return Ok(kept);
        }
        let read = (now, self.releases(line, PRODUCTION).await?);
        line.seen().production = Some(read.clone());
        Ok(read)
    }

    async fn releases(&self, line: &Line, track: &str) -> Result<wire::Summaries, SourceError> {
        let path = format!(
            "/androidpublisher/v3/applications/{}/tracks/{}/releases",
            segment(&line.package),
            segment(track)
        );
        let what = format!("the {track} track of {}", line.package);
        Ok(self.http.get(&what, &path, &[]).await?.value)
    }

    /// What the store has, and the moment for which that is vouched.
    async fn store(
        &self,
        line: &Line,
        production: &wire::Summaries,
        now: Moment,
    ) -> Result<(Listing<conductor::observation::InStore>, Moment), SourceError> {
        let of: Vec<(Vec<String>, String)> = production
            .releases
            .iter()
            .map(|it| (it.codes(), it.release_lifecycle_state.clone()))
            .collect();
        let kept = line.seen().shares.clone().filter(|it| it.of == of);
        let moving = |track: &wire::Track| {
            let list = translate::store(production, Some(track), "");
            let still = |it: &conductor::observation::InStore| {
                !matches!(it.phase, None | Some(StorePhase::RollingOut | StorePhase::Halted))
            };
            !list.items.iter().all(still)
        };
        let good = kept.filter(|it| {
            let lasts = if moving(&it.track) { SHARES_LAST } else { REST_LASTS };
            let age = now - it.read_at;
            (Span::default()..lasts).contains(&age)
        });
        let was_asked_for = |it: &wire::Summary| {
            use translate::Lifecycle as L;
            matches!(
                translate::lifecycle(&it.release_lifecycle_state),
                L::Published | L::Is(StorePhase::InReview | StorePhase::Approved, _)
            )
        };
        let shares = match good {
            Some(shares) => Some(shares),
            None if production.releases.iter().any(was_asked_for) => {
                let mut tracks = self.tracks(line).await?;
                let at = tracks.iter().position(|it| it.track == PRODUCTION);
                let track = at.map(|at| tracks.swap_remove(at)).unwrap_or_default();
                let shares = Shares { read_at: now, of, track };
                let mut seen = line.seen();
                seen.shares = Some(shares.clone());
                // The same answer tells the builds of the other tracks, if it has all that are looked through.
                let other = |name: &String| tracks.iter().find(|it| it.track == *name);
                if let Some(others) = line.tracks.iter().map(other).collect::<Option<Vec<_>>>() {
                    let lists = others.into_iter().map(|it| translate::builds_of(it, &line.link()));
                    seen.builds = Some((now, translate::merged(lists)));
                }
                Some(shares)
            }
            None => None,
        };
        let list = translate::store(production, shares.as_ref().map(|it| &it.track), &line.link());
        // What is at rest changes only together with the list, which was read just now.
        let at = shares.filter(|it| moving(&it.track)).map_or(now, |it| it.read_at);
        Ok((list, at))
    }

    /// All tracks as they were asked for, by an edit that is thrown away.
    async fn tracks(&self, line: &Line) -> Result<Vec<wire::Track>, SourceError> {
        let what = format!("the rollout of {}", line.package);
        let busy = || SourceError::Unreachable {
            id: self.id.clone(),
            cause: "an action is under way at this app".to_owned(),
        };
        let _turn = tokio::time::timeout(TURN, line.turn.lock()).await.map_err(|_| busy())?;
        let edit: wire::Edit =
            self.http.ask(&what, &line.edits(), Body::Json(&serde_json::json!({}))).await?.value;
        let path = format!("{}/tracks", line.edit(&edit.id));
        let tracks = self.http.get::<wire::Tracks>(&what, &path, &[]).await;
        self.throw_away(line, &edit.id).await;
        Ok(tracks?.value.tracks)
    }

    /// Deletes an edit. That it fails does no harm: the next edit ends it.
    async fn throw_away(&self, line: &Line, edit: &str) {
        let path = line.edit(edit);
        if let Err(error) = self.http.send(Method::DELETE, &path, &[], Body::None).await {
            let error = ports::ActError::from(error);
            tracing::debug!(source = %self.id, package = line.package, %error, "edit not deleted");
        }
    }

    /// The builds of the tracks beside production, and when they were read.
    async fn other_builds(
        &self,
        line: &Line,
        now: Moment,
    ) -> Result<(Moment, Listing<Build>), SourceError> {
        let kept = line.seen().builds.clone();
        let good = kept.filter(|(at, _)| (Span::default()..BUILDS_LAST).contains(&(now - *at)));
        if let Some(kept) = good {
            return Ok(kept);
        }
        let lists = line.tracks.iter().map(|track| self.releases(line, track));
        let mut builds = Vec::new();
        for list in futures::future::join_all(lists).await {
            builds.push(translate::builds(&list?, &line.link()));
        }
        let read = (now, translate::merged(builds));
        line.seen().builds = Some(read.clone());
        Ok(read)
    }

    async fn probe_line(&self, line: &Line, probe: &mut Probe) {
        let package = &line.package;
        match self.releases(line, PRODUCTION).await {
            Err(error) => return probe.wrong.push(error.to_string()),
            Ok(list) => probe.good.push(format!(
                "{package}: its production track shows {} releases",
                list.releases.len()
            )),
        }
        let _turn = line.turn.lock().await;
        let body = serde_json::json!({});
        match self.http.send(Method::POST, &line.edits(), &[], Body::Json(&body)).await {
            Ok(sent) => {
                if let Ok(edit) = sent.read::<wire::Edit>() {
                    self.throw_away(line, &edit.id).await;
                }
                probe.good.push(format!("{package}: an edit can be opened, so it may read shares"));
            }
            Err(SendError::Refused { status, words, .. }) => probe.wrong.push(format!(
                "{package}: no edit can be opened ({status}: {words}), so neither shares can be read nor \
                 rollouts moved: give the service account “Release to production” in the Play Console"
            )),
            Err(error) => {
                let error = ports::ActError::from(error);
                probe.wrong.push(format!("{package}: {error}; run `signalbox check` again later"));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
