//! Pages as bytes: a page's HTML depends on its address and the board's revision alone, so it is rendered and
//! compressed once per revision, and then every viewer gets the same bytes with an ETag.

use super::{Site, assets, security};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use engine::Published;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, watch};
use tower::ServiceExt;

/// The pages of the present revision that somebody asked for.
pub(super) struct Pages {
    render: Router,
    published: watch::Receiver<Arc<Published>>,
    made: RwLock<Made>,
    /// One page is rendered at a time: many who ask for the same wait for one rendering.
    rendering: Mutex<()>,
}

#[derive(Default)]
struct Made {
    revision: u64,
    pages: HashMap<String, Arc<Page>>,
}

/// A page ready to be sent.
struct Page {
    status: StatusCode,
    headers: HeaderMap,
    plain: Bytes,
    brotli: Bytes,
    etag: HeaderValue,
}

/// Addresses kept of one revision: those of all tracks of a large board, and some that do not exist.
const MOST_PAGES: usize = 2_000;
/// A page is at most so large; a board of 300 tracks has half a megabyte.
const MOST_BYTES: usize = 16 << 20;
/// Quick enough to do while a viewer waits: 0.5 ms for 60 kB.
const BROTLI_QUALITY: u32 = 5;

impl Pages {
    pub(super) fn new(render: Router, published: watch::Receiver<Arc<Published>>) -> Self {
        Self { render, published, made: RwLock::default(), rendering: Mutex::new(()) }
    }

    async fn get(&self, path: &str) -> Arc<Page> {
        if let Some(page) = self.ready(path) {
            return page;
        }
        let _one_at_a_time = self.rendering.lock().await;
        if let Some(page) = self.ready(path) {
            return page;
        }
        let revision = self.published.borrow().board.revision;
        let page = Arc::new(self.make(path, revision).await);
        // The board may have moved on while this was rendered; then it is not kept, and is fresh enough.
        if self.published.borrow().board.revision == revision {
            let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
            if made.revision != revision {
                *made = Made { revision, pages: HashMap::new() };
            }
            if made.pages.len() < MOST_PAGES {
                made.pages.insert(path.to_owned(), Arc::clone(&page));
            }
        }
        page
    }

    fn ready(&self, path: &str) -> Option<Arc<Page>> {
        let revision = self.published.borrow().board.revision;
        let made = self.made.read().unwrap_or_else(PoisonError::into_inner);
        (made.revision == revision).then(|| made.pages.get(path).cloned()).flatten()
    }

    async fn make(&self, path: &str, revision: u64) -> Page {
        let asked = Request::builder().method(Method::GET).uri(path).body(Body::empty());
        let answer = match asked {
            Ok(request) => self.render.clone().oneshot(request).await.into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        };
        let (parts, body) = answer.into_parts();
        let plain = to_bytes(body, MOST_BYTES).await.unwrap_or_default();
        let status = if plain.is_empty() && parts.status.is_success() {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            parts.status
        };
        let brotli = packed(&plain);
        let digest = Sha256::digest(&plain);
        let mut tag = format!("\"{revision}-");
        for byte in digest.iter().take(8) {
            let _ = write!(tag, "{byte:02x}");
        }
        tag.push('"');
        let etag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
        let mut headers = HeaderMap::new();
        security::put_common(&mut headers);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, etag.clone());
        let hashes = script_hashes(&plain);
        if let Some(policy) = security::page_policy(&hashes) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        for name in [header::LOCATION] {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Page { status, headers, plain, brotli: Bytes::from(brotli), etag }
    }
}

/// A page in brotli.
pub(super) fn packed(plain: &[u8]) -> Vec<u8> {
    let mut brotli = Vec::with_capacity(plain.len() / 6);
    let mut packer = brotli::CompressorWriter::new(&mut brotli, 64 << 10, BROTLI_QUALITY, 22);
    // Writing into memory cannot fail.
    let _ = packer.write_all(plain);
    drop(packer);
    brotli
}

/// The hashes of all scripts that stand in the page, for its policy.
pub(super) fn script_hashes(html: &[u8]) -> Vec<String> {
    let Ok(html) = std::str::from_utf8(html) else { return Vec::new() };
    let mut hashes = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find("<script") {
        let Some((tag, after)) = rest.get(at..).and_then(|it| it.split_once('>')) else { break };
        let Some((body, next)) = after.split_once("</script>") else { break };
        if !tag.contains(" src=") && !body.is_empty() {
            let hash = STANDARD.encode(Sha256::digest(body.as_bytes()));
            if !hashes.contains(&hash) {
                hashes.push(hash);
            }
        }
        rest = next;
    }
    hashes
}

/// Any page, by its path alone.
pub(super) async fn page(
    State(site): State<Site>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let mut response =
            (StatusCode::METHOD_NOT_ALLOWED, "pages are read with GET\n").into_response();
        security::put_common(response.headers_mut());
        return response;
    }
    let page = site.pages.get(uri.path()).await;
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|tag| *tag == page.etag);
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = page.headers.clone();
    if known && page.status == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    *response.status_mut() = page.status;
    let body = if assets::accepts_brotli(&headers) {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        page.brotli.clone()
    } else {
        page.plain.clone()
    };
    *response.body_mut() = Body::from(body);
    response
}

/// A server function: data only.
pub(super) async fn call(State(site): State<Site>, request: Request) -> Response {
    let mut response = site.pages.render.clone().oneshot(request).await.into_response();
    response = security::plain_headers(response).await;
    response
}

#[cfg(test)]
mod tests;
