//! Acting on Google Play. All of it happens in one edit, of which nothing counts before the commit: what
//! breaks before is certain to have had no effect.

use super::{GooglePlay, Line, PRODUCTION, change, translate, wire};
use crate::http::{Body, SendError};
use crate::lines::{of_order, places};
use crate::source::Connector as _;
use async_trait::async_trait;
use conductor::observation::StorePhase;
use conductor::{Action, AppId, Moment, Platform, SourceId, Span};
use ports::{ActError, Acts, Order, SourceError};
use reqwest::Method;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use translate::Lifecycle;

/// What it can do. A rollout is started by Google's approval, not by us.
const ACTIONS: &[Action] = &[
    Action::SubmitForReview,
    Action::CompleteRollout,
    Action::PauseRollout,
    Action::ResumeRollout,
];
/// How long everything before the commit may take: waiting for our turn, looking, the edit.
const PREPARING: Duration = Duration::from_secs(18);
/// Preparing, the commit, and a little more.
const ALL_OF_IT: Span = Span::seconds(30);

#[async_trait]
impl Acts for GooglePlay {
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
        self.set_now(now);
        if !ACTIONS.contains(&order.action) {
            let words = format!("Google Play has no action to {}", order.action.verb());
            return Err(self.refused(words));
        }
        let line = of_order(&self.lines, order, &self.id)?;
        if order.build.parse::<u64>().is_err() {
            return Err(self.refused(format!("`{}` is no version code", order.build)));
        }
        let begun = Mutex::new(None);
        let prepared = tokio::time::timeout(PREPARING, self.prepare(line, order, &begun)).await;
        let (_turn, edit) = match prepared {
            Ok(prepared) => prepared?,
            Err(_) => {
                let opened = begun.into_inner().unwrap_or_else(PoisonError::into_inner);
                if let Some(edit) = opened {
                    self.throw_away(line, &edit).await;
                }
                let words = format!(
                    "nothing was sent, as it was not ready within {} s",
                    PREPARING.as_secs()
                );
                return Err(self.not_now(words));
            }
        };
        let committed = self.commit(line, &edit).await;
        line.forget_production();
        committed
    }
}

impl GooglePlay {
    fn refused(&self, words: String) -> ActError {
        ActError::refused(&self.id, words)
    }
    fn not_now(&self, words: impl Into<String>) -> ActError {
        ActError::not_now(&self.id, words)
    }

