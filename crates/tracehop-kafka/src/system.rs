//! Kafka as a messaging system: its words and its errors.

use std::any::Any;
use std::borrow::Cow;

use rdkafka::error::KafkaError;
use rdkafka::message::OwnedMessage;
use tracehop::{MessagingSystem, OperationKind, snake_case};

/// The marker for Kafka.
///
/// # `error.type`
///
/// The code of a client's error as Kafka spells it: `UNKNOWN_TOPIC_OR_PARTITION`, `MESSAGE_TIMED_OUT`, `QUEUE_FULL`.
/// Errors without a code are `CANCELED` or `_OTHER`.
#[derive(Debug)]
pub enum Kafka {}

impl MessagingSystem for Kafka {
    const NAME: &'static str = "kafka";

    fn operation_name(kind: OperationKind) -> &'static str {
        match kind {
            OperationKind::Receive => "poll",
            OperationKind::Settle => "commit",
            other => other.as_str(),
        }
    }

    fn error_type(error: &dyn Any) -> Option<Cow<'static, str>> {
        let of_send = || error.downcast_ref::<(KafkaError, OwnedMessage)>().map(|(error, _)| error);
        error.downcast_ref::<KafkaError>().or_else(of_send).map(error_type)
    }
}

/// The `error.type` of a client's error.
fn error_type(error: &KafkaError) -> Cow<'static, str> {
    match error.rdkafka_error_code() {
        // librdkafka's own names differ from Kafka's (`UNKNOWN_TOPIC_OR_PART`); the variants of rdkafka's enum do not.
        Some(code) => snake_case(&code).to_ascii_uppercase().into(),
        None if *error == KafkaError::Canceled => "CANCELED".into(),
        None => tracehop::semconv::ERROR_TYPE_OTHER.into(),
    }
}

#[cfg(test)]
mod tests {
    use rdkafka::error::RDKafkaErrorCode;
    use rdkafka::types::RDKafkaRespErr;

    use super::*;

    #[test]
    fn codes_are_spelt_as_kafka_does() {
        for (code, expected) in [
            (RDKafkaErrorCode::UnknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PARTITION"),
            (RDKafkaErrorCode::NotEnoughReplicas, "NOT_ENOUGH_REPLICAS"),
            (RDKafkaErrorCode::MessageSizeTooLarge, "MESSAGE_SIZE_TOO_LARGE"),
            (RDKafkaErrorCode::PartitionEOF, "PARTITION_EOF"),
            (RDKafkaErrorCode::QueueFull, "QUEUE_FULL"),
        ] {
            assert_eq!(error_type(&KafkaError::MessageProduction(code)), expected);
        }
        assert_eq!(error_type(&KafkaError::Canceled), "CANCELED");
        assert_eq!(error_type(&KafkaError::Subscription("x".to_owned())), "_OTHER");
    }

    #[test]
    fn whatever_code_a_broker_replies_is_one_of_few_names() {
        let codes = i32::from(i16::MIN)..=i32::from(i16::MAX);
        let known = codes.filter_map(|code| RDKafkaRespErr::try_from(code).ok());
        let mut types: Vec<_> =
            known.map(|code| error_type(&KafkaError::MessageProduction(code.into()))).collect();
        types.sort_unstable();
        types.dedup();
        assert!((100..300).contains(&types.len()), "{}", types.len());
        for name in types {
            let is_plain =
                name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            assert!(is_plain && (2..64).contains(&name.len()), "{name:?}");
        }
    }

    #[test]
    fn the_error_of_a_send_is_known_with_its_message() {
        let message =
            OwnedMessage::new(None, None, "t".to_owned(), rdkafka::Timestamp::NotAvailable, 0, 0, None);
        let error = (KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), message);
        assert_eq!(Kafka::error_type(&error).unwrap(), "QUEUE_FULL");
        assert_eq!(Kafka::error_type(&"something else"), None);
    }
}
