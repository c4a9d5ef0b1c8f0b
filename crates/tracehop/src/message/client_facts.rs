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

    /// These facts, and of `others` what these do not say. A server's host and port are one fact.
    ///
    /// ```
    /// use tracehop::ClientFacts;
    ///
    /// let read = ClientFacts::default().client_id("rdkafka").server("10.0.0.7", 9092);
    /// let facts = ClientFacts::default().client_id("checkout-1").or(read);
    /// assert!(format!("{facts:?}").contains("checkout-1") && format!("{facts:?}").contains("10.0.0.7"));
    /// ```
    pub fn or(self, others: Self) -> Self {
        let (server_address, server_port) = match self.server_address {
            Some(address) => (Some(address), self.server_port),
            None => (others.server_address, others.server_port),
        };
        Self {
            client_id: self.client_id.or(others.client_id),
            consumer_group: self.consumer_group.or(others.consumer_group),
            server_address,
            server_port,
        }
    }

    /// The broker's host, and its port if that is known, as one name.
    pub(crate) fn server_name(&self) -> Option<InternedStr> {
        let address = self.server_address.as_ref()?;
        Some(match self.server_port {
            Some(port) => InternedStr::new(&format!("{}:{port}", address.as_str())),
            None => address.clone(),
        })
    }
}
