//! Google Play: tracks, releases, edits and reviews, as STORES §1 has them. A status is what was asked for; the lifecycle
//! is what is. One edit lives for each app; a new one, or a change by anybody else, kills it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Due, LineAt, World, shipped};
use crate::plan::{HOUR, LinePlan, MINUTE};
use crate::platform::Platform;
use words::parse;

mod words;

pub use words::{CommitOptions, Lifecycle, PlayError, PlayRelease, Status};

/// The track that users are on.
pub const PRODUCTION: &str = "production";
const TRACKS: [&str; 4] = [PRODUCTION, "beta", "alpha", "internal"];

/// An edit that lives.
#[derive(Clone, Debug)]
struct Edit {
    id: String,
    tracks: BTreeMap<String, Vec<PlayRelease>>,
    touched: Vec<String>,
    expires_at: i64,
}

/// How an edit ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Deleted,
    Committed,
}

/// One app at Google.
#[derive(Clone, Debug, Default)]
pub struct PlayApp {
    tracks: BTreeMap<String, Vec<PlayRelease>>,
    edit: Option<Edit>,
    ended: BTreeMap<String, Ended>,
    edits: u64,
    reviews: u64,
    base: u32,
}

impl World {
    fn package(&mut self, package: &str) -> Result<(usize, &mut PlayApp), PlayError> {
        let missing = || PlayError::NoPackage(package.to_owned());
        let app = self.find_app(|app| app.package == package).ok_or_else(missing)?;
        Ok((app, self.play.get_mut(&app).ok_or_else(missing)?))
    }

    /// The releases of a track as users have them, none of them obsolete.
    pub fn play_releases(
        &mut self,
        package: &str,
        track: &str,
    ) -> Result<Vec<PlayRelease>, PlayError> {
        let (_, app) = self.package(package)?;
        if !TRACKS.contains(&track) {
            return Err(PlayError::NoTrack(track.to_owned()));
        }
        Ok(app.tracks.get(track).cloned().unwrap_or_default())
    }

    /// Opens an edit and kills the one that lived. Its id and when it expires.
    pub fn play_open_edit(&mut self, package: &str) -> Result<(String, i64), PlayError> {
        let now = self.now;
        let (_, app) = self.package(package)?;
        app.kill_edit();
        app.edits += 1;
        let id = format!("{:020}", app.edits + 7_410_000_000_000_000_000 / 1_000);
        let expires_at = now + HOUR;
        app.edit = Some(Edit {
            id: id.clone(),
            tracks: app.tracks.clone(),
            touched: Vec::new(),
            expires_at,
        });
        Ok((id, expires_at))
    }

    /// When a living edit expires.
    pub fn play_edit(&mut self, package: &str, id: &str) -> Result<i64, PlayError> {
        let now = self.now;
        Ok(self.package(package)?.1.living(id, now)?.expires_at)
    }

    /// Throws an edit away.
    pub fn play_delete_edit(&mut self, package: &str, id: &str) -> Result<(), PlayError> {
        self.play_edit(package, id)?;
        self.package(package)?.1.kill_edit();
        Ok(())
    }

    /// Tracks as a living edit has them: one, or all.
    pub fn play_edit_tracks(
        &mut self,
        package: &str,
        id: &str,
        track: Option<&str>,
    ) -> Result<Vec<(String, Vec<PlayRelease>)>, PlayError> {
        let now = self.now;
        let edit = self.package(package)?.1.living(id, now)?;
        let one =
            |name: &str| (name.to_owned(), edit.tracks.get(name).cloned().unwrap_or_default());
        match track {
            None => Ok(TRACKS.iter().map(|name| one(name)).collect()),
            Some(name) if TRACKS.contains(&name) => Ok(vec![one(name)]),
            Some(name) => Err(PlayError::NoTrack(name.to_owned())),
        }
    }

