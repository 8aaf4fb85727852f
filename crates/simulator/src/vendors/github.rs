//! GitHub REST, as far as a release needs it: repository, refs, branches, commits, comparisons, check runs, statuses,
//! releases. Lists have `Link` headers; reads have an `ETag` and answer 304; all answers tell what is left of the hour.
//!
//! `GET /repos/{o}/{r}` · `/branches` · `/branches/{b}` · `/tags` · `/git/matching-refs/{ref}` · `/git/ref/{ref}` ·
//! `/commits` · `/commits/{ref}` · `/commits/{ref}/check-runs` · `/commits/{ref}/status` · `/commits/{ref}/statuses` ·
//! `/compare/{base}...{head}` · `/releases` · `/releases/{id}` · `/releases/latest` · `/releases/tags/{tag}` ·
//! `/rate_limit` · `/user`; `POST /git/refs` · `/releases`; `PATCH /releases/{id}`. `POST /graphql`, for what it knows of the
//! same.

use serde_json::{Value, json};

use super::{Answer, Ask, Body, put, rfc3339};
use crate::draw::Draw;
use crate::plan::Commit;
use crate::spec::GITHUB_TOKEN;
use crate::world::World;
use crate::world::github::{Check, CheckState, ReleaseWish};
use view::{View, ci, files};

mod graphql;
mod view;

/// GitHub lists no more files of a comparison, and no more commits on its first page.
const MOST_FILES: usize = 300;
const MOST_COMMITS: usize = 250;

pub(super) fn refusal(status: u16, text: &str) -> Answer {
    Answer::status(
        status,
        json!({"message": text, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()}),
    )
}

fn not_found() -> Answer {
    refusal(404, "Not Found")
}

pub(super) fn answer(world: &mut World, ask: &Ask) -> Answer {
    let answer = match ask.bearer() {
        Some(GITHUB_TOKEN) => route(world, ask),
        Some(_) => refusal(401, "Bad credentials"),
        None => refusal(401, "Requires authentication"),
    };
    finish(answer, ask, world.now())
}

/// Adds the ETag and what is left of the hour; turns an unchanged read into 304.
fn finish(mut answer: Answer, ask: &Ask, now: i64) -> Answer {
    let used = ask.calls % 1_000;
    if answer.status == 200
        && let Body::Json(body) = &answer.body
    {
        let tag = format!("W/\"{}\"", Draw::new(0, &body.to_string()).sha(""));
        if ask
            .headers
            .get("if-none-match")
            .is_some_and(|known| known.split(',').any(|one| one.trim() == tag))
        {
            answer = Answer::empty(304);
        }
        answer = answer.with("etag", tag);
    }
    answer
        .with("x-ratelimit-limit", "5000")
        .with("x-ratelimit-remaining", (5_000 - used).to_string())
        .with("x-ratelimit-used", used.to_string())
        .with("x-ratelimit-reset", (now / 1_000 + 3_600).to_string())
        .with("x-ratelimit-resource", "core")
        .with("x-github-media-type", "github.v3; format=json")
}

fn route(world: &mut World, ask: &Ask) -> Answer {
    let (method, path) = ask.route();
    match (method, path.as_slice()) {
        ("GET", ["rate_limit"]) => {
            let used = ask.calls % 1_000;
            let core = json!({"limit": 5000, "remaining": 5000 - used, "used": used, "reset": world.now() / 1_000 + 3_600});
            Answer::json(json!({"resources": {"core": core}, "rate": core}))
        }
        ("GET", ["user"]) => Answer::json(
            json!({"login": "signalbox-demo", "id": 1, "type": "Bot", "name": "Signalbox"}),
        ),
        ("POST", ["graphql"]) => graphql::answer(world, ask),
        (_, ["repos", owner, name, rest @ ..]) => {
            let repository = format!("{owner}/{name}");
            match world.find_app(|app| app.repository == repository) {
                Some(app) => in_repository(world, ask, app, rest),
                None => not_found(),
            }
        }
        _ => not_found(),
    }
}

