//! The command, as people and `make` run it.

use std::process::{Command, Output};

fn simulate(words: &[&str]) -> Output {
    let ran = Command::new(env!("CARGO_BIN_EXE_simulate")).args(words).output();
    ran.unwrap_or_else(|error| panic!("{error}"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn one_seed_is_run_and_told() {
    let output = simulate(&["--years", "0", "--seed", "7", "--days", "20", "--threads", "1"]);
    let told = said(&output);
    assert!(output.status.success(), "{told}");
    assert!(told.starts_with("seeds 7 to 7: 1 worlds, "), "{told}");
    assert!(told.contains(" faults, ") && told.contains(" actions of the conductor"), "{told}");
}

#[test]
fn a_guard_that_is_away_is_success_only_if_it_is_caught() {
    let words = ["--years", "50", "--days", "30", "--without", "unknown-stops"];
    let output = simulate(&words);
    assert!(output.status.success() && said(&output).contains("without unknown-stops: caught"));
    // A world without trains shows nothing.
    let output = simulate(&["--years", "0", "--days", "0", "--without", "unknown-stops"]);
    assert!(!output.status.success() && said(&output).contains("NOT caught"), "{output:?}");
}

#[test]
fn what_it_does_not_know_it_says() {
    let output = simulate(&["--yeers", "1"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("--yeers is not known"));
}
