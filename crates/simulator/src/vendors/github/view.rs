//! How GitHub shows things of one repository.

use serde_json::{Value, json};

use crate::draw::Draw;
use crate::plan::Commit;
use crate::platform::Platform;
use crate::spec::{AppSpec, Person};
use crate::vendors::{Answer, Ask, rfc3339};
use crate::world::github::{Check, CheckState, GithubRelease};

/// Files that a commit touched: for each folder, one to three under names that stay.
pub(super) fn files(app: &AppSpec, commit: &Commit) -> Vec<String> {
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

/// The app that check runs come from.
pub(super) fn ci() -> Value {
    json!({"id": 15368, "slug": "github-actions", "name": "GitHub Actions", "owner": {"login": "github"}})
}

/// How things of one repository look.
pub(super) struct View<'a> {
    pub(super) ask: &'a Ask,
    pub(super) spec: &'a AppSpec,
}

impl View<'_> {
    pub(super) fn web(&self, what: &str) -> String {
        format!("{}/web/{}/{what}", self.ask.base, self.spec.repository)
    }

    pub(super) fn api(&self, what: &str) -> String {
        format!("{}/repos/{}/{what}", self.ask.base, self.spec.repository)
    }

    pub(super) fn repository(&self) -> Value {
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

    pub(super) fn branch(&self, name: &str, sha: &str) -> Value {
        json!({"name": name, "commit": {"sha": sha, "url": self.api(&format!("commits/{sha}"))}, "protected": true})
    }

    pub(super) fn reference(&self, name: &str, sha: &str) -> Value {
        json!({
            "ref": name, "node_id": format!("REF_{sha}"), "url": self.api(&format!("git/{name}")),
            "object": {"sha": sha, "type": "commit", "url": self.api(&format!("git/commits/{sha}"))},
        })
    }

    pub(super) fn user(&self, person: &Person) -> Value {
        let id = Draw::new(0, &person.account_id).between(1_000_000, 90_000_000);
        json!({
            "login": person.login, "id": id, "type": "User", "site_admin": false, "avatar_url": "",
            "html_url": format!("{}/web/{}", self.ask.base, person.login),
        })
    }

    pub(super) fn commit(&self, commit: &Commit) -> Value {
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

    pub(super) fn file(&self, name: &str, commit: &Commit) -> Value {
        let lines = Draw::new(0, name).named(&commit.sha).between(1, 60);
        json!({
            "sha": Draw::new(1, name).named(&commit.sha).sha(""), "filename": name, "status": "modified",
            "additions": lines, "deletions": lines / 3, "changes": lines + lines / 3,
            "blob_url": self.web(&format!("blob/{}/{name}", commit.sha)),
            "raw_url": self.web(&format!("raw/{}/{name}", commit.sha)),
            "contents_url": self.api(&format!("contents/{name}")),
        })
    }

    pub(super) fn check_run(&self, commit: &Commit, check: &Check) -> Value {
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
            "check_suite": {"id": check.suite_id}, "app": ci(), "pull_requests": [],
        })
    }

    /// Newest first; a status that was pending and then passed is there twice, as at GitHub.
    pub(super) fn statuses(&self, commit: &Commit, checks: &[Check]) -> Vec<Value> {
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
                    all.push(one(check.id * 10 + 1, "success", check.completed_at));
                }
                CheckState::Failed => {
                    all.push(one(check.id * 10 + 1, "failure", check.completed_at));
                }
                CheckState::Queued | CheckState::Running => {}
            }
            all.push(one(check.id * 10, "pending", check.queued_at));
        }
        all
    }

    /// The newest status of each context.
    pub(super) fn last_statuses(&self, commit: &Commit, checks: &[Check]) -> Vec<Value> {
        let mut last: Vec<Value> = Vec::new();
        for status in self.statuses(commit, checks) {
            if !last.iter().any(|known| known.get("context") == status.get("context")) {
                last.push(status);
            }
        }
        last
    }

    pub(super) fn combined_status(&self, commit: &Commit, checks: &[Check]) -> Answer {
        let last = self.last_statuses(commit, checks);
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

    pub(super) fn release(&self, release: &GithubRelease) -> Value {
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
