//! A broker inside the process.

use rdkafka::ClientConfig;
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{FutureProducer, Producer};

use crate::ffi;

/// librdkafka's own in-process cluster: the real wire protocol on a loopback port, no broker to install.
///
/// For tests and demonstrations. It has topics, groups, headers, compression and faults
/// ([`cluster`](Self::cluster)), but keeps only some megabytes for each partition, and shows aborted transactions to
/// everyone; and a group waits for its session time-out before it lets a second consumer in. It stops when this is dropped.
///
/// ```
/// use tracehop_kafka::EmbeddedBroker;
///
/// let broker = EmbeddedBroker::start()?;
/// broker.create_topic("orders", 3)?;
/// assert!(broker.bootstrap_servers().starts_with("127.0.0.1:"));
/// # Ok::<(), rdkafka::error::KafkaError>(())
/// ```
pub struct EmbeddedBroker {
    host: FutureProducer,
    bootstrap_servers: String,
}

impl EmbeddedBroker {
    /// Starts a cluster of one broker, in about a millisecond.
    ///
    /// # Errors
    ///
    /// librdkafka cannot make the client that hosts it.
    pub fn start() -> KafkaResult<Self> {
        let host: FutureProducer = ClientConfig::new().set("test.mock.num.brokers", "1").create()?;
        let bootstrap_servers = cluster_of(&host)?.bootstrap_servers();
        ffi::form_groups_at_once(host.client());
        Ok(Self { host, bootstrap_servers })
    }

    /// The value for `bootstrap.servers`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// Creates a topic.
    ///
    /// # Errors
    ///
    /// The topic exists, or the number of partitions is not positive.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> KafkaResult<()> {
        self.cluster()?.create_topic(topic, partitions, 1)
    }

    /// The cluster itself, to make it fail.
    ///
    /// # Errors
    ///
    /// Never in practice: the cluster lives as long as this.
    pub fn cluster(&self) -> KafkaResult<MockCluster<'_, impl rdkafka::ClientContext>> {
        cluster_of(&self.host)
    }
}

type HostContext = rdkafka::producer::future_producer::FutureProducerContext<DefaultClientContext>;

fn cluster_of(host: &FutureProducer) -> KafkaResult<MockCluster<'_, HostContext>> {
    let missing = || KafkaError::ClientCreation("the client has no mock cluster".to_owned());
    host.client().mock_cluster().ok_or_else(missing)
}

impl std::fmt::Debug for EmbeddedBroker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedBroker")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .finish_non_exhaustive()
    }
}
