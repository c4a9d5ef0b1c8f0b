//! The brokers of a run: each lane is on the one that is given for it, else on Kafka.

use tracehop_kafka::MessagingTracer;

use crate::cli::Cli;
use crate::kafka::Kafka;
use crate::lane::{Lane, Queues};
use crate::nats::Nats;
use crate::rabbitmq::RabbitMq;
use crate::receiver::Receiver;
use crate::sender::Sender;

pub(crate) struct Brokers {
    pub(crate) kafka: Kafka,
    rabbitmq: Option<RabbitMq>,
    nats: Option<Nats>,
    suffix: String,
}

impl Brokers {
    pub(crate) async fn connect(cli: &Cli) -> anyhow::Result<Self> {
        // A broker may be shared, and an earlier run may have left something behind.
        let given = cli.kafka_brokers.is_some() || cli.amqp_url.is_some() || cli.nats_url.is_some();
        let suffix = if given { of_this_run() } else { String::new() };
        let kafka = Kafka::connect(cli.kafka_brokers.as_deref(), &suffix).await?;
        let rabbitmq = match &cli.amqp_url {
            Some(url) => Some(RabbitMq::connect(url, Lane::Payments.queues(&suffix)).await?),
            None => None,
        };
        let nats = match &cli.nats_url {
            Some(url) => Some(Nats::connect(url, Lane::Shipments.queues(&suffix)).await?),
            None => None,
        };
        Ok(Self { kafka, rabbitmq, nats, suffix })
    }

    pub(crate) fn description(&self) -> String {
        let others = [self.rabbitmq.as_ref().map(|_| ", RabbitMQ"), self.nats.as_ref().map(|_| ", NATS")];
        format!("Kafka at {}{}", self.kafka.description(), others.map(Option::unwrap_or_default).concat())
    }

    /// Removes what would stay behind on brokers that go on living.
    pub(crate) async fn clean_up(&self) -> anyhow::Result<()> {
        if let Some(nats) = &self.nats {
            nats.clean_up().await?;
        }
        if let Some(rabbitmq) = &self.rabbitmq {
            rabbitmq.clean_up().await?;
        }
        self.kafka.clean_up().await
    }

    pub(crate) fn queues(&self, lane: Lane) -> Queues {
        lane.queues(&self.suffix)
    }

    pub(crate) async fn sender(&self, lane: Lane, tracer: &MessagingTracer) -> anyhow::Result<Sender> {
        let Queues { name, .. } = self.queues(lane);
        Ok(match (lane, &self.rabbitmq, &self.nats) {
            (Lane::Payments, Some(rabbitmq), _) => {
                Sender::RabbitMq(Box::new(rabbitmq.publisher(tracer).await?), name)
            }
            (Lane::Shipments, _, Some(nats)) => Sender::Nats(Box::new(nats.publisher(tracer).await?), name),
            _ => Sender::Kafka(self.kafka.producer(tracer)?, name),
        })
    }

    pub(crate) async fn receiver(&self, lane: Lane, tracer: &MessagingTracer) -> anyhow::Result<Receiver> {
        let Queues { name, dead_letters } = self.queues(lane);
        self.receiver_of(lane, &name, dead_letters, tracer).await
    }

    /// Of what nobody could handle. Its handlers must not fail: there is nowhere else to send it.
    pub(crate) async fn dead_letters(
        &self,
        lane: Lane,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<Receiver> {
        let Queues { dead_letters, .. } = self.queues(lane);
        self.receiver_of(lane, &dead_letters.clone(), dead_letters, tracer).await
    }

    async fn receiver_of(
        &self,
        lane: Lane,
        name: &str,
        dead_letters: String,
        tracer: &MessagingTracer,
    ) -> anyhow::Result<Receiver> {
        Ok(match (lane, &self.rabbitmq, &self.nats) {
            (Lane::Payments, Some(rabbitmq), _) => {
                let publisher = Box::new(rabbitmq.publisher(tracer).await?);
                Receiver::RabbitMq { consumer: publisher.consumer(name).await?, publisher, dead_letters }
            }
            (Lane::Shipments, _, Some(nats)) => {
                let publisher = Box::new(nats.publisher(tracer).await?);
                let messages = Box::new(nats.consumer(name, tracer).await?);
                Receiver::Nats { messages, publisher, dead_letters }
            }
            _ => {
                let producer = self.kafka.producer(tracer)?;
                Receiver::Kafka { consumer: self.kafka.consumer(name, tracer)?, producer, dead_letters }
            }
        })
    }
}

/// The number of the process, in letters: routing keys and subjects with a number look as if each order had one, and are
/// then no part of a span's name.
fn of_this_run() -> String {
    let letter = |digit: char| char::from_u32(u32::from('a') + digit.to_digit(10)?);
    format!("-{}", std::process::id().to_string().chars().filter_map(letter).collect::<String>())
}