    /// Replaces the whole list of a track within an edit.
    pub fn play_update_track(
        &mut self,
        package: &str,
        id: &str,
        track: &str,
        releases: &[Value],
    ) -> Result<Vec<PlayRelease>, PlayError> {
        if !TRACKS.contains(&track) {
            return Err(PlayError::NoTrack(track.to_owned()));
        }
        self.play_edit(package, id)?;
        let mut wanted = Vec::new();
        for release in releases {
            let release = parse(release)?;
            let (app, _) = self.package(package)?;
            let line = LineAt { app, platform: Platform::Android };
            if let Some(code) = release.codes.iter().find(|code| self.build(line, **code).is_none())
            {
                return Err(PlayError::Invalid(format!(
                    "Version code {code} has not been uploaded to this app."
                )));
            }
            wanted.push(release);
        }
        if wanted.iter().filter(|release| release.status == Status::Completed).count() > 1 {
            return Err(PlayError::Invalid("Too many completed releases specified.".to_owned()));
        }
        let now = self.now;
        let edit = self.package(package)?.1.living(id, now)?;
        edit.tracks.insert(track.to_owned(), wanted.clone());
        if !edit.touched.iter().any(|touched| touched == track) {
            edit.touched.push(track.to_owned());
        }
        Ok(wanted)
    }

    /// Commits an edit: what changes a release that is out happens at once, what is new goes to review.
    pub fn play_commit(
        &mut self,
        package: &str,
        id: &str,
        options: CommitOptions,
    ) -> Result<(), PlayError> {
        let now = self.now;
        let (at, app) = self.package(package)?;
        let edit = app.living(id, now)?.clone();
        let any = |app: &PlayApp, state| {
            app.tracks.values().flatten().any(|release| release.lifecycle == state)
        };
        if options.error_if_in_review && any(app, Lifecycle::InReview) {
            return Err(PlayError::InReview);
        }
        let was_refused = any(app, Lifecycle::NotApproved) || any(app, Lifecycle::NotSent);
        let mut after = app.tracks.clone();
        let mut to_review = false;
        for track in &edit.touched {
            let before = app.tracks.get(track).map(Vec::as_slice).unwrap_or_default();
            let mut list = Vec::new();
            for wanted in edit.tracks.get(track).map(Vec::as_slice).unwrap_or_default() {
                let landed = app.land(track, before, wanted)?;
                to_review |= landed.lifecycle == Lifecycle::InReview && landed.review == 0;
                list.push(landed);
            }
            after.insert(track.clone(), list);
        }
        if to_review && was_refused && !options.not_sent_for_review {
            return Err(PlayError::Invalid(
                "Changes cannot be sent for review automatically. Please set the query parameter \
                 changesNotSentForReview to true. Once committed, the changes in this edit can be sent for review from \
                 the Google Play Console UI."
                    .to_owned(),
            ));
        }
        if options.not_sent_for_review && !(to_review && was_refused) {
            return Err(PlayError::Invalid(
                "Changes are sent for review automatically. The query parameter changesNotSentForReview must not be set."
                    .to_owned(),
            ));
        }
        app.tracks = after;
        app.edit = None;
        app.ended.insert(id.to_owned(), Ended::Committed);
        self.play_send(at, options.not_sent_for_review);
        self.play_settle(at);
        Ok(())
    }

    /// Gives a review to whatever waits for one.
    fn play_send(&mut self, app: usize, by_hand: bool) {
        let (now, draw) = (self.now, self.draw("play review").at(app as u64));
        let Some(play) = self.play.get_mut(&app) else { return };
        let mut due = Vec::new();
        for release in play.tracks.values_mut().flatten() {
            if release.lifecycle == Lifecycle::InReview && release.review == 0 {
                play.reviews += 1;
                release.review = play.reviews;
                let review = release.review;
                let code = u64::from(release.codes.first().copied().unwrap_or(0));
                if by_hand {
                    release.lifecycle = Lifecycle::NotSent;
                    due.push((now + 2 * HOUR, Due::PlayAnswered { app, review }));
                } else {
                    release.sent += 1;
                    let minutes = draw.at(code).at(u64::from(release.sent)).between(60, 8 * 60);
                    due.push((now + minutes * MINUTE, Due::PlayReviewed { app, review }));
                }
            }
        }
        for (at, due) in due {
            self.plan_due(at, due);
        }
    }

