//! What the four lamps show, and why.

use super::{Bar, Inputs, Next};
use crate::condition::{Vote, asks_sign_offs, votes};
use crate::explain::{count, list};
use crate::finding::{Cause, Finding, Verdict};
use crate::lamp::{Lamp, Lamps, Signal};
use crate::moment::Span;
use crate::observation::{Phased, StorePhase};
use crate::process::{Entered, Mode, Stage};
use crate::track::Standing;

/// How old the list of bugs may be for its lamp where no rule says it.
const BUGS_MAX_AGE: Span = Span::minutes(20);

/// What the lamps are made from.
pub(super) struct Shown<'a> {
    pub(super) inputs: &'a Inputs,
    pub(super) stage: Option<&'a Stage>,
    pub(super) standing: Standing,
    pub(super) findings: &'a [Finding],
    pub(super) guards: &'a [Finding],
    pub(super) next: &'a Next,
    pub(super) bar: Option<&'a Bar<'a>>,
    pub(super) phase: Option<StorePhase>,
}

pub(super) fn lamps(shown: &Shown<'_>) -> Lamps {
    Lamps {
        release: release(shown),
        bugs: bugs(shown.inputs),
        sign_offs: sign_offs(shown.inputs, shown.stage),
        quality: quality(shown.stage, shown.findings, shown.guards),
    }
}

fn release(shown: &Shown<'_>) -> Lamp {
    let Shown { stage, standing, findings, guards, next, bar, phase, .. } = *shown;
    let Some(stage) = stage else { return Lamp::new(Signal::None, "Not yet", "Not branched yet") };
    match standing {
        Standing::Paused => {
            let phased = shown.inputs.facts.store.last().and_then(|it| it.value.phased.as_ref());
            return match phased.map(Phased::pause_left) {
                Some(0) => Lamp::new(
                    Signal::Stop,
                    "Pause over",
                    "The 30 days of pause are used up: what the store does now is not known",
                ),
                Some(left @ 1..=5) => Lamp::new(
                    Signal::Stop,
                    format!("{} left", count(u64::from(left), "day")),
                    format!(
                        "Paused; {} of pause left, and what the store does then is not known",
                        count(u64::from(left), "day")
                    ),
                ),
                _ => Lamp::new(
                    Signal::Stop,
                    "Paused",
                    "The rollout stands still until a person decides",
                ),
            };
        }
        Standing::Rejected => return Lamp::new(Signal::Stop, "Rejected", "The store rejected it"),
        Standing::Cancelled => return Lamp::new(Signal::None, "Cancelled", "It will not ship"),
        Standing::Held if phase == Some(StorePhase::Halted) => {
            return Lamp::new(Signal::Stop, "Held", "A person holds it, and its rollout is halted");
        }
        Standing::Held => return Lamp::new(Signal::Wait, "Held", "A person holds it"),
        Standing::Finished => {
            return Lamp::new(Signal::Go, "Live", "Live for everybody, watch ended");
        }
        Standing::Running => {}
    }
    if matches!(next, Next::Pause { .. }) {
        return match bar {
            None => Lamp::new(Signal::Stop, "Pausing", "The rollout is being paused"),
            Some(_) => Lamp::new(
                Signal::Stop,
                "Not paused",
                "The rollout is to be paused, and the store refused",
            ),
        };
    }
    if let Some(fallen) = guards.iter().find(|it| !it.lets_pass() && it.verdict == Verdict::Unmet) {
        let why = format!("{}: {}, {}", fallen.title, fallen.value, fallen.threshold);
        return Lamp::new(Signal::Stop, "Red line", why);
    }
    match bar {
        Some(Bar::Failed(words, _)) => {
            return Lamp::new(
                Signal::Stop,
                "Refused",
                format!("The last action was refused: {words}"),
            );
        }
        Some(Bar::Undone) => {
            return Lamp::new(
                Signal::Stop,
                "Undone",
                "It was done before and undone since: a person decides",
            );
        }
        Some(Bar::Blind) => {
            return Lamp::new(
                Signal::Unknown,
                "Unknown",
                "Where it is at the store is not known now",
            );
        }
        Some(Bar::Behind(version)) => {
            return Lamp::new(Signal::Wait, "Behind", format!("{version} goes first"));
        }
        Some(Bar::SaidNo) => return Lamp::new(Signal::Wait, "Told no", "A person said no"),
        Some(Bar::NoBuild) => return Lamp::new(Signal::Wait, "No build", "There is no build yet"),
        None => {}
    }
    if let Next::Fire { mode, .. } = next {
        let met_at = findings.iter().map(|it| it.since).max().unwrap_or(shown.inputs.now);
        if *mode != Mode::Auto && shown.inputs.now - met_at >= Span::hours(24) {
            let why = "Ready for a day or more, and a person has to move it on";
            return Lamp::new(Signal::Wait, "Your move", why);
        }
        return Lamp::new(Signal::Go, "Ready", "Ready for the next stage");
    }
    let all = || findings.iter().chain(guards).filter(|it| !it.lets_pass());
    if let Some(it) = all().find(|it| it.cause == Some(Cause::Danger)) {
        return Lamp::new(Signal::Stop, "Danger", format!("{}: {}", it.title, it.value));
    }
    if all().any(|it| it.cause == Some(Cause::Rewritten)) {
        return Lamp::new(
            Signal::Stop,
            "Rewritten",
            "The branch was rewritten under the candidate",
        );
    }
    let only_time = stage.entered_when.rank() > Entered::Submitted.rank()
        && all().all(|it| it.cause == Some(Cause::Time));
    match phase {
        Some(StorePhase::WaitingForReview | StorePhase::InReview) => {
            return Lamp::new(Signal::Wait, "In review", "The store has not answered yet");
        }
        Some(StorePhase::NeedsPerson) => {
            return Lamp::new(Signal::Stop, "In console", "The store's console waits for a person");
        }
        _ => {}
    }
    if only_time {
        return Lamp::new(Signal::Go, "On course", "Nothing but time stands in its way");
    }
    let unmet = all().filter(|it| it.verdict == Verdict::Unmet).count();
    let unknown = all().filter(|it| it.verdict == Verdict::Unknown).count();
    match (unmet, unknown) {
        (0, 0) => Lamp::new(Signal::Go, "On course", "Nothing stands in its way"),
        (0, n) => Lamp::new(
            Signal::Unknown,
            "Unknown",
            format!("{} cannot be judged now", count(n as u64, "condition")),
        ),
        (n, _) => {
            Lamp::new(Signal::Wait, "Waiting", format!("{} not met", count(n as u64, "condition")))
        }
    }
}

