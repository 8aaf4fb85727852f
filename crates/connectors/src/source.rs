//! What all sources do alike, whatever the vendor: their names, their figures, the time that they are told, and
//! which of the apps that are asked for are theirs. A connector is what is left: what it owes, how it looks, how
//! `check` tries it.

use crate::http::{Auth, Http, Options};
use crate::secret::{SecretFrom, Secrets};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use conductor::observation::{Observation, ObservationKind, Observed};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use ports::{Acts, Answer, Ask, Meter, Notifies, Probe, Reads, SourceError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What an app, one of its platforms, and the whole app owe: a list of slots.
pub(crate) type Owed = Vec<(AppId, Option<Platform>, ObservationKind)>;

/// What is a vendor's own in a source.
#[async_trait]
pub(crate) trait Connector: Send + Sync + 'static {
    /// The kind of source: `github`, `jira`.
    const KIND: &'static str;
    /// What a person calls it: `GitHub`.
    const TITLE: &'static str;

    /// Its clients; the first one has the source's name.
    fn clients(&self) -> Vec<&Http>;
    /// Tells its clients the time: before it reads, tries itself or acts.
    fn set_now(&self, now: Moment) {
        self.clients().into_iter().for_each(|it| it.set_now(now));
    }
    /// What it is there to tell, see [`Reads::owes`].
    fn owes(&self) -> Owed;
    /// See [`Reads::cadence`].
    fn cadence(&self) -> Span {
        Span::minutes(5)
    }
    /// See [`Reads::index_lag`].
    fn index_lag(&self) -> Span {
        Span::default()
    }
    /// Reads those of its own apps that are asked for: at least one, each once, in one order.
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer>;
    /// Tries itself for `signalbox check`; what was found goes into the probe.
    async fn try_out(&self, now: Moment, probe: &mut Probe);
}

/// A connector as the source that the engine knows.
pub(crate) struct Source<C> {
    id: SourceId,
    connector: Arc<C>,
}

impl<C: Connector> Source<C> {
    fn new(connector: Arc<C>) -> Self {
        let id = connector.clients().first().map(|it| it.id().clone());
        Self { id: id.unwrap_or_else(|| SourceId::new(C::KIND)), connector }
    }
}

impl Opened {
    /// A connector that only reads.
    pub(crate) fn reading<C: Connector>(connector: C) -> Self {
        let reads = Arc::new(Source::new(Arc::new(connector)));
        Self { reads, acts: None, tells: None, inbox: None }
    }
    /// A connector that acts, too; it does both with the same clients.
    pub(crate) fn acting<C: Connector + Acts>(connector: C) -> Self {
        let connector = Arc::new(connector);
        Self {
            reads: Arc::new(Source::new(Arc::clone(&connector))),
            acts: Some(connector as Arc<dyn Acts>),
            tells: None,
            inbox: None,
        }
    }
    /// A connector that tells people; it does both with the same clients.
    pub(crate) fn telling<C: Connector + Notifies>(connector: C) -> Self {
        let connector = Arc::new(connector);
        Self {
            reads: Arc::new(Source::new(Arc::clone(&connector))),
            acts: None,
            tells: Some(connector as Arc<dyn Notifies>),
            inbox: None,
        }
    }
}

#[async_trait]
impl<C: Connector> Reads for Source<C> {
    fn id(&self) -> &SourceId {
        &self.id
    }
    fn kind(&self) -> &'static str {
        C::KIND
    }
    fn title(&self) -> &'static str {
        C::TITLE
    }
    fn cadence(&self) -> Span {
        self.connector.cadence()
    }
    fn owes(&self) -> Owed {
        self.connector.owes()
    }
    fn index_lag(&self) -> Span {
        self.connector.index_lag()
    }
    async fn read(&self, ask: Ask<'_>) -> Vec<Answer> {
        self.connector.set_now(ask.now);
        let owed = self.connector.owes();
        let own: BTreeSet<&AppId> = owed.iter().map(|(app, _, _)| app).collect();
        // In one order, whoever asks: a look before an action has one app, and a tick has all.
        let asked: BTreeSet<&AppId> = ask.apps.iter().collect();
        let apps: Vec<&AppId> = asked.intersection(&own).copied().collect();
        if apps.is_empty() {
            return Vec::new();
        }
        self.connector.look(&apps, ask).await
    }
    async fn probe(&self, now: Moment) -> Probe {
        self.connector.set_now(now);
        let mut probe = Probe { good: Vec::new(), wrong: Vec::new() };
        self.connector.try_out(now, &mut probe).await;
        probe.wrong.dedup();
        probe
    }
    fn meter(&self) -> Meter {
        let meters = self.connector.clients().into_iter().map(Http::meter);
        meters.fold(Meter::default(), Meter::plus)
    }
}

/// What was seen and what failed, while it is gathered; by app.
#[derive(Default)]
pub(crate) struct Gathered(BTreeMap<AppId, (Vec<Observed>, Vec<Missed>)>);

/// What failed, and why.
type Missed = (Option<Platform>, ObservationKind, SourceError);

impl Gathered {
    /// Something was seen.
    pub(crate) fn see(
        &mut self,
        app: &AppId,
        what: Observation,
        observed_at: Moment,
        link: Option<String>,
    ) {
        let seen = Observed { app: app.clone(), what, observed_at, link };
        self.0.entry(app.clone()).or_default().0.push(seen);
    }
    /// Something is not known.
    pub(crate) fn fault(
        &mut self,
        app: &AppId,
        platform: Option<Platform>,
        kind: ObservationKind,
        error: SourceError,
    ) {
        self.0.entry(app.clone()).or_default().1.push((platform, kind, error));
    }
    /// One answer for each app that was gathered for.
    pub(crate) fn answers(self) -> Vec<Answer> {
        self.0.into_iter().map(|(app, (seen, faults))| Answer::of(&app, seen, faults)).collect()
    }
}

/// How long one call may take, in milliseconds. Default: 10000.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Within(u32);

impl Default for Within {
    fn default() -> Self {
        Self(10_000)
    }
}

impl From<Within> for Duration {
    fn from(within: Within) -> Self {
        Self::from_millis(u64::from(within.0))
    }
}

impl Options {
    /// A client with a token that settings name under `token`, sent as a bearer's.
    pub(crate) fn with_token(
        id: &SourceId,
        base_url: impl Into<String>,
        token: &SecretFrom,
        secrets: &dyn Secrets,
    ) -> Result<Self, SettingsError> {
        let secret = token.take_for(id, "token", secrets)?;
        let mut options = Self::new(id.clone(), base_url, Auth::Bearer(secret));
        options.token_from = token.to_string();
        Ok(options)
    }

    /// The same where it may need no token, or the password of a user.
    pub(crate) fn with_login(
        id: &SourceId,
        base_url: &str,
        user: Option<&str>,
        token: Option<&SecretFrom>,
        secrets: &dyn Secrets,
    ) -> Result<Self, SettingsError> {
        let mut options = match token {
            Some(token) => Self::with_token(id, base_url, token, secrets)?,
            None => Self::new(id.clone(), base_url, Auth::None),
        };
        match (user, options.auth) {
            (Some(user), Auth::Bearer(password)) => {
                options.auth = Auth::Basic(user.to_owned(), password);
            }
            (Some(_), _) => {
                let words = "a user needs a password; name it under `token`";
                return Err(SettingsError::new(id, "user", words));
            }
            (None, auth) => options.auth = auth,
        }
        Ok(options)
    }
}
