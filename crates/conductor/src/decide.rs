//! The only place where a track is moved or stopped. `decide` is total and pure: equal inputs give equal
//! bits on the server, in the browser and in replay.

use crate::app::{App, StoreKind};
use crate::condition::{Case, Judged};
use crate::explain::{self, Headline, Told};
use crate::facts::Facts;
use crate::finding::{Finding, Owner, Verdict, Waived};
use crate::lamp::Lamps;
use crate::moment::{Moment, Span};
use crate::observation::{Build, Share, StorePhase};
use crate::people::Interventions;
use crate::process::{Action, Entered, Guard, Mode, Process, Rule, Stage, StageId};
use crate::track::{Kind, Standing, TrackId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod lamps;

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
    /// Each rule's verdict, and since when.
    pub findings: BTreeMap<String, (Verdict, Moment)>,
    /// Each guard's last verdicts that were not Unknown, newest last.
    pub recent: BTreeMap<String, Vec<Verdict>>,
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
    /// The build that it is about: the candidate, or the newest before there is one.
    pub build: Option<String>,
    /// How long it has been at this stage, pauses not counted.
    pub soaked: Span,
    /// The four lamps.
    pub lamps: Lamps,
    /// What a person needs to know.
    pub headline: Headline,
    /// What is odd, and moves nothing.
    pub warnings: Vec<String>,
}

/// What is done next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "next", rename_all = "snake_case")]
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
    let stage = stage(process, facts, people, before);
    let standing = standing(facts, people);
    let newest = newest_build(facts);
    let candidate = candidate_build(facts, people);
    let build = candidate.as_ref().or(newest);
    let (stage_since, paused) = at_stage(stage, before, now);
    let soaked = soak_start(stage, facts, stage_since).map_or(Span::default(), |start| {
        Span::millis(((now - start).as_millis() - paused.as_millis()).max(0))
    });
    let mut waits: Vec<(String, String)> = Vec::new();
    let mut find = |rule: &Rule, build: Option<&Build>| {
        let (finding, words) =
            finding(rule, rule.condition.judge(&case(inputs, rule, build, soaked)), inputs, build);
        waits.push((finding.id.clone(), words));
        finding
    };
    let leave = stage.and_then(|stage| stage.leave.as_ref());
    let applies =
        |rule: &&Rule| rule.only_at.is_empty() || rule.only_at.contains(&facts.store_kind);
    let findings: Vec<Finding> = leave
        .into_iter()
        .flat_map(|leave| leave.conditions.iter().filter(applies))
        .map(|rule| find(rule, build))
        .collect();
    let guards: Vec<Finding> = stage
        .into_iter()
        .flat_map(|stage| stage.guards.iter().filter(|guard| applies(&&guard.rule)))
        .map(|guard| find(&guard.rule, build))
        .collect();
    let fallen = stage.and_then(|stage| fallen_guard(stage, &guards, before));
    // A newer build that would pass as a candidate takes the place of one that new commits made stale.
    let renewal = stage
        .and_then(|at| renewal(process, at, newest, candidate.as_ref()))
        .is_some_and(|rules| {
            rules.iter().all(|rule| {
                let (finding, _) = finding(
                    rule,
                    rule.condition.judge(&case(inputs, rule, newest, soaked)),
                    inputs,
                    newest,
                );
                finding.lets_pass()
            })
        });
    let ahead = leave.map(|leave| (leave.action, leave.mode));
    let renewing = renewal
        .then(|| process.stages.iter().find_map(|it| it.leave.as_ref()).map(|it| it.mode))
        .flatten();
    let next = next(&Weighed {
        facts,
        people,
        standing,
        findings: &findings,
        guards: &guards,
        fallen,
        ahead,
        renewing,
        build: renewing.map_or(build, |_| newest),
    });
    let standing_since = match before.standing {
        Some((was, since)) if was == standing => since,
        _ => now,
    };
    let stage_title = stage.map_or("Not branched yet", |stage| stage.title.as_str());
    let told = Told {
        app,
        facts,
        people,
        standing,
        findings: &findings,
        guards: &guards,
        next: &next,
        ahead,
        stage_title,
        waits: &waits,
        stage_since,
        standing_since,
    };
    let headline = if stage.is_none() { upcoming(app, facts) } else { explain::headline(&told) };
    let lamps = lamps::lamps(inputs, stage, standing, &findings, &guards, &next);
    Decision {
        track: facts.track.clone(),
        kind: facts.kind,
        process: process.name.clone(),
        process_version: process.version,
        stage: stage.map(|stage| stage.id.clone()),
        stage_since,
        standing,
        standing_since,
        warnings: warnings(facts, people),
        build: build.map(|build| build.number.clone()),
        findings,
        guards,
        next,
        ahead,
        soaked,
        lamps,
        headline,
    }
}

