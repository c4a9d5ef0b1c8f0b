//! What every adapter must do on a real broker, as tests: [`broker_conformance!`](crate::broker_conformance).
//!
//! An adapter is put behind [`BrokerUnderTest`] and runs, unchanged, what all others run.
//!
//! | scenario | asserts |
//! |---|---|
//! | `one_send_and_one_process_are_one_linked_trace` | the process span is the send's child and links to it |
//! | `what_a_handler_sends_is_its_child` | a send inside a handler is the process span's child |
//! | `a_relay_that_copies_headers_replaces_the_stale_context` | copied context headers are replaced, and the trace goes on |
//! | `ten_republishes_leave_each_context_header_once` | and every other header as it was |
//! | `a_context_from_an_outbox_is_kept_and_linked` | the message keeps it, the send is a CLIENT span with a link |
//! | `an_unsampled_context_travels_on` | flags 00 arrive, and nothing is recorded |
//! | `a_handler_that_fails_says_why` | `error.type`, and the handler's own error comes back |
//! | `a_handler_that_is_cancelled_says_so` | `error.type` `cancelled`, and nothing stays attached |
//! | `a_handler_that_panics_says_so` | `error.type` `panic`, and nothing stays attached |
//! | `hostile_headers_lose_no_message` | each of the [corpus](crate::corpus) arrives with the right context or none |
//! | `each_settlement_is_the_handlers_child` | a span for each kind, without error |
//! | `a_refused_send_says_why` | `error.type` is the broker's reason |
//! | `a_service_that_knows_only_w3c_headers_is_understood` | and understands what is sent to it |
//! | `without_an_sdk_the_context_passes_through` | with its baggage, and no span is made |

mod macros;
mod scenarios;

use std::future::Future;

use tracehop::{Inbound, MessagingSystem, MessagingTracer, Received};

use crate::Header;

pub use scenarios::{Scenario, run, scenarios};

/// One broker, through a traced client and a bare one.
///
/// Each value has a destination of its own. Its methods await with deadlines and panic if one passes: a conformance test
/// that cannot go on has failed.
pub trait BrokerUnderTest: Sized {
    /// The adapter's marker.
    type System: MessagingSystem;

    /// The client's message.
    type Message: Inbound<Self::System>;

    /// What a traced consumer hands out.
    type Got;

    /// The system's words for settling a message, each a settlement that succeeds.
    const SETTLEMENTS: &'static [&'static str];

    /// The `error.type` of a send that the broker refuses.
    const REFUSED: &'static str;

    /// Whether headers may repeat a name and keep their order.
    const ORDERED: bool;

    /// Connects clients of `tracer` to a new destination.
    fn connect(tracer: &MessagingTracer) -> impl Future<Output = Self>;

    /// The name of the span of an operation on this destination: `send orders`. `operation` is `send`, `process`, or one of
    /// [`SETTLEMENTS`](Self::SETTLEMENTS).
    fn span_name(&self, operation: &str) -> String;

    /// Sends a message through the traced client and waits for the broker's answer.
    fn send(&self, headers: &[Header]) -> impl Future<Output = ()>;

    /// Sends a message that the broker refuses through the traced client, and returns when it has.
    fn send_refused(&self) -> impl Future<Output = ()>;

    /// Sends a message through the bare client. `None` if the transport cannot hold the headers.
    fn send_bare(&self, headers: &[Header]) -> impl Future<Output = Option<()>>;

    /// Gets the next message through the traced client.
    fn receive(&self) -> impl Future<Output = Self::Got>;

    /// The message with its context.
    fn received(got: &Self::Got) -> &Received<Self::Message, Self::System>;

    /// All headers of a message, as the client shows them.
    fn headers(message: &Self::Message) -> Vec<Header>;

    /// Settles a message in one of the [ways](Self::SETTLEMENTS).
    fn settle(&self, got: &Self::Got, settlement: &str) -> impl Future<Output = ()>;
}
