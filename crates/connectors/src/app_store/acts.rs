//! Acting on App Store Connect. Several requests make one action; each is looked before, and only the last
//! has the effect that counts. What was set up by a try that broke is found and used by the next.

use super::translate::Record;
use super::{AGREEMENT, AppStore, Line, OPEN, VERSION_FIELDS, agreement, states, wire};
use crate::http::{Body, SendError, segment};
use crate::lines::{of_order, places};
use async_trait::async_trait;
use conductor::observation::{Share, StorePhase};
use conductor::{Action, AppId, Moment, Platform, SourceId, Span};
use ports::{ActError, Acts, Order, SourceError};
use reqwest::Method;
use serde_json::{Value, json};
use states::State;
use std::time::Duration;
use wire::Relation;

const ACTIONS: &[Action] = &[
    Action::SubmitForReview,
    Action::StartRollout,
    Action::CompleteRollout,
    Action::PauseRollout,
    Action::ResumeRollout,
];
/// How long everything before the last request may take.
const PREPARING: Duration = Duration::from_secs(28);
/// Preparing, the last request, and a little more.
const ALL_OF_IT: Span = Span::seconds(40);

#[async_trait]
impl Acts for AppStore {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn lines(&self) -> Vec<(AppId, Platform)> {
        places(&self.lines)
    }
    fn actions(&self) -> &'static [Action] {
        ACTIONS
    }
    fn gives_up_after(&self) -> Span {
        ALL_OF_IT
    }
    async fn act(&self, order: &Order, now: Moment) -> Result<(), ActError> {
        self.http.set_now(now);
        let line = of_order(&self.lines, order, &self.id)?;
        let last = match tokio::time::timeout(PREPARING, self.prepare(line, order)).await {
            Ok(last) => last?,
            Err(_) => {
                let seconds = PREPARING.as_secs();
                return Err(self
                    .not_now(format!("it was not ready within {seconds} s, so it was not done")));
            }
        };
        let sent = self.http.send(last.method, &last.path, &[], Body::Json(&last.body)).await;
        self.seen().versions.clear(); // Whatever came of it, they are looked at anew.
        sent.map(drop).map_err(|error| self.said_no(error))
    }
}

/// The request that has the effect.
struct Last {
    method: Method,
    path: String,
    body: Value,
}

/// A version as it was just looked at.
struct Looked {
    id: String,
    state: State,
    word: String,
    release_type: Option<String>,
    build: Option<String>,
    phased: LookedPhased,
}

enum LookedPhased {
    NotSent,
    Nothing,
    Is { id: String, state: String },
}

impl AppStore {
    async fn prepare(&self, line: &Line, order: &Order) -> Result<Last, ActError> {
        let numbers = self.numbers().await.map_err(|error| self.unseen(&error))?;
        let Some(number) = numbers.get(&line.bundle_id) else {
            return Err(self.unseen(&self.no_app(line)));
        };
        let record = Record { app: number, platform: line.store_platform };
        match order.action {
            Action::SubmitForReview => self.submission(record, order).await,
            Action::StartRollout => self.release(record, order).await,
            Action::CompleteRollout => {
                self.phase(record, order, &["ACTIVE", "PAUSED"], "COMPLETE").await
            }
            Action::PauseRollout => self.phase(record, order, &["ACTIVE"], "PAUSED").await,
            Action::ResumeRollout => self.phase(record, order, &["PAUSED"], "ACTIVE").await,
            Action::MarkCandidate | Action::Publish | Action::Finish => {
                Err(self
                    .refused(format!("App Store Connect has no action to {}", order.action.verb())))
            }
        }
    }

    /// Everything up to the one request that submits.
    async fn submission(&self, record: Record<'_>, order: &Order) -> Result<Last, ActError> {
        let version = self.look(record, order).await?;
        let editable =
            matches!(version.state, State::Is(StorePhase::Draft | StorePhase::Rejected, _));
        if !editable {
            return Err(self.not_now(format!("{} is {} there", order.track.version, version.word)));
        }
        let open = self.free_submission(record, &version).await?;
        self.make_ready(record, order, &version).await?;
        let (submission, has_it) = match open {
            Some(open) => open,
            None => (self.create_submission(record).await?, false),
        };
        if !has_it {
            let body = json!({ "data": {
                "type": "reviewSubmissionItems",
                "relationships": {
                    "reviewSubmission": { "data": { "type": "reviewSubmissions", "id": submission } },
                    "appStoreVersion": { "data": { "type": "appStoreVersions", "id": version.id } },
                },
            }});
            self.set_up(Method::POST, "/v1/reviewSubmissionItems", &body).await?;
        }
        Ok(Last {
            method: Method::PATCH,
            path: format!("/v1/reviewSubmissions/{}", segment(&submission)),
            body: json!({ "data": {
                "type": "reviewSubmissions", "id": submission, "attributes": { "submitted": true },
            }}),
        })
    }

