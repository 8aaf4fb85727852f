//! Makes `target/site`, all that a browser loads: the wasm and its JavaScript, the style sheet, the public files.
//!
//! The folder is always `target/site` at the root of the repository, whatever CARGO_TARGET_DIR says, so that the server
//! crate finds it by a path that never changes. File names in `pkg/` carry a hash of their content, and each has its
//! brotli form beside it. `manifest.json` says which names are the present ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::json;
use wasm_bindgen_cli_support::Bindgen;

use crate::inputs::{fingerprint, local_crates, short_hash};
use crate::{inputs, styles, told};

const TARGET: &str = "wasm32-unknown-unknown";

/// What a first visit may load of wasm, JavaScript and style sheet together, compressed.
const BUDGET_BYTES: usize = 300 * 1000;

/// Small once compressed, which is what a visitor loads: functions are left whole, as brotli writes the likeness of two
/// down once, and a body put in place of a call is unlike any other. `-Oz` does so, and comes out 7 % larger.
///
/// Then every feature that rustc's wasm uses, by name. With `--all-features` the browser refuses the result.
const WASM_OPT: [&str; 13] = [
    "-O2",
    "--shrink-level=2",
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=0",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-reference-types",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-call-indirect-overlong",
];

/// How the site is made.
#[derive(Clone, Copy)]
pub(crate) struct Options {
    /// Quick to build and large to load, for whoever changes pages all day.
    quick: bool,
    within_budget: bool,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self { quick: false, within_budget: false };
        for word in words {
            match *word {
                "--release" => options.quick = false,
                "--dev" => options.quick = true,
                "--within-budget" => options.within_budget = true,
                other => {
                    return Err(format!(
                        "web: {other} is no option; there are --release (as without), --dev and --within-budget"
                    ));
                }
            }
        }
        Ok(options)
    }

    fn profile(self) -> &'static str {
        if self.quick { "dev" } else { "wasm" }
    }

    fn brotli_quality(self) -> i32 {
        if self.quick { 4 } else { 11 }
    }
}

/// A file that was put into the site.
struct Asset {
    /// Its address, from the root of the server.
    url: String,
    bytes: usize,
    brotli: usize,
}

/// Makes the site, or leaves it as it is if it was already made from the same inputs.
pub(crate) fn make(root: &Path, options: Options) -> Result<(), String> {
    let site = root.join("target/site");
    let made_from = root.join("target/site.made-from");
    let now = all_inputs(root, options)?;
    let manifest = site.join("manifest.json");
    let is_made = fs::read_to_string(&made_from).is_ok_and(|before| before == now);
    if !(is_made && manifest.is_file()) {
        // Gone first: a run that fails half-way must not look like one that ended.
        remove_if_there(&made_from)?;
        make_anew(root, &site, options)?;
        fs::write(&made_from, now).map_err(told(made_from.display()))?;
    }
    report(&manifest, options, is_made)
}

fn all_inputs(root: &Path, options: Options) -> Result<String, String> {
    let mut paths = local_crates(root, "frontend")?;
    paths.extend(
        ["Cargo.toml", "Cargo.lock", "style", "public", "xtask/src", "xtask/package-lock.json"]
            .map(PathBuf::from),
    );
    let compiler = Command::new("rustc").arg("-vV").output().map_err(told("rustc -vV"))?;
    fingerprint(root, &paths, &[options.profile(), &String::from_utf8_lossy(&compiler.stdout)])
}

