//! A second opinion on what was done: reads a journal, entry by entry, and holds every move against what must always
//! hold (CONDUCTOR §7, lines 1 to 5 and 12). It never decides, and shares no code with what does: it believes only
//! what entries say. What an entry does not say cannot be told, which is not the same as well.
//!
//! Whether the chain of hashes holds is asked of [`crate::journal::verify`].

mod grounds;

use crate::journal::{Actor, Entry, EntryKind};
use crate::track::TrackId;
use grounds::Grounds;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Something that must never be, and was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which line of what must always hold.
    pub invariant: u8,
    /// The entry that shows it.
    pub entry: i64,
    /// The track.
    pub track: Option<TrackId>,
    /// What, in a sentence.
    pub words: String,
}

/// Something that an entry does not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// The entry.
    pub entry: i64,
    /// The track.
    pub track: Option<TrackId>,
    /// What it does not say.
    pub words: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries that were read.
    pub entries: u64,
    /// Moves that were held against what must hold.
    pub moves: u64,
    /// What must never be.
    pub violations: Vec<Violation>,
    /// What could not be told.
    pub untold: Vec<Untold>,
}

/// Audits a journal from its first entry on.
pub fn audit(entries: &[Entry]) -> Report {
    let mut audit = Audit::default();
    for entry in entries {
        audit.see(entry);
    }
    audit.report()
}

/// An audit under way: entries are shown to it in their order.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    report: Report,
    /// How far each action is, by its key.
    states: BTreeMap<String, String>,
    /// Keys of which the request left.
    sent: BTreeSet<String>,
    /// The open action of each track.
    open: BTreeMap<TrackId, String>,
    /// The tracks that people hold, and who.
    held: BTreeMap<TrackId, Vec<String>>,
    /// Tracks of which a hold's entry does not say what it was.
    unsure: BTreeSet<TrackId>,
    /// The highest fencing number that was seen.
    fencing: i64,
}

impl Audit {
    /// What was found so far.
    pub fn report(self) -> Report {
        self.report
    }

    /// Looks at the next entry.
    pub fn see(&mut self, entry: &Entry) {
        self.report.entries += 1;
        let draft = &entry.draft;
        let data = &draft.data;
        if is_empty_talk(&draft.text) {
            self.violation(12, entry, format!("says nothing: “{}”", draft.text));
        }
        self.see_words(entry);
        match draft.kind {
            EntryKind::Intervention => self.see_wish(entry),
            EntryKind::Intent | EntryKind::CandidateMarked => match text(data, "key") {
                Some(key) => {
                    let key = key.to_owned();
                    self.see_step(entry, &key);
                }
                None if matches!(draft.actor, Actor::Conductor) => {
                    self.untold(entry, "which action it is about");
                }
                // An order or an answer that was written before these carried their key.
                None => self.untold(entry, "what a person answered or ordered"),
            },
            EntryKind::StageEntered
            | EntryKind::StandingChanged
            | EntryKind::SignOff
            | EntryKind::WouldHave
            | EntryKind::Source
            | EntryKind::System => {}
        }
    }

    /// Line 12: what is not met names whose it is and a next step.
    fn see_words(&mut self, entry: &Entry) {
        let findings = entry.draft.data.get("findings").and_then(Value::as_array);
        for finding in findings.into_iter().flatten() {
            let silent = |key| finding.get(key).and_then(Value::as_str) == Some("");
            let id = text(finding, "id").unwrap_or("?");
            let open = matches!(text(finding, "verdict"), Some("unmet" | "unknown"));
            if open && (silent("owner") || silent("next_step")) {
                self.violation(12, entry, format!("“{id}” names no owner, or no next step"));
            }
        }
    }

    fn see_wish(&mut self, entry: &Entry) {
        let Some(track) = entry.draft.track.clone() else { return };
        let by = match &entry.draft.actor {
            Actor::Person { name } => name.clone(),
            Actor::Conductor | Actor::World { .. } => "somebody".to_owned(),
        };
        match text(&entry.draft.data, "wish") {
            Some("hold" | "cancel") => self.held.entry(track).or_default().push(by),
            Some("release") => {
                self.held.remove(&track);
                self.unsure.remove(&track);
            }
            Some(_) => {}
            // Before wishes said what they were: whether it held the track is not known from here on.
            None => drop(self.unsure.insert(track)),
        }
    }

