//! Sentry 0: release health by sessions, releases, projects, the organization.
//!
//! `GET /api/0/organizations/{org}/` · `/api/0/organizations/` · `…/projects/` · `…/releases/` · `…/sessions/` with `field`
//! (`sum(session)`, `count_unique(user)`, `crash_rate(session)`, `crash_free_rate(session)`), `groupBy` (`project`,
//! `release`, `environment`, `session.status`), `project`, `environment`, `query` (`release:NAME`, `release:[A,B]`),
//! `statsPeriod` or `start` and `end`, `interval`, `includeSeries`, `includeTotals`.
//!
//! Releases are named `{package}@{version}+{build}`. As in life an answer ends at 10 000 points without saying so, a group
//! without sessions is not there, and the window is rounded outwards to its interval.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Answer, Ask, rfc3339};
use crate::plan::{DAY, HOUR, MINUTE};
use crate::platform::Platform;
use crate::spec::{SENTRY_ORG, SENTRY_TOKEN};
use crate::world::sessions::{Environment, Sessions};
use crate::world::{LineAt, World};

/// Sentry gives no more points than this, and does not say that it stopped.
const MOST_POINTS: usize = 10_000;

pub(super) fn refusal(status: u16, text: &str) -> Answer {
    Answer::status(status, json!({"detail": text}))
}

pub(super) fn answer(world: &World, ask: &Ask) -> Answer {
    match ask.bearer() {
        Some(SENTRY_TOKEN) => {}
        Some(_) => return refusal(401, "Invalid token"),
        None => return refusal(401, "Authentication credentials were not provided."),
    }
    let (method, path) = ask.route();
    let ["api", "0", "organizations", rest @ ..] = path.as_slice() else {
        return refusal(404, "The requested resource does not exist");
    };
    match (method, rest) {
        ("GET", []) => paged(ask, vec![organization(world)]),
        ("GET", [org, ..]) if *org != SENTRY_ORG => {
            refusal(404, "The requested resource does not exist")
        }
        ("GET", [_]) => Answer::json(organization(world)),
        ("GET", [_, "projects"]) => {
            paged(ask, lines(world).iter().filter_map(|line| project(world, *line)).collect())
        }
        ("GET", [_, "releases"]) => releases(world, ask),
        ("GET", [_, "sessions"]) => sessions(world, ask).unwrap_or_else(|text| refusal(400, &text)),
        _ => refusal(404, "The requested resource does not exist"),
    }
}

fn lines(world: &World) -> Vec<LineAt> {
    let all = (0..world.spec().apps.len())
        .flat_map(|app| Platform::ALL.map(|platform| LineAt { app, platform }));
    all.filter(|line| world.line(*line).is_some()).collect()
}

fn project_id(world: &World, line: LineAt) -> u64 {
    world
        .app_spec(line.app)
        .and_then(|app| app.line(line.platform))
        .map_or(0, |line| line.sentry_project)
}

fn organization(world: &World) -> Value {
    json!({
        "id": "4500000", "slug": SENTRY_ORG, "name": "Fernhollow", "status": {"id": "active", "name": "active"},
        "dateCreated": rfc3339(world.spec().start_ms - 900 * DAY), "access": ["org:read", "project:read"], "features": [],
    })
}

fn project(world: &World, line: LineAt) -> Option<Value> {
    let app = world.app_spec(line.app)?;
    let platform = match line.platform {
        Platform::Android => "android",
        Platform::Ios => "apple-ios",
        Platform::Desktop => "electron",
    };
    Some(json!({
        "id": project_id(world, line).to_string(), "slug": app.sentry_project_slug(line.platform),
        "name": format!("{} {}", app.name, line.platform.label()), "platform": platform, "hasSessions": true,
        "isMember": true, "hasAccess": true, "dateCreated": rfc3339(world.spec().start_ms - 800 * DAY), "features": [],
    }))
}

/// One page; both links are always there, and say whether they lead to anything.
fn paged(ask: &Ask, rows: Vec<Value>) -> Answer {
    let size = ask.number("per_page").unwrap_or(100).clamp(1, 100);
    let from = ask
        .param("cursor")
        .and_then(|cursor| cursor.split(':').nth(1)?.parse::<usize>().ok())
        .unwrap_or(0);
    let more = from + size < rows.len();
    let part: Vec<Value> = rows.into_iter().skip(from).take(size).collect();
    let link = |rel: &str, at: usize, back: u8, results: bool| {
        let cursor = format!("0:{at}:{back}");
        format!(
            "<{}>; rel=\"{rel}\"; results=\"{results}\"; cursor=\"{cursor}\"",
            ask.with("cursor", &cursor)
        )
    };
    let links = [
        link("previous", from.saturating_sub(size), 1, from > 0),
        link("next", from + size, 0, more),
    ];
    Answer::json(part.into()).with("link", links.join(", "))
}

fn name(world: &World, line: LineAt, number: u32) -> Option<String> {
    let plan = world.line(line)?;
    let at = plan.builds.binary_search_by_key(&number, |build| build.number).ok()?;
    let version = &plan.releases.get(plan.builds.get(at)?.release)?.version;
    Some(format!("{}@{version}+{number}", world.app_spec(line.app)?.sentry_package(line.platform)))
}

