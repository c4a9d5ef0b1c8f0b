//! Where a proxy listens, and before whom.

use std::net::{TcpListener, TcpStream};

use tracehop_brokers::{FaultProxy, ProxyError};

#[test]
fn a_server_is_given_by_its_address_or_by_a_url() {
    use std::io::{Read as _, Write as _};
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    for given in [format!("127.0.0.1:{port}"), format!("nats://me:secret@localhost:{port}/")] {
        let proxy = FaultProxy::start(&given).unwrap();
        assert!(!format!("{proxy:?}").contains("secret"));
        let mut client = TcpStream::connect(proxy.address()).unwrap();
        client.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        server.accept().unwrap().0.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
    }
}

#[test]
fn a_proxy_before_an_ipv6_address_is_at_one() {
    let server = TcpListener::bind("[::1]:0").unwrap();
    let proxy = FaultProxy::start(&server.local_addr().unwrap().to_string()).unwrap();
    assert!(proxy.address().starts_with("[::1]:"), "{}", proxy.address());
    let client = TcpStream::connect(proxy.address()).unwrap();
    assert!(server.accept().unwrap().1.is_ipv6());
    drop(client);
    assert_eq!(proxy.in_url("nats://localhost/"), format!("nats://{}/", proxy.address()));
}

#[test]
fn a_proxy_that_listens_everywhere_is_reached_at_the_loopback_address() {
    for (given, own) in [("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "[::1]")] {
        let proxy = FaultProxy::builder("127.0.0.1:1").address(given).start().unwrap();
        assert_eq!(proxy.address(), format!("{own}:{}", proxy.port()));
        TcpStream::connect(proxy.address()).unwrap();
    }
}

#[test]
fn what_does_not_start_says_what_was_tried() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = FaultProxy::builder("localhost:4222").address(address.clone()).start().unwrap_err();
    assert!(matches!(error, ProxyError::Listen { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("the proxy cannot listen at {address}: ")), "{error}");
    let error = FaultProxy::for_kafka("localhost").unwrap_err();
    let expected = "\"localhost\" is no address of a server: it has no port; write host:port";
    assert_eq!(error.to_string(), expected);
    let error = std::io::Error::from(error);
    assert_eq!((error.kind(), error.to_string()), (std::io::ErrorKind::InvalidInput, expected.to_owned()));
}
