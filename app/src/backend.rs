//! What the server gives to the pages, through Leptos context: the published board, never a source or a database.

use std::sync::Arc;

use conductor::TrackId;
use conductor::board::{Board, TrackPage};
use leptos::prelude::use_context;

use crate::calls::AppError;

/// The published board, as it is now. Both answers are ready made: a page waits for nothing.
pub trait Boards: Send + Sync {
    /// The whole board at its newest revision.
    fn board(&self) -> Arc<Board>;
    /// One track's page; `None` if the board does not know the track.
    fn track(&self, id: &TrackId) -> Option<Arc<TrackPage>>;
}

/// The board that the server put into context as `Arc<dyn Boards>`. Fails where it put none: a fault of the wiring.
pub(crate) fn boards() -> Result<Arc<dyn Boards>, AppError> {
    use_context::<Arc<dyn Boards>>().ok_or(AppError::Unavailable {
        message: "the server did not give its board to the page".to_owned(),
    })
}
