//! What people give in Signalbox itself: sign-offs, holds, waivers, answers, orders. Each write names a person and is
//! journalled.

use super::error::ApiError;
use super::track_id;
use crate::access::Visitor;
use crate::deeds::{self, Deed};
use crate::http::{Site, visitors};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use conductor::Person;
use conductor::people::Answer;
use conductor::process::Action;
use serde::Deserialize;
use serde_json::{Value, json};

/// A track's parts in the address.
type Parts = (String, String, String);
type Body<T> = Result<Json<T>, JsonRejection>;
type Done = Result<Json<Value>, ApiError>;

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

/// `POST …/sign-offs` with `{"team": "playback", "answer": "given", "comment": "looks good"}`.
pub(super) async fn sign_off(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<SignOff>,
) -> Done {
    let SignOff { team, answer, comment, by } = body(asked)?;
    let mut who = visitors::visitor(&site, &headers)?;
    if let Some(name) = by.filter(|_| site.may_speak_for_others) {
        who.person = Person::new(name);
    }
    act(&site, &parts, &who, Deed::SignOff { team, answer, comment }).await
}

/// `POST …/ticks` with `{"item": "Store listing checked"}`; `"done": false` takes it back.
pub(super) async fn tick(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Tick>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    let Tick { item, done, comment } = body(asked)?;
    act(&site, &parts, &who, Deed::Tick { item, done, comment }).await
}

/// `POST …/approvals` with `{"role": "lead"}`; `"given": false` takes it back.
pub(super) async fn approve(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Approval>,
) -> Done {
    let Approval { role, given, comment, by } = body(asked)?;
    let mut who = visitors::visitor(&site, &headers)?;
    if let Some(name) = by.filter(|_| site.may_speak_for_others) {
        who.person = Person::new(name);
    }
    act(&site, &parts, &who, Deed::Approve { role, given, comment }).await
}

/// `POST …/emergency` with `{"reason": "payments fail"}`.
pub(super) async fn emergency(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Because>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    let reason = body(asked)?.reason;
    act(&site, &parts, &who, Deed::Emergency { is_one: true, reason }).await
}

/// `DELETE …/emergency`.
pub(super) async fn no_emergency(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    act(&site, &parts, &who, Deed::Emergency { is_one: false, reason: String::new() }).await
}

/// `POST …/hold` with `{"reason": "press embargo"}`.
pub(super) async fn hold(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Because>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    act(&site, &parts, &who, Deed::Hold { reason: body(asked)?.reason }).await
}

/// `DELETE …/hold`.
pub(super) async fn release(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    act(&site, &parts, &who, Deed::Release).await
}

/// `POST …/waivers` with `{"rule": "candidate-tests", "reason": "the rack is down"}`.
pub(super) async fn waive(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Waiver>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    let Waiver { rule, whole_track, reason } = body(asked)?;
    act(&site, &parts, &who, Deed::Waive { rule, whole_track, reason }).await
}

/// `DELETE …/waivers/:rule`.
pub(super) async fn unwaive(
    State(site): State<Site>,
    Path((app, platform, version, rule)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    act(&site, &(app, platform, version), &who, Deed::Unwaive { rule }).await
}

/// `POST …/answer` with `{"yes": true}`, to what the conductor asks.
pub(super) async fn answer(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<YesOrNo>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    let YesOrNo { yes, reason } = body(asked)?;
    act(&site, &parts, &who, Deed::Answer { yes, reason }).await
}

/// `POST …/orders` with `{"action": "pause_rollout", "reason": "support is flooded"}`.
pub(super) async fn order(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Order>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    let Order { action, build, reason } = body(asked)?;
    act(&site, &parts, &who, Deed::Order { action, build, reason }).await
}

/// `POST …/cancel` with `{"reason": "9.1.25 takes its place"}`.
pub(super) async fn cancel(
    State(site): State<Site>,
    Path(parts): Path<Parts>,
    headers: HeaderMap,
    asked: Body<Because>,
) -> Done {
    let who = visitors::visitor(&site, &headers)?;
    act(&site, &parts, &who, Deed::Cancel { reason: body(asked)?.reason }).await
}

fn body<T>(body: Body<T>) -> Result<T, ApiError> {
    body.map(|Json(it)| it)
        .map_err(|error| ApiError::new(error.status(), "body", error.body_text()))
}

async fn act(site: &Site, parts: &Parts, who: &Visitor, deed: Deed) -> Done {
    let track = track_id(parts)?;
    let entry = deeds::perform(site, &track, deed, who).await?;
    Ok(Json(json!({ "recorded": entry.number, "at": entry.draft.at })))
}
