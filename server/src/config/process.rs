//! A process document read and checked: all that is wrong with it at once, each with its line and what to do. What a
//! process asks of the settings (windows, teams, roles) is checked once both are known.

use super::Fault;
use super::spot::{self, Spots};
use conductor::App;
use conductor::condition::Condition;
use conductor::process::{Guard, Process, Rule};
use serde::Deserialize;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

/// Reads a process. `file` names it in messages.
#[cfg(test)]
pub(crate) fn read(text: &str, file: &Path) -> Result<Process, Vec<Fault>> {
    Document::read(text, file).map(|document| document.process)
}

/// A process that was read, and where its parts stand.
pub(crate) struct Document {
    pub(crate) process: Process,
    text: String,
    file: PathBuf,
}

impl Document {
    pub(crate) fn read(text: &str, file: &Path) -> Result<Self, Vec<Fault>> {
        let places = Places::of(text, file);
        let process = toml::from_str::<Process>(text).map_err(|error| {
            // The whole tells its first fault only; its rules are asked one by one.
            let mut faults = places.faults_of_rules();
            if faults.is_empty() {
                faults.push(places.fault(error.span(), "", error.message()));
            }
            faults
        })?;
        let mut flaws: Vec<Fault> = process
            .flaws()
            .into_iter()
            .map(|flaw| places.fault(places.find(&flaw.path), &flaw.at, flaw.message))
            .collect();
        if flaws.is_empty() {
            return Ok(Self { process, text: text.to_owned(), file: file.to_owned() });
        }
        flaws.sort_by_key(|fault| fault.line);
        Err(flaws)
    }

    /// Release windows that it names and the settings do not. One called `release` or `hotfix` need not be there: then
    /// any time is fine.
    pub(crate) fn unknown_windows(&self, windows: &[&str]) -> Vec<Fault> {
        let known = |name: &str| windows.contains(&name) || engine::ALWAYS_OPEN.contains(&name);
        self.parts(|part| match part {
            Condition::Window { name } if !known(name) => {
                let hint = spot::closest(name, windows);
                let words = format!(
                    "there is no window `{name}`; add [windows.{name}] to the settings, or name one of {}{hint}",
                    list(windows)
                );
                Some(("name", words))
            }
            _ => None,
        })
    }

    /// Teams and roles that it names and an app that follows it does not have.
    pub(crate) fn unknown_people(&self, app: &App) -> Vec<Fault> {
        let teams: Vec<&str> = app.teams.iter().map(|it| it.id.as_str()).collect();
        let roles: Vec<&str> = app.roles.keys().map(String::as_str).collect();
        self.parts(|part| match part {
            Condition::SignedOff { teams: asked, may_opt_out, .. } => {
                let all = asked.iter().chain(may_opt_out.iter().flatten());
                let gone = all.into_iter().find(|it| !teams.contains(&it.as_str()))?;
                let words = format!(
                    "apps.{} has no team `{gone}`; add it there, or name one of {}{}",
                    app.id,
                    list(&teams),
                    spot::closest(gone, &teams)
                );
                Some(("teams", words))
            }
            Condition::Approved { role, .. } if !roles.contains(&role.as_str()) => {
                let words = format!(
                    "apps.{} has no role `{role}`; add roles = {{ {role} = [\"…\"] }} there, or name one of {}{}",
                    app.id,
                    list(&roles),
                    spot::closest(role, &roles)
                );
                Some(("role", words))
            }
            _ => None,
        })
    }

