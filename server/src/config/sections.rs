//! The sections of the configuration, a struct each; unknown keys are refused.

use chrono::{NaiveDateTime, NaiveTime, Weekday};
use chrono_tz::Tz;
use conductor::observation::Share;
use conductor::{App, AppId, Kind, LineSpec, Person, Platform, Span, StoreKind, Team};
use connectors::{Secret, SecretFrom, Secrets};
use engine::WindowSpec;
use engine::calendar::{FreezeSpec, When};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where and how Signalbox is served.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServerSection {
    /// The address to listen on.
    listen: String,
    /// The folder in which the database lives; created if it is missing.
    data: PathBuf,
    /// Who may write, until sign-in exists; nobody if it is not given.
    admin: Option<AdminSection>,
}

/// The local admin.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminSection {
    /// The name for people and the journal.
    name: String,
    /// Where the token lies.
    token: SecretFrom,
}

/// The same, checked.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) admin: Option<(Person, Secret)>,
}

impl Default for ServerSection {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:3000".to_owned(),
            data: PathBuf::from("signalbox-data"),
            admin: None,
        }
    }
}

/// A fault each: the key, and what is wrong with it.
type Wrong = Vec<(String, String)>;

impl ServerSection {
    pub(crate) fn checked(self, secrets: &dyn Secrets) -> Result<Server, Wrong> {
        let mut wrong = Wrong::new();
        let listen = self.listen.parse().map_err(|_| {
            wrong.push((
                "server.listen".into(),
                format!(
                    "`{}` is no address with a port; write it as 127.0.0.1:3000 or [::1]:3000",
                    self.listen
                ),
            ));
        });
        let admin = self.admin.map(|admin| match admin.token.take(secrets) {
            Ok(token) => Some((Person::new(admin.name), token)),
            Err(words) => {
                wrong.push(("server.admin.token".into(), words));
                None
            }
        });
        match listen {
            Ok(listen) if wrong.is_empty() => {
                Ok(Server { listen, data: self.data, admin: admin.flatten() })
            }
            _ => Err(wrong),
        }
    }
}

/// How the conductor works.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConductorSection {
    /// Whether it acts at all. Off by default: it first watches.
    acts: bool,
    /// Minutes from one refresh to the next.
    tick_minutes: u32,
    /// The share with which a rollout starts, in per cent.
    first_share_percent: f64,
}

impl Default for ConductorSection {
    fn default() -> Self {
        Self { acts: false, tick_minutes: 5, first_share_percent: 1.0 }
    }
}

/// The same, checked.
#[derive(Clone, Debug)]
pub(crate) struct Conductor {
    pub(crate) acts: bool,
    pub(crate) tick: Span,
    pub(crate) first_share: Share,
}

impl ConductorSection {
    pub(crate) fn checked(self) -> Result<Conductor, Wrong> {
        let share = Share::from_fraction(self.first_share_percent / 100.0)
            .filter(|share| *share > Share::NONE && *share < Share::ALL);
        let mut wrong = Wrong::new();
        if share.is_none() {
            wrong.push((
                "conductor.first_share_percent".into(),
                format!(
                    "{} is not between 0 and 100; a usual first share is 1",
                    self.first_share_percent
                ),
            ));
        }
        if !(1..=60).contains(&self.tick_minutes) {
            wrong.push((
                "conductor.tick_minutes".into(),
                format!("{} is not from 1 to 60; the default is 5", self.tick_minutes),
            ));
        }
        match share {
            Some(first_share) if wrong.is_empty() => Ok(Conductor {
                acts: self.acts,
                tick: Span::minutes(i64::from(self.tick_minutes)),
                first_share,
            }),
            _ => Err(wrong),
        }
    }
}

/// Where processes of one's own are.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ProcessesSection {
    /// A folder of TOML files, counted from the configuration's folder.
    pub(crate) folder: Option<PathBuf>,
}

/// When something may be released.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WindowSection {
    /// On which days it opens: `mon`, `tue` …
    days: Vec<String>,
    /// When it opens, in local time: `09:00`.
    from: String,
    /// When it closes, in local time; at or before `from`: on the next day.
    until: String,
    /// The IANA zone of these times: `Europe/Stockholm`.
    zone: String,
    /// Which classes of trains it binds, of `regular` and `hotfix`. An emergency passes every window.
    #[serde(default = "regular")]
    binds: Vec<String>,
    /// When nothing is released.
    #[serde(default)]
    freezes: Vec<FreezeSection>,
}

fn regular() -> Vec<String> {
    vec!["regular".to_owned()]
}

/// A freeze: once, or every week.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FreezeSection {
    /// Its name.
    name: String,
    /// From this local time: `2026-12-18T16:00`, or `fri 17:00` of every week.
    from: String,
    /// Until this local time, written in the same way.
    until: String,
    /// The IANA zone of these times; the window's if it is not given.
    zone: Option<String>,
}

fn time(key: &str, text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M")
        .map_err(|_| format!("{key}: `{text}` is no time; write it as 09:00"))
}

fn zone(text: &str) -> Result<Tz, String> {
    text.parse::<Tz>()
        .map_err(|_| format!("zone: `{text}` is no IANA zone; write it as Europe/Stockholm"))
}

