//! Each rule against the smallest text that breaks it, and against what looks like it and is fine.

use super::{Finding, Source, manifests, rust, words};

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

/// Compares findings as `line: what`.
#[track_caller]
fn check(findings: &[Finding], expected: &[&str]) {
    let found: Vec<String> =
        findings.iter().map(|it| format!("{}: {}", it.line, it.what)).collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn check_rust(text: &str, expected: &[&str]) {
    check(&rust::check(&source("a/src/b.rs", &format!("//! Head.\n{text}"))), expected);
}

#[track_caller]
fn check_words(text: &str, expected: &[&str]) {
    check(&words::check(&source("README.md", text)), expected);
}

#[track_caller]
fn check_css(text: &str, expected: &[&str]) {
    check(&words::colours(&source("style/components/lamp.css", text)), expected);
}

#[track_caller]
fn check_manifest(text: &str, expected: &[&str]) {
    check(&manifests::check(&source("crates/x/Cargo.toml", text)).unwrap(), expected);
}

#[test]
fn a_file_without_a_head_is_found() {
    check(&rust::check(&source("a.rs", "use b;\n")), &["1: the file does not open with `//!`"]);
}

#[test]
fn a_file_that_is_too_long_is_found() {
    check_rust(&"\n".repeat(599), &[]);
    check_rust(&"\n".repeat(600), &["0: 601 lines, and 600 is the most"]);
}

#[test]
fn a_lint_is_silenced_only_with_a_reason() {
    check_rust("#[allow(dead_code)]", &["2: a bare `allow`"]);
    check_rust("#![allow(dead_code)]", &["2: a bare `allow`"]);
    check_rust("#[expect(dead_code)]", &["2: an `expect` without a reason"]);
    check_rust("#[expect(dead_code, reason = \"shown later\")]", &[]);
    check_rust("#[expect(\n    dead_code,\n    reason = \"shown later\"\n)]", &[]);
    check_rust("// #[allow(dead_code)] is not for us", &[]);
}

#[test]
fn names_that_say_nothing_are_found_where_they_are_defined() {
    check_rust("pub(crate) struct TrackManager<T>;", &["2: the name TrackManager ends in Manager"]);
    check_rust("trait BoardService {}", &["2: the name BoardService ends in Service"]);
    check_rust("    pub async fn get_board() {}", &["2: the name get_board"]);
    check_rust("impl tower::Service<Request> for Board {}", &[]);
    check_rust("fn forget_it() {}", &[]);
    check_rust("let text = \"a struct FooManager\";", &[]);
}

#[test]
fn unwanted_words_are_found_as_words() {
    check_words("one\nTODO: later", &["2: the word \"TODO\""]);
    check_words("// FIXME", &["1: the word \"FIXME\""]);
    check_words("mastodon, todos", &[]);
    check_words("todo = \"warn\"", &[]);
    check_words("A Seamless start", &["1: the word \"seamless\""]);
}

#[test]
fn paths_of_one_machine_are_found_and_addresses_are_not() {
    check_words("see /home/jane/notes", &["1: a path of one machine (/home/…)"]);
    check_words("`/root/.cargo`", &["1: a path of one machine (/root/…)"]);
    check_words("https://example.org/home/page and app/home/x", &[]);
}

#[test]
fn colours_come_from_the_tokens() {
    check_css(".lamp { color: #c00; }", &["1: the colour #c00"]);
    check_css("a {\n  border-color: rgb(1 2 3);\n}", &["2: a colour by rgb(…)"]);
    check_css(".a { color: oklch(50% 0 0) }", &["1: a colour by oklch(…)"]);
    check_css(".a { color: var(--ink) !important }", &["1: !important"]);
    check_css(".a { color: color-mix(in oklch, var(--ink) 20%, transparent) }", &[]);
    check_css("/* #fff\n rgb(0 0 0) */ .a { color: var(--ink) } /* #000 */", &[]);
    check_css(".a { fill: url(#fade) }", &[]);
    check_css(".a { fill: url(\"sprite.svg#add\") }", &[]);
    check(&words::colours(&source("style/tokens.css", ":root { --ink: #111 }")), &[]);
}

#[test]
fn lines_are_counted_past_comments() {
    check_css("/* one\ntwo\nthree */\n.a { color: #fff }", &["4: the colour #fff"]);
}

#[test]
fn walls_between_crates_hold() {
    let engine = "[package]\nname = \"engine\"\n[lints]\nworkspace = true\n[dependencies]\nports.workspace = true\n";
    check_manifest(engine, &[]);
    check_manifest(&format!("{engine}store.workspace = true\n"), &["7: engine depends on store"]);
    check_manifest(
        &format!("{engine}[dev-dependencies]\nconnectors = {{ path = \"../connectors\" }}\n"),
        &["8: engine depends on connectors"],
    );
    let conductor = "[package]\nname = \"conductor\"\n[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";
    check_manifest(conductor, &[]);
    check_manifest(
        &format!("{conductor}ports.workspace = true\n"),
        &["7: conductor depends on ports"],
    );
}

#[test]
fn a_wall_is_not_climbed_by_renaming() {
    check_manifest(
        "[package]\nname = \"engine\"\n[lints]\nworkspace = true\n[dependencies]\nkept = { package = \"store\", path = \"../store\" }\n",
        &["0: engine depends on store"],
    );
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    check_manifest("[package]\nname = \"x\"\n", &["0: no `[lints] workspace = true`"]);
    check_manifest("[workspace]\nmembers = []\n", &[]);
}

#[test]
fn errors_are_written_one_way() {
    check_manifest(
        "[workspace.dependencies]\nthiserror = \"1\"\n",
        &["2: thiserror of another major version than 2"],
    );
    check_manifest("[workspace.dependencies]\nthiserror = { version = \"2.0.1\" }\n", &[]);
}

#[test]
fn two_versions_of_a_shared_library_are_found() {
    let package = |name: &str, version: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n")
    };
    let lock = |text: &str| manifests::check(&source("Cargo.lock", text)).unwrap();
    let two = package("axum", "0.7.9") + &package("axum", "0.8.9");
    check(&lock(&two), &["0: axum in 2 versions (0.7.9, 0.8.9)"]);
    check(&lock(&(package("syn", "1.0.0") + &package("syn", "2.0.0"))), &[]);
}

#[test]
fn a_lock_of_npm_names_no_host() {
    let lock = |text: &str| manifests::check(&source("end2end/package-lock.json", text)).unwrap();
    check(
        &lock("{\n  \"resolved\": \"https://mirror.example/x.tgz\"\n}"),
        &["2: an address of a package"],
    );
    check(&lock("{\n  \"integrity\": \"sha512-x\"\n}"), &[]);
}
