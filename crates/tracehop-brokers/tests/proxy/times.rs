//! Faults for a time, and clocks.

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use tracehop_brokers::{Direction, Fault, FaultProxy};

use crate::support::{BOTH, DEADLINE, Net};

const A_MOMENT: Duration = Duration::from_millis(50);

#[tokio::test]
async fn a_fault_for_a_time_heals_by_itself() {
    for of_one in [false, true] {
        let (net, mut ends) = Net::connected().await;
        let begun = Instant::now();
        if of_one {
            net.proxy.connections()[0].apply_for(Fault::black_hole(), A_MOMENT);
        } else {
            net.proxy.apply_for(Fault::black_hole(), A_MOMENT);
        }
        for direction in BOTH {
            ends.assert_passes(direction, "late").await;
        }
        assert!(begun.elapsed() >= A_MOMENT, "{:?}", begun.elapsed());
        assert!(net.proxy.held(Direction::ToServer).is_empty());
    }
}

#[tokio::test]
async fn what_lasted_before_is_there_again_afterwards() {
    for of_one in [false, true] {
        let (net, mut ends) = Net::connected().await;
        let connection = net.proxy.connections().remove(0);
        let (lasting, brief) = (Fault::bandwidth(0), Fault::bandwidth(u64::MAX));
        let [lasting, brief] = [lasting, brief].map(|fault| fault.of(Direction::ToServer));
        if of_one {
            connection.apply(lasting);
        } else {
            net.proxy.apply(lasting);
        }
        ends.say(Direction::ToServer, "first").await;
        net.holds(Direction::ToServer, b"first").await;
        if of_one {
            connection.apply_for(brief, A_MOMENT);
        } else {
            net.proxy.apply_for(brief, A_MOMENT);
        }
        // It begins later, so when it is over the other one is.
        net.proxy.apply_for(Fault::black_hole().of(Direction::ToClient), A_MOMENT);
        ends.assert_hears(Direction::ToServer, "first").await;
        ends.assert_passes(Direction::ToClient, "late").await;
        ends.say(Direction::ToServer, "second").await;
        net.holds(Direction::ToServer, b"second").await;
        assert_eq!(connection.held(Direction::ToServer), b"second");
    }
}

#[tokio::test]
async fn a_fault_that_took_the_place_of_one_for_a_time_does_not_end_with_it() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply_for(Fault::black_hole().of(Direction::ToServer), Duration::from_millis(1));
    net.proxy.apply(Fault::black_hole().of(Direction::ToServer));
    // It began later, and has ended.
    net.proxy.apply_for(Fault::black_hole().of(Direction::ToClient), Duration::from_millis(20));
    ends.assert_passes(Direction::ToClient, "late").await;
    ends.say(Direction::ToServer, "held").await;
    net.holds(Direction::ToServer, b"held").await;
}

#[tokio::test]
async fn a_time_that_never_ends_is_one() {
    let (net, mut ends) = Net::connected().await;
    net.proxy.apply_for(Fault::jitter(Duration::MAX), Duration::MAX);
    ends.say(Direction::ToServer, "held").await;
    net.holds(Direction::ToServer, b"held").await;
    net.proxy.heal();
    ends.assert_hears(Direction::ToServer, "held").await;
    net.proxy.apply_for(Fault::cut(), Duration::MAX);
    ends.assert_end(Direction::ToClient).await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_paused_is_not_the_proxys() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultProxy::start(&server.local_addr().unwrap().to_string()).unwrap();
    let mut client = std::net::TcpStream::connect(proxy.address()).unwrap();
    let begun = Instant::now();
    proxy.apply_for(Fault::black_hole(), A_MOMENT);
    client.write_all(b"late").unwrap();
    // A deadline of the paused clock would pass at once.
    proxy.wait_until_held(Direction::ToServer, |held| held == b"late", DEADLINE).await;
    proxy.wait_until_held(Direction::ToServer, <[u8]>::is_empty, DEADLINE).await;
    assert!(begun.elapsed() >= A_MOMENT, "{:?}", begun.elapsed());
}

#[test]
fn it_works_without_a_runtime() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = FaultProxy::start(&server.local_addr().unwrap().to_string()).unwrap();
    proxy.apply(Fault::black_hole());
    let mut client = std::net::TcpStream::connect(proxy.address()).unwrap();
    client.write_all(b"hello").unwrap();
    let connection = proxy.wait_for_connections_blocking(1, DEADLINE).remove(0);
    proxy.wait_until_held_blocking(Direction::ToServer, |held| held == b"hello", DEADLINE);
    assert_eq!(connection.held(Direction::ToServer), b"hello");
    proxy.heal();
    let mut heard = [0; 5];
    server.accept().unwrap().0.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
}

#[tokio::test]
async fn it_outlives_the_runtime_in_which_it_was_started() {
    let started = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let net = runtime.block_on(Net::new());
        (net.listener.into_std().unwrap(), net.proxy)
    });
    let (listener, proxy) = started.join().unwrap();
    let net = Net { listener: tokio::net::TcpListener::from_std(listener).unwrap(), proxy };
    net.connect().await.assert_passes(Direction::ToServer, "hello").await;
}
