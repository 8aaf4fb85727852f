//! `POST /api/v1/readings`: what CI and scripts push about an app. The token is that of a source of kind `pushed`; it is
//! asked for before the body is looked at, and is good for nothing else.

use super::error::ApiError;
use crate::access::Scope;
use crate::http::Site;
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, FromRequestParts};
use axum::http::{StatusCode, header, request};
use axum::routing::{MethodRouter, post};
use connectors::{Inbox, NotTaken, Push};
use serde_json::{Value, json};
use std::sync::Arc;

/// The largest push, in bytes: as many values as are taken at once, with all that may be said of each.
const LARGEST: usize = 512 << 10;

pub(super) fn route() -> MethodRouter<Site> {
    post(push).layer(DefaultBodyLimit::max(LARGEST))
}

/// The inbox that the token of a request is for.
struct Admitted {
    inbox: Arc<Inbox>,
    site: Site,
}

impl FromRequestParts<Site> for Admitted {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut request::Parts, site: &Site) -> Result<Self, ApiError> {
        let token = parts.headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        let token = token.and_then(|it| it.strip_prefix("Bearer ")).map(str::trim);
        if site.inboxes.is_empty() {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                "nobody may push readings: configure a source of kind `pushed` with a token",
            ));
        }
        let Some(token) = token else {
            return Err(ApiError::new(
                StatusCode::UNAUTHORIZED,
                "no_token",
                "send `Authorization: Bearer TOKEN` with the token of a source of kind `pushed`",
            ));
        };
        if let Some(inbox) = site.inboxes.iter().find(|it| it.admits(token)) {
            return Ok(Self { inbox: Arc::clone(inbox), site: site.clone() });
        }
        let is_admins = site.admin.as_ref().is_some_and(|it| it.1.matches(token));
        let (status, words) = if is_admins {
            (StatusCode::FORBIDDEN, Scope::Readings.refusal())
        } else {
            (StatusCode::UNAUTHORIZED, "the token is that of no source of kind `pushed`")
        };
        Err(ApiError::new(status, "not_allowed", words))
    }
}

async fn push(
    admitted: Admitted,
    body: Result<Json<Push>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let Json(push) =
        body.map_err(|error| ApiError::new(error.status(), "body", error.body_text()))?;
    let Admitted { inbox, site } = admitted;
    let taken = inbox.take(push, site.clock.now()).map_err(|error| match error {
        NotTaken::Wrong(words) => ApiError::new(StatusCode::BAD_REQUEST, "wrong", words),
        NotTaken::OutOfScope(words) => ApiError::new(StatusCode::FORBIDDEN, "out_of_scope", words),
    })?;
    tracing::info!(source = %inbox.id(), taken, "readings pushed");
    site.engine.wake();
    let answer = json!({ "taken": taken, "source": inbox.id().as_str() });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

#[cfg(test)]
mod tests;
