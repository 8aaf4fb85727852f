//! What people give in Signalbox itself: sign-offs, holds, waivers, answers, orders. Each write names a person and is
//! journalled.

use super::error::ApiError;
use super::track_id;
use crate::access::Visitor;
use crate::deeds::{self, Deed};
use crate::http::{Site, visitors};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequestParts, Path};
use axum::http::request;
use conductor::Person;
use conductor::people::Answer;
use conductor::process::Action;
use serde::Deserialize;
use serde_json::{Value, json};

type Body<T> = Result<Json<T>, JsonRejection>;
type Done = Result<Json<Value>, ApiError>;

/// Who writes, and about which track. Asked before the body is looked at.
pub(super) struct Acting {
    site: Site,
    track: (String, String, String),
    who: Visitor,
}

/// The track's parts in the address, whatever else stands in it.
#[derive(Deserialize)]
struct InAddress {
    app: String,
    platform: String,
    version: String,
}

impl FromRequestParts<Site> for Acting {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut request::Parts, site: &Site) -> Result<Self, ApiError> {
        let who = visitors::visitor(site, &parts.headers)?;
        let Path(InAddress { app, platform, version }) = Path::from_request_parts(parts, site)
            .await
            .map_err(|error| ApiError::new(error.status(), "path", error.body_text()))?;
        Ok(Self { site: site.clone(), track: (app, platform, version), who })
    }
}

impl Acting {
    /// In the demo, whose people are made up, the holder of the token may speak for one of them.
    fn speaking_for(mut self, name: Option<String>) -> Self {
        if let Some(name) = name.filter(|_| self.site.may_speak_for_others) {
            self.who.person = Person::new(name);
        }
        self
    }

    async fn does(&self, deed: Deed) -> Done {
        let track = track_id(&self.track)?;
        let entry = deeds::perform(&self.site, &track, deed, &self.who).await?;
        Ok(Json(json!({ "recorded": entry.number, "at": entry.draft.at })))
    }
}

/// A team's word on the candidate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignOff {
    team: String,
    answer: Answer,
    #[serde(default)]
    comment: String,
    /// In the demo only: who of its made-up people says so.
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tick {
    item: String,
    #[serde(default = "yes")]
    done: bool,
    #[serde(default)]
    comment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Approval {
    role: String,
    #[serde(default = "yes")]
    given: bool,
    #[serde(default)]
    comment: String,
    /// In the demo only: who of its made-up people says so.
    by: Option<String>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Because {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    rule: String,
    /// For all builds of the track, not for the present one alone.
    #[serde(default)]
    whole_track: bool,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YesOrNo {
    yes: bool,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    action: Action,
    #[serde(default)]
    build: Option<String>,
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize)]
pub(super) struct OfRule {
    rule: String,
}

/// `POST …/sign-offs` with `{"team": "playback", "answer": "given", "comment": "looks good"}`.
pub(super) async fn sign_off(acting: Acting, asked: Body<SignOff>) -> Done {
    let SignOff { team, answer, comment, by } = body(asked)?;
    acting.speaking_for(by).does(Deed::SignOff { team, answer, comment }).await
}

/// `POST …/ticks` with `{"item": "Store listing checked"}`; `"done": false` takes it back.
pub(super) async fn tick(acting: Acting, asked: Body<Tick>) -> Done {
    let Tick { item, done, comment } = body(asked)?;
    acting.does(Deed::Tick { item, done, comment }).await
}

/// `POST …/approvals` with `{"role": "lead"}`; `"given": false` takes it back.
pub(super) async fn approve(acting: Acting, asked: Body<Approval>) -> Done {
    let Approval { role, given, comment, by } = body(asked)?;
    acting.speaking_for(by).does(Deed::Approve { role, given, comment }).await
}

/// `POST …/emergency` with `{"reason": "payments fail"}`.
pub(super) async fn emergency(acting: Acting, asked: Body<Because>) -> Done {
    acting.does(Deed::Emergency { is_one: true, reason: body(asked)?.reason }).await
}

/// `DELETE …/emergency`.
pub(super) async fn no_emergency(acting: Acting) -> Done {
    acting.does(Deed::Emergency { is_one: false, reason: String::new() }).await
}

/// `POST …/hold` with `{"reason": "press embargo"}`.
pub(super) async fn hold(acting: Acting, asked: Body<Because>) -> Done {
    acting.does(Deed::Hold { reason: body(asked)?.reason }).await
}

/// `DELETE …/hold`.
pub(super) async fn release(acting: Acting) -> Done {
    acting.does(Deed::Release).await
}

/// `POST …/waivers` with `{"rule": "candidate-tests", "reason": "the rack is down"}`.
pub(super) async fn waive(acting: Acting, asked: Body<Waiver>) -> Done {
    let Waiver { rule, whole_track, reason } = body(asked)?;
    acting.does(Deed::Waive { rule, whole_track, reason }).await
}

/// `DELETE …/waivers/:rule`.
pub(super) async fn unwaive(acting: Acting, Path(OfRule { rule }): Path<OfRule>) -> Done {
    acting.does(Deed::Unwaive { rule }).await
}

/// `POST …/answer` with `{"yes": true}`, to what the conductor asks.
pub(super) async fn answer(acting: Acting, asked: Body<YesOrNo>) -> Done {
    let YesOrNo { yes, reason } = body(asked)?;
    acting.does(Deed::Answer { yes, reason }).await
}

/// `POST …/nothing-happened` with `{"reason": "the console shows no submission"}`, of what is not certain.
pub(super) async fn nothing_happened(acting: Acting, asked: Body<Because>) -> Done {
    acting.does(Deed::NothingHappened { reason: body(asked)?.reason }).await
}

/// `POST …/orders` with `{"action": "pause_rollout", "reason": "support is flooded"}`.
pub(super) async fn order(acting: Acting, asked: Body<Order>) -> Done {
    let Order { action, build, reason } = body(asked)?;
    acting.does(Deed::Order { action, build, reason }).await
}

/// `POST …/cancel` with `{"reason": "9.1.25 takes its place"}`.
pub(super) async fn cancel(acting: Acting, asked: Body<Because>) -> Done {
    acting.does(Deed::Cancel { reason: body(asked)?.reason }).await
}

fn body<T>(body: Body<T>) -> Result<T, ApiError> {
    body.map(|Json(it)| it)
        .map_err(|error| ApiError::new(error.status(), "body", error.body_text()))
}
