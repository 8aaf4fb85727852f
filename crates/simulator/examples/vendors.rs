//! Runs the demonstration's vendors alone, for a look with curl or with a client of one's own:
//!
//! ```sh
//! cargo run -p simulator --example vendors -- 127.0.0.1:4700 600
//! ```
//!
//! The second argument is how many times faster than life the world runs.

use std::sync::Arc;
use std::time::Instant;

use simulator::{Simulator, Spec, Vendor};

/// Monday, 9 March 2026, 08:00 UTC.
const START: i64 = 1_773_043_200_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().unwrap_or_else(|| "127.0.0.1:4700".to_owned());
    let speed: f64 = arguments.next().map_or(Ok(600.0), |text| text.parse())?;
    let began = Instant::now();
    let clock = Arc::new(move || START + (began.elapsed().as_secs_f64() * 1_000.0 * speed) as i64);
    let running = Simulator::start(Spec::demo(1, START)?, clock, &listen).await?;
    for vendor in Vendor::ALL {
        println!("{}", running.base(vendor));
    }
    tokio::signal::ctrl_c().await?;
    running.stop();
    Ok(())
}