    /// The release request; only for a version that waits for it and will grow in phases.
    async fn release(&self, record: Record<'_>, order: &Order) -> Result<Last, ActError> {
        let version = self.look(record, order).await?;
        if version.word != "PENDING_DEVELOPER_RELEASE" {
            let words = format!(
                "{} is {}, not PENDING_DEVELOPER_RELEASE",
                order.track.version, version.word
            );
            return Err(self.not_now(words));
        }
        if order.share < Share::ALL {
            self.phased_ready(record, order, &version).await?;
        }
        Ok(Last {
            method: Method::POST,
            path: "/v1/appStoreVersionReleaseRequests".to_owned(),
            body: json!({ "data": {
                "type": "appStoreVersionReleaseRequests",
                "relationships": {
                    "appStoreVersion": { "data": { "type": "appStoreVersions", "id": version.id } },
                },
            }}),
        })
    }

    /// A phased release from one of these states to another.
    async fn phase(
        &self,
        record: Record<'_>,
        order: &Order,
        from: &[&str],
        to: &str,
    ) -> Result<Last, ActError> {
        let version = self.look(record, order).await?;
        if version.state != State::Live {
            return Err(
                self.not_now(format!("{} is {}, not live", order.track.version, version.word))
            );
        }
        let (id, state) = match version.phased {
            LookedPhased::Is { id, state } => (id, state),
            LookedPhased::Nothing => {
                return Err(self.not_now("it has no phased release: everybody gets it"));
            }
            LookedPhased::NotSent => {
                return Err(self.not_now("Apple did not send its phased release"));
            }
        };
        if !from.contains(&state.as_str()) {
            return Err(
                self.not_now(format!("its phased release is {state}, not {}", from.join(" or ")))
            );
        }
        Ok(Last {
            method: Method::PATCH,
            path: format!("/v1/appStoreVersionPhasedReleases/{}", segment(&id)),
            body: json!({ "data": {
                "type": "appStoreVersionPhasedReleases",
                "id": id,
                "attributes": { "phasedReleaseState": to },
            }}),
        })
    }

    /// The one version that is meant: platform and version are looked at on the row, whatever the filter did.
    async fn look(&self, record: Record<'_>, order: &Order) -> Result<Looked, ActError> {
        let version = &order.track.version;
        let what = format!("version {version}");
        let path = format!("/v1/apps/{}/appStoreVersions", segment(record.app));
        let query = [
            ("filter[platform]", record.platform),
            ("filter[versionString]", version.as_str()),
            ("include", "build,appStoreVersionPhasedRelease"),
            ("fields[appStoreVersions]", VERSION_FIELDS),
            ("fields[builds]", "version,processingState"),
            ("limit", "200"),
        ];
        let page: wire::Page<wire::Version> =
            self.http.get(&what, &path, &query).await.map_err(|error| self.unseen(&error))?.value;
        let mut rows = page.data.iter().filter(|row| {
            row.attributes.platform == record.platform
                && row.attributes.version_string == version.as_str()
        });
        let Some(row) = rows.next() else {
            return Err(self.not_now(format!(
                "there is no version {version} for {}; create it in App Store Connect with its texts",
                record.platform
            )));
        };
        let (new, old) = (&row.attributes.app_version_state, &row.attributes.app_store_state);
        let state = states::together(new.as_deref(), old.as_deref())
            .map_err(|words| self.not_now(words))?;
        let relation = &row.relationships.app_store_version_phased_release;
        let phased = match relation {
            Relation::Nothing => LookedPhased::Nothing,
            Relation::NotSent => LookedPhased::NotSent,
            Relation::To(id) => {
                page.phased(id).map_or(LookedPhased::NotSent, |it| LookedPhased::Is {
                    id: id.clone(),
                    state: it.attributes.phased_release_state.clone(),
                })
            }
        };
        Ok(Looked {
            id: row.id.clone(),
            state,
            word: new.clone().or_else(|| old.clone()).unwrap_or_default(),
            release_type: row.attributes.release_type.clone(),
            build: row
                .relationships
                .build
                .id()
                .and_then(|id| page.build(id))
                .map(|build| build.attributes.version.clone()),
            phased,
        })
    }

