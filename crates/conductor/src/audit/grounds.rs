//! What one move rested on, as its entry says, and what is wrong with that.

use super::text;
use crate::journal::{Actor, Entry};
use crate::moment::{Moment, Span};
use serde_json::Value;

/// How far ahead of us a source's clock may be.
const AHEAD: Span = Span::seconds(120);

/// What was found of one move.
#[derive(Default)]
pub(super) struct Grounds {
    pub(super) violations: Vec<(u8, String)>,
    pub(super) untold: Vec<String>,
}

impl Grounds {
    fn violation(&mut self, invariant: u8, words: impl Into<String>) {
        self.violations.push((invariant, words.into()));
    }
    pub(super) fn untold(&mut self, words: impl Into<String>) {
        self.untold.push(words.into());
    }
}

/// What an entry says that a move rested on.
pub(super) struct Basis<'a> {
    /// Whether a person ordered it: then it is theirs whether its conditions hold.
    ordered: bool,
    data: &'a Value,
    findings: Vec<&'a Value>,
    /// The moment of the look; the entry's own where it does not say.
    at: Moment,
}

/// Reads what a move rested on; `None` if the entry has no findings.
pub(super) fn read(entry: &Entry) -> Option<Basis<'_>> {
    let data = &entry.draft.data;
    let at = text(data, "decided_at").and_then(|it| Moment::parse(it).ok());
    Some(Basis {
        ordered: matches!(entry.draft.actor, Actor::Person { .. }),
        findings: data.get("findings")?.as_array()?.iter().collect(),
        at: at.unwrap_or(entry.draft.at),
        data,
    })
}

impl Basis<'_> {
    fn of(&self, part: &str) -> impl Iterator<Item = &Value> {
        self.findings.iter().copied().filter(move |it| text(it, "of") == Some(part))
    }

    pub(super) fn judge(&self, action: &str, found: &mut Grounds) {
        let brake = matches!(action, "pause_rollout" | "resume_rollout");
        match self.data.get("holds").and_then(Value::as_array) {
            Some(holds) if !holds.is_empty() && !brake => found.violation(2, "a hold was in force"),
            Some(_) => {}
            None => found.untold("which holds were in force"),
        }
        // Older entries do not tell conditions from guards.
        if self.findings.iter().any(|it| text(it, "of").is_none()) {
            found.untold("which findings were guards");
            return;
        }
        match action {
            "pause_rollout" => self.judge_pause(found),
            "resume_rollout" if !self.ordered => {
                found.violation(4, "the conductor resumed a rollout, which is a person's");
            }
            _ if self.ordered => {}
            _ => self.judge_go(action, found),
        }
    }

    /// None stops but by a person, a guard, or before a step of the store that something speaks against.
    fn judge_pause(&self, found: &mut Grounds) {
        let open = |it: &Value| text(it, "verdict") != Some("met") && !waived(it);
        let guard = self.of("guard").any(|it| text(it, "verdict") == Some("unmet") && !waived(it));
        if !self.ordered && !guard && !self.of("condition").any(open) {
            found.violation(
                4,
                "the rollout was paused, and neither a guard nor a condition spoke against it",
            );
        }
    }

    fn judge_go(&self, action: &str, found: &mut Grounds) {
        match text(self.data, "standing") {
            Some("running") => {}
            Some(standing) => found.violation(2, format!("the track was {standing}")),
            None => found.untold("how the track stood"),
        }
        // A newer build that takes the candidate's place is judged by what was found of it.
        let renews = action == "mark_candidate" && self.of("renewal").next().is_some();
        for finding in self.of(if renews { "renewal" } else { "condition" }) {
            self.judge_finding(1, finding, found);
        }
        let grows = matches!(action, "start_rollout" | "complete_rollout" | "publish");
        for guard in self.of("guard").filter(|_| grows) {
            self.judge_finding(4, guard, found);
        }
    }

    fn judge_finding(&self, invariant: u8, finding: &Value, found: &mut Grounds) {
        let id = text(finding, "id").unwrap_or("?");
        if waived(finding) {
            if text(finding, "waived_by").is_none_or(str::is_empty) {
                found.untold(format!("who waived “{id}”"));
            }
            return;
        }
        let is_window = text(finding, "kind") == Some("window");
        match text(finding, "verdict") {
            Some("met") => {}
            Some(_) if is_window => found.violation(2, format!("“{id}”: the window was not open")),
            Some(verdict) => found.violation(invariant, format!("“{id}” was {verdict}")),
            None => found.untold(format!("what “{id}” came to")),
        }
        let observed = text(finding, "observed_at").and_then(|it| Moment::parse(it).ok());
        let max_age = finding.get("max_age_minutes").and_then(Value::as_i64);
        match (observed, max_age) {
            (Some(at), _) if at > self.at + AHEAD => {
                found.violation(1, format!("“{id}” was stamped in the future"));
            }
            (Some(at), Some(most)) if self.at - at > Span::minutes(most) => {
                let age = self.at - at;
                found.violation(
                    1,
                    format!("“{id}” had expired: {age} old, at most {}", Span::minutes(most)),
                );
            }
            (Some(_), Some(_)) => {}
            _ => found.untold(format!("how old “{id}” was")),
        }
        let count = |key| finding.get(key).and_then(Value::as_u64);
        match (count("sample"), count("minimum_sample")) {
            (Some(sample), Some(least)) if sample < least => {
                found.violation(1, format!("“{id}” rested on {sample} of {least} cases"));
            }
            (None, Some(least)) if least > 0 => {
                found.untold(format!("on how many cases “{id}” rested"));
            }
            _ => {}
        }
    }
}

fn waived(finding: &Value) -> bool {
    finding.get("waived").and_then(Value::as_bool) == Some(true)
}
