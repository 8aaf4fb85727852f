//! What a store does when it is asked, by a conductor or in its console. The rules are those that the vendors
//! publish: on Play approval itself serves the first share; the App Store grows a rollout day by day.

use super::{Happening, Stand, World};
use StorePhase as P;
use conductor::observation::{Share, StorePhase};
use conductor::process::Action;
use conductor::{Span, StoreKind, Version};

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Came {
    /// The world is another one now.
    Changed,
    /// It was so already.
    Already,
    /// It cannot be done as things stand.
    Unfit,
}

/// With which share a rollout starts.
const FIRST: Share = Share(10_000);
/// How an App Store rollout grows, day by day.
const DAYS: [u32; 7] = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];

impl World {
    /// What would come of an action.
    pub(crate) fn would(&self, line: usize, version: &Version, action: Action) -> Came {
        let Some(store) = self.lines.get(line).map(|it| it.store) else { return Came::Unfit };
        let Some(train) = self.train(line, version) else { return Came::Unfit };
        let phase = train.phase();
        let fresh = matches!(phase, P::Absent | P::Draft | P::Rejected);
        let taken = || {
            let others = self.lines.get(line).into_iter().flat_map(|it| &it.trains);
            others.filter(|(it, _)| *it != version).any(|(_, it)| {
                matches!(it.phase(), P::InReview | P::Approved | P::NeedsPerson | P::Rejected)
            })
        };
        match (store, action) {
            (StoreKind::Download, Action::Publish) if fresh => Came::Changed,
            (StoreKind::Download, Action::Publish) if phase == P::Complete => Came::Already,
            (StoreKind::Download, _) => Came::Unfit,
            (StoreKind::AppStore, Action::SubmitForReview) if fresh && taken() => Came::Unfit,
            (_, Action::SubmitForReview) if fresh => Came::Changed,
            // Play takes a second edit and begins the review anew.
            (StoreKind::GooglePlay, Action::SubmitForReview) if phase == P::InReview => {
                Came::Changed
            }
            (StoreKind::AppStore, Action::StartRollout) if phase == P::Approved => Came::Changed,
            (_, Action::CompleteRollout) => match phase {
                P::RollingOut | P::Halted => Came::Changed,
                P::Complete => Came::Already,
                _ => Came::Unfit,
            },
            (_, Action::PauseRollout) => match phase {
                P::RollingOut => Came::Changed,
                P::Complete if store == StoreKind::GooglePlay => Came::Changed,
                P::Halted => Came::Already,
                _ => Came::Unfit,
            },
            (_, Action::ResumeRollout) => match phase {
                P::Halted => Came::Changed,
                P::RollingOut | P::Complete => Came::Already,
                _ => Came::Unfit,
            },
            _ => Came::Unfit,
        }
    }

    /// Does it, if it can be done.
    pub(crate) fn carry_out(
        &mut self,
        line: usize,
        version: &Version,
        action: Action,
        build: Option<u32>,
    ) -> Came {
        let came = self.would(line, version, action);
        if came != Came::Changed {
            return came;
        }
        let Some(train) = self.train(line, version) else { return Came::Unfit };
        let stand = train.stand().cloned();
        let served = stand.as_ref().and_then(|it| it.served);
        // What is under way goes on with the build that the store has.
        let theirs = stand.map(|it| it.build).filter(|_| train.phase() > P::Draft);
        let build = theirs.or(build).or(train.good_build());
        let Some(build) = build else { return Came::Unfit };
        match action {
            Action::SubmitForReview => {
                self.stand(line, version, P::InReview, None, build);
                let (nth, after) = (self.nth(line, version), self.dice.hours(2, 40));
                self.later(after, Happening::ReviewEnds { line, version: version.clone(), nth });
            }
            Action::StartRollout => self.serve(line, version, 0, build),
            Action::CompleteRollout | Action::Publish => {
                self.stand(line, version, P::Complete, Some(Share::ALL), build);
            }
            Action::PauseRollout => self.stand(line, version, P::Halted, served, build),
            Action::ResumeRollout if served == Some(Share::ALL) => {
                self.stand(line, version, P::Complete, served, build);
            }
            Action::ResumeRollout => {
                self.stand(line, version, P::RollingOut, served, build);
                self.grow_later(line, version);
            }
            Action::MarkCandidate | Action::Finish => return Came::Unfit,
        }
        Came::Changed
    }