/// Projects that were asked for; all without a wish, or with -1.
fn wanted_lines(world: &World, ask: &Ask) -> Result<Vec<LineAt>, String> {
    let wanted = ask.list("project");
    let all = lines(world);
    if wanted.is_empty() || wanted.contains(&"-1") {
        return Ok(all);
    }
    let mut found = Vec::new();
    for id in wanted {
        let line = all.iter().find(|line| project_id(world, **line).to_string() == id);
        found.push(*line.ok_or_else(|| format!("Invalid project: {id}"))?);
    }
    Ok(found)
}

fn wanted_environments(ask: &Ask) -> Vec<Environment> {
    let wanted = ask.list("environment");
    Environment::ALL
        .into_iter()
        .filter(|one| wanted.is_empty() || wanted.contains(&one.key()))
        .collect()
}

fn releases(world: &World, ask: &Ask) -> Answer {
    let lines = match wanted_lines(world, ask) {
        Ok(lines) => lines,
        Err(text) => return refusal(400, &text),
    };
    let mut rows = Vec::new();
    for line in lines {
        let Some(plan) = world.line(line) else { continue };
        let mut builds: BTreeSet<u32> = BTreeSet::new();
        for environment in wanted_environments(ask) {
            builds.extend(world.builds_in_use(
                line,
                environment,
                world.now() - 90 * DAY,
                world.now(),
            ));
        }
        for build in plan
            .builds
            .iter()
            .filter(|build| builds.contains(&build.number) && build.at <= world.now())
        {
            let Some(name) = name(world, line, build.number) else { continue };
            if ask.param("query").is_some_and(|part| !name.contains(part)) {
                continue;
            }
            let (package, version) = name.split_once('@').unwrap_or_default();
            let slug = world.app_spec(line.app).map(|app| app.sentry_project_slug(line.platform));
            let row = json!({
                "version": name, "shortVersion": version, "status": "open", "dateCreated": rfc3339(build.at),
                "dateReleased": null, "newGroups": 0, "commitCount": 0, "deployCount": 0, "authors": [],
                "versionInfo": {"package": package, "description": version, "buildHash": null, "version": {"raw": version}},
                "projects": [{"id": project_id(world, line), "slug": slug, "name": slug}], "lastCommit": null, "data": {},
            });
            rows.push((build.at, row));
        }
    }
    rows.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    paged(ask, rows.into_iter().map(|(_, row)| row).collect())
}

/// `15m`, `24h`, `14d`, `2w` in milliseconds.
fn span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let number: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let each = match unit {
        's' => 1_000,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    (number > 0).then_some(number * each)
}

/// From, until and step of the window, rounded outwards.
fn window(ask: &Ask, now: i64) -> Result<(i64, i64, i64), String> {
    let moment = |name: &str| {
        let Some(text) = ask.param(name) else { return Ok(None) };
        let zoned =
            chrono::DateTime::parse_from_rfc3339(text).map(|moment| moment.timestamp_millis());
        let plain = || {
            chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S")
                .map(|moment| moment.and_utc().timestamp_millis())
        };
        zoned
            .or_else(|_| plain())
            .map(Some)
            .map_err(|_| format!("start and end are not valid: {text}"))
    };
    let (from, until) = match (moment("start")?, moment("end")?) {
        (Some(from), Some(until)) if from < until => (from, until),
        (None, None) => {
            let period = ask.param("statsPeriod").unwrap_or("90d");
            (now - span(period).ok_or_else(|| format!("Invalid statsPeriod: {period:?}"))?, now)
        }
        _ => return Err("start must be before end, and both are needed".to_owned()),
    };
    let step = match ask.param("interval") {
        Some(text) => span(text).ok_or_else(|| format!("Invalid interval: {text:?}"))?,
        None if until - from > 2 * DAY => DAY,
        None => HOUR,
    };
    if DAY % step != 0 || step < MINUTE {
        return Err("The interval should divide one day cleanly.".to_owned());
    }
    let (from, until) = (from.div_euclid(step) * step, (until + step - 1).div_euclid(step) * step);
    if (until - from) / step > 1_000 {
        return Err("Your interval and date range would create too many results. Use a larger interval, or a smaller date range.".to_owned());
    }
    Ok((from, until, step))
}

/// Names that a query asks for; all without one.
fn wanted_releases(ask: &Ask) -> Result<Option<Vec<String>>, String> {
    let Some(query) = ask.param("query").map(str::trim).filter(|query| !query.is_empty()) else {
        return Ok(None);
    };
    let list = query
        .strip_prefix("release:")
        .ok_or_else(|| format!("Invalid query: {query}. Only release:… is known here."))?;
    let list = list.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(list);
    Ok(Some(list.split(',').map(|name| name.trim().trim_matches('"').to_owned()).collect()))
}

const STATUSES: [&str; 4] = ["healthy", "errored", "crashed", "abnormal"];

