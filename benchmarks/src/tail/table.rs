//! The table of how long a send takes, and whether it stays within what is asked.

use std::fmt::Write;

use super::endpoint::Endpoint;
use super::found::Found;
use crate::clients::Estimate;
use crate::verdict::{Judged, Verdict};

/// The slowest hundredth may take so many times what it takes without an exporter.
const TIMES: f64 = 2.0;

pub(crate) fn render(found: &[Found]) -> String {
    let mut text = "\nLatency of a send: microseconds through tracehop's wrapper on core NATS, 20,000 a second, sampled, with tracehop-sdk's \
        processor and exporter\n"
        .to_owned();
    let _ = writeln!(
        text,
        "{:<28} {:>13} {:>13} {:>15} {:>13} {:>9} {:>9}  lost",
        "the endpoint", "p50", "p99", "p99.9", "p99, times", "spans", "arrived"
    );
    for of in found {
        let ratio = judged(of, found);
        let times = if ratio.is_too_noisy(0.0) {
            "too noisy".to_owned()
        } else {
            format!("{:.2} ±{:.2}", ratio.value, ratio.error)
        };
        let mut line = format!(
            "{:<28} {:>13} {:>13} {:>15} {times:>13}",
            of.endpoint.words(),
            shown(of.p50),
            shown(of.p99),
            shown(of.p999)
        );
        if let Some(spans) = of.spans {
            let lost = spans.reasons().into_iter().filter(|(_, spans)| *spans > 0);
            let lost: Vec<String> = lost.map(|(reason, spans)| format!("{spans} {reason}")).collect();
            let lost = if lost.is_empty() { "none".to_owned() } else { lost.join(", ") };
            let arrived = spans.delivered + spans.unconfirmed;
            let _ = write!(line, " {:>9} {arrived:>9}  {lost}", spans.sent);
        }
        let _ = writeln!(text, "{line}");
    }
    text + "Spans that arrived and spans that were lost are together those that were sent.\n"
}

fn shown(estimate: Estimate) -> String {
    format!("{:.2} ±{:.2}", estimate.value, estimate.error)
}

/// How many times, if what two processes without an exporter differ by is looked at too.
fn judged(of: &Found, found: &[Found]) -> Estimate {
    match found.first() {
        Some(without) if of.endpoint != Endpoint::None => {
            of.ratio.beside(Estimate { value: without.ratio.value - 1.0, ..without.ratio })
        }
        _ => of.ratio,
    }
}

/// Beyond the goals: messages go on, whatever becomes of the spans.
pub(crate) fn judge(found: &[Found]) -> Vec<Judged> {
    let exported = found.iter().filter(|of| of.endpoint != Endpoint::None);
    let rows = exported.map(|of| {
        let ratio = judged(of, found);
        Judged {
            goal: None,
            row: format!("p99 of a send: the endpoint {}", of.endpoint.words()),
            asked: format!("<= {TIMES} times without"),
            measured: format!("{:.2} ± {:.2}", ratio.value, ratio.error),
            verdict: Verdict::at_most(TIMES, ratio.value, ratio.error),
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::tally::Tally;

    fn found(endpoint: Endpoint, ratio: f64) -> Found {
        let estimate = |value| Estimate { value, low: value, high: value, error: 0.1, rounds: 4 };
        let spans = Tally { sent: 10, delivered: 4, queue_full: 6, ..Tally::default() };
        Found {
            endpoint,
            sends_a_round: 10,
            p50: estimate(1.0),
            p99: estimate(2.0),
            p999: estimate(3.0),
            ratio: estimate(ratio),
            spans: (endpoint != Endpoint::None).then_some(spans),
        }
    }

    #[test]
    fn what_was_lost_is_said_with_its_reason() {
        let text = render(&[found(Endpoint::None, 1.0), found(Endpoint::Silent, 1.5)]);
        assert!(text.contains("1.50 ±0.10") && text.contains("6 queue full"), "{text}");
    }

    #[test]
    fn the_limit_is_judged_beside_what_two_without_an_exporter_differ_by() {
        let with = |itself, ratio| {
            judge(&[found(Endpoint::None, itself), found(Endpoint::Silent, ratio)])
                .iter()
                .map(|judged| judged.verdict)
                .collect::<Vec<_>>()
        };
        assert_eq!(with(1.0, 1.5), [Verdict::Met]);
        assert_eq!(with(1.0, 3.0), [Verdict::Missed]);
        assert_eq!(with(1.9, 1.5), [Verdict::TooNoisy]);
    }
}
