//! What people give in Signalbox itself: sign-offs, holds. Each write names a person and is journalled.

use super::error::ApiError;
use super::{track_id, unknown_track};
use crate::http::Site;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use conductor::people::{Answer, Hold, SignOff};
use conductor::{Person, TrackId};
use ports::Wish;
use serde::Deserialize;
use serde_json::{Value, json};

/// A text that people write may have so many characters.
const LONGEST: usize = 2_000;

/// Who writes. Without a configured admin nobody may.
fn writer(site: &Site, headers: &HeaderMap, spoken_for: Option<&str>) -> Result<Person, ApiError> {
    let refused = |status, words: &str| ApiError::new(status, "not_allowed", words);
    let Some(admin) = &site.admin else {
        return Err(refused(
            StatusCode::FORBIDDEN,
            "nobody may write: configure [server.admin] with a name and a token",
        ));
    };
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| {
            refused(
                StatusCode::UNAUTHORIZED,
                "send `Authorization: Bearer TOKEN` with the admin's token",
            )
        })?;
    if !admin.1.matches(presented.trim()) {
        return Err(refused(StatusCode::UNAUTHORIZED, "the token is not the configured admin's"));
    }
    match spoken_for {
        Some(name) if site.may_speak_for_others => Ok(Person::new(name)),
        _ => Ok(admin.0.clone()),
    }
}

/// A team's word on the candidate.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignOffBody {
    team: String,
    answer: Answer,
    #[serde(default)]
    comment: String,
    /// In the demo only: who of its made-up people says so.
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldBody {
    reason: String,
}

fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, ApiError> {
    body.map(|Json(it)| it)
        .map_err(|error| ApiError::new(error.status(), "body", error.body_text()))
}

fn short(key: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.chars().count() > LONGEST {
        let words = format!("{key} has more than {LONGEST} characters; say it shorter");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "too_long", words));
    }
    Ok(text.to_owned())
}

/// `POST …/sign-offs` with `{"team": "playback", "answer": "given", "comment": "looks good"}`.
pub(super) async fn sign_off(
    State(site): State<Site>,
    Path(parts): Path<(String, String, String)>,
    headers: HeaderMap,
    asked: Result<Json<SignOffBody>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let id = track_id(&parts)?;
    let asked = body(asked)?;
    let by = writer(&site, &headers, asked.by.as_deref())?;
    let comment = short("comment", &asked.comment)?;
    let published = site.now();
    let decided = published.tracks.get(&id).ok_or_else(|| unknown_track(&id))?;
    let Some(team) = decided.inputs.app.team(&asked.team) else {
        let known = decided
            .inputs
            .app
            .teams
            .iter()
            .map(|team| team.id.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let words = format!("team: `{}` is no team of {}; there are {known}", asked.team, id.app);
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown_team", words));
    };
    let Some(candidate) = decided.inputs.people.candidate() else {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "no_candidate",
            format!("{id} has no candidate to sign off yet"),
        ));
    };
    let verb = match asked.answer {
        Answer::Given => "signed off",
        Answer::Refused => "refused to sign off",
        Answer::OptedOut => "opted out",
        Answer::Withdrawn => "took back its word",
    };
    let text = format!("{verb} for {}, build {}", team.name, candidate.build);
    let wish = Wish::SignOff(SignOff {
        team: team.id.clone(),
        answer: asked.answer,
        build: candidate.build.clone(),
        by: by.clone(),
        at: site.clock.now(),
        comment: comment.clone(),
    });
    record(&site, &id, wish, &by, text, comment).await
}

/// `POST …/hold` with `{"reason": "press embargo"}`.
pub(super) async fn hold(
    State(site): State<Site>,
    Path(parts): Path<(String, String, String)>,
    headers: HeaderMap,
    asked: Result<Json<HoldBody>, JsonRejection>,
) -> Result<Json<Value>, ApiError> {
    let id = track_id(&parts)?;
    let by = writer(&site, &headers, None)?;
    let reason = short("reason", &body(asked)?.reason)?;
    if reason.is_empty() {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_reason",
            "reason: say why, for those who wait",
        ));
    }
    let wish = Wish::Hold(Hold { by: by.clone(), at: site.clock.now(), reason: reason.clone() });
    record(&site, &id, wish, &by, "held the train".to_owned(), reason).await
}

/// `DELETE …/hold`.
pub(super) async fn release(
    State(site): State<Site>,
    Path(parts): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let id = track_id(&parts)?;
    let by = writer(&site, &headers, None)?;
    record(&site, &id, Wish::Release, &by, "released the hold".to_owned(), String::new()).await
}

async fn record(
    site: &Site,
    id: &TrackId,
    wish: Wish,
    by: &Person,
    text: String,
    why: String,
) -> Result<Json<Value>, ApiError> {
    if !site.now().tracks.contains_key(id) {
        return Err(unknown_track(id));
    }
    let entry = site.engine.wish(id, wish, by, text, why).await?;
    Ok(Json(json!({ "recorded": entry.number, "at": entry.draft.at })))
}
