//! Entries as lines of a table that spreadsheets open (RFC 4180), where no text of ours is taken for a formula.

use conductor::journal::{Actor, Entry};

const COLUMNS: [&str; 13] = [
    "number",
    "at",
    "who",
    "name",
    "app",
    "platform",
    "version",
    "kind",
    "text",
    "why",
    "data",
    "previous_hash",
    "hash",
];

/// The columns' names.
pub(super) fn heading() -> String {
    row(&COLUMNS.map(str::to_owned))
}

/// One entry.
pub(super) fn line(entry: &Entry) -> String {
    let draft = &entry.draft;
    let (who, name) = match &draft.actor {
        Actor::Conductor => ("conductor", ""),
        Actor::Person { name } => ("person", name.as_str()),
        Actor::World { source } => ("world", source.as_str()),
    };
    let track = draft.track.as_ref();
    let of = |part: fn(&conductor::TrackId) -> String| track.map(part).unwrap_or_default();
    row(&[
        entry.number.to_string(),
        draft.at.to_string(),
        who.to_owned(),
        name.to_owned(),
        of(|it| it.app.to_string()),
        of(|it| it.platform.to_string()),
        of(|it| it.version.to_string()),
        draft.kind.as_str().to_owned(),
        draft.text.clone(),
        draft.why.clone(),
        if draft.data.is_null() { String::new() } else { draft.data.to_string() },
        entry.previous_hash.clone(),
        entry.hash.clone(),
    ])
}

fn row(cells: &[String; COLUMNS.len()]) -> String {
    cells.each_ref().map(|cell| quoted(cell)).join(",") + "\r\n"
}

/// A cell. What a spreadsheet would calculate gets an apostrophe in front, also behind blanks, which some pass over.
fn quoted(cell: &str) -> String {
    let calculates = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || cell.starts_with(['\t', '\r', '\n']);
    let mark = if calculates { "'" } else { "" };
    if calculates || cell.contains(['"', ',', '\r', '\n', ';', '\t']) {
        format!("\"{mark}{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for (cell, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("+49", "\"'+49\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            (" =1", "\"' =1\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("plain = text", "plain = text"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), expected, "{cell:?}");
        }
    }
}
