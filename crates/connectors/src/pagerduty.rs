//! PagerDuty: who is on duty, and calling them.
//!
//! **Reads** who is on call by an app's escalation policy (`on call`, `on call level`, `on call until`). **Tells**
//! the policy, by an event, that a guard fell, that an action failed, or that nobody knows whether it happened; the
//! event is resolved when that is over.
//!
//! **Calls**: one each quarter of an hour over all apps (`GET /oncalls`, more if it has pages); for each state
//! that calls somebody one look for an incident of that key, one event, and one more when it is over.
//!
//! **Token**: a read-only REST key; to call, the integration key of an *Events API v2* integration for each app.
//! **Limits**: 960 REST calls a minute; it asks to slow down with 429.
//!
//! **Oddities**: the lowest level may be empty; the lowest that has somebody counts. Where start and end are null
//! somebody is on call always. A page says whether more follow, and never how many there are.

mod translate;
mod wire;

use crate::http::{Auth, Body, Http, Options, SendError};
use crate::paging::Cursors;
use crate::secret::{Secret, SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Listing, Observation, ObservationKind};
use conductor::{AppId, Moment, SourceId, Span};
use ports::{
    Answer, Ask, Notice, NoticeKey, NoticeKind, Notifies, NotifyError, Probe, SourceError,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::Mutex;

/// PagerDuty: who is on duty, and calls to them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the REST API; `https://api.eu.pagerduty.com` in Europe. Default: `https://api.pagerduty.com`.
    #[serde(default = "api")]
    base_url: String,
    /// Where events go; `https://events.eu.pagerduty.com` in Europe. Default: `https://events.pagerduty.com`.
    #[serde(default = "events")]
    events_url: String,
    /// Where the REST key lies; read-only suffices.
    token: SecretFrom,
    /// Where people open this Signalbox: incidents link there.
    signalbox_url: Option<String>,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// The apps, by their names in these settings.
    apps: BTreeMap<AppId, AppSettings>,
}

/// One app in PagerDuty.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The id of the escalation policy that answers for its releases, such as `PT20YPA`.
    policy: String,
    /// Where the integration key of its service lies (Events API v2); without it nobody is called.
    integration_key: Option<SecretFrom>,
    /// The id of that service: with it, what was called before a restart is found again and resolved.
    service: Option<String>,
    /// Which notices call somebody, of `guard`, `failed`, `uncertain`, `rejected`, `paused`. Default: the first three.
    #[serde(default = "urgent")]
    kinds: BTreeSet<NoticeKind>,
}

fn api() -> String {
    "https://api.pagerduty.com".to_owned()
}
fn events() -> String {
    "https://events.pagerduty.com".to_owned()
}
fn urgent() -> BTreeSet<NoticeKind> {
    [NoticeKind::Guard, NoticeKind::Failed, NoticeKind::Uncertain].into()
}

/// The most pages that are read of a list, 100 items each.
const PAGES: usize = 20;

pub(crate) fn open(
    id: SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    let token = settings.token.take_for(&id, "token", secrets)?;
    let mut apps = BTreeMap::new();
    for (app, it) in settings.apps {
        let wrong = |key: &str, words: String| {
            Err(SettingsError::new(&id, format!("apps.{app}.{key}"), words))
        };
        if it.policy.is_empty() || !it.policy.chars().all(|c| c.is_ascii_alphanumeric()) {
            return wrong("policy", format!("`{}` is no id; write one such as PT20YPA", it.policy));
        }
        if it.kinds.contains(&NoticeKind::Moved) || it.kinds.contains(&NoticeKind::Waits) {
            return wrong(
                "kinds",
                "nobody is called for `moved` or `waits`; tell them in Slack".into(),
            );
        }
        let key = match &it.integration_key {
            Some(from) => {
                Some(from.take_for(&id, &format!("apps.{app}.integration_key"), secrets)?)
            }
            None => None,
        };
        apps.insert(app, Place { policy: it.policy, key, service: it.service, kinds: it.kinds });
    }
    let auth = Auth::Plain("Token token=", token);
    let mut options = Options::new(id.clone(), &settings.base_url, auth);
    options.token_from = settings.token.to_string();
    options.advice = "give it a read-only REST key, and see that the policy's id is right";
    options.timeout = settings.timeout_ms.into();
    options.headers = vec![
        ("accept", "application/vnd.pagerduty+json;version=2".to_owned()),
        ("content-type", "application/json".to_owned()),
    ];
    let mut sending = Options::new(id.clone(), &settings.events_url, Auth::None);
    sending.timeout = settings.timeout_ms.into();
    let events =
        Http::new(sending).map_err(|error| SettingsError { key: "events_url".into(), ..error })?;
    let calls = apps.values().any(|it: &Place| it.key.is_some());
    let pagerduty = PagerDuty {
        http: Http::new(options)?,
        events,
        id,
        url: settings.signalbox_url.map(|it| it.trim_end_matches('/').to_owned()),
        apps,
        called: Mutex::default(),
    };
    Ok(if calls { Opened::telling(pagerduty) } else { Opened::reading(pagerduty) })
}

