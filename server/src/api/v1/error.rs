//! Errors of the API: a word for programs, a sentence for people.

use crate::deeds::Refusal;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error with its status.
#[derive(Debug)]
pub(crate) struct ApiError(Refusal);

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(Refusal::new(status, code, message))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Refusal { status, code, message } = self.0;
        (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
    }
}
