//! Runs simulated years, seed after seed, and says what was found.

use conductor::Span;
use simulation::{Plan, Report, Tally, Weakness, crash, crashes, run};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

const USAGE: &str =
    "simulate [--years N] [--days N] [--seed S] [--threads N] [--without GUARD] [--story] [--crashes]

  --years N        run until so many years have passed in all worlds together (default 10)
  --seed S         the first seed; with --years 0, the only one
  --days N         days with faults in each world (default 60)
  --threads N      worlds side by side (default: as many as processors)
  --crashes        play the crash table instead: each durable step of each action, before and after, each reply
  --story          print the journal of each world that failed, and of the only one
  --without GUARD  take a guard away, and succeed only if that is caught:
                   lease-check look-again key-uniqueness hold-at-claim unknown-stops";

struct Wishes {
    years: i64,
    days: i64,
    seed: u64,
    threads: usize,
    without: Option<Weakness>,
    story: bool,
    crashes: bool,
}

fn wishes() -> Result<Wishes, String> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut wishes = Wishes {
        years: 10,
        days: 60,
        seed: 1,
        threads,
        without: None,
        story: false,
        crashes: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |text: String| text.parse::<i64>().map_err(|_| format!("{text} is no number"));
        match word.as_str() {
            "--years" => wishes.years = number(value()?)?,
            "--days" => wishes.days = number(value()?)?,
            "--seed" => wishes.seed = number(value()?)?.unsigned_abs(),
            "--threads" => wishes.threads = usize::try_from(number(value()?)?).unwrap_or(1).max(1),
            "--story" => wishes.story = true,
            "--crashes" => wishes.crashes = true,
            "--without" => {
                let name = value()?;
                let found = Weakness::ALL.into_iter().find(|it| it.as_str() == name);
                wishes.without = Some(found.ok_or(format!("{name} is no guard"))?);
            }
            _ => return Err(format!("{word} is not known")),
        }
    }
    Ok(wishes)
}

#[derive(Default)]
struct Sum {
    worlds: u64,
    millis: i64,
    faults: Tally,
    effects: usize,
    trains: usize,
    ticks: u64,
    entries: usize,
    wrong: Vec<Report>,
}

impl Sum {
    fn add(&mut self, report: Report) {
        self.worlds += 1;
        self.millis += report.span.as_millis();
        for (what, n) in &report.faults {
            *self.faults.entry(what).or_default() += n;
        }
        self.effects += report.effects;
        self.trains += report.trains;
        self.ticks += report.ticks;
        self.entries += report.entries;
        if !report.wrongs.is_empty() {
            self.wrong.push(report);
        }
    }
}

const YEAR: Span = Span::hours(24 * 365);

fn main() -> ExitCode {
    let wishes = match wishes() {
        Ok(wishes) => wishes,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    let began = Instant::now();
    if wishes.crashes {
        return table();
    }
    let (sum, next) = (Mutex::new(Sum::default()), AtomicU64::new(wishes.seed));
    let enough = AtomicBool::new(false);
    let wanted = YEAR.as_millis() * wishes.years;
    std::thread::scope(|scope| {
        for _ in 0..wishes.threads {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let plan = Plan { seed, days: wishes.days, weakness: wishes.without };
                    let mut report = run(&plan);
                    if wishes.story && (wishes.years == 0 || !report.wrongs.is_empty()) {
                        report.story.iter().for_each(|line| println!("{line}"));
                    }
                    report.story.clear();
                    // Only what the guard alone prevents is caught.
                    if plan.weakness.is_some()
                        && !run(&Plan { weakness: None, ..plan }).wrongs.is_empty()
                    {
                        report.wrongs.clear();
                    }
                    let Ok(mut sum) = sum.lock() else { return };
                    sum.add(report);
                    let caught = wishes.without.is_some() && !sum.wrong.is_empty();
                    if sum.millis >= wanted || caught || sum.wrong.len() >= 10 {
                        enough.store(true, Ordering::Relaxed);
                    }
                    if wishes.years == 0 {
                        return;
                    }
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap_or_default();
    tell(&wishes, &sum, began)
}

/// Plays the crash table.
fn table() -> ExitCode {
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let (mut cases, mut died, mut wrong) = (0, 0, 0);
    for case in crashes() {
        let settled = crash(case);
        cases += 1;
        died += usize::from(settled.died);
        let end = format!("{} effects, {}", settled.effects, settled.states.join(" then "));
        *ends.entry(end).or_default() += 1;
        if !settled.wrongs.is_empty() {
            wrong += 1;
            println!("{case:?}: {:?}", settled.wrongs);
        }
    }
    println!("{cases} cases, {died} crashes, {wrong} wrong");
    for (end, n) in ends {
        println!("  {n:>4} × {end}");
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn tell(wishes: &Wishes, sum: &Sum, began: Instant) -> ExitCode {
    let days = sum.millis / Span::hours(24).as_millis();
    let faults: u64 = sum.faults.values().sum();
    println!(
        "seeds {} to {}: {} worlds, {days} days ({}.{} years), {} trains, {} ticks",
        wishes.seed,
        wishes.seed + sum.worlds.max(1) - 1,
        sum.worlds,
        days / 365,
        days % 365 * 10 / 365,
        sum.trains,
        sum.ticks,
    );
    println!(
        "{faults} faults, {} actions of the conductor, {} journal entries, {} s",
        sum.effects,
        sum.entries,
        began.elapsed().as_secs()
    );
    for (what, n) in &sum.faults {
        println!("  {n:>7} × {what}");
    }
    for report in &sum.wrong {
        println!("seed {} (--seed {} --days {}):", report.seed, report.seed, wishes.days);
        for wrong in &report.wrongs {
            println!("    {wrong}");
        }
    }
    match (wishes.without, sum.wrong.is_empty()) {
        (None, true) => ExitCode::SUCCESS,
        (Some(guard), false) => {
            println!("without {}: caught", guard.as_str());
            ExitCode::SUCCESS
        }
        (Some(guard), true) => {
            println!("without {}: NOT caught", guard.as_str());
            ExitCode::FAILURE
        }
        (None, false) => ExitCode::FAILURE,
    }
}