    /// A step in the life of an action.
    fn see_step(&mut self, entry: &Entry, key: &str) {
        let Some(state) = text(&entry.draft.data, "state").map(str::to_owned) else {
            // What cannot be carried out fails before it leaves, and older entries say no more.
            self.untold(entry, "how far the action is");
            self.close(entry, key);
            return;
        };
        if let Some(track) = entry.draft.track.clone()
            && matches!(state.as_str(), "proposed" | "confirmed" | "claimed" | "sent" | "uncertain")
        {
            self.open_on(entry, &track, key);
        }
        let action = action_of(key);
        let internal = matches!(action, "mark_candidate" | "finish");
        let by_hand = entry.draft.data.get("by_hand").and_then(Value::as_bool);
        let first = matches!(self.states.get(key).map(String::as_str), None | Some("proposed"));
        match state.as_str() {
            "claimed" | "sent" => {
                if state == "claimed" && !self.sent.insert(key.to_owned()) {
                    self.violation(3, entry, format!("{key} was taken a second time"));
                }
                self.see_move(entry, action);
            }
            "done" => {
                if self.states.get(key).is_some_and(|it| it == "done") {
                    self.violation(3, entry, format!("{key} was done a second time"));
                }
                if internal {
                    self.see_move(entry, action);
                } else if first && by_hand == Some(false) {
                    self.violation(
                        5,
                        entry,
                        format!("{key} was done, and nobody had decided on it"),
                    );
                }
            }
            // What ends without an effect, or is still to be looked at, moves nothing.
            _ => {}
        }
        if matches!(state.as_str(), "done" | "lapsed" | "refused" | "failed") {
            self.close(entry, key);
        }
        self.states.insert(key.to_owned(), state);
    }

    fn open_on(&mut self, entry: &Entry, track: &TrackId, key: &str) {
        let other = self.open.get(track).filter(|it| *it != key).cloned();
        if let Some(other) = other {
            // A person's order lets what nobody took yet lapse, in the same breath.
            let gives_way = matches!(entry.draft.actor, Actor::Person { .. })
                && matches!(
                    self.states.get(&other).map(String::as_str),
                    Some("proposed" | "confirmed")
                );
            if !gives_way {
                self.violation(3, entry, format!("{key} began while {other} was open"));
            }
        }
        self.open.insert(track.clone(), key.to_owned());
    }

    fn close(&mut self, entry: &Entry, key: &str) {
        if let Some(track) = &entry.draft.track
            && self.open.get(track).is_some_and(|it| it == key)
        {
            self.open.remove(track);
        }
    }

    /// A move: what allowed it, who took it, and whether they might.
    fn see_move(&mut self, entry: &Entry, action: &str) {
        self.report.moves += 1;
        let data = &entry.draft.data;
        if entry.draft.track.is_none() {
            self.violation(5, entry, format!("{action} names no track"));
        }
        let fencing = data.get("fencing").and_then(Value::as_i64);
        match fencing {
            Some(fencing) if fencing < self.fencing => {
                let newest = self.fencing;
                self.violation(
                    3,
                    entry,
                    format!("{action} by a conductor without the lease: fencing {fencing}, and {newest} was there"),
                );
            }
            Some(fencing) => self.fencing = fencing,
            None => self.untold(entry, "under which lease it was done"),
        }
        if text(data, "process").is_none_or(str::is_empty)
            || data.get("process_version").and_then(Value::as_i64).is_none()
        {
            self.violation(5, entry, format!("{action} names no process and version"));
        }
        let brake = matches!(action, "pause_rollout" | "resume_rollout");
        if let Some(track) = entry.draft.track.clone().filter(|_| !brake) {
            if let Some(by) = self.held.get(&track) {
                let words = format!("{action} while {} held the track", by.join(", "));
                self.violation(2, entry, words);
            } else if self.unsure.contains(&track) {
                self.untold(entry, "whether somebody held the track");
            }
        }
        let mut found = Grounds::default();
        match grounds::read(entry) {
            Some(basis) => basis.judge(action, &mut found),
            None => found.untold("what it rested on"),
        }
        for (invariant, words) in found.violations {
            self.violation(invariant, entry, format!("{action}: {words}"));
        }
        for words in found.untold {
            self.untold(entry, &words);
        }
    }

    fn violation(&mut self, invariant: u8, entry: &Entry, words: String) {
        let (number, track) = (entry.number, entry.draft.track.clone());
        self.report.violations.push(Violation { invariant, entry: number, track, words });
    }

    fn untold(&mut self, entry: &Entry, words: &str) {
        self.report.untold.push(Untold {
            entry: entry.number,
            track: entry.draft.track.clone(),
            words: words.to_owned(),
        });
    }
}

fn text<'a>(data: &'a Value, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}

/// A key reads `track#action#build#attempt`.
fn action_of(key: &str) -> &str {
    key.split('#').nth(1).unwrap_or_default()
}

/// Whether a text tells nobody anything.
fn is_empty_talk(text: &str) -> bool {
    let words = text.trim_matches(|it: char| it.is_whitespace() || matches!(it, '.' | '…'));
    matches!(words.to_lowercase().as_str(), "" | "waiting")
}

#[cfg(test)]
mod tests;
