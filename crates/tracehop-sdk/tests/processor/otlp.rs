//! OTLP over the blocking HTTP client, to collectors that behave and to those that do not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::trace::SpanProcessor;
use tracehop_sdk::DropReason;

use crate::exporters::{calm, end};

/// A collector that does as it is told with each connection.
struct Collector {
    endpoint: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Collector {
    fn new(serve: fn(&mut TcpStream)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&over);
        let thread = thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                serve(&mut stream);
                open.push(stream);
            }
        });
        Self { endpoint: format!("http://{address}/v1/traces"), over, thread: Some(thread) }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let address = self.endpoint.trim_start_matches("http://").trim_end_matches("/v1/traces");
        drop(TcpStream::connect(address));
        drop(self.thread.take().map(JoinHandle::join));
    }
}

/// Reads one request and answers it. The connection is not used again.
fn answer(stream: &mut TcpStream, status: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            let length = head.split_once("content-length: ").unwrap().1;
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            // The head is ASCII, so its length in the lossy text is right.
            if request.len() >= head.len() + 4 + length || read == 0 {
                break;
            }
        }
    }
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
    drop(stream.shutdown(std::net::Shutdown::Write));
}

fn exporter(endpoint: &str) -> SpanExporter {
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint);
    exporter.with_timeout(Duration::from_millis(300)).build().unwrap()
}

#[test]
fn a_collector_that_answers_gets_the_spans() {
    let collector = Collector::new(|stream| answer(stream, "200 OK"));
    let processor = calm(exporter(&collector.endpoint)).build().unwrap();
    end(&processor, 0..600);
    processor.force_flush().unwrap();
    end(&processor, 0..3);
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0);
}

#[test]
fn what_a_collector_does_not_take_is_counted() {
    let absent = "http://127.0.0.1:1/v1/traces".to_owned();
    let refusing = Collector::new(|stream| answer(stream, "503 Service Unavailable"));
    let silent = Collector::new(|_| {});
    let hanging_up = Collector::new(|stream| drop(stream.shutdown(std::net::Shutdown::Both)));
    let endpoints = [&absent, &refusing.endpoint, &silent.endpoint, &hanging_up.endpoint];
    for endpoint in endpoints {
        let processor = calm(exporter(endpoint)).build().unwrap();
        end(&processor, 0..300);
        assert!(processor.force_flush().is_err());
        let drops = processor.drops();
        let lost = drops.count(DropReason::ExportFailed) + drops.count(DropReason::ExportTimedOut);
        assert_eq!((lost, drops.total()), (300, 300), "{endpoint}: {drops:?}");
        processor.shutdown().unwrap();
    }
}

#[tokio::test]
async fn the_blocking_client_works_in_a_program_of_tokio_and_inside_of_its_runtime() {
    let collector = Collector::new(|stream| answer(stream, "200 OK"));
    let endpoint = collector.endpoint.clone();
    // It starts a runtime of its own, which it must not do on a thread of another one.
    let exporters = tokio::task::spawn_blocking(move || [exporter(&endpoint), exporter(&endpoint)]);
    let [plain, inside] = exporters.await.unwrap();
    let runtime = tokio::runtime::Handle::current();
    let around = move |call: &mut dyn FnMut()| {
        let _entered = runtime.enter();
        call();
    };
    for builder in [calm(plain), calm(inside).around_exporter(around)] {
        let processor = builder.build().unwrap();
        end(&processor, 0..3);
        processor.force_flush().unwrap();
        end(&processor, 0..3);
        processor.shutdown().unwrap();
        assert_eq!(processor.drops().total(), 0);
    }
}
