//! A message, and what is done with it.

use super::RawHeader;
use super::reader::Reader;

/// The input of every target that is about a message: some numbers, then headers up to the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Which of the formats.
    pub(crate) format: u8,
    /// Which context is written.
    pub(crate) context: u8,
    pub(crate) trace_id: [u8; 16],
    pub(crate) span_id: [u8; 8],
    pub(crate) flags: u8,
    pub(crate) headers: Vec<RawHeader>,
}

impl Message {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut reader = Reader::new(bytes);
        Self {
            format: reader.byte(),
            context: reader.byte(),
            trace_id: reader.array(),
            span_id: reader.array(),
            flags: reader.byte(),
            headers: RawHeader::read_all(&mut reader),
        }
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![self.format, self.context];
        bytes.extend(self.trace_id);
        bytes.extend(self.span_id);
        bytes.push(self.flags);
        self.headers.iter().for_each(|header| header.write(&mut bytes));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let header = RawHeader { kind: 4, name: b"tenant".to_vec(), value: vec![7; 300] };
        let headers = vec![header.clone(), RawHeader::default(), header];
        let message =
            Message { format: 1, context: 2, trace_id: [3; 16], span_id: [4; 8], flags: 5, headers };
        assert_eq!(Message::read(&message.to_bytes()), message);
    }

    #[test]
    fn any_bytes_are_a_message() {
        assert_eq!(Message::read(&[]), Message::default());
        let cut = [&[0; 27][..], &[1, 255, 255, b'a']].concat();
        let expected = RawHeader { kind: 1, name: b"a".to_vec(), value: Vec::new() };
        assert_eq!(Message::read(&cut).headers, [expected]);
    }
}
