//! Exporters that are futures of tokio, and programs that run on it.

use std::time::Duration;

use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter, SpanProcessor};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tracehop_sdk::DropReason;

use crate::exporters::{calm, end, to_channel};

/// Sends one byte for each span over a socket of tokio, and waits for as many to come back, or for a second.
#[derive(Debug)]
struct OverSocket(std::net::SocketAddr);

impl SpanExporter for OverSocket {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let exchange = async {
            let mut stream = TcpStream::connect(self.0).await?;
            stream.write_all(&vec![1; batch.len()]).await?;
            stream.read_exact(&mut vec![0; batch.len()]).await
        };
        match tokio::time::timeout(Duration::from_secs(30), exchange).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(OTelSdkError::InternalFailure(error.to_string())),
            Err(_) => Err(OTelSdkError::Timeout(Duration::from_secs(30))),
        }
    }
}

async fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut reader, mut writer) = stream.split();
            tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exporter_with_sockets_and_timers_of_tokio_works_inside_of_its_runtime() {
    let runtime = Handle::current();
    let processor = calm(OverSocket(echo().await)).around_exporter(move |call| {
        let _entered = runtime.enter();
        call();
    });
    let processor = processor.build().unwrap();
    end(&processor, 0..600);
    processor.force_flush().unwrap();
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0);
}

#[tokio::test]
async fn an_exporter_of_tokio_works_on_a_runtime_of_one_thread_that_is_not_blocked() {
    let runtime = Handle::current();
    let processor = calm(OverSocket(echo().await)).around_exporter(move |call| {
        let _entered = runtime.enter();
        call();
    });
    let processor = processor.build().unwrap();
    end(&processor, 0..3);
    let processor = tokio::task::spawn_blocking(move || {
        processor.shutdown().unwrap();
        processor
    });
    assert_eq!(processor.await.unwrap().drops().total(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_exporter_of_tokio_without_its_runtime_is_counted_and_says_what_is_missing() {
    let processor = calm(OverSocket(echo().await)).build().unwrap();
    end(&processor, 0..3);
    let error = processor.force_flush().unwrap_err();
    assert!(error.to_string().contains("there is no reactor running"), "{error}");
    assert_eq!(processor.drops().count(DropReason::ExporterPanicked), 3);
}

#[tokio::test]
async fn a_flush_and_a_shutdown_may_be_called_on_a_runtime() {
    let (exporter, batches) = to_channel();
    let provider = SdkTracerProvider::builder().with_span_processor(calm(exporter).build().unwrap()).build();
    provider.tracer("test").in_span("one", |_| {});
    provider.force_flush().unwrap();
    assert_eq!(batches.here().len(), 1);
    provider.tracer("test").in_span("two", |_| {});
    provider.shutdown().unwrap();
    assert_eq!(batches.count_all(), 1);
}

#[test]
fn the_program_may_run_on_no_runtime_at_all() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(echo());
    let handle = runtime.handle().clone();
    let processor = calm(OverSocket(address)).around_exporter(move |call| {
        let _entered = handle.enter();
        call();
    });
    let processor = processor.build().unwrap();
    end(&processor, 0..3);
    processor.shutdown().unwrap();
    assert_eq!(processor.drops().total(), 0);
}
