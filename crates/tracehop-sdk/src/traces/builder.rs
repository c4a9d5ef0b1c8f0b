//! Configuration of [`Traces`].

use std::fmt;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, ShouldSample, SpanExporter, TracerProviderBuilder};

use super::error::TracesError;
use super::output::{Output, Started};
use super::sampling::Sampling;
use super::span_limits;
use super::traces::Traces;
use crate::ChunkSpanProcessor;
use crate::shared::Shared;
use crate::variables::Lookup;

/// Configures [`Traces`]. Nothing is required, if the feature `otlp-http` or `otlp-grpc` is enabled; without them an exporter is.
///
/// What is set in code comes before what a variable says:
///
/// | Variable | What it says | Default |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `true`: there are [no traces](Traces#if-the-sdk-is-disabled) | `false` |
/// | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, or one of them behind `parentbased_` | `parentbased_always_on` |
/// | `OTEL_TRACES_SAMPLER_ARG` | The ratio for `traceidratio` and `parentbased_traceidratio`, from 0 to 1 | 1 |
/// | `OTEL_SERVICE_NAME` | The service's name. It is only read for [`TracesBuilder::default`] and [`Traces::from_env`], which have none | `unknown_service:` and the program's name |
/// | `OTEL_RESOURCE_ATTRIBUTES` | `key=value` pairs with commas between them, percent-encoded | |
/// | `OTEL_TRACES_EXPORTER` | `otlp`, or `none`: nothing is exported, and no thread is started | `otlp` |
/// | `OTEL_EXPORTER_OTLP_…` | [Where spans are sent to, and how](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md#variables), if no exporter is given | A collector on this host |
/// | `OTEL_BSP_…` | The [processor's](crate::ChunkSpanProcessorBuilder) queue, unless a processor is given | Those of the specification |
/// | `OTEL_SPAN_…_COUNT_LIMIT`, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT` | How many attributes, events and links are kept | 128 each |
///
/// An empty variable is as unset. A value that nobody understands is warned of in OpenTelemetry's internal log, with the name of
/// the variable (`Telemetry.VariableIgnored`), and is as unset too; what is an error for OTLP is one here. Names of samplers are read
/// in any letter case. The SDK reads `OTEL_TRACES_SAMPLER` as well, and may log that it does not know one which is known here: what
/// it has read is not used.
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry_sdk::Resource;
/// use tracehop_sdk::{JourneyExporter, Traces};
///
/// let place = Resource::builder_empty().with_attribute(KeyValue::new("cloud.region", "eu-central-1")).build();
/// let traces = Traces::builder("orders")
///     .resource(place)
///     .ratio(0.01)
///     .exporter(JourneyExporter::new())
///     .build()?;
/// assert!(traces.follows_parent());
/// # Ok::<(), tracehop_sdk::TracesError>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct TracesBuilder {
    service_name: Option<String>,
    resources: Vec<Resource>,
    sampling: Option<Sampling>,
    output: Option<Output>,
    provider_settings: Vec<Box<ProviderSettings>>,
    #[cfg(feature = "redaction")]
    redaction: Option<crate::Redaction>,
    shared: Shared,
    lookup: Lookup,
    /// The first one, which `build` returns.
    error: Option<TracesError>,
}

type ProviderSettings = dyn FnOnce(TracerProviderBuilder) -> TracerProviderBuilder + Send;

impl Traces {
    /// Settings for the traces of the service with this name. The name comes before `OTEL_SERVICE_NAME`, as all that is set in
    /// code does; [`TracesBuilder::default`] leaves it to the variable.
    pub fn builder(service_name: impl Into<String>) -> TracesBuilder {
        TracesBuilder { service_name: Some(service_name.into()), ..TracesBuilder::default() }
    }

    /// Traces as the variables describe them, with the name in `OTEL_SERVICE_NAME`.
    ///
    /// # Errors
    ///
    /// See [`TracesBuilder::build`].
    pub fn from_env() -> Result<Self, TracesError> {
        TracesBuilder::default().build()
    }
}

impl TracesBuilder {
    /// Adds what is known of the service and of where it runs. It comes before `OTEL_RESOURCE_ATTRIBUTES`, and what is added later
    /// before what was added earlier. Begin with [`Resource::builder_empty`]: what [`Resource::builder`] knows is known here
    /// anyhow.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }

    /// Which spans are recorded: one of the SDK's samplers, or one of your own.
    ///
    /// Of the SDK's own enum `Sampler` it is known whether it [follows the parent](Traces::follows_parent), and of the samplers of
    /// this crate: [`LinkedSampler`](crate::LinkedSampler), [`RuleSampler`](crate::RuleSampler) and [`RateCap`](crate::RateCap). A
    /// sampler of your own is not trusted to do so, unless it is inside of `Sampler::ParentBased`.
    ///
    /// The last one of [`ratio`](Self::ratio) and this counts.
    ///
    /// ```
    /// use opentelemetry_sdk::trace::Sampler;
    /// use tracehop_sdk::{JourneyExporter, Traces};
    ///
    /// let built = |sampler| Traces::builder("orders").sampler(sampler).exporter(JourneyExporter::new()).build();
    /// assert!(built(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))?.follows_parent());
    /// // It records spans under unsampled parents.
    /// assert!(!built(Sampler::AlwaysOn)?.follows_parent());
    /// // `build` looks at the ratio. It cannot look at one inside of `ParentBased`.
    /// assert_eq!(built(Sampler::TraceIdRatioBased(10.0)).unwrap_err().setting(), "sampler");
    /// # Ok::<(), tracehop_sdk::TracesError>(())
    /// ```
    pub fn sampler(mut self, sampler: impl Into<Box<dyn ShouldSample>> + 'static) -> Self {
        self.set_sampling(Sampling::given(sampler));
        self
    }

