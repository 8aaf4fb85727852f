//! The configuration: one TOML file. Every fault is told at once, with line, key, what was found and what is
//! allowed; start is refused while there is any. Secrets are named here, never held.

pub(crate) mod process;
mod sections;
pub(crate) mod spot;

use conductor::process::Process;
use conductor::{App, SourceId};
use connectors::{Opened, Secrets, SourceSettings};
use engine::WindowSpec;
use process::Document;
use sections::{AppSection, ConductorSection, ProcessesSection, ServerSection};
use spot::Spots;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

pub(crate) use sections::{Conductor, Server, WindowSection};

/// All that a configuration says, checked.
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) conductor: Conductor,
    pub(crate) apps: Vec<App>,
    pub(crate) processes: BTreeMap<String, Process>,
    pub(crate) windows: BTreeMap<String, WindowSpec>,
    pub(crate) sources: Vec<(SourceId, Opened)>,
}

/// Something is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The file, if it is not the configuration's own.
    pub(crate) file: Option<PathBuf>,
    /// The line, from 1; 0 if it concerns the whole file.
    pub(crate) line: usize,
    /// Which key: `sources.github.token`.
    pub(crate) key: String,
    /// What was found, what is allowed, what to do.
    pub(crate) words: String,
}

/// All that is wrong with a file, in the order of its lines. Never empty.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) file: PathBuf,
    pub(crate) faults: Vec<Fault>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            write!(f, "{}", fault.file.as_ref().unwrap_or(&self.file).display())?;
            if fault.line > 0 {
                write!(f, ":{}", fault.line)?;
            }
            if !fault.key.is_empty() {
                write!(f, ": {}", fault.key)?;
            }
            writeln!(f, ": {}", fault.words.trim_end().replace('\n', " "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

const SECTIONS: [&str; 6] = ["server", "conductor", "windows", "processes", "apps", "sources"];

/// The processes that come with the product.
pub(crate) const SHIPPED: [(&str, &str); 4] = [
    ("default", include_str!("../../crates/conductor/processes/default.toml")),
    ("light", include_str!("../../crates/conductor/processes/light.toml")),
    ("hotfix", include_str!("../../crates/conductor/processes/hotfix.toml")),
    ("download", include_str!("../../crates/conductor/processes/download.toml")),
];

/// Reads and checks a configuration. `file` names it in messages; processes are looked for beside it.
pub(crate) fn read(text: &str, file: &Path, secrets: &dyn Secrets) -> Result<Config, Faults> {
    let mut reader = Reader { spots: Spots::of(text), faults: Vec::new(), secrets };
    let config = match DeTable::parse(text) {
        Ok(table) => reader.config(table.into_inner(), file),
        Err(error) => {
            reader.fault_at(error.span(), "", error.message());
            None
        }
    };
    match config {
        Some(config) if reader.faults.is_empty() => Ok(config),
        _ => {
            reader.faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            Err(Faults { file: file.to_owned(), faults: reader.faults })
        }
    }
}

struct Reader<'a> {
    spots: Spots,
    faults: Vec<Fault>,
    secrets: &'a dyn Secrets,
}

type Table<'i> = BTreeMap<String, (std::ops::Range<usize>, Spanned<DeValue<'i>>)>;

