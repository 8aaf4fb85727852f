//! The one HTTP client that all connectors share: one [`Http`] for each source and host. It knows
//! time-outs, repeats, waits, sizes, redirects, conditional requests and how to name what broke. It knows
//! no vendor. No error, log line or `Debug` of it holds a secret or the body of an answer.

mod answer;
mod fault;
mod path;
mod verdict;

pub(crate) use answer::{Got, SendError, Sent};
pub(crate) use path::{segment, segments};

use crate::SettingsError;
use crate::breaker::Breaker;
use crate::secret::Secret;
use async_trait::async_trait;
use conductor::{Moment, SourceId, Span};
use ports::{Meter, SourceError};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use verdict::{Verdict, judge};

/// How often a request that only reads is repeated.
const REPEATS: u32 = 2;
/// The longest wait between repeats that a source may ask for; beyond it the read fails as `TooFast`.
const PATIENCE: Duration = Duration::from_secs(3);
/// The largest answer that is read, in bytes: hundreds of check runs with their output fit in.
const LARGEST: usize = 16 * 1024 * 1024;
/// The most that is kept of answers with an ETag, in bytes.
const KEPT: usize = 8 * 1024 * 1024;
/// The most redirects that are followed, all on the same host.
const REDIRECTS: u32 = 3;

