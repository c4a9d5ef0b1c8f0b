//! tracehop's tracer on the provider that was set up.

use opentelemetry::trace::noop::NoopTracerProvider;
use tracehop::{MessagingTracer, MessagingTracerBuilder};

use super::traces::Traces;

impl Traces {
    /// tracehop's tracer on this provider. It trusts unsampled parents if the sampler [follows them](Self::follows_parent), and
    /// shows it what it [looks at](Self::sampler_sees_all) if it does not.
    ///
    /// It is the same tracer each time, so that all clients of the process share what it remembers of messages.
    /// `MessagingTracer::global()` knows nothing of the sampler: it asks it for a span under an unsampled parent too, also after
    /// [`set_global`](Self::set_global). Use this one in its place.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use opentelemetry::trace::TraceContextExt;
    /// use tracehop::CreationContext;
    /// use tracehop_sdk::{JourneyExporter, Traces};
    /// # use tracehop::{ClientFacts, ClientTracer, Destination, MemoryHeaders, MessageInfo};
    /// # enum Mail {}
    /// # impl tracehop::MessagingSystem for Mail { const NAME: &'static str = "mail"; }
    ///
    /// let traces = Traces::builder("orders").exporter(JourneyExporter::new()).ratio(0.01).build()?;
    /// let tracer = traces.messaging_tracer();
    ///
    /// let unsampled: CreationContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00".parse()?;
    /// let _active = unsampled.to_context().attach();
    /// # let client = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
    /// # let mut headers = MemoryHeaders::new();
    /// # client.send(&MessageInfo::to(Destination::named("orders")), &mut headers).end();
    /// // A message that is sent here carries the parent's own context: nobody would see a span.
    /// assert_eq!(tracer.extract(&headers).creation, unsampled);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "messaging")))]
    pub fn messaging_tracer(&self) -> MessagingTracer {
        self.messaging_tracer.get_or_init(|| self.messaging_tracer_builder().build()).clone()
    }

    /// Lets this be the tracer, if nobody has asked for it yet.
    #[cfg(feature = "init")]
    pub(crate) fn set_messaging_tracer(&self, tracer: MessagingTracer) {
        let _first = self.messaging_tracer.set(tracer);
    }

    /// The builder of such a tracer, which can be configured further. Each tracer that is built remembers messages of its own:
    /// build one, and make the handles of all clients from it.
    ///
    /// `OTEL_PROPAGATORS` is read from the process's environment when the tracer is built, unless it is given a propagator.
    ///
    /// ```
    /// use tracehop_sdk::{JourneyExporter, Traces};
    ///
    /// let traces = Traces::builder("orders").exporter(JourneyExporter::new()).build()?;
    /// let tracer = traces.messaging_tracer_builder().receive_spans(true).build();
    /// assert_eq!(tracer.unreported_problems(), 0);
    /// # Ok::<(), tracehop_sdk::TracesError>(())
    /// ```
    #[cfg_attr(docsrs, doc(cfg(feature = "messaging")))]
    pub fn messaging_tracer_builder(&self) -> MessagingTracerBuilder {
        let builder = MessagingTracer::builder()
            .trust_unsampled(self.follows_parent())
            .sampler_sees_all(self.sampler_sees_all());
        if self.is_disabled() {
            // Known by its type: no operation asks whether there is a provider by now.
            return builder.tracer_provider(NoopTracerProvider::new());
        }
        builder.tracer_provider(self.provider().clone())
    }
}
