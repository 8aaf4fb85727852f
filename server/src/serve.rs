//! `signalbox serve`: the board of real sources.

use crate::config::{self, Config};
use crate::http::{self, Site};
use crate::{Failure, wire};
use connectors::Surroundings;
use engine::Engine;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use store::SqliteStore;
use tokio::net::TcpListener;

pub(crate) async fn serve(file: PathBuf, listen: Option<String>) -> Result<ExitCode, Failure> {
    let config = load(&file)?;
    let data = beside(&file, &config.server.data).join("signalbox.db");
    let store = Arc::new(SqliteStore::open(&data).await?);
    let engine = wire::engine(&config, store.clone(), Arc::new(wire::WallClock)).await?;
    let listen = match listen {
        Some(text) => text.parse().map_err(|_| {
            format!("--listen: `{text}` is no address with a port; write it as 127.0.0.1:3000")
        })?,
        None => config.server.listen,
    };
    let listener = bind(listen).await?;
    let sources =
        wire::source_names(&config).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let acts = if config.conductor.acts { "acts" } else { "watches only (conductor.acts = false)" };
    println!(
        "Signalbox: {} apps, sources: {}; the conductor {acts}",
        config.apps.len(),
        if sources.is_empty() { "none" } else { &sources }
    );
    println!("http://{}", listener.local_addr()?);
    let mut site =
        Site::new(Arc::clone(&engine), &config, Arc::new(wire::WallClock), store.clone())?;
    site.inboxes = wire::inboxes(&config);
    let herald = tokio::spawn(wire::herald(&engine, &config, Arc::new(wire::WallClock)));
    run(listener, engine, site).await?;
    herald.abort();
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Reads the configuration of a file.
pub(crate) fn load(file: &Path) -> Result<Config, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        format!("{} cannot be read ({error}); copy signalbox.example.toml there, or name another file with --config", file.display())
    })?;
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    Ok(config::read(&text, file, &Surroundings { folder })?)
}

/// A path as the configuration means it: from its own folder.
pub(crate) fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new(".")).join(path)
}

pub(crate) async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(listen)
        .await
        .map_err(|error| format!("{listen} cannot be listened on ({error}); end what listens there, or choose another with --listen").into())
}

/// Ticks and serves until the process is asked to end.
pub(crate) async fn run(
    listener: TcpListener,
    engine: Arc<Engine>,
    site: Site,
) -> Result<(), Failure> {
    let ticking = tokio::spawn(Arc::clone(&engine).run());
    let served = axum::serve(listener, http::router(site)).with_graceful_shutdown(asked_to_end());
    // Event streams never end by themselves: what is under way gets a moment, not for ever.
    tokio::select! {
        done = served => done?,
        () = async { asked_to_end().await; tokio::time::sleep(std::time::Duration::from_secs(2)).await } => {}
    }
    ticking.abort();
    engine.settle().await;
    Ok(())
}

async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            Err(_) => drop(interrupted.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupted.await);
}
