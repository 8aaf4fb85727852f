//! Invented names: apps, teams, people, and the words that hide where a history came from.

use super::{Opening, Suite};

/// A team with words by which folders are known to be its own. The first of a list takes before all others.
pub(crate) struct TeamSeed {
    pub(crate) name: &'static str,
    pub(crate) words: &'static [&'static str],
}

pub(crate) struct Demo {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) jira: &'static str,
    pub(crate) zone: &'static str,
    pub(crate) teams: &'static [TeamSeed],
    pub(crate) suites: &'static [Suite],
    pub(crate) lines: &'static [(&'static str, Opening)],
}

const RELEASE: TeamSeed = TeamSeed {
    name: "Release Engineering",
    words: &[
        ".buildkite",
        ".circleci",
        ".configure",
        ".bundle",
        ".github",
        "assets",
        "building",
        "config",
        "docker",
        "fastlane",
        "gradle",
        "lproj",
        "i18n",
        "localization",
        "metadata",
        "lib/resource",
        "scripts",
        "tools",
        "xcodeproj",
        "xcworkspace",
        "packages.",
        "keyring",
    ],
};

const fn check(name: &'static str, minutes: (i64, i64), flakiness: f64) -> Suite {
    Suite { name, is_status: false, minutes, flakiness }
}

const fn status(name: &'static str, minutes: (i64, i64), flakiness: f64) -> Suite {
    Suite { name, is_status: true, minutes, flakiness }
}

/// The demonstration's apps.
pub(crate) const DEMO: [Demo; 3] = [
    Demo {
        id: "larkcast",
        name: "Larkcast",
        jira: "LARK",
        zone: "Europe/Stockholm",
        teams: &[
            RELEASE,
            TeamSeed {
                name: "Playback",
                words: &["player", "audio", "video", "transcript", "automotive", "src"],
            },
            TeamSeed {
                name: "Library",
                words: &["podcasts", "filters", "profile", "model", "repositories", "shared"],
            },
            TeamSeed {
                name: "Discovery",
                words: &["discover", "search", "endofyear", "categories", "sharing", "whats"],
            },
            TeamSeed {
                name: "Accounts",
                words: &["account", "onboarding", "settings", "preferences", "server"],
            },
            TeamSeed { name: "Wear & Widgets", words: &["wear", "widget", "watch", "tasker"] },
            TeamSeed {
                name: "Design System",
                words: &["compose", "views", "/ui", "images", "swiftui", "utils"],
            },
        ],
        suites: &[
            check("unit", (6, 14), 0.02),
            check("lint", (2, 4), 0.01),
            check("end-to-end", (16, 34), 0.07),
        ],
        lines: &[
            ("pocket-casts-android", Opening::NearlyDone),
            ("pocket-casts-ios", Opening::Candidates),
            ("element-desktop", Opening::JustBranched),
        ],
    },
    Demo {
        id: "quillnote",
        name: "Quillnote",
        jira: "QUILL",
        zone: "Europe/Dublin",
        teams: &[
            RELEASE,
            TeamSeed {
                name: "Editor",
                words: &["editor", "note", "revision", "classes", "markdown", "verification"],
            },
            TeamSeed {
                name: "Sync",
                words: &["sync", "auth", "networking", "models", "state", "repositories", "di"],
            },
            TeamSeed { name: "Search", words: &["search", "tag", "widgets"] },
            TeamSeed {
                name: "Interface",
                words: &["components", "scss", "res", "icons", "dialog", "layout", "menu"],
            },
            TeamSeed { name: "Desktop Shell", words: &["desktop", "bin", "lib", "vip"] },
        ],
        suites: &[
            check("build-and-test", (9, 20), 0.03),
            check("ui-tests", (14, 30), 0.06),
            status("ci/size", (3, 6), 0.0),
        ],
        lines: &[
            ("simplenote-android", Opening::JustBranched),
            ("simplenote-ios", Opening::RollingOut),
            ("simplenote-desktop", Opening::NearlyDone),
        ],
    },
    Demo {
        id: "burrow",
        name: "Burrow",
        jira: "BURROW",
        zone: "Europe/Stockholm",
        teams: &[
            RELEASE,
            TeamSeed {
                name: "Tunnel",
                words: &["talpid", "daemon", "wireguard", "tunnel", "relay", "routing", "exclude"],
            },
            TeamSeed {
                name: "Accounts & API",
                words: &["api", "rest", "rpc", "types", "setup", "cli", "payment", "billing"],
            },
            TeamSeed { name: "Quality", words: &["test", "problem"] },
            TeamSeed { name: "Android", words: &["android"] },
            TeamSeed { name: "iOS", words: &["ios"] },
            TeamSeed { name: "Desktop", words: &["gui", "desktop", "windows", "app"] },
        ],
        suites: &[
            check("unit", (5, 12), 0.02),
            check("clippy", (3, 6), 0.01),
            check("end-to-end", (22, 45), 0.06),
            status("translations", (1, 3), 0.0),
        ],
        lines: &[
            ("mullvad-vpn-android", Opening::Candidates),
            ("mullvad-vpn-ios", Opening::NearlyDone),
            ("mullvad-vpn-desktop", Opening::Candidates),
        ],
    },
];

