//! Many senders at once.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use prost::Message;
use tracehop_journey::JourneySpan;

use crate::grpc_call::{TRACES, call, frame};
use crate::http_call::{PROTOBUF, post};
use crate::requests::{gzip, span, traces};
use crate::server::Server;

const SENDERS: u64 = 16;
const REQUESTS: u64 = 20;
const SPANS: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn every_span_of_many_senders_arrives_once() {
    let server = Server::start().await;
    let senders = (0..SENDERS).map(|sender| tokio::spawn(send(sender, server.grpc, server.http)));
    for sender in senders.collect::<Vec<_>>() {
        sender.await.unwrap();
    }
    assert_eq!(server.counted().requests, SENDERS * REQUESTS);
    let recorder = server.stop().await;
    recorder.look(|got| {
        let names: BTreeSet<&str> = got.spans.iter().map(JourneySpan::name).collect();
        let all = usize::try_from(SENDERS * REQUESTS * SPANS).unwrap();
        assert_eq!((got.spans.len(), names.len()), (all, all));
    });
}

async fn send(sender: u64, grpc: SocketAddr, http: SocketAddr) {
    for request in 0..REQUESTS {
        let first = (sender * REQUESTS + request) * SPANS;
        let body = traces((first..first + SPANS).map(span).collect()).encode_to_vec();
        if sender.is_multiple_of(2) {
            call(grpc, TRACES, &[("grpc-encoding", "gzip")], frame(true, &gzip(&body))).await.unwrap();
        } else {
            let answer =
                post(http, "/v1/traces", &[PROTOBUF, ("content-encoding", "gzip")], &gzip(&body)).await;
            assert_eq!(answer.status, 200);
        }
    }
}
