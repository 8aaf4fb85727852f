//! What bundling keeps, and what it says about a mistake.

use std::fs;
use std::path::PathBuf;

use super::bundle;

fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("xtask-styles-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[test]
fn imports_become_one_sheet_and_modern_css_stays_as_it_was_written() {
    let folder = folder(
        "modern",
        &[
            (
                "main.css",
                "@layer tokens, components;\n@import \"./tokens.css\" layer(tokens);\n@import \"./lamp.css\" layer(components);\n",
            ),
            (
                "tokens.css",
                ":root { color-scheme: light dark; --ink: light-dark(#111, #eee); color: light-dark(#123456, #abcdef); }",
            ),
            (
                "lamp.css",
                "/* gone */ .lamp { color: var(--ink); &[data-signal=\"red\"] { inset-inline: 0; } @container (width > 30rem) { gap: 1px; } }",
            ),
        ],
    );
    let sheet = bundle(&folder.join("main.css")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        sheet,
        "@layer tokens{:root{color-scheme:light dark;--ink:light-dark(#111,#eee);color:light-dark(#123456,#abcdef)}}@layer components{.lamp{color:var(--ink);&[data-signal=red]{inset-inline:0}@container (width>30rem){gap:1px}}}"
    );
}

#[test]
fn the_order_of_layers_is_the_one_that_was_declared_and_not_that_of_the_imports() {
    let folder = folder(
        "order",
        &[
            (
                "main.css",
                "@layer tokens, states, components;\n@import \"./lamp.css\" layer(components);\n@import \"./tokens.css\" layer(tokens);\n",
            ),
            ("tokens.css", ":root { gap: 1px }"),
            ("lamp.css", ".lamp { gap: 2px }"),
        ],
    );
    let sheet = bundle(&folder.join("main.css")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(
        sheet,
        "@layer tokens{:root{gap:1px}}@layer states;@layer components{.lamp{gap:2px}}"
    );
}

#[test]
fn a_mistake_is_told_with_file_and_line() {
    let folder = folder(
        "mistake",
        &[("main.css", "@import \"./part.css\";\n"), ("part.css", ".a { color: red; }\n.b } {\n")],
    );
    let error = bundle(&folder.join("main.css")).unwrap_err();
    fs::remove_dir_all(&folder).unwrap();
    assert!(error.contains("part.css:2:"), "{error}");
}
