//! The board and its tracks.

#![cfg_attr(
    feature = "ssr",
    expect(clippy::unused_async, reason = "a server function is async by its kind")
)]

use std::sync::Arc;

use conductor::board::{Board, TrackPage};
use leptos::prelude::server;
use leptos::server_fn::codec::GetUrl;

use super::AppError;
use super::json::JsonAnswer;

/// The board at its newest revision.
#[server(name = GetBoard, prefix = "/fn", endpoint = "board", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn board() -> Result<Arc<Board>, AppError> {
    have_board()
}

/// The same where it is: on the server. Elsewhere it has to be asked for.
pub(crate) fn have_board() -> Result<Arc<Board>, AppError> {
    #[cfg(feature = "ssr")]
    return Ok(crate::backend::boards()?.board());
    #[cfg(not(feature = "ssr"))]
    Err(AppError::NotFound)
}

/// One track: all that its page shows, and all that its decision depends on.
#[server(name = GetTrack, prefix = "/fn", endpoint = "track", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn track(
    app: String,
    platform: String,
    version: String,
) -> Result<Arc<TrackPage>, AppError> {
    have_track(&[app, platform, version])
}

/// The same where it is: on the server. Elsewhere it has to be asked for.
pub(crate) fn have_track(id: &[String; 3]) -> Result<Arc<TrackPage>, AppError> {
    #[cfg(feature = "ssr")]
    {
        let id = conductor::TrackId::parse(&id.join("/")).ok_or(AppError::NotFound)?;
        crate::backend::boards()?.track(&id).ok_or(AppError::NotFound)
    }
    #[cfg(not(feature = "ssr"))]
    {
        let _ = id;
        Err(AppError::NotFound)
    }
}