impl FreezeSection {
    fn checked(&self, of_window: Tz) -> Result<FreezeSpec, String> {
        let wrong = |key: &str, text: &str| {
            format!(
                "freezes.{key}: `{text}` is no local time; write it as 2026-12-18T16:00, or as fri 17:00 for every week"
            )
        };
        let once = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok();
        let weekly = |text: &str| {
            let (day, time) = text.split_once(' ')?;
            let time = NaiveTime::parse_from_str(time.trim(), "%H:%M").ok()?;
            Some((day.parse::<Weekday>().ok()?, time))
        };
        let when = match (once(&self.from), once(&self.until)) {
            (Some(from), Some(until)) if until <= from => {
                return Err(format!(
                    "freezes: `{}` ends before it begins; swap `from` and `until`",
                    self.name
                ));
            }
            (Some(from), Some(until)) => When::Once { from, until },
            (None, None) => {
                let from = weekly(&self.from).ok_or_else(|| wrong("from", &self.from))?;
                let until = weekly(&self.until).ok_or_else(|| wrong("until", &self.until))?;
                if from == until {
                    return Err(format!(
                        "freezes: `{}` begins when it ends; give it a length",
                        self.name
                    ));
                }
                When::Weekly { from, until }
            }
            (Some(_), None) => return Err(wrong("until", &self.until)),
            (None, Some(_)) => return Err(wrong("from", &self.from)),
        };
        let zone = self.zone.as_deref().map(zone).transpose()?.unwrap_or(of_window);
        Ok(FreezeSpec { name: self.name.clone(), when, zone })
    }
}

impl WindowSection {
    pub(crate) fn checked(self) -> Result<WindowSpec, String> {
        let days = self
            .days
            .iter()
            .map(|day| {
                day.parse::<Weekday>().map_err(|_| {
                    format!("days: `{day}` is no day; write mon, tue, wed, thu, fri, sat or sun")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if days.is_empty() {
            return Err("days: is empty, so it would never open; name at least one day".to_owned());
        }
        let zone = zone(&self.zone)?;
        let binds = self
            .binds
            .iter()
            .map(|class| match class.as_str() {
                "regular" => Ok(Kind::Regular),
                "hotfix" => Ok(Kind::Hotfix),
                "emergency" => {
                    Err("binds: an emergency passes every window; name `regular`, `hotfix` or both"
                        .to_owned())
                }
                other => Err(format!(
                    "binds: `{other}` is no class of trains; name `regular`, `hotfix` or both"
                )),
            })
            .collect::<Result<Vec<_>, String>>()?;
        if binds.is_empty() {
            return Err(
                "binds: is empty, so it would bind nothing; name `regular`, `hotfix` or both"
                    .to_owned(),
            );
        }
        let freezes =
            self.freezes.iter().map(|it| it.checked(zone)).collect::<Result<Vec<_>, String>>()?;
        Ok(WindowSpec {
            days,
            from: time("from", &self.from)?,
            until: time("until", &self.until)?,
            zone,
            binds,
            freezes,
        })
    }
}

/// An app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppSection {
    /// Its name for people.
    name: String,
    /// Who answers for its releases.
    owner: Option<String>,
    /// Who signs off.
    #[serde(default)]
    teams: Vec<TeamSection>,
    /// Who may approve in which role: `roles = { lead = ["Mira Kovač"] }`.
    #[serde(default)]
    roles: BTreeMap<String, Vec<String>>,
    /// Its platforms.
    platforms: BTreeMap<Platform, PlatformSection>,
}

/// A team.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamSection {
    /// Its short name.
    id: String,
    /// Its name for people.
    name: String,
    /// Who answers for it.
    #[serde(default)]
    people: Vec<String>,
    /// The top folders that it owns.
    #[serde(default)]
    areas: Vec<String>,
}

/// A platform of an app.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformSection {
    /// The process that its tracks follow.
    #[serde(default = "default_process")]
    process: String,
    /// The process that its hotfixes follow; the same if it is not given.
    hotfix_process: Option<String>,
    /// Where it is shipped: `google_play`, `app_store` or `download`.
    store: StoreKind,
}

fn default_process() -> String {
    "default".to_owned()
}

impl AppSection {
    /// The app, with all that is wrong with it.
    pub(crate) fn checked(self, id: &str, processes: &[&str]) -> (App, Vec<String>) {
        let mut wrong = Vec::new();
        if self.platforms.is_empty() {
            wrong.push(
                "has no platform; add a table such as [apps.music.platforms.android]".to_owned(),
            );
        }
        for (platform, section) in &self.platforms {
            let named = [
                ("process", Some(&section.process)),
                ("hotfix_process", section.hotfix_process.as_ref()),
            ];
            for (key, name) in named {
                let Some(name) = name.filter(|name| !processes.contains(&name.as_str())) else {
                    continue;
                };
                let hint = super::spot::closest(name, processes);
                wrong.push(format!(
                    "platforms.{platform}.{key}: there is no process `{name}`; there are {}{hint}",
                    processes.join(", ")
                ));
            }
        }
        for (role, _) in self.roles.iter().filter(|(_, people)| people.is_empty()) {
            wrong.push(format!(
                "roles.{role}: names nobody, so nobody could approve; name at least one person"
            ));
        }
        let mut seen = BTreeSet::new();
        for team in &self.teams {
            if !seen.insert(&team.id) {
                wrong.push(format!(
                    "teams: the id `{}` is used twice; give each team its own",
                    team.id
                ));
            }
        }
        let app = App {
            id: AppId::new(id),
            name: self.name,
            owner: self.owner.map(Person::new),
            teams: self
                .teams
                .into_iter()
                .map(|team| Team {
                    id: team.id,
                    name: team.name,
                    people: team.people.into_iter().map(Person::new).collect(),
                    areas: team.areas,
                })
                .collect(),
            roles: self
                .roles
                .into_iter()
                .map(|(role, people)| (role, people.into_iter().map(Person::new).collect()))
                .collect(),
            lines: self
                .platforms
                .into_iter()
                .map(|(platform, section)| LineSpec {
                    platform,
                    process: section.process,
                    hotfix_process: section.hotfix_process,
                    store: section.store,
                })
                .collect(),
        };
        (app, wrong)
    }
}
