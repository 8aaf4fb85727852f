//! The board and its tracks. The server answers by server functions; the browser asks at their addresses.

use std::sync::Arc;

use conductor::board::{Board, TrackPage};

use super::{AppError, ask};

#[cfg(feature = "ssr")]
mod answers;

/// The board at its newest revision, asked of the server.
pub(crate) async fn board() -> Result<Arc<Board>, AppError> {
    ask("/fn/board", &[]).await
}

/// The same where it is: on the server. Elsewhere it has to be asked for.
pub(crate) fn have_board() -> Result<Arc<Board>, AppError> {
    #[cfg(feature = "ssr")]
    return Ok(crate::backend::boards()?.board());
    #[cfg(not(feature = "ssr"))]
    Err(AppError::NotFound)
}

/// One track: all that its page shows, and all that its decision depends on. Asked of the server.
pub(crate) async fn track(id: [String; 3]) -> Result<Arc<TrackPage>, AppError> {
    let [app, platform, version] = &id;
    ask("/fn/track", &[("app", app), ("platform", platform), ("version", version)]).await
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
