//! tracehop's half of a hop, on each broker.

mod application;
mod half;
mod kafka;
mod nats;
mod rabbitmq;

pub(crate) use application::Application;
pub(crate) use half::{Half, address};
