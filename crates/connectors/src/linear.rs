//! Linear: the bugs that block.
//!
//! **Reads** the open issues of a team that block by their label or priority (bugs). **Acts** on nothing.
//!
//! **Calls a tick**: one for each app (GraphQL), more only if more than a hundred issues block. **Token**: a personal
//! API key, *Read* suffices. **Limits**: 1 500 requests an hour; it asks to slow down with 400 and the word RATELIMITED.
//!
//! **Oddities**: there are no versions: an issue rides on those that its labels name. Archived issues are left out.
//! An answer may hold data and errors at once: then it is no answer.

use crate::http::{Auth, Body, Http, Options};
use crate::jira::Versions;
use crate::paging::Cursors;
use crate::secret::{SecretFrom, Secrets};
use crate::source::{Connector, Gathered, Owed, Within};
use crate::{Opened, SettingsError};
use async_trait::async_trait;
use chrono::DateTime;
use conductor::observation::{Bug, Listing, Observation, ObservationKind};
use conductor::{AppId, Moment, Person, SourceId, Span};
use futures::future::join_all;
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Linear: blocking bugs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The address of the API. Default: `https://api.linear.app`.
    #[serde(default = "api")]
    base_url: String,
    /// Where the API key lies.
    token: SecretFrom,
    /// How long one call may take, in milliseconds. Default: 10000.
    #[serde(default)]
    timeout_ms: Within,
    /// Where each app's bugs are.
    apps: BTreeMap<AppId, AppSettings>,
}

/// Where an app's bugs are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// The team's key: `MUS`.
    team: String,
    /// Labels that make an issue block a release. Any of them suffices.
    #[serde(default)]
    blocking_labels: BTreeSet<String>,
    /// The priority from which an issue blocks, as Linear calls it: `urgent` or `high`.
    blocking_priority: Option<Priority>,
    /// How labels name the versions that an issue must be fixed in: one pattern for all platforms, or one for each.
    #[serde(default)]
    versions: Versions,
}

/// How urgent an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Priority {
    Urgent,
    High,
}

fn api() -> String {
    "https://api.linear.app".to_owned()
}

/// The most pages of an app's bugs, a hundred each.
const PAGES: usize = 20;

const QUESTION: &str = "query Blocking($filter: IssueFilter!, $after: String) {
  organization { urlKey }
  issues(filter: $filter, first: 100, after: $after) {
    nodes { identifier title url priorityLabel createdAt assignee { name } labels(first: 50) { nodes { name } } }
    pageInfo { hasNextPage endCursor }
  }
}";

pub(crate) fn open(
    id: &SourceId,
    settings: Settings,
    secrets: &dyn Secrets,
) -> Result<Opened, SettingsError> {
    for (app, it) in &settings.apps {
        if it.blocking_labels.is_empty() && it.blocking_priority.is_none() {
            let words =
                "nothing says what blocks; give blocking_labels, blocking_priority, or both";
            return Err(SettingsError::new(id, format!("apps.{app}.blocking_labels"), words));
        }
        if it.team.is_empty() {
            let words = "is empty; write the key that stands before the numbers of issues";
            return Err(SettingsError::new(id, format!("apps.{app}.team"), words));
        }
    }
    let token = settings.token.take_for(id, "token", secrets)?;
    let mut options = Options::new(id.clone(), &settings.base_url, Auth::Plain("", token));
    options.token_from = settings.token.to_string();
    options.advice = "give it an API key that may read the team's issues";
    options.timeout = settings.timeout_ms.into();
    Ok(Opened::reading(Linear { http: Http::new(options)?, apps: settings.apps }))
}

/// The source.
struct Linear {
    http: Http,
    apps: BTreeMap<AppId, AppSettings>,
}

/// What was read of an app's bugs.
struct Found {
    issues: Vec<wire::Issue>,
    workspace: String,
    complete: bool,
}

#[async_trait]
impl Connector for Linear {
    const KIND: &'static str = "linear";
    const TITLE: &'static str = "Linear";

