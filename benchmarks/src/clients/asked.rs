//! The goals of real clients.

use super::allocations::Allocations;
use super::cell::{Broker, Cell, Direction, Pipeline, Style};
use super::estimate::{Estimate, ratio, sum};
use super::outcome::Outcome;
use crate::servers::Size;
use crate::verdict::{Judged, Verdict};

/// 14: throughput of sampled sends and receives, as a part of the bare client's. What has no number goes beyond the goals.
const THROUGHPUT: [(Option<u8>, Broker, Direction, f64); 5] = [
    (Some(14), Broker::Kafka, Direction::Send, 0.92),
    (Some(14), Broker::RabbitMq, Direction::Send, 0.75),
    (Some(14), Broker::JetStream, Direction::Send, 0.65),
    (Some(14), Broker::JetStream, Direction::Receive, 0.80),
    (None, Broker::Kafka, Direction::Receive, 0.6),
];

/// 17: microseconds of CPU more than the bare client, on Kafka, with the SDK's processor and with tracehop's. 20: the same of a
/// sampled receive whose span tracehop's processor and exporter encode and send, without a client and on Kafka.
const CPU: [(u8, Broker, Pipeline, Direction, Style, f64); 10] = [
    (17, Broker::Kafka, Pipeline::Dropped, Direction::Send, Style::Ours, 0.85),
    (17, Broker::Kafka, Pipeline::Dropped, Direction::Send, Style::Whole, 0.85),
    (17, Broker::Kafka, Pipeline::Dropped, Direction::Receive, Style::Ours, 0.75),
    (17, Broker::Kafka, Pipeline::Dropped, Direction::Receive, Style::Whole, 0.75),
    (17, Broker::Kafka, Pipeline::Unsampled, Direction::Send, Style::Ours, 0.25),
    (17, Broker::Kafka, Pipeline::Unsampled, Direction::Receive, Style::Ours, 0.43),
    (17, Broker::Kafka, Pipeline::Unsampled, Direction::Send, Style::Whole, 0.25),
    (17, Broker::Kafka, Pipeline::Unsampled, Direction::Receive, Style::Whole, 0.27),
    (20, Broker::Memory, Pipeline::Otlp, Direction::Receive, Style::Whole, 1.0),
    (20, Broker::Kafka, Pipeline::Otlp, Direction::Receive, Style::Whole, 1.0),
];

/// 20: as a part of what the same wrapper costs with the SDK's processor and exporter.
const PART_OF_SDK: f64 = 0.25;

/// 12: the CPU more of a sampled send and receive, as a part of that by hand on OpenTelemetry's API and with `tracing`. On core
/// NATS beyond that of the header, which alone costs more than a bare publish.
const PART_OF: [(Style, f64); 2] = [(Style::ByHand, 0.65), (Style::Tracing, 0.35)];

/// 13: allocations in Rust more for a sampled send and receive. librdkafka makes six more for the header.
const ALLOCATIONS: [(Broker, f64); 4] =
    [(Broker::Kafka, 9.0), (Broker::RabbitMq, 14.0), (Broker::Nats, 19.0), (Broker::JetStream, 19.0)];

pub(crate) fn judge(outcomes: &[Outcome], allocations: &Allocations) -> Vec<Judged> {
    let found = |broker, direction, pipeline| {
        outcomes.iter().find(|of| of.cell == Cell { broker, direction, pipeline, size: Size::Small })
    };
    let mut judged = Vec::new();
    for (goal, broker, direction, limit) in THROUGHPUT {
        let outcome = found(broker, direction, Pipeline::Dropped);
        if let Some((outcome, rate)) = outcome.and_then(|of| Some((of, of.rate(Style::Ours)?))) {
            judged.push(Judged {
                goal,
                row: format!("throughput: {}", outcome.cell.name()),
                asked: format!(">= {limit} of bare"),
                measured: within(rate, ""),
                verdict: Verdict::at_least(limit, rate.value, rate.error),
            });
        }
    }
    for (goal, broker, pipeline, direction, style, limit) in CPU {
        let outcome = found(broker, direction, pipeline);
        if let Some((outcome, cpu)) = outcome.and_then(|of| Some((of, of.cpu(style)?))) {
            judged.push(Judged {
                goal: Some(goal),
                row: format!("CPU: {}, {}", outcome.cell.name(), style.name()),
                asked: format!("<= {limit} us"),
                measured: within(cpu, " us"),
                verdict: Verdict::at_most(limit, cpu.value, cpu.error),
            });
        }
    }
    let of_sdk = |broker| found(broker, Direction::Receive, Pipeline::Otlp).and_then(part_of_sdk);
    judged.extend([Broker::Memory, Broker::Kafka].into_iter().filter_map(of_sdk));
    for broker in Broker::ALL.iter().filter(|broker| broker.server().is_some()) {
        let both = [Direction::Send, Direction::Receive]
            .map(|direction| found(*broker, direction, Pipeline::Dropped));
        if let [Some(send), Some(receive)] = both {
            judged.extend(PART_OF.iter().filter_map(|part| part_of(*broker, send, receive, *part)));
        }
    }
    for (broker, limit) in ALLOCATIONS {
        if let Some(count) = allocations.hop(broker, Style::Ours) {
            judged.push(Judged {
                goal: Some(13),
                row: format!("allocations: {} send + receive, sampled", broker.name()),
                asked: format!("<= {limit}"),
                measured: format!("{count:.2}"),
                // A client's own threads allocate now and then.
                verdict: Verdict::from(count <= limit + 0.05),
            });
        }
    }
    judged
}

fn part_of_sdk(outcome: &Outcome) -> Option<Judged> {
    let part = ratio(outcome.cpu(Style::Whole)?, outcome.cpu(Style::Ours)?)?;
    Some(Judged {
        goal: Some(20),
        row: format!("CPU: {}, {}", outcome.cell.name(), Style::Whole.name()),
        asked: format!("<= {PART_OF_SDK} of the SDK's"),
        measured: within(part, ""),
        verdict: Verdict::at_most(PART_OF_SDK, part.value, part.error),
    })
}

fn part_of(broker: Broker, send: &Outcome, receive: &Outcome, (of, limit): (Style, f64)) -> Option<Judged> {
    let whole = |style| Some(sum(send.cpu(style)?, receive.cpu(style)?));
    let (mut ours, mut other, mut what) = (whole(Style::Ours)?, whole(of)?, "");
    if broker == Broker::Nats {
        let header = whole(Style::Header)?;
        ours = beyond(ours, header);
        other = beyond(other, header);
        what = " beyond the header";
    }
    let part = ratio(ours, other)?;
    Some(Judged {
        goal: Some(12),
        row: format!("CPU{what}: {} send + receive, sampled", broker.name()),
        asked: format!("<= {limit} of {}", of.name()),
        measured: within(part, ""),
        verdict: Verdict::at_most(limit, part.value, part.error),
    })
}

fn beyond(of: Estimate, header: Estimate) -> Estimate {
    Estimate { value: of.value - header.value, error: of.error + header.error, ..of }
}

fn within(estimate: Estimate, unit: &str) -> String {
    format!("{:.2} ± {:.2}{unit}", estimate.value, estimate.error)
}
