//! The App Store: versions, review submissions, phased releases, builds, as STORES §2 has them. A version appears with
//! its branch; what it takes to bring it to users comes through the API, and now and then from a person.

use super::{Due, LineAt, World};
use crate::plan::{DAY, MINUTE};
use crate::platform::Platform;

mod opening;
mod words;

pub use words::{
    AppleError, AppleVersion, Phased, PhasedState, Submission, SubmissionItem, SubmissionState,
    VersionState, VersionWish,
};

/// One app at Apple.
#[derive(Clone, Debug, Default)]
pub struct AppleApp {
    /// Newest last.
    pub versions: Vec<AppleVersion>,
    /// Newest last.
    pub submissions: Vec<Submission>,
    made: u64,
    base: u32,
}

impl AppleApp {
    fn fresh(&mut self, app: usize, kind: u64) -> String {
        self.made += 1;
        format!("{kind:x}a{app:04x}00-0000-4000-8000-{:012x}", self.made)
    }

    /// A version by id.
    pub fn version(&self, id: &str) -> Option<&AppleVersion> {
        self.versions.iter().find(|version| version.id == id)
    }

    fn version_mut(&mut self, id: &str) -> Result<&mut AppleVersion, AppleError> {
        let missing = || AppleError::NotFound("appStoreVersions", id.to_owned());
        self.versions.iter_mut().find(|version| version.id == id).ok_or_else(missing)
    }

    fn submission_mut(&mut self, id: &str) -> Result<&mut Submission, AppleError> {
        let missing = || AppleError::NotFound("reviewSubmissions", id.to_owned());
        self.submissions.iter_mut().find(|submission| submission.id == id).ok_or_else(missing)
    }

    fn set(&mut self, submission: &str, state: VersionState, item: &'static str) {
        let Some(found) = self.submissions.iter_mut().find(|one| one.id == submission) else {
            return;
        };
        let versions: Vec<String> = found.items.iter().map(|item| item.version.clone()).collect();
        for one in &mut found.items {
            one.state = item;
        }
        for version in self.versions.iter_mut().filter(|version| versions.contains(&version.id)) {
            version.state = state;
        }
    }
}

impl World {
    /// The App Store's side of an app.
    pub fn apple(&self, app: usize) -> Option<&AppleApp> {
        self.apple.get(&app)
    }

    fn apple_mut(&mut self, app: usize) -> Result<&mut AppleApp, AppleError> {
        self.apple.get_mut(&app).ok_or_else(|| AppleError::NotFound("apps", app.to_string()))
    }

    /// Which app a version, submission, item or phased release belongs to.
    pub fn apple_owner(&self, id: &str) -> Option<usize> {
        self.apple
            .iter()
            .find(|(_, apple)| {
                apple.versions.iter().any(|one| {
                    one.id == id || one.phased.as_ref().is_some_and(|phased| phased.id == id)
                }) || apple
                    .submissions
                    .iter()
                    .any(|one| one.id == id || one.items.iter().any(|item| item.id == id))
            })
            .map(|(app, _)| *app)
    }

    /// Puts a version together with its branch.
    pub(crate) fn apple_branched(&mut self, line: LineAt, release: usize) {
        if line.platform != Platform::Ios {
            return;
        }
        let Some(version) = self
            .line(line)
            .and_then(|plan| plan.releases.get(release))
            .map(|laid| laid.version.clone())
        else {
            return;
        };
        let now = self.now;
        let Some(apple) = self.apple.get_mut(&line.app) else { return };
        let (id, phased) = (apple.fresh(line.app, 7), apple.fresh(line.app, 9));
        apple.versions.push(AppleVersion {
            id,
            version,
            state: VersionState::PrepareForSubmission,
            release_type: "MANUAL".to_owned(),
            build: None,
            created_at: now,
            phased: Some(Phased::inactive(phased)),
        });
    }

