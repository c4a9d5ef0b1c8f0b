//! One client's operations, from their start to their end, and what users hold of them.

mod batch;
mod batch_destination;
mod batch_links;
mod batch_receive;
mod batch_send;
mod batch_settle;
mod batch_summary;
mod client_tracer;
mod follow_up;
mod forward;
mod into_traced;
mod message_span;
mod particular;
mod process;
mod process_future;
#[cfg(feature = "tower")]
mod process_layer;
mod process_span;
mod receive;
mod received;
mod received_batches;
mod route;
mod send;
mod settle;
mod settle_several;
mod start;
mod traced_stream;
mod unanswered_span;

pub use batch::{process_batch, process_batch_blocking};
pub use batch_receive::BatchReceive;
pub use batch_send::BatchSend;
pub use client_tracer::ClientTracer;
pub use follow_up::FollowUp;
pub use into_traced::IntoTraced;
pub use message_span::MessageSpan;
pub use process::Process;
pub use process_future::ProcessFuture;
#[cfg(feature = "tower")]
pub use process_layer::{ProcessLayer, ProcessService};
pub use process_span::ProcessSpan;
pub use receive::ReceiveClock;
pub use received::Received;
pub use received_batches::ReceivedBatches;
pub use traced_stream::TracedStream;
pub use unanswered_span::UnansweredSpan;