/// The source and place.
struct PagerDuty {
    id: SourceId,
    http: Http,
    events: Http,
    url: Option<String>,
    apps: BTreeMap<AppId, Place>,
    /// What somebody was called for and is not over.
    called: Mutex<BTreeSet<NoticeKey>>,
}

/// One app.
struct Place {
    policy: String,
    key: Option<Secret>,
    service: Option<String>,
    kinds: BTreeSet<NoticeKind>,
}

#[async_trait]
impl Connector for PagerDuty {
    const KIND: &'static str = "pagerduty";
    const TITLE: &'static str = "PagerDuty";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http, &self.events]
    }
    fn owes(&self) -> Owed {
        self.apps.keys().map(|app| (app.clone(), None, ObservationKind::Named)).collect()
    }
    fn cadence(&self) -> Span {
        Span::minutes(15)
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let seen = self.on_calls().await;
        let mut gathered = Gathered::default();
        for app in apps.iter().copied() {
            let Some(place) = self.apps.get(app) else { continue };
            match &seen {
                Ok(all) => {
                    let list = Listing::whole(translate::on_duty(all, &place.policy, ask.now));
                    let link = translate::link(all, &place.policy);
                    gathered.see(app, Observation::Named { platform: None, list }, ask.now, link);
                }
                Err(error) => {
                    gathered.fault(app, None, ObservationKind::Named, error.clone());
                }
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        match self.on_calls().await {
            Ok(all) => {
                for (app, place) in &self.apps {
                    let named = translate::on_duty(&all, &place.policy, now);
                    let who = named.first().map_or("", |it| it.value.as_str());
                    let calls = if place.key.is_some() { "is called" } else { "is not called" };
                    if who == translate::NOBODY {
                        probe.wrong.push(format!(
                            "{app}: nobody is on call by the policy {}; put somebody on it, or correct its id",
                            place.policy
                        ));
                    } else {
                        probe.good.push(format!(
                            "{app}: on call is {who}, who {calls} when a guard falls"
                        ));
                    }
                }
            }
            Err(error) => probe.wrong.push(error.to_string()),
        }
    }
}

impl PagerDuty {
    /// Who is on call now by any of our policies. Fails if any page does: a part could lack the lowest level.
    async fn on_calls(&self) -> Result<Vec<wire::OnCall>, SourceError> {
        let policies: BTreeSet<&str> = self.apps.values().map(|it| it.policy.as_str()).collect();
        let mut query: Vec<(&str, &str)> =
            policies.into_iter().map(|it| ("escalation_policy_ids[]", it)).collect();
        query.push(("include[]", "users"));
        self.all("who is on call", "/oncalls", &query, |page: wire::OnCalls| {
            (page.oncalls, page.more)
        })
        .await
    }

    /// All pages of a list.
    async fn all<T: serde::de::DeserializeOwned, I>(
        &self,
        what: &str,
        path: &str,
        query: &[(&str, &str)],
        of: impl Fn(T) -> (Vec<I>, bool),
    ) -> Result<Vec<I>, SourceError> {
        let (mut all, mut cursors) = (Vec::new(), Cursors::default());
        loop {
            let offset = all.len().to_string();
            let mut query = query.to_vec();
            query.extend([("limit", "100"), ("offset", offset.as_str())]);
            let (items, more) = of(self.http.get::<T>(what, path, &query).await?.value);
            let nothing = items.is_empty();
            all.extend(items);
            if !more {
                return Ok(all);
            }
            // An empty page that says more would go round for ever: the offset stays, and is seen twice.
            let next = if nothing { offset } else { all.len().to_string() };
            cursors.step(&next, PAGES).map_err(|why| self.http.unreadable(what, &why))?;
        }
    }

    /// Whether there is an incident of this key already, open or not: who was called once is not called again
    /// for the same.
    async fn was_called(&self, key: &NoticeKey) -> Result<bool, SourceError> {
        let key = key.to_string();
        let query = [("incident_key", key.as_str()), ("date_range", "all"), ("limit", "1")];
        let got: wire::Incidents = self.http.get("an incident", "/incidents", &query).await?.value;
        Ok(got.incidents.iter().any(|it| it.incident_key.as_deref() == Some(&*key)))
    }

    async fn send(&self, place: &Place, body: &mut Value) -> Result<(), NotifyError> {
        let Some(key) = &place.key else { return Ok(()) };
        if let Some(fields) = body.as_object_mut() {
            fields.insert("routing_key".to_owned(), key.expose().into());
        }
        let sent = self.events.send(Method::POST, "/v2/enqueue", &[], Body::Json(body)).await;
        let words = match sent {
            // That it was queued is told by the status; the body adds nothing.
            Ok(sent) => match sent.read::<wire::Queued>() {
                Ok(it) if it.status == "success" => return Ok(()),
                Ok(_) => "it did not queue the event".to_owned(),
                Err(_) => "its answer cannot be read".to_owned(),
            },
            Err(SendError::Refused { words, .. }) => {
                format!("{words}; see that the integration key is one of Events API v2")
            }
            Err(SendError::TooFast { again, .. }) => {
                format!("it asks us to slow down, again {again}")
            }
            Err(SendError::NotSent { words, .. }) => words,
            Err(SendError::NoAnswer { cause, .. }) => format!("no answer ({cause})"),
        };
        Err(NotifyError { id: self.id.clone(), words: key.strike(words) })
    }
}

#[async_trait]
impl Notifies for PagerDuty {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn apps(&self) -> BTreeSet<AppId> {
        self.apps.keys().cloned().collect()
    }
    fn wants(&self, app: &AppId, kind: NoticeKind) -> bool {
        self.apps.get(app).is_some_and(|it| it.key.is_some() && it.kinds.contains(&kind))
    }
    fn gives_up_after(&self) -> Span {
        Span::seconds(50)
    }
    async fn tell(&self, notice: &Notice, now: Moment) -> Result<(), NotifyError> {
        self.set_now(now);
        let Some(place) = self.apps.get(&notice.key.track.app) else { return Ok(()) };
        let mut called = self.called.lock().await;
        if called.contains(&notice.key) {
            return Ok(()); // Other words for the same call nobody again.
        }
        // If that cannot be asked, somebody is called: once too often is better than not at all.
        if !self.was_called(&notice.key).await.unwrap_or(false) {
            self.send(place, &mut translate::trigger(notice, self.url.as_deref())).await?;
        }
        called.insert(notice.key.clone());
        Ok(())
    }
    async fn over(&self, key: &NoticeKey, now: Moment) -> Result<(), NotifyError> {
        self.set_now(now);
        let Some(place) = self.apps.get(&key.track.app) else { return Ok(()) };
        let mut body = json!({ "event_action": "resolve", "dedup_key": key.to_string() });
        self.send(place, &mut body).await?;
        self.called.lock().await.remove(key);
        Ok(())
    }
    async fn standing(&self, now: Moment) -> Result<BTreeSet<NoticeKey>, NotifyError> {
        self.set_now(now);
        let services: BTreeSet<&str> =
            self.apps.values().filter_map(|it| it.service.as_deref()).collect();
        if services.is_empty() {
            return Ok(self.called.lock().await.clone());
        }
        let mut query: Vec<(&str, &str)> =
            services.into_iter().map(|it| ("service_ids[]", it)).collect();
        query.extend([("statuses[]", "triggered"), ("statuses[]", "acknowledged")]);
        query.push(("date_range", "all"));
        let open = self
            .all("open incidents", "/incidents", &query, |page: wire::Incidents| {
                (page.incidents, page.more)
            })
            .await
            .map_err(|error| NotifyError { id: self.id.clone(), words: error.to_string() })?;
        let keys = open.iter().filter_map(|it| NoticeKey::parse(it.incident_key.as_deref()?));
        let keys: BTreeSet<NoticeKey> =
            keys.filter(|it| self.apps.contains_key(&it.track.app)).collect();
        self.called.lock().await.extend(keys.iter().cloned());
        Ok(keys)
    }
}

#[cfg(test)]
pub(crate) mod tests;
