//! Asking for many things at once, by GitHub's GraphQL: the branches of many repositories, the checks of many commits.
//! It spares calls and nothing else: what it does not tell, wholly and in words that are known, is left out of its
//! answers and is then asked by REST, one thing after the other. Servers without GraphQL are asked by REST only.

use super::{translate, wire};
use crate::http::{Body, Http};
use crate::paging::Cursors;
use conductor::observation::{Sha, Suite};
use conductor::{Moment, Span};
use futures::future::join_all;
use ports::SourceError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// So many repositories are asked about at once. A listing of branches costs a point for each hundred lists.
const REPOSITORIES: usize = 20;
/// So many commits: 40 × 100 contexts are far below the 500,000 nodes that a question may have.
const COMMITS: usize = 40;
/// At most 50 × 100 branches of a repository.
const PAGES: usize = 50;
/// A server that has no GraphQL is not asked for it again so soon.
const ABSENT: Span = Span::hours(6);

/// The branches whose names begin with a prefix.
pub(super) type Branches = BTreeMap<Listed, Vec<wire::Ref>>;

/// A repository, as `owner/name`, and a prefix of branch names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    pub(super) repository: String,
    pub(super) prefix: String,
}

/// A repository and one of its commits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tested {
    pub(super) repository: String,
    pub(super) commit: Sha,
}

/// The checks of commits, as far as they were told.
#[derive(Debug, Default)]
pub(super) struct Checks {
    /// The suites of a commit, ordered by name, and whether there were statuses among them.
    pub(super) told: BTreeMap<Tested, (Vec<Suite>, bool)>,
    /// Why nothing more may be asked for now: GitHub wants us to slow down.
    pub(super) wait: Option<SourceError>,
}

/// GraphQL of one server.
pub(super) struct Graphql {
    http: Http,
    absent_since: Mutex<Option<Moment>>,
}

/// Where GraphQL is, by where REST is.
pub(super) fn address(rest: &str) -> String {
    let rest = rest.trim_end_matches('/');
    match rest.strip_suffix("/api/v3") {
        Some(server) => format!("{server}/api/graphql"),
        None => format!("{rest}/graphql"),
    }
}

impl Graphql {
    pub(super) fn new(http: Http) -> Self {
        Self { http, absent_since: Mutex::default() }
    }

    /// The client that asks.
    pub(super) fn client(&self) -> &Http {
        &self.http
    }

    /// The branches under each prefix that ends a folder's name or goes on in it; those that lie in no folder are
    /// left out, since GraphQL would list all branches there are.
    pub(super) async fn branches(&self, wanted: Vec<Listed>, now: Moment) -> Branches {
        self.http.set_now(now);
        let wanted: Vec<Listed> =
            wanted.into_iter().filter(|it| !folder(&it.prefix).is_empty()).collect();
        let chunks = wanted.chunks(REPOSITORIES).map(|some| self.some_branches(some, now));
        join_all(chunks).await.into_iter().flatten().collect()
    }

    async fn some_branches(&self, wanted: &[Listed], now: Moment) -> Branches {
        let mut open: Vec<(&Listed, Vec<wire::Ref>, Option<String>, Cursors)> =
            wanted.iter().map(|it| (it, Vec::new(), None, Cursors::default())).collect();
        let mut told = Branches::new();
        while !open.is_empty() {
            let asked = open.iter().map(|(it, _, after, _)| (*it, after.as_deref()));
            let document = branches_document(asked);
            let Ok(Some(mut answer)) =
                self.ask::<ListOfRefs>("the branches of all repositories", &document, now).await
            else {
                return told;
            };
            let mut again = Vec::new();
            for (nth, (it, mut refs, _, mut cursors)) in open.into_iter().enumerate() {
                let page = answer.remove(&format!("r{nth}")).flatten().and_then(|it| it.refs);
                let Some(page) = page else { continue };
                let Some(rows) = refs_of(&page.nodes) else { continue };
                refs.extend(rows);
                match (page.page_info.has_next_page, page.page_info.end_cursor) {
                    (false, _) => {
                        let start = format!("refs/heads/{}", it.prefix);
                        refs.retain(|it| it.name.starts_with(&start));
                        told.insert(it.clone(), refs);
                    }
                    // A list that goes on and does not say where is not told.
                    (true, Some(next)) if cursors.step(&next, PAGES).is_ok() => {
                        again.push((it, refs, Some(next), cursors));
                    }
                    (true, _) => {}
                }
            }
            open = again;
        }
        told
    }

