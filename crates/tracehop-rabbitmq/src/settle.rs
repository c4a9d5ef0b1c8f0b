//! The spans of acks, nacks and rejects.

use lapin::{Acker, Result};
use tracehop::{ClientTracer, CreationContext, Failure, MessageSpan};

use crate::RabbitMq;
use crate::describe::{Settled, SettledMessage};
use crate::semconv::TRACEHOP_ALREADY_SETTLED;
use crate::settlement::Settlement;

/// Starts the span of a settlement of which only the delivery tag is known, and the queue if the channel has one.
pub(crate) fn start_by_tag(
    client: &ClientTracer<RabbitMq>,
    queue: Option<&str>,
    settlement: Settlement,
    delivery_tag: u64,
) -> MessageSpan {
    let message = SettledMessage { message: Settled::ByTag(queue), delivery_tag, settlement };
    client.settle(settlement.name, &message, || CreationContext::NONE)
}

/// Ends the span of a settlement that was made with a delivery's own acker.
///
/// `Ok(false)` means that lapin sent nothing: see [`TracedAcker`](crate::TracedAcker).
pub(crate) fn finish(mut span: MessageSpan, acker: &Acker, result: &Result<bool>) {
    match result {
        Ok(true) => span.end(),
        Ok(false) if acker.poisoned() => {
            span.fail(not_settled());
        }
        Ok(false) => {
            span.add_event(TRACEHOP_ALREADY_SETTLED, Vec::new());
            span.end();
        }
        Err(_) => span.finish(result),
    }
}

/// The failure of a settlement that could not be sent.
pub(crate) fn not_settled() -> Failure<'static> {
    Failure::new("not_settled", &"the delivery's channel is gone, and nothing was sent")
}
