//! The only place where a track is moved or stopped. `decide` is total and pure: equal inputs give equal
//! bits on the server, in the browser and in replay.

use crate::app::App;
use crate::condition::{Case, Judged};
use crate::explain::{self, Headline, Told};
use crate::facts::Facts;
use crate::finding::{Finding, Owner, Verdict, Waived};
use crate::intent::IntentState;
use crate::lamp::Lamps;
use crate::moment::{Moment, Span};
use crate::observation::{Build, Share, StorePhase};
use crate::people::Interventions;
use crate::process::{
    Action, AtPhase, Entered, Guard, Mode, Process, Rule, Stage, StageId, Transition,
};
use crate::track::{Kind, Standing, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod lamps;
mod next;
mod place;
mod resumed;
mod warnings;

pub(crate) use next::{Bar, is_exclusive};
use next::{Weighed, next};
use place::{candidate_build, phase, shipped_build, soak_start, stage, standing};
pub use resumed::Resumed;
pub use warnings::Warning;

/// How old the store's word may be for a stretch of time to count as soaked.
const SEEN_WITHIN: Span = Span::minutes(20);

/// What the last decision found: so that since-when can be told and a guard can count its last readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Before {
    /// When that was.
    pub at: Option<Moment>,
    /// The stage, and since when.
    pub stage: Option<(StageId, Moment)>,
    /// The standing, and since when.
    pub standing: Option<(Standing, Moment)>,
    /// How long the rollout has been paused at this stage.
    pub paused: Span,
    /// Whether it stood still at the store, however it stood with people.
    pub halted: bool,
    /// How long each share has been served, pauses not counted.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub at_share: BTreeMap<Share, Span>,
    /// The share that was served at the last look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub served: Option<Share>,
    /// Each rule's verdict, and since when.
    pub findings: BTreeMap<String, (Verdict, Moment)>,
    /// Each guard's last verdicts that were not Unknown, one a reading, newest last.
    pub recent: BTreeMap<String, Vec<Verdict>>,
    /// The end of the data of each guard's last counted reading: a reading that is looked at twice counts once.
    pub counted: BTreeMap<String, Moment>,
    /// A person served it again after it stood still: guards are judged by what came after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumed>,
}

impl Before {
    /// Our clock leapt ahead by so much since the last look, or the machine slept: that time has not passed for any
    /// soak. A clock that goes back needs nothing: a soak comes out too long by that, never too short.
    pub fn leapt(&mut self, by: Span) {
        if by <= Span::default() {
            return;
        }
        self.at = self.at.map(|at| at + by);
        self.paused = Span::millis(self.paused.as_millis().saturating_add(by.as_millis()));
    }
}

/// All that a decision depends on. The track page carries it, so that the browser decides for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The app: its teams, its owner.
    pub app: App,
    /// The rules.
    pub process: Process,
    /// What is known.
    pub facts: Facts,
    /// What people said.
    pub people: Interventions,
    /// What was found before.
    pub before: Before,
    /// The moment.
    pub now: Moment,
}

/// What is to be done with a track, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The track.
    pub track: TrackId,
    /// Regular or hotfix.
    pub kind: Kind,
    /// The rules that it was decided by.
    pub process: String,
    /// Their version.
    pub process_version: u32,
    /// The furthest stage that a source shows; `None` if not even the branch exists.
    pub stage: Option<StageId>,
    /// Since when.
    pub stage_since: Option<Moment>,
    /// How it stands there.
    pub standing: Standing,
    /// Since when.
    pub standing_since: Moment,
    /// The conditions to leave the stage, in the process's order.
    pub findings: Vec<Finding>,
    /// The guards of the stage.
    pub guards: Vec<Finding>,
    /// What is done next.
    pub next: Next,
    /// What leads out of the stage, and who does it.
    pub ahead: Option<(Action, Mode)>,
    /// The conditions under which the newest build takes the candidate's place, judged for that build; empty
    /// unless it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renewal: Vec<Finding>,
    /// The action for which a person's yes is awaited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Action>,
    /// The build that it is about: the candidate, or the newest before there is one.
    pub build: Option<String>,
    /// How long it has been at this stage, pauses not counted.
    pub soaked: Span,
    /// The four lamps.
    pub lamps: Lamps,
    /// What a person needs to know.
    pub headline: Headline,
    /// What is odd, and moves nothing.
    pub warnings: Vec<Warning>,
}

