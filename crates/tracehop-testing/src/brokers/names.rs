//! The names of the scenarios.

/// Gives the names of all scenarios to another macro, so that the tests and the list are made of the same names.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_broker_scenario {
    ($then:ident, $broker:ty) => {
        $crate::$then! { $broker;
            one_send_and_one_process_are_one_linked_trace
            what_a_handler_sends_is_its_child
            a_relay_that_copies_headers_replaces_the_stale_context
            ten_republishes_leave_each_context_header_once
            a_context_from_an_outbox_is_kept_and_linked
            an_unsampled_context_travels_on
            a_handler_that_fails_says_why
            a_handler_that_is_cancelled_says_so
            a_handler_that_panics_says_so
            hostile_headers_lose_no_message
            each_settlement_is_the_handlers_child
            each_settlement_after_the_handler_is_its_child_too
            a_dead_letter_sent_after_the_handler_continues_the_journey
            a_copy_sent_from_a_task_of_its_own_continues_the_journey
            a_loop_inside_a_span_cuts_no_journey
            what_a_callback_sends_belongs_to_its_message
            what_a_destructor_does_belongs_to_its_message
            a_result_inside_a_result_fails_the_handler
            a_provider_that_is_replaced_is_followed
            fifty_forwards_are_one_trace_with_bounded_headers
            each_operation_is_counted_once
            a_refused_send_is_counted_with_its_error
            a_policy_of_the_destination_holds_from_the_next_message_on
            a_refused_send_says_why
            a_service_that_knows_only_w3c_headers_is_understood
            without_an_sdk_the_context_passes_through
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __broker_scenarios {
    ($broker:ty; $($name:ident)*) => {
        vec![$(Scenario { name: stringify!($name), run: || block_on($name::<$broker>()) }),*]
    };
}
