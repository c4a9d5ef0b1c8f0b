//! Takes receipts from NATS, and mails them. `mailer.py` is the same in another language.

#![forbid(unsafe_code)]

use anyhow::bail;
use futures::StreamExt;
use integration_suite::{Names, run, variable};
use tracehop_nats::{MessagingTracer, TracedClient};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    run("mailer", serve).await
}

async fn serve(tracer: MessagingTracer) -> anyhow::Result<()> {
    let names = Names::from_environment();
    let nats = TracedClient::connect(variable("TRACEHOP_NATS_URL")?, &tracer).await?;
    let mut receipts = nats.subscribe(names.receipts()).await?;
    nats.flush().await?;
    println!("mailer is ready");

    while let Some(receipt) = receipts.next().await {
        receipt.process(async {}).await;
    }
    bail!("NATS ended the subscription")
}
