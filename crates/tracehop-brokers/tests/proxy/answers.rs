//! Answers that are changed.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tracehop_brokers::{Direction, Fault, FaultProxy, FaultProxyBuilder};

use crate::support::{DEADLINE, Net, within};

async fn behind(build: impl FnOnce(FaultProxyBuilder) -> FaultProxyBuilder) -> Net {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = build(FaultProxy::builder(&listener.local_addr().unwrap().to_string())).start().unwrap();
    Net { listener, proxy }
}

#[tokio::test]
async fn answers_are_changed_and_what_the_client_says_is_not() {
    let net = behind(|proxy| proxy.rewrite_answers(|bytes, _| bytes.to_ascii_uppercase())).await;
    let mut ends = net.connect().await;
    ends.assert_passes(Direction::ToServer, "hello").await;
    ends.say(Direction::ToClient, "hello").await;
    ends.assert_hears(Direction::ToClient, "HELLO").await;
}

#[tokio::test]
async fn each_connection_has_a_memory_of_its_own_and_what_was_kept_back_comes_at_the_end() {
    let mut kept = Vec::new();
    let lines = move |bytes: Vec<u8>, _: SocketAddr| {
        if bytes.is_empty() {
            return std::mem::take(&mut kept);
        }
        kept.extend(bytes);
        let lines = kept.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        kept.drain(..lines).collect()
    };
    let net = behind(|proxy| proxy.rewrite_answers(lines)).await;
    let (mut first, mut second) = (net.connect().await, net.connect().await);
    first.say(Direction::ToClient, "one\ntw").await;
    first.assert_hears(Direction::ToClient, "one\n").await;
    second.assert_passes(Direction::ToClient, "three\n").await;
    within(first.server.shutdown()).await.unwrap();
    first.assert_hears(Direction::ToClient, "tw").await;
    first.assert_end(Direction::ToClient).await;
}

#[tokio::test]
async fn a_function_that_panics_ends_its_connection_and_no_other_one() {
    let hook = |bytes: Vec<u8>, _: SocketAddr| {
        assert_ne!(bytes, b"bad");
        bytes
    };
    let net = behind(|proxy| proxy.rewrite_answers(hook)).await;
    let (mut first, mut second) = (net.connect().await, net.connect().await);
    first.say(Direction::ToClient, "bad").await;
    first.assert_end(Direction::ToClient).await;
    second.assert_passes(Direction::ToClient, "good").await;
    assert_eq!(net.proxy.wait_for_connections(1, DEADLINE).await[0].number(), 1);
}

#[tokio::test]
async fn a_function_may_change_faults_itself() {
    let cell = Arc::new(OnceLock::<Arc<FaultProxy>>::new());
    let proxy = Arc::clone(&cell);
    let hook = move |bytes: Vec<u8>, address: SocketAddr| {
        let proxy = proxy.get().unwrap();
        assert_eq!(proxy.address(), address.to_string());
        assert_eq!(proxy.connections().len(), 1);
        proxy.apply(Fault::black_hole().of(Direction::ToServer));
        bytes
    };
    let Net { listener, proxy } = behind(|proxy| proxy.rewrite_answers(hook)).await;
    let proxy = Arc::new(proxy);
    cell.set(Arc::clone(&proxy)).unwrap();
    let client = within(tokio::net::TcpStream::connect(proxy.address())).await.unwrap();
    let (server, _) = within(listener.accept()).await.unwrap();
    let mut ends = crate::support::Ends { client, server };
    ends.assert_passes(Direction::ToClient, "hello").await;
    ends.say(Direction::ToServer, "held").await;
    proxy.wait_until_held(Direction::ToServer, |held| held == b"held", DEADLINE).await;
}

#[tokio::test]
async fn kafkas_own_port_becomes_the_proxys_in_its_answers() {
    let net = behind(FaultProxyBuilder::rewrite_kafka_port).await;
    let mut ends = net.connect().await;
    let answer = |port: u16| {
        let body = [&b"\0\x09127.0.0.1"[..], &u32::from(port).to_be_bytes()].concat();
        [&u32::try_from(body.len()).unwrap().to_be_bytes()[..], &body].concat()
    };
    within(ends.server.write_all(&answer(net.listener.local_addr().unwrap().port()))).await.unwrap();
    let expected = answer(net.proxy.port());
    assert_eq!(crate::support::hear(&mut ends.client, expected.len()).await, expected);
}
