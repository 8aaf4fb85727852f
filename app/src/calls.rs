//! What pages ask of the server. Each call reads the published board; none reaches a source.

mod ask;
pub(crate) mod boards;
pub(crate) mod given;
mod json;

use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

pub(crate) use ask::ask;
#[cfg(any(feature = "hydrate", all(test, feature = "ssr")))]
pub(crate) use json::from_str;
pub use json::{Json, NotJson};

/// Why a call gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "error"))]
pub enum AppError {
    /// The board does not know it.
    #[error("there is no such app or track on the board")]
    NotFound,
    /// The server could not be reached, or what it said could not be read. Asking again may help.
    #[error("no answer from the server: {message}")]
    Unavailable {
        /// What went wrong, for a person.
        message: String,
    },
}

impl FromServerFnError for AppError {
    type Encoder = Json;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::Unavailable { message: error.to_string() }
    }
}

/// Says with the response that there is nothing at this address. On the server only; the browser has no response.
pub(crate) fn say_not_found() {
    #[cfg(feature = "ssr")]
    if let Some(response) = leptos::prelude::use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(leptos::server_fn::http_export::StatusCode::NOT_FOUND);
    }
}

/// Starts what pages run on: the executor, and the calls by their names. Every way into this crate does it; doing it
/// twice changes nothing.
#[cfg(feature = "ssr")]
pub(crate) fn start() {
    use std::sync::Once;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Fails only if it was started before, which is as good.
        let _ = any_spawner::Executor::init_tokio();
    });
}