/// What is done next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(not(target_family = "wasm"), serde(tag = "next"))]
pub enum Next {
    /// All conditions hold: the action, by whom.
    Fire {
        /// What.
        action: Action,
        /// Who.
        mode: Mode,
    },
    /// A guard fell: the rollout is paused.
    Pause {
        /// Which guard, in words.
        because: String,
    },
    /// Something is still missing, or under way.
    Wait,
    /// A person, the store or the end of the line: nothing is done.
    Rest,
}

/// Decides what is to be done with one track.
pub fn decide(inputs: &Inputs) -> Decision {
    let Inputs { app, process, facts, people, before, now } = inputs;
    let now = *now;
    let phase = phase(process, facts, before);
    let stage = stage(process, facts, phase, people, before);
    let standing = standing(phase, people);
    let newest = facts.newest_build();
    let candidate = candidate_build(facts, people);
    let shipped = shipped_build(facts, phase, candidate.as_ref());
    let build = shipped.as_ref().or(candidate.as_ref()).or(newest);
    // Nothing began in the future: a clock that says so has gone back since.
    let stage_since = stage.map(|stage| match &before.stage {
        Some((was, since)) if *was == stage.id => (*since).min(now),
        _ => now,
    });
    let start = soak_start(process, stage, facts, stage_since);
    let at_share = shares(before, facts, now);
    let served_since =
        start.filter(|_| stage.is_some_and(|it| matches!(it.entered_when, Entered::Served(_))));
    let soaked = start.map_or(Span::default(), |start| {
        let paused = paused(stage.map(|it| &it.id), facts, before, now).as_millis();
        Span::millis((now - start).as_millis().saturating_sub(paused).max(0))
    });
    let resumed = resumed::resumed(before, facts, now);
    let judge = |rule: &Rule, build: Option<&Build>, resumed: Option<&Resumed>| {
        let case = Case {
            app,
            facts,
            people,
            build,
            soaked,
            at_share: &at_share,
            served_since,
            resumed,
            max_age: Span::minutes(i64::from(rule.max_age_minutes)),
            now,
        };
        finding(rule, rule.condition.judge(&case), inputs, build)
    };
    let applies =
        |rule: &&Rule| rule.only_at.is_empty() || rule.only_at.contains(&facts.store_kind);
    let judge_all = |leave: &Transition, build: Option<&Build>| -> Vec<(Finding, String)> {
        leave.conditions.iter().filter(applies).map(|rule| judge(rule, build, None)).collect()
    };
    let leave = stage.and_then(|stage| stage.leave.as_ref());
    let (findings, mut waits): (Vec<Finding>, Vec<String>) =
        leave.map(|leave| judge_all(leave, build)).unwrap_or_default().into_iter().unzip();
    let (guards, guard_waits): (Vec<Finding>, Vec<String>) = stage
        .into_iter()
        .flat_map(|stage| stage.guards.iter().filter(|guard| applies(&&guard.rule)))
        .map(|guard| judge(&guard.rule, build, resumed.as_ref()))
        .unzip();
    waits.extend(guard_waits);
    let waits: Vec<(String, String)> =
        findings.iter().chain(&guards).map(|it| it.id.clone()).zip(waits).collect();
    let fallen =
        stage.and_then(|stage| fallen_guard(stage, &guards, before, resumed.as_ref(), now));
    let renewal =
        stage.zip(newest).zip(candidate.as_ref()).and_then(|((at, newest), candidate)| {
            renewal(process, at, facts, newest, candidate, &judge_all)
        });
    let ahead = leave.map(|leave| (leave.action, leave.mode));
    let (next, bar) = next(&Weighed {
        facts,
        people,
        standing,
        findings: &findings,
        guards: &guards,
        fallen,
        ahead,
        renewing: renewal.as_ref().map(|(mode, _)| *mode),
        build,
        newest,
        stage,
        resumed_at: resumed.as_ref().map(|it| it.at),
        now,
    });
    let standing_since = match before.standing {
        Some((was, since)) if was == standing => since.min(now),
        _ => now,
    };
    let stage_title = stage.map_or("Not branched yet", |stage| stage.title.as_str());
    let renewal = renewal
        .filter(|_| matches!(next, Next::Fire { action: Action::MarkCandidate, .. }))
        .map(|(_, findings)| findings)
        .unwrap_or_default();
    let told = Told {
        app,
        facts,
        people,
        standing,
        findings: &findings,
        guards: &guards,
        next: &next,
        ahead,
        bar: bar.as_ref(),
        renewed_by: newest.filter(|_| !renewal.is_empty()).map(|it| it.number.as_str()),
        stage_title,
        stage_is_last: stage.is_some_and(|it| it.entered_when == Entered::Complete),
        waits: &waits,
        stage_since,
        standing_since,
        last_share: before.served,
        phases: stage.map_or(AtPhase::LetItGo, |it| it.phases),
    };
    let headline = if stage.is_none() { upcoming(app, facts) } else { explain::headline(&told) };
    let lamps = lamps::lamps(&lamps::Shown {
        inputs,
        stage,
        standing,
        findings: &findings,
        guards: &guards,
        next: &next,
        bar: bar.as_ref(),
        phase,
    });
    Decision {
        track: facts.track.clone(),
        kind: facts.kind,
        process: process.name.clone(),
        process_version: process.version,
        stage: stage.map(|stage| stage.id.clone()),
        stage_since,
        standing,
        standing_since,
        warnings: warnings::warnings(&warnings::Seen {
            inputs,
            standing,
            stage,
            findings: &findings,
            next: &next,
        }),
        build: build.map(|build| build.number.clone()),
        asks: asks(people, standing, &next),
        findings,
        guards,
        next,
        ahead,
        renewal,
        soaked,
        lamps,
        headline,
    }
}

