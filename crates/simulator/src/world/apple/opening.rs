//! The App Store as it stands when the simulation begins.

use super::{AppleApp, AppleVersion, Phased, PhasedState, VersionState};
use crate::plan::{DAY, HOUR, LinePlan};
use crate::world::{Due, LineAt, World, shipped};

impl World {
    /// Versions as they stand at the start: the live one complete, or on its second day; drafts for all branches.
    pub(crate) fn open_apple(&mut self, line: LineAt, plan: &LinePlan, is_rolling: bool) {
        let start = self.now;
        let app = line.app;
        let number = |release: usize| shipped(plan, release).map(|build| build.number);
        let below = (0..plan.live).rev().find(|release| number(*release) < number(plan.live));
        let mut apple =
            AppleApp { base: below.and_then(number).unwrap_or(0), ..AppleApp::default() };
        let past = plan
            .releases
            .iter()
            .enumerate()
            .skip(plan.live.saturating_sub(3))
            .filter(|(index, _)| plan.is_past(*index));
        for (index, release) in past {
            let (id, phased) = (apple.fresh(app, 7), apple.fresh(app, 9));
            let mut phased = Phased::inactive(phased);
            let started_at = if index == plan.live && is_rolling {
                start - 26 * HOUR
            } else {
                release.done_at.min(start)
            };
            phased.started_at = Some(started_at);
            phased.day = 7;
            phased.state = PhasedState::Complete;
            let is_live = index == plan.live;
            if is_live && is_rolling {
                phased.state = PhasedState::Active;
                phased.day = 2;
                phased.next_at = started_at + 2 * DAY;
                self.plan_due(
                    phased.next_at,
                    Due::ApplePhase { app, version: id.clone(), turn: 0 },
                );
            }
            apple.versions.push(AppleVersion {
                id,
                version: release.version.clone(),
                state: if is_live {
                    VersionState::ReadyForDistribution
                } else {
                    VersionState::Replaced
                },
                release_type: "MANUAL".to_owned(),
                build: number(index),
                created_at: release.branched_at,
                phased: Some(phased),
            });
        }
        self.apple.insert(app, apple);
        for (index, release) in plan.releases.iter().enumerate() {
            if release.branched_at > start || plan.is_past(index) {
                continue;
            }
            self.apple_branched(line, index);
            if let Some(made) = self.apple.get_mut(&app).and_then(|apple| apple.versions.last_mut())
            {
                made.created_at = release.branched_at;
            }
            for number in (0..release.candidates.len())
                .filter(|number| release.candidates.get(*number).is_some_and(|c| c.at <= start))
            {
                self.apple_marked(line, index, number);
            }
        }
        self.apple_settle(app);
    }
}