    /// CI attaches a candidate's build to its version while that may be edited.
    pub(crate) fn apple_marked(&mut self, line: LineAt, release: usize, candidate: usize) {
        let Some(plan) = self.line(line) else { return };
        let Some(laid) = plan.releases.get(release).filter(|_| line.platform == Platform::Ios)
        else {
            return;
        };
        let Some(marked) = laid.candidates.get(candidate) else { return };
        let (version, build) = (
            laid.version.clone(),
            plan.builds.iter().find(|build| build.sha == marked.sha).map(|b| b.number),
        );
        let Some(apple) = self.apple.get_mut(&line.app) else { return };
        if let Some(one) =
            apple.versions.iter_mut().find(|one| one.version == version && one.state.is_editable())
        {
            one.build = build;
        }
    }

    /// Changes attributes of a version that may be edited; the release type also while it waits.
    pub fn apple_change_version(
        &mut self,
        app: usize,
        id: &str,
        wish: VersionWish,
    ) -> Result<(), AppleError> {
        if let Some(kind) = wish
            .release_type
            .as_deref()
            .filter(|kind| !["MANUAL", "AFTER_APPROVAL", "SCHEDULED"].contains(kind))
        {
            return Err(AppleError::Invalid(format!(
                "'{kind}' is not a valid value for the attribute 'releaseType'."
            )));
        }
        let version = self.apple_mut(app)?.version_mut(id)?;
        let is_waiting = matches!(
            version.state,
            VersionState::WaitingForReview | VersionState::PendingDeveloperRelease
        );
        let may_change = version.state.is_editable() || (is_waiting && wish.version.is_none());
        if !may_change {
            return Err(AppleError::Conflict(
                "The attributes cannot be modified in the current state.".to_owned(),
            ));
        }
        version.release_type = wish.release_type.unwrap_or_else(|| version.release_type.clone());
        version.version = wish.version.unwrap_or_else(|| version.version.clone());
        Ok(())
    }

    /// Attaches a build, by number, to a version that may be edited; `None` takes it away.
    pub fn apple_attach(
        &mut self,
        app: usize,
        id: &str,
        build: Option<u32>,
    ) -> Result<(), AppleError> {
        let line = LineAt { app, platform: Platform::Ios };
        if let Some(number) = build
            && self.build(line, number).is_none_or(|build| build.at + LISTED + VALID > self.now)
        {
            return Err(AppleError::Conflict(
                "The build is not valid or still processing.".to_owned(),
            ));
        }
        let version = self.apple_mut(app)?.version_mut(id)?;
        if !version.state.is_editable() {
            return Err(AppleError::Conflict(
                "A build cannot be exchanged in the current state.".to_owned(),
            ));
        }
        version.build = build;
        Ok(())
    }

    /// Opens a submission; one may be open at a time.
    pub fn apple_open_submission(&mut self, app: usize) -> Result<Submission, AppleError> {
        let apple = self.apple_mut(app)?;
        if apple.submissions.iter().any(|one| one.state != SubmissionState::Complete) {
            return Err(AppleError::Conflict(
                "Another review submission is in progress for this platform.".to_owned(),
            ));
        }
        let id = apple.fresh(app, 3);
        let submission = Submission {
            id,
            state: SubmissionState::ReadyForReview,
            submitted_at: None,
            items: Vec::new(),
            turn: 0,
        };
        apple.submissions.push(submission.clone());
        Ok(submission)
    }

    /// Puts a version into an open submission.
    pub fn apple_add_item(
        &mut self,
        app: usize,
        submission: &str,
        version: &str,
    ) -> Result<SubmissionItem, AppleError> {
        let apple = self.apple_mut(app)?;
        let item = apple.fresh(app, 5);
        let found = apple.version_mut(version)?;
        if !found.state.is_editable() || found.state == VersionState::ReadyForReview {
            return Err(AppleError::Conflict(
                "The version is not in a state that can be submitted.".to_owned(),
            ));
        }
        if found.build.is_none() {
            return Err(AppleError::Conflict("The version has no build attached.".to_owned()));
        }
        let open = apple.submission_mut(submission)?;
        if open.state != SubmissionState::ReadyForReview {
            return Err(AppleError::Conflict(
                "Items can be added to a submission that was not submitted only.".to_owned(),
            ));
        }
        let item =
            SubmissionItem { id: item, version: version.to_owned(), state: "READY_FOR_REVIEW" };
        open.items.push(item.clone());
        apple.version_mut(version)?.state = VersionState::ReadyForReview;
        Ok(item)
    }

