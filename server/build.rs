//! The pages are built into the program: when they change, it must be built anew.
fn main() {
    println!("cargo::rerun-if-changed=../target/site/manifest.json");
}
