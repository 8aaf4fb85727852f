//! Sign-offs of teams on the candidate. A new candidate carries a sign-off over only for teams none of
//! whose areas the new commits touch; where that is not known, for none (CONDUCTOR §5).

use super::{Case, Condition, Judged};
use crate::app::{App, Team};
use crate::decide::Inputs;
use crate::explain::{count, list};
use crate::finding::{Gauge, Owner, Verdict};
use crate::people::{Answer, Interventions, SignOff};
use crate::process::Process;
use crate::reading::{SourceId, Why};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a team's word is worth for the candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vote<'a> {
    /// Signed off, for this build or carried over from one before.
    Given(&'a SignOff),
    /// Refused for this build.
    Refused(&'a SignOff),
    /// Takes no part.
    OptedOut(&'a SignOff),
    /// It signed an earlier build, and new commits made that void.
    AskedAgain(&'a SignOff),
    /// It has not said anything.
    Missing,
}

/// What makes a sign-off on an earlier candidate void.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voids {
    /// Commits that touch an area of the team, or one that nobody is known to own.
    #[default]
    Areas,
    /// Any new candidate.
    AnyCommit,
    /// Nothing: a word on one candidate holds for the next.
    Nothing,
}

/// What is asked of the teams.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) teams: &'a [String],
    pub(super) quorum: u32,
    pub(super) voided_by: Voids,
}

/// Each team's vote on the candidate, in the order of the settings, by the first condition of the process that asks
/// for sign-offs; of all teams where none does.
pub fn votes(inputs: &Inputs) -> Vec<(&Team, Vote<'_>)> {
    let everybody = Asked { teams: &[], quorum: 1, voided_by: Voids::Areas };
    let asked = asked_by(&inputs.process).unwrap_or(everybody);
    tallies(&inputs.app, &inputs.people, &asked)
        .into_iter()
        .map(|(team, tally)| (team, tally.vote))
        .collect()
}

/// What a process asks of the teams, by its first condition that does.
fn asked_by(process: &Process) -> Option<Asked<'_>> {
    let stages = process.stages.iter().filter_map(|stage| stage.leave.as_ref());
    stages.flat_map(|leave| &leave.conditions).find_map(|rule| asked_in(&rule.condition))
}

/// Whether a process asks for sign-offs at all.
pub(crate) fn asks_sign_offs(process: &Process) -> bool {
    asked_by(process).is_some()
}

/// What a condition asks of the teams, in it or in one of its parts.
fn asked_in(condition: &Condition) -> Option<Asked<'_>> {
    match condition {
        Condition::SignedOff { teams, quorum, voided_by, .. } => {
            Some(Asked { teams, quorum: *quorum, voided_by: *voided_by })
        }
        Condition::All { of } | Condition::Any { of } => of.iter().find_map(asked_in),
        Condition::Not { of } => asked_in(of),
        _ => None,
    }
}

/// A team's vote, and how many of its people said yes.
struct Tally<'a> {
    vote: Vote<'a>,
    given: u32,
}

fn tallies<'a>(
    app: &'a App,
    people: &'a Interventions,
    asked: &Asked<'_>,
) -> Vec<(&'a Team, Tally<'a>)> {
    app.teams
        .iter()
        .filter(|team| asked.teams.is_empty() || asked.teams.contains(&team.id))
        .map(|team| (team, tally(team, app, people, asked)))
        .collect()
}

/// The last word of each person counts, and nobody counts twice; whoever takes back the team's word takes back all
/// of it. One refusal outweighs any yes.
fn tally<'a>(team: &Team, app: &App, people: &'a Interventions, asked: &Asked<'_>) -> Tally<'a> {
    let mut words: BTreeMap<String, &SignOff> = BTreeMap::new();
    let mut opted_out = None;
    for said in people.sign_offs.iter().filter(|it| it.team == team.id) {
        opted_out = None;
        match said.answer {
            Answer::Withdrawn => words.clear(),
            Answer::OptedOut => opted_out = Some(said),
            Answer::Given | Answer::Refused => {
                words.insert(said.by.name.trim().to_lowercase(), said);
            }
        }
    }
    if let Some(said) = opted_out {
        return Tally { vote: Vote::OptedOut(said), given: 0 };
    }
    let (mut given, mut last, mut refused, mut again) = (0, None, None, None);
    for said in words.into_values() {
        match (said.answer, stands(team, app, people, said, asked.voided_by)) {
            (Answer::Refused, true) => refused = Some(later(refused, said)),
            (_, true) => {
                given += 1;
                last = Some(later(last, said));
            }
            (_, false) => again = Some(later(again, said)),
        }
    }
    let vote = match (refused, last, again) {
        (Some(said), ..) => Vote::Refused(said),
        (None, Some(said), _) if given >= asked.quorum => Vote::Given(said),
        (None, _, Some(said)) => Vote::AskedAgain(said),
        (None, _, None) => Vote::Missing,
    };
    Tally { vote, given }
}

