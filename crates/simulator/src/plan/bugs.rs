//! Bugs that people file and fix: blocking ones mostly between candidates, gone when the next candidate's commit lands;
//! now and then one filed late; and everyday ones that block nothing.

use super::{DAY, HOUR, LinePlan, MINUTE, ReleasePlan, words};
use crate::draw::Draw;
use crate::platform::Platform;
use crate::spec::{AppSpec, Person, Spec};

/// The label of all bugs that block a release.
pub const BLOCKER: &str = "release-blocker";

/// One issue in Jira.
#[derive(Clone, Debug)]
pub struct Bug {
    /// `LARK-118`.
    pub key: String,
    /// Jira's numeric id.
    pub id: u64,
    /// Its summary. Some hold markup.
    pub title: String,
    /// Where it was seen.
    pub platform: Platform,
    /// Jira version it is to be fixed in, such as `Android 7.72`, from `triaged_at` on.
    pub fix_version: Option<String>,
    /// Until then it has no fix version.
    pub triaged_at: i64,
    /// Jira's priority name; some have none.
    pub priority: Option<&'static str>,
    /// Holds up the release.
    pub blocks: bool,
    /// Index of the app's team.
    pub team: usize,
    /// Who filed it.
    pub reporter: Person,
    /// Who works on it; some have nobody.
    pub assignee: Option<Person>,
    /// When it was filed.
    pub created_at: i64,
    /// When somebody began.
    pub started_at: i64,
    /// When it was done; far away for those that stay open.
    pub done_at: i64,
}

/// All bugs of an app, ordered by when they are filed, with keys in that order.
pub(super) fn lay(spec: &Spec, app: &AppSpec, lines: &[LinePlan], draw: Draw) -> Vec<Bug> {
    let mut bugs = Vec::new();
    for line in lines {
        for release in line.releases.iter().skip(line.live.saturating_sub(2)) {
            let draw = draw.named(line.platform.key()).named(&release.version);
            blocking(spec, app, line.platform, release, draw, &mut bugs);
            everyday(app, line.platform, release, draw.named("everyday"), &mut bugs);
        }
    }
    bugs.sort_by(|one: &Bug, other| {
        (one.created_at, &one.title).cmp(&(other.created_at, &other.title))
    });
    let first = draw.named("first key").between(180, 2_400) as u64;
    for (bug, number) in bugs.iter_mut().zip(first..) {
        bug.key = format!("{}-{number}", app.jira_project);
        bug.id = 10_000 + number;
    }
    bugs
}

fn blocking(
    spec: &Spec,
    app: &AppSpec,
    platform: Platform,
    release: &ReleasePlan,
    draw: Draw,
    to: &mut Vec<Bug>,
) {
    if release.hotfix {
        return;
    }
    let mut spans: Vec<(i64, i64)> = release
        .candidates
        .windows(2)
        .filter_map(|pair| Some((pair.first()?.at, pair.last()?.at - 30 * MINUTE)))
        .collect();
    let (last, done) = (release.last_candidate_at(), release.done_at - HOUR);
    if spans.is_empty() {
        spans.push((last, last + (done - last) / 2));
    }
    let most = if spec.calm { 1 } else { 3 };
    for (index, (from, until)) in spans.into_iter().enumerate() {
        let draw = draw.named("span").at(index as u64);
        for one in 0..draw.between(0, most) {
            let draw = draw.at(one as u64);
            if until - from < 3 * HOUR {
                break;
            }
            let created_at = from + ((until - from) as f64 * (0.05 + 0.6 * draw.unit())) as i64;
            to.push(bug(app, platform, release, draw, (created_at, until), true));
        }
    }
    let late = draw.named("late");
    if !spec.calm && done - last > DAY && late.chance(0.12) {
        let created_at = last + ((done - last) as f64 * (0.55 + 0.25 * late.at(1).unit())) as i64;
        to.push(bug(app, platform, release, late, (created_at, done), true));
    }
}

fn everyday(
    app: &AppSpec,
    platform: Platform,
    release: &ReleasePlan,
    draw: Draw,
    to: &mut Vec<Bug>,
) {
    for one in 0..draw.between(1, 4) {
        let draw = draw.at(one as u64);
        let created_at = release.branched_at
            + ((release.done_at - release.branched_at) as f64 * draw.unit()) as i64;
        let done_at = created_at + draw.named("open").between(6, 30 * 24) * HOUR;
        to.push(bug(app, platform, release, draw, (created_at, done_at), false));
    }
}

fn bug(
    app: &AppSpec,
    platform: Platform,
    release: &ReleasePlan,
    draw: Draw,
    span: (i64, i64),
    blocks: bool,
) -> Bug {
    let (created_at, done_at) = span;
    let team = draw.named("team").between(0, app.teams.len() as i64 - 1) as usize;
    let odd = |what: &str, share: f64| draw.named(what).chance(share);
    let name = format!("{}{}", app.jira_version_prefix(platform), release.version);
    let priority = match (blocks, odd("no priority", 0.08)) {
        (_, true) => None,
        (true, false) => Some("Highest"),
        (false, false) => {
            draw.named("priority").pick(&["High", "Medium", "Low", "Lowest"]).copied()
        }
    };
    let untriaged = (done_at - created_at).min(4 * HOUR) / 2;
    let team_name = app.teams.get(team).map_or("App", |team| team.name.as_str());
    Bug {
        key: String::new(),
        id: 0,
        title: words::bug(draw, team_name),
        platform,
        fix_version: (blocks || !odd("no version", 0.25)).then_some(name),
        triaged_at: if odd("untriaged", 0.2) { created_at + untriaged } else { created_at },
        priority,
        blocks,
        team,
        reporter: words::someone(app, draw.named("reporter"), (team + 1) % app.teams.len().max(1))
            .clone(),
        assignee: (!odd("no owner", 0.12))
            .then(|| words::someone(app, draw.named("assignee"), team).clone()),
        created_at,
        started_at: created_at + (done_at - created_at) / 3,
        done_at,
    }
}
