//! How many spans are taken in when senders send as fast as they can.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::arguments::Arguments;
use crate::batch::Batch;
use crate::sender::{Answer, Protocol, Sender};
use crate::table::{Table, grouped};
use crate::viewer;

const TIME: Duration = Duration::from_secs(20);

/// How many requests are on their way at once.
const SENDERS: u64 = 4;

/// So that a request has 510 spans, nearly what exporters send at once.
const ORDERS: u64 = 102;

/// How long a sender waits when the queue is full.
const BUSY: Duration = Duration::from_millis(2);

pub(crate) async fn measure(arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    for protocol in [Protocol::Grpc, Protocol::Http] {
        one(arguments, protocol, table).await?;
    }
    Ok(())
}

async fn one(arguments: &Arguments, protocol: Protocol, table: &mut Table) -> anyhow::Result<()> {
    let (viewer, process) = viewer::start(&[]).await?;
    let batch = Arc::new(Batch::orders(ORDERS));
    let sender = Sender::to(&viewer, protocol).await?;
    let (numbers, busy) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (started, worked) = (Instant::now(), process.worked()?);
    let until = started + arguments.time(TIME);
    let senders = (0..SENDERS).map(|_| {
        let (mut sender, batch) = (sender.clone(), Arc::clone(&batch));
        let (numbers, busy) = (Arc::clone(&numbers), Arc::clone(&busy));
        tokio::spawn(async move {
            let mut accepted = 0;
            while Instant::now() < until {
                let request = batch.numbered(numbers.fetch_add(1, Ordering::Relaxed));
                while sender.send(request.clone()).await? == Answer::Busy {
                    busy.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(BUSY).await;
                }
                accepted += batch.spans;
            }
            anyhow::Ok(accepted)
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut accepted = 0;
    for sender in senders {
        accepted += sender.await??;
    }
    // What is still in the queue is work that belongs to it.
    viewer::settled(&viewer, accepted).await?;
    let took = started.elapsed().as_secs_f64();
    let worked = process.worked()?.saturating_sub(worked).as_secs_f64();
    let rate = |time: f64| grouped((accepted as f64 / time) as u64);
    let kilobytes = batch.len() / 1_024;
    table.add(
        format!("{protocol}, {} spans a request ({kilobytes} KiB)", batch.spans),
        format!("{} spans/s", rate(took)),
        "50,000 on one core",
    );
    table.add(format!("{protocol}, a second of the core"), format!("{} spans", rate(worked)), "50,000");
    let busy = busy.load(Ordering::Relaxed);
    table.add(format!("{protocol}, answers that say: later"), grouped(busy), "");
    Ok(())
}
