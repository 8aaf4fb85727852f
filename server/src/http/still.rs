//! Still pages: made for each request by `app::still` from what is published, what is remembered, and who asks.

use super::{Site, assets, pages, security, visitors};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

/// `GET /sources`.
pub(super) async fn sources(State(site): State<Site>, headers: HeaderMap) -> Response {
    let page = app::still::sources::page(&site.assets, &site.now().board, name(&site, &headers));
    answer(StatusCode::OK, page, &headers)
}

/// The name of who asks, where they are known.
fn name(site: &Site, headers: &HeaderMap) -> Option<String> {
    visitors::visitor(site, headers).ok().map(|it| it.person.name)
}

/// A page as a response, packed where the browser takes that. It is of one visitor and one moment, so nobody keeps it.
fn answer(status: StatusCode, page: String, asked: &HeaderMap) -> Response {
    let policy = security::page_policy(&pages::script_hashes(page.as_bytes()));
    let takes_brotli = assets::accepts_brotli(asked);
    let body = if takes_brotli { pages::packed(page.as_bytes()).into() } else { Body::from(page) };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let out = response.headers_mut();
    security::put_common(out);
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding, cookie"));
    if takes_brotli {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    if let Some(policy) = policy {
        out.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
