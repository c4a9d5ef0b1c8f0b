//! Over TLS: who is not trusted gets no span, and who does not trust us gives no confirmation.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanExporter;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use tracehop_sdk::{OtlpExporter, OtlpExporterBuilder, OtlpProtocol};

use crate::block_on::block_on;
use crate::counts::Counts;
use crate::spans::plain;

type Certificate = rcgen::CertifiedKey<rcgen::KeyPair>;

fn certificate() -> Certificate {
    rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap()
}

/// Serves connections over TLS with a client that has this certificate, until one request was answered.
fn http_server(server: &Certificate, client: &Certificate) -> (String, JoinHandle<Vec<u8>>) {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(client.cert.der().clone()).unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let key = PrivateKeyDer::try_from(server.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![server.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1/traces", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        loop {
            let (connection, _) = listener.accept().unwrap();
            connection.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
            // A handshake that fails is part of a test.
            if let Ok(body) = serve(StreamOwned::new(tls, connection)) {
                return body;
            }
        }
    });
    (url, thread)
}

fn serve(stream: impl Read + Write) -> std::io::Result<Vec<u8>> {
    let mut stream = BufReader::new(stream);
    let mut len = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
            len = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; len];
    stream.read_exact(&mut body)?;
    stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    stream.get_mut().flush()?;
    Ok(body)
}

fn builder(url: &str, protocol: OtlpProtocol, timeout: Duration) -> OtlpExporterBuilder {
    OtlpExporter::builder().endpoint(url).protocol(protocol).timeout(timeout)
}

/// Exporters that the server gives nothing to, with why; then one that it accepts.
fn try_all(url: &str, protocol: OtlpProtocol, server: &Certificate, client: &Certificate) {
    let other = certificate();
    let identity = |of: &Certificate| (of.cert.pem(), of.signing_key.serialize_pem());
    let with = |root: Option<&Certificate>, who: Option<&Certificate>, millis| {
        let mut builder = builder(url, protocol, Duration::from_millis(millis));
        if let Some(root) = root {
            builder = builder.root_certificates(root.cert.pem());
        }
        if let Some((certificate, key)) = who.map(identity) {
            builder = builder.client_identity(certificate, key);
        }
        builder.build().unwrap()
    };
    for (exporter, why) in [
        (with(None, Some(client), 500), "the roots of the system"),
        (with(Some(&other), Some(client), 500), "the root of somebody else"),
        (with(Some(server), None, 500), "a client without a certificate"),
        (with(Some(server), Some(&other), 500), "a client with the certificate of somebody else"),
    ] {
        assert!(block_on(exporter.export(plain(3))).is_err(), "{why}");
        let counts = Counts::of(&exporter.counters());
        assert_eq!((counts.all(), counts.refused + counts.timed_out), (3, 3), "{why}");
    }
    let exporter = with(Some(server), Some(client), 15_000);
    block_on(exporter.export(plain(3))).unwrap();
    assert_eq!(Counts::of(&exporter.counters()), Counts { delivered: 3, ..Counts::default() });
}

#[test]
fn over_http_both_sides_are_checked() {
    let (server, client) = (certificate(), certificate());
    let (url, thread) = http_server(&server, &client);
    try_all(&url, OtlpProtocol::HttpProtobuf, &server, &client);
    assert!(!thread.join().unwrap().is_empty());
}

#[test]
fn over_grpc_both_sides_are_checked() {
    let (server, client) = (certificate(), certificate());
    let running = crate::grpc_server::Server::start_secured(
        (server.cert.pem(), server.signing_key.serialize_pem()),
        client.cert.pem(),
    );
    let url = running.url().replace("http", "https");
    try_all(&url, OtlpProtocol::Grpc, &server, &client);
    running.request();
    assert!(running.requests.try_recv().is_err());
}

#[test]
fn what_is_no_certificate_is_an_error() {
    let own = certificate();
    let pem = own.cert.pem();
    for protocol in [OtlpProtocol::HttpProtobuf, OtlpProtocol::Grpc] {
        let builder = || builder("https://localhost", protocol, Duration::from_secs(1));
        assert!(builder().root_certificates("secret").build().is_err());
        let error = builder().root_certificates(pem.clone()).client_identity(pem.clone(), "secret").build();
        assert!(!error.unwrap_err().to_string().contains("secret"));
        let file = std::env::temp_dir().join(format!("tracehop-otlp-{}.pem", std::process::id()));
        std::fs::write(&file, &pem).unwrap();
        let lookup = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_CERTIFICATE" | "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE" => {
                Some(file.to_str().unwrap().to_owned())
            }
            _ => None,
        };
        let error = builder().variables(lookup).build().unwrap_err();
        assert_eq!(error.setting(), "client_identity");
        std::fs::remove_file(&file).unwrap();
    }
}
