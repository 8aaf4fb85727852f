//! Errors of the API: a word for programs, a sentence for people.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ports::StoreError;
use serde_json::json;

/// An error with its status.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let (status, code) = match &error {
            StoreError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            StoreError::Superseded { .. } => (StatusCode::CONFLICT, "superseded"),
            StoreError::Unavailable { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not_recorded"),
            StoreError::Corrupt { .. } | StoreError::Newer { .. } => {
                (StatusCode::INTERNAL_SERVER_ERROR, "database")
            }
        };
        Self::new(status, code, error.to_string())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": { "code": self.code, "message": self.message } })))
            .into_response()
    }
}
