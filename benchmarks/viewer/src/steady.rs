//! 50,000 spans each second for a minute, whatever the viewer answers.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::arguments::Arguments;
use crate::batch::Batch;
use crate::sender::{Answer, Protocol, Sender};
use crate::table::{Table, grouped, mebibytes};
use crate::viewer;

const TIME: Duration = Duration::from_secs(60);

/// Spans in a request, and requests in a second.
const ORDERS: u64 = 100;
const REQUESTS: u64 = 100;

/// So many answers may be missing before senders wait, as exporters do.
const MOST_MISSING: usize = 200;

pub(crate) async fn measure(arguments: &Arguments, table: &mut Table) -> anyhow::Result<()> {
    let (viewer, process) = viewer::start(&[]).await?;
    let batch = Batch::orders(ORDERS);
    let sender = Sender::to(&viewer, Protocol::Grpc).await?;
    let requests = arguments.time(TIME).as_secs() * REQUESTS;
    let mut ticks = interval(Duration::from_secs(1) / u32::try_from(REQUESTS)?);
    // What was late is made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (started, worked) = (Instant::now(), process.worked()?);
    let mut answers = Answers::default();
    let mut missing = JoinSet::new();
    for number in 0..requests {
        ticks.tick().await;
        while missing.len() >= MOST_MISSING {
            answers.note(missing.join_next().await)?;
        }
        while let Some(answer) = missing.try_join_next() {
            answers.note(Some(answer))?;
        }
        let (mut sender, request) = (sender.clone(), batch.numbered(number));
        missing.spawn(async move {
            let started = Instant::now();
            let answer = sender.send(request).await?;
            anyhow::Ok((answer, started.elapsed()))
        });
    }
    while let Some(answer) = missing.join_next().await {
        answers.note(Some(answer))?;
    }
    let took = started.elapsed();
    viewer::settled(&viewer, answers.accepted * batch.spans).await?;
    let worked = process.worked()?.saturating_sub(worked);
    let sent = grouped(batch.spans * requests);
    let seconds = took.as_secs_f64();
    table.add(
        format!("{sent} spans sent in {seconds:.0} s: accepted"),
        grouped(answers.accepted * batch.spans),
        "all",
    );
    table.add("  refused, to be sent later", grouped(answers.busy * batch.spans), "0");
    let share = 100.0 * worked.as_secs_f64() / seconds;
    table.add("  of its core", format!("{share:.0} %"), "100 % at most");
    answers.times.sort_unstable();
    for (name, share) in [("half", 50), ("99 of 100", 99)] {
        let place = (answers.times.len() * share / 100).min(answers.times.len().saturating_sub(1));
        let time = answers.times.get(place).copied().unwrap_or_default();
        table.add(
            format!("  {name} of the answers came within"),
            format!("{:.1} ms", time.as_secs_f64() * 1e3),
            "",
        );
    }
    table.add("  memory at the end", mebibytes(process.memory()?), "the bound and what the program needs");
    Ok(())
}

#[derive(Debug, Default)]
struct Answers {
    accepted: u64,
    busy: u64,
    times: Vec<Duration>,
}

type Joined = Result<anyhow::Result<(Answer, Duration)>, tokio::task::JoinError>;

impl Answers {
    fn note(&mut self, joined: Option<Joined>) -> anyhow::Result<()> {
        if let Some(joined) = joined {
            let (answer, time) = joined??;
            match answer {
                Answer::Accepted => self.accepted += 1,
                Answer::Busy => self.busy += 1,
            }
            self.times.push(time);
        }
        Ok(())
    }
}
