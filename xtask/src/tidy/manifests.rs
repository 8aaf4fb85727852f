//! Rules for manifests and lock files: who may know whom, one version of each library, lints for all.

use std::collections::{BTreeMap, BTreeSet};

use toml::Value;

use super::{Finding, Source};
use crate::told;

/// Libraries whose types pass between crates: with two versions of one, equal names are different things.
const ONE_VERSION: [&str; 10] = [
    "axum",
    "chrono",
    "hyper",
    "leptos",
    "reqwest",
    "rustls",
    "serde",
    "sqlx",
    "tokio",
    "tower-http",
];

const OUR_CRATES: [&str; 9] = [
    "app",
    "conductor",
    "connectors",
    "engine",
    "frontend",
    "ports",
    "server",
    "simulator",
    "store",
];

/// What a crate may not know, and whether its tests may.
struct Wall {
    of: &'static str,
    hides: &'static [&'static str],
    tests_too: bool,
    why: &'static str,
}

const WALLS: [Wall; 4] = [
    Wall {
        of: "conductor",
        hides: &OUR_CRATES,
        tests_too: true,
        why: "The conductor is pure and alone: it decides the same on the server, in the browser and in a replay",
    },
    Wall {
        of: "engine",
        hides: &["connectors", "store", "app", "server"],
        tests_too: true,
        why: "The engine knows only the traits in ports, and so is built and simulated without HTTP or SQL",
    },
    Wall {
        of: "app",
        hides: &["connectors", "engine", "store", "simulator", "server"],
        tests_too: false,
        why: "Pages show the published board and never ask a source",
    },
    Wall {
        of: "connectors",
        hides: &["engine", "store", "simulator", "app", "server"],
        tests_too: false,
        why: "A connector translates one vendor and knows nothing of what is done with it",
    },
];

pub(super) fn check(source: &Source) -> Result<Vec<Finding>, String> {
    if source.path.ends_with("package-lock.json") {
        return Ok(npm_lock(source));
    }
    let is_manifest = source.path.ends_with("Cargo.toml");
    if !is_manifest && source.path != "Cargo.lock" {
        return Ok(Vec::new());
    }
    let value: Value = toml::from_str(&source.text).map_err(told(&source.path))?;
    Ok(if is_manifest { manifest(source, &value) } else { lock(source, &value) })
}

fn manifest(source: &Source, value: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    let at = |value: &Value, path: &[&str]| {
        path.iter().try_fold(value.clone(), |it, key| it.get(key).cloned())
    };
    if let Some(name) = at(value, &["package", "name"]).as_ref().and_then(Value::as_str) {
        if at(value, &["lints", "workspace"]).and_then(|it| it.as_bool()) != Some(true) {
            findings.push(source.found(
                0,
                "no `[lints] workspace = true`",
                "Every crate is held to the same lints",
            ));
        }
        for wall in WALLS.iter().filter(|wall| wall.of == name) {
            let sections: &[&str] = if wall.tests_too {
                &["dependencies", "build-dependencies", "dev-dependencies"]
            } else {
                &["dependencies", "build-dependencies"]
            };
            for section in sections {
                for hidden in names(value.get(*section))
                    .intersection(&wall.hides.iter().map(ToString::to_string).collect())
                {
                    findings.push(source.found(
                        line_of(source, hidden),
                        format!("{name} depends on {hidden}"),
                        wall.why,
                    ));
                }
            }
        }
    }
    for path in [&["dependencies", "thiserror"][..], &["workspace", "dependencies", "thiserror"]] {
        let Some(wanted) = at(value, path) else { continue };
        let version = wanted
            .as_str()
            .map(str::to_owned)
            .or_else(|| wanted.get("version")?.as_str().map(str::to_owned));
        if version.is_some_and(|it| !it.trim_start_matches(['=', '^', '~']).starts_with('2')) {
            findings.push(source.found(
                line_of(source, "thiserror"),
                "thiserror of another major version than 2",
                "One way to write errors",
            ));
        }
    }
    findings
}

fn lock(source: &Source, value: &Value) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in value.get("package").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| package.get(key).and_then(Value::as_str);
        if let (Some(name), Some(version)) = (text("name"), text("version")) {
            versions.entry(name).or_default().insert(version);
        }
    }
    ONE_VERSION
        .iter()
        .filter_map(|name| Some((name, versions.get(name)?)))
        .filter(|(_, all)| all.len() > 1)
        .map(|(name, all)| {
            let all: Vec<&str> = all.iter().copied().collect();
            source.found(
                0,
                format!("{name} in {} versions ({})", all.len(), all.join(", ")),
                "Its types pass between crates; `cargo tree -i` says who asks for which",
            )
        })
        .collect()
}

fn npm_lock(source: &Source) -> Vec<Finding> {
    source
        .lines()
        .filter(|(_, text)| text.trim_start().starts_with("\"resolved\""))
        .map(|(line, _)| {
            source.found(
                line,
                "an address of a package",
                "It binds everybody to one mirror: npm install --omit-lockfile-registry-resolved",
            )
        })
        .collect()
}

/// What a section of dependencies names, by the real name where one was renamed.
fn names(section: Option<&Value>) -> BTreeSet<String> {
    let real = |(name, value): (&String, &Value)| {
        value.get("package").and_then(Value::as_str).map_or_else(|| name.clone(), str::to_owned)
    };
    section.and_then(Value::as_table).into_iter().flatten().map(real).collect()
}

fn line_of(source: &Source, name: &str) -> usize {
    source.lines().find(|(_, text)| text.trim_start().starts_with(name)).map_or(0, |(line, _)| line)
}