/// How a source is called.
pub(crate) struct Options {
    /// The source, for messages.
    pub id: SourceId,
    /// Where it lives; only that scheme, host and port are ever called. May have a path.
    pub base_url: String,
    /// How we say who we are.
    pub auth: Auth,
    /// Where the secret comes from, for messages: a variable or a file.
    pub token_from: String,
    /// What a person does when the token is refused: `give it the scope repo:read`.
    pub advice: &'static str,
    /// Sent with each request.
    pub headers: Vec<(&'static str, String)>,
    /// How long one request may take.
    pub timeout: Duration,
    /// How many requests run at once.
    pub in_flight: usize,
    /// The first wait before a repeat; doubled for the second. Tests make it short.
    pub backoff: Duration,
}

impl Options {
    /// The usual: JSON, 10 s, 8 at once.
    pub(crate) fn new(id: SourceId, base_url: impl Into<String>, auth: Auth) -> Self {
        Self {
            id,
            base_url: base_url.into(),
            auth,
            token_from: "its settings".to_owned(),
            advice: "renew it",
            headers: vec![("accept", "application/json".to_owned())],
            timeout: Duration::from_secs(10),
            in_flight: 8,
            backoff: Duration::from_millis(250),
        }
    }
}

/// How we say who we are.
#[derive(Clone)]
pub(crate) enum Auth {
    /// Not at all, or in the body.
    None,
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// `Authorization: Basic …`.
    Basic(String, Secret),
    /// A header of its own, with the secret as it is.
    Header(HeaderName, Secret),
    /// `Authorization:` with this before the secret: `Token token=`, or nothing.
    Plain(&'static str, Secret),
    /// A bearer token that is made, and made anew.
    Minted(Arc<dyn Mint>),
}

/// Makes bearer tokens that last for a while, and keeps the last.
#[async_trait]
pub(crate) trait Mint: Send + Sync {
    /// The token to use now.
    async fn token(&self) -> Result<Secret, SourceError>;
    /// The last one was refused: the next call makes another.
    fn spoil(&self);
}

/// What is sent along.
pub(crate) enum Body<'a> {
    /// Nothing.
    None,
    /// JSON.
    Json(&'a serde_json::Value),
    /// A form.
    Form(&'a [(&'a str, &'a str)]),
}

/// The client of one source at one host.
pub(crate) struct Http {
    options: Options,
    base: Url,
    client: Client,
    slots: Semaphore,
    breaker: Breaker,
    clock: Mutex<(Moment, Instant)>,
    kept: Mutex<BTreeMap<String, Kept>>,
    meter: Counters,
}

#[derive(Default)]
struct Counters {
    calls: AtomicU64,
    bytes: AtomicU64,
    errors: AtomicU64,
    unchanged: AtomicU64,
}

/// An answer that may be asked for again with its ETag.
struct Kept {
    etag: HeaderValue,
    headers: HeaderMap,
    body: Arc<Vec<u8>>,
    used: Instant,
}

/// One answer as it came.
struct Raw {
    status: StatusCode,
    headers: HeaderMap,
    body: Arc<Vec<u8>>,
}

/// Why there is no answer at all.
enum Broken {
    /// Not in time.
    Late,
    /// Lost, refused, unknown host, too large.
    Lost(String),
    /// There is no token to ask with.
    NoToken(SourceError),
}

impl Http {
    /// Makes a client. Fails if the address is none.
    pub(crate) fn new(options: Options) -> Result<Self, SettingsError> {
        let bad = |why: &str| SettingsError::new(&options.id, "base_url", why);
        let base = Url::parse(options.base_url.trim_end_matches('/'))
            .map_err(|_| bad("this is no address; write https://host"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(bad("only http and https addresses can be called"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("an address must not hold a name or password"));
        }
        let mut headers = HeaderMap::new();
        for (name, value) in &options.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        let mut builder = Client::builder()
            .user_agent(concat!("signalbox/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .timeout(options.timeout)
            .redirect(reqwest::redirect::Policy::none());
        if is_loopback(&base) {
            builder = builder.no_proxy(); // A proxy's loopback is not ours.
        }
        let client = builder.build().map_err(|_| bad("no TLS client can be made"))?;
        Ok(Self {
            base,
            client,
            slots: Semaphore::new(options.in_flight.max(1)),
            breaker: Breaker::default(),
            clock: Mutex::new((Moment::default(), Instant::now())),
            kept: Mutex::default(),
            meter: Counters::default(),
            options,
        })
    }

    /// The source.
    pub(crate) fn id(&self) -> &SourceId {
        &self.options.id
    }

    /// Tells the time; each read, probe and act begins with it. Waits are counted on this clock.
    pub(crate) fn set_now(&self, now: Moment) {
        *self.clock.lock().unwrap_or_else(PoisonError::into_inner) = (now, Instant::now());
    }

    /// Calls, bytes and errors so far.
    pub(crate) fn meter(&self) -> Meter {
        Meter {
            calls: self.meter.calls.load(Ordering::Relaxed),
            bytes: self.meter.bytes.load(Ordering::Relaxed),
            errors: self.meter.errors.load(Ordering::Relaxed),
            unchanged: self.meter.unchanged.load(Ordering::Relaxed),
        }
    }

    /// Reads. `what` is for people: `the branches of acme/app`. Repeated when it may help.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Got<T>, SourceError> {
        let url = self.url(path, query);
        self.read(what, &Method::GET, url, &Body::None).await
    }

    /// Reads the page at an address that the source gave; refused if it is on another host.
    pub(crate) async fn next_page<T: DeserializeOwned>(
        &self,
        what: &str,
        address: &str,
    ) -> Result<Got<T>, SourceError> {
        match self.base.join(address).ok().and_then(|url| self.ours(url)) {
            Some(url) => self.read(what, &Method::GET, url, &Body::None).await,
            None => Err(self.unreadable(what, "its next page is on another host")),
        }
    }

    /// A POST that only reads, such as a search or a token: repeated like [`Http::get`].
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        path: &str,
        body: Body<'_>,
    ) -> Result<Got<T>, SourceError> {
        self.read(what, &Method::POST, self.url(path, &[]), &body).await
    }

    /// Does something, once. Never repeated.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<Sent, SendError> {
        let id = self.id();
        let done = self.once(&method, &self.url(path, query), &body).await;
        let failed = |error| {
            self.meter.errors.fetch_add(1, Ordering::Relaxed);
            Err(error)
        };
        let raw = match done {
            Ok(raw) => raw,
            Err(Broken::Late) => {
                return failed(SendError::NoAnswer { id: id.clone(), cause: self.late() });
            }
            Err(Broken::Lost(cause)) => {
                return failed(SendError::NoAnswer { id: id.clone(), cause });
            }
            Err(Broken::NoToken(error)) => {
                return failed(SendError::NotSent { id: id.clone(), words: error.to_string() });
            }
        };
        let status = raw.status.as_u16();
        if raw.status.is_success() {
            return Ok(Sent { id: id.clone(), body: raw.body.to_vec() });
        }
        if let Some(verdict::SlowDown(wait)) =
            verdict::slow_down(raw.status, &raw.headers, &raw.body)
        {
            let again = self.breaker.slow(self.now(), wait);
            return failed(SendError::TooFast { id: id.clone(), again });
        }
        if raw.status.is_server_error() || status == 408 {
            return failed(SendError::NoAnswer { id: id.clone(), cause: status.to_string() });
        }
        let (words, code) = verdict::words(&raw.body);
        let words = match &self.options.auth {
            Auth::Bearer(secret)
            | Auth::Basic(_, secret)
            | Auth::Header(_, secret)
            | Auth::Plain(_, secret) => secret.strike(words),
            Auth::None | Auth::Minted(_) => words,
        };
        failed(SendError::Refused { id: id.clone(), status, words, code })
    }

    fn now(&self) -> Moment {
        let (at, then) = *self.clock.lock().unwrap_or_else(PoisonError::into_inner);
        at + Span::millis(i64::try_from(then.elapsed().as_millis()).unwrap_or(0))
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// An address on our host; the two names of loopback are one host. `None` if it is on another.
    fn ours(&self, mut url: Url) -> Option<Url> {
        if is_loopback(&url) && is_loopback(&self.base) {
            url.set_host(self.base.host_str()).ok()?;
        }
        (url.origin() == self.base.origin()).then_some(url)
    }

    async fn read<T: DeserializeOwned>(
        &self,
        what: &str,
        method: &Method,
        url: Url,
        body: &Body<'_>,
    ) -> Result<Got<T>, SourceError> {
        let raw = self.fetch(what, method, url, body).await.inspect_err(|error| {
            self.meter.errors.fetch_add(1, Ordering::Relaxed);
            tracing::debug!(source = %self.options.id, what, %error, "not read");
        })?;
        let value = verdict::decode(&raw.body).map_err(|cause| self.unreadable(what, &cause))?;
        Ok(Got { value, headers: raw.headers })
    }

    async fn fetch(
        &self,
        what: &str,
        method: &Method,
        mut url: Url,
        body: &Body<'_>,
    ) -> Result<Raw, SourceError> {
        let id = self.id();
        self.breaker.admit(id, self.now())?;
        let (mut repeats, mut redirects, mut minted) = (0, 0, false);
        loop {
            let raw = match self.once(method, &url, body).await {
                Ok(raw) => raw,
                Err(Broken::NoToken(error)) => {
                    // Its own host said why; this one was not asked.
                    return Err(error);
                }
                Err(Broken::Late) => return Err(self.unreachable(self.late())),
                Err(Broken::Lost(cause)) if repeats >= REPEATS => {
                    return Err(self.unreachable(cause));
                }
                Err(Broken::Lost(_)) => {
                    tokio::time::sleep(self.backoff(repeats)).await;
                    repeats += 1;
                    continue;
                }
            };
            match judge(raw.status, &raw.headers, &raw.body) {
                Verdict::Fine => {
                    self.breaker.answered();
                    return Ok(raw);
                }
                Verdict::Elsewhere(address) => {
                    let next = url.join(&address).ok().and_then(|it| self.ours(it));
                    match next {
                        Some(next) if *method == Method::GET && redirects < REDIRECTS => {
                            redirects += 1;
                            url = next;
                        }
                        _ => {
                            self.breaker.answered();
                            return Err(self.forbidden(
                                what,
                                raw.status,
                                "it sends us to another address, which is not followed; correct the settings",
                            ));
                        }
                    }
                }
                Verdict::SlowDown(wait) => {
                    let short = wait.and_then(|it| u64::try_from(it.as_millis()).ok());
                    match short.map(Duration::from_millis) {
                        Some(wait) if wait <= PATIENCE && repeats < REPEATS => {
                            tokio::time::sleep(wait + self.backoff(0)).await;
                            repeats += 1;
                        }
                        _ => {
                            let again = self.breaker.slow(self.now(), wait);
                            return Err(SourceError::TooFast { id: id.clone(), again });
                        }
                    }
                }
                Verdict::Down(wait) => {
                    let wait = wait
                        .and_then(|it| u64::try_from(it.as_millis()).ok())
                        .map_or_else(|| self.backoff(repeats), Duration::from_millis);
                    if repeats >= REPEATS || wait > PATIENCE {
                        return Err(self.unreachable(raw.status.as_u16().to_string()));
                    }
                    tokio::time::sleep(wait).await;
                    repeats += 1;
                }
                Verdict::WhoAreYou => {
                    if let (Auth::Minted(mint), false) = (&self.options.auth, minted) {
                        mint.spoil();
                        minted = true;
                        continue;
                    }
                    let error = self.refused(raw.status.as_u16());
                    self.breaker.failed(self.now(), error.to_string());
                    return Err(error);
                }
                Verdict::No(advice) => {
                    self.breaker.answered();
                    let advice = advice.unwrap_or(self.options.advice);
                    return Err(self.forbidden(what, raw.status, advice));
                }
            }
        }
    }

    /// One request, one answer.
    async fn once(&self, method: &Method, url: &Url, body: &Body<'_>) -> Result<Raw, Broken> {
        let request = self.client.request(method.clone(), url.clone());
        let request = match body {
            Body::None => request,
            Body::Json(value) => request.json(value),
            Body::Form(fields) => request.form(fields),
        };
        let mut request = self.signed(request).await?;
        let key = url.as_str();
        let asks_again = *method == Method::GET;
        if asks_again && let Some(etag) = self.etag(key) {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let _slot = self.slots.acquire().await.map_err(|_| Broken::Lost("shut down".into()))?;
        self.meter.calls.fetch_add(1, Ordering::Relaxed);
        let mut response = request.send().await.map_err(|error| broken(&error))?;
        let (status, mut headers) = (response.status(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(&error))? {
            self.meter.bytes.fetch_add(chunk.len() as u64, Ordering::Relaxed);
            if bytes.len() + chunk.len() > LARGEST {
                return Err(Broken::Lost(format!("an answer of more than {} MB", LARGEST >> 20)));
            }
            bytes.extend_from_slice(&chunk);
        }
        let mut body = Arc::new(bytes);
        let mut status = status;
        if asks_again {
            if status == StatusCode::NOT_MODIFIED
                && let Some((kept, kept_headers)) = self.kept(key)
            {
                self.meter.unchanged.fetch_add(1, Ordering::Relaxed);
                (status, body) = (StatusCode::OK, kept);
                for (name, value) in &kept_headers {
                    headers.entry(name).or_insert_with(|| value.clone());
                }
            } else if status == StatusCode::OK
                && let Some(etag) = headers.get(ETAG)
            {
                self.keep(key, etag.clone(), &headers, &body);
            }
        }
        Ok(Raw { status, headers, body })
    }

    async fn signed(&self, request: RequestBuilder) -> Result<RequestBuilder, Broken> {
        Ok(match &self.options.auth {
            Auth::None => request,
            Auth::Bearer(secret) => authorized(request, "Bearer ", secret),
            Auth::Plain(before, secret) => authorized(request, before, secret),
            Auth::Header(name, secret) => secretly(request, name, secret.expose()),
            Auth::Basic(user, secret) => request.basic_auth(user, Some(secret.expose())),
            Auth::Minted(mint) => {
                let secret = mint.token().await.map_err(Broken::NoToken)?;
                authorized(request, "Bearer ", &secret)
            }
        })
    }

    fn etag(&self, key: &str) -> Option<HeaderValue> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let it = kept.get_mut(key)?;
        it.used = Instant::now();
        Some(it.etag.clone())
    }

    fn kept(&self, key: &str) -> Option<(Arc<Vec<u8>>, HeaderMap)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).map(|it| (Arc::clone(&it.body), it.headers.clone()))
    }

    fn keep(&self, key: &str, etag: HeaderValue, headers: &HeaderMap, body: &Arc<Vec<u8>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let it =
            Kept { etag, headers: headers.clone(), body: Arc::clone(body), used: Instant::now() };
        kept.insert(key.to_owned(), it);
        while kept.values().map(|it| it.body.len()).sum::<usize>() > KEPT {
            let Some(oldest) = kept.iter().min_by_key(|it| it.1.used).map(|it| it.0.clone()) else {
                break;
            };
            kept.remove(&oldest);
        }
    }

    /// A wait with jitter, so that many requests that failed together do not come back together.
    fn backoff(&self, repeats: u32) -> Duration {
        use std::hash::{BuildHasher, Hasher};
        let base = self.options.backoff * (1 << repeats.min(4));
        let random = std::hash::RandomState::new().build_hasher().finish() % 1_000;
        base + base.mul_f64(random as f64 / 1_000.0)
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("id", &self.options.id).finish_non_exhaustive()
    }
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

fn authorized(request: RequestBuilder, before: &str, secret: &Secret) -> RequestBuilder {
    secretly(request, &AUTHORIZATION, &format!("{before}{}", secret.expose()))
}

fn secretly(request: RequestBuilder, name: &HeaderName, value: &str) -> RequestBuilder {
    match HeaderValue::from_str(value) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.header(name, value)
        }
        Err(_) => request, // A token that fits in no header is refused by the vendor, which tells why.
    }
}

/// What broke, without the address: it may hold what nobody needs to read.
fn broken(error: &reqwest::Error) -> Broken {
    if error.is_timeout() {
        return Broken::Late;
    }
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let what = if error.is_connect() { "no connection" } else { "the connection broke" };
    // reqwest's own text names the address; those below it do not.
    let why = if root.is::<reqwest::Error>() { String::new() } else { format!(": {root}") };
    Broken::Lost(format!("{what}{why}"))
}

#[cfg(test)]
mod tests;
