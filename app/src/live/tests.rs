//! Patches touch what changed, and no more.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::fixtures::{self, fixed};

/// How often each row was read anew.
struct Readers {
    counts: BTreeMap<String, Arc<AtomicUsize>>,
    memos: Vec<Memo<String>>,
}

impl Readers {
    fn of(board: &LiveBoard, keys: &[String]) -> Self {
        let mut counts = BTreeMap::new();
        let mut memos = Vec::new();
        for key in keys {
            let count = Arc::new(AtomicUsize::new(0));
            counts.insert(key.clone(), Arc::clone(&count));
            let row = board.row(key).unwrap_or_else(|| panic!("no row for {key}"));
            memos.push(Memo::new(move |_| {
                count.fetch_add(1, Ordering::Relaxed);
                row.with(|track| track.headline.text.clone())
            }));
        }
        let readers = Self { counts, memos };
        readers.read();
        readers
    }

    fn read(&self) {
        for memo in &self.memos {
            memo.get();
        }
    }

    /// The rows that were read more than once.
    fn woken(&self) -> Vec<&str> {
        self.read();
        let again = self.counts.iter().filter(|(_, count)| count.load(Ordering::Relaxed) > 1);
        again.map(|(key, _)| key.as_str()).collect()
    }
}

fn keys(board: &Board) -> Vec<String> {
    let tracks = board.apps.iter().flat_map(|app| &app.lines).flat_map(|line| &line.current);
    tracks.map(|track| track.key.clone()).collect()
}

fn rows_of(board: &mut Board) -> impl Iterator<Item = &mut conductor::board::TrackView> {
    board.apps.iter_mut().flat_map(|app| &mut app.lines).flat_map(|line| &mut line.current)
}

fn next(board: &Board, change: impl FnOnce(&mut Board)) -> Board {
    let mut next = board.clone();
    next.revision += 1;
    next.at = next.at + conductor::Span::minutes(5);
    change(&mut next);
    next
}

#[test]
fn a_patch_wakes_only_the_rows_that_changed() {
    Owner::new().with(|| {
        let old = Board::clone(&fixed().board);
        let live = LiveBoard::new(old.clone());
        let readers = Readers::of(&live, &keys(&old));
        let new = next(&old, |board| {
            let row = rows_of(board).nth(1).expect("a second row");
            row.headline.text = "Ready".to_owned();
        });
        assert!(live.apply(Patch::between(&old, &new)));
        assert_eq!(readers.woken(), ["music/ios/9.1.24"]);
        assert_eq!(live.revision(), new.revision);
        assert_eq!(live.clock.now(), new.at);
    });
}

#[test]
fn a_train_that_comes_leaves_the_other_rows_asleep() {
    Owner::new().with(|| {
        let old = Board::clone(&fixed().board);
        let live = LiveBoard::new(old.clone());
        let readers = Readers::of(&live, &keys(&old));
        let new = next(&old, |board| {
            let lane = &mut board.apps[0].lines[0].current;
            let mut second = lane[0].clone();
            second.key = "music/android/9.1.25".to_owned();
            lane.push(second);
        });
        assert!(live.apply(Patch::between(&old, &new)));
        assert_eq!(readers.woken(), [""; 0]);
        assert!(live.row("music/android/9.1.25").is_some());
    });
}

#[test]
fn a_patch_of_another_revision_changes_nothing_and_asks_for_the_whole() {
    Owner::new().with(|| {
        let old = Board::clone(&fixed().board);
        let live = LiveBoard::new(old.clone());
        let next_one = next(&old, |board| board.calls.clear());
        let after = next(&next_one, |board| board.strays.clear());
        assert!(!live.apply(Patch::between(&next_one, &after)));
        assert_eq!(live.revision(), old.revision);
        assert!(!live.strays.get().is_empty());
        // An old one that comes late is no reason to ask.
        live.turn_into(after.clone());
        assert!(live.apply(Patch::between(&old, &next_one)));
        assert_eq!(live.revision(), after.revision);
        assert!(live.calls.get().is_empty());
    });
}

#[test]
fn any_patch_leads_to_the_board_that_it_was_made_for() {
    Owner::new().with(|| {
        let old = Board::clone(&fixed().board);
        let new = next(&old, |board| {
            board.apps.reverse();
            board.apps[0].lines[0].current.clear();
            board.summary.held = 9;
            board.sources.pop();
            board.notices.clear();
        });
        let live = LiveBoard::new(old.clone());
        assert!(live.apply(Patch::between(&old, &new)));
        let order: Vec<_> = live.apps.get().iter().map(|app| app.id.clone()).collect();
        assert_eq!(order, new.apps.iter().map(|app| app.id.clone()).collect::<Vec<_>>());
        for (app, expected) in live.apps.get().iter().zip(&new.apps) {
            assert_eq!(app.view.get(), *expected);
        }
        for track in new.apps.iter().flat_map(|app| &app.lines).flat_map(|line| &line.current) {
            assert_eq!(live.row(&track.key).expect("its row").get(), *track);
        }
        assert_eq!(
            (live.summary.get(), live.sources.get(), live.notices.get()),
            (new.summary, new.sources, new.notices)
        );
    });
}

#[test]
fn a_shown_track_is_asked_anew_when_a_patch_names_it_or_its_app() {
    Owner::new().with(|| {
        let fixed = fixed();
        let old = Board::clone(&fixed.board);
        let live = Live::new();
        let page = Arc::clone(&fixed.tracks["music/android/9.1.24"]);
        let _page = live.watch(page, Clock::new(fixtures::now(), 1, fixtures::now()));
        let of_others = next(&old, |board| {
            rows_of(board).nth(1).expect("a second row").headline.text.clear();
        });
        assert_eq!(live.apply(Patch::between(&old, &of_others)), Stale::default());
        let of_ours = next(&old, |board| {
            rows_of(board).next().expect("a row").headline.text.clear();
        });
        assert_eq!(live.apply(Patch::between(&old, &of_ours)), Stale { board: false, track: true });
        let arrived = next(&old, |board| board.apps[0].lines[0].current.clear());
        assert!(live.apply(Patch::between(&old, &arrived)).track);
        live.unwatch();
        assert!(!live.apply(Patch::between(&old, &arrived)).track);
    });
}
