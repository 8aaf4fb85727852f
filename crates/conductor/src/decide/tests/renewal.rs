//! A newer build takes the place of a candidate.

use super::*;
use crate::app::StoreKind;

#[test]
fn a_stale_candidate_is_renewed_by_a_newer_build_that_is_good() {
    let renewed = |old: Build, new: Build, expected: &str| {
        spoilt("candidate", |it| it.facts.builds = read("github", 1, vec![new, old]), expected)
    };
    let old = |missing| Build { missing, ..build("4127", "b2") };
    let stale = || old(Some(missing(2, Some(&["player"]))));
    let decision = renewed(
        stale(),
        build("4131", HEAD),
        "running → fire mark_candidate (auto): candidate-build unmet",
    );
    assert_eq!(decision.renewal.len(), 5);
    assert_eq!(
        decision.headline.text,
        "Build 4131 is newer and good: marking the final release candidate now"
    );
    // The newer one is not good, or the candidate still is: nobody is asked to test again for nothing.
    let bad = Build { verified: Some(false), ..build("4131", HEAD) };
    renewed(stale(), bad, "running → wait: candidate-build unmet");
    let let_through = old(Some(missing(1, Some(&["(root)"]))));
    renewed(let_through, build("4131", HEAD), "running → fire submit_for_review (auto)");
    renewed(build("4127", HEAD), build("4131", HEAD), "running → fire submit_for_review (auto)");
    // Git was not asked about so old a build: it is not at the head, so it is stale.
    renewed(
        old(None),
        build("4131", HEAD),
        "running → fire mark_candidate (auto): candidate-build unknown",
    );
    let compared_before = old(Some(Missing { head: Sha::new("c3"), ..missing(0, None) }));
    renewed(compared_before, build("4131", HEAD), "running → wait: candidate-build unknown");
    // What a person did is not undone: 4131 was the candidate before.
    let mut undone = at_stage("candidate");
    undone.facts.builds = read("github", 1, vec![build("4131", HEAD), stale()]);
    undone.people.attempts = vec![attempt(Action::MarkCandidate, "4131", "done")];
    check(&undone, "candidate running → wait: candidate-build unmet");
}

#[test]
fn a_renewal_follows_the_mode_and_the_store_of_its_own_transition() {
    let stale = |it: &mut Inputs| {
        let old = Build { missing: Some(missing(2, None)), ..build("4127", "b2") };
        let new = Build { uploaded: None, ..build("4131", HEAD) };
        it.facts.builds = read("github", 1, vec![new, old]);
        let leave = it.process.stages[0].leave.as_mut().unwrap();
        leave.mode = Mode::Ask;
        leave.conditions[3].only_at = vec![StoreKind::AppStore]; // Uploaded: does not apply here.
    };
    spoilt("candidate", stale, "running → fire mark_candidate (ask): candidate-build unmet");
}
