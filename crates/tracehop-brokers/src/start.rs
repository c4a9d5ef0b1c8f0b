//! Asking for a broker.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use broker_table::Broker;

#[cfg(feature = "docker")]
use crate::docker::Theirs;
use crate::error::Error;
use crate::running_broker::RunningBroker;
use crate::source::Source;
use crate::wanted::Wanted;
use crate::{host, shared};

/// A broker that is asked for. Await it, or call [`blocking`](Self::blocking), to have it.
///
/// ```no_run
/// # async fn test() -> Result<(), tracehop_brokers::Error> {
/// use std::time::Duration;
///
/// // The one that all tests of this program share.
/// let kafka = tracehop_brokers::kafka().await?;
/// println!("{} {} at {}", kafka.version(), kafka.source(), kafka.bootstrap_servers());
///
/// // One of this test's own, which it may kill.
/// let kafka = tracehop_brokers::kafka().version("4.1.0").owned().deadline(Duration::from_secs(60)).await?;
/// kafka.kill().await?;
/// kafka.restart().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// If the future is dropped what it started is stopped, a container as soon as it has started.
#[must_use = "a broker is started when this is awaited, or by `blocking`"]
pub struct Start<B = RunningBroker> {
    wanted: Wanted,
    is_owned: bool,
    #[cfg(feature = "docker")]
    container: Option<Box<dyn Theirs>>,
    becomes: PhantomData<fn() -> B>,
}

impl<B> Start<B> {
    pub(crate) fn new(broker: Broker) -> Self {
        Self {
            wanted: Wanted::new(broker),
            is_owned: false,
            #[cfg(feature = "docker")]
            container: None,
            becomes: PhantomData,
        }
    }

    /// One of the caller's own: nobody else has it, it may be killed, and it stops when it is dropped. So it is not one whose
    /// address a variable holds. By default all that ask for the same broker with the same options share it.
    pub fn owned(mut self) -> Self {
        self.is_owned = true;
        self
    }

    /// The only source to try. By default, if the broker's variable holds an address, it is that; else what a variable like
    /// `TRACEHOP_KAFKA_SOURCE` says, `docker` or `native`; else a container, and if there is no container engine, or no image,
    /// a process.
    pub fn source(mut self, source: Source) -> Self {
        self.wanted.source = Some(source);
        self
    }

    /// The version to run, for example `4.1.0`: the tag of the image. What is installed or given is used only if it says
    /// that it has this version; `4.1` matches `4.1.0`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.wanted.version = Some(version.into());
        self
    }

    /// The image of the container, for example `registry.example/kafka:4.1.0`, in place of the official one, or of the one that
    /// a variable like `TRACEHOP_KAFKA_IMAGE` names. It must understand the variables and arguments of the official one. A
    /// broker is then not started as a process.
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.wanted.image = Some(image.into());
        self
    }

    /// How long all of it may take, downloads too. Without it each step has a limit of its own: ten minutes for a download,
    /// three for a start.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.wanted.deadline = Some(deadline);
        self
    }

    /// Uses a container that the caller made, in place of starting one. It is removed with the broker. This waits until it
    /// answers at the port that is mapped to the broker's usual one; Kafka must advertise that port to its clients. To
    /// [`restart`](RunningBroker::restart) it, map a fixed port: Docker chooses a new one each time otherwise.
    #[cfg(feature = "docker")]
    #[cfg_attr(docsrs, doc(cfg(feature = "docker")))]
    pub fn container<I>(mut self, container: testcontainers::ContainerAsync<I>) -> Self
    where
        I: testcontainers::Image + 'static,
    {
        self.container = Some(Box::new(container));
        self.is_owned = true;
        self
    }

    async fn find(self) -> anyhow::Result<RunningBroker> {
        #[cfg(feature = "docker")]
        if let Some(container) = self.container {
            return self.wanted.within(container).await;
        }
        if self.is_owned { self.wanted.find(false).await } else { shared::find(self.wanted).await }
    }
}

impl<B: From<RunningBroker>> Start<B> {
    /// Has it, and blocks the thread until then. For tests without a runtime.
    ///
    /// # Errors
    ///
    /// As when it is awaited.
    pub fn blocking(self) -> Result<B, Error>
    where
        B: 'static,
    {
        let broker = self.wanted.broker;
        let found = host::block(self.find());
        found.map(B::from).map_err(|error| Error::new(broker, &error))
    }
}

impl<B: From<RunningBroker> + 'static> IntoFuture for Start<B> {
    type Output = Result<B, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<B, Error>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let broker = self.wanted.broker;
        Box::pin(async move {
            let found = host::run(self.find()).await;
            found.map(B::from).map_err(|error| Error::new(broker, &error))
        })
    }
}

impl<B> fmt::Debug for Start<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start")
            .field("wanted", &self.wanted)
            .field("is_owned", &self.is_owned)
            .finish_non_exhaustive()
    }
}
