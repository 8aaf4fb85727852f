//! `signalbox demo`: a simulated world in front of the very same program. The configuration that it runs with is
//! written, read and checked like anybody's; only the secrets and the clock are the demo's own.

mod configuration;
mod people;

use crate::config;
use crate::http::Site;
use crate::wire::{self, FastClock};
use crate::{Failure, serve};
use conductor::Moment;
use configuration::DemoSecrets;
use ports::Clock;
use simulator::{History, Simulator, Spec};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use store::SqliteStore;

/// What the command line asks for.
pub(crate) struct Wanted {
    pub(crate) listen: Option<String>,
    pub(crate) history: Option<PathBuf>,
    pub(crate) apps: Option<u16>,
    pub(crate) speed: Option<u32>,
    pub(crate) seed: u64,
    pub(crate) data: Option<PathBuf>,
    pub(crate) print_config: bool,
}

/// Twenty minutes a second: an eleven-day release takes a quarter of an hour, and somewhere a train moves every
/// half minute.
const PACE: u32 = 1_200;

pub(crate) async fn demo(wanted: Wanted) -> Result<ExitCode, Failure> {
    let pace = wanted.speed.unwrap_or(PACE);
    let start = wire::WallClock.now();
    let clock = Arc::new(FastClock { start, began: Instant::now(), pace });
    let spec = spec(&wanted, start)?;
    let simulated = Arc::clone(&clock);
    let world =
        Simulator::start(spec.clone(), Arc::new(move || simulated.now().millis()), "127.0.0.1:0")
            .await?;
    let listen = wanted.listen.clone().unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let text = configuration::toml(&spec, &world, &listen, pace);
    if wanted.print_config {
        print!("{text}");
        return Ok(ExitCode::SUCCESS);
    }
    let secrets = DemoSecrets::of(&world);
    let config = config::read(&text, Path::new("demo.toml"), &secrets)?;
    let store = match &wanted.data {
        Some(folder) => SqliteStore::open(folder.join("signalbox.db")).await?,
        None => SqliteStore::open_in_memory().await?,
    };
    let store = Arc::new(store);
    let engine = wire::engine(&config, store.clone(), clock.clone()).await?;
    let listener = serve::bind(config.server.listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let mut site = Site::new(Arc::clone(&engine), &config, clock, store.clone())?;
    site.may_speak_for_others = true;
    site.inboxes = wire::inboxes(&config);
    let people =
        tokio::spawn(people::sign_off(world, address.clone(), engine.published(), secrets.admin()));
    println!(
        "A simulated world, {pace} times as fast as life. Nothing here is real but the program."
    );
    println!("{address}");
    serve::run(listener, engine, site).await?;
    people.abort();
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

fn spec(wanted: &Wanted, start: Moment) -> Result<Spec, Failure> {
    let start_ms = start.millis();
    match (&wanted.history, wanted.apps) {
        (Some(file), _) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read ({error})", file.display()))?;
            let history =
                History::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(Spec::from_history(history, wanted.seed, start_ms))
        }
        (None, Some(apps)) => Ok(Spec::many(usize::from(apps), wanted.seed, start_ms)?),
        (None, None) => Ok(Spec::demo(wanted.seed, start_ms)?),
    }
}

#[cfg(test)]
mod tests;
