//! Opening a port, and why one cannot be opened.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;

/// Why a port cannot be opened, in one line that says what to change.
#[derive(Debug)]
pub struct EntranceError {
    address: SocketAddr,
    option: &'static str,
    source: io::Error,
}

/// Opens a port. `option` is the one that chooses another, such as `--grpc-port`. Port 0 is any that is free.
///
/// # Errors
///
/// If the port is taken, may not be opened, or the address is not one of this machine.
pub async fn listen(address: SocketAddr, option: &'static str) -> Result<TcpListener, EntranceError> {
    TcpListener::bind(address).await.map_err(|source| EntranceError { address, option, source })
}

impl fmt::Display for EntranceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (port, host, option) = (self.address.port(), self.address.ip(), self.option);
        match self.source.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "port {port} is taken on {host}: is another collector or `tracehop view` running? Choose another with {option}"
            ),
            io::ErrorKind::PermissionDenied => {
                write!(f, "port {port} may not be opened on {host}: choose one above 1023 with {option}")
            }
            io::ErrorKind::AddrNotAvailable => {
                write!(f, "{host} is no address of this machine: choose another with --listen")
            }
            _ => write!(f, "port {port} cannot be opened on {host}: {}", self.source),
        }
    }
}

impl std::error::Error for EntranceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_opened_says_what_to_change() {
        fn check(kind: io::ErrorKind, expected: &str) {
            let address = "127.0.0.1:4317".parse().unwrap();
            let error = EntranceError { address, option: "--grpc-port", source: kind.into() };
            assert_eq!(error.to_string(), expected);
        }
        check(
            io::ErrorKind::AddrInUse,
            "port 4317 is taken on 127.0.0.1: is another collector or `tracehop view` running? Choose another with --grpc-port",
        );
        check(
            io::ErrorKind::PermissionDenied,
            "port 4317 may not be opened on 127.0.0.1: choose one above 1023 with --grpc-port",
        );
        check(
            io::ErrorKind::AddrNotAvailable,
            "127.0.0.1 is no address of this machine: choose another with --listen",
        );
        check(io::ErrorKind::OutOfMemory, "port 4317 cannot be opened on 127.0.0.1: out of memory");
    }
}
