//! What a configuration says, and what bad ones get: file, line, key, what was found, what is allowed.
use super::*;
use std::collections::BTreeMap as Map;

struct Given(Map<&'static str, &'static str>);
impl Secrets for Given {
    fn env(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }
    fn file(&self, _: &Path) -> Result<String, String> {
        Err("entity not found".to_owned())
    }
}

fn given(pairs: &[(&'static str, &'static str)]) -> Given {
    Given(pairs.iter().copied().collect())
}

fn faults(text: &str) -> Vec<String> {
    match read(text, Path::new("signalbox.toml"), &given(&[("GITHUB_TOKEN", "ghp_canary")])) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.to_string().lines().map(str::to_owned).collect(),
    }
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    let faults = faults(text);
    assert!(!faults.is_empty(), "nothing was refused");
    for word in wanted {
        assert!(faults.iter().any(|fault| fault.contains(word)), "`{word}` is not in {faults:#?}");
    }
    assert!(!faults.iter().any(|fault| fault.contains("canary")), "a secret is told: {faults:#?}");
}

const SMALL: &str = r#"
[apps.music]
name = "Music"
[apps.music.platforms.android]
store = "google_play"
[sources.github]
kind = "github"
token = { env = "GITHUB_TOKEN" }
[sources.github.apps.music]
repository = "tunelark/mobile"
[sources.github.apps.music.platforms.android]
branch = "release/{version}"
"#;

#[test]
fn an_empty_file_is_a_configuration_without_apps() {
    let config = read("", Path::new("x.toml"), &given(&[])).map_err(|it| it.to_string()).unwrap();
    assert!(config.apps.is_empty() && config.sources.is_empty());
    assert!(!config.conductor.acts, "it first watches");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:3000");
}

#[test]
fn a_small_app_with_github_alone_is_ten_lines() {
    let config = read(SMALL, Path::new("x.toml"), &given(&[("GITHUB_TOKEN", "t0ken")]))
        .map_err(|it| it.to_string())
        .unwrap();
    assert_eq!(config.apps[0].name, "Music");
    assert_eq!(config.sources[0].0.as_str(), "github");
}

#[test]
fn the_example_beside_the_product_is_right() {
    let text = include_str!("../../../signalbox.example.toml").replace("{ file =", "{ env =");
    let key = simulator::spec::apple_private_key();
    let account: &'static str = Box::leak(
        simulator::spec::google_service_account("https://oauth2.googleapis.com/token")
            .into_boxed_str(),
    );
    let secrets = given(&[
        ("SIGNALBOX_ADMIN_TOKEN", "admin"),
        ("GITHUB_TOKEN", "github"),
        ("JIRA_TOKEN", "jira"),
        ("SLACK_TOKEN", "s"),
        ("SENTRY_TOKEN", "sentry"),
        ("secrets/google-play.json", account),
        ("secrets/AuthKey_2X9R4HXF34.p8", key),
    ]);
    let config = read(&text, Path::new("signalbox.example.toml"), &secrets)
        .map_err(|it| it.to_string())
        .unwrap();
    assert_eq!(config.sources.len(), 6);
    assert_eq!(config.windows["release"].to_string(), "Mon–Thu 09:00–16:00 Europe/Stockholm");
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_is_allowed() {
    says("[server]\nlistne = \"x\"\n", &["signalbox.toml:2", "server", "listne", "listen"]);
    says("[sorces.github]\n", &["signalbox.toml:1", "sorces", "did you mean `sources`?"]);
    says(&SMALL.replace("repository", "repo"), &["signalbox.toml:10", "sources.github", "repo"]);
}

#[test]
fn an_unknown_kind_of_source_says_which_there_are() {
    says(
        &SMALL.replace("kind = \"github\"", "kind = \"gitub\""),
        &["sources.github.kind", "`gitub`", "jira", "did you mean `github`?"],
    );
    says(&SMALL.replace("kind = \"github\"\n", ""), &["sources.github.kind", "is missing"]);
}

#[test]
fn messages_about_an_app_that_is_not_configured_are_refused() {
    let slack = "[sources.slack]\nkind = \"slack\"\ntoken = { env = \"GITHUB_TOKEN\" }\n\
        [[sources.slack.messages]]\napp = \"podcasts\"\nchannel = \"#releases\"\n";
    says(&format!("{SMALL}{slack}"), &["sources.slack", "apps.podcasts is not configured"]);
    let kinds = slack.replace("podcasts", "music") + "kinds = [\"gard\"]\n";
    says(&format!("{SMALL}{kinds}"), &["sources.slack", "unknown variant `gard`", "`guard`"]);
}

#[test]
fn a_wrong_type_says_where_and_what() {
    says("[conductor]\ntick_minutes = \"five\"\n", &["signalbox.toml:2", "conductor", "five"]);
    says("apps = 3\n", &["signalbox.toml:1", "apps"]);
    says("[server\n", &["signalbox.toml:1"]);
}

#[test]
fn a_missing_secret_names_key_and_variable_and_never_a_value() {
    let text = SMALL.replace("GITHUB_TOKEN", "OTHER_TOKEN");
    says(&text, &["signalbox.toml:8", "sources.github.token", "OTHER_TOKEN"]);
    let text = SMALL.replace("{ env = \"GITHUB_TOKEN\" }", "\"ghp_canary\"");
    says(&text, &["sources.github", "env = "]);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_file() {
    let text = "[server]\nlisten = \"nowhere\"\n[conductor]\ntick_minutes = 0\n[windows.release]\ndays = [\"someday\"]\nfrom = \"9\"\nuntil = \"16:00\"\nzone = \"Europe/Stockholm\"\n[apps.music]\nname = \"Music\"\n[apps.music.platforms.android]\nprocess = \"defualt\"\nstore = \"google_play\"\n";
    let faults = faults(text);
    says(text, &["server.listen", "conductor.tick_minutes", "someday", "did you mean `default`?"]);
    let lines: Vec<usize> =
        faults.iter().filter_map(|it| it.split(':').nth(1)?.parse().ok()).collect();
    assert!(lines.is_sorted(), "{faults:#?}");
    assert_eq!(faults.len(), 4, "{faults:#?}");
}

#[test]
fn a_source_for_an_app_that_is_not_configured_is_refused() {
    says(
        &SMALL
            .replace("[apps.music]", "[apps.radio]")
            .replace("[apps.music.platforms", "[apps.radio.platforms"),
        &["sources.github", "apps.music is not configured"],
    );
}

#[test]
fn a_name_that_cannot_stand_in_an_address_is_refused() {
    says(
        "[apps.\"My App\"]\nname = \"x\"\n[apps.\"My App\".platforms.android]\nstore = \"google_play\"\n",
        &["apps.My App", "lower-case"],
    );
}
