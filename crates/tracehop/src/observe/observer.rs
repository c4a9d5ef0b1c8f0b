//! The trait of what watches operations, and what it is told.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::time;

use super::SpanRequest;
use crate::message::{ClientFacts, InternedStr, OperationKind};

/// Watches operations: sends, receives, processings and settlements, whether or not they have a span.
///
/// Only what is done in a [suppressed scope](opentelemetry::Context::enter_telemetry_suppressed_scope) is not told: there
/// telemetry is on its way, and telling of it would make more of it.
///
/// Each operation that starts is told once, and ends once, with one pair of times for all that watch it: the span, if there
/// is one, starts and ends at the same times. It is told on the thread where the operation starts or ends, so an observer
/// must be quick. If it panics, that is counted ([`MessagingTracer::observer_panics`]) and goes no further: the operation
/// does not notice.
///
/// [`MessagingTracer::observer_panics`]: crate::MessagingTracer::observer_panics
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use tracehop::{ClientFacts, ClientTracer, Destination, MemoryHeaders, MessageInfo, MessagingTracer};
/// use tracehop::{EndedOperation, Observer, StartedOperation};
/// # enum Mail {}
/// # impl tracehop::MessagingSystem for Mail { const NAME: &'static str = "mail"; }
///
/// #[derive(Clone, Default)]
/// struct Failures(Arc<AtomicU64>);
///
/// impl Observer for Failures {
///     type State = ();
///
///     fn start(&self, _: &StartedOperation<'_>) {}
///
///     fn end(&self, operation: &EndedOperation<'_>, (): ()) {
///         self.0.fetch_add(u64::from(operation.error_type().is_some()), Ordering::Relaxed);
///     }
/// }
///
/// let failures = Failures::default();
/// let tracer = MessagingTracer::builder().observer(failures.clone()).build();
/// let client = ClientTracer::<Mail>::new(&tracer, ClientFacts::default());
/// let send = client.send(&MessageInfo::to(Destination::named("orders")), &mut MemoryHeaders::new());
/// send.finish(&Err::<(), _>("no stamp"));
/// assert_eq!(failures.0.load(Ordering::Relaxed), 1);
/// ```
pub trait Observer: Send + Sync {
    /// What is kept of an operation from its start to its end.
    type State: Send + Sync + 'static;

    /// An operation starts.
    fn start(&self, operation: &StartedOperation<'_>) -> Self::State;

    /// An operation has ended. An observer that panicked when the operation started is not told.
    fn end(&self, operation: &EndedOperation<'_>, state: Self::State);
}

/// What is known of an operation at any time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OperationFacts<'a> {
    pub(crate) system: &'static str,
    pub(crate) kind: OperationKind,
    pub(crate) name: &'static str,
    pub(crate) destination: Option<&'a str>,
    pub(crate) client: &'a ClientFacts,
}

/// An operation that starts.
pub struct StartedOperation<'a> {
    pub(crate) facts: OperationFacts<'a>,
    /// `None` if spans alone watch: then the SDK looks at the clock, if it records.
    pub(crate) started: Option<SystemTime>,
    /// `None` if a span is not wanted.
    pub(crate) span: Option<&'a SpanRequest<'a>>,
}

/// An operation that has ended.
#[derive(Debug)]
pub struct EndedOperation<'a> {
    pub(crate) facts: OperationFacts<'a>,
    pub(crate) started: SystemTime,
    pub(crate) ended: SystemTime,
    pub(crate) failed: Option<&'a Failed>,
    pub(crate) messages: usize,
}

/// How an operation failed.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) error_type: Cow<'static, str>,
    pub(crate) description: Cow<'static, str>,
}

macro_rules! facts {
    ($operation:ident) => {
        impl $operation<'_> {
            /// The messaging system, as `messaging.system` names it.
            pub fn system(&self) -> &'static str {
                self.facts.system
            }

            /// What kind of operation it is.
            pub fn kind(&self) -> OperationKind {
                self.facts.kind
            }

            /// The system's word for it.
            pub fn name(&self) -> &'static str {
                self.facts.name
            }

            /// The destination's template or label, or else its name if that is of low cardinality. `None` if it has none of them, or
            /// if several messages that are handled at once have several. Of messages that were got at once it is the first one's.
            pub fn destination(&self) -> Option<&str> {
                self.facts.destination
            }

            /// The client's own name, if it is known.
            pub fn client_id(&self) -> Option<&str> {
                self.facts.client.client_id.as_ref().map(InternedStr::as_str)
            }

            /// The consumer group, if it is known: `None` for sends.
            pub fn consumer_group(&self) -> Option<&str> {
                let group = self.facts.client.consumer_group.as_ref();
                group.filter(|_| self.facts.kind.is_consuming()).map(InternedStr::as_str)
            }

            /// The broker's host, if it is known.
            pub fn server_address(&self) -> Option<&str> {
                self.facts.client.server_address.as_ref().map(InternedStr::as_str)
            }

            /// The broker's port, if it is known.
            pub fn server_port(&self) -> Option<u16> {
                self.facts.client.server_port
            }
        }
    };
}

facts!(StartedOperation);
facts!(EndedOperation);

impl StartedOperation<'_> {
    /// When it started.
    pub fn started_at(&self) -> SystemTime {
        self.started.unwrap_or_else(time::now)
    }
}

impl EndedOperation<'_> {
    /// When it started.
    pub fn started_at(&self) -> SystemTime {
        self.started
    }

    /// When it ended.
    pub fn ended_at(&self) -> SystemTime {
        self.ended
    }

    /// How long it took; nothing if the clock was set back meanwhile.
    pub fn duration(&self) -> Duration {
        self.ended.duration_since(self.started).unwrap_or_default()
    }

    /// How many messages were sent, got or handled. A settlement counts as one, however many messages it covers;
    /// the end of a transaction counts as those that were sent in it.
    pub fn message_count(&self) -> usize {
        self.messages
    }

    /// Why it failed, as `error.type` of the span; `None` if it did not.
    pub fn error_type(&self) -> Option<&str> {
        self.failed.map(|failed| &*failed.error_type)
    }
}

impl std::fmt::Debug for StartedOperation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StartedOperation").field("facts", &self.facts).finish_non_exhaustive()
    }
}
