//! GitHub REST, as far as a release needs it: repository, refs, branches, commits, comparisons, check runs, statuses,
//! releases. Lists have `Link` headers; reads have an `ETag` and answer 304; all answers tell what is left of the hour.
//!
//! `GET /repos/{o}/{r}` · `/branches` · `/branches/{b}` · `/tags` · `/git/matching-refs/{ref}` · `/git/ref/{ref}` ·
//! `/commits` · `/commits/{ref}` · `/commits/{ref}/check-runs` · `/commits/{ref}/status` · `/commits/{ref}/statuses` ·
//! `/compare/{base}...{head}` · `/releases` · `/releases/{id}` · `/releases/latest` · `/releases/tags/{tag}` ·
//! `/rate_limit` · `/user`; `POST /git/refs` · `/releases`; `PATCH /releases/{id}`.

use serde_json::{Value, json};

use super::{Answer, Ask, Body, rfc3339};
use crate::draw::Draw;
use crate::plan::Commit;
use crate::platform::Platform;
use crate::spec::{AppSpec, GITHUB_TOKEN, Person};
use crate::world::World;
use crate::world::github::{Check, CheckState, GithubRelease, ReleaseWish};

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
                body["files"] =
                    files(&spec, commit).into_iter().map(|name| view.file(&name, commit)).collect();
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
        body["files"] =
            seen.iter().take(MOST_FILES).map(|(name, commit)| view.file(name, commit)).collect();
    }
    linked(Answer::json(body), view.ask, number, ahead.div_ceil(size).max(1))
}

fn check_runs(view: &View<'_>, commit: &Commit, checks: &[Check]) -> Answer {
    let all = view.ask.param("filter") == Some("all");
    let runs: Vec<&Check> = checks.iter().filter(|check| !check.is_status).collect();
    // The default shows the last attempt of a name within one suite; a re-run of its own stands beside the first.
    let is_last = |check: &&Check| {
        all || !runs.iter().any(|later| {
            later.name == check.name
                && later.suite_id == check.suite_id
                && later.attempt > check.attempt
        })
    };
    let wanted = view.ask.param("check_name");
    let rows: Vec<Value> = runs
        .iter()
        .copied()
        .filter(is_last)
        .filter(|check| wanted.is_none_or(|name| name == check.name))
        .map(|check| view.check_run(commit, check))
        .collect();
    let total = rows.len();
    paged(view.ask, rows, |rows| json!({"total_count": total, "check_runs": rows}))
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
                "conclusion": conclusion, "app": view.ci(),
                "created_at": of().map(|check| rfc3339(check.queued_at)).next(),
            })
        })
        .collect();
    let total = rows.len();
    paged(view.ask, rows, |rows| json!({"total_count": total, "check_suites": rows}))
}

/// Files that a commit touched: for each folder, one to three under names that stay.
fn files(app: &AppSpec, commit: &Commit) -> Vec<String> {
    let ending = match commit.platform {
        Platform::Android => "kt",
        Platform::Ios => "swift",
        Platform::Desktop => "ts",
    };
    let mut all = Vec::new();
    for area in &commit.areas {
        if area == "(root)" {
            all.push(
                match commit.platform {
                    Platform::Android => "version.properties",
                    Platform::Ios => "Version.xcconfig",
                    Platform::Desktop => "package.json",
                }
                .to_owned(),
            );
        } else if area.ends_with("lproj") {
            all.push(format!("{area}/Localizable.strings"));
        } else {
            const STEMS: [&str; 6] = ["Screen", "Store", "Loader", "Header", "Session", "Format"];
            let draw = Draw::new(0, &app.id).named(&commit.sha).named(area);
            let first = draw.between(0, 5) as usize;
            for stem in STEMS.iter().cycle().skip(first).take(draw.at(1).between(1, 3) as usize) {
                all.push(format!("{area}/src/{stem}.{ending}"));
            }
        }
    }
    all
}