impl Decision {
    /// What the next decision needs to know of this one.
    pub fn remember(&self, inputs: &Inputs) -> Before {
        let (process, before) = (&inputs.process, &inputs.before);
        let at_stage = self.stage.as_ref().and_then(|id| process.stage(id));
        let same_stage = before.stage.as_ref().map(|(id, _)| id) == self.stage.as_ref();
        let mut paused = if same_stage { before.paused } else { Span::default() };
        if self.standing == Standing::Paused
            && same_stage
            && let Some(at) = before.at
        {
            paused = Span::millis(paused.as_millis() + (inputs.now - at).as_millis().max(0));
        }
        let mut recent = BTreeMap::new();
        for guard in at_stage.into_iter().flat_map(|stage| &stage.guards) {
            let Some(found) = self.guards.iter().find(|it| it.id == guard.rule.id) else {
                continue;
            };
            let mut last = before.recent.get(&guard.rule.id).cloned().unwrap_or_default();
            if found.verdict != Verdict::Unknown {
                last.push(found.verdict); // A missing reading counts for neither side.
            }
            let surplus = last.len().saturating_sub(usize::from(guard.of_last));
            recent.insert(guard.rule.id.clone(), last.split_off(surplus));
        }
        Before {
            at: Some(inputs.now),
            stage: self.stage.clone().zip(self.stage_since),
            standing: Some((self.standing, self.standing_since)),
            paused,
            findings: self
                .findings
                .iter()
                .chain(&self.guards)
                .map(|it| (it.id.clone(), (it.verdict, it.since)))
                .collect(),
            recent,
        }
    }
}

/// The furthest stage that a source shows. A store that does not answer moves nobody back.
fn stage<'a>(
    process: &'a Process,
    facts: &Facts,
    people: &Interventions,
    before: &Before,
) -> Option<&'a Stage> {
    let phase = facts.store.last().and_then(|it| it.value.phase);
    let served = facts.store.last().and_then(|it| it.value.served);
    let branched = facts.branch.last().is_some_and(|it| it.value.is_some());
    let submitted = phase.is_some_and(|phase| match phase {
        StorePhase::Absent | StorePhase::Draft => false,
        StorePhase::NeedsPerson
        | StorePhase::WaitingForReview
        | StorePhase::InReview
        | StorePhase::Approved
        | StorePhase::Rejected
        | StorePhase::RollingOut
        | StorePhase::Halted
        | StorePhase::Complete
        | StorePhase::Replaced => true,
    });
    let out =
        matches!(phase, Some(StorePhase::RollingOut | StorePhase::Halted | StorePhase::Complete));
    let shows = |entered: Entered| match entered {
        Entered::BranchExists => branched || submitted,
        Entered::CandidateMarked => people.candidate().is_some() || submitted,
        Entered::Submitted => submitted,
        // A rollout whose share is not known has begun all the same: it is at its first share.
        Entered::Served(share) => {
            out && served
                .is_none_or(|served| served >= share || phase == Some(StorePhase::Complete))
        }
        Entered::Complete => {
            phase == Some(StorePhase::Complete)
                || (phase == Some(StorePhase::Halted) && served == Some(Share::ALL))
        }
    };
    let shown = process.stages.iter().rposition(|stage| shows(stage.entered_when));
    let unsure = facts.store.known().is_none() || facts.branch.known().is_none();
    let was = before.stage.as_ref().and_then(|(id, _)| process.position(id)).filter(|_| unsure);
    shown.max(was).and_then(|index| process.stages.get(index))
}

