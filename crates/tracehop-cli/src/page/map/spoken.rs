//! Nodes and arrows as they are read out: without signs, and with numbers and units in words.

use std::time::Duration;

use tracehop_journey::{DestinationMap, MapArrow, MapNode, NodeKind};

use super::gap;
use crate::page::parts::{count, human, named, rate, share};

/// `orders delivers to audit: 12 an hour, 25 percent failed, half waited up to 30.0 milliseconds, …`
pub(super) fn arrow(map: &DestinationMap, flow: &MapArrow, from: &MapNode, to: &MapNode) -> String {
    let is_in = to.kind == NodeKind::Destination;
    let mut said = Vec::new();
    if let Some(group) = flow.group.as_deref().filter(|_| !is_in) {
        said.push(format!("group {}", named(group)));
    }
    said.push(per(&rate(flow.count, map.seconds)));
    said.push(match flow.errors {
        0 => "none failed".to_owned(),
        errors => format!("{} failed", percent(&share(errors, flow.count))),
    });
    let latency = flow.latency;
    if let Some(gap) = flow.gap {
        said.push(gap::words(gap).to_owned());
    } else if !is_in && latency.count > 0 {
        said.push(format!("half waited up to {}", long(latency.p50)));
        said.push(format!("95 percent up to {}", long(latency.p95)));
        said.push(format!("99 percent up to {}", long(latency.p99)));
    }
    let does = if is_in { "sends to" } else { "delivers to" };
    format!("{} {does} {}: {}", named(&from.name), named(&to.name), said.join(", "))
}

/// `service checkout: 95 percent of messages were handled within 60.0 milliseconds`
pub(super) fn node(map: &DestinationMap, place: usize, node: &MapNode) -> String {
    let leads_on = || map.arrows.iter().any(|arrow| arrow.from == place);
    let (kind, said) = match node.kind {
        NodeKind::Service if node.handling.count > 0 => {
            ("service", format!("95 percent of messages were handled within {}", long(node.handling.p95)))
        }
        NodeKind::Service if leads_on() => ("service", "sends".to_owned()),
        NodeKind::Service => ("service", "handles".to_owned()),
        NodeKind::Destination => {
            let waiting = match node.unhandled {
                0 => None,
                1 => Some("1 message waits".to_owned()),
                unhandled => Some(format!("{} messages wait", plain_number(&count(unhandled)))),
            };
            let nobody = (!leads_on()).then(|| "nobody listens".to_owned());
            let system = Some(named(&node.system).into_owned()).filter(|_| !node.system.is_empty());
            let said: Vec<String> = [system, waiting, nobody].into_iter().flatten().collect();
            ("destination", said.join(", "))
        }
    };
    let name = named(&node.name);
    if said.is_empty() { format!("{kind} {name}") } else { format!("{kind} {name}: {said}") }
}

/// `30.0 milliseconds`
fn long(duration: Duration) -> String {
    let text = human(duration);
    let Some((number, unit)) = text.split_once(' ') else { return text };
    let unit = match unit {
        "ns" => "nanoseconds",
        "µs" => "microseconds",
        "ms" => "milliseconds",
        "s" => "seconds",
        "min" => "minutes",
        "h" => "hours",
        "d" => "days",
        other => other,
    };
    match number.strip_prefix('>') {
        Some(number) => format!("more than {number} {unit}"),
        None => format!("{number} {unit}"),
    }
}

/// `12 an hour`
fn per(rate: &str) -> String {
    let Some((number, unit)) = rate.rsplit_once('/') else { return rate.to_owned() };
    let unit = match unit {
        "h" => "an hour",
        "min" => "a minute",
        _ => "a second",
    };
    format!("{} {unit}", plain_number(number))
}

/// `less than 0.01 percent`
fn percent(share: &str) -> String {
    share.replace("< ", "less than ").replace(" %", " percent")
}

/// Thin spaces would be read out as two numbers.
fn plain_number(number: &str) -> String {
    number.replace('\u{202f}', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_signs_and_units_are_words() {
        let rows = [
            (long(Duration::from_nanos(7)), "7 nanoseconds"),
            (long(Duration::from_micros(12)), "12.0 microseconds"),
            (long(Duration::from_millis(30)), "30.0 milliseconds"),
            (long(Duration::from_secs(2)), "2.00 seconds"),
            (long(Duration::from_secs(600)), "10.0 minutes"),
            (long(Duration::from_secs(7_200)), "2.00 hours"),
            (long(Duration::from_secs(864_000)), "10.0 days"),
            (long(Duration::MAX), "more than 999 days"),
            (per(&rate(12, 3_600.0)), "12 an hour"),
            (per(&rate(30, 60.0)), "30 a minute"),
            (per(&rate(123_456, 1.0)), "123456 a second"),
            (percent(&share(1, 1_000_000)), "less than 0.01 percent"),
            (percent(&share(2, 3)), "66.7 percent"),
        ];
        for (text, expected) in rows {
            assert_eq!(text, expected);
        }
    }
}