fn make_anew(root: &Path, site: &Path, options: Options) -> Result<(), String> {
    // The sheet first: a mistake in it shows before the long part.
    let sheet = styles::bundle(&root.join("style/main.css"))?;
    let still = styles::bundle(&root.join("style/still.css"))?;
    let raw = compile(root, options)?;
    let work = root.join("target/web");
    let (script, wasm, snippets) = bind(root, &raw, &work, options)?;

    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg).map_err(told(pkg.display()))?;
    let quality = options.brotli_quality();
    let put = |name: &str, bytes: &[u8]| put(site, &format!("pkg/{name}"), bytes, quality);
    let js = put(&format!("signalbox-{}.js", short_hash(&script)), &script)?;
    let wasm = put(&format!("signalbox-{}_bg.wasm", short_hash(&wasm)), &wasm)?;
    let css = put(&format!("main-{}.css", short_hash(sheet.as_bytes())), sheet.as_bytes())?;
    let still = put(&format!("still-{}.css", short_hash(still.as_bytes())), still.as_bytes())?;
    let mut kept = vec![js.url.clone(), wasm.url.clone(), css.url.clone(), still.url.clone()];
    // Snippets are imported by the script by these very names, which carry a hash of wasm-bindgen's own.
    for (name, bytes) in &snippets {
        kept.push(put(name, bytes)?.url);
    }
    for (name, bytes) in public_files(&root.join("public"))? {
        kept.push(self::put(site, &name, &bytes, quality)?.url);
    }

    let entry = |it: &Asset| json!({ "bytes": it.bytes, "brotli": it.brotli });
    let manifest = json!({
        "js": js.url, "wasm": wasm.url, "css": css.url, "still_css": still.url, "profile": options.profile(),
        "sizes": { "js": entry(&js), "wasm": entry(&wasm), "css": entry(&css) },
    });
    let text = format!("{manifest:#}\n");
    write_if_new(&site.join("manifest.json"), text.as_bytes())?;
    // Last, so that a server which reads from this folder finds either the old names or the new.
    remove_stale(site, &kept)
}

/// Compiles `frontend` and returns where the wasm is.
fn compile(root: &Path, options: Options) -> Result<PathBuf, String> {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root.join("target"), |it| root.join(it));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--package",
            "frontend",
            "--lib",
            "--target",
            TARGET,
            "--profile",
            options.profile(),
        ])
        .env("RUSTFLAGS", flags(root))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .current_dir(root)
        .status()
        .map_err(told("cargo build of frontend"))?;
    if !status.success() {
        return Err(format!(
            "cargo could not build `frontend` for {TARGET} ({status}); if the target is missing: scripts/setup.sh toolchain"
        ));
    }
    let folder = if options.quick { "debug" } else { options.profile() };
    Ok(target.join(TARGET).join(folder).join("frontend.wasm"))
}

/// Panics carry the paths of sources. Without these flags they would tell everyone where this machine keeps them, and
/// the same sources would make other bytes, and so other names, on every machine.
fn flags(root: &Path) -> String {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let here = format!("--remap-path-prefix={}=signalbox", root.display());
    // RUSTFLAGS are parted at spaces: a home with one in its name keeps its path.
    if home.is_empty() || home.contains(' ') {
        here
    } else {
        format!("{here} --remap-path-prefix={home}=cargo")
    }
}

type Files = Vec<(String, Vec<u8>)>;

/// The script, the wasm made small, and the snippets by their paths. What was made from the same wasm before is used
/// again: a change of style alone must not cost a run of wasm-opt.
fn bind(
    root: &Path,
    raw: &Path,
    work: &Path,
    options: Options,
) -> Result<(Vec<u8>, Vec<u8>, Files), String> {
    let input = fs::read(raw).map_err(told(raw.display()))?;
    let from = format!("{} {} {}", short_hash(&input), options.profile(), WASM_OPT.join(" "));
    let (script, bound, small) =
        (work.join("signalbox.js"), work.join("signalbox_bg.wasm"), work.join("small.wasm"));
    let made_from = work.join("made-from");
    if !fs::read_to_string(&made_from).is_ok_and(|before| before == from) {
        if work.exists() {
            fs::remove_dir_all(work).map_err(told(work.display()))?;
        }
        generate(&input, work).map_err(told("wasm-bindgen"))?;
        if options.quick {
            fs::rename(&bound, &small).map_err(told(bound.display()))?;
        } else {
            shrink(root, &bound, &small)?;
        }
        fs::write(&made_from, from).map_err(told(made_from.display()))?;
    }
    let read = |path: &Path| fs::read(path).map_err(told(path.display()));
    let mut snippets = BTreeSet::new();
    inputs::collect(&work.join("snippets"), &mut snippets)?;
    let snippets = snippets
        .iter()
        .map(|path| Ok((relative(work, path), read(path)?)))
        .collect::<Result<Files, String>>()?;
    Ok((read(&script)?, read(&small)?, snippets))
}

fn generate(input: &[u8], work: &Path) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("signalbox", input.to_vec());
    bindgen.web(true).map_err(|error| error.to_string())?;
    bindgen.typescript(false).remove_name_section(true).remove_producers_section(true);
    // The page gives the address of the wasm, as its name is not known when the script is made.
    bindgen.omit_default_module_path(true);
    bindgen.generate(work).map_err(|error| format!("{error:#}"))
}

