//! How much memory is held when once, ten times and a hundred times as much is sent as the bound lets it keep.

use std::time::Duration;

use browser::Viewer;

use crate::arguments::Arguments;
use crate::batch::Batch;
use crate::process::Process;
use crate::sender::{Answer, Protocol, Sender};
use crate::table::{Table, grouped, mebibytes};
use crate::viewer;

/// The bound of this viewer, in the words of its option.
const BOUND: &str = "64MiB";

const ORDERS: u64 = 102;

const BUSY: Duration = Duration::from_millis(2);

pub(crate) async fn measure(arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    let (viewer, process) = viewer::start(&["--max-memory", BOUND]).await?;
    let mut load = Load {
        viewer: &viewer,
        sender: Sender::to(&viewer, Protocol::Grpc).await?,
        batch: Batch::orders(ORDERS),
        sent: 0,
        number: 0,
    };
    table.add(format!("memory with nothing in it, bound {BOUND}"), mebibytes(process.memory()?), "");
    // The bound is reached as soon as a span is dropped.
    while viewer::dropped(&viewer).await? == 0 {
        load.send(load.batch.spans * 10).await?;
    }
    let once = load.sent;
    tell(table, 1, once, process)?;
    for times in [10, arguments.many(100)] {
        load.send(once * times - load.sent.min(once * times)).await?;
        tell(table, times, load.sent, process)?;
    }
    Ok(())
}

fn tell(table: &mut Table, times: u64, sent: u64, process: Process) -> anyhow::Result<()> {
    table.add(
        format!("memory at {times} times the bound ({} spans)", grouped(sent)),
        mebibytes(process.memory()?),
        "flat",
    );
    Ok(())
}

struct Load<'a> {
    viewer: &'a Viewer,
    sender: Sender,
    batch: Batch,
    sent: u64,
    number: u64,
}

impl Load<'_> {
    /// Sends as many spans, or a few more, and waits until they were looked at.
    async fn send(&mut self, spans: u64) -> anyhow::Result<()> {
        let until = self.sent + spans;
        while self.sent < until {
            let request = self.batch.numbered(self.number);
            self.number += 1;
            while self.sender.send(request.clone()).await? == Answer::Busy {
                tokio::time::sleep(BUSY).await;
            }
            self.sent += self.batch.spans;
        }
        viewer::settled(self.viewer, self.sent).await
    }
}
