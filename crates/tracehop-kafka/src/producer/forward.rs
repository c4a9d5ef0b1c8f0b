//! Sending a received message on: to a retry topic, or to dead letters.

use std::fmt::Display;

use rdkafka::message::OwnedHeaders;
use tracehop::{CarrierMut, Received};

use crate::carrier::KafkaHeadersMut;
use crate::{Kafka, KafkaMessage};

/// The headers of a copy of `message`. The context among them is still the message's: the send replaces it.
pub(super) fn headers<M: KafkaMessage>(
    message: &Received<M, Kafka>,
    reason: &impl Display,
) -> Option<OwnedHeaders> {
    let mut headers = message.copy_headers();
    // Kafka refuses none of these names, and without them the copy is still worth sending.
    let _ = KafkaHeadersMut(&mut headers).apply(&message.forward_headers(reason));
    headers
}

#[cfg(test)]
mod tests {
    use rdkafka::Timestamp;
    use rdkafka::message::{Message, OwnedMessage};
    use tracehop::MessagingTracer;

    use super::*;
    use crate::ffi;

    #[test]
    fn headers_whose_names_are_not_utf8_go_along() {
        let mut given = OwnedHeaders::new();
        ffi::push(&mut given, b"\xff\xfe", Some(b"\x00\xff"));
        ffi::push(&mut given, b"tracehop-reason", Some(b"no stock"));
        ffi::push(&mut given, b"trail", None);
        let message =
            OwnedMessage::new(None, None, "orders".to_owned(), Timestamp::NotAvailable, 0, 0, Some(given));
        let message: Received<OwnedMessage, Kafka> = MessagingTracer::global().receive(message);
        let headers = headers(&message, &"card declined").unwrap();
        let mut seen = Vec::new();
        ffi::for_each(headers.as_borrowed(), |name, value| seen.push((name, value)));
        let expected: [(&[u8], Option<&[u8]>); 4] = [
            (b"\xff\xfe", Some(b"\x00\xff")),
            (b"trail", None),
            (b"tracehop-attempts", Some(b"1")),
            (b"tracehop-reason", Some(b"card declined")),
        ];
        assert_eq!(seen, expected);
        assert!(message.headers().is_some());
    }
}
