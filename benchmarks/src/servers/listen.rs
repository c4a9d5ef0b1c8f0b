//! A loopback port, and a thread for each connection.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// Serves connections until the process ends, and returns where. A connection that fails is closed: its client says what it
/// misses.
pub(super) fn listen<F>(serve: F) -> anyhow::Result<SocketAddr>
where
    F: Fn(TcpStream) -> anyhow::Result<()> + Clone + Send + 'static,
{
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = serve.clone();
            thread::spawn(move || {
                let served = stream.set_nodelay(true).map_err(Into::into).and_then(|()| serve(stream));
                if let Err(error) = served
                    && !is_end(&error)
                {
                    eprintln!("a server closed a connection: {error:#}");
                }
            });
        }
    });
    Ok(address)
}

/// Whether the client has gone: a child ends without a farewell.
fn is_end(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(
        kind,
        Some(
            ErrorKind::ConnectionReset
                | ErrorKind::ConnectionAborted
                | ErrorKind::BrokenPipe
                | ErrorKind::UnexpectedEof
        )
    )
}