    /// Sends a submission to review; after a refusal this sends it again.
    pub fn apple_submit(&mut self, app: usize, submission: &str) -> Result<(), AppleError> {
        let now = self.now;
        let open = self.apple_mut(app)?.submission_mut(submission)?;
        let is_ready = matches!(
            open.state,
            SubmissionState::ReadyForReview | SubmissionState::UnresolvedIssues
        );
        if !is_ready || open.items.is_empty() {
            return Err(AppleError::Conflict(
                "The submission has no items, or was submitted already.".to_owned(),
            ));
        }
        open.state = SubmissionState::WaitingForReview;
        open.submitted_at = Some(now);
        open.turn += 1;
        let turn = open.turn;
        let minutes = self
            .draw("apple review")
            .named(submission)
            .at(u64::from(turn))
            .between(3 * 60, 26 * 60);
        self.apple_mut(app)?.set(submission, VersionState::WaitingForReview, "READY_FOR_REVIEW");
        let submission = submission.to_owned();
        let took = Due::AppleTook { app, submission: submission.clone(), turn };
        self.plan_due(now + minutes * MINUTE * 6 / 10, took);
        self.plan_due(now + minutes * MINUTE, Due::AppleReviewed { app, submission, turn });
        Ok(())
    }

    /// Withdraws a submission. Apple shows it seconds later, and it is true some more seconds later.
    pub fn apple_cancel(&mut self, app: usize, submission: &str) -> Result<(), AppleError> {
        let now = self.now;
        let open = self.apple_mut(app)?.submission_mut(submission)?;
        if matches!(open.state, SubmissionState::Complete | SubmissionState::Canceling) {
            return Err(AppleError::Conflict(
                "The submission cannot be canceled in the current state.".to_owned(),
            ));
        }
        open.turn += 1;
        for (after, complete) in [(2_000, false), (15_000, true)] {
            let submission = submission.to_owned();
            self.plan_due(now + after, Due::AppleCancels { app, submission, complete });
        }
        Ok(())
    }

    /// Asks Apple to put an approved version on sale.
    pub fn apple_request_release(&mut self, app: usize, version: &str) -> Result<(), AppleError> {
        let found = self.apple_mut(app)?.version_mut(version)?;
        if found.state != VersionState::PendingDeveloperRelease {
            return Err(AppleError::Conflict(
                "The version is not pending developer release.".to_owned(),
            ));
        }
        self.apple_distribute(app, version);
        Ok(())
    }

    fn apple_distribute(&mut self, app: usize, version: &str) {
        let minutes = self.draw("apple on sale").named(version).between(8, 75);
        let at = self.now + minutes * MINUTE;
        if let Ok(found) = self.apple_mut(app).and_then(|apple| apple.version_mut(version)) {
            found.state = VersionState::ProcessingForDistribution;
        }
        self.plan_due(at, Due::AppleOnSale { app, version: version.to_owned() });
    }

    /// Creates a phased release for a version that is not released yet.
    pub fn apple_make_phased(&mut self, app: usize, version: &str) -> Result<Phased, AppleError> {
        let apple = self.apple_mut(app)?;
        let id = apple.fresh(app, 9);
        let found = apple.version_mut(version)?;
        let is_early = found.state.is_editable()
            || matches!(
                found.state,
                VersionState::WaitingForReview
                    | VersionState::InReview
                    | VersionState::PendingDeveloperRelease
            );
        if found.phased.is_some() || !is_early {
            return Err(AppleError::Conflict(
                "A phased release cannot be created for this version.".to_owned(),
            ));
        }
        let phased = Phased::inactive(id);
        found.phased = Some(phased.clone());
        Ok(phased)
    }

