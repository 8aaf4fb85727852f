//! Rules for text of any kind: words that do not belong, places that exist on one machine alone, colours by hand.

use super::{Finding, Source};

/// The files that have to name what they forbid.
const OWN: &str = "xtask/src/tidy";

/// Words and why they do not belong. Those in capitals are marks, looked for as they are; the others in any case.
const UNWANTED: [(&str, &str); 8] = [
    ("TODO", "Do it, or write an issue; what is not there yet stands in the README's table"),
    ("FIXME", "Fix it, or write an issue"),
    ("XXX", "Say what is meant"),
    ("lorem ipsum", "Show words that a person would really read"),
    ("blacklist", "Say what happens: refused, or left out"),
    ("whitelist", "Say what happens: allowed"),
    ("blazing", "Give the figure instead"),
    ("seamless", "Say what a person does, and what then happens"),
];

/// Folders of single machines. They mean nothing to anybody else, and tell what nobody needs to know.
const MACHINE_PLACES: [&str; 5] = ["/work/", "/root/", "/home/", "/users/", "/tmp/"];

/// Hosts of package registries: in a lock file they bind everybody to one mirror.
const REGISTRIES: [&str; 4] =
    ["registry.npmjs", "static.crates.io", "index.crates.io", "files.pythonhosted"];

pub(super) fn check(source: &Source) -> Vec<Finding> {
    if source.path.starts_with(OWN) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (line, text) in source.lines() {
        let lower = text.to_lowercase();
        for (word, why) in UNWANTED {
            let is_mark = word.chars().all(char::is_uppercase);
            if has_word(if is_mark { text } else { &lower }, word) {
                findings.push(source.found(line, format!("the word \"{word}\""), why));
            }
        }
        for place in MACHINE_PLACES {
            if starts_somewhere(&lower, place) {
                findings.push(source.found(
                    line,
                    format!("a path of one machine ({place}…)"),
                    "It exists nowhere else; write it relative to the repository or to a setting",
                ));
            }
        }
        for host in REGISTRIES {
            if lower.contains(host) {
                findings.push(source.found(
                    line,
                    format!("the host of a package registry ({host})"),
                    "It binds everybody to one mirror",
                ));
            }
        }
    }
    findings
}

/// Colours stand in the tokens alone, where light and dark are chosen together and contrast is checked.
pub(super) fn colours(source: &Source) -> Vec<Finding> {
    const WHY: &str =
        "Colours come from style/tokens.css by name, or light, dark and contrast drift apart";
    if source.path.ends_with("tokens.css") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let bare = without_comments(&source.text);
    for (index, text) in bare.lines().enumerate() {
        let line = index + 1;
        if let Some(colour) = hex_colour(text) {
            findings.push(source.found(line, format!("the colour {colour}"), WHY));
        }
        for function in
            ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color("]
        {
            if starts_word(text, function) {
                findings.push(source.found(line, format!("a colour by {function}…)"), WHY));
            }
        }
        if text.contains("!important") {
            findings.push(source.found(
                line,
                "!important",
                "The order of layers decides; this word ends that",
            ));
        }
    }
    findings
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|it| it.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// True if the path begins here, and is no part of a longer one or of an address.
fn starts_somewhere(text: &str, place: &str) -> bool {
    text.match_indices(place).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        !before.is_some_and(|it| {
            it.is_alphanumeric()
                || matches!(it, '/' | '.' | '-' | '_' | '}' | ')' | '~' | '*' | ':')
        })
    })
}

fn starts_word(text: &str, function: &str) -> bool {
    text.match_indices(function).any(|(at, _)| {
        let before = text.get(..at).and_then(|it| it.chars().next_back());
        !before.is_some_and(|it| it.is_alphanumeric() || it == '-')
    })
}

fn hex_colour(text: &str) -> Option<&str> {
    text.match_indices('#').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let end = rest.find(|it: char| !it.is_ascii_hexdigit()).unwrap_or(rest.len());
        let ends_there = !rest
            .get(end..)?
            .starts_with(|it: char| it.is_alphanumeric() || it == '-' || it == '_');
        // In `url(#…)` it names a part of a drawing.
        let is_reference =
            text.get(..at)?.rsplit_once("url(").is_some_and(|(_, inside)| !inside.contains(')'));
        (matches!(end, 3 | 4 | 6 | 8) && ends_there && !is_reference)
            .then(|| text.get(at..=at + end))?
    })
}

/// The same text with comments as blanks, so that lines keep their numbers.
fn without_comments(text: &str) -> String {
    let mut bare = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((code, comment)) = rest.split_once("/*") {
        bare.push_str(code);
        let (inside, after) = comment.split_once("*/").unwrap_or((comment, ""));
        bare.extend(inside.chars().filter(|it| *it == '\n'));
        rest = after;
    }
    bare.push_str(rest);
    bare
}
