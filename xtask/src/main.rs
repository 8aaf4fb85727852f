//! The project's own tools: what the browser loads is made here, and the rules that no compiler checks are checked here.
//!
//! A make target is one line into this program. It knows the layout of the repository and nothing of what the product does.

mod inputs;
mod licences;
mod styles;
mod tidy;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND
  web [--dev] [--within-budget]   make target/site: wasm, its JavaScript, style sheet, public files, all compressed
                                  --dev: quick to build and large to load; --within-budget: fail if it is too large
  tidy                            check the rules of the repository that no compiler checks
  licences                        check that every dependency may be used";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["web", options @ ..] => web::Options::parse(options).and_then(|it| web::make(&root(), it)),
        ["tidy"] => tidy::check(&root()),
        ["licences"] => licences::check(&root()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// The repository. Known from where this program was built, so it does the same from every folder.
fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// Puts what was being done in front of an error's own words.
fn told<E: std::fmt::Display>(doing: impl std::fmt::Display) -> impl FnOnce(E) -> String {
    move |error| format!("{doing}: {error}")
}
