//! Who is in the world: apps under invented names, their teams, people, ids and the history that each line plays. All a
//! configuration of Signalbox needs to read this world is here; what happens in it is for [`crate::plan`] and
//! [`crate::world`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::draw::Draw;
use crate::history::{History, HistoryError, embedded};
use crate::platform::Platform;
use crate::spec::names::{PEOPLE, TeamSeed};

pub(crate) mod names;

/// The token that the GitHub façade takes, as a bearer.
pub const GITHUB_TOKEN: &str = "demo-github";
/// The API token that the Jira façade takes, with any email.
pub const JIRA_TOKEN: &str = "demo-jira";
/// The email the demonstration uses with it.
pub const JIRA_EMAIL: &str = "signalbox@demo.example";
/// The token that the Sentry façade takes, as a bearer.
pub const SENTRY_TOKEN: &str = "demo-sentry";
/// The one Sentry organization, by slug.
pub const SENTRY_ORG: &str = "fernhollow";
/// The key id that App Store Connect tokens carry as `kid`.
pub const APPLE_KEY_ID: &str = "DEMO0KEY01";
/// The issuer id that App Store Connect tokens carry as `iss`.
pub const APPLE_ISSUER_ID: &str = "00000000-demo-4000-8000-000000000001";
/// The service account that asks Google for access tokens.
pub const GOOGLE_EMAIL: &str = "signalbox@demo.iam.example";

/// The throw-away key for App Store Connect tokens: EC P-256, PKCS#8, PEM.
pub fn apple_private_key() -> &'static str {
    include_str!("../keys/demonstration-app-store-connect.p8")
}

/// A service account file as Google gives it, whose `token_uri` is the façade's: `http://ADDR/play/token`.
pub fn google_service_account(token_uri: &str) -> String {
    serde_json::json!({
        "type": "service_account",
        "project_id": "signalbox-demonstration",
        "private_key_id": "demonstration",
        "private_key": include_str!("../keys/demonstration-google.pem"),
        "client_email": GOOGLE_EMAIL,
        "client_id": "100000000000000000001",
        "token_uri": token_uri,
    })
    .to_string()
}

/// A whole world before time begins.
#[derive(Clone, Debug)]
pub struct Spec {
    /// All chance comes from it.
    pub seed: u64,
    /// When the world begins, in simulated milliseconds since the epoch.
    pub start_ms: i64,
    /// No rejections, regressions, refused sign-offs or late bugs.
    pub calm: bool,
    /// In the order of boards.
    pub apps: Vec<AppSpec>,
}

/// One app: one repository, one Jira project, up to three lines.
#[derive(Clone, Debug)]
pub struct AppSpec {
    /// `larkcast`: also the GitHub owner.
    pub id: String,
    /// `Larkcast`.
    pub name: String,
    /// Who is asked when nobody else is.
    pub owner: Person,
    /// Who signs off, with what each looks after.
    pub teams: Vec<TeamSpec>,
    /// `owner/name` of the one repository for all platforms.
    pub repository: String,
    /// `LARK`.
    pub jira_project: String,
    /// What CI runs on each commit of a release branch.
    pub suites: Vec<Suite>,
    /// Package on Google Play.
    pub package: String,
    /// Bundle id in the App Store.
    pub bundle_id: String,
    /// The app's id in App Store Connect.
    pub apple_app_id: String,
    /// IANA zone of its people.
    pub zone: String,
    /// One for each platform, in the order of [`Platform::ALL`].
    pub lines: Vec<LineSpec>,
    /// Words of the source app and what stands for them.
    pub(crate) disguise: Vec<(String, String)>,
}

/// One app on one platform.
#[derive(Clone, Debug)]
pub struct LineSpec {
    /// Which.
    pub platform: Platform,
    /// Sentry's numeric project id.
    pub sentry_project: u64,
    /// Where the line stands when the world begins.
    pub opening: Opening,
    /// What it plays.
    pub(crate) history: Arc<History>,
}

/// Where a line stands when the world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A branch was cut within the last two days.
    JustBranched,
    /// Candidates are out, some days to go.
    Candidates,
    /// Sign-offs are coming in: done within two days.
    NearlyDone,
    /// Nothing in flight; the next branch is some days away.
    Upcoming,
    /// The last version reached its first users yesterday or the day before.
    RollingOut,
}

/// A check that CI reports.
#[derive(Clone, Debug)]
pub struct Suite {
    /// As GitHub shows it.
    pub name: &'static str,
    /// A commit status rather than a check run.
    pub is_status: bool,
    /// How long it takes, in minutes: least and most.
    pub minutes: (i64, i64),
    /// How often it fails at first.
    pub flakiness: f64,
}

/// A team and what it looks after.
#[derive(Clone, Debug)]
pub struct TeamSpec {
    /// `release-engineering`.
    pub id: String,
    /// `Release Engineering`; also the Jira component.
    pub name: String,
    /// Folders of the repository; `version.properties` and its like are in none.
    pub areas: Vec<String>,
    /// Never empty.
    pub people: Vec<Person>,
}

