//! The port of a proxy.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// How many connections may wait to be accepted.
const BACKLOG: i32 = 1024;

/// A port that is kept, whether or not somebody listens there.
#[derive(Debug)]
pub(super) struct Port {
    address: SocketAddr,
    /// Has the port and does not listen, where several sockets can have one port.
    _kept: Option<Socket>,
}

impl Port {
    /// Whether the port can stay the proxy's while nobody listens.
    pub(super) const IS_KEPT: bool =
        cfg!(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))));

    /// Takes a port, and listens.
    pub(super) fn take(address: SocketAddr) -> io::Result<(Self, TcpListener)> {
        let socket = bind(address)?;
        let no_address = || io::Error::from(io::ErrorKind::AddrNotAvailable);
        let address = socket.local_addr()?.as_socket().ok_or_else(no_address)?;
        if Self::IS_KEPT {
            Ok((Self { address, _kept: Some(socket) }, listen(bind(address)?)?))
        } else {
            Ok((Self { address, _kept: None }, listen(socket)?))
        }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens again.
    pub(super) fn listen(&self) -> io::Result<TcpListener> {
        listen(bind(self.address)?)
    }
}

/// A socket with this port. Others of these may share it, and nothing else may take it: with `SO_REUSEADDR` others could,
/// while none of these listens.
fn bind(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos", target_os = "cygwin"))))]
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
