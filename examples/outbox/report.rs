//! What arrived, how often, and in whose trace.

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;
use tracehop_sdk::{Color, Journey, JourneyExporter};
use tracehop_testing::OtlpRecorder;

use crate::attempts::Attempts;
use crate::story::Story;

pub(crate) async fn print(story: &Story) -> anyhow::Result<()> {
    for complaint in &story.complaints {
        eprintln!("{complaint}");
    }
    println!("\norder  attempts  answered  received");
    for (order, Attempts { begun, answered }) in &story.attempts {
        println!("{order}  {begun:>8}  {answered:>8}  {:>8}", story.times_received(order));
    }
    let journeys = journeys(&story.spans).await?;
    for (what, waited) in &story.examples {
        let is_its = |journey: &&Journey| journey.trace_ids().contains(&waited.trace_id());
        if let Some(journey) = journeys.iter().find(is_its) {
            println!("\n{what}\n\n{}", journey.waterfall().color(Color::Auto));
        }
    }
    Ok(())
}

/// The journeys that all spans make which have arrived, from whichever process.
pub(crate) async fn journeys(spans: &OtlpRecorder) -> anyhow::Result<Vec<Journey>> {
    let journeys = JourneyExporter::new();
    for recorded in spans.finished() {
        let mut service = journeys.clone();
        let attributes = recorded.resource.iter().cloned();
        service.set_resource(&Resource::builder_empty().with_attributes(attributes).build());
        service.export(vec![recorded.span]).await?;
    }
    Ok(journeys.journeys())
}
