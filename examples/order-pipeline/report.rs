//! What the run looked like: a slow order, a failed one, and all hops.

use tracehop_sdk::{Color, HopTable, Journey, JourneyExporter};

pub(crate) fn print(journeys: &JourneyExporter) {
    let all = journeys.journeys();
    let slowest = all.iter().filter(|journey| !journey.failed()).max_by_key(|journey| journey.duration());
    let retried = |journey: &&Journey| journey.hops().iter().any(|hop| hop.attempt > 1);
    let failed = || all.iter().filter(|journey| journey.failed());
    let failed = failed().find(retried).or_else(|| failed().next());
    for (what, journey) in [("The slowest order", slowest), ("An order that failed", failed)] {
        if let Some(journey) = journey {
            println!("\n{what}\n\n{}", journey.waterfall().color(Color::Auto));
        }
    }
    println!("\nAll hops\n\n{}", all.iter().collect::<HopTable>());
    if journeys.dropped() > 0 {
        println!("\n{} spans were too many to keep", journeys.dropped());
    }
}
