//! The board and its tracks.

use std::sync::Arc;

use conductor::board::{Board, TrackPage};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

use super::AppError;
use super::json::{Json, JsonAnswer};

/// The board at its newest revision.
#[server(name = GetBoard, prefix = "/fn", endpoint = "board", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn board() -> Result<Arc<Board>, AppError> {
    Ok(crate::backend::boards()?.board())
}

/// One track: all that its page shows, and all that its decision depends on.
#[server(name = GetTrack, prefix = "/fn", endpoint = "track", input = GetUrl, output = JsonAnswer)]
pub(crate) async fn track(app: String, platform: String, version: String) -> Result<Arc<TrackPage>, AppError> {
    let id = conductor::TrackId::parse(&format!("{app}/{platform}/{version}")).ok_or(AppError::NotFound)?;
    crate::backend::boards()?.track(&id).ok_or(AppError::NotFound)
}

/// A question whose answer the server puts into the page, so that the browser does not ask it again.
pub(crate) fn asked_once<S, T, Fut>(
    source: impl Fn() -> S + Send + Sync + 'static,
    ask: impl Fn(S) -> Fut + Send + Sync + 'static,
) -> Resource<Result<T, AppError>, Json>
where
    S: PartialEq + Clone + Send + Sync + 'static,
    T: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
    Fut: Future<Output = Result<T, AppError>> + Send + 'static,
{
    Resource::new_with_options(source, ask, false)
}
