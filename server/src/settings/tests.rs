//! What is shown of a configuration, and a process as TOML.
use super::*;
use crate::config::process;
use crate::config::{self, SHIPPED};
use connectors::Secrets;
use std::path::Path;

/// Gives each secret that is asked for.
struct Told;

impl Secrets for Told {
    fn env(&self, _: &str) -> Option<String> {
        Some("hunter2-secret".to_owned())
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Ok("hunter2-secret".to_owned())
    }
}

const TEXT: &str = r#"
[server.admin]
name = "Mira"
token = { env = "ADMIN_TOKEN" }
[windows.release]
days = ["mon", "thu"]
from = "09:00"
until = "16:00"
zone = "Europe/Stockholm"
binds = ["regular", "hotfix"]
[[windows.release.freezes]]
name = "Christmas"
from = "2026-12-18T16:00"
until = "2027-01-04T08:00"
[[windows.release.freezes]]
name = "Weekend"
from = "fri 15:00"
until = "mon 07:00"
[apps.music]
name = "Music"
[apps.music.platforms.android]
hotfix_process = "hotfix"
store = "google_play"
[sources.jira]
kind = "jira"
base_url = "https://tunelark.atlassian.net"
email = "signalbox@tunelark.example"
token = { env = "JIRA_TOKEN" }
[sources.jira.apps.music]
project = "MUS"
blocking = "priority = Blocker"
versions = { android = "Android {version}" }
"#;

#[test]
fn each_process_that_comes_with_the_product_reads_back_from_its_canonical_text() {
    for (name, text) in SHIPPED {
        let read = process::read(text, Path::new(name)).unwrap();
        let written = Configured::toml(&read).unwrap();
        let again = process::read(&written, Path::new(name)).unwrap();
        assert_eq!(again, read, "{name}:\n{written}");
        assert_eq!(Configured::toml(&again).unwrap(), written);
    }
}

#[test]
fn windows_and_freezes_are_told_in_local_words() {
    let config = config::read(TEXT, Path::new("signalbox.toml"), &Told).unwrap();
    let shown = Configured::of(&config).shown;
    assert_eq!(shown.windows.len(), 1);
    assert_eq!(shown.windows[0].open, "Mon, Thu, 09:00 to 16:00, Europe/Stockholm");
    assert_eq!(shown.windows[0].binds, "regular, hotfix");
    let freezes: Vec<&str> = shown.windows[0].freezes.iter().map(|it| it.1.as_str()).collect();
    assert_eq!(
        freezes,
        [
            "2026-12-18 16:00 until 2027-01-04 08:00, Europe/Stockholm",
            "every week, Fri 15:00 until Mon 07:00, Europe/Stockholm"
        ]
    );
}

#[test]
fn no_secret_and_no_name_of_one_is_among_what_is_shown() {
    let config = config::read(TEXT, Path::new("signalbox.toml"), &Told).unwrap();
    let shown = format!("{:?}", Configured::of(&config).shown);
    assert!(shown.contains("Jira"));
    for secret in ["hunter2", "JIRA_TOKEN", "ADMIN_TOKEN", "signalbox@tunelark"] {
        assert!(!shown.contains(secret), "{secret}");
    }
}
