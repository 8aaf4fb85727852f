//! The rules of this repository that no compiler checks. Each says what it found, where, and why that is not wanted.
//!
//! It looks at what git knows or would add, so build output and private files are out of its sight. A rule is one
//! function from text to findings; a new rule is one function and one line in `check`.

mod manifests;
mod rust;
mod words;

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::told;

/// One place that breaks one rule.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    file: String,
    /// Counted from 1; 0 where the whole file is meant.
    line: usize,
    what: String,
    why: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, what, why } = self;
        match line {
            0 => write!(out, "{file}: {what}. {why}"),
            _ => write!(out, "{file}:{line}: {what}. {why}"),
        }
    }
}

/// A text file of the repository.
struct Source {
    /// Its path from the root, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn ends_in(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| it == extension)
    }

    /// Recorded answers of vendors and histories of other projects: data, in whose words nobody here has a say.
    fn is_foreign(&self) -> bool {
        self.path.split('/').any(|part| part == "fixtures" || part == "history")
            || self.path == "LICENSE"
    }

    fn found(&self, line: usize, what: impl Into<String>, why: &'static str) -> Finding {
        Finding { file: self.path.clone(), line, what: what.into(), why }
    }

    /// The lines, counted from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Fails with all findings, in the order of files.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let sources = sources(root)?;
    let mut findings: Vec<Finding> = Vec::new();
    for source in &sources {
        if source.ends_in("rs") {
            findings.extend(rust::check(source));
        }
        if source.ends_in("css") {
            findings.extend(words::colours(source));
        }
        if !source.is_foreign() {
            findings.extend(words::check(source));
        }
        if source.ends_in("toml")
            || source.ends_in("lock")
            || source.path.ends_with("package-lock.json")
        {
            findings.extend(manifests::check(source)?);
        }
    }
    if findings.is_empty() {
        println!("    {} files, and no rule is broken", sources.len());
        return Ok(());
    }
    findings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    Err(format!("{}\ntidy: {} findings", lines.join("\n"), lines.len()))
}

fn sources(root: &Path) -> Result<Vec<Source>, String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output()
        .map_err(told("git ls-files"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names
        .split('\0')
        .filter(|name| !name.is_empty())
        // What is no text (images, fonts), or was deleted and not yet committed, has no lines to judge.
        .filter_map(|name| {
            Some(Source { path: name.to_owned(), text: fs::read_to_string(root.join(name)).ok()? })
        })
        .collect())
}

#[cfg(test)]
mod tests;
