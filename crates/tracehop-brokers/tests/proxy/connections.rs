//! Faults of single connections, and many connections.

use tokio::task::JoinSet;
use tracehop_brokers::{Direction, Fault, ProxyConnection};

use crate::support::{BOTH, DEADLINE, NEVER, Net, opposite};

#[tokio::test]
async fn a_fault_of_one_connection_is_of_no_other_one() {
    for fault in [Fault::black_hole(), Fault::bandwidth(0), Fault::latency(NEVER)] {
        let (net, mut first) = Net::connected().await;
        let mut second = net.connect().await;
        let connections = net.proxy.connections();
        assert_eq!([connections[0].number(), connections[1].number()], [0, 1]);
        assert_eq!(connections[1].client(), second.client.local_addr().unwrap());
        for direction in BOTH {
            connections[1].apply(fault.of(direction));
            second.say(direction, "held").await;
            net.holds(direction, b"held").await;
            assert_eq!(
                (connections[0].held(direction), connections[1].held(direction)),
                (vec![], b"held".to_vec())
            );
            second.assert_passes(opposite(direction), "passes").await;
            for each in BOTH {
                first.assert_passes(each, "passes").await;
            }
            connections[1].heal();
            second.assert_hears(direction, "held").await;
        }
    }
}

#[tokio::test]
async fn a_fault_of_one_connection_goes_before_that_of_all() {
    let (net, mut first) = Net::connected().await;
    let mut second = net.connect().await;
    net.proxy.connections()[1].apply(Fault::bandwidth(u64::MAX));
    net.proxy.apply(Fault::bandwidth(0));
    second.assert_passes(Direction::ToServer, "passes").await;
    first.say(Direction::ToServer, "held").await;
    net.holds(Direction::ToServer, b"held").await;
}

#[tokio::test]
async fn to_heal_all_heals_each() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.connections()[0].apply(Fault::black_hole());
    ends.say(Direction::ToServer, "held").await;
    net.proxy.heal();
    ends.assert_hears(Direction::ToServer, "held").await;
}

#[tokio::test]
async fn one_connection_is_cut_or_reset() {
    let (net, mut first) = Net::connected().await;
    let (mut second, mut third, mut fourth) = (net.connect().await, net.connect().await, net.connect().await);
    let connections = net.proxy.connections();
    connections[1].apply(Fault::cut());
    connections[2].apply(Fault::reset());
    connections[3].apply(Fault::cut().of(Direction::ToClient));
    for direction in BOTH {
        second.assert_end(direction).await;
        third.assert_reset(direction).await;
        first.assert_passes(direction, "hello").await;
    }
    fourth.assert_end(Direction::ToClient).await;
    fourth.assert_passes(Direction::ToServer, "hello").await;
    let open = net.proxy.connections().iter().map(ProxyConnection::number).collect::<Vec<_>>();
    assert_eq!(open, [0, 3]);
}

#[tokio::test]
async fn connections_can_be_waited_for() {
    let net = Net::new().await;
    let waiting = net.proxy.wait_for_connections(2, DEADLINE);
    let connecting = async { (net.connect().await, net.connect().await) };
    let (connections, _ends) = tokio::join!(waiting, connecting);
    assert_eq!(connections.len(), 2);
    assert_eq!(format!("{:?}", connections[0]).split(',').next(), Some("ProxyConnection { number: 0"));
}

#[tokio::test]
async fn a_wait_in_vain_says_what_there_is() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply(Fault::black_hole());
    ends.say(Direction::ToServer, "hello\n").await;
    net.holds(Direction::ToServer, b"hello\n").await;
    let proxy = std::sync::Arc::new(net.proxy);
    let brief = std::time::Duration::from_millis(1);
    let mut waits = JoinSet::new();
    let waiting = std::sync::Arc::clone(&proxy);
    waits.spawn(async move { waiting.wait_until_held(Direction::ToServer, |_| false, brief).await });
    let message = |panicked: tokio::task::JoinError| *panicked.into_panic().downcast::<String>().unwrap();
    let told = message(waits.join_next().await.unwrap().unwrap_err());
    assert!(told.ends_with("waited 1ms for what is held up ToServer; it is 6 bytes: hello\\n"), "{told}");
    assert!(told.contains("connections.rs:"), "{told}");
    waits.spawn(async move { drop(proxy.wait_for_connections(2, brief).await) });
    let told = message(waits.join_next().await.unwrap().unwrap_err());
    assert!(told.ends_with("waited 1ms for 2 connections; there are 1"), "{told}");
}

#[tokio::test]
async fn a_thousand_connections_at_the_same_time_are_carried() {
    const CONNECTIONS: usize = 1000;
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    }
    let net = Net::new().await;
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        all.push(net.connect().await);
    }
    assert_eq!(net.proxy.connections().len(), CONNECTIONS);
    for (number, ends) in all.iter_mut().enumerate() {
        ends.say(Direction::ToServer, &format!("{number:04}")).await;
    }
    for (number, ends) in all.iter_mut().enumerate() {
        ends.assert_hears(Direction::ToServer, &format!("{number:04}")).await;
        ends.say(Direction::ToClient, &format!("{number:04}")).await;
    }
    for (number, ends) in all.iter_mut().enumerate() {
        ends.assert_hears(Direction::ToClient, &format!("{number:04}")).await;
    }
    net.proxy.apply(Fault::cut());
    assert!(net.proxy.connections().is_empty());
    for ends in &mut all {
        ends.assert_end(Direction::ToClient).await;
    }
}
