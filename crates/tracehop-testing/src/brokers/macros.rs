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
                $crate::brokers::run::<$broker>(module_path!(), stringify!($name));
            }
        )*
    };
}

/// Makes a module with one test, which runs all scenarios of [`brokers`](crate::brokers) at the same time on a broker that is
/// killed and started again in the midst of each.
///
/// The last argument is a future of where the broker is and its [`BrokerProcess`](crate::brokers::BrokerProcess). What became of
/// each scenario is printed.
///
/// ```no_run
/// # use tracehop_testing::brokers::BrokerProcess;
/// # use tracehop_testing::BrokerUnderTest;
/// # fn test<Kafka: BrokerUnderTest, P: BrokerProcess>(start: impl AsyncFn() -> (Kafka::Server, P)) {
/// // tracehop_testing::killed_broker_conformance!(kafka_killed, Kafka, start());
/// // makes the test kafka_killed::every_scenario_goes_on; without the test harness:
/// tracehop_testing::brokers::run_killed::<Kafka, _>("kafka_killed", start());
/// # }
/// ```
#[macro_export]
macro_rules! killed_broker_conformance {
    ($module:ident, $broker:ty, $start:expr) => {
        mod $module {
            #[allow(
                clippy::wildcard_imports,
                unused_imports,
                reason = "the broker is named in the scope outside"
            )]
            use super::*;

            #[test]
            fn every_scenario_goes_on() {
                $crate::brokers::run_killed::<$broker, _>(module_path!(), $start);
            }
        }
    };
}
