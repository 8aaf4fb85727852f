//! Anything that answers with JSON: values at JSON pointers.
//!
//! **Reads** what stands at a pointer of an answer, or in those items of a list that are asked for: readings, metrics,
//! compliance checks and flags by name. **Acts** on nothing.
//!
//! **Calls a tick**: one for each different path; with its ETag where the server gives one.
//!
//! **Token**: whatever it asks for: a bearer's token, a user with a password, or a header of its own. **Limits**:
//! its own; it may ask to slow down with 429.
//!
//! **Oddities**: a pointer that leads nowhere is an error, null is no value, and neither is zero. Items are found by
//! what they say, never by their position. Lists that go on on other pages are not followed. Without `at` a value
//! speaks of the moment when it was asked for.

mod translate;

use crate::http::{Auth, Http, Options};
use crate::named::{Gave, Tells, Told, Wanted, owed_by, wanted};
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::{AppId, Moment, Platform, SourceId};
use ports::{Answer, Ask, Probe, SourceError};
use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Anything that answers with JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address that paths count from.
    base_url: String,
    /// Where the token lies; if it asks for one.
    token: Option<SecretFrom>,
    /// The user whose password the token is.
    user: Option<String>,
    /// The header that the token is sent in, as it is. Default: `authorization`, as a bearer's.
    header: Option<String>,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// What is asked about an app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Values about the whole app.
    #[serde(default)]
    values: BTreeMap<String, Place>,
    /// Its platforms: `android`, `ios`, `desktop`, or another's name.
    #[serde(default)]
    platforms: BTreeMap<Platform, PlatformSettings>,
}

/// What is asked about one of its platforms.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    /// Values about this platform.
    values: BTreeMap<String, Place>,
}

/// Where a value stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// The path below `base_url`, with a query if it needs one: `/api/flags?app=music`.
    path: String,
    /// The list that is looked through, by its pointer; then all pointers count from its items.
    list: Option<String>,
    /// What must stand in an item of the list: `{ "/name" = "new-player" }`.
    #[serde(default, rename = "where")]
    only: BTreeMap<String, String>,
    /// Where the value stands: `/enabled`; by RFC 6901.
    pointer: String,
    /// As what it is told: `reading`, `metric`, `check` or `flag`. Default: `reading`.
    #[serde(default = "reading")]
    tells: Told,
    /// Where the version stands that it is about.
    version: Option<String>,
    /// Where the build's number stands.
    build: Option<String>,
    /// Where it stands how many cases it rests on.
    sample: Option<String>,
    /// Where the moment stands that it speaks of: RFC 3339, or seconds since 1970.
    at: Option<String>,
    /// Where a person sees it. Default: the address that was asked.
    link: Option<String>,
}

impl Tells for Place {
    fn tells(&self) -> Told {
        self.tells
    }
}

fn reading() -> Told {
    Told::Reading
}

/// Makes the source ready.
pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.as_ref();
    let user = settings.user.as_deref();
    let mut options = Options::with_login(id, &settings.base_url, user, token, secrets)?;
    if let Some(name) = settings.header {
        let wrong = |words: &str| SettingsError::new(id, "header", words);
        let header = name.parse().map_err(|_| wrong("this is no name of a header"))?;
        let Auth::Bearer(secret) = options.auth else {
            return Err(wrong("a header needs a `token` to send in it, and no `user`"));
        };
        options.auth = Auth::Header(header, secret);
    }
    options.advice = "see that the path is right, and that the settings of this source name the token that it asks for";
    options.timeout = settings.timeout_ms.into();
    let mut named = Vec::new();
    for (app, it) in settings.apps {
        named.extend(wanted(&app, None, it.values, |place| place));
        for (platform, it) in it.platforms {
            named.extend(wanted(&app, Some(&platform), it.values, |place| place));
        }
    }
    for it in &named {
        it.ask
            .check()
            .map_err(|(key, words)| SettingsError::new(id, format!("{}.{key}", it.key()), words))?;
    }
    let base = settings.base_url.trim_end_matches('/').to_owned();
    Ok(Opened::reading(HttpJson { http: Http::new(options)?, base, named }))
}