fn shrink(root: &Path, input: &Path, output: &Path) -> Result<(), String> {
    let tool = root.join("xtask/node_modules/binaryen/bin/wasm-opt");
    if !tool.is_file() {
        return Err("wasm-opt is not there: run scripts/setup.sh web".to_owned());
    }
    println!("    making the wasm small (wasm-opt)");
    let began = Instant::now();
    let status = Command::new("node")
        .arg(&tool)
        .args(WASM_OPT)
        .arg(input)
        .arg("-o")
        .arg(output)
        .status()
        .map_err(told("node, which runs wasm-opt"))?;
    if !status.success() {
        return Err(format!("wasm-opt failed after {} s ({status})", began.elapsed().as_secs()));
    }
    Ok(())
}

fn public_files(public: &Path) -> Result<Files, String> {
    let mut files = BTreeSet::new();
    inputs::collect(public, &mut files)?;
    files
        .iter()
        .map(|path| Ok((relative(public, path), fs::read(path).map_err(told(path.display()))?)))
        .collect()
}

fn relative(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Writes a file and its brotli form, unless the compressed one would not be smaller (images, fonts).
fn put(site: &Path, name: &str, bytes: &[u8], quality: i32) -> Result<Asset, String> {
    let path = site.join(name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(told(folder.display()))?;
    }
    let url = format!("/{name}");
    let compressed_path = with_br(&path);
    let compressed = compress(bytes, quality).map_err(told(path.display()))?;
    write_if_new(&path, bytes)?;
    if compressed.len() < bytes.len() {
        write_if_new(&compressed_path, &compressed)?;
    } else {
        remove_if_there(&compressed_path)?;
    }
    Ok(Asset { url, bytes: bytes.len(), brotli: compressed.len().min(bytes.len()) })
}

fn compress(bytes: &[u8], quality: i32) -> std::io::Result<Vec<u8>> {
    let settings = brotli::enc::BrotliEncoderParams {
        quality,
        size_hint: bytes.len(),
        // The largest window that every browser must accept: 16 MB.
        lgwin: 24,
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut compressed, &settings)?;
    Ok(compressed)
}

fn with_br(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".br");
    PathBuf::from(name)
}

/// Leaves an equal file alone, so that cargo does not embed again what has not changed.
fn write_if_new(path: &Path, bytes: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    fs::write(&new, bytes).map_err(told(new.display()))?;
    fs::rename(&new, path).map_err(told(path.display()))
}

fn remove_if_there(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

fn remove_stale(site: &Path, kept: &[String]) -> Result<(), String> {
    let mut files = BTreeSet::new();
    inputs::collect(site, &mut files)?;
    for path in files {
        let url = format!("/{}", relative(site, &path));
        let plain = url.strip_suffix(".br").unwrap_or(&url);
        if url != "/manifest.json" && !kept.iter().any(|it| it == plain || *it == url) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// Says what a first visit loads, from the manifest, so that it is true of a site that was made earlier, too.
fn report(manifest: &Path, options: Options, was_made: bool) -> Result<(), String> {
    let text = fs::read_to_string(manifest).map_err(told(manifest.display()))?;
    let manifest: serde_json::Value =
        serde_json::from_str(&text).map_err(told(manifest.display()))?;
    let size = |part: &str, form: &str| -> usize {
        let found =
            manifest.pointer(&format!("/sizes/{part}/{form}")).and_then(serde_json::Value::as_u64);
        found.and_then(|it| usize::try_from(it).ok()).unwrap_or_default()
    };
    let kilobytes = |bytes: usize| format!("{:.1} kB", bytes as f64 / 1000.0);
    let parts = ["wasm", "js", "css"];
    for part in parts {
        println!(
            "    {part:<5}{:>11}   brotli{:>11}",
            kilobytes(size(part, "bytes")),
            kilobytes(size(part, "brotli"))
        );
    }
    let total: usize = parts.iter().map(|part| size(part, "brotli")).sum();
    let state = if was_made { "as it was" } else { "made" };
    println!("    a first visit loads {} (target/site {state})", kilobytes(total));
    if total > BUDGET_BYTES && !options.quick {
        let message = format!(
            "a first visit loads {}, and {} is the most it may",
            kilobytes(total),
            kilobytes(BUDGET_BYTES)
        );
        if options.within_budget {
            return Err(message);
        }
        eprintln!("    note: {message}");
    }
    Ok(())
}