    fn clients(&self) -> Vec<&Http> {
        vec![&self.http]
    }
    fn owes(&self) -> Owed {
        self.apps.keys().map(|app| (app.clone(), None, ObservationKind::Bugs)).collect()
    }
    /// A filter reads the issues themselves, which may lag behind by replication alone.
    fn index_lag(&self) -> Span {
        Span::seconds(30)
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let settings = apps.iter().filter_map(|app| Some((*app, self.apps.get(*app)?)));
        let found = settings.map(|(app, it)| async move { (app, it, self.blocking(it).await) });
        let mut gathered = Gathered::default();
        for (app, settings, found) in join_all(found).await {
            match found {
                Ok(found) => {
                    let items = found.issues.iter().map(|it| bug(it, &settings.versions)).collect();
                    let list = Listing { items, complete: found.complete };
                    let link = format!(
                        "https://linear.app/{}/team/{}/active",
                        crate::http::segment(&found.workspace),
                        crate::http::segment(&settings.team)
                    );
                    gathered.see(app, Observation::Bugs { list }, ask.now, Some(link));
                }
                Err(error) => gathered.fault(app, None, ObservationKind::Bugs, error),
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, _: Moment, probe: &mut Probe) {
        for (app, it) in &self.apps {
            match self.team(&it.team).await {
                Ok(None) => probe.wrong.push(format!(
                    "apps.{app}.team: the key may see no team {}; correct it, or give it a key that may",
                    it.team
                )),
                Ok(Some(name)) => match self.blocking(it).await {
                    Ok(found) => probe.good.push(format!(
                        "{app}: the team {name} can be read; {} open issues block",
                        found.issues.len()
                    )),
                    Err(error) => probe.wrong.push(format!("{app}: {error}")),
                },
                Err(error) => probe.wrong.push(format!("{app}: {error}")),
            }
        }
    }
}

impl Linear {
    /// The open issues that block an app.
    async fn blocking(&self, app: &AppSettings) -> Result<Found, SourceError> {
        let what = format!("the blocking issues of {}", app.team);
        let filter = filter(app);
        let (mut issues, mut after, mut cursors) = (Vec::new(), None::<String>, Cursors::default());
        loop {
            let body =
                json!({ "query": QUESTION, "variables": { "filter": filter, "after": after } });
            let (data, workspace) = match self.ask::<wire::Blocking>(&what, &body).await {
                Ok(data) => (data.issues, data.organization.url_key),
                Err(error) if after.is_none() => return Err(error),
                Err(_) => return Ok(Found { issues, workspace: String::new(), complete: false }),
            };
            issues.extend(data.nodes);
            let next = data.page_info.end_cursor.filter(|_| data.page_info.has_next_page);
            let Some(next) = next else {
                // That more follows without a place to go on from is a list that was cut.
                let complete = !data.page_info.has_next_page;
                return Ok(Found { issues, workspace, complete });
            };
            if cursors.step(&next, PAGES).is_err() {
                return Ok(Found { issues, workspace, complete: false });
            }
            after = Some(next);
        }
    }

    /// A team's name by its key; `None` if there is none that we may see.
    async fn team(&self, key: &str) -> Result<Option<String>, SourceError> {
        let query =
            "query Team($key: String!) { teams(filter: { key: { eq: $key } }) { nodes { name } } }";
        let body = json!({ "query": query, "variables": { "key": key } });
        let found: wire::Teams = self.ask(&format!("the team {key}"), &body).await?;
        Ok(found.teams.nodes.into_iter().next().map(|it| it.name))
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        body: &Value,
    ) -> Result<T, SourceError> {
        let answer: wire::Answer<T> =
            self.http.ask(what, "/graphql", Body::Json(body)).await?.value;
        match (answer.data, answer.errors.first()) {
            (Some(data), None) => Ok(data),
            (_, error) => {
                let code = error.and_then(|it| it.extensions.as_ref()?.code.as_deref());
                let code: String = code
                    .unwrap_or("no reason")
                    .chars()
                    .filter(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | ' '))
                    .take(40)
                    .collect();
                Err(self.http.unreadable(what, &format!("it was not answered: {code}")))
            }
        }
    }
}

/// What blocks an app, as Linear is asked.
fn filter(app: &AppSettings) -> Value {
    let mut blocks = Vec::new();
    if !app.blocking_labels.is_empty() {
        blocks.push(json!({ "labels": { "some": { "name": { "in": app.blocking_labels } } } }));
    }
    // 0 is no priority, 1 urgent, 2 high.
    match app.blocking_priority {
        Some(Priority::Urgent) => blocks.push(json!({ "priority": { "eq": 1 } })),
        Some(Priority::High) => blocks.push(json!({ "priority": { "in": [1, 2] } })),
        None => {}
    }
    json!({
        "team": { "key": { "eq": app.team } },
        "state": { "type": { "nin": ["completed", "canceled", "duplicate"] } },
        "or": blocks,
    })
}

fn bug(issue: &wire::Issue, versions: &Versions) -> Bug {
    let created_at = issue.created_at.as_deref().and_then(|text| {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Moment::from_millis(at.timestamp_millis()))
    });
    let mut rides: Vec<_> =
        issue.labels.nodes.iter().flat_map(|label| versions.rides(&label.name)).collect();
    rides.sort();
    rides.dedup();
    Bug {
        key: issue.identifier.clone(),
        title: issue.title.clone(),
        rides,
        priority: issue.priority_label.clone().filter(|it| it != "No priority"),
        blocking: true,
        open: true,
        assignee: issue.assignee.as_ref().map(|it| Person::new(&it.name)),
        created_at,
        link: issue.url.clone(),
    }
}

mod wire {
    //! Linear's own words.

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct Answer<T> {
        pub(super) data: Option<T>,
        #[serde(default)]
        pub(super) errors: Vec<Error>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Error {
        pub(super) extensions: Option<Extensions>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Extensions {
        pub(super) code: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Blocking {
        pub(super) organization: Organization,
        pub(super) issues: Issues,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Organization {
        pub(super) url_key: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Issues {
        pub(super) nodes: Vec<Issue>,
        pub(super) page_info: PageInfo,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct PageInfo {
        pub(super) has_next_page: bool,
        pub(super) end_cursor: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Issue {
        pub(super) identifier: String,
        pub(super) title: String,
        pub(super) url: Option<String>,
        pub(super) priority_label: Option<String>,
        pub(super) created_at: Option<String>,
        pub(super) assignee: Option<Named>,
        pub(super) labels: Nodes,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Nodes {
        pub(super) nodes: Vec<Named>,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Named {
        pub(super) name: String,
    }

    #[derive(Debug, Deserialize)]
    pub(super) struct Teams {
        pub(super) teams: Nodes,
    }
}

#[cfg(test)]
pub(crate) mod tests;
