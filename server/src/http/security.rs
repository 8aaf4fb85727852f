//! Headers on every answer, and the check that a write comes from our own pages or from a program.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The headers that every answer carries.
pub(super) const COMMON: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// For answers that are no page: they may load nothing at all.
const NOTHING: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'");

/// A page's policy. Inline scripts go by their hashes, since all viewers share the same bytes.
pub(super) fn page_policy(script_hashes: &[String]) -> Option<HeaderValue> {
    let hashes =
        script_hashes.iter().fold(String::new(), |text, hash| text + " 'sha256-" + hash + "'");
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ))
    .ok()
}

pub(super) async fn plain_headers(mut response: Response) -> Response {
    put_common(response.headers_mut());
    response.headers_mut().entry(header::CONTENT_SECURITY_POLICY).or_insert(NOTHING);
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

pub(super) fn put_common(headers: &mut HeaderMap) {
    for (name, value) in COMMON {
        headers.insert(name, value);
    }
}

/// A browser that writes says where it comes from; another site's page is refused. Programs send neither header
/// and show a token instead, which no other site has.
pub(super) async fn same_origin_writes(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || comes_from_us(request.headers()) {
        return next.run(request).await;
    }
    let words = "this request comes from another site; writes are taken from our own pages and from programs with a token\n";
    (StatusCode::FORBIDDEN, words).into_response()
}

fn comes_from_us(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let site = text(HeaderName::from_static("sec-fetch-site"));
    let host = text(header::HOST);
    match (site, text(header::ORIGIN)) {
        (Some("same-origin"), _) => true,
        (Some(_), _) => false,
        (None, Some(origin)) => origin.split_once("://").map(|(_, rest)| rest) == host,
        (None, None) => headers.contains_key(header::AUTHORIZATION),
    }
}
