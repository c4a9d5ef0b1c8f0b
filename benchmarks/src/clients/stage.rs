//! The servers, started when they are first needed, and the children that use them.

use std::cell::OnceCell;
use std::process::Command;

use super::cell::{Broker, Cell, Style};
use super::crew::Member;
use super::task::{Task, WORKER};
use crate::servers::{Process, Server};

pub(crate) struct Stage {
    /// The program that serves.
    servers: String,
    /// The program whose `--worker` does the work.
    worker: String,
    kafka: OnceCell<Process>,
    rabbitmq: OnceCell<Process>,
    nats: OnceCell<Process>,
    sink: OnceCell<Process>,
}

impl Stage {
    pub(crate) fn new(servers: &str, worker: &str) -> Self {
        Self {
            servers: servers.to_owned(),
            worker: worker.to_owned(),
            kafka: OnceCell::new(),
            rabbitmq: OnceCell::new(),
            nats: OnceCell::new(),
            sink: OnceCell::new(),
        }
    }

    /// The child for a style of a cell.
    pub(crate) fn worker(&self, cell: Cell, style: Style) -> anyhow::Result<Member> {
        self.worker_of(&self.worker, cell, style)
    }

    /// The same, of another program.
    pub(super) fn worker_of(&self, program: &str, cell: Cell, style: Style) -> anyhow::Result<Member> {
        let (address, sink) = (self.address(cell.broker)?, self.sink()?);
        let task = Task { cell, style, address: address.to_owned(), sink: sink.to_owned() };
        let mut command = Command::new(program);
        Member::start(
            format!("{}, {}", cell.name(), style.name()),
            command.arg(WORKER).args(task.arguments()),
        )
    }

    /// The program whose children do the work.
    pub(crate) fn program(&self) -> &str {
        &self.worker
    }

    /// Where a broker listens, if there is one.
    pub(crate) fn address(&self, broker: Broker) -> anyhow::Result<&str> {
        broker.server().map_or(Ok("nowhere"), |server| Ok(self.server(server)?.address()))
    }

    /// Where the sink listens.
    pub(crate) fn sink(&self) -> anyhow::Result<&str> {
        Ok(self.server(Server::Sink)?.address())
    }

    /// Spans that the sink got so far.
    pub(crate) fn sunk(&self) -> anyhow::Result<u64> {
        Ok(self.server(Server::Sink)?.spans()?.count)
    }

    fn server(&self, server: Server) -> anyhow::Result<&Process> {
        let place = match server {
            Server::Kafka => &self.kafka,
            Server::RabbitMq => &self.rabbitmq,
            Server::Nats => &self.nats,
            Server::Sink => &self.sink,
        };
        if place.get().is_none() {
            let started = Process::start(&self.servers, server)?;
            return Ok(place.get_or_init(|| started));
        }
        place.get().ok_or_else(|| anyhow::anyhow!("a server is not there"))
    }
}