fn bugs(inputs: &Inputs) -> Lamp {
    let fact = &inputs.facts.bugs;
    let open = |bugs: &crate::facts::Bugs| bugs.blocking().count();
    match fact.fresh(BUGS_MAX_AGE, inputs.now) {
        Ok(reading) => {
            let keys: Vec<String> = reading.value.blocking().map(|bug| bug.key.clone()).collect();
            let n = keys.len();
            let bugs = &reading.value;
            let too_fresh = bugs.zero_is_fresh(reading.observed_at);
            if n > 0 {
                Lamp::new(
                    Signal::Stop,
                    format!("{n} open"),
                    format!("{}: {}", count(n as u64, "blocking bug"), list(&keys, 3)),
                )
            } else if !bugs.complete || too_fresh {
                Lamp::new(
                    Signal::Unknown,
                    "0 so far",
                    "The list was not read to its end, or its zero is too fresh",
                )
            } else {
                Lamp::new(Signal::Go, "0 open", "No open blocking bug")
            }
        }
        Err(_) => {
            let text = fact
                .last()
                .map_or_else(|| "Unknown".to_owned(), |it| format!("{} open?", open(&it.value)));
            let why = match fact.source() {
                Some(source) => format!("{source} gives no fresh answer on bugs"),
                None => "No source tells of bugs".to_owned(),
            };
            Lamp::new(Signal::Unknown, text, why)
        }
    }
}

fn sign_offs(inputs: &Inputs, stage: Option<&Stage>) -> Lamp {
    let asked = stage.is_some_and(|it| it.entered_when.rank() >= Entered::CandidateMarked.rank());
    if !asks_sign_offs(&inputs.process) {
        return Lamp::new(Signal::None, "Not asked", "This process asks for no sign-offs");
    }
    let votes = votes(inputs);
    if !asked || votes.is_empty() || inputs.people.candidate().is_none() {
        return Lamp::new(Signal::None, "Not yet", "Asked for once there is a candidate");
    }
    let refused: Vec<String> = votes
        .iter()
        .filter(|(_, vote)| matches!(vote, Vote::Refused(_)))
        .map(|(team, _)| team.name.clone())
        .collect();
    let waiting: Vec<String> = votes
        .iter()
        .filter(|(_, vote)| matches!(vote, Vote::Missing | Vote::AskedAgain(_)))
        .map(|(team, _)| team.name.clone())
        .collect();
    let text = format!("{} of {}", votes.len() - waiting.len() - refused.len(), votes.len());
    let submitted = stage.is_some_and(|it| it.entered_when.rank() >= Entered::Submitted.rank());
    if !refused.is_empty() {
        Lamp::new(Signal::Stop, text, format!("Refused by {}", list(&refused, 3)))
    } else if waiting.is_empty() {
        Lamp::new(Signal::Go, text, "Every team signed off")
    } else if submitted {
        Lamp::new(Signal::Waived, text, format!("Went on without {}", list(&waiting, 3)))
    } else {
        Lamp::new(Signal::Wait, text, format!("Waiting for {}", list(&waiting, 3)))
    }
}

fn quality(stage: Option<&Stage>, findings: &[Finding], guards: &[Finding]) -> Lamp {
    let conditions =
        stage.and_then(|it| it.leave.as_ref()).into_iter().flat_map(|it| &it.conditions);
    let guarded = stage.into_iter().flat_map(|it| it.guards.iter().map(|guard| &guard.rule));
    let ids: Vec<&str> = conditions
        .chain(guarded)
        .filter(|rule| rule.condition.is_quality())
        .map(|rule| rule.id.as_str())
        .collect();
    let judged: Vec<&Finding> =
        findings.iter().chain(guards).filter(|it| ids.contains(&it.id.as_str())).collect();
    let worst = |verdict| judged.iter().find(|it| !it.lets_pass() && it.verdict == verdict);
    if let Some(bad) = worst(Verdict::Unmet) {
        return Lamp::new(
            Signal::Stop,
            bad.value.clone(),
            format!("{}: {}, {}", bad.title, bad.value, bad.threshold),
        );
    }
    if let Some(unsure) = worst(Verdict::Unknown) {
        let few = matches!(
            unsure.why,
            Some(crate::reading::Why::UnderSampled | crate::reading::Why::NoData)
        );
        return Lamp::new(
            Signal::Unknown,
            if few { "Too few" } else { "Unknown" },
            format!("{}: {}", unsure.title, unsure.next_step),
        );
    }
    match judged.first() {
        Some(good) => Lamp::new(
            Signal::Go,
            good.value.clone(),
            format!("{}: {}, {}", good.title, good.value, good.threshold),
        ),
        None => Lamp::new(Signal::None, "Not yet", "Judged once there are sessions to judge"),
    }
}