    /// Pauses, resumes or completes a phased release. What it already is, it may be told to be.
    pub fn apple_change_phased(
        &mut self,
        app: usize,
        id: &str,
        wish: PhasedState,
    ) -> Result<(), AppleError> {
        let now = self.now;
        let apple = self.apple_mut(app)?;
        let missing = || AppleError::NotFound("appStoreVersionPhasedReleases", id.to_owned());
        let is_it = |version: &&mut AppleVersion| {
            version.phased.as_ref().is_some_and(|phased| phased.id == id)
        };
        let version = apple.versions.iter_mut().find(is_it).ok_or_else(missing)?;
        let (version_id, string) = (version.id.clone(), version.version.clone());
        let phased = version.phased.as_mut().ok_or_else(missing)?;
        if phased.state == wish {
            return Ok(());
        }
        match (phased.state, wish) {
            (PhasedState::Active, PhasedState::Paused) => {
                phased.state = PhasedState::Paused;
                phased.paused_at = Some(now);
                phased.turn += 1;
                let line = LineAt { app, platform: Platform::Ios };
                if let Some((release, _)) = self.release(line, &string) {
                    self.people_react(line, release);
                }
            }
            (PhasedState::Paused, PhasedState::Active) => {
                let waited = now - phased.paused_at.take().unwrap_or(now);
                phased.state = PhasedState::Active;
                phased.paused_ms += waited;
                phased.next_at += waited;
                phased.turn += 1;
                let (at, turn) = (phased.next_at, phased.turn);
                self.plan_due(at, Due::ApplePhase { app, version: version_id, turn });
            }
            (PhasedState::Active | PhasedState::Paused, PhasedState::Complete) => {
                phased.paused_ms += now - phased.paused_at.take().unwrap_or(now);
                phased.state = PhasedState::Complete;
                phased.turn += 1;
                self.apple_settle(app);
            }
            _ => {
                let text = format!(
                    "A phased release cannot go from {} to {}.",
                    phased.state.word(),
                    wish.word()
                );
                return Err(AppleError::Conflict(text));
            }
        }
        Ok(())
    }

    pub(crate) fn apple_took(&mut self, app: usize, submission: &str, turn: u32) {
        let Ok(apple) = self.apple_mut(app) else { return };
        let Ok(open) = apple.submission_mut(submission) else { return };
        if open.turn == turn && open.state == SubmissionState::WaitingForReview {
            open.state = SubmissionState::InReview;
            apple.set(submission, VersionState::InReview, "READY_FOR_REVIEW");
        }
    }

    pub(crate) fn apple_reviewed(&mut self, app: usize, submission: &str, turn: u32) {
        let (calm, now) = (self.spec.calm, self.now);
        let draw = self.draw("apple refuses").named(submission);
        let Ok(apple) = self.apple_mut(app) else { return };
        let Ok(open) = apple.submission_mut(submission) else { return };
        if open.turn != turn || open.state != SubmissionState::InReview {
            return;
        }
        let versions: Vec<String> = open.items.iter().map(|item| item.version.clone()).collect();
        if !calm && turn == 1 && draw.chance(0.09) {
            open.state = SubmissionState::UnresolvedIssues;
            apple.set(submission, VersionState::Rejected, "REJECTED");
            let at = now + draw.at(1).between(3 * 60, 12 * 60) * MINUTE;
            self.plan_due(at, Due::AppleAnswered { app, submission: submission.to_owned(), turn });
            return;
        }
        open.state = SubmissionState::Complete;
        apple.set(submission, VersionState::PendingDeveloperRelease, "APPROVED");
        let by_itself: Vec<String> = versions
            .into_iter()
            .filter(|id| apple.version(id).is_some_and(|version| version.release_type != "MANUAL"))
            .collect();
        for version in by_itself {
            self.apple_distribute(app, &version);
        }
    }

    pub(crate) fn apple_answered(&mut self, app: usize, submission: &str, turn: u32) {
        let is_open = self.apple(app).is_some_and(|apple| {
            apple.submissions.iter().any(|one| {
                one.id == submission
                    && one.turn == turn
                    && one.state == SubmissionState::UnresolvedIssues
            })
        });
        if is_open && self.apple_submit(app, submission).is_err() {
            // Withdrawn meanwhile: there is nothing to answer any more.
        }
    }