    /// Records this share of the traces that start here, from 0 to 1. Those that come in with a message or a call are as their
    /// sender decided: this is `ParentBased(TraceIdRatioBased(ratio))`.
    pub fn ratio(mut self, ratio: f64) -> Self {
        self.set_sampling(Sampling::ratio(ratio));
        self
    }

    /// Where finished spans go to, in place of OTLP: through a [`ChunkSpanProcessor`] as the `OTEL_BSP_` variables describe it.
    ///
    /// The last one of [`processor`](Self::processor) and this counts.
    pub fn exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.output = Some(Output::exporter(exporter));
        self
    }

    /// A processor that was built already, with its exporter, in place of the one that would be made.
    ///
    /// ```
    /// use tracehop_sdk::{ChunkSpanProcessor, JourneyExporter, Traces};
    ///
    /// let processor = ChunkSpanProcessor::builder(JourneyExporter::new()).max_queue_size(20_000).build()?;
    /// let traces = Traces::builder("orders").processor(processor).build()?;
    /// assert_eq!(traces.drops().total(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn processor(mut self, processor: ChunkSpanProcessor) -> Self {
        self.output = Some(Output::processor(processor));
        self
    }

    /// Takes values of attributes and texts of errors out of spans before they are exported, by whichever exporter or processor.
    /// Calling it again replaces it. It needs the feature `redaction`.
    ///
    /// Processors that are added with [`provider_settings`](Self::provider_settings) get spans as they are.
    #[cfg(feature = "redaction")]
    #[cfg_attr(docsrs, doc(cfg(feature = "redaction")))]
    pub fn redaction(mut self, redaction: crate::Redaction) -> Self {
        self.redaction = Some(redaction);
        self
    }

    /// Changes the SDK's builder, for all that has no setting here: limits, identifiers, more processors. It may be called
    /// several times.
    ///
    /// The sampler, the resource and the processor are set afterwards: a sampler that is set here is replaced. Processors that are
    /// added here are called before the one that exports.
    pub fn provider_settings(
        mut self,
        change: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder + Send + 'static,
    ) -> Self {
        self.provider_settings.push(Box::new(change));
        self
    }

    /// Reads the variables from here instead of from the process's environment: for tests, and for programs that have their
    /// configuration elsewhere. Calling it again replaces it.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.lookup = Lookup::new(lookup);
        self
    }

    #[cfg(feature = "init")]
    pub(crate) fn shared(mut self, shared: Shared) -> Self {
        self.shared = shared;
        self
    }

    /// Makes the provider, and starts the thread that exports. It does not connect yet.
    ///
    /// # Errors
    ///
    /// - `sampler`, `ratio`: the ratio is no number from 0 to 1. This is an error even if the SDK is disabled
    /// - `exporter`: there is none, and no feature for OTLP; or the operating system does not start the thread
    /// - What [`OtlpExporterBuilder::build`](https://github.com/tracehop/tracehop/blob/main/docs/otlp.md#variables) says is wrong with
    ///   a variable, if no exporter was given: a protocol that is not supported, an endpoint that is no address, a file that cannot
    ///   be read
    ///
    /// The exporter or the processor that was given is dropped then.
    pub fn build(self) -> Result<Traces, TracesError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let lookup = &self.lookup;
        if lookup.is_true("OTEL_SDK_DISABLED") {
            return Ok(Traces::disabled());
        }
        let Sampling { sampler, insight } = self.sampling.unwrap_or_else(|| Sampling::of_variables(lookup));
        let Started { processor, drops } = Output::start(self.output, &self.shared, lookup)?;

        let mut builder = SdkTracerProvider::builder().with_span_limits(span_limits::of_variables(lookup));
        for change in self.provider_settings {
            builder = change(builder);
        }
        // Whatever was set before: the sampler in use must be the one that is known.
        builder = builder.with_sampler(sampler).with_resource(self.shared.resource(lookup));
        for resource in self.resources {
            builder = builder.with_resource(resource);
        }
        if let Some(name) = self.service_name {
            builder = builder.with_resource(Resource::builder_empty().with_service_name(name).build());
        }
        if let Some(processor) = processor {
            #[cfg(feature = "redaction")]
            if let Some(redaction) = self.redaction {
                let redacting = crate::RedactingSpanProcessor::new(processor, redaction);
                return Ok(Traces::new(builder.with_span_processor(redacting).build(), insight, drops));
            }
            builder = builder.with_span_processor(processor);
        }
        Ok(Traces::new(builder.build(), insight, drops))
    }

    fn set_sampling(&mut self, sampling: Result<Sampling, TracesError>) {
        match sampling {
            Ok(sampling) => self.sampling = Some(sampling),
            Err(error) => {
                self.error.get_or_insert(error);
            }
        }
    }
}

impl fmt::Debug for TracesBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracesBuilder")
            .field("service_name", &self.service_name)
            .field("resources", &self.resources)
            .field("sampling", &self.sampling)
            .field("has_output", &self.output.is_some())
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}
