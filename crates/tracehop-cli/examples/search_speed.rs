//! How long it takes to search a hundred thousand journeys: `cargo run --release -p tracehop-cli --example search_speed`.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanId, TraceId};
use tracehop_cli::search::Query;
use tracehop_journey::{HopRecord, JourneyId, JourneySummary, Outcome};

const JOURNEYS: u64 = 100_000;

/// What is typed, and what touches most of each journey.
const SEARCHES: [&str; 9] = [
    "service:billing",
    "service:*ill*",
    "order",
    "dest:orders attempt>1",
    "wait>2s",
    "error:*",
    "user.id:42",
    "trace:4bf92f",
    "service:service-1,service-2 dest:orders attempt>1 wait>2s error:* user.id:42 -service:audit \"place order\"",
];

fn main() {
    let journeys = journeys();
    let now = SystemTime::now();
    println!(
        "{:>8}  {:>9}  search over {JOURNEYS} journeys of 3 messages, best and worst of 20",
        "found", "ms"
    );
    for text in SEARCHES {
        let query = Query::parse(text).query;
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..20 {
            let start = Instant::now();
            found = journeys.iter().filter(|journey| query.matches(journey, now)).count();
            times.push(start.elapsed());
        }
        let millis = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
        println!(
            "{found:>8}  {:>4.1}-{:<4.1}  {text}",
            millis(times.iter().min()),
            millis(times.iter().max())
        );
    }
}

/// Journeys through three of fifty services each; names are shared as an index shares them.
fn journeys() -> Vec<Arc<JourneySummary>> {
    let services: Vec<Arc<str>> = (0..50).map(|number| format!("service-{number}").into()).collect();
    let destinations = ["orders", "payments", "shipments"].map(Arc::<str>::from);
    let (system, error, tag): (Arc<str>, Arc<str>, Arc<str>) =
        ("kafka".into(), "timeout".into(), "user.id".into());
    let started = SystemTime::now();
    let journey = |number: u64| {
        let service =
            |place: u64| services.iter().cycle().nth(usize::try_from((number * 7 + place) % 50).unwrap_or(0));
        let named = |place| service(place).map_or_else(|| Arc::clone(&system), Arc::clone);
        let trace = TraceId::from(u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64 | 1);
        let key = |span: u64| (trace, SpanId::from(span + 1));
        let hops = (0..3).zip(&destinations).map(|(place, destination)| HopRecord {
            send: key(2 * place),
            process: key(2 * place + 1),
            system: Arc::clone(&system),
            producer: named(place),
            destination: Arc::clone(destination),
            consumer: named(place + 1),
            group: None,
            partition: None,
            sent: started,
            sending: Duration::from_micros(500),
            wait: Duration::from_millis(number % 3_000),
            skew: Duration::ZERO,
            handling: Duration::from_millis(number % 100),
            attempt: 1,
            error: number.is_multiple_of(20).then(|| Arc::clone(&error)),
            handled_error: None,
        });
        Arc::new(JourneySummary {
            id: JourneyId(key(0)),
            name: "place order".into(),
            started,
            duration: Duration::from_millis(number % 5_000),
            outcome: Outcome::Ok,
            error: None,
            spans: 9,
            traces: [trace].into(),
            services: (0..4).map(named).collect(),
            destinations: destinations.clone().into(),
            attempts: u32::from(number.is_multiple_of(10)) + 1,
            waiting: Duration::from_millis(number % 3_000),
            working: Duration::from_millis(number % 300),
            stretches: [].into(),
            hops: hops.collect(),
            unhandled: [].into(),
            unmatched: [].into(),
            repeated_contexts: [].into(),
            tags: [(Arc::clone(&tag), (number % 1_000).to_string().into())].into(),
            begins_elsewhere: false,
            parts_left_out: 0,
            losses: [].into(),
        })
    };
    (0..JOURNEYS).map(journey).collect()
}
