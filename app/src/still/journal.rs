//! `/journal`: everything that moved, newest first, narrowed by a form whose fields stand in the address.

mod entry;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use conductor::board::Board;
use conductor::journal::{Entry, EntryKind};

use super::{Frame, Place, page_head, panel};
use crate::format::plain;
use crate::plain::{El, el};
use crate::shell::Assets;

/// The filters by their names in the address, in the order of the form.
pub const FILTERS: [&str; 7] = ["app", "platform", "version", "kind", "who", "from", "until"];

/// The address of the page.
pub const PATH: &str = "/journal";

/// What somebody asks for, as they wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The filters that are not empty, by name.
    pub filters: BTreeMap<&'static str, String>,
    /// Only what is older than this entry: a later page.
    pub before: Option<i64>,
    /// What cannot be read, by the name of its field.
    pub wrong: BTreeMap<String, String>,
}

impl Asked {
    fn field(&self, name: &str) -> &str {
        self.filters.get(name).map_or("", String::as_str)
    }

    /// An address with these filters, that page further back.
    fn address(&self, path: &str, before: Option<i64>) -> String {
        let mut address = path.to_owned();
        let before = before.map(|it| ("before", it.to_string()));
        let filters = self.filters.iter().map(|(name, value)| (*name, value.clone()));
        for (place, (name, value)) in filters.chain(before).enumerate() {
            let _ = write!(address, "{}{name}=", if place == 0 { '?' } else { '&' });
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    address.push(char::from(byte));
                } else {
                    let _ = write!(address, "%{byte:02X}");
                }
            }
        }
        address
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub enum Found {
    /// These, newest first, and whether there are older ones.
    Entries(Vec<Entry>, bool),
    /// Nothing was looked for: a filter cannot be read.
    Wrong,
    /// The database does not answer, for this reason.
    Away(String),
}

/// The page, for a visitor of that name.
pub fn page(
    assets: &Assets,
    board: &Board,
    asked: &Asked,
    found: &Found,
    visitor: Option<String>,
) -> String {
    let state = match found {
        Found::Entries(..) => "Everything that moved, newest first.",
        Found::Wrong => "A filter cannot be read.",
        Found::Away(_) => "The journal cannot be read now.",
    };
    let frame = Frame { visitor, ..Frame::new("Journal", state, Place::Journal) };
    frame
        .document(assets, vec![page_head("Journal", state), form(board, asked), list(asked, found)])
}

fn form(board: &Board, asked: &Asked) -> El {
    let apps = board.apps.iter().map(|it| (it.id.to_string(), it.name.clone())).collect();
    let platforms: BTreeMap<String, String> = board
        .apps
        .iter()
        .flat_map(|app| &app.lines)
        .map(|it| (it.platform.to_string(), it.platform.title().to_owned()))
        .collect();
    let kinds =
        EntryKind::ALL.map(|it| (it.as_str().to_owned(), it.title().to_owned())).into_iter();
    let fields = vec![
        choice(asked, "app", "App", apps),
        choice(asked, "platform", "Platform", platforms.into_iter().collect()),
        text(asked, "version", "Version", "9.1.24"),
        choice(asked, "kind", "Kind", kinds.collect()),
        text(asked, "who", "Who: people, conductor, world, or a name", "people"),
        text(asked, "from", "From (a day or a time, UTC)", "2026-03-12"),
        text(asked, "until", "Until, the day included", "2026-03-14"),
    ];
    let known = |name: &String| !FILTERS.contains(&name.as_str());
    let others = asked.wrong.iter().filter(|(name, _)| known(name)).map(|(name, words)| {
        el("p").class("wrong").attr("role", "alert").add(plain(&format!("{name}: {words}"), 300))
    });
    el("form")
        .class("panel sought")
        .attr("method", "get")
        .attr("action", PATH)
        .attr("aria-label", "Filter the journal")
        .add(fields)
        .add(
            el("p")
                .class("row")
                .add(el("button").class("btn is-primary").add("Show"))
                .add(el("a").class("btn is-quiet").attr("href", PATH).add("Clear")),
        )
        .add(others.collect::<Vec<_>>())
}

fn choice(asked: &Asked, name: &'static str, label: &str, mut of: Vec<(String, String)>) -> El {
    let chosen = asked.field(name);
    // What is no longer on the board is still in the journal.
    if !chosen.is_empty() && !of.iter().any(|(id, _)| id == chosen) {
        of.push((chosen.to_owned(), chosen.to_owned()));
    }
    let options = of.into_iter().map(|(id, title)| {
        let is_chosen = (id == chosen).then_some("");
        el("option").attr_if("selected", is_chosen).attr("value", id).add(plain(&title, 60))
    });
    let select = el("select")
        .add(el("option").attr("value", "").add("All"))
        .add(options.collect::<Vec<_>>());
    field(asked, name, label, select)
}

fn text(asked: &Asked, name: &'static str, label: &str, such_as: &'static str) -> El {
    let value = plain(asked.field(name), 120);
    let input = el("input")
        .attr("type", "text")
        .attr("value", value)
        .attr("placeholder", such_as)
        .attr("autocomplete", "off")
        .attr("maxlength", "100");
    field(asked, name, label, input)
}

fn field(asked: &Asked, name: &'static str, label: &str, input: El) -> El {
    let wrong = asked.wrong.get(name);
    let id = format!("wrong-{name}");
    let input = input
        .class("input")
        .attr("name", name)
        .attr_if("aria-invalid", wrong.map(|_| "true"))
        .attr_if("aria-describedby", wrong.map(|_| id.clone()));
    let words = wrong.map(|it| el("span").class("wrong").attr("id", id).add(plain(it, 300)));
    el("label").class("field").add(label.to_owned()).add(input).add(words)
}

fn list(asked: &Asked, found: &Found) -> El {
    let (entries, has_older) = match found {
        Found::Entries(entries, has_older) => (entries.as_slice(), *has_older),
        Found::Wrong => {
            return banner(
                "Nothing was looked for. Correct what is marked above, then press Show.",
            );
        }
        Found::Away(why) => return banner(&format!("Nothing can be shown: {why}")),
    };
    let remark = match entries {
        [newest, .., oldest] => format!("Entries {} to {}", newest.number, oldest.number),
        [one] => format!("Entry {}", one.number),
        [] => String::new(),
    };
    let panel = panel("h-entries", "Entries", remark);
    let panel = if entries.is_empty() {
        panel.add(el("p").class("none muted").add(nothing(asked)))
    } else {
        panel.add(entries.iter().map(entry::view).collect::<Vec<_>>())
    };
    let older = entries.last().filter(|_| has_older).map(|it| it.number);
    let link = |label: &'static str, address: String| {
        el("a").class("btn is-small").attr("href", address).add(label)
    };
    panel.add(
        el("p")
            .class("row none")
            .add(older.map(|it| link("Older", asked.address(PATH, Some(it))).attr("rel", "next")))
            .add(asked.before.map(|_| link("Newest", asked.address(PATH, None))))
            .add(link("All of these as JSON Lines", asked.address("/journal.jsonl", None)))
            .add(link("As CSV", asked.address("/journal.csv", None))),
    )
}

fn nothing(asked: &Asked) -> &'static str {
    match (asked.filters.is_empty(), asked.before) {
        (_, Some(_)) => "There is nothing older.",
        (true, None) => "Nothing has moved yet. The first tick writes the first entry.",
        (false, None) => "No entry is like that. Take a filter away, or clear them all.",
    }
}

fn banner(words: &str) -> El {
    el("p").class("banner").attr("role", "alert").add(plain(words, 600))
}

#[cfg(test)]
mod tests;
