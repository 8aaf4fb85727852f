//! What is configured, as far as it may be seen: for the pages, and for trying other rules. No secret gets in here.

use crate::config::Config;
use app::still::settings::{Settings, Source, Window};
use conductor::Kind;
use conductor::process::Process;
use engine::WindowSpec;
use engine::calendar::{FreezeSpec, When};
use std::collections::BTreeMap;

/// What is configured.
#[derive(Default)]
pub(crate) struct Configured {
    /// What pages show.
    pub(crate) shown: Settings,
    /// The windows, which rules under trial may name.
    pub(crate) windows: BTreeMap<String, WindowSpec>,
}

impl Configured {
    /// What a configuration says.
    pub(crate) fn of(config: &Config) -> Self {
        let sources = config.sources.iter().map(|(id, opened)| Source {
            name: id.to_string(),
            kind: opened.reads.kind().to_owned(),
            title: opened.reads.title().to_owned(),
            acts: opened.acts.is_some(),
        });
        let shown = Settings {
            apps: config.apps.clone(),
            processes: config.processes.clone(),
            sources: sources.collect(),
            windows: config.windows.iter().map(|(name, spec)| window(name, spec)).collect(),
            acts: config.conductor.acts,
        };
        Self { shown, windows: config.windows.clone() }
    }

    /// A process as its canonical TOML: made from what was read, so that two that ask the same are written the same.
    pub(crate) fn toml(process: &Process) -> Result<String, toml::ser::Error> {
        toml::to_string(process)
    }
}

fn window(name: &str, spec: &WindowSpec) -> Window {
    let days: Vec<String> = spec.days.iter().map(ToString::to_string).collect();
    let binds = spec.binds.iter().map(|it| match it {
        Kind::Regular => "regular",
        Kind::Hotfix => "hotfix",
    });
    Window {
        name: name.to_owned(),
        open: format!(
            "{}, {} to {}, {}",
            days.join(", "),
            spec.from.format("%H:%M"),
            spec.until.format("%H:%M"),
            spec.zone
        ),
        binds: binds.collect::<Vec<_>>().join(", "),
        freezes: spec.freezes.iter().map(|it| (it.name.clone(), freeze(it))).collect(),
    }
}

fn freeze(spec: &FreezeSpec) -> String {
    match spec.when {
        When::Once { from, until } => format!(
            "{} until {}, {}",
            from.format("%Y-%m-%d %H:%M"),
            until.format("%Y-%m-%d %H:%M"),
            spec.zone
        ),
        When::Weekly { from, until } => format!(
            "every week, {} {} until {} {}, {}",
            from.0,
            from.1.format("%H:%M"),
            until.0,
            until.1.format("%H:%M"),
            spec.zone
        ),
    }
}

#[cfg(test)]
mod tests;