/// An invented person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// As they are called.
    pub name: String,
    /// At GitHub.
    pub login: String,
    /// Reserved domain; reaches nobody.
    pub email: String,
    /// At Jira.
    pub account_id: String,
}

impl Person {
    pub(crate) fn named(name: &str, domain: &str) -> Self {
        let login: String = name
            .to_lowercase()
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' })
            .collect::<String>()
            .split('-')
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("-");
        let account_id = Draw::new(0, "account").named(name).sha("5f").chars().take(24).collect();
        Self {
            name: name.to_owned(),
            email: format!("{login}@{domain}.example"),
            login,
            account_id,
        }
    }
}

impl AppSpec {
    /// The app's line on a platform, if it has one.
    pub fn line(&self, platform: Platform) -> Option<&LineSpec> {
        self.lines.iter().find(|line| line.platform == platform)
    }

    /// `release/android/`: what all release branches of a platform begin with; the version follows.
    pub fn branch_prefix(&self, platform: Platform) -> String {
        format!("release/{platform}/")
    }

    /// `android/`: what tags begin with. `android/7.72+4127` is a build (a pre-release on GitHub),
    /// `android/7.72-rc.1` a candidate, `desktop/7.72` a shipped version.
    pub fn tag_prefix(&self, platform: Platform) -> String {
        format!("{platform}/")
    }

    /// `Android `: what the names of Jira versions begin with; the version follows.
    pub fn jira_version_prefix(&self, platform: Platform) -> String {
        format!("{} ", platform.label())
    }

    /// The package in Sentry's release names, `{package}@{version}+{build}`.
    pub fn sentry_package(&self, platform: Platform) -> String {
        match platform {
            Platform::Android => self.package.clone(),
            Platform::Ios => self.bundle_id.clone(),
            Platform::Desktop => format!("{}-desktop", self.id),
        }
    }

    /// `larkcast-android`: Sentry's project slug.
    pub fn sentry_project_slug(&self, platform: Platform) -> String {
        format!("{}-{platform}", self.id)
    }

    /// Who looks after a folder; nobody after files at the top.
    pub fn team_of(&self, area: &str) -> Option<&TeamSpec> {
        self.teams.iter().find(|team| team.areas.iter().any(|owned| owned == area))
    }

    /// A folder of the history under the app's invented name.
    pub(crate) fn disguised(&self, area: &str) -> String {
        self.disguise.iter().fold(area.to_owned(), |area, (real, shown)| area.replace(real, shown))
    }
}

/// What one app is made from.
struct AppSeed<'a> {
    id: &'a str,
    name: &'a str,
    jira: &'a str,
    zone: &'a str,
    teams: &'a [TeamSeed],
    suites: &'a [Suite],
    lines: Vec<(Arc<History>, Opening)>,
    /// Numbers the app among all, for its ids.
    number: u64,
}

fn build(seed: u64, from: AppSeed<'_>) -> AppSpec {
    let draw = Draw::new(seed, "people").named(from.id);
    let mut names: Vec<&str> = PEOPLE.to_vec();
    let mut someone = |turn: u64| {
        let at = draw.at(turn).between(0, names.len() as i64 - 1) as usize;
        let name = if names.len() > 1 {
            names.remove(at)
        } else {
            names.first().copied().unwrap_or("Sam Ode")
        };
        Person::named(name, from.id)
    };
    let owner = someone(0);
    let mut teams: Vec<TeamSpec> = from
        .teams
        .iter()
        .enumerate()
        .map(|(index, team)| TeamSpec {
            id: team.name.to_lowercase().replace(" & ", "-").replace(' ', "-"),
            name: team.name.to_owned(),
            areas: Vec::new(),
            people: (0..2).map(|one| someone(10 + index as u64 * 2 + one)).collect(),
        })
        .collect();
    let mut disguise: Vec<(String, String)> = from
        .lines
        .iter()
        .flat_map(|(history, _)| names::disguise(&history.app, from.name))
        .collect();
    disguise.sort_by(|one, other| (other.0.len(), &one.0).cmp(&(one.0.len(), &other.0)));
    disguise.dedup();
    let lines = from
        .lines
        .into_iter()
        .map(|(history, opening)| LineSpec {
            platform: history.platform,
            sentry_project: 4_500_000 + from.number * 10 + history.platform as u64,
            opening,
            history,
        })
        .collect();
    let mut app = AppSpec {
        id: from.id.to_owned(),
        name: from.name.to_owned(),
        owner,
        teams: Vec::new(),
        repository: format!("{}/mobile", from.id),
        jira_project: from.jira.to_owned(),
        suites: from.suites.to_vec(),
        package: format!("example.{}.android", from.id.replace('-', "")),
        bundle_id: format!("example.{}.ios", from.id.replace('-', "")),
        apple_app_id: (6_440_000_001 + from.number).to_string(),
        zone: from.zone.to_owned(),
        lines,
        disguise,
    };
    for area in areas(&app) {
        let found = names::owner_of(&area, from.teams)
            .unwrap_or_else(|| 1 + draw.named(&area).between(0, teams.len() as i64 - 2) as usize);
        if let Some(team) = teams.get_mut(found.min(from.teams.len() - 1)) {
            team.areas.push(area);
        }
    }
    app.teams = teams;
    app
}