fn later<'a>(one: Option<&'a SignOff>, other: &'a SignOff) -> &'a SignOff {
    one.filter(|it| it.at > other.at).unwrap_or(other)
}

/// Whether a word that was said of one candidate holds for the last.
fn stands(team: &Team, app: &App, people: &Interventions, said: &SignOff, by: Voids) -> bool {
    let Some(position) = people.candidates.iter().rposition(|mark| mark.build == said.build) else {
        return false; // About a build that never was a candidate.
    };
    let mut later = people.candidates.iter().skip(position + 1);
    match by {
        Voids::Nothing => true,
        Voids::AnyCommit => later.next().is_none(),
        Voids::Areas => later.all(|mark| {
            // No areas of its own: whatever changes may be the team's. An area that no team owns may be anybody's.
            mark.changed_areas.as_ref().is_some_and(|areas| {
                !team.areas.is_empty()
                    && areas.iter().all(|area| {
                        !team.areas.contains(area)
                            && app.teams.iter().any(|other| other.areas.contains(area))
                    })
            })
        }),
    }
}

pub(super) fn signed_off(
    case: &Case<'_>,
    asked: &Asked<'_>,
    may_opt_out: Option<&[String]>,
) -> Judged {
    const TITLE: &str = "Signed off by every team";
    let teams = asked.teams;
    let votes = tallies(case.app, case.people, asked);
    let all = votes.len();
    let threshold = match asked.quorum {
        1 => format!("needs {all}"),
        people => format!("needs {all}, {people} people each"),
    };
    let ours = |judged: Judged| Judged {
        source: Some(SourceId::signalbox()),
        observed_at: Some(case.now),
        link: Some(format!("{}#sign-offs", case.facts.track.path())),
        ..judged
    };
    let unknown_teams: Vec<String> =
        teams.iter().filter(|id| case.app.team(id).is_none()).cloned().collect();
    if !unknown_teams.is_empty() {
        return ours(Judged::new(Verdict::Unknown, TITLE, "a team is missing", threshold).waits(
            format!("Teams that the settings do not know: {}", list(&unknown_teams, 3)),
            "add them to the app, or take them out of the process",
        ))
        .why(Why::NotConfigured)
        .owner(Owner::named("an admin"));
    }
    if all > 0 && case.people.candidate().is_none() {
        return ours(
            Judged::new(Verdict::Unmet, TITLE, format!("0 of {all}"), threshold)
                .waits("No candidate to sign off yet", "it is asked for once a candidate is marked")
                .owner(Owner::named("the conductor")),
        );
    }
    let may = |team: &Team| may_opt_out.is_none_or(|it| it.contains(&team.id));
    let mut waiting: Vec<&Team> = Vec::new();
    let mut refused: Vec<(&Team, &SignOff)> = Vec::new();
    let mut again = 0;
    let mut partly = Vec::new();
    for (team, tally) in &votes {
        if asked.quorum > 1 && !matches!(tally.vote, Vote::Given(_) | Vote::OptedOut(_)) {
            partly.push(format!("{} {} of {}", team.name, tally.given, asked.quorum));
        }
        match &tally.vote {
            Vote::Given(_) => {}
            Vote::OptedOut(_) if may(team) => {}
            Vote::Refused(said) => refused.push((team, said)),
            Vote::AskedAgain(_) => {
                again += 1;
                waiting.push(team);
            }
            Vote::OptedOut(_) | Vote::Missing => waiting.push(team),
        }
    }
    let given = all - waiting.len() - refused.len();
    let mut judged =
        Judged::new(Verdict::when(given == all), TITLE, format!("{given} of {all}"), threshold);
    judged.sample = Some(all as u64);
    judged.gauge = (given * 1_000)
        .checked_div(all)
        .map(|value| Gauge { value: value as u16, threshold: 1_000 });
    let who = |teams: &[&Team]| Owner {
        name: list(&teams.iter().map(|team| team.name.clone()).collect::<Vec<_>>(), 3),
        people: teams.iter().filter_map(|team| team.people.first().cloned()).collect(),
    };
    if let Some((team, said)) = refused.first() {
        let comment =
            if said.comment.is_empty() { String::new() } else { format!(": {}", said.comment) };
        judged = judged
            .detail(format!("Refused by {} of {}{comment}", said.by.name, team.name))
            .waits(
                format!("{} refused to sign off{comment}", team.name),
                "talk to them; they can change their word",
            )
            .owner(who(&[team]));
    } else if !waiting.is_empty() {
        let detail = match again {
            0 => list(&partly, 4),
            n => format!("{} asked again: new commits came", count(n, "team")),
        };
        let owner = who(&waiting);
        judged = judged
            .detail(detail)
            .waits(
                format!("Waiting for {}: {}", count(waiting.len() as u64, "sign-off"), owner.name),
                "they sign off, refuse, or opt out",
            )
            .owner(owner);
    } else {
        judged = judged.owner(Owner::named("all teams"));
    }
    ours(judged)
}
