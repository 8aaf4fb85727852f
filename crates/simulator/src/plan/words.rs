//! What commits and bugs are called. Histories tell folders and times; authors and messages are invented.

use super::Commit;
use crate::draw::Draw;
use crate::platform::Platform;
use crate::spec::{AppSpec, Person};

/// Folders whose changes alone ask for no new candidate: versions, translations, notes, the workshop itself.
pub(super) fn is_plumbing(area: &str) -> bool {
    const WORDS: [&str; 22] = [
        "(root)",
        "lproj",
        "localization",
        "i18n",
        "metadata",
        "fastlane",
        "config",
        ".buildkite",
        ".circleci",
        ".github",
        ".configure",
        ".bundle",
        "res",
        "lib/resource",
        "dist-assets",
        "assets",
        "scripts",
        "version",
        "gradle",
        "docker",
        "xcodeproj",
        "keyring",
    ];
    let area = area.to_lowercase();
    WORDS.iter().any(|word| {
        if *word == "res" { area == "res" || area.ends_with("/res") } else { area.contains(word) }
    })
}

const FIXES: [&str; 14] = [
    "Fix a crash when {it} opens without a network",
    "Keep the scroll position of {it}",
    "Do not load {it} twice",
    "Show an error instead of an empty {it}",
    "Close the cursor that {it} leaves open",
    "Stop {it} from waking the device at night",
    "Read {it} off the main thread",
    "Respect the system font size in {it}",
    "Handle a missing account in {it}",
    "Fix a race when {it} is closed early",
    "Guard {it} against a null title",
    "Make {it} reachable by keyboard",
    "Restore {it} after the process was killed",
    "Use the right plural in {it}",
];
const PLUMBING: [&str; 6] = [
    "Bump version",
    "Update translations",
    "Update release notes",
    "Prepare the next build",
    "Pin the toolchain image",
    "Update screenshots and metadata",
];

/// `features/player` is about the player.
fn subject(area: &str) -> String {
    let last = area.rsplit('/').next().unwrap_or(area);
    let spaced: String =
        last.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    if words.is_empty() || words == "src" || words == "app" {
        "the start screen".to_owned()
    } else {
        format!("the {words} view")
    }
}

/// One commit: `ids` are its sha and its parent's, `place` its depth and moment.
pub(super) fn commit(
    app: &AppSpec,
    draw: Draw,
    ids: (String, Option<String>),
    place: (usize, i64),
    areas: Vec<String>,
    platform: Platform,
) -> Commit {
    let (sha, parent) = ids;
    let draw = draw.named("commit").named(&sha);
    let product = areas.iter().find(|area| !is_plumbing(area));
    let title = match product {
        Some(area) => {
            draw.pick(&FIXES).copied().unwrap_or_default().replace("{it}", &subject(area))
        }
        None => draw.pick(&PLUMBING).copied().unwrap_or_default().to_owned(),
    };
    let number = draw.named("pull request").between(900, 4_900);
    let title = if product.is_some() { format!("{title} (#{number})") } else { title };
    let author =
        product.and_then(|area| app.team_of(area)).or_else(|| app.teams.first()).map_or_else(
            || app.owner.clone(),
            |team| draw.named("author").pick(&team.people).unwrap_or(&app.owner).clone(),
        );
    Commit { sha, parent, depth: place.0, at: place.1, author, title, areas, platform }
}

const BUGS: [&str; 16] = [
    "Crash on start after the update",
    "{team}: the app freezes when coming back from the background",
    "{team}: spinner never ends on a slow network",
    "Sign-in fails for accounts with two devices",
    "{team}: button hidden behind the keyboard",
    "{team}: text cut off in German",
    "Battery use doubled since the last candidate",
    "{team}: list is empty after the migration",
    "Notifications arrive twice",
    "{team}: screen reader jumps to the end",
    "Dark theme: white flash between screens",
    "{team}: crash when the disk is full",
    "Downloads restart from zero",
    "{team}: wrong order after sorting by date",
    "Title with <b>markup</b> & \"quotes\" breaks the header",
    "{team}: settings are lost after a restart",
];

/// A bug's summary.
pub(super) fn bug(draw: Draw, team: &str) -> String {
    draw.pick(&BUGS).copied().unwrap_or_default().replace("{team}", team)
}

/// Somebody of a team.
pub(super) fn someone(app: &AppSpec, draw: Draw, team: usize) -> &Person {
    app.teams.get(team).and_then(|team| draw.pick(&team.people)).unwrap_or(&app.owner)
}
