//! What the run looked like: a waterfall for each order.

use tracehop_sdk::{Color, JourneyExporter};

use crate::order::STORIES;

/// Journeys come in the order in which they started, which is that of the orders.
pub(crate) fn print(journeys: &JourneyExporter) {
    for (story, journey) in STORIES.iter().zip(journeys.journeys()) {
        println!("\n{story}\n\n{}", journey.waterfall().color(Color::Auto));
    }
}
