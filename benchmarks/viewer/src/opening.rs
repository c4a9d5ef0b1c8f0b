//! How fast pages open: a journey of 10,000 spans, and a list of 100,000 journeys.

use std::io::Read;
use std::time::{Duration, Instant};

use anyhow::Context;
use browser::{Browser, Viewer};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::batch::Batch;
use crate::sender::{Answer, Protocol, Sender};
use crate::table::{Table, grouped};
use crate::viewer;

/// Spans of the long journey, and the number of short ones.
const SPANS: u64 = 10_000;
const JOURNEYS: u64 = 100_000;

/// A request of so many spans stays below the limit of one request.
const ORDERS: u64 = 100;

/// How often a page is opened. The median is told.
const TIMES: usize = 7;

const BUSY: Duration = Duration::from_millis(2);

pub(crate) async fn measure(arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    let (viewer, _) = viewer::start(&["--max-memory", "4GiB"]).await?;
    let mut sender = Sender::to(&viewer, Protocol::Grpc).await?;
    let long = Batch::chain(arguments.many(SPANS));
    send(&mut sender, &long, 0).await?;
    let orders = Batch::orders(ORDERS);
    let requests = arguments.many(JOURNEYS) / ORDERS;
    for number in 1..=requests {
        send(&mut sender, &orders, number).await?;
    }
    viewer::settled(&viewer, long.spans + requests * orders.spans).await?;
    let journeys = requests * ORDERS + 1;
    let enough =
        |answer: &Value| answer.get("matched").and_then(Value::as_u64).filter(|matched| *matched >= journeys);
    viewer.wait_for("/api/v1/journeys?limit=1&window=all", enough).await?;
    let longest = viewer.get("/api/v1/journeys?limit=1&window=all&sort=spans").await?;
    let longest =
        longest.pointer("/journeys/0/id").and_then(Value::as_str).context("the long journey is not there")?;

    let (many, spans) = (grouped(journeys), grouped(long.spans));
    let pages = [
        (format!("a journey of {spans} spans"), format!("/journeys/{longest}")),
        (format!("a list of {many} journeys"), "/?window=all".to_owned()),
        ("  the same, sorted by duration".to_owned(), "/?window=all&sort=took".to_owned()),
        (
            "  the same, searched".to_owned(),
            "/?window=all&q=dest%3Aorders+wait%3E40ms+user.id%3Auser-42".to_owned(),
        ),
        ("  the map of them".to_owned(), "/map?window=all".to_owned()),
        ("  their troubles".to_owned(), "/trouble?window=all".to_owned()),
    ];
    for (what, path) in &pages {
        answer(&viewer, what, path, table).await?;
    }
    let browser = Browser::start(1280, 900).await?;
    for (what, path) in &pages {
        let mut paints = Vec::new();
        for _ in 0..TIMES {
            browser.tab().open(&format!("{}{path}", viewer.page())).await?;
            paints.push(browser.tab().first_paint().await?);
        }
        paints.sort_unstable_by(f64::total_cmp);
        let paint = paints.get(TIMES / 2).copied().unwrap_or_default();
        table.add(format!("{what}: first paint"), format!("{paint:.0} ms"), "200 ms");
    }
    Ok(())
}

/// How long the first byte takes, and how much there is.
async fn answer(viewer: &Viewer, what: &str, path: &str, table: &mut Table) -> anyhow::Result<()> {
    let url = format!("{}{path}", viewer.page());
    let measured = tokio::task::spawn_blocking(move || {
        let mut times = Vec::new();
        let mut size = 0;
        for _ in 0..TIMES {
            let started = Instant::now();
            let answer = ureq::get(&url).call()?;
            let first = started.elapsed();
            size = answer.into_body().into_reader().read_to_end(&mut Vec::new())?;
            times.push((first, started.elapsed()));
        }
        times.sort_unstable();
        anyhow::Ok((times.get(TIMES / 2).copied().unwrap_or_default(), size))
    });
    let ((first, whole), size) = measured.await??;
    let milliseconds = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let told = format!("{} / {}, {} KiB", milliseconds(first), milliseconds(whole), size / 1_024);
    table.add(format!("{what}: first / last byte, size"), told, "");
    Ok(())
}

async fn send(sender: &mut Sender, batch: &Batch, number: u64) -> anyhow::Result<()> {
    let request = batch.numbered(number);
    while sender.send(request.clone()).await? == Answer::Busy {
        tokio::time::sleep(BUSY).await;
    }
    Ok(())
}