    fn parts(&self, wrong: impl Fn(&Condition) -> Option<(&'static str, String)>) -> Vec<Fault> {
        let places = Places::of(&self.text, &self.file);
        let mut faults = Vec::new();
        for placed in self.process.rules() {
            for (path, part) in placed.rule.condition.parts() {
                let Some((key, words)) = wrong(part) else { continue };
                let at = places.find(&format!("{}{path}.{key}", placed.path));
                let key = format!("stages.{}.{}", placed.stage.id, placed.rule.id);
                faults.push(places.fault(at, &key, words));
            }
        }
        faults
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() { "none, as there are none".to_owned() } else { names.join(", ") }
}

/// Where the parts of a document stand.
struct Places<'t> {
    spots: Spots,
    file: &'t Path,
    root: Option<DeTable<'t>>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str, file: &'t Path) -> Self {
        Self {
            spots: Spots::of(text),
            file,
            root: DeTable::parse(text).ok().map(Spanned::into_inner),
        }
    }

    fn fault(&self, at: Option<Range<usize>>, key: &str, words: impl Into<String>) -> Fault {
        Fault {
            file: Some(self.file.to_owned()),
            line: at.map_or(0, |span| self.spots.line(span.start)),
            key: key.to_owned(),
            words: words.into(),
        }
    }

    /// Where a part stands, or the nearest part around it that is written down.
    fn find(&self, path: &str) -> Option<Range<usize>> {
        let mut steps = path.split('.').filter(|step| !step.is_empty());
        let first = steps.next()?;
        let (key, mut value) = self.root.as_ref()?.get_key_value(first)?;
        let mut at = key.span();
        for step in steps {
            let (span, below) = match value.get_ref() {
                DeValue::Table(table) => match table.get_key_value(step) {
                    Some((key, value)) => (key.span(), value),
                    None => break,
                },
                DeValue::Array(array) => {
                    match step.parse::<usize>().ok().and_then(|index| array.get(index)) {
                        Some(value) => (value.span(), value),
                        None => break,
                    }
                }
                _ => break,
            };
            (at, value) = (span, below);
        }
        Some(at)
    }

    /// What is wrong with the rules and guards, each by itself.
    fn faults_of_rules(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for stage in items(self.root.as_ref().and_then(|root| root.get("stages"))) {
            let DeValue::Table(stage) = stage.get_ref() else { continue };
            let leave = stage.get("leave").and_then(|it| it.get_ref().get("conditions"));
            for rule in items(leave) {
                faults.extend(self.fault_of::<Rule>(rule));
            }
            for guard in items(stage.get("guards")) {
                faults.extend(self.fault_of::<Guard>(guard));
            }
        }
        faults
    }

    fn fault_of<T: for<'d> Deserialize<'d>>(&self, rule: &Spanned<DeValue<'_>>) -> Option<Fault> {
        let error = T::deserialize(ValueDeserializer::from(rule.clone())).err()?;
        let message = error.message().trim_end();
        // The message names its key; where that is written is nearer than where the rule begins.
        let mut quoted = message.split('`').skip(1).step_by(2);
        let at = quoted
            .clone()
            .filter_map(|word| match rule.get_ref() {
                DeValue::Table(table) => table.get_key_value(word).map(|(key, _)| key.span()),
                _ => None,
            })
            .last();
        let at = at.or_else(|| match rule.get_ref() {
            DeValue::Table(table) if message.contains("unknown variant") => table
                .get_key_value("kind")
                .filter(|(_, kind)| {
                    kind.get_ref().as_str().is_some_and(|it| quoted.any(|word| word == it))
                })
                .map(|(key, _)| key.span()),
            _ => None,
        });
        let hint = message.split_once("unknown variant `").map_or_else(String::new, |(_, rest)| {
            let mut words = rest.split('`').step_by(2);
            let found = words.next().unwrap_or_default();
            let allowed: Vec<&str> = rest.split('`').skip(1).skip(1).step_by(2).collect();
            spot::closest(found, &allowed)
        });
        Some(self.fault(at.or(Some(rule.span())), "", format!("{message}{hint}")))
    }
}

/// The items of an array; none of what is no array.
fn items<'a, 'i>(value: Option<&'a Spanned<DeValue<'i>>>) -> &'a [Spanned<DeValue<'i>>] {
    match value.map(Spanned::get_ref) {
        Some(DeValue::Array(array)) => array,
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
