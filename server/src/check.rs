//! `signalbox check`: what is wrong with a configuration, and whether every source answers, with what rights.

use crate::{Failure, serve, wire::WallClock};
use ports::Clock as _;
use std::path::PathBuf;
use std::process::ExitCode;

pub(crate) async fn check(file: PathBuf) -> Result<ExitCode, Failure> {
    let config = serve::load(&file)?;
    println!("{}: {} apps, {} sources", file.display(), config.apps.len(), config.sources.len());
    let now = WallClock.now();
    let probes = config.sources.iter().map(|(id, source)| async move {
        (id, source.reads.title(), source.reads.probe(now).await)
    });
    let mut wrong = 0;
    for (id, title, probe) in futures::future::join_all(probes).await {
        println!("\n{id} ({title})");
        for line in &probe.good {
            println!("  ok     {line}");
        }
        for line in &probe.wrong {
            println!("  wrong  {line}");
        }
        wrong += probe.wrong.len();
    }
    if config.sources.is_empty() {
        println!(
            "\nNo source is configured, so everything will be unknown; add [sources.github] or another"
        );
    }
    if wrong == 0 {
        println!("\nAll sources answer.");
        Ok(ExitCode::SUCCESS)
    } else {
        println!(
            "\n{wrong} things to mend. `signalbox serve` starts all the same; what a source does not tell is unknown."
        );
        Ok(ExitCode::FAILURE)
    }
}
