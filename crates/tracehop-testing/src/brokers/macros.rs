//! The conformance suite in one line.

/// Makes a module of tests for one broker: one test for each scenario of [`brokers`](crate::brokers).
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

#[doc(hidden)]
#[macro_export]
macro_rules! __broker_tests {
    ($broker:ty; $($module:ident::$name:ident)*) => {
        $(
            #[test]
            fn $name() {
                $crate::brokers::run::<$broker>(stringify!($name));
            }
        )*
    };
}
