//! The child: sends through tracehop's wrapper at a steady pace, on core NATS, where a send is one call that ends its own span.

use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use opentelemetry::global;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Builder;
use tracehop::{ClientFacts, MessagingTracer};
use tracehop_nats::TracedClient;
use tracehop_sdk::{ChunkSpanProcessor, Drops, OtlpCounters, OtlpExporter};

use super::endpoint::Endpoint;
use super::slice::Slice;
use super::tally::Tally;
use crate::discard::Discard;
use crate::mode::Mode;
use crate::traceparent::around;

/// How this program starts itself to send.
pub(crate) const TAIL: &str = "--tail";

/// Sends each millisecond, one after the other: 20,000 a second, which leaves a core most of its time.
pub(super) const A_TICK: u32 = 20;
const TICK: Duration = Duration::from_millis(1);

/// For all attempts at a batch. An exporter that waits for ten seconds fails no other way, and the run would wait for it.
const TIMEOUT: Duration = Duration::from_millis(400);
/// A queue of batches that each take that long is given up within this.
const SHUTDOWN: Duration = Duration::from_secs(10);

/// What the child is told in place of a number of sends: to say what became of its spans.
pub(super) const END: &str = "end";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(super) endpoint: Endpoint,
    /// Of the NATS server.
    pub(super) broker: String,
    /// Where the endpoint listens, or does not.
    pub(super) address: String,
}

/// The process's provider, and what tells of its spans.
struct Exported {
    provider: SdkTracerProvider,
    counts: Option<(Drops, OtlpCounters)>,
}

impl Load {
    /// For the command line.
    pub(super) fn arguments(&self) -> [&str; 4] {
        [TAIL, self.endpoint.name(), &self.broker, &self.address]
    }

    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let [endpoint, broker, address] = arguments else { bail!("a load has three parts") };
        Ok(Self { endpoint: endpoint.parse()?, broker: broker.clone(), address: address.clone() })
    }

    /// A line for each line, until there are no more.
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let exported = Exported::start(self.endpoint.url(&self.address))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tracer = MessagingTracer::global();
        let facts = ClientFacts::default().client_id("checkout-1");
        let client = runtime.block_on(TracedClient::connect(self.broker.as_str(), &tracer))?;
        let client = client.with_facts(facts);
        let mut output = io::stdout();
        writeln!(output, "ready")?;
        output.flush()?;
        let mut sent = 0;
        for line in io::stdin().lock().lines() {
            let line = line?;
            if line.trim() == END {
                writeln!(output, "{}", exported.end(sent)?.line())?;
            } else {
                let sends: u32 = line.trim().parse()?;
                let slice = runtime.block_on(send(&client, sends))?;
                sent += u64::from(sends);
                if self.endpoint.is_busy() {
                    // What fails is counted.
                    let _failed = exported.provider.force_flush();
                }
                writeln!(output, "{}", slice.line())?;
            }
            output.flush()?;
        }
        Ok(())
    }
}

async fn send(client: &TracedClient, sends: u32) -> anyhow::Result<Slice> {
    let _active = around(Mode::Sampled).attach();
    let payload = vec![b'x'; 100];
    let mut took = Vec::with_capacity(usize::try_from(sends)?);
    let mut ticks = tokio::time::interval(TICK);
    for number in 0..sends {
        if number % A_TICK == 0 {
            // The connection's task sends what was published, and the processor's thread has the core.
            ticks.tick().await;
        }
        let payload = payload.clone().into();
        let started = Instant::now();
        client.publish("orders", payload).await?;
        took.push(u64::try_from(started.elapsed().as_nanos())?);
    }
    client.flush().await?;
    Slice::of(&mut took).context("nothing was sent")
}

impl Exported {
    fn start(url: Option<String>) -> anyhow::Result<Self> {
        let builder = SdkTracerProvider::builder();
        let exported = if let Some(url) = url {
            let exporter = OtlpExporter::builder().endpoint(url).timeout(TIMEOUT).build()?;
            let counters = exporter.counters();
            // The queue of an application that sets nothing: it is full soon where nothing arrives. The delay is that of the other
            // sections, for an end that comes soon.
            let processor = ChunkSpanProcessor::builder(exporter)
                .variables(|_| None)
                .schedule_delay(Duration::from_millis(200))
                .build()?;
            let counts = Some((processor.drops(), counters));
            Self { provider: builder.with_span_processor(processor).build(), counts }
        } else {
            Self { provider: builder.with_span_processor(Discard).build(), counts: None }
        };
        global::set_tracer_provider(exported.provider.clone());
        Ok(exported)
    }

    /// Waits until everything was delivered or given up. Without an exporter nothing is said of spans.
    fn end(&self, sent: u64) -> anyhow::Result<Tally> {
        let Some((drops, counters)) = &self.counts else { return Ok(Tally::default()) };
        // A last batch that fails is an error too, and what became of its spans is counted.
        let _failed = self.provider.shutdown_with_timeout(SHUTDOWN);
        Tally::of(sent, drops, counters).adds_up()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_is_understood_by_another_process() {
        for endpoint in Endpoint::EXPORTED {
            let (broker, address) = ("127.0.0.1:1".to_owned(), "127.0.0.1:2".to_owned());
            let load = Load { endpoint, broker, address };
            let arguments = load.arguments().map(str::to_owned);
            assert_eq!(Load::parse(arguments.get(1..).unwrap()).unwrap(), load);
        }
        assert!(Load::parse(&[]).is_err());
    }
}
