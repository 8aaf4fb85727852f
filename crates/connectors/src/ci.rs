//! What build systems do alike: runs of pipelines that become builds of versions and, if wanted, tests of commits.
//! A build system is what its vendor has of its own: how runs are asked for, and what its words mean.

use crate::Opened;
use crate::SettingsError;
use crate::http::Http;
use crate::lines::{OnLine, owed};
use crate::pattern::Pattern;
use crate::source::{Connector, Gathered, Owed};
use async_trait::async_trait;
use conductor::observation::{
    Build, Listing, Observation, ObservationKind, Outcome, Sha, Suite, Tests,
};
use conductor::{AppId, Moment, Platform, SourceId, Span};
use futures::future::join_all;
use ports::{Answer, Ask, Probe, SourceError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How far back runs are read: longer than any train is under way.
const BACK: Span = Span::hours(45 * 24);

/// One app in a build system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSettings {
    /// Its platforms: `android`, `ios`, `desktop`, or another's name.
    platforms: BTreeMap<Platform, PlatformSettings>,
}

/// One platform of an app in a build system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlatformSettings {
    /// What builds it: a job of Jenkins with its folders (`mobile/music-android`), a pipeline's slug at Buildkite, an
    /// app's slug at Bitrise.
    pipeline: String,
    /// Bitrise: only runs of this workflow.
    workflow: Option<String>,
    /// How release branches are named: `release/android/{version}`.
    branch: Pattern,
    /// The parameter, meta data or variable that holds the build's number at the store. Default: the run's own number.
    build_number: Option<String>,
    /// The step, stage or job that uploads the build: once it passed, the build is uploaded.
    uploaded_by: Option<String>,
    /// Whether runs are told as tests of their commits, too. Default: false, where the repository's own source tells them.
    #[serde(default)]
    tests: bool,
}

/// What a build system has of its own.
#[async_trait]
pub(crate) trait BuildSystem: Send + Sync + 'static {
    /// See [`Connector::KIND`].
    const KIND: &'static str;
    /// See [`Connector::TITLE`].
    const TITLE: &'static str;
    /// Whether its pipelines have workflows.
    const WORKFLOWS: bool = false;
    /// Whether it tells the steps of a run.
    const STEPS: bool = false;
    /// Its client.
    fn http(&self) -> &Http;
    /// The runs of a pipeline that began after a moment, newest first. Fails if none can be read.
    async fn runs(&self, pipeline: &str, after: Moment) -> Result<Runs, SourceError>;
    /// Where people see a pipeline.
    fn link(&self, pipeline: &str) -> String;
}

/// What was read of a pipeline's runs.
#[derive(Debug)]
pub(crate) struct Runs {
    pub(crate) runs: Vec<Run>,
    /// Whether all were read.
    pub(crate) complete: bool,
}

/// One run of a pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Its own number.
    pub(crate) number: u64,
    /// What it built: the first whose branch is named like a release branch counts. A run may check out several
    /// repositories.
    pub(crate) heads: Vec<(String, Option<Sha>)>,
    /// The workflow, where there are several.
    pub(crate) workflow: Option<String>,
    pub(crate) outcome: Outcome,
    pub(crate) began_at: Option<Moment>,
    /// What it was given, by name.
    pub(crate) given: BTreeMap<String, String>,
    /// Its steps by name, in order; empty if the build system does not tell.
    pub(crate) steps: Vec<(String, Outcome)>,
    pub(crate) link: Option<String>,
}

/// A vendor's word that we do not know.
pub(crate) fn unknown_word(title: &str, word: &str) -> Outcome {
    let word: String = word.chars().filter(|it| !it.is_control()).take(40).collect();
    Outcome::Other(format!("{title} says `{word}`, which we do not know"))
}