/// How things of one repository look.
struct View<'a> {
    ask: &'a Ask,
    spec: &'a AppSpec,
}

impl View<'_> {
    fn web(&self, what: &str) -> String {
        format!("{}/web/{}/{what}", self.ask.base, self.spec.repository)
    }

    fn api(&self, what: &str) -> String {
        format!("{}/repos/{}/{what}", self.ask.base, self.spec.repository)
    }

    fn repository(&self) -> Value {
        let (owner, name) = self.spec.repository.split_once('/').unwrap_or_default();
        let id = Draw::new(0, &self.spec.repository).between(100_000_000, 900_000_000);
        json!({
            "id": id, "node_id": format!("R_{id}"), "name": name, "full_name": self.spec.repository, "private": true,
            "owner": {"login": owner, "id": id / 7, "type": "Organization"}, "html_url": self.web(""),
            "url": format!("{}/repos/{}", self.ask.base, self.spec.repository), "default_branch": "main",
            "archived": false, "disabled": false, "visibility": "private",
            "permissions": {"admin": false, "push": true, "pull": true},
        })
    }

    fn branch(&self, name: &str, sha: &str) -> Value {
        json!({"name": name, "commit": {"sha": sha, "url": self.api(&format!("commits/{sha}"))}, "protected": true})
    }

    fn reference(&self, name: &str, sha: &str) -> Value {
        json!({
            "ref": name, "node_id": format!("REF_{sha}"), "url": self.api(&format!("git/{name}")),
            "object": {"sha": sha, "type": "commit", "url": self.api(&format!("git/commits/{sha}"))},
        })
    }

    fn user(&self, person: &Person) -> Value {
        let id = Draw::new(0, &person.account_id).between(1_000_000, 90_000_000);
        json!({
            "login": person.login, "id": id, "type": "User", "site_admin": false, "avatar_url": "",
            "html_url": format!("{}/web/{}", self.ask.base, person.login),
        })
    }

    fn commit(&self, commit: &Commit) -> Value {
        let who = json!({"name": commit.author.name, "email": commit.author.email, "date": rfc3339(commit.at)});
        let parents: Vec<Value> = commit
            .parent
            .iter()
            .map(|sha| json!({"sha": sha, "url": self.api(&format!("commits/{sha}")), "html_url": self.web(&format!("commit/{sha}"))}))
            .collect();
        json!({
            "sha": commit.sha, "node_id": format!("C_{}", commit.sha),
            "commit": {
                "author": who, "committer": who, "message": commit.title, "comment_count": 0,
                "tree": {"sha": Draw::new(0, &commit.sha).sha(""), "url": self.api("git/trees")},
                "url": self.api(&format!("git/commits/{}", commit.sha)),
                "verification": {"verified": true, "reason": "valid", "signature": null, "payload": null},
            },
            "url": self.api(&format!("commits/{}", commit.sha)), "html_url": self.web(&format!("commit/{}", commit.sha)),
            "comments_url": self.api(&format!("commits/{}/comments", commit.sha)),
            "author": self.user(&commit.author), "committer": self.user(&commit.author), "parents": parents,
        })
    }

    fn file(&self, name: &str, commit: &Commit) -> Value {
        let lines = Draw::new(0, name).named(&commit.sha).between(1, 60);
        json!({
            "sha": Draw::new(1, name).named(&commit.sha).sha(""), "filename": name, "status": "modified",
            "additions": lines, "deletions": lines / 3, "changes": lines + lines / 3,
            "blob_url": self.web(&format!("blob/{}/{name}", commit.sha)),
            "raw_url": self.web(&format!("raw/{}/{name}", commit.sha)),
            "contents_url": self.api(&format!("contents/{name}")),
        })
    }

    fn ci(&self) -> Value {
        json!({"id": 15368, "slug": "github-actions", "name": "GitHub Actions", "owner": {"login": "github"}})
    }

    fn check_run(&self, commit: &Commit, check: &Check) -> Value {
        let (status, conclusion) = match check.state {
            CheckState::Queued => ("queued", None),
            CheckState::Running => ("in_progress", None),
            CheckState::Passed => ("completed", Some("success")),
            CheckState::Failed => ("completed", Some("failure")),
        };
        let page = self.web(&format!("actions/runs/{}/job/{}", check.suite_id, check.id));
        json!({
            "id": check.id, "node_id": format!("CR_{}", check.id), "name": check.name, "head_sha": commit.sha,
            "external_id": "", "status": status, "conclusion": conclusion,
            "started_at": (check.state != CheckState::Queued).then(|| rfc3339(check.started_at)),
            "completed_at": conclusion.map(|_| rfc3339(check.completed_at)),
            "url": self.api(&format!("check-runs/{}", check.id)), "html_url": page, "details_url": page,
            "output": {"title": null, "summary": null, "text": null, "annotations_count": 0, "annotations_url": ""},
            "check_suite": {"id": check.suite_id}, "app": self.ci(), "pull_requests": [],
        })
    }

    /// Newest first; a status that was pending and then passed is there twice, as at GitHub.
    fn statuses(&self, commit: &Commit, checks: &[Check]) -> Vec<Value> {
        let mut all = Vec::new();
        for check in checks.iter().filter(|check| check.is_status) {
            let one = |id: u64, state: &str, at: i64| {
                json!({
                    "id": id, "node_id": format!("SC_{id}"), "state": state, "context": check.name,
                    "description": format!("{} {state}", check.name), "created_at": rfc3339(at), "updated_at": rfc3339(at),
                    "target_url": self.web(&format!("statuses/{id}")), "url": self.api(&format!("statuses/{}", commit.sha)),
                    "creator": {"login": "ci-bot", "id": 2, "type": "Bot"},
                })
            };
            match check.state {
                CheckState::Passed => {
                    all.push(one(check.id * 10 + 1, "success", check.completed_at))
                }
                CheckState::Failed => {
                    all.push(one(check.id * 10 + 1, "failure", check.completed_at))
                }
                CheckState::Queued | CheckState::Running => {}
            }
            all.push(one(check.id * 10, "pending", check.queued_at));
        }
        all
    }

    fn combined_status(&self, commit: &Commit, checks: &[Check]) -> Answer {
        let mut last: Vec<Value> = Vec::new();
        for status in self.statuses(commit, checks) {
            if !last.iter().any(|known| known.get("context") == status.get("context")) {
                last.push(status);
            }
        }
        let any = |state: &str| {
            last.iter().any(|status| status.get("state").and_then(Value::as_str) == Some(state))
        };
        let state = if any("failure") {
            "failure"
        } else if last.is_empty() || any("pending") {
            "pending"
        } else {
            "success"
        };
        Answer::json(json!({
            "state": state, "statuses": last, "sha": commit.sha, "total_count": last.len(),
            "commit_url": self.api(&format!("commits/{}", commit.sha)), "repository": self.repository(),
            "url": self.api(&format!("commits/{}/status", commit.sha)),
        }))
    }

    fn release(&self, release: &GithubRelease) -> Value {
        json!({
            "id": release.id, "node_id": format!("RE_{}", release.id), "tag_name": release.tag,
            "target_commitish": release.sha, "name": release.name, "body": release.body, "draft": release.is_draft,
            "prerelease": release.is_prerelease, "immutable": false, "created_at": rfc3339(release.created_at),
            "published_at": (!release.is_draft).then(|| rfc3339(release.published_at)),
            "url": self.api(&format!("releases/{}", release.id)),
            "html_url": self.web(&format!("releases/tag/{}", release.tag)),
            "assets_url": self.api(&format!("releases/{}/assets", release.id)),
            "upload_url": self.api(&format!("releases/{}/assets{{?name,label}}", release.id)), "assets": [],
            "tarball_url": null, "zipball_url": null, "author": {"login": "release-bot", "id": 3, "type": "Bot"},
        })
    }
}
