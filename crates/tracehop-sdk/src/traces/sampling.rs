use std::any::Any;

use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use super::error::TracesError;
use crate::samplers::{Insight, insight_of};
use crate::variables::{Lookup, ignored};

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

/// A sampler, and what is known of it.
#[derive(Debug)]
pub(super) struct Sampling {
    pub(super) sampler: Box<dyn ShouldSample>,
    pub(super) insight: Insight,
}

impl Default for Sampling {
    /// That of the specification.
    fn default() -> Self {
        Self::known(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }
}

impl Sampling {
    /// A sampler that was given in code.
    pub(super) fn given<S: Into<Box<dyn ShouldSample>> + 'static>(sampler: S) -> Result<Self, TracesError> {
        // Behind `dyn ShouldSample` nobody can tell the SDK's samplers from others.
        let known: &dyn Any = &sampler;
        if let Some(Sampler::TraceIdRatioBased(ratio)) = known.downcast_ref() {
            checked("sampler", *ratio)?;
        }
        let insight = insight_of(known);
        Ok(Self { sampler: sampler.into(), insight })
    }

    /// A share of the traces that start here.
    pub(super) fn ratio(ratio: f64) -> Result<Self, TracesError> {
        let root = Sampler::TraceIdRatioBased(checked("ratio", ratio)?);
        Ok(Self::known(Sampler::ParentBased(Box::new(root))))
    }

    /// What the variables say. Read here and not by the SDK, which does not tell what it has read.
    pub(super) fn of_variables(lookup: &Lookup) -> Self {
        let Some(name) = lookup.get(SAMPLER) else { return Self::default() };
        // Values out of a set are read in any letter case, says the specification.
        let sampler = match name.to_ascii_lowercase().as_str() {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(ratio_of_variable(lookup)),
            "parentbased_always_on" => Sampler::ParentBased(Box::new(Sampler::AlwaysOn)),
            "parentbased_always_off" => Sampler::ParentBased(Box::new(Sampler::AlwaysOff)),
            "parentbased_traceidratio" => {
                Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio_of_variable(lookup))))
            }
            _ => {
                ignored(SAMPLER, "it is no sampler of the SDK; parentbased_always_on is used instead");
                return Self::default();
            }
        };
        Self::known(sampler)
    }

    fn known(sampler: Sampler) -> Self {
        Self { insight: Insight::of_the_sdk(&sampler), sampler: Box::new(sampler) }
    }
}

/// All traces, as without the variable, if it is no ratio.
fn ratio_of_variable(lookup: &Lookup) -> f64 {
    let Some(text) = lookup.get(SAMPLER_ARG) else { return 1.0 };
    let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.unwrap_or_else(|| {
        ignored(SAMPLER_ARG, "it is no number from 0 to 1; 1 is used instead");
        1.0
    })
}

/// A number that is not one is in no range either.
fn checked(setting: &'static str, ratio: f64) -> Result<f64, TracesError> {
    if (0.0..=1.0).contains(&ratio) {
        return Ok(ratio);
    }
    Err(TracesError::new(setting, format_args!("the ratio {ratio} is no number from 0 to 1")))
}
