//! The binary `signalbox`: commands, configuration, wiring, HTTP. What it serves is the engine's board; what it
//! knows of vendors is in `connectors`.

mod access;
mod api;
mod audit;
mod check;
mod config;
mod database;
mod deeds;
mod demo;
mod forecast_report;
mod http;
mod import;
mod rules;
mod serve;
mod settings;
mod trial;
mod wire;

// Facts that are made up by hand; the pages' own tests use the same.
#[cfg(test)]
#[path = "../../app/examples/preview/fixtures.rs"]
#[expect(dead_code, reason = "not all of them is needed here")]
mod fixtures;

use clap::{Arg, ArgMatches, Command, value_parser};
use std::path::PathBuf;
use std::process::ExitCode;

fn commands() -> Command {
    let config = || {
        Arg::new("config")
            .long("config")
            .value_name("FILE")
            .default_value("signalbox.toml")
            .value_parser(value_parser!(PathBuf))
            .help("The configuration; signalbox.example.toml tells what can be in it")
    };
    let database = || {
        Arg::new("database")
            .long("database")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("The database, instead of that of the configuration")
    };
    let listen = || {
        Arg::new("listen")
            .long("listen")
            .value_name("ADDRESS")
            .help("Listen here, whatever the configuration says: 127.0.0.1:3000")
    };
    Command::new("signalbox")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A release manager's dashboard and a release conductor for mobile apps")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(Command::new("serve").about("Serve the board of real sources").arg(config()).arg(listen()))
        .subcommand(
            Command::new("check")
                .about("Check the configuration and try every source: whether it answers, with what rights, and what to do if not")
                .arg(config()),
        )
        .subcommand(
            Command::new("decide")
                .about("Decide one train from a file: what is found, what it waits for, what would be done")
                .arg(Arg::new("process").long("process").value_name("FILE").value_parser(value_parser!(PathBuf)).help("The process: a file, or the name of one that comes with Signalbox"))
                .arg(Arg::new("track").long("track").value_name("FILE").value_parser(value_parser!(PathBuf)).help("The train: what is known of it and what people said, in TOML or JSON"))
                .arg(Arg::new("now").long("now").value_name("TIME").help("The moment: 2026-03-12T09:00:00Z"))
                .arg(Arg::new("prose").long("prose").num_args(0).help("Print it as text, not as JSON"))
                .arg(Arg::new("schema").long("schema").num_args(0).help("Print the JSON Schema of a decision, and end")),
        )
        .subcommand(
            Command::new("audit")
                .about("Check the journal: its chain of hashes, and every move against what must always hold")
                .arg(config())
                .arg(database()),
        )
        .subcommand(
            Command::new("journal")
                .about("The journal's chain of hashes")
                .subcommand_required(true)
                .subcommand(
                    Command::new("verify")
                        .about("Verify the chain: how many entries it has, or the first that was changed, removed or put in")
                        .arg(config())
                        .arg(database()),
                ),
        )
        .subcommand(
            Command::new("backup")
                .about("Copy the database while it is in use, and check the copy; an existing file is never overwritten")
                .arg(Arg::new("file").value_name("FILE").required(true).value_parser(value_parser!(PathBuf)))
                .arg(config())
                .arg(database()),
        )
        .subcommand(
            Command::new("import")
                .about("Take in what happened before Signalbox")
                .subcommand_required(true)
                .subcommand(
                    Command::new("history")
                        .about("Take in past releases from files, so that insights have something to look back on")
                        .arg(Arg::new("files").value_name("FILE").num_args(1..).required(true).value_parser(value_parser!(PathBuf)).help("A release history; see crates/simulator/data"))
                        .arg(config()),
                ),
        )
        .subcommand(
            Command::new("rules")
                .about("Rules under test")
                .subcommand_required(true)
                .subcommand(
                    Command::new("test")
                        .about("Run a folder of examples and tell which are not decided as they expect")
                        .arg(Arg::new("folder").value_name("DIR").required(true).value_parser(value_parser!(PathBuf))),
                ),
        )
        .subcommand(
            Command::new("forecast-report")
                .about("Judge the forecasts on past releases: how many came by P50 and by P80, beside plain forecasts")
                .arg(Arg::new("files").value_name("FILE").num_args(1..).required(true).value_parser(value_parser!(PathBuf)).help("A release history; see crates/simulator/data"))
                .arg(Arg::new("json").long("json").num_args(0).help("Print JSON instead of a table")),
        )
        .subcommand(
            Command::new("demo")
                .about("Serve a simulated world in which trains move")
                .arg(listen())
                .arg(Arg::new("history").long("history").value_name("FILE").value_parser(value_parser!(PathBuf)).help("Play this release history instead of the three apps"))
                .arg(Arg::new("apps").long("apps").value_name("N").value_parser(value_parser!(u16).range(1..=200)).help("Play so many apps on three platforms each"))
                .arg(Arg::new("speed").long("speed").value_name("N").value_parser(value_parser!(u32).range(1..=20_000)).help("So many seconds pass in one [default: 1200]"))
                .arg(Arg::new("seed").long("seed").value_name("N").default_value("1").value_parser(value_parser!(u64)).help("What is drawn is drawn from this"))
                .arg(Arg::new("data").long("data").value_name("FOLDER").value_parser(value_parser!(PathBuf)).help("Keep the database here; without it, it is gone at the end"))
                .arg(Arg::new("print-config").long("print-config").num_args(0).help("Print the configuration that the demo runs with, and end")),
        )
}

