//! A million messages to and from one destination, and to and from ten thousand: whether what a message costs and what the process
//! holds stay the same. Each stretch is a process of its own, for memory is that of a process.

use std::fmt::Write;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde::Serialize;

use crate::clients::Estimate;
use crate::mode::Mode;
use crate::ours::{self, Client};
use crate::provider::Tracers;
use crate::spans::{PARTITION, message_to};
use crate::traceparent::around;
use crate::verdict::{Judged, Verdict};

/// How this program starts itself for a stretch.
pub(crate) const SCALE: &str = "--scale";

const MANY_DESTINATIONS: u32 = 10_000;
const MESSAGES: u32 = 1_000_000;
const MESSAGES_QUICK: u32 = 200_000;

/// Ten thousand destinations may cost so many times what one costs; chosen when this was first measured.
const FLAT: f64 = 1.25;
/// The last tenth of the messages may cost so many times what the second tenth cost.
const STEADY: f64 = 1.1;
/// So much may memory grow over the last nine tenths, in KiB: the noise of an allocator.
const GROWTH: f64 = 1_024.0;

/// What a child does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    destinations: u32,
    messages: u32,
}

/// What it found out.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Found {
    /// Nanoseconds for a send and a receive with its handling, over the second tenth of the messages and over the last.
    early: f64,
    late: f64,
    /// KiB that the process holds after the first tenth, and at the end. Zero where the system does not say.
    memory_early: f64,
    memory_late: f64,
}

/// All stretches over one number of destinations.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scale {
    destinations: u32,
    messages: u32,
    early: Estimate,
    late: Estimate,
    memory_early: Estimate,
    memory_growth: Estimate,
}

impl Stretch {
    pub(crate) fn parse(arguments: &[String]) -> anyhow::Result<Self> {
        let [destinations, messages] = arguments else { bail!("a stretch has two numbers") };
        Ok(Self { destinations: destinations.parse()?, messages: messages.parse()? })
    }

    /// In the child: says four numbers.
    pub(crate) fn run(self) {
        let Found { early, late, memory_early, memory_late } = self.find();
        println!("{early} {late} {memory_early} {memory_late}");
    }

    fn find(self) -> Found {
        let client = Client::new(&Tracers::discarding(Mode::Sampled).ours);
        let names: Vec<String> = (0..self.destinations).map(|number| format!("orders-{number}")).collect();
        let messages: Vec<_> = names.iter().map(|name| message_to(name)).collect();
        let _active = around(Mode::Sampled).attach();
        let tenth = self.messages / 10;
        let mut turns = names.iter().zip(&messages).cycle();
        let mut found = Found::default();
        for part in 0..10 {
            let started = Instant::now();
            for (name, message) in turns.by_ref().take(tenth as usize) {
                let mut headers = None;
                client.send(black_box(name), PARTITION, &mut headers);
                black_box(headers);
                ours::process(&client.receive(black_box(message)), |_| ());
            }
            let each = started.elapsed().as_nanos() as f64 / f64::from(tenth.max(1));
            match part {
                0 => found.memory_early = memory(),
                1 => found.early = each,
                9 => (found.late, found.memory_late) = (each, memory()),
                _ => {}
            }
        }
        found
    }

    fn in_a_child(self) -> anyhow::Result<Found> {
        let output = Command::new(std::env::current_exe()?)
            .args([SCALE, &self.destinations.to_string(), &self.messages.to_string()])
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(output.status.success(), "a stretch ended with {}", output.status);
        let text = String::from_utf8(output.stdout)?;
        let numbers: Vec<f64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [early, late, memory_early, memory_late] = *numbers.as_slice() else {
            bail!("not four numbers: {text}")
        };
        Ok(Found { early, late, memory_early, memory_late })
    }
}

/// KiB in memory, as Linux says it.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// One destination and many, in turns.
pub(crate) fn measure(is_quick: bool, budget: Duration) -> anyhow::Result<Vec<Scale>> {
    let messages = if is_quick { MESSAGES_QUICK } else { MESSAGES };
    let numbers = [1, MANY_DESTINATIONS];
    let mut found = numbers.map(|_| Vec::new());
    let until = Instant::now() + budget;
    while found.iter().any(|of| of.len() < 3) || Instant::now() < until {
        for (destinations, of) in numbers.into_iter().zip(&mut found) {
            of.push(Stretch { destinations, messages }.in_a_child()?);
        }
    }
    let scales = numbers.into_iter().zip(found).map(|(destinations, found)| {
        let over = |of: fn(&Found) -> f64| {
            Estimate::of(found.iter().map(of).collect()).context("nothing was measured")
        };
        Ok(Scale {
            destinations,
            messages,
            early: over(|found| found.early)?,
            late: over(|found| found.late)?,
            memory_early: over(|found| found.memory_early)?,
            memory_growth: over(|found| found.memory_late - found.memory_early)?,
        })
    });
    scales.collect()
}

pub(crate) fn render(scales: &[Scale]) -> String {
    let mut text = "\nScale: a send and a receive with its handling, without a broker, sampled\n".to_owned();
    for of in scales {
        let millions = f64::from(of.messages) / 1e6;
        let _ = writeln!(
            text,
            "{:>6} destinations, {millions} million messages: {:.0} ±{:.0} ns early, {:.0} ±{:.0} ns late; {:.1} MiB, then {:+.0} KiB",
            of.destinations,
            of.early.value,
            of.early.error,
            of.late.value,
            of.late.error,
            of.memory_early.value / 1024.0,
            of.memory_growth.value,
        );
    }
    text
}

pub(crate) fn judge(scales: &[Scale]) -> Vec<Judged> {
    let beyond = |row: String, asked: String, measured: String, verdict| Judged {
        goal: None,
        row,
        asked,
        measured,
        verdict,
    };
    let times = |row: String, limit: f64, of: Estimate, to: Estimate| {
        let ratio = crate::clients::ratio(of, to)?;
        let measured = format!("{:.2} ± {:.2}", ratio.value, ratio.error);
        let verdict = Verdict::at_most(limit, ratio.value, ratio.error);
        Some(beyond(row, format!("<= {limit} times"), measured, verdict))
    };
    let mut judged = Vec::new();
    for of in scales {
        let name = format!("{} destinations", of.destinations);
        judged.extend(times(format!("scale: late beside early, {name}"), STEADY, of.late, of.early));
        let growth = of.memory_growth;
        judged.push(beyond(
            format!("scale: memory that grows, {name}"),
            format!("<= {GROWTH} KiB"),
            format!("{:.0} ± {:.0} KiB", growth.value, growth.error),
            Verdict::at_most(GROWTH, growth.value, growth.error),
        ));
    }
    if let [one, many] = scales {
        judged.extend(times("scale: 10000 destinations beside one".to_owned(), FLAT, many.late, one.late));
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_tells_times_and_memory() {
        let found = Stretch { destinations: 3, messages: 100 }.find();
        assert!(found.early > 0.0 && found.late > 0.0);
        assert!(cfg!(not(target_os = "linux")) || found.memory_early > 0.0);
    }
}
