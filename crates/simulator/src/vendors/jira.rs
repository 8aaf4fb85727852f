//! Jira Cloud, REST 3: search by JQL, versions, who am I, the server.
//!
//! `GET|POST /rest/api/3/search/jql` · `POST /rest/api/3/search/approximate-count` · `GET /rest/api/3/issue/{key}` ·
//! `/project` · `/project/{key}` · `/project/{key}/versions` · `/project/{key}/version` · `/project/{key}/components` ·
//! `/version/{id}` · `/priority` · `/status` · `/myself` · `/serverInfo`.
//!
//! As in life a search with a bad token is answered 200 with no issues, as the anonymous user, and only a header tells;
//! the index lags half a minute; the search takes no offset but a token; without `fields` only ids come back; a query
//! without a bound is refused. Of JQL it knows what [`jql`] tells.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{Answer, Ask, date, put};
use crate::plan::Bug;
use crate::platform::Platform;
use crate::spec::{AppSpec, JIRA_TOKEN, Person};
use crate::world::{LineAt, World};
use jql::Query;

mod jql;

pub(super) fn refusal(status: u16, text: &str) -> Answer {
    Answer::status(status, json!({"errorMessages": [text], "errors": {}}))
}

/// Jira's priorities, from the most urgent.
const PRIORITIES: [(&str, &str); 5] =
    [("Highest", "1"), ("High", "2"), ("Medium", "3"), ("Low", "4"), ("Lowest", "5")];

/// Jira's time: `2026-03-09T08:00:00.000+0000`.
fn time(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(String::new, |moment| moment.format("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string())
}

/// Whether the request carries the token, whoever it says it is; `None` without any credentials.
fn is_known(ask: &Ask) -> Option<bool> {
    let header = ask.headers.get("authorization")?;
    let basic = header
        .strip_prefix("Basic ")
        .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok());
    let text = basic.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    Some(
        text.split_once(':')
            .is_some_and(|(email, token)| email.contains('@') && token == JIRA_TOKEN),
    )
}

pub(super) fn answer(world: &mut World, ask: &Ask) -> Answer {
    let known = is_known(ask);
    let answer = route(world, ask, known == Some(true));
    match known {
        Some(false) => answer.with("x-seraph-loginreason", "AUTHENTICATED_FAILED"),
        Some(true) => answer.with("x-seraph-loginreason", "OK"),
        None => answer,
    }
}

fn route(world: &World, ask: &Ask, known: bool) -> Answer {
    let (method, path) = ask.route();
    let ["rest", "api", "3", rest @ ..] = path.as_slice() else { return refusal(404, "Not found") };
    let views: Vec<View<'_>> = (0..world.spec().apps.len())
        .filter_map(|app| Some(View { world, ask, app, spec: world.app_spec(app)? }))
        .collect();
    let project = |key: &str| {
        views
            .iter()
            .find(|view| known && (view.spec.jira_project == key || view.project_id() == key))
            .ok_or_else(|| refusal(404, &format!("No project could be found with key '{key}'.")))
    };
    match (method, rest) {
        ("GET" | "POST", ["search", "jql"]) => search(&views, ask, known),
        ("POST", ["search", "approximate-count"]) => match matching(&views, &words(ask), world.now(), known) {
            Ok(found) => Answer::json(json!({"count": found.len()})),
            Err(messages) => Answer::status(400, json!({"errorMessages": messages, "warningMessages": []})),
        },
        ("GET", ["serverInfo"]) => Answer::json(json!({
            "baseUrl": ask.base, "version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud", "serverTitle": "Jira", "serverTime": time(world.now()),
        })),
        ("GET", ["myself"]) if !known => {
            Answer::status(401, json!({"message": "Client must be authenticated to access this resource.", "status-code": 401}))
        }
        ("GET", ["myself"]) => Answer::json(json!({
            "accountId": "5f00demo00signalbox00000", "accountType": "app", "displayName": "Signalbox", "active": true,
            "emailAddress": crate::spec::JIRA_EMAIL, "timeZone": "Etc/UTC", "locale": "en_GB",
            "self": format!("{}/rest/api/3/user?accountId=5f00demo00signalbox00000", ask.base),
        })),
        ("GET", ["priority"]) if known => Answer::json(
            PRIORITIES.iter().map(|(name, id)| json!({"id": id, "name": name, "self": format!("{}/rest/api/3/priority/{id}", ask.base)})).collect(),
        ),
        ("GET", ["status"]) if known => Answer::json([1, 2, 3].iter().map(|step| status(*step)).collect()),
        ("GET", ["project"]) => {
            Answer::json(views.iter().filter(|_| known).map(View::project).collect())
        }
        ("GET", ["project", key]) => project(key).map_or_else(|refused| refused, |view| Answer::json(view.project())),
        ("GET", ["project", key, "versions"]) => {
            project(key).map_or_else(|refused| refused, |view| Answer::json(view.versions().into()))
        }
        ("GET", ["project", key, "version"]) => project(key).map_or_else(|refused| refused, |view| offset_page(ask, view.versions())),
        ("GET", ["project", key, "components"]) => project(key).map_or_else(
            |refused| refused,
            |view| Answer::json((0..view.spec.teams.len()).map(|team| view.component(team)).collect()),
        ),
        ("GET", ["version", id]) => {
            let found = views.iter().filter(|_| known).flat_map(View::versions).find(|one| one.get("id").and_then(Value::as_str) == Some(id));
            found.map_or_else(|| refusal(404, "Could not find version for id"), Answer::json)
        }
        ("GET", ["issue", key]) => {
            let found = views.iter().filter(|_| known).find_map(|view| {
                view.world.bugs(view.app).find(|bug| bug.key == *key || bug.id.to_string() == *key).map(|bug| view.issue(bug, &["*all"]))
            });
            found.map_or_else(|| refusal(404, "Issue does not exist or you do not have permission to see it."), Answer::json)
        }
        (_, _) if !known => refusal(401, "Client must be authenticated to access this resource."),
        _ => refusal(404, "Not found"),
    }
}

/// What a search asks, from the body of a POST or the query of a GET.
fn words(ask: &Ask) -> Value {
    if ask.method == "POST" {
        return ask.json().unwrap_or_default();
    }
    let mut words = Map::new();
    for name in ["jql", "nextPageToken"] {
        words.extend(ask.param(name).map(|value| (name.to_owned(), value.into())));
    }
    words.extend(ask.number("maxResults").map(|most| ("maxResults".to_owned(), most.into())));
    words.insert("fields".to_owned(), ask.list("fields").into());
    words.into()
}

type Found<'v> = Vec<(&'v View<'v>, &'v Bug)>;

