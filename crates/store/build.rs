//! A new migration file rebuilds the crate: the macro that embeds them sees only those it knew.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
