//! Receiving from core NATS.

mod from_subject;
mod subscriber;

pub use from_subject::FromSubject;
pub use subscriber::TracedSubscriber;