/// All folders that any release of the app touched, without files at the top.
fn areas(app: &AppSpec) -> BTreeSet<String> {
    app.lines
        .iter()
        .flat_map(|line| &line.history.releases)
        .flat_map(|release| &release.commits)
        .flat_map(|commit| &commit.areas)
        .filter(|area| *area != "(root)")
        .map(|area| app.disguised(area))
        .collect()
}

/// Each embedded history read once, however many lines play it.
struct Shelf(BTreeMap<&'static str, Arc<History>>);

impl Shelf {
    fn take(&mut self, name: &'static str) -> Result<Arc<History>, HistoryError> {
        if let Some(history) = self.0.get(name) {
            return Ok(Arc::clone(history));
        }
        let history = Arc::new(History::parse(embedded(name).unwrap_or_default())?);
        self.0.insert(name, Arc::clone(&history));
        Ok(history)
    }
}

impl Spec {
    /// Three apps on three platforms, each line at another point. Fails only if an embedded history cannot be read.
    pub fn demo(seed: u64, start_ms: i64) -> Result<Self, HistoryError> {
        let mut shelf = Shelf(BTreeMap::new());
        let mut apps = Vec::new();
        for (number, demo) in names::DEMO.iter().enumerate() {
            let lines = demo
                .lines
                .iter()
                .map(|(name, opening)| Ok((shelf.take(name)?, *opening)))
                .collect::<Result<Vec<_>, HistoryError>>()?;
            apps.push(build(
                seed,
                AppSeed {
                    id: demo.id,
                    name: demo.name,
                    jira: demo.jira,
                    zone: demo.zone,
                    teams: demo.teams,
                    suites: demo.suites,
                    lines,
                    number: number as u64,
                },
            ));
        }
        Ok(Self { seed, start_ms, calm: false, apps })
    }

    /// One app with the one line of `history`, calm, just branched.
    pub fn from_history(history: History, seed: u64, start_ms: i64) -> Self {
        let demo = &names::DEMO[0];
        let zone = history.zone.clone();
        let from = AppSeed {
            id: demo.id,
            name: demo.name,
            jira: demo.jira,
            zone: &zone,
            teams: names::PLAIN_TEAMS,
            suites: demo.suites,
            lines: vec![(Arc::new(history), Opening::JustBranched)],
            number: 0,
        };
        Self { seed, start_ms, calm: true, apps: vec![build(seed, from)] }
    }

    /// `apps` apps on three platforms each, for load. Histories are used again and again under new names.
    pub fn many(apps: usize, seed: u64, start_ms: i64) -> Result<Self, HistoryError> {
        const OPENINGS: [Opening; 5] = [
            Opening::JustBranched,
            Opening::Candidates,
            Opening::NearlyDone,
            Opening::Upcoming,
            Opening::RollingOut,
        ];
        const SHELVES: [[&str; 3]; 3] = [
            ["pocket-casts-android", "simplenote-android", "mullvad-vpn-android"],
            ["pocket-casts-ios", "simplenote-ios", "mullvad-vpn-ios"],
            ["element-desktop", "simplenote-desktop", "mullvad-vpn-desktop"],
        ];
        let mut shelf = Shelf(BTreeMap::new());
        let mut all = Vec::with_capacity(apps);
        for number in 0..apps {
            let (id, name) = names::invented(number);
            let mut lines = Vec::with_capacity(3);
            for (row, names) in SHELVES.iter().enumerate() {
                let history = shelf.take(
                    names.get((number + row) % 3).copied().unwrap_or("pocket-casts-android"),
                )?;
                let opening =
                    OPENINGS.get((number * 3 + row) % 5).copied().unwrap_or(Opening::Candidates);
                lines.push((history, opening));
            }
            all.push(build(
                seed,
                AppSeed {
                    id: &id,
                    name: &name,
                    jira: &format!("APP{number}"),
                    zone: "UTC",
                    teams: names::PLAIN_TEAMS,
                    suites: names::DEMO.get(number % 3).map_or(&[], |demo| demo.suites),
                    lines,
                    number: number as u64,
                },
            ));
        }
        Ok(Self { seed, start_ms, calm: false, apps: all })
    }

    /// The app of that id.
    pub fn app(&self, id: &str) -> Option<&AppSpec> {
        self.apps.iter().find(|app| app.id == id)
    }
}

#[cfg(test)]
mod tests;
