//! A broker that the suite may kill.

use std::future::Future;

/// A broker of the test's own, whose process the suite kills and starts again.
pub trait BrokerProcess {
    /// Ends it at once, as `kill -9` does. When this returns, connections to it are refused.
    fn kill(&mut self) -> impl Future<Output = ()>;

    /// Starts it again, at the same address and with the same data. When this returns, it takes connections.
    fn restart(&mut self) -> impl Future<Output = ()>;
}
