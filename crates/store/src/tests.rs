//! One suite for every database: each test gets a fresh one and knows nothing but [`Store`] and [`Archive`]. A second
//! database is one more module at the end.

mod acting;
mod archiving;
mod journalling;
mod remembering;
pub(crate) mod samples;

use ports::{Archive, Store};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A place where a database lives, which outlasts the store that was opened on it.
#[async_trait::async_trait]
pub(crate) trait Place: Sync {
    async fn open(&self) -> Box<dyn Store>;
    async fn open_archive(&self) -> Box<dyn Archive>;
}

/// A directory that is gone with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("signalbox-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

macro_rules! on_each_database {
    ($($test:ident::$name:ident),+ $(,)?) => {
        mod sqlite {
            use super::{Folder, Place};
            use crate::SqliteStore;
            use ports::{Archive, Store};

            struct File(Folder);

            #[async_trait::async_trait]
            impl Place for File {
                async fn open(&self) -> Box<dyn Store> {
                    Box::new(SqliteStore::open(self.0.path().join("memory.db")).await.unwrap())
                }
                async fn open_archive(&self) -> Box<dyn Archive> {
                    Box::new(SqliteStore::open(self.0.path().join("memory.db")).await.unwrap())
                }
            }

            $(#[tokio::test]
            async fn $name() {
                super::$test::$name(&File(Folder::new())).await;
            })+
        }
    };
}

on_each_database![
    remembering::a_new_database_remembers_nothing,
    remembering::what_was_kept_is_restored_after_a_crash,
    remembering::a_later_reading_replaces_the_one_before,
    remembering::asking_again_without_a_change_moves_only_the_age,
    remembering::what_was_never_kept_cannot_be_unchanged,
    remembering::a_tick_is_kept_whole_or_not_at_all,
    remembering::the_revision_never_falls,
    remembering::what_people_said_comes_to_what_is_in_force,
    remembering::whoever_was_superseded_keeps_nothing,
    remembering::a_lease_is_one_and_rises_with_each_take_over,
    remembering::an_empty_database_can_be_written,
    archiving::past_releases_come_back_as_they_were_kept_by_line_and_branch,
    archiving::keeping_past_releases_twice_is_the_same_as_once,
    archiving::a_later_telling_of_a_past_release_replaces_the_one_before,
    acting::an_intent_lives_from_proposal_to_done,
    acting::a_key_is_used_once_for_ever,
    acting::a_track_has_one_open_intent,
    acting::a_step_from_another_state_is_refused,
    acting::an_ended_intent_stays_ended,
    acting::a_hold_between_look_and_claim_is_seen,
    acting::a_hold_does_not_hide_how_an_action_ended,
    acting::a_brake_works_while_held,
    acting::a_cancelled_track_takes_no_action,
    acting::whoever_was_superseded_writes_no_intent,
    acting::an_effect_is_written_with_its_intent_or_not_at_all,
    acting::a_person_answers_only_what_asks,
    acting::a_failed_intent_stays_until_it_is_tried_again,
    acting::the_last_try_of_each_action_and_build_is_told,
    acting::an_order_takes_the_place_of_what_waits_and_of_nothing_that_left,
    acting::two_claims_at_once_have_one_winner,
    journalling::entries_are_numbered_chained_and_told_newest_first,
    journalling::the_chain_verifies_across_many_pieces,
    journalling::wishes_from_many_sides_make_one_chain,
    journalling::numbers_with_fractions_do_not_break_the_chain,
    journalling::what_is_sought_is_found_and_nothing_else,
    journalling::a_long_journal_is_leafed_through_without_gap_or_repetition,
];