    pub(crate) fn play_reviewed(&mut self, app: usize, review: u64) {
        let (calm, now, draw) =
            (self.spec.calm, self.now, self.draw("play refuses").at(app as u64));
        let Some(play) = self.play.get_mut(&app) else { return };
        let Some((track, index)) = play.find(review) else { return };
        let Some(release) = play.tracks.get_mut(&track).and_then(|list| list.get_mut(index)) else {
            return;
        };
        if release.lifecycle != Lifecycle::InReview {
            return;
        }
        let code = u64::from(release.codes.first().copied().unwrap_or(0));
        let is_refused =
            !calm && track == PRODUCTION && release.sent <= 2 && draw.at(code).chance(0.06);
        if is_refused {
            release.lifecycle = Lifecycle::NotApproved;
            let answers_at = now + draw.at(code).at(1).between(2 * 60, 9 * 60) * MINUTE;
            self.plan_due(answers_at, Due::PlayAnswered { app, review });
            return;
        }
        release.lifecycle = Lifecycle::Published;
        let newest = release.codes.clone();
        // What is newer replaces a rollout that had not reached everybody.
        if let Some(list) = play.tracks.get_mut(&track) {
            list.retain(|other| {
                other.codes == newest
                    || other.lifecycle != Lifecycle::Published
                    || other.status == Status::Completed
            });
        }
        self.play_settle(app);
    }

    pub(crate) fn play_answered(&mut self, app: usize, review: u64) {
        let Some(play) = self.play.get_mut(&app) else { return };
        let Some((track, index)) = play.find(review) else { return };
        let Some(release) = play.tracks.get_mut(&track).and_then(|list| list.get_mut(index)) else {
            return;
        };
        if matches!(release.lifecycle, Lifecycle::NotApproved | Lifecycle::NotSent) {
            release.lifecycle = Lifecycle::InReview;
            release.review = 0;
            release.sent += 2;
            play.kill_edit();
            self.play_send(app, false);
        }
    }

    /// Brings lists, users' shares and people's reactions in line with what is published.
    fn play_settle(&mut self, app: usize) {
        let line = LineAt { app, platform: Platform::Android };
        let Some(play) = self.play.get_mut(&app) else { return };
        let mut halted = Vec::new();
        for list in play.tracks.values_mut() {
            let whole: Option<u32> = list
                .iter()
                .filter(|release| {
                    release.lifecycle == Lifecycle::Published && release.status == Status::Completed
                })
                .filter_map(|release| release.codes.iter().max().copied())
                .max();
            list.retain(|release| {
                let is_old_whole = release.lifecycle == Lifecycle::Published
                    && release.status == Status::Completed
                    && release.codes.iter().max().copied() < whole;
                !is_old_whole
            });
        }
        let mut builds = Vec::new();
        for release in play.tracks.entry(PRODUCTION.to_owned()).or_default() {
            if release.lifecycle != Lifecycle::Published {
                continue;
            }
            let Some(code) = release.codes.iter().max().copied() else { continue };
            match release.status {
                Status::Completed => {
                    release.reached = 1.0;
                    play.base = code;
                }
                Status::InProgress => {
                    release.reached = release.fraction.unwrap_or(0.0);
                    builds.push((code, release.reached));
                }
                Status::Halted => {
                    builds.push((code, release.reached));
                    halted.push(code);
                }
                Status::Draft => {}
            }
        }
        let rest = 1.0 - builds.iter().map(|(_, part)| *part).sum::<f64>();
        builds.insert(0, (play.base, rest.max(0.0)));
        self.serve(line, builds);
        for code in halted {
            let release = self.build(line, code).map(|build| build.release);
            let is_expected = self.has_resume_planned(line, release);
            if let Some(release) = release.filter(|_| !is_expected) {
                self.people_react(line, release);
            }
        }
    }

