//! What people do that no vendor keeps: signing off. And who reacts in a store's console is planned from here.

use super::{Due, LineAt, World};
use crate::plan::{DAY, HOUR, MINUTE};
use crate::platform::Platform;
use crate::spec::Person;

/// What a team says about a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Who says it.
    pub person: Person,
    /// In their words.
    pub comment: String,
    /// Not yet: the comment says why. The same team signs later.
    pub refused: bool,
    /// Since when they would say so, in simulated milliseconds.
    pub at_ms: i64,
}

/// Hours that a zone is ahead of UTC, near enough for when people work.
fn ahead(zone: &str) -> i64 {
    match zone {
        "Europe/Stockholm" | "Europe/Berlin" | "Europe/Paris" | "Europe/Amsterdam" => HOUR,
        "America/Los_Angeles" => -8 * HOUR,
        "America/New_York" => -5 * HOUR,
        _ => 0,
    }
}

impl World {
    /// What a team would say of a version at a moment. `None` while it would say nothing: before the last candidate,
    /// before the team's own moment between that and the day people are done, or where there is no such version or
    /// team. `team` is the id or the name. Depends on the seed alone, not on what was asked before.
    pub fn would_sign(
        &self,
        app: &str,
        platform: Platform,
        version: &str,
        team: &str,
        now_ms: i64,
    ) -> Option<Signature> {
        let at = self.find_app(|spec| spec.id == app)?;
        let spec = self.app_spec(at)?;
        let team = spec.teams.iter().find(|one| one.id == team || one.name == team)?;
        let (_, release) = self.release(LineAt { app: at, platform }, version)?;
        let draw =
            self.draw("sign-off").named(app).named(platform.key()).named(version).named(&team.id);
        let (from, until) = (release.last_candidate_at() + 20 * MINUTE, release.done_at);
        let drawn = from + ((until - from) as f64 * (0.1 + 0.85 * draw.unit())) as i64;
        let signs_at = working_hour(drawn, until, ahead(&spec.zone), draw);
        let person = draw.named("person").pick(&team.people)?.clone();
        let hesitates =
            !self.spec.calm && signs_at - from > DAY && draw.named("refuses").chance(0.05);
        let refuses_at = from + (signs_at - from) / 3;
        if now_ms >= signs_at {
            let comment = draw.named("yes").pick(&YES).copied().unwrap_or_default().to_owned();
            return Some(Signature { person, comment, refused: false, at_ms: signs_at });
        }
        if hesitates && now_ms >= refuses_at {
            let comment = draw.named("no").pick(&NO).copied().unwrap_or_default().to_owned();
            return Some(Signature { person, comment, refused: true, at_ms: refuses_at });
        }
        None
    }

    /// Quality stopped a version: if it is really bad, somebody mends it from the server's side within hours, waits a
    /// day for clean numbers, and resumes in the console. A halt without such a cause was somebody's wish and stays.
    pub(crate) fn people_react(&mut self, line: LineAt, release: usize) {
        let is_bad = self
            .line(line)
            .and_then(|plan| plan.releases.get(release))
            .is_some_and(|laid| laid.regression);
        if !is_bad {
            return;
        }
        let draw = self
            .draw("reaction")
            .named(&format!("{}/{}/{release}", line.app, line.platform))
            .at(self.now as u64);
        let heals_at = self
            .healed
            .get(&(line, release))
            .copied()
            .unwrap_or(self.now + draw.between(60, 190) * MINUTE);
        let resumes_at =
            (heals_at + 25 * HOUR).max(self.now + 3 * HOUR) + draw.at(1).between(0, 240) * MINUTE;
        if !self.healed.contains_key(&(line, release)) {
            self.plan_due(heals_at, Due::Healed(line, release));
        }
        self.plan_due(resumes_at, Due::Resumed(line, release));
    }
}

const YES: [&str; 8] = [
    "Tested on three devices, all good.",
    "Regression list done, nothing found.",
    "Good to go from our side.",
    "Checked the new screens and the migration.",
    "Looks fine. Two cosmetic bugs, filed for the next version.",
    "All automated and manual checks passed.",
    "Signed: nothing of ours changed since the last candidate.",
    "Works for us, also on the oldest supported device.",
];
const NO: [&str; 4] = [
    "Not yet: we are still looking at a slow start on one device.",
    "Please wait, we want one more run of the migration test.",
    "We saw a crash we cannot explain yet.",
    "Waiting for the server team to confirm the new endpoint.",
];

/// The moment itself if people work then; else the next working hour, if that is not too late; else the moment.
fn working_hour(at: i64, until: i64, ahead: i64, draw: crate::draw::Draw) -> i64 {
    let mut moment = at + ahead;
    for _ in 0..4 {
        let day = moment.div_euclid(DAY);
        let of_day = moment.rem_euclid(DAY);
        let is_weekend = matches!((day + 3).rem_euclid(7), 5 | 6); // Day 0 of the epoch was a Thursday.
        if !is_weekend && (9 * HOUR..17 * HOUR + 30 * MINUTE).contains(&of_day) {
            break;
        }
        let next = if of_day < 9 * HOUR && !is_weekend { day } else { day + 1 };
        moment = next * DAY + 9 * HOUR + draw.named("morning").between(0, 150) * MINUTE;
    }
    let moment = moment - ahead;
    if moment <= until { moment } else { at }
}