impl Reader<'_> {
    fn fault_at(
        &mut self,
        span: Option<std::ops::Range<usize>>,
        key: &str,
        words: impl Into<String>,
    ) {
        let line = span.map_or(0, |span| self.spots.line(span.start));
        self.faults.push(Fault { file: None, line, key: key.to_owned(), words: words.into() });
    }

    fn config(&mut self, table: DeTable<'_>, file: &Path) -> Option<Config> {
        let mut parts = split(table);
        for (key, (span, _)) in parts.iter().filter(|(key, _)| !SECTIONS.contains(&key.as_str())) {
            let hint = spot::closest(key, &SECTIONS);
            self.fault_at(
                Some(span.clone()),
                key,
                format!("is not a section; there are {}{hint}", SECTIONS.join(", ")),
            );
        }
        let server: Option<ServerSection> = self.section(&mut parts, "server");
        let conductor: Option<ConductorSection> = self.section(&mut parts, "conductor");
        let processes: Option<ProcessesSection> = self.section(&mut parts, "processes");
        let windows = self.tables(&mut parts, "windows");
        let apps = self.tables(&mut parts, "apps");
        let sources = self.tables(&mut parts, "sources");
        let documents = self.processes(processes?, file);
        let windows = self.windows(windows);
        let apps = self.apps(apps, &documents);
        self.asked_of_settings(&documents, &windows, &apps);
        let processes =
            documents.into_iter().map(|(name, document)| (name, document.process)).collect();
        let sources = self.sources(sources, &apps);
        let server = server?.checked(self.secrets);
        let conductor = conductor?.checked();
        for (key, words) in
            server.as_ref().err().into_iter().chain(conductor.as_ref().err()).flatten()
        {
            self.faults.push(Fault {
                file: None,
                line: self.spots.line_of(key),
                key: key.clone(),
                words: words.clone(),
            });
        }
        Some(Config {
            server: server.ok()?,
            conductor: conductor.ok()?,
            apps,
            processes,
            windows,
            sources,
        })
    }

    /// A section as a whole; its default if it is not there.
    fn section<T: serde::de::DeserializeOwned + Default>(
        &mut self,
        parts: &mut Table<'_>,
        name: &str,
    ) -> Option<T> {
        match parts.remove(name) {
            None => Some(T::default()),
            Some((_, value)) => self.value(name, value),
        }
    }

    fn value<T: serde::de::DeserializeOwned>(
        &mut self,
        key: &str,
        value: Spanned<DeValue<'_>>,
    ) -> Option<T> {
        let at = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(read) => Some(read),
            Err(error) => {
                self.fault_at(error.span().or(Some(at)), key, error.message());
                None
            }
        }
    }

    /// A section of named tables, in the order of the file.
    fn tables<'i>(
        &mut self,
        parts: &mut Table<'i>,
        name: &str,
    ) -> Vec<(String, std::ops::Range<usize>, Spanned<DeValue<'i>>)> {
        let Some((span, value)) = parts.remove(name) else { return Vec::new() };
        match value.into_inner() {
            DeValue::Table(table) => {
                let mut named: Vec<_> = split(table)
                    .into_iter()
                    .map(|(key, (span, value))| (key, span, value))
                    .collect();
                named.sort_by_key(|(_, span, _)| span.start);
                named.retain(|(key, span, _)| {
                    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
                    if !plain {
                        self.fault_at(
                            Some(span.clone()),
                            &format!("{name}.{key}"),
                            "a name has lower-case letters, digits and hyphens only, since it stands in addresses",
                        );
                    }
                    plain
                });
                named
            }
            other => {
                self.fault_at(
                    Some(span),
                    name,
                    format!(
                        "is {}; write tables below it, such as [{name}.music]",
                        other.type_str()
                    ),
                );
                Vec::new()
            }
        }
    }

    fn processes(&mut self, section: ProcessesSection, file: &Path) -> BTreeMap<String, Document> {
        let mut texts: Vec<(PathBuf, String)> = SHIPPED
            .iter()
            .map(|(name, text)| {
                (PathBuf::from(format!("{name}.toml (shipped)")), (*text).to_owned())
            })
            .collect();
        if let Some(folder) = section.folder {
            let folder = file.parent().unwrap_or(Path::new(".")).join(folder);
            match std::fs::read_dir(&folder) {
                Ok(entries) => {
                    let mut files: Vec<PathBuf> =
                        entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
                    files.retain(|path| path.extension().is_some_and(|it| it == "toml"));
                    files.sort();
                    for path in files {
                        match std::fs::read_to_string(&path) {
                            Ok(text) => texts.push((path, text)),
                            Err(error) => self.fault_at(
                                None,
                                "processes.folder",
                                format!("{} cannot be read: {error}", path.display()),
                            ),
                        }
                    }
                }
                Err(error) => self.fault_at(
                    None,
                    "processes.folder",
                    format!("{} cannot be read: {error}", folder.display()),
                ),
            }
        }
        let mut processes = BTreeMap::new();
        for (path, text) in texts {
            match Document::read(&text, &path) {
                // A process of one's own replaces a shipped one.
                Ok(document) => drop(processes.insert(document.process.name.clone(), document)),
                Err(faults) => self.faults.extend(faults),
            }
        }
        processes
    }

    /// Windows, teams and roles that processes name and the settings do not; of those processes that an app follows.
    fn asked_of_settings(
        &mut self,
        documents: &BTreeMap<String, Document>,
        windows: &BTreeMap<String, WindowSpec>,
        apps: &[App],
    ) {
        let windows: Vec<&str> = windows.keys().map(String::as_str).collect();
        let mut seen = BTreeSet::new();
        for app in apps {
            let followed: BTreeSet<&String> = app
                .lines
                .iter()
                .flat_map(|line| std::iter::once(&line.process).chain(&line.hotfix_process))
                .collect();
            for document in followed.into_iter().filter_map(|name| documents.get(name)) {
                if seen.insert(&document.process.name) {
                    self.faults.extend(document.unknown_windows(&windows));
                }
                self.faults.extend(document.unknown_people(app));
            }
        }
    }

    fn windows(
        &mut self,
        tables: Vec<(String, std::ops::Range<usize>, Spanned<DeValue<'_>>)>,
    ) -> BTreeMap<String, WindowSpec> {
        let mut windows = BTreeMap::new();
        for (name, span, value) in tables {
            let key = format!("windows.{name}");
            let Some(section) = self.value::<WindowSection>(&key, value) else { continue };
            match section.checked() {
                Ok(spec) => drop(windows.insert(name, spec)),
                Err(words) => self.fault_at(Some(span), &key, words),
            }
        }
        windows
    }

    fn apps(
        &mut self,
        tables: Vec<(String, std::ops::Range<usize>, Spanned<DeValue<'_>>)>,
        processes: &BTreeMap<String, Document>,
    ) -> Vec<App> {
        let mut apps = Vec::new();
        for (name, span, value) in tables {
            let key = format!("apps.{name}");
            let Some(section) = self.value::<AppSection>(&key, value) else { continue };
            let known: Vec<&str> = processes.keys().map(String::as_str).collect();
            let (app, faults) = section.checked(&name, &known);
            for words in faults {
                self.fault_at(Some(span.clone()), &key, words);
            }
            apps.push(app);
        }
        apps
    }

    fn sources(
        &mut self,
        tables: Vec<(String, std::ops::Range<usize>, Spanned<DeValue<'_>>)>,
        apps: &[App],
    ) -> Vec<(SourceId, Opened)> {
        let mut sources = Vec::new();
        for (name, span, value) in tables {
            let key = format!("sources.{name}");
            let at = value.span();
            let DeValue::Table(mut table) = value.into_inner() else {
                self.fault_at(Some(span), &key, "is no table");
                continue;
            };
            let kind = table.remove("kind");
            let Some(kind) = kind.as_ref().and_then(|it| it.as_ref().as_str()) else {
                let kinds = SourceSettings::KINDS.join(", ");
                self.fault_at(
                    Some(span),
                    &format!("{key}.kind"),
                    format!("is missing; there are {kinds}"),
                );
                continue;
            };
            if !SourceSettings::KINDS.contains(&kind) {
                let hint = spot::closest(kind, SourceSettings::KINDS);
                let kinds = SourceSettings::KINDS.join(", ");
                self.fault_at(
                    Some(span),
                    &format!("{key}.kind"),
                    format!("`{kind}` is not a kind of source; there are {kinds}{hint}"),
                );
                continue;
            }
            let from = ValueDeserializer::from(Spanned::new(at.clone(), DeValue::Table(table)));
            let settings = match SourceSettings::read(kind, from) {
                Ok(settings) => settings,
                Err(error) => {
                    self.fault_at(error.span().or(Some(span)), &key, error.message());
                    continue;
                }
            };
            let id = SourceId::new(name.clone());
            match connectors::open(id.clone(), settings, self.secrets) {
                Ok(opened) => {
                    let told = opened.tells.iter().flat_map(|it| it.apps()).map(|app| (app, None));
                    let read = opened.reads.owes().into_iter().map(|(app, on, _)| (app, on));
                    for (app, platform) in read.chain(told) {
                        let known = apps.iter().find(|it| it.id == app);
                        let words = match (known, &platform) {
                            (None, _) => format!(
                                "apps.{app} is not configured; add [apps.{app}], or take it out here"
                            ),
                            (Some(app), Some(platform)) if app.line(platform).is_none() => {
                                format!(
                                    "apps.{}.platforms.{platform} is not configured; add it, or take it out here",
                                    app.id
                                )
                            }
                            _ => continue,
                        };
                        if !self.faults.iter().any(|fault| fault.words == words && fault.key == key)
                        {
                            self.fault_at(Some(span.clone()), &key, words);
                        }
                    }
                    sources.push((id, opened));
                }
                Err(error) => {
                    let key = format!("{key}.{}", error.key);
                    let line = self.spots.line_below(self.spots.line(span.start), &error.key);
                    self.faults.push(Fault { file: None, line, key, words: error.words });
                }
            }
        }
        sources
    }
}

fn split(table: DeTable<'_>) -> Table<'_> {
    table.into_iter().map(|(key, value)| (key.get_ref().to_string(), (key.span(), value))).collect()
}

#[cfg(test)]
mod tests;