    fn has_resume_planned(&self, line: LineAt, release: Option<usize>) -> bool {
        self.due.values().any(
            |due| matches!(due, Due::Resumed(at, which) if *at == line && Some(*which) == release),
        )
    }

    pub(crate) fn play_resumed(&mut self, line: LineAt, release: usize) {
        let Some(plan) = self.line(line) else { return };
        let codes: Vec<u32> = plan
            .builds
            .iter()
            .filter(|build| build.release == release)
            .map(|build| build.number)
            .collect();
        let Some(play) =
            self.play.get_mut(&line.app).filter(|_| line.platform == Platform::Android)
        else {
            return;
        };
        let mut did = false;
        for halted in play.tracks.get_mut(PRODUCTION).into_iter().flatten() {
            if halted.status == Status::Halted
                && halted.codes.iter().any(|code| codes.contains(code))
            {
                halted.status =
                    if halted.reached < 1.0 { Status::InProgress } else { Status::Completed };
                halted.fraction = (halted.reached < 1.0).then_some(halted.reached);
                did = true;
            }
        }
        if did {
            play.kill_edit();
            self.play_settle(line.app);
        }
    }

    pub(crate) fn play_built(&mut self, line: LineAt, build: usize) {
        self.play_put(line, build, "internal");
    }

    pub(crate) fn play_marked(&mut self, line: LineAt, release: usize, candidate: usize) {
        let Some(plan) = self.line(line) else { return };
        let Some(marked) =
            plan.releases.get(release).and_then(|release| release.candidates.get(candidate))
        else {
            return;
        };
        if let Some(build) = plan.builds.iter().position(|build| build.sha == marked.sha) {
            self.play_put(line, build, "beta");
        }
    }

    /// CI uploads to a track with an edit of its own, which kills whatever edit lived.
    fn play_put(&mut self, line: LineAt, build: usize, track: &str) {
        if line.platform != Platform::Android {
            return;
        }
        let Some(plan) = self.line(line) else { return };
        let Some(build) = plan.builds.get(build) else { return };
        let Some(name) = plan.releases.get(build.release).map(|release| release.version.clone())
        else {
            return;
        };
        let put = PlayRelease::published(&name, build.number, Status::Completed, None);
        if let Some(play) = self.play.get_mut(&line.app) {
            play.kill_edit();
            play.tracks.insert(track.to_owned(), vec![put]);
        }
    }

    /// Production as it stands at the start: the live version at 100 %, or at 5 % above the one before.
    pub(crate) fn open_play(&mut self, line: LineAt, plan: &LinePlan, is_rolling: bool) {
        let start = self.now;
        let name =
            |release: usize| plan.releases.get(release).map_or("", |laid| laid.version.as_str());
        let number = |release: usize| shipped(plan, release).map_or(0, |build| build.number);
        let mut play = PlayApp { base: number(plan.live), ..PlayApp::default() };
        let mut list = Vec::new();
        let below = (0..plan.live).rev().find(|release| number(*release) < number(plan.live));
        match below.filter(|_| is_rolling) {
            Some(below) => {
                play.base = number(below);
                list.push(PlayRelease::published(
                    name(plan.live),
                    number(plan.live),
                    Status::InProgress,
                    Some(0.05),
                ));
                list.push(PlayRelease::published(name(below), play.base, Status::Completed, None));
            }
            None => list.push(PlayRelease::published(
                name(plan.live),
                play.base,
                Status::Completed,
                None,
            )),
        }
        play.tracks.insert(PRODUCTION.to_owned(), list);
        self.play.insert(line.app, play);
        if let Some(build) = plan.builds.iter().rposition(|build| build.at <= start) {
            self.play_put(line, build, "internal");
        }
        let marked = plan.releases.iter().enumerate().flat_map(|(release, laid)| {
            laid.candidates
                .iter()
                .enumerate()
                .map(move |(number, candidate)| (candidate.at, release, number))
        });
        if let Some((_, release, number)) = marked.filter(|mark| mark.0 <= start).max() {
            self.play_marked(line, release, number);
        }
        self.play_settle(line.app);
    }
}

