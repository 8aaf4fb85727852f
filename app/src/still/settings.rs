//! `/settings`: what is configured, shown as it is set in the file. No secret is among it: what comes here has none.
//! `/settings/processes/:process` shows one process as the line that it is, and lets its rules be tried.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conductor::App;
use conductor::explain::count;
use conductor::process::Process;

use super::{Frame, Place, page_head, panel, table};
use crate::components::bulb::platform_icon;
use crate::format::plain;
use crate::plain::{El, el};
use crate::shell::Assets;

pub mod process;
pub mod trial;
mod words;

/// All that is configured, as far as it may be seen.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The apps, in the order of the file.
    pub apps: Vec<App>,
    /// The processes by their names.
    pub processes: BTreeMap<String, Process>,
    /// The sources, in the order of the file.
    pub sources: Vec<Source>,
    /// The windows by their names.
    pub windows: Vec<Window>,
    /// Whether the conductor acts at all.
    pub acts: bool,
}

/// A source: what it is called, and of which kind it is. Nothing of how it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in the file: `github`.
    pub name: String,
    /// Its kind in the file: `github`.
    pub kind: String,
    /// What people call that: `GitHub`.
    pub title: String,
    /// Whether the conductor acts through it, too.
    pub acts: bool,
}

/// A release window in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its name.
    pub name: String,
    /// When it is open: `Mon, Tue, 09:00 to 16:00, Europe/Stockholm`.
    pub open: String,
    /// What it binds: `regular, hotfix`.
    pub binds: String,
    /// Its freezes: the name, and when.
    pub freezes: Vec<(String, String)>,
}

impl Settings {
    /// The lines that follow a process: the app's name, the platform's, and whether only its hotfixes do.
    fn followers(&self, process: &str) -> Vec<String> {
        let mut all = Vec::new();
        for app in &self.apps {
            for line in &app.lines {
                let name = format!("{} {}", app.name, line.platform.title());
                if line.process == process {
                    all.push(name);
                } else if line.hotfix_process.as_deref() == Some(process) {
                    all.push(format!("{name} (hotfixes)"));
                }
            }
        }
        all
    }
}

