//! Which tests have the same broker.

use tracehop_brokers::{Broker, broker, nats};

#[tokio::test]
async fn all_that_ask_for_nats_in_the_same_way_share_it() {
    let (one, two) = tokio::join!(nats().into_future(), nats().into_future());
    let three = std::thread::spawn(|| nats().blocking()).join().unwrap();
    let (one, two, three) = (one.unwrap(), two.unwrap(), three.unwrap());
    assert_eq!((one.url(), one.url()), (two.url(), three.url()));
    assert!(one.url().starts_with("nats://"), "{}", one.url());
    assert_ne!(one.version(), "unknown");
}

#[tokio::test]
async fn a_nats_of_ones_own_is_nobody_elses() {
    let shared = nats().await.unwrap();
    let (one, two) = (nats().owned().await.unwrap(), broker(Broker::Nats).owned().await.unwrap());
    assert_ne!(shared.url(), one.url());
    assert_ne!(one.url(), two.address());
}

#[tokio::test]
async fn a_shared_nats_is_not_killed() {
    let error = nats().await.unwrap().kill().await.unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("nats: it is not killed, as "), "{text}");
    assert!(text.contains("`.owned()`"), "{text}");
}

#[test]
fn a_nats_stops_when_its_last_clone_is_dropped() {
    let nats = nats().owned().blocking().unwrap();
    let server = nats.address().trim_start_matches("nats://").to_owned();
    let clone = nats.clone();
    drop(nats);
    assert!(std::net::TcpStream::connect(&server).is_ok());
    drop(clone);
    assert!(std::net::TcpStream::connect(&server).is_err());
}
