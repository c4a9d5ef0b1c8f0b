//! The child that does one style of one cell: it is told on standard input how many messages to send or receive, and says on
//! standard output what they took. Globals are then truly global, and CPU time is that of one style alone.

use std::io::{self, BufRead, Write};

use tokio::runtime::{Builder, Runtime};

use super::cell::{Broker, Direction};
use super::client::{self, Client};
use super::clock::Slice;
use super::hand::Hand;
use super::jetstream::JetStream;
use super::kafka::Kafka;
use super::memory::Memory;
use super::nats::Nats;
use super::rabbitmq::RabbitMq;
use super::task::Task;
use super::telemetry::Telemetry;
use crate::pin::Pin;
use crate::traceparent::around;

/// Messages of a batch.
pub(super) const BATCH: u32 = 100;

/// `allocations` is the allocator's count so far, if it counts.
pub(crate) fn work(task: &Task, allocations: impl Fn() -> usize) -> anyhow::Result<()> {
    // Before there are other threads: they run where this one does.
    if (task.cell.broker, task.cell.direction) == (Broker::RabbitMq, Direction::Send) {
        Pin::Worker.here();
    }
    let telemetry = Telemetry::start(task.cell.pipeline, task.style, &task.sink)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let tracer = telemetry.messaging_tracer();
    let (address, payload) = (task.address.as_str(), task.cell.mail(task.style).payload());
    let worker = Worker { task, telemetry, runtime, allocations };
    match task.cell.broker {
        Broker::Memory => worker.run(Memory::new(&tracer)),
        Broker::Kafka => {
            let _entered = worker.runtime.enter();
            worker.run(Kafka::connect(address, &tracer, payload)?)
        }
        Broker::RabbitMq => {
            let client = worker.runtime.block_on(RabbitMq::connect(address, &tracer, payload))?;
            worker.run(client)
        }
        Broker::Nats => {
            let client = worker.runtime.block_on(Nats::connect(address, &tracer, payload))?;
            worker.run(client)
        }
        Broker::JetStream => {
            let client = worker.runtime.block_on(JetStream::connect(address, &tracer, payload))?;
            worker.run(client)
        }
    }
}

struct Worker<'a, A> {
    task: &'a Task,
    telemetry: Telemetry,
    runtime: Runtime,
    allocations: A,
}

impl<A: Fn() -> usize> Worker<'_, A> {
    /// A line for each line, until there are no more.
    fn run<C: Client>(&self, mut client: C) -> anyhow::Result<()> {
        let hand = Hand::new(C::SYSTEM, C::SEND);
        let mut output = io::stdout();
        writeln!(output, "ready")?;
        output.flush()?;
        for line in io::stdin().lock().lines() {
            let messages = line?.trim().parse()?;
            let (dropped, allocations) = (self.telemetry.dropped(), (self.allocations)());
            let Slice { messages, elapsed, cpu } = self.slice(&mut client, &hand, messages)?;
            let (dropped, allocations) =
                (self.telemetry.dropped() - dropped, (self.allocations)() - allocations);
            let cpu = cpu.unwrap_or_default().as_nanos();
            let elapsed = elapsed.as_nanos();
            writeln!(output, "{messages} {elapsed} {cpu} {dropped} {allocations}")?;
            output.flush()?;
        }
        Ok(())
    }

    /// The clock stops when the exporter has all spans: what it has to do for them belongs to them.
    fn slice<C: Client>(&self, client: &mut C, hand: &Hand, messages: u32) -> anyhow::Result<Slice> {
        let Task { cell, style, .. } = self.task;
        let batch = if cell.direction == Direction::Batch { BATCH } else { 1 };
        let messages = messages.next_multiple_of(batch);
        let clock = match cell.direction {
            Direction::Send => {
                let _active = around(self.telemetry.mode()).attach();
                self.runtime.block_on(client::send(client, *style, hand, messages))?
            }
            Direction::Receive | Direction::Batch => {
                let mail = cell.mail(*style);
                let batch = usize::try_from(batch)?;
                self.runtime.block_on(client::receive(client, *style, hand, mail, messages, batch))?
            }
        };
        self.telemetry.drain()?;
        Ok(clock.stop(messages))
    }
}