/// For apps without teams of their own.
pub(crate) const PLAIN_TEAMS: &[TeamSeed] = &[
    RELEASE,
    TeamSeed { name: "Core", words: &["core", "model", "services", "daemon", "src"] },
    TeamSeed { name: "Interface", words: &["ui", "views", "components", "gui", "res", "app"] },
    TeamSeed { name: "Accounts", words: &["account", "auth", "server", "api", "settings"] },
    TeamSeed { name: "Quality", words: &["test"] },
];

/// Who looks after a folder: the first team, which knows plumbing, else the first with a word in it.
pub(crate) fn owner_of(area: &str, teams: &[TeamSeed]) -> Option<usize> {
    let area = area.to_lowercase();
    teams.iter().position(|team| team.words.iter().any(|word| area.contains(word)))
}

/// Words of a source app, each with what the demonstration shows instead.
pub(crate) fn disguise(app: &str, shown: &str) -> Vec<(String, String)> {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            first.to_uppercase().chain(letters).collect::<String>()
        })
    };
    let parts: Vec<&str> = app.split('-').collect();
    let (low, camel) = (shown.to_lowercase().replace(' ', ""), shown.replace(' ', ""));
    let mut pairs = vec![
        (parts.concat(), low.clone()),
        (app.to_owned(), low.clone()),
        (app.replace('-', "_"), low.clone()),
        (parts.iter().map(|part| capital(part)).collect(), camel.clone()),
        ("riot.im".to_owned(), "site".to_owned()),
        ("simperium".to_owned(), "sync".to_owned()),
    ];
    // Common words, such as the first of two, would rewrite folders that have nothing to do with the name.
    if let Some(first) = parts.first().filter(|first| !["pocket", "corona"].contains(first)) {
        pairs.push(((*first).to_owned(), low));
        pairs.push((capital(first), camel));
    }
    pairs
}

/// The nth app of a large world: id and name. No two are alike.
pub(crate) fn invented(number: usize) -> (String, String) {
    const HEADS: [&str; 16] = [
        "Amber", "Birch", "Cinder", "Dapple", "Ember", "Fern", "Gorse", "Hazel", "Iris", "Juniper",
        "Kestrel", "Linden", "Maple", "Nettle", "Osprey", "Pine",
    ];
    const TAILS: [&str; 8] = ["way", "note", "cast", "field", "post", "trail", "shelf", "beam"];
    let head = HEADS.get(number % 16).copied().unwrap_or("Amber");
    let tail = TAILS.get((number / 16) % 8).copied().unwrap_or("way");
    let name = match number / 128 {
        0 => format!("{head}{tail}"),
        more => format!("{head}{tail} {more}"),
    };
    (name.to_lowercase().replace(' ', "-"), name)
}

/// People of many places; none of them is anybody.
pub(crate) const PEOPLE: &[&str] = &[
    "Adaeze Okonjo",
    "Aino Lehtovaara",
    "Alejandra Quiroga",
    "Amina Benhaddou",
    "Anneke Vroom",
    "Aroha Tamatea",
    "Arjun Venkatesan",
    "Beatriz Sarmento",
    "Bjarne Haugland",
    "Chiara Montefusco",
    "Daichi Moriwaki",
    "Dina Kassab",
    "Emeka Nwachuku",
    "Eszter Halmos",
    "Farid Golestan",
    "Fatou Diarra",
    "Freya Lindqvist",
    "Gwen Pritchard",
    "Hana Novotná",
    "Ibrahim Yıldız",
    "Ines Carvalhal",
    "Iolana Kealoha",
    "Jelena Marković",
    "Jonas Ekdahl",
    "Kavya Raghunath",
    "Kwame Asantewa",
    "Leila Haddadin",
    "Linh Dao",
    "Lucía Fuentealba",
    "Mads Thorup",
    "Mahlet Tesfaye",
    "Marek Zieliński",
    "Mei-Ling Khoo",
    "Nadia Petrova",
    "Noor van Dijken",
    "Oisín Gallagher",
    "Oluwaseun Adeyinka",
    "Paulo Teixeira",
    "Priya Chandrasekar",
    "Quynh Pham",
    "Rania Sabbagh",
    "Rasmus Kivelä",
    "Sefa Tuilagi",
    "Sofía Urrutia",
    "Tariq Mansouri",
    "Thandiwe Mokoena",
    "Tomasz Wrona",
    "Ximena Barrientos",
    "Yael Rosenthal",
    "Yuki Hasegawa",
    "Zanele Dube",
    "Zoë Marchetti",
];
