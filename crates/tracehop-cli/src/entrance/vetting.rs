//! Which spans and log records of a request are not taken.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;

use super::bounds::Bounds;
use super::verdict::Verdict;

/// Takes out the spans that cannot be kept, and says how many and why.
pub(super) fn spans(request: &mut ExportTraceServiceRequest, bounds: &Bounds, now: SystemTime) -> Verdict {
    let mut refused = Refused::default();
    let now = since_1970(now);
    let (earliest, latest) =
        (nanos(now.saturating_sub(bounds.oldest)), nanos(now.saturating_add(bounds.ahead)));
    for of_resource in &mut request.resource_spans {
        for of_scope in &mut of_resource.scope_spans {
            of_scope.spans.retain(|span| {
                let count = if !has_ids(&span.trace_id, &span.span_id) {
                    &mut refused.without_ids
                } else if earliest_of(span) < earliest {
                    &mut refused.too_old
                } else if latest_of(span) > latest {
                    &mut refused.too_early
                } else {
                    return true;
                };
                *count += 1;
                false
            });
        }
    }
    refused.verdict(bounds)
}

/// Takes out the log records that belong to no span: they are in no journey.
pub(super) fn logs(request: &mut ExportLogsServiceRequest) {
    for of_resource in &mut request.resource_logs {
        for of_scope in &mut of_resource.scope_logs {
            of_scope.log_records.retain(|record| has_ids(&record.trace_id, &record.span_id));
        }
    }
}

fn has_ids(trace_id: &[u8], span_id: &[u8]) -> bool {
    let is_id = |id: &[u8], length| id.len() == length && id.iter().any(|byte| *byte != 0);
    is_id(trace_id, 16) && is_id(span_id, 8)
}

fn earliest_of(span: &Span) -> u64 {
    span.start_time_unix_nano.min(span.end_time_unix_nano)
}

fn latest_of(span: &Span) -> u64 {
    span.start_time_unix_nano.max(span.end_time_unix_nano)
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[derive(Default)]
struct Refused {
    without_ids: u64,
    too_old: u64,
    too_early: u64,
}

impl Refused {
    fn verdict(&self, bounds: &Bounds) -> Verdict {
        let reasons = [
            (self.without_ids, "without a valid trace id and span id".to_owned()),
            (self.too_old, format!("that started or ended more than {} ago", in_words(bounds.oldest))),
            (self.too_early, format!("more than {} in the future", in_words(bounds.ahead))),
        ];
        let said = reasons.into_iter().filter(|(count, _)| *count > 0);
        let why: Vec<String> = said.map(|(count, why)| format!("{count} {why}")).collect();
        let refused = self.without_ids + self.too_old + self.too_early;
        let why = if refused > 0 { format!("spans refused: {}", why.join(", ")) } else { String::new() };
        Verdict { refused, why }
    }
}

fn in_words(duration: Duration) -> String {
    const HOUR: u64 = 60 * 60;
    match duration.as_secs() {
        days if days >= 48 * HOUR && days % (24 * HOUR) == 0 => format!("{} days", days / (24 * HOUR)),
        hours if hours >= HOUR && hours % HOUR == 0 => format!("{} h", hours / HOUR),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn now() -> SystemTime {
        UNIX_EPOCH + 20_000 * DAY
    }

    fn span(started: SystemTime, ended: SystemTime) -> Span {
        Span {
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            start_time_unix_nano: nanos(since_1970(started)),
            end_time_unix_nano: nanos(since_1970(ended)),
            ..Span::default()
        }
    }

    fn vet(all: Vec<Span>) -> (usize, Verdict) {
        let scope_spans = vec![ScopeSpans { spans: all, ..ScopeSpans::default() }];
        let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
        let mut request = ExportTraceServiceRequest { resource_spans };
        let verdict = spans(&mut request, &Bounds::default(), now());
        (request.resource_spans[0].scope_spans[0].spans.len(), verdict)
    }

    #[test]
    fn each_reason_to_refuse_a_span() {
        fn check(span: Span, expected: &str) {
            let (kept, verdict) = vet(vec![span]);
            assert_eq!(verdict.why, expected);
            assert_eq!(kept, usize::from(expected.is_empty()));
            assert_eq!(verdict.refused, u64::from(!expected.is_empty()));
        }
        let hour = Duration::from_secs(3_600);
        let (second, year) = (Duration::from_secs(1), 365 * DAY);
        check(span(now(), now()), "");
        check(span(now() - year, now()), "");
        check(span(now() - year, now() - year), "");
        check(span(now(), now() + hour), "");
        // Ended before it started: a clock was set, and the journey says so.
        check(span(now(), now() - hour), "");
        let old = "spans refused: 1 that started or ended more than 365 days ago";
        check(span(now() - 2 * year, now() - year - second), old);
        check(span(UNIX_EPOCH, UNIX_EPOCH), old);
        check(span(UNIX_EPOCH, now()), old);
        check(span(now(), UNIX_EPOCH), old);
        let early = "spans refused: 1 more than 1 h in the future";
        check(span(now(), now() + hour + second), early);
        check(span(now() + hour + second, now()), early);
        check(Span { end_time_unix_nano: u64::MAX, ..span(now(), now()) }, early);
        let ids = "spans refused: 1 without a valid trace id and span id";
        check(Span { trace_id: vec![], ..span(now(), now()) }, ids);
        check(Span { trace_id: vec![0; 16], ..span(now(), now()) }, ids);
        check(Span { trace_id: vec![1; 17], ..span(now(), now()) }, ids);
        check(Span { span_id: vec![0; 8], ..span(now(), now()) }, ids);
        check(Span { span_id: vec![1; 7], ..span(now(), now()) }, ids);
    }

    #[test]
    fn the_others_of_a_request_are_kept() {
        let good = || span(now(), now());
        let (kept, verdict) =
            vet(vec![good(), span(UNIX_EPOCH, UNIX_EPOCH), Span::default(), good(), Span::default()]);
        assert_eq!(kept, 2);
        assert_eq!(verdict.refused, 3);
        let why = "spans refused: 2 without a valid trace id and span id, 1 that started or ended more than 365 days ago";
        assert_eq!(verdict.why, why);
    }

    #[test]
    fn a_clock_before_1970_refuses_nothing_as_too_old() {
        let mut request = ExportTraceServiceRequest::default();
        assert_eq!(spans(&mut request, &Bounds::default(), UNIX_EPOCH - DAY), Verdict::default());
    }

    #[test]
    fn only_log_records_of_spans_are_kept() {
        let record = LogRecord { trace_id: vec![1; 16], span_id: vec![2; 8], ..LogRecord::default() };
        let log_records = vec![record, LogRecord::default()];
        let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
        let mut request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }],
        };
        logs(&mut request);
        assert_eq!(request.resource_logs[0].scope_logs[0].log_records.len(), 1);
    }
}