    pub(crate) fn apple_cancels(&mut self, app: usize, submission: &str, complete: bool) {
        let Ok(apple) = self.apple_mut(app) else { return };
        let Ok(open) = apple.submission_mut(submission) else { return };
        if !complete {
            open.state = SubmissionState::Canceling;
            return;
        }
        open.state = SubmissionState::Complete;
        let versions: Vec<String> = open.items.iter().map(|item| item.version.clone()).collect();
        for item in &mut open.items {
            item.state = "REMOVED";
        }
        for version in apple.versions.iter_mut().filter(|version| versions.contains(&version.id)) {
            // A version that was refused stays refused through the cancellation.
            version.state = match version.state {
                VersionState::Rejected => VersionState::Rejected,
                VersionState::ReadyForReview => VersionState::PrepareForSubmission,
                VersionState::WaitingForReview | VersionState::InReview => {
                    VersionState::DeveloperRejected
                }
                other => other,
            };
        }
    }

    pub(crate) fn apple_on_sale(&mut self, app: usize, version: &str) {
        let now = self.now;
        let Ok(apple) = self.apple_mut(app) else { return };
        for old in
            apple.versions.iter_mut().filter(|one| one.state == VersionState::ReadyForDistribution)
        {
            old.state = VersionState::Replaced;
            if let Some(phased) = &mut old.phased {
                phased.state = PhasedState::Complete;
                phased.turn += 1;
            }
            if let Some(build) = old.build {
                apple.base = build;
            }
        }
        let Ok(found) = apple.version_mut(version) else { return };
        found.state = VersionState::ReadyForDistribution;
        if let Some(phased) = &mut found.phased {
            phased.state = PhasedState::Active;
            phased.started_at = Some(now);
            phased.day = 1;
            phased.next_at = now + DAY;
            let (at, turn) = (phased.next_at, phased.turn);
            self.plan_due(at, Due::ApplePhase { app, version: version.to_owned(), turn });
        }
        self.apple_settle(app);
    }

    pub(crate) fn apple_phase(&mut self, app: usize, version: &str, turn: u32) {
        let Ok(found) = self.apple_mut(app).and_then(|apple| apple.version_mut(version)) else {
            return;
        };
        let Some(phased) = found.phased.as_mut().filter(|phased| phased.turn == turn) else {
            return;
        };
        if phased.state != PhasedState::Active {
            return;
        }
        if phased.day >= 7 {
            phased.state = PhasedState::Complete;
        } else {
            phased.day += 1;
            phased.next_at += DAY;
            let at = phased.next_at;
            self.plan_due(at, Due::ApplePhase { app, version: version.to_owned(), turn });
        }
        self.apple_settle(app);
    }

    pub(crate) fn apple_resumed(&mut self, line: LineAt, release: usize) {
        let Some(version) = self
            .line(line)
            .and_then(|plan| plan.releases.get(release))
            .map(|laid| laid.version.clone())
        else {
            return;
        };
        let paused =
            self.apple(line.app).filter(|_| line.platform == Platform::Ios).and_then(|apple| {
                let version = apple.versions.iter().find(|one| one.version == version)?;
                version
                    .phased
                    .as_ref()
                    .filter(|phased| phased.state == PhasedState::Paused)
                    .map(|phased| phased.id.clone())
            });
        if let Some(id) = paused
            && self.apple_change_phased(line.app, &id, PhasedState::Active).is_err()
        {
            // Completed or replaced in the same moment: nothing is paused any more.
        }
    }

    fn apple_settle(&mut self, app: usize) {
        let Some(apple) = self.apple.get(&app) else { return };
        let Some(live) =
            apple.versions.iter().find(|one| one.state == VersionState::ReadyForDistribution)
        else {
            return;
        };
        let part = live.phased.as_ref().map_or(1.0, Phased::part);
        let builds = vec![(apple.base, 1.0 - part), (live.build.unwrap_or(apple.base), part)];
        self.serve(LineAt { app, platform: Platform::Ios }, builds);
    }
}

/// A build is not listed at all for this long after its upload.
pub const LISTED: i64 = 5 * MINUTE;
/// And is processed for this long after that.
pub const VALID: i64 = 10 * MINUTE;