/// All bugs that a search finds, in its order; or what is wrong with it.
fn matching<'v>(
    views: &'v [View<'v>],
    words: &Value,
    now: i64,
    known: bool,
) -> Result<Found<'v>, Vec<String>> {
    let text = words.get("jql").and_then(Value::as_str).unwrap_or_default();
    let query = Query::parse(text).map_err(|message| vec![message])?;
    if !known {
        return Ok(Vec::new());
    }
    let projects: Vec<String> = views.iter().map(|view| view.spec.jira_project.clone()).collect();
    let versions: Vec<String> = views
        .iter()
        .flat_map(View::versions)
        .filter_map(|one| Some(one.get("name")?.as_str()?.to_owned()))
        .collect();
    let wrong = query.unknown_values(&projects, &versions, &PRIORITIES.map(|(name, _)| name));
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut found: Found<'v> = Vec::new();
    for view in views {
        found.extend(
            view.world
                .bugs(view.app)
                .map(|bug| (view, bug))
                .filter(|(view, bug)| query.takes(&view.row(bug), now)),
        );
    }
    found.sort_by(|one, other| query.order(&one.0.row(one.1), &other.0.row(other.1)));
    Ok(found)
}

fn search(views: &[View<'_>], ask: &Ask, known: bool) -> Answer {
    let words = words(ask);
    let now = views.first().map_or(0, |view| view.world.now());
    let found = match matching(views, &words, now, known) {
        Ok(found) => found,
        Err(messages) => {
            return Answer::status(400, json!({"errorMessages": messages, "warningMessages": []}));
        }
    };
    let fields: Vec<&str> = words
        .get("fields")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let most = words.get("maxResults").and_then(Value::as_u64).unwrap_or(50).clamp(1, 100) as usize;
    let from = match words
        .get("nextPageToken")
        .and_then(Value::as_str)
        .filter(|token| !token.is_empty())
    {
        None => 0,
        Some(token) => match token.strip_prefix("after-").and_then(|number| number.parse().ok()) {
            Some(from) => from,
            None => return refusal(400, "Invalid value for nextPageToken."),
        },
    };
    let issues: Vec<Value> =
        found.iter().skip(from).take(most).map(|(view, bug)| view.issue(bug, &fields)).collect();
    let is_last = from + most >= found.len();
    let mut body = json!({"issues": issues, "isLast": is_last});
    if !is_last {
        put(&mut body, "nextPageToken", json!(format!("after-{}", from + most)));
    }
    Answer::json(body)
}

/// The older kind of page, with an offset and a total.
fn offset_page(ask: &Ask, rows: Vec<Value>) -> Answer {
    let (from, most) =
        (ask.number("startAt").unwrap_or(0), ask.number("maxResults").unwrap_or(50).clamp(1, 50));
    let total = rows.len();
    let is_last = from + most >= total;
    let values: Vec<Value> = rows.into_iter().skip(from).take(most).collect();
    let mut body = json!({
        "self": format!("{}/{}", ask.base, ask.path.join("/")), "maxResults": most, "startAt": from, "total": total,
        "isLast": is_last, "values": values,
    });
    if !is_last {
        put(&mut body, "nextPage", json!(ask.with("startAt", &(from + most).to_string())));
    }
    Answer::json(body)
}

/// A status by its step: 1 to do, 2 in progress, 3 done.
fn status(step: usize) -> Value {
    let (id, name, category, key, title) = match step {
        1 => ("10000", "To Do", 2, "new", "To Do"),
        2 => ("10001", "In Progress", 4, "indeterminate", "In Progress"),
        _ => ("10002", "Done", 3, "done", "Done"),
    };
    json!({"id": id, "name": name, "statusCategory": {"id": category, "key": key, "name": title, "colorName": "blue-gray"}})
}

/// One app's project.
struct View<'a> {
    world: &'a World,
    ask: &'a Ask,
    app: usize,
    spec: &'a AppSpec,
}