/// Where a process has its page.
#[must_use]
pub fn address(process: &str) -> String {
    let mut path = "/settings/processes/".to_owned();
    for byte in process.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            path.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// The page, for a visitor of that name.
#[must_use]
pub fn page(assets: &Assets, settings: &Settings, visitor: Option<String>) -> String {
    let state = format!(
        "{}, {}, {}: set in the file.",
        count(settings.apps.len() as u64, "app"),
        count(settings.processes.len() as u64, "process").replace("processs", "processes"),
        count(settings.sources.len() as u64, "source"),
    );
    let frame = Frame { visitor, ..Frame::new("Settings", state.clone(), Place::Settings) };
    let acts = if settings.acts {
        "The conductor acts."
    } else {
        "The conductor only watches (conductor.acts = false)."
    };
    frame.document(
        assets,
        vec![
            page_head("Settings", format!("{state} {acts}")),
            el("p").class("banner").add(
                "All of this is set in the configuration file and in files beside it: change it there, run signalbox check, and start again. Nothing on these pages writes it.",
            ),
            el("div").class("stack").add(vec![
                processes(settings),
                apps(settings),
                sources(settings),
                windows(settings),
            ]),
        ],
    )
}

fn processes(settings: &Settings) -> El {
    let rows = settings.processes.values().map(|process| {
        let followers = settings.followers(&process.name);
        let nobody = followers.is_empty();
        let name = el("a").attr("href", address(&process.name)).add(plain(&process.title, 80));
        vec![
            el("th").attr("scope", "row").add(name),
            el("td").add(el("code").add(plain(&process.name, 80))),
            el("td").class("num").add(process.version.to_string()),
            el("td").class("num").add(process.stages.len().to_string()),
            el("td").class_if("muted", nobody).add(if nobody {
                "Nobody".to_owned()
            } else {
                listed(&followers)
            }),
        ]
    });
    let rows = rows.collect();
    panel("h-processes", "Processes", "Stages, conditions and modes").add(table(
        "Processes",
        &["Process", "Name in the file", "Version", "Stages", "Followed by"],
        rows,
    ))
}

fn apps(settings: &Settings) -> El {
    let panel = panel("h-apps", "Apps", "Set in the file under [apps]");
    if settings.apps.is_empty() {
        return panel.add(nothing("No app is configured."));
    }
    let mut rows = Vec::new();
    for app in &settings.apps {
        for (index, line) in app.lines.iter().enumerate() {
            let process = |name: &str| el("a").attr("href", address(name)).add(plain(name, 80));
            let teams: Vec<String> = app.teams.iter().map(|it| it.name.clone()).collect();
            let owner = app.owner.as_ref().map(|it| plain(&it.name, 60));
            let follows = el("td").add(process(&line.process));
            let follows = match &line.hotfix_process {
                Some(hotfix) => follows.add(", hotfixes ").add(process(hotfix)),
                None => follows,
            };
            // What is the app's own stands once, in its first row.
            let once = |text: String| if index == 0 { text } else { String::new() };
            rows.push(vec![
                el("th").attr("scope", "row").add(plain(&app.name, 80)),
                el("td").add(platform_icon(&line.platform)).add(plain(line.platform.title(), 40)),
                el("td").add(line.store.title()),
                follows,
                el("td").add(once(owner.unwrap_or_default())),
                el("td").add(once(listed(&teams))),
            ]);
        }
    }
    panel.add(table(
        "Apps and their platforms",
        &["App", "Platform", "Shipped by", "Process", "Owner", "Teams"],
        rows,
    ))
}

fn sources(settings: &Settings) -> El {
    let panel = panel("h-sources", "Sources", "Set in the file under [sources]");
    if settings.sources.is_empty() {
        return panel.add(nothing("No source is configured."));
    }
    let rows = settings.sources.iter().map(|source| {
        vec![
            el("th").attr("scope", "row").add(plain(&source.name, 80)),
            el("td").add(source.title.clone()),
            el("td").add(el("code").add(source.kind.clone())),
            el("td").add(if source.acts { "Reads and acts" } else { "Reads" }),
        ]
    });
    panel
        .add(table("Sources", &["Name in the file", "Source", "Kind", "Does"], rows.collect()))
        .add(
            el("p")
                .class("none muted")
                .add("Whether each answers stands under ")
                .add(el("a").attr("href", "/sources").add("Sources"))
                .add(". Secrets are named in the file and are never shown."),
        )
}

fn windows(settings: &Settings) -> El {
    let panel = panel("h-windows", "Windows and freezes", "Set in the file under [windows]");
    if settings.windows.is_empty() {
        return panel.add(nothing("No window is configured, so any time is fine."));
    }
    let rows = settings.windows.iter().map(|window| {
        let freezes = window.freezes.iter().map(|(name, when)| {
            el("li").add(el("b").add(plain(name, 80))).add(": ").add(when.clone())
        });
        let freezes: Vec<El> = freezes.collect();
        let none = freezes.is_empty().then_some("None");
        vec![
            el("th").attr("scope", "row").add(plain(&window.name, 80)),
            el("td").add(window.open.clone()),
            el("td").add(window.binds.clone()),
            el("td").add(none).add(el("ul").add(freezes)),
        ]
    });
    panel.add(table("Windows", &["Window", "Open", "Binds", "Freezes"], rows.collect()))
}

fn nothing(words: &'static str) -> El {
    el("p").class("none muted").add(words)
}

/// Names one after another, the first twenty of them.
fn listed(names: &[String]) -> String {
    plain(&conductor::explain::list(names, 20), 2_000)
}