    /// The checks of commits; with `statuses` also the commit statuses.
    pub(super) async fn checks(&self, wanted: &[Tested], statuses: bool, now: Moment) -> Checks {
        self.http.set_now(now);
        let chunks = wanted.chunks(COMMITS).map(|some| async move {
            let document = checks_document(some);
            let what = "the checks of all heads";
            (some, self.ask::<BTreeMap<String, Option<Commit>>>(what, &document, now).await)
        });
        let mut checks = Checks::default();
        for (some, answer) in join_all(chunks).await {
            let mut answer = match answer {
                Ok(Some(answer)) => answer,
                Ok(None) => continue,
                Err(error) => {
                    checks.wait = Some(error);
                    continue;
                }
            };
            for (nth, it) in some.iter().enumerate() {
                let commit = answer.remove(&format!("c{nth}")).flatten();
                let commit = commit.and_then(|mut it| it.remove("object").flatten());
                if let Some(told) = commit.and_then(|commit| suites(it, commit, statuses)) {
                    checks.told.insert(it.clone(), told);
                }
            }
        }
        checks
    }

    /// Asks. `None`: it is to be asked otherwise. Fails only where GitHub wants us to slow down.
    async fn ask<T: DeserializeOwned>(
        &self,
        what: &str,
        document: &str,
        now: Moment,
    ) -> Result<Option<BTreeMap<String, Option<T>>>, SourceError> {
        let since = *self.absent_since.lock().unwrap_or_else(PoisonError::into_inner);
        if since.is_some_and(|at| at <= now && now - at < ABSENT) {
            return Ok(None);
        }
        let body = serde_json::json!({ "query": document });
        let answer = self.http.ask::<Answer<T>>(what, "", Body::Json(&body)).await;
        let why = match answer.map(|it| it.value) {
            Ok(Answer { data: Some(data), errors }) => {
                for error in errors {
                    tracing::debug!(source = %self.http.id(), what, kind = error.kind, "not told");
                }
                return Ok(Some(data));
            }
            Ok(Answer { errors, .. }) if errors.iter().any(Refusal::is_limit) => {
                let again = "with the next tick".to_owned();
                return Err(SourceError::TooFast { id: self.http.id().clone(), again });
            }
            Ok(_) => self.http.unreadable(what, "it has no data"),
            Err(error @ SourceError::TooFast { .. }) => return Err(error),
            Err(error @ SourceError::Forbidden { .. }) => {
                *self.absent_since.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                error
            }
            Err(error) => error,
        };
        tracing::debug!(source = %self.http.id(), what, error = %why, "asked by REST instead");
        Ok(None)
    }
}

/// The part of a prefix up to its last slash.
fn folder(prefix: &str) -> &str {
    prefix.rfind('/').and_then(|at| prefix.get(..=at)).unwrap_or_default()
}

/// A text as GraphQL writes it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn repository(full: &str) -> String {
    let (owner, name) = full.split_once('/').unwrap_or((full, ""));
    format!("repository(owner: {}, name: {})", quoted(owner), quoted(name))
}

fn branches_document<'a>(wanted: impl Iterator<Item = (&'a Listed, Option<&'a str>)>) -> String {
    let mut text = "query {\n".to_owned();
    for (nth, (it, after)) in wanted.enumerate() {
        let prefix = quoted(&format!("refs/heads/{}", folder(&it.prefix)));
        let after = after.map(|it| format!(", after: {}", quoted(it))).unwrap_or_default();
        let _ = writeln!(
            text,
            "r{nth}: {} {{ refs(refPrefix: {prefix}, first: 100{after}) {{ \
             nodes {{ prefix name target {{ oid }} }} pageInfo {{ hasNextPage endCursor }} }} }}",
            repository(&it.repository)
        );
    }
    text.push('}');
    text
}