/// Makes a build system ready.
pub(crate) fn open<B: BuildSystem>(
    id: &SourceId,
    system: B,
    apps: BTreeMap<AppId, AppSettings>,
) -> Result<Opened, SettingsError> {
    let mut lines = Vec::new();
    for (app, it) in apps {
        for (platform, of) in it.platforms {
            let wrong = |key: &str, words: &str| {
                let key = format!("apps.{app}.platforms.{platform}.{key}");
                Err(SettingsError::new(id, key, words))
            };
            if of.pipeline.trim_matches('/').is_empty() {
                return wrong("pipeline", "is empty; name what builds it");
            }
            if of.workflow.is_some() && !B::WORKFLOWS {
                return wrong("workflow", "is for Bitrise alone; take it out");
            }
            if of.uploaded_by.is_some() && !B::STEPS {
                return wrong(
                    "uploaded_by",
                    "is for Buildkite alone; take it out: the store tells",
                );
            }
            lines.push(Line { app: app.clone(), platform, of });
        }
    }
    Ok(Opened::reading(Builder { system, lines }))
}

/// The source.
struct Builder<B> {
    system: B,
    lines: Vec<Line>,
}

/// One app and platform.
struct Line {
    app: AppId,
    platform: Platform,
    of: PlatformSettings,
}

impl OnLine for Line {
    fn app(&self) -> &AppId {
        &self.app
    }
    fn platform(&self) -> &Platform {
        &self.platform
    }
}

#[async_trait]
impl<B: BuildSystem> Connector for Builder<B> {
    const KIND: &'static str = B::KIND;
    const TITLE: &'static str = B::TITLE;

    fn clients(&self) -> Vec<&Http> {
        vec![self.system.http()]
    }
    fn owes(&self) -> Owed {
        let mut all = owed(&self.lines, &[ObservationKind::Builds]);
        let tests = self.lines.iter().filter(|it| it.of.tests);
        all.extend(
            tests.map(|it| (it.app.clone(), Some(it.platform.clone()), ObservationKind::Tests)),
        );
        all
    }
    async fn look(&self, apps: &[&AppId], ask: Ask<'_>) -> Vec<Answer> {
        let lines = || self.lines.iter().filter(|it| apps.contains(&&it.app));
        let runs = self.read(lines(), ask.now).await;
        let mut gathered = Gathered::default();
        for line in lines() {
            let on = Some(line.platform.clone());
            match runs.get(line.of.pipeline.as_str()) {
                Some(Ok(runs)) => {
                    let link = Some(self.system.link(&line.of.pipeline));
                    let platform = line.platform.clone();
                    let list = Listing { items: line.builds(runs), complete: runs.complete };
                    let what = Observation::Builds { platform: platform.clone(), list };
                    gathered.see(&line.app, what, ask.now, link.clone());
                    if line.of.tests {
                        let list = Listing { items: line.tests(runs), complete: runs.complete };
                        let what = Observation::Tests { platform, list };
                        gathered.see(&line.app, what, ask.now, link);
                    }
                }
                Some(Err(error)) => {
                    gathered.fault(&line.app, on.clone(), ObservationKind::Builds, error.clone());
                    if line.of.tests {
                        gathered.fault(&line.app, on, ObservationKind::Tests, error.clone());
                    }
                }
                None => {}
            }
        }
        gathered.answers()
    }
    async fn try_out(&self, now: Moment, probe: &mut Probe) {
        let runs = self.read(self.lines.iter(), now).await;
        for line in &self.lines {
            let (app, platform, pipeline) = (&line.app, &line.platform, &line.of.pipeline);
            match runs.get(pipeline.as_str()) {
                Some(Ok(runs)) => match line.builds(runs).first() {
                    Some(build) => probe.good.push(format!(
                        "{app} {platform}: {pipeline} can be read; its newest build of a release branch is {}",
                        build.number
                    )),
                    None => probe.wrong.push(line.nothing(runs)),
                },
                Some(Err(error)) => probe.wrong.push(format!("{app} {platform}: {error}")),
                None => {}
            }
        }
    }
}

impl<B: BuildSystem> Builder<B> {
    /// The runs of each pipeline, each asked for once.
    async fn read<'a>(
        &self,
        lines: impl Iterator<Item = &'a Line>,
        now: Moment,
    ) -> BTreeMap<&'a str, Result<Runs, SourceError>> {
        let pipelines: BTreeSet<&str> = lines.map(|it| it.of.pipeline.as_str()).collect();
        let reads = pipelines.into_iter().map(|pipeline| async move {
            (pipeline, self.system.runs(pipeline, now - BACK).await)
        });
        join_all(reads).await.into_iter().collect()
    }
}

