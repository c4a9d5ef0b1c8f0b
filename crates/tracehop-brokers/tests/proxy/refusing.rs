//! A proxy that refuses.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tracehop_brokers::{Direction, Fault};

use crate::support::{Net, within};

async fn assert_refused(address: &str) {
    let error = match within(TcpStream::connect(address)).await {
        // Where a port can only be kept by listening, a connection is made and reset at once.
        Ok(mut client) if cfg!(not(unix)) => within(client.read(&mut [0; 16])).await.map(drop),
        connected => connected.map(drop),
    };
    let expected = if cfg!(unix) { ErrorKind::ConnectionRefused } else { ErrorKind::ConnectionReset };
    assert_eq!(error.unwrap_err().kind(), expected);
}

#[tokio::test]
async fn who_wants_a_new_connection_is_refused_and_those_that_there_are_stay() {
    let (net, mut ends) = Net::connected().await;
    for _ in 0..20 {
        net.proxy.apply(Fault::refuse());
        assert_refused(&net.proxy.address()).await;
        ends.assert_passes(Direction::ToServer, "still").await;
        net.proxy.heal();
        net.connect().await.assert_passes(Direction::ToClient, "again").await;
    }
    assert_eq!(net.proxy.connections_made(), 21);
}

#[tokio::test]
async fn who_connected_before_it_refused_is_not_refused() {
    let net = Net::new().await;
    for _ in 0..20 {
        let client = within(TcpStream::connect(net.proxy.address())).await.unwrap();
        net.proxy.apply(Fault::refuse());
        let (server, _) = within(net.listener.accept()).await.unwrap();
        crate::support::Ends { client, server }.assert_passes(Direction::ToServer, "hello").await;
        net.proxy.heal();
    }
}

#[tokio::test]
async fn nobody_else_gets_the_port_while_it_refuses() {
    let net = Net::new().await;
    for _ in 0..2 {
        net.proxy.apply(Fault::refuse());
        let taken = std::net::TcpListener::bind(net.proxy.address());
        assert_eq!(taken.unwrap_err().kind(), ErrorKind::AddrInUse);
        net.proxy.heal();
    }
    net.connect().await.assert_passes(Direction::ToServer, "hello").await;
}

#[tokio::test]
async fn an_outage_ends_connections_and_refuses_new_ones() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::outage().of(Direction::ToServer));
    ends.assert_end(Direction::ToServer).await;
    ends.assert_end(Direction::ToClient).await;
    assert_refused(&net.proxy.address()).await;
    net.proxy.heal();
    net.connect().await.assert_passes(Direction::ToServer, "again").await;
}

#[tokio::test]
async fn an_outage_for_a_time_ends_by_itself() {
    let net = Net::new().await;
    net.proxy.apply_for(Fault::outage(), Duration::from_millis(50));
    assert_refused(&net.proxy.address()).await;
    // Where a port can only be kept by listening, one that is refused is made too.
    let is_refused =
        async || TcpStream::connect(net.proxy.address()).await.is_err() || net.proxy.connections_made() == 0;
    within(async { while is_refused().await {} }).await;
    assert_eq!(net.proxy.connections_made(), 1);
}

#[tokio::test]
async fn one_connection_cannot_be_refused_and_an_outage_of_it_is_a_cut() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.connections()[0].apply(Fault::refuse());
    ends.assert_passes(Direction::ToServer, "hello").await;
    net.proxy.connections()[0].apply(Fault::outage());
    ends.assert_end(Direction::ToClient).await;
    net.connect().await.assert_passes(Direction::ToServer, "hello").await;
}