fn checks_document(wanted: &[Tested]) -> String {
    let mut text = "fragment checks on Commit { oid statusCheckRollup { contexts(first: 100) { \
         pageInfo { hasNextPage } nodes { __typename \
         ... on CheckRun { databaseId name status conclusion startedAt url \
         checkSuite { databaseId app { databaseId } } } \
         ... on StatusContext { context state targetUrl } } } } }\nquery {\n"
        .to_owned();
    for (nth, it) in wanted.iter().enumerate() {
        let _ = writeln!(
            text,
            "c{nth}: {} {{ object(oid: {}) {{ ...checks }} }}",
            repository(&it.repository),
            quoted(it.commit.as_str())
        );
    }
    text.push('}');
    text
}

/// `None` if a row has no commit: then nobody knows what the branch is at.
fn refs_of(nodes: &[Option<RefNode>]) -> Option<Vec<wire::Ref>> {
    nodes
        .iter()
        .map(|node| {
            let node = node.as_ref()?;
            let object = wire::Object { sha: node.target.as_ref()?.oid.clone() };
            Some(wire::Ref { name: format!("{}{}", node.prefix, node.name), object })
        })
        .collect()
}

/// `None` if it is another commit, has more than a page, or has something on it that is not known here.
fn suites(asked: &Tested, commit: Commit, statuses: bool) -> Option<(Vec<Suite>, bool)> {
    if commit.oid != asked.commit.as_str() {
        return None;
    }
    let Some(rollup) = commit.status_check_rollup else { return Some((Vec::new(), false)) };
    if rollup.contexts.page_info.has_next_page {
        return None;
    }
    let (mut runs, mut contexts) = (Vec::new(), Vec::new());
    for node in rollup.contexts.nodes {
        match node? {
            Context::CheckRun(run) => runs.push(run.into_rest()),
            Context::StatusContext(status) if statuses => contexts.push(status.into_rest()),
            Context::StatusContext(_) => {}
            Context::Other => return None,
        }
    }
    let mut suites = translate::last_attempts(&runs);
    suites.extend(translate::contexts(&contexts));
    Some((translate::by_name(suites), !contexts.is_empty()))
}

#[derive(Debug, Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Answer<T> {
    data: Option<BTreeMap<String, Option<T>>>,
    #[serde(default)]
    errors: Vec<Refusal>,
}

#[derive(Debug, Deserialize)]
struct Refusal {
    /// `NOT_FOUND`, `RATE_LIMITED`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Refusal {
    fn is_limit(&self) -> bool {
        self.kind.as_deref() == Some("RATE_LIMITED")
    }
}

#[derive(Debug, Deserialize)]
struct ListOfRefs {
    refs: Option<Connection<RefNode>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection<N> {
    nodes: Vec<Option<N>>,
    page_info: PageInfo,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct RefNode {
    prefix: String,
    name: String,
    target: Option<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    oid: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Commit {
    oid: String,
    /// Null where there is nothing on the commit. That it is missing is another thing, and an error.
    #[serde(deserialize_with = "Option::deserialize")]
    status_check_rollup: Option<Rollup>,
}

#[derive(Debug, Deserialize)]
struct Rollup {
    contexts: Connection<Context>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "__typename")]
enum Context {
    CheckRun(CheckRun),
    StatusContext(StatusContext),
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckRun {
    database_id: Option<u64>,
    name: String,
    status: String,
    conclusion: Option<String>,
    started_at: Option<String>,
    url: Option<String>,
    check_suite: Option<CheckSuite>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckSuite {
    database_id: Option<u64>,
    app: Option<App>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct App {
    database_id: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusContext {
    context: String,
    state: String,
    target_url: Option<String>,
}

impl CheckRun {
    /// The same words, in capitals here and in small letters there.
    fn into_rest(self) -> wire::CheckRun {
        wire::CheckRun {
            id: self.database_id.unwrap_or_default(),
            name: self.name,
            status: self.status.to_lowercase(),
            conclusion: self.conclusion.map(|it| it.to_lowercase()),
            started_at: self.started_at,
            html_url: self.url,
            app: self
                .check_suite
                .as_ref()
                .and_then(|it| it.app.as_ref())
                .map(|it| wire::Id { id: it.database_id }),
            check_suite: self.check_suite.map(|it| wire::Id { id: it.database_id }),
        }
    }
}

impl StatusContext {
    fn into_rest(self) -> wire::Status {
        wire::Status {
            context: self.context,
            state: self.state.to_lowercase(),
            target_url: self.target_url,
        }
    }
}
