//! A good journal, and what each change of it for the worse is caught as.

use super::*;
use crate::journal::{Draft, GENESIS, verify};
use crate::moment::{Moment, Span};
use serde_json::json;

const KEY: &str = "music/android/9.1.24#complete_rollout#4127#1";

fn now() -> Moment {
    Moment::parse("2026-03-12T09:00:00Z").unwrap()
}

fn draft(kind: EntryKind, text: &str, data: Value) -> Draft {
    Draft {
        at: now(),
        actor: Actor::Conductor,
        track: TrackId::parse("music/android/9.1.24"),
        kind,
        text: text.to_owned(),
        why: String::new(),
        data,
    }
}

fn by(name: &str, mut draft: Draft) -> Draft {
    draft.actor = Actor::Person { name: name.to_owned() };
    draft
}

fn finding(id: &str, of: &str, kind: &str) -> Value {
    json!({
        "id": id, "of": of, "kind": kind, "verdict": "met", "waived": false, "value": "99.87 %",
        "observed_at": now() - Span::minutes(5), "max_age_minutes": 20, "sample": 9000, "minimum_sample": 5000,
    })
}

fn step(key: &str, state: &str) -> Draft {
    let data = json!({
        "key": key, "state": state, "by_hand": false, "process": "default", "process_version": 2,
        "decided_at": now(), "standing": "running", "fencing": 3, "holds": [],
        "findings": [
            finding("soak", "condition", "soaked"), finding("window", "condition", "window"),
            finding("crashes", "condition", "quality"), finding("red-line", "guard", "quality"),
        ],
    });
    draft(EntryKind::Intent, "a step", data)
}

fn good() -> Vec<Draft> {
    vec![step(KEY, "confirmed"), step(KEY, "claimed"), step(KEY, "done")]
}

fn report(drafts: Vec<Draft>) -> Report {
    let mut entries: Vec<Entry> = Vec::new();
    for draft in drafts {
        let before = entries.last().map_or(GENESIS, |it| it.hash.as_str()).to_owned();
        entries.push(draft.seal(entries.len() as i64 + 1, &before));
    }
    verify(&entries, 1, GENESIS).unwrap();
    audit(&entries)
}

/// What is found once the claim says something else.
fn claim(change: impl FnOnce(&mut Value)) -> Report {
    let mut drafts = good();
    change(&mut drafts[1].data);
    report(drafts)
}

fn caught(report: &Report) -> Vec<(u8, i64, &str)> {
    report.violations.iter().map(|it| (it.invariant, it.entry, it.words.as_str())).collect()
}

#[test]
fn a_good_journal_has_no_violation_and_nothing_that_could_not_be_told() {
    let report = report(good());
    assert_eq!((report.entries, report.moves), (3, 1));
    assert_eq!((report.violations, report.untold), (vec![], vec![]));
}

#[test]
fn a_move_on_what_is_unknown_unmet_expired_under_sampled_or_of_the_future_is_caught() {
    type Change = fn(&mut Value);
    let cases: [(Change, &str); 5] = [
        (
            |it| it["findings"][2]["verdict"] = json!("unknown"),
            "complete_rollout: “crashes” was unknown",
        ),
        (|it| it["findings"][0]["verdict"] = json!("unmet"), "complete_rollout: “soak” was unmet"),
        (
            |it| it["findings"][2]["observed_at"] = json!(now() - Span::minutes(21)),
            "complete_rollout: “crashes” had expired: 21 m old, at most 20 m",
        ),
        (
            |it| it["findings"][2]["sample"] = json!(4999),
            "complete_rollout: “crashes” rested on 4999 of 5000 cases",
        ),
        (
            |it| it["findings"][2]["observed_at"] = json!(now() + Span::minutes(3)),
            "complete_rollout: “crashes” was stamped in the future",
        ),
    ];
    for (change, words) in cases {
        assert_eq!(caught(&claim(change)), [(1, 2, words)]);
    }
}

#[test]
fn what_a_person_waived_is_theirs() {
    let waive = |it: &mut Value| {
        it["findings"][2]["verdict"] = json!("unknown");
        it["findings"][2]["waived"] = json!(true);
        it["findings"][2]["waived_by"] = json!("Mira");
    };
    assert_eq!(claim(waive), report(good()));
    let nobody = claim(|it| {
        waive(it);
        it["findings"][2]["waived_by"] = json!("");
    });
    assert_eq!(nobody.untold[0].words, "who waived “crashes”");
}

#[test]
fn a_move_while_held_or_outside_its_window_is_caught() {
    let held = claim(|it| it["holds"] = json!([{ "by": "Mira" }]));
    assert_eq!(caught(&held), [(2, 2, "complete_rollout: a hold was in force")]);
    let standing = claim(|it| it["standing"] = json!("held"));
    assert_eq!(caught(&standing), [(2, 2, "complete_rollout: the track was held")]);
    let window = claim(|it| it["findings"][1]["verdict"] = json!("unmet"));
    assert_eq!(caught(&window), [(2, 2, "complete_rollout: “window”: the window was not open")]);
}

#[test]
fn a_hold_is_remembered_from_its_own_entry_until_its_release() {
    let wish =
        |word: &str| by("Mira", draft(EntryKind::Intervention, "said so", json!({ "wish": word })));
    let mut drafts = good();
    drafts.insert(1, wish("hold"));
    let words = "complete_rollout while Mira held the track";
    assert_eq!(caught(&report(drafts.clone())), [(2, 3, words)]);
    drafts.insert(2, wish("release"));
    assert_eq!(caught(&report(drafts)), []);
}