fn main() -> ExitCode {
    let matches = commands().get_matches();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("SIGNALBOX_LOG").unwrap_or_else(|_| {
            tracing_subscriber::EnvFilter::new("warn,signalbox=info,engine=info,connectors=info")
        });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("signalbox: no threads to run on: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = match matches.subcommand() {
        Some(("serve", args)) => {
            runtime.block_on(serve::serve(path(args, "config"), text(args, "listen")))
        }
        Some(("check", args)) => runtime.block_on(check::check(path(args, "config"))),
        Some(("forecast-report", args)) => {
            forecast_report::report(&paths(args, "files"), args.get_flag("json"))
        }
        Some(("import", args)) => match args.subcommand() {
            Some(("history", args)) => {
                runtime.block_on(import::import(&paths(args, "files"), &path(args, "config")))
            }
            _ => Ok(ExitCode::FAILURE),
        },
        Some(("demo", args)) => runtime.block_on(demo::demo(demo::Wanted {
            listen: text(args, "listen"),
            history: args.get_one::<PathBuf>("history").cloned(),
            apps: args.get_one::<u16>("apps").copied(),
            speed: args.get_one::<u32>("speed").copied(),
            seed: args.get_one::<u64>("seed").copied().unwrap_or(1),
            data: args.get_one::<PathBuf>("data").cloned(),
            print_config: args.get_flag("print-config"),
        })),
        Some(("audit", args)) => runtime.block_on(audit::audit(which(args))),
        Some(("journal", args)) => match args.subcommand() {
            Some(("verify", args)) => runtime.block_on(database::verify_journal(which(args))),
            _ => Ok(ExitCode::FAILURE),
        },
        Some(("backup", args)) => {
            runtime.block_on(database::backup(which(args), &path(args, "file")))
        }
        Some(("decide", args)) => rules::decide_one(rules::Asked {
            process: args.get_one::<PathBuf>("process").cloned(),
            track: args.get_one::<PathBuf>("track").cloned(),
            now: text(args, "now"),
            prose: args.get_flag("prose"),
            schema: args.get_flag("schema"),
        }),
        Some(("rules", args)) => match args.subcommand() {
            Some(("test", args)) => rules::test(&path(args, "folder")),
            _ => Ok(ExitCode::FAILURE),
        },
        // clap refuses every other word before this.
        _ => Ok(ExitCode::FAILURE),
    };
    done.unwrap_or_else(|error| {
        eprintln!("signalbox: {}", error.to_string().trim_end());
        let mut cause = error.source();
        while let Some(why) = cause {
            eprintln!("  because: {why}");
            cause = why.source();
        }
        ExitCode::FAILURE
    })
}

/// What a command may end with besides success.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn which(args: &ArgMatches) -> database::Which {
    database::Which {
        config: path(args, "config"),
        database: args.get_one::<PathBuf>("database").cloned(),
    }
}

fn path(args: &ArgMatches, name: &str) -> PathBuf {
    args.get_one::<PathBuf>(name).cloned().unwrap_or_default()
}

fn paths(args: &ArgMatches, name: &str) -> Vec<PathBuf> {
    args.get_many::<PathBuf>(name).into_iter().flatten().cloned().collect()
}

fn text(args: &ArgMatches, name: &str) -> Option<String> {
    args.get_one::<String>(name).cloned()
}
