//! Rules for Rust sources that neither rustc nor clippy knows.

use super::{Finding, Source};

/// Past this, a file holds a second thing that deserves a file of its own.
const MOST_LINES: usize = 600;

/// Endings of type names that say nothing of what the thing is.
const EMPTY_ENDINGS: [&str; 7] = ["Manager", "Service", "Util", "Utils", "Helper", "Impl", "Dto"];

pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !source.text.starts_with("//!") {
        findings.push(source.found(
            1,
            "the file does not open with `//!`",
            "Its first lines say what it knows, and what it leaves to whom",
        ));
    }
    let lines = source.text.lines().count();
    if lines > MOST_LINES {
        findings.push(source.found(
            0,
            format!("{lines} lines, and {MOST_LINES} is the most"),
            "Look for the second thing in it and give that a file",
        ));
    }
    if source.path.ends_with("/mod.rs") {
        findings.push(source.found(
            0,
            "a mod.rs",
            "Write foo.rs beside foo/: an editor full of mod.rs tells nobody apart",
        ));
    }
    for (line, text) in source.lines() {
        let code = text.split("//").next().unwrap_or_default().trim();
        if code.starts_with("#[allow(") || code.starts_with("#![allow(") {
            findings.push(source.found(line, "a bare `allow`", "Write `#[expect(lint, reason = \"…\")]`: it says why, and tells when it is no longer needed"));
        }
        if (code.starts_with("#[expect(") || code.starts_with("#![expect("))
            && !attribute(source, line).contains("reason")
        {
            findings.push(source.found(
                line,
                "an `expect` without a reason",
                "The next reader cannot know whether it may go",
            ));
        }
        if let Some(name) = defined(code, &["struct", "enum", "trait", "type"])
            && let Some(ending) = EMPTY_ENDINGS.iter().find(|it| name.ends_with(**it))
        {
            findings.push(source.found(
                line,
                format!("the name {name} ends in {ending}"),
                "Name what it is or does; this ending fits everything",
            ));
        }
        if let Some(name) = defined(code, &["fn"])
            && name.starts_with("get_")
        {
            findings.push(source.found(
                line,
                format!("the name {name}"),
                "A function that returns a thing is named after the thing",
            ));
        }
    }
    findings
}

/// The attribute that begins on this line, to its closing bracket.
fn attribute(source: &Source, line: usize) -> String {
    let mut text = String::new();
    for part in source.text.lines().skip(line - 1).take(12) {
        text.push_str(part);
        if part.contains(")]") {
            break;
        }
    }
    text
}

/// The name that a line defines with one of these keywords.
fn defined<'a>(code: &'a str, keywords: &[&str]) -> Option<&'a str> {
    let mut words = code.split_whitespace();
    loop {
        let word = words.next()?;
        if keywords.contains(&word) {
            let rest = words.next()?;
            let end =
                rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len());
            return rest.get(..end);
        }
        // Only what may stand before: else a sentence in a string would read as a definition.
        let leads =
            ["async", "const", "unsafe", "extern"].contains(&word) || word.starts_with("pub");
        if !leads {
            return None;
        }
    }
}
