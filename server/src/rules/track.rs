//! A train as an admin writes it beside the rules, in TOML or JSON: what is known, what people said, what was found
//! before. What is left out has a sensible default, or is not known; what nobody knows is refused.

mod facts;
mod people;
mod words;

use crate::config::process::Document;
use crate::config::{Fault, WindowSection, spot};
use conductor::app::{LineSpec, Team};
use conductor::decide::Inputs;
use conductor::facts::Facts;
use conductor::track::Kind;
use conductor::{App, Moment, Person, Platform, StoreKind, TrackId};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error};
use spot::Spots;
use std::collections::BTreeMap;
use std::path::Path;

pub(super) use words::moment;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenTrack {
    /// `app/platform/version`.
    #[serde(deserialize_with = "track_id")]
    id: TrackId,
    /// The process's own if it is not given.
    kind: Option<Kind>,
    /// By the platform if it is not given.
    store: Option<StoreKind>,
    #[serde(default)]
    app: WrittenApp,
    /// As in the settings; `release` and `hotfix` are open at any time if they are not given.
    #[serde(default)]
    windows: BTreeMap<String, WindowSection>,
    #[serde(default)]
    facts: facts::Written,
    #[serde(default)]
    interventions: people::Written,
    #[serde(default)]
    before: people::WrittenBefore,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenApp {
    name: Option<String>,
    owner: Option<Person>,
    teams: Vec<WrittenTeam>,
    roles: BTreeMap<String, Vec<Person>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTeam {
    id: String,
    name: Option<String>,
    #[serde(default)]
    people: Vec<Person>,
    #[serde(default)]
    areas: Vec<String>,
}

fn track_id<'de, D: serde::Deserializer<'de>>(from: D) -> Result<TrackId, D::Error> {
    let text = String::deserialize(from)?;
    TrackId::parse(&text).ok_or_else(|| {
        D::Error::custom(format!("`{text}` is no train; write it as music/android/9.1.24"))
    })
}

/// Reads something strict from TOML, or from JSON if the file's name ends so. The fault names the line.
pub(crate) fn read<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T, Vec<Fault>> {
    let (line, message) = if file.extension().is_some_and(|it| it == "json") {
        match serde_json::from_str(text) {
            Ok(read) => return Ok(read),
            // Its words end in the place, which is told apart.
            Err(error) => {
                let words = error.to_string();
                let bare = words.split(" at line ").next().unwrap_or_default();
                (error.line(), bare.to_owned())
            }
        }
    } else {
        match toml::from_str(text) {
            Ok(read) => return Ok(read),
            Err(error) => {
                let line = error.span().map_or(0, |span| Spots::of(text).line(span.start));
                (line, error.message().to_owned())
            }
        }
    };
    let words = format!("{}{}", message.trim_end(), meant(&message));
    Err(vec![Fault { file: Some(file.to_owned()), line, key: String::new(), words }])
}

/// What somebody may have meant by a word that the reader did not expect.
fn meant(message: &str) -> String {
    if !message.starts_with("unknown ") {
        return String::new();
    }
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    words.split_first().map_or_else(String::new, |(found, allowed)| spot::closest(found, allowed))
}

impl WrittenTrack {
    /// What is decided from, under a process at a moment. `file` names the train in messages.
    pub(crate) fn inputs(
        self,
        document: &Document,
        now: Moment,
        file: &Path,
    ) -> Result<Inputs, Vec<Fault>> {
        let process = document.process.clone();
        let store = self.store.unwrap_or(match self.id.platform {
            Platform::Android => StoreKind::GooglePlay,
            Platform::Ios => StoreKind::AppStore,
            Platform::Desktop | Platform::Other(_) => StoreKind::Download,
        });
        let app = self.app.app(&self.id, &process.name, store);
        let mut faults = document.unknown_people(&app);
        let names: Vec<&str> = self.windows.keys().map(String::as_str).collect();
        faults.extend(document.unknown_windows(&names));
        let mut windows = BTreeMap::new();
        for (name, section) in self.windows {
            match section.checked() {
                Ok(spec) => drop(windows.insert(name, spec.around(now))),
                Err(words) => faults.push(Fault {
                    file: Some(file.to_owned()),
                    line: 0,
                    key: format!("windows.{name}"),
                    words,
                }),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        for name in engine::ALWAYS_OPEN {
            windows.entry(name.to_owned()).or_insert_with(|| engine::always_open(now));
        }
        let mut known = Facts::new(self.id, self.kind.unwrap_or(process.kind), store);
        known.windows = windows;
        self.facts.lay(&mut known, self.interventions.candidate().as_deref(), now);
        let people = self.interventions.interventions(&app, &known, now);
        Ok(Inputs { app, process, facts: known, people, before: self.before.before(now), now })
    }
}

impl WrittenApp {
    fn app(self, id: &TrackId, process: &str, store: StoreKind) -> App {
        let team = |it: WrittenTeam| Team {
            name: it.name.unwrap_or_else(|| conductor::explain::capital(&it.id)),
            id: it.id,
            people: it.people,
            areas: it.areas,
        };
        App {
            id: id.app.clone(),
            name: self.name.unwrap_or_else(|| conductor::explain::capital(id.app.as_str())),
            owner: self.owner,
            teams: self.teams.into_iter().map(team).collect(),
            roles: self.roles,
            lines: vec![LineSpec {
                platform: id.platform.clone(),
                process: process.to_owned(),
                hotfix_process: None,
                store,
            }],
        }
    }
}
