//! The demo's configuration as text, and its secrets.

use connectors::Secrets;
use simulator::vendors::{Running, Vendor};
use simulator::{Platform, Spec, spec};
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::Path;

/// The demo's admin, for whom its made-up people speak.
const ADMIN: &str = "Demo visitor";
/// A tick lasts half a second, whatever the speed; in between nothing would be seen anyway.
const TICK_REAL_SECONDS: u32 = 1;

/// The configuration that reads this world.
pub(super) fn toml(spec: &Spec, world: &Running, listen: &str, pace: u32) -> String {
    let tick_minutes = (pace * TICK_REAL_SECONDS / 120).clamp(1, 60);
    let mut text = format!(
        "[server]\nlisten = \"{listen}\"\n[server.admin]\nname = \"{ADMIN}\"\ntoken = {{ env = \"DEMO_ADMIN\" }}\n\n\
         [conductor]\nacts = true\ntick_minutes = {tick_minutes}\n\n\
         [windows.release]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"07:00\"\nuntil = \"19:00\"\nzone = \"Europe/Stockholm\"\n"
    );
    for app in &spec.apps {
        let _ = write!(
            text,
            "\n[apps.{}]\nname = {:?}\nowner = {:?}\n",
            app.id, app.name, app.owner.name
        );
        for team in &app.teams {
            let people: Vec<&str> = team.people.iter().map(|person| person.name.as_str()).collect();
            let _ = write!(
                text,
                "[[apps.{}.teams]]\nid = {:?}\nname = {:?}\npeople = {people:?}\nareas = {:?}\n",
                app.id, team.id, team.name, team.areas
            );
        }
        for line in &app.lines {
            let (process, hotfix, store) = match line.platform {
                Platform::Android => ("default", "hotfix", "google_play"),
                Platform::Ios => ("default", "hotfix", "app_store"),
                Platform::Desktop => ("download", "download", "download"),
            };
            let _ = write!(
                text,
                "[apps.{}.platforms.{}]\nprocess = \"{process}\"\nhotfix_process = \"{hotfix}\"\nstore = \"{store}\"\n",
                app.id, line.platform
            );
        }
    }
    github(&mut text, spec, world);
    jira(&mut text, spec, world);
    stores(&mut text, spec, world);
    sentry(&mut text, spec, world);
    text
}

fn github(text: &mut String, spec: &Spec, world: &Running) {
    let _ = write!(
        text,
        "\n[sources.github]\nkind = \"github\"\nbase_url = \"{}\"\ntoken = {{ env = \"DEMO_GITHUB\" }}\n",
        world.base(Vendor::Github)
    );
    for app in &spec.apps {
        let _ =
            write!(text, "[sources.github.apps.{}]\nrepository = \"{}\"\n", app.id, app.repository);
        for line in &app.lines {
            let _ = write!(
                text,
                "[sources.github.apps.{}.platforms.{}]\nbranch = \"{}{{version}}\"\nbuild_tag = \"{}{{version}}+{{build}}\"\n",
                app.id,
                line.platform,
                app.branch_prefix(line.platform),
                app.tag_prefix(line.platform)
            );
            if line.platform == Platform::Desktop {
                let _ = writeln!(
                    text,
                    "release_tag = \"{}{{version}}\"",
                    app.tag_prefix(line.platform)
                );
            }
        }
    }
}

fn jira(text: &mut String, spec: &Spec, world: &Running) {
    let _ = write!(
        text,
        "\n[sources.jira]\nkind = \"jira\"\nbase_url = \"{}\"\nemail = \"{}\"\ntoken = {{ env = \"DEMO_JIRA\" }}\nindex_lag_seconds = 60\n",
        world.base(Vendor::Jira),
        spec::JIRA_EMAIL
    );
    for app in &spec.apps {
        let versions: Vec<String> = app
            .lines
            .iter()
            .map(|line| {
                format!(
                    "{} = \"{}{{version}}\"",
                    line.platform,
                    app.jira_version_prefix(line.platform)
                )
            })
            .collect();
        let _ = write!(
            text,
            "[sources.jira.apps.{}]\nproject = \"{}\"\nblocking = \"labels = release-blocker\"\nversions = {{ {} }}\n",
            app.id,
            app.jira_project,
            versions.join(", ")
        );
    }
}

fn stores(text: &mut String, spec: &Spec, world: &Running) {
    let has = |platform| spec.apps.iter().filter(move |app| app.line(platform).is_some());
    if has(Platform::Android).next().is_some() {
        let _ = write!(
            text,
            "\n[sources.google-play]\nkind = \"google_play\"\nbase_url = \"{}\"\ncredentials = {{ env = \"DEMO_GOOGLE\" }}\n",
            world.base(Vendor::GooglePlay)
        );
        for app in has(Platform::Android) {
            let _ = write!(
                text,
                "[sources.google-play.apps.{}]\npackage = \"{}\"\n",
                app.id, app.package
            );
        }
    }
    if has(Platform::Ios).next().is_some() {
        let _ = write!(
            text,
            "\n[sources.app-store]\nkind = \"app_store\"\nbase_url = \"{}\"\nissuer = \"{}\"\nkey_id = \"{}\"\nkey = {{ env = \"DEMO_APPLE\" }}\n",
            world.base(Vendor::AppStore),
            spec::APPLE_ISSUER_ID,
            spec::APPLE_KEY_ID
        );
        for app in has(Platform::Ios) {
            let _ = write!(
                text,
                "[sources.app-store.apps.{}]\nbundle_id = \"{}\"\n",
                app.id, app.bundle_id
            );
        }
    }
}

fn sentry(text: &mut String, spec: &Spec, world: &Running) {
    let _ = write!(
        text,
        "\n[sources.sentry]\nkind = \"sentry\"\nbase_url = \"{}\"\norganization = \"{}\"\ntoken = {{ env = \"DEMO_SENTRY\" }}\n",
        world.base(Vendor::Sentry),
        spec::SENTRY_ORG
    );
    for app in &spec.apps {
        for line in &app.lines {
            let _ = write!(
                text,
                "[sources.sentry.apps.{}.platforms.{}]\nproject = {}\nrelease = \"{}@{{version}}+{{build}}\"\nproduction = \"production\"\nbeta = \"beta\"\n",
                app.id,
                line.platform,
                line.sentry_project,
                app.sentry_package(line.platform)
            );
        }
    }
}

/// The secrets that the simulated vendors take. They open nothing else.
pub(super) struct DemoSecrets {
    google: String,
    admin: String,
}

impl DemoSecrets {
    pub(super) fn of(world: &Running) -> Self {
        let token_uri = format!("{}/token", world.base(Vendor::GooglePlay));
        Self { google: spec::google_service_account(&token_uri), admin: random_token() }
    }
    pub(super) fn admin(&self) -> String {
        self.admin.clone()
    }
}

/// Known to this process alone: the standard library seeds its hashers from the system's randomness.
fn random_token() -> String {
    let part = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", part(), part())
}

impl Secrets for DemoSecrets {
    fn env(&self, name: &str) -> Option<String> {
        Some(match name {
            "DEMO_ADMIN" => self.admin.clone(),
            "DEMO_GITHUB" => spec::GITHUB_TOKEN.to_owned(),
            "DEMO_JIRA" => spec::JIRA_TOKEN.to_owned(),
            "DEMO_GOOGLE" => self.google.clone(),
            "DEMO_APPLE" => spec::apple_private_key().to_owned(),
            "DEMO_SENTRY" => spec::SENTRY_TOKEN.to_owned(),
            _ => return None,
        })
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Err("the demo has no files".to_owned())
    }
}
