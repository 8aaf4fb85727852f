//! What the browser loads, built into the program: names carry a hash of their content, so they never change.

use super::{Site, security};
use app::shell::Assets as Document;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Embedded;

/// The names of the present files.
pub(super) struct Assets {
    document: Document,
}

#[derive(Deserialize)]
struct Manifest {
    js: String,
    wasm: String,
    css: String,
    still_css: String,
}

/// The page was not built before the program was.
#[derive(Debug, thiserror::Error)]
#[error("the page is not built into this program ({0}); run `make build`")]
pub(super) struct NotBuilt(String);

impl Assets {
    pub(super) fn load() -> Result<Self, NotBuilt> {
        let file = Embedded::get("manifest.json")
            .ok_or_else(|| NotBuilt("target/site is empty".to_owned()))?;
        let manifest: Manifest =
            serde_json::from_slice(&file.data).map_err(|error| NotBuilt(error.to_string()))?;
        let path = |name: String| {
            if name.starts_with('/') {
                name
            } else {
                format!("/pkg/{}", name.trim_start_matches("pkg/"))
            }
        };
        Ok(Self {
            document: Document {
                js: path(manifest.js),
                wasm: path(manifest.wasm),
                css: path(manifest.css),
                still_css: path(manifest.still_css),
            },
        })
    }

    pub(super) fn document(&self) -> Document {
        self.document.clone()
    }
}

/// A file by its address, in brotli where the browser takes it and it is there.
pub(super) async fn file(State(_): State<Site>, uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/');
    let takes_brotli = accepts_brotli(&headers);
    let packed = takes_brotli.then(|| Embedded::get(&format!("{name}.br"))).flatten();
    let encoded = packed.is_some();
    let Some(file) = packed.or_else(|| Embedded::get(name)) else {
        let mut response = (StatusCode::NOT_FOUND, "there is no such file\n").into_response();
        security::put_common(response.headers_mut());
        return response;
    };
    let bytes = match file.data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    };
    let mut response = Response::new(Body::from(bytes));
    let out = response.headers_mut();
    security::put_common(out);
    out.insert(header::CONTENT_TYPE, content_type(name));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let forever = name.starts_with("pkg/");
    out.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if forever {
            "public, max-age=31536000, immutable"
        } else {
            "public, max-age=3600"
        }),
    );
    if encoded {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

pub(super) fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(
        |value| {
            value.split(',').any(|it| {
                it.trim().split(';').next() == Some("br")
                    && !it.contains("q=0,")
                    && !it.trim().ends_with("q=0")
            })
        },
    )
}

fn content_type(name: &str) -> HeaderValue {
    let ending = name.rsplit('.').next().unwrap_or("");
    HeaderValue::from_static(match ending {
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "json" => "application/json",
        _ => "application/octet-stream",
    })
}