    /// The open submission of the platform if it can be used, and whether our version lies in it. `None`:
    /// there is none. A rejected, running or foreign one is a person's business.
    async fn free_submission(
        &self,
        record: Record<'_>,
        version: &Looked,
    ) -> Result<Option<(String, bool)>, ActError> {
        let query = [
            ("filter[app]", record.app),
            ("filter[platform]", record.platform),
            ("filter[state]", OPEN),
            ("include", "app,items,appStoreVersionForReview"),
            ("fields[reviewSubmissionItems]", "state"),
            ("limit", "200"),
        ];
        let page: wire::Page<wire::Submission> = self
            .http
            .get("the review submissions", "/v1/reviewSubmissions", &query)
            .await
            .map_err(|error| self.unseen(&error))?
            .value;
        let of_record = page.data.iter().filter(|it| {
            it.attributes.platform == record.platform
                && it.relationships.app.id().is_none_or(|app| app == record.app)
        });
        let mut free = None;
        for it in of_record {
            let state = it.attributes.state.as_str();
            let theirs = it.relationships.app_store_version_for_review.id();
            let ours = theirs == Some(version.id.as_str());
            match state {
                "COMPLETE" => {}
                "READY_FOR_REVIEW" => {
                    let items = it.relationships.items.data.as_ref().map(Vec::len);
                    // What else lies in it would be submitted along: then it is not ours to send.
                    match (items, ours) {
                        (Some(0), false) => free = Some((it.id.clone(), false)),
                        (Some(1), true) => free = Some((it.id.clone(), true)),
                        _ => {
                            return Err(self.not_now(
                                "a submission with other items is being prepared in App Store Connect",
                            ));
                        }
                    }
                }
                "UNRESOLVED_ISSUES" => {
                    return Err(self.not_now(
                        "an earlier submission has unresolved issues and blocks this one; answer it or \
                         withdraw it in App Store Connect",
                    ));
                }
                other => {
                    return Err(self.not_now(format!("another submission is {other}")));
                }
            }
        }
        Ok(free)
    }

    /// The right build, released by hand, in phases; written where needed, and read back.
    async fn make_ready(
        &self,
        record: Record<'_>,
        order: &Order,
        version: &Looked,
    ) -> Result<(), ActError> {
        let manual = version.release_type.as_deref() == Some("MANUAL");
        let built = version.build.as_deref() == Some(order.build.as_str());
        if !manual || !built {
            let mut data = serde_json::Map::new();
            data.insert("type".into(), json!("appStoreVersions"));
            data.insert("id".into(), json!(version.id));
            if !manual {
                data.insert("attributes".into(), json!({ "releaseType": "MANUAL" }));
            }
            if !built {
                let id = self.build(record, order).await?;
                let build = json!({ "build": { "data": { "type": "builds", "id": id } } });
                data.insert("relationships".into(), build);
            }
            let path = format!("/v1/appStoreVersions/{}", segment(&version.id));
            self.set_up(Method::PATCH, &path, &json!({ "data": data })).await?;
        }
        if order.share < Share::ALL {
            self.phased_ready(record, order, version).await?;
        }
        if manual && built {
            return Ok(());
        }
        let now = self.look(record, order).await?;
        if now.release_type.as_deref() != Some("MANUAL") {
            return Err(
                self.not_now("it would still release itself: its release type is not MANUAL")
            );
        }
        if now.build.as_deref() != Some(order.build.as_str()) {
            return Err(self.not_now(format!("build {} is still not attached to it", order.build)));
        }
        Ok(())
    }