impl View<'_> {
    fn project_id(&self) -> String {
        (10_000 + self.app).to_string()
    }

    fn project(&self) -> Value {
        json!({
            "id": self.project_id(), "key": self.spec.jira_project, "name": self.spec.name, "projectTypeKey": "software",
            "self": format!("{}/rest/api/3/project/{}", self.ask.base, self.project_id()), "simplified": false, "isPrivate": false,
        })
    }

    fn component(&self, team: usize) -> Value {
        let id = format!("{}{team:02}", 200 + self.app);
        let name = self.spec.teams.get(team).map_or("App", |team| team.name.as_str());
        json!({"id": id, "name": name, "self": format!("{}/rest/api/3/component/{id}", self.ask.base)})
    }

    /// Versions of all platforms: those of the last releases, all in flight, and the next one planned. The start date
    /// is the day of the branch, the release date the planned day, or the true one once it is released.
    fn versions(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for platform in Platform::ALL {
            let line = LineAt { app: self.app, platform };
            let Some(plan) = self.world.line(line) else { continue };
            let next = self.world.planned(line).map(|(release, _)| release);
            for (index, release) in
                plan.releases.iter().enumerate().skip(plan.live.saturating_sub(5))
            {
                if release.branched_at > self.world.now() && Some(index) != next {
                    continue;
                }
                let out_at = self.world.complete.get(&(line, index)).copied();
                let id =
                    (20_000 + self.app * 3_000 + platform as usize * 1_000 + index).to_string();
                all.push(json!({
                    "id": id, "name": format!("{}{}", self.spec.jira_version_prefix(platform), release.version),
                    "self": format!("{}/rest/api/3/version/{id}", self.ask.base), "archived": false,
                    "released": out_at.is_some(), "startDate": date(release.branched_at),
                    "releaseDate": date(out_at.unwrap_or(release.done_at)), "projectId": 10_000 + self.app,
                    "overdue": out_at.is_none() && release.done_at < self.world.now(),
                    "description": if release.hotfix { "Hotfix" } else { "" },
                }));
            }
        }
        all
    }

    fn fix_version<'b>(&self, bug: &'b Bug) -> Option<&'b str> {
        bug.fix_version.as_deref().filter(|_| bug.triaged_at <= self.world.now())
    }

    fn step(&self, bug: &Bug) -> usize {
        let now = self.world.now();
        if bug.done_at <= now {
            3
        } else if bug.started_at <= now {
            2
        } else {
            1
        }
    }

    fn updated(&self, bug: &Bug) -> i64 {
        let past = [bug.created_at, bug.triaged_at, bug.started_at, bug.done_at];
        past.into_iter().filter(|at| *at <= self.world.now()).max().unwrap_or(bug.created_at)
    }

    fn labels(bug: &Bug) -> Vec<&'static str> {
        if bug.blocks { vec![crate::plan::BLOCKER] } else { Vec::new() }
    }

    /// What JQL can ask of a bug.
    fn row(&self, bug: &Bug) -> jql::Row {
        let step = self.step(bug);
        let one = |value: Option<&str>| value.map(str::to_owned).into_iter().collect::<Vec<_>>();
        let team = self.spec.teams.get(bug.team).map(|team| team.name.as_str());
        let status = ["To Do", "In Progress", "Done"].get(step - 1).copied();
        let words = [
            (
                "project",
                vec![self.spec.jira_project.clone(), self.project_id(), self.spec.name.clone()],
            ),
            ("fixversion", one(self.fix_version(bug))),
            ("priority", one(bug.priority)),
            ("labels", Self::labels(bug).into_iter().map(str::to_owned).collect()),
            ("component", one(team)),
            ("statuscategory", one(status)),
            ("status", one(status)),
            ("resolution", one((step == 3).then_some("Done"))),
            ("assignee", one(bug.assignee.as_ref().map(|person| person.account_id.as_str()))),
            ("issuetype", vec!["Bug".to_owned()]),
            ("key", vec![bug.key.clone(), bug.id.to_string()]),
            ("summary", vec![bug.title.clone()]),
        ];
        jql::Row {
            words: words.into_iter().map(|(name, values)| (name.to_owned(), values)).collect(),
            moments: [
                ("created".to_owned(), bug.created_at),
                ("updated".to_owned(), self.updated(bug)),
            ]
            .into(),
            urgency: PRIORITIES
                .iter()
                .position(|(name, _)| Some(*name) == bug.priority)
                .unwrap_or(9),
            number: bug.id,
        }
    }

    fn person(&self, person: &Person) -> Value {
        json!({
            "accountId": person.account_id, "displayName": person.name, "active": true, "accountType": "atlassian",
            "emailAddress": person.email, "timeZone": self.spec.zone,
            "self": format!("{}/rest/api/3/user?accountId={}", self.ask.base, person.account_id),
        })
    }

    fn issue(&self, bug: &Bug, wanted: &[&str]) -> Value {
        let mut issue = json!({
            "id": bug.id.to_string(), "key": bug.key, "expand": "renderedFields,names,schema",
            "self": format!("{}/rest/api/3/issue/{}", self.ask.base, bug.id),
        });
        if wanted.is_empty() {
            return json!({"id": bug.id.to_string()});
        }
        let step = self.step(bug);
        let versions: Vec<Value> = self
            .versions()
            .into_iter()
            .filter(|one| {
                one.get("name")
                    .and_then(Value::as_str)
                    .is_some_and(|name| Some(name) == self.fix_version(bug))
            })
            .collect();
        let priority =
            bug.priority.and_then(|name| PRIORITIES.iter().find(|(known, _)| *known == name));
        let done = step == 3;
        let fields = json!({
            "summary": bug.title, "status": status(step), "labels": Self::labels(bug), "fixVersions": versions,
            "priority": priority.map(|(name, id)| json!({"id": id, "name": name, "self": format!("{}/rest/api/3/priority/{id}", self.ask.base)})),
            "components": [self.component(bug.team)], "assignee": bug.assignee.as_ref().map(|person| self.person(person)),
            "reporter": self.person(&bug.reporter), "creator": self.person(&bug.reporter), "project": self.project(),
            "issuetype": {"id": "10004", "name": "Bug", "subtask": false}, "created": time(bug.created_at),
            "updated": time(self.updated(bug)), "resolution": done.then(|| json!({"id": "10000", "name": "Done"})),
            "resolutiondate": done.then(|| time(bug.done_at)), "statusCategory": status(step).get("statusCategory").cloned(),
            "description": null,
        });
        let all = wanted.iter().any(|name| *name == "*all" || *name == "*navigable");
        let Value::Object(fields) = fields else { return issue };
        let chosen: Map<String, Value> =
            fields.into_iter().filter(|(name, _)| all || wanted.contains(&name.as_str())).collect();
        put(&mut issue, "fields", chosen.into());
        issue
    }
}