    /// It stands elsewhere from now on, and what that does to the others of its line.
    pub(crate) fn stand(
        &mut self,
        line: usize,
        version: &Version,
        phase: StorePhase,
        served: Option<Share>,
        build: u32,
    ) {
        let now = self.now();
        let store = self.lines.get(line).map(|it| it.store);
        let Some(train) = self.train_mut(line, version) else { return };
        train.rolled = train.rolled_until(now);
        train.stands.push(Stand { at: now, phase, served, build });
        if phase == P::Complete {
            train.arrived_at = train.arrived_at.or(Some(now));
            // Somebody tidies up some day.
            let (after, version) = (self.dice.hours(24, 24 * 20), version.clone());
            self.later(after, Happening::Deleted { line, version });
        }
        let others: Vec<Version> =
            self.lines.get(line).into_iter().flat_map(|it| it.trains.keys().cloned()).collect();
        for other in others.iter().filter(|it| *it != version) {
            let Some(theirs) = self.train(line, other).map(super::Train::phase) else { continue };
            let gone = match (phase, theirs) {
                (P::Complete, P::Complete | P::Halted | P::RollingOut) => true,
                (P::RollingOut, P::RollingOut | P::Halted) => true,
                (P::RollingOut, P::Complete) => store == Some(StoreKind::AppStore),
                _ => false,
            };
            if gone
                && let Some(theirs) = self.train_mut(line, other)
                && let Some(last) = theirs.stand().cloned()
            {
                theirs.rolled = theirs.rolled_until(now);
                theirs.stands.push(Stand { at: now, phase: P::Replaced, served: None, ..last });
            }
        }
    }

    /// A person presses Publish.
    pub(crate) fn published_by_hand(&mut self, line: usize, version: &Version, build: u32) {
        self.serve(line, version, 0, build);
    }

    /// How often it has changed its stand: what was planned before the last change does not happen.
    pub(crate) fn nth(&self, line: usize, version: &Version) -> usize {
        self.train(line, version).map_or(0, |it| it.stands.len())
    }

    /// The review comes to its end.
    pub(super) fn review_ends(&mut self, line: usize, version: &Version, nth: usize) {
        if self.nth(line, version) != nth {
            return;
        }
        let Some(build) = self.train(line, version).and_then(|it| it.stand()).map(|it| it.build)
        else {
            return;
        };
        let Some(it) = self.lines.get(line) else { return };
        let (store, managed) = (it.store, it.managed);
        if self.healed_at.is_none() && self.dice.chance(100) {
            self.count("review rejected");
            self.stand(line, version, P::Rejected, None, build);
        } else if store == StoreKind::AppStore {
            self.stand(line, version, P::Approved, None, build);
        } else if managed {
            self.stand(line, version, P::NeedsPerson, None, build);
        } else {
            self.serve(line, version, 0, build);
        }
    }

    /// Serves the share of a day.
    pub(super) fn serve(&mut self, line: usize, version: &Version, day: usize, build: u32) {
        let store = self.lines.get(line).map(|it| it.store);
        let share = match store {
            Some(StoreKind::AppStore) => DAYS.get(day).map_or(Share::ALL, |share| Share(*share)),
            _ => FIRST,
        };
        if let Some(train) = self.train_mut(line, version) {
            train.day = day;
        }
        if share == Share::ALL {
            self.stand(line, version, P::Complete, Some(share), build);
        } else {
            self.stand(line, version, P::RollingOut, Some(share), build);
            self.grow_later(line, version);
        }
    }

    /// The App Store grows it by itself a day from now.
    fn grow_later(&mut self, line: usize, version: &Version) {
        if self.lines.get(line).is_some_and(|it| it.store == StoreKind::AppStore) {
            let nth = self.nth(line, version);
            let version = version.clone();
            self.later(Span::hours(24), Happening::Grows { line, version, nth });
        }
    }
}