    /// A phased release that has not begun; made if it is known to be missing, and read back.
    async fn phased_ready(
        &self,
        record: Record<'_>,
        order: &Order,
        version: &Looked,
    ) -> Result<(), ActError> {
        match &version.phased {
            LookedPhased::Is { state, .. } if state == "INACTIVE" => return Ok(()),
            LookedPhased::Is { state, .. } => {
                return Err(
                    self.not_now(format!("its phased release is {state} before its release"))
                );
            }
            LookedPhased::NotSent => {
                return Err(self.not_now("Apple did not send whether it has a phased release"));
            }
            LookedPhased::Nothing => {}
        }
        let body = json!({ "data": {
            "type": "appStoreVersionPhasedReleases",
            "attributes": { "phasedReleaseState": "INACTIVE" },
            "relationships": {
                "appStoreVersion": { "data": { "type": "appStoreVersions", "id": version.id } },
            },
        }});
        self.set_up(Method::POST, "/v1/appStoreVersionPhasedReleases", &body).await?;
        match self.look(record, order).await?.phased {
            LookedPhased::Is { state, .. } if state == "INACTIVE" => Ok(()),
            _ => Err(self.not_now("the phased release that was made does not show yet")),
        }
    }

    /// Apple's id of the build that is meant.
    async fn build(&self, record: Record<'_>, order: &Order) -> Result<String, ActError> {
        let version = order.track.version.as_str();
        let query = [
            ("filter[app]", record.app),
            ("filter[version]", order.build.as_str()),
            ("filter[preReleaseVersion.version]", version),
            ("filter[preReleaseVersion.platform]", record.platform),
            ("include", "preReleaseVersion,app"),
            ("limit", "50"),
        ];
        let what = format!("build {}", order.build);
        let page: wire::Page<wire::Build> = self
            .http
            .get(&what, "/v1/builds", &query)
            .await
            .map_err(|error| self.unseen(&error))?
            .value;
        let row = page.data.iter().find(|row| {
            let pre =
                row.relationships.pre_release_version.id().and_then(|id| page.pre_release(id));
            row.attributes.version == order.build
                && pre.is_some_and(|it| {
                    it.attributes.version == version && it.attributes.platform == record.platform
                })
        });
        let Some(row) = row else {
            return Err(
                self.not_now(format!("App Store Connect does not list build {}", order.build))
            );
        };
        if row.attributes.processing_state != "VALID" || row.attributes.expired {
            let state =
                if row.attributes.expired { "expired" } else { &row.attributes.processing_state };
            return Err(self.not_now(format!("build {} is {state}", order.build)));
        }
        Ok(row.id.clone())
    }

    async fn create_submission(&self, record: Record<'_>) -> Result<String, ActError> {
        let body = json!({ "data": {
            "type": "reviewSubmissions",
            "attributes": { "platform": record.platform },
            "relationships": { "app": { "data": { "type": "apps", "id": record.app } } },
        }});
        let sent = self
            .http
            .send(Method::POST, "/v1/reviewSubmissions", &[], Body::Json(&body))
            .await
            .map_err(|error| self.before(error))?;
        let one: wire::One<wire::Reference> = sent.read().map_err(|error| self.before(error))?;
        Ok(one.data.id)
    }

    /// A request that prepares: if it gives no answer, the action itself did not happen.
    async fn set_up(&self, method: Method, path: &str, body: &Value) -> Result<(), ActError> {
        let sent = self.http.send(method, path, &[], Body::Json(body)).await;
        sent.map(drop).map_err(|error| self.before(error))
    }

    fn before(&self, error: SendError) -> ActError {
        match error {
            SendError::NoAnswer { cause, .. } => self
                .not_now(format!("a step before it gave no answer ({cause}), so it was not done")),
            error => self.said_no(error),
        }
    }

    fn said_no(&self, error: SendError) -> ActError {
        match &error {
            SendError::Refused { status: 403, code, words, .. }
                if agreement(code.as_deref(), words) =>
            {
                self.refused(format!("{words}; {AGREEMENT}"))
            }
            _ => error.into(),
        }
    }

    fn unseen(&self, error: &SourceError) -> ActError {
        self.not_now(format!("nothing was sent, as looking first failed: {error}"))
    }
    fn refused(&self, words: String) -> ActError {
        ActError::refused(&self.id, words)
    }
    fn not_now(&self, words: impl Into<String>) -> ActError {
        ActError::not_now(&self.id, words)
    }
}
