//! What the run looked like: a slow order, one that was tried again, one that was given up, all hops, and who called whom.

use tracehop_sdk::{Color, DependencyTable, Hop, HopTable, Journey, JourneyExporter};

pub(crate) fn print(journeys: &JourneyExporter) {
    let all = journeys.journeys();
    let (failed, well): (Vec<_>, Vec<_>) = all.iter().partition(|journey| had_failure(journey));
    let slowest = well.into_iter().max_by_key(|journey| journey.duration());
    let with =
        |wanted: fn(&Hop) -> bool| failed.iter().copied().find(|journey| journey.hops().iter().any(wanted));
    let again = with(|hop| hop.producer == hop.consumer);
    let given_up = with(|hop| hop.destination.rsplit('.').next() == Some("dead"));
    let examples = [
        ("The slowest order", slowest),
        ("An order that was tried again", again),
        ("An order that was given up", given_up),
    ];
    for (what, journey) in examples {
        if let Some(journey) = journey {
            println!("\n{what}\n\n{}", journey.waterfall().color(Color::Auto));
        }
    }
    println!("\nAll hops\n\n{}", all.iter().collect::<HopTable>());
    println!(
        "\nWho called whom, as a service graph counts it\n\n{}",
        all.iter().collect::<DependencyTable>()
    );
    if journeys.dropped() > 0 {
        println!("\n{} spans were too many to keep", journeys.dropped());
    }
}

/// Also a failure that was taken care of.
fn had_failure(journey: &Journey) -> bool {
    journey.spans().any(|span| span.error().or(span.handled_error()).is_some())
}