fn of_status(all: Sessions, status: &str) -> Sessions {
    let only = |name: &str, count: u64| if name == status { count } else { 0 };
    Sessions {
        healthy: only("healthy", all.healthy),
        errored: only("errored", all.errored),
        crashed: only("crashed", all.crashed),
        abnormal: only("abnormal", all.abnormal),
    }
}

fn add(to: &mut Sessions, more: Sessions) {
    to.healthy += more.healthy;
    to.errored += more.errored;
    to.crashed += more.crashed;
    to.abnormal += more.abnormal;
}

/// A field's value. A rate of nothing is null.
fn value(field: &str, sessions: Sessions) -> Value {
    let total = sessions.total();
    let rate = |part: u64| if total == 0 { Value::Null } else { json!(part as f64 / total as f64) };
    match field {
        "sum(session)" => json!(total),
        // People come back: fewer of them than sessions.
        "count_unique(user)" => json!((total as f64).powf(0.93).round() as u64),
        "crash_rate(session)" => rate(sessions.crashed),
        _ => rate(total - sessions.crashed),
    }
}

type Groups = BTreeMap<Vec<(String, String)>, Vec<Sessions>>;

fn sessions(world: &World, ask: &Ask) -> Result<Answer, String> {
    let fields = ask.list("field");
    let known =
        ["sum(session)", "count_unique(user)", "crash_rate(session)", "crash_free_rate(session)"];
    if fields.is_empty() {
        return Err("Request is missing a \"field\"".to_owned());
    }
    if let Some(field) = fields.iter().find(|field| !known.contains(field)) {
        return Err(format!("Invalid field: \"{field}\""));
    }
    let by = ask.list("groupBy");
    if let Some(other) =
        by.iter().find(|by| !["project", "release", "environment", "session.status"].contains(by))
    {
        return Err(format!("Invalid groupBy: \"{other}\""));
    }
    let (from, until, step) = window(ask, world.now())?;
    let (lines, releases) = (wanted_lines(world, ask)?, wanted_releases(ask)?);
    let with_series = ask.param("includeSeries") != Some("0");
    let steps: Vec<i64> = (0..(until - from) / step).map(|turn| from + turn * step).collect();
    let mut groups: Groups = BTreeMap::new();
    for line in lines {
        for environment in wanted_environments(ask) {
            for number in world.builds_in_use(line, environment, from, until) {
                let Some(name) = name(world, line, number) else { continue };
                if releases.as_ref().is_some_and(|wanted| !wanted.contains(&name)) {
                    continue;
                }
                let counts: Vec<Sessions> = if with_series {
                    steps
                        .iter()
                        .map(|at| world.sessions(line, number, environment, *at, at + step))
                        .collect()
                } else {
                    vec![world.sessions(line, number, environment, from, until)]
                };
                let statuses: &[&str] =
                    if by.contains(&"session.status") { &STATUSES } else { &[""] };
                for status in statuses {
                    let key = by
                        .iter()
                        .map(|by| {
                            let value = match *by {
                                "project" => project_id(world, line).to_string(),
                                "release" => name.clone(),
                                "environment" => environment.key().to_owned(),
                                _ => (*status).to_owned(),
                            };
                            ((*by).to_owned(), value)
                        })
                        .collect();
                    let row = groups
                        .entry(key)
                        .or_insert_with(|| vec![Sessions::default(); counts.len()]);
                    for (cell, count) in row.iter_mut().zip(&counts) {
                        add(
                            cell,
                            if status.is_empty() { *count } else { of_status(*count, status) },
                        );
                    }
                }
            }
        }
    }
    let most = MOST_POINTS / if with_series { steps.len().max(1) } else { 1 };
    let rows: Vec<Value> = groups
        .into_iter()
        .filter(|(_, counts)| by.is_empty() || counts.iter().any(|count| count.total() > 0))
        .take(most)
        .map(|(key, counts)| group(&key, &counts, &fields, with_series))
        .collect();
    Ok(Answer::json(json!({
        "start": rfc3339(from), "end": rfc3339(until), "query": ask.param("query").unwrap_or_default(),
        "intervals": if with_series { steps.iter().map(|at| rfc3339(*at)).collect() } else { Vec::new() },
        "groups": rows,
    })))
}

fn group(
    key: &[(String, String)],
    counts: &[Sessions],
    fields: &[&str],
    with_series: bool,
) -> Value {
    let mut by = Map::new();
    for (name, shown) in key {
        // Projects are numbers here, though ids are texts everywhere else.
        let shown =
            if name == "project" { json!(shown.parse::<u64>().unwrap_or(0)) } else { json!(shown) };
        by.insert(name.clone(), shown);
    }
    let mut all = Sessions::default();
    for count in counts {
        add(&mut all, *count);
    }
    let totals: Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), value(field, all))).collect();
    let series: Map<String, Value> = fields
        .iter()
        .filter(|_| with_series)
        .map(|field| {
            ((*field).to_owned(), counts.iter().map(|count| value(field, *count)).collect())
        })
        .collect();
    json!({"by": by, "totals": totals, "series": series})
}