fn standing(facts: &Facts, people: &Interventions) -> Standing {
    let phase = facts.store.last().and_then(|it| it.value.phase);
    match phase {
        Some(StorePhase::Halted) => Standing::Paused,
        _ if people.cancelled.is_some() => Standing::Cancelled,
        Some(StorePhase::Replaced) => Standing::Cancelled,
        Some(StorePhase::Rejected) => Standing::Rejected,
        _ if people.hold().is_some() => Standing::Held,
        _ if people.finished_at.is_some() => Standing::Finished,
        _ => Standing::Running,
    }
}

fn newest_build(facts: &Facts) -> Option<&Build> {
    facts.builds.last().and_then(|it| it.value.first())
}

/// The candidate as a build: with all that the sources know of it, or with what was known when it was marked.
fn candidate_build(facts: &Facts, people: &Interventions) -> Option<Build> {
    let mark = people.candidate()?;
    let known =
        facts.builds.last().and_then(|it| it.value.iter().find(|build| build.number == mark.build));
    Some(known.cloned().unwrap_or_else(|| Build {
        version: Some(facts.track.version.clone()),
        number: mark.build.clone(),
        commit: Some(mark.commit.clone()),
        verified: None,
        uploaded: None,
        made_at: None,
        missing: None,
        link: None,
    }))
}

fn at_stage(stage: Option<&Stage>, before: &Before, now: Moment) -> (Option<Moment>, Span) {
    match (stage, &before.stage) {
        (Some(stage), Some((was, since))) if *was == stage.id => (Some(*since), before.paused),
        (Some(_), _) => (Some(now), Span::default()),
        (None, _) => (None, Span::default()),
    }
}

/// Where a soak starts: when the store says that it began to serve, else when we first saw it.
fn soak_start(stage: Option<&Stage>, facts: &Facts, stage_since: Option<Moment>) -> Option<Moment> {
    let serving =
        stage.is_some_and(|it| matches!(it.entered_when, Entered::Served(_) | Entered::Complete));
    if !serving {
        return stage_since;
    }
    let told = facts.store.value().and_then(|store| match store.phase {
        Some(StorePhase::RollingOut | StorePhase::Complete) => store.since,
        _ => None,
    });
    told.or(stage_since)
}

/// The conditions under which a newer build becomes the candidate, if the track is past that stage and not
/// yet submitted.
fn renewal<'a>(
    process: &'a Process,
    at: &Stage,
    newest: Option<&Build>,
    candidate: Option<&Build>,
) -> Option<Vec<&'a Rule>> {
    if at.entered_when != Entered::CandidateMarked
        || newest.map(|it| &it.number) == candidate.map(|it| &it.number)
    {
        return None;
    }
    newest?;
    let leave = process
        .stages
        .iter()
        .filter_map(|stage| stage.leave.as_ref())
        .find(|leave| leave.action == Action::MarkCandidate)?;
    Some(leave.conditions.iter().collect())
}

fn case<'a>(inputs: &'a Inputs, rule: &Rule, build: Option<&'a Build>, soaked: Span) -> Case<'a> {
    Case {
        app: &inputs.app,
        facts: &inputs.facts,
        people: &inputs.people,
        build,
        soaked,
        max_age: Span::minutes(i64::from(rule.max_age_minutes)),
        now: inputs.now,
    }
}

fn finding(
    rule: &Rule,
    judged: Judged,
    inputs: &Inputs,
    build: Option<&Build>,
) -> (Finding, String) {
    let since = match inputs.before.findings.get(&rule.id) {
        Some((was, since)) if *was == judged.verdict => *since,
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
    };
    (found, judged.waits)
}

/// The first guard that is Unmet in so many of its last readings, this one included.
fn fallen_guard<'a>(
    stage: &'a Stage,
    guards: &[Finding],
    before: &Before,
) -> Option<(&'a Guard, String)> {
    stage.guards.iter().find_map(|guard| {
        let found = guards.iter().find(|it| it.id == guard.rule.id)?;
        if found.waived.is_some() || found.verdict != Verdict::Unmet {
            return None;
        }
        let earlier = before.recent.get(&guard.rule.id).map_or(&[][..], Vec::as_slice);
        let window = usize::from(guard.of_last.saturating_sub(1));
        let unmet =
            1 + earlier.iter().rev().take(window).filter(|it| **it == Verdict::Unmet).count();
        (unmet >= usize::from(guard.unmet))
            .then(|| (guard, format!("{} {}, {}", found.title, found.value, found.threshold)))
    })
}