impl Place {
    fn check(&self) -> Result<(), (&'static str, String)> {
        if !self.path.starts_with('/') {
            return Err(("path", format!("`{}` does not start with /", self.path)));
        }
        let pointers = [
            ("pointer", Some(&self.pointer)),
            ("list", self.list.as_ref()),
            ("version", self.version.as_ref()),
            ("build", self.build.as_ref()),
            ("sample", self.sample.as_ref()),
            ("at", self.at.as_ref()),
        ];
        let all = pointers.into_iter().filter_map(|(key, it)| Some((key, it?)));
        for (key, pointer) in all.chain(self.only.keys().map(|it| ("where", it))) {
            if !pointer.is_empty() && !pointer.starts_with('/') {
                let words =
                    format!("`{pointer}` is no JSON pointer; write it as /features/enabled");
                return Err((key, words));
            }
        }
        if self.list.is_none() && !self.only.is_empty() {
            return Err((
                "where",
                "there is no `list` to look through; name its pointer".to_owned(),
            ));
        }
        Ok(())
    }
}

/// The source.
struct HttpJson {
    http: Http,
    /// Its address.
    base: String,
    named: Vec<Wanted<Place>>,
}

/// What each path answered.
type Answers<'a> = BTreeMap<&'a str, Result<Value, SourceError>>;

#[async_trait]
impl Connector for HttpJson {
    const KIND: &'static str = "http_json";
    const TITLE: &'static str = "HTTP/JSON";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        owed_by(&self.named)
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let answers = self.asked(|app| apps.contains(&app)).await;
        let mut gathered = Gathered::default();
        let named = self.named.iter().filter(|it| apps.contains(&&it.app));
        gathered.named(named.map(|it| (it, self.gave(it, &answers, ask.now))));
        gathered.answers()
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        let answers = self.asked(|_| true).await;
        for it in &self.named {
            let key = it.key();
            match self.gave(it, &answers, now) {
                Ok(gave) if gave.items.is_empty() => probe.wrong.push(format!(
                    "{key}: nothing in the answer of {} is what is asked for; correct `where`, or its pointers",
                    it.ask.path
                )),
                Ok(gave) => probe.good.push(format!("{key}: {} values", gave.items.len())),
                Err(error) => probe.wrong.push(format!("{key}: {error}")),
            }
        }
    }
}

impl HttpJson {
    /// Asks each path of these apps once, side by side.
    async fn asked(&self, counts: impl Fn(&AppId) -> bool) -> Answers<'_> {
        let paths: BTreeSet<&str> =
            self.named.iter().filter(|it| counts(&it.app)).map(|it| it.ask.path.as_str()).collect();
        let each = paths.into_iter().map(|path| async move { (path, self.ask(path).await) });
        futures::future::join_all(each).await.into_iter().collect()
    }

    async fn ask(&self, path: &str) -> Result<Value, SourceError> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        // Only to take the query apart.
        let query = Url::parse(&format!("http://query/?{query}")).map(|url| {
            url.query_pairs().map(|(a, b)| (a.into_owned(), b.into_owned())).collect::<Vec<_>>()
        });
        let query = query.unwrap_or_default();
        let query: Vec<(&str, &str)> =
            query.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        Ok(self.http.get(path, path, &query).await?.value)
    }

    fn gave(
        &self,
        wanted: &Wanted<Place>,
        answers: &Answers<'_>,
        now: Moment,
    ) -> Result<Gave, SourceError> {
        let place = &wanted.ask;
        let answer = match answers.get(place.path.as_str()) {
            Some(Ok(answer)) => answer,
            Some(Err(error)) => return Err(error.clone()),
            None => &Value::Null,
        };
        let items = translate::items(wanted, answer)
            .map_err(|why| self.http.unreadable(&place.path, &why))?;
        let observed_at = items.iter().filter_map(|it| it.at).min().unwrap_or(now);
        let link = place.link.clone().unwrap_or_else(|| format!("{}{}", self.base, place.path));
        Ok(Gave { items, observed_at, link: Some(link) })
    }
}

#[cfg(test)]
pub(crate) mod tests;
