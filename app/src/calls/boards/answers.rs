//! The server functions. What they would bring along for the browser is left out of it: see [`crate::calls::ask`].

#![expect(clippy::unused_async, reason = "a server function is async by its kind")]

use std::sync::Arc;

use conductor::board::{Board, TrackPage};
use leptos::prelude::server;
use leptos::server_fn::codec::GetUrl;

use super::{have_board, have_track};
use crate::calls::AppError;
use crate::calls::json::JsonAnswer;

#[server(name = GetBoard, prefix = "/fn", endpoint = "board", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn board() -> Result<Arc<Board>, AppError> {
    have_board()
}

#[server(name = GetTrack, prefix = "/fn", endpoint = "track", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn track(
    app: String,
    platform: String,
    version: String,
) -> Result<Arc<TrackPage>, AppError> {
    have_track(&[app, platform, version])
}