impl Line {
    /// The runs that built a release branch, newest first, with what they built.
    fn ours<'a>(
        &'a self,
        runs: &'a Runs,
    ) -> impl Iterator<Item = (&'a Run, conductor::Version, Option<&'a Sha>)> {
        let mut runs: Vec<&Run> = runs.runs.iter().collect();
        // By when they began and by number, never by when they ended: a run that was called off late is not newer.
        runs.sort_by_key(|it| std::cmp::Reverse((it.began_at, it.number)));
        let workflow = self.of.workflow.as_ref();
        runs.into_iter()
            .filter(move |it| workflow.is_none() || it.workflow.as_ref() == workflow)
            .filter_map(|run| {
                let mut heads = run.heads.iter();
                let (version, commit) = heads.find_map(|(branch, commit)| {
                    Some((self.of.branch.find(branch)?.version, commit.as_ref()))
                })?;
                Some((run, version, commit))
            })
    }

    /// The builds of release branches. A number that several runs share is the newest run's.
    fn builds(&self, runs: &Runs) -> Vec<Build> {
        let mut seen = BTreeSet::new();
        let builds = self.ours(runs).filter_map(|(run, version, commit)| {
            let number = match &self.of.build_number {
                Some(name) => run.given.get(name).filter(|it| !it.is_empty())?.clone(),
                None => run.number.to_string(),
            };
            if !seen.insert((version.clone(), number.clone())) {
                return None;
            }
            Some(Build {
                version: Some(version),
                number,
                commit: commit.cloned(),
                verified: match run.outcome {
                    Outcome::Passed => Some(true),
                    Outcome::Failed => Some(false),
                    Outcome::Running
                    | Outcome::Skipped
                    | Outcome::Cancelled
                    | Outcome::Other(_) => None,
                },
                uploaded: self.uploaded(run),
                made_at: run.began_at,
                missing: None,
                link: run.link.clone(),
            })
        });
        builds.collect()
    }

    /// Whether the step that uploads has passed. Where steps are not told, the store tells.
    fn uploaded(&self, run: &Run) -> Option<bool> {
        let name = self.of.uploaded_by.as_ref()?;
        // A step that was tried again counts by its last try.
        let last = run.steps.iter().rfind(|(step, _)| step == name)?;
        match last.1 {
            Outcome::Passed => Some(true),
            Outcome::Failed | Outcome::Running | Outcome::Skipped | Outcome::Cancelled => {
                Some(false)
            }
            Outcome::Other(_) => None,
        }
    }

    /// How each commit's newest run ended.
    fn tests(&self, runs: &Runs) -> Vec<Tests> {
        let mut seen = BTreeSet::new();
        let tests = self.ours(runs).filter_map(|(run, _, commit)| {
            let commit = commit?;
            if !seen.insert(commit) {
                return None; // An older run of the same commit: superseded, whatever it said.
            }
            let name = run.workflow.clone().unwrap_or_else(|| self.of.pipeline.clone());
            let suite = Suite { name, outcome: run.outcome.clone(), link: run.link.clone() };
            Some(Tests {
                commit: commit.clone(),
                suites: vec![suite],
                complete: true,
                link: run.link.clone(),
            })
        });
        tests.collect()
    }

    /// Why there is no build, for `check`.
    fn nothing(&self, runs: &Runs) -> String {
        let key = format!("apps.{}.platforms.{}", self.app, self.platform);
        let ours = self.ours(runs).count();
        match (&self.of.build_number, ours, runs.runs.len()) {
            (Some(name), 1.., _) => format!(
                "{key}.build_number: no run of a release branch was given `{name}`; correct it, or take it out to use the run's own number"
            ),
            (_, _, 0) => format!(
                "{key}.pipeline: {} had no run in the last 45 days; correct it, or build a release branch",
                self.of.pipeline
            ),
            (_, _, all) => format!(
                "{key}.branch: none of {all} runs of {} built a branch named like {}; correct it, or build a release branch",
                self.of.pipeline, self.of.branch
            ),
        }
    }
}