fn in_repository(world: &mut World, ask: &Ask, app: usize, rest: &[&str]) -> Answer {
    let Some(spec) = world.app_spec(app).cloned() else { return not_found() };
    let view = View { ask, spec: &spec };
    match (ask.method.as_str(), rest) {
        ("GET", []) => Answer::json(view.repository()),
        ("GET", ["branches"]) => {
            let rows = world
                .branches(app)
                .into_iter()
                .map(|(name, sha)| view.branch(&name, &sha))
                .collect();
            paged(ask, rows, |rows| json!(rows))
        }
        ("GET", ["branches", name @ ..]) => {
            let name = name.join("/");
            let found = world.branches(app).into_iter().find(|(branch, _)| *branch == name);
            found.map_or_else(
                || refusal(404, "Branch not found"),
                |(name, sha)| Answer::json(view.branch(&name, &sha)),
            )
        }
        ("GET", ["tags"]) => {
            let rows = world
                .tags(app)
                .into_iter()
                .rev()
                .map(|(name, sha)| view.branch(&name, &sha))
                .collect();
            paged(ask, rows, |rows| json!(rows))
        }
        ("GET", ["git", "matching-refs", wanted @ ..]) => {
            let wanted = format!("refs/{}", wanted.join("/"));
            let rows = refs(world, app)
                .into_iter()
                .filter(|(name, _)| name.starts_with(&wanted))
                .map(|(name, sha)| view.reference(&name, &sha))
                .collect();
            paged(ask, rows, |rows| json!(rows))
        }
        ("GET", ["git", "ref", wanted @ ..]) => {
            let wanted = format!("refs/{}", wanted.join("/"));
            let found = refs(world, app).into_iter().find(|(name, _)| *name == wanted);
            found.map_or_else(not_found, |(name, sha)| Answer::json(view.reference(&name, &sha)))
        }
        ("POST", ["git", "refs"]) => {
            let body = ask.json().unwrap_or_default();
            let (name, sha) =
                (text(&body, "ref").unwrap_or_default(), text(&body, "sha").unwrap_or_default());
            match world.github_make_ref(app, &name, &sha) {
                Ok(()) => Answer::status(201, view.reference(&name, &sha)),
                Err(why) => refusal(422, why),
            }
        }
        ("GET", ["commits"]) => commits(world, app, &view),
        (
            "GET",
            ["commits", name @ .., last @ ("check-runs" | "check-suites" | "status" | "statuses")],
        ) if !name.is_empty() => {
            let Some(commit) = world.resolve(app, &name.join("/")).cloned() else {
                return no_commit(&name.join("/"));
            };
            let checks = world.checks(app, &commit.sha);
            match *last {
                "check-runs" => check_runs(&view, &commit, &checks),
                "check-suites" => check_suites(&view, &commit, &checks),
                "status" => view.combined_status(&commit, &checks),
                _ => paged(ask, view.statuses(&commit, &checks), |rows| json!(rows)),
            }
        }
        ("GET", ["commits", name @ ..]) => match world.resolve(app, &name.join("/")) {
            Some(commit) => {
                let mut body = view.commit(commit);
                put(
                    &mut body,
                    "files",
                    files(&spec, commit).into_iter().map(|name| view.file(&name, commit)).collect(),
                );
                Answer::json(body)
            }
            None => no_commit(&name.join("/")),
        },
        ("GET", ["compare", basehead @ ..]) => compare(world, app, &view, &basehead.join("/")),
        ("GET", ["releases"]) => {
            let rows =
                world.github_releases(app).iter().map(|release| view.release(release)).collect();
            paged(ask, rows, |rows| json!(rows))
        }
        ("POST", ["releases"]) => match world.github_make_release(app, wish(ask)) {
            Ok(release) => Answer::status(201, view.release(&release)),
            Err(field) => {
                let code = if field == "already_exists" { field } else { "invalid" };
                let field = if field == "already_exists" { "tag_name" } else { field };
                let errors = json!([{"resource": "Release", "code": code, "field": field}]);
                Answer::status(
                    422,
                    json!({"message": "Validation Failed", "errors": errors, "documentation_url": "https://docs.github.com/rest"}),
                )
            }
        },
        ("GET", ["releases", wanted @ ..]) => {
            let found = world.github_releases(app).into_iter().find(|one| match wanted {
                ["latest"] => !one.is_prerelease && !one.is_draft,
                ["tags", tag @ ..] => one.tag == tag.join("/"),
                [id] => one.id.to_string() == *id,
                _ => false,
            });
            found.map_or_else(not_found, |release| Answer::json(view.release(&release)))
        }
        ("PATCH", ["releases", id]) => {
            let id = id.parse().unwrap_or(0);
            world
                .github_change_release(app, id, wish(ask))
                .map_or_else(not_found, |release| Answer::json(view.release(&release)))
        }
        _ => not_found(),
    }
}