impl Decision {
    /// What does not hold of what is asked for an action: of a step along the line its conditions, and of one that
    /// serves more people the guards. A person who orders it passes that over.
    pub fn passed_over(&self, action: Action) -> Vec<&Finding> {
        let moves_on = self.ahead.is_some_and(|(ahead, _)| ahead == action);
        let conditions = self.findings.iter().filter(|_| moves_on);
        let guards = self.guards.iter().filter(|_| action.serves_more());
        conditions.chain(guards).filter(|it| !it.lets_pass()).collect()
    }

    /// What the next decision needs to know of this one.
    pub fn remember(&self, inputs: &Inputs) -> Before {
        let (process, before) = (&inputs.process, &inputs.before);
        let at_stage = self.stage.as_ref().and_then(|id| process.stage(id));
        let resumed = resumed::resumed(before, &inputs.facts, inputs.now);
        let (mut recent, mut counted) = (BTreeMap::new(), BTreeMap::new());
        for guard in at_stage.into_iter().flat_map(|stage| &stage.guards) {
            let id = &guard.rule.id;
            let Some(found) = self.guards.iter().find(|it| it.id == *id) else { continue };
            recent.insert(
                id.clone(),
                last_readings(guard, found, before, resumed.as_ref(), inputs.now),
            );
            let now_counted = match found.verdict {
                Verdict::Unknown => before.counted.get(id).copied(),
                Verdict::Met | Verdict::Unmet => found.observed_at,
            };
            counted.extend(now_counted.map(|at| (id.clone(), at)));
        }
        Before {
            at: Some(inputs.now),
            stage: self.stage.clone().zip(self.stage_since),
            standing: Some((self.standing, self.standing_since)),
            paused: paused(self.stage.as_ref(), &inputs.facts, before, inputs.now),
            halted: is_halted(&inputs.facts),
            at_share: shares(before, &inputs.facts, inputs.now),
            served: served(&inputs.facts).or(before.served.filter(|_| same_stage(self, before))),
            findings: self
                .findings
                .iter()
                .chain(&self.guards)
                .chain(&self.renewal)
                .map(|it| (it.id.clone(), (it.verdict, it.since)))
                .collect(),
            recent,
            counted,
            resumed: resumed::remember(resumed, self, inputs.now),
        }
    }
}