struct Weighed<'a> {
    facts: &'a Facts,
    people: &'a Interventions,
    standing: Standing,
    findings: &'a [Finding],
    guards: &'a [Finding],
    fallen: Option<(&'a Guard, String)>,
    ahead: Option<(Action, Mode)>,
    renewing: Option<Mode>,
    build: Option<&'a Build>,
}

fn next(it: &Weighed<'_>) -> Next {
    let phase = it.facts.store.value().and_then(|store| store.phase);
    let can_pause = match it.facts.store_kind {
        StoreKind::GooglePlay => {
            matches!(phase, Some(StorePhase::RollingOut | StorePhase::Complete))
        }
        StoreKind::AppStore => phase == Some(StorePhase::RollingOut),
        StoreKind::Download => false,
    };
    // A stop beats a go: whatever the transition's mode, also while it waits, asks, or is held.
    if let Some((guard, because)) = &it.fallen
        && can_pause
        && guard.mode == Mode::Auto
        && it.people.open_intent.as_ref().is_none_or(|open| open.key.action != Action::PauseRollout)
    {
        return Next::Pause { because: because.clone() };
    }
    match it.standing {
        Standing::Held
        | Standing::Paused
        | Standing::Rejected
        | Standing::Cancelled
        | Standing::Finished => return Next::Rest,
        Standing::Running => {}
    }
    if it.people.open_intent.is_some() {
        return Next::Wait;
    }
    let refused = |action: Action| {
        it.people.failed_intent.as_ref().is_some_and(|failed| {
            failed.key.action == action
                && Some(&failed.key.build) == it.build.map(|build| &build.number)
        })
    };
    if let Some(mode) = it.renewing
        && !refused(Action::MarkCandidate)
    {
        return Next::Fire { action: Action::MarkCandidate, mode };
    }
    let Some((action, mode)) = it.ahead else { return Next::Rest };
    let all = Verdict::all(it.findings.iter().chain(it.guards).map(Finding::effective));
    let starts_by_itself =
        action == Action::StartRollout && it.facts.store_kind == StoreKind::GooglePlay;
    match all {
        Verdict::Met if starts_by_itself || refused(action) || it.build.is_none() => Next::Wait,
        Verdict::Met => Next::Fire { action, mode },
        Verdict::Unmet | Verdict::Unknown => Next::Wait,
    }
}

fn upcoming(app: &App, facts: &Facts) -> Headline {
    let text = match &facts.branch {
        crate::reading::Fact::Known(_) => "Not branched yet".to_owned(),
        crate::reading::Fact::Unknown { .. } => "Not known whether it is branched".to_owned(),
    };
    Headline {
        text,
        more: String::new(),
        who: app.owner.as_ref().map_or_else(
            || Owner::named("a release manager"),
            |it| Owner { name: it.name.clone(), people: vec![it.clone()] },
        ),
        since: None,
        then: "It moves to Current with its release branch".to_owned(),
    }
}

fn warnings(facts: &Facts, people: &Interventions) -> Vec<String> {
    let mut warnings = Vec::new();
    let phase = facts.store.value().and_then(|store| store.phase);
    let in_store = phase.is_some_and(|it| it > StorePhase::Draft);
    let still_moves =
        in_store && phase != Some(StorePhase::Complete) && phase != Some(StorePhase::Replaced);
    if still_moves && facts.branch.value().is_some_and(Option::is_none) {
        warnings
            .push(format!("{} has it, but its release branch is gone", facts.store_kind.title()));
    }
    if in_store
        && let (Some(store), Some(mark)) = (facts.store.value(), people.candidate())
        && !store.builds.is_empty()
        && !store.builds.contains(&mark.build)
    {
        warnings.push(format!(
            "{} has build {}, but the candidate is build {}",
            facts.store_kind.title(),
            explain::list(&store.builds, 2),
            mark.build
        ));
    }
    warnings
}

#[cfg(test)]
mod tests;