fn no_commit(name: &str) -> Answer {
    refusal(422, &format!("No commit found for SHA: {name}"))
}

fn text(body: &Value, field: &str) -> Option<String> {
    body.get(field)?.as_str().map(str::to_owned)
}

fn wish(ask: &Ask) -> ReleaseWish {
    let body = ask.json().unwrap_or_default();
    let truth = |field: &str| body.get(field).and_then(Value::as_bool);
    ReleaseWish {
        tag: text(&body, "tag_name"),
        target: text(&body, "target_commitish"),
        name: text(&body, "name"),
        body: text(&body, "body"),
        draft: truth("draft"),
        prerelease: truth("prerelease"),
    }
}

fn refs(world: &World, app: usize) -> Vec<(String, String)> {
    let heads =
        world.branches(app).into_iter().map(|(name, sha)| (format!("refs/heads/{name}"), sha));
    heads
        .chain(world.tags(app).into_iter().map(|(name, sha)| (format!("refs/tags/{name}"), sha)))
        .collect()
}

/// One page of rows, with links to the others.
fn paged(ask: &Ask, rows: Vec<Value>, body: impl FnOnce(Vec<Value>) -> Value) -> Answer {
    let size = ask.number("per_page").unwrap_or(30).clamp(1, 100);
    let number = ask.number("page").unwrap_or(1).max(1);
    let pages = rows.len().div_ceil(size).max(1);
    let part = rows.into_iter().skip((number - 1) * size).take(size).collect();
    linked(Answer::json(body(part)), ask, number, pages)
}

fn linked(answer: Answer, ask: &Ask, number: usize, pages: usize) -> Answer {
    let link = |page: usize, rel: &str| {
        format!("<{}>; rel=\"{rel}\"", ask.with("page", &page.to_string()))
    };
    let mut links = Vec::new();
    if number > 1 {
        links.push(link(number - 1, "prev"));
        links.push(link(1, "first"));
    }
    if number < pages {
        links.push(link(number + 1, "next"));
        links.push(link(pages, "last"));
    }
    if links.is_empty() { answer } else { answer.with("link", links.join(", ")) }
}

fn commits(world: &World, app: usize, view: &View<'_>) -> Answer {
    let ask = view.ask;
    let from = ask.param("sha").unwrap_or("main");
    let Some(head) = world.resolve(app, from) else { return not_found() };
    let moment = |name: &str| {
        ask.param(name).and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
    };
    let since = moment("since").map_or(i64::MIN, |moment| moment.timestamp_millis());
    let until = moment("until").map_or(i64::MAX, |moment| moment.timestamp_millis());
    let rows: Vec<Value> = chain(world, app, head, usize::MAX)
        .into_iter()
        .filter(|commit| (since..=until).contains(&commit.at))
        .map(|commit| view.commit(commit))
        .collect();
    paged(ask, rows, |rows| json!(rows))
}

/// A commit and those below it, newest first.
fn chain<'w>(world: &'w World, app: usize, head: &'w Commit, most: usize) -> Vec<&'w Commit> {
    let mut all = vec![head];
    while let Some(parent) =
        all.last().and_then(|commit| commit.parent.as_deref()).filter(|_| all.len() < most)
    {
        match world.commit(app, parent) {
            Some(commit) => all.push(commit),
            None => break,
        }
    }
    all.truncate(most);
    all
}