impl PlayApp {
    fn kill_edit(&mut self) {
        if let Some(edit) = self.edit.take() {
            self.ended.insert(edit.id, Ended::Deleted);
        }
    }

    fn living(&mut self, id: &str, now: i64) -> Result<&mut Edit, PlayError> {
        match self.ended.get(id) {
            Some(Ended::Deleted) => return Err(PlayError::EditDeleted),
            Some(Ended::Committed) => return Err(PlayError::EditCommitted),
            None => {}
        }
        let edit = self.edit.as_mut().filter(|edit| edit.id == id).ok_or(PlayError::NoEdit)?;
        if edit.expires_at <= now { Err(PlayError::EditExpired) } else { Ok(edit) }
    }

    fn find(&self, review: u64) -> Option<(String, usize)> {
        self.tracks.iter().find_map(|(track, list)| {
            list.iter()
                .position(|release| release.review == review)
                .map(|index| (track.clone(), index))
        })
    }

    /// What a wanted release becomes, given what was on the track.
    fn land(
        &self,
        track: &str,
        before: &[PlayRelease],
        wanted: &PlayRelease,
    ) -> Result<PlayRelease, PlayError> {
        let mut landed = wanted.clone();
        let known = before
            .iter()
            .find(|release| release.codes.iter().any(|code| wanted.codes.contains(code)));
        if let Some(known) = known {
            landed.reached = known.reached;
            landed.sent = known.sent;
            match known.lifecycle {
                Lifecycle::Published => {
                    let shrinks =
                        known.status == Status::Completed && wanted.status == Status::InProgress;
                    let undone = wanted.status == Status::Draft;
                    if shrinks || undone {
                        return Err(PlayError::Invalid(
                            "A completed release can only be halted.".to_owned(),
                        ));
                    }
                    let grown = wanted.status == Status::InProgress
                        && wanted.fraction < Some(known.reached);
                    if grown && known.status == Status::InProgress {
                        return Err(PlayError::Invalid(
                            "The user fraction of a release cannot be decreased.".to_owned(),
                        ));
                    }
                    landed.lifecycle = Lifecycle::Published;
                    return Ok(landed);
                }
                Lifecycle::InReview | Lifecycle::NotApproved | Lifecycle::NotSent
                    if known.asks_the_same(wanted) =>
                {
                    landed.lifecycle = known.lifecycle;
                    landed.review = known.review;
                    return Ok(landed);
                }
                Lifecycle::Draft
                | Lifecycle::InReview
                | Lifecycle::NotApproved
                | Lifecycle::NotSent => {}
            }
        }
        if wanted.status == Status::Draft {
            landed.lifecycle = Lifecycle::Draft;
            return Ok(landed);
        }
        if wanted.status == Status::Halted {
            return Err(PlayError::Invalid(
                "Only a release that was rolled out can be halted.".to_owned(),
            ));
        }
        if track == PRODUCTION && wanted.codes.iter().max().copied().unwrap_or(0) < self.base {
            return Err(PlayError::NoUpgrade);
        }
        landed.lifecycle =
            if track == "internal" { Lifecycle::Published } else { Lifecycle::InReview };
        landed.review = 0;
        landed.reached = 0.0;
        Ok(landed)
    }
}
