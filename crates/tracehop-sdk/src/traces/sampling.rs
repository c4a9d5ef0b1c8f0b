use std::any::Any;

use opentelemetry_sdk::trace::{Sampler, ShouldSample};

use super::error::TracesError;
use super::lookup::{Lookup, ignored};

const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARG: &str = "OTEL_TRACES_SAMPLER_ARG";

/// A sampler, and what is known of it.
#[derive(Debug)]
pub(super) struct Sampling {
    pub(super) sampler: Box<dyn ShouldSample>,
    /// Whether it drops every span whose parent is not sampled.
    pub(super) follows_parent: bool,
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
        let known: Option<&Sampler> = (&sampler as &dyn Any).downcast_ref();
        if let Some(Sampler::TraceIdRatioBased(ratio)) = known {
            checked("sampler", *ratio)?;
        }
        let follows_parent = known.is_some_and(follows_parent);
        Ok(Self { sampler: sampler.into(), follows_parent })
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
        Self { follows_parent: follows_parent(&sampler), sampler: Box::new(sampler) }
    }
}

/// Whether it drops every span whose parent is not sampled, whatever the delegate of `ParentBased` is: that one is asked for
/// roots alone.
fn follows_parent(sampler: &Sampler) -> bool {
    matches!(sampler, Sampler::ParentBased(_) | Sampler::AlwaysOff)
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
