//! Lost spans, as a metric.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{MeterProvider, ObservableCounter};

use super::drop_reason::DropReason;
use super::drops::Drops;
use crate::semconv;

impl Drops {
    /// Shows the counts as a metric of this provider: `tracehop.spans.lost`, a counter in `{span}`, with the
    /// [reason](DropReason::as_str) as `error.type`. `Telemetry` does so by itself.
    ///
    /// Call it once for a provider: the counts of a second call would take the place of those of the first.
    ///
    /// ```
    /// use tracehop_sdk::{Metrics, Traces};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let variables = |name: &str| name.ends_with("_EXPORTER").then(|| "none".to_owned());
    /// let traces = Traces::builder("orders").variables(variables).build()?;
    /// let metrics = Metrics::builder("orders").variables(variables).build()?;
    /// traces.drops().show_on(metrics.provider());
    /// # Ok(())
    /// # }
    /// ```
    pub fn show_on(&self, meters: &impl MeterProvider) {
        let drops = self.clone();
        let _shown: ObservableCounter<u64> = meters
            .meter("tracehop-sdk")
            .u64_observable_counter(semconv::TRACEHOP_SPANS_LOST)
            .with_unit("{span}")
            .with_description("Spans that ended and were not exported.")
            .with_callback(move |counter| {
                for reason in DropReason::ALL {
                    let lost = drops.count(*reason);
                    if lost > 0 {
                        counter.observe(lost, &[KeyValue::new(semconv::ERROR_TYPE, reason.as_str())]);
                    }
                }
            })
            .build();
    }
}
