//! What is changed in what the server answers.

use std::fmt;
use std::net::SocketAddr;

/// Takes what came of one connection's answers, and where the proxy listens; gives what is passed on instead. It may keep
/// something back until more comes. With nothing, the stream has ended.
pub(super) type Rewrite = Box<dyn FnMut(Vec<u8>, SocketAddr) -> Vec<u8> + Send + Sync>;

/// Makes one for each connection.
pub(super) struct RewriteFactory(Box<dyn Fn() -> Rewrite + Send + Sync>);

impl RewriteFactory {
    pub(super) fn new<F>(rewrite: F) -> Self
    where
        F: FnMut(Vec<u8>, SocketAddr) -> Vec<u8> + Clone + Send + Sync + 'static,
    {
        Self(Box::new(move || Box::new(rewrite.clone())))
    }

    pub(super) fn make(&self) -> Rewrite {
        (self.0)()
    }
}

impl fmt::Debug for RewriteFactory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RewriteFactory")
    }
}
