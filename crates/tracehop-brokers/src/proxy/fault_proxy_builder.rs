//! How a proxy is started.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::sync::Arc;

use super::acceptor::Acceptor;
use super::fault_proxy::FaultProxy;
use super::hub::Hub;
use super::kafka_answers::KafkaAnswers;
use super::port::Port;
use super::proxy_error::ProxyError;
use super::proxy_thread::ProxyThread;
use super::remote::Remote;
use super::rewrite::RewriteFactory;
use super::server_address::ServerAddress;

/// To start a proxy. It is made by [`FaultProxy::builder`].
#[derive(Debug)]
#[must_use = "a proxy begins with `start`"]
pub struct FaultProxyBuilder {
    server: String,
    address: Option<String>,
    rewriting: Rewriting,
}

#[derive(Debug)]
enum Rewriting {
    Nothing,
    Kafka,
    Own(RewriteFactory),
}

impl FaultProxy {
    /// Starts a proxy before a server, at a free port that only this machine reaches.
    ///
    /// The server is `host:port`, or a URL that has it: the port may be left out of `amqp://`, `amqps://`, `nats://`, `tls://`,
    /// `kafka://`, `http://` and `https://`. An IPv6 address stands in brackets. Its name is looked up at each connection.
    /// Nobody has to listen there yet: a client that connects meanwhile is reset.
    ///
    /// The proxy is at `127.0.0.1`, or at `[::1]` if the server is an IPv6 address.
    ///
    /// It waits for nothing, so it is the same with and without a runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address is none, or if the system gives no port or no thread.
    pub fn start(server: &str) -> Result<Self, ProxyError> {
        Self::builder(server).start()
    }

    /// Starts a proxy before a Kafka broker on this machine.
    ///
    /// A Kafka broker tells its clients where to connect to. In its answers the port becomes the proxy's, where it stands
    /// behind `127.0.0.1`, `localhost`, `::1` or the host that is given here. The host stays, so it must be one that leads to
    /// this machine. The proxy stands before one broker: those that are not given are connected to without it.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn for_kafka(broker: &str) -> Result<Self, ProxyError> {
        Self::builder(broker).rewrite_kafka_port().start()
    }

    /// To start one at another address, or with answers that are changed.
    pub fn builder(server: &str) -> FaultProxyBuilder {
        FaultProxyBuilder { server: server.to_owned(), address: None, rewriting: Rewriting::Nothing }
    }
}

impl FaultProxyBuilder {
    /// `host:port` at which the proxy listens. With port 0, which is the default, it is a free one. To be reached from a
    /// container, it is `0.0.0.0:0`. A port that is given must be no other proxy's: on Unix they would share it, and each would
    /// get some of the connections.
    pub fn address(self, address: impl Into<String>) -> Self {
        Self { address: Some(address.into()), ..self }
    }

    /// Changes what the server answers, for example the address at which it says that it listens.
    ///
    /// The function takes what came, in pieces as they come, and where the proxy listens; it returns what is passed on instead.
    /// Each connection has a clone of its own, so what the function keeps is of one connection. It may keep something back until
    /// more comes: at the end of the stream it is called with nothing. If it panics the connection ends. It is called on the
    /// proxy's thread, which carries nothing meanwhile.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use std::net::{TcpListener, TcpStream};
    /// use tracehop_brokers::FaultProxy;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let server = TcpListener::bind("127.0.0.1:0")?;
    /// let proxy = FaultProxy::builder(&server.local_addr()?.to_string())
    ///     .rewrite_answers(|bytes, _| bytes.to_ascii_uppercase())
    ///     .start()?;
    /// let mut client = TcpStream::connect(proxy.address())?;
    /// server.accept()?.0.write_all(b"hello")?;
    /// let mut heard = String::new();
    /// client.read_to_string(&mut heard)?;
    /// assert_eq!(heard, "HELLO");
    /// # Ok(())
    /// # }
    /// ```
    pub fn rewrite_answers<F>(self, rewrite: F) -> Self
    where
        F: FnMut(Vec<u8>, SocketAddr) -> Vec<u8> + Clone + Send + Sync + 'static,
    {
        Self { rewriting: Rewriting::Own(RewriteFactory::new(rewrite)), ..self }
    }

    /// Makes Kafka's clients come back to the proxy, see [`FaultProxy::for_kafka`]. It takes the place of
    /// [`rewrite_answers`](Self::rewrite_answers), and that of it.
    pub fn rewrite_kafka_port(self) -> Self {
        Self { rewriting: Rewriting::Kafka, ..self }
    }

    /// Starts the proxy.
    ///
    /// # Errors
    ///
    /// Fails if an address is none, or if the system gives no port or no thread.
    pub fn start(self) -> Result<FaultProxy, ProxyError> {
        let server = ServerAddress::parse(&self.server)?;
        let address = self.address.unwrap_or_else(|| {
            let own = if server.is_ipv6() { "[::1]:0" } else { "127.0.0.1:0" };
            own.to_owned()
        });
        let (port, listener) =
            listen(&address).map_err(|source| ProxyError::Listen { address: address.clone(), source })?;
        let rewrite = match self.rewriting {
            Rewriting::Nothing => None,
            Rewriting::Own(rewrite) => Some(rewrite),
            Rewriting::Kafka => {
                let mut answers = KafkaAnswers::of(&server);
                Some(RewriteFactory::new(move |bytes, proxy| answers.rewrite(&bytes, proxy)))
            }
        };
        let acceptor = Arc::new(Acceptor::new(Hub::new(server, port.address(), rewrite)));
        let thread = ProxyThread::start(Arc::clone(&acceptor), port, listener)
            .map_err(|source| ProxyError::Thread { source })?;
        Ok(FaultProxy::new(Remote::new(acceptor, &thread), thread))
    }
}

fn listen(address: &str) -> io::Result<(Port, std::net::TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in address.to_socket_addrs()? {
        match Port::take(address) {
            Ok(taken) => return Ok(taken),
            Err(error) => last = error,
        }
    }
    Err(last)
}