#[test]
fn two_effects_for_one_key_and_two_open_intents_on_one_track_are_caught() {
    let again = [good(), vec![step(KEY, "claimed"), step(KEY, "done")]].concat();
    let words: Vec<String> = report(again).violations.into_iter().map(|it| it.words).collect();
    assert_eq!(words, [format!("{KEY} was taken a second time")]);
    let twice = [good(), vec![step(KEY, "done")]].concat();
    assert_eq!(caught(&report(twice)), [(3, 4, &*format!("{KEY} was done a second time"))]);
    let other = "music/android/9.1.24#finish#4127#1";
    let mut drafts = good();
    drafts.insert(1, step(other, "proposed"));
    let words = format!("{other} began while {KEY} was open");
    assert!(caught(&report(drafts.clone())).contains(&(3, 2, &*words)));
    // What waits gives way to a person's order.
    drafts[1] = by("Mira", step(other, "confirmed"));
    drafts.drain(2..);
    assert_eq!(caught(&report(drafts)), []);
}

#[test]
fn an_action_of_a_conductor_whose_lease_was_taken_over_is_caught() {
    let other = "music/ios/9.1.24#finish#4127#1";
    let mut drafts = good();
    let mut late = step(other, "done");
    late.data["fencing"] = json!(2);
    drafts.push(late);
    let words = "finish by a conductor without the lease: fencing 2, and 3 was there";
    assert_eq!(caught(&report(drafts)), [(3, 4, words)]);
}

#[test]
fn a_rollout_that_grows_while_a_guard_is_unmet_or_unknown_is_caught() {
    for verdict in ["unmet", "unknown"] {
        let grown = claim(|it| it["findings"][3]["verdict"] = json!(verdict));
        let words = format!("complete_rollout: “red-line” was {verdict}");
        assert_eq!(caught(&grown), [(4, 2, &*words)]);
    }
}

#[test]
fn a_pause_for_no_reason_and_a_resume_that_nobody_ordered_are_caught() {
    let acts = |action: &str, change: fn(&mut Value)| {
        let key = KEY.replace("complete_rollout", action);
        let mut drafts = vec![step(&key, "confirmed"), step(&key, "claimed")];
        change(&mut drafts[1].data);
        drafts
    };
    let pause = report(acts("pause_rollout", |_| {}));
    let words = "pause_rollout: the rollout was paused, and neither a guard nor a condition spoke against it";
    assert_eq!(caught(&pause), [(4, 2, words)]);
    let fallen = acts("pause_rollout", |it| it["findings"][3]["verdict"] = json!("unmet"));
    assert_eq!(caught(&report(fallen)), []);
    let resume = acts("resume_rollout", |_| {});
    let words = "resume_rollout: the conductor resumed a rollout, which is a person's";
    assert_eq!(caught(&report(resume.clone())), [(4, 2, words)]);
    let ordered = resume.into_iter().map(|it| by("Mira", it)).collect();
    assert_eq!(caught(&report(ordered)), []);
}

#[test]
fn an_effect_that_nobody_decided_on_and_a_move_without_a_process_are_caught() {
    let sudden = report(vec![step(KEY, "done")]);
    assert_eq!(
        caught(&sudden),
        [(5, 1, &*format!("{KEY} was done, and nobody had decided on it"))]
    );
    let by_hand = report(vec![{
        let mut done = step(KEY, "done");
        done.data["by_hand"] = json!(true);
        done
    }]);
    assert_eq!(caught(&by_hand), []);
    let lawless = claim(|it| it["process_version"] = Value::Null);
    assert_eq!(caught(&lawless), [(5, 2, "complete_rollout names no process and version")]);
}

#[test]
fn a_finding_without_owner_or_next_step_and_an_entry_that_says_nothing_are_caught() {
    let mut drafts = good();
    drafts[0].data["findings"][2]["verdict"] = json!("unknown");
    drafts[0].data["findings"][2]["next_step"] = json!("");
    drafts.push(draft(EntryKind::StandingChanged, "Waiting …", Value::Null));
    assert_eq!(
        caught(&report(drafts)),
        [
            (12, 1, "“crashes” names no owner, or no next step"),
            (12, 4, "says nothing: “Waiting …”")
        ]
    );
}

#[test]
fn what_older_entries_do_not_say_cannot_be_told_and_is_not_called_well() {
    let old = json!({
        "key": "music/android/9.1.24#finish#4127#1", "state": "done", "process": "default", "process_version": 1,
        "findings": [{ "id": "watch", "verdict": "met", "waived": false, "value": "7 d" }],
    });
    let report = report(vec![
        by("Mira", draft(EntryKind::Intervention, "held the train", Value::Null)),
        by("Mira", draft(EntryKind::Intent, "ordered it", Value::Null)),
        draft(EntryKind::Intent, "ended the watch", old),
    ]);
    assert_eq!(caught(&report), []);
    let words: Vec<(i64, &str)> =
        report.untold.iter().map(|it| (it.entry, it.words.as_str())).collect();
    assert_eq!(
        words,
        [
            (2, "what a person answered or ordered"),
            (3, "under which lease it was done"),
            (3, "whether somebody held the track"),
            (3, "which holds were in force"),
            (3, "which findings were guards"),
        ]
    );
}
