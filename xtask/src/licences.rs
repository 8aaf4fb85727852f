//! The licences of everything that Signalbox is built from, against those that its own (Apache-2.0) goes together with.
//!
//! It reads what `cargo metadata` says of every crate for every platform, tools and test crates included.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::told;

/// Permissive licences, and MPL-2.0, which asks only that changes to its own files stay open.
const ALLOWED: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "OpenSSL",
    "Unicode-3.0",
    "Zlib",
];

/// Fails with the list of crates whose licence is not allowed or not told.
pub(crate) fn check(root: &Path) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(root)
        .output()
        .map_err(told("cargo metadata"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&output.stdout).map_err(told("cargo metadata"))?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .ok_or("cargo metadata lists no packages")?;
    let faults: Vec<String> = packages.iter().filter_map(fault).collect();
    if faults.is_empty() {
        println!("    {} crates, and each may be used", packages.len());
        return Ok(());
    }
    Err(format!(
        "{}\nlicences: {} crates may not be used. Take another crate, or weigh the licence and add it to ALLOWED in xtask/src/licences.rs with the reason",
        faults.join("\n"),
        faults.len()
    ))
}

/// What is wrong with the licence of one package, if anything.
fn fault(package: &Value) -> Option<String> {
    let text = |key: &str| package.get(key).and_then(Value::as_str);
    let crate_name = format!("{} {}", text("name").unwrap_or("?"), text("version").unwrap_or("?"));
    let Some(licence) = text("license") else {
        return Some(format!("{crate_name}: names no licence"));
    };
    match is_allowed(licence) {
        Ok(true) => None,
        Ok(false) => Some(format!("{crate_name}: {licence}")),
        Err(why) => Some(format!("{crate_name}: {licence} cannot be read: {why}")),
    }
}

/// Whether what an SPDX expression asks for can be met with allowed licences alone: one side of an OR, both of an AND.
fn is_allowed(expression: &str) -> Result<bool, String> {
    // Old crates write MIT/Apache-2.0 where SPDX says OR.
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words };
    let allowed = reader.any()?;
    match reader.next() {
        None => Ok(allowed),
        Some(word) => Err(format!("`{word}` is one too many")),
    }
}

/// Reads an expression from the left. AND binds closer than OR, as SPDX has it.
struct Reader<'a> {
    words: &'a [&'a str],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.first().copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn took(&mut self, word: &str) -> bool {
        let is_next = self.peek().is_some_and(|it| it.eq_ignore_ascii_case(word));
        if is_next {
            self.next();
        }
        is_next
    }

    fn any(&mut self) -> Result<bool, String> {
        let mut allowed = self.all()?;
        while self.took("OR") {
            allowed |= self.all()?;
        }
        Ok(allowed)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut allowed = self.one()?;
        while self.took("AND") {
            allowed &= self.one()?;
        }
        Ok(allowed)
    }

    fn one(&mut self) -> Result<bool, String> {
        if self.took("(") {
            let allowed = self.any()?;
            return if self.took(")") {
                Ok(allowed)
            } else {
                Err("a bracket stays open".to_owned())
            };
        }
        let licence = self.next().ok_or("it ends too early")?;
        if self.took("WITH") {
            let exception = self.next().ok_or("it ends too early")?;
            return Ok(ALLOWED.contains(&format!("{licence} WITH {exception}").as_str()));
        }
        Ok(ALLOWED.contains(&licence))
    }
}

#[cfg(test)]
mod tests;
