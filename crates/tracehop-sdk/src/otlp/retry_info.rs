use std::time::Duration;

use super::read::{Field, Unreadable, fields};

/// The delay of a `google.rpc.RetryInfo` in the details of a status, which are a `google.rpc.Status`.
pub(super) fn delay(details: &[u8]) -> Option<Duration> {
    let mut delay = None;
    let read = fields(details, |tag, field| {
        if let (3, Field::Bytes(any)) = (tag, field)
            && let Some(info) = retry_info(any)?
        {
            delay = of_info(info)?;
        }
        Ok(())
    });
    read.ok().and(delay)
}

/// What a `google.protobuf.Any` holds, if it is a `RetryInfo`.
fn retry_info(any: &[u8]) -> Result<Option<&[u8]>, Unreadable> {
    let (mut name, mut value): (&[u8], &[u8]) = (&[], &[]);
    fields(any, |tag, field| {
        match (tag, field) {
            (1, Field::Bytes(bytes)) => name = bytes,
            (2, Field::Bytes(bytes)) => value = bytes,
            _ => {}
        }
        Ok(())
    })?;
    Ok(name.ends_with(b"/google.rpc.RetryInfo").then_some(value))
}

fn of_info(info: &[u8]) -> Result<Option<Duration>, Unreadable> {
    let (mut is_there, mut seconds, mut nanos) = (false, 0, 0);
    fields(info, |tag, field| {
        let (1, Field::Bytes(duration)) = (tag, field) else { return Ok(()) };
        is_there = true;
        fields(duration, |tag, field| {
            match (tag, field) {
                (1, Field::Number(number)) => seconds = number,
                (2, Field::Number(number)) => nanos = number,
                _ => {}
            }
            Ok(())
        })
    })?;
    // A negative one has passed, and is no number of nanoseconds.
    let nanos = u32::try_from(nanos).unwrap_or_default().min(999_999_999);
    let seconds = u64::try_from(seconds.cast_signed()).unwrap_or_default();
    Ok(is_there.then(|| Duration::new(seconds, nanos)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tonic_types::{ErrorDetails, StatusExt};

    use super::*;

    fn details(details: ErrorDetails) -> Vec<u8> {
        tonic::Status::with_error_details(tonic::Code::Unavailable, "", details).details().to_vec()
    }

    proptest! {
        #[test]
        fn what_a_server_asks_for_is_read(seconds in 0..315_576_000_000_u64, nanos in 0..1_000_000_000_u32) {
            let asked = Duration::new(seconds, nanos);
            let mut all = ErrorDetails::with_help_link("a", "b");
            all.set_retry_info(Some(asked));
            all.set_debug_info(vec![], "c");
            prop_assert_eq!(delay(&details(all)), Some(asked));
        }

        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            delay(&bytes);
        }
    }

    #[test]
    fn details_without_it_have_no_delay() {
        assert_eq!(delay(&[]), None);
        assert_eq!(delay(&details(ErrorDetails::with_debug_info(vec![], "a"))), None);
        assert_eq!(delay(&details(ErrorDetails::with_retry_info(None))), None);
        assert_eq!(delay(b"garbage"), None);
    }
}
