//! The messages that servers deliver: without a header, or with the context of a sampled or an unsampled span, each of another.

use std::str::FromStr;

use anyhow::{Context, bail};
use serde::{Serialize, Serializer};

/// A send to this name is an order: its payload says from where how many messages are to be delivered.
pub(crate) const DELIVER: &str = "deliver";

/// The JetStream stream that holds everything.
pub(crate) const STREAM: &str = "ORDERS";

/// So many messages of a name differ, then they come again: more than tracehop remembers.
pub(crate) const MESSAGES: u32 = 8_192;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Without any header.
    Bare,
    Unsampled,
    Sampled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// 100 bytes.
    Small,
    /// 1 KiB.
    Large,
}

impl Serialize for Size {
    /// As bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(self.bytes()).unwrap_or_default())
    }
}

impl Size {
    pub(crate) const ALL: [Self; 2] = [Self::Small, Self::Large];

    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Small => 100,
            Self::Large => 1_024,
        }
    }
}

/// Messages of one kind and size: a topic, a queue, a subject or a durable consumer has their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) kind: Kind,
    pub(crate) size: Size,
}

impl Mail {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let kinds = [Kind::Bare, Kind::Unsampled, Kind::Sampled];
        kinds.into_iter().flat_map(|kind| Size::ALL.map(|size| Self { kind, size }))
    }

    /// It has no digits, which would look like an identifier in a span's name.
    pub(crate) fn name(self) -> &'static str {
        match (self.kind, self.size) {
            (Kind::Bare, Size::Small) => "bare_small",
            (Kind::Bare, Size::Large) => "bare_large",
            (Kind::Unsampled, Size::Small) => "unsampled_small",
            (Kind::Unsampled, Size::Large) => "unsampled_large",
            (Kind::Sampled, Size::Small) => "sampled_small",
            (Kind::Sampled, Size::Large) => "sampled_large",
        }
    }

    pub(crate) fn payload(self) -> Vec<u8> {
        vec![b'x'; self.size.bytes()]
    }

    /// The context of the message of this number.
    pub(crate) fn traceparent(self, number: u32) -> Option<String> {
        let flags = match self.kind {
            Kind::Bare => return None,
            Kind::Unsampled => "00",
            Kind::Sampled => "01",
        };
        let span = u64::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Some(format!("00-0af7651916cd43dd8448eb211c80319c-{span:016x}-{flags}"))
    }
}

impl FromStr for Mail {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> anyhow::Result<Self> {
        match Self::all().find(|mail| mail.name() == name) {
            Some(mail) => Ok(mail),
            None => bail!("there is no mail {name:?}"),
        }
    }
}

/// An order: `sampled_small 20000`.
pub(super) fn order(payload: &[u8]) -> anyhow::Result<(Mail, u32)> {
    let text = std::str::from_utf8(payload)?;
    let (name, count) = text.split_once(' ').context("an order is a name and a number")?;
    Ok((name.parse()?, count.parse()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_order_names_mail_and_how_much() {
        let (mail, count) = order(b"sampled_large 12").unwrap();
        assert_eq!((mail.name(), count), ("sampled_large", 12));
        assert!(order(b"nothing").is_err() && order(b"other 1").is_err());
    }

    #[test]
    fn each_message_has_another_context() {
        let mail = Mail { kind: Kind::Sampled, size: Size::Small };
        let contexts: BTreeSet<_> = (0..MESSAGES).map(|number| mail.traceparent(number)).collect();
        assert_eq!(contexts.len(), usize::try_from(MESSAGES).unwrap());
    }
}
