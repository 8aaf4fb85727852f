//! A vendor for tests: answers by a script and remembers what it was asked, in order.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::response::IntoResponse;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// One request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `POST /v1/things`.
    pub(crate) line: String,
    /// What stands after the question mark, still escaped.
    pub(crate) query: String,
    /// The body, if it was JSON.
    pub(crate) body: Value,
    /// The `Authorization` header.
    pub(crate) authorization: String,
}

/// What is answered: status, headers, body.
pub(crate) struct Reply(pub(crate) u16, pub(crate) Vec<(&'static str, String)>, pub(crate) String);

/// 200 with JSON.
pub(crate) fn ok(body: &Value) -> Reply {
    Reply(200, Vec::new(), body.to_string())
}

/// Another status with JSON.
pub(crate) fn status(status: u16, body: &Value) -> Reply {
    Reply(status, Vec::new(), body.to_string())
}

/// The vendor.
pub(crate) struct Script {
    /// Where it is.
    pub(crate) url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Script {
    /// Starts it on a free port of loopback.
    pub(crate) async fn start(answer: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let answer = Arc::new(answer);
        let respond = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let authorization = headers.get("authorization").and_then(|it| it.to_str().ok());
            let call = Call {
                line: format!("{method} {}", uri.path()),
                query: uri.query().unwrap_or_default().to_owned(),
                body: serde_json::from_slice(&body).unwrap_or_default(),
                authorization: authorization.unwrap_or_default().to_owned(),
            };
            seen.lock().unwrap().push(call.clone());
            let Reply(status, headers, body) = answer(&call);
            async move {
                let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
                for (name, value) in headers {
                    let value = HeaderValue::from_str(&value).unwrap();
                    response.headers_mut().append(HeaderName::from_static(name), value);
                }
                response
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new().fallback(respond);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    /// What was asked so far, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// The lines of what was asked that begin so.
    pub(crate) fn lines(&self, prefix: &str) -> Vec<String> {
        self.calls().into_iter().map(|it| it.line).filter(|it| it.starts_with(prefix)).collect()
    }

    /// Forgets what was asked.
    pub(crate) fn forget(&self) {
        self.calls.lock().unwrap().clear();
    }
}

/// Secrets for tests: any variable has the value that it is named by.
pub(crate) struct Given(pub(crate) String);

impl crate::Secrets for Given {
    fn env(&self, _: &str) -> Option<String> {
        Some(self.0.clone())
    }
    fn file(&self, _: &std::path::Path) -> Result<String, String> {
        Ok(self.0.clone())
    }
}
