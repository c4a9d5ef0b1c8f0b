use super::read::{Field, Unreadable, fields};

/// What the answer to an accepted request says about the spans that were rejected nevertheless.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PartialSuccess {
    pub(super) rejected_spans: i64,
    pub(super) error_message: String,
}

impl PartialSuccess {
    /// Reads an `ExportTraceServiceResponse`. An empty one is a full success.
    pub(super) fn of_response(response: &[u8]) -> Result<Self, Unreadable> {
        let mut said = Self::default();
        fields(response, |tag, field| match (tag, field) {
            (1, Field::Bytes(partial)) => fields(partial, |tag, field| {
                match (tag, field) {
                    (1, Field::Number(count)) => said.rejected_spans = count.cast_signed(),
                    (2, Field::Bytes(text)) => {
                        let text = std::str::from_utf8(text).map_err(|_| Unreadable)?;
                        text.clone_into(&mut said.error_message);
                    }
                    (1 | 2, _) => return Err(Unreadable),
                    _ => {}
                }
                Ok(())
            }),
            (1, _) => Err(Unreadable),
            _ => Ok(()),
        })?;
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::{
        ExportTracePartialSuccess, ExportTraceServiceResponse,
    };
    use proptest::prelude::*;
    use prost::Message;

    use super::*;

    proptest! {
        #[test]
        fn what_a_server_says_is_read(rejected_spans: i64, error_message: String, said: bool) {
            let partial = ExportTracePartialSuccess { rejected_spans, error_message: error_message.clone() };
            let response = ExportTraceServiceResponse { partial_success: said.then_some(partial) };
            let expected =
                if said { PartialSuccess { rejected_spans, error_message } } else { PartialSuccess::default() };
            prop_assert_eq!(PartialSuccess::of_response(&response.encode_to_vec()), Ok(expected));
        }

        #[test]
        fn any_bytes_are_read_or_are_unreadable(bytes: Vec<u8>) {
            let theirs = ExportTraceServiceResponse::decode(bytes.as_slice());
            // What we read is not more than what prost reads, but for groups.
            if PartialSuccess::of_response(&bytes).is_ok() {
                prop_assert!(theirs.is_ok(), "{:?}", theirs);
            }
        }
    }

    #[test]
    fn a_page_of_html_is_unreadable() {
        assert_eq!(PartialSuccess::of_response(b"<html>Sign in"), Err(Unreadable));
    }
}
