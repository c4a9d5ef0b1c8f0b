//! The code that the documentation shows: `build.rs` takes it out of the pages.

#![allow(clippy::pedantic, reason = "as it is shown")]

macro_rules! shown {
    ($($name:ident),* $(,)?) => {
        $(
            pub(crate) mod $name {
                include!(concat!(env!("OUT_DIR"), "/", stringify!($name), ".rs"));
            }
        )*
    };
}

shown! {
    readme,
    kafka_service,
    kafka_in_order,
    kafka_lanes,
    rabbitmq_service,
    rabbitmq_concurrent,
    rabbitmq_tasks,
    nats_service,
    nats_concurrent,
}
