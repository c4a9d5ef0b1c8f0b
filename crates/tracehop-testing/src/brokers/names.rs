//! The names of the scenarios.

/// Gives the names of all scenarios, and the file of each, to another macro, so that the tests and the list are made of the
/// same names.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_broker_scenario {
    ($then:ident, $($arguments:tt)*) => {
        $crate::$then! { $($arguments)*;
            one_hop::one_send_and_one_process_are_one_linked_trace
            one_hop::what_a_handler_sends_is_its_child
            one_hop::a_relay_that_copies_headers_replaces_the_stale_context
            one_hop::ten_republishes_leave_each_context_header_once
            one_hop::a_context_from_an_outbox_is_kept_and_linked
            one_hop::an_unsampled_context_travels_on
            one_hop::a_handler_that_fails_says_why
            one_hop::a_handler_that_is_cancelled_says_so
            one_hop::a_handler_that_panics_says_so
            one_hop::hostile_headers_lose_no_message
            one_hop::each_settlement_is_the_handlers_child
            journeys::each_settlement_after_the_handler_is_its_child_too
            journeys::a_dead_letter_sent_after_the_handler_continues_the_journey
            journeys::a_copy_sent_from_a_task_of_its_own_continues_the_journey
            journeys::a_loop_inside_a_span_cuts_no_journey
            journeys::what_a_callback_sends_belongs_to_its_message
            journeys::what_a_destructor_does_belongs_to_its_message
            journeys::a_result_inside_a_result_fails_the_handler
            journeys::a_provider_that_is_replaced_is_followed
            journeys::fifty_forwards_are_one_trace_with_bounded_headers
            batches::a_batch_is_one_send_one_receive_and_one_settlement_that_link_to_each_message
            batches::without_create_spans_a_batch_carries_the_context_of_its_send
            batches::links_of_a_batch_beyond_the_limit_are_counted
            metered::each_operation_is_counted_once
            metered::a_refused_send_is_counted_with_its_error
            policies::a_policy_of_the_destination_holds_from_the_next_message_on
            one_hop::a_refused_send_says_why
            one_hop::a_service_that_knows_only_w3c_headers_is_understood
            one_hop::without_an_sdk_the_context_passes_through
            dropped::a_send_that_is_dropped_at_any_poll_ends_once_and_arrives_once_at_most
            dropped::a_receive_that_is_dropped_at_any_poll_takes_no_message_with_it
            dropped::a_settlement_that_is_dropped_at_any_poll_is_abandoned_or_done
            dropped::a_process_that_is_dropped_at_any_poll_is_cancelled_once
            runtimes::a_runtime_that_ends_in_mid_handler_loses_neither_span_nor_message
            runtimes::two_runtimes_that_share_a_tracer_keep_their_contexts_apart
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __broker_scenarios {
    ($broker:ty; $($module:ident::$name:ident)*) => {
        vec![$(Scenario {
            name: stringify!($name),
            lacking: lacking::<$broker>(stringify!($name)),
            run: || block_on($module::$name::<$broker>(&Stage::shared())),
        }),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __killed_broker_scenarios {
    (
        $broker:ty, $server:ident, $outages:ident, $($own_module:ident::$own:ident)*;
        $($module:ident::$name:ident)*
    ) => {
        vec![
            $(spawn::<$broker>(stringify!($name), $server, $outages, |stage| block_on($module::$name(stage))),)*
            $(spawn::<$broker>(stringify!($own), $server, $outages, |stage| block_on($own_module::$own(stage))),)*
        ]
    };
}
