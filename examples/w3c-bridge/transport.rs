//! What a broker does for the bridge.

use crate::message::Message;

/// A way to the service and a way from it, with a client that is not traced at each outer end.
pub(crate) trait Transport: Send + Sync + 'static {
    /// Sends a message to the service, with exactly these headers. Those that the broker cannot hold are left out, and said.
    fn send(&self, message: Message) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// The service: receives a message with a traced client, and handles it in a `process` span, where it sends messages with
    /// another traced client.
    fn serve_one(&self) -> impl Future<Output = anyhow::Result<()>> + Send;

    /// Receives a message that the service sent.
    fn receive(&self) -> impl Future<Output = anyhow::Result<Message>> + Send;

    /// Removes what would stay behind on a broker that goes on living.
    fn clean_up(&self) -> impl Future<Output = anyhow::Result<()>> + Send {
        async { Ok(()) }
    }
}
