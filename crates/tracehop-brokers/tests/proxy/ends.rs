//! How connections end.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::support::{BOTH, DEADLINE, Ends, Net, opposite, within};

#[tokio::test]
async fn the_end_of_one_stream_is_passed_on_and_the_other_one_goes_on() {
    for direction in BOTH {
        let (_net, mut ends) = Net::connected().await;
        ends.say(direction, "bye").await;
        within(ends.of(direction).0.shutdown()).await.unwrap();
        ends.assert_hears(direction, "bye").await;
        ends.assert_end(direction).await;
        ends.assert_passes(opposite(direction), "I have more to say").await;
        within(ends.of(opposite(direction)).0.shutdown()).await.unwrap();
        ends.assert_end(opposite(direction)).await;
    }
}

#[tokio::test]
async fn a_connection_that_both_sides_have_closed_is_over() {
    let (net, Ends { mut client, mut server }) = Net::connected().await;
    let connection = net.proxy.connections().remove(0);
    within(client.shutdown()).await.unwrap();
    within(server.shutdown()).await.unwrap();
    within(client.read_to_end(&mut Vec::new())).await.unwrap();
    within(server.read_to_end(&mut Vec::new())).await.unwrap();
    within(async {
        while !net.proxy.connections().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(connection.has_ended());
    assert_eq!(net.proxy.connections_made(), 1);
}

#[tokio::test]
async fn a_side_that_is_reset_resets_the_other_one() {
    for direction in BOTH {
        let (_net, mut ends) = Net::connected().await;
        ends.assert_passes(direction, "hello").await;
        let mut rest = {
            ends.of(direction).0.set_zero_linger().unwrap();
            let Ends { client, server } = ends;
            if direction == Direction::ToServer {
                drop(client);
                server
            } else {
                drop(server);
                client
            }
        };
        let error = within(rest.read(&mut [0; 16])).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}

#[tokio::test]
async fn who_sends_to_a_side_that_is_gone_fails_after_the_end_of_the_stream() {
    let (_net, Ends { mut client, server }) = Net::connected().await;
    drop(server);
    assert_eq!(within(client.read(&mut [0; 16])).await.unwrap(), 0);
    within(async { while client.write_all(b"is anybody there?").await.is_ok() {} }).await;
}

#[tokio::test]
async fn a_cut_ends_the_stream_for_both_sides_and_new_connections_are_made() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::cut());
    for direction in BOTH {
        ends.assert_end(direction).await;
    }
    assert!(net.proxy.connections().is_empty());
    net.connect().await.assert_passes(Direction::ToServer, "again").await;
    assert_eq!(net.proxy.connections_made(), 2);
}

#[tokio::test]
async fn a_cut_meets_who_has_connected_a_moment_ago() {
    let net = Net::new().await;
    for number in 0..100 {
        let mut client = within(TcpStream::connect(net.proxy.address())).await.unwrap();
        net.proxy.apply(Fault::cut());
        assert_eq!(within(client.read(&mut [0; 16])).await.unwrap(), 0, "connection {number}");
    }
}

#[tokio::test]
async fn what_was_held_up_is_lost_with_a_cut() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::black_hole());
    ends.say(Direction::ToServer, "lost").await;
    net.holds(Direction::ToServer, b"lost").await;
    net.proxy.apply(Fault::cut());
    net.proxy.heal();
    assert_eq!(net.proxy.held(Direction::ToServer), b"");
    ends.assert_end(Direction::ToServer).await;
}

#[tokio::test]
async fn a_cut_of_one_direction_ends_it_and_the_other_one_goes_on() {
    for direction in BOTH {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(Fault::cut().of(direction));
        ends.assert_end(direction).await;
        ends.say(direction, "nobody hears it").await;
        ends.assert_passes(opposite(direction), "passes").await;
        within(ends.of(direction).0.shutdown()).await.unwrap();
        ends.assert_passes(opposite(direction), "still").await;
        net.proxy.apply(Fault::cut());
        ends.assert_end(opposite(direction)).await;
    }
}

#[tokio::test]
async fn a_reset_fails_both_sides() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::reset());
    for direction in BOTH {
        ends.assert_reset(direction).await;
    }
}

#[tokio::test]
async fn a_reset_meets_a_server_that_has_accepted_a_moment_ago() {
    for _ in 0..100 {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(Fault::reset());
        ends.assert_reset(Direction::ToServer).await;
    }
}

#[tokio::test]
async fn a_reset_of_one_direction_fails_the_side_to_which_it_goes_and_ends_the_other_one() {
    for direction in BOTH {
        let (net, mut ends) = Net::connected().await;
        net.proxy.apply(Fault::reset().of(direction));
        ends.assert_reset(direction).await;
        ends.assert_end(opposite(direction)).await;
    }
}

#[tokio::test]
async fn a_client_of_a_server_that_does_not_listen_is_reset() {
    let net = Net::new().await;
    drop(net.listener);
    // Either call may be the one that notices.
    let error = match within(TcpStream::connect(net.proxy.address())).await {
        Ok(mut client) => within(client.read(&mut [0; 16])).await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn when_the_proxy_is_dropped_its_connections_have_ended_and_its_port_is_free() {
    let (net, mut ends) = Net::connected().await;
    let address = net.proxy.address();
    let connection = net.proxy.connections().remove(0);
    drop(net.proxy);
    assert!(connection.has_ended());
    TcpStream::connect(&address).await.unwrap_err();
    for direction in BOTH {
        ends.assert_end(direction).await;
    }
    // What is left of a proxy does nothing.
    connection.apply(Fault::cut());
    connection.apply_for(Fault::black_hole(), DEADLINE);
    connection.heal();
    assert_eq!(connection.held(Direction::ToServer), b"");
    // One that refuses keeps its port as long as it is there.
    let other = FaultProxy::builder("127.0.0.1:1").address(address.clone()).start().unwrap();
    other.apply(Fault::refuse());
    assert_eq!(other.address(), address);
}