fn asks(people: &Interventions, standing: Standing, next: &Next) -> Option<Action> {
    if standing != Standing::Running {
        return None;
    }
    match (&people.open_intent, next) {
        (Some(open), _) => (open.state == IntentState::Proposed).then_some(open.key.action),
        (None, Next::Fire { action, mode: Mode::Ask }) => Some(*action),
        (None, Next::Fire { .. } | Next::Pause { .. } | Next::Wait | Next::Rest) => None,
    }
}

/// How long the rollout has stood still at this stage. A stretch between two looks counts whole if it was paused at
/// either end, or if the store did not tell; it counts in part if the store says that it began to serve in between: it
/// stood still before. A soak may come out too long by that, never too short.
fn paused(stage: Option<&StageId>, facts: &Facts, before: &Before, now: Moment) -> Span {
    if stage.is_none() || before.stage.as_ref().map(|(id, _)| id) != stage {
        return Span::default();
    }
    let either = is_halted(facts) || stood_still(before);
    let stood = match (before.at, facts.store.fresh(SEEN_WITHIN, now)) {
        (None, _) => Span::default(),
        (Some(at), Err(_)) => now - at,
        (Some(at), Ok(_)) if either => now - at,
        (Some(at), Ok(store)) => store.value.since.map_or(Span::default(), |it| it.min(now) - at),
    };
    let paused = before.paused.as_millis().saturating_add(stood.as_millis().max(0));
    // Never longer than the stage: what a clock counted that has gone back since is let go.
    let whole = before.stage.as_ref().map_or(0, |(_, since)| (now - *since).as_millis().max(0));
    Span::millis(paused.min(whole))
}

/// A newer build that would be marked takes the place of a candidate that would not be marked any more. Who
/// marks, and what was found of the newer build.
fn renewal(
    process: &Process,
    at: &Stage,
    facts: &Facts,
    newest: &Build,
    candidate: &Build,
    judge_all: &impl Fn(&Transition, Option<&Build>) -> Vec<(Finding, String)>,
) -> Option<(Mode, Vec<Finding>)> {
    if at.entered_when != Entered::CandidateMarked || newest.number == candidate.number {
        return None;
    }
    let leave = process
        .stages
        .iter()
        .filter_map(|stage| stage.leave.as_ref())
        .find(|leave| leave.action == Action::MarkCandidate)?;
    let findings: Vec<Finding> =
        judge_all(leave, Some(newest)).into_iter().map(|(it, _)| it).collect();
    if !findings.iter().all(Finding::lets_pass) {
        return None;
    }
    let stale = judge_all(leave, Some(candidate));
    let head = facts.branch.value().and_then(|it| it.as_ref()).map(|it| &it.head);
    // Git is asked about the newest few builds only. An older one that is not at the head is taken for stale, or
    // nothing would ever replace it.
    let forgotten = candidate.missing.is_none() && candidate.commit.as_ref() != head;
    match Verdict::all(stale.iter().map(|(it, _)| it.effective())) {
        Verdict::Met => None,
        Verdict::Unknown if !forgotten => None,
        Verdict::Unknown | Verdict::Unmet => Some((leave.mode, findings)),
    }
}

/// How long each share has been served, this look included. A stretch between two looks counts for a share only if
/// that was served at both ends and nothing was paused: a soak may come out too long by a tick, never too short.
fn shares(before: &Before, facts: &Facts, now: Moment) -> BTreeMap<Share, Span> {
    let mut shares = before.at_share.clone();
    let seen = facts.store.fresh(SEEN_WITHIN, now).is_ok();
    let moved = seen && !is_halted(facts) && !stood_still(before);
    if let (Some(at), Some(share), true) = (before.at, served(facts), moved)
        && before.served == Some(share)
    {
        let so_far = shares.entry(share).or_default();
        let more = (now - at).as_millis().max(0);
        *so_far = Span::millis(so_far.as_millis().saturating_add(more));
    }
    shares
}

/// Whether its rollout stands still at the store; what was last known counts while the store is silent.
fn is_halted(facts: &Facts) -> bool {
    facts.store.last().and_then(|it| it.value.phase) == Some(StorePhase::Halted)
}

