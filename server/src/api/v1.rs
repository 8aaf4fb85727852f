//! Version 1 of the API: the board, a track with facts, findings and decision, and what people give in Signalbox
//! itself, and what programs push. Reads need no token; writes need the configured admin's, pushes that of their source.

mod error;
mod readings;
mod wishes;

use crate::deeds::unknown_track;
use crate::http::Site;
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use conductor::TrackId;
use conductor::board::{Board, TrackView};
use conductor::decide::Decision;
use conductor::{Facts, Interventions, Moment};
use error::ApiError;
use serde::Serialize;

pub(super) fn router() -> Router<Site> {
    Router::new()
        .route("/board", get(board))
        .route("/readings", readings::route())
        .route("/tracks/{app}/{platform}/{version}", get(track))
        .route("/tracks/{app}/{platform}/{version}/sign-offs", post(wishes::sign_off))
        .route(
            "/tracks/{app}/{platform}/{version}/hold",
            post(wishes::hold).delete(wishes::release),
        )
        .route("/tracks/{app}/{platform}/{version}/ticks", post(wishes::tick))
        .route("/tracks/{app}/{platform}/{version}/approvals", post(wishes::approve))
        .route(
            "/tracks/{app}/{platform}/{version}/emergency",
            post(wishes::emergency).delete(wishes::no_emergency),
        )
        .route("/tracks/{app}/{platform}/{version}/waivers", post(wishes::waive))
        .route("/tracks/{app}/{platform}/{version}/waivers/{rule}", delete(wishes::unwaive))
        .route("/tracks/{app}/{platform}/{version}/answer", post(wishes::answer))
        .route(
            "/tracks/{app}/{platform}/{version}/nothing-happened",
            post(wishes::nothing_happened),
        )
        .route("/tracks/{app}/{platform}/{version}/orders", post(wishes::order))
        .route("/tracks/{app}/{platform}/{version}/cancel", post(wishes::cancel))
        .fallback(nothing)
}

async fn nothing() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_such_route", "there is no such route; see docs/api.md")
}

/// `GET /api/v1/board`: the board as the pages show it. `ETag` is its revision.
async fn board(State(site): State<Site>, headers: HeaderMap) -> Response {
    let published = site.now();
    let board: &Board = &published.board;
    let etag = HeaderValue::from_str(&format!("\"{}\"", board.revision))
        .unwrap_or(HeaderValue::from_static("\"\""));
    if headers.get(header::IF_NONE_MATCH) == Some(&etag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    (
        [
            (header::ETAG, etag),
            (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        ],
        Json(board),
    )
        .into_response()
}

/// What the API says of a track.
#[derive(Serialize)]
struct TrackAnswer<'a> {
    /// The board's revision.
    revision: u64,
    /// When it was decided.
    at: Moment,
    /// As on the board.
    track: &'a TrackView,
    /// What is known, each with source and age, or why it is not.
    facts: &'a Facts,
    /// What people said.
    people: &'a Interventions,
    /// Stage, standing, findings, lamps, headline, and what is done next.
    decision: &'a Decision,
}

/// `GET /api/v1/tracks/:app/:platform/:version`.
async fn track(
    State(site): State<Site>,
    Path(parts): Path<(String, String, String)>,
) -> Result<Response, ApiError> {
    let id = track_id(&parts)?;
    let published = site.now();
    let decided = published.tracks.get(&id).ok_or_else(|| unknown_track(&id))?;
    let answer = TrackAnswer {
        revision: published.board.revision,
        at: published.board.at,
        track: &decided.view,
        facts: &decided.inputs.facts,
        people: &decided.inputs.people,
        decision: &decided.decision,
    };
    Ok(Json(answer).into_response())
}

fn track_id((app, platform, version): &(String, String, String)) -> Result<TrackId, ApiError> {
    TrackId::parse(&format!("{app}/{platform}/{version}")).ok_or_else(|| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "no_track",
            "the path names no track; write it as /api/v1/tracks/music/android/9.1.24",
        )
    })
}
