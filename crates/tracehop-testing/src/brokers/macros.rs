//! The conformance suite in one line.

/// Makes a module of tests for one broker: one for each scenario of [`brokers`](crate::brokers).
///
/// ```no_run
/// # use tracehop_testing::BrokerUnderTest;
/// # fn scenarios<Kafka: BrokerUnderTest>() {
/// // tracehop_testing::broker_conformance!(kafka, Kafka);
/// // makes the tests kafka::one_send_and_one_process_are_one_linked_trace and so on; without the test harness:
/// for scenario in tracehop_testing::brokers::scenarios::<Kafka>() {
///     println!("{}", scenario.name);
///     (scenario.run)();
/// }
/// # }
/// ```
#[macro_export]
macro_rules! broker_conformance {
    ($module:ident, $broker:ty) => {
        mod $module {
            #[allow(
                clippy::wildcard_imports,
                unused_imports,
                reason = "the broker is named in the scope outside"
            )]
            use super::*;

            $crate::__each_broker_scenario!(__broker_tests, $broker);
        }
    };
}

/// The names of all scenarios, for another macro: the tests and the list must be of the same.
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
            a_refused_send_says_why
            a_service_that_knows_only_w3c_headers_is_understood
            without_an_sdk_the_context_passes_through
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __broker_tests {
    ($broker:ty; $($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::brokers::run::<$broker>(stringify!($name));
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __broker_scenarios {
    ($broker:ty; $($name:ident)*) => {
        vec![$(Scenario { name: stringify!($name), run: || block_on($name::<$broker>()) }),*]
    };
}
