//! RabbitMQ: a queue for each delay, which puts orders back when their time is over; dead letters; a parking lot.

mod broker;
mod payments;
mod rabbitmq;
mod support;

#[cfg(test)]
pub(crate) use rabbitmq::DELIVERIES_AGAIN;
pub(crate) use rabbitmq::RabbitMq;
