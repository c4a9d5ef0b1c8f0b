//! Facts about clients.

use super::InternedStr;

/// What is the same for every message of one client.
///
/// ```
/// use tracehop::ClientFacts;
///
/// let facts = ClientFacts::default().client_id("checkout-1").consumer_group("checkout").server("kafka-1", 9092);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ClientFacts {
    pub(crate) client_id: Option<InternedStr>,
    pub(crate) consumer_group: Option<InternedStr>,
    pub(crate) server_address: Option<InternedStr>,
    pub(crate) server_port: Option<u16>,
}

impl ClientFacts {
    /// The client's own name.
    pub fn client_id(self, id: &str) -> Self {
        Self { client_id: Some(InternedStr::new(id)), ..self }
    }

    /// The consumer group the client belongs to.
    pub fn consumer_group(self, group: &str) -> Self {
        Self { consumer_group: Some(InternedStr::new(group)), ..self }
    }

    /// The broker's host and port.
    pub fn server(self, address: &str, port: impl Into<Option<u16>>) -> Self {
        Self { server_address: Some(InternedStr::new(address)), server_port: port.into(), ..self }
    }
}
