//! For tests: a small server on loopback that answers what it is told to, and remembers what it was asked.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub delay: Duration,
}

impl Reply {
    /// 200 with JSON.
    #[expect(clippy::needless_pass_by_value, reason = "tests hand over what they just made")]
    pub(crate) fn json(body: impl ToString) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status: 200, headers, body: body.to_string(), delay: Duration::ZERO }
    }
    /// Another status.
    pub(crate) fn status(status: u16) -> Self {
        Self { status, ..Self::json(r#"{"message":"no"}"#) }
    }
    #[expect(clippy::needless_pass_by_value, reason = "tests hand over what they just made")]
    pub(crate) fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }
    /// Later than any client waits.
    pub(crate) fn late() -> Self {
        Self { delay: Duration::from_secs(30), ..Self::json("{}") }
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `GET /repos/a/b?page=2`.
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// The server; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Stub {
    pub url: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    routes: Vec<(String, VecDeque<Reply>)>,
    calls: Vec<Call>,
}

impl Stub {
    /// A server that answers 404 to everything.
    pub(crate) async fn start() -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let listener =
            tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, inner }
    }

    /// Answers a request so: `on("GET /a/b", …)`, or `on("GET /a/b?page=2", …)` for those with this in their
    /// query. The newest rule that fits counts. Path and query are compared as they are sent.
    pub(crate) fn on(&self, line: &str, reply: Reply) -> &Self {
        self.each(line, [reply])
    }

    /// Answers one after the other; the last one stays.
    pub(crate) fn each(&self, line: &str, replies: impl IntoIterator<Item = Reply>) -> &Self {
        let replies = replies.into_iter().collect();
        self.inner.lock().expect("not poisoned").routes.push((line.to_owned(), replies));
        self
    }

    /// What came since this was asked last.
    pub(crate) fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.inner.lock().expect("not poisoned").calls)
    }

    /// The same, only the lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|it| it.line).collect()
    }
}

async fn answer(State(inner): State<Arc<Mutex<Inner>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default();
    let (path, query) = (head.uri.path(), head.uri.query().unwrap_or_default());
    let plain = format!("{} {path}", head.method);
    let line = if query.is_empty() { plain.clone() } else { format!("{plain}?{query}") };
    let fits = |rule: &str| match rule.split_once('?') {
        None => rule == plain,
        Some((start, want)) => {
            start == plain && want.split('&').all(|it| query.split('&').any(|has| has == it))
        }
    };
    let reply = {
        let mut inner = inner.lock().expect("not poisoned");
        let body = String::from_utf8_lossy(&body).into_owned();
        inner.calls.push(Call { line, headers: head.headers, body });
        let route = inner.routes.iter_mut().rev().find(|(rule, _)| fits(rule));
        match route {
            Some((_, replies)) if replies.len() > 1 => replies.pop_front(),
            Some((_, replies)) => replies.front().cloned(),
            None => None,
        }
    };
    let reply = reply.unwrap_or_else(|| Reply::status(404));
    tokio::time::sleep(reply.delay).await;
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    for (name, value) in reply.headers {
        let value = HeaderValue::from_str(&value).expect("a header");
        response.headers_mut().append(HeaderName::from_static(name), value);
    }
    response
}