    /// Looks, opens an edit and writes the track into it. Returns our turn and the edit.
    async fn prepare<'a>(
        &self,
        line: &'a Line,
        order: &Order,
        begun: &Mutex<Option<String>>,
    ) -> Result<(tokio::sync::MutexGuard<'a, ()>, String), ActError> {
        let turn = line.turn.lock().await;
        self.look(line, order).await?;
        let body = serde_json::json!({});
        let edit: wire::Edit = self
            .http
            .send(Method::POST, &line.edits(), &[], Body::Json(&body))
            .await
            .and_then(|sent| sent.read())
            .map_err(|error| self.before(error))?;
        *begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(edit.id.clone());
        match self.write(line, order, &edit.id).await {
            Ok(()) => Ok((turn, edit.id)),
            Err(error) => {
                self.throw_away(line, &edit.id).await;
                Err(error)
            }
        }
    }

    /// A commit takes along what waits in the console, and cancels nothing: so nothing else may wait. A
    /// halt is urgent and is tried all the same; Play then says whether it can be.
    async fn look(&self, line: &Line, order: &Order) -> Result<(), ActError> {
        let production =
            self.releases(line, PRODUCTION).await.map_err(|error| self.unseen(&error))?;
        let ours = production.releases.iter().find(|it| it.codes().contains(&order.build));
        let state = ours.map(|it| translate::lifecycle(&it.release_lifecycle_state));
        match (order.action, state) {
            (Action::SubmitForReview, None | Some(Lifecycle::Is(StorePhase::Draft, _)))
            | (
                Action::CompleteRollout | Action::PauseRollout | Action::ResumeRollout,
                Some(Lifecycle::Published),
            ) => {}
            (Action::SubmitForReview, Some(_)) => {
                return Err(self.not_now(format!("Google Play has {} already", order.build)));
            }
            _ => {
                return Err(self.not_now(format!("{} is not published in production", order.build)));
            }
        }
        if order.action == Action::PauseRollout {
            return Ok(());
        }
        let others = line.tracks.iter().map(|track| self.releases(line, track));
        let mut waiting = waiting(&production, &order.build);
        for list in futures::future::join_all(others).await {
            let list = list.map_err(|error| self.unseen(&error))?;
            waiting.extend(self::waiting(&list, &order.build));
        }
        if waiting.is_empty() {
            return Ok(());
        }
        let waiting = waiting.join(", ");
        Err(self
            .not_now(format!("a commit would take along or disturb what waits there: {waiting}")))
    }

    /// Reads the track in the edit, changes our release, writes the track back.
    async fn write(&self, line: &Line, order: &Order, edit: &str) -> Result<(), ActError> {
        let path = line.track(edit, PRODUCTION);
        let what = format!("the rollout of {}", line.package);
        let track: wire::WholeTrack =
            self.http.get(&what, &path, &[]).await.map_err(|error| self.unseen(&error))?.value;
        let (version, build) = (&order.track.version, &order.build);
        let changed = change::change(&track, order.action, version, build, order.share)
            .map_err(|words| self.not_now(words))?;
        let body = serde_json::to_value(&changed)
            .map_err(|_| self.not_now("the track cannot be written as JSON"))?;
        let written = self.http.send(Method::PUT, &path, &[], Body::Json(&body)).await;
        written.map(drop).map_err(|error| self.before(error))
    }

    /// The one request that has an effect. Never sent a second time.
    async fn commit(&self, line: &Line, edit: &str) -> Result<(), ActError> {
        let path = format!("{}:commit", line.edit(edit));
        let query = [("changesInReviewBehavior", "ERROR_IF_IN_REVIEW")];
        match self.http.send(Method::POST, &path, &query, Body::None).await {
            Ok(_) => Ok(()),
            Err(error @ SendError::NoAnswer { .. }) => Err(error.into()),
            Err(error) => {
                self.throw_away(line, edit).await;
                Err(if lost(&error) { self.edit_lost() } else { error.into() })
            }
        }
    }

    /// A fault before the commit: nothing happened, whatever broke. Only a refusal stays a refusal.
    fn before(&self, error: SendError) -> ActError {
        match error {
            error if lost(&error) => self.edit_lost(),
            SendError::NoAnswer { cause, .. } => {
                self.not_now(format!("nothing was committed, as it gave no answer ({cause})"))
            }
            error => error.into(),
        }
    }

    fn edit_lost(&self) -> ActError {
        self.not_now(
            "the edit was lost before it was committed, as somebody works in the Play Console or with \
             this account; looking again",
        )
    }

    fn unseen(&self, error: &SourceError) -> ActError {
        self.not_now(format!("nothing was sent, as looking first failed: {error}"))
    }
}

/// The edit is gone: deleted by another, or expired.
fn lost(error: &SendError) -> bool {
    match error {
        SendError::Refused { status, code, words, .. } => {
            *status == 410
                || code.as_deref() == Some("editDeleted")
                || words.contains("edit has been deleted")
        }
        SendError::TooFast { .. } | SendError::NotSent { .. } | SendError::NoAnswer { .. } => false,
    }
}

/// What else is in review or waits to be sent, in words.
fn waiting(list: &wire::Summaries, ours: &String) -> Vec<String> {
    let others = list.releases.iter().filter(|it| !it.codes().contains(ours));
    others
        .filter_map(|it| {
            let state = match translate::lifecycle(&it.release_lifecycle_state) {
                Lifecycle::Is(StorePhase::InReview, _) => "is in review",
                Lifecycle::Is(StorePhase::NeedsPerson, _) => "waits to be sent for review",
                _ => return None,
            };
            Some(format!("{} ({}) {state}", it.release_name, it.codes().join(", ")))
        })
        .collect()
}