fn stood_still(before: &Before) -> bool {
    before.halted || before.standing.is_some_and(|(was, _)| was == Standing::Paused)
}

fn same_stage(decision: &Decision, before: &Before) -> bool {
    decision.stage.is_some() && before.stage.as_ref().map(|(id, _)| id) == decision.stage.as_ref()
}

/// The share that a rollout serves now, as far as its store tells.
fn served(facts: &Facts) -> Option<Share> {
    let store = facts.store.value()?;
    (store.phase == Some(StorePhase::RollingOut)).then_some(store.served)?
}

fn finding(
    rule: &Rule,
    judged: Judged,
    inputs: &Inputs,
    build: Option<&Build>,
) -> (Finding, String) {
    let since = match inputs.before.findings.get(&rule.id) {
        Some((was, since)) if *was == judged.verdict => (*since).min(inputs.now),
        _ => inputs.now,
    };
    let waiver = inputs.people.waiver(&rule.id, build.map(|build| build.number.as_str()));
    let owner = match &rule.owner {
        Some(name) if judged.owner.people.is_empty() => Owner::named(name.clone()),
        _ => judged.owner,
    };
    let found = Finding {
        id: rule.id.clone(),
        title: rule.title.clone().unwrap_or(judged.title),
        verdict: judged.verdict,
        waived: waiver.filter(|_| judged.verdict != Verdict::Met).map(|it| Waived {
            by: it.by.clone(),
            reason: it.reason.clone(),
            at: it.at,
        }),
        why: judged.why,
        value: judged.value,
        threshold: judged.threshold,
        detail: judged.detail,
        sample: judged.sample,
        gauge: judged.gauge,
        source: judged.source,
        observed_at: judged.observed_at,
        owner,
        since,
        link: judged.link,
        next_step: judged.next_step,
        cause: judged.cause,
    };
    (found, judged.waits)
}

/// A guard's last readings that tell anything, this one included, newest last. A missing reading counts for
/// neither side, one that is looked at again does not count again, and one that tells nothing new since a person
/// resumed the rollout does not count at all.
fn last_readings(
    guard: &Guard,
    found: &Finding,
    before: &Before,
    resumed: Option<&Resumed>,
    now: Moment,
) -> Vec<Verdict> {
    let mut last = before.recent.get(&guard.rule.id).cloned().unwrap_or_default();
    if resumed.is_some_and(|it| it.is_new(now)) {
        last.clear();
    }
    if found.verdict != Verdict::Unknown && !resumed.is_some_and(|it| it.knew(found, now)) {
        let counted = before.counted.get(&guard.rule.id).copied();
        if counted.is_some() && counted == found.observed_at {
            last.pop();
        }
        last.push(found.verdict);
    }
    let surplus = last.len().saturating_sub(usize::from(guard.of_last));
    last.split_off(surplus)
}

/// The first guard that is Unmet in so many of its last readings, this one included.
fn fallen_guard<'a>(
    stage: &'a Stage,
    guards: &[Finding],
    before: &Before,
    resumed: Option<&Resumed>,
    now: Moment,
) -> Option<(&'a Guard, String)> {
    stage.guards.iter().find_map(|guard| {
        let found = guards.iter().find(|it| it.id == guard.rule.id)?;
        if found.waived.is_some()
            || found.verdict != Verdict::Unmet
            || resumed.is_some_and(|it| it.knew(found, now))
        {
            return None;
        }
        let last = last_readings(guard, found, before, resumed, now);
        let unmet = last.iter().filter(|it| **it == Verdict::Unmet).count();
        (unmet >= usize::from(guard.unmet))
            .then(|| (guard, format!("{} {}, {}", found.title, found.value, found.threshold)))
    })
}

fn upcoming(app: &App, facts: &Facts) -> Headline {
    let text = match &facts.branch {
        crate::reading::Fact::Known(_) => "Not branched yet".to_owned(),
        crate::reading::Fact::Unknown { .. } => "Not known whether it is branched".to_owned(),
    };
    Headline {
        text,
        more: String::new(),
        who: app.whose(),
        since: None,
        then: "It moves to Current with its release branch".to_owned(),
    }
}

#[cfg(test)]
mod tests;
