//! The board and its tracks.

use std::sync::Arc;

use conductor::board::{Board, TrackPage};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::AppError;

/// The board at its newest revision.
#[server(name = GetBoard, prefix = "/fn", endpoint = "board", input = GetUrl)]
pub(crate) async fn board() -> Result<Arc<Board>, AppError> {
    Ok(crate::backend::boards()?.board())
}

/// One track: all that its page shows, and all that its decision depends on.
#[server(name = GetTrack, prefix = "/fn", endpoint = "track", input = GetUrl)]
pub(crate) async fn track(app: String, platform: String, version: String) -> Result<Arc<TrackPage>, AppError> {
    let id = conductor::TrackId::parse(&format!("{app}/{platform}/{version}")).ok_or(AppError::NotFound)?;
    crate::backend::boards()?.track(&id).ok_or(AppError::NotFound)
}
