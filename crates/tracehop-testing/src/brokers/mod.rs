//! What every adapter must do on a real broker, as tests: [`broker_conformance!`](crate::broker_conformance).
//!
//! An adapter implements [`BrokerUnderTest`] and runs the scenarios that all other adapters run. Where the broker can be killed
//! as a process, [`killed_broker_conformance!`](crate::killed_broker_conformance) runs all of them again, and two more, on one
//! that is killed in the midst of each.
//!
//! | scenario | asserts |
//! |---|---|
//! | `one_send_and_one_process_are_one_linked_trace` | the process span is the send's child and links to it |
//! | `what_a_handler_sends_is_its_child` | a send inside a handler is the process span's child |
//! | `a_relay_that_copies_headers_replaces_the_stale_context` | copied context headers are replaced, and the trace goes on |
//! | `ten_republishes_leave_each_context_header_once` | every other header stays as it was |
//! | `a_context_from_an_outbox_is_kept_and_linked` | the message keeps it, the send is a CLIENT span with a link |
//! | `an_unsampled_context_travels_on` | the flags 00 arrive, and no span is recorded |
//! | `a_handler_that_fails_says_why` | `error.type`, and the handler's own error comes back |
//! | `a_handler_that_is_cancelled_says_so` | `error.type` `cancelled`, and nothing stays attached |
//! | `a_handler_that_panics_says_so` | `error.type` `panic`, and nothing stays attached |
//! | `hostile_headers_lose_no_message` | each of the [corpus](crate::corpus) arrives with the right context or none |
//! | `each_settlement_is_the_handlers_child` | a span for each settlement, without an error |
//! | `each_settlement_after_the_handler_is_its_child_too` | it hangs below the span that has ended, not below the send |
//! | `a_dead_letter_sent_after_the_handler_continues_the_journey` | send, process, send, process: one branch of one trace |
//! | `a_copy_sent_from_a_task_of_its_own_continues_the_journey` | the same, from a task in which nothing is current |
//! | `a_loop_inside_a_span_cuts_no_journey` | the loop's span is linked, and each message keeps its trace |
//! | `what_a_callback_sends_belongs_to_its_message` | the client's callbacks run in the context of the message they are about |
//! | `what_a_destructor_does_belongs_to_its_message` | so do the destructors of a handler that is cancelled |
//! | `a_result_inside_a_result_fails_the_handler` | a timeout and a task around the handler hide no failure |
//! | `a_provider_that_is_replaced_is_followed` | after the first was shut down the next span is the second one's |
//! | `fifty_forwards_are_one_trace_with_bounded_headers` | each attempt is below the one before, and counted once |
//! | `a_batch_is_one_send_one_receive_and_one_settlement_that_link_to_each_message` | each message has a span of its own below the send; the batch and each of its messages are processed |
//! | `without_create_spans_a_batch_carries_the_context_of_its_send` | one span sends them all |
//! | `links_of_a_batch_beyond_the_limit_are_counted` | of 200 messages 128 are linked, and 72 are counted |
//! | `a_refused_send_says_why` | `error.type` is the broker's reason |
//! | `a_service_that_knows_only_w3c_headers_is_understood` | it understands what is sent to it, too |
//! | `each_operation_is_counted_once` | the conventions' metrics: names, units, buckets, attributes and counts |
//! | `a_refused_send_is_counted_with_its_error` | its metrics have the span's `error.type` and duration |
//! | `a_policy_of_the_destination_holds_from_the_next_message_on` | trust, spans and headers are as the policy says that holds |
//! | `without_an_sdk_the_context_passes_through` | its baggage does too, and no span is made |
//! | `a_send_that_is_dropped_at_any_poll_ends_once_and_arrives_once_at_most` | its span says what [`DroppedSend`] promises |
//! | `a_receive_that_is_dropped_at_any_poll_takes_no_message_with_it` | nor has it a span |
//! | `a_settlement_that_is_dropped_at_any_poll_is_abandoned_or_done` | and its span ends at once |
//! | `a_process_that_is_dropped_at_any_poll_is_cancelled_once` | what it sent until then is below it |
//! | `a_runtime_that_ends_in_mid_handler_loses_neither_span_nor_message` | the next one gets the message again, in its trace: see [`Redelivery`] |
//! | `two_runtimes_that_share_a_tracer_keep_their_contexts_apart` | each message is in its own trace, whatever its task and its runtime |
//! | `a_send_while_the_broker_dies_says_so_or_arrives_and_so_does_one_while_it_is_dead` | each attempt that failed has a span that says why (only where the broker is killed) |
//! | `a_message_whose_broker_is_killed_in_mid_handler_is_settled_or_comes_again` | in its trace, and a settlement that failed is seen as failed (only where the broker is killed) |

mod batches;
mod bench;
mod broker_process;
mod broker_under_test;
mod dropped;
mod dropped_send;
mod journeys;
mod killed;
mod macros;
mod metered;
mod names;
mod one_hop;
mod outage_run;
mod outages;
mod policies;
mod poll_once;
mod redelivery;
mod runtimes;
mod scenario;
mod stage;

pub use broker_process::BrokerProcess;
pub use broker_under_test::BrokerUnderTest;
pub use dropped_send::DroppedSend;
pub use outage_run::run_killed;
pub use redelivery::Redelivery;
pub use scenario::{Scenario, run, scenarios};
