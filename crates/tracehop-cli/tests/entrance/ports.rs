//! Opening and closing the ports.

use prost::Message;
use tracehop_cli::entrance::{Entrance, EntranceConfig};

use crate::http_call::{PROTOBUF, post};
use crate::recorder::Mode;
use crate::requests::{span, traces};
use crate::server::{Server, config};

#[tokio::test]
async fn a_taken_port_is_told_in_one_line() {
    let server = Server::start().await;
    let check = async |config: EntranceConfig, port: u16, option: &str| {
        let error = Entrance::bind(config).await.unwrap_err();
        let expected = format!(
            "port {port} is taken on 127.0.0.1: is another collector or `tracehop view` running? Choose another with {option}"
        );
        assert_eq!(error.to_string(), expected);
    };
    check(EntranceConfig { grpc: server.grpc, ..config() }, server.grpc.port(), "--grpc-port").await;
    check(EntranceConfig { http: server.http, ..config() }, server.http.port(), "--http-port").await;
}

#[tokio::test]
async fn an_address_of_another_machine_is_told() {
    let grpc = "192.0.2.1:4317".parse().unwrap();
    let error = Entrance::bind(EntranceConfig { grpc, ..config() }).await.unwrap_err();
    assert_eq!(error.to_string(), "192.0.2.1 is no address of this machine: choose another with --listen");
}

#[tokio::test]
async fn requests_under_way_are_answered_before_the_end() {
    let server = Server::of(config(), Mode::Waits).await;
    let (address, recorder) = (server.http, server.recorder.clone());
    let body = traces(vec![span(0)]).encode_to_vec();
    let waiting = tokio::spawn(async move { post(address, "/v1/traces", &[PROTOBUF], &body).await });
    recorder.entered(1).await;
    let stopping = tokio::spawn(server.stop());
    // As soon as the port is free, the server has been told and waits for the rest.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!stopping.is_finished());
    recorder.set(Mode::Takes);
    assert_eq!(waiting.await.unwrap().status, 200);
    stopping.await.unwrap().look(|got| assert_eq!(got.spans.len(), 1));
}
