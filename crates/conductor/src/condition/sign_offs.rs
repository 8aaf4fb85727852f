//! Sign-offs of teams on the candidate. A new candidate carries a sign-off over only for teams none of
//! whose areas the new commits touch; where that is not known, for none (CONDUCTOR §5).

use super::{Case, Judged};
use crate::app::{App, Team};
use crate::explain::{count, list};
use crate::finding::{Gauge, Owner, Verdict};
use crate::people::{Answer, Interventions, SignOff};
use crate::reading::{SourceId, Why};

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

/// Each team's vote on the candidate, in the order of the settings. Empty teams: all of the app.
pub fn votes<'a>(
    app: &'a App,
    people: &'a Interventions,
    teams: &[String],
) -> Vec<(&'a Team, Vote<'a>)> {
    app.teams
        .iter()
        .filter(|team| teams.is_empty() || teams.contains(&team.id))
        .map(|team| (team, vote(team, people)))
        .collect()
}

fn vote<'a>(team: &Team, people: &'a Interventions) -> Vote<'a> {
    let Some(said) = people.sign_off(&team.id) else { return Vote::Missing };
    let Some(position) = people.candidates.iter().rposition(|mark| mark.build == said.build) else {
        return Vote::AskedAgain(said); // About a build that never was a candidate.
    };
    let later = people.candidates.iter().skip(position + 1);
    let untouched = |areas: &Option<Vec<String>>| {
        // No areas of its own: whatever changes may be the team's.
        areas.as_ref().is_some_and(|areas| {
            !team.areas.is_empty() && !areas.iter().any(|area| team.areas.contains(area))
        })
    };
    let stands = later.into_iter().all(|mark| untouched(&mark.changed_areas));
    match said.answer {
        Answer::Given if stands => Vote::Given(said),
        Answer::OptedOut => Vote::OptedOut(said),
        Answer::Refused if stands => Vote::Refused(said),
        Answer::Given | Answer::Refused => Vote::AskedAgain(said),
        Answer::Withdrawn => Vote::Missing,
    }
}

pub(super) fn signed_off(case: &Case<'_>, teams: &[String], may_opt_out: &[String]) -> Judged {
    const TITLE: &str = "Signed off by every team";
    let votes = votes(case.app, case.people, teams);
    let all = votes.len();
    let threshold = format!("needs {all}");
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
    let may = |team: &Team| may_opt_out.is_empty() || may_opt_out.contains(&team.id);
    let mut waiting: Vec<&Team> = Vec::new();
    let mut refused: Vec<(&Team, &SignOff)> = Vec::new();
    let mut again = 0;
    for (team, vote) in &votes {
        match vote {
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
            0 => String::new(),
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
