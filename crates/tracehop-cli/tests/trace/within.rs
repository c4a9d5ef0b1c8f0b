//! All traces of a time, as `tracehop check` asks for them.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;
use prost::Message as _;
use tracehop_cli::sources::{Gathered, Opened, Source};
use tracehop_journey::JourneySpan;

use crate::jaeger::jaeger;
use crate::recorded::{SENT, traces};
use crate::server::{Request, Response, Server};

/// When the recorded journey was, and an hour around it.
fn within(source: &str, most: usize) -> Result<Gathered, String> {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_785_283_200);
    let hour = Duration::from_secs(3_600);
    let source: Source = source.parse().unwrap();
    Opened::new(source, Vec::new())
        .within(&(start - hour..start + hour), most)
        .map_err(|error| error.to_string())
}

fn count(gathered: &Gathered) -> (usize, usize) {
    let traces: HashSet<TraceId> = gathered.spans.iter().map(JourneySpan::trace_id).collect();
    (gathered.spans.len(), traces.len())
}

fn tempo(request: &Request) -> Response {
    if request.path.starts_with("/api/search?") {
        assert!(request.path.contains("start=1785279600&end=1785286801&limit="), "{}", request.path);
        let ids = traces().into_iter().map(|(id, _)| format!(r#"{{"traceID":"{id}"}}"#));
        return Response::json(format!(r#"{{"traces":[{}]}}"#, ids.collect::<Vec<_>>().join(",")));
    }
    let hit = traces().into_iter().find(|(id, _)| request.path == format!("/api/traces/{id}"));
    hit.map_or_else(
        || Response::text(404, "404 page not found"),
        |(_, trace)| Response {
            status: 200,
            headers: "content-type: application/protobuf\r\n".to_owned(),
            body: trace.encode_to_vec(),
        },
    )
}

#[test]
fn each_source_gives_all_spans_of_the_time_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sent.json");
    fs::write(&path, SENT).unwrap();
    let (jaeger, tempo) = (Server::new(jaeger), Server::new(tempo));
    for source in [
        format!("jaeger={}", jaeger.url()),
        format!("tempo={}", tempo.url()),
        format!("file={}", path.display()),
    ] {
        let gathered = within(&source, 100).unwrap();
        assert_eq!((count(&gathered), gathered.notes.as_slice()), ((7, 3), &[][..]), "{source}");
    }
}

#[test]
fn a_limit_that_is_reached_is_a_note() {
    let (jaeger, tempo) = (Server::new(jaeger), Server::new(tempo));
    for source in [format!("jaeger={}", jaeger.url()), format!("tempo={}", tempo.url())] {
        let gathered = within(&source, 2).unwrap();
        assert_eq!(count(&gathered).1, 2, "{source}");
        assert_eq!(gathered.notes, ["Only 2 traces of this time were read."]);
    }
}

#[test]
fn a_file_gives_what_is_of_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sent.json");
    fs::write(&path, SENT.replace("\"17852832", "\"15852832")).unwrap();
    assert_eq!(count(&within(&format!("file={}", path.display()), 100).unwrap()), (0, 0));
}

#[test]
fn a_running_view_is_asked_for_summaries_instead() {
    let error = within("view=http://127.0.0.1:7070", 100).unwrap_err();
    assert!(error.contains("gives summaries of its journeys"), "{error}");
}
