//! Configuration of a [`MessagePropagator`].

use std::fmt;
use std::sync::Arc;

use opentelemetry::propagation::TextMapPropagator;

use super::baggage_filter::BaggageFilter;
use super::lists::Lists;
use super::text_map_format::TextMapFormat;
use super::w3c_format::W3cFormat;
use super::{Budget, Format, MessagePropagator, Repeats};

/// Configures a [`MessagePropagator`].
///
/// ```
/// use tracehop::{MessagePropagator, Repeats};
///
/// let propagator = MessagePropagator::builder()
///     .repeats(Repeats::Reject)
///     .baggage_out(|key| key == "tenant")
///     .build();
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct MessagePropagatorBuilder {
    w3c: W3cFormat,
    read: Option<Vec<Format>>,
    write: Option<Vec<Format>>,
    others: Vec<Arc<dyn TextMapPropagator + Send + Sync>>,
    aliases: Vec<Arc<str>>,
    baggage_in: Option<BaggageFilter>,
}

impl MessagePropagator {
    /// A propagator to be configured: W3C Trace Context and Baggage unless said otherwise.
    pub fn builder() -> MessagePropagatorBuilder {
        MessagePropagatorBuilder::default()
    }
}

impl MessagePropagatorBuilder {
    /// The formats that are read, in their order of precedence: the first that finds a span decides, and the first that
    /// finds baggage. [`TraceContext`](Format::TraceContext) and [`Baggage`](Format::Baggage) have one place, that of the
    /// first of them. Default: these two. It replaces an earlier call.
    pub fn read(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.read = Some(formats.into_iter().collect());
        self
    }

    /// The formats that are written, for a migration several. Default: [`TraceContext`](Format::TraceContext) and
    /// [`Baggage`](Format::Baggage). It replaces an earlier call. If two formats write a header of the same name, the W3C's
    /// text goes first, then the first of the list.
    pub fn write(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.write = Some(formats.into_iter().collect());
        self
    }

    /// Which members of a message's baggage are taken in, by key. Default: all.
    ///
    /// What is held back never becomes current, so that it goes neither into messages nor into HTTP requests.
    ///
    /// ```
    /// use tracehop::{MemoryHeaders, MessagePropagator};
    ///
    /// let propagator = MessagePropagator::builder().baggage_in(|key| key == "tenant").build();
    /// let headers = MemoryHeaders::from_iter([("baggage", Some("tenant=a,role=admin"))]);
    /// assert_eq!(propagator.extract(&headers).creation.to_string(), ";baggage=tenant=a");
    /// ```
    pub fn baggage_in(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.baggage_in = Some(BaggageFilter::new(allowed));
        self
    }

    /// Which members of the current baggage are written, by key. Default: all.
    ///
    /// Baggage must not leave the boundary of trust; a queue that others read may lie outside of it. What the application
    /// itself put into a message's headers is not filtered.
    pub fn baggage_out(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.w3c.baggage_out = Some(BaggageFilter::new(allowed));
        self
    }

    /// What several `traceparent` headers mean. Default: [`Repeats::LastWins`].
    pub fn repeats(mut self, repeats: Repeats) -> Self {
        self.w3c.repeats = repeats;
        self
    }

    /// How much context one message may hold. Default: [`Budget::default`].
    pub fn budget(mut self, budget: Budget) -> Self {
        self.w3c.budget = budget;
        self
    }

    /// Another name under which `traceparent` is read, in any letter case, if there is no `traceparent`. It is never written; it
    /// is removed from messages that get another context. A message that is sent with nothing else gets a `traceparent` of its
    /// own. It may be called several times; the first that is there counts.
    ///
    /// ```
    /// use tracehop::{MemoryHeaders, MessagePropagator};
    ///
    /// let propagator = MessagePropagator::builder().alias("x-parent").build();
    /// let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    /// let headers = MemoryHeaders::from_iter([("X-Parent", Some(parent))]);
    /// assert_eq!(propagator.extract(&headers).creation.to_string(), parent);
    /// ```
    pub fn alias(mut self, name: impl Into<Arc<str>>) -> Self {
        self.aliases.push(name.into());
        self
    }

    /// Adds an OpenTelemetry propagator of one's own, which is read after all others and written. It may be called several
    /// times.
    pub fn other(mut self, propagator: impl TextMapPropagator + Send + Sync + 'static) -> Self {
        self.others.push(Arc::new(propagator));
        self
    }

    /// The propagator.
    pub fn build(self) -> MessagePropagator {
        let Self { mut w3c, read, write, others, aliases, baggage_in } = self;
        let mut lists = Lists { aliases, baggage_in, ..Lists::default() };
        if let Some(read) = read {
            lists.set_read(&mut w3c, &read);
        }
        if let Some(write) = write {
            lists.set_written(&mut w3c, &write);
        }
        for other in others {
            lists.after.push(Arc::new(TextMapFormat(Arc::clone(&other))));
            lists.written.push(Arc::new(TextMapFormat(other)));
        }
        MessagePropagator::of(w3c, lists)
    }
}

impl fmt::Debug for MessagePropagatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessagePropagatorBuilder")
            .field("read", &self.read)
            .field("write", &self.write)
            .field("others", &self.others.len())
            .field("aliases", &self.aliases)
            .finish_non_exhaustive()
    }
}