fn compare(world: &World, app: usize, view: &View<'_>, basehead: &str) -> Answer {
    let Some((base, head)) = basehead.split_once("...") else { return not_found() };
    let (Some(base), Some(head)) = (world.resolve(app, base), world.resolve(app, head)) else {
        return not_found();
    };
    let (mut one, mut other) = (base, head);
    while one.sha != other.sha {
        let lower = if one.depth >= other.depth { &mut one } else { &mut other };
        match lower.parent.as_deref().and_then(|parent| world.commit(app, parent)) {
            Some(parent) => *lower = parent,
            None => return refusal(404, "No common ancestor between the two commits."),
        }
    }
    let (ahead, behind) = (head.depth - one.depth, base.depth - one.depth);
    let status = match (ahead, behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let mut new = chain(world, app, head, ahead);
    new.reverse();
    let paged = view.ask.number("page").is_some() || view.ask.number("per_page").is_some();
    let most = if paged { 100 } else { MOST_COMMITS };
    let size = view.ask.number("per_page").unwrap_or(most).clamp(1, most);
    let number = view.ask.number("page").unwrap_or(1).max(1);
    let mut body = json!({
        "url": format!("{}/repos/{}/compare/{basehead}", view.ask.base, view.spec.repository),
        "html_url": view.web(&format!("compare/{basehead}")),
        "base_commit": view.commit(base),
        "merge_base_commit": view.commit(one),
        "status": status,
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": new.iter().skip((number - 1) * size).take(size).map(|commit| view.commit(commit)).collect::<Vec<_>>(),
    });
    if number == 1 {
        let mut seen = std::collections::BTreeMap::new();
        for commit in &new {
            for name in files(view.spec, commit) {
                seen.insert(name, *commit);
            }
        }
        put(
            &mut body,
            "files",
            seen.iter().take(MOST_FILES).map(|(name, commit)| view.file(name, commit)).collect(),
        );
    }
    linked(Answer::json(body), view.ask, number, ahead.div_ceil(size).max(1))
}

fn check_runs(view: &View<'_>, commit: &Commit, checks: &[Check]) -> Answer {
    let all = view.ask.param("filter") == Some("all");
    let rows = check_rows(view, commit, checks, all, view.ask.param("check_name"));
    let total = rows.len();
    paged(view.ask, rows, |rows| json!({"total_count": total, "check_runs": rows}))
}

/// The check runs of a commit. Unless all are wanted, the last attempt of a name within one suite is there; a re-run of its
/// own stands beside the first.
fn check_rows(
    view: &View<'_>,
    commit: &Commit,
    checks: &[Check],
    all: bool,
    wanted: Option<&str>,
) -> Vec<Value> {
    let runs: Vec<&Check> = checks.iter().filter(|check| !check.is_status).collect();
    let is_last = |check: &&Check| {
        all || !runs.iter().any(|later| {
            later.name == check.name
                && later.suite_id == check.suite_id
                && later.attempt > check.attempt
        })
    };
    runs.iter()
        .copied()
        .filter(is_last)
        .filter(|check| wanted.is_none_or(|name| name == check.name))
        .map(|check| view.check_run(commit, check))
        .collect()
}

fn check_suites(view: &View<'_>, commit: &Commit, checks: &[Check]) -> Answer {
    let mut ids: Vec<u64> =
        checks.iter().filter(|check| !check.is_status).map(|check| check.suite_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows: Vec<Value> = ids
        .iter()
        .map(|id| {
            let of = || checks.iter().filter(|check| check.suite_id == *id && !check.is_status);
            let over = of().all(|check| matches!(check.state, CheckState::Passed | CheckState::Failed));
            let failed = of().any(|check| check.state == CheckState::Failed);
            let conclusion = if !over { Value::Null } else if failed { json!("failure") } else { json!("success") };
            json!({
                "id": id, "head_sha": commit.sha, "status": if over { "completed" } else { "in_progress" },
                "conclusion": conclusion, "app": ci(),
                "created_at": of().map(|check| rfc3339(check.queued_at)).next(),
            })
        })
        .collect();
    let total = rows.len();
    paged(view.ask, rows, |rows| json!({"total_count": total, "check_suites": rows}))
}
