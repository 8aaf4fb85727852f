//! A page as bytes: rendered from an address and a board, with no request behind it, so that it can be kept for
//! everybody who asks for the same address at the same revision.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use leptos::prelude::provide_context;

use super::{Assets, shell};
use crate::backend::Boards;

/// A rendered page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// 200, or 404 where nothing is at the address.
    pub status: u16,
    /// All of it, in UTF-8.
    pub html: String,
}

/// A page could not be rendered. None of the pages does that on purpose: it is a fault of this program, or of the
/// address.
#[derive(Debug, thiserror::Error)]
pub enum CannotRender {
    /// The address is none.
    #[error("`{0}` is no address of a page")]
    Address(String),
    /// The page broke off.
    #[error("the page broke off while it was rendered")]
    Body(#[source] axum::Error),
    /// The page is not text.
    #[error("the page is not UTF-8")]
    Text(#[from] std::string::FromUtf8Error),
}

/// Renders the page at an address such as `/apps/music?x=1`. Needs a running tokio.
pub async fn document(
    address: &str,
    boards: Arc<dyn Boards>,
    assets: Arc<Assets>,
) -> Result<Document, CannotRender> {
    crate::calls::start();
    let request = Request::get(address)
        .body(Body::empty())
        .map_err(|_| CannotRender::Address(address.to_owned()))?;
    let render = leptos_axum::render_app_async_with_context(
        move || provide_context(Arc::clone(&boards)),
        move || shell(&assets),
    );
    let response = render(request).await;
    let status = response.status().as_u16();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.map_err(CannotRender::Body)?;
    Ok(Document { status, html: String::from_utf8(bytes.to_vec())? })
}
